"""How many printed numbers of a trial are confirmed, and how many are not."""

from __future__ import annotations

from typing import NamedTuple

from netterbook.claims import AXIS, Verdict
from netterbook.ledger import Ledger
from netterbook.trials import Trial

_CONFIRMED = (Verdict.REPRODUCED, Verdict.FIXED, Verdict.RECOVERED)


class Standing(NamedTuple):
    """Printed numbers, ticks of axes aside: ``printed`` in all; ``confirmed``, reproduced, fixed or recovered; those
    that ``differ``; and the ``others``, which no other number contradicts.
    """

    printed: int
    confirmed: int
    differ: int
    others: int


def standing(ledger: Ledger, trial: Trial) -> Standing:
    """What became of the numbers that a trial's paper prints.

    >>> from netterbook.audit import build_ledger
    >>> from netterbook import trials
    >>> ledger = build_ledger()
    >>> standing(ledger, trials.read(ledger.folder)["netter1"])[::2]
    (594, 8)
    """
    claims = [claim for claim in ledger.claims.values() if claim.paper == trial.key and claim.measure != AXIS]
    verdicts = [ledger.leading(claim.id).verdict for claim in claims]
    confirmed = sum(verdict in _CONFIRMED for verdict in verdicts)
    differ = verdicts.count(Verdict.DIFFERS)
    return Standing(len(verdicts), confirmed, differ, len(verdicts) - confirmed - differ)
