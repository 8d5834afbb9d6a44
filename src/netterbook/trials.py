"""One record a trial, ``data/<paper>/trial.yml``: arms, end points, tables, scans, design and the words for them.

A record says where in the ledger a trial's numbers stand. Numbers are named as in the paper's tables, without the
paper's key; ``{arm}`` in a name stands for the key of either arm.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from netterbook import text
from netterbook.errors import DataError
from netterbook.ledger import Ledger

Words = Annotated[tuple[str, ...], BeforeValidator(lambda value: value.split() if isinstance(value, str) else value)]
"""Several names, written as one string with spaces or as a list."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Arm(_Strict):
    """A group of patients: ``key`` in the ids of claims, ``name`` for readers."""

    key: str
    name: str

    @property
    def heading(self) -> str:
        """The name where a heading or a line begins."""
        return text.capital(self.name)


class EndPoint(_Strict):
    """Where an end point's numbers stand.

    ``name`` and ``short`` in full and as an abbreviation; ``event`` is the word for having had it. ``at_risk`` is the
    table of the numbers at risk. All others are claims: ``patients``, ``events``, ``median`` and ``rate`` (survival at
    the time ``landmark``) of each arm, ``hazard_ratio`` and its ``p``; ``assumed_median`` as the trial's plan had it.
    ``stratified``: hazard ratio and P value are of a stratified analysis, to which patients without strata cannot be
    held. ``scanned``: its events are found at the trial's scans.
    """

    name: str
    short: str
    event: str
    at_risk: str
    patients: str
    events: str
    hazard_ratio: str = ""
    p: str = ""
    median: str = ""
    rate: str = ""
    landmark: str = ""
    assumed_median: str = ""
    stratified: bool = False
    scanned: bool = False


class Response(_Strict):
    """Responders, patients and, where they are printed, those evaluable or with unknown response."""

    responders: str
    patients: str
    evaluable: str = ""
    unknown: str = ""
    rate: str = ""
    interval_method: str = ""
    """By which the paper's own intervals are made."""
    table: str = ""
    categories: Words = ()
    """Rows of the table that hold every patient once, from the best response on."""


class AdverseEvents(_Strict):
    """Tables with a row an event, and their columns with ``any`` grade and ``severe`` ones; ``text`` has further events
    by grade and name, as their claim, or that of each arm.

    ``sectioned``: only with the name of its section before it does a row say what it counts.
    """

    tables: Words
    any: str
    severe: str
    severe_name: str
    patients: str
    sectioned: bool = False
    text: Mapping[str, Mapping[str, Words]] = Field(default_factory=dict)


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
    power: str = ""
    sides: int = 1
    events: tuple[int, int]
    """Range of event numbers worth showing."""


class Profile(_Strict):
    """A figure of the flow of patients. ``again``: by arm, those treated anew or crossed over, and those still so."""

    figure: str
    again: Mapping[str, tuple[str, str]]


class Interim(_Strict):
    """An interim analysis: its end point; claims of the plan, events at the final analysis and months of accrual; and
    reference facts, what the final analysis found.
    """

    end_point: str
    planned: str
    accrual: str
    final_events: str
    final_hazard_ratio: str


class FinalAnalysis(_Strict):
    """A final analysis of survival, reported later: ``years`` from the last randomisation to it, a claim, and reference
    facts from its report.

    Reconstructions are given: ``patients`` randomised, ``enrolment``, its first and last day, ``hazard_ratio``, and of
    each arm ``median`` and ``follow_up`` with its range. Kept back: ``deaths`` of all; up to a time that the fact's
    name states, restricted ``means`` and ``early`` deaths of each arm, and ``gain``, the difference of the means; and
    ``proportional``, the P value of a test of proportional hazards.
    """

    years: str
    patients: str
    enrolment: tuple[str, str]
    hazard_ratio: str
    median: Mapping[str, str]
    follow_up: Mapping[str, str]
    deaths: str
    means: Mapping[str, str]
    gain: str
    early: Mapping[str, str]
    proportional: str

    @property
    def given(self) -> tuple[str, ...]:
        """Facts that reconstructions are given."""
        return self.patients, *self.enrolment, self.hazard_ratio, *self.median.values(), *self.follow_up.values()


class Document(_Strict):
    """A paper: its ``title``, what was ``read`` of it in words, and in the code of the reference facts."""

    key: str
    title: str
    read: str
    confidence: Literal["read-in-full-text", "read-in-abstract"] = "read-in-full-text"
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
    follow_up: str = ""
    """Median, months."""
    baseline: str = ""
    shortened: Mapping[str, str] = Field(default_factory=dict)
    """Sections of the baseline table by a shorter name."""
    response: Response | None = None
    adverse_events: AdverseEvents | None = None
    subgroups: Subgroups | None = None
    partitions: Mapping[str, Words] = Field(default_factory=dict)
    """Rows of the baseline table that hold every patient once."""
    strata: Mapping[str, Words] = Field(default_factory=dict)
    """Levels of each stratification factor, as rows of the subgroup figure."""
    scans: Scans | None = None
    design: Design | None = None
    testing: Mapping[str, str] = Field(default_factory=dict)
    """End points in the order of testing, and the claim of each P value, where one is printed."""
    profile: Profile | None = None
    interim: Interim | None = None
    final: FinalAnalysis | None = None

    @property
    def primary(self) -> EndPoint:
        """The end point that is named first."""
        return next(iter(self.end_points.values()))

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

    @property
    def names(self) -> tuple[str, str]:
        """Of the arms, the experimental one first."""
        return self.arms[0].name, self.arms[1].name

    @property
    def headings(self) -> tuple[str, str]:
        """Names of the arms as headings, the experimental one first.

        >>> from netterbook.papers import data_dir
        >>> read(data_dir())["netter2"].headings
        ('¹⁷⁷Lu-Dotatate', 'Control')
        """
        return self.arms[0].heading, self.arms[1].heading

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

    def counts(self, ledger: Ledger, name: str) -> tuple[int, int]:
        """Printed counts of both arms, the experimental one first.

        >>> from netterbook.papers import data_dir, load
        >>> ledger = load(data_dir())
        >>> read(ledger.folder)["netter1"].counts(ledger, "table1.n.{arm}.count")
        (116, 113)
        """
        first, second = self.of_arms(name)
        return ledger.count(first), ledger.count(second)


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
        elif not (folder / key).is_dir():
            raise DataError(f"{path} names {key!r}, but there is no folder {folder / key}")
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


_Part = TypeVar("_Part", bound=_Strict)


def recorded(trial: Trial, kind: type[_Part]) -> _Part:
    """A part of a trial's record that not every trial has.

    Raises
    ------
    DataError
        If this one has not.

    >>> from netterbook.papers import data_dir
    >>> recorded(read(data_dir())["netter1"], Subgroups).overall
    'figure1c.overall.hr.hr'
    """
    name = next(name for name, field in Trial.model_fields.items() if kind in get_args(field.annotation))
    part = getattr(trial, name)
    if not isinstance(part, kind):
        raise DataError(f"{trial.key}/trial.yml has no {name}, which this needs")
    return part


_Kind = TypeVar("_Kind", bound=Document)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where it was built: a record is read often


def _yaml(path: Path) -> dict[str, Any]:
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
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
