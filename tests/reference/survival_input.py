"""Writes survival_input.csv: data sets shipped with lifelines 0.30 (MIT licence), simulated ones and limiting cases."""

from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import datasets


def patients(time, event, arm, stratum=0):
    columns = {"time": np.asarray(time, float), "event": np.asarray(event, int), "arm": np.asarray(arm, int)}
    return pd.DataFrame(columns).assign(stratum=np.asarray(stratum, int))


def simulated(seed, n, decimals):
    """Exponential times with a hazard ratio of one half, in four strata, uniformly censored."""
    rng = np.random.default_rng(seed)
    arm, stratum = rng.integers(0, 2, n), rng.integers(0, 4, n)
    failure = rng.exponential(12 / (1 + stratum) * np.where(arm, 2, 1))
    censoring = rng.uniform(3, 30, n)
    return patients(np.minimum(failure, censoring).round(decimals), failure <= censoring, arm, stratum)


def sets():
    leukaemia, rossi = datasets.load_leukemia(), datasets.load_rossi()
    larynx, waltons = datasets.load_larynx(), datasets.load_waltons()
    yield "leukaemia", patients(leukaemia.t, leukaemia.status, 1 - leukaemia.Rx, leukaemia.sex)
    yield "rossi", patients(rossi.week, rossi.arrest, rossi.fin, 2 * rossi.race + rossi.wexp)
    yield "larynx", patients(larynx.time, larynx.death, larynx.Stage_IV, larynx.age > 65)
    yield "waltons", patients(waltons["T"], waltons.E, waltons.group == "miR-137")
    yield "simulated", simulated(177, 230, 3)
    yield "tied", simulated(71, 300, 0)
    # Curves at one half exactly: with a later fall, without one, and after a censored first patient
    half = [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 1], [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0]
    yield "half", patients([*half[0], *half[2]], [*half[1], *half[3]], [0] * 6 + [1] * 6)
    late = [1, 2, 3, 4, 5], [0, 1, 1, 0, 1], [2, 4, 4, 6, 6, 7, 8], [0, 0, 1, 1, 0, 0, 0]
    yield "late", patients([*late[0], *late[2]], [*late[1], *late[3]], [0] * 5 + [1] * 7)
    # All have the event, at day 0 too; a large effect
    yield "complete", patients([0, 1, 1, 2, 3, 5, 2, 4, 8, 9, 9, 12], [1] * 12, [0] * 6 + [1] * 6, [0, 1] * 6)
    yield "large", patients([1, 2, 3, 4, 5, 6, 7, 9, 8, 10, 11, 12, 13, 14, 15, 16], [1] * 16, [0] * 8 + [1] * 8)


if __name__ == "__main__":
    table = pd.concat([frame.assign(set=name) for name, frame in sets()])[["set", "time", "event", "arm", "stratum"]]
    table.to_csv(Path(__file__).with_name("survival_input.csv"), index=False, float_format="%g")
