"""Immortal-time bias: why patients who reached a dose do better even if the dose does nothing.

A patient must be alive and free of progression to have the next cycle, so to have reached the planned kidney dose is
to have survived until then. Comparing patients by whether they ever reached it counts this time for the dose.
Remedies: a landmark (Anderson, Cain & Gelber, J Clin Oncol 1983;1:710-9) or a covariate that changes when the dose is
reached (Mantel & Byar, J Am Stat Assoc 1974;69:81-6; Cox's model with counting-process risk sets).
"""

from __future__ import annotations

from math import inf, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from netterbook.arrays import Booleans, Floats
from netterbook.compiled import compiled
from netterbook.dosimetry.checks import checked, checked_whole
from netterbook.methods.patients import sorted_cox


class FollowUp(NamedTuple):
    """Patients of many trials, each array of the shape (trials, patients)."""

    time: Floats
    """To the event or the end of follow-up."""
    event: Booleans
    switch: Floats
    """When the dose was reached, infinite for never."""


class Analysis(NamedTuple):
    """Hazard ratios of one method in every trial."""

    log_hr: Floats
    """Infinite or nan where a group has no events to compare."""
    standard_error: Floats

    @property
    def hr(self) -> Floats:
        return np.exp(self.log_hr)

    def significant(self, alpha: float) -> float:
        """Share of trials whose two-sided Wald P value is below ``alpha``: the type I error if nothing has an effect.

        Trials without an estimate count as not significant.

        >>> Analysis(np.log([0.5, 0.9]), np.array([0.2, 0.2])).significant(0.05)
        0.5
        """
        return float(np.mean(np.abs(self.log_hr) > -norm.ppf(alpha / 2) * self.standard_error))


class ImmortalTime(NamedTuple):
    """Three analyses of the same trials, of patients who reached the dose to those who did not."""

    naive: Analysis
    """By whether it was ever reached."""
    landmark: Analysis
    """Of those with follow-up beyond the landmark, by whether it was reached by then."""
    time_dependent: Analysis
    """With a covariate that changes when it is reached."""


@compiled
def _switching_cox(time, event, switch):
    """Cox's model of a covariate that turns from 0 to 1 at ``switch``, inf for never; patients sorted by time.

    Every distinct time of an event is a stratum of the patients at risk, so that the covariate is constant in it; the
    partial likelihood is the same.
    """
    n = len(time)
    size = 0
    first = -1  # of those tied at the last event
    for i in range(n):
        if event[i] and (first < 0 or time[i] > time[first]):
            first = np.searchsorted(time, time[i])
            size += n - first
    later, failed = np.empty(size), np.empty(size, np.bool_)
    arm, stratum = np.empty(size, np.bool_), np.empty(size, np.int64)
    row = first = 0
    while first < n:
        after, events = first, 0
        while after < n and time[after] == time[first]:
            events += event[after]
            after += 1
        if events:
            for fails in (True, False):
                for i in range(first, n):
                    if (i < after and event[i]) == fails:
                        later[row], failed[row] = 0.0 if fails else 1.0, fails
                        arm[row], stratum[row] = switch[i] < time[first], first
                        row += 1
        first = after
    return sorted_cox(later, failed, arm, stratum)


@compiled
def _analyses(time, event, switch, landmark, results):
    """Log hazard ratio and standard error of each analysis of each trial, into ``results`` (trials, 3, 2).

    Patients of each trial, on the second axis, sorted by time.
    """
    one = np.zeros(time.shape[1], np.int64)
    for trial in range(len(time)):
        t, e, s = time[trial], event[trial], switch[trial]
        first = np.searchsorted(t, landmark, side="right")
        results[trial, 0] = sorted_cox(t, e, s < t, one)
        results[trial, 1] = sorted_cox(t[first:], e[first:], s[first:] <= landmark, one[first:])
        results[trial, 2] = _switching_cox(t, e, s)


def _sorted(time: Floats, *others: NDArray[Any]) -> list[NDArray[Any]]:
    """All in the order of the times of each trial."""
    order = time.argsort(axis=1, kind="stable")
    return [np.take_along_axis(each, order, 1) for each in (time, *others)]


def analyse(patients: FollowUp, landmark: float) -> ImmortalTime:
    """Log hazard ratios of the three analyses of every trial, ties by Efron.

    A patient has not reached the dose up to the switch, its time included, and has from then on.

    Raises
    ------
    ValueError
        If the arrays differ in shape, a time is negative or missing, or the landmark is not positive.

    >>> time, switch = np.array([[5.0, 6, 7, 8, 9]]), np.array([[np.inf, 2, np.inf, 3, 6]])
    >>> found = analyse(FollowUp(time, np.array([[True, True, True, False, True]]), switch), 5.5)
    >>> [round(float(each.log_hr[0]), 2) for each in found]
    [-1.44, 0.35, -0.82]
    """
    time = checked("times", patients.time, zero=True)
    switch = checked("switches", patients.switch, zero=True, infinite=True)
    event = np.asarray(patients.event, dtype=bool)
    if time.ndim != 2 or not time.size or event.shape != time.shape or switch.shape != time.shape:
        raise ValueError(
            "give one time, event and switch a patient, trials in rows, not the shapes "
            f"{time.shape}, {event.shape}, {switch.shape}"
        )
    results = np.empty((len(time), 3, 2))
    time, event, switch = _sorted(time, event, switch)
    _analyses(time, event, switch, float(checked("the landmark", landmark)), results)
    return ImmortalTime(*(Analysis(*results[:, i].T) for i in range(3)))


