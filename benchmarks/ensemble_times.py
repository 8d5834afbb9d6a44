"""CPU seconds of an ensemble from printed summaries, and how many independent draws it is worth, by size of the trial.

.venv/bin/python benchmarks/ensemble_times.py --patients 60 230 1000 --draws 200

Exponential times with a hazard ratio of 0.6, accrual over half of follow-up. Printed are numbers at risk, events, and
medians and rates with their limits; the hazard ratio and the P value are not given. One core, compiled beforehand, no
more draws than asked for, whether converged or not. Effective draws are of the middle of the distribution (bulk).
"""

import argparse
import time

import numpy as np
import pandas as pd

from netterbook.reconstruction import from_summaries
from netterbook.reconstruction.known import KnownTrial

MEDIAN, RATIO, FOLLOW_UP = 10.0, 0.6, 36.0  # months
DAYS_A_MONTH = 365.25 / 12


def trial(patients: int, seed: int) -> KnownTrial:
    """Patients in days, given in months."""
    rng = np.random.default_rng([patients, seed])
    arm = np.arange(patients) % 2
    lost = rng.exponential(MEDIAN / np.log(2) / np.where(arm == 1, RATIO, 1.0))
    leave = rng.uniform(FOLLOW_UP / 2, FOLLOW_UP, patients)
    days = np.maximum(1, np.round(np.minimum(lost, leave) * DAYS_A_MONTH))
    return KnownTrial(f"{patients}", "exponential", days / DAYS_A_MONTH, (lost <= leave).astype(np.int64), arm)


def ensemble(known: KnownTrial, draws: int, seed: int) -> tuple[float, pd.DataFrame | None, int]:
    """CPU seconds, table of convergence, and draws found."""
    summaries = {name: value for name, value in known.summaries.items() if name[:2] not in ("hr", "lo")}
    start = time.process_time()
    found = from_summaries(known.at_risk, known.arms, summaries, draws=draws, seed=seed, jobs=1, budget=1)
    return time.process_time() - start, found.convergence, found.draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, nargs="+", default=[60, 230, 1000, 4000, 10000])
    parser.add_argument("--draws", type=int, default=200, help="100 or more, for effective draws to be reckoned")
    parser.add_argument("--seeds", type=int, default=1, help="trials of each size")
    options = parser.parse_args()
    ensemble(trial(60, 0), 4, 0)
    rows = []
    for patients in options.patients:
        for seed in range(1, options.seeds + 1):
            seconds, table, draws = ensemble(trial(patients, seed), options.draws, seed)
            row = {"patients": patients, "seed": seed, "draws": draws, "CPU s": round(seconds, 1)}
            if table is not None:
                row |= {
                    f"{name} eff.": round(bulk) for name, bulk in zip(table["quantity"], table["bulk"], strict=True)
                }
                row["ms / eff., slowest"] = round(1000 * seconds / table["bulk"].min(), 1)
            rows.append(row)
            print(pd.DataFrame([row]).to_string(index=False), flush=True)
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
