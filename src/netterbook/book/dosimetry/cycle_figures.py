"""Figures of virtual patients: cycles that they receive, those that fit, and the bias of comparing the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.ticker import FixedLocator, MultipleLocator

from netterbook.book.chart import DOTTED, Chart, ChartLayout
from netterbook.book.dosimetry.drawing import DASHES, in_percent, key_above, label_rows, level, name_panel
from netterbook.book.style import (
    BLUE,
    GREEN,
    GROUND,
    INK,
    LINE,
    ORANGE,
    SKY,
    VERMILION,
    plain_ticks,
)
from netterbook.precision import rounded, share_error

if TYPE_CHECKING:
    from netterbook.book.dosimetry.protocol import Grid
    from netterbook.book.dosimetry.published import Cohort, PhaseTwo
    from netterbook.dosimetry.population import Treated


def _stacked(frame: pd.DataFrame, bars: list[str]) -> pd.DataFrame:
    """Shares with their Monte Carlo errors, no finer than these, and from where to where they reach in their bar."""
    share = [rounded(*each) for each in zip(frame["share"], frame["share_error"], strict=True)]
    frame = frame.assign(share=share).drop(columns="share_error")
    end = frame.groupby(bars, sort=False)["share"].cumsum()
    return frame.assign(start=end - frame["share"], end=end)


CYCLES_KEY = {
    "cohort": "published cohort whose kidney doses virtual patients have; or the trial itself",
    "ended": "why no further cycle was given",
    "cycles": "cycles received; published: their median",
    "fewest": "published: fewest cycles received",
    "most": "published: most cycles received",
    "share": "share of patients",
    "start": "where this share begins in its bar",
    "end": "where it ends",
}
_ENDED = {"by kidney dose": BLUE, "otherwise": ORANGE}
_PUBLISHED = "as published"


def cycles_given(treated: Mapping[str, Treated], trial: PhaseTwo) -> Chart:
    """Numbers of cycles that a simulated protocol gives, a panel a cohort; above, the published median and range."""
    rows = [
        (name, ended, n, share, share_error(share, one.cycles.size))
        for name, one in treated.items()
        for n in range(1, int(one.cycles.max()) + 1)
        for ended, chosen in zip(_ENDED, (one.by_dose, ~one.by_dose), strict=True)
        for share in [float(np.mean((one.cycles == n) & chosen))]
    ]
    frame = _stacked(
        pd.DataFrame(rows, columns=["cohort", "ended", "cycles", "share", "share_error"]), ["cohort", "cycles"]
    )
    published = {"cohort": _PUBLISHED, "cycles": trial.median, "fewest": trial.low, "most": trial.high}
    frame = pd.concat([frame, pd.DataFrame([published])], ignore_index=True)
    return Chart(frame[list(CYCLES_KEY)], CYCLES_KEY, _draw_cycles)


def _draw_cycles(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    (published,) = frame[frame["cohort"] == _PUBLISHED].itertuples()
    own = frame[frame["cohort"] != _PUBLISHED]
    names, most = own["cohort"].unique(), own["cycles"].max()
    columns = 1 if layout.narrow else 2
    rows = -(-len(names) // columns)
    figure, axes = layout.canvas(140 * rows + 70, rows, columns, sharex=True, sharey=True)
    width = 0.7 * (layout.width / columns - 60) / most
    for axis, name in zip(axes, names, strict=False):
        for ended, colour in _ENDED.items():
            part = own[(own["cohort"] == name) & (own["ended"] == ended) & (own["share"] > 0)]
            axis.vlines(part["cycles"], part["start"], part["end"], color=colour, linewidth=width)
        name_panel(axis, name)
        place = {"transform": axis.get_xaxis_transform(), "color": INK}
        axis.plot([published.fewest, published.most], [0.93] * 2, linewidth=1.4, **place)
        axis.plot(published.cycles, 0.93, "D", markersize=5, **place)
        axis.set(xlabel="Cycles", ylabel="Patients", xlim=(0.3, most + 0.7), ylim=(0, 1.2 * own["end"].max()))
        axis.xaxis.set_major_locator(FixedLocator([1, *range(5, int(most) + 1, 5)]))
        in_percent(axis.yaxis)
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    for axis in axes:
        axis.label_outer()
    handles: list[Patch | Line2D] = [Patch(color=colour, label=f"ended {why}") for why, colour in _ENDED.items()]
    handles.append(Line2D([], [], color=INK, linewidth=1.4, marker="D", markersize=5, label="published median, range"))
    key_above(figure, handles, columns=1 if layout.narrow else 3)
    return figure


GRID_KEY = {
    "what": "simulated trials, or a published cohort",
    "cohort": "name of that cohort",
    "stop": "share of patients who stop at each cycle for another reason than the kidneys' dose",
    "gy_per_gbq": "mean kidney dose per activity, Gy/GBq",
    "cv": "its spread between patients: standard deviation over mean",
    "median_cycles": "median of the cycles received",
    "share": "share of simulated trials with the published median and range of cycles",
}
_SIMULATED = "simulated trials"
_DARKEST = 0.55
"""Opacity of the highest share; ink stays legible on it, on a light page and on a dark one."""
_KEYS = (0.05, 0.2, 0.4, 0.6)
_TALL = 24
"""Pixels of a cell."""
_ASIDE = 0.017
"""Of the spread by which a number gives way to a cohort's circle: eight pixels."""


