"""Harm that showed only in NETTER-1's long follow-up: to the kidneys and to the bone marrow."""

from __future__ import annotations

from typing import NamedTuple

from netterbook import facts
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.methods.proportions import counts_printing_as
from netterbook.printed import Printed


class LateHarm(NamedTuple):
    """NETTER-1's long-term follow-up by later reports: patients of each group, and how many of them had severe harm
    to the ``kidneys`` from any cause and, with the radioligand, a ``marrow`` disease; none had under control. The US
    label and an earlier one have the latter in percent, ``label`` and ``label_before``; whether a count ``fits`` each.
    """

    patients: int
    patients_control: int
    kidneys: int
    kidneys_control: int
    marrow: int
    label: float
    label_before: float
    fits: tuple[bool, bool]

    @property
    def agree(self) -> bool:
        """Whether one count of patients can stand behind the report and both labels."""
        return self.label == self.label_before and all(self.fits)


def late_harm(ledger: Ledger) -> LateHarm:
    """Facts F277, F063, F270 and F273.

    Raises
    ------
    DataError
        If the last does not say that no control patient had a marrow disease.

    >>> from netterbook import papers
    >>> found = late_harm(papers.load(papers.data_dir()))
    >>> found[:5], found.label, found.label_before
    ((111, 112, 6, 4, 2), 2.3, 2.7)
    >>> found.fits, found.agree  # no share of 111 patients prints as 2.3%
    ((False, True), False)
    """
    known = facts.read(ledger.folder)
    if "none under control" not in known["F270"].quantity:
        raise DataError(f"fact F270 does not say that there was none under control: {known['F270'].quantity!r}")
    (patients, control), numbers = known["F277"].sizes, known["F277"].numbers
    label, before = known["F270"], known["F273"]
    fits = [bool(counts_printing_as(Printed(f"{fact.text}%"), patients)) for fact in (label, before)]
    return LateHarm(
        patients,
        control,
        kidneys=int(numbers[0]),
        kidneys_control=int(numbers[2]),
        marrow=int(known["F063"].named("MDS").value),
        label=label.value,
        label_before=before.value,
        fits=(fits[0], fits[1]),
    )


class RelatedSerious(NamedTuple):
    """NETTER-1's treated ``patients`` with a serious event put down to treatment: of grade 3 or more in the ``whole``
    study; of any grade in the ``long_term`` follow-up, and of these, ``severe`` ones of grade 3 or more. ``fatal``
    events of a myelodysplastic syndrome are among the latter.
    """

    patients: int
    whole: int
    long_term: int
    severe: int
    fatal: int


def related_serious(ledger: Ledger) -> RelatedSerious:
    """Fact F275.

    Raises
    ------
    DataError
        If it tells of no event that ended in death.

    >>> from netterbook import papers
    >>> related_serious(papers.load(papers.data_dir()))
    RelatedSerious(patients=111, whole=7, long_term=3, severe=2, fatal=1)
    """
    fact = facts.read(ledger.folder)["F275"]
    if not fact.text.endswith("event of myelodysplastic syndrome of grade 5, death)"):
        raise DataError(f"fact F275 tells of no event that ended in death: {fact.text!r}")
    whole, _, long_term, _, severe, _, _, fatal, _ = map(int, fact.numbers)
    return RelatedSerious(fact.size, whole, long_term, severe, fatal)
