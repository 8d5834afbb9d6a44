import pytest

from netterbook import facts
from netterbook.errors import DataError


def test_counts_of_two_groups_are_read_after_the_name_of_their_source(ledger):
    fact = facts.read(ledger.folder)["F046"]
    assert [fact.versus(name) for name in ("NEJM", "label", "SNMMI abstract")] == [(23, 68), (27, 78), (13, 22)]
    with pytest.raises(DataError, match="fact F046 states no two counts after 'ESMO': 'NEJM 23 vs 68; label"):
        fact.versus("ESMO")
