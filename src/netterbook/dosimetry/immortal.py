"""Immortal-time bias: why patients who reached a dose do better even if the dose does nothing.

A patient must be alive and free of progression to have the next cycle, so to have reached the planned kidney dose is
to have survived until then. Comparing patients by whether they ever reached it counts this time for the dose.
Remedies: a landmark (Anderson, Cain & Gelber, J Clin Oncol 1983;1:710-9) or a covariate that changes when the dose is
reached (Mantel & Byar, J Am Stat Assoc 1974;69:81-6; Cox's model with counting-process risk sets).
"""

from __future__ import annotations

from math import exp, inf, isfinite, log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from netterbook.compiled import compiled
from netterbook.dosimetry.checks import numbers, whole
from netterbook.methods.patients import HazardRatio, sorted_cox
from netterbook.methods.printed_ratios import Z95


class Analysis(NamedTuple):
    """Hazard ratios of one method, reached to not reached, in every simulated trial."""

    log_hr: NDArray[np.float64]
    """Infinite or nan where a group has no events to compare."""
    standard_error: NDArray[np.float64]

    @property
    def hr(self) -> NDArray[np.float64]:
        return np.exp(self.log_hr)

    def significant(self, alpha: float = 0.05) -> float:
        """Share of trials whose two-sided Wald P value is below ``alpha``: the type I error if nothing has an effect.

        Trials without an estimate count as not significant.

        >>> Analysis(np.log([0.5, 0.9]), np.array([0.2, 0.2])).significant()
        0.5
        """
        return float(np.mean(np.abs(self.log_hr) > -norm.ppf(alpha / 2) * self.standard_error))


class ImmortalTime(NamedTuple):
    """Three analyses of the same simulated trials."""

    naive: Analysis
    """By whether the dose was ever reached."""
    landmark: Analysis
    """Of those without an event at the landmark, by whether it was reached by then."""
    time_dependent: Analysis
    """With a covariate that changes when it is reached."""
    reached: NDArray[np.float64]
    """Share of patients who reached it, in every trial."""


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


def _follow_up(time: ArrayLike, event: ArrayLike, switch: ArrayLike) -> tuple[NDArray, NDArray, NDArray]:
    time, event = numbers("times", time, zero=True), np.asarray(event, dtype=float)
    switch = numbers("switches", switch, zero=True, infinite=True)
    if time.ndim != 1 or not time.size or event.shape != time.shape or switch.shape != time.shape:
        raise ValueError(f"give one time, event and switch a patient, not {time.shape}, {event.shape}, {switch.shape}")
    if not np.isin(event, (0, 1)).all():
        raise ValueError(f"event is {event[~np.isin(event, (0, 1))][0]:g}; write 1 for an event and 0 for censoring")
    order = np.argsort(time, kind="stable")
    return time[order], event[order] == 1, switch[order]


def _hazard_ratio(beta: float, error: float) -> HazardRatio:
    if not isfinite(beta):
        raise ValueError(
            f"no hazard ratio (its log is {beta:g}): before and after the switch, events must fall while patients of "
            "the other group are at risk"
        )
    return HazardRatio(exp(beta), exp(beta - Z95 * error), exp(beta + Z95 * error), error)


def time_dependent_cox(time: ArrayLike, event: ArrayLike, switch: ArrayLike) -> HazardRatio:
    """Hazard ratio after to before each patient's ``switch``, with its 95% interval, ties by Efron.

    A patient is in the first group up to the switch, its time included, and in the second from then on.

    Parameters
    ----------
    time, event : as for :func:`.cox`
    switch : time at which the covariate changes, infinite for never

    Raises
    ------
    ValueError
        If an input is out of range or the hazard ratio is 0, infinite or undefined.

    >>> [round(x, 3) for x in time_dependent_cox([5, 6, 7, 8, 9], [1, 1, 1, 0, 1], [np.inf, 2, np.inf, 3, 6])]
    [0.44, 0.038, 5.13, 1.254]
    """
    return _hazard_ratio(*_switching_cox(*_follow_up(time, event, switch)))


