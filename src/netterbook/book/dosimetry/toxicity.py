"""Blood and marrow: lymphopenia by two measures, marrow dose, myeloid neoplasms after treatment."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from netterbook import facts
from netterbook.ledger import Ledger
from netterbook.methods.expected_counts import OverExpected, ratio_of_counts, standardised_ratio
from netterbook.methods.proportions import counts_printing_as, percentage, proportion_interval
from netterbook.printed import Printed


class Lymphopenia(NamedTuple):
    """Lymphopenia of grade 3 or worse in a trial's radioligand group, as shares of 1."""

    reported: float
    """As an adverse event."""
    laboratory: float
    """By laboratory values."""


def lymphopenia(ledger: Ledger) -> dict[str, Lymphopenia]:
    """By both measures, of each trial; laboratory values are those of the US label (F053) and of an abstract (F261).

    >>> from netterbook import papers
    >>> lymphopenia(papers.load())["netter1"]
    Lymphopenia(reported=0.09009009009009009, laboratory=0.44)
    """
    known = facts.read(ledger.folder)
    claims = {
        "netter1": ("netter1.table4.lymphopenia.lu_grade34.count", "netter1.table4.n.lu_any.count", "F053"),
        "netter2": ("netter2.results.lymphocytes3_lu_n", "netter2.table4.n.lu_any.count", "F261"),
    }
    found = {}
    for trial, (affected, treated, fact) in claims.items():
        count, total = ledger.counts(affected, treated)
        found[trial] = Lymphopenia(count / total, known[fact].value / 100)
    return found


class Marrow(NamedTuple):
    """Marrow dose of the standard number of cycles in Gy, with the accepted limit."""

    images: float
    """By the mean of a treatment from images of a vertebra (F283)."""
    substudy: float
    """The mean in NETTER-1's substudy (F083)."""
    limit: float
    """Adopted from treatment with radioiodine (F313)."""


def marrow(ledger: Ledger, cycles: int) -> Marrow:
    """Of so many cycles.

    >>> from netterbook import papers
    >>> round(marrow(papers.load(), 4).images, 2)
    1.68
    """
    known = facts.read(ledger.folder)
    return Marrow(cycles * known["F283"].value, known["F083"].value, known["F313"].value)


def myeloid_neoplasms(ledger: Ledger) -> pd.DataFrame:
    """Patients with myelodysplasia or leukaemia after treatment.

    Columns: ``study``, ``what``, ``count``, ``total``, their ``percent`` with the exact 95% interval ``low`` to
    ``high``, ``source``, and where that was read if at ``second_hand``, ``read_at``.

    >>> from netterbook import papers
    >>> found = myeloid_neoplasms(papers.load()).set_index("study")
    >>> int(found.loc["Rotterdam 2017", "count"]), float(found.loc["Rotterdam 2017", "percent"].round(1))
    (13, 2.1)
    """
    known = facts.read(ledger.folder)
    first, treated1, second, treated2 = ledger.counts(
        "netter1.results.mds_lu", "netter1.table3.n.lu.count", "netter2.results.mds", "netter2.table4.n.lu_any.count"
    )
    final = int(known["F063"].named("MDS").value)
    early = int(known["F185"].named("MDS").value), known["F185"].sizes[-1]
    leukaemia, total = map(int, known["F318"].numbers[:2])
    both = leukaemia + int(known["F319"].numbers[0])
    rows = [
        ("NETTER-1, primary analysis", "myelodysplasia", first, treated1, "paper"),
        ("NETTER-1, final analysis", "myelodysplasia", final, treated1, "F063, F270"),
        ("NETTER-2, primary analysis", "myelodysplasia", second, treated2, "paper"),
        ("Rotterdam 2008", "myelodysplasia", *early, "F185"),
        ("Rotterdam 2017", "myelodysplasia or acute leukaemia", both, total, "F318, F319"),
    ]
    rows.append(("Rotterdam 2018", "any myeloid neoplasm", int(known["F279"].value), known["F279"].size, "F279"))
    count, total = map(int, known["F316"].numbers[:2])
    rows.append(
        ("One centre 2019, most cases with concomitant chemotherapy", "any myeloid neoplasm", count, total, "F316")
    )
    found = pd.DataFrame(rows, columns=["study", "what", "count", "total", "source"])
    pairs = list(zip(found["count"], found["total"], strict=True))
    ends = pd.DataFrame([proportion_interval(*pair) for pair in pairs], columns=["low", "high"])
    ids = [[each for each in source.split(", ") if each in known] for source in found["source"]]
    read_at = ["; ".join(known[each].read_at for each in own if known[each].read_at) for own in ids]
    shares = [float(percentage(*pair)) for pair in pairs]
    return found.assign(percent=shares, read_at=read_at, second_hand=[bool(each) for each in read_at]).join(ends)


class Registry(NamedTuple):
    """Neoplasms observed and expected in a cohort, and their ratio with two intervals beside the printed one."""

    observed: int
    expected: float
    printed: facts.Stated
    exact: OverExpected
    """The expected number taken as known."""
    as_counts: OverExpected
    """The expected number taken for a count."""


def registry(ledger: Ledger) -> Registry:
    """Facts F279 and F315.

    >>> from netterbook import papers
    >>> found = registry(papers.load())
    >>> found.observed, found.expected, found.printed.value
    (8, 3.0, 2.7)
    """
    known = facts.read(ledger.folder)
    observed, expected = int(known["F279"].value), known["F315"].value
    return Registry(
        observed,
        expected,
        facts.Stated(*known["F279"].numbers[2:5]),
        standardised_ratio(observed, expected),
        ratio_of_counts(observed, expected),
    )


class Label(NamedTuple):
    """NETTER-1's patients with myelodysplasia by two editions of the US label, in percent, and the counts that fit.

    A count fits where its share of the trial's treated patients prints as the label's.
    """

    earlier: float
    earlier_counts: tuple[int, ...]
    later: float
    later_counts: tuple[int, ...]
    treated: int


def mds_by_label(ledger: Ledger) -> Label:
    """Facts F273 and F270.

    >>> from netterbook import papers
    >>> mds_by_label(papers.load())
    Label(earlier=2.7, earlier_counts=(3,), later=2.3, later_counts=(), treated=111)
    """
    known, treated = facts.read(ledger.folder), ledger.count("netter1.table3.n.lu.count")
    earlier, later = known["F273"], known["F270"]
    fitting = (tuple(counts_printing_as(Printed(f"{fact.text}%"), treated)) for fact in (earlier, later))
    return Label(earlier.value, next(fitting), later.value, next(fitting), treated)


def none_of(patients: int) -> float:
    """Percent of patients up to which a toxicity seen in none of them may occur: the exact 95% interval's upper end.

    >>> round(none_of(35), 1)
    10.0
    """
    return proportion_interval(0, patients)[1]
