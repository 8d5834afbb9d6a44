"""Where printed numbers disagree: each finding with its arithmetic, the ways to read it, and what would settle it.

Text is filled from the ledger by :func:`netterbook.chapter.prose`; every claim that *differs* belongs to a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netterbook import papers
from netterbook.audit import build_ledger
from netterbook.claims import Ledger
from netterbook.proportions import percentage
from netterbook.survival import log_hr_midpoint, log_hr_standard_error
from netterbook.trial_design import information_at, obrien_fleming_spent


@dataclass(frozen=True)
class Finding:
    """One disagreement.

    ``compute`` gives the values that ``arithmetic`` and ``readings`` name beside claims.
    """

    title: str
    paper: str
    claims: tuple[str, ...]
    arithmetic: str
    readings: tuple[str, ...]
    settles: str
    compute: Callable[[Ledger], dict[str, str]] = lambda ledger: {}


def _dates(ledger: Ledger) -> dict[str, str]:
    from netterbook.audit.common import printed_dates

    end, cutoff = (printed_dates(ledger[f"netter1.results.{d}"].point.text) for d in ("enrollment_end", "data_cutoff"))
    later = papers.facts().loc["F058", "value"].split()[0]
    return {"days": str((end[0] - cutoff[1]).days), "later": later}


def _any_event(ledger: Ledger) -> dict[str, str]:
    both = [sum(ledger.value(f"netter1.{row.format(arm)}") for arm in ("lu", "control")) for row in (
        "table3.ae_any.{}.count", "table4.any_ae.{}_any.count")]  # fmt: skip
    return {"sum3": str(both[0]), "sum4": str(both[1])}


def _chromogranin(ledger: Ledger) -> dict[str, str]:
    claim = ledger["netter1.figure1c.cga_gt2uln.hr.hr"]
    hr, low, high = (float(claim.parts[part].value) for part in ("point", "low", "high"))
    overall = ledger["netter1.figure1c.overall.hr.hr"].parts
    return {
        "middle": f"{log_hr_midpoint(low, high):.3f}",
        "high_if_hr": f"{hr**2 / low:.2f}",
        "low_if_hr": f"{hr**2 / high:.2f}",
        "error_if_low": f"{log_hr_standard_error(hr**2 / high, high):.3f}",
        "error_overall": f"{log_hr_standard_error(overall['low'].value, overall['high'].value):.3f}",
    }


def _threshold(ledger: Ledger) -> dict[str, str]:
    deaths = sum(float(ledger.value(f"netter1.results.deaths_{arm}")) for arm in ("lu", "control"))
    planned = float(ledger.value("netter1.methods.final_os_deaths"))
    printed = float(ledger.value("netter1.results.os_threshold"))
    information = information_at(printed)
    return {
        "deaths": f"{deaths:.0f}",
        "fraction": f"{deaths / planned:.4f}",
        "spent": f"{obrien_fleming_spent(deaths / planned):.6f}",
        "one_sided": f"{obrien_fleming_spent(deaths / planned, 0.025):.7f}",
        "implied": f"{information:.4f}",
        "implied_deaths": f"{information * planned:.1f}",
        "implied_planned": f"{deaths / information:.1f}",
    }


def _repaired(ledger: Ledger) -> dict[str, str]:
    printed = ledger["sundlov2022.notes.eudract"].point.text
    return {"repaired": printed.replace(",", "").replace("–", "-")}


def _low_grade(ledger: Ledger) -> dict[str, str]:
    total = ledger.value("netter1.table3.n.lu.count")
    values = {"total": str(total)}
    for name, row in (("fatigue", "fatigue_asthenia"), ("pain", "abdominal_pain"), ("diarrhea", "diarrhea")):
        with_event, severe = (ledger.value(f"netter1.table4.{row}.lu_{grade}.count") for grade in ("any", "grade34"))
        values[name] = f"{float(percentage(with_event - severe, with_event)):.1f}%"
        values[f"{name}_all"] = f"{float(percentage(total - severe, total)):.1f}%"
    return values


FINDINGS = (
    Finding(
        "Randomization ends after the data cutoff",
        "netter1",
        ("netter1.results.enrollment_end",),
        "Randomization is said to have run from {netter1.results.enrollment_start} to {netter1.results.enrollment_end}. "
        "The primary analysis has a data cutoff of {netter1.results.data_cutoff} and counts all "
        "{netter1.results.randomized} randomized patients. The end of randomization lies at least {days} days after "
        "the cutoff.",
        (
            "The year of the last randomization is misprinted: mid-January 2015 would leave half a year to the cutoff.",
            "The trial went on randomizing after the cutoff, and the number of patients is that at a later date. The "
            "later report of final overall survival counts {later} patients (reference fact F058).",
        ),
        "The date of the last randomization in the trial's registry record or its clinical study report.",
        _dates,
    ),
    Finding(
        "Two counts of patients with any adverse event",
        "netter1",
        ("netter1.table4.any_ae.lu_any.count", "netter1.table4.any_ae.control_any.count"),
        "Table 3 counts {netter1.table3.ae_any.lu.count} and {netter1.table3.ae_any.control.count} patients with an "
        "adverse event ({sum3} in all, the {netter1.results.ae_any} of the text); Table 4 counts "
        "{netter1.table4.any_ae.lu_any.count} and {netter1.table4.any_ae.control_any.count} ({sum4} in all). Both are of "
        "the safety population, and each table's P value follows from its own counts.",
        (
            "Table 4 counts only events that began under treatment, or only events with a grade, and Table 3 all.",
            "One table was made from a later or an earlier state of the database.",
        ),
        "The definition of an event in each table, in the supplementary appendix or the study report.",
        _any_event,
    ),
    Finding(
        "A hazard ratio that is not in the middle of its interval",
        "netter1",
        ("netter1.figure1c.cga_gt2uln.hr.hr",),
        "The subgroup with chromogranin A above twice the upper limit has {netter1.figure1c.cga_gt2uln.hr.hr}. A Cox "
        "interval is symmetric about its estimate on the log scale, and the middle of this one is {middle}. With the "
        "printed estimate and lower end, the upper end would be {high_if_hr}; with the printed estimate and upper end, "
        "the lower end would be {low_if_hr}. Every other interval of the figure holds its estimate in the middle, as "
        "far as rounding lets one see.",
        (
            "The estimate is misprinted: {middle} would be in the middle.",
            "The upper end is misprinted: {high_if_hr} would be symmetric.",
            "The lower end is misprinted. The standard error of the log hazard ratio would then be {error_if_low}, less "
            "than the {error_overall} of all patients together, so this reading is the least likely.",
        ),
        "The same figure in the trial's registry record or a regulator's review.",
        _chromogranin,
    ),
    Finding(
        "The boundary of the interim survival analysis",
        "netter1",
        ("netter1.results.os_threshold",),
        "The printed O'Brien–Fleming threshold is {netter1.results.os_threshold}. With {deaths} deaths of "
        "{netter1.methods.final_os_deaths} planned the information fraction is {fraction}, and the O'Brien–Fleming-type "
        "spending function gives {spent} (two-sided 5%) or {one_sided} (one-sided 2.5%). The printed value belongs to a "
        "fraction of {implied}: {implied_deaths} deaths of the planned number, or {deaths} of {implied_planned}.",
        (
            "The boundary was fixed before the analysis, from an expected number of deaths just below that seen.",
            "Another number of deaths than {netter1.methods.final_os_deaths} served as full information.",
            "Another member of the O'Brien–Fleming family was used.",
        ),
        "The interim analysis plan. The conclusion stands either way: P = {netter1.results.os_p} is far above any of "
        "these thresholds.",
        _threshold,
    ),
    Finding(
        "The share of common adverse events that were mild",
        "netter1",
        ("netter1.results.low_grade_events_lu",),
        "For fatigue, abdominal pain and diarrhea the text says that {netter1.results.low_grade_events_lu} of the "
        "patients with the event had it in grade 1 or 2. By Table 4 the shares are {fatigue}, {pain} and {diarrhea}. Of "
        "all {total} treated patients, those without such an event of grade 3 or 4 are {fatigue_all}, {pain_all} and "
        "{diarrhea_all}.",
        (
            "The percentage refers to all treated patients; then it agrees with Table 4.",
            "It refers to the patients with the event, as the sentence reads; then it does not.",
        ),
        "The authors' word on the denominator.",
        _low_grade,
    ),
    Finding(
        "Deaths during treatment and fatal adverse events",
        "netter2",
        ("netter2.results.deaths_lu",),
        "The text counts {netter2.results.deaths_all} deaths during the randomised treatment period, "
        "{netter2.results.deaths_lu} with ¹⁷⁷Lu-Dotatate and {netter2.results.deaths_control} in the control group. For "
        "the same period Table 4 has {netter2.table4.fatal.lu_any.count} and {netter2.table4.fatal.control_any.count} "
        "patients with a fatal serious adverse event. The trial profile has "
        "{netter2.figure1.ended_death_lu.printed.count} and {netter2.figure1.ended_death_control.printed.count} patients "
        "whose treatment ended by death.",
        (
            "An adverse event that began in the period and led to death after it counts as fatal in Table 4, but not "
            "as a death in the period.",
            "One of the two counts for ¹⁷⁷Lu-Dotatate is misprinted.",
        ),
        "A listing of deaths with dates and causes, as in the registry record.",
    ),
    Finding(
        "A garbled registration number",
        "sundlov2022",
        ("sundlov2022.notes.eudract",),
        "The EudraCT number is printed as {sundlov2022.notes.eudract}; such numbers have the form year, six digits, two "
        "digits, as NETTER-1's {netter1.abstract.eudract}.",
        ("A separator crept into the middle group; without it the number is {repaired}.",),
        "The register itself.",
        _repaired,
    ),
)


def of_paper(paper: str) -> list[Finding]:
    """The findings about one paper."""
    return [finding for finding in FINDINGS if finding.paper == paper]


def show(finding: Finding) -> None:
    """Display a finding: what is printed, the arithmetic, how it can be read, what would settle it."""
    from netterbook.chapter import prose, say

    values = finding.compute(build_ledger())
    readings = "\n".join(f"- {prose(reading, **values)}" for reading in finding.readings)
    text = f"{finding.arithmetic}\n\n**Ways to read it**\n\n{readings}\n\n**What would settle it.** {finding.settles}"
    say(text, **values)
