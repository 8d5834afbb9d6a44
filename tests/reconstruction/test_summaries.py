"""Patients from printed summaries alone: trials are simulated, printed, reconstructed and printed again."""

import time as clock
from math import floor, inf, isnan, log, log10, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from short_chains import thorough

from netterbook.errors import Conflict, ParameterError
from netterbook.methods import patients
from netterbook.methods.convergence import convergence
from netterbook.printed import Printed
from netterbook.reconstruction import from_summaries
from netterbook.reconstruction.given import Given
from netterbook.reconstruction.tempering import CHAINS

DAYS_A_MONTH = 30.4
LANDMARK = 6.0
GROUPS = {
    "hr": ["hr", "hr_lo", "hr_hi"],
    "logrank_p": ["logrank_p"],
    **{
        f"{stem}{arm}": [f"{stem}{arm}{end}" for end in ("", "_lo", "_hi")] for stem in ("median", "lm") for arm in "01"
    },
}
HR_LIMITS = ["hr_lo", "hr_hi"]
SUBSETS = [name for names in GROUPS.values() for name in names if name not in HR_LIMITS]

# A small trial whose patients are found at once
AT_RISK = pd.DataFrame({"arm": [0] * 4 + [1] * 4, "time": [0, 6, 12, 18] * 2, "n_risk": [40, 20, 9, 3, 42, 30, 19, 10]})
ARMS = pd.DataFrame({"arm": [0, 1], "n": [40, 42], "events": [25, 16], "tmax": [22.0, 24.0]})

pytestmark = pytest.mark.usefixtures("short_chains")


def edited(table, column, row, value):
    table = table.astype({column: object})
    table.loc[row, column] = value
    return table


# Simulation, and printing as papers do


def simulate(rng, n, ratio, median=10.0, shape=1.2, end=24.0, administrative=False, days=False):
    """Weibull events; censoring uniform, or by the end of a trial that took its patients evenly for two thirds."""
    arm = np.repeat([0, 1], n)
    hazard = np.where(arm == 1, ratio, 1.0)
    event_time = median * (-np.log(rng.random(len(arm))) / log(2) / hazard) ** (1 / shape)
    censored = rng.uniform(end / 3 if administrative else 0.5, end, len(arm))
    time, event = np.minimum(event_time, censored), (event_time <= censored).astype(int)
    if days:
        time = np.maximum(1, np.round(time * DAYS_A_MONTH)) / DAYS_A_MONTH
    return time, event, arm


def tables(time, event, arm, step=6.0):
    """What papers print of the numbers: at risk until nobody is, patients, events and the end of the curve."""
    at_risk, arms = [], []
    for a in (0, 1):
        own = time[arm == a]
        grid = np.arange(0, own.max() + step, step)
        at_risk += [(a, t, np.sum(own >= t)) for t in grid]
        arms.append((a, len(own), event[arm == a].sum(), own.max()))
    columns = ["arm", "time", "n_risk"], ["arm", "n", "events", "tmax"]
    return pd.DataFrame(at_risk, columns=columns[0]), pd.DataFrame(arms, columns=columns[1])


def values(time, event, arm, landmark, transform="log-log"):
    """Every summary, by netterbook.methods.patients; those that do not exist are left out."""
    found = {}
    try:
        found |= dict(zip(GROUPS["hr"], patients.cox(time, event, arm), strict=False))
        found["logrank_p"] = patients.log_rank(time, event, arm).p
    except ValueError:
        pass
    for a in (0, 1):
        own = time[arm == a], event[arm == a]
        found |= dict(zip(GROUPS[f"median{a}"], patients.median_survival(*own), strict=True))
        if own[0].max() >= landmark:
            rate = patients.survival_rate(*own, landmark, transform=transform)
            found |= {name: x for name, x in zip(GROUPS[f"lm{a}"], rate, strict=True) if not isnan(x)}
    return found


def printed(name, value):
    if name.startswith("median"):
        return "NR" if isnan(value) else f"{value:.1f}"
    if name == "logrank_p":
        return "<0.001" if value < 0.001 else f"{value:.{max(2, 1 - floor(log10(value)))}f}"
    return f"{value:.{2 if name.startswith('hr') else 3}f}"


def first_at_half(time, event):
    """The median of software that takes the first time at one half, not the middle of the step: also admitted."""
    curve = patients.kaplan_meier(time, event)
    below = curve.survival <= 0.5 + 1e-9
    return curve.time[np.argmax(below)] if below.any() else nan


def prints_as(value, text):
    """Whether a value rounds to a string, ties either way."""
    if text == "NR":
        return isnan(value)
    if text[0] in "<>":
        return value < float(text[1:]) if text[0] == "<" else value > float(text[1:])
    return abs(value - float(text)) <= 0.5 * 10.0 ** -len(text.partition(".")[2]) + 1e-9


def check(found, at_risk, arms, given, landmark=LANDMARK, transform="log-log"):
    """That every draw has what was given: counts exactly, the rest as printed."""
    assert found.draws >= 1
    assert found.time.shape == found.event.shape == (found.draws, arms.n.sum())
    assert np.all(np.isfinite(found.time)) and np.all(found.time >= 0) and set(np.unique(found.event)) <= {0, 1}
    for time, event in zip(found.time, found.event, strict=True):
        for row in at_risk.itertuples():
            assert np.sum(time[found.arm == row.arm] >= row.time) == row.n_risk, row
        for row in arms.itertuples():
            own = found.arm == row.arm
            assert own.sum() == row.n
            if "events" in arms and not isnan(row.events):
                assert event[own].sum() == row.events
            if "tmax" in arms and not isnan(row.tmax):
                assert time[own].max() == row.tmax
        again = values(time, event, found.arm, landmark, transform)
        for name, text in given.items():
            if name != "landmark":
                own = found.arm == int(name[6]) if name.startswith("median") else found.arm >= 0
                other = first_at_half(time[own], event[own]) if name in ("median0", "median1") else again[name]
                assert prints_as(again[name], text) or prints_as(other, text), (name, text, again[name])


