"""Studies beside each other: cohorts of kidney dose, randomised trials, and what may be compared."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import combinations
from math import inf, log, nan
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from netterbook import papers, trials
from netterbook.audit import build_ledger, records
from netterbook.book.display import claim_text, prose
from netterbook.book.netter.tables import hazard_ratio, numbers_at_risk, p_text
from netterbook.book.parameters import ParameterError
from netterbook.claims import Ledger
from netterbook.dosimetry import absorbed_dose_gy, cycles_within
from netterbook.dosimetry.population import cohorts
from netterbook.methods import indirect, medians
from netterbook.methods.proportions import joint_counts_printing_as

_BRACES = re.compile(r"\{([^}]+)\}")


def kidney_cohorts(activity_gbq: float, limit_gy: float, cycles: int = 4) -> pd.DataFrame:
    """Published kidney doses per activity, and what they mean over cycles.

    Columns: ``label``, ``gy_per_gbq`` (a mean, the median in Aarhus), ``sd`` (nan where there is none), ``source``,
    ``fact``, ``dose`` after ``cycles`` (Gy), ``cycles_within`` the limit at the cohort's mean.
    """
    aarhus = papers.facts().loc["F149"]
    median = float(aarhus["value"].split()[0])
    rows = [("Aarhus, 56 treatments", median, nan, aarhus["source"], "F149")]
    for fact_id, row in cohorts().iterrows():
        rows.append((row["label"], row["mean_gy_per_gbq"], row["mean_gy_per_gbq"] * row["cv"], row["source"], fact_id))
    frame = pd.DataFrame(rows, columns=["label", "gy_per_gbq", "sd", "source", "fact"])
    frame = frame.sort_values("gy_per_gbq", ignore_index=True, kind="stable")
    dose = absorbed_dose_gy(frame["gy_per_gbq"].to_numpy(), activity_gbq, cycles)
    within = cycles_within(limit_gy, frame["gy_per_gbq"].to_numpy(), activity_gbq)
    return frame.assign(dose=dose, cycles_within=np.asarray(within, dtype=int))


def _shown(ledger: Ledger, claim_id: str) -> str:
    return claim_text(ledger, claim_id).replace(f"{ledger[claim_id].level} ", "").replace(" to ", "–")


def _typed() -> pd.DataFrame:
    path = papers.data_dir() / "reference" / "studies.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def _name(study: str) -> str:
    """A study without its part: what comes before a comma or a bracket."""
    return re.split(r",| \(", study)[0]


NETTER = ("NETTER-1", "NETTER-2")
OTHERS = tuple(dict.fromkeys(name for name in map(_name, _typed()["study"]) if name not in NETTER))
"""Names of the studies beside the NETTER trials."""


_ESTIMATE = re.compile(r"(\d+(?:\.\d+)?)%?(?: \((\d+(?:\.\d+)?)–(\d+(?:\.\d+)?|NE)\))?")


def _numbers(cell: str) -> tuple[float, float, float]:
    """Estimate and limits of a cell; nan where it has none, infinite where the upper one was not reached."""
    found = _ESTIMATE.match(cell)
    point, low, high = found.groups() if found else (None, None, None)
    return float(point or nan), float(low or nan), inf if high == "NE" else float(high or nan)


_CONFIDENCE = ("full text", "abstract", "secondary")


def side_by_side(include_secondary: bool = True, names: Collection[str] = OTHERS) -> pd.DataFrame:
    """All studies beside each other, a row for each study and end point, in the order of the data file.

    The NETTER trials are always among them, of the others those of these ``names``; without ``include_secondary`` none
    that is known from a secondary source only.

    Cells are text as printed, from the ledger or from sourced facts; the data package describes the columns. Beside
    them: ``hr_value``, ``hr_low``, ``hr_high``, ``median_value``, ``median_comparator_value`` as numbers (nan where
    there is none), ``source``, ``confidence`` (how the least directly read of its facts was read) and ``facts``, the
    ids of the facts or claims.

    >>> table = side_by_side().set_index("row")
    >>> table.loc["netter2_pfs", ["median", "median_comparator", "hr"]].tolist()
    ['22.8 (19.4–NE)', '8.5 (7.7–13.8)', '0.276 (0.182–0.418)']
    >>> table.loc["radiant3_os", ["hr", "crossover", "confidence"]].tolist()
    ['0.94 (0.73–1.20)', '85%', 'abstract']
    """
    ledger, facts = build_ledger(), papers.facts()
    titles = trials.documents(ledger.folder)
    rows = []
    for typed in _typed().to_dict("records"):
        claims = [c for cell in typed.values() for c in _BRACES.findall(cell)]
        row = {name: _BRACES.sub(lambda m: _shown(ledger, m[1]), cell) for name, cell in typed.items()}
        ids = row.pop("sources").split()
        known = facts.loc[ids]
        read = [c.removeprefix("read-in-").replace("-", " ") for c in known["confidence"]]
        sources = list(known["source"])
        for paper in dict.fromkeys(c.partition(".")[0] for c in claims):
            sources.append(titles[paper].title)
            read.append("abstract" if "abstract" in titles[paper].title else "full text")
        for name, ends in (("hr", ("value", "low", "high")), ("median", ("value",)), ("median_comparator", ("value",))):
            row |= {f"{name}_{end}": x for end, x in zip(ends, _numbers(row[name]), strict=False)}
        row |= {"source": "; ".join(dict.fromkeys(sources)), "confidence": max(read, key=_CONFIDENCE.index)}
        rows.append(row | {"facts": " ".join(ids or claims)})
    frame = pd.DataFrame(rows)
    kept = frame["study"].map(_name).isin([*NETTER, *names])
    if not include_secondary:
        kept &= frame["confidence"] != "secondary"
    return frame[kept].reset_index(drop=True)


def counted_once(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of :func:`side_by_side` without the subsets of groups that are there as a whole."""
    return table[~table["study"].str.endswith("subset")]


