"""Trials whose patients are known: print them as a paper would, reconstruct, compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed

from netterbook.arrays import Floats, Integers
from netterbook.errors import Conflict
from netterbook.methods import patients
from netterbook.methods.printed_ratios import Z95
from netterbook.reconstruction import Reconstruction, from_curve, from_summaries

DAYS_A_MONTH = 30.44
STEPS = (0.5, 1, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 50, 60, 100)
WITHHELD = {
    "HR": ["hr", "hr_lo", "hr_hi", "logrank_p"],
    "rates": [f"lm{arm}{end}" for arm in (0, 1) for end in ("", "_lo", "_hi")],
    "medians": [f"median{arm}{end}" for arm in (0, 1) for end in ("", "_lo", "_hi")],
}
TARGETS = {"HR": ["hr", "rmst0", "rmst1"], "rates": ["survival0", "survival1"], "medians": ["median0", "median1"]}
KINDS = {
    "hr": "hazard ratio",
    "rmst": "restricted mean",
    "survival": "landmark rate",
    "median": "median",
    "events": "events",
}
# Bundled with lifelines (MIT): loader, time, event, how arm 1 is told, comparison.
DATA_SETS: dict[str, tuple[str, str, str, Callable[[pd.DataFrame], pd.Series], str]] = {
    "rossi": ("load_rossi", "week", "arrest", lambda d: d.fin == 1, "financial aid v none, rearrest, weeks"),
    "lymphoma": ("load_lymphoma", "Time", "Censor", lambda d: d.Stage_group == 2, "stage IV v III, death, days"),
    "leukemia": ("load_leukemia", "t", "status", lambda d: d.Rx == 0, "6-MP v placebo, relapse, weeks"),
    "waltons": ("load_waltons", "T", "E", lambda d: d.group != "control", "other genes v control, death, days"),
    "larynx": ("load_larynx", "time", "death", lambda d: d.Stage_III + d.Stage_IV > 0, "stage III–IV v I–II, death, y"),
    "kidney": ("load_kidney_transplant", "time", "death", lambda d: d.age >= 50, "50 or older v younger, death, days"),
}


@dataclass(frozen=True, eq=False)
class KnownTrial:
    """Patients of two arms (0 reference, 1 experimental), one entry each."""

    name: str
    source: str
    time: Floats
    event: Integers
    arm: Integers

    def own(self, arm: int) -> tuple[Floats, Floats]:
        """Time and event of an arm."""
        return self.time[self.arm == arm], self.event[self.arm == arm]

    @property
    def step(self) -> float:
        """Spacing of the numbers at risk: five to ten columns, as journals print."""
        last = float(self.time.max())
        return next((step for step in STEPS if last / step <= 10), last / 8)

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
        """What the patients themselves give; inf for a median not reached."""
        known = Reconstruction(self.time[None], self.event[None], self.arm, (), 1)
        return float(known.values(quantity, self.when(quantity))[0])

    @property
    def summaries(self) -> dict[str, str]:
        """What a paper would print of the trial, rounded as papers round."""
        hr, low, high, _ = patients.cox(self.time, self.event, self.arm)
        p = patients.log_rank(self.time, self.event, self.arm).p
        printed = {"hr": f"{hr:.2f}", "hr_lo": f"{low:.2f}", "hr_hi": f"{high:.2f}"}
        printed["logrank_p"] = "<0.001" if p < 0.001 else f"{p:.2g}" if p < 0.095 else f"{p:.2f}"
        printed["landmark"] = f"{self.landmark:g}"
        decimals = 1 if self.time.max() >= 12 else 2
        for a in (0, 1):
            followed = self.landmark <= self.own(a)[0].max()
            rate = patients.survival_rate(*self.own(a), self.landmark) if followed else (np.nan,) * 3
            median = patients.median_survival(*self.own(a))
            for end, value, middle in zip(("", "_lo", "_hi"), rate, median, strict=True):
                if not np.isnan(value):
                    printed[f"lm{a}{end}"] = f"{value:.3f}"
                printed[f"median{a}{end}"] = "NR" if np.isnan(middle) else f"{middle:.{decimals}f}"
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


def simulated_trial(seed: int) -> KnownTrial:
    """A trial of 120 to 400 patients by chance of its seed.

    Weibull hazards of shape 0.8 to 1.5, hazard ratio 0.2 to 1, in half of the trials waning over time; accrual over
    half of follow-up and some loss; times in whole days, given in months; in half of the trials progression is found at
    scans every three months, give or take a week.

    >>> trial = simulated_trial(1)
    >>> len(trial.time), int(trial.event.sum()), trial.step
    (163, 90, 2.5)
    """
    rng = np.random.default_rng([seed, 177])
    n = rng.integers(60, 201, 2)
    arm = np.repeat([0, 1], n)
    shape, median = rng.uniform(0.8, 1.5), rng.uniform(6, 18)
    hr = np.exp(rng.uniform(np.log(0.2), 0))
    waning = rng.random() < 0.5
    uniform = -np.log(rng.random(arm.size))
    scale = median / np.log(2) ** (1 / shape)
    time = scale * np.where(arm == 1, uniform / hr, uniform) ** (1 / shape)
    if waning:  # the hazard ratio is half as far from 1, in logarithm, after the reference arm's median
        cut = (median / scale) ** shape * hr
        later = (arm == 1) & (uniform > cut)
        time[later] = scale * ((median / scale) ** shape + (uniform[later] - cut) / np.sqrt(hr)) ** (1 / shape)
    if rng.random() < 0.5:
        time = 3 * np.ceil(time / 3) + np.where(rng.random(arm.size) < 0.85, rng.normal(0, 0.25, arm.size), -1.5)
    accrual = rng.uniform(12, 24)
    leave = np.minimum(
        rng.uniform(0.4, 1.0) * accrual + rng.uniform(0, accrual, arm.size), rng.exponential(60, arm.size)
    )
    days = np.maximum(1, np.round(np.minimum(time, leave) * DAYS_A_MONTH))
    return KnownTrial(f"simulated {seed}", "simulated", days / DAYS_A_MONTH, (time <= leave).astype(np.int64), arm)


def shipped(names: Iterable[str] = DATA_SETS) -> list[KnownTrial]:
    """Public data sets, as bundled with lifelines.

    >>> [len(trial.time) for trial in shipped(["leukemia"])]
    [42]
    """
    from lifelines import datasets

    trials = []
    for name in names:
        loader, time, event, arm, about = DATA_SETS[name]
        table = getattr(datasets, loader)()
        trials.append(
            KnownTrial(
                f"{name}: {about}",
                "lifelines",
                table[time].to_numpy(dtype=float),
                table[event].to_numpy().astype(np.int64),
                arm(table).to_numpy().astype(np.int64),
            )
        )
    return trials


def assess_curve(trial: KnownTrial, seed: int = 1) -> pd.DataFrame:
    """Reconstruct from clean corners without events, and from noisy clicks with events; one row a quantity."""
    rows = []
    for setting, curve, arms in (
        ("clean curve", trial.corners(), trial.arms.drop(columns="events")),
        ("noisy clicks", trial.clicks(seed), trial.arms),
    ):
        found = from_curve(curve, trial.at_risk, arms)
        for a in (0, 1):
            count = int(found.event[0, found.arm == a].sum())
            rows.append((trial.name, trial.source, setting, f"events{a}", float(trial.own(a)[1].sum()), float(count)))
        for quantity in ("hr", "median0", "median1", "rmst0", "rmst1"):
            value = float(found.values(quantity, trial.when(quantity))[0])
            rows.append((trial.name, trial.source, setting, quantity, trial.truth(quantity), value))
    return pd.DataFrame(rows, columns=["trial", "source", "setting", "quantity", "true", "estimate"])


def assess_summaries(trial: KnownTrial, draws: int = 200, seed: int = 1) -> pd.DataFrame:
    """Withhold hazard ratio and P value, both rates, or both medians, and estimate what was withheld.

    Columns trial, source, setting, quantity, true, estimate, low, high (95%), low50, high50, draws, tried. The rows of
    a setting have no estimate where the sampler found no patients.
    """
    rows = []
    for setting, names in WITHHELD.items():
        printed = trial.summaries
        given = {name: value for name, value in printed.items() if name not in names}
        if setting == "rates":
            del given["landmark"]
        try:
            found = from_summaries(trial.at_risk, trial.arms, given, draws=draws, seed=seed, jobs=1)
        except Conflict:
            found = None
        for quantity in TARGETS[setting]:
            true = trial.truth(quantity)
            if not np.isfinite(true):
                continue
            row = [trial.name, trial.source, f"{setting} withheld", quantity, true]
            if found is None:
                rows.append([*row, *[np.nan] * 5, 0, 0])
                continue
            wide, narrow = (found.estimate(quantity, trial.when(quantity), level) for level in (0.95, 0.5))
            ends = [wide.value, wide.low, wide.high, narrow.low, narrow.high]
            rows.append([*row, *ends, found.draws, found.tried])
    columns = ["trial", "source", "setting", "quantity", "true", "estimate"]
    columns += ["low", "high", "low50", "high50", "draws", "tried"]
    return pd.DataFrame(rows, columns=columns)


def assess(trial: KnownTrial, draws: int = 200, seed: int = 1) -> pd.DataFrame:
    """All settings of one trial."""
    return pd.concat([assess_curve(trial, seed), assess_summaries(trial, draws, seed)], ignore_index=True)


def study(
    trials: Sequence[KnownTrial],
    draws: int = 200,
    seed: int = 1,
    jobs: int = -1,
    scheduler: str | None = None,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Every trial assessed, over processes of this machine or the workers of a Dask cluster.

    Parameters
    ----------
    jobs : processes, at most one a core; -1 for one a core.
    scheduler : address of a Dask scheduler, e.g. tcp://10.0.0.1:8786; needs the extra ``cluster``.
    progress : called after each trial.

    The result does not depend on how the work was spread.
    """
    parts = []
    if scheduler is None:
        tasks = (delayed(assess)(trial, draws, seed) for trial in trials)
        for part in Parallel(n_jobs=min(jobs, cpu_count()), return_as="generator")(tasks):
            parts.append(part)
            progress()
    else:
        from distributed import Client

        with Client(scheduler) as client:
            for future in [client.submit(assess, trial, draws, seed, pure=False) for trial in trials]:
                parts.append(future.result())
                progress()
    return pd.concat(parts, ignore_index=True)


