"""Hazards of event and censoring given the patients (compiled).

Log hazards are Gaussian processes on cells of time; patients are lost at points of a lattice of times. At each point
whoever is at risk has an event or not, and whoever has none is censored or not, so that the two kinds have likelihoods
of their own: counts times log hazard, less exposure times hazard (to the square of a point's hazard over 24).
"""

from __future__ import annotations

from math import erf, sqrt
from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats, Integers
from netterbook.compiled import compiled, inlined

EVENT, CENSORING = 0, 1
KINDS, BLOCKS = 2, 3
SHARE, SPREAD = 0, 1  # of the visits' parameters
SPREAD_SD = 0.5  # prior standard deviation of its logarithm
LARGEST_SHARE, SHARE_BETA = 0.99, (1.5, 0.5)  # prior of the share: beta, mostly nearly all


class Prior(NamedTuple):
    """Gaussian processes of the log hazards: for each kind common, difference of arms, rough.

    A log hazard is ``centre`` + common + ``share`` x difference + rough; each process has a level, a slope and a
    unit-variance part whose standard deviation is half-normal with ``scale``.
    """

    chol: Floats  # kind x block x cell x cell
    trend: Floats  # cell: from -1 at the first to 1 at the last
    level: Floats  # kind x block: standard deviation
    slope: Floats
    scale: Floats
    centre: Floats  # kind
    share: Floats  # kind x arm


class Times(NamedTuple):
    """The lattice of times at which patients can be lost."""

    time: Floats
    width: Floats  # kind x point: to the point before, weighted by what is known of the hazard
    log_width: Floats  # kind x point
    cell: Integers
    offset: Floats  # point x 2: time since the last visit due and until the next; inf where there is none
    period: Floats  # point x 2: time around each of these visits
    spread: float  # prior median of the spread of visits
    half: float  # of the step to which recorded times are rounded; 0 where they are not
    closed: bool  # whether all who are left at the last point are censored there


class Hazards(NamedTuple):
    """Of one state of the chain."""

    white: Floats  # kind x block x (cell, level, slope)
    rough: Floats  # kind x block x cell: of unit standard deviation
    smooth: Floats  # kind x block x cell: level and slope
    sd: Floats  # kind x block
    log: Floats  # kind x arm x cell
    visits: Floats  # kind x (share of losses dated at visits, spread of visits)
    shape: Floats  # kind x point: hazard times width, relative to the cell's hazard
    density: Floats  # kind x arm x point: log probability of such a loss


class Work(NamedTuple):
    """Room for calculations."""

    counts: Floats  # kind x arm x cell
    exposure: Floats  # kind x arm x cell
    tried_exposure: Floats  # arm x cell
    tried: Floats  # arm x cell
    noise: Floats  # cell, level, slope
    process: Floats  # 3 x cell
    shape: Floats  # point


@compiled
def _fill(prior: Prior, kind: int, block: int, white: Floats, rough: Floats, smooth: Floats) -> None:
    """The processes' values from standard normal variables."""
    cells = rough.size
    for c in range(cells):
        total = 0.0
        for m in range(c + 1):
            total += prior.chol[kind, block, c, m] * white[m]
        rough[c] = total
        smooth[c] = (
            prior.level[kind, block] * white[cells] + prior.slope[kind, block] * prior.trend[c] * white[cells + 1]
        )


@compiled
def _moved(prior: Prior, kind: int, block: int, log: Floats, change: Floats, out: Floats) -> None:
    """Log hazards (arm x cell) after a change of a block."""
    for a in range(2):
        share = prior.share[kind, a] if block == 1 else 1.0
        for c in range(change.size):
            out[a, c] = log[a, c] + share * change[c]


@compiled
def _likelihood(log_hazard: Floats, counts: Floats, exposure: Floats) -> float:
    total = 0.0
    for a in range(2):
        for c in range(log_hazard.shape[1]):
            total += counts[a, c] * log_hazard[a, c] - exposure[a, c] * np.exp(log_hazard[a, c])
    return total


