"""Why a claim has no check."""

from __future__ import annotations

from netterbook.claims import Claim
from netterbook.ledger import Ledger

_BY_MEASURE = {
    "setting": "laid down by the protocol or a definition; nothing printed determines it",
    "ratio": "laid down by the protocol",
    "version": "edition of a standard, named only",
    "year": "named only",
    "date": "a single date; no other printed date bounds it",
    "median": "needs the patients' times; estimated once individual data are reconstructed",
    "mean": "needs individual values, which are not public",
    "count": "no other printed number determines or bounds it",
    "percent": "neither the count nor the total is printed",
    "quantity": "no other printed number determines it",
    "p_value": "the test statistic is not printed",
    "hazard_ratio": "needs individual data",
    "difference": "its parts are not printed",
}
_BASELINE = "needs individual values, which are not public"
_CITED = "a result of another study, cited; its data are not in this paper"


def explain(ledger: Ledger) -> None:
    """Give every claim without a check its reason."""
    for claim in ledger.claims.values():
        if ledger.checks.get(claim.id):
            ledger.reasons.pop(claim.id, None)
        else:
            ledger.reasons.setdefault(claim.id, _reason(claim))


def _reason(claim: Claim) -> str:
    cited = claim.place in ("Introduction", "Discussion", "Research in context") and not claim.arm
    if cited and claim.measure in ("count", "percent", "median", "quantity", "hazard_ratio"):
        return _CITED
    if claim.place.startswith("Table") and claim.measure == "median":
        return _BASELINE
    return _BY_MEASURE.get(claim.measure, "no other printed number determines it")
