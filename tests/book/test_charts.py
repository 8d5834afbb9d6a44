"""Every chart of every chapter, in both layouts: legible, nothing on top of another, and drawn from its own table."""

import re
from functools import cache
from pathlib import Path

import drawn
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from netterbook.book.chart import GUIDE, Chart
from netterbook.book.display import named_facts
from netterbook.book.style import AREAS, DARK, GROUND, PALETTE, TEXT_SIZE

ROOT = Path(__file__).parents[2]
CHAPTERS = [path for path in [ROOT / "index.ipynb", *sorted((ROOT / "chapters").glob("*.ipynb"))]]
DRAWN = {path.stem: path for path in CHAPTERS if drawn.names_of_figures(path)}


@pytest.fixture(scope="module", params=DRAWN)
def charts(request):
    with pytest.MonkeyPatch.context() as patch:
        return drawn.run(DRAWN[request.param], patch)


def each(charts, faults):
    """What is wrong with which chart."""
    return {one.name: wrong for one in charts if (wrong := faults(one))}


def test_each_chart_of_the_source_is_shown_once_and_no_two_have_one_name():
    names = [name for path in CHAPTERS for name in drawn.names_of_figures(path)]
    assert len(names) == len(set(names)) > 0
    assert [name for name in names if not re.fullmatch(r"[a-z0-9_]+", name)] == []


def test_each_chart_says_what_it_shows_and_where_it_is_from(charts):
    assert each(charts, lambda one: len(one.alt) <= 40 or "Data: " not in one.caption) == {}


def test_the_key_explains_every_column(charts):
    assert (
        each(charts, lambda one: list(one.chart.key) != list(one.chart.frame) or not all(one.chart.key.values())) == {}
    )
    assert each(charts, lambda one: one.chart.frame.empty) == {}


def test_text_is_large_enough(charts, layout):
    assert each(charts, lambda one: drawn.too_small(one.figure(layout), TEXT_SIZE)) == {}


def test_no_text_is_on_another_or_cut_off(charts, layout):
    assert each(charts, lambda one: drawn.overlapping(one.figure(layout))) == {}
    assert each(charts, lambda one: drawn.cut_off(one.figure(layout))) == {}


def test_no_guide_runs_through_text(charts, layout):
    assert each(charts, lambda one: drawn.crossed(one.figure(layout))) == {}


def test_a_figure_from_reference_facts_offers_them(charts):
    """Those that its caption names are found there."""
    told = lambda one: named_facts(one.caption) or one.fact_ids  # noqa: E731
    assert each(charts, lambda one: "reference fact" in one.caption and not told(one)) == {}


def test_what_is_drawn_stands_in_the_table(charts, layout):
    assert each(charts, lambda one: drawn.strangers(one.figure(layout), one.chart.frame)[:5]) == {}


def test_a_figure_is_as_wide_as_its_layout(charts, layout):
    widths = {float(one.figure(layout).get_size_inches()[0] * 72) for one in charts}
    assert widths == {float(layout.width)}


def test_text_is_in_colours_for_text(charts, layout):
    """Or in the ground's colour or ink on an area."""
    allowed = {colour.light for name, colour in PALETTE.items() if name not in AREAS}
    wrong = lambda one: {  # noqa: E731
        text.get_text() for text, _ in drawn.texts(one.figure(layout)) if to_hex(text.get_color()) not in allowed
    }
    assert each(charts, wrong) == {}


def luminance(colour):
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@cache
def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_lines_and_text_stand_out_from_both_pages():
    for name, colour in PALETTE.items():
        if name not in AREAS and name != "ground":
            for own, ground in zip(colour, PALETTE["ground"], strict=True):
                assert contrast(own, ground) >= 4.5, name
    assert len(DARK) == len(PALETTE)
    assert DARK[GROUND] == PALETTE["ground"].dark


def wrong_chart(draw):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 8.0]})
    return Chart(frame, {"x": "x", "y": "y"}, draw)


def plotted(frame, layout, change):
    figure, (axis,) = layout.canvas(200)
    axis.plot(frame["x"], frame["y"])
    axis.set(xlim=(0, 4), ylim=(0, 9))
    change(axis)
    return figure


@pytest.mark.parametrize(
    ("change", "look"),
    [
        (lambda axis: axis.plot([1.5], [4], "o"), lambda f, c: drawn.strangers(f, c.frame) == [1.5]),
        (lambda axis: axis.scatter([2], [5]), lambda f, c: drawn.strangers(f, c.frame) == [5]),
        (lambda axis: axis.bar([2], [5], 2), lambda f, c: drawn.strangers(f, c.frame) == [5]),
        (lambda axis: axis.fill_between([1, 2], [2, 2], [4, 5]), lambda f, c: drawn.strangers(f, c.frame) == [5]),
        (lambda axis: axis.hlines(4, 1.25, 3), lambda f, c: drawn.strangers(f, c.frame) == [1.25]),
        (lambda axis: axis.axvline(2.5), lambda f, c: drawn.strangers(f, c.frame) == [2.5]),
        (lambda axis: axis.axvline(2.5, gid=GUIDE), lambda f, c: drawn.strangers(f, c.frame) == []),
        (lambda axis: axis.text(2, 2, "small", fontsize=9), lambda f, c: drawn.too_small(f, TEXT_SIZE) == ["small"]),
        (
            lambda axis: [axis.text(2, 2, "crossed"), axis.axvline(2.2, gid=GUIDE)],
            lambda f, c: drawn.crossed(f) == ["crossed"],
        ),
        (
            lambda axis: [axis.text(2, 2, "one"), axis.text(2.1, 2, "other")],
            lambda f, c: drawn.overlapping(f) == [("one", "other")],
        ),
        (
            lambda axis: axis.text(3.9, 2, "leaves the canvas on the right", in_layout=False),
            lambda f, c: drawn.cut_off(f) == ["leaves the canvas on the right"],
        ),
    ],
)
def test_a_fault_is_seen(change, look, layout):
    chart = wrong_chart(lambda frame, layout: plotted(frame, layout, change))
    assert look(chart.figure(layout), chart)
    sound = wrong_chart(lambda frame, layout: plotted(frame, layout, lambda axis: None)).figure(layout)
    assert (
        drawn.strangers(sound, chart.frame)
        == drawn.overlapping(sound)
        == drawn.cut_off(sound)
        == drawn.crossed(sound)
        == []
    )
