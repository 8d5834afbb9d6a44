"""A final analysis that was reported later: what patients are reconstructed from, and what is kept back to compare.

Its numbers are reference facts, read from abstracts, and no claims of the ledger. There are no numbers at risk.
Follow-up is known by its median and range: the median is taken for a reverse Kaplan–Meier estimate, since most patients
have died and it lies above their median survival; the end of the range is taken for the end of an arm's curve. By the
dates of enrolment and of the analysis nobody can have been followed longer than from the first randomisation on, and
who is censored sooner than counted from the last one has dropped out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from netterbook import facts
from netterbook.arrays import Floats, Integers, Labels
from netterbook.audit.common import printed_dates
from netterbook.facts import Fact
from netterbook.ledger import Ledger
from netterbook.methods.months import DAYS_PER_MONTH
from netterbook.printed import Printed
from netterbook.trials import FinalAnalysis, Trial, recorded

if TYPE_CHECKING:  # the compiler behind it takes a third of a second
    from netterbook.methods.patient_sets import PatientSets
    from netterbook.reconstruction import Reconstruction

_ENDS = {-1: " low", 0: "", 1: " high"}


@dataclass(frozen=True)
class FinalInputs:
    """What patients of a trial's final analysis are reconstructed from."""

    trial: Trial

    @property
    def about(self) -> FinalAnalysis:
        """The trial's record of it.

        Raises
        ------
        DataError
            If it has none.
        """
        return recorded(self.trial, FinalAnalysis)

    @property
    def scans(self) -> tuple[str, ...]:
        """No claims: deaths are not found at scans."""
        return ()

    @property
    def key(self) -> tuple[str, ...]:
        """What tells inputs apart."""
        return self.trial.key, "final"

    @property
    def _arms(self) -> tuple[str, str]:
        return self.trial.control.key, self.trial.experimental.key

    def claims(self, ledger: Ledger) -> list[str]:
        """Ids of the facts that a reconstruction is given, and of the claim that dates the analysis."""
        about = self.about
        by_arm = [facts[arm] for facts in (about.median, about.follow_up) for arm in self._arms]
        return [about.patients, about.hazard_ratio, *by_arm, *about.enrolment, self.trial.claim(about.years)]

    def arguments(self, ledger: Ledger) -> dict[str, Any]:
        """All that :func:`.from_summaries` is given; times in months.

        >>> from netterbook import papers, trials
        >>> ledger = papers.load(papers.data_dir())
        >>> given = FinalInputs(trials.read(ledger.folder)["netter1"]).arguments(ledger)
        >>> given["arms"].to_numpy().tolist(), [round(x, 1) for x in given["possible_follow_up"]]
        ([[0.0, 114.0, 92.3], [1.0, 117.0, 95.0]], [60.0, 100.2])
        """
        cited, about = facts.read(ledger.folder), self.about
        _, *sizes = cited[about.patients].numbers  # of all and, in the order of arms, of each
        patients = [int(size) for size in reversed(sizes)]
        followed = [cited[about.follow_up[arm]] for arm in self._arms]
        arms = pd.DataFrame({"arm": [0, 1], "n": patients, "tmax": [fact.high for fact in followed]})
        quantities = [_row("hr", cited[about.hazard_ratio])]
        for code, arm in enumerate(self._arms):
            quantities.append(_row("median", cited[about.median[arm]], arm=code))
            quantities.append({"quantity": "followup", "arm": code, "value": followed[code].text})
        return {
            "at_risk": pd.DataFrame({"arm": [0, 1], "time": [0.0, 0.0], "n_risk": patients}),
            "arms": arms,
            "quantities": quantities,
            "possible_follow_up": self._possible(ledger, cited),
        }

    def _possible(self, ledger: Ledger, cited: Any) -> tuple[float, float]:
        """From the last and from the first randomisation to the analysis, months."""
        least = 12 * ledger.number(self.trial.claim(self.about.years))
        first, last = (printed_dates(cited[fact].text) for fact in self.about.enrolment)
        return least, least + (last[1] - first[0]).days / DAYS_PER_MONTH

    def reconstruct(self, ledger: Ledger, draws: int, seed: int, budget: float = 5) -> Reconstruction:
        """Patients from all of these numbers; ``budget`` as in :func:`.from_summaries`."""
        from netterbook.reconstruction import from_summaries

        return from_summaries(**self.arguments(ledger), draws=draws, seed=seed, budget=budget)


