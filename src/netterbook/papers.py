"""Load ``data/``: the tables of a paper as printed, and every printed number as a claim."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd

from netterbook.claims import Claim
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.printed import NOT_ESTIMATED, Printed

EXACT = {"count", "setting", "ratio", "axis", "n", "events"}
"""Measures whose printed number is meant exactly, not rounded."""

TEXT_MEASURES = {
    "count", "percent", "hazard_ratio", "odds_ratio", "p_value", "difference", "median", "mean", "ratio", "setting",
    "quantity", "date", "year", "version", "identifier", "axis",
}  # fmt: skip

_NUMERIC = TEXT_MEASURES - {"ratio", "quantity", "date", "year", "version", "identifier"}

_NUMBER = r"(?:[<≤≥>]?\s*\d+(?:[.·]\d+)?|NE)"
_INTERVAL = rf"\((?P<low>{_NUMBER})–(?P<high>{_NUMBER})\)"
_CELLS = {
    "count": r"(?P<count>\d+)",
    "count (percent)": r"(?P<count>\d+)(?: \((?P<percent><?\d+%?)\))?",
    "events/n (percent)": r"(?P<events>\d+)/(?P<n>\d+) \((?P<percent>\d+%)\)",
    "count (percent; 95% CI)": rf"(?P<count>\d+) \((?P<rate>{_NUMBER}%); 95% CI "
    rf"(?P<low>{_NUMBER})–(?P<high>{_NUMBER})\)",
    "mean±SD": r"(?P<mean>\d+)±(?P<sd>\d+)",
    "median": rf"(?P<median>{_NUMBER})",
    "median (IQR)": rf"(?P<median>{_NUMBER}%?) {_INTERVAL}",
    "percent (95% CI)": rf"(?P<rate>{_NUMBER}) {_INTERVAL}",
    "hazard ratio (95% CI)": rf"(?P<hr>{_NUMBER}) {_INTERVAL}",
    "odds ratio (95% CI)": rf"(?P<or>{_NUMBER}) {_INTERVAL}",
    "p": rf"(?P<p>{_NUMBER})",
}
"""What the cells of a row may look like, by the row's ``measure``; each named part but the interval is a claim."""

_MEASURE_OF = {
    "count": "count", "n": "count", "events": "count", "percent": "percent", "rate": "percent", "mean": "mean",
    "median": "median", "hr": "hazard_ratio", "or": "odds_ratio", "p": "p_value",
}  # fmt: skip
_NO_NUMBER = {"", "NA", "··"}


def data_dir() -> Path:
    """Folder of the data package: ``$NETTERBOOK_DATA``, else ``data/`` of this repository.

    Raises
    ------
    DataError
        If there is no ``datapackage.json`` in it.
    """
    folder = Path(os.environ.get("NETTERBOOK_DATA", Path(__file__).resolve().parents[2] / "data"))
    if not (folder / "datapackage.json").is_file():
        raise DataError(f"no datapackage.json in {folder}; set NETTERBOOK_DATA to the folder that holds it")
    return folder


def _descriptor(folder: Path) -> dict[str, Any]:
    path = folder / "datapackage.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"no datapackage.json in {folder}; it describes the tables of the folder") from None
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}") from None
    return found


def resources(folder: Path | None = None) -> list[dict[str, Any]]:
    """The descriptors of all data files, in order."""
    return list(_descriptor(folder or data_dir())["resources"])


def table(paper: str, name: str, folder: Path | None = None) -> pd.DataFrame:
    """A data file as printed: every cell a string, empty where nothing was printed.

    Raises
    ------
    DataError
        If the paper has no such table, of which the message lists those there are, or its file is no CSV file.

    >>> table("netter1", "table2").set_index("row").loc["rate", "lu"]
    '18 (10–25)'
    """
    folder = folder or data_dir()
    path = folder / paper / f"{name}.csv"
    if not path.is_file():
        known = [r["name"] for r in resources(folder)]
        if f"{paper}-{name}" in known:
            raise DataError(f"{path} is missing; datapackage.json describes it as {paper}-{name}")
        raise DataError(f"no table {name!r} of {paper!r}; there are: {', '.join(known)}")
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except ValueError as error:
        raise DataError(f"{path} is no CSV file in UTF-8: {error}") from None


def emissions(folder: Path) -> pd.DataFrame:
    """What 177Lu emits, from ``dosimetry/emissions.csv`` of a data folder, by the name of the radiation.

    Columns: ``nuclide``, ``kind``, ``energy_kev`` (of a line, or the mean of a beta branch), ``endpoint_kev``,
    ``percent`` of decays, ``kev_per_decay``, ``source``, ``confidence``, ``fact``. Numbers are nan where the source
    gives none.

    >>> emissions(data_dir()).loc["gamma_208", ["energy_kev", "percent"]].astype(float).tolist()
    [208.3662, 10.41]
    """
    found = table("dosimetry", "emissions", folder).set_index("row")
    numbers = ["energy_kev", "endpoint_kev", "percent", "kev_per_decay"]
    return found.assign(**{name: pd.to_numeric(found[name]) for name in numbers})


