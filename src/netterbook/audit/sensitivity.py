"""How far reconstructed patients depend on what was supposed and given: sweeps whose results are stored with the book.

``netterbook sensitivity`` computes them anew from the descriptions beside them. They count only while the numbers they
rest on, the description and the code that samples are what they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pandas as pd

from netterbook import trials
from netterbook.audit import ensembles
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.reconstruction.headlines import HEADLINE_COLUMNS

SWEPT = ("netter1", "netter2")
"""Trials whose progression-free survival is swept."""
END_POINT = "pfs"
_FOLDER = Path("sensitivity")
_MADE_OF = _FOLDER / "made_of.csv"
SWEEP_COLUMNS = ("point", *HEADLINE_COLUMNS)
"""Of any sweep's table; the parameters stand between the first and the second."""


def sweep_grid(folder: Path, trial: str) -> Path:
    """The description of a trial's sweep, below a data folder."""
    return folder / _FOLDER / f"{trial}.yaml"


def sweep_fingerprint(ledger: Ledger, trial: str) -> str:
    """Of all that a stored sweep depends on: the numbers given, the description, and the sources that sample."""
    about = ensembles.given(trials.read(ledger.folder)[trial], END_POINT, "nothing")
    lines = sweep_grid(ledger.folder, trial).read_text(encoding="utf-8").splitlines()
    described = "\n".join(filter(None, (line.partition("#")[0].rstrip() for line in lines)))
    return sha256((ensembles.fingerprint(ledger, about) + described).encode()).hexdigest()


def sweep_files(ledger: Ledger, found: Mapping[str, str]) -> dict[Path, str]:
    """What is stored, by path: the tables, as CSV by trial, and of what they were made."""
    made_of = pd.DataFrame(
        [(trial, sweep_fingerprint(ledger, trial)) for trial in found], columns=["trial", "fingerprint"]
    )
    tables = {ledger.folder / _FOLDER / f"{trial}.csv": text for trial, text in found.items()}
    return tables | {ledger.folder / _MADE_OF: made_of.to_csv(index=False, lineterminator="\n")}


def stored_sweep(ledger: Ledger, trial: str) -> pd.DataFrame:
    """A stored sweep, as ``netterbook sweep`` writes it.

    Raises
    ------
    DataError
        Where there is none that rests on the numbers, the description and the code as they are.

    >>> from netterbook import papers
    >>> stored_sweep(papers.load(papers.data_dir()), "netter1")["point"].nunique()
    14
    """
    path, made_of = ledger.folder / _FOLDER / f"{trial}.csv", ledger.folder / _MADE_OF
    known = pd.read_csv(made_of).set_index("trial")["fingerprint"] if made_of.is_file() else {}
    if not path.is_file() or known.get(trial) != sweep_fingerprint(ledger, trial):
        raise DataError(
            f"{path.name} was made with other numbers, points or code than these; run netterbook sensitivity"
        )
    return read_swept(path.read_text(encoding="utf-8"), path.name)


def read_swept(text: str, name: str) -> pd.DataFrame:
    """A table of ``netterbook sweep``, its parameters as text.

    Raises
    ------
    DataError
        If it is none, with what is missing.
    """
    try:
        table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{name} is no table: {error}") from None
    missing = [column for column in SWEEP_COLUMNS if column not in table]
    if missing:
        raise DataError(f"{name} has no column {', '.join(missing)}; give a table that netterbook sweep wrote")
    for column in SWEEP_COLUMNS:
        if column not in ("quantity", "problem"):
            numbers = pd.to_numeric(table[column], errors="coerce")
            wrong = table.index[numbers.isna() & (table[column] != "")]
            if len(wrong):
                raise DataError(f"{name}, line {wrong[0] + 2}: {column} is {table.loc[wrong[0], column]!r}, no number")
            table[column] = numbers
    return table
