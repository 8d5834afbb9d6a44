"""Overall survival where control patients crossed over: what is printed, and what crossover would hide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, hypot, isnan, nan, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from netterbook.book.cross_trial.schedules import control_median
from netterbook.book.cross_trial.studies import of_progression
from netterbook.ledger import Ledger
from netterbook.methods import crossover, patients, switching
from netterbook.methods.crossover import CrossoverTrial
from netterbook.precision import Simulated, quantile_error
from netterbook.trials import Trial

FOLLOWED_OS = 60.0, 96.0
"""Months of follow-up in simulated trials: about the median of NETTER-1's final analysis."""
TRUE_HRS = 0.5, 0.65, 0.8
REPLICATES_OF_EACH = 20
"""Simulated trials of each kind to which the rank-preserving model is applied."""
REPLICATES_QUICK = 100
"""Those to which the other methods are applied."""
_PLANNED_SHARE = 0.5  # of the control group, where no report says how many crossed over
_NEARLY_ALL = 0.92  # of those who can cross over
_SELECTION = 0.5
"""By how much more often those cross over who would live longer anyway: three times as often as the others."""


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
    effect crossover brings, ``chosen``: whether those who would live longer cross over more often (at the group's share
    only), ``randomised`` hazard ratio, ``corrected``: exp(psi), and its limits ``low``, ``high`` (nan where there is
    none). Trials for which the model has no solution have no row.
    """
    own, most = group.assumed_share, round(_NEARLY_ALL * group.most, 2)
    kinds = [(0.0, 1.0, False), *((share, after, False) for share in (own, most) for after in (1.0, 0.0))]
    rows = []
    for share, after, chosen in [*kinds, (own, 1.0, True)]:
        for made in _trials(ledger, trial, group, seed, replicates, share, after, chosen):
            try:
                found = crossover.rpsft(*made[:5])
            except ValueError:  # z does not cross 0
                continue
            rows.append((share, after, chosen, found.itt_hr, exp(found.psi), exp(found.low), exp(found.high)))
    return pd.DataFrame(rows, columns=["share", "after", "chosen", "randomised", "corrected", "low", "high"])


def _trials(
    ledger: Ledger,
    trial: Trial,
    group: CrossedOver,
    seed: int,
    replicates: int,
    share: float,
    after: float,
    chosen: bool,
) -> Iterator[CrossoverTrial]:
    """Simulated trials of a trial's size."""
    experimental, control = ledger.counts(*trial.of_arms(trial.end_points["os"].patients))
    about = group.median_os, group.median_progression, share, (control, experimental), FOLLOWED_OS
    selection = min(_SELECTION, group.most / share - 1) if chosen else 0.0
    for i in range(replicates):
        yield crossover.simulate_trial(TRUE_HRS[0], *about, seed + i, after, selection)


def ways_to_undo(
    ledger: Ledger, trial: Trial, group: CrossedOver, found: pd.DataFrame, seed: int, replicates: int = REPLICATES_QUICK
) -> pd.DataFrame:
    """Three ways to undo crossover at the group's share: geometric means over simulated trials, Monte Carlo errors.

    Columns: ``kind``: ``whole``, ``none`` (of the effect after crossover), ``chosen`` (who cross over); ``corrected``,
    the rank-preserving model's of :func:`undo_crossover`; of ``replicates`` trials, ``randomised`` hazard ratio,
    ``two_stage``, ``weighted``, each with ``_error`` beside it.
    """
    share, rows = group.assumed_share, []
    for kind, after, chosen in (("whole", 1.0, False), ("none", 0.0, False), ("chosen", 1.0, True)):
        own = found[(found["share"] == share) & (found["after"] == after) & (found["chosen"] == chosen)]
        estimates = [
            [way(made) for way in (_randomised, switching.two_stage, switching.weighted)]
            for made in _trials(ledger, trial, group, seed, replicates, share, after, chosen)
        ]
        columns = {"corrected": own["corrected"]} | dict(
            zip(("randomised", "two_stage", "weighted"), np.transpose(estimates), strict=True)
        )
        row: dict[str, object] = {"kind": kind}
        for name, values in columns.items():
            row[name], row[f"{name}_error"] = _geometric_mean(values)
        rows.append(row)
    return pd.DataFrame(rows)


def _randomised(made: CrossoverTrial) -> float:
    return patients.cox(made.time, made.event, made.arm).hr


class Off(NamedTuple):
    """Whether ways to undo crossover miss the truth, by more than three Monte Carlo errors, where it is said."""

    model: bool
    """The rank-preserving model, where crossover brings no effect, and there only."""
    others: bool
    """Both of the others, where those cross over who would live longer, and there only."""


def who_is_off(ways: pd.DataFrame, true: float) -> Off:
    """Of :func:`ways_to_undo`."""
    by = ways.set_index("kind")
    kinds = {
        name: set(by.index[(by[name] - true).abs() > 3 * by[f"{name}_error"]])
        for name in ("corrected", "two_stage", "weighted")
    }
    return Off(kinds["corrected"] == {"none"}, kinds["two_stage"] == kinds["weighted"] == {"chosen"})


def _geometric_mean(values: ArrayLike) -> Simulated:
    logs = np.log(np.asarray(values, float))
    middle = float(np.exp(logs.mean()))
    return Simulated(middle, middle * float(logs.std(ddof=1)) / sqrt(len(logs)))


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
    by_chance = found[~found["chosen"]]
    most = by_chance[by_chance["share"] == found["share"].max()]
    whole, none = (
        Corrected(*(_geometric_mean(most.loc[most["after"] == after, name]) for name in Corrected._fields))
        for after in (1.0, 0.0)
    )
    widths = np.log(by_chance["high"] / by_chance["low"]).dropna().groupby(by_chance["share"])
    width = widths.agg(["median", quantile_error])
    relative = width["quantile_error"] / width["median"]
    ratio = width["median"].iloc[-1] / width["median"].iloc[0]
    wider = Simulated(ratio, ratio * hypot(relative.iloc[-1], relative.iloc[0]))
    tried = replicates * found.groupby(["share", "after", "chosen"]).ngroups
    return RankPreserving(float(found["share"].max()), whole, none, wider, tried, len(found))
