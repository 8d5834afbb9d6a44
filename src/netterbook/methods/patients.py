"""Survival statistics of single patients: Kaplan–Meier curves, medians, restricted means, log-rank and Cox.

``time`` is from randomisation in any one unit, ``event`` is 1 at an event and 0 at censoring, ``arm`` is 1 for the
experimental and 0 for the reference arm. Patients may come in any order. Times are tied when they are equal as numbers,
so round those that come out of a calculation.

The public functions check and sort their input. The compiled ones, for loops over many sets, take it checked and
sorted: ``time`` as floats, ``event`` and ``arm`` as booleans, by time, or by ``stratum`` (integers) and then time.
"""

from __future__ import annotations

from math import erfc, exp, inf, isnan, nan, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.compiled import compiled
from netterbook.methods.printed_ratios import TRANSFORMS

_TIE = 2.0**-26  # R's tolerance for a curve that lies on the quantile, the root of the spacing of floats


class KaplanMeier(NamedTuple):
    """A Kaplan–Meier curve, one entry for each distinct time of an event or censoring."""

    time: Floats
    at_risk: Integers
    """Patients whose time is this or later."""
    events: Integers
    censored: Integers
    survival: Floats
    """Just after this time, as a fraction."""
    greenwood: Floats
    """Sum of d / (n (n - d)) so far: the variance of log survival; infinite once survival is 0."""

    def at(self, times: ArrayLike) -> Floats:
        """Survival at ``times``; nan after the last observation, unless survival is 0 by then.

        >>> kaplan_meier([1, 2, 2, 4], [1, 1, 0, 0]).at([0, 1, 3, 5])
        array([1.  , 0.75, 0.5 ,  nan])
        """
        times = np.asarray(times, dtype=float)
        survival = np.append(1.0, self.survival)[np.searchsorted(self.time, times, side="right")]
        return np.where((times > self.time[-1]) & (survival > 0) | np.isnan(times), nan, survival)


class Estimate(NamedTuple):
    """An estimate and its confidence limits."""

    value: float
    low: float
    high: float


class Mean(NamedTuple):
    """A mean, in the unit of time, and its standard error."""

    value: float
    standard_error: float


class LogRank(NamedTuple):
    """Normal deviate, negative where the experimental arm has fewer events than expected, and two-sided P value."""

    z: float
    p: float


class HazardRatio(NamedTuple):
    """A hazard ratio, experimental to reference arm, its confidence limits, and the standard error of its log."""

    hr: float
    low: float
    high: float
    standard_error: float


# Compiled: sorted input


@compiled
def sorted_kaplan_meier(time: Floats, event: Booleans) -> tuple[Floats, Integers, Integers, Integers, Floats, Floats]:
    """The six arrays of :class:`KaplanMeier` from sorted times and their events."""
    n = len(time)
    times, survivals, greenwoods = np.empty(n), np.empty(n), np.empty(n)
    at_risk, events, censored = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    survival, greenwood = 1.0, 0.0
    first = distinct = 0
    while first < n:
        after, died = first, 0
        while after < n and time[after] == time[first]:
            died += event[after]
            after += 1
        risk = n - first
        if died == risk:
            survival, greenwood = 0.0, np.inf
        elif died:
            survival *= (risk - died) / risk
            greenwood += died / (risk * (risk - died))
        times[distinct], at_risk[distinct], events[distinct] = time[first], risk, died
        censored[distinct] = after - first - died
        survivals[distinct], greenwoods[distinct] = survival, greenwood
        distinct += 1
        first = after
    return (
        times[:distinct],
        at_risk[:distinct],
        events[:distinct],
        censored[:distinct],
        survivals[:distinct],
        greenwoods[:distinct],
    )


@compiled
def _crossing(time: Floats, curve: Floats, level: float) -> float:
    """Where ``curve`` first reaches ``level``; the middle of the step where it lies on it and then falls on."""
    for i in range(len(time)):
        if curve[i] < level + _TIE:  # never true of nan
            if abs(curve[i] - level) < _TIE:
                for j in range(i + 1, len(time)):
                    if curve[j] < curve[i]:
                        return float((time[i] + time[j]) / 2)
            return float(time[i])
    return np.nan