def _row(quantity: str, fact: Fact, **about: Any) -> dict[str, Any]:
    """A fact as a row of ``quantities``, with the limits it has."""
    return {"quantity": quantity, **about, "value": fact.text, "low": fact.low_text, "high": fact.high_text}


class KeptBack(NamedTuple):
    """A printed number that was not given: an estimate, or a limit of it.

    ``id`` of the fact, with " low" or " high" for a limit; ``kind``: mean, gain, early (deaths), deaths (of all) or
    proportional; ``arm``, its key, where it has one; ``time``, months, up to which; the number as it is printed; and
    how it is read off sets of patients.
    """

    id: str
    kind: str
    arm: str
    time: float
    point: Printed
    read: Callable[[PatientSets], Floats]


def kept_back(ledger: Ledger, trial: Trial) -> list[KeptBack]:
    """All that is printed of a final analysis and was not given: restricted means with their normal limits, deaths
    counted up to a time and in all, and the P value of a test of proportional hazards (score test against 1 less the
    pooled Kaplan–Meier curve, as R's survival has it; the abstract says Schoenfeld residuals, but not their transform).

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> kept = kept_back(ledger, trials.read(ledger.folder)["netter1"])
    >>> [(one.id, one.time, one.point.text) for one in kept if one.kind == "gain"]
    [('F229', 24.0, '1.9'), ('F229 low', 24.0, '0.1'), ('F229 high', 24.0, '3.6')]
    """
    from netterbook.methods.proportional_hazards import proportional_hazards_test

    about, cited = recorded(trial, FinalAnalysis), facts.read(ledger.folder)
    found = [
        one
        for code, arm in ((1, trial.experimental.key), (0, trial.control.key))
        for one in _summaries("mean", cited[about.means[arm]], "rmst", arm, code)
    ]
    found += _summaries("gain", cited[about.gain], "rmst_difference")
    for code, arm in ((1, trial.experimental.key), (0, trial.control.key)):
        found += _summaries("early", cited[about.early[arm]], "events", arm, code)
    deaths, test = cited[about.deaths], cited[about.proportional]
    found.append(KeptBack(deaths.id, "deaths", "", inf, _count(deaths), lambda sets: np.sum(sets.event, axis=1)))
    return [
        *found,
        KeptBack(
            test.id, "proportional", "", inf, Printed(test.text),
            lambda sets: np.asarray(proportional_hazards_test(sets.time, sets.event, sets.arm).p),
        ),
    ]  # fmt: skip


def _summaries(kind: str, fact: Fact, quantity: str, arm: str = "", code: int | None = None) -> Iterator[KeptBack]:
    """An estimate up to the time that the fact's name states, and its limits, as a reconstruction understands them."""
    from netterbook.reconstruction.given import COUNTS, read_summaries

    (time,) = fact.quantity_numbers
    row = _row(quantity, fact, arm=code, time=time)
    row |= {"value": _count(fact).text} if quantity in COUNTS else {}
    for item in read_summaries({}, None, [inf, inf], [row]):
        yield KeptBack(fact.id + _ENDS[item.side], kind, arm, time, item.printed, partial(_each, item.value))


def _each(value: Callable[[Floats, Integers, Labels], float], sets: PatientSets) -> Floats:
    return sets.each(value)


def _count(fact: Fact) -> Printed:
    """The first number of a fact, a count."""
    return Printed(f"{fact.value:g}", exact=True)
