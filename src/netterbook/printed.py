"""Printed numbers: the string a paper prints, and exactly which values would print that way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import inf, isinf

from netterbook.errors import DataError

Number = int | float | Fraction

NOT_ESTIMATED = frozenset({"NE", "not estimated", "not reached"})
"""How papers print a quantity whose estimate does not exist."""

_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NUMBER = re.compile(r"^(?P<relation>[<>≤≥=]?)\s*(?P<number>[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.·]\d+)?)\s*%?$")


def _exact(x: Number) -> Fraction:
    """A number as the decimal it is written as: a float of 0.205 is a tie between 0.20 and 0.21."""
    return Fraction(repr(float(x))) if isinstance(x, float) else Fraction(x)


def _spelled(word: str) -> int | None:
    """Number words up to ninety-nine."""
    tens, _, units = word.partition("-")
    if word in ("no", "none"):
        return 0
    if word in _WORDS:
        return _WORDS.index(word)
    if tens in _TENS[2:] and (not units or units in _WORDS[1:10]):
        return 10 * _TENS.index(tens) + (_WORDS.index(units) if units else 0)
    return None


@dataclass(frozen=True)
class Printed:
    """A number as printed.

    ``"0.21"`` stands for every value in [0.205, 0.215] and ``"0.210"`` for [0.2095, 0.2105]: both ends belong, as a
    tie may have been rounded either way. An ``exact`` number (a count of patients, a dose laid down in a protocol)
    stands for itself alone. ``"<0.001"`` stands for every value below, ``"NE"`` for none.

    >>> Printed("0.21").bounds == (Fraction("0.205"), Fraction("0.215"))
    True
    >>> Printed("8·5%").value, Printed("eight", exact=True).bounds
    (Fraction(17, 2), (Fraction(8, 1), Fraction(8, 1)))
    >>> Printed("Ninety-six", exact=True).value, Printed("75,000").value
    (Fraction(96, 1), Fraction(75000, 1))
    >>> Printed("0.21").admits(0.205), Printed("0.21").admits(0.215), Printed("0.21").admits(0.2151)
    (True, True, False)
    >>> Printed("<0.001").admits(0.0004), Printed("<0.001").admits(0.001), Printed("NE").is_number
    (True, False, False)
    """

    text: str
    exact: bool = False

    def _parse(self) -> tuple[str, str] | None:
        text = self.text.strip()
        if (spelled := _spelled(text.lower())) is not None:
            return "", str(spelled)
        match = _NUMBER.match(text)
        if match is None:
            return None
        return match["relation"].replace("=", ""), match["number"].replace(",", "").replace("·", ".").replace("−", "-")

    @cached_property
    def is_number(self) -> bool:
        """False of ``NE`` or a date."""
        return self._parse() is not None

    @property
    def value(self) -> Fraction:
        """The number itself.

        Raises
        ------
        DataError
            If the string is not a number.
        """
        parsed = self._parse()
        if parsed is None:
            raise DataError(f"{self.text!r} is printed where a number is needed")
        return Fraction(parsed[1])

    @property
    def relation(self) -> str:
        """``<``, ``>``, ``≤``, ``≥``, or empty for an equality."""
        parsed = self._parse()
        return "" if parsed is None else parsed[0]

    @property
    def decimals(self) -> int:
        """Digits printed after the decimal point."""
        parsed = self._parse()
        return len(parsed[1].partition(".")[2]) if parsed else 0

    @cached_property
    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """Smallest and largest value that prints like this; None on a side without bound, or without a number."""
        if not self.is_number:
            return None, None
        value = self.value
        if self.relation in (">", "≥"):
            return value, None
        if self.relation in ("<", "≤"):
            return None, value
        half = Fraction(0) if self.exact else Fraction(1, 2 * 10**self.decimals)
        return value - half, value + half

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """:attr:`bounds` of a number that has both.

        Raises
        ------
        DataError
            If one is open, as of ``<0.001``, or if it is no number.

        >>> [float(end) for end in Printed("0.21").ends]
        [0.205, 0.215]
        """
        low, high = self.bounds
        if low is None or high is None:
            raise DataError(f"{self.text!r} is printed where a number with an end on either side is needed")
        return low, high

    @cached_property
    def _inside_and_around(self) -> tuple[float, float, float, float]:
        """Two intervals of floats: all within the first print like this, none outside the second do."""
        low, high = self.bounds
        bottom, top = -inf if low is None else float(low), inf if high is None else float(high)
        slack = 1e-9 * max(1.0, *(abs(x) for x in (bottom, top) if abs(x) < inf))
        return bottom + slack, top - slack, bottom - slack, top + slack

    def admits(self, x: Number) -> bool:
        """Whether ``x`` could be printed as this string. False for a string that is not a number.

        Exact arithmetic, which is slow, decides near the ends of the rounding alone.
        """
        if isinstance(x, float) and self.is_number:
            low, high, least, most = self._inside_and_around
            if low < x < high:
                return True
            if x < least or x > most:
                return False
        return self.overlaps(x, x)

    def overlaps(self, low: Number, high: Number) -> bool:
        """Whether any value of [low, high] could be printed as this string; an infinite end is an open side."""
        if not self.is_number:
            return False
        bottom, top = self.bounds
        low, high = (x if isinf(x) else _exact(x) for x in (low, high))
        above = bottom is None or (high > bottom if self.relation == ">" else high >= bottom)
        below = top is None or (low < top if self.relation == "<" else low <= top)
        return above and below

    def __str__(self) -> str:
        return self.text


def show(x: Number | None, decimals: int) -> str:
    """A recomputed number with two digits more than were printed, trailing zeros dropped.

    >>> show(Fraction(6300, 116), 0), show(0.21, 2), show(None, 1), show(9.8056e-5, 6), show(2e-7, 3)
    ('54.31', '0.21', 'NE', '0.00009806', '2e-07')
    """
    if x is None:
        return "NE"
    digits = decimals + 2
    if x and abs(float(x)) < 0.5 * 10**-digits:
        return f"{float(x):.3g}"
    text = f"{float(x):.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
