"""Overall survival where control patients crossed over: what is printed, and what crossover would hide."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, hypot, isnan, nan, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.book.cross_trial.schedules import control_median
from netterbook.book.cross_trial.studies import of_progression
from netterbook.claims import Ledger
from netterbook.methods import crossover
from netterbook.precision import Simulated, quantile_error
from netterbook.trials import Trial

FOLLOWED_OS = 60.0, 96.0
"""Months of follow-up in simulated trials: about the median of NETTER-1's final analysis."""
TRUE_HRS = 0.5, 0.65, 0.8
REPLICATES_OF_EACH = 20
"""Simulated trials of each kind to which the rank-preserving model is applied."""
_PLANNED_SHARE = 0.5  # of the control group, where no report says how many crossed over
_NEARLY_ALL = 0.92  # of those who can cross over


def overall_survival(table: pd.DataFrame) -> pd.DataFrame:
    """Randomised comparisons of overall survival in a table of :func:`.side_by_side`."""
    return table[(table["endpoint"] == "OS") & (table["design"] == "randomised")]


class CrossedOver(NamedTuple):
    """A control group whose patients crossed over: medians in months, share who crossed, printed hazard ratio."""

    trial: str
    planned: bool
    """Whether this is the trial's plan, without a result."""
    median_os: float
    median_progression: float
    share: float
    hr: float
    low: float
    high: float

    @property
    def assumed_share(self) -> float:
        """Half, where no share is known."""
        return _PLANNED_SHARE if isnan(self.share) else self.share

    @property
    def most(self) -> float:
        """Largest share that can cross over: those who progress before death, at constant rates."""
        return self.median_os / (self.median_os + self.median_progression)


def crossed_over(ledger: Ledger, table: pd.DataFrame, trial: Trial) -> list[CrossedOver]:
    """A trial and the others of :func:`.side_by_side` with a share who crossed over and a hazard ratio for death.

    Where the trial's later report is not in the table, its plan stands in: the assumed median, and no result.
    """
    deaths = table[(table["endpoint"] == "OS") & table["crossover_share"].notna() & table["hr_low"].notna()]
    progression = of_progression(table).drop_duplicates("study").set_index("study")["median_comparator_value"]
    found = [
        CrossedOver(
            row.study,
            False,
            row.median_comparator_value,
            float(progression[row.study]),
            row.crossover_share,
            row.hr_value,
            row.hr_low,
            row.hr_high,
        )
        for row in deaths.itertuples()
    ]
    if trial.name not in set(deaths["study"]):
        assumed = ledger.number(trial.claim(trial.end_points["os"].assumed_median, trial.control.key))
        found.insert(0, CrossedOver(trial.name, True, assumed, control_median(ledger, trial), nan, nan, nan, nan))
    return found


def dilution_curves(groups: Sequence[CrossedOver], seed: int) -> pd.DataFrame:
    """Hazard ratio for death that large trials would show by the share who cross over, with each group's medians:
    columns ``trial``, ``hr`` (true), ``share``, ``diluted``.
    """  # fmt: skip
    frames = []
    for each in groups:
        shares = np.linspace(0, min(each.most, 0.95), 7)
        about = each.median_os, each.median_progression, FOLLOWED_OS
        frames.append(crossover.dilution(TRUE_HRS, shares, *about, seed, n=10_000).assign(trial=each.trial))
    return pd.concat(frames, ignore_index=True)


def diluted(group: CrossedOver, seed: int) -> float:
    """Hazard ratio that the first of :data:`TRUE_HRS` would show as in a large trial like this one."""
    about = group.median_os, group.median_progression, group.assumed_share, FOLLOWED_OS
    return crossover.diluted_hr(TRUE_HRS[0], *about, seed=seed)


def undiluted(group: CrossedOver, hr: float, seed: int, effect_after: float) -> float:
    """The true hazard ratio that a large trial like this one would show as ``hr``, if crossover brings
    ``effect_after`` of the effect, of 1.
    """
    about = group.median_os, group.median_progression, group.assumed_share, FOLLOWED_OS
    return crossover.undiluted_hr(hr, *about, seed, effect_after)


def undo_crossover(
    ledger: Ledger, trial: Trial, group: CrossedOver, seed: int, replicates: int = REPLICATES_OF_EACH
) -> pd.DataFrame:
    """Simulated trials of a trial's size analysed by randomised arm and by the rank-preserving model.

    Columns: ``share`` who cross over (none, as many as in the group, nearly all who could), ``after``: how much of the
    effect crossover brings, ``randomised`` hazard ratio, ``corrected``: exp(psi), and its limits ``low``, ``high`` (nan
    where there is none). Trials for which the model has no solution have no row.
    """
    experimental, control = ledger.counts(*trial.of_arms(trial.end_points["os"].patients))
    about = group.median_os, group.median_progression
    rows = []
    for share in (0.0, group.assumed_share, round(_NEARLY_ALL * group.most, 2)):
        for after in (1.0, 0.0) if share else (1.0,):
            for i in range(replicates):
                made = crossover.simulate_trial(
                    TRUE_HRS[0], *about, share, (control, experimental), FOLLOWED_OS, seed + i, after
                )
                try:
                    found = crossover.rpsft(made.time, made.event, made.arm, made.on_treatment, made.end)
                except ValueError:  # z does not cross 0
                    continue
                rows.append((share, after, found.itt_hr, exp(found.psi), exp(found.low), exp(found.high)))
    return pd.DataFrame(rows, columns=["share", "after", "randomised", "corrected", "low", "high"])


class Corrected(NamedTuple):
    """Geometric mean of the hazard ratio by randomised arm, and by the rank-preserving model."""

    randomised: Simulated
    corrected: Simulated


class RankPreserving(NamedTuple):
    """:func:`undo_crossover` at the largest share who cross over."""

    share: float
    whole: Corrected
    """If crossover brings the whole effect."""
    none: Corrected
    """If it brings none."""
    wider: Simulated
    """Median width of the corrected interval on the log scale, over that at the least share."""
    tried: int
    solved: int


def rank_preserving_result(found: pd.DataFrame, replicates: int = REPLICATES_OF_EACH) -> RankPreserving:
    """What :func:`undo_crossover` found; ``replicates`` as there."""
    most = found[found["share"] == found["share"].max()]

    def mean(own: pd.Series) -> Simulated:
        logs = np.log(own)
        middle = float(np.exp(logs.mean()))
        return Simulated(middle, middle * float(logs.std()) / sqrt(len(own)))

    whole, none = (
        Corrected(*(mean(most.loc[most["after"] == after, name]) for name in Corrected._fields)) for after in (1.0, 0.0)
    )
    width = np.log(found["high"] / found["low"]).dropna().groupby(found["share"]).agg(["median", quantile_error])
    relative = width["quantile_error"] / width["median"]
    ratio = width["median"].iloc[-1] / width["median"].iloc[0]
    wider = Simulated(ratio, ratio * hypot(relative.iloc[-1], relative.iloc[0]))
    tried = replicates * found.groupby(["share", "after"]).ngroups
    return RankPreserving(float(found["share"].max()), whole, none, wider, tried, len(found))
