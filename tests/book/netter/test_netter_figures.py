"""What the figures of the trials' chapters draw."""

from itertools import pairwise
from math import nan
from statistics import NormalDist

import numpy as np
import pytest
from drawn import near, spans, words
from matplotlib.colors import to_hex

from netterbook.book.chart import WIDE
from netterbook.book.netter import (
    baseline,
    design,
    figures,
    flow_diagram,
    overall_survival,
    profile,
    response,
    safety,
)
from netterbook.book.style import BLUE, COLOUR, VERMILION

ARMS = ("Novatide", "Usual care")
NAMES = dict(zip(ARMS, (to_hex(COLOUR[arm]) for arm in ("experimental", "control")), strict=True))


def test_power_curves_cross_at_the_planned_power(ledger, known):
    left, right = figures.power_curves(**design.event_plan(ledger, known["netter2"], 0.5)._asdict()).figure(WIDE).axes
    events, power = left.lines[0].get_data()
    assert round(float(power[list(events).index(99)]), 3) == 0.902
    assert len(right.get_legend().get_texts()) == 2
    level = [line.get_ydata()[0] for line in right.lines if len(set(line.get_ydata())) == 1]
    assert level == [0.9]


def test_power_is_drawn_for_the_events_planned_and_those_seen():
    left, right = figures.power_curves(0.5, 2 / 3, 0.05, nan, planned=99, seen=150, events=(50, 160)).figure(WIDE).axes
    assert len(right.lines) == 3  # no line at a power that is not known
    assert left.lines[1].get_xdata()[0] == 99 and words(left) == ["99 planned"]
    for line, events in zip(right.lines, (99, 150), strict=False):
        assert line.get_label().startswith(f"{events} events")
        hrs, drawn = line.get_data()
        expected = NormalDist().cdf(abs(np.log(hrs[20])) * np.sqrt(events * 2 / 9) - 1.959964)
        assert drawn[20] == pytest.approx(expected, abs=0.01)
    events, power = left.lines[0].get_data()
    assert power[events == 150][0] == pytest.approx(np.interp(0.5, *right.lines[1].get_data()), abs=0.001)


@pytest.mark.parametrize("threshold", [0, 20])
def test_adverse_events_draw_a_dot_for_each_row_and_group(threshold, ledger, known):
    rows = safety.event_differences(ledger, known["netter1"], 0.95, "any", threshold)
    left, right = figures.adverse_events(rows, ARMS, 0.95).figure(WIDE).axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(rows["label"])[::-1]
    assert len(right.collections[1].get_offsets()) == len(rows)


def test_adverse_events_have_both_groups_and_their_interval(ledger, known):
    rows = safety.event_differences(ledger, known["netter1"], 0.9, "any", 20)
    left, right = figures.adverse_events(rows, ARMS, 0.9).figure(WIDE).axes
    ordered = rows.sort_values("difference", ascending=False, kind="stable").iloc[::-1]
    for dots in left.collections[1:]:
        arm = dict(zip(ARMS, ("experimental", "control"), strict=True))[dots.get_label()]
        assert dots.get_offsets()[:, 0].tolist() == near(ordered[arm].tolist())
        assert to_hex(dots.get_facecolor()[0]) == NAMES[dots.get_label()]
    assert spans(right.collections[0]) == [near(pair) for pair in ordered[["low", "high"]].to_numpy().tolist()]
    assert " ".join(right.get_xlabel().split()) == "Difference, percentage points (90% CI)"


