"""Harm in both NETTER trials side by side: events put down to treatment, kidneys, late disease of the marrow."""

from __future__ import annotations

from typing import NamedTuple

from netterbook.book.late_harm import late_harm
from netterbook.ledger import Ledger
from netterbook.methods.proportions import difference
from netterbook.trials import Trial


class Affected(NamedTuple):
    """Patients affected of those treated, in the experimental group and in the control group."""

    experimental: int
    of: int
    control: int
    of_control: int

    @property
    def shares(self) -> tuple[float, float]:
        """Of 1, in the experimental group and in the control group."""
        return self.experimental / self.of, self.control / self.of_control

    def apart(self, level: float) -> tuple[float, float, float]:
        """How many more of a hundred are affected in the experimental group, with its interval (Newcombe).

        >>> [round(each, 1) for each in Affected(10, 111, 1, 110).apart(0.95)]
        [8.1, 2.4, 14.9]
        """
        points, low, high = difference(*self, method="Newcombe", level=level)
        return points, low, high

    def by_chance(self, level: float) -> bool:
        """Whether the interval of the difference holds zero."""
        _, low, high = self.apart(level)
        return low <= 0 <= high


class Harm(NamedTuple):
    """What both trials count, and what one alone does."""

    serious: tuple[Affected, Affected]
    """Serious adverse events put down to treatment, NETTER-1 and NETTER-2."""
    severe: Affected
    """Adverse events of grade 3 or more put down to treatment, NETTER-2 alone."""
    kidneys: tuple[Affected, Affected]
    """Problems of the kidneys of grade 3 or more, of any cause: NETTER-1 by its final analysis (F277), NETTER-2."""
    marrow: tuple[Affected, Affected]
    """Myelodysplastic syndrome: NETTER-1 by its final analysis (F063; none under control by F270), NETTER-2."""


def harm(ledger: Ledger, netter1: Trial, netter2: Trial) -> Harm:
    """Of the printed tables and the reference facts.

    Raises
    ------
    DataError
        If fact F270 does not say that no control patient had a myelodysplastic syndrome.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load()
    >>> known = trials.read(ledger.folder)
    >>> harm(ledger, known["netter1"], known["netter2"]).kidneys[0]
    Affected(experimental=6, of=111, control=4, of_control=112)
    """
    late = late_harm(ledger)
    return Harm(
        serious=(
            _counted(ledger, netter1, "table3.sae_related.{arm}.count", "table3.n.{arm}.count"),
            _of_netter2(ledger, netter2, "table4.serious_related_any.{arm}_any.count"),
        ),
        severe=_of_netter2(ledger, netter2, "table4.ae_related_any.{arm}_grade3.count"),
        kidneys=(
            Affected(late.kidneys, late.patients, late.kidneys_control, late.patients_control),
            _of_netter2(ledger, netter2, "table5.nephrotoxicities.{arm}_grade3.count"),
        ),
        marrow=(
            Affected(late.marrow, late.patients, 0, late.patients_control),
            _of_netter2(ledger, netter2, "table5.secondary_malignancies.{arm}_any.count"),
        ),
    )


def _of_netter2(ledger: Ledger, trial: Trial, count: str) -> Affected:
    return _counted(ledger, trial, count, "table4.n.{arm}_any.count")


def _counted(ledger: Ledger, trial: Trial, count: str, of: str) -> Affected:
    (a, n), (b, m) = zip(trial.counts(ledger, count), trial.counts(ledger, of), strict=True)
    return Affected(a, n, b, m)