@compiled
def curve_quantile(
    time: Floats, survival: Floats, greenwood: Floats, quantile: float, z: float, scale: int
) -> tuple[float, float, float]:
    """Time by which a share ``quantile`` had the event, with limits ``z`` standard errors wide on the scale: 0 log-log,
    1 plain, 2 log.
    """
    low, high = np.full(len(time), np.nan), np.full(len(time), np.nan)
    for i in range(len(time)):
        if 0 < survival[i] < 1:
            error = z * np.sqrt(greenwood[i])
            if scale == 0:
                log_survival = np.log(survival[i])
                width = np.exp(error / -log_survival)
                low[i], high[i] = np.exp(log_survival * width), np.exp(log_survival / width)
            elif scale == 1:
                low[i], high[i] = survival[i] * (1 - error), survival[i] * (1 + error)
            else:
                low[i], high[i] = survival[i] * np.exp(-error), survival[i] * np.exp(error)
    left = 1 - quantile
    return _crossing(time, survival, left), _crossing(time, low, left), _crossing(time, high, left)


@compiled
def curve_mean(time: Floats, at_risk: Integers, events: Integers, survival: Floats, tau: float) -> tuple[float, float]:
    """Area under a Kaplan–Meier curve up to ``tau`` and its variance."""
    area = variance = 0.0
    right = tau
    for i in range(np.searchsorted(time, tau, side="right") - 1, -1, -1):
        area += survival[i] * (right - time[i])
        right = time[i]
        if 0 < events[i] < at_risk[i]:
            variance += area**2 * events[i] / (at_risk[i] * (at_risk[i] - events[i]))
    return area + right, variance


@compiled
def _tied(time: Floats, event: Booleans, arm: Booleans, stratum: Integers, last: int) -> tuple[int, int, int, int, int]:
    """Position before the patients tied with the one at ``last``, their number and events in arm 0, and in arm 1."""
    before = last
    n0 = d0 = n1 = d1 = 0
    while before >= 0 and time[before] == time[last] and stratum[before] == stratum[last]:
        if arm[before]:
            n1 += 1
            d1 += event[before]
        else:
            n0 += 1
            d0 += event[before]
        before -= 1
    return before, n0, d0, n1, d1


@compiled
def sorted_log_rank(time: Floats, event: Booleans, arm: Booleans, stratum: Integers) -> tuple[float, float]:
    """Events of arm 1 less their expectation under equal hazards, and the hypergeometric variance."""
    excess = variance = 0.0
    risk0 = risk1 = 0
    last = len(time) - 1
    while last >= 0:
        before, n0, d0, n1, d1 = _tied(time, event, arm, stratum, last)
        risk0, risk1 = risk0 + n0, risk1 + n1
        n, d = risk0 + risk1, d0 + d1
        if d:
            excess += d1 - d * risk1 / n
        if d and n > 1:
            variance += d * (risk1 / n) * (risk0 / n) * (n - d) / (n - 1)
        if before >= 0 and stratum[before] != stratum[last]:
            risk0 = risk1 = 0
        last = before
    return excess, variance


