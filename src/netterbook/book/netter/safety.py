"""Adverse events: differences between the groups, and what is left of them after many tests."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from statsmodels.stats.multitest import multipletests

from netterbook import papers
from netterbook.errors import ParameterError
from netterbook.ledger import Ledger
from netterbook.methods.proportions import NumberNeeded, difference, fisher, number_needed
from netterbook.text import fill
from netterbook.trials import AdverseEvents, Trial, recorded


def event_claims(ledger: Ledger, trial: Trial, grade: str) -> list[tuple[str, str, str]]:
    """Label and the claims of both groups, the experimental one first, for every row that both groups have.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> event_claims(ledger, trials.read(ledger.folder)["netter1"], "any")[1][0]
    'Nausea'
    """
    about = recorded(trial, AdverseEvents)
    column = {"any": about.any, "severe": about.severe}[grade]
    found = []
    for table in about.tables:
        for row in papers.table(trial.key, table, ledger.folder).to_dict("records")[1:]:
            section = f"{row['section']}: " if about.sectioned and row["section"] else ""
            label = section + (row["label"].lower() if section else row["label"])
            found.append((label, *trial.of_arms(f"{table}.{row['row']}.{column}.count")))
    for label, names in about.text.get(grade, {}).items():
        first, second = (names * 2)[:2]
        found.append((label, trial.claim(first, trial.keys[0]), trial.claim(second, trial.keys[1])))
    return [row for row in found if row[1] in ledger.claims and row[2] in ledger.claims]


def event_differences(ledger: Ledger, trial: Trial, level: float, grade: str, threshold: float = 0) -> pd.DataFrame:
    """Adverse events with difference (Newcombe's interval) and Fisher's P value, largest difference first.

    Columns: ``label``; ``experimental_count``, ``control_count``, and percentages ``experimental``, ``control``;
    ``difference``, ``low``, ``high`` in percentage points; ``p``, and ``holm``: P adjusted for the number of rows with
    any event (Holm, Scand J Stat 1979;6:65-70).

    Parameters
    ----------
    level : of the intervals
    grade : ``any`` or ``severe``, as the trial's record has it
    threshold : rows in which neither group reaches this percentage are left out

    Raises
    ------
    ParameterError
        If no row reaches the threshold.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = event_differences(ledger, trials.read(ledger.folder)["netter1"], 0.95, "any").set_index("label")
    >>> f"{frame.difference['Nausea']:.1f}"
    '46.7'
    """
    n = trial.counts(ledger, recorded(trial, AdverseEvents).patients)
    rows = []
    for label, *ids in event_claims(ledger, trial, grade):
        a, b = ledger.counts(*ids)
        shares = [100 * a / n[0], 100 * b / n[1]]
        if max(shares) < threshold:
            continue
        counts = (a, n[0], b, n[1])
        rows.append((label, a, b, *shares, *difference(*counts, method="Newcombe", level=level), fisher(*counts)))
    if not rows:
        raise ParameterError(f"ae_threshold = {threshold:g}: no adverse event was that frequent in either group")
    columns = ["label", "experimental_count", "control_count", "experimental", "control", *_POINTS, "p"]
    frame = pd.DataFrame(rows, columns=columns)
    seen = _seen(frame)
    frame["holm"] = 1.0
    frame.loc[seen, "holm"] = multipletests(frame.loc[seen, "p"], method="holm")[1]
    return frame.sort_values("difference", ascending=False, kind="stable").reset_index(drop=True)


_POINTS = ["difference", "low", "high"]


def _seen(frame: pd.DataFrame) -> pd.Series:
    """Rows with an event in either group: the others cannot differ."""
    return frame["experimental_count"] + frame["control_count"] > 0


def same_in_all_grades(ledger: Ledger, trial: Trial, table: str) -> list[str]:
    """Rows of a table of events that count as many patients in all grades as severe ones, in both groups, with any.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> same_in_all_grades(ledger, trials.read(ledger.folder)["netter2"], "table5")[-2:]
    ['cardiovascular and electrolyte disorder', 'secondary haematological malignancies']
    """
    about, found = recorded(trial, AdverseEvents), []
    for row in papers.table(trial.key, table, ledger.folder).to_dict("records")[1:]:
        stem = f"{table}.{row['row']}"
        any_grade, severe = (trial.counts(ledger, f"{stem}.{column}.count") for column in (about.any, about.severe))
        if any_grade == severe and any(severe):
            found.append(row["label"].lower())
    return found


def keyed(table: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """A table to be taken away: columns of the experimental group by its key, as in the ledger."""
    return table.rename(columns=lambda name: name.replace("experimental", trial.experimental.key))


def event_key(trial: Trial, level: float) -> dict[str, str]:
    """What each column of :func:`keyed` means."""
    arms = {trial.experimental.key: trial.experimental.name, trial.control.key: trial.control.name}
    meanings = {"label": "the event"}
    meanings |= {f"{arm}_count": f"patients of the group {name} with the event" for arm, name in arms.items()}
    meanings |= {arm: f"the same in percent of the treated patients of the group {name}" for arm, name in arms.items()}
    ends = fill("limit of its {level:percent.g} interval (Newcombe)", {"level": level})
    return meanings | {
        "difference": f"{arms[trial.experimental.key]} less {arms[trial.control.key]}, percentage points",
        "low": f"lower {ends}",
        "high": f"upper {ends}",
        "p": "P value of Fisher's exact test",
        "holm": "this P value adjusted for the number of rows with any event (Holm)",
    }


def numbers_needed(events: pd.DataFrame) -> list[NumberNeeded]:
    """Patients treated for one more to have each event, or one fewer."""
    return [number_needed(row.difference, row.low, row.high, harm=True) for row in events.itertuples()]


class StandingOut(NamedTuple):
    """Of the rows with any event: how many there are, how many differences are clear of zero, how many would be by
    chance, and how many stand out after Holm's adjustment.
    """

    rows: int
    clear: int
    expected: float
    holm: int


def standing_out(events: pd.DataFrame, level: float) -> StandingOut:
    """How many differences stand out.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> events = event_differences(ledger, trials.read(ledger.folder)["netter1"], 0.95, "severe")
    >>> standing_out(events, 0.95).clear
    2
    """
    frame = events[_seen(events)]
    clear = (frame["low"] > 0) | (frame["high"] < 0)
    adjusted = frame["holm"] < 1 - level
    return StandingOut(len(frame), int(clear.sum()), len(frame) * (1 - level), int(adjusted.sum()))
