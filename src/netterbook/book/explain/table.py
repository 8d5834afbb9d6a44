"""The ledger as a table in the page: every number is a row with an address of its own, whether or not scripts run."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from netterbook.book.badges import badge
from netterbook.claims import AXIS, Verdict
from netterbook.explanation import Explanations, kind, with_unit

HEADS = ("Where", "Quantity", "Printed", "Verdict", "Recomputed and how, or why not")

FIRST = 60
"""Rows that are laid out at once where scripts run, more than a window holds; all 1,659 take a second."""


def whole_table(explained: Explanations) -> str:
    """Markup of all numbers with the form that filters, searches and sorts them; the form shows where scripts run.

    A row's ``id`` is the claim's; its attributes are what the form asks for.
    """
    ledger = explained.ledger
    rows = "".join(_row(explained, claim_id, later=k >= FIRST) for k, claim_id in enumerate(ledger.claims))
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    return (
        f'<div class="nb-ledger">{_form(explained)}<table id="ledger" class="nb-table"><caption class="nb-count">'
        f"{len(ledger.claims):,} numbers</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(explained: Explanations, claim_id: str, later: bool) -> str:
    ledger = explained.ledger
    claim, check = ledger[claim_id], ledger.leading(claim_id)
    verdict = str(check.verdict)
    about = {
        "id": claim.id,
        "data-paper": claim.paper,
        "data-place": claim.place,
        "data-kind": kind(claim.measure),
        "data-verdict": verdict,
        "data-loose": f"{check.looseness:.3g}",
    }
    group = explained.group(claim)
    cells = (
        escape(f"{explained.paper_title(claim.paper)}, {claim.place}")
        + (f"<div>{escape(group)}</div>" if group else ""),
        escape(claim.quantity),
        escape(with_unit(claim)),
        badge(verdict),
        f"{escape(check.recomputed)}<div>{escape(check.method or check.note)}</div>",
    )
    if later:
        about["class"] = "nb-later"
    attributes = " ".join(f'{name}="{escape(value)}"' for name, value in about.items())
    return f"<tr {attributes}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _form(explained: Explanations) -> str:
    claims = explained.ledger.claims.values()
    named = {claim.paper: explained.paper_title(claim.paper) for claim in claims}
    places = {
        title: [(place, place) for place in dict.fromkeys(c.place for c in claims if c.paper == paper)]
        for paper, title in named.items()
    }
    kinds = sorted({kind(claim.measure) for claim in claims}, key=lambda name: (name == AXIS, name.lower()))
    orders = [("", "order in the papers"), ("verdict", "verdict, differing first"), ("loose", "least checked first")]
    fields = [
        _select("paper", "Paper", _options([("", "all"), *named.items()])),
        _select("place", "Place", _options([("", "all")]) + "".join(_group(*each) for each in places.items())),
        _select("verdict", "Verdict", _options([("", "all"), *((str(v), str(v)) for v in Verdict)])),
        _select("kind", "Kind", _options([("", "all"), *((each, each) for each in kinds)])),
        _labelled("q", "Words or number", '<input type="search" id="nb-q" name="q" autocomplete="off">'),
        _select("sort", "Sorted by", _options(orders)),
        '<button type="reset">Show all</button>',
    ]
    return f'<form class="nb-filters" role="search" aria-label="Numbers" hidden>{"".join(fields)}</form>'


def _select(name: str, label: str, options: str) -> str:
    return _labelled(name, label, f'<select id="nb-{name}" name="{name}">{options}</select>')


def _labelled(name: str, label: str, field: str) -> str:
    return f'<div><label for="nb-{name}">{label}</label>{field}</div>'


def _options(choices: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{escape(value)}">{escape(said)}</option>' for value, said in choices)


def _group(label: str, choices: Iterable[tuple[str, str]]) -> str:
    return f'<optgroup label="{escape(label)}">{_options(choices)}</optgroup>'
