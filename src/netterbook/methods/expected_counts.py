"""Events observed over events expected, as of cancers against a registry."""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

from scipy.stats import chi2, norm

from netterbook.methods.proportions import check_level


class OverExpected(NamedTuple):
    """An estimate with its interval."""

    value: float
    low: float
    high: float


def _check(observed: int, expected: float, level: float) -> None:
    check_level(level)
    if observed < 1 or not expected > 0:
        raise ValueError(f"there must be an event and some expected, not {observed} and {expected:g}")


def standardised_ratio(observed: int, expected: float, level: float = 0.95) -> OverExpected:
    """Observed over expected with the exact Poisson interval, the expected number taken as known.

    Garwood, Biometrika 1936;28:437-42.

    Raises
    ------
    ValueError
        If none is observed or expected, or the level is not between 0 and 1.

    8 haematopoietic neoplasms were observed and 3.0 expected (Bergsma, J Nucl Med 2018;59:452-8):

    >>> [round(x, 2) for x in standardised_ratio(8, 3.0)]
    [2.67, 1.15, 5.25]
    """
    _check(observed, expected, level)
    tail = (1 - level) / 2
    low, high = chi2.ppf(tail, 2 * observed) / 2, chi2.isf(tail, 2 * (observed + 1)) / 2
    return OverExpected(observed / expected, float(low / expected), float(high / expected))


def ratio_of_counts(observed: int, expected: float, level: float = 0.95) -> OverExpected:
    """The same with an interval on the log scale that takes the expected number for a count of events too.

    Raises
    ------
    ValueError
        If none is observed or expected, or the level is not between 0 and 1.

    Bergsma 2018 prints 0.7 to 10.0, of an expected number rounded to 3.0:

    >>> [round(x, 1) for x in ratio_of_counts(8, 3.0)], [round(x, 1) for x in ratio_of_counts(8, 3.02)]
    ([2.7, 0.7, 10.1], [2.6, 0.7, 10.0])
    """
    _check(observed, expected, level)
    ratio, half = observed / expected, norm.isf((1 - level) / 2) * sqrt(1 / observed + 1 / expected)
    return OverExpected(ratio, ratio * exp(-half), ratio * exp(half))
