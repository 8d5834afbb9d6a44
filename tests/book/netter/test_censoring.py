"""What the chapters say of follow-up and censoring, on the stored sets of patients."""

import csv

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test

from netterbook import papers
from netterbook.audit import ensembles
from netterbook.book.netter import censoring
from netterbook.text import number


@pytest.fixture(scope="module")
def sets(ledger, known):
    asked = ("netter1", "pfs"), ("netter1", "os"), ("netter2", "pfs")
    found = {pair: ensembles.reconstruct(ledger, known[pair[0]], pair[1], "nothing", 200, 1) for pair in asked}
    assert all(each.stored for each in found.values())
    return found


def test_the_printed_follow_up_is_near_that_of_one_group_alone(sets, ledger, known):
    """14 months: by reverse Kaplan-Meier 14.3 in the 177Lu group, 11.6 in the control group (issue 14)."""
    found = sets["netter1", "os"]
    follow = censoring.median_follow_up(found)
    assert [x.value for x in follow[:2]] == pytest.approx([14.3, 11.65], abs=0.1)
    printed = ledger.number(known["netter1"].claim(known["netter1"].follow_up))
    assert round(follow.experimental.value) == printed != round(follow.control.value)
    for arm, value in ((1, follow.experimental), (0, follow.control)):
        medians = [
            KaplanMeierFitter().fit(t, 1 - e).median_survival_time_ for t, e in (found.own(i, arm) for i in range(200))
        ]
        assert np.median(medians) == pytest.approx(value.value, abs=0.051)


@pytest.mark.parametrize(
    ("trial", "fewest", "endless"), [("netter1", (53, 51, 56), False), ("netter2", (73, 65, 80), True)]
)
def test_tipping_points_of_the_default_parameters(sets, trial, fewest, endless):
    found = sets[trial, "pfs"]
    tipping = censoring.tipping(found, 0.95, 1)
    assert tuple(float(number(x, 0)) for x in tipping.fewest) == pytest.approx(fewest, abs=1)
    assert (tipping.never, tipping.endless) == (False, endless)
    assert tipping.multiplier.value > 3 * tipping.control  # far beyond the hazard of the control group
    own = found.arm == 1
    for i in range(3):  # with lifelines: at the fewest no longer significant, at one less still
        censored = np.flatnonzero(own & (found.event[i] == 0))
        first = censored[np.argsort(found.time[i, censored], kind="stable")]
        k = int(censoring.censoring.fewest_to_tip(found.first(3))[i])
        for count, significant in ((k, False), (k - 1, True)):
            event = found.event[i].copy()
            event[first[:count]] = 1
            p = logrank_test(found.time[i, own], found.time[i, ~own], event[own], event[~own]).p_value
            assert (p < 0.05) == significant


@pytest.mark.parametrize("trial", ["netter1", "netter2"])
def test_harder_assumptions_take_the_hazard_ratio_nearer_to_one(sets, trial):
    table = censoring.assumptions(sets[trial, "pfs"], 0.95, 1).set_index("kind")
    hr = table["hr"]
    assert hr["random"] < min(hr["early"], hr["control"]) and max(hr["early"], hr["control"]) < hr["all"]
    assert (table.loc[["random", "early", "control"], "high"] < 1).all() and table.loc["all", "high"] > 1
    assert (table["low"] < hr).all() and (hr < table["high"]).all()


def test_early_censoring_is_counted_and_bounded(sets, ledger, known):
    found = sets["netter1", "pfs"]
    early = censoring.censored_early(found, 0.95)
    own = found.arm == 1
    counts = ((found.time <= censoring.EARLY) & (found.event == 0))[:, own].sum(axis=1)
    assert early.experimental[0].value == np.quantile(counts, 0.5, method="closest_observation")
    assert early.shares.experimental.value == np.median(counts) / own.sum()
    rows = {}
    for panel in ("figure1a", "figure1b"):
        with (papers.data_dir() / "netter1" / f"{panel}.csv").open(encoding="utf-8") as file:
            rows[panel] = {row["time"]: int(row["lu"]) for row in csv.DictReader(file) if row.get("time")}
    most = ((found.time <= 6) & (found.event == 1))[:, own].sum(axis=1).max()
    bound = censoring.still_followed(ledger, known["netter1"], found)
    assert bound == rows["figure1b"]["6"] - rows["figure1a"]["6"] - most > 0
    assert bound <= counts.min()
    assert censoring.still_followed(ledger, known["netter1"], found, 18) == 0  # nothing follows so late


def test_control_patients_of_netter2_are_censored_early_more_often(sets):
    shares = censoring.censored_early(sets["netter2", "pfs"], 0.95).shares
    assert shares.control.value > 1.5 * shares.experimental.value
