"""What the figures of virtual patients draw, not how it looks."""

import numpy as np
import pytest
from drawn import words

from netterbook.book.chart import WIDE
from netterbook.book.display import labels
from netterbook.book.dosimetry import cycle_figures, fixed_cycles, immortal_bias, protocol
from netterbook.book.style import TEXT_SIZE
from netterbook.precision import share_error, step


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


def lengths(collection):
    return np.diff([path.vertices[:, 1] for path in collection.get_paths()]).sum()


def test_bars_of_cycles_add_up_to_all_patients_and_panels_are_named_and_marked(treated, trial, layout):
    figure = cycle_figures.cycles_given(treated, trial._replace(low=2, high=11)).figure(layout)
    assert [axis.get_title("left") for axis in figure.axes] == list(treated)
    for axis, one in zip(figure.axes, treated.values(), strict=True):
        by_dose, otherwise = axis.collections
        assert lengths(by_dose) == pytest.approx(one.by_dose.mean(), abs=0.01)
        assert lengths(otherwise) == pytest.approx(1 - one.by_dose.mean(), abs=0.01)
        span, middle = axis.lines
        assert list(span.get_xdata()) == [2, 11] and list(middle.get_xdata()) == [5]
    key = [text.get_text() for text in figure.legends[0].texts]
    assert key == ["ended by kidney dose", "ended otherwise", "published median, range"]


def test_shares_are_no_finer_than_their_monte_carlo_error(treated, trial):
    frame = cycle_figures.cycles_given(treated, trial).frame.dropna(subset="share")
    finest = step(share_error(0, next(iter(treated.values())).cycles.size))
    steps = frame["share"].to_numpy() / finest
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
    np.testing.assert_allclose(frame["end"] - frame["start"], frame["share"], atol=1e-6)


def test_the_grid_prints_medians_and_marks_the_cohorts(grid, cohorts, layout):
    figure = cycle_figures.protocol_grid(grid, cohorts.values(), 5).figure(layout)
    figure.draw_without_rendering()
    axes = figure.axes
    assert [axis.get_title("left") for axis in axes] == [f"{stop}% stop at each cycle" for stop in (0, 5, 10)]
    for axis, medians in zip(axes, grid.median, strict=True):
        assert words(axis) == [f"{m:g}" for m in medians.ravel()]
        bold = [text.get_text() for text in axis.texts if text.get_weight() == "bold"]
        assert set(bold) == {"5"}
        circles = axis.lines[0].get_xydata()
        published = [(each.mean_gy_per_gbq, each.cv) for each in cohorts.values()]
        np.testing.assert_allclose(circles, published, rtol=1e-5)
        centres = axis.transData.transform(circles)
        radius = (axis.lines[0].get_markersize() + axis.lines[0].get_markeredgewidth()) / 2
        for text in axis.texts:
            box = text.get_window_extent()
            digit = box.x0, box.x1, (box.y0 + box.y1) / 2 - 0.37 * TEXT_SIZE, (box.y0 + box.y1) / 2 + 0.37 * TEXT_SIZE
            aside = [np.maximum(0, np.maximum(low - c, c - high)) for low, high, c in
                     ((digit[0], digit[1], centres[:, 0]), (digit[2], digit[3], centres[:, 1]))]  # fmt: skip
            assert np.hypot(*aside).min() > radius, text.get_text()


def test_the_grid_is_the_darker_the_more_trials_match(grid, cohorts):
    axes = cycle_figures.protocol_grid(grid, cohorts.values(), 5).figure(WIDE).axes
    opacity = np.array([axis.collections[0].get_facecolors()[:, 3] for axis in axes])
    shares = grid.both.reshape(len(axes), -1)
    assert shares.max() > 0 and opacity[shares == 0].max() == 0
    assert np.corrcoef(opacity.ravel(), shares.ravel())[0, 1] > 0.99
    for axis in axes:
        across, up = axis.collections[0].get_offsets().T
        assert set(across) == set(grid.means) and set(up) == set(grid.spreads)


def test_parts_of_the_bars_of_fixed_cycles_are_those_of_their_limit(shares, layout):
    figure = cycle_figures.shares_of_fixed_cycles(shares).figure(layout)
    for axis, limit in zip(figure.axes, shares["limit"].unique(), strict=True):
        own = shares[shares["limit"] == limit]
        assert axis.get_title("left") == limit
        assert sum(bar.get_width() for bar in axis.patches) == pytest.approx(4, abs=0.06)
        numbers = []
        for bars, part in zip(axis.containers, ("under", "right", "over"), strict=True):
            widths = [bar.get_width() for bar in bars]
            assert widths == pytest.approx(own[part].tolist(), abs=0.011)
            numbers += [f"{100 * width:.0f}" for width in np.round(widths, 6) if width >= 0.08]
        cohorts = own["cohort"].tolist()
        assert [word for word in words(axis) if word not in cohorts] == numbers
        named = [text.get_text() for text in axis.get_yticklabels()] if layout is WIDE else words(axis)[-4:]
        assert named == cohorts


def test_bias_is_drawn_over_months_with_the_range_of_its_trials(bias, layout):
    rows, by_length = bias
    chart = cycle_figures.immortal_ratios(rows, by_length)
    figure = chart.figure(layout)
    first, second = figure.axes
    drawn = chart.frame[chart.frame["months"].isna()]
    marks = [line.get_xdata()[0] for line in first.lines if line.get_marker() in ("o", "s")]
    assert sorted(marks) == sorted(drawn["hr"])
    np.testing.assert_allclose(drawn["hr"], rows["hr"], atol=rows["hr_error"].max())
    spans = {tuple(line.get_xdata()) for line in first.lines if line.get_marker() == "None"}
    assert set(zip(drawn["low"], drawn["high"], strict=True)) <= spans
    assert words(first) == list(dict.fromkeys(rows["method"]))
    for line, outcome in zip(second.lines, immortal_bias.OUTCOMES, strict=False):
        assert line.get_xdata().tolist() == pytest.approx(by_length["months"].tolist(), rel=1e-5)
        assert line.get_ydata().tolist() == pytest.approx(
            by_length[outcome].tolist(), abs=by_length[f"{outcome}_error"].max()
        )
    assert [text.get_text() for text in figure.legends[0].texts] == list(immortal_bias.OUTCOMES)
