"""Printed summaries of survival, as windows that patients must fall into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import inf, log, nan, sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from netterbook.arrays import Integers
from netterbook.reconstruction.constraints import (
    CENSORED,
    COUNT,
    CURVE_ERROR,
    ERROR,
    FOLLOWED,
    HR,
    LOG,
    LOG_LOG,
    LOG_RANK,
    MEAN,
    MEANS,
    OBSERVED,
    PLAIN,
    QUANTILE,
    SURVIVAL,
    CurveWindows,
    RatioWindows,
)
from netterbook.reconstruction.given import COUNTS, FOLLOW_UPS, TIMES, Given
from netterbook.reconstruction.lattice import Lattice

SCALES = {"log-log": LOG_LOG, "plain": PLAIN, "log": LOG}
_CLEAR = 1e-9  # above one half lies a curve whose median is not reached
_SPREAD_WEIGHT = 10.0  # the number of events behind a rate has to be right before the rate can be


def _log_minus_log(survival: float) -> float:
    return inf if survival <= 0 else (-inf if survival >= 1 else log(-log(survival)))


def _error_window(ends: Mapping[float, Sequence[float]]) -> tuple[float, float]:
    """What an estimate and its limits, each with the ends of its rounding, allow its standard error to be; two of the
    three do, on a scale on which the interval is symmetric. Keys are the standard errors by which they lie higher.
    """
    low, high = 0.0, inf
    for below, above in combinations(sorted(ends), 2):
        low = max(low, (ends[above][0] - ends[below][1]) / (above - below))
        high = min(high, (ends[above][1] - ends[below][0]) / (above - below))
    return low, high


class _Window(NamedTuple):
    """As in :class:`.CurveWindows`, but with points of the lattice for edges."""

    kind: int
    edge: int
    first: int
    sides: float
    low: float
    high: float
    weight: float
    at: float = 0.0


def _survival(edge: int, low: float, high: float) -> _Window:
    """Survival after ``edge`` points lies from ``low`` to ``high``."""
    middle = min(max((max(low, 0.0) + min(high, 1.0)) / 2, 0.01), 0.99)
    ends = (0.0 if high >= 1 else -log(high)), (inf if low <= 0 else -log(low))
    return _Window(SURVIVAL, edge, 0, 0.0, *ends, middle)


def _limit(edge: int, item: Given, scale: int, low: float, high: float) -> _Window:
    """A confidence limit after ``edge`` points lies from ``low`` to ``high``."""
    weight = 1.0
    if scale == LOG_LOG:
        middle = min(max((max(low, 0) + min(high, 1)) / 2, 0.01), 0.99) if low > 0 and high < 1 else 0.5
        weight = -middle * log(middle)
        low, high = _log_minus_log(high), _log_minus_log(low)
    return _Window(scale, edge, 0, item.deviates, low, high, weight)


def _time_windows(item: Given, at: Lattice, scale: int) -> list[_Window]:
    """Of a median, another quantile, or a limit of it."""
    low, high = item.bounds
    size, left = len(at.time), 1 - item.share
    if item.side == 0:
        if not item.reached:
            return [_survival(size, left + _CLEAR, inf)]
        return [_Window(QUANTILE, at.upto(high), at.before(low), 0.0, low, high, 1.0, -log(left))]
    if not item.reached:
        return [_limit(size, item, scale, left, inf)]
    above = [_limit(at.before(low), item, scale, left, inf)] if at.before(low) else []
    return [*above, _limit(at.upto(high), item, scale, -inf, left)]


def _count_window(item: Given, at: Lattice, n: int) -> _Window:
    edge = at.before(item.time) if item.before else at.upto(item.time)
    low, high = item.bounds
    return _Window(COUNT if item.kind == "events" else CENSORED, edge, 0, 0.0, low - 0.1, high + 0.1, 1.0 / n, edge)


def _spread_windows(given: list[Given], arm: int, at: Lattice) -> list[_Window]:
    """Standard errors of an arm's rates that are printed with limits, made on the log-log scale."""
    found = []
    rates = [item for item in given if item.kind == "rate" and item.arm == arm]
    for time in dict.fromkeys(item.time for item in rates):
        printed = {item.deviates: item.bounds for item in rates if item.time == time}
        ends = {-sides: sorted(map(_log_minus_log, bounds)) for sides, bounds in printed.items()}  # it turns round
        if len(printed) > 1 and np.all(np.isfinite([*ends.values()])):
            middle = min(sqrt(max(min(printed.values())[0], 1e-3) * max(printed.values())[1]), 0.99)
            weight = -middle * log(middle) * max(map(abs, printed)) * _SPREAD_WEIGHT
            found.append(_Window(CURVE_ERROR, at.upto(time), 0, 0.0, *_error_window(ends), weight))
    return found


def _windows(item: Given, at: Lattice, scale: int, n: int) -> list[_Window]:
    """Of an arm's curve."""
    if item.kind == "rate":
        edge = at.upto(item.time)
        return [_limit(edge, item, scale, *item.bounds) if item.side else _survival(edge, *item.bounds)]
    if item.kind in TIMES:
        return _time_windows(item, at, scale)
    if item.kind in COUNTS:
        return [_count_window(item, at, n)]
    if item.kind == "rmst":
        return [_Window(MEAN, 0, 0, item.deviates, *item.bounds, 1.0 / item.time, item.time)]
    return []


