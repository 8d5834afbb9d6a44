"""A clean curve, as from a vector figure: every drop with its time, so that patients follow in whole numbers.

A drop is ``(n - d) / n`` with whole numbers, which the coordinates mostly determine; a beam search finds the likeliest
numbers for the whole curve, where need be with a number at risk that is one off. Where thousands of patients leave too
little of the coordinates to tell them, the drops are events among the likely number at risk.
"""

from __future__ import annotations

from math import inf, lgamma, log
from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats, Integers
from netterbook.compiled import compiled
from netterbook.errors import DataError
from netterbook.reconstruction.checks import DigitisedArm, check_clicks, check_steps
from netterbook.reconstruction.reading import (
    CLICKS,
    Read,
    censored_together,
    censoring_rates,
    censoring_times,
    from_drops,
    rounding,
)

BEAMS = (128, 1), (1024, 32)
"""Candidates held, and in how many levels of height within the tolerance; the second where the first fails."""
MISPRINT = 7.0
"""Minus the log of the probability that a number at risk is printed one too high or one too low."""
UNUSUAL, UNEXPLAINED = 3.0, 1e6
"""By how much better a table counted without those who leave at its times must explain the curves; the cost of none."""


@compiled
def _cost(count: int, mean: float, log_factorial: Floats) -> float:
    """Minus the log of a Poisson probability."""
    return float(mean - count * log(mean) + log_factorial[count])


@compiled
def _explain(  # noqa: C901
    time: Floats,
    survival: Floats,
    tolerance: Floats,
    interval: Integers,
    starts: Floats,
    ends: Floats,
    n_start: Integers,
    n_end: Integers,
    rate: Floats,
    tie: float,
    misprint: float,
    events: int,
    beam: int,
    levels: int,
) -> Integers:
    """Patients at risk and events at each time, as whole numbers that give the curve to within ``tolerance``.

    Of all explanations that the beam holds, the likeliest: ``rate`` censorings a patient and unit of time, a cost
    ``tie`` for each further event at one time and ``misprint`` for each number at risk that is off by one. The third
    row is the number at the start of the interval where one begins, else -1. Empty if there is none.
    """
    times, n = len(time), n_start[0]
    wrong = 1 if misprint < inf else 0
    risk_of, dead_of = np.zeros((times, beam), np.int32), np.zeros((times, beam), np.int32)
    parent_of, entered_of = np.zeros((times, beam), np.int32), np.zeros((times, beam), np.int32)
    # The beam: patients left, events so far, height, and since when censorings are counted, in which interval
    left, total, inside = np.zeros(beam, np.int64), np.zeros(beam, np.int64), np.zeros(beam, np.int64)
    height, since, cost = np.ones(beam), np.zeros(beam), np.zeros(beam)
    left[0], size = n, 1
    log_factorial = np.array([lgamma(count + 1.0) for count in range(n + 1)])
    # Candidates are told apart by patients left and, roughly, events so far and height within the tolerance
    keys = 8 * levels * (n + 1)
    at_key = np.full(keys, -1, np.int64)
    c_risk, c_dead, c_parent = np.zeros(keys, np.int64), np.zeros(keys, np.int64), np.zeros(keys, np.int64)
    c_cost, c_key, c_since = np.zeros(keys), np.zeros(keys, np.int64), np.zeros(keys)
    c_entered = np.zeros(keys, np.int64)
    for j in range(times):
        k, found = interval[j], 0
        low, high = survival[j] - tolerance[j], survival[j] + tolerance[j]
        floor = max(n_end[k] - wrong, 0) if k < len(starts) - 1 else 0
        for b in range(size):
            m = inside[b]
            off = wrong if m < k else 0
            for by in range(-off, off + 1):
                have, start, paid, entered = left[b], since[b], cost[b], -1
                if m < k:  # the rest of that interval was censored
                    entered = n_start[k] + by
                    remain = entered if m == k - 1 else min(n_end[m], have)
                    if entered < 0 or remain > have or entered > remain:
                        continue
                    paid += misprint if by != 0 else 0.0
                    paid += misprint if remain < n_end[m] and m < k - 1 else 0.0
                    paid += _cost(have - remain, rate[m] * have * (ends[m] - start) + 1e-9, log_factorial)
                    have, start = entered, starts[k]
                mean = rate[k] * have * (time[j] - start) + 1e-9
                for d in range(have - floor + 1):
                    if d == 0:
                        if not low <= height[b] <= high:
                            continue
                        first = last = have
                    else:
                        if low >= height[b]:
                            break
                        first = max(int(np.ceil(d / (1 - low / height[b]) - 1e-9)), d + floor)
                        last = have if high >= height[b] else min(have, int(d / (1 - high / height[b]) + 1e-9))
                        if time[j] <= start:
                            first = max(first, have)
                        if first > have:
                            break
                    likely = min(max(have - int(mean), first), last)  # no farther from it than the beam can hold
                    for risk in range(max(first, likely - beam), min(last, likely + beam) + 1):
                        price = paid + (_cost(have - risk, mean, log_factorial) + tie * (d - 1) if d > 0 else 0.0)
                        level = (height[b] * (risk - d) / max(risk, 1) - low) / (high - low) * levels
                        key = ((risk - d) * 8 + (total[b] + d) % 8) * levels + min(max(int(level), 0), levels - 1)
                        i = at_key[key]
                        if i < 0:
                            i = at_key[key] = found
                            found += 1
                        elif c_cost[i] <= price:
                            continue
                        c_key[i], c_risk[i], c_dead[i], c_parent[i], c_cost[i] = key, risk, d, b, price
                        c_since[i], c_entered[i] = time[j] if d > 0 else start, entered
        for i in range(found):
            at_key[c_key[i]] = -1
        if found == 0:
            return np.zeros((3, 0), np.int64)
        best = np.argsort(c_cost[:found])[:beam]
        size = len(best)
        parents = c_parent[best]
        height[:size], total[:size] = height[parents], total[parents] + c_dead[best]
        for b in range(size):
            i = best[b]
            if c_dead[i] > 0:
                height[b] *= (c_risk[i] - c_dead[i]) / c_risk[i]
            left[b], since[b], inside[b], cost[b] = c_risk[i] - c_dead[i], c_since[i], k, c_cost[i]
            risk_of[j, b], dead_of[j, b], parent_of[j, b] = c_risk[i], c_dead[i], parents[b]
            entered_of[j, b] = c_entered[i]
    chosen, least = -1, inf
    for b in range(size):
        price, m = cost[b], inside[b]
        if m < len(starts) - 1:  # at the end of the study any number may be censored together
            gone = max(left[b] - n_end[m], 0)
            price += misprint if left[b] < n_end[m] else 0.0
            price += _cost(gone, rate[m] * left[b] * (ends[m] - since[b]) + 1e-9, log_factorial)
        if (events < 0 or total[b] == events) and price < least:
            chosen, least = b, price
    path = np.zeros((3, times if chosen >= 0 else 0), np.int64)
    for j in range(path.shape[1] - 1, -1, -1):
        path[0, j], path[1, j], path[2, j] = risk_of[j, chosen], dead_of[j, chosen], entered_of[j, chosen]
        chosen = parent_of[j, chosen]
    return path


