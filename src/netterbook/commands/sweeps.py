"""The command that computes a chapter or a reconstruction at many points."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netterbook.commands.common import (
    check_jobs,
    check_new,
    failure,
    plain,
    progress_bar,
    said_of_workers,
    say,
    with_example,
    write,
)
from netterbook.errors import NetterbookError

app = typer.Typer()

_EPILOG = """A description, as --example prints it:

\b
{example}

\b
netterbook reconstruct --example > trial.yml
netterbook sweep --example > grid.yaml
netterbook sweep grid.yaml
"""


def _example() -> str:
    from netterbook.sweep import SWEEP_EXAMPLE

    return SWEEP_EXAMPLE.replace("\n\n", "\n#\n")


@app.command(cls=with_example(_EPILOG, _example))
def sweep(
    grid: Annotated[Path | None, typer.Argument(help="Description of the points, e.g. grid.yaml.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the files; default: that of the description.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes, of which one a core is used at most; -1 for these.")] = -1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, tcp://host:8786; needs the extra 'cluster'.")
    ] = None,
    pieces: Annotated[
        Path | None, typer.Option(help="Folder for finished points; default: in the user's cache folder.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing output.")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print an example description and stop.")] = False,
) -> None:
    """Compute a chapter or a reconstruction at many points of its parameters.

    From GRID.yaml come GRID.csv, a row for each point and headline with columns point, the parameters, quantity,
    value, low, high, error, error_low and error_high (Monte Carlo, of these three), and problem; and GRID.svg and
    GRID.png: how far each headline moves with each parameter, and along its values.

    Every finished point is kept in --pieces, from where a run that was stopped, begun again, goes on; after a change of
    the code or the data all is made anew. The result depends neither on that nor on how the work was spread.

    Exit status: 0 where all points have headlines; 2 where nothing was written, and why is said, before any work for a
    description that cannot be; 3 where some points lack some, of which the column problem says why.
    """
    from netterbook import sweep as sweeping
    from netterbook.reconstruction.pieces import Workers

    if example:
        sys.stdout.write(sweeping.SWEEP_EXAMPLE)
        return
    if grid is None:
        raise failure("name a description of points; --example prints one")
    check_jobs(jobs)
    try:
        described = sweeping.read_sweep(grid)
    except OSError as error:
        raise failure(f"cannot read {grid}: {error.strerror}") from None
    except NetterbookError as error:
        raise failure(f"{grid}: {error}") from None
    folder = grid.parent if output is None else output
    files = [folder / f"{grid.stem}.{end}" for end in ("csv", "svg", "png")]
    check_new(files, force)
    kept = sweeping.pieces_folder() if pieces is None else pieces
    with said_of_workers(scheduler, "points", kept):
        progress = progress_bar(described.points, "Computing points")
        table = sweeping.swept(described, Workers(jobs, scheduler), kept, progress)
    failed = table[table["problem"] != ""]
    if len(failed) == len(table):
        raise failure(f"no point has headlines; the first: {failed['problem'].iloc[0]}")
    names = list(described.grid.parameters)
    svg, png = sweeping.pictures(table, names, grid.stem)
    write(dict(zip(files, (sweeping.sweep_csv(table), svg, png), strict=True)))
    typer.echo(plain(sweeping.moved(table, names).round(4)))
    typer.echo(f"{len(described.points)} points written to {files[0]}", err=True)
    if len(failed):
        lacking = failed["point"].nunique()
        say(f"{lacking} of them lack headlines; the first: {failed['problem'].iloc[0]}")
        raise typer.Exit(3)
