"""Reference values are R's, written by reference/survival.R."""

from math import exp, inf, nan, pi, sin, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
from references import reference
from scipy.stats import norm

from netterbook.methods.patients import (
    cox,
    kaplan_meier,
    log_rank,
    median_survival,
    numbers_at_risk,
    rmst,
    sorted_cox,
    survival_rate,
)
from netterbook.methods.printed_ratios import RATE_TRANSFORMS

SETS = {name: frame for name, frame in reference("survival_input").groupby("set")}
TWO_ARMS = [(name, stratified) for name, frame in SETS.items() for stratified in range(min(2, frame.stratum.nunique()))]
ONE_ARM = [(name, arm) for name in SETS for arm in (0, 1)]
CURVES, RATES, QUANTILES, MEANS, COMPARISONS = (
    reference(f"survival_{name}") for name in ("curves", "rates", "quantiles", "means", "comparisons")
)


def patients(name, arm):
    frame = SETS[name]
    frame = frame[frame.arm == arm]
    return frame.time, frame.event


def of_arm(table, name, arm):
    rows = table[(table.set == name) & (table.arm == arm)]
    assert len(rows)
    return rows.itertuples()


def same(value, rel=1e-11):
    """R's values are stored with 15 digits."""
    return pytest.approx(value, rel=rel, abs=1e-14, nan_ok=True)


# Against R


@pytest.mark.parametrize(("name", "arm"), ONE_ARM)
def test_curves_are_rs(name, arm):
    curve = kaplan_meier(*patients(name, arm))
    r = CURVES[(CURVES.set == name) & (CURVES.arm == arm)]
    assert list(curve.time) == list(r.time)
    for column in ("at_risk", "events", "censored"):
        assert list(getattr(curve, column)) == list(r[column])
    assert curve.survival == same(r.survival.to_numpy())
    assert np.sqrt(curve.greenwood) == same(r.error_of_log.to_numpy())
    for row in r.itertuples():
        assert survival_rate(*patients(name, arm), row.time) == same((row.survival, row.low, row.high))


@pytest.mark.parametrize(("name", "arm"), ONE_ARM)
def test_rates_are_rs(name, arm):
    for row in of_arm(RATES, name, arm):
        rate = survival_rate(*patients(name, arm), row.t, row.level, row.transform)
        assert rate == same((row.rate, row.low, row.high)), row


@pytest.mark.parametrize(("name", "arm"), ONE_ARM)
def test_quantiles_are_rs(name, arm):
    for row in of_arm(QUANTILES, name, arm):
        if (name, arm, row.source, row.quantile) == ("half", 1, "quantile", 0.5):
            assert row.time == 4.5  # the middle of a step without a fall at its end, 3 as R prints it
            continue
        quantile = median_survival(*patients(name, arm), row.level, row.quantile, row.transform)
        assert quantile == same((row.time, row.low, row.high)), row


@pytest.mark.parametrize(("name", "arm"), ONE_ARM)
def test_restricted_means_are_rs(name, arm):
    for row in of_arm(MEANS, name, arm):
        assert rmst(*patients(name, arm), row.tau) == same((row.mean, row.standard_error)), row


@pytest.mark.parametrize(("name", "stratified"), TWO_ARMS)
def test_comparisons_are_rs(name, stratified):
    frame = SETS[name]
    strata = frame.stratum if stratified else None
    test = log_rank(frame.time, frame.event, frame.arm, strata)
    rows = COMPARISONS[(COMPARISONS.set == name) & (COMPARISONS.stratified == bool(stratified))]
    assert len(rows) == 2
    for row in rows.itertuples():
        ratio = cox(frame.time, frame.event, frame.arm, strata, row.level)
        assert ratio == same((row.hr, row.low, row.high, row.standard_error), rel=1e-8), row
        assert (test.z**2, np.sign(test.z)) == same((row.chisq, np.sign(row.excess)))
        assert test.p == same(2 * norm.sf(sqrt(row.chisq)))


# Against lifelines


@pytest.mark.parametrize(("name", "arm"), ONE_ARM)
def test_curves_and_means_are_those_of_lifelines(name, arm):
    time, event = patients(name, arm)
    curve, fitter = kaplan_meier(time, event), KaplanMeierFitter().fit(time, event)
    grid = np.linspace(0, time.max(), 40)
    assert curve.at(grid) == same(fitter.survival_function_at_times(grid).to_numpy())
    for tau in time.max() * np.array([0.5, 1]):
        area = restricted_mean_survival_time(fitter, tau)
        assert rmst(time, event, tau).value == pytest.approx(area, rel=1e-9)


