"""Reconstructed patients of the trials' end points: stored with the book, or sampled where nothing stored fits.

A Markov chain is chaotic in its last digit, so that another processor gives other patients; those of the chapters'
default parameters are therefore data. They count only while the numbers they rest on and the code that made them are
what they were; ``netterbook ensembles`` makes them afresh.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import pandas as pd

from netterbook import trials
from netterbook.audit.final_analysis import FinalInputs
from netterbook.audit.given import Inputs, inputs
from netterbook.files import write_whole
from netterbook.ledger import Ledger
from netterbook.reconstruction import Reconstruction
from netterbook.sources import code_of, imported_sources
from netterbook.trials import Trial

FINAL = "final"
"""Stands for the end point of a final analysis that was reported later."""
STORED = (
    ("netter1", "pfs", "nothing"),
    ("netter1", "pfs", "hazard ratio"),
    ("netter1", "pfs", "scans"),
    ("netter1", "os", "nothing"),
    ("netter1", FINAL, "nothing"),
    ("netter2", "pfs", "nothing"),
    ("netter2", "pfs", "scans"),
)
"""Trials, end points and what is withheld, as the chapters have them by default."""
STORED_DRAWS, STORED_SEED = 200, 1
"""Of the stored ensembles; the chapters' defaults."""

VISIT_COLUMNS = ["event_share", "event_spread", "censoring_share", "censoring_spread"]

_FOLDER = Path("reconstruction")
_INDEX = _FOLDER / "ensembles.csv"
_CONVERGENCE = _FOLDER / "ensembles_convergence.csv"
_VISITS = _FOLDER / "ensembles_visits.csv.gz"
PACKAGE = Path(__file__).parents[1]


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


def given(trial: Trial, end_point: str, withhold: str) -> Inputs | FinalInputs:
    """What an ensemble is given; for a final analysis the same whatever is withheld of the earlier report."""
    if end_point == FINAL:
        return FinalInputs(trial)
    return inputs(trial, end_point).unstratified().withholding(withhold)


def fingerprint(ledger: Ledger, about: Inputs | FinalInputs) -> str:
    """Of all that a stored ensemble depends on: the numbers given, and the sources that sample."""
    arguments = about.arguments(ledger).items()
    plain = {name: part.to_dict("list") if isinstance(part, pd.DataFrame) else part for name, part in arguments}
    digest = sha256(json.dumps([plain, STORED_DRAWS, STORED_SEED], default=str).encode())
    digest.update(engine_code(PACKAGE))
    return digest.hexdigest()


@cache
def engine_code(package: Path) -> bytes:
    """What the sources of :func:`engine` compute, as they are when first asked for."""
    return b"".join(code_of(package / name) for name in engine(package))


@cache
def engine(package: Path) -> list[str]:
    """The sources that make draws: ``summaries.py`` and all that it imports, as paths below the package."""
    return imported_sources(package, "reconstruction/summaries.py")


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
    convergence = pd.read_csv(ledger.folder / _CONVERGENCE).set_index("name").loc[[name]].reset_index(drop=True)
    visits = pd.read_csv(ledger.folder / _VISITS).set_index("name")
    own = visits.loc[name].to_numpy().reshape(len(time), 2, 2) if name in visits.index else None
    return Reconstruction(
        time, event, table.loc[first, "arm"].to_numpy(), tuple(about["given"].split("; ")), about["tried"], notes,
        convergence=convergence, visits=own, stored=True,
    )  # fmt: skip


def store(ledger: Ledger, folder: Path, progress: Callable[[], None] = lambda: None) -> pd.DataFrame:
    """Sample all of :data:`STORED` and write them below ``folder``, the index last; returns the index.

    The index has columns name, end_point, withheld, draws, seed, given, tried, notes, fingerprint. Beside it lie the
    chains' convergence, columns name and those of :attr:`.Reconstruction.convergence`, and where scans were given what
    was found of them, one row a set of patients: name, event_share, event_spread, censoring_share, censoring_spread.
    """
    known, rows = trials.read(ledger.folder), []
    convergence: list[pd.DataFrame] = []
    visits: list[pd.DataFrame] = []
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
        if found.convergence is not None:
            convergence.append(found.convergence.assign(name=name))
        if found.visits is not None:
            visits.append(pd.DataFrame(found.visits.reshape(found.draws, 4), columns=VISIT_COLUMNS).assign(name=name))
        progress()
    for path, frames in ((_CONVERGENCE, convergence), (_VISITS, visits)):
        told = [frame.dropna(axis=1, how="all") for frame in frames]
        frame = pd.concat(told)[["name", *frames[0].columns.drop("name")]]
        text = frame.to_csv(index=False, lineterminator="\n", float_format="%.4g").encode()
        write_whole(folder / path, gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    index = pd.DataFrame(rows)
    write_whole(folder / _INDEX, index.to_csv(index=False, lineterminator="\n"))
    return index
