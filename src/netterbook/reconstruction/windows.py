"""Printed summaries of survival, as windows that patients must fall into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, isnan, log, nan, sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from netterbook.arrays import Floats, Integers, Labels
from netterbook.errors import Conflict, DataError
from netterbook.methods import patients
from netterbook.methods.printed_ratios import Z95
from netterbook.printed import NOT_ESTIMATED, Printed
from netterbook.reconstruction.checks import Totals, check_table, number_or_nan
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

UNREACHED = {"NR"} | NOT_ESTIMATED
_SIDES = {"": 0, "_lo": -1, "_hi": 1}
_NAMED = (
    {f"hr{end}": ("hr", -1, side) for end, side in _SIDES.items()}
    | {"logrank_p": ("logrank_p", -1, 0)}
    | {
        f"{stem}{arm}{end}": (kind, arm, side)
        for stem, kind in (("median", "median"), ("lm", "rate"))
        for arm in (0, 1)
        for end, side in _SIDES.items()
    }
)
NAMES = [*_NAMED, "landmark"]
SCALES = {"log-log": LOG_LOG, "plain": PLAIN, "log": LOG}
_DIGITS = {"hr": 3, "logrank_p": 5, "rate": 4}  # decimals kept of a bare float; papers print fewer
_JUMP_WEIGHT = 0.01  # a median falls on an event: without one in its window nothing else can be right
_SPREAD_WEIGHT = 10.0  # the number of events behind a rate has to be right before the rate can be


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
        return self.printed.is_number

    def value(self, time: Floats, event: Integers, arm: Labels, transform: str = "log-log") -> float:
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

    def met(self, time: Floats, event: Integers, arm: Labels, transform: str = "log-log", first: bool = False) -> bool:
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
        raise DataError(f"{name} is {value!r}; give one number, or a string as printed")
    else:
        text = repr(round(float(value), decimals))
        text = f"{float(value):.{decimals}f}" if "e" in text else text
        text = text.removesuffix(".0")
    printed = Printed(text)
    if not printed.is_number and text not in UNREACHED:
        raise DataError(f"{name} is {value!r}; give a number as printed, or NR where it was not reached")
    return printed


def read_summaries(
    summaries: Mapping[str, Any] | pd.DataFrame, rates: pd.DataFrame | None, ends: list[float]
) -> list[Given]:
    """The printed summaries as a list, checked one by one; ``ends`` of follow-up, inf where not known.

    Raises
    ------
    DataError
        For an unknown name, a value that is no number, a fraction given in percent, or an estimate outside its own
        limits; the message names it.
    """
    if isinstance(summaries, pd.DataFrame):
        if len(summaries) != 1:
            raise DataError(f"summaries has {len(summaries)} rows; give the one row of this comparison")
        summaries = summaries.iloc[0]
    found = _read_row(dict(summaries), max(ends)) + ([] if rates is None else _read_rates(rates))
    for given in found:
        _check(given, ends[given.arm] if given.arm >= 0 else inf)
    _check_order(found)
    return found


def _read_row(values: dict[str, Any], end: float) -> list[Given]:
    unknown = [name for name in values if name not in NAMES]
    if unknown:
        raise DataError(f"summaries has {unknown[0]!r}, which is none of: {', '.join(NAMES)}")
    time_decimals = max(0, 4 - len(str(int(min(end, 1e6))))) if np.isfinite(end) else 2
    landmark = values.pop("landmark", None)
    found = []
    for name, value in values.items():
        kind, arm, side = _NAMED[name]
        printed = _printed(name, value, _DIGITS.get(kind, time_decimals))
        if printed is None:
            continue
        time = 0.0
        if kind == "rate":
            at = _printed("landmark", landmark, 9)
            if at is None or not at.is_number:
                raise DataError(f"{name} is given, but its time, landmark, is {landmark}; give it as a number")
            time = float(at.value)
        found.append(Given(name, kind, printed, arm, side, time))
    return found


def _read_rates(rates: pd.DataFrame) -> list[Given]:
    check_table(rates, "rates", "arm time survival")
    found = []
    for row in rates.to_dict("records"):
        for column, end in (("survival", ""), ("low", "_lo"), ("high", "_hi")):
            if str(row["arm"]).removesuffix(".0") not in ("0", "1"):
                raise DataError(f"rates has arm {row['arm']}; the arms are 0 (reference) and 1 (experimental)")
            arm = int(float(row["arm"]))
            name = f"rate{arm}{end} at {number_or_nan(row['time'], 'rates.time'):g}"
            printed = _printed(name, row.get(column), _DIGITS["rate"])
            if printed is not None:
                found.append(Given(name, "rate", printed, arm, _SIDES[end], float(row["time"])))
    return found


def _check(given: Given, tmax: float) -> None:
    if not given.reached:
        if given.kind != "median":
            raise DataError(f"{given.name} is {given.printed}; only a median can be not reached, leave it out")
        return
    value = float(given.printed.value)
    if given.kind in ("hr", "median") and value <= 0:
        raise DataError(f"{given.name} is {given.printed}; it must be above 0")
    if given.kind == "rate" and not 0 <= value <= 1:
        advice = f"; give {value / 100:g} for {value:g}%" if 1 < value <= 100 else ""
        raise DataError(f"{given.name} is {given.printed}; survival is a fraction from 0 to 1{advice}")
    if given.kind == "rate" and not 0 < given.time <= tmax:
        raise DataError(f"{given.name} is at time {given.time:g}; follow-up goes from 0 to {tmax:g}")
    if given.kind == "median" and given.bounds[0] > tmax:
        raise Conflict(f"{given.name} is {given.printed}, {value - tmax:g} after the end of follow-up at {tmax:g}")
    if given.kind == "logrank_p" and not 0 <= value <= 1:
        raise DataError(f"logrank_p is {given.printed}; a P value lies from 0 to 1")


def _check_order(found: list[Given]) -> None:
    groups: dict[tuple[str, int, float], dict[int, Given]] = {}
    for given in found:
        groups.setdefault((given.kind, given.arm, given.time), {})[given.side] = given
    for parts in groups.values():
        reached = [parts[side].reached for side in (-1, 0, 1) if side in parts]
        if reached != sorted(reached, reverse=True):  # who does not reach the lower limit reaches nothing above it
            said = ", ".join(f"{part.name} {part.printed}" for part in parts.values())
            raise DataError(f"{said}: a median not reached has no upper limit, and one reached has a lower limit")
        for low, high in ((-1, 0), (0, 1), (-1, 1)):
            below, above = parts.get(low), parts.get(high)
            if below and above and below.reached and above.reached and below.printed.value > above.printed.value:
                raise DataError(
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


Window = tuple[float, float, int, float, float, float]
"""Of a curve: its time, then sides, scale, low, high and weight as in :class:`.CurveWindows`; a jump's ``sides`` are
the time from which on an event is needed."""


def _window(item: Given, time: float, low: float, high: float, scale: int) -> Window:
    """The curve, or the limit that ``item`` is, lies from ``low`` to ``high``, fractions, at a time."""
    weight = 1.0
    if scale == LOG_LOG:
        middle = min(max((max(low, 0) + min(high, 1)) / 2, 0.01), 0.99) if low > 0 and high < 1 else 0.5
        weight = -middle * log(middle)
        low, high = _log_minus_log(high), _log_minus_log(low)
    return time, item.side * Z95, scale, low, high, weight


def _median_windows(item: Given, end: float, scale: int, clear: float) -> list[Window]:
    low, high = item.bounds
    if not item.reached:
        return [_window(item, end, 0.5, inf, scale)]
    level = clear if item.side == 0 else 0.0
    above = [_window(item, low, 0.5 + level, inf, scale)] if low > 0 else []
    below = _window(item, min(high, end), -inf, 0.5 - level, scale)
    return [*above, below, (min(high, end), max(low, 0.0), JUMP, 0.0, 0.0, _JUMP_WEIGHT)]


def _spread_windows(given: list[Given], arm: int, instant: float) -> list[Window]:
    """Standard errors of an arm's rates that are printed with limits, made on the log-log scale."""
    found = []
    rates = [item for item in given if item.kind == "rate" and item.arm == arm]
    for time in dict.fromkeys(item.time for item in rates):
        printed = {item.side: item.bounds for item in rates if item.time == time}
        ends = {-side: sorted(map(_log_minus_log, bounds)) for side, bounds in printed.items()}  # it turns round
        if len(printed) > 1 and np.all(np.isfinite([*ends.values()])):
            middle = min(sqrt(max(min(printed.values())[0], 1e-3) * max(printed.values())[1]), 0.99)
            weight = -middle * log(middle) * Z95 * _SPREAD_WEIGHT
            found.append((time + instant, 0.0, SPREAD, *_error_window(ends), weight))
    return found


