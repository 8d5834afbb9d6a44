"""What an interim hazard ratio says of the true one: its distribution, shrinkage, and simulated trials up to their end.

Estimates of the log hazard ratio are normal about the true one with variance ``1 / (events a (1 - a))``, ``a`` being
the ``allocation``, the share of patients in the experimental arm (Schoenfeld, Biometrika 1981;68:316-9). Hazard ratios
are experimental to reference arm.
"""

from __future__ import annotations

from math import exp, inf, log, sqrt
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from netterbook.arrays import Booleans, Floats
from netterbook.compiled import compiled
from netterbook.methods.crossover import lives
from netterbook.methods.patients import Estimate, deviate, sorted_cox


class SimulatedTrials(NamedTuple):
    """What each simulated trial showed; arrays of shape (trials,)."""

    interim_hr: Floats
    """By Cox's model; 0, infinite or nan where it has no finite estimate, as where an arm has no deaths."""
    final_hr: Floats
    interim_month: Floats
    """Since the first patient could enter."""
    final_month: Floats
    crossed: Floats
    """Share of the control arm that had crossed over by the final analysis."""


def _information(events: float, allocation: float) -> float:
    if not 0 < events < inf:
        raise ValueError(f"the number of events must be positive, not {events}")
    if not 0 < allocation < 1:
        raise ValueError(f"the allocation must lie between 0 and 1, not {allocation}")
    return events * allocation * (1 - allocation)


def _log_hr(name: str, hr: float) -> float:
    if not 0 < hr < inf:
        raise ValueError(f"{name} must be a positive hazard ratio, not {hr}")
    return log(hr)


def probability_at_most(observed: float, hr: float, events: float, allocation: float = 0.5) -> float:
    """Probability that an analysis estimates ``observed`` or less where the true hazard ratio is ``hr``.

    NETTER-1's interim 0.40 after 40 deaths, if the final 0.84 were true:

    >>> round(probability_at_most(0.40, 0.84, 40), 4)
    0.0095
    """
    distance = _log_hr("observed", observed) - _log_hr("hr", hr)
    return float(norm.cdf(distance * sqrt(_information(events, allocation))))


def shrunk_hazard_ratio(
    observed: float,
    events: float,
    prior_sd: float,
    prior_hr: float = 1.0,
    allocation: float = 0.5,
    level: float = 0.95,
) -> Estimate:
    """True hazard ratio and its interval after an estimate, from a normal prior of the log hazard ratio.

    The prior is centred at ``prior_hr``; its standard deviation is on the log scale, infinite for a flat prior. The
    estimate shrinks toward the centre by the prior's share of the information (Spiegelhalter, Freedman & Parmar, JRSS A
    1994;157:357-416).

    A prior with 95% between 0.5 and 2 has a standard deviation of 0.354. With it, NETTER-1's interim 0.40 becomes

    >>> [round(x, 2) for x in shrunk_hazard_ratio(0.40, 40, prior_sd=log(2) / 1.96)]
    [0.6, 0.38, 0.95]
    """
    z = deviate(level)
    information, log_hr = _information(events, allocation), _log_hr("observed", observed)
    mean, half = _log_hr("prior_hr", prior_hr), 0.0
    if not prior_sd >= 0:
        raise ValueError(f"the prior's standard deviation must be 0 or more (inf for a flat prior), not {prior_sd}")
    if prior_sd > 0:
        precision = information + 1 / prior_sd**2
        mean, half = (information * log_hr + mean / prior_sd**2) / precision, z * sqrt(1 / precision)
    return Estimate(exp(mean), exp(mean - half), exp(mean + half))


@compiled
def _analysis(entry: Floats, death: Floats, arm: Booleans, cutoff: float) -> float:
    """Log hazard ratio of patients followed up to a calendar time."""
    time = np.minimum(death, cutoff - entry)  # negative of those yet to enter, who so leave before any death
    order = np.argsort(time)
    event = entry + death <= cutoff
    return sorted_cox(time[order], event[order], arm[order], np.zeros(len(order), np.int64))[0]


@compiled
def _analyses(entry: Floats, death: Floats, arm: Booleans, deaths: tuple[int, int]) -> tuple[Floats, Floats]:
    """Log hazard ratio and calendar time when each of two numbers of deaths is reached; trials x patients."""
    results, months = np.empty((len(entry), 2)), np.empty((len(entry), 2))
    for i in range(len(entry)):
        calendar = np.sort(entry[i] + death[i])
        for j in range(2):
            months[i, j] = calendar[deaths[j] - 1]
            results[i, j] = _analysis(entry[i], death[i], arm, months[i, j])
    return results, months


def simulate_trials(
    hr: float,
    median_os: float,
    median_progression: float,
    accrual: float,
    patients: tuple[int, int],
    interim_deaths: int,
    final_deaths: int,
    crossover: float = 0.36,
    trials: int = 2000,
    seed: int = 1,
) -> SimulatedTrials:
    """Trials with exponential survival whose control patients may cross over at progression.

    Entry is uniform over the accrual, and nobody is lost. After crossing over a patient has the hazard of death of the
    experimental arm. Everyone is analysed in the arm of randomisation, when so many deaths have occurred.

    Parameters
    ----------
    hr : true hazard ratio for death, without crossover
    median_os : median survival of the control arm without crossover, months
    median_progression : of the control arm's time to progression, exponential and independent of death, months
    accrual : months
    patients : randomised to the experimental and the control arm
    interim_deaths, final_deaths : deaths in both arms at which the trial is analysed
    crossover : share of the control arm that crosses over, if all are followed to progression or death
    trials, seed : how many trials, and the seed of the random numbers

    Raises
    ------
    ValueError
        If an argument is out of its range, or more patients are to cross over than have progression.

    The trial of NETTER-1's protocol, medians of 50 and 32 months, but without crossover: after 40 of 158 deaths the
    hazard ratio still scatters twice as widely.

    >>> found = simulate_trials(32 / 50, 32, 14, 18, (115, 115), 40, 158, crossover=0)
    >>> round(float(np.log(found.interim_hr).std() / np.log(found.final_hr).std()), 1)
    2.0
    """
    if not 0 < accrual < inf:
        raise ValueError(f"accrual must be a positive number of months, not {accrual}")
    if len(patients) != 2 or min(patients) < 1:
        raise ValueError(f"patients must be two positive numbers, experimental and control, not {patients}")
    if not 1 <= interim_deaths < final_deaths <= sum(patients):
        raise ValueError(
            f"deaths must rise from interim to final analysis, up to the {sum(patients)} patients, not "
            f"{interim_deaths} and {final_deaths}"
        )
    if trials < 1:
        raise ValueError(f"there must be at least one trial, not {trials}")

    rng = np.random.default_rng(seed)
    shape = trials, sum(patients)
    arm = np.arange(shape[1]) < patients[0]
    entry = rng.uniform(0, accrual, shape)
    death, progression, crosses = lives(rng, arm, shape, hr, median_os, median_progression, crossover)

    log_hr, months = _analyses(entry, death, arm, (interim_deaths, final_deaths))
    crossed = crosses & (entry + progression < months[:, 1:])
    (interim_hr, final_hr), (interim_month, final_month) = np.exp(log_hr).T, months.T
    return SimulatedTrials(interim_hr, final_hr, interim_month, final_month, crossed.sum(axis=1) / patients[1])
