"""Numbers explain themselves in the built book: addresses, badges, filters, search, facts, downloads."""

import io
import random
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pandas as pd
import pytest
from accessible import faults, redrawn, shorten_tables
from bs4 import BeautifulSoup
from chromium import installed

from netterbook import facts, papers, text
from netterbook.explanation import Explanations, with_unit

HTML = Path(__file__).parents[2] / "_build" / "html"
LEDGER, FACTS, SEARCH = (HTML / "chapters/ledger.html", HTML / "chapters/facts.html", HTML / "search.html")
CLAIMS = random.Random(177).sample(sorted(papers.load(papers.data_dir()).claims), 20)
NOTE = "document.querySelector('#nb-explanation')"
OFFERED = re.compile(r'<a\b[^>]*\bdownload\b[^>]*href="([^"]+\.(?:csv|gz|json|zip))"')
VIEWS = [(1280, "light"), (390, "dark")]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(installed() is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.skipif(not FACTS.exists(), reason="needs the built book: make book"),
]


@pytest.fixture(scope="module")
def explained(ledger):
    return Explanations(ledger)


def broken_rules(page, axe):
    page.evaluate(axe)
    shorten_tables(page)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("!document.querySelector('.show-back-to-top')")  # which the theme offers further down
    return faults(page)


def flat(said):
    return " ".join(said.split())


@pytest.mark.parametrize("claims", [CLAIMS[k::4] for k in range(4)], ids=lambda claims: claims[0])
def test_the_address_of_a_number_opens_its_row_whose_inputs_lead_on(look, explained, claims):
    page = look(f"{LEDGER.as_uri()}?paper=netter2&verdict=differs#{claims[0]}")
    check_row(page, explained, claims[0])
    for claim_id in claims[1:]:  # from one number to the next on the page itself
        page.evaluate("id => { location.hash = id; }", claim_id)
        check_row(page, explained, claim_id)


def check_row(page, explained, claim_id):
    found = explained.of(claim_id)
    opened = page.locator(f"[id='{claim_id}'] + .nb-more-row .nb-explained")
    opened.wait_for()
    row = page.locator(f"[id='{claim_id}']")
    assert row.is_visible() and row.locator("[aria-expanded=true]").count() == 1
    assert row.locator("xpath=following-sibling::tr[1]").get_attribute("class") == "nb-more-row"
    assert page.evaluate("document.activeElement.closest('tr').id") == claim_id
    box = row.bounding_box()
    assert 0 <= box["y"] < 900
    said = flat(opened.text_content())
    wanted = [found.printed, found.verdict, found.meaning, found.reason, found.entries[0].typed, *found.difference]
    for step in found.steps:
        worth = (
            "" if step.passing is None else f"Of {step.forms:,} numbers of as many digits, {step.passing:,} would pass"
        )
        wanted += [step.method, step.formula, step.arithmetic, step.recomputed, worth]
        beside = [cited for cited in step.inputs if cited.id in explained.ledger.claims]
        wanted += [f"{cited.name.replace(f'{found.paper}, ', '')}: {cited.said}" for cited in beside]
    assert [each for each in wanted if flat(each) not in said] == []
    targets = opened.locator("a").evaluate_all("links => links.map(a => a.href)")
    inputs = {cited.id for step in found.steps for cited in step.inputs if cited.id in explained.ledger.claims}
    leads = {target.partition("#")[2] for target in targets if "ledger.html#" in target}
    assert inputs <= leads and set(found.used_by) <= leads
    assert page.evaluate("ids => ids.every((id) => document.getElementById(id))", sorted(leads))
    facts_of = {target.partition("#")[2] for target in targets if "facts.html#" in target}
    assert facts_of <= facts.read(papers.data_dir()).keys()


def badges(page, claim_id):
    """The page's first sight of a number: a badge or a number in a sentence."""
    return page.locator(f"a[data-claim='{claim_id}']")


def shown_claims(page):
    return sorted(set(page.locator("a.verdict[data-claim]").evaluate_all("all => all.map(a => a.dataset.claim)")))


