"""Studies beside each other: cohorts of kidney dose, randomised trials, and what may be compared."""

from __future__ import annotations

import re
from math import inf, log, nan

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from netterbook import comparison, papers
from netterbook.audit import build_ledger, records
from netterbook.chapter import as_prose
from netterbook.claims import Ledger
from netterbook.dosimetry import absorbed_dose_gy, cycles_within
from netterbook.proportions import counts_printing_as
from netterbook.tables import hazard_ratio

_PLUS_MINUS = re.compile(r"\+-\s*(\d+(?:\.\d+)?)")
_BRACES = re.compile(r"\{([^}]+)\}")


def kidney_cohorts(activity_gbq: float, limit_gy: float, cycles: int = 4) -> pd.DataFrame:
    """Published kidney doses per activity, and what they mean over cycles.

    Columns: ``label``, ``gy_per_gbq``, ``dose`` after ``cycles`` (Gy), ``cycles_within`` the limit at the cohort's
    mean, ``source``.
    """
    facts = papers.facts()
    chosen = {
        "F151": "18 patients, 80 cycles", "F152": "12 patients, SPECT/CT", "F149": "Aarhus, 56 treatments",
        "F153": "61 patients, planar", "F154": "NETTER-1, 20 patients",
    }  # fmt: skip
    rows = []
    for fact_id, label in chosen.items():
        value = float(facts.loc[fact_id, "value"].split()[0])
        dose = absorbed_dose_gy(value, activity_gbq, cycles)
        whole = int(cycles_within(limit_gy, value, activity_gbq))
        spread = _PLUS_MINUS.search(facts.loc[fact_id, "value"])
        rows.append((label, value, spread[1] if spread else "", dose, whole, facts.loc[fact_id, "source"], fact_id))
    columns = ["label", "gy_per_gbq", "sd", "dose", "cycles_within", "source", "fact"]
    return pd.DataFrame(rows, columns=columns)


def trials(include_secondary: bool = True) -> pd.DataFrame:
    """Randomised trials with a hazard ratio for progression or death: the two NETTER trials and the reference facts.

    Columns: ``label``, ``section``, ``hr``, ``low``, ``high``, ``population``, ``source``, ``confidence``.
    """
    facts = papers.facts()
    chosen = {
        "F167": ("PROMID: octreotide 30 mg v placebo*", "Somatostatin analogue"),
        "F169": ("CLARINET: lanreotide v placebo", "Somatostatin analogue"),
        "F172": ("RADIANT-3: everolimus v placebo", "Targeted agents"),
        "F171": ("RADIANT-4: everolimus v placebo", "Targeted agents"),
        "F174": ("Sunitinib v placebo", "Targeted agents"),
        "F180": ("CABINET, extrapancreatic: cabozantinib v placebo", "Targeted agents"),
        "F181": ("CABINET, pancreatic: cabozantinib v placebo", "Targeted agents"),
        "F176": ("COMPETE: ¹⁷⁷Lu-edotreotide v everolimus", "Radioligand v another active treatment"),
    }
    rows = []
    section = "Radioligand v high-dose octreotide"
    for label, claim_id, n in (
        ("NETTER-1: ¹⁷⁷Lu-Dotatate", "netter1.figure1c.overall.hr.hr", "midgut, progressive"),
        ("NETTER-2: ¹⁷⁷Lu-Dotatate", "netter2.figure2a.pfs_hr", "first line, grade 2–3"),
    ):
        source = papers.TITLES[claim_id.partition(".")[0]]
        rows.append((label, section, *hazard_ratio(claim_id), n, source, "full text", claim_id))
    for fact_id, (label, section) in chosen.items():
        fact = facts.loc[fact_id]
        number = float(fact["value"]), float(fact["low"]), float(fact["high"])
        confidence = fact["confidence"].removeprefix("read-in-").replace("-", " ")
        rows.append((label, section, *number, fact["population"], fact["source"], confidence, fact_id))
    frame = pd.DataFrame(
        rows, columns=["label", "section", "hr", "low", "high", "population", "source", "confidence", "id"]
    )
    return frame if include_secondary else frame[frame["confidence"] != "secondary"].reset_index(drop=True)


