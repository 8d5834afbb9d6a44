"""Checks of what is read from a paper: each raises a DataError with the arm, the value and what to do."""

from __future__ import annotations

from math import inf, log, nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from netterbook.arrays import Floats, Integers
from netterbook.compiled import compiled
from netterbook.errors import DataError

MISFIT = 0.03
"""Mean distance from the curve, in survival, at which given events are said to contradict it."""
FAR = 0.02
"""Share of either axis by which patients may miss a point that was clicked with usual care."""
SHIFTED = "check both, that no column of the table is shifted, and that curve and table have one unit of time"
HEIGHTS = 1000
"""Heights from 0 to 1 that are told apart where all heights which patients can reach are followed."""


class Totals(NamedTuple):
    """What is printed of one arm."""

    arm: Any
    """Its label."""
    n: int
    events: int
    """-1 where not known."""
    tmax: float
    """nan where not known."""
    time: Floats
    """Of the numbers at risk: 0 first, none after ``tmax``."""
    n_risk: Integers
    """Patients whose time is this or later."""


def check_totals(at_risk: pd.DataFrame, arms: pd.DataFrame) -> list[Totals]:
    """The arms in order of ``arms``; ``at_risk`` may be empty, and may leave out time 0, where n are at risk.

    Parameters
    ----------
    at_risk : columns arm, time, n_risk.
    arms : columns arm, n and, where known, events and tmax, the end of follow-up.

    >>> arms = pd.DataFrame({"arm": ["A"], "n": [10], "events": [7]})
    >>> check_totals(pd.DataFrame({"arm": "A", "time": [6], "n_risk": [4]}), arms)
    [Totals(arm='A', n=10, events=7, tmax=nan, time=array([0., 6.]), n_risk=array([10,  4]))]
    """
    check_table(arms, "arms", "arm n")
    if len(arms) == 0:
        raise DataError("arms is empty; give one row an arm, with arm and n")
    if arms["arm"].duplicated().any():
        raise DataError(f"arms has arm {arms['arm'][arms['arm'].duplicated()].iloc[0]} twice; give one row an arm")
    check_table(at_risk, "at_risk", "arm time n_risk", arms)
    checked = []
    for row in arms.to_dict("records"):
        own = at_risk[at_risk["arm"] == row["arm"]]
        if len(own) == 0 and len(at_risk):
            raise DataError(f"arm {row['arm']}: no row in at_risk; add one, at least n at time 0")
        checked.append(_check_arm(row, own))
    return checked


def check_table(table: pd.DataFrame, name: str, columns: str, arms: pd.DataFrame | None = None) -> None:
    """Check that a table has its columns, and no arm that ``arms`` has not."""
    missing = [column for column in columns.split() if column not in table]
    if missing:
        raise DataError(f"{name} has no column {', '.join(missing)}; it needs {columns.replace(' ', ', ')}")
    blank = table.index[table["arm"].isna()]
    if len(blank):
        raise DataError(f"{name}.arm is blank in row {blank[0]}; name the arm or remove the row")
    strange = [] if arms is None else [arm for arm in table["arm"].unique() if arm not in set(arms["arm"])]
    if strange:
        raise DataError(f"{name} has arm {strange[0]}, arms has not; add it to arms or remove it")


def finite_columns(table: pd.DataFrame, name: str, columns: list[str], arm: Any) -> list[Floats]:
    """The columns of one arm's rows, which must hold finite numbers; no time may be negative."""
    values = []
    for column in columns:
        try:
            values.append(table[column].to_numpy(dtype=float, na_value=nan))
        except (TypeError, ValueError) as problem:
            raise DataError(f"arm {arm}: {name}.{column} must hold numbers only: {problem}") from problem
        wrong = ~np.isfinite(values[-1])
        if wrong.any():
            value, row = table[column].to_numpy()[wrong][0], table.index[wrong][0]
            raise DataError(f"arm {arm}: {name}.{column} is {value} in row {row}; remove the row or fill it")
        if column == "time" and (values[-1] < 0).any():
            raise DataError(f"arm {arm}: {name}.time holds {values[-1].min():g}; times count from randomisation, at 0")
    return values


def number_or_nan(value: Any, what: str) -> float:
    """A number; nan if missing."""
    if pd.isna(value):
        return nan
    try:
        return float(value)
    except (TypeError, ValueError) as problem:
        raise DataError(f"{what} is {value}; give a number") from problem


