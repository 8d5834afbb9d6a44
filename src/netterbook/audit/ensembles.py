"""Reconstructed patients of the trials' end points: stored with the book, or sampled where nothing stored fits.

A Markov chain is chaotic in its last digit, so that another processor gives other patients; those of the chapters'
default parameters are therefore data. They count only while the numbers they rest on and the code that made them are
what they were; ``netterbook ensembles`` makes them afresh.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pandas as pd

from netterbook import trials
from netterbook.audit.given import WITHHOLD, Inputs, inputs
from netterbook.claims import Ledger
from netterbook.files import write_whole
from netterbook.reconstruction import Reconstruction
from netterbook.trials import Trial

STORED = (
    ("netter1", "pfs", "nothing"),
    ("netter1", "pfs", "hazard ratio"),
    ("netter1", "os", "nothing"),
    ("netter2", "pfs", "nothing"),
)
"""Trials, end points and what is withheld, as the chapters have them by default."""
STORED_DRAWS, STORED_SEED = 200, 1
"""Of the stored ensembles; the chapters' defaults."""

_FOLDER = Path("reconstruction")
_INDEX = _FOLDER / "ensembles.csv"
PACKAGE = Path(__file__).parents[1]
_ENGINE = (
    "compiled",
    "methods/patients",
    *(f"reconstruction/{name}" for name in ("checks", "sampler", "summaries", "windows")),
)


def reconstruct(ledger: Ledger, trial: Trial, end_point: str, withhold: str, draws: int, seed: int) -> Reconstruction:
    """A trial's end point reconstructed without what is withheld, and without a stratified hazard ratio and P value.

    Stored patients serve where they are of this seed and as many as are asked for.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = reconstruct(ledger, trials.read(ledger.folder)["netter1"], "os", "nothing", 4, 1)
    >>> found.draws, found.event.sum(axis=1).tolist()
    (4, [40, 40, 40, 40])
    """
    if draws <= STORED_DRAWS and seed == STORED_SEED:
        stored = read(ledger, trial, end_point, withhold)
        if stored is not None:
            return stored.first(draws)
    return given(trial, end_point, withhold).reconstruct(ledger, draws, seed)


def given(trial: Trial, end_point: str, withhold: str) -> Inputs:
    """What an ensemble is given."""
    return inputs(trial, end_point).unstratified().without(*WITHHOLD[withhold])


def fingerprint(ledger: Ledger, about: Inputs) -> str:
    """Of all that a stored ensemble depends on: the numbers given, and the sources that sample."""
    tables = [table.to_dict("list") if isinstance(table, pd.DataFrame) else table for table in about.tables(ledger)]
    digest = sha256(json.dumps([*tables, STORED_DRAWS, STORED_SEED], default=str).encode())
    for name in _ENGINE:
        digest.update((PACKAGE / f"{name}.py").read_bytes())
    return digest.hexdigest()


def _name(trial: str, end_point: str, withhold: str) -> str:
    return f"{trial}_{end_point}-{withhold.replace(' ', '-')}-withheld"


def read(ledger: Ledger, trial: Trial, end_point: str, withhold: str) -> Reconstruction | None:
    """The stored ensemble; None where there is none that rests on the numbers and the code as they are."""
    name, index_file = _name(trial.key, end_point, withhold), ledger.folder / _INDEX
    if not index_file.exists():
        return None
    index = pd.read_csv(index_file, keep_default_na=False).set_index("name")
    now = fingerprint(ledger, given(trial, end_point, withhold))
    if name not in index.index or index.loc[name, "fingerprint"] != now:
        return None
    about = index.loc[name]
    table = pd.read_csv(ledger.folder / _FOLDER / f"{name}.csv.gz")
    first = table["draw"] == 1
    time, event = (table[column].to_numpy().reshape(-1, first.sum()) for column in ("time", "event"))
    notes = tuple(filter(None, about["notes"].split("; ")))
    return Reconstruction(
        time, event, table.loc[first, "arm"].to_numpy(), tuple(about["given"].split("; ")), about["tried"], notes
    )


def store(ledger: Ledger, folder: Path, progress: Callable[[], None] = lambda: None) -> pd.DataFrame:
    """Sample all of :data:`STORED` and write them below ``folder``, the index last; returns the index.

    The index has columns name, end_point, withheld, draws, seed, given, tried, notes, fingerprint.
    """
    known, rows = trials.read(ledger.folder), []
    for trial, end_point, withhold in STORED:
        about = given(known[trial], end_point, withhold)
        found, name = about.reconstruct(ledger, STORED_DRAWS, STORED_SEED), _name(trial, end_point, withhold)
        text = found.patients.to_csv(index=False, lineterminator="\n")
        write_whole(folder / _FOLDER / f"{name}.csv.gz", gzip.compress(text.encode(), mtime=0))
        rows.append(
            {"name": name, "end_point": f"{trial}_{end_point}", "withheld": withhold,
             "draws": STORED_DRAWS, "seed": STORED_SEED,
             "given": "; ".join(found.given), "tried": found.tried, "notes": "; ".join(found.notes),
             "fingerprint": fingerprint(ledger, about)}
        )  # fmt: skip
        progress()
    index = pd.DataFrame(rows)
    write_whole(folder / _INDEX, index.to_csv(index=False, lineterminator="\n"))
    return index
