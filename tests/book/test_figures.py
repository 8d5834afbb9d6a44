"""What is drawn, not how it looks."""

import re
from functools import cache
from itertools import pairwise
from statistics import NormalDist

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from matplotlib.colors import to_hex

from netterbook import papers
from netterbook.audit import ensembles
from netterbook.book import figures
from netterbook.book.cross_trial import studies
from netterbook.book.dosimetry import kidney
from netterbook.book.netter import outcomes, overall_survival, safety, tables
from netterbook.book.parameters import Dosimetry
from netterbook.book.style import BLUE, COLOUR, VERMILION
from netterbook.dosimetry import half_life_h
from netterbook.dosimetry.population import cohorts
from netterbook.methods import pooling
from netterbook.reconstruction import Reconstruction

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
    dotted = [line for line in axis.lines if line.get_linestyle() == ":"]
    assert [list(line.get_xdata()) for line in dotted] == [[23, 23], [2, 2]]
    for line, organ in zip(dotted, ("Kidneys", "Red marrow"), strict=True):
        rows = [y for y, name in zip(axis.get_yticks(), doses["organ"], strict=True) if name == organ]
        assert list(line.get_ydata()) == [rows[0] - 0.5, rows[-1] + 0.5]


def test_bed_lines_and_limits_are_drawn():
    dose = np.linspace(0, 45, 91)
    lines = kidney.bed_lines(SMALL, dose)
    (axis,) = figures.bed_against_dose(dose, lines, (28, 40), 23).axes
    assert len([line for line in axis.lines if len(line.get_xdata()) == 91]) == len(lines)
    assert {w.strip() for w in words(axis)} == {*lines, "BED 28 Gy", "BED 40 Gy", "23 Gy"}
    left = next(w for w in axis.texts if "no repair" in w.get_text()).get_window_extent().x0
    assert left > axis.transData.transform((23, 0))[0]


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
    circles = axis.transData.transform(axis.lines[0].get_xydata())
    numbers = axis.transData.transform([text.get_position() for text in axis.texts])
    nearest = np.linalg.norm(circles[:, None] - numbers, axis=2).min() * 72 / axis.figure.dpi
    assert nearest > 5.5 / 2 + 2.5  # points: radius of a circle and half a digit


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


# ---- reconstructed patients

DRAWS = 8


@cache
def made(end_point):
    return ensembles.reconstruct(end_point, "nothing", DRAWS, 2)


def rows_below(axis):
    """The numbers under a figure, line by line from the top: [(time, number), ...]."""
    lines = {}
    for text in axis.texts:
        if re.fullmatch(r"\d+", text.get_text()):
            time, y = text.get_position()
            lines.setdefault(round(float(y), 6), []).append((float(time), int(text.get_text())))
    return [sorted(lines[y]) for y in sorted(lines, reverse=True)]


@pytest.mark.parametrize(
    ("end_point", "table", "sizes"),
    [
        ("netter1_pfs", "figure1a", {"lu": 116, "control": 113}),
        ("netter1_os", "figure1b", {"lu": 116, "control": 113}),
        ("netter2_pfs", "figure2a", {"lu": 151, "control": 75}),
    ],
)
def test_numbers_below_curves_are_the_printed_ones_and_add_up(end_point, table, sizes):
    found, at_risk = made(end_point)
    _, below = figures.reconstructed_curves(found, at_risk, counts=True).axes
    printed = papers.table(end_point.partition("_")[0], table)
    lines = rows_below(below)
    assert len(lines) == 6
    words_below = [text.get_text() for text in below.texts]
    assert [words_below.count(word) for word in ("At risk", "Events before", "Censored before")] == [1, 1, 1]
    assert words_below.count("Control") == 3
    for place, (arm, size) in enumerate(sizes.items()):
        at_risk_line, events, censored = lines[place], lines[2 + place], lines[4 + place]
        assert at_risk_line == [(float(t), int(n)) for t, n in zip(printed["time"], printed[arm], strict=True)]
        for (t, n), (_, d), (_, c) in zip(at_risk_line, events, censored, strict=True):
            assert n + d + c == size
            own = found.arm == (arm == "lu")
            seen = ((found.time[:, own] < t) & (found.event[:, own] == 1)).sum(axis=1)
            assert abs(d - np.median(seen)) <= 0.5
        for counted in (events, censored):
            assert counted[0] == (0.0, 0)
            assert (np.diff([n for _, n in counted]) >= 0).all()


