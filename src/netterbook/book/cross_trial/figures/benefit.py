"""The benefit of trials on several scales."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netterbook.book.chart import DASHED, NO_EFFECT, Chart, ChartLayout
from netterbook.book.cross_trial.figures.two_trials import TRIAL, TRIAL_DASH, TRIAL_MARK
from netterbook.book.cross_trial.scales import HAZARD_RATIO, MEAN_DIFFERENCE, MEDIAN_DIFFERENCE
from netterbook.book.style import BLUE, INK, LINE, MUTED, plain_ticks, wrapped

_LIMIT = 30.0  # months
SCALES_KEY = {
    "scale": "hazard ratio, difference of the medians or of the restricted means, both in months",
    "trial": "trial",
    "horizon": "months to which means are taken",
    "value": "estimate from the reconstructed trials; inf: not reached",
    "low": "lower end of the interval for chance and for what the printed numbers leave open",
    "high": "upper end of the interval; inf: not reached",
}
RANKS_KEY = {
    "study": "trial or cohort",
    "hr": "hazard ratio for progression or death",
    "difference": "difference of the medians, months",
    "hr_rank": "rank of the hazard ratio, 1 the largest effect",
    "difference_rank": "rank of the difference, 1 the largest effect",
}


def three_scales(table: pd.DataFrame, by_horizon: pd.DataFrame, horizon: float) -> Chart:
    """The benefit in two trials as hazard ratio, difference of medians, and restricted means by horizon.

    Parameters
    ----------
    table : from :func:`.benefit_on_scales`
    by_horizon : from :func:`.benefit_by_horizon`
    horizon : common horizon, marked
    """
    scales = table[table["scale"].isin((HAZARD_RATIO, MEDIAN_DIFFERENCE))]
    frame = pd.concat([scales, by_horizon.assign(scale=MEAN_DIFFERENCE)], ignore_index=True)
    errors = [name for name in frame if name.endswith("_error")]
    return Chart(frame[[*SCALES_KEY, *errors]], SCALES_KEY, partial(_draw_scales, horizon=horizon))


def _draw_scales(frame: pd.DataFrame, layout: ChartLayout, *, horizon: float) -> Figure:
    if layout.narrow:
        figure, axes = layout.canvas(590, rows=3, height_ratios=(1, 1, 1.7))
    else:
        figure, axes = layout.canvas(270, columns=3, width_ratios=(1, 1, 1.25))
    names = list(frame["trial"].unique())
    colours = dict(zip(names, TRIAL, strict=True))
    shown = (HAZARD_RATIO, np.inf, 2), (MEDIAN_DIFFERENCE, _LIMIT, 1)
    for axis, (scale, top, digits) in zip(axes, shown, strict=False):
        own = frame[frame["scale"] == scale].iloc[::-1]
        _estimates(axis, own, colours, top, digits)
        axis.set(yticks=range(len(own)), ylim=(-0.5, len(own) - 0.3))
        axis.set_yticklabels(own["trial"] if layout.narrow or axis is axes[0] else [])
        axis.tick_params(axis="y", length=0)
    axes[0].set_xscale("log")
    axes[0].set(xlim=(0.1, 1.4), xlabel="Hazard ratio")
    plain_ticks(axes[0].xaxis, (0.125, 0.25, 0.5, 1))
    axes[1].set(xlim=(-3, _LIMIT), xticks=range(0, 31, 10), xlabel="Difference of the medians, months")
    if not layout.narrow:
        axes[1].set_xlabel("Difference of the\nmedians, months")
    for axis, none in zip(axes, (1, 0), strict=False):
        axis.axvline(none, **NO_EFFECT)
    _by_horizon(axes[2], frame[frame["scale"] == MEAN_DIFFERENCE], colours, horizon)
    return figure


def _estimates(axis: Axes, own: pd.DataFrame, colours: dict[str, str], top: float, digits: int) -> None:
    """Estimates and intervals, with an arrow where one goes on beyond the axis."""
    for y, row in enumerate(own.itertuples()):
        colour = colours[row.trial]
        axis.hlines(y, row.low, min(row.high, top), color=colour)
        reached = row.value <= top
        if row.high > top:
            axis.plot(top, y, ">", color=colour, markersize=7, clip_on=False)
        if reached:
            axis.plot(row.value, y, "o", color=colour, markersize=7)
        words = f"{row.value:.{digits}f}" if reached else "not reached"
        axis.annotate(
            words, (row.value if reached else top, y), (0, 8), textcoords="offset points",
            ha="center" if reached else "right", va="bottom", color=colour,
        )  # fmt: skip


def _by_horizon(axis: Axes, frame: pd.DataFrame, colours: dict[str, str], horizon: float) -> None:
    for (name, own), dash, mark in zip(frame.groupby("trial", sort=False), TRIAL_DASH, TRIAL_MARK, strict=True):
        colour = colours[str(name)]
        axis.fill_between(own["horizon"], own["low"], own["high"], color=colour, alpha=0.2, linewidth=0)
        style = {"linestyle": dash, "marker": mark, "markersize": 4, "label": name}
        axis.plot(own["horizon"], own["value"], color=colour, **style)
    axis.axvline(horizon, **DASHED)
    axis.axhline(0, **NO_EFFECT)
    axis.legend(loc="upper left", labelcolor="linecolor", borderpad=0)
    axis.set(
        xlabel="Horizon, months", ylabel="Difference of\nrestricted means, months", xticks=frame["horizon"].unique()
    )


def rankings(ranks: pd.DataFrame, trials: Sequence[str], marked: str) -> Chart:
    """Trials ranked by hazard ratio (left) and by difference of the medians (right), a line for each.

    Parameters
    ----------
    ranks : from :func:`.rival_scales`
    trials : the two in their own colours
    marked : another study to stand out
    """
    colours = dict(zip(trials, TRIAL, strict=True)) | {marked: BLUE}
    return Chart(ranks[list(RANKS_KEY)], RANKS_KEY, partial(_draw_ranks, colours=colours))


def _draw_ranks(frame: pd.DataFrame, layout: ChartLayout, *, colours: dict[str, str]) -> Figure:
    beside = 104 if layout.narrow else 215
    left = [wrapped(f"{row.study}  {row.hr:.2f}", beside) for row in frame.itertuples()]
    right = [wrapped(f"{row.difference:.1f}  {row.study}", beside) for row in frame.itertuples()]
    tall = LINE * max(map(len, [*left, *right])) + 4
    heads = [wrapped(words, beside, "bold") for words in ("Hazard ratio", "Difference of the medians, months")]
    height = tall * len(frame) + LINE * (max(map(len, heads)) + 0.5)
    figure = layout.sheet(height)
    across = beside / layout.width
    axis = figure.add_axes((across, 0, 1 - 2 * across, (tall * len(frame)) / height))
    axis.set(ylim=(len(frame) + 0.5, 0.5), xlim=(-0.08, 1.08))
    axis.axis("off")
    for row, before, after in zip(frame.itertuples(), left, right, strict=True):
        colour = colours.get(row.study, MUTED)
        width = 2.4 if row.study in colours else 1.4
        axis.plot((0, 1), (row.hr_rank, row.difference_rank), color=colour, marker="o", markersize=5, linewidth=width)
        written = colour if row.study in colours else INK
        for x, rank, words, side in (
            (-0.08, row.hr_rank, before, "right"),
            (1.08, row.difference_rank, after, "left"),
        ):
            for number, line in enumerate(words):
                y = rank + (number - (len(words) - 1) / 2) * LINE / tall
                axis.text(x, y, line, color=written, ha=side, va="center")
    for x, words, side in zip((-0.08, 1.08), heads, ("right", "left"), strict=True):
        said = "\n".join(words)
        axis.text(x, 1, said, transform=axis.get_xaxis_transform(), ha=side, va="bottom", weight="bold")
    return figure
