"""A chapter or a reconstruction at many points of its parameters, and how its headlines move."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from platformdirs import user_cache_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from netterbook import papers
from netterbook.book.chapters import PARAMETERS
from netterbook.book.parameters import parse
from netterbook.chapter_headlines import chapter_headlines, check_expressions
from netterbook.errors import DataError, NetterbookError, ParameterError
from netterbook.files import read_limited
from netterbook.reconstruction import trial_file
from netterbook.reconstruction.given_tables import LATEST_TIME
from netterbook.reconstruction.headlines import HEADLINE_COLUMNS, trial_headlines
from netterbook.reconstruction.pieces import Piece, Workers, in_pieces
from netterbook.reconstruction.strict_yaml import strings_of
from netterbook.sources import code_of, imported_sources
from netterbook.spreadsheets import csv_text

SWEEP_EXAMPLE = """\
# What is computed at every point: a trial description, as "netterbook reconstruct" takes it, its path relative to this
# file; or a chapter, as in "chapter: netter1" ("netterbook rerun --list" has its parameters).
trial: trial.yml

# Values of each parameter. Of a trial: keys of its description, and its numbers as summaries.hr.
parameters:
  seed: [1, 2]
  draws: [40]
  withhold: [[], [hr]]

# all: every combination. one: one parameter is changed at a time, the others have the first of their values.
# random: so many points as "sample" says, drawn with "seed"; instead of a list a parameter can be {low: 1, high: 2},
# for whole numbers {low: 1, high: 9, whole: true}.
points: all
# sample: 20
# seed: 1

# Of a trial: times of rates and of restricted means; by default the middle one of the numbers at risk.
times: [12]

# Of a chapter: names of headlines and what each is, an expression of the chapter's own variables: a number, or
# (value, low, high). By default the effects of its table of results.
# headlines:
#   hazard ratio: pooling.pooled_hr(found, p.level)
"""
LARGEST = 10_000
"""Points of a sweep."""
_PACKAGE = Path(__file__).parent
_BYTES = 100_000
_TICKS = 6
"""Values of a parameter that each have a tick; of more, the axis chooses."""


class Span(BaseModel):
    """Where a random value lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float
    high: float
    whole: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if not -inf < self.low < self.high < inf:
            raise ValueError(f"low {self.low:g} does not lie below high {self.high:g}")
        return self

    def draw(self, rng: np.random.Generator) -> str:
        """A value as text: whole, or with six significant digits.

        >>> Span(low=1, high=3, whole=True).draw(np.random.default_rng(1))
        '2'
        """
        if self.whole:
            return str(rng.integers(int(self.low), int(self.high), endpoint=True))
        return f"{rng.uniform(self.low, self.high):.6g}"


