"""Crossover from control to treatment at progression: what it does to overall survival, and the rank-preserving model.

Treatment stretches the time lived on it by a factor ``exp(-psi)``: ``U = T_off + exp(psi) T_on`` is the time a patient
would have lived untreated (Robins & Tsiatis, Commun Stat 1991;20:2609-31). psi is negative where treatment helps. With
exponential times exp(psi) is also the hazard ratio of treatment against none.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import norm

from netterbook.arrays import Booleans, Floats, Integers, Labels
from netterbook.methods import patients

_REACH = 3.0  # psi between factors of 20 either way


class CrossoverTrial(NamedTuple):
    """Patients of a simulated trial, one value each; times in months from randomisation."""

    time: Floats
    event: Integers
    """1 at death, 0 at censoring."""
    arm: Integers
    on_treatment: Floats
    """Part of ``time`` on the treatment: all of it in arm 1, none before crossover in arm 0."""
    end: Floats
    """End of follow-up, also of those who died before."""
    crossed: Booleans
    progression: Floats
    """Months to progression, which may come after ``time``."""


def lives(
    rng: np.random.Generator,
    arm: Labels,
    shape: tuple[int, ...],
    hr: float,
    median_os: float,
    median_progression: float,
    share: float,
    effect_after: float = 1.0,
    selection: float = 0.0,
) -> tuple[Floats, Floats, Booleans]:
    """Months to death and to progression, and who crosses over: arrays of ``shape``, the last axis that of ``arm``.

    Untreated, patients die and progress at constant rates; those who progress before death cross over by chance, so
    often that ``share`` of all control patients would, were everyone followed to death. From then on they die at the
    rate of the treated arm, or with ``effect_after`` of the treatment's log effect. Those who would live longer than
    most from then on anyway cross over (1 + ``selection``)/(1 − ``selection``) times as often as the others.

    Raises
    ------
    ValueError
        For a number that is not positive, or a share that more patients than progress alive would have to make up.
    """
    for name, value in (("hr", hr), ("median_os", median_os), ("median_progression", median_progression)):
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be positive, not {value}")
    progress = median_os / (median_os + median_progression)  # progression before death, at constant rates
    if not 0 <= share <= progress:
        raise ValueError(
            f"a share of {share} cannot cross over: {progress:.3f} of the control patients progress before death at "
            f"these medians"
        )
    untreated = rng.exponential(median_os / log(2), shape)
    progression = rng.exponential(median_progression / log(2), shape)
    chance = np.asarray(share / progress)
    if selection:
        if not 0 <= selection <= 1 or chance * (1 + selection) > 1:
            raise ValueError(f"a selection of {selection} is not from 0 to 1 or needs chances of crossover above 1")
        longer = untreated - progression > median_os  # half of them: the rest of an exponential life is one
        chance = chance * np.where(longer, 1 + selection, 1 - selection)
    crossed = (arm == 0) & (progression < untreated) & (rng.random(shape) < chance)
    after = progression + (untreated - progression) / hr**effect_after  # the rest of an exponential life is one
    return np.where(crossed, after, np.where(arm == 1, untreated / hr, untreated)), progression, crossed


def simulate_trial(
    hr: float,
    median_os: float,
    median_progression: float,
    share: float,
    n: tuple[int, int],
    follow_up: tuple[float, float],
    seed: int = 1,
    effect_after: float = 1.0,
    selection: float = 0.0,
) -> CrossoverTrial:
    """A trial in which some of the control patients cross over when they progress, as :func:`lives` has it.

    Parameters
    ----------
    hr : of death under treatment, the true effect; also the factor exp(psi)
    median_os, median_progression : months, untreated, each as if the other could not happen
    share : of control patients who cross over
    n : patients in arm 0 and arm 1
    follow_up : shortest and longest, months, uniform between
    seed : of the random numbers
    effect_after : how much of the treatment's log effect is left after progression, 1 for all (as the rank-preserving
        model assumes), 0 for none
    selection : how much more often those cross over who would live longer anyway, 0 for by chance; see :func:`lives`

    Raises
    ------
    ValueError
        For a share that more patients than progress alive would have to make up, or another number that cannot be.
    """
    low, high = follow_up
    if not 0 < low <= high < np.inf:
        raise ValueError(f"the follow-up needs 0 < shortest <= longest, not {follow_up}")
    if min(n) < 1:
        raise ValueError(f"both arms need patients, not {n}")
    if not 0 <= effect_after <= 1:
        raise ValueError(f"the effect after progression must lie from 0 to 1 of the whole, not {effect_after}")
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1], n)
    about = median_os, median_progression, share, effect_after, selection
    death, progression, crossed = lives(rng, arm, arm.shape, hr, *about)
    end = rng.uniform(low, high, arm.size)
    time = np.minimum(death, end)
    on = np.where(arm == 1, time, np.where(crossed, np.maximum(time - progression, 0), 0))
    return CrossoverTrial(time, (death <= end).astype(int), arm, on, end, crossed & (on > 0), progression)


_LARGE = 40_000
"""Patients in each arm of a trial so large that its hazard ratio is known to a hundredth."""


def diluted_hr(
    hr: float,
    median_os: float,
    median_progression: float,
    share: float,
    follow_up: tuple[float, float],
    n: int = _LARGE,
    seed: int = 1,
    effect_after: float = 1.0,
) -> float:
    """Hazard ratio of death by randomised arm in a large trial, under :func:`simulate_trial`'s crossover.

    A true hazard ratio of 0.5 when nobody and when most cross over:

    >>> [round(diluted_hr(0.5, 36, 8.5, share, (60, 96)), 1) for share in (0, 0.8)]
    [0.5, 0.8]
    """
    trial = simulate_trial(hr, median_os, median_progression, share, (n, n), follow_up, seed, effect_after)
    return patients.cox(trial.time, trial.event, trial.arm).hr


def dilution(
    hrs: ArrayLike,
    shares: ArrayLike,
    median_os: float,
    median_progression: float,
    follow_up: tuple[float, float],
    seed: int = 1,
    effect_after: float = 1.0,
    n: int = _LARGE,
) -> pd.DataFrame:
    """:func:`diluted_hr` for every true hazard ratio and share: columns ``hr``, ``share``, ``diluted``."""  # fmt: skip
    rows = [
        (hr, share, diluted_hr(hr, median_os, median_progression, share, follow_up, n, seed, effect_after))
        for hr in np.asarray(hrs, float)
        for share in np.asarray(shares, float)
    ]
    return pd.DataFrame(rows, columns=["hr", "share", "diluted"])


def undiluted_hr(
    observed: float,
    median_os: float,
    median_progression: float,
    share: float,
    follow_up: tuple[float, float],
    seed: int = 1,
    effect_after: float = 1.0,
) -> float:
    """The true hazard ratio that :func:`diluted_hr` turns into ``observed``; an illustration under its assumptions.

    Nothing that is printed of a trial says whether these hold: who crossed over, when, and with what effect.
    The ratio is found to one part in a million; the simulated trial determines it to 1e-4.

    Raises
    ------
    ValueError
        If no true hazard ratio from 0.05 to 3 gives it.
    """  # fmt: skip

    def gap(log_hr: float) -> float:
        return (
            diluted_hr(exp(log_hr), median_os, median_progression, share, follow_up, _LARGE, seed, effect_after)
            - observed
        )

    ends = log(0.05), log(3)
    if gap(ends[0]) * gap(ends[1]) > 0:
        raise ValueError(f"no true hazard ratio from 0.05 to 3 is diluted to {observed} by a share of {share}")
    return exp(brentq(gap, *ends, xtol=1e-6))


class Rpsft(NamedTuple):
    """Estimate of the rank-preserving structural failure time model; a limit that was not found is nan."""

    psi: float
    low: float
    high: float
    hr: float
    """Cox's hazard ratio of arm 1 as observed to arm 0 as it would have been untreated."""
    itt_hr: float
    """Hazard ratio of the randomised arms as they are."""


