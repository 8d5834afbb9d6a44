"""Events and deaths at one cutoff, as several documents count them."""

from __future__ import annotations

import pandas as pd

from netterbook import facts
from netterbook.ledger import Ledger
from netterbook.trials import Trial


def event_counts(ledger: Ledger, trial: Trial, label: tuple[str, str], abstract: str) -> pd.DataFrame:
    """Events of progression-free survival and deaths by document.

    Columns: ``kind``: ``journal``, ``label`` or ``abstract``; ``experimental_events``, ``control_events``;
    ``counts_deaths``, and ``experimental_deaths``, ``control_deaths``, 0 where it does not.

    Parameters
    ----------
    label : facts of the label's events, of both groups
    abstract : the fact that has those of the congress abstract

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = event_counts(ledger, trials.read(ledger.folder)["netter1"], ("F041", "F042"), "F046")
    >>> frame[["experimental_events", "control_events"]].values.tolist()
    [[23, 68], [27, 78], [23, 67]]
    """
    known = facts.read(ledger.folder)
    journal = [trial.counts(ledger, trial.end_points[name].events) for name in ("pfs", "os")]
    congress = [known[abstract].versus(name) for name in ("SNMMI 2016 abstract", "SNMMI abstract")]
    rows = [
        ("journal", *journal[0], True, *journal[1]),
        ("label", *(int(known[fact].value) for fact in label), False, 0, 0),
        ("abstract", *congress[0], True, *congress[1]),
    ]
    columns = ["experimental_events", "control_events", "counts_deaths", "experimental_deaths", "control_deaths"]
    return pd.DataFrame(rows, columns=["kind", *columns])