def _shown(ledger: Ledger, claim_id: str) -> str:
    return as_prose(ledger, claim_id).replace(f"{ledger[claim_id].level} ", "").replace(" to ", "–")


def _typed() -> pd.DataFrame:
    path = papers.data_dir() / "reference" / "studies.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


_ESTIMATE = re.compile(r"(\d+(?:\.\d+)?)%?(?: \((\d+(?:\.\d+)?)–(\d+(?:\.\d+)?|NE)\))?")


def _numbers(cell: str) -> tuple[float, float, float]:
    """Estimate and limits of a cell; nan where it has none, infinite where the upper one was not reached."""
    found = _ESTIMATE.match(cell)
    point, low, high = found.groups() if found else (None, None, None)
    return float(point or nan), float(low or nan), inf if high == "NE" else float(high or nan)


_CONFIDENCE = ("full text", "abstract", "secondary")


def side_by_side(include_secondary: bool = True) -> pd.DataFrame:
    """All studies beside each other, a row for each study and end point, in the order of the data file.

    Cells are text as printed, from the ledger or from sourced facts; the data package describes the columns. Beside
    them: ``hr_value``, ``hr_low``, ``hr_high``, ``median_value``, ``median_comparator_value`` as numbers (nan where
    there is none), ``source``, ``confidence`` (how the least directly read of its facts was read) and ``facts``, the
    ids of the facts or claims.

    >>> table = side_by_side().set_index("row")
    >>> table.loc["netter2_pfs", ["median", "median_comparator", "hr"]].tolist()
    ['22.8 (19.4–NE)', '8.5 (7.7–13.8)', '0.276 (0.182–0.418)']
    >>> table.loc["radiant3_os", ["hr", "crossover", "confidence"]].tolist()
    ['0.94 (0.73–1.20)', '85', 'abstract']
    """
    ledger, facts = build_ledger(), papers.facts()
    rows = []
    for typed in _typed().to_dict("records"):
        claims = [c for cell in typed.values() for c in _BRACES.findall(cell)]
        row = {name: _BRACES.sub(lambda m: _shown(ledger, m[1]), cell) for name, cell in typed.items()}
        ids = row.pop("sources").split()
        known = facts.loc[ids]
        read = [c.removeprefix("read-in-").replace("-", " ") for c in known["confidence"]]
        sources = list(known["source"])
        for paper in dict.fromkeys(c.partition(".")[0] for c in claims):
            sources.append(papers.TITLES[paper])
            read.append("abstract" if "abstract" in papers.TITLES[paper] else "full text")
        for name, ends in (("hr", ("value", "low", "high")), ("median", ("value",)), ("median_comparator", ("value",))):
            row |= {f"{name}_{end}": x for end, x in zip(ends, _numbers(row[name]), strict=False)}
        row |= {"source": "; ".join(dict.fromkeys(sources)), "confidence": max(read, key=_CONFIDENCE.index)}
        rows.append(row | {"facts": " ".join(ids or claims)})
    frame = pd.DataFrame(rows)
    return frame if include_secondary else frame[frame["confidence"] != "secondary"].reset_index(drop=True)


