"""What is drawn of the control groups and of their scans."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from netterbook.book.cross_trial import schedules
from netterbook.book.cross_trial.figures.controls import control_arms, scan_staircase
from netterbook.book.cross_trial.figures.two_trials import TRIAL
from netterbook.methods.months import WEEKS_PER_MONTH


def test_control_arms_are_those_without_treatment_under_their_trials_name(found, watched, layout):
    axis, below = control_arms(found, watched, 0.95).figure(layout).axes
    curves = [line for line in axis.lines if line.get_drawstyle() == "steps-post"]
    scans = [line for line in below.lines if line.get_marker() == "|"]
    words = axis.get_legend().get_texts()
    for (name, each), line, text, due, tone in zip(found.items(), curves, words, scans, TRIAL, strict=True):
        own = each.arm == 0
        share = 100 * np.mean(each.time[:, own] > 6)
        assert np.interp(6, *line.get_data()) == pytest.approx(share, abs=3)
        assert text.get_text() == f"Control, {name}"
        assert to_hex(text.get_color()) == line.get_color() == due.get_color() == tone
        weeks = np.array([week for week in watched[name] if week / WEEKS_PER_MONTH <= 27])
        assert due.get_xdata() == pytest.approx(weeks / WEEKS_PER_MONTH, rel=1e-5)
    assert {t.get_text().removeprefix("Scans due: ") for t in below.texts} >= set(found)


def test_medians_reported_are_drawn_over_the_true_ones(watched, layout):
    seen = schedules.medians_seen([3.0, 6.9, 12.0], 0.276, watched)
    (axis,) = scan_staircase(seen, {"NETTER-1": 8.4, "NETTER-2": 8.5}).figure(layout).axes
    assert [line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == ":"] == [8.4, 8.5]
    assert "8.4 (NETTER-1), 8.5 (NETTER-2)" in axis.texts[0].get_text().replace("\n", " ")
    stairs = {line.get_label().removeprefix("scans as in "): line for line in axis.lines if len(line.get_xdata()) == 3}
    assert set(stairs) == {"watched continuously", *watched}
    for name, line in stairs.items():
        own = seen[seen["schedule"] == ("continuous" if name.startswith("watched") else name)]
        assert line.get_xdata().tolist() == own["true"].tolist()
        assert line.get_ydata() == pytest.approx(own["seen"].to_numpy(), rel=1e-5)
