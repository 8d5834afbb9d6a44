"""Figures of absorbed and biologically effective doses, with their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from netterbook.arrays import Floats
from netterbook.book.chart import DOTTED, Chart, ChartLayout
from netterbook.book.dosimetry.drawing import COLOURS, DASHES, key_above, label_rows, level, name_line_ends
from netterbook.book.style import BLUE, FAINT, LINE, MUTED, PURPLE, VERMILION

KIDNEY_KEY = {
    "cohort": "published cohort",
    "gy_per_gbq": "its mean (or median) dose to the kidneys per activity, Gy/GBq",
    "cycles": "cycles given",
    "dose_gy": "absorbed dose to the kidneys after these, Gy",
}


def kidney_dose(cohorts: pd.DataFrame, activity_gbq: float, max_cycles: int, limit_gy: float) -> Chart:
    """Cumulative absorbed dose to the kidneys by cycle for cohorts' mean dose per activity, with a limit.

    Parameters
    ----------
    cohorts : columns ``label`` and ``gy_per_gbq``
    """
    cycles = np.arange(max_cycles + 1)
    parts = [
        pd.DataFrame({"cohort": row.label, "gy_per_gbq": row.gy_per_gbq, "cycles": cycles})
        for row in cohorts.sort_values("gy_per_gbq", kind="stable").itertuples()
    ]
    frame = pd.concat(parts)
    frame["dose_gy"] = frame["cycles"] * activity_gbq * frame["gy_per_gbq"]
    return Chart(frame, KIDNEY_KEY, partial(_draw_kidney_dose, activity_gbq=activity_gbq, limit_gy=limit_gy))


def _draw_kidney_dose(frame: pd.DataFrame, layout: ChartLayout, *, activity_gbq: float, limit_gy: float) -> Figure:
    height = 400 if layout.narrow else 320
    figure, (axis,) = layout.canvas(height)
    last, ends = frame["cycles"].max(), []
    for number, (name, own) in enumerate(frame.groupby("cohort", sort=False)):
        said = f"{name}, {own['gy_per_gbq'].iloc[0]:.2f} Gy/GBq"
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        axis.plot(own["cycles"], own["dose_gy"], color=colour, linestyle=dash, label=said)
        ends.append((own["dose_gy"].iloc[-1], said, colour))
    top = 1.05 * max(limit_gy, frame["dose_gy"].max())
    axis.set(xlabel=f"Cycles of {activity_gbq:g} GBq", ylabel="Kidney absorbed dose, Gy")
    axis.set(xlim=(0, last), ylim=(0, top), xticks=frame["cycles"].unique())
    if layout.narrow:
        key_above(figure, axis.lines[::-1], 1)
    else:
        name_line_ends(axis, ends, 1.015 * last, height, top)
    level(axis, limit_gy)
    axis.annotate(f"{limit_gy:g} Gy", (0.015 * last, limit_gy + 0.01 * top), color=MUTED, va="bottom")
    return figure


ORGANS_KEY = {
    "organ": "organ",
    "label": "patients or lesions",
    "middle": "mean or median, Gy; empty where only a range is published",
    "low": "lower end of what spread says, Gy",
    "high": "upper end, Gy",
    "spread": "what the ends are: mean less and plus a standard deviation (SD), range, or a model's doses over the "
    "cohort's creatinine clearances",
    "limit_gy": "limit of the organ's dose, Gy",
    "fact": "reference fact",
}
_SPREAD_MARK = {"SD": "o", "range": "s", "creatinine clearance": "D", "": "o"}


def organ_doses(doses: pd.DataFrame, limits_gy: Mapping[str, float]) -> Chart:
    """Doses to organs and tumours in published cohorts, on a log axis of Gy.

    Parameters
    ----------
    doses : as :func:`.doses_of_cycles` gives them
    limits_gy : by organ
    """
    frame = doses.assign(limit_gy=doses["organ"].map(limits_gy).astype(float))
    return Chart(frame[list(ORGANS_KEY)], ORGANS_KEY, _draw_organ_doses)


def _draw_organ_doses(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    row = 2 if layout.narrow else 1.3  # lines of text
    places, place, organ = [], 0.0, ""
    for name in frame["organ"]:
        place += row if name == organ else row + 1.2
        places.append(place)
        organ = name
    frame = frame.assign(place=places)
    figure, (axis,) = layout.canvas(LINE * (places[-1] + 1) + 55)
    colour = dict(zip(frame["organ"].unique(), (BLUE, PURPLE, VERMILION), strict=False))
    for one in frame.itertuples():
        if np.isfinite(one.low):
            axis.plot([one.low, one.high], [one.place] * 2, color=colour[one.organ], linewidth=1.6)
        if np.isfinite(one.middle):
            axis.plot(one.middle, one.place, _SPREAD_MARK[one.spread], color=colour[one.organ], markersize=6)
    for _, own in frame[frame["limit_gy"].notna()].groupby("organ"):
        _mark_limit(axis, own["limit_gy"].iloc[0], own["place"], layout)
    axis.set(xscale="log", xlabel="Gy", ylim=(places[-1] + 1, places[0] - row - 1.2))
    label_rows(axis, places, [f"{o}: {t}" for o, t in zip(frame["organ"], frame["label"], strict=True)], layout, 0.95)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.grid(axis="x", color=FAINT, linewidth=0.7)
    axis.set_axisbelow(True)
    return figure


def _mark_limit(axis: Axes, limit_gy: float, rows: pd.Series, layout: ChartLayout) -> None:
    """A dotted line through an organ's rows, broken where their names stand between them."""
    half = 0.4 if layout.narrow else 0.65
    parts = np.array([(y - half, y + half, np.nan) for y in rows]).ravel()
    axis.plot(np.full(parts.size, limit_gy), parts, color=MUTED, linestyle=":", linewidth=1.3)
    above = 1.6 if layout.narrow else half + 0.05
    axis.annotate(f"{limit_gy:g} Gy", (limit_gy, rows.min() - above), color=MUTED, ha="center", va="bottom")


