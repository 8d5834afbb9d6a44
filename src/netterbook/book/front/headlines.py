"""What came of estimating each headline result of the trials without it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from netterbook.audit import recovered
from netterbook.book.netter.outcomes import placed
from netterbook.ledger import Ledger
from netterbook.trials import Trial


class Estimated(NamedTuple):
    """Headline results that were estimated without themselves, ``all``, each from so many ``seeds``; how many meet, in
    the rounding that is printed, the interval of the estimate; and how many are near an end of it (:class:`.Placed`).
    """

    all: int
    seeds: int
    meet: int
    near: int

    @property
    def every(self) -> bool:
        """Whether all of them meet it."""
        return self.meet == self.all


def without_themselves(ledger: Ledger, own: Iterable[Trial]) -> Estimated:
    """The stored estimates of all trials.

    >>> from netterbook import trials
    >>> from netterbook.audit import build_ledger
    >>> ledger = build_ledger()
    >>> without_themselves(ledger, trials.read(ledger.folder).values()).every
    True
    """
    stored, meet = recovered.stored(ledger), 0
    for claim_id in stored.index:
        (check,) = [check for check in ledger.checks[claim_id] if check.method == recovered.METHOD]
        meet += check.ranges[0] is not None and ledger[claim_id].point.overlaps(*check.ranges[0])
    return Estimated(
        all=len(stored),
        seeds=int(stored["seeds"].str.split().str.len().min()),
        meet=meet,
        near=sum(placed(ledger, trial).outer for trial in own),
    )
