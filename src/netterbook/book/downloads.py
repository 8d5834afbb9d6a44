"""Links that carry what they offer, so that they work without a server; the built book puts it into files."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape

import pandas as pd

from netterbook.precision import significant
from netterbook.spreadsheets import csv_text


def carried(content: bytes, kind: str) -> str:
    """An address that holds the content itself.

    >>> carried(b"a,b", "text/csv")
    'data:text/csv;base64,YSxi'
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def as_csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV.

    >>> as_csv(pd.DataFrame({"hr": [0.21]}))
    b'hr\\n0.21\\n'
    """
    return csv_text(frame).encode()


def offer(content: bytes, kind: str, file: str, label: str) -> str:
    """A link that saves the content under a name.

    >>> offer(b"a", "text/csv", "a.csv", "CSV")
    '<a class="nb-download" download="a.csv" href="data:text/csv;base64,YQ==">CSV</a>'
    """
    return f'<a class="nb-download" download="{escape(file)}" href="{carried(content, kind)}">{label}</a>'


def download_link(
    frame: pd.DataFrame, name: str, label: str = "Download as CSV", digits: Mapping[str, int] | None = None
) -> str:
    """A link to a table; its numbers are :func:`.significant`."""
    return offer(as_csv(significant(frame, digits)), "text/csv", f"{name}.csv", label)


def column_key(key: Mapping[str, str], name: str, head: str = "") -> str:
    """What the columns of a download mean, folded under ``head``, with the same as CSV."""
    meanings = "".join(f"<dt><code>{escape(column)}</code></dt><dd>{escape(said)}</dd>" for column, said in key.items())
    frame = pd.DataFrame(key.items(), columns=["column", "meaning"])
    link = download_link(frame, f"{name}_columns", "Download this key as CSV")
    summary = f"<summary>{head or f'What the columns of {escape(name)}.csv mean'}</summary>"
    return f'<details class="nb-more nb-key">{summary}<dl>{meanings}</dl>{link}</details>'
