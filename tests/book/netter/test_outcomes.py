"""Reconstructed patients against the printed numbers as they stand in data/, and against lifelines."""

import csv
from functools import cache
from math import exp, inf, log, sqrt
from statistics import NormalDist, mean, median, variance

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import median_survival_times, restricted_mean_survival_time

from netterbook import papers, text, trials
from netterbook.audit import ensembles
from netterbook.audit.given import WITHHOLD, inputs, margins
from netterbook.book.display import labels
from netterbook.book.netter import outcomes
from netterbook.book.parameters import check_time
from netterbook.errors import ParameterError
from netterbook.methods import pooling, proportions
from netterbook.methods.proportional_hazards import ProportionalHazardsTest
from netterbook.precision import Simulated
from netterbook.reconstruction import Reconstruction
from netterbook.reconstruction.strata import assign_strata

pytestmark = pytest.mark.usefixtures("short_chains")

DRAWS = 10
FIGURES = {"netter1_pfs": "netter1/figure1a", "netter1_os": "netter1/figure1b", "netter2_pfs": "netter2/figure2a"}
EVENTS = {
    "netter1_pfs": ("results.pfs_events_control", "results.pfs_events_lu"),
    "netter1_os": ("results.deaths_control", "results.deaths_lu"),
    "netter2_pfs": ("figure2a.events_control", "figure2a.events_lu"),
}
GIVEN_MEDIANS = {
    "netter1_pfs": {0: "results.pfs_median_control"},
    "netter2_pfs": {0: "figure2a.median_control", 1: "figure2a.median_lu"},
}


