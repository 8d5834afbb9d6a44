"""What censoring can do to a comparison: how long follow-up was, who left early, and how far a result would bear it if
those censored had not done as well as the others.

A Cox model and a log-rank test take censoring to say nothing of a patient's prospects (censoring at random). Two
tipping-point analyses ask how wrong that may be in the experimental arm until a significant result is lost: events at
once in those censored first, and a hazard multiplied from censoring on (delta adjustment).
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from netterbook.arrays import Floats, Integers
from netterbook.methods import patients
from netterbook.methods.patient_sets import PatientSets
from netterbook.methods.pooling import pooled_hr

MOST_HAZARD = 1000.0
"""A multiplier beyond which hardly anything changes: nearly all have the event when the next of the arm does."""


def follow_up(found: PatientSets, arm: int | None = None) -> Floats:
    """Median follow-up of each set by the reverse Kaplan–Meier method, in the unit of time; inf where not reached.

    Censoring is the event, and events are censored (Schemper & Smith, Control Clin Trials 1996;17:343-6). Of one arm,
    or of all patients.

    >>> sets = PatientSets(np.array([[2.0, 4.0, 6.0, 8.0]]), np.array([[1, 0, 0, 1]]), np.array([0, 0, 1, 1]))
    >>> follow_up(sets).tolist(), follow_up(sets, 0).tolist()
    ([6.0], [4.0])
    """
    own = np.full(found.arm.shape, True) if arm is None else found.arm == arm
    medians = [
        patients.median_survival(time[own], 1 - event[own]).value
        for time, event in zip(found.time, found.event, strict=True)
    ]
    return np.where(np.isnan(medians), inf, medians)


def censored_by(found: PatientSets, time: float, arm: int) -> Integers:
    """Patients of an arm who are censored up to a time, of each set.

    >>> sets = PatientSets(np.array([[2.0, 4.0, 6.0, 8.0]]), np.array([[1, 0, 0, 1]]), np.array([0, 0, 1, 1]))
    >>> censored_by(sets, 5, 0).tolist(), censored_by(sets, 5, 1).tolist()
    ([1], [0])
    """
    own = found.arm == arm
    return np.asarray(((found.time <= time) & (found.event == 0))[:, own].sum(axis=1))


def events_at_censoring(found: PatientSets, first: int | NDArray[np.int64]) -> PatientSets:
    """The sets with events, at the time of censoring, in the patients of arm 1 that were censored first.

    ``first`` says how many: one number, or one of each set. Patients censored at one time are taken in their order.

    >>> sets = PatientSets(np.array([[9.0, 6.0, 2.0, 8.0]]), np.array([[1, 0, 0, 1]]), np.array([0, 1, 1, 1]))
    >>> events_at_censoring(sets, 1).event.tolist()
    [[1, 0, 1, 1]]
    """
    censored = (found.arm == 1) & (found.event == 0)
    place = np.where(censored, found.time, inf).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    chosen = censored & (place < np.broadcast_to(first, found.draws)[:, None])
    return replace(found, event=np.where(chosen, 1, found.event))


def fewest_to_tip(found: PatientSets, alpha: float = 0.05) -> Floats:
    """How few of those censored first in arm 1 would need an event at that time until the log-rank test no longer finds
    that arm better at two-sided ``alpha``; 0 where it does not now, inf where all of them are not enough.

    An early event weighs most, as more of the other arm are then at risk: the first censored are the fewest. See
    Lipkovich et al., Pharm Stat 2016;15:216-29.

    6-mercaptopurine (Freireich, Blood 1963;21:699-716), 12 of 21 censored:

    >>> weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    >>> weeks += [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    >>> relapse = [1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> sets = PatientSets(np.array([weeks], float), np.array([relapse]), np.repeat([0, 1], 21))
    >>> fewest_to_tip(sets, 0.001), fewest_to_tip(sets, 0.05)
    (array([5.]), array([inf]))
    """
    limit = -patients.deviate(1 - alpha)
    most = ((found.arm == 1) & (found.event == 0)).sum(axis=1)

    def significant(first: NDArray[np.int64]) -> NDArray[np.bool_]:
        return events_at_censoring(found, first).values("logrank_z") < limit

    low, high = np.full(found.draws, -1), most + 1  # significant at low, no longer at high
    while (high - low > 1).any():
        middle = (low + high) // 2
        held = significant(middle)
        low, high = np.where(held, middle, low), np.where(held, high, middle)
    return np.where(high > most, inf, high)


def hazard_after_censoring(found: PatientSets, multiplier: float, chance: Floats) -> PatientSets:
    """The sets with every censored patient of arm 1 followed on to the end of that arm's curve, at ``multiplier`` times
    the hazard of its own Kaplan–Meier curve.

    Delta adjustment of Kaplan–Meier imputation: Lipkovich et al., Pharm Stat 2016;15:216-29; for Cox's model Jackson et
    al., Stat Med 2014;33:4681-94. One imputation a set; :func:`.pooled` has the variance between them.

    Parameters
    ----------
    multiplier : above 0; 1 is censoring at random
    chance : uniform numbers from 0 to 1, as many as times

    >>> sets = PatientSets(np.array([[9.0, 1.0, 4.0, 8.0]]), np.array([[1, 0, 1, 0]]), np.array([0, 1, 1, 1]))
    >>> drawn = np.full((1, 4), 0.4)
    >>> [hazard_after_censoring(sets, times, drawn).time.tolist() for times in (1, 2)]
    [[[9.0, 8.0, 4.0, 8.0]], [[9.0, 4.0, 4.0, 8.0]]]
    """
    own = found.arm == 1
    time, event = found.time.copy(), found.event.copy()
    for i in range(found.draws):
        curve = patients.kaplan_meier(time[i, own], event[i, own])
        chosen = np.flatnonzero(own & (event[i] == 0))
        survival = np.append(1.0, curve.survival)[np.searchsorted(curve.time, time[i, chosen], side="right")]
        goal = survival * chance[i, chosen] ** (1 / multiplier)
        place = np.searchsorted(-curve.survival, -goal)  # the first time at which the curve is so low
        happens = place < len(curve.time)
        time[i, chosen] = curve.time[np.minimum(place, len(curve.time) - 1)]
        event[i, chosen] = happens
    return replace(found, time=time, event=event)


def tipping_multiplier(found: PatientSets, level: float, seed: int) -> float:
    """The hazard after censoring in arm 1, as a multiple of that arm's own, from which the upper limit of the pooled
    hazard ratio is no longer below 1; to one part in a hundred.

    0 where it is not below 1 even at a multiplier of 1, inf where not even :data:`MOST_HAZARD` takes it there. See
    :func:`hazard_after_censoring`.
    """
    chance = np.random.default_rng(seed).random(found.time.shape)

    def tipped(multiplier: float) -> bool:
        return pooled_hr(hazard_after_censoring(found, multiplier, chance), level)[2] >= 1

    if tipped(1.0):
        return 0.0
    if not tipped(MOST_HAZARD):
        return inf
    low, high = 1.0, MOST_HAZARD
    while high / low > 1.01:
        middle = sqrt(low * high)
        low, high = (low, middle) if tipped(middle) else (middle, high)
    return high
