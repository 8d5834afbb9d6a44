"""Reconstructed patients, and what they say of a quantity that was not given."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook.methods import patients

QUANTITIES = (
    "hr, hr_lo, hr_hi, loghr_se, logrank_p, logrank_z; median0, median0_lo, median0_hi and so for arm 1; at a time: "
    "survival0, survival1, rmst0, rmst1, rmst_difference"
)


@dataclass(frozen=True)
class Estimate:
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
class Reconstruction:
    """One or many sets of patients that meet what was given.

    time, event : draws x patients; arm : patients. ``given`` names the inputs. ``tried`` is how many sets were looked
    at for those kept; all that are kept meet every input, but where ``missed`` says which they miss.
    """

    time: NDArray[np.float64]
    event: NDArray[np.int64]
    arm: NDArray
    given: tuple[str, ...]
    tried: int
    notes: tuple[str, ...] = ()
    missed: str = ""

    @property
    def draws(self) -> int:
        return len(self.time)

    def first(self, draws: int) -> Reconstruction:
        """The first sets alone."""
        return replace(self, time=self.time[:draws], event=self.event[:draws])

    @cached_property
    def patients(self) -> pd.DataFrame:
        """One row a patient and draw: draw (from 1), arm, time, event (1 or 0)."""
        size = self.time.shape[1]
        return pd.DataFrame(
            {
                "draw": np.repeat(np.arange(1, self.draws + 1), size),
                "arm": np.tile(self.arm, self.draws),
                "time": self.time.ravel(),
                "event": self.event.ravel(),
            }
        )

    def each(self, statistic: Callable[[NDArray, NDArray, NDArray], float]) -> NDArray[np.float64]:
        """A statistic of (time, event, arm) for every draw; nan where it has no value."""
        values = np.full(self.draws, np.nan)
        for i in range(self.draws):
            try:
                values[i] = statistic(self.time[i], self.event[i], self.arm)
            except ValueError:  # no estimate exists in this draw, as where an arm has no event
                continue
        return values

    def values(self, quantity: str, time: float | None = None) -> NDArray[np.float64]:
        """A named quantity for every draw; inf for a median or limit not reached. Limits are of the log-log kind.

        Raises
        ------
        ValueError
            For an unknown quantity, or one that needs a time; the message lists them.
        """
        if quantity in ("hr", "hr_lo", "hr_hi", "loghr_se"):
            part = ("hr", "hr_lo", "hr_hi", "loghr_se").index(quantity)
            return self.each(lambda t, e, a: patients.cox(t, e, a)[part])
        if quantity in ("logrank_p", "logrank_z"):
            return self.each(lambda t, e, a: patients.log_rank(t, e, a)[quantity == "logrank_p"])
        named = re.fullmatch(r"(median|survival|rmst)([01])(_lo|_hi)?", quantity)
        stem, arm, end = named.groups() if named else ("", "", "")
        if quantity == "rmst_difference" and time is not None:
            return self.values("rmst1", time) - self.values("rmst0", time)
        if stem == "median":
            part = {"_lo": 1, "_hi": 2}.get(end, 0)
            found = self.each(lambda t, e, a: patients.median_survival(*_own(t, e, a, arm))[part])
            return np.where(np.isnan(found), np.inf, found)
        if stem and not end and time is not None:
            if stem == "rmst":
                return self.each(lambda t, e, a: patients.rmst(*_own(t, e, a, arm), time).value)
            return self.each(lambda t, e, a: patients.survival_rate(*_own(t, e, a, arm), time).value)
        raise ValueError(f"no quantity {quantity!r} at time {time}; there are: {QUANTITIES}")

    def estimate(self, quantity: str, time: float | None = None, level: float = 0.95) -> Estimate:
        """Median and central interval of a quantity over the draws.

        The interval holds what the inputs leave open about the trial's own patients. It is not a confidence interval
        for other patients.
        """
        if not 0 < level < 1:
            raise ValueError(f"the level must lie between 0 and 1, not {level}")
        values = self.values(quantity, time)
        values = values[~np.isnan(values)]
        if not len(values):
            return Estimate(np.nan, np.nan, np.nan, level, self.is_given(quantity, time))
        tails = [0.5, (1 - level) / 2, (1 + level) / 2]
        middle, low, high = np.quantile(values, tails, method="closest_observation")
        return Estimate(float(middle), float(low), float(high), level, self.is_given(quantity, time))

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


def _own(time: NDArray, event: NDArray, arm: NDArray, which: str) -> tuple[NDArray, NDArray]:
    own = np.asarray(arm).astype(str) == which
    return time[own], event[own]
