"""Reference values are R's, written by reference/comparison.R, or published; see there."""

from math import exp, log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import GeneralizedGammaFitter, datasets
from references import reference
from scipy.integrate import quad
from scipy.special import gammaincc

from netterbook.methods.extrapolation import (
    FAMILIES,
    SURVIVAL_MODELS,
    SurvivalFit,
    _gamma_limits,
    _maximise,
    _newton,
    _weights,
    akaike_weights,
    averaged,
    averaged_share_beyond,
    benefit,
    criteria,
    extrapolated,
    fit_arms,
    fit_survival,
    observed_hazard,
    resample,
    share_beyond,
    spread,
)
from netterbook.reconstruction.result import Reconstruction

REFERENCE = Path(__file__).parents[1] / "reference"
PATIENTS = pd.read_csv(REFERENCE / "survival_input.csv")
FITS = reference("extrapolation_fits")
NAMES = {"exponential": "exponential", "weibull": "Weibull", "gompertz": "Gompertz", "lognormal": "log-normal",
         "loglogistic": "log-logistic", "gengamma": "generalised gamma", "spline": "spline"}  # fmt: skip


def patients(name, arm):
    one = PATIENTS[(PATIENTS.set == name) & (PATIENTS.arm == arm)]
    return one.time.to_numpy(), one.event.to_numpy()


def two_arms(draws=6, n=80, seed=3):
    """Draws of one simulated trial, exponential with a hazard ratio of one half, censored at 30."""
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1], n)
    true = rng.exponential(np.where(arm, 24, 12), (draws, 2 * n))
    return Reconstruction(np.minimum(true, 30), (true <= 30).astype(int), arm, (), draws)


# Against R and published fits


RIDGES = {("leukaemia", 1), ("rossi", 0)}  # of the generalised gamma model
IN_CLOSED_FORM = {"exponential", "weibull", "lognormal", "loglogistic"}  # R's survreg, by Newton's method


@pytest.mark.parametrize("row", list(FITS.itertuples()), ids=lambda r: f"{r.set}-{r.arm}-{r.model}")
def test_fits_are_rs(row):
    time, event = patients(row.set, row.arm)
    found = fit_survival(NAMES[row.model], time, event)
    assert found.ridge[0] == (row.model == "gengamma" and (row.set, row.arm) in RIDGES)
    if found.ridge[0]:
        return
    # optim ends where the log-likelihood, of some hundreds, changes by less than 1e-15 of it: 1e-6 standard errors away
    error = 1e-12 if row.model in IN_CLOSED_FORM else 1e-6
    assert found.log_likelihood[0] == pytest.approx(row.loglik, abs=2e-12)
    assert found.survival([time.max()])[0, 0] == pytest.approx(row.survival, abs=error / 10)
    assert found.restricted_mean(row.tau)[0] == pytest.approx(row.mean, rel=error)
    if row.model != "spline":  # R's spline has other parameters
        own = [value[0] for value in found.parameters.values()]
        assert own == pytest.approx([row.p1, row.p2, row.p3][: len(own)], rel=error)


# Where R, too, finds no maximum


def rs_ridge(name, arm):
    return FITS[(FITS.set == name) & (FITS.arm == arm) & (FITS.model == "gengamma")].iloc[0]


