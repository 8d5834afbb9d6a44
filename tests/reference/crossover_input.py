"""Writes crossover_input.csv: a simulated trial in which control patients cross over at progression."""

from pathlib import Path

import numpy as np
import pandas as pd


def patients(seed=177, n=120):
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1], n)
    untreated, progression = rng.exponential(30, 2 * n), rng.exponential(10, 2 * n)
    crossed = (arm == 0) & (progression < untreated) & (rng.random(2 * n) < 0.7)
    death = np.where(
        arm == 1, untreated * 1.8, np.where(crossed, progression + (untreated - progression) * 1.8, untreated)
    )
    end = rng.uniform(40, 70, 2 * n)
    time = np.minimum(death, end)
    on = np.where(arm == 1, time, np.where(crossed, np.maximum(time - progression, 0), 0))
    return pd.DataFrame({"time": time, "event": (death <= end).astype(int), "arm": arm, "on": on, "end": end})


if __name__ == "__main__":
    patients().to_csv(Path(__file__).with_name("crossover_input.csv"), index=False, float_format="%.6f")
