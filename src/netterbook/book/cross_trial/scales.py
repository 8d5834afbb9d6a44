"""The benefit on several scales: of two trials from their reconstructed patients, and of all trials as printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook.book.cross_trial.studies import of_progression
from netterbook.methods import between_trials, extrapolation, pooling
from netterbook.methods.patient_sets import PatientSets
from netterbook.precision import simulated

_ENDS = ("value", "low", "high")
HAZARD_RATIO, MEDIAN_DIFFERENCE, MEAN_DIFFERENCE = (
    "hazard ratio",
    "difference of the medians",
    "difference of restricted means",
)
"""Names of the scales."""


def benefit_on_scales(trials: Mapping[str, PatientSets], horizon: float, level: float, seed: int) -> pd.DataFrame:
    """The benefit in each trial on three scales, with chance of sampling and of reconstruction together.

    Medians by the bootstrap, as they may not be reached; hazard ratios, unstratified in all trials, and restricted
    means by Rubin's rules.

    Parameters
    ----------
    trials : reconstructed patients by the trial's name
    horizon : of the restricted means, months

    Returns
    -------
    Columns ``trial``, ``scale``, ``value``, ``low``, ``high`` (inf where not reached), and the Monte Carlo errors of
    these three, ``value_error``, ``low_error``, ``high_error``.
    """

    def ratio(found: PatientSets) -> tuple[float, float, float]:
        return pooling.pooled_hr(found, level)

    def gain(found: PatientSets) -> list[float]:
        return pooling.restricted_means(found, horizon, level).loc["difference", ["value", "lower", "upper"]].tolist()

    rows = []
    for name, found in trials.items():
        rows.append((name, HAZARD_RATIO, *ratio(found), *pooling.monte_carlo_error(ratio, found)))
        (middle, *_), (error, *_) = pooling.across(_median_difference(found, horizon), level)
        sampled = _median_difference(extrapolation.resample(found, seed), horizon)
        (_, *ends), (_, *errors) = pooling.across(sampled, level)
        rows.append((name, MEDIAN_DIFFERENCE, middle, *ends, error, *errors))
        rows.append((name, MEAN_DIFFERENCE, *gain(found), *pooling.monte_carlo_error(gain, found)))
    return pd.DataFrame(rows, columns=["trial", "scale", *_ENDS, *(f"{name}_error" for name in _ENDS)])


def _median_difference(found: PatientSets, horizon: float) -> NDArray:
    return between_trials.benefit_scales(found, horizon)["median_difference"].to_numpy()


def larger_effects(table: pd.DataFrame) -> pd.DataFrame:
    """:func:`benefit_on_scales` of two trials, a row for each scale.

    Columns: ``scale``; ``first`` and ``second``, the trials' estimates with their intervals, each number with its Monte
    Carlo error; ``comparable``, unless an estimate is not reached; ``larger``, the trial whose estimate is the larger
    effect, empty where they are not comparable.
    """
    rows = []
    for scale, own in table.groupby("scale", sort=False):
        values = own.set_index("trial")["value"]
        comparable = bool(np.isfinite(values).all())
        larger = values.idxmin() if scale == HAZARD_RATIO else values.idxmax()
        ends, errors = (own[[name + end for name in _ENDS]].to_numpy() for end in ("", "_error"))
        pair = [simulated(*each) for each in zip(ends, errors, strict=True)]
        rows.append((scale, *pair, comparable, larger if comparable else ""))
    return pd.DataFrame(rows, columns=["scale", "first", "second", "comparable", "larger"])


def benefit_by_horizon(trials: Mapping[str, PatientSets], level: float) -> pd.DataFrame:
    """Difference of restricted means at each quarter year that all trials reach.

    Columns: ``trial``, ``horizon``, ``value``, ``low``, ``high`` (chance and reconstruction), months.
    """
    last = np.floor(min(map(pooling.last_time, trials.values())))
    rows = []
    for name, found in trials.items():
        for horizon in np.arange(3, last + 1, 3):
            gain = pooling.restricted_means(found, horizon, level).loc["difference"]
            rows.append((name, horizon, gain.value, gain.lower, gain.upper))
    return pd.DataFrame(rows, columns=["trial", "horizon", "value", "low", "high"])


class LargerEffect(NamedTuple):
    """How often the first trial's estimate is the larger effect."""

    on_scales: int
    scales: int
    """Those that give a number in both trials."""
    at_horizons: int
    """In restricted means."""
    horizons: int
    overlap: int
    """Horizons at which the intervals overlap."""


def larger_effect(table: pd.DataFrame, by_horizon: pd.DataFrame) -> LargerEffect:
    """Of :func:`benefit_on_scales` and :func:`benefit_by_horizon` of two trials."""
    effects, (first, second) = larger_effects(table), table["trial"].unique()
    one, two = (by_horizon[by_horizon["trial"] == name].reset_index(drop=True) for name in (first, second))
    return LargerEffect(
        on_scales=int((effects["larger"] == first).sum()),
        scales=int(effects["comparable"].sum()),
        at_horizons=int((one["value"] > two["value"]).sum()),
        horizons=len(one),
        overlap=int(((one["low"] <= two["high"]) & (two["low"] <= one["high"])).sum()),
    )


def rival_scales(table: pd.DataFrame) -> pd.DataFrame:
    """Trials of :func:`.side_by_side` ranked twice, by hazard ratio and by difference of the medians, where they have
    both; of progression, each patient once.

    Columns: ``study``, ``trial``, ``hr``, ``difference`` (months), ``hr_rank``, ``difference_rank``, 1 the largest
    effect.
    """
    both = of_progression(table)
    known = np.isfinite(both[["hr_value", "median_value", "median_comparator_value"]]).all(axis=1)
    both = both[known].reset_index(drop=True)
    difference = (both["median_value"] - both["median_comparator_value"]).round(6)  # so that equal ones are equal
    frame = both[["study", "trial"]].assign(hr=both["hr_value"], difference=difference)
    frame["hr_rank"] = frame["hr"].rank(method="first").astype(int)
    return frame.assign(difference_rank=frame["difference"].rank(method="first", ascending=False).astype(int))


class RankAgreement(NamedTuple):
    """In how many pairs of comparisons two scales have the same order, the opposite one, or a tie on either."""

    same: int
    opposite: int
    ties: tuple[tuple[str, str], ...]
    """The studies that tie."""
    pairs: int
    comparisons: int
    trials: int


def rank_agreement(ranks: pd.DataFrame) -> RankAgreement:
    """Of the two scales of :func:`rival_scales`.

    >>> from netterbook import papers
    >>> from netterbook.book.cross_trial.studies import side_by_side
    >>> found = rank_agreement(rival_scales(side_by_side(papers.load(), True, ("all",))))
    >>> found.same, found.opposite, found.ties
    (19, 16, (('PROMID', 'E2211'),))
    """
    hr, difference = ranks["hr"].to_numpy(), ranks["difference"].to_numpy()
    first, second = np.triu_indices(len(ranks), 1)
    order = np.sign(hr[second] - hr[first]) * np.sign(difference[first] - difference[second])
    studies = ranks["study"].to_numpy()
    ties = tuple((str(studies[a]), str(studies[b])) for a, b in zip(first[order == 0], second[order == 0], strict=True))
    counts = int((order > 0).sum()), int((order < 0).sum())
    return RankAgreement(*counts, ties, len(first), len(ranks), ranks["trial"].nunique())
