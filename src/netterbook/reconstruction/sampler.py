"""Markov chain over sets of patients that meet printed summaries (compiled).

The patients of an arm are kept in order of time, so that the number at risk of patient i is n - i, whatever the marks.
Minus log survival, Greenwood's sum, and score and information of the Cox model are then sums over events, which a move
changes in a few terms. Patients stay in their interval of the numbers at risk, and moves exchange an event with a
censoring, so that numbers at risk and totals hold throughout; what else was printed is a window, and leaving a window
costs ``kappa`` times the distance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.compiled import compiled

LOG_LOG, PLAIN, LOG, SPREAD, JUMP = 0, 1, 2, 3, 4
HR, LOG_RANK, ERROR = 0, 1, 2
BLOCKS = 3
_STEP = 1e-4  # cost of any miss, however small, in units of survival
_ROUND = 600  # moves between updates of the hazards, at most
_SWAPS = 3  # exchanges tried at once, at most
_GIVE_UP = 8, 2000  # cycles without any draw: so many, or so many times patients where a cycle is quick


class Layout(NamedTuple):
    """Where the patients may be. First index: arm."""

    n: Integers  # patients
    starts: Integers  # interval: its first patient
    bounds: Floats  # interval: its ends
    edges: Floats  # times at which survival is constrained, ascending, padded with inf
    spots: Floats  # interval x (low, high): short span in which the curve has to fall, nan where there is none
    fixed: Booleans  # whether the last patient's time is known
    free: Booleans  # whether the number of events is unknown


class CurveWindows(NamedTuple):
    """Windows of the curve or of a confidence limit, in order of edge. First index: arm."""

    size: Integers  # how many there are
    edge: Integers  # survival after this many segments
    sides: Floats  # standard errors above the curve
    scale: Integers  # LOG_LOG, PLAIN, LOG; SPREAD: the relative standard error of log survival itself; JUMP: an event
    # in the segments from ``sides`` on
    low: Floats
    high: Floats
    weight: Floats  # survival per unit of the scale


class RatioWindows(NamedTuple):
    """Windows of the log hazard ratio ``sides`` standard errors up (HR), its standard error (ERROR), or the absolute
    log-rank z (LOG_RANK).
    """

    kind: Integers
    sides: Floats
    low: Floats
    high: Floats
    centre: float  # log hazard ratio at which score and information are kept; nan: the patients' own, cycle by cycle


class Prior(NamedTuple):
    """Gaussian processes of the log hazards: for each kind (event, censoring) common, difference of arms, rough."""

    chol: Floats  # kind x block x knot x knot
    level: Floats  # kind x block: standard deviation of the level
    slope: Floats
    scale: Floats  # of the half-normal prior of the process's standard deviation
    centre: Floats  # kind
    share: Floats  # kind x arm: part of the difference
    left: Integers  # cell: knot before it
    fraction: Floats  # cell: way to the next knot
    offset: Floats  # cell: known log shape of the event hazard
    width: float  # of a cell


class Schedule(NamedTuple):
    """Rounds of a cycle; each cycle may give one draw."""

    burn: int
    warm: int
    cool: int
    kappa_warm: float
    kappa_cold: float
    cycles: int
    reach: float  # how far, in patients, a local move goes


class _Patients(NamedTuple):
    n: Integers
    time: Floats
    event: Integers
    interval: Integers
    segment: Integers  # number of edges before the patient's time
    other: Integers  # number at risk in the other arm


class _Sums(NamedTuple):
    hazard: Floats  # arm x segment: minus log survival
    greenwood: Floats
    score: Floats  # score and information at the centre; log-rank numerator and variance; slope of the information


class _Hazards(NamedTuple):
    knots: Floats  # kind x block x knot
    white: Floats  # kind x block x (knot, level, slope)
    sd: Floats
    log: Floats  # kind x arm x cell
    cumulative: Floats  # arm x cell edge, both kinds


@compiled
def _minus_log_factor(at_risk: int) -> float:
    return -np.log1p(-1.0 / at_risk) if at_risk > 1 else 30.0


@compiled
def _greenwood_term(at_risk: int) -> float:
    return 1.0 / (at_risk * (at_risk - 1.0)) if at_risk > 1 else 0.0


@compiled
def _outside(x: float, low: float, high: float) -> float:
    return low - x if x < low else (x - high if x > high else 0.0)


@compiled
def _curve_miss(sums: _Sums, w: CurveWindows, a: int) -> float:
    """How far arm a lies outside its windows, in units of survival."""
    total = 0.0
    cumulative = 0.0
    variance = 0.0
    seen = 0
    log_cumulative = -50.0
    error = 0.0
    for j in range(w.size[a]):
        if w.edge[a, j] > seen:
            while seen < w.edge[a, j]:
                cumulative += sums.hazard[a, seen]
                variance += sums.greenwood[a, seen]
                seen += 1
            if cumulative > 1e-12:
                log_cumulative = np.log(cumulative)
                error = np.sqrt(max(variance, 0.0))
        sides = w.sides[a, j]
        if w.scale[a, j] == JUMP:
            events = False
            for segment in range(int(sides), w.edge[a, j]):
                events = events or sums.hazard[a, segment] > 1e-9
            if not events:
                total += w.weight[a, j]
            continue
        if w.scale[a, j] == LOG_LOG:
            y = log_cumulative if cumulative <= 1e-12 else log_cumulative - sides * error / cumulative
        elif w.scale[a, j] == SPREAD:
            y = 0.0 if cumulative <= 1e-12 else error / cumulative
        elif w.scale[a, j] == PLAIN:
            y = np.exp(-cumulative) * (1.0 + sides * error)
        else:
            y = np.exp(-cumulative + sides * error)
        distance = _outside(y, w.low[a, j], w.high[a, j])
        if distance > 0.0:
            total += w.weight[a, j] * distance + _STEP
    return total


@compiled
def _ratio_miss(score: Floats, w: RatioWindows, centre: float) -> float:
    """The same for hazard ratio and log-rank z; 0.05 of a log hazard ratio weighs like 0.01 of survival."""
    total = 0.0
    information = max(score[1], 1e-6)
    step = score[0] / information  # Newton's, from the centre of a narrow window, and Halley's correction
    if abs(step) < 0.2:
        step -= 0.5 * score[4] / information * step * step
        information += score[4] * step
    estimate = centre + step
    error = 1.0 / np.sqrt(information)
    z = abs(score[2]) / np.sqrt(max(score[3], 1e-6))
    for j in range(w.kind.size):
        if w.kind[j] == HR:
            distance = _outside(estimate + w.sides[j] * error, w.low[j], w.high[j])
        elif w.kind[j] == ERROR:
            distance = 10.0 * _outside(error, w.low[j], w.high[j])
        else:
            distance = _outside(z, w.low[j], w.high[j]) * error
        if distance > 0.0:
            total += 0.2 * distance + _STEP
    return total


@compiled
def _add_term(score: Floats, a: int, own: int, other: int, theta: float, sign: float) -> None:
    r0 = own if a == 0 else other
    r1 = own if a == 1 else other
    p = r1 * theta / (r0 + r1 * theta)
    q = r1 / (r0 + r1)
    score[0] += sign * (a - p)
    score[1] += sign * p * (1.0 - p)
    score[4] += sign * p * (1.0 - p) * (1.0 - 2.0 * p)
    score[2] += sign * (a - q)
    score[3] += sign * q * (1.0 - q)


@compiled
def _add_event(sums: _Sums, a: int, segment: int, own: int, other: int, theta: float, sign: float) -> None:
    """An event of arm a, seen with these numbers at risk, enters (sign 1) or leaves (-1) the sums."""
    sums.hazard[a, segment] += sign * _minus_log_factor(own)
    sums.greenwood[a, segment] += sign * _greenwood_term(own)
    if theta > 0.0:
        _add_term(sums.score, a, own, other, theta, sign)


@compiled
def _copy(source: _Sums, target: _Sums, a: int) -> None:
    target.hazard[a] = source.hazard[a]
    target.greenwood[a] = source.greenwood[a]
    target.score[:] = source.score


@compiled
def _tally(p: _Patients, lay: Layout, sums: _Sums, theta: float) -> None:
    """Segments, numbers at risk in the other arm, and all sums afresh from times and marks."""
    for a in range(2):
        b = 1 - a
        m = 0
        s = 0
        for i in range(p.n[a]):
            while m < p.n[b] and p.time[b, m] < p.time[a, i]:
                m += 1
            p.other[a, i] = p.n[b] - m
            while s < lay.edges.shape[1] and lay.edges[a, s] < p.time[a, i]:
                s += 1
            p.segment[a, i] = s
    sums.hazard[:] = 0.0
    sums.greenwood[:] = 0.0
    sums.score[:] = 0.0
    for a in range(2):
        for i in range(p.n[a]):
            if p.event[a, i]:
                _add_event(sums, a, p.segment[a, i], p.n[a] - i, p.other[a, i], theta, 1.0)


@compiled
def _toggle(p: _Patients, prior: Prior, h: _Hazards, sums: _Sums, theta: float, a: int, i: int) -> float:
    """Patient i becomes an event or a censoring; returns the change of the log prior."""
    c = min(int(p.time[a, i] / prior.width), h.log.shape[2] - 1)
    odds = h.log[0, a, c] - h.log[1, a, c]
    p.event[a, i] = 1 - p.event[a, i]
    sign = 1.0 if p.event[a, i] else -1.0
    _add_event(sums, a, p.segment[a, i], p.n[a] - i, p.other[a, i], theta, sign)
    return float(sign * odds)


@compiled
def _exchange(
    rng: np.random.Generator,
    p: _Patients,
    lay: Layout,
    prior: Prior,
    h: _Hazards,
    sums: _Sums,
    theta: float,
    a: int,
    reach: float,
    changed: Integers,
) -> tuple[float, int]:
    """One to three exchanges of marks, or single changes where the total is free.

    Returns the change of the log prior and how many patients changed; -1 of these when the pick was idle.
    """
    n = p.n[a]
    change = 0.0
    count = 0
    for _ in range(1 + int(rng.random() * _SWAPS)):
        i = int(rng.random() * n)
        if lay.free[a] and rng.random() < 0.5:
            change += _toggle(p, prior, h, sums, theta, a, i)
            changed[count] = i
            count += 1
            continue
        j = int(rng.random() * n) if rng.random() < 0.3 else i + int(np.floor((2.0 * rng.random() - 1.0) * reach))
        if j < 0 or j >= n or p.event[a, i] == p.event[a, j]:
            for m in range(count):
                p.event[a, changed[m]] = 1 - p.event[a, changed[m]]
            return 0.0, -1
        change += _toggle(p, prior, h, sums, theta, a, i) + _toggle(p, prior, h, sums, theta, a, j)
        changed[count] = i
        changed[count + 1] = j
        count += 2
    return change, count


@compiled
def _log_density(prior: Prior, h: _Hazards, a: int, t: float, event: int) -> float:
    """Log density of a loss at t, but for a constant."""
    x = t / prior.width
    c = min(int(x), h.log.shape[2] - 1)
    cumulative = h.cumulative[a, c] + (x - c) * (h.cumulative[a, c + 1] - h.cumulative[a, c])
    return float(h.log[0 if event else 1, a, c] - cumulative)


@compiled
def _propose(rng: np.random.Generator, p: _Patients, lay: Layout, a: int, i: int, reach: float) -> tuple[float, float]:
    """A new time for patient i within the interval, and the log ratio of proposal densities back and forth."""
    k = p.interval[a, i]
    low = lay.bounds[a, k]
    span = lay.bounds[a, k + 1] - low
    spot = lay.spots[a, k, int(rng.random() * lay.spots.shape[2])]
    count = lay.starts[a, k + 1] - lay.starts[a, k]
    if spot[1] > spot[0] and rng.random() < min(0.2, 10.0 / count):  # far moves cost what they pass
        # independent of the old time: half anywhere, half in the spot
        width = spot[1] - spot[0]
        new = low + rng.random() * span if rng.random() < 0.5 else spot[0] + rng.random() * width
        old_density = 1.0 / span + (1.0 / width if spot[0] <= p.time[a, i] <= spot[1] else 0.0)
        new_density = 1.0 / span + (1.0 / width if spot[0] <= new <= spot[1] else 0.0)
        return new, np.log(old_density / new_density)
    step = span * min(1.0, reach / count)
    return p.time[a, i] + (2.0 * rng.random() - 1.0) * step, 0.0


@compiled
def _see(p: _Patients, a: int, old: float, new: float, other: int, sums: _Sums, theta: float, commit: bool) -> int:
    """The other arm's patients between two times see one more or one fewer at risk in arm a.

    Returns the other arm's number at risk at the new time.
    """
    b = 1 - a
    nb = p.n[b]
    m = nb - other  # first at or after the old time
    later = new > old
    while (m < nb and p.time[b, m] < new) if later else (m > 0 and p.time[b, m - 1] >= new):
        k = m if later else m - 1
        step = 1 if later else -1
        if commit:
            p.other[b, k] += step
        elif p.event[b, k] and theta > 0.0:
            _add_term(sums.score, b, nb - k, p.other[b, k], theta, -1.0)
            _add_term(sums.score, b, nb - k, p.other[b, k] + step, theta, 1.0)
        m += step
    return int(nb - m)


@compiled
def _place(p: _Patients, lay: Layout, sums: _Sums, theta: float, a: int, i: int, new: float) -> tuple[int, int, int]:
    """Effect on the sums of moving patient i to a new time; returns its new position, segment, other at risk."""
    n = p.n[a]
    old = p.time[a, i]
    k = p.interval[a, i]
    j = i
    if new > old:
        while j + 1 < lay.starts[a, k + 1] and p.time[a, j + 1] < new:
            j += 1
    else:
        while j - 1 >= lay.starts[a, k] and p.time[a, j - 1] > new:
            j -= 1
    segment = p.segment[a, i]
    while segment < lay.edges.shape[1] and lay.edges[a, segment] < new:
        segment += 1
    while segment > 0 and lay.edges[a, segment - 1] >= new:
        segment -= 1
    other = _see(p, a, old, new, p.other[a, i], sums, theta, False)
    if p.event[a, i]:
        _add_event(sums, a, p.segment[a, i], n - i, p.other[a, i], theta, -1.0)
        _add_event(sums, a, segment, n - j, other, theta, 1.0)
    side = 1 if j > i else -1
    m = i
    while m != j:
        m += side
        if p.event[a, m]:
            _add_event(sums, a, p.segment[a, m], n - m, p.other[a, m], theta, -1.0)
            _add_event(sums, a, p.segment[a, m], n - m + side, p.other[a, m], theta, 1.0)
    return j, segment, other


@compiled
def _settle(
    p: _Patients, sums: _Sums, theta: float, a: int, i: int, j: int, new: float, segment: int, other: int
) -> None:
    """Carry out a move that was accepted."""
    _see(p, a, p.time[a, i], new, p.other[a, i], sums, theta, True)
    event = p.event[a, i]
    side = 1 if j > i else -1
    m = i
    while m != j:
        p.time[a, m] = p.time[a, m + side]
        p.event[a, m] = p.event[a, m + side]
        p.other[a, m] = p.other[a, m + side]
        p.segment[a, m] = p.segment[a, m + side]
        m += side
    p.time[a, j] = new
    p.event[a, j] = event
    p.other[a, j] = other
    p.segment[a, j] = segment


@compiled
def _knots(prior: Prior, kind: int, block: int, white: Floats, sd: float, out: Floats) -> None:
    """Values of a process at its knots from standard normal variables."""
    count = out.size
    for k in range(count):
        total = 0.0
        for m in range(k + 1):
            total += prior.chol[kind, block, k, m] * white[m]
        trend = 2.0 * k / (count - 1) - 1.0
        out[k] = (
            prior.level[kind, block] * white[count] + prior.slope[kind, block] * trend * white[count + 1] + sd * total
        )


@compiled
def _log_hazards(prior: Prior, kind: int, knots: Floats, out: Floats) -> None:
    for c in range(prior.left.size):
        k = prior.left[c]
        f = prior.fraction[c]
        base = prior.centre[kind] + (prior.offset[c] if kind == 0 else 0.0)
        for block in (0, 2):
            base += knots[block, k] * (1.0 - f) + knots[block, k + 1] * f
        difference = knots[1, k] * (1.0 - f) + knots[1, k + 1] * f
        for a in range(2):
            out[a, c] = base + prior.share[kind, a] * difference


@compiled
def _likelihood(log_hazard: Floats, counts: Floats, exposure: Floats) -> float:
    total = 0.0
    for a in range(2):
        for c in range(log_hazard.shape[1]):
            total += counts[a, c] * log_hazard[a, c] - exposure[a, c] * np.exp(log_hazard[a, c])
    return total


@compiled
def _update_hazards(  # noqa: C901
    rng: np.random.Generator,
    p: _Patients,
    prior: Prior,
    h: _Hazards,
    counts: Floats,
    exposure: Floats,
    knots: Floats,
    trial: Floats,
) -> None:
    """Hazards given the patients: elliptical slice sampling (Murray, AISTATS 2010), random walk for the deviations."""
    cells = h.log.shape[2]
    counts[:] = 0.0
    exposure[:] = 0.0
    for a in range(2):
        for i in range(p.n[a]):
            c = min(int(p.time[a, i] / prior.width), cells - 1)
            counts[0 if p.event[a, i] else 1, a, c] += 1.0
            exposure[a, c] += p.time[a, i] - c * prior.width
        staying = float(p.n[a])
        for c in range(cells):
            staying -= counts[0, a, c] + counts[1, a, c]
            exposure[a, c] += staying * prior.width
    for kind in range(2):
        likelihood = _likelihood(h.log[kind], counts[kind], exposure)
        for block in range(BLOCKS):
            knots[:] = h.knots[kind]
            white = h.white[kind, block]
            noise = np.empty(white.size)
            for k in range(white.size):
                noise[k] = rng.standard_normal()
            threshold = likelihood + np.log(rng.random())
            angle = 2 * np.pi * rng.random()
            lowest = angle - 2 * np.pi
            highest = angle
            while True:
                tried = white * np.cos(angle) + noise * np.sin(angle)
                _knots(prior, kind, block, tried, h.sd[kind, block], knots[block])
                _log_hazards(prior, kind, knots, trial)
                new = _likelihood(trial, counts[kind], exposure)
                if new > threshold or highest - lowest < 1e-9:
                    break
                if angle < 0:
                    lowest = angle
                else:
                    highest = angle
                angle = lowest + rng.random() * (highest - lowest)
            h.white[kind, block] = tried
            h.knots[kind, block] = knots[block]
            h.log[kind] = trial
            likelihood = new
            old_sd = h.sd[kind, block]
            new_sd = old_sd * np.exp(0.5 * rng.standard_normal())
            _knots(prior, kind, block, h.white[kind, block], new_sd, knots[block])
            _log_hazards(prior, kind, knots, trial)
            new = _likelihood(trial, counts[kind], exposure)
            ratio = np.log(new_sd / old_sd) - 0.5 * (new_sd**2 - old_sd**2) / prior.scale[kind, block] ** 2
            if np.log(rng.random()) < new - likelihood + ratio:
                h.sd[kind, block] = new_sd
                h.knots[kind, block] = knots[block]
                h.log[kind] = trial
                likelihood = new
    for a in range(2):
        for c in range(cells):
            total = np.exp(h.log[0, a, c]) + np.exp(h.log[1, a, c])
            h.cumulative[a, c + 1] = h.cumulative[a, c] + prior.width * total


@compiled
def run_chain(  # noqa: C901
    rng: np.random.Generator,
    lay: Layout,
    curve: CurveWindows,
    ratio: RatioWindows,
    prior: Prior,
    schedule: Schedule,
    time: Floats,
    event: Integers,
    draws: int,
    out_time: Floats,
    out_event: Integers,
) -> tuple[int, int, float]:
    """Run one chain from ``time`` and ``event`` (arm x patient, in order of time), which are changed in place.

    Each cycle warms, so that the patients mix, then cools until every window is met. ``out_time`` and ``out_event``
    (draw x arm x patient) take the patients of the cycles that succeed. Returns the number of draws, the number of
    cycles, and the smallest miss seen; when no cycle succeeded, ``time`` and ``event`` are left at that miss.
    """
    n = lay.n
    segments = lay.edges.shape[1] + 1
    cells = prior.left.size
    knot_count = prior.chol.shape[2]
    centre = 0.0 if np.isnan(ratio.centre) else ratio.centre
    theta = np.exp(centre) if ratio.kind.size > 0 else 0.0  # 0: no score is kept
    p = _Patients(
        n, time, event, np.zeros(time.shape, np.int64), np.zeros(time.shape, np.int64), np.zeros(time.shape, np.int64)
    )
    for a in range(2):
        for k in range(lay.starts.shape[1] - 1):
            p.interval[a, lay.starts[a, k] : lay.starts[a, k + 1]] = k
    sums = _Sums(np.zeros((2, segments)), np.zeros((2, segments)), np.zeros(5))
    tried = _Sums(np.zeros((2, segments)), np.zeros((2, segments)), np.zeros(5))
    h = _Hazards(
        np.zeros((2, BLOCKS, knot_count)),
        np.zeros((2, BLOCKS, knot_count + 2)),
        0.7 * prior.scale,
        np.zeros((2, 2, cells)),
        np.zeros((2, cells + 1)),
    )
    counts = np.zeros((2, 2, cells))
    exposure = np.zeros((2, cells))
    knots = np.zeros((BLOCKS, knot_count))
    trial = np.zeros((2, cells))
    for kind in range(2):
        _log_hazards(prior, kind, h.knots[kind], h.log[kind])
    _update_hazards(rng, p, prior, h, counts, exposure, knots, trial)
    changed = np.zeros(2 * _SWAPS, np.int64)
    miss = np.zeros(3)
    patients = n[0] + n[1]
    moves = min(patients + patients // 2, _ROUND)
    best = np.inf
    best_time = time.copy()
    best_event = event.copy()
    done = 0
    cycle = 0
    cool = schedule.cool
    kappa_warm = schedule.kappa_warm
    give_up = min(schedule.cycles, max(_GIVE_UP[0], _GIVE_UP[1] // patients))
    while done < draws and cycle < (schedule.cycles if done > 0 else give_up):
        _tally(p, lay, sums, theta)  # afresh, against the drift of sums
        if np.isnan(ratio.centre) and theta > 0.0:
            for _ in range(10):
                centre += min(1.0, max(-1.0, sums.score[0] / max(sums.score[1], 1e-6)))
                centre = min(5.0, max(-5.0, centre))
                theta = np.exp(centre)
                _tally(p, lay, sums, theta)
        for a in range(2):
            miss[a] = _curve_miss(sums, curve, a)
        miss[2] = _ratio_miss(sums.score, ratio, centre) if theta > 0.0 else 0.0
        warm = schedule.burn if cycle == 0 else schedule.warm
        for turn in range(warm + cool):
            cooling = turn >= warm
            kappa = kappa_warm
            if cooling:
                kappa *= (schedule.kappa_cold / kappa_warm) ** ((turn - warm + 1.0) / cool)
            for move in range(moves):
                if cooling and miss[0] + miss[1] + miss[2] <= 0.0:
                    break
                a = 0 if rng.random() * patients < n[0] else 1
                if cooling and theta == 0.0 and miss[a] == 0.0:
                    a = 1 - a  # this arm is done
                _copy(sums, tried, a)
                exchange = 3 * move < 2 * moves
                if exchange:
                    change, count = _exchange(rng, p, lay, prior, h, tried, theta, a, schedule.reach, changed)
                    if count < 0:
                        continue
                else:
                    i = int(rng.random() * n[a])
                    k = p.interval[a, i]
                    new, change = _propose(rng, p, lay, a, i, schedule.reach)
                    if new <= lay.bounds[a, k] or new >= lay.bounds[a, k + 1] or (lay.fixed[a] and i == n[a] - 1):
                        continue
                    change += _log_density(prior, h, a, new, p.event[a, i])
                    change -= _log_density(prior, h, a, p.time[a, i], p.event[a, i])
                    j, segment, other = _place(p, lay, tried, theta, a, i, new)
                arm_miss = _curve_miss(tried, curve, a)
                ratio_miss = _ratio_miss(tried.score, ratio, centre) if theta > 0.0 else 0.0
                change -= kappa * (arm_miss + ratio_miss - miss[a] - miss[2])
                if change >= 0.0 or rng.random() < np.exp(change):
                    if not exchange:
                        _settle(p, tried, theta, a, i, j, new, segment, other)
                    _copy(tried, sums, a)
                    miss[a] = arm_miss
                    miss[2] = ratio_miss
                elif exchange:
                    for m in range(count):
                        p.event[a, changed[m]] = 1 - p.event[a, changed[m]]
            if not cooling:
                _update_hazards(rng, p, prior, h, counts, exposure, knots, trial)
            elif miss[0] + miss[1] + miss[2] <= 0.0:
                break
        cycle += 1
        total = miss[0] + miss[1] + miss[2]
        if total < best:
            best = total
            best_time[:] = p.time
            best_event[:] = p.event
        if total > 0.0:
            # What is far from the prior has to be held on to while the hazards can still follow; what hides behind
            # others has to be let go of: try each strength in turn.
            kappa_warm = 4.0 * kappa_warm if 4.0 * kappa_warm <= schedule.kappa_cold else schedule.kappa_warm
        if total <= 0.0:
            out_time[done] = p.time
            out_event[done] = p.event
            done += 1
    time[:] = best_time
    event[:] = best_event
    return done, cycle, best