@inlined
def leaving(at_risk: Integers, a: int, g: int) -> int:
    """Patients of an arm who leave at point g, with the event or without: at the last, all who are there.

    >>> [leaving(np.array([[5, 3, 3]]), 0, g) for g in range(3)]
    [2, 0, 3]
    """
    return int(at_risk[a, g] - at_risk[a, g + 1] if g + 1 < at_risk.shape[1] else at_risk[a, g])


@compiled
def _expose(events: Integers, at_risk: Integers, times: Times, kind: int, shape: Floats, exposure: Floats) -> None:
    """Time at risk by arm and cell, weighted by the shape."""
    exposure[:] = 0.0
    last = times.time.size - 1
    for a in range(2):
        for g in range(last + 1):
            r = at_risk[a, g]
            if r == 0:
                break
            d = events[a, g]
            if kind == EVENT:
                staying = r - 0.5 * d
            else:
                if times.closed and g == last:
                    break
                staying = r - d - 0.5 * (leaving(at_risk, a, g) - d)
            exposure[a, times.cell[g]] += staying * shape[g]


@compiled
def _count(events: Integers, at_risk: Integers, times: Times, counts: Floats) -> None:
    counts[:] = 0.0
    last = times.time.size - 1
    for a in range(2):
        for g in range(last + 1):
            if at_risk[a, g] == 0:
                break
            counts[EVENT, a, times.cell[g]] += events[a, g]
            if not (times.closed and g == last):
                counts[CENSORING, a, times.cell[g]] += leaving(at_risk, a, g) - events[a, g]


@inlined
def _dated_before(offset: float, early: float, late: float) -> float:
    """Share of a visit's dates before ``offset`` from the day it is due: split normal."""
    scale = late if offset > 0.0 else early
    return float((early + scale * erf(offset / (scale * sqrt(2.0)))) / (early + late))


@compiled
def visit_shape(times: Times, kind: int, visits: Floats, out: Floats) -> None:
    """Widths of the points, weighted by the density of losses: a share dated about visits, the rest at any time.

    A visit's date is late-skewed about the day it is due: split normal, twice as wide after it as before. Of times
    recorded in steps a point has all dates that are rounded to it.
    """
    share, spread = visits[SHARE], visits[SPREAD]
    early, late = 2.0 / 3.0 * spread, 4.0 / 3.0 * spread
    peak = np.sqrt(2.0 / np.pi) / (early + late)
    for g in range(times.time.size):
        if np.isinf(times.offset[g, 0]) and np.isinf(times.offset[g, 1]):
            out[g] = times.width[kind, g]
            continue
        near = 0.0
        if times.half > 0.0:
            for side in range(2):
                if not np.isinf(times.offset[g, side]):
                    offset = times.offset[g, side] if side == 0 else -times.offset[g, side]
                    dated = _dated_before(offset + times.half, early, late)
                    dated -= _dated_before(offset - times.half, early, late)
                    near += times.period[g, side] * dated / (2.0 * times.half)
        else:
            if times.offset[g, 0] < 8.0 * late:
                near += times.period[g, 0] * peak * np.exp(-0.5 * (times.offset[g, 0] / late) ** 2)
            if times.offset[g, 1] < 8.0 * early:
                near += times.period[g, 1] * peak * np.exp(-0.5 * (times.offset[g, 1] / early) ** 2)
        out[g] = times.width[kind, g] * (share * near + 1.0 - share)


@compiled
def _visit_likelihood(
    events: Integers, at_risk: Integers, times: Times, h: Hazards, kind: int, shape: Floats, exposure: Floats
) -> float:
    total = 0.0
    last = times.time.size - 1
    for a in range(2):
        for g in range(last + 1):
            if at_risk[a, g] == 0:
                break
            lost = events[a, g] if kind == EVENT else leaving(at_risk, a, g) - events[a, g]
            if lost > 0 and not (kind == CENSORING and times.closed and g == last):
                total += lost * np.log(shape[g])
        for c in range(exposure.shape[1]):
            total -= np.exp(h.log[kind, a, c]) * exposure[a, c]
    return total


