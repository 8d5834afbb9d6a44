"""What came of checking every printed number: how many have which verdict, as one bar, and what these add up to."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from netterbook.audit import recovered
from netterbook.book.badges import badge, rows_link, verdict_class
from netterbook.book.display import Page
from netterbook.book.findings import read
from netterbook.book.overview import CONFIRMED, UNCHECKED, UNREFUTED, strengths
from netterbook.claims import Verdict
from netterbook.ledger import Ledger
from netterbook.text import fill

_LABELLED = 0.02  # of the bar: a narrower segment has no room for its count


class LedgerStanding(NamedTuple):
    """How many numbers are printed, ``all``; shares of them; of those reproduced, how many are ``percentages`` of
    counts; and how many differ, in how many ``findings`` about one document's numbers, with how many ``headlines``
    (the results that reconstructions recover, wherever printed) among them; and how many are recovered by a wide
    estimate, ``loose``.
    """

    all: int
    confirmed: float
    unrefuted: float
    unchecked: float
    differing: float
    reproduced: int
    percentages: int
    differ: int
    findings: int
    headlines: int
    loose: int


def by_verdict(ledger: Ledger) -> pd.DataFrame:
    """Verdicts from the strongest to the weakest, then those that differ: ``verdict``, ``claims`` and ``share`` of all.

    >>> from netterbook import papers
    >>> by_verdict(papers.load(papers.data_dir()))["verdict"].tolist()[0]
    <Verdict.REPRODUCED: 'reproduced'>
    """
    total = ledger.summary().loc["all"]
    order = (*CONFIRMED, *UNREFUTED, *UNCHECKED, Verdict.DIFFERS)
    found = pd.DataFrame({"verdict": list(order), "claims": [int(total[verdict]) for verdict in order]})
    return found.assign(share=found["claims"] / int(total["claims"]))


def ledger_standing(ledger: Ledger) -> LedgerStanding:
    """What all verdicts add up to.

    >>> from netterbook.audit import build_ledger
    >>> found = ledger_standing(build_ledger())
    >>> found.headlines, round(found.confirmed + found.unrefuted + found.unchecked + found.differing, 9)
    (0, 1.0)
    """
    of = strengths(ledger)
    headlines = {ledger.group(target.claim) for target in recovered.targets(ledger)}
    differing = ledger.frame(verdict=str(Verdict.DIFFERS))["claim_id"]
    return LedgerStanding(
        all=of.all,
        confirmed=of.confirmed / of.all,
        unrefuted=of.not_refuted / of.all,
        unchecked=of.unchecked / of.all,
        differing=of.differ / of.all,
        reproduced=of.reproduced,
        percentages=of.percentages,
        differ=of.differ,
        findings=len([finding for finding in read(ledger.folder) if finding.claims]),
        headlines=sum(ledger.group(claim) in headlines for claim in differing),
        loose=of.loose,
    )


def show_bar(page: Page, address: str) -> None:
    """Display the verdicts of all numbers as one bar, and beneath it each with its count and a link to its rows.

    Parameters
    ----------
    address : of the ledger's page in the built book
    """
    table = by_verdict(page.ledger)
    segments, lines = [], []
    for row in table.itertuples():
        name = str(row.verdict)
        count = fill("{claims:,}", {"claims": row.claims})
        inside = count if row.share >= _LABELLED else ""
        segments.append(f'<span class="{verdict_class(name)}" style="flex-grow: {row.claims}">{inside}</span>')
        lines.append(f"<li>{rows_link(row.verdict, f'{badge(name)} {count}', address)}</li>")
    total = fill("{all:,}", {"all": int(table["claims"].sum())})
    told = ", ".join(f"{row.claims} {row.verdict}" for row in table.itertuples())
    page.markup(
        f'<div class="nb-standing"><div class="nb-bar" role="img" aria-label="Of {total} printed numbers: {told}.">'
        f"{''.join(segments)}</div><ul>{''.join(lines)}</ul></div>"
    )
