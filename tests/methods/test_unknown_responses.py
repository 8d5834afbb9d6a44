import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netterbook import papers
from netterbook.methods.proportions import difference, fisher, odds_ratio
from netterbook.methods.unknown_responses import ASSUMPTIONS, unknown_responses

# One arm: responders, unknown, others
ARMS = st.tuples(st.integers(0, 40), st.integers(0, 20), st.integers(0, 40)).filter(lambda a: a[0] + a[2] > 0)


def compared(first, second, method="Newcombe", level=0.95):
    responders, unknown = zip(first[:2], second[:2], strict=True)
    return unknown_responses(responders, unknown, (sum(first), sum(second)), method, level)


def test_netter2s_counts_under_each_assumption():
    table = papers.table("netter2", "table3").set_index("row")

    def count(row):
        return tuple(int(table.loc[row, arm].partition(" ")[0]) for arm in ("lu", "control"))

    found = unknown_responses(count("orr"), count("unknown"), count("n"))
    counts = found[["responders1", "total1", "responders2", "total2"]]
    assert dict(zip(counts.index, counts.values.tolist(), strict=True)) == {
        "none responded": [65, 151, 7, 75],
        "excluded": [65, 145, 7, 64],
        "all responded": [71, 151, 18, 75],
        "worst case": [65, 151, 18, 75],
        "best case": [71, 151, 7, 75],
    }
    # 33.7 as published (43.0 - 9.3)
    assert found["difference"].round(1).tolist() == [33.7, 33.9, 23.0, 19.0, 37.7]
    assert list(found.index) == list(ASSUMPTIONS)


@given(ARMS, ARMS, st.sampled_from(["Wald", "Newcombe"]), st.sampled_from([0.8, 0.95]))
def test_each_row_is_the_comparison_of_its_counts(first, second, method, level):
    for row in compared(first, second, method, level).itertuples():
        counts = row.responders1, row.total1, row.responders2, row.total2
        assert (row.difference, row.low, row.high) == difference(*counts, method, level)
        assert (row.rate1, row.rate2) == (100 * counts[0] / counts[1], 100 * counts[2] / counts[3])
        assert row.p == fisher(*counts)
        if 0 < counts[0] < counts[1] and 0 < counts[2] < counts[3]:
            assert (row.odds_ratio, row.or_low, row.or_high) == odds_ratio(*counts, level)
        else:
            assert np.isnan([row.odds_ratio, row.or_low, row.or_high]).all()


@given(ARMS, ARMS)
def test_worst_and_best_case_bound_all_that_may_have_been(first, second):
    found = compared(first, second)["difference"]
    assert (found.min(), found.max()) == pytest.approx((found["worst case"], found["best case"]))
    for gained1 in range(first[1] + 1):
        for gained2 in (0, second[1]):
            rates = (first[0] + gained1) / sum(first), (second[0] + gained2) / sum(second)
            assert found["worst case"] - 1e-9 <= 100 * (rates[0] - rates[1]) <= found["best case"] + 1e-9


@given(ARMS, ARMS)
def test_the_worst_case_is_the_best_of_the_other_arm(first, second):
    ours, theirs = compared(first, second), compared(second, first)
    assert ours.loc["worst case", "difference"] == pytest.approx(-theirs.loc["best case", "difference"])
    assert ours.loc["worst case", "low"] == pytest.approx(-theirs.loc["best case", "high"], abs=1e-9)


def test_without_unknown_responses_nothing_changes():
    found = unknown_responses((18, 3), (0, 0), (101, 100))
    assert (found == found.iloc[0]).all(axis=None)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (((65, 7), (90, 11), (151, 75)), "65 responders and 90 unknown of 151 patients"),
        (((65, -1), (6, 11), (151, 75)), "-1 responders and 11 unknown of 75"),
        (((65, 7), (-6, 11), (151, 75)), "65 responders and -6 unknown of 151"),
        (((0, 7), (151, 11), (151, 75)), "0 responders and 151 unknown of 151 patients"),
        (((float("nan"), 7), (6, 11), (151, 75)), "nan responders"),
        (((65, 7), (6, 11), (151, 0)), "unknown of 0 patients"),
    ],
)
def test_counts_that_cannot_be_used_are_named(counts, message):
    with pytest.raises(ValueError, match=message):
        unknown_responses(*counts)
