"""Every study in one figure."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from netterbook.book.chart import Chart, ChartLayout
from netterbook.book.cross_trial.figures.rows import study_rows, survival_last
from netterbook.book.style import ARM_CODES, COLOUR, GROUND, INK, MARK, plain_ticks

_LONGEST = 92  # months
_PARTS = {"value": "", "low": "lower end of the interval of ", "high": "upper end of the interval of "}
_NUMBERS = {
    "median": "median under the treatment, months; inf: not reached",
    "median_comparator": "median under the comparator, months; inf: not reached",
    "hr": "hazard ratio, treatment to comparator",
}
STUDIES_KEY = {
    "study": "trial, cohort or series",
    "endpoint": "PFS progression-free survival, TTP time to progression, OS overall survival",
    "confidence": "how the least directly read of the numbers was read",
    **{f"{name}_{end}": f"{part}{said}" for name, said in _NUMBERS.items() for end, part in _PARTS.items()},
}


def all_studies(table: pd.DataFrame) -> Chart:
    """Every study: medians of both arms and hazard ratio, progression first, then survival.

    Parameters
    ----------
    table : from :func:`.side_by_side`
    """
    order = survival_last(table)
    known = np.isfinite(order[["median_value", "median_comparator_value", "hr_value"]]).any(axis=1)
    return Chart(order.loc[known, list(STUDIES_KEY)], STUDIES_KEY, _draw)


def _draw(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    legend = 4 if layout.narrow else 2
    rows = study_rows(layout, frame, legend=legend, besides=55, panels=2, width_ratios=(1.25, 1))
    figure, (left, right), y = rows.figure, rows.axes, rows.y
    sides = (-0.22, "median", "treatment"), (0.22, "median_comparator", "comparator")
    for (_, arm), (shift, column, words) in zip(ARM_CODES, sides, strict=True):
        _medians(left, frame, y + shift, column, arm, words)
    _hazard_ratios(right, frame, y)
    left.set(xlim=(0, _LONGEST), xlabel="Median, months", xticks=(0, 40, 80) if layout.narrow else (0, 30, 60, 90))
    rows.no_effect(right, 1)
    right.set_xscale("log")
    right.set(xlim=(0.11, 1.7), xlabel="Hazard ratio")
    plain_ticks(right.xaxis, (0.125, 0.25, 0.5, 1))
    mark = partial(Line2D, [], [], color=INK, marker="s", linewidth=0, markersize=5)
    marks = [mark(label="paper or abstract"), mark(markerfacecolor=GROUND, label="known at second hand")]
    handles = [*left.get_legend_handles_labels()[0], *marks]
    figure.legend(
        handles=handles, loc="outside upper left", ncols=1 if layout.narrow else 4, columnspacing=1.2, borderpad=0
    )
    return figure


def _medians(axis: Axes, table: pd.DataFrame, y: np.ndarray, column: str, arm: str, words: str) -> None:
    """Medians of one side with their intervals; an arrow where one is not reached."""
    values, low, high = (table[f"{column}_{part}"].to_numpy() for part in ("value", "low", "high"))
    colour = COLOUR[arm]
    for place, value, start, end in zip(y, values, low, high, strict=True):
        if np.isfinite(start):
            axis.hlines(place, start, min(end, _LONGEST), color=colour, linewidth=1.2)
        if np.isinf(value) or (np.isfinite(start) and np.isinf(end)):
            axis.plot(_LONGEST, place, ">", color=colour, markersize=5, clip_on=False)
    shown = np.isfinite(values)
    axis.scatter(values[shown], y[shown], color=colour, marker=MARK[arm], s=20, zorder=3, label=words)


def _hazard_ratios(axis: Axes, table: pd.DataFrame, y: np.ndarray) -> None:
    """Hollow where the source is secondary."""
    for place, row in zip(y, table.itertuples(), strict=True):
        if np.isnan(row.hr_value):
            continue
        face = GROUND if row.confidence == "secondary" else INK
        if np.isfinite(row.hr_low):
            axis.hlines(place, row.hr_low, row.hr_high, color=INK, linewidth=1.2)
        axis.plot(row.hr_value, place, "s", color=INK, markerfacecolor=face, markersize=5)
