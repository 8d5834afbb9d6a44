"""A trial description file in; individual patients and a report out."""

from __future__ import annotations

import csv
import difflib
import io
import reprlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.errors import Conflict, DataError
from netterbook.files import read_limited
from netterbook.printed import Printed
from netterbook.reconstruction.curve import CurveReconstruction, from_curve
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.summaries import from_summaries
from netterbook.reconstruction.windows import NAMES, UNREACHED, Given, read_summaries

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

_COLUMNS = {"at_risk": "arm time n_risk", "curve": "arm time survival", "censor_marks": "arm time"}
_EARLIEST, _LATEST = 1e-9, 1e9
"""No time is later, none but 0 earlier. Printed summaries are read before follow-up is known, which the reconstruction
then checks."""
_DIGITS = 30
"""No printed number has more characters."""
_DESCRIPTION, _TABLE = 100_000, 20_000_000
"""Largest files that are read, in bytes."""
_LABELS = {
    "hr": "hazard ratio",
    "logrank_p": "log-rank P",
    "median": "median, {arm}",
    "rate": "survival at {time:g}, {arm}",
}
_SIDES = {-1: ", lower limit", 0: "", 1: ", upper limit"}
_CAUTION = """\
**These are not the trial's patients.** They are sets of patients made up to agree with what was printed. Two such sets
can differ in all that was not printed. They hold no covariates: use them for no subgroup, safety or single patient.
This is no medical advice."""


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


_READ = {"arm": _arm, "time": _time, "n_risk": _number, "survival": _number}


def _inline(given: dict[str, Any]) -> pd.DataFrame:
    """Numbers at risk as ``{time: [...], 0: [...], 1: [...]}``."""
    if "time" not in given or len(given) == 1:
        raise ValueError("give time and the numbers of each arm, as in {time: [0, 6], 0: [10, 7], 1: [10, 9]}")
    for key, values in given.items():
        if key not in ("time", "0", "1"):
            raise ValueError(f"unknown key {_short(key)}; there are: time, 0, 1")
        if not isinstance(values, list):
            raise ValueError(f"{key} is {_short(values)}; give a list, as in [0, 6, 12]")
        if len(values) != len(given["time"]):
            raise ValueError(f"{key} has {len(values)} numbers for {len(given['time'])} times; give one each")
    columns = {key: [(_time if key == "time" else _number)(x, key) for x in values] for key, values in given.items()}
    rows = [
        (arm, time, n_risk)
        for arm in (0, 1)
        for time, n_risk in zip(columns["time"], columns.get(str(arm), []), strict=False)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS["at_risk"].split())


def _table(given: object, info: ValidationInfo) -> pd.DataFrame:
    """The table of a CSV file whose path is relative to the folder in ``info.context``; numbers at risk also inline."""
    if isinstance(given, dict) and info.field_name == "at_risk":
        return _inline(given)
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
            rows.append({column: _READ[column](row[column], f"{where}: {column}") for column in columns})
    except OSError as error:
        raise ValueError(f"cannot read {given}: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{given} is no CSV file in UTF-8: {error}") from None
    return pd.DataFrame(rows, columns=columns)


def _summaries(given: object) -> object:
    if isinstance(given, dict):
        for name in given:
            if name not in NAMES:
                raise ValueError(f"unknown key {_short(name)}; {_nearest(name, NAMES)}")
        if given.get("landmark"):
            _time(given["landmark"], "landmark")
    return given


