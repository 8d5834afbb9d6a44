"""Copies of ``data/`` in which one printed number is changed as a slip of the pen would change it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd

from netterbook import papers
from netterbook.claims import Claim

_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
_OTHERS = {"none": "one", "half": "a third", "single": "double", "NE": "30", "not estimated": "30"}


def misprint(text: str) -> str:
    """The string with its last number one higher in the last digit; the next word where it is a word.

    >>> [misprint(s) for s in ("63", "0·29", "<0.001", "75,999", "99%", "July 24, 2015", "Eight", "Ninety-six")]
    ['64', '0·30', '<0.002', '76,000', '100%', 'July 24, 2016', 'nine', 'Ninety-seven']
    """
    numbers = list(re.finditer(r"\d[\d.,·]*", text))
    if not numbers:
        first, dash, last = text.rpartition("-")
        return _OTHERS.get(text) or first + dash + _WORDS[_WORDS.index(last.lower()) + 1]
    start, end = numbers[-1].span()
    digits = list(text[start:end])
    for i in reversed([i for i, c in enumerate(digits) if c.isdigit()]):
        digits[i] = str((int(digits[i]) + 1) % 10)
        if digits[i] != "0":
            break
    else:
        digits.insert(0, "1")
    return text[:start] + "".join(digits) + text[end:]


def copy_with(claim: Claim, part: str, text: str, folder: Path) -> Path:
    """A copy of ``data/`` in ``folder`` where one part of one claim is printed as ``text``."""
    shutil.copytree(papers.data_dir(), folder)
    name, *address = claim.id.removeprefix(f"{claim.paper}.").split(".")
    if len(address) == 3:
        row, column, group = address
        path = folder / claim.paper / f"{name}.csv"
        frame = _read(path)
        at = frame["row"] == row
        field = next(f for f in _fields(f"{claim.paper}-{name}") if f["name"] == column)["netterbook"]
        cell = frame.loc[at, column].item()
        measure = field.get("measure") or frame.loc[at, "measure"].item()
        match = re.fullmatch(papers._CELLS[measure], cell.strip())
        start, end = match.span(group if part == "point" else part)
        changed = cell.strip()[:start] + text + cell.strip()[end:]
    else:
        path = folder / claim.paper / "text.csv"
        frame = _read(path)
        at = frame["claim"] == claim.id.removeprefix(f"{claim.paper}.")
        column, changed = ("printed" if part == "point" else part), text
    assert at.sum() == 1, f"{claim.id} stands {at.sum()} times in {path.name}"
    frame.loc[at, column] = changed
    frame.to_csv(path, index=False, lineterminator="\n")
    return folder


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _fields(resource: str) -> list[dict]:
    return next(r for r in papers.resources() if r["name"] == resource)["schema"]["fields"]