class SweepGrid(BaseModel):
    """A description of a sweep; :data:`SWEEP_EXAMPLE` says what each key is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trial: str = ""
    chapter: str = ""
    parameters: dict[str, Span | list[str | list[str]]] = Field(min_length=1)
    points: Literal["all", "one", "random"] = "all"
    sample: int | None = Field(default=None, ge=1, le=LARGEST)
    seed: int = Field(default=1, ge=0)
    times: list[Annotated[float, Field(gt=0, le=LATEST_TIME)]] | None = None
    headlines: dict[str, str] = {}

    @field_validator("parameters", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        for name, value in given.items() if isinstance(given, dict) else ():
            if isinstance(value, str):
                raise ValueError(f"{name} is {value!r}; give a list of values, as [{value}]")
        return given

    @model_validator(mode="after")
    def _complete(self) -> SweepGrid:
        if bool(self.trial) == bool(self.chapter):
            raise ValueError("name either a trial or a chapter")
        if (self.points == "random") != (self.sample is not None):
            raise ValueError("sample goes with points: random; give both or neither")
        for name, values in self.parameters.items():
            if isinstance(values, Span) and self.points != "random":
                raise ValueError(f"{name} is a span; give a list of values, or points: random")
            if values == []:
                raise ValueError(f"{name} has no values; give one at least")
            if name in ("point", "sample_seed", *HEADLINE_COLUMNS):
                raise ValueError(f"{name} is a column of the result and cannot be a parameter")
        if self.chapter and self.times is not None:
            raise ValueError("times are those of a trial; a chapter has its own among its parameters")
        if self.trial and self.headlines:
            raise ValueError("headlines are those of a chapter; a trial has its own, at the times given")
        return self

    def values(self) -> list[dict[str, Any]]:
        """The parameters of every point, as text or lists of it, each once, in the order of the result.

        >>> grid = SweepGrid(chapter="netter1", parameters={"a": ["1", "2"], "b": ["3", "4"]}, points="one")
        >>> grid.values()
        [{'a': '1', 'b': '3'}, {'a': '2', 'b': '3'}, {'a': '1', 'b': '4'}]
        """
        found = list(self._points())
        if len(found) > LARGEST:
            raise ValueError(f"there are {len(found)} points; {LARGEST} are the most")
        once = {json.dumps(point): point for point in found}
        return list(once.values())

    def _points(self) -> Iterator[dict[str, Any]]:
        if self.points == "random":
            rng = np.random.default_rng(self.seed)
            for _ in range(self.sample or 0):
                yield {
                    name: own.draw(rng) if isinstance(own, Span) else own[rng.integers(len(own))]
                    for name, own in self.parameters.items()
                }
            return
        lists = {name: own for name, own in self.parameters.items() if isinstance(own, list)}
        if self.points == "all":
            many = itertools.product(*lists.values())
            yield from (dict(zip(lists, each, strict=True)) for each in itertools.islice(many, LARGEST + 1))
            return
        first = {name: own[0] for name, own in lists.items()}
        yield first
        yield from (first | {name: value} for name, own in lists.items() for value in own[1:])


@dataclass(frozen=True)
class Sweep:
    """Points to compute, checked: ``pieces`` has the work of each, ``points`` its parameters, as text."""

    grid: SweepGrid
    points: tuple[dict[str, str], ...]
    pieces: tuple[Piece, ...]


def read_sweep(path: Path) -> Sweep:
    """The sweep that a file describes, with every point checked.

    Raises
    ------
    OSError
        If the file cannot be read.
    NetterbookError
        For anything that is wrong with it or with a point, in one line.
    """
    given = strings_of(read_limited(path, _BYTES))
    try:
        grid = SweepGrid.model_validate(given)
        points = grid.values()
    except ValidationError as error:
        first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        where = ", ".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ").replace("Extra inputs are not permitted", "unknown key")
        hint = f"; there are: {', '.join(SweepGrid.model_fields)}" if said == "unknown key" else ""
        raise DataError(f"{where}: {said}{hint}" if where else said) from None
    except ValueError as error:
        raise DataError(str(error)) from None
    make = _of_chapter(grid) if grid.chapter else _of_trial(grid, path.parent)
    return Sweep(
        grid, tuple({name: _text(value) for name, value in point.items()} for point in points), tuple(map(make, points))
    )


def _text(value: Any) -> str:
    """
    >>> _text(["hr", "median0"]), _text([]), _text(""), _text("0.9")
    ('hr + median0', 'nothing', 'nothing', '0.9')
    """
    return (" + ".join(value) if isinstance(value, list) else str(value)) or "nothing"


def _said(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_text(value)}" for name, value in point.items())


def _code(first: str) -> str:
    """A fingerprint of a source and of all that it imports."""
    paths = imported_sources(_PACKAGE, first)
    return sha256(b"".join(code_of(_PACKAGE / path) for path in paths)).hexdigest()


# ---- a trial


def _of_trial(grid: SweepGrid, folder: Path) -> Callable[[dict[str, Any]], Piece]:
    path = folder / grid.trial
    try:
        summaries = strings_of(read_limited(path, _BYTES)).get("summaries")
    except (OSError, DataError) as error:
        raise DataError(f"cannot read the trial {path}: {getattr(error, 'strerror', None) or error}") from None
    code = _code("reconstruction/headlines.py")

    def piece(point: dict[str, Any]) -> Piece:
        own = {name: value for name, value in point.items() if "." not in name}
        if "withhold" in own and isinstance(own["withhold"], str):
            own["withhold"] = [own["withhold"]]
        for name, value in point.items():
            group, dot, key = name.partition(".")
            if dot and group != "summaries":
                raise ParameterError(f"parameter {name!r} is unknown; numbers of a trial are summaries.hr and the like")
            if dot:
                own["summaries"] = {**(own.get("summaries") or summaries or {}), key: value}
        try:
            trial = trial_file.read(path, **own)
        except NetterbookError as error:
            raise ParameterError(f"{grid.trial} with {_said(point)}: {error}") from None
        times = _times(trial) if grid.times is None else tuple(grid.times)
        about = trial.model_dump()
        plain = {k: v.to_dict("list") if isinstance(v, pd.DataFrame) else v for k, v in about.items()}
        return Piece(json.dumps(["sweep", code, plain, times], default=str), trial_headlines, (trial, times))

    return piece


def _times(trial: trial_file.TrialDescription) -> tuple[float, ...]:
    at_risk = sorted(set(trial.at_risk["time"]))
    return (float(at_risk[len(at_risk) // 2]),) if at_risk else ()


# ---- a chapter


def _of_chapter(grid: SweepGrid) -> Callable[[dict[str, Any]], Piece]:
    from netterbook.single_page import BOOK

    name = grid.chapter
    if name not in PARAMETERS:
        raise ParameterError(f"no chapter {name!r} with parameters; there are: {', '.join(PARAMETERS)}")
    path = BOOK / "chapters" / f"{name}.ipynb"
    check_expressions(path, grid.headlines)
    digest = sha256(path.read_bytes())
    for source in sorted(_PACKAGE.rglob("*.py")):
        digest.update(code_of(source))
    for file in sorted(each for each in papers.data_dir().rglob("*") if each.is_file()):
        digest.update(file.read_bytes())
    code = digest.hexdigest()

    def piece(point: dict[str, Any]) -> Piece:
        changed = parse(PARAMETERS[name], {key: _joined(value) for key, value in point.items()})
        key = json.dumps(["sweep", code, changed, grid.headlines])
        return Piece(key, chapter_headlines, (str(path), changed, grid.headlines))

    return piece


def _joined(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


# ---- all points


def pieces_folder() -> Path:
    """Where finished points are kept unless told otherwise: below the user's cache folder."""
    return Path(user_cache_path("netterbook")) / "sweep"


