"""Printed summaries of survival, as windows that patients must fall into."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, isnan, log, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from netterbook.claims import NOT_ESTIMATED
from netterbook.methods import patients
from netterbook.methods.printed_ratios import Z95
from netterbook.printed import Printed
from netterbook.reconstruction.checks import Totals, check_table, number
from netterbook.reconstruction.sampler import (
    ERROR,
    HR,
    JUMP,
    LOG,
    LOG_LOG,
    LOG_RANK,
    PLAIN,
    SPREAD,
    CurveWindows,
    RatioWindows,
)

if TYPE_CHECKING:
    from netterbook.reconstruction.result import Reconstruction

NOT_REACHED = {"NR"} | NOT_ESTIMATED
_ENDS = ("", "_lo", "_hi")
NAMES = [f"hr{end}" for end in _ENDS] + ["logrank_p", "landmark"]
NAMES += [f"{stem}{arm}{end}" for stem in ("median", "lm") for arm in (0, 1) for end in _ENDS]
SCALES = {"log-log": LOG_LOG, "plain": PLAIN, "log": LOG}
_SIDES = dict(zip(_ENDS, (0, -1, 1), strict=True))
_DIGITS = {"hr": 3, "logrank_p": 5, "lm": 4}  # decimals kept of a bare float; papers print fewer
_JUMP_WEIGHT = 0.01  # a median falls on an event: without one in its window nothing else can be right
_SPREAD_WEIGHT = 10.0  # the number of events behind a rate has to be right before the rate can be


class Conflict(ValueError):
    """What was given cannot all be true of one set of patients.

    ``nearest``: where any were made, the patients that miss the fewest of the numbers given, a ``Reconstruction``.
    """

    def __init__(self, message: str, nearest: Reconstruction | None = None):
        super().__init__(message)
        self.nearest = nearest


@dataclass(frozen=True)
class Given:
    """One printed summary.

    ``kind`` is hr, median, rate or logrank_p; ``side`` -1 for the lower limit, 0 the estimate, 1 the upper limit.
    """

    name: str
    kind: str
    printed: Printed
    arm: int = -1
    side: int = 0
    time: float = 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of its rounding; -inf or inf where it has none; a median not reached has none at all."""
        low, high = self.printed.bounds
        return (-inf if low is None else float(low)), (inf if high is None else float(high))

    @property
    def reached(self) -> bool:
        return self.printed.value is not None

    def value(self, time: NDArray, event: NDArray, arm: NDArray, transform: str = "log-log") -> float:
        """What these patients would make of it; nan where it has no value."""
        if self.kind in ("hr", "logrank_p"):
            try:
                if self.kind == "logrank_p":
                    return patients.log_rank(time, event, arm).p
                return patients.cox(time, event, arm)[-self.side % 3]
            except ValueError:
                return np.nan
        own = arm == self.arm
        if self.kind == "rate":
            if self.time > time[own].max():
                return nan
            return patients.survival_rate(time[own], event[own], self.time, transform=transform)[-self.side % 3]
        return patients.median_survival(time[own], event[own], transform=transform)[-self.side % 3]

    def met(self, time: NDArray, event: NDArray, arm: NDArray, transform: str = "log-log", first: bool = False) -> bool:
        """Whether these patients print as this; ``first``: a median may be the first time at 0.5, as some software has
        it, where the curve lies on 0.5 for a while.
        """
        value = self.value(time, event, arm, transform)
        if not self.reached:
            return isnan(value)
        if isnan(value):
            return False
        if first and self.kind == "median" and self.side == 0 and not self.printed.admits(value):
            own = arm == self.arm
            curve = patients.kaplan_meier(time[own], event[own])
            value = float(curve.time[np.argmax(curve.survival <= 0.5 + 1e-9)])
        return self.printed.admits(value)


