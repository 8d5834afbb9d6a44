"""Models that can be asked: what the browser computes is what Python computes."""

import numpy as np
import pytest
from asked import given, opened, with_data

from netterbook import text
from netterbook.audit import ensembles
from netterbook.book.cross_trial import long_term
from netterbook.book.cross_trial.asked import extrapolation_asked
from netterbook.book.cross_trial.figures.models import benefit_so_far
from netterbook.methods import extrapolation
from netterbook.methods.extrapolation import FAMILIES, SURVIVAL_MODELS, SurvivalFit
from netterbook.precision import batch_error

LEVEL = 0.95
NAME = "cross_trial_benefit_so_far"
TIMES = [0.01, 0.5, 3.0, 17.0, 60.0, 120.0]
CHOSEN = [SURVIVAL_MODELS, ("spline",), ("exponential", "log-normal", "generalised gamma"), ("Weibull", "Gompertz")]
QUANTITIES = {"gain": "benefit", "beyond": "share_beyond"}


@pytest.fixture(scope="module")
def fitted(ledger, known):
    trials = [known["netter1"], known["netter2"]]
    sets = [ensembles.reconstruct(ledger, trial, "pfs", "nothing", 200, 1) for trial in trials]
    models = SURVIVAL_MODELS
    return [
        long_term.extrapolate(ledger, trial, found, models, LEVEL, 1) for trial, found in zip(trials, sets, strict=True)
    ]


@pytest.fixture(scope="module")
def chart(fitted):
    return benefit_so_far(fitted)


@pytest.fixture(scope="module")
def markup(chart, fitted):
    return extrapolation_asked(chart, fitted, LEVEL)


@pytest.fixture(scope="module")
def data(markup):
    return given(markup)


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory, markup):
    page = with_data(browser, tmp_path_factory.mktemp("asked"), markup, NAME)
    yield page
    assert page.wrong == []
    assert [url for url in page.asked if not url.startswith("file:")] == []
    page.close()


def read_back(model, coded, aic):
    """A fit from what the page is given, with this criterion."""
    count = FAMILIES[model].parameters

    def theta(own):
        if own is None:
            return [np.nan] * count
        if model == "generalised gamma":
            return own[:3] if len(own) == 4 else [*own[:2], own[2] * np.inf]
        return own

    knots = np.array(coded["knots"]) if "knots" in coded else np.zeros((len(coded["theta"]), 4))
    likelihood = count - np.array(aic, float) / 2
    return SurvivalFit(
        model, np.array([theta(own) for own in coded["theta"]], float), likelihood, knots, coded["unit"], 1
    )


def fits_of(trial, models, which="fits"):
    aic = trial["aic" if which == "fits" else "aic_sampled"]
    nothing = dict.fromkeys(models, np.zeros(len(aic[models[0]])))
    return {
        model: tuple(
            read_back(model, own, part[model]) for own, part in zip(trial[which][model], (aic, nothing), strict=True)
        )
        for model in models
    }


def close(values, others):
    return np.allclose(np.array(values, float), np.array(others, float), rtol=1e-9, atol=1e-9, equal_nan=True)


def asked(page, place, models, horizon):
    return page.evaluate(
        "([place, models, horizon]) => nbAsk.models.ask(given.trials[place], models, horizon, given)",
        [place, list(models), horizon],
    )


@pytest.mark.parametrize("which", ["fits", "sampled"])
@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_every_curve_and_restricted_mean_is_that_of_python(page, data, model, which):
    for place, trial in enumerate(data["trials"]):
        for arm, fit in enumerate(fits_of(trial, [model], which)[model]):
            found = page.evaluate(
                """([place, which, model, arm, times]) => { const fit = given.trials[place][which][model][arm];
                  return fit.theta.map((_, draw) => [
                    times.map(time => nbAsk.models.survival(model, fit, draw, time, given)),
                    times.map(time => nbAsk.models.restrictedMean(model, fit, draw, time, given))]); }""",
                [place, which, model, arm, TIMES],
            )
            curves, means = np.array(found).swapaxes(0, 1)
            assert close(curves, fit.survival(TIMES))
            assert close(means.T, [fit.restricted_mean(time) for time in TIMES])


def test_small_and_endless_q_are_among_the_draws(data):
    rows = [
        own
        for trial in data["trials"]
        for pair in ("fits", "sampled")
        for fit in trial[pair]["generalised gamma"]
        for own in fit["theta"]
    ]
    assert {len(own) for own in rows} == {3, 4}
    size = np.abs([own[2] for own in rows if len(own) == 4])
    assert size.min() < 1e-3 and size.max() > 5


