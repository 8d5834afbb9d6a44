"""Tables behind the figures and prose of the trials' chapters, computed from the ledger."""

from __future__ import annotations

import re
from math import exp

import pandas as pd
from scipy.stats import chi2

from netterbook import papers, trials
from netterbook.audit import build_ledger, netter1, netter2
from netterbook.book.display import badge
from netterbook.claims import Verdict
from netterbook.methods import trial_design
from netterbook.methods.balance import (
    chance_limit,
    expected_beyond,
    standardised_difference_of_means,
    standardised_difference_of_proportions,
)
from netterbook.methods.printed_ratios import Z95, implied_events, log_hr_standard_error, pooled_hr
from netterbook.methods.proportions import INTERVALS, difference, interval, number_needed, percentage
from netterbook.methods.unknown_responses import unknown_responses

ARMS = ("lu", "control")


def numbers_at_risk(paper: str, figure: str) -> pd.DataFrame:
    """Patients at risk: ``time`` in months, ``lu`` and ``control`` as whole numbers.

    >>> numbers_at_risk("netter2", "figure2a").iloc[1].tolist()
    [2, 143, 67]
    """
    return papers.table(paper, figure)[["time", *ARMS]].astype(int)


def subgroups(paper: str, figure: str) -> pd.DataFrame:
    """Rows of a subgroup figure: ``label``, ``section``, ``hr``, ``low``, ``high``, and the printed event counts."""
    ledger = build_ledger()
    rows = []
    for row in papers.table(paper, figure).to_dict("records"):
        claim = ledger[f"{paper}.{figure}.{row['row']}.hr.hr"]
        hr, low, high = (float(claim.parts[part].value) for part in ("point", "low", "high"))
        counts = {arm: row[arm].partition(" ")[0] for arm in ARMS if arm in row}
        rows.append({"row": row["row"], "section": row["section"], "label": row["label"]}
                    | {"hr": hr, "low": low, "high": high} | counts)  # fmt: skip
    return pd.DataFrame(rows)


def hazard_ratio(claim_id: str) -> tuple[float, float, float]:
    """A printed hazard ratio with its interval.

    >>> hazard_ratio("netter2.figure2a.pfs_hr")
    (0.276, 0.182, 0.418)
    """
    parts = build_ledger()[claim_id].parts
    return tuple(float(parts[part].value) for part in ("point", "low", "high"))


def response_intervals(counts: dict[str, tuple[int, int]], printed_by: str, level: float = 0.95) -> pd.DataFrame:
    """Response rates of both groups with intervals by every method, in percent.

    Parameters
    ----------
    counts : responders and patients by group
    printed_by : the method that gives the paper's own interval
    level : confidence level

    >>> frame = response_intervals({"lu": (65, 151)}, "Clopper–Pearson")
    >>> frame.loc[frame["printed"], ["low", "high"]].round(1).values.tolist()
    [[35.0, 51.3]]
    """
    rows = []
    for arm, (responders, total) in counts.items():
        for method in INTERVALS:
            low, high = interval(responders, total, method, level)
            rate = float(percentage(responders, total))
            rows.append((arm, method, rate, low, high, method == printed_by))
    return pd.DataFrame(rows, columns=["arm", "method", "rate", "low", "high", "printed"])


def points_text(difference: float, low: float, high: float) -> str:
    """A difference in percentage points with its interval, as it is shown.

    >>> points_text(-0.04, -1.5, 2)
    '0.0 (−1.5 to 2.0)'
    """
    return f"{round(difference, 1) + 0.0:.1f} ({low:.1f} to {high:.1f})".replace("-", "−")


def p_text(p: float) -> str:
    """A P value as journals print it.

    >>> p_text(0.0004), p_text(0.0312), p_text(0.46)
    ('<0.001', '0.031', '0.46')
    """
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def best_response(unknown_as: str = "no response") -> tuple[pd.DataFrame, pd.DataFrame]:
    """NETTER-2's best responses in percent, and the response rate when unknown responses are counted one way.

    Parameters
    ----------
    unknown_as : ``no response`` (as published), ``response`` or ``excluded``
    """
    ledger = build_ledger()
    labels = papers.table("netter2", "table3").set_index("row")["label"]
    categories = list(labels.loc["complete_response":"unknown"].index)
    counts = {a: {r: int(ledger.value(f"netter2.table3.{r}.{a}.count")) for r in categories} for a in ARMS}
    shares = 100 * pd.DataFrame(counts) / pd.DataFrame(counts).sum()
    shares.index = [labels[r] for r in categories]
    rates = {}
    for arm, found in counts.items():
        responders = found["complete_response"] + found["partial_response"]
        total = sum(found.values())
        if unknown_as == "response":
            responders += found["unknown"]
        elif unknown_as == "excluded":
            total -= found["unknown"]
        rates[arm] = {"responders": responders, "patients": total}
    return shares, pd.DataFrame(rates).T


