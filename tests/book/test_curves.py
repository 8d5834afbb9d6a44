"""What figures of reconstructed patients draw."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from drawn import colours, near, spans, words
from lifelines import CoxPHFitter, KaplanMeierFitter
from matplotlib.colors import to_hex

from netterbook import papers, trials
from netterbook.audit import ensembles
from netterbook.audit.given import inputs
from netterbook.book import curves
from netterbook.book.chart import NARROW, WIDE
from netterbook.book.netter import outcomes
from netterbook.book.style import BLUE, COLOUR, VERMILION
from netterbook.methods import pooling
from netterbook.reconstruction import Reconstruction
from netterbook.reconstruction.calibration import uniformity

ARMS = ("¹⁷⁷Lu-Dotatate", "Control")
LU, CONTROL = (to_hex(COLOUR[arm]) for arm in ("experimental", "control"))
NAMES = dict(zip(ARMS, (LU, CONTROL), strict=True))
DRAWS = 8
LEDGER = papers.load(papers.data_dir())
TRIALS = trials.read(papers.data_dir())


@cache
def made(end_point):
    name, _, key = end_point.partition("_")
    found = ensembles.reconstruct(LEDGER, TRIALS[name], key, "nothing", DRAWS, ensembles.STORED_SEED)
    return found, inputs(TRIALS[name], key).numbers_at_risk(LEDGER)


def curves_of(found, at_risk, layout=WIDE, **kwargs):
    """The axes of survival curves and of the numbers below them."""
    return curves.reconstructed_curves(found, at_risk, ARMS, ylabel="Alive, %", **kwargs).figure(layout).axes


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
    _, below = curves_of(found, at_risk, level=0.95, counts=True)
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
    axis, below = curves_of(found, at_risk, level=0.8, landmark=20)
    assert len(rows_below(below)) == 2
    for line, band, code in zip(axis.lines, axis.collections, (1, 0), strict=False):
        own = found.arm == code
        fits = [KaplanMeierFitter().fit(found.time[i, own], found.event[i, own]) for i in range(DRAWS)]
        times, middle = line.get_data()
        corners = band.get_paths()[0].vertices
        for t in (6, 12, 18):
            at = np.searchsorted(times, t, side="right") - 1  # the value holds until the next time
            shares = [100 * fit.predict(t) for fit in fits]
            assert middle[at] == near(np.median(shares))
            heights = corners[np.isclose(corners[:, 0], times[at]), 1]
            for q in (10, 90):
                assert np.isclose(heights, np.percentile(shares, q)).any()
        known = min(fit.event_table.index[-1] for fit in fits if fit.survival_function_.iloc[-1, 0] > 0)
        assert known - at_risk["time"].max() / 240 < times[-1] <= known
    (mark,) = axis.lines[2:]
    assert set(mark.get_xdata()) == {20}
    assert len(curves_of(found, at_risk, level=0.8)[0].lines) == 2


def test_withheld_headlines_are_drawn_as_ratios_to_the_printed_number():
    rows = pd.concat([outcomes.headlines(LEDGER, trial) for trial in TRIALS.values()], ignore_index=True)
    rows["label"] = rows["kind"] + rows["end_point"] + rows["arm"]
    (axis,) = curves.withheld(rows).figure(WIDE).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == list(rows["label"])[::-1]
    points = {
        mark: sorted(
            (float(line.get_ydata()[0]), float(line.get_xdata()[0])) for line in axis.lines if line.get_marker() == mark
        )
        for mark in "oD<>"
    }
    assert [x for _, x in points["D"]] == [1.0] * len(rows)
    expected = (rows["value"] / rows["printed"]).iloc[::-1].tolist()
    assert [x for _, x in points["o"]] == near(expected)
    assert np.isinf(rows["high"]).sum() == 1
    open_above = rows["printed_low"].notna() & rows["printed_high"].isna()
    ratios = rows[["low", "high", "printed_low", "printed_high"]].div(rows["printed"], axis=0)
    beyond = (ratios[["high", "printed_high"]] > 2.5).to_numpy().sum() + open_above.sum()
    below = (ratios[["low", "printed_low"]] < 0.4).to_numpy().sum()
    assert (len(points[">"]), len(points["<"])) == (beyond, below) and beyond > 1 and below > 0
    ends = spans(*axis.collections)
    for row in rows.itertuples():
        span = row.low / row.printed, min(row.high / row.printed, 2.5)
        assert any(np.allclose(span, drawn) for drawn in ends)
    assert len(ends) == len(rows) + rows["printed_low"].notna().sum()


def test_views_of_proportional_hazards():
    found, at_risk = made("netter2_pfs")
    periods = pooling.hazard_ratios_by_period(found, at_risk, 0.9)
    left, middle, right = curves.proportional_hazards(found, periods, ARMS, 0.9).figure(WIDE).axes
    for line, code in zip(left.lines, (1, 0), strict=True):
        own = found.arm == code
        times, drawn = line.get_data()
        survival = [
            KaplanMeierFitter().fit(found.time[i, own], found.event[i, own]).predict(times[-5]) for i in range(DRAWS)
        ]
        assert drawn[-5] == near(np.median(np.log(-np.log(survival))))
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
    assert [step[0, 1] for step in steps] == near(periods["hr"].tolist())
    assert [step[0, 0] for step in steps] == near(periods["start"].tolist())
    assert steps[-1][1, 0] == found.time.max()


def test_on_a_phone_every_number_stands_below_the_words_for_it():
    found, at_risk = made("netter2_pfs")
    wide, narrow = (curves_of(found, at_risk, layout, level=0.95, counts=True)[1] for layout in (WIDE, NARROW))
    shown = [time for time, _ in rows_below(narrow)[0]]
    assert shown[0] == 0 and shown[-1] == at_risk["time"].max() and len(shown) <= 8
    assert rows_below(narrow) == [[each for each in row if each[0] in shown] for row in rows_below(wide)]
    heads = [text for text in narrow.texts if not text.get_text().isdigit()]
    words = [f"{what}: {arm}" for what in ("At risk", "Events before", "Censored before") for arm in ARMS]
    assert [text.get_text() for text in heads] == words
    assert [to_hex(text.get_color()) for text in heads] == [LU, CONTROL] * 3
    lines = sorted({text.get_position()[1] for text in narrow.texts}, reverse=True)
    assert [text.get_position()[1] for text in heads] == lines[::2]


@pytest.mark.parametrize("counts", [True, False])
def test_curves_and_lines_below_bear_the_name_and_colour_of_their_arm(counts):
    found, at_risk = made("netter1_pfs")
    axis, below = curves_of(found, at_risk, level=0.95, counts=counts)
    lines = dict(zip(ARMS, axis.lines, strict=False))
    assert lines["¹⁷⁷Lu-Dotatate"].get_ydata()[-1] > lines["Control"].get_ydata()[-1]  # progression comes later
    assert colours(lines.values()) == [LU, CONTROL]
    assert [to_hex(band.get_facecolor()[0]) for band in axis.collections] == [LU, CONTROL]
    assert {text.get_text(): to_hex(text.get_color()) for text in axis.texts} == NAMES
    for text in axis.texts:
        x, y = text.xy
        gaps = {name: abs(np.interp(x, *line.get_data()) - y) for name, line in lines.items()}
        assert min(gaps, key=gaps.get) == text.get_text()
    assert {line.get_linestyle() for line in lines.values()} == {"-", "--"}
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
    at_risk = pd.DataFrame(rows, columns=["arm", "time", "n_risk"])
    _, below = curves_of(found, at_risk, level=0.95, counts=True)
    lu, control, lu_events, control_events, lu_left, control_left = ([n for _, n in row] for row in rows_below(below))
    assert (lu, lu_events, lu_left) == ([3, 3], [0, 0], [0, 0])
    assert (control, control_events, control_left) == ([3, 2], [0, 0], [0, 1])


def test_views_of_proportional_hazards_have_their_arms_and_bands():
    found, at_risk = made("netter2_pfs")
    periods = pooling.hazard_ratios_by_period(found, at_risk, 0.9)
    left, _, right = curves.proportional_hazards(found, periods, ARMS, 0.9).figure(WIDE).axes
    assert {line.get_label(): to_hex(line.get_color()) for line in left.lines} == NAMES
    assert [to_hex(band.get_facecolor()[0]) for band in left.collections] == [LU, CONTROL]
    heights = {line.get_label(): np.interp(12, *line.get_data()) for line in left.lines}
    assert heights["Control"] > heights["¹⁷⁷Lu-Dotatate"]  # of whom more have had the event
    bands = [
        path.vertices for group in right.collections for path in group.get_paths() if len(np.unique(path.vertices)) > 3
    ]
    for row, band in zip(periods.itertuples(), bands, strict=True):
        assert (band[:, 1].min(), band[:, 1].max()) == near((row.low, row.high))
        assert (band[:, 0].min(), band[:, 0].max()) == near((row.start, min(row.end, found.time.max())))
    wide, narrow = (
        np.ptp(
            curves.proportional_hazards(found, periods, ARMS, level)
            .figure(WIDE)
            .axes[1]
            .collections[0]
            .get_paths()[0]
            .vertices[:, 1]
        )
        for level in (0.9, 0.2)
    )
    assert narrow < wide


def test_deviations_stand_in_the_row_of_their_kind_with_the_mark_of_their_source():
    table = pd.DataFrame(
        {"kind": ["a", "a", "b"], "source": ["simulated", "SurvSet", "simulated"], "deviation": [0.5, -1.0, 7.0]}
    )
    (axis,) = curves.deviations(table).figure(WIDE).axes
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
    assert bands == [near((-1.96, 1.96)), near((-0.674, 0.674))]  # 95 and 50 per cent


def test_calibration_bands_show_each_quantity_with_its_verdict():
    rng = np.random.default_rng(2)
    ranks = {"hr": rng.random(200), "median0": rng.beta(3, 3, 200), "median1": rng.random(200)}
    ranks |= {"rmst0": rng.random(300), "rmst1": rng.random(300)}
    found = {name: uniformity(own) for name, own in ranks.items()}
    axes = curves.calibration_bands(found, {name: name.upper() for name in found}).figure(WIDE).axes
    shown = [axis for axis in axes if axis.get_visible()]
    assert [axis.get_title() for axis in shown] == [name.upper() for name in found]
    for axis, one in zip(shown, found.values(), strict=True):
        (line,) = [line for line in axis.lines if len(line.get_xdata()) > 2]
        assert line.get_xdata() == near(one.points) and line.get_ydata() == near(one.difference)
        assert (to_hex(line.get_color()), line.get_linestyle()) == (
            (to_hex(BLUE), "-") if one.inside else (to_hex(VERMILION), "--")
        )
        said = f"{one.ranks} trials\n" + ("" if one.inside else "outside, ") + f"P {one.p:.2g}"
        assert words(axis) == [said]
        band = axis.collections[0].get_paths()[0].vertices
        assert (band[:, 1].min(), band[:, 1].max()) == near((one.low.min(), one.high.max()))
    assert not found["median0"].inside


def test_coverage_by_stratum_has_a_row_for_each_and_marks_what_is_wanted():
    table = pd.DataFrame(
        {"stratum": ["all", "size"], "group": ["", "large"], "cases": [1200, 30], "inside 95%": [94.5, 99.0],
         "error 95%": [0.7, 3.0], "inside 50%": [51.0, 40.0], "error 50%": [1.4, 9.0]}
    )  # fmt: skip
    axes = curves.coverage_by_stratum(table).figure(WIDE).axes
    assert [text.get_text() for text in axes[0].get_yticklabels()] == ["all (1,200)", "size: large (30)"]
    for axis, level, wanted in zip(axes, ("95%", "50%"), ((93, 97), (45, 55)), strict=True):
        (points,) = [line for line in axis.lines if line.get_marker() in "os"]
        assert points.get_xdata().tolist() == table[f"inside {level}"].tolist()
        (span,) = axis.patches
        assert (span.get_x(), span.get_x() + span.get_width()) == near(wanted)
        reach = [segment[:, 0].tolist() for segment in axis.collections[0].get_segments()]
        share, error = table[f"inside {level}"], table[f"error {level}"]
        assert reach == [near([x - 1.96 * e, min(100, x + 1.96 * e)]) for x, e in zip(share, error, strict=True)]
