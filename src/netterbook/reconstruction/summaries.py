"""Individual patient data from printed summaries alone: an ensemble of patients that meet every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import floor, inf
from typing import Any

import numpy as np
import pandas as pd

from netterbook.arrays import Floats, Integers, Labels
from netterbook.errors import Conflict, DataError, ParameterError
from netterbook.methods.convergence import Convergence, convergence
from netterbook.methods.patient_sets import PatientSets
from netterbook.reconstruction import model
from netterbook.reconstruction.checks import Totals, check_totals
from netterbook.reconstruction.constraints import Constraints
from netterbook.reconstruction.given import FOLLOW_UPS, TIMES, Given, check_possible, coarse_step, read_summaries
from netterbook.reconstruction.lattice import LEAST, lattice
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.sampler import Layout
from netterbook.reconstruction.tempering import CHAINS, Chains, Problem, Sample
from netterbook.reconstruction.windows import SCALES, curve_windows, ratio_windows, spots

WITHIN_SCANS = 10  # points of the lattice between two scans, at least
INSTANT = 1000  # part of follow-up: shorter than any time is printed to
ASSESSED = 100  # draws, from which on convergence is looked at
LOOKS = 100  # of a chain for each draw, at most: what passes no exact test so often is no set of patients
R_HAT, SAMPLES, ESS_SHARE = 1.01, 400, 0.8  # rank-normalised split R-hat at most; effective draws, or share of draws
Patients = tuple[Floats, Integers]
"""Times and events of the patients of both arms in one row."""


def from_summaries(
    at_risk: pd.DataFrame,
    arms: pd.DataFrame,
    summaries: Mapping[str, Any] | pd.DataFrame | None = None,
    *,
    rates: pd.DataFrame | None = None,
    quantities: pd.DataFrame | Iterable[Mapping[str, Any]] | None = None,
    withhold: Iterable[str] = (),
    scans: Sequence[float] = (),
    time_step: float | None = None,
    closed: bool = False,
    possible_follow_up: tuple[float, float] | None = None,
    transform: str = "log-log",
    prior_scale: float = 1.0,
    draws: int = 200,
    seed: int = 1,
    jobs: int = 2,
    budget: float = 5,
    progress: Callable[[int], None] = lambda done: None,
) -> Reconstruction:
    """Sets of patients, each meeting all that was printed of a two-armed trial to its rounding.

    Parameters
    ----------
    at_risk : columns arm, time, n_risk: patients whose time is this or later; and, where printed, events and censored,
        those before it, so that the three add up to n.
    arms : columns arm (0 reference, 1 experimental), n and, where known, events and tmax, the end of the curve, when
        the last patient leaves: just before tmax where nobody is at risk then.
    summaries : one value for each of hr, hr_lo, hr_hi, logrank_p, landmark (the time of lm), and for arms 0 and 1
        median0, median0_lo, median0_hi, lm0, lm0_lo, lm0_hi. A string stands for what rounds to it ("0.210" is
        narrower than "0.21", "<0.001" is a bound, "NR" a median not reached); a bare float for what rounds to its own
        decimals, at most as many as papers print. Survival is a fraction. Blank or nan: not printed.
    rates : further survival rates: columns arm, time, survival and, where printed, low, high, level.
    quantities : all else that is printed, a row each: columns quantity and, as the quantity needs them, arm, time,
        share, value, low, high and level, the confidence level of the limits (0.95 where blank): hr and logrank_p;
        median and quantile of an arm, the latter the time by which ``share`` had the event; survival and rmst, the
        restricted mean, of an arm at or up to ``time``; rmst_difference, arm 1 less arm 0, with limits of means by the
        normal interval; events and censored, the patients of an arm by ``time``; followup, the ``share`` quantile (0.5
        where blank) of follow-up by reverse Kaplan–Meier, and observed, that of the observed times, both of an arm or,
        where it is blank, of all.
    withhold : names to leave out, to see what the rest says of them; "hr" and its limits are three names. Of quantities
        and rates names are as in "rate0 at 6", "rate0_lo at 6", "rmst_difference at 24", "quantile1 at 0.25",
        "events0 by 24", "events0 before 24" (of numbers at risk), "followup at 0.5".
    scans : times at which progression was to be looked for, in the unit of ``at_risk``. What share of events and of
        censorings is dated at a scan, and how far scans are from the day they were due, is estimated.
    time_step : spacing of the times at which the trial's record can hold a loss, as 1 for whole weeks; None where it is
        finer than matters, as days are within years. Days of scans are taken as rounded to the nearest of them.
    closed : whether all who are left at the end of follow-up are censored there, as where all are followed as long.
    possible_follow_up : the least and the greatest time for which a patient can have been followed, from the last and
        the first enrolment to the end of the data. Nobody is followed longer; more are censored after the least.
        That nobody is censored before it is another statement: a row of ``quantities``, censored by then 0.
    transform : how the intervals of medians and rates were made: log-log, plain or log.
    prior_scale : times the prior standard deviations of the log hazards: above one they may vary more over time and
        differ more between the arms than was supposed, below one less.
    draws, seed, jobs : the first draws do not depend on how many are asked for, nor on jobs (threads; more than CHAINS
        are of no use).
    budget : draws are made until the chains have converged, at most so many times those asked for, by default
        five. From ``ASSESSED`` draws on, they have if the rank-normalised split R-hat of every quantity of
        :func:`assessed` is at most ``R_HAT`` and its effective sample sizes are at least ``SAMPLES``, or
        ``ESS_SHARE`` of the draws.
    progress : called now and then with the number of draws found so far, at most those asked for; a few may yet
        be dropped, but where so many are found it ends with these. Those made further on, for the chains to converge,
        are not counted.

    Returns
    -------
    ``draws`` sets of patients, by arm and time, in the unit of ``at_risk``, with their convergence; fewer, with a note,
    if no more were found, and with a note before all others if they have not converged.

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
    Hazards of event and censoring are log-Gaussian processes, alike in the two arms but for a smooth difference
    (``model.py``). Patients and hazards are sampled in turn (data augmentation; Tanner and Wong, J Am Stat Assoc
    1987;82:528-40), by replicas that hold to what was printed more or less strictly and exchange their patients
    (``tempering.py``). Every state of a replica that meets all that was printed is a draw.

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
    if not budget >= 1:
        raise ParameterError(f"budget is {budget!r}; give how many times the draws asked for may be made, 1 or more")
    if transform not in SCALES:
        raise ParameterError(f"no transform {transform!r}; there are: {', '.join(SCALES)}")
    if not 0 < prior_scale < np.inf:
        raise ParameterError(f"prior_scale is {prior_scale!r}; give a factor above 0, 1 for the prior as it is")
    totals = _two_arms(at_risk, arms)
    given = read_summaries(
        {} if summaries is None else summaries,
        rates,
        [np.inf if np.isnan(arm.tmax) else arm.tmax for arm in totals],
        quantities,
        at_risk,
    )
    withhold = [withhold] if isinstance(withhold, str) else list(withhold)
    unknown = set(withhold) - {item.name for item in given}
    if unknown:
        raise ParameterError(f"cannot withhold {sorted(unknown)[0]!r}: it was not given")
    given = [item for item in given if item.name not in withhold]
    check_possible(given, totals)
    possible = _possible(possible_follow_up, totals)
    latest = _on_steps(possible[1], time_step) if possible else inf
    ends = [min(_end(arm, given, time_step), latest) for arm in totals]
    trial = _Trial(totals, ends, given, model.scan_times(scans), time_step, closed, possible, transform, prior_scale)
    notes = tuple(
        f"Nobody is at risk in arm {arm.arm} at its tmax {arm.tmax:g}: the last patient leaves just before, at {end:g}."
        for arm, end in zip(totals, ends, strict=True)
        if end < arm.tmax
    ) + _step_note(given, time_step)
    found = _Draws(trial, Chains(trial.problem(given), (seed, 0), jobs, trial.effective))
    names = _names(totals, given)
    wanted = -(-draws // CHAINS)  # of each chain
    if not (found.chains.tuned and found.go_on(wanted, lambda made: progress(min(made, draws)))) and not any(found.met):
        nearest = trial.state(*found.chains.nearest)
        message = _explain(trial, nearest, seed, jobs)
        missing = Reconstruction(*_stacked([nearest]), trial.arm, names, found.tried, notes, message)
        raise Conflict(message, missing)
    table = found.assess(draws, budget) if draws >= ASSESSED else None
    chosen = found.first(draws)
    if len(chosen) < draws:
        notes = (f"Only {len(chosen)} of {draws} draws could be found.", *notes)
    if table is not None and not table["converged"].all():
        worst = table.loc[table["r_hat"].idxmax()]
        effective = table[["bulk", "tail"]].min(axis=None)
        notes = (
            f"The chains have not converged in {worst['draws']:.0f} draws: R-hat of {worst['quantity']} is "
            f"{worst['r_hat']:.3f}, effective draws are {effective:.0f}; raise the budget.",
            *notes,
        )
    time, event = _stacked(state for state, _ in chosen)
    visits = np.stack([visits for _, visits in chosen]) if len(scans) else None
    return Reconstruction(time, event, trial.arm, names, found.tried, notes, "", table, visits)


def _stacked(states: Iterable[Patients]) -> Patients:
    """A row each."""
    time, event = zip(*states, strict=True)
    return np.stack(time), np.stack(event)


def _two_arms(at_risk: pd.DataFrame, arms: pd.DataFrame) -> list[Totals]:
    checked = [arm._replace(arm=str(arm.arm).removesuffix(".0")) for arm in check_totals(at_risk, arms)]
    if sorted(arm.arm for arm in checked) != ["0", "1"]:
        raise DataError(
            f"arms are {', '.join(arm.arm for arm in checked)}; name them 0 (reference) and 1 (experimental)"
        )
    return sorted(checked, key=lambda arm: arm.arm)


def _end(arm: Totals, given: list[Given], step: float | None) -> float:
    """The end of follow-up; where it is not known, the column of numbers at risk after the last patients, or a column's
    distance beyond all that is printed, on the steps of the record.

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
        return float(arm.tmax - min(step or arm.tmax / INSTANT, (arm.tmax - last) / 2))
    if len(after):
        return float(after[0])
    if len(arm.time) == 1:
        raise DataError(f"arm {arm.arm}: neither tmax nor a later number at risk is given; add one of them")
    printed = [item.time or item.bounds[1] for item in given if str(item.arm) == arm.arm and item.reached]
    return _on_steps(float(max([last, *printed]) + arm.time[-1] - arm.time[-2]), step)


def _on_steps(time: float, step: float | None) -> float:
    """The last time up to ``time`` that the record can hold.

    >>> _on_steps(30.5, 1.0), _on_steps(30.5, None)
    (30.0, 30.5)
    """
    return time if step is None else floor(time / step + 1e-6) * step


def _step_note(given: list[Given], step: float | None) -> tuple[str, ...]:
    coarse = None if step else coarse_step(given)
    if coarse is None:
        return ()
    return (
        f"All {coarse[1]} printed medians, quantiles and limits that differ are multiples of {coarse[0]:g}, by chance "
        f"in {100 * coarse[2]:.2g}% of trials: if the record is in such steps, give time_step {coarse[0]:g}.",
    )


def _possible(given: tuple[float, float] | None, totals: list[Totals]) -> tuple[float, float] | None:
    """Least and greatest possible follow-up, checked."""
    if given is None:
        return None
    try:
        least, greatest = map(float, given)
    except (TypeError, ValueError):
        least = greatest = np.nan
    if not 0 <= least < greatest < np.inf:
        raise ParameterError(f"possible_follow_up is {given!r}; give the least and the greatest, as (9.2, 41.5)")
    for arm in totals:
        last = max(arm.time[arm.n_risk > 0][-1], -np.inf if np.isnan(arm.tmax) else arm.tmax)
        if last > greatest:
            raise Conflict(
                f"arm {arm.arm} is followed to {last:g}, {last - greatest:g} longer than the greatest possible "
                f"follow-up, {greatest:g}; correct one"
            )
    return least, greatest


def _names(totals: list[Totals], given: list[Given]) -> tuple[str, ...]:
    names = ["at_risk"]
    for arm in totals:
        names += [f"events{arm.arm}"] * (arm.events >= 0) + [f"tmax{arm.arm}"] * (not np.isnan(arm.tmax))
    return (*names, *(f"{item.name} at {item.time:g}" if item.name[:2] == "lm" else item.name for item in given))


class _Trial:
    """The trial as arrays for the chains."""

    def __init__(
        self, totals: list[Totals], ends: list[float], given: list[Given], scans: Floats, step: float | None,
        closed: bool, possible: tuple[float, float] | None, transform: str, prior_scale: float,
    ):  # fmt: skip
        self.totals, self.ends, self.given, self.transform = totals, ends, given, transform
        self.scans, self.step, self.closed, self.possible, self.prior_scale = scans, step, closed, possible, prior_scale
        self.n = np.array([arm.n for arm in totals])
        self.arm = np.repeat([0, 1], self.n)
        spans = [item.bounds for item in given if item.kind in FOLLOW_UPS | TIMES and item.reached]
        spans += [(item.time, item.time) for item in given if item.time > 0]
        gap = np.diff(scans, prepend=0.0).min() if len(scans) else max(ends)
        fine = max(LEAST, WITHIN_SCANS * max(ends) / gap)
        self.lattice = lattice([arm.time for arm in totals], ends, spans, step, fine)
        self.interval = np.zeros((2, self.n.max()), np.int64)
        for a, arm in enumerate(totals):
            lost = -np.diff(np.append(arm.n_risk, 0))
            self.interval[a, : arm.n] = np.repeat(np.arange(len(lost)), lost)
            for k in np.unique(self.interval[a, : arm.n]):
                first, after = self.lattice.points[a, k]
                if first == after:
                    raise DataError(
                        f"arm {arm.arm}: {lost[k]} patients leave between the numbers at risk at time {arm.time[k]:g} "
                        "and the next, where the time step has no time; correct the step or the numbers at risk"
                    )
        ends_at = [self.lattice.upto(end) - 1 for end in ends]
        self.last = np.array([-1 if np.isnan(arm.tmax) else at for arm, at in zip(totals, ends_at, strict=True)])

    def problem(self, given: list[Given]) -> Problem:
        """What the chains are to meet."""
        totals = [(arm.events, arm.n) for arm in self.totals]
        curve, segment = curve_windows(given, self.lattice, self.transform, totals)
        logs = np.log(np.maximum(np.arange(self.n.max() + 1), 1))
        trial = Constraints(self.n, self.lattice.time, segment, logs, curve, ratio_windows(given, self.lattice))
        end = max(self.ends)
        dates = model.dates(self.scans, self.step)
        known = np.array([arm.events >= 0 for arm in self.totals])
        layout = Layout(self.interval, self.lattice.points, *spots(given, self.lattice, dates), self.last, known)
        times = model.times(self.lattice.time, end, self.scans.tolist(), self.closed, self.possible, self.step)
        return Problem(trial, layout, model.prior(end, self.prior_scale), times, self.start, len(self.scans) > 0)

    def start(self, rng: np.random.Generator) -> tuple[Integers, Integers]:
        """Points at random within their intervals, events at random among all: arm x patient."""
        point, event = np.zeros((2, 2, self.n.max()), np.int64)
        for a, arm in enumerate(self.totals):
            first, after = self.lattice.points[a, self.interval[a, : arm.n]].T
            point[a, : arm.n] = first + (rng.random(arm.n) * (after - first)).astype(np.int64)
            if self.last[a] >= 0:
                point[a, arm.n - 1] = self.last[a]
            event[a, rng.permutation(arm.n)[: arm.n // 2 if arm.events < 0 else arm.events]] = 1
        return point, event

    def state(self, point: Integers, event: Integers) -> Patients:
        """Both arms' patients in one row, by time."""
        time = [self.lattice.time[point[a, : self.n[a]]] for a in (0, 1)]
        order = [np.argsort(own, kind="stable") for own in time]
        marks = [event[a, : self.n[a]][order[a]] for a in (0, 1)]
        return np.concatenate([own[by] for own, by in zip(time, order, strict=True)]), np.concatenate(marks)

    def sets(self, found: list[list[Sample]]) -> PatientSets:
        """States of all chains, equally many of each, one of each in turn."""
        states = [self.state(own.point, own.event) for row in zip(*found, strict=True) for own in row]
        return PatientSets(*_stacked(states), self.arm)

    def effective(self, found: list[list[Sample]]) -> float:
        """Independent draws that states are worth, for log-rank z and restricted means; the least."""
        sets, until = self.sets(found), min(self.ends)
        means = [sets.values(f"rmst{a}", share * until) for a in (0, 1) for share in (0.4, 1)]
        told = [own for own in (sets.values("logrank_z"), *means) if np.all(np.isfinite(own)) and np.ptp(own) > 0.0]
        return min((convergence(own, CHAINS).bulk for own in told), default=np.inf)

    def met(self, state: Patients, given: list[Given]) -> bool:
        """Whether patients print as all that is given, tested as a reader would."""
        return all(item.met(*state, self.arm, self.transform) for item in given)

    def misses(self, state: Patients) -> list[Given]:
        """What patients do not print as."""
        return [item for item in self.given if not item.met(*state, self.arm, self.transform)]


class _Draws:
    """Of each chain, every so many states the first that passes the exact test."""

    def __init__(self, trial: _Trial, chains: Chains):
        self.trial, self.chains = trial, chains
        self.met: list[list[tuple[Patients, Floats]]] = [[] for _ in range(CHAINS)]
        self.looked = [0] * CHAINS
        self.tried = 0

    def go_on(self, draws: int, progress: Callable[[int], None] = lambda made: None) -> bool:
        """So many draws of every chain; False where the chains do not give as many.

        The chains take a hazard ratio to be near the printed one; where what they find is far from it, no look passes.
        """
        stride, found = self.chains.stride, [chain.found for chain in self.chains.chains]
        while missing := max(0, draws - min(map(len, self.met))):
            if any(looked > LOOKS * (len(met) + 1) for looked, met in zip(self.looked, self.met, strict=True)):
                return False
            dropped = sum(self.looked) - self.made

            def tell(states: int, dropped: int = dropped) -> None:
                progress(states // stride - dropped)

            enough = self.chains.more((max(self.looked) + missing) * stride, tell)
            for number, states in enumerate(found):
                while len(self.met[number]) < draws and (self.looked[number] + 1) * stride <= len(states):
                    first = self.looked[number] * stride
                    self._test(number, states[first : first + stride])
                    self.looked[number] += 1
            progress(self.made)
            if not enough:
                return False
        return True

    @property
    def made(self) -> int:
        """Draws of all chains."""
        return sum(map(len, self.met))

    def _test(self, number: int, states: list[Sample]) -> None:
        for own in states:
            self.tried += 1
            state = self.trial.state(own.point, own.event)
            if self.trial.met(state, self.trial.given):
                self.met[number].append((state, own.visits))
                return

    def first(self, draws: int) -> list[tuple[Patients, Floats]]:
        """The first draws, one of each chain in turn."""
        longest = max(map(len, self.met))
        order = (own[i] for i in range(longest) for own in self.met if i < len(own))
        return [draw for draw, _ in zip(order, range(draws), strict=False)]

    def assess(self, draws: int, budget: float) -> pd.DataFrame:
        """More draws until their chains have converged, or the budget is spent; the table of convergence.

        R-hat and effective draws are those of all states that the chains passed through; the error is that of the draws
        asked for, which are the ones kept.
        """
        while True:
            made = min(map(len, self.met))
            length = self.chains.states
            table = assessed(
                self.trial.sets([chain.found[:length] for chain in self.chains.chains]),
                self.trial.given,
                self.trial.totals,
            )
            table["draws"] = CHAINS * made
            least = min(SAMPLES, ESS_SHARE * draws)
            table["converged"] = (table["r_hat"] <= R_HAT) & (table[["bulk", "tail"]].min(axis=1) >= least)
            more = min(made + max(1, made // 2), int(budget * draws) // CHAINS)
            if table["converged"].all() or more <= made or not self.go_on(more):
                break
        kept = PatientSets(*_stacked(state for state, _ in self.first(draws)), self.trial.arm)
        errors = assessed(kept, self.trial.given, self.trial.totals)[["quantity", "time", "error"]]
        columns = list(table)
        return table.drop(columns="error").merge(errors, how="left", on=["quantity", "time"])[columns]


def assessed(found: PatientSets, given: list[Given], totals: list[Totals]) -> pd.DataFrame:
    """Convergence of hazard ratio, log-rank z, medians, rates and restricted means: one row each.

    Rates are taken at the times of those given, else at the number at risk nearest two fifths of follow-up; restricted
    means up to the last number at risk above 0 in both arms. Columns quantity, time, r_hat, bulk, tail, error.
    """
    horizon = min(arm.time[arm.n_risk > 0][-1] for arm in totals) or min(arm.time[-1] for arm in totals)
    landmarks = dict.fromkeys(item.time for item in given if item.kind == "rate")
    grid = totals[0].time[1:]
    if not landmarks and len(grid):
        landmarks = {float(grid[np.argmin(np.abs(grid - 0.4 * grid[-1]))]): None}
    wanted: list[tuple[str, float | None]] = [("hr", None), ("logrank_z", None), ("median0", None), ("median1", None)]
    wanted += [(f"survival{a}", time) for time in landmarks for a in (0, 1)]
    wanted += [(f"rmst{a}", float(horizon)) for a in (0, 1) if horizon > 0]
    rows = []
    for quantity, time in wanted:
        values = found.values(quantity, time)
        own = convergence(values, CHAINS)
        if not np.isnan(own.r_hat):
            rows.append((quantity, time, *own))
    return pd.DataFrame(rows, columns=["quantity", "time", *Convergence._fields])


def _first_time(item: Given, nearest: Patients, arm: Labels) -> str:
    """What to do where a printed time lies on a flat step of which it is not the middle."""
    step = item.flat(*nearest, arm)
    low, high = item.bounds
    if step is None or not (low < step[1] and high >= step[0]):
        return ""
    return (
        f" (their curve lies on {1 - item.share:g} from {step[0]:g} to {step[1]:g}, and the middle of such a step is "
        "taken, as by R and SAS; if its first time was printed, withhold it)"
    )


def _explain(trial: _Trial, nearest: Patients, seed: int, jobs: int) -> str:
    """Which printed numbers stand in the way, and how near the nearest patients come."""
    said = []
    for arm, own in zip(trial.totals, np.split(nearest[1], [trial.n[0]]), strict=True):
        if 0 <= arm.events != own.sum():
            said.append(f"events{arm.arm} {own.sum()} where {arm.events} is given")
    for item in trial.misses(nearest):
        value = item.value(*nearest, trial.arm, trial.transform)
        text = "not reached" if np.isnan(value) else f"{value:.{item.printed.decimals + 1}f}"
        by = f", {abs(value - float(item.printed.value)):.3g} away" if item.reached and not np.isnan(value) else ""
        said.append(f"{item.name} {text} where {item.printed} is given{by}{_first_time(item, nearest, trial.arm)}")
    missed = list(dict.fromkeys(item.about for item in trial.misses(nearest)))
    rest = [about for about in dict.fromkeys(item.about for item in trial.given) if about not in missed]
    culprits: list[str] = []
    for abouts in (missed, rest):  # each costs a run of the chains, so the rest only where no missed number explains it
        for about in [] if culprits else abouts:
            others = [item for item in trial.given if item.about != about]
            if Chains(trial.problem(others), (seed, 9), jobs, lambda found: inf).tuned:
                names = [item.name for item in trial.given if item.about == about]
                culprits.append(names[0] + " with its limits" * (len(names) > 1))
    message = "no patients meet all that is given. Nearest: " + ("; ".join(said) or "a miss by rounding") + ". "
    if culprits:
        return message + f"All else can be met without any one of: {', '.join(culprits)}; check these first"
    return message + "Leaving out one number is not enough; check the numbers at risk, the events and the units"
