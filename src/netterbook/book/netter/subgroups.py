"""Hazard ratios by subgroup: as printed, pooled over those that exclude each other, and what each can say."""

from __future__ import annotations

from math import exp

import pandas as pd
from scipy.stats import chi2

from netterbook import papers
from netterbook.claims import Ledger
from netterbook.methods.printed_ratios import Z95, implied_events, inverse_variance_hr, log_hr_standard_error
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
