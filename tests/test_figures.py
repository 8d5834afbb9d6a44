"""What is drawn, not how it looks."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from netterbook import figures, kidney, safety, studies, tables
from netterbook.dosimetry import half_life_h
from netterbook.dosimetry.population import cohorts
from netterbook.parameters import Dosimetry

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


SMALL = Dosimetry(patients=1920)


def test_activity_left_crosses_half_at_each_half_life():
    (axis,) = figures.remaining({"decay": half_life_h(), "kidneys": 50.0}).axes
    for line, half_life in zip(axis.lines, (half_life_h(), 50.0), strict=False):
        assert np.interp(half_life / 24, *line.get_data()) == pytest.approx(50, abs=0.05)


def test_doses_of_four_cycles_have_a_row_each_and_limits_beside_their_organ():
    doses = kidney.four_cycles(SMALL)
    (axis,) = figures.four_cycles(doses, kidney.limits_of_organs(SMALL)).axes
    assert [t.get_text() for t in axis.get_yticklabels()] == [f"{r.organ}: {r.label}" for r in doses.itertuples()]
    points = [line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 1]
    assert points == list(doses["middle"].dropna())
    assert words(axis) == ["23 Gy", "2 Gy"]


def test_bed_lines_and_limits_are_drawn():
    dose = np.linspace(0, 45, 91)
    lines = kidney.bed_lines(SMALL, dose)
    (axis,) = figures.bed_against_dose(dose, lines, (28, 40), 23).axes
    assert len([line for line in axis.lines if len(line.get_xdata()) == 91]) == len(lines)
    assert {w.strip() for w in words(axis)} == {*lines, "BED 28 Gy", "BED 40 Gy", "23 Gy"}


def test_bars_of_cycles_add_up_to_all_patients():
    treated = kidney.by_cohort(SMALL)
    for axis, one in zip(figures.cycles_given(treated, kidney.published()).axes, treated.values(), strict=True):
        assert sum(bar.get_height() for bar in axis.patches) == pytest.approx(1)
        by_dose = axis.containers[0]
        assert sum(bar.get_height() for bar in by_dose) == pytest.approx(one.by_dose.mean())


def test_the_grid_prints_medians_and_marks_the_cohorts():
    found = kidney.grid(SMALL, stops=(0.05,))
    axis, _ = figures.protocol_grid(found, kidney.MEANS, kidney.SPREADS, cohorts(), 5).axes
    assert words(axis) == [f"{m:g}" for m in found.median[0].ravel()]
    assert len(axis.lines[0].get_xdata()) == len(cohorts())
    bold = [text.get_text() for text in axis.texts if text.get_weight() == "bold"]
    assert set(bold) == {"5"}


def test_fixed_cycles_fill_each_bar():
    shares = kidney.fixed_four(SMALL)
    for axis in figures.fixed_cycles(shares).axes:
        assert sum(bar.get_width() for bar in axis.patches) == pytest.approx(4)


def test_immortal_time_single_images_and_trends_are_drawn_from_their_tables():
    rows = kidney.immortal_rows(kidney.immortal(SMALL))
    by_length = kidney.bias_by_length(SMALL, trials=20)
    left, right = figures.immortal_time(rows, by_length).axes
    drawn = [line.get_xdata()[0] for line in left.lines if line.get_marker() in ("o", "s")]
    assert sorted(drawn) == sorted(rows["hr"])
    assert list(right.lines[0].get_ydata()) == list(by_length["PFS"])
    time = np.arange(1, 200, dtype=float)
    errors = kidney.single_image_errors(SMALL, time)
    for axis, method in zip(figures.single_image(time, errors, [35, 42.5, 50, 57.5, 65]).axes, errors, strict=True):
        assert axis.get_title() == method
        np.testing.assert_array_equal([line.get_ydata() for line in axis.lines[:5]], errors[method])
    left, right = figures.dose_trends(kidney.trends(9)).axes
    assert right.lines[0].get_ydata()[1] == pytest.approx(0.94 / 1.08)


def test_figures_are_closed_and_leave_the_style_alone():
    before = plt.rcParams["font.size"], plt.rcParams["figure.dpi"]
    figures.decay(7.4, 1, 8)
    assert plt.get_fignums() == []
    assert (plt.rcParams["font.size"], plt.rcParams["figure.dpi"]) == before
