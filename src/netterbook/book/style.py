"""One style for all figures: Okabe–Ito colours, white ground, no titles (captions say it)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import wraps

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import color_sequences
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

BLACK, ORANGE, SKY, GREEN, _, BLUE, VERMILION, PURPLE = color_sequences["okabe_ito"]
COLOUR = {"experimental": BLUE, "control": VERMILION}
DASH = {"experimental": "-", "control": (0, (5, 2))}
ARM_CODES = ((1, "experimental"), (0, "control"))
"""Arms of reconstructed patients, in the order of drawing, by the names of colours, dashes and marks."""
MARK = {"experimental": "o", "control": "s"}

STYLE = {
    "figure.facecolor": "white",
    "figure.dpi": 160,
    "savefig.facecolor": "white",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "axes.labelcolor": "#222222",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.hashsalt": "netterbook",
}


def styled(draw):
    """Draw in the book's style, and close the figure: a notebook shows what a cell returns, once."""

    @wraps(draw)
    def styled(*args, **kwargs) -> Figure:
        with plt.rc_context(STYLE):
            figure = draw(*args, **kwargs)
        plt.close(figure)
        return figure

    return styled


def canvas(width: float, height: float, columns: int = 1, **kwargs) -> tuple[Figure, np.ndarray]:
    figure, axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained", squeeze=False, **kwargs)
    return figure, axes[0]


def label(axis, x, y, text, colour, **kwargs) -> None:
    axis.annotate(text, (x, y), color=colour, **({"fontsize": 9, "va": "center"} | kwargs))


def risk_row(axis, name: str, colour: str, y: float, counts: Iterable[tuple[float, int]]) -> None:
    """A line of numbers at risk under the axis, with the arm's name before it."""
    axis.text(-0.015, y, name, transform=axis.transAxes, ha="right", va="center", color=colour, fontsize=8.5)
    style = {"transform": axis.get_xaxis_transform(), "ha": "center", "va": "center", "fontsize": 8, "clip_on": False}
    for time, count in counts:
        axis.text(time, y, f"{count:g}", **style)


def plain_ticks(scale, ticks: Sequence[float]) -> None:
    """Ticks of a log axis (``axis.xaxis`` or ``axis.yaxis``) as plain numbers, and none between them."""
    scale.set_major_locator(FixedLocator(list(ticks)))
    scale.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    scale.set_minor_formatter(NullFormatter())
