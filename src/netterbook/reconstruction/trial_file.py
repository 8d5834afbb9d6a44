"""A file that describes a trial, read and checked."""

from __future__ import annotations

import csv
import difflib
import io
import re
import reprlib
from collections.abc import Callable, Iterable
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from netterbook.errors import DataError
from netterbook.files import read_limited
from netterbook.methods.months import DAYS_PER_MONTH
from netterbook.methods.visits import scan_weeks
from netterbook.reconstruction.curve import from_curve
from netterbook.reconstruction.given import NAMES, Given, read_summaries
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.summaries import from_summaries

EXAMPLE = """\
title: NETTER-1, progression-free survival
unit: months
arms:
  - {arm: 0, name: control, n: 113, events: 68}
  - {arm: 1, name: 177Lu-DOTATATE, n: 116, events: 23}
at_risk:
  time: [0, 6, 12, 18, 24, 30]
  0: [113, 47, 17, 4, 1, 0]
  1: [116, 76, 42, 19, 3, 0]
summaries:
  hr: 0.21
  hr_lo: 0.13
  hr_hi: 0.33
  logrank_p: <0.001
  median0: 8.4
  median1: NR
"""
"""The shortest file worth having, for ``--help`` and ``--example``."""

_COLUMNS = {
    "at_risk": "arm time n_risk", "curve": "arm time survival", "censor_marks": "arm time",
    "strata": "factor level arm n events",
}  # fmt: skip
_COUNTED = ("events", "censored")
"""Columns that numbers at risk may have besides."""
_DAYS = {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": 365.25}
_EARLIEST, _LATEST = 1e-9, 1e9
"""No time is later, none but 0 earlier. Printed summaries are read before follow-up is known, which the reconstruction
then checks."""
_SCANS = 500
"""No schedule has more scans."""
_DIGITS = 30
"""No printed number has more characters."""
_DESCRIPTION, _TABLE = 100_000, 20_000_000
"""Largest files that are read, in bytes."""


class _Loader(yaml.BaseLoader):
    """Every scalar stays the string that was printed; a key given twice is an error, not the last one's win.

    Aliases are refused, as a few of them make a file of one line too large for any memory.
    """

    def parse_flow_mapping_key(self, first: bool = False) -> Any:
        """Refuse what a comma within braces has cut off, as the 5 of ``{tmax: 12,5}``."""
        event = super().parse_flow_mapping_key(first)
        no_value = self.state == self.parse_flow_mapping_empty_value
        if not first and no_value and isinstance(event, yaml.ScalarEvent):
            problem = (
                f"{_short(event.value)} follows a comma, but is no key with a value; write numbers without commas, as "
                "12.5 and 1204, and words that hold one in quotes"
            )
            where: Any = event.start_mark
            raise yaml.constructor.ConstructorError(problem=problem, problem_mark=where)
        return event

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            problem = f"{'*' + event.anchor!r} is an alias; write the value itself, in quotes if it begins with *"
            raise yaml.composer.ComposerError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        text = super().construct_scalar(node)
        for char in text:
            if char == "\0" or "\ud800" <= char <= "\udfff":
                problem = f"{char!r} is no character; write the character itself"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)
        return text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"{key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return super().construct_mapping(node, deep)


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"


def _number(text: Any, what: str) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = np.nan
    if not isfinite(value) or abs(value) > _LATEST:
        raise ValueError(f"{what} is {_short(text)}; give a number")
    return value


def _time(text: Any, what: str) -> float:
    value = _number(text, what)
    if 0 < abs(value) < _EARLIEST:
        raise ValueError(f"{what} is {_short(text)}; give 0 or at least {_EARLIEST:g}")
    return value


def _arm(text: Any, what: str) -> int:
    if text not in ("0", "1"):
        raise ValueError(f"{what} is {_short(text)}; give 0 (reference) or 1 (experimental)")
    return int(text)


def _word(text: Any, what: str) -> str:
    if not text:
        raise ValueError(f"{what} is blank; name it")
    return str(text)


_READ: dict[str, Callable[[Any, str], Any]] = {
    "arm": _arm, "time": _time, "n_risk": _number, "survival": _number, "factor": _word, "level": _word, "n": _number,
    "events": _number, "censored": _number,
}  # fmt: skip