def test_curves_are_the_middle_of_the_sets_with_their_band_as_far_as_all_are_known():
    found, at_risk = made("netter1_pfs")
    axis, below = figures.reconstructed_curves(found, at_risk, level=0.8, landmark=20).axes
    assert len(rows_below(below)) == 2
    for line, band, code in zip(axis.lines, axis.collections, (1, 0), strict=False):
        own = found.arm == code
        fits = [KaplanMeierFitter().fit(found.time[i, own], found.event[i, own]) for i in range(DRAWS)]
        times, middle = line.get_data()
        for t in (6, 12, 18):
            at = int(np.flatnonzero(np.isclose(times, t))[0])
            shares = [100 * fit.predict(times[at]) for fit in fits]
            assert middle[at] == pytest.approx(np.median(shares))
            corners = band.get_paths()[0].vertices
            heights = corners[np.isclose(corners[:, 0], times[at]), 1]
            for q in (10, 90):
                assert np.isclose(heights, np.percentile(shares, q)).any()
        known = min(fit.event_table.index[-1] for fit in fits if fit.survival_function_.iloc[-1, 0] > 0)
        step = times[1] - times[0]
        assert known - step < times[-1] <= known
    (mark,) = axis.lines[2:]
    assert set(mark.get_xdata()) == {20}
    assert len(figures.reconstructed_curves(found, at_risk).axes[0].lines) == 2


def test_withheld_headlines_are_drawn_as_ratios_to_the_printed_number():
    rows = outcomes.headlines("netter1", "netter2")
    (axis,) = figures.withheld(rows).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == list(rows["label"])[::-1]
    points = {
        mark: sorted(
            (float(line.get_ydata()[0]), float(line.get_xdata()[0])) for line in axis.lines if line.get_marker() == mark
        )
        for mark in "oD>"
    }
    assert [x for _, x in points["D"]] == [1.0] * len(rows)
    expected = (rows["value"] / rows["printed"]).iloc[::-1].tolist()
    assert [x for _, x in points["o"]] == pytest.approx(expected)
    assert len(points[">"]) == np.isinf(rows["high"]).sum() == 1
    spans = [tuple(float(x) for x in path.vertices[:, 0]) for group in axis.collections for path in group.get_paths()]
    for row in rows.itertuples():
        span = row.low / row.printed, min(row.high / row.printed, 2.5)
        assert any(np.allclose(span, drawn) for drawn in spans)
    assert len(spans) == len(rows) + rows["printed_low"].notna().sum()


def test_views_of_proportional_hazards():
    found, at_risk = made("netter2_pfs")
    periods = pooling.hazard_ratios_by_period(found, at_risk, 0.9)
    left, middle, right = figures.proportional_hazards(found, periods, 0.9).axes
    for line, code in zip(left.lines, (1, 0), strict=True):
        own = found.arm == code
        times, drawn = line.get_data()
        survival = [
            KaplanMeierFitter().fit(found.time[i, own], found.event[i, own]).predict(times[-5]) for i in range(DRAWS)
        ]
        assert drawn[-5] == pytest.approx(np.median(np.log(-np.log(survival))))
    ratios = []
    for time, event in zip(found.time, found.event, strict=True):
        frame = pd.DataFrame({"time": time, "event": event, "arm": found.arm})
        ratios.append(CoxPHFitter().fit(frame, "time", "event").params_["arm"])
    level = [line for line in middle.lines if len(set(line.get_ydata())) == 1]
    assert [line.get_ydata()[0] for line in level] == pytest.approx([np.median(ratios)], abs=1e-4)
    assert {round(float(line.get_ydata()[0]), 6) for line in right.lines} == {
        1.0, round(float(np.exp(level[0].get_ydata()[0])), 6),
    }  # fmt: skip
    steps = [p.vertices for group in right.collections for p in group.get_paths() if len(p.vertices) == 2]
    assert [step[0, 1] for step in steps] == pytest.approx(periods["hr"].tolist())
    assert [step[0, 0] for step in steps] == pytest.approx(periods["start"].tolist())
    assert steps[-1][1, 0] == found.time.max()


