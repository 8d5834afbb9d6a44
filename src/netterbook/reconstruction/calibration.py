"""Simulation-based calibration: in trials drawn from the model's own prior, the truth's rank among draws is uniform.

Talts, Betancourt, Simpson, Vehtari and Gelman (arXiv 1804.06788): patients are drawn from the prior, printed, and
reconstructed; if the reconstruction draws from the posterior, the truth is one more draw. Whether ranks are uniform is
judged by their empirical distribution function with simultaneous bands, Säilynoja, Bürkner and Vehtari, Stat Comput
2022;32:32, section 2.2. arviz-stats has these bands too, but needs xarray for them, with which any import of it takes
twice as long; tests compare with it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats
from scipy.special import bdtr, bdtrc
from scipy.stats import rankdata

from netterbook.arrays import Floats, Integers
from netterbook.errors import Conflict, ParameterError
from netterbook.methods.patient_sets import PatientSets
from netterbook.reconstruction import Reconstruction, from_summaries
from netterbook.reconstruction.known import PriorTrial
from netterbook.reconstruction.pieces import Piece, Workers, in_pieces
from netterbook.reconstruction.study import WITHHELD
from netterbook.reconstruction.tempering import CHAINS

POINTS = 100
"""At which ranks' distribution is compared with the uniform one, evenly spaced; fewer for fewer ranks."""
TOGETHER = 10
"""Trials in a piece of the work."""
LEAST_RANKS = 10
"""Ranks of a quantity from which its uniformity is judged."""
RANKED_DRAWS = 60
"""Of each trial, for the ranks."""
RANKED = ("hr", "median0", "median1", "survival0", "survival1", "rmst0", "rmst1")
"""Quantities whose truths are ranked."""
_NEVER_PRINTED = "RMST"
_BELONGS = {"hr": "HR", "median": "medians", "survival": "rates", "rmst": _NEVER_PRINTED}


class TrialPrior(Protocol):
    """Draws a trial from the model's prior."""

    def __call__(self, rng: np.random.Generator, /) -> PriorTrial: ...


# Ranks


def thinned(draws: Floats, chains: int) -> Floats:
    """Draws so far apart in their chains that they are nearly independent, by their bulk effective sample size.

    Parameters
    ----------
    draws : in the order in which they were made, one of each chain in turn; inf for not reached
    chains : how many there were
    """
    length = len(draws) // chains
    if length < 4:
        return draws
    rows = draws[: length * chains].reshape(length, chains).T
    ess = array_stats.ess(rankdata(rows).reshape(rows.shape), chain_axis=0, draw_axis=1, method="bulk")
    apart = max(1, round(rows.size / ess)) if isfinite(ess) and ess > 0 else length
    return np.asarray(rows[:, ::apart].T.ravel())


def uniform_rank(truth: float, draws: Floats, rng: np.random.Generator) -> float:
    """Place of the truth among the draws, from 0 to 1, uniform if the truth is one more draw; ties broken at random.

    inf, for not reached, ties with inf. nan where the truth or all draws are nan; single draws of nan do not count.

    >>> rng = np.random.default_rng(1)
    >>> round(uniform_rank(2.5, np.arange(9.0), rng), 3)  # three of nine lie below: 3 / 10 to 4 / 10
    0.351
    >>> ranks = [uniform_rank(np.inf, np.array([1.0, np.inf, np.inf]), rng) for _ in range(10_000)]
    >>> round(min(ranks), 2), round(max(ranks), 2)
    (0.25, 1.0)
    """
    draws = draws[~np.isnan(draws)]
    if isnan(truth) or not len(draws):
        return np.nan
    reach = 1e-9 * max(1.0, abs(truth)) if isfinite(truth) else 0.0
    below, above = np.sum(draws < truth - reach), np.sum(draws > truth + reach)
    return float((below + rng.random() * (len(draws) - below - above + 1)) / (len(draws) + 1))


# Uniformity


class Uniformity(NamedTuple):
    """Ranks' distribution function less the uniform one at ``points``, with the band that holds all of it with
    probability ``level`` if ranks are uniform, and the P value of the test that this makes.
    """

    points: Floats
    difference: Floats
    low: Floats
    high: Floats
    p: float
    ranks: int
    level: float

    @property
    def inside(self) -> bool:
        """Whether the distribution function stays within the band."""
        return bool(np.all((self.difference >= self.low - 1e-12) & (self.difference <= self.high + 1e-12)))


def _points(ranks: int) -> Floats:
    parts = min(POINTS, ranks)
    return np.arange(1, parts) / parts


def _least_tail(counts: Integers, ranks: int, points: Floats) -> Floats:
    """Twice the smallest tail probability over all points, each as if alone; first index: sample."""
    tails = np.minimum(bdtr(counts, ranks, points), bdtrc(counts - 1, ranks, points))
    return np.asarray(2 * np.where(counts == 0, bdtr(counts, ranks, points), tails).min(axis=-1))


@cache
def _uniform_tails(ranks: int, samples: int = 20_000) -> Floats:
    """:func:`_least_tail` of uniform samples, in order."""
    points = _points(ranks)
    rng = np.random.default_rng([ranks, 32])
    counts = np.cumsum(rng.multinomial(ranks, np.full(len(points) + 1, 1 / (len(points) + 1)), samples), axis=1)[:, :-1]
    return np.sort(_least_tail(counts, ranks, points))


