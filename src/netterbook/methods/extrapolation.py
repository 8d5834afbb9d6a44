"""Parametric survival models of right-censored patients, and what they say beyond the observed follow-up.

Every model is fitted to all draws of a reconstruction at once: times and events are arrays of draws x patients, and
Newton's method moves all draws together, so that seven models, two arms and a bootstrap of a hundred draws fit into a
chapter. Derivatives are analytic, those by the generalised gamma model's Q interpolated to twelve digits, and only a
step of less than 1e-7 standard errors is the last, so that an estimate does not depend on the way to it.

In the parameters used here, as intercept and slope of the standardised log time, all log-likelihoods but that of the
generalised gamma model are concave, so that there is one maximum at most. That one is concave where Q is given, and may
have no maximum: see :attr:`SurvivalFit.ridge`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, nan, pi, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import digamma, expit, gammainc, gammaincc, gammaln, log_ndtr, polygamma

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.methods.patient_sets import PatientSets

INTERNAL_KNOTS = 2
"""Internal knots of the spline, at the thirds of the uncensored log times (Royston & Parmar 2002)."""

_LAST = 1e-7  # standard errors: as steps shrink quadratically, nothing but rounding is left after one so short
_NEAR = 1e-5  # standard errors: as close to the maximum, a rise of the likelihood is lost in rounding
_RIDGE = 1e-6  # of log-likelihood: where a maximum rises less above the limit, rounding would choose it
_FAR = 10  # a Q beyond which a likelihood below the limit's rises towards that
_FLAT = 1e-13  # curvature, of parameters scaled to one of 1
EARLIEST = 1e-9
"""Of the mean time: stands for a censoring at time 0."""


Derivatives = tuple[Floats, Floats, Floats]
"""A function of each draw, its first and its second derivatives."""


class Family(NamedTuple):
    """A model of x, the log time in units of ``SurvivalFit.unit``; ``theta``, draws x parameters, are free."""

    parameters: int
    start: Callable[..., Floats]
    """Of log times, events and knots."""
    basis: Callable[..., tuple[Floats, ...]]
    """Of log times and knots: what the likelihood needs of them."""
    likelihood: Callable[..., Derivatives]
    """Of theta, log times, events and basis: each draw's log-likelihood, its gradient and Hessian."""
    log_hazard: Callable[..., Floats]
    log_survival: Callable[..., Floats]
    natural: Callable[..., dict[str, Floats]]
    """The parameters in the unit of the patients' times, by their usual names."""


# Models whose standardised log time z is a linear predictor


class Standard(NamedTuple):
    """A distribution of z, of which the log density is concave."""

    density: Callable[[Floats], Derivatives]
    """Its logarithm, and the first two derivatives of that."""
    log_survival: Callable[[Floats], Floats]


def _extreme_value(z: Floats) -> Derivatives:
    grown = np.exp(z)
    return z - grown, 1 - grown, -grown


def _logistic(z: Floats) -> Derivatives:
    below = expit(z)
    return -np.logaddexp(0, z) - np.logaddexp(0, -z), 1 - 2 * below, -2 * below * (1 - below)


_EXTREME_VALUE = Standard(_extreme_value, lambda z: -np.exp(z))
_LOGISTIC = Standard(_logistic, lambda z: -np.logaddexp(0, z))
_NORMAL = Standard(lambda z: (-(z**2) / 2 - log(2 * pi) / 2, -z, np.full(z.shape, -1.0)), lambda z: log_ndtr(-z))


def _line(x: Floats, knots: Floats) -> tuple[Floats, Floats]:
    ones = np.ones_like(x)
    return np.stack([ones, x], axis=1), np.stack([0 * ones, ones], axis=1)


def _predicted(
    standard: Standard,
    start: Callable[..., Floats],
    natural: Callable[..., dict[str, Floats]],
    basis: Callable[..., tuple[Floats, Floats]] = _line,
    parameters: int = 2,
) -> Family:
    """The basis are values and slopes by log time of the terms of z: draws x parameters x patients."""

    def log_survival(x: Floats, theta: Floats, knots: Floats) -> Floats:
        return standard.log_survival(_along(theta, basis(x, knots)[0]))

    def log_hazard(x: Floats, theta: Floats, knots: Floats) -> Floats:
        z, rise = (_along(theta, part) for part in basis(x, knots))
        return standard.density(z)[0] - standard.log_survival(z) + np.log(np.where(rise > 0, rise, nan)) - x

    def likelihood(theta: Floats, x: Floats, event: Booleans, values: Floats, slopes: Floats) -> Derivatives:
        z, rise = _along(theta, values), _along(theta, slopes)
        (density, first, second), survival = standard.density(z), standard.log_survival(z)
        hazard = np.exp(density - survival)
        value = np.where(event, density + np.log(rise) - x, survival).sum(1)
        first, second = np.where(event, first, -hazard), np.where(event, second, -hazard * (first + hazard))
        died = event / rise
        gradient = _total(values, first) + _total(slopes, died)
        return value, gradient, _products(values, second, values) - _products(slopes, died / rise, slopes)

    return Family(parameters, start, basis, likelihood, log_hazard, log_survival, natural)


def _along(theta: Floats, part: Floats) -> Floats:
    return (theta[:, None, :] @ part)[:, 0]


def _total(part: Floats, weight: Floats) -> Floats:
    return (part @ weight[..., None])[..., 0]


def _products(part: Floats, weight: Floats, other: Floats) -> Floats:
    return (part * weight[:, None, :]) @ other.swapaxes(1, 2)


