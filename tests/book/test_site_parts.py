"""The site's head and foot: what machines read, and what hangs on an address."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import site_parts

from netterbook.book.front import citation

ROOT = Path(__file__).parents[2]
CONF = """
extensions = ["myst_parser", "notfound.extension", "sphinxext.opengraph", "site_parts"]
html_theme, project, html_title = "furo", "A book", "A book"
templates_path = [{templates!r}]
html_baseurl, book_repository = {address!r}, {repository!r}
"""


def build(folder, address, repository=""):
    (folder / "chapters").mkdir()
    for name in ["index", "changes", "cite", "chapters/one"]:
        body = "```{citation}\n```\n" if name == "cite" else "A sentence that says what stands here.\n"
        toc = "\n```{toctree}\nchanges\ncite\nchapters/one\n```\n" if name == "index" else ""
        (folder / f"{name}.md").write_text(f"# Page {name}\n\n{body}{toc}", encoding="utf-8")
    conf = CONF.format(templates=str(ROOT / "_templates"), address=address, repository=repository)
    (folder / "conf.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT / 'docs')!r})\n{conf}", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(folder), str(folder / "out")]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / "out"


@pytest.fixture(scope="module")
def with_address(tmp_path_factory):
    return build(tmp_path_factory.mktemp("with"), "https://example.org/book/", "https://github.com/us/book")


@pytest.fixture(scope="module")
def without_address(tmp_path_factory):
    return build(tmp_path_factory.mktemp("without"), "")


def meta(page, name):
    return re.findall(rf'<meta (?:name|property)="{name}" content="([^"]*)"', page)


def test_an_address_gives_canonical_links_cards_a_sitemap_and_links_to_report_errors(with_address):
    page = (with_address / "cite.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://example.org/book/cite.html">' in page
    assert meta(page, "og:url") == ["https://example.org/book/cite.html"]
    (card,) = meta(page, "og:image")
    assert (with_address / card.removeprefix("https://example.org/book/")).stat().st_size > 0
    pages = (with_address / "sitemap.xml").read_text(encoding="utf-8")
    assert "https://example.org/book/cite.html" in pages
    assert "404" not in pages
    assert '<a class="nb-report" href="https://github.com/us/book/issues/new?title=' in page
    lost = (with_address / "404.html").read_text(encoding="utf-8")
    assert 'href="/book/_static/' in lost


def test_a_repository_gives_chapters_links_that_run_them(with_address, without_address):
    links = r'<a href="([^"]*)">Run this chapter in (\w+)</a>'
    page = (with_address / "chapters" / "one.html").read_text(encoding="utf-8")
    assert re.findall(links, page) == [
        ("https://mybinder.org/v2/gh/us/book/main?urlpath=lab/tree/chapters/one.ipynb", "Binder"),
        ("https://codespaces.new/us/book", "Codespaces"),
    ]
    others = [with_address / "cite.html", without_address / "chapters" / "one.html"]
    assert all(not re.search(links, other.read_text(encoding="utf-8")) for other in others)
    assert site_parts.launches("https://gitlab.com/us/book", "chapters/one") == {}


def test_without_an_address_nothing_leads_to_one(without_address):
    page = (without_address / "cite.html").read_text(encoding="utf-8")
    assert 'rel="canonical"' not in page
    assert meta(page, "og:url") == meta(page, "og:image") == meta(page, "citation_fulltext_html_url") == []
    assert "issues/new" not in page
    assert not (without_address / "sitemap.xml").exists()
    front = (without_address / "index.html").read_text(encoding="utf-8")
    (said,) = meta(front, "description")
    assert said.startswith("A sentence that says what stands here.")
    assert meta(front, "og:description") == [said]


def test_pages_say_how_they_are_cited(without_address):
    page = (without_address / "changes.html").read_text(encoding="utf-8")
    assert meta(page, "citation_title") == ["Page changes"]
    assert meta(page, "citation_inbook_title") == [site_parts.about()["title"]]
    assert meta(page, "citation_author") == site_parts.about()["authors"]
    front = (without_address / "index.html").read_text(encoding="utf-8")
    (said,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', front)
    assert json.loads(said)["@type"] == "Book"
    assert site_parts.schema("data/README", "")["@type"] == "Dataset"


def test_a_citation_has_authors_version_and_address():
    text, bibtex = citation.read(ROOT / "CITATION.cff", "https://example.org/")
    for said in [text, bibtex]:
        assert site_parts.about()["version"] in said
        assert site_parts.about()["authors"][0] in said
        assert "https://example.org/" in said
    assert "url" not in citation.read(ROOT / "CITATION.cff").bibtex


def test_the_book_and_its_data_are_of_one_version():
    assert site_parts.about()["version"] == site_parts.about()["data_version"]


def test_the_foot_gives_version_date_and_licences(without_address):
    page = (without_address / "index.html").read_text(encoding="utf-8")
    foot = page[page.index('class="nb-foot"') :]
    for said in [site_parts.about()["date"], "no medical advice", "CC BY 4.0", "CC0 1.0", "BSD 3-Clause"]:
        assert said in foot
