"""Figures over time: activity that is left, the error of a dose from a single image, and doses from cycle to cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from netterbook.arrays import Floats
from netterbook.book.chart import GUIDE, NO_EFFECT, Chart, ChartLayout
from netterbook.book.dosimetry.drawing import COLOURS, DASHES, LINE_MARKS, in_percent, key_above, level, name_panel
from netterbook.book.style import BLUE, FAINT
from netterbook.dosimetry import activity_left, half_life_h

DECAY_KEY = {
    "cycle": "cycle since whose infusion",
    "week": "weeks since the first infusion",
    "gbq": "activity left by decay alone of all infusions so far, GBq",
}


def decay(activity_gbq: float, cycles: int, weeks_between: float) -> Chart:
    """Physical activity of the administered ¹⁷⁷Lu over the cycles, excretion left out; GBq against weeks."""
    since = np.linspace(0, weeks_between, 101)
    parts = []
    for cycle in range(cycles):
        days = 7 * (since[:, None] + weeks_between * np.arange(cycle + 1))
        total = activity_gbq * activity_left(days, half_life_h() / 24).sum(axis=1)
        parts.append(pd.DataFrame({"cycle": cycle + 1, "week": cycle * weeks_between + since, "gbq": total}))
    return Chart(pd.concat(parts), DECAY_KEY, _draw_decay)


def _draw_decay(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    figure, (axis,) = layout.canvas(240)
    axis.fill_between(frame["week"], frame["gbq"], color=BLUE, alpha=0.15, linewidth=0)
    axis.plot(frame["week"], frame["gbq"], color=BLUE)
    axis.set(xlabel="Weeks since the first infusion", ylabel="Activity, GBq", ylim=(0, None))
    axis.set_xlim(0, frame["week"].max())
    return figure


REMAINING_KEY = {
    "how": "how the activity leaves",
    "half_life_h": "half-life, hours",
    "day": "days",
    "percent": "activity left, percent of that at the start",
}


def remaining(half_lives_h: Mapping[str, float], days: float = 28) -> Chart:
    """Activity left over time for several half-lives in hours, percent of that at the start."""
    day = np.linspace(0, days, 4 * int(days) + 1)
    parts = [
        pd.DataFrame({"how": how, "half_life_h": hours, "day": day, "percent": 100 * activity_left(day, hours / 24)})
        for how, hours in half_lives_h.items()
    ]
    return Chart(pd.concat(parts), REMAINING_KEY, _draw_remaining, {"percent": 4})


def _draw_remaining(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    figure, (axis,) = layout.canvas(360 if layout.narrow else 280)
    between = ":\n" if layout.narrow else ": "
    for number, (how, own) in enumerate(frame.groupby("how", sort=False)):
        hours = own["half_life_h"].iloc[0]
        style = {"color": COLOURS[number], "linestyle": DASHES[number]}
        axis.plot(own["day"], own["percent"], label=f"{how}{between}{hours:.0f} h ({hours / 24:.3g} days)", **style)
    level(axis, 50)
    axis.set(xlabel="Days", ylabel="Activity left, %", xlim=(0, frame["day"].max()), ylim=(0, 100))
    axis.xaxis.set_major_locator(MultipleLocator(7))
    if layout.narrow:
        key_above(figure, axis.lines[:-1], 1, "Half-life")
    else:
        axis.legend(loc="upper right", title="Half-life", alignment="left")
    return figure


IMAGE_KEY = {
    "method": "author of the method",
    "half_life_h": "true effective half-life, hours",
    "hour": "hours from infusion to image",
    "error": "error of the dose, relative to the true one",
}
_EVERY_H = 3  # hours


def image_errors_by_time(time_h: Floats, errors: Mapping[str, Floats], half_lives_h: Sequence[float]) -> Chart:
    """Error of one-image methods by the time of the image, a panel a method and a line a true half-life.

    ``errors`` are relative, of the shape (half-lives, times).
    """
    shown = time_h % _EVERY_H == 0
    parts = [
        pd.DataFrame({"method": method, "half_life_h": half_life, "hour": time_h[shown], "error": row[shown]})
        for method, rows in errors.items()
        for row, half_life in zip(rows, half_lives_h, strict=True)
    ]
    return Chart(pd.concat(parts), IMAGE_KEY, _draw_image_errors, {"error": 3})


def _draw_image_errors(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    methods = frame["method"].unique()
    shape = layout.beside(len(methods))
    figure, axes = layout.canvas(540 if layout.narrow else 300, *shape, sharex=True, sharey=True)
    for axis, method in zip(axes, methods, strict=True):
        lines = frame[frame["method"] == method].groupby("half_life_h", sort=False)
        for number, (half_life, own) in enumerate(lines):
            style = {"color": COLOURS[number], "linestyle": DASHES[number]}
            axis.plot(own["hour"], own["error"], label=f"{half_life:g} h", **style)
        axis.axhspan(-0.1, 0.1, color=FAINT, zorder=0, linewidth=0, gid=GUIDE)
        axis.axhline(0, **NO_EFFECT)
        name_panel(axis, method)
        axis.set(xlabel="Hours from infusion to image", xlim=(0, frame["hour"].max()), ylim=(-0.8, 0.6))
        axis.xaxis.set_major_locator(MultipleLocator(48))
        in_percent(axis.yaxis)
        axis.set_ylabel("Error of the dose")
    for axis in axes:
        axis.label_outer()
    handles = axes[0].lines[:-1]
    key_above(figure, handles, 3 if layout.narrow else len(handles), "True half-life")
    return figure


TRENDS_KEY = {
    "tissue": "kidneys or tumour",
    "cycle": "cycle",
    "dose": "dose of the cycle, relative to the first",
    "per_kidney_dose": "the same divided by that of the kidneys",
}


def dose_trends(trends: pd.DataFrame) -> Chart:
    """Dose of each cycle relative to the first, and tumours' doses per kidney dose of the cycle.

    ``trends`` has a column ``cycle``, one ``kidneys`` and one a tumour.
    """
    frame = trends.melt("cycle", var_name="tissue", value_name="dose")
    kidneys = trends.set_index("cycle")["kidneys"]
    frame["per_kidney_dose"] = frame["dose"] / frame["cycle"].map(kidneys)
    return Chart(frame[list(TRENDS_KEY)], TRENDS_KEY, _draw_trends)


def _draw_trends(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    figure, axes = layout.canvas(560 if layout.narrow else 300, *layout.beside(2))
    handles = []
    for number, (name, own) in enumerate(frame.groupby("tissue", sort=False)):
        style: Any = {
            "color": COLOURS[number],
            "linestyle": DASHES[number],
            "marker": LINE_MARKS[number],
            "markersize": 4.5,
        }
        axes[0].plot(own["cycle"], own["dose"], **style)
        handles.append(Line2D([], [], label=name, **style))
        if name != "kidneys":
            axes[1].plot(own["cycle"], own["per_kidney_dose"], **style)
    for axis, said in zip(axes, ("Dose of the cycle, first = 100%", "Tumour dose per kidney dose"), strict=True):
        name_panel(axis, said, "normal")
        axis.set(xlabel="Cycle", ylim=(0, None), xticks=frame["cycle"].unique())
        in_percent(axis.yaxis)
        level(axis, 1)
    key_above(figure, handles, 2 if layout.narrow else len(handles))
    return figure
