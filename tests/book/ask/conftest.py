"""Chromium for the tests of figures that can be asked."""

import pytest
from chromium import FLAGS, installed


@pytest.fixture(scope="session")
def browser():
    if installed() is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=installed(), args=FLAGS)
        yield browser
        browser.close()
