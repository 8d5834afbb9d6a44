import csv
from collections import defaultdict
from math import comb, sqrt

import pytest
from scipy.stats import beta

from netterbook import papers
from netterbook.claims import Verdict

Z = 1.959963984540054
ARMS = ("lu", "control")

FINDINGS = {
    # the estimate is not in the middle of its interval on the log scale, though all other subgroups' are
    "netter1.figure1c.cga_gt2uln.hr.hr",
    # Table 3 counts one more patient with an adverse event in the 177Lu-Dotatate group
    "netter1.table4.any_ae.lu_any.count",
    # Table 3 counts three more in the control group
    "netter1.table4.any_ae.control_any.count",
    # enrolment ended half a year after the data cutoff of the primary analysis
    "netter1.results.enrollment_end",
    # of the patients with each of the three events fewer than 97% were free of grade 3 or 4
    "netter1.results.low_grade_events_lu",
    # Table 4 has more patients with a fatal serious adverse event in the same period
    "netter2.results.deaths_lu",
    # Table 4 has one patient fewer who stopped 177Lu-Dotatate for an adverse event
    "netter2.table2.incomplete_adverse_events",
    # the grade below ends one per cent earlier
    "netter1.methods.ki67_intermediate_grade_low",
    # octreotide was given after each infusion, and infusions were twice as far apart
    "netter1.methods.octreotide_interval_lu",
    # the Methods include all randomised patients in analyses of efficacy
    "netter1.results.evaluable",
    # with the deaths under treatment these are more than the events of the primary end point
    "netter2.figure1.ended_progression_control.printed.count",
    # the kinds named in Table 5 and the text are fewer even if no patient had two
    "netter2.table5.immediate_haematotoxicities.lu_grade3.count",
    # the text has fewer deaths in the treatment period
    "netter2.figure1.ended_death_lu.printed.count",
    # Table 4 has two patients who stopped the group's only drug for an adverse event
    "netter2.figure1.ended_ae_control.printed.count",
    # one more withdrew consent before or under treatment
    "netter2.figure1.end_of_study_withdrawal_lu.printed.count",
    # the paper prints its other shares between half a per cent and one as <1%
    "netter2.results.locally_advanced_pct",
    # the printed string does not have the form of a EudraCT number
    "sundlov2022.notes.eudract",
}


# ---- the whole ledger


def test_there_are_more_than_1500_claims(ledger):
    assert len(ledger.claims) > 1500
    assert len(ledger.frame()) == len(ledger.claims)


def test_every_claim_has_a_verdict_and_every_recorded_one_a_reason(ledger):
    frame = ledger.frame()
    assert set(frame["verdict"]) <= {str(v) for v in Verdict}
    assert (frame.loc[frame["verdict"] == "recorded", "note"] != "").all()
    checked = frame[frame["verdict"] != "recorded"]
    assert (checked["method"] != "").all()
    assert set(ledger.reasons) == set(frame.loc[frame["verdict"] == "recorded", "claim_id"])


def test_the_claims_that_differ_are_the_known_findings(ledger):
    assert set(ledger.frame(verdict="differs")["claim_id"]) == FINDINGS


def test_every_input_is_a_claim_or_a_fact(ledger):
    inputs = {i for checks in ledger.checks.values() for check in checks for i in check.inputs}
    inputs |= {i for listed in ledger.frame()["inputs"] for i in listed.split()}
    assert {i for i in inputs if i not in ledger.claims and not i.startswith("fact:")} == set()


def test_every_confirmed_claim_has_an_input(ledger):
    confirmed = [c for checks in ledger.checks.values() for c in checks if c.verdict.confirms]
    assert [c.claim for c in confirmed if not c.inputs] == []


def test_no_check_that_was_entered_lets_every_number_pass(ledger):
    """A check that no misprint of a digit could fail is none; what it says is the reason why there is none."""
    counted = [c for checks in ledger.checks.values() for c in checks if c.passing is not None]
    assert len(counted) > 1500
    assert [c.claim for c in counted if c.passing >= c.forms or not c.forms] == []
    assert [c.claim for c in counted if not c.passing and c.verdict is not Verdict.DIFFERS] == []
    vacuous = [
        reason for reason in ledger.reasons.values() if reason.endswith("any number of as many digits would pass")
    ]
    assert vacuous


