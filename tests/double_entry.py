"""The second transcription of every printed number, and where it disagrees with ``data/``."""

from __future__ import annotations

import csv
from pathlib import Path

from netterbook.ledger import Ledger

PARTS = ("point", "low", "high", "sd")


def second_entry() -> dict[str, dict[str, str]]:
    """The strings of ``second_entry.csv``, claim by claim and part by part."""
    with (Path(__file__).parent / "second_entry.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entry = {row["claim_id"]: {part: row[part] for part in PARTS} for row in rows}
    if len(entry) != len(rows):
        raise ValueError("second_entry.csv has a claim twice")
    return entry


def disagreements(ledger: Ledger) -> dict[str, list[tuple[str, str, str]]]:
    """Claim id to (part, string in ``data/``, string of the second entry), for every part that is not the same."""
    second = second_entry()
    nothing = dict.fromkeys(PARTS, "")
    found: dict[str, list[tuple[str, str, str]]] = {}
    for claim_id in second.keys() | ledger.claims.keys():
        claim = ledger.claims.get(claim_id)
        first = nothing | ({part: printed.text for part, printed in claim.parts.items()} if claim else {})
        other = second.get(claim_id, nothing)
        differing = [(part, first[part], other[part]) for part in PARTS if first[part] != other[part]]
        if differing:
            found[claim_id] = differing
    return found