@compiled
def _improbability(
    time: Floats,
    risk: Integers,
    dead: Integers,
    interval: Integers,
    starts: Floats,
    ends: Floats,
    n_start: Integers,
    n_end: Integers,
) -> float:
    """Minus the log probability of an explanation, whatever the rates of censoring and the share of ties.

    Censorings are Poisson, of a rate with a vague gamma distribution in each interval; the numbers of events at one
    time are geometric, with any share of ties equally likely. Those censored after the last drop are not counted.
    """
    drops, ties, result, i = 0, 0, 0.0, 0
    for k in range(len(starts)):
        have, since, gone, exposed = n_start[k], starts[k], 0, 0.0
        while i < len(time) and interval[i] == k:
            if dead[i] > 0:
                count, mean = have - risk[i], have * (time[i] - since) + 1e-9 * ends[-1]
                result += lgamma(count + 1.0) - count * log(mean)
                gone, exposed = gone + count, exposed + mean
                drops, ties = drops + 1, ties + dead[i] - 1
                have, since = risk[i] - dead[i], time[i]
            i += 1
        if k < len(starts) - 1:
            count, mean = have - n_end[k], have * (ends[k] - since) + 1e-9 * ends[-1]
            result += lgamma(count + 1.0) - count * log(mean)
            gone, exposed = gone + count, exposed + mean
        few = 0.5 * n_start[0] * ends[-1]
        result += lgamma(0.5) - lgamma(0.5 + gone) + (0.5 + gone) * log(few + exposed) - 0.5 * log(few)
    return float(result - lgamma(1.0 + drops) - lgamma(1.0 + ties) + lgamma(2.0 + drops + ties))


