"""Trials set beside each other through a comparator that they share, and how alike its patients are."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.book.cross_trial.studies import of_progression
from netterbook.errors import ParameterError
from netterbook.ledger import Ledger
from netterbook.methods import between_trials, indirect, pooling
from netterbook.methods.indirect import IndirectEffect, PrintedRatio
from netterbook.methods.patient_sets import PatientSets
from netterbook.precision import Simulated, batch_error, simulated
from netterbook.trials import Trial


def printed_ratio(ledger: Ledger, trial: Trial) -> PrintedRatio:
    """A trial's printed hazard ratio of progression or death with its 95% interval.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load()
    >>> printed_ratio(ledger, trials.read(ledger.folder)["netter2"])
    (0.276, 0.182, 0.418)
    """
    return ledger.estimate(trial.claim(trial.end_points["pfs"].hazard_ratio))


def ratio_of_hazard_ratios(ledger: Ledger, first: Trial, second: Trial, level: float) -> IndirectEffect:
    """One trial's printed hazard ratio over another's, by Bucher's method (J Clin Epidemiol 1997;50:683-91).

    >>> from netterbook import papers, trials
    >>> ledger = papers.load()
    >>> found = ratio_of_hazard_ratios(ledger, *trials.read(ledger.folder).values(), 0.95)
    >>> [round(x, 2) for x in (found.ratio, found.low, found.high, found.p)]
    [0.76, 0.41, 1.42, 0.39]
    """
    return indirect.indirect(printed_ratio(ledger, first), printed_ratio(ledger, second), level)


class UnstratifiedRatio(NamedTuple):
    """A trial's unstratified hazard ratio, and a printed one over it with its interval."""

    hr: Simulated
    ratio: list[Simulated]


def over_unstratified(ledger: Ledger, first: Trial, second: PatientSets, level: float) -> UnstratifiedRatio:
    """One trial's printed hazard ratio over the unstratified one of another, from its reconstructed patients."""

    def ratio(second: PatientSets) -> tuple[float, ...]:
        hr = pooling.pooled_hr(second, 0.95)  # as the printed interval is
        return hr[0], *indirect.indirect(printed_ratio(ledger, first), hr, level)[:3]

    hr, *found = simulated(ratio(second), pooling.monte_carlo_error(ratio, second))
    return UnstratifiedRatio(hr, found)


def indirect_comparisons(table: pd.DataFrame, comparator: str, level: float) -> pd.DataFrame:
    """Every pair of trials in a table of :func:`.side_by_side` that a common comparator connects, by Bucher's method.

    Columns: ``first``, ``second`` (trials), ``treatment``, ``against``, ``ratio``, ``low``, ``high``. Of progression,
    each patient once.

    Raises
    ------
    ParameterError
        If fewer than two trials have this comparator.

    Radioligand to placebo by way of everolimus, as fact F190 has it:

    >>> from netterbook import papers
    >>> from netterbook.book.cross_trial.studies import side_by_side
    >>> found = indirect_comparisons(side_by_side(papers.load(), True, ("all",)), "everolimus", 0.95)
    >>> compete = found.set_index(["first", "second"]).loc[("COMPETE", "RADIANT-4")]
    >>> [round(float(x), 2) for x in compete[["ratio", "low", "high"]]]
    [0.32, 0.2, 0.52]
    """
    rated = of_progression(table[table["design"] == "randomised"]).dropna(subset=["hr_value", "hr_low", "hr_high"])
    arms, turned = [], []
    for row in rated.itertuples():
        ratio = row.hr_value, row.hr_low, row.hr_high
        if row.comparator == comparator:
            arms.append((row.study, row.treatment, ratio))
        elif row.treatment == comparator:
            turned.append((row.study, row.comparator, indirect.inverse(ratio)))
    arms += turned
    if len(arms) < 2:
        names = ", ".join(study for study, *_ in arms) or "none"
        raise ParameterError(
            f"parameter comparator = {comparator!r} cannot be used: two trials must share it, and of the studies shown "
            f"those that do are: {names}; include more studies or choose another comparator"
        )
    columns = ["first", "second", "treatment", "against", "ratio", "low", "high"]
    rows = [
        (one, two, a, b, *indirect.indirect(hr_a, hr_b, level)[:3])
        for (one, a, hr_a), (two, b, hr_b) in combinations(arms, 2)
    ]
    return pd.DataFrame(rows, columns=columns)


ANCHORED = "F205"
"""The fact of a published comparison of sunitinib with everolimus through placebo."""


def sunitinib_over_everolimus(table: pd.DataFrame, level: float) -> IndirectEffect:
    """Printed hazard ratio of sunitinib over that of everolimus, each against placebo in pancreatic tumours.

    nan where one of the trials is not in the table of :func:`.side_by_side`.

    >>> from netterbook import papers
    >>> from netterbook.book.cross_trial.studies import side_by_side
    >>> found = sunitinib_over_everolimus(side_by_side(papers.load(), True, ("all",)), 0.95)
    >>> [round(x, 2) for x in (found.ratio, found.low, found.high)]
    [1.2, 0.71, 2.04]
    """
    rows = table.set_index("row")[["hr_value", "hr_low", "hr_high"]]
    if not {"sunitinib_pfs", "radiant3_pfs"} <= set(rows.index):
        return IndirectEffect(*[np.nan] * len(IndirectEffect._fields))
    first, second = (tuple(rows.loc[row].astype(float)) for row in ("sunitinib_pfs", "radiant3_pfs"))
    return indirect.indirect(first, second, level)


class ControlsCompared(NamedTuple):
    """The control groups of two trials compared as if randomised; months free of progression."""

    hr: list[Simulated]
    """Hazard ratio of the first to the second, with its interval."""
    p: Simulated
    """Of the log-rank test, the median over the sets."""
    p_ends: list[Simulated]
    """Over the sets."""
    first: Simulated
    second: Simulated
    difference: Simulated
    ends: list[Simulated]
    """Of the difference, by chance and reconstruction."""
    inner: list[Simulated]
    """By reconstruction alone."""

    @property
    def apart(self) -> bool:
        """Whether the interval of the hazard ratio excludes one."""
        _, low, high = self.hr
        return not low.value <= 1 <= high.value


def controls_compared(first: PatientSets, second: PatientSets, horizon: float, level: float) -> ControlsCompared:
    """The control groups of two reconstructed trials, their means restricted to ``horizon`` months."""
    both = between_trials.joined(first, second)
    p = between_trials.compare_arms(first, second, horizon)["logrank_p"].to_numpy()

    def ratio(both: PatientSets) -> tuple[float, float, float]:
        return pooling.pooled_hr(both, level)

    def means(both: PatientSets) -> pd.DataFrame:
        return pooling.restricted_means(both, horizon, level)

    value, error = means(both), pooling.monte_carlo_error(means, both)
    of_second, of_first, gain = (
        dict(zip(value.columns, simulated(*pair), strict=True)) for pair in zip(value.to_numpy(), error, strict=True)
    )
    return ControlsCompared(
        hr=simulated(ratio(both), pooling.monte_carlo_error(ratio, both)),
        p=Simulated(float(np.nanmedian(p)), float(batch_error(np.nanmedian, p))),
        p_ends=simulated(*pooling.across(p, level))[1:],
        first=of_first["value"],
        second=of_second["value"],
        difference=gain["value"],
        ends=[gain["lower"], gain["upper"]],
        inner=[gain["low"], gain["high"]],
    )
