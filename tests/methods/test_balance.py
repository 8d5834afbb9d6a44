from math import inf, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom, norm

from netterbook import papers
from netterbook.methods.balance import (
    chance_beyond,
    chance_limit,
    expected_beyond,
    standardised_difference_of_means,
    standardised_difference_of_proportions,
)

INNER = st.integers(2, 200).flatmap(lambda total: st.tuples(st.integers(1, total - 1), st.just(total)))


def netter1():
    """Standardised differences of the counts in NETTER-1's Table 1, by row."""
    table = papers.table("netter1", "table1").set_index("row")
    n = [int(table.loc["n", arm]) for arm in ("lu", "control")]
    found = {}
    for row in table[table.measure == "count (percent)"].itertuples():
        a, b = (int(cell.partition(" ")[0]) for cell in (row.lu, row.control))
        found[row.Index] = standardised_difference_of_proportions(a, n[0], b, n[1])
    return found, n


# By hand


def test_standardised_differences_by_hand():
    # 50% and 30%: variances 0.25 and 0.21
    assert standardised_difference_of_proportions(50, 100, 6, 20) == pytest.approx(0.2 / sqrt(0.23))
    assert standardised_difference_of_means(63, 3, 70, 4) == pytest.approx(-7 / sqrt(12.5))


def test_netter1s_table_by_hand():
    found, n = netter1()
    assert n == [116, 113] and len(found) == 19
    # 1/116 = 0.00862 and 9/113 = 0.07965 with variances 0.00855 and 0.07330: -0.07103 / 0.20230
    assert found["ovaries"] == pytest.approx(-0.3511, abs=1e-4)
    # 63/116 = 0.54310 and 53/113 = 0.46903 with variances 0.24814 and 0.24904: 0.07408 / 0.49859
    assert found["male"] == pytest.approx(0.1486, abs=1e-4)
    assert found["female"] == pytest.approx(-found["male"])
    # Age 63±9 and 64±10: -1 / sqrt(90.5)
    assert standardised_difference_of_means(63, 9, 64, 10) == pytest.approx(-0.10512, abs=1e-5)


def test_chance_by_hand():
    # Arms of 200: variance 0.01, so that 0.196 is 1.96 standard deviations
    assert chance_limit(200, 200) == pytest.approx(0.1959964, abs=1e-7)
    assert chance_beyond(0.1, 200, 200) == pytest.approx(0.3173105, abs=1e-7)
    assert expected_beyond(0.1, 10, 200, 200) == pytest.approx(3.173105, abs=1e-6)
    assert chance_beyond(0, 200, 200) == 1


def test_a_tenth_is_a_phi_coefficient_of_a_twentieth():
    """Austin, Commun Stat Simul Comput 2009;38:1228-34."""
    p, n = 0.5, 100_000
    a, b = round(n * (p + 0.025)), round(n * (p - 0.025))
    assert standardised_difference_of_proportions(a, n, b, n) == pytest.approx(0.1, abs=2e-4)
    phi = (a * (n - b) - b * (n - a)) / sqrt((a + b) * (2 * n - a - b) * n * n)
    assert phi == pytest.approx(0.05, abs=1e-4)


# Against randomisation itself


@pytest.mark.parametrize("having", [12, 40, 115, 200])
def test_randomisation_gives_differences_of_the_stated_variance(having):
    """All allocations of a characteristic that so many of 229 have; the count of one arm is hypergeometric."""
    chance = hypergeom(229, having, 116)
    counts = np.arange(max(0, having - 113), min(having, 116) + 1)
    found = np.array([standardised_difference_of_proportions(k, 116, having - k, 113) for k in counts])
    weight = chance.pmf(counts)
    assert weight @ found**2 == pytest.approx(1 / 116 + 1 / 113, rel=0.05)
    beyond = [weight[abs(found) > limit].sum() for limit in np.linspace(0.05, 0.4, 200)]  # averaged over the steps
    expected = [chance_beyond(limit, 116, 113) for limit in np.linspace(0.05, 0.4, 200)]
    assert np.mean(beyond) == pytest.approx(np.mean(expected), abs=0.01)


def test_randomisation_of_ages_gives_differences_of_the_stated_distribution():
    rng = np.random.default_rng(1)
    ages = rng.gamma(20, 3.2, 229)
    found = []
    for _ in range(4000):
        one, other = np.split(rng.permutation(ages), [116])
        found.append(standardised_difference_of_means(one.mean(), one.std(ddof=1), other.mean(), other.std(ddof=1)))
    for limit in (0.1, 0.2, chance_limit(116, 113)):
        share = chance_beyond(limit, 116, 113)
        assert np.mean(np.abs(found) > limit) == pytest.approx(share, abs=4 * sqrt(share / 4000))


# Properties


@given(INNER, INNER)
def test_differences_turn_their_sign_with_the_arms_and_with_the_characteristic(first, second):
    found = standardised_difference_of_proportions(*first, *second)
    assert standardised_difference_of_proportions(*second, *first) == pytest.approx(-found)
    (a, n), (b, m) = first, second
    assert standardised_difference_of_proportions(n - a, n, m - b, m) == pytest.approx(-found)


@given(st.integers(1, 500), st.integers(1, 500), st.sampled_from([0.5, 0.95, 0.99]))
def test_the_limit_is_exceeded_with_the_rest_of_the_level(n1, n2, level):
    assert chance_beyond(chance_limit(n1, n2, level), n1, n2) == pytest.approx(1 - level)
    assert chance_limit(n1, n2, level) >= norm.isf((1 - level) / 2) * 2 / sqrt(n1 + n2) * (1 - 1e-12)


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: standardised_difference_of_proportions(117, 116, 9, 113), "117 of 116 is no proportion"),
        (lambda: standardised_difference_of_proportions(1, 116, nan, 113), "nan of 113 is no proportion"),
        (lambda: standardised_difference_of_proportions(0, 116, 0, 113), "0 of 116 and 0 of 113 have no standard"),
        (lambda: standardised_difference_of_proportions(116, 116, 0, 113), "no standard deviation"),
        (lambda: standardised_difference_of_means(nan, 9, 64, 10), "mean1 must be a number, not nan"),
        (lambda: standardised_difference_of_means(63, 9, inf, 10), "mean2 must be a number, not inf"),
        (lambda: standardised_difference_of_means(63, 0, 64, 10), "sd1 must be .* not 0"),
        (lambda: standardised_difference_of_means(63, 9, 64, -1), "sd2 must be .* not -1"),
        (lambda: chance_beyond(-0.1, 116, 113), "threshold must be a number from 0 on, not -0.1"),
        (lambda: chance_beyond(nan, 116, 113), "not nan"),
        (lambda: chance_beyond(0.1, 0, 113), "must have patients, not 0 and 113"),
        (lambda: expected_beyond(0.1, -1, 116, 113), "must not be negative: -1"),
        (lambda: chance_limit(116, 113, 95), "between 0 and 1, not 95"),
    ],
)
def test_arguments_that_cannot_be_used_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
