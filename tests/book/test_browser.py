"""The built book, looked at in Chromium."""

from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import pandas as pd
import pytest
from accessible import faults, looking, redrawn, shorten_tables
from chromium import installed
from PIL import Image

from netterbook.book.chart import NARROW, WIDE
from netterbook.book.style import TEXT_SIZE

HTML = Path(__file__).parents[2] / "_build" / "html"
CHROMIUM = installed()
WIDTHS = [320, 360, 768, 1280, 2560]
AXE, DARK = [320, 2560], 768  # widths; in the dark colours alone, as the rest is the same
REFERENCE = ("api/", "genindex", "py-modindex")  # thousands of elements of one kind, all looked at by axe once
WEIGHT = 600_000  # bytes that come with every page, besides its own text and figures
PICTURES = {"_images", "_downloads"}  # folders
PAGES = sorted(p.relative_to(HTML).with_suffix("").as_posix() for p in HTML.rglob("*.html") if "_static" not in p.parts)
PAGES = [name for name in PAGES if name != "404"]  # its addresses begin at the root of a site
DRAWN = [name for name in PAGES if 'class="nb-figure"' in (HTML / f"{name}.html").read_text(encoding="utf-8")]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.skipif(not (HTML / "index.html").exists(), reason="needs the built book: make book"),
]


def at(name):
    return (HTML / f"{name}.html").as_uri()


def resize(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    redrawn(page)


def load_pictures(page):
    page.evaluate("document.querySelectorAll('[loading=lazy]').forEach(image => (image.loading = 'eager'))")
    redrawn(page)  # a picture is chosen anew
    page.wait_for_function("[...document.images].every(image => image.complete)")


def missing_pictures(page):
    load_pictures(page)
    return page.evaluate("[...document.images].filter(i => !i.naturalWidth).length")


def overflow(page):
    """By how many pixels a page is wider than its window, whichever of its boxes hides that."""
    return page.evaluate(
        """Math.max(document.documentElement.scrollWidth - window.innerWidth,
          ...[...document.querySelectorAll('.page, .main, .content, .article-container')]
            .map(e => e.scrollWidth - e.clientWidth - 1))"""
    )


def test_a_fault_is_found_in_whichever_of_many_it_is(browser, axe):
    """Colours too alike in one kind of element, in one of its many places, a link like its text, a field, a picture."""
    page = browser.new_page()
    link = f'<p>Words <a href="#" style="color: #333; text-decoration: none">that lead</a> {"on and " * 9} on</p>'
    field = '<input aria-label="n" value="177" style="color: #ddd">'
    plain, faint = "<p>Words</p>" * 9, '<div style="background: #555">' + "<p>Words</p>" * 9 + "</div>"
    page.set_content(f'<html lang="en"><title>T</title><main><h1>T</h1>{plain}<img src="data:,">{faint}{plain}</main>')
    page.evaluate(axe)
    assert {rule for rule, _ in faults(page)} == {"color-contrast", "image-alt"}
    assert [rule for rule, _ in faults(page, colours_only=True)] == ["color-contrast"]
    assert faults(page, "h1") == []
    for spoilt, rule in ((link, "link-in-text-block"), (field, "color-contrast")):
        page.set_content(f'<html lang="en"><title>T</title><main><h1>T</h1>{plain}{spoilt}</main>')
        page.evaluate(axe)
        assert [rule for rule, _ in faults(page)] == [rule]
    page.close()


def own_weight(page, name):
    """Bytes that come with a page besides itself and its pictures."""
    searched = (HTML / "_static/search/documents.js").as_uri()  # only where one searches
    files = [
        Path(unquote(urlparse(url).path)) for url in {*page.asked} - {at(name), searched} if url.startswith("file:")
    ]
    assert files
    return sum(file.stat().st_size for file in files if not PICTURES & {*file.parts})


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_and_fits_every_width_and_axe_finds_nothing(look, axe, name):
    page = look(at(name))
    assert own_weight(page, name) < WEIGHT
    page.evaluate(axe)
    page.wait_for_timeout(100)  # what scrolls is named once the page stands
    for width in WIDTHS:
        resize(page, width)
        assert overflow(page) <= 0, width
    assert missing_pictures(page) == 0
    told = "[...document.querySelectorAll('article img:not([role=presentation], .toggler)')]"  # they repeat words
    assert page.evaluate(f"{told}.filter(i => i.alt.length < 20).length") == 0
    for k, width in enumerate(AXE[:1] if name.startswith(REFERENCE) else AXE):
        resize(page, width)
        if k > 0:  # every row of a long table is looked at once
            shorten_tables(page)
        assert faults(page) == [], width
    page.emulate_media(color_scheme="dark")
    if name in DRAWN:
        page.reload()
        assert own_weight(page, name) < WEIGHT
        page.evaluate(axe)
    resize(page, DARK)
    assert overflow(page) <= 0
    shorten_tables(page)
    assert missing_pictures(page) == 0
    assert faults(page, colours_only=True) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_without_scripts(look, name):
    page = look(at(name), width=320, java_script_enabled=False)
    assert overflow(page) <= 0
    assert page.locator("h1").first.is_visible()
    code = page.locator("details.above-input")
    if code.count():
        assert code.first.locator("summary").is_visible()
        assert not code.first.locator("pre").is_visible()


def test_one_switch_shows_the_code_of_a_page_and_is_remembered(look):
    page = look(at("chapters/background"))
    switch, cell = page.get_by_role("button", name="Show code"), page.locator("details.above-input").first
    assert not cell.is_visible()
    switch.press("Enter")
    assert cell.locator("pre").first.is_visible()
    page.reload()
    assert switch.get_attribute("aria-pressed") == "true"
    assert cell.locator("pre").first.is_visible()
    page.emulate_media(media="print")
    assert not cell.is_visible()
    assert not switch.is_visible()


def test_paper_has_what_is_folded_and_no_navigation(look):
    page = look(at("chapters/netter1"))
    folded = page.locator(".nb-block details:not([open]) table").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".nb-block details table").first.is_visible()
    assert not page.locator(".sidebar-drawer").is_visible()
    assert not page.locator(".toc-drawer").is_visible()


