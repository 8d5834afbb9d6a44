"""Parametric survival models of right-censored patients, and what they say beyond the observed follow-up.

Every model is fitted to all draws of a reconstruction at once: times and events are arrays of draws x patients, and
Newton's method moves all draws together. lifelines needs 25 to 260 ms a fit, this a few, so that seven models, two
arms and a bootstrap of a hundred draws fit into a chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, nan, pi
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaincc, gammaln, log_ndtr

from netterbook.reconstruction.result import Reconstruction

INTERNAL_KNOTS = 2
"""Internal knots of the spline, at the thirds of the uncensored log times (Royston & Parmar 2002)."""

_SMALL_Q = 1e-5  # the generalised gamma model is the log-normal one to ten digits below
_LEVEL = 1e-4  # of log-likelihood
_EARLIEST = 1e-9  # of the mean time: stands for a censoring at time 0


class Family(NamedTuple):
    """A model of x, the log time in units of :attr:`Fit.unit`; ``theta`` are free parameters, draws x parameters."""

    parameters: int
    start: Callable[..., NDArray]
    """Of log times, events and knots."""
    log_hazard: Callable[..., NDArray]
    log_survival: Callable[..., NDArray]
    natural: Callable[..., dict[str, NDArray]]
    """The parameters in the unit of the patients' times, by their usual names."""


def _columns(theta: NDArray) -> list[NDArray]:
    return [theta[:, [i]] for i in range(theta.shape[1])]


def _log_rate(x: NDArray, event: NDArray) -> NDArray:
    return np.log(event.sum(1) / np.exp(x).sum(1))


def _standardised(x: NDArray, theta: NDArray) -> tuple[NDArray, NDArray]:
    mu, log_sigma = _columns(theta)[:2]
    return (x - mu) * np.exp(-log_sigma), log_sigma


def _location(x: NDArray, event: NDArray, knots: NDArray) -> NDArray:
    return np.stack([-_log_rate(x, event), np.zeros(len(x))], axis=1)


def _location_scale(log_hazard: Callable, log_survival: Callable, natural: Callable) -> Family:
    """A model whose standardised log time has this log hazard and log survival."""

    def hazard(x, theta, knots):
        z, log_sigma = _standardised(x, theta)
        return log_hazard(z) - log_sigma - x

    return Family(2, _location, hazard, lambda x, theta, knots: log_survival(_standardised(x, theta)[0]), natural)


def _shape_and_scale(theta: NDArray, unit: float, knots: NDArray) -> dict[str, NDArray]:
    return {"shape": np.exp(-theta[:, 1]), "scale": np.exp(theta[:, 0]) * unit}


def _mean_and_sd(theta: NDArray, unit: float, knots: NDArray) -> dict[str, NDArray]:
    return {"mu": theta[:, 0] + log(unit), "sigma": np.exp(theta[:, 1])}


def _gompertz_log_survival(x: NDArray, theta: NDArray, knots: NDArray) -> NDArray:
    log_rate, shape = _columns(theta)
    time = np.exp(x)
    steep = np.where(shape == 0, 1.0, shape)
    return -np.exp(log_rate) * np.where(shape == 0, time, np.expm1(steep * time) / steep)


