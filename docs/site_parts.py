"""What the site says of itself: how to cite it, what machines read in the head, what stands in the foot."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlparse

import built_once
import yaml
from docutils import nodes
from docutils.parsers.rst import Directive

from netterbook.book.front import citation

ROOT = Path(__file__).parents[1]
_LICENCES = {
    "text": "https://creativecommons.org/licenses/by/4.0/",
    "data": "https://creativecommons.org/publicdomain/zero/1.0/",
}


@cache
def about() -> dict[str, Any]:
    """What CITATION.cff and the data package say: title, authors, versions and date."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    package = json.loads((ROOT / "data/datapackage.json").read_text(encoding="utf-8"))
    released = date.fromisoformat(str(cff["date-released"]))
    return {
        "title": cff["title"].replace("177Lu", "¹⁷⁷Lu"),
        "authors": [a.get("name") or f"{a['family-names']}, {a['given-names']}" for a in cff["authors"]],
        "abstract": " ".join(cff["abstract"].split()),
        "version": str(cff["version"]),
        "data_version": package["version"],
        "data_title": package["title"],
        "data_description": package["description"],
        "released": released,
        "date": f"{released.day} {released:%B %Y}",
    }


class Citation(Directive):
    """``citation``: the text and the BibTeX entry, each with the button that copies it."""

    def run(self) -> list[nodes.Node]:
        found = citation.read(ROOT / "CITATION.cff", self.state.document.settings.env.config.html_baseurl)
        return [nodes.literal_block(said, said, language="none") for said in found]


def schema(pagename: str, address: str) -> dict[str, Any] | None:
    """What schema.org calls a page: the book at its front, the data set at its description."""
    book = about()
    common = {
        "@context": "https://schema.org",
        "inLanguage": "en-GB",
        "author": [{"@type": "Organization", "name": name} for name in book["authors"]],
        "datePublished": book["released"].isoformat(),
        "isAccessibleForFree": True,
    } | ({"url": address} if address else {})
    if pagename == "index":
        return common | {
            "@type": "Book",
            "name": book["title"],
            "abstract": book["abstract"],
            "bookFormat": "https://schema.org/EBook",
            "version": book["version"],
            "license": _LICENCES["text"],
        }
    if pagename == "data/README":
        return common | {
            "@type": "Dataset",
            "name": book["data_title"],
            "description": book["data_description"],
            "version": book["data_version"],
            "license": _LICENCES["data"],
        }
    return None


def head(pagename: str, title: str, address: str) -> str:
    """The elements that reference managers and search engines read."""
    book = about()
    tags = {"citation_title": title if pagename != "index" else book["title"]}
    if pagename != "index":
        tags["citation_inbook_title"] = book["title"]
    tags["citation_publication_date"] = f"{book['released']:%Y/%m/%d}"
    tags["citation_language"] = "en"
    if address:
        tags["citation_fulltext_html_url"] = address
    pairs = [*tags.items(), *(("citation_author", author) for author in book["authors"])]
    lines = [f'<meta name="{name}" content="{escape(said)}">' for name, said in pairs]
    if (known := schema(pagename, address)) is not None:
        said = built_once.in_script(known)
        lines.append(f'<script type="application/ld+json">{said}</script>')
    return "\n".join(lines) + "\n"


def report(repository: str, title: str) -> str:
    """The address of a new issue on a page, or nothing where no repository is known."""
    if not repository:
        return ""
    return f"{repository.rstrip('/')}/issues/new?title={quote(f'Error on the page “{title}”')}"


def launches(repository: str, pagename: str) -> dict[str, str]:
    """Where a chapter can be run without installing anything: of a repository on GitHub, by the name of the service."""
    place = urlparse(repository)
    if place.netloc != "github.com" or not pagename.startswith("chapters/"):
        return {}
    name = place.path.strip("/")
    return {
        "Binder": f"https://mybinder.org/v2/gh/{name}/main?urlpath=lab/tree/{quote(pagename)}.ipynb",
        "Codespaces": f"https://codespaces.new/{name}",
    }


def add_parts(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Give a page's template its head and foot, after the extension that writes the social card."""
    title = nodes.Text(context.get("title") or about()["title"]).astext()
    repository = app.config.book_repository
    context["book"] = about() | {"report": report(repository, title), "launches": launches(repository, pagename)}
    if doctree is None:
        return
    tags = context.get("metatags", "")
    if not app.config.html_baseurl:  # an address of a card that leads nowhere is worse than none
        tags = "\n".join(line for line in tags.splitlines() if 'property="og:url"' not in line) + "\n"
    context["metatags"] = tags + head(pagename, title, context.get("pageurl") or "")


def configure(app: Any, config: Any) -> None:
    """What hangs on the site's address: cards, and where the page for wrong addresses finds its style."""
    address = config.html_baseurl
    config.ogp_site_url = address
    config.notfound_urls_prefix = urlparse(address).path or "/"
    if address:
        config.sitemap_url_scheme = "{link}"
        config.sitemap_excludes = ["404.html", "search.html"]
    else:
        config.ogp_social_cards = {"enable": False}


def setup(app: Any) -> dict[str, bool]:
    app.add_config_value("book_repository", "", "html")
    app.add_directive("citation", Citation)
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_parts, priority=900)
    if app.config.html_baseurl:
        app.setup_extension("sphinx_sitemap")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
