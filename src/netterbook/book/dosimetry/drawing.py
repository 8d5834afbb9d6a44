"""What the figures of the dosimetry chapter share: lines told apart, their names, and the key above a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from netterbook.book.chart import DOTTED, ChartLayout
from netterbook.book.style import BLUE, GREEN, LINE, ORANGE, PURPLE, SECOND_DASH, VERMILION

COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE)
DASHES = ("-", SECOND_DASH, (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)))
LINE_MARKS = "os^Dv"
_BESIDE = 55
"""Pixels of a figure's height that its axis of one panel leaves, about."""


def key_above(figure: Figure, handles: Sequence, columns: int, title: str = "") -> None:
    """What marks and lines mean, above all panels, so that it is in view before them."""
    style: Any = {
        "borderaxespad": 0.3,
        "borderpad": 0.2,
        "columnspacing": 1.2,
        "handletextpad": 0.6,
        "alignment": "left",
    }
    figure.legend(handles=handles, loc="outside upper left", ncols=columns, title=title or None, **style)


def name_line_ends(axis: Axes, ends: Sequence[tuple[float, str, str]], x: float, height: float, top: float) -> None:
    """Names to the right of lines, each at its end or as far above as the one below it needs.

    Parameters
    ----------
    ends : of each line where it ends, its name and its colour
    height : of the figure, pixels
    top : of the axis, which begins at 0
    """
    gap = top * LINE / (height - _BESIDE)
    place = -np.inf
    for y, name, colour in sorted(ends, key=lambda end: end[0]):
        place = max(y, place + gap)
        axis.annotate(name, (x, place), color=colour, va="center", annotation_clip=False)


def name_panel(axis: Axes, words: str, weight: str = "bold") -> None:
    """Above it, where it begins."""
    axis.set_title(words, loc="left", weight=weight)


def level(axis: Axes, y: float) -> None:
    """A dotted line at a limit, or where nothing changes."""
    axis.axhline(y, **DOTTED)


def in_percent(scale) -> None:
    """Shares of 1 on an axis (``axis.xaxis`` or ``axis.yaxis``) as whole percentages, with a true minus sign."""
    scale.set_major_formatter(FuncFormatter(lambda share, _: f"{round(100 * share):d}%".replace("-", "−")))


def label_rows(axis: Axes, places: ArrayLike, labels: Sequence[str], layout: ChartLayout, above: float) -> None:
    """Names of rows: beside the axis or, on a phone, ``above`` each row."""
    axis.tick_params(axis="y", length=0)
    if layout.narrow:
        axis.set_yticks([])
        for y, words in zip(np.asarray(places), labels, strict=True):
            axis.text(0, y - above, words, transform=axis.get_yaxis_transform(), va="center")
    else:
        axis.set_yticks(places, labels)