def test_numbers_that_the_page_is_given_are_those_of_the_fits(fitted, data):
    for each, trial in zip(fitted, data["trials"], strict=True):
        assert trial["followed"] == each.followed
        for which, fits in (("fits", each.fits), ("sampled", each.fits_sampled)):
            back = fits_of(trial, SURVIVAL_MODELS, which)
            for model, pair in fits.items():
                for fit, own in zip(pair, back[model], strict=True):
                    assert close(own.survival(TIMES), fit.survival(TIMES))
            assert close(extrapolation.akaike_weights(back), extrapolation.akaike_weights(fits))


@pytest.mark.parametrize("models", CHOSEN)
@pytest.mark.parametrize("horizon", [36, 60, 97])
def test_what_is_told_of_a_horizon_is_what_python_tells(page, data, models, horizon):
    for place, trial in enumerate(data["trials"]):
        found = asked(page, place, models, horizon)
        fits, sampled = (fits_of(trial, models, which) for which in ("fits", "sampled"))
        table = extrapolation.extrapolated(fits, sampled, [horizon], trial["followed"], LEVEL)
        weights = [extrapolation.akaike_weights(each) for each in (fits, sampled)]
        for name, quantity in QUANTITIES.items():
            rows = table[table["quantity"] == quantity].set_index("model")
            for model in (*models, "averaged"):
                own = found["average"] if model == "averaged" else found["models"][model]
                assert close(own[name]["values"], rows.loc[model, ["value", "low", "high", "low_all", "high_all"]])
        for arm, name in enumerate(("control", "experimental")):
            both = [
                np.column_stack([pair[arm].survival([horizon]) for pair in each.values()]) for each in (fits, sampled)
            ]
            for column, model in enumerate(models):
                drawn, again = (extrapolation.spread(each[:, column], LEVEL) for each in both)
                assert close(found["models"][model][name]["values"], [*drawn, *again[1:]])
            drawn, again = (
                extrapolation.spread(extrapolation.averaged(each, own), LEVEL)
                for each, own in zip(both, weights, strict=True)
            )
            assert close(found["average"][name]["values"], [*drawn, *again[1:]])


def test_monte_carlo_errors_are_those_of_python(page, data):
    models = ("Weibull", "spline")
    for place, trial in enumerate(data["trials"]):
        found = asked(page, place, models, 60)
        fits, sampled = (fits_of(trial, models, which) for which in ("fits", "sampled"))
        gains, again = (extrapolation.benefit(each, 60) for each in (fits, sampled))

        def numbers(chosen, column, gains=gains, again=again):
            own = extrapolation.spread(gains[chosen, column], LEVEL)
            return [*own, *extrapolation.spread(again[chosen[chosen < len(again)], column], LEVEL)[1:]]

        for column, model in enumerate(models):
            own = batch_error(lambda chosen, column=column: numbers(chosen, column), np.arange(len(gains)))
            assert close(found["models"][model]["gain"]["errors"], own)


@pytest.mark.parametrize("years", long_term.YEARS)
@pytest.mark.parametrize("place", [0, 1])
def test_the_page_says_what_the_text_says(page, fitted, place, years):
    each = fitted[place]
    page.evaluate(f"location.hash = 'ask={NAME}&trial={each.trial.name}&horizon={12 * years}'")
    box = opened(page, NAME)
    box.get_by_text(f"{each.trial.name}, to {12 * years} months").wait_for()
    said = [row.split("\t") for row in box.locator("tbody").inner_text().split("\n")]
    rows = long_term.means_by_model(each)
    rows = rows[rows["years"] == years].set_index("model")
    assert [row[0] for row in said] == ["averaged over these", *SURVIVAL_MODELS]
    for name, gain, beyond, *_ in said:
        own = rows.loc["averaged" if name == "averaged over these" else name]
        assert gain == text.interval(own["benefit"], 1)
        assert beyond == text.shares(own["beyond"])
    picture = box.get_by_role("img").get_attribute("aria-label")
    assert said[0][1] in picture and said[-1][2] in picture


def test_before_the_end_of_the_data_nothing_lies_beyond(page):
    found = asked(page, 0, ["Weibull"], 12)["models"]["Weibull"]["beyond"]["values"]
    assert found == [0] * 5


def test_what_is_drawn_is_the_table_of_the_static_figure(chart, data):
    for trial in data["trials"]:
        for model, line in trial["lines"].items():
            own = chart.frame[(chart.frame["trial"] == trial["name"]) & (chart.frame["model"] == model)]
            assert line == own[["time", "value"]].to_numpy().tolist()
        assert list(trial["lines"]) == list(SURVIVAL_MODELS)


@pytest.mark.parametrize("z", [-9.0, -1.3, -0.001, 0.0, 0.4, 2.0, 8.5])
def test_the_normal_tail_is_that_of_scipy(page, z):
    from scipy.stats import norm

    assert page.evaluate(f"nbAsk.distributions.normalTail({z})") == pytest.approx(norm.sf(z), rel=1e-9, abs=1e-15)
