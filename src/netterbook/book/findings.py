"""Where printed numbers disagree: each finding with its arithmetic, the ways to read it, and what would settle it.

The texts stand in ``data/findings.yml``, with slots for claims and for what is computed here; every claim that
*differs* belongs to a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from math import ceil, nan
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from netterbook import facts, trials
from netterbook.audit import common
from netterbook.audit.common import printed_dates
from netterbook.book.display import Page
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.methods.printed_ratios import implied_events, log_hr_midpoint, log_hr_standard_error
from netterbook.trials import Subgroups, Words, recorded

Values = Mapping[str, Any]

_ARMS = ("lu", "control")


class Finding(BaseModel):
    """One disagreement. ``computes`` names the values that ``arithmetic`` and ``readings`` have beside claims."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    paper: str
    claims: Words
    arithmetic: str
    readings: tuple[str, ...]
    settles: str
    computes: str = ""

    @property
    def anchor(self) -> str:
        """Where the chapter shows it."""
        return "finding-" + re.sub(r"\W+", "-", self.title.lower()).strip("-")

    def link(self, page: str = "") -> str:
        """Its title as a link to where it is shown, from that page itself or from one where its address is ``page``."""
        return f'<a href="{page}#{self.anchor}">{escape(self.title)}</a>'

    def values(self, ledger: Ledger) -> Values:
        """What the text names beside claims."""
        return _COMPUTED[self.computes](ledger) if self.computes else {}