def _printed(name: str, value: object, decimals: int) -> Printed | None:
    """A printed value; None where blank. A bare float keeps no more decimals than a paper would print."""
    if value is None or (isinstance(value, float) and isnan(value)) or value is pd.NA or value == "":
        return None
    if isinstance(value, Printed):
        return value
    if isinstance(value, str):
        text = value.strip()
    elif not isinstance(value, int | float | np.integer | np.floating):
        raise ValueError(f"{name} is {value!r}; give one number, or a string as printed")
    else:
        text = repr(round(float(value), decimals))
        text = f"{float(value):.{decimals}f}" if "e" in text else text
        text = text.removesuffix(".0")
    printed = Printed(text)
    if printed.value is None and text not in NOT_REACHED:
        raise ValueError(f"{name} is {value!r}; give a number as printed, or NR where it was not reached")
    return printed


def read_summaries(summaries: Mapping | pd.DataFrame, rates: pd.DataFrame | None, ends: list[float]) -> list[Given]:
    """The printed summaries as a list, checked one by one; ``ends`` of follow-up, inf where not known.

    Raises
    ------
    ValueError
        For an unknown name, a value that is no number, a fraction given in percent, or an estimate outside its own
        limits; the message names it.
    """
    if isinstance(summaries, pd.DataFrame):
        if len(summaries) != 1:
            raise ValueError(f"summaries has {len(summaries)} rows; give the one row of this comparison")
        summaries = summaries.iloc[0]
    values = dict(summaries)
    unknown = [name for name in values if name not in NAMES]
    if unknown:
        raise ValueError(f"summaries has {unknown[0]!r}, which is none of: {', '.join(NAMES)}")
    time_decimals = max(0, 4 - len(str(int(min(max(ends), 1e6))))) if np.isfinite(max(ends)) else 2
    landmark = values.pop("landmark", None)
    found = []
    for name, value in values.items():
        stem, arm, end = re.fullmatch(r"(hr|logrank_p|median|lm)([01]?)(_lo|_hi)?", name).groups()
        printed = _printed(name, value, _DIGITS.get(stem, time_decimals))
        if printed is None:
            continue
        time = 0.0
        if stem == "lm":
            at = _printed("landmark", landmark, 9)
            if at is None or at.value is None:
                raise ValueError(f"{name} is given, but its time, landmark, is {landmark}; give it as a number")
            time = float(at.value)
        kind = {"lm": "rate"}.get(stem, stem)
        found.append(Given(name, kind, printed, int(arm or -1), _SIDES[end or ""], time))
    if rates is not None:
        check_table(rates, "rates", "arm time survival")
    for row in [] if rates is None else rates.to_dict("records"):
        for column, end in (("survival", ""), ("low", "_lo"), ("high", "_hi")):
            if str(row["arm"]).removesuffix(".0") not in ("0", "1"):
                raise ValueError(f"rates has arm {row['arm']}; the arms are 0 (reference) and 1 (experimental)")
            arm = int(float(row["arm"]))
            name = f"rate{arm}{end} at {number(row['time'], 'rates.time'):g}"
            printed = _printed(name, row.get(column), _DIGITS["lm"])
            if printed is not None:
                found.append(Given(name, "rate", printed, arm, _SIDES[end], float(row["time"])))
    for given in found:
        _check(given, ends[given.arm] if given.arm >= 0 else inf)
    _check_order(found)
    return found


def _check(given: Given, tmax: float) -> None:
    value = given.printed.value
    if value is None:
        if given.kind != "median":
            raise ValueError(f"{given.name} is {given.printed}; only a median can be not reached, leave it out")
        return
    value = float(value)
    if given.kind in ("hr", "median") and value <= 0:
        raise ValueError(f"{given.name} is {given.printed}; it must be above 0")
    if given.kind == "rate" and not 0 <= value <= 1:
        advice = f"; give {value / 100:g} for {value:g}%" if 1 < value <= 100 else ""
        raise ValueError(f"{given.name} is {given.printed}; survival is a fraction from 0 to 1{advice}")
    if given.kind == "rate" and not 0 < given.time <= tmax:
        raise ValueError(f"{given.name} is at time {given.time:g}; follow-up goes from 0 to {tmax:g}")
    if given.kind == "median" and given.bounds[0] > tmax:
        raise Conflict(f"{given.name} is {given.printed}, {value - tmax:g} after the end of follow-up at {tmax:g}")
    if given.kind == "logrank_p" and not 0 <= value <= 1:
        raise ValueError(f"logrank_p is {given.printed}; a P value lies from 0 to 1")


