"""Parameters of fitted survival models with their covariance, as a model of costs and effects draws from them.

Positive parameters are given by their logarithm, so that a normal distribution may be drawn from, as R's flexsurv has
them: exponential log rate; Weibull and log-logistic log shape, log scale; Gompertz shape, log rate; log-normal mu,
log sigma; generalised gamma mu, log sigma, Q; spline gamma0 to gamma3 of the log cumulative hazard by log time, whose
knots stand beside them. Times are in the unit of the patients' times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from netterbook.arrays import Floats
from netterbook.methods.extrapolation import FAMILIES, SurvivalFit

_POSITIVE = {
    "exponential": ("rate",),
    "Weibull": ("shape", "scale"),
    "Gompertz": ("rate",),
    "log-normal": ("sigma",),
    "log-logistic": ("shape", "scale"),
    "generalised gamma": ("sigma",),
    "spline": (),
}
_STEP = 1e-20


class ModelParameters(NamedTuple):
    """Estimates of a model in every draw, for a normal distribution; nan where they are not identified."""

    names: tuple[str, ...]
    """``log shape`` and so on."""
    estimates: Floats
    """Draws x parameters."""
    covariance: Floats
    """Draws x parameters x parameters: the inverse of the observed information."""


def _natural(fit: SurvivalFit, theta: Floats) -> dict[str, Floats]:
    values = FAMILIES[fit.model].natural(theta, fit.unit, fit.knots)
    return {
        f"log {name}" if name in _POSITIVE[fit.model] else name: np.log(each) if name in _POSITIVE[fit.model] else each
        for name, each in values.items()
    }


def parameters(fit: SurvivalFit, time: ArrayLike, event: ArrayLike) -> ModelParameters:
    """Estimates and covariance of a fit, by the delta method from the Hessian of its log-likelihood.

    Parameters
    ----------
    fit : from :func:`.fit_survival`
    time, event : the patients that it was fitted to, draws x patients

    Raises
    ------
    ValueError
        If these are not as many draws and patients as were fitted.

    Exponential times have a log rate with variance one over the events:

    >>> from netterbook.methods.extrapolation import fit_survival
    >>> patients = [2.0, 3, 5, 8], [1, 1, 0, 1]
    >>> found = parameters(fit_survival("exponential", *patients), *patients)
    >>> found.names, round(float(found.estimates[0, 0]), 4), round(float(found.covariance[0, 0, 0]), 4)
    (('log rate',), -1.7918, 0.3333)
    """
    times, died = np.atleast_2d(np.asarray(time, float)), np.atleast_2d(np.asarray(event, float)) == 1
    if times.shape != died.shape or times.shape != (len(fit.theta), fit.patients):
        raise ValueError(f"the fit has {len(fit.theta)} draws of {fit.patients} patients, not {times.shape}")
    family = FAMILIES[fit.model]
    x = np.log(np.maximum(times / fit.unit, 1e-9))
    values = _natural(fit, fit.theta)
    names, estimates = tuple(values), np.stack(list(values.values()), axis=1)
    with np.errstate(all="ignore"):
        hessian = family.likelihood(fit.theta, x, died, *family.basis(x, fit.knots))[2]
        columns = []
        for j in range(fit.theta.shape[1]):  # a step along the imaginary axis: no rounding, as in real differences
            moved = fit.theta.astype(complex)
            moved[:, j] += 1j * _STEP
            columns.append(np.stack([each.imag for each in _natural(fit, moved).values()], axis=1) / _STEP)
    jacobian = np.stack(columns, axis=2)
    covariance = np.full(hessian.shape, np.nan)
    known = np.isfinite(estimates).all(1) & np.isfinite(hessian).all((1, 2)) & np.isfinite(jacobian).all((1, 2))
    if known.any():
        own = jacobian[known]
        covariance[known] = own @ np.linalg.inv(-hessian[known]) @ own.swapaxes(1, 2)
    return ModelParameters(names, estimates, covariance)


def pooled_parameters(found: ModelParameters) -> tuple[Floats, Floats, int]:
    """Estimates and covariance over the draws by Rubin's rules, and how many draws have them.

    The covariance is the mean one, and that between the draws times 1 + 1/draws (Rubin, Multiple Imputation for
    Nonresponse in Surveys, 1987, section 3.1).
    """
    known = np.isfinite(found.estimates).all(1) & np.isfinite(found.covariance).all((1, 2))
    estimates, within = found.estimates[known], found.covariance[known]
    between = np.atleast_2d(np.cov(estimates.T)) if known.sum() > 1 else np.zeros(within.shape[1:])
    return estimates.mean(0), within.mean(0) + (1 + 1 / known.sum()) * between, int(known.sum())


def parameter_rows(names: tuple[str, ...], estimates: Floats, covariance: Floats) -> pd.DataFrame:
    """One row a draw and parameter: ``draw`` (from 1), ``parameter``, ``estimate`` and ``cov1`` to ``cov4``, its
    covariance with the model's parameters in their order; nan beyond the last.

    Parameters
    ----------
    estimates, covariance : draws x parameters, and draws x parameters x parameters
    """
    draws, count = estimates.shape
    padded = np.full((draws, count, 4), np.nan)
    padded[:, :, :count] = covariance
    frame = pd.DataFrame(
        {
            "draw": np.repeat(np.arange(1, draws + 1), count),
            "parameter": np.tile(names, draws),
            "estimate": estimates.ravel(),
        }
    )
    return frame.join(pd.DataFrame(padded.reshape(-1, 4), columns=[f"cov{j}" for j in range(1, 5)]))
