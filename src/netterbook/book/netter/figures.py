"""Figures of a trial's design, flow of patients, balance, responses, adverse events and interim analysis."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from netterbook.book.netter.profile import ArmFlow, ProfileLine, TrialProfile
from netterbook.book.style import (
    BLACK,
    BLUE,
    COLOUR,
    DASH,
    GREEN,
    MARK,
    SKY,
    VERMILION,
    canvas,
    label,
    plain_ticks,
    styled,
)
from netterbook.methods import trial_design

if TYPE_CHECKING:
    from netterbook.methods.interim import SimulatedTrials


@styled
def power_curves(
    true_hr: float, allocation: float, alpha: float, power: float, planned: int, seen: int, events: Sequence[int]
) -> Figure:
    """Power of the log-rank test against events (left) and against the true hazard ratio (right).

    Parameters
    ----------
    true_hr : hazard ratio assumed on the left
    allocation : share of patients in the experimental arm
    alpha : two-sided level
    power : that the plan asked for, nan if it is not known
    planned, seen : events planned and observed
    events : range of events on the left
    """
    figure, (left, right) = canvas(8, 3.2, 2, sharey=True)
    counts = range(events[0], events[1] + 1)
    left.plot(counts, [trial_design.power(true_hr, d, alpha, allocation) for d in counts], color=BLUE)
    left.axvline(planned, color="#666666", linestyle=":", linewidth=1.2)
    label(left, planned, 0.06, f" {planned} planned", "#444444")
    left.set(
        xlabel=f"Events, true hazard ratio {true_hr:.2f}", ylabel="Power", ylim=(0, 1), xlim=(counts[0], counts[-1])
    )
    ends = min(0.2, true_hr), max(0.95, true_hr)
    hrs = np.linspace(*ends, 200)
    for number, colour, dash, word in ((planned, BLUE, "-", "planned"), (seen, GREEN, (0, (5, 2)), "seen")):
        right.plot(hrs, [trial_design.power(h, number, alpha, allocation) for h in hrs], color=colour, linestyle=dash,
                   label=f"{number} events {word}")  # fmt: skip
    if isfinite(power):
        right.axhline(power, color="#666666", linestyle=":", linewidth=1.2)
    right.axvline(true_hr, color="#666666", linestyle=":", linewidth=1.2)
    right.set(xlabel="True hazard ratio", xlim=ends)
    right.legend(loc="lower left", fontsize=9)
    for axis in (left, right):
        axis.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


@styled
def response_intervals(rows: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Response rates with intervals by several methods.

    Parameters
    ----------
    rows : columns ``arm`` (``experimental``, ``control``), ``method``, ``rate``, ``low``, ``high`` (percent) and
        ``printed`` (bool: the paper's own)
    names : of the groups, the experimental one first
    """
    methods = list(dict.fromkeys(rows["method"]))
    figure, (axis,) = canvas(7.5, 0.36 * len(methods) + 1.2)
    for name, (arm, shift) in zip(names, (("experimental", 0.16), ("control", -0.16)), strict=True):
        part = rows[rows["arm"] == arm]
        y = np.array([len(methods) - 1 - methods.index(m) for m in part["method"]]) + shift
        axis.hlines(y, part["low"], part["high"], color=COLOUR[arm], linestyle=DASH[arm], linewidth=1.4)
        axis.scatter(part["rate"], y, color=COLOUR[arm], marker=MARK[arm], s=22, zorder=3, label=name)
    axis.set(yticks=range(len(methods)), xlabel="Objective response, % of patients", xlim=(0, None))
    axis.set_yticklabels(methods[::-1], fontsize=9)
    for tick, method in zip(axis.get_yticklabels(), methods[::-1], strict=True):
        if rows.loc[rows["method"] == method, "printed"].any():
            tick.set_weight("bold")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=2, fontsize=9)
    return figure