@pytest.mark.parametrize(("chapter", "width", "scheme"), [("netter1", 390, "dark"), ("netter2", 1280, "light")])
def test_badges_explain_by_mouse_and_by_keyboard(look, axe, explained, chapter, width, scheme):
    page = look((HTML / f"chapters/{chapter}.html").as_uri(), width, scheme)
    page.evaluate("document.querySelectorAll('article details').forEach(d => d.open = true)")
    assert page.locator(".verdict:not(a, .nb-legend *, .nb-tally *, .nb-ask *)").count() == 0
    claims = shown_claims(page)
    assert len(claims) > 20
    note = page.locator("#nb-explanation")
    for claim_id in random.Random(177).sample(claims, 10):
        badge, found = badges(page, claim_id).first, explained.of(claim_id)
        assert badge.get_attribute("href") == f"ledger.html#{claim_id}"
        badge.evaluate("link => link.scrollIntoView({ behavior: 'instant', block: 'center' })")
        redrawn(page)  # where it was scrolled to
        badge.focus()
        note.wait_for(state="visible")
        page.wait_for_function(
            "text => document.querySelector('#nb-explanation').textContent.includes(text)", arg=found.printed
        )
        said = flat(note.text_content())
        assert found.meaning in said and badge.get_attribute("aria-describedby") == "nb-explanation"
        assert flat(text.capital(found.steps[0].method) if found.steps else found.reason) in said
        page.keyboard.press("Escape")
        assert not note.is_visible()
        page.evaluate("document.activeElement.blur()")
        page.mouse.move(1, 1)
        badge.hover()
        note.wait_for(state="visible")
        box = note.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0
    assert broken_rules(page, axe) == []


def test_what_scrolls_beneath_a_resting_pointer_takes_no_note_away(look, explained):
    page = look((HTML / "chapters/netter2.html").as_uri())
    page.evaluate("document.querySelectorAll('article details').forEach(d => d.open = true)")
    focused, beneath = shown_claims(page)[:2]
    page.locator(f"a.verdict[data-claim='{focused}']").first.scroll_into_view_if_needed()
    page.evaluate(
        """([focused, beneath]) => {
          const badge = (id) => document.querySelector(`a.verdict[data-claim="${id}"]`);
          const rest = (type) => new PointerEvent(type, { bubbles: true, clientX: 9, clientY: 9 });
          badge(beneath).dispatchEvent(rest("pointermove"));
          badge(focused).focus();
          badge(beneath).dispatchEvent(rest("pointerover"));
        }""",
        [focused, beneath],
    )
    note = page.locator("#nb-explanation")
    note.wait_for(state="visible")
    assert explained.of(focused).meaning in flat(note.text_content())


def test_a_number_in_a_sentence_explains_itself(look, ledger):
    page = look((HTML / "chapters/netter1.html").as_uri())
    number = page.locator(
        "a.nb-number[data-claim='netter1.figure1c.overall.hr.hr'], a.nb-number[data-claim='netter1.results.pfs_hr']"
    ).first
    number.focus()
    page.locator("#nb-explanation").wait_for(state="visible")
    assert with_unit(ledger["netter1.results.pfs_hr"]) in flat(page.locator("#nb-explanation").text_content())


def test_links_from_the_front_page_reach_the_ledger(look):
    page = look((HTML / "index.html").as_uri())
    addresses = page.locator("a[data-claim]").evaluate_all("all => all.map(a => a.href)")
    assert addresses
    for address in sorted(set(addresses)):
        place, _, claim_id = address.partition("#")
        assert place == LEDGER.as_uri() and f'id="{claim_id}"' in LEDGER.read_text(encoding="utf-8")


