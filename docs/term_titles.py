"""The first of each word of the glossary links to it on every page; links carry its sentence as their title, which
browsers show where the pointer rests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms.post_transforms import SphinxPostTransform

GLOSSARY = "glossary"
_OTHER_SENSES = {"arm", "claim", "draw"}
"""Terms that are everyday words as well: only a ``{term}`` links them."""
_PROSE = (nodes.paragraph,)
_NO_PROSE = (nodes.reference, pending_xref, nodes.literal, nodes.caption, nodes.table, nodes.raw)


def pattern(terms: Sequence[str]) -> re.Pattern[str]:
    """Finds any of the terms, each as the group of its place, also in the plural and, unless it has capitals, at the
    head of a sentence; of two that begin alike, the earlier one.

    >>> terms = ["number at risk", "hazard ratio", "CI"]
    >>> found = pattern(terms).finditer("Numbers at risk; CI and ci; a hazard ratio")
    >>> [(each[0], terms[each.lastindex - 1]) for each in found]
    [('Numbers at risk', 'number at risk'), ('CI', 'CI'), ('hazard ratio', 'hazard ratio')]
    """
    return re.compile(r"(?<![\w-])(?:" + "|".join(f"({_plural(term)})" for term in terms) + r")(?![\w-])")


def _plural(term: str) -> str:
    first, rest = re.escape(term[0]), re.escape(term[1:]).replace(r"\ ", r"s?\s+").replace("'", "['’]")
    return (f"[{first}{first.upper()}]" if term == term.lower() else first) + rest + "s?"


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


class FirstTerms(SphinxPostTransform):
    """Links the first of each term in a page's paragraphs."""

    default_priority = 5  # before links are resolved

    def run(self, **_: Any) -> None:
        if not explained(self.env.docname):
            return
        known = {name for kind, name in self.env.domains["std"].objects if kind == "term"} - _OTHER_SENSES
        terms = sorted(known, key=lambda term: (-len(term), term))
        anywhere, linked = pattern(terms), set()
        for text in [text for text in self.document.findall(nodes.Text) if _in_prose(text)]:
            parts: list[nodes.Node] = []
            end = 0
            for match in anywhere.finditer(text.astext()):
                term = terms[match.lastindex - 1]
                if term not in linked:
                    parts += [nodes.Text(text.astext()[end : match.start()]), self._link(term, match[0])]
                    end = match.end()
                    linked.add(term)
            if parts:
                text.parent.replace(text, [*parts, nodes.Text(text.astext()[end:])])

    def _link(self, term: str, shown: str) -> pending_xref:
        about = {"refdomain": "std", "reftype": "term", "reftarget": term, "refexplicit": True, "refwarn": True}
        word = nodes.inline(shown, shown, classes=["xref", "std", "std-term"])
        return pending_xref("", word, refdoc=self.env.docname, **about)


def explained(page: str) -> bool:
    """Whether words of the glossary are explained on a page."""
    return page == "index" or page.startswith("chapters/")


def _in_prose(text: nodes.Text) -> bool:
    above, node = [], text.parent
    while node is not None:
        above.append(node)
        node = node.parent
    return any(isinstance(each, _PROSE) for each in above) and not any(isinstance(each, _NO_PROSE) for each in above)


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
    if explained(app.env.docname) or term_links(document):
        app.env.note_dependency(app.env.doc2path(GLOSSARY))


def setup(app: Any) -> dict[str, bool]:
    app.add_post_transform(FirstTerms)
    app.add_post_transform(TermTitles)
    app.connect("doctree-read", depend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
