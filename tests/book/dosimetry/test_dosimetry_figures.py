"""What the figures of the dosimetry chapter draw, not how it looks."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from netterbook.book.display import labels
from netterbook.book.dosimetry import (
    dose_effect,
    figures,
    fixed_cycles,
    four_cycles,
    immortal_bias,
    one_image,
    protocol,
    published,
    trends,
)
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry import half_life_h


def words(axis):
    return [text.get_text() for text in axis.texts]


def colours(things):
    return [to_hex(thing.get_color()) for thing in things]


@pytest.fixture(scope="module")
def treated(small, trial, cohorts):
    return protocol.by_cohort(small, trial, cohorts)


@pytest.fixture(scope="module")
def grid(small, trial):
    return protocol.grid(small, trial)


@pytest.fixture(scope="module")
def shares(small, cohorts):
    found = fixed_cycles.fixed_cycles(small, cohorts, 4)
    return found.assign(limit=labels(found, "{bed:BED |}{gy:g} Gy"))


@pytest.fixture(scope="module")
def bias(small, trial, cohorts):
    """Hazard ratios without an effect, and the bias by the length of treatment."""
    doses = protocol.kidney_doses(small, cohorts["spect/ct"])
    rows = immortal_bias.hazard_ratios(immortal_bias.immortal_bias(small, trial, doses, 1.0))
    return rows, immortal_bias.bias_by_length(small, trial, doses, trials=20)


# Activity


def test_decay_jumps_by_the_activity_at_each_infusion():
    (axis,) = figures.decay(7.4, 4, 8).axes
    weeks, activity = axis.lines[0].get_data()
    for cycle in range(4):
        assert activity[np.flatnonzero(weeks == 8 * cycle)[0]] >= 7.4
    assert activity.max() < 7.4 * 1.01  # next to nothing is left after eight weeks


def test_activity_left_crosses_half_at_each_half_life():
    (axis,) = figures.remaining({"decay": half_life_h(), "kidneys": 50.0}).axes
    for line, half_life in zip(axis.lines, (half_life_h(), 50.0), strict=False):
        assert np.interp(half_life / 24, *line.get_data()) == pytest.approx(50, abs=0.05)
    assert [line.get_label() for line in axis.lines[:2]] == ["decay: 160 h (6.65 days)", "kidneys: 50 h (2.08 days)"]


# Doses


def test_doses_of_four_cycles_have_a_row_each_and_limits_beside_their_organ(ledger, small):
    doses = four_cycles.doses_of_cycles(ledger, small)
    (axis,) = figures.organ_doses(doses, four_cycles.organ_limits(ledger, small)).axes
    assert [t.get_text() for t in axis.get_yticklabels()] == [f"{r.organ}: {r.label}" for r in doses.itertuples()]
    points = [line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 1]
    assert points == list(doses["middle"].dropna())
    assert words(axis) == ["23 Gy", "2 Gy"]
    dotted = [line for line in axis.lines if line.get_linestyle() == ":"]
    assert [list(line.get_xdata()) for line in dotted] == [[23, 23], [2, 2]]
    for line, organ in zip(dotted, ("Kidneys", "Red marrow"), strict=True):
        rows = [y for y, name in zip(axis.get_yticks(), doses["organ"], strict=True) if name == organ]
        assert list(line.get_ydata()) == [rows[0] - 0.5, rows[-1] + 0.5]
    (axis,) = figures.organ_doses(doses, {}).axes
    bars = [tuple(line.get_xdata()) for line in axis.lines if len(line.get_xdata()) == 2]
    assert bars == [(row.low, row.high) for row in doses.itertuples() if np.isfinite(row.low)]


def test_kidney_doses_are_those_of_the_activity_given(ledger):
    cohorts = published.kidney_cohorts(ledger, Dosimetry(activity_gbq=5.0, kidney_limit_gy=30))
    (axis,) = figures.kidney_dose(cohorts, 5.0, 9, 30).axes
    curves = [line for line in axis.lines if len(line.get_xdata()) == 10]
    assert [line.get_ydata()[4] for line in curves] == pytest.approx(cohorts["dose"].tolist())
    assert [words(axis)[i] for i in range(len(cohorts))] == [
        f"{row.label}, {row.gy_per_gbq:.2f} Gy/GBq" for row in cohorts.itertuples()
    ]
    assert axis.lines[-1].get_ydata()[0] == 30 and words(axis)[-1] == "30 Gy"
    assert colours(axis.texts[:-1]) == colours(curves)


def test_bed_lines_and_limits_are_drawn(small):
    dose = np.linspace(0, 45, 91)
    lines = dose_effect.bed_lines(small, dose, 4)
    (axis,) = figures.bed_against_dose(dose, lines, (28, 40), 21).axes
    assert len([line for line in axis.lines if len(line.get_xdata()) == 91]) == len(lines)
    assert {w.strip() for w in words(axis)} == {*lines, "BED 28 Gy", "BED 40 Gy", "21 Gy"}
    left = next(w for w in axis.texts if "no repair" in w.get_text()).get_window_extent().x0
    assert left > axis.transData.transform((21, 0))[0]
    level = [line.get_ydata()[0] for line in axis.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] > 1]
    assert level == [28, 40]
    assert {t.get_text(): t.xy[1] for t in axis.texts if t.get_text().startswith("BED")} == {
        "BED 28 Gy": 28, "BED 40 Gy": 40
    }  # fmt: skip
    (upright,) = [line.get_xdata() for line in axis.lines if len(set(line.get_xdata())) == 1]
    assert set(upright) == {21}


# Simulations


def test_bars_of_cycles_add_up_to_all_patients_and_panels_are_named_and_marked(treated, trial):
    axes = figures.cycles_given(treated, trial._replace(low=2, high=11)).axes
    assert [axis.get_title() for axis in axes] == list(treated)
    for axis, one in zip(axes, treated.values(), strict=True):
        assert sum(bar.get_height() for bar in axis.patches) == pytest.approx(1)
        by_dose = axis.containers[0]
        assert sum(bar.get_height() for bar in by_dose) == pytest.approx(one.by_dose.mean())
        span, middle = axis.lines
        assert list(span.get_xdata()) == [2, 11] and list(middle.get_xdata()) == [5]


def test_the_grid_prints_medians_and_marks_the_cohorts(grid, cohorts):
    *axes, _ = figures.protocol_grid(grid, cohorts.values(), 5).axes
    assert [axis.get_title() for axis in axes] == [f"{stop}% stop at each cycle" for stop in (0, 5, 10)]
    for axis, medians in zip(axes, grid.median, strict=True):
        assert words(axis) == [f"{m:g}" for m in medians.ravel()]
        bold = [text.get_text() for text in axis.texts if text.get_weight() == "bold"]
        assert set(bold) == {"5"}
    for across, up, cohort in zip(*axes[0].lines[0].get_data(), cohorts.values(), strict=True):
        assert np.interp(across, np.arange(grid.means.size), grid.means) == pytest.approx(cohort.mean_gy_per_gbq)
        assert np.interp(up, np.arange(grid.spreads.size), grid.spreads) == pytest.approx(cohort.cv)
    circles = axis.transData.transform(axis.lines[0].get_xydata())
    numbers = axis.transData.transform([text.get_position() for text in axis.texts])
    nearest = np.linalg.norm(circles[:, None] - numbers, axis=2).min() * 72 / axis.figure.dpi
    assert nearest > 5.5 / 2 + 2.5  # points: radius of a circle and half a digit


def test_parts_of_the_bars_of_fixed_cycles_are_those_of_their_limit(shares):
    for axis, limit in zip(figures.shares_of_fixed_cycles(shares).axes, shares["limit"].unique(), strict=True):
        own = shares[shares["limit"] == limit].iloc[::-1]
        assert axis.get_title() == limit
        assert sum(bar.get_width() for bar in axis.patches) == pytest.approx(4)
        for bars, part in zip(axis.containers, ("under", "right", "over"), strict=True):
            assert [bar.get_width() for bar in bars] == pytest.approx(own[part].tolist())
        large = own[["under", "right", "over"]].to_numpy().T.ravel()
        assert words(axis) == [f"{100 * share:.0f}" for share in large if share >= 0.08]


def test_bias_is_drawn_over_months_with_the_range_of_its_trials(bias):
    rows, by_length = bias
    left, right = figures.immortal_ratios(rows, by_length).axes
    drawn = [line.get_xdata()[0] for line in left.lines if line.get_marker() in ("o", "s")]
    assert sorted(drawn) == sorted(rows["hr"])
    spans = {
        tuple(line.get_xdata()) for line in left.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"
    }
    assert set(zip(rows["low"], rows["high"], strict=True)) <= spans
    for line in right.lines[:2]:
        assert line.get_xdata().tolist() == by_length["months"].tolist()
        assert line.get_ydata().tolist() == by_length[line.get_label()].tolist()


# Images and trends


def test_errors_of_single_images_are_drawn_by_method_and_half_life(small):
    time = np.arange(1, 200, dtype=float)
    errors = one_image.image_errors(small, time)
    axes = figures.image_errors_by_time(time, errors, one_image.true_half_lives_h(small)).axes
    assert [line.get_label() for line in axes[0].lines[:5]] == ["35 h", "42.5 h", "50 h", "57.5 h", "65 h"]
    for axis, method in zip(axes, errors, strict=True):
        assert axis.get_title() == method
        np.testing.assert_array_equal([line.get_ydata() for line in axis.lines[:5]], errors[method])


def test_trends_are_drawn_for_each_tumour_and_per_kidney_dose(ledger):
    table = trends.trends(ledger, 9)
    left, right = figures.dose_trends(table).axes
    assert {line.get_label(): line.get_ydata()[-1] for line in left.lines[:4]} == {
        name: table[name].iloc[-1] for name in table.columns if name != "cycle"
    }
    assert right.lines[0].get_ydata()[1] == pytest.approx(0.94 / 1.08)
    for line, name in zip(right.lines, [n for n in table.columns if n not in ("cycle", "kidneys")], strict=False):
        assert line.get_ydata()[-1] == pytest.approx(table[name].iloc[-1] / table["kidneys"].iloc[-1])
