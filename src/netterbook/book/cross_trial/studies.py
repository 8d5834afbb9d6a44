"""Studies beside each other: trials and cohorts typed from facts, the trials of the ledger filled from it."""

from __future__ import annotations

import re
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from netterbook import facts, papers, text, trials
from netterbook.book.cross_trial.parameters import picked
from netterbook.book.display import claim_text
from netterbook.errors import ParameterError
from netterbook.facts import Stated
from netterbook.ledger import Ledger
from netterbook.printed import Printed

_CLAIM = re.compile(r"\{([^}]+)\}")
_NUMBER = r"\d+(?:\.\d+)?"
_TYPED = re.compile(rf"(?P<point>{_NUMBER})%?(?: \((?P<low>{_NUMBER})–(?P<high>{_NUMBER}|NE)\))?")
_NUMBERS = ("hr", "median", "median_comparator", "response", "response_comparator")
_NOT_REACHED = "not reached"
_READ = {"read-in-full-text": "full text", "read-in-abstract": "abstract", "read-in-secondary": "secondary"}
"""How a number was read, in words; the most direct first."""


def _typed(ledger: Ledger) -> pd.DataFrame:
    return papers.table("reference", "studies", ledger.folder)


def chosen(ledger: Ledger, names: tuple[str, ...]) -> tuple[str, ...]:
    """The trials and cohorts of a table of :func:`side_by_side`: those of the ledger, and of the others those named.

    Parameters
    ----------
    names : in any case; "all" stands for all

    Raises
    ------
    ParameterError
        For an unknown name.

    >>> from netterbook import papers
    >>> chosen(papers.load(), ("cabinet", "compete"))
    ('NETTER-1', 'NETTER-2', 'COMPETE', 'CABINET')
    """
    own = tuple(trial.name for trial in trials.read(ledger.folder).values())
    known = tuple(name for name in dict.fromkeys(_typed(ledger)["trial"]) if name not in own)
    try:
        return own + picked(names, known, "study")
    except ValueError as error:
        raise ParameterError(f"parameter trials = {', '.join(names)!r} cannot be used: {error}") from None


def side_by_side(ledger: Ledger, include_secondary: bool, names: tuple[str, ...]) -> pd.DataFrame:
    """Studies beside each other, a row for each study and end point, in the order of the data file.

    Parameters
    ----------
    include_secondary : also those known from a secondary source only
    names : as :func:`chosen` takes them

    Returns
    -------
    The columns of the data file, which the data package describes, as printed: filled from the ledger, or typed from
    facts. ``hr``, ``median``, ``response`` and those of the comparator as numbers with limits, in columns with
    ``_value``, ``_low`` and ``_high`` after the name: nan where there is none, inf where not reached.
    ``crossover_share`` of the patients under the comparator; ``source``; ``confidence``, how the least directly read of
    a row's numbers was read, and ``read``, the same with the names of secondary sources; ``facts``, the ids of the
    facts or claims that it rests on; ``claims``, how many these are if they are claims, else 0.

    >>> from netterbook import papers
    >>> table = side_by_side(papers.load(), True, ("all",)).set_index("row")
    >>> table.loc["netter2_pfs", ["median", "median_comparator", "hr"]].tolist()
    ['22.8 (19.4–NE)', '8.5 (7.7–13.8)', '0.276 (0.182–0.418)']
    >>> table.loc["netter2_pfs", ["median_value", "median_low", "median_high"]].astype(float).tolist()
    [22.8, 19.4, inf]
    >>> table.loc["radiant3_os", ["hr", "crossover", "confidence"]].tolist()
    ['0.94 (0.73–1.20)', '85%', 'abstract']
    >>> table.loc["compete_os", "read"]
    'secondary: medimix.be; journaljams.org; titratelab.com'
    """
    kept = chosen(ledger, names)
    known, documents = facts.read(ledger.folder), trials.documents(ledger.folder)
    rows = []
    for typed in _typed(ledger).to_dict("records"):
        claims = [claim for cell in typed.values() for claim in _CLAIM.findall(cell)]
        ids = typed.pop("sources").split()
        origins = [(known[fact].source, known[fact].confidence) for fact in ids]
        for paper in dict.fromkeys(claim.partition(".")[0] for claim in claims):
            origins.append((documents[paper].title, documents[paper].confidence))
        sources, reads = zip(*origins, strict=True)
        row: dict[str, Any] = {
            name: text.fill(cell, {}, lambda name, _: _printed(ledger, name)) for name, cell in typed.items()
        }
        for name in _NUMBERS:
            row |= {f"{name}_{part}": x for part, x in _stated(ledger, typed[name])._asdict().items()}
        row |= {"crossover_share": _stated(ledger, typed["crossover"]).value / 100}
        confidence = _READ[max(reads, key=list(_READ).index)]
        secondary = "; ".join(
            dict.fromkeys(place for fact in ids for place in known[fact].read_at.split("; ") if place)
        )
        read = f"{confidence}: {secondary}" if secondary else confidence
        row |= {"source": "; ".join(dict.fromkeys(sources)), "confidence": confidence, "read": read}
        rows.append(row | {"facts": " ".join(ids or claims), "claims": 0 if ids else len(claims)})
    frame = pd.DataFrame(rows)
    use = frame["trial"].isin(kept)
    if not include_secondary:
        use &= frame["confidence"] != _READ["read-in-secondary"]
    return frame[use].reset_index(drop=True)


