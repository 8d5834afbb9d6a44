"""Design, allocation, products' labels and quartiles."""

import pytest
from misprints import copy_with

from netterbook.audit import build_ledger, common
from netterbook.claims import Claim, Verdict
from netterbook.ledger import Ledger
from netterbook.printed import Printed


def rebuilt(ledger, claim_id, text, tmp_path, part="point"):
    return build_ledger(copy_with(ledger[claim_id], part, text, tmp_path / "data"))


def test_the_planned_events_are_those_expected_of_the_planned_patients(ledger):
    check = ledger.leading("netter1.methods.events_planned_pfs")
    assert check.verdict is Verdict.REPRODUCED and check.recomputed == "74"
    assert "73.70 before rounding; 124.50 patients" in check.note
    patients = ledger.leading("netter1.methods.sample_size_pfs")
    assert (patients.verdict, patients.passing) == (Verdict.POSSIBLE, 2)


@pytest.mark.parametrize("text", ["73", "75"])
def test_other_planned_events_differ(ledger, text, tmp_path):
    changed = rebuilt(ledger, "netter1.methods.events_planned_pfs", text, tmp_path)
    assert changed.leading("netter1.methods.events_planned_pfs").verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("claim_id", "other"),
    [
        ("netter1.methods.allocation_ratio", "2:1"),
        ("netter2.methods.allocation", "1:1"),
        ("netter2.methods.allocation", "3:1"),
    ],
)
def test_allocation_follows_from_the_sizes_of_the_groups(ledger, claim_id, other, tmp_path):
    check = ledger.leading(claim_id)
    assert (check.verdict, check.passing, check.recomputed) == (Verdict.FIXED, 1, ledger[claim_id].printed)
    assert rebuilt(ledger, claim_id, other, tmp_path).leading(claim_id).verdict is Verdict.DIFFERS


def test_incomplete_blocks_may_leave_several_allocations():
    texts = {"ratio": "1:1", "block": "4", "strata": "6", "lu": "30", "control": "20"}
    book = Ledger(
        {k: Claim(k, "one", "Methods", "1", "", k, "count", "", {"point": Printed(v, True)}) for k, v in texts.items()}
    )
    common.check_allocation(book, "ratio", "block", "strata", ["lu", "control"])
    check = book.leading("ratio")
    assert (check.verdict, check.recomputed, check.inputs) == (
        Verdict.POSSIBLE, "1:1 or 2:1", ("lu", "control", "block", "strata"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claim_id", "other"), [("netter1.methods.block_size", "5"), ("netter2.methods.block_size", "seven")]
)
def test_blocks_hold_the_allocation(ledger, claim_id, other, tmp_path):
    assert ledger.leading(claim_id).verdict is Verdict.POSSIBLE
    assert rebuilt(ledger, claim_id, other, tmp_path).leading(claim_id).verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("name", "other"),
    [("aminosyn_lysine", "21.1"), ("aminosyn_arginine", "20.3"), ("vamin_lysine", "19"), ("vamin_arginine", "22.7")],
)
def test_amino_acids_are_what_the_labels_state(ledger, name, other, tmp_path):
    claim_id = f"netter1.methods.{name}"
    check = ledger.leading(claim_id)
    assert check.verdict is Verdict.REPRODUCED
    assert [i for i in check.inputs if i.startswith("fact:")] == ["fact:F360" if "aminosyn" in name else "fact:F361"]
    assert rebuilt(ledger, claim_id, other, tmp_path).leading(claim_id).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("name", ["aminosyn_volume", "aminosyn_concentration", "vamin_volume"])
def test_volumes_and_strength_are_fixed_by_them(ledger, name):
    assert ledger.leading(f"netter1.methods.{name}").verdict is Verdict.FIXED


def test_the_level_of_the_response_intervals_is_the_one_that_gives_them(ledger):
    check = ledger.leading("netter1.methods.ci_level_response")
    assert (check.verdict, check.passing, check.forms) == (Verdict.FIXED, 1, 100)


@pytest.mark.parametrize(
    ("claim_id", "part", "other"),
    [
        ("netter2.table1.age.lu.median", "point", "66"),  # 86 of 151 are younger than 65
        ("netter2.table1.age.control.median", "high", "63"),  # 27 of 75 are 65 or older
        ("netter2.table1.ki67.lu.median", "point", "21%"),  # 99 of 151 have at most 20%
        ("netter2.table1.ki67.control.median", "low", "9"),
        ("netter2.table1.ki67.all.median", "high", "19"),
        ("netter2.table1.time_since_diagnosis.lu.median", "high", "6·7"),
        ("netter2.table1.metastasis_threshold", "point", ">19%"),
    ],
)
def test_quartiles_lie_in_the_subgroup_that_holds_them(ledger, claim_id, part, other, tmp_path):
    assert ledger.leading(claim_id).verdict in (Verdict.POSSIBLE, Verdict.FIXED)
    assert rebuilt(ledger, claim_id, other, tmp_path, part).leading(claim_id).verdict is Verdict.DIFFERS