def number_of_trials(names: pd.Series) -> int:
    """How many trials these studies belong to; a trial's cohorts are one.

    >>> number_of_trials(pd.Series(["CABINET, pancreatic", "CABINET, extrapancreatic", "COMPETE"]))
    2
    """
    return names.map(_name).nunique()


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

    Subsets are left out, so that no patient counts twice for one end point.

    Columns: ``study``, ``endpoint``, ``hr``, ``median_ratio``, ``expected``, which is 1 / hr as exponential times with
    proportional hazards have it, and ``shape``, the Weibull shape that would reconcile the two (nan if none does).
    """
    both = counted_once(table).dropna(subset=["hr_value", "median_value", "median_comparator_value"])
    rows = []
    for row in both.itertuples():
        ratio, hr = row.median_value / row.median_comparator_value, row.hr_value
        shape = medians.reconciling_shape(hr, ratio) if log(hr) * log(ratio) < 0 else nan
        rows.append((row.study, row.endpoint, hr, ratio, medians.median_ratio(hr), shape))
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


def kidney_cohort_text(found: pd.DataFrame, limit_gy: float) -> pd.DataFrame:
    """:func:`kidney_cohorts` as it is shown."""
    return pd.DataFrame(
        {
            "Cohort": found["label"],
            "Gy/GBq": [
                f"{v:.2f}" + ("" if np.isnan(sd) else f" (SD {sd:.2f})")
                for v, sd in zip(found["gy_per_gbq"], found["sd"], strict=True)
            ],
            "Dose after four cycles, Gy": [f"{d:.1f}" for d in found["dose"]],
            f"Cycles within {limit_gy:g} Gy": found["cycles_within"],
            "Source": found["source"],
            "Fact": found["fact"],
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
    found = joint_counts_printing_as(responses, total)
    words = ["/".join(map(str, sorted(set(counts)))) for counts in zip(*found, strict=True)]
    return {
        "counts": f"{words[0]}, {words[1]} and {words[2]}",
        "sum": "/".join(map(str, sorted({sum(counts) for counts in found}))),
        "total": f"{sum(int(printed.value) for printed in responses)}%",
    }


_SIDE_BY_SIDE = (
    ("Patients", "{netter1.results.randomized}", "{netter2.figure1.randomised.printed.count}"),
    ("¹⁷⁷Lu-Dotatate", "{netter1.table1.n.lu.count}", "{netter2.figure1.assigned_lu.printed.count}"),
    ("Control", "{netter1.table1.n.control.count}", "{netter2.figure1.assigned_control.printed.count}"),
    ("Primary tumour", "midgut", "gastroenteropancreatic; pancreas {netter2.results.pancreas_pct}"),
    ("State of the disease", "progressive within {netter1.methods.progression_period} years",
     "diagnosed within {netter2.methods.diagnosis_window} months"),
    ("Median time since diagnosis, control",
     "{netter1.table1.time_since_diagnosis.control.median} years",
     "{netter2.table1.time_since_diagnosis.control.median:point} months"),
    ("Earlier somatostatin analogue, control", "all, and progressive under it",
     "{netter2.table1.prior_ssa.control.percent}, for {netter2.methods.prior_ssa_max} months, without progression"),
    ("Earlier other systemic therapy, control", "{netter1.results.other_systemic_control}",
     "for less than {netter2.methods.prior_systemic_max} month, if any"),
    ("Ki67 allowed", "up to {netter1.methods.ki67_well_differentiated}",
     "{netter2.methods.ki67_g2_low} and {netter2.methods.ki67_g3_high}"),
    ("Grade, control", "grade 1 {netter1.results.low_grade_control}, others grade 2",
     "grade 2 {netter2.table1.grade2.control.percent}, grade 3 {netter2.table1.grade3.control.percent}"),
    ("Liver metastases, control", "{netter1.table1.liver.control.percent}", "{netter2.table1.liver.control.percent}"),
    ("Highest receptor uptake, control", "grade 4 (Krenning) {netter1.table1.krenning_grade4.control.percent}",
     "score 4 (local reading) {netter2.table1.score4.control.percent}"),
    ("Scans, weeks", "every {netter1.methods.imaging_interval}",
     "{netter2.methods.assessment_first}, {netter2.methods.assessment_second}, then every "
     "{netter2.methods.assessment_interval}"),
    ("Median follow-up, months", "{netter1.results.followup_median}", "{netter2.results.follow_up:point}"),
    ("Progressions or deaths, ¹⁷⁷Lu-Dotatate", "{netter1.results.pfs_events_lu}", "{netter2.figure2a.events_lu}"),
    ("Progressions or deaths, control", "{netter1.results.pfs_events_control}", "{netter2.figure2a.events_control}"),
    ("Median PFS, ¹⁷⁷Lu-Dotatate, months", "not reached", "{netter2.figure2a.median_lu}"),
    ("Median PFS, control, months", "{netter1.results.pfs_median_control}", "{netter2.figure2a.median_control}"),
    ("PFS hazard ratio", "{netter1.figure1c.overall.hr.hr}", "{netter2.figure2a.pfs_hr}"),
    ("Patients whose response is counted", "evaluable ones", "all randomised"),
    ("Objective response, ¹⁷⁷Lu-Dotatate", "{netter1.table2.rate.lu.rate}", "{netter2.table3.orr.lu.rate}"),
    ("Objective response, control", "{netter1.table2.rate.control.rate}", "{netter2.table3.orr.control.rate}"),
)  # fmt: skip


def netter_side_by_side() -> pd.DataFrame:
    """The two NETTER trials as printed: patients, conduct, results."""
    return pd.DataFrame(
        [tuple(prose(build_ledger(), cell) for cell in row) for row in _SIDE_BY_SIDE], columns=["", *NETTER]
    )


def ratio_of_hazard_ratios(level: float = 0.95) -> dict[str, str]:
    """NETTER-1's hazard ratio over NETTER-2's with its interval (Bucher, J Clin Epidemiol 1997;50:683-91).

    >>> ratio_of_hazard_ratios()
    {'ratio': '0.76', 'low': '0.41', 'high': '1.42', 'p': '0.39', 'factor': '1.9', 'found': '2.4', 'level': '95%'}

    ``factor``: by how much the ratio must differ from one to be significant; ``found``: to be so four times in five.
    """
    found = indirect.indirect(
        hazard_ratio("netter1.figure1c.overall.hr.hr"), hazard_ratio("netter2.figure2a.pfs_hr"), level
    )
    ratio, low, high = (f"{x:.2f}" for x in found[:3])
    return {
        "ratio": ratio,
        "low": low,
        "high": high,
        "p": p_text(found.p),
        "factor": f"{indirect.detectable_ratio(found.standard_error, 0.5, level):.1f}",
        "found": f"{indirect.detectable_ratio(found.standard_error, 0.8, level):.1f}",
        "level": f"{100 * level:g}%",
    }


def indirect_comparisons(table: pd.DataFrame, comparator: str, level: float = 0.95) -> pd.DataFrame:
    """Every pair of trials in a table of :func:`side_by_side` that a common comparator connects, by Bucher's method.

    Columns: ``first``, ``second`` (trials), ``treatment``, ``against``, ``ratio``, ``low``, ``high``. Subsets of a
    trial that is there as a whole are left out, and end points other than progression.

    Raises
    ------
    netterbook.book.parameters.ParameterError
        If fewer than two trials have this comparator.

    Radioligand to placebo by way of everolimus, as fact F190 has it:

    >>> found = indirect_comparisons(side_by_side(), "everolimus").set_index(["first", "second"])
    >>> [round(float(x), 2) for x in found.loc[("COMPETE", "RADIANT-4"), ["ratio", "low", "high"]]]
    [0.32, 0.2, 0.52]
    """
    progression = table[table["endpoint"].isin(["PFS", "TTP"]) & (table["design"] == "randomised")]
    rated = progression.dropna(subset=["hr_value", "hr_low", "hr_high"])
    rated = counted_once(rated)
    arms, turned = [], []
    for row in rated.itertuples():
        ratio = row.hr_value, row.hr_low, row.hr_high
        if row.comparator == comparator:
            arms.append((row.study, row.treatment, ratio))
        elif row.treatment == comparator:
            turned.append((row.study, row.comparator, indirect.inverse(ratio)))
    arms += turned
    if len(arms) < 2:
        names = ", ".join(study for study, *_ in arms) or "none"
        raise ParameterError(
            f"parameter comparator = {comparator!r} cannot be used: two trials must share it, and of the studies shown "
            f"those that do are: {names}; include more studies or choose another comparator"
        )
    columns = ["first", "second", "treatment", "against", "ratio", "low", "high"]
    rows = [
        (one, two, a, b, *indirect.indirect(hr_a, hr_b, level)[:3])
        for (one, a, hr_a), (two, b, hr_b) in combinations(arms, 2)
    ]
    return pd.DataFrame(rows, columns=columns)


def rival_scales(table: pd.DataFrame) -> pd.DataFrame:
    """Trials ranked twice, by hazard ratio and by difference of the medians: those with both, of progression, without
    subsets.

    Columns: ``study``, ``hr``, ``difference`` (months), ``hr_rank``, ``difference_rank``, 1 the largest effect.
    """
    both = counted_once(table[table["endpoint"].isin(["PFS", "TTP"])])
    both = both.dropna(subset=["hr_value", "median_value", "median_comparator_value"])
    frame = pd.DataFrame(
        {
            "study": both["study"],
            "hr": both["hr_value"],
            "difference": (both["median_value"] - both["median_comparator_value"]).round(6),
        }
    ).reset_index(drop=True)
    frame["hr_rank"] = frame["hr"].rank(method="first").astype(int)
    return frame.assign(difference_rank=frame["difference"].rank(method="first", ascending=False).astype(int))


def _either(statement: str, support: str, ground: str) -> tuple[str, str, str]:
    return statement, support, prose(build_ledger(), ground)


def conclusions(level: float = 0.95, include_secondary: bool = True, names: Collection[str] = OTHERS) -> pd.DataFrame:
    """What the comparison across trials allows, at a confidence level and by the studies included: columns
    ``Statement``, ``Supported?`` and ``Ground``.
    """
    table = side_by_side(include_secondary, names).set_index("row")
    ratio = ratio_of_hazard_ratios(level)
    shown = not float(ratio["low"]) <= 1 <= float(ratio["high"])
    interval = "ratio of the hazard ratios {ratio}, {level} interval {low} to {high}".format(**ratio)
    medians = medians_and_hazard_ratios(table).set_index(["study", "endpoint"]).loc[("NETTER-2", "PFS")]
    last = ", ".join(f"{last_at_risk(paper).time} months in {name}" for paper, name in PAPERS.items())
    rows = [
        (
            "Radioligand therapy delays progression against high-dose octreotide", "yes",
            "two randomised trials: hazard ratio {netter1.figure1c.overall.hr.hr} and {netter2.figure2a.pfs_hr}",
        ),
        (
            "The effect is larger in one NETTER trial than in the other",
            "perhaps" if shown else "not shown",
            f"{interval}; one of the two is stratified, the other not, and the patients differ in whatever may change "
            "the effect",
        ),
        (
            "The two control groups had alike patients, as their medians are alike", "no",
            "they were chosen differently, and both medians ({netter1.results.pfs_median_control:point} and "
            "{netter2.figure2a.median_control:point} months) stand where a scan was due",
        ),
    ]  # fmt: skip
    if "compete_pfs" in table.index:
        compete = table.loc["compete_pfs"]
        rows.append(
            ("A radioligand delays progression against everolimus", "for ¹⁷⁷Lu-edotreotide, in one trial",
             f"COMPETE, randomised: hazard ratio {compete.hr} ({compete.confidence} source)")
        )  # fmt: skip
    matched = matched_comparisons().set_index("fact")["hr"]
    rows.append(
        ("¹⁷⁷Lu-Dotatate is better than everolimus or sunitinib, by so much", "no",
         "no trial was randomised to compare them; matching single groups gave hazard ratios against everolimus of "
         f"{matched['F196']:g} and {matched['F199']:g}, and rests on the absence of unmeasured differences")
    )  # fmt: skip
    placebo = table[(table["comparator"] == "placebo") & table["endpoint"].isin(["PFS", "TTP"])]
    placebo = placebo.dropna(subset=["median_comparator_value"])
    if len(placebo) > 1:
        ends = placebo["median_comparator_value"].agg(["idxmin", "idxmax"])
        words = " to ".join(
            f"{placebo.loc[i, 'median_comparator'].partition(' ')[0]} months ({placebo.loc[i, 'study']})" for i in ends
        )
        rows.append(
            ("The treatment with the longer median in another trial is the better one", "no",
             f"medians under placebo alone run from {words}: patients and scans, not treatments")
        )  # fmt: skip
    rows += [
        (
            "The ratio of two medians is the inverse of the hazard ratio", "no",
            f"NETTER-2: {medians.median_ratio:.2f}, where the hazard ratio alone would give {medians.expected:.2f}",
        ),
        (
            "Mean benefit over five or ten years", "only with a model",
            f"the numbers at risk of both groups end at {last}; what lies beyond is assumed, and estimated below",
        ),
    ]  # fmt: skip
    deaths = table[(table["endpoint"] == "OS") & (table["design"] == "randomised") & table["hr_low"].notna()]
    for row in deaths[deaths["crossover"] != ""].itertuples():
        if row.study not in NETTER:
            continue
        support = "not shown" if row.hr_low <= 1 <= row.hr_high else "yes"
        rows.append(
            ("Radioligand therapy prolongs life against high-dose octreotide", support,
             f"{row.study}, final analysis: hazard ratio {row.hr} ({row.confidence} source); {row.crossover} of the "
             "control group crossed over, which dilutes an effect")
        )  # fmt: skip
    rows.append(
        ("Without crossover an effect on survival would have shown", "cannot be known",
         "who crossed over, when and with what effect is not public; simulations below show what would follow under "
         "assumptions")
    )  # fmt: skip
    return pd.DataFrame([_either(*row) for row in rows], columns=["Statement", "Supported?", "Ground"])


PAPERS = {"netter1": "NETTER-1", "netter2": "NETTER-2"}


class AtRisk(NamedTuple):
    """Patients of both groups at risk at a time in months."""

    time: int
    lu: int
    control: int


def last_at_risk(paper: str) -> AtRisk:
    """The last printed time with patients at risk in both groups, and how many they are.

    >>> last_at_risk("netter1")
    AtRisk(time=24, lu=3, control=1)
    """
    frame = numbers_at_risk(paper, {"netter1": "figure1a", "netter2": "figure2a"}[paper])
    both = frame[(frame[["lu", "control"]] > 0).all(axis=1)]
    return AtRisk(*map(int, both.loc[both["time"].idxmax(), ["time", "lu", "control"]]))
