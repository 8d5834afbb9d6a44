"""Counts of numbers that pass, against trying every number of as many digits."""

from fractions import Fraction
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netterbook.passing import alike, forms, passing
from netterbook.printed import Printed


@pytest.mark.parametrize(
    ("text", "exact", "expected"),
    [("5", True, 10), ("63", True, 100), ("54%", False, 100), ("0.21", False, 1000), ("0·210", False, 10**4),
     ("<0.001", False, 10**4), ("Ninety-six", True, 100), ("75,000", True, 10**5), ("No", True, 10)],
)  # fmt: skip
def test_as_many_numbers_as_there_are_of_as_many_digits(text, exact, expected):
    printed = Printed(text, exact)
    assert forms(printed) == expected
    assert len({number.text for number in alike(printed)}) == expected
    assert {(n.relation, n.decimals, n.exact) for n in alike(printed)} == {(printed.relation, printed.decimals, exact)}
    assert printed.value in {number.value for number in alike(printed)}


@pytest.mark.parametrize("text", ["NE", "not reached", "July 24, 2015", "NCT01578239"])
def test_what_is_no_number_has_no_others(text):
    assert forms(Printed(text)) is None
    assert list(alike(Printed(text))) == []


def test_a_negative_number_has_negative_ones_beside_it():
    assert [number.text for number in alike(Printed("-0.1"))][:3] == ["-0.0", "-0.1", "-0.2"]
    assert [number.value for number in alike(Printed("-3"))][-1] == -9


ends = st.fractions(-20, 1200, max_denominator=200)


@given(
    st.sampled_from(["5", "63", "0.2", "1.5", "0.21", "-3", "-0.4"]),
    st.sampled_from(["", "<", "≤", ">", "≥"]),
    st.booleans(),
    st.one_of(st.just(-inf), ends),
    st.one_of(st.just(inf), ends),
)
def test_passing_counts_the_numbers_that_a_range_overlaps(text, relation, exact, low, high):
    """What :func:`passing` computes, by asking :meth:`.Printed.overlaps` of each."""
    low, high = min(low, high), max(low, high)
    printed = Printed(relation + text, exact and not relation)
    assert len(passing(printed, low, high)) == sum(number.overlaps(low, high) for number in alike(printed))


def test_a_range_that_runs_backwards_lets_nothing_pass():
    assert len(passing(Printed("5", exact=True), 6, 4)) == 0


def test_a_tie_passes_on_either_side():
    assert passing(Printed("0.21"), Fraction("0.205"), Fraction("0.205")) == range(20, 22)
    assert passing(Printed("0.21"), 0.205, 0.205) == range(20, 22)