# Round trip


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.tuples(st.integers(40, 150), st.integers(40, 150)),
    ratio=st.floats(0.3, 1.3),
    administrative=st.booleans(),
    days=st.booleans(),
    step=st.sampled_from([3.0, 6.0]),
    names=st.one_of(st.just(frozenset(SUBSETS)), st.frozensets(st.sampled_from(SUBSETS))),
    known=st.tuples(st.booleans(), st.booleans()),
    ends=st.booleans(),
    draws=st.integers(3, 8),
)
def test_what_was_given_comes_back(seed, n, ratio, administrative, days, step, names, known, ends, draws):
    """With 15 patients an arm and all summaries to three decimals, few sets exist and the chain may miss them."""
    truth = simulate(np.random.default_rng(seed), n, ratio, administrative=administrative, days=days)
    assume(truth[1][truth[2] == 0].any() and truth[1][truth[2] == 1].any())
    at_risk, arms = tables(*truth, step)
    arms["events"] = arms.events.where(known).astype(float)
    if not ends:
        arms = arms.drop(columns="tmax")
    wanted = names | set(HR_LIMITS) if "hr" in names else names
    given = {
        name: printed(name, x)
        for name, x in values(*truth, LANDMARK).items()
        if name in wanted and (name != "hr_lo" or x >= 0.005)
    }
    found = from_summaries(at_risk, arms, given | {"landmark": LANDMARK}, draws=draws, seed=seed, jobs=1)
    check(found, at_risk, arms, given)
    assert found.draws == draws or found.notes


TRUTH = simulate(np.random.default_rng(5), (60, 70), 0.6, days=True)
ITS_TABLES = tables(*TRUTH)
ITS_SUMMARIES = {name: printed(name, x) for name, x in values(*TRUTH, LANDMARK).items()}


