"""The protocol of the phase II trial given to virtual patients, and how many cycles they receive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from netterbook.arrays import Floats
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.published import Cohort, PhaseTwo
from netterbook.dosimetry.population import Protocol, Treated, matching_trials, simulate_protocol, virtual_patients
from netterbook.precision import Simulated, quantile_error, share_error, simulated_share


class KidneyDoses(NamedTuple):
    """What virtual patients' kidney doses per activity are drawn with."""

    mean_gy_per_gbq: float
    between_cv: float
    """Coefficient of variation between patients."""
    change_per_cycle: float = 0.0


def kidney_doses(p: Dosimetry, cohort: Cohort) -> KidneyDoses:
    """Those of a published cohort."""
    return KidneyDoses(cohort.mean_gy_per_gbq, cohort.between_cv(p.within_cv))


def draw(p: Dosimetry, doses: KidneyDoses, cycles: int, rng: np.random.Generator) -> Floats:
    """Gy/GBq of every cycle of the parameters' virtual patients; shape (patients, cycles)."""
    return virtual_patients(
        p.patients, cycles, doses.mean_gy_per_gbq, doses.between_cv, p.within_cv, rng, doses.change_per_cycle
    )


def whole_trials(p: Dosimetry, trial: PhaseTwo) -> Dosimetry:
    """The same with as many virtual patients as make whole trials of the published size."""
    return p.model_copy(update={"patients": p.patients - p.patients % trial.patients})


def treat(p: Dosimetry, trial: PhaseTwo, doses: KidneyDoses, stop: Literal["before", "at"] = "before") -> Treated:
    """The protocol given to whole trials of virtual patients; ``stop`` as in :class:`.Protocol`.

    >>> from netterbook import papers
    >>> from netterbook.book.dosimetry.published import cohorts, phase_two
    >>> ledger, p = papers.load(), Dosimetry()
    >>> doses = kidney_doses(p, cohorts(ledger)["netter-1"])
    >>> float(np.median(treat(p, phase_two(ledger), doses).cycles))
    5.0
    """
    rng = np.random.default_rng(p.seed)
    drawn = draw(whole_trials(p, trial), doses, p.max_cycles, rng)
    protocol = Protocol(
        limit_bed_gy=p.limit_bed_gy,
        higher_limit_bed_gy=p.higher_limit_bed_gy,
        higher_share=p.higher_share,
        stop=stop,
        stop_probability=p.stop_probability,
        alpha_beta_gy=p.alpha_beta_gy,
        repair_half_time_h=p.repair_half_time_h,
        effective_half_life_h=p.effective_half_life_h,
        gbq_per_cycle=p.activity_gbq,
    )
    return simulate_protocol(drawn, protocol, rng)


def by_absorbed_dose(p: Dosimetry) -> Dosimetry:
    """The same with the limit of the absorbed dose for everybody: with repair at once the BED is the dose."""
    limits = dict.fromkeys(("limit_bed_gy", "higher_limit_bed_gy"), p.kidney_limit_gy)
    return p.model_copy(update=limits | {"repair_half_time_h": 0.0})


def cycles_received(treated: Treated, trial: PhaseTwo) -> dict[str, float]:
    """Cycles of simulated trials beside the published ones.

    ``median`` of all patients; ``low`` and ``high``, the fewest and the most of the middle trial; the shares of trials
    with the ``same_median`` and with the ``same`` median and range, and their Monte Carlo errors as ``…_error``.
    """
    trials = treated.cycles.reshape(-1, trial.patients)
    found = matching_trials(trials, trial.median, trial.low, trial.high)
    fewest, most = (int(np.quantile(end, 0.5, method="lower")) for end in (trials.min(axis=1), trials.max(axis=1)))
    return {
        "median": float(np.median(treated.cycles)),
        "low": fewest,
        "high": most,
        "same_median": found.median,
        "same_median_error": share_error(found.median, len(trials)),
        "same": found.both,
        "same_error": share_error(found.both, len(trials)),
    }


def by_cohort(p: Dosimetry, trial: PhaseTwo, cohorts: Mapping[str, Cohort]) -> dict[str, Treated]:
    """:func:`treat` for each cohort, by its label."""
    return {each.label: treat(p, trial, kidney_doses(p, each)) for each in cohorts.values()}


def cohorts_beside(treated: Mapping[str, Treated], trial: PhaseTwo, cohorts: Mapping[str, Cohort]) -> pd.DataFrame:
    """Cycles that the protocol gives in each cohort, and in the last row those published.

    Columns: ``kind`` (simulated or published), ``label``, ``gy_per_gbq``, those of :func:`cycles_received`, the share
    of patients ended ``by_dose`` and the median ``bed`` in Gy, with their Monte Carlo errors.
    """
    mean = {each.label: each.mean_gy_per_gbq for each in cohorts.values()}
    rows: list[dict[str, object]] = []
    for label, one in treated.items():
        by_dose = float(one.by_dose.mean())
        rows.append(
            {"kind": "simulated", "label": label, "gy_per_gbq": mean[label]}
            | cycles_received(one, trial)
            | {"by_dose": by_dose, "by_dose_error": share_error(by_dose, one.by_dose.size)}
            | {"bed": float(np.median(one.bed_gy)), "bed_error": quantile_error(one.bed_gy)}
        )
    rows.append({"kind": "published", "median": trial.median, "low": trial.low, "high": trial.high})
    return pd.DataFrame(rows)


