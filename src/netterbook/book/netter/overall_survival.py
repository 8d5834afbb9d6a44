"""An interim analysis of overall survival, its boundary, and what simulated trials of its size make of it; the final
analysis, its numbers beside patients reconstructed without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp, nan, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook import facts
from netterbook.audit import recovered
from netterbook.audit.final_analysis import kept_back
from netterbook.facts import Stated
from netterbook.ledger import Ledger
from netterbook.methods import interim
from netterbook.methods.interim import SimulatedTrials
from netterbook.methods.patient_sets import PatientSets
from netterbook.methods.patients import deviate
from netterbook.methods.pooling import RATIO, monte_carlo_error, pooled_hr
from netterbook.methods.printed_ratios import (
    log_hr_standard_error,
    standard_error_from_events,
    standard_error_from_p,
)
from netterbook.methods.trial_design import obrien_fleming_boundary
from netterbook.precision import Simulated, batch_error, simulated_share
from netterbook.trials import FinalAnalysis, Interim, Trial, recorded

_TRIALS = 2000


class HazardRatioPrior(NamedTuple):
    """Normal on the log scale, with a share ``level`` of true hazard ratios between ``low`` and ``high``."""

    low: float
    high: float
    level: float


SCEPTICAL = HazardRatioPrior(0.5, 2.0, 0.95)
"""One that thinks large effects unlikely."""


def _deaths(ledger: Ledger, trial: Trial) -> tuple[int, int]:
    """At the interim analysis and, from the later report, at the final one."""
    about = recorded(trial, Interim)
    seen = sum(trial.counts(ledger, trial.end_points[about.end_point].events))
    return seen, int(facts.read(ledger.folder)[about.final_events].value)


def interim_hr(ledger: Ledger, trial: Trial) -> float:
    """The hazard ratio of the interim analysis, as printed.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> interim_hr(ledger, trials.read(ledger.folder)["netter1"])
    0.4
    """
    return ledger.number(trial.claim(trial.end_points[recorded(trial, Interim).end_point].hazard_ratio))


def final_hr(ledger: Ledger, trial: Trial) -> float:
    """The hazard ratio of the final analysis, a reference fact.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> final_hr(ledger, trials.read(ledger.folder)["netter1"])
    0.84
    """
    return facts.read(ledger.folder)[recorded(trial, Interim).final_hazard_ratio].value


def interim_intervals(ledger: Ledger, trial: Trial, found: PatientSets, level: float) -> pd.DataFrame:
    """Intervals of the interim hazard ratio, of which the paper prints none, three ways.

    Columns: ``kind``: ``p``, its standard error from the printed P value; ``events``, from the deaths of both groups;
    ``sets``, Cox's in sets of patients, pooled; ``hr``, ``low``, ``high``; and the Monte Carlo errors of these three.

    >>> from netterbook import papers, trials
    >>> from netterbook.audit import ensembles
    >>> ledger = papers.load(papers.data_dir())
    >>> trial = trials.read(ledger.folder)["netter1"]
    >>> sets = ensembles.reconstruct(ledger, trial, "os", "nothing", 20, 1)
    >>> interim_intervals(ledger, trial, sets, 0.95).set_index("kind").loc["p", ["low", "high"]].round(2).tolist()
    [0.21, 0.75]
    """
    hr, z = interim_hr(ledger, trial), deviate(level)
    end_point = trial.end_points[recorded(trial, Interim).end_point]
    deaths = trial.counts(ledger, end_point.events)
    errors = {
        "p": standard_error_from_p(hr, ledger.number(trial.claim(end_point.p))),
        "events": standard_error_from_events(*deaths),
    }
    rows = [(kind, hr, hr * exp(-z * error), hr * exp(z * error), 0.0, 0.0, 0.0) for kind, error in errors.items()]
    rows.append(
        ("sets", *pooled_hr(found, level), *monte_carlo_error(lambda sets: pooled_hr(sets, level), found).tolist())
    )
    columns = ["kind", *RATIO, *(f"{name}_error" for name in RATIO)]
    return pd.DataFrame(rows, columns=columns)


class Boundary(NamedTuple):
    """A boundary of interim analyses and one of them, as :func:`.interim_boundary` takes them."""

    fractions: NDArray[np.float64]
    boundaries: NDArray[np.float64]
    """Levels below which P has to fall at these shares of the planned events."""
    looked: float
    boundary: float
    p: float
    """Share of the events at the interim analysis, the level there, and the P value found."""


def boundary(ledger: Ledger, trial: Trial) -> Boundary:
    """O'Brien and Fleming's boundary with the interim analysis.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> f"{boundary(ledger, trials.read(ledger.folder)['netter1']).boundary:.6f}"
    '0.000085'
    """
    about = recorded(trial, Interim)
    looked = _deaths(ledger, trial)[0] / ledger.number(trial.claim(about.planned))
    fractions = np.linspace(0.15, 1, 120)
    levels = np.array([obrien_fleming_boundary(share) for share in fractions])
    p = ledger.number(trial.claim(trial.end_points[about.end_point].p))
    return Boundary(fractions, levels, looked, obrien_fleming_boundary(looked), p)


def simulate(ledger: Ledger, trial: Trial, true_hr: float, crossover: float, seed: int) -> SimulatedTrials:
    """Trials of this size, followed to its numbers of deaths at the interim and the final analysis.

    Control patients live as the plan assumed and progress as they did; see :func:`.simulate_trials`.
    """
    about = recorded(trial, Interim)
    end_point = trial.end_points[about.end_point]
    seen, final = _deaths(ledger, trial)
    control = trial.control.key
    return interim.simulate_trials(
        true_hr,
        median_os=ledger.number(trial.claim(end_point.assumed_median, control)),
        median_progression=ledger.number(trial.claim(trial.primary.median, control)),
        accrual=ledger.number(trial.claim(about.accrual)),
        patients=trial.counts(ledger, end_point.patients),
        interim_deaths=seen,
        final_deaths=final,
        crossover=crossover,
        trials=_TRIALS,
        seed=seed,
    )


class Shrinkage(NamedTuple):
    """An interim hazard ratio of the size that was seen: its ``chance`` if the true one is as assumed, and its share of
    ``simulated`` trials; whether ``any`` of these ``trials`` had it, and at which final hazard ratio those end and
    ``all`` trials do; the share of control patients who ``crossed`` over; and what a sceptical prior makes of it.
    """

    chance: float
    simulated: Simulated
    any: bool
    trials: int
    crossed: float
    ending: Simulated
    all: Simulated
    shrunk: tuple[float, float, float]


def shrinkage(ledger: Ledger, trial: Trial, found: SimulatedTrials, true_hr: float, level: float) -> Shrinkage:
    """What becomes of so striking an interim hazard ratio, from trials that :func:`simulate` made at ``true_hr``."""
    observed, (deaths, _) = interim_hr(ledger, trial), _deaths(ledger, trial)
    extreme = found.interim_hr <= observed
    prior_sd = log_hr_standard_error(*SCEPTICAL)
    shrunk = interim.shrunk_hazard_ratio(observed, deaths, prior_sd, allocation=trial.share, level=level)
    return Shrinkage(
        interim.probability_at_most(observed, true_hr, deaths, trial.share),
        simulated_share(float(extreme.mean()), len(extreme)),
        bool(extreme.any()),
        len(extreme),
        float(found.crossed.mean()),
        _mean(found.final_hr, extreme),
        _mean(found.final_hr, np.full(extreme.shape, True)),
        (shrunk.value, shrunk.low, shrunk.high),
    )


def _mean(ratios: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Simulated:
    """Geometric mean of the ratios that are chosen, with the spread of all for its error; nan where none is."""
    if not chosen.any():
        return Simulated(np.nan, np.nan)
    mean = float(np.exp(np.log(ratios[chosen]).mean()))
    return Simulated(mean, mean * float(np.log(ratios).std()) / sqrt(chosen.sum()))


def final_numbers(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """Numbers of the final analysis beside stored estimates from patients that were not given them.

    Columns: ``kind`` as in :class:`.KeptBack`, with " low" or " high" for a limit; ``arm``, its name; ``time``, months;
    ``printed``; ``value``, ``low``, ``high`` over the sets of all seeds, in its unit; ``below``, the share of sets
    below the printed number; ``recovered``, whether the intervals of all seeds meet its rounding; ``is_count`` and
    ``is_p``.
    """
    stored = recovered.stored_final(ledger)
    rows = []
    for kept in kept_back(ledger, trial):
        if kept.id in stored.index:
            row = stored.loc[kept.id]
            kind = kept.kind + kept.id.removeprefix(kept.id.partition(" ")[0])
            found = (float(row.estimate), float(row.low), float(row.high), float(row.below), bool(row.recovered))
            about = (kept.point.exact, kept.kind == "proportional")
            rows.append((kind, trial.name_of(kept.arm), kept.time, kept.point.text, *found, *about))
    columns = "kind arm time printed value low high below recovered is_count is_p"
    return pd.DataFrame(rows, columns=columns.split())


class FinalAgreement(NamedTuple):
    """How many ``numbers`` of the final analysis were kept back and how many of them ``recovered``; of the estimates
    the greatest ``r_hat`` and the least number of ``effective`` sets, over the chains of all seeds; how many ``sets``
    and ``seeds``, and the ``level`` of their intervals.
    """

    numbers: int
    recovered: int
    r_hat: float
    effective: int
    sets: int
    seeds: int
    level: float


def final_agreement(ledger: Ledger) -> FinalAgreement:
    """Of all that was kept back of final analyses."""
    stored = recovered.stored_final(ledger)
    if stored.empty:
        return FinalAgreement(0, 0, nan, 0, 0, 0, recovered.INTERVAL_LEVEL)
    first = stored.iloc[0]
    effective = int(stored[["bulk", "tail"]].min(axis=None))
    seeds = len(first.seeds.split())
    return FinalAgreement(
        len(stored),
        int(stored["recovered"].sum()),
        stored["r_hat"].max(),
        effective,
        int(first.draws),
        seeds,
        recovered.INTERVAL_LEVEL,
    )


class OfGroups(NamedTuple):
    """The same of both groups."""

    experimental: Simulated
    control: Simulated


class EarlyDeaths(NamedTuple):
    """Deaths up to ``time``, months, of each group: ``printed``, and medians over sets of
    the share that died, ``counted`` among all and ``estimated`` by Kaplan–Meier, and of the share ``lost`` from
    follow-up; ``hr`` of the whole follow-up, as printed.
    """

    time: float
    hr: Stated
    printed: Mapping[str, str]
    counted: OfGroups
    estimated: OfGroups
    lost: OfGroups


def early_deaths(ledger: Ledger, trial: Trial, found: PatientSets) -> EarlyDeaths:
    """Deaths up to the time for which the report of the final analysis counts them, as they are in sets of patients."""
    about, cited = recorded(trial, FinalAnalysis), facts.read(ledger.folder)
    early = [cited[about.early[arm.key]] for arm in trial.arms]
    (time,) = early[0].quantity_numbers
    own = [found.arm == code for code in (1, 0)]
    until, died = found.time <= time, found.event == 1
    return EarlyDeaths(
        time,
        cited[about.hazard_ratio].stated,
        {"experimental": early[0].text, "control": early[1].text},
        middles((until & died)[:, arm].mean(axis=1) for arm in own),
        middles(1 - found.values(f"survival{code}", time) for code in (1, 0)),
        middles((until & ~died)[:, arm].mean(axis=1) for arm in own),
    )


def middles(of_arms: Iterable[NDArray[np.float64]]) -> OfGroups:
    """Medians over the sets of what each has, of both groups, with their Monte Carlo errors."""
    return OfGroups(*(Simulated(float(np.median(x)), float(batch_error(np.median, x))) for x in of_arms))


def middle_at_risk(found: PatientSets, every: float) -> pd.DataFrame:
    """Numbers at risk, medians over the sets: columns ``arm``, ``time``, a column each so many months, and ``n_risk``.

    >>> time = np.array([[5.0, 13.0, 2.0], [5.0, 11.0, 2.0], [5.0, 13.0, 7.0]])
    >>> middle_at_risk(PatientSets(time, np.ones((3, 3), int), np.array([0, 0, 1])), 6)["n_risk"].tolist()
    [2, 1, 1, 1, 0, 0]
    """
    times = np.arange(0, found.time.max(), every)
    rows = [
        (code, time, int(np.median((found.time[:, found.arm == code] >= time).sum(axis=1))))
        for code in (0, 1)
        for time in times
    ]
    return pd.DataFrame(rows, columns=["arm", "time", "n_risk"])