def simulate_immortal_time(
    planned_cycles: ArrayLike,
    rng: np.random.Generator,
    *,
    trials: int,
    patients: int,
    median_months: float,
    interval_months: float,
    follow_up_months: tuple[float, float],
    hr: float,
) -> FollowUp:
    """Trials in which the kidney dose is reached by those who live long enough.

    Events are exponential. A patient planned for ``n`` cycles reaches the dose with the last of them, ``n - 1``
    intervals after the first, if no event and no end of follow-up comes before.

    Parameters
    ----------
    planned_cycles : numbers of cycles that the limits allow, drawn from with replacement; for instance the ``cycles``
        of :func:`.simulate_protocol` with a ``stop_probability`` of 0
    trials, patients : size of the simulation
    median_months : to the event, without the dose
    interval_months : between cycles
    follow_up_months : shortest and longest, uniform between them
    hr : true hazard ratio after the dose is reached, 1 for no effect

    Sundlöv 2022: 96 patients with cycles every ten weeks, and a median progression-free survival of 29 months:

    >>> trials = simulate_immortal_time([4, 5, 6, 7], np.random.default_rng(1), trials=200, patients=96,
    ...     median_months=29, interval_months=2.3, follow_up_months=(24, 84), hr=1)
    >>> [bool(abs(np.median(each.log_hr)) < 0.1) for each in analyse(trials, 12)]
    [False, True, True]
    """
    planned = _whole(planned_cycles)
    shape = checked_whole("trials", trials), checked_whole("patients", patients, 2)
    median, interval, follow_up = _course(median_months, interval_months, follow_up_months)
    rate, ratio = log(2) / median, float(checked("the hazard ratio", hr))
    reach = (rng.choice(planned, shape) - 1) * interval
    hazard = rng.exponential(size=shape)
    before = rate * reach
    failure = np.where(hazard <= before, hazard / rate, reach + (hazard - before) / (rate * ratio))
    censoring = rng.uniform(*follow_up, shape)
    time = np.minimum(failure, censoring)
    return FollowUp(time, failure <= censoring, np.where(reach < time, reach, inf))


def _whole(planned_cycles: ArrayLike) -> Floats:
    planned = checked("planned cycles", planned_cycles).ravel()
    if not planned.size or (planned != np.floor(planned)).any():
        raise ValueError("planned cycles must be whole numbers, at least one of them")
    return planned


def _course(median: float, interval: float, follow_up: tuple[float, float]) -> tuple[float, float, tuple[float, float]]:
    """Median to the event, interval between cycles, and shortest and longest follow-up, all in months."""
    middle, between = (checked(name, x, "months") for name, x in (("the median", median), ("the interval", interval)))
    shortest, longest = checked("the follow-up", follow_up, "months").tolist()
    if shortest > longest:
        raise ValueError(f"the shortest follow-up, {shortest:g} months, is longer than the longest, {longest:g}")
    return float(middle), float(between), (shortest, longest)


def split_by_dose(
    cumulative_gy: ArrayLike,
    planned_cycles: ArrayLike,
    rng: np.random.Generator,
    *,
    trials: int,
    patients: int,
    median_months: float,
    interval_months: float,
    follow_up_months: tuple[float, float],
) -> Analysis:
    """Hazard ratios of patients above to those below the median of the dose they received, if it has no effect.

    A patient receives cycles up to the number planned as long as there is no event and follow-up goes on.

    Parameters
    ----------
    cumulative_gy : after each cycle, shape (virtual patients, cycles); drawn from with replacement
    planned_cycles : of each virtual patient
    trials, patients, median_months, interval_months, follow_up_months : as for :func:`simulate_immortal_time`

    Raises
    ------
    ValueError
        If the shapes do not fit each other, or a number is none that it can be.

    Kidney doses of 3 to 6 Gy a cycle, eight cycles planned:

    >>> dose = np.outer(np.linspace(3, 6, 50), np.arange(1, 9))
    >>> split = split_by_dose(dose, np.full(50, 8), np.random.default_rng(1), trials=100, patients=96,
    ...     median_months=29, interval_months=2.3, follow_up_months=(24, 84))
    >>> bool(np.median(split.hr) < 0.5)
    True
    """
    planned, dose = _whole(planned_cycles), checked("doses", cumulative_gy, "Gy", zero=True)
    if dose.ndim != 2 or planned.shape != dose.shape[:1] or planned.max() > dose.shape[1]:
        raise ValueError(
            f"give a dose after each cycle planned, patients in rows: doses have the shape {dose.shape}, planned "
            f"cycles {planned.shape} and up to {planned.max():g}"
        )
    shape = checked_whole("trials", trials), checked_whole("patients", patients, 2)
    median, interval, follow_up = _course(median_months, interval_months, follow_up_months)
    drawn = rng.integers(len(planned), size=shape)
    failure = rng.exponential(median / np.log(2), shape)
    censoring = rng.uniform(*follow_up, shape)
    time = np.minimum(failure, censoring)
    received = np.minimum(planned[drawn], np.floor(time / interval) + 1).astype(int)
    total = dose[drawn, received - 1]
    high = total > np.median(total, axis=1, keepdims=True)
    one = np.zeros(patients, np.int64)
    each = zip(*_sorted(time, failure <= censoring, high), strict=True)
    return Analysis(*np.array([sorted_cox(t, e, h, one) for t, e, h in each]).T)
