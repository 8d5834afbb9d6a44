"""Headlines of a reconstruction."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan
from typing import Any

import pandas as pd

from netterbook.errors import NetterbookError
from netterbook.methods.pooling import across
from netterbook.precision import significant
from netterbook.reconstruction.trial_file import TrialDescription

HEADLINE_COLUMNS = ["quantity", "value", "low", "high", "error", "error_low", "error_high", "problem"]
"""Columns of what has headlines: an estimate with its limits, the Monte Carlo error of each, or why there is none."""
HEADLINE_LEVEL = 0.95
"""Share of the draws that the interval holds."""
ERROR_DIGITS = dict.fromkeys(("error", "error_low", "error_high"), 2)
"""Significant digits of the errors, which are themselves estimates."""


def trial_headlines(trial: TrialDescription, times: Sequence[float]) -> pd.DataFrame:
    """Headlines of a reconstruction: median of the draws, their central 95%, and the Monte Carlo errors of the three.

    Hazard ratio, medians, and at each time rates, restricted means and their difference. Where the numbers contradict
    each other, one row says so; one that no set of patients has says why.

    Parameters
    ----------
    times : in the unit of the trial
    """
    try:
        found = trial.reconstruct(jobs=1)
    except NetterbookError as error:
        return no_headlines(error)
    arms = sorted(arm.arm for arm in trial.arms)
    wanted: list[tuple[str, str, float | None]] = [("hazard ratio", "hr", None)] if len(arms) == 2 else []
    wanted += [(f"median, {trial.name(arm)}", f"median{arm}", None) for arm in arms]
    for time in times:
        wanted += [(f"rate at {time:g}, {trial.name(arm)}", f"survival{arm}", time) for arm in arms]
        wanted += [(f"restricted mean to {time:g}, {trial.name(arm)}", f"rmst{arm}", time) for arm in arms]
        if len(arms) == 2:
            wanted.append((f"difference of restricted means to {time:g}", "rmst_difference", time))
    last = min(float(found.time[:, found.arm == arm].max()) for arm in arms)
    rows: list[tuple[Any, ...]] = []
    for name, quantity, at in wanted:
        values = found.values(quantity, at)
        numbers, errors = across(values, HEADLINE_LEVEL)
        told = [*numbers, *errors] if len(values) > 1 else [numbers[0], *[nan] * 5]
        beyond = at is not None and all(map(isnan, values))
        rows.append((name, *told, f"{name}: patients are followed no longer than {last:.4g}" if beyond else ""))
    return significant(pd.DataFrame(rows, columns=HEADLINE_COLUMNS), ERROR_DIGITS)


def no_headlines(error: Exception) -> pd.DataFrame:
    """The row that says why there are none."""
    said = " ".join(str(error).split())
    return pd.DataFrame([("", *[nan] * 6, said)], columns=HEADLINE_COLUMNS)
