"""Individual patients from a digitised Kaplan–Meier curve and the numbers at risk below it.

Between two numbers at risk so many patients are lost, each by an event or a censoring: put in order, the i-th leaves
from exactly ``n - i`` at risk, so the curve follows from which of them are events. Two kinds of curve are told apart:
one that is clean, ``clean_curve``, where every drop is found in whole numbers of patients, and one clicked by hand,
``clicked_curve``, where the result is the mean of the patients that explain the clicks.

No step changes with the unit of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from netterbook.arrays import Integers
from netterbook.reconstruction.checks import (
    FAR,
    DigitisedArm,
    Totals,
    check_clicks,
    check_fit,
    check_numbers_at_risk,
    check_points,
    check_table,
    check_totals,
    check_units,
    distances,
)
from netterbook.reconstruction.clean_curve import clean_arms, counted_after
from netterbook.reconstruction.clicked_curve import SEED_SPREAD, click_error, from_clicks
from netterbook.reconstruction.reading import Read
from netterbook.reconstruction.result import Reconstruction


class Misprint(NamedTuple):
    """A number at risk that a clean curve shows to be another."""

    arm: Any
    time: float
    printed: int
    taken: int

    def __str__(self) -> str:
        return (
            f"Arm {self.arm}: {self.printed} at risk at time {self.time:g} is taken for a misprint of {self.taken}, "
            "which the steps of the curve need."
        )


@dataclass(frozen=True, eq=False)
class CurveReconstruction(Reconstruction):
    """Patients from curves, and how the table of numbers at risk was read."""

    misprints: tuple[Misprint, ...] = ()
    after: bool = False
    """Whether those who leave at the very time of a number at risk are not in it."""

    def at_risk(self, arm: Any, time: float) -> Integers:
        """Patients at risk as the table counts them, in each set.

        >>> curve = pd.DataFrame({"arm": "A", "time": [2, 5, 7], "survival": [0.9, 0.7714, 0.5786]})
        >>> table = pd.DataFrame({"arm": "A", "time": [0, 6], "n_risk": [10, 4]})
        >>> from_curve(curve, table, pd.DataFrame({"arm": ["A"], "n": [10], "tmax": [9]})).at_risk("A", 6)
        array([4])
        """
        own = self.time[:, self.arm == arm]
        return np.asarray((own > time if self.after and time > 0 else own >= time).sum(axis=1))


def _notes(totals: Totals, arm: DigitisedArm, read: Read) -> list[str]:
    """How far the patients' curve is from the points, and what was taken for want of an input."""
    far = np.abs(distances(arm, read.time, read.event))
    near = "all within 0.001"
    if far.max() >= 0.001:
        near = f"up to {far.max():.3f} (at time {arm.time[far.argmax()]:.4g}), on average {far.mean():.3f}"
    end, empty = arm.ends[-1], arm.starts[arm.n_start == 0]
    together = int(((read.time == end) & (read.event == 0)).sum())
    taken = [f"{read.event.sum()} events"] * (arm.events < 0)
    if end - arm.starts[-1] > 1.5 * max(np.diff(arm.starts), default=0):
        taken.append(f"numbers at risk after time {arm.starts[-1]:g}")
    taken += ["the times of censoring"] * (not len(arm.marks) and 0 in read.event)
    taken += [f"{together} patients censored together at the end"] * (together > 1)
    if np.isnan(totals.tmax):
        last = "last point" if end == arm.time[-1] else "last number at risk"
        taken.append(f"the end of the curve at time {end:.4g}, its {last}")
    if (
        read.improbable == inf
        and end > 1.02 * arm.time[-1]
        and not (read.event[read.time > 1.02 * arm.time[-1]] == 1).any()
    ):
        taken.append(f"no event after the last point, at time {arm.time[-1]:.4g}")
    notes = [
        f"Arm {arm.name}: its {len(far)} points are taken for {read.taken}. Distance of the points from the patients' "
        f"curve, in survival: {near}."
    ]
    if taken:
        notes.append(f"Arm {arm.name}: guessed, as not given: {'; '.join(taken)}.")
    if len(empty) and empty[0] < end:
        notes.append(f"Arm {arm.name}: nobody is at risk from time {empty[0]:g} on; the curve is taken to end by then.")
    return notes


