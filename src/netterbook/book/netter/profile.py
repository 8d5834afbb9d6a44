"""The flow of patients through a trial, as its profile prints it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from netterbook import papers
from netterbook.audit.common import printed_dates
from netterbook.ledger import Ledger
from netterbook.methods.months import DAYS_PER_MONTH
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

    @property
    def off_treatment(self) -> int:
        """Patients at the cutoff no longer on the treatment they were assigned, or never on it."""
        return self.accounted - self.at_cutoff[0].patients

    @property
    def closes(self) -> bool:
        """Whether every patient is accounted for, the untreated among those who are off treatment at the cutoff."""
        off = self.ended.patients + self.not_treated.patients
        return self.accounted == self.assigned.patients and self.off_treatment == off


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
    >>> flow.accounted, flow.ended.patients, flow.off_treatment, flow.closes
    (151, 69, 73, True)
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


def months_between(ledger: Ledger, first: str, second: str) -> float:
    """Months between two printed dates, at least.

    >>> from netterbook import papers
    >>> ledger = papers.load(papers.data_dir())
    >>> round(months_between(ledger, "netter2.results.screening_end", "netter2.results.cutoff"), 1)
    9.2
    """
    (_, start), (end, _) = (printed_dates(ledger[claim].point.text) for claim in (first, second))
    return (end - start).days / DAYS_PER_MONTH


class Left(NamedTuple):
    """Patients of both groups who left a study alive."""

    experimental: int
    control: int


class Shares(NamedTuple):
    """Percentages of both groups."""

    experimental: float
    control: float


class Deaths(NamedTuple):
    """Percentages of both groups that died, and their difference with its interval, percentage points; those who left
    the study alive, and the percentages and difference if all of these had died.
    """

    experimental: float
    control: float
    difference: tuple[float, float, float]
    left: Left
    most: Shares
    most_difference: tuple[float, float, float]


def deaths_by_cutoff(ledger: Ledger, trial: Trial, level: float) -> Deaths:
    """Deaths in a trial's profile, regardless of time; with Newcombe's interval.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = deaths_by_cutoff(ledger, trials.read(ledger.folder)["netter2"], 0.95)
    >>> round(found.experimental, 1), [round(x, 1) for x in found.difference]
    (21.9, [3.2, -8.6, 13.4])
    >>> found.left, [round(x, 1) for x in found.most], round(found.most_difference[0], 1)
    (Left(experimental=3, control=7), [23.8, 28.0], -4.2)
    """
    figure = recorded(trial, Profile).figure
    died, ended, n = (
        trial.counts(ledger, f"{figure}.{row}_{{arm}}.printed.count")
        for row in ("end_of_study_death", "end_of_study", "assigned")
    )
    compared = [
        (100 * first / n[0], 100 * second / n[1], difference(first, n[0], second, n[1], "Newcombe", level))
        for first, second in (died, ended)
    ]
    left = Left(ended[0] - died[0], ended[1] - died[1])
    return Deaths(*compared[0], left, Shares(*compared[1][:2]), compared[1][2])
