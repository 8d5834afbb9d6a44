"""Parameters of every fitted survival model as files that a partitioned-survival model can draw from."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from math import log
from pathlib import Path

import numpy as np
import pandas as pd

from netterbook import trials
from netterbook.audit import ensembles
from netterbook.book.cross_trial.long_term import Fits
from netterbook.files import write_whole
from netterbook.ledger import Ledger
from netterbook.methods import extrapolation, model_parameters
from netterbook.methods.extrapolation import SURVIVAL_MODELS, SurvivalFit
from netterbook.methods.patient_sets import PatientSets

PARAMETERS_FILE = Path("reconstruction", "model_parameters.csv.gz")
FITTED_ENSEMBLES = (("netter1", "pfs"), ("netter2", "pfs"), ("netter1", ensembles.FINAL))
"""Trials and end points, as :func:`.ensembles.reconstruct` names them."""
_COVARIANCE = ["cov1", "cov2", "cov3", "cov4"]
FILE_COLUMNS = {
    "trial": "trial",
    "end_point": "pfs, progression-free survival, or final, overall survival at the final analysis",
    "arm": "control or experimental",
    "model": "survival model, the same in both groups, fitted to each separately",
    "set": "number of the set of reconstructed patients, from 1",
    "parameter": "name; log x is the natural logarithm of x; times are in months. Survival at time t: exponential "
    "exp(−rate t); Weibull exp(−(t/scale)^shape); Gompertz exp(−rate/shape (exp(shape t) − 1)); log-normal 1 − "
    "Φ((log t − mu)/sigma); log-logistic 1/(1 + (t/scale)^shape); generalised gamma as in R's flexsurv (mu, sigma, Q); "
    "spline exp(−exp(s)), s a natural cubic spline of log t (gamma0 to gamma3) on knot1 to knot4, as in flexsurvspline",
    "estimate": "maximum-likelihood estimate; empty where the likelihood has no maximum",
    "cov1, cov2, cov3, cov4": "covariance of the estimate with the first to fourth parameter of the same model, group "
    "and set, in the order of the rows: the inverse of the observed information; empty for knots, no estimates",
}
"""The file's columns and what they mean."""
POOLED_COLUMNS = {
    "sets": "sets of patients in which the model has a maximum; estimates and covariance are pooled over these by "
    "Rubin's rules, so that they hold chance and reconstruction",
}
"""What the pooled file has in place of the set; its knots are means over the sets."""


def _knots(fit: SurvivalFit) -> pd.DataFrame:
    """Knots of a spline, log months: ``draw``, ``parameter``, ``estimate``."""
    draws, count = fit.knots.shape
    return pd.DataFrame(
        {
            "draw": np.repeat(np.arange(1, draws + 1), count),
            "parameter": np.tile([f"knot{j}" for j in range(1, count + 1)], draws),
            "estimate": (fit.knots + log(fit.unit)).ravel(),
        }
    )


def _groups(found: PatientSets, fits: Fits) -> Iterable[tuple[str, str, SurvivalFit, model_parameters.ModelParameters]]:
    for model, pair in fits.items():
        for arm, name in ((0, "control"), (1, "experimental")):
            own = found.arm == arm
            values = model_parameters.parameters(pair[arm], found.time[:, own], found.event[:, own])
            yield name, model, pair[arm], values


def of_sets(trial: str, end_point: str, found: PatientSets, fits: Fits) -> pd.DataFrame:
    """Every set's parameters: the columns of :data:`FILE_COLUMNS`, ``cov1`` to ``cov4`` apart."""
    parts = []
    for arm, model, fit, values in _groups(found, fits):
        frame = model_parameters.parameter_rows(*values)
        if model == "spline":
            frame = pd.concat([frame, _knots(fit)]).sort_values("draw", kind="stable")
        parts.append(frame.assign(trial=trial, end_point=end_point, arm=arm, model=model))
    whole = pd.concat(parts, ignore_index=True).rename(columns={"draw": "set"})
    return whole[["trial", "end_point", "arm", "model", "set", "parameter", "estimate", *_COVARIANCE]]


def of_all_sets(trial: str, end_point: str, found: PatientSets, fits: Fits) -> pd.DataFrame:
    """The parameters pooled over the sets: as :func:`of_sets`, with ``sets`` in place of ``set``."""
    parts = []
    for arm, model, fit, values in _groups(found, fits):
        estimate, covariance, sets = model_parameters.pooled_parameters(values)
        frame = model_parameters.parameter_rows(values.names, estimate[None], covariance[None]).drop(columns="draw")
        if model == "spline":
            knots = _knots(fit).groupby("parameter", sort=False)["estimate"].mean().reset_index()
            frame = pd.concat([frame, knots])
        parts.append(frame.assign(trial=trial, end_point=end_point, arm=arm, model=model, sets=sets))
    whole = pd.concat(parts, ignore_index=True)
    return whole[["trial", "end_point", "arm", "model", "sets", "parameter", "estimate", *_COVARIANCE]]


def store_parameters(
    ledger: Ledger,
    folder: Path,
    fitted: Sequence[tuple[str, str]] = FITTED_ENSEMBLES,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Fit every model to the stored ensembles and write all parameters below ``folder``; returns them."""
    whole = parameters_of_sets(ledger, fitted, progress)
    text = whole.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    write_whole(folder / PARAMETERS_FILE, gzip.compress(text.encode(), mtime=0))
    return whole


def parameters_of_sets(
    ledger: Ledger, fitted: Sequence[tuple[str, str]] = FITTED_ENSEMBLES, progress: Callable[[], None] = lambda: None
) -> pd.DataFrame:
    """Parameters of every model, group and stored set of the trials and end points."""
    known, parts = trials.read(ledger.folder), []
    for trial, end_point in fitted:
        found = ensembles.reconstruct(
            ledger, known[trial], end_point, "nothing", ensembles.STORED_DRAWS, ensembles.STORED_SEED
        )
        fits = extrapolation.fit_arms(found, SURVIVAL_MODELS)
        parts.append(of_sets(known[trial].name, end_point, found, fits))
        progress()
    return pd.concat(parts, ignore_index=True)
