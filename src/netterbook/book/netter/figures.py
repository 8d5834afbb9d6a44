"""Figures of a trial's design, subgroups, responses and adverse events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import blended_transform_factory

from netterbook.book.style import (
    BLACK,
    BLUE,
    COLOUR,
    DASH,
    GREEN,
    MARK,
    NAME,
    SKY,
    VERMILION,
    canvas,
    label,
    plain_ticks,
    styled,
)
from netterbook.methods import trial_design
from netterbook.methods.printed_ratios import log_hr_standard_error

if TYPE_CHECKING:
    from netterbook.methods.interim import SimulatedTrials


@styled
def power_curves(
    true_hr: float, allocation: float, alpha: float, planned: float, seen: float | None, events: Sequence[int]
) -> Figure:
    """Power of the log-rank test against events (left) and against the true hazard ratio (right).

    Parameters
    ----------
    true_hr : hazard ratio assumed on the left
    allocation : share of patients in the experimental arm
    alpha : two-sided level
    planned, seen : events planned and observed
    events : range of events on the left
    """
    figure, (left, right) = canvas(8, 3.2, 2, sharey=True)
    counts = np.arange(events[0], events[1] + 1)
    left.plot(counts, [trial_design.power(true_hr, d, alpha, allocation) for d in counts], color=BLUE)
    left.axvline(planned, color="#666666", linestyle=":", linewidth=1.2)
    label(left, planned, 0.06, f" {planned:.0f} planned", "#444444")
    left.set(
        xlabel=f"Events, true hazard ratio {true_hr:.2f}", ylabel="Power", ylim=(0, 1), xlim=(counts[0], counts[-1])
    )
    ends = min(0.2, true_hr), max(0.95, true_hr)
    hrs = np.linspace(*ends, 200)
    lines = [(planned, BLUE, "-", "planned")] + ([(seen, GREEN, (0, (5, 2)), "seen")] if seen else [])
    for number, colour, dash, word in lines:
        right.plot(hrs, [trial_design.power(h, number, alpha, allocation) for h in hrs], color=colour, linestyle=dash,
                   label=f"{number:.0f} events {word}")  # fmt: skip
    right.axhline(0.9, color="#666666", linestyle=":", linewidth=1.2)
    right.axvline(true_hr, color="#666666", linestyle=":", linewidth=1.2)
    right.set(xlabel="True hazard ratio", xlim=ends)
    right.legend(loc="lower left", fontsize=9)
    for axis in (left, right):
        axis.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


@styled
def forest(
    rows: pd.DataFrame,
    overall: tuple[float, float, float] | None,
    *,
    ticks: Sequence[float],
    counts: bool = False,
    better: tuple[str, str] = ("favours ¹⁷⁷Lu-Dotatate", "favours control"),
    overall_label: str = "All patients",
) -> Figure:
    """Forest plot of ratios on a log axis; the area of a square is its information, 1/SE².

    Parameters
    ----------
    rows : columns ``label``, ``section``, ``hr``, ``low``, ``high``; with ``counts`` also ``lu`` and ``control``
    overall : estimate and interval of all patients, drawn as the last row and a dashed line
    ticks : ticks of the ratio axis; its first and last are the axis limits, at which longer whiskers end in arrows
    counts : print events/patients of both groups
    better : what lies left and right of one
    """
    lines = _forest_lines(rows, overall, overall_label)
    label_width = 0.068 * max(len(line["label"]) for line in lines) + 0.2
    count_width, text_width, axis_width = (1.5 if counts else 0.0), 1.3, 3.1
    width, height = label_width + count_width + axis_width + text_width, 0.23 * len(lines)
    figure = plt.figure(figsize=(width, height + 0.95))
    axis = figure.add_axes(
        ((label_width + count_width) / width, 0.6 / (height + 0.95), axis_width / width, height / (height + 0.95))
    )
    across = blended_transform_factory(figure.dpi_scale_trans, axis.transData)  # x in inches, y a line

    def write(x, y, text, **kwargs):
        axis.text(x, y, text, transform=across, va="center", clip_on=False, **({"fontsize": 9} | kwargs))

    middles = {"lu": label_width + 0.35, "control": label_width + 1.1}
    limits = ticks[0], ticks[-1]
    most = max(1 / log_hr_standard_error(line["low"], line["high"]) ** 2 for line in lines if "hr" in line)
    for y, line in enumerate(reversed(lines)):
        if "hr" not in line:
            write(0.05, y, line["label"], weight="bold")
            continue
        weight, colour = ("bold", BLACK) if line.get("overall") else ("normal", BLUE)
        write(0.05 if line.get("overall") else 0.15, y, line["label"], weight=weight)
        for arm, x in middles.items():
            if counts and arm in line:
                write(x, y, line[arm], ha="center", fontsize=8.5)
        estimate = f"{line['hr']:.2f} ({line['low']:.2f}–{line['high']:.2f})"
        write(width - text_width + 0.12, y, estimate, weight=weight)
        ends = max(line["low"], limits[0]), min(line["high"], limits[1])
        axis.plot(ends, (y, y), color=colour, linewidth=1.2, zorder=2)
        for end, limit, arrow in zip((line["low"], line["high"]), ends, "<>", strict=True):
            if end != limit:
                axis.plot(limit, y, marker=arrow, color=colour, markersize=5, clip_on=False, zorder=2)
        information = 1 / log_hr_standard_error(line["low"], line["high"]) ** 2
        axis.scatter(line["hr"], y, s=14 + 110 * information / most, marker="s", color=colour, zorder=3)
    axis.axvline(1, color="#444444", linewidth=1)
    if overall is not None:
        axis.axvline(overall[0], color="#888888", linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for arm, x in middles.items():
        if counts:
            write(x, len(lines) - 0.3, f"{NAME[arm]}\nevents/patients", ha="center", fontsize=7)
    axis.set_xscale("log")
    axis.set(xlim=limits, ylim=(-0.7, len(lines) - 0.3), yticks=[])
    plain_ticks(axis.xaxis, ticks)
    axis.tick_params(axis="x", which="minor", length=0)
    axis.tick_params(axis="x", which="major", labelsize=8.5)
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(f"← {better[0]}    Hazard ratio (95% CI)    {better[1]} →", fontsize=8.5)
    return figure


def _forest_lines(rows: pd.DataFrame, overall, overall_label: str) -> list[dict]:
    lines: list[dict] = []
    section = None
    for row in rows.to_dict("records"):
        if row["section"] and row["section"] != section:
            lines.append({"label": row["section"]})
        section = row["section"]
        lines.append(row)
    if overall is not None:
        lines.append({"label": overall_label, "hr": overall[0], "low": overall[1], "high": overall[2], "overall": True})
    return lines


@styled
def response_intervals(rows: pd.DataFrame) -> Figure:
    """Response rates with intervals by several methods.

    Parameters
    ----------
    rows : columns ``arm``, ``method``, ``rate``, ``low``, ``high`` (percent) and ``printed`` (bool: the paper's own)
    """
    methods = list(dict.fromkeys(rows["method"]))
    figure, (axis,) = canvas(7.5, 0.36 * len(methods) + 1.2)
    for arm, shift in (("lu", 0.16), ("control", -0.16)):
        part = rows[rows["arm"] == arm]
        y = np.array([len(methods) - 1 - methods.index(m) for m in part["method"]]) + shift
        axis.hlines(y, part["low"], part["high"], color=COLOUR[arm], linestyle=DASH[arm], linewidth=1.4)
        axis.scatter(part["rate"], y, color=COLOUR[arm], marker=MARK[arm], s=22, zorder=3, label=NAME[arm])
    axis.set(yticks=range(len(methods)), xlabel="Objective response, % of patients", xlim=(0, None))
    axis.set_yticklabels(methods[::-1], fontsize=9)
    for tick, method in zip(axis.get_yticklabels(), methods[::-1], strict=True):
        if rows.loc[rows["method"] == method, "printed"].any():
            tick.set_weight("bold")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=2, fontsize=9)
    return figure


@styled
def best_response(shares: pd.DataFrame) -> Figure:
    """Best overall response by group, as stacked bars.

    Parameters
    ----------
    shares : index the categories, columns ``lu`` and ``control``, percent
    """
    figure, (axis,) = canvas(8, 2.6)
    colours = dict(zip(shares.index, ("#00573f", GREEN, SKY, "#b8d8ea", VERMILION, "#bbbbbb"), strict=False))
    for y, arm in enumerate(("control", "lu")):
        left = 0.0
        for category, share in shares[arm].items():
            axis.barh(y, share, left=left, color=colours[category], edgecolor="white", height=0.6,
                      label=category if y == 0 else None)  # fmt: skip
            if share >= 4:
                dark = category in ("Complete response", "Partial response", "Progressive disease")
                axis.text(left + share / 2, y, f"{share:.0f}", ha="center", va="center", fontsize=9,
                          color="white" if dark else BLACK)  # fmt: skip
            left += share
    axis.set(yticks=(0, 1), xlim=(0, 100), xlabel="% of patients")
    axis.set_yticklabels([NAME["control"], NAME["lu"]])
    axis.legend(loc="upper center", bbox_to_anchor=(0.45, 1.38), ncols=3, fontsize=8.5)
    return figure


@styled
def adverse_events(rows: pd.DataFrame, level: float) -> Figure:
    """Dot plot of adverse events: shares by group (left) and their difference with its interval (right).

    Parameters
    ----------
    rows : columns ``label``, ``lu``, ``control`` (percent), ``difference``, ``low``, ``high`` (percentage points);
        drawn in the order of the difference
    level : confidence level of the intervals
    """
    rows = rows.sort_values("difference", ascending=False, kind="stable").iloc[::-1].reset_index(drop=True)
    figure, (left, right) = canvas(8.2, 0.26 * len(rows) + 1.2, 2, sharey=True, width_ratios=(1, 1.05))
    y = np.arange(len(rows))
    left.hlines(y, rows["control"], rows["lu"], color="#cccccc", linewidth=1.2, zorder=1)
    for arm in ("control", "lu"):
        left.scatter(rows[arm], y, color=COLOUR[arm], marker=MARK[arm], s=24, zorder=3, label=NAME[arm])
    left.set(yticks=y, xlabel="Patients with the event, %", xlim=(0, None))
    left.set_yticklabels(rows["label"], fontsize=9)
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=8.5)
    right.hlines(y, rows["low"], rows["high"], color=BLACK, linewidth=1.2)
    right.scatter(rows["difference"], y, color=BLACK, s=18, zorder=3)
    right.axvline(0, color="#888888", linewidth=1)
    right.set_xlabel(f"Difference, percentage points ({100 * level:g}% CI)")
    for axis in (left, right):
        axis.grid(axis="y", color="#eeeeee", linewidth=0.8)
        axis.set_axisbelow(True)
    return figure


@styled
def trial_profile(boxes: dict[str, list[list[str]]]) -> Figure:
    """Flow of patients as boxes joined by arrows.

    Parameters
    ----------
    boxes : ``all``, ``lu``, ``control``: boxes from top to bottom, each a list of lines, the first in bold; ``side``:
        one box beside the first arrow
    """
    line, gap, width = 0.17, 0.22, 3.4
    heights = {place: [line * len(box) + 0.16 for box in column] for place, column in boxes.items()}
    rows = [max(pair) for pair in zip(heights["lu"], heights["control"], strict=True)]
    total = sum(heights["all"]) + 2.2 * gap * len(heights["all"]) + sum(rows) + gap * len(rows)
    figure = plt.figure(figsize=(2 * width + 0.6, total))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, 2 * width + 0.6), ylim=(-total, 0))
    axis.axis("off")

    def box(x, top, lines, colour, height):
        frame = Rectangle((x - width / 2 + 0.05, top - height), width - 0.1, height, fill=False, edgecolor=colour)
        axis.add_patch(frame)
        for number, text in enumerate(lines):
            axis.text(x - width / 2 + 0.15, top - 0.08 - line * (number + 0.5), text, va="center", fontsize=8.5,
                      weight="bold" if number == 0 else "normal")  # fmt: skip

    def arrow(start, end):
        axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "#666666", "linewidth": 1})

    centre, top = width + 0.3, 0.0
    places = {"lu": width / 2 + 0.1, "control": 1.5 * width + 0.5}
    for number, (lines, height) in enumerate(zip(boxes["all"], heights["all"], strict=True)):
        top -= gap / 2
        box(centre, top, lines, "#444444", height)
        top -= height
        if number == 0:
            side = boxes["side"][0]
            middle = top - 1.2 * gap
            arrow((centre, top), (centre, top - 2.4 * gap))
            arrow((centre, middle), (places["control"] - width / 2 + 0.35, middle))
            axis.text(places["control"] - width / 2 + 0.42, middle, ": ".join(side), va="center", fontsize=8.5)
            top -= 1.9 * gap
    for x in places.values():
        arrow((centre, top), (x, top - 1.2 * gap))
    top -= 0.7 * gap
    for row, height in enumerate(rows):
        for arm, x in places.items():
            if 0 < row < len(rows) - 1:  # the last box takes stock of all above
                arrow((x, top + rows[row - 1] - heights[arm][row - 1] + gap / 2), (x, top - gap / 2))
            box(x, top - gap / 2, boxes[arm][row], COLOUR[arm], heights[arm][row])
        top -= height + gap
    return figure


@styled
def baseline_balance(rows: pd.DataFrame, bound: float) -> Figure:
    """Standardised differences between the groups at baseline, with the band that chance alone would fill.

    Parameters
    ----------
    rows : columns ``label`` and ``difference`` (experimental less control, in standard deviations)
    bound : half-width of the band
    """
    rows = rows.sort_values("difference", kind="stable")
    figure, (axis,) = canvas(7.2, 0.21 * len(rows) + 0.9)
    y = np.arange(len(rows))
    axis.axvspan(-bound, bound, color=SKY, alpha=0.25, linewidth=0)
    axis.axvline(0, color="#444444", linewidth=1)
    axis.hlines(y, 0, rows["difference"], color="#bbbbbb", linewidth=1)
    axis.scatter(rows["difference"], y, color=BLUE, s=22, zorder=3)
    axis.set(yticks=y, ylim=(-0.7, len(rows) - 0.3))
    axis.set_yticklabels(rows["label"], fontsize=8.5)
    axis.set_xlabel("Standardised difference, ¹⁷⁷Lu-Dotatate less control", fontsize=9)
    limit = 1.1 * max(bound, rows["difference"].abs().max())
    axis.set_xlim(-limit, limit)
    return figure


@styled
def interim_boundary(fractions: np.ndarray, boundaries: np.ndarray, looked: float, boundary: float, p: float) -> Figure:
    """Nominal level of an O'Brien–Fleming boundary against the share of deaths seen, with an interim analysis.

    Parameters
    ----------
    fractions, boundaries : shares of the planned deaths, and the level below which P has to fall there
    looked, boundary, p : share at the interim analysis, the boundary there, the P value found
    """
    figure, (axis,) = canvas(6.5, 3.2)
    axis.plot(fractions, boundaries, color=BLUE)
    axis.scatter([looked, looked], [boundary, p], color=[BLUE, VERMILION], s=36, zorder=3)
    label(axis, looked + 0.02, boundary, f"boundary {boundary:.6f}", BLUE)
    label(axis, looked + 0.02, p, f"found, P = {p:g}", VERMILION)
    axis.set_yscale("log")
    axis.set(xlabel="Share of the planned deaths", ylabel="Level that P must fall below", ylim=(1e-6, 0.1))
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    return figure


@styled
def interim_shrinkage(trials: SimulatedTrials, interim_hr: float, final_hr: float, true_hr: float) -> Figure:
    """Interim and final hazard ratios of simulated trials, with those that were found.

    Parameters
    ----------
    trials : from :func:`.simulate_trials`
    interim_hr, final_hr : found
    true_hr : without crossover, as simulated
    """
    figure, (left, right) = canvas(8.5, 3.5, 2)
    limits = min(0.2, 0.5 * true_hr), max(3, 2 * true_hr)
    bins = np.geomspace(*limits, 46)
    for values, colour, words in ((trials.interim_hr, SKY, "interim"), (trials.final_hr, BLUE, "final")):
        left.hist(np.clip(values, *limits), bins=bins, color=colour, alpha=0.75, label=words)
    left.axvline(true_hr, color="#444444", linewidth=1)
    left.axvline(interim_hr, color=VERMILION, linestyle=(0, (4, 3)), label="interim, found")
    left.legend(fontsize=8.5)
    left.set(ylabel="Simulated trials", xlabel="Hazard ratio for death")
    right.scatter(trials.interim_hr, trials.final_hr, s=4, color=BLUE, alpha=0.3, linewidths=0)
    right.scatter([interim_hr], [final_hr], s=60, color=VERMILION, marker="*", zorder=3)
    label(right, interim_hr * 0.93, final_hr, "NETTER-1", VERMILION, ha="right")
    right.axline((1, 1), slope=1, color="#888888", linewidth=1, linestyle=(0, (4, 3)))
    right.set(xlabel="Interim hazard ratio", ylabel="Final hazard ratio")
    right.set_ylim(0.5 * min(final_hr, true_hr), 2 * max(final_hr, true_hr))
    right.set_yscale("log")
    for axis in (left, right):
        axis.set_xscale("log")
        axis.set_xlim(*limits)
    for scale in (left.xaxis, right.xaxis, right.yaxis):
        plain_ticks(scale, [0.1, 0.25, 0.5, 1, 2, 4])
    return figure
