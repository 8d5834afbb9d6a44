"""Where printed numbers disagree: each finding with its arithmetic, the ways to read it, and what would settle it.

Text is filled from the ledger by :func:`.prose`; every claim that *differs* belongs to a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from netterbook import papers
from netterbook.book.display import Page
from netterbook.claims import Ledger
from netterbook.methods.printed_ratios import implied_events, log_hr_midpoint, log_hr_standard_error
from netterbook.methods.proportions import percentage


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
    early = sum(ledger.value(f"netter1.figure1b.t3.{arm}.count") for arm in ("lu", "control"))
    return {"days": str((end[0] - cutoff[1]).days), "later": later, "early": str(early)}


def _any_event(ledger: Ledger) -> dict[str, str]:
    both = [sum(ledger.value(f"netter1.{row.format(arm)}") for arm in ("lu", "control")) for row in (
        "table3.ae_any.{}.count", "table4.any_ae.{}_any.count")]  # fmt: skip
    return {"sum3": str(both[0]), "sum4": str(both[1])}


def _chromogranin(ledger: Ledger) -> dict[str, str]:
    claim = ledger["netter1.figure1c.cga_gt2uln.hr.hr"]
    hr, low, high = (float(claim.parts[part].value) for part in ("point", "low", "high"))
    error_if_low = log_hr_standard_error(hr**2 / high, high)
    smallest, largest = float(claim.point.bounds[0]), float(claim.parts["high"].bounds[1])
    kindest = log_hr_standard_error(smallest**2 / largest, largest)
    return {
        "middle": f"{log_hr_midpoint(low, high):.3f}",
        "high_if_hr": f"{hr**2 / low:.2f}",
        "low_if_hr": f"{hr**2 / high:.2f}",
        "error_if_low": f"{error_if_low:.3f}",
        "events_if_low": f"{ceil(implied_events(error_if_low))}",
        "events_kindest": f"{ceil(implied_events(kindest))}",
        "events": str(sum(ledger.value(f"netter1.results.pfs_events_{arm}") for arm in ("lu", "control"))),
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
        "Randomisation ends after the data cutoff",
        "netter1",
        ("netter1.results.enrollment_end",),
        "Randomisation is said to have run from {netter1.results.enrollment_start} to {netter1.results.enrollment_end}. "
        "The primary analysis has a data cutoff of {netter1.results.data_cutoff} and counts all "
        "{netter1.results.randomized} randomised patients. The end of randomisation lies at least {days} days after "
        "the cutoff. By Figure 1B, {early} patients had been followed for three months at the cutoff.",
        (
            "Randomisation went on after the cutoff, and {netter1.results.randomized} is the number at the cutoff. The "
            "later report of final overall survival counts {later} patients (reference fact F058), which fits.",
            "{netter1.results.randomized} is the number at the end of randomisation, so that some of the patients "
            "counted had not yet been enrolled at the cutoff.",
            "The year is misprinted.",
        ),
        "The date of the last randomisation in the trial's registry record or its clinical study report.",
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
            "The lower end cannot be the only misprint: the standard error of the log hazard ratio would then be "
            "{error_if_low}, for which at least {events_if_low} events are needed ({events_kindest} at the kindest rounding), and the trial "
            "had {events}.",
        ),
        "The same figure in the trial's registry record or a regulator's review.",
        _chromogranin,
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
        "whose treatment ended by death, and the note to Table 2 {netter2.table2.incomplete_death} who died before the "
        "last cycle of ¹⁷⁷Lu-Dotatate. The text attributes all the deaths it counts to the disease.",
        (
            "An adverse event that began in the period and led to death after it counts as fatal in Table 4, but not "
            "as a death in the period.",
            "One of the two counts for ¹⁷⁷Lu-Dotatate is misprinted.",
        ),
        "A listing of deaths with dates and causes, as in the registry record.",
    ),
    Finding(
        "Patients who stopped for adverse events",
        "netter2",
        ("netter2.table2.incomplete_adverse_events",),
        "By the note to Table 2, {netter2.table2.incomplete_adverse_events} patients missed cycles of ¹⁷⁷Lu-Dotatate "
        "because of adverse events. By Table 4, {netter2.table4.discontinuation_lu.lu_any.count} stopped it for "
        "adverse events, and {netter2.table4.discontinuation_octreotide.lu_any.count} stopped octreotide. In the trial "
        "profile, {netter2.figure1.ended_ae_lu.printed.count} ended treatment for adverse events. In the control group "
        "Table 4 has {netter2.table4.discontinuation_octreotide.control_any.count} who stopped octreotide and the trial "
        "profile {netter2.figure1.ended_ae_control.printed.count} who ended treatment for adverse events.",
        (
            "The sources differ in what they count: events that led to stopping, or the main reason given for it. One "
            "patient may have stopped because of an event and be listed under another reason, such as death.",
            "One of the counts is misprinted.",
        ),
        "The listing of discontinuations with their reasons.",
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


def show(page: Page, finding: Finding) -> None:
    """Display a finding: what is printed, the arithmetic, how it can be read, what would settle it."""
    values = finding.compute(page.ledger)
    readings = "\n".join(f"- {page.prose(reading, **values)}" for reading in finding.readings)
    said = f"{finding.arithmetic}\n\n**Ways to read it**\n\n{readings}\n\n**What would settle it.** {finding.settles}"
    page.say(said, **values)
