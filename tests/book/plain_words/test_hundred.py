"""Groups as a hundred people."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from netterbook.book.plain_words.hundred import counted, estimated, of_hundred

COUNTS = st.lists(st.integers(0, 300), min_size=1, max_size=3).filter(any)


@given(COUNTS)
def test_a_hundred_people_add_up_and_the_first_kinds_together_are_rounded_as_one(counts):
    group = counted(counts, 0.95)
    assert sum(group.people) == 100
    assert min(group.people) >= 0
    assert list(accumulate(group.people)) == [of_hundred(count, sum(counts)) for count in accumulate(counts)]


@given(COUNTS)
def test_a_range_holds_its_people_and_stays_within_a_hundred(counts):
    group = counted(counts, 0.95)
    for people, (low, high) in zip(group.people, group.ranges, strict=True):
        assert 0 <= low <= people <= high <= 100


def test_a_higher_level_makes_a_wider_range():
    (narrow, *_), (wide, *_) = counted((18, 98), 0.5).ranges, counted((18, 98), 0.99).ranges
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_ends_of_ranges_are_rounded_outwards():
    assert estimated(10.8, 3.5, 23.0).ranges == ((3, 23), (77, 97))
    assert of_hundred(0.5) == 1 and of_hundred(0.4999) == 0


def test_printed_shares_are_the_same_of_a_hundred(ledger):
    """All whole percentages of Table 4 of NETTER-1, and so the first kinds of its pictures."""
    seen = 0
    for claim in ledger.claims.values():
        if claim.id.startswith("netter1.table4.") and claim.id.endswith(".percent"):
            count, total = ledger.counts(*claim.numerator)[0], ledger.counts(*claim.denominator)[0]
            assert of_hundred(count, total) == ledger.number(claim.id)
            seen += 1
    assert seen == 60