_RESPONSE = {
    "netter1": {"responders": "netter1.table2.responders.{}.count", "totals": "netter1.table1.n.{}.count"},
    "netter2": {"responders": "netter2.table3.orr.{}.count", "totals": "netter2.table3.n.{}.count"},
}


def unknown_response_values(paper: str, level: float = 0.95) -> dict[str, str]:
    """What unknown responses can change, in words: under how many assumptions the interval of the difference is
    ``clear`` of zero, and the ``worst`` difference.

    >>> unknown_response_values("netter2")
    {'clear': '5 of 5', 'worst': '19.0 (5.8 to 30.5)'}
    """
    shown = unknown_response(paper, level).set_index("Assumed of them")["Difference, points"]
    lows = [float(text.partition("(")[2].split()[0].replace("−", "-")) for text in shown]
    return {"clear": f"{sum(low > 0 for low in lows)} of {len(lows)}", "worst": shown["worst case"]}


def unknown_response(paper: str, level: float = 0.95) -> pd.DataFrame:
    """What patients without a known response can do to the comparison of response rates, as it is shown.

    Unknown are NETTER-2's patients so called, and NETTER-1's who were randomised but not evaluable.

    >>> unknown_response("netter2").loc[3, ["Assumed of them", "Difference, points"]].tolist()
    ['worst case', '19.0 (5.8 to 30.5)']
    """
    responders, totals = (counts(*(stem.format(arm) for arm in ARMS)) for stem in _RESPONSE[paper].values())
    if paper == "netter1":
        evaluable = counts(*(f"netter1.table2.n.{arm}.count" for arm in ARMS))
        unknown = tuple(n - e for n, e in zip(totals, evaluable, strict=True))
    else:
        unknown = counts(*(f"netter2.table3.unknown.{arm}.count" for arm in ARMS))
    frame = unknown_responses(responders, unknown, totals, level=level)
    rows = [
        (
            assumption,
            *(f"{row[f'responders{k}']:.0f}/{row[f'total{k}']:.0f} ({row[f'rate{k}']:.1f}%)" for k in (1, 2)),
            points_text(row.difference, row.low, row.high),
            f"{row.odds_ratio:.1f} ({row.or_low:.1f} to {row.or_high:.1f})",
            p_text(row.p),
            str(number_needed(row.difference, row.low, row.high)),
        )
        for assumption, row in frame.iterrows()
    ]
    columns = ["Assumed of them", "¹⁷⁷Lu-Dotatate", "Control", "Difference, points", "Odds ratio", "P (Fisher)"]
    return pd.DataFrame(rows, columns=[*columns, "Number needed to treat"])


def counts(*claim_ids: str) -> tuple[int, ...]:
    """Printed counts as whole numbers.

    >>> counts("netter1.table2.responders.lu.count", "netter1.table2.n.lu.count")
    (18, 101)
    """
    ledger = build_ledger()
    return tuple(int(ledger.value(claim_id)) for claim_id in claim_ids)


def printed(claim_id: str) -> float:
    """A printed number.

    >>> printed("netter1.results.os_hr")
    0.4
    """
    return float(build_ledger().value(claim_id))


def share(claim_id: str) -> str:
    """A percentage claim recomputed from its count, with two decimals.

    >>> share("netter2.table1.metastases_no.all.percent")
    '0.88%'
    """
    claim = build_ledger()[claim_id]
    return f"{float(percentage(sum(counts(*claim.numerator)), sum(counts(*claim.denominator)))):.2f}%"


def ends(claim_id: str) -> dict[str, str]:
    """The printed ends of a claim's interval, as ``low`` and ``high``."""
    parts = build_ledger()[claim_id].parts
    return {"low": parts["low"].text, "high": parts["high"].text}


def verdict_meanings() -> pd.DataFrame:
    """Each verdict with its meaning."""
    return pd.DataFrame([(badge(v), v.meaning) for v in Verdict], columns=["Verdict", "Meaning"])


