from math import e, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from netterbook.dosimetry import curves
from netterbook.dosimetry.curves import (
    MODELS,
    bi_exponential,
    fit,
    haenscheid,
    haenscheid_error,
    madsen,
    madsen_error,
    mono_exponential,
    trapezoid,
    with_uptake,
)

CURVES = {
    "mono-exponential": mono_exponential(2.0, 50),
    "with uptake": with_uptake(2.0, 50, 3),
    "bi-exponential": bi_exponential(1.0, 70, 1.5, 12),
    "bi-exponential with uptake": bi_exponential(1.0, 70, 1.5, 12, 1.5),
}
TIMES = np.array([1.5, 6, 24, 72, 168])
half_lives = st.floats(2, 150)


# Curves


@pytest.mark.parametrize("model", CURVES)
def test_the_integral_is_quads(model):
    curve = CURVES[model]
    numeric = sum(quad(lambda t: float(curve.at(t)), a, b, epsabs=0, epsrel=1e-11)[0] for a, b in [(0, 50), (50, 5000)])
    assert curve.integral() == pytest.approx(numeric, rel=1e-9)


@given(st.floats(0.01, 100), half_lives)
def test_area_of_a_single_exponential(activity, half_life):
    assert mono_exponential(activity, half_life).integral() == pytest.approx(activity * half_life / log(2))


@pytest.mark.parametrize("model", CURVES)
def test_curves_at_injection_and_shape(model):
    curve = CURVES[model]
    expected = {"mono-exponential": 2, "bi-exponential": 2.5}.get(model, 0)
    assert curve.at(0) == pytest.approx(expected, abs=1e-12)
    assert curve.at(np.zeros((2, 3))).shape == (2, 3)
    assert (curve.at(TIMES) > 0).all()


def test_curves_of_many_patients_at_once():
    activity, half_life = np.array([1.0, 2.0, 3.0]), np.array([40, 50, 60])
    many = with_uptake(activity, half_life, 2)
    for i in range(3):
        one = with_uptake(activity[i], half_life[i], 2)
        assert many.at(TIMES)[i] == pytest.approx(one.at(TIMES))
        assert many.integral()[i] == pytest.approx(one.integral())


def test_vanishing_uptake_time_is_no_uptake():
    assert with_uptake(1, 50, 1e-9).integral() == pytest.approx(mono_exponential(1, 50).integral())


def test_a_bi_exponential_of_equal_halves_is_mono_exponential():
    assert bi_exponential(1, 50, 2, 50).at(TIMES) == pytest.approx(mono_exponential(3, 50).at(TIMES))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mono_exponential(-1, 50), "activity must not be negative"),
        (lambda: mono_exponential(1, 0), "half-life must be positive"),
        (lambda: mono_exponential(1, float("nan")), "half-life must be positive and finite: found nan h"),
        (lambda: with_uptake(1, 50, 50), "uptake half-life, up to 50 h, must be shorter"),
        (lambda: bi_exponential(1, 70, 1, 12, 20), "uptake half-life"),
        (lambda: mono_exponential(1, 50).at(-1), "times must not be negative"),
        (lambda: mono_exponential("much", 50), "must hold numbers only"),
    ],
)
def test_curves_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# Fits


@pytest.mark.parametrize("model", CURVES)
@pytest.mark.parametrize("spread", [None, 0.05])
def test_a_fit_to_points_of_a_curve_finds_the_curve(model, spread):
    curve = CURVES[model]
    activity = curve.at(TIMES)
    found = fit(TIMES, activity, model, None if spread is None else spread * activity)
    assert found.curve.at(TIMES) == pytest.approx(activity, rel=1e-12)
    assert found.integral == pytest.approx(curve.integral(), rel=1e-10)
    assert found.integral == pytest.approx(found.curve.integral())
    assert list(found.parameters) == list(MODELS[model])


def test_one_image_and_a_half_life():
    found = fit([72], [0.5], "fixed half-life", standard_deviation=[0.05], half_life_h=50)
    assert found.integral == pytest.approx(madsen(72, 0.5, 50))
    assert found.integral_standard_error == pytest.approx(0.1 * found.integral)
    assert found.covariance[0, 0] == pytest.approx((0.05 * 2 ** (72 / 50)) ** 2)


def test_two_images_by_the_delta_method():
    """Two points give the mono-exponential outright: T = dt ln 2 / ln(A1 / A2)."""
    a1, a2, t1, t2, spread = 0.08, 0.03, 24, 96, 0.07
    found = fit([t1, t2], [a1, a2], standard_deviation=[spread * a1, spread * a2])
    half_life = (t2 - t1) * log(2) / log(a1 / a2)
    assert found.parameters["half_life_h"] == pytest.approx(half_life)
    assert np.sqrt(found.covariance[1, 1]) == pytest.approx(spread * np.sqrt(2) * half_life / log(a1 / a2))
    # ln of the integral A1 exp(l t1) / l, by the logs of A1 and A2
    slope1 = 1 + t1 / (t2 - t1) - 1 / log(a1 / a2)
    slope2 = -t1 / (t2 - t1) + 1 / log(a1 / a2)
    error = spread * np.hypot(slope1, slope2) * found.integral
    assert found.integral_standard_error == pytest.approx(error)