def _log_rate(x: Floats, event: Booleans) -> Floats:
    return np.asarray(np.log(event.sum(1) / np.exp(x).sum(1)))


def _constant_hazard(x: Floats, event: Booleans, knots: Floats) -> Floats:
    return np.stack([_log_rate(x, event), np.ones(len(x))], axis=1)


def _shape_and_scale(theta: Floats, unit: float, knots: Floats) -> dict[str, Floats]:
    return {"shape": theta[:, 1], "scale": np.exp(-theta[:, 0] / theta[:, 1]) * unit}


def _mean_and_sd(theta: Floats, unit: float, knots: Floats) -> dict[str, Floats]:
    return {"mu": log(unit) - theta[:, 0] / theta[:, 1], "sigma": 1 / theta[:, 1]}


def _spline_basis(x: Floats, knots: Floats) -> tuple[Floats, Floats]:
    """Royston and Parmar's basis of a natural cubic spline in log time, and its slopes.

    Its cubic terms are divided by the square of the knots' span, lest their sizes differ by thousands.
    """
    first, last = knots[:, [0]], knots[:, [-1]]
    span = (last - first) ** 2
    below, above = np.maximum(x - first, 0), np.maximum(x - last, 0)
    values, slopes = [np.ones_like(x + first), x + 0 * first], [np.zeros_like(x + first), np.ones_like(x + first)]
    for j in range(1, knots.shape[1] - 1):
        own = np.maximum(x - knots[:, [j]], 0)
        share = (last - knots[:, [j]]) / (last - first)
        values.append((own**3 - share * below**3 - (1 - share) * above**3) / span)
        slopes.append(3 * (own**2 - share * below**2 - (1 - share) * above**2) / span)
    return np.stack(values, axis=1), np.stack(slopes, axis=1)


def _spline_start(x: Floats, event: Booleans, knots: Floats) -> Floats:
    weibull = _maximise(FAMILIES["Weibull"], x, event, knots)[0]
    return np.column_stack([weibull, np.zeros((len(x), INTERNAL_KNOTS))])


def _spline_natural(theta: Floats, unit: float, knots: Floats) -> dict[str, Floats]:
    level = theta[:, 0] - theta[:, 1] * log(unit)  # the basis moves with the knots; only the level changes
    cubic = theta[:, 2:] / (knots[:, [-1]] - knots[:, [0]]) ** 2
    return {"gamma0": level, "gamma1": theta[:, 1]} | {f"gamma{i + 2}": c for i, c in enumerate(cubic.T)}


# Models of the hazard


def _time(x: Floats, knots: Floats) -> tuple[Floats]:
    return (np.exp(x),)


def _exponential_likelihood(theta: Floats, x: Floats, event: Booleans, time: Floats) -> Derivatives:
    died, expected = event.sum(1, keepdims=True), np.exp(theta) * time.sum(1, keepdims=True)
    return (died * theta - expected)[:, 0], died - expected, -expected[..., None]


def _gompertz_likelihood(theta: Floats, x: Floats, event: Booleans, time: Floats) -> Derivatives:
    powers = [np.exp(theta[:, [0]]) * time ** (n + 1) for n in range(3)]
    once, by_shape, twice = (p * m for p, m in zip(powers, _moments(theta[:, [1]] * time, 3), strict=True))
    died = np.stack([event, event * time], axis=-1).sum(1)
    expected = np.stack([once, by_shape, twice], axis=-1).sum(1)
    return (died * theta).sum(1) - expected[:, 0], died - expected[:, :2], -expected[:, [[0, 1], [1, 2]]]


def _gompertz_log_survival(x: Floats, theta: Floats, knots: Floats) -> Floats:
    return -np.exp(theta[:, [0]] + x) * _mean_growth(theta[:, [1]] * np.exp(x))


def _mean_growth(y: Floats) -> Floats:
    """Integral of exp(y s) over s from 0 to 1."""
    steep = np.where(y == 0, 1, y)
    return np.where(y == 0, 1, np.expm1(steep) / steep)


def _quadrature(nodes: int) -> tuple[Floats, Floats]:
    """Gauss's nodes and weights from 0 to 1."""
    at, weights = np.polynomial.legendre.leggauss(nodes)
    return (at + 1) / 2, weights / 2


_SHARES, _SHARE_WEIGHTS = _quadrature(10)
MEAN_NODES = _quadrature(96)
"""Nodes and weights from 0 to 1 with which restricted means are integrated over the root of time."""


def _moments(y: Floats, count: int) -> list[Floats]:
    """Integrals of s^n exp(y s) over s from 0 to 1, n from 0: by parts, or near y = 0 by Gauss's quadrature."""
    near = np.abs(y) < 2
    flat, steep, grown = np.where(near, y, 0), np.where(near, 1, y), np.exp(y)
    by_quadrature = np.exp(flat[..., None] * _SHARES) @ (_SHARE_WEIGHTS * _SHARES ** np.arange(count)[:, None]).T
    moments = [_mean_growth(y)]
    for n in range(1, count):
        moments.append(np.where(near, by_quadrature[..., n], (grown - n * moments[-1]) / steep))
    return moments


# The generalised gamma model: z is sqrt(1 + Q^2) times a linear predictor, which tends to one as Q rises or falls

