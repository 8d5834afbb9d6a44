"""Objective response: rates with their intervals, best responses, and what unknown responses can change."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from netterbook import papers
from netterbook.errors import ParameterError
from netterbook.ledger import Ledger
from netterbook.methods.proportions import INTERVALS, number_needed, percentage, proportion_interval
from netterbook.methods.unknown_responses import unknown_responses
from netterbook.trials import Response, Trial, recorded

Counts = tuple[tuple[int, int], tuple[int, int]]
"""Responders and patients of the experimental and the control group."""


def responders(ledger: Ledger, trial: Trial, unknown_as: str) -> Counts:
    """Responders and patients of both groups.

    Parameters
    ----------
    unknown_as : how patients of unknown response count: ``no response``, ``response`` or ``excluded``

    Raises
    ------
    ParameterError
        For another way.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> responders(ledger, trials.read(ledger.folder)["netter1"], "excluded")
    ((18, 101), (3, 100))
    """
    ways = {"no response": (0, 0), "response": (1, 0), "excluded": (0, 1)}
    if unknown_as not in ways:
        raise ParameterError(f"unknown_as = {unknown_as!r} cannot be used; give {', '.join(ways)}")
    more, less = ways[unknown_as]
    known, unknown, totals = _counted(ledger, trial)
    first, second = ((r + more * u, n - less * u) for r, u, n in zip(known, unknown, totals, strict=True))
    return first, second


def _counted(ledger: Ledger, trial: Trial) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Responders, patients of unknown response and all patients; unknown are also those who were not evaluable."""
    about = recorded(trial, Response)
    known, totals = trial.counts(ledger, about.responders), trial.counts(ledger, about.patients)
    if about.unknown:
        return known, trial.counts(ledger, about.unknown), totals
    evaluable = trial.counts(ledger, about.evaluable) if about.evaluable else totals
    return known, (totals[0] - evaluable[0], totals[1] - evaluable[1]), totals


def intervals(counts: Counts, printed_by: str, level: float) -> pd.DataFrame:
    """Response rates of both groups with intervals by every method, in percent: ``arm``, ``method``, ``rate``, ``low``,
    ``high``, ``printed``.

    Parameters
    ----------
    printed_by : the method that gives the paper's own interval
    level : confidence level

    >>> frame = intervals(((65, 151), (7, 75)), "Clopper–Pearson", 0.95)
    >>> frame.loc[frame["printed"], ["low", "high"]].round(1).values.tolist()
    [[35.0, 51.3], [3.8, 18.3]]
    """
    rows = []
    for arm, count in zip(("experimental", "control"), counts, strict=True):
        for method in INTERVALS:
            ends = proportion_interval(*count, method, level)
            rows.append((arm, method, float(percentage(*count)), *ends, method == printed_by))
    return pd.DataFrame(rows, columns=["arm", "method", "rate", "low", "high", "printed"])


def best_responses(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """Best responses in percent of each group: a row a category, columns ``experimental`` and ``control``.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> best_responses(ledger, trials.read(ledger.folder)["netter2"]).loc["Partial response"].round(1).tolist()
    [37.7, 9.3]
    """
    about = recorded(trial, Response)
    rows = {row: trial.counts(ledger, f"{about.table}.{row}.{{arm}}.count") for row in about.categories}
    counts = pd.DataFrame(rows, ["experimental", "control"]).T
    names = papers.table(trial.key, about.table, ledger.folder).set_index("row")["label"]
    return (100 * counts / counts.sum()).rename(index=names)


class ClearOfZero(NamedTuple):
    """Under how many assumptions on unknown responses the interval of the difference is clear of zero, of how many; and
    the difference, with its interval, in the worst case of the experimental group.
    """

    clear: int
    assumptions: int
    worst: tuple[float, float, float]


def under_assumptions(ledger: Ledger, trial: Trial, level: float) -> pd.DataFrame:
    """The comparison of response rates under each ``assumption`` on patients of unknown response, with the columns of
    :func:`.unknown_responses`, and ``needed``, numbers needed to treat.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = under_assumptions(ledger, trials.read(ledger.folder)["netter2"], 0.95).set_index("assumption")
    >>> frame.loc["worst case", ["difference", "low", "high"]].astype(float).round(1).tolist()
    [19.0, 5.8, 30.5]
    """
    known, unknown, totals = _counted(ledger, trial)
    frame = unknown_responses(known, unknown, totals, level=level)
    frame["needed"] = [number_needed(row.difference, row.low, row.high) for row in frame.itertuples()]
    return frame.rename_axis("assumption").reset_index()


def clear_of_zero(frame: pd.DataFrame) -> ClearOfZero:
    """What :func:`under_assumptions` comes to.

    >>> rows = pd.DataFrame({"assumption": ["none responded", "worst case"], "difference": [9.0, 2.0]})
    >>> clear_of_zero(rows.assign(low=[0.004, -5.0], high=[18.0, 9.0]))
    ClearOfZero(clear=1, assumptions=2, worst=(2.0, -5.0, 9.0))
    """
    clear = (frame["low"] > 0) | (frame["high"] < 0)
    value, low, high = frame.set_index("assumption").loc["worst case", ["difference", "low", "high"]]
    return ClearOfZero(int(clear.sum()), len(frame), (float(value), float(low), float(high)))
