"""Figures of the built book that can be asked: by mouse and keyboard, at two widths, in both themes, from the disk."""

import re
from pathlib import Path

import pytest
from accessible import faults
from asked import opened
from chromium import installed

HTML = Path(__file__).parents[2] / "_build" / "html"
ASKED = re.compile(r'<div class="nb-ask" id="[^"]*" data-kind="(\w+)" data-name="(\w+)"')
PAGES = sorted(HTML.glob("*.html")) + sorted((HTML / "chapters").glob("*.html"))
FIGURES = [(path, *found) for path in PAGES for found in ASKED.findall(path.read_text(encoding="utf-8"))]
OF_PAGE = {path: [name for place, _, name in FIGURES if place == path] for path, _, _ in FIGURES}
ROWS = [(path, name) for path, kind, name in FIGURES if kind == "rows"]
CURVES = [(path, name) for path, kind, name in FIGURES if kind == "survival"]
MODELS = [(path, name) for path, kind, name in FIGURES if kind == "models"]
COHORTS = [(path, name) for path, kind, name in FIGURES if kind == "cohort"]
LINES = [*CURVES, *MODELS]
VIEWS = [(1280, "light"), (390, "dark")]
SMALLEST = {1280: 11, 390: 10}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(installed() is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.skipif(not (HTML / "index.html").exists(), reason="needs the built book: make book"),
]


def named(value):
    return value.stem if isinstance(value, Path) else None


each_figure = pytest.mark.parametrize(("path", "kind", "name"), FIGURES, ids=named)
each_page = pytest.mark.parametrize("path", OF_PAGE, ids=named)
each_curve = pytest.mark.parametrize(("path", "name"), CURVES, ids=named)
each_models = pytest.mark.parametrize(("path", "name"), MODELS, ids=named)
each_cohort = pytest.mark.parametrize(("path", "name"), COHORTS, ids=named)
each_lines = pytest.mark.parametrize(("path", "name"), LINES, ids=named)
each_rows = pytest.mark.parametrize(("path", "name"), ROWS, ids=named)
each_view = pytest.mark.parametrize(("width", "scheme"), VIEWS)


def settled(page):
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))")


def told_after(box, act, word=""):
    """What a screen reader is told once a control has rested, after the last of several acts with a word in it."""
    region = box.get_by_role("status")
    box.page.wait_for_function("e => e.textContent", arg=region.element_handle())
    before = region.text_content()
    act()
    told = "([e, said, word]) => e.textContent !== said && e.textContent.includes(word)"
    box.page.wait_for_function(told, arg=[region.element_handle(), before, word])
    return region.text_content()


def test_there_are_figures_to_ask():
    names = {"pfs_curves", "adverse_events", "subgroups"}
    found = {name for _, _, name in FIGURES}
    own = {f"{trial}_{name}" for trial in ("netter1", "netter2") for name in names}
    assert found == own | {"cross_trial_all_studies", "cross_trial_benefit_so_far", "dosimetry_cycles_within"}
    assert MODELS and COHORTS and CURVES and ROWS


@each_figure
@each_view
def test_an_opened_figure_fits_is_legible_and_axe_finds_nothing(look, axe, path, kind, name, width, scheme):
    page = look(path.as_uri(), width, scheme)
    box = opened(page, name)
    page.evaluate(axe)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    sizes = box.evaluate(
        """box => [...box.querySelectorAll('.nb-ask-room *')]
          .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.checkVisibility())
          .map(e => parseFloat(getComputedStyle(e).fontSize) * (e.ownerSVGElement ? e.getScreenCTM().a : 1))"""
    )
    assert min(sizes) >= SMALLEST[width]
    assert faults(page, f"#{box.get_attribute('id')}") == []


@each_page
def test_nothing_is_drawn_with_until_a_figure_opens_and_no_figure_is_on_paper(look, path):
    page = look(path.as_uri())
    assert not any("plot.js" in url or "_asked.js" in url for url in page.asked)
    boxes = [opened(page, name) for name in OF_PAGE[path]]
    files = [url.rpartition("/")[2].partition("?")[0] for url in page.asked]
    assert files.count("plot.js") == 1
    assert sorted(file for file in files if file.endswith("_asked.js")) == sorted(
        f"{x}_asked.js" for x in OF_PAGE[path]
    )
    assert all(box.is_visible() for box in boxes)
    page.emulate_media(media="print")
    assert not any(box.is_visible() for box in boxes)


