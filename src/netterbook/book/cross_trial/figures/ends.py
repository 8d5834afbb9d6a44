"""Names at the ends of lines, moved apart where lines end near each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from netterbook.book.style import LINE, UNIT

_LEADER = 14  # pixels from a line's end to its name


def apart(wanted: ArrayLike, sizes: ArrayLike, low: float, high: float) -> NDArray:
    """Middles of things of some sizes as near to those wanted as possible, in squares, without overlap, in this range.

    >>> apart([1.0, 1.2, 5.0], [1, 1, 1], 0, 10).tolist()
    [0.6, 1.6, 5.0]
    >>> apart([1.2, 1.0], [1, 1], 1, 3).tolist()
    [2.5, 1.5]
    """
    wanted, sizes = np.asarray(wanted, float), np.asarray(sizes, float)
    order = np.argsort(wanted, kind="stable")
    tall = sizes[order]
    packed = np.cumsum(tall) - tall / 2 - tall[0] / 2  # middles, if one touches the next
    free = isotonic_regression(wanted[order] - packed).x
    found = np.empty(len(wanted))
    found[order] = np.clip(free, low + tall[0] / 2, high - tall[-1] / 2 - packed[-1]) + packed
    return found


def name_ends(
    axis: Axes, names: Sequence[Sequence[str]], ends: Sequence[float], colours: Sequence[str], pixels: float
) -> None:
    """Names right of an axis, each joined to the height at which its line leaves it.

    Parameters
    ----------
    names : in lines
    ends : heights, on a linear scale
    pixels : height of the axis, at least
    """
    low, high = axis.get_ylim()
    line = LINE * (high - low) / pixels
    places = apart(ends, [line * len(each) for each in names], low - line / 2, high + line / 2)
    across = axis.get_yaxis_transform()
    beside = across + ScaledTranslation(_LEADER / UNIT, 0, axis.figure.dpi_scale_trans)
    for words, end, place, colour in zip(names, ends, places, colours, strict=True):
        axis.annotate(
            "\n".join(words),
            (1, end),
            (1, place),
            xycoords=across,
            textcoords=beside,
            va="center",
            color=colour,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 1,
                        "relpos": (0, 0.5)},
        )  # fmt: skip
