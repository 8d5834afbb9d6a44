"""Facts from beyond the papers, read from ``data/reference/facts.csv`` into values, limits, spread and unit.

A fact keeps the text in which its source states it; what can be computed with is parsed here and nowhere else. Where a
fact was read that is known at second hand alone stands in ``data/reference/secondary.csv``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from netterbook.errors import DataError

_NUMBER = r"(?<![A-Za-z\d.-])-?\d+(?:\.\d+)?"
_RANGE = rf"({_NUMBER})-(\d+(?:\.\d+)?)"


class Stated(NamedTuple):
    """An estimate with its limits; these are nan where none are stated, inf where one was not reached."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Fact:
    """One fact: texts as they are stored, and the numbers in them as properties.

    ``confidence`` says how it was read: in the full text, in the abstract, in a secondary source, or computed, and
    ``read_at`` names that secondary source, where it is known.
    """

    id: str
    topic: str
    quantity: str
    text: str
    low_text: str
    high_text: str
    unit: str
    population: str
    source: str
    confidence: str
    read_at: str = ""

    @property
    def how_read(self) -> str:
        """How it was read, as it stands in a sentence.

        >>> from netterbook.papers import data_dir
        >>> known = read(data_dir())
        >>> known["F196"].how_read, known["F177"].how_read
        ('read in abstract', 'read in a secondary source: medimix.be')
        """
        if self.confidence != "read-in-secondary":
            return self.confidence.replace("-", " ")
        return "read in a secondary source" + (f": {self.read_at}" if self.read_at else "")

    @property
    def numbers(self) -> tuple[float, ...]:
        """Every number of the value, in order; the ends of a range are two."""
        return _numbers(self.text)

    @property
    def quantity_numbers(self) -> tuple[float, ...]:
        """Every number in the text that names the quantity, in order."""
        return _numbers(self.quantity)

    @property
    def size(self) -> int:
        """Of the population: the first number of patients, cycles or lesions that its text states.

        Raises
        ------
        DataError
            If it states none.
        """
        if not self.sizes:
            raise DataError(f"fact {self.id} states no size of its population: {self.population!r}")
        return self.sizes[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """All numbers that the text of the population states, in order: those for efficacy and for safety, say."""
        return tuple(map(int, _numbers(self.population)))

    @property
    def value(self) -> float:
        """The first number of the value.

        Raises
        ------
        DataError
            If it has none.
        """
        if not self.numbers:
            raise DataError(f"fact {self.id} states no number: {self.text!r}")
        return self.numbers[0]

    @property
    def low(self) -> float:
        return self._limits[0]

    @property
    def high(self) -> float:
        return self._limits[1]

    @property
    def stated(self) -> Stated:
        """The value with its limits."""
        return Stated(self.value, *self._limits)

    @property
    def printed(self) -> str:
        """The value with its limits, as they are stored; a range stands there once.

        >>> from netterbook.papers import data_dir
        >>> read(data_dir())["F061"].printed
        '0.84 (0.60 to 1.17)'
        """
        limits = f" ({self.low_text} to {self.high_text})" if self.low_text else ""
        return self.text + limits * (self.text != f"{self.low_text}-{self.high_text}")

    @property
    def sd(self) -> float:
        """The standard deviation that follows the value as ``(SD x)`` or ``+- x``.

        Raises
        ------
        DataError
            If there is none.
        """
        found = re.search(rf"\(SD ({_NUMBER})\)|\+- ({_NUMBER})", self.text)
        if found is None:
            raise DataError(f"fact {self.id} states no standard deviation: {self.text!r}")
        return float(found[1] or found[2])

    @property
    def _limits(self) -> tuple[float, float]:
        if self.low_text or self.high_text:
            low, high = (_limit(text) for text in (self.low_text, self.high_text))
            return low, high
        within = re.search(rf"\({_RANGE}\)", self.text)
        return (float(within[1]), float(within[2])) if within else (nan, nan)

    @property
    def alternatives(self) -> tuple[Stated, ...]:
        """Every number of the value with its own limits, where limits are stored as ``x / y``.

        >>> from netterbook.papers import data_dir
        >>> [tuple(each) for each in read(data_dir())["F200"].alternatives]
        [(0.21, 0.13, 0.32), (0.13, 0.08, 0.22)]
        """
        limits = [[_limit(part) for part in text.split(" / ")] for text in (self.low_text, self.high_text)]
        return tuple(Stated(*each) for each in zip(self.numbers, *limits, strict=True))

    def named(self, name: str) -> Stated:
        """An estimate that the value or the quantity states after a name, with limits where these follow in brackets.

        Raises
        ------
        DataError
            If the name stands before no number.
        """
        for text in (self.text, self.quantity):
            found = re.search(rf"{re.escape(name)}\s*(\d+(?:\.\d+)?)(?: \({_RANGE}\))?", text)
            if found:
                return Stated(float(found[1]), float(found[2] or nan), float(found[3] or nan))
        raise DataError(f"fact {self.id} states no number after {name!r}: {self.text!r}; {self.quantity!r}")

    def versus(self, name: str) -> tuple[int, int]:
        """The counts of two groups that the value states after a name, as ``x vs y``.

        Raises
        ------
        DataError
            If the name stands before no two counts.
        """
        found = re.search(rf"{re.escape(name)} (\d+) vs (\d+)", self.text)
        if found is None:
            raise DataError(f"fact {self.id} states no two counts after {name!r}: {self.text!r}")
        return int(found[1]), int(found[2])


def _numbers(text: str) -> tuple[float, ...]:
    """Of ``15-17`` two, of ``-0.552`` one."""
    split = re.sub(r"(?<=\d)-(?=\d)", " ", text)
    return tuple(float(x) for x in re.findall(_NUMBER, split))


def _limit(text: str) -> float:
    return inf if text == "NE" else float(text.partition(" / ")[0]) if text else nan


def read(folder: Path) -> Mapping[str, Fact]:
    """The facts of a data folder by id. Those that nobody could verify are not among them.

    Parameters
    ----------
    folder : the data package

    Raises
    ------
    DataError
        If the file is missing or a fact has an id twice.

    >>> from netterbook.papers import data_dir
    >>> facts = read(data_dir())
    >>> facts["F061"].stated, facts["F082"].value, facts["F082"].sd
    (Stated(value=0.84, low=0.6, high=1.17), 19.4, 8.7)
    >>> facts["F101"].numbers, facts["F186"].named("PFS"), facts["F089"].value
    ((23.0, 29.0, 2.0), Stated(value=29.0, low=26.0, high=33.0), -0.552)
    >>> facts["F046"].versus("SNMMI 2016 abstract")
    (23, 67)
    >>> facts["F185"].sizes  # for efficacy, for toxicity
    (310, 504)
    >>> facts["F139"].read_at
    'Svensson EJNMMI 2015;42:947-55, introduction'
    >>> facts["F157"].quantity_numbers, facts["F158"].size, facts["F088"].named("RSE").value, facts["F098"].low
    ((8.0, 13.0), 41, 23.0, 46.97)
    """
    path = folder / "reference" / "facts.csv"
    if not path.is_file():
        raise DataError(f"there are no reference facts in {path}")
    read_at = _read_at(folder)
    found: dict[str, Fact] = {}
    source = ""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            source = row["source"] if row["source"] != "same" else source
            if row["confidence"] == "unverified":
                continue
            if row["id"] in found:
                raise DataError(f"{path.name}: two facts have the id {row['id']}")
            found[row["id"]] = Fact(
                row["id"], row["topic"], row["quantity"], row["value"], row["low"], row["high"], row["unit"],
                row["population"], source, row["confidence"], read_at.get(row["id"], ""),
            )  # fmt: skip
    return MappingProxyType(found)


def _read_at(folder: Path) -> dict[str, str]:
    path = folder / "reference" / "secondary.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["read_at"] for row in csv.DictReader(file)}
