"""Which single slip of the pen would explain disagreements: what the checks themselves cannot say."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from netterbook.claims import Check, Claim, Input, Result, Verdict
from netterbook.ledger import Ledger, Limits
from netterbook.own_trial.folder import TrialFolder, enter_own_checks
from netterbook.printed import Printed

MOST_NUMBERS = 40
"""Numbers in which slips are looked for: those that disagree first, then what they were recomputed from."""


class Mend(NamedTuple):
    """A number that, printed otherwise, would clear disagreements.

    ``instead`` has what could stand there, ``clears`` the claims that would differ no longer.
    """

    claim: str
    part: str
    instead: tuple[str, ...]
    clears: tuple[str, ...]


def slips(text: str) -> list[str]:
    """A printed number with two neighbouring digits swapped, then with one digit replaced; none gains a leading zero.

    >>> slips("38")[:3], len(slips("38")), slips("<0.1")[:2]
    (['83', '18', '28'], 18, ['<1.0', '<1.1'])
    >>> slips("two")
    []
    """
    places = [k for k, char in enumerate(text) if char.isascii() and char.isdigit()]
    found = []
    for first, second in pairwise(places):
        between = text[first + 1 : second]
        if len(between) <= 1:
            found.append(text[:first] + text[second] + between + text[first] + text[second + 1 :])
    for k in places:
        found += [text[:k] + digit + text[k + 1 :] for digit in "0123456789"]
    if re.match(r"\D*[1-9]\d", text):  # of several digits before the point the first is no zero
        found = [each for each in found if each[places[0]] != "0"]
    return [each for each in dict.fromkeys(found) if each != text]


class _NewDisagreement(Exception):
    """A number differs that did not before."""


class _Retried(Ledger):
    """Claims of which ``changed`` is printed otherwise: the other checks are ``made`` once for all such ledgers.

    The first number to differ that is not ``allowed`` to ends the audit.
    """

    def __init__(self, claims: dict[str, Claim], changed: str, made: dict[object, Check], allowed: Container[str]):
        super().__init__(claims)
        self.changed, self.made, self.allowed = changed, made, allowed

    def _parts(self, ref: Input) -> list[str]:
        """Of claims, named as in inputs."""
        return [ref] if isinstance(ref, str) else [f"{leaf.claim}:{leaf.part}" for leaf in self.node(ref).leaves()]

    def _once(
        self, make: Callable[..., Check], claim_id: str, way: str, inputs: Sequence[Input], **rest: Any
    ) -> tuple[Check, bool]:
        """A check, and whether it was made before."""
        parts = [part for ref in inputs for part in self._parts(ref)]
        if self.changed in (claim_id, *(part.partition(":")[0] for part in parts)):
            return make(claim_id, inputs=inputs, **rest), False
        given = make.__name__, claim_id, way, *parts
        if before := self.made.get(given):
            return before, True
        self.made[given] = make(claim_id, inputs=inputs, **rest)
        return self.made[given], False

    def _entered(self, *args: Any, **rest: Any) -> Check:
        check, before = self._once(*args, **rest)
        return self.add(check) if before else check

    def trial(
        self, claim_id: str, method: str, compute: Callable[..., Result], inputs: Sequence[Input], **rest: Any
    ) -> Check:
        return self._once(super().trial, claim_id, method, inputs, method=method, compute=compute, **rest)[0]

    def compare(
        self, claim_id: str, method: str, compute: Callable[..., Result], inputs: Sequence[Input], **rest: Any
    ) -> Check:
        way = f"{method}, restated" if rest.get("restates") else method
        return self._entered(super().compare, claim_id, way, inputs, method=method, compute=compute, **rest)

    def best_of(
        self, claim_id: str, methods: Mapping[str, Callable[..., Result]], inputs: Sequence[Input], **rest: Any
    ) -> Check:
        return self._entered(super().best_of, claim_id, " or ".join(methods), inputs, methods=methods, **rest)

    def bounded(self, claim_id: str, method: str, limits: Limits, inputs: Sequence[Input], **rest: Any) -> Check:
        return self._entered(super().bounded, claim_id, method, inputs, method=method, limits=limits, **rest)

    def one_of(
        self, claim_id: str, method: str, admits: Callable[[Printed], bool], inputs: Sequence[Input], *, note: str = ""
    ) -> Check:
        """Whether it holds, without how many others would: that takes seconds for a percentage of five digits."""
        verdict = Verdict.POSSIBLE if admits(self[claim_id].point) else Verdict.DIFFERS
        return self.add(Check(claim_id, verdict, "", method, self._given(claim_id, inputs)[2], note))

    def add(self, check: Check) -> Check:
        if check.verdict is Verdict.DIFFERS and check.claim not in self.allowed:
            raise _NewDisagreement
        return super().add(check)


def _suspects(ledger: Ledger, wrong: set[str]) -> list[Claim]:
    """Numbers that disagree, then those that they were recomputed from."""
    named = dict.fromkeys(claim_id for claim_id in ledger.claims if claim_id in wrong)
    for claim_id in list(named):
        for check in ledger.checks[claim_id]:
            if check.verdict is Verdict.DIFFERS:
                named |= dict.fromkeys(ref for ref in check.inputs if ref in ledger.claims)
    return [ledger[claim_id] for claim_id in named]


class Mends(NamedTuple):
    """What was found, and the numbers beyond :data:`MOST_NUMBERS` in which nothing was looked for."""

    found: list[Mend]
    left_out: int


def mends(folder: TrialFolder) -> Mends:
    """Single slips that would clear disagreements among printed numbers without making new ones.

    Of two numbers that could be the slip only that is kept which clears more, where it clears all that the other does;
    numbers that clear the same are all kept. Patients are not asked again.
    """
    claims = folder.ledger().claims
    made: dict[object, Check] = {}

    def audited(claims: dict[str, Claim], changed: str, allowed: Container[str]) -> tuple[Ledger, set[str]]:
        ledger = _Retried(claims, changed, made, allowed)
        enter_own_checks(folder, ledger)
        ledger.agree_with_copies()
        every = ledger.checks.items()
        return ledger, {claim_id for claim_id, own in every if any(each.verdict is Verdict.DIFFERS for each in own)}

    before, wrong = audited(dict(claims), "", claims)
    suspects = _suspects(before, wrong)
    places = [(claim, part) for claim in suspects[:MOST_NUMBERS] for part in claim.parts if claim.parts[part].is_number]
    found: list[Mend] = []
    for claim, part in places:
        printed = claim.parts[part]
        best: dict[frozenset[str], list[str]] = {}
        for text in slips(printed.text):
            other = replace(claim, parts={**claim.parts, part: Printed(text, printed.exact)})
            try:
                _, after = audited({**claims, claim.id: other}, claim.id, wrong)
            except (_NewDisagreement, ValueError, ArithmeticError):
                continue
            if after < wrong:
                best.setdefault(frozenset(wrong - after), []).append(text)
        if best:
            most = max(best, key=len)
            cleared = tuple(claim_id for claim_id in claims if claim_id in most)
            found.append(Mend(claim.id, part, tuple(best[most]), cleared))
    most_cleared = [each for each in found if not any(set(each.clears) < set(other.clears) for other in found)]
    return Mends(most_cleared, max(0, len(suspects) - MOST_NUMBERS))
