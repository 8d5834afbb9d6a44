"""A changed number is caught: by the second transcription always, by arithmetic where the number is recomputed."""

import random

import pytest
from double_entry import disagreements
from misprints import copy_with, misprint

from netterbook import papers
from netterbook.audit import build_ledger
from netterbook.claims import Ledger, Verdict

SIZE = 70

EXCUSED = [
    ("netter1.table2.rate.lu.rate", "high", "Wald", "Wald with continuity correction"),
    ("netter1.table2.rate.control.rate", "high", "Wald", "Wald with continuity correction"),
    (
        "netter1.methods.sample_size_pfs",
        "point",
        "patients for the planned events, nearest number",
        "patients for the planned events, rounded up",
    ),
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
    return {claim_id for claim_id in ledger.claims if ledger.verdict(claim_id).verdict is Verdict.DIFFERS}


def test_the_sample_is_of_every_place_and_measure_of_every_paper():
    claims = [CLAIMS[claim_id] for claim_id, _ in SAMPLE]
    assert len(set(SAMPLE)) == SIZE
    assert {(c.paper, c.place) for c in claims} == {(c.paper, c.place) for c in CLAIMS.claims.values()}
    assert {(c.paper, c.measure) for c in claims} == {(c.paper, c.measure) for c in CLAIMS.claims.values()}


@pytest.mark.parametrize(("claim_id", "part"), SAMPLE)
def test_a_misprint_is_caught(claim_id, part, ledger, tmp_path, record_property):
    original = ledger[claim_id].parts[part]
    changed = misprint(original.text)
    folder = copy_with(ledger[claim_id], part, changed, tmp_path / "data")
    assert disagreements(papers.load(folder)) == {claim_id: [(part, changed, original.text)]}
    mutated = build_ledger(folder)
    before, after = (book.verdict(claim_id).verdict for book in (ledger, mutated))
    caught = after is not before or differing(mutated) != differing(ledger)
    record_property("misprint caught by arithmetic", caught)
    if before is Verdict.REPRODUCED and not original.relation:  # an inequality stays true when it is loosened
        assert caught


@pytest.mark.parametrize(("claim_id", "part", "method", "other"), EXCUSED)
def test_a_choice_of_methods_can_excuse_a_misprint(claim_id, part, method, other, ledger, tmp_path):
    """The price of trying several methods; the second transcription is there for this."""
    changed = misprint(ledger[claim_id].parts[part].text)
    mutated = build_ledger(copy_with(ledger[claim_id], part, changed, tmp_path / "data"))
    verdicts = [(v.verdict, v.method) for v in (ledger.verdict(claim_id), mutated.verdict(claim_id))]
    assert verdicts == [(Verdict.REPRODUCED, method), (Verdict.REPRODUCED, other)]
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
