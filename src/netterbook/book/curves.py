"""Figures of curves over time: numbers at risk, reconstructed patients, and how well these hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from statsmodels.nonparametric.smoothers_lowess import lowess

from netterbook.book.style import (
    ARM_CODES,
    BLUE,
    COLOUR,
    DASH,
    SKY,
    VERMILION,
    canvas,
    label,
    plain_ticks,
    risk_row,
    styled,
)

if TYPE_CHECKING:  # the compiler behind it takes a third of a second
    from netterbook.methods.patient_sets import PatientSets
    from netterbook.reconstruction.calibration import Uniformity


def draw_arm(axis: Axes, found: PatientSets, code: int, grid: np.ndarray, level: float) -> tuple[np.ndarray, ...]:
    """Draw the median Kaplan–Meier curve of one arm and its band over the sets, as far as all sets are followed.

    Returns
    -------
    Times of the grid that are drawn, and the band's lower and upper end there, in percent
    """
    from netterbook.methods.patients import kaplan_meier

    own, arm = found.arm == code, dict(ARM_CODES)[code]
    draws = zip(found.time[:, own], found.event[:, own], strict=True)
    shares = 100 * np.array([kaplan_meier(time, event).at(grid) for time, event in draws])
    seen = np.isfinite(shares).all(axis=0)  # up to the first set whose follow-up ends
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    low, middle, high = np.quantile(shares[:, seen], tails, axis=0)
    axis.fill_between(grid[seen], low, high, color=COLOUR[arm], alpha=0.25, linewidth=0, step="post")
    axis.plot(grid[seen], middle, color=COLOUR[arm], linestyle=DASH[arm], drawstyle="steps-post")
    return grid[seen], low, high


@styled
def reconstructed_curves(
    found: PatientSets,
    at_risk: pd.DataFrame,
    names: Sequence[str],
    *,
    level: float,
    unit: str = "months",
    counts: bool = False,
    landmark: float | None = None,
    ylabel: str = "Free of the event, %",
) -> Figure:
    """Kaplan–Meier curves of every reconstructed set of patients, by arm, over the printed numbers at risk.

    Parameters
    ----------
    at_risk : columns arm (0 control, 1 experimental), time, n_risk
    names : of the arms, the experimental one first
    level : of the band over the sets
    counts : also events and censored patients so far, medians over the sets
    landmark : a time to mark
    """
    lines = 9 if counts else 2
    figure, (axis, below) = plt.subplots(
        2, 1, figsize=(7.5, 3.8 + 0.19 * lines), height_ratios=(3.8, 0.19 * lines), sharex=True, layout="constrained"
    )
    below.axis("off")
    axis.tick_params(labelbottom=True)
    grid = np.linspace(0, at_risk["time"].max(), 241)
    for row, (name, (code, arm)) in enumerate(zip(names, ARM_CODES, strict=True)):
        own = found.arm == code
        seen, low, high = draw_arm(axis, found, code, grid, level)
        place = int(len(seen) * 0.55)
        label(axis, seen[place], high[place] + 5 if code else low[place] - 6, name, COLOUR[arm])
        times, n_risk = at_risk.loc[at_risk["arm"] == code, ["time", "n_risk"]].to_numpy().T
        blocks = [("At risk", n_risk)]
        if counts:
            middle = [np.median(np.sum(found.event[:, own] * (found.time[:, own] < t), axis=1)) for t in times]
            events = np.floor(middle)  # to the nearest even number would let those censored become fewer
            blocks += [("Events before", events), ("Censored before", own.sum() - n_risk - events)]
        for block, (words, values) in enumerate(blocks):
            y = 1 - (3 * block + row + (1.5 if counts else 0.5)) / lines
            risk_row(below, name, COLOUR[arm], y, zip(times, values, strict=True))
            if counts and row == 0:
                below.text(
                    -0.015, y + 1 / lines, words, transform=below.transAxes, ha="right", va="center", fontsize=8.5
                )
    if landmark is not None:
        axis.axvline(landmark, color="#888888", linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    axis.set(ylabel=ylabel, ylim=(0, 102), xlabel=f"Time, {unit}")
    axis.set(xlim=(-0.5, at_risk["time"].max() + 0.5), xticks=sorted(at_risk["time"].unique()))
    return figure


@styled
def proportional_hazards(found: PatientSets, periods: pd.DataFrame, names: Sequence[str], level: float) -> Figure:
    """Are hazards proportional? Log-log curves, scaled Schoenfeld residuals smoothed along time, and hazard ratios by
    period, with bands over the sets of patients.

    Parameters
    ----------
    periods : columns start, end, hr, low, high, as :func:`.hazard_ratios_by_period` makes them
    names : of the arms, the experimental one first
    level : of bands and intervals
    """
    from netterbook.methods.proportional_hazards import log_minus_log, scaled_schoenfeld

    figure, (left, middle, right) = canvas(9, 3.3, 3)
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    last = np.quantile(found.time[found.event == 1], 0.98)
    times = np.geomspace(last / 30, last, 60)
    curves = log_minus_log(found.time, found.event, found.arm, times)
    for name, (code, arm) in zip(names, ARM_CODES, strict=True):
        known = np.isfinite(curves[:, code]).all(axis=0)
        low, mid, high = np.quantile(curves[:, code][:, known], tails, axis=0)
        left.fill_between(times[known], low, high, color=COLOUR[arm], alpha=0.25, linewidth=0)
        left.plot(times[known], mid, color=COLOUR[arm], linestyle=DASH[arm], label=name)
    left.set_xscale("log")
    plain_ticks(left.xaxis, [1, 3, 6, 12, 24])
    left.set(xlabel="Months, log scale", ylabel="log(−log S)")
    left.legend(fontsize=8)

    grid = np.linspace(0, last, 60)
    smooth = []
    for time, event in zip(found.time, found.event, strict=True):
        residuals = scaled_schoenfeld(time, event, found.arm)
        line = lowess(residuals.residual, residuals.time, frac=0.7, it=0, return_sorted=True)
        smooth.append(np.interp(grid, *line.T))
    low, mid, high = np.quantile(smooth, tails, axis=0)
    middle.fill_between(grid, low, high, color=BLUE, alpha=0.25, linewidth=0)
    middle.plot(grid, mid, color=BLUE)
    overall = np.median(np.log(found.values("hr")))
    middle.axhline(overall, color="#888888", linewidth=1, linestyle=(0, (4, 3)))
    middle.set(xlabel="Months", ylabel="Log hazard ratio\n(smoothed residuals)")

    for row in periods.itertuples():
        end = min(row.end, found.time.max())
        right.fill_between([row.start, end], row.low, row.high, color=BLUE, alpha=0.2, linewidth=0)
        right.hlines(row.hr, row.start, end, color=BLUE)
    right.axhline(np.exp(overall), color="#888888", linewidth=1, linestyle=(0, (4, 3)))
    right.axhline(1, color="#444444", linewidth=1)
    right.set_yscale("log")
    plain_ticks(right.yaxis, [0.05, 0.1, 0.2, 0.5, 1, 2])
    right.set(xlabel="Months", ylabel="Hazard ratio by period")
    return figure


@styled
def withheld(rows: pd.DataFrame) -> Figure:
    """Estimates of headline results, each made with that result withheld, as ratios to the printed value.

    Parameters
    ----------
    rows : columns ``label``; ``printed``, ``printed_low``, ``printed_high`` (nan where none is printed); ``value``,
        ``low``, ``high`` (inf where not reached)
    """
    figure, (axis,) = canvas(7.5, 0.5 * len(rows) + 1.1)
    limits = 0.4, 2.5
    for y, row in enumerate(rows.iloc[::-1].itertuples()):
        printed = np.array([row.printed_low, row.printed_high]) / row.printed
        if np.isfinite(printed[0]):
            ends = np.clip(np.nan_to_num(printed, nan=limits[1]), *limits)
            axis.hlines(y - 0.16, *ends, color="#999999", linewidth=5, alpha=0.5)
        axis.plot(1, y - 0.16, marker="D", color="#555555", markersize=5)
        low, high = np.clip(np.array([row.low, row.high]) / row.printed, *limits)
        axis.hlines(y + 0.16, low, high, color=BLUE, linewidth=2)
        axis.plot(np.clip(row.value / row.printed, *limits), y + 0.16, marker="o", color=BLUE, markersize=6)
        if row.high / row.printed > limits[1]:
            axis.plot(limits[1], y + 0.16, marker=">", color=BLUE, markersize=6, clip_on=False)
    axis.axvline(1, color="#444444", linewidth=1, zorder=0)
    axis.set_xscale("log")
    axis.set(xlim=limits, ylim=(-0.6, len(rows) - 0.4), yticks=range(len(rows)), xlabel="Ratio to the printed value")
    axis.set_yticklabels(rows["label"].iloc[::-1], fontsize=9)
    plain_ticks(axis.xaxis, [0.5, 0.7, 1, 1.4, 2])
    handles = [
        Line2D([], [], color="#555555", marker="D", linewidth=0, label="printed"),
        Line2D([], [], color="#999999", linewidth=5, alpha=0.5, label="printed confidence interval"),
        Line2D([], [], color=BLUE, marker="o", label="reconstructed without it"),
    ]
    axis.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.4, 1.0 + 0.55 / len(rows)), ncols=3, fontsize=8.5
    )
    return figure


@styled
def deviations(table: pd.DataFrame) -> Figure:
    """Where each truth lies in its interval: standard errors from the estimate, by what was withheld.

    Parameters
    ----------
    table : columns ``kind``, ``source``, ``deviation``
    """
    kinds = list(dict.fromkeys(table["kind"]))
    figure, (axis,) = canvas(7, 3.4)
    axis.axvspan(-1.96, 1.96, color=SKY, alpha=0.25, linewidth=0)
    axis.axvspan(-0.674, 0.674, color=SKY, alpha=0.35, linewidth=0)
    spread = np.random.default_rng(1)
    for row, kind in enumerate(kinds):
        part = table[table["kind"] == kind]
        for simulated, colour, mark in ((True, BLUE, "o"), (False, VERMILION, "s")):
            own = part[(part["source"] == "simulated") == simulated]
            y = -row + spread.uniform(-0.28, 0.28, len(own))
            axis.scatter(own["deviation"].clip(-5, 5), y, s=12, color=colour, marker=mark, alpha=0.7, linewidths=0)
    axis.set(xlim=(-5.2, 5.2), ylim=(0.4 - len(kinds), 0.6), yticks=-np.arange(len(kinds)), yticklabels=kinds)
    axis.set_xlabel("Truth less estimate, in standard errors of the interval")
    axis.tick_params(axis="y", length=0)
    return figure


@styled
def calibration_bands(found: Mapping[str, Uniformity], names: Mapping[str, str]) -> Figure:
    """Ranks of truths among the draws of trials from the model's own prior: their distribution function less the
    uniform one, a panel a quantity, with the band that holds all of it if ranks are uniform.

    Parameters
    ----------
    found : by quantity
    names : of the quantities, for readers
    """
    columns = min(4, len(found))
    rows = -(-len(found) // columns)
    figure, axes = plt.subplots(
        *(rows, columns),
        figsize=(2.3 * columns, 2.1 * rows + 0.3),
        layout="constrained",
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    for axis, (quantity, one) in zip(axes.flat, found.items(), strict=False):
        colour = BLUE if one.inside else VERMILION
        axis.fill_between(one.points, one.low, one.high, color=SKY, alpha=0.3, linewidth=0, step="post")
        axis.axhline(0, color="#888888", linewidth=1)
        axis.plot(
            one.points, one.difference, color=colour, linestyle="-" if one.inside else "--", drawstyle="steps-post"
        )
        axis.annotate(names[quantity], (0.04, 0.95), xycoords="axes fraction", fontsize=9, va="top")
        said = f"{one.ranks} trials, P {one.p:.2g}" if one.inside else f"{one.ranks} trials, outside, P {one.p:.2g}"
        axis.annotate(said, (0.04, 0.05), xycoords="axes fraction", fontsize=8, color=colour)
        axis.set(xlim=(0, 1), xticks=[0, 0.5, 1])
    for place in range(len(found), rows * columns):
        axes.flat[place].set_visible(False)
        axes.flat[place - columns].tick_params(labelbottom=True)
    figure.supxlabel("Rank of the truth among the draws, from 0 to 1", fontsize=10)
    figure.supylabel("Share below, less uniform", fontsize=10)
    return figure


@styled
def coverage_by_stratum(table: pd.DataFrame) -> Figure:
    """Truths inside the 95% and the 50% interval in every stratum, with binomial errors; bars mark what is wanted,
    :data:`.WANTED`.

    Parameters
    ----------
    table : as :func:`.by_stratum` makes it
    """
    from netterbook.reconstruction.accuracy import WANTED

    figure, panels = canvas(8, 0.26 * len(table) + 1.0, 2, sharey=True)
    rows = -np.arange(len(table))
    for axis, (level, wanted), colour, mark in zip(panels, WANTED.items(), (BLUE, VERMILION), ("o", "s"), strict=True):
        axis.axvspan(*wanted, color=SKY, alpha=0.3, linewidth=0)
        share, reach = table[f"inside {level}"], 1.96 * table[f"error {level}"]
        ends = [np.minimum(reach, share), np.minimum(reach, 100 - share)]
        axis.errorbar(share, rows, xerr=ends, fmt=mark, color=colour, markersize=5, linewidth=1.2)
        axis.set_xlabel(f"Inside the {level} interval, %")
        axis.tick_params(axis="y", length=0)
    words = (table["stratum"] + ": " + table["group"].astype(str)).str.removesuffix(": ")
    said = [f"{name} ({cases:,})" for name, cases in zip(words, table["cases"], strict=True)]
    panels[0].set(yticks=rows, yticklabels=said, ylim=(0.6 - len(table), 0.6))
    return figure