def test_the_verdict_follows_from_how_many_numbers_would_pass(ledger):
    for claim_id in ledger.claims:
        check = ledger.leading(claim_id)
        if check.verdict is Verdict.FIXED:
            assert (check.passing, check.nominal) == (1, ()), claim_id
        if check.verdict is Verdict.ALIKE:
            assert check.passing is None, claim_id


def test_a_number_chosen_or_restated_is_not_reproduced(ledger):
    """Forms chosen because they fit, and numbers that stand for another one that is printed beside them."""
    chosen = ("table2.rate.lu.rate", "table2.rate.control.rate", "results.os_threshold")
    restated = ("results.pfs_risk_reduction", "methods.cumulative_gbq", "methods.dose_lu_mci", "results.sites")
    assert {ledger.leading(f"netter1.{name}").verdict for name in chosen + restated} == {Verdict.AGREES}
    assert all("forms tried" in ledger.leading(f"netter1.{name}").note for name in chosen)
    assert {ledger.leading(f"netter1.{name}").verdict for name in ("results.treated", "methods.final_os_deaths")} == {
        Verdict.REPRODUCED
    }


def test_no_claim_is_among_the_inputs_of_its_own_checks(ledger):
    assert [c for c, checks in ledger.checks.items() for check in checks if c in check.inputs] == []


def quantities(ledger):
    """Claim id to a name shared by all printings of one quantity: links of the data and of the audit, followed through.

    Made without ``Ledger.group``.
    """
    parent: dict[str, str] = {}

    def root(claim_id):
        while claim_id in parent:
            claim_id = parent[claim_id]
        return claim_id

    for book in (papers.load(), ledger):
        for claim in book.claims.values():
            if claim.same_as and root(claim.id) != root(claim.same_as):
                parent[root(claim.id)] = root(claim.same_as)
    return {claim_id: root(claim_id) for claim_id in ledger.claims}


def confirmed_from_themselves(edges):
    """Quantities that are reached from themselves; made without ``Ledger.rests_on``."""
    found = set()
    for start in edges:
        seen, todo = set(), [start]
        while todo:
            for source in edges.get(todo.pop(), ()):
                if source not in seen:
                    seen.add(source)
                    todo.append(source)
        if start in seen:
            found.add(start)
    return found


