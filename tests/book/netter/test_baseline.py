"""Balance at baseline against cells as they stand in data/."""

import csv
import re
from math import sqrt
from statistics import NormalDist

import pytest
from scipy.stats import fisher_exact

from netterbook import papers
from netterbook.book.netter import baseline


def read(name):
    with (papers.data_dir() / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_hand(paper):
    """Standardised differences of every row of Table 1 that has two means or two counts that vary."""
    found = []
    table = read(f"{paper}/table1")
    size = [int(table[0][arm]) for arm in ("lu", "control")]
    for row in table[1:]:
        if row["measure"] == "mean±SD":
            (m1, s1), (m2, s2) = (map(float, row[arm].split("±")) for arm in ("lu", "control"))
            found.append((m1 - m2) / sqrt((s1**2 + s2**2) / 2))
        elif row["measure"].startswith("count"):
            counts = (int(re.match(r"\d+", row[arm])[0]) for arm in ("lu", "control"))
            p1, p2 = (count / n for count, n in zip(counts, size, strict=True))
            if 0 < p1 + p2 < 2:
                found.append((p1 - p2) / sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 2))
    return found, size


@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_standardised_differences_by_hand(paper, ledger, known):
    expected, sizes = by_hand(paper)
    frame = baseline.standardised_differences(ledger, known[paper])
    assert frame["difference"].tolist() == pytest.approx(expected)
    assert frame["label"].is_unique
    assert list(baseline.group_sizes(ledger, known[paper])) == sizes
    left_out = [row["label"] for row in read(f"{paper}/table1")[1:] if row["measure"].startswith("median")]
    assert not any(label in shown for label in left_out for shown in frame["label"])


@pytest.mark.parametrize("level", [0.501, 0.95, 0.999])
@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_balance_by_hand(paper, level, ledger, known):
    differences, (n1, n2) = by_hand(paper)
    bound = NormalDist().inv_cdf((1 + level) / 2) * sqrt(1 / n1 + 1 / n2)
    found = baseline.balance(ledger, known[paper], level)
    assert found.bound == pytest.approx(bound)
    assert found.rows == len(differences)
    assert found.beyond == sum(abs(d) > bound for d in differences)
    assert found.expected == pytest.approx(len(differences) * (1 - level))
    assert found.difference == pytest.approx(max(differences, key=abs))


def test_the_widest_rows_are_ovaries_and_lymph_nodes(ledger, known):
    widest = {name: baseline.balance(ledger, trial, 0.95).widest.lower() for name, trial in known.items()}
    assert "ovaries" in widest["netter1"] and "lymph nodes" in widest["netter2"]


def test_ovarian_metastases_among_women_by_hand(ledger, known):
    """Table 1: 1 of 53 and 9 of 60 women."""
    found = baseline.within(ledger, known["netter1"], "ovaries", "female")
    assert found[:4] == (1, 53, 9, 60)
    first, second = 1 / 53, 9 / 60
    spread = sqrt((first * (1 - first) + second * (1 - second)) / 2)
    assert found.difference == pytest.approx((first - second) / spread)
    assert found.p == pytest.approx(fisher_exact([[1, 52], [9, 51]]).pvalue)
