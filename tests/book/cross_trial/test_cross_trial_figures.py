"""What the figures across the trials draw, not how they look."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from netterbook.audit.given import scan_schedule
from netterbook.book.cross_trial import (
    crossover_effects,
    figures,
    matching,
    median_ratios,
    scales,
    schedules,
    studies,
)
from netterbook.book.cross_trial.figures import TRIAL
from netterbook.book.style import ARM_CODES, BLUE, COLOUR, VERMILION
from netterbook.methods import extrapolation

RADIOLIGANDS = ("¹⁷⁷Lu-Dotatate", "¹⁷⁷Lu-edotreotide")


@pytest.fixture(scope="module")
def watched(ledger, netter1, netter2):
    return {trial.name: scan_schedule(ledger, trial, 48) for trial in (netter1, netter2)}


@pytest.fixture(scope="module")
def benefit(found):
    return scales.benefit_on_scales(found, 18, 0.95, 1)


@pytest.fixture(scope="module")
def gains(found):
    return scales.benefit_by_horizon(found, 0.95)


def test_the_figure_of_all_studies_has_a_row_for_each_result(table):
    left, right = figures.all_studies(table).axes
    labels = [tick.get_text() for tick in left.get_yticklabels()]
    without = {"COMPOSE · PFS", "NETTER-3 · PFS", "NETTER-2 · OS"}
    assert not without & set(labels) and len(labels) == len(table) - len(without)
    assert "randomised, no result found" in [
        text.get_text()
        for text in figures.network(studies.treatments_compared(table), RADIOLIGANDS).axes[0].get_legend().get_texts()
    ]
    drawn = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "s"]
    assert sorted(drawn) == sorted(table["hr_value"].dropna())


def test_the_network_draws_every_pair_once(table):
    pairs = studies.treatments_compared(table)
    (axis,) = figures.network(pairs, RADIOLIGANDS).axes
    assert len(axis.lines) == len(pairs)
    styles = [line.get_linestyle() for line in axis.lines]
    assert styles.count("-") == int((pairs["comparative"] & pairs["results"]).sum())
    words = [text.get_text() for text in axis.texts]
    assert "NETTER-1\nNETTER-2" in words and "CABINET" in words and "phase 3" in words
    bold = {text.get_text() for text in axis.texts if text.get_weight() == "bold"}
    assert bold == set(RADIOLIGANDS)
    with pytest.raises(ValueError, match="no place for interferon"):
        figures.network(pairs.assign(treatment="interferon"), RADIOLIGANDS)


def test_what_not_to_do_is_marked(table):
    figure = figures.naive_arms(matching.single_arms(table, ("¹⁷⁷Lu-Dotatate", "everolimus")))
    assert "What not to do" in figure.get_suptitle()
    assert "NOT A COMPARISON" in [text.get_text() for text in figure.axes[0].texts]


def test_figures_of_two_trials(fitted, found, watched, benefit, gains):
    hazards = figures.hazards(fitted, 0.95)
    assert len(hazards.axes) == 4
    beyond = figures.beyond_follow_up(fitted, 0.95)
    gained = beyond.axes[2].lines[0].get_ydata()  # NETTER-1, exponential: the area is the benefit to ten years
    expected = np.nanmedian(extrapolation.benefit(fitted[0].fits, 120)[:, 0])
    assert gained[-1] == pytest.approx(expected, rel=1e-3)
    rows = [tick.get_text() for tick in figures.benefit_by_model(fitted).axes[0].get_yticklabels()]
    assert rows == ["averaged", "spline", "Weibull", "exponential"]
    assert figures.control_arms(found, watched, 0.95).axes
    first, *_ = figures.three_scales(benefit, gains, 18).axes
    assert sorted(line.get_xdata()[0] for line in first.lines) == sorted(
        benefit[benefit["scale"] == scales.HAZARD_RATIO]["value"]
    )


def colour(thing):
    return to_hex(thing.get_color())


def test_studies_are_drawn_with_the_side_and_interval_of_their_numbers(table):
    left, right = figures.all_studies(table).axes
    labels = [tick.get_text() for tick in left.get_yticklabels()]
    place = dict(zip(labels, left.get_yticks(), strict=True))["NETTER-2 · PFS"]
    dots = {c.get_label(): c for c in left.collections if c.get_label() in ("treatment", "comparator")}
    for name, arm, median, shift in (
        ("treatment", ARM_CODES[0][1], 22.8, 0.14),
        ("comparator", ARM_CODES[1][1], 8.5, -0.14),
    ):
        assert to_hex(dots[name].get_facecolor()[0]) == to_hex(COLOUR[arm])
        assert [median, round(place + shift, 6)] in dots[name].get_offsets().round(6).tolist()
    spans = [p.vertices.round(6).tolist() for c in left.collections for p in c.get_paths() if len(p.vertices) == 2]
    assert [[7.7, round(place - 0.14, 6)], [13.8, round(place - 0.14, 6)]] in spans
    hollow = {
        round(m.get_xdata()[0], 3) for m in right.lines if m.get_marker() == "s" and m.get_markerfacecolor() == "white"
    }
    secondary = table[(table["confidence"] == "secondary") & table["hr_value"].notna()]
    assert hollow == set(secondary["hr_value"].round(3))


def test_control_arms_are_those_without_treatment_under_their_trials_name(found, watched):
    (axis,) = figures.control_arms(found, watched, 0.95).axes
    curves = [line for line in axis.lines if line.get_drawstyle() == "steps-post"]
    for (name, each), line, text, tone in zip(found.items(), curves, axis.texts, TRIAL, strict=False):
        own = each.arm == 0
        share = 100 * np.mean(each.time[:, own] > 6)
        assert np.interp(6, *line.get_data()) == pytest.approx(share, abs=3)
        assert text.get_text() == f"Control, {name}" and colour(text) == colour(line) == tone


def test_medians_reported_are_drawn_over_the_true_ones(watched):
    seen = schedules.medians_seen([3.0, 6.9, 12.0], 0.276, watched)
    (axis,) = figures.scan_staircase(seen, {"NETTER-1": 8.4, "NETTER-2": 8.5}).axes
    assert [line.get_ydata()[0] for line in axis.lines if line.get_linestyle() == ":"] == [8.4, 8.5]
    for line in axis.lines:
        if line.get_label().startswith("scans as in "):
            own = seen[seen["schedule"] == line.get_label().removeprefix("scans as in ")]
            assert line.get_xdata().tolist() == own["true"].tolist()
            assert line.get_ydata().tolist() == own["seen"].tolist()


def test_scales_are_drawn_with_their_interval_and_trials_in_both_ranks(table, benefit, gains):
    first, *_ = figures.three_scales(benefit, gains, 18).axes
    own = benefit[benefit["scale"] == scales.HAZARD_RATIO].iloc[::-1]
    spans = [p.vertices[:, 0].tolist() for c in first.collections for p in c.get_paths()]
    assert spans == [pytest.approx(pair) for pair in own[["low", "high"]].to_numpy().tolist()]
    ranks = scales.rival_scales(table)
    (axis,) = figures.rankings(ranks, ("NETTER-1", "NETTER-2"), "COMPETE").axes
    texts = {text.xy: text.get_text() for text in axis.texts if hasattr(text, "xy")}
    for row, line in zip(ranks.itertuples(), axis.lines, strict=True):
        assert list(line.get_ydata()) == [row.hr_rank, row.difference_rank]
        assert texts[(-0.04, row.hr_rank)] == f"{row.study}  {row.hr:.2f}"
        assert texts[(1.04, row.difference_rank)] == f"{row.difference:.1f}  {row.study}"


def test_models_are_drawn_for_the_group_named_beside_them(fitted):
    axes = np.reshape(figures.hazards(fitted, 0.9).axes, (2, 2))
    upper, lower = np.reshape(figures.beyond_follow_up(fitted, 0.9).axes, (2, 2))
    for column, one in enumerate(fitted):
        for row, (code, name) in enumerate(((1, "¹⁷⁷Lu-Dotatate"), (0, "control"))):
            axis = axes[row, column]
            assert [t.get_text() for t in axis.texts] == [f"{one.trial.name}, {name}"]
            rate = np.nanmedian(one.fits["exponential"][code].hazard([6.0]))
            assert axis.lines[0].get_ydata()[0] == pytest.approx(rate)
        for line, code in zip(upper[column].lines, (0, 1), strict=False):
            assert line.get_linestyle() == ("-" if code else "--")
            at = np.nanmedian(one.fits["exponential"][code].survival([60.0]))
            assert np.interp(60, *line.get_data()) == pytest.approx(100 * at)
        assert lower[column].lines[0].get_ydata()[-1] > 0
        assert [t.get_text() for t in upper[column].texts] == [
            f"{one.trial.name}: beyond {one.followed:.0f} months assumed"
        ]
    axes = figures.benefit_by_model(fitted).axes
    assert [t.get_text() for t in axes[0].get_legend().get_texts()] == ["5 years", "10 years"]
    table = fitted[0].table[(fitted[0].table["quantity"] == "benefit") & (fitted[0].table["horizon"] == 60)]
    spans = [tuple(p.vertices[:, 0]) for c in axes[0].collections for p in c.get_paths()]
    for row in table.itertuples():
        assert (row.low_all, row.high_all) in spans and (row.low, row.high) in spans


def test_no_line_of_a_legend_stands_for_two_things(fitted):
    (legend,) = figures.beyond_follow_up(fitted, 0.9).legends
    looks = [(colour(line), line.get_linestyle()) for line in legend.get_lines()]
    assert len(set(looks)) == len(looks) == len(fitted[0].fits) + 2
    assert not {look for look, _ in looks[:-2]} & {look for look, _ in looks[-2:]}
    assert len({to_hex(value) for value in figures.MODEL.values()}) == len(figures.MODEL)


def test_what_matching_misses_is_drawn_by_kind(ledger, table):
    gap = matching.simulate_gap(ledger, table, 0.95, 1, replicates=20)
    (axis,) = figures.unmeasured(gap, [0.38], 0.95).axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in axis.lines}
    assert drawn["randomised trial"] == gap.table["randomised"].tolist()
    assert drawn["unmatched"] == gap.table["naive"].tolist()
    assert drawn["matched comparison (95% of them: band)"] == gap.table["maic"].tolist()


def test_ratios_and_dilution_are_drawn_on_their_axes(ledger, table, netter1):
    pairs = median_ratios.medians_and_hazard_ratios(table)
    left, _ = figures.medians_against_ratios(pairs, median_ratios.changing_effects(8.5, 0.3)).axes
    x, y = left.lines[0].get_data()
    assert (x * y).tolist() == pytest.approx(np.ones(len(x)).tolist())
    drawn = np.concatenate([dots.get_offsets() for dots in left.collections])
    assert sorted(map(tuple, drawn.tolist())) == sorted(zip(pairs["hr"], pairs["median_ratio"], strict=True))
    groups = crossover_effects.crossed_over(ledger, table, netter1)
    curves = crossover_effects.dilution_curves(groups, 1)
    named = {f"group {each.trial}": each for each in groups}
    for axis, (name, each) in zip(figures.crossover_dilution(curves, named).axes, named.items(), strict=True):
        assert axis.texts[0].get_text() == name
        for line, (hr, part) in zip(axis.lines, curves[curves["trial"] == each.trial].groupby("hr"), strict=False):
            assert line.get_label() == f"{hr:g}" and line.get_ydata().tolist() == part["diluted"].tolist()
        (bar,) = axis.collections
        assert bar.get_paths()[0].vertices[:, 1].tolist() == [each.low, each.high]


def test_corrected_and_randomised_ratios_are_drawn_in_their_world():
    rows = [(0.0, 1.0, 0.5, 0.51), (0.8, 1.0, 0.8, 0.45), (0.0, 0.0, 0.52, 0.53), (0.8, 0.0, 0.55, 0.25)]
    found = pd.DataFrame(rows, columns=["share", "after", "randomised", "corrected"]).assign(chosen=False)
    for axis, after in zip(figures.rank_preserving(found, 0.5).axes, (1.0, 0.0), strict=True):
        own = found[found["after"] == after]
        assert axis.texts[0].get_text() == f"crossover brings {'the whole effect' if after else 'none'}"
        for name, legend, tone in (
            ("randomised", "as randomised", VERMILION),
            ("corrected", "rank-preserving model", BLUE),
        ):
            scattered = [c for c in axis.collections if isinstance(c, PathCollection)]
            dots = [c for c in scattered if to_hex(c.get_facecolor()[0]) == to_hex(tone)]
            assert [float(c.get_offsets()[0][1]) for c in dots] == own[name].tolist()
            assert dots[0].get_label() == legend
