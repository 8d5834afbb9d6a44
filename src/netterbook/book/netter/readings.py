"""Central and local reading of the same scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from netterbook.ledger import Ledger
from netterbook.trials import Trial


class Scores(NamedTuple):
    """Patients with the highest uptake score: ``local`` and ``central``, each of how many read; ``moved``, how many at
    least have it by the central reading alone.
    """

    local: int
    of_local: int
    central: int
    of_central: int
    moved: int


def scores(ledger: Ledger, trial: Trial, local: Sequence[str], central: Sequence[str]) -> Scores:
    """The two readings of uptake.

    Parameters
    ----------
    local, central : claims of the patients with each score, the highest one last

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> names = [[f"{place}.count" for place in both] for both in (
    ...     ("table1.score3.all", "table1.score4.all"), ("figure2b.score3.n", "figure2b.score4.n"))]
    >>> scores(ledger, trials.read(ledger.folder)["netter2"], *names)
    Scores(local=145, of_local=226, central=185, of_central=219, moved=40)
    """
    first, second = (ledger.counts(*map(trial.claim, names)) for names in (local, central))
    return Scores(first[-1], sum(first), second[-1], sum(second), max(0, second[-1] - first[-1]))


class MedianRatios(NamedTuple):
    """Ratio of the medians of both groups, experimental to control, by the ``central`` and the ``local`` reading."""

    central: float
    local: float


def median_ratios(ledger: Ledger, trial: Trial, local: str) -> MedianRatios:
    """Medians of the primary end point by both readings; ``local`` names the claims of an arm.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> [round(x, 2) for x in median_ratios(ledger, trials.read(ledger.folder)["netter2"], "results.pfs_local_{arm}")]
    [2.68, 2.76]
    """
    central, own = ([ledger.number(claim) for claim in trial.of_arms(stem)] for stem in (trial.primary.median, local))
    return MedianRatios(central[0] / central[1], own[0] / own[1])