ASKED = [
    {"verdict": "differs", "paper": "netter2"},
    {"verdict": "printed alike"},
    {"kind": "hazard ratio", "paper": "netter1"},
    {"place": "Table 4", "paper": "netter1", "verdict": "possible"},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("sign", ["?", "#"])
def test_an_address_gives_the_rows_that_it_asks_for(look, ledger, asked, sign):
    frame = ledger.frame(paper=asked.get("paper"), place=asked.get("place"), verdict=asked.get("verdict"))
    if "kind" in asked:
        frame = frame[frame["measure"] == asked["kind"].replace(" ", "_")]
    page = look(f"{LEDGER.as_uri()}{sign}{urlencode(asked)}")
    shown = page.locator("#ledger tbody tr:visible").evaluate_all("rows => rows.map(row => row.id)")
    assert shown == frame["claim_id"].tolist()
    assert f"{len(frame):,} of {len(ledger.claims):,} numbers" in page.locator("#ledger caption").inner_text()


def test_a_view_can_be_shared_by_its_address(look, ledger):
    page = look(LEDGER.as_uri())
    page.get_by_label("Paper", exact=True).select_option("netter1")
    page.get_by_label("Verdict", exact=True).select_option("possible")
    page.get_by_label("Words or number").fill("creatinine")
    page.get_by_label("Sorted by").select_option("least checked first")
    ids = "rows => rows.filter(row => row.checkVisibility()).map(row => row.id)"
    first = page.locator("#ledger tbody tr").evaluate_all(ids)
    again = look(page.url)
    assert again.locator("#ledger tbody tr").evaluate_all(ids) == first and 0 < len(first) < 50
    shares = [ledger.leading(claim_id).looseness for claim_id in first]
    assert shares == sorted(shares, reverse=True)
    again.get_by_role("button", name="Show all").click()
    again.wait_for_function(
        f"document.querySelectorAll('#ledger tbody tr:not([hidden])').length === {len(ledger.claims)}"
    )
    assert "?" not in again.url


def test_a_row_opens_and_shuts_by_keyboard_and_is_copied(look, explained):
    page = look(LEDGER.as_uri())
    page.get_by_label("Words or number").fill("figure1c.cga_gt2uln")
    page.locator(".nb-open:visible").first.focus()
    page.keyboard.press("Enter")
    opened = page.locator(".nb-explained")
    opened.wait_for()
    assert "rounding alone cannot explain it" in opened.text_content()
    opened.get_by_role("button", name="Copy link").click()
    page.wait_for_function(
        "!document.querySelector('.nb-copy') || document.querySelector('.nb-copy').textContent === 'Copied'"
    )
    page.locator(".nb-open:visible").first.press("Enter")
    opened.wait_for(state="detached")


def test_a_number_can_be_reported_where_the_book_has_a_repository(look):
    """Of which the foot of every page tells; this book is built without one."""
    page = look(f"{LEDGER.as_uri()}#{CLAIMS[0]}")
    report = page.locator(".nb-explained").get_by_text("Report an error in this number")
    page.locator(".nb-explained").wait_for()
    assert report.count() == 0
    page.evaluate(
        """() => document.querySelector(".nb-foot").insertAdjacentHTML("beforeend",
               '<a class="nb-report" href="https://github.com/us/book/issues/new?title=On%20a%20page">report</a>')"""
    )
    page.evaluate("id => { location.hash = id; }", CLAIMS[1])
    report.wait_for()
    asked = urlsplit(report.get_attribute("href"))
    assert asked.path == "/us/book/issues/new"
    assert parse_qs(asked.query) == {"title": [f"Error in the number {CLAIMS[1]}"]}


def test_a_tree_leads_to_the_numbers_that_were_only_read(look, explained):
    page = look(f"{LEDGER.as_uri()}#netter1.table2.rate.p.p")
    page.locator(".nb-explained").wait_for()
    page.get_by_text("down to what was only read").click()
    drawn = page.locator(".nb-tree a").evaluate_all("links => links.map(a => a.hash.slice(1))")

    def ids(node):
        yield node["id"]
        for each in node["inputs"]:
            yield from ids(each)

    assert drawn == list(ids(explained.tree("netter1.table2.rate.p.p")))


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (2560, "light")])
def test_the_ledger_s_page_is_whole_and_accessible(look, axe, ledger, width, scheme):
    page = look(f"{LEDGER.as_uri()}#{CLAIMS[0]}", width, scheme)
    page.locator(".nb-explained").wait_for()
    assert page.locator("#ledger tbody tr[id]").count() == len(ledger.claims)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    row = page.locator(f"[id='{CLAIMS[0]}'] > td")
    assert [row.nth(k).is_visible() for k in range(4)] == [True] * 4
    page.get_by_label("Verdict", exact=True).select_option("differs")
    assert broken_rules(page, axe) == []


def test_without_scripts_all_rows_are_there(look, ledger):
    page = look(LEDGER.as_uri(), java_script_enabled=False)
    shown = page.evaluate(
        "[...document.querySelectorAll('#ledger tbody tr')].filter(row => row.checkVisibility()).length"
    )
    assert shown == len(ledger.claims)
    assert not page.evaluate("document.querySelector('.nb-filters').checkVisibility()")


# ---- search


def numbers_to_find(ledger):
    """Printed numbers that few others are like, each with its row."""
    known = [claim for claim in ledger.claims.values() if re.fullmatch(r"\d+[.·]\d+", claim.point.text)]
    return random.Random(177).sample(sorted(known, key=lambda claim: claim.id), 19)


WORDS = [
    "creatinine", "hazard ratio", "nausea", "kidney dose", "octreotide", "crossover", "overall survival", "Karnofsky",
    "myelodysplastic", "randomised", "thrombocytopenia", "quality of life", "retreatment", "progression-free survival",
    "pancreas", "BED", "chromogranin", "number at risk", "Fisher", "¹⁷⁷Lu",
]  # fmt: skip


