"""Parameters of the chapters: typed, documented, checked before anything is computed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from math import floor
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.functional_validators import BeforeValidator

from netterbook.errors import ParameterError

Level = Annotated[
    float, Field(gt=0.5, lt=1, description="confidence level of intervals that the chapter computes, 0.95 for 95%")
]
Activity = Annotated[float, Field(gt=0, le=40, description="activity per cycle, GBq")]
Cycles = Annotated[int, Field(ge=1, le=20, description="number of cycles")]
Draws = Annotated[int, Field(ge=20, le=5000, description="sets of patients in each ensemble")]
Seed = Annotated[int, Field(ge=0, description="seed of the random numbers")]


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


IN_ANY_CASE = BeforeValidator(_word)
"""For a parameter that takes one of several words."""


class Parameters(BaseModel):
    """What every chapter's parameters share: no unknown name, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_SIMPLE = (bool, int, float, str, list, tuple, dict, set, type(None))
_IPYTHON = {"In", "Out"}


def read(model: type[Parameters], namespace: dict[str, Any]) -> Parameters:
    """The parameters that a notebook's names spell out; call it right after the parameters cell with ``globals()``.

    Raises
    ------
    ParameterError
        If a name is none of the chapter's parameters, or a value is of the wrong type or out of range. The message
        names the value and what would do.

    >>> class Chapter(Parameters):
    ...     level: Level = 0.95
    >>> read(Chapter, {"level": 0.9}).level
    0.9
    >>> read(Chapter, {"levle": 0.9})
    Traceback (most recent call last):
    netterbook.errors.ParameterError: unknown parameter 'levle'; did you mean 'level'? Parameters of this chapter: level
    """
    given = {
        name: value
        for name, value in namespace.items()
        if isinstance(value, _SIMPLE) and not name.startswith("_") and name not in _IPYTHON
    }
    known = list(model.model_fields)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise ParameterError(f"unknown parameter {name!r}{hint} Parameters of this chapter: {', '.join(known)}")
    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        about = model.model_fields[name].description
        value = given.get(name, model.model_fields[name].default)
        why = first["msg"].removeprefix("Value error, ")
        raise ParameterError(
            f"parameter {name} = {value!r} cannot be used: {why[0].lower()}{why[1:]} ({about})"
        ) from None


def parse(model: type[Parameters], given: Mapping[str, str]) -> dict[str, Any]:
    """Values given as text, each of the type that the model has for it.

    Raises
    ------
    ParameterError
        As :func:`read` does.

    >>> class Chapter(Parameters):
    ...     level: Level = 0.95
    >>> parse(Chapter, {"level": "0.9"})
    {'level': 0.9}
    >>> parse(Chapter, {"levle": "0.9"})
    Traceback (most recent call last):
    netterbook.errors.ParameterError: unknown parameter 'levle'; did you mean 'level'? Parameters of this chapter: level
    """
    hidden = next((name for name in given if name.startswith("_") or name in _IPYTHON), None)
    if hidden is not None:
        raise ParameterError(
            f"unknown parameter {hidden!r}. Parameters of this chapter: {', '.join(model.model_fields)}"
        )
    found = read(model, dict(given))
    values = {name: getattr(found, name) for name in given}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def described(model: type[Parameters]) -> list[dict[str, str]]:
    """Name, type, what can be given, default and meaning of each parameter, from the model itself.

    >>> class Chapter(Parameters):
    ...     level: Level = 0.95
    >>> [list(row.values())[:4] for row in described(Chapter)]
    [['level', 'number', 'above 0.5, below 1', '0.95']]
    """
    schema = model.model_json_schema()["properties"]
    found = []
    for name, field in model.model_fields.items():
        about = schema[name]
        inner = about.get("items", about)
        limits = [f"{said} {about[key]:g}" for key, said in _LIMITS.items() if key in about]
        if isinstance(field.default, bool):
            limits = ["true, false"]
        choices = [str(each) for each in inner.get("enum", [])]
        found.append({
            "parameter": name,
            "type": _KINDS[about["type"]],
            "can be": ", ".join(choices or limits),
            "default": field.default if isinstance(field.default, str) else repr(field.default),
            "meaning": field.description or "",
        })  # fmt: skip
    return found


_KINDS = {
    "number": "number",
    "integer": "whole number",
    "string": "word",
    "boolean": "yes or no",
    "array": "words, by commas",
}
_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def rows(model: type[Parameters]) -> list[tuple[str, str, str]]:
    """Name, default and meaning of each parameter, for a chapter's closing table."""
    return [(name, repr(field.default), field.description or "") for name, field in model.model_fields.items()]


def cell(model: type[Parameters]) -> str:
    """Source of the cell tagged ``parameters``: what a chapter takes, its defaults and their meanings.

    >>> class Chapter(Parameters):
    ...     level: Level = 0.95
    ...     draws: Draws = 200
    >>> print(cell(Chapter))
    level: float = 0.95  # confidence level of intervals that the chapter computes, 0.95 for 95%
    draws: int = 200  # sets of patients in each ensemble
    """
    lines = []
    for name, field in model.model_fields.items():
        words = isinstance(field.default, str)
        default = json.dumps(field.default, ensure_ascii=False) if words else repr(field.default)
        lines.append(f"{name}: {type(field.default).__name__} = {default}  # {field.description}")
    return "\n".join(lines)


def check_time(name: str, time: float, last: float) -> None:
    """Refuse a time beyond the curves.

    Parameters
    ----------
    name : of the parameter
    time, last : what was given, and the last time that the curves of both groups reach; months

    Raises
    ------
    ParameterError
        With the last whole month that would do.
    """
    if time > last:
        raise ParameterError(
            f"parameter {name} = {time:g} months cannot be used: the curves of both groups reach {last:.1f} months; "
            f"give {floor(last):g} or less"
        )