# ---- profile, balance, interim analysis


def test_every_line_of_the_profile_is_drawn_once():
    boxes = tables.trial_profile()
    (axis,) = figures.trial_profile(boxes).axes
    lines = [line for place in ("all", "lu", "control") for box in boxes[place] for line in box]
    drawn = [text.get_text() for text in axis.texts if text.get_text()]
    assert sorted(drawn) == sorted([*lines, "35 screen failures"])
    bold = [text.get_text() for text in axis.texts if text.get_text() and text.get_weight() == "bold"]
    assert sorted(bold) == sorted(box[0] for place in ("all", "lu", "control") for box in boxes[place])
    assert len(axis.patches) == sum(len(boxes[place]) for place in ("all", "lu", "control"))
    where = {text.get_text(): text.get_position()[0] for text in axis.texts}
    assert where["147 treated"] < where["73 treated"]


def test_lines_of_the_profile_stand_inside_their_boxes():
    (axis,) = figures.trial_profile(tables.trial_profile()).axes
    side = "35 screen failures"
    for text in axis.texts:
        if text.get_text() and text.get_text() != side:
            x, y = text.get_position()
            inside = [
                p
                for p in axis.patches
                if p.get_x() < x < p.get_x() + p.get_width() and p.get_y() < y < p.get_y() + p.get_height()
            ]
            assert len(inside) == 1, text.get_text()
    spans = sorted((p.get_x(), p.get_y(), p.get_y() + p.get_height()) for p in axis.patches)
    for (x, _, top), (next_x, bottom, _) in pairwise(spans):
        assert next_x > x or bottom >= top


@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_balance_is_drawn_in_order_with_the_band_of_chance(paper):
    rows = tables.baseline_balance(paper)
    (axis,) = figures.baseline_balance(rows, 0.26).axes
    ordered = rows.sort_values("difference", kind="stable")
    assert [label.get_text() for label in axis.get_yticklabels()] == list(ordered["label"])
    dots = next(c for c in axis.collections if len(c.get_offsets()) == len(rows))
    assert [float(x) for x, _ in dots.get_offsets()] == pytest.approx(ordered["difference"].tolist())
    (band,) = axis.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((-0.26, 0.26))
    low, high = axis.get_xlim()
    assert low < ordered["difference"].min() and high > ordered["difference"].max()


def test_the_interim_boundary_is_drawn_with_both_numbers():
    (axis,) = figures.interim_boundary(**overall_survival.boundary()).axes
    assert sorted(map(tuple, axis.collections[0].get_offsets())) == [
        pytest.approx((40 / 158, 0.000085), abs=5e-7), pytest.approx((40 / 158, 0.004)),
    ]  # fmt: skip
    assert words(axis) == ["boundary 0.000085", "found, P = 0.004"]
    shares, levels = axis.lines[0].get_data()
    assert np.interp(40 / 158, shares, np.log(levels)) == pytest.approx(np.log(0.000085), abs=0.02)
    assert axis.get_yscale() == "log"


def test_simulated_trials_are_all_drawn_with_those_that_were_found():
    trials = overall_survival.simulate(0.84, 0.36, 1)
    left, right = figures.interim_shrinkage(trials, 0.40, 0.84, 0.7).axes
    bars = [sum(bar.get_height() for bar in group) for group in left.containers]
    assert bars == [len(trials.interim_hr), len(trials.final_hr)]  # those beyond the axis in its last bars
    assert [line.get_xdata()[0] for line in left.lines] == [0.7, 0.40]
    cloud, found = right.collections
    assert np.asarray(cloud.get_offsets()) == pytest.approx(np.column_stack([trials.interim_hr, trials.final_hr]))
    assert found.get_offsets().tolist() == [[0.40, 0.84]]
    assert words(right) == ["NETTER-1"]


