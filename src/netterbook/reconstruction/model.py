"""The law of patients before anything is printed of them: Gaussian processes of the log hazards, visits, and a lattice.

Hazards of event and censoring are alike in the two arms but for a smooth difference. Time is measured in follow-up, and
runs faster at first, when more patients are lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netterbook.arrays import Floats, Integers
from netterbook.errors import ParameterError
from netterbook.reconstruction.hazards import (
    BLOCKS,
    CENSORING,
    KINDS,
    LARGEST_SHARE,
    SHARE_BETA,
    SPREAD_SD,
    Prior,
    Times,
    visit_shape,
)
from netterbook.reconstruction.known import KnownTrial, PriorTrial
from netterbook.reconstruction.lattice import lattice

CELLS = 32
# For each kind, event and censoring: what the arms share, their difference, and what is rough.
LENGTH = ((0.3, 0.2, 0.1), (0.3, 0.2, 0.1))  # correlation length, in follow-up
DEVIATION = ((0.8, 0.7, 1.0), (1.0, 0.7, 1.2))  # scale of the half-normal prior, in log hazard
LEVEL_SD = ((1.5, 1.0, 0.0), (1.5, 0.5, 0.0))
SLOPE_SD = ((0.7, 0.3, 0.0), (1.5, 0.3, 0.0))
CENTRE = (0.0, 0.0)  # log of the hazard, in losses per follow-up
ARM_SHARE = ((0.0, 1.0), (-0.5, 0.5))  # the log hazard ratio belongs to arm 1; censoring differs either way
VISIT_SPREAD = 0.03  # prior median of a visit's spread, in the shortest time between visits
APART = 4  # points between two scans, at least, for losses to be dated at them, where no step is given
DROPPED = 0.2  # prior median of the hazard of dropping out, relative to that of the data's end where this begins
# Of trials drawn from the prior
FOLLOW_UP = 33.0  # months, after which all who are left are censored
PATIENTS = 30, 200  # in an arm
VISITS, STEP = 3.0, 1.0  # months: scans of a quarter of the trials; recorded times of another


def warped(time: Floats, end: float) -> Floats:
    """Time from 0 to 1: half even, half by the patients lost at an even hazard."""
    share = np.asarray(time) / end
    return np.asarray((share + (1 - np.exp(-3 * share)) / (1 - np.exp(-3))) / 2)


def prior(end: float, scale: float = 1.0) -> Prior:
    """The processes for a follow-up of ``end``, with standard deviations ``scale`` times those above.

    >>> float(prior(30.0, 2.0).level[0, 0] / prior(30.0).level[0, 0])
    2.0
    """
    middle = (np.arange(CELLS) + 0.5) / CELLS
    chol = np.array([[_matern(middle, length) for length in kind] for kind in LENGTH])
    level, slope, deviation = (scale * np.array(table) for table in (LEVEL_SD, SLOPE_SD, DEVIATION))
    centre, share = np.array(CENTRE) - np.log(end), np.array(ARM_SHARE)
    return Prior(chol, 2 * middle - 1, level, slope, deviation, centre, share)


def _matern(x: Floats, length: float) -> Floats:
    """Cholesky factor of a Matérn 3/2 covariance of unit variance."""
    scaled = np.sqrt(3) * np.abs(x[:, None] - x) / length
    return np.linalg.cholesky((1 + scaled) * np.exp(-scaled) + 1e-8 * np.eye(len(x)))


def times(
    time: Floats,
    end: float,
    scans: Sequence[float] = (),
    closed: bool = False,
    possible: tuple[float, float] | None = None,
    step: float | None = None,
) -> Times:
    """The lattice as the hazards have it; ``end`` of follow-up, ``closed`` if all who are left then are censored;
    ``possible``: least and greatest follow-up when the data were cut off, between which patients are censored as if
    they had come in evenly; ``step``: of recorded times, to the nearest of which a visit's day is rounded.
    """
    width = np.diff(time, prepend=0.0)
    cell = np.minimum((warped(time - width / 2, end) * CELLS).astype(np.int64), CELLS - 1)
    offset, period, spread = np.full((len(time), 2), np.inf), np.ones((len(time), 2)), 1.0
    due = scan_times(scans)
    if len(due):
        gaps = np.diff(due, prepend=0.0)
        if due[0] > end or gaps.min() < (step or APART * np.median(width)) * (1 - 1e-9):
            raise ParameterError(
                f"scans are {due.tolist()}; none lies within follow-up, or they are too close together"
            )
        around = (gaps + np.append(gaps[1:], gaps[-1])) / 2
        at = np.searchsorted(due, time, side="right")
        late, early = at > 0, at < len(due)
        offset[late, 0] = (time - due[at - 1])[late]
        offset[early, 1] = (due[np.minimum(at, len(due) - 1)] - time)[early]
        period[late, 0], period[early, 1] = around[at - 1][late], around[np.minimum(at, len(due) - 1)][early]
        offset[time > due[-1] + gaps[-1] / 2] = np.inf
        spread = VISIT_SPREAD * float(gaps.min())
    weighted = np.tile(width, (KINDS, 1))
    if possible is not None:
        weighted[CENSORING] *= _cut_off(time - width / 2, width, *possible)
    return Times(time, weighted, np.log(weighted), cell, offset, period, spread, 0.5 * (step or 0.0), closed)


def _cut_off(middle: Floats, width: Floats, least: float, greatest: float) -> Floats:
    """Hazard of censoring, relative to its level: of dropping out, and of the end of the data for who came in evenly.

    >>> _cut_off(np.array([1.0, 5.0, 8.0]), np.ones(3), 4.0, 10.0).tolist()
    [0.2, 1.4, 3.2]
    """
    left = np.maximum(greatest - middle, width / 2)
    return DROPPED + np.where(middle > least, (greatest - least) / left, 0.0)


def dates(due: Floats, step: float | None = None) -> list[tuple[float, float]]:
    """Spans within which scans are likely dated, the ``step`` of recorded times allowed for."""
    around = 3 * VISIT_SPREAD * float(np.diff(due, prepend=0.0).min()) if len(due) else 0.0
    half = 0.5 * (step or 0.0)
    return [(time - around / 2 - half, time + around + half) for time in due.tolist()]


def scan_times(scans: Sequence[float]) -> Floats:
    """Times of scans, checked.

    >>> scan_times([3, 6])
    array([3., 6.])
    """
    try:
        found = np.asarray(scans, dtype=float)
    except (TypeError, ValueError):
        found = np.array([np.nan])
    if found.ndim != 1 or not np.all(np.isfinite(found)) or np.any(found <= 0) or np.any(np.diff(found) <= 0):
        raise ParameterError(f"scans are {scans!r}; give a list of times above 0 in order")
    return found


def _log_hazards(rng: np.random.Generator, law: Prior) -> Floats:
    """Drawn from their prior: kind x arm x cell."""
    made = np.zeros((KINDS, 2, CELLS))
    for kind in range(KINDS):
        for block in range(BLOCKS):
            sd = abs(rng.normal()) * law.scale[kind, block]
            process = sd * law.chol[kind, block] @ rng.normal(size=CELLS) + law.level[kind, block] * rng.normal()
            process += law.slope[kind, block] * rng.normal() * law.trend
            for a in (0, 1):
                made[kind, a] += process * (law.share[kind, a] if block == 1 else 1.0)
        made[kind] += law.centre[kind]
    return made


def prior_trial(rng: np.random.Generator) -> PriorTrial:
    """A trial drawn from the prior, printed as papers print, until it is one that a paper would print.

    Both arms have events in 10 to 95% of the patients and three patients at risk at the landmark, and some patients are
    followed to the end: as this is printed, ranks stay uniform. Half of the trials are recorded as they happen, a
    quarter in steps of a month, and in a quarter losses are dated at scans.

    >>> trial = prior_trial(np.random.default_rng(1))
    >>> float(trial.time.max()), trial.arms["n"].between(*PATIENTS).all()
    (33.0, np.True_)
    """
    law = prior(FOLLOW_UP)
    while True:
        kind = rng.random()
        step = STEP if kind < 0.25 else None
        scans = tuple(np.arange(VISITS, FOLLOW_UP, VISITS).tolist()) if kind > 0.75 else ()
        fine = step or float(lattice([np.zeros(1)] * 2, [FOLLOW_UP] * 2, [], None).time[0])
        at = times(np.round(np.arange(1, round(FOLLOW_UP / fine) + 1) * fine, 6), FOLLOW_UP, scans, closed=True)
        n = rng.integers(PATIENTS[0], PATIENTS[1] + 1, 2)
        time, event = _lost(rng, law, at, n, bool(scans))
        arm = np.repeat([0, 1], n)
        trial = KnownTrial("prior", "prior", time, event, arm, time_step=step)
        share = np.array([event[arm == a].mean() for a in (0, 1)])
        followed = min(np.sum(time[arm == a] >= trial.landmark) for a in (0, 1))
        if time.max() == FOLLOW_UP and np.all((share >= 0.1) & (share <= 0.95)) and followed >= 3:
            options = {"closed": True, **({"scans": scans} if scans else {}), **({"time_step": step} if step else {})}
            return PriorTrial(time, event, arm, trial.at_risk, trial.arms, trial.summaries, options)


def _lost(rng: np.random.Generator, law: Prior, at: Times, n: Integers, watched: bool) -> tuple[Floats, Integers]:
    """Times and events of the patients of both arms, with hazards from the prior."""
    log, shape = _log_hazards(rng, law), at.width.copy()
    if watched:
        for kind in range(KINDS):
            while (share := rng.beta(*SHARE_BETA)) > LARGEST_SHARE:
                continue
            visits = np.array([share, at.spread * np.exp(SPREAD_SD * rng.normal())])
            visit_shape(at, kind, visits, shape[kind])
    time, event = [], []
    for a in (0, 1):
        hazard = np.exp(log[:, a, at.cell]) * shape
        passed = np.cumsum(hazard.sum(axis=0))
        point = np.minimum(np.searchsorted(passed, rng.exponential(size=n[a])), len(passed) - 1)
        chance = -np.expm1(-hazard[0]) / -np.expm1(-hazard.sum(axis=0))
        last = point == len(passed) - 1
        chance_here = np.where(last, -np.expm1(-hazard[0, -1]), chance[point])
        time.append(at.time[point])
        event.append(rng.random(n[a]) < chance_here)
    return np.concatenate(time), np.concatenate(event).astype(np.int64)
