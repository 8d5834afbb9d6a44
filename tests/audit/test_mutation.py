"""A changed number is caught: by the second transcription always, by arithmetic where the number is recomputed."""

import random

import pytest
from misprints import copy_with

from netterbook import papers
from netterbook.audit import build_ledger, misprints, with_checks
from netterbook.audit.misprints import misprint
from netterbook.claims import Claim, Verdict
from netterbook.entries import disagreements
from netterbook.ledger import Ledger
from netterbook.printed import Printed

SIZE, FORGOTTEN = 70, 100
"""Misprints tried through a folder, and for inputs that are not named."""

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


@pytest.mark.parametrize(("claim_id", "part"), SAMPLE)
def test_a_misprint_in_the_files_is_caught_as_the_stored_table_says(
    claim_id, part, ledger, table, tmp_path, record_property
):
    """What ``netterbook misprints`` finds in memory, here through a folder."""
    original = ledger[claim_id].parts[part]
    changed = misprint(original.text)
    folder = copy_with(ledger[claim_id], part, changed, tmp_path / "data")
    assert disagreements(papers.load(folder)) == {claim_id: [(part, changed, original.text)]}
    mutated = build_ledger(folder)
    new = differing(mutated) - differing(ledger)
    record_property("misprint caught by arithmetic", bool(new))
    if ledger[claim_id].measure == "axis":
        assert (claim_id, part) not in table.index
        return
    said = table.loc[(claim_id, part)]
    assert (said["printed"], said["misprint"], said["caught"]) == (original.text, changed, bool(new))
    assert not new or (said["by"], said["method"]) in new
    if ledger.verdict(claim_id).verdict in (Verdict.REPRODUCED, Verdict.FIXED) and not original.relation:
        assert new or part not in ledger.leading(claim_id).parts  # an inequality stays true when it is loosened


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


def test_a_check_that_a_misprint_changes_names_the_misprinted_number(ledger):
    """An input that a check forgets to name shows when that number changes, and the ledger could not follow it."""
    claims = papers.load().claims
    found = list(misprints.misprints(claims))
    before, seen = every_check(ledger), 0
    for wrong in random.Random(14).sample(found, FORGOTTEN):
        after = every_check(with_checks(Ledger(misprints.misprinted(claims, wrong), ledger.folder)))
        for which in before.keys() & after.keys():
            old, new = before[which], after[which]
            if result(old) != result(new):
                seen += 1
                assert wrong.claim in (old.claim, *old.inputs, *new.inputs), (wrong, which)
    assert seen > FORGOTTEN


def test_a_forgotten_input_is_noticed():
    """By the comparison above, of a check that reads a number past its inputs."""

    def book(printed):
        parts = {name: {"point": Printed(text, exact=True)} for name, text in (("x", "5"), ("most", printed))}
        claims = {name: Claim(name, "p", "t", "1", "", name, "count", "", part) for name, part in parts.items()}
        found = Ledger(claims)
        found.bounded("x", "careless", lambda: (0, found.count("most")), [])
        found.bounded("x", "careful", lambda most: (0, most), ["most"])
        return every_check(found)

    before, after = book("7"), book("8")
    changed = {which[1]: before[which].inputs for which in before if result(before[which]) != result(after[which])}
    assert changed == {"careless": (), "careful": ("most",)}


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