def _check_order(found: list[Given]) -> None:
    groups: dict[tuple, dict[int, Given]] = {}
    for given in found:
        groups.setdefault((given.kind, given.arm, given.time), {})[given.side] = given
    for parts in groups.values():
        reached = [parts[side].reached for side in (-1, 0, 1) if side in parts]
        if reached != sorted(reached, reverse=True):  # who does not reach the lower limit reaches nothing above it
            said = ", ".join(f"{part.name} {part.printed}" for part in parts.values())
            raise ValueError(f"{said}: a median not reached has no upper limit, and one reached has a lower limit")
        for low, high in ((-1, 0), (0, 1), (-1, 1)):
            below, above = parts.get(low), parts.get(high)
            if below and above and below.reached and above.reached and below.printed.value > above.printed.value:
                raise ValueError(
                    f"{below.name} is {below.printed}, above {above.name}, {above.printed}; correct one of them"
                )


def check_rates(given: list[Given], arms: list[Totals]) -> None:
    """Kaplan–Meier survival is no lower than the share still at risk.

    Raises
    ------
    Conflict
        With the two numbers and how far they are apart.
    """
    for item in given:
        if item.kind == "rate" and item.side == 0:
            arm = arms[item.arm]
            later = arm.time > item.time  # an event at the time itself is still at risk there
            if later.any():
                share = arm.n_risk[later][0] / arm.n
                if item.bounds[1] < share:
                    raise Conflict(
                        f"{item.name} is {item.printed} at {item.time:g}, but {arm.n_risk[later][0]} of {arm.n} were "
                        f"still at risk at {arm.time[later][0]:g}: survival is {share:.3f} or more, "
                        f"{share - float(item.printed.value):.3f} higher"
                    )


def _log_minus_log(survival: float) -> float:
    return inf if survival <= 0 else (-inf if survival >= 1 else log(-log(survival)))


def _error_window(ends: Mapping[int, Sequence[float]]) -> tuple[float, float]:
    """What an estimate and its limits, each with the ends of its rounding, allow its standard error to be; two of the
    three do, on a scale on which the interval is symmetric.
    """
    low, high = 0.0, inf
    for below, above in combinations(sorted(ends), 2):
        width = (above - below) * Z95
        low = max(low, (ends[above][0] - ends[below][1]) / width)
        high = min(high, (ends[above][1] - ends[below][0]) / width)
    return low, high