_NODES = np.arange(8) - 3.5
_APART = 1 / 64
_LAGRANGE = np.linalg.inv(np.vander(_NODES, increasing=True))
_STIRLING = np.polynomial.Polynomial(
    [-log(2 * pi) / 2, 0, -1 / 12, 0, 0, 0, 1 / 360, 0, 0, 0, -1 / 1260, 0, 0, 0, 1 / 1680, 0, 0, 0, -1 / 1188]
)
_SERIES = _STIRLING, _STIRLING.deriv(), _STIRLING.deriv(2)


def _gamma_log_normaliser(q: Floats) -> Derivatives:
    """Log density at z = 0 and its first two derivatives by Q, near Q = 0 by Stirling's series."""
    near = np.abs(q) < 0.25
    far = np.where(near, 1, q)
    a = far**-2
    value = a * np.log(a) - a - gammaln(a) - np.log(a) / 2
    first, second = np.log(a) - digamma(a) - 1 / (2 * a), 1 / a + 1 / (2 * a**2) - polygamma(1, a)
    exact = value, -2 * first * a / far, 4 * second * a**3 + 6 * first * a**2
    values, firsts, seconds = (np.where(near, series(q), each) for series, each in zip(_SERIES, exact, strict=True))
    return values, firsts, seconds


def gamma_level(q: ArrayLike) -> Floats:
    """Log density of the generalised gamma model at z = 0, by Q.

    >>> gamma_level([0.0, 1.0]).round(4).tolist()  # normal: -log(2 pi) / 2; extreme value: -1
    [-0.9189, -1.0]
    """
    return _gamma_log_normaliser(np.asarray(q, float))[0]


def _gamma_log_survival(z: Floats, q: Floats) -> Floats:
    """Q is kept 1e-8 off 0, where the model is the log-normal one."""
    q = np.where(np.abs(q) < 1e-8, np.copysign(1e-8, q), q)
    shape = q**-2
    log_u = np.log(shape) + q * z
    u, rising = np.exp(log_u), q > 0
    survival = np.empty(u.shape)
    survival[rising] = gammaincc(shape[rising], u[rising])
    survival[~rising] = gammainc(shape[~rising], u[~rising])
    lower = np.minimum(shape * log_u - gammaln(1 + shape), 0)  # also where u underflows
    return np.where(log_u < -40, np.where(rising, np.log(-np.expm1(lower)), lower), np.log(survival))


def _gamma_log_survival_by_q(z: Floats, q: Floats, lost: Booleans) -> list[Floats]:
    """Log survival of the ``lost``, and its first two derivatives by Q, which have no closed form.

    They are those of the polynomial through the eight nearest odd multiples of 1/128, which keep off Q = 0, where the
    incomplete gamma function loses digits.
    """
    centre = np.round(q / _APART)
    values = np.zeros((len(z), len(_NODES), z.shape[1]))
    for j, node in enumerate(_NODES):
        values[:, j][lost] = _gamma_log_survival(z[lost], np.broadcast_to((centre + node) * _APART, z.shape)[lost])
    off, n = q / _APART - centre, np.arange(len(_NODES))
    powers = off**n, n * off ** np.maximum(n - 1, 0) / _APART, n * (n - 1) * off ** np.maximum(n - 2, 0) / _APART**2
    return [((each @ _LAGRANGE)[:, None] @ values)[:, 0] for each in powers]


def _gamma_likelihood(theta: Floats, x: Floats, event: Booleans, values: Floats, slopes: Floats) -> Derivatives:
    slope, q = theta[:, [1]], theta[:, [2]]
    width, line = np.sqrt(1 + q**2), _along(theta[:, :2], values)
    z = width * line
    m0, m1, m2, m3 = _moments(q * z, 4)
    level, tilt, bend = _gamma_log_normaliser(q)
    density, by_z, by_q = level - z**2 * (m0 - m1), -z * m0, tilt - z**3 * (m1 - m2)
    survival, survival_by_q, survival_by_qq = _gamma_log_survival_by_q(z, q, ~event)
    hazard = np.exp(density - survival)
    value = np.where(event, density + np.log(width * slope) - x, survival).sum(1)

    by_zz = np.where(event, -np.exp(q * z), -hazard * (by_z + hazard))
    by_zq = np.where(event, -(z**2) * m1, -hazard * (by_q - survival_by_q))
    by_qq = np.where(event, bend - z**4 * (m2 - m3), survival_by_qq)
    by_z, by_q = np.where(event, by_z, -hazard), np.where(event, by_q, survival_by_q)
    moved, turned = q / width * line, line / width**3  # derivatives of z by Q
    by_qq += 2 * moved * by_zq + moved**2 * by_zz + turned * by_z + event * (1 - q**2) / width**4
    by_q += moved * by_z + event * q / width**2
    mixed = _total(values, width * (by_zq + moved * by_zz) + q / width * by_z)[:, None]
    predictor = _products(values, width**2 * by_zz, values) - _products(slopes, event / slope**2, slopes)
    gradient = width * _total(values, by_z) + _total(slopes, event / slope)
    hessian = np.block([[predictor, mixed.swapaxes(1, 2)], [mixed, by_qq.sum(1)[:, None, None]]])
    return value, np.column_stack([gradient, by_q.sum(1)]), hessian


def _gamma_start(x: Floats, event: Booleans, knots: Floats) -> Floats:
    weibull = _maximise(FAMILIES["Weibull"], x, event, knots)[0]
    return np.column_stack([weibull / sqrt(2), np.ones(len(x))])  # Q = 1 is the Weibull model


