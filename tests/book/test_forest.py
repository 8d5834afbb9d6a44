"""What a forest plot draws."""

import re

import numpy as np
import pandas as pd
import pytest
from drawn import words

from netterbook.book.chart import NARROW, WIDE
from netterbook.book.forest import forest
from netterbook.book.netter import subgroups

BETTER = ("favours treatment", "favours control")


@pytest.fixture(scope="module")
def rows(ledger, known):
    return {name: subgroups.subgroup_ratios(ledger, trial) for name, trial in known.items()}


def squares(axis):
    return [(float(point.get_offsets()[0][0]), float(point.get_offsets()[0][1])) for point in axis.collections]


def test_a_forest_plot_shows_each_row_once_with_its_printed_numbers(rows, ledger, known, layout):
    trial, rows = known["netter2"], rows["netter2"]
    chart = forest(rows, subgroups.overall(ledger, trial), better=BETTER, groups=trial.headings)
    (axis,) = chart.figure(layout).axes
    assert [x for x, _ in squares(axis)] == [*rows["hr"], 0.276] == chart.frame["hr"].tolist()
    assert "0.26 (0.16–0.45)" in words(axis)
    assert any("30/86" in word for word in words(axis))
    assert axis.get_xscale() == "log"
    assert chart.frame["experimental_events"].tolist()[:-1] == rows["experimental_events"].tolist()
    assert chart.key["experimental_events"] == "events, ¹⁷⁷Lu-Dotatate"


def test_the_area_of_a_square_is_its_information(rows):
    rows = rows["netter1"]
    (axis,) = forest(rows, None, better=BETTER).figure(WIDE).axes
    drawn = [float(point.get_sizes()[0]) for point in axis.collections]
    widths = np.log(rows["high"] / rows["low"]).to_numpy()
    assert list(np.argsort(drawn)) == list(np.argsort(-widths))
    assert rows.iloc[np.argmax(drawn)]["row"] == "extrahepatic_yes"
    assert min(drawn) > 0


def test_a_whisker_beyond_the_axis_ends_in_an_arrow(rows, layout):
    (axis,) = forest(rows["netter1"], None, better=BETTER).figure(layout).axes
    arrows = [line for line in axis.lines if line.get_marker() in "<>" and line.get_marker()]
    assert [line.get_marker() for line in arrows] == ["<"]  # 0.01 lies left of 0.03


def test_the_parts_of_a_forest_plot_are_where_they_belong(rows, layout):
    rows = rows["netter2"]
    chart = forest(
        rows,
        (0.276, 0.182, 0.418),
        better=("left side", "right side"),
        groups=("Novatide", "Usual care"),
        overall_label="Everyone",
    )
    (axis,) = chart.figure(layout).axes
    places = {text.get_position(): text.get_text() for text in axis.texts}
    heights = {text: y for (_, y), text in places.items()}
    for row, (hr, y) in zip(rows.itertuples(), squares(axis), strict=False):
        beside = {text for (_, height), text in places.items() if height == pytest.approx(y)}
        above = {text for (_, height), text in places.items() if height == pytest.approx(y - 1)}
        ratio = f"{row.hr:.2f} ({row.low:.2f}–{row.high:.2f})"
        counts = [f"{row.experimental_events}/{row.experimental_n}", f"{row.control_events}/{row.control_n}"]
        assert hr == row.hr
        assert beside == ({ratio} if layout is NARROW else {row.label, *counts, ratio})
        assert layout is WIDE or above == {row.label, ", ".join(counts)}
    assert len(squares(axis)) == len(rows) + 1
    assert heights["Everyone"] == max(heights[label] for label in [*rows["label"].tolist(), "Everyone"])
    dashed = [line for line in axis.lines if line.get_linestyle() == "--" and len(set(line.get_xdata())) == 1]
    assert [line.get_xdata()[0] for line in dashed] == [0.276]
    said = words(axis)
    assert said[-3:] == ["Hazard ratio (95% CI)", "← left side", "right side →"]
    sections = [s for s in dict.fromkeys(rows["section"]) if s]
    for section in sections:
        first = rows.loc[rows["section"] == section, "hr"].index[0]
        head = next(y for text, y in heights.items() if section.startswith(text) and len(text) > 2)
        assert head < squares(axis)[first][1]
    drawn = [float(square.get_sizes()[0]) for square in axis.collections]
    information = 1 / np.log([*(rows["high"] / rows["low"]), 0.418 / 0.182]) ** 2
    assert drawn == pytest.approx((14 + 110 * information / information.max()).tolist(), rel=1e-5)


def test_names_of_groups_stand_over_their_counts_and_do_not_touch(rows):
    chart = forest(rows["netter2"], None, better=BETTER, groups=("High-dose octreotide", "¹⁷⁷Lu-edotreotide"))
    figure = chart.figure(WIDE)
    figure.draw_without_rendering()
    (axis,) = figure.axes
    boxes = {text.get_text(): text.get_window_extent() for text in axis.texts}
    first, second = boxes["High-dose octreotide"], boxes["¹⁷⁷Lu-edotreotide"]
    assert first.x1 + 5 < second.x0
    assert boxes["Events/patients"].y0 >= first.y1 - 1
    for text in axis.texts:
        if re.fullmatch(r"\d+/\d+", text.get_text()):
            box = text.get_window_extent()
            assert any(name.x0 <= box.x0 and box.x1 <= name.x1 for name in (first, second))


def test_a_long_label_takes_several_lines(layout):
    label = "¹⁷⁷Lu-Dotatate v best supportive care (sunitinib's trial), pancreatic tumours that progressed " * 2
    rows = pd.DataFrame({"section": "", "label": [label.strip(), "Short"], "hr": 0.5, "low": 0.4, "high": 0.7})
    (axis,) = forest(rows, None, better=BETTER).figure(layout).axes
    lines = [text for text in words(axis) if text in label and len(text) > 3]
    assert len(lines) > 1 and " ".join(lines) == label.strip()
    (_, one), (_, other) = squares(axis)
    assert other - one > 2
