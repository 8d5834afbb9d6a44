"""What crossover hides, and what undoing it finds in simulated trials."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from netterbook.book.chart import DASHED, NO_EFFECT, Chart, ChartLayout
from netterbook.book.style import BLUE, GREEN, INK, PURPLE, VERMILION, plain_ticks

if TYPE_CHECKING:
    from netterbook.book.cross_trial.crossover_effects import CrossedOver

DILUTION_KEY = {
    "trial": "trial",
    "true": "hazard ratio for death without crossover, as simulated; empty: the trial as printed",
    "share": "control patients who cross over, percent",
    "hr": "hazard ratio for death that the trial shows",
    "low": "printed: lower end of the 95% confidence interval",
    "high": "printed: upper end of it",
}
RANK_PRESERVING_KEY = {
    "crossover": "whether crossover brings the whole effect of treatment, or none",
    "share": "control patients who cross over, of 1",
    "analysis": "by randomised group, or by the rank-preserving model",
    "what": "one simulated trial, or the geometric mean",
    "hr": "hazard ratio for death",
    "place": "where it is drawn across, so that trials do not hide each other",
}
_ANALYSES = {
    "randomised": ("as randomised", VERMILION, "s", -0.2),
    "corrected": ("rank-preserving model", BLUE, "o", 0.2),
}
_WORLDS = {1.0: "the whole effect", 0.0: "none"}
POOLED_MEAN = "geometric mean"


def crossover_dilution(curves: pd.DataFrame, trials: Mapping[str, CrossedOver]) -> Chart:
    """Hazard ratio for death that crossover leaves of a true one, with each trial's printed hazard ratio.

    Parameters
    ----------
    curves : from :func:`.dilution_curves`
    trials : those that are marked, by what is written over them
    """
    parts = []
    for name, each in trials.items():
        own = curves[curves["trial"] == each.trial]
        simulated = {"true": own["hr"], "share": 100 * own["share"], "hr": own["diluted"]}
        printed = {"share": [100 * each.share], "hr": [each.hr], "low": [each.low], "high": [each.high]}
        parts += [pd.DataFrame(rows).assign(trial=name) for rows in (simulated, printed)]
    return Chart(pd.concat(parts, ignore_index=True)[list(DILUTION_KEY)], DILUTION_KEY, _draw_dilution)


def _draw_dilution(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    trials = frame["trial"].unique()
    rows, columns = layout.beside(len(trials))
    figure, axes = layout.canvas(
        190 * rows + 90 if layout.narrow else 300, rows=rows, columns=columns, sharex=True, sharey=True
    )
    for axis, name in zip(axes, trials, strict=True):
        own = frame[frame["trial"] == name]
        looks = zip(own.dropna(subset="true").groupby("true"), (BLUE, GREEN, PURPLE), "os^", strict=False)
        for (true, part), colour, mark in looks:
            style = {"color": colour, "marker": mark, "markersize": 4, "label": f"true {true:g}"}
            axis.plot(part["share"], part["hr"], **style)
        printed = own[own["true"].isna()]
        axis.vlines(printed["share"], printed["low"], printed["high"], color=VERMILION, linewidth=1.5)
        axis.plot(printed["share"], printed["hr"], "D", color=VERMILION, markersize=6)
        axis.text(0.03, 0.98, name, transform=axis.transAxes, weight="bold", va="top")
        axis.axhline(1, **NO_EFFECT)
        axis.set_yscale("log")
        plain_ticks(axis.yaxis, (0.5, 0.7, 1, 1.4))
        axis.set(xlim=(-3, 100), ylim=(0.42, 1.95), xticks=(0, 25, 50, 75, 100))
    figure.supxlabel("Crossed over, %")
    figure.supylabel("Hazard ratio for death, as randomised")
    handles, _ = axes[0].get_legend_handles_labels()
    handles.append(Line2D([], [], color=VERMILION, marker="D", markersize=6, label="printed (95% CI)"))
    figure.legend(handles=handles, loc="outside upper left", ncols=2 if layout.narrow else 4, borderpad=0)
    return figure


def rank_preserving(found: pd.DataFrame, truth: float) -> Chart:
    """Simulated trials: hazard ratio by randomised arm and by the rank-preserving model, where its assumption holds
    and where it fails.

    Parameters
    ----------
    found : from :func:`.undo_crossover`
    truth : true hazard ratio
    """
    jitter = np.random.default_rng(1)
    parts = []
    for after, words in _WORLDS.items():
        here = found[(found["after"] == after) & ~found["chosen"]]
        for place, (share, own) in enumerate(here.groupby("share")):
            for name, (analysis, _, _, shift) in _ANALYSES.items():
                about = {"crossover": words, "share": share, "analysis": analysis}
                x = place + shift + jitter.uniform(-0.1, 0.1, len(own))
                parts.append(pd.DataFrame({"hr": own[name], "place": x}).assign(what="trial", **about))
                middle = {"hr": [np.exp(np.log(own[name]).mean())], "place": place + shift}
                parts.append(pd.DataFrame(middle).assign(what=POOLED_MEAN, **about))
    frame = pd.concat(parts, ignore_index=True)[list(RANK_PRESERVING_KEY)]
    return Chart(frame, RANK_PRESERVING_KEY, partial(_draw_rank_preserving, truth=truth), {"place": 4})


def _draw_rank_preserving(frame: pd.DataFrame, layout: ChartLayout, *, truth: float) -> Figure:
    worlds = frame["crossover"].unique()
    rows, columns = layout.beside(len(worlds))
    figure, axes = layout.canvas(250 * rows + 90, rows=rows, columns=columns, sharey=True)
    for axis, world in zip(axes, worlds, strict=True):
        own = frame[frame["crossover"] == world]
        for analysis, colour, mark, _ in _ANALYSES.values():
            dots = own[(own["analysis"] == analysis) & (own["what"] != POOLED_MEAN)]
            style = {"s": 16, "color": colour, "marker": mark, "alpha": 0.7, "linewidths": 0, "label": analysis}
            axis.scatter(dots["place"], dots["hr"], **style)
        means = own[own["what"] == POOLED_MEAN]
        axis.plot(means["place"], means["hr"], "_", color=INK, markersize=20, markeredgewidth=2.2, label=POOLED_MEAN)
        axis.axhline(truth, label="truth", **DASHED)
        axis.set_yscale("log")
        plain_ticks(axis.yaxis, (0.125, 0.25, 0.5, 1, 2))
        shares = own["share"].unique()
        axis.set(xticks=range(len(shares)), xlim=(-0.6, len(shares) - 0.4))
        axis.set_xticklabels([f"{100 * share:.0f}%" for share in shares])
        axis.set_title(f"Crossover brings {world}", loc="left")
    figure.supxlabel("Control patients who cross over")
    figure.supylabel("Hazard ratio for death")
    handles, words = axes[0].get_legend_handles_labels()
    style = {"ncols": 2 if layout.narrow else 4, "borderpad": 0, "columnspacing": 1.2, "handletextpad": 0.4}
    figure.legend(handles, words, loc="outside upper left", **style)
    return figure
