"""What is printed of a trial besides numbers at risk, as one list, and whether patients print alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import gcd, inf, isnan, nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from netterbook.arrays import Booleans, Floats, Integers, Labels
from netterbook.errors import Conflict, DataError
from netterbook.methods import patients
from netterbook.printed import NOT_ESTIMATED, Printed
from netterbook.reconstruction.checks import Totals, check_table, number_or_nan

UNREACHED = {"NR"} | NOT_ESTIMATED
LEVEL = 0.95
"""Of a printed interval of which nothing else is said."""
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
"""Of summaries."""


class _Kind(NamedTuple):
    """Of a printed quantity: its kind here, and how a row of the table gives it."""

    kind: str
    arm: bool | None
    """Whether it belongs to an arm; None: to one, or to both together."""
    time: bool = False
    share: bool | None = False
    """Whether it needs a share; None: it has one, 0.5 if blank."""
    limits: bool = False


PRINTED_QUANTITIES = {
    "hr": _Kind("hr", False, limits=True),
    "logrank_p": _Kind("logrank_p", False),
    "median": _Kind("median", True, limits=True),
    "quantile": _Kind("quantile", True, share=True, limits=True),
    "survival": _Kind("rate", True, time=True, limits=True),
    "rmst": _Kind("rmst", True, time=True, limits=True),
    "rmst_difference": _Kind("rmst_difference", False, time=True, limits=True),
    "events": _Kind("events", True, time=True),
    "censored": _Kind("censored", True, time=True),
    "followup": _Kind("followup", None, share=None),
    "observed": _Kind("observed", None, share=None),
}
"""Of the table of printed quantities, by the name that stands in its column ``quantity``."""
QUANTITY_COLUMNS = ("quantity", "arm", "time", "share", "value", "low", "high", "level")
TIMES = {"median", "quantile"}
"""Kinds whose value is a time of the curve, with limits that may not be reached."""
FOLLOW_UPS = {"followup", "observed"}
"""Kinds whose value is a time, of censoring or of any loss."""
COUNTS = {"events", "censored"}
_STEPS = {factor * 10**power for factor in (1, 5) for power in range(5)}  # of the last digit
_DIGITS = {"hr": 3, "logrank_p": 5, "rate": 4}  # decimals kept of a bare float; papers print fewer
_ENDS = (("value", ""), ("low", "_lo"), ("high", "_hi"))


@dataclass(frozen=True)
class Given:
    """One printed summary.

    ``kind`` is hr, logrank_p, median, quantile (the time by which ``share`` had the event), rate (survival at
    ``time``), rmst and rmst_difference (restricted means up to ``time``), events and censored (patients by ``time``, or
    before it), followup and observed (the ``share`` quantile of follow-up by reverse Kaplan–Meier, and of the observed
    times); ``arm`` -1 where it belongs to both; ``side`` -1 for the lower limit, 0 the estimate, 1 the upper limit, at
    a confidence ``level``.
    """

    name: str
    kind: str
    printed: Printed
    arm: int = -1
    side: int = 0
    time: float = 0.0
    share: float = 0.5
    level: float = LEVEL
    before: bool = False
    """Of a count: whether only who is lost before the time is counted, as in a table of numbers at risk."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of its rounding; -inf or inf where it has none; a median not reached has none at all."""
        low, high = self.printed.bounds
        return (-inf if low is None else float(low)), (inf if high is None else float(high))

    @property
    def reached(self) -> bool:
        return self.printed.is_number

    @property
    def about(self) -> tuple[str, int, float, float, bool]:
        """What an estimate and its limits share."""
        return self.kind, self.arm, self.time, self.share, self.before

    @property
    def deviates(self) -> float:
        """Standard errors by which it lies above the estimate, on the scale of its interval."""
        return self.side * patients.deviate(self.level) if self.side else 0.0

    def value(self, time: Floats, event: Integers, arm: Labels, transform: str = "log-log") -> float:
        """What these patients would make of it; nan where it has no value."""
        return _VALUES[self.kind](self, time, event, arm, transform)

    def met(self, time: Floats, event: Integers, arm: Labels, transform: str = "log-log") -> bool:
        """Whether these patients print as this."""
        value = self.value(time, event, arm, transform)
        return isnan(value) if not self.reached else not isnan(value) and self.printed.admits(value)

    def flat(self, time: Floats, event: Integers, arm: Labels) -> tuple[float, float] | None:
        """First and last time of a step of these patients' curve at the height of this median or quantile; else None.

        >>> time, arm = np.array([2.0, 4.0, 7.0, 9.0]), np.zeros(4, int)
        >>> Given("median0", "median", Printed("4"), 0).flat(time, np.ones(4, int), arm)
        (4.0, 7.0)
        """
        if self.kind not in TIMES or self.side:
            return None
        own = arm == self.arm
        curve = patients.kaplan_meier(time[own], event[own])
        within = np.flatnonzero(np.abs(curve.survival - (1 - self.share)) < 1e-9)
        lower = curve.time[curve.survival < 1 - self.share - 1e-9]
        return (float(curve.time[within[0]]), float(lower[0])) if len(within) and len(lower) else None


