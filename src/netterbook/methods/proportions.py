"""Counts and proportions: intervals, differences, odds ratios and exact tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from math import ceil, exp, floor, inf, log, sqrt
from typing import NamedTuple

from scipy.stats import binomtest, fisher_exact, norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from netterbook.printed import Number, Printed


def percentage(count: Number, total: Number) -> Fraction:
    """``100 * count / total``, exactly.

    >>> percentage(63, 116) == Fraction(6300, 116)
    True
    """
    return Fraction(100) * Fraction(count) / Fraction(total)


def counts_printing_as(percent: Printed, total: int) -> list[int]:
    """The counts of ``total`` whose percentage prints like ``percent``.

    >>> counts_printing_as(Printed("66%"), 116), counts_printing_as(Printed("<1%"), 151)
    ([76, 77], [1])
    """
    return list(range_printing_as(percent, total))


@cache
def range_printing_as(percent: Printed, total: int) -> range:
    """:func:`counts_printing_as`, which follow one upon another, without a list of them.

    >>> range_printing_as(Printed("<99%"), 100_000)
    range(1, 99000)
    """
    low, high = percent.bounds
    first = 1 if low is None else max(0, ceil(low * total / 100))  # "<1%" is printed of at least one patient
    last = total if high is None else min(total, floor(high * total / 100))
    while first <= last and not percent.admits(percentage(first, total)):
        first += 1
    while first <= last and not percent.admits(percentage(last, total)):
        last -= 1
    return range(first, last + 1)


def joint_counts_printing_as(percents: Sequence[Printed], total: int) -> list[tuple[int, ...]]:
    """Counts of exclusive categories of ``total`` that print like these percentages and add up to ``total`` at most.

    Raises
    ------
    ValueError
        If there is no percentage, or ``total`` is not at least 1.

    Response in Sundlöv 2022, 16, 66 and 19% (101 in sum) of 96 patients:

    >>> joint_counts_printing_as([Printed("16%"), Printed("66%"), Printed("19%")], 96)
    [(15, 63, 18)]
    """
    if not percents:
        raise ValueError("give at least one percentage")
    if total < 1:
        raise ValueError(f"the total must be at least 1, not {total}")
    possible = product(*(counts_printing_as(percent, total) for percent in percents))
    return [counts for counts in possible if sum(counts) <= total]


_STATSMODELS = {
    "Wald": "normal",
    "Clopper–Pearson": "beta",
    "Wilson": "wilson",
    "Agresti–Coull": "agresti_coull",
    "Jeffreys": "jeffreys",
}


def check_level(level: float) -> None:
    """Refuse a confidence level outside 0 to 1.

    >>> check_level(95)
    Traceback (most recent call last):
    ValueError: the confidence level must lie between 0 and 1, not 95
    """
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")


def check_proportion(count: int, total: int) -> None:
    """Refuse a count that is negative or more than its total.

    >>> check_proportion(19, 18)
    Traceback (most recent call last):
    ValueError: 19 of 18 is no proportion
    """
    if not 0 <= count <= total or total == 0:
        raise ValueError(f"{count} of {total} is no proportion")


def _wald_continuity(count: int, total: int, level: float) -> tuple[float, float]:
    p = count / total
    half = norm.isf((1 - level) / 2) * sqrt(p * (1 - p) / total) + 1 / (2 * total)
    return max(0.0, p - half), min(1.0, p + half)


INTERVALS = (*_STATSMODELS, "Wald with continuity correction", "Wilson with continuity correction")
"""Names of the interval methods that :func:`proportion_interval` knows."""


def proportion_interval(
    count: Number, total: Number, method: str = "Clopper–Pearson", level: float = 0.95
) -> tuple[float, float]:
    """Confidence interval of a proportion, in percent, cut at 0 and 100.

    Parameters
    ----------
    count, total : patients with the outcome, all patients
    method : one of :data:`INTERVALS`
    level : confidence level, between 0 and 1

    Raises
    ------
    ValueError
        For an unknown method, a level outside (0, 1) or a count outside 0..total.

    NETTER-2 Table 3 prints 35.0 to 51.3 for 65 responses of 151:

    >>> [round(x, 1) for x in proportion_interval(65, 151)]
    [35.0, 51.3]
    """
    count, total = int(count), int(total)
    check_proportion(count, total)
    check_level(level)
    if method in _STATSMODELS:
        low, high = proportion_confint(count, total, alpha=1 - level, method=_STATSMODELS[method])
    elif method == "Wald with continuity correction":
        low, high = _wald_continuity(count, total, level)
    elif method == "Wilson with continuity correction":
        low, high = binomtest(count, total).proportion_ci(level, method="wilsoncc")
    else:
        raise ValueError(f"no interval method {method!r}; there are: {', '.join(INTERVALS)}")
    return 100 * max(0.0, float(low)), 100 * min(1.0, float(high))


def fisher(count1: Number, total1: Number, count2: Number, total2: Number) -> float:
    """Two-sided P value of Fisher's exact test on two counts of two totals.

    NETTER-1 Table 4 prints 0.007 for headache:

    >>> round(fisher(18, 111, 5, 110), 3)
    0.007
    """
    return _fisher(*map(int, (count1, total1, count2, total2)))


@cache
def _fisher(count1: int, total1: int, count2: int, total2: int) -> float:
    return float(fisher_exact([[count1, total1 - count1], [count2, total2 - count2]]).pvalue)


# Miettinen and Nurminen's score interval is left out: statsmodels 0.14 computes it with a wrong coefficient
# (its issue 10269).
DIFFERENCE_INTERVALS = {
    "Wald": "wald",
    "Newcombe": "newcomb",
    "Agresti–Caffo": "agresti-caffo",
}


def difference(
    count1: Number, total1: Number, count2: Number, total2: Number, method: str = "Wald", level: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two proportions with its interval, in percentage points.

    NETTER-2 prints an improvement of 33.7 (23.4 to 44.0):

    >>> [round(x, 1) for x in difference(65, 151, 7, 75)]
    [33.7, 23.4, 44.0]
    """
    if method not in DIFFERENCE_INTERVALS:
        raise ValueError(f"no interval method {method!r}; there are: {', '.join(DIFFERENCE_INTERVALS)}")
    check_level(level)
    counts = [int(x) for x in (count1, total1, count2, total2)]
    check_proportion(*counts[:2])
    check_proportion(*counts[2:])
    low, high = confint_proportions_2indep(
        *counts, compare="diff", method=DIFFERENCE_INTERVALS[method], alpha=1 - level
    )
    return 100 * (counts[0] / counts[1] - counts[2] / counts[3]), 100 * float(low), 100 * float(high)


