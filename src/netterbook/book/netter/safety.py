"""Adverse events of the NETTER trials: differences between the groups, and what is left of them after many tests."""

from __future__ import annotations

import pandas as pd
from statsmodels.stats.multitest import multipletests

from netterbook import papers
from netterbook.audit import build_ledger
from netterbook.book.netter.tables import ARMS, p_text, points_text
from netterbook.book.parameters import ParameterError
from netterbook.methods.proportions import difference, fisher, number_needed

_TABLES = {"netter1": ("table4",), "netter2": ("table4", "table5")}
_SEVERE = {"netter1": "grade34", "netter2": "grade3"}
_TEXT = {  # NETTER-2 names its most frequent events in the text
    "any": {"nausea": "Nausea", "diarrhoea": "Diarrhoea", "abdominal_pain": "Abdominal pain"},
    "severe": {
        "lymphocytes3": "Lymphocyte count decreased",
        "ggt3": "Gamma-glutamyltransferase increased",
        "bowel_obstruction3": "Small intestinal obstruction",
        "abdominal_pain3": "Abdominal pain",
    },
}


def _pairs(paper: str, grade: str) -> list[tuple[str, str, str]]:
    """Label and the claims of both groups for every row that both groups have."""
    ledger, column = build_ledger(), "any" if grade == "any" else _SEVERE[paper]
    found = []
    for table in _TABLES[paper]:
        for row in papers.table(paper, table).to_dict("records")[1:]:
            ids = [f"{paper}.{table}.{row['row']}.{arm}_{column}.count" for arm in ARMS]
            label = row["label"]
            if paper == "netter2" and row["section"]:
                label = f"{row['section']}: {label.lower()}"
            found.append((label, *ids))
    if paper == "netter2":
        for row, label in _TEXT[grade].items():
            control = f"netter2.results.{row}_control"
            control += "_n" if f"{control}_n" in ledger.claims else ""
            found.append((label, f"netter2.results.{row}_lu_n", control))
    return [row for row in found if row[1] in ledger.claims and row[2] in ledger.claims]


def adverse_events(paper: str, level: float = 0.95, threshold: float = 0, grade: str = "any") -> pd.DataFrame:
    """Adverse events with difference (Newcombe's interval) and Fisher's P value, largest difference first.

    Columns: ``label``, counts and percentages of both groups, ``difference``, ``low``, ``high`` in percentage points,
    ``p``, and ``holm``: P adjusted for the number of rows with any event (Holm, Scand J Stat 1979;6:65-70).

    Parameters
    ----------
    level : of the intervals
    threshold : rows in which neither group reaches this percentage are left out
    grade : ``any``, or ``severe`` for grade 3 and worse (NETTER-1: grade 3 or 4)

    Raises
    ------
    ParameterError
        If no row reaches the threshold.

    >>> frame = adverse_events("netter1").set_index("label")
    >>> f"{frame.difference['Nausea']:.1f}"
    '46.7'
    """
    ledger = build_ledger()
    n = [int(ledger.value(f"{paper}.table4.n.{arm}_any.count")) for arm in ARMS]
    rows = []
    for label, *ids in _pairs(paper, grade):
        a, b = (int(ledger.value(claim_id)) for claim_id in ids)
        shares = [100 * a / n[0], 100 * b / n[1]]
        if max(shares) < threshold:
            continue
        counts = (a, n[0], b, n[1])
        rows.append((label, a, b, *shares, *difference(*counts, method="Newcombe", level=level), fisher(*counts)))
    if not rows:
        raise ParameterError(f"ae_threshold = {threshold:g}: no adverse event was that frequent in either group")
    columns = ["label", "lu_count", "control_count", "lu", "control", "difference", "low", "high", "p"]
    frame = pd.DataFrame(rows, columns=columns)
    seen = _seen(frame)
    frame["holm"] = 1.0
    frame.loc[seen, "holm"] = multipletests(frame.loc[seen, "p"], method="holm")[1]
    return frame.sort_values("difference", ascending=False, kind="stable").reset_index(drop=True)


def _seen(frame: pd.DataFrame) -> pd.Series:
    """Rows with an event in either group: the others cannot differ."""
    return frame["lu_count"] + frame["control_count"] > 0


def adverse_event_text(frame: pd.DataFrame) -> pd.DataFrame:
    """:func:`adverse_events` as it is shown: counts with percentages, difference with interval, P values."""
    return pd.DataFrame(
        {
            "Event": frame["label"],
            "¹⁷⁷Lu-Dotatate": [f"{c} ({p:.1f}%)" for c, p in zip(frame["lu_count"], frame["lu"], strict=True)],
            "Control": [f"{c} ({p:.1f}%)" for c, p in zip(frame["control_count"], frame["control"], strict=True)],
            "Difference, points": [
                points_text(d, low, high)
                for d, low, high in zip(frame["difference"], frame["low"], frame["high"], strict=True)
            ],
            "P (Fisher)": frame["p"].map(p_text),
            "P (Holm)": frame["holm"].map(p_text),
            "Number needed to harm or to benefit": [
                str(number_needed(*row, harm=True))
                for row in frame[["difference", "low", "high"]].itertuples(index=False)
            ],
        }
    )


def counted(frame: pd.DataFrame, level: float) -> dict[str, str]:
    """How many differences stand out, in words: ``rows`` with any event, ``clear`` of zero, ``expected`` so by chance,
    ``holm``.
    """
    frame = frame[_seen(frame)]
    clear = int(((frame["low"] > 0) | (frame["high"] < 0)).sum())
    return {
        "rows": str(len(frame)),
        "clear": str(clear),
        "expected": f"{len(frame) * (1 - level):.2g}",
        "holm": str(int((frame["holm"] < 1 - level).sum())),
    }