def _ratio(item: Given, time: Floats, event: Integers, arm: Labels, _: str) -> float:
    try:
        return patients.cox(time, event, arm, level=item.level)[-item.side % 3]
    except ValueError:
        return nan


def _test(_: Given, time: Floats, event: Integers, arm: Labels, __: str) -> float:
    try:
        return patients.log_rank(time, event, arm).p
    except ValueError:
        return nan


def _rate(item: Given, time: Floats, event: Integers, arm: Labels, transform: str) -> float:
    own = arm == item.arm
    if item.time > time[own].max():
        return nan
    return patients.survival_rate(time[own], event[own], item.time, item.level, transform)[-item.side % 3]


def _quantile(item: Given, time: Floats, event: Integers, arm: Labels, transform: str) -> float:
    own = arm == item.arm
    return patients.median_survival(time[own], event[own], item.level, item.share, transform)[-item.side % 3]


def _mean(item: Given, time: Floats, event: Integers, arm: Labels, _: str) -> float:
    """With normal limits; of a difference by both arms' variances (Uno, J Clin Oncol 2014;32:2380-5)."""
    value = variance = 0.0
    for a in (1, 0) if item.arm < 0 else (item.arm,):
        own = arm == a
        try:
            mean, error = patients.rmst(time[own], event[own], item.time)
        except ValueError:
            return nan
        value += -mean if a != item.arm and a == 0 else mean
        variance += error**2
    return float(value + item.deviates * np.sqrt(variance))


def _count(item: Given, time: Floats, event: Integers, arm: Labels, _: str) -> float:
    until = time < item.time if item.before else time <= item.time
    return float(np.sum(until & (arm == item.arm) & (event == (item.kind == "events"))))


def _of(item: Given, arm: Labels) -> Booleans:
    return np.ones(len(arm), bool) if item.arm < 0 else np.asarray(arm == item.arm)


def _followed(item: Given, time: Floats, event: Integers, arm: Labels, _: str) -> float:
    own = _of(item, arm)
    return patients.median_survival(time[own], 1 - event[own], quantile=item.share).value


def _observed(item: Given, time: Floats, event: Integers, arm: Labels, _: str) -> float:
    return float(np.quantile(time[_of(item, arm)], item.share))


_VALUES: dict[str, Callable[[Given, Floats, Integers, Labels, str], float]] = {
    "hr": _ratio, "logrank_p": _test, "rate": _rate, "median": _quantile, "quantile": _quantile, "rmst": _mean,
    "rmst_difference": _mean, "events": _count, "censored": _count, "followup": _followed, "observed": _observed,
}  # fmt: skip


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, float) and isnan(value)) or value is pd.NA or value == ""


def _printed(name: str, value: object, decimals: int, exact: bool = False) -> Printed | None:
    """A printed value; None where blank. A bare float keeps no more decimals than a paper would print."""
    if _blank(value):
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
    printed = Printed(text, exact)
    if not printed.is_number and text not in UNREACHED:
        raise DataError(f"{name} is {value!r}; give a number as printed, or NR where it was not reached")
    return printed