@compiled
def _update_visits(
    rng: np.random.Generator, events: Integers, at_risk: Integers, times: Times, h: Hazards, kind: int, work: Work
) -> None:
    """Random walks of a kind's share dated at visits and of the visits' spread (prior: log-normal)."""
    exposure = work.exposure[kind]
    old = _visit_likelihood(events, at_risk, times, h, kind, h.shape[kind], exposure)
    visits = np.empty(2)
    for parameter in range(2):
        visits[:] = h.visits[kind]
        ratio = 0.0
        if parameter == SHARE:
            visits[SHARE] += 0.15 * rng.standard_normal()
            if not 0.0 < visits[SHARE] <= LARGEST_SHARE:
                continue
            share, before = visits[SHARE], h.visits[kind, SHARE]
            ratio = (SHARE_BETA[0] - 1.0) * np.log(share / before)
            ratio += (SHARE_BETA[1] - 1.0) * np.log((1.0 - share) / (1.0 - before))
        else:
            old_log = np.log(visits[SPREAD] / times.spread)
            new_log = old_log + 0.4 * rng.standard_normal()
            visits[SPREAD] = times.spread * np.exp(new_log)
            ratio = 0.5 * (old_log**2 - new_log**2) / SPREAD_SD**2
        visit_shape(times, kind, visits, work.shape)
        _expose(events, at_risk, times, kind, work.shape, work.tried_exposure)
        new = _visit_likelihood(events, at_risk, times, h, kind, work.shape, work.tried_exposure)
        if np.log(rng.random()) < new - old + ratio:
            h.visits[kind] = visits
            h.shape[kind] = work.shape
            exposure[:] = work.tried_exposure
            old = new


@compiled
def _slice(
    rng: np.random.Generator, prior: Prior, h: Hazards, kind: int, block: int, likelihood: float, work: Work
) -> float:
    """Elliptical slice sampling of a block (Murray, Adams and MacKay, AISTATS 2010); returns the log likelihood."""
    size = work.noise.size
    cells = size - 2
    for k in range(size):
        work.noise[k] = rng.standard_normal()
    rough, smooth, change = work.process[0], work.process[1], work.process[2]
    _fill(prior, kind, block, work.noise, rough, smooth)
    sd = h.sd[kind, block]
    threshold = likelihood + np.log(rng.random())
    angle = 2.0 * np.pi * rng.random()
    lowest, highest = angle - 2.0 * np.pi, angle
    while True:
        along, across = np.cos(angle), np.sin(angle)
        for c in range(cells):
            change[c] = (along - 1.0) * (sd * h.rough[kind, block, c] + h.smooth[kind, block, c]) + across * (
                sd * rough[c] + smooth[c]
            )
        _moved(prior, kind, block, h.log[kind], change, work.tried)
        new = _likelihood(work.tried, work.counts[kind], work.exposure[kind])
        if new > threshold:
            break
        if highest - lowest < 1e-9:
            return likelihood
        if angle < 0.0:
            lowest = angle
        else:
            highest = angle
        angle = lowest + rng.random() * (highest - lowest)
    for k in range(size):
        h.white[kind, block, k] = along * h.white[kind, block, k] + across * work.noise[k]
    for c in range(cells):
        h.rough[kind, block, c] = along * h.rough[kind, block, c] + across * rough[c]
        h.smooth[kind, block, c] = along * h.smooth[kind, block, c] + across * smooth[c]
    h.log[kind] = work.tried
    return float(new)


