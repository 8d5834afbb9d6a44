"""Models beyond the follow-up of two trials: a panel a model, and what is gained by each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from netterbook.book.chart import DASHED, GUIDE, Chart, ChartLayout
from netterbook.book.cross_trial.figures.ends import name_ends
from netterbook.book.cross_trial.figures.rows import named_rows
from netterbook.book.curves import arm_curve
from netterbook.book.style import (
    ARM_CODES,
    BLUE,
    COLOUR,
    DASH,
    FAINT,
    GREEN,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PURPLE,
    VERMILION,
    wrapped,
)

if TYPE_CHECKING:
    from netterbook.book.cross_trial.long_term import FittedTrial

MODEL = {
    "exponential": MUTED, "Weibull": BLUE, "Gompertz": ORANGE, "log-normal": VERMILION, "log-logistic": PURPLE,
    "generalised gamma": GREEN, "spline": INK,
}  # fmt: skip
OBSERVED_CURVE, END_OF_CURVES, MEDIAN_FOLLOW_UP = "observed", "end of the curves", "median follow-up"
_END = 120  # months
_MONTHS = np.array([*range(0, 36, 2), *range(36, _END + 1, 6)])
"""At which models' curves are drawn: closer where they bend."""
_HAZARD_END, _HAZARD_STEP = 36, 4  # months
_PANEL, _PANEL_NARROW = 112, 96  # pixels
PANELS_KEY = {
    "trial": "trial",
    "what": "observed in the reconstructed trials, or the model",
    "arm": "group of patients",
    "time": "months from randomisation; what is observed holds up to the next time",
    "value": "{value}",
    "low": "observed: lower end of the band over the reconstructed trials",
    "high": "observed: upper end of the band",
}
GAINED_KEY = {
    "trial": "trial",
    "model": "model; or where the observed curves end, and the median follow-up as printed",
    "time": "months from randomisation",
    "value": "months without progression gained up to then, median over the reconstructed trials",
}
BENEFIT_KEY = {
    "trial": "trial",
    "model": "model, or their average",
    "horizon": "months to which the benefit is counted",
    "value": "months without progression gained, median over the reconstructed trials",
    "low": "lower end of what the printed numbers leave open",
    "high": "upper end of it",
    "low_all": "lower end with chance",
    "high_all": "upper end with chance",
}


class _Panels(NamedTuple):
    """What all panels of a figure have in common."""

    arms: dict[str, tuple[str, ...]]
    end: float
    ticks: tuple[int, ...]
    top: float
    ylabel: str
    steps: bool
    """Whether what is observed is a step each, with its middle."""


def beyond_follow_up(trials: Sequence[FittedTrial], level: float) -> Chart:
    """Curves of the models beyond the observed ones, a panel a model.

    Parameters
    ----------
    trials : from :func:`.extrapolate`
    level : of the bands of the observed curves
    """
    parts = []
    for each in trials:
        followed = pd.DataFrame({"what": MEDIAN_FOLLOW_UP, "time": [each.median_follow_up]})
        parts.append(followed.assign(trial=each.trial.name))
        for (code, _), name in zip(ARM_CODES, each.trial.headings, strict=True):
            about = {"trial": each.trial.name, "arm": name}
            grid = np.linspace(0, each.followed, 97)
            parts.append(arm_curve(each.found, code, grid, level).assign(what=OBSERVED_CURVE, **about))
            for model, pair in each.fits.items():
                value = 100 * np.nanmedian(pair[code].survival(_MONTHS), axis=0)
                parts.append(pd.DataFrame({"what": model, "time": _MONTHS, "value": value}).assign(**about))
    key = PANELS_KEY | {
        "what": f"{PANELS_KEY['what']}; or the printed median of follow-up",
        "value": "share free of progression in percent, median over the reconstructed trials",
    }
    panels = _Panels(_arms(trials), _END, (0, 60, 120), 104, "Free of progression, %", steps=False)
    frame = pd.concat(parts, ignore_index=True)[list(key)]
    return Chart(frame, key, partial(_draw_panels, panels=panels), {"value": 4, "low": 4, "high": 4})


