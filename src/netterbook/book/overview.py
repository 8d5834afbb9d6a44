"""What the book holds as a whole: its documents, its verdicts, and what weak ones rest on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook import trials
from netterbook.audit.misprints import noticed_shares
from netterbook.audit.misprints import total as total_noticed
from netterbook.book.badges import badge, rows_link
from netterbook.claims import AXIS, Verdict
from netterbook.explanation import kind
from netterbook.ledger import Ledger
from netterbook.methods.proportions import percentage

_ALIKE = {r"^within .*": "part of a larger count"}
"""Methods that name what they used, and what they have in common."""


def documents_at_a_glance(ledger: Ledger) -> pd.DataFrame:
    """A row a document: ``title``, what was ``read`` of it, and its ``claims``, how many numbers it prints besides the
    ticks of axes.
    """
    known = trials.documents(ledger.folder)
    papers = [claim.paper for claim in ledger.claims.values() if claim.measure != AXIS]
    rows = [(about.title, about.read, papers.count(key)) for key, about in known.items()]
    return pd.DataFrame(rows, columns=["title", "read", "claims"])


def verdict_meanings(ledger: Ledger) -> pd.DataFrame:
    """Each ``verdict``, as markup, with its ``meaning`` and how many ``claims`` have it, which links to them.

    Ticks of axes are not counted.
    """
    total = ledger.summary().loc["all"]
    rows = [(badge(each), each.meaning, rows_link(each, str(total[str(each)]))) for each in Verdict]
    return pd.DataFrame(rows, columns=["verdict", "meaning", "claims"])


CONFIRMED = (Verdict.REPRODUCED, Verdict.FIXED, Verdict.RECOVERED)
"""Other printed numbers give the number, leave no other, or let it be estimated; the last only if closely."""
CLOSE = 1 / 10
"""Share of the numbers of as many digits that a close estimate may at most let pass."""
UNREFUTED = (Verdict.AGREES, Verdict.POSSIBLE)
"""A check was passed that other numbers would have passed too, or that was chosen because it fits."""
UNCHECKED = (Verdict.ALIKE, Verdict.RECORDED)
"""No check, or only a comparison with another printing, which confirms nothing."""


class Strengths(NamedTuple):
    """How many numbers there are, by what can be said of them; the four from ``confirmed`` on add up to ``all``. Of
    those not refuted, ``loose`` are recovered by an estimate that is not :data:`CLOSE`; of the numbers ``reproduced``,
    so many are ``percentages`` of counts.
    """

    all: int
    confirmed: int
    not_refuted: int
    unchecked: int
    differ: int
    loose: int
    reproduced: int
    percentages: int


def strengths(ledger: Ledger, paper: str | None = None) -> Strengths:
    """How surely the printed numbers hold, all or those of one paper, ticks of axes aside.

    >>> from netterbook.audit import build_ledger
    >>> strengths(build_ledger(), "netter1")[:5:4]
    (594, 8)
    """
    frame = ledger.frame(paper=paper)
    total = ledger.summary(frame).loc["all"]
    recovered = frame[frame["verdict"] == Verdict.RECOVERED]
    loose = int((recovered["would_pass"] > CLOSE * recovered["of_numbers"]).sum())
    percentages = (frame["verdict"] == Verdict.REPRODUCED) & (frame["measure"] == "percent")

    def of(*verdicts: Verdict) -> int:
        return int(sum(total[str(verdict)] for verdict in verdicts))

    return Strengths(
        all=int(total["claims"]),
        confirmed=of(*CONFIRMED) - loose,
        not_refuted=of(*UNREFUTED) + loose,
        unchecked=of(*UNCHECKED),
        differ=of(Verdict.DIFFERS),
        loose=loose,
        reproduced=of(Verdict.REPRODUCED),
        percentages=int(percentages.sum()),
    )


def possible_by_method(ledger: Ledger, least: int = 10) -> pd.DataFrame:
    """What the claims that are only *possible* rest on: methods with at least ``least`` claims, the most frequent first
    and equals by name, then all others.

    Columns: ``kind``, ``method`` or ``others``; ``method``, ``methods`` (how many), ``claims``; ``counted``, whether
    it can be counted what would have passed, and ``passing``, the median share of the numbers of as many digits that
    would, else nan.
    """
    frame = _possible(ledger)
    counted = frame["method"].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    large, small = counted[counted >= least], counted[counted < least]

    def passing(methods: pd.Index) -> float:
        return float(frame.loc[frame["method"].isin(methods), "passing"].dropna().median())

    rows = [("method", name, 1, claims, passing(pd.Index([name]))) for name, claims in large.items()]
    rows.append(("others", "", len(small), small.sum(), passing(small.index)))
    found = pd.DataFrame(rows, columns=["kind", "method", "methods", "claims", "passing"])
    return found.assign(counted=found["passing"].notna())


def looseness(ledger: Ledger) -> dict[str, float | int]:
    """How many numbers are *possible*, ``all``; of how many the numbers that would pass can be ``counted``; of the
    latter the ``median`` share that would pass, and for how many ``most`` would.
    """
    passing = _possible(ledger)["passing"]
    known = passing.dropna()
    most = int((known > 0.5).sum())
    return {"all": len(passing), "counted": len(known), "median": float(known.median()), "most": most}


def _possible(ledger: Ledger) -> pd.DataFrame:
    """Method and share that would pass of every claim that is only possible, ticks of axes aside."""
    frame = ledger.frame(verdict="possible")
    frame = frame[frame["measure"] != AXIS]
    share = (frame["would_pass"] / frame["of_numbers"]).astype("Float64").to_numpy(float, na_value=np.nan)
    return pd.DataFrame({"method": frame["method"].replace(_ALIKE, regex=True), "passing": share})


def ticks(ledger: Ledger) -> int:
    """How many claims are ticks of axes."""
    return sum(claim.measure == AXIS for claim in ledger.claims.values())


def misprints_noticed(tried: pd.DataFrame, ledger: Ledger, *by: str) -> pd.DataFrame:
    """:func:`.noticed_shares` with papers, kinds and verdicts as readers know them."""
    known = trials.documents(ledger.folder)
    table = noticed_shares(tried, ledger, *by)
    if "verdict" in table:
        table = table.sort_values("verdict", key=lambda names: names.map([*map(str, Verdict)].index), kind="stable")
    if "paper" in table:
        table["paper"] = [known[key].title if key in known else key for key in table["paper"]]
    if "measure" in table:
        table["measure"] = table["measure"].map(kind)
    return table


def misprints_in_short(tried: pd.DataFrame | None, ledger: Ledger) -> dict[str, float]:
    """Shares, of 1, of the misprints ``noticed``, of those that a recomputation tells, ``recomputed``, and of those
    noticed ``of_percentages``, ``of_medians`` and ``of_hazards``; 0 where none were tried.
    """
    kinds = {"of_percentages": "percent", "of_medians": "median", "of_hazards": "hazard_ratio"}
    if tried is None:
        return dict.fromkeys(("noticed", "recomputed", *kinds), 0.0)
    total, by_kind = total_noticed(tried, ledger), noticed_shares(tried, ledger, "measure").set_index("measure")
    shares = {name: float(by_kind.loc[measure, "share"]) for name, measure in kinds.items()}
    return {"noticed": total["share"], "recomputed": total["recomputed"] / total["all"], **shares}


def share_of(ledger: Ledger, claim_id: str) -> float:
    """The share, of 1, that a percentage claim is of, from its counts.

    >>> from netterbook import papers
    >>> round(share_of(papers.load(papers.data_dir()), "netter2.table1.metastases_no.all.percent"), 4)
    0.0088
    """
    claim = ledger[claim_id]
    return float(percentage(sum(ledger.counts(*claim.numerator)), sum(ledger.counts(*claim.denominator)))) / 100
