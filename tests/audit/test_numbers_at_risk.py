"""Numbers at risk and follow-up estimated from reconstructed patients that were not given them."""

import numpy as np
import pandas as pd
import pytest
from misprints import copy_with
from scipy.stats import binom

from netterbook import papers
from netterbook.audit import build_ledger, recovered
from netterbook.audit.common import at_risk
from netterbook.audit.given import inputs
from netterbook.claims import Verdict

FOLLOW_UP = "netter1.results.followup_median"
END_POINTS = [("netter1", "pfs"), ("netter1", "os"), ("netter2", "pfs")]


@pytest.fixture(scope="module")
def targets(ledger):
    return recovered.at_risk_targets(ledger)


def estimate(ledger, claim_id, method=recovered.AT_RISK_METHOD):
    found = [check for check in ledger.checks.get(claim_id, []) if check.method == method]
    assert len(found) < 2
    return found[0] if found else None


def test_every_number_at_risk_after_the_start_is_estimated_once(ledger, known, targets):
    grids = [
        (time, claim_id)
        for trial, end_point in END_POINTS
        for arm in known[trial].keys
        for time, claim_id in at_risk(ledger, inputs(known[trial], end_point).at_risk, arm).items()
    ]
    assert sorted(t.claim for t in targets) == sorted(claim_id for time, claim_id in grids if time)
    assert len(targets) == 76


def test_the_month_is_withheld_and_its_neighbours_are_given(ledger, targets):
    for target in targets:
        given = target.given.claims(ledger)
        month = int(target.claim.split(".")[2][1:])
        assert month in target.given.unseen and target.claim not in given
        months = sorted({int(i.split(".")[2][1:]) for i in given if ".figure" in i and ".t" in i})
        assert not set(target.given.unseen) & set(months)
        step = min(np.diff(sorted({*months, *target.given.unseen})))
        assert month - step in months
        assert month + step in months or month == max(*months, month)


def test_the_first_turn_is_given_no_summary(targets):
    bare = [target for target in targets if not target.given.summaries]
    assert len(bare) == 38 and len({target.given.key for target in targets}) == 6


def test_what_is_recovered_rests_on_nothing_that_rests_on_it(ledger, targets):
    found = {target.claim: estimate(ledger, target.claim) for target in targets}
    recovered_ = {i for i, check in found.items() if check is not None and check.verdict is Verdict.RECOVERED}
    bare = {target.claim for target in targets if not target.given.summaries}
    assert recovered_ <= bare
    assert len(recovered_) >= 34
    for claim_id in recovered_:
        assert not ledger.is_circular(claim_id, found[claim_id].inputs)
    others = [check for i, check in found.items() if i not in bare and check is not None]
    assert {check.verdict for check in others} <= {Verdict.POSSIBLE, Verdict.FIXED}
    assert all(check.passing < check.forms for check in others)


def test_an_interval_that_misses_says_nothing_and_not_more_miss_than_chance_allows(ledger, targets):
    stored = recovered.stored_at_risk(ledger)
    assert sorted(stored.index) == sorted(target.claim for target in targets)
    outside = [i for i in stored.index if not ledger[i].point.overlaps(*recovered.common_interval(stored.loc[i]))]
    assert len(outside) <= binom.isf(0.01, len(stored), 1 - recovered.INTERVAL_LEVEL)
    assert [i for i in stored.index if estimate(ledger, i) is None] == outside
    assert all(ledger.leading(i).verdict is not Verdict.DIFFERS for i in outside)


def test_the_stored_estimates_are_of_all_draws_and_seeds(ledger):
    stored = recovered.stored_at_risk(ledger)
    all_draws = recovered.DRAWS * len(recovered.SEEDS)
    assert (stored.draws / all_draws).isin([1, 2, 4, recovered.BUDGET]).all()
    assert {tuple(map(int, seeds.split())) for seeds in stored.seeds} == {recovered.SEEDS}
    assert (stored.low <= stored.high).all()
    short = (stored.r_hat > 1.01) | (stored[["bulk", "tail"]].min(axis=1) < 400)
    assert (stored.draws[short] == recovered.BUDGET * all_draws).all()


def test_a_changed_neighbour_leaves_the_estimates_out_that_were_given_it(ledger, tmp_path):
    claim = ledger["netter1.figure1b.t12.lu.count"]
    changed = build_ledger(copy_with(claim, "point", "65", tmp_path / "data"))
    assert estimate(changed, claim.id) is not None  # it was withheld there
    assert estimate(changed, "netter1.figure1b.t9.lu.count") is None
    assert estimate(changed, "netter1.figure1a.t9.lu.count") is not None


def test_a_number_far_off_is_no_longer_recovered(ledger, tmp_path):
    claim = ledger["netter1.figure1b.t15.lu.count"]
    assert ledger.leading(claim.id).verdict is Verdict.RECOVERED
    changed = build_ledger(copy_with(claim, "point", "57", tmp_path / "data"))
    assert changed.leading(claim.id).verdict is Verdict.POSSIBLE


def test_follow_up_is_recovered_from_survival(ledger):
    check = estimate(ledger, FOLLOW_UP, recovered.FOLLOW_UP_METHOD)
    assert check.verdict is Verdict.RECOVERED and check.forms == 100 and check.passing <= 4
    assert {"netter1.results.os_hr", FOLLOW_UP} & set(check.inputs) == set()
    assert ledger.leading(FOLLOW_UP) == check


def test_a_follow_up_that_is_none_differs(ledger, tmp_path):
    changed = build_ledger(copy_with(ledger[FOLLOW_UP], "point", "17", tmp_path / "data"))
    assert changed.leading(FOLLOW_UP).verdict is Verdict.DIFFERS


def test_other_draws_give_the_same(ledger, monkeypatch):
    """Few draws of survival: their intervals lie about the stored ones."""
    chosen = [t for t in recovered.at_risk_targets(ledger) if t.given.end_point == "os" and not t.given.summaries]
    monkeypatch.setattr(recovered, "everything", lambda ledger: chosen)
    again = recovered.recover(ledger, 100, (21, 22), jobs=1, budget=1).set_index("claim")
    stored = recovered.stored_at_risk(ledger).loc[again.index]
    width = (stored.high - stored.low).clip(lower=1)
    assert ((again.estimate - stored.estimate).abs() <= 0.3 * width + 1).all()
    assert len(again) == len(chosen) == 10


def test_the_store_has_no_row_that_nothing_reads(ledger):
    rows = pd.read_csv(papers.data_dir() / recovered.STORE)
    read = {(target.claim, target.scans) for target in recovered.everything(ledger)}
    assert set(zip(rows["claim"], rows["scans"], strict=True)) == read
