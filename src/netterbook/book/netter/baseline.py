"""How far the groups of a trial differ at baseline, and how far chance alone would set them apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from netterbook import papers
from netterbook.ledger import Ledger
from netterbook.methods.balance import (
    chance_limit,
    expected_beyond,
    standardised_difference_of_means,
    standardised_difference_of_proportions,
)
from netterbook.methods.proportions import fisher
from netterbook.trials import Trial


class Balance(NamedTuple):
    """Of a baseline table's rows: how many there are, how many lie beyond the band of chance, how many are expected
    there; half-width of the band; the widest row and its difference.
    """

    rows: int
    beyond: int
    expected: float
    bound: float
    widest: str
    difference: float


def group_sizes(ledger: Ledger, trial: Trial) -> tuple[int, int]:
    """Patients of both groups in the baseline table, the experimental one first."""
    return trial.counts(ledger, f"{trial.baseline}.n.{{arm}}.count")


def standardised_differences(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """Differences between the groups in the baseline table: ``label``, ``difference`` (experimental less control, in
    standard deviations).

    Rows of a median alone are left out, as these have no standard deviation, and rows that nobody or everybody has.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = standardised_differences(ledger, trials.read(ledger.folder)["netter1"]).set_index("label")
    >>> f"{frame.loc['Site of metastasis: Ovaries', 'difference']:.2f}"
    '-0.35'
    """
    sizes, rows = group_sizes(ledger, trial), []
    for row in papers.table(trial.key, trial.baseline, ledger.folder).to_dict("records")[1:]:
        difference = _difference(ledger, trial, row, sizes)
        if difference is not None:
            section = trial.shortened.get(row["section"], row["section"])
            rows.append((f"{section}: {row['label']}" if section else row["label"], difference))
    return pd.DataFrame(rows, columns=["label", "difference"])


def _difference(ledger: Ledger, trial: Trial, row: dict[str, Any], sizes: tuple[int, int]) -> float | None:
    means = trial.of_arms(f"{trial.baseline}.{row['row']}.{{arm}}.mean")
    if row["measure"] == "mean±SD":
        return standardised_difference_of_means(
            *(ledger.number(f"{mean}:{part}") for mean in means for part in ("point", "sd"))
        )
    counts = trial.of_arms(f"{trial.baseline}.{row['row']}.{{arm}}.count")
    found = [ledger.count(claim_id) if claim_id in ledger.claims else 0 for claim_id in counts]
    if not 0 < sum(found) < sum(sizes):
        return None
    return standardised_difference_of_proportions(found[0], sizes[0], found[1], sizes[1])


def balance(ledger: Ledger, trial: Trial, level: float) -> Balance:
    """The balance beside the band that chance fills with probability ``level``.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> balance(ledger, trials.read(ledger.folder)["netter1"], 0.95)[:2]
    (21, 1)
    """
    frame, sizes = standardised_differences(ledger, trial), group_sizes(ledger, trial)
    bound, size = chance_limit(*sizes, level), frame["difference"].abs()
    widest = frame.loc[size.idxmax()]
    expected = expected_beyond(bound, len(frame), *sizes)
    return Balance(len(frame), int((size > bound).sum()), expected, bound, widest["label"], widest["difference"])


class Within(NamedTuple):
    """Patients of both groups with a finding among those who can have it, the standardised difference, Fisher's P."""

    experimental: int
    of_experimental: int
    control: int
    of_control: int
    difference: float
    p: float


def within(ledger: Ledger, trial: Trial, row: str, those: str) -> Within:
    """A row of the baseline table among the patients of another row, such as ovarian metastases among women.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = within(ledger, trials.read(ledger.folder)["netter1"], "ovaries", "female")
    >>> found[:4], round(found.difference, 2), round(found.p, 3)
    ((1, 53, 9, 60), -0.49, 0.018)
    """
    have, of = (trial.counts(ledger, f"{trial.baseline}.{each}.{{arm}}.count") for each in (row, those))
    counts = have[0], of[0], have[1], of[1]
    return Within(*counts, standardised_difference_of_proportions(*counts), fisher(*counts))
