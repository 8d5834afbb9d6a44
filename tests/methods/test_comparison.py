from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from netterbook import facts
from netterbook.methods import patients
from netterbook.methods.between_trials import benefit_scales, compare_arms
from netterbook.methods.indirect import detectable_ratio, indirect, inverse
from netterbook.methods.medians import changing_effect, median_ratio, reconciling_shape
from netterbook.methods.months import WEEKS_PER_MONTH
from netterbook.methods.scans import schedule_shift, seen_at_scans
from netterbook.methods.visits import scan_weeks
from netterbook.papers import data_dir
from netterbook.reconstruction.result import Reconstruction

Z = 1.959963984540054


def printed(estimate, error):
    return exp(estimate), exp(estimate - Z * error), exp(estimate + Z * error)


# Indirect comparison


def test_the_worked_example_of_nice():
    """NICE DSU Technical Support Document 18, Appendix D: C to B by A, on the log odds scale.

    As rerun with its code at github.com/AidanCooper/indcomp: B to A -3.385924, variance 0.170214; in the other trial 21
    events of 150 with C and 125 of 150 with A; result -0.03880351, variance 0.273585.
    """
    c_to_a = log(21 * 25 / (125 * 129)), sqrt(1 / 21 + 1 / 129 + 1 / 125 + 1 / 25)
    found = indirect(printed(*c_to_a), printed(-3.385924, sqrt(0.170214)))
    assert log(found.ratio) == pytest.approx(-0.03880351, abs=1e-6)
    assert found.standard_error**2 == pytest.approx(0.273585, abs=1e-6)
    assert found.p == pytest.approx(2 * norm.sf(0.03880351 / sqrt(0.273585)), abs=1e-5)


def test_the_computed_fact_is_found_again():
    known = facts.read(data_dir())
    one, two, both = (known[fact].stated for fact in ("F176", "F171", "F190"))
    assert [round(x, 2) for x in indirect(one, inverse(two))[:3]] == list(both)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.05, 1), st.floats(0.05, 1))
def test_variances_add_on_the_log_scale(a, b, error1, error2):
    found = indirect(printed(a, error1), printed(b, error2), level=0.9)
    assert log(found.ratio) == pytest.approx(a - b, abs=1e-9)
    assert found.standard_error**2 == pytest.approx(error1**2 + error2**2)
    half = 1.6448536269514722 * sqrt(error1**2 + error2**2)
    assert log(found.high) - log(found.low) == pytest.approx(2 * half)
    back = indirect(printed(b, error2), printed(a, error1), level=0.9)
    assert (back.ratio, back.low, back.high) == pytest.approx((1 / found.ratio, 1 / found.high, 1 / found.low))


def test_a_chain_through_two_comparators():
    """A to C by way of B is the product of A to B and B to C."""
    found = indirect(printed(log(0.5), 0.1), inverse(printed(log(0.8), 0.2)))
    assert found.ratio == pytest.approx(0.4)


@pytest.mark.parametrize("bad", [(0.5, 0.6, 0.9), (0.5, 0.2, 0.4), (0.5, 0, 0.9), (-1, -2, 1), (0.5, 0.3, np.inf),
                                 (np.nan, 0.3, 0.9), (0.5, np.nan, 0.9)])  # fmt: skip
def test_an_interval_that_cannot_be_is_an_error(bad):
    for call in (lambda: indirect(bad, (0.5, 0.3, 0.8)), lambda: indirect((0.5, 0.3, 0.8), bad), lambda: inverse(bad)):
        with pytest.raises(ValueError, match="needs 0 < low <= hr <= high, not"):
            call()


def test_other_bad_input_of_the_indirect_comparison():
    with pytest.raises(ValueError, match="between 0 and 1, not 95"):
        indirect((0.5, 0.3, 0.8), (0.5, 0.3, 0.8), level=95)
    with pytest.raises(ValueError, match="no width"):
        indirect((0.5, 0.5, 0.5), (0.4, 0.4, 0.4))


def test_a_detectable_ratio_is_found_as_often_as_said():
    rng = np.random.default_rng(4)
    for power in (0.5, 0.8):
        ratio = detectable_ratio(0.3, power, level=0.9)
        z = (log(ratio) + rng.normal(0, 0.3, 20000)) / 0.3
        assert (z > 1.6448536269514722).mean() == pytest.approx(power, abs=0.015)
    for bad in ((0, 0.8, 0.95), (np.nan, 0.8, 0.95), (np.inf, 0.8, 0.95)):
        with pytest.raises(ValueError, match="must be positive"):
            detectable_ratio(*bad)
    for bad in ((0.3, 1, 0.95), (0.3, 0.8, 95)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            detectable_ratio(*bad)


# Arms and scales


def trial(seed, rates, n=60, draws=4, end=24):
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1], n)
    true = rng.exponential(1 / np.where(arm, rates[1], rates[0]), (draws, 2 * n))
    return Reconstruction(np.minimum(true, end), (true <= end).astype(int), arm, (), draws)


