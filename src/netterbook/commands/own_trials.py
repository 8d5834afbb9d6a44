"""Commands that put any trial's printed numbers to the checks of this book."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netterbook.commands.common import check_new, failure, plain, progress_bar, with_verdicts, write
from netterbook.errors import NetterbookError

if TYPE_CHECKING:
    import pandas as pd

    from netterbook.own_trial.audited import OwnTrial

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
    from netterbook.own_trial.misprinted import example

    files = {folder / name: text for name, text in example().items()}
    check_new(list(files), force, "or name another folder")
    write(files)
    typer.echo(
        f"{len(files)} files written to {folder}; begin with trial.yml, then: netterbook audit {folder}"
        " (with --force whenever you run it again)",
        err=True,
    )


@app.command(cls=with_verdicts())
def audit(
    folder: Annotated[Path, typer.Argument(help="With trial.yml, as netterbook new-trial writes it.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for all files; default: that of the trial.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(
            min=0,
            max=10_000,
            help="Sets of patients of each end point without a curve, 20 or more; 0: no patients, of a curve neither.",
        ),
    ] = 100,
    report: Annotated[
        bool, typer.Option(help="Also write report.html, for which the extra 'book' has to be installed.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Check every printed number of a trial, and print those that differ.

    Percentages from counts, sections from their rows, P values from counts or means, intervals, numbers at risk, and
    hazard ratios, medians and rates from reconstructed patients. Half a minute with a curve, the first time a minute
    more; without one, five to ten minutes an end point.

    \b
    report.html           what differs, with the arithmetic, every number with its verdict, curves: one file that needs
                          no network
    ledger.csv            a row a number; netterbook ledger --help says what its columns are
    END_POINT.ipd.csv     the reconstructed patients, with columns draw, arm, time, event

    Faults are said of all files at once, with file, line and column; of a description, what rests on a faulty part once
    that is right. An estimate outside its own limits is no fault: it differs. Exit status: 0 also where numbers differ,
    or where no patients could be made of an end point, which is said; 2 where a file cannot be used, and nothing is
    written.
    """
    from netterbook import single_page
    from netterbook.own_trial.audited import audit_trial, check_draws
    from netterbook.own_trial.folder import read_folder
    from netterbook.spreadsheets import csv_text

    into = folder if output is None else output
    try:
        check_draws(draws)
        own = read_folder(folder)
        keys = [end_point.key for end_point in own.end_points] if draws else []
        paths = {key: into / f"{key}.ipd.csv" for key in keys}
        ledger, page = into / "ledger.csv", into / "report.html"
        check_new([ledger, *paths.values(), *([page] if report else [])], force)
        if report:
            single_page.check_tools()
        found = audit_trial(own, draws, _begin)
        frame = found.ledger.frame()
        files: dict[Path, str | bytes] = {ledger: csv_text(frame)}
        for key, path in paths.items():
            patients = found.patients[key]
            if not isinstance(patients, str):
                files[path] = patients.patients.to_csv(index=False, lineterminator="\n")
        if report:
            files[page] = _report(found, folder, draws)
    except NetterbookError as error:
        raise failure(error) from None
    write(files)
    _say(found, frame)
    typer.echo(f"Written: {', '.join(map(str, files))}", err=True)


def _say(found: OwnTrial, frame: pd.DataFrame) -> None:
    """Verdicts counted, what was done to read the files, what differs, and slips of the pen that would explain it."""
    from netterbook.book.own_trial import slips_of_the_pen
    from netterbook.own_trial.explained import OwnExplanations
    from netterbook.own_trial.slips import MOST_NUMBERS

    counted = frame["verdict"].value_counts(sort=False)
    typer.echo(f"{len(frame)} numbers: " + ", ".join(f"{count} {verdict}" for verdict, count in counted.items()))
    for end_point in found.folder.end_points:
        for note in end_point.trial.reading_notes:
            typer.echo(f"{end_point.file}: {note}")
    for key, patients in found.patients.items():
        if isinstance(patients, str):
            typer.echo(f"No patients could be made of {key}: {patients}")
    differing = frame[frame["verdict"] == "differs"]
    if len(differing):
        typer.echo(plain(differing[["place", "arm", "quantity", "printed", "recomputed", "method"]]))
        typer.echo("Each disagrees with numbers that it was recomputed from; which is wrong the checks cannot say.")
    else:
        typer.echo("No number differs.")
    if found.mends.found:
        typer.echo("Single slips of the pen that would explain disagreements, and how many would be gone:")
        typer.echo(plain(slips_of_the_pen(found, OwnExplanations(found))))
    if found.mends.left_out:
        typer.echo(
            f"Slips were looked for in {MOST_NUMBERS} numbers, not in {found.mends.left_out} more that disagree or "
            "that those were recomputed from: correct what is found, and audit again."
        )


def _begin(claims: list[str]) -> Callable[[], None]:
    return progress_bar(claims, "Reconstructing patients") if claims else lambda: None


def _report(found: OwnTrial, folder: Path, draws: int) -> str:
    """The chapter on any trial as one page, of this one."""
    from netterbook import single_page
    from netterbook.notebooks import execute_here, parameterized
    from netterbook.text import literal

    name = "your_trial"
    notebook = parameterized(single_page.BOOK / "chapters" / f"{name}.ipynb", {"folder": str(folder), "draws": draws})
    notebook.cells[0].source = f"# {literal(found.folder.record.title)}"
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    execute_here(notebook, {"own": found}, progress_bar(cells, "Making the report"))
    return single_page.render(notebook, name)
