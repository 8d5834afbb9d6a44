"""Progression seen at scans: what a schedule does to recorded times, medians and the hazard ratio."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.constants import golden_ratio

from netterbook.arrays import Floats, Integers
from netterbook.methods import patients
from netterbook.methods.months import WEEKS_PER_MONTH


def seen_at_scans(progression: ArrayLike, follow_up: ArrayLike, scans: ArrayLike) -> tuple[Floats, Integers]:
    """What a trial records of true progression times: the next scan, or censoring at the last scan without progression.

    Parameters
    ----------
    progression, follow_up : true times of progression and of the end of follow-up, one of each a patient
    scans : times of the scans, rising, in the same unit

    Returns
    -------
    Times and events (1 or 0). A patient without a scan in follow-up is censored at 0.

    >>> seen_at_scans([2.0, 5.0, 9.0], [12.0, 12.0, 8.0], [3, 6, 9, 12])
    (array([3., 6., 6.]), array([1, 1, 0]))
    """
    progression, follow_up = np.asarray(progression, float), np.asarray(follow_up, float)
    scans = np.asarray(scans, float)
    if len(scans) == 0 or not (np.diff(scans) > 0).all() or not scans[0] > 0:
        raise ValueError(f"scans are rising times after 0, not {scans.tolist()}")
    for name, values in (("progression", progression), ("follow_up", follow_up)):
        if values.shape != progression.shape or not (values >= 0).all():
            raise ValueError(f"{name} must hold one time a patient, none negative or missing")
    padded = np.concatenate([scans, [np.inf]])
    detected = padded[np.searchsorted(scans, progression, side="left")]
    last = np.concatenate([[0.0], scans])[np.searchsorted(scans, follow_up, side="right")]
    event = detected <= last
    return np.where(event, detected, last), event.astype(int)


def mid_quantiles(n: int) -> Floats:
    """Middles of ``n`` equal parts of 0 to 1, for a sample that is not drawn by chance.

    >>> mid_quantiles(4)
    array([0.125, 0.375, 0.625, 0.875])
    """
    return (np.arange(n) + 0.5) / n


def schedule_shift(
    median: float,
    hr: float,
    schedules: Mapping[str, ArrayLike],
    follow_up: tuple[float, float],
    shape: float = 1.0,
    n: int = 20000,
) -> pd.DataFrame:
    """What scan schedules do to the medians and the hazard ratio of one large trial with Weibull progression times.

    Nothing is drawn by chance: times of progression are the quantiles of their distribution, and ends of follow-up are
    spread evenly over them by the golden ratio.

    Parameters
    ----------
    median : of the control arm's true times, months
    hr : true hazard ratio, arm 1 to arm 0
    schedules : weeks of the scans by the schedule's name
    follow_up : shortest and longest, months, uniform between
    shape : of the Weibull distribution; 1 is exponential
    n : patients in each arm; the same ones go through every schedule

    Returns
    -------
    One row a schedule, first "continuous": ``median0``, ``median1`` (inf if not reached), ``hr``, and the shifts
    ``shift0``, ``shift1`` of the medians in months from continuous watching, inf where only the scans' is not reached.
    """
    for name, value in (("median", median), ("hr", hr), ("shape", shape)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be positive, not {value}")
    low, high = follow_up
    if not 0 < low <= high < np.inf:
        raise ValueError(f"the follow-up needs 0 < shortest <= longest, not {follow_up}")
    if n < 100:
        raise ValueError(f"{n} patients an arm are too few to show a shift; give 100 or more")
    base = median * (-np.log(mid_quantiles(n)) / log(2)) ** (1 / shape)
    true = np.concatenate([base, base * hr ** (-1 / shape)])
    end = np.tile(low + (high - low) * (np.arange(n) * golden_ratio % 1), 2)
    arm = np.repeat([0, 1], n)
    rows = []
    for name, weeks in [("continuous", None), *schedules.items()]:
        if weeks is None:
            time, event = np.minimum(true, end), (true <= end).astype(int)
        else:
            time, event = seen_at_scans(true, end, np.asarray(weeks, float) / WEEKS_PER_MONTH)
        medians = [patients.median_survival(time[arm == a], event[arm == a]).value for a in (0, 1)]
        rows.append((name, *(np.inf if np.isnan(m) else m for m in medians), patients.cox(time, event, arm).hr))
    frame = pd.DataFrame(rows, columns=["schedule", "median0", "median1", "hr"])
    with np.errstate(invalid="ignore"):
        return frame.assign(**{f"shift{a}": frame[f"median{a}"] - frame[f"median{a}"].iloc[0] for a in (0, 1)})
