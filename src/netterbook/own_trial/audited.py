"""A trial's folder put to all checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from netterbook.audit import jointly, reasons
from netterbook.errors import ParameterError
from netterbook.ledger import Ledger
from netterbook.own_trial.end_points import asked_of_patients, check_patients
from netterbook.own_trial.folder import TrialFolder, enter_own_checks, read_folder
from netterbook.own_trial.slips import Mends, mends
from netterbook.reconstruction.result import Reconstruction

Begin = Callable[[list[str]], Callable[[], None]]
LEAST_DRAWS = 20
"""Sets of patients from which a verdict is given."""


class OwnTrial(NamedTuple):
    """A trial of a folder of its own, with every printed number checked.

    ``patients``: of each end point by its key the reconstructed patients, or why there are none; ``mends``: single
    slips of the pen that would explain disagreements.
    """

    folder: TrialFolder
    ledger: Ledger
    patients: dict[str, Reconstruction | str]
    mends: Mends


def check_draws(draws: int) -> None:
    """Refuse sets of patients that are too few for a verdict.

    Raises
    ------
    ParameterError
        Where there are some, but fewer than :data:`LEAST_DRAWS`.

    >>> check_draws(2)
    Traceback (most recent call last):
    netterbook.errors.ParameterError: draws is 2; a verdict needs 20 sets or more, or give 0 for no patients
    """
    if 0 < draws < LEAST_DRAWS:
        raise ParameterError(f"draws is {draws}; a verdict needs {LEAST_DRAWS} sets or more, or give 0 for no patients")


def audit_folder(folder: Path, draws: int = 100, begin: Begin = lambda claims: lambda: None) -> OwnTrial:
    """:func:`audit_trial` of a folder with ``trial.yml``, as ``netterbook new-trial`` writes it.

    Raises
    ------
    DataError
        As by :func:`read_folder`.
    """
    return audit_trial(read_folder(Path(folder)), draws, begin)


def audit_trial(own: TrialFolder, draws: int, begin: Begin) -> OwnTrial:
    """Every number of a trial's folder with all checks.

    Parameters
    ----------
    own : what was read of the folder
    draws : sets of patients of each reconstruction from summaries; 0 for none, and no curve read either
    begin : called with the claims that patients are asked about; what it returns is called before each
    """
    ledger = own.ledger()
    enter_own_checks(own, ledger)
    jointly.check(ledger)
    asked = own.end_points if draws else []
    progress = begin([claim_id for each in asked for claim_id in asked_of_patients(ledger, each)])
    patients = {each.key: check_patients(ledger, each, draws, progress) for each in asked}
    ledger.agree_with_copies()
    reasons.explain(ledger)
    return OwnTrial(own, ledger, patients, mends(own))
