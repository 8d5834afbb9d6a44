"""What has been published: the phase II trial and its responses, and cohorts of kidney dose."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import pandas as pd

from netterbook import facts
from netterbook.audit.records import RESPONSES
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.planning import absorbed_dose_gy, cycles_within
from netterbook.dosimetry.population import between_cv
from netterbook.ledger import Ledger
from netterbook.methods.months import DAYS_PER_MONTH
from netterbook.methods.proportions import joint_counts_printing_as


class PhaseTwo(NamedTuple):
    """The trial of Sundlöv 2022, as its abstract has it."""

    patients: int
    median: int
    """Of the cycles received; ``low`` and ``high`` are their range."""
    low: int
    high: int
    standard: int
    """Cycles of the standard schedule."""
    interval_months: float
    """Between cycles."""
    pfs_months: float
    os_months: float


def phase_two(ledger: Ledger) -> PhaseTwo:
    """From the ledger.

    >>> from netterbook import papers
    >>> phase_two(papers.load())[:5]
    (96, 5, 1, 9, 4)
    """
    stem = "sundlov2022.abstract."
    median, low, high = map(int, ledger.estimate(stem + "cycles_received"))
    return PhaseTwo(
        patients=ledger.count(stem + "evaluable"),
        median=median,
        low=low,
        high=high,
        standard=ledger.count(stem + "standard_cycles"),
        interval_months=ledger.number(stem + "interval") * 7 / DAYS_PER_MONTH,
        pfs_months=ledger.number(stem + "pfs_median"),
        os_months=ledger.number(stem + "os_median"),
    )


class Cohort(NamedTuple):
    """A published cohort with mean and spread of the kidney dose."""

    label: str
    patients: int
    mean_gy_per_gbq: float
    cv: float
    """Standard deviation over mean, of values that are the mean of so many ``cycles`` each."""
    cycles: int
    source: str
    fact: str

    def between_cv(self, within_cv: float) -> float:
        """Coefficient of variation between patients, if that from cycle to cycle is ``within_cv``."""
        return between_cv(self.cv, within_cv, self.cycles)


def cohorts(ledger: Ledger) -> dict[str, Cohort]:
    """By the names that the parameter ``cohort`` takes, the lowest mean first.

    NETTER-1's is the cumulative dose of all its cycles.

    >>> from netterbook import papers
    >>> found = cohorts(papers.load())
    >>> list(found), round(found["netter-1"].mean_gy_per_gbq, 3), round(found["netter-1"].cv, 3)
    (['80 cycles', 'spect/ct', 'planar', 'netter-1'], 0.655, 0.448)
    """
    known = facts.read(ledger.folder)
    netter1, cycles, spect, planar = (known[fact] for fact in ("F082", "F151", "F152", "F153"))
    found = {}
    for name, label, patients, fact, gbq, each in (
        ("netter-1", f"NETTER-1, {netter1.size} patients", netter1.size, netter1, netter1.quantity_numbers[0],
         ledger.count("netter1.results.infusions_all")),
        ("80 cycles", cycles.quantity, int(cycles.quantity_numbers[0]), cycles, 1, 1),
        ("spect/ct", f"{spect.size} patients, SPECT/CT", spect.size, spect, 1, 1),
        ("planar", f"{planar.size} patients, planar", planar.size, planar, 1, 1),
    ):  # fmt: skip
        found[name] = Cohort(label, patients, fact.value / gbq, fact.sd / fact.value, each, fact.source, fact.id)
    return dict(sorted(found.items(), key=lambda item: item[1].mean_gy_per_gbq))


def kidney_cohorts(ledger: Ledger, p: Dosimetry) -> pd.DataFrame:
    """Published kidney doses per activity, and what they mean over the cycles of the standard schedule.

    Columns: ``label``, ``gy_per_gbq`` (a mean, the median in Aarhus), ``sd`` (nan where there is none), ``source``,
    ``fact``, ``dose`` after these cycles (Gy), ``cycles_within`` the limit at the cohort's mean.

    >>> from netterbook import papers
    >>> found = kidney_cohorts(papers.load(), Dosimetry()).set_index("fact")
    >>> round(float(found.loc["F082", "dose"]), 1), int(found.loc["F151", "cycles_within"])
    (19.4, 8)
    """
    aarhus = facts.read(ledger.folder)["F149"]
    rows = [(f"Aarhus, {aarhus.size} treatments", aarhus.value, nan, aarhus.source, aarhus.id)]
    for each in cohorts(ledger).values():
        rows.append((each.label, each.mean_gy_per_gbq, each.mean_gy_per_gbq * each.cv, each.source, each.fact))
    frame = pd.DataFrame(rows, columns=["label", "gy_per_gbq", "sd", "source", "fact"])
    frame = frame.sort_values("gy_per_gbq", ignore_index=True, kind="stable")
    doses = frame["gy_per_gbq"].to_numpy()
    return frame.assign(
        dose=absorbed_dose_gy(doses, p.activity_gbq, phase_two(ledger).standard),
        cycles_within=cycles_within(p.kidney_limit_gy, doses, p.activity_gbq),
    )


class ResponseCounts(NamedTuple):
    """Counts of patients that print as the percentages of each response, and what these and those add up to."""

    possible: tuple[tuple[int, ...], ...]
    sums: tuple[int, ...]
    percent: int


def response_counts(ledger: Ledger) -> ResponseCounts:
    """Partial response, stable and progressive disease in the phase II trial.

    >>> from netterbook import papers
    >>> response_counts(papers.load())
    ResponseCounts(possible=((15,), (63,), (18,)), sums=(96,), percent=101)
    """
    claims = [f"sundlov2022.abstract.{row}" for row in RESPONSES]
    found = joint_counts_printing_as([ledger[claim].point for claim in claims], phase_two(ledger).patients)
    return ResponseCounts(
        tuple(tuple(sorted(set(counts))) for counts in zip(*found, strict=True)),
        tuple(sorted({sum(counts) for counts in found})),
        sum(ledger.counts(*claims)),
    )
