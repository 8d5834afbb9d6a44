"""The command that runs a chapter again under other assumptions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from netterbook.commands.common import check_new, failure, plain, write
from netterbook.errors import NetterbookError

app = typer.Typer()


@app.command()
def rerun(
    chapter: Annotated[str | None, typer.Argument(help="e.g. netter1; --list has all.")] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="e.g. landmark=12; may be repeated."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for both files.")] = Path("out"),
    listed: Annotated[bool, typer.Option("--list", help="Print what can be changed and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing output.")] = False,
) -> None:
    """Run a chapter of the book under other assumptions.

    CHAPTER.ipynb and CHAPTER.html are written, both or none: the notebook with its outputs, and one file that looks
    like the book's page and needs neither the book nor a network. Their title and a table at the head say what was
    changed. The chapter itself is left as it is.

    \b
    netterbook rerun netter1 --list
    netterbook rerun netter1 -p landmark=12 -p "withhold=hazard ratio" --output out

    Exit status: 0 where both files are written; 2 where nothing is, and why is said: before anything is run for a
    name or value that cannot be, else with the cell that fails.
    """
    from netterbook.book.chapters import PARAMETERS
    from netterbook.book.parameters import parse

    if chapter is not None:
        chapter = Path(chapter).stem
        if chapter not in PARAMETERS:
            raise failure(f"no chapter {chapter!r} with parameters; there are: {', '.join(PARAMETERS)}")
    if listed:
        typer.echo(_list([chapter] if chapter else list(PARAMETERS)))
        return
    if chapter is None:
        raise failure(f"name a chapter; there are: {', '.join(PARAMETERS)}")
    try:
        changed = parse(PARAMETERS[chapter], _pairs(parameters or []))
        files = [output / f"{chapter}.ipynb", output / f"{chapter}.html"]
        check_new(files, force)
        made = _run(chapter, changed)
    except NetterbookError as error:
        raise failure(error) from None
    write(dict(zip(files, made, strict=True)))
    typer.echo(f"{files[0]} and {files[1]} written ({len(made[1].encode()) / 1e6:.1f} MB)", err=True)


def _pairs(given: list[str]) -> dict[str, str]:
    """Names and values of ``name=value``."""
    from netterbook.errors import ParameterError

    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"parameter {each!r} has no value; write name=value, as in level=0.9")
        if name.strip() in found:
            raise ParameterError(f"parameter {name.strip()!r} is given twice; give it once")
        found[name.strip()] = value.strip()
    return found


def _list(chapters: list[str]) -> str:
    """A table of each chapter's parameters."""
    import pandas as pd

    from netterbook.book.chapters import PARAMETERS
    from netterbook.book.parameters import described

    tables = [f"{name}\n{plain(pd.DataFrame(described(PARAMETERS[name])))}" for name in chapters]
    return "\n".join(tables).rstrip()


def _run(chapter: str, changed: dict[str, Any]) -> tuple[str, str]:
    """The chapter's notebook and page, with a bar of its cells on a terminal."""
    import nbformat
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    from netterbook import single_page
    from netterbook.notebooks import execute, undated, with_parameters

    single_page.check_tools()
    path = single_page.BOOK / "chapters" / f"{chapter}.ipynb"
    notebook = with_parameters(path, changed)
    console = Console(stderr=True)
    columns = "{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        cells = bar.add_task(
            f"Running {chapter}, cells", total=sum(cell.cell_type == "code" for cell in notebook.cells)
        )
        execute(notebook, path.parent, lambda: bar.advance(cells))
        bar.update(cells, description="Making the page", total=None)
        html = single_page.render(notebook, chapter)
    return nbformat.writes(undated(notebook)) + "\n", html
