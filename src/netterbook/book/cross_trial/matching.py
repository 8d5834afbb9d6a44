"""Single groups without a common comparator: set side by side, matched, and what matching misses."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook import facts, trials
from netterbook.book.cross_trial.studies import of_progression
from netterbook.ledger import Ledger
from netterbook.methods import unanchored
from netterbook.precision import Simulated, quantile_error, simulated_share

MATCHED = ("F196", "F197", "F198", "F199", "F200", "F201", "F202")
"""Facts: matching-adjusted hazard ratios, ¹⁷⁷Lu-Dotatate to other treatments (Khan, EJC Suppl 2021); one states two."""
EVEROLIMUS = ("F196", "F199")
"""Those against everolimus."""
EFFECTIVE = "F204"
"""The fact of what a published matching left of its sample."""
RADIOLIGAND_TRIAL = "compete_pfs"
"""The row of the trial that randomised between a radioligand and everolimus."""
RADIOLIGAND_DEATHS = "compete_os"
"""The row of the same trial's survival."""
_FACTOR_HR, _SHARE = 3.0, 0.5
_MEASURED = (0.30, 0.35, 0.40), (0.60, 0.65, 0.60), (1.3, 1.3, 1.3)
_SHARES = (0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
REPLICATES = 200
"""Simulated comparisons at each share of the unmeasured factor."""


def single_arms(table: pd.DataFrame, treatments: Sequence[str]) -> pd.DataFrame:
    """Every arm given one of these treatments, torn from its trial, in the order of the treatments and their medians.

    Columns: ``label`` (the study), ``treatment``, ``median``, ``low``, ``high`` (months; nan where not printed, inf
    where not reached). Arms whose median is not reached are left out, as are subsets of an arm and times to
    progression, which end at no death.
    """
    rows = []
    for row in of_progression(table[table["endpoint"] == "PFS"]).to_dict("records"):
        for treatment, name in ((row["treatment"], "median"), (row["comparator"], "median_comparator")):
            median, low, high = (row[f"{name}_{part}"] for part in ("value", "low", "high"))
            if treatment in treatments and isfinite(median):
                rows.append((row["study"], treatment, median, low, high))
    frame = pd.DataFrame(rows, columns=["label", "treatment", "median", "low", "high"])
    frame["rank"] = frame["treatment"].map(list(treatments).index)
    return frame.sort_values(["rank", "median"], kind="stable", ignore_index=True).drop(columns="rank")


def spread_of_medians(arms: pd.DataFrame) -> pd.DataFrame:
    """How far the medians of one treatment lie apart, of those with several :func:`single_arms`.

    Columns: ``treatment``, ``groups``, ``low``, ``high`` (months).
    """
    medians = arms.groupby("treatment", sort=False)["median"]
    found = medians.agg(groups="size", low="min", high="max").reset_index()
    return found[found["groups"] > 1]


def quotients_of_medians(arms: pd.DataFrame, treatment: str, comparator: str) -> tuple[float, float]:
    """Least and largest quotient of a median under one treatment and one under another; nan where there is none."""
    first, second = (arms.loc[arms["treatment"] == name, "median"].to_numpy() for name in (treatment, comparator))
    quotients = np.divide.outer(first, second) if len(first) and len(second) else np.array(np.nan)
    return float(quotients.min()), float(quotients.max())


def matched_comparisons(ledger: Ledger) -> pd.DataFrame:
    """The facts :data:`MATCHED`: ``fact``, ``which`` of the ratios that it states (from 0), ``death`` (of which the
    ratio is, else of progression), ``hr``, ``low``, ``high``.

    >>> from netterbook import papers
    >>> matched_comparisons(papers.load()).set_index("fact").loc["F200", ["hr", "low", "high"]].values.tolist()
    [[0.21, 0.13, 0.32], [0.13, 0.08, 0.22]]
    """
    known = facts.read(ledger.folder)
    rows = [
        (fact, which, known[fact].quantity.startswith("OS"), *ratio)
        for fact in MATCHED
        for which, ratio in enumerate(known[fact].alternatives)
    ]
    return pd.DataFrame(rows, columns=["fact", "which", "death", "hr", "low", "high"])


def randomised_beside(ledger: Ledger, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`.side_by_side` with a hazard ratio: progression in the trial that randomised between a radioligand
    and everolimus, then in the trials of the ledger, then death in the same order; with a column ``death``.
    """
    wanted = [RADIOLIGAND_TRIAL, *(f"{key}_pfs" for key in trials.read(ledger.folder))]
    wanted += [row.replace("_pfs", "_os") for row in wanted]
    rows = table[table["row"].isin(wanted) & table["hr_low"].notna()].set_index("row")
    ordered = rows.loc[[row for row in wanted if row in rows.index]].reset_index()
    return ordered.assign(death=ordered["endpoint"] == "OS")


class MatchingGap(NamedTuple):
    """How a matched comparison of single groups misses, as an unmeasured factor differs more."""

    table: pd.DataFrame
    """``share`` of the first study's patients with the factor; ``naive``, ``maic``, ``randomised``: medians over the
    replicates; ``low``, ``high``: of the matched ones; ``covers``: share of their intervals that hold the truth;
    ``maic_error``, ``randomised_error``: Monte Carlo errors."""
    truth: float
    factor_hr: float
    share: float
    """Of the second study's patients with the factor."""
    effective: float
    """Effective sample size, the median."""
    patients: int
    replicates: int


def simulate_gap(
    ledger: Ledger, table: pd.DataFrame, level: float, seed: int, replicates: int = REPLICATES
) -> MatchingGap:
    """Matched comparisons when the truth is COMPETE's hazard ratio and one prognostic factor is not measured.

    Where COMPETE is not in the table, the truth is two thirds. Half of the second study's patients have the factor,
    which trebles the hazard; measured factors differ enough to cost about half of the sample, and are matched.
    """
    known = table.set_index("row")["hr_value"]
    truth = float(known.get(RADIOLIGAND_TRIAL, 2 / 3))
    patients = int(facts.read(ledger.folder)[EFFECTIVE].named("n=").value)
    rows, effective = [], []
    for share in _SHARES:
        who = unanchored.Populations(*_MEASURED, share, _SHARE, _FACTOR_HR)
        found = unanchored.simulate_unanchored(who, truth, n=(patients, 200), replicates=replicates, seed=seed)
        low, high = found["maic"].quantile([(1 - level) / 2, (1 + level) / 2])
        target = found["randomised"].median()
        covers = ((found["maic_low"] <= target) & (target <= found["maic_high"])).mean()
        errors = [quantile_error(found[c].dropna()) for c in ("maic", "randomised")]
        rows.append((share, *(found[c].median() for c in ("naive", "maic", "randomised")), low, high, covers, *errors))
        effective.append(found["effective"].median())
    columns = ["share", "naive", "maic", "randomised", "low", "high", "covers", "maic_error", "randomised_error"]
    middle = float(np.median(effective))
    return MatchingGap(pd.DataFrame(rows, columns=columns), truth, _FACTOR_HR, _SHARE, middle, patients, replicates)


class MatchedAnswer(NamedTuple):
    """What matching gives at one share of the unmeasured factor, the randomised answer, and how many of the matched
    intervals hold it, of 1.
    """

    maic: Simulated
    randomised: Simulated
    covers: Simulated


def matched_answers(gap: MatchingGap) -> tuple[MatchedAnswer, MatchedAnswer]:
    """Where the unmeasured factor is equally common in both studies, and where nobody of the first has it."""
    alike, none = (
        MatchedAnswer(
            Simulated(row.maic, row.maic_error),
            Simulated(row.randomised, row.randomised_error),
            simulated_share(row.covers, gap.replicates),
        )
        for row in (gap.table.iloc[0], gap.table.iloc[-1])
    )
    return alike, none


def shares_needed(gap: MatchingGap, hrs: Sequence[float]) -> list[float]:
    """Shares of the first study's patients with the unmeasured factor that alone would turn the truth into each of
    these matched hazard ratios, early in follow-up.
    """
    return [unanchored.share_to_explain(hr / gap.truth, gap.factor_hr, gap.share) for hr in hrs]
