"""Parts of a section that are folded, while its heading stays in the contents and keeps its address.

A comment ``<!-- folded: what is in it -->`` in a page folds all that follows in its section, whether prose, tables or
figures, under these words.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_design.shared import create_component

_MARK = re.compile(r"<!--\s*folded:\s*(.+?)\s*-->\s*", re.DOTALL)


def fold(mark: nodes.raw, words: str) -> None:
    """Move what follows a mark in its section into a dropdown of sphinx-design, which takes the mark's place."""
    parent = mark.parent
    at = parent.index(mark)
    title = nodes.rubric("", "", nodes.Text(words))
    box = create_component(
        "dropdown", classes=[], opened=False, type="dropdown", has_title=True, icon=None, chevron=None,
        container_classes=["sd-mb-3", "nb-folded"], title_classes=[], body_classes=[],
    )  # fmt: skip
    box += [title, *parent[at + 1 :]]
    parent[at:] = [box]


class Folding(SphinxPostTransform):
    """After the contents are collected, so that headings within a folded part are among them."""

    default_priority = 190  # dropdowns become markup at 199
    formats = ("html",)

    def run(self, **_: Any) -> None:
        for mark in list(self.document.findall(nodes.raw)):
            found = _MARK.fullmatch(mark.astext())
            if found:
                fold(mark, found[1])


def setup(app: Any) -> dict[str, bool]:
    app.add_post_transform(Folding)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