def read_summaries(
    summaries: Mapping[str, Any] | pd.DataFrame,
    rates: pd.DataFrame | None,
    ends: list[float],
    quantities: pd.DataFrame | Iterable[Mapping[str, Any]] | None = None,
    at_risk: pd.DataFrame | None = None,
) -> list[Given]:
    """Everything printed as a list, checked one by one; ``ends`` of follow-up, inf where not known. The other arguments
    are those of :func:`.from_summaries`; of ``at_risk`` only the columns events and censored are read here.

    Raises
    ------
    DataError
        For an unknown name, a value that is no number, a fraction given in percent, a quantity given twice, or an
        estimate outside its own limits; the message names it.
    """
    if isinstance(summaries, pd.DataFrame):
        if len(summaries) != 1:
            raise DataError(f"summaries has {len(summaries)} rows; give the one row of this comparison")
        summaries = summaries.iloc[0]
    longest = max(ends)
    decimals = max(0, 4 - len(str(int(min(longest, 1e6))))) if np.isfinite(longest) else 2
    found = _read_row(dict(summaries), decimals)
    found += [] if rates is None else _read_rates(rates)
    found += [] if quantities is None else _read_quantities(quantities, decimals)
    found += [] if at_risk is None else _read_counts(at_risk)
    for item in found:
        _check(item, ends[item.arm] if item.arm >= 0 else longest)
    _check_order(found)
    return found


def _read_row(values: dict[str, Any], time_decimals: int) -> list[Given]:
    unknown = [name for name in values if name not in NAMES]
    if unknown:
        raise DataError(f"summaries has {unknown[0]!r}, which is none of: {', '.join(NAMES)}")
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
    rows = rates.rename(columns={"survival": "value"}).to_dict("records")
    return [item for row in rows for item in _read_quantity({"quantity": "survival", **row}, "rates", 2)]


def _read_quantities(quantities: pd.DataFrame | Iterable[Mapping[str, Any]], time_decimals: int) -> list[Given]:
    rows = quantities.to_dict("records") if isinstance(quantities, pd.DataFrame) else quantities
    found = []
    for row in rows:
        named = {str(name): value for name, value in row.items()}
        unknown = [name for name in named if name not in QUANTITY_COLUMNS]
        if unknown:
            raise DataError(f"quantities has a column {unknown[0]!r}; there are: {', '.join(QUANTITY_COLUMNS)}")
        if named.get("quantity") not in PRINTED_QUANTITIES:
            raise DataError(f"quantities has {named.get('quantity')!r}; there are: {', '.join(PRINTED_QUANTITIES)}")
        found += _read_quantity(named, "quantities", time_decimals)
    return found


def _read_quantity(row: Mapping[str, Any], where: str, time_decimals: int) -> list[Given]:
    quantity = str(row["quantity"])
    about = PRINTED_QUANTITIES[quantity]
    arm = _arm_of(row.get("arm"), about, f"{where}: {quantity}" if where != "rates" else where)
    stem = f"{about.kind}{arm if arm >= 0 else ''}"
    wanted = (("time", about.time), ("share", about.share is not False))
    for column, use in wanted:
        if not use and not _blank(row.get(column)):
            raise DataError(f"{where}: {quantity} has no {column}, {row[column]} is given; leave it out")
    share = number_or_nan(row.get("share"), f"{where}.share") if about.share is not False else 0.5
    share = 0.5 if about.share is None and isnan(share) else share
    if not 0 < share < 1:
        raise DataError(f"{where}: the share of {stem} is {share:g}; give one between 0 and 1")
    time = number_or_nan(row.get("time"), f"{where}.time") if about.time else 0.0
    level = number_or_nan(row.get("level"), f"{where}.level")
    level = LEVEL if isnan(level) else level
    if not 0.5 <= level < 1:
        raise DataError(f"{where}: the level of {stem} is {level:g}; give a fraction such as 0.95")
    found = []
    word = "by" if about.kind in COUNTS else "at"
    for column, end in _ENDS:
        if not _blank(row.get(column)):
            if end and not about.limits:
                raise DataError(f"{where}: {column} of {quantity} is {row[column]}; it is used without limits")
            name = (
                stem
                + end
                + (f" {word} {time:g}" if about.time else f" at {share:g}" if about.share is not False else "")
            )
            digits = 9 if about.kind in COUNTS else _DIGITS.get(about.kind, time_decimals)
            printed = _printed(name, row[column], digits, about.kind in COUNTS)
            assert printed is not None
            found.append(Given(name, about.kind, printed, arm, _SIDES[end], time, share, level))
    return found


