"""Rounding against what it must keep, and errors against simulations."""

import re
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netterbook.precision import (
    Simulated,
    batch_error,
    quantile_error,
    rounded,
    share_error,
    significant,
    simulated,
    simulated_share,
    step,
)
from netterbook.reconstruction.tempering import CHAINS
from netterbook.text import interval, number, percent

# ---- significant digits


@given(st.floats(1e-12, 1e12), st.integers(1, 9))
def test_a_float_keeps_so_many_digits(x, digits):
    (kept,) = significant(pd.DataFrame({"x": [x]}), {"x": digits})["x"]
    assert kept == pytest.approx(x, rel=0.51 * 10 ** (1 - digits))
    assert len(re.sub(r"e.*|\D", "", f"{kept:.12e}").strip("0")) <= digits


def test_whole_numbers_words_and_the_table_itself_are_left_alone():
    frame = pd.DataFrame({"n": [12345678], "word": ["1.23456789"], "yes": [True], "x": [1.23456789]}, index=[5])
    shown = significant(frame)
    assert shown.loc[5].tolist() == [12345678, "1.23456789", True, 1.23457]
    assert frame.loc[5, "x"] == 1.23456789 and shown["n"].dtype == int
    assert significant(frame.iloc[:0]).empty


# ---- simulated numbers


@given(st.floats(1e-9, 1e9))
def test_a_step_is_not_finer_than_the_error_and_not_much_coarser(error):
    assert error <= step(error) <= 2.5 * error * (1 + 1e-12)
    assert re.fullmatch(r"[125]\.?0*e[-+]\d+", f"{step(error):.1e}")


@given(st.floats(-1e4, 1e4), st.floats(1e-6, 1e3), st.integers(0, 4))
def test_a_number_is_within_half_a_step_of_what_is_shown(value, error, decimals):
    shown = number(Simulated(value, error), decimals)
    half = max(step(error), 10.0**-decimals) / 2
    assert abs(float(shown.replace("−", "-")) - value) <= half * (1 + 1e-9)
    assert len(shown.partition(".")[2]) <= decimals
    assert not re.fullmatch(r"−0\.?0*", shown)
    assert abs(rounded(value, error) - value) <= max(step(error) / 2, 1e-5 * abs(value)) * (1 + 1e-9)


def test_a_number_without_error_is_shown_as_finely_as_is_asked():
    assert [number(Simulated(2 / 3, error), 3) for error in (0.0, np.nan)] == ["0.667"] * 2
    assert interval(simulated([np.nan] * 3, [np.nan] * 3), 2) == "not estimable"
    assert interval(simulated([24.84, 6.6, np.inf], [0.3, 1.8, np.nan]), 1) == "25.0 (6 to not reached)"


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_shares_of_a_second_simulation_are_within_the_step(share):
    """Nine in ten differ by no more than one step, as 1.4 errors are less than two of them."""
    drawn = np.random.default_rng(1).binomial(200, share, (2, 500)) / 200
    assert drawn.std() == pytest.approx(share_error(share, 200), rel=0.3)
    one, two = ([float(percent(simulated_share(x, 200))[:-1]) for x in row] for row in drawn)
    steps = [step(100 * share_error(x, 200)) for x in drawn[0]]
    assert np.mean(np.abs(np.subtract(one, two)) <= 2 * np.maximum(steps, 1)) > 0.9


@pytest.mark.parametrize("share", [0.5, 0.025, 0.975])
def test_the_error_of_a_quantile_is_the_spread_over_simulations(share):
    drawn = np.random.default_rng(1).normal(size=(400, 500))
    found = np.mean([quantile_error(row, share) for row in drawn])
    assert found == pytest.approx(np.quantile(drawn, share, axis=1).std(), rel=0.15)


def chains(runs, draws, memory):
    """As many chains as the sampler has, in turn; draws remember those before, each number alone is standard normal."""
    rng = np.random.default_rng(1)
    made = rng.normal(size=(runs, CHAINS, draws // CHAINS))
    for i in range(1, made.shape[2]):
        made[:, :, i] = memory * made[:, :, i - 1] + sqrt(1 - memory**2) * made[:, :, i]
    return made.transpose(0, 2, 1).reshape(runs, draws)


@pytest.mark.parametrize("memory", [0, 0.7])  # the latter as that of the sampler's draws
def test_the_error_of_batches_is_the_spread_over_runs_of_chains(memory):
    made = chains(400, 200, memory)

    def statistic(values):
        return np.quantile(values, [0.5, 0.9])

    spread = np.std([statistic(row) for row in made], axis=0)
    found = np.sqrt(np.mean([batch_error(statistic, row) ** 2 for row in made], axis=0))
    assert found == pytest.approx(spread, rel=0.2)
    if memory:  # as if independent they would be known nearly twice as well
        assert (found > 1.5 * np.mean([quantile_error(row) for row in made])).all()


def test_the_error_of_batches_sees_what_a_chain_has_in_common():
    """Of chains each stuck elsewhere, the mean of a run is known no better for more draws."""
    means = np.random.default_rng(1).normal(size=CHAINS)
    stuck = np.tile(means, 50) + 0.01 * np.random.default_rng(2).normal(size=50 * CHAINS)
    assert float(batch_error(np.mean, stuck)) == pytest.approx(means.std(ddof=1) / sqrt(CHAINS), rel=0.02)


def test_batches_of_several_arrays_go_together_and_what_is_not_finite_is_left_out():
    x, y = np.arange(80.0), np.arange(80.0) + 3
    assert batch_error(lambda a, b: np.max(b - a), x, y) == 0
    reached = np.where(np.arange(80) % 4 < 2, 1.0, np.inf)
    assert batch_error(np.max, reached) == 0
    assert np.isnan(batch_error(np.mean, x[:9]))  # no two batches of five
    assert np.isnan(batch_error(np.mean, np.full(80, np.inf)))
    assert batch_error(np.mean, x[:10]) == pytest.approx(np.std([4, 5], ddof=1) / sqrt(2))
