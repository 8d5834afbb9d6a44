"""Reference values of tests/reconstruction/test_calibration.py: simultaneous bands of arviz-stats for uniform samples.

Made with arviz-stats 0.8.0 and its extra xarray:  cd tests/reference && python ecdf_bands.py
"""

from importlib.metadata import version

import numpy as np
import pandas as pd
from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

assert version("arviz-stats") == "0.8.0"
tables = []
for ranks in (50, 100, 250):
    points = np.arange(1, min(100, ranks)) / min(100, ranks)
    pointwise = simulate_confidence_bands(ranks, 1, points, 0.95, 20_000, np.random.default_rng(ranks))
    low, high = get_pointwise_confidence_band(pointwise, ranks, points)
    counts = {"low": np.round(low * ranks).astype(int), "high": np.round(high * ranks).astype(int)}
    tables.append(pd.DataFrame({"ranks": ranks, "point": points} | counts))
pd.concat(tables).to_csv("ecdf_bands.csv", index=False, lineterminator="\n")
