"""Long work in pieces: each is kept when it is finished, so that a run that was stopped goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from joblib import Parallel, cpu_count, delayed
from platformdirs import user_cache_path

from netterbook.files import write_whole
from netterbook.sources import code_of

_PACKAGE = Path(__file__).parents[1]
_SOURCES = ("compiled.py", "precision.py", "printed.py", "methods/patient*.py", "reconstruction/*.py")


class Piece(NamedTuple):
    """A part of the work: a function of the module level and its arguments; ``key`` names all that it depends on."""

    key: str
    work: Callable[..., pd.DataFrame]
    arguments: tuple[Any, ...]


class Workers(NamedTuple):
    """Who does the work.

    ``jobs``: processes, at most one a core, -1 for one a core; ``scheduler``: address of a Dask scheduler instead, e.g.
    tcp://10.0.0.1:8786, which needs the extra ``cluster``.
    """

    jobs: int = -1
    scheduler: str | None = None


def sources() -> str:
    """A fingerprint of the code that reconstructs and judges: pieces made with other code do not count."""
    digest = sha256()
    for pattern in _SOURCES:
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(code_of(path))
    return digest.hexdigest()[:16]


def default_folder() -> Path:
    """Where a run keeps its pieces unless told otherwise: below the user's cache folder, by :func:`sources`."""
    return user_cache_path("netterbook") / "validate" / sources()


def _text(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, lineterminator="\n"))


def _read(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text), float_precision="round_trip", keep_default_na=False, na_values=["", "nan"])


def _finished(pieces: Sequence[Piece], left: Sequence[int], workers: Workers) -> Iterator[tuple[int, pd.DataFrame]]:
    """Numbers of the pieces and their tables, in the order in which they are finished."""
    if workers.scheduler is None:
        tasks = (delayed(_numbered)(i, pieces[i]) for i in left)
        yield from Parallel(n_jobs=min(workers.jobs, cpu_count()), return_as="generator_unordered")(tasks)
        return
    from distributed import Client, as_completed

    with Client(workers.scheduler) as client:
        for future in as_completed([client.submit(_numbered, i, pieces[i], pure=False) for i in left]):
            yield future.result()


def _numbered(number: int, piece: Piece) -> tuple[int, pd.DataFrame]:
    return number, piece.work(*piece.arguments)


def in_pieces(
    pieces: Sequence[Piece], workers: Workers, folder: Path | None = None, progress: Callable[[], None] = lambda: None
) -> pd.DataFrame:
    """All pieces' tables, one below the other in the order of the pieces.

    Parameters
    ----------
    folder : where finished pieces are kept, and found again by their key; without it nothing is kept
    progress : called once for every piece finished now or before

    The result depends neither on how the work was spread nor on when it was stopped.
    """
    kept = [
        None if folder is None else folder / f"{sha256(piece.key.encode()).hexdigest()[:24]}.csv" for piece in pieces
    ]
    texts = [path.read_text(encoding="utf-8") if path is not None and path.exists() else None for path in kept]
    left = [i for i, text in enumerate(texts) if text is None]
    for _ in range(len(pieces) - len(left)):
        progress()
    for i, table in _finished(pieces, left, workers):
        texts[i] = _text(table)
        path = kept[i]
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, texts[i] or "")
        progress()
    return pd.concat([_read(text or "") for text in texts], ignore_index=True)