def test_a_ridge_that_levels_off_is_followed_to_its_limit():
    """R stopped at Q = 4.4, as close to the supremum as it can tell: the curve is the same up to the last patient."""
    time, event = patients("rossi", 0)
    found, r = fit_survival("generalised gamma", time, event), rs_ridge("rossi", 0)
    assert 0 <= found.log_likelihood[0] - r.loglik < 1e-9
    assert all(np.isnan(value).all() for value in found.parameters.values())
    at = np.linspace(1, time.max(), 20)
    shape = r.p3**-2
    seen = gammaincc(shape, shape * np.exp(r.p3 * (np.log(at) - r.p1) / r.p2))
    assert found.survival(at)[0] == pytest.approx(seen, abs=1e-6)  # of a standard error of 0.02, the root of 2e-10
    # 1 - (t / end)^rate: the rate from the curve at two times, and the area under it
    rate = log((1 - seen[-1]) / (1 - seen[9])) / log(at[-1] / at[9])
    end = at[-1] / (1 - seen[-1]) ** (1 / rate)
    assert time.max() < end < r.tau and found.survival([end * 1.001])[0, 0] == 0
    assert found.restricted_mean(r.tau)[0] == pytest.approx(end * rate / (rate + 1), rel=1e-5)
    assert found.restricted_mean(50)[0] == pytest.approx(50 - end * (50 / end) ** (rate + 1) / (rate + 1), rel=1e-6)


def test_a_ridge_to_a_curve_that_starts_at_the_first_event():
    """A Pareto distribution from 6 weeks on, in closed form; R had come to Q = -29 on the way there."""
    time, event = patients("leukaemia", 1)
    found, r = fit_survival("generalised gamma", time, event), rs_ridge("leukaemia", 1)
    rate = event.sum() / np.log(time / 6).sum()
    supremum = event.sum() * log(rate) - (event * np.log(time)).sum() - rate * np.log(time / 6).sum()
    assert time.min() == 6 and found.log_likelihood[0] == pytest.approx(supremum, abs=1e-12) and r.loglik < supremum
    assert found.survival([5, 6, 12])[0] == pytest.approx([1, 1, 2**-rate])
    assert found.hazard([5, 12])[0] == pytest.approx([0, rate / 12])
    assert found.restricted_mean(5)[0] == 5
    assert found.restricted_mean(60)[0] == pytest.approx(6 + 6 * (10 ** (1 - rate) - 1) / (1 - rate))


def test_a_ridge_to_a_curve_that_ends_at_the_last_event():
    time = np.array([2, 4, 6, 8, 10])
    found = fit_survival("generalised gamma", time, np.ones(5))
    rate = 5 / np.log(10 / time).sum()
    assert found.ridge[0] and found.survival([5, 10])[0] == pytest.approx([1 - 0.5**rate, 0])
    assert found.log_likelihood[0] == pytest.approx(5 * log(rate / 10) + (rate - 1) * np.log(time / 10).sum())
    assert found.restricted_mean(30)[0] == pytest.approx(10 * rate / (rate + 1))


def test_a_maximum_comes_before_a_limit_of_higher_likelihood():
    time, event = np.array([8, 2, 8, 23, 3, 4, 2, 15, 22, 2, 23, 8]), np.ones(12)
    found = fit_survival("generalised gamma", time, event)
    rate = 12 / np.log(time / 2).sum()
    assert not found.ridge[0]
    assert found.log_likelihood[0] < 12 * log(rate / 2) - (rate + 1) * np.log(time / 2).sum()
    assert found.log_likelihood[0] >= fit_survival("log-normal", time, event).log_likelihood[0]


@pytest.mark.parametrize("side", [0, 1])
def test_a_limit_is_where_the_generalised_gamma_model_leads(side):
    """With larger and larger Q, the log-likelihood at the limit's other parameters tends to the limit's."""
    time, event = patients("simulated", 0)
    x = np.log(time / time.mean())[None]
    events = event[None] == 1
    knots = np.quantile(x[events], [[0, 1]])
    theta, value = (each[:, side] for each in _gamma_limits(x, events, knots))
    family = FAMILIES["generalised gamma"]
    gaps = []
    for q in (30, 100, 300):
        near = np.array([[theta[0, 0], theta[0, 1], (-q, q)[side]]])
        near[0, 0] += (10 / q**2, -10 / q**2)[side]  # into the curve, lest an event be at its end
        with np.errstate(all="ignore"):
            hazard, survival = (each(x, near, knots) for each in (family.log_hazard, family.log_survival))
        gaps.append(value[0] - (hazard[events].sum() + survival.sum()))
    assert gaps[0] > gaps[1] > gaps[2] > 0 and gaps[2] < 0.05


