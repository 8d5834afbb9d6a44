"""Cycles: cumulative doses, limits, and a fixed number for everyone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.planning import (
    absorbed_dose_gy,
    course,
    cycles_before,
    cycles_within,
    dose_over_cycles_gy,
    fixed_course,
)

NOT_NEGATIVE = "must be 0 or above and finite"
TOO_SHORT = "do not reach beyond 4 cycles; give patients in rows, with 5 cycles or more"

doses, times = st.floats(0.01, 60), st.floats(0.1, 200)
ratios = st.floats(0.5, 20)


def test_absorbed_dose_by_hand():
    assert absorbed_dose_gy(0.5, 8, 4) == 16


@given(st.floats(1, 60), st.floats(0.05, 3), st.floats(1, 15))
def test_cycles_within_are_the_most_that_stay_within(limit, dose, activity):
    cycles = int(cycles_within(limit, dose, activity))
    assert absorbed_dose_gy(dose, activity, cycles) <= limit * (1 + 1e-6)
    assert absorbed_dose_gy(dose, activity, cycles + 1) > limit


def test_a_limit_that_is_just_reached_is_kept():
    assert cycles_within(29.6, [1.0, 0.5, 1.01], 7.4).tolist() == [4, 8, 3]


@pytest.mark.parametrize(("limit", "dose", "activity"), [(0, 1, 7.4), (23, 0, 7.4), (23, [0.5, -1], 7.4), (23, 1, 0)])
def test_cycles_within_needs_positive_values(limit, dose, activity):
    with pytest.raises(ValueError, match="must be positive"):
        cycles_within(limit, dose, activity)


@given(st.lists(doses, min_size=1, max_size=10), ratios, times, times)
def test_a_course_adds_up_cycle_by_cycle(given_doses, ratio, repair, effective):
    found = course(given_doses, ratio, repair, effective)
    assert found.dose_gy[-1] == pytest.approx(sum(given_doses))
    assert found.bed_gy[-1] == pytest.approx(sum(float(bed_gy(d, ratio, repair, effective)) for d in given_doses))
    assert (np.diff(found.bed_gy) > 0).all()


def test_a_course_of_patients_with_their_own_half_lives():
    dose, half_life = np.full((3, 4), 5.0), np.array([30, 50, 70])
    found = course(dose, 2.6, 2.8, half_life)
    for i in range(3):
        assert found.bed_gy[i] == pytest.approx(course(dose[i], 2.6, 2.8, half_life[i]).bed_gy)


def test_cycles_weeks_apart_add_up():
    """A whole course of four cycles eight weeks apart, damage carried from one to the next, by integration."""
    weeks, half_life, repair, alpha_beta, dose = 8 * 168, 50, 2.8, 2.6, 4.85
    decay, mu = np.log(2) / half_life, np.log(2) / repair

    def change(t, state):  # of dose, unrepaired damage, and what it meets
        rate = sum(dose * decay * np.exp(-decay * (t - k * weeks)) for k in range(4) if t >= k * weeks)
        return [rate, rate - mu * state[1], rate * state[1]]

    state = [0.0, 0.0, 0.0]
    for k in range(4):
        state = solve_ivp(change, (k * weeks, (k + 1) * weeks), state, method="LSODA", rtol=1e-8, atol=1e-8).y[:, -1]
    whole = state[0] + 2 * state[2] / alpha_beta
    assert course([dose] * 4, alpha_beta, repair, half_life).bed_gy[-1] == pytest.approx(whole, rel=1e-4)


@given(st.floats(5, 60), st.floats(0.05, 3))
def test_cycles_before_a_limit_are_those_within_it_when_all_are_alike(limit, gy_per_gbq):
    most = 30
    cumulative = np.cumsum(np.full(most, 7.4 * gy_per_gbq))
    assert cycles_before(limit, cumulative) == min(most, cycles_within(limit, gy_per_gbq, 7.4))


def test_a_limit_that_is_reached_exactly_is_kept():
    assert cycles_before(9.9, np.cumsum([3.3] * 5)) == 3


def test_limits_of_their_own():
    assert cycles_before([5, 10], np.cumsum(np.ones((2, 20)), axis=1)).tolist() == [5, 10]


def test_fixed_courses_are_under_right_or_over():
    cumulative = np.outer([1, 5, 5.75, 6, 10], np.arange(1, 7))  # Gy a cycle; limit 23
    found = fixed_course(23, cumulative, 4)
    assert found == pytest.approx((1 / 5, 2 / 5, 2 / 5))  # 5 x 5 = 25 and 5 x 5.75 are too much; 4 x 5.75 = 23 is not
    assert sum(found) == 1


@given(doses, st.floats(-0.5, 0.5))
def test_doses_over_cycles_change_by_their_share(first, change):
    found = dose_over_cycles_gy(first, change, 5)
    assert found[0] == first
    assert found[1:] / found[:-1] == pytest.approx(np.full(4, 1 + change))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: absorbed_dose_gy(-0.5, 7.4, 4), f"the dose per activity {NOT_NEGATIVE}: found -0.5 Gy/GBq"),
        (lambda: absorbed_dose_gy(0.5, -7.4, 4), f"the activity {NOT_NEGATIVE}: found -7.4 GBq"),
        (lambda: absorbed_dose_gy(0.5, 7.4, np.nan), f"the number of cycles {NOT_NEGATIVE}: found nan"),
        (lambda: cycles_within(0, 0.5, 7.4), "the dose limit must be positive and finite: found 0 Gy"),
        (lambda: cycles_within(23, 0, 7.4), "the dose per activity must be positive and finite: found 0 Gy/GBq"),
        (lambda: cycles_within(23, 0.5, -1), "the activity must be positive and finite: found -1 GBq"),
        (lambda: dose_over_cycles_gy(-5, 0.1, 4), f"the first dose {NOT_NEGATIVE}: found -5 Gy"),
        (
            lambda: dose_over_cycles_gy(5, -1.5, 4),
            f"the dose of a cycle over the one before {NOT_NEGATIVE}: found -0.5",
        ),
        (lambda: dose_over_cycles_gy(5, 0.1, 0), "cycles must be a whole number from 1 up, not 0"),
        (lambda: dose_over_cycles_gy(5, 0.1, 2.5), "cycles must be a whole number from 1 up, not 2.5"),
        (lambda: course([], 2.6, 2.8, 50), "give the dose of at least one cycle, cycles on the last axis"),
        (lambda: course(5, 2.6, 2.8, 50), "give the dose of at least one cycle, cycles on the last axis"),
        (lambda: course([5, -1], 2.6, 2.8, 50), f"the dose of a cycle {NOT_NEGATIVE}: found -1 Gy"),
        (lambda: course([5, np.nan], 2.6, 2.8, 50), f"the dose of a cycle {NOT_NEGATIVE}: found nan Gy"),
        (lambda: cycles_before(0, [1, 2]), "the limit must be positive and finite: found 0 Gy"),
        (lambda: cycles_before(23, [1, -2]), f"the cumulative dose {NOT_NEGATIVE}: found -2 Gy"),
        (lambda: fixed_course(23, -np.ones((2, 5)), 4), f"the cumulative dose {NOT_NEGATIVE}: found -1 Gy"),
        (lambda: fixed_course(23, np.ones((2, 5)), 0), "cycles must be a whole number from 1 up, not 0"),
        (lambda: fixed_course(23, np.ones((5, 4)), 4), f"cumulative doses of the shape (5, 4) {TOO_SHORT}"),
        (lambda: fixed_course(23, np.ones(6), 4), f"cumulative doses of the shape (6,) {TOO_SHORT}"),
        (lambda: fixed_course(23, np.ones((2, 9, 4)), 4), f"cumulative doses of the shape (2, 9, 4) {TOO_SHORT}"),
    ],
)
def test_cycles_name_what_is_wrong_with_its_unit(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message


def test_an_organ_without_dose_never_reaches_a_limit():
    none = np.zeros((2, 6))
    assert absorbed_dose_gy([0, 0.5], [7.4, 0], 4).tolist() == [0, 0]
    assert dose_over_cycles_gy(0, 0.1, 3).tolist() == [0, 0, 0]
    assert cycles_before(23, none).tolist() == [6, 6]
    assert fixed_course(23, none, 4) == (1, 0, 0)


def test_doses_add_up_over_the_cycles_of_each_patient():
    found = course([[5, 3, 4], [1, 1, 1]], 2.6, 0, 50)  # repair at once: BED is the dose
    assert found.dose_gy.tolist() == found.bed_gy.tolist() == [[5, 8, 12], [1, 2, 3]]
