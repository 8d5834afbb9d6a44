"""All that there is to say of one printed number: where it stands and how it was entered, every check of it with the
numbers that it rests on, what rests on it, and, where it differs, what hangs on that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from netterbook import facts, papers, text, trials
from netterbook.claims import Check, Claim, Otherwise, Relation, Verdict
from netterbook.entries import PARTS, second_entry
from netterbook.errors import DataError
from netterbook.facts import Fact
from netterbook.ledger import COPY, Ledger
from netterbook.printed import Printed, show

SIGNIFICANT = 0.05
"""Of the tests whose conclusion a difference might change."""
_WITHOUT_UNIT = {"p_value", "hazard_ratio", "odds_ratio"}
_KINDS = {"p_value": "P value", "percent": "percentage", "setting": "setting laid down"}


def kind(measure: str) -> str:
    """What a measure is called.

    >>> kind("hazard_ratio"), kind("p_value")
    ('hazard ratio', 'P value')
    """
    return _KINDS.get(measure, measure.replace("_", " "))


class Formula(BaseModel):
    """What methods of one kind compute; ``arithmetic`` has slots for numbers as printed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    formula: str
    arithmetic: str = ""

    def filled(self, **terms: list[str]) -> str:
        """The arithmetic with numbers as printed; empty where there is none, or nothing stands for one of its terms.

        >>> Formula(method="", formula="", arithmetic="100 × {part} ÷ {whole}").filled(part=["3", "4"], whole=["101"])
        '100 × (3 + 4) ÷ 101'
        """
        added = {name: " + ".join(each) for name, each in terms.items() if each}
        alone = len(terms) == 1
        try:
            return self.arithmetic.format(**{k: v if alone or "+" not in v else f"({v})" for k, v in added.items()})
        except KeyError:
            return ""


def formulas(folder: Path) -> list[Formula]:
    """The formulas of a data folder, in order; none where it has no ``formulas.yml``.

    Raises
    ------
    DataError
        If one lacks a part or has one too many.

    >>> from netterbook.papers import data_dir
    >>> formulas(data_dir())[0].filled(numerator=["18"], denominator=["101"])
    '100 × 18 ÷ 101'
    """
    path = folder / "formulas.yml"
    try:
        return TypeAdapter(list[Formula]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []
    except (yaml.YAMLError, ValidationError) as error:
        raise DataError(f"{path} holds no formulas: {' '.join(str(error).split())}") from None


class Cited(NamedTuple):
    """An input of a check: a printed number of this book or a fact from beyond the papers, by its id."""

    id: str
    name: str
    said: str


@dataclass(frozen=True)
class Step:
    """One check: what it gave, how, from what, and what it is worth."""

    verdict: str
    method: str
    formula: str
    arithmetic: str
    recomputed: str
    inputs: tuple[Cited, ...]
    passing: int | None
    forms: int | None
    note: str

    def lines(self) -> Iterator[str]:
        """Formula, inputs, result and worth, for reading in a terminal."""
        if self.formula:
            yield self.formula
        for cited in self.inputs:
            yield f"from {cited.id}: {cited.said or cited.name}"
        if self.recomputed:
            yield f"{self.arithmetic} = {self.recomputed}" if self.arithmetic else f"gives {self.recomputed}"
        if self.passing is not None:
            yield f"would pass: {self.passing:,} of {self.forms:,} numbers of as many digits"
        if self.note:
            yield self.note


class Dependent(NamedTuple):
    """A P value as recomputed from printed numbers, and as it would be with another in place of one of them."""

    claim: str
    recomputed: float
    otherwise: float

    @property
    def changes(self) -> bool:
        """Whether a conclusion at 5% would be another."""
        return (self.otherwise < SIGNIFICANT) != (self.recomputed < SIGNIFICANT)


@dataclass(frozen=True)
class Entry:
    """One of the two transcriptions of a number: the file that holds it and the strings that were typed."""

    file: str
    typed: str


@dataclass(frozen=True)
class Explanation:
    """What :meth:`Explanations.of` says of one number. ``difference`` has sentences, and none where nothing differs."""

    id: str
    paper: str
    place: str
    page: str
    group: str
    quantity: str
    kind: str
    printed: str
    level: str
    verdict: str
    meaning: str
    reason: str
    steps: tuple[Step, ...]
    entries: tuple[Entry, ...]
    same_as: str
    used_by: tuple[str, ...]
    difference: tuple[str, ...]

    def text(self) -> str:
        """For reading in a terminal."""
        group = f" [{self.group}]" if self.group else ""
        page = f", page {self.page}" if self.page else ""
        lines = [
            self.id,
            f"  {self.quantity}{group}",
            f"  {self.paper}, {self.place}{page}",
            f"  printed: {self.printed}",
        ]
        lines += [f"  typed: {entry.typed} ({entry.file})" for entry in self.entries]
        lines += [f"  the same number as {self.same_as}"] if self.same_as else []
        lines += ["", f"{self.verdict}: {self.meaning}"]
        lines += [f"  {self.reason}"] if self.reason else []
        for step in self.steps:
            lines += ["", f"  {step.verdict}: {step.method}", *(f"    {line}" for line in step.lines())]
        lines += ["", *(f"  {said}" for said in self.difference)] if self.difference else []
        if self.used_by:
            lines += ["", f"  rests on it: {', '.join(self.used_by)}"]
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self) | {
            "steps": [asdict(step) | {"inputs": [cited._asdict() for cited in step.inputs]} for step in self.steps]
        }


