"""Quality of life, as later reports have it."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp

import pandas as pd

from netterbook import facts
from netterbook.ledger import Ledger
from netterbook.methods.patients import deviate
from netterbook.methods.printed_ratios import standard_error_from_p


def deterioration(ledger: Ledger, ids: Iterable[str], p_values: str, level: float) -> pd.DataFrame:
    """Hazard ratios for time to deterioration with the intervals that their P values imply (Wald).

    Columns: ``scale``, ``hr``, ``low``, ``high``, ``p``, and ``patients``, of both groups, as stated.

    Parameters
    ----------
    ids : facts of the hazard ratios; what they quantify ends with the scale, after a comma
    p_values : the fact that has a P value after each scale
    level : of the intervals

    >>> from netterbook import papers
    >>> found = deterioration(papers.load(papers.data_dir()), ["F069"], "F340", 0.95)
    >>> found.round(4).values.tolist()
    [['global health status', 0.406, 0.2426, 0.6794, 0.0006, '117 and 114']]
    """
    known, z, rows = facts.read(ledger.folder), deviate(level), []
    for fact in (known[each] for each in ids):
        scale = fact.quantity.partition(", ")[2]
        p = known[p_values].named(scale).value
        error = standard_error_from_p(fact.value, p)
        ends = fact.value * exp(-z * error), fact.value * exp(z * error)
        rows.append((scale, fact.value, *ends, p, fact.population.replace(" vs ", " and ")))
    return pd.DataFrame(rows, columns=["scale", "hr", "low", "high", "p", "patients"])
