from math import exp, inf, log, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from netterbook.methods.interim import (
    probability_at_most,
    shrunk_hazard_ratio,
    simulate_trials,
)
from netterbook.methods.trial_design import follow_up_needed, power

HRS = st.floats(0.2, 2)
SDS = st.floats(0.05, 3)
SHARES = st.floats(0.2, 0.8)


def joint(hr, deaths):
    """Mean and covariance of the log hazard ratios after two numbers of deaths in equal arms.

    The score has independent increments (Jennison & Turnbull, Group Sequential Methods, 2000, ch. 3).
    """
    information = np.array(deaths) / 4
    increments = np.diag(np.diff([0, *information]))  # the variance of the score gained up to each analysis
    estimates = np.array([[1 / information[0], 0], [1 / information[1], 1 / information[1]]])
    return np.full(2, log(hr)), estimates @ increments @ estimates.T


# An estimate


@given(HRS, st.integers(5, 300), SHARES)
def test_probabilities_of_an_estimate(hr, events, share):
    assert probability_at_most(hr, hr, events, share) == pytest.approx(0.5)
    critical = exp(-norm.isf(0.025) / sqrt(events * share * (1 - share)))
    if hr < 1:  # the estimate is significant as often as the log-rank test has power
        assert probability_at_most(critical, hr, events, share) == pytest.approx(power(hr, events, 0.05, share))


# Shrinkage and prediction


@given(HRS, HRS, st.integers(5, 300), SDS)
def test_shrinkage_is_bayes_theorem(observed, centre, events, sd):
    """Mean and spread of prior times likelihood, summed over a fine grid."""
    error = 2 / sqrt(events)
    ends = log(observed), log(centre)
    reach = 10 * min(error, sd)
    x = np.linspace(min(ends) - reach, max(ends) + reach, 20_001)
    weight = np.exp(-(((x - ends[1]) / sd) ** 2 + ((x - ends[0]) / error) ** 2) / 2)
    mean = np.average(x, weights=weight)
    spread = sqrt(np.average((x - mean) ** 2, weights=weight))
    found = shrunk_hazard_ratio(observed, events, sd, centre)
    assert log(found.value) == pytest.approx(mean, abs=1e-8)
    assert log(found.high / found.low) / (2 * norm.isf(0.025)) == pytest.approx(spread)


def test_shrinkage_by_hand():
    # Prior sd 2 / sqrt(40) is worth 40 events, so that 40 observed ones count half
    assert shrunk_hazard_ratio(0.4, 40, 2 / sqrt(40)).value == pytest.approx(sqrt(0.4))


@given(HRS, st.integers(5, 200), SHARES)
def test_a_flat_prior_leaves_the_estimate_where_it_is(observed, events, share):
    expected = observed, exp(log(observed) - norm.isf(0.025) / sqrt(events * share * (1 - share)))
    for found in (
        shrunk_hazard_ratio(observed, events, inf, allocation=share),
        shrunk_hazard_ratio(observed, events, 1e6, allocation=share),
    ):
        assert found[:2] == pytest.approx(expected)


def test_a_prior_without_spread_is_the_truth():
    assert shrunk_hazard_ratio(0.4, 40, 0, 0.84) == pytest.approx((0.84, 0.84, 0.84))


# Simulated trials

NETTER1 = dict(
    hr=0.84,
    median_os=36.3,
    median_progression=8.4,
    accrual=40,
    patients=(116, 113),
    interim_deaths=40,
    final_deaths=142,
)
LARGE = NETTER1 | {"patients": (1000, 1000), "interim_deaths": 400, "final_deaths": 1420}


def standard_errors(logs):
    """Of means and of covariances of many trials, under normality."""
    n, covariance = logs.shape[1], np.cov(logs)
    variances = covariance.diagonal()
    return np.sqrt(variances / n), np.sqrt((np.outer(variances, variances) + covariance**2) / n)


@pytest.mark.parametrize(("setting", "trials", "bias"), [(NETTER1, 3000, 0.05), (LARGE, 600, 0.01)])
def test_simulated_trials_follow_the_joint_distribution(setting, trials, bias):
    """``bias`` is what the normal approximation may be out by, in mean and relative to the variance."""
    found = simulate_trials(**setting, crossover=0, trials=trials)
    logs = np.log([found.interim_hr, found.final_hr])
    mean, covariance = joint(0.84, (setting["interim_deaths"], setting["final_deaths"]))
    of_means, of_covariances = standard_errors(logs)
    assert (abs(logs.mean(axis=1) - mean) < 3.5 * of_means + bias * np.sqrt(covariance.diagonal())).all()
    assert (abs(np.cov(logs) - covariance) < 3.5 * of_covariances + bias * covariance).all()


