"""Blood and marrow after treatment."""

import pytest

from netterbook import facts
from netterbook.book.dosimetry import toxicity
from netterbook.methods.expected_counts import ratio_of_counts


def test_lymphopenia_is_the_papers_and_the_labels(ledger):
    found = toxicity.lymphopenia(ledger)
    assert found == {"netter1": (10 / 111, 0.44), "netter2": (8 / 147, pytest.approx(0.381))}
    printed = "netter1.abstract.lymphopenia_grade34_lu", "netter2.results.lymphocytes3_lu_pct"
    assert [round(100 * each.reported) for each in found.values()] == [ledger.number(claim) for claim in printed]
    assert any(toxicity.counts_printing_as(toxicity.Printed("38.1%"), 147))  # 56 of 147


def test_the_label_s_later_share_is_of_other_patients(ledger):
    found = toxicity.mds_by_label(ledger)
    assert (found.earlier, found.earlier_counts, found.treated) == (2.7, (3,), 111)
    assert found.later_counts == () and all(round(100 * n / 111, 1) != found.later for n in range(112))


def test_marrow_doses_are_the_facts(ledger):
    assert toxicity.marrow(ledger, 4) == (pytest.approx(4 * 0.42), 1.0, 2.0)


def test_counts_of_myeloid_neoplasms_are_those_printed_as_percentages(ledger):
    known = facts.read(ledger.folder)
    table = toxicity.myeloid_neoplasms(ledger).set_index("study")
    assert table[["count", "total"]].to_numpy().tolist() == [
        [1, 111], [2, 111], [1, 147], [3, 504], [13, 610], [8, 274], [25, 521]
    ]  # fmt: skip
    assert (known["F279"].numbers[:2], known["F279"].size) == ((8, 2.9), 274) and round(100 * 8 / 274, 1) == 2.9
    for fact in ("F316", "F318", "F319"):
        count, total, percent = known[fact].numbers[:3]
        assert round(100 * count / total, 1) == percent
    mds, share, leukaemia, other = known["F271"].numbers  # two shares of the same patients
    assert mds / share == pytest.approx(leukaemia / other)
    printed = ledger.number("netter1.results.mds_lu_percent")
    assert round(table.loc["NETTER-1, primary analysis", "percent"], 1) == printed
    assert (table["low"] < table["percent"]).all() and (table["percent"] < table["high"]).all()
    assert table["second_hand"].to_dict()["NETTER-1, final analysis"] and table["second_hand"].sum() == 1


def test_the_printed_interval_of_the_registry_is_that_of_two_counts(ledger):
    found = toxicity.registry(ledger)
    assert (found.observed, found.expected) == (8, 3.0) and found.printed == (2.7, 0.7, 10.0)
    assert round(found.exact.value, 1) == 2.7 and found.exact.low > 1 > found.as_counts.low
    near = [ratio_of_counts(8, expected) for expected in (2.95, 3.05)]  # what prints as 3.0
    assert near[1].high < 10.05 < near[0].high and all(round(each.low, 1) == 0.7 for each in near)


def test_what_none_of_some_patients_leaves_possible():
    """(1 - p)^n = 0.025 at the upper end."""
    assert (1 - toxicity.none_of(35) / 100) ** 35 == pytest.approx(0.025)
