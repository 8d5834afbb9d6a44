"""Immortal time in trials like the phase II trial."""

import numpy as np
import pytest

from netterbook.book.display import shown
from netterbook.book.dosimetry import immortal_bias, protocol
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.text import fill


@pytest.fixture(scope="module")
def doses(cohorts):
    return protocol.kidney_doses(Dosimetry(), cohorts["spect/ct"])


@pytest.fixture(scope="module")
def null(trial, doses):
    return immortal_bias.immortal_bias(Dosimetry(), trial, doses, 1.0)


@pytest.fixture(scope="module")
def rows(null):
    return immortal_bias.hazard_ratios(null)


def test_planned_cycles_end_by_dose_alone(small, trial, doses):
    often, never = (small.model_copy(update={"within_cv": 0.0, "stop_probability": x}) for x in (0.9, 0.0))
    one, same = (immortal_bias.planned(p, trial, doses) for p in (often, never))
    assert (one.cycles == same.cycles).all() and (one.bed_gy == same.bed_gy).all() and one.cycles.mean() > 5
    within = one.bed_gy[np.arange(len(one.cycles)), one.cycles - 1] <= 40 + 1e-6
    assert (within | (one.cycles == 1)).all()
    few = immortal_bias.planned(small.model_copy(update={"max_cycles": 6}), trial, doses)
    assert few.bed_gy.shape == (1920, 6) and few.cycles.max() == 6


def test_immortal_time_is_simulated_with_the_published_trial(small, trial, doses, monkeypatch):
    calls, splits, landmarks = [], [], []
    monkeypatch.setattr(immortal_bias, "simulate_immortal_time", lambda planned, rng, **given: calls.append(given))
    monkeypatch.setattr(immortal_bias, "split_by_dose", lambda bed, planned, rng, **given: splits.append(given))
    monkeypatch.setattr(immortal_bias, "analyse", lambda trials, landmark: landmarks.append(landmark))
    found = immortal_bias.immortal_bias(small.model_copy(update={"landmark": 7.0}), trial, doses, hr=0.6)
    assert list(found) == ["PFS", "OS"] and [call["median_months"] for call in calls] == [29, 47]
    assert landmarks == [7.0, 7.0]
    for call, split in zip(calls, splits, strict=True):
        assert split == {name: value for name, value in call.items() if name != "hr"}
        assert (call["patients"], call["trials"], call["hr"]) == (96, 500, 0.6)
        assert call["interval_months"] == pytest.approx(70 / 30.4375)
        assert call["follow_up_months"] == (24, 84)


def test_only_analyses_that_look_ahead_are_biased(rows):
    found = rows.set_index(["outcome", "kind"])
    for outcome in ("PFS", "OS"):
        assert found.loc[(outcome, "naive")].high < 1
        assert found.loc[(outcome, "split")].high < 1
        for fair in ("landmark", "time_dependent"):
            assert abs(np.log(found.loc[(outcome, fair)].hr)) < 0.06
            assert found.loc[(outcome, fair)].significant < 0.09


def test_an_effect_is_found_by_the_time_dependent_analysis_and_diluted_by_the_landmark(trial, doses):
    found = immortal_bias.hazard_ratios(immortal_bias.immortal_bias(Dosimetry(), trial, doses, 0.7))
    hr = found.set_index(["outcome", "kind"])["hr"]
    assert hr["PFS", "time_dependent"] == pytest.approx(0.7, rel=0.06)
    assert 0.75 < hr["PFS", "landmark"] < 1


def test_hazard_ratios_are_shown_to_their_monte_carlo_error(null, rows, sentence):
    known = null["OS"].reached.time_dependent
    low = np.quantile(known.hr[np.isfinite(known.log_hr)], 0.025)
    row = rows.set_index(["outcome", "kind"]).loc[("OS", "time_dependent")]
    assert row.low == low and 0.005 < row.low_error < 0.05  # 500 trials: a rank of 12.5 with an error of 3.5
    words = shown(rows, {"hr": sentence("{hr,low,high"), "p": sentence("{significant")})
    assert words.iloc[-1].tolist() == ["1.00 (0.35 to 2.8)", "6%"]
    assert immortal_bias.by_method(rows, "OS")["time_dependent"]["hr"] == (row.hr, row.hr_error)


def values_of(p, trial, doses, rows):
    """What the sentences on simulated trials are filled with."""
    pfs, os = (immortal_bias.by_method(rows, outcome) for outcome in immortal_bias.OUTCOMES)
    shortest, longest = immortal_bias.FOLLOW_UP_MONTHS
    return {
        "p": p, "trial": trial, "trials": 500, "pfs": pfs, "os": os, "pfs_own": pfs, "os_own": os, "cycles": 8.25,
        "shortest": shortest, "longest": longest, "after": immortal_bias.fairness(rows),
        "reached": immortal_bias.reached_by_landmark(p, trial, doses),
    }  # fmt: skip