def odds_ratio(
    count1: Number, total1: Number, count2: Number, total2: Number, level: float = 0.95
) -> tuple[float, float, float]:
    """Unstratified odds ratio with Woolf's interval (log scale, normal).

    >>> [round(x, 2) for x in odds_ratio(65, 151, 7, 75)]
    [7.34, 3.16, 17.04]
    """
    check_level(level)
    a, c = int(count1), int(count2)
    b, d = int(total1) - a, int(total2) - c
    if min(a, b, c, d) <= 0:
        raise ValueError(f"the odds ratio of {a} v {b} and {c} v {d} does not exist: a cell is empty or negative")
    log_or = log(a * d / (b * c))
    half = norm.isf((1 - level) / 2) * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return exp(log_or), exp(log_or - half), exp(log_or + half)


class NumberNeeded(NamedTuple):
    """Patients to treat for one more to benefit (positive) or to be harmed (negative); infinite for no difference.

    The scale runs from 1, all benefit, through infinity to -1, all harmed.
    """

    value: float
    best: float
    """Limit of the interval on the side of benefit."""
    worst: float
    """Limit of the interval on the side of harm. If ``best`` and it differ in sign, infinity lies between them."""


def number_needed(difference: float, low: float, high: float, harm: bool = False) -> NumberNeeded:
    """Number needed to treat from a :func:`difference` and its limits, in percentage points (Altman, BMJ
    1998;317:1309-12).

    The limits are the inverses of the difference's, cut at 100 points, so that an interval of differences that holds 0
    becomes one through infinity. ``harm`` says that the outcome counted is harmful.

    Response in NETTER-2, and headache in NETTER-1:

    >>> [round(x, 1) for x in number_needed(*difference(65, 151, 7, 75))]
    [3.0, 2.3, 4.3]
    >>> [round(x, 1) for x in number_needed(*difference(18, 111, 5, 110, method="Newcombe"), harm=True)]
    [-8.6, -27.5, -5.0]
    """
    for name, points in (("difference", difference), ("low", low), ("high", high)):
        if not abs(points) < inf:
            raise ValueError(f"{name} must be a number of percentage points, not {points}")
    if abs(difference) > 100 or low > high:
        raise ValueError(
            f"a difference of {difference:g} ({low:g} to {high:g}) percentage points does not exist; give low before "
            "high, and at most 100"
        )
    benefit, least, most = (-difference, -high, -low) if harm else (difference, low, high)

    def inverse(points: float) -> float:
        return inf if points == 0 else 100 / max(-100, min(points, 100))

    return NumberNeeded(inverse(benefit), inverse(most), inverse(least))


def interval_methods(level: float = 0.95) -> dict[str, Callable[..., tuple[Number, float, float]]]:
    """Every method of :data:`INTERVALS` as a function of count and total, giving point, low and high in percent."""
    return {
        name: lambda count, total, name=name: (
            percentage(count, total),
            *proportion_interval(count, total, name, level),
        )
        for name in INTERVALS
    }
