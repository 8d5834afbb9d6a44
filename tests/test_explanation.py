"""What is said of each number follows from the ledger."""

import random
import re
from fractions import Fraction
from math import prod

import pytest

from netterbook import papers
from netterbook.claims import Verdict
from netterbook.explanation import SIGNIFICANT, Explanations, formulas
from netterbook.printed import Printed


@pytest.fixture(scope="module")
def explained(ledger):
    return Explanations(ledger)


def test_every_number_is_explained_by_all_its_checks(ledger, explained):
    for claim_id in ledger.claims:
        found = explained.of(claim_id)
        checks = ledger.checks.get(claim_id, [])
        assert sorted(step.method for step in found.steps) == sorted(check.method for check in checks)
        assert bool(found.steps) != bool(found.reason), claim_id
        assert found.verdict == str(ledger.leading(claim_id).verdict)
        assert all(cited.said or cited.id == "ICRP-107" for step in found.steps for cited in step.inputs), claim_id


def test_both_entries_are_told_and_alike(ledger, explained):
    folder = papers.data_dir()
    for claim_id in ledger.claims:
        first, second = explained.of(claim_id).entries
        assert first.typed == second.typed and (folder / first.file).is_file()
        assert claim_id.split(".")[0] == first.file.split("/")[0]


def added(text):
    return sum(Fraction(each) for each in re.findall(r"[\d.]+", text))


def test_arithmetic_gives_the_recomputed_number(explained, ledger):
    """Evaluated here from its text, for every check that has one."""
    counted = 0
    for claim_id in ledger.claims:
        for step in explained.of(claim_id).steps:
            if not step.arithmetic:
                continue
            product, _, divisor = step.arithmetic.partition("÷")
            value = prod(map(added, product.split("×"))) / added(divisor or "1")
            decimals = len(step.recomputed.partition(".")[2])
            assert f"{float(value):.{decimals}f}" == step.recomputed, (claim_id, step)
            counted += 1
    assert counted > 500


def test_formulas_are_all_used_and_explain_most_checks(ledger):
    methods = [check.method for checks in ledger.checks.values() for check in checks]
    known = formulas(ledger.folder)
    first = [next((each.method for each in known if method.startswith(each.method)), None) for method in methods]
    assert {each.method for each in known} == set(first) - {None}
    assert first.count(None) < 0.15 * len(first)


def test_whatever_differs_says_what_hangs_on_it(ledger, explained):
    differing = [claim_id for claim_id in ledger.claims if ledger.leading(claim_id).verdict is Verdict.DIFFERS]
    assert len(differing) == 17
    for claim_id in ledger.claims:
        assert len(explained.of(claim_id).difference) == (2 if claim_id in differing else 0)
    assert "0.0041, not 0.0097" in explained.of("netter1.table4.any_ae.lu_any.count").difference[1]


def test_a_p_value_is_told_as_it_would_be_with_another_count(explained):
    """Headache, 16 of 111 against 5 of 110: with ten, P would not be below 5%."""
    (test,) = explained.tests_with("netter1.table4.headache.lu_any.count", Printed("10"))
    assert test.claim == "netter1.table4.headache.p.p"
    assert test.recomputed < SIGNIFICANT < test.otherwise


def test_who_rests_on_a_number_has_it_among_the_inputs(ledger, explained):
    seen = 0
    for claim_id in random.Random(20).sample(list(ledger.claims), 200):
        for user in explained.used_by(claim_id):
            assert any(claim_id in check.inputs for check in ledger.checks[user])
            seen += 1
    assert seen > 100


def test_a_tree_ends_in_numbers_that_are_not_confirmed_from_others(ledger, explained):
    def leaves(node, top=True):
        if not node["inputs"]:
            yield node
        for each in node["inputs"]:
            assert node["verdict"] in ("reproduced", "agrees", "recovered") or top
            yield from leaves(each, False)

    for claim_id in ("netter1.results.pfs_hr", "netter1.table2.rate.p.p", "netter2.figure2a.pfs_hr"):
        tree = explained.tree(claim_id)
        ids = [leaf["id"] for leaf in leaves(tree)]
        assert ids and claim_id not in ids
        assert {each["id"] for each in tree["inputs"]} == set(ledger.leading(claim_id).inputs) & ledger.claims.keys()
