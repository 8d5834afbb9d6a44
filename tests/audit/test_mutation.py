"""A changed number is caught: by the second transcription always, by arithmetic where the number is recomputed."""

import random

import pytest
from misprints import copy_with

from netterbook import papers
from netterbook.audit import build_ledger, misprints
from netterbook.audit.misprints import misprint
from netterbook.claims import Claim, Verdict
from netterbook.entries import disagreements
from netterbook.ledger import Ledger
from netterbook.printed import Printed

SIZE = 70
"""Misprints tried through a folder."""

EXCUSED = [
    ("netter1.table2.rate.lu.rate", "high", "Wald", "Wald with continuity correction"),
    ("netter1.table2.rate.control.rate", "high", "Wald", "Wald with continuity correction"),
]
"""Claim and part whose misprint another of the methods tried gives: arithmetic cannot see these."""


def sample(claims: Ledger, size: int) -> list[tuple[str, str]]:
    """Claims and parts: some of every place and every measure of every paper, then any."""
    rng = random.Random(177)
    order = sorted(claims.claims.values(), key=lambda claim: claim.id)
    rng.shuffle(order)
    order = [claim for claim in order if claim.id not in {excused[0] for excused in EXCUSED}]
    chosen, seen = [], set()
    for claim in order:
        strata = {(claim.paper, claim.place), (claim.paper, claim.measure)}
        if strata - seen:
            seen |= strata
            chosen.append(claim)
    chosen += [claim for claim in order if claim not in chosen]
    return [(claim.id, rng.choice(sorted(claim.parts))) for claim in chosen[:size]]


CLAIMS = papers.load()
SAMPLE = sample(CLAIMS, SIZE)


def differing(ledger):
    """Checks that differ; made without :func:`.misprints.differing`."""
    return {(c, check.method) for c in ledger.checks for check in ledger.checks[c] if check.verdict == "differs"}


@pytest.fixture(scope="module")
def table(ledger):
    found = misprints.stored_misprints(ledger.folder)
    assert found is not None, "numbers or checks have changed since: run netterbook misprints -o data/misprints.csv"
    return found.set_index(["claim", "part"])


def test_the_sample_is_of_every_place_and_measure_of_every_paper():
    claims = [CLAIMS[claim_id] for claim_id, _ in SAMPLE]
    assert len(set(SAMPLE)) == SIZE
    assert {(c.paper, c.place) for c in claims} == {(c.paper, c.place) for c in CLAIMS.claims.values()}
    assert {(c.paper, c.measure) for c in claims} == {(c.paper, c.measure) for c in CLAIMS.claims.values()}


def every_check(book):
    """Checks by claim, method and how many of this method there were before."""
    found = {}
    for claim_id in book.claims:
        methods = [check.method for check in book.checks.get(claim_id, [])]
        for i, check in enumerate(book.checks.get(claim_id, [])):
            found[claim_id, check.method, methods[:i].count(check.method)] = check
    return found


def result(check):
    return check.verdict, check.recomputed, check.ranges, check.passing


def changed_checks(before, after):
    """Those that say otherwise, with their inputs before and after."""
    old, new = every_check(before), every_check(after)
    return {w: old[w].inputs + new[w].inputs for w in old.keys() & new.keys() if result(old[w]) != result(new[w])}