@each_page
def test_without_scripts_a_picture_stands_where_a_figure_could_be_asked(look, path):
    page = look(path.as_uri(), java_script_enabled=False)
    for name in OF_PAGE[path]:
        box = page.locator(f"#ask-{name.replace('_', '-')}")
        assert box.count() == 1 and not box.is_visible()
        still = box.locator(
            "xpath=preceding::img[ancestor::figure or ancestor::div[contains(@class, 'cell_output')]][1]"
        )
        assert still.count() == 1


def test_pages_without_such_a_figure_load_nothing_of_it(look):
    without = [path for path in PAGES if path not in OF_PAGE]
    assert len(without) > 3
    for path in without:
        assert "_static/ask/" not in path.read_text(encoding="utf-8")


@each_curve
@each_view
def test_arrow_keys_move_landmark_and_horizon_and_the_address_keeps_them(look, path, name, width, scheme):
    page = look(path.as_uri(), width, scheme)
    box = opened(page, name)
    for label, key, head in (
        ("Rates at", "landmark", " at {} months, %"),
        ("Restricted means to", "horizon", " to {} months"),
    ):
        slider = box.get_by_role("slider", name=label)
        before = float(slider.input_value())
        slider.press("ArrowLeft")
        slider.press("ArrowLeft")
        now = f"{before - 0.5:g}"
        assert slider.get_attribute("aria-valuetext") == f"{now} months"
        assert box.get_by_role("rowheader").filter(has_text=head.format(now)).count() == 1
        assert f"{key}={now}" in page.url
    said = told_after(box, lambda: slider.press("ArrowLeft"))
    assert re.match(
        r"At [\d.]+ months: .* at risk, .* events before; .*Restricted means to [\d.]+ months differ by", said
    )
    table = box.locator("tbody").inner_text()
    link = box.get_by_role("link", name="Link to this view").evaluate("link => link.href")
    assert link == page.url
    again = look(link, width, scheme)
    other = opened(again, name)
    assert other.locator("details").first.evaluate("fold => fold.open")
    settled(again)
    assert other.locator("tbody").inner_text() == table


@each_curve
@each_view
def test_the_pointer_moves_the_landmark(look, path, name, width, scheme):
    page = look(path.as_uri(), width, scheme)
    box = opened(page, name)
    drawing = box.locator(".nb-ask-drawing")
    drawing.scroll_into_view_if_needed()
    place = drawing.bounding_box()
    at = place["x"] + place["width"] * 0.4, place["y"] + place["height"] / 2
    slider = box.get_by_role("slider", name="Rates at")
    before = float(slider.input_value())
    page.mouse.move(*at)
    settled(page)
    assert float(slider.input_value()) == before  # a pointer that only passes moves nothing
    page.mouse.down()
    settled(page)
    first = float(slider.input_value())
    page.mouse.move(at[0] + place["width"] * 0.2, at[1])
    settled(page)
    page.mouse.up()
    ticks = drawing.evaluate(
        """drawing => { const texts = [...drawing.querySelectorAll('[data-part="x-axis tick label"] text')];
          const [a, b] = [texts[0], texts.at(-1)].map(t => { const at = t.getBoundingClientRect();
            return [at.left + at.width / 2, +t.textContent]; });
          return [...a, ...b]; }"""
    )
    months = ticks[1] + (at[0] - ticks[0]) * (ticks[3] - ticks[1]) / (ticks[2] - ticks[0])
    assert abs(first - months) < 0.3
    assert first + 2 < float(slider.input_value()) <= float(slider.get_attribute("max"))


@each_curve
@each_view
def test_groups_and_single_trials_are_shown_and_taken_away(look, path, name, width, scheme):
    page = look(path.as_uri(), width, scheme)
    box = opened(page, name)
    lines = box.locator(".nb-ask-drawing g[data-part='line']")
    settled(page)
    assert lines.count() == 2
    groups = box.get_by_role("group", name="Groups shown").get_by_role("checkbox")
    groups.nth(1).press("Space")
    settled(page)
    assert lines.count() == 1 and "hide=control" in page.url
    groups.nth(0).press("Space")  # one is always shown
    settled(page)
    assert [groups.nth(i).is_checked() for i in (0, 1)] == [False, True]
    groups.nth(0).press("Space")
    single = box.get_by_label("A single reconstructed trial")
    said = told_after(box, lambda: single.select_option("7"))
    assert lines.count() == 4
    assert "Reconstructed trial 7 alone" in said and box.get_by_text("Reconstructed trial 7 alone").first.is_visible()
    assert "set=7" in page.url


