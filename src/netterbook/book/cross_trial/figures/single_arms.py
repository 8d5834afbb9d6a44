"""Groups without a common comparator: side by side, and what matching them misses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netterbook.book.chart import Chart, ChartLayout
from netterbook.book.cross_trial.figures.rows import named_rows
from netterbook.book.style import (
    BLUE,
    GREEN,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PURPLE,
    SECOND_DASH,
    VERMILION,
    plain_ticks,
    wrapped,
)

if TYPE_CHECKING:
    from netterbook.book.cross_trial.matching import MatchingGap

_LONGEST = 44  # months
WARNING = "What not to do: arms of different trials, side by side"
NOT_A_COMPARISON = "NOT A COMPARISON"
ARMS_KEY = {
    "treatment": "treatment of the group",
    "label": "study that the group is from",
    "median": "median time to progression or death, months",
    "low": "lower end of its interval, where printed",
    "high": "upper end of it; inf: not reached",
}
GAP_KEY = {
    "comparison": "randomised trial, matched or unmatched single groups; or a published matched comparison",
    "share": "patients of the single group with the unmeasured factor, percent",
    "hr": "hazard ratio, median over the simulated comparisons; or as published",
    "low": "matched: lower end of the band over the simulated comparisons",
    "high": "matched: upper end of the band",
}
_PUBLISHED = "published"


def naive_arms(arms: pd.DataFrame) -> Chart:
    """Medians of arms torn from their trials, marked as what they are not: a comparison.

    Parameters
    ----------
    arms : from :func:`.single_arms`
    """
    return Chart(arms[list(ARMS_KEY)], ARMS_KEY, _draw_arms)


def _draw_arms(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    treatments = frame["treatment"].unique()
    colours = dict(zip(treatments, (BLUE, ORANGE, GREEN, PURPLE), strict=False))
    marks = dict(zip(treatments, "os^D", strict=False))
    title = wrapped(WARNING, layout.width - 20, "bold")
    each = [colours[name] for name in frame["treatment"]]
    besides = LINE * len(title) + 55
    rows = named_rows(layout, frame["label"], frame["treatment"], besides=besides, above=False, colours=each)
    figure, (axis,), y = rows.figure, rows.axes, rows.y
    for place, row in zip(y, frame.itertuples(), strict=True):
        colour = colours[row.treatment]
        if np.isfinite(row.low):
            axis.hlines(place, row.low, min(row.high, _LONGEST), color=colour, linewidth=1.4)
            if np.isinf(row.high):
                axis.plot(_LONGEST, place, ">", color=colour, markersize=5, clip_on=False)
        axis.plot(row.median, place, marks[row.treatment], color=colour, markersize=6, zorder=3)
    words = wrapped("Median time to progression or death, months", 200 if layout.narrow else 400)
    axis.set(xlim=(0, _LONGEST), xlabel="\n".join(words))
    style = {"ha": "center", "va": "center", "color": VERMILION, "alpha": 0.25, "weight": "bold", "zorder": 0}
    turned = {"fontsize": 26, "rotation": 65} if layout.narrow else {"fontsize": 34, "rotation": 40}
    axis.text(0.5, 0.5, NOT_A_COMPARISON, transform=axis.transAxes, **style, **turned)
    figure.suptitle("\n".join(title), color=VERMILION, weight="bold")
    return figure


def unmeasured(gap: MatchingGap, predicted: Sequence[float], level: float) -> Chart:
    """Simulated matched comparisons against the randomised answer, as an unmeasured factor differs more.

    Parameters
    ----------
    gap : from :func:`.simulate_gap`
    predicted : published matched hazard ratios to mark
    level : of the band
    """
    table, band = gap.table, f"matched comparison ({100 * level:g}% of them: band)"
    parts = [
        pd.DataFrame({"comparison": words, "share": 100 * table["share"], "hr": table[name]}).assign(**ends)
        for name, words, ends in (
            ("randomised", "randomised trial", {}),
            ("maic", band, {"low": table["low"], "high": table["high"]}),
            ("naive", "unmatched", {}),
        )
    ]
    parts.append(pd.DataFrame({"comparison": _PUBLISHED, "hr": list(predicted)}))
    return Chart(pd.concat(parts, ignore_index=True)[list(GAP_KEY)], GAP_KEY, partial(_draw_gap, other=gap.share))


def _draw_gap(frame: pd.DataFrame, layout: ChartLayout, *, other: float) -> Figure:
    figure, (axis,) = layout.canvas(360)
    looks = ((INK, "D", "-"), (BLUE, "o", "-"), (ORANGE, "s", SECOND_DASH))
    curves = frame[frame["comparison"] != _PUBLISHED].groupby("comparison", sort=False)
    for (name, own), (colour, mark, dash) in zip(curves, looks, strict=True):
        if own["low"].notna().all():
            axis.fill_between(own["share"], own["low"], own["high"], color=colour, alpha=0.18, linewidth=0)
        style = {"marker": mark, "markersize": 5, "linestyle": dash, "label": name}
        axis.plot(own["share"], own["hr"], color=colour, **style)
    published = sorted(frame.loc[frame["comparison"] == _PUBLISHED, "hr"])
    for place, value in enumerate(published):
        axis.axhline(value, color=MUTED, linewidth=1, linestyle=":")
        up = place == len(published) - 1
        axis.annotate(
            f"published: {value:g}", (0, value), (4, 2 if up else -3), xycoords=axis.get_yaxis_transform(),
            textcoords="offset points", va="bottom" if up else "top", color=INK,
        )  # fmt: skip
    axis.set_yscale("log")
    plain_ticks(axis.yaxis, (0.25, 0.35, 0.5, 0.7, 1))
    words = wrapped("Patients of the single group with the unmeasured factor, %", 250 if layout.narrow else 500)
    below = "\n".join([*words, f"(of the other study {100 * other:.0f}%)"])
    axis.set(xlabel=below, ylabel="Hazard ratio", xlim=(100 * other, 0), ylim=(0.2, 1.2))
    figure.legend(loc="outside upper left", ncols=1 if layout.narrow else 3, borderpad=0, columnspacing=1.2)
    return figure
