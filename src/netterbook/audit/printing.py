"""How numbers are printed: habits that a paper keeps, which a number that breaks one of them shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from netterbook.claims import Check, Claim, Verdict
from netterbook.ledger import Ledger
from netterbook.printed import Number

ZERO = "printed without a percentage, as only zeros are in its table"


def check_zeros(ledger: Ledger) -> None:
    """In tables of counts with percentages, counts that have none in rows that have some: where all others are zero,
    each must be.
    """
    for bare in _bare_counts(ledger).values():
        for claim_id in bare:
            others = [other for other in bare if other != claim_id]
            if len(others) > 1 and not any(ledger.value(other) for other in others):
                ledger.compare(claim_id, ZERO, _together, others, weak=True)


def _together(*others: Number) -> Number:
    """Zero where all are."""
    return sum(others)


def _bare_counts(ledger: Ledger) -> dict[tuple[str, str], list[str]]:
    rows = defaultdict(list)
    for claim_id in ledger.claims:
        parts = claim_id.split(".")
        if len(parts) == 5 and parts[4] == "count":
            rows[parts[0], parts[1], parts[2]].append(claim_id)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (paper, table, _), counts in rows.items():
        bare = [count for count in counts if f"{count.removesuffix('count')}percent" not in ledger.claims]
        if len(bare) < len(counts):
            found[paper, table] += bare
    return found


def check_bounds(ledger: Ledger) -> None:
    """A paper has one bound below which it prints no P value, and one for percentages of counts."""
    bounds = defaultdict(list)
    for claim in ledger.claims.values():
        printed_of_a_count = claim.measure == "percent" and claim.numerator
        if claim.point.relation == "<" and not claim.same_as and (printed_of_a_count or claim.measure == "p_value"):
            bounds[claim.paper, claim.measure].append(claim)
    for claims in bounds.values():
        for claim in claims if len(claims) > 1 else ():
            others = [other for other in claims if other is not claim]
            usual = Counter(other.point.value for other in others).most_common(1)[0][0]
            _enter(ledger, claim, claim.point.value == usual, "the bound of others that are so printed", others)


def check_alike(ledger: Ledger, method: str, *claim_ids: str, parts: Sequence[str] = ("point",)) -> None:
    """Numbers that must be one: each is printed alike in the others, or differs; ``≤65`` and ``>65`` are one number."""
    claims = [ledger[claim_id] for claim_id in claim_ids]
    same = len({tuple(claim.parts[part].value for part in parts) for claim in claims}) == 1
    for claim in claims:
        _enter(ledger, claim, same, method, [other for other in claims if other is not claim])


def _enter(ledger: Ledger, claim: Claim, same: bool, method: str, others: Sequence[Claim]) -> None:
    verdict = Verdict.ALIKE if same else Verdict.DIFFERS
    ledger.add(Check(claim.id, verdict, others[0].printed, method, tuple(other.id for other in others)))
