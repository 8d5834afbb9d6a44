"""Ratios of medians beside hazard ratios: what is printed of all studies, and what a changing effect does to both."""

from __future__ import annotations

from math import log, nan
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.book.cross_trial.studies import counted_once
from netterbook.methods import medians

_FOLLOW_UP = 36.0  # months of the simulated trials
_CHANGES = {"starts late": (0, 1, 2, 3, 4, 5, 6, 7, 8), "ends early": (0.001, 1, 2, 3, 4, 6, 8, 10, 14, 20, 35.9)}
"""Months."""


def medians_and_hazard_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Ratio of the medians beside the hazard ratio, of the rows of :func:`.side_by_side` that have both; each patient
    once for an end point.

    Columns: ``study``, ``endpoint``, ``hr``, ``median_ratio``, ``expected``, which is 1 / hr as exponential times with
    proportional hazards have it, ``shape``, the Weibull shape that would reconcile the two (nan if none does), and
    ``trial``.
    """
    once = counted_once(table)
    both = once[np.isfinite(once[["hr_value", "median_value", "median_comparator_value"]]).all(axis=1)]
    rows = []
    for row in both.itertuples():
        ratio, hr = row.median_value / row.median_comparator_value, row.hr_value
        shape = medians.reconciling_shape(hr, ratio) if log(hr) * log(ratio) < 0 else nan
        rows.append((row.study, row.endpoint, hr, ratio, medians.median_ratio(hr), shape, row.trial))
    return pd.DataFrame(rows, columns=["study", "endpoint", "hr", "median_ratio", "expected", "shape", "trial"])


class NearerToOne(NamedTuple):
    """In how many comparisons the ratio of the medians is nearer to one than the hazard ratio suggests."""

    nearer: int
    comparisons: int
    trials: int


def nearer_to_one(pairs: pd.DataFrame) -> NearerToOne:
    """Of :func:`medians_and_hazard_ratios`."""
    distance = np.log(pairs[["median_ratio", "expected"]]).abs()
    nearer = int((distance["median_ratio"] < distance["expected"]).sum())
    return NearerToOne(nearer, len(pairs), pairs["trial"].nunique())


def changing_effects(median: float, hr: float) -> pd.DataFrame:
    """Ratio of the medians and Cox's hazard ratio when an effect starts late or ends early.

    Parameters
    ----------
    median : of the control group, months
    hr : while there is an effect

    Returns
    -------
    Columns ``kind`` ("starts late" or "ends early"), ``change`` (months), ``hr``, ``median_ratio``.
    """
    rows = []
    for kind, changes in _CHANGES.items():
        early, late = (1, hr) if kind == "starts late" else (hr, 1)
        for change in changes:
            found = medians.changing_effect(median, early, late, change, _FOLLOW_UP, n=1000)
            rows.append((kind, change, found.hr, found.median_ratio))
    return pd.DataFrame(rows, columns=["kind", "change", "hr", "median_ratio"])
