"""Figures of the dosimetry chapter, and of the activity given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from netterbook.arrays import Floats
from netterbook.book.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    canvas,
    label,
    styled,
)
from netterbook.dosimetry import activity_left, half_life_h

if TYPE_CHECKING:
    from netterbook.book.dosimetry.protocol import Grid
    from netterbook.book.dosimetry.published import Cohort, PhaseTwo
    from netterbook.dosimetry.population import Treated

_GREY = "#444444"
_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE)
_DASHES = ("-", (0, (5, 2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)))


@styled
def decay(activity_gbq: float, cycles: int, weeks_between: float) -> Figure:
    """Physical activity of the administered ¹⁷⁷Lu over the cycles, excretion left out; GBq against weeks."""
    figure, (axis,) = canvas(7, 3.2)
    infusions = np.arange(cycles) * weeks_between
    weeks = np.unique(np.concatenate([np.linspace(0, cycles * weeks_between, 1200), infusions]))
    total = np.zeros_like(weeks)
    for cycle in range(cycles):
        since = (weeks - cycle * weeks_between) * 7
        total += np.where(since >= 0, activity_gbq * activity_left(np.maximum(since, 0), half_life_h() / 24), 0)
    axis.fill_between(weeks, total, color=BLUE, alpha=0.15, linewidth=0)
    axis.plot(weeks, total, color=BLUE)
    axis.set(xlabel="Weeks since the first infusion", ylabel="Activity, GBq", ylim=(0, None), xlim=(0, weeks[-1]))
    return figure


@styled
def kidney_dose(cohorts: pd.DataFrame, activity_gbq: float, max_cycles: int, limit_gy: float) -> Figure:
    """Cumulative absorbed dose to the kidneys by cycle for cohorts' mean dose per activity, with a limit.

    Parameters
    ----------
    cohorts : columns ``label`` and ``gy_per_gbq``
    """
    figure, (axis,) = canvas(7.5, 3.8)
    cycles = np.arange(0, max_cycles + 1)
    ends = []
    for number, row in enumerate(cohorts.sort_values("gy_per_gbq", kind="stable").itertuples()):
        dose = cycles * activity_gbq * row.gy_per_gbq
        colour = _COLOURS[number % len(_COLOURS)]
        axis.plot(cycles, dose, color=colour, linestyle=_DASHES[number % len(_DASHES)])
        ends.append((dose[-1], f"{row.label}, {row.gy_per_gbq:.2f} Gy/GBq", colour))
    gap = 0.055 * max(limit_gy, ends[-1][0])
    height = -gap
    for dose, text, colour in ends:
        height = max(dose, height + gap)
        label(axis, max_cycles + 0.1, height, text, colour, fontsize=8.5, annotation_clip=False)
    axis.axhline(limit_gy, color="#444444", linestyle=":", linewidth=1.2)
    label(axis, 0.1, limit_gy + 0.4 * gap, f"{limit_gy:g} Gy", "#444444", va="bottom")
    axis.set(
        xlabel=f"Cycles of {activity_gbq:g} GBq",
        ylabel="Kidney absorbed dose, Gy",
        xlim=(0, max_cycles),
        ylim=(0, None),
    )
    axis.xaxis.set_major_locator(FixedLocator(cycles.tolist()))
    return figure


@styled
def remaining(half_lives_h: Mapping[str, float], days: float = 28) -> Figure:
    """Activity left over time for several half-lives in hours, percent of that at the start."""
    figure, (axis,) = canvas(7.5, 3.3)
    time = np.linspace(0, days, 400)
    for number, (name, half_life) in enumerate(half_lives_h.items()):
        text = f"{name}: {half_life:.0f} h ({half_life / 24:.3g} days)"
        axis.plot(time, 100 * activity_left(time, half_life / 24), color=_COLOURS[number], linestyle=_DASHES[number],
                  label=text)  # fmt: skip
    axis.axhline(50, color=_GREY, linestyle=":", linewidth=1)
    axis.set(xlabel="Days", ylabel="Activity left, %", xlim=(0, days), ylim=(0, 100))
    axis.xaxis.set_major_locator(FixedLocator(np.arange(0, days + 1, 7).tolist()))
    axis.legend(loc="upper right", fontsize=9, title="Half-life", title_fontsize=9, alignment="left")
    return figure


@styled
def organ_doses(doses: pd.DataFrame, limits_gy: Mapping[str, float]) -> Figure:
    """Doses to organs and tumours in published cohorts, on a log axis of Gy.

    Parameters
    ----------
    doses : as :func:`.doses_of_cycles` gives them
    limits_gy : by organ
    """
    figure, (axis,) = canvas(8, 0.32 * len(doses) + 1.9)
    colour = dict(zip(doses["organ"].unique(), (BLUE, PURPLE, VERMILION), strict=False))
    mark = {"SD": "o", "range": "s", "creatinine clearance": "D", "": "o"}
    places, place, organ = [], 0.0, None
    for row in doses.itertuples():
        place += 1.7 if organ not in (None, row.organ) else 1
        organ = row.organ
        places.append(place)
        if np.isfinite(row.low):
            axis.plot([row.low, row.high], [place, place], color=colour[organ], linewidth=1.6)
        if np.isfinite(row.middle):
            axis.plot(row.middle, place, mark[row.spread], color=colour[organ], markersize=6)
    for organ, limit in limits_gy.items():
        rows = [y for y, name in zip(places, doses["organ"], strict=True) if name == organ]
        axis.plot([limit, limit], [rows[0] - 0.5, rows[-1] + 0.5], color=_GREY, linestyle=":", linewidth=1.3)
        label(axis, limit, rows[0] - 0.55, f"{limit:g} Gy", _GREY, ha="center", va="bottom", fontsize=8.5)
    axis.set(xscale="log", xlabel="Gy", ylim=(places[-1] + 0.7, places[0] - 1.2))
    axis.set_yticks(places, [f"{o}: {t}" for o, t in zip(doses["organ"], doses["label"], strict=True)], fontsize=9)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x", color="#dddddd", linewidth=0.7)
    axis.set_axisbelow(True)
    return figure


@styled
def bed_against_dose(
    dose_gy: Floats, lines: Mapping[str, Floats], limits_bed_gy: Sequence[float], limit_gy: float
) -> Figure:
    """Cumulative BED against the absorbed dose, one line a course, with the limits of both."""
    figure, (axis,) = canvas(7.5, 4)
    order = sorted(lines, key=lambda name: lines[name][-1])
    top = 1.1 * lines[order[-2]][-1]
    gap, height = 0.055 * top, -np.inf
    for number, name in enumerate(order):
        colour = _COLOURS[number]
        axis.plot(dose_gy, lines[name], color=colour, linestyle=_DASHES[number])
        height = max(lines[name][-1], height + gap)
        if height <= top:
            label(axis, dose_gy[-1] * 1.01, height, name, colour, annotation_clip=False)
        else:  # the highest line leaves the axis above
            label(axis, np.interp(0.93 * top, lines[name], dose_gy), 0.93 * top, f"   {name}", colour)
    for limit in limits_bed_gy:
        axis.axhline(limit, color=_GREY, linestyle=":", linewidth=1.2)
        label(axis, 0.3, limit, f"BED {limit:g} Gy", _GREY, va="bottom", fontsize=8.5)
    axis.axvline(limit_gy, color=_GREY, linestyle=":", linewidth=1.2)
    label(axis, limit_gy, 1, f" {limit_gy:g} Gy", _GREY, va="bottom", fontsize=8.5)
    axis.set(
        xlabel="Absorbed dose to the kidneys, all cycles, Gy", ylabel="BED, Gy", xlim=(0, dose_gy[-1]), ylim=(0, top)
    )
    return figure


@styled
def cycles_given(treated: Mapping[str, Treated], trial: PhaseTwo) -> Figure:
    """Numbers of cycles that a simulated protocol gives, a panel a cohort; above, the published median and range."""
    figure, axes = canvas(8.2, 3, len(treated), sharey=True)
    most = max(int(one.cycles.max()) for one in treated.values())
    numbers = np.arange(1, most + 1)
    tallest = 0.0
    for axis, (name, one) in zip(axes, treated.items(), strict=True):
        shares = np.array([np.mean(one.cycles == n) for n in numbers])
        by_dose = np.array([np.mean((one.cycles == n) & one.by_dose) for n in numbers])
        axis.bar(numbers, by_dose, width=0.85, color=BLUE, label="ended by kidney dose")
        axis.bar(numbers, shares - by_dose, bottom=by_dose, width=0.85, color=ORANGE, label="ended otherwise")
        axis.set_title(name, fontsize=9)
        axis.set(xlabel="Cycles", xlim=(0.3, most + 0.7))
        axis.xaxis.set_major_locator(FixedLocator(range(5, most + 1, 5)))
        tallest = max(tallest, shares.max())
    for axis in axes:
        axis.plot([trial.low, trial.high], [1.08 * tallest] * 2, color=BLACK, linewidth=1.4)
        axis.plot(trial.median, 1.08 * tallest, "D", color=BLACK, markersize=5)
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.set_ylim(0, 1.2 * tallest)
    axes[0].set_ylabel("Patients")
    label(axes[0], trial.high + 0.6, 1.08 * tallest, "published", BLACK, fontsize=8)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9)
    return figure


@styled
def protocol_grid(found: Grid, cohorts: Iterable[Cohort], median: int) -> Figure:
    """Shares of simulated trials with the published median and range, a panel a probability of stopping.

    Parameters
    ----------
    cohorts : drawn as open circles, from which numbers keep away
    median : the published one; cells with it have bold numbers
    """
    figure, axes = canvas(9, 3.6, len(found.stops), sharey=True)
    x, y = np.arange(len(found.means)), np.arange(len(found.spreads))
    marks = np.array([(each.mean_gy_per_gbq, each.cv) for each in cohorts]).T
    at = np.interp(marks[0], found.means, x), np.interp(marks[1], found.spreads, y)
    place = np.tile(y[:, None].astype(float), len(x))
    for across, up in zip(*at, strict=True):
        i, j = round(up), round(across)
        place[i, j] = i + (-0.25 if up >= i else 0.25)
    for axis, stop, medians, both in zip(axes, found.stops, found.median, found.both, strict=True):
        image = axis.imshow(both, origin="lower", cmap="Blues", vmin=0, vmax=0.75, aspect="auto")
        for i, j in np.ndindex(medians.shape):
            same = medians[i, j] == median
            axis.text(x[j], place[i, j], f"{medians[i, j]:g}", ha="center", va="center", fontsize=8,
                      color="white" if both[i, j] > 0.45 else BLACK if same else "#777777",
                      weight="bold" if same else "normal")  # fmt: skip
        axis.plot(*at, "o", markersize=5.5, markerfacecolor="none", markeredgecolor=VERMILION, markeredgewidth=1.6)
        axis.set_title(f"{100 * stop:g}% stop at each cycle", fontsize=9)
        axis.set_xlabel("Mean kidney dose, Gy/GBq")
        axis.set_xticks(x[1::2], [f"{m:g}" for m in found.means[1::2]])
        axis.set_yticks(y, [f"{100 * s:g}%" for s in found.spreads])
    axes[0].set_ylabel("Spread between patients (CV)")
    bar = figure.colorbar(image, ax=axes, shrink=0.85, format=PercentFormatter(1, decimals=0))
    bar.set_label("Trials with the published\nmedian and range", fontsize=9)
    return figure


@styled
def shares_of_fixed_cycles(shares: pd.DataFrame) -> Figure:
    """Patients for whom a fixed number of cycles is too few, right, or too many by the kidney dose, a panel a limit.

    ``shares`` as :func:`.fixed_cycles` gives them, with a column ``limit`` that names it.
    """
    limits = list(shares["limit"].unique())
    figure, axes = canvas(8.5, 2.7, len(limits), sharey=True)
    parts = (("under", SKY, "a further cycle fits"), ("right", GREEN, "right"), ("over", VERMILION, "limit passed"))
    for axis, limit in zip(axes, limits, strict=True):
        rows = shares[shares["limit"] == limit].iloc[::-1]
        left = np.zeros(len(rows))
        for column, colour, text in parts:
            axis.barh(rows["cohort"], rows[column], left=left, color=colour, label=text, height=0.7)
            for place, (start, width) in enumerate(zip(left, rows[column], strict=True)):
                if width >= 0.08:
                    axis.text(start + width / 2, place, f"{100 * width:.0f}", ha="center", va="center", fontsize=8)
            left += rows[column].to_numpy()
        axis.set_title(limit, fontsize=10)
        axis.set(xlim=(0, 1), xlabel="Patients")
        axis.xaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
        axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.tick_params(axis="y", length=0, labelsize=9)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
    return figure


@styled
def immortal_ratios(rows: pd.DataFrame, by_length: pd.DataFrame) -> Figure:
    """Left, hazard ratios of analyses of simulated trials without an effect; right, the bias by treatment length.

    Parameters
    ----------
    rows : as :func:`.hazard_ratios` gives them
    by_length : as :func:`.bias_by_length` gives them
    """
    figure, (left, right) = canvas(9, 3.3, 2, width_ratios=(1.25, 1))
    outcomes, methods = list(rows["outcome"].unique()), list(rows["method"].unique())
    style = dict(zip(outcomes, ((BLUE, "o", "-"), (VERMILION, "s", (0, (5, 2)))), strict=False))
    for shift, outcome in zip((-0.14, 0.14), outcomes, strict=False):
        colour, mark, dash = style[outcome]
        for row in rows[rows["outcome"] == outcome].itertuples():
            place = methods.index(row.method) + shift
            left.plot([row.low, row.high], [place, place], color=colour, linewidth=1.5, linestyle=dash)
            left.plot(row.hr, place, mark, color=colour, markersize=6)
        right.plot(by_length["months"], by_length[outcome], color=colour, linestyle=dash, marker=mark, markersize=5,
                   label=outcome)  # fmt: skip
    left.set_yticks(range(len(methods)), methods, fontsize=9)
    left.tick_params(axis="y", length=0)
    ticks = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]
    left.set(xscale="log", ylim=(len(methods) - 0.5, -0.5), xlabel="Hazard ratio, no effect simulated")
    left.xaxis.set_major_locator(FixedLocator(ticks))
    left.xaxis.set_minor_locator(NullLocator())
    left.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    left.axvline(1, color=_GREY, linestyle=":", linewidth=1.2)
    right.axhline(1, color=_GREY, linestyle=":", linewidth=1.2)
    right.set(xlabel="Months of planned treatment, mean", ylabel="Hazard ratio, dose above v below median",
              ylim=(0, 1.1), xlim=(0, None))  # fmt: skip
    right.yaxis.label.set_fontsize(9)
    right.legend(loc="lower left", fontsize=9)
    return figure


@styled
def image_errors_by_time(time_h: Floats, errors: Mapping[str, Floats], half_lives_h: Sequence[float]) -> Figure:
    """Error of one-image methods by the time of the image, a panel a method and a line a true half-life.

    ``errors`` are relative, of the shape (half-lives, times).
    """
    figure, axes = canvas(8.5, 3.4, len(errors), sharey=True)
    for axis, (method, rows) in zip(axes, errors.items(), strict=True):
        for number, (row, half_life) in enumerate(zip(rows, half_lives_h, strict=True)):
            axis.plot(time_h, row, color=_COLOURS[number], linestyle=_DASHES[number], label=f"{half_life:g} h")
        axis.axhspan(-0.1, 0.1, color="#eeeeee", zorder=0)
        axis.axhline(0, color=_GREY, linewidth=0.8)
        axis.set_title(method, fontsize=10)
        axis.set(xlabel="Hours from infusion to image", xlim=(0, time_h[-1]), ylim=(-0.8, 0.6))
        axis.xaxis.set_major_locator(FixedLocator(np.arange(0, time_h[-1] + 1, 24).tolist()))
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0].set_ylabel("Error of the dose")
    axes[-1].legend(title="True half-life", fontsize=8.5, title_fontsize=9, loc="lower left", ncols=2)
    return figure


@styled
def dose_trends(trends: pd.DataFrame) -> Figure:
    """Left, dose of each cycle relative to the first; right, the same per kidney dose of the cycle.

    ``trends`` has a column ``cycle``, one ``kidneys`` and one a tumour.
    """
    figure, (left, right) = canvas(8.5, 3.3, 2)
    cycle = trends["cycle"]
    for number, name in enumerate(c for c in trends.columns if c != "cycle"):
        style = {"color": _COLOURS[number], "linestyle": _DASHES[number], "marker": "os^D"[number % 4], "markersize": 4}
        left.plot(cycle, trends[name], label=name, **style)
        if name != "kidneys":
            right.plot(cycle, trends[name] / trends["kidneys"], **style)
    left.set_ylabel("Dose of the cycle, first = 100%")
    right.set_ylabel("Tumour dose per kidney dose")
    left.legend(fontsize=8.5, loc="upper left")
    for axis in (left, right):
        axis.set(xlabel="Cycle", ylim=(0, None))
        axis.xaxis.set_major_locator(FixedLocator(cycle))
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.axhline(1, color=_GREY, linestyle=":", linewidth=1)
    return figure
