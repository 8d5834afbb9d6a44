from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netterbook.errors import DataError
from netterbook.printed import Printed, show

DECIMALS = st.integers(0, 5)
VALUES = st.decimals(-10_000, 10_000, allow_nan=False, allow_infinity=False, places=7)
TIES = st.builds(lambda n, d: (Decimal(2 * n + 1) / 2).scaleb(-d), st.integers(-10_000, 10_000), DECIMALS)
ROUNDINGS = st.sampled_from([ROUND_HALF_EVEN, ROUND_HALF_UP])


def rounded(value: Decimal, decimals: int, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), rounding)


def printed(value: Decimal) -> Printed:
    return Printed(f"{value:f}")


@given(VALUES | TIES, DECIMALS, ROUNDINGS)
def test_a_rounded_value_is_admitted_by_its_own_print(value, decimals, rounding):
    assert printed(rounded(value, decimals, rounding)).admits(Fraction(value))


@given(VALUES | TIES, DECIMALS, ROUNDINGS, st.sampled_from([-2, 2]))
def test_a_print_two_units_away_never_admits(value, decimals, rounding, units):
    elsewhere = rounded(value, decimals, rounding) + units * Decimal(1).scaleb(-decimals)
    assert not printed(elsewhere).admits(Fraction(value))


@given(VALUES, DECIMALS)
def test_only_a_tie_has_two_prints(value, decimals):
    """Among the nearest prints exactly one admits a value, and both do where it lies in the middle."""
    unit = Decimal(1).scaleb(-decimals)
    nearest = rounded(value, decimals)
    admitting = sum(printed(nearest + step * unit).admits(Fraction(value)) for step in (-1, 0, 1))
    tie = abs(value - nearest) == unit / 2
    assert admitting == (2 if tie else 1)


@given(VALUES, VALUES, DECIMALS)
def test_a_range_overlaps_where_it_reaches_into_the_bounds(a, b, decimals):
    low, high = sorted((a, b))
    text = printed(rounded(low, decimals))
    assert text.overlaps(Fraction(low), Fraction(high))
    above = rounded(high, decimals) + 2 * Decimal(1).scaleb(-decimals)
    assert not printed(above).overlaps(Fraction(low), Fraction(high))


@given(st.integers(0, 10**6), VALUES)
def test_an_exact_number_admits_itself_alone(number, value):
    assume(value != number)
    text = Printed(str(number), exact=True)
    assert text.admits(number)
    assert not text.admits(Fraction(value))


@pytest.mark.parametrize("tie", ["0.205", "0.215"])
def test_both_ties_belong(tie):
    assert Printed("0.21").admits(Fraction(tie))


def test_trailing_zero_is_a_claim_of_precision():
    assert Printed("0.21").admits(Fraction("0.2149"))
    assert not Printed("0.210").admits(Fraction("0.2149"))
    assert Printed("0.210").bounds == (Fraction("0.2095"), Fraction("0.2105"))
    assert (Printed("0.21").decimals, Printed("0.210").decimals, Printed("21").decimals) == (2, 3, 0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0·29", "0.29"),
        ("8·5%", "8.5"),
        ("43·0%", "43"),
        ("75,000", "75000"),
        ("1,234,567.8", "1234567.8"),
        ("-0.5", "-0.5"),
        ("−0.5", "-0.5"),
        ("=0.04", "0.04"),
        ("< 20%", "20"),
        (" 7 ", "7"),
        ("none", "0"),
        ("No", "0"),
        ("zero", "0"),
        ("eight", "8"),
        ("Nineteen", "19"),
        ("twenty", "20"),
        ("thirty-one", "31"),
        ("Ninety-six", "96"),
    ],
)
def test_reads_numbers_as_papers_print_them(text, value):
    assert Printed(text).value == Fraction(value)


@pytest.mark.parametrize(
    "text",
    [
        "NE",
        "not estimated",
        "",
        "half",
        "1:1",
        "July 24, 2015",
        "1,00",
        "0,21",
        "1.2.3",
        "5 %5",
        "ninety-ten",
        "ninety-eleven",
        "11O",
    ],
)
def test_other_strings_are_no_number_and_admit_nothing(text):
    printed = Printed(text)
    assert not printed.is_number
    with pytest.raises(DataError, match="where a number is needed"):
        _ = printed.value
    assert printed.bounds == (None, None)
    assert not printed.admits(0) and not printed.admits(0.5)
    assert not printed.overlaps(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("<0.001", "0.000999", "0.001"),
        ("≤6", "6", "6.001"),
        (">6", "6.001", "6"),
        ("≥97%", "97", "96.999"),
    ],
)
def test_inequalities_are_not_rounded(text, inside, outside):
    assert Printed(text).admits(Fraction(inside))
    assert not Printed(text).admits(Fraction(outside))


@pytest.mark.parametrize(
    ("text", "relation"),
    [("<0.001", "<"), ("≤ 6", "≤"), (">6", ">"), ("≥97%", "≥"), ("=0.04", ""), ("0.04", ""), ("eight", ""), ("NE", "")],
)
def test_the_relation_is_told_from_the_number(text, relation):
    assert Printed(text).relation == relation


def test_an_exact_fraction_hardly_beyond_the_rounding_does_not_print_alike():
    beyond = Fraction("0.21500000000000000000001")
    assert Printed("0.21").admits(float(beyond)) and not Printed("0.21").admits(beyond)
    assert not Printed("0.21").overlaps(beyond, 1)


def test_a_range_need_only_reach_over_an_inequality():
    assert Printed("<1").overlaps(Fraction(1, 2), 2)
    assert not Printed("<1").overlaps(1, 2)
    assert Printed("≤1").overlaps(1, 2)
    assert not Printed(">2").overlaps(1, 2)
    assert Printed("≥2").overlaps(1, 2)


def test_a_range_may_be_open():
    assert Printed("28.5").overlaps(28, inf)
    assert not Printed("28.5").overlaps(29, inf)
    assert Printed("28.5").overlaps(-inf, inf)
    assert not Printed("28.5").overlaps(-inf, 28)
    assert not Printed("28.5").overlaps(inf, inf)


def test_text_is_kept():
    assert str(Printed("8·5%")) == "8·5%"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (Fraction(1, 3), 0, "0.33"),
        (Fraction(1, 3), 2, "0.3333"),
        (100, 0, "100"),
        (0, 2, "0"),
        (0.5, 3, "0.5"),
        (1.44e-13, 3, "1.44e-13"),
        (0.008, 0, "0.01"),
        (0.0045, 0, "0.0045"),
        (-0.0045, 0, "-0.0045"),
        (-2.5, 0, "-2.5"),
        (None, 2, "NE"),
    ],
)
def test_shown_with_two_digits_more_than_printed(value, decimals, text):
    assert show(value, decimals) == text