@pytest.mark.parametrize(("model", "times"), [("mono-exponential", [24, 72, 168]), ("with uptake", [2, 24, 72, 168])])
def test_standard_errors_are_the_spread_of_fits_to_noise(model, times):
    rng, runs = np.random.default_rng(5), 400
    truth = CURVES[model].at(times)
    deviation = 0.04 * truth
    fits = [fit(times, truth + deviation * rng.standard_normal(len(times)), model, deviation) for _ in range(runs)]
    expected = fit(times, truth, model, deviation)
    # The standard deviation of 400 normal numbers has a standard error of 3.5%
    integrals = np.array([f.integral for f in fits])
    assert integrals.std() == pytest.approx(expected.integral_standard_error, rel=0.12)
    values = np.array([list(f.parameters.values()) for f in fits])
    ratio = np.sqrt(np.diag(np.cov(values.T)) / np.diag(expected.covariance))
    assert ratio == pytest.approx(np.ones(len(ratio)), rel=0.12)


def test_weights_pull_the_curve():
    times, activity = [24, 72, 168], [1.0, 0.7, 0.1]
    first = fit(times, activity, standard_deviation=[0.01, 0.1, 0.1])
    last = fit(times, activity, standard_deviation=[0.1, 0.1, 0.001])
    assert abs(first.curve.at(24) - 1) < abs(last.curve.at(24) - 1)
    assert abs(last.curve.at(168) - 0.1) < abs(first.curve.at(168) - 0.1)


def test_without_deviations_and_without_points_to_spare_the_error_is_unknown():
    assert fit([24, 72], [1.0, 0.5]).integral_standard_error == float("inf")
    assert fit([24, 72, 168], [1.0, 0.5, 0.15]).integral_standard_error < 10


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_a_fit_does_not_depend_on_the_units(activity_unit, time_unit):
    times, activity = np.array([24, 72, 168.0]), np.array([1.0, 0.6, 0.1])
    one, other = fit(times, activity), fit(times * time_unit, activity * activity_unit)
    assert other.integral == pytest.approx(one.integral * activity_unit * time_unit, rel=1e-12)


@pytest.mark.parametrize("model", CURVES)
def test_the_last_digit_of_an_activity_does_not_move_a_fit(model):
    rng = np.random.default_rng(4)
    times = np.array([1.5, 6, 24, 72, 120, 168])
    for _ in range(5):
        truth = CURVES[model].at(times)
        activity = truth * (1 + 0.03 * rng.standard_normal(6))
        one, other = (fit(times, each, model, 0.03 * truth) for each in (activity, activity * (1 + 2.0**-52)))
        assert list(other.parameters.values()) == pytest.approx(list(one.parameters.values()), rel=1e-10)
        assert other.integral == pytest.approx(one.integral, rel=1e-11)
        assert other.integral_standard_error == pytest.approx(one.integral_standard_error, rel=1e-10)


