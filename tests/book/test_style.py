"""Helpers of all charts."""

from itertools import pairwise

from netterbook.book.chart import WIDE
from netterbook.book.style import name_rows, row_height, text_width, wrapped

NAMES = ["Age", "Primary tumour site: small intestine, not otherwise specified and more"]


def test_lines_are_as_wide_as_asked_and_hold_every_word():
    lines = wrapped(NAMES[1], 150)
    assert " ".join(lines) == NAMES[1]
    assert max(map(text_width, lines)) <= 150
    assert all(text_width(f"{line} {after.split()[0]}") > 150 for line, after in pairwise(lines))
    assert wrapped("unbreakable", 5) == ["unbreakable"]


def test_names_of_rows_stand_beside_them_or_above(layout):
    row = row_height(layout, NAMES, 20)
    assert (row == 20) == (layout is WIDE)
    figure, (axis,) = layout.canvas(row * 2 + 20)
    axis.set_ylim(-0.5, 1.5)
    name_rows(axis, layout, [1, 0], NAMES, row, bold=["Age"])
    figure.draw_without_rendering()
    texts = axis.get_yticklabels() if layout is WIDE else axis.texts
    assert [" ".join(text.get_text().split()) for text in texts] == NAMES
    assert [text.get_weight() for text in texts] == ["bold", "normal"]
    for text, place in zip(texts, (1, 0), strict=True):
        box, y = text.get_window_extent(), axis.transData.transform((0, place))[1]
        assert box.y0 < y < box.y1 if layout is WIDE else y < box.y0 < y + 12
