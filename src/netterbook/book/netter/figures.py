"""Figures of a trial's design, flow of patients, balance, responses, adverse events and interim analysis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from netterbook.book.chart import DASHED, DOTTED, GUIDE, GUIDE_DASH, NO_EFFECT, Chart, ChartLayout
from netterbook.book.style import (
    BLUE,
    COLOUR,
    DASH,
    FAINT,
    FOREST,
    GREEN,
    GROUND,
    INK,
    LINE,
    MARK,
    MUTED,
    PALE,
    SECOND_DASH,
    SILVER,
    SKY,
    VERMILION,
    guide_rows,
    name_rows,
    plain_ticks,
    row_height,
    text_width,
    wrapped,
)
from netterbook.methods import trial_design

if TYPE_CHECKING:
    from netterbook.methods.interim import SimulatedTrials

ARMS = ("experimental", "control")
_ABOVE_KEY = 0.32  # of an axis's height


def power_curves(
    true_hr: float, allocation: float, alpha: float, power: float, planned: int, seen: int, events: Sequence[int]
) -> Chart:
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
    counts = range(events[0], events[1] + 1)
    hrs = np.linspace(min(0.2, true_hr), max(0.95, true_hr), 200)
    points = [("events", "assumed", count, true_hr) for count in counts]
    for word, number in (("planned", planned), ("seen", seen)):
        points += [("hazard ratio", word, number, hr) for hr in hrs]
    frame = pd.DataFrame(points, columns=["against", "line", "events", "hr"])
    assumed = zip(frame["hr"], frame["events"], strict=True)
    frame["power"] = [trial_design.power(hr, number, alpha, allocation) for hr, number in assumed]
    key = {
        "against": "what the power is drawn against",
        "line": "assumed: at the hazard ratio of the plan; planned, seen: at these numbers of events",
        "events": "events in both groups",
        "hr": "true hazard ratio",
        "power": f"share of trials in which the log-rank test has a two-sided P below {alpha:g}",
    }
    return Chart(frame, key, partial(_draw_power, planned=planned, power=power, true_hr=true_hr))


def _draw_power(frame: pd.DataFrame, layout: ChartLayout, *, planned: int, power: float, true_hr: float) -> Figure:
    figure, (left, right) = layout.canvas(480 if layout.narrow else 280, *layout.beside(2), sharey=True)
    along = frame[frame["against"] == "events"]
    left.plot(along["events"], along["power"], color=BLUE)
    left.axvline(planned, **DOTTED)
    style = {"xytext": (4, 0), "textcoords": "offset points", "color": MUTED, "va": "center"}
    left.annotate(f"{planned} planned", (planned, 0.06), **style)
    ends = along["events"].iloc[[0, -1]]
    left.set(xlabel=f"Events, true hazard ratio {true_hr:.2f}", ylabel="Power", ylim=(0, 1), xlim=ends)
    across = frame[frame["against"] == "hazard ratio"]
    for word, colour, dash in (("planned", BLUE, "-"), ("seen", GREEN, SECOND_DASH)):
        own = across[across["line"] == word]
        said = f"{own['events'].iloc[0]} events {word}"
        right.plot(own["hr"], own["power"], color=colour, linestyle=dash, label=said)
    if isfinite(power):
        right.axhline(power, **DOTTED)
    right.plot([true_hr] * 2, [_ABOVE_KEY, 1], **DOTTED)
    right.set(xlabel="True hazard ratio", xlim=(across["hr"].min(), across["hr"].max()))
    right.legend(loc="lower left")
    for axis in (left, right):
        axis.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


def response_intervals(rows: pd.DataFrame, names: Sequence[str]) -> Chart:
    """Response rates with intervals by several methods.

    Parameters
    ----------
    rows : columns ``arm`` (``experimental``, ``control``), ``method``, ``rate``, ``low``, ``high`` (percent) and
        ``printed`` (bool: the paper's own)
    names : of the groups, the experimental one first
    """
    named = dict(zip(ARMS, names, strict=True))
    frame = rows.assign(arm=rows["arm"].map(named), printed=rows["printed"].astype(int))
    key = {
        "method": "how the interval is computed",
        "arm": "group of patients",
        "rate": "objective response, percent of patients",
        "low": "lower end of its interval",
        "high": "upper end",
        "printed": "1 for the method that gives the printed interval",
    }
    return Chart(frame[list(key)], key, partial(_draw_responses, named=named))


def _draw_responses(frame: pd.DataFrame, layout: ChartLayout, *, named: dict[str, str]) -> Figure:
    methods = list(dict.fromkeys(frame["method"]))
    row = (20 if layout.narrow else 10) + row_height(layout, methods, 17)
    figure, (axis,) = layout.canvas(row * len(methods) + 85)
    for arm, shift in zip(ARMS, (0.12, -0.1) if layout.narrow else (0.16, -0.16), strict=True):  # near their name
        part = frame[frame["arm"] == named[arm]]
        y = np.array([len(methods) - 1 - methods.index(m) for m in part["method"]]) + shift
        axis.hlines(y, part["low"], part["high"], color=COLOUR[arm], linestyle=DASH[arm], linewidth=1.4)
        style = {"color": COLOUR[arm], "marker": MARK[arm], "s": 32, "linewidths": 0, "zorder": 3}
        axis.scatter(part["rate"], y, label=named[arm], **style)
    axis.set(
        xlabel="Objective response, % of patients",
        xlim=(0, None),
        ylim=(-0.6, len(methods) - (0.1 if layout.narrow else 0.4)),
    )
    bold = frame.loc[frame["printed"] == 1, "method"].unique()
    name_rows(axis, layout, range(len(methods)), methods[::-1], row, bold=list(bold), above=14)
    figure.legend(loc="outside upper center", ncols=2)
    return figure


_SHADES = (FOREST, GREEN, SKY, PALE, VERMILION, SILVER)
"""Of kinds of response, the best first."""


def best_response(shares: pd.DataFrame, names: Sequence[str]) -> Chart:
    """Best overall response by group, as stacked bars.

    Parameters
    ----------
    shares : index the categories, best response first; columns ``experimental`` and ``control``, percent
    names : of the groups, the experimental one first
    """
    parts = []
    for arm, name in zip(ARMS, names, strict=True):
        ends = shares[arm].cumsum()
        own = {"arm": name, "response": shares.index, "share": shares[arm], "start": ends - shares[arm], "end": ends}
        parts.append(pd.DataFrame(own))
    key = {
        "arm": "group of patients",
        "response": "best overall response",
        "share": "percent of the group's patients",
        "start": "where its bar begins, percent",
        "end": "where it ends",
    }
    return Chart(pd.concat(parts), key, _draw_best_response)


def _draw_best_response(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    kinds, groups = list(dict.fromkeys(frame["response"])), list(dict.fromkeys(frame["arm"]))[::-1]
    columns, row = (1, 60) if layout.narrow else (2, 45)
    figure, (axis,) = layout.canvas(row * len(groups) + 60 + 1.2 * LINE * (1 + len(kinds) // columns))
    for kind, colour in zip(kinds, _SHADES, strict=False):
        own = frame[frame["response"] == kind].set_index("arm").loc[groups]
        places, style = range(len(groups)), {"color": colour, "edgecolor": GROUND, "height": 0.55}
        said = "\n".join(wrapped(kind, layout.width - 60))
        axis.barh(places, own["end"] - own["start"], left=own["start"], label=said, **style)
        on_dark = colour in (FOREST, GREEN, VERMILION)
        for place, one in zip(places, own.itertuples(), strict=True):
            if one.share >= (7 if layout.narrow else 4):
                style = {"ha": "center", "va": "center", "color": GROUND if on_dark else INK}
                axis.text((one.start + one.end) / 2, place, f"{one.share:.0f}", **style)
    axis.set(xlim=(0, 100), ylim=(-0.5, 1.8 if layout.narrow else 1.5), xlabel="% of patients")
    name_rows(axis, layout, range(len(groups)), groups, row, above=18)
    figure.legend(loc="outside upper left", ncols=columns)
    return figure


def adverse_events(rows: pd.DataFrame, names: Sequence[str], level: float) -> Chart:
    """Dot plot of adverse events: shares by group (left) and their difference with its interval (right).

    Parameters
    ----------
    rows : columns ``label``, ``experimental``, ``control`` (percent), ``difference``, ``low``, ``high`` (percentage
        points); drawn in the order of the difference
    names : of the groups, the experimental one first
    level : confidence level of the intervals
    """
    key = {
        "label": "event",
        "experimental": f"percent of patients with it, {names[0]}",
        "control": f"percent of patients with it, {names[1]}",
        "difference": "the former less the latter, percentage points",
        "low": f"lower end of the difference's {100 * level:g}% interval",
        "high": "upper end",
    }
    frame = rows.sort_values("difference", ascending=False, kind="stable")[list(key)]
    return Chart(frame, key, partial(_draw_adverse_events, names=names, level=level))


def _draw_adverse_events(frame: pd.DataFrame, layout: ChartLayout, *, names: Sequence[str], level: float) -> Figure:
    rows = frame.iloc[::-1]
    row = row_height(layout, list(rows["label"]), 19)
    figure, (left, right) = layout.canvas(row * len(rows) + 85, columns=2, sharey=True, width_ratios=(1, 1.05))
    y = np.arange(len(rows))
    left.hlines(y, rows["control"], rows["experimental"], color=SILVER, linewidth=1.2, zorder=1)
    for arm, name in zip(ARMS[::-1], names[::-1], strict=True):
        style = {"color": COLOUR[arm], "marker": MARK[arm], "s": 34, "linewidths": 0, "zorder": 3}
        left.scatter(rows[arm], y, label=name, **style)
    left.set(xlim=(0, None), ylim=(-0.6, len(rows) - (0.2 if layout.narrow else 0.4)))
    right.hlines(y, rows["low"], rows["high"], color=INK, linewidth=1.2)
    right.scatter(rows["difference"], y, color=INK, s=26, linewidths=0, zorder=3)
    guide_rows(right, layout, 0, y, row, **NO_EFFECT | {"zorder": 1})  # over the grid
    beside = 0 if layout.narrow else max(map(text_width, rows["label"]))
    room = (layout.width - beside) / 2 - 25
    left.set_xlabel("\n".join(wrapped("Patients with the event, %", room)))
    points = "points" if layout.narrow else "percentage points"
    right.set_xlabel("\n".join(wrapped(f"Difference, {points} ({100 * level:g}% CI)", room)))
    name_rows(left, layout, y, list(rows["label"]), row)
    right.tick_params(axis="y", length=0)
    for axis in (left, right):
        axis.set_axisbelow(True)
        if not layout.narrow:
            axis.grid(axis="y", color=FAINT, linewidth=0.8)
    figure.legend(loc="outside upper center", ncols=2, reverse=True)
    return figure


def baseline_balance(rows: pd.DataFrame, names: Sequence[str], bound: float) -> Chart:
    """Standardised differences between the groups at baseline, with the band that chance alone would fill.

    Parameters
    ----------
    rows : columns ``label`` and ``difference`` (experimental less control, in standard deviations)
    names : of the groups, the experimental one first
    bound : half-width of the band
    """
    key = {
        "label": "what was recorded at baseline",
        "difference": f"{names[0]} less {names[1]}, in standard deviations",
        "chance_low": "lower end of the band that chance alone would fill",
        "chance_high": "upper end",
    }
    frame = rows.sort_values("difference", kind="stable").assign(chance_low=-bound, chance_high=bound)
    return Chart(frame[list(key)], key, partial(_draw_balance, names=names))


def _draw_balance(frame: pd.DataFrame, layout: ChartLayout, *, names: Sequence[str]) -> Figure:
    row = row_height(layout, list(frame["label"]), LINE)
    figure, (axis,) = layout.canvas(row * len(frame) + 60)
    y, bound = np.arange(len(frame)), frame["chance_high"].iloc[0]
    axis.axvspan(-bound, bound, color=SKY, alpha=0.25, linewidth=0)
    guide_rows(axis, layout, 0, y, row, **NO_EFFECT)
    axis.hlines(y, 0, frame["difference"], color=SILVER, linewidth=1)
    axis.scatter(frame["difference"], y, color=BLUE, s=30, linewidths=0, zorder=3)
    axis.set_ylim(-0.7, len(frame) - (0.1 if layout.narrow else 0.3))
    name_rows(axis, layout, y, list(frame["label"]), row)
    beside = 0 if layout.narrow else max(map(text_width, frame["label"]))
    said = wrapped(f"Standardised difference, {' less '.join(names)}", layout.width - beside - 30)
    axis.set_xlabel("\n".join(said))
    limit = 1.1 * max(bound, frame["difference"].abs().max())
    axis.set_xlim(-limit, limit)
    return figure


def interim_boundary(fractions: np.ndarray, boundaries: np.ndarray, looked: float, boundary: float, p: float) -> Chart:
    """Nominal level of an O'Brien–Fleming boundary against the share of deaths seen, with an interim analysis.

    Parameters
    ----------
    fractions, boundaries : shares of the planned deaths, and the level below which P has to fall there
    looked, boundary, p : share at the interim analysis, the boundary there, the P value found
    """
    curve = pd.DataFrame({"what": "boundary", "share": fractions, "level": boundaries})
    at = pd.DataFrame({"what": ["boundary at the interim analysis", "found"], "share": looked, "level": [boundary, p]})
    key = {
        "what": "the boundary, or the P value found",
        "share": "deaths seen, of those planned",
        "level": "level that P must fall below, or P",
    }
    return Chart(pd.concat([curve, at]), key, _draw_boundary)


def _draw_boundary(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    figure, (axis,) = layout.canvas(250 if layout.narrow else 280)
    curve, points = frame[frame["what"] == "boundary"], frame[frame["what"] != "boundary"]
    axis.plot(curve["share"], curve["level"], color=BLUE)
    axis.scatter(points["share"], points["level"], color=[BLUE, VERMILION], s=36, linewidths=0, zorder=3)
    boundary, found = points["level"]
    share = points["share"].iloc[0]
    axis.annotate(f"boundary {boundary:.6f}", (share + 0.03, boundary), color=BLUE, va="center")
    axis.annotate(f"found, P = {found:g}", (share - 0.1, 2.5 * found), color=VERMILION, va="bottom")
    axis.set_yscale("log")
    axis.set(xlabel="Share of the planned deaths", ylabel="Level that P must fall below", ylim=(1e-6, 0.1))
    axis.xaxis.set_major_formatter(PercentFormatter(1))
    plain_ticks(axis.yaxis, [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1])
    axis.yaxis.set_major_formatter(lambda level, _: f"{level:.6f}".rstrip("0"))
    return figure


DOTS = 500
"""Simulated trials that are drawn one by one; more would make the picture heavy."""


def interim_shrinkage(trials: SimulatedTrials, interim_hr: float, final_hr: float, true_hr: float, name: str) -> Chart:
    """Interim and final hazard ratios of simulated trials, with those that were found.

    Parameters
    ----------
    trials : from :func:`.simulate_trials`
    interim_hr, final_hr : found
    true_hr : without crossover, as simulated
    name : of the trial
    """
    limits = min(0.2, 0.5 * true_hr), max(3, 2 * true_hr)
    bins = np.geomspace(*limits, 46)
    parts = []
    for when, values in (("interim", trials.interim_hr), ("final", trials.final_hr)):
        counts, _ = np.histogram(np.clip(values, *limits), bins=bins)
        parts.append(pd.DataFrame({"what": when, "from": bins[:-1], "to": bins[1:], "trials": counts}))
    pairs = np.column_stack([trials.interim_hr, trials.final_hr])
    parts.append(pd.DataFrame(pairs, columns=["interim_hr", "final_hr"]).assign(what="simulated"))
    parts.append(pd.DataFrame({"what": name, "interim_hr": [interim_hr], "final_hr": [final_hr]}))
    key = {
        "what": f"a bar of interim or final hazard ratios; a simulated trial; or {name}",
        "from": "where the bar begins; the first and the last hold what lies beyond",
        "to": "where it ends",
        "trials": "simulated trials in it",
        "interim_hr": "hazard ratio for death at the interim analysis",
        "final_hr": "hazard ratio for death at the final analysis",
    }
    frame = pd.concat(parts, ignore_index=True).astype({"trials": "Int64"})[list(key)]
    return Chart(frame, key, partial(_draw_shrinkage, true_hr=true_hr, name=name))


def _draw_shrinkage(frame: pd.DataFrame, layout: ChartLayout, *, true_hr: float, name: str) -> Figure:
    figure, (left, right) = layout.canvas(600 if layout.narrow else 320, *layout.beside(2))
    found = frame[frame["what"] == name].iloc[0]
    interim, final = (frame[frame["what"] == when] for when in ("interim", "final"))
    style = {"align": "edge", "color": SKY, "linewidth": 0, "label": "interim"}
    left.bar(interim["from"], interim["trials"], interim["to"] - interim["from"], **style)
    limits = final["from"].iloc[0], final["to"].iloc[-1]
    edges, counts = [*final["from"], limits[1]], [*final["trials"], final["trials"].iloc[-1]]
    left.step(edges, counts, where="post", color=INK, linewidth=1.6, label="final")
    left.axvline(true_hr, color=BLUE, linewidth=1.6, label="as simulated", gid=GUIDE)
    left.axvline(found["interim_hr"], color=VERMILION, linestyle=GUIDE_DASH, label="interim, found")
    left.legend(loc="upper right")
    left.set_ylim(0, 1.6 * frame["trials"].max())  # room for the key
    left.set(ylabel="Simulated trials", xlabel="Hazard ratio for death")
    dots = frame[frame["what"] == "simulated"].head(DOTS)
    right.scatter(dots["interim_hr"], dots["final_hr"], s=6, color=BLUE, alpha=0.6, linewidths=0)
    right.scatter(found["interim_hr"], found["final_hr"], s=130, color=VERMILION, marker="*", linewidths=0, zorder=3)
    right.annotate(name, (found["interim_hr"] * 0.93, found["final_hr"]), color=VERMILION, ha="right", va="center")
    right.axline((1, 1), slope=1, **DASHED)
    right.set(xlabel="Interim hazard ratio", ylabel="Final hazard ratio")
    right.set_ylim(0.5 * min(found["final_hr"], true_hr), 2 * max(found["final_hr"], true_hr))
    right.set_yscale("log")
    for axis in (left, right):
        axis.set_xscale("log")
        axis.set_xlim(*limits)
    for scale in (left.xaxis, right.xaxis, right.yaxis):
        plain_ticks(scale, [0.1, 0.25, 0.5, 1, 2, 4])
    return figure
