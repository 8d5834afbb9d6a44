import pytest

from netterbook import facts
from netterbook.book.explain.facts import entered, facts_table
from netterbook.errors import DataError
from netterbook.explanation import Explanations


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


def test_every_fact_says_when_it_was_entered(ledger, data_copy):
    days = entered(ledger.folder)
    assert days.keys() == facts.read(ledger.folder).keys()
    assert facts_table(Explanations(ledger)).count("; entered 2026-") == len(days)
    (data_copy / "reference" / "entered.csv").unlink()
    with pytest.raises(DataError, match="there are no days on which facts were entered"):
        entered(data_copy)
