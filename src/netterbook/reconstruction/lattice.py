"""The lattice of times at which patients of a trial may be lost, and where on it what was printed lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor, inf, log10
from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats, Integers

LEAST = 400
"""Points of a lattice for times that are not known to come in steps, at least."""
TIME_DIGITS = 6
"""Of follow-up, to which times are given."""
WITHIN = 4
"""Points within the rounding of a printed time, at least."""


class Lattice(NamedTuple):
    """Times of a trial of two arms."""

    time: Floats
    points: Integers  # arm x interval x (first, after the last)

    def upto(self, time: float) -> int:
        """Points at or before a time."""
        return int(np.searchsorted(self.time, time, side="right"))

    def before(self, time: float) -> int:
        return int(np.searchsorted(self.time, time, side="left"))


def lattice(
    columns: Sequence[Floats],
    ends: Sequence[float],
    spans: Iterable[tuple[float, float]],
    step: float | None,
    least: float = LEAST,
) -> Lattice:
    """Times from the first step on to the last of ``ends``, of the arms' follow-up.

    Parameters
    ----------
    columns : times of the numbers at risk, of each arm; a loss at a column's time falls into the interval that it opens
    ends : of the arms' follow-up
    spans : (from, to) of the rounding of printed times; equal for a time that is meant exactly
    step : of recorded times; None where they are taken for continuous, and rounded up to a fine step
    least : points, where no step is given

    >>> made = lattice([np.array([0.0, 6.0]), np.array([0.0, 6.0])], [12.0, 10.0], [], 2.0)
    >>> made.time.tolist(), made.points.tolist()
    ([2.0, 4.0, 6.0, 8.0, 10.0, 12.0], [[[0, 2], [2, 6]], [[0, 2], [2, 5]]])
    """
    end = max(ends)
    decimals = TIME_DIGITS - 1 - floor(log10(end))
    own = step or _fine(end, least)
    time = np.round(np.arange(1, floor(end / own + 1e-6) + 1) * own, decimals)
    exact = {float(end) for end in ends} | {float(low) for low, high in spans if low == high}
    if step is None:
        exact |= {float(x) for own_columns in columns for x in own_columns}
        for low, high in spans:
            if low < high < inf and np.sum((time >= low) & (time <= high)) < WITHIN:
                exact |= {*np.round(np.linspace(max(low, 0.0), high, WITHIN + 2)[1:-1], decimals).tolist()}
    kept = np.array(sorted(x for x in exact if 0 < x <= end))
    near = np.abs(time[:, None] - kept).min(axis=1) < 0.6 * 10.0**-decimals
    time = np.unique([*time[~near & (time < end)], *kept])
    points = np.zeros((2, max(map(len, columns)), 2), np.int64)
    for a, starts in enumerate(columns):
        first = np.searchsorted(time, starts - own / 1e4, side="left")
        last = np.searchsorted(time, ends[a], side="right")
        points[a, : len(starts), 0] = first
        points[a, : len(starts), 1] = np.append(first[1:], last)
        points[a, len(starts) :] = last
    return Lattice(time, points)


def _fine(end: float, least: float) -> float:
    """The coarsest of 1, 2 and 5 times a power of ten that has enough points."""
    power = floor(log10(end / least))
    return next(x for x in (float(f"{k}e{p}") for p in (power, power - 1) for k in (5, 2, 1)) if end / x >= least)
