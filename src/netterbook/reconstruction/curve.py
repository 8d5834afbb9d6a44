"""Individual patients from a digitised Kaplan–Meier curve and the numbers at risk below it.

Between two numbers at risk so many patients are lost, each by an event or a censoring: put in order, the i-th leaves
from exactly ``n - i`` at risk, so the curve follows from which of them are events. Two kinds of curve are told apart:

- Clean, as from a vector figure: every drop with its time. A drop is ``(n - d) / n`` with whole numbers, which the
  coordinates mostly determine; a beam search finds the likeliest numbers for the whole curve. Where thousands of
  patients leave too little of the coordinates to tell them, the drops are events among the likely number at risk.
- Clicked by hand: heights and times are blurred. A Metropolis walk through all sets of patients that meet the numbers
  at risk (and the events, if given) weighs each by how well its steps explain the clicks; the result is the mean set.

No step changes with the unit of time.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.compiled import compiled
from netterbook.reconstruction.checks import (
    FAR,
    DigitisedArm,
    Totals,
    check_fit,
    check_numbers_at_risk,
    check_points,
    check_steps,
    check_table,
    check_totals,
    distances,
    falling,
)
from netterbook.reconstruction.result import Reconstruction

BEAM = 128
WALK_STEPS = 150_000
WALK_SEED = 1
BINS = 1000
"""Bins of the longest arm's follow-up in the walk, each narrower than a click's usual error."""
CLICKS = 500
"""No more points than that are clicked by hand, nor needed of a curve that is as inexact."""
SEED_SPREAD = {True: (0.01, 0.03), False: (0.03, 0.07)}
"""Standard deviation of the log hazard ratio over seeds of the walk, as a share of its standard error, by whether the
events are known: median and 90th percentile over trials (``benchmarks/curve_accuracy.py`` measures it)."""
FINE = 32
BELL = np.exp(-0.5 * np.arange(64 * FINE) / FINE) + 1e-3 / (1 + np.arange(64 * FINE) / FINE)
"""Density of a click's error, not scaled, by its square in steps of 1 / ``FINE``."""
CLICK_ERROR = 0.0005, 0.02
"""Least and greatest error of a click that is believed, as a share of either axis."""


def _share(count: int) -> Floats:
    """Middles of ``count`` equal parts of 1."""
    return (np.arange(count) + 0.5) / max(count, 1)


def _spread(count: int, start: float, end: float, marks: Floats) -> Floats:
    """Times of ``count`` censorings from ``start`` to before ``end``: on the marks if any, else even."""
    share = _share(count)
    own = marks[slice(*np.searchsorted(marks, [start, end]))]
    return own[(share * len(own)).astype(int)] if len(own) else start + (end - start) * share


class Read(NamedTuple):
    """Patients of one arm, and what its curve was taken for."""

    time: Floats
    event: Integers
    taken: str