@cache
def _band(ranks: int, level: float) -> tuple[Floats, Floats]:
    """The least and the greatest share of ranks below each point that lie in the band of this level."""
    points, tails = _points(ranks), _uniform_tails(ranks)
    allowed = tails[int((1 - level) * len(tails))] / 2 * (1 - 1e-9)
    counts = np.arange(ranks + 1)[:, None]
    above = (counts == 0) | (bdtrc(counts - 1, ranks, points) >= allowed)
    inside = (bdtr(counts, ranks, points) >= allowed) & above
    return inside.argmax(axis=0) / ranks, (ranks - inside[::-1].argmax(axis=0)) / ranks


def uniformity(ranks: Floats, level: float = 0.95) -> Uniformity:
    """Whether ranks are uniform from 0 to 1; nan do not count.

    The band's pointwise level is found by simulating 20,000 uniform samples, as in Säilynoja and others, algorithm 1.

    Raises
    ------
    ParameterError
        For fewer than ten ranks, or a level that is no share.

    >>> even = uniformity((np.arange(1000) + 0.5) / 1000)
    >>> even.inside, even.p > 0.9
    (True, True)
    >>> uniformity(np.random.default_rng(1).beta(2, 2, 1000)).inside  # intervals too wide
    False
    """
    ranks = np.asarray(ranks, dtype=float)
    ranks = ranks[~np.isnan(ranks)]
    if len(ranks) < LEAST_RANKS or not 0 < level < 1:
        raise ParameterError(f"there are {len(ranks)} ranks and a level of {level}; give ten or more, and 0 to 1")
    points, n = _points(len(ranks)), len(ranks)
    counts = np.searchsorted(np.sort(ranks), points, side="right")
    p = float(np.mean(_uniform_tails(n) <= _least_tail(counts, n, points) * (1 + 1e-9)))
    low, high = _band(n, float(level))
    return Uniformity(points, counts / n - points, low - points, high - points, p, n, level)


def by_quantity(results: pd.DataFrame, level: float = 0.95) -> dict[str, Uniformity]:
    """:func:`uniformity` of each quantity of :data:`RANKED` over the trials in which it was withheld, if it has ranks
    in ten or more; ranks of one quantity come from different trials, so that they are independent.
    """
    withheld = results[results["own"]].groupby("quantity")["rank"]
    ranks = {name: withheld.get_group(name).dropna().to_numpy() for name in RANKED if name in withheld.groups}
    return {name: uniformity(each, level) for name, each in ranks.items() if len(each) >= LEAST_RANKS}


def verdicts(results: pd.DataFrame) -> pd.DataFrame:
    """Of each quantity: trials ranked and trials without a rank, P value of uniformity, and whether the distribution
    function stays within the band; columns quantity, ranked, without, P, inside. Both are missing with fewer than ten
    ranks.
    """
    own, judged = results[results["own"]].groupby("quantity")["rank"], by_quantity(results)
    rows = [
        {"quantity": name, "ranked": own.get_group(name).count(), "without": own.get_group(name).isna().sum()}
        | ({"P": judged[name].p, "inside": judged[name].inside} if name in judged else {"P": nan, "inside": None})
        for name in RANKED
        if name in own.groups
    ]
    return pd.DataFrame(rows, columns=["quantity", "ranked", "without", "P", "inside"])


# Trials


def calibrate_trials(prior: TrialPrior, numbers: range, draws: int, seed: int) -> pd.DataFrame:
    """Trials of these numbers drawn from the prior, printed, reconstructed with one thing withheld, and ranked.

    What is withheld goes by the number: hazard ratio with P value, rates, medians, or nothing but restricted means.

    Columns trial, withheld, quantity, own (whether it is what was withheld), rank (from 0 to 1; nan where it has
    none or no patients were found), kept (near-independent draws), draws (0 where none were found).
    """
    rows: list[list[Any]] = []
    for number in numbers:
        rng = np.random.default_rng([seed, number, 97])
        trial = prior(rng)
        withheld = list(WITHHELD)[number % len(WITHHELD)]
        given = {name: value for name, value in trial.summaries.items() if name not in WITHHELD[withheld]}
        known, found = PatientSets(trial.time[None], trial.event[None], trial.arm), None
        with suppress(Conflict):
            found = from_summaries(
                trial.at_risk, trial.arms, given, draws=draws, seed=number, jobs=1, budget=1, **trial.options
            )
        for quantity in RANKED:
            time = trial.when(quantity)
            rank, kept = _ranked(known, found, quantity, time, rng)
            own = _BELONGS[quantity.rstrip("01")] in (withheld, _NEVER_PRINTED)
            rows.append([number, withheld, quantity, own, rank, kept, 0 if found is None else found.draws])
    return pd.DataFrame(rows, columns=["trial", "withheld", "quantity", "own", "rank", "kept", "draws"])


def _ranked(
    known: PatientSets,
    found: Reconstruction | None,
    quantity: str,
    time: float | None,
    rng: np.random.Generator,
) -> tuple[float, int]:
    if found is None:
        return np.nan, 0
    kept = thinned(found.values(quantity, time), CHAINS)
    return uniform_rank(float(known.values(quantity, time)[0]), kept, rng), len(kept)


def calibrate(
    prior: TrialPrior,
    trials: int,
    draws: int = RANKED_DRAWS,
    seed: int = 1,
    workers: Workers = Workers(),  # noqa: B008
    folder: Path | None = None,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """:func:`calibrate_trials` for so many trials, in pieces of :data:`TOGETHER`.

    Parameters
    ----------
    prior : a function of the module level, as other processes call it
    workers, folder, progress : as in :func:`.in_pieces`; ``progress`` is called once a piece
    """
    parts = [range(first, min(first + TOGETHER, trials)) for first in range(0, trials, TOGETHER)]
    pieces = [
        Piece(f"calibration {part} {draws} {seed}", calibrate_trials, (prior, part, draws, seed)) for part in parts
    ]
    return in_pieces(pieces, workers, folder, progress)
