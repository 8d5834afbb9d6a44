"""What a trial's folder holds, read, and put to the checks that need no patients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from netterbook.audit import common, printing
from netterbook.claims import Claim
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.own_trial.checks import check_limits, check_tables
from netterbook.own_trial.end_points import ReadEndPoint, check_end_point, read_end_point
from netterbook.own_trial.record import RECORD, TrialRecord, read_record
from netterbook.own_trial.tables import OWN_TRIAL, ReadTable, key_of, read_table, size_claim
from netterbook.printed import Printed
from netterbook.reconstruction.faults import raise_all


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
    faults += [f"{RECORD}: two files are called {key!r}; rename one" for key in _twice(keys)]
    if "record" in keys:
        faults.append(f"{RECORD}: no file may be called record, as the record's own numbers are; rename it")
    for key in _twice([key_of(group.name) for group in record.groups]):
        names = " and ".join(repr(group.name) for group in record.groups if key_of(group.name) == key)
        faults.append(
            f"{RECORD}: groups {names} differ in no letter from a to z and no digit; name them so that they do"
        )
    raise_all(faults)
    return TrialFolder(folder, record, [each for each in tables if each], [each for each in end_points if each])


def _twice(keys: Sequence[str]) -> list[str]:
    return [key for key, number in Counter(keys).items() if number > 1]


def enter_own_checks(own: TrialFolder, ledger: Ledger) -> None:
    """Enter, in a ledger of a folder's claims, the checks of few numbers that need no patients."""
    check_tables(ledger, own.record, own.tables)
    for end_point in own.end_points:
        check_end_point(ledger, end_point)
    common.check_percentages(ledger)
    common.check_ratio_intervals(ledger)
    check_limits(ledger)
    printing.check_bounds(ledger)


def _size(record: TrialRecord, k: int) -> Claim:
    group = record.groups[k]
    return Claim(
        size_claim(key_of(group.name)), OWN_TRIAL, record.title, "", group.name, "patients randomised", "count",
        "patients", {"point": Printed(str(group.n), exact=True)},
    )  # fmt: skip