def read(folder: Path) -> list[Finding]:
    """The findings of a data folder, in order; none where it has no ``findings.yml``.

    Raises
    ------
    DataError
        If one of them lacks a part or has one too many.

    >>> from netterbook.papers import data_dir
    >>> read(data_dir())[-1].title
    'A garbled registration number'
    """
    path = folder / "findings.yml"
    try:
        return TypeAdapter(list[Finding]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []
    except (yaml.YAMLError, ValidationError) as error:
        raise DataError(f"{path} holds no findings: {' '.join(str(error).split())}") from None


def of_paper(folder: Path, paper: str) -> list[Finding]:
    """The findings about one paper.

    >>> from netterbook.papers import data_dir
    >>> len(of_paper(data_dir(), "netter1"))
    8
    """
    return [finding for finding in read(folder) if finding.paper == paper]


def at_a_glance(page: Page) -> pd.DataFrame:
    """A row a finding: its ``title``, which links to it, and the ``paper`` and how many ``claims`` differ."""
    found = read(page.ledger.folder)
    rows = [(each.link(), page.documents[each.paper].title, len(each.claims)) for each in found]
    return pd.DataFrame(rows, columns=["title", "paper", "claims"])


def show_finding(page: Page, finding: Finding) -> None:
    """Display a finding: what is printed, the arithmetic, how it can be read, what would settle it."""
    values = finding.values(page.ledger)
    page.say(f'<span id="{finding.anchor}"></span>\n\n## {finding.title}\n\n*{page.documents[finding.paper].title}*')
    readings = "\n".join(f"- {page.prose(reading, **values)}" for reading in finding.readings)
    said = f"{finding.arithmetic}\n\n**Ways to read it**\n\n{readings}\n\n**What would settle it.** {finding.settles}"
    page.say(said, **values)


class Uptake(NamedTuple):
    """Share of patients with receptor uptake of score 4 by either reader; how many have a central score or none."""

    local: float
    central: float
    scored: int
    unscored: int


def uptake_by_reader(ledger: Ledger) -> Uptake:
    """NETTER-2's receptor uptake by local assessment (Table 1) and by central review (Figure 2B).

    >>> from netterbook import papers
    >>> local, central, *patients = uptake_by_reader(papers.load())
    >>> round(local, 3), round(central, 3), patients
    (0.642, 0.845, [219, 7])
    """
    score4, patients = ledger.counts("netter2.table1.score4.all.count", "netter2.table1.n.all.count")
    low, high = ledger.counts(*(f"netter2.figure2b.{row}.n.count" for row in ("score3", "score4")))
    return Uptake(score4 / patients, high / (low + high), low + high, patients - low - high)


def _both(ledger: Ledger, name: str) -> int:
    """A count of NETTER-1 in both groups."""
    return sum(ledger.counts(*(f"netter1.{name.format(arm)}" for arm in _ARMS)))


def _dates(ledger: Ledger) -> Values:
    end, cutoff = (printed_dates(ledger[f"netter1.results.{d}"].point.text) for d in ("enrollment_end", "data_cutoff"))
    known, early = facts.read(ledger.folder), _both(ledger, "figure1b.t3.{}.count")
    return {
        "days": (end[0] - cutoff[1]).days,
        "early": early,
        "late": ledger.count("netter1.results.randomized") - early,
        "later": int(known["F058"].value),
        "registry": known["F104"].size,
        "last": known["F237"].text,
    }


def _any_event(ledger: Ledger) -> Values:
    return {"sum3": _both(ledger, "table3.ae_any.{}.count"), "sum4": _both(ledger, "table4.any_ae.{}_any.count")}


def _chromogranin(ledger: Ledger) -> Values:
    claim = ledger["netter1.figure1c.cga_gt2uln.hr.hr"]
    hr, low, high = ledger.estimate(claim.id)
    extremes = claim.point.bounds[0], claim.parts["high"].bounds[1]
    smallest, largest = (nan if end is None else float(end) for end in extremes)
    pairs = recorded(trials.read(ledger.folder)["netter1"], Subgroups).pairs.values()
    others = [sum(_information(ledger, row) for row in pair) for pair in pairs if "cga_gt2uln" not in pair]
    rest = _information(ledger, "cga_le2uln")
    error_if_low, kindest = (log_hr_standard_error(x**2 / end, end) for x, end in ((hr, high), (smallest, largest)))
    return {
        "middle": log_hr_midpoint(low, high),
        "high_if_hr": hr**2 / low,
        "low_if_hr": hr**2 / high,
        "error_if_low": error_if_low,
        "information_if_hr": rest + _information(ledger, "cga_gt2uln"),
        "information_if_high": rest + 1 / log_hr_standard_error(low, hr**2 / low) ** 2,
        "least": min(others),
        "most": max(others),
        "nearer": min(others) <= rest + _information(ledger, "cga_gt2uln") <= max(others),
        "events_if_low": ceil(implied_events(error_if_low)),
        "events_kindest": ceil(implied_events(kindest)),
        "events": _both(ledger, "results.pfs_events_{}"),
    }


def _information(ledger: Ledger, row: str) -> float:
    """Of the log hazard ratio of a subgroup of NETTER-1, from its interval."""
    return 1 / log_hr_standard_error(*ledger.estimate(f"netter1.figure1c.{row}.hr.hr")[1:]) ** 2


def _one_cutoff(ledger: Ledger) -> Values:
    known = facts.read(ledger.folder)
    (lu, control), deaths = (known["F046"].versus(name) for name in ("SNMMI 2016 abstract", "SNMMI abstract"))
    label = [int(known[fact].value) for fact in ("F041", "F042")]
    later = known["F238"].numbers
    values = {"later_lu": int(later[0]), "later_control": int(later[1])}
    values |= {"label_lu": label[0], "label_control": label[1], "abstract_lu": lu, "abstract_control": control}
    return values | {"abstract_deaths_lu": deaths[0], "abstract_deaths_control": deaths[1]}


def _registration_number(ledger: Ledger) -> Values:
    printed = ledger["sundlov2022.notes.eudract"].point.text
    return {"repaired": printed.replace(",", "").replace("–", "-")}


def _low_grade(ledger: Ledger) -> Values:
    total = ledger.count("netter1.table3.n.lu.count")
    values: dict[str, float | int | str] = {"total": total}
    for name, row in (("fatigue", "fatigue_asthenia"), ("pain", "abdominal_pain"), ("diarrhea", "diarrhea")):
        affected, severe = ledger.counts(*(f"netter1.table4.{row}.lu_{grade}.count" for grade in ("any", "grade34")))
        values[name] = (affected - severe) / affected
        values[f"{name}_all"] = (total - severe) / total
    return values


def _response(ledger: Ledger) -> Values:
    counts = {
        arm: ledger.counts(f"netter1.table2.responders.{arm}.count", f"netter1.table1.n.{arm}.count") for arm in _ARMS
    }
    return {arm: responders / patients for arm, (responders, patients) in counts.items()}


def _boxes(ledger: Ledger, *names: str) -> Values:
    """For each group the sum of boxes of NETTER-2's trial profile."""
    return {
        arm: sum(ledger.counts(*(f"netter2.figure1.{name}_{arm}.printed.count" for name in names))) for arm in _ARMS
    }


def _haematotoxicities(ledger: Ledger) -> Values:
    kinds = ("anaemia", "thrombocytopenia", "leukopenia", "neutropenia")
    total, *each = ledger.counts(
        *(f"netter2.table5.{kind}.lu_grade3.count" for kind in ("immediate_haematotoxicities", *kinds))
    )
    named = sum(each) + ledger.count("netter2.results.lymphocytes3_lu_n")
    return {"table": sum(each), "named": named, "rest": total - named}


def _stopped(ledger: Ledger) -> Values:
    drugs = ledger.counts(*(f"netter2.table4.discontinuation_{drug}.lu_any.count" for drug in ("lu", "octreotide")))
    return {"fewest": max(drugs), "most": sum(drugs)}


def _small_share(ledger: Ledger) -> Values:
    count, total = ledger.counts(*(f"netter2.table1.{row}.all.count" for row in ("metastases_no", "n")))
    small = common.small_percentages(ledger)["netter2"]
    main = "netter2.table1.metastases_no.all.percent"
    others = [claim for claim in small if ledger.group(claim.id) != ledger.group(main)]
    alike = sum(claim.printed == ledger[main].printed for claim in others)
    return {"share": count / total, "others": len(others), "alike": alike}


def _octreotide(ledger: Ledger) -> Values:
    return {"label": facts.read(ledger.folder)["F049"].numbers[3]}


_COMPUTED: Mapping[str, Callable[[Ledger], Values]] = {
    "dates": _dates,
    "any_event": _any_event,
    "chromogranin": _chromogranin,
    "low_grade": _low_grade,
    "octreotide": _octreotide,
    "one_cutoff": _one_cutoff,
    "registration_number": _registration_number,
    "response": _response,
    "profile": lambda ledger: _boxes(ledger, "ended_progression", "ended_death"),
    "haematotoxicities": _haematotoxicities,
    "stopped": _stopped,
    "consent": lambda ledger: _boxes(ledger, "not_treated_withdrawal", "ended_withdrawal"),
    "small_share": _small_share,
}
