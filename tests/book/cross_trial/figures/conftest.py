"""Fixtures: when the scans of two trials were due."""

import pytest

from netterbook.audit.given import scan_schedule


@pytest.fixture(scope="session")
def watched(ledger, netter1, netter2):
    return {trial.name: scan_schedule(ledger, trial, 48) for trial in (netter1, netter2)}
