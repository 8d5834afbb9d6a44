"""Disagreements between definitions, totals, periods and their use: each goes away with the number that would agree,
and each check refuses a number that does not agree where the printed one does."""

import pytest
from misprints import copy_with

from netterbook import papers, trials
from netterbook.audit import common, netter1, netter2
from netterbook.claims import Verdict

BOX = "netter2.figure1.{}.printed.count"

DISAGREE = [
    ("netter1.methods.ki67_intermediate_grade_low", "2", "a grade begins"),
    ("netter1.methods.octreotide_interval_lu", "8", "interval of the infusions"),
    ("netter1.results.evaluable", "229", "all randomized patients"),
    (BOX.format("ended_progression_control"), "42", "no more than progressed or died"),  # 46 events less 4 deaths
    (BOX.format("ended_death_lu"), "2", "no more than the deaths in the treatment period"),
    (BOX.format("ended_ae_control"), "2", "patients who stopped octreotide"),
    (BOX.format("end_of_study_withdrawal_lu"), "4", "at least those who withdrew"),  # 1 before and 3 under treatment
    ("netter2.table5.immediate_haematotoxicities.lu_grade3.count", "18", "no more than all kinds"),  # 1 + 3 + 3 + 3 + 8
    ("netter2.results.locally_advanced_pct", "<1%", "the rule of the paper's other shares"),
]
"""Claim, the number that would agree, and how its check is called."""

AGREE = [
    ("netter1.methods.ki67_high_grade", "point", "21%", "a grade begins"),
    ("netter1.methods.ki67_well_differentiated", "point", "21%", "the end of intermediate grade"),
    (BOX.format("ended_progression_lu"), "point", "52", "no more than progressed or died"),  # 55 less 4
    (
        BOX.format("still_on_treatment_control"),
        "point",
        "30",
        "no more than the patients who had neither",
    ),  # 75 less 46
    (BOX.format("ended_death_control"), "point", "5", "no more than the deaths in the treatment period"),
    (BOX.format("ended_ae_lu"), "point", "4", "between the patients who stopped either drug"),  # 5 to 5 + 3
    (BOX.format("ended_ae_lu"), "point", "9", "between the patients who stopped either drug"),
    (BOX.format("end_of_study_withdrawal_control"), "point", "2", "at least those who withdrew"),
    ("netter2.table2.incomplete_death", "point", "5", "within the reasons in the trial profile"),
    ("netter2.table5.immediate_haematotoxicities.lu_any.count", "point", "33", "no more than all kinds"),
    ("netter2.table5.immediate_haematotoxicities.lu_any.count", "point", "16", "at least the commonest"),
    ("netter2.table5.anaemia.lu_any.count", "point", "2", "searched from grade 3 on"),
    ("netter2.table5.grade5_dyspnoea_lu", "point", "3", "within the deaths in the treatment period"),
    ("netter2.table4.ae_related_any.control_any.count", "point", "44", "octreotide is the group's only drug"),
    ("netter2.table4.fatal.lu_grade3.count", "point", "2", "a fatal event is severe"),
    ("netter2.table2.exposure_any.control.median", "high", "65·1", "octreotide is the group's only drug"),
    ("netter2.results.mds", "point", "two", "secondary malignancies in Table 5"),
    ("netter2.table1.age.lu.median", "high", "64", "by how many have a lower"),  # 65 of 151 are 65 or older
    ("netter2.table1.ki67.control.median", "point", "21%", "by how many have a lower"),  # 48 of 75 are of grade 2
    ("netter2.table1.ki67.control.median", "low", "9", "by how many have a lower"),
    ("netter2.results.anaemia3_lu_pct", "point", "1%", "the rule of the paper's other shares"),
]
"""Claim, part, a number that the check must refuse, and how the check is called."""


def audited(folder):
    ledger, known = papers.load(folder), trials.read(folder)
    netter1.check(ledger, known["netter1"])
    netter2.check(ledger, known["netter2"])
    common.check_small_percentages(ledger)
    return ledger


def differing(ledger, claim_id, method):
    """Whether a check of this name refuses the claim, in any of its parts."""
    return any(c.verdict is Verdict.DIFFERS and c.method.startswith(method) for c in ledger.checks.get(claim_id, ()))


@pytest.fixture(scope="module")
def printed():
    return audited(papers.data_dir())


@pytest.mark.parametrize(("claim_id", "agreeing", "method"), DISAGREE)
def test_a_disagreement_goes_away_with_the_number_that_agrees(claim_id, agreeing, method, printed, tmp_path):
    assert differing(printed, claim_id, method)
    mended = audited(copy_with(printed[claim_id], "point", agreeing, tmp_path / "data"))
    assert not differing(mended, claim_id, method)


@pytest.mark.parametrize(("claim_id", "part", "wrong", "method"), AGREE)
def test_a_number_that_agrees_is_refused_once_misprinted(claim_id, part, wrong, method, printed, tmp_path):
    assert not differing(printed, claim_id, method)
    assert differing(audited(copy_with(printed[claim_id], part, wrong, tmp_path / "data")), claim_id, method)


def test_shares_below_one_per_cent_follow_one_rule_in_netter1():
    """1 of 116, 113, 111 and so on: all are printed as 1, rounded."""
    found = common.small_percentages(papers.load())
    assert {claim.point.text for claim in found["netter1"]} == {"1", "1%"}
    assert {claim.point.text for claim in found["netter2"]} == {"<1%", "1%"}