def rows(name):
    with (papers.data_dir() / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def of_text(paper):
    """Claims of a paper's text as they stand in the file, dots for decimal points."""
    return {
        row["claim"]: {k: row[k].replace("·", ".") for k in ("printed", "low", "high")} for row in rows(f"{paper}/text")
    }


LEDGER = papers.load(papers.data_dir())
TRIALS = trials.read(papers.data_dir())


def split(end_point):
    """The trial and its end point's key."""
    name, _, key = end_point.partition("_")
    return TRIALS[name], key


@cache
def made(end_point, withhold="nothing"):
    trial, key = split(end_point)
    found = ensembles.reconstruct(LEDGER, trial, key, withhold, DRAWS, 3)
    return found, inputs(trial, key).numbers_at_risk(LEDGER)


@cache
def curve(end_point, draw, arm, withhold="nothing"):
    found, _ = made(end_point, withhold)
    own = found.arm == arm
    return KaplanMeierFitter().fit(found.time[draw, own], found.event[draw, own])


def cox(time, event, arm, **kwargs):
    """Hazard ratio with its limits by lifelines."""
    frame = pd.DataFrame({"time": time, "event": event, "arm": arm} | kwargs)
    fit = CoxPHFitter().fit(frame, "time", "event", strata=list(kwargs) or None, fit_options={"precision": 1e-10})
    fit = fit.summary.loc["arm"]
    return fit["exp(coef)"], fit["exp(coef) lower 95%"], fit["exp(coef) upper 95%"]


def prints_as(value, said):
    """Whether a number rounds to the one printed, at its own decimals."""
    decimals = len(said.rstrip("%").partition(".")[2])
    return abs(value - float(said.rstrip("%"))) <= 0.5 * 10**-decimals + 1e-9


# ---- reconstruct: what is given holds in every set


CASES = [("netter1_pfs", w) for w in WITHHOLD]
CASES += [(e, w) for e in ("netter1_os", "netter2_pfs") for w in ("nothing", "all results")]


@pytest.mark.parametrize(("end_point", "withhold"), CASES)
def test_numbers_at_risk_patients_and_events_hold_whatever_is_withheld(end_point, withhold):
    found, at_risk = made(end_point, withhold)
    printed, paper = rows(FIGURES[end_point]), end_point.partition("_")[0]
    assert len(at_risk) == 2 * len(printed)
    for arm, name in enumerate(("control", "lu")):
        own = found.arm == arm
        for row in printed:
            assert ((found.time[:, own] >= float(row["time"])).sum(axis=1) == int(row[name])).all()
            listed = at_risk[(at_risk["arm"] == arm) & (at_risk["time"] == float(row["time"]))]
            assert listed["n_risk"].tolist() == [int(row[name])]
        events = int(of_text(paper)[EVENTS[end_point][arm]]["printed"])
        assert found.event[:, own].sum(axis=1).tolist() == [events] * DRAWS


@pytest.mark.parametrize("end_point", GIVEN_MEDIANS)
def test_given_medians_and_their_limits_hold_in_every_set(end_point):
    said = of_text(end_point.partition("_")[0])
    for arm, claim in GIVEN_MEDIANS[end_point].items():
        for draw in range(DRAWS):
            fit = curve(end_point, draw, arm)
            assert prints_as(fit.median_survival_time_, said[claim]["printed"])
            low, high = median_survival_times(fit.confidence_interval_).iloc[0]
            assert prints_as(low, said[claim]["low"])
            if said[claim]["high"] == "NE":  # also where the last patient has the event: R has no limits of 0
                assert high == inf or (fit.survival_function_.iloc[-1, 0] == 0 and high == fit.timeline[-1])
            else:
                assert prints_as(high, said[claim]["high"])


def test_given_rates_and_their_limits_hold_in_every_set():
    said = of_text("netter1")
    for arm, claim in enumerate(("results.pfs20_control", "results.pfs20_lu")):
        for draw in range(DRAWS):
            fit = curve("netter1_pfs", draw, arm)
            assert prints_as(100 * fit.predict(20), said[claim]["printed"])
            limits = 100 * fit.confidence_interval_.loc[:20].iloc[-1]
            assert prints_as(limits.iloc[0], said[claim]["low"])
            assert prints_as(limits.iloc[1], said[claim]["high"])


@pytest.mark.parametrize(("end_point", "claim"), [("netter1_pfs", "results.pfs_hr"), ("netter1_os", "results.os_hr")])
def test_given_hazard_ratios_and_p_values_hold_in_every_set(end_point, claim):
    found, _ = made(end_point)
    said = of_text("netter1")
    p = said[claim.replace("hr", "p")]["printed"]
    for time, event in zip(found.time, found.event, strict=True):
        values = cox(time, event, found.arm)
        for value, printed in zip(values, said[claim].values(), strict=True):
            assert not printed or prints_as(value, printed)
        lu = found.arm == 1
        test = logrank_test(time[lu], time[~lu], event[lu], event[~lu]).p_value
        assert test < 0.001 if p == "<0.001" else prints_as(test, p)


NAMES = {
    "hazard ratio": {"hr", "hr_lo", "hr_hi", "logrank_p"},
    "rates": {f"lm{arm}{end} at 20" for arm in "01" for end in ("", "_lo", "_hi")},
    "median": {"median0", "median0_lo", "median0_hi", "median1"},
}


@pytest.mark.parametrize("withhold", NAMES)
def test_what_is_withheld_and_nothing_else_is_missing_from_what_was_given(withhold):
    everything, less = (set(made("netter1_pfs", w)[0].given) for w in ("nothing", withhold))
    assert everything - less == NAMES[withhold]
    assert less < everything
    assert set(made("netter1_pfs", "all results")[0].given) == {"at_risk", "events0", "events1"}


@pytest.mark.parametrize("withhold", NAMES)
def test_what_is_withheld_is_free(withhold):
    """Some set then no longer prints as the paper does."""
    found, _ = made("netter1_pfs", withhold)
    estimates = {"hazard ratio": ("hr", None), "rates": ("survival1", 20), "median": ("median0", None)}
    printed = {"hazard ratio": "0.21", "rates": "0.652", "median": "8.4"}[withhold]
    assert not all(prints_as(value, printed) for value in found.values(*estimates[withhold]))


@pytest.mark.parametrize("withhold", WITHHOLD)
def test_netter2_is_never_given_its_stratified_hazard_ratio(withhold):
    about = ensembles.given(*split("netter2_pfs"), withhold)
    assert not {"hr", "logrank_p"} & set(about.summaries)
    if withhold in ("nothing", "all results"):
        assert not {n for n in made("netter2_pfs", withhold)[0].given if n.startswith(("hr", "logrank"))}


def test_the_seed_decides():
    one, same, other = (
        ensembles.reconstruct(LEDGER, *split("netter1_os"), "all results", 4, seed).time for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


# ---- last_time, check_time


def sets(*draws):
    """Two patients of each arm: (time, event) of arm 0 and 1, draw by draw."""
    time, event = np.array([[[t for t, _ in draw] for draw in draws], [[e for _, e in draw] for draw in draws]])
    return Reconstruction(time.astype(float), event.astype(int), np.array([0, 0, 1, 1]), (), len(draws))


@pytest.mark.parametrize(
    ("draws", "last"),
    [
        ([[(3, 1), (5, 0), (4, 1), (9, 0)]], 5),
        ([[(3, 1), (5, 0), (4, 1), (9, 0)], [(3, 1), (4.5, 0), (4, 1), (9, 0)]], 4.5),  # the set that ends first
        ([[(3, 1), (5, 1), (4, 1), (9, 0)]], 9),  # nobody is left: survival is 0 from then on
        ([[(3, 1), (5, 1), (4, 1), (9, 1)]], 9),
        ([[(5, 1), (5, 0), (4, 1), (9, 0)]], 5),  # an event and a censored patient at once: not 0
    ],
)
def test_the_last_time_is_that_of_the_shortest_known_curve(draws, last):
    found = sets(*draws)
    assert pooling.last_time(found) == last
    check_time("horizon", last, pooling.last_time(found))
    with pytest.raises(ParameterError, match=rf"horizon = {last + 0.5:g} months .* give {int(last)} or less"):
        check_time("horizon", last + 0.5, pooling.last_time(found))


@pytest.mark.parametrize("end_point", ["netter1_pfs", "netter2_pfs"])
def test_every_curve_is_known_up_to_the_last_time_and_one_is_not_beyond(end_point):
    found, _ = made(end_point)
    last = pooling.last_time(found)
    known = []
    for draw in range(DRAWS):
        for arm in (0, 1):
            table = curve(end_point, draw, arm).event_table
            known.append(inf if curve(end_point, draw, arm).survival_function_.iloc[-1, 0] == 0 else table.index[-1])
    assert last == pytest.approx(min(known))


# ---- pooled


def test_pooling_is_rubins_by_hand():
    values, variances = [log(0.20), log(0.25), log(0.31), log(0.22)], [0.05, 0.06, 0.055, 0.052]
    total = mean(variances) + (1 + 1 / 4) * variance(values)
    z = NormalDist().inv_cdf(0.95)
    middle, low, high = pooling.pooled(values, variances, 0.9)
    assert middle == pytest.approx(mean(values))
    assert (high - middle, middle - low) == pytest.approx((z * sqrt(total),) * 2)


def test_pooling_leaves_out_sets_without_a_value():
    assert pooling.pooled([1, np.nan, 3, inf], [0.1, 0.1, 0.3, 0.1], 0.95) == pooling.pooled([1, 3], [0.1, 0.3], 0.95)
    assert pooling.pooled([1, 2], [0.1, np.nan], 0.95) == pooling.pooled([1], [0.1], 0.95)
    middle, low, high = pooling.pooled([2.0], [0.25], 0.95)
    assert (middle, low, high) == pytest.approx((2, 2 - 1.96 * 0.5, 2 + 1.96 * 0.5), abs=1e-4)
    assert np.isnan(pooling.pooled([np.nan], [0.1], 0.95)).all()


# ---- restricted means and rates


def greenwood_of_mean(fit, horizon):
    """Variance of the area under a Kaplan–Meier curve: each event's area still to come squared, times d / (n (n - d)).

    Klein & Moeschberger, Survival Analysis, 2003, eq. 4.5.2.
    """
    table = fit.event_table[(fit.event_table["observed"] > 0) & (fit.event_table.index <= horizon)]
    times = [*table.index, horizon]
    survival = [fit.predict(t) for t in table.index]
    areas = [s * (b - a) for s, a, b in zip(survival, times, times[1:], strict=False)]
    total = 0.0
    for i, (d, n) in enumerate(zip(table["observed"], table["at_risk"], strict=True)):
        if d < n:
            total += sum(areas[i:]) ** 2 * d / (n * (n - d))
    return total


@pytest.mark.parametrize(("end_point", "horizon"), [("netter1_pfs", 18), ("netter1_pfs", 0.5), ("netter2_pfs", 24)])
def test_restricted_means_are_those_of_lifelines(end_point, horizon):
    found, _ = made(end_point)
    table = pooling.restricted_means(found, horizon, 0.9)
    assert list(table.index) == ["control", "experimental", "difference"]
    fits = {
        name: [curve(end_point, i, arm) for i in range(DRAWS)] for arm, name in enumerate(("control", "experimental"))
    }
    values = {name: [restricted_mean_survival_time(fit, horizon) for fit in own] for name, own in fits.items()}
    spread = {name: [greenwood_of_mean(fit, horizon) for fit in own] for name, own in fits.items()}
    values["difference"] = [b - a for a, b in zip(values["control"], values["experimental"], strict=True)]
    spread["difference"] = [a + b for a, b in zip(spread["control"], spread["experimental"], strict=True)]
    z = NormalDist().inv_cdf(0.95)
    for name, own in values.items():
        row = table.loc[name]
        assert row["value"] == pytest.approx(closest(own, 0.5))
        assert (row["low"], row["high"]) == pytest.approx(tuple(np.percentile(own, [5, 95])))
        half = z * sqrt(mean(spread[name]) + 1.1 * variance(own))
        assert (row["lower"], row["upper"]) == pytest.approx((mean(own) - half, mean(own) + half))
        assert (
            row["lower"] <= row["low"] <= row["value"] + 1e-9
            and row["value"] <= row["high"] + 1e-9 <= row["upper"] + 1e-9
        )


def greenwood(fit, time):
    table = fit.event_table.loc[:time]
    table = table[table["observed"] > 0]
    return (
        fit.predict(time) ** 2 * (table["observed"] / (table["at_risk"] * (table["at_risk"] - table["observed"]))).sum()
    )


@pytest.mark.parametrize(("end_point", "time"), [("netter1_pfs", 20), ("netter1_pfs", 0.01), ("netter2_pfs", 12.0)])
def test_rates_are_those_of_lifelines(end_point, time):
    found, _ = made(end_point)
    each = pooling.rates(found, time)
    for arm, name in enumerate(("control", "experimental")):
        fits = [curve(end_point, draw, arm) for draw in range(DRAWS)]
        assert each[name] == pytest.approx([fit.predict(time) for fit in fits])
        assert each[name + "_variance"] == pytest.approx([greenwood(fit, time) for fit in fits])
    gaps = [curve(end_point, i, 1).predict(time) - curve(end_point, i, 0).predict(time) for i in range(DRAWS)]
    spread = [greenwood(curve(end_point, i, 0), time) + greenwood(curve(end_point, i, 1), time) for i in range(DRAWS)]
    half = NormalDist().inv_cdf(0.9) * sqrt(mean(spread) + 1.1 * variance(gaps))
    expected = [100 * x for x in (mean(gaps), mean(gaps) - half, mean(gaps) + half)]
    assert pooling.rate_difference(found, time, 0.8) == pytest.approx(expected)


def test_the_difference_of_netter1s_rates_is_that_of_the_printed_ones():
    """65.2% less 10.8%, each known to its rounding."""
    assert abs(pooling.rate_difference(made("netter1_pfs")[0], 20, 0.95)[0] - (65.2 - 10.8)) < 0.1


def test_a_rate_of_zero_has_no_variance_and_rates_right_at_an_event_are_after_it():
    found = sets([(3, 1), (5, 1), (4, 1), (9, 0)])
    each = pooling.rates(found, 5)
    assert (each["control"].tolist(), each["experimental"].tolist()) == ([0.0], [0.5])
    assert (each["control_variance"].tolist(), each["experimental_variance"].tolist()) == ([0.0], [0.125])
    assert pooling.rates(found, 2.99)["control"].tolist() == [1.0]
    at_the_event = pooling.rates(found, 4)
    assert (at_the_event["experimental"].tolist(), at_the_event["experimental_variance"].tolist()) == ([0.5], [0.125])


# ---- benefit


def error_of(exact, parts):
    """Half the distance of two batches of every second set."""
    return pytest.approx([abs(one - two) / 2 for one, two in zip(*parts, strict=True)])


def halves(found):
    return [
        Reconstruction(found.time[part], found.event[part], found.arm, (), 5)
        for part in (slice(0, None, 2), slice(1, None, 2))
    ]


@pytest.mark.parametrize("end_point", ["netter1_pfs", "netter2_pfs"])
def test_the_benefit_comes_with_the_error_of_ten_sets(end_point):
    found, _ = made(end_point)
    means = pooling.restricted_means(found, 18, 0.9)
    each = [pooling.restricted_means(half, 18, 0.9) for half in halves(found)]
    got = outcomes.mean_gain(found, 18, 0.9)
    for values, row, columns in (
        ([got.experimental], "experimental", ["value"]),
        ([got.control], "control", ["value"]),
        ([got.gain], "difference", ["value"]),
        (got.interval, "difference", ["lower", "upper"]),
        (got.reconstruction, "difference", ["low", "high"]),
    ):
        assert [x.value for x in values] == means.loc[row, columns].tolist()
        assert [x.error for x in values] == error_of(values, [half.loc[row, columns] for half in each])


@pytest.mark.parametrize("end_point", ["netter1_pfs", "netter2_pfs"])
def test_the_gain_in_rates_comes_with_the_error_of_ten_sets(end_point):
    found, _ = made(end_point)
    points = pooling.rate_difference(found, 12, 0.9)
    each = [pooling.rate_difference(half, 12, 0.9) for half in halves(found)]
    got = outcomes.rate_gain(found, 12, 0.9)
    values = [got.gain, *got.interval]
    assert tuple(x.value for x in values) == points
    assert [x.error for x in values] == error_of(values, each)
    assert got.needed == proportions.number_needed(*points)


def test_the_benefit_is_put_into_words_no_finer_than_the_sets_know_it():
    means = outcomes.MeanGain(
        Simulated(15.04, 0.3), Simulated(8.51, 0.01), Simulated(6.44, 0.3), [Simulated(5.14, 0.3)] * 2, []
    )
    rates = outcomes.RateGain(
        Simulated(54.3, 1.2), [Simulated(41.2, 3), Simulated(67.4, 0.1)], proportions.number_needed(54.3, 41.2, 67.4)
    )
    said = "{m.experimental:.1f} v {m.control:.1f}, {m.gain:.1f}; {r.gain:.0f} ({r.interval:span.0}), {r.needed:needed}"
    assert text.fill(said, {"m": means, "r": rates}) == "15.0 v 8.5, 6.5; 54 (40 to 67), NNTB 1.8 (1.5 to 2.4)"


def test_a_pooled_hazard_ratio_is_pooled_on_the_log_scale():
    found, _ = made("netter2_pfs")
    each = [cox(time, event, found.arm) for time, event in zip(found.time, found.event, strict=True)]
    logs, errors = [log(hr) for hr, *_ in each], [log(high / low) / 2 / 1.959964 for _, low, high in each]
    total = mean(error**2 for error in errors) + 1.1 * variance(logs)
    middle, low, high = pooling.pooled_hr(found, 0.95)
    assert middle == pytest.approx(exp(mean(logs)), rel=1e-4)
    assert log(high / low) / 2 == pytest.approx(1.959964 * sqrt(total), rel=1e-4)


def test_the_error_of_two_trials_is_of_both_together():
    """The first five sets of each trial go together, and the last five."""
    first, second = made("netter1_pfs")[0], made("netter2_pfs")[0]

    def gap(one, two):
        assert one.draws == two.draws == 5
        return one.time.mean() - two.time.mean()

    parts = [first.time[part].mean() - second.time[part].mean() for part in (slice(0, None, 2), slice(1, None, 2))]
    assert pooling.monte_carlo_error(gap, first, second) == pytest.approx(abs(parts[0] - parts[1]) / 2)


# ---- proportional hazards


@pytest.mark.parametrize("end_point", ["netter1_pfs", "netter2_pfs"])
def test_hazard_ratios_by_period_are_those_of_lifelines(end_point):
    found, at_risk = made(end_point)
    table = pooling.hazard_ratios_by_period(found, at_risk, 0.9)
    grid = [float(row["time"]) for row in rows(FIGURES[end_point])]
    assert table["start"].tolist() == [0, *table["end"][:-1]]
    assert table["end"].iloc[-1] == inf
    cuts = table["end"][:-1].tolist()
    assert set(cuts) <= set(grid[1:-1])
    everything = sorted(found.time[found.event == 1])
    for share, cut in zip((1 / 3, 2 / 3), cuts, strict=True):
        third = everything[round(share * len(everything))]
        assert abs(cut - third) <= min(abs(t - third) for t in grid) + 0.1  # a third lies between two events
    for row in table.itertuples():
        ratios, spread, counts = [], [], []
        for time, event in zip(found.time, found.event, strict=True):
            here = time > row.start
            inside = event[here] * (time[here] <= row.end)
            hr, low, high = cox(np.minimum(time[here], row.end), inside, found.arm[here])
            ratios.append(log(hr))
            spread.append((log(high / low) / 2 / 1.959964) ** 2)
            counts.append([inside[found.arm[here] == arm].sum() for arm in (0, 1)])
        half = NormalDist().inv_cdf(0.95) * sqrt(mean(spread) + 1.1 * variance(ratios))
        expected = [exp(mean(ratios) + k * half) for k in (0, -1, 1)]
        assert (row.hr, row.low, row.high) == pytest.approx(expected, rel=1e-4)
        assert [row.control, row.experimental] == [median(own) for own in zip(*counts, strict=True)]


def test_sets_that_speak_against_proportional_hazards_are_counted(monkeypatch):
    p = np.tile([0.001, 0.2, 0.04, np.nan, 0.07], 8)  # every batch alike: no Monte Carlo error
    monkeypatch.setattr(outcomes, "proportional_hazards_test", lambda *_: ProportionalHazardsTest(p, p))
    found = sets([(3, 1), (5, 1), (4, 1), (9, 0)])
    got = outcomes.proportionality(found, 0.95)
    assert (got.p, got.share) == (Simulated(pytest.approx(0.055), 0), Simulated(0.4, 0))
    assert text.fill("{p:p}, {share:percent} below {below:.2g}", got._asdict()) == "0.055, 40% below 0.05"
    wider = outcomes.proportionality(found, 0.9)
    assert (wider.share.value, wider.below) == (0.6, pytest.approx(0.1))


def test_netter2s_effect_is_largest_early_and_weaker_later_as_the_chapter_says():
    trial, key = split("netter2_pfs")
    found = ensembles.reconstruct(LEDGER, trial, key, "nothing", 200, ensembles.STORED_SEED)
    at_risk = inputs(trial, key).numbers_at_risk(LEDGER)
    assert pooling.hazard_ratios_by_period(found, at_risk, 0.95)["hr"].is_monotonic_increasing


# ---- tables


def closest(values, share):
    """The value of the sorted ones whose place is nearest (Hyndman & Fan's third kind)."""
    ordered = sorted(values)
    place = share * len(ordered)
    below = int(np.floor(place - 0.5))
    index = below if place - 0.5 == below and below % 2 == 0 else below + 1  # a tie goes to the even place
    return ordered[min(max(index, 1), len(ordered)) - 1]


def over_sets(values, level):
    """Median and interval over the ten sets, and their Monte Carlo errors: half the distance of two batches of every
    second set, where both are finite.
    """
    quantiles = [0.5, (1 - level) / 2, (1 + level) / 2]
    pairs = [(closest(values[::2], q), closest(values[1::2], q)) for q in quantiles]
    errors = [abs(one - two) / 2 if max(one, two) < inf else None for one, two in pairs]
    return [closest(values, q) for q in quantiles], errors


def assert_over_sets(row, names, values, level):
    expected, errors = over_sets(values, level)
    assert [row[name] for name in names] == pytest.approx(expected)
    for name, error in zip(names, errors, strict=True):
        assert error is None or row[f"{name}_error"] == pytest.approx(error)


VALUES = ("value", "low", "high")


@pytest.mark.parametrize("end_point", ["netter1_pfs", "netter2_pfs"])
def test_quantiles_are_those_of_lifelines(end_point):
    table = outcomes.quantiles(made(end_point)[0], 0.8)
    assert table["kind"].tolist() == [0.25, 0.5, 0.75]
    for row in table.to_dict("records"):
        for arm, group in enumerate(("control", "experimental")):
            times = [curve(end_point, draw, arm).percentile(1 - row["kind"]) for draw in range(DRAWS)]
            assert_over_sets(row, (group, f"{group}_low", f"{group}_high"), times, 0.8)
            assert row[f"{group}_never"] == (min(times) == inf)


def test_a_time_that_one_set_reaches_is_not_said_to_be_reached_by_none():
    """However narrow the interval over the sets."""
    never, once = [(3, 0), (5, 0), (4, 0), (9, 0)], [(3, 1), (5, 1), (4, 0), (9, 0)]
    row = outcomes.quantiles(sets(*[never] * 9, once), 0.6).iloc[1]
    assert row[["control", "control_low", "control_high"]].tolist() == [inf] * 3
    assert (row["control_never"], row["experimental_never"]) == (False, True)
    said = "{control_never:not reached in any set|{control,control_low,control_high:interval.1}}"
    assert labels(pd.DataFrame([row]), said) == ["not reached"]


KINDS = ["hazard ratio", "median", "median", "rate", "rate", "gain"]
NAMES_OF_ARMS = ["", "control", "¹⁷⁷Lu-Dotatate", "¹⁷⁷Lu-Dotatate", "control", ""]


@pytest.mark.parametrize(
    ("withhold", "given"),
    [
        ("nothing", [True, True, True, True, True, False]),
        ("hazard ratio", [False, True, True, True, True, False]),
        ("rates", [True, True, True, False, False, False]),
        ("median", [True, False, False, True, True, False]),
        ("all results", [False] * 6),
    ],
)
def test_estimates_of_netter1_say_what_was_given_and_what_was_printed(withhold, given):
    found = made("netter1_pfs", withhold)[0]
    table = outcomes.estimates(LEDGER, TRIALS["netter1"], "pfs", found, 0.9, 20, 18)
    assert (table["kind"].tolist(), table["arm"].tolist()) == (KINDS, NAMES_OF_ARMS)
    assert table["time"].dropna().tolist() == [20, 20, 18]
    assert table["given"].tolist() == given
    assert table["is_ratio"].tolist() == [True] + [False] * 5
    said = of_text("netter1")
    claims = [
        "results.pfs_hr",
        "results.pfs_median_control",
        "results.pfs_median_lu",
        "results.pfs20_lu",
        "results.pfs20_control",
        "",
    ]
    assert table["is_printed"].tolist() == [bool(claim) for claim in claims]
    for shown, claim in zip(table["printed"], claims, strict=True):
        row = said.get(claim, {"printed": "", "low": ""})
        expected = "{printed} ({low} to {high})".format(**row) if row["low"] else row["printed"]
        assert shown == expected
    values = table["value"].tolist()
    if withhold != "all results":
        assert prints_as(values[1], "8.4") or withhold == "median"
        assert (prints_as(values[3], "65.2") and prints_as(values[4], "10.8")) or withhold == "rates"


def test_a_row_of_the_estimates_as_the_chapter_shows_it():
    row = {"kind": "rate", "arm": "control", "time": 12.0, "is_printed": False, "printed": "", "is_ratio": False}
    row |= {"value": 32.14, "low": 28.3, "high": 36.9, "value_error": 0.3, "low_error": 1.1, "high_error": np.nan}
    said = (
        "{is_printed:{printed}|not printed}, {value:.1f}, {given:given|{is_ratio:{low,high:span.3}|{low,high:span.1}}}"
    )
    assert labels(pd.DataFrame([row | {"given": False}]), said) == ["not printed, 32.0, 28 to 36.9"]
    assert labels(pd.DataFrame([row | {"given": True}]), said) == ["not printed, 32.0, given"]


def test_what_all_of_the_middle_sets_agree_on_is_one_number_and_not_said_of_the_others():
    row = {"low": 8.41, "high": 8.38, "low_error": 0.01, "high_error": 0.01}
    assert labels(pd.DataFrame([row]), "{low,high:span.1}") == ["8.4"]
    row = {"low": inf, "high": inf, "low_error": np.nan, "high_error": np.nan}
    assert labels(pd.DataFrame([row]), "{low,high:span.1}") == ["not reached"]


def test_estimates_at_another_landmark_are_neither_printed_nor_given():
    found, _ = made("netter1_pfs")
    table = outcomes.estimates(LEDGER, TRIALS["netter1"], "pfs", found, 0.95, 12, 12).iloc[3:]
    assert table["time"].tolist() == [12] * 3
    assert not table[["is_printed", "given"]].any(axis=None)
    for arm, row in zip((1, 0), table.to_dict("records"), strict=False):
        rates = [100 * curve("netter1_pfs", draw, arm).predict(12) for draw in range(DRAWS)]
        assert_over_sets(row, VALUES, rates, 0.95)


def test_estimates_of_netter2_set_nothing_printed_beside_the_unstratified_hazard_ratio():
    trial = TRIALS["netter2"]
    table = outcomes.estimates(LEDGER, trial, "pfs", made("netter2_pfs")[0], 0.95, 12, 24)
    assert table["kind"].tolist() == ["unstratified", *KINDS[1:]]
    assert table["is_printed"].tolist() == [False, True, True, False, False, False]
    assert table["given"].tolist() == [False, True, True, False, False, False]
    free = outcomes.estimates(LEDGER, trial, "pfs", made("netter2_pfs", "median")[0], 0.95, 12, 24)
    assert not free["given"].any()


HEADLINES = {
    ("netter1", "hazard_ratio", "PFS", ""): ("netter1.figure1c.overall.hr.hr", "results.pfs_hr"),
    ("netter1", "hazard_ratio", "OS", ""): ("netter1.results.os_hr",),
    ("netter1", "median", "PFS", "control"): ("netter1.results.pfs_median_control",),
    ("netter1", "percent", "PFS", "control"): ("netter1.results.pfs20_control",),
    ("netter1", "percent", "PFS", "¹⁷⁷Lu-Dotatate"): ("netter1.results.pfs20_lu",),
    ("netter2", "hazard_ratio", "PFS", ""): ("netter2.figure2a.pfs_hr",),
    ("netter2", "median", "PFS", "control"): ("netter2.figure2a.median_control",),
    ("netter2", "median", "PFS", "¹⁷⁷Lu-Dotatate"): ("netter2.figure2a.median_lu",),
}


@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_every_headline_stands_beside_its_stored_estimate(paper):
    frame = outcomes.headlines(LEDGER, TRIALS[paper])
    rows_of = {(paper, row["kind"], row["end_point"], row["arm"]): row for row in frame.to_dict("records")}
    assert sorted(rows_of) == sorted(key for key in HEADLINES if key[0] == paper)
    store = {row["claim"]: row for row in rows("reconstruction/recovered") if row["scans"] != "withheld"}
    for key, row in rows_of.items():
        claims = HEADLINES[key]
        said = of_text(paper)[claims[-1].removeprefix(f"{paper}.")]
        for column, part in (("printed", "printed"), ("printed_low", "low"), ("printed_high", "high")):
            number = said[part].rstrip("%")
            expected = float(number) if number not in ("", "NE") else np.nan
            assert row[column] == pytest.approx(expected, nan_ok=True)
        kept = store[claims[0]]
        assert [row[name] for name in VALUES] == [float(kept[k]) for k in ("estimate", "low", "high")]


def test_printed_values_are_counted_at_both_ends_of_their_sets(monkeypatch):
    below = {"results.os_hr": 0.01, "results.pfs_median_control": 0.5, "results.pfs20_control": 0.97}
    below |= {"results.os_p": 0.02, "results.pfs20_lu": np.nan}  # P says what the hazard ratio says, and is not placed
    below = {f"netter1.{name}": share for name, share in below.items()} | {"netter2.figure2a.pfs_hr": 0.96}
    monkeypatch.setattr(outcomes.recovered, "stored", lambda ledger: pd.DataFrame({"below": below}))
    assert outcomes.placed(LEDGER, TRIALS["netter1"]) == (3, 2, pytest.approx(0.3))
    assert outcomes.placed(LEDGER, TRIALS["netter2"]) == (1, 1, pytest.approx(0.1))


def strata(seed):
    return outcomes.strata(LEDGER, TRIALS["netter2"], "pfs", made("netter2_pfs")[0], seed, 0.9)


def test_strata_move_the_hazard_ratio_as_lifelines_says():
    found, _ = made("netter2_pfs")
    table = strata(5)
    assert table["kind"].tolist() == ["unstratified", "stratified", "grade2", "grade3", "pancreas", "non_pancreas"]
    figure = {row["row"]: row["hr"].replace("·", ".").replace("–", " to ") for row in rows("netter2/figure2b")}
    assert table["printed"].str.replace("·", ".").tolist() == ["", "0.276 (0.182 to 0.418)"] + [
        figure[row] for row in ("grade2", "grade3", "pancreas", "non_pancreas")
    ]
    assert table["is_printed"].tolist() == [False] + [True] * 5
    printed = table["printed"].str.replace("·", ".").str.split(" ").str[0]
    assert table["inside"].tolist() == [
        bool(text) and row.low <= float(text) <= row.high for text, row in zip(printed, table.itertuples(), strict=True)
    ]
    plain = [cox(time, event, found.arm)[0] for time, event in zip(found.time, found.event, strict=True)]
    row = table.iloc[0]
    expected, errors = over_sets(plain, 0.9)
    assert row[list(VALUES)].tolist() == pytest.approx(expected, rel=1e-4)
    assert row[[f"{name}_error" for name in VALUES]].tolist() == pytest.approx(errors, rel=1e-3, abs=1e-6)


def test_strata_have_the_printed_patients_and_events_and_give_the_stratified_hazard_ratio():
    found, _ = made("netter2_pfs")
    figure = {row["row"]: row for row in rows("netter2/figure2b")}
    table, _ = margins(LEDGER, TRIALS["netter2"])
    dealt = assign_strata(found, table, 5)
    levels = {"grade2": dealt // 2 == 0, "grade3": dealt // 2 == 1, "pancreas": dealt % 2 == 0,
              "non_pancreas": dealt % 2 == 1}  # fmt: skip
    for level, inside in levels.items():
        for arm, name in enumerate(("control", "lu")):
            events, patients = map(int, figure[level][name].partition(" ")[0].split("/"))
            own = found.arm == arm
            assert (inside[:, own].sum(axis=1) == patients).all()
            assert ((inside & (found.event == 1))[:, own].sum(axis=1) == events).all()
    shown = strata(5).set_index("kind")
    ratios = [cox(found.time[i], found.event[i], found.arm, stratum=dealt[i])[0] for i in range(DRAWS)]
    assert shown.loc["stratified", list(VALUES)].tolist() == pytest.approx(over_sets(ratios, 0.9)[0], rel=1e-4)
    for level in ("grade2", "non_pancreas"):
        factor = "grade" if level.startswith("grade") else "origin"
        own = assign_strata(found, table[table["factor"] == factor], 5) == int(level in ("grade3", "non_pancreas"))
        within = [cox(found.time[i][own[i]], found.event[i][own[i]], found.arm[own[i]])[0] for i in range(DRAWS)]
        assert shown.loc[level, list(VALUES)].tolist() == pytest.approx(over_sets(within, 0.9)[0], rel=1e-4)


def test_with_the_schedule_of_the_scans_printed_medians_lie_nearer_to_the_middle_of_the_sets():
    """NETTER-2's control median was printed as 8.5 months, week 37; a scan was due in week 36."""
    frame = outcomes.schedule_withheld(LEDGER, TRIALS["netter2"])
    medians = frame[frame["kind"] == "median"].set_index("arm")
    printed = medians["printed"].str.split().str[0].str.replace("·", ".").astype(float)
    assert printed["control"] == 8.5 and len(medians) == 2
    assert ((medians["below"] - 0.5).abs() < (medians["below_without"] - 0.5).abs()).all()
    assert abs(medians.loc["control", "value"] - 8.5) < abs(medians.loc["control", "value_without"] - 8.5)
    for end in ("", "_without"):
        assert (medians[f"low{end}"] <= medians[f"value{end}"]).all()
        assert medians[f"below{end}"].between(0, 1).all()
    assert outcomes.share_below(LEDGER, "netter2.figure2a.median_control") == medians.loc["control", "below"]
    assert np.isnan(outcomes.share_below(LEDGER, "netter2.figure2a.events_lu"))


def test_the_share_dated_at_scans_is_the_sets():
    sets = np.ones((40, 2))
    visits = np.zeros((40, 2, 2))
    visits[:, 0, 0] = np.linspace(0.2, 0.98, 40)
    found = Reconstruction(sets, sets.astype(int), np.array([0, 1]), (), 40, visits=visits)
    dated = outcomes.dated_at_scans(found, 0.5)
    assert (dated.low.value, dated.share.value, dated.high.value) == pytest.approx((0.4, 0.6, 0.78), abs=0.03)
    assert outcomes.dated_at_scans(Reconstruction(sets, sets.astype(int), np.array([0, 1]), (), 40), 0.5) is None


def test_the_share_that_strata_explain_lies_on_the_log_scale():
    """The chapter says that stratification goes about half of the way."""
    table = strata(1)
    before, after = table["value"][:2]
    expected = log(before / after) / log(before / 0.276)
    found = outcomes.share_explained(table)
    assert found.value == pytest.approx(expected)
    assert 0 < found.error < 0.5


def test_an_estimate_made_without_a_number_is_read_as_stored():
    store = {row["claim"]: row for row in rows("reconstruction/recovered") if row["scans"] != "withheld"}
    for claim in ("netter1.results.os_hr", "netter1.results.os_p"):
        kept = [float(store[claim][name]) for name in ("estimate", "low", "high")]
        assert list(outcomes.when_withheld(LEDGER, claim)) == kept
    assert np.isnan(outcomes.when_withheld(LEDGER, "netter1.results.deaths_lu")).all()