def _cost(window: _Window) -> int:
    """Order in which windows are looked at: cheap ones reject first."""
    return 0 if window.kind in (COUNT, CENSORED, SURVIVAL) else 2 if window.kind in (QUANTILE, MEAN) else 1


def curve_windows(
    given: list[Given], at: Lattice, transform: str, totals: Sequence[tuple[int, int]]
) -> tuple[CurveWindows, Integers]:
    """Windows of both arms, and the segment of each point, arm x point, between the edges that they refer to."""
    scale = SCALES[transform]
    windows = []
    for arm in (0, 1):
        own = _spread_windows(given, arm, at) if scale == LOG_LOG else []
        events, n = totals[arm]
        if events >= 0:
            own.append(_Window(COUNT, len(at.time), 0, 0.0, events - 0.1, events + 0.1, 1.0 / n))
        own += [window for item in given if item.arm == arm for window in _windows(item, at, scale, n)]
        windows.append(sorted(own, key=_cost))
    edges = [sorted({x for w in own for x in (w.first, w.edge)} | {0}) for own in windows]
    what = np.zeros((2, max(1, *map(len, windows)), 3), np.int64)
    ends = np.zeros((*what.shape[:2], 5))
    segment = np.zeros((2, len(at.time)), np.int64)
    for a, own in enumerate(windows):
        segment[a] = np.searchsorted(edges[a], np.arange(len(at.time)), side="right") - 1
        for j, w in enumerate(own):
            what[a, j] = w.kind, edges[a].index(w.edge), edges[a].index(w.first)
            ends[a, j] = w.sides, w.low, w.high, w.weight, w.at
    return CurveWindows(np.array([*map(len, windows)]), what, ends), segment


def spots(given: list[Given], at: Lattice, dates: Sequence[tuple[float, float]] = ()) -> tuple[Integers, Integers]:
    """Short spans to which moves in time go more often: where the curve has to fall for a quantile or its limit, and
    where scans are dated (from, to).

    Returns arm x interval x spot x (first, after the last) point, and arm x interval: how many spots there are.
    """
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    times = [item for item in given if item.kind in FOLLOW_UPS | TIMES and item.reached]
    spans = [(arm, *item.bounds) for item in times for arm in ((0, 1) if item.arm < 0 else (item.arm,))]
    for arm, low, high in spans + [(arm, *date) for date in dates for arm in (0, 1)]:
        for k, (first, last) in enumerate(at.points[arm]):
            inside = max(at.before(low), first), min(at.upto(high), last)
            if inside[0] < inside[1]:
                found.setdefault((arm, k), []).append(inside)
    size = np.zeros(at.points.shape[:2], np.int64)
    made = np.zeros((*size.shape, max(1, *map(len, found.values()), 1), 2), np.int64)
    for (arm, k), own in found.items():
        size[arm, k] = len(own)
        made[arm, k, : len(own)] = own
    return made, size


class _Row(NamedTuple):
    """As in :class:`.RatioWindows`."""

    kind: int
    sides: float
    low: float
    high: float
    at: float = 0.0
    first: int = 0
    edge: int = 0
    who: int = 2


def ratio_windows(given: list[Given], at: Lattice) -> RatioWindows:
    """Windows of the hazard ratio, its limits and the log-rank test, of a difference of means, and of follow-up."""
    rows = []
    ends: dict[float, list[float]] = {}
    for item in given:
        low, high = item.bounds
        who = item.arm if item.arm >= 0 else 2
        if item.kind == "hr":
            ends[item.deviates] = [log(max(low, 1e-9)), log(high)]
            rows.append(_Row(HR, item.deviates, ends[item.deviates][0], ends[item.deviates][1]))
        elif item.kind == "logrank_p":
            low, high = max(low, 0.0), min(high, 1.0)
            rows.append(_Row(LOG_RANK, 0.0, norm.isf(high / 2), inf if low <= 0 else norm.isf(low / 2)))
        elif item.kind == "rmst_difference":
            rows.append(_Row(MEANS, item.deviates, low, high, item.time))
        elif item.kind == "followup":
            rows.append(_Row(FOLLOWED, 0.0, low, high, 1 - item.share, at.before(low), at.upto(high), who))
        elif item.kind == "observed":
            rows.append(_Row(OBSERVED, 0.0, low, high, item.share, who=who))
    if len(ends) > 1:
        low, high = _error_window(ends)
        rows.append(_Row(ERROR, 0.0, low, high))
    middles = {side: sum(pair) / 2 for side, pair in ends.items()}
    centre = middles.get(0.0, sum(middles.values()) / 2 if len(middles) == 2 else nan)
    columns = np.array(rows, dtype=float).reshape(-1, 8).T.copy()
    kind, first, edge, who = (columns[k].astype(np.int64) for k in (0, 5, 6, 7))
    sides, lows, highs, places = columns[1:5]
    return RatioWindows(kind, np.stack([first, edge, who], axis=1), sides, lows, highs, places, centre)