def with_unit(claim: Claim) -> str:
    """A number as printed, with its unit, the level of its interval, and decimal points.

    >>> from netterbook.papers import data_dir, load
    >>> with_unit(load(data_dir())["netter1.results.pfs_median_control"])
    '8.4 months (95% CI 5.8 to 9.1)'
    """
    parts = {name: part.text.replace("·", ".") for name, part in claim.parts.items()}
    said = parts["point"]
    if claim.measure not in _WITHOUT_UNIT and claim.point.is_number and claim.unit not in said:
        unit = claim.unit.removesuffix("s") if claim.point.value == 1 else claim.unit
        said += "%" if unit == "%" else f" {unit}"
    if "low" in parts:
        said += f" ({claim.level} {parts['low']} to {parts['high']})".replace("( ", "(")
    return said + (f"±{parts['sd']}" if "sd" in parts else "")


class Explanations:
    """Of the numbers of one ledger."""

    def __init__(self, ledger: Ledger):
        self.ledger = ledger
        self.documents: Mapping[str, trials.Document] = trials.documents(ledger.folder)
        self._formulas = formulas(ledger.folder)
        self._second = second_entry(ledger.folder)
        self._files = {f"{r['name'].replace('-', '.', 1)}.": r["path"] for r in papers.resources(ledger.folder)}

    @cached_property
    def _facts(self) -> Mapping[str, Fact]:
        return facts.read(self.ledger.folder)

    @cached_property
    def _users(self) -> Mapping[str, list[str]]:
        """For each claim or fact the claims with a check that rests on it."""
        found: dict[str, dict[str, None]] = {}
        for claim_id in self.ledger.claims:
            for check in self.ledger.checks.get(claim_id, []):
                for ref in check.inputs:
                    found.setdefault(ref, {})[claim_id] = None
        return {ref: list(users) for ref, users in found.items()}

    def used_by(self, ref: str) -> tuple[str, ...]:
        """Claims with a check that rests on a claim, or on a fact such as ``fact:F049``."""
        return tuple(self._users.get(ref, ()))

    def paper_title(self, key: str) -> str:
        """What a paper is called."""
        return self.documents[key].title if key in self.documents else key

    def group(self, claim: Claim) -> str:
        """The name of a claim's arm; empty where it belongs to none."""
        if claim.arm == "all":
            return "all patients"
        return self.documents[claim.paper].name_of(claim.arm) if claim.paper in self.documents else claim.arm

    def name(self, claim_id: str) -> str:
        """What a number is and where it stands.

        >>> from netterbook.audit import build_ledger
        >>> Explanations(build_ledger()).name("netter1.table4.nausea.lu_any.percent")
        'Gastrointestinal disorders, Nausea, any grade, percent (¹⁷⁷Lu-Dotatate); NETTER-1 (N Engl J Med 2017), Table 4'
        """
        claim = self.ledger[claim_id]
        group = f" ({self.group(claim)})" if self.group(claim) else ""
        return f"{text.capital(claim.quantity)}{group}; {self.paper_title(claim.paper)}, {claim.place}"

    def of(self, claim_id: str) -> Explanation:
        """All that there is to say of a claim.

        Raises
        ------
        UnknownClaim
            If there is none of this id.

        >>> from netterbook.audit import build_ledger
        >>> found = Explanations(build_ledger()).of("netter1.table4.nausea.lu_any.percent")
        >>> found.printed, found.verdict, found.steps[0].arithmetic, found.steps[0].recomputed
        ('59%', 'reproduced', '100 × 65 ÷ 111', '58.56')
        """
        claim, leading = self.ledger[claim_id], self.ledger.leading(claim_id)
        checks = [leading, *(c for c in self.ledger.checks.get(claim_id, []) if c is not leading)]
        return Explanation(
            id=claim.id,
            paper=self.paper_title(claim.paper),
            place=claim.place,
            page=claim.page,
            group=self.group(claim),
            quantity=text.capital(claim.quantity),
            kind=kind(claim.measure),
            printed=with_unit(claim),
            level=claim.level,
            verdict=str(leading.verdict),
            meaning=leading.verdict.meaning,
            reason="" if leading.method else leading.note,
            steps=tuple(self._step(claim, check) for check in checks if check.method),
            entries=tuple(self._entries(claim)),
            same_as=claim.same_as,
            used_by=self.used_by(claim.id),
            difference=tuple(self._difference(claim, leading)),
        )

    def _step(self, claim: Claim, check: Check) -> Step:
        inputs = tuple(self._cited(ref) for ref in check.inputs)
        formula = next((each for each in self._formulas if check.method.startswith(each.method)), None)
        arithmetic = ""
        if formula and "{sum}" in formula.arithmetic:
            arithmetic = formula.filled(sum=self._numerals(check.inputs))
        elif formula and formula.arithmetic:
            parts = claim if claim.numerator else self.ledger[self.ledger.group(claim.id)]
            taken = {"numerator": parts.numerator, "denominator": parts.denominator}
            if {*parts.numerator, *parts.denominator} == {*check.inputs}:
                arithmetic = formula.filled(**{name: self._numerals(refs) for name, refs in taken.items()})
        return Step(
            str(check.verdict), check.method, formula.formula if formula else "", arithmetic, check.recomputed, inputs,
            check.passing, check.forms, check.note,
        )  # fmt: skip

    def _numerals(self, refs: Collection[str]) -> list[str]:
        """Numbers as printed, and in digits where they are words; none where an input is no number."""
        printed = [self.ledger[ref].point for ref in refs if ref in self.ledger.claims]
        if len(printed) != len(refs) or not all(each.is_number for each in printed):
            return []
        return [str(p.value) if p.text.isalpha() else p.text.replace("·", ".") for p in printed]

    def _cited(self, ref: str) -> Cited:
        if ref in self.ledger.claims:
            return Cited(ref, self.name(ref), with_unit(self.ledger[ref]))
        name = ref.removeprefix("fact:")
        fact = self._facts.get(name)
        return Cited(name, fact.quantity, fact.printed) if fact else Cited(name, "constant with a source", "")

    def _entries(self, claim: Claim) -> Iterator[Entry]:
        own = next((file for stem, file in self._files.items() if claim.id.startswith(stem)), "")
        typed = {part: printed.text for part, printed in claim.parts.items()}
        yield Entry(own or f"{claim.paper}/text.csv", _typed(typed))
        if claim.id in self._second:
            yield Entry("reference/second_entry.csv", _typed(self._second[claim.id]))

    # ---- what hangs on a difference

    def _difference(self, claim: Claim, check: Check) -> Iterator[str]:
        if check.verdict is not Verdict.DIFFERS:
            return
        yield _rounding(claim, check)
        yield self._conclusion(claim, check)

    def tests_with(self, claim_id: str, other: Printed) -> list[Dependent]:
        """P values that are recomputed from a number, each with what it would be were another number printed there.

        >>> from netterbook.audit import build_ledger
        >>> (test,) = Explanations(build_ledger()).tests_with("netter1.table4.headache.lu_any.count", Printed("12"))
        >>> test.claim, round(test.recomputed, 3), round(test.otherwise, 2)
        ('netter1.table4.headache.p.p', 0.007, 0.13)
        """
        found = []
        for relation in self.ledger.relations(claim_id):
            if self.ledger[relation.claim].measure == "p_value" and relation.claim != claim_id and not relation.bounds:
                pair = [_computed(relation, otherwise) for otherwise in ({}, {(claim_id, "point"): other})]
                found.append(Dependent(relation.claim, *pair))
        return found

    def _conclusion(self, claim: Claim, check: Check) -> str:
        if claim.measure == "hazard_ratio" and "low" in claim.parts:
            value, low, high = self.ledger.estimate(claim.id)
            centred = value * sqrt(low / high), value * sqrt(high / low)
            printed, moved = (not ends[0] <= 1 <= ends[1] for ends in ((low, high), centred))
            change = "stays" if printed == moved else "would not stay"
            return (
                f"An interval as wide about the printed ratio runs from {centred[0]:.2g} to {centred[1]:.2g}: "
                f"whether it excludes 1, and with it the conclusion at 5%, {change} the same."
            )
        other = _instead(claim, check)
        tests = [] if other is None else self.tests_with(claim.id, other)
        if not tests:
            return "No printed P value is recomputed from it, so no conclusion at 5% hangs on it here."
        said = [
            f"{self.name(test.claim)} would be {test.otherwise:.2g}, not {test.recomputed:.2g}: a conclusion at 5% "
            + (
                "would be another"
                if (test.otherwise < SIGNIFICANT) != (test.recomputed < SIGNIFICANT)
                else "stays the same"
            )
            for test in tests
        ]
        return f"With {other} in its place, {'; '.join(said)}."

    # ---- the numbers beneath a number

    def tree(self, claim_id: str) -> dict[str, Any]:
        """The numbers that a number was recomputed from by its leading check, these by theirs, and so on to numbers
        that are only read, or only bounded by others. A number has its inputs at its first place.
        """
        seen: set[str] = set()

        def node(ref: str) -> dict[str, Any]:
            check = self.ledger.leading(ref)
            grows = ref not in seen and (not seen or check.verdict.confirms)
            seen.add(ref)
            inputs = [each for each in check.inputs if grows and each in self.ledger.claims]
            return {
                "id": ref,
                "verdict": str(check.verdict),
                "method": check.method,
                "inputs": [node(each) for each in inputs],
            }

        return node(claim_id)

    def tree_text(self, claim_id: str) -> str:
        """:meth:`tree` for reading in a terminal.

        >>> from netterbook.audit import build_ledger
        >>> print(Explanations(build_ledger()).tree_text("netter1.table2.responders.lu.count"))
        netter1.table2.responders.lu.count: 18 patients  (reproduced: complete and partial responses)
          netter1.table2.complete_response.lu.count: 1 patient  (fixed: counts behind its percentage)
          netter1.table2.partial_response.lu.count: 17 patients  (fixed: counts behind its percentage)
        """

        def lines(node: dict[str, Any], depth: int) -> Iterator[str]:
            how = ": ".join(part for part in (node["verdict"], node["method"]) if part)
            yield f"{'  ' * depth}{node['id']}: {with_unit(self.ledger[node['id']])}  ({how})"
            for each in node["inputs"]:
                yield from lines(each, depth + 1)

        return "\n".join(lines(self.tree(claim_id), 0))