# A clean curve


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
    events: int,
    beam: int,
) -> Integers:
    """Patients at risk and events at each time, as whole numbers that give the curve to within ``tolerance``.

    Of all explanations that the beam holds, the likeliest: ``rate`` censorings a patient and unit of time, a cost
    ``tie`` for each further event at one time. Empty if there is none.
    """
    times, n = len(time), n_start[0]
    risk_of, dead_of = np.zeros((times, beam), np.int32), np.zeros((times, beam), np.int32)
    parent_of = np.zeros((times, beam), np.int32)
    # The beam: patients left, events so far, height, and since when censorings are counted, in which interval
    left, total, inside = np.zeros(beam, np.int64), np.zeros(beam, np.int64), np.zeros(beam, np.int64)
    height, since, cost = np.ones(beam), np.zeros(beam), np.zeros(beam)
    left[0], size = n, 1
    log_factorial = np.array([lgamma(count + 1.0) for count in range(n + 1)])
    # Candidates are told apart by patients left and, roughly, events so far
    keys = 8 * (n + 1)
    at_key = np.full(keys, -1, np.int64)
    c_risk, c_dead, c_parent = np.zeros(keys, np.int64), np.zeros(keys, np.int64), np.zeros(keys, np.int64)
    c_cost, c_key, c_since = np.zeros(keys), np.zeros(keys, np.int64), np.zeros(keys)
    for j in range(times):
        k, found = interval[j], 0
        low, high = survival[j] - tolerance[j], survival[j] + tolerance[j]
        for b in range(size):
            have, start, paid = left[b], since[b], cost[b]
            if inside[b] < k:  # the rest of that interval was censored
                m = inside[b]
                paid += _cost(have - n_end[m], rate[m] * have * (ends[m] - start) + 1e-9, log_factorial)
                have, start = n_start[k], starts[k]
            mean = rate[k] * have * (time[j] - start) + 1e-9
            for d in range(have - n_end[k] + 1):
                if d == 0:
                    if not low <= height[b] <= high:
                        continue
                    first = last = have
                else:
                    if low >= height[b]:
                        break
                    first = max(int(np.ceil(d / (1 - low / height[b]) - 1e-9)), d + n_end[k])
                    last = have if high >= height[b] else min(have, int(d / (1 - high / height[b]) + 1e-9))
                    if time[j] <= start:
                        first = max(first, have)
                    if first > have:
                        break
                likely = min(max(have - int(mean), first), last)  # no farther from it than the beam can hold
                for risk in range(max(first, likely - beam), min(last, likely + beam) + 1):
                    price = paid + (_cost(have - risk, mean, log_factorial) + tie * (d - 1) if d > 0 else 0.0)
                    key = (risk - d) * 8 + (total[b] + d) % 8
                    i = at_key[key]
                    if i < 0:
                        i = at_key[key] = found
                        found += 1
                    elif c_cost[i] <= price:
                        continue
                    c_key[i], c_risk[i], c_dead[i], c_parent[i], c_cost[i] = key, risk, d, b, price
                    c_since[i] = time[j] if d > 0 else start
        for i in range(found):
            at_key[c_key[i]] = -1
        if found == 0:
            return np.zeros((2, 0), np.int64)
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
    chosen, least = -1, inf
    for b in range(size):
        price, m = cost[b], inside[b]
        if m < len(starts) - 1:  # at the end of the study any number may be censored together
            price += _cost(left[b] - n_end[m], rate[m] * left[b] * (ends[m] - since[b]) + 1e-9, log_factorial)
        if (events < 0 or total[b] == events) and price < least:
            chosen, least = b, price
    path = np.zeros((2, times if chosen >= 0 else 0), np.int64)
    for j in range(path.shape[1] - 1, -1, -1):
        path[0, j], path[1, j] = risk_of[j, chosen], dead_of[j, chosen]
        chosen = parent_of[j, chosen]
    return path


def _censoring_rates(arm: DigitisedArm) -> Floats:
    """Censorings a patient and unit of time in each interval.

    That of the last is kept low: most of its patients may be censored together at the end of the study.
    """
    censored = arm.lost - arm.deaths() + 0.5
    person_time = (arm.n_start + arm.n_end + 1) / 2 * np.maximum(arm.ends - arm.starts, 1e-9 * arm.ends[-1])
    rates = np.asarray(censored / person_time)
    if len(rates) > 1:
        rates[-1] = min(rates[-1], 3 * censored[:-1].sum() / person_time[:-1].sum())
    return rates


def _rounding(survival: Floats) -> Floats:
    """Half a unit in the last place of each height, by decimals or by significant figures, and a little more."""
    size = 10.0 ** np.floor(np.log10(np.where(survival > 0, survival, 1.0)))
    figures = survival / size

    def places(values: Floats, least: int) -> int:
        return next((p for p in range(least, 13) if np.abs(np.round(values, p) - values).max() < 2e-13), 13)

    unit = np.maximum(10.0 ** -places(survival, 2), size * 10.0 ** -places(figures, 1))
    return np.asarray(0.51 * unit + 1e-11)


def _steps(arm: DigitisedArm, time: Floats, survival: Floats, tolerance: Floats) -> tuple[Integers, Integers] | None:
    """Patients at risk and events at each time, as whole numbers that explain every height of the curve, else None."""
    intervals = arm.starts, arm.ends, arm.n_start, arm.n_end
    interval = np.searchsorted(arm.starts, time, side="right") - 1
    rates = _censoring_rates(arm)
    tie = 5.0
    for _ in range(2):  # the second time with the share of ties that the first has found
        risk, dead = _explain(time, survival, tolerance, interval, *intervals, rates, tie, arm.events, BEAM)
        if len(dead) == 0:
            return None
        tie = log((dead.sum() + 0.1) / (np.maximum(dead - 1, 0).sum() + 0.1))
    return risk, dead


