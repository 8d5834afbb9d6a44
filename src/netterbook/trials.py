"""One record a trial, ``data/<paper>/trial.yml``: arms, end points, tables, scans, design and the words for them.

A record says where in the ledger a trial's numbers stand. Numbers are named as in the paper's tables, without the
paper's key; ``{arm}`` in a name stands for the key of either arm.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from netterbook.errors import DataError

Words = Annotated[tuple[str, ...], BeforeValidator(lambda value: value.split() if isinstance(value, str) else value)]
"""Several names, written as one string with spaces or as a list."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Arm(_Strict):
    """A group of patients: ``key`` in the ids of claims, ``name`` for readers."""

    key: str
    name: str


class EndPoint(_Strict):
    """Where an end point's numbers stand. ``free`` and ``event`` are the words for being without and having had it.

    ``stratified``: hazard ratio and P value are of a stratified analysis, to which patients without strata cannot be
    held.
    """

    name: str
    short: str
    free: str
    event: str
    at_risk: str
    patients: str
    events: str
    hazard_ratio: str = ""
    p: str = ""
    median: str = ""
    rate: str = ""
    landmark: str = ""
    stratified: bool = False


class Response(_Strict):
    """Responders, patients and, where they are printed, those evaluable or with unknown response."""

    responders: str
    patients: str
    evaluable: str = ""
    unknown: str = ""
    rate: str = ""
    interval_method: str = ""
    """By which the paper's own intervals are made."""


class AdverseEvents(_Strict):
    """Tables with a row an event, and their columns with any grade and severe ones; ``text`` has further rows by grade,
    as the stem of their claims and their label.
    """

    tables: Words
    any: str
    severe: str
    severe_name: str
    patients: str
    text: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)


class Subgroups(_Strict):
    """A figure of hazard ratios by subgroup, the row of all patients, and rows that exclude each other."""

    figure: str
    overall: str
    pairs: Mapping[str, Words] = Field(default_factory=dict)
    events: bool = False
    """Whether the figure prints events by arm."""


class Scans(_Strict):
    """Weeks of the first scans, then one every so many weeks: claims."""

    first: Words = ()
    every: str


class Design(_Strict):
    """Claims of the plan for the primary end point. ``sides``: 2 if alpha is one-sided."""

    planned: str
    alpha: str
    sides: int = 1
    events: tuple[int, int]
    """Range of event numbers worth showing."""


class Document(_Strict):
    """A paper: its ``title`` and what was ``read`` of it."""

    key: str
    title: str
    read: str
    arms: tuple[Arm, ...] = ()

    def name_of(self, arm: str) -> str:
        """The arm's name for readers; other groups have their key.

        >>> from netterbook.papers import data_dir
        >>> documents(data_dir())["netter1"].name_of("lu")
        '¹⁷⁷Lu-Dotatate'
        """
        return next((each.name for each in self.arms if each.key == arm), arm)


class Trial(Document):
    """A randomised trial of two arms, the experimental one first."""

    name: str
    arms: tuple[Arm, Arm]
    allocation: tuple[int, int] = (1, 1)
    end_points: Mapping[str, EndPoint]
    baseline: str = ""
    response: Response | None = None
    adverse_events: AdverseEvents | None = None
    subgroups: Subgroups | None = None
    partitions: Mapping[str, Words] = Field(default_factory=dict)
    """Rows of the baseline table that hold every patient once."""
    strata: Mapping[str, Words] = Field(default_factory=dict)
    """Levels of each stratification factor, as rows of the subgroup figure."""
    scans: Scans | None = None
    design: Design | None = None

    @property
    def experimental(self) -> Arm:
        return self.arms[0]

    @property
    def control(self) -> Arm:
        return self.arms[1]

    @property
    def keys(self) -> tuple[str, str]:
        """Of the arms, the experimental one first."""
        return self.arms[0].key, self.arms[1].key

    @cached_property
    def share(self) -> float:
        """Of patients allocated to the experimental arm."""
        return self.allocation[0] / sum(self.allocation)

    def claim(self, name: str, arm: str = "") -> str:
        """A claim's id from its name in the record.

        >>> from netterbook.papers import data_dir
        >>> trial = read(data_dir())["netter1"]
        >>> trial.claim(trial.end_points["pfs"].events, "lu")
        'netter1.results.pfs_events_lu'
        """
        return f"{self.key}.{name.format(arm=arm)}"

    def of_arms(self, name: str) -> tuple[str, str]:
        """The claims of both arms."""
        first, second = (self.claim(name, arm) for arm in self.keys)
        return first, second


def documents(folder: Path) -> Mapping[str, Document]:
    """The papers with a record in a data folder, trials among them, in the order of ``papers.yml``.

    Raises
    ------
    DataError
        If a record cannot be read; the message names file, field and value.
    """
    path = folder / "papers.yml"
    found: dict[str, Document] = {}
    for key, about in _yaml(path).items():
        record = folder / key / "trial.yml"
        if record.is_file():
            found[key] = _validated(Trial, {"key": key} | about | _yaml(record), record)
        else:
            found[key] = _validated(Document, {"key": key} | about, path)
    return MappingProxyType(found)


def read(folder: Path) -> Mapping[str, Trial]:
    """The trials of a data folder by key, in order.

    >>> from netterbook.papers import data_dir
    >>> [trial.name for trial in read(data_dir()).values()]
    ['NETTER-1', 'NETTER-2']
    """
    return MappingProxyType({key: each for key, each in documents(folder).items() if isinstance(each, Trial)})


_Kind = TypeVar("_Kind", bound=Document)


def _yaml(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path} is missing; it names the papers of the folder") from None
    except yaml.YAMLError as error:
        raise DataError(f"{path} is no YAML: {error}") from None
    if not isinstance(found, dict):
        raise DataError(f"{path} must hold names and values, not {found!r}")
    return found


def _validated(kind: type[_Kind], about: dict[str, Any], path: Path) -> _Kind:
    try:
        return kind.model_validate(about)
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].lower()} (given: {each['input']!r})"
            for each in error.errors()
        )
        raise DataError(f"{path}: {said}") from None