def whole_number(value: Any, what: str) -> int:
    """A whole number of patients."""
    given = number_or_nan(value, what)
    if not given.is_integer() or given < 0:  # so with nan and inf
        raise DataError(f"{what} is {value}; give a whole number of patients")
    return int(given)


def _check_arm(row: dict[str, Any], at_risk: pd.DataFrame) -> Totals:
    arm = row["arm"]
    n = whole_number(row["n"], f"arm {arm}: n")
    if n == 0:
        raise DataError(f"arm {arm}: no patients, n is 0; leave the arm out")
    events = row.get("events", nan)
    events = -1 if pd.isna(events) else whole_number(events, f"arm {arm}: events")
    if events > n:
        raise DataError(f"arm {arm}: {events} events among {n} patients; correct one of them")
    tmax = number_or_nan(row.get("tmax", nan), f"arm {arm}: tmax")
    if tmax <= 0 or tmax == inf:
        raise DataError(f"arm {arm}: tmax is {tmax:g}; give the end of follow-up, above 0, or leave it blank")

    time, given = finite_columns(at_risk, "at_risk", ["time", "n_risk"], arm)
    counts = [whole_number(v, f"arm {arm}: the number at risk at time {t:g}") for t, v in zip(time, given, strict=True)]
    n_risk = np.array(counts, dtype=np.int64)
    for i in range(1, len(time)):
        if time[i] <= time[i - 1]:
            raise DataError(
                f"arm {arm}: time {time[i]:g} of at_risk follows {time[i - 1]:g}; put the times in order, each once"
            )
        if n_risk[i] > n_risk[i - 1]:
            raise DataError(
                f"arm {arm}: {n_risk[i - 1]} at risk at time {time[i - 1]:g}, but {n_risk[i]} at {time[i]:g}; "
                "numbers at risk cannot rise, correct one of them"
            )
    if len(time) and (n_risk[0] > n or (time[0] == 0 and n_risk[0] != n)):
        raise DataError(f"arm {arm}: {n_risk[0]} at risk at time {time[0]:g}, but n is {n}; correct one of them")
    if len(time) == 0 or time[0] > 0:
        time, n_risk = np.append(0.0, time), np.append(n, n_risk)
    last = time[n_risk > 0][-1]
    if last > tmax:
        raise DataError(
            f"arm {arm}: {n_risk[n_risk > 0][-1]} at risk at time {last:g}, after its tmax {tmax:g}; correct one"
        )
    kept = ~(time > tmax)
    return Totals(arm, n, events, tmax, time[kept], n_risk[kept])


class DigitisedArm(NamedTuple):
    """Totals and digitised curve of one arm."""

    name: Any
    time: Floats
    survival: Floats
    starts: Floats
    """Starts of the intervals between numbers at risk, ``ends`` their ends: the last is the end of the curve."""
    ends: Floats
    n_start: Integers
    n_end: Integers
    events: int
    """-1 where not known."""
    marks: Floats
    after: bool = False
    """Whether numbers at risk leave out those who leave at their very times: ``starts`` are then a moment later."""

    @property
    def lost(self) -> Integers:
        return self.n_start - self.n_end

    def with_at_risk(self, n_start: Integers) -> DigitisedArm:
        """The arm with other numbers at risk at the same times."""
        return self._replace(n_start=n_start, n_end=np.append(n_start[1:], 0))

    def interval(self, time: float | Floats) -> Integers:
        """In which interval each time is: at a start, in that which begins."""
        return np.asarray(np.searchsorted(self.starts, time, side="right") - 1)

    def deaths(self) -> Floats:
        """Events in each interval, were they and the censorings mixed evenly: from the fall of the curve."""
        heights = np.append(1.0, np.clip(falling(self.survival), 0, 1))
        at = np.interp(np.append(self.starts, self.ends[-1]), np.append(0.0, self.time), heights)
        fall = np.log(np.maximum(at[:-1], 1e-3) / np.maximum(at[1:], 1e-3))
        shrink = np.log(np.maximum(self.n_start, 1) / np.maximum(self.n_end, 0.5))
        return np.asarray(np.clip(self.lost * fall / np.maximum(shrink, 1e-9), 0, self.lost))


def falling(survival: Floats) -> Floats:
    """The nearest heights that do not rise."""
    return np.asarray(isotonic_regression(survival, increasing=False).x)


