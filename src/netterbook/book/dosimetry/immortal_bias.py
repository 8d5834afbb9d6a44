"""Immortal time in trials like the phase II trial: what analyses by kidney dose find where the dose does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

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
_FOLLOW_UP_MONTHS = (24.0, 84.0)  # shortest and longest; an assumption
_QUANTILES = {"hr": 0.5, "low": 0.025, "high": 0.975}


def _outcomes(trial: PhaseTwo) -> dict[str, dict[str, Any]]:
    """What the simulation of each outcome takes from the published trial."""
    medians = {"PFS": trial.pfs_months, "OS": trial.os_months}
    shared = {
        "patients": trial.patients,
        "interval_months": trial.interval_months,
        "follow_up_months": _FOLLOW_UP_MONTHS,
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


def at_length(by_length: pd.DataFrame, cycles: float, outcome: str) -> Simulated:
    """The hazard ratio of :func:`bias_by_length` at a mean number of planned cycles, interpolated; nan beyond them."""
    lengths = by_length.sort_values("cycles", kind="stable")
    columns = (lengths[name] for name in (outcome, f"{outcome}_error"))
    return Simulated(*(float(np.interp(cycles, lengths["cycles"], each, np.nan, np.nan)) for each in columns))