def _gamma_natural(theta: Floats, unit: float, knots: Floats) -> dict[str, Floats]:
    q = np.where(np.isinf(theta[:, 2]), nan, theta[:, 2])
    return _mean_and_sd(theta * np.sqrt(1 + q**2)[:, None], unit, knots) | {"Q": q}


def _gamma_survival(x: Floats, theta: Floats, knots: Floats) -> Floats:
    line, q, finite = _gamma_parts(x, theta, knots)
    survival = _gamma_log_survival(np.sqrt(1 + finite**2) * line, np.broadcast_to(finite, line.shape))
    return _at_q(q, survival, _POWER.log_survival(line), _PARETO.log_survival(line))


def _gamma_log_hazard(x: Floats, theta: Floats, knots: Floats) -> Floats:
    line, q, finite = _gamma_parts(x, theta, knots)
    z = np.sqrt(1 + finite**2) * line
    m0, m1 = _moments(finite * z, 2)
    density = _gamma_log_normaliser(finite)[0] - z**2 * (m0 - m1) + np.log(1 + finite**2) / 2
    density = _at_q(q, density, _POWER.density(line)[0], _PARETO.density(line)[0])
    return density + np.log(theta[:, [1]]) - x - _gamma_survival(x, theta, knots)


def _gamma_parts(x: Floats, theta: Floats, knots: Floats) -> tuple[Floats, Floats, Floats]:
    """The linear predictor, Q, and a number in its place where it is infinite."""
    q = theta[:, [2]]
    return _along(theta[:, :2], _line(x, knots)[0]), q, np.where(np.isinf(q), 1, q)


# Its limits. As Q rises without end, the time becomes a power of a uniform one that ends where the linear predictor
# is 0; as Q falls, a Pareto one that starts there. Both are families of the linear predictor, too.

_POWER = Standard(
    lambda z: (np.where(z > 0, -np.inf, z), np.ones(z.shape), np.zeros(z.shape)),
    lambda z: np.log(-np.expm1(np.minimum(z, 0))),
)
_PARETO = Standard(
    lambda z: (np.where(z < 0, -np.inf, -z), np.full(z.shape, -1.0), np.zeros(z.shape)),
    lambda z: -np.maximum(z, 0),
)


def _at_q(q: Floats, finite: Floats | float, power: Floats, pareto: Floats) -> Floats:
    return np.where(q == np.inf, power, np.where(q == -np.inf, pareto, finite))


def _before_the_end(x: Floats, event: Booleans, knots: Floats) -> Floats:
    return np.stack([-1 - x.max(1), np.ones(len(x))], axis=1)


def _from_an_event(standard: Standard, which: int) -> Family:
    """The limit that ends at the last event or starts at the first, by its slope."""

    def basis(x: Floats, knots: Floats) -> tuple[Floats, Floats]:
        return (x - knots[:, [which]])[:, None], np.ones_like(x)[:, None]

    return _predicted(standard, lambda x, event, knots: np.ones((len(x), 1)), _mean_and_sd, basis, 1)


_ENDS_LATER, _ENDS_AT_LAST = _predicted(_POWER, _before_the_end, _mean_and_sd), _from_an_event(_POWER, -1)
_STARTS_AT_FIRST = _from_an_event(_PARETO, 0)


def _gamma_limits(x: Floats, event: Booleans, knots: Floats) -> tuple[Floats, Floats]:
    """Estimates and log-likelihoods as Q falls and as it rises: draws x 2 x parameters, and draws x 2."""
    (start, from_first), (end, to_last) = (_maximise(f, x, event, knots) for f in (_STARTS_AT_FIRST, _ENDS_AT_LAST))
    first, last = (np.hstack([-slope * knots[:, [i]], slope]) for slope, i in ((start, 0), (end, -1)))
    later, beyond = _maximise(_ENDS_LATER, x, event, knots)
    to_last = np.where(np.isnan(to_last), -np.inf, to_last)
    rising = np.where((beyond > to_last)[:, None], later, last)
    theta = np.stack([np.insert(first, 2, -np.inf, axis=1), np.insert(rising, 2, np.inf, axis=1)], axis=1)
    return theta, np.stack([from_first, np.fmax(beyond, to_last)], axis=1)


def _gamma_limit_mean(theta: Floats, tau: float) -> Floats:
    """Mean up to tau of a limit."""
    end, slope = np.exp(-theta[:, 0] / theta[:, 1]), theta[:, 1]
    before, after = np.minimum(np.log(tau / end), 0), np.maximum(np.log(tau / end), 0)
    power, pareto = 1 - np.exp(slope * before) / (1 + slope), 1 + after * _mean_growth((1 - slope) * after)
    return np.minimum(tau, end) * _at_q(theta[:, 2], nan, power, pareto)


