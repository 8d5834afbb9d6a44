"""The search finds what readers see: sections as they are rendered, numbers of the ledger and facts; no code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import built_once
from bs4 import BeautifulSoup, Tag

from netterbook import facts
from netterbook.book import cited
from netterbook.explanation import Explanations, with_unit

FOLDER = "search"
KINDS = ("On the pages", "Among the printed numbers", "Among the facts")
SCRIPT = "globalThis.nbDocuments = {};\n"
_UNSEEN = (
    "script, style, noscript, template, .headerlink, .cell_input, details.above-input, div.highlight, #ledger, #facts, "
    ".nb-filters, .nb-files, picture[hidden], .copybtn, nav, .toctree-wrapper"
)
_LEDGER, _FACTS = "chapters/ledger", "chapters/facts"
_LEFT_OUT = {"genindex", "search", "404"}


def sections(page: str) -> Iterator[tuple[str, str, str]]:
    """Address, title and text of each section of a rendered page, without those within it and without code.

    >>> inner = '<section id="b"><h2>B</h2>z</section>'
    >>> list(sections(f'<article><section id="a"><h1>A</h1><p>x <b>y</b></p>{inner}</section></article>'))
    [('a', 'A', 'x y'), ('b', 'B', 'z')]
    """
    article = BeautifulSoup(page, "html.parser").find("article")
    if not isinstance(article, Tag):
        return
    for part in article.select(_UNSEEN):
        part.decompose()
    for image in article.find_all("img"):
        image.replace_with(f" {image.get('alt', '')} ")
    found = []
    for section in reversed(article.find_all("section", id=True)):  # from within
        head = section.find(["h1", "h2", "h3", "h4"])
        title = head.extract().get_text(" ", strip=True) if head else ""
        found.append((section["id"], title, " ".join(section.get_text(" ", strip=True).split())))
        section.extract()
    yield from reversed(found)


def documents(app: Any) -> dict[str, Any]:
    """All that is searched: for each its kind, page, address within it, title and text."""
    pages: list[tuple[str, str]] = []
    found: list[tuple[int, int, str, str, str]] = []
    number: dict[str, int] = {}
    for page in sorted(app.env.found_docs - _LEFT_OUT):
        path = Path(app.outdir, f"{page}.html")
        if not path.exists():
            continue
        number[page] = len(pages)
        pages.append((f"{page}.html", app.env.titles[page].astext()))
        for anchor, title, said in sections(path.read_text(encoding="utf-8")):
            found.append((0, number[page], anchor, title or pages[-1][1], said))
    ledger = built_once.ledger()
    explained = Explanations(ledger)
    for claim in ledger.claims.values() if _LEDGER in number else ():
        check = ledger.leading(claim.id)
        said = f"{with_unit(claim)}; {check.verdict}; {check.method or check.note} {check.recomputed}; {claim.id}"
        found.append((1, number[_LEDGER], claim.id, explained.name(claim.id), said))
    told = cited.read(ledger.folder)
    for fact in facts.read(ledger.folder).values() if _FACTS in number else ():
        said = f"{told.get(fact.id, '')} {fact.printed} {fact.unit} {fact.population}; {fact.source}; {fact.id}"
        found.append((2, number[_FACTS], fact.id, fact.quantity, said.strip()))
    return {"kinds": KINDS, "pages": pages, "documents": found}


def write_documents(app: Any, error: Exception | None) -> None:
    """Put scripts and what they search where the search page finds them."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for file in (Path(__file__).parent / FOLDER).iterdir():
        shutil.copyfile(file, folder / file.name)
    said = SCRIPT.format(built_once.in_script(documents(app)))
    (folder / "documents.js").write_text(said, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    app.connect("build-finished", write_documents, priority=900)  # after the pages have been written
    return {"parallel_read_safe": True, "parallel_write_safe": True}
