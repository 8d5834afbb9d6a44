"""Chains of replicas over a ladder of strengths, set so that neighbours exchange equally often, and their draws.

A replica at a small strength moves freely, one at a large strength meets what was printed; by exchanges a draw of one
is carried to the other. First the ladder is set: the strengths between which exchanges are refused equally often (Syed
and others, J R Stat Soc B 2022;84:321-50), up to one at which a fair share of states meets everything. Then scans are
thrown away, and then the levels give states that meet everything. How many of these are worth one that is independent
is read from the first of them, and of as many one is a draw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats, Integers
from netterbook.reconstruction.constraints import AT_RISK, EVENTS, Constraints
from netterbook.reconstruction.hazards import (
    BLOCKS,
    KINDS,
    Hazards,
    Prior,
    Times,
    Work,
    fill_density,
    visit_shape,
)
from netterbook.reconstruction.sampler import Layout, Record, Replicas, run, scratch

CHAINS = 4
LEVELS, FEWEST, MOST = 8, 4, 24  # at first, and when the ladder is set
REJECTION = 0.45  # of exchanges between neighbours, where most replicas travel for the work (Syed and others 2022)
WEAKEST = 13.0  # first strength, times the root of the patients: what can be told of survival costs a few units
STRONGEST, LIMIT = 5000.0, 1e6  # last strength at first; at most
TUNING = (16, 32, 64)  # scans, after each of which the ladder is set anew
MET = 0.15  # share of looks at which the last level should meet everything
FEW = 0.01  # and without which the ladder is set again
RETRIES = 5  # times, after which no patients are said to have been found
BURN = 120  # scans thrown away once the ladder is set
SPACING = 4  # scans in which a chain keeps about one state
PILOT = 120  # scans from which it is read how many states kept are worth one draw; doubled while they do not tell
PILOTS, TELL = 3, 40  # rounds at most; effective draws that tell
WIDEST = 50  # states kept for a draw, at most
PATIENCE = 20  # times the scans in which the states wanted should come


@dataclass(frozen=True, eq=False)
class Problem:
    """A trial as the chains take it."""

    trial: Constraints
    layout: Layout
    prior: Prior
    times: Times
    start: Callable[[np.random.Generator], tuple[Integers, Integers]]
    """Points and events (arm x patient) to begin with."""
    watched: bool
    """Whether losses are dated at visits."""


class Sample(NamedTuple):
    """Points and events (arm x patient), and the visits' parameters (kind x 2)."""

    point: Integers
    event: Integers
    visits: Floats


Effective = Callable[[list[list[Sample]]], float]
"""How many independent draws the states of all chains, equally many of each, are worth."""


class _Chain:
    """One set of replicas with its own stream of random numbers."""

    def __init__(self, problem: Problem, seed: tuple[int, ...]):
        self.problem = problem
        self.rng = np.random.default_rng(seed)
        self.work = _work(problem)
        self.replicas = _replicas(problem, [problem.start(self.rng) for _ in range(LEVELS)])
        self.scratch = scratch(self.replicas)
        self.least: tuple[float, Integers, Integers] = (np.inf, *problem.start(self.rng))
        self.scans = 0
        self.due = np.zeros(0)
        self.found: list[Sample] = []

    def run(self, kappas: Floats, scans: int, quota: float, states: int) -> tuple[Floats, Floats]:
        """So many scans, or until so many more states are found.

        Returns rejections of exchanges by pair of levels, summed and counted, and each level's share of looks at which
        everything was met, summed over scans.
        """
        if np.isfinite(quota) and len(self.due) == 0:
            self.due = self.rng.random(len(kappas)) * quota
        shape = (states + len(kappas), *self.replicas.point.shape[1:])
        record = Record(
            np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros((shape[0], KINDS, 2)),
            np.zeros((len(kappas), 2)), np.zeros(len(kappas)), self.due if len(self.due) else np.zeros(len(kappas)),
            np.array([self.least[0]]), self.least[1].copy(), self.least[2].copy(),
        )  # fmt: skip
        p = self.problem
        done, self.scans = run(
            self.rng, p.trial, p.layout, p.prior, p.times, self.work, kappas, self.replicas, record, self.scratch,
            scans, self.scans, quota, p.watched,
        )  # fmt: skip
        point, event = record.point[:done].astype(np.int16), record.event[:done].astype(np.int8)
        self.found += map(Sample, point, event, record.visits[:done])
        self.least = float(record.least[0]), record.least_point, record.least_event
        return record.swaps, record.met

    def relevel(self, levels: int) -> None:
        """Another number of levels: each takes its replica from the level nearest to it."""
        old = self.replicas
        which = np.round(np.linspace(0, len(old.level) - 1, levels)).astype(int)
        copies = [column[old.holder[which]].copy() for column in old[:-2]]
        self.replicas = Replicas._make([*copies, np.arange(levels), np.arange(levels)])


