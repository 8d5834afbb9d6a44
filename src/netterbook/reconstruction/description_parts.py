"""Parts of a trial description, checked one by one."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from netterbook.methods.months import DAYS_PER_MONTH
from netterbook.methods.visits import scan_weeks
from netterbook.reconstruction.faults import shortened
from netterbook.reconstruction.given_tables import EARLIEST_TIME, LATEST_TIME, Context, checked_time
from netterbook.reconstruction.printed_forms import as_level
from netterbook.reconstruction.summary_forms import expand_row

_DAYS = {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": 365.25}
_SCANS = 500
"""No schedule has more scans."""
_DIGITS = 30
"""No printed number has more characters."""
MOST_ARMS = 10


def context_of(info: ValidationInfo) -> Context:
    """What the description is read with."""
    return info.context if isinstance(info.context, Context) else Context()


def _arm(given: object, info: ValidationInfo) -> object:
    return given if isinstance(given, int) else context_of(info).names.number(given, "arm")


def _confidence(given: object) -> object:
    return as_level(given) if isinstance(given, str) else given


def _date(text: Any) -> date:
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"{shortened(text)} is no date; write it as 2020-01-31") from None


_SCHEDULE = re.compile(r"every ([\d.]+) (day|week|month|year)s?(?: after (day|week|month|year)s? ([\d., ]+))?")


def days_of(unit: str) -> float:
    """Of a unit of time."""
    try:
        return _DAYS[_singular(unit)]
    except KeyError:
        raise ValueError(
            f"the unit of the file is {shortened(unit)}; for this it must be days, weeks, months or years"
        ) from None


def _singular(unit: str) -> str:
    return unit.strip().lower().removesuffix("s")


def unit_of_time(given: object) -> object:
    """Any word, but none that looks like a slip of a usual one."""
    usual = [f"{name}s" for name in _DAYS]
    said = _singular(given) if isinstance(given, str) else ""
    if said not in _DAYS and (near := get_close_matches(f"{said}s", usual, n=1, cutoff=0.7)):
        raise ValueError(f"{shortened(given)} is none of {', '.join(usual)}; did you mean {near[0]!r}?")
    return given


def due_scans(given: object, info: ValidationInfo) -> object:
    """Times of scans, also of a schedule in words, as far as follow-up goes, in the unit of the file."""
    if (
        not isinstance(given, str) or not {"unit", "arms", "at_risk"} <= info.data.keys()
    ):  # a fault of these comes first
        return given if isinstance(given, list) else []
    found = _SCHEDULE.fullmatch(given.strip())
    if not found:
        raise ValueError(f"{shortened(given)} is no schedule; give times, or as in 'every 12 weeks after week 16, 24'")
    unit = days_of(info.data["unit"])
    every = checked_time(found[1], "the interval") * _DAYS[found[2]] / unit
    first = [
        checked_time(part, "a scan") * _DAYS[found[3]] / unit for part in (found[4] or "").replace(",", " ").split()
    ]
    end = max([0.0, *info.data["at_risk"]["time"], *(arm.tmax or 0.0 for arm in info.data["arms"])])
    if every <= 0 or end == 0 or end / every > _SCANS:
        raise ValueError(
            f"{shortened(given)}: in a follow-up of {end:g} there are no scans, or too many; correct the unit"
        )
    return scan_weeks(first, every, end).tolist()


PrintedText = Annotated[str, Field(max_length=_DIGITS)]
ConfidenceLevel = Annotated[float, BeforeValidator(_confidence), Field(ge=0.5, lt=1)]
Time = Annotated[float, Field(ge=EARLIEST_TIME, le=LATEST_TIME)]
Count = Annotated[int, Field(ge=0, le=100_000)]
ArmNumber = Annotated[int, BeforeValidator(_arm), Field(ge=0, lt=MOST_ARMS)]


class DescriptionKeys(BaseModel):
    """What all parts share: no unknown key; a blank value is one not given."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value != ""} if isinstance(given, dict) else given


class TrialArm(DescriptionKeys):
    """An arm: 0 is the reference, others experimental; ``tmax`` is the end of its curve, in the trial's unit."""

    arm: Annotated[int, Field(ge=0, lt=MOST_ARMS)]
    name: str
    n: Annotated[int, Field(ge=1, le=100_000)]
    events: Count | None = None
    tmax: Time | None = None
    in_files: str | None = None


class Rate(DescriptionKeys):
    """A printed survival rate, a fraction or per cent, with its limits."""

    arm: ArmNumber
    time: Time
    survival: PrintedText
    low: PrintedText | None = None
    high: PrintedText | None = None
    level: ConfidenceLevel | None = None

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, given: Any) -> Any:
        return expand_row(given, "survival", "survival") if isinstance(given, dict) else given


class Quantity(DescriptionKeys):
    """Anything else that is printed, with its limits and their confidence level; see :func:`.from_summaries`."""

    quantity: str
    arm: ArmNumber | None = None
    time: Time | None = None
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    value: PrintedText | None = None
    low: PrintedText | None = None
    high: PrintedText | None = None
    level: ConfidenceLevel | None = None

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, given: Any) -> Any:
        return expand_row(given, "value", str(given.get("quantity"))) if isinstance(given, dict) else given


class Stratum(DescriptionKeys):
    """Patients and events of an arm at a level of a factor by which an analysis was stratified."""

    factor: str
    level: str
    arm: ArmNumber
    n: Count
    events: Count


class Enrolment(DescriptionKeys):
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
        days = days_of(unit)
        return (self.cutoff - self.last).days / days, (self.cutoff - self.first).days / days