def possible_by_method(least: int = 10) -> pd.DataFrame:
    """What the claims that are only *possible* rest on: methods with at least ``least`` claims, the most frequent first
    and equals by name, then all others.
    """
    frame = build_ledger().frame(verdict="possible")
    method = frame["method"].str.replace(r"^the same number in .*", "another printing of the same number", regex=True)
    method = method.str.replace(r"^ticks spaced .*", "an axis with evenly spaced ticks", regex=True)
    method = method.str.replace(r"^within .*", "part of a larger count", regex=True)
    counted = method.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    large, small = counted[counted >= least], counted[counted < least]
    rows = [*large.items(), (f"{len(small)} other checks", small.sum())]
    return pd.DataFrame(rows, columns=["What shows the number to be possible", "Claims"])


def papers_at_a_glance() -> pd.DataFrame:
    """The five documents with the number of claims and what kind of document was read."""
    ledger = build_ledger()
    rows = [
        (document.title, document.read, sum(c.paper == key for c in ledger.claims.values()))
        for key, document in trials.documents(ledger.folder).items()
    ]
    return pd.DataFrame(rows, columns=["Document", "Read", "Printed numbers"])


_DESIGN = {
    "netter1": {
        "allocation": 1 / 2,
        "planned": "netter1.methods.events_planned_pfs",
        "seen": ("netter1.results.pfs_events_lu", "netter1.results.pfs_events_control"),
        "alpha": ("netter1.methods.alpha_pfs", 1),
        "events": (20, 160),
    },
    "netter2": {
        "allocation": 2 / 3,
        "planned": "netter2.methods.pfs_events_required",
        "seen": ("netter2.figure2a.events_lu", "netter2.figure2a.events_control"),
        "alpha": ("netter2.methods.alpha", 2),
        "events": (20, 200),
    },
}


_DESIGN_UNITS = {"patients", "events", "deaths", "%", ""}


def design(paper: str, true_hr: float) -> dict:
    """Arguments of :func:`.power_curves` for a trial's primary end point."""
    ledger, about = build_ledger(), _DESIGN[paper]
    alpha, sides = about["alpha"]
    return {
        "true_hr": true_hr,
        "allocation": about["allocation"],
        "alpha": sides * float(ledger.value(alpha)) / 100,
        "planned": counts(about["planned"])[0],
        "seen": sum(counts(*about["seen"])),
        "events": about["events"],
    }


def design_values(paper: str, true_hr: float) -> dict[str, str]:
    """The design in words: events ``planned`` and ``seen``, ``power`` at ``hr``."""
    about = design(paper, true_hr)
    power = trial_design.power(true_hr, about["planned"], about["alpha"], about["allocation"])
    return {
        "planned": str(about["planned"]),
        "seen": str(about["seen"]),
        "hr": f"{true_hr:g}",
        "power": f"{100 * power:.1f}%",
    }


def design_claims(paper: str) -> list[str]:
    """Claims of the design that have a check."""
    ledger = build_ledger()
    return [
        claim.id
        for claim in ledger.claims.values()
        if (claim.paper, claim.place) == (paper, "Methods")
        and claim.unit in _DESIGN_UNITS
        and claim.measure != "identifier"
        and not claim.same_as
        and ledger.checks.get(claim.id)
    ]


def pooled_subgroups(paper: str) -> pd.DataFrame:
    """Pairs of disjoint subgroups pooled by inverse variance, with Cochran's Q and its P value."""
    module, figure, overall = {
        "netter1": (netter1, "figure1c", "netter1.figure1c.overall.hr.hr"),
        "netter2": (netter2, "figure2b", "netter2.figure2a.pfs_hr"),
    }[paper]
    rows = []
    for name, pair in module.SUBGROUP_PAIRS.items():
        found = [hazard_ratio(f"{paper}.{figure}.{row}.hr.hr") for row in pair]
        hr, error, q = pooled_hr([f[0] for f in found], [log_hr_standard_error(*f[1:]) for f in found])
        low, high = hr * exp(-Z95 * error), hr * exp(Z95 * error)
        text, printed = f"{hr:.2f} ({low:.2f} to {high:.2f})", f"{hazard_ratio(overall)[0]:g}"
        rows.append((name[0].upper() + name[1:], text, f"{q:.2f}", p_text(chi2.sf(q, 1)), printed))
    columns = ["Pair", "Pooled hazard ratio (95% CI)", "Cochran's Q", "P for interaction", "Printed, all patients"]
    return pd.DataFrame(rows, columns=columns)


_AGAIN = {
    "lu": ("retreated_lu", "still_on_retreatment_lu"),
    "control": ("crossed_over_control", "still_on_crossover_control"),
}


