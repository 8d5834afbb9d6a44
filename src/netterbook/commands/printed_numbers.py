"""Commands that print and pack the ledger."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netterbook.claims import Verdict
from netterbook.commands.common import check_new, check_output, failure, plain, with_verdicts, write
from netterbook.errors import NetterbookError

app = typer.Typer()


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    summary = "summary"


class ClaimFormat(StrEnum):
    text = "text"
    json = "json"


@app.command(cls=with_verdicts())
def ledger(
    format: Annotated[
        Format | None,
        typer.Option(
            help="csv, json: one row a claim, all columns; table: for reading; summary: counts. Default: csv or json "
            "where --output ends so, else table."
        ),
    ] = None,
    paper: Annotated[
        str | None, typer.Option(help="Only this paper: netter1, netter1_abstract, netter2, sundlov2022 or ajr2018.")
    ] = None,
    place: Annotated[str | None, typer.Option(help="Only this place, e.g. 'Table 4' or Results.")] = None,
    verdict: Annotated[str | None, typer.Option(help=f"Only this verdict: {', '.join(Verdict)}.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this file, replacing it, instead of to the screen."),
    ] = None,
) -> None:
    """Print every published number with its verdict.

    Columns: claim_id, paper, place, arm, quantity, measure, printed, recomputed, method, inputs, verdict, would_pass
    and of_numbers (how many of the numbers of as many digits the check lets pass), note. The summary leaves ticks of
    axes out.

    Example: netterbook ledger --paper netter1 --place "Table 4" --verdict differs
    """
    from netterbook.audit import build_ledger
    from netterbook.spreadsheets import csv_text

    check_output(output)
    ends = {".csv": Format.csv, ".json": Format.json}
    format = format or ends.get("" if output is None else output.suffix, Format.table)
    try:
        book = build_ledger()
        frame = book.frame(paper=paper, place=place, verdict=verdict)
    except NetterbookError as error:
        raise failure(error) from None
    if format is Format.csv:
        text = csv_text(frame)
    elif format is Format.json:
        text = frame.to_json(orient="records", force_ascii=False, indent=1) + "\n"
    elif format is Format.summary:
        text = plain(book.summary(frame).reset_index())
    else:
        text = plain(frame[["claim_id", "printed", "recomputed", "method", "verdict"]])
    if output is None:
        if frame.empty:
            typer.echo("No number of the ledger is all of that.", err=True)
        sys.stdout.write(text)
        return
    write({output: text})
    typer.echo(f"{len(frame)} claims written to {output}", err=True)


@app.command()
def claim(
    claim_id: Annotated[str, typer.Argument(help="e.g. netter1.table4.headache.p.p")],
    format: Annotated[ClaimFormat, typer.Option(help="text: for reading; json: all of it.")] = ClaimFormat.text,
    tree: Annotated[bool, typer.Option("--tree", help="Only the numbers that it was recomputed from.")] = False,
) -> None:
    """Print one published number with all that there is to say of it.

    Where it stands, how it was entered twice, every check with its inputs as printed, what rests on it, and, where it
    differs, whether rounding explains that and a conclusion at 5% hangs on it. The book's ledger page shows the same.

    Ids are listed by ledger, e.g. netterbook ledger --place "Table 4".
    """
    import json

    from netterbook.audit import build_ledger
    from netterbook.entries import claim_ids
    from netterbook.explanation import Explanations

    try:
        book = build_ledger()
        claim_id = claim_ids(book.folder).get(claim_id, claim_id)
        explained = Explanations(book)
        found = explained.of(claim_id)
    except NetterbookError as error:
        raise failure(error) from None
    if format is ClaimFormat.json:
        said = found.record() | ({"tree": explained.tree(claim_id)} if tree else {})
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        typer.echo(explained.tree_text(claim_id) if tree else found.text())


@app.command()
def export(
    output: Annotated[Path, typer.Argument(help="The archive to write, e.g. netterbook.zip.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write all data of the book as one zip archive; folders above it are made.

    It holds the printed numbers as two people typed them, the ledger as CSV and JSON, the facts, the reconstructed
    patients, how to cite them, and datapackage.json (Frictionless), which says what every column is.
    """
    from netterbook.audit import build_ledger
    from netterbook.package import archive, package_files

    if output.suffix.lower() != ".zip":
        raise failure(f"{output} is to be a zip archive; name a file that ends in .zip")
    check_new([output], force, "or name another file")
    try:
        files = package_files(build_ledger())
    except NetterbookError as error:
        raise failure(error) from None
    write({output: archive(files)})
    typer.echo(f"{len(files)} files written to {output}", err=True)
