"""Copies of ``data/`` in which one printed number is changed as a slip of the pen would change it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd

from netterbook import papers
from netterbook.claims import Claim


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
