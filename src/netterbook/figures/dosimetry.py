"""Figures of activity and absorbed dose."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from netterbook.dosimetry import activity_left
from netterbook.figures.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION, canvas, label, styled


@styled
def decay(activity_gbq: float, cycles: int, weeks_between: float) -> Figure:
    """Physical activity of the administered ¹⁷⁷Lu over the cycles, excretion left out; GBq against weeks."""
    figure, (axis,) = canvas(7, 3.2)
    infusions = np.arange(cycles) * weeks_between
    weeks = np.unique(np.concatenate([np.linspace(0, cycles * weeks_between, 1200), infusions]))
    total = np.zeros_like(weeks)
    for cycle in range(cycles):
        since = (weeks - cycle * weeks_between) * 7
        total += np.where(since >= 0, activity_gbq * activity_left(np.maximum(since, 0)), 0)
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
    dashes = ("-", (0, (5, 2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)))
    colours = (BLUE, VERMILION, GREEN, PURPLE, ORANGE)
    ends = []
    for number, row in enumerate(cohorts.sort_values("gy_per_gbq").itertuples()):
        dose = cycles * activity_gbq * row.gy_per_gbq
        colour = colours[number % len(colours)]
        axis.plot(cycles, dose, color=colour, linestyle=dashes[number % len(dashes)])
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
    axis.xaxis.set_major_locator(FixedLocator(cycles))
    return figure