# The optimiser


def sample(model, time, event):
    """What a likelihood is a function of, besides theta."""
    x = np.log(np.atleast_2d(time) / np.mean(time))
    event = np.atleast_2d(event) == 1
    knots = np.nanquantile(np.where(event, x, np.nan), np.linspace(0, 1, 4), axis=1).T
    return x, event, *FAMILIES[model].basis(x, knots)


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_derivatives_are_those_of_the_likelihood(model):
    """By differences over 1e-5 either way, of the likelihood and of its gradient."""
    time, event = patients("simulated", 0)
    start = fit_survival(model, time, event).theta
    theta = start + np.random.default_rng(8).uniform(-0.1, 0.1, (8, start.shape[1]))
    if model == "generalised gamma":
        theta[:, 2] = [-5.3, -2.6, -0.9, -0.26, -0.002, 0, 0.11, 1.4]
    own = [np.repeat(each, len(theta), axis=0) for each in sample(model, time, event)]

    def at(theta):
        with np.errstate(all="ignore"):
            return FAMILIES[model].likelihood(theta, *own)

    value, gradient, hessian = at(theta)
    scale = np.abs(hessian).max((1, 2))
    assert np.isfinite(value).all()
    for i, step in enumerate(1e-5 * np.eye(theta.shape[1])):
        (up, up_slope, _), (down, down_slope, _) = at(theta + step), at(theta - step)
        assert ((up - down) / 2e-5 - gradient[:, i]) / scale == pytest.approx(0, abs=1e-6)
        assert ((up_slope - down_slope) / 2e-5 - hessian[:, i]).T / scale == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_the_gradient_is_zero_at_the_estimate(model):
    """To within 1e-10 standard errors."""
    for row in FITS[FITS.model == "spline"].itertuples():
        time, event = patients(row.set, row.arm)
        found = fit_survival(model, time, event)
        if not found.ridge[0]:
            with np.errstate(all="ignore"):
                _, gradient, hessian = FAMILIES[model].likelihood(found.theta, *sample(model, time, event))
            _, error, maximum = _newton(found.theta, gradient, hessian)
            assert maximum[0] and error[0] < 1e-10


def test_a_saddle_is_no_maximum_and_a_flat_direction_is_left_alone():
    gradient, hessian = np.array([[0, 0], [0.2, 1e-17]]), np.array([[[-1, 0], [0, 1]], [[-4, 0], [0, 0]]])
    step, error, maximum = _newton(np.zeros((2, 2)), gradient, hessian)
    assert maximum.tolist() == [False, True]
    assert step[1] == pytest.approx([0.05, 0]) and error == pytest.approx([0, 0.1])


def test_knots_that_coincide():
    """The middle third of the events at one time: both terms are the same one, and the curve that of half of each."""
    time = [1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 6, 7, 8, 9]
    found = fit_survival("spline", time, np.ones(15))
    assert found.knots[0, 1] == found.knots[0, 2] and np.isfinite(found.log_likelihood[0])
    assert found.parameters["gamma2"] == pytest.approx(found.parameters["gamma3"], rel=1e-9)
    assert found.log_likelihood[0] > fit_survival("Weibull", time, np.ones(15)).log_likelihood[0]


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_the_last_digit_of_the_times_does_not_move_a_fit(model):
    """As processors differ in the last digits of sums: bootstrapped patients, some of whom lead to a ridge."""
    rng = np.random.default_rng(1)
    ridges = 0
    for name, arm in (("leukaemia", 1), ("rossi", 0), ("larynx", 1), ("waltons", 0)):
        time, event = patients(name, arm)
        picked = rng.integers(0, len(time), (25, len(time)))
        shaken = time * np.where(time % 2 < 1, 1, 1 + 2.0**-52)  # alike in patients with equal times
        one, other = (fit_survival(model, each[picked], event[picked]) for each in (time, shaken))
        ridges += one.ridge.sum()
        assert (one.ridge == other.ridge).all()
        assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-10, nan_ok=True)
        tau = 3 * time.max()
        assert other.restricted_mean(tau) == pytest.approx(one.restricted_mean(tau), rel=1e-7, nan_ok=True)
    assert (ridges > 0) == (model == "generalised gamma")


