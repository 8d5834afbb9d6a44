"""Simulated trials: arms that differ in six ways, 30 to 4,000 patients, recorded and looked at as trials are.

Every trial follows from its number alone. Times end on a lattice, so that no last digit of a logarithm shows in them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.errors import ParameterError
from netterbook.reconstruction.known import KnownTrial
from netterbook.reconstruction.public_trials import DAYS_A_MONTH

ARM_FAMILIES = ("proportional", "delayed", "crossing", "cured", "informative", "waning")
"""How the arms differ: hazards proportional; an effect that begins late, that turns round, or that wanes; a share of
either arm cured; patients with a poor outlook lost to follow-up more often."""


class SimulatedDesign(NamedTuple):
    """How a trial is recorded, how many patients both arms have together, and whether progression is seen at scans."""

    recording: str
    patients: tuple[int, int]
    scans: bool


DESIGNS = (
    SimulatedDesign("days", (30, 100), True),
    SimulatedDesign("days", (100, 250), False),
    SimulatedDesign("days", (150, 400), True),
    SimulatedDesign("days", (400, 1000), False),
    SimulatedDesign("days", (1000, 4000), True),
    SimulatedDesign("weeks", (30, 100), False),
    SimulatedDesign("weeks", (100, 400), True),
    SimulatedDesign("weeks", (1000, 4000), False),
    SimulatedDesign("months", (30, 100), False),
    SimulatedDesign("months", (150, 800), True),
    SimulatedDesign("tenths of a year", (60, 100), True),
    SimulatedDesign("tenths of a year", (200, 1000), False),
)
"""Each is there once for every one of :data:`ARM_FAMILIES`."""
NUMBER = len(ARM_FAMILIES) * len(DESIGNS)
"""How many there are."""
RECORDING = {
    "days": ("months", DAYS_A_MONTH, DAYS_A_MONTH),
    "weeks": ("weeks", 1.0, DAYS_A_MONTH / 7),
    "months": ("months", 1.0, 1.0),
    "tenths of a year": ("years", 10.0, 10 / 12),
}
"""Unit of the times, how many possible ones it holds, and how many a month holds."""
SCAN_INTERVALS = {6: 10, 8: 10, 9: 7, 12: 7}
"""Weeks between scans, and those of the wrong schedule, which has few scans at the same time."""
WEEKS_A_MONTH = DAYS_A_MONTH / 7


class _Hazard(NamedTuple):
    """Of arm 1 relative to arm 0, before and after a time in medians of arm 0; and the share of either arm cured."""

    early: float
    late: float
    turn: float
    cured: float


def _hazard(family: str, rng: np.random.Generator) -> _Hazard:
    early, late, turn, cured = rng.uniform([0.3, 0.3, 0.3, 0.15], [1.0, 0.75, 0.6, 0.4])
    if family == "delayed":
        return _Hazard(1.0, late, turn, 0.0)
    if family == "crossing":
        return _Hazard(2 * early + 0.5, late, 2 * turn, 0.0)
    if family == "waning":
        return _Hazard(late, 1.0, 2 * turn, 0.0)
    return _Hazard(early, early, 1.0, cured if family == "cured" else 0.0)


def _event_times(rng: np.random.Generator, arm: Integers, hazard: _Hazard, outlook: Floats) -> Floats:
    """Weibull times in months, inf of the cured; ``outlook`` of each patient multiplies the hazard."""
    shape, median = rng.uniform(0.8, 1.5), rng.uniform(6, 18)
    scale = median / np.log(2) ** (1 / shape)
    cumulative = -np.log(rng.random(arm.size)) / outlook
    turn = np.log(2) * hazard.turn**shape  # of arm 0, cumulated until the turn
    early, late = cumulative / hazard.early, turn + (cumulative - hazard.early * turn) / hazard.late
    cumulative = np.where(arm == 0, cumulative, np.where(early < turn, early, late))
    return np.where(rng.random(arm.size) < hazard.cured, np.inf, scale * cumulative ** (1 / shape))


def _schedule(every: int, slower: bool, last: float) -> Floats:
    """Scans in weeks up to one beyond ``last``: every so many weeks, after week 48 every twelve where ``slower``."""
    end = last + 24
    if not slower:
        return np.arange(every, end, every, dtype=float)
    first = np.arange(every, 48 + every / 2, every, dtype=float)
    return np.append(first, np.arange(first[-1] + 12, end, 12))


def _seen_at_scans(rng: np.random.Generator, time: Floats, leave: Floats, scans: Floats) -> tuple[Floats, Booleans]:
    """Times in weeks and events as a trial with scans has them.

    Visits are a little late, by less than two fifths of the shortest interval; a share of the events is seen at once,
    all others at the next visit; a patient without event is censored at the last visit.
    """
    late = rng.gamma(1.5, rng.uniform(0.1, 0.5), (time.size, scans.size))
    visits = scans + np.minimum(late, 0.4 * np.diff(scans, prepend=0).min())
    at_once = rng.random(time.size) < rng.uniform(0.1, 0.3)
    following = (visits < time[:, None]).sum(axis=1)
    padded = np.column_stack([visits, np.full(time.size, np.inf)])
    found = np.where(at_once, time, padded[np.arange(time.size), following])
    last = np.column_stack([np.zeros(time.size), visits])[np.arange(time.size), (visits <= leave[:, None]).sum(axis=1)]
    event = found <= leave
    return np.where(event, found, last), event


def simulated_trial(number: int) -> KnownTrial:
    """Trial ``number``, from 1 to :data:`NUMBER`: families in turn, each with every
    design once; every third is held out.

    Weibull hazards of shape 0.8 to 1.5 and medians of 6 to 18 months; accrual over half of follow-up, and some loss;
    all three times slower where the record is in tenths of a year.

    >>> trial = simulated_trial(2)
    >>> trial.name, len(trial.time), int(trial.event.sum()), trial.held_out
    ('simulated 2: delayed, days, scans every 6 weeks', 50, 37, False)
    """
    if not 1 <= number <= NUMBER:
        raise ParameterError(f"there is no simulated trial {number}; give a number from 1 to {NUMBER}")
    row, column = divmod(number - 1, len(ARM_FAMILIES))
    family, design = ARM_FAMILIES[column], DESIGNS[row]
    rng = np.random.default_rng([number, 178])
    low, high = np.log(design.patients)
    n = round(np.exp(rng.uniform(low, high)))
    arm = np.repeat([0, 1], [n - (one := round(n * rng.choice([0.5, 2 / 3]))), one])
    frailty = rng.normal(size=n) * (family == "informative")
    time = _event_times(rng, arm, _hazard(family, rng), np.exp(0.8 * frailty))
    accrual = rng.uniform(12, 24)
    loss = rng.exponential(60, n) * np.exp(-1.2 * frailty)
    leave = np.minimum(rng.uniform(0.4, 1.0) * accrual + rng.uniform(0, accrual, n), loss)
    if design.recording == "tenths of a year":  # kept of slow diseases
        time, leave = 3 * time, 3 * leave
    every, slower = int(rng.choice(list(SCAN_INTERVALS))), bool(rng.random() < 0.5)
    unit, fineness, a_month = RECORDING[design.recording]
    seen, event, name = np.minimum(time, leave), time <= leave, f"simulated {number}: {family}, {design.recording}"
    schedules: list[tuple[float, ...]] = [(), ()]
    if design.scans:
        weeks = [_schedule(each, slower, leave.max() * WEEKS_A_MONTH) for each in (every, SCAN_INTERVALS[every])]
        found, event = _seen_at_scans(rng, time * WEEKS_A_MONTH, leave * WEEKS_A_MONTH, weeks[0])
        seen, name = found / WEEKS_A_MONTH, f"{name}, scans every {every} weeks"
        schedules = [tuple((each / WEEKS_A_MONTH * a_month / fineness).round(6).tolist()) for each in weeks]
    return KnownTrial(
        name,
        "simulated",
        np.maximum(1, np.round(seen * a_month)) / fineness,
        event.astype(np.int64),
        arm,
        family=family,
        unit=unit,
        time_step=1 / fineness,
        scans=schedules[0],
        wrong_scans=schedules[1],
        held_out=(row + column) % 3 == 2,
    )