def hazards(trials: Sequence[FittedTrial], level: float) -> Chart:
    """Observed hazard of reconstructed patients in steps of months, and the hazards of the models, a panel a model.

    Parameters
    ----------
    trials : from :func:`.extrapolate`
    level : of the bands of the observed hazard
    """
    from netterbook.methods.extrapolation import observed_hazard

    tails = [0.5, (1 - level) / 2, (1 + level) / 2]
    times = np.array([0.5, 1, *range(2, _HAZARD_END + 1, 2)])
    parts = []
    for each in trials:
        edges = np.arange(0, each.followed + 0.1, _HAZARD_STEP)
        for (code, _), name in zip(ARM_CODES, each.trial.headings, strict=True):
            about = {"trial": each.trial.name, "arm": name}
            own = each.found.arm == code
            seen = observed_hazard(each.found.time[:, own], each.found.event[:, own], edges.tolist())
            middle, low, high = np.quantile(seen, tails, axis=0)[:, [*range(len(edges) - 1), -1]]
            step = pd.DataFrame({"time": edges, "value": middle, "low": low, "high": high})
            parts.append(step.assign(what=OBSERVED_CURVE, **about))
            for model, pair in each.fits.items():
                value = np.nanmedian(pair[code].hazard(times), axis=0)
                parts.append(pd.DataFrame({"what": model, "time": times, "value": value}).assign(**about))
    key = PANELS_KEY | {
        "value": "hazard, events a patient and month; median over the reconstructed trials",
    }
    frame = pd.concat(parts, ignore_index=True)[list(key)]
    top = 1.1 * frame.loc[frame["what"] == OBSERVED_CURVE, "high"].max()
    panels = _Panels(_arms(trials), _HAZARD_END, (0, 12, 24, 36), top, "Events a patient and month", steps=True)
    return Chart(frame, key, partial(_draw_panels, panels=panels), {"value": 4, "low": 4, "high": 4})


def _arms(trials: Iterable[FittedTrial]) -> dict[str, tuple[str, ...]]:
    return {each.trial.name: tuple(each.trial.headings) for each in trials}