@pytest.mark.parametrize("name", ["leukaemia", "rossi", "larynx", "waltons", "simulated", "tied"])
def test_comparisons_are_those_of_lifelines(name):
    frame = SETS[name].drop(columns="set")
    fit = CoxPHFitter().fit(frame, "time", "event", strata="stratum").summary.loc["arm"]
    ratio = cox(frame.time, frame.event, frame.arm, frame.stratum)
    limits = fit["exp(coef) lower 95%"], fit["exp(coef) upper 95%"]
    assert ratio == pytest.approx((fit["exp(coef)"], *limits, fit["se(coef)"]), rel=1e-4)
    arms = [frame[frame.arm == arm] for arm in (0, 1)]
    chi_square = logrank_test(arms[0].time, arms[1].time, arms[0].event, arms[1].event).test_statistic
    assert log_rank(frame.time, frame.event, frame.arm).z ** 2 == pytest.approx(chi_square)


# By hand


def test_a_curve_by_hand():
    curve = kaplan_meier([4, 2, 1, 2, 4], [0, 1, 1, 0, 1])
    assert curve.time.tolist() == [1, 2, 4]
    assert curve.at_risk.tolist() == [5, 4, 2]
    assert curve.events.tolist() == [1, 1, 1]
    assert curve.censored.tolist() == [0, 1, 1]
    assert curve.survival == pytest.approx([4 / 5, 3 / 5, 3 / 10])
    assert curve.greenwood == pytest.approx([1 / 20, 1 / 20 + 1 / 12, 1 / 20 + 1 / 12 + 1 / 2])
    assert rmst([4, 2, 1, 2, 4], [0, 1, 1, 0, 1], 4).value == pytest.approx(1 + 0.8 + 2 * 0.6)


def test_survival_after_the_last_observation():
    assert kaplan_meier([1, 2], [1, 1]).at([2, 3, inf]).tolist() == [0, 0, 0]
    assert kaplan_meier([1, 2], [1, 0]).at([-1, 1, 2, 2.5, nan]) == pytest.approx([1, 0.5, 0.5, nan, nan], nan_ok=True)
    assert survival_rate([1, 2], [1, 1], 3) == pytest.approx((0, nan, nan), nan_ok=True)
    assert rmst([1, 2], [1, 1], 30) == pytest.approx((1.5, 0.5 / sqrt(2)))


def test_after_the_last_patient_had_the_event_survival_stays_0_and_adds_nothing_to_the_mean():
    time, event = [1, 2, 3], [1, 1, 1]
    assert survival_rate(time, event, 9).value == 0
    assert rmst(time, event, 9).value == pytest.approx(2)


def test_before_the_first_event_the_limits_need_a_transform_that_has_them():
    for transform in RATE_TRANSFORMS:
        rate = survival_rate([1, 2], [0, 1], 0.5, transform=transform)
        limit = 1 if transform in ("plain", "log") else nan
        assert rate == pytest.approx((1, limit, limit), nan_ok=True)


def test_limits_stay_between_0_and_1():
    for transform in RATE_TRANSFORMS:
        for t in (1, 2, 3):
            rate = survival_rate([1, 2, 3, 4], [1, 1, 1, 0], t, 0.999, transform)
            assert 0 <= rate.low <= rate.value <= rate.high <= 1
    half = survival_rate([1, 2, 3, 4], [1, 1, 1, 0], 2, 0.5, "arcsine")  # sin² of 45° and z / (2 sqrt 4) to either side
    assert half.high == pytest.approx(sin(pi / 4 + 0.6744897501960817 / 4) ** 2)


def test_a_log_rank_by_hand():
    # Before 1 each arm has 2 patients, before 2 arm 1 has 2 of 3: 1/2 + 2/3 expected, 0 seen
    test = log_rank([1, 2, 3, 4], [1, 1, 0, 0], [0, 0, 1, 1])
    assert test.z == pytest.approx(-(1 / 2 + 2 / 3) / sqrt(1 / 4 + 2 / 9))


def test_a_hazard_ratio_by_hand():
    # r/(r+1), then 1/(r+1): the likelihood of two pairs with one event in each arm peaks at 1, with information 1/2
    ratio = cox([1, 2, 1, 2], [1, 0, 1, 0], [0, 1, 1, 0], ["a", "a", "b", "b"])
    assert ratio == pytest.approx((1, exp(-1.959964 * sqrt(2)), exp(1.959964 * sqrt(2)), sqrt(2)), rel=1e-6)


