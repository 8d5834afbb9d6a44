"""What is drawn, not how it looks."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from netterbook import figures, safety, studies, tables

TICKS = (0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2)


def words(axis):
    return [text.get_text() for text in axis.texts]


def test_a_forest_plot_shows_each_row_once_with_its_printed_numbers():
    rows = tables.subgroups("netter2", "figure2b")
    figure = figures.forest(rows, tables.hazard_ratio("netter2.figure2a.pfs_hr"), ticks=TICKS, counts=True)
    (axis,) = figure.axes
    drawn = sorted(float(point.get_offsets()[0][0]) for point in axis.collections)
    assert drawn == sorted([*rows["hr"], 0.276])
    assert "0.26 (0.16–0.45)" in words(axis)
    assert words(axis).count("30/86") == 1
    assert axis.get_xscale() == "log"


def test_the_area_of_a_square_is_its_information():
    rows = tables.subgroups("netter1", "figure1c").iloc[1:]
    (axis,) = figures.forest(rows, None, ticks=TICKS).axes
    drawn = [float(point.get_sizes()[0]) for point in axis.collections][::-1]
    widths = np.log(rows["high"] / rows["low"]).to_numpy()
    assert list(np.argsort(drawn)) == list(np.argsort(-widths))
    assert rows.iloc[np.argmax(drawn)]["row"] == "extrahepatic_yes"
    assert min(drawn) > 0


def test_a_whisker_beyond_the_axis_ends_in_an_arrow():
    rows = tables.subgroups("netter1", "figure1c").iloc[1:]
    (axis,) = figures.forest(rows, None, ticks=TICKS).axes
    arrows = [line for line in axis.lines if line.get_marker() in "<>" and line.get_marker()]
    assert [line.get_marker() for line in arrows] == ["<"]  # 0.01 lies left of 0.03125


def test_numbers_at_risk_are_printed_under_the_axis():
    frame = tables.numbers_at_risk("netter1", "figure1a")
    (axis,) = figures.numbers_at_risk(frame).axes
    printed = [w for w in words(axis) if w.isdigit()]
    assert printed == [str(n) for arm in ("lu", "control") for n in frame[arm]]


def test_decay_jumps_by_the_activity_at_each_infusion():
    (axis,) = figures.decay(7.4, 4, 8).axes
    weeks, activity = axis.lines[0].get_data()
    for cycle in range(4):
        assert activity[np.flatnonzero(weeks == 8 * cycle)[0]] >= 7.4
    assert activity.max() < 7.4 * 1.01  # next to nothing is left after eight weeks


def test_power_curves_cross_at_the_planned_power():
    left, right = figures.power_curves(**tables.design("netter2", 0.5)).axes
    events, power = left.lines[0].get_data()
    assert round(float(power[list(events).index(99)]), 3) == 0.902
    assert len(right.get_legend().get_texts()) == 2


@pytest.mark.parametrize("threshold", [0, 20])
def test_adverse_events_draw_a_dot_for_each_row_and_group(threshold):
    rows = safety.adverse_events("netter1", 0.95, threshold)
    left, right = figures.adverse_events(rows, 0.95).axes
    assert [label.get_text() for label in left.get_yticklabels()] == list(rows["label"])[::-1]
    assert len(right.collections[1].get_offsets()) == len(rows)


def test_responses_and_kidney_doses_are_drawn_from_their_tables():
    shares, _ = tables.best_response()
    (axis,) = figures.best_response(shares).axes
    assert sum(bar.get_width() for bar in axis.patches) == pytest.approx(200)
    rows = tables.response_intervals({"lu": (65, 151), "control": (7, 75)}, "Clopper–Pearson")
    (axis,) = figures.response_intervals(rows).axes
    bold = [label.get_text() for label in axis.get_yticklabels() if label.get_weight() == "bold"]
    assert bold == ["Clopper–Pearson"]
    cohorts = studies.kidney_cohorts(7.4, 23)
    (axis,) = figures.kidney_dose(cohorts, 7.4, 9, 23).axes
    assert len([line for line in axis.lines if len(line.get_xdata()) == 10]) == len(cohorts)


def test_figures_are_closed_and_leave_the_style_alone():
    before = plt.rcParams["font.size"], plt.rcParams["figure.dpi"]
    figures.decay(7.4, 1, 8)
    assert plt.get_fignums() == []
    assert (plt.rcParams["font.size"], plt.rcParams["figure.dpi"]) == before