def test_response_rates_are_drawn_with_their_ends_by_group():
    rows = response.intervals(((65, 151), (7, 75)), "Clopper–Pearson", 0.95)
    (axis,) = figures.response_intervals(rows, ARMS).figure(WIDE).axes
    bold = [label.get_text() for label in axis.get_yticklabels() if label.get_weight() == "bold"]
    assert bold == ["Clopper–Pearson"]
    dots = [c for c in axis.collections if c.get_label() in NAMES]
    assert figures.response_intervals(rows, ARMS).frame["printed"].sum() == 2
    assert tuple(c.get_label() for c in dots) == ARMS
    lines = [c for c in axis.collections if c not in dots]
    for arm, own, points in zip(("experimental", "control"), lines, dots, strict=True):
        part = rows[rows["arm"] == arm]
        assert spans(own) == [near(pair) for pair in part[["low", "high"]].to_numpy().tolist()]
        assert points.get_offsets()[:, 0].tolist() == near(part["rate"].tolist())
        assert to_hex(points.get_facecolor()[0]) == NAMES[points.get_label()]


def test_bars_of_best_response_are_those_of_the_group_beside_them(ledger, known):
    shares = response.best_responses(ledger, known["netter2"])
    (axis,) = figures.best_response(shares, ARMS).figure(WIDE).axes
    assert sum(bar.get_width() for bar in axis.patches) == near(200)
    groups = dict(zip([t.get_text() for t in axis.get_yticklabels()], axis.get_yticks(), strict=True))
    for name, arm in zip(ARMS, shares, strict=True):
        bars = [bar for bar in axis.patches if bar.get_y() + bar.get_height() / 2 == near(groups[name])]
        assert [bar.get_width() for bar in bars] == pytest.approx(shares[arm].tolist(), abs=2e-4)
        texts = [t.get_text() for t in axis.texts if t.get_position()[1] == groups[name]]
        assert texts == [f"{share:.0f}" for share in shares[arm] if share >= 4]


@pytest.fixture(scope="module")
def flow(ledger, known):
    return profile.patient_flow(ledger, known["netter2"])


OTHER_GROUP = "And the other group of the 226 randomly assigned:"
"""Between the groups where they stand below each other."""


def test_every_line_of_the_profile_is_drawn_once(flow, layout):
    (axis,) = flow_diagram.trial_profile(flow).figure(layout).axes
    lines = [flow.screened, flow.screen_failures, flow.randomised]
    heads = [flow.screened, flow.randomised]
    expected = []
    for own in flow.arms:
        heads += [own.assigned, own.treated, own.ended]
        lines += [own.assigned, own.treated, own.not_treated, own.ended, *own.at_cutoff]
        parts = [*own.reasons_not_treated, *own.reasons_ended, *own.reasons_end_of_study]
        expected += [f"\u2003{count} {label}" for count, label in parts]
        expected += [f"of whom {own.again.patients} {own.again.label}", f"{own.assigned.patients} at the cutoff"]
    expected += [f"{count} {label}" for count, label in lines]
    expected += [] if layout is WIDE else [OTHER_GROUP]
    drawn = [text.get_text() for text in axis.texts if text.get_text()]
    assert sorted(drawn) == sorted(expected)
    bold = [text.get_text() for text in axis.texts if text.get_text() and text.get_weight() == "bold"]
    at_cutoff = [f"{own.assigned.patients} at the cutoff" for own in flow.arms]
    assert sorted(bold) == sorted([f"{count} {label}" for count, label in heads] + at_cutoff)
    assert len(axis.patches) == len(bold)
    where = {text.get_text(): text.get_position()[0] for text in axis.texts}
    assert (where["147 treated"] < where["73 treated"]) == (layout is WIDE)


def test_lines_of_the_profile_stand_inside_their_boxes(flow, layout):
    (axis,) = flow_diagram.trial_profile(flow).figure(layout).axes
    beside = ("35 screen failures", OTHER_GROUP)
    for text in axis.texts:
        if text.get_text() and text.get_text() not in beside:
            x, y = text.get_position()
            inside = [
                p
                for p in axis.patches
                if p.get_x() < x < p.get_x() + p.get_width() and p.get_y() < y < p.get_y() + p.get_height()
            ]
            assert len(inside) == 1, text.get_text()
    boxes = sorted((p.get_x(), p.get_y(), p.get_y() + p.get_height()) for p in axis.patches)
    for (x, _, top), (next_x, bottom, _) in pairwise(boxes):
        assert next_x > x or bottom >= top


