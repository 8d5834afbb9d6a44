"""Numbers in the forms in which papers print them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from netterbook.printed import Printed

_P = re.compile(r"^p(?:[ -]?value)?\s*(?=[<>≤≥=])", re.IGNORECASE)
_DOTS = re.compile("[·∙‧⋅・]")
_FORM = re.compile(
    r"(?P<relation>[<>≤≥=]?)\s*(?P<sign>[-−]?)(?P<whole>(?:\d{1,3}(?:,\d{3})+|\d+)?)(?P<decimals>(?:\.\d+)?)"
    r"(?:\s*(?:e|[x×*]\s*10\s*\^?)\s*(?P<power>[-−+]?\d+))?\s*(?P<percent>%?)",
    re.IGNORECASE,
)
_NOT_REACHED = {"nr", "ne", "na", "n.r.", "n.e.", "not reached", "not estimable", "not evaluable", "not estimated", "∞"}
_SMALLEST_POWER = -20


def as_printed(text: str) -> str:
    """A number in the one form in which the rest of the library reads it, to the digits that were printed.

    What is no number is returned as it is.

    >>> [as_printed(x) for x in (".0001", "0·0001", "P<0.001", "p = .03", "1.2e-5", "<.0001", "<= 0.05", "3.1 × 10^-4")]
    ['0.0001', '0.0001', '<0.001', '0.03', '0.000012', '<0.0001', '≤0.05', '0.00031']
    >>> as_printed("Not reached"), as_printed("65.2%"), as_printed("about 5"), as_printed("0.210")
    ('NR', '65.2%', 'about 5', '0.210')
    """
    plain = " ".join(str(text).split())
    if plain.lower() in _NOT_REACHED:
        return plain if plain in ("NE", "not reached", "not estimated") else "NR"
    plain = _DOTS.sub(".", _P.sub("", plain)).replace("<=", "≤").replace(">=", "≥")
    found = _FORM.fullmatch(plain)
    if found is None or not found["whole"] + found["decimals"]:
        return text
    number = f"{found['whole'] or 0}{found['decimals']}"
    if found["power"]:
        power = int(found["power"].replace("−", "-"))
        if not _SMALLEST_POWER <= power <= 0:
            return text
        number = format(Decimal(number.replace(",", "")).scaleb(power), "f")
    relation = found["relation"].replace("=", "")
    return f"{relation}{found['sign'].replace('−', '-')}{number}{found['percent']}"


def as_fraction(text: str) -> str:
    """A share as a fraction, with as many digits as were printed, where it is printed in per cent; as it is where a
    comma in it divides no thousands, which is left to be refused.

    >>> as_fraction("65.2%"), as_fraction("65%"), as_fraction("<1 %"), as_fraction("0.652"), as_fraction("100%")
    ('0.652', '0.65', '<0.01', '0.652', '1.00')
    >>> as_fraction("7,9%"), as_fraction("<7,9 %")
    ('7,9%', '<7,9 %')
    """
    plain = as_printed(text)
    if not plain.endswith("%") or not _FORM.fullmatch(plain):
        return plain
    relation = plain[0] if plain[0] in "<>≤≥" else ""
    return f"{relation}{format(Decimal(plain[len(relation) : -1].replace(',', '')).scaleb(-2), 'f')}"


def as_level(text: str) -> float:
    """A confidence level as a fraction.

    Raises
    ------
    ValueError
        For one below one half or not below 1.

    >>> as_level("0.90"), as_level("90%"), as_level("90"), as_level("97.5 %")
    (0.9, 0.9, 0.9, 0.975)
    """
    try:
        level = float(as_printed(text).removesuffix("%"))
    except ValueError:
        level = 0.0
    level = level / 100 if level >= 50 else level
    if not 0.5 <= level < 1:
        raise ValueError(f"{text!r} is no confidence level; give a fraction as 0.95, or 95%")
    return round(level, 12)


class PrintedInterval(NamedTuple):
    """An estimate with its limits, as printed; ``level`` is a fraction, None where it is not said."""

    value: str
    low: str
    high: str
    level: float | None


_PART = r"[^\s()\[\],;]+(?: reached| estimable| estimated| evaluable)?"
_WITH_LIMITS = re.compile(
    rf"(?P<value>{_PART})\s*(?:[,;]\s*)?(?P<open>[(\[]?)\s*"
    r"(?:(?P<level>\d\d(?:[.·]\d+)?)\s*%\s*(?P<ci>CI|CrI|confidence interval)?\s*[,:;=]?\s*[(\[]?)?"
    rf"\s*(?P<low>{_PART}?)\s*(?:\bto\b|[-–—,;])\s*(?P<high>{_PART})\s*[)\]]*",
    re.IGNORECASE,
)


def with_limits(text: str) -> PrintedInterval | None:
    """An estimate that is printed with its limits in brackets; None where it is not.

    >>> with_limits("0.21 (95% CI, 0.13 to 0.33)")
    PrintedInterval(value='0.21', low='0.13', high='0.33', level=0.95)
    >>> with_limits("0·21 [0·13–0·33]"), with_limits("NR (19.4 to not reached)")
    (PrintedInterval(value='0.21', low='0.13', high='0.33', level=None),
     PrintedInterval(value='NR', low='19.4', high='not reached', level=None))
    >>> with_limits("65.2% (50.0-76.8)"), with_limits("0.21; 90% CI 0.14-0.30")
    (PrintedInterval(value='65.2%', low='50.0%', high='76.8%', level=None),
     PrintedInterval(value='0.21', low='0.14', high='0.30', level=0.9))
    >>> with_limits("0.21"), with_limits("not reached")
    (None, None)
    """
    found = _WITH_LIMITS.fullmatch(" ".join(str(text).split()))
    if found is None or not (found["open"] or found["ci"]):
        return None
    value, low, high = (as_printed(found[part]) for part in ("value", "low", "high"))
    if value.endswith("%"):
        low, high = (part if part.endswith("%") or not part[-1].isdigit() else f"{part}%" for part in (low, high))
    return PrintedInterval(value, low, high, as_level(found["level"].replace("·", ".")) if found["level"] else None)


def number_of(text: object, comma: bool = False) -> float:
    """A number of a table; nan where it is none.

    Parameters
    ----------
    comma : whether commas are decimal signs; else they divide thousands

    >>> number_of("0,652", comma=True), number_of("1,204"), number_of(".5"), number_of("·5"), number_of("0,652")
    (0.652, 1204.0, 0.5, 0.5, nan)
    """
    plain = _DOTS.sub(".", str(text).strip()).replace("−", "-").replace("\u00a0", "")
    if comma:
        plain = plain.replace(",", ".")
    elif re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        return float(plain)
    except ValueError:
        return float("nan")


_CELL = re.compile(r"(?P<risk>[^()\[\]]+?)\s*[(\[]\s*(?P<more>[^()\[\]]*?)\s*[)\]]")


def number_at_risk(text: object) -> tuple[str, str]:
    """A cell of numbers at risk, and what stands in brackets behind it, empty where nothing does.

    >>> number_at_risk("16 (1)"), number_at_risk("1,204[37]"), number_at_risk("16")
    (('16', '1'), ('1,204', '37'), ('16', ''))
    """
    found = _CELL.fullmatch(str(text).strip())
    return (found["risk"], found["more"]) if found else (str(text).strip(), "")


@dataclass(frozen=True)
class OneSided(Printed):
    """A one-sided P value as printed, which stands for the two-sided values, twice as large.

    >>> OneSided("0.004").admits(0.0086), Printed("0.008").admits(0.0086), float(OneSided("<0.001").bounds[1])
    (True, False, 0.002)
    >>> str(OneSided("0.004"))
    '0.004, one-sided'
    """

    @property
    def value(self) -> Fraction:
        return 2 * super().value

    @cached_property
    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        low, high = Printed(self.text, self.exact).bounds
        return None if low is None else 2 * low, None if high is None else 2 * high

    def __str__(self) -> str:
        return f"{self.text}, one-sided"