def protocol_grid(found: Grid, cohorts: Iterable[Cohort], median: int) -> Chart:
    """Shares of simulated trials with the published median and range, a panel a probability of stopping.

    Parameters
    ----------
    cohorts : drawn as open circles, from which numbers keep away
    median : the published one; cells with it have bold numbers
    """
    rows = [
        {"what": _SIMULATED, "cohort": "", "stop": found.stops[s], "gy_per_gbq": found.means[m], "cv": found.spreads[c]}
        | {"median_cycles": found.median[s, c, m], "share": found.both[s, c, m]}
        for s, c, m in np.ndindex(found.median.shape)
    ]
    frame = pd.DataFrame(rows)
    frame["share_error"] = [found.error(share) for share in frame["share"]]
    circles = [
        {"what": "published cohort", "cohort": each.label, "gy_per_gbq": each.mean_gy_per_gbq, "cv": each.cv}
        for each in cohorts
    ]
    frame = pd.concat([frame, pd.DataFrame(circles)], ignore_index=True)
    return Chart(frame, GRID_KEY, partial(_draw_grid, median=median))


def _draw_grid(frame: pd.DataFrame, layout: ChartLayout, *, median: int) -> Figure:
    cells, circles = frame[frame["what"] == _SIMULATED], frame[frame["what"] != _SIMULATED]
    stops = cells["stop"].unique()
    shape = layout.beside(len(stops))
    figure, axes = layout.canvas(310 * shape[0] + 50, *shape, sharex=True, sharey=True)
    means, spreads = cells["gy_per_gbq"].unique(), cells["cv"].unique()
    most = cells["share"].max() or 1.0  # where no simulated trial is like the published one all cells are alike
    across = 0.85 * (layout.width - 60) / shape[1] / (len(means) + 0.5)
    for axis, stop in zip(axes, stops, strict=True):
        own = cells[cells["stop"] == stop]
        colours = [(BLUE, _DARKEST * share / most) for share in own["share"]]
        tile = {
            "marker": Path(_TILE * (across, _TALL)),
            "s": max(across, _TALL) ** 2,
            "facecolors": colours,
            "linewidths": 0,
        }
        axis.scatter(own["gy_per_gbq"], own["cv"], **tile)
        _write_medians(axis, own, circles, median)
        axis.plot(circles["gy_per_gbq"], circles["cv"], "o", markersize=6, markerfacecolor="none",
                  markeredgecolor=VERMILION, markeredgewidth=1.8)  # fmt: skip
        name_panel(axis, f"{100 * stop:g}% stop at each cycle")
        half = (means[1] - means[0]) / 2
        axis.set(xlabel="Mean dose, Gy/GBq", xlim=(means[0] - half, means[-1] + half), xticks=means[1::2])
        axis.set(ylabel="Spread between patients (CV)", ylim=(spreads[0] - 0.025, spreads[-1] + 0.025), yticks=spreads)
        in_percent(axis.yaxis)
    for axis in axes:
        axis.label_outer()
    _key_of_grid(figure, most, layout)
    return figure


_TILE = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])


def _write_medians(axis: Axes, cells: pd.DataFrame, circles: pd.DataFrame, median: int) -> None:
    """In each cell; above or below its middle where a circle is in it."""
    step = np.diff(np.sort(cells["gy_per_gbq"].unique())).min()
    for cell in cells.itertuples():
        near = circles[(circles["gy_per_gbq"] - cell.gy_per_gbq).abs() <= 0.65 * step]
        beside = (near["cv"] - cell.cv)[(near["cv"] - cell.cv).abs() < 1.5 * _ASIDE]
        y = cell.cv - _ASIDE * (1 if beside.iloc[0] >= 0 else -1) if len(beside) else cell.cv
        weight = "bold" if cell.median_cycles == median else "normal"
        axis.text(cell.gy_per_gbq, y, f"{cell.median_cycles:g}", ha="center", va="center", weight=weight)


