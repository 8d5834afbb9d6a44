"""All that the book holds as data, to take away as one data package: what was printed, and what came of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import pandas as pd

from netterbook.entries import PARTS, second_entry
from netterbook.ledger import Ledger
from netterbook.spreadsheets import csv_text

RESULTS = "results"
"""Folder of what is computed when the package is made."""
LEDGER_KEY = {
    "claim_id": "the number's name in this book: paper, place, row, group and kind",
    "paper": "the paper's key",
    "place": "where the paper prints it",
    "arm": "group of patients; empty where the number belongs to none",
    "quantity": "what the number is",
    "measure": "its kind, such as count or percent",
    "printed": "the number as printed, with its interval or spread",
    "recomputed": "what other numbers give",
    "method": "how it was recomputed",
    "inputs": "the claims that it was recomputed from",
    "verdict": "what came of it",
    "would_pass": "how many numbers of as many digits the check would let pass",
    "of_numbers": "how many numbers of as many digits there are",
    "note": "remarks on the check, or why there is none",
}
"""Columns of verdicts to take away."""
CLAIMS_KEY = {
    "claim_id": LEDGER_KEY["claim_id"],
    "paper": LEDGER_KEY["paper"],
    "place": LEDGER_KEY["place"],
    "page": "page of the paper",
    "arm": LEDGER_KEY["arm"],
    "quantity": LEDGER_KEY["quantity"],
    "measure": LEDGER_KEY["measure"],
    "unit": "its unit",
    "level": "what its limits are, such as 95% CI",
    "same_as": "the main printing of the same number",
} | {
    f"{entry}{part}": f"{said} as the {who} person typed it"
    for entry, who in (("", "first"), ("second_", "second"))
    for part, said in zip(PARTS, ("number", "lower limit", "upper limit", "standard deviation"), strict=True)
}
"""Columns of the claims with both entries."""


def claims_frame(ledger: Ledger) -> pd.DataFrame:
    """One row a claim with both entries as typed; columns :data:`CLAIMS_KEY`.

    >>> from netterbook import papers
    >>> frame = claims_frame(papers.load(papers.data_dir())).set_index("claim_id")
    >>> frame.loc["netter1.results.pfs_hr", ["point", "low", "second_point", "second_low"]].tolist()
    ['0.21', '0.13', '0.21', '0.13']
    """
    second = second_entry(ledger.folder)
    rows = []
    for claim in ledger.claims.values():
        typed = [claim.parts[part].text if part in claim.parts else "" for part in PARTS]
        again = [second.get(claim.id, {}).get(part, "") for part in PARTS]
        about = (claim.id, claim.paper, claim.place, claim.page, claim.arm, claim.quantity, claim.measure, claim.unit)
        rows.append((*about, claim.level, claim.same_as, *typed, *again))
    return pd.DataFrame(rows, columns=list(CLAIMS_KEY))


def package_files(ledger: Ledger) -> dict[str, bytes]:
    """Every file of the package by its path: the data folder, the ledger as CSV and JSON, and the claims with both
    entries, all described in ``datapackage.json`` (Frictionless Data Package).
    """
    folder = ledger.folder
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    frame, claims = ledger.frame(), claims_frame(ledger)
    files[f"{RESULTS}/ledger.csv"] = _csv(frame)
    files[f"{RESULTS}/ledger.json"] = frame.to_json(orient="records", force_ascii=False, indent=1).encode()
    files[f"{RESULTS}/claims.csv"] = _csv(claims)
    described = json.loads(files["datapackage.json"])
    described["resources"] += [
        _resource("ledger", "Every printed number with its verdict", frame, LEDGER_KEY),
        _resource("claims", "Every printed number as two people typed it", claims, CLAIMS_KEY),
    ]
    files["datapackage.json"] = (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()
    citation = folder.parent / "CITATION.cff"
    if citation.is_file():
        files["CITATION.cff"] = citation.read_bytes()
    return files


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files as one zip archive, the same wherever and whenever it is made.

    >>> archive({"a.txt": b"a"}) == archive({"a.txt": b"a"})
    True
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for name in sorted(files):
            about = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            about.compress_type, about.create_system, about.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            zipped.writestr(about, files[name])
    return whole.getvalue()


def _csv(frame: pd.DataFrame) -> bytes:
    return csv_text(frame).encode()


def _resource(name: str, title: str, frame: pd.DataFrame, key: Mapping[str, str]) -> dict[str, object]:
    fields = [
        {
            "name": column,
            "type": "integer" if pd.api.types.is_integer_dtype(frame[column]) else "string",
            "description": said,
        }
        for column, said in key.items()
    ]
    return {
        "name": f"{RESULTS}-{name}",
        "path": f"{RESULTS}/{name}.csv",
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": fields, "primaryKey": "claim_id", "missingValues": [""]},
    }