FAMILIES: dict[str, Family] = {
    "exponential": Family(
        1,
        lambda x, event, knots: _log_rate(x, event)[:, None],
        _time,
        _exponential_likelihood,
        lambda x, theta, knots: theta + 0 * x,
        lambda x, theta, knots: -np.exp(x + theta),
        lambda theta, unit, knots: {"rate": np.exp(theta[:, 0]) / unit},
    ),
    "Weibull": _predicted(_EXTREME_VALUE, _constant_hazard, _shape_and_scale),
    "Gompertz": Family(
        2,
        lambda x, event, knots: np.stack([_log_rate(x, event), np.zeros(len(x))], axis=1),
        _time,
        _gompertz_likelihood,
        lambda x, theta, knots: theta[:, [0]] + theta[:, [1]] * np.exp(x),
        _gompertz_log_survival,
        lambda theta, unit, knots: {"shape": theta[:, 1] / unit, "rate": np.exp(theta[:, 0]) / unit},
    ),
    "log-normal": _predicted(_NORMAL, _constant_hazard, _mean_and_sd),
    "log-logistic": _predicted(_LOGISTIC, _constant_hazard, _shape_and_scale),
    "generalised gamma": Family(
        3,
        _gamma_start,
        _line,
        _gamma_likelihood,
        _gamma_log_hazard,
        _gamma_survival,
        _gamma_natural,
    ),
    "spline": _predicted(_EXTREME_VALUE, _spline_start, _spline_natural, _spline_basis, 2 + INTERNAL_KNOTS),
}
SURVIVAL_MODELS = tuple(FAMILIES)
"""Names of the models. Generalised gamma in Prentice's form (Biometrika 1974;61:539-44), which holds Weibull (Q = 1)
and log-normal (Q = 0); the spline is of the log cumulative hazard (Royston & Parmar, Stat Med 2002;21:2175-97)."""


def _newton(theta: Floats, gradient: Floats, hessian: Floats) -> tuple[Floats, Floats, Booleans]:
    """Steps uphill whatever the curvature, their lengths in standard errors, and whether it is that of a maximum.

    The step itself is limited, and none is made where the likelihood is flat, as when two knots of a spline coincide.
    """
    size = np.sqrt(np.abs(np.diagonal(hessian, axis1=1, axis2=2)))
    size = np.where(size > 0, size, 1)
    curvature, axes = np.linalg.eigh(hessian / size[:, :, None] / size[:, None, :])
    along = np.einsum("dji,dj->di", axes, gradient / size)
    steep = np.maximum(np.abs(curvature), _FLAT)
    step = np.einsum("dij,dj->di", axes, np.where(steep > _FLAT, along / steep, 0)) / size
    reach = 2 * np.maximum(1, np.linalg.norm(theta, axis=1)) / np.maximum(np.linalg.norm(step, axis=1), 1e-300)
    return step * np.minimum(1, reach)[:, None], np.sqrt((along**2 / steep).sum(1)), curvature.max(1) < _FLAT


def _maximise(family: Family, x: Floats, event: Booleans, knots: Floats) -> tuple[Floats, Floats]:
    """Estimates and log-likelihood of every draw; nan where Newton's method finds no maximum."""
    theta, value, found, _ = _climb(family, x, event, knots)
    return np.where(found[:, None], theta, nan), np.where(found, value, nan)


@np.errstate(all="ignore")
def _climb(
    family: Family, x: Floats, event: Booleans, knots: Floats, limits: ArrayLike = nan
) -> tuple[Floats, Floats, Booleans, Booleans]:
    """Where Newton's method ends, the log-likelihood, whether that is a maximum, and whether it is a ridge to a limit.

    ``limits`` are the log-likelihoods of those, as the last parameter falls and as it rises without end: draws x 2.
    """
    theta = family.start(x, event, knots)
    sample = x, event, *family.basis(x, knots)
    limits = np.broadcast_to(limits, (len(x), 2))

    def at(theta: Floats, rows: Integers) -> Derivatives:
        value, gradient, hessian = family.likelihood(theta, *(each[rows] for each in sample))
        known = np.isfinite(value) & np.isfinite(gradient).all(1) & np.isfinite(hessian).all((1, 2))
        return np.where(known, value, -np.inf), gradient, hessian

    def uphill(rows: Integers, step: Floats, sure: Booleans) -> Booleans:
        """Steps halved until the likelihood rises; whether it did."""
        waiting = np.arange(len(rows))
        for _ in range(30):
            tried = theta[rows[waiting]] + step[waiting]
            parts = at(tried, rows[waiting])
            up = np.isfinite(parts[0]) & (sure[waiting] | (parts[0] > value[rows[waiting]]))
            for kept, new in zip((theta, value, gradient, hessian), (tried, *parts), strict=True):
                kept[rows[waiting[up]]] = new[up]
            waiting = waiting[~up]
            if not len(waiting):
                break
            step[waiting] /= 2
        return ~np.isin(np.arange(len(rows)), waiting)

    value, gradient, hessian = at(theta, np.arange(len(x)))
    found, ridge = np.zeros((2, len(x)), bool)
    open_ = np.flatnonzero(np.isfinite(value))
    for _ in range(50):
        step, error, maximum = _newton(theta[open_], gradient[open_], hessian[open_])
        last = maximum & (error < _LAST)
        ahead = limits[open_, (theta[open_, -1] > 0).astype(int)] - value[open_]
        far = np.abs(theta[open_, -1]) > _FAR
        # Where a ridge levels off exponentially, the square of the error is left to gain
        ridge[open_] = (np.abs(ahead) < _RIDGE) & (last | (error**2 < ahead + _RIDGE)) | far & (ahead > 0)
        going = ~ridge[open_]
        found[open_] = last & going
        sure = maximum & (error < _NEAR)
        open_, last = open_[going], last[going]
        open_ = open_[uphill(open_, step[going], sure[going]) & ~last]
        if not len(open_):
            break
    return theta, value, found, ridge


