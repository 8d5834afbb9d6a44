"""Tumour and kidney dose over the cycles."""

import pytest

from netterbook import facts
from netterbook.book.dosimetry import trends


def test_trends_are_the_facts(ledger):
    known = facts.read(ledger.folder)
    assert "rises ~8%" in known["F157"].quantity and "falls ~13%" in known["F157"].quantity
    assert known["F159"].text == "6 / 14"
    second = trends.trends(ledger, 2).set_index("cycle").loc[2]
    assert second.round(2).tolist() == [1.08, 0.94, 0.86, 0.87]


def test_late_cycles_are_those_of_the_trends(ledger):
    """Geometric series: 0.86 of the dose a cycle in grade 2, 0.87 to 1.08 in pancreatic tumours and kidneys."""
    table = trends.trends(ledger, 9)
    for cycle in (5, 9):
        expected = 0.86 ** (cycle - 1), (0.87 / 1.08) ** (cycle - 1)
        assert trends.late_cycle(table, cycle) == pytest.approx(expected)
    assert trends.share_of_first(table, 4) == pytest.approx((1 - 0.86**4) / (1 - 0.86**9))