class MediansBeside(NamedTuple):
    """How many cohorts have a median of cycles above, at and below the published one, and how often they match it."""

    cohorts: int
    more: int
    same: int
    fewer: int
    best_match: Simulated
    """The largest share of trials, over cohorts, with the published median and range."""


def medians_beside(table: pd.DataFrame, median: int) -> MediansBeside:
    """Of the simulated rows of :func:`cohorts_beside`."""
    rows = table[table["kind"] == "simulated"]
    best = rows.loc[rows["same"].idxmax()]
    sign = np.sign(rows["median"] - median)
    more, same, fewer = (int((sign == x).sum()) for x in (1, 0, -1))
    return MediansBeside(len(rows), more, same, fewer, Simulated(best["same"], best["same_error"]))


def with_ceiling(p: Dosimetry, trial: PhaseTwo, cohort: Cohort) -> Simulated:
    """Share of trials with the published median and range if nobody had more cycles than the published most."""
    capped = p.model_copy(update={"max_cycles": trial.high})
    found = cycles_received(treat(capped, trial, kidney_doses(p, cohort)), trial)
    return Simulated(found["same"], found["same_error"])


# Which kidney doses would give the published cycles

_TRIALS = 100  # a point of the grid


class GridPoint(NamedTuple):
    """Where simulated trials match the published one most often."""

    share: Simulated
    """Of trials with the published median and range."""
    mean: float
    spread: float
    stop: float
    mean_is_least: bool
    """Whether it is the smallest tried; likewise the others."""
    mean_is_most: bool
    spread_is_least: bool
    spread_is_most: bool


class Best(NamedTuple):
    """Of so many published cohorts, those with a lower mean and those with a wider spread than a point of a grid."""

    cohorts: int
    lower: int
    wider: int


class Means(NamedTuple):
    """Mean kidney doses of a :class:`Grid` with a median of cycles, Gy/GBq: from ``low`` to ``high``, if any."""

    any: bool
    low: float
    high: float
    low_is_least: bool
    """Whether it is the smallest tried, and ``high`` the largest."""
    high_is_most: bool


class Grid(NamedTuple):
    """Simulated trials by mean, spread and probability of stopping; results of the shape (stops, spreads, means)."""

    stops: Floats
    spreads: Floats
    """Coefficients of variation between patients."""
    means: Floats
    """Gy/GBq."""
    median: Floats
    both: Floats
    """Share of trials with the published median and range."""

    def error(self, share: float) -> float:
        """Monte Carlo error of a share of trials."""
        return share_error(share, _TRIALS)

    @property
    def matched(self) -> bool:
        """Whether any trial has the published median and range."""
        return bool(self.both.any())

    @property
    def best(self) -> GridPoint:
        stop, spread, mean = np.unravel_index(self.both.argmax(), self.both.shape)
        return GridPoint(
            share=simulated_share(float(self.both.max()), _TRIALS),
            mean=float(self.means[mean]),
            spread=float(self.spreads[spread]),
            stop=float(self.stops[stop]),
            mean_is_least=bool(mean == 0),
            mean_is_most=bool(mean == self.means.size - 1),
            spread_is_least=bool(spread == 0),
            spread_is_most=bool(spread == self.spreads.size - 1),
        )

    def beside(self, cohorts: Iterable[Cohort]) -> Best:
        """Where the best point lies among published cohorts."""
        published, best = list(cohorts), self.best
        return Best(
            cohorts=len(published),
            lower=sum(each.mean_gy_per_gbq < best.mean for each in published),
            wider=sum(each.cv > best.spread for each in published),
        )

    def means_with(self, median: int) -> Means:
        """Mean kidney doses at which a median of cycles arises."""
        means = self.means[(self.median == median).any(axis=(0, 1))]
        if not means.size:
            return Means(False, np.nan, np.nan, False, False)
        low, high = float(means.min()), float(means.max())
        return Means(True, low, high, low == self.means[0], high == self.means[-1])

    def widest(self, share: float) -> float:
        """The largest spread at which at least this share of trials matches; nan where none does."""
        spreads = self.spreads[(self.both >= share).any(axis=(0, 2))]
        return float(spreads.max()) if spreads.size else np.nan


def grid(p: Dosimetry, trial: PhaseTwo) -> Grid:
    """Which mean kidney dose, spread between patients and probability of stopping would give the published cycles."""
    p = p.model_copy(update={"patients": _TRIALS * trial.patients})
    stops, spreads = np.array([0.0, 0.05, 0.1]), np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5])
    means = np.round(np.arange(0.35, 0.76, 0.05), 2)
    median, both = np.empty((2, stops.size, spreads.size, means.size))
    for index in np.ndindex(median.shape):
        stop, spread, mean = (float(tried[i]) for tried, i in zip((stops, spreads, means), index, strict=True))
        treated = treat(p.model_copy(update={"stop_probability": stop}), trial, KidneyDoses(mean, spread))
        found = cycles_received(treated, trial)
        median[index], both[index] = found["median"], found["same"]
    return Grid(stops, spreads, means, median, both)
