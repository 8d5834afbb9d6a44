"""What a forest plot draws."""

import re

import numpy as np
import pytest

from netterbook.book.forest import forest
from netterbook.book.netter import subgroups

BETTER = ("favours treatment", "favours control")


@pytest.fixture(scope="module")
def rows(ledger, known):
    return {name: subgroups.subgroup_ratios(ledger, trial) for name, trial in known.items()}


def words(axis):
    return [text.get_text() for text in axis.texts]


def test_a_forest_plot_shows_each_row_once_with_its_printed_numbers(rows, ledger, known):
    trial, rows = known["netter2"], rows["netter2"]
    figure = forest(rows, subgroups.overall(ledger, trial), better=BETTER, groups=trial.headings)
    (axis,) = figure.axes
    drawn = sorted(float(point.get_offsets()[0][0]) for point in axis.collections)
    assert drawn == sorted([*rows["hr"], 0.276])
    assert "0.26 (0.16–0.45)" in words(axis)
    assert words(axis).count("30/86") == 1
    assert axis.get_xscale() == "log"


def test_the_area_of_a_square_is_its_information(rows):
    rows = rows["netter1"]
    (axis,) = forest(rows, None, better=BETTER).axes
    drawn = [float(point.get_sizes()[0]) for point in axis.collections][::-1]
    widths = np.log(rows["high"] / rows["low"]).to_numpy()
    assert list(np.argsort(drawn)) == list(np.argsort(-widths))
    assert rows.iloc[np.argmax(drawn)]["row"] == "extrahepatic_yes"
    assert min(drawn) > 0


def test_a_whisker_beyond_the_axis_ends_in_an_arrow(rows):
    (axis,) = forest(rows["netter1"], None, better=BETTER).axes
    arrows = [line for line in axis.lines if line.get_marker() in "<>" and line.get_marker()]
    assert [line.get_marker() for line in arrows] == ["<"]  # 0.01 lies left of 0.03125


def test_the_parts_of_a_forest_plot_are_where_they_belong(rows):
    rows = rows["netter2"]
    figure = forest(
        rows,
        (0.276, 0.182, 0.418),
        better=("left side", "right side"),
        groups=("Novatide", "Usual care"),
        overall_label="Everyone",
    )
    (axis,) = figure.axes
    cells = {text.get_position(): text.get_text() for text in axis.texts}
    places = {text: place for place, text in cells.items()}
    heights = sorted((y for (_, y), text in cells.items() if re.match(r"\d\.\d\d \(", text)), reverse=True)
    for row, y in zip(rows.itertuples(), heights, strict=False):
        line = {text for (_, height), text in cells.items() if height == y}
        counts = {
            "Novatide": f"{row.experimental_events}/{row.experimental_n}",
            "Usual care": f"{row.control_events}/{row.control_n}",
        }
        assert line == {row.label, *counts.values(), f"{row.hr:.2f} ({row.low:.2f}–{row.high:.2f})"}
        for name, count in counts.items():
            assert cells[(places[f"{name}\nevents/patients"][0], y)] == count
    assert len(heights) == len(rows) + 1 and places["Everyone"][1] == heights[-1]
    dashed = [line for line in axis.lines if line.get_linestyle() == "--" and len(set(line.get_xdata())) == 1]
    assert [line.get_xdata()[0] for line in dashed] == [0.276]
    assert axis.get_xlabel() == "← left side    Hazard ratio (95% CI)    right side →"
    sections = [s for s in dict.fromkeys(rows["section"]) if s]
    assert [list(cells.values()).count(section) for section in sections] == [1] * len(sections)
    drawn = [float(square.get_sizes()[0]) for square in axis.collections][::-1]
    information = 1 / np.log([*(rows["high"] / rows["low"]), 0.418 / 0.182]) ** 2
    assert drawn == pytest.approx((14 + 110 * information / information.max()).tolist())