# ---- whose name, which number: what one could swap unseen


def colours(things):
    return [to_hex(thing.get_color()) for thing in things]


def spans(collection):
    """Ends of the horizontal lines of a collection, by their height."""
    return {round(float(p.vertices[0, 1]), 6): tuple(p.vertices[:, 0].tolist()) for p in collection.get_paths()}


LU, CONTROL = (to_hex(COLOUR[arm]) for arm in ("lu", "control"))
NAMES = {"¹⁷⁷Lu-Dotatate": LU, "Control": CONTROL}


@pytest.mark.parametrize("counts", [True, False])
def test_curves_and_lines_below_bear_the_name_and_colour_of_their_arm(counts):
    found, at_risk = made("netter1_pfs")
    axis, below = figures.reconstructed_curves(found, at_risk, counts=counts).axes
    curves = dict(zip(("¹⁷⁷Lu-Dotatate", "Control"), axis.lines, strict=False))
    assert curves["¹⁷⁷Lu-Dotatate"].get_ydata()[-1] > curves["Control"].get_ydata()[-1]  # progression comes later
    assert colours(curves.values()) == [LU, CONTROL]
    assert [to_hex(band.get_facecolor()[0]) for band in axis.collections] == [LU, CONTROL]
    assert {text.get_text(): to_hex(text.get_color()) for text in axis.texts} == NAMES
    for text in axis.texts:
        x, y = text.xy
        gaps = {name: abs(np.interp(x, *line.get_data()) - y) for name, line in curves.items()}
        assert min(gaps, key=gaps.get) == text.get_text()
    sizes = {"¹⁷⁷Lu-Dotatate": 116, "Control": 113}
    for text in below.texts:
        if text.get_text() in NAMES:
            assert to_hex(text.get_color()) == NAMES[text.get_text()]
    first = [text for text in below.texts if text.get_text() in map(str, sizes.values())]
    for number, (name, size) in zip(first, sizes.items(), strict=True):
        assert number.get_text() == str(size)
        beside = [t.get_text() for t in below.texts if t.get_position()[1] == number.get_position()[1]]
        assert name in beside


def test_an_event_at_a_printed_time_is_not_before_it():
    """The patient is still at risk there."""
    time, event = np.array([[6.0, 7.0, 3.0, 6.0, 9.0, 9.0]]), np.array([[1, 1, 0, 1, 1, 0]])
    found = Reconstruction(time, event, np.array([0, 0, 0, 1, 1, 1]), (), 1)
    rows = [(arm, t, n) for arm, (a, b) in enumerate(((3, 2), (3, 3))) for t, n in ((0, a), (6, b))]
    _, below = figures.reconstructed_curves(
        found, pd.DataFrame(rows, columns=["arm", "time", "n_risk"]), counts=True
    ).axes
    lu, control, lu_events, control_events, lu_left, control_left = ([n for _, n in row] for row in rows_below(below))
    assert (lu, lu_events, lu_left) == ([3, 3], [0, 0], [0, 0])
    assert (control, control_events, control_left) == ([3, 2], [0, 0], [0, 1])


def test_views_of_proportional_hazards_have_their_arms_and_bands():
    found, at_risk = made("netter2_pfs")
    periods = pooling.hazard_ratios_by_period(found, at_risk, 0.9)
    left, _, right = figures.proportional_hazards(found, periods, 0.9).axes
    assert {line.get_label(): to_hex(line.get_color()) for line in left.lines} == NAMES
    assert [to_hex(band.get_facecolor()[0]) for band in left.collections] == [LU, CONTROL]
    heights = {line.get_label(): np.interp(12, *line.get_data()) for line in left.lines}
    assert heights["Control"] > heights["¹⁷⁷Lu-Dotatate"]  # of whom more have had the event
    bands = [
        path.vertices for group in right.collections for path in group.get_paths() if len(np.unique(path.vertices)) > 3
    ]
    for row, band in zip(periods.itertuples(), bands, strict=True):
        assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((row.low, row.high))
        assert (band[:, 0].min(), band[:, 0].max()) == pytest.approx((row.start, min(row.end, found.time.max())))
    wide, narrow = (
        np.ptp(figures.proportional_hazards(found, periods, level).axes[1].collections[0].get_paths()[0].vertices[:, 1])
        for level in (0.9, 0.2)
    )
    assert narrow < wide


