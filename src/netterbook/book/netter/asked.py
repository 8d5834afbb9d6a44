"""Adverse events and subgroups that can be asked: chosen, sorted, and opened to their arithmetic and their claims."""

from __future__ import annotations

import pandas as pd

from netterbook import text
from netterbook.book.ask.rows import AskedAxis, AskedFilter, AskedLeast, AskedSort, claim_lines, rows_asked
from netterbook.book.netter.safety import event_claims, event_differences
from netterbook.book.netter.subgroups import information, overall, subgroup_ratios
from netterbook.ledger import Ledger
from netterbook.methods.printed_ratios import log_hr_midpoint, log_hr_standard_error
from netterbook.trials import AdverseEvents, Subgroups, Trial, recorded

_GRADES = {"any": "any grade", "severe": "severe"}


def adverse_events_asked(ledger: Ledger, trial: Trial, level: float, threshold: float) -> str:
    """Markup of all adverse events, any and severe, as :func:`.event_differences` has them.

    Parameters
    ----------
    level : of the intervals
    threshold : rows in which neither group reaches this percentage are left out at first
    """
    parts, claims = [], []
    for grade, said in _GRADES.items():
        events = event_differences(ledger, trial, level, grade)
        ids = {label: pair for label, *pair in event_claims(ledger, trial, grade)}
        claims += [claim_lines(ledger, ids[label]) for label in events["label"]]
        parts.append(events.assign(grade=said, tested=len(events)))
    frame = pd.concat(parts, ignore_index=True).rename(columns={"difference": "value"})
    treated = trial.counts(ledger, recorded(trial, AdverseEvents).patients)
    for arm, heading, patients in zip(("experimental", "control"), trial.headings, treated, strict=True):
        frame = frame.assign(**{f"{arm}_name": heading, f"{arm}_patients": patients})
    frame = frame.assign(level=level, most=frame[["experimental", "control"]].max(axis=1))
    return rows_asked(
        f"{trial.key}_adverse_events",
        frame,
        claims,
        summary="Ask this figure: choose, sort and search all adverse events, and see the arithmetic of each",
        note=text.fill(
            "Dots: percentage of {experimental} less that of {control}; lines: {level:percent.g} intervals "
            "(Newcombe), computed from the printed counts and not adjusted for the number of rows. Many rows are "
            "compared, so that some differ by chance.",
            {"experimental": trial.experimental.name, "control": trial.control.name, "level": level},
        ),
        estimate="{value,low,high:interval.1}",
        lines=[
            "{experimental_name}: {experimental_count:g} of {experimental_patients:g} patients, {experimental:.1f}%",
            "{control_name}: {control_count:g} of {control_patients:g} patients, {control:.1f}%",
            "Difference in percentage points, with its {level:percent.g} interval: {value,low,high:interval.1}",
            "Fisher’s exact P {p:p}; adjusted for the {tested} rows of this grade (Holm) {holm:p}",
        ],
        axis=AskedAxis("Difference, percentage points", 0.0),
        sorts=[
            AskedSort("difference, largest first", "value", falls=True),
            AskedSort("difference, smallest first", "value"),
            AskedSort(f"frequency, {trial.headings[0]}", "experimental", falls=True),
            AskedSort(f"frequency, {trial.headings[1]}", "control", falls=True),
            AskedSort("P value, smallest first", "p"),
        ],
        filters=[AskedFilter("grade", "Grade")],
        least=AskedLeast("most", "In at least this share of a group", "%", threshold),
    )


def subgroups_asked(ledger: Ledger, trial: Trial) -> str:
    """Markup of the hazard ratios by subgroup, as :func:`.subgroup_ratios` has them."""
    about = recorded(trial, Subgroups)
    frame = subgroup_ratios(ledger, trial).rename(columns={"hr": "value"})
    ids = [trial.claim(f"{about.figure}.{row}.hr.hr") for row in frame["row"]]
    checks = [ledger.leading(claim_id) for claim_id in ids]
    of_all = overall(ledger, trial)[0]
    limits = list(zip(frame["low"], frame["high"], strict=True))
    frame = frame.assign(
        plain=frame["label"],
        label=frame["section"] + ": " + frame["label"],
        middle=[log_hr_midpoint(*ends) for ends in limits],
        error=[log_hr_standard_error(*ends) for ends in limits],
        share=information(ledger, trial)["share"].to_numpy(),
        ratio=frame["value"] / of_all,
        of_all=of_all,
        recomputed=[check.recomputed for check in checks],
        method=[check.method for check in checks],
        events=about.events,
        first=trial.headings[0],
        second=trial.headings[1],
    )
    counted = "Events: {experimental_events:g} of {experimental_n:g} ({first}), "
    counted += "{control_events:g} of {control_n:g} ({second})"
    return rows_asked(
        f"{trial.key}_subgroups",
        frame,
        [claim_lines(ledger, [claim_id]) for claim_id in ids],
        summary="Ask this figure: choose, sort and search the subgroups, and see the arithmetic of each",
        note=text.fill(
            "Hazard ratios with 95% intervals as printed. Left of one favours {experimental}. No reader should choose "
            "a treatment by a row: rows with little information say little, and a difference between rows may be "
            "chance.",
            {"experimental": trial.experimental.name},
        ),
        estimate="{value,low,high:interval.2}",
        lines=[
            *([counted] if about.events else []),
            "Middle of the interval on the log scale: {middle:.3f}; standard error that it implies: {error:.3f}",
            "Recomputed: {recomputed}, {method}",
            "Information, as a share of the trial’s: {share:percent}",
            "Ratio to all patients ({of_all:g}): {ratio:.2f}",
        ],
        axis=AskedAxis("Hazard ratio", 1.0, log=True, ticks=(0.05, 0.1, 0.2, 0.5, 1)),
        sorts=[
            AskedSort("the paper’s order"),
            AskedSort("hazard ratio, smallest first", "value"),
            AskedSort("hazard ratio, largest first", "value", falls=True),
            AskedSort("information, most first", "share", falls=True),
        ],
        filters=[AskedFilter("section", "Factor", "all")],
    )
