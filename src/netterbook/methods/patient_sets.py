"""Sets of patients: many possible ones of the same trial, and what each of them says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from netterbook.arrays import Floats, Integers, Labels
from netterbook.methods import patients

QUANTITIES = (
    "hr, hr_lo, hr_hi, loghr_se, logrank_p, logrank_z; median0, median0_lo, median0_hi and so for arm 1; at a time: "
    "survival0, survival1, rmst0, rmst1, rmst_difference"
)


@dataclass(frozen=True, eq=False)
class PatientSets:
    """One or many sets of patients: time, event, draws x patients; arm, of each patient."""

    time: Floats
    event: Integers
    arm: Labels

    @property
    def draws(self) -> int:
        return len(self.time)

    def first(self, draws: int) -> Self:
        """The first sets alone."""
        return replace(self, time=self.time[:draws], event=self.event[:draws])

    @property
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

    def each(self, statistic: Callable[[Floats, Integers, Labels], float]) -> Floats:
        """A statistic of (time, event, arm) for every draw; nan where it has no value."""
        values = np.full(self.draws, np.nan)
        for i in range(self.draws):
            try:
                values[i] = statistic(self.time[i], self.event[i], self.arm)
            except ValueError:  # no estimate exists in this draw, as where an arm has no event
                continue
        return values

    def values(self, quantity: str, time: float | None = None) -> Floats:
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

    def own(self, draw: int, arm: int) -> tuple[Floats, Integers]:
        """Times and events of one arm in one set."""
        chosen = self.arm == arm
        return self.time[draw, chosen], self.event[draw, chosen]


def _own(time: Floats, event: Integers, arm: Labels, which: str) -> tuple[Floats, Integers]:
    own = np.asarray(arm).astype(str) == which
    return time[own], event[own]
