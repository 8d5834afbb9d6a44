"""Rows with an estimate and its interval that can be filtered, sorted and opened to their arithmetic and claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pandas as pd

from netterbook.book.ask.askable import askable
from netterbook.book.display import Sentences, labels
from netterbook.ledger import Ledger
from netterbook.precision import significant


class AskedAxis(NamedTuple):
    """What the drawing is measured on: words beneath, the value of no effect, and whether it is logarithmic."""

    label: str
    no_effect: float
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
    'ledger.html#quantity=netter1.figure1c.overall.hr.hr'
    """
    found = []
    for claim_id in claim_ids:
        claim, verdict = ledger[claim_id], str(ledger.leading(claim_id).verdict)
        said = f"{claim.place}, printed {claim.printed}"
        address = f"ledger.html#{urlencode({'quantity': claim_id})}"
        kind = verdict.replace(" ", "-")
        found.append({"id": claim_id, "said": said, "verdict": verdict, "kind": kind, "address": address})
    return found


def rows_asked(
    name: str,
    frame: pd.DataFrame,
    claims: Sequence[Sequence[Mapping[str, str]]],
    *,
    summary: str,
    note: str,
    estimate: Sentences,
    lines: Sequence[Sentences],
    axis: AskedAxis,
    sorts: Sequence[AskedSort],
    filters: Sequence[AskedFilter] = (),
    least: AskedLeast | None = None,
) -> str:
    """Markup of rows that can be asked.

    Parameters
    ----------
    name : of the static figure
    frame : columns ``label``, ``value``, ``low``, ``high`` and what is named below
    claims : of each row, as :func:`claim_lines` has them
    summary : what opens it, text
    note : beneath, text
    estimate : the row's estimate in words, filled as by :func:`.shown`
    lines : its arithmetic, likewise; one that comes out empty is left out
    """
    rounded = significant(frame)
    said, told = labels(frame, estimate), [labels(frame, line) for line in lines]
    by = sorted({each.column for each in sorts if each.column} | ({least.column} if least else set()))
    rows: list[dict[str, Any]] = []
    for i, row in enumerate(rounded.to_dict("records")):
        rows.append(
            {name: row[name] for name in ("label", "value", "low", "high")}
            | {"key": str(i + 1), "said": said[i], "lines": [line[i] for line in told if line[i]]}
            | {"claims": list(claims[i]), "sort": {column: row[column] for column in by}}
            | {"filter": {each.column: row[each.column] for each in filters}}
        )
    chosen = []
    for column, label, everything in filters:
        values = list(dict.fromkeys(frame[column]))
        begins = "" if everything else values[0]
        chosen.append({"key": column, "label": label, "values": values, "all": everything, "value": begins})
    data: dict[str, object] = {
        "rows": rows,
        "axis": {
            "label": axis.label,
            "line": axis.no_effect,
            "log": axis.log,
            "domain": [min(axis.no_effect, *rounded["low"]), max(axis.no_effect, *rounded["high"])],
            **({"ticks": list(axis.ticks)} if axis.ticks else {}),
        },
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
