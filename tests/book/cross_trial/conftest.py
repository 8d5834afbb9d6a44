"""Fixtures: the table of studies, two made-up trials, and the sentences of the chapter."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from netterbook.book.cross_trial import long_term, scales, studies
from netterbook.ledger import Ledger
from netterbook.methods.patient_sets import PatientSets
from netterbook.trials import Trial

CHAPTER = Path(__file__).parents[3] / "chapters" / "cross_trial.ipynb"


@pytest.fixture(scope="session")
def table(ledger: Ledger) -> pd.DataFrame:
    return studies.side_by_side(ledger, True, ("all",))


@pytest.fixture(scope="session")
def netter1(known: Mapping[str, Trial]) -> Trial:
    return known["netter1"]


@pytest.fixture(scope="session")
def netter2(known: Mapping[str, Trial]) -> Trial:
    return known["netter2"]


@pytest.fixture(scope="session")
def found() -> dict[str, PatientSets]:
    """Two made-up trials of exponential patients: hazard ratios 0.25 and 0.5, control medians 8 and 12 months."""
    rng = np.random.default_rng(5)
    made = {}
    for name, hr, median in (("NETTER-1", 0.25, 8.0), ("NETTER-2", 0.5, 12.0)):
        rate = np.repeat([np.log(2) / median, hr * np.log(2) / median], 80)
        time = rng.exponential(1 / rate, (20, 160))
        made[name] = PatientSets(np.minimum(time, 30), (time <= 30).astype(int), np.repeat([0, 1], 80))
    return made


@pytest.fixture(scope="session")
def fitted(
    ledger: Ledger, netter1: Trial, netter2: Trial, found: dict[str, PatientSets]
) -> list[long_term.FittedTrial]:
    models = ("exponential", "Weibull", "spline")
    return [long_term.extrapolate(ledger, trial, found[trial.name], models, 0.9, 1) for trial in (netter1, netter2)]


@pytest.fixture(scope="session")
def benefit(found: dict[str, PatientSets]) -> pd.DataFrame:
    return scales.benefit_on_scales(found, 18, 0.95, 1)


@pytest.fixture(scope="session")
def gains(found: dict[str, PatientSets]) -> pd.DataFrame:
    return scales.benefit_by_horizon(found, 0.95)


def _code() -> list[ast.Module]:
    return [ast.parse(cell.source) for cell in nbformat.read(CHAPTER, 4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="session")
def sentence() -> Callable[[str], str]:
    """The one text in the chapter's code that holds some words."""
    texts = [
        node.value
        for module in _code()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]

    def said(words: str) -> str:
        (found,) = dict.fromkeys(text for text in texts if words in text)
        return found

    return said
