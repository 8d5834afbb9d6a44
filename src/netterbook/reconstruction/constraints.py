"""How far patients lie from what was printed of them (compiled).

Numbers at risk and events are counts on a lattice of times, first index arm. Minus log survival, Greenwood's sum and
events are kept by segment between the times that the printed numbers refer to, score and information of the Cox model
(Efron's ties) and of the log-rank test for both arms, so that a change at one time changes a few terms. Leaving a
printed number's window costs its distance, in units of survival.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats, Integers
from netterbook.compiled import compiled, inlined

SURVIVAL, LOG_LOG, PLAIN, LOG, CURVE_ERROR, COUNT, CENSORED, QUANTILE, MEAN = range(9)
HR, LOG_RANK, ERROR, MEANS, FOLLOWED, OBSERVED = range(6)
_EMPTY = 30.0  # minus log survival added where the last patients at risk all have an event
_STEP = 1e-4  # cost of any miss, however small
_NEAR = 1e-9


class CurveWindows(NamedTuple):
    """Windows of the curve or of a confidence limit of each arm. First index: arm; then window.

    ``what`` has its kind, its edge (the segments up to it), and a first edge: of QUANTILE, before the window of time;
    of COUNT, before the first event counted. Kinds: SURVIVAL, in minus log survival; limits LOG_LOG, PLAIN and LOG,
    ``sides`` standard errors up; CURVE_ERROR, the relative standard error of log survival; COUNT of events; CENSORED,
    those censored before point ``at``; QUANTILE, the time at which minus log survival passes ``at``; MEAN, restricted,
    up to ``at``, ``sides`` standard errors up.
    """

    size: Integers  # how many there are
    what: Integers  # kind, edge, first edge
    ends: Floats  # sides, low, high, the weight (survival per unit of the scale), and at


class RatioWindows(NamedTuple):
    """Windows of both arms together, or of follow-up.

    Kinds: the log hazard ratio ``sides`` standard errors up (HR), its standard error (ERROR), the absolute log-rank z
    (LOG_RANK), the difference of restricted means up to ``at`` (MEANS), the time at which the share still followed, by
    reverse Kaplan–Meier, falls below ``at`` (FOLLOWED), and the ``at`` quantile of the observed times (OBSERVED).
    """

    kind: Integers
    what: Integers  # of FOLLOWED: points before the window, points up to its end; arm, or 2 for both
    sides: Floats
    low: Floats
    high: Floats
    at: Floats
    centre: float  # log hazard ratio at which score and information are kept; nan: the patients' own, scan by scan


class Sums(NamedTuple):
    """Of one state."""

    curve: Floats  # (minus log survival, Greenwood's sum, events) x arm x segment
    score: Floats  # score and information at the centre, log-rank numerator and variance, slope of the information


EVENTS, AT_RISK = 0, 1  # of counts: (events, at risk) x arm x point
HAZARD, GREENWOOD, SEEN, _SHOWN = 0, 1, 2, 3


class Constraints(NamedTuple):
    """What was printed, as windows, on the lattice."""

    n: Integers  # arm
    time: Floats  # point
    segment: Integers  # arm x point
    logs: Floats  # log of 0 (unused), 1, 2 ... patients
    curve: CurveWindows
    ratio: RatioWindows


@compiled
def _outside(x: float, low: float, high: float) -> float:
    return low - x if x < low else (x - high if x > high else 0.0)


@compiled
def _pair_terms(score: Floats, r0: int, r1: int, d0: int, d1: int, theta: float, sign: float) -> None:
    """What the events of one time add to score, information and log-rank sums."""
    d = d0 + d1
    r = r0 + r1
    share = r1 / r
    score[2] += sign * (d1 - d * share)
    if r > 1:
        score[3] += sign * d * share * (1.0 - share) * (r - d) / (r - 1.0)
    for j in range(d):
        part = j / d
        s1 = (r1 - part * d1) * theta
        p = s1 / (r0 - part * d0 + s1)
        spread = p * (1.0 - p)
        score[0] -= sign * p
        score[1] += sign * spread
        score[4] += sign * spread * (1.0 - 2.0 * p)
    score[0] += sign * d1


@compiled
def _pair(counts: Integers, score: Floats, g: int, theta: float, sign: float) -> None:
    _pair_terms(
        score, counts[AT_RISK, 0, g], counts[AT_RISK, 1, g], counts[EVENTS, 0, g], counts[EVENTS, 1, g], theta, sign
    )


@inlined
def change(
    counts: Integers, curve: Floats, score: Floats, segment: Integers, logs: Floats, a: int, g: int, theta: float,
    seen: int, staying: int,
) -> None:  # fmt: skip
    """Point g has ``seen`` more events and ``staying`` more at risk in arm a."""
    d, r = counts[EVENTS, a, g], counts[AT_RISK, a, g]
    if theta > 0.0 and (d > 0 or counts[EVENTS, 1 - a, g] > 0):
        _pair(counts, score, g, theta, -1.0)
    hazard = variance = 0.0
    if d > 0:
        hazard -= _EMPTY if d == r else logs[r] - logs[r - d]
        variance -= 0.0 if d == r else d / (r * float(r - d))
    d += seen
    r += staying
    counts[EVENTS, a, g], counts[AT_RISK, a, g] = d, r
    if d > 0:
        hazard += _EMPTY if d == r else logs[r] - logs[r - d]
        variance += 0.0 if d == r else d / (r * float(r - d))
    s = segment[a, g]
    curve[HAZARD, a, s] += hazard
    curve[GREENWOOD, a, s] += variance
    curve[SEEN, a, s] += seen
    if theta > 0.0 and (d > 0 or counts[EVENTS, 1 - a, g] > 0):
        _pair(counts, score, g, theta, 1.0)


@inlined
def shift(
    counts: Integers, curve: Floats, score: Floats, segment: Integers, logs: Floats, a: int, old: int, new: int,
    event: int, theta: float,
) -> None:  # fmt: skip
    """One patient of arm a moves from a point to another."""
    if event:
        change(counts, curve, score, segment, logs, a, old, theta, -1, 0)
    first, last, by = (old + 1, new, 1) if new > old else (new + 1, old, -1)
    for g in range(first, last + 1):
        if counts[EVENTS, a, g] > 0 or (theta > 0.0 and counts[EVENTS, 1 - a, g] > 0):
            change(counts, curve, score, segment, logs, a, g, theta, 0, by)
        else:
            counts[AT_RISK, a, g] += by
    if event:
        change(counts, curve, score, segment, logs, a, new, theta, 1, 0)


@compiled
def unshift(counts: Integers, a: int, old: int, new: int, event: int) -> None:
    """A move undone, but for the sums."""
    counts[EVENTS, a, new] -= event
    counts[EVENTS, a, old] += event
    first, last, by = (old + 1, new, -1) if new > old else (new + 1, old, 1)
    for g in range(first, last + 1):
        counts[AT_RISK, a, g] += by


@compiled
def tally(trial: Constraints, counts: Integers, sums: Sums, theta: float) -> None:
    """All sums afresh."""
    sums.curve[:] = 0.0
    sums.score[:] = 0.0
    for g in range(trial.time.size):
        for a in range(2):
            d, r = counts[EVENTS, a, g], counts[AT_RISK, a, g]
            if d > 0:
                s = trial.segment[a, g]
                sums.curve[HAZARD, a, s] += _EMPTY if d == r else trial.logs[r] - trial.logs[r - d]
                sums.curve[GREENWOOD, a, s] += 0.0 if d == r else d / (r * float(r - d))
                sums.curve[SEEN, a, s] += d
        if theta > 0.0 and counts[EVENTS, 0, g] + counts[EVENTS, 1, g] > 0:
            _pair(counts, sums.score, g, theta, 1.0)


@inlined
def copy_sums(curve: Floats, score: Floats, to_curve: Floats, to_score: Floats, a: int) -> None:
    """Sums of arm a and of both."""
    for kind in range(3):
        for s in range(curve.shape[2]):
            to_curve[kind, a, s] = curve[kind, a, s]
    for s in range(5):
        to_score[s] = score[s]


@compiled
def _quantile(time: Floats, counts: Integers, logs: Floats, a: int, level: float) -> float:
    """Time at which minus log survival passes ``level``; the middle of the step where it lies on it; inf if never."""
    cumulative = 0.0
    reached = np.inf
    for g in range(time.size):
        d = counts[EVENTS, a, g]
        if d > 0:
            if reached < np.inf:
                return float(0.5 * (reached + time[g]))
            r = counts[AT_RISK, a, g]
            cumulative += _EMPTY if d == r else logs[r] - logs[r - d]
            if cumulative > level + _NEAR:
                return float(time[g])
            if cumulative > level - _NEAR:
                reached = time[g]
    return float(reached)


@compiled
def restricted_mean(time: Floats, counts: Integers, a: int, until: float) -> tuple[float, float]:
    """Area under arm a's curve up to a time, and its variance by Greenwood's formula."""
    area = before = 0.0
    survival = 1.0
    zeroth = first = second = 0.0  # sums of Greenwood's terms, times powers of the area before
    for g in range(time.size):
        if time[g] > until:
            break
        d = counts[EVENTS, a, g]
        if d > 0:
            area += survival * (time[g] - before)
            before = time[g]
            r = counts[AT_RISK, a, g]
            survival *= 1.0 - d / r
            if d < r:
                term = d / (r * float(r - d))
                zeroth += term
                first += term * area
                second += term * area * area
    area += survival * (until - before)
    return area, area * area * zeroth - 2.0 * area * first + second


@compiled
def _censored(counts: Integers, who: int, g: int) -> tuple[int, int]:
    """At risk and censored at point g, of an arm or (2) of both."""
    risk = censored = 0
    for a in range(2):
        if who == 2 or who == a:
            risk += counts[AT_RISK, a, g]
            censored += counts[AT_RISK, a, g] - counts[EVENTS, a, g]
            if g + 1 < counts.shape[2]:
                censored -= counts[AT_RISK, a, g + 1]
    return risk, censored


@compiled
def _followed(counts: Integers, who: int, first: int, edge: int) -> tuple[float, float]:
    """Shares followed after ``first`` and ``edge`` points by reverse Kaplan–Meier, of whom a censoring takes away."""
    share = before = 1.0
    for g in range(edge):
        risk, censored = _censored(counts, who, g)
        if censored > 0:
            share *= (risk - censored) / risk
        if g < first:
            before = share
    return before, share


@compiled
def _followed_until(time: Floats, counts: Integers, who: int, level: float) -> float:
    """Time at which the share followed falls below a level; the middle of the step where it lies on it."""
    share = 1.0
    reached = np.inf
    for g in range(time.size):
        risk, censored = _censored(counts, who, g)
        if censored > 0:
            if reached < np.inf:
                return float(0.5 * (reached + time[g]))
            share *= (risk - censored) / risk
            if share < level - _NEAR:
                return float(time[g])
            if share < level + _NEAR:
                reached = time[g]
    return float(reached)


@compiled
def _order_statistic(time: Floats, counts: Integers, who: int, k: int) -> float:
    """Time of the patient lost after ``k`` others."""
    low, high = 0, time.size - 1
    n = 0
    for a in range(2):
        if who == 2 or who == a:
            n += counts[AT_RISK, a, 0]
    while low < high:
        middle = (low + high) // 2
        left = 0
        for a in range(2):
            if who == 2 or who == a:
                left += counts[AT_RISK, a, middle + 1]
        if n - left > k:
            high = middle
        else:
            low = middle + 1
    return float(time[low])


@compiled
def _observed_quantile(time: Floats, counts: Integers, who: int, share: float) -> float:
    """Quantile of the observed times, linear between patients."""
    n = 0
    for a in range(2):
        if who == 2 or who == a:
            n += counts[AT_RISK, a, 0]
    place = share * (n - 1)
    k = int(place)
    low = _order_statistic(time, counts, who, k)
    if k + 1 >= n:
        return low
    return low + (place - k) * (_order_statistic(time, counts, who, k + 1) - low)


@compiled
def _limit(kind: int, cumulative: float, variance: float, sides: float) -> float:
    """A confidence limit of survival on its scale."""
    if cumulative <= 0.0:
        return -50.0 if kind == LOG_LOG else (0.0 if kind == CURVE_ERROR else 1.0)
    error = np.sqrt(max(variance, 0.0))
    if kind == LOG_LOG:
        return float(np.log(cumulative) - sides * error / cumulative)
    if kind == CURVE_ERROR:
        return float(error / cumulative)
    if kind == PLAIN:
        return float(np.exp(-cumulative) * (1.0 + sides * error))
    return float(np.exp(-cumulative + sides * error))


@compiled
def _between(
    before: float, after: float, level: float, low: float, high: float, time: Floats, counts: Integers, logs: Floats,
    a: int, n: int,
) -> float:  # fmt: skip
    """How far the curve is from passing a level within a window of time: ``before`` it, and ``after``."""
    if before < level - _NEAR and after > level + _NEAR:
        return 0.0
    if before > level + _NEAR:
        return float(np.exp(-level) - np.exp(-before))
    if after < level - _NEAR:
        return float(np.exp(-after) - np.exp(-level))
    if _outside(_quantile(time, counts, logs, a, level), low, high) <= 0.0:
        return 0.0
    return 0.5 / n


@compiled
def _sum_up(curve: Floats, a: int, sofar: Floats) -> None:
    """Sums up to each edge: minus log survival, Greenwood's, events; and minus log survival without the last step to 0,
    where a limit has no value.
    """
    hazard = variance = seen = shown = 0.0
    for s in range(curve.shape[2]):
        step = curve[HAZARD, a, s]
        seen += curve[SEEN, a, s]
        if step > 1e-12 or step < -1e-12:
            hazard += step
            variance += curve[GREENWOOD, a, s]
            shown = hazard - _EMPTY if hazard > _EMPTY - 5.0 else hazard
            shown = shown if shown > 1e-12 else 0.0
        sofar[HAZARD, s + 1] = hazard
        sofar[GREENWOOD, s + 1] = variance
        sofar[SEEN, s + 1] = seen
        sofar[_SHOWN, s + 1] = shown


@inlined
def curve_miss(
    what: Integers, ends: Floats, size: int, curve: Floats, time: Floats, counts: Integers, logs: Floats, a: int,
    n: int, most: float, sofar: Floats,
) -> float:  # fmt: skip
    """How far arm a, of n patients, lies outside its windows, or a number above ``most`` if farther than that.

    ``sofar`` (4 x segment + 1) is room for sums.
    """
    if size == 0:
        return 0.0
    _sum_up(curve, a, sofar)
    total = 0.0
    for j in range(size):
        kind, edge, first = what[a, j, 0], what[a, j, 1], what[a, j, 2]
        sides, low, high, at = ends[a, j, 0], ends[a, j, 1], ends[a, j, 2], ends[a, j, 4]
        if kind == QUANTILE:
            distance = _between(sofar[HAZARD, first], sofar[HAZARD, edge], at, low, high, time, counts, logs, a, n)
        else:
            if kind == SURVIVAL:
                y = sofar[HAZARD, edge]
            elif kind == COUNT:
                y = sofar[SEEN, edge] - sofar[SEEN, first]
            elif kind == CENSORED:
                y = n - sofar[SEEN, edge] - (counts[AT_RISK, a, int(at)] if at < time.size else 0)
            elif kind == MEAN:
                mean, variance = restricted_mean(time, counts, a, at)
                y = mean + sides * np.sqrt(max(variance, 0.0))
            else:
                y = _limit(kind, sofar[_SHOWN, edge], sofar[GREENWOOD, edge], sides)
            distance = _outside(y, low, high)
        if distance > 0.0:
            total += ends[a, j, 3] * distance + _STEP
            if total > most:
                break
    return total


@compiled
def newton(score: Floats, centre: float) -> tuple[float, float]:
    """Log hazard ratio and its information by one step from a near centre, with Halley's correction."""
    information = max(score[1], 1e-6)
    step = score[0] / information
    if abs(step) < 0.2:
        step -= 0.5 * score[4] / information * step * step
        information += score[4] * step
    return centre + step, information