def _maximise_gamma(x: Floats, event: Booleans, knots: Floats) -> tuple[Floats, Floats]:
    """Estimates and log-likelihood of the generalised gamma model, or of its limit where a ridge leads there.

    A maximum is the estimate even where a limit, of a curve that starts or ends at an event, has a higher likelihood:
    the theory of maximum likelihood is about the former (Cheng & Traylor, J R Stat Soc B 1995;57:3-44).
    """
    at_limit, limits = _gamma_limits(x, event, knots)
    theta, value, found, ridge = _climb(FAMILIES["generalised gamma"], x, event, knots, limits)
    own = np.arange(len(x)), (theta[:, 2] > 0).astype(int)
    theta = np.where(ridge[:, None], at_limit[own], np.where(found[:, None], theta, nan))
    return theta, np.where(ridge, limits[own], np.where(found, value, nan))


@dataclass(frozen=True, eq=False)
class SurvivalFit:
    """A model fitted to every draw; nan where the likelihood has neither a maximum nor, see :attr:`ridge`, a limit.

    theta : draws x free parameters; knots : draws x knots, of log time; both in times of ``unit``.
    """

    model: str
    theta: Floats
    log_likelihood: Floats
    knots: Floats
    unit: float
    patients: int

    @property
    def ridge(self) -> Booleans:
        """Draws without a maximum, where the generalised gamma model's Q rises or falls without end.

        Log-likelihood, curve and restricted mean are those of the limit; the parameters are not identified, and nan.
        """
        return np.asarray(np.isinf(self.theta).any(axis=1))

    @property
    def aic(self) -> Floats:
        """Akaike's criterion of each draw."""
        return 2 * FAMILIES[self.model].parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> Floats:
        """Schwarz's criterion of each draw, with the number of patients, censored ones included."""
        return log(self.patients) * FAMILIES[self.model].parameters - 2 * self.log_likelihood

    @property
    def parameters(self) -> dict[str, Floats]:
        """Parameters in the unit of the patients' times: names as in R's survreg and flexsurv, one value a draw."""
        return FAMILIES[self.model].natural(self.theta, self.unit, self.knots)

    def _at(self, times: ArrayLike) -> Floats:
        times = np.asarray(times, dtype=float)
        if times.ndim != 1 or not (times >= 0).all() or np.isinf(times).any():
            raise ValueError(f"times are a list of finite numbers, not negative; given {times}")
        return np.log(np.maximum(times / self.unit, EARLIEST))[None, :]

    def survival(self, times: ArrayLike) -> Floats:
        """Survival at ``times``, draws x times."""
        with np.errstate(all="ignore"):
            return np.exp(FAMILIES[self.model].log_survival(self._at(times), self.theta, self.knots))

    def hazard(self, times: ArrayLike) -> Floats:
        """Hazard at ``times``, events a patient and unit of time, draws x times."""
        with np.errstate(all="ignore"):
            return np.exp(FAMILIES[self.model].log_hazard(self._at(times), self.theta, self.knots)) / self.unit

    def restricted_mean(self, tau: float) -> Floats:
        """Mean survival up to ``tau``: the area under each draw's curve.

        Raises
        ------
        ValueError
            If ``tau`` is not a positive time.
        """
        if not 0 < tau < np.inf:
            raise ValueError(f"tau must be a positive time, not {tau}")
        # the square spreads the nodes to early times, where some curves fall like a root
        roots, weights = MEAN_NODES
        mean = self.survival(tau * roots**2) @ (weights * 2 * roots) * tau
        if self.ridge.any():
            mean[self.ridge] = _gamma_limit_mean(self.theta[self.ridge], tau / self.unit) * self.unit
        return mean


def _ensemble(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Booleans]:
    time, event = np.atleast_2d(np.asarray(time, float)), np.atleast_2d(np.asarray(event, float))
    if time.ndim != 2 or time.shape != event.shape or time.size == 0:
        raise ValueError(
            f"times of shape {time.shape} and events of shape {event.shape}; give draws x patients of both, alike"
        )
    if not (np.isfinite(time) & (time >= 0)).all():
        raise ValueError(f"time {time[~(np.isfinite(time) & (time >= 0))][0]:g}: times are finite and not negative")
    if not np.isin(event, (0, 1)).all():
        raise ValueError(f"event {event[~np.isin(event, (0, 1))][0]:g}: write 1 for an event and 0 for censoring")
    if ((time == 0) & (event == 1)).any():
        raise ValueError("an event at time 0 has no likelihood in these models; move it to half the smallest unit")
    if not (event.sum(1) > 0).all():
        raise ValueError(f"draw {int(event.sum(1).argmin())} has no events; no model can be fitted")
    return time, event == 1


def _check_models(models: Sequence[str]) -> None:
    for model in models:
        if model not in FAMILIES:
            raise ValueError(f"no model {model!r}; there are: {', '.join(SURVIVAL_MODELS)}")


def fit_survival(model: str, time: ArrayLike, event: ArrayLike) -> SurvivalFit:
    """A parametric model of right-censored patients by maximum likelihood.

    Parameters
    ----------
    model : one of :data:`SURVIVAL_MODELS`
    time, event : patients, or draws x patients; event is 1 at an event and 0 at censoring

    Raises
    ------
    ValueError
        For an unknown model, times that are negative, missing or infinite, an event at time 0, or a draw without
        events.

    6-mercaptopurine in leukaemia (Freireich 1963): R's survreg gives a scale of 33.8 and 1/shape of 0.739.

    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> found = fit_survival("Weibull", weeks, relapse)
    >>> {name: round(float(value[0]), 3) for name, value in found.parameters.items()}
    {'shape': 1.354, 'scale': 33.765}
    """
    _check_models([model])
    return _fit(model, _sample(time, event))


class _Sample(NamedTuple):
    """What fits of all models have in common: log times in times of ``unit``, events, and knots of the spline."""

    x: Floats
    event: Booleans
    knots: Floats
    unit: float


