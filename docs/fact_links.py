"""Ids of reference facts, such as F082, lead to their rows on the facts' page, and each row to where pages use it."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from netterbook import facts
from netterbook.book import cited
from netterbook.papers import data_dir

PAGE = "chapters/facts"
_ID = re.compile(r"\bF\d{3}\b")
_TAG = re.compile(r"(<!--.*?-->|<[^>]+>)", re.DOTALL)
_SILENT = {
    "a",
    "button",
    "code",
    "pre",
    "script",
    "style",
    "summary",
    "svg",
    "title",
    "h1",
    "h2",
    "h3",
    "h4",
    "textarea",
}
"""Elements whose text is left as it is."""


def with_links(body: str, page: str, titles: dict[str, str]) -> str:
    """A page in which ids of known facts lead to their rows.

    >>> with_links('<p>See F082 <code>F082</code> F999</p>', "chapters/netter1", {"F082": "19.4 Gy"})
    '<p>See <a class="nb-fact" href="facts.html#F082" title="19.4 Gy">F082</a> <code>F082</code> F999</p>'
    """
    there = posixpath.relpath(f"{PAGE}.html", posixpath.dirname(page) or ".")

    def link(found: re.Match[str]) -> str:
        if found[0] not in titles:
            return found[0]
        return f'<a class="nb-fact" href="{there}#{found[0]}" title="{escape(titles[found[0]])}">{found[0]}</a>'

    parts, silent = [], []
    for part in _TAG.split(body):
        if part.startswith("<"):
            name = re.match(r"</?([a-z0-9]+)", part)
            if name and name[1] in _SILENT:
                if part.startswith("</"):
                    if name[1] in silent:
                        del silent[len(silent) - 1 - silent[::-1].index(name[1]) :]
                elif not part.endswith("/>"):
                    silent.append(name[1])
            parts.append(part)
        else:
            parts.append(part if silent else _ID.sub(link, part))
    return "".join(parts)


def titles() -> dict[str, str]:
    """What is said of each fact where the pointer rests."""
    folder = data_dir()
    said = cited.read(folder)
    return {
        fact.id: said.get(fact.id) or f"{fact.quantity}: {fact.printed} {fact.unit}".strip()
        for fact in facts.read(folder).values()
    }


def link_facts(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Link the ids in a page that has any."""
    if doctree is not None and pagename != PAGE and not pagename.startswith("api/") and _ID.search(context["body"]):
        context["body"] = with_links(context["body"], pagename, app.fact_titles)


def uses(page: str) -> Iterator[tuple[str, str, str]]:
    """Id of each fact that a built page links, with the id and the title of the section that it stands in.

    >>> link = '<a class="nb-fact" href="facts.html#F082" title="">F082</a>'
    >>> list(uses(f'<section id="a"><h1>A<a href="">x</a></h1>{link}</section>'))
    [('F082', 'a', 'A')]
    """
    section = title = ""
    for found in re.finditer(
        r'<section id="([^"]+)">|<h[1-4]>(.*?)(?:<a\b|</h)|class="nb-fact" href="[^"#]*#(F\d{3})"', page, re.DOTALL
    ):
        if found[1]:
            section = found[1]
        elif found[2] is not None:
            title = re.sub(r"<[^>]+>", "", found[2]).strip()
        else:
            yield found[3], section, title


def write_uses(app: Any, error: Exception | None) -> None:
    """Write into the facts' page where the others use each."""
    place = Path(app.outdir, f"{PAGE}.html")
    if error is not None or app.builder.format != "html" or not place.exists():
        return
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for page in sorted(app.env.found_docs):
        path = Path(app.outdir, f"{page}.html")
        if page == PAGE or not path.exists():
            continue
        name = app.env.titles[page].astext()
        for fact, section, title in uses(path.read_text(encoding="utf-8")):
            address = posixpath.relpath(f"{page}.html", posixpath.dirname(PAGE)) + (f"#{section}" if section else "")
            found[fact].setdefault(address, name if title in ("", name) else f"{name}: {title}")

    def filled(span: re.Match[str]) -> str:
        links = [f'<a href="{address}">{title}</a>' for address, title in found[span[2]].items()]
        return f"{span[1]}{'; '.join(links) or 'no page'}</span>"

    said = place.read_text(encoding="utf-8")
    said = re.sub(r'(<span class="nb-uses" data-fact="(F\d{3})">).*?</span>', filled, said, flags=re.DOTALL)
    place.write_text(said, encoding="utf-8")


def remember(app: Any) -> None:
    app.fact_titles = titles()


def setup(app: Any) -> dict[str, bool]:
    app.connect("builder-inited", remember)
    app.connect("html-page-context", link_facts, priority=600)  # after what pages carry has been written to files
    app.connect("build-finished", write_uses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
