"""What the trials found, as people of a hundred."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from netterbook import facts
from netterbook.audit import ensembles
from netterbook.book.late_harm import late_harm
from netterbook.book.plain_words.hundred import HUNDRED, Pair, counted, estimated, of_hundred
from netterbook.ledger import Ledger
from netterbook.methods import pooling
from netterbook.methods.proportions import difference
from netterbook.trials import AdverseEvents, Response, Trial, recorded

RANGE_LEVEL = 0.95
"""Of every range: that of the printed ones."""


def progression(ledger: Ledger, trial: Trial, months: float) -> Pair:
    """People alive without progression at a time, and all others: as printed, where a rate at this time is, otherwise
    from the stored reconstructed patients.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> [group.first for group in progression(ledger, trials.read(ledger.folder)["netter1"], 20)]
    [65, 11]
    """
    about = trial.end_points["pfs"]
    if about.landmark and ledger.number(trial.claim(about.landmark)) == months:
        experimental, control = (estimated(*ledger.estimate(claim)) for claim in trial.of_arms(about.rate))
        return Pair(experimental, control)
    found = ensembles.reconstruct(ledger, trial, "pfs", "nothing", ensembles.STORED_DRAWS, ensembles.STORED_SEED)
    rates = pooling.pooled_rates(found, months, RANGE_LEVEL)
    return Pair(*(estimated(*(HUNDRED * each for each in rates[group])) for group in ("experimental", "control")))


def responses(ledger: Ledger, trial: Trial) -> Pair:
    """All randomised: tumours shrank (a complete or partial response), did not, or nobody could tell.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> responses(ledger, trials.read(ledger.folder)["netter1"]).experimental.counted
    (18, 83, 15)
    """
    about = recorded(trial, Response)
    groups = []
    for i, (shrank, patients) in enumerate(
        zip(trial.counts(ledger, about.responders), trial.counts(ledger, about.patients), strict=True)
    ):
        unknown = (
            trial.counts(ledger, about.unknown)[i]
            if about.unknown
            else patients - trial.counts(ledger, about.evaluable)[i]
        )
        groups.append(counted((shrank, patients - shrank - unknown, unknown), RANGE_LEVEL))
    return Pair(*groups)


def problems(ledger: Ledger, trial: Trial, row: str) -> Pair:
    """Treated patients with an adverse event that is severe, with a milder one alone, and without one.

    Parameters
    ----------
    row : table and row of the event

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> problems(ledger, trials.read(ledger.folder)["netter2"], "table5.nephrotoxicities").experimental.people
    (2, 7, 91)
    """
    about = recorded(trial, AdverseEvents)
    stems = (f"{row}.{about.severe}.count", f"{row}.{about.any}.count", about.patients)
    counts = zip(*(trial.counts(ledger, stem) for stem in stems), strict=True)
    experimental, control = (counted((severe, any_ - severe, n - any_), RANGE_LEVEL) for severe, any_, n in counts)
    return Pair(experimental, control)


def events(ledger: Ledger, trial: Trial, rows: Iterable[str]) -> pd.DataFrame:
    """Events of a trial, of a hundred people in each group.

    Columns: ``kind``, the row of its table; ``any`` and ``severe``, in the experimental group, and the same with
    ``_control``.
    """
    (table,) = recorded(trial, AdverseEvents).tables
    found = []
    for row in rows:
        pair = problems(ledger, trial, f"{table}.{row}")
        of = [(sum(group.people[:2]), group.first) for group in pair]
        found.append((row, of[0][0], of[1][0], of[0][1], of[1][1]))
    return pd.DataFrame(found, columns=["kind", "any", "any_control", "severe", "severe_control"])


class Both(NamedTuple):
    """People of a hundred in each group."""

    experimental: int
    control: int


def share(ledger: Ledger, trial: Trial, count: str, total: str) -> Both:
    """Of a hundred people in each group, by the claims of a count and of its total; ``{arm}`` stands for the group.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> share(ledger, trials.read(ledger.folder)["netter1"], "table3.ae_related.{arm}.count", "table3.n.{arm}.count")
    Both(experimental=86, control=31)
    """
    experimental, control = zip(trial.counts(ledger, count), trial.counts(ledger, total), strict=True)
    return Both(of_hundred(*experimental), of_hundred(*control))


def by_chance(pair: Pair) -> bool:
    """Whether chance alone may have made the difference in the first kind: whether its interval (Newcombe) holds zero.

    >>> by_chance(Pair(counted((46, 65), 0.95), counted((36, 74), 0.95)))
    True
    """
    (a, *others), (b, *more) = pair.experimental.counted, pair.control.counted
    _, low, high = difference(a, a + sum(others), b, b + sum(more), method="Newcombe", level=RANGE_LEVEL)
    return low <= 0 <= high


class Survival(NamedTuple):
    """NETTER-1's final analysis: deaths and patients of both groups together; years of follow-up; months that half of
    each group lived; of a hundred people in each, deaths by ``early`` months; control patients of a hundred who had the
    radioligand later; and for a hundred deaths in the control group, how many there would be in the other, with its
    range.
    """

    deaths: int
    patients: int
    years: float
    median: float
    median_control: float
    early: int
    deaths_early: int
    deaths_early_control: int
    crossed: int
    ratio: int
    low: int
    high: int

    @property
    def shown(self) -> bool:
        """Whether the range leaves out that both groups die alike."""
        return not self.low <= HUNDRED <= self.high


def survival(ledger: Ledger) -> Survival:
    """Facts F058 to F063, F230, F231 and F234.

    >>> from netterbook import papers
    >>> found = survival(papers.load(papers.data_dir()))
    >>> found.deaths, found.patients, found.deaths_early, found.deaths_early_control, found.shown
    (142, 231, 22, 34, False)
    """
    known = facts.read(ledger.folder)
    early, early_control = (known[each].numbers[:2] for each in ("F230", "F231"))
    ratio = known["F061"].stated
    return Survival(
        deaths=int(known["F063"].value),
        patients=int(known["F058"].value),
        years=known["F234"].value / 12,
        median=known["F059"].value,
        median_control=known["F060"].value,
        early=int(known["F230"].quantity_numbers[0]),
        deaths_early=of_hundred(*early),
        deaths_early_control=of_hundred(*early_control),
        crossed=of_hundred(known["F062"].value),
        ratio=of_hundred(HUNDRED * ratio.value),
        low=of_hundred(HUNDRED * ratio.low),
        high=of_hundred(HUNDRED * ratio.high),
    )


def late_blood_disease(ledger: Ledger) -> Pair:
    """NETTER-1's treated patients with a myelodysplastic syndrome by the final analysis (F063), none under control
    (F270), and all others (F277 counts those treated).

    Raises
    ------
    DataError
        If the fact does not say that there was none under control.

    >>> from netterbook import papers
    >>> [group.counted for group in late_blood_disease(papers.load(papers.data_dir()))]
    [(2, 109), (0, 112)]
    """
    late = late_harm(ledger)
    experimental = counted((late.marrow, late.patients - late.marrow), RANGE_LEVEL)
    return Pair(experimental, counted((0, late.patients_control), RANGE_LEVEL))


class BloodDiseaseElsewhere(NamedTuple):
    """Late blood disease in other reports: of a hundred people by an earlier US label of NETTER-1; the least and the
    most of cohorts without a control group; in the cohort with the most, how many were ``affected`` and how many of
    these had been ``treated`` with chemotherapy too, and median and range of the months to it.
    """

    label: int
    least: int
    most: int
    treated: int
    affected: int
    months: float
    first: float
    last: float


def blood_disease_elsewhere(ledger: Ledger) -> BloodDiseaseElsewhere:
    """Facts F273; F318 with F319, F279 and F316; F317.

    >>> from netterbook import papers
    >>> blood_disease_elsewhere(papers.load(papers.data_dir()))[:5]
    (3, 2, 5, 22, 25)
    """
    known = facts.read(ledger.folder)
    leukaemia, patients = known["F318"].numbers[:2]
    cohorts = [
        (leukaemia + known["F319"].numbers[0], patients),
        (known["F279"].value, known["F279"].size),
        known["F316"].numbers[:2],
    ]
    shares = [of_hundred(*each) for each in cohorts]
    treated, affected = map(int, known["F316"].quantity_numbers[-2:])
    label = of_hundred(known["F273"].value)
    return BloodDiseaseElsewhere(label, min(shares), max(shares), treated, affected, *known["F317"].stated)


def kidneys_at_the_end(ledger: Ledger) -> Pair:
    """NETTER-1's treated patients with a severe kidney problem of any cause by the final analysis, and others: F277.

    >>> from netterbook import papers
    >>> [group.counted for group in kidneys_at_the_end(papers.load(papers.data_dir()))]
    [(6, 105), (4, 108)]
    """
    late = late_harm(ledger)
    groups = (late.kidneys, late.patients), (late.kidneys_control, late.patients_control)
    experimental, control = (counted((affected, n - affected), RANGE_LEVEL) for affected, n in groups)
    return Pair(experimental, control)


def scales_that_held_longer(ledger: Ledger) -> int:
    """Scales of quality of life on which NETTER-1 found a significant difference: those with a hazard ratio.

    >>> from netterbook import papers
    >>> scales_that_held_longer(papers.load(papers.data_dir()))
    8
    """
    known = facts.read(ledger.folder).values()
    return sum(fact.topic == "NETTER-1 QoL" and fact.unit == "HR" for fact in known)


def in_numbers(pair: Pair, groups: tuple[str, str], kinds: Iterable[str]) -> pd.DataFrame:
    """What a picture of both groups shows, in rows.

    Columns: ``group``, ``what``, ``of_100``, ``low``, ``high``; ``patients`` and ``of`` where patients were counted.
    """
    kinds, rows = tuple(kinds), []
    for name, group in zip(groups, pair, strict=True):
        for i, what in enumerate(kinds):
            row: dict[str, str | int] = {"group": name, "what": what, "of_100": group.people[i]}
            row |= dict(zip(("low", "high"), group.ranges[i], strict=True))
            if group.counted:
                row |= {"patients": group.counted[i], "of": sum(group.counted)}
            rows.append(row)
    return pd.DataFrame(rows)
