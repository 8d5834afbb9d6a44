"""Pictures of a hundred people: both groups side by side, each kind told by shape and shade, and read out in words."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from netterbook.book.display import Page, download_link
from netterbook.book.plain_words.hundred import HUNDRED, Hundred, Pair
from netterbook.book.plain_words.results import in_numbers
from netterbook.book.style import COLOUR, STYLE, canvas, styled

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

_INCHES = 2.4


@styled
def hundred_people(people: Sequence[int], marks: Sequence[str], colour: str) -> Figure:
    """Ten rows of ten people, those of the first kind first.

    Parameters
    ----------
    people : of each kind how many, together a hundred
    marks : the shape of each kind, of :data:`MARKS`
    colour : of all
    """
    figure, axis = _places(_ROW)
    kinds = np.repeat(np.arange(len(people)), people)
    rows, columns = np.divmod(np.arange(len(kinds)), _ROW)
    for kind, name in enumerate(marks):
        _draw(axis, columns[kinds == kind], rows[kinds == kind], MARKS[name], colour)
    return figure


def _places(row: int):
    """A figure without margins, with a square of so many places in a row."""
    figure, (axis,) = canvas(_INCHES * row / _ROW, _INCHES * row / _ROW)
    figure.set_layout_engine("none")
    axis.set_position((0, 0, 1, 1))
    axis.axis("off")
    axis.set(xlim=(-0.5, row - 0.5), ylim=(row - 0.5, -0.5))
    return figure, axis


def _draw(axis, x, y, mark: _Mark, colour: str) -> None:
    points = 72 * _INCHES / _ROW * mark.size
    face = colour if mark.filled else "none"
    axis.scatter(x, y, s=points**2, marker=mark.path, facecolor=face, edgecolor=colour, linewidth=0.9, clip_on=False)


@cache
def _key(name: str, colour: str) -> str:
    """One person, for the key, in markup."""
    return picture(_one_person(name, colour), "")


@styled
def _one_person(name: str, colour: str) -> Figure:
    figure, axis = _places(1)
    _draw(axis, [0], [0], MARKS[name], colour)
    return figure


def picture(figure: Figure, alt: str) -> str:
    """A figure as an image in markup, in vectors and on no ground.

    ``alt`` is what it says to those who do not see it: nothing, where it only repeats words beside it.
    """
    file = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))  # which differ from one machine to another
    with plt.rc_context(STYLE):
        figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    data = base64.b64encode(file.getvalue()).decode()
    role = "" if alt else ' role="presentation"'
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(alt)}"{role}>'


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
    download: str,
) -> None:
    """Display a hundred people of each group, side by side or, on a narrow screen, one above the other.

    Parameters
    ----------
    groups : names of the experimental and the control group
    kinds : what became of people, as it stands after a number: each kind in words
    marks : their shapes, see :func:`hundred_people`
    caption : what is counted and where the numbers come from, with slots
    download : file name (without ending) of the numbers
    """
    parts = []
    for role, name, of in zip(Pair._fields, groups, pair, strict=True):
        image = picture(hundred_people(of.people, marks, COLOUR[role]), said(name, of, kinds))
        lines = "".join(
            f"<li>{_key(mark, COLOUR[role])} <strong>{n}</strong> {escape(kind)}</li>"
            for n, mark, kind in zip(of.people, marks, kinds, strict=True)
        )
        parts.append(
            f'<div class="nb-hundred"><p><strong>{escape(name)}</strong><br>of {HUNDRED} people</p>{image}'
            f"<ul>{lines}</ul></div>"
        )
    link = download_link(in_numbers(pair, groups, kinds), download)
    words = f"{escape(page.prose(caption))} {link}"
    page.markup(f'<figure class="nb-people"><div>{"".join(parts)}</div><figcaption>{words}</figcaption></figure>')
    page.table(
        in_numbers(pair, groups, kinds),
        "The same in numbers",
        {"Group": "{group}", "What": "{what}", "Of a hundred": "{of_100}", "Range": "{low} to {high}"},
        folded=True,
    )
