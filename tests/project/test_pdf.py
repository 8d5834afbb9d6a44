"""The book on paper: its pages as one document, and what Chromium prints of it."""

import doctest
import io
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import paper
import pdf
import pikepdf
import pytest
from chromium import FLAGS, installed

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "_build" / "html"
ABOUT = pdf.About("A book", "An author", "1.0", date(2026, 11, 21))
in_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(installed() is None, reason="needs Chromium: apt-get install chromium"),
]
built = [*in_browser, pytest.mark.skipif(not (BOOK / "index.html").exists(), reason="needs the built book: make book")]

LONG = "A sentence that is folded, too long to be opened where it stands. " * 8
ROWS = [[f"row {n}", "<b>x</b>"] for n in range(300)]
PAGES = {
    "index": """<head><link rel="stylesheet" href="own.css"><link rel="preload" href="x.js"></head><body>
      <p class="caption">Evidence</p>
      <ul><li class="toctree-l1"><a class="reference internal" href="#">Front</a></li>
      <li class="toctree-l1"><a class="reference internal" href="a/one.html">One</a>
        <ul><li class="toctree-l2"><a class="reference internal" href="two.html">Two</a></li></ul></li></ul>
      <article><section id="front"><h1>Front<a class="headerlink" href="#front">#</a></h1><p>A.</p></section>
      </article>
      <div class="nb-foot"><p>No advice.</p></div></body>""",
    "a/one": f"""<article><section id="one"><h1>One</h1>
      <div class="cell"><details class="hide above-input"><summary>Code</summary><pre>secret = 1</pre></details>
      <details class="admonition hide below-input"><summary><p class="collapsed">Drawn: show output</p>
        <p class="expanded">Drawn: hide output</p></summary><div class="cell_output">
        <figure class="nb-figure" id="figure-y"><picture><img src="../y.svg" alt="drawn"></picture>
        <figcaption>Said of it</figcaption></figure></div></details></div>
      <p>Data: Table 1 (<a download="t.csv" href="data:text/csv;base64,eA==">CSV</a>).</p>
      <p><a download="u.csv" href="data:text/csv;base64,eA==">Download</a></p>
      <div class="nb-ask" hidden><details><summary>Ask this figure</summary></details></div>
      <section id="more"><h2>More</h2><details id="kept"><summary>Folded <em>matter</em></summary>
      <h2 id="inner">Inner</h2><p>{LONG}</p><details><summary>Deep</summary>deeper</details></details></section>
      <details><summary>Short</summary><p>Little.</p></details>
      <table><tr><td>cell<details class="nb-more"><summary>details</summary>{LONG}</details></td></tr></table>
      <p><a href="../two.html#all">to all</a> <a href="../genindex.html">nowhere</a> <a href="#kept">here</a>
      <a href="https://doi.org/1">web</a> <a href="../two.html?verdict=fixed">rows</a></p>
      <table><tr><td>{"wide " * 60}</td><td>{"x" * 900}</td></tr></table><pre>{"y" * 900}</pre>
      <img src="../pictures/a%20b.png"></section></article>""",
    "two": """<article><section id="two"><h1>Two</h1><section id="all"><h2>All</h2>
      <figure class="nb-figure" id="figure-x"><picture><source media="(max-width: 46em)" srcset="n.svg">
      <img src="x.svg" loading="lazy" alt="light"></picture><picture hidden><img src="d.svg" alt="dark"></picture>
      <figcaption>Said below</figcaption><div class="nb-files"><a download="x.csv" href="x.csv">Data</a>
      <details class="nb-key"><summary>Columns</summary>meanings</details></div></figure>
      <form class="nb-filters" hidden><label>Paper <select></select></label></form>
      <table id="ledger"><thead><tr><th>Where</th><th>What</th></tr></thead><tbody>ROWS</tbody></table>
      </section></section></article>""",
}


CUT = """width => {
  const found = [], walker = document.createTreeWalker(document.getElementById("paper"), NodeFilter.SHOW_TEXT);
  const look = (place, said) => { if (place.left < -1 || place.right > width + 1) found.push(said.slice(0, 200)); };
  document.querySelectorAll("#paper *").forEach(e => e.closest("svg") || look(e.getBoundingClientRect(), e.outerHTML));
  const range = document.createRange();
  while (walker.nextNode()) {
    range.selectNodeContents(walker.currentNode);
    if (walker.currentNode.data.trim()) look(range.getBoundingClientRect(), walker.currentNode.data);
  }
  return found;
}"""


@pytest.fixture
def book(tmp_path):
    for name, text in PAGES.items():
        path = tmp_path / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            text.replace("ROWS", "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in ROWS)), encoding="utf-8"
        )
    (tmp_path / "own.css").write_text("")
    return tmp_path


