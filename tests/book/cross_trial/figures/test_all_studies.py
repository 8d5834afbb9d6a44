"""What the figure of all studies draws."""

import numpy as np
import pytest
from drawn import spans, words
from matplotlib.colors import to_hex

from netterbook.book.cross_trial.figures.all_studies import all_studies
from netterbook.book.style import ARM_CODES, COLOUR, GROUND


def test_it_has_a_row_for_each_result(table, layout):
    chart = all_studies(table)
    left, right = chart.figure(layout).axes
    said = " ".join(words(left))
    for name in ("NETTER-2 · PFS", "PROMID · TTP", "CABINET, gastrointestinal subset", "NETTER-R · OS"):
        assert name in said
    for name in ("COMPOSE · PFS", "NETTER-3 · PFS", "NETTER-2 · OS"):
        assert name not in said
    assert len(chart.frame) == len(table) - 3
    drawn = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "s"]
    assert sorted(drawn) == sorted(table["hr_value"].dropna())


def test_numbers_are_drawn_with_their_side_and_interval(table, layout):
    left, right = all_studies(table).figure(layout).axes
    (name,) = [text for text in left.texts if text.get_text() == "NETTER-2 · PFS"]
    dots = {c.get_label(): c for c in left.collections if c.get_label() in ("treatment", "comparator")}
    for label, (_, arm), median, shift in zip(dots, ARM_CODES, (22.8, 8.5), (-0.22, 0.22), strict=True):
        assert to_hex(dots[label].get_facecolor()[0]) == to_hex(COLOUR[arm])
        (place,) = [y for x, y in dots[label].get_offsets() if x == median]
        (beside,) = [other for other in right.lines if other.get_marker() == "s" and other.get_xdata()[0] == 0.276]
        assert place == pytest.approx(beside.get_ydata()[0] + shift)
        assert abs(place - shift - name.get_position()[1]) < (1.2 if layout.narrow else 0.01)
    ends = spans(*left.collections)
    assert [7.7, 13.8] in ends and [19.4, 92.0] in ends
    hollow = {
        line.get_xdata()[0] for line in right.lines if line.get_marker() == "s" and line.get_markerfacecolor() == GROUND
    }
    assert hollow == set(table.loc[table["confidence"] == "secondary", "hr_value"].dropna())


def test_medians_not_reached_are_arrows_at_the_end(table, layout):
    left, _ = all_studies(table).figure(layout).axes
    arrows = [line for line in left.lines if line.get_marker() == ">"]
    sides = [table[["median_value", "median_low", "median_high"]].to_numpy(),
             table[[f"median_comparator_{end}" for end in ("value", "low", "high")]].to_numpy()]  # fmt: skip
    known = np.isfinite(table[["median_value", "median_comparator_value", "hr_value"]]).any(axis=1).to_numpy()
    assert len(arrows) == sum(int((np.isinf(side).any(axis=1) & known).sum()) for side in sides)
    assert {float(line.get_xdata()[0]) for line in arrows} == {left.get_xlim()[1]}
