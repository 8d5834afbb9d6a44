"""Write the parameters of chapters, run them and store their outputs so that they are the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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


class KernelEnded(NetterbookError):
    """The process that ran a chapter is gone before its end: it was stopped, or the memory did not suffice."""


def undated(notebook: Any) -> Any:
    """Take out of a notebook when it was run, how long that took and random names of cells: nothing of what it says."""
    kept = {"parameters", "version"}
    if "papermill" in notebook.metadata:
        notebook.metadata["papermill"] = {k: v for k, v in notebook.metadata["papermill"].items() if k in kept}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        for key in ("execution", "papermill"):
            cell.metadata.pop(key, None)
    return notebook


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
    for cell in undated(notebook).cells:
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


def execute(notebook: Any, folder: Path, progress: Callable[[], None] = lambda: None) -> None:
    """Run a notebook in place, in a folder; ``progress`` is called after every cell with code.

    Raises
    ------
    NetterbookError
        If a cell fails: its first line and what went wrong.
    KernelEnded
        If the kernel is gone before the end.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": folder}},
        extra_arguments=["--IPKernelApp.log_level=40"],
        on_cell_executed=lambda **_: progress(),
    )
    try:
        client.execute()
    except CellExecutionError as error:
        number, failed = next((i, cell) for i, cell in enumerate(notebook.cells, start=1) if _failed(cell))
        raise _failure(number, failed, error.ename, error.evalue) from None
    except (DeadKernelError, AssertionError):  # the latter where nbclient was told to stop while it began
        raise KernelEnded("the process that ran the chapter was ended; run it again") from None


def execute_here(notebook: Any, given: Mapping[str, Any], progress: Callable[[], None] = lambda: None) -> None:
    """Run a notebook in place, in this process, which has already computed some of its names.

    Parameters
    ----------
    notebook : whose cells tagged with a name of ``given`` are not run
    given : values of names, each of which a cell so tagged would have set
    progress : called after every cell with code

    Raises
    ------
    NetterbookError
        If a cell fails: its first line and what went wrong.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from nbformat.v4 import new_output
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    try:
        for number, cell in enumerate(notebook.cells, start=1):
            if cell.cell_type != "code":
                continue
            computed = {name: given[name] for name in cell.metadata.get("tags", []) if name in given}
            shell.user_ns.update(computed)
            if not computed:
                with capture_output() as shown:
                    done = shell.run_cell(cell.source)
                failed = done.error_before_exec or done.error_in_exec
                if failed is not None:
                    raise _failure(number, cell, type(failed).__name__, str(failed))
                cell.outputs = [
                    new_output("display_data", data=each.data, metadata=each.metadata) for each in shown.outputs
                ]
            progress()
    finally:
        InteractiveShell.clear_instance()


def _failure(number: int, cell: Any, kind: str, said: str) -> NetterbookError:
    begins = cell.source.strip().splitlines()[0]
    return NetterbookError(f"cell {number}, the cell that begins with {begins!r} fails: {kind}: {said}")


def run_and_store(path: Path) -> None:
    """Write a chapter's parameters, run it and store it :func:`clean`; it is left as it was where a cell fails.

    Raises
    ------
    NetterbookError
        As :func:`execute` does.
    """
    import nbformat

    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    if path.stem in PARAMETERS:
        write_parameters(notebook, PARAMETERS[path.stem])
    execute(notebook, path.parent)
    write_whole(path, nbformat.writes(clean(notebook)) + "\n")


def _words(value: object) -> str:
    """A value of a parameter in a sentence or a table.

    >>> _words(0.9), _words(("Weibull", "spline")), _words("placebo")
    ('0.9', 'Weibull, spline', 'placebo')
    """
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def parameterized(path: Path, changed: Mapping[str, Any]) -> Any:
    """A copy of a chapter, not yet run, with other parameters: Papermill writes them into a cell below the defaults.

    Parameters
    ----------
    path : of the chapter
    changed : parameters that are not to be the defaults, as :func:`.parameters.parse` gives them
    """
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    notebook = load_notebook_node(str(path))
    write_parameters(notebook, PARAMETERS[path.stem])
    if changed:
        notebook = parameterize_notebook(notebook, dict(changed))
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata["tags"] = [*cell.metadata["tags"], "hide-input"]
    return notebook


def with_parameters(path: Path, changed: Mapping[str, Any]) -> Any:
    """A chapter :func:`parameterized` that says so at its head."""
    from nbformat.v4 import new_markdown_cell

    model = PARAMETERS[path.stem]
    notebook = parameterized(path, changed)
    first = notebook.cells[0]
    title, _, rest = first.source.partition("\n")
    said = " and ".join(f"{name} = {_words(value)}" for name, value in changed.items())
    title += f": re-run with {said}" if said else ": re-run with its own parameters"
    whence = "This is a re-run of a chapter of the book, made by `netterbook rerun`"
    lines = [f"{whence}; the book itself has other numbers."]
    if changed:
        lines += ["", "| Changed | Here | In the book | Meaning |", "|---|---|---|---|"]
        for name, value in changed.items():
            field = model.model_fields[name]
            cells = [f"`{name}`", _words(value), _words(field.default), field.description or ""]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    else:
        lines = [f"{whence}, with no parameter changed."]
    first.source = title + ("\n" + rest if rest.strip() else "")
    notebook.cells.insert(1, new_markdown_cell("\n".join(lines)))
    return notebook
