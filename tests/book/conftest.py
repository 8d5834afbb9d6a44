"""Fixtures of the book's tests."""

import pytest

from netterbook.book import display


@pytest.fixture
def shown(monkeypatch):
    """What a chapter displays, as strings."""
    seen = []
    monkeypatch.setattr(display, "display", lambda thing: seen.append(thing.data))
    return seen
