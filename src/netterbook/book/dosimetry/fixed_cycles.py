"""The standard number of cycles for everyone, measured by limits of the kidney dose."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.protocol import KidneyDoses, draw, kidney_doses
from netterbook.book.dosimetry.published import Cohort
from netterbook.dosimetry.planning import course, fixed_course
from netterbook.precision import Simulated, share_error

SHARES = ("under", "right", "over")
"""A further cycle fits, none does, or the limit is passed."""


class Limit(NamedTuple):
    """Of the absorbed dose or of the BED, in Gy."""

    bed: bool
    gy: float


def limits(p: Dosimetry) -> dict[str, Limit]:
    """Those of the parameters: of the dose, the lower and the higher of the BED."""
    return {
        "dose": Limit(False, p.kidney_limit_gy),
        "lower": Limit(True, p.limit_bed_gy),
        "higher": Limit(True, p.higher_limit_bed_gy),
    }


def fixed_cycles(p: Dosimetry, cohorts: Mapping[str, Cohort], cycles: int) -> pd.DataFrame:
    """Shares of patients for whom a number of cycles is too few, right or too many, by cohort and limit.

    A cohort's spread is that of values of ``Cohort.cycles`` each, so that the variation within patients is a part of
    it, which evens out over the cycles. In the columns ``…_on_top`` it is the spread between patients alone, and the
    variation within them comes on top.

    Columns: ``bed`` and ``gy`` of the limit (two that are equal have one row a cohort), ``cohort``, ``under``,
    ``right``, ``over``, the same ``…_on_top``, and the Monte Carlo errors of these, ``under_error`` and so on.
    """
    rows: list[dict[str, object]] = []
    for cohort in cohorts.values():
        part, whole = kidney_doses(p, cohort), KidneyDoses(cohort.mean_gy_per_gbq, cohort.cv)
        given = {
            end: course(p.activity_gbq * draw(p, doses, cycles + 1, np.random.default_rng(p.seed)), *p.biology)
            for end, doses in (("", part), ("_on_top", whole))
        }
        for limit in dict.fromkeys(limits(p).values()):
            shares = {
                name + end: share
                for end, each in given.items()
                for name, share in fixed_course(limit.gy, each.bed_gy if limit.bed else each.dose_gy, cycles)
                ._asdict()
                .items()
            }
            errors = {f"{name}_error": share_error(share, p.patients) for name, share in shares.items()}
            rows.append(limit._asdict() | {"cohort": cohort.label} | shares | errors)
    return pd.DataFrame(rows)


class Ends(NamedTuple):
    """Smallest and largest share."""

    low: Simulated
    high: Simulated

    @property
    def percents(self) -> list[Simulated]:
        """Both in percent."""
        return [Simulated(100 * end.value, 100 * end.error) for end in self]


def over_cohorts(found: pd.DataFrame, limit: Limit) -> dict[str, Ends]:
    """``under``, ``right`` and ``over`` of :func:`fixed_cycles` over the cohorts, at one limit."""
    rows = found[(found["bed"] == limit.bed) & (found["gy"] == limit.gy)]
    ends = {}
    for name in SHARES:
        low, high = rows.sort_values(name, kind="stable").iloc[[0, -1]][[name, f"{name}_error"]].to_numpy()
        ends[name] = Ends(Simulated(*low), Simulated(*high))
    return ends


class OnTop(NamedTuple):
    """The cohort whose shares depend most on whether variation within patients is a part of its spread."""

    cohort: str
    matters: bool
    """Whether ``under`` changes by more than two Monte Carlo errors."""
    under: Simulated
    over: Simulated
    under_on_top: Simulated
    over_on_top: Simulated


def most_changed(found: pd.DataFrame, limit: Limit) -> OnTop:
    """Of the cohorts in :func:`fixed_cycles` at one limit, by ``under``."""
    rows = found[(found["bed"] == limit.bed) & (found["gy"] == limit.gy)]
    row = rows.loc[(rows["under"] - rows["under_on_top"]).abs().idxmax()]
    under, over, under_on_top, over_on_top = (Simulated(row[name], row[f"{name}_error"]) for name in OnTop._fields[2:])
    matters = abs(under.value - under_on_top.value) > 2 * hypot(under.error, under_on_top.error)
    return OnTop(row["cohort"], matters, under, over, under_on_top, over_on_top)


class Spans(NamedTuple):
    """How far apart ``under`` lies at most: of the cohorts at one limit, and of the limits in one cohort."""

    cohorts: Simulated
    limits: Simulated


def spans(found: pd.DataFrame) -> Spans:
    """Of :func:`fixed_cycles`."""
    table = found.assign(limit=found["bed"].astype(str) + found["gy"].astype(str))
    shares = table.pivot_table(index="cohort", columns="limit", values="under")
    error = hypot(found["under_error"].max(), found["under_error"].max())
    return Spans(*(Simulated(float((shares.max(axis=axis) - shares.min(axis=axis)).max()), error) for axis in (0, 1)))
