"""The command that reconstructs patients."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netterbook.commands.common import check_new, failure, say, with_example, write
from netterbook.errors import NetterbookError

if TYPE_CHECKING:
    from netterbook.reconstruction.report import Made
    from netterbook.reconstruction.trial_file import TrialDescription

app = typer.Typer()

_EPILOG = """A trial description, as --example prints it; the page reconstruct.md of the book has all keys:

\b
{example}

\b
netterbook reconstruct --example > trial.yml
netterbook reconstruct trial.yml --draws 100 --withhold hr
"""


def _example() -> str:
    from netterbook.reconstruction.trial_file import EXAMPLE

    return EXAMPLE


@app.command(cls=with_example(_EPILOG, _example))
def reconstruct(
    trial: Annotated[Path | None, typer.Argument(help="Trial description, e.g. trial.yml.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for both files; default: that of the description.")
    ] = None,
    draws: Annotated[int | None, typer.Option(help="Sets of patients; overrides the file (default 200).")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the random numbers; overrides the file (default 1).")] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Do not use this summary, e.g. hr; may be repeated, adds to the file's.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Threads, of which 4 are used at most; they change no result.")] = 2,
    keep_nearest: Annotated[
        bool,
        typer.Option(
            "--keep-nearest", help="Where no patients meet all that was given, write the one set that misses least."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing output.")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print an example description and stop.")] = False,
) -> None:
    """Make patients that agree with what was printed of a trial.

    From TRIAL.yml come TRIAL.ipd.csv, with columns draw, arm, time, event, and TRIAL.report.md; where strata are given
    also TRIAL.stratified.csv, with columns draw, hr, stratified_hr. With a digitised curve there is one set of
    patients; from summaries alone there are many, each meeting every printed number. Of three or more arms without a
    curve, each is compared with the first by itself, and its name stands in those of its files.

    They are not the trial's patients: use them for no subgroup, safety or single patient.

    Exit status: 0 where the patients written meet all that was given, also where chains have not converged, which is
    said here and in the report's first line; 2 where nothing was written, and why is said;
    3 where patients were written that miss something, as --keep-nearest allows: the report's first line says what.
    """
    from netterbook.reconstruction import trial_file
    from netterbook.reconstruction.arm_names import file_names

    if example:
        sys.stdout.write(trial_file.EXAMPLE)
        return
    if trial is None:
        raise failure("name a trial description; --example prints one")
    given = {key: value for key, value in (("draws", draws), ("seed", seed)) if value is not None}
    try:
        described = trial_file.read_comparisons(trial, withhold or (), **given)
    except OSError as error:
        raise failure(f"cannot read {trial}: {error.strerror}") from None
    except NetterbookError as error:
        raise failure(error, str(trial)) from None
    folder = trial.parent if output is None else output
    names = {name: f"{trial.stem}.{end}" if end else trial.stem for name, end in file_names(described).items()}
    files = {name: [folder / f"{stem}.{end}" for end in _ENDS] for name, stem in names.items()}
    check_new([path for name, own in files.items() for path in own[: 2 + (described[name].strata is not None)]], force)
    made: dict[str, Made] = {}
    for name, one in described.items():
        try:
            made[name] = _made(one, jobs, keep_nearest, f" of {name}" if name else "")
        except NetterbookError as error:
            raise failure(error, f"{trial}: {name}" if name else str(trial)) from None
    contents = {name: (each.patients, each.report, each.stratified) for name, each in made.items()}
    write({path: text for name in made for path, text in zip(files[name], contents[name], strict=True) if text})
    for name, each in made.items():
        patients, report, _ = files[name]
        typer.echo(f"{each.draws} draw(s) written to {patients}, what they say to {report}", err=True)
        for said in filter(None, (each.hint, each.unconverged)):
            say(said)
        if each.missed:
            say(f"these patients miss what was given: {'; '.join(each.missed)}")
    if any(each.missed for each in made.values()):
        raise typer.Exit(3)


_ENDS = "ipd.csv", "report.md", "stratified.csv"


def _made(described: TrialDescription, jobs: int, keep_nearest: bool, of: str) -> Made:
    """The patients and their report, with progress on a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from netterbook.reconstruction.report import make

    console, many = Console(stderr=True), described.curve is None
    counted = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) if many else ()
    columns = SpinnerColumn(), "{task.description}", *counted, TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        making = bar.add_task(f"Reconstructing patients{of}", total=described.draws if many else None)
        comparing = bar.add_task("Looking at convergence and comparing", total=None, visible=False, start=False)

        def progress(done: int) -> None:
            bar.update(making, completed=done)
            if done >= described.draws:
                bar.start_task(comparing)
                bar.update(comparing, visible=True)

        return make(described, jobs=jobs, keep_nearest=keep_nearest, progress=progress)
