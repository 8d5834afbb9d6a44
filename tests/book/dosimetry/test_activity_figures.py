"""What the figures over time draw, not how it looks."""

import numpy as np
import pytest

from netterbook.book.chart import WIDE
from netterbook.book.dosimetry import activity_figures, one_image, trends
from netterbook.dosimetry import half_life_h


def test_decay_jumps_by_the_activity_at_each_infusion():
    (axis,) = activity_figures.decay(7.4, 4, 8).figure(WIDE).axes
    weeks, activity = axis.lines[0].get_data()
    for cycle in range(4):
        *before, after = activity[weeks == 8 * cycle]
        assert after >= 7.4
        assert [after - each for each in before] == pytest.approx([7.4] * (cycle > 0), abs=1e-4)
    assert activity.max() < 7.4 * 1.01  # next to nothing is left after eight weeks


def test_activity_left_crosses_half_at_each_half_life(layout):
    chart = activity_figures.remaining({"decay": half_life_h(), "kidneys": 50.0})
    (axis,) = chart.figure(layout).axes
    for line, half_life in zip(axis.lines, (half_life_h(), 50.0), strict=False):
        assert np.interp(half_life / 24, *line.get_data()) == pytest.approx(50, abs=0.05)
    names = [line.get_label().replace(":\n", ": ") for line in axis.lines[:2]]
    assert names == ["decay: 160 h (6.65 days)", "kidneys: 50 h (2.08 days)"]


def test_errors_of_single_images_are_drawn_by_method_and_half_life(small):
    time = np.arange(1, 200, dtype=float)
    errors = one_image.image_errors(small, time)
    chart = activity_figures.image_errors_by_time(time, errors, one_image.true_half_lives_h(small))
    axes = chart.figure(WIDE).axes
    assert [line.get_label() for line in axes[0].lines[:5]] == ["35 h", "42.5 h", "50 h", "57.5 h", "65 h"]
    for axis, method in zip(axes, errors, strict=True):
        assert axis.get_title("left") == method
        for line, row in zip(axis.lines[:5], errors[method], strict=True):
            hours, drawn = line.get_data()
            assert hours[[0, -1]].tolist() == [3, 198]
            np.testing.assert_allclose(drawn, np.interp(hours, time, row), rtol=0.005)


def test_trends_are_drawn_for_each_tumour_and_per_kidney_dose(ledger, layout):
    table = trends.trends(ledger, 9)
    figure = activity_figures.dose_trends(table).figure(layout)
    first, second = figure.axes
    names = [name for name in table.columns if name != "cycle"]
    assert [text.get_text() for text in figure.legends[0].texts] == names
    ends = [line.get_ydata()[-1] for line in first.lines[: len(names)]]
    assert ends == pytest.approx(table[names].iloc[-1].tolist(), rel=1e-5)
    colours = [line.get_color() for line in first.lines[: len(names)]]
    assert [handle.get_color() for handle in figure.legends[0].legend_handles] == colours
    assert second.lines[0].get_ydata()[1] == pytest.approx(0.94 / 1.08, rel=1e-5)
    for line, name in zip(second.lines, names[1:], strict=False):
        assert line.get_ydata()[-1] == pytest.approx(table[name].iloc[-1] / table["kidneys"].iloc[-1], rel=1e-5)
        assert line.get_color() == colours[names.index(name)]