def _inline(given: dict[str, Any]) -> pd.DataFrame:
    """Numbers at risk as ``{time: [...], 0: [...], 1: [...]}``, with lists of cumulative ``events0``, ``censored0``."""
    if "time" not in given or len(given) == 1:
        raise ValueError("give time and the numbers of each arm, as in {time: [0, 6], 0: [10, 7], 1: [10, 9]}")
    known = ["time", "0", "1", *(f"{kind}{arm}" for kind in _COUNTED for arm in (0, 1))]
    for key, values in given.items():
        if key not in known:
            raise ValueError(f"unknown key {_short(key)}; there are: {', '.join(known)}")
        if not isinstance(values, list):
            raise ValueError(f"{key} is {_short(values)}; give a list, as in [0, 6, 12]")
        if len(values) != len(given["time"]):
            raise ValueError(f"{key} has {len(values)} numbers for {len(given['time'])} times; give one each")
        if key not in ("time", "0", "1") and key[-1] not in given:
            raise ValueError(f"{key} goes with the numbers at risk of arm {key[-1]}; add these")
    rows = []
    for arm in ("0", "1"):
        names = {"time": "time", "n_risk": arm} | {k: f"{k}{arm}" for k in _COUNTED if f"{k}{arm}" in given}
        for i in range(len(given["time"]) if arm in given else 0):
            rows.append({"arm": int(arm)} | {k: _cell(k, given[name][i], name) for k, name in names.items()})
    return pd.DataFrame(rows, columns=_with_counted("at_risk", rows))


def _cell(column: str, text: Any, what: str) -> Any:
    return np.nan if column in _COUNTED and text in ("", None) else _READ[column](text, what)


def _with_counted(table: str, rows: list[dict[str, Any]]) -> list[str]:
    """Columns of a table, and those of counts that any row has."""
    columns = _COLUMNS[table].split()
    return columns + [kind for kind in _COUNTED if kind not in columns and any(kind in row for row in rows)]


def _table(given: object, info: ValidationInfo) -> pd.DataFrame:
    """The table of a CSV file whose path is relative to the folder in ``info.context``; numbers at risk also inline."""
    if isinstance(given, dict) and info.field_name == "at_risk":
        return _inline(given)
    if isinstance(given, list) and info.field_name == "strata":
        try:
            strata = TypeAdapter(list[Stratum]).validate_python(given)
        except ValidationError as error:
            raise ValueError(_fault(error)) from None
        return pd.DataFrame([row.model_dump() for row in strata])
    if not isinstance(given, str):
        raise ValueError("give the path of a CSV file")
    columns = _COLUMNS[str(info.field_name)].split()
    rows = []
    try:
        text = read_limited(Path(info.context or "") / given, _TABLE).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
        missing = [column for column in columns if column not in (reader.fieldnames or [])]
        if missing:
            raise ValueError(f"{given} has no column {', '.join(missing)}; it needs {','.join(columns)}")
        for row in reader:
            where = f"{given}, line {reader.line_num}"
            if None in row:
                raise ValueError(f"{where} has more cells than the first; write decimal points, not commas")
            kept = [*columns, *(k for k in _COUNTED if info.field_name == "at_risk" and k in row)]
            rows.append({column: _cell(column, row[column], f"{where}: {column}") for column in kept})
    except OSError as error:
        raise ValueError(f"cannot read {given}: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{given} is no CSV file in UTF-8: {error}") from None
    return pd.DataFrame(rows, columns=_with_counted(str(info.field_name), rows))


def _date(text: Any) -> date:
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"{_short(text)} is no date; write it as 2020-01-31") from None


_SCHEDULE = re.compile(r"every ([\d.]+) (day|week|month|year)s?(?: after (day|week|month|year)s? ([\d., ]+))?")


def _days_of(unit: str) -> float:
    """Of a unit of time."""
    try:
        return _DAYS[unit.strip().lower().removesuffix("s")]
    except KeyError:
        raise ValueError(
            f"the unit of the file is {_short(unit)}; for this it must be days, weeks, months or years"
        ) from None


