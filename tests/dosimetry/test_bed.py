"""Biologically effective dose."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from netterbook.dosimetry.bed import bed_gy, dose_of_bed_gy, eqd2_gy

doses, times = st.floats(0.01, 60), st.floats(0.1, 200)
ratios = st.floats(0.5, 20)


@given(doses, ratios, times)
def test_limits_of_repair(dose, ratio, effective):
    acute = dose * (1 + dose / ratio)
    assert bed_gy(dose, ratio, 0, effective) == dose
    assert bed_gy(dose, ratio, np.inf, effective) == pytest.approx(acute)
    assert bed_gy(dose, ratio, 1e-9, effective) == pytest.approx(dose, rel=1e-4)
    assert bed_gy(dose, ratio, 1e9, effective) == pytest.approx(acute, rel=1e-4)


@given(ratios, times, times)
def test_a_vanishing_dose_is_its_bed(ratio, repair, effective):
    assert bed_gy(0, ratio, repair, effective) == 0
    assert bed_gy(1e-8, ratio, repair, effective) / 1e-8 == pytest.approx(1, abs=1e-6)


@given(doses, ratios, times, times, st.floats(1e-3, 1e3))
def test_bed_does_not_depend_on_units(dose, ratio, repair, effective, unit):
    one = bed_gy(dose, ratio, repair, effective)
    assert bed_gy(dose, ratio, repair * unit, effective * unit) == pytest.approx(one)  # of time
    assert bed_gy(dose * unit, ratio * unit, repair, effective) == pytest.approx(one * unit)  # of dose


@settings(max_examples=30, deadline=None)
@given(doses, ratios, st.floats(0.5, 100), st.floats(5, 200))
def test_bed_is_the_double_integral(dose, ratio, repair, effective):
    """Damage left from before meets what the dose rate adds, by quadrature: Lea & Catcheside; Dale 1985."""
    mu, decay = np.log(2) / repair, np.log(2) / effective

    def rate(t):
        return dose * decay * np.exp(-decay * t)

    def left(t):
        return quad(lambda w: rate(w) * np.exp(-mu * (t - w)), 0, t, epsrel=1e-9)[0]

    square = 2 * quad(lambda t: rate(t) * left(t), 0, 40 * effective, epsrel=1e-7, limit=200)[0]
    assert bed_gy(dose, ratio, repair, effective) == pytest.approx(dose + square / ratio, rel=1e-5)


@given(doses, ratios)
def test_eqd2_of_fractions_of_2_gy_is_their_dose(dose, ratio):
    """Two-gray fractions without repair in them: BED = D (1 + 2 / (alpha/beta))."""
    assert eqd2_gy(dose * (1 + 2 / ratio), ratio) == pytest.approx(dose)


def test_eqd2_of_a_conventional_course():
    # 30 x 2 Gy at alpha/beta 10: BED 72 (Fowler, Br J Radiol 1989;62:679-94)
    assert eqd2_gy(72, 10) == pytest.approx(60)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bed_gy(-1, 2.6, 2.8, 50), "the dose must be 0 or above and finite: found -1 Gy"),
        (lambda: bed_gy(np.nan, 2.6, 2.8, 50), "the dose must be 0 or above and finite: found nan Gy"),
        (
            lambda: bed_gy("a lot", 2.6, 2.8, 50),
            "the dose must hold numbers only: could not convert string to float: 'a lot'",
        ),
        (lambda: bed_gy(1, 0, 2.8, 50), "alpha/beta must be positive and finite: found 0 Gy"),
        (lambda: bed_gy(1, 2.6, -1, 50), "the repair half-time must be 0 or above: found -1 h"),
        (lambda: bed_gy(1, 2.6, np.nan, 50), "the repair half-time must be 0 or above: found nan h"),
        (lambda: bed_gy(1, 2.6, 2.8, 0), "the effective half-life must be positive and finite: found 0 h"),
        (lambda: dose_of_bed_gy(-1, 2.6, 2.8, 50), "the BED must be 0 or above and finite: found -1 Gy"),
        (lambda: dose_of_bed_gy(1, 0, 2.8, 50), "alpha/beta must be positive and finite: found 0 Gy"),
        (
            lambda: dose_of_bed_gy(1, 2.6, np.inf, 50),
            "the repair half-time must be 0 or above and finite: found inf h",
        ),
        (lambda: dose_of_bed_gy(1, 2.6, 2.8, -3), "the effective half-life must be positive and finite: found -3 h"),
        (lambda: eqd2_gy(-1, 2.6), "the BED must be 0 or above and finite: found -1 Gy"),
        (lambda: eqd2_gy(1, [2.6, 0]), "alpha/beta must be positive and finite: found 0 Gy"),
    ],
)
def test_beds_name_what_is_wrong_with_its_unit(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message


def test_no_dose_has_no_equivalent_in_fractions():
    assert eqd2_gy(0, 2.6) == 0


def test_tissues_that_repair_at_once_late_and_never_are_computed_together_without_a_warning():
    with np.errstate(all="raise"):
        found = bed_gy(5, 2.5, [0, 50, np.inf], 50)  # G of 0, a half and 1; 5 x 5 / 2.5 are 10
    assert found == pytest.approx([5, 10, 15])


def test_numbers_of_a_paper_may_be_exact_fractions():
    assert bed_gy([Fraction(5), Fraction("2.5")], Fraction("2.5"), 50, 50).tolist() == [10, 3.75]


@pytest.mark.parametrize("biology", [(2.6, 2.8, 50), (0.5, 24, 5), (20, 0, 159)])
def test_the_dose_of_a_bed_is_its_inverse(biology):
    dose = np.array([0.0, 0.3, 4.85, 60.0])
    assert dose_of_bed_gy(bed_gy(dose, *biology), *biology) == pytest.approx(dose)
