"""Tables of curves, numbers at risk and marks in the layouts that papers print and digitisers export."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isnan
from typing import NamedTuple

from netterbook.reconstruction.arm_names import ArmNames
from netterbook.reconstruction.faults import shortened
from netterbook.reconstruction.printed_forms import number_of
from netterbook.reconstruction.tables import RawTable, columns_of

_TIMES = re.compile(r"time|month|week|day|year|x$|t$|risk|no|$", re.IGNORECASE)


class CellsOfArm(NamedTuple):
    """One row of an arm as text, by column; None for a cell that is missing."""

    where: str
    """File and line, for messages."""
    arm: int
    cells: dict[str, str | None]


def _lacks(table: RawTable, wanted: Iterable[str], missing: Iterable[str], more: str = "") -> ValueError:
    has = f", and has {', '.join(map(shortened, table.rows[0][1]))}" if table.has_header else ""
    return ValueError(f"{table.name} has no column {', '.join(missing)}; it needs {','.join(wanted)}{has}{more}")


def _only_arm(names: ArmNames, own: int | None) -> int | None:
    return own if own is not None else names.kept[0] if len(names.kept) == 1 and names.arms else None


def long_rows(
    table: RawTable, wanted: list[str], optional: list[str], names: ArmNames, own: int | None = None
) -> tuple[list[CellsOfArm], list[str]]:
    """Rows of a table with a column of the arm, and what is wrong with them.

    Parameters
    ----------
    wanted, optional : columns, "arm" first among those wanted
    own : the arm whose file this is; None where a column says it

    Raises
    ------
    ValueError
        Where columns are missing.

    >>> from netterbook.reconstruction.tables import raw_table
    >>> rows, wrong = long_rows(raw_table("Arm,TIME\\n1,5\\n2,6", "a.csv"), ["arm", "time"], [], ArmNames())
    >>> rows[0].arm, rows[0].cells, wrong
    (1, {'time': '5'}, ["a.csv, line 3: arm is '2'; give 0 (reference) or 1 (experimental)"])
    """
    header = table.rows[0][1] if table.rows else []
    places = columns_of(header, [*wanted, *optional])
    only = _only_arm(names, own)
    missing = [column for column in wanted if column not in places and not (column == "arm" and only is not None)]
    if missing:
        more = ""
        if missing == ["arm"]:
            said = ", ".join(f"{names.name(number)}: {table.name}" for number in names.kept)
            more = f"; or name one file an arm, as {{{said}}}"
        raise _lacks(table, wanted, missing, more)
    _check_curve_numbers(table, header, places, names)
    found, wrong = [], []
    for line, cells in table.rows[1:]:
        where = f"{table.name}, line {line}"
        if any(cells[len(header) :]):
            wrong.append(f"{where} has more cells than the first; write decimal points, not commas")
            continue
        values = {c: cells[i] if i < len(cells) else None for c, i in places.items()}
        arm = values.pop("arm", None)
        if own is None and "arm" in places:
            try:
                number = names.number(arm, f"{where}: arm")
            except ValueError as error:
                wrong.append(str(error))
                continue
        else:
            number = only or 0
        if number not in names.left_out:
            found.append(CellsOfArm(where, number, values))
    return found, wrong


def _check_curve_numbers(table: RawTable, header: list[str], places: dict[str, int], names: ArmNames) -> None:
    """Refuse curves numbered from 1, as SurvdigitizeR has them, where nothing says which arm each is."""
    at = places.get("arm")
    if at is None or header[at].casefold() != "curve":
        return
    said = sorted({cells[at] for _, cells in table.rows[1:] if at < len(cells)})
    labels = {each.in_files for each in names.arms}
    if said[:1] == ["1"] and len(said) > 1 and not labels.issuperset(said):
        raise ValueError(
            f"{table.name} numbers its curves {', '.join(said)}, which says of no arm that it is; add in_files to each "
            "of arms, as {arm: 0, in_files: 1, ...}"
        )


def _series(
    table: RawTable, columns: list[tuple[str, int, int]], first: int, names: ArmNames, own: int | None
) -> list[CellsOfArm]:
    """Points of data sets that stand side by side: name, column of times and of heights of each."""
    only = _only_arm(names, own)
    arms: list[int | None] = [names.find(name) for name, _, _ in columns]
    if len(columns) == 1 and arms[0] is None:
        arms = [only]
    if None in arms:
        unknown = [name for (name, _, _), arm in zip(columns, arms, strict=True) if arm is None]
        known = ", ".join(each.name for each in names.arms) or "0, 1"
        raise ValueError(
            f"{table.name} has a data set {shortened(unknown[0])}, which is no arm; the arms are {known}: name it so "
            "there, or give its name as in_files of the arm"
        )
    if len(set(arms)) < len(arms):
        raise ValueError(f"{table.name} has two data sets of one arm; remove one")
    found = []
    shared = len({x for _, x, _ in columns}) < len(columns)
    for (_, x, y), arm in zip(columns, arms, strict=True):
        if arm in names.left_out or (own is not None and arm != own):
            continue
        for line, cells in table.rows[first:]:
            time, height = (cells[i] if i < len(cells) else "" for i in (x, y))
            if height or (time and not shared):
                found.append(CellsOfArm(f"{table.name}, line {line}", arm or 0, {"time": time, "survival": height}))
    return found


def curve_rows(table: RawTable, names: ArmNames, own: int | None = None) -> tuple[list[CellsOfArm], list[str]]:
    """Points of curves, in any of these layouts, and what is wrong with them.

    A row a point with columns arm, time and survival, or others in use (SurvdigitizeR: id, time, St, curve; survHE:
    a number, Time, Survival); two columns a data set, under its name, or its name over X and Y (WebPlotDigitizer); a
    column of times and one a data set; times and heights alone, of one arm.

    Raises
    ------
    ValueError
        For another layout, or a data set that is no arm.

    >>> from netterbook.reconstruction.tables import raw_table
    >>> names = ArmNames()
    >>> rows, _ = curve_rows(raw_table("1,,0,\\nX,Y,X,Y\\n1,0.9,2,0.8\\n3,0.7,,", "wpd.csv"), names)
    >>> [(row.arm, *row.cells.values()) for row in rows]
    [(1, '1', '0.9'), (1, '3', '0.7'), (0, '2', '0.8')]
    >>> curve_rows(raw_table("0.5, 0.98\\n0.9, 0.95", "one.csv"), names, 1)[0][0]
    CellsOfArm(where='one.csv, line 1', arm=1, cells={'time': '0.5', 'survival': '0.98'})
    """
    wanted = ["arm", "time", "survival"]
    header = table.rows[0][1] if table.rows else []
    if not table.has_header and len(header) == 2 and _only_arm(names, own) is not None:
        return _series(table, [("", 0, 1)], 0, names, own), []
    second = [cell.casefold() for cell in table.rows[1][1]] if len(table.rows) > 1 else []
    if len(second) > 1 and set(second) == {"x", "y"}:
        return _series(table, [(_at(header, i), i, i + 1) for i in range(0, len(second), 2)], 2, names, own), []
    places = columns_of(header, wanted)
    if {"time", "survival"} <= places.keys() and len(header) <= 2 + 2 * ("arm" in places) + (header[0] != ""):
        return long_rows(table, wanted, [], names, own)
    if columns := _pairs(header, names):
        return _series(table, columns, 1, names, own), []
    if len(header) > 1 and _TIMES.match(header[0]) and all(names.find(cell) is not None for cell in header[1:]):
        return _series(table, [(cell, 0, i) for i, cell in enumerate(header) if i], 1, names, own), []
    numbers = [all(map(table.is_number, cells[:2])) and len(cells) == 2 for _, cells in table.rows[1:]]
    if len(header) == 2 and _only_arm(names, own) is not None and len(numbers) > 1 and all(numbers):
        return _series(table, [("", 0, 1)], 1, names, own), []
    if not table.has_header and len(header) == 2:
        said = ", ".join(f"{names.name(number)}: {table.name}" for number in names.kept)
        raise ValueError(f"{table.name} holds times and heights of one arm; say of which, as curve: {{{said}}}")
    return long_rows(table, wanted, [], names, own)


def _at(cells: list[str], i: int) -> str:
    return cells[i] if i < len(cells) else ""


def _pairs(header: list[str], names: ArmNames) -> list[tuple[str, int, int]]:
    """Data sets of columns such as "control,," or "control x,control y" or "x1,y1"; none where they are not so."""
    cells = header if len(header) % 2 == 0 else [*header, ""]
    found = []
    for i in range(0, len(cells), 2):
        left, right = cells[i].casefold(), cells[i + 1].casefold()
        stem = re.sub(r"(^x[ ._]*|[ ._]*x$)", "", left)
        if not right and names.find(left) is not None:
            found.append((cells[i], i, i + 1))
        elif "x" in left and stem == re.sub(r"(^y[ ._]*|[ ._]*y$)", "", right) and left != stem:
            found.append((stem, i, i + 1))
        else:
            return []
    return found


def at_risk_rows(table: RawTable, names: ArmNames, own: int | None = None) -> tuple[list[CellsOfArm], list[str]]:
    """Numbers at risk with a row each, or as they are printed below a figure, and what is wrong with them.

    Columns arm, time and n_risk, or others in use (survHE: interval, time, lower, upper, nrisk; IPDfromKM: trisk,
    nrisk); a row an arm under the times, or a row a time under the arms.

    Raises
    ------
    ValueError
        For another layout, or an arm that is none.

    >>> from netterbook.reconstruction.tables import raw_table
    >>> for text in ("arm,0,6\\n0,10,7\\n1,10,9", "time,0,1\\n0,10,10\\n6,7,9"):
    ...     rows, _ = at_risk_rows(raw_table(text, "a.csv"), ArmNames())
    ...     print(sorted((row.arm, *row.cells.values()) for row in rows))
    [(0, '0', '10'), (0, '6', '7'), (1, '0', '10'), (1, '6', '9')]
    [(0, '0', '10'), (0, '6', '7'), (1, '0', '10'), (1, '6', '9')]
    """
    wanted, optional = ["arm", "time", "n_risk"], ["events", "censored"]
    header = table.rows[0][1] if table.rows else []
    if not table.has_header and len(header) == 2 and _only_arm(names, own) is not None:
        number = _only_arm(names, own) or 0
        return [
            CellsOfArm(f"{table.name}, line {line}", number, {"time": cells[0], "n_risk": _at(cells, 1)})
            for line, cells in table.rows
        ], []
    if {"time", "n_risk"} <= columns_of(header, wanted).keys():
        return long_rows(table, wanted, optional, names, own)
    left, top = [cells[0] for _, cells in table.rows[1:]], [cell for cell in header[1:] if cell]
    if len(header) > 1 and left:
        under_arms = all(names.find(cell) is not None for cell in top) and all(map(table.is_number, left))
        under_times = all(map(table.is_number, top)) and any(names.find(cell) is not None for cell in left)
        if under_arms and (not under_times or header[0].casefold().startswith("time")):
            return _grid(table, names, by_time=True)
        if under_times:
            return _grid(table, names, by_time=False)
    return long_rows(table, wanted, optional, names, own)


def _grid(table: RawTable, names: ArmNames, by_time: bool) -> tuple[list[CellsOfArm], list[str]]:
    found, wrong = [], []
    header = table.rows[0][1]
    for line, cells in table.rows[1:]:
        for i in range(1, max(len(header), len(cells))):
            cell, place = _at(cells, i), f"{table.name}, line {line}, column {i + 1}"
            if not cell:
                continue
            if i >= len(header) or not header[i]:
                wrong.append(f"{place} is {shortened(cell)}, with nothing above it; add that or remove it")
                continue
            time, arm = (cells[0], header[i]) if by_time else (header[i], cells[0])
            try:
                number = names.number(arm, f"{table.name}, line {line}: the arm")
            except ValueError as error:
                wrong.append(str(error))
                continue
            if number not in names.left_out:
                found.append(CellsOfArm(place, number, {"time": time, "n_risk": cell}))
    return found, wrong


def numbers_of(table: RawTable, cells: CellsOfArm, column: str) -> float:
    """A cell as a number.

    Raises
    ------
    ValueError
        Where it is none; the message has file and line.
    """
    text = cells.cells.get(column)
    if text is None:
        raise ValueError(f"{cells.where}: {column} is missing; the line has too few cells")
    value = number_of(text, table.comma)
    if isnan(value):
        raise ValueError(f"{cells.where}: {column} is {shortened(text)}; give a number")
    return value