def _typed(parts: Mapping[str, str]) -> str:
    return " | ".join(parts[part] for part in PARTS if parts.get(part))


def _computed(relation: Relation, otherwise: Otherwise) -> float:
    values = {leaf: leaf.printed_as(otherwise).value for leaf in relation.leaves}
    found = relation.compute(*(node.evaluate(values) for node in relation.nodes))
    return float(found[0] if isinstance(found, Sequence) else found)


def _instead(claim: Claim, check: Check) -> Printed | None:
    """The number that a check has in place of the printed one: what it computes, or the nearest end of its range."""
    if check.nominal and check.nominal[0] is not None:
        return Printed(show(check.nominal[0], claim.point.decimals - 1))
    if not check.ranges or check.ranges[0] is None:
        return None
    near = min(check.ranges[0], key=lambda end: abs(float(end) - float(claim.point.value)))
    return Printed(show(near, claim.point.decimals - 1))


def _rounding(claim: Claim, check: Check) -> str:
    if check.method.startswith(COPY):
        return f"One quantity is printed as {claim.printed} and as {check.recomputed}, which no rounding makes alike."
    if not check.ranges or any(ends is None for ends in check.ranges):
        return "It is no matter of rounding: from the other numbers no such value follows."
    said = []
    for part, ends in zip(check.parts, check.ranges, strict=True):
        assert ends is not None
        printed = claim.parts[part]
        low, high = (show(end, printed.decimals) for end in ends)
        between = f"is {low}" if low == high else f"lies between {low} and {high}"
        explains = "could" if printed.overlaps(*ends) else "cannot"
        how = "Whatever the rounding of the inputs, the result"
        said.append(f"{how} {between}, and {printed.text} is printed: rounding alone {explains} explain it.")
    return " ".join(said)
