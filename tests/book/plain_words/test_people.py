"""Pictures of a hundred people."""

import base64
import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from netterbook.book.chart import WIDE
from netterbook.book.display import Page
from netterbook.book.plain_words.hundred import Hundred, Pair, counted
from netterbook.book.plain_words.people import MARKS, hundred_people, show_people
from netterbook.book.style import COLOUR

PAIR = Pair(counted((46, 59, 6), 0.95), counted((36, 56, 18), 0.95))
KINDS = ("had a severe problem", "had a milder one", "had none")
SHAPES = ("boxed", "solid", "outline")
GROUPS = ("Novatide & more", "Usual care")


def both(people, shapes):
    """A chart of two groups with so many of each kind."""
    group = Hundred(people, ((0, 100),) * len(people))
    return hundred_people(Pair(group, group), GROUPS, KINDS[: len(people)], shapes)


def drawn(axis):
    """By kind, the places of its people, without the one in the key below."""
    return [np.asarray(each.get_offsets())[:-1] for each in axis.collections]


def test_everyone_is_drawn_once_in_ten_rows_of_ten(layout):
    for axis, of in zip(hundred_people(PAIR, GROUPS, KINDS, SHAPES).figure(layout).axes, PAIR, strict=True):
        places = drawn(axis)
        assert [len(each) for each in places] == list(of.people)
        assert sorted(map(tuple, np.concatenate(places))) == [(x, y) for x in range(10) for y in range(10)]


def test_people_of_one_kind_stand_together_from_the_first_row_on(layout):
    for axis in both((12, 88), ("solid", "outline")).figure(layout).axes:
        first, second = drawn(axis)
        assert first[:, 1].tolist() == [0] * 10 + [1] * 2
        assert second[0].tolist() == [2, 1]


def test_a_kind_of_nobody_is_drawn_in_the_key_alone():
    for axis in both((0, 100), ("boxed", "outline")).figure(WIDE).axes:
        assert [len(each) for each in drawn(axis)] == [0, 100]
        assert all(each.get_offsets()[-1, 1] > 9.5 for each in axis.collections)


def test_each_group_has_its_name_its_colour_and_its_numbers(layout):
    axes = hundred_people(PAIR, GROUPS, KINDS, SHAPES).figure(layout).axes
    for axis, name, of, colour in zip(axes, GROUPS, PAIR, COLOUR.values(), strict=True):
        numbers = [word for pair in zip(map(str, of.people), KINDS, strict=True) for word in pair]
        assert [text.get_text() for text in axis.texts] == [name, "of 100 people", *numbers]
        assert {to_hex(each.get_edgecolors()[0]) for each in axis.collections} == {colour}


def test_people_are_far_enough_apart_to_be_counted(layout):
    """Twenty pixels from one to the next, on the narrowest phone too."""
    shrunk = 290 / 320 if layout.narrow else 1
    for axis in both((12, 88), ("boxed", "outline")).figure(layout).axes:
        (x, y), (right, below) = axis.transData.transform([(0, 0), (1, 1)])
        assert shrunk * (right - x) == pytest.approx(shrunk * (y - below))
        assert shrunk * (right - x) > 20


def test_kinds_differ_without_colour():
    """Shapes differ in their outline or in being filled, and cover ever less of their place."""
    told = {(mark.filled, mark.size, mark.path.vertices.tobytes()) for mark in MARKS.values()}
    assert len(told) == len(MARKS)
    ink = []
    for name in MARKS:
        figure = both((100,), (name,)).figure(WIDE)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        (left, top), (right, bottom) = (
            figure.axes[0].transData.transform([(-0.5, -0.5), (9.5, 9.5)]).round().astype(int)
        )
        height = int(figure.get_size_inches()[1] * figure.dpi)
        people = np.asarray(canvas.buffer_rgba())[height - top : height - bottom, left:right, 3]
        ink.append((people > 128).mean())
    assert ink == sorted(ink, reverse=True)
    assert all(more > 1.3 * less for more, less in pairwise(ink))


def test_a_picture_is_made_of_vectors_and_is_the_same_each_time():
    first, again = (both((65, 35), ("solid", "outline")).pictures("x").wide for _ in range(2))
    assert first == again
    assert first.count("<use ") == 2 * (100 + 2)
    assert "<image" not in first


@pytest.fixture
def page_shown(ledger, shown):
    caption = "Of {netter1.results.randomized} people. Data: Table 4."
    show_people(Page(ledger), PAIR, GROUPS, KINDS, SHAPES, caption, name="people")
    return shown


def test_the_numbers_of_a_picture_are_read_out_to_those_who_do_not_see_it(page_shown):
    told = {alt for alt in re.findall(r'alt="([^"]*)"', page_shown[0])}
    assert told == {
        "Novatide &amp; more: of 100 people, 41 had a severe problem; 54 had a milder one; 5 had none. "
        "Usual care: of 100 people, 33 had a severe problem; 51 had a milder one; 16 had none."
    }


def test_a_picture_has_a_caption_and_its_numbers_to_take_away(page_shown):
    figure, table = page_shown
    assert "<figcaption>Of 229 people. Data: Table 4.</figcaption>" in figure
    data = base64.b64decode(re.search(r'download="people.csv" href="data:text/csv;base64,([^"]+)', figure)[1]).decode()
    lines = data.splitlines()
    assert lines[0] == "group,what,of_100,low,high,patients,of"
    assert lines[1] == "Novatide & more,had a severe problem,41,32,52,46,111"
    assert len(lines) == 7
    assert "<details>" in table and "<td>32 to 52</td>" in table
