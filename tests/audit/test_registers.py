"""Registration numbers, dates and counts against the registers' records and later reports."""

import pytest
from misprints import copy_with

from netterbook.audit import build_ledger
from netterbook.audit.misprints import misprint
from netterbook.claims import Verdict

NUMBERS = ("netter1.abstract.nct", "netter1.abstract.eudract", "netter2.methods.registration")
ALIKE = {
    "netter1.results.data_cutoff": ("fact:F104", "24 Jul 2015"),
    "netter1.results.enrollment_start": ("fact:F236", "Sept 6, 2012"),
    "netter1.results.enrollment_end": ("fact:F237", "Jan 14, 2016"),
    "netter1.methods.events_planned_pfs": ("fact:F255", "74"),
    "netter2.figure1.randomised.printed.count": ("fact:F103", "226"),
}


def of_fact(ledger, claim_id, fact):
    return next(check for check in ledger.checks[claim_id] if check.inputs == (fact,))


@pytest.mark.parametrize("claim_id", NUMBERS)
def test_a_registration_number_is_fixed_by_the_trials_record(claim_id, ledger, tmp_path):
    check = ledger.verdict(claim_id)
    printed = ledger[claim_id].point.text
    assert (check.verdict, check.recomputed, check.passing) == (Verdict.FIXED, printed, 1)
    mutated = build_ledger(copy_with(ledger[claim_id], "point", misprint(printed), tmp_path / "data"))
    check = mutated.verdict(claim_id)  # the misprint has the right form
    assert (check.verdict, check.recomputed) == (Verdict.DIFFERS, printed)


def test_both_printings_of_netter2s_number_are_fixed(ledger):
    assert ledger.verdict("netter2.abstract.registration").verdict is Verdict.FIXED


def test_a_number_without_the_registers_form_differs_and_names_none(ledger, tmp_path):
    claim = ledger["netter1.abstract.eudract"]
    mutated = build_ledger(copy_with(claim, "point", "2011–005,049-11", tmp_path / "data"))
    assert {check.recomputed for check in mutated.checks[claim.id]} == {"none", ""}
    assert mutated.verdict(claim.id).verdict is Verdict.DIFFERS


@pytest.mark.parametrize(("claim_id", "fact", "said"), [(claim, *record) for claim, record in ALIKE.items()])
def test_what_a_register_or_a_later_report_repeats_is_alike(claim_id, fact, said, ledger, tmp_path):
    check = of_fact(ledger, claim_id, fact)
    assert (check.verdict, check.recomputed) == (Verdict.ALIKE, said)
    changed = misprint(ledger[claim_id].point.text)
    mutated = build_ledger(copy_with(ledger[claim_id], "point", changed, tmp_path / "data"))
    assert of_fact(mutated, claim_id, fact).verdict is Verdict.DIFFERS


def test_a_day_outside_the_printed_month_differs(ledger, tmp_path):
    claim = ledger["netter1.results.enrollment_start"]
    mutated = build_ledger(copy_with(claim, "point", "October 2012", tmp_path / "data"))
    assert mutated.verdict(claim.id).verdict is Verdict.DIFFERS
