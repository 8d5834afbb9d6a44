"""With how many digits a number is shown, stored or offered: as many as its computation supports.

A number computed from printed ones has six significant digits: more than papers print, and fewer than those in which
processors differ. A simulated number is rounded to 1, 2 or 5 times a power of ten, not finer than its Monte Carlo
standard error. Times of reconstructed patients, which must not pass a printed time, are short as they are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import floor, isfinite, log10, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from netterbook.arrays import Floats

DIGITS = 6
"""Significant digits of a computed number, unless its column has fewer."""


def significant(frame: pd.DataFrame, digits: Mapping[str, int] | None = None) -> pd.DataFrame:
    """A table with its floats rounded: to six significant digits, or as many as ``digits`` has for a column.

    A simulated column has its Monte Carlo errors beside it, as ``name_error``: it is rounded to these, which are left
    out.

    >>> significant(pd.DataFrame({"p": [0.000123456789], "n": [1234567], "x": [2 / 3]}), {"x": 2}).values.tolist()
    [[0.000123457, 1234567.0, 0.67]]
    >>> significant(pd.DataFrame({"hr": [0.4321, 2.671], "hr_error": [0.026, 0.17]}))["hr"].tolist()
    [0.45, 2.6]
    """
    errors = {name: f"{name}_error" for name in frame.columns if f"{name}_error" in frame.columns}
    shown = frame.drop(columns=list(errors.values()))
    for name in shown.columns:
        if name in errors:
            shown[name] = [rounded(*pair) for pair in zip(frame[name], frame[errors[name]], strict=True)]
        else:
            kept = (digits or {}).get(name, DIGITS)
            shown[name] = shown[name].map(lambda x, kept=kept: float(f"{x:.{kept}g}") if isinstance(x, float) else x)
    return shown


# Simulated numbers


class Simulated(NamedTuple):
    """A simulated number with its Monte Carlo standard error; nan or 0 if that is not known."""

    value: float
    error: float


def simulated(values: ArrayLike, errors: ArrayLike) -> list[Simulated]:
    """Numbers with their errors, one of each.

    >>> simulated([0.43, 0.312], [0.004, 0.011])
    [Simulated(value=0.43, error=0.004), Simulated(value=0.312, error=0.011)]
    """
    pairs = zip(np.ravel(values), np.ravel(errors), strict=True)
    return [Simulated(float(value), float(error)) for value, error in pairs]


def simulated_share(share: float, trials: int) -> Simulated:
    """A share of independent trials, of 1, with its :func:`share_error`."""
    return Simulated(share, share_error(share, trials))


def step(error: float) -> float:
    """The finest of 1, 2 and 5 times a power of ten that is not finer than a standard error.

    >>> [step(error) for error in (0.01, 0.011, 0.03, 0.7, 4.9)]
    [0.01, 0.02, 0.05, 1.0, 5.0]
    """
    power = floor(log10(error))
    return next(x for x in (float(f"{k}e{power}") for k in (1, 2, 5, 10)) if x >= error)


def rounded(value: float, error: float) -> float:
    """A simulated number, not finer than its Monte Carlo standard error; with six significant digits if it has none.

    >>> rounded(13.2575, 0.15), rounded(4.47e-13, 6e-14), rounded(2 / 3, np.nan), rounded(np.inf, 0.1)
    (13.2, 4e-13, 0.666667, inf)
    """
    if isfinite(value) and error > 0:
        unit = step(error)
        value = round(value / unit) * unit
    return float(f"{value:.{DIGITS}g}")


def share_error(share: float, trials: int) -> float:
    """Standard error of a share of independent trials.

    One trial more of either kind is supposed, as none of 200 does not mean never.

    >>> [round(share_error(share, 200), 3) for share in (0.5, 0)]
    [0.035, 0.005]
    """
    near = (share * trials + 1) / (trials + 2)
    return sqrt(near * (1 - near) / trials)


def quantile_error(values: ArrayLike, share: float = 0.5) -> float:
    """Standard error of a quantile of independent values: half the distance of those one standard error of their rank
    below and above.

    >>> drawn = np.random.default_rng(1).normal(size=100_000)
    >>> round(quantile_error(drawn), 3), round(sqrt(np.pi / 2 / 100_000), 3)  # of a normal median
    (0.004, 0.004)
    """
    values = np.asarray(values, float)
    reach = sqrt(share * (1 - share) / values.size)
    low, high = np.quantile(values, np.clip([share - reach, share + reach], 0, 1))
    return float(high - low) / 2


_BATCHES = 4  # as many as the chains of which draws are made


def batch_error(statistic: Callable[..., ArrayLike], *draws: NDArray[Any]) -> Floats:
    """Standard error of a statistic of draws from several Markov chains, one of each in turn.

    From how much it differs between batches, at least five draws in each, where it is finite; nan where there are no
    two of these. With a batch for each chain, what the chains' draws have in common does not hide in the mean.

    Parameters
    ----------
    statistic : of as many arrays as are given, each with the draws along its first axis; a number or an array
    draws : in the order in which they were made

    >>> round(float(batch_error(np.mean, np.random.default_rng(1).normal(size=10_000))), 2)  # 1 / 100
    0.01
    """
    batches = max(1, min(_BATCHES, len(draws[0]) // 5))
    parts = zip(*([each[k::batches] for k in range(batches)] for each in draws), strict=True)
    found = np.ma.masked_invalid([np.asarray(statistic(*part), dtype=float) for part in parts])
    if batches < 2:
        return np.full(found.shape[1:], np.nan)
    return np.ma.filled(found.std(axis=0, ddof=1) / sqrt(batches), np.nan)
