"""Fixtures: the real ledger, a copy of ``data/`` that a test may change, and a browser."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator, Mapping
from functools import cache, wraps
from pathlib import Path

import pytest
from accessible import looking
from chromium import FLAGS, installed
from hypothesis import settings
from short_chains import SHORT, chains

from netterbook import audit, papers, trials
from netterbook.ledger import Ledger

collect_ignore = ["reference"]  # scripts that made reference values, each with other software
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


def pytest_collection_finish(session: pytest.Session) -> None:
    """What libraries hold by now is not looked through again whenever memory is tidied."""
    gc.freeze()


BUILD = audit.build_ledger


@cache
def real_ledger() -> Ledger:
    return BUILD()


def contents(ledger: Ledger) -> tuple[str, dict[str, str]]:
    return ledger.frame().to_csv(), ledger.reasons


@pytest.fixture(scope="session", autouse=True)
def one_ledger() -> Iterator[None]:
    """Commands and chapters that run here are handed one ledger of the real data, which none of them may change."""
    data = papers.data_dir()

    @wraps(BUILD)
    def build_ledger(folder: Path | None = None) -> Ledger:
        return real_ledger() if folder is None and papers.data_dir() == data else BUILD(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "build_ledger", build_ledger)
        yield
    if real_ledger.cache_info().currsize:
        assert contents(real_ledger()) == contents(BUILD()), "a test has changed the ledger that all share"


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    """The real ledger, shared by all tests: only to be read."""
    return real_ledger()


@pytest.fixture(scope="session")
def known(ledger: Ledger) -> Mapping[str, trials.Trial]:
    """The trials of the real data, by key."""
    return trials.read(ledger.folder)


@pytest.fixture(scope="module")
def short_chains():
    """For modules whose tests ask whether patients meet what was given, and not for the law of the draws."""
    with chains(SHORT):
        yield


@pytest.fixture
def data_copy(tmp_path: Path) -> Path:
    """A copy of ``data/``."""
    return Path(shutil.copytree(papers.data_dir(), tmp_path / "data"))


@pytest.fixture(scope="module")
def browser():
    """Chromium, for one module: while it runs, no other test of the process can have an event loop of its own."""
    if installed() is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def look(browser):
    """Opens addresses of the book, as :func:`.looking`."""
    with looking(browser) as look:
        yield look


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for what keeps people from using a page."""
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def pytest_terminal_summary(terminalreporter) -> None:
    caught = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == "misprint caught by arithmetic" and report.when == "call"
    ]
    if caught:
        terminalreporter.write_line(f"misprints caught by arithmetic alone: {sum(caught)} of {len(caught)}")
