"""What the schedules of two trials' scans do to the medians that they print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook.ledger import Ledger
from netterbook.methods import scans
from netterbook.methods.months import WEEKS_PER_MONTH
from netterbook.methods.patient_sets import PatientSets
from netterbook.methods.pooling import across
from netterbook.trials import Trial

_FOLLOWED = 12.0, 36.0  # months of the simulated trials, about as the NETTER trials were
LAST_SCAN = 48.0
"""Months to which the scans of simulated trials go on."""


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


NEAR = 1.3
"""Weeks after a scan that count as at it; chosen after looking at the printed medians."""


def printed_times(ledger: Ledger, schedules: Mapping[str, NDArray], documents: Sequence[Trial]) -> pd.DataFrame:
    """Printed medians of progression-free survival and their limits that were reached, and the scan before each.

    Columns: ``trial``, ``arm``, their names; ``kind``: point, low, or high; ``months``; ``week``; ``scan``, the week of
    the last scan due, and ``after``, weeks since; ``chance``, the share of the time between scans that lies within
    :data:`NEAR` after one.
    """
    rows: list[dict[str, Any]] = []
    for trial in documents:
        weeks = schedules[trial.name]
        for arm in (trial.control, trial.experimental):
            claim = ledger[trial.claim(trial.end_points["pfs"].median, arm.key)]
            for part, printed in claim.parts.items():
                if printed.is_number:
                    months = float(printed.value)
                    week = months * WEEKS_PER_MONTH
                    k = int(np.searchsorted(weeks, week, side="right"))
                    scan = float(weeks[k - 1]) if k else 0.0
                    gap = float(weeks[k] - scan) if k < len(weeks) else float(weeks[-1] - weeks[-2])
                    rows.append(
                        {"trial": trial.name, "arm": arm.name, "kind": part, "months": months, "week": week,
                         "scan": scan, "after": week - scan, "chance": min(1.0, NEAR / gap)}
                    )  # fmt: skip
    return pd.DataFrame(rows)


class NearScans(NamedTuple):
    """How many of the printed times lie just after a scan, and how many would by chance."""

    near: int
    times: int
    expected: float


def near_scans(times: pd.DataFrame) -> NearScans:
    """Of :func:`printed_times`."""
    return NearScans(int((times["after"] <= NEAR).sum()), len(times), float(times["chance"].sum()))


_DATED = 2.0  # weeks after a scan within which an event is taken for found at it


def under_schedule(found: PatientSets, own: NDArray, other: NDArray, seed: int) -> PatientSets:
    """The same patients as another trial's scans would have shown them.

    An event within two weeks after a scan is taken for found at it: it happened at any time since the scan before, and
    is dated as long after the first scan of the other schedule that follows. All other times stay.

    Parameters
    ----------
    own, other : weeks of the scans, rising
    seed : of the times between two scans
    """
    rng = np.random.default_rng(seed)
    due = np.concatenate([[0.0, 0.0], np.asarray(own, float)])
    weeks = found.time * WEEKS_PER_MONTH
    k = np.searchsorted(due, weeks, side="right") - 1
    late = weeks - due[k]
    dated = (found.event == 1) & (k >= 2) & (late <= _DATED)
    happened = due[k - 1] + rng.random(weeks.shape) * (due[k] - due[k - 1])
    ahead = np.concatenate([np.asarray(other, float), [np.inf]])
    seen = ahead[np.searchsorted(ahead, happened, side="left")] + late
    return replace(found, time=np.where(dated & np.isfinite(seen), seen / WEEKS_PER_MONTH, found.time))


def medians_exchanged(
    found: Mapping[str, PatientSets], schedules: Mapping[str, NDArray], level: float, seed: int
) -> pd.DataFrame:
    """Medians of both groups of two trials in their sets of patients, and in these under the other trial's scans.

    Columns: ``trial``; ``kind``, the arm (0, 1); ``value``, ``low``, ``high`` over the sets with the trial's own scans,
    the same with ``_other``, and errors of all.
    """
    rows: list[dict[str, Any]] = []
    for name, other in zip(found, reversed(list(found)), strict=True):
        moved = under_schedule(found[name], schedules[name], schedules[other], seed)
        for arm in (1, 0):
            row: dict[str, Any] = {"trial": name, "kind": arm}
            for end, sets in (("", found[name]), ("_other", moved)):
                middle, errors = across(sets.values(f"median{arm}"), level)
                for part, value, error in zip(("value", "low", "high"), middle, errors, strict=True):
                    row |= {f"{part}{end}": value, f"{part}{end}_error": error}
            rows.append(row)
    return pd.DataFrame(rows)
