"""Claims, checks and verdicts: the ledger of every printed number.

A :class:`Claim` is one printed number. A check recomputes it from other claims, and a :class:`Ledger` holds all claims
with their checks. Two rules are enforced here and nowhere else:

* no claim is reproduced from itself, from another printing of the same quantity, or from a number that was itself
  reproduced from it, through any number of steps (:class:`CircularCheck`);
* a number stands for every value that would print like it (:class:`.Printed`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf, isfinite
from pathlib import Path

import pandas as pd

from netterbook.errors import CircularCheck, ParameterError, UnknownClaim
from netterbook.printed import NOT_ESTIMATED, Number, Printed, show


class Verdict(StrEnum):
    """How a recomputed number compares with the printed one."""

    REPRODUCED = "reproduced"
    WITHIN_ROUNDING = "within rounding"
    RECOVERED = "recovered"
    POSSIBLE = "possible"
    DIFFERS = "differs"
    RECORDED = "recorded"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]

    @property
    def confirms(self) -> bool:
        """Whether the verdict says that the number was obtained from other numbers."""
        return self in (Verdict.REPRODUCED, Verdict.WITHIN_ROUNDING, Verdict.RECOVERED)


_MEANINGS = {
    Verdict.REPRODUCED: "the recomputed number rounds to the printed one",
    Verdict.WITHIN_ROUNDING: "some unrounded inputs that print alike give the printed number",
    Verdict.RECOVERED: "a reconstruction that was not given the number has it inside its 95% interval",
    Verdict.POSSIBLE: "the check can only show that the number is not impossible",
    Verdict.DIFFERS: "two printed numbers disagree; the arithmetic is shown",
    Verdict.RECORDED: "nothing public allows a check; the reason is given",
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


@dataclass(frozen=True)
class Leaf:
    """A part of a claim as an input of a check."""

    claim: str
    part: str
    printed: Printed

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
        return list(dict.fromkeys(leaf for node in self.inputs for leaf in node.leaves()))

    def facts(self) -> list[str]:
        """Names of the sourced constants this value rests on."""
        return [fact for node in self.inputs for fact in node.facts()]

    def evaluate(self, values: Mapping[Leaf, Number]) -> Number:
        """The value when the leaves take ``values``."""
        return self.compute(*(node.evaluate(values) for node in self.inputs))


Node = Leaf | Constant | Derived
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

    @property
    def width(self) -> float:
        """How far apart the values that the check allows lie; infinite where it sets no two ends."""
        ends = self.ranges[0] if self.ranges else None
        return inf if ends is None else float(ends[1] - ends[0])


_STRENGTH = [Verdict.DIFFERS, Verdict.REPRODUCED, Verdict.WITHIN_ROUNDING, Verdict.RECOVERED, Verdict.POSSIBLE]
_CORNER_LIMIT = 8  # beyond this many rounded inputs, each is moved alone and then all together


def _corners(leaves: Sequence[Leaf]) -> Iterator[dict[Leaf, Number]]:
    """The nominal values first, then the ends of every input's rounding interval in combination."""
    nominal: dict[Leaf, Number] = {leaf: leaf.printed.value for leaf in leaves}
    yield nominal
    rounded = [leaf for leaf in leaves if leaf.printed.bounds != (nominal[leaf],) * 2]
    free: dict[Leaf, list[Number]] = {leaf: [b for b in leaf.printed.bounds if b is not None] for leaf in rounded}
    combinations: Iterable[Sequence[Number]]
    if len(free) <= _CORNER_LIMIT:
        combinations = itertools.product(*free.values())
    else:
        combinations = [
            *([b if leaf is moved else nominal[leaf] for leaf in free] for moved in free for b in free[moved]),
            *([bounds[side] for bounds in free.values()] for side in (0, -1)),
        ]
    for ends in combinations:
        yield nominal | dict(zip(free, ends, strict=True))