def _whole_numbers(
    arm: DigitisedArm, time: Floats, survival: Floats, tolerance: Floats
) -> tuple[Floats, Integers, Integers] | None:
    """Time, patients at risk and events of each drop if whole numbers explain the curve, else None.

    Raises DataError if they do, but not with these numbers at risk.
    """

    def drops(risk: Integers, dead: Integers) -> tuple[Booleans, Integers, Integers, Floats]:
        drop = dead > 0
        luck = 2 * tolerance[drop] * risk[drop] ** 2  # about how many fractions round to each height
        return drop, risk[drop], dead[drop], luck

    found = _steps(arm, time, survival, tolerance)
    if found is not None:
        drop, risk, dead, luck = drops(*found)
        # Rounding so coarse that it explains anything, and clumps of events: monotone clicks rather than every drop
        return None if drop.any() and np.median(luck) > 0.5 and dead.mean() > 3 else (time[drop], risk, dead)
    alone = arm._replace(starts=arm.starts[:1], ends=arm.ends[-1:], n_start=arm.n_start[:1], n_end=arm.n_end[-1:])
    found = _steps(alone._replace(events=-1), time, survival, tolerance)
    if found is not None:
        drop, risk, dead, luck = drops(*found)
        if drop.any() and np.median(luck) < 0.5 and np.log(np.minimum(luck, 1)).sum() < -10:
            check_steps(arm, time[drop], risk, dead)
    return None


def _clean(arm: DigitisedArm) -> Read | None:
    """Patients for every step of the curve if it is one without clicks, else None."""
    time, first = np.unique(arm.time, return_index=True)
    survival = np.clip(np.minimum.reduceat(arm.survival, first), 0, 1)  # the lower corner
    tolerance = np.maximum.reduceat(_rounding(arm.survival), first)
    if np.any(np.diff(survival) > tolerance[1:] + tolerance[:-1]):
        return None
    unit = 2 * np.median(tolerance) * arm.n_start[0]  # of the last place, in patients
    vague = unit > 10 or unit * len(time) > 10_000  # a search without end for one of many explanations
    found = None if vague else _whole_numbers(arm, time, survival, tolerance)
    if found is None:
        return _dense(arm, time, np.minimum.accumulate(survival)) if len(time) > CLICKS else None
    drop, risk, dead = found
    times, since, have, k = [], 0.0, arm.n_start[0], 0
    interval = np.searchsorted(arm.starts, drop, side="right") - 1
    for at, at_risk, d, own in zip(drop, risk, dead, interval, strict=True):
        while k < own:
            times.append(_spread(have - arm.n_end[k], since, arm.ends[k], arm.marks))
            k += 1
            since, have = arm.starts[k], arm.n_start[k]
        times.append(_spread(have - at_risk, since, at, arm.marks))
        since, have = at, at_risk - d
    while k < len(arm.starts) - 1:
        times.append(_spread(have - arm.n_end[k], since, arm.ends[k], arm.marks))
        k += 1
        since, have = arm.starts[k], arm.n_start[k]
    censored = np.concatenate([*times, np.zeros(0)])
    together = _together(have, since, arm.ends[-1], np.append(np.repeat(drop, dead), censored), censored)
    tail = _spread(have - together, since, arm.ends[-1], arm.marks)
    censored = np.concatenate([censored, tail, np.full(together, arm.ends[-1])])
    return Read(
        np.append(np.repeat(drop, dead), censored),
        np.repeat([1, 0], [dead.sum(), len(censored)]),
        "every step of a clean curve, told in whole numbers of patients",
    )


