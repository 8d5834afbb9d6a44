"""Figures that set trials beside each other, and show what such a comparison can and cannot say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from netterbook.book.cross_trial.scales import HAZARD_RATIO, MEDIAN_DIFFERENCE
from netterbook.book.style import (
    ARM_CODES,
    BLACK,
    BLUE,
    COLOUR,
    DASH,
    GREEN,
    MARK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    canvas,
    label,
    plain_ticks,
    styled,
)

if TYPE_CHECKING:
    from netterbook.book.cross_trial.crossover_effects import CrossedOver
    from netterbook.book.cross_trial.long_term import FittedTrial
    from netterbook.book.cross_trial.matching import MatchingGap
    from netterbook.methods.patient_sets import PatientSets

TRIAL = "#00795a", "#93417a"
"""Colours of the two trials, in their order; dark enough for text."""
MODEL = {
    "exponential": "#8a5a2b", "Weibull": BLUE, "Gompertz": SKY, "log-normal": VERMILION, "log-logistic": ORANGE,
    "generalised gamma": GREEN, "spline": PURPLE,
}  # fmt: skip
_GREY = "#888888"


@styled
def all_studies(table: pd.DataFrame) -> Figure:
    """Every study: medians of both arms (left) and hazard ratio (right), progression first, then survival.

    Parameters
    ----------
    table : from :func:`.side_by_side`
    """
    order = table.assign(late=table["endpoint"] == "OS").sort_values("late", kind="stable")
    numbers = order[["median_value", "median_comparator_value", "hr_value"]]
    order = order[np.isfinite(numbers).any(axis=1)].reset_index(drop=True)
    figure, (left, right) = canvas(7.8, 0.235 * len(order) + 1.0, 2, sharey=True, width_ratios=(1.25, 1))
    y = -np.arange(len(order))
    sides = (0.14, "median", "treatment"), (-0.14, "median_comparator", "comparator")
    for (_, arm), (shift, column, words) in zip(ARM_CODES, sides, strict=True):
        _medians(left, order, y + shift, column, arm, words)
    _hazard_ratios(right, order, y)
    first_late = int(order["late"].argmax()) if order["late"].any() else None
    for axis in (left, right):
        axis.grid(axis="y", color="#eeeeee", linewidth=0.8)
        axis.set_axisbelow(True)
        axis.tick_params(axis="y", length=0)
        if first_late is not None:
            axis.axhline(0.5 - first_late, color=_GREY, linewidth=0.8)
    left.set(yticks=y, ylim=(-len(order) + 0.4, 0.6), xlim=(0, _LONGEST), xlabel="Median, months")
    ends = order["endpoint"]
    left.set_yticklabels([f"{study} · {end}" for study, end in zip(order["study"], ends, strict=True)], fontsize=8)
    right.axvline(1, color="#444444", linewidth=1)
    right.set_xscale("log")
    right.set(xlim=(0.11, 1.7), xlabel="Hazard ratio (95% CI)")
    plain_ticks(right.xaxis, (0.125, 0.25, 0.5, 1))
    left.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=8.5, columnspacing=1)
    marks = [
        Line2D([], [], color=BLACK, marker="s", linewidth=0, markersize=4.5, label="paper or abstract"),
        Line2D(
            [], [], color=BLACK, marker="s", markerfacecolor="white", linewidth=0, markersize=4.5, label="secondary"
        ),
    ]
    right.legend(handles=marks, loc="lower left", bbox_to_anchor=(-0.05, 1), ncols=2, fontsize=8.5, columnspacing=1,
                 handletextpad=0.2)  # fmt: skip
    return figure


_LONGEST = 92  # months


def _medians(axis: Axes, table: pd.DataFrame, y: NDArray, column: str, arm: str, words: str) -> None:
    """Medians of one side with their intervals; an arrow where one is not reached."""
    values, low, high = (table[f"{column}_{part}"].to_numpy() for part in ("value", "low", "high"))
    colour = COLOUR[arm]
    for place, value, start, end in zip(y, values, low, high, strict=True):
        if np.isfinite(start):
            axis.hlines(place, start, min(end, _LONGEST), color=colour, linewidth=1)
            if np.isinf(end):
                axis.plot(_LONGEST, place, ">", color=colour, markersize=4, clip_on=False)
        if np.isinf(value):
            axis.plot(_LONGEST, place, ">", color=colour, markersize=5, clip_on=False)
    shown = np.isfinite(values)
    axis.scatter(values[shown], y[shown], color=colour, marker=MARK[arm], s=16, zorder=3, label=words)


def _hazard_ratios(axis: Axes, table: pd.DataFrame, y: NDArray) -> None:
    """Hollow where the source is secondary."""
    for place, row in zip(y, table.itertuples(), strict=True):
        if np.isnan(row.hr_value):
            continue
        face = "white" if row.confidence == "secondary" else BLACK
        if np.isfinite(row.hr_low):
            axis.hlines(place, row.hr_low, row.hr_high, color=BLACK, linewidth=1)
        axis.plot(row.hr_value, place, "s", color=BLACK, markerfacecolor=face, markersize=4.5)


_PLACES = {
    "octreotide 60 mg": (0.0, 3.0), "¹⁷⁷Lu-Dotatate": (2.75, 3.0), "sunitinib": (2.75, 1.65), "placebo": (5.2, 1.65),
    "octreotide": (1.3, 2.1), "octreotide 30 mg": (3.3, 0.4), "lanreotide": (5.2, 0.25), "cabozantinib": (6.75, 0.4),
    "everolimus": (8.1, 1.65), "¹⁷⁷Lu-edotreotide": (8.1, 3.0), "CAPTEM, everolimus or FOLFOX": (5.15, 3.0),
    "STZ/5FU": (8.5, 0.4), "CAPTEM": (0.0, 1.65), "temozolomide": (0.0, 0.4),
}  # fmt: skip
"""Where each treatment stands, in inches."""


_LABELS = {"Sunitinib": "phase 3"}
"""What is written on a line in place of a trial's name."""


