"""Summaries in the short forms that a description may have them in, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from netterbook.printed import Printed
from netterbook.reconstruction.arm_names import ArmNames, by_arm
from netterbook.reconstruction.faults import collecting, nearest_name, raise_all, shortened
from netterbook.reconstruction.given import LEVEL, NAMES
from netterbook.reconstruction.given_tables import checked_time
from netterbook.reconstruction.printed_forms import (
    OneSided,
    as_fraction,
    as_level,
    as_printed,
    with_limits,
)

_OF_AN_ARM = ("median", "lm")
_ESTIMATES = ("hr", "median0", "median1", "lm0", "lm1")
SUMMARY_KEYS = [*NAMES, *(f"{name}_level" for name in _ESTIMATES), "logrank_p_sides"]
"""Of summaries, where arms have numbers."""
_KEY = re.compile(r"(hr|logrank_p|median|lm)(\d*)((?:_lo|_hi|_level|_sides)?)")
_ENDS = ("", "_lo", "_hi", "_level")
_SHARES = ("survival", "rate")
_OF_BOTH = ("hr", "logrank_p", "rmst_difference")


def expand_summaries(given: Mapping[str, Any], names: ArmNames) -> dict[str, Any]:
    """Summaries with a key for each number, and with numbers in the form that the rest of the library reads.

    Raises
    ------
    ValueError
        For an unknown key or arm, a level or number of sides that is none, or a number given twice.

    >>> expand_summaries({"hr": "0.21 (90% CI 0.14 to 0.30)", "median": {"0": "8·4", "1": "NR"}}, ArmNames())
    {'hr': '0.21', 'hr_lo': '0.14', 'hr_hi': '0.30', 'hr_level': '0.9', 'median0': '8.4', 'median1': 'NR'}
    """
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for key, value in given.items():
        with collecting(wrong):
            for said, each in _named(key, value, names):
                for name, part in _with_its_limits(said, each).items():
                    if name in found:
                        both = f"{shortened(found[name])} and {shortened(part)}"
                        raise ValueError(f"{name} is given twice, as {both}; leave one out")
                    found[name] = part
    for name, value in found.items():
        with collecting(wrong):
            if name == "landmark" and isinstance(value, str):
                checked_time(value, name)
            elif name.endswith("_level") and isinstance(value, str):
                _level(name, value)
            elif name == "logrank_p_sides" and value not in ("1", "2"):
                raise ValueError(f"{name} is {shortened(value)}; give 1 or 2")
    raise_all(wrong)
    return found


def _with_its_limits(name: str, value: Any) -> dict[str, Any]:
    """A summary in the form that the rest reads, and its limits and level, where these stand behind it."""
    if not isinstance(value, str) or name.endswith(("_level", "_sides")):
        return {name: value}
    form = as_fraction if name.startswith("lm") else as_printed
    limits = with_limits(value) if name in _ESTIMATES else None
    if limits is None:
        return {name: form(value)}
    parts = {name: form(limits.value), f"{name}_lo": form(limits.low), f"{name}_hi": form(limits.high)}
    return parts | ({} if limits.level is None else {f"{name}_level": f"{limits.level:g}"})


def _level(name: str, value: str) -> float:
    try:
        return as_level(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _named(key: str, value: Any, names: ArmNames) -> Iterable[tuple[str, Any]]:
    """The keys that one stands for, with numbers of arms."""
    if value == "":
        return
    if key == "landmark":
        yield key, value
        return
    found = _KEY.fullmatch(key)
    known = SUMMARY_KEYS if not isinstance(value, dict) else [*SUMMARY_KEYS, *_OF_AN_ARM]
    if found is None:
        raise ValueError(f"unknown key {shortened(key)}; {nearest_name(key, known)}")
    stem, digits, end = found.groups()
    if isinstance(value, dict) and not digits:
        for number, each in by_arm(value, names, key).items():
            if stem not in _OF_AN_ARM and number == 0:
                raise ValueError(f"{key} is of the reference, {names.name(0)}, against itself; name the other arm")
            yield f"{stem}{number if stem in _OF_AN_ARM else ''}{end}", each
        return
    if not digits and stem not in _OF_AN_ARM and len(names.arms) > 2:
        said = ", ".join(f"{names.name(arm)}: ..." for arm in names.kept[1:])
        raise ValueError(f"{key} is of which arm against {names.name(0)}? give it as {{{said}}}")
    arm = names.find(digits) if digits else None
    name = f"{stem}{'' if arm is None else arm}{end}"
    if arm in names.left_out and digits:
        return
    if name not in SUMMARY_KEYS or (digits and arm is None):
        raise ValueError(f"unknown key {shortened(key)}; {nearest_name(key, known)}")
    yield name, value


def read_levels(summaries: Mapping[str, str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Summaries as :func:`.from_summaries` takes them, and as rows of quantities those of another confidence level.

    A one-sided P value becomes a :class:`.OneSided`.

    >>> read_levels({"hr": "0.21", "hr_lo": "0.14", "hr_level": "0.9", "logrank_p": "0.004", "logrank_p_sides": "1"})
    ({'logrank_p': OneSided(text='0.004', exact=False)},
     [{'quantity': 'hr', 'value': '0.21', 'low': '0.14', 'high': None, 'level': 0.9}])
    """
    plain: dict[str, Any] = {name: value for name, value in summaries.items() if name in NAMES}
    if summaries.get("logrank_p_sides") == "1" and (p := Printed(plain.get("logrank_p", ""))).is_number:
        plain["logrank_p"] = OneSided(p.text)
    rows = []
    for name in _ESTIMATES:
        row = _row_of(name, summaries)
        if row["level"] == LEVEL or (name.startswith("lm") and "time" not in row):
            continue
        rows.append(row)
        plain = _without(plain, name)
    if not any(name.startswith("lm") for name in plain):
        plain.pop("landmark", None)
    return plain, rows