def _dense(arm: DigitisedArm, time: Floats, survival: Floats) -> Read:
    """Patients of a curve of which every drop is known, but too many or too coarse to tell whole numbers.

    The number at risk falls with the curve and by censoring, of a rate that goes with a power of the time since the
    last number at risk: a constant rate, or the power that gives the events.
    """
    first = np.append(np.searchsorted(time, arm.starts), len(time))
    before, edge = np.append(1.0, survival[:-1]), np.append(1.0, survival)[first]
    drop = 1 - survival / np.maximum(before, 1e-12)
    fall = edge[1:] / np.maximum(edge[:-1], 1e-12)
    length = np.maximum(arm.ends - arm.starts, 1e-12 * arm.ends[-1])
    hazard = -np.log(np.clip(np.maximum(arm.n_end, 0.5) / np.maximum(arm.n_start * fall, 0.5), 1e-12, 1))
    hazard[-1] = _censoring_rates(arm)[-1] * length[-1]
    own = np.repeat(np.arange(len(hazard)), np.diff(first))
    power = 1.0

    def censoring(k: int | Integers, at: Floats) -> Floats:
        """Cumulative hazard of censoring since the last number at risk; in the end it may fall short or exceed."""
        last = np.where(k == len(hazard) - 1, power, 1.0)
        return np.asarray(hazard[k] / last * ((at - arm.starts[k]) / length[k]) ** power)

    def at_risk() -> Floats:
        return np.asarray(arm.n_start[own] * before / np.maximum(edge[own], 1e-12) * np.exp(-censoring(own, time)))

    if arm.events >= 0:
        low, high = 1e-3, 1e3
        for _ in range(50):
            power = (low * high) ** 0.5
            low, high = (low, power) if at_risk() @ drop > arm.events else (power, high)
    risk = at_risk()
    parts = np.minimum(np.bincount(own, risk * drop, len(hazard)), arm.lost)
    dead = _whole(parts, arm.lost, arm.events if arm.events >= 0 else round(parts.sum()))
    censored = arm.lost - dead
    together = round(arm.n_start[-1] * fall[-1] * float(np.exp(-censoring(len(hazard) - 1, arm.ends[-1]))))
    together = min(max(together, 1), censored[-1])
    censored[-1] -= together

    times = []
    for k, (start, end) in enumerate(zip(arm.starts, arm.ends, strict=True)):
        part = slice(first[k], first[k + 1])
        at = np.concatenate([[start], time[part], [end]])
        died = np.append(0.0, np.cumsum(risk[part] * drop[part]))
        left = np.append(arm.n_start[k], risk[part] * (1 - drop[part]))
        gone = np.append(0.0, np.cumsum(-left * np.expm1(-np.diff(censoring(k, at)))))
        times.append(at[np.searchsorted(died, _share(dead[k]) * died[-1])])
        if gone[-1] > 0 and not len(arm.marks):
            times.append(np.minimum(np.interp(_share(censored[k]) * gone[-1], gone, at), np.nextafter(end, 0)))
        else:
            times.append(_spread(censored[k], start, end, arm.marks))
    event = np.repeat(np.tile([1, 0], len(dead)), np.stack([dead, censored], 1).ravel())
    return Read(
        np.append(np.concatenate(times), np.full(together, arm.ends[-1])),
        np.append(event, np.zeros(together, np.int64)),
        "every step of a clean curve, too fine to tell whole numbers of patients",
    )


def _together(count: int, since: float, end: float, times: Floats, censored: Floats) -> int:
    """How many of the last ``count`` patients are taken to be censored together, at the end of the curve.

    Staggered entry censors as many in the last stretch as in one of equal length before it, or half of those at risk.
    Fewer before it speak for an end common to all.
    """
    if count == 0:
        return 0
    before = max(2 * since - end, 0.0)
    if since <= before:
        return 1 if end > since else count
    at_risk = (times >= before).sum() + count
    share = 2 * ((censored >= before).sum() + 1) / (at_risk + 2) * (end - since) / (since - before)
    return count - round(float(min(share, 1)) * (count - 1))


# Noisy clicks