def trial_profile() -> dict[str, list[list[str]]]:
    """NETTER-2's flow of patients as boxes of :func:`.trial_profile`; where all were at the cutoff is
    added up.

    >>> boxes = trial_profile()
    >>> boxes["lu"][1][:3], boxes["lu"][-1][0]
    (['147 treated', '4 not treated', '    1 surgery before first treatment'], '151 at the cutoff')
    """
    labels = papers.table("netter2", "figure1").set_index("row")["label"]

    def number(row: str) -> int:
        return counts(f"netter2.figure1.{row}.printed.count")[0]

    def reasons(stem: str, arm: str) -> list[str]:
        rows = [row for row in labels.index if row.startswith(stem) and row.endswith(f"_{arm}") and row != stem + arm]
        return [f"    {number(row)} {labels[row].partition(': ')[2]}" for row in rows]

    def line(row: str) -> str:
        return f"{number(row)} {labels[row]}".replace("177Lu", "¹⁷⁷Lu")

    boxes = {"all": [[line("screened")], [line("randomised")]], "side": [[line("screen_failures")]]}
    for arm, (again, still) in _AGAIN.items():
        at_cutoff = [f"still_on_treatment_{arm}", still, f"followup_{arm}", f"end_of_study_{arm}"]
        boxes[arm] = [
            [line(f"assigned_{arm}")],
            [line(f"treated_{arm}"), line(f"not_treated_{arm}"), *reasons("not_treated_", arm)],
            [line(f"ended_{arm}"), *reasons("ended_", arm), f"of whom {line(again)}"],
            [f"{sum(map(number, at_cutoff))} at the cutoff", *map(line, at_cutoff), *reasons("end_of_study_", arm)],
        ]
    return boxes


def hierarchy_of_testing() -> pd.DataFrame:
    """NETTER-2's end points in the order of testing: each was tested only if all before it were significant.

    >>> hierarchy_of_testing()["Outcome"].tolist()[:3]
    ['significant', 'significant', 'not significant, says the paper']
    """
    ledger = build_ledger()
    alpha = float(ledger.value("netter2.methods.alpha")) / 100
    rows, passed = [], True
    for label, claim_id in (
        ("Progression-free survival", "netter2.figure2a.pfs_p"),
        ("Objective response rate", "netter2.table3.p.control.p"),
        ("Time to deterioration, global health", ""),
        ("Time to deterioration, diarrhoea", ""),
        ("Time to deterioration, fatigue", ""),
        ("Time to deterioration, pain", ""),
    ):
        p = ledger[claim_id].point if claim_id else None
        significant = p is not None and float(p.bounds[1]) < alpha
        stopped = "not significant" if p else "not significant, says the paper"
        outcome = ("significant" if significant else stopped) if passed else "not to be tested"
        rows.append((label, p.text.replace("·", ".") if p else "no number printed", outcome))
        passed = passed and significant
    return pd.DataFrame(rows, columns=["End point, in order of testing", "One-sided P", "Outcome"])


def deaths_by_cutoff(level: float = 0.95) -> dict[str, str]:
    """NETTER-2's deaths in the trial's profile, regardless of time: shares of both groups and their difference.

    >>> deaths_by_cutoff()
    {'shares': '21.9% and 18.7%', 'difference': '3.2 (−8.6 to 13.4)'}
    """
    stems = "netter2.figure1.end_of_study_death_{}.printed.count", "netter2.figure1.assigned_{}.printed.count"
    found = [counts(*(stem.format(arm) for stem in stems)) for arm in ARMS]
    gain, low, high = difference(*found[0], *found[1], method="Newcombe", level=level)
    return {
        "shares": " and ".join(f"{float(percentage(*pair)):.1f}%" for pair in found),
        "difference": points_text(gain, low, high),
    }


