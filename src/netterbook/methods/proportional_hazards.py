"""Proportional hazards examined: Schoenfeld residuals and their test, hazard ratios by period, log-log curves.

Patients are given as in :mod:`netterbook.methods.patients`, at least one in either arm. All functions but
:func:`scaled_schoenfeld` take one set, ``time`` and ``event`` of shape (patients,), or many sets, (draws, patients), as
in a :class:`.Reconstruction`, with ``arm`` of shape (patients,) for all of them. The
results of many sets have a leading axis of draws. A value that a set does not have is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite, log, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfc

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.methods.patients import (
    KaplanMeier,
    cox,
    deviate,
    sorted_cox,
    sorted_kaplan_meier,
    sorted_patients,
)


class Schoenfeld(NamedTuple):
    """Event times in ascending order, tied ones repeated, and the scaled Schoenfeld residual of each."""

    time: Floats
    residual: Floats
    """An estimate of the log hazard ratio at that time; by a fit they scatter about a horizontal line."""


class ProportionalHazardsTest(NamedTuple):
    """Chi-square with one degree of freedom and its P value: numbers, or arrays over draws."""

    chisq: float | Floats
    p: float | Floats


class PeriodHazardRatios(NamedTuple):
    """Hazard ratios in consecutive periods, each array of shape (periods,) or (draws, periods)."""

    hr: Floats
    low: Floats
    high: Floats
    events0: Floats
    events1: Floats
    at_risk0: Floats
    """Patients of arm 0 still followed up, without an event, when the period begins."""
    at_risk1: Floats


class _EventTimes(NamedTuple):
    """Distinct times of events, patients at risk then and events, by arm."""

    time: Floats
    at_risk0: Integers
    events0: Integers
    at_risk1: Integers
    events1: Integers

    @property
    def events(self) -> Integers:
        return self.events0 + self.events1

    @property
    def pooled_survival(self) -> Floats:
        """The Kaplan–Meier curve of both arms just before each time."""
        after = np.cumprod(1 - self.events / (self.at_risk0 + self.at_risk1))
        return np.append(1.0, after)[:-1]


def _event_times(time: Floats, event: Booleans, arm: Booleans) -> _EventTimes:
    times = np.unique(time[event])
    columns = []
    for own in (~arm, arm):
        died = time[own & event]
        columns.append(own.sum() - np.searchsorted(time[own], times))
        columns.append(np.searchsorted(died, times, side="right") - np.searchsorted(died, times))
    return _EventTimes(times, *columns)


def _each_set(
    compute: Callable[[Floats, Booleans, Booleans], ArrayLike], time: ArrayLike, event: ArrayLike, arm: ArrayLike
) -> Floats:
    """What ``compute`` makes of the sorted patients of one set, or of each of many."""
    time, event = np.asarray(time), np.asarray(event)
    if time.ndim != 2:
        return np.asarray(compute(*sorted_patients(time, event, arm, None)[:3]))
    if time.shape != event.shape:
        raise ValueError(
            f"times of shape {time.shape} but events of shape {event.shape}; give both as draws x patients"
        )
    if not len(time):
        raise ValueError("there are no draws; give at least one set of patients")
    results = []
    for i, (own_time, own_event) in enumerate(zip(time, event, strict=True)):
        try:
            patients = sorted_patients(own_time, own_event, arm, None)[:3]
        except ValueError as error:
            raise ValueError(f"draw {i + 1}: {error}") from error
        results.append(compute(*patients))
    return np.asarray(results)


def _number(values: Floats) -> float | Floats:
    return values if np.ndim(values) else float(values)


def _moments(beta: float, at: _EventTimes) -> tuple[Floats, Floats]:
    """Expected share of arm 1 among the patients with an event, and information, at each time; ties by Efron."""
    d = at.events
    which = np.repeat(np.arange(len(d)), d)
    earlier = (np.arange(len(which)) - np.repeat(np.cumsum(d) - d, d)) / d[which]
    set0 = at.at_risk0[which] - earlier * at.events0[which]
    set1 = np.exp(beta) * (at.at_risk1[which] - earlier * at.events1[which])
    share = set1 / (set0 + set1)
    return np.bincount(which, share) / d, np.bincount(which, share * (1 - share)).astype(float)


def scaled_schoenfeld(time: ArrayLike, event: ArrayLike, arm: ArrayLike) -> Schoenfeld:
    """Scaled Schoenfeld residuals of one set (Grambsch & Therneau, Biometrika 1994;81:515-26), as R's ``cox.zph`` has
    them: residual times number of events over information, plus the log hazard ratio, with Efron's ties.

    Raises
    ------
    ValueError
        If there is no finite hazard ratio, as :func:`.cox`.

    Placebo and 6-mercaptopurine (Freireich, Blood 1963;21:699-716): one residual for each of 30 relapses, whose mean is
    the log hazard ratio

    >>> weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    >>> weeks += [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> found = scaled_schoenfeld(weeks, relapse, [0] * 21 + [1] * 21)
    >>> len(found.time), round(float(found.residual.mean()), 3)
    (30, -1.572)
    """
    beta = log(cox(time, event, arm).hr)
    at = _event_times(*sorted_patients(time, event, arm, None)[:3])
    share, information = _moments(beta, at)
    both = np.column_stack([at.events0, at.events1]).ravel()  # of each time, arm 0 first
    residual = np.column_stack([-share, 1 - share]).ravel()
    scale = at.events.sum() / information.sum()
    return Schoenfeld(np.repeat(at.time, at.events), beta + scale * np.repeat(residual, both))


TIME_TRANSFORMS: dict[str, Callable[[Floats, _EventTimes], Floats]] = {
    "km": lambda time, at: 1 - at.pooled_survival,
    "rank": lambda time, at: (np.searchsorted(time, at.time) + np.searchsorted(time, at.time, side="right") + 1) / 2,
    "identity": lambda time, at: at.time,
    "log": lambda time, at: np.log(at.time),
}
"""Functions of time along which the log hazard ratio may change, from all sorted times and the times of events."""


def proportional_hazards_test(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, transform: str = "km"
) -> ProportionalHazardsTest:
    """Score test of a log hazard ratio that changes with transformed time, as ``cox.zph`` of R's survival from 3.0 on.

    ``transform`` is one of :data:`TIME_TRANSFORMS`: 1 less the pooled Kaplan–Meier curve just before the event
    (``km``), rank among all times, time itself or its logarithm. Both results are nan where the hazard ratio is not
    finite or all events that tell the arms apart fall at one time.

    Raises
    ------
    ValueError
        For an unknown transform, or the logarithm with an event at time 0.

    >>> weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    >>> weeks += [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> test = proportional_hazards_test(weeks, relapse, [0] * 21 + [1] * 21)
    >>> round(test.chisq, 4), round(test.p, 2)
    (0.0229, 0.88)
    """
    if transform not in TIME_TRANSFORMS:
        raise ValueError(f"no transform {transform!r}; there are: {', '.join(TIME_TRANSFORMS)}")

    def chi_square(time: Floats, event: Booleans, arm: Booleans) -> float:
        if transform == "log" and (time[event] == 0).any():
            raise ValueError("an event falls at time 0, which has no logarithm; choose another transform")
        beta, _ = sorted_cox(time, event, arm, np.zeros(len(time), np.int64))
        if not isfinite(beta):
            return nan
        at = _event_times(time, event, arm)
        share, information = _moments(beta, at)
        along = TIME_TRANSFORMS[transform](time, at)
        if np.ptp(along[information > 0]) == 0:
            return nan
        along = along - np.average(along, weights=at.events)
        score = along @ (at.events1 - at.events * share)
        return float(score**2 / (along**2 @ information - (along @ information) ** 2 / information.sum()))

    chisq = _each_set(chi_square, time, event, arm)
    return ProportionalHazardsTest(_number(chisq), _number(erfc(np.sqrt(chisq / 2))))


def hazard_ratio_by_period(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, cuts: ArrayLike, level: float = 0.95
) -> PeriodHazardRatios:
    """Hazard ratios by Cox's model before, between and after ``cuts``, with Wald's limits.

    The patients of a period are those whose time is later than its beginning; all still followed up at its end are
    censored there. An event at a cut belongs to the period that ends there. Ratio and limits are nan in a period in
    which an arm has no event, or no event falls while both arms are at risk. The ratios compare patients who came so
    far, whom chance no longer balances if treatment has an effect (Hernán, Epidemiology 2010;21:13-5).

    Raises
    ------
    ValueError
        If the cuts are not positive, finite and ascending.

    >>> weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    >>> weeks += [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> found = hazard_ratio_by_period(weeks, relapse, [0] * 21 + [1] * 21, cuts=[6, 21])
    >>> found.hr.round(2), found.events0, found.events1
    (array([0.25, 0.19, 0.18]), array([ 9., 10.,  2.]), array([3., 4., 2.]))
    """
    z = deviate(level)
    cuts = np.atleast_1d(np.asarray(cuts, dtype=float))
    if cuts.ndim != 1 or not np.isfinite(cuts).all() or (cuts <= 0).any() or (np.diff(cuts) <= 0).any():
        raise ValueError(f"cuts must be positive times in ascending order, not {cuts.tolist()}")

    def periods(time: Floats, event: Booleans, arm: Booleans) -> Floats:
        rows = []
        for start, end in zip([-inf, *cuts], [*cuts, inf], strict=True):  # those with an event at time 0 belong in too
            first = np.searchsorted(time, start, side="right")
            own_time, own_arm = np.minimum(time[first:], end), arm[first:]
            own_event = event[first:] & (time[first:] <= end)
            beta, error = sorted_cox(own_time, own_event, own_arm, np.zeros(len(own_time), np.int64))
            beta = beta if isfinite(beta) else nan
            events1, at_risk1 = (own_event & own_arm).sum(), own_arm.sum()
            counts = own_event.sum() - events1, events1, len(own_arm) - at_risk1, at_risk1
            rows.append([beta, beta - z * error, beta + z * error, *counts])
        return np.array(rows, dtype=float).T

    columns = np.moveaxis(_each_set(periods, time, event, arm), -2, 0)
    return PeriodHazardRatios(*np.exp(columns[:3]), *columns[3:])


def log_minus_log(time: ArrayLike, event: ArrayLike, arm: ArrayLike, grid: ArrayLike) -> Floats:
    """log(-log S) of the Kaplan–Meier curves at the times of ``grid``.

    The shape is (2, grid) or (draws, 2, grid), arm 0 first. Drawn against log time, curves with proportional
    hazards run at a constant distance, the log hazard ratio. nan where survival is 1 or 0 or nobody is followed up so
    far.

    >>> weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    >>> weeks += [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> log_minus_log(weeks, relapse, [0] * 21 + [1] * 21, [5, 10, 20]).round(2)
    array([[-0.58, -0.04,  0.86], [  nan, -1.26, -0.76]])
    """
    grid = np.asarray(grid, dtype=float)
    if grid.ndim != 1 or not len(grid) or not ((grid > 0) & np.isfinite(grid)).all():
        raise ValueError(f"the grid must be a list of positive times, not {grid.tolist()}")

    def curves(time: Floats, event: Booleans, arm: Booleans) -> list[Floats]:
        return [KaplanMeier(*sorted_kaplan_meier(time[own], event[own])).at(grid) for own in (~arm, arm)]

    survival = _each_set(curves, time, event, arm)
    survival = np.where((survival > 0) & (survival < 1), survival, nan)
    return np.log(-np.log(survival))
