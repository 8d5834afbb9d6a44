"""A trial that is quick to reconstruct."""

import numpy as np

from netterbook.reconstruction.known import KnownTrial


def small(seed: int = 1, n: tuple[int, int] = (24, 26)) -> KnownTrial:
    """50 patients, exponential times to two decimals."""
    rng = np.random.default_rng([seed, 5])
    arm = np.repeat([0, 1], n)
    time = rng.exponential(np.where(arm == 1, 12, 6)).round(2) + 0.01
    leave = rng.uniform(6, 20, arm.size).round(2)
    return KnownTrial(
        f"small {seed}", "test", np.minimum(time, leave), (time <= leave).astype(np.int64), arm, "exponential"
    )
