"""Ratios of medians beside hazard ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netterbook.book.chart import GUIDE, Chart, ChartLayout
from netterbook.book.cross_trial.figures.rows import study_rows, survival_last
from netterbook.book.style import BLUE, GREEN, GROUND, INK, MUTED, SECOND_DASH, VERMILION, plain_ticks

MEDIANS_KEY = {
    "study": "trial or cohort",
    "endpoint": "PFS progression-free survival, TTP time to progression, OS overall survival",
    "hr": "hazard ratio",
    "expected": "one over the hazard ratio: the ratio of the medians that constant hazards would give",
    "median_ratio": "ratio of the medians as printed",
}
CHANGING_KEY = {
    "kind": "whether the effect starts late or ends early",
    "change": "month in which it does",
    "hr": "hazard ratio over the whole follow-up",
    "median_ratio": "ratio of the medians",
}
EXPECTED, OBSERVED_RATIO = "one over the hazard ratio", "ratio of the medians"


def medians_beside_ratios(table: pd.DataFrame) -> Chart:
    """Ratio of the medians beside the one that constant hazards would give, a row a comparison.

    Parameters
    ----------
    table : from :func:`.medians_and_hazard_ratios`
    """
    return Chart(survival_last(table, "hr")[list(MEDIANS_KEY)], MEDIANS_KEY, _draw_medians)


def _draw_medians(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    rows = study_rows(layout, frame, legend=2 if layout.narrow else 1, besides=55)
    figure, (axis,), y = rows.figure, rows.axes, rows.y
    axis.hlines(y, frame["expected"], frame["median_ratio"], color=MUTED, linewidth=1.4)
    style = {"linewidth": 0, "marker": "D", "markersize": 6, "markerfacecolor": GROUND}
    axis.plot(frame["expected"], y, color=INK, label=EXPECTED, **style)
    axis.plot(frame["median_ratio"], y, "o", color=BLUE, markersize=7, label=OBSERVED_RATIO)
    rows.no_effect(axis, 1)
    axis.set_xscale("log")
    axis.set(xlim=(0.94, 5), xlabel="Ratio, log scale")
    plain_ticks(axis.xaxis, (1, 1.5, 2, 3, 4, 5))
    figure.legend(loc="outside upper left", ncols=1 if layout.narrow else 2, borderpad=0)
    return figure


def effects_that_change(changing: pd.DataFrame) -> Chart:
    """Ratio of the medians against the hazard ratio, of an effect that changes; the line is 1/HR.

    Parameters
    ----------
    changing : from :func:`.changing_effects`
    """
    return Chart(changing[list(CHANGING_KEY)], CHANGING_KEY, _draw_changing)


def _draw_changing(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    figure, (axis,) = layout.canvas(300 if layout.narrow else 330)
    line = np.geomspace(0.2, 1.05, 50)
    axis.plot(line, 1 / line, color=MUTED, linewidth=1.2, zorder=0, gid=GUIDE, label=EXPECTED)
    looks = zip(frame.groupby("kind", sort=False), (VERMILION, GREEN), ("-", SECOND_DASH), "os", strict=True)
    for (kind, own), colour, dash, mark in looks:
        style = {"linestyle": dash, "marker": mark, "markersize": 4, "label": f"effect {kind}"}
        axis.plot(own["hr"], own["median_ratio"], color=colour, **style)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set(xlim=(0.19, 1.12), ylim=(0.92, 5), xlabel="Hazard ratio", ylabel="Ratio of the medians")
    plain_ticks(axis.xaxis, (0.2, 0.3, 0.5, 0.7, 1))
    plain_ticks(axis.yaxis, (1, 1.5, 2, 3, 4, 5))
    axis.legend(loc="upper right", borderpad=0, labelcolor="linecolor")
    return figure
