"""What a cell of a printed table says, in the forms that papers use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from netterbook.errors import DataError
from netterbook.printed import Printed
from netterbook.reconstruction.faults import shortened
from netterbook.reconstruction.printed_forms import as_printed

_WHOLE = r"\d{1,3}(?:,\d{3})+|\d+"
_NUMBER = rf"[<>≤≥=]?\s*[-−]?(?:(?:{_WHOLE})(?:[.·]\d+)?|[.·]\d+)(?:[eE][-−]?\d+)?"
_TO = r"\s*(?:–|—|-|−|to|,|;)\s*"
_OPEN, _CLOSE = r"[\(\[]\s*(?:(?P<level>\d\d(?:\.\d)?)\s*%\s*(?:CI|CrI)\s*[,:;]?\s*)?", r"\s*[\)\]]"
_NONE = {"", "-", "–", "—", "··", "..", "NA", "N/A", "n/a"}


class Form(NamedTuple):
    """A form of cells: its parts are the named groups of ``pattern``."""

    name: str
    pattern: re.Pattern[str]


def _form(name: str, pattern: str) -> Form:
    return Form(name, re.compile(pattern, re.IGNORECASE))


_LIMITS = rf"(?P<low>{_NUMBER}|NR|NE)\s*%?{_TO}(?P<high>{_NUMBER}|NR|NE)\s*%?"
FORMS = (
    _form(
        "events of patients",
        rf"(?P<count>{_WHOLE})\s*/\s*(?P<n>{_WHOLE})(?:\s*{_OPEN}(?P<percent>{_NUMBER})\s*%?{_CLOSE})?",
    ),
    _form("estimate with limits", rf"(?P<point>{_NUMBER}|NR|NE)\s*%?\s*{_OPEN}{_LIMITS}{_CLOSE}"),
    _form("count with percentage", rf"(?P<count>{_WHOLE})\s*[\(\[]\s*(?P<percent>{_NUMBER})\s*%?\s*[\)\]]"),
    _form("percentage", rf"(?P<percent>{_NUMBER})\s*%"),
    _form("mean with SD", rf"(?P<mean>{_NUMBER})\s*(?:±|\+/-)\s*(?P<sd>{_NUMBER})"),
    _form("mean with SD", rf"(?P<mean>{_NUMBER})\s*\(\s*(?:SD\s*)?(?P<sd>{_NUMBER})\s*\)"),
    _form("count", rf"(?P<count>{_WHOLE})"),
    _form("number", rf"(?P<point>{_NUMBER}|NR|NE)"),
)  # fmt: skip
"""Tried in this order; the first that the whole cell has is meant, unless the row's label says otherwise."""
_P_VALUE = re.compile(rf"(?:p\s*)?(?P<p>{_NUMBER})", re.IGNORECASE)
_MEAN, _MEDIAN = re.compile(r"\bmean\b|±|\bSD\b"), re.compile(r"\bmedian\b|\brange\b|\bIQR\b", re.IGNORECASE)


MOST_DIGITS = 15
"""Of a number; floats hold no more."""
MOST_PATIENTS = 1_000_000
MOST_DECIMALS_OF_A_BOUND = 4
"""Of a P value: every number of as many digits below it is counted."""
MOST_DIGITS_OF_A_SHARE = 5
"""Of a percentage without its count: all numbers of as many digits are asked whether a count prints like them."""


class Cell(NamedTuple):
    """A cell's form and the numbers in it, as strings that :class:`.Printed` reads."""

    form: str
    parts: dict[str, str]


def plain_number(text: str) -> str:
    """A number as :class:`.Printed` reads it: a leading zero, no power of ten, ``NE`` for what was not reached.

    Raises
    ------
    DataError
        If it is neither, or has more than :data:`MOST_DIGITS` digits.

    >>> [plain_number(text) for text in (".03", "< .0001", "1.2e-5", "NR", "−0·4", "1,204")]
    ['0.03', '<0.0001', '0.000012', 'NE', '-0.4', '1,204']
    >>> plain_number("1.2e-20")
    Traceback (most recent call last):
    netterbook.errors.DataError: '1.2e-20' has 22 digits when written out; give no more than 15, or <0.0001
    """
    said = as_printed(text)
    if Printed(said).is_number:
        check_digits(said, text)
        return said
    if said.upper() in ("NR", "NE"):
        return "NE"
    raise DataError(f"{text!r} is no number that can be used; write it with its digits, as in 0.03")


def check_digits(said: str, text: str) -> None:
    """Refuse a number, as :class:`.Printed` reads it, that has too many digits; ``text`` is how it was printed.

    Raises
    ------
    DataError
        For more than :data:`MOST_DIGITS`.

    >>> check_digits("0.49", ".49")
    """
    if _digits(said) > MOST_DIGITS:
        digits = f"{_digits(said)} digits when written out"
        raise DataError(f"{shortened(text)} has {digits}; give no more than {MOST_DIGITS}, or <0.0001")


def _digits(said: str) -> int:
    return sum(map(str.isdigit, said))