def errors(results: pd.DataFrame) -> pd.Series:
    """Error of each estimate: log hazard ratio; percent of medians and restricted means; points of rates; events."""
    both = results["estimate"], results["true"]
    kind = results["quantity"].str.rstrip("01")
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.Series(
            np.select(
                [kind == "hr", kind.isin(["median", "rmst"]), kind == "survival"],
                [np.log(both[0] / both[1]), 100 * (both[0] / both[1] - 1), 100 * (both[0] - both[1])],
                both[0] - both[1],
            ),
            index=results.index,
        )


def accuracy(results: pd.DataFrame) -> pd.DataFrame:
    """Median and 90th percentile of the absolute error by setting and kind of quantity, and the share exact."""
    table = results.assign(error=errors(results).abs(), kind=results["quantity"].str.rstrip("01"))
    table = table[~table["error"].isna() & np.isfinite(table["true"])]
    grouped = table.groupby(["setting", "kind"], sort=False)["error"]
    return pd.DataFrame(
        {
            "cases": grouped.size(),
            "median": grouped.median(),
            "90th percentile": grouped.quantile(0.9),
            "exact, %": grouped.apply(lambda error: 100 * (error < 1e-9).mean()),
        }
    ).reset_index()


def coverage(results: pd.DataFrame) -> pd.DataFrame:
    """Share of the truths inside the 95% and the 50% interval, in percent, by setting and kind, and over all."""
    table = results.dropna(subset=["low"])
    table = table.assign(
        kind=table["quantity"].str.rstrip("01"),
        wide=100.0 * table["true"].between(table["low"] - 1e-9, table["high"] + 1e-9),
        narrow=100.0 * table["true"].between(table["low50"] - 1e-9, table["high50"] + 1e-9),
    )
    parts = [*table.groupby(["setting", "kind"], sort=False), (("all", ""), table)]
    rows = [(setting, kind, len(part), part["wide"].mean(), part["narrow"].mean()) for (setting, kind), part in parts]
    return pd.DataFrame(rows, columns=["setting", "kind", "cases", "inside 95%", "inside 50%"])


