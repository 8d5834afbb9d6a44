"""What is drawn of ratios of medians."""

import pytest
from drawn import spans

from netterbook.book.cross_trial import median_ratios
from netterbook.book.cross_trial.figures import ratios


def test_both_ratios_of_a_comparison_stand_in_its_row(table, layout):
    pairs = median_ratios.medians_and_hazard_ratios(table)
    (axis,) = ratios.medians_beside_ratios(pairs).figure(layout).axes
    marks = {line.get_label(): line for line in axis.lines}
    expected, observed = (marks[name].get_xdata() for name in (ratios.EXPECTED, ratios.OBSERVED_RATIO))
    drawn = sorted(zip(expected, observed, strict=True))
    assert drawn == [
        pytest.approx(pair, rel=1e-5) for pair in sorted(zip(1 / pairs["hr"], pairs["median_ratio"], strict=True))
    ]
    assert marks[ratios.EXPECTED].get_ydata().tolist() == marks[ratios.OBSERVED_RATIO].get_ydata().tolist()
    ends = spans(*axis.collections)
    assert [pair for pair in zip(expected, observed, strict=True) if list(pair) not in ends] == []


def test_the_line_beside_changing_effects_is_one_over_the_hazard_ratio(layout):
    changing = median_ratios.changing_effects(8.5, 0.3)
    (axis,) = ratios.effects_that_change(changing).figure(layout).axes
    line, *curves = axis.lines
    x, y = line.get_data()
    assert x * y == pytest.approx(1)
    for (kind, own), curve in zip(changing.groupby("kind", sort=False), curves, strict=True):
        assert curve.get_label() == f"effect {kind}"
        assert curve.get_xdata() == pytest.approx(own["hr"].to_numpy(), rel=1e-5)
        assert curve.get_ydata() == pytest.approx(own["median_ratio"].to_numpy(), rel=1e-5)
