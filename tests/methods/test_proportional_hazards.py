"""Reference values are R's, written by reference/hazards.R and reference/survival.R."""

from math import inf, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from references import reference
from scipy.stats import binom, kstest

from netterbook.methods.patients import cox
from netterbook.methods.proportional_hazards import (
    TIME_TRANSFORMS,
    hazard_ratio_by_period,
    log_minus_log,
    proportional_hazards_test,
    scaled_schoenfeld,
)

SETS = {name: frame for name, frame in reference("survival_input").groupby("set")}
RESIDUALS, TESTS, PERIODS = map(reference, ["hazards_residuals", "hazards_tests", "hazards_periods"])
CURVES = reference("survival_curves")


def patients(name):
    frame = SETS[name]
    return frame.time, frame.event, frame.arm


def same(value, rel=1e-8):
    return pytest.approx(value, rel=rel, abs=1e-12, nan_ok=True)


# Against R


@pytest.mark.parametrize("name", SETS)
def test_scaled_schoenfeld_residuals_are_rs(name):
    ours = scaled_schoenfeld(*patients(name))
    r = RESIDUALS[RESIDUALS.set == name].sort_values(["time", "residual"])
    ascending = np.lexsort((ours.residual, ours.time))  # tied events may come in either order
    assert list(ours.time) == list(r.time)
    assert ours.residual[ascending] == same(r.residual.to_numpy())


@pytest.mark.parametrize("row", list(TESTS.itertuples()), ids=lambda row: f"{row.set}-{row.transform}")
def test_proportional_hazards_tests_are_rs(row):
    test = proportional_hazards_test(*patients(row.set), row.transform)
    assert tuple(test) == same((row.chisq, row.p), rel=1e-7)


@pytest.mark.parametrize("name", SETS)
def test_hazard_ratios_by_period_are_rs(name):
    r = PERIODS[PERIODS.set == name]
    ours = hazard_ratio_by_period(*patients(name), r.end[:-1], level=0.9)
    for column in ("hr", "low", "high"):
        assert getattr(ours, column) == same(r[column].to_numpy()), column
    for column in ("events0", "events1", "at_risk0", "at_risk1"):
        assert list(getattr(ours, column)) == list(r[column]), column


@pytest.mark.parametrize("name", SETS)
def test_log_minus_log_curves_are_those_of_rs_survival(name):
    time, event, arm = patients(name)
    for which in (0, 1):
        r = CURVES[(CURVES.set == name) & (CURVES.arm == which) & (CURVES.time > 0)]
        curves = log_minus_log(time, event, arm, r.time)
        inner = r.survival.between(0, 1, inclusive="neither").to_numpy()
        assert inner.any()
        assert np.exp(-np.exp(curves[which][inner])) == same(r.survival[inner].to_numpy())
        assert np.isnan(curves[which][~inner]).all()


# Against lifelines


# By hand

IN_TURN = [1, 2, 3, 4], [1, 1, 1, 1], [1, 0, 1, 0]


def test_residuals_by_hand():
    ratio = cox(*IN_TURN).hr
    shares = np.array([2 * ratio / (2 + 2 * ratio), ratio / (2 + ratio), ratio / (1 + ratio), 0])
    raw = np.array([1, 0, 1, 0]) - shares
    expected = np.log(ratio) + raw * 4 / sum(shares * (1 - shares))
    assert scaled_schoenfeld(*IN_TURN).residual == pytest.approx(expected)


def test_an_event_at_a_cut_belongs_to_the_period_that_ends_there():
    at, after = (hazard_ratio_by_period(*IN_TURN, cut) for cut in (2, 2.5))
    before = hazard_ratio_by_period(*IN_TURN, 1.5)
    assert [list(x.events0) for x in (at, after, before)] == [[1, 1], [1, 1], [0, 2]]
    assert [list(x.at_risk1) for x in (at, after, before)] == [[2, 1], [2, 1], [2, 1]]
    assert at.hr == pytest.approx(after.hr, nan_ok=True)


# Properties


@st.composite
def two_arms(draw):
    n = draw(st.integers(6, 40))
    time = draw(st.lists(st.integers(1, 12), min_size=n, max_size=n))
    event = draw(st.lists(st.sampled_from([0, 1, 1]), min_size=n, max_size=n))
    arm = np.arange(n) % 2
    try:
        cox(time, event, arm)
    except ValueError:
        assume(False)
    return np.array(time, float), np.array(event), arm