@dataclass
class Ledger:
    """All claims of a data folder, with the checks made of them."""

    claims: dict[str, Claim]
    folder: Path = Path()
    checks: dict[str, list[Check]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sources: dict[str, set[str]] = {}
        for claim in self.claims.values():
            if claim.same_as and claim.same_as not in self.claims:
                raise UnknownClaim(f"{claim.id} says it is the same as {claim.same_as}, which is no claim")

    def __getitem__(self, claim_id: str) -> Claim:
        try:
            return self.claims[claim_id]
        except KeyError:
            import difflib

            near = [known for known in self.claims if known.startswith(claim_id + ".")][:3]
            near = near or difflib.get_close_matches(claim_id, self.claims, n=3)
            hint = f" Near: {', '.join(near)}." if near else ""
            raise UnknownClaim(f"no claim has the id {claim_id!r}.{hint}") from None

    # ---- inputs of a check

    def node(self, ref: Input) -> Node:
        """An input as a node: a part of a claim, by default its point; a bare number is a constant.

        Raises
        ------
        UnknownClaim
            If there is no such claim, or it prints no number as this part.
        """
        if isinstance(ref, Node):
            return ref
        if not isinstance(ref, str):
            return Constant(ref)
        claim_id, _, part = ref.partition(":")
        claim, part = self[claim_id], part or "point"
        printed = claim.parts.get(part)
        if printed is None or not printed.is_number:
            raise UnknownClaim(f"{claim_id} prints no number as its {part}: {claim.printed!r}")
        return Leaf(claim_id, part, printed)

    def derive(self, label: str, compute: Callable[..., Number], *inputs: Input) -> Derived:
        """A quantity computed from claims, for use in a further step; it remembers what it rests on."""
        return Derived(label, compute, tuple(self.node(ref) for ref in inputs))

    @staticmethod
    def fact(name: str, value: Number) -> Constant:
        """A sourced constant from outside the papers as an input; it is listed as ``fact:name``."""
        return Constant(value, f"fact:{name}")

    def value(self, ref: str | Node) -> Number:
        """The value of an input at the printed numbers."""
        node = self.node(ref)
        return node.evaluate({leaf: leaf.printed.value for leaf in node.leaves()})

    def number(self, claim_id: str) -> float:
        """A printed number."""
        return float(self.value(claim_id))

    def count(self, claim_id: str) -> int:
        """A printed count."""
        return int(self.value(claim_id))

    def counts(self, *claim_ids: str) -> tuple[int, ...]:
        """Printed counts."""
        return tuple(map(self.count, claim_ids))

    def estimate(self, claim_id: str) -> tuple[float, float, float]:
        """A printed estimate with the ends of its interval."""
        return self.number(claim_id), self.number(f"{claim_id}:low"), self.number(f"{claim_id}:high")

    # ---- the rule

    def group(self, claim_id: str) -> str:
        """The main printing of a claim's quantity: copies of one number are one number."""
        seen = [claim_id]
        while main := self[seen[-1]].same_as:
            if main in seen:  # copies of each other
                return min(seen[seen.index(main) :])
            seen.append(main)
        return seen[-1]

    def same(self, main: str, *copies: str) -> None:
        """Declare that claims, and whatever they are copies of, print the same quantity as ``main``.

        Raises
        ------
        CircularCheck
            If one of them has been confirmed from another.
        """
        main = self.group(main)
        old = {self.group(copy) for copy in copies} - {main}
        for group in old | {main}:
            if self.rests_on(group) & (old | {main}):
                raise CircularCheck(f"{group} was confirmed from what is now said to be the same number")
        for claim in [claim for claim in self.claims.values() if self.group(claim.id) in old]:
            self.claims[claim.id] = replace(claim, same_as=main)
        for group in old:
            self._sources.setdefault(main, set()).update(self._sources.pop(group, ()))
        for sources in self._sources.values():
            if sources & old:
                sources -= old
                sources.add(main)

    def rests_on(self, claim_id: str) -> set[str]:
        """Every quantity that the confirmation of a claim rests on, through all steps."""
        found: set[str] = set()
        todo = list(self._sources.get(self.group(claim_id), ()))
        while todo:
            source = todo.pop()
            if source not in found:
                found.add(source)
                todo.extend(self._sources.get(source, ()))
        return found

    def is_circular(self, claim_id: str, inputs: Iterable[str]) -> bool:
        """Whether confirming the claim from these inputs would confirm it from itself."""
        own = self.group(claim_id)
        return any(own == self.group(i) or own in self.rests_on(i) for i in self._claims_among(inputs))

    def _claims_among(self, inputs: Iterable[str]) -> list[str]:
        return [i for i in inputs if not i.startswith("fact:")]

    def add(self, check: Check) -> Check:
        """Enter a check.

        Raises
        ------
        CircularCheck
            If the claim is among its own inputs, or the verdict confirms it from itself through any number of steps.
        """
        self[check.claim]
        if check.claim in check.inputs:
            raise CircularCheck(f"{check.claim} is among its own inputs ({check.method})")
        if check.verdict.confirms:
            if self.is_circular(check.claim, check.inputs):
                raise CircularCheck(f"{check.claim} would be {check.verdict} from itself ({check.method})")
            self._sources.setdefault(self.group(check.claim), set()).update(
                self.group(i) for i in self._claims_among(check.inputs)
            )
        self.checks.setdefault(check.claim, []).append(check)
        return check

    # ---- ways of checking

    def compare(
        self,
        claim_id: str,
        method: str,
        compute: Callable[..., Result],
        inputs: Sequence[Input],
        *,
        parts: Sequence[str] = ("point",),
        note: str = "",
        weak: bool = False,
    ) -> Check:
        """Recompute a claim and enter the verdict.

        ``compute`` takes the inputs' values and returns the number, or one number a part. It must be monotone in each
        input over that input's rounding interval: the range it can take is read off the ends of these intervals. A
        check that only shows a number to be not impossible is ``weak``; so is, always, one that uses the claim's own
        parts.
        """
        check = self.trial(claim_id, method, compute, inputs, parts=parts, note=note, weak=weak)
        return self.add(check)

    def trial(
        self,
        claim_id: str,
        method: str,
        compute: Callable[..., Result],
        inputs: Sequence[Input],
        *,
        parts: Sequence[str] = ("point",),
        note: str = "",
        weak: bool = False,
    ) -> Check:
        """A check as :meth:`compare` makes it, not entered."""
        claim = self[claim_id]
        nodes = [self.node(ref) for ref in inputs]
        leaves = list(dict.fromkeys(leaf for node in nodes for leaf in node.leaves()))

        def at(values: Mapping[Leaf, Number]) -> tuple[Number | None, ...]:
            result = compute(*(node.evaluate(values) for node in nodes))
            return tuple(result) if isinstance(result, Sequence) else (result,)

        corners = _corners(leaves)
        others, constants = _inputs(claim_id, nodes, leaves)
        try:
            results = [at(next(corners))]
        except (ValueError, ArithmeticError) as error:
            return Check(claim_id, Verdict.DIFFERS, f"none: {error}", method, others + constants, note)
        for values in corners:
            try:
                results.append(at(values))
            except (ValueError, ArithmeticError):  # an end of a rounding interval that is no possible value
                continue
        nominal = results[0]
        ranges = tuple(map(_range, zip(*results, strict=True)))
        weak = weak or any(self.group(claim_id) == self.group(leaf.claim) for leaf in leaves)
        verdict = _judge(claim, parts, nominal, ranges, weak)
        decimals = [claim.parts[part].decimals for part in parts]
        shown = [show(x, d) for x, d in zip(nominal, decimals, strict=True)]
        text = shown[0] if len(shown) == 1 else _join(dict(zip(parts, shown, strict=True)))
        return Check(claim_id, verdict, text, method, others + constants, note, nominal, ranges, tuple(parts))

    def best_of(
        self,
        claim_id: str,
        methods: Mapping[str, Callable[..., Result]],
        inputs: Sequence[Input],
        *,
        parts: Sequence[str] = ("point",),
        note: str = "",
        weak: bool = False,
    ) -> Check:
        """Try several methods; enter the first that gives the printed number and name all that do and do not."""
        trials = {
            name: self.trial(claim_id, name, compute, inputs, parts=parts, weak=weak)
            for name, compute in methods.items()
        }
        best = min(trials.values(), key=lambda c: (c.verdict is Verdict.DIFFERS, _STRENGTH.index(c.verdict)))
        fits = [name for name, c in trials.items() if c.verdict == best.verdict]
        rest = [f"{name} {c.recomputed}" for name, c in trials.items() if c.verdict != best.verdict]
        if best.verdict is Verdict.DIFFERS:
            said = ["no method tried gives it: " + "; ".join(f"{n} {c.recomputed}" for n, c in trials.items())]
        else:
            said = ["gives it: " + ", ".join(fits), *(["does not: " + "; ".join(rest)] if rest else [])]
        return self.add(replace(best, note="; ".join(s for s in (note, *said) if s)))

    def bounded(
        self,
        claim_id: str,
        method: str,
        low: Number | None,
        high: Number | None,
        inputs: Sequence[str],
        *,
        note: str = "",
        part: str = "point",
    ) -> Check:
        """A check that leaves a range of possible values, ``None`` for an open side: *possible* or *differs*."""
        printed = self[claim_id].parts[part]
        inside = printed.overlaps(-inf if low is None else low, inf if high is None else high)
        sides = ["" if x is None else show(x, printed.decimals) for x in (low, high)]
        text = sides[0] if sides[0] == sides[1] else "–".join(sides)
        text = f"at least {sides[0]}" if high is None else f"at most {sides[1]}" if low is None else text
        verdict = Verdict.POSSIBLE if inside else Verdict.DIFFERS
        ranges = () if low is None or high is None else ((low, high),)
        return self.add(Check(claim_id, verdict, text, method, tuple(inputs), note, ranges=ranges))

    def recover(
        self,
        claim_id: str,
        method: str,
        estimate: Number,
        interval: tuple[Number, Number],
        inputs: Sequence[str],
        *,
        common: tuple[Number, Number] | None = None,
        note: str = "",
    ) -> Check:
        """An estimate from a reconstruction that was not given the claim: *recovered* if its 95% interval meets the
        claim's rounding, or, where it was made with several seeds, what their intervals have in ``common`` does.

        Raises
        ------
        CircularCheck
            If the claim, or a number confirmed from it, was among the inputs.
        """
        claim = self[claim_id]
        low, high = common or interval
        inside = low <= high and claim.point.overlaps(low, high)
        shown = [show(x, claim.point.decimals - 1) if isfinite(x) else "not reached" for x in (estimate, *interval)]
        return self.add(
            Check(
                claim_id,
                Verdict.RECOVERED if inside else Verdict.DIFFERS,
                f"{shown[0]} ({shown[1]} to {shown[2]})",
                method,
                tuple(inputs),
                note,
                ranges=((low, high),),
            )
        )

    def agree_with_copies(self) -> None:
        """Compare every repeated number with its main printing, and let it share the main printing's checks.

        A copy that agrees is only *possible*: two printings of one number do not confirm each other. Where the main
        printing is recomputed from other numbers, the copy is judged against the same recomputed value.
        """
        for claim in list(self.claims.values()):
            if not claim.same_as:
                continue
            main = self[claim.same_as]
            differing = [
                part
                for part in claim.parts.keys() & main.parts.keys()
                if not _prints_alike(claim.parts[part], main.parts[part])
            ]
            verdict = Verdict.DIFFERS if differing else Verdict.POSSIBLE
            method = f"the same number in {where(main, claim)}"
            same = ((main.point.value, main.point.value),) if main.point.is_number else ()
            self.add(Check(claim.id, verdict, main.printed, method, (main.id,), ranges=same))
            for check in self.checks.get(main.id, []):
                parts = [part for part in check.parts if part in claim.parts]
                if check.verdict is Verdict.RECOVERED and not differing:
                    if check.ranges[0] is not None and claim.point.overlaps(*check.ranges[0]):
                        self.add(replace(check, claim=claim.id))
                elif check.nominal and parts and check.verdict.confirms:
                    index = [check.parts.index(part) for part in parts]
                    nominal, ranges = [check.nominal[i] for i in index], [check.ranges[i] for i in index]
                    verdict = _judge(claim, parts, nominal, ranges, weak=False)
                    self.add(replace(check, claim=claim.id, verdict=verdict))

    # ---- reading the ledger

    def leading(self, claim_id: str) -> Check:
        """The check that speaks for a claim: one that differs, else the strongest, and of equals the narrowest.

        *Recorded* where there is none.
        """
        checks = self.checks.get(self[claim_id].id)
        if not checks:
            return Check(claim_id, Verdict.RECORDED, "", "", (), self.reasons.get(claim_id, ""))
        return min(checks, key=lambda check: (_STRENGTH.index(check.verdict), check.width))

    def verdict(self, claim_id: str) -> Check:
        """:meth:`leading`, with the other checks named in its note."""
        first = self.leading(claim_id)
        others = [f"{c.method}: {c.verdict}" for c in self.checks.get(claim_id, []) if c is not first]
        also = "also " + "; ".join(dict.fromkeys(others)) if others else ""
        return replace(first, note="; ".join(s for s in (first.note, also) if s))

    def frame(self, *, paper: str | None = None, place: str | None = None, verdict: str | None = None) -> pd.DataFrame:
        """One row a claim: id, paper, place, arm, quantity, printed, recomputed, method, inputs, verdict, note.

        Raises
        ------
        ParameterError
            If a filter matches no paper, place or verdict; the message lists those there are.
        """
        rows = []
        for claim in self.claims.values():
            check = self.verdict(claim.id)
            row = (claim.id, claim.paper, claim.place, claim.arm, claim.quantity, claim.printed)
            rows.append((*row, check.recomputed, check.method, " ".join(check.inputs), str(check.verdict), check.note))
        frame = pd.DataFrame(rows, columns=COLUMNS)
        for column, wanted in (("paper", paper), ("place", place), ("verdict", verdict)):
            if wanted is None:
                continue
            known = frame[column].str.lower()
            names = [str(v) for v in Verdict] if column == "verdict" else sorted(frame[column].unique())
            if wanted.lower() not in {name.lower() for name in names}:
                raise ParameterError(f"no {column} {wanted!r}; there are: {', '.join(names)}")
            frame = frame[known == wanted.lower()]
        return frame.reset_index(drop=True)

    def summary(self, frame: pd.DataFrame | None = None, by: str = "paper") -> pd.DataFrame:
        """Number of claims by ``paper`` or ``place`` (rows) and verdict (columns), with totals."""
        frame = self.frame() if frame is None else frame
        table = pd.crosstab(frame[by], frame["verdict"]).reindex(
            index=frame[by].unique(), columns=[str(v) for v in Verdict], fill_value=0
        )
        table["claims"] = table.sum(axis=1)
        table.loc["all"] = table.sum()
        return table.rename_axis(columns=None)


COLUMNS = [
    "claim_id",
    "paper",
    "place",
    "arm",
    "quantity",
    "printed",
    "recomputed",
    "method",
    "inputs",
    "verdict",
    "note",
]


def _inputs(claim_id: str, nodes: list[Node], leaves: list[Leaf]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the other claims and of the facts that a check rests on.

    An estimate against its own interval is an internal check: it rests on no other claim.
    """
    ids = dict.fromkeys(leaf.claim for leaf in leaves)
    return tuple(i for i in ids if i != claim_id), tuple(dict.fromkeys(f for node in nodes for f in node.facts()))


def where(claim: Claim, seen_from: Claim | None = None) -> str:
    """``Table 4``, with the paper's key in front where it is another paper."""
    other = seen_from is not None and claim.paper != seen_from.paper
    return f"{claim.paper} {claim.place}" if other else claim.place


def _range(values: Sequence[Number | None]) -> tuple[Number, Number] | None:
    """The ends of the values; None where one of them does not exist."""
    known = [x for x in values if x is not None]
    return (min(known), max(known)) if len(known) == len(values) else None


def _judge(
    claim: Claim,
    parts: Sequence[str],
    nominal: Sequence[Number | None],
    ranges: Sequence[tuple[Number, Number] | None],
    weak: bool,
) -> Verdict:
    printed = [claim.parts[part] for part in parts]
    # "NE" stands for an interval bound that does not exist: recomputed as None.
    exact = all(not p.is_number if x is None else p.admits(x) for p, x in zip(printed, nominal, strict=True))
    near = exact or all(not p.is_number if r is None else p.overlaps(*r) for p, r in zip(printed, ranges, strict=True))
    if not near:
        return Verdict.DIFFERS
    if weak:
        return Verdict.POSSIBLE
    return Verdict.REPRODUCED if exact else Verdict.WITHIN_ROUNDING


def _prints_alike(a: Printed, b: Printed) -> bool:
    """Whether two strings can print one number; sharing no more than the tie between them is not enough."""
    if not (a.is_number and b.is_number):
        return a.text == b.text or {a.text, b.text} <= NOT_ESTIMATED
    if {a.relation, b.relation} <= {"<", "≤"} or {a.relation, b.relation} <= {">", "≥"}:
        return (a.relation, a.value) == (b.relation, b.value)
    (a_low, a_high), (b_low, b_high) = a.bounds, b.bounds
    low = max((x for x in (a_low, b_low) if x is not None), default=None)
    high = min((x for x in (a_high, b_high) if x is not None), default=None)
    if low is None or high is None:
        return True
    if low == high:
        return a.admits(low) and b.admits(low) and (low in (a.value, b.value))
    return low < high


def _join(shown: dict[str, str]) -> str:
    if "sd" in shown:
        return f"{shown['point']}±{shown['sd']}"
    point = shown.get("point", "")
    interval = f"({shown['low']} to {shown['high']})" if "low" in shown else ""
    return f"{point} {interval}".strip()
