"""The reference facts as a table in the page: each has an address of its own, to which its id leads from every page."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path
from types import MappingProxyType

from netterbook import facts, text
from netterbook.book import cited
from netterbook.book.badges import number_link
from netterbook.errors import DataError
from netterbook.explanation import Explanations
from netterbook.facts import Fact

FACT_HEADS = ("Fact", "What was reported", "Value as stated", "Source, and how it was read", "Used in")
FACT_KEY = {
    "id": "number of the fact",
    "topic": "what it is about",
    "quantity": "what was reported, in short",
    "value": "as the source states it",
    "low": "lower limit",
    "high": "upper limit",
    "unit": "of the value",
    "population": "whom it is about",
    "source": "document",
    "how_read": "in the full text, an abstract, or a secondary source, which is named; or computed from the others",
    "entered": "the day since which it stands so in the book's data",
    "sentence": "what this book says of it, where it shows it among cited facts",
}
"""Columns of the facts to take away."""


def entered(folder: Path) -> Mapping[str, date]:
    """By fact, the day since which a data folder has had it as it stands, of ``reference/entered.csv``.

    Raises
    ------
    DataError
        If the file is missing.

    >>> from netterbook.papers import data_dir
    >>> entered(data_dir())["F041"]
    datetime.date(2026, 11, 21)
    """
    path = folder / "reference" / "entered.csv"
    if not path.is_file():
        raise DataError(f"there are no days on which facts were entered in {path}")
    with path.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["id"]: date.fromisoformat(row["entered"]) for row in csv.DictReader(file)})


def facts_table(explained: Explanations) -> str:
    """Markup of all facts, a row each; ``id`` is the fact's. Where pages use it, the build writes in."""
    known, said = facts.read(explained.ledger.folder), cited.read(explained.ledger.folder)
    days = entered(explained.ledger.folder)
    heads = "".join(f'<th scope="col">{head}</th>' for head in FACT_HEADS)
    rows, topic = [], ""
    for fact in known.values():
        if fact.topic != topic:
            topic = fact.topic
            head = f'<th scope="rowgroup" colspan="{len(FACT_HEADS)}">{escape(text.capital(topic))}</th>'
            rows.append(f'</tbody><tbody><tr class="nb-topic">{head}</tr>')
        rows.append(_fact_row(explained, fact, said.get(fact.id, ""), days[fact.id]))
    body = "".join(rows).removeprefix("</tbody>")
    table = f'<table id="facts" class="nb-table nb-facts"><thead><tr>{heads}</tr></thead>{body}</tbody></table>'
    return f'<div class="nb-scroll">{table}</div>'


def _fact_row(explained: Explanations, fact: Fact, sentence: str, day: date) -> str:
    stated = f"{fact.printed} {fact.unit}".strip()
    what = sentence or ", ".join(part for part in (fact.quantity, fact.population) if part)
    how = f"{text.capital(fact.how_read)}; entered {day}"
    users = explained.used_by(f"fact:{fact.id}")
    checks = "; ".join(number_link(claim, escape(explained.ledger[claim].quantity), "") for claim in users)
    used = f'<span class="nb-uses" data-fact="{fact.id}"></span>' + (f"<div>checks of {checks}</div>" if checks else "")
    return (
        f'<tr id="{fact.id}"><td>{fact.id}</td><td>{escape(what)}</td><td>{escape(stated)}</td>'
        f'<td>{escape(fact.source)}<div class="nb-note">{escape(how)}</div></td>'
        f"<td>{used}</td></tr>"
    )