def test_analyses_without_an_estimate_are_called_so(small, trial, doses, sentence):
    """A patient who has the limit with the first cycle has it from the start: there is nobody to compare with."""
    p = small.model_copy(update={"limit_bed_gy": 0.1, "higher_limit_bed_gy": 0.1})
    rows = immortal_bias.hazard_ratios(immortal_bias.immortal_bias(p, trial, doses, 1.0))
    never = rows.set_index(["outcome", "kind"]).loc[("PFS", "naive")]
    assert np.isnan(never.hr) and never.significant == 0
    said = fill(sentence("Comparing patients who ever reached"), values_of(p, trial, doses, rows))
    assert "never did gives not estimable and not estimable at" in said and "nan" not in said
    assert "Not all of these can be estimated. At the landmark 100% of" in said


def test_the_sentence_says_follow_up_and_how_the_analyses_do(small, trial, doses, sentence):
    rows = immortal_bias.hazard_ratios(immortal_bias.immortal_bias(small, trial, doses, 1.0))
    said = " ".join(fill(sentence("Comparing patients"), values_of(small, trial, doses, rows)).split())
    assert "followed for 24 to 84 months;" in said and "planned cycles average 8.2" in said
    fair = immortal_bias.fairness(rows)
    assert ("and all are one within the error" in said, "none is significant more often" in said) == fair[2:]
    assert fair.known and fair.nearer and "All of these lie nearer to one than the first comparison" in said


def test_fairness_is_that_of_the_two_analyses_that_do_not_look_ahead(rows):
    assert immortal_bias.fairness(rows) == (True, True, True, True)
    fair = rows["kind"] == "landmark"
    off = rows["hr"].where(~fair, 1 - 3.1 * rows["hr_error"])
    assert immortal_bias.fairness(rows.assign(hr=off)).fair is False
    assert immortal_bias.fairness(rows.assign(hr=rows["hr"].where(~fair, 0.2))).nearer is False
    assert immortal_bias.fairness(rows.assign(significant=rows["significant"].where(~fair, 0.08))).level is False
    assert immortal_bias.fairness(rows.assign(hr=rows["hr"].where(~fair, np.nan))).known is False
    assert immortal_bias.most_significant(rows, "naive") == rows.loc[rows["kind"] == "naive", "significant"].max()


def test_trials_of_as_many_planned_cycles_as_published(small, trial, doses):
    """The mean is moved, the spread kept; and the bias is less than with the cohort's own doses."""
    matched = immortal_bias.doses_for_cycles(small, trial, doses, trial.median)
    assert immortal_bias.planned(small, trial, matched).cycles.mean() == pytest.approx(5, abs=0.02)
    assert matched.between_cv == doses.between_cv and matched.mean_gy_per_gbq > doses.mean_gy_per_gbq
    fewer, own = (
        immortal_bias.hazard_ratios(immortal_bias.immortal_bias(small, trial, each, 1.0)).set_index(["outcome", "kind"])
        for each in (matched, doses)
    )
    for outcome in immortal_bias.OUTCOMES:
        assert own.loc[(outcome, "split"), "hr"] < fewer.loc[(outcome, "split"), "hr"] < 0.75
    few = small.model_copy(update={"max_cycles": 5})
    assert immortal_bias.planned(few, trial, immortal_bias.doses_for_cycles(few, trial, doses, 5)).cycles.mean() > 4.98


def test_who_has_reached_the_limit_by_the_landmark(small, trial, doses):
    cycles = immortal_bias.planned(small, trial, doses).cycles
    for months, most in ((1.0, 1), (10 * 70 / 30.4375 + 0.01, 11)):  # cycles are ten weeks apart
        p = small.model_copy(update={"landmark": months})
        assert immortal_bias.reached_by_landmark(p, trial, doses).value == np.mean(cycles <= most)


def test_the_bias_vanishes_with_the_length_of_treatment(trial, doses):
    table = immortal_bias.bias_by_length(Dosimetry(), trial, doses, trials=200)
    in_time = table.sort_values("months", kind="stable")
    assert (np.diff(in_time["PFS"]) < 0).all()
    assert in_time["PFS"].iloc[0] > 0.9
    assert table["months"].to_numpy() == pytest.approx((table["cycles"] - 1).to_numpy() * 70 / 30.4375)
    assert immortal_bias.grows_with_length(table)
    last = in_time["months"].idxmax()
    back = table.assign(PFS=table["PFS"].where(table.index != last, 0.99))
    assert not immortal_bias.grows_with_length(back)
    assert not immortal_bias.grows_with_length(table.assign(PFS=1.0, OS=1.0))
