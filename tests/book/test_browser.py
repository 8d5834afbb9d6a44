"""The built book, looked at in Chromium."""

import shutil
from pathlib import Path

import pytest

HTML = Path(__file__).parents[2] / "_build" / "html"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
PAGES = ["index", "rerun", "bibliography", "data/README"]
PAGES += [f"api/{n}" for n in ["index", "claims", "methods", "reconstruction", "dosimetry"]]
PAGES += [
    f"chapters/{n}"
    for n in ["plain_words", "background", "netter1", "netter2", "dosimetry", "cross_trial", "findings", "ledger"]
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.skipif(not (HTML / "index.html").exists(), reason="needs the built book: make book"),
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def open_page(browser, name, width=1280, scheme="light"):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.outside = []
    page.on("request", lambda r: page.outside.append(r.url) if r.url.startswith("http") else None)
    page.goto((HTML / f"{name}.html").as_uri(), wait_until="load")
    return page


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_width_and_asks_nothing_of_the_network(browser, name, width):
    page = open_page(browser, name, width)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.outside == []
    assert page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length") == 0
    told = "[...document.querySelectorAll('main img:not([role=presentation])')]"  # the others repeat words beside them
    assert page.evaluate(f"{told}.filter(i => i.alt.length < 20).length") == 0
    page.close()


def test_the_ledger_page_holds_every_claim_and_can_be_searched(browser, ledger):
    page = open_page(browser, "chapters/ledger")
    page.wait_for_selector("#ledger tbody tr")
    info = page.locator(".dt-info").first
    assert f"of {len(ledger.claims):,} entries" in info.inner_text()
    page.get_by_label("Search:").fill("figure1c.cga_gt2uln")
    page.wait_for_function("document.querySelectorAll('#ledger tbody tr').length === 1")
    row = page.locator("#ledger tbody tr").inner_text()
    assert ledger["netter1.figure1c.cga_gt2uln.hr.hr"].printed in row
    assert "differs" in row
    page.close()


def test_a_table_download_carries_the_data(browser):
    page = open_page(browser, "chapters/netter2")
    with page.expect_download() as caught:
        page.locator("a[download='netter2_figure2a.csv']").click()
    text = Path(caught.value.path()).read_text(encoding="utf-8")
    assert text == (Path(__file__).parents[2] / "data/netter2/figure2a.csv").read_text(encoding="utf-8")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_verdicts_are_legible_in_both_themes(browser, scheme):
    page = open_page(browser, "chapters/findings", scheme=scheme)
    contrast = page.evaluate(
        """() => {
          const luminance = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => (v /= 255) <= .03928 ?
            v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
          return [...document.querySelectorAll('.verdict')].map(e => { const s = getComputedStyle(e);
            const [a, b] = [luminance(s.color), luminance(s.backgroundColor)].sort((x, y) => y - x);
            return (a + .05) / (b + .05); });
        }"""
    )
    assert contrast
    assert min(contrast) >= 4.5
    page.close()