def test_arms_of_two_trials():
    first, second = trial(1, (0.1, 0.03)), trial(2, (0.08, 0.04), n=40)
    table = compare_arms(first, second, 12)
    assert len(table) == 4
    for draw in range(4):
        a = first.time[draw, :60], first.event[draw, :60]
        b = second.time[draw, :40], second.event[draw, :40]
        both = np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]]), np.repeat([1, 0], [60, 40])
        row = table.iloc[draw]
        assert row.hr == pytest.approx(patients.cox(*both).hr)
        assert (row.logrank_z, row.logrank_p) == pytest.approx(patients.log_rank(*both))
        assert row.rmst_difference == pytest.approx(patients.rmst(*a, 12).value - patients.rmst(*b, 12).value)
        assert row.median_first == patients.median_survival(*a).value
    turned = compare_arms(second, first, 12)
    assert (turned.hr * table.hr).tolist() == pytest.approx([1] * 4)
    other = compare_arms(first, second, 12, arms=(1, 0))
    assert (other.hr < table.hr).all() and (other.median_first > table.median_first).all()


def test_arms_with_themselves():
    one = trial(1, (0.1, 0.03))
    table = compare_arms(one, one, 12)
    assert table.hr.tolist() == pytest.approx([1] * 4, abs=1e-9) and table.logrank_p.tolist() == pytest.approx([1] * 4)


def test_arms_that_do_not_fit():
    with pytest.raises(ValueError, match="4 and 3 draws"):
        compare_arms(trial(1, (0.1, 0.03)), trial(2, (0.1, 0.03), draws=3), 12)
    with pytest.raises(ValueError, match=r"no patient is in arm 2; there are: \[0, 1\]"):
        compare_arms(trial(1, (0.1, 0.03)), trial(2, (0.1, 0.03)), 12, arms=(2, 0))


def test_three_scales():
    found = trial(3, (0.15, 0.06))
    table = benefit_scales(found, 20)
    assert table.hr.tolist() == found.values("hr").tolist()
    assert table.median_difference.tolist() == (found.values("median1") - found.values("median0")).tolist()
    assert table.median_ratio.tolist() == (found.values("median1") / found.values("median0")).tolist()
    assert table.rmst_difference.tolist() == found.values("rmst_difference", 20).tolist()
    high = benefit_scales(trial(3, (0.15, 0.005)), 20)
    assert np.isinf(high.median_difference).all()
    none = benefit_scales(trial(3, (0.005, 0.005)), 20)
    assert none.median_difference.isna().all() and none.median_ratio.isna().all()


# Scan schedules


def test_schedules_of_the_two_trials():
    assert scan_weeks([], 12, 36).tolist() == [12, 24, 36]
    assert scan_weeks([16, 24], 12, 61).tolist() == [16, 24, 36, 48, 60, 72]
    assert scan_weeks([16, 24], 12, 20).tolist() == [16, 24]


@pytest.mark.parametrize(("first", "interval", "until"), [([24, 16], 12, 60), ([0], 12, 60), ([], 0, 60), ([], 12, -1),
                                                          ([], np.nan, 60), ([np.inf], 12, 60)])  # fmt: skip
def test_schedules_that_cannot_be(first, interval, until):
    with pytest.raises(ValueError, match=r"rising times|must be positive"):
        scan_weeks(first, interval, until)


def test_what_scans_see():
    scans = [3, 6, 9]
    time, event = seen_at_scans([3, 3.1, 8, 8, 20, 2, 1], [12, 12, 9, 8.9, 30, 2, 3], scans)
    #  at a scan; at the next; seen at the last; censored at 6 before it is seen; beyond the scans; none in follow-up
    assert time.tolist() == [3, 6, 9, 6, 9, 0, 3] and event.tolist() == [1, 1, 1, 0, 0, 0, 1]


@pytest.mark.parametrize(("progression", "follow_up", "scans"), [([1], [2], []), ([1], [2], [3, 3]), ([1], [2], [0, 3]),
                                                                 ([-1], [2], [3]), ([1, 2], [2], [3]),
                                                                 ([1], [np.nan], [3])])  # fmt: skip
def test_scans_that_cannot_be(progression, follow_up, scans):
    with pytest.raises(ValueError, match=r"rising times|one time a patient"):
        seen_at_scans(progression, follow_up, scans)