def from_curve(
    curve: pd.DataFrame, at_risk: pd.DataFrame, arms: pd.DataFrame, *, censor_marks: pd.DataFrame | None = None
) -> CurveReconstruction:
    """Patients whose Kaplan–Meier curves are the digitised ones.

    Their number, the numbers at risk (patients whose time is that or later) and given events are met exactly, but for
    a number at risk that a clean curve shows to be misprinted by one, and tables that leave out those who leave at
    their very times: see :class:`CurveReconstruction`, and its notes.

    Parameters
    ----------
    curve : columns arm, time, survival (fraction). All corners of a vector figure, or clicks, which may rise.
    at_risk : columns arm, time, n_risk, as printed; may be empty.
    arms : columns arm, n and, if known, events and tmax, the end of the drawn curve (else its last point).
    censor_marks : columns arm, time. Those censored are put on the marks, several on one where marks overlap.

    Returns
    -------
    One set of patients, by arm and time, in the unit of the curve.

    Raises
    ------
    DataError
        If a column, an arm or a value is missing or impossible, or the inputs contradict each other.

    >>> curve = pd.DataFrame({"arm": "A", "time": [2, 5, 7], "survival": [0.9, 0.7714, 0.5786]})
    >>> at_risk = pd.DataFrame({"arm": "A", "time": [0, 6], "n_risk": [10, 4]})
    >>> from_curve(curve, at_risk, pd.DataFrame({"arm": ["A"], "n": [10], "tmax": [9]})).event[0].tolist()
    [1, 0, 0, 1, 0, 0, 1, 0, 0, 0]
    """
    totals = check_totals(at_risk, arms)
    check_table(curve, "curve", "arm time survival", arms)
    if censor_marks is not None:
        check_table(censor_marks, "censor_marks", "arm time", arms)
    checked = [
        check_points(own, *(t if t is None else t[t["arm"] == own.arm] for t in (curve, censor_marks)))
        for own in totals
    ]
    axis = max(arm.ends[-1] for arm in checked)
    clean, after = clean_arms(checked, axis)
    if after:
        checked = [counted_after(arm) for arm in checked]
    checked = [arm if read is None else read.arm for arm, read in zip(checked, clean, strict=True)]
    noisy = [arm for arm, read in zip(checked, clean, strict=True) if read is None]
    error = click_error(noisy, axis) if noisy else 0.0
    for arm, read in zip(checked, clean, strict=True):
        check_units(arm)
        if read is None:
            check_clicks(arm, axis, max(FAR, 4 * error))
        else:
            check_numbers_at_risk(arm, axis)
    parts, notes, misprints = [], [], list[Misprint]()
    for own, arm, read in zip(totals, checked, clean, strict=True):
        read = read or from_clicks(arm, error, axis)
        check_fit(arm, read.time, read.event)
        notes += _notes(own, arm, read)
        misprints += [
            Misprint(own.arm, float(at), int(printed), int(taken))
            for at, printed, taken in zip(own.time, own.n_risk, arm.n_start, strict=False)
            if printed != taken
        ]
        order = np.lexsort((1 - read.event, read.time))
        parts.append((np.full(len(order), arm.name), read.time[order], read.event[order]))
    if noisy:
        usual, much = SEED_SPREAD[all(arm.events >= 0 for arm in noisy)]
        found = " and ".join(str(arm.name) for arm in noisy)
        notes.append(
            f"A random walk found the patients of arm {found}. Another seed would move a log hazard ratio by about "
            f"{usual:.0%} of its standard error, in one trial of ten by {much:.0%}."
        )
    name, time, event = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    given = ["curve", *["at_risk"] * (len(at_risk) > 0), *["censor_marks"] * (censor_marks is not None)]
    given += [f"events{own.arm}" for own in totals if own.events >= 0]
    given += [f"tmax{own.arm}" for own in totals if not np.isnan(own.tmax)]
    notes += [str(misprint) for misprint in misprints]
    if after:
        notes.append(
            "Numbers at risk are taken for those of patients who leave later than the time above them: the curves' "
            "steps at these times say so."
        )
    patients = time[None], event[None].astype(np.int64), name
    return CurveReconstruction(*patients, tuple(given), 1, tuple(notes), misprints=tuple(misprints), after=after)
