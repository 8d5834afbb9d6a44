"""Where printed numbers disagree: each finding with its arithmetic, the ways to read it, and what would settle it.

The texts stand in ``data/findings.yml``, with slots for claims and for what is computed here; every claim that
*differs* belongs to a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, nan
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from netterbook import facts
from netterbook.audit.common import printed_dates
from netterbook.book.display import Page
from netterbook.claims import Ledger
from netterbook.errors import DataError
from netterbook.methods.printed_ratios import implied_events, log_hr_midpoint, log_hr_standard_error
from netterbook.trials import Words

Values = Mapping[str, float | int | str]


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
    4
    """
    return [finding for finding in read(folder) if finding.paper == paper]


def show_finding(page: Page, finding: Finding) -> None:
    """Display a finding: what is printed, the arithmetic, how it can be read, what would settle it."""
    values = finding.values(page.ledger)
    readings = "\n".join(f"- {page.prose(reading, **values)}" for reading in finding.readings)
    said = f"{finding.arithmetic}\n\n**Ways to read it**\n\n{readings}\n\n**What would settle it.** {finding.settles}"
    page.say(said, **values)


def _both(ledger: Ledger, name: str) -> int:
    """A count of NETTER-1 in both groups."""
    return sum(ledger.counts(*(f"netter1.{name.format(arm)}" for arm in ("lu", "control"))))


def _dates(ledger: Ledger) -> Values:
    end, cutoff = (printed_dates(ledger[f"netter1.results.{d}"].point.text) for d in ("enrollment_end", "data_cutoff"))
    later = int(facts.read(ledger.folder)["F058"].value)
    return {"days": (end[0] - cutoff[1]).days, "later": later, "early": _both(ledger, "figure1b.t3.{}.count")}


def _any_event(ledger: Ledger) -> Values:
    return {"sum3": _both(ledger, "table3.ae_any.{}.count"), "sum4": _both(ledger, "table4.any_ae.{}_any.count")}


def _chromogranin(ledger: Ledger) -> Values:
    claim = ledger["netter1.figure1c.cga_gt2uln.hr.hr"]
    hr, low, high = ledger.estimate(claim.id)
    extremes = claim.point.bounds[0], claim.parts["high"].bounds[1]
    smallest, largest = (nan if end is None else float(end) for end in extremes)
    error_if_low, kindest = (log_hr_standard_error(x**2 / end, end) for x, end in ((hr, high), (smallest, largest)))
    return {
        "middle": log_hr_midpoint(low, high),
        "high_if_hr": hr**2 / low,
        "low_if_hr": hr**2 / high,
        "error_if_low": error_if_low,
        "events_if_low": ceil(implied_events(error_if_low)),
        "events_kindest": ceil(implied_events(kindest)),
        "events": _both(ledger, "results.pfs_events_{}"),
    }


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


_COMPUTED: Mapping[str, Callable[[Ledger], Values]] = {
    "dates": _dates,
    "any_event": _any_event,
    "chromogranin": _chromogranin,
    "low_grade": _low_grade,
    "registration_number": _registration_number,
}
