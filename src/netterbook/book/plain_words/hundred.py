"""Groups of patients as a hundred people each: whole people, everyone counted once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil, floor
from typing import NamedTuple

from netterbook.methods.proportions import proportion_interval

HUNDRED = 100


class Hundred(NamedTuple):
    """A group as a hundred people: of each kind how many, with the ends of a range, and where patients were counted,
    how many of them.
    """

    people: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    counted: tuple[int, ...] = ()

    @property
    def first(self) -> int:
        """People of the first kind."""
        return self.people[0]

    @property
    def range(self) -> tuple[int, int]:
        """Of the people of the first kind."""
        return self.ranges[0]


class Pair(NamedTuple):
    """Both groups of a trial."""

    experimental: Hundred
    control: Hundred


def of_hundred(count: float, total: float = HUNDRED) -> int:
    """Whole people of a hundred, halves rounded up.

    >>> of_hundred(46, 111), of_hundred(65.2), of_hundred(1, 200)
    (41, 65, 1)
    """
    return floor(HUNDRED * count / total + 0.5)


def counted(counts: Sequence[int], level: float) -> Hundred:
    """A group in which every patient is of one kind.

    Kinds are rounded together with those before them, so that they add up to a hundred and the first ones to what is
    printed of them: in NETTER-1 95 of a hundred had an adverse event, 41 a severe one.

    Parameters
    ----------
    counts : patients of each kind
    level : of the ranges, by Clopper and Pearson; their ends are rounded outwards

    >>> counted((46, 59, 6), 0.95)
    Hundred(people=(41, 54, 5), ranges=((32, 52), (43, 63), (2, 12)), counted=(46, 59, 6))
    """
    total = sum(counts)
    edges = [of_hundred(count, total) for count in accumulate(counts, initial=0)]
    ranges = tuple(_outwards(*proportion_interval(count, total, level=level)) for count in counts)
    return Hundred(tuple(b - a for a, b in pairwise(edges)), ranges, tuple(counts))


def estimated(percent: float, low: float, high: float) -> Hundred:
    """A group of which a rate in percent is estimated, and everyone else.

    NETTER-1's rate at 20 months:

    >>> estimated(65.2, 50.0, 76.8)
    Hundred(people=(65, 35), ranges=((50, 77), (23, 50)), counted=())
    """
    first = of_hundred(percent)
    return Hundred((first, HUNDRED - first), (_outwards(low, high), _outwards(HUNDRED - high, HUNDRED - low)))


def _outwards(low: float, high: float) -> tuple[int, int]:
    return floor(low), ceil(high)