def network(table: pd.DataFrame) -> pd.DataFrame:
    """Who was compared with whom: one row a pair of treatments in a table of :func:`side_by_side`.

    Columns: ``treatment``, ``comparator``, ``trials``, ``comparative`` (randomised to compare, not only in parallel),
    ``results`` (a hazard ratio or medians of both are known), ``part``: pairs connected by comparative trials with
    results have the same number, -1 is for the others.

    High-dose octreotide connects the NETTER trials and nothing else:

    >>> edges = network(side_by_side())
    >>> lutetium = edges[edges["comparator"] == "octreotide 60 mg"]
    >>> lutetium["trials"].item(), edges[edges["part"] == lutetium["part"].item()]["comparator"].tolist()
    ('NETTER-1, NETTER-2', ['octreotide 60 mg'])
    """
    pairs = table[table["comparator"] != ""]
    known = pairs["hr_value"].notna() | (pairs["median_value"].notna() & pairs["median_comparator_value"].notna())
    pairs = pairs.assign(results=known, comparative=pairs["design"] == "randomised")
    edges = pairs.groupby(["treatment", "comparator"], sort=False, as_index=False).agg(
        trials=("study", lambda s: ", ".join(dict.fromkeys(s))),
        comparative=("comparative", "any"), results=("results", "any"),
    )  # fmt: skip
    codes, nodes = pd.factorize(pd.concat([edges["treatment"], edges["comparator"]]))
    ends = codes.reshape(2, -1)
    joined = (edges["comparative"] & edges["results"]).to_numpy()
    graph = coo_array((np.ones(joined.sum()), ends[:, joined]), shape=(len(nodes), len(nodes)))
    group = connected_components(graph, directed=False)[1][ends[0]]
    part = np.full(len(edges), -1)
    part[joined] = pd.factorize(group[joined])[0]
    return edges.assign(part=part)


