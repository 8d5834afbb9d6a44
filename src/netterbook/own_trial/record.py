"""The record of a trial in a folder of its own: ``trial.yml``, which names its groups, tables and end points."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from netterbook.errors import DataError
from netterbook.files import read_limited
from netterbook.reconstruction.faults import Mistakes
from netterbook.reconstruction.strict_yaml import strings_of

RECORD = "trial.yml"
_LARGEST = 100_000  # bytes of a record

Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Group(_Keys):
    """A group of the trial; ``also``: how headings of tables call it."""

    name: Annotated[str, Field(min_length=1)]
    n: Annotated[int, Field(ge=1, le=100_000)]
    also: Names = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.name, *self.also


class PrintedTable(_Keys):
    """A table as printed. ``each_once``: sections whose rows hold every patient once. ``population``: whose numbers
    they are, where it is not all patients randomised.
    """

    file: str
    title: str = ""
    population: str = ""
    each_once: Names = ()


class TrialRecord(_Keys):
    """A trial: its title, groups (the reference first), tables, and end points, each a description of its own."""

    title: str
    source: str = ""
    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=8)]
    tables: tuple[PrintedTable, ...] = ()
    end_points: Names = ()

    @model_validator(mode="after")
    def _distinct(self) -> TrialRecord:
        names = [name.casefold() for group in self.groups for name in group.names]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"two groups are called {twice[0]!r}; give each its own names")
        if not self.tables and not self.end_points:
            raise ValueError("there is nothing to check; name a file under tables or end_points")
        return self


def read_record(folder: Path, faults: list[str]) -> TrialRecord:
    """The record of a folder; keys that there are not are left out and added to ``faults``, a line each.

    Raises
    ------
    DataError
        If it cannot be read; :class:`.Mistakes`, a line for every fault, if it says what it should not.
    """
    path = folder / RECORD
    try:
        given = strings_of(read_limited(path, _LARGEST))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; netterbook new-trial writes one") from None
    except ValueError as error:
        raise DataError(f"{RECORD}: {error}") from None
    try:
        return TrialRecord.model_validate(given)
    except ValidationError as error:
        found = error.errors()
        faults += _lines(found)
    if any(fault["type"] != "extra_forbidden" for fault in found):
        raise Mistakes(faults)
    for fault in found:
        _remove(given, fault["loc"])
    try:
        return TrialRecord.model_validate(given)
    except ValidationError as error:
        raise Mistakes([*faults, *_lines(error.errors())]) from None


def _lines(found: Sequence[Any]) -> list[str]:
    return [f"{RECORD}, {_place(fault)}: {_said(fault)}" for fault in found]


def _remove(given: Any, place: Sequence[Any]) -> None:
    for part in place[:-1]:
        given = given[part]
    del given[place[-1]]


def _place(fault: Any) -> str:
    words = (f"entry {part + 1}" if isinstance(part, int) else str(part) for part in fault["loc"])
    return ", ".join(words) or "the whole"


def _said(fault: Any) -> str:
    if fault["type"] == "missing":
        return "is missing"
    if fault["type"] == "extra_forbidden":
        parts: dict[Any, type[_Keys]] = {"groups": Group, "tables": PrintedTable}
        known = list((parts[fault["loc"][0]] if len(fault["loc"]) > 1 else TrialRecord).model_fields)
        near = get_close_matches(str(fault["loc"][-1]), known, n=1)
        return f"is no key of this part; {f'did you mean {near[0]!r}? ' if near else ''}there are: {', '.join(known)}"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    expected = "should be a whole number" if fault["type"].startswith("int_") else fault["msg"].removeprefix("Input ")
    return f"is {str(fault['input'])[:60]!r}; it {expected}"
