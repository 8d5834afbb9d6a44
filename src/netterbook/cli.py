"""The command line: ``netterbook --help``."""

from __future__ import annotations

from typing import Annotated

import typer

import netterbook
from netterbook.commands import maintenance, own_trials, patients, printed_numbers, rerun, sweeps

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
for part in (printed_numbers, own_trials, patients, rerun, sweeps, maintenance):
    app.add_typer(part.app)


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
    """Recompute what trials print: of 177Lu-DOTATATE for neuroendocrine tumours, or of any trial (new-trial, audit).

    refresh, recover, ensembles, models, misprints and validate make anew what is stored with the book.
    """