def test_the_generalised_gamma_model_is_that_of_lifelines():
    time, event = patients("waltons", 1)
    fitter = GeneralizedGammaFitter().fit(time, event)
    found = fit_survival("generalised gamma", time, event)
    assert 0 <= found.log_likelihood[0] - fitter.log_likelihood_ < 1e-7  # where lifelines stops
    at = [5, 20, 40, 60]
    # its estimate is the root of 2e-7 standard errors away, those of the curve being 0.07 at most
    assert found.survival(at)[0] == pytest.approx(fitter.survival_function_at_times(at).to_numpy(), abs=4e-5)


def test_the_spline_is_that_of_stata():
    """German breast cancer study: Stata's stpm with three degrees of freedom, as quoted in flexsurv's tests."""
    data = datasets.load_gbsg2()
    years, event = data.time.to_numpy() / 365, data.cens.to_numpy() == 1
    times = np.log(years[event])
    # Stata puts the knots at the 33rd and 67th centiles, and leaves the sum of log times out of the log-likelihood
    knots = np.quantile(times, [[0, 0.33, 0.67, 1]], method="averaged_inverted_cdf")
    theta, value = _maximise(FAMILIES["spline"], np.log(years)[None], event[None], knots)
    assert value[0] + times.sum() == pytest.approx(-674.75128, abs=5e-6)
    gammas = [float(gamma[0]) for gamma in FAMILIES["spline"].natural(theta, 1, knots).values()]
    assert gammas == pytest.approx([-1.728339, 3.476179, 0.567432, -0.3420749], abs=5e-6)
    # the same patients with knots at the thirds, and flexsurv's Weibull model
    assert fit_survival("spline", years, event).log_likelihood[0] + times.sum() == pytest.approx(-674.75128, rel=1e-4)
    assert fit_survival("Weibull", years, event).log_likelihood[0] == pytest.approx(-873.207054864145, abs=1e-11)


def test_the_log_normal_model_of_flexsurv():
    """Ovarian cancer (Edmunson 1979), R's data set ovarian: log-likelihood in flexsurv's tests."""
    days = [59, 115, 156, 421, 431, 448, 464, 475, 477, 563, 638, 744, 769, 770, 803, 855, 1040, 1106, 1129, 1206,
            1227, 268, 329, 353, 365, 377]  # fmt: skip
    dead = [1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0]
    assert fit_survival("log-normal", days, dead).log_likelihood[0] == pytest.approx(-97.12174204265681, abs=1e-11)


# Analytic