def test_the_search_for_circles_finds_one():
    assert confirmed_from_themselves({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {"a", "b", "c"}


def test_no_claim_is_confirmed_from_itself(ledger):
    quantity = quantities(ledger)
    edges = defaultdict(set)
    for row in ledger.frame().itertuples():
        if Verdict(row.verdict).confirms:
            edges[quantity[row.claim_id]] |= {quantity[i] for i in row.inputs.split() if not i.startswith("fact:")}
    assert len(edges) > 400
    assert confirmed_from_themselves(edges) == set()
    for checks in ledger.checks.values():  # also those that do not speak for their claim
        for check in checks:
            if check.verdict.confirms:
                edges[quantity[check.claim]] |= {quantity[i] for i in check.inputs if not i.startswith("fact:")}
    assert confirmed_from_themselves(edges) == set()


# ---- headlines, recomputed here with nothing of netterbook's statistics


def rows(paper, name):
    with (papers.data_dir() / paper / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def count_of(cell):
    return int(cell.partition(" ")[0])


def fisher_two_sided(a, n, c, m):
    """Sum of the probabilities of all tables no likelier than the one seen, in whole numbers."""
    ways = [comb(n, x) * comb(m, a + c - x) for x in range(max(0, a + c - m), min(n, a + c) + 1)]
    seen = comb(n, a) * comb(m, c)
    return sum(w for w in ways if w <= seen) / sum(ways)


def test_fishers_test_of_the_tea_tasting_lady():
    assert fisher_two_sided(3, 4, 1, 4) == 34 / 70  # Fisher, The Design of Experiments, 1935


def test_every_p_value_of_netter1_table_4_is_reproduced_by_fishers_test(ledger):
    table = rows("netter1", "table4")
    n, m = (count_of(table[0][f"{arm}_any"]) for arm in ARMS)
    tested = [row for row in table if row["p"]]
    frame = ledger.frame(paper="netter1", place="Table 4").set_index("claim_id")
    assert len(tested) == frame.index.str.endswith(".p.p").sum() >= 20
    far = 0
    for row in tested:
        claim_id = f"netter1.table4.{row['row']}.p.p"
        p = fisher_two_sided(count_of(row["lu_any"]), n, count_of(row["control_any"]), m)
        point = ledger[claim_id].point
        assert point.admits(p), (claim_id, p)
        below = point.relation == "<" and p < point.value / 10  # too far below for "<0.001" to be what was found
        far += below
        verdict = "possible" if below else "reproduced"
        assert frame.loc[claim_id, ["verdict", "method"]].tolist() == [verdict, "Fisher's exact test, two-sided"]
    assert 0 < far < len(tested) / 4


def wald(count, total):
    p = count / total
    half = Z * sqrt(p * (1 - p) / total)
    return 100 * max(0, p - half), 100 * min(1, p + half)


def clopper_pearson(count, total):
    """From quantiles of the beta distribution, for counts that are neither none nor all."""
    return 100 * beta.ppf(0.025, count, total - count + 1), 100 * beta.ppf(0.975, count + 1, total - count)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(
    ("rate", "responders", "total", "method", "gives", "does_not"),
    [
        ("netter1.table2.rate.{}.rate", "netter1.table2.responders.{}.count", "netter1.table2.n.{}.count",
         "Wald", wald, clopper_pearson),
        ("netter2.table3.orr.{}.rate", "netter2.table3.orr.{}.count", "netter2.table3.n.{}.count",
         "Clopper–Pearson", clopper_pearson, wald),
        ("netter2.table3.dcr.{}.rate", "netter2.table3.dcr.{}.count", "netter2.table3.n.{}.count",
         "Clopper–Pearson", clopper_pearson, wald),
    ],
)  # fmt: skip
def test_response_intervals_tell_their_method(ledger, arm, rate, responders, total, method, gives, does_not):
    claim = ledger[rate.format(arm)]
    counts = [int(ledger.value(name.format(arm))) for name in (responders, total)]

    def printed(ends):
        return all(claim.parts[part].admits(end) for part, end in zip(("low", "high"), ends, strict=True))

    assert printed(gives(*counts))
    assert not printed(does_not(*counts))
    check = ledger.verdict(claim.id)
    assert (check.verdict, check.method) == (Verdict.AGREES, method)
    assert check.parts == ("point", "low", "high")
    assert check.note.partition(": ")[0] in ("1 of 7 forms tried give it", "2 of 7 forms tried give it")
    points = [c.verdict for c in ledger.checks[claim.id] if c.method == "percentage of count"]
    assert points == ([Verdict.REPRODUCED] if claim.numerator else [])


@pytest.mark.parametrize("arm", ARMS)
def test_assigned_totals_of_the_trial_profile_carry_two_independent_sums(ledger, arm):
    total = f"netter2.figure1.assigned_{arm}.printed.count"
    sums = [c for c in ledger.checks[total] if c.method.startswith("trial profile") and c.verdict == "reproduced"]
    assert len(sums) == 2
    assert not set(sums[0].inputs) & set(sums[1].inputs)
    boxes = {row["row"]: int(row["printed"]) for row in rows("netter2", "figure1")}
    for check in sums:
        names = [i.split(".")[2] for i in check.inputs]
        assert sum(boxes[name] for name in names) == boxes[f"assigned_{arm}"]


def test_every_percentage_with_a_count_is_of_that_count(ledger):
    """Recomputed here for all table cells that print both."""
    cells = [c for c in ledger.claims.values() if c.numerator and c.place.startswith("Table")]
    assert len(cells) > 250
    for claim in cells:
        count, total = (sum(int(ledger[i].point.value) for i in ids) for ids in (claim.numerator, claim.denominator))
        assert abs(100 * count - claim.point.value * total) * 2 * 10**claim.point.decimals <= total or (
            claim.point.text == "<1%" and 0 < 100 * count < total
        ), claim.id
