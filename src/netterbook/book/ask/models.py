"""Survival models beyond the data that can be asked: months gained to any horizon, by model and averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from netterbook import text
from netterbook.arrays import Floats
from netterbook.book.ask.askable import askable
from netterbook.book.chart import Chart
from netterbook.book.style import ARM_CODES, PALETTE
from netterbook.methods.extrapolation import EARLIEST, MEAN_NODES, SurvivalFit, gamma_level

_NOTE = (
    "Computed in this page from the fits behind the numbers in the text, to {sets} reconstructed trials and to "
    "bootstrap samples of {sampled} of them. Medians, with {level:percent.g} intervals for chance and for what the "
    "print leaves open. The better a model fits, the more it counts in the average (Akaike weights). Shaded: beyond "
    "the curves of both groups; dotted: median follow-up. That none of the models holds is in no interval."
)
_Fits = Mapping[str, tuple[SurvivalFit, SurvivalFit]]


class AskedModels(NamedTuple):
    """A trial's models: fits to its draws and to bootstrap samples, of the control group and of the other."""

    name: str
    headings: tuple[str, str]
    """Of the groups, the experimental one first."""
    fits: _Fits
    sampled: _Fits
    followed: float
    """Months to which the curves of both groups reach in every draw."""
    median_follow_up: float
    """Months."""


def _known(values: Floats) -> list[Any]:
    """Nothing for what is missing. All digits, none of which the page shows: large parameters of a spline cancel."""
    return [_known(each) if np.ndim(each) else float(each) if np.isfinite(each) else None for each in values]


def coded_fit(fit: SurvivalFit) -> dict[str, Any]:
    """A fit in numbers: ``unit``, ``theta`` of each draw, nothing where there is no fit, and ``knots`` of a spline.

    The generalised gamma model has intercept, slope, Q and its log density at 0 or, at a limit, intercept, slope and
    the sign of Q.
    """
    coded: dict[str, Any] = {"unit": fit.unit, "theta": [_coded(fit.model, theta) for theta in fit.theta]}
    return coded | ({"knots": _known(fit.knots)} if fit.model == "spline" else {})


def _coded(model: str, theta: Floats) -> list[Any] | None:
    if np.isnan(theta).any():
        return None
    if np.isinf(theta[-1]):
        return [*_known(theta[:-1]), int(np.sign(theta[-1]))]
    own = _known(theta)
    return [*own, float(gamma_level(own[-1]))] if model == "generalised gamma" else own


def models_asked(
    name: str,
    chart: Chart,
    trials: Sequence[AskedModels],
    *,
    level: float,
    horizon: int,
    colours: Mapping[str, str],
    rate: str,
) -> str:
    """Markup of models that can be asked, drawn from the table of a chart: ``trial``, ``model``, ``time``, ``value``.

    Parameters
    ----------
    name : of the static figure
    level : of the intervals
    horizon : where the figure begins, months
    colours : of the models, as in :data:`.style.PALETTE`
    rate : what the curves are the share of, such as "alive"
    """
    names = {colour.light: name for name, colour in PALETTE.items()}
    frame, models = chart.frame, list(trials[0].fits)
    lines = frame[frame["model"].isin(models)]
    data = {
        "trials": [
            {
                "name": each.name,
                "names": {arm: heading for (_, arm), heading in zip(ARM_CODES, each.headings, strict=True)},
                "followed": each.followed,
                "median": each.median_follow_up,
                "fits": {model: [coded_fit(fit) for fit in pair] for model, pair in each.fits.items()},
                "sampled": {model: [coded_fit(fit) for fit in pair] for model, pair in each.sampled.items()},
                "aic": _above_least(each.fits),
                "aic_sampled": _above_least(each.sampled),
                "lines": {
                    model: own[["time", "value"]].to_numpy().tolist()
                    for model, own in lines[lines["trial"] == each.name].groupby("model", sort=False)
                },
            }
            for each in trials
        ],
        "colours": {model: names[colours[model]] for model in models},
        "nodes": [each.tolist() for each in MEAN_NODES],
        "earliest": EARLIEST,
        "level": level,
        "horizon": horizon,
        "end": int(lines["time"].max()),
        "words": {"rate": rate, "note": _note(trials, level)},
    }
    summary = "Ask this figure: choose models and horizon, and see how much of the gain lies beyond the data"
    return askable("models", name, summary, data)


def _above_least(fits: _Fits) -> dict[str, list[float | None]]:
    """AIC of both groups together above the least of the draw, by model."""
    aic = np.stack([zero.aic + one.aic for zero, one in fits.values()])
    above = aic - np.nanmin(aic, axis=0)
    return {model: _known(own) for model, own in zip(fits, above, strict=True)}


def _note(trials: Sequence[AskedModels], level: float) -> str:
    sets, sampled = (len(next(iter(fits.values()))[0].theta) for fits in (trials[0].fits, trials[0].sampled))
    return text.fill(_NOTE, {"sets": sets, "sampled": sampled, "level": level})