@styled
def best_response(shares: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Best overall response by group, as stacked bars.

    Parameters
    ----------
    shares : index the categories, best response first; columns ``experimental`` and ``control``, percent
    names : of the groups, the experimental one first
    """
    figure, (axis,) = canvas(8, 2.6)
    colours = dict(zip(shares.index, ("#00573f", GREEN, SKY, "#b8d8ea", VERMILION, "#bbbbbb"), strict=False))
    for y, arm in enumerate(("control", "experimental")):
        left = 0.0
        for category, share in shares[arm].items():
            axis.barh(y, share, left=left, color=colours[category], edgecolor="white", height=0.6,
                      label=category if y == 0 else None)  # fmt: skip
            if share >= 4:
                dark = colours[category] in ("#00573f", GREEN, VERMILION)
                axis.text(left + share / 2, y, f"{share:.0f}", ha="center", va="center", fontsize=9,
                          color="white" if dark else BLACK)  # fmt: skip
            left += share
    axis.set(yticks=(0, 1), xlim=(0, 100), xlabel="% of patients")
    axis.set_yticklabels(names[::-1])
    axis.legend(loc="upper center", bbox_to_anchor=(0.45, 1.38), ncols=3, fontsize=8.5)
    return figure


@styled
def adverse_events(rows: pd.DataFrame, names: Sequence[str], level: float) -> Figure:
    """Dot plot of adverse events: shares by group (left) and their difference with its interval (right).

    Parameters
    ----------
    rows : columns ``label``, ``experimental``, ``control`` (percent), ``difference``, ``low``, ``high`` (percentage
        points); drawn in the order of the difference
    names : of the groups, the experimental one first
    level : confidence level of the intervals
    """
    rows = rows.sort_values("difference", ascending=False, kind="stable").iloc[::-1].reset_index(drop=True)
    figure, (left, right) = canvas(8.2, 0.26 * len(rows) + 1.2, 2, sharey=True, width_ratios=(1, 1.05))
    y = np.arange(len(rows))
    left.hlines(y, rows["control"], rows["experimental"], color="#cccccc", linewidth=1.2, zorder=1)
    for arm, name in zip(("control", "experimental"), names[::-1], strict=True):
        left.scatter(rows[arm], y, color=COLOUR[arm], marker=MARK[arm], s=24, zorder=3, label=name)
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
def trial_profile(profile: TrialProfile) -> Figure:
    """Flow of patients as boxes joined by arrows: to random assignment, then a column a group."""
    columns = dict(zip(("experimental", "control"), map(_boxes, profile.arms), strict=True))
    rows = [max(map(_height, pair)) for pair in zip(*columns.values(), strict=True)]
    above = [[_said(profile.screened)], [_said(profile.randomised)]]
    total = sum(map(_height, above)) + 2.2 * _GAP * len(above) + sum(rows) + _GAP * len(rows)
    figure = plt.figure(figsize=(2 * _WIDTH + 0.6, total))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, 2 * _WIDTH + 0.6), ylim=(-total, 0))
    axis.axis("off")
    centre, places = _WIDTH + 0.3, {"experimental": _WIDTH / 2 + 0.1, "control": 1.5 * _WIDTH + 0.5}

    top = -_GAP / 2
    top -= _box(axis, centre, top, above[0], "#444444")
    middle, beside = top - 1.2 * _GAP, places["control"] - _WIDTH / 2
    _arrow(axis, (centre, top), (centre, top - 2.4 * _GAP))
    _arrow(axis, (centre, middle), (beside + 0.35, middle))
    axis.text(beside + 0.42, middle, _said(profile.screen_failures), va="center", fontsize=8.5)
    top -= 2.4 * _GAP
    top -= _box(axis, centre, top, above[1], "#444444")
    for x in places.values():
        _arrow(axis, (centre, top), (x, top - 1.2 * _GAP))
    top -= 0.7 * _GAP
    for row, height in enumerate(rows):
        for arm, x in places.items():
            if 0 < row < len(rows) - 1:  # the last box takes stock of all above
                end_of_last = top + rows[row - 1] - _height(columns[arm][row - 1]) + _GAP / 2
                _arrow(axis, (x, end_of_last), (x, top - _GAP / 2))
            _box(axis, x, top - _GAP / 2, columns[arm][row], COLOUR[arm])
        top -= height + _GAP
    return figure


_LINE, _GAP, _WIDTH = 0.17, 0.22, 3.4  # inches: of text, between boxes, of a box


def _said(line: ProfileLine) -> str:
    return f"{line.patients} {line.label}"


def _boxes(flow: ArmFlow) -> list[list[str]]:
    """A group's boxes from top to bottom, each a list of lines."""

    def parts(lines: list[ProfileLine]) -> list[str]:
        return [f"    {_said(line)}" for line in lines]

    return [
        [_said(flow.assigned)],
        [_said(flow.treated), _said(flow.not_treated), *parts(flow.reasons_not_treated)],
        [_said(flow.ended), *parts(flow.reasons_ended), f"of whom {_said(flow.again)}"],
        [f"{flow.accounted} at the cutoff", *map(_said, flow.at_cutoff), *parts(flow.reasons_end_of_study)],
    ]


def _height(lines: list[str]) -> float:
    return _LINE * len(lines) + 0.16


def _box(axis, x: float, top: float, lines: list[str], colour: str) -> float:
    """A box about ``x``, its first line in bold; its height."""
    height = _height(lines)
    axis.add_patch(Rectangle((x - _WIDTH / 2 + 0.05, top - height), _WIDTH - 0.1, height, fill=False, edgecolor=colour))
    for number, words in enumerate(lines):
        weight = "bold" if number == 0 else "normal"
        place = x - _WIDTH / 2 + 0.15, top - 0.08 - _LINE * (number + 0.5)
        axis.text(*place, words, va="center", fontsize=8.5, weight=weight)
    return height


def _arrow(axis, start: tuple[float, float], end: tuple[float, float]) -> None:
    axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "#666666", "linewidth": 1})


@styled
def baseline_balance(rows: pd.DataFrame, names: Sequence[str], bound: float) -> Figure:
    """Standardised differences between the groups at baseline, with the band that chance alone would fill.

    Parameters
    ----------
    rows : columns ``label`` and ``difference`` (experimental less control, in standard deviations)
    names : of the groups, the experimental one first
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
    axis.set_xlabel(f"Standardised difference, {' less '.join(names)}", fontsize=9)
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
def interim_shrinkage(trials: SimulatedTrials, interim_hr: float, final_hr: float, true_hr: float, name: str) -> Figure:
    """Interim and final hazard ratios of simulated trials, with those that were found.

    Parameters
    ----------
    trials : from :func:`.simulate_trials`
    interim_hr, final_hr : found
    true_hr : without crossover, as simulated
    name : of the trial
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
    label(right, interim_hr * 0.93, final_hr, name, VERMILION, ha="right")
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
