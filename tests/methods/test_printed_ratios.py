from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netterbook.methods.printed_ratios import (
    RATE_TRANSFORMS,
    Z95,
    implied_events,
    inverse_variance_hr,
    log_hr_midpoint,
    log_hr_standard_error,
    rate_from_interval,
    standard_error_from_events,
    standard_error_from_p,
    wald_p,
)

HRS = st.floats(0.05, 20)
ERRORS = st.floats(0.02, 2)
Z = {0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.99: 2.5758293035489004}  # tables of the normal distribution


@given(HRS, ERRORS, st.sampled_from(sorted(Z)))
def test_a_wald_interval_gives_back_its_estimate_and_error(hr, error, level):
    low, high = hr * exp(-Z[level] * error), hr * exp(Z[level] * error)
    assert log_hr_midpoint(low, high) == pytest.approx(hr)
    assert log_hr_standard_error(low, high, level) == pytest.approx(error)


def test_z95():
    assert pytest.approx(Z[0.95], abs=1e-12) == Z95


@given(st.integers(1, 500), st.integers(1, 500))
def test_events_and_standard_errors(d1, d2):
    error = standard_error_from_events(d1, d2)
    assert error == standard_error_from_events(d2, d1)
    # Schoenfeld's formula is exact where events fall as patients are allocated, and needs fewer than all otherwise
    assert implied_events(error, d1 / (d1 + d2)) == pytest.approx(d1 + d2)
    assert implied_events(error) <= d1 + d2 + 1e-6


def test_standard_error_of_equal_events():
    assert standard_error_from_events(50, 50) == pytest.approx(0.2)  # sqrt(2 / 50)
    assert implied_events(0.2) == pytest.approx(100)


@given(HRS.filter(lambda hr: abs(log(hr)) > 1e-3), st.floats(1e-6, 0.9))
def test_wald_p_and_its_standard_error_invert_each_other(hr, p):
    assert wald_p(hr, standard_error_from_p(hr, p)) == pytest.approx(p)


@pytest.mark.parametrize(("level", "p"), [(0.9, 0.1), (0.95, 0.05), (0.99, 0.01)])
def test_an_interval_that_just_touches_1_has_p_at_its_level(level, p):
    hr, error = 0.5, log(2) / Z[level]
    assert wald_p(hr, error) == pytest.approx(p)
    assert wald_p(1 / hr, error) == pytest.approx(p)


def test_no_effect_has_p_of_1():
    assert wald_p(1, 0.3) == 1


def test_transforms_of_a_symmetric_interval():
    """Written out for limits whose middles are known."""
    assert rate_from_interval(40, 60, "plain") == pytest.approx(50)
    assert rate_from_interval(25, 64, "log") == pytest.approx(40)  # the geometric mean
    assert rate_from_interval(20, 80, "logit") == pytest.approx(50)
    assert rate_from_interval(100 * exp(-4), 100 * exp(-1), "log-log") == pytest.approx(100 * exp(-2))
    assert rate_from_interval(25, 75, "arcsine") == pytest.approx(50)  # sin² of 30°, 45° and 60°


@given(st.floats(1, 98), st.floats(0.01, 1), st.sampled_from(RATE_TRANSFORMS))
def test_the_middle_lies_inside_its_interval(low, share, transform):
    high = low + share * (99 - low)
    assert low < rate_from_interval(low, high, transform) < high


def test_an_unknown_transform_is_an_error():
    with pytest.raises(ValueError, match="no transform 'probit'; there are: log-log"):
        rate_from_interval(40, 60, "probit")


@pytest.mark.parametrize(("low", "high"), [(0, 50), (50, 100)])
def test_a_limit_of_none_or_all_has_no_log_log(low, high):
    with pytest.raises(ValueError):
        rate_from_interval(low, high)


@given(HRS, ERRORS)
def test_one_study_is_its_own_pool(hr, error):
    assert inverse_variance_hr([hr], [error]) == pytest.approx((hr, error, 0), abs=1e-9)


@given(HRS, HRS, ERRORS)
def test_two_equally_precise_studies(hr1, hr2, error):
    expected = sqrt(hr1 * hr2), error / sqrt(2), log(hr1 / hr2) ** 2 / (2 * error**2)
    assert inverse_variance_hr([hr1, hr2], [error, error]) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_pooling_by_hand():
    # weights 4 and 1 (errors 0.5 and 1) of logs 0 and 5: mean 1, error 1/sqrt(5), Q = 4·1² + 1·4² = 20
    assert inverse_variance_hr([1, exp(5)], [0.5, 1]) == pytest.approx((exp(1), 1 / sqrt(5), 20))


def test_every_ratio_needs_its_error():
    with pytest.raises(ValueError, match="zip"):
        inverse_variance_hr([0.5, 0.6], [0.1])
