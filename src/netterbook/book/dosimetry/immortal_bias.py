"""Immortal time in trials like the phase II trial: what analyses by kidney dose find where the dose does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from netterbook.arrays import Floats, Integers
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.protocol import KidneyDoses, draw, treat, whole_trials
from netterbook.book.dosimetry.published import PhaseTwo
from netterbook.dosimetry.immortal import Analysis, ImmortalTime, analyse, simulate_immortal_time, split_by_dose
from netterbook.dosimetry.planning import course
from netterbook.precision import Simulated, quantile_error, share_error

METHODS = {
    "split": "dose above v below the median",
    "naive": "limit ever reached v never",
    "landmark": "limit reached by the landmark v not",
    "time_dependent": "limit reached, time-dependent",
}
"""Names of the analyses."""
ALPHA = 0.05
"""Level of the tests."""
TRIALS = 500
"""Simulated."""
FOLLOW_UP_MONTHS = (24.0, 84.0)
"""Shortest and longest, alike between; an assumption."""
_QUANTILES = {"hr": 0.5, "low": 0.025, "high": 0.975}


OUTCOMES = ("PFS", "OS")


def _outcomes(trial: PhaseTwo) -> dict[str, dict[str, Any]]:
    """What the simulation of each outcome takes from the published trial."""
    medians = dict(zip(OUTCOMES, (trial.pfs_months, trial.os_months), strict=True))
    shared = {
        "patients": trial.patients,
        "interval_months": trial.interval_months,
        "follow_up_months": FOLLOW_UP_MONTHS,
    }
    return {outcome: shared | {"median_months": median} for outcome, median in medians.items()}


class Planned(NamedTuple):
    """Virtual patients who stop for no other reason than the kidney dose."""

    bed_gy: Floats
    """Cumulative, shape (patients, cycles)."""
    cycles: Integers
    """That the limits allow."""


def planned(p: Dosimetry, trial: PhaseTwo, doses: KidneyDoses) -> Planned:
    """What would be given to the parameters' virtual patients."""
    p = whole_trials(p, trial).model_copy(update={"stop_probability": 0.0})
    dose = p.activity_gbq * draw(p, doses, p.max_cycles, np.random.default_rng(p.seed))
    return Planned(course(dose, *p.biology).bed_gy, treat(p, trial, doses).cycles)


def doses_for_cycles(p: Dosimetry, trial: PhaseTwo, doses: KidneyDoses, cycles: float) -> KidneyDoses:
    """The same spread about the mean kidney dose at which the numbers of :func:`planned` cycles average so many.

    Parameters
    ----------
    cycles : more than 1, and no more than the parameters' ``max_cycles``
    """

    def too_many(log_mean: float) -> float:
        mean = doses._replace(mean_gy_per_gbq=float(np.exp(log_mean)))
        return float(planned(p, trial, mean).cycles.mean()) - cycles

    ends = np.log([p.limit_bed_gy / 1000 / p.activity_gbq, 10 * p.higher_limit_bed_gy / p.activity_gbq])
    return doses._replace(mean_gy_per_gbq=float(np.exp(brentq(too_many, *ends, xtol=1e-4))))


class Analyses(NamedTuple):
    """All of one outcome in simulated trials."""

    split: Analysis
    """By the dose received, above to below its median; simulated without an effect only."""
    reached: ImmortalTime
    """By whether and when the limit was reached."""


def immortal_bias(p: Dosimetry, trial: PhaseTwo, doses: KidneyDoses, hr: float) -> dict[str, Analyses]:
    """Trials of the published size and medians in which reaching the limit has the effect ``hr``, by outcome."""
    bed, cycles = planned(p, trial, doses)
    found = {}
    for outcome, given in _outcomes(trial).items():
        trials = simulate_immortal_time(cycles, np.random.default_rng(p.seed), trials=TRIALS, hr=hr, **given)
        split = split_by_dose(bed, cycles, np.random.default_rng(p.seed), trials=TRIALS, **given)
        found[outcome] = Analyses(split, analyse(trials, p.landmark))
    return found


def _quantile(analysis: Analysis, share: float = 0.5) -> Simulated:
    """Of the hazard ratios; nan where no trial has one."""
    known = analysis.hr[np.isfinite(analysis.log_hr)]
    if not known.size:
        return Simulated(np.nan, np.nan)
    return Simulated(float(np.quantile(known, share)), quantile_error(known, share))


