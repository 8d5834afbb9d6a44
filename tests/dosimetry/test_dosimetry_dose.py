"""Absorbed dose, biologically effective dose and cycles."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from netterbook.dosimetry.bed import LN2, bed_gy, curve_bed_gy, eqd2_gy, numerical_bed_gy
from netterbook.dosimetry.curves import Curve, bi_exponential, mono_exponential, with_uptake
from netterbook.dosimetry.dose import dose_gy, dose_in_shrinking_tumour_gy, scaled_s, self_s_gy_per_gbq_h
from netterbook.dosimetry.planning import (
    absorbed_dose_gy,
    course,
    cycles_before,
    cycles_within,
    dose_over_cycles_gy,
    fixed_course,
)

doses, times = st.floats(0.01, 60), st.floats(0.1, 200)
ratios = st.floats(0.5, 20)

# Self-dose S values of 177Lu in mGy / (MBq s) and organ masses in g of the adult male, as qurit/PyTheranostics keeps
# them (doodle/dosimetry/phantomdata: Lu177-Male-Svalues.csv, human_phantom_masses.csv). They hold photons too.
PHANTOM = {
    "kidneys": (7.76e-05, 310),
    "liver": (1.37e-05, 1800),
    "spleen": (1.60e-04, 150),
    "pancreas": (1.71e-04, 140),
    "brain": (1.70e-05, 1450),
    "adrenals": (1.68e-03, 14),
    "salivary glands": (2.78e-04, 85),
    "testes": (6.77e-04, 35),
    "thyroid": (1.18e-03, 20),
}


# Absorbed dose


@pytest.mark.parametrize("organ", PHANTOM)
def test_self_dose_is_the_phantoms_less_its_photons(organ):
    s, mass = PHANTOM[organ]
    electrons = float(self_s_gy_per_gbq_h(mass)) / 3600  # mGy / (MBq s)
    photons = 1 - electrons / s
    # Electrons leave a small organ in part, photons stay in a large one in part
    assert -0.01 < photons < 0.05


def test_photons_matter_more_in_larger_organs():
    def photons(organ):
        s, mass = PHANTOM[organ]
        return 1 - float(self_s_gy_per_gbq_h(mass)) / 3600 / s

    assert photons("brain") > photons("kidneys") > photons("thyroid")


@given(st.floats(0.1, 5000), st.floats(0.1, 5000))
def test_scaling_by_mass_is_self_dose_of_the_other_mass(reference, mass):
    assert scaled_s(self_s_gy_per_gbq_h(reference), reference, mass) == pytest.approx(self_s_gy_per_gbq_h(mass))


@given(st.floats(0.01, 10), st.floats(1, 160), st.floats(10, 1000))
def test_dose_is_energy_over_mass(gbq, half_life, mass_g):
    """In SI units throughout: decays times joule per decay, by kilograms."""
    decays = gbq * 1e9 * half_life * 3600 / np.log(2)
    joule = decays * 147.9e3 * 1.602176634e-19
    found = dose_gy(mono_exponential(gbq, half_life).integral(), self_s_gy_per_gbq_h(mass_g))
    assert found == pytest.approx(joule / (mass_g / 1000))


@pytest.mark.parametrize("shrinking", [200, 500, 5000])
@pytest.mark.parametrize(
    "curve", [mono_exponential(0.1, 80), with_uptake(0.1, 80, 4), bi_exponential(0.1, 90, 0.2, 20)]
)
def test_dose_in_a_shrinking_tumour_is_the_integral_of_activity_over_mass(curve, shrinking):
    mass, constant = 15.0, float(self_s_gy_per_gbq_h(1.0))

    def rate(t):
        return float(curve.at(t)) * constant / (mass * 2 ** (-t / shrinking))

    numeric = sum(quad(rate, a, b, epsrel=1e-10)[0] for a, b in [(0, 100), (100, 1000), (1000, 20_000)])
    assert dose_in_shrinking_tumour_gy(curve, mass, shrinking) == pytest.approx(numeric, rel=1e-7)


def test_a_tumour_that_does_not_shrink_is_an_organ():
    curve = mono_exponential(0.1, 80)
    assert dose_in_shrinking_tumour_gy(curve, 15, np.inf) == dose_gy(curve.integral(), self_s_gy_per_gbq_h(15))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: self_s_gy_per_gbq_h(0), "mass must be positive"),
        (lambda: self_s_gy_per_gbq_h([310, np.nan]), "mass must be positive and finite: found nan g"),
        (lambda: scaled_s(0.3, -310, 300), "reference mass must be positive"),
        (lambda: dose_gy(-1, 0.3), "time-integrated activity must not be negative"),
        (lambda: dose_in_shrinking_tumour_gy(mono_exponential(0.1, 80), 15, 80), "the mass halves in 80 h"),
        (
            lambda: dose_in_shrinking_tumour_gy(mono_exponential(0.1, 80), 15, 0),
            "half-life of the mass must be positive",
        ),
    ],
)
def test_doses_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# BED


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
@given(doses, ratios, st.floats(0.1, 100), times)
def test_three_routes_to_the_bed_of_one_exponential(dose, ratio, repair, effective):
    one = bed_gy(dose, ratio, repair, effective)
    curve = mono_exponential(dose * LN2 / effective, effective)
    assert curve_bed_gy(curve, ratio, repair) == pytest.approx(one)
    grid = np.linspace(0, 12 * effective, 6001)
    numeric = numerical_bed_gy(grid, curve.at(grid), ratio, repair, tail_half_life_h=effective)
    assert numeric == pytest.approx(one, rel=1e-6)


@pytest.mark.parametrize("repair", [0, 0.5, 2.8, 20, np.inf])
@pytest.mark.parametrize("curve", [with_uptake(0.1, 50, 3), bi_exponential(0.05, 70, 0.1, 10, 1.5)])
def test_two_routes_to_the_bed_of_several_exponentials(curve, repair):
    grid = np.append(0, np.geomspace(1e-3, 1500, 20_000))
    numeric = numerical_bed_gy(grid, curve.at(grid), 2.6, repair)
    assert curve_bed_gy(curve, 2.6, repair) == pytest.approx(numeric, rel=1e-5)


def double_integral(times, rates, alpha_beta, repair):
    """The Lea–Catcheside double integral by nested quadrature of the straight lines between the points."""
    mu = LN2 / repair

    def rate(t):
        return np.interp(t, times, rates)

    def damage(t):
        cuts = [0, *(x for x in times if 0 < x < t), t]
        return sum(quad(lambda w: rate(w) * np.exp(-mu * (t - w)), a, b)[0] for a, b in pairwise(cuts))

    square = 2 * sum(quad(lambda t: rate(t) * damage(t), a, b)[0] for a, b in pairwise(times))
    return np.trapezoid(rates, times) + square / alpha_beta


@pytest.mark.parametrize("repair", [0.3, 2.8, 40])
def test_the_recursion_is_the_double_integral(repair):
    grid, rate = np.array([0, 1, 4, 24, 72, 100]), np.array([0, 0.3, 0.5, 0.2, 0.25, 0.0])
    assert numerical_bed_gy(grid, rate, 3, repair) == pytest.approx(double_integral(grid, rate, 3, repair), rel=1e-7)


@given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(0.5, 10))
def test_constant_dose_rate_for_a_time(repair, duration, rate):
    """``G = 2 / x^2 (x - 1 + exp(-x))`` with ``x = mu t`` (Lea & Catcheside; Dale 1985)."""
    x = LN2 / repair * duration
    g = 2 / x**2 * (x - 1 + np.exp(-x)) if x > 1e-2 else 1 - x / 3 + x**2 / 12
    dose = rate * duration
    grid = np.linspace(0, duration, 7)  # exact, whatever the grid
    assert numerical_bed_gy(grid, np.full(7, rate), 3, repair) == pytest.approx(dose * (1 + g * dose / 3), rel=1e-7)


@pytest.mark.parametrize("repair", [1e-6, 1e-3, 1, 1e3, 1e6, 1e12, np.inf])
def test_the_recursion_keeps_its_digits_for_any_repair(repair):
    grid = np.linspace(0, 100, 101)
    found = numerical_bed_gy(grid, np.ones(101), 10, repair)
    assert 100 <= found <= 100 * (1 + 10) * (1 + 1e-12)
    if repair >= 1e6:
        assert found == pytest.approx(1100, rel=1e-4)
    if repair <= 1e-3:
        assert found == pytest.approx(100, rel=1e-3)


@pytest.mark.parametrize("repair", [1e-3, 1, 1e3, 1e6, 1e9, 1e12, np.inf])
def test_the_recursion_keeps_its_digits_when_the_rate_rises(repair):
    """The double integral of a rising line by hand, and its series where repair is slow."""
    x = LN2 / repair * 100
    grid = np.linspace(0, 100, 11)
    g = (numerical_bed_gy(grid, grid / 50, 1, repair) - 100) / 100**2
    if x < 1e-3:
        assert g == pytest.approx(1 - 4 * x / 15, abs=x**2 + 1e-12)
    else:  # R(t) = t: 2/D^2 int t (t/mu - (1 - exp(-mu t))/mu^2) dt over a unit of time, D = 1/2
        closed = 8 * (1 / (3 * x) - 1 / (2 * x**2) + (1 - np.exp(-x) * (1 + x)) / x**4)
        assert g == pytest.approx(closed, rel=1e-6)


@pytest.mark.parametrize("last", [1, 10, 50, 200])
def test_a_tail_may_begin_early(last):
    curve = mono_exponential(0.1, 50)
    grid = np.linspace(0, last, 5001)
    found = numerical_bed_gy(grid, curve.at(grid), 2.6, 20, tail_half_life_h=50)
    assert found == pytest.approx(curve_bed_gy(curve, 2.6, 20), rel=1e-6)


def test_many_dose_rates_at_once():
    grid = np.linspace(0, 300, 301)
    curves = mono_exponential(np.array([[0.1, 0.2], [0.3, 0.4]]), 50)
    found = numerical_bed_gy(grid, curves.at(grid), 2.6, 2.8, tail_half_life_h=50)
    assert found.shape == (2, 2)
    assert found == pytest.approx(curve_bed_gy(curves, 2.6, 2.8), rel=1e-3)
    assert found[1, 0] == pytest.approx(numerical_bed_gy(grid, curves.at(grid)[1, 0], 2.6, 2.8, tail_half_life_h=50))
    assert curve_bed_gy(curves, 2.6, [0, 2.8])[:, 0] == pytest.approx(curves.integral()[:, 0])


def test_cycles_weeks_apart_add_up():
    """The whole course in one dose rate, four cycles eight weeks apart, against the sum of its cycles."""
    week, half_life, dose = 168, 50, 4.85
    grid = np.concatenate([8 * week * k + np.append(0, np.geomspace(0.01, 8 * week - 0.01, 4000)) for k in range(4)])
    since = grid % (8 * week)
    rate = dose * LN2 / half_life * np.exp2(-since / half_life)
    whole = numerical_bed_gy(grid, rate, 2.6, 2.8, tail_half_life_h=half_life)
    assert whole == pytest.approx(course([dose] * 4, 2.6, 2.8, half_life).bed_gy[-1], rel=1e-4)


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
        (lambda: bed_gy(-1, 2.6, 2.8, 50), "dose must not be negative"),
        (lambda: bed_gy(np.nan, 2.6, 2.8, 50), "dose must not be negative or missing and finite: found nan Gy"),
        (lambda: bed_gy(1, 0, 2.8, 50), "alpha/beta must be positive"),
        (lambda: bed_gy(1, 2.6, -1, 50), "repair half-time must not be negative"),
        (lambda: bed_gy(1, 2.6, 2.8, 0), "effective half-life must be positive"),
        (lambda: bed_gy(1, 2.6, np.nan, 50), "repair half-time"),
        (lambda: numerical_bed_gy([0, 2, 1], [1, 1, 1], 2.6, 2.8), "times must increase"),
        (lambda: numerical_bed_gy([0], [1], 2.6, 2.8), "at least two"),
        (lambda: numerical_bed_gy([0, 1], [1, 1, 1], 2.6, 2.8), "give one a time"),
        (lambda: numerical_bed_gy([0, 1], [1, -1], 2.6, 2.8), "dose rate must not be negative"),
        (lambda: numerical_bed_gy([0, 1], [1, 1], 2.6, 2.8, 0), "half-life of the tail"),
        (lambda: eqd2_gy(-1, 2.6), "BED must not be negative"),
        (lambda: eqd2_gy(1, 0), "alpha/beta"),
    ],
)
def test_beds_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# Cycles


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


@given(st.floats(5, 60), st.floats(0.05, 3))
def test_cycles_before_a_limit_are_those_within_it_when_all_are_alike(limit, gy_per_gbq):
    most = 30
    cumulative = np.cumsum(np.full(most, 7.4 * gy_per_gbq))
    assert cycles_before(limit, cumulative) == min(most, cycles_within(limit, gy_per_gbq))


def test_a_limit_that_is_reached_exactly_is_kept():
    assert cycles_before(9.9, np.cumsum([3.3] * 5)) == 3


def test_limits_of_their_own():
    assert cycles_before([5, 10], np.cumsum(np.ones((2, 20)), axis=1)).tolist() == [5, 10]


def test_fixed_courses_are_under_right_or_over():
    cumulative = np.outer([1, 5, 5.75, 6, 10], np.arange(1, 7))  # Gy a cycle; limit 23
    found = fixed_course(23, cumulative)
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
        (lambda: absorbed_dose_gy(-0.5, 7.4, 4), "dose per activity must not be negative"),
        (lambda: absorbed_dose_gy(0.5, 7.4, np.nan), "number of cycles"),
        (lambda: dose_over_cycles_gy(5, -1.1, 4), "dose of a cycle over the one before must not be negative"),
        (lambda: dose_over_cycles_gy(5, 0.1, 0), "cycles must be a whole number from 1 up, not 0"),
        (lambda: dose_over_cycles_gy(5, 0.1, 2.5), "cycles must be a whole number"),
        (lambda: course([], 2.6, 2.8, 50), "at least one cycle"),
        (lambda: course([5, -1], 2.6, 2.8, 50), "dose of a cycle must not be negative"),
        (lambda: course([5, np.nan], 2.6, 2.8, 50), "dose of a cycle"),
        (lambda: cycles_before(0, [1, 2]), "limit must be positive"),
        (lambda: fixed_course(23, np.ones((5, 4))), "do not reach beyond 4 cycles"),
        (lambda: fixed_course(23, np.ones(6)), "give patients in rows"),
    ],
)
def test_cycles_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_curve_of_dose_rate_integrates_to_the_dose():
    curve = Curve(np.array([0.1, 0.2]), np.array([50.0, 10.0]))
    assert curve_bed_gy(curve, 2.6, 0) == pytest.approx((0.1 * 50 + 0.2 * 10) / LN2)
