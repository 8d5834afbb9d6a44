"""Results of R that tests compare with, in ``tests/reference``."""

from pathlib import Path

import pandas as pd


def reference(name: str) -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parent / "reference" / f"{name}.csv", float_precision="round_trip")
