import pytest

from netterbook import papers, tables
from netterbook.claims import Verdict


def test_numbers_at_risk_fall_from_the_groups_sizes(ledger):
    for paper, figure in (("netter1", "figure1a"), ("netter1", "figure1b"), ("netter2", "figure2a")):
        frame = tables.numbers_at_risk(paper, figure)
        sizes = [ledger.value(f"{paper}.table1.n.{arm}.count") for arm in tables.ARMS]
        assert list(frame.iloc[0]) == [0, *sizes]
        assert (frame[["lu", "control"]].diff().dropna() <= 0).all(axis=None)


def test_subgroups_carry_the_printed_ratios_and_counts():
    rows = tables.subgroups("netter2", "figure2b").set_index("row")
    raw = papers.table("netter2", "figure2b").set_index("row")
    assert list(rows.index) == list(raw.index)
    for name, row in rows.iterrows():
        printed = f"{row.hr:.2f} ({row.low:.2f}–{row.high:.2f})".replace(".", "·")
        assert printed == raw.loc[name, "hr"]
        assert raw.loc[name, "lu"].startswith(row.lu + " (")


@pytest.mark.parametrize(
    ("unknown_as", "lu", "control"),
    [("no response", (65, 151), (7, 75)), ("response", (71, 151), (18, 75)), ("excluded", (65, 145), (7, 64))],
)
def test_unknown_responses_counted_three_ways(unknown_as, lu, control):
    shares, counted = tables.best_response(unknown_as)
    assert tuple(counted.loc["lu"]) == lu
    assert tuple(counted.loc["control"]) == control
    assert shares.sum().round(9).tolist() == [100, 100]


def test_the_design_is_the_printed_one(ledger):
    design = tables.design("netter1", 0.5)
    assert (design["planned"], design["seen"], design["alpha"]) == (74, 23 + 68, 0.05)
    design = tables.design("netter2", 0.5)
    assert (design["planned"], design["seen"], design["alpha"]) == (99, 101, 0.05)
    assert tables.design_values("netter2", 0.5)["power"] == "90.2%"
    for paper in ("netter1", "netter2"):
        claims = tables.design_claims(paper)
        assert claims
        assert all(ledger[c].place == "Methods" and ledger.checks[c] for c in claims)


def test_pooled_subgroups_of_netter1_lie_near_the_printed_hazard_ratio():
    frame = tables.pooled_subgroups("netter1")
    assert len(frame) == 8
    assert set(frame["Printed, all patients"]) == {"0.21"}
    pooled = frame.set_index("Pair")["Pooled hazard ratio (95% CI)"]
    assert pooled["Age"] == "0.22 (0.13 to 0.35)"


def test_what_is_possible_is_counted_once(ledger):
    counted = tables.possible_by_method()
    assert counted["Claims"].sum() == ledger.summary().loc["all", "possible"]


def test_overviews(ledger):
    assert len(tables.verdict_meanings()) == len(Verdict)
    assert tables.papers_at_a_glance()["Printed numbers"].sum() == len(ledger.claims)
    assert tables.ends("sundlov2022.abstract.cycles_received") == {"low": "1", "high": "9"}