def curve_windows(
    given: list[Given], arms: list[Totals], ends: list[float], transform: str, instant: float, clear: float = 0.0
) -> tuple[CurveWindows, NDArray]:
    """Windows of both arms, and the edges that they refer to (arm x edge, padded with inf).

    A curve has to pass 0.5 by ``clear`` at its median: one that stays on 0.5 has its median in the middle of the step.
    Losses within ``instant`` after the time of a rate count as at that time: the number at risk there still holds them.
    """
    rows: list[list[tuple]] = [[], []]

    def add(item: Given, time: float, low: float, high: float) -> None:
        scale = SCALES[transform]
        weight = 1.0
        if scale == LOG_LOG:
            middle = min(max((max(low, 0) + min(high, 1)) / 2, 0.01), 0.99) if low > 0 and high < 1 else 0.5
            weight = -middle * log(middle)
            low, high = _log_minus_log(high), _log_minus_log(low)
        rows[item.arm].append((time, item.side * Z95, scale, low, high, weight))

    limits = {}
    for item in given:
        low, high = item.bounds
        if item.kind == "rate":
            add(item, item.time + instant, low, high)
            limits[item.arm, item.time, item.side] = item
        elif item.kind == "median":
            end = ends[item.arm]
            if not item.reached:
                add(item, end, 0.5, inf)
                continue
            level = clear if item.side == 0 else 0.0
            if low > 0:
                add(item, low, 0.5 + level, inf)
            add(item, min(high, end), -inf, 0.5 - level)
            rows[item.arm].append((min(high, end), max(low, 0.0), JUMP, 0.0, 0.0, _JUMP_WEIGHT))
    for arm, time in dict.fromkeys((arm, time) for arm, time, _ in limits):
        printed = {side: limits[arm, time, side].bounds for side in (-1, 0, 1) if (arm, time, side) in limits}
        ends_of = {-side: sorted(map(_log_minus_log, bounds)) for side, bounds in printed.items()}  # it turns round
        if transform == "log-log" and len(printed) > 1 and np.all(np.isfinite([*ends_of.values()])):
            middle = min(sqrt(max(min(printed.values())[0], 1e-3) * max(printed.values())[1]), 0.99)
            weight = -middle * log(middle) * Z95 * _SPREAD_WEIGHT
            rows[arm].append((time + instant, 0.0, SPREAD, *_error_window(ends_of), weight))
    rows = [sorted(arm_rows) for arm_rows in rows]
    edges = [sorted({row[0] for row in arm_rows}) for arm_rows in rows]
    padded = np.full((2, max(1, *map(len, edges))), inf)
    columns = np.zeros((6, 2, max(1, *map(len, rows))))
    for a in range(2):
        padded[a, : len(edges[a])] = edges[a]
        for j, row in enumerate(rows[a]):
            columns[:, a, j] = edges[a].index(row[0]) + 1, *row[1:]
            if row[2] == JUMP:
                columns[1, a, j] = edges[a].index(row[1]) + 1 if row[1] > 0 else 0
    edge, sides, scale, low, high, weight = columns
    count = np.array([len(rows[0]), len(rows[1])])
    whole = [x.astype(np.int64) for x in (edge, scale)]
    return CurveWindows(count, whole[0], sides.copy(), whole[1], low.copy(), high.copy(), weight.copy()), padded


def spots(given: list[Given], bounds: NDArray) -> NDArray:
    """Where the curve has to fall for a median or its limit: arm x interval x spot x (low, high), nan for none."""
    found = np.full((2, bounds.shape[1] - 1, 3, 2), np.nan)
    for item in given:
        if item.kind == "median" and item.reached:
            low, high = item.bounds
            for k in range(bounds.shape[1] - 1):
                inside = max(low, bounds[item.arm, k]), min(high, bounds[item.arm, k + 1])
                if inside[0] < inside[1]:
                    found[item.arm, k, item.side + 1] = inside
    return found


def ratio_windows(given: list[Given]) -> RatioWindows:
    """Windows of the hazard ratio, its limits and the log-rank test."""
    rows = []
    centre = nan
    for item in given:
        low, high = item.bounds
        if item.kind == "hr":
            rows.append((HR, item.side * Z95, log(max(low, 1e-9)), log(high)))
            centre = log(float(item.printed.value)) if item.side == 0 else centre
        elif item.kind == "logrank_p":
            low, high = max(low, 0.0), min(high, 1.0)
            rows.append((LOG_RANK, 0.0, norm.isf(high / 2), inf if low <= 0 else norm.isf(low / 2)))
    ends = {item.side: [log(max(x, 1e-9)) for x in item.bounds] for item in given if item.kind == "hr"}
    if len(ends) > 1:
        rows.append((ERROR, 0.0, *_error_window(ends)))
    columns = np.array(rows, dtype=float).reshape(-1, 4).T
    return RatioWindows(columns[0].astype(np.int64), *columns[1:].copy(), centre)
