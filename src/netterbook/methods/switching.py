"""Two other ways to undo crossover at progression: the two-stage method and inverse-probability weights.

Both compare control patients who crossed over with those who progressed and did not, and so need that chance, or what
was measured, decided who did. Nothing is measured here beyond progression. See Latimer et al., BMC Med Res Methodol
2019;19:69, for both.
"""

from __future__ import annotations

from math import exp, log

import numpy as np

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.methods import patients
from netterbook.methods.crossover import CrossoverTrial, counterfactual


def _progressed(trial: CrossoverTrial) -> tuple[Booleans, Booleans]:
    """Control patients seen to progress: those who crossed over, and the others."""
    seen = (trial.arm == 0) & (trial.progression < trial.time)
    crossed, others = seen & trial.crossed, seen & ~trial.crossed
    if not crossed.any() or not others.any():
        raise ValueError("of the control patients who progressed, some must cross over and some must not")
    return crossed, others


def two_stage(trial: CrossoverTrial) -> float:
    """Hazard ratio of death without crossover, by the two-stage method.

    First, the factor by which crossover slows death after progression, at constant rates. Then crossed patients' times
    after progression are shortened by it, with recensoring as in :func:`.counterfactual`.

    Raises
    ------
    ValueError
        Unless some progressed control patients crossed over and some did not, and patients of both kinds died.
    """
    rates = []
    for own in _progressed(trial):
        deaths = trial.event[own].sum()
        if not deaths:
            raise ValueError("no death after progression; the factor has no estimate")
        rates.append(deaths / (trial.time - trial.progression)[own].sum())
    psi = log(rates[0] / rates[1])
    control = trial.arm == 0
    untreated, died = counterfactual(trial.time, trial.event, trial.arm, trial.on_treatment, trial.end, psi)
    time, event = np.where(control, untreated, trial.time), np.where(control, died, trial.event)
    return patients.cox(time, event, trial.arm).hr


def weighted(trial: CrossoverTrial) -> float:
    """Hazard ratio of death without crossover, by weights.

    Crossed patients are censored when they cross; after progression the others stand in for them, each with one over
    the share who did not cross. Breslow's ties.

    Raises
    ------
    ValueError
        Unless some progressed control patients crossed over and some did not.
    """
    crossed, others = _progressed(trial)
    weight = 1 + crossed.sum() / others.sum()
    time = np.where(crossed, trial.progression, trial.time)
    event = (trial.event == 1) & ~crossed
    at, arm, died = time[event], trial.arm[event], np.where(others[event], weight, 1.0)

    def left(times: Floats) -> Integers:
        return np.asarray(len(times) - np.searchsorted(np.sort(times, kind="stable"), at, side="left"))

    stood_in = (weight - 1) * (left(time[others]) - left(trial.progression[others]))
    zero, one = left(time[trial.arm == 0]) + stood_in, left(time[trial.arm == 1])
    beta = 0.0
    for _ in range(50):
        share = one * exp(beta) / (zero + one * exp(beta))
        score, information = (died * (arm - share)).sum(), (died * share * (1 - share)).sum()
        beta += score / information
        if abs(score) < 1e-10 * information:
            break
    return exp(beta)