def _arm_of(arm: object, about: _Kind, where: str) -> int:
    """0 or 1; -1 for both."""
    if about.arm is not True and _blank(arm):
        return -1
    if about.arm is False:
        raise DataError(f"{where} is of both arms, arm {arm} is given; leave it out")
    text = str(arm).removesuffix(".0")
    if text not in ("0", "1"):
        raise DataError(f"{where} has arm {arm}; the arms are 0 (reference) and 1 (experimental)")
    return int(text)


def _read_counts(at_risk: pd.DataFrame) -> list[Given]:
    """Cumulative events and censored beside the numbers at risk, counted as these are: before the time."""
    found = []
    for kind in ("events", "censored"):
        if kind in at_risk:
            for row in at_risk.to_dict("records"):
                arm = _arm_of(row["arm"], PRINTED_QUANTITIES[kind], "at_risk")
                time = number_or_nan(row["time"], "at_risk.time")
                name = f"{kind}{arm} before {time:g}"
                printed = _printed(name, row[kind], 9, exact=True)
                if printed is not None and time > 0:
                    found.append(Given(name, kind, printed, arm, time=time, before=True))
    return found


def _check(given: Given, tmax: float) -> None:
    if not given.reached:
        if given.kind not in TIMES:
            raise DataError(f"{given.name} is {given.printed}; only a median can be not reached, leave it out")
        return
    value = float(given.printed.value)
    if given.kind in {"hr"} | FOLLOW_UPS | TIMES and value <= 0:
        raise DataError(f"{given.name} is {given.printed}; it must be above 0")
    if given.kind == "rate" and not 0 <= value <= 1:
        advice = f"; give {value / 100:g} for {value:g}%" if 1 < value <= 100 else ""
        raise DataError(f"{given.name} is {given.printed}; survival is a fraction from 0 to 1{advice}")
    if given.kind in ("rate", "rmst", "rmst_difference") and not 0 < given.time <= tmax:
        raise DataError(f"{given.name} is at time {given.time:g}; follow-up goes from 0 to {tmax:g}")
    if given.kind in COUNTS and not (given.time > 0 and given.printed.value.denominator == 1 and value >= 0):
        raise DataError(f"{given.name} is {given.printed}; give a whole number of patients, and a time above 0")
    if given.kind == "rmst" and given.side == 0 and not 0 < given.bounds[0] <= given.time:
        raise DataError(f"{given.name} is {given.printed}; a mean up to {given.time:g} lies from 0 to that")
    if given.kind == "rmst_difference" and given.side == 0 and abs(value) >= given.time:
        raise DataError(f"{given.name} is {given.printed}; means up to {given.time:g} differ by less than that")
    if given.kind in FOLLOW_UPS | TIMES and given.bounds[0] > tmax:
        raise Conflict(f"{given.name} is {given.printed}, {value - tmax:g} after the end of follow-up at {tmax:g}")
    if given.kind == "logrank_p" and not 0 <= value <= 1:
        raise DataError(f"logrank_p is {given.printed}; a P value lies from 0 to 1")


def _check_order(found: list[Given]) -> None:
    groups: dict[tuple[Any, ...], dict[int, Given]] = {}
    for given in found:
        parts = groups.setdefault(given.about, {})
        if given.side in parts:
            raise DataError(f"{parts[given.side].name} is given twice, also as {given.name}; leave one out")
        parts[given.side] = given
    for parts in groups.values():
        if 1 in parts and parts[1].reached and not all(part.reached for part in parts.values()):
            said = ", ".join(f"{part.name} {part.printed}" for part in parts.values())
            raise DataError(f"{said}: whose upper limit is reached has reached all below it; correct one of them")
        for low, high in ((-1, 0), (0, 1), (-1, 1)):
            below, above = parts.get(low), parts.get(high)
            if below and above and below.reached and above.reached and below.printed.value > above.printed.value:
                raise DataError(
                    f"{below.name} is {below.printed}, above {above.name}, {above.printed}; correct one of them"
                )


