"""What all checks together leave of a number: those that compute it, and those that compute others from it.

With every other number as printed, a number can be another only if no check that holds would fail. Of each number that
nothing reproduces, all others of as many digits are tried in its place; where none is left it is *fixed*.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf

from netterbook.claims import Check, Claim, Relation, Verdict
from netterbook.ledger import Ledger
from netterbook.passing import forms, passing, stretch
from netterbook.printed import Printed, show

MOST_TRIED = 1000
"""Numbers that may be more are not tried."""
_SETTLED = (Verdict.REPRODUCED, Verdict.FIXED, Verdict.DIFFERS)
_ESTIMATES = ("hazard_ratio", "odds_ratio", "p_value", "axis")
"""Measures of which what is computed from them is less exact than they are."""


def check(ledger: Ledger) -> None:
    """Enter for every number that is not settled how many others all checks together leave."""
    for claim in list(ledger.claims.values()):
        settled = ledger.leading(claim.id).verdict in _SETTLED
        if claim.point.is_number and not (settled or claim.same_as or claim.measure in _ESTIMATES):
            _check(ledger, claim)


def _check(ledger: Ledger, claim: Claim) -> None:
    sound = {relation.method for relation in ledger.relations(claim.id) if relation.claim == claim.id}
    checks = [c for c in ledger.checks.get(claim.id, []) if c.method in sound and c.parts == ("point",)]
    known = [(c, c.ranges[0]) for c in checks if c.ranges]
    bounds = {c: ends for c, ends in known if ends is not None}
    own, used = list(bounds), _used(ledger, claim, list(bounds))
    low = max((ends[0] for ends in bounds.values()), default=-inf)
    high = min((ends[1] for ends in bounds.values()), default=inf)
    if not used or not 1 < len(passing(claim.point, low, high)) <= MOST_TRIED:
        return
    failing: dict[Relation, None] = {}

    def possible(number: Printed, relations: list[Relation]) -> bool:
        otherwise = {(claim.id, "point"): number}
        first = next((relation for relation in relations if not ledger.holds(relation, otherwise)), None)
        failing.update({} if first is None else {first: None})
        return first is None

    steady, other = ([relation for relation in used if relation.steady is kind] for kind in (True, False))
    around = stretch(claim.point, low, high, lambda number: possible(number, steady))
    left = [number.value for number in around if possible(number, other)]
    if failing:
        ledger.add(_joint(claim, own, list(failing), left))


def _used(ledger: Ledger, claim: Claim, own: list[Check]) -> list[Relation]:
    """What is computed from a claim, but for what is the converse of its own check."""
    mutual = {(i, c.method) for c in own for i in c.inputs}
    relations = [r for r in ledger.relations(claim.id) if r.claim != claim.id and claim.id in r.points]
    return [relation for relation in relations if (relation.claim, relation.method) not in mutual]


def _joint(claim: Claim, own: list[Check], failing: list[Relation], left: list[Fraction]) -> Check:
    names = dict.fromkeys([*(c.method for c in own), *(relation.method for relation in failing)])
    inputs = [i for c in own for i in c.inputs] + [
        i for relation in failing for i in (relation.claim, *relation.inputs)
    ]
    return Check(
        claim.id,
        Verdict.FIXED if len(left) == 1 else Verdict.POSSIBLE,
        "–".join(dict.fromkeys(show(x, claim.point.decimals) for x in (left[0], left[-1]))),
        f"left by all checks together: {', '.join(names)}",
        tuple(i for i in dict.fromkeys(inputs) if i != claim.id),
        ranges=((left[0], left[-1]),),
        passing=len(left),
        forms=forms(claim.point),
    )
