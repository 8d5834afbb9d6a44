"""The command line: ``netterbook --help``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netterbook.claims import Check, Verdict

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Recompute the published evidence on 177Lu-DOTATATE for neuroendocrine tumours.",
    rich_markup_mode=None,
)


class Format(StrEnum):
    table = "table"
    csv = "csv"
    summary = "summary"


def _fail(error: Exception | str) -> typer.Exit:
    typer.echo(f"netterbook: {error}", err=True)
    return typer.Exit(2)


@app.command()
def ledger(
    format: Annotated[
        Format, typer.Option(help="csv: one line a claim; table: for reading; summary: counts.")
    ] = Format.table,
    paper: Annotated[str | None, typer.Option(help="Only this paper, e.g. netter1.")] = None,
    place: Annotated[str | None, typer.Option(help="Only this place, e.g. 'Table 4' or Results.")] = None,
    verdict: Annotated[str | None, typer.Option(help=f"Only this verdict: {', '.join(Verdict)}.")] = None,
    output: Annotated[Path | None, typer.Option(help="Write here instead of to the screen.")] = None,
) -> None:
    """Print every published number with its verdict.

    Columns: claim_id, paper, place, arm, quantity, printed, recomputed, method, inputs, verdict, note.

    Example: netterbook ledger --paper netter1 --place "Table 4" --verdict differs
    """
    from netterbook.audit import build_ledger
    from netterbook.notebooks import write_whole

    try:
        book = build_ledger()
        frame = book.frame(paper=paper, place=place, verdict=verdict)
    except ValueError as error:
        raise _fail(error) from None
    if format is Format.csv:
        text = frame.to_csv(index=False, lineterminator="\n")
    elif format is Format.summary:
        text = _plain(book.summary(frame).reset_index())
    else:
        text = _plain(frame[["claim_id", "printed", "recomputed", "method", "verdict"]])
    if output is None:
        sys.stdout.write(text)
        return
    try:
        write_whole(output, text)
    except OSError as error:
        raise _fail(f"cannot write {output}: {error.strerror}") from None
    typer.echo(f"{len(frame)} claims written to {output}", err=True)


@app.command()
def claim(claim_id: Annotated[str, typer.Argument(help="e.g. netter1.table4.headache.p.p")]) -> None:
    """Print one published number with all checks made of it and what they rest on."""
    from netterbook.audit import build_ledger
    from netterbook.claims import UnknownClaim

    try:
        book = build_ledger()
        found = book[claim_id]
    except (UnknownClaim, ValueError) as error:
        raise _fail(error) from None
    page = f", page {found.page}" if found.page else ""
    typer.echo(f"{found.id}\n  {found.quantity} [{found.arm or 'no arm'}]\n  {found.paper}, {found.place}{page}")
    unit = "" if found.unit in found.printed else f" {found.unit}"
    typer.echo(f"  printed: {found.printed}{unit}")
    if found.same_as:
        typer.echo(f"  the same number as {found.same_as}: {book[found.same_as].printed}")
    checks: list[Check] = book.checks.get(claim_id, [])
    for check in checks:
        typer.echo(f"\n  {check.verdict}: {check.method}\n    recomputed: {check.recomputed}")
        for ref in check.inputs:
            typer.echo(f"    from {ref}" + (f": {book[ref].printed}" if ref in book.claims else ""))
        if check.note:
            typer.echo(f"    {check.note}")
    if not checks:
        typer.echo(f"\n  recorded: {book.reasons[claim_id]}")


@app.command()
def refresh(
    notebooks: Annotated[list[Path], typer.Argument(help="Chapters to run, e.g. chapters/*.ipynb.")],
) -> None:
    """Run chapters and store their outputs, without pictures, timestamps and paths.

    A chapter that fails is left as it was.
    """
    from rich.progress import track

    from netterbook.notebooks import run_and_store

    for path in track(notebooks, description="Running chapters"):
        try:
            run_and_store(path)
        except Exception as error:
            raise _fail(f"{path} was left as it is: {error}") from None


def _plain(frame) -> str:
    """A table for reading: columns as wide as the terminal allows, nothing lost where the output is piped."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(str(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
