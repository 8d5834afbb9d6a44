"""The command line: ``netterbook --help``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import netterbook
from netterbook.claims import Verdict
from netterbook.errors import NetterbookError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    summary = "summary"


class ClaimFormat(StrEnum):
    text = "text"
    json = "json"


_LONGEST = 2000
"""Characters of a message; what a user gave may be of any length."""


def _say(text: object) -> None:
    """One line on standard error, whatever words of the user it holds."""
    said = " ".join(str(text).encode(errors="backslashreplace").decode().split())
    said = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in said)
    typer.echo(f"netterbook: {said if len(said) <= _LONGEST else said[:_LONGEST] + '...'}", err=True)


def _fail(error: Exception | str) -> typer.Exit:
    _say(error)
    return typer.Exit(2)


def _check_output(path: Path | None) -> None:
    """Fail before the work where its result could not be written; a missing folder is made with the result."""
    from netterbook.files import check_writable

    try:
        if path is not None:
            folder = next(each for each in path.absolute().parents if each.exists())
            check_writable(folder / path.name if folder != path.absolute().parent else path)
    except OSError as error:
        raise _fail(f"cannot write {path}: {error.strerror}") from None


def _write(files: Mapping[Path, str | bytes]) -> None:
    from netterbook.files import write_together

    try:
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
        write_together(files)
    except OSError as error:
        raise _fail(f"cannot write {' and '.join(map(str, files))}: {error.strerror}") from None


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"netterbook {netterbook.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Recompute the published evidence on 177Lu-DOTATATE for neuroendocrine tumours."""


@app.command()
def ledger(
    format: Annotated[
        Format, typer.Option(help="csv, json: one row a claim; table: for reading; summary: counts.")
    ] = Format.table,
    paper: Annotated[str | None, typer.Option(help="Only this paper, e.g. netter1.")] = None,
    place: Annotated[str | None, typer.Option(help="Only this place, e.g. 'Table 4' or Results.")] = None,
    verdict: Annotated[str | None, typer.Option(help=f"Only this verdict: {', '.join(Verdict)}.")] = None,
    output: Annotated[Path | None, typer.Option(help="Write here instead of to the screen.")] = None,
) -> None:
    """Print every published number with its verdict.

    Columns: claim_id, paper, place, arm, quantity, measure, printed, recomputed, method, inputs, verdict, would_pass
    and of_numbers (how many of the numbers of as many digits the check lets pass), note. The summary leaves ticks of
    axes out.

    Example: netterbook ledger --paper netter1 --place "Table 4" --verdict differs
    """
    from netterbook.audit import build_ledger

    _check_output(output)
    try:
        book = build_ledger()
        frame = book.frame(paper=paper, place=place, verdict=verdict)
    except NetterbookError as error:
        raise _fail(error) from None
    if format is Format.csv:
        text = frame.to_csv(index=False, lineterminator="\n")
    elif format is Format.json:
        text = frame.to_json(orient="records", force_ascii=False, indent=1) + "\n"
    elif format is Format.summary:
        text = _plain(book.summary(frame).reset_index())
    else:
        text = _plain(frame[["claim_id", "printed", "recomputed", "method", "verdict"]])
    if output is None:
        sys.stdout.write(text)
        return
    _write({output: text})
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
        raise _fail(error) from None
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
    """Write all data of the book as one zip archive.

    It holds the printed numbers as two people typed them, the ledger as CSV and JSON, the facts, the reconstructed
    patients, how to cite them, and datapackage.json (Frictionless), which says what every column is.
    """
    from netterbook.audit import build_ledger
    from netterbook.package import archive, package_files

    _check_new([output], force)
    try:
        files = package_files(build_ledger())
    except NetterbookError as error:
        raise _fail(error) from None
    _write({output: archive(files)})
    typer.echo(f"{len(files)} files written to {output}", err=True)


