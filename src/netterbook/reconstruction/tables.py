"""CSV files read by what they hold, whatever their separators, decimal signs, letters' codes and capitals."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from math import isnan
from pathlib import Path
from typing import NamedTuple

from netterbook.files import read_limited
from netterbook.reconstruction.printed_forms import number_of

LARGEST_TABLE = 20_000_000
"""Bytes of a file that is read."""
_SEPARATORS = ("\t", ";", "|", ",")
_NAMES = {
    "arm": "arm arms group curve treatment strata stratum trt",
    "time": "time times t trisk months month weeks week days day years year x",
    "survival": "survival surv s st sur km probability prob pfs os efs dfs y estimate",
    "n_risk": "nrisk natrisk numberatrisk noatrisk atrisk nar n",
    "events": "events cumnevent cumevents",
    "censored": "censored cumncensor cumcensored",
    "factor": "factor", "level": "level", "n": "n",
}  # fmt: skip
_COLUMNS = {column: names.split() for column, names in _NAMES.items()}


class RawTable(NamedTuple):
    """The cells of a file as text."""

    name: str
    """As the description gives it, for messages."""
    rows: list[tuple[int, list[str]]]
    """Line and cells of each row that is not blank."""
    comma: bool
    """Whether commas are decimal signs."""

    def is_number(self, text: str) -> bool:
        return not isnan(number_of(text, self.comma))

    @property
    def has_header(self) -> bool:
        """Whether the first row holds anything that is no number."""
        return bool(self.rows) and not all(self.is_number(cell) for cell in self.rows[0][1] if cell)


def decoded(content: bytes) -> str:
    """Text in UTF-8 or UTF-16, with or without a mark of the order of bytes, else in Latin-1 as Windows has it.

    Raises
    ------
    ValueError
        For what is no text, as a spreadsheet.

    >>> [decoded("é".encode(code)) for code in ("utf-8", "utf-8-sig", "utf-16", "latin-1")]
    ['é', 'é', 'é', 'é']
    >>> decoded("0.5,1".encode("utf-16-le"))
    '0.5,1'
    """
    if content.startswith(b"PK\x03\x04") or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValueError("is a spreadsheet, or packed; save it as CSV")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        code = "utf-16"
    elif b"\0" in content[:200]:
        code = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    else:
        code = "utf-8-sig"
    try:
        text = content.decode(code)
    except UnicodeDecodeError as error:
        if code != "utf-8-sig":
            raise ValueError(f"is no text in UTF-16: {error.reason}; save it as CSV in UTF-8") from None
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise ValueError("holds null bytes; save it as CSV in UTF-8")
    return text


def raw_table(text: str, name: str) -> RawTable:
    """The cells of a text whose separators are found out: tabs, semicolons, bars, commas, or spaces.

    Raises
    ------
    ValueError
        Where it is no table.

    >>> raw_table("Time;Surv\\n\\n0,5;0,98\\n", "a.csv")
    RawTable(name='a.csv', rows=[(1, ['Time', 'Surv']), (3, ['0,5', '0,98'])], comma=True)
    """
    first = next((line for line in text.splitlines() if line.strip(" \t;,|")), "")
    separator = next((each for each in _SEPARATORS if each in first), " ")
    if separator == "," and re.fullmatch(r"\s*-?\d+,\d+\s+-?\d+,\d+\s*", first):  # 0,5  0,98
        separator = " "
    rows = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        for cells in reader:
            plain = [cell.strip() for cell in cells]
            if separator == " ":
                plain = [cell for i, cell in enumerate(plain) if cell or i == 0]
            if any(plain):
                rows.append((reader.line_num, plain))
    except csv.Error as error:
        raise ValueError(f"{name} is no CSV file: {error}") from None
    decimal = re.compile(r"-?\d+,\d+")
    comma = separator != "," and any(decimal.fullmatch(cell) for _, row in rows for cell in row)
    return RawTable(name, rows, comma)


def read_raw_table(folder: Path, name: str) -> RawTable:
    """The cells of a file.

    Parameters
    ----------
    folder : that the name is relative to

    Raises
    ------
    ValueError
        Where it cannot be read, or is no table.
    """
    try:
        content = read_limited(folder / name, LARGEST_TABLE)
    except OSError as error:
        raise ValueError(f"cannot read {name}: {error.strerror}") from None
    try:
        return raw_table(decoded(content), name)
    except ValueError as error:
        said = str(error)
        raise ValueError(said if said.startswith(name) else f"{name} {said}") from None


def columns_of(header: Iterable[str], wanted: Iterable[str]) -> dict[str, int]:
    """Where the columns wanted are, by their names or others in use, in whatever capitals; each once.

    >>> columns_of(["id", "Time", "St", "curve"], ["arm", "time", "survival"])
    {'arm': 3, 'time': 1, 'survival': 2}
    >>> columns_of(["", "Time (months)", "Survival probability"], ["time", "survival"])
    {'time': 1, 'survival': 2}
    """
    own = [re.sub(r"[^a-z0-9]", "", re.sub(r"[(\[].*", "", cell.casefold())) for cell in header]
    found: dict[str, int] = {}
    for column in wanted:
        names = [column.replace("_", ""), *_COLUMNS[column]]
        places = [own.index(name) for name in names if name in own]
        starts = [i for i, cell in enumerate(own) if len(column) > 3 and cell.startswith(column.replace("_", ""))]
        for place in [*places, *starts]:
            if place not in found.values():
                found[column] = place
                break
    return found
