"""Curves that can be asked: what the browser computes is what Python computes."""

import math
import re

import numpy as np
import pytest
from asked import opened, with_data
from lifelines import KaplanMeierFitter

from netterbook import text
from netterbook.audit import ensembles
from netterbook.audit.given import inputs
from netterbook.book.ask.survival import SLIDER_STEP, coded_sets, survival_asked
from netterbook.book.curves import reconstructed_curves
from netterbook.book.netter import outcomes
from netterbook.methods import pooling, proportions
from netterbook.precision import simulated

LEVEL = 0.95
ASKED = [(20.0, 18.0), (3.0, 6.5), (0.25, 0.25), (11.75, 24.0)]
NAME = "netter1_pfs_curves"


@pytest.fixture(scope="module")
def at_risk(ledger, known):
    return inputs(known["netter1"], "pfs").numbers_at_risk(ledger)


@pytest.fixture(scope="module", params=[200, 20])
def found(ledger, known, request):
    return ensembles.reconstruct(ledger, known["netter1"], "pfs", "nothing", 200, 1).first(request.param)


@pytest.fixture(scope="module")
def markup(known, found, at_risk):
    headings = known["netter1"].headings
    chart = reconstructed_curves(found, at_risk, headings, level=LEVEL, ylabel="Alive, %", counts=True)
    return survival_asked(NAME, chart, found, headings, level=LEVEL, landmark=20.0, horizon=18.0, rate="Alive")


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory, markup):
    page = with_data(browser, tmp_path_factory.mktemp("asked"), markup, NAME)
    page.evaluate(
        """() => { const of = (arm, i) => nbAsk.survival.kaplanMeier(given.sets[arm][i], given.times);
             window.curves = given.sets.control.map((_, i) => (
               {experimental: of("experimental", i), control: of("control", i)})); }"""
    )
    yield page
    assert page.wrong == []
    assert [url for url in page.asked if not url.startswith("file:")] == []
    page.close()


def in_browser(page, landmark, horizon):
    """What the page finds; what JSON has no word for is None."""
    return page.evaluate("([a, b]) => nbAsk.survival.ask(curves, a, b, given)", [landmark, horizon])


def close(values, others):
    return np.allclose(np.array(values, float), np.array(others, float), rtol=1e-9, atol=1e-9, equal_nan=True)