_EPILOG = """A trial description, as --example prints it; the page reconstruct.md of the book has all keys:

\b
{example}

\b
netterbook reconstruct --example > trial.yml
netterbook reconstruct trial.yml --draws 100 --withhold hr
"""


class _Reconstruct(typer.core.TyperCommand):
    """Reads the example for the epilog only where help is asked for, as it takes a second to import."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from netterbook.reconstruction.trial_file import EXAMPLE

        self.epilog = _EPILOG.format(example=EXAMPLE.rstrip())
        super().format_epilog(ctx, formatter)


@app.command(cls=_Reconstruct)
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
        bool, typer.Option("--keep-nearest", help="Write the nearest patients where none meet all that was given.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing output.")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print an example description and stop.")] = False,
) -> None:
    """Make patients that agree with what was printed of a trial.

    From TRIAL.yml come TRIAL.ipd.csv, with columns draw, arm, time, event, and TRIAL.report.md; where strata are given
    also TRIAL.stratified.csv, with columns draw, hr, stratified_hr. With a digitised curve there is one set of
    patients; from summaries alone there are many, each meeting every printed number.

    They are not the trial's patients: use them for no subgroup, safety or single patient.

    Exit status: 0 where the patients written meet all that was given, also where chains have not converged, which is
    said here and in the report's first line; 2 where nothing was written, and why is said;
    3 where patients were written that miss something, as --keep-nearest allows: the report's first line says what.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from netterbook.reconstruction import trial_file
    from netterbook.reconstruction.report import make

    if example:
        sys.stdout.write(trial_file.EXAMPLE)
        return
    if trial is None:
        raise _fail("name a trial description; --example prints one")
    folder = trial.parent if output is None else output
    patients, report, stratified = (
        folder / f"{trial.stem}.{end}" for end in ("ipd.csv", "report.md", "stratified.csv")
    )
    given = {key: value for key, value in (("draws", draws), ("seed", seed)) if value is not None}
    try:
        described = trial_file.read(trial, withhold or (), **given)
    except OSError as error:
        raise _fail(f"cannot read {trial}: {error.strerror}") from None
    except NetterbookError as error:
        raise _fail(f"{trial}: {error}") from None
    _check_new([patients, report, *([stratified] if described.strata is not None else [])], force)
    console, many = Console(stderr=True), described.curve is None
    counted = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) if many else ()
    columns = SpinnerColumn(), "{task.description}", *counted, TimeElapsedColumn()
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            making = bar.add_task("Reconstructing patients", total=described.draws if many else None)
            comparing = bar.add_task("Looking at convergence and comparing", total=None, visible=False, start=False)

            def progress(done: int) -> None:
                bar.update(making, completed=done)
                if done >= described.draws:
                    bar.start_task(comparing)
                    bar.update(comparing, visible=True)

            made = make(described, jobs=jobs, keep_nearest=keep_nearest, progress=progress)
    except NetterbookError as error:
        raise _fail(f"{trial}: {error}") from None
    _write({patients: made.patients, report: made.report} | ({stratified: made.stratified} if made.stratified else {}))
    typer.echo(f"{made.draws} draw(s) written to {patients}, what they say to {report}", err=True)
    if made.unconverged:
        _say(made.unconverged)
    if made.missed:
        _say(f"these patients miss what was given: {'; '.join(made.missed)}")
        raise typer.Exit(3)


def _check_new(paths: list[Path], force: bool) -> None:
    for path in paths:
        _check_output(path)
        if path.exists() and not force:
            raise _fail(f"{path} exists; --force overwrites it, --output names another folder")


@app.command()
def refresh(
    notebooks: Annotated[list[Path], typer.Argument(help="Chapters to run, e.g. chapters/*.ipynb.")],
) -> None:
    """Run chapters and store their outputs.

    Their parameters are written first; pictures, timestamps and paths are not stored.
    A chapter that fails is left as it was.
    """
    from rich.progress import track

    from netterbook.notebooks import run_and_store

    for path in track(notebooks, description="Running chapters"):
        try:
            run_and_store(path)
        except Exception as error:
            raise _fail(f"{path} was left as it is: {error}") from None


