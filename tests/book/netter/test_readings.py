"""Central and local reading against cells as they stand in data/."""

import csv

import pytest

from netterbook import papers
from netterbook.book.netter import readings


def cells(name):
    with (papers.data_dir() / "netter2" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_two_scores_of_uptake(ledger, known):
    table = {row["row"]: row for row in cells("table1")}
    local = [int(table[score]["all"].split()[0]) for score in ("score3", "score4")]
    assert local == [81, 145]
    names = [[f"{place}.count" for place in pair] for pair in (
        ("table1.score3.all", "table1.score4.all"), ("figure2b.score3.n", "figure2b.score4.n"))]  # fmt: skip
    found = readings.scores(ledger, known["netter2"], *names)
    assert found == (145, 226, 185, 219, 40)
    assert round(100 * found.local / found.of_local) == 64 and round(100 * found.central / found.of_central) == 84
    assert readings.scores(ledger, known["netter2"], names[1], names[0]).moved == 0  # the other way nothing follows


def test_medians_of_both_readings(ledger, known):
    """22.8 and 8.5 months centrally, 22.6 and 8.2 by the investigators."""
    found = readings.median_ratios(ledger, known["netter2"], "results.pfs_local_{arm}")
    assert found == pytest.approx((22.8 / 8.5, 22.6 / 8.2))
