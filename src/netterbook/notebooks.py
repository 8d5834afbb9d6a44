"""Write the parameters of chapters, run them and store their outputs so that they are the same on every machine."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import Any

from netterbook.book import parameters
from netterbook.book.chapters import PARAMETERS
from netterbook.book.parameters import Parameters
from netterbook.errors import NetterbookError
from netterbook.files import write_whole

_PICTURES = ("image/png", "image/jpeg", "image/svg+xml", "application/pdf")
_DRAWN = re.compile(r"data:(?:image/[a-z+]+|text/javascript);base64,[A-Za-z0-9+/=]+")
"""A picture inside markup, or what a figure that can be asked computes with."""
_KEPT_METADATA = {"tags", "mystnb", "hide_input"}


def clean(notebook: Any) -> Any:
    """Take out of a notebook what changes from run to run: pictures, timestamps, execution state, tool metadata.

    Cells tagged ``nbval-ignore-output`` lose their outputs, as nothing compares them.
    """
    kernel = notebook.metadata.get("kernelspec", {})
    notebook.metadata.clear()
    notebook.metadata["kernelspec"] = {
        "name": "python3", "display_name": kernel.get("display_name", "Python 3"), "language": "python",
    }  # fmt: skip
    notebook.metadata["language_info"] = {"name": "python"}
    runs = count(1)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        for key in set(cell.metadata) - _KEPT_METADATA:
            del cell.metadata[key]
        if cell.cell_type != "code":
            continue
        cell["execution_count"] = next(runs)
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            cell.outputs = []
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output["execution_count"] = cell["execution_count"]
            for picture in _PICTURES:
                output.get("data", {}).pop(picture, None)
            if "text/html" in output.get("data", {}):
                output["data"]["text/html"] = _DRAWN.sub("data:,", output["data"]["text/html"])
            if "metadata" in output:
                output["metadata"] = {}
    return notebook


def write_parameters(notebook: Any, model: type[Parameters]) -> None:
    """Write a chapter's defaults into its cell tagged ``parameters``."""
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = parameters.cell(model)


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def run_and_store(path: Path) -> None:
    """Write a chapter's parameters, run it and store it :func:`clean`; it is left as it was where a cell fails.

    Raises
    ------
    NetterbookError
        If a cell fails: its first line and what went wrong.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    if path.stem in PARAMETERS:
        write_parameters(notebook, PARAMETERS[path.stem])
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    try:
        client.execute()
    except CellExecutionError as error:
        failed = next(cell for cell in notebook.cells if _failed(cell))
        begins = failed.source.strip().splitlines()[0]
        raise NetterbookError(f"the cell that begins with {begins!r} fails: {error.ename}: {error.evalue}") from None
    write_whole(path, nbformat.writes(clean(notebook)) + "\n")
