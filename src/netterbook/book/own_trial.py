"""What the chapter on any trial shows: where its numbers differ, its tables, and the patients of its end points."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field

from netterbook.book.chart import Chart, ChartLayout
from netterbook.book.curves import BAND_KEY, arm_curve, draw_curve, write_numbers
from netterbook.book.parameters import Parameters
from netterbook.book.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    SECOND_DASH,
    VERMILION,
)
from netterbook.claims import Verdict
from netterbook.explanation import Explanation, Explanations

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from netterbook.methods.patient_sets import PatientSets
    from netterbook.own_trial.audited import OwnTrial
    from netterbook.own_trial.end_points import ReadEndPoint


def _found(folder: str) -> str:
    """The path of a trial's folder from the root, so that it is the same wherever the chapter is run."""
    from netterbook.own_trial.record import RECORD

    if not folder:
        return ""
    path = Path(os.path.expanduser(folder)).absolute()  # Path's own fails for a user who is not there
    if not (path / RECORD).is_file():
        raise ValueError(f"there is no {RECORD} in it; netterbook new-trial writes a folder with one")
    return str(path)


def _enough(draws: int) -> int:
    from netterbook.own_trial.audited import check_draws

    check_draws(draws)
    return draws


class YourTrial(Parameters):
    folder: Annotated[
        str,
        AfterValidator(_found),
        Field(description="folder of a trial, as netterbook new-trial writes it; empty: an example with misprints"),
    ] = ""
    draws: Annotated[
        int,
        AfterValidator(_enough),
        Field(ge=0, le=10_000, description="sets of patients of each end point without a curve; 0: no patients"),
    ] = 100


def audited(p: YourTrial) -> OwnTrial:
    """The trial of a folder with all checks; of the example with misprints where none is named.

    Raises
    ------
    DataError
        As by :func:`.audit_folder`.
    """
    from netterbook.own_trial.audited import audit_folder
    from netterbook.own_trial.misprinted import misprinted_example

    if p.folder:
        return audit_folder(Path(p.folder), p.draws)
    with misprinted_example() as folder:
        return audit_folder(folder, p.draws)


def misprints_found(explained: Explanations) -> pd.DataFrame:
    """Of each misprint of the example: the number, the slip, the line before and after, and whether it is found."""
    from netterbook.own_trial.misprinted import MISPRINTS

    found = [(explained.of(each.claim), each) for each in MISPRINTS]
    rows = [
        (about.quantity, each.file, each.slip, each.right, each.wrong, about.verdict, about.verdict == Verdict.DIFFERS)
        for about, each in found
    ]
    return pd.DataFrame(rows, columns=["quantity", "file", "slip", "right", "wrong", "verdict", "found"])


def disagreeing(explained: Explanations) -> list[Explanation]:
    """Explanations of the numbers that differ, in the order of the ledger."""
    ledger = explained.ledger
    wrong = [claim_id for claim_id in ledger.claims if ledger.leading(claim_id).verdict is Verdict.DIFFERS]
    return [explained.of(claim_id) for claim_id in wrong]


_MOST = 6
"""Inputs of a check that a table names; of more, how many there are."""


def differences(found: list[Explanation]) -> pd.DataFrame:
    """A row for each number that differs: what and where it is, and the arithmetic of the check that says so.

    Columns number, place, typed, printed, method, arithmetic, gives, said.
    """
    rows = []
    for each in found:
        step, entry = each.steps[0], each.entries[0]
        inputs = "; ".join(f"{cited.name.partition(';')[0]}: {cited.said}" for cited in step.inputs)
        if len(step.inputs) > _MOST:
            inputs = f"{len(step.inputs)} printed numbers"
        number = f"{each.quantity} ({each.group})" if each.group else each.quantity
        arithmetic = step.arithmetic or "; ".join(filter(None, [step.formula, inputs])) or each.printed
        rows.append(
            (number, each.place, entry.file, each.printed, step.method, arithmetic, step.recomputed, each.difference[0])
        )
    names = ["number", "place", "typed", "printed", "method", "arithmetic", "gives", "said"]
    return pd.DataFrame(rows, columns=names)