PrintedText = Annotated[str, Field(max_length=_DIGITS)]
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
    withhold: list[str] = []
    scans: list[Time] = []
    transform: Literal["log-log", "plain", "log"] = "log-log"
    draws: DrawCount = 200
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1

    @model_validator(mode="after")
    def _fits_together(self) -> TrialDescription:
        if self.curve is None and self.censor_marks is not None:
            raise ValueError("censor_marks go with a curve; add curve, or remove them")
        for name in ("withhold", "scans", "draws", "seed"):
            if self.curve is not None and name in self.model_fields_set:
                raise ValueError(f"{name} goes with summaries alone; remove it, or the curve")
        arms = [own.arm for own in self.arms]
        if len(arms) != len(set(arms)):
            raise ValueError(f"arms has arm {arms[0]} twice; one is 0 (reference), the other 1 (experimental)")
        if self.curve is None and len(arms) < 2:
            raise ValueError("without a curve both arms are needed, 0 and 1")
        names = [item.name for item in self.printed]
        for item in self.printed:
            if item.arm >= 0 and item.arm not in arms:
                raise ValueError(f"{item.name} is of arm {item.arm}, which arms has not")
        for name in self.withhold:
            if name not in names:
                raise ValueError(f"cannot withhold {_short(name)}, which is not given; {_nearest(name, names)}")
        return self

    @property
    def printed(self) -> list[Given]:
        """The printed summaries and rates, those withheld among them."""
        return read_summaries(self.summaries, self.rate_table, [_LATEST, _LATEST])

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
                self.at_risk, self.arm_table, self.summaries, rates=self.rate_table, withhold=self.withhold,
                scans=self.scans, transform=self.transform, draws=self.draws, seed=self.seed, jobs=jobs,
                progress=progress,
            )  # fmt: skip
        return from_curve(self.curve, self.at_risk, self.arm_table, censor_marks=self.censor_marks)


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
        parts: dict[str, type[BaseModel]] = {"arms": TrialArm, "rates": Rate}
        model = parts[place[0]] if place else TrialDescription
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


def _across(values: Floats) -> str:
    """Median over the draws and, of several, their central 95%."""
    values = values[~np.isnan(values)]
    if not len(values):
        return "no value"
    middle, low, high = (
        "not reached" if np.isinf(x) else f"{x:.4g}"
        for x in np.quantile(values, [0.5, 0.025, 0.975], method="closest_observation")
    )
    return middle if len(values) == 1 or low == high == middle else f"{middle} ({low} to {high})"


def _quantities(trial: TrialDescription) -> list[Given]:
    """What the report estimates: the usual quantities, printed or not, then the printed rates."""
    printed = {item.name: item for item in trial.printed}
    unprinted = Printed("not printed")
    wanted = [("hr", "hr", -1)] * (len(trial.arms) == 2) + [("logrank_p", "logrank_p", -1)] * (len(trial.arms) == 2)
    wanted += [(f"median{arm.arm}", "median", arm.arm) for arm in sorted(trial.arms, key=lambda arm: arm.arm)]
    rows = []
    for name, kind, arm in wanted:
        for end, side in (("", 0), ("_lo", -1), ("_hi", 1)) if kind != "logrank_p" else (("", 0),):
            rows.append(printed.pop(name + end, Given(name + end, kind, unprinted, arm, side)))
    return rows + [item for item in printed.values() if item.kind == "rate"]


@dataclass(frozen=True, eq=False)
class Compared:
    """A number beside those of the patients: ``values`` of every set, ``alike`` where one prints as ``printed``."""

    label: str
    printed: str
    values: Floats
    alike: Booleans | None
    """None where nothing is printed."""
    given: bool
    """Whether the patients were made to meet it."""

    @property
    def missed(self) -> Booleans:
        """The sets that do not print as what they were made to meet."""
        return np.zeros(len(self.values), bool) if self.alike is None or not self.given else ~self.alike

    def __str__(self) -> str:
        """What is given, and what the patients have who miss it."""
        sets = f" in {self.missed.sum()} of {len(self.missed)} sets" if len(self.missed) > 1 else ""
        return f"{self.label}: {self.printed} given, {_across(self.values[self.missed])} of the patients{sets}"