@compiled
def _weigh(
    first: int,
    drops: int,
    drop: Integers,
    height: Floats,
    corner: float,
    window: Integers,
    level: Floats,
    lower: Floats,
    clicks: Floats,
    error: float,
    fit: Floats,
) -> None:
    """Log-likelihood, into ``fit``, of each click that bin ``first`` or a later one may explain.

    A click was meant for a point anywhere on the curve (``level``, the probability of bins before each) or, ``corner``
    times as likely, for the lower corner of a drop (``lower``). The tail of the error is heavy, for clicks gone astray.
    """
    span, fine, k = lower.shape[1], FINE / error**2, 0
    for i in range(len(clicks)):
        start = window[i]
        if start + span <= first:
            continue
        while k < drops and drop[k] <= start:
            k += 1
        h = height[k - 1] if k > 0 else 1.0
        mass = corner * lower[i, 0] if k > 0 and drop[k - 1] == start else 0.0
        total, m, before, more = 0.0, k, 0.0, True
        while more:
            more = m < drops and drop[m] < start + span
            after = level[i, drop[m] - start if more else span]
            z2 = fine * (clicks[i] - h) ** 2
            j = int(z2)
            bell = BELL[j] + (z2 - j) * (BELL[j + 1] - BELL[j]) if j < len(BELL) - 1 else 1e-3 / (1 + z2 / FINE)
            total += (mass + after - before) * bell
            if more:
                h, mass, before = height[m], corner * lower[i, drop[m] - start], after
                m += 1
        fit[i] = log(total + 1e-300) - log(error)


