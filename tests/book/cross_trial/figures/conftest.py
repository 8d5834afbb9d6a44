"""Fixtures: what figures of two trials are drawn from."""

import pytest

from netterbook.audit.given import scan_schedule
from netterbook.book.chart import NARROW, WIDE
from netterbook.book.cross_trial import scales


@pytest.fixture(params=[WIDE, NARROW], ids=lambda layout: layout.name)
def layout(request):
    return request.param


@pytest.fixture(scope="session")
def watched(ledger, netter1, netter2):
    return {trial.name: scan_schedule(ledger, trial, 48) for trial in (netter1, netter2)}


@pytest.fixture(scope="session")
def benefit(found):
    return scales.benefit_on_scales(found, 18, 0.95, 1)


@pytest.fixture(scope="session")
def gains(found):
    return scales.benefit_by_horizon(found, 0.95)
