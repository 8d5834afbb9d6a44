"""Fixtures: the real ledger, and a copy of ``data/`` that a test may change."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from netterbook import audit, papers, trials
from netterbook.ledger import Ledger

collect_ignore = ["reference"]  # scripts that made reference values, each with other software
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    """The real ledger, shared by all tests: only to be read."""
    return audit.build_ledger()


@pytest.fixture(scope="session")
def known(ledger: Ledger) -> Mapping[str, trials.Trial]:
    """The trials of the real data, by key."""
    return trials.read(ledger.folder)


@pytest.fixture
def data_copy(tmp_path: Path) -> Path:
    """A copy of ``data/``."""
    return Path(shutil.copytree(papers.data_dir(), tmp_path / "data"))


def pytest_terminal_summary(terminalreporter) -> None:
    caught = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == "misprint caught by arithmetic" and report.when == "call"
    ]
    if caught:
        terminalreporter.write_line(f"misprints caught by arithmetic alone: {sum(caught)} of {len(caught)}")
