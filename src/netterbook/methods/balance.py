"""Baseline characteristics of two randomised arms: standardised differences, and those that chance alone gives."""

from __future__ import annotations

from math import inf, isfinite, sqrt

from scipy.stats import norm

from netterbook.methods.proportions import check_level, check_proportion


def standardised_difference_of_proportions(count1: int, total1: int, count2: int, total2: int) -> float:
    """Difference of two proportions in standard deviations, ``(p1 - p2) / sqrt((p1 q1 + p2 q2) / 2)`` (Austin, Stat Med
    2009;28:3083-107).

    Raises
    ------
    ValueError
        For a count outside 0..total, or where nobody varies: all or none in either arm.

    Ovarian metastases in NETTER-1, 1 of 116 and 9 of 113, the widest of its Table 1:

    >>> round(standardised_difference_of_proportions(1, 116, 9, 113), 2)
    -0.35
    """
    check_proportion(count1, total1)
    check_proportion(count2, total2)
    p1, p2 = count1 / total1, count2 / total2
    variance = (p1 * (1 - p1) + p2 * (1 - p2)) / 2
    if variance == 0:
        raise ValueError(
            f"{count1} of {total1} and {count2} of {total2} have no standard deviation; leave out what all or none have"
        )
    return (p1 - p2) / sqrt(variance)


def standardised_difference_of_means(mean1: float, sd1: float, mean2: float, sd2: float) -> float:
    """Difference of two means in standard deviations, ``(m1 - m2) / sqrt((s1^2 + s2^2) / 2)`` (Austin, Stat Med
    2009;28:3083-107).

    Age in NETTER-1, 63±9 and 64±10 years:

    >>> round(standardised_difference_of_means(63, 9, 64, 10), 2)
    -0.11
    """
    for name, mean in (("mean1", mean1), ("mean2", mean2)):
        if not isfinite(mean):
            raise ValueError(f"{name} must be a number, not {mean}")
    for name, sd in (("sd1", sd1), ("sd2", sd2)):
        if not 0 < sd < inf:
            raise ValueError(f"{name} must be a positive standard deviation, not {sd}")
    return (mean1 - mean2) / sqrt((sd1**2 + sd2**2) / 2)


def _chance_sd(n1: int, n2: int) -> float:
    """Standard deviation of a standardised difference under randomisation."""
    if min(n1, n2) < 1:
        raise ValueError(f"each arm must have patients, not {n1} and {n2}")
    return sqrt(1 / n1 + 1 / n2)


def chance_beyond(threshold: float, n1: int, n2: int) -> float:
    """Probability that randomisation alone gives a standardised difference beyond ``threshold`` in either direction.

    The difference is normal about 0 with variance ``1 / n1 + 1 / n2``, well enough for means and for characteristics
    that at least some ten patients have and as many have not.

    Beyond 0.1, which is often called imbalance, in arms of NETTER-1's size:

    >>> round(chance_beyond(0.1, 116, 113), 2)
    0.45
    """
    if not 0 <= threshold < inf:
        raise ValueError(f"the threshold must be a number from 0 on, not {threshold}")
    return 2 * float(norm.sf(threshold / _chance_sd(n1, n2)))


def expected_beyond(threshold: float, rows: int, n1: int, n2: int) -> float:
    """How many of so many characteristics chance alone is expected to set beyond ``threshold``.

    It holds for characteristics that depend on one another too; how far the number varies does not follow.

    >>> round(expected_beyond(0.1, 20, 116, 113), 1)
    9.0
    """
    if rows < 0:
        raise ValueError(f"the number of characteristics must not be negative: {rows}")
    return rows * chance_beyond(threshold, n1, n2)


def chance_limit(n1: int, n2: int, level: float = 0.95) -> float:
    """Size that a standardised difference keeps within by chance alone with probability ``level``.

    >>> round(chance_limit(116, 113), 2)
    0.26
    """
    check_level(level)
    return float(norm.isf((1 - level) / 2)) * _chance_sd(n1, n2)