def _gamma_parts(x: NDArray, theta: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Q w, Q and Q^-2 of Prentice's form; Q is kept off 0, where it is the log-normal model."""
    z, _ = _standardised(x, theta)
    q = theta[:, [2]]
    q = np.where(np.abs(q) < _SMALL_Q, np.copysign(_SMALL_Q, q), q)
    return q * z, q, q**-2


def _gamma_log_survival(x: NDArray, theta: NDArray, knots: NDArray) -> NDArray:
    qw, q, shape = _gamma_parts(x, theta)
    u = shape * np.exp(qw)
    survival = np.empty(u.shape)
    rising = np.broadcast_to(q > 0, u.shape)
    shape = np.broadcast_to(shape, u.shape)
    survival[rising] = gammaincc(shape[rising], u[rising])
    survival[~rising] = gammainc(shape[~rising], u[~rising])
    return np.log(survival)


def _gamma_log_hazard(x: NDArray, theta: NDArray, knots: NDArray) -> NDArray:
    qw, q, shape = _gamma_parts(x, theta)
    # a log a - a - log Gamma(a) by Stirling's series where its terms would cancel
    large = np.maximum(shape, 100.0)
    series = np.log(large / (2 * pi)) / 2 - 1 / (12 * large) + 1 / (360 * large**3)
    constant = np.where(shape > 100, series, shape * np.log(shape) - shape - gammaln(shape))
    log_density = np.log(np.abs(q)) + constant - shape * (np.expm1(qw) - qw) - theta[:, [1]] - x
    return log_density - _gamma_log_survival(x, theta, knots)


def _spline_basis(x: NDArray, knots: NDArray) -> tuple[list[NDArray], list[NDArray]]:
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
    return values, slopes


def _spline_log_cumulative(x: NDArray, theta: NDArray, knots: NDArray) -> tuple[NDArray, NDArray]:
    values, slopes = _spline_basis(x, knots)
    gammas = _columns(theta)
    return (sum(g * v for g, v in zip(gammas, part, strict=True)) for part in (values, slopes))


def _spline_log_hazard(x: NDArray, theta: NDArray, knots: NDArray) -> NDArray:
    level, slope = _spline_log_cumulative(x, theta, knots)
    return level - x + np.log(np.where(slope > 0, slope, nan))


def _spline_start(x: NDArray, event: NDArray, knots: NDArray) -> NDArray:
    weibull = _maximise(FAMILIES["Weibull"], x, event, knots)[0]
    shape = np.exp(-weibull[:, 1])
    rest = np.zeros((len(x), INTERNAL_KNOTS))
    return np.column_stack([-weibull[:, 0] * shape, shape, rest])


def _spline_natural(theta: NDArray, unit: float, knots: NDArray) -> dict[str, NDArray]:
    level = theta[:, 0] - theta[:, 1] * log(unit)  # the basis moves with the knots; only the level changes
    cubic = theta[:, 2:] / (knots[:, [-1]] - knots[:, [0]]) ** 2
    return {"gamma0": level, "gamma1": theta[:, 1]} | {f"gamma{i + 2}": c for i, c in enumerate(cubic.T)}


FAMILIES: dict[str, Family] = {
    "exponential": Family(
        1,
        lambda x, event, knots: _log_rate(x, event)[:, None],
        lambda x, theta, knots: theta + 0 * x,
        lambda x, theta, knots: -np.exp(x + theta),
        lambda theta, unit, knots: {"rate": np.exp(theta[:, 0]) / unit},
    ),
    "Weibull": _location_scale(lambda z: z, lambda z: -np.exp(z), _shape_and_scale),
    "Gompertz": Family(
        2,
        lambda x, event, knots: np.stack([_log_rate(x, event), np.zeros(len(x))], axis=1),
        lambda x, theta, knots: theta[:, [0]] + theta[:, [1]] * np.exp(x),
        _gompertz_log_survival,
        lambda theta, unit, knots: {"shape": theta[:, 1] / unit, "rate": np.exp(theta[:, 0]) / unit},
    ),
    "log-normal": _location_scale(
        lambda z: -(z**2) / 2 - log(2 * pi) / 2 - log_ndtr(-z), lambda z: log_ndtr(-z), _mean_and_sd
    ),
    "log-logistic": _location_scale(
        lambda z: -np.logaddexp(0, -z), lambda z: -np.logaddexp(0, z), _shape_and_scale
    ),
    "generalised gamma": Family(
        3,
        lambda x, event, knots: np.column_stack(
            [_maximise(FAMILIES["Weibull"], x, event, knots)[0], np.ones(len(x))]  # Q = 1 is the Weibull model
        ),
        _gamma_log_hazard,
        _gamma_log_survival,
        lambda theta, unit, knots: _mean_and_sd(theta, unit, knots) | {"Q": theta[:, 2]},
    ),
    "spline": Family(
        2 + INTERNAL_KNOTS,
        _spline_start,
        _spline_log_hazard,
        lambda x, theta, knots: -np.exp(next(_spline_log_cumulative(x, theta, knots))),
        _spline_natural,
    ),
}  # fmt: skip
MODELS = tuple(FAMILIES)
"""Names of the models. Generalised gamma in Prentice's form (Biometrika 1974;61:539-44), which holds Weibull (Q = 1)
and log-normal (Q = 0); the spline is of the log cumulative hazard (Royston & Parmar, Stat Med 2002;21:2175-97)."""


def _log_likelihood(family: Family, theta: NDArray, x: NDArray, event: NDArray, knots: NDArray) -> NDArray:
    with np.errstate(all="ignore"):
        hazard = np.where(event, family.log_hazard(x, theta, knots), 0.0)
        total = (hazard + family.log_survival(x, theta, knots)).sum(1)
    return np.where(np.isfinite(total), total, -np.inf)


def _derivatives(value: Callable, theta: NDArray, at: NDArray) -> tuple[NDArray, NDArray]:
    """Gradient and Hessian by central differences."""
    draws, p = theta.shape
    step = 1e-4 * np.maximum(1, np.abs(theta))
    moves = [np.where(np.arange(p) == i, step, 0) for i in range(p)]
    up, down = (np.stack([value(theta + sign * move) for move in moves], axis=1) for sign in (1, -1))
    hessian = np.empty((draws, p, p))
    with np.errstate(invalid="ignore"):  # of infinities, at the edge of what is possible; the caller leaves them out
        gradient = (up - down) / (2 * step)
        for i in range(p):
            hessian[:, i, i] = (up[:, i] + down[:, i] - 2 * at) / step[:, i] ** 2
            for j in range(i):
                both = value(theta + moves[i] + moves[j]) + value(theta - moves[i] - moves[j])
                mixed = both - up[:, i] - down[:, i] - up[:, j] - down[:, j] + 2 * at
                hessian[:, i, j] = hessian[:, j, i] = mixed / (2 * step[:, i] * step[:, j])
    return gradient, hessian


def _maximise(family: Family, x: NDArray, event: NDArray, knots: NDArray) -> tuple[NDArray, NDArray]:
    """Estimates and log-likelihood of every draw; nan where Newton's method finds no maximum.

    Steps go uphill whatever the curvature, are limited, and halved until the likelihood rises. Along a ridge
    that only levels off, as of generalised gamma with a large Q, the end is where no more than ``_LEVEL`` is to gain.
    """
    theta = family.start(x, event, knots)
    best = _log_likelihood(family, theta, x, event, knots)
    open_ = np.flatnonzero(np.isfinite(best))
    done = np.zeros(len(x), bool)
    for _ in range(60):
        if not len(open_):
            break
        own = x[open_], event[open_], knots[open_]
        gradient, hessian = _derivatives(lambda t, own=own: _log_likelihood(family, t, *own), theta[open_], best[open_])
        usable = np.isfinite(gradient).all(1) & np.isfinite(hessian).all((1, 2))
        open_, gradient, hessian = open_[usable], gradient[usable], hessian[usable]
        if not len(open_):
            break
        curvature, axes = np.linalg.eigh(hessian)
        size = np.maximum(np.abs(curvature), 1e-8 * np.abs(curvature).max(1, keepdims=True))
        along = np.einsum("dji,dj->di", axes, gradient)
        gain = (along**2 / size).sum(1) / 2
        step = np.einsum("dij,dj->di", axes, along / size)
        reach = 2 * np.maximum(1, np.linalg.norm(theta[open_], axis=1))
        step *= np.minimum(1, reach / np.maximum(np.linalg.norm(step, axis=1), 1e-300))[:, None]
        converged = (gain < 1e-9) & (curvature.max(1) < 0)
        length = np.ones(len(open_))
        waiting = np.arange(len(open_))
        for _ in range(25):
            rows = open_[waiting]
            tried = theta[rows] + length[waiting, None] * step[waiting]
            value = _log_likelihood(family, tried, x[rows], event[rows], knots[rows])
            up = value > best[rows]
            theta[rows[up]], best[rows[up]] = tried[up], value[up]
            waiting = waiting[~up & ~converged[waiting]]
            length[waiting] /= 2
            if not len(waiting):
                break
        done[open_] = gain < _LEVEL
        stuck = np.isin(np.arange(len(open_)), waiting)
        open_ = open_[~converged & ~stuck]
    return np.where(done[:, None], theta, nan), np.where(done, best, nan)


@dataclass(frozen=True, eq=False)
class Fit:
    """A model fitted to every draw; nan where no maximum of the likelihood was found.

    theta : draws x free parameters; knots : draws x knots, of log time; both in times of ``unit``.
    """

    model: str
    theta: NDArray[np.float64]
    log_likelihood: NDArray[np.float64]
    knots: NDArray[np.float64]
    unit: float
    patients: int

    @property
    def aic(self) -> NDArray[np.float64]:
        """Akaike's criterion of each draw."""
        return 2 * FAMILIES[self.model].parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> NDArray[np.float64]:
        """Schwarz's criterion of each draw, with the number of patients, censored ones included."""
        return log(self.patients) * FAMILIES[self.model].parameters - 2 * self.log_likelihood

    @property
    def parameters(self) -> dict[str, NDArray[np.float64]]:
        """Parameters in the unit of the patients' times: names as in R's survreg and flexsurv, one value a draw."""
        return FAMILIES[self.model].natural(self.theta, self.unit, self.knots)

    def _at(self, times: ArrayLike) -> NDArray:
        times = np.asarray(times, dtype=float)
        if times.ndim != 1 or not (times >= 0).all() or np.isinf(times).any():
            raise ValueError(f"times are a list of finite numbers, not negative; given {times}")
        return np.log(np.maximum(times / self.unit, _EARLIEST))[None, :]

    def survival(self, times: ArrayLike) -> NDArray[np.float64]:
        """Survival at ``times``, draws x times."""
        with np.errstate(all="ignore"):
            return np.exp(FAMILIES[self.model].log_survival(self._at(times), self.theta, self.knots))

    def hazard(self, times: ArrayLike) -> NDArray[np.float64]:
        """Hazard at ``times``, events a patient and unit of time, draws x times."""
        with np.errstate(all="ignore"):
            return np.exp(FAMILIES[self.model].log_hazard(self._at(times), self.theta, self.knots)) / self.unit

    def restricted_mean(self, tau: float) -> NDArray[np.float64]:
        """Mean survival up to ``tau``: the area under each draw's curve.

        Raises
        ------
        ValueError
            If ``tau`` is not a positive time.
        """
        if not 0 < tau < np.inf:
            raise ValueError(f"tau must be a positive time, not {tau}")
        nodes, weights = np.polynomial.legendre.leggauss(96)
        root = (nodes + 1) / 2  # the square spreads the nodes to early times, where some curves fall like a root
        return self.survival(tau * root**2) @ (weights * tau * root)


def _ensemble(time: ArrayLike, event: ArrayLike) -> tuple[NDArray, NDArray]:
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


def fit(model: str, time: ArrayLike, event: ArrayLike) -> Fit:
    """A parametric model of right-censored patients by maximum likelihood.

    Parameters
    ----------
    model : one of :data:`MODELS`
    time, event : patients, or draws x patients; event is 1 at an event and 0 at censoring

    Raises
    ------
    ValueError
        For an unknown model, times that are negative, missing or infinite, an event at time 0, or a draw without
        events.

    6-mercaptopurine in leukaemia (Freireich 1963): R's survreg gives a scale of 33.8 and 1/shape of 0.739.

    >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> found = fit("Weibull", weeks, relapse)
    >>> {name: round(float(value[0]), 3) for name, value in found.parameters.items()}
    {'shape': 1.354, 'scale': 33.765}
    """
    if model not in FAMILIES:
        raise ValueError(f"no model {model!r}; there are: {', '.join(MODELS)}")
    time, event = _ensemble(time, event)
    unit = float(time.mean())
    x = np.log(np.maximum(time / unit, _EARLIEST))
    knots = np.nanquantile(np.where(event, x, nan), np.linspace(0, 1, INTERNAL_KNOTS + 2), axis=1).T
    theta, value = _maximise(FAMILIES[model], x, event, knots)
    return Fit(model, theta, value - event.sum(1) * log(unit), knots, unit, time.shape[1])


def fit_arms(found: Reconstruction, models: Sequence[str] = MODELS) -> dict[str, tuple[Fit, Fit]]:
    """Every model fitted to arm 0 and arm 1 of every draw."""
    arms = [found.arm.astype(str) == str(arm) for arm in (0, 1)]
    if not all(own.any() for own in arms):
        raise ValueError(f"two arms 0 and 1 are needed; the reconstruction has {sorted(set(found.arm.tolist()))}")
    return {m: tuple(fit(m, found.time[:, own], found.event[:, own]) for own in arms) for m in models}


def resample(found: Reconstruction, seed: int) -> Reconstruction:
    """One bootstrap sample of each draw: its patients with replacement, arm by arm.

    What varies between the draws is then what the inputs leave open about this trial's patients and, with it, what
    other patients of the same kind would have shown.
    """
    rng = np.random.default_rng(seed)
    picked = np.empty(found.time.shape, int)
    for arm in np.unique(found.arm):
        own = np.flatnonzero(found.arm == arm)
        picked[:, own] = own[rng.integers(0, len(own), (found.draws, len(own)))]
    time, event = (np.take_along_axis(values, picked, axis=1) for values in (found.time, found.event))
    return Reconstruction(time, event, found.arm, found.given, found.tried, (*found.notes, "resampled"))


def benefit(fits: dict[str, tuple[Fit, Fit]], tau: float) -> NDArray[np.float64]:
    """Difference of the restricted means to ``tau``, arm 1 less arm 0; draws x models."""
    return np.stack([one.restricted_mean(tau) - zero.restricted_mean(tau) for zero, one in fits.values()], axis=1)


def share_beyond(fits: dict[str, tuple[Fit, Fit]], followed: float, tau: float) -> NDArray[np.float64]:
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


def _share_left(whole: NDArray, seen: NDArray) -> NDArray:
    return np.where(whole > 0, 1 - seen / np.where(whole > 0, whole, 1), nan)


def akaike_weights(fits: dict[str, tuple[Fit, Fit]]) -> NDArray[np.float64]:
    """Weights of the models in each draw, draws x models: exp(-AIC / 2) of both arms together, scaled to sum to 1.

    Each model is used in both arms (Burnham & Anderson, Model Selection and Multimodel Inference, ch. 2). A model that
    could not be fitted has weight 0.
    """
    return _weights(np.stack([zero.aic + one.aic for zero, one in fits.values()], axis=1))


def _weights(aic: NDArray) -> NDArray:
    if np.isnan(aic).all(1).any():
        raise ValueError(f"no model could be fitted to draw {int(np.isnan(aic).all(1).argmax())}")
    relative = np.exp(-(aic - np.nanmin(aic, axis=1, keepdims=True)) / 2)
    relative = np.where(np.isnan(relative), 0, relative)
    return relative / relative.sum(1, keepdims=True)


def averaged(values: NDArray, weights: NDArray) -> NDArray[np.float64]:
    """Weighted mean over the models in each draw; ``values`` and ``weights`` are draws x models.

    A model without weight in a draw, as one that could not be fitted, is left out.

    >>> averaged(np.array([[10.0, 20.0], [10.0, np.nan]]), np.array([[0.25, 0.75], [1, 0]]))
    array([17.5, 10. ])
    """
    return (np.where(weights > 0, values, 0) * weights).sum(1)


def averaged_share_beyond(
    fits: dict[str, tuple[Fit, Fit]], weights: NDArray, followed: float, tau: float
) -> NDArray[np.float64]:
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


def spread(values: NDArray, level: float = 0.95) -> Spread:
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


def criteria(fits: dict[str, tuple[Fit, Fit]]) -> pd.DataFrame:
    """How well the models fit both arms: one row a model.

    Columns: ``model``, median ``aic`` and ``bic`` over the draws, mean Akaike ``weight``, ``best``: share of draws in
    which its AIC is lowest, ``fitted``: share of draws with a fit in both arms.
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
        }
    )


def extrapolated(
    fits: dict[str, tuple[Fit, Fit]],
    sampled: dict[str, tuple[Fit, Fit]],
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


def _quantities(fits: dict[str, tuple[Fit, Fit]], followed: float, tau: float) -> dict[str, NDArray]:
    """What is told of every draw and model, and in the last column of the average over the models."""
    weights = akaike_weights(fits)
    means = {
        f"mean{arm}": np.stack([pair[arm].restricted_mean(tau) for pair in fits.values()], axis=1) for arm in (0, 1)
    }
    values = means | {"benefit": means["mean1"] - means["mean0"]}
    found = {name: np.column_stack([value, averaged(value, weights)]) for name, value in values.items()}
    shares = share_beyond(fits, followed, tau), averaged_share_beyond(fits, weights, followed, tau)
    return found | {"share_beyond": np.column_stack(shares)}


def observed_hazard(time: ArrayLike, event: ArrayLike, edges: Sequence[float]) -> NDArray[np.float64]:
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
    edges = np.asarray(edges, float)
    if len(edges) < 2 or not (np.diff(edges) > 0).all() or not edges[0] >= 0:
        raise ValueError(f"edges are two or more rising times from 0 on, not {edges.tolist()}")
    lived = np.clip(time[:, :, None] - edges[:-1], 0, np.diff(edges)).sum(1)
    died = np.stack([(event & (time > a) & (time <= b)).sum(1) for a, b in pairwise(edges)], axis=1)
    return np.divide(died, lived, out=np.full(lived.shape, nan), where=lived > 0)
