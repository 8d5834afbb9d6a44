"""Printed numbers and what is said of them: claims, verdicts, and checks with the numbers that they rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from netterbook.printed import Number, Printed


class Verdict(StrEnum):
    """How a recomputed number compares with the printed one."""

    REPRODUCED = "reproduced"
    FIXED = "fixed"
    RECOVERED = "recovered"
    AGREES = "agrees"
    POSSIBLE = "possible"
    ALIKE = "printed alike"
    DIFFERS = "differs"
    RECORDED = "recorded"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]

    @property
    def confirms(self) -> bool:
        """Whether the verdict says that the number was obtained from other numbers."""
        return self in (Verdict.REPRODUCED, Verdict.AGREES, Verdict.RECOVERED)


_MEANINGS = {
    Verdict.REPRODUCED: "recomputed from other printed numbers, it rounds to what is printed",
    Verdict.FIXED: "with the other printed numbers, no other number of as many digits is possible",
    Verdict.RECOVERED: "a reconstruction that was not given the number has it inside its 95% interval",
    Verdict.AGREES: "arithmetic gives it, but by a form chosen because it fits, or from numbers that it only restates",
    Verdict.POSSIBLE: "not excluded by the other printed numbers; how many others would pass as well is said",
    Verdict.ALIKE: "printed alike in another place, which confirms nothing",
    Verdict.DIFFERS: "two printed numbers disagree; the arithmetic is shown",
    Verdict.RECORDED: "nothing public allows a check that a misprint could fail; the reason is given",
}


@dataclass(frozen=True)
class Claim:
    """One printed number, or one estimate with its interval, quartiles, range or SD.

    ``parts`` maps ``point`` and, where printed, ``low``, ``high`` or ``sd`` to the printed strings. ``numerator`` and
    ``denominator`` are the claims that a percentage is taken of; ``same_as`` is the main printing of the quantity.
    """

    id: str
    paper: str
    place: str
    page: str
    arm: str
    quantity: str
    measure: str
    unit: str
    parts: dict[str, Printed]
    level: str = ""
    same_as: str = ""
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()

    @property
    def point(self) -> Printed:
        return self.parts["point"]

    @property
    def printed(self) -> str:
        """The claim as one string: the number, or the estimate with its interval or spread."""
        if "low" in self.parts:
            return f"{self.point} ({self.parts['low']} to {self.parts['high']})"
        return f"{self.point}±{self.parts['sd']}" if "sd" in self.parts else str(self.point)


AXIS = "axis"
"""Measure of the ticks of axes."""
TEXT = "text"
"""As the part of a claim: its printed text, for checks of what is no number, such as a date."""


@cache
def _value(printed: Printed) -> Number:
    return printed.value


@dataclass(frozen=True)
class Leaf:
    """A part of a claim as an input of a check."""

    claim: str
    part: str
    printed: Printed

    @cached_property
    def value(self) -> Any:
        """The printed number, or the text itself where this is what was asked for."""
        return self.printed.text if self.part == TEXT else _value(self.printed)

    def printed_as(self, otherwise: Mapping[tuple[str, str], Printed]) -> Leaf:
        """The same part of the same claim, if another number were printed there."""
        there = otherwise.get((self.claim, "point" if self.part == TEXT else self.part))
        return self if there is None else Leaf(self.claim, self.part, there)

    def leaves(self) -> list[Leaf]:
        return [self]

    def facts(self) -> list[str]:
        return []

    def evaluate(self, values: Mapping[Leaf, Number]) -> Number:
        return values[self]


@dataclass(frozen=True)
class Constant:
    """A number as an input of a check; with a ``name`` if it has a source."""

    value: Number
    name: str = ""

    def leaves(self) -> list[Leaf]:
        return []

    def facts(self) -> list[str]:
        return [self.name] if self.name else []

    def evaluate(self, values: Mapping[Leaf, Number]) -> Number:
        return self.value


@dataclass(frozen=True)
class Derived:
    """A quantity computed from other inputs of a check."""

    label: str
    compute: Callable[..., Number]
    inputs: tuple[Node, ...]

    def leaves(self) -> list[Leaf]:
        """The printed numbers this value rests on, each once, in order."""
        return leaves_of(self.inputs)

    def facts(self) -> list[str]:
        """Names of the sourced constants this value rests on."""
        return [fact for node in self.inputs for fact in node.facts()]

    def evaluate(self, values: Mapping[Leaf, Number]) -> Number:
        """The value when the leaves take ``values``."""
        return self.compute(*(node.evaluate(values) for node in self.inputs))


Node = Leaf | Constant | Derived


def leaves_of(nodes: Iterable[Node]) -> list[Leaf]:
    """The printed numbers that nodes rest on, each once, in order.

    >>> leaf = Leaf("n", "point", Printed("5"))
    >>> leaves_of([leaf, Constant(2), Derived("twice", lambda n: 2 * n, (leaf,))]) == [leaf]
    True
    """
    return list(dict.fromkeys(leaf for node in nodes for leaf in node.leaves()))


Input = str | Node | Number
"""What a check may use: a claim's id, ``claim_id:low`` for a part of it, a number, or a quantity derived from these."""
Result = Number | Sequence[Number | None]
"""What a check computes: a number, or one number a part; None for one that does not exist."""


@dataclass(frozen=True)
class Check:
    """One recomputation of one claim: what it gave, by which method, from which printed numbers."""

    claim: str
    verdict: Verdict
    recomputed: str
    method: str
    inputs: tuple[str, ...]
    note: str = ""
    nominal: tuple[Number | None, ...] = ()
    ranges: tuple[tuple[Number, Number] | None, ...] = ()
    parts: tuple[str, ...] = ("point",)
    passing: int | None = None
    forms: int | None = None
    """How many numbers of as many digits would have passed, and how many there are; None where it cannot be counted."""

    @property
    def looseness(self) -> float:
        """Share of the numbers of as many digits that would pass; 1 where it cannot be counted."""
        return 1 if self.passing is None or self.forms is None else self.passing / self.forms


Otherwise = Mapping[tuple[str, str], Printed]
"""Claims and parts that are taken to be printed otherwise."""


@dataclass(frozen=True, eq=False)
class Relation:
    """What a check that holds says of printed numbers, to be asked again of others."""

    claim: str
    method: str
    inputs: tuple[str, ...]
    """Claims that it rests on, and facts."""
    parts: tuple[str, ...]
    compute: Callable[..., Any]
    """The parts from the values of ``nodes``, or, where ``bounds``, the ends between which the part lies."""
    nodes: tuple[Node, ...]
    bounds: bool
    steady: bool
    """Whether the numbers that may stand for one of its inputs are a stretch without gaps."""

    @cached_property
    def leaves(self) -> list[Leaf]:
        return leaves_of(self.nodes)

    @cached_property
    def points(self) -> set[str]:
        """Claims of which it uses the number itself, not only its limits."""
        return {leaf.claim for leaf in self.leaves if leaf.part in ("point", TEXT)}


def where(claim: Claim, seen_from: Claim | None = None) -> str:
    """``Table 4``, with the paper's key in front where it is another paper."""
    other = seen_from is not None and claim.paper != seen_from.paper
    return f"{claim.paper} {claim.place}" if other else claim.place