def landmark_cox(time: ArrayLike, event: ArrayLike, switch: ArrayLike, landmark: float) -> HazardRatio:
    """Hazard ratio from the landmark on, of patients who had switched by then to those who had not.

    Patients without follow-up beyond the landmark are left out.

    >>> [round(x, 3) for x in landmark_cox([1, 5, 6, 7, 8, 9], [1] * 6, [9, 9, 2, 8, 3, 8], 4)]
    [1.315, 0.181, 9.534, 1.011]
    """
    time, event, switch = _follow_up(time, event, switch)
    left = time > float(numbers("the landmark", landmark, zero=True))
    t, e, s = (x[left] for x in (time, event, switch))
    return _hazard_ratio(*sorted_cox(t, e, s <= landmark, np.zeros(len(t), np.int64)))


def simulate_immortal_time(
    planned_cycles: ArrayLike,
    rng: np.random.Generator,
    trials: int = 1000,
    patients: int = 96,
    median_months: float = 29.0,
    interval_months: float = 10 * 7 / 30.4375,
    landmark_months: float = 12.0,
    follow_up_months: tuple[float, float] = (24.0, 84.0),
    hr: float = 1.0,
) -> ImmortalTime:
    """Trials in which the kidney dose is reached by those who live long enough, analysed in three ways.

    Events are exponential and independent of the dose unless ``hr`` is given. A patient planned for ``n`` cycles
    reaches the dose with the last of them, ``n - 1`` intervals after the first, if no event and no end of follow-up
    comes before.

    Parameters
    ----------
    planned_cycles : numbers of cycles that the limits allow, drawn from with replacement; for instance the ``cycles``
        of :func:`.simulate_protocol` with a ``stop_probability`` of 0
    trials, patients : size of the simulation; 96 patients in Sundlöv 2022
    median_months : without the dose; the trial's median progression-free survival is 29 months, overall survival 47
    interval_months : between cycles, 10 weeks in the trial
    landmark_months : from the first cycle
    follow_up_months : shortest and longest, uniform between them; an assumption
    hr : true hazard ratio after the dose is reached

    >>> bias = simulate_immortal_time([4, 5, 6, 7], np.random.default_rng(1), trials=200)
    >>> [bool(abs(np.median(x.log_hr)) < 0.1) for x in (bias.naive, bias.landmark, bias.time_dependent)]
    [False, True, True]
    """
    planned = numbers("planned cycles", planned_cycles).ravel()
    if not planned.size or (planned != np.floor(planned)).any():
        raise ValueError("planned cycles must be whole numbers, at least one of them")
    shape = whole("trials", trials), whole("patients", patients, 2)
    rate = log(2) / float(numbers("the median", median_months, "months"))
    interval = float(numbers("the interval", interval_months, "months"))
    ratio = float(numbers("the hazard ratio", hr))
    shortest, longest = numbers("the follow-up", follow_up_months, "months")
    if shortest > longest:
        raise ValueError(f"the shortest follow-up, {shortest:g} months, is longer than the longest, {longest:g}")
    landmark = float(numbers("the landmark", landmark_months, "months"))
    reach = (rng.choice(planned, shape) - 1) * interval
    hazard = rng.exponential(size=shape)
    before = rate * reach
    failure = np.where(hazard <= before, hazard / rate, reach + (hazard - before) / (rate * ratio))
    censoring = rng.uniform(shortest, longest, shape)
    time = np.minimum(failure, censoring)
    switch = np.where(reach < time, reach, inf)
    results = np.empty((*shape[:1], 3, 2))
    order = time.argsort(axis=1, kind="stable")
    _analyses(*(np.take_along_axis(x, order, 1) for x in (time, failure <= censoring, switch)), landmark, results)
    analyses = (Analysis(*results[:, i].T) for i in range(3))
    return ImmortalTime(*analyses, np.isfinite(switch).mean(axis=1))
