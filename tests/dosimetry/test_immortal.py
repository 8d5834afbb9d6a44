"""Immortal-time bias; Cox's model with a covariate that switches, against R (reference/switching.R)."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import CoxTimeVaryingFitter
from references import reference

from netterbook.dosimetry import immortal
from netterbook.dosimetry.immortal import Analysis, FollowUp, analyse, simulate_immortal_time, split_by_dose
from netterbook.methods.months import DAYS_PER_MONTH
from netterbook.methods.patients import cox

SETS = {name: frame for name, frame in reference("switching_input").groupby("set")}
COX = list(reference("switching").itertuples())
INTERVAL = 70 / DAYS_PER_MONTH
ONE_EACH = "give one time, event and switch a patient, trials in rows, not the shapes"
SIZE = {
    "trials": 1000,
    "patients": 96,
    "median_months": 29.0,
    "interval_months": INTERVAL,
    "follow_up_months": (24.0, 84.0),
}


def rng(seed=1):
    return np.random.default_rng(seed)


def one_trial(patients, landmark):
    return analyse(FollowUp(*(patients[name].to_numpy()[None] for name in ("time", "event", "switch"))), landmark)


def simulate(planned_cycles, seed=1, **changes):
    return simulate_immortal_time(planned_cycles, rng(seed), **(SIZE | {"hr": 1.0} | changes))


# Cox's model with a covariate that switches


@pytest.mark.parametrize("row", COX, ids=lambda row: f"{row.set} {row.method} {row.landmark:g}")
def test_hazard_ratios_are_rs(row):
    found = one_trial(SETS[row.set], row.landmark if row.method == "landmark" else 12.0)
    analysis = found.landmark if row.method == "landmark" else found.time_dependent
    assert analysis.hr[0] == pytest.approx(row.hr, rel=1e-8)
    assert analysis.standard_error[0] == pytest.approx(row.standard_error, rel=1e-8)


def test_the_stanford_heart_transplants_are_lifelines():
    one = SETS["heart"].reset_index(drop=True)
    on = one.switch < one.time
    before = pd.DataFrame(
        {"start": 0.0, "stop": one[["time", "switch"]].min(axis=1), "event": one.event.where(~on, 0), "on": 0}
    )
    after = pd.DataFrame({"start": one.switch, "stop": one.time, "event": one.event, "on": 1})[on]
    rows = pd.concat([before.assign(id=before.index), after.assign(id=after.index)])
    fit = CoxTimeVaryingFitter().fit(rows, id_col="id", event_col="event", start_col="start", stop_col="stop")
    found = one_trial(one, 30).time_dependent
    assert found.log_hr[0] == pytest.approx(fit.params_["on"], abs=1e-3)


@given(st.integers(0, 10_000))
def test_patients_may_come_in_any_order_and_unit(seed):
    one = SETS["tied"].sample(frac=1, random_state=seed)
    scaled = one.assign(time=30.4 * one.time, switch=30.4 * one.switch)
    for each, whole in zip(one_trial(scaled, 30.4 * 12), one_trial(SETS["tied"], 12), strict=True):
        assert np.ravel(each) == pytest.approx(np.ravel(whole))


def test_a_covariate_from_the_start_is_an_arm():
    one = SETS["simulated"]
    arm = np.arange(len(one)) % 2
    found = one_trial(one.assign(switch=np.where(arm, 0, np.inf)), 12).time_dependent
    expected = cox(one.time, one.event, arm)
    assert found.hr[0] == pytest.approx(expected.hr, rel=1e-8)
    assert found.standard_error[0] == pytest.approx(expected.standard_error, rel=1e-8)


def test_trials_without_a_comparison_have_no_finite_hazard_ratio():
    never = pd.DataFrame({"time": [1.0, 2, 3], "event": 1, "switch": np.inf})
    assert np.isnan(one_trial(never, 1).time_dependent.log_hr).all()
    no_event = pd.DataFrame({"time": [1.0, 2, 3], "event": 0, "switch": [0, 1, np.inf]})
    assert not np.isfinite(one_trial(no_event, 1).time_dependent.log_hr).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, -2]], [[1, 1]], [[0, 5]], 12), "times must be 0 or above and finite: found -2"),
        (([[1, np.nan]], [[1, 1]], [[0, 5]], 12), "times must be 0 or above and finite: found nan"),
        (([[1, 2]], [[1, 1]], [[-1, 5]], 12), "switches must be 0 or above: found -1"),
        (([[1, 2]], [[1, 1]], [[0, np.nan]], 12), "switches must be 0 or above: found nan"),
        (([[1, 2]], [[1]], [[0, 5]], 12), f"{ONE_EACH} (1, 2), (1, 1), (1, 2)"),
        (([[1, 2]], [[1, 1]], [[0]], 12), f"{ONE_EACH} (1, 2), (1, 2), (1, 1)"),
        (([1, 2], [1, 1], [0, 5], 12), f"{ONE_EACH} (2,), (2,), (2,)"),
        (([[]], [[]], [[]], 12), f"{ONE_EACH} (1, 0), (1, 0), (1, 0)"),
        (([[1, 2]], [[1, 1]], [[0, 5]], -1), "the landmark must be positive and finite: found -1"),
    ],
)
def test_the_analyses_name_what_is_wrong(arguments, message):
    *patients, landmark = arguments
    with pytest.raises(ValueError) as error:
        analyse(FollowUp(*patients), landmark)
    assert str(error.value) == message


# Immortal time


@pytest.fixture(scope="module")
def bias():
    return analyse(simulate([4, 5, 6, 7, 8], trials=1000, patients=200), 12)


def test_without_an_effect_only_the_naive_analysis_finds_one(bias):
    error = {name: np.std(getattr(bias, name).log_hr) / np.sqrt(1000) for name in ("landmark", "time_dependent")}
    assert bias.naive.log_hr.mean() < -1
    for name, standard_error in error.items():
        # Estimates of a hazard ratio have a bias of their own of the order of one over the number of events
        assert abs(getattr(bias, name).log_hr.mean()) < 4 * standard_error + 0.01
    assert bias.naive.significant(0.05) > 0.99
    for name in error:
        assert getattr(bias, name).significant(0.05) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 1000))


def test_the_time_dependent_analysis_finds_a_true_effect():
    found = analyse(simulate([4, 5, 6, 7, 8], trials=400, patients=400, hr=0.6), 12)
    assert np.exp(found.time_dependent.log_hr.mean()) == pytest.approx(0.6, rel=0.03)


def test_the_share_who_reach_the_dose_is_that_alive_at_the_last_cycle():
    found = simulate([5], trials=400, median_months=20, interval_months=2.5, follow_up_months=(60, 60))
    assert np.isfinite(found.switch).mean() == pytest.approx(2 ** (-4 * 2.5 / 20), rel=0.01)


def test_nobody_reaches_the_dose_after_the_end_of_follow_up():
    found = simulate([20], trials=20, median_months=1e4, interval_months=2.0, follow_up_months=(24, 30))
    assert np.isinf(found.switch).all()  # 38 months


def test_one_cycle_planned_is_no_immortal_time():
    """All reach it at once, so there is nobody to compare with."""
    found = simulate([1], trials=3)
    assert (found.switch == 0).all()
    assert np.isnan(analyse(found, 12).naive.log_hr).all()


def test_more_cycles_planned_make_the_bias_larger():
    few, many = (analyse(simulate(cycles, trials=300), 12).naive.log_hr for cycles in ([2, 3], [8, 9]))
    assert np.median(many) < np.median(few) < 0


def test_a_simulated_trial_is_what_its_draws_say():
    """One trial, drawn again in the order in which the simulation draws."""
    found = simulate([4, 5, 6, 7], seed=3, trials=1, hr=0.5)
    again, rate = rng(3), np.log(2) / 29
    reach = (again.choice([4.0, 5, 6, 7], (1, 96))[0] - 1) * INTERVAL
    hazard = again.exponential(size=(1, 96))[0]
    failure = hazard / rate
    failure = np.where(failure > reach, reach + (failure - reach) / 0.5, failure)
    censoring = again.uniform(24, 84, (1, 96))[0]
    time = np.minimum(failure, censoring)
    assert found.time[0] == pytest.approx(time)
    assert (found.event[0] == (failure <= censoring)).all()
    assert found.switch[0] == pytest.approx(np.where(reach < time, reach, np.inf))


def test_the_naive_analysis_is_of_whether_the_dose_was_ever_reached():
    found = simulate([4, 5, 6, 7], trials=1)
    expected = cox(found.time[0], found.event[0], np.isfinite(found.switch[0]))
    naive = analyse(found, 12).naive
    assert (naive.hr[0], naive.standard_error[0]) == pytest.approx((expected.hr, expected.standard_error))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"planned_cycles": []}, "planned cycles must be whole numbers, at least one of them"),
        ({"planned_cycles": [4.5]}, "planned cycles must be whole numbers, at least one of them"),
        ({"planned_cycles": [0]}, "planned cycles must be positive and finite: found 0"),
        ({"trials": 0}, "trials must be a whole number from 1 up, not 0"),
        ({"patients": 1}, "patients must be a whole number from 2 up, not 1"),
        ({"median_months": 0}, "the median must be positive and finite: found 0 months"),
        ({"interval_months": np.nan}, "the interval must be positive and finite: found nan months"),
        ({"follow_up_months": (0, 24)}, "the follow-up must be positive and finite: found 0 months"),
        ({"follow_up_months": (84, 24)}, "the shortest follow-up, 84 months, is longer than the longest, 24"),
        ({"hr": 0}, "the hazard ratio must be positive and finite: found 0"),
    ],
)
def test_the_simulation_names_what_is_wrong(changes, message):
    with pytest.raises(ValueError) as error:
        simulate(**({"planned_cycles": [4, 5]} | changes))
    assert str(error.value) == message


def test_trials_without_an_estimate_are_not_significant():
    analysis = Analysis(np.array([-np.inf, np.nan, -2]), np.array([np.nan, np.nan, 0.1]))
    assert analysis.significant(0.05) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("alpha", "limit"), [(0.05, 1.959964), (0.01, 2.575829)])
def test_a_trial_is_significant_from_the_normal_deviate_on(alpha, limit):
    analysis = Analysis(0.2 * limit * np.array([-1.0001, -0.9999, 0.9999, 1.0001]), np.full(4, 0.2))
    assert analysis.significant(alpha) == 0.5


# The split at the median dose


def test_the_split_is_by_the_dose_received_until_the_event(monkeypatch):
    """Every patient alike, planned for three cycles: the dose tells only who lived longer."""
    seen = []
    monkeypatch.setattr(immortal, "sorted_cox", lambda t, e, h, s: seen.append((t, e, h)) or (0.0, 1.0))
    dose, planned = np.tile([1.0, 2.0, 3.0], (10, 1)), np.full(10, 3)
    size = SIZE | {"trials": 50}
    split_by_dose(dose, planned, rng(), **size | {"median_months": 4.0})
    for time, _, high in seen:
        received = np.minimum(3, 1 + (time >= INTERVAL) + (time >= 2 * INTERVAL))
        assert (high == (received > np.median(received))).all() and (np.diff(time) >= 0).all()
    time, event, _ = (np.concatenate(column) for column in zip(*seen, strict=True))
    assert np.median(time) == pytest.approx(4, rel=0.1) and (time[event == 0] >= 24).all()
    split_by_dose(dose, planned, rng(), **size | {"median_months": 1e6})  # nobody has an event
    ends = np.concatenate([time for time, _, _ in seen[50:]])
    assert (ends.min(), ends.max()) == (pytest.approx(24, abs=0.3), pytest.approx(84, abs=0.3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cumulative_gy": [[1.0, -2.0]]}, "doses must be 0 or above and finite: found -2 Gy"),
        ({"planned_cycles": [1.5]}, "planned cycles must be whole numbers, at least one of them"),
        (
            {"planned_cycles": [3]},
            "give a dose after each cycle planned, patients in rows: doses have the shape (1, 2), planned cycles (1,) "
            "and up to 3",
        ),
        (
            {"planned_cycles": [1, 2]},
            "give a dose after each cycle planned, patients in rows: doses have the shape (1, 2), planned cycles (2,) "
            "and up to 2",
        ),
        ({"trials": np.nan}, "trials must be a whole number from 1 up, not nan"),
        ({"patients": 1}, "patients must be a whole number from 2 up, not 1"),
        ({"interval_months": 0}, "the interval must be positive and finite: found 0 months"),
        ({"follow_up_months": (84, 24)}, "the shortest follow-up, 84 months, is longer than the longest, 24"),
    ],
)
def test_the_split_names_what_is_wrong(changes, message):
    given = SIZE | {"cumulative_gy": [[1.0, 2.0]], "planned_cycles": [2], "median_months": 29.0} | changes
    with pytest.raises(ValueError) as error:
        split_by_dose(given.pop("cumulative_gy"), given.pop("planned_cycles"), rng(), **given)
    assert str(error.value) == message