@compiled
def _walk(  # noqa: C901
    rng: np.random.Generator,
    place: Integers,
    event: Integers,
    block: Integers,
    first_bin: Integers,
    last_bin: Integers,
    fixed: int,
    free: bool,
    window: Integers,
    level: Floats,
    lower: Floats,
    clicks: Floats,
    error: float,
    bins: int,
    steps: int,
) -> tuple[Floats, Floats]:
    """Mean number of events and of losses in each bin over a Metropolis walk through the possible patients.

    ``place``, ``event`` and ``block`` are each patient's bin, event and interval. A patient moves within the interval
    (the last ``fixed`` only while events), or an event changes places with a censoring; if ``free``, an event may
    become a censoring or the reverse. All numbers of events in an interval are equally likely beforehand, and all
    times, but those ``fixed`` are censored in the last bin.
    """
    n, intervals = len(place), len(first_bin)
    gone, dead = np.bincount(place, minlength=bins), np.bincount(place[event == 1], minlength=bins)
    losses, events = np.bincount(block, minlength=intervals), np.bincount(block[event == 1], minlength=intervals)
    price = np.zeros(n)  # of an event at one time, where a censoring has no choice
    price[n - fixed :] = log(bins)
    left = n - np.cumsum(gone) + gone  # at the start of each bin
    drops, drop, height = 0, np.zeros(bins, np.int64), np.ones(bins)
    new_drop, new_height = drop.copy(), height.copy()
    fit, new_fit = np.zeros(len(clicks)), np.zeros(len(clicks))
    mean_dead, mean_gone, kept = np.zeros(bins), np.zeros(bins), 0
    final, corner, current = error, 10.0, 0.0
    burn = max(steps // 3, 1)
    for step in range(-1, steps + 1):
        # Steps much higher than the clicks' error would hold the walk where it starts, so the error shrinks to its size
        if step <= burn:
            error = max(final, (1.0 / n) ** (1 - min(1.2 * step / burn, 1.0)) * final ** min(1.2 * step / burn, 1.0))
        elif step % 10 == 0:
            mean_dead += dead
            mean_gone += gone
            kept += 1
        kind, p, q = rng.random(), int(rng.integers(0, n)), -1
        old = new = place[p]
        gain, change, new_corner = 0.0, 0, corner
        if step < 0 or step % 100 == 0:
            first = 0
            new_corner = min(max(corner * exp(0.5 * rng.normal()), 0.01), 1000.0)
        elif kind < 0.65:
            low, high = first_bin[block[p]], last_bin[block[p]]
            if kind < 0.15:
                new = rng.integers(low, high + 1)
            else:
                new = old + int(np.round(rng.normal() * 10 ** (2 * rng.random() - 0.3)))
            if new < low or new > high or new == old or (p >= n - fixed and event[p] == 0):
                continue
            first = min(old, new)
            gone[old] -= 1
            gone[new] += 1
            left[first + 1 : max(old, new) + 1] += 1 if new > old else -1
            change = -event[p]
        elif kind < 0.95 or not free:
            q = int(rng.integers(0, n))
            new = place[q]
            dying = p if event[p] == 1 else q
            if event[p] == event[q] or old == new or (dying >= n - fixed and place[dying] != bins - 1):
                continue
            first = min(old, new)
            change = event[q] - event[p]
            gain = change * (price[q] - price[p])
            if block[p] != block[q]:
                up, down = (block[q], block[p]) if event[p] == 1 else (block[p], block[q])
                gain += log((events[up] + 1) / (losses[up] - events[up]))
                gain += log((losses[down] - events[down] + 1) / events[down])
        else:
            if p >= n - fixed and old != bins - 1:
                continue
            first, k = old, block[p]
            change = 1 - 2 * event[p]
            d = events[k] - event[p]  # the fewer of the two numbers of events
            gain = change * (log((d + 1) / (losses[k] - d)) - price[p])
        dead[old] += change
        if new != old:
            dead[new] -= change
        new_drops = int(np.searchsorted(drop[:drops], first))
        new_drop[:new_drops], new_height[:new_drops], new_fit[:] = drop[:new_drops], height[:new_drops], fit
        h = height[new_drops - 1] if new_drops > 0 else 1.0
        for b in range(first, bins):
            if dead[b] > 0:
                h *= (left[b] - dead[b]) / left[b]
                new_drop[new_drops], new_height[new_drops] = b, h
                new_drops += 1
        _weigh(first, new_drops, new_drop, new_height, new_corner, window, level, lower, clicks, error, new_fit)
        proposed = new_fit.sum() - len(clicks) * log(1 + new_corner * new_drops / bins)
        if step < 0 or log(1 - rng.random()) < proposed - current + gain:
            current, corner = proposed, new_corner
            fit, new_fit = new_fit, fit
            drops, drop, new_drop, height, new_height = new_drops, new_drop, drop, new_height, height
            if q >= 0:
                events[block[p]] += change
                events[block[q]] -= change
                event[p], event[q] = event[q], event[p]
            elif new != old:
                place[p] = new
            elif change != 0:
                events[block[p]] += change
                event[p] += change
        else:
            dead[old] -= change
            if new != old:
                dead[new] += change
                if q < 0:
                    gone[old] += 1
                    gone[new] -= 1
                    left[first + 1 : max(old, new) + 1] -= 1 if new > old else -1
        if step <= burn and step % 100 == 0:  # the error has shrunk
            _weigh(0, drops, drop, height, corner, window, level, lower, clicks, error, fit)
            current = fit.sum() - len(clicks) * log(1 + corner * drops / bins)
    return mean_dead / kept, mean_gone / kept


def _click_error(arms: list[DigitisedArm], axis: float) -> float:
    """Standard deviation of a click as a share of either axis, taken as alike: from where the clicks rise.

    What an error in time does to the height grows with the slope; the falling fit hides part of either.
    """
    misses = []
    for arm in arms:
        smooth, near = falling(arm.survival), 0.05 * axis
        slope = np.interp(arm.time - near, arm.time, smooth) - np.interp(arm.time + near, arm.time, smooth)
        misses.append(np.abs(arm.survival - smooth) / np.hypot(1, slope / 0.1))
    seen = np.concatenate(misses)
    seen = seen[seen > 1e-9]
    return float(np.clip(1.7 * np.median(seen), *CLICK_ERROR)) if len(seen) else 2 * CLICK_ERROR[0]


def _whole(parts: Floats, limits: Integers, total: int) -> Integers:
    """Whole numbers near ``parts``, none above its limit, that add up to ``total``."""
    whole = np.floor(parts).astype(np.int64)
    while (short := total - whole.sum()) != 0:
        room = whole < limits if short > 0 else whole > 0
        k = np.argmax(np.where(room, np.sign(short) * (parts - whole), -inf))
        whole[k] += np.sign(short)
    return whole


def _noisy(arm: DigitisedArm, error: float, axis: float) -> Read:
    """Times and events of the mean patients that explain the clicks; ``axis`` is the length of the time axis."""
    if len(arm.time) > CLICKS:
        some = np.linspace(0, len(arm.time) - 1, CLICKS).round().astype(int)
        arm = arm._replace(time=arm.time[some], survival=arm.survival[some])
    n, tmax, lost, width = arm.n_start[0], arm.ends[-1], arm.lost, axis / BINS
    order = np.arange(len(lost) + 1)  # at least one bin an interval
    edges = np.maximum.accumulate(np.round(np.append(arm.starts, tmax) / width).astype(np.int64) - order) + order
    bins = int(edges[-1])

    # A first guess: events as the smoothed curve falls, censorings evenly, in the end together if few were before
    deaths = arm.deaths()
    dead = _whole(deaths, lost, arm.events if arm.events >= 0 else round(deaths.sum()))
    earlier = np.repeat(arm.starts[:-1], lost[:-1] - dead[:-1])
    fixed = _together(lost[-1], arm.starts[-1], tmax, np.repeat(arm.starts[:-1], lost[:-1]), earlier)
    fixed = min(fixed, lost[-1] - dead[-1])
    time, height = np.append(0.0, arm.time), np.append(1.0, falling(arm.survival))
    guessed = []
    for k in range(len(lost)):
        x = np.linspace(arm.starts[k], arm.ends[k], 101)
        fallen = -np.interp(x, time, height) + 1e-9 * np.arange(101)
        when = np.interp(fallen[0] + _share(dead[k]) * (fallen[-1] - fallen[0]), fallen, x)
        guessed.append(np.clip((when / width).astype(np.int64), edges[k], edges[k + 1] - 1))
        guessed.append(edges[k] + (_share(lost[k] - dead[k]) * (edges[k + 1] - edges[k])).astype(np.int64))
    place = np.concatenate(guessed)
    place[n - fixed :] = bins - 1
    event = np.repeat(np.tile([1, 0], len(lost)), np.stack([dead, lost - dead], 1).ravel())
    block = np.repeat(np.arange(len(lost)), lost)

    # For each click the bins it may have been meant for
    spread = error * axis
    reach = int(np.ceil(3.5 * spread / width))
    span = min(2 * reach + 1, bins)
    window = np.clip((arm.time / width).astype(np.int64) - reach, 0, bins - span)
    bounds = ((window[:, None] + np.arange(span + 1)) * width - arm.time[:, None]) / spread
    level = norm.cdf(bounds) - norm.cdf(bounds[:, :1])
    lower = norm.pdf(bounds[:, :-1]) * width / spread
    patients = place, event, block, edges[:-1], edges[1:] - 1, fixed, arm.events < 0
    clicks = window, level, lower, arm.survival, error
    mean_dead, mean_gone = _walk(np.random.default_rng(WALK_SEED), *patients, *clicks, bins, WALK_STEPS)

    # The i-th event of the mean set is where the mean number of events passes i - 1/2; so with censorings
    parts, past = [], [0, 0]
    grid = (np.arange(bins + 1) - 0.5) * width
    counts = [np.append(0, np.cumsum(mean)) + 1e-9 * np.arange(bins + 1) for mean in (mean_gone - mean_dead, mean_dead)]
    for k, end in enumerate(arm.ends):
        dead_by = int(counts[1][edges[k + 1]] + 0.5)
        latest = np.nextafter(end, 0) if k < len(lost) - 1 else end
        for kind, upto in ((1, dead_by), (0, n - arm.n_end[k] - dead_by)):
            part = slice(edges[k], edges[k + 1] + 1)
            when = np.interp(np.arange(past[kind], upto) + 0.5, counts[kind][part], grid[part])
            if kind == 0 and ((arm.marks >= arm.starts[k]) & (arm.marks < end)).any():
                when = _spread(len(when), arm.starts[k], end, arm.marks)
            parts.append((np.clip(when, arm.starts[k], latest), np.full(len(when), kind)))
            past[kind] = upto
    times, events = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if lost[-1]:
        times[(events == 0) & (times >= grid[-2]) & (times >= arm.starts[-1])] = tmax
        times[np.argmax(times)] = tmax
    return Read(times, events, f"clicks by hand that err by about {error:.1%} of either axis")


# All arms


def _notes(totals: Totals, arm: DigitisedArm, read: Read) -> list[str]:
    """How far the patients' curve is from the points, and what was taken for want of an input."""
    far = np.abs(distances(arm, read.time, read.event))
    near = "all within 0.001"
    if far.max() >= 0.001:
        near = f"up to {far.max():.3f} (at time {arm.time[far.argmax()]:.4g}), on average {far.mean():.3f}"
    end, empty = arm.ends[-1], arm.starts[arm.n_start == 0]
    together = int(((read.time == end) & (read.event == 0)).sum())
    taken = [f"{read.event.sum()} events"] * (arm.events < 0)
    if end - arm.starts[-1] > 1.5 * max(np.diff(arm.starts), default=0):
        taken.append(f"numbers at risk after time {arm.starts[-1]:g}")
    taken += ["the times of censoring"] * (not len(arm.marks) and 0 in read.event)
    taken += [f"{together} patients censored together at the end"] * (together > 1)
    if np.isnan(totals.tmax):
        last = "last point" if end == arm.time[-1] else "last number at risk"
        taken.append(f"the end of the curve at time {end:.4g}, its {last}")
    notes = [
        f"Arm {arm.name}: its {len(far)} points are taken for {read.taken}. Distance of the points from the patients' "
        f"curve, in survival: {near}."
    ]
    if taken:
        notes.append(f"Arm {arm.name}: guessed, as not given: {'; '.join(taken)}.")
    if len(empty) and empty[0] < end:
        notes.append(f"Arm {arm.name}: nobody is at risk from time {empty[0]:g} on; the curve is taken to end by then.")
    return notes


def from_curve(
    curve: pd.DataFrame, at_risk: pd.DataFrame, arms: pd.DataFrame, *, censor_marks: pd.DataFrame | None = None
) -> Reconstruction:
    """Patients whose Kaplan–Meier curves are the digitised ones.

    Their number, the numbers at risk (patients whose time is that or later) and given events are met exactly.

    Parameters
    ----------
    curve : columns arm, time, survival (fraction). All corners of a vector figure, or clicks, which may rise.
    at_risk : columns arm, time, n_risk, as printed; may be empty.
    arms : columns arm, n and, if known, events and tmax, the end of the drawn curve (else its last point).
    censor_marks : columns arm, time. Those censored are put on the marks, several on one where marks overlap.

    Returns
    -------
    One set of patients, by arm and time, in the unit of the curve.

    Raises
    ------
    DataError
        If a column, an arm or a value is missing or impossible, or the inputs contradict each other.

    >>> curve = pd.DataFrame({"arm": "A", "time": [2, 5, 7], "survival": [0.9, 0.7714, 0.5786]})
    >>> at_risk = pd.DataFrame({"arm": "A", "time": [0, 6], "n_risk": [10, 4]})
    >>> from_curve(curve, at_risk, pd.DataFrame({"arm": ["A"], "n": [10], "tmax": [9]})).event[0].tolist()
    [1, 0, 0, 1, 0, 0, 1, 0, 0, 0]
    """
    totals = check_totals(at_risk, arms)
    check_table(curve, "curve", "arm time survival", arms)
    if censor_marks is not None:
        check_table(censor_marks, "censor_marks", "arm time", arms)
    checked = [
        check_points(own, *(t if t is None else t[t["arm"] == own.arm] for t in (curve, censor_marks)))
        for own in totals
    ]
    clean = [_clean(arm) for arm in checked]
    axis = max(arm.ends[-1] for arm in checked)
    noisy = [arm for arm, read in zip(checked, clean, strict=True) if read is None]
    error = _click_error(noisy, axis) if noisy else 0.0
    for arm in checked:
        check_numbers_at_risk(arm, axis, max(FAR, 4 * error))
    parts, notes = [], []
    for own, arm, read in zip(totals, checked, clean, strict=True):
        read = read or _noisy(arm, error, axis)
        check_fit(arm, read.time, read.event)
        notes += _notes(own, arm, read)
        order = np.lexsort((1 - read.event, read.time))
        parts.append((np.full(len(order), arm.name), read.time[order], read.event[order]))
    if noisy:
        usual, much = SEED_SPREAD[all(arm.events >= 0 for arm in noisy)]
        found = " and ".join(str(arm.name) for arm in noisy)
        notes.append(
            f"A random walk found the patients of arm {found}. Another seed would move a log hazard ratio by about "
            f"{usual:.0%} of its standard error, in one trial of ten by {much:.0%}."
        )
    name, time, event = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    given = ["curve", *["at_risk"] * (len(at_risk) > 0), *["censor_marks"] * (censor_marks is not None)]
    given += [f"events{own.arm}" for own in totals if own.events >= 0]
    given += [f"tmax{own.arm}" for own in totals if not np.isnan(own.tmax)]
    return Reconstruction(time[None], event[None].astype(np.int64), name, tuple(given), 1, tuple(notes))
