"""Harm that showed only in NETTER-1's long follow-up: to the kidneys and to the bone marrow."""

from __future__ import annotations

from typing import NamedTuple

from netterbook import facts
from netterbook.errors import DataError
from netterbook.ledger import Ledger


class LateHarm(NamedTuple):
    """NETTER-1's long-term follow-up by later reports: patients of each group, and how many of them had severe harm
    to the ``kidneys`` from any cause and, with the radioligand, a ``marrow`` disease; none had under control.
    """

    patients: int
    patients_control: int
    kidneys: int
    kidneys_control: int
    marrow: int


def late_harm(ledger: Ledger) -> LateHarm:
    """Facts F277, F063 and F270.

    Raises
    ------
    DataError
        If the last does not say that no control patient had a marrow disease.

    >>> from netterbook import papers
    >>> late_harm(papers.load(papers.data_dir()))
    LateHarm(patients=111, patients_control=112, kidneys=6, kidneys_control=4, marrow=2)
    """
    known = facts.read(ledger.folder)
    if "none under control" not in known["F270"].quantity:
        raise DataError(f"fact F270 does not say that there was none under control: {known['F270'].quantity!r}")
    (patients, control), numbers = known["F277"].sizes, known["F277"].numbers
    return LateHarm(patients, control, int(numbers[0]), int(numbers[2]), int(known["F063"].named("MDS").value))