def test_deviations_stand_in_the_row_of_their_kind_with_the_mark_of_their_source():
    table = pd.DataFrame(
        {"kind": ["a", "a", "b"], "source": ["simulated", "lifelines", "simulated"], "deviation": [0.5, -1.0, 7.0]}
    )
    (axis,) = figures.deviations(table).axes
    drawn = {
        (to_hex(dots.get_facecolor()[0]), round(float(x), 3), round(float(y)))
        for dots in axis.collections
        for x, y in dots.get_offsets()
    }
    blue, vermilion = to_hex(BLUE), to_hex(VERMILION)
    assert drawn == {(blue, 0.5, 0), (vermilion, -1.0, 0), (blue, 5.0, -1)}
    assert dict(zip(axis.get_yticks(), [t.get_text() for t in axis.get_yticklabels()], strict=True)) == {
        0: "a",
        -1: "b",
    }
    bands = sorted((p.get_x(), p.get_x() + p.get_width()) for p in axis.patches)
    assert bands == [pytest.approx((-1.96, 1.96)), pytest.approx((-0.674, 0.674))]  # 95 and 50 per cent


def test_power_is_drawn_for_the_events_planned_and_those_seen():
    left, right = figures.power_curves(0.5, 2 / 3, 0.05, planned=99, seen=150, events=(50, 160)).axes
    assert left.lines[1].get_xdata()[0] == 99 and words(left) == [" 99 planned"]
    for line, events in zip(right.lines, (99, 150), strict=False):
        assert line.get_label().startswith(f"{events} events")
        hrs, drawn = line.get_data()
        expected = NormalDist().cdf(abs(np.log(hrs[20])) * np.sqrt(events * 2 / 9) - 1.959964)
        assert drawn[20] == pytest.approx(expected, abs=0.01)
    events, power = left.lines[0].get_data()
    assert power[events == 150][0] == pytest.approx(np.interp(0.5, *right.lines[1].get_data()), abs=0.001)


def test_the_parts_of_a_forest_plot_are_where_they_belong():
    rows = tables.subgroups("netter2", "figure2b")
    figure = figures.forest(
        rows,
        (0.276, 0.182, 0.418),
        ticks=TICKS,
        counts=True,
        better=("left side", "right side"),
        overall_label="Everyone",
    )
    (axis,) = figure.axes
    cells = {text.get_position(): text.get_text() for text in axis.texts}
    places = {text: place for place, text in cells.items()}
    heights = sorted((y for (_, y), text in cells.items() if re.match(r"\d\.\d\d \(", text)), reverse=True)
    for row, y in zip(rows.itertuples(), heights, strict=False):
        line = {text for (_, height), text in cells.items() if height == y}
        assert line == {row.label, row.lu, row.control, f"{row.hr:.2f} ({row.low:.2f}–{row.high:.2f})"}
        for name, count in (("¹⁷⁷Lu-Dotatate", row.lu), ("Control", row.control)):
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


def test_response_rates_are_drawn_with_their_ends_by_group():
    rows = tables.response_intervals({"lu": (65, 151), "control": (7, 75)}, "Clopper–Pearson")
    (axis,) = figures.response_intervals(rows).axes
    dots = [c for c in axis.collections if c.get_label() in NAMES]
    assert [c.get_label() for c in dots] == ["¹⁷⁷Lu-Dotatate", "Control"]
    lines = [c for c in axis.collections if c not in dots]
    for arm, own, points in zip(("lu", "control"), lines, dots, strict=True):
        part = rows[rows["arm"] == arm]
        assert list(spans(own).values()) == [pytest.approx(pair) for pair in part[["low", "high"]].to_numpy().tolist()]
        assert points.get_offsets()[:, 0].tolist() == pytest.approx(part["rate"].tolist())
        assert to_hex(points.get_facecolor()[0]) == NAMES[points.get_label()]


