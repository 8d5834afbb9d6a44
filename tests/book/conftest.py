"""Fixtures of the book's tests."""

import pytest

from netterbook.book import display
from netterbook.book.chart import NARROW, WIDE


@pytest.fixture(params=[WIDE, NARROW], ids=lambda layout: layout.name)
def layout(request):
    """Both widths of a chart, one after the other."""
    return request.param


@pytest.fixture
def shown(monkeypatch):
    """What a chapter displays, as strings."""
    seen = []
    monkeypatch.setattr(display, "display", lambda thing: seen.append(thing.data))
    return seen
