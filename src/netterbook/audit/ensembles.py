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

from netterbook import papers
from netterbook.audit import build_ledger
from netterbook.audit.endpoints import NETTER1_OS, NETTER1_PFS, NETTER2_PFS
from netterbook.files import write_whole
from netterbook.reconstruction import Reconstruction

END_POINTS = {
    "netter1_pfs": NETTER1_PFS,
    "netter1_os": NETTER1_OS,
    # Its hazard ratio and P value are stratified, to which patients without strata cannot be held.
    "netter2_pfs": NETTER2_PFS.without("hr", "logrank_p"),
}
WITHHOLD = {
    "nothing": (),
    "hazard ratio": ("hr", "logrank_p"),
    "rates": ("lm0", "lm1"),
    "median": ("median0", "median1"),
    "all results": ("hr", "logrank_p", "lm0", "lm1", "median0", "median1"),
}
"""What a reconstruction may not be given; numbers at risk, patients and events it is always given."""

STORED = (
    ("netter1_pfs", "nothing"),
    ("netter1_pfs", "hazard ratio"),
    ("netter1_os", "nothing"),
    ("netter2_pfs", "nothing"),
)
"""End points and what is withheld, as the chapters have them by default."""
DRAWS, SEED = 200, 1
"""Of the stored ensembles; the chapters' defaults."""

_FOLDER = Path("reconstruction")
_INDEX = _FOLDER / "ensembles.csv"
PACKAGE = Path(__file__).parents[1]
_ENGINE = (
    "compiled",
    "methods/patients",
    *(f"reconstruction/{name}" for name in ("checks", "sampler", "summaries", "windows")),
)


def reconstruct(end_point: str, withhold: str, draws: int, seed: int) -> tuple[Reconstruction, pd.DataFrame]:
    """An end point of :data:`END_POINTS` reconstructed without what is withheld; and the numbers at risk.

    Stored patients serve where they are of this seed and as many as are asked for.

    >>> found, at_risk = reconstruct("netter1_os", "nothing", 4, 1)
    >>> found.draws, found.event.sum(axis=1).tolist(), list(at_risk.columns)
    (4, [40, 40, 40, 40], ['arm', 'time', 'n_risk'])
    """
    ledger = build_ledger()
    about = END_POINTS[end_point].without(*WITHHOLD[withhold])
    at_risk = about.tables(ledger)[0]
    if draws <= DRAWS and seed == SEED:
        stored = read(end_point, withhold, papers.data_dir())
        if stored is not None:
            return stored.first(draws), at_risk
    return about.reconstruct(ledger, draws, seed), at_risk


def fingerprint(end_point: str, withhold: str) -> str:
    """Of all that an ensemble of :data:`DRAWS` sets depends on: the numbers given, and the sources that sample."""
    tables = END_POINTS[end_point].without(*WITHHOLD[withhold]).tables(build_ledger())
    given = [table.to_dict("list") if isinstance(table, pd.DataFrame) else table for table in tables]
    digest = sha256(json.dumps([*given, DRAWS, SEED], default=str).encode())
    for name in _ENGINE:
        digest.update((PACKAGE / f"{name}.py").read_bytes())
    return digest.hexdigest()


def _name(end_point: str, withhold: str) -> str:
    return f"{end_point}-{withhold.replace(' ', '-')}-withheld"


def read(end_point: str, withhold: str, folder: Path) -> Reconstruction | None:
    """The stored ensemble; None where there is none that rests on the numbers and the code as they are."""
    name = _name(end_point, withhold)
    if not (folder / _INDEX).exists():
        return None
    index = pd.read_csv(folder / _INDEX, keep_default_na=False).set_index("name")
    if name not in index.index or index.loc[name, "fingerprint"] != fingerprint(end_point, withhold):
        return None
    about = index.loc[name]
    table = pd.read_csv(folder / _FOLDER / f"{name}.csv.gz")
    first = table["draw"] == 1
    time, event = (table[column].to_numpy().reshape(-1, first.sum()) for column in ("time", "event"))
    notes = tuple(filter(None, about["notes"].split("; ")))
    return Reconstruction(
        time, event, table.loc[first, "arm"].to_numpy(), tuple(about["given"].split("; ")), about["tried"], notes
    )


def store(folder: Path, progress: Callable[[], None] = lambda: None) -> pd.DataFrame:
    """Sample all of :data:`STORED` and write them below ``folder``, the index last; returns the index.

    The index has columns name, end_point, withheld, draws, seed, given, tried, notes, fingerprint.
    """
    ledger = build_ledger()
    rows = []
    for end_point, withhold in STORED:
        found = END_POINTS[end_point].without(*WITHHOLD[withhold]).reconstruct(ledger, DRAWS, SEED)
        name = _name(end_point, withhold)
        text = found.patients.to_csv(index=False, lineterminator="\n")
        write_whole(folder / _FOLDER / f"{name}.csv.gz", gzip.compress(text.encode(), mtime=0))
        rows.append(
            {"name": name, "end_point": end_point, "withheld": withhold, "draws": DRAWS, "seed": SEED,
             "given": "; ".join(found.given), "tried": found.tried, "notes": "; ".join(found.notes),
             "fingerprint": fingerprint(end_point, withhold)}
        )  # fmt: skip
        progress()
    index = pd.DataFrame(rows)
    write_whole(folder / _INDEX, index.to_csv(index=False, lineterminator="\n"))
    return index
