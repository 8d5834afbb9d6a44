"""Tumour and kidney dose over the cycles, if published trends went on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook import facts
from netterbook.dosimetry.planning import dose_over_cycles_gy
from netterbook.ledger import Ledger


def trends(ledger: Ledger, cycles: int) -> pd.DataFrame:
    """Dose of each cycle relative to the first; columns ``cycle``, ``kidneys`` and one a tumour.

    Facts F157 and F159 state by how much it rises or falls from one cycle to the next.

    >>> from netterbook import papers
    >>> trends(papers.load(), 2).iloc[1].round(2).to_dict()
    {'cycle': 2.0, 'kidneys': 1.08, 'tumour, grade 1': 0.94, 'tumour, grade 2': 0.86, 'pancreatic tumour': 0.87}
    """
    known = facts.read(ledger.folder)
    rise, pancreatic = known["F157"].quantity_numbers
    grade1, grade2 = known["F159"].numbers
    percent = {
        "kidneys": rise,
        "tumour, grade 1": -grade1,
        "tumour, grade 2": -grade2,
        "pancreatic tumour": -pancreatic,
    }
    doses = dose_over_cycles_gy(np.ones(len(percent)), np.array(list(percent.values())) / 100, cycles)
    return pd.DataFrame({"cycle": np.arange(1, cycles + 1)} | dict(zip(percent, doses, strict=True)))


class LateCycle(NamedTuple):
    """A cycle relative to the first: tumour dose of grade 2, and that of pancreatic tumours per kidney dose."""

    grade2: float
    pancreatic_per_kidney: float


def late_cycle(table: pd.DataFrame, cycle: int) -> LateCycle:
    """A row of :func:`trends` in numbers."""
    row = table.set_index("cycle").loc[cycle]
    return LateCycle(float(row["tumour, grade 2"]), float(row["pancreatic tumour"] / row["kidneys"]))


def share_of_first(table: pd.DataFrame, cycles: int) -> float:
    """Share of the tumour dose of grade 2 that the first cycles of :func:`trends` hold."""
    dose = table["tumour, grade 2"]
    return float(dose.iloc[:cycles].sum() / dose.sum())
