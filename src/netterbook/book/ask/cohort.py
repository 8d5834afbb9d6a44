"""A cohort that can be asked how many cycles of treatment its patients may have within a limit of the kidney dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from netterbook.book.ask.askable import askable

_NOTE = (
    "Computed in this page. The cycles of a patient are alike; patients differ by a log-normal dose per activity with "
    "this mean and spread. "
    "Illustration with unverified parameters; not for planning a treatment."
)


class AskedCohort(NamedTuple):
    """Kidney dose of a cohort: name in the address, label, mean and coefficient of variation between patients."""

    key: str
    label: str
    mean_gy_per_gbq: float
    cv: float


def cohort_asked(
    name: str, cohorts: Sequence[AskedCohort], *, begins: Mapping[str, str | float], most: int, standard: int
) -> str:
    """Markup of a cohort that can be asked.

    Parameters
    ----------
    name : of the static figure
    begins : ``cohort`` (a key), ``gbq`` a cycle, ``limit`` of the absorbed dose in Gy, ``alpha_beta`` in Gy, ``repair``
        and ``half_life`` in hours
    most : cycles that are told apart
    standard : cycles of the standard schedule
    """
    data = {
        "cohorts": [each._asdict() for each in cohorts],
        "begins": begins,
        "most": most,
        "standard": standard,
        "note": _NOTE,
    }
    summary = "Ask this figure: how many cycles fit within a limit, for any cohort, limit and activity"
    return askable("cohort", name, summary, data)
