"""A trial description file in; individual patients and a report out."""

from __future__ import annotations

import csv
import difflib
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from netterbook.notebooks import write_whole
from netterbook.printed import Printed
from netterbook.reconstruction.curve import from_curve
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.summaries import from_summaries
from netterbook.reconstruction.windows import NAMES, NOT_REACHED, Given, read_summaries

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
_LATEST = 1e9
"""No time is later. Printed summaries are read before follow-up is known, which the reconstruction then checks."""
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
    """Every scalar stays the string that was printed; a key given twice is an error, not the last one's win."""

    def construct_mapping(self, node, deep=False):
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


def _number(text: object, what: str) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = np.nan
    if not isfinite(value) or abs(value) > _LATEST:
        raise ValueError(f"{what} is {text!r}; give a number")
    return value


def _arm(text: object, what: str) -> int:
    if text not in ("0", "1"):
        raise ValueError(f"{what} is {text!r}; give 0 (reference) or 1 (experimental)")
    return int(text)


def _inline(given: dict) -> pd.DataFrame:
    """Numbers at risk as ``{time: [...], 0: [...], 1: [...]}``."""
    if "time" not in given or len(given) == 1:
        raise ValueError("give time and the numbers of each arm, as in {time: [0, 6], 0: [10, 7], 1: [10, 9]}")
    for key, values in given.items():
        if key not in ("time", "0", "1"):
            raise ValueError(f"unknown key {key!r}; there are: time, 0, 1")
        if not isinstance(values, list):
            raise ValueError(f"{key} is {values!r}; give a list, as in [0, 6, 12]")
        if len(values) != len(given["time"]):
            raise ValueError(f"{key} has {len(values)} numbers for {len(given['time'])} times; give one each")
    columns = {key: [_number(value, key) for value in values] for key, values in given.items()}
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
    columns = _COLUMNS[info.field_name].split()
    rows = []
    try:
        with open(Path(info.context) / given, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            missing = [column for column in columns if column not in (reader.fieldnames or [])]
            if missing:
                raise ValueError(f"{given} has no column {', '.join(missing)}; it needs {','.join(columns)}")
            for row in reader:
                where = f"{given}, line {reader.line_num}"
                if None in row:
                    raise ValueError(f"{where} has more cells than the first; write decimal points, not commas")
                rows.append({c: (_arm if c == "arm" else _number)(row[c], f"{where}: {c}") for c in columns})
    except OSError as error:
        raise ValueError(f"cannot read {given}: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{given} is no CSV file in UTF-8: {error}") from None
    return pd.DataFrame(rows, columns=columns)


def _summaries(given: object) -> object:
    if isinstance(given, dict):
        for name in given:
            if name not in NAMES:
                raise ValueError(f"unknown key {name!r}; {_nearest(name, NAMES)}")
        if given.get("landmark"):
            _number(given["landmark"], "landmark")
    return given


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
    events: Annotated[int, Field(ge=0)] | None = None
    tmax: float | None = None


class Rate(_Keys):
    """A printed survival rate, a fraction, with its limits."""

    arm: Annotated[int, Field(ge=0, le=1)]
    time: Annotated[float, Field(gt=0, le=_LATEST)]
    survival: str
    low: str | None = None
    high: str | None = None


Table = Annotated[pd.DataFrame, BeforeValidator(_table)]
Draws = Annotated[int, Field(ge=1, le=10_000)]


class Trial(_Keys):
    """A trial description, checked; see the page "Reconstruct patients" of the book."""

    title: str
    unit: str
    arms: Annotated[list[TrialArm], Field(min_length=1, max_length=2)]
    at_risk: Table = pd.DataFrame(columns=["arm", "time", "n_risk"])
    curve: Table | None = None
    censor_marks: Table | None = None
    summaries: Annotated[dict[str, str], BeforeValidator(_summaries)] = {}
    rates: list[Rate] = []
    withhold: list[str] = []
    scans: list[float] = []
    transform: Literal["log-log", "plain", "log"] = "log-log"
    draws: Draws = 200
    seed: Annotated[int, Field(ge=0)] = 1

    @model_validator(mode="after")
    def _fits_together(self) -> Trial:
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
                raise ValueError(f"cannot withhold {name!r}, which is not given; {_nearest(name, names)}")
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
        """The rates as :func:`from_summaries` takes them."""
        rows = [rate.model_dump() | {"time": f"{rate.time:g}"} for rate in self.rates]
        return pd.DataFrame(rows) if rows else None

    @property
    def arm_table(self) -> pd.DataFrame:
        """The arms as both ways of reconstruction take them."""
        return pd.DataFrame([arm.model_dump() for arm in self.arms]).astype({"events": float, "tmax": float})

    def name(self, arm: int) -> str:
        """An arm's name; its number where the file names none."""
        return next((own.name for own in self.arms if own.arm == arm), f"arm {arm}")

    def reconstruct(self, jobs: int = 2) -> Reconstruction:
        """One set of patients from the curve, else ``draws`` sets from the summaries.

        Raises
        ------
        ValueError
            Where the numbers contradict each other; the message names them.
        """
        if self.curve is None:
            return from_summaries(
                self.at_risk, self.arm_table, self.summaries, rates=self.rate_table, withhold=self.withhold,
                scans=self.scans, transform=self.transform, draws=self.draws, seed=self.seed, jobs=jobs,
            )  # fmt: skip
        return from_curve(self.curve, self.at_risk, self.arm_table, censor_marks=self.censor_marks)


def read(path: Path, **overrides: object) -> Trial:
    """The trial that a file describes; ``overrides`` take the place of its keys, but add to ``withhold``.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        For anything else that is wrong with it, in one line.
    """
    path = Path(path)
    try:
        given = yaml.load(path.read_bytes(), _Loader)  # no tag of YAML makes anything but strings, lists and mappings
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(_yaml_fault(error)) from None
    if not isinstance(given, dict):
        raise ValueError("holds no keys; see netterbook reconstruct --example")
    withhold = overrides.pop("withhold", ())
    if withhold:
        own = given.get("withhold") or []
        overrides["withhold"] = [*(own if isinstance(own, list) else [own]), *withhold]
    try:
        return Trial.model_validate(given | overrides, context=path.parent)
    except ValidationError as error:
        raise ValueError(_fault(error)) from None


def _yaml_fault(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "nested too deep"
    if "cannot start any token" in what or "indentation indicator" in what:
        what += "; put a value that begins with a sign, as >, in quotes"
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}" if mark else f"no YAML file: {what}"


def _fault(error: ValidationError) -> str:
    """The first fault, an unknown key before what may be missing for its sake."""
    first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    *place, name = (f"entry {part + 1}" if isinstance(part, int) else str(part) for part in first["loc"] or ("",))
    where = ", ".join(place)
    if first["type"] == "extra_forbidden":
        model = {"arms": TrialArm, "rates": Rate}[place[0]] if place else Trial
        return f"{where + ': ' if where else ''}unknown key {name!r}; {_nearest(name, list(model.model_fields))}"
    where = ", ".join(part for part in (where, name) if part)
    if first["type"] == "missing":
        return f"{where} is missing"
    if first["type"] == "value_error":
        return f"{where}: {first['ctx']['error']}" if where else str(first["ctx"]["error"])
    said = first["msg"].removeprefix("Input ")
    if first["type"] == "model_type":
        said = "should be keys with values, as {arm: 0, ...}"
    return f"{where} is {_short(first['input'])}; it {said}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 40 else text[:36] + "..."


def _across(values: np.ndarray) -> str:
    """Median over the draws and, of several, their central 95%."""
    values = values[~np.isnan(values)]
    if not len(values):
        return "no value"
    middle, low, high = (
        "not reached" if np.isinf(x) else f"{x:.4g}"
        for x in np.quantile(values, [0.5, 0.025, 0.975], method="closest_observation")
    )
    return middle if len(values) == 1 or low == high == middle else f"{middle} ({low} to {high})"


def _quantities(trial: Trial) -> list[Given]:
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


def _markdown(header: str, rows: list[list[object]]) -> str:
    lines = [header.split(" | "), ["---"] * len(header.split(" | ")), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in lines)


def meets(trial: Trial, time: np.ndarray, event: np.ndarray, arm: np.ndarray) -> bool:
    """Whether patients have the numbers at risk and events given, and print as all inputs."""
    at_risk = all(
        ((arm == row.arm) & (time >= row.time)).sum() == row.n_risk for row in trial.at_risk.itertuples(index=False)
    )
    events = all(own.events in (None, event[arm == own.arm].sum()) for own in trial.arms)
    return at_risk and events and all(item.met(time, event, arm, trial.transform) for item in trial.inputs)


def report(trial: Trial, found: Reconstruction) -> str:
    """What was given, what follows from it and what the patients are not, in Markdown."""
    inputs = {item.name for item in trial.inputs}
    rows = []
    for item in _quantities(trial):
        values = found.each(lambda t, e, a, item=item: item.value(t, e, a, trial.transform))
        if item.kind == "median":
            values = np.where(np.isnan(values), np.inf, values)
        label = _LABELS[item.kind].format(arm=trial.name(item.arm), time=item.time) + _SIDES[item.side]
        is_printed = item.reached or str(item.printed) in NOT_REACHED
        source, alike = "estimated", ""
        if is_printed:
            source = "given" if item.name in inputs else "estimated, not an input"
            alike = found.each(lambda t, e, a, item=item: item.met(t, e, a, trial.transform)).sum()
            alike = f"{alike:.0f} of {found.draws}"
        rows.append([label, item.printed if is_printed else "", _across(values), source, alike])
    met = sum(meets(trial, *draw, found.arm) for draw in zip(found.time, found.event, strict=True))
    if trial.curve is None:
        made = f"from printed summaries, seed {trial.seed}"
        kept = f"{met} of {trial.draws} draws asked for meet all that was given; {found.tried} tried."
    else:
        made = "from the digitised curve"
        kept = f"One set of patients; it {'meets' if met else 'does not meet'} the numbers at risk and events given."
    across = (
        "Median of the draws and, in brackets, their central 95%: what the inputs leave open about this trial's "
        "patients, no confidence interval. "
    )
    risk = trial.at_risk.pivot_table(index="time", columns="arm", values="n_risk", aggfunc="first")
    at_risk = _markdown(
        " | ".join(["time", *(f"at risk, {trial.name(arm)}" for arm in risk.columns)]),
        [["" if np.isnan(x) else f"{x:g}" for x in row] for row in risk.itertuples()],
    )
    arms = [
        [arm.arm, arm.name, arm.n, *("" if x is None else f"{x:g}" for x in (arm.events, arm.tmax))]
        for arm in trial.arms
    ]
    parts = [
        f"# {trial.title}: reconstructed patients",
        _CAUTION,
        f"Made by netterbook {version('netterbook')} {made}.",
        kept,
        *found.notes,
        "## Estimates",
        (across if found.draws > 1 else "")
        + f"Times are in {trial.unit}, survival is a fraction; limits are those of 95% confidence intervals "
        f"({trial.transform} for medians and rates).",
        _markdown("quantity | printed | of the patients | source | prints alike", rows),
        "## Given",
        "Inputs: " + ", ".join(found.given) + ".",
        _markdown("arm | name | n | events | tmax", arms),
        *([at_risk] if len(risk) else []),
        *([f"Scans at {', '.join(f'{t:g}' for t in trial.scans)}."] if trial.scans else []),
        "## Columns of the patients' file",
        _markdown(
            "column | meaning",
            [
                ["draw", "number of the set, from 1; analyse each set alone"],
                ["arm", "; ".join(f"{arm.arm}: {arm.name}" for arm in trial.arms)],
                ["time", f"{trial.unit} from randomisation to event or censoring"],
                ["event", "1: event; 0: censored"],
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def save(files: Mapping[Path, str]) -> None:
    """Write all files, of one folder, or none: where one fails, those there before are put back."""
    folder = next(iter(files)).parent
    with tempfile.TemporaryDirectory(dir=folder, prefix=".netterbook.") as kept:
        old = {path: Path(shutil.copy2(path, kept)) for path in files if path.exists()}
        written = []
        try:
            for path, text in files.items():
                write_whole(path, text)
                written.append(path)
        except BaseException:
            for path in written:
                if path in old:
                    old[path].replace(path)
                else:
                    path.unlink()
            raise
