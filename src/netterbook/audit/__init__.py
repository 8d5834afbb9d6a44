"""The audit: every check of every printed number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netterbook import papers, trials
from netterbook.audit import common, jointly, netter1, netter2, printing, randomised, reasons, records, recovered
from netterbook.ledger import Ledger

_OWN: dict[str, Callable[..., None]] = {
    "netter1": netter1.check, "netter2": netter2.check, "sundlov2022": records.check
}  # fmt: skip
"""Checks of one paper alone, by its key."""


def build_ledger(folder: Path | None = None) -> Ledger:
    """All claims of a data folder with all checks.

    Parameters
    ----------
    folder : the data package; that of the repository by default

    Raises
    ------
    DataError
        If a file does not say what its descriptor or record promises.

    >>> str(build_ledger().verdict("netter1.table4.headache.p.p").verdict)
    'reproduced'
    """
    return with_checks(papers.load(folder))


def with_checks(ledger: Ledger) -> Ledger:
    """A ledger without checks, such as :func:`.papers.load` gives, with all checks entered.

    Raises
    ------
    DataError
        If a file does not say what its record promises.
    """
    known = trials.documents(ledger.folder)
    for key, document in known.items():
        if isinstance(document, trials.Trial):
            randomised.check(ledger, document)
        if key in _OWN:
            _OWN[key](ledger, document)
    common.check_percentages(ledger)
    common.check_small_percentages(ledger)
    common.check_ratio_intervals(ledger)
    common.check_axes(ledger)
    common.check_identifiers(ledger)
    printing.check_zeros(ledger)
    printing.check_bounds(ledger)
    jointly.check(ledger)
    recovered.check(ledger)
    ledger.agree_with_copies()
    reasons.explain(ledger)
    return ledger
