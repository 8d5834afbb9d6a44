from statistics import median

import pytest

from netterbook.audit import misprints
from netterbook.book import overview
from netterbook.claims import AXIS, Verdict


def test_what_is_possible_is_counted_once(ledger):
    counted = overview.possible_by_method(ledger)
    assert counted["claims"].sum() == ledger.summary().loc["all", "possible"]
    assert counted["kind"].tolist() == ["method"] * (len(counted) - 1) + ["others"]
    order = [(-row.claims, row.method) for row in counted.iloc[:-1].itertuples()]
    assert order == sorted(order) and len({claims for claims, _ in order}) < len(order)  # some are equal
    rare = ledger.frame(verdict="possible")["method"].value_counts()
    assert 1 < counted.iloc[-1]["methods"] <= (rare < 10).sum()


def test_what_possible_checks_let_pass_is_counted_from_the_ledger(ledger):
    checks = [ledger.leading(claim.id) for claim in ledger.claims.values() if claim.measure != "axis"]
    shares = [c.looseness for c in checks if c.verdict is Verdict.POSSIBLE and c.passing is not None]
    said = overview.looseness(ledger)
    assert (said["counted"], said["median"]) == (len(shares), pytest.approx(median(shares)))
    assert said["most"] == sum(share > 0.5 for share in shares) < said["counted"] < said["all"]
    counted = overview.possible_by_method(ledger).set_index("method")
    method = "middle of its own interval on the log scale"
    own = [c.looseness for c in checks if c.method == method and c.verdict is Verdict.POSSIBLE]
    assert counted.loc[method, ["claims", "passing"]].tolist() == [len(own), median(own)]
    assert not counted.loc["order of dates", "counted"]


def test_documents_and_verdicts(ledger):
    meanings = overview.verdict_meanings(ledger)
    assert len(meanings) == len(Verdict) and meanings["meaning"].is_unique
    assert meanings["meaning"][0] == "recomputed from other printed numbers, it rounds to what is printed"
    for verdict, cell in zip(Verdict, meanings["claims"], strict=True):
        assert cell.endswith(f">{ledger.summary().loc['all', str(verdict)]}</a>")
    assert overview.ticks(ledger) > 50
    counted = overview.documents_at_a_glance(ledger)["claims"].sum()
    assert counted == len(ledger.claims) - overview.ticks(ledger) == ledger.summary().loc["all", "claims"]


def test_strengths_add_up_to_all_numbers(ledger):
    found, total = overview.strengths(ledger), ledger.summary().loc["all"]
    assert found.all == sum(found[1:5]) == total["claims"]
    assert found.confirmed == total["reproduced"] + total["fixed"] + total["recovered"] - found.loose
    assert found.unchecked == total["recorded"] + total["printed alike"] and found.differ == total["differs"]


def test_a_share_is_recomputed_from_its_counts(ledger):
    assert overview.share_of(ledger, "netter2.table1.metastases_no.all.percent") == 2 / 226


def test_a_wide_estimate_confirms_nothing(ledger):
    """NETTER-2's median of 22.8 months: most other numbers would have passed. Its hazard ratio: one in a hundred."""
    wide, close = (ledger.leading(claim) for claim in ("netter2.figure2a.median_lu", "netter2.figure2a.pfs_hr"))
    assert wide.verdict == close.verdict == "recovered"
    frame = ledger.frame(verdict="recovered")
    frame = frame[frame["measure"] != AXIS].set_index("claim_id")
    loose = frame.index[frame["would_pass"] / frame["of_numbers"] > overview.CLOSE]
    assert len(loose) == overview.strengths(ledger).loose
    assert "netter2.figure2a.median_lu" in loose and "netter2.figure2a.pfs_hr" not in loose


def test_misprints_in_short_are_those_of_the_table(ledger):
    tried = misprints.stored_misprints(ledger.folder)
    short, table = overview.misprints_in_short(tried, ledger), misprints.noticed_shares(tried, ledger, "measure")
    assert short["noticed"] == tried["caught"].mean() > short["recomputed"] > 0.5
    assert short["of_hazards"] == table.set_index("measure").loc["hazard_ratio", "share"] < 0.5  # as the findings say
    assert short["of_medians"] < 0.6
    assert set(overview.misprints_in_short(None, ledger).values()) == {0}


@pytest.mark.parametrize("name", ["netter1", "netter2"])
def test_strengths_of_a_paper_are_those_of_its_ledger(name, ledger):
    found = overview.strengths(ledger, name)
    frame = ledger.frame(paper=name)
    counts = frame[frame["measure"] != AXIS]["verdict"].value_counts()
    assert found.all == counts.sum() == found.confirmed + found.differ + found.not_refuted + found.unchecked
    assert found.confirmed == counts[["reproduced", "fixed", "recovered"]].sum() - found.loose
    assert found.differ == counts["differs"] > 0