def found_by(page, words):
    page.get_by_label("Words or a number").fill(words)
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_function("text => document.querySelector('.nb-search-count').textContent.includes(text)", arg=words)
    more = page.locator(".nb-search-found button")
    while more.count():  # each goes once it has shown what it hides
        more.first.click()
    return page.locator(".nb-search-found li")


def test_search_finds_numbers(look, ledger):
    page = look(SEARCH.as_uri())
    for claim in numbers_to_find(ledger):
        said = claim.point.text.replace("·", ".")
        hits = found_by(page, said)
        leads = hits.locator("a").evaluate_all("links => links.map(a => a.hash.slice(1))")
        assert claim.id in leads, said
    assert found_by(page, "0.276").count() > 0


def test_search_finds_words(look):
    page = look(f"{SEARCH.as_uri()}?{urlencode({'q': WORDS[0]})}")
    page.wait_for_function("document.querySelector('.nb-search-count').textContent.includes('have “')")
    first = page.locator(".nb-search-found").inner_text()
    assert found_by(page, WORDS[1]).count() > 0
    found_by(page, WORDS[0])
    assert page.locator(".nb-search-found").inner_text().startswith(first[:200])
    for words in WORDS:
        assert found_by(page, words).count() > 0, words
        said = page.locator(".nb-search-found").inner_text()
        assert "{{" not in said and "page.say" not in said and "import " not in said
        assert words.lower().split("-")[0][:4] in said.lower()


def test_search_finds_every_row_of_a_word(look, ledger):
    page = look(SEARCH.as_uri())
    hits = found_by(page, "creatinine")
    leads = set(hits.locator("a").evaluate_all("links => links.map(a => a.hash.slice(1))"))
    wanted = {claim.id for claim in ledger.claims.values() if "creatinine" in claim.quantity.lower()}
    assert wanted and wanted <= leads


def test_search_says_that_it_found_nothing_and_is_accessible(look, axe):
    page = look(SEARCH.as_uri(), 390, "dark")
    page.get_by_label("Words or a number").fill("zzzzqqq")
    page.keyboard.press("Enter")
    assert "Nothing has “zzzzqqq”." in page.locator(".nb-search-count").inner_text()
    found_by(page, "nausea")
    assert broken_rules(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# ---- facts and downloads


def pages():
    return [path for path in sorted(HTML.rglob("*.html")) if "_static" not in path.parts]


def test_every_id_of_a_fact_leads_to_its_row_and_rows_lead_back():
    known = facts.read(papers.data_dir())
    rows = set(re.findall(r'<tr id="(F\d{3})"', FACTS.read_text(encoding="utf-8")))
    assert rows == known.keys()
    counted = 0
    for path in pages():
        if path == FACTS or "api" in path.parts:
            continue
        body = re.sub(
            r"<(script|style|code|pre|title|svg)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        linked = re.findall(r'<a class="nb-fact" href="[^"]*facts\.html#(F\d{3})"[^>]*>F\d{3}</a>', body)
        seen = re.findall(r"\bF\d{3}\b", re.sub(r"<[^>]*>", " ", body))
        assert sorted(linked) == sorted(each for each in seen if each in known), path
        counted += len(linked)
    assert counted > 100
    uses = re.findall(r'data-fact="(F\d{3})">(.*?)</span>', FACTS.read_text(encoding="utf-8"))
    for _, links in uses:
        for address in re.findall(r'href="([^"#]*)', links):
            assert (FACTS.parent / address).is_file()
    assert sum(links != "no page" for _, links in uses) > 60


def test_facts_page_is_accessible(look, axe):
    page = look(f"{FACTS.as_uri()}#F082", 390)
    assert page.locator("#F082").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert broken_rules(page, axe) == []


def test_every_table_of_a_chapter_has_its_data():
    for path in sorted((HTML / "chapters").glob("*.html")):
        blocks = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select(".nb-block:has(table.nb-table)")
        bare = [block for block in blocks if not block.select("a[download$='.csv']")]
        assert [block.text[:80] for block in bare] == [], path.name


def test_every_download_opens():
    counted = 0
    for path in pages():
        for address in set(
            re.findall(
                r'<a\b[^>]*\bdownload\b[^>]*href="([^"]+\.(?:csv|gz|json|zip))"', path.read_text(encoding="utf-8")
            )
        ):
            file = path.parent / address
            counted += 1
            if file.name.endswith((".csv", ".csv.gz")):
                assert len(pd.read_csv(file).columns) > 0, file
            elif file.suffix == ".zip":
                assert zipfile.ZipFile(io.BytesIO(file.read_bytes())).testzip() is None
            else:
                pd.read_json(file, typ="series" if file.name == "datapackage.json" else "frame")
    assert counted > 200
