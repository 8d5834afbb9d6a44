"""Accuracy of patients reconstructed from digitised curves, on comparisons whose patients are known.

``python benchmarks/curve_accuracy.py [FOLDER] [--trials benchmark own held-out] [--studies …] [--seeds 6]``

Curves and tables are made from the patients, so that each study changes one thing of what a paper shows: a clean curve
(every lower corner) or clicks (a hundred, that err by 0.3 % of either axis), the events known or not, the table counted
otherwise, one of its numbers off by one, heights rounded. ``own`` and ``held-out`` are public data sets bundled with
lifelines and simulated trials; the held-out half is for the end only. ``benchmark`` is a folder of ``ipd.csv`` (case,
arm, time, event), ``nar.csv`` (case, arm, time, n_risk), ``truth.csv`` (case, tau) and, for other software,
``peer_results.csv``. The last study says how far seeds of the walk that fits clicks are apart.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
import pandas as pd
from lifelines import datasets

from netterbook.errors import DataError
from netterbook.methods.patients import cox, kaplan_meier, rmst
from netterbook.reconstruction import clicked_curve
from netterbook.reconstruction.curve import from_curve

CLICKS, ERROR = 60, 0.003


class Trial(NamedTuple):
    """A comparison whose patients are known."""

    name: str
    patients: pd.DataFrame
    """Columns arm, time, event."""
    grid: dict[int, np.ndarray]
    """Times of the numbers at risk of each arm."""
    tau: float


class Shown(NamedTuple):
    """What a paper shows of a trial."""

    curve: pd.DataFrame
    at_risk: pd.DataFrame
    arms: pd.DataFrame


# Trials


def trial(name: str, time, event, arm, columns: int = 8) -> Trial:
    """A trial with a table of about that many columns."""
    patients = pd.DataFrame(
        {"arm": np.asarray(arm, int), "time": np.asarray(time, float), "event": np.asarray(event, int)}
    )
    longest = patients.time.max()
    step = longest / columns
    step = round(step, -int(np.floor(np.log10(step))))
    grid = {a: np.arange(0, own.time.max() + 1e-9, step) for a, own in patients.groupby("arm")}
    return Trial(name, patients, grid, float(0.9 * patients.groupby("arm").time.max().min()))


def from_folder(folder: Path) -> list[Trial]:
    tables = [dict(iter(pd.read_csv(folder / f"{name}.csv").groupby("case"))) for name in ("ipd", "nar", "truth")]
    return [
        Trial(
            case,
            own[["arm", "time", "event"]],
            {arm: rows.time.to_numpy() for arm, rows in tables[1][case].groupby("arm")},
            tables[2][case].tau.iloc[0],
        )
        for case, own in tables[0].items()
    ]


def real_trials() -> Iterator[Trial]:
    """Comparisons in data sets that lifelines bundles, other than those of the folder."""
    waltons, kidney, lung = datasets.load_waltons(), datasets.load_kidney_transplant(), datasets.load_lung()
    gbsg2, leukemia, larynx = datasets.load_gbsg2(), datasets.load_leukemia(), datasets.load_larynx()
    rossi, dd, glioma = datasets.load_rossi(), datasets.load_dd(), datasets.load_g3()
    lung = lung.dropna(subset=["time", "status", "ph.ecog"])
    yield trial("waltons", waltons["T"], waltons["E"], waltons["group"] == "control")
    black = kidney.black_male + kidney.black_female
    yield trial("kidney, race", kidney.time / 30.4375, kidney.death, black)
    yield trial("kidney, age", kidney.time / 30.4375, kidney.death, kidney.age > 50, 10)
    yield trial("lung, performance", lung.time / 30.4375, lung.status, lung["ph.ecog"] >= 2, 6)
    yield trial("lung, age", lung.time / 7, lung.status, lung.age > 65)
    yield trial("breast cancer, hormone", gbsg2.time / 30.4375, gbsg2.cens, gbsg2.horTh == "yes")
    yield trial("breast cancer, menopause", gbsg2.time / 365.25, gbsg2.cens, gbsg2.menostat == "Post", 6)
    yield trial("breast cancer, size", gbsg2.time, gbsg2.cens, gbsg2.tsize > 30, 5)
    yield trial("leukaemia, 6-MP", leukemia.t, leukemia.status, 1 - leukemia.Rx)
    yield trial("leukaemia, cells", leukemia.t, leukemia.status, leukemia.logWBC > 3, 5)
    yield trial("larynx, stage 4", larynx.time, larynx.death, larynx.Stage_IV, 10)
    yield trial("larynx, age", larynx.time, larynx.death, larynx.age > 65, 5)
    yield trial("rearrest, priors", rossi.week, rossi.arrest, rossi.prio > 2, 6)
    yield trial("rearrest, married", rossi.week, rossi.arrest, rossi.mar, 4)
    yield trial("regimes, democracy", dd.duration, dd.observed, dd.democracy == "Democracy")
    yield trial("regimes, Asia", dd.duration, dd.observed, dd.un_continent_name == "Asia")
    yield trial("glioma", glioma.time, glioma.event, glioma.group == "RIT", 6)


def simulated(seed: int) -> Trial:
    """Proportional, delayed, crossing or cured; entry over time or a common end; exact or in days, weeks, months."""
    rng = np.random.default_rng([20, seed])
    n = int(rng.choice([30, 60, 120, 200, 300, 500, 1000]))
    arm, kind = np.arange(n) % 2, seed % 4
    shape, scale = rng.uniform(0.8, 1.6), rng.uniform(8, 30)
    event_time = scale * rng.weibull(shape, n)
    ratio = rng.uniform(0.4, 1.0)
    if kind == 0:
        event_time = np.where(arm == 1, event_time / ratio ** (1 / shape), event_time)
    elif kind == 1:
        event_time = np.where((arm == 1) & (event_time > 5), 5 + (event_time - 5) / ratio, event_time)
    elif kind == 2:
        event_time = np.where(arm == 1, scale * rng.weibull(2 * shape, n), event_time)
    else:
        event_time = np.where(rng.random(n) < 0.15 + 0.2 * arm, np.inf, event_time)
    common = rng.random() < 0.3
    end = np.full(n, rng.uniform(15, 40)) if common else rng.uniform(rng.uniform(2, 12), rng.uniform(24, 40), n)
    end = np.minimum(end, rng.exponential(rng.choice([60.0, 300.0]), n))
    time, event = np.minimum(event_time, end), event_time <= end
    unit = [0, 1 / 30.4375, 7 / 30.4375, 1][int(rng.choice(4, p=[0.4, 0.3, 0.15, 0.15]))]
    if unit:
        time = np.ceil(time / unit) * unit
    return trial(f"simulated {seed}", time, event, arm, int(rng.integers(4, 11)))


def large(seed: int, n: int = 4000) -> Trial:
    """Two arms of ``n`` patients."""
    rng = np.random.default_rng([21, seed])
    arm, shape, scale = np.arange(2 * n) % 2, rng.uniform(0.8, 1.5), rng.uniform(8, 40)
    event_time = scale * rng.weibull(shape, 2 * n) * np.where(arm == 1, rng.uniform(1, 1.5), 1)
    end = np.minimum(rng.uniform(rng.uniform(1, 20), 40, 2 * n), rng.exponential(rng.choice([80.0, 400.0]), 2 * n))
    return trial(f"large {seed}", np.minimum(event_time, end), event_time <= end, arm)


def own_trials(held_out: bool) -> list[Trial]:
    """Every other real trial, and simulated ones of odd or even hundreds."""
    first = 1000 if held_out else 0
    return [*list(real_trials())[held_out::2], *(simulated(first + seed) for seed in range(24))]


# What is shown of them


def corners(time, event, decimals: int = 8):
    km = kaplan_meier(time, event)
    drop = km.events > 0
    return np.append(0, km.time[drop]), np.append(1, np.round(km.survival[drop], decimals))


def clicks(time, event, rng, axis):
    """Lower corners, sixty at most, and forty points between them, blurred alike across and up."""
    km = kaplan_meier(time, event)
    drop = km.time[km.events > 0]
    if len(drop) > CLICKS:
        drop = np.sort(rng.choice(drop, CLICKS, replace=False))
    at = np.concatenate([drop, np.linspace(0, np.max(time), 40)])
    height = np.append(1, km.survival)[np.searchsorted(km.time, at, side="right")]
    at = np.clip(at + rng.normal(0, ERROR * axis, len(at)), 0, None)
    height = np.round(np.clip(height + rng.normal(0, ERROR, len(at)), 0, 1), 3)
    order = np.argsort(at, kind="stable")
    return np.append(0, at[order]), np.append(1, height[order])


def shown(own: Trial, read: Callable, after: bool = False) -> Shown:
    """``read`` makes the points of an arm's curve; ``after``: numbers at risk are of those with time > t."""
    curve, at_risk, arms = [], [], []
    for arm, rows in own.patients.groupby("arm"):
        time, event, grid = rows.time.to_numpy(), rows.event.to_numpy(), own.grid[arm]
        at, survival = read(time, event)
        n_risk = [(time > t).sum() if after and t > 0 else (time >= t).sum() for t in grid]
        curve.append(pd.DataFrame({"arm": arm, "time": at, "survival": survival}))
        at_risk.append(pd.DataFrame({"arm": arm, "time": grid, "n_risk": n_risk}))
        arms.append({"arm": arm, "n": len(time), "events": event.sum(), "tmax": time.max()})
    return Shown(pd.concat(curve), pd.concat(at_risk, ignore_index=True), pd.DataFrame(arms))


