"""Reconstructed patients, and what they say of a quantity that was not given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.arrays import Floats
from netterbook.methods.patient_sets import PatientSets


@dataclass(frozen=True)
class EnsembleEstimate:
    """The median of a quantity over the draws and its central interval, in the quantity's own unit.

    Ratios and rates are fractions, medians and means times; inf stands for not reached, nan for no value in any draw.
    """

    value: float
    low: float
    high: float
    level: float
    given: bool
    """Whether the quantity was an input, so that it says nothing of the quality of the reconstruction."""


_OF_BOTH = {"hr": "hazard ratio", "logrank_z": "log-rank z"}
_OF_AN_ARM = {"median": "median", "survival": "survival", "rmst": "restricted mean"}


class Mixing(NamedTuple):
    """The worst of what a table of convergence holds."""

    draws: int
    """Made by the chains, of which the first are kept."""
    r_hat: float
    effective: float
    """The smallest effective number of draws, of the middle or the tails."""
    converged: bool
    """Whether all quantities have."""


@dataclass(frozen=True, eq=False)
class Reconstruction(PatientSets):
    """One or many sets of patients that meet what was given.

    All that are kept meet every input, but where ``missed`` says which they miss.
    """

    given: tuple[str, ...]
    """Names of the inputs; a rate's with its time, as in "lm0 at 6"."""
    tried: int
    """How many sets were looked at for those kept."""
    notes: tuple[str, ...] = ()
    """What was taken for want of an input, and how near a curve the patients come."""
    missed: str = ""
    convergence: pd.DataFrame | None = None
    """Of the chains, one row a quantity: quantity, time, r_hat (rank-normalised, split), bulk and tail (effective
    draws), all three over the states that the chains passed through, error (Monte Carlo standard error of the median of
    the draws kept), draws (made by the chains), converged."""
    visits: Floats | None = None
    """Where a schedule of scans was given: draw x (events, censorings) x (share dated at a scan, spread about it)."""

    stored: bool = False
    """Whether they were read from storage, not sampled."""

    def first(self, draws: int) -> Reconstruction:
        """The first sets alone; convergence stays that of all."""
        return replace(super().first(draws), visits=None if self.visits is None else self.visits[:draws])

    @property
    def chains(self) -> Mixing | None:
        """How the chains converged; None where that was not looked at.

        >>> table = pd.DataFrame({"quantity": ["hr", "median0"], "time": np.nan, "r_hat": [1.004, 1.02],
        ...                       "bulk": [410.0, 250.0], "tail": [390.0, 260.0], "error": [0.001, 0.04], "draws": 400,
        ...                       "converged": [True, False]})
        >>> found = Reconstruction(np.ones((1, 2)), np.ones((1, 2), int), np.array([0, 1]), (), 1, convergence=table)
        >>> tuple(found.chains)
        (400, 1.02, 250.0, False)
        >>> found.convergence_table(["control", "drug"])[["quantity", "arm"]].to_numpy().tolist()
        [['hazard ratio', ''], ['median', 'control']]
        """
        table = self.convergence
        if table is None or table.empty:
            return None
        effective = table[["bulk", "tail"]].min(axis=None)
        draws, r_hat, all_of_them = table["draws"].min(), table["r_hat"].max(), table["converged"].all()
        return Mixing(int(draws), float(r_hat), float(effective), bool(all_of_them))

    def convergence_table(self, names: Sequence[str]) -> pd.DataFrame:
        """Convergence for readers, one row a quantity; no row where it was not looked at.

        Parameters
        ----------
        names : of the arms, 0 (reference) first

        Returns
        -------
        Columns quantity, in words; time, in the trial's unit, nan where it has none; arm, its name or ""; r_hat, bulk,
        tail, error, draws and converged, as in ``convergence``.
        """
        columns = ["quantity", "time", "arm", "r_hat", "bulk", "tail", "error", "draws", "converged"]
        table = self.convergence
        if table is None or table.empty:
            return pd.DataFrame(columns=columns)
        said = {quantity: (words, "") for quantity, words in _OF_BOTH.items()}
        for stem, words in _OF_AN_ARM.items():
            said |= {f"{stem}{arm}": (words, name) for arm, name in enumerate(names)}
        quantities, arms = zip(*(said[quantity] for quantity in table["quantity"]), strict=True)
        return table.assign(quantity=quantities, arm=arms)[columns]

    def estimate(self, quantity: str, time: float | None = None, level: float = 0.95) -> EnsembleEstimate:
        """Median and central interval of a quantity over the draws.

        The interval holds what the inputs leave open about the trial's own patients. It is not a confidence interval
        for other patients.

        Parameters
        ----------
        quantity, time : as in :meth:`.PatientSets.values`
        level : share of the draws within the interval, of 1

        Raises
        ------
        ValueError
            For a level that is no share, an unknown quantity, or one that needs a time.
        """
        if not 0 < level < 1:
            raise ValueError(f"the level must lie between 0 and 1, not {level}")
        values = self.values(quantity, time)
        values = values[~np.isnan(values)]
        if not len(values):
            return EnsembleEstimate(np.nan, np.nan, np.nan, level, self.is_given(quantity, time))
        tails = [0.5, (1 - level) / 2, (1 + level) / 2]
        middle, low, high = np.quantile(values, tails, method="closest_observation")
        return EnsembleEstimate(float(middle), float(low), float(high), level, self.is_given(quantity, time))

    def is_given(self, quantity: str, time: float | None = None) -> bool:
        """Whether a quantity was among the inputs."""
        if quantity.startswith("survival") and time is not None:
            arm = quantity[-1]
            return f"lm{arm} at {time:g}" in self.given or f"rate{arm} at {time:g}" in self.given
        return quantity in self.given
