"""Accuracy of patients reconstructed from digitised curves, on cases whose patients are known, next to other software.

``python benchmarks/curve_accuracy.py FOLDER [SEEDS]`` prints the table and, with several seeds of the walk that fits
clicks, how far they are apart. The folder holds ``arms.csv`` (case, arm, n, events,
tmax), ``nar.csv`` (case, arm, time, n_risk), ``curve_perfect.csv`` and ``curve_noisy.csv`` (case, arm, time, survival),
``truth.csv`` (case, hr, tau, and median and rmst of either arm) and, for other software, ``peer_results.csv``.
"""

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from netterbook.methods.patients import cox, kaplan_meier, rmst
from netterbook.reconstruction import curve as module
from netterbook.reconstruction.curve import from_curve

SETTINGS = [("perfect", False), ("perfect", True), ("noisy", True), ("noisy", False)]


def measure(folder: Path, kind: str, events_known: bool) -> pd.DataFrame:
    """Errors of every arm: of the log hazard ratio, the median and restricted mean in percent, and of the events."""
    names = {"arms": "arms", "curve": f"curve_{kind}", "at_risk": "nar", "truth": "truth"}
    tables = {name: dict(iter(pd.read_csv(folder / f"{file}.csv").groupby("case"))) for name, file in names.items()}
    rows = []
    for case in tables["arms"]:
        arms, curve, at_risk, truth = (tables[name][case].drop(columns="case") for name in names)
        truth = truth.iloc[0]
        start = perf_counter()
        patients = from_curve(curve, at_risk, arms if events_known else arms.drop(columns="events")).patients
        seconds = perf_counter() - start
        hazard_ratio = cox(patients.time, patients.event, patients.arm)
        log_hr = abs(np.log(hazard_ratio.hr / truth.hr))
        for arm, n, events in zip(arms.arm, arms.n, arms.events, strict=True):
            time, event = patients.loc[patients.arm == arm, ["time", "event"]].to_numpy().T
            grid = at_risk[at_risk.arm == arm]
            kept = len(time) == n and all((time >= t).sum() == r for t, r in zip(grid.time, grid.n_risk, strict=True))
            km = kaplan_meier(time, event)
            below = km.survival <= 0.5 + 1e-9  # the truth's median is where it first is
            median = km.time[below][0] if below.any() else np.nan
            row = {"case": case, "arm": arm, "log_hr": log_hr, "ms": 500 * seconds}
            row["median"] = 100 * abs(median / truth[f"median{arm}"] - 1)
            row["median_missed"] = np.isnan(median) != np.isnan(truth[f"median{arm}"])
            row["rmst"] = 100 * abs(rmst(time, event, truth.tau).value / truth[f"rmst{arm}"] - 1)
            row["exact"], row["kept"] = event.sum() == events, kept
            row["signed_log_hr"], row["se"] = np.log(hazard_ratio.hr), hazard_ratio.standard_error
            row["log_median"], row["log_rmst"] = np.log(median), np.log(rmst(time, event, truth.tau).value)
            rows.append(row)
    return pd.DataFrame(rows)


def summary(log_hr, median, rmst, exact, ms) -> dict[str, str]:
    def middle(values, digits):
        return f"{np.nanmedian(values):.{digits}f} / {np.nanquantile(values, 0.9):.{digits}f}"

    return {
        "|log HR error|": middle(log_hr, 4),
        "median %": middle(median, 2),
        "RMST %": middle(rmst, 2),
        "events exact": f"{np.mean(exact):.0%}",
        "ms an arm": f"{np.nanmedian(ms):.1f}",
    }


def spread(folder: Path, events_known: bool, seeds: int) -> dict[str, str]:
    """Standard deviations over seeds of the walk, from noisy curves: median / 90th percentile."""
    runs = []
    for seed in range(1, seeds + 1):
        module.WALK_SEED = seed
        runs.append(measure(folder, "noisy", events_known).assign(seed=seed))
    each = pd.concat(runs).groupby(["case", "arm"])
    apart = each[["signed_log_hr", "log_median", "log_rmst"]].std()
    log_hr = apart.signed_log_hr.groupby("case").first()
    columns = {
        "log HR": log_hr,
        "log HR, % of its standard error": 100 * log_hr / each.se.first().groupby("case").first(),
        "median %": 100 * apart.log_median,
        "RMST %": 100 * apart.log_rmst,
    }
    return {name: f"{x.median():.4f} / {x.quantile(0.9):.4f}" for name, x in columns.items()}


def main(folder: Path, seeds: int = 1) -> None:
    rows = []
    for kind in ("perfect", "noisy"):  # compiles
        measure(folder, kind, True)
    for kind, known in SETTINGS:
        got = measure(folder, kind, known)
        errors = got.drop_duplicates("case").log_hr, got["median"], got.rmst, got.exact, got.ms
        row = {"curve": kind, "events": "known" if known else "unknown", "tool": "netterbook", **summary(*errors)}
        rows.append({**row, "n and at risk": f"{got.kept.mean():.0%}", "medians missed": int(got.median_missed.sum())})
    if (folder / "peer_results.csv").exists():
        peers = pd.read_csv(folder / "peer_results.csv")
        for (kind, known, tool), own in peers[peers.ok].groupby(["curve", "events", "tool"]):
            both = [pd.concat([own[f"{name}0"], own[f"{name}1"]]).abs() for name in ("med_pct", "rmst_pct", "ev_err")]
            errors = own.abs_dloghr, both[0], both[1], both[2].dropna() == 0, own.cpu_arm_ms
            rows.append({"curve": kind, "events": known, "tool": f"{tool} ({len(own)} cases)", **summary(*errors)})
    table = pd.DataFrame(rows).fillna("").sort_values(["curve", "events"], kind="stable", ascending=[False, True])
    print("median / 90th percentile over cases (hazard ratio) and arms")
    print(table.to_string(index=False))
    if seeds > 1:
        print(f"standard deviation over {seeds} seeds of the walk")
        apart = [{"events": "known" if known else "unknown", **spread(folder, known, seeds)} for known in (True, False)]
        print(pd.DataFrame(apart).to_string(index=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