def baseline_balance(paper: str) -> pd.DataFrame:
    """Standardised differences between the groups in Table 1: ``label``, ``difference`` (¹⁷⁷Lu-Dotatate less control).

    Rows of a median alone are left out, as these have no standard deviation, and rows that nobody or everybody has.

    >>> frame = baseline_balance("netter1").set_index("label")
    >>> f"{frame.loc['Site of metastasis: Ovaries', 'difference']:.2f}"
    '-0.35'
    """
    ledger = build_ledger()
    sizes = counts(*(f"{paper}.table1.n.{arm}.count" for arm in ARMS))
    rows = []
    for row in papers.table(paper, "table1").to_dict("records")[1:]:
        stems = [f"{paper}.table1.{row['row']}.{arm}" for arm in ARMS]
        label = f"{row['section']}: {row['label']}" if row["section"] else row["label"]
        label = label.replace("Somatostatin receptor scintigraphy, Krenning scale", "Krenning scale")
        if row["measure"] == "mean±SD":
            parts = [ledger[f"{stem}.mean"].parts for stem in stems]
            values = [float(part[name].value) for part in parts for name in ("point", "sd")]
            rows.append((label, standardised_difference_of_means(*values)))
        elif f"{stems[0]}.count" in ledger.claims or f"{stems[1]}.count" in ledger.claims:
            found = [int(ledger.value(f"{stem}.count")) if f"{stem}.count" in ledger.claims else 0 for stem in stems]
            if 0 < sum(found) < sum(sizes):
                rows.append((label, standardised_difference_of_proportions(found[0], sizes[0], found[1], sizes[1])))
    return pd.DataFrame(rows, columns=["label", "difference"])


def balance_values(paper: str, level: float) -> dict[str, str]:
    """The balance in words: ``rows``, how many lie ``beyond`` the band that chance fills with probability ``level``,
    how many are ``expected`` there, the ``bound`` itself, and the ``widest`` row.
    """
    frame, sizes = baseline_balance(paper), counts(*(f"{paper}.table1.n.{arm}.count" for arm in ARMS))
    bound = chance_limit(*sizes, level)
    beyond = frame[frame["difference"].abs() > bound]
    widest = frame.loc[frame["difference"].abs().idxmax()]
    return {
        "rows": str(len(frame)),
        "beyond": str(len(beyond)),
        "expected": f"{expected_beyond(bound, len(frame), *sizes):.1f}",
        "bound": f"{bound:.2f}",
        "widest": f"{widest.label} ({widest.difference:.2f})".replace("-", "−"),
    }


def subgroup_information(paper: str) -> pd.DataFrame:
    """What each subgroup can say: its events, or how few of them would give its interval if they fell in the groups as
    patients did; its share of the trial's information; the factor between its hazard ratio and that of all patients.
    """
    figure, overall, allocation = {
        "netter1": ("figure1c", "netter1.figure1c.overall.hr.hr", 1 / 2),
        "netter2": ("figure2b", "netter2.figure2a.pfs_hr", 2 / 3),
    }[paper]
    hr, *interval_ = hazard_ratio(overall)
    information = 1 / log_hr_standard_error(*interval_) ** 2
    rows = []
    for row in subgroups(paper, figure).to_dict("records"):
        if row["row"] == "overall":
            continue
        error = log_hr_standard_error(row["low"], row["high"])
        events = [f"{paper}.{figure}.{row['row']}.{arm}.events" for arm in ARMS]
        rows.append(
            (
                f"{row['section']}: {row['label']}" if row["section"] else row["label"],
                f"{row['hr']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
                f"{sum(counts(*events))}" if paper == "netter2" else f"{implied_events(error, allocation):.0f}",
                f"{100 / error**2 / information:.0f}%",
                f"{row['hr'] / hr:.2f}",
            )
        )
    words = "Events, printed" if paper == "netter2" else "Events, at least"
    columns = ["Subgroup", "Hazard ratio (95% CI)", words, "Information, of all", "Ratio to all patients"]
    return pd.DataFrame(rows, columns=columns)


def event_counts_by_source() -> pd.DataFrame:
    """NETTER-1's events at one cutoff as different documents give them.

    >>> event_counts_by_source()["PFS events"].tolist()
    ['23 v 68', '27 v 78', '23 v 67']
    """
    said = papers.facts().loc["F046", "value"]
    events, deaths = said.split("; interim OS deaths ")
    found = {"NEJM": [], "label": [], "SNMMI": []}
    for part in events.split("; "):
        numbers = re.findall(r"\d+", part)[-2:]
        found[part.split()[0]].append(" v ".join(numbers))
    for part in deaths.split(", "):
        found[part.split()[0]].append(" v ".join(re.findall(r"\d+", part)[-2:]))
    journal = [
        " v ".join(map(str, counts(*(f"netter1.results.{stem}_{arm}" for arm in ARMS))))
        for stem in ("pfs_events", "deaths")
    ]
    rows = [
        ("New England Journal of Medicine, from the ledger", *journal),
        ("US label", *found["label"], *[""] * (2 - len(found["label"]))),
        ("Congress abstract of the same cutoff (SNMMI)", *found["SNMMI"]),
    ]
    return pd.DataFrame(rows, columns=["Source", "PFS events", "Deaths"])
