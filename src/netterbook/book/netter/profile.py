"""The flow of patients through a trial, as its profile prints it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from netterbook import papers
from netterbook.claims import Ledger
from netterbook.methods.proportions import difference
from netterbook.trials import Profile, Trial, recorded


class ProfileLine(NamedTuple):
    """Patients, and what became of them."""

    patients: int
    label: str


class ArmFlow(NamedTuple):
    """One group, from random assignment to the cutoff; reasons are parts of the line before them."""

    assigned: ProfileLine
    treated: ProfileLine
    not_treated: ProfileLine
    reasons_not_treated: list[ProfileLine]
    ended: ProfileLine
    reasons_ended: list[ProfileLine]
    again: ProfileLine
    """Of those who ended: treated anew or crossed over."""
    at_cutoff: list[ProfileLine]
    """Where all of the group were."""
    reasons_end_of_study: list[ProfileLine]

    @property
    def accounted(self) -> int:
        """Patients at the cutoff, added up."""
        return sum(line.patients for line in self.at_cutoff)


class TrialProfile(NamedTuple):
    """The flow of patients, the experimental group first."""

    screened: ProfileLine
    screen_failures: ProfileLine
    randomised: ProfileLine
    arms: tuple[ArmFlow, ArmFlow]


def patient_flow(ledger: Ledger, trial: Trial) -> TrialProfile:
    """The flow of patients through a trial.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> flow = patient_flow(ledger, trials.read(ledger.folder)["netter2"]).arms[0]
    >>> flow.treated, flow.reasons_not_treated[0], flow.accounted
    (ProfileLine(patients=147, label='treated'), ProfileLine(patients=1, label='surgery before first treatment'), 151)
    """
    about = recorded(trial, Profile)
    labels = papers.table(trial.key, about.figure, ledger.folder).set_index("row")["label"]

    def line(row: str) -> ProfileLine:
        claim = trial.claim(f"{about.figure}.{row}.printed.count")
        return ProfileLine(ledger.count(claim), labels[row].replace("177Lu", "¹⁷⁷Lu"))

    first, second = (_flow(labels, line, arm, about.again[arm]) for arm in trial.keys)
    return TrialProfile(line("screened"), line("screen_failures"), line("randomised"), (first, second))


def _flow(labels: pd.Series, line: Callable[[str], ProfileLine], arm: str, again: tuple[str, str]) -> ArmFlow:
    def reasons(stem: str) -> list[ProfileLine]:
        rows = [row for row in labels.index if row.startswith(f"{stem}_") and row.endswith(f"_{arm}")]
        lines = [line(row) for row in rows if row != f"{stem}_{arm}"]
        return [ProfileLine(patients, label.partition(": ")[2]) for patients, label in lines]

    treated_anew, still = again
    at_cutoff = (f"still_on_treatment_{arm}", still, f"followup_{arm}", f"end_of_study_{arm}")
    return ArmFlow(
        line(f"assigned_{arm}"),
        line(f"treated_{arm}"),
        line(f"not_treated_{arm}"),
        reasons("not_treated"),
        line(f"ended_{arm}"),
        reasons("ended"),
        line(treated_anew),
        [line(row) for row in at_cutoff],
        reasons("end_of_study"),
    )


class Deaths(NamedTuple):
    """Percentages of both groups that died, and their difference with its interval, percentage points."""

    experimental: float
    control: float
    difference: tuple[float, float, float]


def deaths_by_cutoff(ledger: Ledger, trial: Trial, level: float) -> Deaths:
    """Deaths in a trial's profile, regardless of time; with Newcombe's interval.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = deaths_by_cutoff(ledger, trials.read(ledger.folder)["netter2"], 0.95)
    >>> round(found.experimental, 1), [round(x, 1) for x in found.difference]
    (21.9, [3.2, -8.6, 13.4])
    """
    figure = recorded(trial, Profile).figure
    died, n = (
        trial.counts(ledger, f"{figure}.{row}_{{arm}}.printed.count") for row in ("end_of_study_death", "assigned")
    )
    points = difference(died[0], n[0], died[1], n[1], "Newcombe", level)
    return Deaths(100 * died[0] / n[0], 100 * died[1] / n[1], points)
