"""Rows with names: beside the axes, or above the row where that leaves no room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from netterbook.book.chart import GUIDE, NO_EFFECT, ChartLayout
from netterbook.book.style import FAINT, INK, LINE, UNIT, wrapped

_GAP = 8  # pixels from a name to its axis
_BESIDE = 240  # pixels that names may take
_BESIDE_NARROW = 128
_HEADS = {False: "Progression or death", True: "Overall survival"}
_AFTER = 0.4  # lines between a row and the name of the next, where names are above


class Rows(NamedTuple):
    """Axes that share rows, and where each row is: lines from the top."""

    figure: Figure
    axes: np.ndarray
    y: np.ndarray
    above: bool
    """Whether names are above the rows."""

    def no_effect(self, axis: Axes, value: float) -> None:
        """A line where there is no effect; where names are above, not through them."""
        if self.above:
            axis.vlines(np.full(len(self.y), value), self.y - 0.6, self.y + 0.6, **NO_EFFECT)
        else:
            axis.axvline(value, **NO_EFFECT)


def study_rows(layout: ChartLayout, studies: pd.DataFrame, *, legend: int, besides: float, **kwargs: Any) -> Rows:
    """Rows of studies, each named with its end point, those of overall survival under a head of their own.

    Parameters
    ----------
    studies : columns ``study`` and ``endpoint``, in the order of :func:`survival_last`
    legend : lines of text above the rows
    besides : pixels for what is below them, and between
    """
    names = [f"{study} · {end}" for study, end in zip(studies["study"], studies["endpoint"], strict=True)]
    heads = [_HEADS[end == "OS"] for end in studies["endpoint"]]
    lines = 1.0 if layout.narrow else 1.2
    return named_rows(layout, names, heads, besides=LINE * legend + besides, lines=lines, **kwargs)


def survival_last(studies: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Studies ordered by columns, those of overall survival after all others."""
    late = studies.assign(late=studies["endpoint"] == "OS")
    return late.sort_values(["late", *by], kind="stable").drop(columns="late")


class _Name(NamedTuple):
    top: float
    lines: list[str]
    weight: str
    colour: str


def named_rows(
    layout: ChartLayout,
    names: Sequence[str],
    heads: Sequence[str],
    *,
    besides: float,
    panels: int = 1,
    lines: float = 1.2,
    above: bool = True,
    colours: Sequence[str] = (),
    **kwargs: Any,
) -> Rows:
    """A figure of panels side by side whose rows have names.

    Parameters
    ----------
    names : one a row
    heads : of each row; written where it differs from that of the row before
    besides : pixels for what is above and below the rows: legend, ticks, name of the axis
    lines : of text that the marks of a row take
    above : whether names stand above their rows in the narrow layout
    colours : of heads and names, one a row
    """
    above = above and layout.narrow
    width = layout.width if above else _BESIDE_NARROW if layout.narrow else _BESIDE
    line, before, middles, told = 0.0, "", [], []
    for name, head, colour in zip(names, heads, colours or [INK] * len(names), strict=True):
        if head != before:
            told.append(_Name(line, wrapped(head, width, "bold"), "bold", colour))
            line += len(told[-1].lines) + 0.1
        before = head
        told.append(_Name(line, wrapped(name, width), "normal", colour))
        tall = len(told[-1].lines)
        if above:
            middles.append(line + tall + lines / 2)
            line += tall + lines + _AFTER
        else:
            middles.append(line + max(tall, lines) / 2)
            told[-1] = told[-1]._replace(top=middles[-1] - tall / 2)
            line += max(tall, lines)
    figure, axes = layout.canvas(LINE * line + besides, columns=panels, sharey=True, **kwargs)
    for axis in axes:
        axis.set(ylim=(line, 0), yticks=[])
        axis.spines["left"].set_visible(False)
        for y in middles:
            axis.axhline(y, color=FAINT, linewidth=0.8, zorder=0, gid=GUIDE)
    for each in told:
        _write(axes[0], each, above)
    return Rows(figure, axes, np.array(middles), above)


def _write(axis: Axes, name: _Name, above: bool) -> None:
    across = axis.get_yaxis_transform()
    if not above:
        across = across + ScaledTranslation(-_GAP / UNIT, 0, axis.figure.dpi_scale_trans)
    for number, words in enumerate(name.lines):
        text = axis.text(
            *(0, name.top + number + 0.5, words),
            transform=across,
            ha="left" if above else "right",
            va="center",
            weight=name.weight,
            color=name.colour,
        )
        text.set_in_layout(not above)