class Chains:
    """Several chains with one ladder; results depend on the seed, but not on the threads.

    ``tuned`` says whether any state that meets everything was seen, ``stride`` how many states of a chain make a draw.
    """

    def __init__(self, problem: Problem, seed: tuple[int, ...], jobs: int, effective: Effective):
        self.jobs = min(jobs, CHAINS)
        self.chains = [_Chain(problem, (*seed, number)) for number in range(CHAINS)]
        self.kappas = np.geomspace(WEAKEST * np.sqrt(problem.trial.n.sum()), STRONGEST, LEVELS)
        self.quota, self.stride = np.inf, 1
        self.tuned = self._tune()
        if self.tuned:
            self._pilot(effective)

    def _run(self, chains: list[_Chain], scans: int, states: int = 0) -> tuple[Floats, Floats]:
        """Chains go on, until they have so many states; rejections and shares of looks, each a scan, by level."""

        def one(chain: _Chain) -> tuple[Floats, Floats]:
            return chain.run(self.kappas, scans, self.quota, states - len(chain.found) if states else 0)

        with ThreadPool(self.jobs) as pool:
            parts = pool.map(one, chains, chunksize=1)
        swaps, met = (sum(columns) for columns in zip(*parts, strict=True))
        return swaps[:-1, 0] / np.maximum(swaps[:-1, 1], 1), met / (scans * len(chains))

    def _tune(self) -> bool:
        for scans in (*TUNING, *[TUNING[-1]] * RETRIES):
            rejection, met = self._run(self.chains, scans)
            self.kappas = ladder(self.kappas, rejection, met)
            for chain in self.chains:
                chain.relevel(len(self.kappas))
            if scans == TUNING[-1] and met.max() >= FEW:
                break
        met = self._run(self.chains, BURN)[1].sum()
        self.quota = SPACING * float(met)
        return bool(met > 0.0)

    def _pilot(self, effective: Effective) -> None:
        for round_ in range(PILOTS):
            scans = PILOT * 2**round_
            self._run(self.chains, scans, 2 * PILOT * (2 ** (round_ + 1) - 1))
            length = self.states
            made = effective([chain.found[:length] for chain in self.chains]) if length > 4 else 0.0
            if made >= TELL:
                break
        self.stride = int(np.clip(np.ceil(CHAINS * length / max(made, 1.0)), 1, WIDEST))

    @property
    def states(self) -> int:
        """How many states every chain has."""
        return min(len(chain.found) for chain in self.chains)

    def more(self, states: int, progress: Callable[[int], None]) -> bool:
        """Every chain goes on until it has so many states; whether all came within the chains' patience.

        ``progress`` is called with the states of all chains, of each at most those wanted.
        """
        for _ in range(PATIENCE * (states // 100 + 1)):
            short = [chain for chain in self.chains if len(chain.found) < states]
            if not short:
                return True
            self._run(short, SPACING * 100, states)
            progress(sum(min(states, len(chain.found)) for chain in self.chains))
        return False

    @property
    def nearest(self) -> tuple[Integers, Integers]:
        """Points and events of the state nearest to all that was printed."""
        return min((chain.least for chain in self.chains), key=lambda least: least[0])[1:]


def _work(problem: Problem) -> Work:
    cells, points = len(problem.prior.trend), len(problem.times.time)
    return Work(
        np.zeros((KINDS, 2, cells)),
        np.zeros((KINDS, 2, cells)),
        np.zeros((2, cells)),
        np.zeros((2, cells)),
        np.zeros(cells + 2),
        np.zeros((3, cells)),
        np.zeros(points),
    )


def _replicas(problem: Problem, states: list[tuple[Integers, Integers]]) -> Replicas:
    trial, prior, times = problem.trial, problem.prior, problem.times
    size, points, cells = len(states), len(times.time), len(prior.trend)
    point, event = (np.stack(columns) for columns in zip(*states, strict=True))
    counts = np.zeros((size, 2, 2, points), np.int64)
    for k in range(size):
        for a, n in enumerate(trial.n):
            lost = np.bincount(point[k, a, :n], minlength=points)
            counts[k, AT_RISK, a] = n - np.append(0, np.cumsum(lost)[:-1])
            counts[k, EVENTS, a] = np.bincount(point[k, a, :n], weights=event[k, a, :n], minlength=points)
    sums, blocks = np.zeros((size, 3, 2, int(trial.segment.max()) + 1)), (size, KINDS, BLOCKS)
    made = Replicas(
        point, event, counts, sums, np.zeros((size, 5)),
        np.zeros((*blocks, cells + 2)), np.zeros((*blocks, cells)), np.zeros((*blocks, cells)),
        np.tile(0.7 * prior.scale, (size, 1, 1)), np.tile(prior.centre[:, None, None], (size, 1, 2, cells)),
        np.tile([0.5, times.spread], (size, KINDS, 1)), np.tile(times.width, (size, 1, 1)),
        np.zeros((size, KINDS, 2, points)), np.zeros((size, 3)), np.arange(size), np.arange(size),
    )  # fmt: skip
    for k in range(size):
        h = Hazards(*(getattr(made, name)[k] for name in Hazards._fields))
        for kind in range(KINDS):
            if problem.watched:
                visit_shape(times, kind, h.visits[kind], h.shape[kind])
        fill_density(times, h.log, h.shape, problem.watched, h.density)
    return made


def ladder(kappas: Floats, rejection: Floats, met: Floats) -> Floats:
    """Strengths between which exchanges are refused equally often, up to where a fair share of looks meets everything.

    >>> ladder(np.array([100.0, 400.0, 1600.0]), np.array([0.9, 0.45]), np.array([0.0, 0.1, 0.2])).round().tolist()
    [100.0, 178.0, 317.0, 800.0]
    """
    log = np.log(kappas)
    barrier = np.append(0.0, np.cumsum(np.clip(rejection, 0.01, 1.0)))
    enough = np.flatnonzero(met >= MET)
    if len(enough) and enough[0] > 0:
        i = enough[0]
        top = log[i - 1] + (MET - met[i - 1]) / (met[i] - met[i - 1]) * (log[i] - log[i - 1])
    else:
        top = log[-1] if len(enough) else min(log[-1] + np.log(4.0), np.log(LIMIT))
    if top > log[-1]:
        log, barrier = np.append(log, top), np.append(barrier, barrier[-1] + 1.0)
    most = np.interp(top, log, barrier)
    size = int(np.clip(np.ceil(most / REJECTION) + 1, FEWEST, MOST))
    return np.asarray(np.exp(np.interp(np.linspace(0.0, most, size), barrier, log)))
