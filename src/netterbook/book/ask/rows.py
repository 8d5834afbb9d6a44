"""Rows with an estimate and its interval that can be filtered, sorted and opened to their arithmetic and claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from netterbook.book.ask.askable import askable
from netterbook.book.display import Sentences, labels
from netterbook.ledger import Ledger
from netterbook.precision import significant


class AskedAxis(NamedTuple):
    """What the drawing is measured on: words beneath, the value of no effect if any, and whether it is logarithmic.

    Where there is none, it begins at zero.
    """

    label: str
    no_effect: float | None
    log: bool = False
    ticks: Sequence[float] | None = None


class AskedFilter(NamedTuple):
    """A column of text by which rows are chosen; ``everything`` names the choice of all, if there is one."""

    column: str
    label: str
    everything: str = ""


class AskedSort(NamedTuple):
    """An order of the rows, by a column of numbers; without one, that of the table."""

    label: str
    column: str = ""
    falls: bool = False


class AskedLeast(NamedTuple):
    """A column of numbers of which rows must have a least value, in a unit, at first ``begins``."""

    column: str
    label: str
    unit: str
    begins: float


def claim_lines(ledger: Ledger, claim_ids: Iterable[str]) -> list[dict[str, str]]:
    """Claims as a row lists them: number printed, verdict, and the address of the row in the ledger's page.

    >>> from netterbook import papers
    >>> claim_lines(papers.load(papers.data_dir()), ["netter1.figure1c.overall.hr.hr"])[0]["address"]
    'ledger.html#netter1.figure1c.overall.hr.hr'
    """
    found = []
    for claim_id in claim_ids:
        claim, verdict = ledger[claim_id], str(ledger.leading(claim_id).verdict)
        said = f"{claim.place}, printed {claim.printed}"
        address = f"ledger.html#{claim_id}"
        kind = verdict.replace(" ", "-")
        found.append({"id": claim_id, "said": said, "verdict": verdict, "kind": kind, "address": address})
    return found


def _reached(value: float) -> float | None:
    return value if isfinite(value) else None


def _drawn(axis: AskedAxis, rows: pd.DataFrame) -> dict[str, object]:
    """An axis that reaches over all rows."""
    ends = rows[["value", "low", "high"]].to_numpy(float)
    ends = np.append(ends[np.isfinite(ends)], axis.no_effect or 0.0)
    drawn: dict[str, object] = {"label": axis.label, "line": axis.no_effect, "log": axis.log}
    return (
        drawn | {"domain": [float(ends.min()), float(ends.max())]} | ({"ticks": list(axis.ticks)} if axis.ticks else {})
    )


def rows_asked(
    name: str,
    frame: pd.DataFrame,
    claims: Sequence[Sequence[Mapping[str, str]]],
    *,
    summary: str,
    note: str,
    estimate: Sentences,
    lines: Sequence[Sentences],
    axis: AskedAxis | Mapping[str, AskedAxis],
    sorts: Sequence[AskedSort],
    filters: Sequence[AskedFilter] = (),
    measure: str = "",
    least: AskedLeast | None = None,
) -> str:
    """Markup of rows that can be asked.

    Parameters
    ----------
    name : of the static figure
    frame : columns ``label``, ``value``, ``low``, ``high`` (inf or nan: not reached) and what is named below
    claims : of each row, as :func:`claim_lines` has them
    summary : what opens it, text
    note : beneath, text
    estimate : the row's estimate in words, filled as by :func:`.shown`
    lines : its arithmetic, likewise; one that comes out empty is left out
    axis : of all rows, or one by the values of the column ``measure``, which must be a filter without a choice of all
    """
    rounded = significant(frame)
    axes = {"": axis} if isinstance(axis, AskedAxis) else axis
    said, told = labels(frame, estimate), [labels(frame, line) for line in lines]
    by = sorted({each.column for each in sorts if each.column} | ({least.column} if least else set()))
    rows: list[dict[str, Any]] = []
    for i, row in enumerate(rounded.to_dict("records")):
        rows.append(
            {"label": row["label"]}
            | {name: _reached(row[name]) for name in ("value", "low", "high")}
            | {"key": str(i + 1), "said": said[i], "lines": [line[i] for line in told if line[i]]}
            | {"claims": list(claims[i]), "sort": {column: _reached(row[column]) for column in by}}
            | {"filter": {each.column: row[each.column] for each in filters}}
        )
    chosen = []
    for column, label, everything in filters:
        values = list(dict.fromkeys(frame[column]))
        begins = "" if everything else values[0]
        chosen.append({"key": column, "label": label, "values": values, "all": everything, "value": begins})
    data: dict[str, object] = {
        "rows": rows,
        "axes": {
            key: _drawn(each, rounded[rounded[measure] == key] if measure else rounded) for key, each in axes.items()
        },
        "axisBy": measure,
        "filters": chosen,
        "sorts": [{"key": str(i + 1), "label": s.label, "by": s.column, "falls": s.falls} for i, s in enumerate(sorts)],
        "note": note,
    }
    if least:
        most = float(rounded[least.column].max())
        data["least"] = {
            "by": least.column, "label": least.label, "unit": least.unit, "value": least.begins, "most": int(most),
        }  # fmt: skip
    return askable("rows", name, summary, data)
