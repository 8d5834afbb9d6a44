"""A trial's folder, read and put to all checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from netterbook.audit import common, jointly, printing, reasons
from netterbook.claims import Claim
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.own_trial.checks import check_tables
from netterbook.own_trial.end_points import (
    ReadEndPoint,
    asked_of_patients,
    check_end_point,
    check_patients,
    read_end_point,
)
from netterbook.own_trial.record import RECORD, TrialRecord, read_record
from netterbook.own_trial.tables import OWN_TRIAL, ReadTable, key_of, read_table, size_claim
from netterbook.printed import Printed
from netterbook.reconstruction.faults import raise_all
from netterbook.reconstruction.result import Reconstruction


class TrialFolder(NamedTuple):
    """What a trial's folder holds."""

    path: Path
    record: TrialRecord
    tables: list[ReadTable]
    end_points: list[ReadEndPoint]

    def ledger(self) -> Ledger:
        """All claims, without checks."""
        claims = [_size(self.record, k) for k in range(len(self.record.groups))]
        claims += [claim for table in self.tables for claim in table.claims]
        claims += [claim for end_point in self.end_points for claim in end_point.claims]
        return Ledger({claim.id: claim for claim in claims}, self.path)


class OwnTrial(NamedTuple):
    """A trial of a folder of its own, with every printed number checked.

    ``patients``: of each end point by its key the reconstructed patients, or why there are none.
    """

    folder: TrialFolder
    ledger: Ledger
    patients: dict[str, Reconstruction | str]


def read_folder(folder: Path) -> TrialFolder:
    """Record, tables and end points of a trial's folder.

    Raises
    ------
    DataError
        If there is no folder or no record.
    Mistakes
        Where anything else in it is wrong: a line for each fault, of all files, with file, line, row, column and what
        was expected.
    """
    if folder.is_file():
        raise DataError(f"{folder} is a file; name the folder that holds {RECORD}")
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}; netterbook new-trial {folder} makes one")
    faults: list[str] = []
    record = read_record(folder, faults)
    tables = [read_table(folder, about, record, faults) for about in record.tables]
    end_points = [read_end_point(folder, file, record, faults) for file in record.end_points]
    keys = [each.key for each in [*tables, *end_points] if each]
    faults += [f"{RECORD}: two files are called {key!r}; rename one" for key in {k for k in keys if keys.count(k) > 1}]
    raise_all(faults)
    return TrialFolder(folder, record, [each for each in tables if each], [each for each in end_points if each])


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
    ledger = own.ledger()
    check_tables(ledger, own.record, own.tables)
    for end_point in own.end_points:
        check_end_point(ledger, end_point)
    common.check_percentages(ledger)
    common.check_ratio_intervals(ledger)
    printing.check_bounds(ledger)
    jointly.check(ledger)
    asked = own.end_points if draws else []
    progress = begin([claim_id for each in asked for claim_id in asked_of_patients(ledger, each)])
    patients = {each.key: check_patients(ledger, each, draws, progress) for each in asked}
    ledger.agree_with_copies()
    reasons.explain(ledger)
    return OwnTrial(own, ledger, patients)


def _size(record: TrialRecord, k: int) -> Claim:
    group = record.groups[k]
    return Claim(
        size_claim(key_of(group.name)), OWN_TRIAL, record.title, "", group.name, "patients randomised", "count",
        "patients", {"point": Printed(str(group.n), exact=True)},
    )  # fmt: skip
