"""Tables that a description gives, as a file, as a file an arm, or written out, checked cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isfinite, nan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from netterbook.reconstruction.arm_names import ArmNames, by_arm
from netterbook.reconstruction.checks import whole_number
from netterbook.reconstruction.faults import collecting, raise_all, shortened
from netterbook.reconstruction.layouts import CellsOfArm, at_risk_rows, curve_rows, long_rows, numbers_of
from netterbook.reconstruction.printed_forms import number_at_risk, number_of
from netterbook.reconstruction.tables import RawTable, read_raw_table

EARLIEST_TIME, LATEST_TIME = 1e-9, 1e9
"""No time is later, none but 0 earlier. Printed summaries are read before follow-up is known, which the reconstruction
then checks."""
ASTRAY = 0.04
"""Of the axis of survival: no click errs so far."""
COUNTED = ("events", "censored")
"""Columns that numbers at risk may have besides."""
_LAYOUT = Callable[[RawTable, ArmNames, int | None], tuple[list[CellsOfArm], list[str]]]


class Context(NamedTuple):
    """What a description is read with: the folder that files are relative to, what arms are called, and where
    estimates outside their own limits are kept, as rows of quantities; None refuses them.
    """

    folder: Path = Path()
    names: ArmNames = ArmNames()
    apart: list[dict[str, Any]] | None = None


def checked_number(value: float, text: object, what: str) -> float:
    """A number that can be used.

    Raises
    ------
    ValueError
        Where it is none, or beyond all that is measured.
    """
    if not isfinite(value) or abs(value) > LATEST_TIME:
        raise ValueError(f"{what} is {shortened(text)}; give a number")
    return value


def checked_time(text: object, what: str, comma: bool = False) -> float:
    """A time: 0, or one that is not too small to be one.

    Raises
    ------
    ValueError
        Where it is none.

    >>> checked_time("12", "landmark")
    12.0
    """
    value = checked_number(number_of(text, comma), text, what)
    if 0 < abs(value) < EARLIEST_TIME:
        raise ValueError(f"{what} is {shortened(text)}; give 0 or at least {EARLIEST_TIME:g}")
    return value


def _files(given: object, what: str, context: Context) -> list[tuple[str, int | None]]:
    """Names of files, each with the arm that it is of, None where it says so itself."""
    if isinstance(given, str):
        return [(given, None)]
    if isinstance(given, dict) and given and all(isinstance(name, str) for name in given.values()):
        return [(name, arm) for arm, name in by_arm(given, context.names, what).items()]
    raise ValueError("give the path of a CSV file, or of one an arm, as {control: a.csv, experimental: b.csv}")


def _read(
    given: object, what: str, layout: _LAYOUT, context: Context
) -> tuple[list[tuple[RawTable, CellsOfArm]], list[str]]:
    rows: list[tuple[RawTable, CellsOfArm]] = []
    wrong: list[str] = []
    for name, own in _files(given, what, context):
        with collecting(wrong):
            table = read_raw_table(context.folder, name)
            found, faults = layout(table, context.names, own)
            rows += [(table, each) for each in found]
            wrong += faults
    return rows, wrong


def _frame(rows: Iterable[Mapping[str, Any]], columns: list[str], notes: Iterable[str] = ()) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=columns)
    table.attrs["notes"] = tuple(notes)
    return table


def _numbers(rows: list[tuple[RawTable, CellsOfArm]], columns: list[str], wrong: list[str]) -> list[dict[str, Any]]:
    found = []
    for table, cells in rows:
        row: dict[str, Any] = {"arm": cells.arm}
        for column in columns:
            with collecting(wrong):
                value = checked_number(
                    numbers_of(table, cells, column), cells.cells[column], f"{cells.where}: {column}"
                )
                if column == "time":
                    value = checked_time(value, f"{cells.where}: time")
                row[column] = value
        if len(row) == 1 + len(columns):
            found.append(row)
    return found


def curve_table(given: object, context: Context, curve_is: str = "survival") -> pd.DataFrame:
    """Points of curves: columns arm, time and survival, a fraction; what was done to them is in ``attrs["notes"]``.

    Parameters
    ----------
    given : a file, or one an arm
    curve_is : "survival", or "cumulative incidence", which is turned to 1 less that

    Raises
    ------
    ValueError
        With all that is wrong with the files, where there is no point in them, or where a curve rises from 0.
    """
    rows, wrong = _read(given, "curve", curve_rows, context)
    points = _numbers(rows, ["time", "survival"], wrong)
    places = [cells.where for _, cells in rows]
    if not (wrong or points):
        wrong.append("there is no point in it; write a line for each, or leave curve out")
    elif not wrong:
        wrong += _beyond_the_axes(points, places)
    raise_all(wrong)
    table = _frame(points, ["arm", "time", "survival"])
    notes: list[str] = []
    incidence = curve_is == "cumulative incidence"
    if in_per_cent(table, incidence):
        table["survival"] = (table["survival"] / 100).round(12)
        notes.append("The curve's heights are taken for per cent, and divided by 100.")
    if not incidence:
        notes += _astray(table, places, context.names)
    for arm, own in table.groupby("arm"):
        name = context.names.name(int(arm))
        early = own["time"] < 0
        if early.any() and own["time"].min() >= -0.01 * own["time"].max():
            table.loc[own.index[early], "time"] = 0.0
            notes.append(f"Arm {name}: {early.sum()} of its points lie just before time 0, and are taken for time 0.")
        if not incidence and rises_from_zero(own):
            wrong.append(
                f"arm {name} rises from {own['survival'].iloc[0]:g} to {own['survival'].max():g}: that is cumulative "
                "incidence; curve_is: cumulative incidence turns it to 1 less that, which is right where no other "
                "event competes, as death does with progression"
            )
        if incidence and not rises_from_zero(own):
            wrong.append(
                f"arm {name} goes from {own['survival'].iloc[0]:g} to {own['survival'].iloc[-1]:g}, which is no "
                "cumulative incidence; leave out curve_is"
            )
    raise_all(wrong)
    if incidence:
        table["survival"] = (1 - table["survival"]).round(12)
        notes.append(
            "The curve is cumulative incidence, turned to survival as 1 less that; where other events compete, "
            "patients who had one are taken for censored."
        )
    table.attrs["notes"] = tuple(notes)
    return table


def _beyond_the_axes(points: list[dict[str, Any]], places: list[str]) -> list[str]:
    """Faults of points before time 0, and of single ones that lie beyond an axis of fractions or of per cent."""
    faults = []
    latest = max(point["time"] for point in points)
    heights = np.array([point["survival"] for point in points])
    end = 1.0 if np.quantile(heights, 0.9) <= 1 + ASTRAY else 100.0
    few = np.mean((heights > (1 + ASTRAY) * end) | (heights < -ASTRAY * end)) < 0.1
    for point, place in zip(points, places, strict=True):
        if point["time"] < -0.01 * latest:
            faults.append(f"{place}: time is {point['time']:g}; no patient is followed before 0")
        if few and not -ASTRAY * end <= point["survival"] <= (1 + ASTRAY) * end:
            faults.append(
                f"{place}: survival is {point['survival']:g}, where the axis goes from 0 to {end:g}; correct it"
            )
    return faults


def _astray(curve: pd.DataFrame, places: list[str], names: ArmNames) -> list[str]:
    """Notes of single points that lie so far above those before them, or below those after, as no click errs."""
    notes = []
    where = pd.Series(places, index=curve.index)
    for arm, own in curve.groupby("arm"):
        ordered = own.sort_values(["time", "survival"], ascending=[True, False], kind="stable")
        height = ordered["survival"].to_numpy()
        before = np.minimum.accumulate(np.append(1.0, height))[:-1]
        after = np.maximum.accumulate(np.append(height, 0.0)[::-1])[::-1][1:]
        for above, said in ((height - before, "above one before it"), (after - height, "below one after it")):
            far = np.flatnonzero(above > ASTRAY)
            if len(far) == 1:
                at = far[0]
                notes.append(
                    f"{where[ordered.index[at]]}: the curve of {names.name(int(arm))} is at {height[at]:g} at time "
                    f"{ordered['time'].iloc[at]:g}, {above[at]:.3f} {said}; correct the point if it is a slip."
                )
                break
    return notes


def in_per_cent(curve: pd.DataFrame, incidence: bool = False) -> bool:
    """Whether all signs say that the heights of curves are per cent: they are mostly above 1.5, and every arm's begin
    near 100, the end of the axis, or near 0 where they are cumulative incidence.

    >>> curve = pd.DataFrame({"arm": 0, "time": [0, 1, 2], "survival": [100, 97, 60]})
    >>> in_per_cent(curve), in_per_cent(curve.assign(survival=[90, 80, 70])), in_per_cent(curve.assign(survival=1.0))
    (True, False, False)
    """
    height = curve["survival"]
    if len(height) == 0 or (height > 1.5).mean() <= 0.5 or height.min() < -5 or height.max() > 105:
        return False
    first = curve.sort_values("time", kind="stable").groupby("arm")["survival"].first()
    return bool((first < 15).all()) if incidence else bool(height.max() >= 95 and (first >= 95).all())


def rises_from_zero(points: pd.DataFrame) -> bool:
    """Whether one arm's points begin near 0 and do not fall but for clicks.

    >>> points = pd.DataFrame({"time": [0, 5, 9], "survival": [0.0, 0.2, 0.5]})
    >>> rises_from_zero(points), rises_from_zero(points.assign(survival=[1.0, 0.8, 0.5]))
    (True, False)
    """
    ordered = points.sort_values("time", kind="stable")["survival"].to_numpy()
    scale = 100 if len(ordered) and ordered.max() > 1.5 else 1
    heights = ordered / scale
    if len(heights) < 2 or heights[0] > 0.15 or heights.max() - heights[0] < 0.05:
        return False
    return bool((heights >= np.maximum.accumulate(heights) - 0.03).all())


def marks_table(given: object, context: Context) -> pd.DataFrame:
    """Marks of censoring: columns arm and time.

    Raises
    ------
    ValueError
        With all that is wrong with the files.
    """

    def layout(table: RawTable, names: ArmNames, own: int | None) -> tuple[list[CellsOfArm], list[str]]:
        if own is not None and not table.has_header and all(len(cells) < 3 for _, cells in table.rows):
            where = [(f"{table.name}, line {line}", cells[0]) for line, cells in table.rows]
            return [CellsOfArm(place, own, {"time": time}) for place, time in where], []
        return long_rows(table, ["arm", "time"], [], names, own)

    rows, wrong = _read(given, "censor_marks", layout, context)
    found = _numbers(rows, ["time"], wrong)
    raise_all(wrong)
    return _frame(found, ["arm", "time"])


def strata_table(given: object, context: Context) -> pd.DataFrame:
    """Strata: columns factor, level, arm, n and events.

    Raises
    ------
    ValueError
        With all that is wrong with the file.
    """

    def layout(table: RawTable, names: ArmNames, own: int | None) -> tuple[list[CellsOfArm], list[str]]:
        return long_rows(table, ["factor", "level", "arm", "n", "events"], [], names, own)

    if not isinstance(given, str):
        raise ValueError("give the path of a CSV file")
    rows, wrong = _read(given, "strata", layout, context)
    found = []
    for (_, cells), numbers in zip(rows, (_numbers([row], ["n", "events"], wrong) for row in rows), strict=True):
        for column in ("factor", "level"):
            if not cells.cells[column]:
                wrong.append(f"{cells.where}: {column} is blank; name it")
        for row in numbers:
            for column in ("n", "events"):
                with collecting(wrong):
                    row[column] = whole_number(row[column], f"{cells.where}: {column}")
            found.append({"factor": cells.cells["factor"], "level": cells.cells["level"]} | row)
    raise_all(wrong)
    return _frame(found, ["factor", "level", "arm", "n", "events"])


def at_risk_table(
    given: object, context: Context, in_brackets: str = "", totals: Mapping[int, int] | None = None
) -> pd.DataFrame:
    """Numbers at risk: columns arm, time, n_risk and, where they are given, events and censored before the time.

    Parameters
    ----------
    given : a file, one an arm, or lists written out
    in_brackets : what stands in brackets behind numbers at risk: "censored" or "events", cumulative, or "nothing" that
        is used; where blank, it is taken for censored if it can be
    totals : patients of each arm, where known

    Raises
    ------
    ValueError
        With all that is wrong with cells.

    >>> at_risk_table({"time": ["0", "6"], "0": ["10 (0)", "7 (1)"]}, Context()).to_dict("list")
    {'arm': [0, 0], 'time': [0.0, 6.0], 'n_risk': [10.0, 7.0], 'censored': [0.0, 1.0]}
    """
    if isinstance(given, dict) and ("time" in given or not all(isinstance(value, str) for value in given.values())):
        cells, wrong = _written_out(given, context)
        table = RawTable("", [], False)
        rows = [(table, each) for each in cells]
    else:
        rows, wrong = _read(given, "at_risk", at_risk_rows, context)
    found, brackets = [], False
    for table, each in rows:
        row: dict[str, Any] = {"arm": each.arm, "where": each.where}
        text, more = number_at_risk(each.cells.get("n_risk"))
        cells_of_row = {**each.cells, "n_risk": text if each.cells.get("n_risk") is not None else None}
        for column in ("time", "n_risk", *(kind for kind in COUNTED if kind in each.cells)):
            with collecting(wrong):
                row[column] = _count(table, each.where, column, cells_of_row.get(column))
        if more:
            brackets = True
            row["bracket"] = number_of(more)
            if not row["bracket"] >= 0 or row["bracket"] % 1:
                wrong.append(f"{each.where}: ({shortened(more)}) is no whole number of patients; correct or remove it")
        found.append(row)
    raise_all(wrong)
    notes: list[str] = []
    if brackets and in_brackets != "nothing":
        notes.append(_take_brackets(found, in_brackets, totals or {}, context.names))
    columns = ["arm", "time", "n_risk", *(kind for kind in COUNTED if any(kind in row for row in found))]
    return _frame(({k: row.get(k, nan) for k in columns} for row in found), columns, notes)


def _count(table: RawTable, where: str, column: str, text: str | None) -> float:
    """A cell: a time, or a number of patients, of whose thousands a comma may divide; nan for a count not printed."""
    said = f"{where}: {column}" if table.name else where if column == "n_risk" else f"{where}{_of(column)}"
    if column in COUNTED and text in ("", None):
        return nan
    if column == "time":
        return checked_time(text, said, table.comma)
    value = number_of(text) if table.comma else number_of(text, table.comma)
    return checked_number(value, text, said)


def _of(column: str) -> str:
    return "" if column == "n_risk" else f", {column}"


_Lists = dict[int, dict[str, tuple[str, list[str]]]]
"""Of each arm by kind: the key, and what it holds."""


def _lists_of_arms(given: Mapping[str, Any], names: ArmNames) -> tuple[_Lists, list[str]]:
    lists: _Lists = {}
    wrong: list[str] = []
    known = ["time", "0", "1", *(f"{kind}{arm}" for kind in COUNTED for arm in (0, 1))]
    for key, values in given.items():
        kind = next((kind for kind in COUNTED if key.startswith(kind)), "n_risk")
        arm = names.find(key)
        if arm is None and kind != "n_risk":
            arm = names.find(key.removeprefix(kind).strip(" _"))
        else:
            kind = "n_risk"
        if arm is None and key != "time":
            more = "".join(f", {each.name}" for each in names.arms)
            wrong.append(f"unknown key {shortened(key)}; there are: {', '.join(known)}{more}")
        elif not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            wrong.append(f"{key} is {shortened(values)}; give a list, as in [0, 6, 12]")
        elif isinstance(given["time"], list) and len(values) != len(given["time"]):
            wrong.append(f"{key} has {len(values)} numbers for {len(given['time'])} times; give one each")
        elif arm is not None:
            lists.setdefault(arm, {})[kind] = key, values
    return lists, wrong


def _written_out(given: Mapping[str, Any], context: Context) -> tuple[list[CellsOfArm], list[str]]:
    """Numbers at risk as ``{time: [...], 0: [...], 1: [...]}``, with lists of cumulative ``events0``, ``censored0``."""
    names = context.names
    if "time" not in given or len(given) == 1:
        raise ValueError("give time and the numbers of each arm, as in {time: [0, 6], 0: [10, 7], 1: [10, 9]}")
    lists, wrong = _lists_of_arms(given, names)
    for own in lists.values():
        if "n_risk" not in own:
            key = next(iter(own.values()))[0]
            wrong.append(f"{key} goes with the numbers at risk of arm {key[-1]}; add these")
    if wrong:
        return [], wrong
    for text in given["time"]:
        with collecting(wrong):
            checked_time(text, "time")
    found = []
    for arm in sorted(set(lists) - names.left_out):
        for i, time in enumerate(given["time"]):
            cells: dict[str, str | None] = {"time": time} | {
                kind: values[i] for kind, (_, values) in lists[arm].items()
            }
            found.append(CellsOfArm(lists[arm]["n_risk"][0], arm, cells))
    return ([], wrong) if wrong else (found, wrong)


def _take_brackets(rows: list[dict[str, Any]], wanted: str, totals: Mapping[int, int], names: ArmNames) -> str:
    """Put what stands in brackets into its column, and say for what it was taken.

    Numbers in brackets are cumulative: they cannot fall, and leave numbers of the other kind that do not fall either.
    """
    wrong: dict[str, list[str]] = {"censored": [], "events": []}
    for arm in dict.fromkeys(row["arm"] for row in rows):
        own = [row for row in rows if row["arm"] == arm and "bracket" in row]
        n = totals.get(arm) or max(row["n_risk"] for row in rows if row["arm"] == arm)
        for before, row in zip([None, *own], own, strict=False):
            place = (
                f"{row['where']}, {row['n_risk']:g} ({row['bracket']:g}) of arm {names.name(arm)} at {row['time']:g}"
            )
            if before is not None and row["bracket"] < before["bracket"]:
                raise ValueError(
                    f"{place}: it follows ({before['bracket']:g}) at {before['time']:g}, so that the numbers in "
                    "brackets are not cumulative, but of single intervals, or not of patients lost; add them up to the "
                    "cumulative censored or events before each time, or say in_brackets: nothing"
                )
            rest = n - row["n_risk"] - row["bracket"]
            rest_before = 0.0 if before is None else n - before["n_risk"] - before["bracket"]
            if rest < max(rest_before, 0):
                for kind, other in (("censored", "events"), ("events", "censored")):
                    wrong[kind].append(
                        f"{place}: taken for {kind}, this leaves {rest:g} {other} of {n:g} patients, after "
                        f"{max(rest_before, 0):g}"
                    )
    kind = wanted or "censored"
    if wrong[kind]:
        raise ValueError(f"{wrong[kind][0]}; correct the cell, or say in_brackets: nothing")
    for row in rows:
        if "bracket" in row:
            if kind in row and row[kind] != row["bracket"]:
                raise ValueError(f"{row['where']} has {kind} in brackets and by themselves; leave one out")
            row[kind] = row["bracket"]
    doubt = "" if wanted else "; in_brackets: events would take them for events"
    return f"Numbers in brackets behind those at risk are taken for the cumulative numbers of {kind}{doubt}."
