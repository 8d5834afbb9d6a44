"""What is drawn of the benefit on several scales."""

import numpy as np
import pytest
from drawn import spans, words
from matplotlib.colors import to_hex

from netterbook.book.chart import GUIDE
from netterbook.book.cross_trial import scales
from netterbook.book.cross_trial.figures.benefit import rankings, three_scales
from netterbook.book.cross_trial.figures.two_trials import TRIAL
from netterbook.book.style import BLUE, INK


def test_each_scale_is_drawn_with_its_interval(benefit, gains, layout):
    chart = three_scales(benefit, gains, 18)
    ratio, medians, means = chart.figure(layout).axes
    for axis, scale, end in ((ratio, scales.HAZARD_RATIO, np.inf), (medians, scales.MEDIAN_DIFFERENCE, 30)):
        own = chart.frame[chart.frame["scale"] == scale].iloc[::-1]
        assert spans(*axis.collections) == np.minimum(own[["low", "high"]], end).to_numpy().tolist()
        dots = [line.get_xdata()[0] for line in axis.lines if line.get_marker() == "o"]
        assert dots == own.loc[own["value"] <= end, "value"].tolist()
    for line, (name, own) in zip(means.lines, gains.groupby("trial", sort=False), strict=False):
        assert line.get_label() == name
        assert line.get_xdata().tolist() == own["horizon"].tolist()
        assert line.get_ydata() == pytest.approx(own["value"].to_numpy(), rel=1e-5)


def test_each_scale_has_its_line_of_no_effect(benefit, gains, layout):
    ratio, medians, means = three_scales(benefit, gains, 18).figure(layout).axes
    for axis, none in ((ratio, [1, 1]), (medians, [0, 0])):
        (line,) = [line for line in axis.lines if line.get_gid() == GUIDE]
        assert line.get_xdata() == none
        low, high = axis.get_xlim()
        assert low < none[0] < high
    marked, none = [line for line in means.lines if line.get_gid() == GUIDE]
    assert none.get_ydata() == [0, 0] and marked.get_xdata() == [18, 18]


def test_a_median_that_is_not_reached_is_an_arrow_and_no_dot(benefit, gains, layout):
    changed = benefit.copy()
    which = (benefit["trial"] == "NETTER-1") & (benefit["scale"] == scales.MEDIAN_DIFFERENCE)
    changed.loc[which, ["value", "high"]] = np.inf
    _, axis, _ = three_scales(changed, gains, 18).figure(layout).axes
    assert "not reached" in words(axis)
    ends = {float(line.get_xdata()[0]) for line in axis.lines if line.get_marker() == ">"}
    assert ends == {axis.get_xlim()[1]}
    assert len([line for line in axis.lines if line.get_marker() == "o"]) == 1


def test_trials_stand_in_both_ranks_with_both_numbers(table, layout):
    ranks = scales.rival_scales(table)
    (axis,) = rankings(ranks, ("NETTER-1", "NETTER-2"), "COMPETE").figure(layout).axes
    texts = [text for text in axis.texts if text.get_weight() != "bold"]

    def beside(x, rank):
        """The lines of a name, from above."""
        return [t for t in texts if t.get_position()[0] == x and abs(t.get_position()[1] - rank) < 0.5]

    for row, line in zip(ranks.itertuples(), axis.lines, strict=True):
        assert list(line.get_ydata()) == [row.hr_rank, row.difference_rank]
        left, right = beside(-0.08, row.hr_rank), beside(1.08, row.difference_rank)
        assert " ".join(t.get_text() for t in left) == f"{row.study} {row.hr:.2f}"
        assert " ".join(t.get_text() for t in right) == f"{row.difference:.1f} {row.study}"
        tone = {"NETTER-2": TRIAL[1], "COMPETE": BLUE}.get(row.study, INK)
        assert {to_hex(t.get_color()) for t in [*left, *right]} == {tone}