def curve_windows(
    given: list[Given], ends: list[float], transform: str, instant: float, clear: float = 0.0
) -> tuple[CurveWindows, Floats]:
    """Windows of both arms, and the edges that they refer to (arm x edge, padded with inf).

    A curve has to pass 0.5 by ``clear`` at its median: one that stays on 0.5 has its median in the middle of the step.
    Losses within ``instant`` after the time of a rate count as at that time: the number at risk there still holds them.
    """
    scale = SCALES[transform]
    windows = []
    for arm in (0, 1):
        own = _spread_windows(given, arm, instant) if scale == LOG_LOG else []
        for item in given:
            if item.kind == "rate" and item.arm == arm:
                own.append(_window(item, item.time + instant, *item.bounds, scale))
            elif item.kind == "median" and item.arm == arm:
                own += _median_windows(item, ends[arm], scale, clear)
        windows.append(sorted(own))
    edges = [sorted({window[0] for window in own}) for own in windows]
    padded = np.full((2, max(1, *map(len, edges))), inf)
    columns = np.zeros((6, 2, max(1, *map(len, windows))))
    for a, (own, at) in enumerate(zip(windows, edges, strict=True)):
        padded[a, : len(at)] = at
        for j, (time, sides, kind, *rest) in enumerate(own):
            if kind == JUMP:
                sides = at.index(sides) + 1 if sides > 0 else 0
            columns[:, a, j] = at.index(time) + 1, sides, kind, *rest
    edge, up, kinds, low, high, weight = (column.copy() for column in columns)
    size = np.array([len(own) for own in windows])
    return CurveWindows(size, edge.astype(np.int64), up, kinds.astype(np.int64), low, high, weight), padded


def spots(given: list[Given], bounds: Floats) -> Floats:
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
    kind, sides, lows, highs = np.array(rows, dtype=float).reshape(-1, 4).T.copy()
    return RatioWindows(kind.astype(np.int64), sides, lows, highs, centre)