def test_bars_of_best_response_are_those_of_the_group_beside_them():
    shares, _ = tables.best_response()
    (axis,) = figures.best_response(shares).axes
    groups = dict(zip([t.get_text() for t in axis.get_yticklabels()], axis.get_yticks(), strict=True))
    for name, arm in (("¹⁷⁷Lu-Dotatate", "lu"), ("Control", "control")):
        bars = [bar for bar in axis.patches if bar.get_y() + bar.get_height() / 2 == pytest.approx(groups[name])]
        assert [bar.get_width() for bar in bars] == pytest.approx(shares[arm].tolist())
        texts = [t.get_text() for t in axis.texts if t.get_position()[1] == groups[name]]
        assert texts == [f"{share:.0f}" for share in shares[arm] if share >= 4]


def test_adverse_events_have_both_groups_and_their_interval():
    rows = safety.adverse_events("netter1", 0.9, 20)
    left, right = figures.adverse_events(rows, 0.9).axes
    ordered = rows.sort_values("difference", ascending=False, kind="stable").iloc[::-1]
    for dots in left.collections[1:]:
        arm = {"¹⁷⁷Lu-Dotatate": "lu", "Control": "control"}[dots.get_label()]
        assert dots.get_offsets()[:, 0].tolist() == pytest.approx(ordered[arm].tolist())
        assert to_hex(dots.get_facecolor()[0]) == NAMES[dots.get_label()]
    assert list(spans(right.collections[0]).values()) == [
        pytest.approx(pair) for pair in ordered[["low", "high"]].to_numpy().tolist()
    ]
    assert right.get_xlabel() == "Difference, percentage points (90% CI)"


def test_both_points_of_the_interim_analysis_have_their_colour_and_line():
    (axis,) = figures.interim_boundary(**overall_survival.boundary()).axes
    boundary, found = axis.collections[0].get_facecolors()
    assert (to_hex(boundary), to_hex(found)) == (to_hex(BLUE), to_hex(VERMILION))
    (_, low), (_, high) = axis.collections[0].get_offsets()
    assert low < high
    _, right = figures.interim_shrinkage(overall_survival.simulate(0.84, 0.36, 1), 0.40, 0.84, 0.7).axes
    (diagonal,) = right.lines
    assert diagonal.get_xy1() == (1, 1) and diagonal.get_slope() == 1


def test_kidney_doses_are_those_of_the_activity_given():
    cohorts_ = studies.kidney_cohorts(5.0, 30).sort_values("gy_per_gbq", kind="stable")
    (axis,) = figures.kidney_dose(cohorts_, 5.0, 9, 30).axes
    curves = [line for line in axis.lines if len(line.get_xdata()) == 10]
    assert [line.get_ydata()[4] for line in curves] == pytest.approx(cohorts_["dose"].tolist())
    assert [words(axis)[i] for i in range(len(cohorts_))] == [
        f"{row.label}, {row.gy_per_gbq:.2f} Gy/GBq" for row in cohorts_.itertuples()
    ]
    assert axis.lines[-1].get_ydata()[0] == 30 and words(axis)[-1] == "30 Gy"
    assert colours(axis.texts[:-1]) == colours(curves)