def swept(
    sweep: Sweep, workers: Workers, folder: Path | None = None, progress: Callable[[], None] = lambda: None
) -> pd.DataFrame:
    """A row for each point and headline; the same whoever does the work, and whether or not it was stopped.

    Columns: ``point`` from 1, the parameters as text, ``sample_seed`` of a random sample, ``quantity``, ``value``,
    ``low``, ``high``, ``error``, ``error_low``, ``error_high`` (Monte Carlo, of the three) and ``problem``, why a point
    has no headlines.

    Parameters
    ----------
    folder : where finished points are kept, and found again by the fingerprint of all that they depend on
    progress : called once for every point finished now or before
    """
    keys = [sha256(piece.key.encode()).hexdigest()[:24] for piece in sweep.pieces]
    once = dict(zip(keys, sweep.pieces, strict=True))  # other words may mean the same point
    work = [Piece(piece.key, _keyed, (key, piece.work, piece.arguments)) for key, piece in once.items()]
    found = in_pieces(work, workers, folder, progress)
    rows = []
    for number, (point, key) in enumerate(zip(sweep.points, keys, strict=True), start=1):
        own = found[found["key"] == key]
        about: dict[str, Any] = {"point": number} | point
        if sweep.grid.points == "random":
            about["sample_seed"] = sweep.grid.seed
        rows += [about | dict(row) for row in own[HEADLINE_COLUMNS].to_dict("records")]
    table = pd.DataFrame(rows)
    table[["quantity", "problem"]] = table[["quantity", "problem"]].fillna("")
    return table


def _keyed(key: str, work: Callable[..., pd.DataFrame], arguments: tuple[Any, ...]) -> pd.DataFrame:
    return work(*arguments).assign(key=key)


def sweep_csv(table: pd.DataFrame) -> str:
    """The result as CSV."""
    return csv_text(table, "%.6g")