def compare_counts(trial: TrialDescription, found: Reconstruction) -> list[Compared]:
    """Numbers at risk, events and ends of follow-up, each an input whichever way the patients were made."""
    rows = []

    def add(label: str, printed: float, values: Integers | Floats, alike: Booleans) -> None:
        rows.append(Compared(label, f"{printed:g}", values.astype(float), alike, True))

    for arm in trial.arms:
        own = found.arm == arm.arm
        time, event = found.time[:, own], found.event[:, own]
        events = event.sum(axis=1)
        table = trial.at_risk[trial.at_risk["arm"] == arm.arm]
        from_clean = found if isinstance(found, CurveReconstruction) else None
        misprinted = [(own.arm, own.time) for own in from_clean.misprints] if from_clean else []
        for at, n_risk in zip(table["time"], table["n_risk"], strict=True):
            left = from_clean.at_risk(arm.arm, at) if from_clean else (time >= at).sum(axis=1)
            if (arm.arm, at) not in misprinted:  # of which a note tells
                add(f"at risk at {at:g}, {arm.name}", n_risk, left, left == n_risk)
        if arm.events is not None:
            add(f"events, {arm.name}", arm.events, events, events == arm.events)
        if arm.tmax is not None:
            last = time.max(axis=1)
            add(f"end of the curve, {arm.name}", arm.tmax, last, _ends(time, event, arm.tmax, table))
    return rows


def _ends(time: Floats, event: Integers, tmax: float, at_risk: pd.DataFrame) -> Booleans:
    """Whether the curve of every set (set x patient) ends at ``tmax``.

    It does with the last patient, unless it lies at 0 from then on. Where nobody is at risk at ``tmax`` the last one
    left before, after the column of numbers at risk before it.
    """
    last = time.max(axis=1)
    at_zero = np.all((event == 1) | (time < last[:, None]), axis=1)
    before = at_risk["time"][at_risk["time"] < tmax].max() if (at_risk["time"] < tmax).any() else 0.0
    nobody = ((at_risk["time"] == tmax) & (at_risk["n_risk"] == 0)).any()
    return np.asarray((last == tmax) | ((last < tmax) & (at_zero | (nobody & (last >= before)))))


def compare_summaries(trial: TrialDescription, found: Reconstruction) -> list[Compared]:
    """The usual quantities, and the rates that are printed."""
    inputs = {item.name for item in trial.inputs}
    rows = []
    for item in _quantities(trial):
        values = found.each(partial(item.value, transform=trial.transform))
        if item.kind == "median":
            values = np.where(np.isnan(values), np.inf, values)
        label = _LABELS[item.kind].format(arm=trial.name(item.arm), time=item.time) + _SIDES[item.side]
        alike, given = None, item.name in inputs
        if item.reached or str(item.printed) in UNREACHED:
            # Draws whose median is the first time at 0.5 were made to meet it so, and a note says it
            alike = found.each(partial(item.met, transform=trial.transform, first=given)) == 1
        rows.append(Compared(label, str(item.printed) if alike is not None else "", values, alike, given))
    return rows


@dataclass(frozen=True)
class Made:
    """What is written of a trial."""

    draws: int
    patients: str
    """The sets of patients as CSV."""
    report: str
    missed: tuple[str, ...]
    """The inputs that some patients miss, in words."""


