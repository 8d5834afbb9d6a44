"""What is drawn of groups without a common comparator."""

import numpy as np
import pytest
from drawn import spans, words

from netterbook.book.cross_trial import matching
from netterbook.book.cross_trial.figures.single_arms import NOT_A_COMPARISON, WARNING, naive_arms, unmeasured


def test_what_not_to_do_is_marked(table, layout):
    arms = matching.single_arms(table, ("¹⁷⁷Lu-Dotatate", "everolimus"))
    figure = naive_arms(arms).figure(layout)
    assert figure.get_suptitle().replace("\n", " ") == WARNING
    (axis,) = figure.axes
    assert NOT_A_COMPARISON in words(axis)
    dots = [line for line in axis.lines if line.get_marker() in ("o", "s")]
    assert [line.get_xdata()[0] for line in dots] == arms["median"].tolist()
    known = arms.dropna(subset="low")
    assert spans(*axis.collections) == np.minimum(known[["low", "high"]], axis.get_xlim()[1]).to_numpy().tolist()


def test_what_matching_misses_is_drawn_by_kind(ledger, table, layout):
    gap = matching.simulate_gap(ledger, table, 0.95, 1, replicates=20)
    (axis,) = unmeasured(gap, [0.38, 0.46], 0.95).figure(layout).axes
    drawn = {line.get_label(): line.get_ydata() for line in axis.lines}
    for label, name in (("randomised trial", "randomised"), ("unmatched", "naive")):
        assert drawn[label] == pytest.approx(gap.table[name].to_numpy(), rel=1e-5)
    assert drawn["matched comparison (95% of them: band)"] == pytest.approx(gap.table["maic"].to_numpy(), rel=1e-5)
    assert [line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == ":"] == [0.38, 0.46]
    (band,) = axis.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == pytest.approx(gap.table["low"].min(), rel=1e-5)
    assert heights.max() == pytest.approx(gap.table["high"].max(), rel=1e-5)
