"""Reconstructed patients, and what they say of a quantity that was not given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
