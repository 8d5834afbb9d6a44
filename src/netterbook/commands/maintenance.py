"""Commands for those who keep the book: run chapters, make stored results anew, validate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netterbook.commands.common import check_jobs, check_output, failure, plain, progress_bar, said_of_workers, write
from netterbook.errors import NetterbookError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()


@app.command()
def refresh(
    notebooks: Annotated[list[Path], typer.Argument(help="Chapters to run, e.g. chapters/*.ipynb.")],
) -> None:
    """Run chapters and store their outputs.

    Every notebook is replaced by itself with its outputs; half a minute a chapter. Their parameters are written first;
    pictures, timestamps and paths are not stored. A chapter that fails is left as it was.
    """
    from rich.progress import track

    from netterbook.notebooks import run_and_store

    for path in notebooks:
        if not path.is_file():
            raise failure(f"there is no file {path}; name chapters, e.g. chapters/*.ipynb")
    for path in track(notebooks, description="Running chapters"):
        try:
            run_and_store(path)
        except Exception as error:
            raise failure(f"{path} was left as it is: {error}") from None


@app.command()
def recover(
    draws: Annotated[
        int | None, typer.Option(min=100, help="Sets of patients of each ensemble and seed (default 400).")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Default: what the ledger reads, data/reconstruction/recovered.csv."),
    ] = None,
) -> None:
    """Estimate every headline with it withheld, and store it.

    The file is replaced. Needed after a change of a number that an estimate rests on: until then the ledger leaves the
    estimate out. Draws are doubled until the chains have converged: takes about an hour.
    """
    from netterbook import papers
    from netterbook.audit import build_ledger, recovered

    check_jobs(jobs)
    try:
        path = papers.data_dir() / recovered.STORE if output is None else output
        check_output(path)
        book = build_ledger()
        ensembles = {target.given.key for target in recovered.everything(book)}
        progress = progress_bar(range(len(ensembles)), "Withholding")
        table = recovered.recover(book, draws or recovered.DRAWS, recovered.SEEDS, jobs, progress)
    except (NetterbookError, OSError) as error:
        raise failure(error) from None
    write({path: table.to_csv(index=False, float_format="%.6g", lineterminator="\n")})
    typer.echo(plain(table[["claim", "estimate", "low", "high", "below", "r_hat", "bulk"]].round(4)))


@app.command()
def ensembles() -> None:
    """Sample the patients that chapters show by default.

    They replace those in data/reconstruction; takes some five minutes. Needed after a change of a number that they rest
    on or of the sampler: until then chapters sample them each time.
    """
    from netterbook.audit import build_ledger, ensembles

    try:
        book = build_ledger()
        index = ensembles.store(book, book.folder, progress_bar(ensembles.STORED, "Sampling"))
    except (NetterbookError, OSError) as error:
        raise failure(error) from None
    typer.echo(plain(index[["name", "draws", "tried"]]))


@app.command()
def sensitivity(
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
) -> None:
    """Reconstruct patients under other suppositions, for the chapter on sensitivity, and store the headlines.

    The points are those of data/sensitivity/*.yaml; what comes of them replaces the CSV files beside. Needed after a
    change of a number that they rest on, of a description or of the sampler. Takes half an hour on two cores; finished
    points are kept in the user's cache folder, from where a run that was stopped goes on.
    """
    from netterbook import sweep as sweeping
    from netterbook.audit import build_ledger
    from netterbook.audit import sensitivity as stored
    from netterbook.reconstruction.pieces import Workers

    check_jobs(jobs)
    try:
        book = build_ledger()
        described = {trial: sweeping.read_sweep(stored.sweep_grid(book.folder, trial)) for trial in stored.SWEPT}
        progress = progress_bar(range(sum(len(each.points) for each in described.values())), "Computing points")
        kept = sweeping.pieces_folder()
        found = {trial: sweeping.swept(each, Workers(jobs), kept, progress) for trial, each in described.items()}
    except (NetterbookError, OSError) as error:
        raise failure(error) from None
    write(stored.sweep_files(book, {trial: sweeping.sweep_csv(table) for trial, table in found.items()}))
    for trial, table in found.items():
        typer.echo(f"{trial}\n{plain(sweeping.moved(table, list(described[trial].grid.parameters)).round(4))}")


@app.command()
def models() -> None:
    """Fit every survival model to the stored patients and store the parameters.

    They replace those in data/reconstruction; takes some minutes. Needed after a change of the stored patients, which
    "ensembles" samples.
    """
    from netterbook.audit import build_ledger
    from netterbook.book.cross_trial import model_files

    try:
        book = build_ledger()
        found = model_files.store_parameters(
            book, book.folder, progress=progress_bar(model_files.FITTED_ENSEMBLES, "Fitting")
        )
    except (NetterbookError, OSError) as error:
        raise failure(error) from None
    typer.echo(plain(found.groupby(["trial", "end_point"], sort=False).size().rename("rows").reset_index()))


@app.command()
def misprints(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Store the table here; data/misprints.csv is what the book reads."),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for one a core.")] = -1,
) -> None:
    """Misprint every number by one digit and count what the checks tell.

    Needed after a change of a number or of a check: until then the book leaves the table out. Takes some minutes;
    without --output shares by place, kind and verdict are printed and nothing is stored.
    """
    from netterbook import papers
    from netterbook.audit import build_ledger, misprints

    check_jobs(jobs)
    check_output(output)
    try:
        book = build_ledger()
        progress = progress_bar(misprints.batches(papers.load(book.folder).claims), "Misprinting")
        table = misprints.try_all(book.folder, jobs, progress)
    except (NetterbookError, OSError) as error:
        raise failure(error) from None
    if output is not None:
        write(misprints.files(table, book.folder, output))
    for by in (("paper", "place"), ("measure",), ("verdict",)):
        typer.echo(plain(misprints.noticed_shares(table, book, *by).round(3)))
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

    check_jobs(jobs)
    for name in ("validation", "calibration"):
        check_output(None if output is None else output / f"{name}.csv.gz")
    folder = parts.default_folder() if pieces is None else pieces / parts.sources()
    workers = parts.Workers(jobs, scheduler)
    made: dict[str, pd.DataFrame] = {}
    with said_of_workers(scheduler, "trials", folder):
        chosen = studying.known_trials(trials)
        if chosen:
            progress = progress_bar(chosen, "Trials with known patients")
            made["validation"] = studying.study(
                chosen, draws or studying.ENSEMBLE_DRAWS, seed, workers, folder, progress
            )
        if calibration:
            progress = progress_bar(range(0, calibration, calibrating.TOGETHER), "Trials from the prior, in tens")
            made["calibration"] = calibrating.calibrate(
                prior_trial,
                calibration,
                draws or calibrating.RANKED_DRAWS,
                seed,
                workers=workers,
                folder=folder,
                progress=progress,
            )
    if output is not None:
        write({output / f"{name}.csv.gz": _compressed(table) for name, table in made.items()})
    if "validation" in made:
        results, best = made["validation"], accuracy.informed(made["validation"])
        typer.echo(plain(accuracy.accuracy(best).round(4)))
        typer.echo(plain(accuracy.coverage(best).round(2)))
        typer.echo(plain(accuracy.by_stratum(best).round(2)))
        typer.echo(plain(accuracy.accuracy(results, ["setting", "scans", "step"]).round(4)))
    if "calibration" in made:
        typer.echo(plain(calibrating.verdicts(made["calibration"]).round(4)))


def _compressed(table: pd.DataFrame) -> bytes:
    import gzip

    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    return gzip.compress(text.encode(), mtime=0)
