"""What the book holds as a whole: its documents, its verdicts, and what weak ones rest on."""

from __future__ import annotations

import pandas as pd

from netterbook import trials
from netterbook.book.display import badge
from netterbook.claims import Ledger, Verdict
from netterbook.methods.proportions import percentage

_ALIKE = {
    r"^the same number in .*": "another printing of the same number",
    r"^ticks spaced .*": "an axis with evenly spaced ticks",
    r"^within .*": "part of a larger count",
}
"""Methods that name what they used, and what they have in common."""


def documents_at_a_glance(ledger: Ledger) -> pd.DataFrame:
    """A row a document: ``title``, what was ``read`` of it, and its ``claims``, how many numbers it prints."""
    known = trials.documents(ledger.folder)
    rows = [
        (about.title, about.read, sum(c.paper == key for c in ledger.claims.values())) for key, about in known.items()
    ]
    return pd.DataFrame(rows, columns=["title", "read", "claims"])


def verdict_meanings() -> pd.DataFrame:
    """Each verdict, as markup, with its meaning.

    >>> verdict_meanings()["meaning"].tolist()[0]
    'the recomputed number rounds to the printed one'
    """
    return pd.DataFrame([(badge(verdict), verdict.meaning) for verdict in Verdict], columns=["verdict", "meaning"])


def possible_by_method(ledger: Ledger, least: int = 10) -> pd.DataFrame:
    """What the claims that are only *possible* rest on: methods with at least ``least`` claims, the most frequent first
    and equals by name, then all others.

    Columns: ``kind``, ``method`` or ``others``; ``method``, ``methods`` (how many), ``claims``.
    """
    method = ledger.frame(verdict="possible")["method"].replace(_ALIKE, regex=True)
    counted = method.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    large, small = counted[counted >= least], counted[counted < least]
    rows = [("method", name, 1, claims) for name, claims in large.items()]
    rows.append(("others", "", len(small), small.sum()))
    return pd.DataFrame(rows, columns=["kind", "method", "methods", "claims"])


def share_of(ledger: Ledger, claim_id: str) -> float:
    """The share, of 1, that a percentage claim is of, from its counts.

    >>> from netterbook import papers
    >>> round(share_of(papers.load(papers.data_dir()), "netter2.table1.metastases_no.all.percent"), 4)
    0.0088
    """
    claim = ledger[claim_id]
    return float(percentage(sum(ledger.counts(*claim.numerator)), sum(ledger.counts(*claim.denominator)))) / 100
