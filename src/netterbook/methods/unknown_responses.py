"""What unknown responses can do to the comparison of two response rates."""

from __future__ import annotations

from math import nan

import pandas as pd

from netterbook.methods.proportions import difference, fisher, odds_ratio

ASSUMPTIONS: dict[str, tuple[int, int] | None] = {
    "none responded": (0, 0),
    "excluded": None,
    "all responded": (1, 1),
    "worst case": (0, 1),
    "best case": (1, 0),
}
"""What is assumed of the patients with unknown response: the share of them that responded, experimental arm first. The
worst and the best case are those of the experimental arm."""


def unknown_responses(
    responders: tuple[int, int],
    unknown: tuple[int, int],
    totals: tuple[int, int],
    method: str = "Newcombe",
    level: float = 0.95,
) -> pd.DataFrame:
    """The comparison of two response rates under each of :data:`ASSUMPTIONS` on unknown responses.

    Parameters
    ----------
    responders : patients known to have responded, in the experimental and the control arm
    unknown : patients whose response is unknown, likewise
    totals : all patients, likewise
    method, level : of the difference's interval, see :func:`.difference`; Woolf's interval of the
        odds ratio has the same level

    Returns
    -------
    DataFrame
        By assumption: ``responders1, total1, rate1, responders2, total2, rate2``, ``difference, low, high``,
        ``odds_ratio, or_low, or_high`` and Fisher's two-sided ``p``. Rates are in percent, differences in percentage
        points; the odds ratio is nan where all or none of an arm responded.

    Raises
    ------
    ValueError
        For counts that are negative or more than the total, or an arm in which all responses are unknown.

    NETTER-2, with 6 of 151 and 11 of 75 unknown, differs by 33.7 points as published and by at least

    >>> found = unknown_responses((65, 7), (6, 11), (151, 75))
    >>> found.loc[["none responded", "worst case"], "difference"].round(1).tolist()
    [33.7, 19.0]
    """
    for responded, missing, total in zip(responders, unknown, totals, strict=True):
        if not (0 <= responded <= total - missing and 0 <= missing < total):
            raise ValueError(
                f"{responded} responders and {missing} unknown of {total} patients: give counts from 0 on that leave "
                "someone with a known response"
            )
    rows = {}
    for assumption, shares in ASSUMPTIONS.items():
        if shares is None:
            arms = [(r, n - u) for r, u, n in zip(responders, unknown, totals, strict=True)]
        else:
            arms = [(r + s * u, n) for r, u, n, s in zip(responders, unknown, totals, shares, strict=True)]
        (r1, n1), (r2, n2) = arms
        rates = [r1, n1, 100 * r1 / n1, r2, n2, 100 * r2 / n2]
        counts = r1, n1, r2, n2
        ratio = odds_ratio(*counts, level) if 0 < r1 < n1 and 0 < r2 < n2 else (nan, nan, nan)
        rows[assumption] = [*rates, *difference(*counts, method, level), *ratio, fisher(*counts)]
    columns = "responders1 total1 rate1 responders2 total2 rate2 difference low high odds_ratio or_low or_high p"
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns.split())
