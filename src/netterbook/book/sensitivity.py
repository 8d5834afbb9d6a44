"""What the chapter on sensitivity shows: how far headlines move as what was supposed or given is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from netterbook import text
from netterbook.audit import sensitivity as stored
from netterbook.book.chart import DASHED, Chart, ChartLayout
from netterbook.book.parameters import Parameters
from netterbook.book.style import BLUE, FAINT, INK, guide_rows, name_rows, row_height, text_width, wrapped
from netterbook.errors import DataError, ParameterError
from netterbook.ledger import Ledger
from netterbook.precision import Simulated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SweepTable = Annotated[
    str, Field(description="CSV that netterbook sweep wrote, shown in place of the book's; empty: the book's")
]


class Sensitivity(Parameters):
    netter1: SweepTable = ""
    netter2: SweepTable = ""


BOOKS_ANALYSIS = "As in the book"
_WORDS = {
    ("prior_scale", "0.5"): "Prior half as wide",
    ("prior_scale", "2"): "Prior twice as wide",
    ("scans", "nothing"): "Nothing known of scans",
    ("time_step", "0.0328542"): "Times in whole days",
    ("time_step", "0.229979"): "Times in whole weeks",
    ("transform", "plain"): "Plain intervals printed",
    ("transform", "log"): "Log intervals printed",
}
"""What a changed parameter means."""
_WITHHELD = {"hr": "hazard ratio", "median0": "control median", "median1": "177Lu-DOTATATE median", "lm": "rates"}
"""Names of what is withheld, by how they begin."""
_MEDIANS = [_WITHHELD["median0"], _WITHHELD["median1"]]
_MOVED = 2.0
"""Monte Carlo standard errors of a difference, beyond which an analysis moves a headline."""


def sweeps(p: Sensitivity, ledger: Ledger) -> dict[str, pd.DataFrame]:
    """The tables of both sweeps, by trial: those of the book, or those asked for.

    Raises
    ------
    DataError
        Where the book's are stale, or a table is none of a sweep; see :mod:`.audit.sensitivity`.
    ParameterError
        Where a file cannot be read.
    """
    found = {}
    for trial in stored.SWEPT:
        asked = getattr(p, trial)
        try:
            given = Path(asked).read_text(encoding="utf-8") if asked else ""
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "no text"
            raise ParameterError(f"{trial}: cannot read {asked}: {why}; give a CSV of netterbook sweep") from None
        found[trial] = with_analyses(
            stored.read_swept(given, asked) if asked else stored.stored_sweep(ledger, trial), trial
        )
    return found


def with_analyses(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of a sweep with ``analysis``, in what it is unlike the first.

    Raises
    ------
    DataError
        If the first point has no headlines, with which others are compared.

    >>> rows = [(1, "1", "hr", 0.2, ""), (2, "0.5", "hr", 0.3, ""), (3, "9", "hr", 0.3, "")]
    >>> table = pd.DataFrame(rows, columns=["point", "prior_scale", "quantity", "value", "problem"])
    >>> with_analyses(table, "table")["analysis"].tolist()
    ['As in the book', 'Prior half as wide', 'prior_scale 9']
    """
    names = [column for column in table if column not in stored.SWEEP_COLUMNS]
    if not len(table) or table["problem"].iloc[0]:
        raise DataError(f"{name}: the first point, with which others are compared, has no headlines")
    first, said = table.iloc[0], []
    for _, row in table.iterrows():
        own = [_said(parameter, row[parameter]) for parameter in names if row[parameter] != first[parameter]]
        said.append("; ".join(own) or BOOKS_ANALYSIS)
    return table.assign(analysis=said)


def _said(parameter: str, value: str) -> str:
    """
    >>> _said("withhold", "hr + median0 + median1"), _said("withhold", "median0"), _said("seed", "2")
    ('Without hazard ratio, medians', 'Without control median', 'Seed 2')
    """
    if parameter == "withhold":
        kinds = {said: None for name in value.split(" + ") for stem, said in _WITHHELD.items() if name.startswith(stem)}
        said = ", ".join(kinds).replace(", ".join(_MEDIANS), "medians")
        return f"Without {said or value}"
    return _WORDS.get((parameter, value), f"Seed {value}" if parameter == "seed" else f"{parameter} {value}")


class Moves(NamedTuple):
    """How a headline moves over all analyses, beside the first."""

    first: Simulated
    least: Simulated
    greatest: Simulated
    analyses: int
    moved: tuple[str, ...]
    """Analyses further from the first than twice the Monte Carlo error of the difference, the furthest first."""

    @property
    def range(self) -> tuple[Simulated, Simulated]:
        """The least and the greatest."""
        return self.least, self.greatest


def moves(table: pd.DataFrame, quantity: str) -> Moves:
    """How a headline moves; analyses in which it is not reached are left out.

    Raises
    ------
    DataError
        If the table has no such headline.
    """
    own = table[(table["quantity"] == quantity) & np.isfinite(table["value"])]
    if not len(own):
        known = ", ".join(dict.fromkeys(table["quantity"]))
        raise DataError(f"there is no headline {quantity!r}; there are: {known}")
    values = [Simulated(*row) for row in own[["value", "error"]].itertuples(index=False)]
    first = values[0]
    away = [
        (abs(each.value - first.value), analysis)
        for each, analysis in zip(values, own["analysis"], strict=True)
        if abs(each.value - first.value) > _MOVED * hypot(each.error, first.error)
    ]
    return Moves(first, min(values), max(values), len(own), tuple(analysis for _, analysis in sorted(away)[::-1]))


