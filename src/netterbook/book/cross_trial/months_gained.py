"""Months gained to several horizons: as the models have them, with an effect that wanes, and with the mortality of a
population where it is higher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook import papers
from netterbook.book.cross_trial.long_term import YEARS, Fits, FittedTrial, bootstrapped
from netterbook.ledger import Ledger
from netterbook.methods import adjusted_curves, extrapolation, pooling
from netterbook.methods.patient_sets import PatientSets
from netterbook.precision import Simulated, simulated
from netterbook.trials import Trial

WANES = 24
"""Months over which an effect wanes, from the end of the curves on."""
LIFE_YEARS = (10, 20)
"""Horizons of overall survival."""
_Curves = Callable[[NDArray, NDArray], tuple[NDArray, NDArray]]
"""Of the curves of the control group and of the other, draws x times."""


def _months(years: int) -> NDArray:
    return np.arange(12 * years + 1.0)


def _averaged(
    fits: Fits, sampled: Fits, change: _Curves, years: Sequence[int], level: float
) -> dict[int, list[list[Simulated]]]:
    """Means of both groups and their difference, averaged over the models within each draw, by years of the horizon.

    Each with an interval of reconstruction and chance.
    """
    months = _months(max(years))
    found: dict[int, list[list[Simulated]]] = {}
    both = []
    for each in (fits, sampled):
        weights = extrapolation.akaike_weights(each)
        curves = [change(*(fit.survival(months) for fit in pair)) for pair in each.values()]
        both.append((weights, curves))
    for horizon in years:
        shown = slice(0, 12 * horizon + 1)
        parts: list[list[NDArray]] = []
        for weights, curves in both:
            zero, one = (
                extrapolation.averaged(
                    np.stack([adjusted_curves.area(pair[arm][:, shown], months[shown]) for pair in curves], 1), weights
                )
                for arm in (0, 1)
            )
            parts.append([zero, one, one - zero])
        found[horizon] = [
            [
                simulated(*pooling.across(drawn, level, "inverted_cdf"))[0],
                *simulated(*pooling.across(again, level, "inverted_cdf"))[1:],
            ]
            for drawn, again in zip(*parts, strict=True)
        ]
    return found


def gains(each: FittedTrial, level: float) -> pd.DataFrame:
    """Months gained over each horizon of progression-free survival.

    Columns: ``kind`` (``model``, ``averaged``; of the average also ``wanes``, over two years from the end of the curves
    on, and ``ends``, there and then), ``model``, and for each horizon ``years5`` and so on, the gain with an interval
    of reconstruction and chance.
    """
    own = each.table[each.table["quantity"] == "benefit"]
    rows = []
    for model, part in own.groupby("model", sort=False):
        values = part.set_index("horizon")
        names = ["value", "low_all", "high_all"]
        shown = {
            f"years{y}": simulated(values.loc[12 * y, names], values.loc[12 * y, [f"{n}_error" for n in names]])
            for y in YEARS
        }
        rows.append({"kind": "averaged" if model == "averaged" else "model", "model": model} | shown)
    for kind, end in (("wanes", each.followed + WANES), ("ends", each.followed)):

        def change(zero: NDArray, one: NDArray, end: float = end) -> tuple[NDArray, NDArray]:
            return zero, adjusted_curves.waning(one, zero, _months(max(YEARS)), each.followed, end)

        found = _averaged(each.fits, each.fits_sampled, change, YEARS, level)
        rows.append({"kind": kind, "model": "averaged"} | {f"years{y}": found[y][2] for y in YEARS})
    return pd.DataFrame(rows)


def as_rows(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of :func:`gains` or :func:`life_gains` by trial, a row for each quantity: ``trial``, ``kind`` and what
    else tells rows apart, ``quantity`` (as the columns are named), ``value``, ``low``, ``high`` and their errors.
    """
    rows = []
    for trial, table in tables.items():
        for row in table.to_dict("records"):
            about = {name: value for name, value in row.items() if isinstance(value, str)}
            for quantity, numbers in row.items():
                if quantity not in about:
                    parts = zip(("value", "low", "high"), numbers, strict=True)
                    values = {
                        f"{name}{end}": x for name, pair in parts for end, x in zip(("", "_error"), pair, strict=True)
                    }
                    rows.append({"trial": trial} | about | {"quantity": quantity} | values)
    return pd.DataFrame(rows)


class FittedSurvival(NamedTuple):
    """Models of overall survival at a trial's final analysis."""

    found: PatientSets
    fits: Fits
    fits_sampled: Fits
    followed: float
    """Months to which both groups' curves reach in every draw."""
    population: NDArray
    """Survival of people of the trial's mean age and sexes, monthly to the longest horizon."""


def fit_life(ledger: Ledger, trial: Trial, found: PatientSets, models: Sequence[str], seed: int) -> FittedSurvival:
    """Every model fitted to the sets of a final analysis, and the population beside it."""
    return FittedSurvival(
        found,
        extrapolation.fit_arms(found, models),
        bootstrapped(found, models, seed),
        pooling.last_time(found),
        background(ledger, trial, _months(max(LIFE_YEARS))),
    )


class People(NamedTuple):
    """Mean age in years and share of men, of both groups of a trial together."""

    age: float
    men: float