def document(folder):
    return paper.assemble(list(paper.read_all(folder)), paper.styles(folder, pdf.STYLE), ABOUT.title, ABOUT.byline)


@pytest.mark.parametrize("module", [paper, pdf])
def test_examples(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


def test_pages_come_in_the_order_of_the_contents(book):
    assert paper.order(paper.soup(book, "index")) == [("", "index"), ("Evidence", "a/one"), ("Evidence", "two")]
    (book / "index.html").write_text("<article><h1>Front</h1></article>")
    with pytest.raises(paper.Unprintable, match="no contents"):
        paper.order(paper.soup(book, "index"))


def test_a_page_leaves_behind_what_only_a_screen_can_do(book):
    one = paper.read(book, "", "a/one", {"index", "a/one", "two"})
    said = str(one.article)
    assert one.title == "One"
    assert "secret" not in said
    assert "Data: Table 1." in said
    assert "Download" not in said and "Ask" not in said
    assert f'src="{(book / "pictures").as_uri()}/a%20b.png"' in said
    assert "<details" not in said


def test_a_figure_is_the_light_wide_picture_with_its_caption(book):
    figure = paper.read(book, "", "two", {"two"}).article.find("figure")
    (image,) = figure.find_all("img")
    assert (image["alt"], image["src"], image["loading"]) == ("light", (book / "x.svg").as_uri(), "eager")
    assert figure.get_text(strip=True) == "Said below"
    assert not figure.find("source")


def test_links_lead_to_places_of_the_one_document_or_to_the_web(book):
    html = document(book)
    links = dict(re.findall(r'<a href="([^"]+)">(to all|here|web|rows)<', html))
    expected = {"#two--all": "to all", "#a-one--kept": "here", "https://doi.org/1": "web", "#two": "rows"}
    assert links == expected
    assert "<a>nowhere</a>" in html
    places = re.findall(r'\sid="([^"]+)"', html)
    assert len(places) == len(set(places))
    assert {link for link in re.findall(r'href="#([^"]+)"', html)} <= set(places)


def test_short_folds_are_opened_and_long_ones_go_to_the_appendix_with_references_both_ways(book):
    _, fold = paper.read(book, "", "a/one", {"a/one"}).folds
    assert (fold.title, fold.section) == ("Folded matter", "More")
    assert "deeper" in fold.content
    html = document(book)
    before, appendix = html.split('id="appendix"')
    assert html.count(LONG.strip()) == 2  # in the table where it stands, and in the appendix
    assert "Little." in before
    assert f'id="{fold.place}"' in before
    assert f'href="#{fold.key}"' in before
    assert f'id="{fold.key}"' in appendix
    assert f'href="#{fold.place}"' in appendix
    assert 'id="a-one--kept"' in appendix
    assert '<h4 id="a-one--inner">' in appendix


def test_a_figure_in_the_folded_output_of_a_cell_is_printed_in_the_appendix(book):
    fold, _ = paper.read(book, "", "a/one", {"a/one"}).folds
    assert fold.title == "Drawn"
    assert "secret" not in fold.content
    before, appendix = document(book).split('id="appendix"')
    assert f'Drawn → <a href="#{fold.key}">' in before and "Said of it" not in before
    for printed in (f'src="{(book / "y.svg").as_uri()}"', "Said of it", 'id="a-one--figure-y"'):
        assert printed in appendix


def test_a_long_table_has_every_row_and_fitted_columns(book):
    table = paper.read(book, "", "two", {"two"}).article.find("table", id="two--ledger")
    assert [head.get_text() for head in table.find_all("th")] == ["Where", "What"]
    rows = [[cell.decode_contents() for cell in row.find_all("td")] for row in table.tbody.find_all("tr")]
    assert rows == ROWS
    assert len(table.find_all("col")) == 2 and "paper-long" in table["class"]
    assert not paper.read(book, "", "two", {"two"}).article.select("form")


def test_the_contents_name_every_chapter_and_section_once_with_its_page(book):
    html = document(book)
    lines = re.findall(r'<p class="paper-h[12]"><a href="#([^"]+)">', html)
    chapters = ["index", "contents", "a-one", "a-one--more", "two", "two--all", "appendix", "appendix-a-one"]
    assert lines == chapters
    pages = {key: n for n, key in enumerate(sorted(paper.asked(html)), start=1)}
    filled = paper.numbered(html, pages)
    assert "000" not in re.findall(r'class="paper-page"[^>]*>(\d+)<', filled)
    assert f'data-of="two--all">{pages["two--all"]}<' in filled


def test_the_foot_and_who_made_the_book_stand_on_the_front_page(book):
    front = document(book).split('id="contents"')[0]
    assert "No advice." in front
    assert "An author. Version 1.0, 21 November 2026" in front


def test_about_is_what_the_book_says_of_itself():
    found = pdf.about()
    assert found.title.startswith("¹⁷⁷Lu")
    assert f"date-released: {found.released}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


@pytest.mark.parametrize("missing", ["book", "chromium", "page"])
def test_without_a_book_or_chromium_it_says_so_and_writes_nothing(book, tmp_path, missing):
    path = {"PATH": "" if missing == "chromium" else "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src")}
    if missing == "page":
        if installed() is None:
            pytest.skip("needs Chromium")
        (book / "two.html").unlink()
    folder = tmp_path / "none" if missing == "book" else book
    command = [sys.executable, ROOT / "tools" / "pdf.py", folder, tmp_path / "out.pdf"]
    done = subprocess.run(command, env=path, capture_output=True, text=True)
    assert done.returncode == 1
    said = {"book": "make book", "chromium": "apt-get install chromium", "page": "two.html is missing"}[missing]
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.pdf").exists()


