"""How many cycles stay within a limit over a whole cohort, whose patients differ in their kidney dose."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from netterbook import text
from netterbook.arrays import Floats
from netterbook.book.ask.cohort import AskedCohort, cohort_asked
from netterbook.book.chart import Chart
from netterbook.book.dosimetry.fixed_cycles import Limit, limits
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.protocol import kidney_doses
from netterbook.book.dosimetry.published import Cohort
from netterbook.dosimetry.bed import dose_of_bed_gy
from netterbook.dosimetry.population import shares_by_cycles

CYCLES_TOLD_APART = 12
"""Cycles that are told apart; the last number stands for more as well."""


def within_limit(p: Dosimetry, mean_gy_per_gbq: float, cv: float, limit: Limit) -> Floats:
    """Shares of patients with no cycle within a limit, one, and so on to :data:`CYCLES_TOLD_APART` or more.

    >>> within_limit(Dosimetry(), 0.43, 0.35, Limit(False, 23.0)).round(2).tolist()[3:6]
    [0.03, 0.08, 0.13]
    """
    each = limit.gy / np.arange(1, CYCLES_TOLD_APART + 1)
    return shares_by_cycles(
        dose_of_bed_gy(each, *p.biology) if limit.bed else each, mean_gy_per_gbq, cv, p.activity_gbq
    )


def name_of(limit: Limit) -> str:
    """
    >>> name_of(Limit(True, 28.0))
    'BED of 28 Gy'
    """
    return text.fill("{bed:BED|absorbed dose} of {gy:g} Gy", limit._asdict())


def cycles_within_limits(p: Dosimetry, cohort: Cohort) -> pd.DataFrame:
    """Patients of a cohort by the cycles within each limit of the parameters: ``limit``, ``cycles``, ``share``."""
    doses = kidney_doses(p, cohort)
    rows = [
        (name_of(limit), cycles, share)
        for limit in dict.fromkeys(limits(p).values())
        for cycles, share in enumerate(within_limit(p, doses.mean_gy_per_gbq, doses.between_cv, limit))
    ]
    return pd.DataFrame(rows, columns=["limit", "cycles", "share"])


def cycles_within_asked(chart: Chart, p: Dosimetry, cohorts: Mapping[str, Cohort], standard: int) -> str:
    """Markup of the same that can be asked, beginning with the absorbed dose.

    Parameters
    ----------
    chart : of :func:`cycles_within_limits`
    standard : cycles of the standard schedule
    """
    each = {name: kidney_doses(p, cohort) for name, cohort in cohorts.items()}
    return cohort_asked(
        "dosimetry_cycles_within",
        [AskedCohort(name, cohorts[name].label, own.mean_gy_per_gbq, own.between_cv) for name, own in each.items()],
        begins={
            "cohort": p.cohort,
            "gbq": p.activity_gbq,
            "limit": p.kidney_limit_gy,
            "alpha_beta": p.alpha_beta_gy,
            "repair": p.repair_half_time_h,
            "half_life": p.effective_half_life_h,
        },
        most=int(chart.frame["cycles"].max()),
        standard=standard,
    )
