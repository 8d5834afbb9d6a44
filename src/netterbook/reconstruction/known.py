"""A trial whose patients are known: what a paper would print of it, and what its patients say themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from netterbook.arrays import Floats, Integers
from netterbook.methods import patients
from netterbook.methods.patient_sets import PatientSets

UNITS = {"days": 0, "weeks": 1, "months": 1, "years": 2}
"""Units of time, and the decimals with which papers print a median in them."""
COLUMN_STEPS = (
    *(0.5, 1, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 50, 60, 90, 100, 120, 180, 200, 250, 365),
    *(500, 730, 1000, 1460, 1825, 2000),
)
POSSIBLE_TIMES = 200
"""A record with fewer possible times than this within follow-up is one in steps."""


@dataclass(frozen=True, eq=False)
class KnownTrial:
    """Patients of two arms (0 reference, 1 experimental), one entry each.

    ``time`` in ``unit``; ``time_step`` the spacing of the times that the record can hold, ``scans`` the scheduled times
    at which progression is looked for, and ``wrong_scans`` another trial's, all in the same unit.
    """

    name: str
    source: str
    time: Floats
    event: Integers
    arm: Integers
    family: str = ""
    """Of a simulated trial: how the arms differ; of a public one: the data set."""
    unit: str = "months"
    time_step: float | None = None
    scans: tuple[float, ...] = ()
    wrong_scans: tuple[float, ...] = ()
    held_out: bool = False
    """Whether it may serve for a report only, never for a choice in the making of the method."""

    def own(self, arm: int) -> tuple[Floats, Integers]:
        """Time and event of an arm."""
        return self.time[self.arm == arm], self.event[self.arm == arm]

    @property
    def recording(self) -> str:
        """``steps`` for a record with fewer than :data:`POSSIBLE_TIMES` times, else ``days``: in days or finer."""
        coarse = self.time_step is not None and float(self.time.max()) / self.time_step < POSSIBLE_TIMES
        return "steps" if coarse else "days"

    @property
    def size(self) -> str:
        """``small`` up to 100 patients, ``large`` above 1,000, else ``middle``."""
        return "small" if self.time.size <= 100 else "large" if self.time.size > 1000 else "middle"

    @property
    def step(self) -> float:
        """Spacing of the numbers at risk: five to ten columns, as journals print, at times that the record can hold."""
        last = float(self.time.max())
        grain = self.time_step if self.time_step is not None and self.recording == "steps" else 0.0
        fitting = (step for step in COLUMN_STEPS if not grain or abs(step / grain - round(step / grain)) < 1e-6)
        return next((step for step in fitting if last / step <= 10), last / 8)

    @property
    def landmark(self) -> float:
        """The column nearest two fifths of follow-up."""
        return self.step * max(1, round(0.4 * float(self.time.max()) / self.step))

    @property
    def horizon(self) -> float:
        """For restricted means: the last column that both arms' follow-up reaches."""
        return self.step * max(1, int(min(self.own(a)[0].max() for a in (0, 1)) / self.step))

    @property
    def arms(self) -> pd.DataFrame:
        """Columns arm, n, events, tmax."""
        rows = [(a, len(t), e.sum(), t.max()) for a, (t, e) in ((a, self.own(a)) for a in (0, 1))]
        return pd.DataFrame(rows, columns=["arm", "n", "events", "tmax"])

    @property
    def at_risk(self) -> pd.DataFrame:
        """Columns arm, time, n_risk."""
        grid = np.arange(0, self.time.max() + self.step / 2, self.step)
        tables = [
            pd.DataFrame({"arm": a, "time": grid, "n_risk": patients.numbers_at_risk(self.own(a)[0], grid)})
            for a in (0, 1)
        ]
        return pd.concat(tables, ignore_index=True)

    def when(self, quantity: str) -> float | None:
        """The time at which a quantity is taken; None where it needs none."""
        return self.horizon if "rmst" in quantity else self.landmark if "survival" in quantity else None

    def truth(self, quantity: str) -> float:
        """What the patients themselves give; inf for a median not reached, nan where a quantity has no value."""
        known = PatientSets(self.time[None], self.event[None], self.arm)
        return float(known.values(quantity, self.when(quantity))[0])

    @property
    def summaries(self) -> dict[str, str]:
        """What a paper would print of the trial, rounded as papers round: times by their unit, as :data:`UNITS` has it.

        A rate at a time that an arm's follow-up does not reach is left out, and so are a hazard ratio and P value that
        no patient determines.
        """
        printed = self._ratio() | {"landmark": f"{self.landmark:g}"}
        for a in (0, 1):
            followed = self.landmark <= self.own(a)[0].max()
            rate = patients.survival_rate(*self.own(a), self.landmark) if followed else (np.nan,) * 3
            median = patients.median_survival(*self.own(a))
            for end, value, middle in zip(("", "_lo", "_hi"), rate, median, strict=True):
                if not isnan(value):
                    printed[f"lm{a}{end}"] = f"{value:.3f}"
                printed[f"median{a}{end}"] = "NR" if isnan(middle) else f"{middle:.{UNITS[self.unit]}f}"
        return printed

    def _ratio(self) -> dict[str, str]:
        try:
            hr, low, high, _ = patients.cox(self.time, self.event, self.arm)
            p = patients.log_rank(self.time, self.event, self.arm).p
        except ValueError:  # an arm without events
            return {}
        printed = {"hr": f"{hr:.2f}", "hr_lo": f"{low:.2f}", "hr_hi": f"{high:.2f}"}
        printed["logrank_p"] = "<0.001" if p < 0.001 else f"{p:.2g}" if p < 0.095 else f"{p:.2f}"
        return printed

    def corners(self) -> pd.DataFrame:
        """The lower corner of every drop, and (0, 1): columns arm, time, survival."""
        tables = []
        for a in (0, 1):
            curve = patients.kaplan_meier(*self.own(a))
            drop = curve.events > 0
            time, survival = np.append(0, curve.time[drop]), np.append(1, curve.survival[drop])
            tables.append(pd.DataFrame({"arm": a, "time": time, "survival": survival.round(8)}))
        return pd.concat(tables, ignore_index=True)

    def clicks(self, seed: int) -> pd.DataFrame:
        """A hundred clicks an arm: drops first, then anywhere; error of 0.003 in survival and 0.3% of the time axis."""
        rng = np.random.default_rng([seed, 7])
        tables = []
        for a in (0, 1):
            drops = self.corners().query("arm == @a").to_numpy()[:, 1:]
            if len(drops) > 60:
                drops = drops[np.linspace(0, len(drops) - 1, 60).astype(int)]
            even = np.linspace(0, self.own(a)[0].max(), 100 - len(drops))
            height = patients.kaplan_meier(*self.own(a)).at(np.minimum(even, self.own(a)[0].max()))
            time = np.append(drops[:, 0], even) + rng.normal(0, 0.003 * self.time.max(), 100)
            survival = np.append(drops[:, 1], height) + rng.normal(0, 0.003, 100)
            order = np.argsort(np.append(drops[:, 0], even), kind="stable")
            table = {"arm": a, "time": np.maximum(time, 0)[order], "survival": np.clip(survival, 0, 1).round(3)[order]}
            tables.append(pd.DataFrame(table))
        return pd.concat(tables, ignore_index=True)


class PriorTrial(NamedTuple):
    """A trial drawn from the model's prior, and what would be printed of it.

    ``at_risk``, ``arms`` and ``summaries`` as :func:`.from_summaries` takes them, ``summaries`` with a landmark;
    ``options``: what else it is to be told, such as scans.
    """

    time: Floats
    event: Integers
    arm: Integers
    at_risk: pd.DataFrame
    arms: pd.DataFrame
    summaries: Mapping[str, str]
    options: Mapping[str, Any] = {}

    def when(self, quantity: str) -> float | None:
        """The time at which a quantity is taken: rates at the landmark, restricted means up to the last number at risk
        above 0 in both arms, each as printed, so that the time says nothing that is not given; None where a quantity
        needs none.
        """
        if quantity.startswith("survival"):
            return float(self.summaries["landmark"])
        if quantity.startswith("rmst"):
            followed = self.at_risk[self.at_risk["n_risk"] > 0]
            return float(followed.groupby("arm")["time"].max().min())
        return None