def off_by_one(paper: Shown, rng) -> Shown:
    """One number at risk one too high or too low, so that they still fall; those at time 0 are right."""
    wrong = []
    for row in paper.at_risk.index[paper.at_risk.time > 0]:
        for by in (-1, 1):
            changed = paper.at_risk.copy()
            changed.loc[row, "n_risk"] += by
            own = changed[changed.arm == changed.arm[row]]
            if (np.diff(own.n_risk) <= 0).all() and own.n_risk.min() >= 0:
                wrong.append(changed)
    return paper._replace(at_risk=wrong[rng.integers(len(wrong))])


def blurred(own: Trial, rng) -> Shown:
    return shown(own, partial(clicks, rng=rng, axis=own.patients.time.max()))


STUDIES: dict[str, tuple[Callable, bool, int]] = {
    "clean": (lambda own, rng: shown(own, corners), False, 1),
    "clean, events known": (lambda own, rng: shown(own, corners), True, 1),
    "clean, one number off by one": (lambda own, rng: off_by_one(shown(own, corners), rng), False, 3),
    "clean, table of time > t": (lambda own, rng: shown(own, corners, after=True), False, 1),
    "clean, rounded to .001": (lambda own, rng: shown(own, partial(corners, decimals=3)), False, 1),
    "clean, .001, events known": (lambda own, rng: shown(own, partial(corners, decimals=3)), True, 1),
    "clean, no table": (lambda own, rng: shown(own, corners), False, 1),
    "clicks, events known": (blurred, True, 0),
    "clicks": (blurred, False, 0),
    "clicks, no table": (blurred, False, 1),
}  # fmt: skip
"""How each is made, whether the events are known, and how often a trial is tried: 0, as often as there are seeds."""