def in_order(*printed: Printed) -> bool:
    """Whether a lower limit, the estimate and the upper limit, of those that are numbers, do not fall.

    >>> in_order(Printed("0.84"), Printed("0.62"), Printed("0.93")), in_order(Printed("8.4"), Printed("NR"))
    (False, True)
    """
    numbers = [each.value for each in printed if each.is_number]
    return numbers == sorted(numbers)


def outside_limits(row: Mapping[str, Any]) -> bool:
    """Whether an estimate, of a row of quantities, lies outside its own limits, or these are in the wrong order.

    >>> outside_limits({"value": "0.62", "low": "0.84", "high": "0.93"}), outside_limits({"value": "8.4", "high": "NR"})
    (True, False)
    """
    return not in_order(*(Printed(str(row[key])) for key in ("low", "value", "high") if row.get(key) is not None))


def taken_apart(summaries: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Summaries without the estimates that lie outside their own limits, and these, as rows of quantities.

    >>> taken_apart({"hr": "0.62", "hr_lo": "0.84", "hr_hi": "0.93", "median0": "8.4"})
    ({'median0': '8.4'}, [{'quantity': 'hr', 'value': '0.62', 'low': '0.84', 'high': '0.93', 'level': 0.95}])
    """
    left, rows = dict(summaries), list[dict[str, Any]]()
    for name in _ESTIMATES:
        row = _row_of(name, summaries)
        if outside_limits(row):
            rows.append(row)
            left = _without(left, name)
    return left, rows


def _without(summaries: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Summaries without an estimate, its limits and level."""
    return {key: value for key, value in summaries.items() if key not in [name + end for end in _ENDS]}


def _row_of(name: str, summaries: Mapping[str, Any]) -> dict[str, Any]:
    """A row of quantities of an estimate, its limits and level; rates without a landmark have no time."""
    row: dict[str, Any] = {"quantity": name.rstrip("01").replace("lm", "survival")}
    row |= {"arm": int(name[-1])} if name[-1].isdigit() else {}
    row |= {"time": float(str(summaries["landmark"]))} if name.startswith("lm") and "landmark" in summaries else {}
    row |= {key: summaries.get(name + end) for key, end in (("value", ""), ("low", "_lo"), ("high", "_hi"))}
    return row | {"level": as_level(summaries[f"{name}_level"]) if f"{name}_level" in summaries else LEVEL}


def expand_row(given: Mapping[str, Any], value: str, quantity: str) -> dict[str, Any]:
    """A row of rates or quantities whose limits may stand behind its value.

    Parameters
    ----------
    value : the key of the estimate
    quantity : of which it is; survival may be in per cent

    >>> expand_row({"arm": "0", "time": "12", "survival": "65.2% (50.0 to 76.8)"}, "survival", "survival")
    {'arm': '0', 'time': '12', 'survival': '0.652', 'low': '0.500', 'high': '0.768'}
    """
    row = {key: each for key, each in given.items() if each != ""}
    if isinstance(row.get(value), str) and (limits := with_limits(row[value])) is not None:
        parts = {"low": limits.low, "high": limits.high} | ({} if limits.level is None else {"level": limits.level})
        for key, part in parts.items():
            if key in row:
                raise ValueError(f"{key} is given twice, as {shortened(row[key])} and {shortened(part)}; leave one out")
        row |= {value: limits.value, **parts}
    form = as_fraction if quantity in _SHARES else as_printed
    for key in (value, "low", "high"):
        if isinstance(row.get(key), str):
            row[key] = form(row[key])
    if isinstance(row.get("level"), str):
        row["level"] = _level("level", row["level"])
    return row


def rows_of_arms(given: object, names: ArmNames, wrong: list[str]) -> object:
    """Rows of a list without those of arms left out; of what is of two arms, ``arm`` names the experimental one."""
    if not isinstance(given, list):
        return given
    rows = []
    for i, row in enumerate(given):
        kept = row
        if isinstance(row, dict) and len(names.arms) > 2 and row.get("quantity") in _OF_BOTH:
            arm = names.find(row.get("arm", ""))
            if not arm:
                said = ", ".join(each.name for each in names.arms[1:])
                wrong.append(
                    f"entry {i + 1}: {row['quantity']} is of which arm against {names.name(0)}? add arm, one of: {said}"
                )
            kept = {key: value for key, value in row.items() if key != "arm"}
        if not (isinstance(row, dict) and names.find(row.get("arm", "")) in names.left_out):
            rows.append(kept)
    return rows


def rates_written_out(given: Mapping[str, Any], names: ArmNames) -> list[dict[str, Any]]:
    """Rates given as ``{time: [12, 24], control: [43.1%, 12%], ...}``, a row each.

    Raises
    ------
    ValueError
        For a key that is no arm, or lists of different lengths.

    >>> rates_written_out({"time": ["12", "24"], "1": ["79%", ""]}, ArmNames())
    [{'arm': '1', 'time': '12', 'survival': '79%'}]
    """
    if not isinstance(given.get("time"), list):
        raise ValueError("give a list of rates, or time and lists of each arm, as {time: [12, 24], 0: [43%, 12%]}")
    times, rows = given["time"], []
    for arm, values in by_arm({key: value for key, value in given.items() if key != "time"}, names, "rates").items():
        if not isinstance(values, list) or len(values) != len(times):
            raise ValueError(f"{names.name(arm)} is {shortened(values)}; give one rate for each of {len(times)} times")
        said = next(text for text in (names.name(arm), str(arm)) if names.find(text) == arm)
        pairs = zip(times, values, strict=True)
        rows += [{"arm": said, "time": time, "survival": value} for time, value in pairs if value != ""]
    return rows
