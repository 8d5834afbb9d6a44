"""Intervals within their Monte Carlo error; R-hat and effective sample sizes are ArviZ's own."""

import numpy as np
import pytest
from scipy.stats import norm

from netterbook.methods.convergence import inner_interval


def test_ends_move_by_their_standard_error():
    """Of ranks of 400 independent draws √(0.025 × 0.975 / 400) = 0.0078; the ends differ as much by seed, 0.134."""
    made = [np.random.default_rng(seed).normal(size=400) for seed in range(40)]
    ends = np.array([np.quantile(drawn, [0.025, 0.975]) for drawn in made])
    moved = np.array([inner_interval(drawn, 4) for drawn in made]) - ends
    expected = norm.ppf(0.025 + 0.0078) - norm.ppf(0.025)
    assert np.abs(moved.mean(axis=0)) == pytest.approx([expected, expected], rel=0.25)
    assert np.all(moved[:, 0] > 0) and np.all(moved[:, 1] < 0)
    assert ends.std(axis=0) == pytest.approx([0.134, 0.134], rel=0.5)


def test_dependent_draws_move_further():
    """Each of four chains keeps a draw nine times: a ninth of the draws count, which makes the error three times."""
    independent = np.random.default_rng(3).permutation(3600) / 3600
    few = np.random.default_rng(3).permutation(400) / 400
    kept = np.repeat(few.reshape(-1, 4), 9, axis=0).ravel()
    moved = [inner_interval(drawn, 4)[0] - 0.025 for drawn in (independent, kept)]
    assert 2 < moved[1] / moved[0] < 5


def test_an_interval_is_that_of_the_logarithm():
    """P values differ by orders: an error of their own scale would be larger than most of them."""
    drawn = np.random.default_rng(4).normal(-20, 2, 400)
    assert np.log(inner_interval(np.exp(drawn), 4)) == pytest.approx(inner_interval(drawn, 4))


@pytest.mark.parametrize(("infinite", "high"), [(0.001, True), (0.3, False)])
def test_an_end_may_not_be_reached(infinite, high):
    drawn = np.random.default_rng(5).permutation(2000) / 2000
    found = inner_interval(np.where(drawn > 1 - infinite, np.inf, drawn), 4)
    assert np.isfinite(found[0]) and np.isfinite(found[1]) is np.bool_(high)
