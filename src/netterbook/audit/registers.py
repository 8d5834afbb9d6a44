"""Printed numbers of a trial against its record in a register and against later reports, which reference facts cite.

A register gives a trial its number, and fixes it. Whatever else it says was entered by the same sponsor: a number there
is another printing of the paper's, and confirms nothing; only a disagreement tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from netterbook.audit.common import REGISTRATION_FORMS, printed_dates
from netterbook.claims import Check, Verdict
from netterbook.facts import Fact
from netterbook.ledger import Ledger


def check_number(ledger: Ledger, claim_id: str, record: Fact) -> None:
    """A registration number against the number of the trial's record, which the fact names in its text or source."""
    printed = ledger[claim_id].point.text
    form = next((form for form in REGISTRATION_FORMS.values() if re.fullmatch(form, printed)), "")
    named = re.findall(form, f"{record.text} {record.source}") if form else []
    verdict = Verdict.FIXED if printed in named else Verdict.DIFFERS
    passing = (1, 10 ** sum(map(str.isdigit, printed))) if printed in named else (None, None)
    shown, method = ", ".join(dict.fromkeys(named)) or "none", "number of the trial's record in the register"
    ledger.add(Check(claim_id, verdict, shown, method, (f"fact:{record.id}",), "", (), (), (), *passing))


def check_date(ledger: Ledger, claim_id: str, record: Fact, after: str = "") -> None:
    """A date against the one that a fact states after a word, or as a whole; a month agrees with each of its days."""
    said = re.split("[;)]", record.text.partition(after)[2] if after else record.text)[0].strip()
    (first, last), (low, high) = printed_dates(ledger[claim_id].point.text), printed_dates(said)
    _alike(ledger, claim_id, record, said, first <= high and low <= last)


def check_count(ledger: Ledger, claim_id: str, record: Fact, pick: Callable[[Fact], float]) -> None:
    """A count against the one that is picked from a fact."""
    said = pick(record)
    _alike(ledger, claim_id, record, f"{said:g}", ledger[claim_id].point.admits(said))


def number_at(place: int) -> Callable[[Fact], float]:
    """The number of a fact at a place, for :func:`check_count`."""
    return lambda fact: fact.numbers[place]


def named(words: str) -> Callable[[Fact], float]:
    """The number of a fact after some words."""
    return lambda fact: fact.named(words).value


def _alike(ledger: Ledger, claim_id: str, record: Fact, said: str, same: bool) -> None:
    verdict = Verdict.ALIKE if same else Verdict.DIFFERS
    ledger.add(Check(claim_id, verdict, said, f"the same in {record.source}", (f"fact:{record.id}",)))
