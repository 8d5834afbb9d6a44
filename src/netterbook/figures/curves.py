"""Figures of curves over time: numbers at risk, reconstructed patients, and how well these hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from netterbook.figures.style import BLUE, COLOUR, DASH, MARK, NAME, SKY, VERMILION, canvas, label, risk_row, styled

if TYPE_CHECKING:  # the compiler behind it takes a third of a second
    from netterbook.reconstruction import Reconstruction


@styled
def numbers_at_risk(frame: pd.DataFrame) -> Figure:
    """Patients at risk by group over time, with the counts under the axis.

    Parameters
    ----------
    frame : columns ``time`` (months), ``lu`` and ``control`` (patients)
    """
    figure, (axis,) = canvas(7.5, 3.8)
    times = frame["time"].astype(float)
    for arm in ("lu", "control"):
        share = 100 * frame[arm] / frame[arm].iloc[0]
        axis.plot(times, share, color=COLOUR[arm], linestyle=DASH[arm], marker=MARK[arm], markersize=4)
        middle = int(len(times) * 0.3)
        label(axis, times.iloc[middle] + 0.6, share.iloc[middle] + 5, NAME[arm], COLOUR[arm])
    axis.set(ylabel="Still at risk, % of the group", ylim=(0, 104), xlim=(-0.8, times.max() + 0.8), xticks=times)
    axis.set_xlabel("Months since randomization")
    axis.tick_params(axis="x", labelsize=8)
    for row, arm in enumerate(("lu", "control")):
        risk_row(axis, arm, -0.27 - 0.09 * row, zip(times, frame[arm], strict=True))
    return figure


@styled
def reconstructed_curves(found: Reconstruction, at_risk: pd.DataFrame, unit: str = "months") -> Figure:
    """Kaplan–Meier curves of every reconstructed set of patients, by arm, over the printed numbers at risk.

    Parameters
    ----------
    at_risk : columns arm (0 control, 1 experimental), time, n_risk
    """
    from netterbook.patients import kaplan_meier

    figure, (axis,) = canvas(7.5, 4.2)
    grid = np.linspace(0, at_risk["time"].max(), 241)
    for row, (code, arm) in enumerate(((1, "lu"), (0, "control"))):
        own = found.arm == code
        draws = zip(found.time[:, own], found.event[:, own], strict=True)
        shares = 100 * np.array([kaplan_meier(time, event).at(grid) for time, event in draws])
        seen = np.isfinite(shares).all(axis=0)  # up to the first set whose follow-up ends
        low, middle, high = np.quantile(shares[:, seen], [0.025, 0.5, 0.975], axis=0)
        axis.fill_between(grid[seen], low, high, color=COLOUR[arm], alpha=0.25, linewidth=0, step="post")
        axis.plot(grid[seen], middle, color=COLOUR[arm], linestyle=DASH[arm], drawstyle="steps-post")
        place = int(seen.sum() * 0.55)
        label(axis, grid[seen][place], high[place] + 5, NAME[arm], COLOUR[arm])
        counts = at_risk.loc[at_risk["arm"] == code, ["time", "n_risk"]]
        risk_row(axis, arm, -0.24 - 0.08 * row, counts.itertuples(index=False))
    axis.set(ylabel="Free of the event, %", ylim=(0, 102), xlabel=f"Time, {unit}")
    axis.set(xlim=(-0.5, at_risk["time"].max() + 0.5), xticks=sorted(at_risk["time"].unique()))
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
        for source, colour, mark in (("simulated", BLUE, "o"), ("lifelines", VERMILION, "s")):
            own = part[part["source"] == source]
            y = -row + spread.uniform(-0.28, 0.28, len(own))
            axis.scatter(own["deviation"].clip(-5, 5), y, s=12, color=colour, marker=mark, alpha=0.7, linewidths=0)
    axis.set(xlim=(-5.2, 5.2), ylim=(0.4 - len(kinds), 0.6), yticks=-np.arange(len(kinds)), yticklabels=kinds)
    axis.set_xlabel("Truth less estimate, in standard errors of the interval")
    axis.tick_params(axis="y", length=0)
    return figure
