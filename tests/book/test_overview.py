from netterbook.book import overview
from netterbook.claims import Verdict


def test_what_is_possible_is_counted_once(ledger):
    counted = overview.possible_by_method(ledger)
    assert counted["claims"].sum() == ledger.summary().loc["all", "possible"]
    assert counted["kind"].tolist() == ["method"] * (len(counted) - 1) + ["others"]
    order = [(-row.claims, row.method) for row in counted.iloc[:-1].itertuples()]
    assert order == sorted(order) and len({claims for claims, _ in order}) < len(order)  # some are equal
    rare = ledger.frame(verdict="possible")["method"].value_counts()
    assert 1 < counted.iloc[-1]["methods"] <= (rare < 10).sum()


def test_documents_and_verdicts(ledger):
    assert len(overview.verdict_meanings()) == len(Verdict)
    assert overview.documents_at_a_glance(ledger)["claims"].sum() == len(ledger.claims)


def test_a_share_is_recomputed_from_its_counts(ledger):
    assert overview.share_of(ledger, "netter2.table1.metastases_no.all.percent") == 2 / 226