def _untangled(time: Floats, survival: Floats) -> tuple[tuple[Floats, Floats], float]:
    """Times that do not fall and heights that do not rise, near clicks whose times are as inexact as their heights.

    Both corners of a steep drop may be clicked in the wrong order of time. The clicks are taken in the order that was
    made, or in that of the sum of the shares of the way across and down, which grows along a falling curve; whichever
    moves them less: root of the mean square, as a share of either axis.
    """
    axis, best, least = max(time.max(), 1e-300), (time, survival), inf
    for order in (np.arange(len(time)), np.argsort(time / axis - survival, kind="stable")):
        smooth = np.asarray(isotonic_regression(time[order]).x), falling(survival[order])
        moved = np.sqrt(np.mean(((smooth[0] - time[order]) / axis) ** 2 + (smooth[1] - survival[order]) ** 2))
        if moved < least:
            best, least = smooth, float(moved)
    return best, least


def check_units(arm: DigitisedArm) -> None:
    """Check that curve and table may have one unit of time, by how many are lost while the table lasts.

    If patients went on to be censored as fast as the table says, or to have events as fast as the curve says, hardly
    one would be at risk, or free of an event, by the end of the other.
    """
    if len(arm.starts) == 1 or not (arm.n_start > 0)[1:].any():
        return
    last = np.flatnonzero(arm.n_start > 0)[-1]
    until, n_left = arm.starts[last], arm.n_start[last]
    end = arm.time[np.argmax(arm.survival <= arm.survival.min() + FAR)]
    then = np.append(1.0, falling(arm.survival))[np.searchsorted(arm.time, until, side="right")]
    lost = -log(max(min(n_left / (arm.n_start[0] * max(then, 1e-9)), 1.0), 1e-300)) / until
    if end > 3 * until and lost * (end - until) > log(n_left) + 3:
        raise DataError(
            f"arm {arm.name}: {n_left} of {arm.n_start[0]} are at risk at time {until:g}, the last of at_risk, where "
            f"the curve is at {then:.3f}; but it falls up to time {end:.4g}, when with such losses nobody would be "
            f"left; {SHIFTED}"
        )
    lowest = max(arm.survival.min(), 0.5 / arm.n_start[0])
    if until > 10 * arm.time[-1] > 0 and -log(lowest) * n_left * (until / arm.time[-1] - 1) > 20:
        raise DataError(
            f"arm {arm.name}: the curve falls to {lowest:.3f} by its last point, at time {arm.time[-1]:.4g}, but "
            f"at_risk goes on to time {until:g} with {n_left} at risk and no event; {SHIFTED}"
        )


def check_points(totals: Totals, curve: pd.DataFrame, marks: pd.DataFrame | None = None) -> DigitisedArm:
    """One arm with the points of its curve in order of time; without ``tmax`` it ends at the last point."""
    name = totals.arm
    if len(curve) == 0:
        raise DataError(f"arm {name}: no point of its curve; add its rows to curve")
    time, survival = finite_columns(curve, "curve", ["time", "survival"], name)
    clicked = time, survival
    order = np.lexsort((-survival, time))
    time, survival = time[order], survival[order]
    if survival.max() > 1.5:
        raise DataError(f"arm {name}: survival reaches {survival.max():g}; give fractions from 0 to 1, not percent")
    if survival.max() > 1.05 or survival.min() < -0.05:
        value = survival.max() if survival.max() > 1.05 else survival.min()
        raise DataError(f"arm {name}: survival is {value:g}; calibrate the axis so that it lies from 0 to 1")
    rise = np.abs(survival - falling(survival))
    # A click astray misses alone; a curve that rises, or belongs to two arms, misses often
    if np.sqrt(np.mean(rise**2)) > 0.05:
        untangled, moved = _untangled(*clicked)
        if moved > 2 * FAR:
            at = np.argmax(rise)
            raise DataError(
                f"arm {name}: the curve rises by far more than clicks err, by {rise[at]:.2f} about time {time[at]:g}; "
                "give survival, not cumulative incidence, and each arm's own points"
            )
        time, survival = untangled
    tmax = totals.tmax
    if np.isnan(tmax):
        tmax = max(time[-1], totals.time[totals.n_risk > 0][-1])
        if tmax == 0:
            raise DataError(f"arm {name}: the curve ends at time 0; give tmax, the end of follow-up, above 0")
    elif time[-1] > 1.05 * tmax:
        raise DataError(f"arm {name}: the curve has a point at time {time[-1]:g}, after its tmax {tmax:g}; correct one")
    (own,) = (np.zeros(0),) if marks is None else finite_columns(marks, "censor_marks", ["time"], name)
    keep = totals.time <= tmax
    starts, n_start = totals.time[keep], totals.n_risk[keep]
    ends, n_end = np.append(starts[1:], tmax), np.append(n_start[1:], 0)
    return DigitisedArm(
        name, np.minimum(time, tmax), survival, starts, ends, n_start, n_end, totals.events, np.sort(own)
    )


