"""Which assumptions of the simulated protocol matter: one changed at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import pandas as pd

from netterbook import facts, text
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.protocol import by_absorbed_dose, cycles_received, kidney_doses, treat
from netterbook.book.dosimetry.published import Cohort, PhaseTwo
from netterbook.ledger import Ledger

_ASSUMED = "assumption of this chapter"
_BIOLOGY = {"alpha_beta_gy", "repair_half_time_h", "effective_half_life_h"}


class Variation(NamedTuple):
    """One assumption changed: ``label`` with slots for parameters and ``change``, ``basis``, parameters ``given``."""

    label: str
    basis: str
    given: Mapping[str, float | str]
    stop: Literal["before", "at"] = "before"
    change: float = 0.0
    """Of the kidney dose from one cycle to the next."""


def _each(label: str, name: str, *values: float | str, basis: str = _ASSUMED) -> list[Variation]:
    """One parameter changed to each of several values."""
    return [Variation(label, basis, {name: value}) for value in values]


def variations(ledger: Ledger, p: Dosimetry, trial: PhaseTwo) -> list[Variation]:
    """All of them, the parameters as they are first.

    >>> from netterbook import papers
    >>> from netterbook.book.dosimetry.published import phase_two
    >>> found = variations(papers.load(), Dosimetry(), phase_two(papers.load()))
    >>> [dict(each.given) for each in found if each.basis.startswith("F137")]
    [{'alpha_beta_gy': 1.5}, {'alpha_beta_gy': 3.0}]
    """
    known = facts.read(ledger.folder)
    ceiling: dict[str, float | str] = {"max_cycles": trial.high}
    rise = known["F157"].quantity_numbers[0] / 100
    absorbed = by_absorbed_dose(p).model_dump(include={"limit_bed_gy", "higher_limit_bed_gy", "repair_half_time_h"})
    animals = known["F137"].numbers
    second_hand = f"F157, by {known['F157'].read_at}"
    return [
        Variation("none", "parameters of this chapter", {}),
        Variation("{kidney_limit_gy:g} Gy absorbed dose as the limit", _ASSUMED, absorbed),
        *_each("lower limit {limit_bed_gy:g} Gy BED", "limit_bed_gy", 26.0, 30.0),
        *_each("higher limit {higher_limit_bed_gy:g} Gy BED", "higher_limit_bed_gy", 38.0, 42.0),
        *_each("nobody has the higher limit", "higher_share", 0.0),
        *_each("everybody has the higher limit", "higher_share", 1.0),
        Variation("cycles until the limit is reached, not before", _ASSUMED, {}, stop="at"),
        *_each("nobody stops for another reason", "stop_probability", 0.0),
        *_each("{stop_probability:percent} a cycle stop for another reason", "stop_probability", 0.1, 0.15),
        Variation("nobody has more than {max_cycles} cycles", _ASSUMED, ceiling),
        *_each("no variation within patients", "within_cv", 0.0),
        *_each("{within_cv:percent} variation within patients", "within_cv", 0.15),
        Variation("kidney dose rises by {change:percent} a cycle", second_hand, {}, change=rise),
        *_each("alpha/beta {alpha_beta_gy:g} Gy", "alpha_beta_gy", *animals, basis="F137, animals, external beam"),
        *_each("repair half-time {repair_half_time_h:g} h", "repair_half_time_h", 1.4, 5.6),
        *_each("effective half-life {effective_half_life_h:g} h", "effective_half_life_h", 40.0, 60.0),
        *_each("cohort {cohort}", "cohort", "netter-1", basis="F082"),
        *_each("cohort {cohort}", "cohort", "80 cycles", basis="F151"),
        *_each("cohort {cohort}", "cohort", "spect/ct", basis="F152"),
        *_each("cohort {cohort}", "cohort", "planar", basis="F153"),
        Variation("cohort {cohort}, at most {max_cycles} cycles", "F082; the ceiling is an assumption",
                  {"cohort": "netter-1"} | ceiling),
        Variation("cohort {cohort}, {kidney_limit_gy:g} Gy absorbed dose as the limit",
                  "F153; the limit is an assumption", {"cohort": "planar"} | absorbed),
    ]  # fmt: skip


def sensitivity(ledger: Ledger, p: Dosimetry, trial: PhaseTwo, cohorts: Mapping[str, Cohort]) -> pd.DataFrame:
    """The protocol with one assumption changed at a time, and first with none.

    Limits that would lie the wrong way round are left out. Columns: ``changed``, ``basis``, ``biology`` (whether the
    biology of the kidneys alone is changed), and those of :func:`.cycles_received`.
    """
    rows = []
    for each in variations(ledger, p, trial):
        q = p.model_copy(update=each.given)
        if q.limit_bed_gy <= q.higher_limit_bed_gy:
            doses = kidney_doses(q, cohorts[q.cohort])._replace(change_per_cycle=each.change)
            changed = text.fill(each.label, q.model_dump() | {"change": each.change})
            about = {"changed": changed, "basis": each.basis, "biology": set() < set(each.given) <= _BIOLOGY}
            rows.append(about | cycles_received(treat(q, trial, doses, each.stop), trial))
    return pd.DataFrame(rows)


class Shifts(NamedTuple):
    """By how many cycles assumptions move the median at most."""

    biology: float
    rest: float


def largest_shifts(tables: Iterable[pd.DataFrame]) -> Shifts:
    """Of the medians in several tables of :func:`sensitivity`: by the kidneys' biology, and by all else."""
    shifts = pd.concat(
        table.assign(shift=(table["median"] - table["median"].iloc[0]).abs())[["biology", "shift"]] for table in tables
    )
    most = shifts.groupby("biology")["shift"].max()
    return Shifts(biology=float(most[True]), rest=float(most[False]))
