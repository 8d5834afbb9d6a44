"""Harm in a trial, as people of a hundred treated in each group."""

from __future__ import annotations

from typing import NamedTuple

from netterbook.book.netter import safety
from netterbook.book.plain_words import results
from netterbook.book.plain_words.hundred import Pair
from netterbook.ledger import Ledger
from netterbook.trials import Trial


class HarmInHundred(NamedTuple):
    """Patients with a severe adverse event of any cause, with severe loss of blood cells, with a severe kidney problem,
    and with a late myelodysplastic syndrome where it was counted in both groups; and the P value of the loss of blood
    cells, once all rows of severe events are counted (Holm).
    """

    severe: Pair
    blood: Pair
    kidneys: Pair
    marrow: Pair | None
    blood_p: float

    @property
    def severe_by_chance(self) -> bool:
        """Whether chance alone may have made the difference in severe adverse events."""
        return results.by_chance(self.severe)

    @property
    def blood_by_chance(self) -> bool:
        """The same of severe loss of blood cells."""
        return results.by_chance(self.blood)

    @property
    def kidneys_by_chance(self) -> bool:
        """The same of severe kidney problems."""
        return results.by_chance(self.kidneys)

    @property
    def blood_stands(self) -> bool:
        """Whether the difference in blood cells is significant once all rows of severe events are counted."""
        return self.blood_p < 1 - results.RANGE_LEVEL

    @property
    def marrow_by_chance(self) -> bool:
        """Whether chance alone may have made the difference in marrow disease, where there is one."""
        return self.marrow is not None and results.by_chance(self.marrow)

    def told(self) -> dict[str, object]:
        """All of it as values of a sentence's slots, and whether ``severe_chance``, ``kidneys_chance``,
        ``marrow_chance``.
        """
        chance = {"severe_chance": self.severe_by_chance, "kidneys_chance": self.kidneys_by_chance}
        chance |= {"marrow_chance": self.marrow_by_chance}
        return {**self._asdict(), **chance}


def harm_in_hundred(ledger: Ledger, first: Trial, second: Trial) -> tuple[HarmInHundred, HarmInHundred]:
    """NETTER-1's, from Table 4 (lymphocytes) and facts F063, F270 and F277 of its end; NETTER-2's, from Tables 4 and 5.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = harm_in_hundred(ledger, *trials.read(ledger.folder).values())
    >>> [[group.first for group in each.severe] for each in found]
    [[41, 33], [35, 27]]
    """
    return (
        HarmInHundred(
            severe=results.problems(ledger, first, "table4.any_ae"),
            blood=results.problems(ledger, first, "table4.lymphopenia"),
            kidneys=results.kidneys_at_the_end(ledger),
            marrow=results.late_blood_disease(ledger),
            blood_p=_adjusted(ledger, first, "Lymphopenia"),
        ),
        HarmInHundred(
            severe=results.problems(ledger, second, "table4.adverse_events"),
            blood=results.problems(ledger, second, "table5.immediate_haematotoxicities"),
            kidneys=results.problems(ledger, second, "table5.nephrotoxicities"),
            marrow=None,
            blood_p=_adjusted(ledger, second, "Immediate haematotoxicities"),
        ),
    )


def _adjusted(ledger: Ledger, trial: Trial, label: str) -> float:
    """P value of a row of severe events, adjusted for the number of rows with any (Holm)."""
    rows = safety.event_differences(ledger, trial, results.RANGE_LEVEL, "severe").set_index("label")
    return float(rows.loc[label, "holm"])