@each_curve
def test_an_address_beyond_the_curves_is_brought_within(look, path, name):
    page = look(path.as_uri() + f"#ask={name}&landmark=900&horizon=-3&set=9999&hide=nobody")
    box = opened(page, name)
    settled(page)
    rates, means = (box.get_by_role("slider", name=label) for label in ("Rates at", "Restricted means to"))
    assert [rates.input_value(), means.input_value()] == [rates.get_attribute("max"), means.get_attribute("min")]
    assert "not estimable" not in box.locator("tbody").inner_text()


@each_lines
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_and_words_stand_out_in_both_themes(look, path, name, scheme):
    page = look(path.as_uri(), scheme=scheme)
    box = opened(page, name)
    settled(page)
    seen = box.evaluate(
        """box => { const of = (which, part) => [...box.querySelectorAll(which)].map(e => getComputedStyle(e)[part]);
          return {ground: getComputedStyle(document.body).backgroundColor,
                  lines: of("g[data-part='line'] path", "stroke"),
                  words: of("svg text", "fill").concat(of("td", "color"))}; }"""
    )
    assert len(seen["lines"]) >= 2 and len(seen["words"]) > 20
    assert min(contrast(each, seen["ground"]) for each in seen["lines"]) >= 3
    assert min(contrast(each, seen["ground"]) for each in seen["words"]) >= 4.5


@each_models
@each_view
def test_horizon_and_models_are_chosen_and_the_address_keeps_them(look, path, name, width, scheme):
    page = look(path.as_uri(), width, scheme)
    box = opened(page, name)
    settled(page)
    slider = box.get_by_role("slider", name="Horizon")
    before = int(slider.input_value())
    said = told_after(box, lambda: (slider.press("ArrowRight"), slider.press("ArrowRight")), f"to {before + 2} months")
    assert slider.get_attribute("aria-valuetext") == f"{before + 2} months"
    assert f"to {before + 2} months: averaged over these models gain" in said and "beyond the data" in said
    assert f"horizon={before + 2}" in page.url
    models = box.get_by_role("group", name="Models").get_by_role("checkbox")
    lines = box.locator(".nb-ask-drawing g[data-part='line'] path")
    assert models.count() == lines.count() == box.locator("tbody tr").count() - 1 > 2
    models.nth(0).press("Space")
    models.nth(1).click()
    settled(page)
    assert lines.count() == models.count() - 2
    for place in range(2, models.count()):
        models.nth(place).press("Space")
    settled(page)
    assert lines.count() == box.locator("tbody tr").count() == 1  # one is always shown
    assert [models.nth(i).is_checked() for i in range(models.count())][-1]
    drawing = box.locator(".nb-ask-drawing")
    drawing.scroll_into_view_if_needed()
    place = drawing.bounding_box()
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    settled(page)
    assert int(slider.input_value()) != before + 2
    box.get_by_label("Trial").select_option("NETTER-2")
    settled(page)
    table = box.locator("tbody").inner_text()
    again = look(page.url, width, scheme)
    other = opened(again, name)
    settled(again)
    assert other.locator("tbody").inner_text() == table
    assert other.get_by_label("Trial").input_value() == "NETTER-2"


@each_models
def test_an_address_of_unknown_models_is_brought_within(look, path, name):
    page = look(path.as_uri() + f"#ask={name}&trial=NETTER-9&horizon=9999&without=none,such")
    box = opened(page, name)
    settled(page)
    slider = box.get_by_role("slider", name="Horizon")
    assert slider.input_value() == slider.get_attribute("max")
    assert box.get_by_label("Trial").input_value() == "NETTER-1"
    models = box.get_by_role("group", name="Models").get_by_role("checkbox")
    assert all(models.nth(i).is_checked() for i in range(models.count()))