def _sample(time: ArrayLike, event: ArrayLike) -> _Sample:
    time, event = _ensemble(time, event)
    unit = float(time.mean())
    x = np.log(np.maximum(time / unit, EARLIEST))
    knots = np.nanquantile(np.where(event, x, nan), np.linspace(0, 1, INTERNAL_KNOTS + 2), axis=1).T
    return _Sample(x, event, knots, unit)


def _fit(model: str, sample: _Sample) -> SurvivalFit:
    x, event, knots, unit = sample
    if model == "generalised gamma":
        theta, value = _maximise_gamma(x, event, knots)
    else:
        theta, value = _maximise(FAMILIES[model], x, event, knots)
    return SurvivalFit(model, theta, value - event.sum(1) * log(unit), knots, unit, x.shape[1])


def fit_arms(found: PatientSets, models: Sequence[str] = SURVIVAL_MODELS) -> dict[str, tuple[SurvivalFit, SurvivalFit]]:
    """Every model fitted to arm 0 and arm 1 of every draw."""
    arms = [found.arm.astype(str) == str(arm) for arm in (0, 1)]
    if not all(own.any() for own in arms):
        raise ValueError(f"two arms 0 and 1 are needed; the reconstruction has {sorted(set(found.arm.tolist()))}")
    _check_models(models)
    zero, one = (_sample(found.time[:, own], found.event[:, own]) for own in arms)
    return {model: (_fit(model, zero), _fit(model, one)) for model in models}


def resample(found: PatientSets, seed: int) -> PatientSets:
    """One bootstrap sample of each draw: its patients with replacement, arm by arm.

    What varies between the draws is then what the inputs leave open about this trial's patients and, with it, what
    other patients of the same kind would have shown.
    """
    rng = np.random.default_rng(seed)
    picked = np.empty(found.time.shape, int)
    for arm in np.unique(found.arm):
        own = np.flatnonzero(found.arm == arm)
        picked[:, own] = own[rng.integers(0, len(own), (found.draws, len(own)))]
    time, event = np.take_along_axis(found.time, picked, axis=1), np.take_along_axis(found.event, picked, axis=1)
    return PatientSets(time, event, found.arm)


def benefit(fits: dict[str, tuple[SurvivalFit, SurvivalFit]], tau: float) -> Floats:
    """Difference of the restricted means to ``tau``, arm 1 less arm 0; draws x models."""
    return np.stack([one.restricted_mean(tau) - zero.restricted_mean(tau) for zero, one in fits.values()], axis=1)


def share_beyond(fits: dict[str, tuple[SurvivalFit, SurvivalFit]], followed: float, tau: float) -> Floats:
    """Share of the benefit to ``tau`` that lies beyond ``followed``, the end of the observed follow-up; draws x models.

    Both parts are areas between the fitted curves; the share is negative where these cross and the benefit falls again.
    nan where there is no positive benefit to share out.

    Raises
    ------
    ValueError
        Unless 0 < ``followed`` < ``tau``.
    """
    _check_follow_up(followed, tau)
    return _share_left(benefit(fits, tau), benefit(fits, followed))


def _check_follow_up(followed: float, tau: float) -> None:
    if not 0 < followed < tau:
        raise ValueError(f"the follow-up must lie between 0 and tau = {tau}, not at {followed}")


def _share_left(whole: Floats, seen: Floats) -> Floats:
    return np.where(whole > 0, 1 - seen / np.where(whole > 0, whole, 1), nan)


def akaike_weights(fits: dict[str, tuple[SurvivalFit, SurvivalFit]]) -> Floats:
    """Weights of the models in each draw, draws x models: exp(-AIC / 2) of both arms together, scaled to sum to 1.

    Each model is used in both arms (Burnham & Anderson, Model Selection and Multimodel Inference, ch. 2). A model that
    could not be fitted has weight 0.
    """
    return _weights(np.stack([zero.aic + one.aic for zero, one in fits.values()], axis=1))


def _weights(aic: Floats) -> Floats:
    if np.isnan(aic).all(1).any():
        raise ValueError(f"no model could be fitted to draw {int(np.isnan(aic).all(1).argmax())}")
    relative = np.exp(-(aic - np.nanmin(aic, axis=1, keepdims=True)) / 2)
    relative = np.where(np.isnan(relative), 0, relative)
    return np.asarray(relative / relative.sum(1, keepdims=True))


def averaged(values: Floats, weights: Floats) -> Floats:
    """Weighted mean over the models in each draw; ``values`` and ``weights`` are draws x models.

    A model without weight in a draw, as one that could not be fitted, is left out.

    >>> averaged(np.array([[10.0, 20.0], [10.0, np.nan]]), np.array([[0.25, 0.75], [1, 0]]))
    array([17.5, 10. ])
    """
    return np.asarray((np.where(weights > 0, values, 0) * weights).sum(1))


def averaged_share_beyond(
    fits: dict[str, tuple[SurvivalFit, SurvivalFit]], weights: Floats, followed: float, tau: float
) -> Floats:
    """Share of the :func:`averaged` benefit to ``tau`` that lies beyond ``followed``, one value a draw.

    A share of the average, not an average of shares: under a model with little benefit a share has no bounds. nan where
    there is no positive benefit to share out.

    Raises
    ------
    ValueError
        Unless 0 < ``followed`` < ``tau``.
    """
    _check_follow_up(followed, tau)
    return _share_left(*(averaged(benefit(fits, t), weights) for t in (tau, followed)))


