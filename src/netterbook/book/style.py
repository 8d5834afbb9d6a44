"""One style for all figures: a palette for light and dark pages, one size of text, no titles (captions say it)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from typing import NamedTuple

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator


class Colour(NamedTuple):
    """On a light and on a dark page."""

    light: str
    dark: str


PALETTE = {
    "ink": Colour("#222222", "#e6e6e6"),
    "muted": Colour("#666666", "#a6a6a6"),
    "faint": Colour("#dddddd", "#3a3d42"),
    "ground": Colour("#ffffff", "#131416"),
    "blue": Colour("#0072b2", "#56b4e9"),
    "vermilion": Colour("#c55300", "#f39255"),
    "green": Colour("#00795a", "#3dd0a0"),
    "orange": Colour("#966600", "#ffb84d"),
    "purple": Colour("#a8487d", "#e39bc4"),
    "forest": Colour("#00573f", "#9ff0d6"),
    "sky": Colour("#57b4e9", "#2a6a93"),
    "pale": Colour("#b8d8ea", "#234a60"),
    "silver": Colour("#bbbbbb", "#55585e"),
}
"""Hues of Okabe and Ito, as dark or light as text needs: a contrast of 4.5 with the page."""
AREAS = ("faint", "sky", "pale", "silver")
"""Too near to the page for lines and text; for areas and grids."""
DARK = {colour.light: colour.dark for colour in PALETTE.values()}
INK, MUTED, FAINT, GROUND, BLUE, VERMILION, GREEN, ORANGE, PURPLE, FOREST, SKY, PALE, SILVER = (
    colour.light for colour in PALETTE.values()
)
COLOUR = {"experimental": BLUE, "control": VERMILION}
SECOND_DASH = (0, (5, 2))
"""Of the second of two lines."""
DASH = {"experimental": "-", "control": SECOND_DASH}
ARM_CODES = ((1, "experimental"), (0, "control"))
"""Arms of reconstructed patients, in the order of drawing, by the names of colours, dashes and marks."""
MARK = {"experimental": "o", "control": "s"}

TEXT_SIZE = 12
"""Pixels of all text, at the natural size of a chart; on the narrowest phones this is 10."""
LINE = 17
"""Pixels from one line of text to the next."""
UNIT = 72
"""Points in an inch: a chart is drawn so that a point is a pixel of the page."""
FONTS = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif"
"""Those of the pages. Text is measured in DejaVu Sans, which is wider."""

CHART_STYLE = {
    "figure.dpi": UNIT,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": TEXT_SIZE,
    **{f"{part}.labelsize": TEXT_SIZE for part in ("figure", "axes", "xtick", "ytick")},
    **{f"{part}.titlesize": TEXT_SIZE for part in ("figure", "axes")},
    "legend.fontsize": TEXT_SIZE,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **{f"{axis}tick.{part}": colour for axis in "xy" for part, colour in (("color", MUTED), ("labelcolor", INK))},
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
}


def beside_axis(axis, name: str, colour: str, line: int, lines: int) -> None:
    """Words left of an axis that holds so many lines of text."""
    y = 1 - (line + 0.5) / lines
    axis.text(-0.03, y, name, transform=axis.transAxes, ha="right", va="center", color=colour)


def numbers_in_line(axis, counts: Iterable[tuple[float, float]], line: int, lines: int) -> None:
    """Whole numbers in a line of text, each at its place along the axis."""
    style = {"transform": axis.get_xaxis_transform(), "ha": "center", "va": "center", "clip_on": False}
    for x, count in counts:
        axis.text(x, 1 - (line + 0.5) / lines, f"{count:g}", **style)


def row_height(layout, names: Sequence[str], wide: float) -> float:
    """Pixels of a row: so many in a wide chart; in a narrow one its name stands above it."""
    return 19 + LINE * max(len(wrapped(name, layout.width - 12)) for name in names) if layout.narrow else wide


def name_rows(
    axis,
    layout,
    places: Iterable[float],
    names: Sequence[str],
    row: float,
    *,
    bold: Sequence[str] = (),
    above: float = 9,
) -> None:
    """Names of rows beside an axis or, in a narrow chart, above each row, from the left.

    Parameters
    ----------
    places : of the rows, a unit apart
    row : its :func:`row_height`, in pixels
    bold : names in bold
    above : pixels from a row to its name
    """
    weights = ["bold" if name in bold else "normal" for name in names]
    if layout.narrow:
        axis.set_yticks([])
        style = {"transform": axis.get_yaxis_transform(), "va": "bottom", "in_layout": False}
        for place, name, weight in zip(places, names, weights, strict=True):
            said = "\n".join(wrapped(name, layout.width - 12))
            axis.text(0.02, place + above / row, said, weight=weight, **style)
        return
    axis.set_yticks(list(places), list(names))
    for tick, weight in zip(axis.get_yticklabels(), weights, strict=True):
        tick.set_weight(weight)


def line_in_pieces(axis, x: float, pieces: Iterable[tuple[float, float]], **style) -> None:
    """An upright line from height to height, which leaves out what lies between."""
    heights = [height for piece in pieces for height in (*piece, nan)]
    axis.plot([x] * len(heights), heights, **style)


def guide_rows(axis, layout, value: float, places: Iterable[float], row: float, *, above: float = 9, **style) -> None:
    """A line across rows at a value; in a narrow chart in pieces, which leave out the names of :func:`name_rows`."""
    if layout.narrow:
        pieces = [(place - 9 / row, place + (above - 2) / row) for place in places]
        line_in_pieces(axis, value, pieces, **style)
    else:
        axis.axvline(value, **style)


def text_width(words: str, weight: str = "normal") -> float:
    """Pixels that words take in a chart.

    >>> text_width("wide") < text_width("wide", "bold") < text_width("wide, wide")
    True
    """
    font = FontProperties(family="DejaVu Sans", size=TEXT_SIZE, weight=weight)
    return TextToPath().get_text_width_height_descent(words, font, ismath=False)[0]


def wrapped(words: str, width: float, weight: str = "normal") -> list[str]:
    """Words in lines of at most so many pixels, if no word is longer.

    >>> wrapped("Small-intestinal primary", 110)
    ['Small-intestinal', 'primary']
    """
    lines: list[str] = []
    for word in words.split():
        if lines and text_width(f"{lines[-1]} {word}", weight) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def plain_ticks(scale, ticks: Sequence[float]) -> None:
    """Ticks of a log axis (``axis.xaxis`` or ``axis.yaxis``) as plain numbers, and none between them."""
    scale.set_major_locator(FixedLocator(list(ticks)))
    scale.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    scale.set_minor_locator(NullLocator())
