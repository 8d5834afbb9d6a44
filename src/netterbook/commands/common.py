"""What every command does alike: say what is wrong, write whole files, show progress and tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from netterbook.errors import NetterbookError

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 2000
"""Characters of a message; what a user gave may be of any length."""


def say(text: object) -> None:
    """One line on standard error, whatever words of the user it holds."""
    said = " ".join(str(text).encode(errors="backslashreplace").decode().split())
    said = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in said)
    typer.echo(f"netterbook: {said if len(said) <= _LONGEST else said[:_LONGEST] + '...'}", err=True)


def failure(error: Exception | str, about: str = "") -> typer.Exit:
    """What is wrong, ``about`` a file; an error that holds several mistakes, in its ``lines``, says each in its own."""
    for line in getattr(error, "lines", (error,)):
        say(f"{about}: {line}" if about else line)
    return typer.Exit(2)


def check_output(path: Path | None) -> None:
    """Fail before the work where its result could not be written; a missing folder is made with the result."""
    from netterbook.files import check_writable

    try:
        if path is not None:
            folder = next(each for each in path.absolute().parents if each.exists())
            check_writable(folder / path.name if folder != path.absolute().parent else path)
    except OSError as error:
        raise failure(f"cannot write {path}: {error.strerror}") from None


def check_new(paths: list[Path], force: bool, otherwise: str = "--output names another folder") -> None:
    for path in paths:
        check_output(path)
        if path.exists() and not force:
            raise failure(f"{path} exists; --force overwrites it, {otherwise}")


def write(files: Mapping[Path, str | bytes]) -> None:
    from netterbook.files import write_together

    try:
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
        write_together(files)
    except OSError as error:
        raise failure(f"cannot write {' and '.join(map(str, files))}: {error.strerror}") from None


def check_jobs(jobs: int) -> None:
    """Refuse numbers of processes that mean nothing."""
    if jobs == 0 or jobs < -1:
        raise failure(f"jobs is {jobs}; give a number of processes, or -1 for one a core")


@contextmanager
def said_of_workers(scheduler: str | None, finished: str, folder: Path) -> Iterator[None]:
    """Say what is wrong with work, with the scheduler that spreads it, or with the folder that keeps what is
    ``finished``."""
    try:
        yield
    except NetterbookError as error:
        raise failure(error) from None
    except (ImportError, OSError, ValueError) as error:
        if scheduler is not None:
            raise failure(f"cannot use the scheduler {scheduler}: {error}") from None
        if isinstance(error, OSError):
            raise failure(f"cannot keep finished {finished} in {folder}: {error.strerror}") from None
        raise


def with_example(epilog: str, example: Callable[[], str]) -> type[typer.core.TyperCommand]:
    """A command whose help ends with an example, read only where help is asked for, as it takes a second to import."""

    class Command(typer.core.TyperCommand):
        def format_epilog(self, ctx: Any, formatter: Any) -> None:
            self.epilog = epilog.format(example=example().rstrip())
            super().format_epilog(ctx, formatter)

    return Command


_VERDICTS = """Verdicts, the strongest first:

\b
{example}
"""


def with_verdicts() -> type[typer.core.TyperCommand]:
    """A command whose help ends with what each verdict means."""

    def verdicts() -> str:
        from netterbook.claims import Verdict

        return "\n".join(f"{verdict:<14} {verdict.meaning}" for verdict in Verdict)

    return with_example(_VERDICTS, verdicts)


def progress_bar(steps: Sequence[object], description: str) -> Callable[[], None]:
    """A bar on standard error; the function returned moves it by a step."""
    from rich.console import Console
    from rich.progress import track

    bar = iter(track(steps, description, console=Console(stderr=True)))
    next(bar, None)

    def move() -> None:
        next(bar, None)

    return move


def plain(frame: pd.DataFrame) -> str:
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