def _draw_panels(frame: pd.DataFrame, layout: ChartLayout, *, panels: _Panels) -> Figure:
    models = [name for name in frame["what"].unique() if name not in (OBSERVED_CURVE, MEDIAN_FOLLOW_UP)]
    columns = 1 if layout.narrow else 4
    rows = -(-len(models) // columns)
    tall = _PANEL_NARROW if layout.narrow else _PANEL
    legend = LINE * (4 if layout.narrow else 2) + 16
    across, down = (len(panels.arms), 1) if layout.narrow else (1, len(panels.arms))
    figure = layout.sheet(down * (rows * tall + 40) + legend + 20)
    figure.set_layout_engine("constrained")
    blocks = np.ravel(figure.subfigures(down, across, squeeze=False))
    for block, (trial, arms) in zip(blocks, panels.arms.items(), strict=True):
        block.suptitle(trial, weight="bold")
        axes = block.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        own = frame[frame["trial"] == trial]
        for axis, model in zip(axes, models, strict=False):
            _draw_panel(axis, own, model, arms, panels)
        for axis in axes[len(models) :]:
            axis.set_visible(False)
        for axis in axes[len(models) - columns : len(models)]:
            axis.tick_params(labelbottom=True)
    figure.supxlabel("Months")
    figure.supylabel(panels.ylabel)
    first = next(iter(panels.arms.values()))
    looks = zip(first, ARM_CODES, strict=True)
    handles: dict[str, Any] = {
        f"{name}, by the model": Line2D([], [], color=COLOUR[arm], linestyle=DASH[arm]) for name, (_, arm) in looks
    }
    seen = tuple(Patch(color=COLOUR[arm], alpha=0.35, linewidth=0) for _, arm in ARM_CODES)
    handles["observed in reconstructed trials"] = seen
    if not panels.steps:
        handles["beyond what was observed"] = Patch(color=FAINT, alpha=0.6, linewidth=0)
    figure.legend(
        [*handles.values()], [*handles], handler_map={tuple: HandlerTuple(None)}, loc="outside upper left",
        ncols=1 if layout.narrow else 2, borderpad=0,
    )  # fmt: skip
    return figure


def _draw_panel(axis: Axes, frame: pd.DataFrame, model: str, arms: Sequence[str], panels: _Panels) -> None:
    """One model over what is observed, in both groups."""
    observed = frame[frame["what"] == OBSERVED_CURVE]
    for name, (_, arm) in reversed(list(zip(arms, ARM_CODES, strict=True))):
        seen, fitted = (part[part["arm"] == name] for part in (observed, frame[frame["what"] == model]))
        style: dict[str, Any] = {"color": COLOUR[arm], "alpha": 0.35, "linewidth": 0, "step": "post"}
        axis.fill_between(seen["time"], seen["low"], seen["high"], **style)
        if panels.steps:
            axis.hlines(seen["value"][:-1], seen["time"][:-1], seen["time"][1:], color=COLOUR[arm], linewidth=1)
        axis.plot(fitted["time"], fitted["value"], color=COLOUR[arm], linestyle=DASH[arm], linewidth=1.5)
    last = observed["time"].max()
    if panels.steps:
        axis.axvline(last, **DASHED)
    else:
        axis.axvspan(last, panels.end, color=FAINT, alpha=0.6, linewidth=0, zorder=0, gid=GUIDE)
    for time in frame.loc[frame["what"] == MEDIAN_FOLLOW_UP, "time"]:
        axis.axvline(time, color=MUTED, linewidth=1, linestyle=":", zorder=0)
    axis.set_title(model, loc="right", pad=4)
    axis.set(xlim=(0, panels.end), xticks=panels.ticks, ylim=(0, panels.top))


def benefit_so_far(trials: Sequence[FittedTrial]) -> Chart:
    """How the benefit grows with the horizon by model: the area between the curves of both groups.

    Parameters
    ----------
    trials : from :func:`.extrapolate`
    """
    months = np.linspace(0, _END, 2 * _END + 1)
    parts = []
    for each in trials:
        times = {END_OF_CURVES: each.followed, MEDIAN_FOLLOW_UP: each.median_follow_up}
        for model, pair in each.fits.items():
            control, treated = (fit.survival(months) for fit in pair)
            gap = treated - control
            gained = np.cumsum((gap[:, 1:] + gap[:, :-1]) / 2 * np.diff(months), axis=1)
            whole = pd.DataFrame({"model": model, "time": months, "value": [0, *np.nanmedian(gained, axis=0)]})
            parts.append(whole[whole["time"].isin(_MONTHS)].assign(trial=each.trial.name))
        marks = pd.DataFrame({"model": list(times), "time": list(times.values())})
        parts.append(marks.assign(trial=each.trial.name))
    frame = pd.concat(parts, ignore_index=True)[list(GAINED_KEY)]
    return Chart(frame, GAINED_KEY, _draw_gained, {"value": 4})


def _draw_gained(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    names = frame["trial"].unique()
    tall = 240
    figure, axes = layout.canvas(tall * len(names) + 40, rows=len(names), sharex=True, sharey=True)
    top = 1.12 * frame["value"].max()
    for axis, name in zip(axes, names, strict=True):
        own = frame[frame["trial"] == name]
        curves = {model: own[own["model"] == model] for model in MODEL if (own["model"] == model).any()}
        for model, rows in curves.items():
            axis.plot(rows["time"], rows["value"], color=MODEL[model], linewidth=1.6)
        times = own[own["value"].isna()].set_index("model")["time"]
        axis.axvspan(times[END_OF_CURVES], _END, color=FAINT, alpha=0.6, linewidth=0, zorder=0, gid=GUIDE)
        axis.axvline(times[MEDIAN_FOLLOW_UP], color=MUTED, linewidth=1, linestyle=":", zorder=0)
        axis.set(xlim=(0, _END), ylim=(0, top), xticks=range(0, _END + 1, 24 if layout.narrow else 12))
        axis.text(0.02, 0.98, name, transform=axis.transAxes, va="top", weight="bold")
        ends = [rows["value"].iloc[-1] for rows in curves.values()]
        words = [wrapped(model, 90 if layout.narrow else 200) for model in curves]
        name_ends(axis, words, ends, [MODEL[model] for model in curves], tall - 30)
    axes[-1].set_xlabel("Months")
    figure.supylabel("Benefit so far, months")
    return figure


def benefit_by_model(trials: Sequence[FittedTrial]) -> Chart:
    """Mean benefit to each horizon by model: thick, what the reconstruction leaves open; thin, with chance.

    Parameters
    ----------
    trials : from :func:`.extrapolate`
    """
    parts = [each.table[each.table["quantity"] == "benefit"].assign(trial=each.trial.name) for each in trials]
    frame = pd.concat(parts, ignore_index=True)
    errors = [f"{name}_error" for name in BENEFIT_KEY if f"{name}_error" in frame]
    return Chart(frame[[*BENEFIT_KEY, *errors]], BENEFIT_KEY, _draw_benefit)


def _draw_benefit(frame: pd.DataFrame, layout: ChartLayout) -> Figure:
    trials, models = frame["trial"].unique(), list(frame["model"].unique())
    if layout.narrow:
        names, heads = models * len(trials), np.repeat(trials, len(models)).tolist()
    else:
        names, heads = models, [""] * len(models)
    panels = 1 if layout.narrow else len(trials)
    rows = named_rows(layout, names, heads, besides=80, panels=panels, lines=2.1, above=False, sharex=True)
    figure, axes, y = rows.figure, rows.axes, rows.y
    for place, trial in enumerate(trials):
        axis = axes[0 if layout.narrow else place]
        at = dict(zip(models, y[place * len(models) :] if layout.narrow else y, strict=False))
        own = frame[frame["trial"] == trial]
        looks = zip((-0.4, 0.4), (BLUE, VERMILION), "os", own.groupby("horizon"), strict=False)
        for shift, colour, mark, (horizon, part) in looks:
            places = part["model"].map(at) + shift
            axis.hlines(places, part["low_all"], part["high_all"], color=colour, linewidth=1.2)
            axis.hlines(places, part["low"], part["high"], color=colour, linewidth=5, alpha=0.5)
            axis.plot(part["value"], places, mark, color=colour, markersize=5, label=f"{horizon / 12:g} years")
        rows.no_effect(axis, 0)
        average = (at[models[-2]] + at[models[-1]]) / 2  # between the last model and their average
        axis.axhline(average, color=MUTED, linewidth=1, zorder=1, gid=GUIDE)
        axis.set_xlabel("Benefit, months")
        if not layout.narrow:
            axis.set_title(trial, weight="bold")
    handles, words = axes[0].get_legend_handles_labels()
    figure.legend(handles[:2], words[:2], loc="outside upper left", ncols=2, borderpad=0)
    return figure
