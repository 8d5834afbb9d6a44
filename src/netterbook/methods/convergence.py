"""Whether draws of several Markov chains have converged: rank-normalised split R-hat and effective sample sizes."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats


class Convergence(NamedTuple):
    """Of one quantity, over the draws of all chains (Vehtari and others, Bayesian Anal 2021;16:667-718)."""

    r_hat: float
    """Rank-normalised, split; 1 where the quantity does not vary."""
    bulk: float
    """Effective sample size for the middle of the distribution."""
    tail: float
    """And for its 5% and 95% quantiles."""
    error: float
    """Monte Carlo standard error of the median; nan where that is not finite."""


def inner_interval(draws: Floats, chains: int, level: float = 0.95) -> tuple[float, float]:
    """The central interval of draws, smaller at both ends by a Monte Carlo standard error, by ArviZ.

    The error is that of the ends' ranks, so that what holds for a quantity holds for its logarithm too, and an end may
    be infinite; draws as for :func:`convergence`.

    >>> drawn = np.random.default_rng(1).permutation(10_000) / 10_000
    >>> [round(x, 3) for x in inner_interval(drawn, 4)]  # errors of √(0.025 × 0.975 / 10,000) = 0.0016
    [0.027, 0.973]
    """
    from arviz_stats.base import array_stats

    length = len(draws) // chains
    ranks = np.argsort(np.argsort(draws, kind="stable"), kind="stable")[: length * chains].reshape(length, chains).T
    ends = []
    for share, inwards in (((1 - level) / 2, 1), ((1 + level) / 2, -1)):
        size = float(array_stats.ess(ranks, chain_axis=0, draw_axis=1, method="quantile", prob=share))
        moved = share + inwards * np.sqrt(share * (1 - share) / size)
        ends.append(float(np.quantile(draws, np.clip(moved, 0, 1), method="nearest")))
    return ends[0], ends[1]


def convergence(draws: Floats, chains: int) -> Convergence:
    """Convergence of a quantity by ArviZ; nan where fewer than four draws of each chain have a value.

    Parameters
    ----------
    draws : in the order in which they were made, one of each chain in turn; inf for not reached, nan for no value
    chains : how many there were

    >>> found = convergence(np.random.default_rng(1).normal(size=4000), 4)
    >>> round(found.r_hat, 2), round(found.bulk, -3), round(found.error, 2)
    (1.0, 4000.0, 0.02)
    >>> stuck = np.random.default_rng(1).normal(size=400) + np.arange(400) % 4  # each chain elsewhere
    >>> convergence(stuck, 4).r_hat > 1.5
    True
    """
    from arviz_stats.base import array_stats  # takes seconds to import, which not every use of the engine needs

    length = len(draws) // chains
    rows = np.asarray(draws[: length * chains], dtype=float).reshape(length, chains).T
    if length < 4 or np.isnan(rows).any():
        return Convergence(nan, nan, nan, nan)
    if rows.min() == rows.max():
        return Convergence(1.0, float(rows.size), float(rows.size), 0.0)
    finite = rows[np.isfinite(rows)]
    shown = np.where(np.isfinite(rows), rows, finite.max() + 1 + np.ptp(finite) if len(finite) else 0.0)
    options = {"chain_axis": 0, "draw_axis": 1}
    bulk = float(array_stats.ess(shown, method="bulk", **options))
    tail = float(array_stats.ess(shown, method="tail", prob=(0.05, 0.95), **options))
    error = float(array_stats.mcse(shown, method="median", **options)) if np.isfinite(np.median(rows)) else nan
    return Convergence(float(array_stats.rhat(shown, method="rank", **options)), bulk, tail, error)