def test_the_keyboard_opens_the_list_of_pages_on_a_phone(look):
    page = look(at("index"), width=360)
    link = page.locator(".sidebar-tree a").first
    assert not link.is_visible()
    page.get_by_role("button", name="All pages").press("Enter")
    link.wait_for(state="visible")
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")


def test_a_tables_first_column_and_head_stay_in_sight(look):
    page = look(at("chapters/netter2"), width=320)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    moved = page.evaluate(
        """() => { const box = [...document.querySelectorAll('.nb-scroll')].find(b => b.scrollWidth > b.clientWidth + 50
             && b.scrollHeight > b.clientHeight + 50);
          box.scrollTo(40, 40); const at = box.getBoundingClientRect();
          const head = box.querySelector('thead tr > :nth-child(2)').getBoundingClientRect();
          const first = box.querySelector('tbody tr > :first-child').getBoundingClientRect();
          return [head.top - at.top, first.left - at.left]; }"""
    )
    assert max(map(abs, moved)) <= 1


def test_the_address_of_a_section_opens_what_is_folded_in_it(look):
    page = look(at("chapters/netter1"))
    folded = page.locator("section#are-the-hazards-proportional > details.nb-folded")
    assert folded.count() == 1 and not folded.evaluate("e => e.open")
    assert page.locator(".toc-tree a[href='#are-the-hazards-proportional']").count()
    page.evaluate("location.hash = '#are-the-hazards-proportional'")
    page.wait_for_function("document.querySelector('#are-the-hazards-proportional > details.nb-folded').open")


def test_a_table_download_carries_the_data(look):
    page = look(at("chapters/netter2"))
    with page.expect_download() as caught:
        page.locator("a[download='netter2_figure2a.csv']").first.click()
    text = Path(caught.value.path()).read_text(encoding="utf-8")
    assert text == (Path(__file__).parents[2] / "data/netter2/figure2a.csv").read_text(encoding="utf-8")


SHOWN = """() => [...document.querySelectorAll('.nb-figure img')].filter(i => i.checkVisibility())
  .map(i => [i.currentSrc, i.clientWidth])"""


def visible_pictures(page):
    """Names and widths of the pictures that are seen."""
    page.evaluate("document.querySelectorAll('details').forEach(part => (part.open = true))")
    load_pictures(page)
    return {Path(urlparse(source).path).name: width for source, width in page.evaluate(SHOWN)}


@pytest.fixture(scope="module", params=DRAWN)
def with_figures(browser, request):
    """A page with figures, for some tests one after the other."""
    with looking(browser) as look:
        yield look(at(request.param))


@pytest.fixture
def page(with_figures):
    """In the window, medium and theme in which it was opened; nothing may go wrong on it."""
    resize(with_figures, 1280)
    with_figures.emulate_media(media="screen", color_scheme="light")
    with_figures.evaluate("document.body.dataset.theme = 'auto'")
    yield with_figures
    assert with_figures.wrong == []


def test_figures_follow_theme_and_width_and_are_light_on_paper(page):
    light = visible_pictures(page)
    assert light and not any(file.endswith(("-dark.svg", "-narrow.svg")) for file in light)
    page.emulate_media(color_scheme="dark")
    assert visible_pictures(page).keys() == {file.replace(".svg", "-dark.svg") for file in light}
    page.emulate_media(media="print", color_scheme="dark")
    assert visible_pictures(page).keys() == light.keys()
    page.emulate_media(media="screen", color_scheme="light")
    page.evaluate("document.body.dataset.theme = 'dark'")
    assert visible_pictures(page).keys() == {file.replace(".svg", "-dark.svg") for file in light}
    page.set_viewport_size({"width": 390, "height": 844})
    assert visible_pictures(page).keys() == {file.replace(".svg", "-narrow-dark.svg") for file in light}


def test_text_in_figures_is_large_enough(page):
    for width, least in ((320, 10), (390, 10), (736, 10), (740, 11), (1280, 11), (2560, 11)):
        resize(page, width)
        seen = visible_pictures(page)
        sizes = {file: TEXT_SIZE * wide / (NARROW if "-narrow" in file else WIDE).width for file, wide in seen.items()}
        assert sizes and min(sizes.values()) >= least, (width, sizes)


def test_each_figure_s_files_are_there_and_open(page):
    for figure in page.locator(".nb-figure").all():
        links = figure.locator(".nb-files > a[download]").evaluate_all("all => all.map(link => link.href)")
        files = [Path(unquote(urlparse(link).path)) for link in links]
        stem = files[0].stem
        assert [file.name for file in files] == [f"{stem}.csv", f"{stem}.svg", f"{stem}.png"]
        assert figure.get_attribute("id") == f"figure-{stem.replace('_', '-')}"
        key = pd.read_csv(files[0].with_name(f"{stem}_columns.csv"))
        assert list(pd.read_csv(files[0]).columns) == key["column"].tolist()
        assert ElementTree.parse(files[1]).getroot().tag.endswith("svg")
        assert Image.open(files[2]).size[0] == 2 * WIDE.width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_verdicts_are_legible_in_both_themes(look, scheme):
    page = look(at("chapters/findings"), scheme=scheme)
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
