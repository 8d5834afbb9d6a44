from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netterbook.dosimetry import (
    GBQ_PER_MCI,
    absorbed_dose_gy,
    activity_left,
    cycles_within,
    effective_half_life_h,
    half_life_h,
)


def test_200_mci_are_7_4_gbq():
    mci = Fraction("7.4") / GBQ_PER_MCI
    assert mci == 200  # one curie is 3.7e10 Bq by definition


@pytest.mark.parametrize(("nuclide", "days"), [("Lu-177", 6.647), ("Y-90", 64.10 / 24), ("I-131", 8.0207)])
def test_half_lives_of_icrp_107(nuclide, days):
    assert half_life_h(nuclide) / 24 == pytest.approx(days, rel=2e-4)  # ICRP Publication 107, Annex A


def test_an_unknown_nuclide_is_an_error():
    with pytest.raises(ValueError, match="Lu-999"):
        half_life_h("Lu-999")


@given(st.floats(0, 100), st.floats(0.1, 100))
def test_a_half_life_halves(days, half_life):
    now, later = activity_left([days, days + half_life], half_life)
    assert later == pytest.approx(now / 2)


def test_activity_left_by_default_is_of_lu_177():
    assert activity_left([0, half_life_h() / 24]).tolist() == pytest.approx([1, 0.5])
    assert activity_left(np.array([])).size == 0


@pytest.mark.parametrize("days", [[-1], [0, -0.001], -5])
def test_negative_times_are_an_error(days):
    with pytest.raises(ValueError, match="times must not be negative"):
        activity_left(days)


@pytest.mark.parametrize("half_life", [0, -6.6])
def test_a_half_life_that_is_not_positive_is_an_error(half_life):
    with pytest.raises(ValueError, match="half-life"):
        activity_left([1], half_life)


@pytest.mark.parametrize("biological", [0, -1, float("nan")])
def test_a_biological_half_life_that_is_not_positive_is_an_error(biological):
    with pytest.raises(ValueError, match="biological half-life must be positive"):
        effective_half_life_h(biological)


def test_effective_half_life_of_equal_halves():
    assert effective_half_life_h(half_life_h()) == pytest.approx(half_life_h() / 2)
    assert effective_half_life_h(float("inf")) == half_life_h()


@given(st.floats(0.1, 1e5))
def test_effective_half_life_is_shorter_than_both(biological):
    assert effective_half_life_h(biological) < min(biological, half_life_h())


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