BED_KEY = {
    "course": "cycles that the dose is given in, with the repair of the parameters unless it says otherwise",
    "dose_gy": "absorbed dose of all cycles, Gy",
    "bed_gy": "biologically effective dose of all cycles, Gy",
}


def bed_against_dose(
    dose_gy: Floats, lines: Mapping[str, Floats], limits_bed_gy: Sequence[float], limit_gy: float
) -> Chart:
    """Cumulative BED against the absorbed dose, one line a course, with the limits of both."""
    order = sorted(lines, key=lambda name: lines[name][-1])
    parts = [pd.DataFrame({"course": name, "dose_gy": dose_gy, "bed_gy": lines[name]}) for name in order]
    return Chart(pd.concat(parts), BED_KEY, partial(_draw_bed, limits_bed_gy=limits_bed_gy, limit_gy=limit_gy))


def _draw_bed(frame: pd.DataFrame, layout: ChartLayout, *, limits_bed_gy: Sequence[float], limit_gy: float) -> Figure:
    height = 380 if layout.narrow else 340
    figure, (axis,) = layout.canvas(height)
    courses = {str(name): own for name, own in frame.groupby("course", sort=False)}
    last, top = frame["dose_gy"].max(), 1.1 * sorted(own["bed_gy"].iloc[-1] for own in courses.values())[-2]
    ends = []
    for number, (name, own) in enumerate(courses.items()):
        colour = COLOURS[number]
        axis.plot(own["dose_gy"], own["bed_gy"], color=colour, linestyle=DASHES[number], label=name)
        ends.append((own["bed_gy"].iloc[-1], name, colour))
    axis.set(xlabel="Absorbed dose to the kidneys, all cycles, Gy", ylabel="BED, Gy", xlim=(0, last), ylim=(0, top))
    axis.xaxis.set_major_locator(MultipleLocator(10))
    if layout.narrow:
        axis.set_xlabel("Kidney absorbed dose, all cycles, Gy")
        key_above(figure, axis.lines[::-1], 2)
    else:
        _, name, colour = ends.pop()  # the highest line leaves the axis above
        x = np.interp(0.93 * top, courses[name]["bed_gy"], courses[name]["dose_gy"])
        axis.annotate(name, (x, 0.93 * top), xytext=(12, 0), textcoords="offset points", color=colour, va="center")
        name_line_ends(axis, ends, 1.015 * last, height, top)
    for limit in limits_bed_gy:
        level(axis, limit)
        axis.annotate(f"BED {limit:g} Gy", (0.01 * last, limit), color=MUTED, va="bottom")
    axis.axvline(limit_gy, **DOTTED)
    beside = {"xytext": (4, 2), "textcoords": "offset points", "va": "bottom"}
    axis.annotate(f"{limit_gy:g} Gy", (limit_gy, 0), color=MUTED, **beside)
    return figure
