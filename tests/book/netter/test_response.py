"""Response against counts by hand from the papers' tables."""

import csv
import re
from math import exp, sqrt
from statistics import NormalDist

import pandas as pd
import pytest
from scipy.stats import fisher_exact

from netterbook import papers, text
from netterbook.book.display import labels
from netterbook.book.netter import response
from netterbook.errors import ParameterError


def read(name):
    with (papers.data_dir() / f"{name}.csv").open(encoding="utf-8") as file:
        return {row["row"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("paper", "unknown_as", "expected"),
    [
        ("netter2", "no response", ((65, 151), (7, 75))),
        ("netter2", "response", ((71, 151), (18, 75))),
        ("netter2", "excluded", ((65, 145), (7, 64))),
        ("netter1", "no response", ((18, 116), (3, 113))),
        ("netter1", "response", ((33, 116), (16, 113))),
        ("netter1", "excluded", ((18, 101), (3, 100))),  # as published
    ],
)
def test_unknown_responses_counted_three_ways(paper, unknown_as, expected, ledger, known):
    assert response.responders(ledger, known[paper], unknown_as) == expected


def test_unknown_responses_are_counted_in_no_fourth_way(ledger, known):
    with pytest.raises(ParameterError, match="unknown_as = 'maybe' cannot be used; give no response, response, excl"):
        response.responders(ledger, known["netter2"], "maybe")


def test_best_responses_are_the_printed_counts_in_percent(ledger, known):
    shares = response.best_responses(ledger, known["netter2"])
    assert shares.sum().round(9).tolist() == [100, 100]
    rows = [row for row in read("netter2/table3").values() if row["section"] == "Best overall response"]
    assert list(shares.index) == [row["label"] for row in rows]
    for column, arm, size in (("experimental", "lu", 151), ("control", "control", 75)):
        counts = [int(row[arm].split()[0]) for row in rows]
        assert (shares[column] * size / 100).tolist() == pytest.approx(counts)


RESULTS = {"netter1": ((18, 15, 116), (3, 13, 113)), "netter2": ((65, 6, 151), (7, 11, 75))}
"""Responders, unknown and patients of both groups, counted by hand from Tables 1 to 3."""


@pytest.mark.parametrize("level", [0.501, 0.95, 0.999])
@pytest.mark.parametrize("paper", RESULTS)
def test_unknown_responses_under_five_assumptions(paper, level, ledger, known):
    frame = response.under_assumptions(ledger, known[paper], level).set_index("assumption")
    (r1, u1, n1), (r2, u2, n2) = RESULTS[paper]
    expected = {
        "none responded": ((r1, n1), (r2, n2)),
        "excluded": ((r1, n1 - u1), (r2, n2 - u2)),
        "all responded": ((r1 + u1, n1), (r2 + u2, n2)),
        "worst case": ((r1, n1), (r2 + u2, n2)),
        "best case": ((r1 + u1, n1), (r2, n2)),
    }
    assert list(frame.index) == list(expected)
    z = NormalDist().inv_cdf((1 + level) / 2)
    for name, ((a, m), (b, k)) in expected.items():
        row = frame.loc[name]
        assert (row.responders1, row.total1, row.responders2, row.total2) == (a, m, b, k)
        assert (row.rate1, row.rate2) == pytest.approx((100 * a / m, 100 * b / k))
        assert row.difference == pytest.approx(100 * (a / m - b / k))
        ratio, half = a * (k - b) / (b * (m - a)), z * sqrt(1 / a + 1 / (m - a) + 1 / b + 1 / (k - b))
        expected_ratio = (ratio, ratio * exp(-half), ratio * exp(half))
        assert (row.odds_ratio, row.or_low, row.or_high) == pytest.approx(expected_ratio)
        assert row.p == pytest.approx(fisher_exact([[a, m - a], [b, k - b]]).pvalue)
        assert row.needed.value == pytest.approx(1 / (a / m - b / k))


def test_a_row_of_the_table_as_the_chapter_shows_it(ledger, known):
    frame = response.under_assumptions(ledger, known["netter2"], 0.95)
    said = labels(
        frame,
        "{assumption}: {responders1:.0f}/{total1:.0f} ({rate1:.1f}%), {difference,low,high:interval.1}, "
        "{odds_ratio,or_low,or_high:interval.1}, {p:p}, {needed:needed}",
    )
    assert said[0] == (
        "none responded: 65/151 (43.0%), 33.7 (22.1 to 43.0), 7.3 (3.2 to 17.0), <0.001, NNTB 3.0 (2.3 to 4.5)"
    )


def test_unknown_are_those_of_the_tables():
    first, second, third = map(read, ("netter1/table1", "netter1/table2", "netter2/table3"))
    assert [int(first["n"][arm]) - int(second["n"][arm]) for arm in ("lu", "control")] == [15, 13]
    assert [int(re.match(r"\d+", third["unknown"][arm])[0]) for arm in ("lu", "control")] == [6, 11]


def test_intervals_clear_of_zero_are_counted_before_any_is_rounded(ledger, known):
    """At this level one end is so near to zero that it shows as 0.0."""
    frame = response.under_assumptions(ledger, known["netter1"], 0.991)
    shown = [text.number(low) for low in frame["low"]]
    assert "0.0" in shown
    assert sum(float(low.replace("−", "-")) > 0 for low in shown) == 3
    found = response.clear_of_zero(frame)
    assert (found.clear, found.assumptions) == (4, 5)
    assert (
        text.fill("{f.clear} of {f.assumptions}: {f.worst:interval.1}", {"f": found}) == "4 of 5: 1.4 (−11.3 to 13.9)"
    )


def test_an_interval_below_zero_is_clear_of_it_too():
    rows = {"assumption": ["worst case", "best case"], "difference": [-9.0, 2.0], "low": [-15.0, -1], "high": [-0.1, 5]}
    assert response.clear_of_zero(pd.DataFrame(rows)).clear == 1