def test_efrons_ties_by_hand():
    # 1 of 2 in either arm at once: r / (2r + 2) / (1.5r + 1.5) peaks at 1 with information 1/4 + 1/4
    assert cox([1, 1, 2, 2], [1, 1, 0, 0], [0, 1, 0, 1])[::3] == pytest.approx((1, sqrt(2)))


def test_an_extreme_hazard_ratio_converges():
    # Every patient of arm 0 but the last has the event before those of arm 1
    time = np.arange(4000)
    arm = (time >= 2000) ^ np.isin(time, [1999, 2000])
    beta, error = sorted_cox(time.astype(float), np.ones(4000, bool), arm, np.zeros(4000, int))
    ratio = cox(time, np.ones(4000), arm)
    assert ratio.hr == pytest.approx(exp(beta)) and ratio.standard_error == error
    assert 0 < ratio.hr < 1e-3
    assert cox(time, np.ones(4000), ~arm).hr == pytest.approx(1 / ratio.hr)


def test_numbers_at_risk():
    assert numbers_at_risk([3, 1, 2, 2], [0, 1, 1.5, 2, 3, 3.1]).tolist() == [4, 4, 3, 3, 1, 0]
    assert numbers_at_risk([3, 1, 2, 2], [2, 0]).tolist() == [3, 4]


def test_booleans_integers_series_and_lists_are_the_same():
    time, event, arm = [1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 1, 0], [0, 1, 0, 1, 1, 0]
    index = [9, 8, 7, 6, 5, 4]
    expected = cox(time, event, arm)
    assert cox(np.array(time, np.int32), np.array(event, bool), np.array(arm, bool)) == expected
    assert cox(*(pd.Series(column, index) for column in (time, event, arm))) == expected
    columns = np.array([time, event, arm], float).T[::-1]
    columns.flags.writeable = False
    assert cox(*columns.T) == expected
    strata = cox(time, event, arm, ["b", "a", "b", "b", "b", "a"])
    assert cox(time, event, arm, [1.5, -1, 1.5, 1.5, 1.5, -1]) == strata != expected


# Properties

TIMES = st.one_of(st.integers(0, 12).map(float), st.floats(1e-6, 1e3))
PATIENTS = st.lists(st.tuples(TIMES, st.booleans(), st.booleans(), st.integers(0, 2)), min_size=1, max_size=40)


def columns(rows):
    return tuple(np.array(column) for column in zip(*rows, strict=True))


@given(PATIENTS)
def test_every_patient_is_counted_once_and_survival_falls(rows):
    time, event, _, _ = columns(rows)
    curve = kaplan_meier(time, event)
    assert curve.events.sum() == event.sum()
    assert curve.events.sum() + curve.censored.sum() == len(time) == curve.at_risk[0]
    assert (np.diff(curve.survival, prepend=1) <= 0).all() and (curve.survival >= 0).all()
    assert (np.diff(curve.survival, prepend=1) < 0).tolist() == (curve.events > 0).tolist()
    assert (np.diff(curve.time) > 0).all()
    assert numbers_at_risk(time, curve.time).tolist() == curve.at_risk.tolist()
    assert (curve.survival[-1] == 0) == (curve.events[-1] == curve.at_risk[-1])


@given(PATIENTS)
def test_without_censoring_survival_is_the_share_alive_and_the_mean_the_mean(rows):
    time = columns(rows)[0]
    curve = kaplan_meier(time, np.ones(len(time)))
    assert curve.survival == pytest.approx([(time > t).mean() for t in curve.time])
    assume(time.max() > 0)
    mean = rmst(time, np.ones(len(time)), time.max())
    assert mean == pytest.approx((time.mean(), time.std() / sqrt(len(time))), abs=1e-6 * time.max())


