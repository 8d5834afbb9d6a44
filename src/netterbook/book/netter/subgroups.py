"""Hazard ratios by subgroup: as printed, pooled over those that exclude each other, and what each can say."""

from __future__ import annotations

from math import exp
from typing import NamedTuple

import pandas as pd
from scipy.stats import chi2

from netterbook import papers
from netterbook.ledger import Ledger
from netterbook.methods.printed_ratios import (
    Z95,
    implied_events,
    inverse_variance_hr,
    log_hr_midpoint,
    log_hr_standard_error,
)
from netterbook.text import capital
from netterbook.trials import Subgroups, Trial, recorded


def overall(ledger: Ledger, trial: Trial) -> tuple[float, float, float]:
    """The printed hazard ratio of all patients, with its interval.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> overall(ledger, trials.read(ledger.folder)["netter2"])
    (0.276, 0.182, 0.418)
    """
    return ledger.estimate(trial.claim(recorded(trial, Subgroups).overall))


def subgroup_ratios(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """Rows of the subgroup figure, without that of all patients: ``row``, ``section``, ``label``, ``hr``, ``low``,
    ``high`` and, where printed, ``experimental_events``, ``experimental_n``, ``control_events``, ``control_n``.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = subgroup_ratios(ledger, trials.read(ledger.folder)["netter2"])
    >>> frame[["label", "hr", "experimental_events", "experimental_n"]].to_dict("records")[0]
    {'label': '<65', 'hr': 0.26, 'experimental_events': 30, 'experimental_n': 86}
    """
    about = recorded(trial, Subgroups)
    rows = []
    for row in papers.table(trial.key, about.figure, ledger.folder).to_dict("records"):
        stem = f"{about.figure}.{row['row']}"
        if f"{stem}.hr.hr" == about.overall:
            continue
        named = {name: row[name] for name in ("row", "section", "label")}
        named |= zip(("hr", "low", "high"), ledger.estimate(trial.claim(f"{stem}.hr.hr")), strict=True)
        for group, arm in zip(("experimental", "control"), trial.keys, strict=True) if about.events else ():
            for column in ("events", "n"):
                named[f"{group}_{column}"] = ledger.count(trial.claim(f"{stem}.{arm}.{column}"))
        rows.append(named)
    return pd.DataFrame(rows)


def pooled_pairs(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """Subgroups that exclude each other, pooled by inverse variance: ``pair``, ``hr``, ``low``, ``high``, Cochran's
    ``q`` and its ``p``; ``printed``, the hazard ratio of all patients.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = pooled_pairs(ledger, trials.read(ledger.folder)["netter1"]).set_index("pair")
    >>> frame.loc["Age"].round(2).tolist()
    [0.22, 0.13, 0.35, 0.14, 0.71, 0.21]
    """
    about, printed = recorded(trial, Subgroups), overall(ledger, trial)[0]
    rows = []
    for name, pair in about.pairs.items():
        found = [ledger.estimate(trial.claim(f"{about.figure}.{row}.hr.hr")) for row in pair]
        hr, error, q = inverse_variance_hr(
            [hr for hr, *_ in found], [log_hr_standard_error(*ends) for _, *ends in found]
        )
        ends = hr * exp(-Z95 * error), hr * exp(Z95 * error)
        rows.append((capital(name), hr, *ends, q, chi2.sf(q, len(pair) - 1), printed))
    return pd.DataFrame(rows, columns=["pair", "hr", "low", "high", "q", "p", "printed"])


class Pooled(NamedTuple):
    """A pair's pooled hazard ratio and its P for interaction."""

    hr: float
    p: float


class OffMiddle(NamedTuple):
    """A pair with a row whose estimate is off the middle of its interval: pooled as ``printed``, with the ``estimate``
    in the middle of the interval, and with the ``upper`` end as far from the printed estimate as the lower one.
    """

    printed: Pooled
    estimate: Pooled
    upper: Pooled


def off_middle(ledger: Ledger, trial: Trial, row: str, other: str) -> OffMiddle:
    """What two ways to mend a subgroup's interval make of its pair.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = off_middle(ledger, trials.read(ledger.folder)["netter1"], "cga_gt2uln", "cga_le2uln")
    >>> [[round(x, 2) for x in each] for each in found]
    [[0.18, 0.64], [0.15, 0.77], [0.18, 0.65]]
    """
    figure = recorded(trial, Subgroups).figure
    hr, low, high = ledger.estimate(trial.claim(f"{figure}.{row}.hr.hr"))
    second = ledger.estimate(trial.claim(f"{figure}.{other}.hr.hr"))

    def pooled(first: tuple[float, float, float]) -> Pooled:
        errors = [log_hr_standard_error(*ends) for _, *ends in (first, second)]
        middle, _, q = inverse_variance_hr([first[0], second[0]], errors)
        return Pooled(middle, float(chi2.sf(q, 1)))

    mended = (hr, low, high), (log_hr_midpoint(low, high), low, high), (hr, low, hr**2 / low)
    return OffMiddle(*map(pooled, mended))


class PooledRange(NamedTuple):
    """The ``least`` and the ``most`` of the pooled hazard ratios, the pairs that have them, and whether all pairs'
    intervals hold the printed hazard ratio of all patients.
    """

    least: float
    lowest: str
    most: float
    highest: str
    all_hold: bool


def pooled_range(pairs: pd.DataFrame) -> PooledRange:
    """Of :func:`pooled_pairs`.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = pooled_range(pooled_pairs(ledger, trials.read(ledger.folder)["netter1"]))
    >>> round(found.least, 2), found.lowest, found.all_hold
    (0.16, '5-HIAA', True)
    """
    low, high = pairs.loc[pairs["hr"].idxmin()], pairs.loc[pairs["hr"].idxmax()]
    hold = pairs["low"].le(pairs["printed"]) & pairs["printed"].le(pairs["high"])
    return PooledRange(float(low.hr), low.pair, float(high.hr), high.pair, bool(hold.all()))


def information(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """What each subgroup can say: ``label``, ``hr``, ``low``, ``high``; ``events``, as printed or how few of them would
    give the interval if they fell in the groups as patients did; ``share`` of the trial's information; ``ratio`` of its
    hazard ratio to that of all patients.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> information(ledger, trials.read(ledger.folder)["netter2"])["events"].tolist()[:3]
    [60.0, 41.0, 45.0]
    """
    hr, *ends = overall(ledger, trial)
    whole = log_hr_standard_error(*ends)
    rows = []
    for row in subgroup_ratios(ledger, trial).to_dict("records"):
        error = log_hr_standard_error(row["low"], row["high"])
        label = f"{row['section']}: {row['label']}" if row["section"] else row["label"]
        if "experimental_events" in row:
            events = float(row["experimental_events"] + row["control_events"])
        else:
            events = implied_events(error, trial.share)
        rows.append((label, row["hr"], row["low"], row["high"], events, (whole / error) ** 2, row["hr"] / hr))
    return pd.DataFrame(rows, columns=["label", "hr", "low", "high", "events", "share", "ratio"])