@compiled
def sorted_cox(time: Floats, event: Booleans, arm: Booleans, stratum: Integers) -> tuple[float, float]:  # noqa: C901
    """Log hazard ratio of arm 1 by Cox's partial likelihood with Efron's ties, and its standard error.

    The first is -inf where no event of arm 1 falls while patients of arm 0 are at risk, inf the other way round, and
    nan in both cases at once; the second is then nan.
    """
    # Efron's risk set of each event: patients of either arm, those tied before it counted in part
    set0, set1 = np.empty(len(time)), np.empty(len(time))
    total = total1 = certain = possible = 0
    risk0 = risk1 = 0
    last = len(time) - 1
    while last >= 0:
        before, n0, d0, n1, d1 = _tied(time, event, arm, stratum, last)
        risk0, risk1 = risk0 + n0, risk1 + n1
        d = d0 + d1
        for i in range(d):
            set0[total], set1[total] = risk0 - i * d0 / d, risk1 - i * d1 / d
            total += 1
        total1 += d1
        if risk0 == 0:
            certain += d
        if risk1 > 0:
            possible += d
        if before >= 0 and stratum[before] != stratum[last]:
            risk0 = risk1 = 0
        last = before
    if certain == possible:
        return np.nan, np.nan
    if total1 == certain:
        return -np.inf, np.nan
    if total1 == possible:
        return np.inf, np.nan

    # Newton's method on the score, which falls in the log hazard ratio; a step that leaves the bracket halves it
    beta, low, high = 0.0, -np.inf, np.inf
    information = 0.0
    for _ in range(100):
        ratio = np.exp(beta)
        score, information = float(total1), 0.0
        for i in range(total):
            share = ratio * set1[i] / (ratio * set1[i] + set0[i])
            score -= share
            information += share * (1 - share)
        if score > 0:
            low = beta
        else:
            high = beta
        step = min(max(score / information, -2.0), 2.0)
        beta = beta + step if low <= beta + step <= high else (low + high) / 2
        if abs(step) < 1e-9:
            break
    return beta, 1 / np.sqrt(information)


@compiled
def _fault(time: Floats, event: Floats, arm: Floats) -> tuple[int, int]:
    """Position and column of the first value that cannot be used, or -1."""
    for i in range(len(time)):
        if not 0 <= time[i] < np.inf:
            return i, 0
        if event[i] != 0 and event[i] != 1:
            return i, 1
        if arm[i] != 0 and arm[i] != 1:
            return i, 2
    return -1, 0


# Checks and sorting

_REMEDIES = (
    "times are finite and not negative; leave out patients without one",
    "write 1 (or True) for an event and 0 for censoring",
    "write 1 (or True) for the experimental and 0 for the reference arm",
)


