"""Double entry: what a second person typed of every printed number, and the ids that numbers have had."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from netterbook.errors import DataError
from netterbook.ledger import Ledger

PARTS = ("point", "low", "high", "sd")
SECOND_ENTRY = Path("reference") / "second_entry.csv"
CLAIM_IDS = Path("reference") / "claim_ids.csv"


def second_entry(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """The strings that the second person typed, by claim and part; none where a folder has no second entry.

    Raises
    ------
    DataError
        If it has a claim twice.

    >>> from netterbook.papers import data_dir
    >>> second_entry(data_dir())["netter1.results.pfs_hr"]["low"]
    '0.13'
    """
    return MappingProxyType({claim: {part: row[part] for part in PARTS} for claim, row in _rows(folder, SECOND_ENTRY)})


def disagreements(ledger: Ledger) -> dict[str, list[tuple[str, str, str]]]:
    """Claim id to (part, string of the first entry, string of the second), for every part that is not the same.

    >>> from netterbook import papers
    >>> disagreements(papers.load(papers.data_dir()))
    {}
    """
    second = second_entry(ledger.folder)
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


def claim_ids(folder: Path) -> Mapping[str, str]:
    """Every id that a claim has ever had, with the id that stands for it now: its own, or what it was renamed to.

    Raises
    ------
    DataError
        If an id stands there twice.

    >>> from netterbook.papers import data_dir
    >>> claim_ids(data_dir())["netter1.results.pfs_hr"]
    'netter1.results.pfs_hr'
    """
    return MappingProxyType({claim: row["renamed_to"] or claim for claim, row in _rows(folder, CLAIM_IDS)})


def _rows(folder: Path, name: Path) -> list[tuple[str, dict[str, str]]]:
    path = folder / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["claim_id"], row) for row in csv.DictReader(file)]
    seen: set[str] = set()
    for claim, _ in rows:
        if claim in seen:
            raise DataError(f"{path} has {claim} twice")
        seen.add(claim)
    return rows