class Explained(NamedTuple):
    """A clean curve in whole numbers: the points, patients at risk and events at each, and what it took."""

    arm: DigitisedArm
    """With the numbers at risk that it took, each at most one off what is printed."""
    time: Floats
    risk: Integers
    dead: Integers
    improbable: float
    """Minus the log of its probability."""

    tolerance: Floats
    """Half the rounding of each height."""

    @property
    def luck(self) -> Floats:
        """About how many fractions round to the height of each drop."""
        return np.asarray(2 * self.tolerance[self.dead > 0] * self.drops[1] ** 2)

    @property
    def precise(self) -> bool:
        """Whether the heights could hardly be explained by other whole numbers."""
        return bool(len(self.luck) and np.median(self.luck) < 0.5)

    @property
    def drops(self) -> tuple[Floats, Integers, Integers]:
        """Time, patients at risk and events of each drop."""
        drop = self.dead > 0
        return self.time[drop], self.risk[drop], self.dead[drop]


def _corrected(arm: DigitisedArm, interval: Integers, path: Integers) -> DigitisedArm:
    """The arm with the numbers at risk of an explanation."""
    risk, dead, entered = path
    n_start, left = arm.n_start.copy(), risk - dead
    n_start[interval[entered >= 0]] = entered[entered >= 0]
    for k in range(1, len(n_start)):
        before = np.searchsorted(interval, k) - 1
        n_start[k] = min(n_start[k], n_start[k - 1], left[before] if before >= 0 else n_start[0])
    return arm.with_at_risk(n_start)


def _steps(arm: DigitisedArm, time: Floats, survival: Floats, tolerance: Floats, misprint: float) -> Explained | None:
    """Patients at risk and events at each time, as whole numbers that explain every height of the curve, else None."""
    interval = arm.interval(time)
    # Those who leave at the time of a number at risk that leaves them out have a moment to be censored in
    ends = arm.ends + (np.diff(time).min() if arm.after and len(time) > 1 else 0.0)
    curve = time, survival, tolerance, interval, arm.starts, ends, arm.n_start, arm.n_end
    likely = censoring_rates(arm)
    none = 0.5 / (arm.n_start[0] * arm.ends[-1]) + 0 * likely
    # Where no number at risk says how many were censored: many, or few and most drops of several events
    first = [(likely, 5.0), *[(none, 0.1)] * bool(arm.n_start[-1] > 0.5 * arm.n_start[0])]
    best = None
    for beam in BEAMS[: 1 if len(time) > CLICKS else 2]:  # so many are known well enough without
        for rates, tie in first:
            for _ in range(2):  # the second time with the share of ties that the first has found
                path = _explain(*curve, rates, tie, misprint, arm.events, *beam)
                if path.shape[1] == 0:
                    break
                dead = path[1]
                tie = log((dead.sum() + 0.1) / (np.maximum(dead - 1, 0).sum() + 0.1))
            else:
                own = _corrected(arm, interval, path)
                cost = _improbability(time, path[0], dead, interval, own.starts, ends, own.n_start, own.n_end)
                cost += MISPRINT * float((own.n_start != arm.n_start).sum())
                if best is None or (cost < best.improbable and np.median(dead[dead > 0]) > 1):
                    best = Explained(own, time, path[0], dead, cost, tolerance)
        if best is not None:
            break
    return best


def _recorded(time: Floats) -> bool:
    """Whether times are those of data kept in steps, as weeks or months: multiples of one, as no clicks are."""
    step = np.diff(time).min() if len(time) > 10 else 0.0
    return bool(step > 0.01 * time[-1] and np.abs(time / step - np.round(time / step)).max() < 0.02)


def _whole_numbers(
    arm: DigitisedArm, time: Floats, survival: Floats, tolerance: Floats
) -> tuple[Explained | None, bool]:
    """Patients at risk and events at each point if whole numbers explain the curve, else None; and whether they would
    explain as well what is no clean curve.

    Raises DataError if they do, but not with these numbers at risk.
    """
    found = _steps(arm, time, survival, tolerance, MISPRINT)
    if found is not None and (found.arm.n_start != arm.n_start).any():
        printed = _steps(arm, time, survival, tolerance, inf)
        if not found.precise or (printed is not None and printed.improbable < found.improbable):
            found = printed  # no proof of a misprint
    if found is not None:
        _, risk, dead = found.drops
        # Rounding so coarse that it explains anything, and clumps of events: monotone clicks rather than every drop
        coarse = len(risk) > 0 and not found.precise and found.dead.mean() > 3 and not _recorded(time)
        if coarse and risk[0] == arm.n_start[0] and (risk[:-1] - dead[:-1] == risk[1:]).all():
            # unless each height is that of a whole number of patients, of whom none is censored
            coarse = (2 * tolerance[found.dead > 0] * arm.n_start[0]).prod() > 0.05
        return found, bool(coarse)
    alone = arm._replace(starts=arm.starts[:1], ends=arm.ends[-1:], n_start=arm.n_start[:1], n_end=arm.n_end[-1:])
    found = _steps(alone._replace(events=-1), time, survival, tolerance, inf)
    if found is not None and found.precise and np.log(np.minimum(found.luck, 1)).sum() < -10:
        check_steps(arm, *found.drops)
    return None, False


