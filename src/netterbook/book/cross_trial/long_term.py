"""Mean benefit over years, which the trials do not show: parametric models of reconstructed patients, extrapolated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from netterbook.audit.given import inputs
from netterbook.ledger import Ledger
from netterbook.methods import extrapolation, pooling
from netterbook.methods.extrapolation import SurvivalFit
from netterbook.methods.patient_sets import PatientSets
from netterbook.precision import Simulated, batch_error, simulated
from netterbook.trials import Trial

YEARS = (5, 10)
"""Horizons of the extrapolation."""
_BOOTSTRAPPED = 100
"""Draws of which a bootstrap sample is fitted: the slowest step, and enough for an interval."""
_SPREAD = ("value", "low", "high", "low_all", "high_all")
_WITH_CHANCE = ("value", "low_all", "high_all")


@dataclass(frozen=True, eq=False)
class _Draws:
    """Some draws of a fit, or all, as far as tables ask for them; each restricted mean is computed once."""

    fit: SurvivalFit
    chosen: NDArray | EllipsisType = ...
    means: dict[float, NDArray] = field(default_factory=dict)

    @property
    def aic(self) -> NDArray[np.float64]:
        return self.fit.aic[self.chosen]

    @property
    def bic(self) -> NDArray[np.float64]:
        return self.fit.bic[self.chosen]

    @property
    def ridge(self) -> NDArray[np.bool_]:
        return self.fit.ridge[self.chosen]

    def restricted_mean(self, tau: float) -> NDArray[np.float64]:
        if tau not in self.means:
            self.means[tau] = self.fit.restricted_mean(tau)
        return self.means[tau][self.chosen]


_Models = dict[str, Any]
"""Models with the draws of both groups, which stand in for fits."""
Fits = dict[str, tuple[SurvivalFit, SurvivalFit]]
"""Models fitted to the draws of the control group and of the other."""


def _fit_error(statistic: Callable[..., ArrayLike], *fits: _Models) -> NDArray[np.float64]:
    """:func:`.batch_error` of what a function makes of fits to the draws."""

    def of_batch(chosen: NDArray) -> ArrayLike:
        parts = []
        for each in fits:
            own = chosen[chosen < _draws(each)]
            parts.append({m: tuple(replace(fit, chosen=own) for fit in pair) for m, pair in each.items()})
        return statistic(*parts)

    return batch_error(of_batch, np.arange(_draws(fits[0])))


def _draws(models: _Models) -> int:
    (first, _), *_ = models.values()
    return len(first.aic)


def bootstrapped(found: PatientSets, models: Sequence[str], seed: int) -> Fits:
    """Every model fitted to bootstrap samples of the first hundred draws."""
    return extrapolation.fit_arms(extrapolation.resample(found.first(min(found.draws, _BOOTSTRAPPED)), seed), models)


class FittedTrial(NamedTuple):
    """A trial's models, fitted to its reconstructed patients."""

    trial: Trial
    found: PatientSets
    fits: Fits
    fits_sampled: Fits
    """To bootstrap samples of the first draws."""
    models: _Models
    """The same fits, and those to the draws resampled."""
    sampled: _Models
    followed: float
    """Months to which the curves of both groups reach in every draw."""
    median_follow_up: float
    """Months, as printed."""
    table: pd.DataFrame
    """From :func:`.extrapolated`, with Monte Carlo errors: ``value_error`` and so on."""


def extrapolate(
    ledger: Ledger, trial: Trial, found: PatientSets, models: Sequence[str], level: float, seed: int
) -> FittedTrial:
    """Every model fitted to a trial's draws, and restricted means to five and ten years."""
    fits, fits_sampled = extrapolation.fit_arms(found, models), bootstrapped(found, models, seed)
    drawn, sampled = (
        {model: tuple(map(_Draws, pair)) for model, pair in each.items()} for each in (fits, fits_sampled)
    )
    followed = pooling.last_time(found)

    def table(drawn: _Models, sampled: _Models) -> pd.DataFrame:
        return extrapolation.extrapolated(drawn, sampled, [12 * y for y in YEARS], followed, level)

    whole = table(drawn, sampled)

    def numbers(drawn: _Models, sampled: _Models) -> NDArray:
        try:
            return table(drawn, sampled)[list(_SPREAD)].to_numpy()
        except ValueError:  # a batch in which some quantity has no value
            return np.full((len(whole), len(_SPREAD)), np.nan)

    errors = pd.DataFrame(_fit_error(numbers, drawn, sampled), columns=[f"{name}_error" for name in _SPREAD])
    median = ledger.number(trial.claim(trial.follow_up))
    return FittedTrial(trial, found, fits, fits_sampled, drawn, sampled, followed, median, whole.join(errors))