@compiled
def _rescale(
    rng: np.random.Generator, prior: Prior, h: Hazards, kind: int, block: int, likelihood: float, work: Work
) -> float:
    """Random walk of a block's standard deviation; returns the log likelihood."""
    old_sd = h.sd[kind, block]
    new_sd = old_sd * np.exp(0.5 * rng.standard_normal())
    change = work.process[2]
    for c in range(change.size):
        change[c] = (new_sd - old_sd) * h.rough[kind, block, c]
    _moved(prior, kind, block, h.log[kind], change, work.tried)
    new = _likelihood(work.tried, work.counts[kind], work.exposure[kind])
    ratio = np.log(new_sd / old_sd) - 0.5 * (new_sd**2 - old_sd**2) / prior.scale[kind, block] ** 2
    if np.log(rng.random()) < new - likelihood + ratio:
        h.sd[kind, block] = new_sd
        h.log[kind] = work.tried
        return float(new)
    return likelihood


@compiled
def fill_density(times: Times, log: Floats, shape: Floats, watched: bool, density: Floats) -> None:
    """Log probabilities of an event and of a censoring at each point, for whoever is at risk from the start."""
    last = times.time.size - 1
    for a in range(2):
        spent = 0.0
        cell = -1
        hazard0 = hazard1 = 0.0
        for g in range(last + 1):
            c = times.cell[g]
            if c != cell:
                cell = c
                hazard0, hazard1 = np.exp(log[EVENT, a, c]), np.exp(log[CENSORING, a, c])
            x0, x1 = hazard0 * shape[EVENT, g], hazard1 * shape[CENSORING, g]
            density[EVENT, a, g] = log[EVENT, a, c] - spent - 0.5 * x0
            density[CENSORING, a, g] = log[CENSORING, a, c] - spent - x0 - 0.5 * x1
            if watched:
                density[EVENT, a, g] += np.log(shape[EVENT, g])
                density[CENSORING, a, g] += np.log(shape[CENSORING, g])
            else:
                density[EVENT, a, g] += times.log_width[EVENT, g]
                density[CENSORING, a, g] += times.log_width[CENSORING, g]
            spent += x0 + x1
        if times.closed:
            density[CENSORING, a, last] = x1 - spent


@compiled
def _rescale_white(rng: np.random.Generator, prior: Prior, h: Hazards, kind: int, block: int) -> None:
    """Random walk of a block's standard deviation with its values held, which the one above holds relative to it."""
    cells = prior.trend.size
    factor = np.exp(0.25 * rng.standard_normal())
    old_sd = h.sd[kind, block]
    squares = 0.0
    for c in range(cells):
        squares += h.white[kind, block, c] ** 2
    ratio = (1.0 - cells) * np.log(factor) - 0.5 * squares * (factor**-2 - 1.0)
    ratio -= 0.5 * old_sd**2 * (factor**2 - 1.0) / prior.scale[kind, block] ** 2
    if np.log(rng.random()) < ratio:
        h.sd[kind, block] = old_sd * factor
        for c in range(cells):
            h.white[kind, block, c] /= factor
            h.rough[kind, block, c] /= factor


@compiled
def update_hazards(
    rng: np.random.Generator,
    prior: Prior,
    times: Times,
    events: Integers,
    at_risk: Integers,
    h: Hazards,
    watched: bool,
    work: Work,
) -> None:
    """One draw of all hazards given the patients: events and numbers at risk, arm x point of the lattice."""
    _count(events, at_risk, times, work.counts)
    for kind in range(KINDS):
        _expose(events, at_risk, times, kind, h.shape[kind], work.exposure[kind])
        if watched:
            _update_visits(rng, events, at_risk, times, h, kind, work)
        likelihood = _likelihood(h.log[kind], work.counts[kind], work.exposure[kind])
        for block in range(BLOCKS):
            likelihood = _slice(rng, prior, h, kind, block, likelihood, work)
            likelihood = _rescale(rng, prior, h, kind, block, likelihood, work)
            _rescale_white(rng, prior, h, kind, block)
    fill_density(times, h.log, h.shape, watched, h.density)
