"""Trials that are quick to reconstruct."""

import numpy as np

from netterbook.reconstruction.known import KnownTrial

TRIAL = """\
title: a small trial
unit: months
arms:
  - {arm: 0, name: control, n: 20, events: 12}
  - {arm: 1, name: new, n: 20, events: 8}
at_risk:
  time: [0, 6, 12, 18]
  0: [20, 12, 5, 1]
  1: [20, 15, 9, 2]
summaries:
  median0: 8.4
"""
GRID = """\
trial: trial.yml
parameters:
  seed: [1, 2, 3]
  draws: [4]
  withhold: [[], median0]
times: [6]
"""
"""Described for a sweep: files trial.yml and grid.yaml."""


def small(seed: int = 1, n: tuple[int, int] = (24, 26)) -> KnownTrial:
    """50 patients, exponential times to two decimals."""
    rng = np.random.default_rng([seed, 5])
    arm = np.repeat([0, 1], n)
    time = rng.exponential(np.where(arm == 1, 12, 6)).round(2) + 0.01
    leave = rng.uniform(6, 20, arm.size).round(2)
    return KnownTrial(
        f"small {seed}", "test", np.minimum(time, leave), (time <= leave).astype(np.int64), arm, "exponential"
    )