def slips_of_the_pen(own: OwnTrial, explained: Explanations) -> pd.DataFrame:
    """Each single slip that would explain disagreements: the number, where it was typed, what could stand there, and
    how many numbers would differ no longer.

    Columns number, typed, printed, instead, clears.
    """
    rows = []
    for each in own.mends.found:
        about, text = explained.of(each.claim), own.ledger[each.claim].parts[each.part].text
        part = {"low": ", lower limit", "high": ", upper limit", "sd": ", standard deviation"}.get(each.part, "")
        number = f"{about.quantity}{part}" + (f" ({about.group})" if about.group else "")
        first, rest = each.instead[:_SHOWN], len(each.instead) - _SHOWN
        instead = ", ".join(first) + (f" and {rest} more" if rest > 0 else "")
        rows.append((number, about.entries[0].file, text, instead, len(each.clears)))
    return pd.DataFrame(rows, columns=["number", "typed", "printed", "instead", "clears"])


_SHOWN = 4
"""Numbers that could stand in place of one."""
OWN_CURVES_KEY = {
    "what": "curve, or the numbers at risk below it",
    "arm": "group of patients",
    **BAND_KEY,
    "time": "time since the start, in the unit of the end point; a curve keeps its value up to the next time",
    "value": f"curve: {BAND_KEY['value']}; otherwise patients",
}
_LOOKS = (
    (VERMILION, SECOND_DASH), (BLUE, "-"), (GREEN, "-"), (PURPLE, SECOND_DASH), (ORANGE, "-"), (INK, SECOND_DASH),
    (MUTED, "-"), (BLUE, SECOND_DASH),
)  # fmt: skip
"""Colour and dash of each group, the reference first."""


def survival_curves(found: PatientSets, about: ReadEndPoint, level: float = 0.95) -> Chart:
    """Kaplan–Meier curves of reconstructed patients of any number of groups, over the printed numbers at risk.

    Parameters
    ----------
    found : the patients, whose arms are those of the end point
    about : the end point
    level : of the band over the sets
    """
    table, parts = about.trial.at_risk, []
    last = max(table["time"].max() if len(table) else 0, *(found.time[:, found.arm == arm].max() for arm in about.arms))
    grid = np.linspace(0, last, 481)
    names = {arm: about.trial.name(arm) for arm in about.arms}
    for arm, name in names.items():
        parts.append(arm_curve(found, arm, grid, level).assign(what="curve", arm=name))
    for arm, name in names.items():
        own = table[table["arm"] == arm]
        if len(own):
            parts.append(pd.DataFrame({"what": "at risk", "arm": name, "time": own["time"], "value": own["n_risk"]}))
    frame = pd.concat(parts, ignore_index=True)[list(OWN_CURVES_KEY)]
    draw = partial(_draw, looks=dict(zip(names.values(), _LOOKS, strict=False)), unit=about.trial.unit)
    return Chart(frame, OWN_CURVES_KEY, draw)


def _draw(frame: pd.DataFrame, layout: ChartLayout, *, looks: Mapping[str, tuple[str, object]], unit: str) -> Figure:
    times = np.sort(frame.loc[frame["what"] == "at risk", "time"].unique())
    lines = len(looks) * (2 if layout.narrow else 1) if len(times) else 1
    figure, axis, table = layout.over_lines(250 if layout.narrow else 300, lines)
    for name, (colour, dash) in looks.items():
        draw_curve(axis, frame[(frame["what"] == "curve") & (frame["arm"] == name)], colour, dash, label=name)
    axis.legend(loc="lower left", frameon=False)
    last = frame["time"].max()
    shown = times[:: -(-len(times) // 8) if layout.narrow else 1]
    axis.set(ylabel="Without an event, %", ylim=(0, 102), xlabel=f"Time, {unit}", xlim=(-last / 60, last * 61 / 60))
    if len(times):
        axis.set_xticks(shown)
        colours = {name: colour for name, (colour, _) in looks.items()}
        write_numbers(table, frame[frame["time"].isin(shown)], colours, ["at risk"], lines, layout)
    return figure
