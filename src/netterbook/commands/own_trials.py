"""Commands that put any trial's printed numbers to the checks of this book."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from netterbook.commands.common import check_new, failure, plain, progress_bar, write
from netterbook.errors import NetterbookError

app = typer.Typer()


@app.command()
def new_trial(
    folder: Annotated[Path, typer.Argument(help="The folder to make, e.g. my_trial.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write a folder with commented example files, to be changed into those of your trial.

    They are of a real trial, ACTG 175, and pass the audit as they are: trial.yml names groups, tables and end points,
    baseline.csv is a table as printed, end_point.yml and curve.csv are what netterbook reconstruct takes.

    \b
    netterbook new-trial my_trial
    netterbook audit my_trial
    """
    example = resources.files("netterbook.own_trial") / "example"
    files = {folder / each.name: each.read_text(encoding="utf-8") for each in sorted(example.iterdir(), key=str)}
    check_new(list(files), force)
    write(files)
    typer.echo(
        f"{len(files)} files written to {folder}; begin with trial.yml, then: netterbook audit {folder}", err=True
    )


@app.command()
def audit(
    folder: Annotated[Path, typer.Argument(help="With trial.yml, as netterbook new-trial writes it.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for ledger.csv; default: that of the trial.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(min=0, max=10_000, help="Sets of patients of each end point without a curve; 0: no patients."),
    ] = 100,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing ledger.csv.")] = False,
) -> None:
    """Check every printed number of a trial, and print those that differ.

    Percentages from counts, sections from their rows, P values from counts or means, intervals, numbers at risk, and
    hazard ratios, medians and rates from reconstructed patients. ledger.csv has a row a number, with its verdict,
    recomputed value and method; netterbook ledger --help says what its columns are.

    Faults of the files are said all at once, with file, line and column. Exit status: 0 also where numbers differ; 2
    where a file cannot be used, and nothing is written.
    """
    from netterbook.own_trial.audited import audit_folder

    path = (folder if output is None else output) / "ledger.csv"
    check_new([path], force)
    try:
        found = audit_folder(folder, draws, lambda claims: progress_bar(claims, "Reconstructing patients"))
    except NetterbookError as error:
        raise failure(error) from None
    frame = found.ledger.frame()
    write({path: frame.to_csv(index=False, lineterminator="\n")})
    counted = frame["verdict"].value_counts(sort=False)
    typer.echo(f"{len(frame)} numbers: " + ", ".join(f"{count} {verdict}" for verdict, count in counted.items()))
    for key, patients in found.patients.items():
        if isinstance(patients, str):
            typer.echo(f"No patients of {key} meet all that is printed: {patients}")
    differing = frame[frame["verdict"] == "differs"]
    if len(differing):
        typer.echo(plain(differing[["place", "arm", "quantity", "printed", "recomputed", "method"]]))
    typer.echo(f"All numbers with their verdicts: {path}", err=True)