def fit_criteria(each: FittedTrial) -> pd.DataFrame:
    """How well the models fit both groups, every number with its Monte Carlo error.

    Columns: ``model``; ``aic``, ``bic``, above the least of the trial (medians over the draws); ``weight``, the mean
    Akaike weight, of 1.
    """

    def numbers(fits: _Models) -> NDArray:
        found = extrapolation.criteria(fits)
        return np.array([*(found[name] - found[name].min() for name in ("aic", "bic")), found["weight"]])

    columns = zip(("aic", "bic", "weight"), numbers(each.models), _fit_error(numbers, each.models), strict=True)
    return pd.DataFrame({"model": list(each.models)} | {name: simulated(*column) for name, *column in columns})


def means_by_model(each: FittedTrial) -> pd.DataFrame:
    """Mean progression-free survival to each horizon by model, every number with its Monte Carlo error.

    Columns: ``model``, ``years``; ``control``, ``experimental``, ``benefit`` (months) and ``beyond`` (share of the
    benefit beyond both curves), each with an interval of reconstruction and chance; ``inner``, the interval of the
    benefit by reconstruction alone.
    """
    rows = []
    for model, own in each.table.groupby("model", sort=False):
        for horizon, part in own.groupby("horizon", sort=False):
            by = part.set_index("quantity")

            def numbers(quantity: str, *names: str, by: pd.DataFrame = by) -> list[Simulated]:
                return simulated(*(by.loc[quantity, [name + end for name in names]] for end in ("", "_error")))

            whole = [numbers(name, *_WITH_CHANCE) for name in ("mean0", "mean1", "benefit", "share_beyond")]
            rows.append((model, int(horizon) // 12, *whole, numbers("benefit", "low", "high")))
    return pd.DataFrame(rows, columns=["model", "years", "control", "experimental", "benefit", "beyond", "inner"])


class Beyond(NamedTuple):
    """Share of what is gained that comes after a time; of 1, with an interval of reconstruction and chance."""

    value: Simulated
    low: Simulated
    high: Simulated

    @property
    def may_shrink(self) -> bool:
        """Whether the interval reaches below zero: what was gained by then may be lost again."""
        return self.low.value < 0


def averaged_beyond(each: FittedTrial, followed: float, years: int, level: float) -> Beyond:
    """Share of the benefit over some years, averaged over the models, that lies beyond a time in months."""
    both = []
    for fits in (each.models, each.sampled):
        weights = extrapolation.akaike_weights(fits)
        shares = extrapolation.averaged_share_beyond(fits, weights, followed, 12 * years)
        both.append(simulated(*pooling.across(shares, level, "inverted_cdf")))
    drawn, sampled = both
    return Beyond(drawn[0], *sampled[1:])


class LastAtRisk(NamedTuple):
    """A time in months, and the patients at risk there."""

    time: int
    experimental: int
    control: int


def last_at_risk(ledger: Ledger, trial: Trial) -> LastAtRisk:
    """The last printed time with patients at risk of progression in both groups, and how many they are.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load()
    >>> last_at_risk(ledger, trials.read(ledger.folder)["netter1"])
    LastAtRisk(time=24, experimental=3, control=1)
    """
    at_risk = inputs(trial, "pfs").numbers_at_risk(ledger)
    last = at_risk[at_risk["n_risk"] > 0].groupby("arm")["time"].max().min()
    control, experimental = at_risk.loc[at_risk["time"] == last, "n_risk"]
    return LastAtRisk(int(last), int(experimental), int(control))


def mostly_beyond(each: FittedTrial) -> dict[int, int]:
    """By years of the horizon, in how many models more than half of the mean benefit lies beyond the end of both
    curves, by the median over the draws.
    """
    shares = each.table[(each.table["quantity"] == "share_beyond") & (each.table["model"] != "averaged")]
    more = (shares["value"] > 0.5).groupby(shares["horizon"]).sum()
    return {years: int(more[12 * years]) for years in YEARS}