@styled
def network(pairs: pd.DataFrame, radioligands: Collection[str]) -> Figure:
    """Who was compared with whom: treatments joined by the trials that compared them.

    Parameters
    ----------
    pairs : from :func:`.treatments_compared`
    radioligands : treatments to stand out

    Raises
    ------
    ValueError
        For a treatment that has no place in the drawing.
    """
    nodes = list(dict.fromkeys([*pairs["treatment"], *pairs["comparator"]]))
    missing = [node for node in nodes if node not in _PLACES]
    if missing:
        raise ValueError(f"the drawing has no place for {', '.join(missing)}; give it one in {__name__}")
    figure = plt.figure(figsize=(7.8, 3.6))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(-0.9, 9.1), ylim=(-0.6, 3.4))
    axis.axis("off")
    solid, dotted, dashed = (
        {"color": BLACK, "linestyle": "-", "linewidth": 2.0},
        {"color": _GREY, "linestyle": (0, (1, 1.5))},
        {"color": VERMILION, "linestyle": (0, (5, 2))},
    )
    for pair in pairs.itertuples():
        (x1, y1), (x2, y2) = _PLACES[pair.treatment], _PLACES[pair.comparator]
        line = (solid if pair.results else dotted) if pair.comparative else dashed
        axis.plot((x1, x2), (y1, y2), zorder=1, **({"linewidth": 1.6} | line))
        axis.text(
            (x1 + x2) / 2, (y1 + y2) / 2, "\n".join(_LABELS.get(name, name) for name in pair.trials), fontsize=7.5,
            ha="center", va="center", color=line["color"], zorder=2,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
        )  # fmt: skip
    for node in nodes:
        radioligand = node in radioligands
        text = node.replace(", everolimus or", ",\neverolimus or")
        axis.text(
            *_PLACES[node], text, ha="center", va="center", fontsize=8.5, zorder=3,
            color="white" if radioligand else BLACK, weight="bold" if radioligand else "normal",
            bbox={"boxstyle": "round,pad=0.4", "facecolor": BLUE if radioligand else "#f0f0f0", "edgecolor": "#666666"},
        )  # fmt: skip
    handles = [
        Line2D([], [], label=words, **line)
        for words, line in (
            ("randomised", solid),
            ("randomised, no result found", dotted),
            ("randomised, but not to compare", dashed),
        )
    ]
    axis.legend(handles=handles, loc="lower center", ncols=3, fontsize=8.5, bbox_to_anchor=(0.5, -0.01))
    return figure