@pytest.mark.parametrize(("claim_id", "part"), SAMPLE)
def test_a_misprint_in_the_files_is_caught_as_the_stored_table_says(
    claim_id, part, ledger, table, tmp_path, record_property
):
    """What ``netterbook misprints`` finds in memory, here through a folder. Each check that it changes names the
    misprinted number: the ledger could not follow an input that is not named.
    """
    original = ledger[claim_id].parts[part]
    changed = misprint(original.text)
    folder = copy_with(ledger[claim_id], part, changed, tmp_path / "data")
    assert disagreements(papers.load(folder)) == {claim_id: [(part, changed, original.text)]}
    mutated = build_ledger(folder)
    new = differing(mutated) - differing(ledger)
    altered = changed_checks(ledger, mutated)
    assert [which for which, inputs in altered.items() if claim_id not in (which[0], *inputs)] == []
    assert not new or altered
    record_property("misprint caught by arithmetic", bool(new))
    if ledger[claim_id].measure == "axis":
        assert (claim_id, part) not in table.index
        return
    said = table.loc[(claim_id, part)]
    assert (said["printed"], said["misprint"], said["caught"]) == (original.text, changed, bool(new))
    assert not new or (said["by"], said["method"]) in new
    if ledger.verdict(claim_id).verdict in (Verdict.REPRODUCED, Verdict.FIXED) and not original.relation:
        assert new or part not in ledger.leading(claim_id).parts  # an inequality stays true when it is loosened


def test_a_forgotten_input_is_noticed():
    """By the comparison above, of a check that reads a number past its inputs."""

    def book(printed):
        parts = {name: {"point": Printed(text, exact=True)} for name, text in (("x", "5"), ("most", printed))}
        claims = {name: Claim(name, "p", "t", "1", "", name, "count", "", part) for name, part in parts.items()}
        found = Ledger(claims)
        found.bounded("x", "careless", lambda: (0, found.count("most")), [])
        found.bounded("x", "careful", lambda most: (0, most), ["most"])
        return found

    changed = changed_checks(book("7"), book("8"))
    assert {which[1]: set(inputs) for which, inputs in changed.items()} == {"careless": set(), "careful": {"most"}}


@pytest.mark.parametrize(("claim_id", "part", "method", "other"), EXCUSED)
def test_a_choice_of_methods_can_excuse_a_misprint(claim_id, part, method, other, ledger, tmp_path):
    """The price of trying several methods; the second transcription is there for this."""
    changed = misprint(ledger[claim_id].parts[part].text)
    mutated = build_ledger(copy_with(ledger[claim_id], part, changed, tmp_path / "data"))
    verdicts = [(v.verdict, v.method) for v in (ledger.verdict(claim_id), mutated.verdict(claim_id))]
    assert verdicts == [(Verdict.AGREES, method), (Verdict.AGREES, other)]
    assert set(disagreements(papers.load(tmp_path / "data"))) == {claim_id}


@pytest.mark.parametrize(
    "claim_id",
    [
        claim.id
        for claim in CLAIMS.claims.values()
        if (claim.paper, claim.place, claim.measure) == ("netter1", "Table 4", "p_value") and claim.point.relation
    ],
)
def test_a_p_value_that_lost_its_sign_is_caught(claim_id, ledger, tmp_path):
    original = ledger[claim_id].point.text
    folder = copy_with(ledger[claim_id], "point", original.lstrip("< "), tmp_path / "data")
    assert set(disagreements(papers.load(folder))) == {claim_id}
    assert build_ledger(folder).verdict(claim_id).verdict is Verdict.DIFFERS


def test_copying_without_a_misprint_changes_nothing(ledger, tmp_path):
    for number, (claim_id, part) in enumerate(SAMPLE[:5]):
        folder = copy_with(ledger[claim_id], part, ledger[claim_id].parts[part].text, tmp_path / str(number))
        assert disagreements(papers.load(folder)) == {}


@pytest.mark.parametrize(
    ("claim_id", "part", "impossible", "said"),
    [
        ("netter1.table2.responders.lu.count", "point", "118", "netter1.table2.rate.lu.rate"),
        ("netter1.table4.headache.lu_any.count", "point", "999", "netter1.table4.headache.p.p"),
        ("netter1.results.pfs20_lu", "high", "100", "netter1.results.pfs20_lu"),
    ],
)
def test_an_impossible_number_differs_and_does_not_stop_the_audit(claim_id, part, impossible, said, ledger, tmp_path):
    mutated = build_ledger(copy_with(ledger[claim_id], part, impossible, tmp_path / "data"))
    check = mutated.verdict(said)
    assert check.verdict is Verdict.DIFFERS
    assert check.recomputed.startswith("none: ")
