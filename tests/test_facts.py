import pytest

from netterbook import facts
from netterbook.errors import DataError


def test_counts_of_two_groups_are_read_after_the_name_of_their_source(ledger):
    fact = facts.read(ledger.folder)["F046"]
    assert [fact.versus(name) for name in ("NEJM", "label", "SNMMI abstract")] == [(23, 68), (27, 78), (13, 22)]
    with pytest.raises(DataError, match="fact F046 states no two counts after 'ESMO': 'NEJM 23 vs 68; label"):
        fact.versus("ESMO")


def test_a_secondary_source_is_named_where_it_is_known(ledger, data_copy):
    known = facts.read(ledger.folder)
    assert known["F053"].read_at.startswith("hcp.lutathera.com") and known["F059"].confidence == "read-in-secondary"
    assert all(fact.confidence == "read-in-secondary" for fact in known.values() if fact.read_at)
    (data_copy / "reference" / "secondary.csv").unlink()
    assert facts.read(data_copy)["F053"].read_at == ""