def _text_claims(paper: str, frame: pd.DataFrame) -> list[Claim]:
    claims = []
    for row in frame.itertuples():
        if row.measure not in TEXT_MEASURES:
            known = ", ".join(sorted(TEXT_MEASURES))
            raise DataError(f"{paper}/text.csv, claim {row.claim!r}: measure {row.measure!r} is none of: {known}")
        parts = {"point": Printed(row.printed, exact=row.measure in EXACT)}
        if row.low or row.high:
            parts |= {"low": Printed(row.low), "high": Printed(row.high)}
        for part in parts.values():
            if row.measure in _NUMERIC and not part.is_number and part.text not in NOT_ESTIMATED:
                raise DataError(f"{paper}/text.csv, claim {row.claim!r}: {part.text!r} is no number ({row.measure})")
        claims.append(
            Claim(
                id=f"{paper}.{row.claim}",
                paper=paper,
                place=row.place,
                page=row.page,
                arm=row.arm,
                quantity=row.quantity,
                measure=row.measure,
                unit=row.unit,
                parts=parts,
                level=row.level,
                same_as=row.same_as,
                numerator=tuple(row.numerator.split()),
                denominator=tuple(row.denominator.split()),
            )
        )
    return claims


def _table_claims(paper: str, resource: dict[str, Any], frame: pd.DataFrame) -> list[Claim]:
    meta, name = resource["netterbook"], resource["name"].partition("-")[2]
    columns = {f["name"]: f["netterbook"] for f in resource["schema"]["fields"] if "netterbook" in f}
    claims = []
    for row in frame.to_dict("records"):
        for column, about in columns.items():
            cell = row[column].strip()
            if cell in _NO_NUMBER:
                continue
            measure = about.get("measure") or row["measure"]
            match = re.fullmatch(_CELLS.get(measure, "(?!)"), cell)
            if match is None:
                raise DataError(
                    f"{paper}/{name}.csv, row {row['row']!r}, column {column!r}: {cell!r} is not a {measure!r} cell"
                )
            found = {part: text for part, text in match.groupdict().items() if text is not None}
            extra = {part: Printed(found.pop(part)) for part in ("low", "high", "sd") if part in found}
            subject = ", ".join(s for s in (row.get("section"), row.get("label")) if s)
            subject = subject or f"at risk at {row['time']} months"
            for part, text in found.items():
                carries = extra if part not in ("count", "n") else {}
                about_part = {"percent": "percent", "n": "total", "events": "events", "p": "P value"}.get(part, "")
                about_part = "" if about_part.lower() in subject.lower() else about_part
                numerator, denominator = _percentage_of(f"{paper}.{name}", row["row"], column, part, found)
                claims.append(
                    Claim(
                        id=f"{paper}.{name}.{row['row']}.{column}.{part}",
                        paper=paper,
                        place=meta["place"],
                        page=meta["page"],
                        arm="" if part in ("hr", "or", "p") else about.get("arm") or row.get("arm", ""),
                        quantity=", ".join(s for s in (subject, about.get("quantity"), about_part) if s),
                        measure=_MEASURE_OF[part],
                        unit="%" if part in ("percent", "rate") else row.get("unit") or about.get("unit", ""),
                        parts={"point": Printed(text, exact=part in EXACT)} | carries,
                        level=("IQR" if "IQR" in measure else "95% CI") if "low" in carries else "",
                        numerator=numerator,
                        denominator=denominator,
                    )
                )
    return claims


def _percentage_of(
    stem: str, row: str, column: str, part: str, found: dict[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Claims that a percentage is taken of, numerator and denominator: in its cell, else the column's group size."""
    cell = f"{stem}.{row}.{column}"
    if part in ("percent", "rate") and "events" in found:
        return (f"{cell}.events",), (f"{cell}.n",)
    if part in ("percent", "rate") and "count" in found:
        group = f"{column.partition('_')[0]}_any" if "_" in column else column
        return (f"{cell}.count",), (f"{stem}.n.{group}.count",)
    return (), ()


def load(folder: Path | None = None) -> Ledger:
    """Every printed number of all papers as a ledger without checks.

    Raises
    ------
    DataError
        If a cell does not parse, or two numbers have one id.
    """
    folder = folder or data_dir()
    claims: dict[str, Claim] = {}
    for resource in resources(folder):
        if "netterbook" not in resource:
            continue
        meta = resource["netterbook"]
        frame = table(meta["paper"], resource["name"].partition("-")[2], folder)
        found = (
            _text_claims(meta["paper"], frame)
            if meta["kind"] == "text"
            else _table_claims(meta["paper"], resource, frame)
        )
        for claim in found:
            if claim.id in claims:
                raise DataError(f"two printed numbers have the id {claim.id}")
            claims[claim.id] = claim
    return Ledger(claims, folder)