def _clean(arm: DigitisedArm, axis: float) -> Read | None:
    """Patients for every step of the curve if it is one without clicks, else None."""
    time, first = np.unique(arm.time, return_index=True)
    survival = np.clip(np.minimum.reduceat(arm.survival, first), 0, 1)  # the lower corner
    tolerance = np.maximum.reduceat(rounding(arm.survival), first)
    if np.any(np.diff(survival) > tolerance[1:] + tolerance[:-1]):
        return None
    unit = 2 * np.median(tolerance) * arm.n_start[0]  # of the last place, in patients
    vague = unit > 10 or unit * len(time) > 10_000  # a search without end for one of many explanations
    found, coarse = (None, False) if vague else _whole_numbers(arm, time, survival, tolerance)
    if coarse:
        try:
            check_clicks(arm, axis)
        except DataError:  # of clicks with these numbers at risk, while whole numbers agree with them
            coarse = False
    if found is None or coarse:
        return from_drops(arm, time, np.minimum.accumulate(survival)) if len(time) > CLICKS else None
    return _patients(found)


def _patients(found: Explained) -> Read:
    """Times and events of an explanation; the censored stand evenly between two drops, or on the marks."""
    arm, (drop, risk, dead) = found.arm, found.drops
    times, interval = [], arm.interval(drop)
    for k, end in enumerate(arm.ends):
        since, have = arm.starts[k], arm.n_start[k]
        for i in np.flatnonzero(interval == k):
            times.append(censoring_times(have - risk[i], since, drop[i], arm.marks))
            since, have = drop[i], risk[i] - dead[i]
        if k < len(arm.ends) - 1:
            times.append(censoring_times(have - arm.n_end[k], since, end, arm.marks))
    censored = np.concatenate([*times, np.zeros(0)])
    together = censored_together(have, since, arm.ends[-1], np.append(np.repeat(drop, dead), censored), censored)
    tail = censoring_times(have - together, since, arm.ends[-1], arm.marks)
    censored = np.concatenate([censored, tail, np.full(together, arm.ends[-1])])
    return Read(
        arm,
        np.append(np.repeat(drop, dead), censored),
        np.repeat([1, 0], [dead.sum(), len(censored)]),
        "every step of a clean curve, told in whole numbers of patients",
        found.improbable if found.precise else inf,
    )


def counted_after(arm: DigitisedArm) -> DigitisedArm:
    """The arm, its numbers at risk being those of patients who leave later than the column's time."""
    starts = np.append(arm.starts[:1], np.nextafter(arm.starts[1:], inf))
    return arm._replace(starts=starts, ends=np.append(starts[1:], max(starts[-1], arm.ends[-1])), after=True)


def clean_arms(arms: list[DigitisedArm], axis: float) -> tuple[list[Read | None], bool]:
    """Each arm's patients if its curve is clean, else None, and whether the table leaves out who leaves at its times.

    Where a curve drops at the time of a number at risk, both ways to count are tried.
    """
    if not any(np.isin(arm.starts[1:], arm.time).any() for arm in arms):
        return [_clean(arm, axis) for arm in arms], False

    def read(arms: list[DigitisedArm]) -> list[Read | None] | DataError:
        try:
            return [_clean(arm, axis) for arm in arms]
        except DataError as problem:
            return problem

    usual, other = read(arms), read([counted_after(arm) for arm in arms])
    if isinstance(other, DataError):
        if isinstance(usual, DataError):
            raise usual
        return usual, False
    if isinstance(usual, DataError):
        return other, True
    costs = [
        [UNEXPLAINED if own is None else min(own.improbable, UNEXPLAINED) for own in way] for way in (usual, other)
    ]
    return (other, True) if sum(costs[1]) < sum(costs[0]) - UNUSUAL else (usual, False)