class TestInBrowser:
    pytestmark = in_browser

    def test_a_small_book_is_printed_the_same_twice(self, book):
        made = pdf.make(book, ABOUT, lambda _: None)
        assert made == pdf.make(book, ABOUT, lambda _: None)
        with pikepdf.open(io.BytesIO(made)) as file:
            assert file.docinfo["/Title"] == "A book"
            assert file.docinfo["/Author"] == "An author"
            assert file.docinfo["/CreationDate"] == "D:20261121000000Z"
            assert str(file.Root.Lang) == "en-GB"
            assert file.Root.MarkInfo.Marked
            assert "/StructTreeRoot" in file.Root
            scale = re.search(rb"q\n([\d.]+) 0 0 [\d.]+ [\d.]+ [\d.]+ cm", file.pages[2].Contents.read_bytes())
            assert float(scale[1]) == pytest.approx(
                pdf.SCALE * 3.125, rel=1e-3
            )  # and not less, as where something is too wide
            fonts = [font for page in file.pages for font in page.Resources.get("/Font", {}).values()]
            assert fonts
            for font in fonts:
                assert any(k.startswith("/FontFile") for k in font.DescendantFonts[0].FontDescriptor)
            with file.open_outline() as outline:
                titles = [item.title for item in outline.root]
                within = [item.title for item in outline.root[2].children]
            assert titles == ["Front", "Contents", "One", "Two", paper.APPENDIX]
            assert within == ["More"]
        pages = pdf.pages_of(made)
        first = [pages[key] for key in ("index", "contents", "a-one", "two", "appendix")]
        assert first == sorted(set(first))
        assert pages["appendix"] - pages["two"] >= 3  # three hundred rows

    def test_pages_of_a_book_that_holds_its_pdf_offer_it(self, book):
        for _ in range(2):
            pdf.main([str(book)])
            assert (book / "netterbook.pdf").read_bytes().startswith(b"%PDF")
            for name, link in {"index": "netterbook.pdf", "a/one": "../netterbook.pdf"}.items():
                page = (book / f"{name}.html").read_text(encoding="utf-8")
                assert page.count(f'<p class="nb-pdf"><a href="{link}">The whole book as PDF, ') == 1
        assert "The whole book as PDF" not in document(book)


class TestBuiltBook:
    pytestmark = built

    def test_nothing_of_the_book_is_cut_on_paper_and_the_ledger_is_whole(self, tmp_path, ledger):
        from playwright.sync_api import sync_playwright

        path = tmp_path / "book.html"
        path.write_text(html := document(BOOK), encoding="utf-8")
        pages = [BOOK / f"{name}.html" for _, name in paper.order(paper.soup(BOOK, "index"))]
        figure = '<figure class="nb-figure"'
        assert html.count(figure) == sum(page.read_text(encoding="utf-8").count(figure) for page in pages) > 0
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=pdf.find_chromium(), args=FLAGS)
            page = pdf.open_document(browser, path)
            page.evaluate(f"document.body.style.width = '{pdf.WIDTH}px'")
            cut = page.evaluate(CUT, pdf.WIDTH)
            empty = page.evaluate("[...document.images].filter(i => !i.naturalWidth).length")
            rows = page.evaluate("document.querySelectorAll('#chapters-ledger--ledger tbody tr').length")
            folded = page.evaluate("document.querySelectorAll('details').length")
            browser.close()
        assert rows == len(ledger.claims)
        assert cut == []
        assert empty == 0
        assert folded == 0
