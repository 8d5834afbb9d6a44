"""What a paper would print of known patients, and what they say themselves."""

from dataclasses import replace
from math import inf

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from small_trials import small

from netterbook.methods import patients
from netterbook.reconstruction.known import KnownTrial
from netterbook.reconstruction.public_trials import public_trials
from netterbook.reconstruction.simulated_trials import simulated_trial


@pytest.fixture(scope="module")
def leukemia():
    return public_trials("anderson")[0]


# ---- what is printed of a trial

TRIALS = ("anderson", "rossi", "kidney_transplant", "larynx", "lung", "simulated 2", "simulated 61", "small")


@pytest.fixture(scope="module", params=TRIALS)
def trial(request):
    if request.param == "small":
        return small()
    name, _, number = request.param.partition(" ")
    return simulated_trial(int(number)) if number else public_trials(name)[0]


def test_numbers_at_risk_begin_with_all_and_are_those_of_a_count(trial):
    table = trial.at_risk
    assert table.columns.tolist() == ["arm", "time", "n_risk"]
    for arm in (0, 1):
        own = table[table.arm == arm]
        assert own.time.iloc[0] == 0 and own.n_risk.iloc[0] == (trial.arm == arm).sum()
        assert np.allclose(np.diff(own.time), trial.step) and 5 <= len(own) <= 12
        assert own.time.iloc[-1] <= trial.time.max() + trial.step / 2
        assert own.n_risk.tolist() == [(trial.own(arm)[0] >= t).sum() for t in own.time]


def test_arms_add_up(trial):
    arms = trial.arms
    assert arms.columns.tolist() == ["arm", "n", "events", "tmax"]
    assert (arms.n.sum(), arms.events.sum(), arms.tmax.max()) == (
        *(len(trial.time), trial.event.sum()),
        trial.time.max(),
    )
    for arm, row in arms.set_index("arm").iterrows():
        time, event = trial.own(arm)
        assert (row.n, row.events, row.tmax) == (len(time), event.sum(), time.max())


def test_landmark_and_horizon_are_columns_that_are_followed(trial):
    columns = set(trial.at_risk.time.round(9))
    assert round(trial.landmark, 9) in columns and round(trial.horizon, 9) in columns
    assert trial.horizon <= min(trial.own(a)[0].max() for a in (0, 1))
    assert abs(trial.landmark - 0.4 * trial.time.max()) <= trial.step / 2


def test_printed_summaries_are_the_patients_own_rounded(trial):
    printed = trial.summaries
    values = dict(zip(("hr", "hr_lo", "hr_hi"), patients.cox(trial.time, trial.event, trial.arm)[:3], strict=True))
    for arm in (0, 1):
        for stem, estimate in (
            ("lm", patients.survival_rate(*trial.own(arm), trial.landmark)),
            ("median", patients.median_survival(*trial.own(arm))),
        ):
            values |= {f"{stem}{arm}{end}": x for end, x in zip(("", "_lo", "_hi"), estimate, strict=True)}
    for name, value in values.items():
        if np.isnan(value):
            assert printed.get(name) == ("NR" if name.startswith("median") else None)
        else:
            decimals = len(printed[name].partition(".")[2])
            assert abs(float(printed[name]) - value) <= 0.5 * 10**-decimals + 1e-12
            in_its_unit = {"days": 0, "weeks": 1, "months": 1, "years": 2}[trial.unit]
            assert decimals == (3 if name[:2] == "lm" else 2 if name[:2] == "hr" else in_its_unit)
    assert set(printed) <= {*values, "logrank_p", "landmark"}
    assert float(printed["landmark"]) == pytest.approx(trial.landmark)


def test_printed_numbers_are_those_of_lifelines():
    trial = public_trials("rossi")[0]
    table = pd.DataFrame({"t": trial.time, "e": trial.event, "arm": trial.arm})
    fit = CoxPHFitter().fit(table, "t", "e")
    (low, high), printed = np.exp(fit.confidence_intervals_.to_numpy()[0]), trial.summaries
    hr = np.exp(fit.params_["arm"])
    assert [printed[x] for x in ("hr", "hr_lo", "hr_hi")] == [f"{x:.2f}" for x in (hr, low, high)]
    one, zero = table[table.arm == 1], table[table.arm == 0]
    p = logrank_test(one.t, zero.t, one.e, zero.e).p_value
    assert printed["logrank_p"] == f"{p:.2g}"
    curve = KaplanMeierFitter().fit(one.t, one.e)
    assert printed["lm1"] == f"{curve.predict(trial.landmark):.3f}"
    assert printed["median1"] == "NR" and np.isinf(curve.median_survival_time_)


