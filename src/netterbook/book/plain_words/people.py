"""Pictures of a hundred people: both groups side by side, each kind told by shape and shade, and read out in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from netterbook.book.chart import Chart, ChartLayout
from netterbook.book.display import Page
from netterbook.book.plain_words.hundred import HUNDRED, Hundred, Pair
from netterbook.book.plain_words.results import in_numbers
from netterbook.book.style import ARM_CODES, COLOUR

_ROW = 10  # people


class _Mark(NamedTuple):
    path: Path
    filled: bool
    size: float
    """Of the place that a person has."""


def _bust() -> Path:
    head = Path.circle((0, 0.24), 0.25)
    shoulders = Path.wedge(0, 180).transformed(Affine2D().scale(0.46, 0.42).translate(0, -0.5))
    return Path.make_compound_path(head, shoulders)


def _boxed() -> Path:
    """A square with a person cut out: its outline runs the other way round."""
    square = Path([(-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5), (-0.5, -0.5)], closed=True)
    return Path.make_compound_path(square, _bust().transformed(Affine2D().scale(0.72)))


MARKS = {
    "boxed": _Mark(_boxed(), True, 0.86),
    "solid": _Mark(_bust(), True, 0.74),
    "outline": _Mark(_bust(), False, 0.74),
    "dot": _Mark(Path.circle((0, 0), 0.5), False, 0.3),
}
"""Shapes of people, the darkest first."""

PEOPLE_KEY = {
    "group": "what people were given",
    "what": "what became of them",
    "of_100": "people, of a hundred",
    "low": "fewest that chance leaves room for, of a hundred",
    "high": "most that chance leaves room for, of a hundred",
    "patients": "patients counted in the trial",
    "of": "patients of the group",
}
_PLACE = {False: 26, True: 28}
"""Pixels of a person, on a desktop and on a phone."""
_TEXT = 15
"""Pixels of text, which stands for that of the page."""
_LINE = 27


def hundred_people(pair: Pair, groups: tuple[str, str], kinds: Sequence[str], marks: Sequence[str]) -> Chart:
    """Ten rows of ten people for each group, those of the first kind first; below each how many are of which kind.

    Parameters
    ----------
    groups : names of the experimental and the control group
    kinds : what became of people, as it stands after a number: each kind in words
    marks : the shape of each kind, of :data:`MARKS`
    """
    frame = in_numbers(pair, groups, kinds)
    key = {name: PEOPLE_KEY[name] for name in frame}
    return Chart(frame, key, partial(_draw_people, marks=marks))


def _draw_people(frame: pd.DataFrame, layout: ChartLayout, *, marks: Sequence[str]) -> Figure:
    place, groups = _PLACE[layout.narrow], frame["group"].unique()
    above, below = 2 * _LINE, (len(marks) + 0.7) * _LINE
    tall = above + _ROW * place + below
    down, across = (1, 0) if layout.narrow else (0, 1)
    height = tall * (1 + down) + 20 * down
    figure = layout.sheet(height)
    for number, (group, (_, arm)) in enumerate(zip(groups, ARM_CODES, strict=True)):
        left, top = across * number * (layout.width / 2 + 10), down * number * (tall + 20)
        corner = (left / layout.width, 1 - (top + tall) / height)
        axis = figure.add_axes((*corner, _ROW * place / layout.width, tall / height))
        axis.axis("off")
        axis.set(xticks=[], yticks=[])
        axis.set(xlim=(-0.5, _ROW - 0.5), ylim=(_ROW - 0.5 + below / place, -0.5 - above / place))
        people = frame.loc[frame["group"] == group, ["of_100", "what"]]
        _draw_group(axis, group, people, marks, COLOUR[arm], place)
    return figure


def _draw_group(axis: Axes, group: str, people: pd.DataFrame, marks: Sequence[str], colour: str, place: float) -> None:
    line = _LINE / place
    axis.text(-0.5, -0.5 - 1.5 * line, group, weight="bold", fontsize=_TEXT, va="center")
    axis.text(-0.5, -0.5 - 0.6 * line, f"of {HUNDRED} people", fontsize=_TEXT, va="center")
    kinds = np.repeat(np.arange(len(marks)), people["of_100"])
    rows, columns = np.divmod(np.arange(len(kinds)), _ROW)
    for kind, (name, (count, what)) in enumerate(zip(marks, people.to_numpy(), strict=True)):
        own, y = kinds == kind, _ROW - 0.5 + line * (kind + 1)
        _draw_marks(axis, [*columns[own], 0], [*rows[own], y], MARKS[name], colour, place)
        axis.text(1.45, y, f"{count}", weight="bold", fontsize=_TEXT, ha="right", va="center_baseline")
        axis.text(1.7, y, what, fontsize=_TEXT, va="center_baseline")


def _draw_marks(axis: Axes, x: Sequence, y: Sequence, mark: _Mark, colour: str, place: float) -> None:
    face = colour if mark.filled else "none"
    size = (place * mark.size) ** 2
    axis.scatter(x, y, s=size, marker=mark.path, facecolor=face, edgecolor=colour, linewidth=1, clip_on=False)


def said(group: str, of: Hundred, kinds: Sequence[str]) -> str:
    """A group in words.

    >>> said("Octreotide", Hundred((11, 89), ((3, 23), (77, 97))), ("free of growth", "not"))
    'Octreotide: of 100 people, 11 free of growth; 89 not.'
    """
    parts = "; ".join(f"{n} {kind}" for n, kind in zip(of.people, kinds, strict=True))
    return f"{group}: of {HUNDRED} people, {parts}."


def show_people(
    page: Page,
    pair: Pair,
    groups: tuple[str, str],
    kinds: Sequence[str],
    marks: Sequence[str],
    caption: str,
    *,
    name: str,
    sources: Sequence[tuple[str, str]] = (),
) -> None:
    """Display a hundred people of each group, side by side or, on a narrow screen, one above the other.

    Parameters
    ----------
    groups, kinds, marks : as :func:`hundred_people` takes them
    caption : what is counted and where the numbers come from, with slots
    name : of the figure and its files
    sources : papers and tables of the numbers
    """
    told = " ".join(said(group, of, kinds) for group, of in zip(groups, pair, strict=True))
    chart = hundred_people(pair, groups, kinds, marks)
    page.figure(chart, name, caption=caption, alt="{told}", sources=sources, told=told)
    page.table(
        chart.frame,
        "The same in numbers",
        {"Group": "{group}", "What": "{what}", "Of a hundred": "{of_100}", "Range": "{low} to {high}"},
        folded=True,
    )
