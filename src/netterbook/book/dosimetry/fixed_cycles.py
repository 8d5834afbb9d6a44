"""The standard number of cycles for everyone, measured by limits of the kidney dose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.protocol import draw, kidney_doses
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

    Columns: ``bed`` and ``gy`` of the limit (two that are equal have one row a cohort), ``cohort``, ``under``,
    ``right``, ``over``, and the Monte Carlo errors of these three, ``under_error`` and so on.
    """
    rows: list[dict[str, object]] = []
    for cohort in cohorts.values():
        rng = np.random.default_rng(p.seed)
        given = course(p.activity_gbq * draw(p, kidney_doses(p, cohort), cycles + 1, rng), *p.biology)
        for limit in dict.fromkeys(limits(p).values()):
            shares = fixed_course(limit.gy, given.bed_gy if limit.bed else given.dose_gy, cycles)._asdict()
            errors = {f"{name}_error": share_error(share, p.patients) for name, share in shares.items()}
            rows.append(limit._asdict() | {"cohort": cohort.label} | shares | errors)
    return pd.DataFrame(rows)


class Ends(NamedTuple):
    """Smallest and largest share."""

    low: Simulated
    high: Simulated


def over_cohorts(found: pd.DataFrame, limit: Limit) -> dict[str, Ends]:
    """``under``, ``right`` and ``over`` of :func:`fixed_cycles` over the cohorts, at one limit."""
    rows = found[(found["bed"] == limit.bed) & (found["gy"] == limit.gy)]
    ends = {}
    for name in SHARES:
        low, high = rows.sort_values(name, kind="stable").iloc[[0, -1]][[name, f"{name}_error"]].to_numpy()
        ends[name] = Ends(Simulated(*low), Simulated(*high))
    return ends
