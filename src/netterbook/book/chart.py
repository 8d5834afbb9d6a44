"""Charts: a tidy table, what its columns mean, and how it is drawn, wide or narrow, in the light and in the dark.

To add a figure:

1. Its function returns a :class:`Chart`. What it computes (bands, medians, intervals, positions of points) becomes
   columns of one tidy table, a row an observation, with ``key`` for the reader.
2. ``draw(frame, layout)`` draws from that table alone: ``figure, (axis,) = layout.canvas(height)``, heights in pixels.
   The table is rounded as downloads are before it is drawn, so that picture and download are one.
3. Colours are those of :data:`.style.PALETTE` (``BLUE``, ``INK``, ``MUTED``, ``FAINT``...): another one is an error.
   No font sizes: all text has :data:`.style.TEXT_SIZE`. No white boxes; ``GROUND`` is the page's own colour.
4. ``layout.narrow`` is a phone: fewer ticks, panels below each other (``layout.canvas(height, *layout.beside(2))``),
   labels of rows above them, direct labels. Lines that are no data are :data:`NO_EFFECT`, :data:`DASHED` or
   :data:`DOTTED`; what else is none, such as a shaded span, has ``gid=GUIDE``.
5. In the notebook::

       page.figure(
           curves.reconstructed_curves(...),
           "netter1_pfs_curves",  # file name of the downloads; the address is #figure-netter1-pfs-curves
           caption="What it shows. Dashed: {landmark:g} months. Data: ...", alt="What one sees in it: ...",
           sources=(("netter1", "figure1a"),), landmark=p.landmark,
       )

6. Tests ask ``chart.figure(WIDE).axes``; ``tests/book/test_charts.py`` runs the chapter and looks at each figure in
   both layouts: sizes, overlaps, edges, colours, and whether what is drawn stands in the table.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netterbook.book.style import CHART_STYLE, DARK, FONTS, GROUND, LINE, MUTED, UNIT
from netterbook.precision import significant

GUIDE = "guide"
"""The ``gid`` of lines that are no data: a landmark, no effect, the diagonal."""
NO_EFFECT: dict[str, Any] = {"color": MUTED, "linewidth": 1, "zorder": 0, "gid": GUIDE}
"""A line where there is no effect; as all guides, beneath the data."""
GUIDE_DASH = (0, (4, 3))
DASHED = NO_EFFECT | {"linestyle": GUIDE_DASH}
"""A line at a time, or at the estimate of all."""
DOTTED = NO_EFFECT | {"linewidth": 1.2, "linestyle": ":"}
"""A line at a limit, or at what was planned."""
SHARP = 2
"""Pixels of a PNG for one of the page."""
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


@dataclass(frozen=True)
class ChartLayout:
    """How wide a chart is drawn, in pixels of the page."""

    name: str
    width: int
    narrow: bool

    def canvas(self, height: float, rows: int = 1, columns: int = 1, **kwargs: Any) -> tuple[Figure, np.ndarray]:
        """A figure of this width, and its axes row by row.

        Parameters
        ----------
        height : pixels
        kwargs : for :func:`matplotlib.pyplot.subplots`

        >>> figure, axes = WIDE.canvas(300, columns=2)
        >>> (figure.get_size_inches() * figure.dpi).round().tolist(), len(axes)
        ([680.0, 300.0], 2)
        >>> plt.close(figure)
        """
        with plt.rc_context(CHART_STYLE):
            figure, axes = plt.subplots(
                rows, columns, figsize=(self.width / UNIT, height / UNIT), layout="constrained", squeeze=False, **kwargs
            )
        return figure, axes.ravel()

    def beside(self, panels: int) -> tuple[int, int]:
        """Rows and columns of panels beside each other, or below where that leaves no room for them.

        >>> WIDE.beside(3), NARROW.beside(3)
        ((1, 3), (3, 1))
        """
        return (panels, 1) if self.narrow else (1, panels)

    def over_lines(self, height: float, lines: int) -> tuple[Figure, Axes, Axes]:
        """A figure of this width, its axis of so many pixels, and one without ticks for lines of text beneath it."""
        below = LINE * lines
        figure, (axis, text) = self.canvas(height + below, rows=2, height_ratios=(height, below), sharex=True)
        text.axis("off")
        axis.tick_params(labelbottom=True)
        return figure, axis, text

    def sheet(self, height: float) -> Figure:
        """A figure of this width without axes, for what is placed by the pixel."""
        with plt.rc_context(CHART_STYLE):
            return plt.figure(figsize=(self.width / UNIT, height / UNIT))


WIDE = ChartLayout("wide", 680, narrow=False)
NARROW = ChartLayout("narrow", 320, narrow=True)


class Pictures(NamedTuple):
    """A drawn chart: SVG in the light, and a PNG on white."""

    wide: str
    narrow: str
    png: bytes


@dataclass(frozen=True)
class Chart:
    """A table, and how it is drawn.

    Attributes
    ----------
    frame : one row an observation; rounded by :func:`.significant`
    key : what each of its columns means, in their order
    draw : takes the table and a layout
    digits : significant digits of columns, where not as :mod:`netterbook.precision` has them

    Raises
    ------
    ValueError
        If the key has not just the columns of the table.
    """

    frame: pd.DataFrame
    key: Mapping[str, str]
    draw: Callable[[pd.DataFrame, ChartLayout], Figure]
    digits: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = {name: kind for name, kind in self.frame.dtypes.items() if kind == "Int64"}  # counts, some missing
        frame = significant(self.frame, self.digits).astype(whole)
        object.__setattr__(self, "frame", frame.reset_index(drop=True))
        if list(self.key) != list(self.frame.columns):
            raise ValueError(f"the key {list(self.key)} is not that of the columns {list(self.frame.columns)}")

    def figure(self, layout: ChartLayout) -> Figure:
        """Drawn and closed."""
        with plt.rc_context(CHART_STYLE):
            figure = self.draw(self.frame, layout)
        plt.close(figure)
        return figure

    def pictures(self, name: str) -> Pictures:
        """Drawn in both layouts; ``name`` salts the ids in the SVG, so that they are the same in every run."""
        wide = self.figure(WIDE)
        with plt.rc_context(CHART_STYLE):
            png = io.BytesIO()
            wide.savefig(png, format="png", dpi=SHARP * UNIT, facecolor=GROUND, metadata={"Software": None})
        return Pictures(to_svg(wide, name), to_svg(self.figure(NARROW), name), png.getvalue())


def to_svg(figure: Figure, name: str) -> str:
    """A figure as SVG with the page's own type, coordinates of two decimals and nothing of when it was made.

    Raises
    ------
    ValueError
        For a colour that is not in the palette, which would not follow the page's theme.
    """
    file = io.StringIO()
    with plt.rc_context(CHART_STYLE | {"svg.hashsalt": name}):
        figure.savefig(file, format="svg", metadata=_NO_METADATA)
    svg = file.getvalue()
    if strange := set(re.findall(r"#[0-9a-f]{6}\b", svg)) - set(DARK):
        raise ValueError(f"{name} is drawn in colours that the palette lacks: {', '.join(sorted(strange))}")
    svg = re.sub(r"<!--.*?-->|<\?xml.*?\?>|<!DOCTYPE.*?>", "", svg, flags=re.DOTALL)
    svg = re.sub(rf' id="{GUIDE}"', "", svg)  # several may have it
    svg = re.sub(r"font-family: [^;\"]*; | transform=\"rotate\(-0 [^)]*\)\"", "", svg)
    svg = re.sub(r"<[^>]+>", lambda tag: re.sub(r"-?\d+\.\d{3,}(e-\d+)?", _short, tag[0]), svg)
    width, height = figure.get_size_inches() * UNIT
    svg = re.sub(r' (width|height)="[^"]*pt"', "", svg, count=2)
    svg = svg.replace("<svg ", f'<svg width="{width:g}" height="{height:g}" font-family="{FONTS}" ', 1)
    return re.sub(r"\n\s*\n|\n +", "\n", svg).strip() + "\n"


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def in_dark(svg: str) -> str:
    """An SVG of :func:`to_svg` in the colours for a dark page.

    >>> in_dark('<path style="stroke: #0072b2"/>')
    '<path style="stroke: #56b4e9"/>'
    """
    return re.sub(r"#[0-9a-f]{6}\b", lambda colour: DARK[colour[0]], svg)


def size(svg: str) -> tuple[int, int]:
    """Width and height of an SVG of :func:`to_svg`, in whole pixels.

    >>> size('<svg width="680" height="299.6">')
    (680, 300)
    """
    found = re.search(r'<svg width="([\d.]+)" height="([\d.]+)"', svg)
    assert found is not None
    return round(float(found[1])), round(float(found[2]))
