"""Reconstructed patients, and what they say of a quantity that was not given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netterbook.methods.patient_sets import PatientSets


@dataclass(frozen=True)
class EnsembleEstimate:
    """The median of a quantity over the draws, with its interval; inf stands for not reached, nan for no value."""

    value: float
    low: float
    high: float
    level: float
    given: bool
    """Whether the quantity was an input, so that it says nothing of the quality of the reconstruction."""

    def __str__(self) -> str:
        return f"{self.value:.4g} ({100 * self.level:g}% interval {self.low:.4g} to {self.high:.4g})"


@dataclass(frozen=True, eq=False)
class Reconstruction(PatientSets):
    """One or many sets of patients that meet what was given.

    ``given`` names the inputs. ``tried`` is how many sets were looked
    at for those kept; all that are kept meet every input, but where ``missed`` says which they miss.
    """

    given: tuple[str, ...]
    tried: int
    notes: tuple[str, ...] = ()
    missed: str = ""

    def estimate(self, quantity: str, time: float | None = None, level: float = 0.95) -> EnsembleEstimate:
        """Median and central interval of a quantity over the draws.

        The interval holds what the inputs leave open about the trial's own patients. It is not a confidence interval
        for other patients.
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

    def report(self) -> str:
        """What was given and what follows, in plain text."""
        met = self.missed or "all meet every input"
        lines = [f"{self.draws} draw(s) of {self.time.shape[1]} patients; {met} ({self.tried} tried)."]
        lines += ["Given: " + ", ".join(self.given) + ".", ""]
        for quantity in ("hr", "logrank_p", "median0", "median1"):
            if len(set(self.arm.tolist())) < 2 and quantity in ("hr", "logrank_p"):
                continue
            found = self.estimate(quantity)
            said = f"{quantity:10} {found}" if self.draws > 1 else f"{quantity:10} {found.value:.4g}"
            lines.append(said + ("  (given)" if found.given else ""))
        return "\n".join([*lines, *self.notes]) + "\n"