@given(PATIENTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert outcomes(shuffled) == outcomes(rows)


@given(PATIENTS, st.sampled_from([0.25, 2, 128]))
def test_the_unit_of_time_does_not_matter(rows, unit):
    before, after = outcomes(rows), outcomes([(time * unit, *rest) for time, *rest in rows])
    times = ("median", "low", "high", "mean", "error")
    assert after == {key: value * unit if key in times and value != () else value for key, value in before.items()}


def outcomes(rows):
    """All statistics, an error by its text and nan by an empty tuple, which equals itself."""
    time, event, arm, stratum = columns(rows)
    found = dict(zip(("median", "low", "high"), median_survival(time, event), strict=True))
    if time.max() > 0:
        found |= zip(("mean", "error"), rmst(time, event, time.max()), strict=True)
    found |= enumerate(survival_rate(time, event, time.max()))
    for strata in (None, stratum):
        for function in (log_rank, cox):
            try:
                found[function, strata is None] = function(time, event, arm, strata)
            except ValueError as error:
                found[function, strata is None] = str(error)[:30]
    return {key: () if value != value else value for key, value in found.items()}


@given(PATIENTS, st.booleans())
def test_swapping_the_arms_inverts_the_comparison(rows, stratified):
    time, event, arm, stratum = columns(rows)
    strata = stratum if stratified else None
    try:
        ratio, test = cox(time, event, arm, strata), log_rank(time, event, arm, strata)
    except ValueError:
        assume(False)
    swapped = cox(time, event, ~arm, strata)
    inverse = 1 / ratio.hr, 1 / ratio.high, 1 / ratio.low, ratio.standard_error
    assert swapped == pytest.approx(inverse, rel=1e-6)
    assert log_rank(time, event, ~arm, strata) == pytest.approx((-test.z, test.p), abs=1e-9)


@given(PATIENTS)
def test_the_hazard_ratio_is_where_the_score_is_0(rows):
    """The score written out from Efron's formula, patient by patient."""
    time, event, arm, _ = columns(rows)
    try:
        ratio = cox(time, event, arm)
    except ValueError:
        assume(False)
    weight, score, information = np.where(arm, ratio.hr, 1.0), 0.0, 0.0
    for t in np.unique(time[event]):
        risk, tied = time >= t, (time == t) & event
        for i in range(tied.sum()):
            counted = risk - tied * i / tied.sum()
            share = (counted * weight * arm).sum() / (counted * weight).sum()
            score -= share
            information += share * (1 - share)
        score += (tied & arm).sum()
    assert score == pytest.approx(0, abs=1e-7)
    assert ratio.standard_error == pytest.approx(information**-0.5, rel=1e-6)


@given(PATIENTS, st.sampled_from(["log-log", "plain", "log", "logit", "arcsine"]), st.floats(0.5, 0.99))
def test_a_wider_interval_contains_the_narrower(rows, transform, level):
    time, event, _, _ = columns(rows)
    narrow = survival_rate(time, event, time.max() / 2, level, transform)
    wide = survival_rate(time, event, time.max() / 2, 0.995, transform)
    assume(narrow.low == narrow.low)
    assert 0 <= wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high <= 1


# Errors

ARMS = [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([], [], "time is empty; give at least one patient"),
        ([1, 2], [1], "2 times but 1 values of event"),
        ([1, nan], [1, 0], r"time\[1\] is nan; times are finite and not negative; leave out"),
        ([1, None], [1, 0], r"time\[1\] is nan"),
        ([inf, 1], [1, 0], r"time\[0\] is inf"),
        ([1, -2], [1, 0], r"time\[1\] is -2; times are finite and not negative"),
        ([1, 2], [1, 2], r"event\[1\] is 2; write 1 \(or True\) for an event and 0 for censoring"),
        ([1, 2], [0.5, 1], r"event\[0\] is 0\.5"),
        ([1, 2], [1, nan], r"event\[1\] is nan"),
        ([1, 2], ["yes", "no"], "event must hold numbers only: .*'yes'"),
        (pd.Series([1, pd.NA], dtype="Int64"), [1, 0], r"time\[1\] is nan"),
        ([[1, 2]], [[1, 0]], "time must be a plain list of values, one a patient; it has 2 dimensions"),
        (5, 1, "time must be a plain list of values, one a patient; it has 0 dimensions"),
    ],
)
def test_patients_that_cannot_be_used(time, event, message):
    functions = [
        lambda: kaplan_meier(time, event),
        lambda: survival_rate(time, event, 1),
        lambda: median_survival(time, event),
        lambda: rmst(time, event, 1),
        lambda: log_rank(time, event, ARMS[:2]),
        lambda: cox(time, event, ARMS[:2]),
    ]
    if message.startswith("time"):
        functions.append(lambda: numbers_at_risk(time, [0]))
    for function in functions:
        with pytest.raises(ValueError, match=message):
            function()


