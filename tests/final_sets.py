"""Invented patients of NETTER-1's final analysis, and estimates from them stored in a folder."""

from pathlib import Path

import numpy as np
import pytest

from netterbook import papers
from netterbook.audit import recovered
from netterbook.audit.final_analysis import FinalInputs
from netterbook.ledger import Ledger
from netterbook.methods.patient_sets import PatientSets

FEW, FEWER = 40, 20


def final_sets() -> PatientSets:
    """Of the trial's size, with other hazards in every set."""
    rng = np.random.default_rng(5)
    arm = np.repeat([0, 1], [114, 117])
    died = rng.exponential(np.where(arm == 0, 50, 62) * rng.uniform(0.8, 1.25, (FEW, 1)), (FEW, 231))
    left = rng.uniform(5, 100, (FEW, 231))
    return PatientSets(np.minimum(died, left), (died <= left).astype(int), arm)


def store_final(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The ledger of a copy of the data whose estimates rest on these, those of the last of three seeds on fewer."""
    ledger, sets = papers.load(folder), final_sets()
    monkeypatch.setattr(recovered, "everything", recovered.final_targets)
    monkeypatch.setattr(FinalInputs, "reconstruct", lambda *about, budget: sets if about[-1] < 3 else sets.first(FEWER))
    table = recovered.recover(ledger, FEW, (1, 2, 3), 1, budget=1)
    table.to_csv(folder / recovered.STORE, index=False)
    return ledger