CHANCE = 0.01
"""At which printed times that are all multiples of a step are taken for recorded in steps."""


def coarse_step(given: list[Given]) -> tuple[float, int, float] | None:
    """The step above their rounding of which all printed times of the curves are multiples, how many these are, and by
    what chance; None where it might well be chance, or there is no such step.

    >>> times = [Given(f"quantile0 at {x}", "quantile", Printed(x), 0) for x in ("5.5", "8.0", "12.5")]
    >>> coarse_step(times)
    (0.5, 3, 0.008)
    """
    values = [item.printed for item in given if item.kind in TIMES and item.reached and not item.printed.relation]
    decimals = max((value.decimals for value in values), default=0)
    units = {int(value.value * 10**decimals) for value in values}  # of the last digit
    common = gcd(*units) if units else 0
    step = max((x for x in _STEPS if 1 < x <= common and common % x == 0), default=0)
    if not step or step ** -len(units) > CHANCE:
        return None
    return step / 10**decimals, len(units), round(float(step) ** -len(units), 6)


def check_possible(given: list[Given], arms: list[Totals]) -> None:
    """Kaplan–Meier survival is no lower than the share still at risk, no more patients are counted than are lost, and a
    median without a lower limit is the time of a last drop to 0, where R has no limits.

    Raises
    ------
    DataError
        For a median without a lower limit before the end of the curve.
    Conflict
        With the two numbers and how far they are apart.
    """
    for item in given:
        arm = arms[item.arm]
        if item.kind == "rate" and item.side == 0:
            later = arm.time > item.time  # an event at the time itself is still at risk there
            if later.any():
                share = arm.n_risk[later][0] / arm.n
                if item.bounds[1] < share:
                    raise Conflict(
                        f"{item.name} is {item.printed} at {item.time:g}, but {arm.n_risk[later][0]} of {arm.n} were "
                        f"still at risk at {arm.time[later][0]:g}: survival is {share:.3f} or more, "
                        f"{share - float(item.printed.value):.3f} higher"
                    )
        if item.kind in COUNTS:
            _check_count(item, arm, given)
        if item.kind in TIMES and item.side == 0 and item.reached and item.bounds[1] < arm.tmax:
            for other in given:
                if other.about == item.about and other.side < 0 and not other.reached:
                    raise DataError(
                        f"{item.name} is {item.printed}, {other.name} is {other.printed}: what is reached before the "
                        f"curve ends, at {arm.tmax:g}, has a lower limit; correct one of them"
                    )


def _check_count(item: Given, arm: Totals, given: list[Given]) -> None:
    later = arm.time >= item.time if item.before else arm.time > item.time
    lost = arm.n - int(arm.n_risk[later][0]) if later.any() else arm.n
    most, why = lost, f"{lost} of {arm.n} patients are lost by then"
    if arm.events >= 0:
        total = arm.events if item.kind == "events" else arm.n - arm.events
        if total < most:
            most, why = total, f"the arm has {total} in all"
    if item.bounds[0] > most:
        raise Conflict(f"{item.name} is {item.printed}, but {why}, {item.bounds[0] - most:g} fewer")
    if item.before and item.kind == "events" and item.time in arm.time:
        for other in given:
            if other.about == ("censored", *item.about[1:]) and item.printed.value + other.printed.value != lost:
                counted = item.printed.value + other.printed.value + arm.n - lost
                raise Conflict(
                    f"arm {arm.arm}, time {item.time:g}: {item.printed} events, {other.printed} censored and "
                    f"{arm.n - lost} at risk are {counted} patients, not {arm.n}; events and censored are counted "
                    "before the time, as who leaves at it is still at risk; correct one of them"
                )
