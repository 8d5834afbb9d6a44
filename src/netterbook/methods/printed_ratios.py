"""Printed survival results: what a hazard ratio's or a landmark rate's interval implies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import asin, exp, log, pi, sin, sqrt

from scipy.stats import norm

from netterbook.printed import Number

Z95 = float(norm.isf(0.025))


def log_hr_standard_error(low: Number, high: Number, level: float = 0.95) -> float:
    """Standard error of the log hazard ratio from its interval, ``log(high / low) / 2z``.

    NETTER-1's 0.13 to 0.33:

    >>> round(log_hr_standard_error(0.13, 0.33), 3)
    0.238
    """
    if not 0 < low <= high:
        raise ValueError(f"an interval of a hazard ratio needs 0 < low <= high, not {low} to {high}")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
    return log(float(high) / float(low)) / (2 * float(norm.isf((1 - level) / 2)))


def log_hr_midpoint(low: Number, high: Number) -> float:
    """The hazard ratio in the middle of its interval on the log scale, where a Wald interval has its estimate.

    >>> round(log_hr_midpoint(0.182, 0.418), 3)
    0.276
    """
    return sqrt(float(low) * float(high))


def implied_events(standard_error: float, allocation: float = 0.5) -> float:
    """Events that would give this standard error if they fell in the arms as ``allocation`` and its rest.

    ``1 / (SE^2 a (1 - a))``: Schoenfeld, Biometrika 1981;68:316-9.

    >>> round(implied_events(0.2377))
    71
    """
    return 1 / (standard_error**2 * allocation * (1 - allocation))


def standard_error_from_events(events1: Number, events2: Number) -> float:
    """Standard error of a log hazard ratio from the events of two arms, ``sqrt(1/d1 + 1/d2)``.

    An approximation: exact for a ratio of two exponential rates (Collett, Modelling Survival Data, ch. 10).

    >>> round(standard_error_from_events(23, 68), 3)
    0.241
    """
    return sqrt(1 / events1 + 1 / events2)


def wald_p(hr: Number, standard_error: float) -> float:
    """Two-sided P value of the Wald test of a log hazard ratio.

    >>> wald_p(0.276, 0.212) < 0.0001
    True
    """
    return 2 * float(norm.sf(abs(log(float(hr))) / standard_error))


def wald_p_of_interval(hr: Number, low: Number, high: Number) -> float:
    """Two-sided P value of the Wald test of a ratio whose 95% interval is printed.

    >>> wald_p_of_interval(0.276, 0.182, 0.418) < 0.0001
    True
    """
    return wald_p(hr, log_hr_standard_error(low, high))


def standard_error_from_p(hr: Number, p: Number) -> float:
    """Standard error of the log hazard ratio that gives two-sided ``p``.

    NETTER-1's interim survival, 0.40 with P = 0.004:

    >>> round(standard_error_from_p(0.40, 0.004), 3)
    0.318
    """
    return abs(log(float(hr))) / float(norm.isf(float(p) / 2))


_Function = Callable[[float], float]

TRANSFORMS: dict[str, tuple[_Function, _Function, _Function]] = {
    "log-log": (lambda s: log(-log(s)), lambda y: exp(-exp(y)), lambda s: 1 / (s * log(s))),
    "plain": (lambda s: s, lambda y: min(max(y, 0.0), 1.0), lambda s: 1.0),
    "log": (log, lambda y: exp(min(y, 0.0)), lambda s: 1 / s),
    "logit": (lambda s: log(s / (1 - s)), lambda y: 1 / (1 + exp(-y)), lambda s: 1 / (s * (1 - s))),
    "arcsine": (
        lambda s: asin(sqrt(s)),
        lambda y: sin(min(max(y, 0.0), pi / 2)) ** 2,
        lambda s: 0.5 / sqrt(s * (1 - s)),
    ),
}
"""Transforms of a survival rate, each there, back (into 0 to 1) and the slope there."""

RATE_TRANSFORMS = tuple(TRANSFORMS)
"""Transforms on which a survival rate's interval may have been made symmetric."""


def rate_from_interval(low: Number, high: Number, transform: str = "log-log") -> float:
    """The survival rate in the middle of its interval on the transformed scale; all in percent.

    NETTER-1 prints 65.2% (50.0 to 76.8):

    >>> [round(rate_from_interval(50.0, 76.8, t), 1) for t in ("log-log", "plain")]
    [65.2, 63.4]
    """
    if transform not in TRANSFORMS:
        raise ValueError(f"no transform {transform!r}; there are: {', '.join(TRANSFORMS)}")
    if not 0 < low <= high < 100:
        raise ValueError(f"an interval of a survival rate needs 0 < low <= high < 100, not {low} to {high}")
    forward, back, _ = TRANSFORMS[transform]
    return 100 * back((forward(float(low) / 100) + forward(float(high) / 100)) / 2)


def inverse_variance_hr(hrs: Sequence[Number], standard_errors: Sequence[float]) -> tuple[float, float, float]:
    """Inverse-variance pooled hazard ratio of disjoint subgroups, its standard error, and Cochran's Q.

    >>> [round(x, 2) for x in inverse_variance_hr([0.24, 0.20], [0.35, 0.34])]
    [0.22, 0.24, 0.14]
    """
    weights = [1 / se**2 for se in standard_errors]
    log_pooled = sum(w * log(float(hr)) for w, hr in zip(weights, hrs, strict=True)) / sum(weights)
    q = sum(w * (log(float(hr)) - log_pooled) ** 2 for w, hr in zip(weights, hrs, strict=True))
    return exp(log_pooled), 1 / sqrt(sum(weights)), q