@each_cohort
@each_view
def test_a_cohort_is_asked_by_keyboard_and_mouse_and_the_address_keeps_it(look, path, name, width, scheme):
    page = look(path.as_uri(), width, scheme)
    box = opened(page, name)
    settled(page)
    picture = box.get_by_role("img")
    limit = box.get_by_role("slider", name="Limit", exact=True)
    before, words = float(limit.input_value()), picture.get_attribute("aria-label")
    said = told_after(box, lambda: (limit.press("ArrowLeft"), limit.press("ArrowLeft")), f"Within {before - 1:g} Gy")
    assert f"Within {before - 1:g} Gy of absorbed dose" in said and "leave room for another in" in said
    assert picture.get_attribute("aria-label") != words and f"limit={before - 1:g}" in page.url
    box.get_by_label("Limit of the").select_option("BED")
    half_life = box.get_by_role("slider", name="Effective half-life")
    half_life.scroll_into_view_if_needed()
    place = half_life.bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.8, place["y"] + place["height"] / 2)
    settled(page)
    box.get_by_label("Kidney doses of").select_option("netter-1")
    settled(page)
    words = picture.get_attribute("aria-label")
    assert "of BED" in words and "of=bed" in page.url and "half_life=" in page.url and "cohort=netter-1" in page.url
    again = look(page.url, width, scheme)
    other = opened(again, name)
    settled(again)
    assert other.get_by_role("img").get_attribute("aria-label") == words


@each_cohort
def test_an_address_beyond_the_sliders_of_a_cohort_is_brought_within(look, path, name):
    page = look(path.as_uri() + f"#ask={name}&cohort=nobody&of=nothing&gbq=-5&limit=9999")
    box = opened(page, name)
    settled(page)
    limit, activity = (box.get_by_role("slider", name=label, exact=True) for label in ("Limit", "Activity per cycle"))
    assert limit.input_value() == limit.get_attribute("max") and activity.input_value() == activity.get_attribute("min")
    assert box.get_by_label("Limit of the").input_value() == "dose"
    assert "NaN" not in box.locator(".nb-ask-room").inner_text()


@each_rows
@each_view
def test_rows_open_by_keyboard_and_mouse_and_the_address_keeps_what_is_asked(look, path, name, width, scheme):
    page = look(path.as_uri(), width, scheme)
    box = opened(page, name)
    settled(page)
    folds = box.locator(".nb-ask-rows details")
    count = folds.count()
    assert count > 3 and box.locator(".nb-ask-drawing g[data-part='dot'] circle").count() == count
    orders = box.get_by_label("Sorted by").locator("option").all_inner_texts()
    told_after(box, lambda: box.get_by_label("Sorted by").select_option(orders[-1]))
    folds.nth(1).locator("summary").press("Enter")
    settled(page)
    assert folds.nth(1).locator("li").first.is_visible()
    folds.nth(2).locator("summary").click()
    settled(page)
    assert [folds.nth(i).evaluate("fold => fold.open") for i in (1, 2)] == [False, True]
    labels = box.locator(".nb-ask-rows strong").all_inner_texts()
    word = labels[2].split()[0]
    said = told_after(box, lambda: box.get_by_role("searchbox").fill(word))
    assert said.startswith(box.locator(".nb-ask-room > p").first.inner_text())
    kept = box.locator(".nb-ask-rows strong").all_inner_texts()
    assert sorted(kept) == sorted(label for label in labels if word.lower() in label.lower())
    again = look(page.url, width, scheme)
    other = opened(again, name)
    settled(again)
    assert other.locator(".nb-ask-rows strong").all_inner_texts() == kept
    assert other.locator(".nb-ask-rows details[open] strong").inner_text() == labels[2]


@each_rows
def test_a_claim_of_a_row_leads_to_its_row_in_the_ledger(look, path, name):
    page = look(path.as_uri())
    box = opened(page, name)
    settled(page)
    link = box.locator(".nb-ask-rows a").first
    box.locator("details[data-key]").filter(has=page.locator("a")).first.locator("summary").click()
    claim = link.get_attribute("href").partition("#")[2]
    link.click()
    opened_row = page.locator(f"tr[id='{claim}']")
    opened_row.locator("[aria-expanded=true]").wait_for()
    assert "chapters/ledger.html" in page.url and opened_row.is_visible()


def contrast(one, other):
    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