def stored_results(folder: Path, name: str = "validation") -> pd.DataFrame:
    """Results of a full study as stored in a data folder: ``validation``, by ``netterbook validate``, or ``peers``."""
    return pd.read_csv(folder / "reconstruction" / f"{name}.csv")


def standardised_errors(results: pd.DataFrame) -> pd.DataFrame:
    """How far each truth lies from its estimate in standard errors of the interval; columns kind and deviation added.

    The logarithm is taken of hazard ratios. 95% of the deviations should lie within 1.96 of 0.
    """
    table = results[np.isfinite(results["low"]) & np.isfinite(results["high"])].copy()
    columns = ["true", "estimate", "low", "high"]
    values = table[columns].where(table["quantity"] != "hr", np.log(table[columns]))
    width = (values["high"] - values["low"]) / (2 * Z95)
    table["kind"] = table["quantity"].str.rstrip("01").map(KINDS)
    table["deviation"] = (values["true"] - values["estimate"]) / width.where(width > 0, np.nan)
    return table.dropna(subset=["deviation"])


def for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """A table of results for readers: quantities named, the arm beside them, headings with capitals.

    >>> for_readers(pd.DataFrame({"quantity": ["survival1", "hr"], "true": [0.5, 0.4]})).to_numpy().tolist()
    [['landmark rate, arm 1', 0.5], ['hazard ratio', 0.4]]
    """
    table = table.copy()
    if "quantity" in table:
        stem, arm = table["quantity"].str.rstrip("01"), table["quantity"].str.extract(r"([01])$", expand=False)
        table["quantity"] = stem.map(KINDS) + (", arm " + arm).fillna("")
    if "kind" in table:
        table["kind"] = table["kind"].replace(KINDS)
    return table.rename(columns={"kind": "quantity"}).rename(columns=lambda name: name[:1].upper() + name[1:])


def agreement(live: pd.DataFrame, stored_: pd.DataFrame) -> pd.Series:
    """Whether estimates of a repeated run agree with the stored ones: within a third of the stored interval, or 1%."""
    both = live.merge(stored_, on=["trial", "setting", "quantity"], suffixes=("", "_stored"))
    gap = (both["estimate"] - both["estimate_stored"]).abs().where(np.isfinite(both["estimate"]), 0)
    width = (both["high_stored"] - both["low_stored"]).where(lambda x: np.isfinite(x), 0)
    return gap <= np.maximum(width / 3, 0.01 * both["estimate_stored"].abs())
