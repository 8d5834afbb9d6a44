"""What reading a clean curve and reading clicks have in common.

Where censorings stand when nothing tells their times, and the patients of a curve whose every drop is known but not in
whole numbers: too many, too coarse, or the mean curve of a walk.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats, Integers
from netterbook.methods.scans import mid_quantiles
from netterbook.reconstruction.checks import DigitisedArm

CLICKS = 500
"""No more points than that are clicked by hand, nor needed of a curve that is as inexact."""


class Read(NamedTuple):
    """Patients of one arm, and what its curve was taken for."""

    arm: DigitisedArm
    """With the numbers at risk that the patients meet."""
    time: Floats
    event: Integers
    taken: str
    improbable: float = inf
    """Minus the log of the probability of the whole numbers, where the heights leave hardly a choice of them."""


def rounding(survival: Floats) -> Floats:
    """Half a unit in the last place of each height, by decimals or by significant figures, and a little more.

    >>> rounding(np.array([0.95, 0.912, 0.8777])).round(7)
    array([5.1e-05, 5.1e-05, 5.1e-05])
    """
    size = 10.0 ** np.minimum(np.floor(np.log10(np.where(survival > 0, survival, 1.0))), -1)
    figures = survival / size

    def places(values: Floats, least: int) -> int:
        return next((p for p in range(least, 13) if np.abs(np.round(values, p) - values).max() < 2e-13), 13)

    unit = np.maximum(10.0 ** -places(survival, 2), size * 10.0 ** -places(figures, 1))
    return np.asarray(0.51 * unit + 1e-11)


def censoring_times(count: int, start: float, end: float, marks: Floats) -> Floats:
    """Times of ``count`` censorings from ``start`` to before ``end``: on the marks if any, else even.

    >>> censoring_times(2, 4.0, 8.0, np.zeros(0)).tolist()
    [5.0, 7.0]
    >>> censoring_times(2, 4.0, 8.0, np.array([3.0, 6.5, 9.0])).tolist()
    [6.5, 6.5]
    """
    share = mid_quantiles(count)
    own = marks[slice(*np.searchsorted(marks, [start, end]))]
    if len(own):
        return np.asarray(own[(share * len(own)).astype(int)])
    return np.asarray(np.clip(start + (end - start) * share, start, max(start, np.nextafter(end, 0))))


def censored_together(count: int, since: float, end: float, times: Floats, censored: Floats) -> int:
    """How many of the last ``count`` patients are taken to be censored together, at the end of the curve.

    Staggered entry censors as many in the last stretch as in one of equal length before it, or half of those at risk.
    Fewer before it speak for an end common to all. ``times`` and ``censored`` are those of all who left by ``since``,
    and of the censored among them.

    >>> left = np.array([1.0, 2.0, 3.0, 5.0, 6.0, 7.0])
    >>> censored_together(10, 8.0, 12.0, left, left[:0]), censored_together(10, 8.0, 12.0, left, left)
    (9, 5)
    """
    if count == 0:
        return 0
    before = max(2 * since - end, 0.0)
    if since <= before:
        return 1 if end > since else count
    at_risk = (times >= before).sum() + count
    share = 2 * ((censored >= before).sum() + 1) / (at_risk + 2) * (end - since) / (since - before)
    return count - round(float(min(share, 1)) * (count - 1))


def _whole(parts: Floats, limits: Integers, total: int) -> Integers:
    """Whole numbers near ``parts``, none above its limit, that add up to ``total``."""
    whole = np.floor(parts).astype(np.int64)
    while (short := total - whole.sum()) != 0:
        room = whole < limits if short > 0 else whole > 0
        k = np.argmax(np.where(room, np.sign(short) * (parts - whole), -inf))
        whole[k] += np.sign(short)
    return whole


def whole_events(arm: DigitisedArm, parts: Floats) -> Integers:
    """Whole numbers of events in each interval near ``parts``: as many as are given, else as these add up to.

    >>> counts = np.array([10, 6]), np.array([6, 0])
    >>> arm = DigitisedArm("A", *np.array([[5.0], [0.6]]), *np.array([[0.0, 4.0], [4.0, 9.0]]), *counts, 5, np.zeros(0))
    >>> whole_events(arm, np.array([1.6, 2.3])), whole_events(arm._replace(events=-1), np.array([1.6, 2.3]))
    (array([2, 3]), array([2, 2]))
    """
    return _whole(parts, arm.lost, arm.events if arm.events >= 0 else round(parts.sum()))


def event_then_censored(dead: Integers, censored: Integers) -> Integers:
    """1 for each event and 0 for each censoring, interval by interval, events first.

    >>> event_then_censored(np.array([2, 1]), np.array([1, 0]))
    array([1, 1, 0, 1])
    """
    return np.asarray(np.repeat(np.tile([1, 0], len(dead)), np.stack([dead, censored], 1).ravel()))


def censoring_rates(arm: DigitisedArm) -> Floats:
    """Censorings a patient and unit of time in each interval.

    That of the last is kept low: most of its patients may be censored together at the end of the study.
    """
    censored = arm.lost - arm.deaths() + 0.5
    person_time = (arm.n_start + arm.n_end + 1) / 2 * np.maximum(arm.ends - arm.starts, 1e-9 * arm.ends[-1])
    rates = np.asarray(censored / person_time)
    if len(rates) > 1:
        rates[-1] = min(rates[-1], 3 * censored[:-1].sum() / person_time[:-1].sum())
    return rates


def from_drops(arm: DigitisedArm, time: Floats, survival: Floats) -> Read:
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
    hazard[-1] = censoring_rates(arm)[-1] * length[-1]
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
    dead = whole_events(arm, parts)
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
        times.append(at[np.searchsorted(died, mid_quantiles(dead[k]) * died[-1])])
        if gone[-1] > 0 and not len(arm.marks):
            times.append(np.minimum(np.interp(mid_quantiles(censored[k]) * gone[-1], gone, at), np.nextafter(end, 0)))
        else:
            times.append(censoring_times(censored[k], start, end, arm.marks))
    return Read(
        arm,
        np.append(np.concatenate(times), np.full(together, arm.ends[-1])),
        np.append(event_then_censored(dead, censored), np.zeros(together, np.int64)),
        "every step of a clean curve, too fine to tell whole numbers of patients",
    )