def test_the_sets_can_be_read_back(found):
    times, coded = coded_sets(found)
    for arm, code in (("experimental", 1), ("control", 0)):
        for draw in range(found.draws):
            steps = np.array(coded[arm][draw])
            time, event = found.own(draw, code)
            order = np.lexsort((event, time))
            read = np.array(times)[np.cumsum(steps // 2)]
            assert sorted(zip(read, steps % 2, strict=True)) == list(zip(time[order], event[order], strict=True))


def test_what_is_drawn_is_the_table_of_the_static_figure(known, found, at_risk, page):
    trial = known["netter1"]
    frame = reconstructed_curves(found, at_risk, trial.headings, level=LEVEL, ylabel="Alive, %", counts=True).frame
    given = page.evaluate("given.frame")
    for arm, heading in zip(("experimental", "control"), trial.headings, strict=True):
        own = frame[(frame["what"] == "curve") & (frame["arm"] == heading)]
        assert given[arm] == own[["time", "value", "low", "high"]].to_numpy().tolist()


@pytest.mark.parametrize(("landmark", "horizon"), ASKED)
def test_rates_and_restricted_means_are_those_of_python(found, page, landmark, horizon):
    asked = in_browser(page, landmark, horizon)
    rates = pooling.pooled_rates(found, landmark, LEVEL)
    means = pooling.restricted_means(found, horizon, LEVEL)
    for arm in ("experimental", "control"):
        assert close(asked[arm]["rate"]["values"], 100 * np.array(rates[arm]))
        assert close(asked[arm]["mean"]["values"], [means.loc[arm, "value"]])
    assert close(asked["rateGain"]["values"], pooling.rate_difference(found, landmark, LEVEL))
    assert close(asked["meanGain"]["values"], means.loc["difference", ["value", "lower", "upper", "low", "high"]])


@pytest.mark.parametrize(("landmark", "horizon"), ASKED)
def test_monte_carlo_errors_are_those_of_python(found, page, landmark, horizon):
    asked = in_browser(page, landmark, horizon)
    own = pooling.monte_carlo_error(lambda sets: pooling.rate_difference(sets, landmark, LEVEL), found)
    assert close(asked["rateGain"]["errors"], own)
    columns = ["value", "lower", "upper", "low", "high"]
    own = pooling.monte_carlo_error(
        lambda sets: pooling.restricted_means(sets, horizon, LEVEL).loc["difference", columns], found
    )
    assert close(asked["meanGain"]["errors"], own)


@pytest.mark.parametrize("landmark", [0.25, 3.0, 20.0])
def test_patients_at_risk_and_events_are_counted(found, page, landmark):
    asked = in_browser(page, landmark, 18.0)
    for arm, code in (("experimental", 1), ("control", 0)):
        own = found.arm == code
        risk = np.floor(np.median((found.time[:, own] >= landmark).sum(axis=1)))
        died = np.floor(np.median((found.event[:, own] * (found.time[:, own] < landmark)).sum(axis=1)))
        assert [asked[arm][name] for name in ("risk", "died", "censored")] == [risk, died, own.sum() - risk - died]


def test_a_single_set_has_the_curve_of_lifelines(found, page):
    curve = page.evaluate("curves[6].control")
    fitted = KaplanMeierFitter().fit(*found.own(6, 0)).survival_function_["KM_estimate"]
    assert close(curve["survival"], fitted.loc[curve["time"]])
    assert len(curve["time"]) == len(fitted) - 1  # that of lifelines begins at 0


@pytest.mark.parametrize(("landmark", "horizon"), ASKED[:2])
def test_the_page_says_what_the_text_says(page, found, landmark, horizon):
    page.evaluate(f"location.hash = 'ask={NAME}&landmark={landmark}&horizon={horizon}'")
    box = opened(page, NAME)
    box.get_by_text(f"Alive at {landmark:g} months, %", exact=True).wait_for()
    said = [row.split("\t")[-1] for row in box.locator("tbody").inner_text().split("\n")]
    rates, means = outcomes.rate_gain(found, landmark, LEVEL), outcomes.mean_gain(found, horizon, LEVEL)
    assert said[5] == text.interval([rates.gain, *rates.interval], 0)
    assert said[6] == text.needed(rates.needed)
    assert said[8] == text.interval([means.gain, *means.interval], 1)
    assert said[9] == text.span(means.reconstruction, 1)
    picture = box.get_by_role("img").get_attribute("aria-label")
    assert said[5] in picture and said[6] in picture and said[8] in picture


@pytest.mark.parametrize(
    ("value", "error"), [(0.4321, 0.026), (-2.26, 0), (-0.04, 0), (17.3, 3.4), (267.1, 17), (5, 0.1)]
)
@pytest.mark.parametrize("digits", [0, 1, 2])
def test_numbers_are_written_as_in_the_text(page, value, error, digits):
    (own,) = simulated([value], [error])
    assert page.evaluate(f"nbAsk.number({value}, {digits}, {error})") == text.number(own, digits)


def test_what_cannot_be_estimated_is_said(page):
    said = page.evaluate("[nbAsk.number(NaN, 1), nbAsk.number(Infinity, 1), nbAsk.number(-Infinity, 1)]")
    assert said == [text.number(each) for each in (math.nan, math.inf, -math.inf)]


@pytest.mark.parametrize("points", [(54.2, 37.7, 70.5), (10, -5, 25), (-11.6, -20, -3.7), (0, -3, 3), (40, 0, 60)])
def test_the_number_needed_to_treat_is_written_as_in_the_text(page, points):
    assert page.evaluate("points => nbAsk.survival.needed(points)", points) == text.needed(
        proportions.number_needed(*points)
    )


def test_sliders_end_where_every_set_is_followed(found, markup, page):
    last = page.evaluate("given.last")
    assert last <= pooling.last_time(found) < last + SLIDER_STEP
    assert re.search(r'class="nb-ask" id="ask-netter1-pfs-curves" [^>]*hidden>', markup)
