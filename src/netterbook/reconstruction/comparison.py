"""Reconstructed patients beside all that a trial description gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.printed import Printed
from netterbook.reconstruction.curve import CurveReconstruction
from netterbook.reconstruction.given import LEVEL, TIMES, UNREACHED, Given
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.trial_file import TrialDescription

_LABELS = {
    "hr": "hazard ratio",
    "logrank_p": "log-rank P",
    "median": "median, {arm}",
    "quantile": "time by which {share:g} had the event, {arm}",
    "rate": "survival at {time:g}, {arm}",
    "rmst": "restricted mean to {time:g}, {arm}",
    "rmst_difference": "difference of restricted means to {time:g}",
    "events": "events {by} {time:g}, {arm}",
    "censored": "censored {by} {time:g}, {arm}",
    "followup": "follow-up, {share:g} quantile by reverse Kaplan–Meier, {arm}",
    "observed": "observed times, {share:g} quantile, {arm}",
}
_SIDES = {-1: ", lower limit", 0: "", 1: ", upper limit"}


def in_words(values: Floats) -> str:
    """Median over the draws and, of several, their central 95%."""
    values = values[~np.isnan(values)]
    if not len(values):
        return "no value"
    middle, low, high = (
        "not reached" if np.isinf(x) else f"{x:.4g}"
        for x in np.quantile(values, [0.5, 0.025, 0.975], method="closest_observation")
    )
    return middle if len(values) == 1 or low == high == middle else f"{middle} ({low} to {high})"


def _quantities(trial: TrialDescription) -> list[Given]:
    """What the report estimates: the usual quantities, printed or not, then the printed rates."""
    printed = {item.name: item for item in trial.printed}
    unprinted = Printed("not printed")
    wanted = [("hr", "hr", -1)] * (len(trial.arms) == 2) + [("logrank_p", "logrank_p", -1)] * (len(trial.arms) == 2)
    wanted += [(f"median{arm.arm}", "median", arm.arm) for arm in sorted(trial.arms, key=lambda arm: arm.arm)]
    rows = []
    for name, kind, arm in wanted:
        for end, side in (("", 0), ("_lo", -1), ("_hi", 1)) if kind != "logrank_p" else (("", 0),):
            rows.append(printed.pop(name + end, Given(name + end, kind, unprinted, arm, side)))
    return rows + list(printed.values())


@dataclass(frozen=True, eq=False)
class Compared:
    """A number beside those of the patients: ``values`` of every set, ``alike`` where one prints as ``printed``."""

    label: str
    printed: str
    values: Floats
    alike: Booleans | None
    """None where nothing is printed."""
    given: bool
    """Whether the patients were made to meet it."""

    @property
    def missed(self) -> Booleans:
        """The sets that do not print as what they were made to meet."""
        return np.zeros(len(self.values), bool) if self.alike is None or not self.given else ~self.alike

    def __str__(self) -> str:
        """What is given, and what the patients have who miss it."""
        sets = f" in {self.missed.sum()} of {len(self.missed)} sets" if len(self.missed) > 1 else ""
        return f"{self.label}: {self.printed} given, {in_words(self.values[self.missed])} of the patients{sets}"


def compare_counts(trial: TrialDescription, found: Reconstruction) -> list[Compared]:
    """Numbers at risk, events and ends of follow-up, each an input whichever way the patients were made."""
    rows = []

    def add(label: str, printed: float, values: Integers | Floats, alike: Booleans) -> None:
        rows.append(Compared(label, f"{printed:g}", values.astype(float), alike, True))

    for arm in trial.arms:
        own = found.arm == arm.arm
        time, event = found.time[:, own], found.event[:, own]
        events = event.sum(axis=1)
        table = trial.at_risk[trial.at_risk["arm"] == arm.arm]
        from_clean = found if isinstance(found, CurveReconstruction) else None
        misprinted = [(own.arm, own.time) for own in from_clean.misprints] if from_clean else []
        for at, n_risk in zip(table["time"], table["n_risk"], strict=True):
            left = from_clean.at_risk(arm.arm, at) if from_clean else (time >= at).sum(axis=1)
            if (arm.arm, at) not in misprinted:  # of which a note tells
                add(f"at risk at {at:g}, {arm.name}", n_risk, left, left == n_risk)
        if arm.events is not None:
            add(f"events, {arm.name}", arm.events, events, events == arm.events)
        if arm.tmax is not None:
            last = time.max(axis=1)
            add(f"end of the curve, {arm.name}", arm.tmax, last, _ends(time, event, arm.tmax, table))
    return rows


def _ends(time: Floats, event: Integers, tmax: float, at_risk: pd.DataFrame) -> Booleans:
    """Whether the curve of every set (set x patient) ends at ``tmax``.

    It does with the last patient, unless it lies at 0 from then on. Where nobody is at risk at ``tmax`` the last one
    left before, after the column of numbers at risk before it.
    """
    last = time.max(axis=1)
    at_zero = np.all((event == 1) | (time < last[:, None]), axis=1)
    before = at_risk["time"][at_risk["time"] < tmax].max() if (at_risk["time"] < tmax).any() else 0.0
    nobody = ((at_risk["time"] == tmax) & (at_risk["n_risk"] == 0)).any()
    return np.asarray((last == tmax) | ((last < tmax) & (at_zero | (nobody & (last >= before)))))


def compare_summaries(trial: TrialDescription, found: Reconstruction) -> list[Compared]:
    """The usual quantities, and all else that is printed; of three or more arms by each with the reference."""
    if not trial.pairs:
        return [row for _, row in _compare_arms(trial, found)]
    rows: dict[str, Compared] = {}
    for k, pair in enumerate(trial.pairs, start=1):
        of_pair = (found.arm == 0) | (found.arm == k)
        arm = np.where(found.arm[of_pair] == 0, 0, 1)
        patients = replace(found, time=found.time[:, of_pair], event=found.event[:, of_pair], arm=arm)
        for item, row in _compare_arms(pair, patients):
            label = row.label if item.arm >= 0 else f"{row.label}, {pair.name(1)} against {pair.name(0)}"
            rows.setdefault(label, replace(row, label=label))
    return list(rows.values())


def _compare_arms(trial: TrialDescription, found: Reconstruction) -> list[tuple[Given, Compared]]:
    inputs = {item.name for item in trial.inputs}
    rows = []
    for item in _quantities(trial):
        values = found.each(partial(item.value, transform=trial.transform))
        if item.kind in TIMES:
            values = np.where(np.isnan(values), np.inf, values)
        by, arm = "before" if item.before else "by", trial.name(item.arm) if item.arm >= 0 else "both arms"
        label = _LABELS[item.kind].format(arm=arm, time=item.time, share=item.share, by=by) + _SIDES[item.side]
        label += f" ({item.level:.3g} level)" if item.side and item.level != LEVEL else ""
        alike, given = None, item.name in inputs
        if item.reached or str(item.printed) in UNREACHED:
            alike = found.each(partial(item.met, transform=trial.transform)) == 1
        rows.append((item, Compared(label, str(item.printed) if alike is not None else "", values, alike, given)))
    return rows
