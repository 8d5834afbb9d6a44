"""Words that link to the glossary carry its sentence as their title, which browsers show where the pointer rests."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

GLOSSARY = "glossary"


def definitions(glossary: nodes.document) -> dict[str, str]:
    """What the glossary says of each term, by the term's id."""
    found = {}
    for item in glossary.findall(nodes.definition_list_item):
        said = " ".join(part.astext().replace("\n", " ") for part in item.findall(nodes.definition))
        found |= {each: said for term in item.findall(nodes.term) for each in term["ids"]}
    return found


def term_links(document: nodes.document) -> list[nodes.reference]:
    """Links that a ``{term}`` became."""
    return [node.parent for node in document.findall(nodes.inline) if "std-term" in node["classes"]]


class TermTitles(SphinxPostTransform):
    """Gives links to terms a title."""

    default_priority = 20  # after links have been resolved

    def run(self, **_: Any) -> None:
        links = [link for link in term_links(self.document) if isinstance(link, nodes.reference)]
        known = definitions(self.env.get_doctree(GLOSSARY)) if links else {}
        for link in links:
            link["reftitle"] = known[link.get("refid") or link["refuri"].partition("#")[2]]


def depend(app: Any, document: nodes.document) -> None:
    """A page with such links is read again when the glossary has changed."""
    if term_links(document):
        app.env.note_dependency(app.env.doc2path(GLOSSARY))


def setup(app: Any) -> dict[str, bool]:
    app.add_post_transform(TermTitles)
    app.connect("doctree-read", depend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
