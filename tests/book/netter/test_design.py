"""The plan and the order of testing."""

import pytest
from scipy.stats import fisher_exact

from netterbook import trials
from netterbook.audit import build_ledger
from netterbook.book.netter import design
from netterbook.text import fill


@pytest.mark.parametrize(
    ("paper", "planned", "seen", "share"), [("netter1", 74, 23 + 68, 1 / 2), ("netter2", 99, 101, 2 / 3)]
)
def test_the_plan_is_the_printed_one(paper, planned, seen, share, ledger, known):
    plan = design.event_plan(ledger, known[paper], 0.5)
    assert (plan.planned, plan.seen, plan.alpha, plan.power, plan.allocation) == (planned, seen, 0.05, 0.9, share)
    claims = design.design_claims(ledger, known[paper])
    assert claims
    assert all(ledger[c].place == "Methods" and ledger.checks[c] for c in claims)


def test_netter2_reaches_its_power_as_the_chapter_says_it(ledger, known):
    plan = design.event_plan(ledger, known["netter2"], 0.5)
    assert fill("{plan.planned} events, power {plan.reached:percent.1}", {"plan": plan}) == "99 events, power 90.2%"


def test_testing_stops_at_the_first_end_point_without_significance(ledger, known, data_copy):
    table = design.order_of_testing(ledger, known["netter2"])
    assert table["p"].tolist() == ["<0.0001", "<0.0001", *[""] * 4]
    assert table["printed"].tolist() == [True, True, *[False] * 4]
    assert table["kind"].tolist() == ["significant"] * 2 + ["said not to be"] + ["not tested"] * 3
    path = data_copy / "netter2/text.csv"
    written = path.read_text(encoding="utf-8")
    row = next(line for line in written.splitlines() if line.startswith("figure2a.pfs_p,"))
    path.write_text(written.replace(row, row.replace("<0·0001", "0·03")), encoding="utf-8")
    changed = design.order_of_testing(build_ledger(data_copy), trials.read(data_copy)["netter2"])
    assert changed["kind"].tolist() == ["not significant"] + ["not tested"] * 5


def test_the_printed_p_values_are_below_the_level_one_sided_or_two_sided(ledger, known):
    """The paper calls that of the response one-sided, and does not say it of the other."""
    trial = known["netter2"]
    alpha = ledger.number(trial.claim(trial.design.alpha)) / 100
    for name in ("figure2a.pfs_p", "table3.p.control.p"):
        assert 2 * float(ledger[trial.claim(name)].point.bounds[1]) < alpha / 100  # far below


def test_the_response_of_netter1_stands_at_half_the_level(ledger, known):
    """18 of 101 and 3 of 100; P values of Tables 3 (6) and 4 (20), of the response and of overall survival."""
    found = design.multiplicity(ledger, known["netter1"])
    assert (found.printed, found.efficacy, found.split, found.holds) == (6 + 20 + 1 + 1, 2, 0.05 / 2, True)
    assert found.response == pytest.approx(fisher_exact([[18, 83], [3, 97]]).pvalue)


def test_a_response_that_would_not_stand_is_said_not_to(data_copy):
    with (data_copy / "netter1" / "table2.csv").open(encoding="utf-8") as file:
        lines = file.read()
    assert "\nresponders,Objective response,No. with response,count,patients,18," in lines
    (data_copy / "netter1" / "table2.csv").write_text(lines.replace("patients,18,", "patients,10,"), encoding="utf-8")
    ledger = build_ledger(data_copy)
    assert not design.multiplicity(ledger, trials.read(data_copy)["netter1"]).holds
