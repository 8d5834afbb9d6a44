"""Compile all inner loops before they are needed: ``python -m netterbook.precompile``."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from netterbook.compiled import cache_folder, drop_outdated
from netterbook.dosimetry.immortal import FollowUp, analyse, split_by_dose
from netterbook.methods import patients
from netterbook.methods.interim import simulate_trials
from netterbook.reconstruction import from_curve, from_summaries


def precompile() -> None:
    """Call every compiled function once, on the smallest input, with the types that the library calls it with."""
    time, event, arm = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 1, 0, 1, 1], [0, 1, 0, 1, 0, 1]
    patients.cox(time, event, arm)
    patients.log_rank(time, event, arm)
    patients.median_survival(time, event)
    patients.rmst(time, event, 4)
    analyse(FollowUp(*(np.array([x]) for x in (time, event, [2.5, 0.5, 9.0, 1.5, 9.0, 2.5]))), 2.5)
    split_by_dose(np.array([[1.0, 2.0]]), np.array([2]), np.random.default_rng(1), trials=1, patients=9,
                  median_months=5, interval_months=2, follow_up_months=(5, 9))  # fmt: skip
    simulate_trials(0.8, 30, 12, 12, (10, 10), 5, 10, trials=1)

    arms = pd.DataFrame({"arm": [0, 1], "n": [20, 20], "events": [9, 9], "tmax": [9, 9]})
    at_risk = pd.DataFrame({"arm": [0, 0, 1, 1], "time": [0, 3, 0, 3], "n_risk": [20, 15, 20, 15]})
    from_summaries(at_risk, arms, {"hr": "1"}, draws=1)
    clean = pd.DataFrame({"arm": 0, "time": [1.0, 2.0], "survival": [0.95, 0.9]})
    clicked = pd.DataFrame({"arm": 0, "time": np.linspace(0, 8, 9), "survival": np.linspace(1, 0.531, 9)})
    for curve in (clean, clicked):
        from_curve(curve, at_risk.iloc[:2], arms.iloc[:1].drop(columns="events"))


if __name__ == "__main__":
    folder = cache_folder()
    if folder is None or not any(folder.rglob("*.nbi")):
        print("Compiling the inner loops, once for this machine: up to a minute ...", file=sys.stderr, flush=True)
    precompile()
    drop_outdated()
