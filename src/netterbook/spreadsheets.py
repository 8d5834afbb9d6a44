"""Tables as CSV in which no cell is a formula to a spreadsheet, whatever words are in them."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

_RUN = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-|[-+][\d.,]+(?:(?!\w\()[^=+@|!*^&'\"\t\r])*")


def harmless(cell: Any) -> Any:
    """A cell that a spreadsheet shows and does not run: a text that begins as formulas do gets an apostrophe before it.

    Numbers, also with limits or words after them that are no formula, and everything that is no text stay as they are.

    >>> [harmless(cell) for cell in ("=1+1", "@SUM(A1)", "-2+3", "- mild", "-0.3 (RSE 37%)", "-", "nausea", -2.5)]
    ["'=1+1", "'@SUM(A1)", "'-2+3", "'- mild", '-0.3 (RSE 37%)', '-', 'nausea', -2.5]
    """
    if not isinstance(cell, str) or not _RUN.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def csv_text(frame: pd.DataFrame, float_format: str | None = None) -> str:
    """A table without its index as CSV, every text in it, also in its head, :func:`harmless`.

    >>> csv_text(pd.DataFrame({"event": ["nausea", "=1+1"], "patients": [3, 4]}))
    "event,patients\\nnausea,3\\n'=1+1,4\\n"
    """
    texts = [name for name in frame if frame[name].dtype.kind not in "biufcmM"]
    safe = frame.assign(**{name: frame[name].map(harmless) for name in texts}) if texts else frame
    return str(safe.rename(columns=harmless).to_csv(index=False, lineterminator="\n", float_format=float_format))
