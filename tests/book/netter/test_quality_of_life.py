"""Quality of life against the facts as they stand in data/reference."""

from math import exp, log
from statistics import NormalDist

import pytest

from netterbook import facts
from netterbook.book.netter import quality_of_life

NORMAL = NormalDist()
IDS = [f"F{number:03d}" for number in range(69, 77)]


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_follow_from_hazard_ratios_and_p_values(ledger, level):
    table = quality_of_life.deterioration(ledger, IDS, "F340", level).set_index("scale")
    assert len(table) == 8 and set(table["patients"]) == {"117 and 114"}
    for scale, hr, p in (
        ("global health status", 0.406, 0.0006),
        ("body image", 0.425, 0.0058),
        ("pain", 0.566, 0.0247),
    ):
        error = -log(hr) / NORMAL.inv_cdf(1 - p / 2)
        reach = NORMAL.inv_cdf((1 + level) / 2) * error
        expected = [hr, hr * exp(-reach), hr * exp(reach), p]
        assert table.loc[scale, ["hr", "low", "high", "p"]].tolist() == pytest.approx(expected)


def test_every_scale_that_is_named_was_significant(ledger):
    table = quality_of_life.deterioration(ledger, IDS, "F340", 0.95)
    assert (table["hr"] < 1).all() and (table["p"] < 0.05).all() and (table["high"] < 1).all()


def test_as_many_patients_as_in_the_later_reports_and_not_as_in_the_paper(ledger):
    known = facts.read(ledger.folder)
    sizes = [int(x) for x in known["F069"].population.split(" vs ")]
    assert sum(sizes) == known["F058"].value != ledger.count("netter1.results.randomized")