@compiled
def _stuck(earliest: Floats, latest: Floats, starts: Floats, ends: Floats, n_start: Integers, n_end: Integers) -> float:
    """Lowest height to which patients with these numbers at risk can bring a curve that is stuck there; else -1.

    ``earliest`` and ``latest`` are, for each of the heights from 0 to 1, times within which the curve must come to it
    and leave it. All heights are followed from patient to patient, of those in one cell the lowest.
    """
    cells = len(earliest) - 1
    reached, then = np.full(cells + 1, inf), np.full(cells + 1, inf)
    reached[cells] = 1.0
    for k in range(len(starts)):
        for at_risk in range(n_start[k], n_end[k], -1):
            for cell in range(cells + 1):
                until = min(latest[cell], ends[k])
                if reached[cell] > 1 or until < starts[k]:
                    continue
                for dead in range(2):
                    height = reached[cell] * (at_risk - dead) / at_risk
                    to = int(height * cells + 0.5)
                    if earliest[to] <= until:
                        then[to] = min(then[to], height)
            if then.min() > 1:
                return float(reached.min())
            reached, then = then, reached
            then[:] = inf
    return -1.0 if np.isinf(latest[reached <= 1]).any() else float(reached.min())


def check_numbers_at_risk(arm: DigitisedArm, axis: float, far: float = FAR) -> None:
    """Check that patients with the numbers at risk can come near all points: within ``far``, a share of either axis.

    ``axis`` is the length of the time axis. Single clicks astray are not heard.
    """
    time, slack = arm.time, far * axis
    without_strays = arm.survival.copy()
    without_strays[1:-1] = np.median([arm.survival[:-2], arm.survival[1:-1], arm.survival[2:]], axis=0)
    survival = np.clip(falling(without_strays), 0, 1)
    heights = np.arange(HEIGHTS + 1) / HEIGHTS

    def stuck(far: float) -> float:
        higher = np.searchsorted(-survival, -heights - far)  # points by more than far
        not_lower = np.searchsorted(-survival, far - heights, side="right")
        earliest, latest = np.append(-inf, time - slack)[higher], np.append(time + slack, inf)[not_lower]
        return _stuck(earliest, latest, arm.starts, arm.ends, arm.n_start, arm.n_end)

    nearest = stuck(far)
    if nearest >= 0:
        possible = 1.0
        while possible - far > 1 / HEIGHTS:
            middle = (far + possible) / 2
            height = stuck(middle)
            far, possible, nearest = (middle, possible, height) if height >= 0 else (far, middle, nearest)
        at = np.searchsorted(-survival, far - int(nearest * HEIGHTS + 0.5) / HEIGHTS, side="right")
        raise DataError(
            f"arm {arm.name}: at time {time[at]:.4g} the curve is at {arm.survival[at]:.3f}, but with "
            f"{_at_risk(arm, time[at])} the nearest possible is {nearest:.3f}; {SHIFTED}"
        )
    if arm.n_start[-1] == 0 and time[-1] > arm.starts[arm.n_start == 0][0] + slack and survival[-1] > far:
        raise DataError(
            f"arm {arm.name}: at time {time[-1]:.4g} the curve is at {arm.survival[-1]:.3f}, but with "
            f"{_at_risk(arm, time[-1])} the nearest possible is a curve that ends before; {SHIFTED}"
        )


def check_clicks(arm: DigitisedArm, axis: float, far: float = FAR) -> None:
    """Check that patients with the numbers at risk can come near points that were clicked, and drop where these do."""
    check_numbers_at_risk(arm, axis, far)
    _check_cliffs(arm, axis, far)


