"""The interim analysis of overall survival against the printed numbers and normal theory."""

import re
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from netterbook import papers
from netterbook.book import figures
from netterbook.book.netter import overall_survival
from netterbook.methods import interim

NORMAL = NormalDist()
DEATHS, LATE = 14 + 26, 142


@pytest.fixture(scope="module")
def plain():
    """Trials at the final hazard ratio without crossover, for which normal theory holds."""
    return overall_survival.simulate(0.84, 0, 1)


@pytest.fixture(scope="module")
def crossed():
    return overall_survival.simulate(0.84, 0.36, 1)


def test_the_boundary_is_the_threshold_of_the_ledger(ledger):
    about = overall_survival.boundary()
    assert ledger["netter1.results.os_threshold"].point.text == f"{about['boundary']:.6f}" == "0.000085"
    assert about["looked"] == DEATHS / 158
    assert about["p"] == float(ledger["netter1.results.os_p"].point.text) == 0.004


def test_the_boundary_keeps_to_a_level_of_5_per_cent():
    """By simulation of both looks under no effect, half way and at the end as the design has them."""
    about = overall_survival.boundary()
    at_end = np.interp(1, about["fractions"], about["boundaries"])
    half = np.interp(0.5, about["fractions"], about["boundaries"])
    first, second = np.random.default_rng(8).normal(size=(2, 400_000))
    last = (first + second) / sqrt(2)
    critical = [-NORMAL.inv_cdf(level / 2) for level in (half, at_end)]
    crossed = (abs(first) > critical[0]) | (abs(last) > critical[1])
    assert crossed.mean() == pytest.approx(0.05, abs=4 * sqrt(0.05 * 0.95 / 400_000))
    assert np.all(np.diff(about["boundaries"]) > 0)
    z = -np.array([NORMAL.inv_cdf(p / 2) for p in about["boundaries"]])
    assert z * np.sqrt(about["fractions"]) == pytest.approx(z[-1])  # O'Brien and Fleming: constant on the score


def test_the_final_hazard_ratio_is_the_reference_fact():
    fact = papers.facts().loc["F061"]
    assert fact["quantity"] == "OS HR"
    assert overall_survival.final_hr() == float(fact["value"]) == 0.84


def test_simulated_trials_scatter_as_normal_theory_says(plain):
    """Schoenfeld: a variance of 4 / deaths; interim and final correlate by the root of the share of deaths."""
    early, late = np.log(plain.interim_hr), np.log(plain.final_hr)
    trials = len(early)
    assert trials == len(late) == 2000
    noise = 4 / sqrt(2 * trials)  # four standard errors of a standard deviation, relative
    assert early.std() == pytest.approx(sqrt(4 / DEATHS), rel=noise + 0.05)  # 5% for so few deaths
    assert late.std() == pytest.approx(sqrt(4 / LATE), rel=noise + 0.05)
    joint = interim.joint_distribution(0.84, DEATHS, LATE)
    correlation = joint.covariance[0, 1] / sqrt(joint.covariance[0, 0] * joint.covariance[1, 1])
    assert np.corrcoef(early, late)[0, 1] == pytest.approx(correlation, abs=4 * (1 - correlation**2) / sqrt(trials))
    assert late.mean() == pytest.approx(log(0.84), abs=4 * late.std() / sqrt(trials) + 0.01)
    assert (plain.crossed == 0).all()
    assert (plain.interim_month < plain.final_month).all()


def test_the_words_give_the_analytic_chance_and_the_simulated_one_beside_it(plain, ledger):
    words = overall_survival.in_words(plain, 0.84, 0.95)
    assert words["seen"] == ledger["netter1.results.os_hr"].point.text == "0.40"
    chance = NORMAL.cdf((log(0.40) - log(0.84)) * sqrt(DEATHS / 4))
    assert words["chance"] == f"{100 * chance:.1f}%"
    simulated = (plain.interim_hr <= 0.40).mean()
    error = 100 * sqrt(simulated * (1 - simulated) / 2000)
    assert abs(float(words["simulated"].rstrip("%")) - 100 * simulated) < 1.5 * error  # half a step of 2.5 at most
    assert simulated == pytest.approx(chance, abs=4 * sqrt(chance * (1 - chance) / 2000))
    assert words["share"] == "0%"
    expected = interim.final_given_interim(0.36, DEATHS, LATE, prior_sd=0, prior_hr=0.84).value  # mean of those seen
    low = interim.final_given_interim(0.20, DEATHS, LATE, prior_sd=0, prior_hr=0.84).value
    high = interim.final_given_interim(0.40, DEATHS, LATE, prior_sd=0, prior_hr=0.84).value
    assert low < float(words["ending"]) <= high + 0.05
    assert float(words["ending"]) == pytest.approx(expected, abs=0.06)


def test_the_sceptical_prior_by_hand(plain):
    """Inverse-variance mean of the estimate, variance 4 / 40, and of no effect, 95% from 0.5 to 2."""
    words = overall_survival.in_words(plain, 0.84, 0.9)
    weights = DEATHS / 4, (1.96 / log(2)) ** 2
    centre, error = weights[0] * log(0.40) / sum(weights), sqrt(1 / sum(weights))
    z = NORMAL.inv_cdf(0.95)
    expected = [f"{exp(centre + k * z * error):.2f}" for k in (0, -1, 1)]
    assert [words[name] for name in ("shrunk", "low", "high")] == expected


def test_crossover_moves_the_final_hazard_ratio_to_one_and_the_interim_less(plain, crossed):
    assert crossed.crossed.mean() == pytest.approx(0.36, abs=0.04)
    means = {name: np.log(getattr(trials, name)).mean() for trials in (crossed,) for name in ("interim_hr", "final_hr")}
    assert log(0.84) < np.log(plain.final_hr).mean() + 0.02
    assert np.log(plain.final_hr).mean() < means["final_hr"] < 0
    words = overall_survival.in_words(crossed, 0.84, 0.95)
    assert words["settled"] == f"{exp(means['final_hr']):.2f}"
    assert (words["final"], words["hr"]) == ("0.84", "0.84")
    assert words["share"] == f"{100 * crossed.crossed.mean():.0f}%"


@pytest.mark.parametrize("crossover", [0, 0.75])
@pytest.mark.parametrize("true_hr", [0.11, 0.2, 2.5, 2.99])
def test_the_whole_range_of_the_parameters_gives_words_and_a_figure(true_hr, crossover):
    found = overall_survival.simulate(true_hr, crossover, 3)
    words = overall_survival.in_words(found, true_hr, 0.999)
    assert words["hr"] == f"{true_hr:g}"
    assert not any(re.search(r"\b(nan|inf)\b", word) for word in words.values())
    settled = float(words["settled"])
    if crossover == 0:  # the mean of two thousand, biased by a few per cent at such ratios
        assert settled == pytest.approx(true_hr, rel=0.05, abs=0.005)
    else:  # toward one
        assert abs(log(settled)) < abs(log(true_hr)) - 0.1
        assert (settled > 1) == (true_hr > 1)
    assert re.fullmatch(r"0\.\d\d" if true_hr < 1 else r"0\.\d\d|no value.*", words["ending"])
    figures.interim_shrinkage(found, 0.40, overall_survival.final_hr(), true_hr)


def test_where_no_trial_is_so_extreme_the_words_say_so():
    found = overall_survival.simulate(2.99, 0, 1)
    assert not (found.interim_hr <= 0.40).any()
    assert overall_survival.in_words(found, 2.99, 0.95)["ending"] == "no value (there are none)"
