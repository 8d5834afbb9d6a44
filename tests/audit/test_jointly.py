"""What all checks together leave of a number."""

import pytest
from misprints import copy_with

from netterbook.audit import build_ledger, common, jointly
from netterbook.claims import Claim, Verdict
from netterbook.ledger import Ledger
from netterbook.methods.proportions import percentage
from netterbook.printed import Printed

JOINT = "left by all checks together"


def claim(claim_id, text, measure="count", **more):
    return Claim(claim_id, "one", "Table 1", "1", "", claim_id, measure, "", {"point": Printed(text, True)}, **more)


def book_of(**texts):
    return Ledger({name: claim(name, text) for name, text in texts.items()})


def joint(ledger, claim_id):
    found = [check for check in ledger.checks.get(claim_id, []) if check.method.startswith(JOINT)]
    assert len(found) < 2
    return found[0] if found else None


def test_a_part_is_what_its_total_and_the_other_parts_leave():
    book = book_of(total="10", a="4", b="6")
    common.check_sum(book, "total", "a", "b")
    jointly.check(book)
    assert book.leading("total").verdict is Verdict.REPRODUCED
    for part, other in (("a", "b"), ("b", "a")):
        check = joint(book, part)
        assert (check.verdict, check.passing, check.forms) == (Verdict.FIXED, 1, 10)
        assert set(check.inputs) == {"total", other}
        assert check.recomputed == book[part].printed


def test_a_total_that_differs_leaves_nothing_fixed():
    book = book_of(total="11", a="4", b="6")
    common.check_sum(book, "total", "a", "b")
    jointly.check(book)
    assert joint(book, "a") is None and joint(book, "b") is None


def test_several_numbers_left_are_counted():
    book = book_of(most="7", count="4", part="2")
    book.bounded("count", "no more", common.up_to, ["most"])
    book.bounded("part", "within", common.up_to, ["count"], steady=True)
    jointly.check(book)
    check = joint(book, "count")
    assert (check.verdict, check.passing, check.recomputed) == (Verdict.POSSIBLE, 6, "2–7")
    assert check.method == f"{JOINT}: no more, within"


@pytest.mark.parametrize("steady", [False, True])
def test_a_percentage_fixes_its_count_where_one_count_prints_so(steady):
    book = book_of(share="7", count="8", n="113")
    book.compare("share", "percentage", lambda a, b: round(float(percentage(a, b))), ["count", "n"], steady=steady)
    jointly.check(book)
    assert joint(book, "count").verdict is Verdict.FIXED  # 7/113 prints 6%, 9/113 8%
    assert joint(book, "n").passing == len([n for n in range(1000) if n and round(800 / n) == 7])


def test_what_need_not_hold_fixes_nothing():
    book = book_of(product="32", cycles="4", weeks="8", days="224")
    book.compare("product", "median exposure", lambda a, b: a * b, ["cycles", "weeks"], weak=True)
    book.compare("days", "in days", lambda weeks: weeks * 7, ["product"])
    jointly.check(book)
    assert joint(book, "weeks") is None
    assert joint(book, "product").method == f"{JOINT}: in days"


def test_a_form_chosen_because_it_fits_fixes_nothing(ledger):
    assert ledger.leading("netter1.results.os_threshold").verdict is Verdict.AGREES
    assert joint(ledger, "netter1.results.deaths_lu") is None


def test_a_reproduced_number_and_a_copy_are_left_alone():
    book = Ledger(
        {c.id: c for c in (claim("total", "10"), claim("a", "4"), claim("b", "6"), claim("x", "4", same_as="a"))}
    )
    common.check_sum(book, "total", "a", "b")
    jointly.check(book)
    assert joint(book, "total") is None and joint(book, "x") is None
    book.agree_with_copies()
    assert book.leading("x").verdict is Verdict.FIXED  # as its main printing


@pytest.mark.parametrize(
    ("claim_id", "left", "said"),
    [
        ("netter2.figure1.ended_ae_lu.printed.count", 1, "trial profile"),
        ("netter2.figure1.screen_failures.printed.count", 1, "trial profile"),
        ("netter2.figure2b.cga_gt2uln.lu.n", 1, "sum of the two groups"),
        ("netter2.table3.unknown_new_therapy_lu", 1, "reasons in the footnote"),
        ("netter1.table4.cough.control_any.count", 1, "Fisher"),  # 5 and 6 of 110 both print 5%
        ("netter1.table1.ileum.control.count", 1, "sum over primary site"),
        ("netter1.methods.assumed_os_lu", 1, "events needed"),
        ("netter2.methods.power", 1, "events needed"),
        ("netter1.methods.sample_size_pfs", 2, "events expected"),
        ("netter1.methods.alpha_pfs", 5, "power"),
    ],
)
def test_numbers_of_the_papers(ledger, claim_id, left, said):
    check = joint(ledger, claim_id)
    assert said in check.method
    assert check.passing == left
    assert check.verdict is (Verdict.FIXED if left == 1 else Verdict.POSSIBLE)


def test_no_number_is_left_by_itself(ledger):
    for claim_id in ledger.claims:
        check = joint(ledger, claim_id)
        assert check is None or (claim_id not in check.inputs and check.passing >= 1 and check.inputs)


@pytest.mark.parametrize(
    ("claim_id", "other"),
    [
        ("netter2.figure1.ended_ae_lu.printed.count", "7"),
        ("netter2.figure2b.score3.lu.n", "25"),
        ("netter1.table4.cough.control_any.count", "5"),
        ("netter1.methods.assumed_os_lu", "51"),
        ("netter2.table3.unknown_new_therapy_lu", "five"),
        ("netter1.methods.aminosyn_volume", "1"),
    ],
)
def test_another_number_in_place_of_a_fixed_one_makes_one_differ(ledger, claim_id, other, tmp_path):
    assert joint(ledger, claim_id).verdict is Verdict.FIXED
    changed = build_ledger(copy_with(ledger[claim_id], "point", other, tmp_path / "data"))
    differing = [{i for i in book.claims if book.leading(i).verdict is Verdict.DIFFERS} for book in (ledger, changed)]
    assert differing[1] - differing[0]