@given(two_arms())
def test_the_residuals_mean_is_the_log_hazard_ratio(patients):
    residuals = scaled_schoenfeld(*patients)
    assert residuals.residual.mean() == pytest.approx(np.log(cox(*patients).hr), abs=1e-6)
    assert len(residuals.time) == patients[1].sum()


@given(two_arms(), st.sampled_from(list(TIME_TRANSFORMS)))
def test_tests_are_the_same_seen_from_the_other_arm(patients, transform):
    time, event, arm = patients
    ours, theirs = (proportional_hazards_test(time, event, a, transform) for a in (arm, 1 - arm))
    assert theirs.chisq == pytest.approx(ours.chisq, rel=1e-5, abs=1e-9, nan_ok=True)


@given(two_arms(), st.floats(0.1, 50))
def test_no_test_depends_on_the_unit_of_time(patients, unit):
    time, event, arm = patients
    for transform in TIME_TRANSFORMS:
        ours, theirs = (proportional_hazards_test(t, event, arm, transform) for t in (time, unit * time))
        assert theirs.chisq == pytest.approx(ours.chisq, rel=1e-6, abs=1e-9, nan_ok=True)


@given(two_arms(), st.lists(st.integers(1, 11), unique=True).map(sorted))
def test_periods_share_out_the_events_and_one_period_is_the_whole(patients, cuts):
    _, event, arm = patients
    found = hazard_ratio_by_period(*patients, cuts)
    assert len(found.hr) == len(cuts) + 1
    for which, events in ((0, found.events0), (1, found.events1)):
        assert events.sum() == event[arm == which].sum()
    whole = hazard_ratio_by_period(*patients, [])
    if whole.events0 * whole.events1 > 0:
        assert (whole.hr[0], whole.low[0], whole.high[0]) == same(tuple(cox(*patients))[:3])


@given(two_arms())
def test_log_minus_log_rises_along_each_curve(patients):
    curves = log_minus_log(*patients, np.arange(1, 13))
    assert curves.shape == (2, 12)
    for curve in curves:
        assert (np.diff(curve[~np.isnan(curve)]) >= 0).all()


# Many sets


def simulated(draws, ratio, seed):
    """Sets of 230 patients with a yearly hazard of 1; that of arm 1 is ``ratio(t)`` times it, before and after 0.5."""
    rng = np.random.default_rng(seed)
    arm = np.arange(230) % 2
    hazard = rng.exponential(size=(draws, 230))  # cumulative at the event
    early, late = ratio
    experimental = np.where(hazard < early / 2, hazard / early, 0.5 + (hazard - early / 2) / late)
    failure = np.where(arm, experimental, hazard)
    censoring = rng.uniform(0.2, 2.5, (draws, 230))
    return np.minimum(failure, censoring), (failure <= censoring).astype(int), arm


def test_many_sets_give_what_each_gives_alone():
    time, event, arm = simulated(4, (0.5, 0.5), 1)
    time = time.round(2)
    grid = [0.1, 0.5, 1.0]
    for function, more in (
        (proportional_hazards_test, ("rank",)),
        (hazard_ratio_by_period, ([0.3, 0.9],)),
        (log_minus_log, (grid,)),
    ):
        together = function(time, event, arm, *more)
        alone = [function(t, e, arm, *more) for t, e in zip(time, event, strict=True)]
        if function is log_minus_log:
            np.testing.assert_array_equal(together, alone)
        else:
            for part, values in zip(together, zip(*alone, strict=True), strict=True):
                np.testing.assert_array_equal(part, values)


def test_p_is_uniform_under_proportional_hazards_and_small_where_the_effect_wears_off():
    time, event, arm = simulated(400, (0.5, 0.5), 2)
    for transform in TIME_TRANSFORMS:
        p = proportional_hazards_test(time, event, arm, transform).p
        assert kstest(p, "uniform").pvalue > 0.001, transform
    time, event, arm = simulated(400, (0.3, 1.5), 3)
    rejected = (proportional_hazards_test(time, event, arm).p < 0.05).sum()
    assert rejected > binom.isf(1e-6, 400, 0.5)  # more than half of the trials notice