@pytest.mark.parametrize("unknown", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize("ends", [True, False])
def test_events_or_end_unknown(unknown, ends):
    at_risk, arms = ITS_TABLES
    arms = arms.astype({"events": float})
    arms.loc[list(unknown), "events"] = nan
    arms = arms if ends else arms.drop(columns="tmax")
    found = from_summaries(at_risk, arms, ITS_SUMMARIES | {"landmark": LANDMARK}, draws=3, jobs=1)
    check(found, at_risk, arms, ITS_SUMMARIES)
    assert [f"events{a}" in found.given for a in (0, 1)] == [a not in unknown for a in (0, 1)]
    assert [f"tmax{a}" in found.given for a in (0, 1)] == [ends, ends]


def test_events_column_may_be_missing():
    found = from_summaries(AT_RISK, ARMS[["arm", "n"]], draws=3, jobs=1)
    check(found, AT_RISK, ARMS[["arm", "n"]], {})
    assert found.given == ("at_risk",)


@pytest.mark.parametrize("transform", ["log-log", "plain", "log"])
def test_several_rates_and_transforms(transform):
    """As limits depend on the transform, a wrong one would be seen."""
    at_risk, arms = ITS_TABLES
    times = [3, 6, 10]
    given = {
        t: {name: printed(name, x) for name, x in values(*TRUTH, t, transform).items() if name[:2] == "lm"}
        for t in times
    }
    rates = pd.DataFrame(
        [(a, t, *(given[t][f"lm{a}{end}"] for end in ("", "_lo", "_hi"))) for a in (0, 1) for t in times],
        columns=["arm", "time", "survival", "low", "high"],
    )
    found = from_summaries(at_risk, arms, rates=rates, transform=transform, draws=3, jobs=1)
    for t in times:
        check(found, at_risk, arms, given[t], t, transform)
        assert found.is_given("survival0", t)
    assert not found.is_given("survival0", 5)


def test_a_rate_at_a_float_time_is_given():
    assert from_summaries(AT_RISK, ARMS, rates=RATES, draws=1, jobs=1).is_given("survival0", 6)


def test_median_limits_by_a_plain_interval():
    at_risk, arms = ITS_TABLES
    curve = patients.kaplan_meier(TRUTH[0][TRUTH[2] == 0], TRUTH[1][TRUTH[2] == 0])
    error = 1.959964 * np.sqrt(curve.greenwood)
    low = curve.time[np.argmax(curve.survival * (1 - error) <= 0.5)]
    high = curve.time[np.argmax(curve.survival * (1 + error) <= 0.5)]
    given = {"median0_lo": f"{low:.1f}", "median0_hi": f"{high:.1f}"}
    found = from_summaries(at_risk, arms, given, transform="plain", draws=4, jobs=1)
    for time, event in zip(found.time, found.event, strict=True):
        curve = patients.kaplan_meier(time[found.arm == 0], event[found.arm == 0])
        error = 1.959964 * np.sqrt(curve.greenwood)
        assert prints_as(curve.time[np.argmax(curve.survival * (1 - error) <= 0.5)], given["median0_lo"])
        assert prints_as(curve.time[np.argmax(curve.survival * (1 + error) <= 0.5)], given["median0_hi"])


SCHEDULE = np.arange(3.0, 25.0, 3.0)


def scanned(rng, n=(50, 50)):
    """Progressions dated at the scan that finds them, a few days late; censored at any time."""
    arm = np.repeat([0, 1], n)
    true, end = rng.exponential(np.where(arm == 1, 18, 9)), rng.uniform(4, 24, len(arm))
    seen = SCHEDULE[np.minimum(np.searchsorted(SCHEDULE, true), len(SCHEDULE) - 1)] + rng.gamma(2, 0.03, len(arm))
    return np.minimum(seen, end).round(2), (seen <= end).astype(int), arm


@pytest.mark.parametrize(("shift", "least", "most"), [(0.0, 0.6, 1.0), (1.5, 0.0, 0.25)])
@thorough
def test_the_share_dated_at_scans_is_estimated(shift, least, most):
    """High under the right schedule, near nothing under a wrong one, which lies between the right one's scans.

    Numbers at risk every 0.75 months, columns before and after each scan, show when patients are lost.
    """
    at_risk, arms = tables(*scanned(np.random.default_rng(8)), step=0.75)
    found = from_summaries(at_risk, arms, scans=SCHEDULE[:-1] + shift, draws=40, jobs=1)
    check(found, at_risk, arms, {})
    share = found.visits[:, 0, 0]
    assert least < np.median(share) < most, np.quantile(share, [0.1, 0.5, 0.9])


def test_scans_close_together_in_a_long_follow_up_have_room_between_them():
    """Every six weeks for twenty years: the lattice is fine enough to date losses at them."""
    at_risk = pd.DataFrame({"arm": [0] * 3 + [1] * 3, "time": [0, 5, 10] * 2, "n_risk": [20, 12, 6, 20, 14, 8]})
    arms = pd.DataFrame({"arm": [0, 1], "n": [20, 20], "events": [12, 10], "tmax": [20, 20]})
    scans = np.arange(1, 174) * 6 / 52
    found = from_summaries(at_risk, arms, scans=scans, draws=2)
    assert found.visits.shape == (2, 2, 2) and found.event.sum() == 2 * 22


def test_a_step_puts_every_time_on_its_lattice_and_covers():
    """Of eight withheld hazard ratios 95% intervals cover six or more, but in 1 case of 150."""
    covered = 0
    for seed in range(8):
        time, event, arm = simulate(np.random.default_rng([4, seed]), (30, 30), 0.6)
        truth = np.maximum(2.0, 2.0 * np.round(time / 2)), event, arm
        at_risk, arms = tables(*truth)
        given = {f"median{a}": printed("median", patients.median_survival(*(x[arm == a] for x in truth[:2])).value)
                 for a in (0, 1)}  # fmt: skip
        found = from_summaries(at_risk, arms, given, time_step=2.0, draws=40, jobs=1, seed=seed)
        check(found, at_risk, arms, given)
        assert np.all(found.time % 2 == 0)
        wide = found.estimate("hr")
        covered += wide.low <= patients.cox(*truth).hr <= wide.high
    assert covered >= 6


def test_withheld_is_as_if_not_given():
    given = {"median0": "6.4", "hr": "0.45", "logrank_p": "0.02"}
    kept = from_summaries(AT_RISK, ARMS, {"median0": "6.4"}, draws=3, jobs=1)
    withheld = from_summaries(AT_RISK, ARMS, given, withhold=["hr", "logrank_p"], draws=3, jobs=1)
    assert np.array_equal(kept.time, withheld.time) and np.array_equal(kept.event, withheld.event)
    assert kept.given == withheld.given and not withheld.is_given("hr") and withheld.is_given("median0")
    one = from_summaries(AT_RISK, ARMS, given, withhold="hr", draws=3, jobs=1)
    assert not one.is_given("hr") and one.is_given("logrank_p")


@pytest.mark.parametrize(
    "kind",
    [pd.Series, lambda given: pd.DataFrame([given]), lambda given: given | {"hr": None, "lm0": nan, "hr_lo": ""}],
)
def test_summaries_in_any_form(kind):
    given = {"median0": "6.4", "median1": "NR", "logrank_p": "0.02"}
    from_dict = from_summaries(AT_RISK, ARMS, given, draws=3, jobs=1)
    check(from_dict, AT_RISK, ARMS, given)
    other = from_summaries(AT_RISK, ARMS, kind(given), draws=3, jobs=1)
    assert np.array_equal(from_dict.time, other.time) and from_dict.given == other.given


def test_more_decimals_are_narrower():
    """0.4 stands for 0.35 to 0.45, 0.40 for 0.395 to 0.405, 0.400 for less; a float drops its zeros."""
    spread = {}
    for hr in ("0.4", "0.40", "0.400", 0.4):
        found = from_summaries(AT_RISK, ARMS, {"hr": hr}, draws=16, jobs=1)
        half = 0.05 if isinstance(hr, float) else 0.5 * 10.0 ** -len(hr[2:])
        assert np.all(np.abs(found.values("hr") - 0.4) <= half + 1e-9)
        spread[hr] = np.ptp(found.values("hr"))
    assert spread["0.400"] < spread["0.40"] < spread["0.4"] == spread[0.4]
    assert spread["0.4"] > 0.01


@pytest.mark.parametrize("p", ["<0.05", "<0.001", ">0.05", "≤0.01"])
def test_p_as_a_bound(p):
    found = from_summaries(AT_RISK, ARMS, {"logrank_p": p}, draws=4, jobs=1)
    assert all(prints_as(x, p.replace("≤", "<")) for x in found.values("logrank_p"))


# Input that cannot be read

RATES = pd.DataFrame({"arm": [0], "time": [6.0], "survival": ["0.55"]})
ONE_ARM = AT_RISK[AT_RISK.arm == 0], ARMS[ARMS.arm == 0]
NAMED = AT_RISK.assign(arm=AT_RISK.arm.map({0: "A", 1: "B"})), ARMS.assign(arm=["A", "B"])

MALFORMED = {
    "times not increasing": ((edited(AT_RISK, "time", 2, 5), ARMS), {}, ["arm 0", "5", "6", "order"]),
    "a time twice": ((edited(AT_RISK, "time", 2, 6), ARMS), {}, ["arm 0", "6", "order"]),
    "negative time": ((edited(AT_RISK, "time", 0, -1), ARMS), {}, ["arm 0", "-1"]),
    "numbers at risk rise": ((edited(AT_RISK, "n_risk", 2, 25), ARMS), {}, ["arm 0", "20", "25"]),
    "at risk is no whole number": ((edited(AT_RISK, "n_risk", 2, 9.5), ARMS), {}, ["arm 0", "12", "9.5", "whole"]),
    "at risk is nan": ((edited(AT_RISK, "n_risk", 6, nan), ARMS), {}, ["arm 1", "n_risk", "nan", "row 6"]),
    "time is nan": ((edited(AT_RISK, "time", 6, nan), ARMS), {}, ["arm 1", "time", "nan", "row 6"]),
    "n differs": ((AT_RISK, edited(ARMS, "n", 0, 41)), {}, ["arm 0", "40", "41"]),
    "n is nan": ((AT_RISK, edited(ARMS, "n", 0, nan)), {}, ["arm 0", "n is nan"]),
    "empty arm": ((AT_RISK, edited(ARMS, "n", 0, 0)), {}, ["arm 0", "no patients"]),
    "events above n": ((AT_RISK, edited(ARMS, "events", 0, 41)), {}, ["arm 0", "41", "40"]),
    "negative events": ((AT_RISK, edited(ARMS, "events", 0, -1)), {}, ["arm 0", "events", "-1"]),
    "at risk after tmax": ((AT_RISK, edited(ARMS, "tmax", 0, 15)), {}, ["arm 0", "18", "15"]),
    "negative tmax": ((AT_RISK, edited(ARMS, "tmax", 0, -2)), {}, ["arm 0", "tmax", "-2"]),
    "no end": ((AT_RISK[AT_RISK.time == 0], ARMS[["arm", "n"]]), {}, ["arm 0", "tmax"]),
    "one arm": (ONE_ARM, {}, ["0", "1"]),
    "no numbers of an arm": ((ONE_ARM[0], ARMS), {}, ["arm 1", "at_risk"]),
    "numbers of an unknown arm": ((AT_RISK, ARMS[ARMS.arm == 0]), {}, ["arm 1", "at_risk"]),
    "arm labels": (NAMED, {}, ["A, B", "0", "1"]),
    "arm twice": ((AT_RISK, pd.concat([ARMS, ARMS])), {}, ["arm 0 twice"]),
    "column missing": ((AT_RISK.drop(columns="n_risk"), ARMS), {}, ["at_risk", "n_risk"]),
    "n missing": ((AT_RISK, ARMS.drop(columns="n")), {}, ["arms", "n"]),
    "unknown summary": (None, {"summaries": {"hazard": "0.6"}}, ["'hazard'", "hr"]),
    "lower above upper": (None, {"summaries": {"hr_lo": "0.9", "hr_hi": "0.3"}}, ["hr_lo", "0.9", "hr_hi", "0.3"]),
    "lower above estimate": (None, {"summaries": {"median0_lo": "9", "median0": "6"}}, ["median0_lo", "9", "6"]),
    "upper below estimate": (
        None,
        {"summaries": {"lm0_hi": "0.5", "lm0": "0.6", "landmark": 6}},
        ["lm0_hi", "0.5", "lm0", "0.6"],
    ),
    "percent": (None, {"summaries": {"lm0": 55, "landmark": 6}}, ["lm0", "55", "fraction", "0.55"]),
    "per cent sign": (None, {"summaries": {"lm0": "55%", "landmark": 6}}, ["lm0", "55%", "fraction", "0.55"]),
    "no landmark": (None, {"summaries": {"lm0": "0.55"}}, ["lm0", "landmark"]),
    "landmark is nan": (None, {"summaries": {"lm0": "0.55", "landmark": nan}}, ["lm0", "landmark"]),
    "landmark is text": (None, {"summaries": {"lm0": "0.55", "landmark": "half a year"}}, ["landmark", "half a year"]),
    "landmark after the end": (None, {"summaries": {"lm0": "0.55", "landmark": 99}}, ["lm0", "99", "22"]),
    "p above 1": (None, {"summaries": {"logrank_p": "1.5"}}, ["logrank_p", "1.5"]),
    "p below 0": (None, {"summaries": {"logrank_p": "-0.1"}}, ["logrank_p", "-0.1"]),
    "p not reached": (None, {"summaries": {"logrank_p": "NR"}}, ["logrank_p", "NR"]),
    "hr zero": (None, {"summaries": {"hr": 0}}, ["hr is 0", "above 0"]),
    "hr negative": (None, {"summaries": {"hr": "-0.4"}}, ["hr is -0.4", "above 0"]),
    "hr infinite": (None, {"summaries": {"hr": inf}}, ["hr is inf"]),
    "hr not reached": (None, {"summaries": {"hr": "NR"}}, ["hr is NR"]),
    "hr is text": (None, {"summaries": {"hr": "n.s."}}, ["hr is 'n.s.'"]),
    "two comparisons": (None, {"summaries": pd.DataFrame({"hr": ["0.5", "0.6"]})}, ["2 rows"]),
    "draws 0": (None, {"draws": 0}, ["draws is 0"]),
    "unknown transform": (None, {"transform": "arcsine"}, ["'arcsine'", "log-log"]),
    "withheld, not given": (None, {"summaries": {"hr": "0.5"}, "withhold": ["median0"]}, ["'median0'"]),
    "scans out of order": (None, {"scans": [6, 3]}, ["scans", "6", "3"]),
    "scans nan": (None, {"scans": [3, nan]}, ["scans", "nan"]),
    "scan at 0": (None, {"scans": [0, 3]}, ["scans", "0"]),
    "scans negative": (None, {"scans": [-3, 3]}, ["scans", "-3"]),
    "rate in percent": (None, {"rates": RATES.assign(survival=55)}, ["rate0", "55", "fraction", "0.55"]),
    "rate's limits": (None, {"rates": RATES.assign(low="0.6", high="0.7")}, ["rate0_lo", "0.6", "0.55"]),
    "rate after the end": (None, {"rates": RATES.assign(time=30.0)}, ["rate0", "30", "22"]),
    "rate without a time": (None, {"rates": RATES.assign(time=nan)}, ["rate0", "nan"]),
    "rate of a third arm": (None, {"rates": RATES.assign(arm=2)}, ["arm", "2"]),
    "rate of arm -1": (None, {"rates": RATES.assign(arm=-1)}, ["arm", "-1"]),
    "rate of a named arm": (None, {"rates": RATES.assign(arm="A")}, ["rates", "A"]),
    "rate of a blank arm": (None, {"rates": RATES.assign(arm=nan)}, ["rates", "arm"]),
    "landmark not reached": (None, {"summaries": {"lm0": "0.55", "landmark": "NR"}}, ["landmark", "NR"]),
}


MALFORMED |= {
    "rates without arm": (None, {"rates": RATES.drop(columns="arm")}, ["rates", "arm", "time"]),
    "rates without time": (None, {"rates": RATES.drop(columns="time")}, ["rates", "arm", "time"]),
    "rates without survival": (None, {"rates": RATES.drop(columns="survival")}, ["survival"]),
    "rate's time is text": (None, {"rates": RATES.assign(time="x")}, ["rates.time", "x"]),
    "a list for a number": (None, {"summaries": {"hr": [0.5]}}, ["hr", "[0.5]"]),
    "half a draw": (None, {"draws": 2.5}, ["draws", "2.5"]),
    "negative seed": (None, {"seed": -1}, ["seed", "-1"]),
    "one scan, not in a list": (None, {"scans": 3}, ["scans", "3"]),
    "scans are text": (None, {"scans": "abc"}, ["scans", "abc"]),
    "scans after the end": (None, {"scans": [1000, 1001]}, ["scans", "1000"]),
    "rate after the end of its own arm": (None, {"rates": RATES.assign(time=23.0, survival="0.30")}, ["rate0", "22"]),
    "lower limit of the median NR, median not": (
        None,
        {"summaries": {"median0": "6.4", "median0_lo": "NR"}},
        ["median0_lo", "NR", "6.4"],
    ),
    "median NR, upper limit not": (
        None,
        {"summaries": {"median0": "NR", "median0_hi": "20"}},
        ["median0_hi", "NR", "20"],
    ),
}


@pytest.mark.parametrize(("tables", "options", "said"), MALFORMED.values(), ids=MALFORMED)
def test_malformed(tables, options, said):
    start = clock.perf_counter()
    with pytest.raises(ValueError) as caught:
        from_summaries(*(tables or (AT_RISK, ARMS)), **options)
    assert not isinstance(caught.value, Conflict)
    for word in said:
        assert word in str(caught.value)
    assert clock.perf_counter() - start < 1


def test_values_of_a_median_on_one_half_print_as_given():
    """All ten have the event, so that the curve lies on one half from the fifth to the sixth event."""
    at_risk = pd.DataFrame({"arm": [0, 0, 1, 1], "time": [0, 24] * 2, "n_risk": [10, 0] * 2})
    arms = pd.DataFrame({"arm": [0, 1], "n": [10, 10], "events": [10, 10]})
    found = from_summaries(at_risk, arms, {"median0": "8.4"}, draws=8, jobs=1)
    assert set(found.values("median0").round(1)) == {8.4}


def test_median_in_the_middle_of_a_step():
    """Events at 1 to 5 and 9 to 13: the median is 7, as R has it, and nobody has an event from 5.5 to 8.5."""
    truth = np.array([1.0, 2, 3, 4, 5, 9, 10, 11, 12, 13])
    assert patients.median_survival(truth, np.ones(10)).value == 7
    n_risk = [*patients.numbers_at_risk(truth, [0, 5.5, 8.5, 24]), 10, 0]
    at_risk = pd.DataFrame({"arm": [0] * 4 + [1] * 2, "time": [0, 5.5, 8.5, 24, 0, 24], "n_risk": n_risk})
    arms = pd.DataFrame({"arm": [0, 1], "n": [10, 10], "events": [10, 10]})
    check(from_summaries(at_risk, arms, {"median0": "7.0"}, draws=4, jobs=1), at_risk, arms, {"median0": "7.0"})


@pytest.mark.parametrize("limit", [{"hr_hi": "0.70"}, {"hr_hi": "0.58"}, {"hr_lo": "0.15"}])
def test_one_limit_of_the_hazard_ratio(limit):
    """Such patients exist: given with the hazard ratio, 0.37, 0.30 and 0.30, they are found."""
    found = from_summaries(AT_RISK, ARMS, limit, draws=4, jobs=1)
    check(found, AT_RISK, ARMS, limit)


def test_rate_late_in_an_arm_whose_end_is_unknown():
    """Three are at risk at 18, none at 24: one of them may well be followed past 23."""
    more = pd.DataFrame({"arm": [0, 1], "time": [24, 24], "n_risk": [0, 0]})
    at_risk = pd.concat([AT_RISK, more]).sort_values(["arm", "time"], ignore_index=True)
    given = {"lm0": "0.20", "landmark": 23}
    found = from_summaries(at_risk, ARMS.drop(columns="tmax"), given, draws=4, jobs=1)
    check(found, at_risk, ARMS.drop(columns="tmax"), given, landmark=23)


def test_median_after_the_last_number_at_risk():
    """Ten are at risk at 18 and nothing is known of the end: a median of 26 contradicts no number."""
    given = {"median1": "26"}
    found = from_summaries(AT_RISK, ARMS.drop(columns="tmax"), given, draws=4, jobs=1)
    check(found, AT_RISK, ARMS.drop(columns="tmax"), given)


# The end of the curve

NOBODY_LEFT = pd.concat(
    [AT_RISK, pd.DataFrame({"arm": [0, 1], "time": [24, 24], "n_risk": [0, 0]})], ignore_index=True
).sort_values(["arm", "time"], ignore_index=True)


@pytest.mark.parametrize("column", [24.0, 18.01])
def test_a_curve_ends_just_before_a_time_when_nobody_is_at_risk(column):
    """Also where the column before is nearer than what just before means elsewhere."""
    at_risk = NOBODY_LEFT.assign(time=NOBODY_LEFT.time.astype(float).replace(24.0, column))
    arms = ARMS.assign(tmax=[column, nan])
    found = from_summaries(at_risk, arms, {"median0": "6.4"}, draws=4, jobs=1)
    check(found, at_risk, arms.drop(columns="tmax"), {"median0": "6.4"})
    last = found.time[:, found.arm == 0].max(axis=1)
    assert np.all((last < column) & (last >= max(18, 0.999 * column)))
    assert "tmax0" in found.given
    assert f"Nobody is at risk in arm 0 at its tmax {column:g}" in found.notes[0] and f"{last[0]:g}" in found.notes[0]


def test_those_at_risk_at_the_end_of_the_curve_leave_then():
    arms = ARMS.assign(tmax=[18.0, 18.0])
    found = from_summaries(AT_RISK, arms, draws=4, jobs=1)
    check(found, AT_RISK, arms, {})
    assert found.notes == ()


def test_a_curve_that_goes_on_after_nobody_is_at_risk_is_refused():
    """Before any patients are made."""
    with pytest.raises(Conflict, match=r"arm 0: 0 at risk at time 24, .* tmax 30, 6 later.*correct one") as caught:
        from_summaries(NOBODY_LEFT, ARMS.assign(tmax=[30.0, nan]))
    assert caught.value.nearest is None


@pytest.mark.parametrize("number_at_risk", [True, False])
def test_a_rate_just_before_another_time_moves_nobody_past_it(number_at_risk):
    """Losses just after a rate's time count as at that time: but those at the end, or at risk at a column, are not."""
    at = 21.99 if not number_at_risk else 11.99
    rates = pd.DataFrame({"arm": [0], "time": [at], "survival": ["0.3" if number_at_risk else "0.0"]})
    at_risk = AT_RISK
    if number_at_risk:  # three are lost within the instant after the column
        more = pd.DataFrame({"arm": [0], "time": [12.003], "n_risk": [6]})
        at_risk = pd.concat([AT_RISK, more]).sort_values(["arm", "time"], ignore_index=True)
    found = from_summaries(at_risk, ARMS, rates=rates, draws=16, jobs=1)
    check(found, at_risk, ARMS, {})


# What once was refused, or not found


def small(time, event, n0):
    """Tables and all summaries of a small trial, reference arm first."""
    arm = np.repeat([0, 1], [n0, len(time) - n0])
    truth = np.asarray(time, float), np.asarray(event), arm
    given = {name: printed(name, x) for name, x in values(*truth, LANDMARK).items()}
    return *tables(*truth), given


@pytest.mark.parametrize("seed", [0, 1])
def test_a_limit_is_not_reached_though_the_last_patient_has_the_event(seed):
    """The last of 30 dies while survival is above one half: R has the median there, and no upper limit."""
    rng = np.random.default_rng([77, seed])
    time, event = np.sort(rng.uniform(1, 20, 30).round(1)), np.zeros(30, int)
    event[:10] = rng.permutation([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    time[-1], event[-1] = 20.4, 1
    curve, median = patients.kaplan_meier(time, event), patients.median_survival(time, event)
    assert curve.survival[-2] > 0.5 and curve.survival[-1] == 0 and median.value == 20.4 and isnan(median.high)
    other = rng.uniform(1, 20, 30).round(1), (rng.random(30) < 0.3).astype(int)
    at_risk, arms, given = small(np.append(time, other[0]), np.append(event, other[1]), 30)
    assert given["median0_hi"] == "NR" and given["median0"] == "20.4"
    found = from_summaries(at_risk, arms, given | {"landmark": LANDMARK}, draws=10, jobs=1)
    check(found, at_risk, arms, given)
    assert found.draws == 10


@pytest.mark.parametrize(("n", "told"), [(12, True), (21, True), (21, False)])
def test_whole_weeks_of_a_small_arm_give_every_draw(n, told):
    """Medians, limits, rates, hazard ratio and P value of arms recorded in whole weeks; also where it is not said."""
    rng = np.random.default_rng([42, n])
    arm = np.repeat([0, 1], n)
    true, end = rng.exponential(np.where(arm == 1, 20, 10)), rng.uniform(5, 40, 2 * n)
    at_risk, arms, given = small(np.maximum(1, np.ceil(np.minimum(true, end))), (true <= end).astype(int), n)
    found = from_summaries(
        at_risk, arms, given | {"landmark": LANDMARK}, time_step=1.0 if told else None, draws=40, jobs=1
    )
    check(found, at_risk, arms, given)
    assert found.draws == 40
    assert told == np.all(found.time % 1 == 0)


def test_a_step_is_suggested_where_all_printed_times_are_multiples():
    """Whole numbers though decimals are printed; not where they may be so by chance, nor where the step is given."""
    given = {"median0": "6.0", "median0_lo": "4.0"}
    assert (
        "multiples of 1, by chance in 1% of trials: if the record is in such steps, give time_step 1."
        in (from_summaries(AT_RISK, ARMS, given, draws=1).notes[-1])
    )
    assert not from_summaries(AT_RISK, ARMS, given, time_step=1, draws=1).notes
    for other in ({"median0": "6", "median0_lo": "4"}, {"median0": "6.0"}, {"median0": "6.4", "median0_lo": "4.0"}):
        assert not from_summaries(AT_RISK, ARMS, other, draws=1).notes


# Contradictions

CONTRADICTIONS = {
    "rate below the share at risk": ({"lm0": "0.20", "landmark": 6}, None, "lm0 .*0.20.* 9 of 40 .*0.225"),
    "median after the end": ({"median0": "25"}, None, "median0 is 25.*22"),
    "median before enough were lost": (
        {"median1": "5.0"},
        None,
        "median1 .*5.0 is given.*without any one of: median1;",
    ),
    "median with too few events": ({"median0": "6.4"}, 5, "events0 .* where 5 is given.*without any one of: median0;"),
    "hazard ratio opposite to the rest": (
        {"hr": "3.00", "median0": "6.4", "median1": "NR"},
        None,
        "hr .*3.00 is given, .* away.*without any one of: hr;",
    ),
    "limits too near for the events": (
        {"hr": "0.45", "hr_lo": "0.42", "hr_hi": "0.48"},
        None,
        "hr_lo .*0.42 is given, .* away.*without any one of: hr",
    ),
    "p opposite to the numbers at risk": ({"logrank_p": "0.99"}, None, "logrank_p .*0.99 is given, .* away"),
}


@pytest.mark.parametrize(("summaries", "events", "said"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradiction_names_the_culprit(summaries, events, said):
    arms = ARMS if events is None else edited(ARMS, "events", 0, events)
    with pytest.raises(Conflict, match=said):
        from_summaries(AT_RISK, arms, summaries, draws=2, jobs=2)


@pytest.mark.timeout(600)
def test_chains_that_only_seem_to_meet_a_ratio_end_in_a_conflict():
    """Patients of hazard ratio 0.5 pass for the printed one, far from it, and none of them passes the exact test."""
    at_risk = pd.DataFrame({"arm": [0] * 3 + [1] * 3, "time": [0, 4, 8] * 2, "n_risk": [12, 7, 2, 12, 9, 5]})
    arms = pd.DataFrame({"arm": [0, 1], "n": [12, 12], "events": [8, 5], "tmax": [11.0, nan]})
    printed = {"hr": "≥5", "hr_lo": "0.16", "median0": "6.3", "median1": "NR", "logrank_p": "<0.5"}
    with pytest.raises(Conflict, match="without any one of: hr with its limits"):
        from_summaries(at_risk, arms, printed, draws=1)


def test_a_conflict_holds_the_nearest_patients():
    """They miss only what the message says, and have the numbers at risk, events and ends."""
    with pytest.raises(Conflict, match=r"hr .*3\.00 is given") as caught:
        from_summaries(AT_RISK, ARMS, {"hr": "3.00", "median0": "6.4", "median1": "NR"}, draws=2)
    nearest = caught.value.nearest
    assert nearest.draws == 1 and nearest.missed == str(caught.value)
    check(nearest, AT_RISK, ARMS, {name: text for name, text in (("median0", "6.4"),) if name not in nearest.missed})


def test_conflict_is_a_value_error():
    assert issubclass(Conflict, ValueError)


# Seeds and jobs

GIVEN = {"median0": "6.4", "median1": "NR", "lm0": "0.60", "lm1": "0.80", "landmark": 6}


def test_draws_depend_on_seed_and_not_on_jobs():
    def run(jobs, seed):
        found = from_summaries(AT_RISK, ARMS, GIVEN, draws=9, jobs=jobs, seed=seed)
        return found.time, found.event, found.tried

    one, two, again, many, other = run(1, 3), run(2, 3), run(1, 3), run(100_000, 3), run(1, 4)
    for same in (two, again, many):
        assert np.array_equal(one[0], same[0]) and np.array_equal(one[1], same[1]) and one[2] == same[2]
    assert not np.array_equal(one[0], other[0])


def test_progress_counts_draws_and_changes_nothing():
    seen = []
    watched = from_summaries(AT_RISK, ARMS, GIVEN, draws=40, progress=seen.append)
    alone = from_summaries(AT_RISK, ARMS, GIVEN, draws=40)
    assert np.array_equal(watched.time, alone.time) and np.array_equal(watched.event, alone.event)
    assert seen == sorted(seen) and seen[-1] == 40


@pytest.mark.parametrize("budget", [0, 0.5, -1, float("nan")])
def test_a_budget_below_one_is_refused_by_its_value(budget):
    with pytest.raises(ParameterError, match=f"budget is {budget}"):
        from_summaries(AT_RISK, ARMS, GIVEN, draws=4, budget=budget)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_a_prior_scale_that_is_no_factor_is_refused_by_its_value(scale):
    with pytest.raises(ParameterError, match=f"prior_scale is {scale}"):
        from_summaries(AT_RISK, ARMS, GIVEN, draws=4, prior_scale=scale)


def test_a_narrow_prior_leaves_what_is_not_printed_less_uncertain_than_a_wide_one():
    """A rate between two numbers at risk far apart, where events are not known; its standard deviation is .08 or .3."""
    arms = ARMS.drop(columns="events")
    narrow, wide = (from_summaries(AT_RISK, arms, draws=240, budget=1, prior_scale=scale) for scale in (0.1, 5))
    assert np.std(narrow.values("survival1", 15)) < 0.5 * np.std(wide.values("survival1", 15))


@pytest.mark.parametrize(("draws", "budget"), [(1, 5), (6, 5), (100, 2)])
def test_progress_ends_with_the_draws_asked_for_and_never_exceeds_them(draws, budget):
    """Whether they were there already when the chains were set, or more are made for convergence."""
    seen = []
    found = from_summaries(AT_RISK, ARMS, GIVEN, draws=draws, budget=budget, progress=seen.append)
    assert found.draws == seen[-1] == max(seen) == draws and min(seen) >= 0


def test_the_first_draws_do_not_depend_on_how_many_are_asked_for():
    few, many = (from_summaries(AT_RISK, ARMS, GIVEN, draws=draws, jobs=1) for draws in (7, 30))
    assert np.array_equal(few.time, many.time[:7]) and np.array_equal(few.event, many.event[:7])


@pytest.fixture(scope="module")
@thorough
def two_seeds():
    return [from_summaries(AT_RISK, ARMS, GIVEN, draws=120, seed=seed, budget=2) for seed in (1, 2)]


def test_the_table_of_convergence(two_seeds):
    """It has every quantity at a time where patients are followed, and agrees with the draws it tells of."""
    table = two_seeds[0].convergence
    assert set(table.quantity) >= {"hr", "logrank_z", "median0", "survival0", "survival1", "rmst0", "rmst1"}
    assert set(table.time.dropna()) == {6, 18}
    assert table.draws.min() >= 120 and table.r_hat.between(0.98, 1.1).all()
    assert (table[["bulk", "tail"]].min(axis=1) > 20).all()
    converged = (table.r_hat <= 1.01) & (table[["bulk", "tail"]].min(axis=1) >= 0.8 * 120)
    assert (table.converged == converged).all()


def test_the_error_is_that_of_the_draws_kept(two_seeds):
    """Not of the many more states that the chains passed through."""
    for found in two_seeds:
        for row in found.convergence.itertuples():
            kept = convergence(found.values(row.quantity, None if np.isnan(row.time) else row.time), CHAINS)
            assert row.error == pytest.approx(kept.error, nan_ok=True)


def test_convergence_for_readers(two_seeds):
    found = two_seeds[0]
    table, own = found.convergence_table(["control", "lu"]), found.convergence
    assert list(table) == ["quantity", "time", "arm", "r_hat", "bulk", "tail", "error", "draws", "converged"]
    assert table.iloc[:, 3:].equals(own[list(table)[3:]]) and table.time.equals(own.time)
    for quantity, words, arm in zip(own.quantity, table.quantity, table.arm, strict=True):
        assert arm == {"0": "control", "1": "lu"}.get(quantity[-1], "")
        assert words.split()[0] in {"hr": "hazard", "logrank_z": "log-rank", "rmst": "restricted"}.get(
            quantity.rstrip("01"), quantity.rstrip("01")
        )
    assert found.chains.r_hat == max(own.r_hat) and found.chains.effective == min(*own["bulk"], *own["tail"])
    assert found.chains.draws >= 120 and found.chains.converged == all(own.converged)
    few = from_summaries(AT_RISK, ARMS, GIVEN, draws=2)
    assert few.chains is None and few.convergence_table(["control", "lu"]).empty


def test_a_budget_that_does_not_suffice_is_said_first():
    """Of one hundred draws the tails are never worth eighty independent ones by chance of all quantities at once."""
    found = from_summaries(AT_RISK, ARMS, GIVEN | {"hr": "0.45"}, draws=100, seed=1, budget=1)
    assert not found.convergence.converged.all()
    assert found.notes[0].startswith("The chains have not converged in 100 draws: R-hat of ")
    assert found.draws == 100


def test_an_error_in_progress_stops_the_chains():
    """As does an interruption from the keyboard, at once."""

    def stop(done):
        raise KeyboardInterrupt

    start = clock.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        from_summaries(AT_RISK, ARMS, GIVEN, draws=10_000, progress=stop)
    assert clock.perf_counter() - start < 10


def test_estimates_of_two_seeds_agree(two_seeds):
    """To four Monte Carlo standard errors of the medians, as the table of convergence has them."""
    errors = [found.convergence.set_index(["quantity"]).error for found in two_seeds]
    for quantity, time in (("hr", None), ("logrank_z", None), ("rmst0", 18), ("rmst1", 18)):
        first, second = (np.median(found.values(quantity, time)) for found in two_seeds)
        error = np.hypot(errors[0][quantity], errors[1][quantity])
        assert abs(first - second) < 4 * error, (quantity, first, second, error)
        assert error < np.std(two_seeds[0].values(quantity, time)), "the two say nothing of each other"


# Coverage


def test_intervals_cover_the_truth():
    """A smoke test. Of 40 honest 95% intervals, 34 or more cover but in 1 case of 290; of 50% intervals, 12 to 28 but
    in 1 of 150. Seeds are fixed, so it does not fail by chance again and again. Intervals of half the length, or that
    lie beside the truth, would be seen; a few per cent would not.
    """
    trials, inside, half = 40, 0, 0
    for seed in range(trials):
        rng = np.random.default_rng([2026, seed])
        truth = simulate(rng, (50, 52), np.exp(rng.normal(-0.5, 0.3)), shape=rng.uniform(0.8, 1.5))
        at_risk, arms = tables(*truth)
        given = {name: printed(name, x) for name, x in values(*truth, LANDMARK).items()}
        given = {name: text for name, text in given.items() if name in ("median0", "median1", *GROUPS["hr"])}
        withhold = [name for name in GROUPS["hr"] if name in given]
        found = from_summaries(at_risk, arms, given, withhold=withhold, draws=40, seed=seed)
        assert not found.estimate("hr").given
        hr = patients.cox(*truth).hr
        wide, narrow = found.estimate("hr"), found.estimate("hr", level=0.5)
        inside += wide.low <= hr <= wide.high
        half += narrow.low <= hr <= narrow.high
    assert inside >= 34
    assert 12 <= half <= 28


# Given numbers, beside patients


@pytest.mark.parametrize(
    ("event", "side", "text", "met"),
    [
        ([1, 1, 1, 1], 0, "2.5", True),
        ([1, 1, 1, 1], 0, "NR", False),
        ([1, 1, 1, 1], 0, "not reached", False),
        ([1, 1, 1, 1], -1, "NR", False),
        ([1, 1, 1, 1], -1, "1", True),
        ([1, 1, 1, 1], 1, "NR", True),
        ([1, 0, 0, 0], 0, "NR", True),
        ([1, 0, 0, 0], 0, "2.5", False),
        ([1, 0, 0, 0], -1, "NE", False),
        ([1, 0, 0, 0], 1, "NE", True),
    ],
)
def test_a_median_is_met_where_it_prints_alike_also_not_reached(event, side, text, met):
    """Of four patients who leave at 1 to 4; the limits by R: survfit(Surv(1:4, event) ~ 1, conf.type = "log-log")."""
    patients_ = np.arange(1.0, 5), np.array(event), np.zeros(4, int)
    assert Given("median0", "median", Printed(text), 0, side).met(*patients_) is met


# What comes back


@pytest.fixture(scope="module")
def found():
    return from_summaries(AT_RISK, ARMS, {"median1": "NR", "lm0": "0.60", "landmark": 6}, draws=12)


def test_shapes_and_patients(found):
    assert found.draws == 12
    assert found.time.shape == found.event.shape == (12, 82) and found.arm.shape == (82,)
    frame = found.patients
    assert list(frame.columns) == ["draw", "arm", "time", "event"] and len(frame) == 12 * 82
    assert set(frame.draw) == set(range(1, 13)) and set(frame.event) == {0, 1}
    third = frame[frame.draw == 3]
    assert np.array_equal(third.time, found.time[2]) and np.array_equal(third.event, found.event[2])
    assert third.groupby("arm").event.sum().to_dict() == {0: 25, 1: 16}
    assert found.tried >= found.draws


def test_not_reached_is_infinite(found):
    assert np.all(np.isinf(found.values("median1")))
    estimate = found.estimate("median1")
    assert estimate.value == estimate.low == estimate.high == inf and estimate.given
    assert np.all(np.isfinite(found.values("median0")))


def test_values_are_those_of_patients(found):
    for i in range(3):
        time, event, own = found.time[i], found.event[i], found.arm == 0
        cox, log_rank = patients.cox(time, event, found.arm), patients.log_rank(time, event, found.arm)
        got = [found.values(name)[i] for name in ("hr", "hr_lo", "hr_hi", "loghr_se", "logrank_z", "logrank_p")]
        assert got == pytest.approx([*cox, *log_rank])
        median = patients.median_survival(time[own], event[own])
        got = [found.values(name)[i] for name in ("median0", "median0_lo", "median0_hi")]
        assert got == pytest.approx([inf if isnan(x) else x for x in median])
        rate, mean = patients.survival_rate(time[own], event[own], 12), patients.rmst(time[own], event[own], 12)
        assert found.values("survival0", 12)[i] == rate.value and found.values("rmst0", 12)[i] == mean.value
    assert found.values("rmst_difference", 12) == pytest.approx(found.values("rmst1", 12) - found.values("rmst0", 12))


def test_estimate_is_a_quantile_of_the_draws(found):
    hrs = np.sort(found.values("hr"))
    wide, narrow = found.estimate("hr"), found.estimate("hr", level=0.5)
    assert hrs[0] <= wide.low <= narrow.low <= narrow.value == wide.value <= narrow.high <= wide.high <= hrs[-1]
    assert {wide.low, wide.high, wide.value} <= set(hrs)
    assert wide.level == 0.95 and not wide.given
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match=f"not {level}"):
            found.estimate("hr", level=level)


def test_given_is_known(found):
    assert found.is_given("median1") and found.is_given("survival0", 6)
    assert not found.is_given("hr") and not found.is_given("survival0", 12) and not found.is_given("survival1", 6)
    assert {"at_risk", "events0", "tmax1", "median1", "lm0 at 6"} <= set(found.given)


@pytest.mark.parametrize("quantity", ["hazard", "median2", "median", "survival0", "rmst1", "rmst_difference", ""])
def test_unknown_quantity(found, quantity):
    with pytest.raises(ValueError, match=f"no quantity '{quantity}'.*median0"):
        found.values(quantity)
    with pytest.raises(ValueError, match="no quantity"):
        found.estimate(quantity)


@pytest.mark.parametrize("quantity", ["median0lo", "median0_h", "median0_hilo"])
def test_misspelt_limit(found, quantity):
    with pytest.raises(ValueError, match="no quantity"):
        found.values(quantity)


def test_an_arm_without_events_has_no_hazard_ratio():
    arms = edited(ARMS, "events", 1, 0)
    found = from_summaries(AT_RISK, arms, draws=2, jobs=1)
    check(found, AT_RISK, arms, {"median1": "NR"})
    assert np.all(np.isnan(found.values("hr"))) and isnan(found.estimate("hr").value)


def test_one_patient_an_arm():
    at_risk = pd.DataFrame({"arm": [0, 1], "time": [0, 0], "n_risk": [1, 1]})
    arms = pd.DataFrame({"arm": [0, 1], "n": [1, 1], "events": [1, 0], "tmax": [3.0, 5.0]})
    check(from_summaries(at_risk, arms, {"median0": "3.0"}, draws=2, jobs=1), at_risk, arms, {"median0": "3.0"})
