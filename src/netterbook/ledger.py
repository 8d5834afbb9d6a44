"""The ledger: every printed number with all its checks.

A :class:`Ledger` holds all claims and makes the checks of them. Two rules are enforced here and nowhere else:

* no claim is reproduced from itself, from another printing of the same quantity, or from a number that was itself
  reproduced from it, through any number of steps (:class:`CircularCheck`);
* a number stands for every value that would print like it (:class:`.Printed`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, isinf, prod
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from netterbook.claims import (
    AXIS,
    TEXT,
    Check,
    Claim,
    Constant,
    Derived,
    Input,
    Leaf,
    Node,
    Otherwise,
    Relation,
    Result,
    Verdict,
    leaves_of,
    where,
)
from netterbook.errors import CircularCheck, ParameterError, UnknownClaim
from netterbook.passing import alike, forms, passing
from netterbook.printed import NOT_ESTIMATED, Number, Printed, show

Limits = Callable[..., tuple[Number | None, Number | None]]
"""Least and greatest value that inputs allow; None for an open side."""
_Found = TypeVar("_Found")
_AS_PRINTED: Otherwise = {}

_STRENGTH = [
    Verdict.DIFFERS, Verdict.REPRODUCED, Verdict.FIXED, Verdict.RECOVERED, Verdict.AGREES, Verdict.POSSIBLE,
    Verdict.ALIKE, Verdict.RECORDED,
]  # fmt: skip
_HANDED_ON = (Verdict.REPRODUCED, Verdict.AGREES, Verdict.FIXED)
"""Verdicts of a main printing that another printing is judged by as well."""
_CORNER_LIMIT = 8  # beyond this many rounded inputs, each is moved alone and then all together


def _corners(leaves: Sequence[Leaf], otherwise: Otherwise) -> Iterator[dict[Leaf, Number]]:
    """The nominal values first, then the ends of every input's rounding interval in combination."""
    seen = {leaf: leaf.printed_as(otherwise) for leaf in leaves}
    nominal: dict[Leaf, Any] = {leaf: there.value for leaf, there in seen.items()}
    yield nominal
    bounds = {leaf: there.printed.bounds for leaf, there in seen.items() if leaf.part != TEXT}
    free: dict[Leaf, list[Number]] = {
        leaf: [b for b in ends if b is not None] for leaf, ends in bounds.items() if ends != (nominal[leaf],) * 2
    }
    if not free:
        return
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


def _at_corners(
    compute: Callable[..., _Found], nodes: Sequence[Node], leaves: Sequence[Leaf], otherwise: Otherwise = _AS_PRINTED
) -> list[_Found]:
    """What is computed at the printed values, then at the ends of their rounding, where it exists."""
    corners = _corners(leaves, otherwise)
    found = [compute(*(node.evaluate(values) for node in nodes)) for values in itertools.islice(corners, 1)]
    for values in corners:
        try:
            found.append(compute(*(node.evaluate(values) for node in nodes)))
        except (ValueError, ArithmeticError):  # an end of a rounding interval that is no possible value
            continue
    return found


