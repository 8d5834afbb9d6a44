"""Curves of reconstructed trials that can be asked: rates and restricted means at any time, single trials."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from netterbook import text
from netterbook.book.ask.askable import askable
from netterbook.book.chart import Chart
from netterbook.book.style import ARM_CODES

if TYPE_CHECKING:  # the compiler behind it takes a third of a second
    from netterbook.methods.patient_sets import PatientSets

SLIDER_STEP = 0.25
"""Months from one place of a slider to the next."""
_NOTE = (
    "Computed in this page from {sets} reconstructed trials, as are the numbers in the text. {level:percent.g} "
    "intervals hold the chance of sampling and of reconstruction together (Rubin’s rules). The grey area is the "
    "difference of restricted means. A time that is chosen because the curves differ most there makes the difference "
    "look larger than it is, and no interval allows for that."
)


def coded_sets(found: PatientSets) -> tuple[list[float], dict[str, list[list[int]]]]:
    """Sets of patients in whole numbers.

    Returns
    -------
    All times, in months; and by arm, for each set, its patients by time: how many places of that list after the one
    before, twice, and one more for an event
    """
    times, place = np.unique(found.time, return_inverse=True)
    place = place.reshape(found.time.shape)
    coded = {}
    for code, arm in ARM_CODES:
        own = found.arm == code
        order = np.argsort(place[:, own], axis=1, kind="stable")
        ordered = np.take_along_axis(place[:, own], order, axis=1)
        events = np.take_along_axis(found.event[:, own], order, axis=1)
        coded[arm] = (2 * np.diff(ordered, axis=1, prepend=0) + events).tolist()
    return times.tolist(), coded


def survival_asked(
    name: str,
    chart: Chart,
    found: PatientSets,
    headings: Sequence[str],
    *,
    level: float,
    landmark: float,
    horizon: float,
    rate: str,
) -> str:
    """Markup of curves that can be asked, drawn from the table of a chart of :func:`.reconstructed_curves`.

    Parameters
    ----------
    name : of the static figure
    chart : of these sets
    headings : of the arms in it, the experimental one first
    level : of the intervals
    landmark, horizon : where the figure begins, months
    rate : what the curves are the share of, such as "Alive"
    """
    from netterbook.methods.patients import deviate
    from netterbook.methods.pooling import last_time

    times, sets = coded_sets(found)
    names = {arm: heading for (_, arm), heading in zip(ARM_CODES, headings, strict=True)}
    frame = chart.frame
    curves = frame[frame["what"] == "curve"]
    columns = ["time", "value", "low", "high"]
    data = {
        "times": times,
        "sets": sets,
        "frame": {arm: curves.loc[curves["arm"] == own, columns].to_numpy().tolist() for arm, own in names.items()},
        "names": names,
        "level": level,
        "z": deviate(level),
        "landmark": landmark,
        "horizon": horizon,
        "step": SLIDER_STEP,
        "last": floor(last_time(found) / SLIDER_STEP) * SLIDER_STEP,
        "end": float(frame["time"].max()),
        "words": {
            "x": "Months from randomisation",
            "y": f"{rate}, %",
            "rate": rate,
            "note": text.fill(_NOTE, {"sets": found.draws, "level": level}),
        },
    }
    summary = "Ask this figure: rates at any time, restricted means to any horizon, single reconstructed trials"
    return askable("survival", name, summary, data)
