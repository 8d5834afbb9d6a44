"""Fixtures: the published trial and cohorts, few virtual patients, and the sentences of the chapter."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from netterbook.book.dosimetry import published
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.dosimetry.published import Cohort, PhaseTwo
from netterbook.ledger import Ledger

CHAPTER = Path(__file__).parents[3] / "chapters" / "dosimetry.ipynb"


@pytest.fixture(scope="session")
def trial(ledger: Ledger) -> PhaseTwo:
    return published.phase_two(ledger)


@pytest.fixture(scope="session")
def cohorts(ledger: Ledger) -> dict[str, Cohort]:
    return published.cohorts(ledger)


@pytest.fixture(scope="session")
def small() -> Dosimetry:
    """Parameters with few virtual patients: twenty trials."""
    return Dosimetry(patients=1920)


@pytest.fixture(scope="session")
def sentence() -> Callable[[str], str]:
    """The one text in the chapter's code that holds some words."""
    code = "\n".join(cell.source for cell in nbformat.read(CHAPTER, 4).cells if cell.cell_type == "code")
    texts = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]

    def said(words: str) -> str:
        (found,) = dict.fromkeys(text for text in texts if isinstance(text, str) and words in text)
        return found

    return said