@pytest.mark.parametrize("shape", [1.0, 1.4])
def test_the_shift_of_a_median_in_closed_form(shape):
    """Without censoring before it, the median that is seen is the first scan after the true one."""
    scans = {"12 weeks": scan_weeks([], 12, 300), "16, 24, 12": scan_weeks([16, 24], 12, 300)}
    table = schedule_shift(8.0, 0.4, scans, (60, 60), shape).set_index("schedule")
    true = 8.0, 8.0 * 0.4 ** (-1 / shape)
    assert table.loc["continuous", ["median0", "median1"]].tolist() == pytest.approx(true, rel=1e-3)
    assert table.loc["continuous", "hr"] == pytest.approx(0.4, rel=0.01)
    for name, weeks in scans.items():
        for arm in (0, 1):
            months = weeks / WEEKS_PER_MONTH
            seen = months[months >= true[arm]][0]
            assert table.loc[name, f"median{arm}"] == pytest.approx(seen)
            assert table.loc[name, f"shift{arm}"] == pytest.approx(seen - true[arm], abs=0.02)


def test_early_progression_waits_for_the_first_scan():
    scans = {"12": scan_weeks([], 12, 300), "16": scan_weeks([16, 24], 12, 300)}
    table = schedule_shift(2.5, 1.0, scans, (60, 60)).set_index("schedule")  # 10.9 weeks
    assert table.loc["12", "median0"] == pytest.approx(12 / WEEKS_PER_MONTH)
    assert table.loc["16", "median0"] == pytest.approx(16 / WEEKS_PER_MONTH)


def test_rare_scans_pull_the_hazard_ratio_towards_1():
    scans = {f"{weeks}": scan_weeks([], weeks, 300) for weeks in (4, 12, 48)}
    hr = schedule_shift(4, 0.5, scans, (6, 30)).set_index("schedule").hr
    assert hr["4"] == pytest.approx(0.5, abs=0.02)
    assert hr["48"] != pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"median": 0}, "median must be positive"), ({"hr": np.nan}, "hr must be positive"), ({"n": 5}, "too few"),
     ({"follow_up": (5, 2)}, "shortest <= longest"), ({"shape": -1}, "shape must be positive")],
)  # fmt: skip
def test_bad_input_of_the_simulation(changed, message):
    given_ = {"median": 8, "hr": 0.5, "schedules": {}, "follow_up": (10, 20)} | changed
    with pytest.raises(ValueError, match=message):
        schedule_shift(**given_)


# Medians against hazard ratios


@given(st.floats(0.05, 0.95), st.floats(0.3, 3))
def test_medians_of_weibull_times(hr, shape):
    ratio = median_ratio(hr, shape)
    # survival exp(-h t^shape) with h and h hr: medians (log 2 / h)^(1/shape)
    assert ratio == pytest.approx((log(2) / hr) ** (1 / shape) / log(2) ** (1 / shape))
    assert reconciling_shape(hr, ratio) == pytest.approx(shape)


@pytest.mark.parametrize(("hr", "ratio"), [(0.5, 0.8), (1.2, 1.5), (1, 2), (0.5, 1), (0, 2), (0.5, np.inf)])
def test_a_ratio_no_shape_gives(hr, ratio):
    with pytest.raises(ValueError, match="no Weibull shape"):
        reconciling_shape(hr, ratio)


def test_bad_ratios():
    with pytest.raises(ValueError, match="must be positive"):
        median_ratio(-0.5)
    with pytest.raises(ValueError, match="must be positive"):
        median_ratio(0.5, 0)


def test_a_constant_effect_is_the_exponential_case():
    found = changing_effect(10, 0.5, 0.5, 5, 40)
    assert found.median_ratio == pytest.approx(2)
    assert found.hr == pytest.approx(0.5, rel=5e-3)
    rates = log(2) / 10, log(2) / 20
    area = [(1 - exp(-40 * r)) / r for r in rates]
    assert found.rmst_difference == pytest.approx(area[1] - area[0], rel=1e-3)


def test_a_delayed_effect_in_closed_form():
    median, delay, hr, end = 8.4, 3.0, 0.5, 30.0
    rate = log(2) / median
    found = changing_effect(median, 1, hr, delay, end)
    assert found.median_ratio == pytest.approx((delay + (log(2) - rate * delay) / (hr * rate)) / median)

    def area(late):
        return (1 - exp(-rate * delay)) / rate + exp(-rate * delay) * (1 - exp(-late * (end - delay))) / late

    assert found.rmst_difference == pytest.approx(area(hr * rate) - area(rate), rel=1e-3)
    assert hr < found.hr < 1


def test_an_effect_after_the_median_does_not_move_it():
    found = changing_effect(8, 1, 0.2, 9, 40)
    assert found.median_ratio == pytest.approx(1) and found.hr < 0.8


@pytest.mark.parametrize("changed", [{"median": 0}, {"early": -1}, {"late": np.inf}, {"change": -2}, {"follow_up": 0},
                                     {"n": 3}])  # fmt: skip
def test_bad_input_of_a_changing_effect(changed):
    with pytest.raises(ValueError, match=next(iter(changed)) if "n" not in changed else "too few"):
        changing_effect(**({"median": 8, "early": 1, "late": 0.5, "change": 3, "follow_up": 30} | changed))