def hazard_ratios(found: Mapping[str, Analyses]) -> pd.DataFrame:
    """A row an outcome and analysis.

    Columns ``outcome``, ``kind`` (of :data:`METHODS`), ``method`` (its name), ``hr`` (median of trials), ``low``,
    ``high`` (95% of them), ``significant``, and the Monte Carlo errors of these numbers, ``hr_error`` and so on.
    """
    rows = []
    for outcome, (split, reached) in found.items():
        for kind, each in {"split": split, **reached._asdict()}.items():
            row: dict[str, object] = {"outcome": outcome, "kind": kind, "method": METHODS[kind]}
            for name, share in _QUANTILES.items():
                row[name], row[f"{name}_error"] = _quantile(each, share)
            significant = each.significant(ALPHA)
            error = share_error(significant, len(each.log_hr))
            rows.append(row | {"significant": significant, "significant_error": error})
    return pd.DataFrame(rows)


def by_method(rows: pd.DataFrame, outcome: str) -> dict[str, dict[str, Simulated]]:
    """Hazard ratio ``hr`` and share of trials ``significant`` of one outcome in :func:`hazard_ratios`, by kind."""
    own = rows[rows["outcome"] == outcome].set_index("kind")
    return {
        kind: {name: Simulated(row[name], row[f"{name}_error"]) for name in ("hr", "significant")}
        for kind, row in own.to_dict("index").items()
    }


class Fairness(NamedTuple):
    """How the landmark and the time-dependent analysis do in trials without an effect, both outcomes together."""

    known: bool
    """All can be estimated; else the others do not hold."""
    nearer: bool
    """All hazard ratios lie nearer to one than that of the split at the median dose."""
    fair: bool
    """All are one within three Monte Carlo errors."""
    level: bool
    """None is significant more often than at :data:`ALPHA` by more than two Monte Carlo errors."""


def fairness(rows: pd.DataFrame) -> Fairness:
    """Of :func:`hazard_ratios` without an effect."""
    own = rows[rows["kind"].isin(("landmark", "time_dependent"))]
    split = own["outcome"].map(rows[rows["kind"] == "split"].set_index("outcome")["hr"])
    by_chance = ALPHA + 2 * share_error(ALPHA, TRIALS)
    return Fairness(
        known=bool(np.isfinite(own["hr"]).all() and np.isfinite(split).all()),
        nearer=bool((np.log(own["hr"]).abs() < np.log(split).abs()).all()),
        fair=bool(((own["hr"] - 1).abs() <= 3 * own["hr_error"]).all()),
        level=bool((own["significant"] <= by_chance).all()),
    )


def reached_by_landmark(p: Dosimetry, trial: PhaseTwo, doses: KidneyDoses) -> Simulated:
    """Share of patients without an event and in follow-up at the landmark who have reached their limit by then.

    Event times know nothing of the cycles planned, so that it is the share whose planned cycles end by then.
    """
    cycles = planned(p, trial, doses).cycles
    share = float(np.mean((cycles - 1) * trial.interval_months <= p.landmark))
    return Simulated(share, share_error(share, len(cycles)))


def most_significant(rows: pd.DataFrame, kind: str) -> float:
    """The largest share of trials, over outcomes, in which an analysis is significant."""
    return float(rows.loc[rows["kind"] == kind, "significant"].max())


def grows_with_length(by_length: pd.DataFrame) -> bool:
    """Whether the hazard ratios of :func:`bias_by_length` fall with every step, but for their Monte Carlo errors."""
    table = by_length.sort_values("months", kind="stable")
    steps = [
        np.diff(table[outcome]) <= 2 * np.hypot(error[1:], error[:-1])
        for outcome in OUTCOMES
        for error in [table[f"{outcome}_error"].to_numpy()]
    ]
    last, first = table.iloc[-1], table.iloc[0]
    return bool(np.all(steps)) and all(last[outcome] < first[outcome] for outcome in OUTCOMES)


def bias_by_length(p: Dosimetry, trial: PhaseTwo, doses: KidneyDoses, trials: int) -> pd.DataFrame:
    """How large the bias of the split at the median dose is by how long the treatment takes, under no effect.

    Mean kidney doses are varied, with the spread of ``doses``. Columns: ``cycles``, the mean number planned, ``months``
    to the last of them, the median hazard ratio of each outcome and its Monte Carlo error.
    """
    rows = []
    for mean in (0.35, 0.45, 0.6, 0.8, 1.1, 1.6, 2.5):
        bed, cycles = planned(p, trial, doses._replace(mean_gy_per_gbq=mean))
        row = {"cycles": float(cycles.mean()), "months": float((cycles.mean() - 1) * trial.interval_months)}
        for outcome, given in _outcomes(trial).items():
            split = split_by_dose(bed, cycles, np.random.default_rng(p.seed), trials=trials, **given)
            row[outcome], row[f"{outcome}_error"] = _quantile(split)
        rows.append(row)
    return pd.DataFrame(rows)
