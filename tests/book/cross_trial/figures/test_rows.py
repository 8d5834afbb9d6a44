"""Rows with names, and names at the ends of lines."""

import matplotlib.pyplot as plt
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netterbook.book.chart import GUIDE
from netterbook.book.cross_trial.figures.ends import apart
from netterbook.book.cross_trial.figures.rows import named_rows

NAMES, HEADS = ["one", "two", "three"], ["first", "first", "second"]


def test_names_stand_above_their_rows_on_a_phone_and_beside_them_elsewhere(layout):
    rows = named_rows(layout, NAMES, HEADS, besides=50)
    said = {text.get_text(): text for text in rows.axes[0].texts}
    assert list(said) == ["first", "one", "two", "second", "three"]
    assert said["first"].get_weight() == "bold"
    for name, y in zip(NAMES, rows.y, strict=True):
        height = said[name].get_position()[1]
        assert y - 1.5 < height < y - 0.5 if layout.narrow else height == y
    plt.close(rows.figure)


def test_the_line_of_no_effect_leaves_names_above_free(layout):
    rows = named_rows(layout, NAMES, HEADS, besides=50)
    (axis,) = rows.axes
    before = len(axis.lines)
    rows.no_effect(axis, 1)
    if layout.narrow:
        (parts,) = axis.collections
        spans = [path.vertices[:, 1] for path in parts.get_paths()]
        heights = [text.get_position()[1] for text in axis.texts]
        assert [low < y < high for (low, high), y in zip(spans, rows.y, strict=True)] == [True] * 3
        assert not any(low < height < high for low, high in spans for height in heights)
        assert parts.get_gid() == GUIDE
    else:
        assert axis.lines[before].get_xdata() == [1, 1] and axis.lines[before].get_gid() == GUIDE
    plt.close(rows.figure)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 8)), min_size=1, max_size=8))
def test_names_at_ends_do_not_overlap_and_keep_their_order(things):
    wanted, sizes = map(np.array, zip(*things, strict=True))
    found = apart(wanted, sizes, 0, 100)
    order = np.argsort(wanted, kind="stable")
    gaps = np.diff(found[order]) - (sizes[order][:-1] + sizes[order][1:]) / 2
    assert (gaps >= -1e-9).all()
    assert (found - sizes / 2 >= -1e-9).all() and (found + sizes / 2 <= 100 + 1e-9).all()


def test_a_name_stays_where_there_is_room():
    assert apart([10.0, 50.0], [4, 4], 0, 100).tolist() == [10.0, 50.0]