def test_exponential_in_closed_form():
    found = fit_survival("exponential", [2, 4, 6, 8], [1, 1, 0, 1])
    rate = 3 / 20
    assert found.parameters["rate"][0] == pytest.approx(rate)
    assert found.log_likelihood[0] == pytest.approx(3 * log(rate) - 3)
    assert found.aic[0] == pytest.approx(2 - 2 * (3 * log(rate) - 3))
    assert found.bic[0] == pytest.approx(log(4) - 2 * (3 * log(rate) - 3))
    assert found.hazard([0, 5])[0] == pytest.approx([rate, rate])
    assert found.restricted_mean(60)[0] == pytest.approx((1 - exp(-60 * rate)) / rate)


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
@pytest.mark.parametrize(("name", "arm"), [("simulated", 0), ("rossi", 1), ("waltons", 0)])
def test_hazard_survival_and_mean_belong_together(model, name, arm):
    time, event = patients(name, arm)
    found = fit_survival(model, time, event)
    end = time.max()
    assert found.survival([0, end / 2, 3 * end])[0, 0] == pytest.approx(1, abs=1e-3)
    early = end / 50
    cumulative = quad(lambda t: found.hazard([t])[0, 0], early, end, limit=200)[0]
    assert found.survival([end])[0, 0] == pytest.approx(found.survival([early])[0, 0] * exp(-cumulative), rel=1e-6)
    area = sum(quad(lambda t: found.survival([t])[0, 0], a, a + end / 2)[0] for a in (0, end / 2))
    assert found.restricted_mean(end)[0] == pytest.approx(area, rel=1e-5)


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_the_unit_of_time_does_not_matter(model):
    time, event = patients("simulated", 1)
    months, days = fit_survival(model, time, event), fit_survival(model, time * 30, event)
    assert days.log_likelihood + event.sum() * log(30) == pytest.approx(months.log_likelihood, abs=1e-11)
    assert days.restricted_mean(1800) == pytest.approx(30 * months.restricted_mean(60), rel=1e-11)
    if model == "spline":
        gamma = months.parameters, days.parameters
        assert gamma[1]["gamma0"] == pytest.approx(gamma[0]["gamma0"] - gamma[0]["gamma1"] * log(30), rel=1e-9)
        assert gamma[1]["gamma2"] == pytest.approx(gamma[0]["gamma2"], rel=1e-9)


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_draws_fitted_together_are_fitted_as_if_alone(model):
    found = two_arms()
    own = found.time[:, :80], found.event[:, :80]
    together = fit_survival(model, *own)
    alone = [fit_survival(model, t, e) for t, e in zip(*own, strict=True)]
    assert together.log_likelihood == pytest.approx([each.log_likelihood[0] for each in alone], abs=1e-11)
    assert together.restricted_mean(60) == pytest.approx([each.restricted_mean(60)[0] for each in alone], rel=1e-11)


def test_nested_models_fit_no_worse():
    fits = fit_arms(two_arms())
    for arm in (0, 1):
        best = {model: pair[arm].log_likelihood for model, pair in fits.items()}
        for larger, smaller in (("Weibull", "exponential"), ("Gompertz", "exponential"),
                                ("generalised gamma", "Weibull"), ("generalised gamma", "log-normal"),
                                ("spline", "Weibull")):  # fmt: skip
            assert (best[larger] >= best[smaller] - 1e-11).all(), (larger, smaller)


# Weights, shares, intervals


def test_akaike_weights_by_hand():
    # exp(-0), exp(-1), and no fit
    assert _weights(np.array([[100, 102, np.nan]]))[0] == pytest.approx([1 / (1 + exp(-1)), exp(-1) / (1 + exp(-1)), 0])
    with pytest.raises(ValueError, match="no model could be fitted to draw 0"):
        _weights(np.array([[np.nan, np.nan]]))
    fits = fit_arms(two_arms(), ("exponential", "log-normal"))
    assert akaike_weights(fits).sum(1) == pytest.approx(1)
    assert (akaike_weights(fits)[:, 0] > 0.5).all()  # the truth is exponential


def exponential(*rates):
    """A fit with these rates, one a draw."""
    theta = np.log(np.array(rates, float))[:, None]
    return SurvivalFit("exponential", theta, np.zeros(len(rates)), np.zeros((len(rates), 4)), 1.0, 100)


def test_the_share_beyond_in_closed_form():
    a, b, followed, tau = 0.1, 0.04, 30, 120

    def mean(rate, t):
        return (1 - exp(-rate * t)) / rate

    whole, seen = (mean(b, t) - mean(a, t) for t in (tau, followed))
    fits = {"exponential": (exponential(a, b), exponential(b, a))}
    assert benefit(fits, tau)[:, 0] == pytest.approx([whole, -whole])
    share = share_beyond(fits, followed, tau)[:, 0]
    assert share[0] == pytest.approx(1 - seen / whole)
    assert np.isnan(share[1])  # harm has no share