def make(
    trial: TrialDescription,
    *,
    jobs: int = 2,
    keep_nearest: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Made:
    """Reconstruct the patients of a trial, compare them with all that was given, and report.

    Parameters
    ----------
    keep_nearest : keep the nearest patients found where none meet all that was given.

    Raises
    ------
    ValueError
        Where the numbers contradict each other or, unless ``keep_nearest``, the patients miss one that was given.
    """
    try:
        found = trial.reconstruct(jobs, progress)
    except Conflict as conflict:
        if not keep_nearest or conflict.nearest is None:
            raise
        found = conflict.nearest
    counts, summaries = compare_counts(trial, found), compare_summaries(trial, found)
    missed = tuple(str(row) for row in [*counts, *summaries] if row.missed.any())
    if missed and not keep_nearest:
        raise Conflict(f"the patients miss what was given: {'; '.join(missed)}; correct one of the numbers", found)
    patients = found.patients.to_csv(index=False, lineterminator="\n")
    return Made(found.draws, patients, report(trial, found, counts, summaries, patients), missed)


def _escape(text: str) -> str:
    """Words of the description in a line of the report: no markup, no new line.

    >>> print(_escape("<b>*A*</b> |\\n[1](x) & `y`"))
    &lt;b>\\*A\\*&lt;/b> \\| \\[1\\](x) &amp; \\`y\\`
    """
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return "".join(_ENTITIES.get(char, f"\\{char}" if char in "\\`*_{}[]#|~^$" else char) for char in text)


_ENTITIES = {"<": "&lt;", "&": "&amp;"}


def _markdown(header: list[str], rows: Sequence[Sequence[object]]) -> str:
    lines: list[Sequence[object]] = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def report(
    trial: TrialDescription, found: Reconstruction, counts: list[Compared], summaries: list[Compared], patients: str
) -> str:
    """What was given, what follows from it and what the patients are not, in Markdown.

    It holds the SHA-256 of ``patients``, the file that it tells of.
    """
    given = [row for row in [*counts, *summaries] if row.given]
    met = found.draws - np.any([row.missed for row in given], axis=0).sum() if given else found.draws
    missed = [_escape(str(row)) for row in given if row.missed.any()]
    rows = []
    for row in summaries:
        source = "given" if row.given else "estimated" if row.alike is None else "estimated, not an input"
        alike = "" if row.alike is None else f"{row.alike.sum()} of {found.draws}"
        rows.append([_escape(row.label), row.printed, _across(row.values), source, alike])
    if trial.curve is None:
        made = f"from printed summaries, seed {trial.seed}"
        kept = f"{met} of {trial.draws} draws asked for meet all that was given; {found.tried} tried."
    else:
        made = "from the digitised curve"
        kept = f"One set of patients; it {'meets' if met else 'does not meet'} the numbers at risk and events given"
        kept += f", but for {count} taken for a misprint." if (count := len(getattr(found, "misprints", ()))) else "."
    across = (
        "Median of the draws and, in brackets, their central 95%: what the inputs leave open about this trial's "
        "patients, no confidence interval. "
    )
    names = {arm.arm: _escape(arm.name) for arm in trial.arms}
    risk = trial.at_risk.pivot_table(index="time", columns="arm", values="n_risk", aggfunc="first")
    at_risk = _markdown(
        ["time", *(f"at risk, {names[arm]}" for arm in risk.columns)],
        [["" if np.isnan(x) else f"{x:g}" for x in row] for row in risk.itertuples()],
    )
    arms = [
        [arm.arm, names[arm.arm], arm.n, *("" if x is None else f"{x:g}" for x in (arm.events, arm.tmax))]
        for arm in trial.arms
    ]
    unit = _escape(trial.unit)
    parts = [
        *([f"**These patients miss what was given**: {'; '.join(missed)}."] if missed else []),
        f"# {_escape(trial.title)}: reconstructed patients",
        _CAUTION,
        f"Made by netterbook {version('netterbook')} {made}.",
        kept,
        *([f"{found.missed[0].upper()}{found.missed[1:]}."] if found.missed else []),
        *found.notes,
        "## Estimates",
        (across if found.draws > 1 else "")
        + f"Times are in {unit}, survival is a fraction; limits are those of 95% confidence intervals "
        f"({trial.transform} for medians and rates).",
        _markdown(["quantity", "printed", "of the patients", "source", "prints alike"], rows),
        "## Given",
        "Inputs: " + ", ".join(found.given) + ".",
        _markdown(["arm", "name", "n", "events", "tmax"], arms),
        *([at_risk] if len(risk) else []),
        *([f"Scans at {', '.join(f'{t:g}' for t in trial.scans)}."] if trial.scans else []),
        "## The patients' file",
        _markdown(
            ["column", "meaning"],
            [
                ["draw", "number of the set, from 1; analyse each set alone"],
                ["arm", "; ".join(f"{arm}: {name}" for arm, name in names.items())],
                ["time", f"{unit} from randomisation to event or censoring"],
                ["event", "1: event; 0: censored"],
            ],
        ),
        f"This report tells of the file whose SHA-256 is `{sha256(patients.encode()).hexdigest()}`, of no other.",
    ]
    return "\n\n".join(parts) + "\n"