def _printed(ledger: Ledger, claim_id: str) -> str:
    """A claim as a cell shows it, its interval in short."""
    parts = ledger[claim_id].parts
    limits = "–".join(parts[end].text.replace("·", ".") for end in ("low", "high") if end in parts)
    return claim_text(ledger, claim_id, point_only=True) + (f" ({limits})" if limits else "")


def _stated(ledger: Ledger, cell: str) -> Stated:
    """Estimate and limits that a typed cell states, by its first claim or as typed."""
    if cell == _NOT_REACHED:
        return Stated(inf, nan, nan)
    if claim := _CLAIM.search(cell):
        parts = ledger[claim[1]].parts
    else:
        found = _TYPED.search(cell)
        parts = {name: Printed(part) for name, part in found.groupdict().items() if part} if found else {}
    return Stated(*(_number(parts[name]) if name in parts else nan for name in ("point", "low", "high")))


def _number(printed: Printed) -> float:
    return float(printed.value) if printed.is_number else inf


def fact_ids(table: pd.DataFrame) -> list[str]:
    """Facts that rows of :func:`side_by_side` rest on."""
    return [fact for ids in table.loc[table["claims"] == 0, "facts"] for fact in ids.split()]


def counted_once(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`side_by_side` without the subsets of groups that are there as a whole."""
    return table[~table["subset_of"].isin(table["row"])]


def of_progression(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`side_by_side` on progression-free survival and time to progression, each patient once."""
    return counted_once(table[table["endpoint"].isin(["PFS", "TTP"])])


def treatments_compared(table: pd.DataFrame) -> pd.DataFrame:
    """Who was compared with whom: one row a pair of treatments in a table of :func:`side_by_side`.

    Columns: ``treatment``, ``comparator``, ``trials`` (names), ``comparative`` (randomised to compare, not only in
    parallel), ``results`` (a hazard ratio or medians of both are known), ``part``: pairs connected by comparative
    trials with results have the same number, -1 is for the others.

    High-dose octreotide connects the NETTER trials and nothing else:

    >>> from netterbook import papers
    >>> pairs = treatments_compared(side_by_side(papers.load(), True, ("all",)))
    >>> lutetium = pairs[pairs["comparator"] == "octreotide 60 mg"]
    >>> lutetium["trials"].item(), pairs[pairs["part"] == lutetium["part"].item()]["comparator"].tolist()
    (('NETTER-1', 'NETTER-2'), ['octreotide 60 mg'])
    """
    rows = table[table["comparator"] != ""]
    both = np.isfinite(rows["median_value"]) & np.isfinite(rows["median_comparator_value"])
    rows = rows.assign(results=rows["hr_value"].notna() | both, comparative=rows["design"] == "randomised")
    pairs = rows.groupby(["treatment", "comparator"], sort=False, as_index=False).agg(
        trials=("trial", lambda names: tuple(dict.fromkeys(names))),
        comparative=("comparative", "any"), results=("results", "any"),
    )  # fmt: skip
    codes, nodes = pd.factorize(pd.concat([pairs["treatment"], pairs["comparator"]]))
    ends = codes.reshape(2, -1)
    joined = (pairs["comparative"] & pairs["results"]).to_numpy()
    graph = coo_array((np.ones(joined.sum()), ends[:, joined]), shape=(len(nodes), len(nodes)))
    group = connected_components(graph, directed=False)[1][ends[0]]
    part = np.full(len(pairs), -1)
    part[joined] = pd.factorize(group[joined])[0]
    return pairs.assign(part=part)


def compared_through(table: pd.DataFrame) -> pd.DataFrame:
    """Who was compared with whom in a table of :func:`side_by_side`: one row a comparison of progression, those that
    trials connect below each other, the others last.

    Columns: ``treatment``, ``comparator``, ``study``, ``endpoint``, ``hr`` as printed, ``through``: the treatment with
    the most comparisons among those that are connected, empty where nothing is; ``comparative``, ``results`` as in
    :func:`treatments_compared`.

    >>> from netterbook import papers
    >>> found = compared_through(side_by_side(papers.load(), True, ("all",)))
    >>> found["through"].unique().tolist()
    ['octreotide 60 mg', 'placebo', 'temozolomide', '']
    """
    pairs = treatments_compared(table)
    hubs = {-1: ""}
    for part, own in pairs[pairs["part"] >= 0].groupby("part"):
        hubs[int(part)] = pd.concat([own["comparator"], own["treatment"]]).value_counts(sort=False).idxmax()
    rows = of_progression(table)[["treatment", "comparator", "study", "endpoint", "hr"]]
    found = rows.merge(pairs.drop(columns="trials"), on=["treatment", "comparator"])
    found = found.assign(through=found["part"].map(hubs), last=found["part"] < 0)
    return found.sort_values(["last", "part"], kind="stable", ignore_index=True).drop(columns=["part", "last"])