@app.command()
def recover(
    draws: Annotated[
        int | None, typer.Option(min=100, help="Sets of patients of each ensemble and seed (default 400).")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: the file the ledger reads.")] = None,
) -> None:
    """Estimate every headline with it withheld, and store it.

    Needed after a change of a number that an estimate rests on: until then the ledger leaves the estimate out. Draws
    are doubled until the chains have converged: takes about an hour.
    """
    from netterbook import papers
    from netterbook.audit import build_ledger, recovered

    try:
        path = papers.data_dir() / recovered.STORE if output is None else output
        _check_output(path)
        book = build_ledger()
        ensembles = {target.given.key for target in recovered.everything(book)}
        progress = _progress(range(len(ensembles)), "Withholding")
        table = recovered.recover(book, draws or recovered.DRAWS, recovered.SEEDS, jobs, progress)
    except (NetterbookError, OSError) as error:
        raise _fail(error) from None
    _write({path: table.to_csv(index=False, float_format="%.6g", lineterminator="\n")})
    typer.echo(_plain(table[["claim", "estimate", "low", "high", "below", "r_hat", "bulk"]].round(4)))


@app.command()
def ensembles() -> None:
    """Sample the patients that chapters show by default.

    They are stored in data/reconstruction.

    Needed after a change of a number that they rest on or of the sampler: until then chapters sample them each time.
    """
    from netterbook.audit import build_ledger, ensembles

    try:
        book = build_ledger()
        index = ensembles.store(book, book.folder, _progress(ensembles.STORED, "Sampling"))
    except (NetterbookError, OSError) as error:
        raise _fail(error) from None
    typer.echo(_plain(index[["name", "draws", "tried"]]))


@app.command()
def models() -> None:
    """Fit every survival model to the stored patients and store the parameters.

    They are stored in data/reconstruction. Needed after a change of the stored patients, which "ensembles" samples.
    """
    from netterbook.audit import build_ledger
    from netterbook.book.cross_trial import model_files

    try:
        book = build_ledger()
        found = model_files.store_parameters(
            book, book.folder, progress=_progress(model_files.FITTED_ENSEMBLES, "Fitting")
        )
    except (NetterbookError, OSError) as error:
        raise _fail(error) from None
    typer.echo(_plain(found.groupby(["trial", "end_point"], sort=False).size().rename("rows").reset_index()))


@app.command()
def misprints(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Store the table here; data/misprints.csv is what the book reads."),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
) -> None:
    """Misprint every number by one digit and count what the checks tell.

    Needed after a change of a number or of a check: until then the book leaves the table out. Takes some minutes.
    """
    from netterbook import papers
    from netterbook.audit import build_ledger, misprints

    if jobs == 0:
        raise _fail("jobs is 0; give a number of processes, or -1 for one a core")
    _check_output(output)
    try:
        book = build_ledger()
        progress = _progress(misprints.batches(papers.load(book.folder).claims), "Misprinting")
        table = misprints.try_all(book.folder, jobs, progress)
    except (NetterbookError, OSError) as error:
        raise _fail(error) from None
    if output is not None:
        _write(misprints.files(table, book.folder, output))
    for by in (("paper", "place"), ("measure",), ("verdict",)):
        typer.echo(_plain(misprints.noticed_shares(table, book, *by).round(3)))
    typer.echo(f"{table['caught'].sum()} of {len(table)} misprints are caught")


@app.command()
def validate(
    trials: Annotated[
        str, typer.Option(help="A group: all, development, held-out, public, simulated, none; or a word of names.")
    ] = "all",
    calibration: Annotated[
        int, typer.Option(min=0, help="Trials drawn from the model's own prior; 0 for none.")
    ] = 1000,
    draws: Annotated[
        int | None,
        typer.Option(
            min=1, help="Draws of each ensemble; default 100 in trials with known patients, 60 in those from the prior."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of clicks, chains and trials drawn from the prior.")] = 1,
    jobs: Annotated[int, typer.Option(help="Processes, of which one a core is used at most; -1 for these.")] = -1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, tcp://host:8786; needs the extra 'cluster'.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for validation.csv.gz and calibration.csv.gz.")
    ] = None,
    pieces: Annotated[
        Path | None, typer.Option(help="Folder for finished trials; default: in the user's cache folder.")
    ] = None,
) -> None:
    """Try the reconstruction on trials whose patients are known, and on trials drawn from its own prior.

    The former are printed as a paper would, in turn without hazard ratio, rates, medians and restricted means, with and
    without what is known of scans and recording, and estimates are compared with the truth. Of the latter, the truth's
    rank among the draws must be uniform (simulation-based calibration). Public data sets need the extra 'validate'.

    Every finished trial is kept in --pieces, from where a run that was stopped, begun again with the same draws and
    seed, goes on; after a change of the code all is made anew. The results depend neither on that nor on how the work
    was spread. The whole takes hours; a part:

    \b
    netterbook validate --trials veteran --calibration 0
    netterbook validate --trials none --calibration 50

    The book shows what is made by: netterbook validate --output data/reconstruction
    """
    from netterbook.reconstruction import accuracy
    from netterbook.reconstruction import calibration as calibrating
    from netterbook.reconstruction import pieces as parts
    from netterbook.reconstruction import study as studying
    from netterbook.reconstruction.model import prior_trial

    if jobs == 0:
        raise _fail("jobs is 0; give a number of processes, or -1 for one a core")
    for name in ("validation", "calibration"):
        _check_output(None if output is None else output / f"{name}.csv.gz")
    folder = parts.default_folder() if pieces is None else pieces / parts.sources()
    workers = parts.Workers(jobs, scheduler)
    made: dict[str, pd.DataFrame] = {}
    try:
        chosen = studying.known_trials(trials)
        if chosen:
            progress = _progress(chosen, "Trials with known patients")
            made["validation"] = studying.study(
                chosen, draws or studying.ENSEMBLE_DRAWS, seed, workers, folder, progress
            )
        if calibration:
            progress = _progress(range(0, calibration, calibrating.TOGETHER), "Trials from the prior, in tens")
            made["calibration"] = calibrating.calibrate(
                prior_trial,
                calibration,
                draws or calibrating.RANKED_DRAWS,
                seed,
                workers=workers,
                folder=folder,
                progress=progress,
            )
    except NetterbookError as error:
        raise _fail(error) from None
    except (ImportError, OSError, ValueError) as error:
        if scheduler is not None:
            raise _fail(f"cannot use the scheduler {scheduler}: {error}") from None
        if isinstance(error, OSError):
            raise _fail(f"cannot keep finished trials in {folder}: {error.strerror}") from None
        raise
    if output is not None:
        _write({output / f"{name}.csv.gz": _compressed(table) for name, table in made.items()})
    if "validation" in made:
        results, best = made["validation"], accuracy.informed(made["validation"])
        typer.echo(_plain(accuracy.accuracy(best).round(4)))
        typer.echo(_plain(accuracy.coverage(best).round(2)))
        typer.echo(_plain(accuracy.by_stratum(best).round(2)))
        typer.echo(_plain(accuracy.accuracy(results, ["setting", "scans", "step"]).round(4)))
    if "calibration" in made:
        typer.echo(_plain(calibrating.verdicts(made["calibration"]).round(4)))


def _compressed(table: pd.DataFrame) -> bytes:
    import gzip

    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    return gzip.compress(text.encode(), mtime=0)


def _progress(steps: Sequence[object], description: str) -> Callable[[], None]:
    """A bar on standard error; the function returned moves it by a step."""
    from rich.console import Console
    from rich.progress import track

    bar = iter(track(steps, description, console=Console(stderr=True)))
    next(bar)

    def move() -> None:
        next(bar, None)

    return move


def _plain(frame: pd.DataFrame) -> str:
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
