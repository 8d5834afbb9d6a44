"""Habits of printing, and numbers that must be one."""

import pytest
from misprints import copy_with

from netterbook.audit import build_ledger, printing
from netterbook.claims import Claim, Verdict
from netterbook.ledger import Ledger
from netterbook.printed import Printed


def claim(claim_id, text, measure="count", **more):
    printed = Printed(text, exact=measure == "count")
    return Claim(claim_id, "one", "Table 1", "1", "", claim_id, measure, "", {"point": printed}, **more)


def table(*bare, percent="5%"):
    """A row with a percentage in its first column, and counts without one in the others."""
    cells = [claim("one.t.row.a.count", "6"), claim("one.t.row.a.percent", percent, "percent")]
    cells += [claim(f"one.t.row.{column}.count", text) for column, text in zip("bcdefg", bare, strict=False)]
    return Ledger({c.id: c for c in cells})


def verdicts(book):
    return {i.split(".")[3]: book.leading(i).verdict for i in book.claims if book.checks.get(i)}


def test_a_zero_without_percentage_is_possible_by_habit_and_a_one_differs():
    book = table("0", "0", "0", "0")
    printing.check_zeros(book)
    assert verdicts(book) == dict.fromkeys("bcde", Verdict.POSSIBLE)
    assert book.leading("one.t.row.b.count").passing == 1
    book = table("0", "1", "0", "0")
    printing.check_zeros(book)
    assert verdicts(book) == {"c": Verdict.DIFFERS}


@pytest.mark.parametrize("bare", [("0", "0"), ("1", "1", "0", "0"), ("3", "4", "5")])
def test_two_numbers_are_no_habit_and_a_table_of_plain_counts_has_none(bare):
    book = table(*bare)
    printing.check_zeros(book)
    assert verdicts(book) == {}


def test_rows_without_any_percentage_are_not_looked_at():
    book = Ledger(
        {f"one.t.n.{c}.count": claim(f"one.t.n.{c}.count", text) for c, text in zip("abcd", "0003", strict=True)}
    )
    printing.check_zeros(book)
    assert verdicts(book) == {}


@pytest.mark.parametrize(
    ("texts", "differs"),
    [(["<0.001"] * 4, 0), (["<0.001", "<0.001", "<0.002"], 1), (["<0.001", "<0.002"], 2), (["<0.001"], 0)],
)
def test_a_paper_has_one_bound(texts, differs):
    book = Ledger({f"p{i}": claim(f"p{i}", text, "p_value") for i, text in enumerate(texts)})
    printing.check_bounds(book)
    found = [book.leading(i).verdict for i in book.claims]
    assert found.count(Verdict.DIFFERS) == differs
    if len(texts) > 1:
        assert found.count(Verdict.ALIKE) == len(texts) - differs
    else:
        assert found == [Verdict.RECORDED]


@pytest.mark.parametrize(("other", "verdict"), [(">65", "printed alike"), ("≥65", "printed alike"), (">66", "differs")])
def test_two_levels_share_their_limit(other, verdict):
    book = Ledger({"low": claim("low", "≤65", "setting"), "high": claim("high", other, "setting")})
    printing.check_alike(book, "where the other level begins", "low", "high")
    assert [str(book.leading(i).verdict) for i in ("low", "high")] == [verdict] * 2
    assert book.leading("low").inputs == ("high",)
    assert not book.leading("low").verdict.confirms


@pytest.mark.parametrize(
    ("claim_id", "part", "other"),
    [
        ("netter1.table4.cough.control_grade34.count", "point", "1"),
        ("netter2.table5.leukopenia.control_any.count", "point", "1"),
        ("netter1.table4.nausea.p.p", "point", "<0.002"),
        ("netter2.table5.anaemia.lu_any.percent", "point", "<2%"),
        ("netter1.figure1c.age_le", "point", "≤66"),
        ("netter2.table1.kps_middle_low", "point", "71"),
        ("netter2.table2.exposure_octreotide.control.median", "high", "64·2"),
        ("netter2.table1.kps_top_high", "point", "101"),
        ("netter1.introduction.prior_trial_n", "point", "311"),
    ],
)
def test_misprints_of_the_papers(ledger, claim_id, part, other, tmp_path):
    assert ledger.leading(claim_id).verdict is not Verdict.DIFFERS
    changed = build_ledger(copy_with(ledger[claim_id], part, other, tmp_path / "data"))
    assert changed.leading(claim_id).verdict is Verdict.DIFFERS