@compiled
def _apart(
    kind: int, what: Integers, sides: float, low: float, high: float, at: float, time: Floats, counts: Integers
) -> float:
    """How far a difference of means or follow-up is from its window."""
    if kind == MEANS:
        mean1, variance1 = restricted_mean(time, counts, 1, at)
        mean0, variance0 = restricted_mean(time, counts, 0, at)
        return _outside(mean1 - mean0 + sides * np.sqrt(max(variance0 + variance1, 0.0)), low, high) / at
    if kind == OBSERVED:
        return _outside(_observed_quantile(time, counts, what[2], at), low, high) / float(time[-1])
    before, after = _followed(counts, what[2], what[0], what[1])
    if before < at - _NEAR:
        return at - before
    if after > at + _NEAR:
        return after - at
    if before > at + _NEAR and after < at - _NEAR:
        return 0.0
    if low <= _followed_until(time, counts, what[2], at) <= high:
        return 0.0
    return 0.5 / max(1.0, float(counts[AT_RISK, 0, 0] + counts[AT_RISK, 1, 0]))


@compiled
def ratio_miss(w: RatioWindows, score: Floats, time: Floats, counts: Integers, centre: float) -> float:
    """The same for both arms together; 0.05 of a log hazard ratio weighs like 0.01 of survival."""
    total = 0.0
    estimate, information = newton(score, centre)
    error = 1.0 / np.sqrt(information)
    z = abs(score[2]) / np.sqrt(max(score[3], 1e-6))
    for j in range(w.kind.size):
        if w.kind[j] == HR:
            distance = 0.2 * _outside(estimate + w.sides[j] * error, w.low[j], w.high[j])
        elif w.kind[j] == ERROR:
            distance = 2.0 * _outside(error, w.low[j], w.high[j])
        elif w.kind[j] == LOG_RANK:
            distance = 0.2 * error * _outside(z, w.low[j], w.high[j])
        else:
            distance = _apart(w.kind[j], w.what[j], w.sides[j], w.low[j], w.high[j], w.at[j], time, counts)
        if distance > 0.0:
            total += distance + _STEP
    return total
