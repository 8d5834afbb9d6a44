"""Pictures of a hundred people."""

import base64
import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from netterbook.book.display import Page
from netterbook.book.plain_words.hundred import Pair, counted
from netterbook.book.plain_words.people import MARKS, hundred_people, picture, show_people
from netterbook.book.style import BLUE

PAIR = Pair(counted((46, 59, 6), 0.95), counted((36, 56, 18), 0.95))
KINDS = ("had a severe problem", "had a milder one", "had none")
SHAPES = ("boxed", "solid", "outline")


def drawn(figure):
    """By kind, the places of its people."""
    return [np.asarray(each.get_offsets()) for each in figure.axes[0].collections]


def test_everyone_is_drawn_once_in_ten_rows_of_ten():
    places = drawn(hundred_people((41, 54, 5), SHAPES, BLUE))
    assert [len(each) for each in places] == [41, 54, 5]
    assert sorted(map(tuple, np.concatenate(places))) == [(x, y) for x in range(10) for y in range(10)]


def test_people_of_one_kind_stand_together_from_the_first_row_on():
    first, second = drawn(hundred_people((12, 88), ("solid", "outline"), BLUE))
    assert first[:, 1].tolist() == [0] * 10 + [1] * 2
    assert second[0].tolist() == [2, 1]


def test_a_kind_of_nobody_is_drawn_nowhere():
    assert [len(each) for each in drawn(hundred_people((0, 100), ("boxed", "outline"), BLUE))] == [0, 100]


def test_kinds_differ_without_colour():
    """Shapes differ in their outline or in being filled, and cover ever less of their place."""
    told = {(mark.filled, mark.size, mark.path.vertices.tobytes()) for mark in MARKS.values()}
    assert len(told) == len(MARKS)
    ink = []
    for name in MARKS:
        canvas = FigureCanvasAgg(hundred_people((100,), (name,), "black"))
        canvas.draw()
        ink.append((np.asarray(canvas.buffer_rgba())[..., 0] < 128).mean())
    assert ink == sorted(ink, reverse=True)
    assert all(more > 1.3 * less for more, less in pairwise(ink))


def source(image):
    return base64.b64decode(re.search(r"base64,([^\"]+)", image)[1]).decode()


def test_a_picture_is_made_of_vectors_and_is_the_same_each_time():
    first, again = (source(picture(hundred_people((65, 35), ("solid", "outline"), BLUE), "x")) for _ in range(2))
    assert first == again
    assert first.count("<use ") == 100
    assert "<image" not in first and "<text" not in first
    assert "Matplotlib" not in first and "<dc:date>" not in first


@pytest.fixture
def page_shown(ledger, shown):
    groups = ("Novatide & more", "Usual care")
    caption = "Of {netter1.results.randomized} people. Data: Table 4."
    show_people(Page(ledger), PAIR, groups, KINDS, SHAPES, caption, download="people")
    return shown


def test_the_numbers_of_a_picture_are_read_out_to_those_who_do_not_see_it(page_shown):
    alts = [alt for alt in re.findall(r'alt="([^"]*)"', page_shown[0]) if alt]
    assert alts == [
        "Novatide &amp; more: of 100 people, 41 had a severe problem; 54 had a milder one; 5 had none.",
        "Usual care: of 100 people, 33 had a severe problem; 51 had a milder one; 16 had none.",
    ]
    keys = re.findall(r"<li><img [^>]*> <strong>(\d+)</strong> ([^<]+)</li>", page_shown[0])
    assert [(int(n), kind) for n, kind in keys] == list(
        zip(PAIR.experimental.people + PAIR.control.people, KINDS * 2, strict=True)
    )
    assert page_shown[0].count('alt="" role="presentation"') == len(keys)


def test_a_picture_has_a_caption_and_its_numbers_to_take_away(page_shown):
    figure, table = page_shown
    assert "<figcaption>Of 229 people. Data: Table 4. <a" in figure
    data = base64.b64decode(re.search(r'download="people.csv" href="data:text/csv;base64,([^"]+)', figure)[1]).decode()
    lines = data.splitlines()
    assert lines[0] == "group,what,of_100,low,high,patients,of"
    assert lines[1] == "Novatide & more,had a severe problem,41,32,52,46,111"
    assert len(lines) == 7
    assert "<details>" in table and "<td>32 to 52</td>" in table