def medians_and_hazard_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Ratio of the medians beside the hazard ratio, of the rows of :func:`side_by_side` that have both.

    Columns: ``study``, ``endpoint``, ``hr``, ``median_ratio``, ``expected``, which is 1 / hr as exponential times with
    proportional hazards have it, and ``shape``, the Weibull shape that would reconcile the two (nan if none does).
    """
    both = table.dropna(subset=["hr_value", "median_value", "median_comparator_value"])
    rows = []
    for row in both.itertuples():
        ratio, hr = row.median_value / row.median_comparator_value, row.hr_value
        shape = comparison.reconciling_shape(hr, ratio) if log(hr) * log(ratio) < 0 else nan
        rows.append((row.study, row.endpoint, hr, ratio, comparison.median_ratio(hr), shape))
    return pd.DataFrame(rows, columns=["study", "endpoint", "hr", "median_ratio", "expected", "shape"])


def matched_comparisons() -> pd.DataFrame:
    """Khan's matching-adjusted hazard ratios of ¹⁷⁷Lu-Dotatate against other treatments: quantity, hr, low, high, fact.

    >>> [float(x) for x in matched_comparisons().set_index("fact").loc["F196", ["hr", "low", "high"]]]
    [0.38, 0.25, 0.58]
    """
    facts = papers.facts()
    chosen = facts[(facts["topic"] == "published MAIC") & facts["source"].str.startswith("Khan")]
    numbers = chosen[["value", "low", "high"]].apply(pd.to_numeric, errors="coerce").dropna()
    return pd.DataFrame(
        {
            "quantity": chosen.loc[numbers.index, "quantity"],
            "hr": numbers["value"], "low": numbers["low"], "high": numbers["high"],
            "source": chosen.loc[numbers.index, "source"], "fact": numbers.index,
        }
    ).reset_index(drop=True)  # fmt: skip


def kidney_cohort_text(cohorts: pd.DataFrame, limit_gy: float) -> pd.DataFrame:
    """:func:`kidney_cohorts` as it is shown."""
    return pd.DataFrame(
        {
            "Cohort": cohorts["label"],
            "Gy/GBq": [
                f"{v:.2f}" + (f" (SD {sd})" if sd else "")
                for v, sd in zip(cohorts["gy_per_gbq"], cohorts["sd"], strict=True)
            ],
            "Dose after four cycles, Gy": [f"{d:.1f}" for d in cohorts["dose"]],
            f"Cycles within {limit_gy:g} Gy": cohorts["cycles_within"],
            "Source": cohorts["source"],
            "Fact": cohorts["fact"],
        }
    )


def sundlov_counts() -> dict[str, str]:
    """The counts of patients that print as the response percentages of Sundlöv 2022.

    >>> sundlov_counts()
    {'counts': '15, 63 and 18', 'sum': '96', 'total': '101%'}
    """
    ledger = build_ledger()
    total = int(ledger.value("sundlov2022.abstract.evaluable"))
    responses = [ledger[f"sundlov2022.abstract.{row}"].point for row in records.RESPONSES]
    found = [counts_printing_as(printed, total) for printed in responses]
    words = ["/".join(map(str, c)) for c in found]
    return {
        "counts": f"{words[0]}, {words[1]} and {words[2]}",
        "sum": "/".join(map(str, sorted({sum(pick(c) for c in found) for pick in (min, max)}))),
        "total": f"{sum(int(printed.value) for printed in responses)}%",
    }


_SIDE_BY_SIDE = (
    ("Patients", "netter1.results.randomized", "netter2.figure1.randomised.printed.count"),
    ("¹⁷⁷Lu-Dotatate", "netter1.table1.n.lu.count", "netter2.figure1.assigned_lu.printed.count"),
    ("Control", "netter1.table1.n.control.count", "netter2.figure1.assigned_control.printed.count"),
    ("Later scans every, weeks", "netter1.methods.imaging_interval", "netter2.methods.assessment_interval"),
    ("PFS events, ¹⁷⁷Lu-Dotatate", "netter1.results.pfs_events_lu", "netter2.figure2a.events_lu"),
    ("PFS events, control", "netter1.results.pfs_events_control", "netter2.figure2a.events_control"),
    ("Median PFS, ¹⁷⁷Lu-Dotatate, months", "not reached", "netter2.figure2a.median_lu"),
    ("Median PFS, control, months", "netter1.results.pfs_median_control", "netter2.figure2a.median_control"),
    ("PFS hazard ratio", "netter1.figure1c.overall.hr.hr", "netter2.figure2a.pfs_hr"),
    ("Objective response, ¹⁷⁷Lu-Dotatate", "netter1.table2.rate.lu.rate", "netter2.table3.orr.lu.rate"),
    ("Objective response, control", "netter1.table2.rate.control.rate", "netter2.table3.orr.control.rate"),
)


def netter_side_by_side() -> pd.DataFrame:
    """The two NETTER trials as printed."""
    ledger = build_ledger()
    rows = [
        (label, *(as_prose(ledger, c) if c in ledger.claims else c for c in claim_ids))
        for label, *claim_ids in _SIDE_BY_SIDE
    ]
    return pd.DataFrame(rows, columns=["", "NETTER-1", "NETTER-2"])


def ratio_of_hazard_ratios(level: float = 0.95) -> dict[str, str]:
    """NETTER-1's hazard ratio over NETTER-2's with its interval (Bucher, J Clin Epidemiol 1997;50:683-91).

    >>> ratio_of_hazard_ratios()
    {'ratio': '0.76', 'low': '0.41', 'high': '1.42', 'level': '95%'}
    """
    found = comparison.indirect(
        hazard_ratio("netter1.figure1c.overall.hr.hr"), hazard_ratio("netter2.figure2a.pfs_hr"), level
    )
    ratio, low, high = (f"{x:.2f}" for x in found[:3])
    return {"ratio": ratio, "low": low, "high": high, "level": f"{100 * level:g}%"}


def conclusions(level: float = 0.95, include_secondary: bool = True) -> pd.DataFrame:
    """What the comparison across trials allows, at a confidence level and by the studies included."""
    ratio = ratio_of_hazard_ratios(level)
    interval = f"the {ratio['level']} interval of the ratio is {ratio['low']} to {ratio['high']}"
    includes_one = float(ratio["low"]) <= 1 <= float(ratio["high"])
    larger = f"not shown: {interval}" if includes_one else f"perhaps: {interval}, but the populations differ"
    randomised = "; COMPETE randomised one radioligand against everolimus" if include_secondary else ""
    rows = [
        ("Radioligand therapy delays progression against high-dose octreotide", "yes: two randomised trials"),
        ("The effect is larger in one NETTER trial than in the other", larger),
        ("How radioligand therapy compares with everolimus or sunitinib", f"not from these hazard ratios{randomised}"),
        ("Like medians of the control groups mean that the patients were alike", "no: they were chosen differently"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Statement", "Supported?"])