@pytest.mark.parametrize("p", [0.0003, 0.0012, 0.034, 0.0949, 0.0951, 0.5])
def test_p_values_round_as_papers_round(p, monkeypatch):
    monkeypatch.setattr(patients, "log_rank", lambda *_: patients.LogRank(1.0, p))
    printed = {0.0003: "<0.001", 0.0012: "0.0012", 0.034: "0.034", 0.0949: "0.095", 0.0951: "0.10", 0.5: "0.50"}
    assert small().summaries["logrank_p"] == printed[p]


def test_truth_is_that_of_the_patients(leukemia):
    assert leukemia.truth("median0") == 8 and leukemia.truth("median1") == 23
    assert leukemia.truth("hr") == patients.cox(leukemia.time, leukemia.event, leukemia.arm).hr
    assert leukemia.truth("survival0") == patients.survival_rate(*leukemia.own(0), leukemia.landmark).value
    assert leukemia.truth("rmst1") == patients.rmst(*leukemia.own(1), leukemia.horizon).value
    assert public_trials("rossi")[0].truth("median0") == inf


def test_an_arm_without_events_has_no_ratio_and_its_median_is_not_reached():
    trial = replace(small(), event=np.where(small().arm == 1, 0, small().event))
    printed = trial.summaries
    assert not any(name.startswith(("hr", "logrank")) for name in printed)
    assert printed["median1"] == "NR" and np.isnan(trial.truth("hr")) and trial.truth("median1") == inf


@pytest.mark.parametrize(
    ("step", "last", "recording"), [(1, 60, "steps"), (1, 199, "steps"), (1, 200, "days"), (None, 10, "days")]
)
def test_recording_by_the_number_of_possible_times(step, last, recording):
    trial = replace(small(), time=np.linspace(1, last, 50), time_step=step)
    assert trial.recording == recording


def test_numbers_at_risk_stand_at_times_that_the_record_can_hold():
    """25 months would have columns every 2.5 months; in whole months, every 3."""
    trial = replace(small(), time=np.linspace(1, 25, 50).round(), time_step=None)
    assert (trial.step, replace(trial, time_step=1.0).step) == (2.5, 3)
    assert replace(trial, time_step=0.1, time=trial.time / 10).step == 0.5


@pytest.mark.parametrize(("n", "size"), [((15, 15), "small"), ((50, 50), "small"), ((50, 51), "middle"),
                                         ((500, 500), "middle"), ((500, 501), "large")])  # fmt: skip
def test_sizes(n, size):
    assert small(1, n).size == size


def test_an_arm_that_ends_before_the_landmark():
    one = np.arange(1, 21)
    trial = KnownTrial("short", "test", np.append(one, 0.3 * one), np.tile([1, 0], 20), np.repeat([0, 1], 20))
    assert trial.landmark > 6
    assert "lm1" not in trial.summaries


# ---- curves


def test_corners_are_the_drops_of_the_curve(trial):
    corners = trial.corners()
    assert corners.columns.tolist() == ["arm", "time", "survival"]
    for arm in (0, 1):
        own, (time, event) = corners[corners.arm == arm], trial.own(arm)
        assert own.iloc[0, 1:].tolist() == [0, 1]
        assert own.time.iloc[1:].tolist() == sorted(set(time[event == 1]))
        assert (np.diff(own.survival) < 0).all() and own.survival.between(0, 1).all()
        assert np.allclose(own.survival, patients.kaplan_meier(time, event).at(own.time), atol=1e-8)


def test_clicks_are_a_hundred_an_arm_near_the_curve(trial):
    clicks = trial.clicks(1)
    assert clicks.columns.tolist() == ["arm", "time", "survival"]
    assert clicks.groupby("arm").size().to_dict() == {0: 100, 1: 100}
    assert clicks.survival.between(0, 1).all() and (clicks.time >= 0).all()
    assert clicks.time.max() < trial.time.max() * 1.015
    assert np.array_equal(clicks.survival, clicks.survival.round(3))
    reach = 0.012 * trial.time.max()  # four standard deviations of a click either way
    for arm in (0, 1):
        own, curve = clicks[clicks.arm == arm], patients.kaplan_meier(*trial.own(arm))
        end = trial.own(arm)[0].max()
        low, high = (curve.at(np.clip(own.time + side * reach, 0, end)) for side in (1, -1))
        assert (own.survival > low - 0.0125).all() and (own.survival < high + 0.0125).all()


def test_clicks_depend_on_the_seed():
    trial = small()
    pd.testing.assert_frame_equal(trial.clicks(2), trial.clicks(2))
    assert not trial.clicks(2).equals(trial.clicks(3))