def test_simulated_finals_regress_on_interims_as_predicted():
    found = simulate_trials(**LARGE, crossover=0, trials=600)
    interim, final = np.log(found.interim_hr), np.log(found.final_hr)
    mean, ((v1, c), (_, v2)) = joint(0.84, (400, 1420))
    centre, spread = mean[1] + c / v1 * (interim - mean[0]), sqrt(v2 - c**2 / v1)
    within = (abs(final - centre) < norm.isf(0.05) * spread).sum()
    assert binom.ppf(1e-4, 600, 0.9) < within < binom.isf(1e-4, 600, 0.9)
    error = (final - centre).std() / interim.std() / sqrt(600)
    assert np.polyfit(interim, final, 1)[0] == pytest.approx(400 / 1420, abs=4 * error)


def test_simulated_interims_are_as_extreme_as_predicted():
    found = simulate_trials(**NETTER1, crossover=0, trials=3000)
    for observed in (0.6, 0.84, 1.1):
        share = probability_at_most(observed, 0.84, 40)
        assert (found.interim_hr <= observed).mean() == pytest.approx(share, abs=4 * sqrt(share / 3000) + 0.01)


def test_simulated_trials_take_as_long_as_designed():
    found = simulate_trials(**LARGE, crossover=0, trials=200)
    medians = 36.3 / 0.84, 36.3
    assert found.final_month.mean() == pytest.approx(40 + follow_up_needed(1420, 2000, *medians, 40), rel=0.005)
    assert (found.interim_month < found.final_month).all()


def test_crossover_takes_the_effect_away_and_only_where_there_is_one():
    finals, crossed = [], []
    for share in (0, 0.4, 0.8):
        found = simulate_trials(**LARGE | {"hr": 0.5}, crossover=share, trials=100)
        finals.append(np.log(found.final_hr).mean())
        crossed.append(found.crossed.mean())
    assert log(0.5) == pytest.approx(finals[0], abs=0.02)
    assert finals[0] < finals[1] - 0.05 and finals[1] < finals[2] - 0.05 < 0
    assert crossed == pytest.approx([0, 0.4, 0.8], abs=0.02)
    found = simulate_trials(**LARGE | {"hr": 1}, crossover=0.8, trials=100)
    assert np.log(found.final_hr).mean() == pytest.approx(0, abs=4 * 2 / sqrt(1420 * 100))


def test_crossover_on_the_first_day_gives_both_arms_the_same_hazard():
    found = simulate_trials(**LARGE | {"hr": 0.5, "median_progression": 1e-9}, crossover=1 - 1e-9, trials=100)
    assert np.log(found.final_hr).mean() == pytest.approx(0, abs=4 * 2 / sqrt(1420 * 100))


def test_a_seed_gives_the_same_trials_again():
    first, again, other = (simulate_trials(**NETTER1, trials=20, seed=seed) for seed in (5, 5, 6))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first.final_hr != other.final_hr).all()


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probability_at_most(0.4, 0, 40), "hr must be a positive hazard ratio, not 0"),
        (lambda: probability_at_most(0.4, 0.84, 0), "number of events must be positive, not 0"),
        (lambda: probability_at_most(0.4, 0.84, inf), "number of events must be positive, not inf"),
        (lambda: probability_at_most(0.4, 0.84, 40, 1), "allocation must lie between 0 and 1, not 1"),
        (lambda: probability_at_most(nan, 0.84, 40), "observed must be a positive hazard ratio, not nan"),
        (lambda: shrunk_hazard_ratio(0.4, 40, -1), "standard deviation must be 0 or more .* not -1"),
        (lambda: shrunk_hazard_ratio(0.4, 40, nan), "standard deviation must be 0 or more .* not nan"),
        (lambda: shrunk_hazard_ratio(0.4, 40, 1, prior_hr=-1), "prior_hr must be a positive hazard ratio, not -1"),
        (lambda: shrunk_hazard_ratio(0.4, 40, 1, level=95), "level must lie between 0 and 1, not 95"),
        (lambda: simulate_trials(**NETTER1 | {"hr": -1}), "hr must be positive, not -1"),
        (lambda: simulate_trials(**NETTER1 | {"accrual": 0}), "accrual must be a positive number of months, not 0"),
        (lambda: simulate_trials(**NETTER1 | {"median_os": nan}), "median_os must be positive, not nan"),
        (lambda: simulate_trials(**NETTER1 | {"patients": (116, 0)}), r"patients must be .* not \(116, 0\)"),
        (lambda: simulate_trials(**NETTER1 | {"final_deaths": 230}), "up to the 229 patients, not 40 and 230"),
        (lambda: simulate_trials(**NETTER1 | {"interim_deaths": 142}), "must rise .* not 142 and 142"),
        (lambda: simulate_trials(**NETTER1, trials=0), "at least one trial, not 0"),
        (lambda: simulate_trials(**NETTER1, crossover=0.9), "share of 0.9 cannot cross over: 0.812 of"),
        (lambda: simulate_trials(**NETTER1, crossover=nan), "share of nan cannot"),
    ],
)
def test_arguments_that_cannot_be_used_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