# Errors


def errors(own: Trial, paper: Shown) -> list[dict]:
    """Errors of every arm: of the log hazard ratio, the median and restricted mean in percent, and of the events."""
    start = process_time()
    try:
        made = from_curve(*paper)
    except DataError as refusal:
        return [{"trial": own.name, "refused": str(refusal)}]
    ms, rows, got = 500 * (process_time() - start), [], made.patients
    ratios = [cox(x.time, x.event, x.arm) for x in (got, own.patients)]
    difference = np.log(ratios[0].hr / ratios[1].hr)
    for arm, real in own.patients.groupby("arm"):
        mine = got[got.arm == arm]
        row = {"trial": own.name, "arm": arm, "log_hr": abs(difference), "ms": ms, "refused": ""}
        kms = [kaplan_meier(x.time, x.event) for x in (mine, real)]
        medians = [next(iter(km.time[km.survival <= 0.5 + 1e-9]), np.nan) for km in kms]
        tau = min(own.tau, mine.time.max())
        means = [rmst(x.time, x.event, tau).value for x in (mine, real)]
        row["median"], row["rmst"] = (100 * abs(a / b - 1) for a, b in (medians, means))
        row["missed"] = np.isnan(medians[0]) != np.isnan(medians[1])
        row["exact"] = mine.event.sum() == real.event.sum()
        row["signed_log_hr"], row["se"] = np.log(ratios[0].hr), ratios[0].standard_error
        row["log_median"], row["log_rmst"] = np.log(medians[0]), np.log(means[0])
        rows.append(row)
    return rows


def measure(trials: list[Trial], study: str, seeds: int) -> pd.DataFrame:
    make, known, times = STUDIES[study]
    rows = []
    for number, own in enumerate(trials):
        for seed in range(times or seeds):
            paper = make(own, np.random.default_rng([number, seed]))
            paper = paper if known else paper._replace(arms=paper.arms.drop(columns="events"))
            paper = paper._replace(at_risk=paper.at_risk.iloc[:0]) if "no table" in study else paper
            rows += [{"seed": seed, **row} for row in errors(own, paper)]
    return pd.DataFrame(rows)


