"""Virtual patients, the simulated protocol, and immortal-time bias; Cox's model against R (reference/switching.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import CoxTimeVaryingFitter

from netterbook import papers
from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.immortal import Analysis, landmark_cox, simulate_immortal_time, time_dependent_cox
from netterbook.dosimetry.population import (
    Protocol,
    between_cv,
    cohorts,
    log_normal,
    matching_trials,
    simulate_protocol,
    sood_dose_gy,
    virtual_patients,
)
from netterbook.methods import proportions
from netterbook.methods.patients import cox
from netterbook.printed import Printed


def read(name):
    return pd.read_csv(Path(__file__).parents[1] / "reference" / f"{name}.csv", float_precision="round_trip")


SETS = {name: frame for name, frame in read("switching_input").groupby("set")}
COX = list(read("switching").itertuples())


def rng(seed=1):
    return np.random.default_rng(seed)


# Cohorts


def test_cohorts_are_the_facts():
    found = cohorts()
    assert found.loc["F151", ["mean_gy_per_gbq", "cv"]].tolist() == [0.38, 0.5]
    assert found.loc["F152", "cv"] == pytest.approx(0.13 / 0.43)
    assert found.loc["F153", "mean_gy_per_gbq"] == 0.57
    assert found.loc["F082", "mean_gy_per_gbq"] * 29.6 == pytest.approx(19.4)
    assert (found.source == papers.facts().loc[found.index, "source"]).all()


@given(st.floats(0.05, 1), st.floats(0, 0.5), st.integers(1, 8))
def test_variation_between_patients_adds_up_to_the_total(between, within, cycles):
    total = np.sqrt((1 + between**2) * (1 + within**2 / cycles) - 1)
    assert between_cv(total, within, cycles) == pytest.approx(between, rel=1e-6)


def test_variation_within_cannot_exceed_the_total():
    with pytest.raises(ValueError, match=r"within patients, 0\.3, alone exceeds the total of 0\.2"):
        between_cv(0.2, 0.3)


# Covariates


def test_the_typical_patient_of_the_covariate_model():
    assert sood_dose_gy(7.4, 99) == pytest.approx(4.3)
    assert sood_dose_gy(7.4, 99, "marrow") == pytest.approx(0.246)


@given(st.floats(1, 15), st.floats(20, 200))
def test_exponents_of_the_covariate_model(gbq, crcl):
    one = sood_dose_gy(gbq, crcl)
    assert sood_dose_gy(2 * gbq, crcl) / one == pytest.approx(2**0.66)
    assert sood_dose_gy(gbq, 2 * crcl) / one == pytest.approx(2**-0.552)
    assert sood_dose_gy(2 * gbq, crcl, "marrow") / sood_dose_gy(gbq, crcl, "marrow") == pytest.approx(2**0.597)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 99), "activity"), ((7.4, -1), "creatinine clearance must be positive"), ((7.4, 99, "liver"), "no model of")],
)
def test_the_covariate_model_names_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        sood_dose_gy(*arguments)


# Virtual patients


def test_virtual_patients_have_the_means_and_variances_asked_for():
    found = virtual_patients(200_000, 4, 0.43, 0.3, 0.15, rng())
    assert found.mean(axis=0) == pytest.approx(np.full(4, 0.43), rel=0.005)
    assert found.std() / found.mean() == pytest.approx(np.sqrt((1 + 0.3**2) * (1 + 0.15**2) - 1), rel=0.02)
    logs = np.log(found)
    assert logs.var(axis=1, ddof=1).mean() == pytest.approx(np.log(1 + 0.15**2), rel=0.01)
    # Two cycles of a patient share what is between patients
    assert np.cov(logs[:, 0], logs[:, 1])[0, 1] == pytest.approx(np.log(1 + 0.3**2), rel=0.02)


def test_no_variation_within_patients_repeats_the_first_cycle():
    found = virtual_patients(100, 3, 0.43, 0.3, 0, rng(), change_per_cycle=0.08)
    assert found[:, 1:] / found[:, :-1] == pytest.approx(np.full((100, 2), 1.08))


def test_patients_with_means_of_their_own():
    mean = sood_dose_gy(7.4, np.array([50, 99, 150])) / 7.4
    assert virtual_patients(3, 2, mean, 0, 0, rng()) == pytest.approx(np.column_stack([mean, mean]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: virtual_patients(0, 4, 0.4, 0.3, 0.1, rng()), "patients must be a whole number from 1 up"),
        (lambda: virtual_patients(10, 4, -0.4, 0.3, 0.1, rng()), "mean must be positive"),
        (lambda: virtual_patients(10, 4, 0.4, np.nan, 0.1, rng()), "CV must not be negative or missing"),
        (lambda: virtual_patients(10, 4, 0.4, 0.3, 0.1, rng(), -2), "dose of a cycle over the one before"),
        (lambda: log_normal(0, 0.3, 5, rng()), "mean must be positive"),
    ],
)
def test_virtual_patients_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# The protocol


def plain(**changes):
    """No reasons to stop but the lower limit, unless changed."""
    return Protocol(higher_share=0, stop_probability=0)._replace(**changes)


def test_a_protocol_without_chance_stops_at_its_limit():
    dose = 3.7
    bed = float(bed_gy(dose, 2.6, 2.8, 50))
    before = simulate_protocol(np.full((5, 20), dose / 7.4), rng(), plain())
    at = simulate_protocol(np.full((5, 20), dose / 7.4), rng(), plain(stop="at"))
    whole = int(27 // bed)
    assert before.cycles.tolist() == [whole] * 5
    assert at.cycles.tolist() == [whole + 1] * 5
    assert before.dose_gy == pytest.approx(np.full(5, whole * dose))
    assert at.bed_gy == pytest.approx(np.full(5, (whole + 1) * bed))
    assert before.by_dose.all()
    assert not before.higher.any()


def test_the_first_cycle_is_always_given():
    treated = simulate_protocol(np.full((4, 6), 10.0), rng(), plain())
    assert treated.cycles.tolist() == [1] * 4


@pytest.mark.parametrize("stop", ["before", "at"])
def test_doses_respect_the_limits(stop):
    gy_per_gbq = virtual_patients(5000, 40, 0.5, 0.4, 0, rng())
    treated = simulate_protocol(gy_per_gbq, rng(), Protocol(stop=stop, stop_probability=0.03))
    limit = np.where(treated.higher, 40, 27)
    if stop == "before":
        assert ((treated.bed_gy <= limit * (1 + 1e-6)) | (treated.cycles == 1)).all()
    else:
        last = bed_gy(7.4 * gy_per_gbq[:, 0], 2.6, 2.8, 50)
        assert (treated.bed_gy - last < limit).all()
        assert (treated.bed_gy[treated.by_dose] >= limit[treated.by_dose]).all()
    assert treated.higher.mean() == pytest.approx(0.5, abs=0.03)


def test_who_reaches_no_limit_has_all_cycles():
    treated = simulate_protocol(np.full((3, 7), 0.01), rng(), plain())
    assert treated.cycles.tolist() == [7] * 3
    assert not treated.by_dose.any()


def test_without_a_limit_stopping_is_geometric():
    treated = simulate_protocol(np.full((50_000, 60), 1e-6), rng(), plain(stop_probability=0.2))
    assert treated.cycles.mean() == pytest.approx(1 / 0.2, rel=0.02)
    assert (treated.cycles == 1).mean() == pytest.approx(0.2, abs=0.01)
    assert not treated.by_dose.any()


def test_more_chances_to_stop_and_lower_limits_mean_fewer_cycles():
    gy_per_gbq = virtual_patients(5000, 30, 0.43, 0.3, 0.1, rng())

    def mean(**changes):
        return simulate_protocol(gy_per_gbq, rng(), plain(**changes)).cycles.mean()

    assert mean(stop_probability=0.1) < mean()
    assert mean(limit_bed_gy=20) < mean() < mean(limit_bed_gy=30) < mean(higher_share=1)
    assert mean(alpha_beta_gy=1.5) < mean() < mean(alpha_beta_gy=10)
    assert mean(repair_half_time_h=10) < mean() < mean(repair_half_time_h=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stop": "after"}, 'must be "before" or "at"'),
        ({"higher_share": 1.2}, "share with the higher limit must lie between 0 and 1"),
        ({"stop_probability": -0.1}, "probability of stopping"),
        ({"limit_bed_gy": 0}, "limits must be positive"),
        ({"gbq_per_cycle": np.nan}, "activity must be positive"),
        ({"alpha_beta_gy": -1}, "alpha/beta"),
    ],
)
def test_the_protocol_names_what_is_wrong(changes, message):
    with pytest.raises(ValueError, match=message):
        simulate_protocol(np.full((2, 3), 0.5), rng(), Protocol(**changes))


@pytest.mark.parametrize("doses", [[0.5, 0.5], np.empty((0, 3)), [[0.5, -1]]])
def test_the_protocol_needs_doses_of_patients(doses):
    with pytest.raises(ValueError, match=r"give patients in rows|dose per activity must be positive"):
        simulate_protocol(doses, rng())


@pytest.mark.parametrize("stop", ["before", "at"])
@pytest.mark.parametrize("gbq", [1.0, 4.9, 7.4, 10.1])
def test_a_limit_that_is_met_exactly_is_not_passed(stop, gbq):
    """Seven cycles of 3.1 Gy and a limit of 21.7, with repair at once, whatever the last bit of their sum."""
    protocol = Protocol(21.7, 21.7, stop=stop, stop_probability=0.0, repair_half_time_h=0.0, gbq_per_cycle=gbq)
    treated = simulate_protocol(np.full((3, 12), 3.1 / gbq), rng(), protocol)
    assert treated.cycles.tolist() == [7] * 3 and treated.dose_gy == pytest.approx([21.7] * 3) and treated.by_dose.all()


def test_a_trend_starts_from_the_first_cycle():
    rising, even = (virtual_patients(500, 3, 0.4, 0.2, 0.1, rng(), change) for change in (0.08, 0.0))
    assert rising / even == pytest.approx(np.tile([1, 1.08, 1.08**2], (500, 1)))


def test_a_trial_matches_with_both_ends_of_its_range():
    trials = [[1, 5, 9], [1, 5, 8], [2, 5, 9], [2, 5, 8]]
    assert matching_trials(trials, 5, 1, 9) == (1, 0.25, 0.25)


def test_matching_trials_needs_trials():
    with pytest.raises(ValueError, match="give trials in rows"):
        matching_trials([1, 5, 9], 5, 1, 9)


# Cox's model with a covariate that switches


@pytest.mark.parametrize("row", COX, ids=lambda row: f"{row.set} {row.method} {row.landmark:g}")
def test_hazard_ratios_are_rs(row):
    one = SETS[row.set]
    if row.method == "landmark":
        found = landmark_cox(one.time, one.event, one.switch, row.landmark)
    else:
        found = time_dependent_cox(one.time, one.event, one.switch)
    assert found == pytest.approx((row.hr, row.low, row.high, row.standard_error), rel=1e-8)


def test_the_stanford_heart_transplants_are_lifelines():
    one = SETS["heart"].reset_index(drop=True)
    on = one.switch < one.time
    before = pd.DataFrame(
        {"start": 0.0, "stop": one[["time", "switch"]].min(axis=1), "event": one.event.where(~on, 0), "on": 0}
    )
    after = pd.DataFrame({"start": one.switch, "stop": one.time, "event": one.event, "on": 1})[on]
    rows = pd.concat([before.assign(id=before.index), after.assign(id=after.index)])
    fit = CoxTimeVaryingFitter().fit(rows, id_col="id", event_col="event", start_col="start", stop_col="stop")
    found = time_dependent_cox(one.time, one.event, one.switch)
    assert np.log(found.hr) == pytest.approx(fit.params_["on"], abs=1e-3)


@given(st.integers(0, 10_000))
def test_patients_may_come_in_any_order_and_unit(seed):
    one = SETS["tied"].sample(frac=1, random_state=seed)
    whole = time_dependent_cox(SETS["tied"].time, SETS["tied"].event, SETS["tied"].switch)
    assert time_dependent_cox(30.4 * one.time, one.event, 30.4 * one.switch) == pytest.approx(whole)


def test_a_covariate_from_the_start_is_an_arm():
    one = SETS["simulated"]
    arm = np.arange(len(one)) % 2
    assert time_dependent_cox(one.time, one.event, np.where(arm, 0, np.inf)) == pytest.approx(
        cox(one.time, one.event, arm), rel=1e-8
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, -2], [1, 1], [0, 5]), "times must not be negative"),
        (([1, np.nan], [1, 1], [0, 5]), "times"),
        (([1, 2], [1, 2], [0, 5]), "event is 2"),
        (([1, 2], [1, 1], [-1, 5]), "switches must not be negative"),
        (([1, 2], [1, 1], [0, np.nan]), "switches"),
        (([1, 2], [1], [0, 5]), "give one time, event and switch"),
        (([], [], []), "give one time"),
        (([1, 2, 3], [1, 1, 1], [np.inf] * 3), "no hazard ratio"),
        (([1, 2, 3], [0, 0, 0], [0, 1, np.inf]), "no hazard ratio"),
    ],
)
def test_the_switching_model_names_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        time_dependent_cox(*arguments)


# Immortal time


@pytest.fixture(scope="module")
def bias():
    return simulate_immortal_time([4, 5, 6, 7, 8], rng(), trials=1000, patients=200)


def test_without_an_effect_only_the_naive_analysis_finds_one(bias):
    error = {name: np.std(getattr(bias, name).log_hr) / np.sqrt(1000) for name in ("landmark", "time_dependent")}
    assert bias.naive.log_hr.mean() < -1
    for name, standard_error in error.items():
        # Estimates of a hazard ratio have a bias of their own of the order of one over the number of events
        assert abs(getattr(bias, name).log_hr.mean()) < 4 * standard_error + 0.01
    assert bias.naive.significant() > 0.99
    for name in error:
        assert getattr(bias, name).significant() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 1000))


def test_the_time_dependent_analysis_finds_a_true_effect():
    found = simulate_immortal_time([4, 5, 6, 7, 8], rng(), trials=400, patients=400, hr=0.6)
    assert np.exp(found.time_dependent.log_hr.mean()) == pytest.approx(0.6, rel=0.03)


def test_the_share_who_reach_the_dose_is_that_alive_at_the_last_cycle():
    found = simulate_immortal_time(
        [5], rng(), trials=400, median_months=20, interval_months=2.5, follow_up_months=(60, 60)
    )
    assert found.reached.mean() == pytest.approx(2 ** (-4 * 2.5 / 20), rel=0.01)


def test_nobody_reaches_the_dose_after_the_end_of_follow_up():
    found = simulate_immortal_time([20], rng(), 20, median_months=1e4, interval_months=2.0, follow_up_months=(24, 30))
    assert (found.reached == 0).all()  # 38 months


def test_one_cycle_planned_is_no_immortal_time():
    """All reach it at once, so there is nobody to compare with."""
    found = simulate_immortal_time([1], rng(), trials=3)
    assert np.isnan(found.naive.log_hr).all()
    assert (found.reached == 1).all()


def test_more_cycles_planned_make_the_bias_larger():
    few = simulate_immortal_time([2, 3], rng(), trials=300).naive.log_hr
    many = simulate_immortal_time([8, 9], rng(), trials=300).naive.log_hr
    assert np.median(many) < np.median(few) < 0


@pytest.mark.parametrize("interval", [10 * 7 / 30.4375, 3.0])  # with three months some reach it at the landmark
def test_the_simulated_analyses_are_the_public_ones(interval):
    """One simulated trial, drawn again in the order in which the simulation draws."""
    found = simulate_immortal_time([4, 5, 6, 7], rng(3), trials=1, interval_months=interval)
    again, rate = rng(3), np.log(2) / 29
    reach = (again.choice([4.0, 5, 6, 7], (1, 96))[0] - 1) * interval
    failure = again.exponential(size=(1, 96))[0] / rate
    censoring = again.uniform(24, 84, (1, 96))[0]
    time, event = np.minimum(failure, censoring), failure <= censoring
    switch = np.where(reach < time, reach, np.inf)
    expected = (
        cox(time, event, np.isfinite(switch)),
        landmark_cox(time, event, switch, 12),
        time_dependent_cox(time, event, switch),
    )
    for analysis, hazard_ratio in zip(found[:3], expected, strict=True):
        assert analysis.hr[0] == pytest.approx(hazard_ratio.hr)
        assert analysis.standard_error[0] == pytest.approx(hazard_ratio.standard_error)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"planned_cycles": []}, "planned cycles must be whole numbers"),
        ({"planned_cycles": [4.5]}, "planned cycles must be whole numbers"),
        ({"planned_cycles": [0]}, "planned cycles must be positive"),
        ({"trials": 0}, "trials must be a whole number"),
        ({"patients": 1}, "patients must be a whole number from 2 up"),
        ({"median_months": 0}, "median must be positive"),
        ({"interval_months": np.nan}, "interval"),
        ({"landmark_months": -1}, "landmark"),
        ({"follow_up_months": (84, 24)}, "shortest follow-up, 84 months, is longer"),
        ({"hr": 0}, "hazard ratio"),
    ],
)
def test_the_simulation_names_what_is_wrong(changes, message):
    with pytest.raises(ValueError, match=message):
        simulate_immortal_time(**({"planned_cycles": [4, 5]} | changes), rng=rng())


def test_trials_without_an_estimate_are_not_significant():
    assert Analysis(np.array([-np.inf, np.nan, -2]), np.array([np.nan, np.nan, 0.1])).significant() == pytest.approx(
        1 / 3
    )


# Responses


def test_counts_behind_the_printed_responses():
    printed = [Printed("16%"), Printed("66%"), Printed("19%")]
    brute = [
        (a, b, c)
        for a in range(97)
        for b in range(97 - a)
        for c in range(97 - a - b)
        if [round(100 * x / 96) for x in (a, b, c)] == [16, 66, 19]
    ]
    assert proportions.joint_counts_printing_as(printed, 96) == brute == [(15, 63, 18)]
    assert proportions.joint_counts_printing_as([Printed("60%"), Printed("60%")], 10) == []


@pytest.mark.parametrize(("percents", "total"), [([], 96), ([Printed("16%")], 0), ([Printed("16%")], -1)])
def test_joint_counts_need_percentages_and_patients(percents, total):
    with pytest.raises(ValueError, match="at least"):
        proportions.joint_counts_printing_as(percents, total)
