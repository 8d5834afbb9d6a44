"""What is drawn of the models beyond the follow-up."""

import numpy as np
import pytest
from drawn import spans

from netterbook.book.chart import GUIDE
from netterbook.book.cross_trial.figures import models
from netterbook.book.style import COLOUR
from netterbook.methods import extrapolation

MODELS = ("exponential", "Weibull", "spline")


def panels(figure):
    """Panels by trial and model."""
    return {
        (block.get_suptitle(), axis.get_title(loc="right")): axis
        for block in figure.subfigs
        for axis in block.axes
        if axis.get_visible()
    }


def test_each_model_of_each_trial_has_its_panel_with_both_groups(fitted, layout):
    drawn = panels(models.beyond_follow_up(fitted, 0.9).figure(layout))
    assert list(drawn) == [(one.trial.name, model) for one in fitted for model in MODELS]
    for one in fitted:
        for model in MODELS:
            axis = drawn[one.trial.name, model]
            for line, code, arm in zip(axis.lines, (0, 1), ("control", "experimental"), strict=False):
                assert line.get_color() == COLOUR[arm] and line.get_linestyle() == ("-" if code else "--")
                at = np.nanmedian(one.fits[model][code].survival([60.0]))
                assert np.interp(60, *line.get_data()) == pytest.approx(100 * at, rel=1e-3)
            (shade,) = [patch for patch in axis.patches if patch.get_gid() == GUIDE]
            assert shade.get_x() == pytest.approx(one.followed)
            (dotted,) = [line for line in axis.lines if line.get_linestyle() == ":"]
            assert dotted.get_xdata()[0] == one.median_follow_up


def test_observed_curves_are_bands_of_their_own_group(fitted, layout):
    chart = models.beyond_follow_up(fitted, 0.9)
    axis = panels(chart.figure(layout))[fitted[0].trial.name, "Weibull"]
    seen = chart.frame[(chart.frame["what"] == models.OBSERVED_CURVE) & (chart.frame["trial"] == fitted[0].trial.name)]
    for band, name in zip(axis.collections, ("Control", "¹⁷⁷Lu-Dotatate"), strict=True):
        own = seen[seen["arm"] == name]
        heights = band.get_paths()[0].vertices[:, 1]
        assert {heights.min(), heights.max()} == {own["low"].min(), own["high"].max()}


def test_hazards_are_those_of_the_group_and_model_beside_what_is_observed(fitted, layout):
    chart = models.hazards(fitted, 0.9)
    drawn = panels(chart.figure(layout))
    assert list(drawn) == [(one.trial.name, model) for one in fitted for model in MODELS]
    for one in fitted:
        for line, code in zip(drawn[one.trial.name, "Weibull"].lines, (0, 1), strict=False):
            rate = np.nanmedian(one.fits["Weibull"][code].hazard([6.0]))
            assert np.interp(6, *line.get_data()) == pytest.approx(rate, rel=1e-3)
    one = fitted[0]
    seen = chart.frame[(chart.frame["what"] == models.OBSERVED_CURVE) & (chart.frame["trial"] == one.trial.name)]
    medians = {
        p.vertices[0, 1] for c in drawn[one.trial.name, "spline"].collections for p in c.get_paths() if len(p) == 2
    }
    assert medians == set(seen.loc[seen["time"] < seen["time"].max(), "value"])
    own = one.found.arm == 0
    middle = np.median(extrapolation.observed_hazard(one.found.time[:, own], one.found.event[:, own], [8, 12]))
    assert seen.loc[(seen["arm"] == "Control") & (seen["time"] == 8), "value"].item() == pytest.approx(middle, rel=1e-3)


def test_the_benefit_so_far_ends_at_the_benefit_and_each_line_has_its_name(fitted, layout):
    for axis, one in zip(models.benefit_so_far(fitted).figure(layout).axes, fitted, strict=True):
        expected = np.nanmedian(extrapolation.benefit(one.fits, 120)[:, 0])
        assert axis.lines[0].get_ydata()[-1] == pytest.approx(expected, rel=1e-3)  # exponential
        name, *ends = axis.texts
        assert name.get_text() == one.trial.name
        lines = [line for line in axis.lines if len(line.get_xdata()) > 2]
        assert {(end.get_text(), end.get_color(), end.xy[1]) for end in ends} == {
            (model, line.get_color(), line.get_ydata()[-1]) for model, line in zip(MODELS, lines, strict=True)
        }


def test_no_two_models_have_one_colour_and_a_legend_tells_the_groups_apart(fitted, layout):
    assert len(set(models.MODEL.values())) == len(models.MODEL) == len(extrapolation.SURVIVAL_MODELS)
    (legend,) = models.beyond_follow_up(fitted, 0.9).figure(layout).legends
    looks = [(line.get_color(), line.get_linestyle()) for line in legend.get_lines()]
    assert len(set(looks)) == len(looks) == 2
    said = [text.get_text() for text in legend.get_texts()]
    by_model = ["¹⁷⁷Lu-Dotatate, by the model", "Control, by the model"]
    assert said == [*by_model, "observed in reconstructed trials", "beyond what was observed"]
    (legend,) = models.hazards(fitted, 0.9).figure(layout).legends
    assert [text.get_text() for text in legend.get_texts()] == said[:3]


def test_the_benefit_by_model_has_both_horizons_and_both_intervals(fitted, layout):
    chart = models.benefit_by_model(fitted)
    figure = chart.figure(layout)
    axes = figure.axes
    names = {text.get_text() for text in axes[0].texts}
    assert {"averaged", *MODELS} <= names
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["5 years", "10 years"]
    own = chart.frame[(chart.frame["trial"] == fitted[0].trial.name) & (chart.frame["horizon"] == 60)]
    ends = spans(*axes[0].collections)
    for row in own.itertuples():
        assert [row.low_all, row.high_all] in ends and [row.low, row.high] in ends
