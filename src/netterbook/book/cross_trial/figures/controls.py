"""Control groups of two trials, and what their scans make of a median."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netterbook.book.chart import DASHED, Chart, ChartLayout
from netterbook.book.cross_trial.figures.two_trials import TRIAL, TRIAL_DASH
from netterbook.book.curves import BAND_KEY, arm_curve, draw_curve
from netterbook.book.style import INK, MUTED, beside_axis, wrapped

if TYPE_CHECKING:
    from netterbook.methods.patient_sets import PatientSets

_LAST = 27  # months
CONTROLS_KEY = {
    "what": "curve of the control group, or scan due",
    "trial": "trial",
    **BAND_KEY,
    "value": "share free of progression in percent, median of the reconstructed trials",
}
SEEN_KEY = {
    "schedule": "how patients are watched: continuously, or with the scans of a trial",
    "true": "true median of the control group, months",
    "reported": "median that is reported, months",
    "printed": "median of the trial's control group as printed, months",
}


def control_arms(trials: Mapping[str, PatientSets], scans: Mapping[str, NDArray], level: float) -> Chart:
    """Kaplan–Meier curves of the control groups of two trials, reconstructed, and when their scans were due.

    Parameters
    ----------
    trials : reconstructions by the trial's name
    scans : weeks of the scans by the trial's name
    level : of the bands
    """
    from netterbook.methods.months import WEEKS_PER_MONTH

    grid = np.linspace(0, _LAST, 8 * _LAST + 1)
    parts = []
    for name, found in trials.items():
        parts.append(arm_curve(found, 0, grid, level).assign(what="curve", trial=name))
        due = scans[name] / WEEKS_PER_MONTH
        parts.append(pd.DataFrame({"what": "scan due", "trial": name, "time": due[due <= _LAST]}))
    return Chart(pd.concat(parts, ignore_index=True)[list(CONTROLS_KEY)], CONTROLS_KEY, _draw_controls)


def _draw_controls(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    names = frame["trial"].unique()
    lines = 2 * len(names) if layout.narrow else len(names) + 1
    figure, axis, table = layout.over_lines(230 if layout.narrow else 290, lines)
    table.set(ylim=(lines, 0))
    if not layout.narrow:
        beside_axis(table, "Scans due", INK, 0, lines)
    for row, (name, colour, dash) in enumerate(zip(names, TRIAL, TRIAL_DASH, strict=True)):
        own = frame[frame["trial"] == name]
        curve, due = own[own["what"] == "curve"], own.loc[own["what"] == "scan due", "time"]
        draw_curve(axis, curve, colour, dash, f"Control, {name}")
        if layout.narrow:
            line = 2 * row + 1
            words, y = f"Scans due: {name}", 1 - (line - 0.5) / lines
            table.text(0, y, words, transform=table.transAxes, va="center", color=colour)
        else:
            line = row + 1
            beside_axis(table, name, colour, line, lines)
        style: dict[str, Any] = {"color": colour, "markersize": 9, "markeredgewidth": 1.8, "clip_on": False}
        table.plot(due, np.full(len(due), line + 0.5), "|", **style)
    axis.axhline(50, **DASHED)
    axis.legend(loc="upper right", labelcolor="linecolor", borderpad=0)
    ticks = range(0, _LAST + 1, 6 if layout.narrow else 3)
    axis.set(ylabel="Free of progression, %", xlabel="Months", ylim=(0, 102), xlim=(0, _LAST), xticks=ticks)
    return figure


def scan_staircase(seen: pd.DataFrame, printed: Mapping[str, float]) -> Chart:
    """The median that a trial reports against the true one, under each schedule of scans.

    Parameters
    ----------
    seen : from :func:`.medians_seen`
    printed : control medians as printed, by the names of the schedules
    """
    medians = pd.DataFrame({"schedule": list(printed), "printed": list(printed.values())})
    frame = pd.concat([seen.rename(columns={"seen": "reported"}), medians], ignore_index=True)
    return Chart(frame[list(SEEN_KEY)], SEEN_KEY, partial(_draw_staircase, names=tuple(printed)))


def _draw_staircase(frame: pd.DataFrame, layout: ChartLayout, *, names: tuple[str, ...]) -> Figure:
    figure, (axis,) = layout.canvas(300 if layout.narrow else 330)
    curves, medians = frame[frame["printed"].isna()], frame[frame["printed"].notna()]
    colours = dict(zip(names, TRIAL, strict=True))
    looks = dict(zip(names, (("-", 3.2), ((0, (2.5, 1.2)), 1.8)), strict=True))
    for name, own in curves.groupby("schedule", sort=False):
        if name in looks:
            dash, width = looks[str(name)]
            style = {"linestyle": dash, "linewidth": width, "drawstyle": "steps-mid", "label": f"scans as in {name}"}
            axis.plot(own["true"], own["reported"], color=colours[str(name)], **style)
        else:
            axis.plot(own["true"], own["reported"], color=MUTED, linewidth=1.2, label="watched continuously")
    for row in medians.itertuples():
        axis.axhline(row.printed, color=colours[row.schedule], linewidth=1, linestyle=":")
    last = curves["true"].max()
    words = ", ".join(f"{row.printed:g} ({row.schedule})" for row in medians.itertuples())
    said = wrapped(f"dotted, as printed: {words}", 170 if layout.narrow else 400)
    under = (last, medians["printed"].min())
    axis.annotate("\n".join(said), under, (0, -5), textcoords="offset points", ha="right", va="top", color=INK)
    axis.set(xlabel="True median of the control group, months", ylabel="Median reported, months")
    axis.set(xlim=(curves["true"].min(), last), ylim=(0, None))
    axis.legend(loc="upper left", borderpad=0)
    return figure
