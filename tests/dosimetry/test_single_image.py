"""Errors of a dose from one image, against the integral of the curve that the image is of."""

from math import e, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netterbook.dosimetry.single_image import haenscheid_error, madsen_error

half_lives = st.floats(2, 150)


@given(st.floats(1, 300), half_lives, half_lives)
def test_errors_of_one_image_are_those_of_the_curve(time, half_life, population):
    """Both methods as they are printed, for a curve from 1.7 with one half-life."""
    activity, integral = 1.7 * 2 ** (-time / half_life), 1.7 * half_life / log(2)
    haenscheid = activity * 2 * time / log(2)
    madsen = activity * 2 ** (time / population) * population / log(2)
    assert haenscheid_error(time, half_life) == pytest.approx(haenscheid / integral - 1, abs=1e-9)
    assert madsen_error(time, half_life, population) == pytest.approx(madsen / integral - 1, rel=1e-9, abs=1e-9)


@given(half_lives)
def test_haenscheid_is_exact_after_one_and_two_half_lives_and_never_much_too_high(half_life):
    assert haenscheid_error([half_life, 2 * half_life], half_life) == pytest.approx([0, 0], abs=1e-12)
    top = half_life / log(2)
    assert haenscheid_error(top, half_life) == pytest.approx(2 / (e * log(2)) - 1)
    assert (haenscheid_error(np.linspace(0.01, 20, 500) * half_life, half_life) <= 2 / (e * log(2)) - 1 + 1e-12).all()


@given(half_lives, st.floats(0, 400))
def test_madsen_is_exact_for_the_half_life_of_the_population(half_life, time):
    assert madsen_error(time, half_life, half_life) == pytest.approx(0, abs=1e-12)


@given(half_lives)
def test_madsen_is_insensitive_after_the_mean_life(half_life):
    """The error is of second order there, and of first order at other times."""
    near = half_life * np.array([0.99, 1.01])
    assert np.abs(madsen_error(half_life / log(2), near, half_life)).max() < 1e-4
    assert np.abs(madsen_error(0.2 * half_life, near, half_life)).min() > 5e-3


@pytest.mark.parametrize("time", [0, -1, float("nan"), float("inf")])
def test_haenscheid_needs_a_time(time):
    with pytest.raises(ValueError, match=f"^the time of the image must be positive and finite: found {time} h$"):
        haenscheid_error(time, 50)


def test_madsen_needs_no_time_after_the_start():
    assert madsen_error(0, 40, 50) == pytest.approx(50 / 40 - 1)  # activity at the start times a mean life too long


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: haenscheid_error(96, 0), "the half-life must be positive and finite: found 0 h"),
        (
            lambda: madsen_error(-1, 40, 50),
            "the time of the image must be 0 or above and finite: found -1 h",
        ),
        (lambda: madsen_error(72, [40, 0], 50), "the half-life must be positive and finite: found 0 h"),
        (lambda: madsen_error(72, 40, -50), "the half-life of the population must be positive and finite: found -50 h"),
    ],
)
def test_one_image_names_what_is_wrong_with_its_unit(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message