def without_patients(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Analyses in which no patients meet all that is given, and why."""
    failed = table[table["problem"] != ""]
    return list(zip(failed["analysis"], failed["problem"], strict=True))


class MeansHorizon(NamedTuple):
    """To what time restricted means go, and what their difference is called."""

    time: float
    difference: str


def means_horizon(table: pd.DataFrame) -> MeansHorizon:
    """The first difference of restricted means in a table.

    Raises
    ------
    DataError
        If it has none.

    >>> means_horizon(pd.DataFrame({"quantity": ["hazard ratio", "difference of restricted means to 20"]}))
    MeansHorizon(time=20.0, difference='difference of restricted means to 20')
    """
    begins = "difference of restricted means to "
    found = [name for name in table["quantity"] if name.startswith(begins)]
    if not found:
        raise DataError(f"the sweep has no {begins.removesuffix(' to ')}; give it times")
    return MeansHorizon(float(found[0].removeprefix(begins)), found[0])


def sweep_key(table: pd.DataFrame) -> dict[str, str]:
    """What the columns of a sweep mean, in their order."""
    return {name: _KEY.get(name, "parameter of the reconstruction, as in its description") for name in table}


_KEY = {
    "point": "number of the analysis",
    "quantity": "headline of the reconstructed patients",
    "value": "median over the sets of patients",
    "low": "lower end of the interval that holds 95% of the sets",
    "high": "upper end",
    "error": "Monte Carlo standard error of the value",
    "error_low": "of the lower end",
    "error_high": "of the upper end",
    "problem": "why no patients could be found",
    "analysis": "in what the analysis is unlike the first",
}


def headline_table(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each analysis, and for each headline its value with the interval over the sets of patients, as text.

    Rates are in per cent with one decimal, all else has two: no finer than their Monte Carlo errors.
    """
    rows: dict[str, dict[str, str]] = {}
    for each in table[table["problem"] == ""].itertuples():
        digits, unit = (1, 100.0) if each.quantity.startswith("rate") else (2, 1.0)
        ends = (each.value, each.error), (each.low, each.error_low), (each.high, each.error_high)
        known = [Simulated(unit * value, unit * error) for value, error in ends]
        heading = f"{text.capital(each.quantity)}, %" if unit > 1 else text.capital(each.quantity)
        rows.setdefault(each.analysis, {})[heading] = text.interval(known, digits)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("Analysis").reset_index()


def analyses_chart(table: pd.DataFrame, quantities: Sequence[str], axes: Sequence[str]) -> Chart:
    """Headlines of each analysis beside each other, with the interval that holds 95% of the sets of patients.

    Parameters
    ----------
    table : of :func:`with_analyses`
    quantities : two headlines
    axes : what their axes are called
    """
    key = {
        "analysis": "in what the analysis is unlike the book's",
        "quantity": "headline",
        "value": "median over the sets of patients",
        "low": "lower end of the interval that holds 95% of the sets",
        "high": "upper end",
        "first": "the value as in the book, to which the dashed line is drawn",
    }
    own = table[table["quantity"].isin(quantities)]
    first = {name: moves(table, name).first.value for name in quantities}
    frame = own.assign(first=own["quantity"].map(first))[list(key)]
    return Chart(frame, key, partial(_draw, quantities=quantities, axes=axes))


def _draw(frame: pd.DataFrame, layout: ChartLayout, *, quantities: Sequence[str], axes: Sequence[str]) -> Figure:
    analyses = list(dict.fromkeys(frame["analysis"]))[::-1]
    row = row_height(layout, analyses, 21)
    figure, panels = layout.canvas(row * len(analyses) + 60, columns=2, sharey=True)
    beside = 0 if layout.narrow else max(map(text_width, analyses))
    room = (layout.width - beside) / 2 - 25
    for panel, quantity, axis in zip(panels, quantities, axes, strict=True):
        own = frame[frame["quantity"] == quantity]
        y = [analyses.index(each) for each in own["analysis"]]
        colours = [INK if each == BOOKS_ANALYSIS else BLUE for each in own["analysis"]]
        guide_rows(panel, layout, own["first"].iloc[0], range(len(analyses)), row, **DASHED)
        panel.hlines(y, own["low"], own["high"], color=colours, linewidth=1.4)
        panel.scatter(own["value"], y, color=colours, s=30, linewidths=0, zorder=3)
        panel.set_xlabel("\n".join(wrapped(axis, room)))
        panel.set_ylim(-0.6, len(analyses) - (0.2 if layout.narrow else 0.4))
        panel.set_axisbelow(True)
        if not layout.narrow:
            panel.grid(axis="y", color=FAINT, linewidth=0.8)
    name_rows(panels[0], layout, range(len(analyses)), analyses, row, bold=[BOOKS_ANALYSIS])
    panels[1].tick_params(axis="y", length=0)
    panels[1].spines["left"].set_visible(not layout.narrow)
    return figure


def listed(analyses: Iterable[str]) -> str:
    """Analyses within a sentence.

    >>> listed(["Seed 2", "Prior half as wide"])
    'seed 2; prior half as wide'
    """
    return "; ".join(each[:1].lower() + each[1:] for each in analyses)
