"""What the schedules of two trials' scans do to the medians that they print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from numpy.typing import NDArray

from netterbook.claims import Ledger
from netterbook.errors import DataError
from netterbook.methods import scans
from netterbook.methods.scans import WEEKS_PER_MONTH
from netterbook.trials import Trial

_FOLLOWED = 12.0, 36.0  # months of the simulated trials, about as the NETTER trials were
LAST_SCAN = 48.0
"""Months to which the scans of simulated trials go on."""


def scan_schedule(ledger: Ledger, trial: Trial, until: float) -> NDArray:
    """Weeks of a trial's scans up to a time in months.

    Raises
    ------
    DataError
        If the trial's record has no scans.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load()
    >>> [scan_schedule(ledger, trial, 12)[:4].tolist() for trial in trials.read(ledger.folder).values()]
    [[12.0, 24.0, 36.0, 48.0], [16.0, 24.0, 36.0, 48.0]]
    """
    if trial.scans is None:
        raise DataError(f"{trial.key}/trial.yml has no scans, which this needs")
    first = [ledger.number(trial.claim(name)) for name in trial.scans.first]
    return scans.scan_weeks(first, ledger.number(trial.claim(trial.scans.every)), until * WEEKS_PER_MONTH)


def control_median(ledger: Ledger, trial: Trial) -> float:
    """Printed median of the control group's progression-free survival, months."""
    return ledger.number(trial.claim(trial.end_points["pfs"].median, trial.control.key))


def medians_seen(true: Sequence[float], hr: float, schedules: Mapping[str, NDArray]) -> pd.DataFrame:
    """Control medians that a large trial would report under each schedule.

    Parameters
    ----------
    true : medians, months
    hr : true hazard ratio
    schedules : weeks of the scans by name

    Returns
    -------
    Columns ``true``, ``schedule`` (first "continuous"), ``seen`` (months).
    """
    rows = []
    for median in true:
        found = scans.schedule_shift(float(median), hr, schedules, _FOLLOWED, n=1000)
        rows += [(median, name, seen) for name, seen in zip(found["schedule"], found["median0"], strict=True)]
    return pd.DataFrame(rows, columns=["true", "schedule", "seen"])


class DueScan(NamedTuple):
    """A scan of several schedules, and the one before; weeks."""

    before: float
    week: float

    @property
    def months(self) -> float:
        return self.week / WEEKS_PER_MONTH

    @property
    def months_before(self) -> float:
        return self.before / WEEKS_PER_MONTH

    @property
    def middle(self) -> float:
        """Between the two, months."""
        return (self.before + self.week) / 2 / WEEKS_PER_MONTH


def due_scan(schedules: Mapping[str, NDArray], medians: Sequence[float]) -> DueScan:
    """The last scan that all schedules have in common and no median comes before; medians in months.

    >>> import numpy as np
    >>> due = due_scan({"NETTER-1": np.array([12, 24, 36, 48]), "NETTER-2": np.array([16, 24, 36, 48])}, [8.4, 8.5])
    >>> due.week, due.before, round(due.middle, 4)
    (36, 24, 6.8994)
    """
    common = set.intersection(*(set(weeks.tolist()) for weeks in schedules.values()))
    before, due = sorted(week for week in common if week / WEEKS_PER_MONTH <= min(medians))[-2:]
    return DueScan(before, due)


def one_trial_scanned(due: DueScan, hr: float, schedules: Mapping[str, NDArray]) -> pd.DataFrame:
    """One large trial watched continuously and under each schedule.

    Parameters
    ----------
    due : the true median of the control group lies midway between this scan and the one before
    hr : true hazard ratio
    schedules : weeks of the scans by name

    Returns
    -------
    Columns of :func:`.schedule_shift`, and ``difference`` of the medians.
    """
    found = scans.schedule_shift(due.middle, hr, schedules, _FOLLOWED)
    return found.assign(difference=found["median1"] - found["median0"])