def counterfactual(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, on_treatment: ArrayLike, end: ArrayLike, psi: float
) -> tuple[Floats, Integers]:
    """Times without treatment and their events, recensored.

    In an arm where patients' treatment differs, ``end min(1, exp(psi))`` is the earliest end of follow-up that any
    course of treatment could have left; later deaths are censored there, lest censoring depend on prognosis (White,
    Stat Med 1999;18:2617-34, section 3). An arm that was treated all the time, or never, keeps its follow-up.
    """
    time, event, arm, on, end = (np.asarray(v, float) for v in (time, event, arm, on_treatment, end))
    untreated = time - on + exp(psi) * on
    limit = end * min(1.0, exp(psi))
    for own in (arm == 0, arm == 1):
        if (on[own] == 0).all():
            limit[own] = end[own]
        elif (on[own] == time[own]).all():
            limit[own] = end[own] * exp(psi)
    return np.minimum(untreated, limit), ((event == 1) & (untreated <= limit * (1 + 1e-12))).astype(int)


def rpsft(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, on_treatment: ArrayLike, end: ArrayLike, level: float = 0.95
) -> Rpsft:
    """The psi at which the arms' times without treatment differ least: the log-rank test's z is 0.

    Randomisation makes these times alike in both arms, so no more than the log-rank test is assumed about who crossed
    over, but that treatment stretches time by one factor whenever it is given. The limits hold every psi that the test
    does not reject. Where z, which moves in steps, is 0 more than once, psi is the middle of the first and last.

    Parameters
    ----------
    time, event, arm : as in :mod:`netterbook.methods.patients`
    on_treatment : part of each time on the treatment
    end : end of each patient's follow-up, also of those with an event; it must not be before ``time``

    Raises
    ------
    ValueError
        For values that cannot be, or where z does not cross 0 between factors of 20 either way.
    """
    time, event, arm = (np.asarray(v, float) for v in (time, event, arm))
    on, end = np.asarray(on_treatment, float), np.asarray(end, float)
    itt = patients.cox(time, event, arm).hr
    for name, values in (("on_treatment", on), ("end", end)):
        if values.shape != time.shape or not np.isfinite(values).all():
            raise ValueError(f"give every patient one finite value of {name}")
    wrong = np.flatnonzero((on < 0) | (on > time * (1 + 1e-12)) | (end < time * (1 - 1e-12)))
    if len(wrong):
        i = wrong[0]
        raise ValueError(
            f"patient {i}: {on[i]:g} on treatment of {time[i]:g}, followed to {end[i]:g}; the first must lie from 0 to "
            "the second, and the third be no earlier"
        )
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")

    def z(psi: float) -> float:
        return patients.log_rank(*counterfactual(time, event, arm, on, end, psi), arm).z

    width = float(norm.isf((1 - level) / 2))
    coarse = np.linspace(-_REACH, _REACH, 61)
    near = np.flatnonzero(np.abs([z(psi) for psi in coarse]) < width + 1)
    first, last = (max(near[0] - 1, 0), min(near[-1] + 1, 60)) if len(near) else (0, 60)
    grid = np.linspace(coarse[first], coarse[last], 20 * (last - first) + 1)
    values = np.array([z(psi) for psi in grid])
    roots = _crossings(z, grid, values, 0.0)
    if not roots:
        raise ValueError("the log-rank test of the times without treatment is 0 for no factor between 1/20 and 20")
    psi = (roots[0] + roots[-1]) / 2
    low = min(_crossings(z, grid, values, width), default=np.nan)
    high = max(_crossings(z, grid, values, -width), default=np.nan)
    untreated = counterfactual(time, event, arm, on, end, psi)
    control = arm == 0
    shown = np.where(control, untreated[0], time), np.where(control, untreated[1], event)
    return Rpsft(psi, low, high, patients.cox(*shown, arm).hr, itt)


def _crossings(z: Callable[[float], float], grid: Floats, values: Floats, target: float) -> list[float]:
    """Where z, a step function that falls but for chance, passes ``target``."""
    above = values > target
    found = []
    for i in np.flatnonzero(above[1:] != above[:-1]):
        low, high = grid[i], grid[i + 1]
        while high - low > 1e-6:
            middle = (low + high) / 2
            if (z(middle) > target) == above[i]:
                low = middle
            else:
                high = middle
        found.append(float(low + high) / 2)
    return found
