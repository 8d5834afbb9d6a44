"""Markov chain over sets of patients that meet printed summaries (compiled).

Patients stay in their interval of the numbers at risk, and moves exchange an event with a censoring, so that numbers at
risk and totals hold throughout; what else was printed is a window, and leaving it costs ``kappa`` times the distance.
Replicas of the trial run at several strengths ``kappa`` and exchange them (Geyer 1991; pairs in turn, as Syed and
others, J R Stat Soc B 2022;84:321-50): whatever its strength, a stationary replica that meets every window is a draw
from the law of patients given all that was printed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.compiled import compiled, inlined, unowned
from netterbook.reconstruction.constraints import (
    AT_RISK,
    EVENTS,
    SEEN,
    Constraints,
    Sums,
    change,
    copy_sums,
    curve_miss,
    ratio_miss,
    shift,
    tally,
    unshift,
)
from netterbook.reconstruction.hazards import (
    Hazards,
    Prior,
    Times,
    Work,
    leaving,
    update_hazards,
)

_SINGLE = 0.05, 0.5  # single changes among those of marks: where the number of events holds, and where it is free
_EXCHANGES = 3  # at once, at most
_LOOKS = 12  # at whether every window is met, in a sweep


class Layout(NamedTuple):
    """Where the patients may be. First index: arm."""

    interval: Integers  # patient: its interval of the numbers at risk
    points: Integers  # interval x (first, after the last) point of the lattice
    spots: Integers  # interval x spot x (first, after the last): short spans to which moves go more often
    sizes: Integers  # interval: how many spots there are
    last: Integers  # point at which the last patient is known to leave; -1 where not known
    known: Booleans  # whether the number of events is known


class Replicas(NamedTuple):
    """States of the chain. First index: replica; then arm."""

    point: Integers  # patient: the point at which he is lost
    event: Integers  # patient
    counts: Integers  # (events, at risk) x arm x point
    curve: Floats
    score: Floats
    white: Floats
    rough: Floats
    smooth: Floats
    sd: Floats
    log: Floats
    visits: Floats
    shape: Floats
    density: Floats
    miss: Floats  # arm 0, arm 1, both
    level: Integers  # replica: its level of strength
    holder: Integers  # level: its replica


class Record(NamedTuple):
    """What a run keeps."""

    point: Integers  # draw x arm x patient
    event: Integers
    visits: Floats  # draw x kind x 2
    swaps: Floats  # level x (rejection probability summed, times looked at)
    met: Floats  # level: share of looks at which every window was met, summed over scans
    due: Floats  # level: the same since its last draw
    least: Floats  # smallest miss seen
    least_point: Integers  # arm x patient, of that state
    least_event: Integers


class Scratch(NamedTuple):
    """Room for calculations."""

    point: Integers  # of a state that meets every window
    event: Integers
    curve: Floats
    score: Floats
    changed: Integers  # patients
    signs: Integers
    sofar: Floats


def scratch(r: Replicas) -> Scratch:
    """For these replicas."""
    return Scratch(
        r.point[0].copy(), r.event[0].copy(), r.curve[0].copy(),
        r.score[0].copy(), np.zeros(2 * _EXCHANGES, np.int64), np.zeros(2 * _EXCHANGES, np.int64),
        np.zeros((4, r.curve.shape[3] + 1)),
    )  # fmt: skip


class State(NamedTuple):
    """One replica."""

    point: Integers
    event: Integers
    counts: Integers
    sums: Sums
    hazards: Hazards
    miss: Floats


@compiled
def _state(r: Replicas, k: int) -> State:
    return State(
        r.point[k],
        r.event[k],
        r.counts[k],
        Sums(r.curve[k], r.score[k]),
        Hazards(r.white[k], r.rough[k], r.smooth[k], r.sd[k], r.log[k], r.visits[k], r.shape[k], r.density[k]),
        r.miss[k],
    )


@inlined
def _choose(
    rng: np.random.Generator, n: int, toggles: float, point: Integers, event: Integers, density: Floats, a: int,
    seen: int, changed: Integers, signs: Integers,
) -> tuple[float, int]:  # fmt: skip
    """One to three exchanges of an event with a censoring, or one mark changed; ``seen`` is the number of events.

    Returns the change of the log prior and how many marks change: those of ``changed``, by ``signs``.
    """
    single = rng.random() < toggles
    if not single and (seen == 0 or seen == n):
        return 0.0, 0
    ratio = 0.0
    count = 0
    for _ in range(1 if single else 1 + int(rng.random() * _EXCHANGES)):
        i = j = int(rng.random() * n)
        while not single and event[a, i] == event[a, j]:
            j = int(rng.random() * n)
        for m in range(1 if single else 2):
            who = i if m == 0 else j
            g = point[a, who]
            new = 1 - event[a, who]
            ratio += density[1 - new, a, g] - density[new, a, g]
            event[a, who] = new
            changed[count] = who
            signs[count] = 2 * new - 1
            count += 1
    return ratio, count


@inlined
def _unmark(event: Integers, a: int, changed: Integers, count: int) -> None:
    """Marks changed back."""
    for m in range(count):
        event[a, changed[m]] = 1 - event[a, changed[m]]


@inlined
def _make(
    counts: Integers, curve: Floats, score: Floats, segment: Integers, logs: Floats, point: Integers, a: int, old: int,
    new: int, mark: int, theta: float, changed: Integers, signs: Integers, count: int,
) -> None:  # fmt: skip
    """Counts and sums after a change of ``count`` marks or, where that is 0, a move from ``old`` to ``new``."""
    if count == 0:
        shift(counts, curve, score, segment, logs, a, old, new, mark, theta)
    for m in range(count):
        change(counts, curve, score, segment, logs, a, point[a, changed[m]], theta, signs[m], 0)


@inlined
def _undo(
    counts: Integers, event: Integers, point: Integers, a: int, old: int, new: int, mark: int, changed: Integers,
    signs: Integers, count: int,
) -> None:  # fmt: skip
    """Marks and counts as before a change that was refused."""
    if count == 0:
        unshift(counts, a, old, new, mark)
    for m in range(count):
        event[a, changed[m]] = 1 - event[a, changed[m]]
        counts[EVENTS, a, point[a, changed[m]]] -= signs[m]


@inlined
def _propose(
    rng: np.random.Generator, points: Integers, spots: Integers, size: int, a: int, k: int, old: int
) -> tuple[int, float]:
    """A new point within interval k for a patient at ``old``, and the log ratio of proposal densities back and forth;
    -1 outside.
    """
    first, after = points[a, k, 0], points[a, k, 1]
    span = after - first
    kind = rng.random()
    if kind < 0.5:
        reach = max(1, span // 10)
        step = 1 + int(rng.random() * reach)
        new = old + step if rng.random() < 0.5 else old - step
        return (new if first <= new < after else -1), 0.0
    if kind < 0.7 or size == 0:
        return first + int(rng.random() * span), 0.0
    spot = int(rng.random() * size)
    low, high = spots[a, k, spot, 0], spots[a, k, spot, 1]
    # independent of the old time: half anywhere, half in the spot
    new = first + int(rng.random() * span) if rng.random() < 0.5 else low + int(rng.random() * (high - low))
    there = 1.0 / span + (1.0 / (high - low) if low <= old < high else 0.0)
    here = 1.0 / span + (1.0 / (high - low) if low <= new < high else 0.0)
    return new, np.log(there / here)


@compiled
def _singles(n: int, kappa: float, known: bool) -> float:
    """Share of single changes among those of marks: fewer the more a change of the number of events costs."""
    held, free = _SINGLE
    return float(free + (held - free) * (1.0 - np.exp(-0.5 * kappa / n)) * known)


@compiled
def _seen(curve: Floats, a: int) -> int:
    """Events of an arm."""
    total = 0.5
    for s in range(curve.shape[2]):
        total += curve[SEEN, a, s]
    return int(total)


@compiled
def _sole(counts: Integers, a: int, g: int) -> bool:
    """Whether only one patient is lost at point g."""
    return leaving(counts[AT_RISK], a, g) == 1


@compiled
def _sweep(
    rng: np.random.Generator, trial: Constraints, lay: Layout, state: State, kappa: float, centre: float,
    scratch: Scratch,
) -> float:  # fmt: skip
    """Metropolis–Hastings steps, three for every two patients: two in three exchanges, else a move in time.

    Returns the share of evenly spaced looks at which every window was met; of these states one is kept at random.
    """
    # Unpacked, as compiled functions take long to pass tuples of arrays
    point, event, counts, density, miss = state.point, state.event, state.counts, state.hazards.density, state.miss
    curve, score, new_curve, new_score = state.sums.curve, state.sums.score, scratch.curve, scratch.score
    segment, logs, time, ratio, what, ends = (
        trial.segment, trial.logs, trial.time, trial.ratio, trial.curve.what, trial.curve.ends,
    )  # fmt: skip
    changed, signs, sofar = scratch.changed, scratch.signs, scratch.sofar
    points, spots, sizes, interval = lay.points, lay.spots, lay.sizes, lay.interval
    last = lay.last
    joint = ratio.kind.size > 0
    theta = np.exp(centre) if joint else 0.0
    n0, n1 = trial.n[0], trial.n[1]
    single0, single1 = _singles(n0, kappa, lay.known[0]), _singles(n1, kappa, lay.known[1])
    size0, size1 = trial.curve.size[0], trial.curve.size[1]
    steps = n0 + n1 + (n0 + n1) // 2
    met = 0
    for look in range(_LOOKS):
        for step in range(look * steps // _LOOKS, (look + 1) * steps // _LOOKS):
            a = 0 if rng.random() * (n0 + n1) < n0 else 1
            n = n0 if a == 0 else n1
            count = i = old = new = 0
            if step % 3 < 2:
                odds, count = _choose(
                    rng, n, single0 if a == 0 else single1, point, event, density, a, _seen(curve, a), changed, signs
                )
                if count == 0:
                    continue
            else:
                i = int(rng.random() * n)
                old = point[a, i]
                new, odds = _propose(rng, points, spots, sizes[a, interval[a, i]], a, interval[a, i], old)
                if new < 0 or new == old or (old == last[a] and _sole(counts, a, old)):
                    continue
                kind = 1 - event[a, i]
                odds += density[kind, a, new] - density[kind, a, old]
            most = miss[a] + miss[2] + (odds - np.log(rng.random())) / kappa
            if most < 0.0:
                _unmark(event, a, changed, count)
                continue
            copy_sums(curve, score, new_curve, new_score, a)
            _make(
                counts, new_curve, new_score, segment, logs, point, a, old, new, event[a, i], theta, changed, signs,
                count,
            )  # fmt: skip
            both = 0.0
            arm = curve_miss(what, ends, size0 if a == 0 else size1, new_curve, time, counts, logs, a, n, most, sofar)
            if joint and arm <= most:
                both = ratio_miss(ratio, new_score, time, counts, centre)
            if arm + both <= most:
                copy_sums(new_curve, new_score, curve, score, a)
                miss[a] = arm
                miss[2] = both
                if count == 0:
                    point[a, i] = new
            else:
                _undo(counts, event, point, a, old, new, event[a, i], changed, signs, count)
        if miss[0] + miss[1] + miss[2] <= 0.0:
            met += 1
            if rng.random() * met < 1.0:
                scratch.point[:] = point
                scratch.event[:] = event
    return met / _LOOKS


@compiled
def _refresh(trial: Constraints, state: State, sofar: Floats) -> float:
    """Sums and misses afresh, against the drift of sums; returns the centre for the ratio windows."""
    counts, sums = state.counts, state.sums
    centre = trial.ratio.centre
    own = bool(np.isnan(centre))
    if own:
        centre = 0.0
    theta = np.exp(centre) if trial.ratio.kind.size > 0 else 0.0
    tally(trial, counts, sums, theta)
    if own and theta > 0.0:
        for _ in range(10):
            step = sums.score[0] / max(sums.score[1], 1e-6)
            centre = min(5.0, max(-5.0, centre + min(1.0, max(-1.0, step))))
            tally(trial, counts, sums, np.exp(centre))
    w = trial.curve
    for a in range(2):
        state.miss[a] = curve_miss(
            w.what, w.ends, w.size[a], sums.curve, trial.time, counts, trial.logs, a, trial.n[a], np.inf, sofar
        )
    state.miss[2] = ratio_miss(trial.ratio, sums.score, trial.time, counts, centre) if theta > 0.0 else 0.0
    return centre


@compiled
def _swap(rng: np.random.Generator, r: Replicas, kappas: Floats, first: int, swaps: Floats) -> None:
    """Neighbouring levels exchange their replicas."""
    for level in range(first, kappas.size - 1, 2):
        x, y = r.holder[level], r.holder[level + 1]
        accept = (kappas[level] - kappas[level + 1]) * (r.miss[x].sum() - r.miss[y].sum())
        swaps[level, 0] += 1.0 - np.exp(min(0.0, accept))
        swaps[level, 1] += 1.0
        if accept >= 0.0 or rng.random() < np.exp(accept):
            r.holder[level], r.holder[level + 1] = y, x
            r.level[x], r.level[y] = level + 1, level


@compiled
def run(
    rng: np.random.Generator,
    trial: Constraints,
    lay: Layout,
    prior: Prior,
    times: Times,
    work: Work,
    kappas: Floats,
    r: Replicas,
    record: Record,
    scratch: Scratch,
    scans: int,
    started: int,
    quota: float,
    watched: bool,
) -> tuple[int, int]:
    """Scans of all replicas, each a sweep of moves, hazards, and swaps; until ``scans``, or as many draws as wanted.

    A level gives a draw whenever the shares of its looks at which every window was met have added up to ``quota``;
    ``started`` scans were made before. Returns draws and scans by now.
    """
    trial, lay, prior, times = unowned(trial), unowned(lay), unowned(prior), unowned(times)
    work, r, record, scratch = unowned(work), unowned(r), unowned(record), unowned(scratch)
    scan = started
    draws = 0
    while scan < started + scans and draws + kappas.size <= record.point.shape[0]:
        for k in range(kappas.size):
            state = _state(r, k)
            centre = _refresh(trial, state, scratch.sofar)
            level = r.level[k]
            met = _sweep(rng, trial, lay, state, kappas[level], centre, scratch)
            if met > 0.0:
                record.met[level] += met
                record.due[level] += met
                if record.due[level] >= quota:
                    record.due[level] -= quota
                    record.point[draws] = scratch.point
                    record.event[draws] = scratch.event
                    record.visits[draws] = state.hazards.visits
                    draws += 1
            update_hazards(rng, prior, times, state.counts[EVENTS], state.counts[AT_RISK], state.hazards, watched, work)
            total = state.miss.sum()
            if total < record.least[0]:
                record.least[0] = total
                record.least_point[:] = state.point
                record.least_event[:] = state.event
        scan += 1
        _swap(rng, r, kappas, scan % 2, record.swaps)
    return draws, scan