def _key_of_grid(figure: Figure, most: float, layout: ChartLayout) -> None:
    tiles: list[Patch | Line2D] = [
        Patch(color=BLUE, alpha=_DARKEST * share / most, linewidth=0, label=f"{100 * share:g}%")
        for share in _KEYS
        if share <= most
    ]
    circle = Line2D([], [], linestyle="", marker="o", markersize=6, markerfacecolor="none", markeredgecolor=VERMILION,
                    markeredgewidth=1.8, label="published cohort")  # fmt: skip
    said = (
        "Simulated trials with the published\nmedian and range of cycles"
        if layout.narrow
        else ("Simulated trials with the published median and range of cycles; number: their median")
    )
    key_above(figure, [*tiles, circle], 3 if layout.narrow else len(tiles) + 1, said)


WITHIN_KEY = {
    "limit": "limit of the dose to the kidneys, absorbed or biologically effective (BED)",
    "cycles": "cycles within the limit; the last number stands for more as well",
    "share": "share of patients",
}


def bars_of_cycles(shares: pd.DataFrame, standard: int) -> Chart:
    """Patients of a cohort by the cycles within each limit, a panel a limit, coloured by a standard number.

    ``shares`` as :func:`.cycles_within_limits` gives them.
    """
    return Chart(shares, WITHIN_KEY, partial(_draw_within, standard=standard))