def _column(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    try:
        column = np.array(values, dtype=float, order="C")  # a copy, as numba compiles anew for every memory layout
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only: {error}") from error
    if column.ndim != 1:
        raise ValueError(f"{name} must be a plain list of values, one a patient; it has {column.ndim} dimensions")
    if length is not None and len(column) != length:
        raise ValueError(f"{length} times but {len(column)} values of {name}; give one of each a patient")
    if len(column) == 0:
        raise ValueError(f"{name} is empty; give at least one patient")
    return column


def _check(time: Floats, event: Floats, arm: Floats) -> None:
    at, column = _fault(time, event, arm)
    if at >= 0:
        name, values = (("time", time), ("event", event), ("arm", arm))[column]
        raise ValueError(f"{name}[{at}] is {values[at]:g}; {_REMEDIES[column]}")


def _patients(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Booleans]:
    time = _column("time", time)
    event = _column("event", event, len(time))
    _check(time, event, event)
    order = np.argsort(time, kind="stable")
    return time[order], event[order] == 1


def sorted_patients(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, strata: ArrayLike | None
) -> tuple[Floats, Booleans, Booleans, Integers]:
    """Checked time, event, arm (both as booleans) and stratum, as the compiled functions take them.

    >>> sorted_patients([5, 2], [1, 0], [0, 1], None)[0].tolist()
    [2.0, 5.0]
    """
    time = _column("time", time)
    n = len(time)
    event, arm = _column("event", event, n), _column("arm", arm, n)
    _check(time, event, arm)
    if arm.min() == arm.max():
        raise ValueError(f"all {n} patients are in arm {arm[0]:g}; a comparison needs both arms")
    if strata is None:
        order, stratum = np.argsort(time, kind="stable"), np.zeros(n, np.int64)
    else:
        strata = np.asarray(strata)
        if strata.shape != (n,):
            raise ValueError(f"{n} times but strata of shape {strata.shape}; give one label a patient")
        codes, _ = pd.factorize(strata, sort=True)
        if codes.min() < 0:
            at = int(codes.argmin())
            raise ValueError(f"strata[{at}] is {strata[at]}; give missing values a label of their own")
        order = np.lexsort((time, codes))
        stratum = codes[order].astype(np.int64, copy=False)
    return time[order], event[order] == 1, arm[order] == 1, stratum


def deviate(level: float) -> float:
    """Normal deviate of a two-sided confidence level.

    >>> round(deviate(0.95), 3)
    1.96
    """
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
    return -float(ndtri((1 - level) / 2))


# Public


def kaplan_meier(time: ArrayLike, event: ArrayLike) -> KaplanMeier:
    """Kaplan–Meier curve (J Am Stat Assoc 1958;53:457-81).

    6-mercaptopurine in leukaemia (Freireich, Blood 1963;21:699-716), weeks of remission, 12 of 21 censored:

    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> curve = kaplan_meier(weeks, relapse)
    >>> curve.at([6, 7, 10, 13, 16, 22, 23]).round(3)
    array([0.857, 0.807, 0.753, 0.69 , 0.627, 0.538, 0.448])
    """
    return KaplanMeier(*sorted_kaplan_meier(*_patients(time, event)))


def survival_rate(
    time: ArrayLike, event: ArrayLike, t: float, level: float = 0.95, transform: str = "log-log"
) -> Estimate:
    """Kaplan–Meier survival at ``t`` with an interval symmetric on a transformed scale, all as fractions.

    ``transform`` is one of :data:`.RATE_TRANSFORMS`. As in R's ``survfit``, the limits are nan where
    survival is 0 and, unless the transform is plain or log, where it is 1.

    Raises
    ------
    ValueError
        If nobody is followed up to ``t`` and survival is not 0 by then.

    Remission at 10 weeks on 6-mercaptopurine:

    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> [round(x, 3) for x in survival_rate(weeks, relapse, 10)]
    [0.753, 0.503, 0.889]
    """
    if transform not in TRANSFORMS:
        raise ValueError(f"no transform {transform!r}; there are: {', '.join(TRANSFORMS)}")
    z = deviate(level)
    if not t >= 0:
        raise ValueError(f"a time must be at least 0, not {t}")
    curve = kaplan_meier(time, event)
    at = int(np.searchsorted(curve.time, t, side="right")) - 1
    if t > curve.time[-1] and curve.survival[-1] > 0:
        raise ValueError(f"nobody is followed up to {t:g}; choose a time up to {curve.time[-1]:g}")
    if at < 0 or curve.survival[at] == 1:
        limit = 1.0 if transform in ("plain", "log") else nan
        return Estimate(1.0, limit, limit)
    rate, variance = float(curve.survival[at]), float(curve.greenwood[at])
    if rate == 0:
        return Estimate(0.0, nan, nan)
    forward, back, slope = TRANSFORMS[transform]
    width = z * rate * sqrt(variance) * slope(rate)
    limits = back(forward(rate) - width), back(forward(rate) + width)
    return Estimate(rate, min(limits), max(limits))


_QUANTILE_SCALES = {"log-log": 0, "plain": 1, "log": 2}


def median_survival(
    time: ArrayLike, event: ArrayLike, level: float = 0.95, quantile: float = 0.5, transform: str = "log-log"
) -> Estimate:
    """Time by which half (``quantile``) had the event, with Brookmeyer–Crowley limits (Biometrics 1982;38:29-41).

    The limits are where those of the survival curve, made on the scale of ``transform`` (log-log, plain or log), reach
    one half. Each of the three is nan where
    it is not reached. Where a curve lies on one half exactly and falls later, it is the middle of that step. R's
    ``survfit`` prints the same; R's ``quantile`` gives the middle of a last, flat step too.

    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> median_survival(weeks, relapse)
    Estimate(value=23.0, low=13.0, high=nan)
    """
    if not 0 < quantile < 1:
        raise ValueError(f"the quantile must lie between 0 and 1, not {quantile}")
    if transform not in _QUANTILE_SCALES:
        raise ValueError(f"no transform {transform!r}; there are: {', '.join(_QUANTILE_SCALES)}")
    z, scale = deviate(level), _QUANTILE_SCALES[transform]
    curve = kaplan_meier(time, event)
    return Estimate(*curve_quantile(curve.time, curve.survival, curve.greenwood, float(quantile), z, scale))


def rmst(time: ArrayLike, event: ArrayLike, tau: float) -> Mean:
    """Restricted mean survival time: the area under the Kaplan–Meier curve up to ``tau``.

    The standard error is Greenwood's, as in R's ``survfit`` and survRM2 (Uno, J Clin Oncol 2014;32:2380-5).

    Raises
    ------
    ValueError
        If ``tau`` is not positive, or lies beyond the last observation and survival is not 0 by then.

    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> [round(x, 2) for x in rmst(weeks, relapse, 35)]
    [23.29, 2.83]
    """
    if not 0 < tau < inf:
        raise ValueError(f"tau must be a positive time, not {tau}")
    curve = kaplan_meier(time, event)
    if tau > curve.time[-1] and curve.survival[-1] > 0:
        raise ValueError(
            f"nobody is followed up to {tau:g}; the largest tau these patients allow is {curve.time[-1]:g}"
        )
    mean, variance = curve_mean(curve.time, curve.at_risk, curve.events, curve.survival, float(tau))
    return Mean(mean, sqrt(variance))


def numbers_at_risk(time: ArrayLike, grid: ArrayLike) -> Integers:
    """Patients whose time is that of the grid or later, as printed below a Kaplan–Meier curve.

    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> numbers_at_risk(weeks, [0, 6, 10, 20, 36])
    array([21, 21, 15,  8,  0])
    """
    time = _column("time", time)
    no_event = np.zeros(len(time))
    _check(time, no_event, no_event)
    grid = np.asarray(grid, dtype=float)
    if np.isnan(grid).any():
        raise ValueError("a time of the grid is nan; give the times printed below the curve")
    return len(time) - np.searchsorted(np.sort(time), grid, side="left")


def log_rank(time: ArrayLike, event: ArrayLike, arm: ArrayLike, strata: ArrayLike | None = None) -> LogRank:
    """Log-rank test, with ``strata`` the stratified one; ``z`` squared is the chi-square of R's ``survdiff``.

    Raises
    ------
    ValueError
        If no event falls while patients of both arms are at risk, or only one that all of them have at once.

    Placebo and 6-mercaptopurine, chi-square 16.8:

    >>> weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    >>> weeks += [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> test = log_rank(weeks, relapse, [0] * 21 + [1] * 21)
    >>> round(test.z, 2), round(test.z**2, 1), test.p < 0.0001
    (-4.1, 16.8, True)
    """
    excess, variance = sorted_log_rank(*sorted_patients(time, event, arm, strata))
    if variance == 0:
        raise ValueError(
            "no log-rank test: no event falls while patients of both arms are at risk, or all have it at once"
        )
    z = excess / sqrt(variance)
    return LogRank(z, erfc(abs(z) / sqrt(2)))


def cox(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, strata: ArrayLike | None = None, level: float = 0.95
) -> HazardRatio:
    """Hazard ratio of the experimental to the reference arm by Cox's model, ties by Efron (JASA 1977;72:557-65).

    Limits are Wald's; ``standard_error`` is that of the log hazard ratio.

    Raises
    ------
    ValueError
        If the estimate is 0 or infinite (monotone likelihood), as where an arm has no events, or there is none.
        :func:`sorted_cox` returns these instead.

    6-mercaptopurine to placebo:

    >>> weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    >>> weeks += [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> [round(x, 3) for x in cox(weeks, relapse, [0] * 21 + [1] * 21)]
    [0.208, 0.093, 0.466, 0.412]
    """
    z = deviate(level)
    beta, error = sorted_cox(*sorted_patients(time, event, arm, strata))
    if isnan(beta):
        raise ValueError("no hazard ratio: no event falls while patients of both arms are at risk")
    if beta == -inf:
        raise ValueError(
            "the estimated hazard ratio is 0: no event of arm 1 falls while patients of arm 0 are at risk; "
            "report the log-rank test"
        )
    if beta == inf:
        raise ValueError(
            "the estimated hazard ratio is infinite: no event of arm 0 falls while patients of arm 1 are at risk; "
            "report the log-rank test"
        )
    return HazardRatio(exp(beta), exp(beta - z * error), exp(beta + z * error), error)
