"""How many printable numbers a check lets pass: what it is worth against a misprint."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from math import ceil, floor, isinf

from netterbook.printed import Number, Printed

_MIRRORED = {"": "", "<": ">", "≤": "≥", ">": "<", "≥": "≤"}


@cache
def forms(printed: Printed) -> int | None:
    """Numbers with as many digits before and after the point; None of a string that is not a number.

    >>> forms(Printed("0.21")), forms(Printed("113", exact=True)), forms(Printed("NE"))
    (1000, 1000, None)
    """
    return 10 ** _digits(printed) if printed.is_number else None


def alike(printed: Printed) -> Iterator[Printed]:
    """All :func:`forms` of a number that is printed with digits.

    >>> [number.text for number in alike(Printed("<5%"))][-2:]
    ['<8', '<9']
    """
    return _as(printed, range(forms(printed) or 0))


def stretch(printed: Printed, low: Number, high: Number, holds: Callable[[Printed], bool]) -> list[Printed]:
    """Of those that :func:`passing` counts, the stretch around the printed one in which a condition holds.

    It must be one stretch: where the condition has failed, it is not asked beyond.

    >>> [number.text for number in stretch(Printed("0.21"), 0.1, 0.22, lambda other: other.value > 0.2)]
    ['0.21', '0.22']
    """
    numbers, own = passing(printed, low, high), int(abs(printed.value) * 10**printed.decimals)
    if not holds(printed):
        return []

    def far(reach: range) -> int:
        """How many of these hold, before one does not."""
        good, step = 0, 1
        while step <= len(reach) and holds(*_as(printed, reach[step - 1 : step])):
            good, step = step, 2 * step
        left = reach[good : step - 1]
        return good + bisect_left(left, True, key=lambda k: not holds(*_as(printed, range(k, k + 1))))

    below, above = range(own - 1, numbers.start - 1, -1), range(own + 1, numbers.stop)
    return list(_as(printed, range(own - far(below), own + far(above) + 1)))


def _as(printed: Printed, numbers: range) -> Iterator[Printed]:
    """Whole numbers of the last digit, as they would be printed."""
    decimals, sign = printed.decimals, "-" if numbers and printed.value < 0 else ""
    for k in numbers:
        yield Printed(f"{printed.relation}{sign}{k / 10**decimals:.{decimals}f}", printed.exact)


@cache
def passing(printed: Printed, low: Number, high: Number) -> range:
    """Of :func:`forms`, those that some value of [low, high] prints as, as whole numbers of the last digit.

    An infinite end is an open side.

    >>> passing(Printed("113", exact=True), 110, 116), passing(Printed("0.21"), 0.2, 0.21)
    (range(110, 117), range(20, 22))
    >>> passing(Printed("<0.001"), 0.0004, 0.0004), passing(Printed("9", exact=True), 0, 113)
    (range(1, 10000), range(0, 10))
    """
    scale, relation = 10**printed.decimals, printed.relation
    if printed.value < 0:
        low, high, relation = -high, -low, _MIRRORED[relation]
    half = Fraction(0) if printed.exact or relation else Fraction(1, 2)
    last = 10 ** _digits(printed) - 1
    first_at_least, last_at_most = _scaled(low, scale) - half, _scaled(high, scale) + half
    match relation:
        case "<":
            first, end = floor(first_at_least) + 1, last
        case "≤":
            first, end = ceil(first_at_least), last
        case ">":
            first, end = 0, ceil(last_at_most) - 1
        case "≥":
            first, end = 0, floor(last_at_most)
        case _:
            first, end = ceil(first_at_least), floor(last_at_most)
    return range(max(0, first), min(last, end) + 1)


def _scaled(end: Number, scale: int) -> Fraction:
    beyond = Fraction(10**30)
    return (beyond if end > 0 else -beyond) if isinf(end) else Fraction(repr(float(end))) * scale


def _digits(printed: Printed) -> int:
    return len(str(int(abs(printed.value)))) + printed.decimals