@pytest.mark.parametrize("followed", [0, 120, 130, np.nan])
def test_a_follow_up_outside_the_horizon_is_an_error(followed):
    with pytest.raises(ValueError, match="must lie between 0 and tau"):
        share_beyond({"exponential": (exponential(0.1), exponential(0.1))}, followed, 120)


def test_quantiles_over_draws():
    assert spread(np.array([3.0, 1.0, 2.0, np.nan])) == (2, 1, 3)
    with pytest.raises(ValueError, match="every value is missing"):
        spread(np.array([np.nan, np.nan]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        spread(np.array([1.0]), level=1)


def test_an_average_is_the_weighted_mean_of_the_models():
    values = np.array([[1.0, 10.0, 4.0], [2.0, np.nan, 4.0]])
    weights = np.array([[0.5, 0.25, 0.25], [0.5, 0, 0.5]])
    assert averaged(values, weights).tolist() == [4, 3]


def test_the_share_of_an_average_in_closed_form():
    """Two exponential models of one draw, of different benefit."""

    def mean(rate, t):
        return (1 - exp(-rate * t)) / rate

    fits = {"one": (exponential(0.1), exponential(0.04)), "other": (exponential(0.2), exponential(0.1))}
    gain = {t: (mean(0.04, t) - mean(0.1, t), mean(0.1, t) - mean(0.2, t)) for t in (30, 120)}
    weights = np.array([[0.7, 0.3]])
    whole, seen = (0.7 * gain[t][0] + 0.3 * gain[t][1] for t in (120, 30))
    assert averaged_share_beyond(fits, weights, 30, 120) == pytest.approx([1 - seen / whole])
    harm = {model: pair[::-1] for model, pair in fits.items()}
    assert np.isnan(averaged_share_beyond(harm, weights, 30, 120)).all()
    with pytest.raises(ValueError, match="must lie between 0 and tau"):
        averaged_share_beyond(fits, weights, 120, 30)


def test_resampling_keeps_arms_and_patients():
    found = two_arms()
    again = resample(found, 5)
    for arm in (0, 1):
        own = found.arm == arm
        for draw in range(found.draws):
            pairs = set(zip(found.time[draw, own], found.event[draw, own], strict=True))
            drawn = list(zip(again.time[draw, own], again.event[draw, own], strict=True))
            assert set(drawn) <= pairs and len(set(drawn)) < len(pairs)
    assert (resample(found, 5).time == again.time).all() and (resample(found, 6).time != again.time).any()


def test_the_table_of_extrapolations():
    found = two_arms(draws=12)
    models = ("exponential", "Weibull")
    fits, sampled = fit_arms(found, models), fit_arms(resample(found, seed=2), models)
    table = extrapolated(fits, sampled, (60, 120), 30).set_index(["model", "horizon", "quantity"])
    assert table.loc[("exponential", 120, "benefit"), "value"] in benefit(fits, 120)[:, 0]
    gained = table.xs("benefit", level="quantity")
    assert (gained.low <= gained.value).all() and (gained.value <= gained.high).all()
    # averaged: in each draw the mean of both models by their weights, then the median over the draws
    own, weights = benefit(fits, 120), akaike_weights(fits)
    means = [weights[i, 0] * own[i, 0] + weights[i, 1] * own[i, 1] for i in range(12)]
    average = gained.loc[("averaged", 120)]
    assert average.value == pytest.approx(sorted(means)[5])
    assert (average.low, average.high) == pytest.approx((min(means), max(means)))
    again, chances = benefit(sampled, 120), akaike_weights(sampled)
    assert average.high_all == pytest.approx((again * chances).sum(1).max())
    # independent patients in each draw: what remains of the spread after resampling is wider, not narrower
    assert (gained.high_all - gained.low_all > gained.high - gained.low).all()
    shares = table.xs("share_beyond", level="quantity").value
    assert (shares.xs(120, level="horizon") > shares.xs(60, level="horizon")).all()


def test_the_table_of_criteria():
    found = two_arms()
    table = criteria(fit_arms(found)).set_index("model")
    assert table.weight.sum() == pytest.approx(1) and table.best.sum() == pytest.approx(1)
    assert (table.fitted == 1).all() and list(table.index) == list(SURVIVAL_MODELS)
    assert (table.bic > table.aic).all()  # log 80 > 2
    assert (table.ridge == 0).all()
    ridge, none = (fit_survival("generalised gamma", *patients("rossi", arm)) for arm in (0, 1))
    assert criteria({"generalised gamma": (none, ridge)}).ridge.tolist() == [1]


def test_bootstrap_intervals_cover():
    """One draw of each of 60 trials of known exponential benefit: its 90% interval, fitted and resampled, covers."""
    hits = 0
    truth = 24 * (1 - exp(-60 / 24)) - 12 * (1 - exp(-60 / 12))
    for seed in range(60):
        one = two_arms(draws=1, seed=100 + seed)
        many = Reconstruction(np.repeat(one.time, 100, 0), np.repeat(one.event, 100, 0), one.arm, (), 100)
        again = benefit(fit_arms(resample(many, seed), ("exponential",)), 60)
        low, high = spread(again, level=0.9)[1:]
        hits += low <= truth <= high
    assert 47 <= hits <= 59  # binomial(60, 0.9) lies there with 99%


def test_observed_hazard():
    time, event = np.array([[1, 2, 3, 6.0]]), np.array([[1, 0, 1, 0]])
    # lived: 2+2+2+1 in the first two units; then 1 and 2 in the next two
    assert observed_hazard(time, event, [0, 2, 4, 8])[0] == pytest.approx([1 / 7, 1 / 3, 0])
    assert np.isnan(observed_hazard(time, event, [6, 8])[0, 0])
    with pytest.raises(ValueError, match="rising"):
        observed_hazard(time, event, [2, 1])


def test_an_event_at_an_edge_belongs_to_the_interval_that_ends_there():
    assert observed_hazard([2, 4], [1, 1], [0, 2, 4])[0] == pytest.approx([1 / 4, 1 / 2])
    assert observed_hazard([2, 4], [1, 1], [2, 4])[0] == pytest.approx([1 / 2])


# Bad input


@pytest.mark.parametrize(
    ("model", "time", "event", "message"),
    [
        ("gamma", [1, 2], [1, 1], "no model 'gamma'; there are: exponential"),
        ("Weibull", [1, -2], [1, 1], "time -2: times are finite and not negative"),
        ("Weibull", [1, np.nan], [1, 1], "time nan"),
        ("Weibull", [1, np.inf], [1, 1], "time inf"),
        ("Weibull", [1, 2], [1, 2], "event 2: write 1"),
        ("Weibull", [0, 2], [1, 1], "event at time 0"),
        ("Weibull", [[1, 2], [1, 2]], [[1, 1], [0, 0]], "draw 1 has no events"),
        ("Weibull", [1, 2, 3], [1, 1], "alike"),
        ("Weibull", [], [], "alike"),
    ],
)
def test_bad_patients_are_errors(model, time, event, message):
    with pytest.raises(ValueError, match=message):
        fit_survival(model, time, event)


def test_bad_times_are_errors():
    found = fit_survival("Weibull", [1, 2, 3], [1, 1, 0])
    with pytest.raises(ValueError, match="positive time"):
        found.restricted_mean(0)
    with pytest.raises(ValueError, match="not negative"):
        found.survival([-1])
    one = Reconstruction(np.ones((1, 3)), np.ones((1, 3), int), np.zeros(3, int), (), 1)
    with pytest.raises(ValueError, match="two arms 0 and 1"):
        fit_arms(one)


def test_a_censoring_at_time_0_says_nothing():
    with_it, without = (
        fit_survival("Weibull", [0, 1, 2, 3], [0, 1, 1, 0]),
        fit_survival("Weibull", [1, 2, 3], [1, 1, 0]),
    )
    assert with_it.parameters["scale"] == pytest.approx(without.parameters["scale"], rel=1e-5)