def people(ledger: Ledger, trial: Trial) -> People:
    """As the table of baseline characteristics has them.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load()
    >>> found = people(ledger, trials.read(ledger.folder)["netter1"])
    >>> round(found.age, 1), round(found.men, 3)
    (63.5, 0.507)
    """
    men, women, ages = (
        [ledger.number(trial.claim(f"table1.{row}.{{arm}}.{measure}", arm.key)) for arm in trial.arms]
        for row, measure in (("male", "count"), ("female", "count"), ("age", "mean"))
    )
    sizes = np.add(men, women)
    return People(float(np.average(ages, weights=sizes)), sum(men) / float(sizes.sum()))


def background(ledger: Ledger, trial: Trial, months: NDArray) -> NDArray:
    """Survival of people of a trial's mean age and sexes in the general population, by a stored life table."""
    who, table = people(ledger, trial), papers.table("reference", "life_table", ledger.folder)
    deaths = {sex: table[sex].astype(float).to_numpy() / 1e5 for sex in ("male", "female")}
    return adjusted_curves.population_survival(months, who.age, {"male": who.men, "female": 1 - who.men}, deaths)


def life_gains(each: FittedSurvival, level: float) -> pd.DataFrame:
    """Months of life gained over each horizon, averaged over the models.

    Columns: ``kind``: ``fitted`` as the models have it; ``population``, with its mortality where that is higher;
    ``wanes`` and ``ends``, this and an effect that wanes over two years from the end of the curves on, or ends there;
    ``years10`` and so on, the gain with its interval; ``control10``, ``experimental10``, the means.
    """
    months = _months(max(LIFE_YEARS))

    def raised(curve: NDArray) -> NDArray:
        return adjusted_curves.no_better_than(curve, each.population)

    def wanes(end: float) -> _Curves:
        return lambda zero, one: (
            raised(zero),
            raised(adjusted_curves.waning(one, zero, months, each.followed, end)),
        )

    ways: dict[str, _Curves] = {
        "fitted": lambda zero, one: (zero, one),
        "population": lambda zero, one: (raised(zero), raised(one)),
        "wanes": wanes(each.followed + WANES),
        "ends": wanes(each.followed),
    }
    rows = []
    for kind, change in ways.items():
        found = _averaged(each.fits, each.fits_sampled, change, LIFE_YEARS, level)
        row: dict[str, object] = {"kind": kind}
        for y, (control, experimental, gain) in found.items():
            row |= {f"control{y}": control, f"experimental{y}": experimental, f"years{y}": gain}
        rows.append(row)
    return pd.DataFrame(rows)


class LifeResult(NamedTuple):
    """What is told of overall survival to the longest horizon."""

    nothing: bool
    """Whether the interval of the gain, as the models have it, holds zero."""
    smaller: bool
    """Whether an effect that ends with the curves gains less than one that lasts, both with the population's deaths."""
    least: Simulated
    most: Simulated
    """Gains by model, months."""
    alive_least: Simulated
    alive_most: Simulated
    """Shares alive by model and group, of 1."""
    population: float
    """Share alive of the population, of 1."""
    change: Simulated
    """Size of that of the gain by the population's mortality, in the model where it is largest, months."""


def life_result(lived: pd.DataFrame, by_model: pd.DataFrame, each: FittedSurvival) -> LifeResult:
    """Of :func:`life_gains` and :func:`life_by_model`."""
    gain = lived.set_index("kind")[f"years{max(LIFE_YEARS)}"]
    _, low, high = gain["fitted"]

    def ends(*names: str) -> tuple[Simulated, Simulated]:
        found = [Simulated(row[n], row[f"{n}_error"]) for row in by_model.to_dict("records") for n in names]
        return min(found), max(found)

    alive, largest = ends("alive0", "alive1"), by_model.loc[by_model["change"].abs().idxmax()]
    return LifeResult(
        nothing=low.value <= 0 <= high.value,
        smaller=gain["ends"][0].value < gain["population"][0].value,
        least=ends("gain")[0],
        most=ends("gain")[1],
        alive_least=alive[0],
        alive_most=alive[1],
        population=float(each.population[-1]),
        change=Simulated(abs(float(largest["change"])), float(largest["change_error"])),
    )


def life_by_model(each: FittedSurvival) -> pd.DataFrame:
    """What each model says of the longest horizon, medians over the draws, with Monte Carlo errors.

    Columns: ``model``; ``weight``, the mean Akaike weight; ``alive0``, ``alive1``: shares alive then in the control
    group and in the other; ``gain`` over it, and ``change``, by how much it is another with the population's mortality
    where that is higher (months).
    """
    months, weights = _months(max(LIFE_YEARS)), extrapolation.akaike_weights(each.fits).mean(0)
    rows = []
    for weight, (model, pair) in zip(weights, each.fits.items(), strict=True):
        zero, one = (fit.survival(months) for fit in pair)
        raised = [adjusted_curves.no_better_than(curve, each.population) for curve in (zero, one)]
        row: dict[str, float | str] = {"model": model, "weight": float(weight)}
        gain = adjusted_curves.area(one, months) - adjusted_curves.area(zero, months)
        with_population = adjusted_curves.area(raised[1], months) - adjusted_curves.area(raised[0], months)
        for name, values in (
            ("alive0", zero[:, -1]),
            ("alive1", one[:, -1]),
            ("gain", gain),
            ("change", with_population - gain),
        ):
            (middle, *_), (error, *_) = pooling.across(values[np.isfinite(values)], 0.5, "inverted_cdf")
            row |= {name: middle, f"{name}_error": error}
        rows.append(row)
    return pd.DataFrame(rows)
