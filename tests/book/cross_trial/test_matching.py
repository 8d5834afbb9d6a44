"""Single groups set side by side, and matched."""

import numpy as np
import pandas as pd
import pytest

from netterbook import facts
from netterbook.book.cross_trial import matching, studies
from netterbook.text import fill


def test_the_published_matched_comparisons(ledger):
    found, known = matching.matched_comparisons(ledger), facts.read(ledger.folder)
    assert ((found.low < found.hr) & (found.hr < found.high)).all()
    for row in found.itertuples():
        fact = known[row.fact]
        assert (row.hr, row.low, row.high) == fact.alternatives[row.which]
        assert fact.source.startswith("Khan") and fact.quantity.startswith("OS" if row.death else "PFS")
    assert all("everolimus" in known[fact].quantity for fact in matching.EVEROLIMUS)
    assert (
        set(matching.MATCHED) == {f"F{number}" for number in range(196, 203)}
        and not found.duplicated(["fact", "which"]).any()
    )
    assert len(found) == 8 and found.loc[found["fact"] == "F200", "hr"].tolist() == [0.21, 0.13]


def test_the_randomised_comparison_comes_first_where_it_is_known(ledger, table):
    rows = matching.randomised_beside(ledger, table)
    assert rows["row"].tolist() == ["compete_pfs", "netter1_pfs", "netter2_pfs", "compete_os", "netter1_os"]
    assert rows["death"].tolist() == [False] * 3 + [True] * 2
    stated = facts.read(ledger.folder)["F176"].stated
    assert rows.loc[0, ["hr_value", "hr_low", "hr_high"]].tolist() == list(stated)
    without = matching.randomised_beside(ledger, studies.side_by_side(ledger, False, ("all",)))
    assert without["row"].tolist()[:2] == ["netter1_pfs", "netter2_pfs"] and "compete_pfs" not in set(without["row"])


def test_an_unmeasured_factor_makes_a_gap(ledger, table):
    gap = matching.simulate_gap(ledger, table, 0.95, 1, replicates=60)
    assert gap.truth == 0.67 and gap.patients == 50
    assert abs(gap.effective - 22) < 4  # as in the published comparison, fact F204
    alike, most = gap.table.iloc[0], gap.table.iloc[-1]
    assert abs(np.log(alike.maic / alike.randomised)) < 0.1 < np.log(most.randomised / most.maic)
    assert alike.covers > 0.85 > most.covers
    assert gap.table["maic"].is_monotonic_decreasing and (gap.table["naive"] < gap.table["maic"]).all()
    errors = matching.simulate_gap(ledger, table, 0.95, 2).table.filter(like="_error")  # one has no weights
    assert errors.gt(0.005).all(axis=None) and errors.lt(0.03).all(axis=None)
    needed = matching.shares_needed(gap, [0.38, 0.46])
    # the factor trebles the hazard and half of the others have it: 0.38 / 0.67 = (1 + 2 x) / 2
    assert needed == pytest.approx([(2 * hr / 0.67 - 1) / 2 for hr in (0.38, 0.46)])
    known = studies.side_by_side(ledger, False, ())
    assert matching.simulate_gap(ledger, known, 0.95, 1, replicates=2).truth == 2 / 3


def test_what_the_abstract_prints_is_read_from_the_fact(ledger):
    lost = facts.read(ledger.folder)[matching.EFFECTIVE]
    assert (lost.value, lost.named("n=").value, lost.named("abstract prints").value) == (22, 50, 43)


def test_the_gap_is_told_from_its_table(sentence):
    table = pd.DataFrame(
        {"share": [0.5, 0.0], "naive": [0.2, 0.1], "maic": [0.71, 0.45], "randomised": [0.72, 0.735],
         "covers": [0.94, 0.4], "maic_error": [0.004] * 2, "randomised_error": [0.004, 0.016]}
    )  # fmt: skip
    alike, none = matching.matched_answers(matching.MatchingGap(table, 0.67, 3.0, 0.5, 22.0, 50, 200))
    assert alike.maic == (0.71, 0.004) and none.randomised == (0.735, 0.016)
    assert [alike.covers.value, none.covers.value] == [0.94, 0.4]
    said = sentence("In these simulations the true hazard ratio")
    kept = said[said.index("If the unmeasured factor is equally") : said.index("The randomised answer is")]
    assert fill(kept, {"alike": alike, "none": none}).replace("\n", " ") == (
        "If the unmeasured factor is equally common in both studies, matching gives 0.71 where a randomised trial "
        "gives 0.72, and 94% of its intervals hold that randomised answer. If nobody in the single group has it, "
        "matching gives 0.45 instead of 0.74, with the answer in 40% of the intervals. "
    )


def test_single_arms_come_from_both_sides_of_a_trial(table):
    arms = matching.single_arms(table, ("everolimus", "placebo", "¹⁷⁷Lu-Dotatate"))
    assert arms["treatment"].drop_duplicates().tolist() == ["everolimus", "placebo", "¹⁷⁷Lu-Dotatate"]
    everolimus = arms[arms["treatment"] == "everolimus"].set_index("label")
    assert everolimus["median"].to_dict() == {"RADIANT-3": 11.0, "RADIANT-4": 11.0, "COMPETE": 14.1, "SEQTOR": 19.4}
    assert tuple(everolimus.loc["RADIANT-4", ["low", "high"]]) == (9.2, 13.3)
    lutetium = arms[arms["treatment"] == "¹⁷⁷Lu-Dotatate"].set_index("label")
    assert lutetium.loc["NETTER-2", ["median", "low", "high"]].tolist() == [22.8, 19.4, np.inf]
    assert lutetium.loc["OCLURANDOM", ["median", "low", "high"]].tolist() == [20.7, 17.2, 23.7]
    assert "NETTER-1" not in lutetium.index  # not reached


def test_time_to_progression_is_no_progression_free_survival(table):
    """Kwekkeboom's 40 months are to progression; NETTER-1 quotes 33 without progression or death from that paper."""
    arms = matching.single_arms(table, ("everolimus", "¹⁷⁷Lu-Dotatate", "placebo"))
    own = arms[arms["label"] == "Kwekkeboom 2008"]
    assert own["median"].tolist() == [33.0] and "PROMID" not in set(arms["label"])
    spread = matching.spread_of_medians(arms).set_index("treatment")
    assert spread.loc["¹⁷⁷Lu-Dotatate", ["low", "high"]].tolist() == [14.6, 33.0]
    low, high = matching.quotients_of_medians(arms, "everolimus", "¹⁷⁷Lu-Dotatate")
    assert (round(low, 2), round(high, 2)) == (0.33, 1.33)


def test_how_far_the_medians_of_one_treatment_lie_apart(table, sentence):
    arms = matching.single_arms(table, ("everolimus", "placebo"))
    spread = matching.spread_of_medians(arms)
    assert spread.to_dict("records") == [
        {"treatment": "everolimus", "groups": 4, "low": 11.0, "high": 19.4},
        {"treatment": "placebo", "groups": 6, "low": 3.9, "high": 18.0},
    ]
    assert matching.spread_of_medians(arms.iloc[:1]).empty
    assert matching.quotients_of_medians(arms, "everolimus", "placebo") == pytest.approx((11 / 18, 19.4 / 3.9))
    assert np.isnan(matching.quotients_of_medians(arms, "everolimus", "¹⁷⁷Lu-Dotatate")).all()
    said = sentence("None of this compares treatments")
    alone = fill(said, {"several": False, "ranges": "", "both": False, "low": np.nan, "high": np.nan})
    assert alone.startswith("None of this compares treatments")