def _scans(given: object, info: ValidationInfo) -> object:
    """Times of scans, also of a schedule in words, as far as follow-up goes, in the unit of the file."""
    if (
        not isinstance(given, str) or not {"unit", "arms", "at_risk"} <= info.data.keys()
    ):  # a fault of these comes first
        return given if isinstance(given, list) else []
    found = _SCHEDULE.fullmatch(given.strip())
    if not found:
        raise ValueError(f"{_short(given)} is no schedule; give times, or as in 'every 12 weeks after week 16, 24'")
    unit = _days_of(info.data["unit"])
    every = _time(found[1], "the interval") * _DAYS[found[2]] / unit
    first = [_time(part, "a scan") * _DAYS[found[3]] / unit for part in (found[4] or "").replace(",", " ").split()]
    end = max([0.0, *info.data["at_risk"]["time"], *(arm.tmax or 0.0 for arm in info.data["arms"])])
    if every <= 0 or end == 0 or end / every > _SCANS:
        raise ValueError(
            f"{_short(given)}: in a follow-up of {end:g} there are no scans, or too many; correct the unit"
        )
    return scan_weeks(first, every, end).tolist()


def _summaries(given: object) -> object:
    if isinstance(given, dict):
        for name in given:
            if name not in NAMES:
                raise ValueError(f"unknown key {_short(name)}; {_nearest(name, NAMES)}")
        if given.get("landmark"):
            _time(given["landmark"], "landmark")
    return given