@styled
def control_arms(trials: Mapping[str, PatientSets], scans: Mapping[str, NDArray], level: float) -> Figure:
    """Kaplan–Meier curves of the control groups of two trials, reconstructed, and when their scans were due.

    Parameters
    ----------
    trials : reconstructions by the trial's name
    scans : weeks of the scans by the trial's name
    level : of the bands
    """
    from netterbook.methods.months import WEEKS_PER_MONTH

    figure, (axis,) = canvas(7.2, 3.6)
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    grid = np.linspace(0, 27, 217)
    for row, ((name, found), colour) in enumerate(zip(trials.items(), TRIAL, strict=True)):
        shares = _survival(found, 0, grid)
        seen = np.isfinite(shares).all(axis=0)
        low, middle, high = np.quantile(shares[:, seen], tails, axis=0)
        axis.fill_between(grid[seen], low, high, color=colour, alpha=0.25, linewidth=0, step="post")
        dash = "-" if row == 0 else (0, (5, 2))
        axis.plot(grid[seen], middle, color=colour, linestyle=dash, drawstyle="steps-post")
        at = np.searchsorted(grid, 5)
        label(axis, 5.2 if row else 1.2, high[at] + 8 if row else low[at] - 16, f"Control, {name}", colour)
        weeks = scans[name] / WEEKS_PER_MONTH
        weeks = weeks[weeks <= 27]
        axis.plot(weeks, np.full(len(weeks), 4.5 - 3.5 * row), "|", color=colour, markersize=7, markeredgewidth=1.6)
    axis.axhline(50, color=_GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axis.text(27.2, 2.8, "scans\ndue", fontsize=8, va="center")
    axis.set(ylabel="Free of progression, %", xlabel="Months", ylim=(-2, 102), xlim=(0, 27), xticks=range(0, 28, 3))
    return figure


def _survival(found: PatientSets, arm: int, times: NDArray) -> NDArray:
    """Of an arm in every set at some times, in percent; nan beyond its curve."""
    from netterbook.methods.patients import kaplan_meier

    return np.array([100 * kaplan_meier(*found.own(draw, arm)).at(times) for draw in range(found.draws)])


@styled
def scan_staircase(seen: pd.DataFrame, printed: Mapping[str, float]) -> Figure:
    """The median that a trial reports against the true one, under each schedule of scans.

    Parameters
    ----------
    seen : from :func:`.medians_seen`
    printed : control medians as printed, by the names of the schedules
    """
    figure, (axis,) = canvas(6.4, 3.6)
    colours = dict(zip(printed, TRIAL, strict=True))
    dashes = dict(zip(printed, (("-", 3.2), ((0, (2.5, 1.2)), 1.8)), strict=True))
    for name, own in seen.groupby("schedule", sort=False):
        if name == "continuous":
            axis.plot(own["true"], own["true"], color=_GREY, linewidth=1.2, label="watched continuously")
        else:
            dash, width = dashes[name]
            style = {"linestyle": dash, "linewidth": width, "drawstyle": "steps-mid", "label": f"scans as in {name}"}
            axis.plot(own["true"], own["seen"], color=colours[name], **style)
    for name, value in printed.items():
        axis.axhline(value, color=colours[name], linewidth=0.9, linestyle=":")
    words = ", ".join(f"{value:g} ({name})" for name, value in printed.items())
    last = seen["true"].max()
    words = f"dotted: control medians as printed: {words}"
    label(axis, last, min(printed.values()) - 3.6, words, "#444444", ha="right", fontsize=8.5)
    axis.set(xlabel="True median of the control group, months", ylabel="Median reported, months")
    axis.set(xlim=(seen["true"].min(), last))
    axis.legend(fontsize=8.5, loc="upper left")
    return figure


@styled
def three_scales(table: pd.DataFrame, by_horizon: pd.DataFrame, horizon: float) -> Figure:
    """The benefit in two trials as hazard ratio, difference of medians, and restricted means by horizon.

    Parameters
    ----------
    table : from :func:`.benefit_on_scales`
    by_horizon : from :func:`.benefit_by_horizon`
    horizon : common horizon, marked
    """
    figure, axes = canvas(8.2, 3.1, 3, width_ratios=(1, 1, 1.3))
    limit = 30.0
    colours = dict(zip(table["trial"].unique(), TRIAL, strict=True))
    for axis, (scale, top, digits) in zip(
        axes, ((HAZARD_RATIO, np.inf, 2), (MEDIAN_DIFFERENCE, limit, 1)), strict=False
    ):
        own = table[table["scale"] == scale].iloc[::-1]
        for y, row in enumerate(own.itertuples()):
            colour = colours[row.trial]
            axis.hlines(y, row.low, min(row.high, top), color=colour)
            if row.value > top:
                axis.plot(top, y, ">", color=colour, markersize=8, clip_on=False)
                label(axis, top - 0.8, y + 0.2, "not reached", colour, ha="right", fontsize=8.5)
            else:
                axis.plot(row.value, y, "o", color=colour, markersize=7)
                if row.high > top:
                    axis.plot(top, y, ">", color=colour, markersize=6, clip_on=False)
                label(axis, row.value, y + 0.2, f"{row.value:.{digits}f}", colour, ha="center", fontsize=8.5)
        axis.set(yticks=range(len(own)), ylim=(-0.6, len(own) - 0.4))
        axis.set_yticklabels(own["trial"] if axis is axes[0] else [], fontsize=9)
        axis.tick_params(axis="y", length=0)
    axes[0].set_xscale("log")
    axes[0].set(xlim=(0.1, 1.05), xlabel="Hazard ratio")
    plain_ticks(axes[0].xaxis, (0.125, 0.25, 0.5, 1))
    axes[1].set(xlim=(0, limit), xlabel="Difference of the\nmedians, months")
    for shift, (name, own) in zip((-0.25, 0.25), by_horizon.groupby("trial", sort=False), strict=False):
        around = [own["value"] - own["low"], own["high"] - own["value"]]
        style = {"color": colours[name], "marker": "o", "markersize": 4, "linewidth": 1.4, "label": name}
        axes[2].errorbar(own["horizon"] + shift, own["value"], yerr=around, **style)
    axes[2].axvline(horizon, color=_GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    axes[2].axhline(0, color="#444444", linewidth=0.8)
    axes[2].legend(fontsize=8.5, loc="upper left")
    axes[2].set(
        xlabel="Horizon, months",
        ylabel="Difference of\nrestricted means, months",
        xticks=by_horizon["horizon"].unique(),
    )
    return figure


@styled
def rankings(ranks: pd.DataFrame, trials: Sequence[str], marked: str) -> Figure:
    """Trials ranked by hazard ratio (left) and by difference of the medians (right), a line for each.

    Parameters
    ----------
    ranks : from :func:`.rival_scales`
    trials : the two in their own colours
    marked : another study to stand out
    """
    colours = dict(zip(trials, TRIAL, strict=True)) | {marked: BLUE}
    figure, (axis,) = canvas(7.6, 0.27 * len(ranks) + 0.75)
    for row in ranks.itertuples():
        colour = colours.get(row.study, "#777777")
        width = 2.2 if row.study in colours else 1.3
        axis.plot((0, 1), (row.hr_rank, row.difference_rank), color=colour, marker="o", markersize=4, linewidth=width)
        label(axis, -0.04, row.hr_rank, f"{row.study}  {row.hr:.2f}", colour, ha="right")
        label(axis, 1.04, row.difference_rank, f"{row.difference:.1f}  {row.study}", colour)
    axis.set(ylim=(len(ranks) + 0.6, -0.2), xlim=(-1.25, 2.25))
    axis.axis("off")
    for x, words in ((0, "Hazard ratio"), (1, "Difference of the\nmedians, months")):
        axis.text(x, 0.3, words, ha="center", va="bottom", fontsize=9, weight="bold")
    return figure


# Extrapolation


@styled
def hazards(trials: Sequence[FittedTrial], level: float) -> Figure:
    """Observed hazard of reconstructed patients in each quarter year, and the hazards of the models.

    Parameters
    ----------
    trials : from :func:`.extrapolate`
    level : of the bands of the observed hazard
    """
    from netterbook.methods.extrapolation import observed_hazard

    figure, axes = plt.subplots(2, len(trials), figsize=(8, 5.2), layout="constrained", sharex="col", sharey="row",
                                squeeze=False)  # fmt: skip
    tails = [(1 - level) / 2, 0.5, (1 + level) / 2]
    for column, each in enumerate(trials):
        edges = np.arange(0, each.followed + 0.1, 4)
        times = np.linspace(0.5, 36, 72)
        for row, (code, arm) in enumerate(zip((1, 0), each.trial.arms, strict=True)):
            axis = axes[row, column]
            own = each.found.arm == code
            observed = observed_hazard(each.found.time[:, own], each.found.event[:, own], edges.tolist())
            low, middle, high = np.quantile(observed, tails, axis=0)
            for start, end, a, b, c in zip(edges[:-1], edges[1:], low, middle, high, strict=True):
                axis.fill_between((start, end), a, c, color="#bbbbbb", alpha=0.7, linewidth=0)
                axis.hlines(b, start, end, color="#555555", linewidth=1)
            for model, pair in each.fits.items():
                middle = np.nanmedian(pair[code].hazard(times), axis=0)
                axis.plot(times, middle, color=MODEL[model], linewidth=1.3, label=model)
            axis.axvline(each.followed, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
            words = f"{each.trial.name}, {arm.name}"
            axis.text(0.97, 0.95, words, transform=axis.transAxes, ha="right", va="top", fontsize=9)
            axis.set(xlim=(0, 36), ylim=(0, 0.12 if code else 0.22))
        axes[1, column].set_xlabel("Months")
    figure.supylabel("Hazard, events a patient and month", fontsize=10)
    handles, words = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=4, fontsize=8.5)
    return figure


@styled
def beyond_follow_up(trials: Sequence[FittedTrial], level: float) -> Figure:
    """Curves of the models beyond the observed ones (above) and how the benefit grows with the horizon (below).

    Parameters
    ----------
    trials : from :func:`.extrapolate`
    level : of the bands of the observed curves
    """
    figure, axes = plt.subplots(2, len(trials), figsize=(8, 5.8), layout="constrained", sharex=True, sharey="row",
                                squeeze=False)  # fmt: skip
    tails = [(1 - level) / 2, (1 + level) / 2]
    months = np.linspace(0, 120, 241)
    for column, each in enumerate(trials):
        upper, lower = axes[:, column]
        seen = np.linspace(0, each.followed, 97)
        for code, arm in ARM_CODES:
            low, high = np.nanquantile(_survival(each.found, code, seen), tails, axis=0)
            upper.fill_between(seen, low, high, color=COLOUR[arm], alpha=0.45, linewidth=0, step="post", zorder=3)
        for model, pair in each.fits.items():
            curves = [fit.survival(months) for fit in pair]
            for code, arm in reversed(ARM_CODES):
                style = {"color": MODEL[model], "linestyle": DASH[arm], "linewidth": 1.2}
                upper.plot(months, 100 * np.nanmedian(curves[code], axis=0), label=model if code else None, **style)
            gap = curves[1] - curves[0]
            gained = np.cumsum((gap[:, 1:] + gap[:, :-1]) / 2 * np.diff(months), axis=1)
            lower.plot(months, [0, *np.nanmedian(gained, axis=0)], color=MODEL[model], linewidth=1.4)
        for axis in (upper, lower):
            axis.axvspan(each.followed, 120, color="#f2f2f2", zorder=0)
            axis.axvline(each.median_follow_up, color=_GREY, linewidth=1, linestyle=":")
        upper.text(0.97, 0.95, f"{each.trial.name}: beyond {each.followed:.0f} months assumed",
                   transform=upper.transAxes, ha="right", va="top", fontsize=9)  # fmt: skip
        upper.set(ylim=(0, 102), xlim=(0, 120), xticks=range(0, 121, 12))
        lower.set(xlabel="Months", ylim=(0, None))
        lower.tick_params(axis="x", labelsize=8.5)
    axes[0, 0].set_ylabel("Free of progression, %")
    axes[1, 0].set_ylabel("Benefit so far, months")
    handles, words = axes[0, 0].get_legend_handles_labels()
    handles += [Line2D([], [], color=_GREY, linestyle=DASH[arm], linewidth=2.4) for _, arm in ARM_CODES]
    words += trials[0].trial.headings
    figure.legend(handles, words, loc="outside lower center", ncols=5, fontsize=8.5)
    return figure


@styled
def benefit_by_model(trials: Sequence[FittedTrial]) -> Figure:
    """Mean benefit to each horizon by model: thick, what the reconstruction leaves open; thin, with chance.

    Parameters
    ----------
    trials : from :func:`.extrapolate`
    """
    figure, axes = canvas(8, 3.9, len(trials), sharey=True, sharex=True)
    for axis, each in zip(axes, trials, strict=True):
        own = each.table[each.table["quantity"] == "benefit"]
        models = list(dict.fromkeys(own["model"]))
        for shift, colour, mark, (horizon, part) in zip(
            (0.17, -0.17), (BLUE, ORANGE), "os", own.groupby("horizon"), strict=False
        ):
            for row in part.itertuples():
                y = len(models) - 1 - models.index(row.model) + shift
                axis.hlines(y, row.low_all, row.high_all, color=colour, linewidth=1)
                axis.hlines(y, row.low, row.high, color=colour, linewidth=4, alpha=0.55)
                words = f"{horizon / 12:g} years" if row.model == models[0] else None
                axis.plot(row.value, y, mark, color=colour, markersize=5, label=words)
        axis.axvline(0, color="#444444", linewidth=0.8)
        axis.axhline(0.5, color=_GREY, linewidth=0.8)
        axis.set(yticks=range(len(models)), ylim=(-0.6, len(models) - 0.4), xlabel="Benefit, months")
        axis.set_yticklabels(models[::-1], fontsize=9)
        axis.tick_params(axis="y", length=0)
        name = each.trial.name
        axis.text(0.98, 0.99, name, transform=axis.transAxes, ha="right", va="top", fontsize=9, weight="bold")
    axes[0].legend(fontsize=8.5, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure


# Without a common comparator


@styled
def naive_arms(arms: pd.DataFrame) -> Figure:
    """Medians of arms torn from their trials, marked as what they are not: a comparison.

    Parameters
    ----------
    arms : from :func:`.single_arms`
    """
    figure, (axis,) = canvas(7.4, 0.25 * len(arms) + 1.1)
    treatments = list(dict.fromkeys(arms["treatment"]))
    colours = dict(zip(treatments, (BLUE, ORANGE, GREEN, PURPLE), strict=False))
    marks = dict(zip(treatments, "os^D", strict=False))
    y = -np.arange(len(arms))
    for place, row in zip(y, arms.itertuples(), strict=True):
        if np.isfinite(row.low):
            axis.hlines(place, row.low, min(row.high, 44), color=colours[row.treatment], linewidth=1.2)
            if np.isinf(row.high):
                axis.plot(44, place, ">", color=colours[row.treatment], markersize=4, clip_on=False)
    for treatment in treatments:
        own = arms["treatment"] == treatment
        style = {"color": colours[treatment], "marker": marks[treatment], "s": 26, "label": treatment, "zorder": 3}
        axis.scatter(arms.loc[own, "median"], y[own], **style)
    axis.set(yticks=y, ylim=(-len(arms) + 0.4, 0.6), xlim=(0, 44), xlabel="Median time to progression or death, months")
    axis.set_yticklabels(arms["label"], fontsize=8.5)
    axis.tick_params(axis="y", length=0)
    axis.legend(fontsize=8.5, loc="lower right")
    axis.text(0.5, 0.5, "NOT A COMPARISON", transform=axis.transAxes, ha="center", va="center", fontsize=26,
              color=VERMILION, alpha=0.22, weight="bold", rotation=18, zorder=0)  # fmt: skip
    figure.suptitle(
        "What not to do: arms of different trials, side by side", color=VERMILION, fontsize=10.5, weight="bold"
    )
    return figure


@styled
def unmeasured(gap: MatchingGap, predicted: Sequence[float], level: float) -> Figure:
    """Simulated matched comparisons against the randomised answer, as an unmeasured factor differs more.

    Parameters
    ----------
    gap : from :func:`.simulate_gap`
    predicted : published matched hazard ratios to mark
    level : of the band
    """
    figure, (axis,) = canvas(7, 3.7)
    table = gap.table
    x = 100 * table["share"]
    axis.fill_between(x, table["low"], table["high"], color=BLUE, alpha=0.18, linewidth=0)
    axis.plot(x, table["randomised"], color=BLACK, marker="D", markersize=4, label="randomised trial")
    words = f"matched comparison ({100 * level:g}% of them: band)"
    axis.plot(x, table["maic"], color=BLUE, marker="o", markersize=5, label=words)
    axis.plot(x, table["naive"], color=ORANGE, marker="s", markersize=4, linestyle=(0, (5, 2)), label="unmatched")
    for value in predicted:
        axis.axhline(value, color=_GREY, linewidth=1, linestyle=":")
        place = 100 * gap.share - 0.6, value + 0.012
        label(axis, *place, f"published matched {value:g}", "#555555", fontsize=8, va="bottom")
    axis.invert_xaxis()
    axis.set_yscale("log")
    plain_ticks(axis.yaxis, (0.25, 0.35, 0.5, 0.7, 1))
    below = f"Patients of the single group with the unmeasured factor, %\n(of the other study {100 * gap.share:.0f}%)"
    axis.set(xlabel=below, ylabel="Hazard ratio", xlim=(100 * gap.share, 0), ylim=(0.2, 1.2))
    axis.legend(fontsize=8.5, loc="upper right")
    return figure


# Medians and hazard ratios


@styled
def medians_against_ratios(table: pd.DataFrame, changing: pd.DataFrame) -> Figure:
    """Ratio of the medians against the hazard ratio: the trials' own numbers (left), and what an effect that changes
    does (right); the line is 1/HR.

    Parameters
    ----------
    table : from :func:`.medians_and_hazard_ratios`
    changing : from :func:`.changing_effects`
    """
    figure, (left, right) = canvas(8.2, 4.2, 2, sharey=True, width_ratios=(1.45, 1))
    line = np.geomspace(0.15, 1.05, 50)
    for axis in (left, right):
        axis.plot(line, 1 / line, color=_GREY, linewidth=1.2, zorder=0)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set(xlim=(0.19, 1.12), ylim=(0.92, 5), xlabel="Hazard ratio")
        plain_ticks(axis.xaxis, (0.2, 0.3, 0.5, 0.7, 1))
        plain_ticks(axis.yaxis, (1, 1.5, 2, 3, 4, 5))
    left.set_ylabel("Ratio of the medians")
    label(left, 0.215, 4.83, "1/HR", "#666666", fontsize=8.5)
    for end, mark, colour in (("PFS", "o", BLUE), ("OS", "s", ORANGE)):
        own = table[(table["endpoint"] == "OS") == (end == "OS")]
        words = "progression" if end == "PFS" else "overall survival"
        left.scatter(own["hr"], own["median_ratio"], marker=mark, color=colour, s=30, zorder=3, label=words)
    for row in table.itertuples():
        dx, dy, side = _OFFSETS.get((row.study, row.endpoint == "OS"), (5, 4, "left"))
        left.annotate(_brief(row.study), (row.hr, row.median_ratio), xytext=(dx, dy), textcoords="offset points",
                      fontsize=7.5, ha=side, va="center", color="#333333")  # fmt: skip
    left.legend(fontsize=8.5, loc="lower left")
    for (kind, own), colour, dash in zip(
        changing.groupby("kind", sort=False), (VERMILION, GREEN), ("-", (0, (5, 2))), strict=True
    ):
        style = {"color": colour, "linestyle": dash, "marker": "o", "markersize": 4, "label": f"effect {kind}"}
        right.plot(own["hr"], own["median_ratio"], **style)
    right.legend(fontsize=8.5, loc="upper right")
    return figure


_OFFSETS = {
    ("RADIANT-3", False): (2, 9, "left"), ("PROMID", False): (-6, -7, "right"),
    ("CABINET, pancreatic", False): (2, 9, "left"), ("Sunitinib, phase 3", False): (-6, -6, "right"),
    ("CABINET, extrapancreatic", False): (5, 7, "left"), ("E2211", False): (4, -8, "left"),
    ("COMPETE", True): (-6, 3, "right"), ("E2211", True): (6, -4, "left"), ("PROMID", True): (-6, -5, "right"),
}  # fmt: skip
"""Where a label would lie on another: points right and up, and its alignment."""


def _brief(study: str) -> str:
    return study.replace("extrapancreatic", "extrap.").replace(", phase 3", "")


# Crossover


@styled
def crossover_dilution(curves: pd.DataFrame, trials: Mapping[str, CrossedOver]) -> Figure:
    """Hazard ratio for death that crossover leaves of a true one, with each trial's printed hazard ratio.

    Parameters
    ----------
    curves : from :func:`.dilution_curves`
    trials : those that are marked, by what is written over them
    """
    figure, axes = canvas(8.2, 3.3, len(trials), sharey=True)
    for axis, (name, each) in zip(axes, trials.items(), strict=True):
        own = curves[curves["trial"] == each.trial]
        for (hr, part), colour, mark in zip(own.groupby("hr"), (BLUE, SKY, GREEN), "os^", strict=False):
            axis.plot(100 * part["share"], part["diluted"], color=colour, marker=mark, markersize=4, label=f"{hr:g}")
        axis.vlines(100 * each.share, each.low, each.high, color=VERMILION, linewidth=1.4)
        axis.plot(100 * each.share, each.hr, "D", color=VERMILION, markersize=6)
        axis.text(0.03, 0.98, name, transform=axis.transAxes, fontsize=9, weight="bold", va="top")
        axis.axhline(1, color="#444444", linewidth=0.8)
        axis.set_yscale("log")
        axis.set(xlim=(-3, 100), ylim=(0.42, 1.75), xlabel="Crossed over, %")
    plain_ticks(axes[0].yaxis, (0.5, 0.7, 1, 1.4))
    axes[0].set_ylabel("Hazard ratio for death,\nas randomised")
    handles, words = axes[0].get_legend_handles_labels()
    handles.append(Line2D([], [], color=VERMILION, marker="D", markersize=6))
    figure.legend(
        handles, [*(f"true {w}" for w in words), "printed (95% CI)"], loc="outside lower center", ncols=4, fontsize=8.5
    )
    return figure


@styled
def rank_preserving(found: pd.DataFrame, truth: float) -> Figure:
    """Simulated trials: hazard ratio by randomised arm and by the rank-preserving model, where its assumption holds
    (left) and where it fails (right).

    Parameters
    ----------
    found : from :func:`.undo_crossover`
    truth : true hazard ratio
    """
    figure, axes = canvas(7.8, 3.4, 2, sharey=True)
    jitter = np.random.default_rng(1)
    kinds = (("randomised", VERMILION, "s", "as randomised"), ("corrected", BLUE, "o", "rank-preserving model"))
    worlds = (1.0, "crossover brings the whole effect"), (0.0, "crossover brings none")
    for axis, (after, words) in zip(axes, worlds, strict=True):
        part = found[(found["after"] == after) & ~found["chosen"]]
        shares = sorted(part["share"].unique())
        for place, share in enumerate(shares):
            own = part[part["share"] == share]
            for shift, (name, colour, mark, legend) in zip((-0.2, 0.2), kinds, strict=True):
                x = place + shift + jitter.uniform(-0.1, 0.1, len(own))
                style = {"s": 10, "color": colour, "marker": mark, "alpha": 0.5, "linewidths": 0}
                axis.scatter(x, own[name], label=legend if place == 0 else None, **style)
                middle = np.exp(np.log(own[name]).mean())
                axis.hlines(middle, place + shift - 0.16, place + shift + 0.16, color=BLACK, linewidth=2)
        axis.axhline(truth, color="#444444", linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axis.set_yscale("log")
        plain_ticks(axis.yaxis, (0.125, 0.25, 0.5, 1, 2))
        axis.set(xticks=range(len(shares)), xlim=(-0.6, len(shares) - 0.4), xlabel="Control patients who cross over")
        axis.set_xticklabels([f"{100 * share:.0f}%" for share in shares])
        axis.text(0.02, 1.02, words, transform=axis.transAxes, fontsize=9)
    label(axes[1], len(shares) - 0.45, truth * 1.06, "truth", "#444444", ha="right", fontsize=8.5, va="bottom")
    axes[0].set_ylabel("Hazard ratio for death")
    handles, words = axes[0].get_legend_handles_labels()
    figure.legend(handles, words, loc="outside lower center", ncols=2, fontsize=8.5, markerscale=1.8)
    return figure
