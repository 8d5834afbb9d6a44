"""Follow-up and tipping points against lifelines, a full search, and trials whose patients are known."""

from math import inf

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test

from netterbook.methods import censoring
from netterbook.methods.patient_sets import PatientSets
from netterbook.methods.pooling import pooled_hr


def drawn(sets, per_arm, hazards, cut, seed=1):
    """Exponential trials, arm 0 first, with uniform censoring up to ``cut``."""
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1], per_arm)
    dies = rng.exponential(1 / np.asarray(hazards)[arm], (sets, 2 * per_arm))
    leaves = rng.uniform(0, cut, dies.shape)
    return PatientSets(np.round(np.minimum(dies, leaves), 3), (dies <= leaves).astype(int), arm)


@pytest.fixture(scope="module")
def found():
    return drawn(4, 60, (0.1, 0.03), 25)


def z_of(time, event, arm):
    """Of lifelines' log-rank test, negative where arm 1 has fewer events than expected."""
    own = arm == 1
    test = logrank_test(time[own], time[~own], event[own], event[~own])
    at_risk = np.array([[(time[arm == a] >= t).sum() for a in (0, 1)] for t in time[event == 1]])
    expected = (at_risk[:, 1] / at_risk.sum(axis=1)).sum()
    return np.sign(event[own].sum() - expected) * np.sqrt(test.test_statistic)


@pytest.mark.parametrize("arm", [0, 1, None])
def test_follow_up_is_the_median_of_lifelines_with_censoring_for_the_event(found, arm):
    own = np.full(found.arm.shape, True) if arm is None else found.arm == arm
    for value, time, event in zip(censoring.follow_up(found, arm), found.time, found.event, strict=True):
        assert value == KaplanMeierFitter().fit(time[own], 1 - event[own]).median_survival_time_


def test_follow_up_without_censoring_is_not_reached():
    sets = PatientSets(np.array([[1.0, 2.0]]), np.array([[1, 1]]), np.array([0, 1]))
    assert censoring.follow_up(sets).tolist() == [inf]


def test_censored_patients_are_counted_up_to_and_at_a_time(found):
    time = float(found.time[0][(found.event[0] == 0) & (found.arm == 1)].min())
    assert censoring.censored_by(found, time, 1)[0] == 1
    assert censoring.censored_by(found, time - 0.001, 1)[0] == 0
    total = [censoring.censored_by(found, inf, arm) for arm in (0, 1)]
    assert (sum(total) + found.event.sum(axis=1) == found.time.shape[1]).all()


def test_those_censored_first_get_the_events(found):
    for first in (0, 1, 7, 10_000):
        made = censoring.events_at_censoring(found, first)
        assert (made.time == found.time).all()
        for before, after, time in zip(found.event, made.event, found.time, strict=True):
            new = after > before
            left = (found.arm == 1) & (after == 0)
            assert new.sum() == min(first, ((found.arm == 1) & (before == 0)).sum())
            assert (found.arm[new] == 1).all()
            assert not new.any() or not left.any() or time[new].max() <= time[left].min()


@pytest.mark.parametrize("alpha", [0.05, 0.01, 1e-4])
def test_the_fewest_that_tip_are_those_of_a_full_search_with_lifelines(found, alpha):
    fewest = censoring.fewest_to_tip(found, alpha)
    limit = {0.05: -1.959964, 0.01: -2.575829, 1e-4: -3.890592}[alpha]
    for i in range(found.draws):
        most = ((found.arm == 1) & (found.event[i] == 0)).sum()
        tips = [
            z_of(found.time[i], censoring.events_at_censoring(found, k).event[i], found.arm) >= limit
            for k in range(most + 1)
        ]
        assert fewest[i] == (tips.index(True) if any(tips) else inf)
        assert tips == sorted(tips)  # each event more weakens the result, so that halving finds the fewest


def test_an_effect_that_is_not_there_needs_no_events_and_one_too_large_cannot_be_undone():
    assert (censoring.fewest_to_tip(drawn(3, 40, (0.1, 0.1), 25, seed=3), 0.001) == 0).all()
    arm = np.repeat([0, 1], 20)
    sure = PatientSets(np.concatenate([np.arange(1, 21), np.full(20, 50.0)])[None], 1 * (arm == 0)[None], arm)
    assert censoring.fewest_to_tip(sure).tolist() == [inf]
    assert censoring.tipping_multiplier(sure, 0.95, 1) == inf


def test_events_imputed_at_random_leave_the_hazard_ratio_where_it_was():
    found = drawn(150, 150, (0.1, 0.03), 25, seed=5)
    chance = np.random.default_rng(2).random(found.time.shape)
    made = censoring.hazard_after_censoring(found, 1, chance)
    assert np.log(pooled_hr(made, 0.95)[0]) == pytest.approx(np.log(pooled_hr(found, 0.95)[0]), abs=0.05)
    assert (made.event >= found.event).all() and (made.time >= found.time).all()
    control = found.arm == 0
    assert (made.time[:, control] == found.time[:, control]).all()
    assert (made.event[:, control] == found.event[:, control]).all()
    ended = found.time[:, ~control].max(axis=1, keepdims=True)
    assert ((made.event == 1) | (made.time == ended))[:, ~control].all()  # followed on to an event or to the end


def test_a_multiplied_hazard_after_censoring_gives_the_mixture_it_should():
    """Half of arm 1 leaves at time 5; at three times the hazard 0.04 their survival from 5 to 15 is exp(-0.12 x 10)."""
    rng = np.random.default_rng(7)
    size = 20_000
    dies = rng.exponential(25, size)
    leaves = np.where(rng.random(size) < 0.5, 5.0, 40.0)
    time = np.append(np.minimum(dies, leaves), 1.0)
    event = np.append(1 * (dies <= leaves), 1)
    found = PatientSets(time[None], event[None], np.append(np.ones(size, int), 0))
    chosen = (found.time[0] == 5.0) & (found.event[0] == 0)
    made = censoring.hazard_after_censoring(found, 3, rng.random(found.time.shape))
    survived = (made.time[0, chosen] > 15).mean()
    assert survived == pytest.approx(np.exp(-0.12 * 10), abs=0.02)


def test_the_tipping_multiplier_is_where_the_interval_reaches_one():
    found = drawn(20, 60, (0.1, 0.035), 25, seed=11)
    times = censoring.tipping_multiplier(found, 0.95, 4)
    chance = np.random.default_rng(4).random(found.time.shape)
    highs = [
        pooled_hr(censoring.hazard_after_censoring(found, m, chance), 0.95)[2] for m in (times / 1.03, times, 2 * times)
    ]
    assert 1 < times < 100
    assert highs[0] < 1 <= highs[1] <= highs[2]
    assert censoring.tipping_multiplier(found, 0.8, 4) > times  # a narrower interval holds out longer
    assert censoring.tipping_multiplier(drawn(20, 60, (0.1, 0.1), 25), 0.95, 4) == 0