@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_balance_is_drawn_in_order_with_the_band_of_chance(paper, ledger, known):
    rows = baseline.standardised_differences(ledger, known[paper])
    (axis,) = figures.baseline_balance(rows, ARMS, 0.26).figure(WIDE).axes
    assert " ".join(axis.get_xlabel().split()) == "Standardised difference, Novatide less Usual care"
    ordered = rows.sort_values("difference", kind="stable")
    assert [label.get_text() for label in axis.get_yticklabels()] == list(ordered["label"])
    dots = next(c for c in axis.collections if len(c.get_offsets()) == len(rows))
    assert [float(x) for x, _ in dots.get_offsets()] == near(ordered["difference"].tolist())
    (band,) = axis.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == near((-0.26, 0.26))
    low, high = axis.get_xlim()
    assert low < ordered["difference"].min() and high > ordered["difference"].max()


def test_the_interim_boundary_is_drawn_with_both_numbers(ledger, known):
    (axis,) = (
        figures.interim_boundary(**overall_survival.boundary(ledger, known["netter1"])._asdict()).figure(WIDE).axes
    )
    assert sorted(map(tuple, axis.collections[0].get_offsets())) == [
        pytest.approx((40 / 158, 0.000085), abs=5e-7), near((40 / 158, 0.004)),
    ]  # fmt: skip
    assert words(axis) == ["boundary 0.000085", "found, P = 0.004"]
    shares, levels = axis.lines[0].get_data()
    assert np.interp(40 / 158, shares, np.log(levels)) == pytest.approx(np.log(0.000085), abs=0.02)
    assert axis.get_yscale() == "log"


def test_simulated_trials_are_all_drawn_with_those_that_were_found(ledger, known):
    trials = overall_survival.simulate(ledger, known["netter1"], 0.84, 0.36, 1)
    left, right = figures.interim_shrinkage(trials, 0.40, 0.84, 0.7, "GARDEN").figure(WIDE).axes
    (bars,) = left.containers
    final, *upright = left.lines
    drawn = [sum(bar.get_height() for bar in bars), sum(final.get_ydata()[:-1])]
    assert drawn == [len(trials.interim_hr), len(trials.final_hr)]  # those beyond the axis in its last bars
    assert [line.get_xdata()[0] for line in upright] == [0.7, 0.40]
    named = {text.get_text() for text in left.get_legend().get_texts()}
    assert named == {"interim", "final", "as simulated", "interim, found"}  # all that is drawn
    cloud, found = right.collections
    pairs = np.column_stack([trials.interim_hr, trials.final_hr])[: figures.DOTS]
    assert np.asarray(cloud.get_offsets()) == pytest.approx(pairs, rel=1e-5)
    assert found.get_offsets().tolist() == [[0.40, 0.84]]
    assert words(right) == ["GARDEN"]


def test_both_points_of_the_interim_analysis_have_their_colour_and_line(ledger, known):
    (axis,) = (
        figures.interim_boundary(**overall_survival.boundary(ledger, known["netter1"])._asdict()).figure(WIDE).axes
    )
    boundary, found = axis.collections[0].get_facecolors()
    assert (to_hex(boundary), to_hex(found)) == (to_hex(BLUE), to_hex(VERMILION))
    (_, low), (_, high) = axis.collections[0].get_offsets()
    assert low < high
    trials = overall_survival.simulate(ledger, known["netter1"], 0.84, 0.36, 1)
    _, right = figures.interim_shrinkage(trials, 0.40, 0.84, 0.7, "GARDEN").figure(WIDE).axes
    (diagonal,) = right.lines
    assert diagonal.get_xy1() == (1, 1) and diagonal.get_slope() == 1
