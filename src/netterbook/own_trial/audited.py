"""A trial's folder put to all checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from netterbook.audit import jointly, reasons
from netterbook.ledger import Ledger
from netterbook.own_trial.end_points import asked_of_patients, check_patients
from netterbook.own_trial.folder import TrialFolder, read_folder, with_own_checks
from netterbook.own_trial.slips import Mend, mends
from netterbook.reconstruction.result import Reconstruction


class OwnTrial(NamedTuple):
    """A trial of a folder of its own, with every printed number checked.

    ``patients``: of each end point by its key the reconstructed patients, or why there are none; ``mends``: single
    slips of the pen that would explain disagreements.
    """

    folder: TrialFolder
    ledger: Ledger
    patients: dict[str, Reconstruction | str]
    mends: list[Mend]


def audit_folder(
    folder: Path,
    draws: int = 100,
    begin: Callable[[list[str]], Callable[[], None]] = lambda claims: lambda: None,
) -> OwnTrial:
    """Every number of a trial's folder with all checks.

    Parameters
    ----------
    folder : with ``trial.yml``, as ``netterbook new-trial`` writes it
    draws : sets of patients of each reconstruction from summaries; 0 for none, and no curve read either
    begin : called with the claims that patients are asked about; what it returns is called before each

    Raises
    ------
    DataError
        As by :func:`read_folder`.
    """
    own = read_folder(Path(folder))
    ledger = with_own_checks(own, own.ledger().claims)
    jointly.check(ledger)
    asked = own.end_points if draws else []
    progress = begin([claim_id for each in asked for claim_id in asked_of_patients(ledger, each)])
    patients = {each.key: check_patients(ledger, each, draws, progress) for each in asked}
    ledger.agree_with_copies()
    reasons.explain(ledger)
    return OwnTrial(own, ledger, patients, mends(own))