@dataclass
class Ledger:
    """All claims of a data folder, with the checks made of them."""

    claims: dict[str, Claim]
    folder: Path = Path()
    checks: dict[str, list[Check]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sources: dict[str, set[str]] = {}
        self._relations: dict[str, list[Relation]] = {}
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
        """An input as a node: a part of a claim, by default its point, or its text; a bare number is a constant.

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
        if part == TEXT:
            return Leaf(claim_id, part, claim.point)
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

    def value(self, ref: Input) -> Number:
        """The value of an input at the printed numbers."""
        node = self.node(ref)
        return node.evaluate({leaf: leaf.value for leaf in node.leaves()})

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
        linked = (claim for claim in self.claims.values() if claim.same_as or claim.id in old)
        for claim in [claim for claim in linked if self.group(claim.id) in old]:
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
        """Enter a check; one that no misprint of a digit could fail is none, and becomes the reason why there is none.

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
        if check.verdict is Verdict.RECORDED:
            self.reasons.setdefault(check.claim, f"{check.method}: any number of as many digits would pass")
            return check
        self.checks.setdefault(check.claim, []).append(check)
        return check

    # ---- checks asked again

    def _relate(
        self, check: Check, compute: Callable[..., Any], nodes: Sequence[Node], bounds: bool, steady: bool
    ) -> None:
        if check.verdict is Verdict.DIFFERS:
            return
        relation = Relation(
            check.claim, check.method, check.inputs, check.parts, compute, tuple(nodes), bounds, steady
        )  # fmt: skip
        for claim_id in dict.fromkeys((check.claim, *self._claims_among(check.inputs))):
            self._relations.setdefault(claim_id, []).append(relation)

    def relations(self, claim_id: str) -> list[Relation]:
        """What checks that hold say of a claim, whether they check it or use it; none that is weak or one of several
        forms.
        """
        return self._relations.get(claim_id, [])

    def holds(self, relation: Relation, otherwise: Otherwise) -> bool:
        """Whether it would still hold if some numbers were printed otherwise."""
        claim = self[relation.claim]
        printed = [otherwise.get((claim.id, part), claim.parts[part]) for part in relation.parts]
        try:
            found = _at_corners(relation.compute, relation.nodes, relation.leaves, otherwise)
        except (ValueError, ArithmeticError):
            return False
        if relation.bounds:
            low, high = _ends(found)
            return low <= high and printed[0].overlaps(low, high)
        results = _by_part(found)
        return _near(printed, results[0], tuple(map(_range, zip(*results, strict=True))))

    # ---- ways of checking

    def _given(self, claim_id: str, inputs: Sequence[Input]) -> tuple[list[Node], list[Leaf], tuple[str, ...]]:
        """What a check is given, the printed numbers that it rests on, and the ids of the other claims and of facts.

        An estimate against its own interval is an internal check: it rests on no other claim.
        """
        nodes = [self.node(ref) for ref in inputs]
        leaves = leaves_of(nodes)
        others = dict.fromkeys(leaf.claim for leaf in leaves if leaf.claim != claim_id)
        cited = dict.fromkeys(fact for node in nodes for fact in node.facts())
        return nodes, leaves, (*others, *cited)

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
        restates: bool = False,
        steady: bool = False,
    ) -> Check:
        """Recompute a claim and enter the verdict.

        ``compute`` takes the inputs' values and returns the number, or one number a part. It must be monotone in each
        input over that input's rounding interval: the range it can take is read off the ends of these intervals. A
        check that need not hold is ``weak`` and says *possible* at best; so does, always, one that uses the claim's own
        parts. A number that only ``restates`` its inputs, as 79% does a hazard ratio of 0.21, or is given by a method
        that stands in for the paper's own, *agrees* at best. ``steady`` says that ``compute`` is monotone throughout.
        """
        nodes = [self.node(ref) for ref in inputs]
        check = self.trial(claim_id, method, compute, nodes, parts=parts, note=note, weak=weak)
        if not weak:
            self._relate(check, compute, nodes, bounds=False, steady=steady)
        agrees = restates and check.verdict is Verdict.REPRODUCED
        return self.add(replace(check, verdict=Verdict.AGREES) if agrees else check)

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
        nodes, leaves, named = self._given(claim_id, inputs)
        try:
            found = _at_corners(compute, nodes, leaves)
        except (ValueError, ArithmeticError) as error:
            return Check(claim_id, Verdict.DIFFERS, f"none: {error}", method, named, note)
        results = _by_part(found)
        nominal = results[0]
        ranges = tuple(map(_range, zip(*results, strict=True)))
        weak = weak or any(self.group(claim_id) == self.group(leaf.claim) for leaf in leaves)
        verdict, counted = _judge(claim, parts, nominal, ranges, weak), _count(claim, parts, ranges)
        decimals = [claim.parts[part].decimals for part in parts]
        shown = [show(x, d) for x, d in zip(nominal, decimals, strict=True)]
        text = shown[0] if len(shown) == 1 else _join(dict(zip(parts, shown, strict=True)))
        return Check(claim_id, verdict, text, method, named, note, nominal, ranges, tuple(parts), *counted)

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
        """Try several methods; enter the first that gives the printed number and name all that do and do not.

        Where not all give it, the number was the judge of the methods, and no more than *agrees* with one.
        """
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
            said = [
                f"{len(fits)} of {len(trials)} forms tried give it: " + ", ".join(fits),
                *(["not: " + "; ".join(rest)] if rest else []),
            ]
        passed = _passing_any(self[claim_id], trials.values())
        chosen = best.verdict
        if chosen is Verdict.REPRODUCED and rest:
            chosen = Verdict.AGREES
        elif chosen in (Verdict.FIXED, Verdict.POSSIBLE):
            chosen = _limited(passed, best.forms, weak=chosen is Verdict.POSSIBLE)
        best = replace(best, verdict=chosen, passing=passed)
        return self.add(replace(best, note="; ".join(s for s in (note, *said) if s)))

    def bounded(
        self,
        claim_id: str,
        method: str,
        limits: Limits,
        inputs: Sequence[Input],
        *,
        note: str = "",
        part: str = "point",
        steady: bool = False,
    ) -> Check:
        """A check that leaves a range of possible values: *fixed* where only the printed number lies in it, *possible*
        where others do, *differs* where it does not; no check where every number of as many digits does.

        ``limits`` takes the inputs' values and returns the ends of the range, None for an open side. They are widened
        to what the rounding of the inputs allows. ``steady`` says that both ends are monotone in each input throughout.
        """
        claim = self[claim_id]
        printed = claim.parts[part]
        nodes, leaves, named = self._given(claim_id, inputs)
        try:
            ends = _ends(_at_corners(limits, nodes, leaves))
        except (ValueError, ArithmeticError) as error:
            return self.add(Check(claim_id, Verdict.DIFFERS, f"none: {error}", method, named, note))
        counted = _count(claim, (part,), (ends,))
        verdict = _limited(*counted) if ends[0] <= ends[1] and printed.overlaps(*ends) else Verdict.DIFFERS
        sides = ["" if isinf(x) else show(x, printed.decimals) for x in ends]
        text = sides[0] if sides[0] == sides[1] else "–".join(sides)
        text = f"at least {sides[0]}" if not sides[1] else f"at most {sides[1]}" if not sides[0] else text
        check = Check(claim_id, verdict, text, method, named, note, (), (ends,), (part,), *counted)
        self._relate(check, limits, nodes, bounds=True, steady=steady)
        return self.add(check)

    def one_of(
        self, claim_id: str, method: str, admits: Callable[[Printed], bool], inputs: Sequence[Input], *, note: str = ""
    ) -> Check:
        """A check that admits some numbers of as many digits and not others: verdicts are those of :meth:`bounded`.

        ``admits`` says of each whether it could have been printed.
        """
        claim = self[claim_id]
        _, _, named = self._given(claim_id, inputs)
        total = forms(claim.point)
        try:
            passed = None if total is None else sum(map(admits, alike(claim.point)))
            verdict = _limited(passed, total) if admits(claim.point) else Verdict.DIFFERS
        except (ValueError, ArithmeticError) as error:
            return self.add(Check(claim_id, Verdict.DIFFERS, f"none: {error}", method, named, note))
        return self.add(Check(claim_id, verdict, "", method, named, note, passing=passed, forms=total))

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
        counted = _count(claim, ("point",), ((low, high),))
        recovered = _limited(*counted, weak=True)
        if recovered is Verdict.POSSIBLE and _tight(claim.point, estimate):
            recovered = Verdict.RECOVERED
        shown = [show(x, claim.point.decimals - 1) if isfinite(x) else "not reached" for x in (estimate, *interval)]
        return self.add(
            Check(
                claim_id,
                recovered if inside else Verdict.DIFFERS,
                f"{shown[0]} ({shown[1]} to {shown[2]})",
                method,
                tuple(inputs),
                note,
                (),
                ((low, high),),
                ("point",),
                *counted,
            )
        )

    def agree_with_copies(self) -> None:
        """Compare every repeated number with its main printing, and let it share the main printing's checks.

        A copy that agrees is only *printed alike*: two printings of one number do not confirm each other. Where the
        main printing is recomputed from other numbers, the copy is judged against the same recomputed value.
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
            verdict = Verdict.DIFFERS if differing else Verdict.ALIKE
            method = f"{COPY} {where(main, claim)}"
            self.add(Check(claim.id, verdict, main.printed, method, (main.id,)))
            for check in self.checks.get(main.id, []):
                parts = [part for part in check.parts if part in claim.parts]
                if check.verdict is Verdict.RECOVERED and not differing:
                    if check.ranges[0] is not None and claim.point.overlaps(*check.ranges[0]):
                        self.add(replace(check, claim=claim.id))
                elif parts and check.ranges and check.verdict in _HANDED_ON:
                    self.add(_of_copy(check, claim, parts))

    # ---- reading the ledger

    def leading(self, claim_id: str) -> Check:
        """The check that speaks for a claim: one that differs, else one that confirms an estimate with its interval,
        else the strongest, and of equals the tightest.

        *Recorded* where there is none.
        """
        checks = self.checks.get(self[claim_id].id)
        if not checks:
            return Check(claim_id, Verdict.RECORDED, "", "", (), self.reasons.get(claim_id, ""))

        def rank(check: Check) -> tuple[bool, bool, int, float]:
            alone = len(check.parts) == 1 or not check.verdict.confirms
            return check.verdict is not Verdict.DIFFERS, alone, _STRENGTH.index(check.verdict), check.looseness

        return min(checks, key=rank)

    def verdict(self, claim_id: str) -> Check:
        """:meth:`leading`, with the other checks named in its note."""
        first = self.leading(claim_id)
        others = [f"{c.method}: {c.verdict}" for c in self.checks.get(claim_id, []) if c is not first]
        also = "also " + "; ".join(dict.fromkeys(others)) if others else ""
        return replace(first, note="; ".join(s for s in (first.note, also) if s))

    def frame(self, *, paper: str | None = None, place: str | None = None, verdict: str | None = None) -> pd.DataFrame:
        """One row a claim, with the columns :data:`COLUMNS`.

        ``would_pass`` is how many of the numbers of as many digits, ``of_numbers``, the check lets pass; missing where
        there is nothing to count.

        Raises
        ------
        ParameterError
            If a filter matches no paper, place or verdict; the message lists those there are.
        """
        rows = []
        for claim in self.claims.values():
            check = self.verdict(claim.id)
            row = (claim.id, claim.paper, claim.place, claim.arm, claim.quantity, claim.measure, claim.printed)
            worth = (str(check.verdict), check.passing, check.forms, check.note)
            rows.append((*row, check.recomputed, check.method, " ".join(check.inputs), *worth))
        frame = pd.DataFrame(rows, columns=COLUMNS).astype({"would_pass": "Int64", "of_numbers": "Int64"})
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
        """Number of claims by ``paper``, ``place`` or ``measure`` (rows) and verdict (columns), with totals.

        Ticks of axes are left out: they say how a figure was drawn, and nothing of the trial.
        """
        frame = self.frame() if frame is None else frame
        frame = frame[frame["measure"] != AXIS]
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
    "measure",
    "printed",
    "recomputed",
    "method",
    "inputs",
    "verdict",
    "would_pass",
    "of_numbers",
    "note",
]
"""Of a ledger as a table."""
COPY = "the same number in"
"""What the method of a comparison with another printing begins with."""


def _ends(found: Sequence[tuple[Number | None, Number | None]]) -> tuple[Number, Number]:
    """The widest of several ranges; infinite where one is open."""
    lows, highs = zip(*found, strict=True)
    return -inf if None in lows else min(lows), inf if None in highs else max(highs)


def _by_part(found: Sequence[Result]) -> list[tuple[Number | None, ...]]:
    return [tuple(one) if isinstance(one, Sequence) else (one,) for one in found]


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
    if not _near(printed, nominal, ranges):
        return Verdict.DIFFERS
    exact = _exact(printed, nominal)
    tight = all(x is None or _tight(p, x) for p, x in zip(printed, nominal, strict=True))
    return Verdict.REPRODUCED if exact and tight and not weak else _limited(*_count(claim, parts, ranges), weak)


def _exact(printed: Sequence[Printed], nominal: Sequence[Number | None]) -> bool:
    # "NE" stands for an interval bound that does not exist: recomputed as None.
    return all(not p.is_number if x is None else p.admits(x) for p, x in zip(printed, nominal, strict=True))


def _near(
    printed: Sequence[Printed], nominal: Sequence[Number | None], ranges: Sequence[tuple[Number, Number] | None]
) -> bool:
    return _exact(printed, nominal) or all(
        not p.is_number if r is None else p.overlaps(*r) for p, r in zip(printed, ranges, strict=True)
    )


def _tight(printed: Printed, x: Number) -> bool:
    """Whether a value is what an inequality was printed for: no further from it than the next power of ten."""
    if printed.relation in ("<", "≤"):
        return x >= printed.value / 10
    return printed.relation == "" or x <= printed.value * 10


def _limited(passed: int | None, total: int | None, weak: bool = False) -> Verdict:
    """What a check says that lets so many of all numbers of as many digits pass, the printed one among them."""
    if passed is None:
        return Verdict.POSSIBLE
    if passed == total:
        return Verdict.RECORDED
    return Verdict.FIXED if passed == 1 and not weak else Verdict.POSSIBLE


def _numbers(
    claim: Claim, parts: Sequence[str], ranges: Sequence[tuple[Number, Number] | None]
) -> tuple[range, ...] | None:
    """Of each part, the numbers of as many digits that ranges let pass; None where they cannot be counted."""
    if any(ends is None or not claim.parts[part].is_number for part, ends in zip(parts, ranges, strict=True)):
        return None
    return tuple(passing(claim.parts[part], *ends) for part, ends in zip(parts, ranges, strict=True) if ends)


def _count(
    claim: Claim, parts: Sequence[str], ranges: Sequence[tuple[Number, Number] | None]
) -> tuple[int | None, int | None]:
    """Numbers that ranges let pass, and all of as many digits, over all parts."""
    found = _numbers(claim, parts, ranges)
    if found is None:
        return None, None
    return prod(map(len, found)), prod(forms(claim.parts[part]) or 0 for part in parts)


def _passing_any(claim: Claim, trials: Iterable[Check]) -> int | None:
    """Numbers that one or another of several checks lets pass; no more than so many where there are several parts."""
    counted = [_numbers(claim, trial.parts, trial.ranges) for trial in trials if trial.ranges]
    found = {numbers for numbers in counted if numbers is not None}
    if not found:
        return None
    if any(len(numbers) > 1 for numbers in found):
        return sum(prod(map(len, numbers)) for numbers in found)
    return len({k for (numbers,) in found for k in numbers})


def _of_copy(check: Check, claim: Claim, parts: Sequence[str]) -> Check:
    """A check of the main printing, as it judges another printing of the number."""
    index = [check.parts.index(part) for part in parts]
    ranges = tuple(check.ranges[i] for i in index)
    counted = _count(claim, parts, ranges)
    if check.verdict is Verdict.FIXED:
        inside = all(r is not None and claim.parts[part].overlaps(*r) for part, r in zip(parts, ranges, strict=True))
        verdict = _limited(*counted) if inside else Verdict.DIFFERS
    else:
        verdict = _judge(claim, parts, [check.nominal[i] for i in index], ranges, weak=False)
        verdict = check.verdict if verdict is Verdict.REPRODUCED else verdict
    passed, total = counted
    return replace(
        check, claim=claim.id, verdict=verdict, ranges=ranges, parts=tuple(parts), passing=passed, forms=total,
        nominal=tuple(check.nominal[i] for i in index) if check.nominal else (),
    )  # fmt: skip


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