# ---- figure


def moved(table: pd.DataFrame, parameters: Sequence[str]) -> pd.DataFrame:
    """How far each headline moves with each parameter: lowest and highest median over the other parameters.

    Columns quantity, parameter, lowest, lowest_at, highest, highest_at; parameters with one value are left out.

    >>> table = pd.DataFrame({"a": ["1", "2", "2"], "quantity": "hr", "value": [0.2, 0.3, 0.5]})
    >>> moved(table, ["a"]).values.tolist()
    [['hr', 'a', 0.2, '1', 0.4, '2']]
    """
    rows = []
    for quantity, own in table[table["quantity"] != ""].groupby("quantity", sort=False):
        for name in parameters:
            middle = own.groupby(name, sort=False)["value"].median()
            middle = middle[np.isfinite(middle)]
            if len(set(own[name])) > 1 and len(middle):
                ends = middle.idxmin(), middle.idxmax()
                rows.append((quantity, name, middle[ends[0]], ends[0], middle[ends[1]], ends[1]))
    return pd.DataFrame(rows, columns=["quantity", "parameter", "lowest", "lowest_at", "highest", "highest_at"])


def pictures(table: pd.DataFrame, parameters: Sequence[str], name: str) -> tuple[str, bytes]:
    """SVG and PNG: for each headline a tornado, and a line along the values of each parameter with every point."""
    import matplotlib.pyplot as plt

    from netterbook.book.chart import SHARP, to_svg
    from netterbook.book.style import BLUE, CHART_STYLE, MUTED, PALE, UNIT

    spans = moved(table, parameters)
    changed = [each for each in parameters if len(set(table[each])) > 1] or list(parameters[:1])
    known = table[np.isfinite(table["value"])]
    quantities = list(dict.fromkeys(known["quantity"])) or [""]  # without those that are nowhere reached
    with plt.rc_context(CHART_STYLE):
        figure, axes = plt.subplots(
            len(quantities), 1 + len(changed), squeeze=False, layout="constrained",
            figsize=((300 * (1 + len(changed))) / UNIT, (60 + 150 * len(quantities)) / UNIT),
        )  # fmt: skip
        for (first, *others), quantity in zip(axes, quantities, strict=True):
            own = table[table["quantity"] == quantity]
            bars = spans[spans["quantity"] == quantity].assign(width=lambda x: x["highest"] - x["lowest"])
            bars = bars.sort_values("width", kind="stable")
            first.use_sticky_edges = False
            first.barh(bars["parameter"], bars["width"], left=bars["lowest"], color=PALE, height=0.6)
            middle = own["value"][np.isfinite(own["value"])].median()
            if np.isfinite(middle):
                first.axvline(middle, color=MUTED, linewidth=1)
            first.set_title(quantity, loc="left")
            for axis, parameter in zip(others, changed, strict=True):
                x, labels = _places(own[parameter])
                for low, high, at in zip(own["low"], own["high"], x, strict=True):
                    if np.isfinite([low, high]).all():
                        axis.plot([at, at], [low, high], color=PALE, linewidth=2, zorder=1)
                axis.plot(x, own["value"].where(np.isfinite(own["value"])), "o", color=BLUE, markersize=4, zorder=3)
                line = own["value"].where(np.isfinite(own["value"])).groupby(x).median()
                axis.plot(line.index, line.to_numpy(), color=BLUE, linewidth=1.2, zorder=2)
                if labels:
                    axis.set_xticks(range(len(labels)), labels)
                elif len(set(x)) <= _TICKS:
                    axis.set_xticks(sorted(set(x)), [f"{at:g}" for at in sorted(set(x))])
                axis.set_xlabel(parameter)
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=SHARP * UNIT, facecolor="white", metadata={"Software": None})
        svg = to_svg(figure, name)
    plt.close(figure)
    return svg, png.getvalue()


def _places(values: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Where values of a parameter stand on an axis: as numbers, else in their order, with labels."""
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().all():
        return numbers.to_numpy(float), []
    labels = list(dict.fromkeys(values))
    return np.array([labels.index(each) for each in values], float), labels