@pytest.mark.parametrize("function", [log_rank, cox])
@pytest.mark.parametrize(
    ("event", "arm", "strata", "message"),
    [
        (
            [1] * 4,
            [0, 1, 2, 1],
            None,
            r"arm\[2\] is 2; write 1 \(or True\) for the experimental and 0 for the reference",
        ),
        ([1] * 4, [0, 1, nan, 1], None, r"arm\[2\] is nan"),
        ([1] * 4, ["A", "B", "A", "B"], None, "arm must hold numbers only: .*'A'"),
        ([1] * 4, [0, 1], None, "4 times but 2 values of arm"),
        ([1] * 4, [1] * 4, None, "all 4 patients are in arm 1; a comparison needs both arms"),
        ([1] * 4, ARMS, [0, 1], r"4 times but strata of shape \(2,\); give one label a patient"),
        ([1] * 4, ARMS, [0, 1, nan, 0], r"strata\[2\] is nan; give missing values a label of their own"),
        ([1] * 4, ARMS, ["a", "b", "a", None], r"strata\[3\] is None"),
        ([0] * 4, ARMS, None, "no event falls while patients of both arms are at risk"),
        ([1] * 4, ARMS, ARMS, "no event falls while patients of both arms are at risk"),
        ([0, 0, 0, 1], ARMS, None, "no event falls while patients of both arms are at risk"),
    ],
)
def test_comparisons_that_cannot_be_made(function, event, arm, strata, message):
    with pytest.raises(ValueError, match=message):
        function([1, 2, 3, 4], event, arm, strata)


NO_EVENT = "{}: no event of arm {} falls while patients of arm {} are at risk; report the log-rank test"


def test_an_event_of_all_at_once_tells_nothing():
    with pytest.raises(ValueError) as error:
        log_rank([1, 1, 1, 1], [1] * 4, ARMS)
    assert str(error.value) == (
        "no log-rank test: no event falls while patients of both arms are at risk, or all have it at once"
    )


@pytest.mark.parametrize(
    ("event", "arm", "message", "beta"),
    [
        ([1, 0, 1, 0], [0, 1, 0, 1], NO_EVENT.format("the estimated hazard ratio is 0", 1, 0), -inf),
        ([1, 1, 1, 1], [0, 0, 1, 1], NO_EVENT.format("the estimated hazard ratio is 0", 1, 0), -inf),
        ([1, 0, 1, 0], [1, 0, 1, 0], NO_EVENT.format("the estimated hazard ratio is infinite", 0, 1), inf),
        ([1, 1, 1, 1], [1, 1, 0, 0], NO_EVENT.format("the estimated hazard ratio is infinite", 0, 1), inf),
        ([0, 0, 0, 0], [1, 1, 0, 0], "no hazard ratio: no event falls while patients of both arms are at risk", nan),
    ],
)
def test_a_likelihood_without_a_peak(event, arm, message, beta):
    with pytest.raises(ValueError) as error:
        cox([1, 2, 3, 4], event, arm)
    assert str(error.value) == message
    found = sorted_cox(np.arange(4.0), np.array(event, bool), np.array(arm, bool), np.zeros(4, int))
    assert found == pytest.approx((beta, nan), nan_ok=True)


@pytest.mark.parametrize("level", [0, 1, 95, nan])
def test_a_level_is_a_fraction(level):
    for call in (
        lambda: survival_rate([1, 2], [1, 0], 1, level),
        lambda: median_survival([1, 2], [1, 0], level),
        lambda: cox([1, 2, 3, 4], [1] * 4, ARMS, level=level),
    ):
        with pytest.raises(ValueError, match=f"level must lie between 0 and 1, not {level}"):
            call()


def test_other_arguments_that_cannot_be_used():
    time, event = [1, 2, 3], [1, 1, 0]
    with pytest.raises(ValueError, match="no transform 'probit'; there are: log-log, plain"):
        survival_rate(time, event, 1, transform="probit")
    for t in (-1, nan):
        with pytest.raises(ValueError, match=f"a time must be at least 0, not {t}"):
            survival_rate(time, event, t)
    with pytest.raises(ValueError, match="nobody is followed up to 4; choose a time up to 3"):
        survival_rate(time, event, 4)
    for quantile in (0, 1, 50):
        with pytest.raises(ValueError, match=f"the quantile must lie between 0 and 1, not {quantile}"):
            median_survival(time, event, quantile=quantile)
    for tau in (0, -1, nan, inf):
        with pytest.raises(ValueError, match=f"tau must be a positive time, not {tau}"):
            rmst(time, event, tau)
    with pytest.raises(ValueError, match=r"nobody is followed up to 3\.5; the largest tau these patients allow is 3$"):
        rmst(time, event, 3.5)
    with pytest.raises(ValueError, match=r"^a time of the grid is nan; give the times printed below the curve$"):
        numbers_at_risk(time, [0, nan])
    with pytest.raises(ValueError, match=r"^no transform 'probit'; there are: log-log, plain, log$"):
        median_survival(time, event, transform="probit")
