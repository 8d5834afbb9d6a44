"""How long each chapter takes to read, and links to the findings."""

from __future__ import annotations

from pathlib import Path

from netterbook.book import findings

MINUTES = {
    "plain_words": 15,
    "background": 5,
    "netter1": 15,
    "netter2": 13,
    "dosimetry": 20,
    "cross_trial": 20,
    "reconstruction": 15,
    "sensitivity": 4,
    "findings": 15,
}
"""Minutes that a chapter's unfolded text takes, as its own first screen says."""


def findings_by_paper(folder: Path) -> dict[str, list[str]]:
    """The findings about each paper that has any, each its title as a link to where it is shown.

    >>> from netterbook.papers import data_dir
    >>> findings_by_paper(data_dir())["sundlov2022"]
    ['<a href="chapters/findings.html#finding-a-garbled-registration-number">A garbled registration number</a>']
    """
    found: dict[str, list[str]] = {}
    for each in findings.read(folder):
        found.setdefault(each.paper, []).append(each.link("chapters/findings.html"))
    return found