def _draw_within(frame: pd.DataFrame, layout: ChartLayout, *, standard: int) -> Figure:
    limits, most = frame["limit"].unique(), int(frame["cycles"].max())
    columns = 1 if layout.narrow else len(limits)
    rows = -(-len(limits) // columns)
    figure, axes = layout.canvas(150 * rows + 90, rows, columns, sharex=True, sharey=True)
    parts = (
        (frame["cycles"] < standard, VERMILION, f"{standard} cycles pass the limit"),
        (frame["cycles"] == standard, GREEN, f"{standard} and no more"),
        (frame["cycles"] > standard, BLUE, "a further cycle fits"),
    )
    for axis, limit in zip(axes, limits, strict=True):
        for chosen, colour, _ in parts:
            own = frame[chosen & (frame["limit"] == limit)]
            axis.vlines(
                own["cycles"], 0, own["share"], color=colour, linewidth=0.7 * layout.width / columns / (most + 4)
            )
        name_panel(axis, limit[0].upper() + limit[1:])
        axis.set(xlim=(-0.7, most + 0.7), ylim=(0, 1.1 * frame["share"].max()))
        axis.xaxis.set_major_locator(FixedLocator([*range(0, most, 4), most]))
        axis.xaxis.set_major_formatter(lambda n, _: f"{n:g}+" if n == most else f"{n:g}")
        axis.yaxis.set_major_locator(MultipleLocator(0.1))
        in_percent(axis.yaxis)
    axes[-1 if layout.narrow else len(limits) // 2].set_xlabel("Cycles within the limit")
    figure.supylabel("Patients", fontsize="medium")
    key_above(figure, [Patch(color=colour, label=said) for _, colour, said in parts], 1 if layout.narrow else 3)
    return figure


FIXED_KEY = {
    "limit": "limit of the dose to the kidneys, absorbed or biologically effective (BED)",
    "cohort": "published cohort whose kidney doses virtual patients have",
    "outcome": "what the limit says of the fixed number of cycles",
    "share": "share of patients",
    "start": "where this share begins in its bar",
    "end": "where it ends",
}
_OUTCOMES = {
    "under": ("a further cycle fits", SKY, INK),
    "right": ("no further cycle fits", GREEN, GROUND),
    "over": ("limit passed", VERMILION, GROUND),
}
LEAST_WRITTEN = 0.08
"""Share of patients from which a part of a bar has room for its number."""


def shares_of_fixed_cycles(shares: pd.DataFrame) -> Chart:
    """Patients for whom a fixed number of cycles is too few, right, or too many by the kidney dose, a panel a limit.

    ``shares`` as :func:`.fixed_cycles` gives them, with a column ``limit`` that names it.
    """
    rows = [
        (row["limit"], row["cohort"], said, row[name], row[f"{name}_error"])
        for row in shares.to_dict("records")
        for name, (said, _, _) in _OUTCOMES.items()
    ]
    frame = pd.DataFrame(rows, columns=["limit", "cohort", "outcome", "share", "share_error"])
    return Chart(_stacked(frame, ["limit", "cohort"]), FIXED_KEY, _draw_fixed)


def _draw_fixed(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    limits, row = frame["limit"].unique(), 40 if layout.narrow else 25  # pixels
    cohorts = frame["cohort"].unique()
    places = np.arange(len(cohorts))
    figure, axes = layout.canvas(len(limits) * (row * len(cohorts) + 32) + 65, len(limits), sharex=True)
    thick = 18 / row
    for axis, limit in zip(axes, limits, strict=True):
        own = frame[frame["limit"] == limit]
        for said, colour, ink in _OUTCOMES.values():
            part = own[own["outcome"] == said]
            axis.barh(places, part["end"] - part["start"], left=part["start"], color=colour, height=thick)
            for y, one in zip(places, part.itertuples(), strict=True):
                if one.share >= LEAST_WRITTEN:
                    middle = (one.start + one.end) / 2
                    axis.text(middle, y, f"{100 * one.share:.0f}", color=ink, ha="center", va="center_baseline")
        name_panel(axis, limit)
        axis.set(xlim=(0, 1), ylim=(places[-1] + 0.5, -0.8 if layout.narrow else -0.5), xlabel="Patients")
        axis.xaxis.set_major_locator(MultipleLocator(0.25))
        in_percent(axis.xaxis)
        axis.spines["left"].set_visible(False)
        label_rows(axis, places, cohorts, layout, LINE / row)
    for axis in axes[:-1]:
        axis.spines["bottom"].set_visible(False)
        axis.label_outer(remove_inner_ticks=True)
    handles = [Patch(color=colour, label=said) for said, colour, _ in _OUTCOMES.values()]
    key_above(figure, handles, 2 if layout.narrow else 3)
    return figure


BIAS_KEY = {
    "analysis": "what is compared",
    "outcome": "progression-free (PFS) or overall survival (OS)",
    "planned_cycles": "mean of the planned cycles, where that is varied",
    "months": "months to the last of these",
    "hr": "hazard ratio in simulated trials without an effect of the dose, median",
    "low": "the lowest of the middle ninety-five per cent of trials",
    "high": "the highest of these",
}
_BY_OUTCOME = ((BLUE, "o", DASHES[0]), (VERMILION, "s", DASHES[1]))


def immortal_ratios(rows: pd.DataFrame, by_length: pd.DataFrame) -> Chart:
    """Hazard ratios of analyses of simulated trials without an effect, and the bias by treatment length.

    Parameters
    ----------
    rows : as :func:`.hazard_ratios` gives them
    by_length : as :func:`.bias_by_length` gives them
    """
    errors = ["hr_error", "low_error", "high_error"]
    analyses = rows.rename(columns={"method": "analysis"})[["analysis", "outcome", "hr", "low", "high", *errors]]
    lengths = [
        pd.DataFrame({"analysis": rows["method"].iloc[0], "outcome": outcome, "planned_cycles": by_length["cycles"]})
        .assign(months=by_length["months"], hr=by_length[outcome], hr_error=by_length[f"{outcome}_error"])
        for outcome in rows["outcome"].unique()
    ]  # fmt: skip
    frame = pd.concat([analyses, *lengths], ignore_index=True)
    return Chart(frame[[*BIAS_KEY, *errors]], BIAS_KEY, _draw_bias)


def _draw_bias(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    figure, (one, other) = layout.canvas(560 if layout.narrow else 310, *layout.beside(2))
    fixed, varied = frame[frame["months"].isna()], frame[frame["months"].notna()]
    analyses, handles = list(frame["analysis"].unique()), []
    for shift, outcome, (colour, mark, dash) in zip((0.3, 0.55), frame["outcome"].unique(), _BY_OUTCOME, strict=True):
        for row in fixed[fixed["outcome"] == outcome].itertuples():
            place = analyses.index(row.analysis) + shift
            one.plot([row.low, row.high], [place, place], color=colour, linewidth=1.5, linestyle=dash)
            one.plot(row.hr, place, mark, color=colour, markersize=6)
        style: Any = {"color": colour, "linestyle": dash, "marker": mark, "markersize": 5}
        own = varied[varied["outcome"] == outcome]
        other.plot(own["months"], own["hr"], **style)
        handles.append(Line2D([], [], label=outcome, **style))
    for place, words in enumerate(analyses):
        one.text(0, place, words, transform=one.get_yaxis_transform(), va="center")
    one.set(xscale="log", ylim=(len(analyses) - 0.2, -0.4), yticks=[], xlabel="Hazard ratio, no effect simulated")
    plain_ticks(one.xaxis, [0.005, 0.02, 0.1, 0.5, 1, 2])
    beside = np.array(
        [(place + 0.17, place + 0.7, np.nan) for place in range(len(analyses))]
    ).ravel()  # not through words
    one.plot(np.ones(beside.size), beside, **DOTTED)
    one.spines["left"].set_visible(False)
    level(other, 1)
    other.set(xlabel="Months of planned treatment, mean")
    name_panel(other, "Hazard ratio, dose above v below median", "normal")
    other.set(ylim=(0, 1.1), xlim=(0, None))
    key_above(figure, handles, 2)
    return figure
