"""Harm in both trials side by side."""

import pytest

from netterbook import facts
from netterbook.book.cross_trial import safety
from netterbook.book.cross_trial.safety import Affected
from netterbook.book.late_harm import related_serious
from netterbook.errors import DataError


def test_both_trials_are_counted_as_their_tables_have_them(ledger, netter1, netter2):
    found = safety.harm(ledger, netter1, netter2)
    assert found.serious == (Affected(10, 111, 1, 110), Affected(8, 147, 1, 73))
    assert found.severe == Affected(23, 147, 3, 73)
    assert found.marrow == (Affected(2, 111, 0, 112), Affected(1, 147, 0, 73))


def test_a_difference_by_chance_holds_zero_in_its_interval(ledger, netter1, netter2):
    found = safety.harm(ledger, netter1, netter2)
    first, second = found.serious
    assert not first.by_chance(0.95) and first.apart(0.95)[1] > 0
    assert second.by_chance(0.95) and second.apart(0.95)[1] < 0 < second.apart(0.95)[2]
    assert all(each.by_chance(0.95) for each in (*found.kidneys, *found.marrow))
    assert found.severe.shares == (23 / 147, 3 / 73) and not found.severe.by_chance(0.95)


def test_a_control_group_that_no_fact_speaks_of_is_refused(ledger, netter1, netter2, monkeypatch):
    known = dict(facts.read(ledger.folder))
    monkeypatch.setattr(facts, "read", lambda folder: known | {"F270": known["F061"]})
    with pytest.raises(DataError, match="F270"):
        safety.harm(ledger, netter1, netter2)


def test_related_serious_events_are_told_only_with_the_death_among_them(ledger, monkeypatch):
    found = related_serious(ledger)
    assert (found.patients, found.fatal) == (111, 1) and found.severe <= found.long_term
    known = facts.read(ledger.folder)
    monkeypatch.setattr(facts, "read", lambda folder: known | {"F275": known["F061"]})
    with pytest.raises(DataError, match="F275"):
        related_serious(ledger)