PrintedText = Annotated[str, Field(max_length=_DIGITS)]
ConfidenceLevel = Annotated[float, Field(ge=0.5, lt=1)]
Time = Annotated[float, Field(ge=_EARLIEST, le=_LATEST)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class _Keys(BaseModel):
    """What all parts share: no unknown key; a blank value is one not given."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value != ""} if isinstance(given, dict) else given


class TrialArm(_Keys):
    """An arm: 0 is the reference, 1 experimental; ``tmax`` is the end of its curve, in the trial's unit."""

    arm: Annotated[int, Field(ge=0, le=1)]
    name: str
    n: Annotated[int, Field(ge=1, le=100_000)]
    events: Count | None = None
    tmax: Time | None = None


class Rate(_Keys):
    """A printed survival rate, a fraction, with its limits."""

    arm: Annotated[int, Field(ge=0, le=1)]
    time: Time
    survival: PrintedText
    low: PrintedText | None = None
    high: PrintedText | None = None
    level: ConfidenceLevel | None = None


class Quantity(_Keys):
    """Anything else that is printed, with its limits and their confidence level; see :func:`.from_summaries`."""

    quantity: str
    arm: Annotated[int, Field(ge=0, le=1)] | None = None
    time: Time | None = None
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    value: PrintedText | None = None
    low: PrintedText | None = None
    high: PrintedText | None = None
    level: ConfidenceLevel | None = None


class Stratum(_Keys):
    """Patients and events of an arm at a level of a factor by which an analysis was stratified."""

    factor: str
    level: str
    arm: Annotated[int, Field(ge=0, le=1)]
    n: Count
    events: Count


class Enrolment(_Keys):
    """Dates of the first and the last patient's randomisation, and of the end of the data."""

    first: Annotated[date, BeforeValidator(_date)]
    last: Annotated[date, BeforeValidator(_date)]
    cutoff: Annotated[date, BeforeValidator(_date)]

    @model_validator(mode="after")
    def _in_order(self) -> Enrolment:
        if not self.first <= self.last <= self.cutoff or self.first == self.cutoff:
            raise ValueError(f"first {self.first}, last {self.last} and cutoff {self.cutoff} are not in order")
        return self

    def follow_up(self, unit: str) -> tuple[float, float]:
        """The least and the greatest possible, in a unit of time.

        >>> dates = Enrolment(first=date(2020, 1, 22), last=date(2022, 10, 13), cutoff=date(2023, 7, 20))
        >>> [round(x, 1) for x in dates.follow_up("months")]
        [9.2, 41.9]
        """
        days = _days_of(unit)
        return (self.cutoff - self.last).days / days, (self.cutoff - self.first).days / days


Table = Annotated[pd.DataFrame, BeforeValidator(_table)]
DrawCount = Annotated[int, Field(ge=1, le=10_000)]


class TrialDescription(_Keys):
    """A trial description, checked; see the page "Reconstruct patients" of the book."""

    title: str
    unit: str
    arms: Annotated[list[TrialArm], Field(min_length=1, max_length=2)]
    at_risk: Table = pd.DataFrame(columns=["arm", "time", "n_risk"])
    curve: Table | None = None
    censor_marks: Table | None = None
    summaries: Annotated[dict[str, PrintedText], BeforeValidator(_summaries)] = {}
    rates: list[Rate] = []
    quantities: list[Quantity] = []
    withhold: list[str] = []
    scans: Annotated[list[Time], BeforeValidator(_scans)] = []
    time_step: Time | None = None
    closed: bool = False
    enrolment: Enrolment | None = None
    possible_follow_up: Annotated[
        list[Annotated[float, Field(ge=0, le=_LATEST)]], Field(min_length=2, max_length=2)
    ] = []
    strata: Table | None = None
    transform: Literal["log-log", "plain", "log"] = "log-log"
    draws: DrawCount = 200
    budget: Annotated[float, Field(ge=1, le=1000)] = 5
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1

    @model_validator(mode="after")
    def _fits_together(self) -> TrialDescription:
        if self.curve is None and self.censor_marks is not None:
            raise ValueError("censor_marks go with a curve; add curve, or remove them")
        for name in _SUMMARIES_ALONE:
            if self.curve is not None and name in self.model_fields_set:
                raise ValueError(f"{name} goes with summaries alone; remove it, or the curve")
        arms = [own.arm for own in self.arms]
        if len(arms) != len(set(arms)):
            raise ValueError(f"arms has arm {arms[0]} twice; one is 0 (reference), the other 1 (experimental)")
        if self.curve is None and len(arms) < 2:
            raise ValueError("without a curve both arms are needed, 0 and 1")
        if self.enrolment is not None and self.possible_follow_up:
            raise ValueError("possible_follow_up follows from enrolment; remove one of them")
        _ = self.follow_up  # checks the unit
        if self.strata is not None:
            self._check_strata(self.strata)
        names = [item.name for item in self.printed]
        for item in self.printed:
            if item.arm >= 0 and item.arm not in arms:
                raise ValueError(f"{item.name} is of arm {item.arm}, which arms has not")
        for name in self.withhold:
            if name not in names:
                raise ValueError(f"cannot withhold {_short(name)}, which is not given; {_nearest(name, names)}")
        return self

    def _check_strata(self, strata: pd.DataFrame) -> None:
        """That the levels of each factor add up to the arms; both arms, and their events, are needed."""
        if len(self.arms) < 2 or any(arm.events is None for arm in self.arms):
            raise ValueError("strata need both arms, with their events; add these or remove strata")
        for (factor, arm), rows in strata.groupby(["factor", "arm"], sort=False):
            own = next(one for one in self.arms if one.arm == arm)
            for column, total in (("n", own.n), ("events", own.events)):
                if rows[column].sum() != total:
                    found = f"{rows[column].sum():g}, not {total}"
                    raise ValueError(f"strata: {column} of {_short(factor)} in arm {arm} add up to {found}")

    @property
    def printed(self) -> list[Given]:
        """All that is printed, what is withheld among it."""
        return read_summaries(
            self.summaries,
            self.rate_table,
            [_LATEST, _LATEST],
            [row.model_dump() for row in self.quantities],
            self.at_risk,
        )

    @property
    def follow_up(self) -> tuple[float, float] | None:
        """Least and greatest possible follow-up."""
        if self.enrolment is not None:
            return self.enrolment.follow_up(self.unit)
        return (self.possible_follow_up[0], self.possible_follow_up[1]) if self.possible_follow_up else None

    @property
    def inputs(self) -> list[Given]:
        """Those that the patients were made to meet: none where a curve is given."""
        return [] if self.curve is not None else [item for item in self.printed if item.name not in self.withhold]

    @property
    def rate_table(self) -> pd.DataFrame | None:
        """The rates as :func:`.from_summaries` takes them."""
        rows = [rate.model_dump() | {"time": f"{rate.time:g}"} for rate in self.rates]
        return pd.DataFrame(rows) if rows else None

    @property
    def arm_table(self) -> pd.DataFrame:
        """The arms as both ways of reconstruction take them."""
        return pd.DataFrame([arm.model_dump() for arm in self.arms]).astype({"events": float, "tmax": float})

    def name(self, arm: int) -> str:
        """An arm's name; its number where the file names none."""
        return next((own.name for own in self.arms if own.arm == arm), f"arm {arm}")

    def reconstruct(self, jobs: int = 2, progress: Callable[[int], None] = lambda done: None) -> Reconstruction:
        """One set of patients from the curve, else ``draws`` sets from the summaries.

        Parameters
        ----------
        jobs : threads; the result does not depend on them.
        progress : called now and then with the number of draws found so far.

        Raises
        ------
        ValueError
            Where the numbers contradict each other; the message names them.
        """
        if self.curve is None:
            return from_summaries(
                self.at_risk, self.arm_table, self.summaries, rates=self.rate_table,
                quantities=[row.model_dump() for row in self.quantities], withhold=self.withhold, scans=self.scans,
                time_step=self.time_step, closed=self.closed, possible_follow_up=self.follow_up,
                transform=self.transform, draws=self.draws, seed=self.seed, jobs=jobs, budget=self.budget,
                progress=progress,
            )  # fmt: skip
        return from_curve(self.curve, self.at_risk, self.arm_table, censor_marks=self.censor_marks)


_SUMMARIES_ALONE = (
    "withhold", "scans", "time_step", "closed", "enrolment", "possible_follow_up", "quantities", "draws", "seed",
    "budget",
)  # fmt: skip


def read(path: Path, withhold: Iterable[str] = (), **overrides: object) -> TrialDescription:
    """The trial that a file describes; ``withhold`` adds to its own, ``overrides`` take the place of its other keys.

    Raises
    ------
    OSError
        If the file cannot be read.
    DataError
        For anything else that is wrong with it, in one line.
    """
    path = Path(path)
    try:
        content = read_limited(path, _DESCRIPTION)
        given = yaml.load(content, _Loader)  # no tag of YAML makes anything but strings, lists and mappings
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise DataError(_yaml_fault(error)) from None
    if not isinstance(given, dict):
        raise DataError("holds no keys; see netterbook reconstruct --example")
    if withhold:
        own = given.get("withhold") or []
        overrides["withhold"] = [*(own if isinstance(own, list) else [own]), *withhold]
    try:
        return TrialDescription.model_validate(given | overrides, context=path.parent)
    except ValidationError as error:
        raise DataError(_fault(error)) from None


def _yaml_fault(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "nested too deep"
    if any(said in what for said in ("cannot start any token", "indentation indicator", "alphabetic or numeric")):
        what += "; put a value that begins with a sign, as >, in quotes"
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}" if mark else f"no YAML file: {what}"


def _fault(error: ValidationError) -> str:
    """The first fault, an unknown key before what may be missing for its sake."""
    first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    *place, name = (f"entry {part + 1}" if isinstance(part, int) else str(part) for part in first["loc"] or ("",))
    where = ", ".join(place)
    if first["type"] == "extra_forbidden":
        parts: dict[str, type[BaseModel]] = {
            "arms": TrialArm, "rates": Rate, "quantities": Quantity, "enrolment": Enrolment
        }  # fmt: skip

        model = parts.get(place[0], Stratum) if place else TrialDescription
        return f"{where + ': ' if where else ''}unknown key {_short(name)}; {_nearest(name, list(model.model_fields))}"
    where = ", ".join(part for part in (where, name) if part)
    if first["type"] == "missing":
        return f"{where} is missing"
    if first["type"] == "value_error":
        return f"{where}: {first['ctx']['error']}" if where else str(first["ctx"]["error"])
    said = first["msg"].removeprefix("Input ").removeprefix("String ")
    if first["type"] == "model_type":
        said = "should be keys with values, as {arm: 0, ...}"
    return f"{where} is {_short(first['input'])}; it {said}"


_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 40
_repr.maxlevel, _repr.maxlist, _repr.maxdict = 2, 4, 4


def _short(value: object) -> str:
    """A value for a message, cut where it is long."""
    return _repr.repr(value)
