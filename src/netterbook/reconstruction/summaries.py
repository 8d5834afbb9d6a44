"""Individual patient data from printed summaries alone: an ensemble of patients that meet every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from multiprocessing.pool import ThreadPool
from typing import Any

import numpy as np
import pandas as pd

from netterbook.arrays import Floats, Integers
from netterbook.errors import Conflict, DataError, ParameterError
from netterbook.reconstruction.checks import Totals, check_totals
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.sampler import Layout, Prior, Schedule, run_chain
from netterbook.reconstruction.windows import (
    SCALES,
    Given,
    check_rates,
    curve_windows,
    ratio_windows,
    read_summaries,
    spots,
)

CHAINS = 8
KNOTS = 25
CELLS = 96
# For each kind, event and censoring: what the arms share, their difference, and what is rough.
LENGTH = ((0.3, 0.2, 0.1), (0.25, 0.15, 0.1))  # correlation length, in follow-up
DEVIATION = ((0.8, 0.7, 1.0), (1.0, 0.7, 1.2))  # scale of the half-normal prior, in log hazard
LEVEL = ((2.0, 1.0, 0.0), (2.0, 0.5, 0.0))
SLOPE = ((0.7, 0.3, 0.0), (1.5, 0.3, 0.0))
SHARE = ((0.0, 1.0), (-0.5, 0.5))  # the log hazard ratio belongs to arm 1; censoring differs either way
SCHEDULE = Schedule(burn=600, warm=60, cool=400, kappa_warm=500.0, kappa_cold=30000.0, cycles=0, reach=40.0)
TIME_DIGITS = 6  # of the follow-up, to which times are given
INSTANT = 1000  # part of follow-up: shorter than any time is printed to
POLL = 0.2  # seconds between two looks at the chains
State = tuple[Floats, Integers]
"""Times and events of the patients: arm x patient within a chain, of both arms in one row when it is finished."""
SCAN_SHARE = 0.8  # of progressions found at a scheduled scan, where a schedule is given


def from_summaries(
    at_risk: pd.DataFrame,
    arms: pd.DataFrame,
    summaries: Mapping[str, Any] | pd.DataFrame | None = None,
    *,
    rates: pd.DataFrame | None = None,
    withhold: Iterable[str] = (),
    scans: Sequence[float] = (),
    transform: str = "log-log",
    draws: int = 200,
    seed: int = 1,
    jobs: int = 2,
    progress: Callable[[int], None] = lambda done: None,
) -> Reconstruction:
    """Sets of patients, each meeting all that was printed of a two-armed trial to its rounding.

    Parameters
    ----------
    at_risk : columns arm, time, n_risk: patients whose time is this or later.
    arms : columns arm (0 reference, 1 experimental), n and, where known, events and tmax, the end of the curve, when
        the last patient leaves: just before tmax where nobody is at risk then.
    summaries : one value for each of hr, hr_lo, hr_hi, logrank_p, landmark (the time of lm), and for arms 0 and 1
        median0, median0_lo, median0_hi, lm0, lm0_lo, lm0_hi. A string stands for what rounds to it ("0.210" is
        narrower than "0.21", "<0.001" is a bound, "NR" a median not reached); a bare float for what rounds to its own
        decimals, at most as many as papers print. Survival is a fraction. Blank or nan: not printed.
    rates : further survival rates: columns arm, time, survival and, where printed, low, high.
    withhold : names to leave out of summaries, to see what the rest says of them; "hr" and its limits are three names.
    scans : times at which progression was looked for; most events then fall near them.
    transform : how the intervals of medians and rates were made: log-log, plain or log.
    draws, seed, jobs : the result depends on draws and seed, not on jobs (threads; more than CHAINS are of no use).
    progress : called now and then with the number of draws found so far; a few of them may yet be dropped.

    Returns
    -------
    ``draws`` sets of patients, by arm and time, in the unit of ``at_risk``; fewer, with a note, if no more were found.

    Raises
    ------
    DataError
        For a table or summary that cannot be, with the value and what to do.
    ParameterError
        For another argument that cannot be.
    Conflict
        Where no patients meet all that was given: which numbers conflict, and by how much. It holds the patients that
        came nearest, if any were made.

    Notes
    -----
    Hazards of event and censoring are log-Gaussian processes, alike in the two arms but for a smooth difference.
    Patients and hazards are sampled in turn (data augmentation; Tanner and Wong, J Am Stat Assoc 1987;82:528-40),
    patients under the constraints of ``sampler.py``.

    >>> arms = pd.DataFrame({"arm": [0, 1], "n": [113, 116], "events": [68, 23], "tmax": [30, 30]})
    >>> at_risk = pd.DataFrame({"arm": [0] * 4 + [1] * 4, "time": [0, 6, 12, 18] * 2,
    ...                         "n_risk": [113, 51, 25, 5, 116, 76, 42, 19]})
    >>> found = from_summaries(at_risk, arms, {"median0": "8.4"}, draws=8)
    >>> found.draws, set(found.values("median0").round(1).tolist())
    (8, {8.4})
    """
    for name, value, least in (("draws", draws, 1), ("seed", seed, 0), ("jobs", jobs, 1)):
        if not isinstance(value, int | np.integer) or value < least:
            raise ParameterError(f"{name} is {value!r}; give a whole number, {least} or more")
    if transform not in SCALES:
        raise ParameterError(f"no transform {transform!r}; there are: {', '.join(SCALES)}")
    totals = _two_arms(at_risk, arms)
    given = read_summaries(
        {} if summaries is None else summaries, rates, [np.inf if np.isnan(arm.tmax) else arm.tmax for arm in totals]
    )
    withhold = [withhold] if isinstance(withhold, str) else list(withhold)
    unknown = set(withhold) - {item.name for item in given}
    if unknown:
        raise ParameterError(f"cannot withhold {sorted(unknown)[0]!r}: it was not given")
    given = [item for item in given if item.name not in withhold]
    check_rates(given, totals)
    ends = [_end(arm, given) for arm in totals]
    sampler = _Sampler(totals, ends, given, _scan_times(scans), transform)
    found, tried, notes, failed = sampler.run(draws, seed, jobs, progress)
    notes += tuple(
        f"Nobody is at risk in arm {arm.arm} at its tmax {arm.tmax:g}: the last patient leaves just before, at {end:g}."
        for arm, end in zip(totals, ends, strict=True)
        if end < arm.tmax
    )
    missed = ""
    if not found:
        found = [min(failed, key=lambda state: len(sampler.misses(state)))]
        missed = _explain(sampler, found[0], seed)
    elif len(found) < draws:
        notes = (*notes, f"Only {len(found)} of {draws} draws could be found.")
    time, event = (np.stack(columns) for columns in zip(*found, strict=True))
    made = Reconstruction(time, event, sampler.arm, _names(totals, given), tried, notes, missed)
    if missed:
        raise Conflict(missed, made)
    return made


def _two_arms(at_risk: pd.DataFrame, arms: pd.DataFrame) -> list[Totals]:
    checked = [arm._replace(arm=str(arm.arm).removesuffix(".0")) for arm in check_totals(at_risk, arms)]
    if sorted(arm.arm for arm in checked) != ["0", "1"]:
        raise DataError(
            f"arms are {', '.join(arm.arm for arm in checked)}; name them 0 (reference) and 1 (experimental)"
        )
    return sorted(checked, key=lambda arm: arm.arm)


def _end(arm: Totals, given: list[Given]) -> float:
    """The end of follow-up; where it is not known, the column of numbers at risk after the last patients, or a step
    beyond all that is printed.

    Who leaves at a column's time is still at risk there. A curve that ends at a column without anybody at risk, to the
    precision of what is printed, therefore ends just before it; one that ends after such a column contradicts it.
    """
    last = arm.time[arm.n_risk > 0][-1]
    after = arm.time[arm.time > last]
    if not np.isnan(arm.tmax):
        if not len(after):
            return arm.tmax
        if after[0] < arm.tmax:
            raise Conflict(
                f"arm {arm.arm}: 0 at risk at time {after[0]:g}, but its curve ends at tmax {arm.tmax:g}, "
                f"{arm.tmax - after[0]:g} later, and whoever is followed to the end is at risk until then; correct one"
            )
        return float(arm.tmax - min(arm.tmax / INSTANT, (arm.tmax - last) / 2))
    if len(after):
        return float(after[0])
    if len(arm.time) == 1:
        raise DataError(f"arm {arm.arm}: neither tmax nor a later number at risk is given; add one of them")
    step = arm.time[-1] - arm.time[-2]
    printed = [item.time or item.bounds[1] for item in given if str(item.arm) == arm.arm and item.reached]
    return float(max([last, *printed]) + step)


def _scan_times(scans: Sequence[float]) -> Floats:
    try:
        times = np.asarray(scans, dtype=float)
    except (TypeError, ValueError):
        times = np.array([np.nan])
    if times.ndim != 1 or not np.all(np.isfinite(times)) or np.any(times <= 0) or np.any(np.diff(times) <= 0):
        raise ParameterError(f"scans are {scans!r}; give a list of times above 0 in order")
    return times


def _names(totals: list[Totals], given: list[Given]) -> tuple[str, ...]:
    names = ["at_risk"]
    for arm in totals:
        names += [f"events{arm.arm}"] * (arm.events >= 0) + [f"tmax{arm.arm}"] * (not np.isnan(arm.tmax))
    return (*names, *(f"{item.name} at {item.time:g}" if item.name[:2] == "lm" else item.name for item in given))


class _Sampler:
    """The trial as arrays for :func:`run_chain`."""

    def __init__(self, totals: list[Totals], ends: list[float], given: list[Given], scans: Floats, transform: str):
        self.totals, self.ends, self.given, self.transform = totals, ends, given, transform
        self.n = np.array([arm.n for arm in totals])
        self.events = [arm.events for arm in totals]
        self.arm = np.repeat([0, 1], self.n)
        self.width = 1.000001 * max(ends)
        self.clear = 1e-6
        intervals = max(len(arm.time) for arm in totals) + 1
        self.bounds = np.zeros((2, intervals))
        self.starts = np.zeros((2, intervals), np.int64)
        for a, arm in enumerate(totals):
            size = len(arm.time)
            self.bounds[a, :size] = np.minimum(arm.time, ends[a])
            self.bounds[a, size:] = ends[a]
            self.starts[a, :size] = arm.n - arm.n_risk
            self.starts[a, size:] = arm.n
        later = [self.bounds[item.arm] - item.time for item in given if item.kind == "rate"]
        # A loss that is put back at a rate's time must not cross a number at risk
        self.instant = min([self.width / INSTANT, *(gap[gap > 0].min(initial=np.inf) / 2 for gap in later)])
        self.fixed = np.array([not np.isnan(arm.tmax) for arm in totals])
        self.free = np.array([arm.events < 0 for arm in totals])
        self.prior = self._prior(scans)

    def _prior(self, scans: Floats) -> Prior:
        # Knots lie evenly on a scale half of time, half of patients lost: denser where there is more to know.
        time = np.linspace(0, self.width, 400)
        lost = np.mean([np.interp(time, self.bounds[a], self.starts[a] / self.n[a]) for a in (0, 1)], axis=0)
        scale = (time / self.width + lost / max(lost[-1], 1e-9)) / 2
        even = np.linspace(0, 1, KNOTS)
        knots = np.interp(even, scale, time)
        chol = np.array([[_matern(even, length) for length in kind] for kind in LENGTH])
        middle = (np.arange(CELLS) + 0.5) * self.width / CELLS
        left = np.clip(np.searchsorted(knots, middle) - 1, 0, KNOTS - 2)
        fraction = np.clip((middle - knots[left]) / np.maximum(np.diff(knots)[left], 1e-12), 0, 1)
        exposure = sum(np.sum((b[1:] + b[:-1]) / 2 * np.diff(s)) for b, s in zip(self.bounds, self.starts, strict=True))
        known = sum(max(e, n // 2 if e < 0 else e) for e, n in zip(self.events, self.n, strict=True))
        centre = np.log([max(known, 0.5) / exposure, max(self.n.sum() - known, 0.5) / exposure])
        return Prior(
            chol,
            np.array(LEVEL),
            np.array(SLOPE),
            np.array(DEVIATION),
            centre,
            np.array(SHARE),
            left,
            fraction,
            _scan_shape(middle, scans),
            self.width / CELLS,
        )

    def start(self, rng: np.random.Generator) -> State:
        """Times at random within their intervals, events at random among all."""
        time = np.zeros((2, self.n.max()))
        event = np.zeros((2, self.n.max()), np.int64)
        for a in range(2):
            for k in range(self.starts.shape[1] - 1):
                first, last = self.starts[a, k], self.starts[a, k + 1]
                low, high = self.bounds[a, k], self.bounds[a, k + 1]
                time[a, first:last] = np.sort(rng.uniform(low, high, last - first))
            if self.fixed[a]:
                time[a, self.n[a] - 1] = self.ends[a]
            count = self.n[a] // 2 if self.free[a] else self.events[a]
            event[a, rng.permutation(self.n[a])[:count]] = 1
        return time, event

    def room(self, draws: int) -> Floats:
        """Where a chain puts the times of its draws as it finds them: draw x arm x patient, 0 so far."""
        return np.zeros((draws, 2, self.n.max()))

    def chain(
        self, seed: tuple[int, ...], times: Floats, given: list[Given], cycles: int | None = None
    ) -> tuple[list[State], State]:
        """One chain's draws, at most as many as ``times`` has room for, and the state nearest to what is given.

        A few draws fail the exact test.
        """
        rng = np.random.default_rng(seed)
        time, event = self.start(rng)
        curve, edges = curve_windows(given, self.ends, self.transform, self.instant, self.clear)
        layout = Layout(self.n, self.starts, self.bounds, edges, spots(given, self.bounds), self.fixed, self.free)
        draws = len(times)
        schedule = SCHEDULE._replace(cycles=cycles or 4 * draws)
        events = np.zeros(times.shape, np.int64)
        done, _, _ = run_chain(
            rng, layout, curve, ratio_windows(given), self.prior, schedule, time, event, draws, times, events
        )
        return [self.finish(t, e) for t, e in zip(times[:done], events[:done], strict=True)], self.finish(time, event)

    def chains(
        self, seed: tuple[int, int], sizes: list[int], jobs: int, progress: Callable[[int], None]
    ) -> list[tuple[list[State], State]]:
        """:meth:`chain` for each of ``sizes``, in threads; ``progress`` takes the number of draws found so far."""
        rooms = [self.room(size) for size in sizes]
        tasks = [((*seed, number), times, self.given) for number, times in enumerate(rooms)]
        with ThreadPool(min(jobs, len(sizes))) as pool:
            running = pool.starmap_async(self.chain, tasks, chunksize=1)
            while not running.ready():
                running.wait(POLL)
                progress(sum(int(np.count_nonzero(times[:, 0, self.n[0] - 1])) for times in rooms))
            return running.get()

    def met(self, state: State, given: list[Given], first: bool = False) -> bool:
        """Whether patients print as all that is given, tested as a reader would."""
        return all(item.met(*state, self.arm, self.transform, first) for item in given)

    def misses(self, state: State) -> list[Given]:
        """What patients do not print as."""
        return [item for item in self.given if not item.met(*state, self.arm, self.transform)]

    def finish(self, time: Floats, event: Integers) -> State:
        """Both arms' patients in one row, times rounded, a loss an instant after a rate's time put at that time."""
        time = np.concatenate([self.rounded(time[a, : self.n[a]], a) for a in range(2)])
        event = np.concatenate([event[a, : self.n[a]] for a in range(2)])
        for item in self.given:
            if item.kind == "rate":
                near = (self.arm == item.arm) & (event == 1)
                near &= (time > item.time) & (time <= item.time + self.instant)
                time[near] = item.time
        return time, event

    def rounded(self, time: Floats, a: int) -> Floats:
        """Times of arm a to :data:`TIME_DIGITS` digits of the follow-up: downwards, but past no number at risk."""
        decimals = TIME_DIGITS - 1 - int(np.floor(np.log10(self.width)))
        tick = 10.0**-decimals
        first = np.repeat(self.bounds[a, :-1], np.diff(self.starts[a]))
        down = np.round(np.floor(time / tick + 1e-6) * tick, decimals)
        down = np.maximum(down, np.maximum(first, tick))
        if self.fixed[a]:
            down[-1] = self.ends[a]
        return down

    def run(
        self, draws: int, seed: int, jobs: int, progress: Callable[[int], None]
    ) -> tuple[list[State], int, tuple[str, ...], list[State]]:
        """Draws that meet all that is given, how many were tried for them, notes, and states of chains without any."""
        found: list[State] = []
        states: list[State] = []
        reserve: list[State] = []
        tried = 0
        for attempt in range(3):
            missing = draws - len(found)
            if not missing or (len(reserve) > len(found) and len(reserve) >= missing):
                break
            sizes = [len(part) for part in np.array_split(np.arange(missing), min(CHAINS, missing))]
            sizes = [size + (attempt > 0) for size in sizes]

            def all_in_all(new: int, before: int = len(found)) -> None:
                progress(min(before + new, draws))

            chains = self.chains((seed, attempt), sizes, jobs, all_in_all)
            states += [state for made, state in chains if not made]
            for pair in filter(None, chain.from_iterable(zip_longest(*(made for made, _ in chains)))):
                if len(found) < draws:
                    tried += 1
                    if self.met(pair, self.given):
                        found.append(pair)
                    elif self.met(pair, self.given, first=True):
                        reserve.append(pair)
            progress(len(found))
            if len(found) < draws // 4:
                self.clear = 0.0  # perhaps a curve stays on 0.5
        if len(found) < draws and reserve:
            note = "A median is the first time at 0.5, not the middle of the step."
            return (found + reserve)[:draws], tried, (note,), states
        return found, tried, (), states or [state for _, state in chains]


def _matern(x: Floats, length: float) -> Floats:
    """Cholesky factor of a Matérn 3/2 covariance of unit variance."""
    scaled = np.sqrt(3) * np.abs(x[:, None] - x) / length
    return np.linalg.cholesky((1 + scaled) * np.exp(-scaled) + 1e-8 * np.eye(len(x)))


def _scan_shape(time: Floats, scans: Floats) -> Floats:
    """Log density of progressions found, relative to even: most near a scan, the rest at any time."""
    if not len(scans):
        return np.zeros(len(time))
    gap = np.diff(np.append(0, scans)).min()
    near = np.exp(-0.5 * ((time[:, None] - scans) / (0.12 * gap)) ** 2).sum(axis=1)
    inside = time <= scans[-1] + gap / 2
    if not near[inside].mean() > 0.01:
        raise ParameterError(f"scans are {scans.tolist()}; none lies within follow-up, or they are too close together")
    shape = np.where(inside, SCAN_SHARE * near / near[inside].mean() + 1 - SCAN_SHARE, 1.0)
    return np.log(shape)


def _explain(sampler: _Sampler, nearest: State, seed: int) -> str:
    """Which printed numbers stand in the way, and how near the nearest patients come."""
    said = []
    for item in sampler.misses(nearest):
        value = item.value(*nearest, sampler.arm, sampler.transform)
        text = "not reached" if np.isnan(value) else f"{value:.{item.printed.decimals + 1}f}"
        by = f", {abs(value - float(item.printed.value)):.3g} away" if item.reached and not np.isnan(value) else ""
        said.append(f"{item.name} {text} where {item.printed} is given{by}")
    culprits = []
    for kind, arm, at in dict.fromkeys((item.kind, item.arm, item.time) for item in sampler.given):
        others = [item for item in sampler.given if (item.kind, item.arm, item.time) != (kind, arm, at)]
        if any(sampler.met(state, others) for state in sampler.chain((seed, 9), sampler.room(1), others, cycles=2)[0]):
            names = [item.name for item in sampler.given if (item.kind, item.arm, item.time) == (kind, arm, at)]
            culprits.append(names[0] + " with its limits" * (len(names) > 1))
    message = "no patients meet all that is given. Nearest: " + ("; ".join(said) or "a miss by rounding") + ". "
    if culprits:
        return message + f"All else can be met without any one of: {', '.join(culprits)}; check these first"
    return message + "Leaving out one number is not enough; check the numbers at risk, the events and the units"