@pytest.mark.parametrize("model", CURVES)
def test_a_fit_is_where_the_squares_are_least(model):
    """Their sum, over that of the parameters a thousandth lower and higher: level in the middle, higher at the ends."""
    rng = np.random.default_rng(4)
    times = np.array([1.5, 6, 24, 72, 120, 168])
    activity = CURVES[model].at(times) * (1 + 0.03 * rng.standard_normal(6))
    found = fit(times, activity, model)
    make = dict(zip(CURVES, (mono_exponential, with_uptake, bi_exponential, bi_exponential), strict=True))[model]

    def squares(values):
        return ((make(*values).at(times) - activity) ** 2).sum()

    values = np.array(list(found.parameters.values()))
    for move in 1e-3 * np.eye(len(values)):
        low, middle, high = (squares(values * np.exp(sign * move)) for sign in (-1, 0, 1))
        assert middle < min(low, high)
        assert high - low == pytest.approx(0, abs=1e-2 * (high + low - 2 * middle))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([24], [1.0]), "mono-exponential has 2 parameters .* only 1 points; .* one of: fixed half-life"),
        (([24, 72], [1.0, 0.5], "with uptake"), "3 parameters"),
        (([1, 2, 3, 4], [1, 2, 2, 1], "bi-exponential with uptake"), "5 parameters"),
        (([72, 24], [0.5, 1.0]), "times must increase, but 24 h follows 72 h"),
        (([24, 24], [0.5, 1.0]), "times must increase"),
        (([-1, 24], [0.5, 1.0]), "times must not be negative"),
        (([24, float("nan")], [0.5, 1.0]), "times must not be negative or missing"),
        (([], []), "at least one"),
        (([24, 72], [1.0, 0.0]), "activities must be positive"),
        (([24, 72], [1.0, float("nan")]), "activities must be positive and finite: found nan"),
        (([24, 72], [1.0]), "2 times but activities"),
        (([24, 72], [1.0, 0.5], "tri-exponential"), "no model 'tri-exponential'; there are: fixed"),
        (([24, 72], [1.0, 0.5], "mono-exponential", [0.1, 0]), "standard deviations must be positive"),
        (([24], [1.0], "fixed half-life"), "give half_life_h"),
        (([24, 72], [1.0, 0.5], "mono-exponential", None, 50), "give half_life_h .* only with it"),
        (([24, 72], [1.0, 2.0]), r"activities \[1\.0, 2\.0\] do not fall"),
        (([24, 72, 168], [1.0, 1.0, 1.0]), "do not fall"),
        (([6, 24, 72, 168], [1, 2, 4, 8], "bi-exponential"), "no bi-exponential curve of positive activities"),
        (
            (TIMES, mono_exponential(1, 50).at(TIMES), "bi-exponential"),
            "both phases .* 50 h, .* model mono-exponential",
        ),
        ((TIMES, mono_exponential(1, 50).at(TIMES), "with uptake"), "do not determine the with uptake fit"),
        (([4, 24, 72, 120, 168], [30, 1, 0.6, 0.4, 0.2], "bi-exponential"), "do not determine the bi-exponential fit"),
    ],
)
def test_fits_name_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit(*arguments)


# Trapezoids


@pytest.mark.parametrize("model", CURVES)
def test_fine_trapezoids_agree_with_the_formula(model):
    curve = CURVES[model]
    times = np.append(0, np.geomspace(0.001, 600, 20_000))
    assert trapezoid(times, curve.at(times)) == pytest.approx(curve.integral(), rel=1e-5)


def test_trapezoid_by_hand():
    # 10 * (4 + 2) / 2 + 20 * (2 + 1) / 2 + tail of half-life 20 from 1
    assert trapezoid([0, 10, 30], [4, 2, 1]) == pytest.approx(30 + 30 + 20 / log(2))
    assert trapezoid([0, 10, 30], [4, 2, 1], tail_half_life_h=159.5) == pytest.approx(60 + 159.5 / log(2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([4, 24], [1, 0.5]), "first time is 4 h; add time 0"),
        (([0, 24], [0.5, 1]), "do not fall"),
        (([0, 24], [0.5, 0]), "do not fall to a positive value"),
        (([0], [0.5]), "give tail_half_life_h"),
        (([0, 24], [1, 0.5], 0), "half-life of the tail must be positive"),
        (([0, 24, 12], [1, 0.5, 0.2]), "times must increase"),
        (([0, 24], [1, -0.5]), "activities must not be negative"),
        (([0, 24], [1]), "2 times but"),
    ],
)
def test_trapezoids_name_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        trapezoid(*arguments)


# One image


@given(st.floats(1, 300), half_lives, half_lives)
def test_errors_of_one_image_are_those_of_the_curve(time, half_life, population):
    curve = mono_exponential(1.7, half_life)
    relative = haenscheid(time, curve.at(time)) / curve.integral() - 1
    assert haenscheid_error(time, half_life) == pytest.approx(relative, abs=1e-9)
    relative = madsen(time, curve.at(time), population) / curve.integral() - 1
    assert madsen_error(time, half_life, population) == pytest.approx(relative, rel=1e-9, abs=1e-9)


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


def test_phases_are_kept_in_order(monkeypatch):
    activity = CURVES["bi-exponential"].at(TIMES)
    found = fit(TIMES, activity, "bi-exponential")
    assert found.parameters["half_life_h"] > found.parameters["fast_half_life_h"]
    monkeypatch.setattr(curves, "_start", lambda *_: np.array([1.4, 11, 1.1, 75]))  # the fast one first
    other = fit(TIMES, activity, "bi-exponential")
    assert other.parameters == pytest.approx(found.parameters, rel=1e-9)


def test_phases_that_merge_are_refused():
    """Half-lives would be alike, and the activities of the two and all standard errors be rounding's."""
    with pytest.raises(ValueError, match=r"have a half-life of 51\.2 h, so the activities show only one"):
        fit(TIMES, [1.2217369, 1.2303074, 0.9628710, 0.4539982, 0.1495634], "bi-exponential")


@pytest.mark.parametrize("time", [0, -1, float("nan"), float("inf")])
def test_haenscheid_needs_a_time(time):
    with pytest.raises(ValueError, match="time of the image must be positive"):
        haenscheid(time, 1)