def test_periods_recover_the_hazard_ratio_of_each():
    found = hazard_ratio_by_period(*simulated(400, (0.3, 1.5), 4), [0.5])
    assert found.hr.shape == (400, 2)
    logs = np.log(found.hr)
    error = logs.std(axis=0) / sqrt(400)
    assert (abs(logs.mean(axis=0) - np.log([0.3, 1.5])) < 4 * error + 0.02).all()  # and a bias of small samples
    covered = ((found.low < [0.3, 1.5]) & (found.high > [0.3, 1.5])).sum(axis=0)
    assert (covered > binom.ppf(1e-4, 400, 0.95)).all() and (covered < binom.isf(1e-4, 400, 0.95)).all()


def test_a_set_without_a_value_is_nan_among_the_others():
    time, arm = np.array([[1, 2, 3, 4, 5, 6.0]] * 2), [0, 1, 0, 1, 0, 1]
    event = np.array([[1, 1, 1, 1, 1, 0], [1, 0, 1, 0, 1, 0]])  # nobody of arm 1 in the second
    test = proportional_hazards_test(time, event, arm)
    assert not isnan(test.chisq[0]) and isnan(test.chisq[1]) and isnan(test.p[1])
    found = hazard_ratio_by_period(time, event, arm, [])
    assert found.hr[0] > 0 and np.isnan([found.hr[1], found.low[1], found.high[1]]).all()
    assert list(found.events1.ravel()) == [2, 0]


def test_a_test_needs_events_at_two_times():
    at_once = [2, 2, 2, 2, 3, 3], [1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 0, 1]
    assert all(isnan(x) for x in proportional_hazards_test(*at_once))
    alone = [1, 2, 3, 4], [1, 1, 0, 0], [0, 0, 1, 1]
    assert isnan(proportional_hazards_test(*alone).chisq)


# Bad input

GOOD = [1, 2, 3, 4], [1, 1, 0, 1], [0, 1, 0, 1]


@pytest.mark.parametrize("function", [scaled_schoenfeld, proportional_hazards_test])
@pytest.mark.parametrize(
    ("patients", "message"),
    [
        (([1, 2, nan, 4], *GOOD[1:]), r"time\[2\] is nan"),
        (([1, 2, -3, 4], *GOOD[1:]), r"time\[2\] is -3"),
        (([1, 2, inf, 4], *GOOD[1:]), r"time\[2\] is inf"),
        ((GOOD[0], [1, 2, 0, 1], GOOD[2]), r"event\[1\] is 2"),
        ((GOOD[0], GOOD[1], [0, 0, 0, 0]), "needs both arms"),
        (([], [], []), "time is empty"),
        ((GOOD[0], GOOD[1][:3], GOOD[2]), "4 times but 3 values of event"),
    ],
)
def test_patients_that_cannot_be_used_are_named(function, patients, message):
    with pytest.raises(ValueError, match=message):
        function(*patients)


def test_sets_that_cannot_be_used_are_named():
    time, event, arm = GOOD
    with pytest.raises(ValueError, match=r"draw 2: time\[0\] is nan"):
        proportional_hazards_test([time, [nan, 2, 3, 4]], [event, event], arm)
    with pytest.raises(ValueError, match=r"shape \(2, 4\) but events of shape \(1, 4\)"):
        proportional_hazards_test([time, time], [event], arm)
    with pytest.raises(ValueError, match="no draws"):
        proportional_hazards_test(np.empty((0, 4)), np.empty((0, 4)), arm)


def test_there_are_no_residuals_without_a_hazard_ratio():
    with pytest.raises(ValueError, match="hazard ratio is 0"):
        scaled_schoenfeld([1, 2, 3, 4], [1, 1, 0, 0], [0, 0, 1, 1])


def test_arguments_that_cannot_be_used_are_named():
    with pytest.raises(ValueError, match="no transform 'sqrt'; there are: km, rank, identity, log"):
        proportional_hazards_test(*GOOD, "sqrt")
    with pytest.raises(ValueError, match="no logarithm"):
        proportional_hazards_test([0, 2, 3, 4], *GOOD[1:], "log")
    for cuts in ([3, 2], [0, 1], [2, 2], [nan], [inf], -1):
        with pytest.raises(ValueError, match="ascending order"):
            hazard_ratio_by_period(*GOOD, cuts)
    with pytest.raises(ValueError, match="level must lie between 0 and 1, not 95"):
        hazard_ratio_by_period(*GOOD, [2], level=95)
    for grid in ([0, 1], [nan], [], 3, [inf]):
        with pytest.raises(ValueError, match="list of positive times"):
            log_minus_log(*GOOD, grid)
