"""Trials compared through a common comparator.

A hazard ratio with its 95% interval is a tuple (hr, low, high).
"""

from __future__ import annotations

from math import exp, isfinite, log, sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from netterbook.methods.printed_ratios import log_hr_standard_error

PrintedRatio = tuple[float, float, float]


class IndirectEffect(NamedTuple):
    """A ratio of two hazard ratios, its confidence limits, the standard error of its log, and two-sided P value."""

    ratio: float
    low: float
    high: float
    standard_error: float
    p: float


def _printed(ratio: PrintedRatio) -> tuple[float, float]:
    """Log hazard ratio and its standard error."""
    hr, low, high = (float(x) for x in ratio)
    if not (0 < low <= hr <= high and isfinite(high)):
        raise ValueError(
            f"a hazard ratio with its interval needs 0 < low <= hr <= high, not {hr:g} ({low:g} to {high:g})"
        )
    return log(hr), log_hr_standard_error(low, high)


def inverse(ratio: PrintedRatio) -> PrintedRatio:
    """The same comparison the other way round: comparator over treatment.

    >>> [round(x, 2) for x in inverse((0.5, 0.25, 0.8))]
    [2.0, 1.25, 4.0]
    """
    _printed(ratio)
    hr, low, high = ratio
    return 1 / hr, 1 / high, 1 / low


def indirect(first: PrintedRatio, second: PrintedRatio, level: float = 0.95) -> IndirectEffect:
    """Treatment A to treatment B by their hazard ratios against a common comparator C.

    ``log HR_AB = log HR_AC - log HR_BC``, the variances added (Bucher, J Clin Epidemiol 1997;50:683-91). It holds if
    what differs between the trials' patients does not change either effect, and C was the same in both.

    Parameters
    ----------
    first, second : A and B over C, each with its 95% interval
    level : of the interval of the result

    Raises
    ------
    ValueError
        If an interval does not hold its estimate, is not positive, or the level is not between 0 and 1.

    NETTER-1 to NETTER-2, both against high-dose octreotide:

    >>> [round(x, 2) for x in indirect((0.21, 0.13, 0.33), (0.276, 0.182, 0.418))[:3]]
    [0.76, 0.41, 1.42]

    177Lu-edotreotide to placebo by way of everolimus, COMPETE and RADIANT-4:

    >>> [round(x, 2) for x in indirect((0.67, 0.48, 0.95), inverse((0.48, 0.35, 0.67)))[:3]]
    [0.32, 0.2, 0.52]
    """
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
    (log1, error1), (log2, error2) = _printed(first), _printed(second)
    error = sqrt(error1**2 + error2**2)
    if error == 0:
        raise ValueError("both intervals have no width; a ratio without uncertainty has no interval")
    middle, half = log1 - log2, float(norm.isf((1 - level) / 2)) * error
    p = 2 * float(norm.sf(abs(middle) / error))
    return IndirectEffect(exp(middle), exp(middle - half), exp(middle + half), error, p)


def detectable_ratio(standard_error: float, power: float, level: float = 0.95) -> float:
    """The true ratio above one that a comparison finds significant with this power: exp((z_level + z_power) SE).

    With a power of one half it is the smallest ratio that is significant when it is observed.

    NETTER-1 to NETTER-2, as :func:`indirect`:

    >>> error = indirect((0.21, 0.13, 0.33), (0.276, 0.182, 0.418)).standard_error
    >>> [round(detectable_ratio(error, power), 1) for power in (0.5, 0.8)]
    [1.9, 2.4]

    Raises
    ------
    ValueError
        If the standard error is not positive, or the power or the level not between 0 and 1.
    """
    if not 0 < standard_error < np.inf:
        raise ValueError(f"the standard error must be positive, not {standard_error}")
    if not (0 < power < 1 and 0 < level < 1):
        raise ValueError(f"power and level must lie between 0 and 1, not {power} and {level}")
    return exp((norm.isf((1 - level) / 2) + norm.ppf(power)) * standard_error)
