"""Figures of curves over time: numbers at risk, reconstructed patients, and how well these hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from statsmodels.nonparametric.smoothers_lowess import lowess

from netterbook.book.chart import DASHED, GUIDE, NO_EFFECT, Chart, ChartLayout
from netterbook.book.style import (
    ARM_CODES,
    BLUE,
    COLOUR,
    DASH,
    INK,
    MUTED,
    SILVER,
    SKY,
    VERMILION,
    beside_axis,
    guide_rows,
    name_rows,
    numbers_in_line,
    plain_ticks,
    row_height,
    wrapped,
)
from netterbook.precision import significant

if TYPE_CHECKING:  # the compiler behind it takes a third of a second
    from netterbook.methods.patient_sets import PatientSets
    from netterbook.reconstruction.calibration import Uniformity


def arm_curve(found: PatientSets, code: int, grid: np.ndarray, level: float) -> pd.DataFrame:
    """The median Kaplan–Meier curve of one arm and its band over the sets, as far as all sets are followed.

    Returns
    -------
    Times of the grid at which one of them changes, and the last one, with ``value``, ``low`` and ``high`` from there
    on, in percent
    """
    from netterbook.methods.patients import kaplan_meier

    own = found.arm == code
    draws = zip(found.time[:, own], found.event[:, own], strict=True)
    shares = 100 * np.array([kaplan_meier(time, event).at(grid) for time, event in draws])
    seen = np.isfinite(shares).all(axis=0)  # up to the first set whose follow-up ends
    tails = [0.5, (1 - level) / 2, (1 + level) / 2]
    middle, low, high = np.quantile(shares[:, seen], tails, axis=0)
    rows = significant(pd.DataFrame({"time": grid[seen], "value": middle, "low": low, "high": high}))
    changes = rows[["value", "low", "high"]].diff().ne(0).any(axis=1)
    return rows[changes | (rows.index == len(rows) - 1)]


def arm_curves(found: PatientSets, names: Sequence[str], grid: np.ndarray, level: float) -> pd.DataFrame:
    """:func:`arm_curve` of both arms, with their names as ``arm``, the experimental one first."""
    parts = [
        arm_curve(found, code, grid, level).assign(arm=name) for name, (code, _) in zip(names, ARM_CODES, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def draw_curve(axis: Axes, rows: pd.DataFrame, colour: str, dash: Any, label: str = "") -> None:
    """A curve of :func:`arm_curve` with its band; a label is for a key."""
    axis.fill_between(rows["time"], rows["low"], rows["high"], color=colour, alpha=0.25, linewidth=0, step="post")
    style = {"color": colour, "linestyle": dash, "drawstyle": "steps-post", "label": label or None}
    axis.plot(rows["time"], rows["value"], **style)


def draw_arm(axis: Axes, rows: pd.DataFrame, arm: str) -> None:
    """A curve of :func:`arm_curve` as that of an arm, experimental or control."""
    draw_curve(axis, rows, COLOUR[arm], DASH[arm])


BAND_KEY = {
    "time": "months from randomisation; a curve keeps its value up to the next time",
    "value": "share without the event in percent, median of the reconstructed trials",
    "low": "lower end of the band over the reconstructed trials, percent",
    "high": "upper end of the band, percent",
}
"""What the columns of :func:`arm_curve` mean."""
CURVES_KEY = {
    "what": "curve, or a number below it: at risk, events before, censored before",
    "arm": "group of patients",
    **BAND_KEY,
    "value": f"curve: {BAND_KEY['value']}; otherwise patients",
}
_BLOCKS = ("at risk", "events before", "censored before")


def reconstructed_curves(
    found: PatientSets,
    at_risk: pd.DataFrame,
    names: Sequence[str],
    *,
    level: float,
    ylabel: str,
    counts: bool = False,
    landmark: float | None = None,
) -> Chart:
    """Kaplan–Meier curves of every reconstructed set of patients, by arm, over the printed numbers at risk.

    Parameters
    ----------
    at_risk : columns arm (0 control, 1 experimental), time, n_risk
    names : of the arms, the experimental one first
    level : of the band over the sets
    ylabel : what the curve is a share of, such as "Alive, %"
    counts : also events and censored patients so far, medians over the sets
    landmark : a time to mark
    """
    grid = np.linspace(0, at_risk["time"].max(), 241)
    lines, parts = arm_curves(found, names, grid, level).assign(what="curve"), []
    for name, (code, _) in zip(names, ARM_CODES, strict=True):
        own = found.arm == code
        parts.append(lines[lines["arm"] == name])
        times, n_risk = at_risk.loc[at_risk["arm"] == code, ["time", "n_risk"]].to_numpy().T
        blocks = {"at risk": n_risk}
        if counts:
            middle = [np.median(np.sum(found.event[:, own] * (found.time[:, own] < t), axis=1)) for t in times]
            events = np.floor(middle)  # to the nearest even number would let those censored become fewer
            blocks |= {"events before": events, "censored before": own.sum() - n_risk - events}
        parts += [pd.DataFrame({"what": what, "arm": name, "time": times, "value": v}) for what, v in blocks.items()]
    frame = pd.concat(parts, ignore_index=True)[list(CURVES_KEY)]
    return Chart(frame, CURVES_KEY, partial(_draw_curves, names=tuple(names), landmark=landmark, ylabel=ylabel))


def _draw_curves(
    frame: pd.DataFrame, layout: ChartLayout, *, names: Sequence[str], landmark: float | None, ylabel: str
) -> Figure:
    blocks = [what for what in _BLOCKS if (frame["what"] == what).any()]
    lines = len(blocks) * (4 if layout.narrow else 3 if len(blocks) > 1 else 2)
    figure, axis, table = layout.over_lines(250 if layout.narrow else 300, lines)
    curves = {name: frame[(frame["what"] == "curve") & (frame["arm"] == name)] for name in names}
    for (name, rows), (_, arm) in zip(curves.items(), ARM_CODES, strict=True):
        draw_arm(axis, rows, arm)
        name_curve(axis, rows, name, arm)
    times = np.sort(frame.loc[frame["what"] == "at risk", "time"].unique())
    last, shown = times[-1], times[:: -(-len(times) // 8) if layout.narrow else 1]
    if landmark is not None:
        tallest = max(_later(rows)["high"].max() for rows in curves.values())  # above it stands a name
        axis.plot([landmark] * 2, [0, tallest + 1], **DASHED)
    axis.set(ylabel=ylabel, ylim=(0, 102), xlabel="Time, months", xlim=(-last / 60, last * 61 / 60), xticks=shown)
    colours = {name: COLOUR[arm] for name, (_, arm) in zip(names, ARM_CODES, strict=True)}
    write_numbers(table, frame[frame["time"].isin(shown)], colours, blocks, lines, layout)
    return figure


def write_numbers(
    table: Axes, frame: pd.DataFrame, colours: Mapping[str, str], blocks: Sequence[str], lines: int, layout: ChartLayout
) -> None:
    """Rows of numbers beneath the curves, with the arm before them or, where that leaves no room, above.

    Parameters
    ----------
    frame : columns what, arm, time, value
    colours : of each arm, in the order of the rows
    blocks : of what there are rows
    lines : that the table has room for
    """
    line = 0
    for what in blocks:
        if not layout.narrow and len(blocks) > 1:
            beside_axis(table, what.capitalize(), INK, line, lines)
            line += 1
        for name, colour in colours.items():
            if layout.narrow:
                words, y = f"{what.capitalize()}: {name}", 1 - (line + 0.5) / lines
                table.text(0, y, words, transform=table.transAxes, va="center", color=colour)
                line += 1
            else:
                beside_axis(table, name, colour, line, lines)
            own = frame[(frame["what"] == what) & (frame["arm"] == name)]
            numbers_in_line(table, zip(own["time"], own["value"], strict=True), line, lines)
            line += 1


def _later(rows: pd.DataFrame) -> pd.DataFrame:
    """The part of a curve along which its name may stand."""
    return rows[rows["time"] >= 0.6 * rows["time"].iloc[-1]]


def name_curve(axis: Axes, rows: pd.DataFrame, name: str, arm: str) -> None:
    """An arm's name where there is room: above the experimental curve at its right end; below the control's, at its
    right end too, or before it where it comes down to the axis.
    """
    style: dict[str, Any] = {"color": COLOUR[arm], "ha": "right"}
    last = rows["time"].iloc[-1]
    later = _later(rows)
    if arm == "experimental":
        axis.annotate(name, (last, later["high"].max() + 3), va="bottom", **style)
    elif later["low"].min() > 15:
        axis.annotate(name, (last, later["low"].min() - 3), va="top", **style)
    else:
        before = rows.loc[rows["low"] < 14, "time"].min()
        axis.annotate(name, (before - last / 60, 3), va="bottom", **style)


def proportional_hazards(found: PatientSets, periods: pd.DataFrame, names: Sequence[str], level: float) -> Chart:
    """Are hazards proportional? Log-log curves, scaled Schoenfeld residuals smoothed along time, and hazard ratios by
    period, with bands over the sets of patients.

    Parameters
    ----------
    periods : columns start, end, hr, low, high, as :func:`.hazard_ratios_by_period` makes them
    names : of the arms, the experimental one first
    level : of bands and intervals
    """
    from netterbook.methods.proportional_hazards import log_minus_log, scaled_schoenfeld

    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    last = np.quantile(found.time[found.event == 1], 0.98)
    times = np.geomspace(last / 30, last, 60)
    curves = log_minus_log(found.time, found.event, found.arm, times)
    parts = []
    for name, (code, _) in zip(names, ARM_CODES, strict=True):
        known = np.isfinite(curves[:, code]).all(axis=0)
        low, middle, high = np.quantile(curves[:, code][:, known], tails, axis=0)
        own = {"what": "log-log", "arm": name, "time": times[known], "value": middle, "low": low, "high": high}
        parts.append(pd.DataFrame(own))
    grid = np.linspace(0, last, 60)
    smooth = []
    for time, event in zip(found.time, found.event, strict=True):
        residuals = scaled_schoenfeld(time, event, found.arm)
        line = lowess(residuals.residual, residuals.time, frac=0.7, it=0, return_sorted=True)
        smooth.append(np.interp(grid, *line.T))
    low, middle, high = np.quantile(smooth, tails, axis=0)
    parts.append(pd.DataFrame({"what": "residuals", "time": grid, "value": middle, "low": low, "high": high}))
    ends = np.minimum(periods["end"], found.time.max())
    parts.append(periods.rename(columns={"start": "time", "hr": "value"}).assign(what="period", end=ends))
    key = {
        "what": "log-log: log(−log S); residuals: log hazard ratio, smoothed; period: hazard ratio in it",
        "arm": "group of patients, of log-log curves",
        "time": "months from randomisation; of a period, where it begins",
        "end": "where a period ends",
        "value": "median of the reconstructed trials; of a period, the estimate",
        "low": f"lower end of the band or interval of {100 * level:g}%",
        "high": "upper end",
    }
    overall = float(np.median(np.log(found.values("hr"))))
    frame = pd.concat(parts, ignore_index=True)[list(key)]
    return Chart(frame, key, partial(_draw_proportional, names=names, overall=overall))


def _draw_proportional(frame: pd.DataFrame, layout: ChartLayout, *, names: Sequence[str], overall: float) -> Figure:
    figure, (left, middle, right) = layout.canvas(680 if layout.narrow else 260, *layout.beside(3))
    for name, (_, arm) in zip(names, ARM_CODES, strict=True):
        own = frame[(frame["what"] == "log-log") & (frame["arm"] == name)]
        left.fill_between(own["time"], own["low"], own["high"], color=COLOUR[arm], alpha=0.25, linewidth=0)
        left.plot(own["time"], own["value"], color=COLOUR[arm], linestyle=DASH[arm], label=name)
    left.set_xscale("log")
    plain_ticks(left.xaxis, [1, 3, 6, 12, 24])
    left.set(xlabel="Months, log scale", ylabel="log(−log S)")
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.35 * (high - low))  # room for the key
    left.legend(loc="upper left", borderaxespad=0)

    smooth = frame[frame["what"] == "residuals"]
    middle.fill_between(smooth["time"], smooth["low"], smooth["high"], color=BLUE, alpha=0.25, linewidth=0)
    middle.plot(smooth["time"], smooth["value"], color=BLUE)
    middle.axhline(overall, **DASHED)
    middle.set(xlabel="Months", ylabel="Log hazard ratio\n(smoothed residuals)")

    for row in frame[frame["what"] == "period"].itertuples():
        right.fill_between([row.time, row.end], row.low, row.high, color=BLUE, alpha=0.2, linewidth=0)
        right.hlines(row.value, row.time, row.end, color=BLUE)
    right.axhline(np.exp(overall), **DASHED)
    right.axhline(1, **NO_EFFECT)
    right.set_yscale("log")
    plain_ticks(right.yaxis, [0.05, 0.1, 0.2, 0.5, 1, 2])
    right.set(xlabel="Months", ylabel="Hazard ratio by period")
    return figure


WITHHELD_LIMITS = 0.4, 2.5
"""Ends of the axis of ratios to the printed value."""


def withheld(rows: pd.DataFrame) -> Chart:
    """Estimates of headline results, each made with that result withheld, as ratios to the printed value.

    Parameters
    ----------
    rows : columns ``label``; ``printed``, ``printed_low``, ``printed_high`` (nan where none is printed); ``value``,
        ``low``, ``high`` (inf where not reached)
    """
    numbers = ["printed", "printed_low", "printed_high", "value", "low", "high"]
    frame = rows[["label", *numbers]].copy()
    for name in numbers[1:]:
        frame[f"{name}_ratio"] = frame[name] / frame["printed"]
    open_above = frame["printed_low"].notna() & frame["printed_high"].isna()
    frame.loc[open_above, "printed_high_ratio"] = np.inf
    key = {
        "label": "headline result",
        "printed": "as printed",
        "printed_low": "lower end of its interval as printed",
        "printed_high": "upper end; empty where none is printed",
        "value": "median of the reconstructed trials, which were not given it",
        "low": "lower end of their interval",
        "high": "upper end; inf where not reached",
        "printed_low_ratio": "printed_low to printed",
        "printed_high_ratio": "printed_high to printed",
        "value_ratio": "value to printed",
        "low_ratio": "low to printed",
        "high_ratio": "high to printed",
    }
    return Chart(frame[list(key)], key, _draw_withheld)


def _draw_withheld(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    row = 8 + row_height(layout, list(frame["label"]), 30)
    figure, (axis,) = layout.canvas(row * len(frame) + (130 if layout.narrow else 90))
    for y, one in enumerate(frame.iloc[::-1].itertuples()):
        if np.isfinite(one.printed_low_ratio):
            ends = [one.printed_low_ratio, one.printed_high_ratio]
            axis.hlines(y - 0.16, *np.clip(ends, *WITHHELD_LIMITS), color=SILVER, linewidth=5)
            _beyond(axis, y - 0.16, ends, color=SILVER)
        axis.plot(1, y - 0.16, marker="D", color=MUTED, markersize=5, gid=GUIDE)
        axis.hlines(y + 0.16, *np.clip([one.low_ratio, one.high_ratio], *WITHHELD_LIMITS), color=BLUE, linewidth=2)
        axis.plot(np.clip(one.value_ratio, *WITHHELD_LIMITS), y + 0.16, marker="o", color=BLUE, markersize=6)
        _beyond(axis, y + 0.16, [one.low_ratio, one.high_ratio], color=BLUE)
    guide_rows(axis, layout, 1, range(len(frame)), row, above=14, **NO_EFFECT)
    axis.set_xscale("log")
    axis.set(xlim=WITHHELD_LIMITS, xlabel="Ratio to the printed value")
    axis.set_ylim(-0.6, len(frame) - (0.2 if layout.narrow else 0.4))
    name_rows(axis, layout, range(len(frame)), list(frame["label"].iloc[::-1]), row, above=14)
    plain_ticks(axis.xaxis, [0.5, 0.7, 1, 1.4, 2])
    handles = [
        Line2D([], [], color=MUTED, marker="D", linewidth=0, label="printed"),
        Line2D([], [], color=SILVER, linewidth=5, label="printed confidence interval"),
        Line2D([], [], color=BLUE, marker="o", label="reconstructed without it"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=1 if layout.narrow else 3)
    return figure


def _beyond(axis: Axes, y: float, ends: Sequence[float], color: str) -> None:
    """An arrow at each side of the axis beyond which an interval goes on."""
    low, high = WITHHELD_LIMITS
    for limit, mark, on in ((low, "<", ends[0] < low), (high, ">", ends[1] > high)):
        if on:
            axis.plot(limit, y, marker=mark, color=color, markersize=7, clip_on=False)


def deviations(table: pd.DataFrame) -> Chart:
    """Where each truth lies in its interval: standard errors from the estimate, by what was withheld.

    Parameters
    ----------
    table : columns ``kind``, ``source``, ``deviation``
    """
    key = {
        "kind": "what was withheld",
        "source": "where the trial is from: simulated, or a package of public data",
        "deviation": "truth less estimate, in standard errors of the interval",
        "drawn": f"where it is drawn: beyond {_FARTHEST}, there",
    }
    frame = table.assign(drawn=table["deviation"].clip(-_FARTHEST, _FARTHEST))[list(key)]
    return Chart(frame, key, _draw_deviations)


_FARTHEST = 5


def _draw_deviations(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    kinds = list(dict.fromkeys(frame["kind"]))
    row = 20 + row_height(layout, kinds, 40)
    figure, (axis,) = layout.canvas(row * len(kinds) + 85)
    for reach, alpha in ((1.96, 0.3), (0.674, 0.45)):
        axis.axvspan(-reach, reach, color=SILVER, alpha=alpha, linewidth=0, gid=GUIDE)
    spread = np.random.default_rng(1)
    for place, kind in enumerate(kinds):
        part = frame[frame["kind"] == kind]
        for simulated, shift, colour, mark in ((True, 0.15, BLUE, "o"), (False, -0.17, VERMILION, "s")):
            own = part[(part["source"] == "simulated") == simulated]
            y = shift - place + spread.uniform(-0.13, 0.13, len(own))
            name = "simulated trials" if simulated else "trials with public data"
            style = {"color": colour, "marker": mark, "label": "" if place else name}
            axis.scatter(own["drawn"], y, s=14, alpha=0.8, linewidths=0, **style)
    axis.set(xlim=(-_FARTHEST - 0.2, _FARTHEST + 0.2), ylim=(0.4 - len(kinds), 0.9 if layout.narrow else 0.6))
    axis.set_xlabel("\n".join(wrapped("Truth less estimate, in standard errors of the interval", layout.width - 20)))
    name_rows(axis, layout, -np.arange(len(kinds)), kinds, row, above=19)
    axis.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper left", ncols=2, borderpad=0, markerscale=1.6)
    return figure


def calibration_bands(found: Mapping[str, Uniformity], names: Mapping[str, str]) -> Chart:
    """Ranks of truths among the draws of trials from the model's own prior: their distribution function less the
    uniform one, a panel a quantity, with the band that holds all of it if ranks are uniform.

    Parameters
    ----------
    found : by quantity
    names : of the quantities, for readers
    """
    key = {
        "quantity": "what is ranked",
        "rank": "rank of the truth among the draws, from 0 to 1",
        "difference": "share of trials with a lower one, less the uniform share",
        "low": "lower end of the band that holds all differences if ranks are uniform",
        "high": "upper end",
        "trials": "trials drawn from the method's own assumptions",
        "p": "P value of the test that the band makes",
        "inside": "1 where the differences stay in the band, 0 where they leave it",
    }
    parts = [
        pd.DataFrame({"quantity": names[name], "rank": one.points, "difference": one.difference, "low": one.low})
        .assign(high=one.high, trials=one.ranks, p=one.p, inside=int(one.inside))
        for name, one in found.items()
    ]  # fmt: skip
    return Chart(pd.concat(parts), key, _draw_calibration)


def _draw_calibration(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    quantities = list(dict.fromkeys(frame["quantity"]))
    columns = min(2 if layout.narrow else 4, len(quantities))
    rows = -(-len(quantities) // columns)
    figure, axes = layout.canvas(170 * rows + 30, rows, columns, sharex=True, sharey=True)
    for axis, quantity in zip(axes, quantities, strict=False):
        own = frame[frame["quantity"] == quantity]
        first = own.iloc[0]
        inside = first["inside"] == 1
        colour = BLUE if inside else VERMILION
        axis.fill_between(own["rank"], own["low"], own["high"], color=SKY, alpha=0.3, linewidth=0, step="post")
        axis.axhline(0, **NO_EFFECT)
        line = {"linestyle": "-" if inside else "--", "drawstyle": "steps-post"}
        axis.plot(own["rank"], own["difference"], color=colour, **line)
        axis.set_title("\n".join(wrapped(quantity, layout.width / columns - 50)))
        said = f"{first['trials']} trials\n{'P' if inside else 'outside, P'} {first['p']:.2g}"
        axis.annotate(said, (0.04, 0.04), xycoords="axes fraction", color=colour)
        axis.set(xlim=(0, 1), xticks=[0, 0.5, 1])
    low, high = axes[0].get_ylim()
    axes[0].set_ylim(low - 0.5 * (high - low), high)  # room for what is said in the panels
    for place in range(len(quantities), rows * columns):
        axes[place].set_visible(False)
        axes[place - columns].tick_params(labelbottom=True)
    along = wrapped("Rank of the truth among the draws, from 0 to 1", layout.width)
    figure.supxlabel("\n".join(along))
    figure.supylabel("Share below, less uniform")
    return figure


def coverage_by_stratum(table: pd.DataFrame) -> Chart:
    """Truths inside the 95% and the 50% interval in every stratum, with binomial errors; bars mark what is wanted,
    :data:`.WANTED`.

    Parameters
    ----------
    table : as :func:`.by_stratum` makes it
    """
    from netterbook.reconstruction.accuracy import WANTED

    frame = table[["stratum", "group", "cases"]].copy()
    key = {"stratum": "what trials are told apart by", "group": "group of trials", "cases": "truths"}
    for level in WANTED:
        share, reach = table[f"inside {level}"], 1.96 * table[f"error {level}"]
        ends = (share - reach).clip(lower=0), (share + reach).clip(upper=100)
        own = {f"inside {level}": share, f"low {level}": ends[0], f"high {level}": ends[1]}
        frame = frame.assign(**own)
        said = f"percent of the truths inside the {level} interval", "lower end of its binomial interval", "upper end"
        key |= zip(own, said, strict=True)
    return Chart(frame, key, partial(_draw_coverage, wanted=WANTED))


def _draw_coverage(frame: pd.DataFrame, layout: ChartLayout, *, wanted: Mapping[str, tuple[float, float]]) -> Figure:
    words = (frame["stratum"] + ": " + frame["group"].astype(str)).str.removesuffix(": ")
    said = [f"{name} ({cases:,})" for name, cases in zip(words, frame["cases"], strict=True)]
    row = row_height(layout, said, 19)
    figure, panels = layout.canvas(row * len(frame) + 70, columns=2, sharey=True)
    rows = -np.arange(len(frame))
    for axis, (level, ends), colour, mark in zip(panels, wanted.items(), (BLUE, VERMILION), ("o", "s"), strict=True):
        axis.axvspan(*ends, color=SKY, alpha=0.3, linewidth=0, gid=GUIDE)
        axis.hlines(rows, frame[f"low {level}"], frame[f"high {level}"], color=colour, linewidth=1.2)
        axis.plot(frame[f"inside {level}"], rows, mark, color=colour, markersize=5)
        axis.set_xlabel(f"Inside {level}, %" if layout.narrow else f"Inside the {level} interval, %")
    panels[0].set_ylim(0.6 - len(frame), 0.9 if layout.narrow else 0.6)
    name_rows(panels[0], layout, rows, said, row)
    for axis in panels:
        axis.tick_params(axis="y", length=0)
    return figure