def test_half_lives_doses_and_limits_are_labelled_as_they_are_drawn():
    (axis,) = figures.remaining({"decay": 159.5, "kidneys": 50.0}).axes
    assert [line.get_label() for line in axis.lines[:2]] == ["decay: 160 h (6.65 days)", "kidneys: 50 h (2.08 days)"]
    doses = kidney.four_cycles(SMALL)
    (axis,) = figures.four_cycles(doses, {}).axes
    bars = [tuple(line.get_xdata()) for line in axis.lines if len(line.get_xdata()) == 2]
    assert bars == [(row.low, row.high) for row in doses.itertuples() if np.isfinite(row.low)]
    dose = np.linspace(0, 45, 91)
    (axis,) = figures.bed_against_dose(dose, kidney.bed_lines(SMALL, dose), (28, 40), 21).axes
    level = [line.get_ydata()[0] for line in axis.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] > 1]
    assert level == [28, 40]
    assert {t.get_text(): t.xy[1] for t in axis.texts if t.get_text().startswith("BED")} == {
        "BED 28 Gy": 28, "BED 40 Gy": 40
    }  # fmt: skip
    (upright,) = [line.get_xdata() for line in axis.lines if len(set(line.get_xdata())) == 1]
    assert set(upright) == {21}


def test_panels_of_simulated_cycles_are_named_and_marked():
    treated = kidney.by_cohort(SMALL)
    was = kidney.Published(96, 5, 2, 11)
    axes = figures.cycles_given(treated, was).axes
    assert [axis.get_title() for axis in axes] == list(treated)
    for axis in axes:
        span, middle = axis.lines
        assert list(span.get_xdata()) == [2, 11] and list(middle.get_xdata()) == [5]
    found = kidney.grid(SMALL, stops=(0.05, 0.1))
    *axes, _ = figures.protocol_grid(found, kidney.MEANS, kidney.SPREADS, cohorts(), 5).axes
    assert [axis.get_title() for axis in axes] == ["5% stop at each cycle", "10% stop at each cycle"]
    for across, up, row in zip(*axes[0].lines[0].get_data(), cohorts().itertuples(), strict=True):
        assert np.interp(across, np.arange(kidney.MEANS.size), kidney.MEANS) == pytest.approx(row.mean_gy_per_gbq)
        assert np.interp(up, np.arange(kidney.SPREADS.size), kidney.SPREADS) == pytest.approx(row.cv)


def test_parts_of_the_bars_of_fixed_cycles_are_those_of_their_limit():
    shares = kidney.fixed_four(SMALL)
    for axis, limit in zip(figures.fixed_cycles(shares).axes, shares["limit"].unique(), strict=True):
        own = shares[shares["limit"] == limit].iloc[::-1]
        assert axis.get_title() == limit
        for bars, part in zip(axis.containers, ("under", "right", "over"), strict=True):
            assert [bar.get_width() for bar in bars] == pytest.approx(own[part].tolist())
        large = own[["under", "right", "over"]].to_numpy().T.ravel()
        assert words(axis) == [f"{100 * share:.0f}" for share in large if share >= 0.08]


def test_bias_is_drawn_over_months_with_the_range_of_its_trials():
    rows = kidney.immortal_rows(kidney.immortal(SMALL))
    by_length = kidney.bias_by_length(SMALL, trials=20)
    left, right = figures.immortal_time(rows, by_length).axes
    drawn = sorted(
        tuple(line.get_xdata()) for line in left.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"
    )
    assert set(zip(rows["low"], rows["high"], strict=True)) <= set(drawn)
    for line in right.lines[:2]:
        assert line.get_xdata().tolist() == by_length["months"].tolist()
        assert line.get_ydata().tolist() == by_length[line.get_label()].tolist()
    time = np.arange(1, 100, dtype=float)
    axes = figures.single_image(time, kidney.single_image_errors(SMALL, time), kidney.true_half_lives_h(SMALL)).axes
    assert [line.get_label() for line in axes[0].lines[:5]] == ["35 h", "42.5 h", "50 h", "57.5 h", "65 h"]
    trends = kidney.trends(9)
    left, right = figures.dose_trends(trends).axes
    assert {line.get_label(): line.get_ydata()[-1] for line in left.lines[:4]} == {
        name: trends[name].iloc[-1] for name in trends.columns if name != "cycle"
    }
    for line, name in zip(right.lines, [n for n in trends.columns if n not in ("cycle", "kidneys")], strict=False):
        assert line.get_ydata()[-1] == pytest.approx(trends[name].iloc[-1] / trends["kidneys"].iloc[-1])