class Spread(NamedTuple):
    """Median and central interval of a quantity over draws."""

    value: float
    low: float
    high: float


def spread(values: Floats, level: float = 0.95) -> Spread:
    """Median and central interval of values, each of them one of the values; those that are nan are left out.

    >>> spread(np.arange(101.0))
    Spread(value=50.0, low=2.0, high=98.0)

    Raises
    ------
    ValueError
        If the level is not between 0 and 1, or every value is missing.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level must lie between 0 and 1, not {level}")
    kept = values[~np.isnan(values)]
    if not len(kept):
        raise ValueError("every value is missing; no interval can be given")
    tails = [0.5, (1 - level) / 2, (1 + level) / 2]
    return Spread(*map(float, np.quantile(kept, tails, method="inverted_cdf")))


def criteria(fits: dict[str, tuple[SurvivalFit, SurvivalFit]]) -> pd.DataFrame:
    """How well the models fit both arms: one row a model.

    Columns: ``model``, median ``aic`` and ``bic`` over the draws, mean Akaike ``weight``, ``best``: share of draws in
    which its AIC is lowest, ``fitted``: share of draws with a fit in both arms, ``ridge``: share of draws with a
    :attr:`SurvivalFit.ridge` in either arm.
    """
    aic, bic = (
        np.stack([getattr(zero, name) + getattr(one, name) for zero, one in fits.values()], axis=1)
        for name in ("aic", "bic")
    )
    return pd.DataFrame(
        {
            "model": list(fits),
            "aic": np.nanmedian(aic, axis=0),
            "bic": np.nanmedian(bic, axis=0),
            "weight": akaike_weights(fits).mean(0),
            "best": np.mean(aic == np.nanmin(aic, axis=1, keepdims=True), axis=0),
            "fitted": np.mean(~np.isnan(aic), axis=0),
            "ridge": [np.mean(zero.ridge | one.ridge) for zero, one in fits.values()],
        }
    )


def extrapolated(
    fits: dict[str, tuple[SurvivalFit, SurvivalFit]],
    sampled: dict[str, tuple[SurvivalFit, SurvivalFit]],
    horizons: Sequence[float],
    followed: float,
    level: float = 0.95,
) -> pd.DataFrame:
    """Restricted means of both arms, their difference and its share beyond the follow-up, by model and averaged.

    Parameters
    ----------
    fits : of a two-arm trial, by :func:`fit_arms`
    sampled : the same of its draws after :func:`resample`
    horizons : times up to which means are taken, in the unit of the patients' times, each beyond ``followed``
    followed : end of the observed follow-up
    level : of the intervals

    Returns
    -------
    One row a model, horizon and quantity (``mean0``, ``mean1``, ``benefit``, ``share_beyond``): ``value``, the median
    over the draws; ``low`` and ``high`` of the draws alone, what the reconstruction leaves open; ``low_all`` and
    ``high_all`` of bootstrapped draws, which adds the chance of sampling patients. Rows of the model "averaged" hold,
    in each draw, the mean over the models by their Akaike weights in that draw, bootstrapped draws by their own
    (Buckland, Burnham & Augustin, Biometrics 1997;53:603-18); ``share_beyond`` is there the share of the averaged
    benefit.
    """
    rows = []
    for tau in horizons:
        both = [_quantities(each, followed, tau) for each in (fits, sampled)]
        for name, own in both[0].items():
            for column, model in enumerate([*fits, "averaged"]):
                whole = spread(both[1][name][:, column], level)
                rows.append((model, tau, name, *spread(own[:, column], level), whole.low, whole.high))
    return pd.DataFrame(rows, columns=["model", "horizon", "quantity", "value", "low", "high", "low_all", "high_all"])


def _quantities(fits: dict[str, tuple[SurvivalFit, SurvivalFit]], followed: float, tau: float) -> dict[str, Floats]:
    """What is told of every draw and model, and in the last column of the average over the models."""
    weights = akaike_weights(fits)
    means = {
        f"mean{arm}": np.stack([pair[arm].restricted_mean(tau) for pair in fits.values()], axis=1) for arm in (0, 1)
    }
    values = means | {"benefit": means["mean1"] - means["mean0"]}
    found = {name: np.column_stack([value, averaged(value, weights)]) for name, value in values.items()}
    shares = share_beyond(fits, followed, tau), averaged_share_beyond(fits, weights, followed, tau)
    return found | {"share_beyond": np.column_stack(shares)}


def observed_hazard(time: ArrayLike, event: ArrayLike, edges: Sequence[float]) -> Floats:
    """Events a patient and unit of time in each interval between ``edges``, draws x intervals; nan with nobody there.

    Raises
    ------
    ValueError
        Unless the edges rise from 0 or later.

    Two patients, one event at 3:

    >>> observed_hazard([3, 4], [1, 0], [0, 2, 4])
    array([[0.        , 0.33333333]])
    """
    time, event = _ensemble(time, event)
    at = np.asarray(edges, float)
    if len(at) < 2 or not (np.diff(at) > 0).all() or not at[0] >= 0:
        raise ValueError(f"edges are two or more rising times from 0 on, not {at.tolist()}")
    lived = np.clip(time[:, :, None] - at[:-1], 0, np.diff(at)).sum(1)
    died = np.stack([(event & (time > a) & (time <= b)).sum(1) for a, b in pairwise(at)], axis=1)
    hazard = np.full(lived.shape, nan)
    np.divide(died, lived, out=hazard, where=lived > 0)
    return hazard
