"""The command line: ``netterbook --help``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

import netterbook
from netterbook.commands import maintenance, own_trials, patients, printed_numbers, rerun, sweeps

_PARTS = {
    "The printed numbers": (printed_numbers,),
    "Any trial": (own_trials, patients),
    "The book under other assumptions": (rerun, sweeps),
    "What is stored with the book, made anew": (maintenance,),
}


class _InParts(typer.core.TyperGroup):
    """Lists the commands by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        width = max(map(len, self.commands))
        for heading, parts in _PARTS.items():
            known = [typer.main.get_group(part.app).commands for part in parts]
            with formatter.section(heading):
                formatter.write_dl(
                    [
                        (name.ljust(width), command.get_short_help_str(200))
                        for each in known
                        for name, command in each.items()
                    ]
                )


app = typer.Typer(cls=_InParts, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
for parts in _PARTS.values():
    for part in parts:
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

    Exit status: 0 where all was done; 2 where something was refused or failed, which a line on standard error says;
    others as a command's own help says.
    """