def _check_cliffs(arm: DigitisedArm, axis: float, far: float) -> None:
    """Check that no curve that was clicked must drop, from one column's number at risk, at that very time.

    Right before a number at risk the share of patients still there is no higher than the curve: its last point before,
    or, where that is long before, the straight line from it to the next. Only who shows the drop may have it there.
    """
    time, height = np.append(0.0, arm.time), np.append(1.0, falling(arm.survival))
    for k in np.flatnonzero(arm.n_start[1:] > 0) + 1:
        at = arm.starts[k]
        before = np.searchsorted(time, at, side="left") - 1
        possible = max(height[before] if time[before] >= at - 2.5 * far * axis else 0.0, 0.0)
        possible = max(possible, float(np.interp(at - 2.5 * far * axis, time, height)))
        if arm.n_start[k] > arm.n_start[0] * (possible + far) + 1:
            following = min(before + 1, len(time) - 1)
            raise DataError(
                f"arm {arm.name}: at time {time[following]:.4g} the curve is at {height[following]:.3f}, but with "
                f"{_at_risk(arm, at)} the nearest possible right before is {arm.n_start[k] / arm.n_start[0]:.3f}, and "
                f"no point shows a drop from there; {SHIFTED}"
            )


def _at_risk(arm: DigitisedArm, time: float) -> str:
    """The numbers at risk about a time, in words."""
    k = arm.interval(time)
    if arm.n_start[k] == 0:
        return f"nobody at risk from time {arm.starts[arm.n_start == 0][0]:g} on"
    left = f" and {arm.n_end[k]} at time {arm.ends[k]:g}" if k < len(arm.starts) - 1 else ""
    return f"{arm.n_start[k]} at risk at time {arm.starts[k]:g}{left}"


def check_steps(arm: DigitisedArm, time: Floats, risk: Integers, dead: Integers) -> None:
    """Check that as many are at risk as the steps of a clean curve need: ``dead`` of ``risk`` patients at each time."""
    needed = risk // np.gcd(risk, dead)
    at_risk = arm.n_start[np.maximum(np.searchsorted(arm.starts, time) - 1, 0)]  # some tables leave out who leaves then
    short = at_risk < 0.9 * needed - 2  # a misprint
    if short.any():
        i = np.argmax(short)
        before, after = np.append(1.0, np.cumprod(1 - dead / risk))[i : i + 2]
        nearest = before * (1 - round(at_risk[i] * dead[i] / risk[i]) / max(at_risk[i], 1))
        raise DataError(
            f"arm {arm.name}: at time {time[i]:.4g} the curve steps from {before:.4g} to {after:.4g}, an event of "
            f"{dead[i]} in {risk[i]} patients, but with {_at_risk(arm, time[i])} the nearest possible is "
            f"{nearest:.4g}; {SHIFTED}"
        )


def distances(arm: DigitisedArm, time: Floats, event: Integers, slack: float = 0.0) -> Floats:
    """How far each point of the curve lies above (or, negative, below) that of the patients, whole steps included.

    Steps of the patients' curve may be early or late by ``slack``.
    """
    at, dead = np.unique(time[event == 1], return_counts=True)
    heights = np.append(1.0, np.cumprod(1 - dead / (len(time) - np.searchsorted(np.sort(time), at))))
    high = heights[np.searchsorted(at, arm.time - slack)]
    low = heights[np.searchsorted(at, arm.time + slack, side="right")]
    return arm.survival - np.clip(arm.survival, low, high)


def check_fit(arm: DigitisedArm, time: Floats, event: Integers) -> None:
    """Check that the patients come near the curve."""
    smooth = falling(arm.survival)
    miss = distances(arm._replace(survival=smooth), time, event, MISFIT * arm.ends[-1])
    if np.abs(miss).mean() > MISFIT:
        worst = np.argmax(np.abs(miss))
        if arm.events < 0:
            raise DataError(
                f"arm {arm.name}: no patients found with these numbers at risk give this curve: at time "
                f"{arm.time[worst]:g} it is at {arm.survival[worst]:.2f}, the nearest found at "
                f"{smooth[worst] - miss[worst]:.2f}; {SHIFTED}"
            )
        raise DataError(
            f"arm {arm.name}: {arm.events} events do not give this curve with these numbers at risk: at time "
            f"{arm.time[worst]:g} it is at {arm.survival[worst]:.2f}, the nearest possible at "
            f"{smooth[worst] - miss[worst]:.2f}; the curve suggests about {arm.deaths().sum():.0f}. Correct the "
            "events, or leave them blank"
        )