def summary(log_hr, median, rmst, exact, ms) -> dict[str, str]:
    def middle(values, digits):
        return f"{np.nanmedian(values):.{digits}f} / {np.nanquantile(values, 0.9):.{digits}f}"

    return {
        "|log HR error|": middle(log_hr, 4),
        "median %": middle(median, 2),
        "RMST %": middle(rmst, 2),
        "events exact": f"{np.mean(np.asarray(exact, float)):.0%}",
        "ms an arm": f"{np.nanmedian(ms):.1f}",
    }


def summarise(got: pd.DataFrame) -> dict[str, object]:
    done = got[got.refused == ""]
    once = done.drop_duplicates(["trial", "seed"]).log_hr
    columns = summary(once, done["median"], done.rmst, done.exact, done.ms)
    return {**columns, "medians missed": int(done.missed.sum()), "refused": int((got.refused != "").sum())}


def peers(folder: Path) -> pd.DataFrame:
    """What other software made of clean curves and of clicks on the folder's trials."""
    table = pd.read_csv(folder / "peer_results.csv")
    rows = []
    for (kind, known, tool), own in table[table.ok].groupby(["curve", "events", "tool"]):
        both = [pd.concat([own[f"{name}0"], own[f"{name}1"]]).abs() for name in ("med_pct", "rmst_pct", "ev_err")]
        errors = own.abs_dloghr, both[0], both[1], both[2].dropna() == 0, own.cpu_arm_ms
        rows.append({"curve": kind, "events": known, "tool": f"{tool} ({len(own)} cases)", **summary(*errors)})
    return pd.DataFrame(rows)


def spread(trials: list[Trial], known: bool, seeds: int) -> dict[str, str]:
    """Standard deviations over seeds of the walk, from the same clicks: median / 90th percentile."""
    runs = []
    for seed in range(1, seeds + 1):
        clicked_curve.WALK_SEED = seed
        runs.append(measure(trials, "clicks, events known" if known else "clicks", 1))
    each = pd.concat(runs).groupby(["trial", "arm"])
    apart = each[["signed_log_hr", "log_median", "log_rmst"]].std()
    log_hr = apart.signed_log_hr.groupby("trial").first()
    columns = {
        "log HR": log_hr,
        "log HR, % of its standard error": 100 * log_hr / each.se.first().groupby("trial").first(),
        "median %": 100 * apart.log_median,
        "RMST %": 100 * apart.log_rmst,
    }
    return {name: f"{x.median():.4f} / {x.quantile(0.9):.4f}" for name, x in columns.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--trials", nargs="+", default=["benchmark"], choices=["benchmark", "own", "held-out", "large"])
    parser.add_argument("--studies", nargs="+", default=list(STUDIES), choices=list(STUDIES))
    parser.add_argument("--seeds", type=int, default=6, help="of the clicks")
    parser.add_argument("--walks", type=int, default=0, help="seeds of the walk to compare")
    parser.add_argument("--save", type=Path, help="CSV file for the errors of every arm")
    given = parser.parse_args()
    made = {
        "benchmark": lambda: from_folder(given.folder),
        "own": lambda: own_trials(held_out=False),
        "held-out": lambda: own_trials(held_out=True),
        "large": lambda: [large(seed) for seed in range(6)],
    }
    rows, kept = [], []
    errors(simulated(0), blurred(simulated(0), np.random.default_rng(0)))  # compiles
    errors(simulated(0), shown(simulated(0), corners))
    for name in given.trials:
        trials = made[name]()
        for study in given.studies:
            got = measure(trials, study, given.seeds)
            kept.append(got.assign(trials=name, study=study))
            rows.append({"trials": f"{len(trials)} {name}", "study": study, **summarise(got)})
            print(*rows[-1].values(), sep=" | ", flush=True)
        for known in (True, False) if given.walks else ():
            print(
                name, "seeds of the walk, events", "known:" if known else "unknown:", spread(trials, known, given.walks)
            )
    print("median / 90th percentile over trials (hazard ratio) and arms")
    print(pd.DataFrame(rows).to_string(index=False))
    if "benchmark" in given.trials and (given.folder / "peer_results.csv").exists():
        print(peers(given.folder).to_string(index=False))
    if given.save:
        pd.concat(kept).to_csv(given.save, index=False)


if __name__ == "__main__":
    main()
