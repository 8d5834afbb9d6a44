"""Everything that papers print besides: read, tested on patients, and met by reconstructed ones."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from short_chains import thorough

from netterbook.errors import Conflict, DataError, ParameterError
from netterbook.methods import patients
from netterbook.printed import Printed
from netterbook.reconstruction import from_summaries
from netterbook.reconstruction.given import CHANCE, coarse_step, read_summaries

pytestmark = pytest.mark.usefixtures("short_chains")

# 6-mercaptopurine (arm 1) and placebo in leukaemia: Freireich, Blood 1963;21:699-716
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
TIME = np.array(PLACEBO + TREATED, float)
EVENT = np.array([1] * 21 + [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
ARM = np.repeat([0, 1], 21)
GRID = np.arange(0.0, 36, 5)
AT_RISK = pd.DataFrame(
    [(a, t, np.sum(TIME[a == ARM] >= t)) for a in (0, 1) for t in GRID], columns=["arm", "time", "n_risk"]
)
ARMS = pd.DataFrame({"arm": [0, 1], "n": [21, 21], "events": [21, 9], "tmax": [23.0, 35.0]})


def row(quantity, value, **more):
    return {"quantity": quantity, "value": value, **more}


def read(*rows, ends=(23.0, 35.0)):
    return read_summaries({}, None, list(ends), rows)


def test_values_of_known_patients():
    """By R 4: survfit(..., conf.int = 0.9), print(..., rmean = 20), quantile; the rest counted by hand."""
    given = {
        item.name: item.value(TIME, EVENT, ARM)
        for item in read(
            row("events", 13, arm=0, time=8),
            row("censored", 3, arm=1, time=10),
            row("quantile", 4, arm=0, share=0.25),
            row("rmst", 8.67, arm=0, time=23, low=5.9, high=11.4),
            row("rmst_difference", 5, time=20),
            row("observed", 17, arm=1),
            row("observed", 8, share=0.25),
            row("followup", 25, arm=1),
            row("survival", 0.753, arm=1, time=10, low=0.55, high=0.87, level=0.9),
            row("hr", 0.208, low=0.1, high=0.4, level=0.9),
        )
    }
    assert given["events0 by 8"] == 13 and given["censored1 by 10"] == 3
    assert given["quantile0 at 0.25"] == 4
    assert given["rmst0 at 23"] == pytest.approx(np.mean(PLACEBO))  # all have the event
    spread = np.std(PLACEBO) / np.sqrt(21)  # Greenwood's variance, where nobody is censored
    assert given["rmst0_lo at 23"] == pytest.approx(np.mean(PLACEBO) - 1.959964 * spread)
    means = [patients.rmst(TIME[a == ARM], EVENT[a == ARM], 20) for a in (0, 1)]
    assert given["rmst_difference at 20"] == pytest.approx(means[1].value - means[0].value)
    assert given["observed1 at 0.5"] == 16 and given["observed at 0.25"] == np.quantile(TIME, 0.25)
    assert given["followup1 at 0.5"] == 25  # R: survfit(Surv(time, event == 0) ~ 1)
    narrow, wide = (patients.survival_rate(TREATED, EVENT[21:], 10, level) for level in (0.9, 0.95))
    assert given["rate1_lo at 10"] == narrow.low > wide.low
    assert given["hr_hi"] == pytest.approx(np.exp(np.log(0.2076) + 1.644854 * 0.4124), rel=1e-3)


WITHIN = {
    "events and censored by a time": [row("events", 13, arm=0, time=8), row("censored", 4, arm=1, time=11.5)],
    "quantiles with limits": [row("quantile", "13", arm=1, share=0.25, low="6", high="22")],
    "a mean with limits at 90%": [row("rmst", "14.9", arm=1, time=18, low="13.1", high="16.6", level=0.9)],
    "a difference of means": [row("rmst_difference", "6.6", time=18)],
    "follow-up by reverse Kaplan–Meier": [row("followup", q, arm=1, share=s) for s, q in ((0.25, 17), (0.5, 25))],
    "follow-up of all": [row("followup", "32", share=0.5)],
    "quartiles of the observed times": [row("observed", q, share=s) for s, q in ((0.25, "6"), (0.5, "10.5"))],
    "a hazard ratio with limits at 90%": [row("hr", "0.21", low="0.11", high="0.41", level=0.9)],
    "a rate with limits at 99%": [row("survival", "0.75", arm=1, time=10, low="0.40", high="0.92", level=0.99)],
}


@pytest.mark.parametrize("rows", WITHIN.values(), ids=WITHIN)
def test_reconstructed_patients_meet_what_was_given(rows):
    """The patients that are known meet it, too."""
    given = read(*rows)
    for item in given:
        assert item.met(TIME, EVENT, ARM), (item.name, item.value(TIME, EVENT, ARM))
    found = from_summaries(AT_RISK, ARMS, quantities=rows, draws=12, jobs=1)
    assert found.draws == 12
    for item in given:
        values = found.each(item.value)
        assert all(Printed(item.printed.text, item.printed.exact).admits(x) for x in values), (item.name, values)
        assert item.name in found.given
    loose = from_summaries(AT_RISK, ARMS, quantities=rows, withhold=[item.name for item in given], draws=12, jobs=1)
    assert not all(item.met(*state, loose.arm) for item in given for state in zip(loose.time, loose.event, strict=True))


def counts():
    """Events and censored before each column, as KMunicate prints them."""
    table = AT_RISK.astype({"n_risk": int})
    for kind, mark in (("events", 1), ("censored", 0)):
        table[kind] = [np.sum((r.arm == ARM) & (r.time > TIME) & (mark == EVENT)) for r in AT_RISK.itertuples()]
    return table


def test_events_and_censored_beside_the_numbers_at_risk():
    table = counts()
    assert (table.n_risk + table.events + table.censored == 21).all()
    found = from_summaries(table, ARMS, draws=12, jobs=1)
    for time, event in zip(found.time, found.event, strict=True):
        for r in table.itertuples():
            own = (found.arm == r.arm) & (time < r.time)
            assert (np.sum(own & (event == 1)), np.sum(own & (event == 0))) == (r.events, r.censored)
    assert "events1 before 20" in found.given
    table.loc[(table.arm == 1) & (table.time == 20), "censored"] += 1
    with pytest.raises(Conflict, match=r"arm 1, time 20: 7 events, 7 censored and 8 at risk are 22 patients, not 21"):
        from_summaries(table.assign(n_risk=AT_RISK.n_risk), ARMS)


@thorough
def test_nobody_is_censored_before_the_least_follow_up():
    """Without it some are; and more are censored between least and greatest than where nothing is said."""
    bare = AT_RISK[AT_RISK.time == 0]
    arms = ARMS.assign(events=[15, 9])
    rows = [row("censored", 0, arm=a, time=12) for a in (0, 1)]

    def early(**more):
        found = from_summaries(bare, arms, draws=30, jobs=1, **more)
        return [np.mean((found.event == 0) & (found.time <= 12)), np.mean(found.event == 0)]

    nothing, enrolled, none = early(), early(possible_follow_up=(12, 36)), early(quantities=rows)
    assert none[0] == 0 < enrolled[0] < 0.9 * nothing[0]
    assert none[1] == enrolled[1] == nothing[1] == 18 / 42


def test_nobody_is_followed_longer_than_is_possible():
    with pytest.raises(Conflict, match=r"arm 1 is followed to 35, 1 longer than the greatest possible .*, 34"):
        from_summaries(AT_RISK, ARMS, possible_follow_up=(5, 34))
    found = from_summaries(AT_RISK, ARMS.drop(columns="tmax"), possible_follow_up=(5, 35.5), draws=4, jobs=1)
    assert found.time.max() <= 35.5


@pytest.mark.parametrize("wrong", [(9, 5), (1,), "abc", (np.nan, 5), (-1, 5)])
def test_a_wrong_possible_follow_up_is_refused(wrong):
    with pytest.raises(ParameterError, match="possible_follow_up"):
        from_summaries(AT_RISK, ARMS, possible_follow_up=wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row("mean", 3), "'mean'; there are: hr"),
        (row("hr", 0.5) | {"arms": 0}, "column 'arms'"),
        (row("hr", 0.5, arm=0), "is of both arms, arm 0"),
        (row("hr", 0.5, time=3), "hr has no time"),
        (row("rmst", 5, arm=2, time=9), "rmst has arm 2"),
        (row("rmst", 5, time=9), "rmst has arm None"),
        (row("rmst", 5, arm=0), "rmst0 at nan is at time nan"),
        (row("rmst", 12, arm=0, time=9), "a mean up to 9 lies from 0"),
        (row("rmst", 5, arm=0, time=40), "follow-up goes from 0 to 23"),
        (row("rmst_difference", -9.5, time=9), "differ by less"),
        (row("quantile", 5, arm=0), "share of quantile0 is nan"),
        (row("quantile", 5, arm=0, share=25), "share of quantile0 is 25"),
        (row("hr", 0.5, level=95), "level of hr is 95; give a fraction such as 0.95"),
        (row("events", 2.5, arm=0, time=9), "whole number"),
        (row("events", 5, arm=0, time=9, low=3), "without limits"),
        (row("followup", "NR"), "only a median can be not reached"),
        (row("median", 5, arm=0, low="6"), "median0_lo is 6, above median0, 5"),
    ],
)
def test_a_wrong_row_is_named(wrong, said):
    with pytest.raises(DataError) as caught:
        read(wrong)
    assert said in str(caught.value)


def test_what_is_given_twice_is_refused():
    with pytest.raises(DataError, match="median0 is given twice"):
        read_summaries({"median0": 5}, None, [23, 35], [row("median", 6, arm=0)])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row("events", 22, arm=0, time=9), "events0 by 9 is 22, but 13 of 21 patients are lost by then, 9 fewer"),
        (row("events", 10, arm=1, time=35), "the arm has 9 in all, 1 fewer"),
        (row("observed", 40), "observed at 0.5 is 40, 5 after the end"),
    ],
)
def test_more_patients_than_there_are_contradict(wrong, said):
    with pytest.raises(Conflict) as caught:
        from_summaries(AT_RISK, ARMS, quantities=[wrong])
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("texts", "step"),
    [
        (["5.5", "8.0", "12.5"], 0.5),
        (["6.0", "8.0"], 1),
        (["60", "90", "120"], 10),
        (["6", "8"], None),
        (["5.5", "8.0"], None),
        (["5.5", "8.1", "12.5", "3.0"], None),
        (["6.0", "6.0"], None),
        (["NR"], None),
        (["12.345678901234567"], None),
        ([], None),
    ],
)
def test_a_step_of_which_all_printed_times_are_multiples(texts, step):
    rows = [row("quantile", text, arm=1, share=0.1 + i / 10) for i, text in enumerate(texts)]
    given = read(*rows, ends=(0, 200))
    found = coarse_step([*given, *read(row("hr", "0.5"))])
    assert (found is None) if step is None else (found[0] == step and found[2] <= CHANCE)


@pytest.mark.parametrize("text", ["0.205", "<0.001", "≥3", "12", "-0.5", "1,204"])
def test_quick_comparisons_agree_with_exact_ones(text):
    """At the ends of the rounding, next to them by a float, and about."""
    printed = Printed(text)
    ends = [float(end) for end in printed.bounds if end is not None]
    near = [x for end in ends for x in (end, np.nextafter(end, -9), np.nextafter(end, 9e9), end - 1e-12, end + 1e-7)]
    for x in [*near, 0.0, -3.0, 1e9, *(end + d for end in ends for d in (-0.1, 0.1, -1e-9, 1e-9))]:
        assert printed.admits(float(x)) == printed.overlaps(float(x), float(x)), x
    assert not isnan(float(ends[0]))