def check_group_size(said: str) -> None:
    """Refuse a number of patients that no group has.

    Raises
    ------
    DataError
        For none, or more than :data:`MOST_PATIENTS`.

    >>> check_group_size("1,204")
    """
    if Printed(said).value > MOST_PATIENTS:
        raise DataError(f"{said} is more than the {MOST_PATIENTS:,} patients that are read; correct it")
    if Printed(said).value == 0:
        raise DataError("a group of 0 patients has no shares; leave it out")


def check_limits_of_a_ratio(text: str, low: Printed, high: Printed) -> None:
    """Refuse limits of a ratio from which no standard error comes; ``text`` is how they were printed.

    Raises
    ------
    DataError
        For limits that are no numbers, or equal.

    >>> check_limits_of_a_ratio("0.62 (0.41–0.93)", Printed("0.41"), Printed("0.93"))
    """
    if not (low.is_number and high.is_number) or low.relation or high.relation:
        raise DataError(f"{text!r} has limits that are no numbers; leave them out")
    if low.value == high.value:
        raise DataError(f"{text!r} has two equal limits; give them with more decimals, or leave them out")


def _check_parts(parts: Mapping[str, str]) -> None:
    if "n" in parts:
        check_group_size(parts["n"])
    if parts.get("count", "0") != "0":
        check_group_size(parts["count"])
    share = parts.get("percent", "")
    if "count" not in parts and _digits(share) > MOST_DIGITS_OF_A_SHARE:
        raise DataError(
            f"{share}% stands without its count and has {_digits(share)} digits; give the count too, or no more than "
            f"{MOST_DIGITS_OF_A_SHARE} digits"
        )


def read_cell(text: str, label: str = "") -> Cell | None:
    """What a cell says; None for one that is blank or holds a dash.

    Parameters
    ----------
    text : the cell as printed
    label : of its row; words such as mean, SD, median or range decide what "63 (9)" is

    Raises
    ------
    DataError
        If the cell has none of the :data:`FORMS`, or more patients or digits than are read; the message names it and the
        nearest forms.

    >>> read_cell("32 (29)").parts, read_cell("30/86 (35%)").parts
    ({'count': '32', 'percent': '29'}, {'count': '30', 'n': '86', 'percent': '35'})
    >>> read_cell("63 (9)", "Age, mean (SD)").parts, read_cell("0·62 [0·41 to 0·93]").form
    ({'mean': '63', 'sd': '9'}, 'estimate with limits')
    >>> read_cell("–") is None, read_cell("32 (29", "Nausea")
    Traceback (most recent call last):
    netterbook.errors.DataError: '32 (29' is no number as tables print it; write as in 32, 32 (29), 30/86 (35%), 63±9 or 0.62 (0.41–0.93)
    """  # noqa: E501
    said = " ".join(text.split())
    if said in _NONE:
        return None
    of_times, of_means = bool(_MEDIAN.search(label)), bool(_MEAN.search(label))
    for form in FORMS:
        found = form.pattern.fullmatch(said)
        if found is None or (form.name.startswith("count") and (of_times or of_means)):
            continue
        if form.name == "mean with SD" and of_times:
            continue
        if form.name == "mean with SD" and "±" not in said and "+/-" not in said and not of_means:
            raise DataError(
                f"{text!r} may be a mean with its SD or a number with its percentage; say in the row's label which, as "
                "in 'Age, mean (SD)'"
            )
        parts = {name: plain_number(part) for name, part in found.groupdict().items() if part and name != "level"}
        _check_parts(parts)
        level = found.groupdict().get("level")
        return Cell(form.name, parts | ({"level": level} if level else {}))
    examples = "32, 32 (29), 30/86 (35%), 63±9 or 0.62 (0.41–0.93)"
    raise DataError(f"{text!r} is no number as tables print it; write as in {examples}")


def read_p(text: str) -> str:
    """A P value as tables print it; empty for a blank cell.

    Raises
    ------
    DataError
        If it is none, has more than :data:`MOST_DIGITS` digits, or is a bound of more than
        :data:`MOST_DECIMALS_OF_A_BOUND` decimals.

    >>> read_p("P<0.001"), read_p(".03"), read_p("p = 1.2e-5"), read_p("")
    ('<0.001', '0.03', '0.000012', '')
    >>> read_p("1,111")
    Traceback (most recent call last):
    netterbook.errors.DataError: '1,111' is no P value; write it as in 0.03 or <0.001, or leave the cell blank
    >>> read_p("n.s.")
    Traceback (most recent call last):
    netterbook.errors.DataError: 'n.s.' is no P value; write it as in 0.03 or <0.001, or leave the cell blank
    """
    said = " ".join(text.split())
    if said in _NONE:
        return ""
    found = _P_VALUE.fullmatch(said)
    number = plain_number(found["p"]) if found else ""
    if not number or not 0 <= Printed(number).value <= 1:
        raise DataError(f"{text!r} is no P value; write it as in 0.03 or <0.001, or leave the cell blank")
    if Printed(number).relation and Printed(number).decimals > MOST_DECIMALS_OF_A_BOUND:
        limit = f"more than {MOST_DECIMALS_OF_A_BOUND} decimals"
        raise DataError(f"{text!r} is a bound of {limit}; write <0.0001 if it is below, which is as true")
    return number
