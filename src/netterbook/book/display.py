"""What chapters display: prose with numbers from the ledger, tables with downloads, verdicts."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from html import escape

import pandas as pd
from IPython.display import HTML, Markdown, display

from netterbook import papers
from netterbook.audit import build_ledger
from netterbook.claims import Ledger, Verdict
from netterbook.precision import significant

_GROUP = {"lu": "¹⁷⁷Lu-Dotatate", "control": "control", "all": "all patients"}
_SLOT = re.compile(r"\{([a-z0-9_.]+)(?::(point))?\}")


def prose(text: str, **values: object) -> str:
    """Fill ``{claim.id}`` with the number as printed and ``{name}`` with a computed value.

    ``{claim.id:point}`` leaves an interval out.

    Raises
    ------
    netterbook.claims.UnknownClaim
        If a slot is neither a claim nor one of ``values``.

    >>> prose("{netter1.results.pfs_events_lu} events; hazard ratio {netter1.results.pfs_hr}")
    '23 events; hazard ratio 0.21 (95% CI 0.13 to 0.33)'
    """
    ledger = build_ledger()

    def fill(match: re.Match) -> str:
        name, only = match.groups()
        if name in values:
            return str(values[name])
        return as_prose(ledger, name, only == "point")

    return _SLOT.sub(fill, text)


def as_prose(ledger: Ledger, claim_id: str, point_only: bool = False) -> str:
    """A claim as it reads in a sentence: numerals, decimal points, a percent sign, the interval's level."""
    claim = ledger[claim_id]
    parts = {name: part.text.replace("·", ".") for name, part in claim.parts.items()}
    if claim.point.value is not None and claim.point.text.replace("-", "").isalpha():
        parts["point"] = str(claim.point.value)
    percent = "%" if claim.unit == "%" and "%" not in parts["point"] else ""
    text = parts["point"] + percent
    if point_only:
        return text
    if "low" in parts:
        text += f" ({claim.level} {parts['low']} to {parts['high']})"
    return text + (f"±{parts['sd']}" if "sd" in parts else "")


def say(text: str, **values: object) -> None:
    """Display a paragraph of Markdown, filled as by :func:`prose`."""
    display(Markdown(prose(text, **values)))


def badge(verdict: Verdict | str) -> str:
    """A verdict as a coloured word."""
    return f'<span class="verdict verdict-{str(verdict).replace(" ", "-")}">{verdict}</span>'


def download_link(
    frame: pd.DataFrame, name: str, label: str = "Download as CSV", digits: Mapping[str, int] | None = None
) -> str:
    """A link that carries the table itself, so that it works without a server; its numbers are
    :func:`.significant`.
    """
    frame = significant(frame, digits)
    data = base64.b64encode(frame.to_csv(index=False, lineterminator="\n").encode()).decode()
    return f'<a class="nb-download" download="{name}.csv" href="data:text/csv;base64,{data}">{label}</a>'


def show_table(
    frame: pd.DataFrame,
    caption: str,
    *,
    download: str = "",
    data: pd.DataFrame | None = None,
    digits: Mapping[str, int] | None = None,
    html_columns: Iterable[str] = (),
    folded: bool = False,
) -> None:
    """Display a table that scrolls sideways on a narrow screen.

    Parameters
    ----------
    frame : the table
    caption : what it shows and where the numbers come from
    download : file name (without ending) of a CSV to offer
    data : what to offer instead of ``frame``
    digits : significant digits of columns of what is offered, where not as :mod:`netterbook.precision` has them
    html_columns : columns whose cells are markup already
    folded : show only the caption until it is opened
    """
    ready = significant(frame).astype(object)
    for column in frame.columns:
        if column not in html_columns:
            ready[column] = [escape(str(cell)) for cell in ready[column]]
    table = ready.to_html(index=False, escape=False, border=0, classes="nb-table", justify="left")
    link = download_link(frame if data is None else data, download, digits=digits) if download else ""
    wide = f'<div class="nb-scroll">{table}</div>'
    if folded:
        body = f"<details><summary>{escape(caption)}</summary>{wide}{link}</details>"
    else:
        body = f'<div class="nb-caption">{escape(caption)} {link}</div>{wide}'
    display(HTML(f'<div class="nb-block">{body}</div>'))


def published_table(paper: str, name: str, folded: bool = True) -> None:
    """Display a table as the paper prints it, with the CSV to take away."""
    raw = papers.table(paper, name)
    resource = next(r for r in papers.resources() if r["name"] == f"{paper}-{name}")
    shown = raw.drop(columns=["row", "unit", "measure"], errors="ignore")
    if {"label", "unit"} <= set(raw):
        units = [unit if unit not in ("patients", "%", "") else "" for unit in raw["unit"]]
        known = [not unit or unit in label for unit, label in zip(units, raw["label"], strict=True)]
        shown["label"] = [
            label if is_known else f"{label}, {unit}"
            for label, unit, is_known in zip(raw["label"], units, known, strict=True)
        ]
    heads = {f["name"]: f["description"].partition(", cell as printed")[0] for f in resource["schema"]["fields"]}
    heads |= {
        "section": "Section",
        "label": "Row",
        "time": "Months",
        "lu": "¹⁷⁷Lu-Dotatate",
        "control": "Control",
        "p": "P",
    }
    shown = shown.rename(columns=heads)
    caption = f"{resource['title']}, as printed in {papers.TITLES[paper]}, p. {resource['netterbook']['page']}"
    show_table(shown, caption, download=f"{paper}_{name}", data=raw, folded=folded)


def verdicts(claim_ids: Iterable[str], caption: str, *, download: str = "", folded: bool = False) -> None:
    """Display claims with the number printed, the number recomputed, how, and the verdict."""
    ledger, claim_ids = build_ledger(), list(claim_ids)
    rows = []
    for claim_id in claim_ids:
        claim, check = ledger[claim_id], ledger.leading(claim_id)
        about = ", ".join(s for s in (_GROUP.get(claim.arm), claim.place, claim.unit if claim.unit != "%" else "") if s)
        quantity = escape(claim.quantity[0].upper() + claim.quantity[1:]) + _note(about)
        how = escape(check.method) + _note(check.note) if check.method else escape(check.note)
        others = [c for c in ledger.checks.get(claim_id, []) if c is not check]
        if others:
            lines = "".join(f"<li>{escape(c.method)}: {c.verdict}, {escape(c.recomputed)}</li>" for c in others)
            how += f'<details class="nb-more"><summary>{len(others)} more</summary><ul>{lines}</ul></details>'
        rows.append((quantity, badge(check.verdict), claim.printed, check.recomputed, how))
    frame = pd.DataFrame(rows, columns=["Quantity", "Verdict", "Printed", "Recomputed", "How"])
    data = ledger.frame()
    data = data[data["claim_id"].isin(claim_ids)]
    show_table(frame, caption, download=download, data=data, html_columns=("Quantity", "How", "Verdict"), folded=folded)


_LONG = 90  # characters from which a note is folded


def _note(text: str) -> str:
    if len(text) > _LONG:
        return f'<details class="nb-more"><summary>details</summary><div class="nb-note">{escape(text)}</div></details>'
    return f'<div class="nb-note">{escape(text)}</div>' if text else ""


def whole_ledger() -> None:
    """Display every claim of every paper in a table that can be searched and filtered, with a download."""
    import itables

    itables.init_notebook_mode(all_interactive=False, connected=False)
    frame = build_ledger().frame()
    link = download_link(frame, "ledger", f"Download all {len(frame)} claims as CSV")
    display(HTML(f'<p class="nb-block">{link}</p>'))
    how = [f"{escape(m)}{_note(n)}" if m else escape(n) for m, n in zip(frame["method"], frame["note"], strict=True)]
    ids = zip(frame["quantity"], frame["claim_id"], strict=True)
    shown = pd.DataFrame(
        {
            "Where": frame["paper"] + ", " + frame["place"],
            "Group": frame["arm"],
            "Quantity": [f"{escape(quantity)}{_note(claim_id)}" for quantity, claim_id in ids],
            "Verdict": [badge(v) for v in frame["verdict"]],
            "Printed": [escape(text) for text in frame["printed"]],
            "Recomputed": [escape(text) for text in frame["recomputed"]],
            "How, or why not": how,
        }
    )
    table = itables.to_html_datatable(
        shown,
        connected=False,
        table_id="ledger",
        allow_html=True,
        column_filters="header",
        showIndex=False,
        autoWidth=False,
        lengthMenu=[25, 100, 500],
        maxBytes=0,
        classes="display nb-table",
    )
    display(HTML(f'<div class="nb-scroll">{table}</div>'))


def claims_at(paper: str, *places: str) -> list[str]:
    """Ids of the claims of a paper that stand in any of these places."""
    return [c.id for c in build_ledger().claims.values() if c.paper == paper and c.place in places]


def summary(paper: str | None = None) -> None:
    """Display how many claims have which verdict, by paper or, for one paper, by place."""
    ledger = build_ledger()
    frame = ledger.frame(paper=paper)
    table = ledger.summary(frame, by="place" if paper else "paper")
    first = "Place" if paper else "Paper"
    names = [papers.TITLES.get(key, key) for key in table.index]
    shown = table.reset_index(drop=True)
    shown.insert(0, first, names)
    show_table(shown, "Claims by verdict", download=f"{paper or 'all'}_summary")


def source(*tables: tuple[str, str], note: str = "") -> None:
    """Display the line under a figure that names its data, each with a download."""
    links = []
    for paper, name in tables:
        resource = next(r for r in papers.resources() if r["name"] == f"{paper}-{name}")
        place = resource["netterbook"]["place"] or "text"
        link = download_link(papers.table(paper, name), f"{paper}_{name}", "CSV")
        links.append(f"{papers.TITLES[paper]}, {place} ({link})")
    text = "; ".join(links) + (f". {escape(note)}" if note else "")
    display(HTML(f'<p class="nb-source">Data: {text}</p>'))


def parameter_table(model) -> None:
    """Display the parameters of a chapter, their defaults and meanings."""
    from netterbook.book.parameters import rows

    frame = pd.DataFrame(rows(model), columns=["Parameter", "Default", "Meaning"])
    show_table(frame, "Parameters of this chapter")


_PLAIN = {
    "TTD": "time to deterioration", "OS": "overall survival", "PFS": "progression-free survival", "HR": "hazard ratio",
    "Lu": "¹⁷⁷Lu-Dotatate", "vs": "v", "wk": "weeks", "mo": "months", "PD": "progression",
    "EBRT": "external-beam radiotherapy", "TBI": "total-body irradiation", "BED": "biologically effective dose",
}  # fmt: skip


def plain(text: str) -> str:
    """A note of the reference facts without its abbreviations.

    >>> plain("time to >=10-point deterioration HR, pain"), plain("median OS Lu")
    ('time to ≥10-point deterioration hazard ratio, pain', 'median overall survival ¹⁷⁷Lu-Dotatate')
    """
    text = text.replace(">=", "≥").replace("~", "about ")
    return re.sub(r"\b(" + "|".join(_PLAIN) + r")\b", lambda match: _PLAIN[match[0]], text)


def facts(ids: Iterable[str], caption: str) -> None:
    """Display reference facts, which this book cites and does not recompute, with source and confidence.

    Raises
    ------
    KeyError
        For an unknown or unverified fact.
    """
    table, rows = papers.facts(), []
    sources = table["source"].where(table["source"] != "same").ffill()
    for fact_id in ids:
        fact = table.loc[fact_id]
        value = fact["value"] + (f" ({fact['low']} to {fact['high']})" if fact["low"] else "")
        unit = {"HR": "", "d/4wk": "days"}.get(fact["unit"], fact["unit"])
        read = f"read in {fact['confidence'].removeprefix('read-in-').replace('secondary', 'a secondary source')}"
        about = f"{sources[fact_id]} ({read.replace('-', ' ')}; {fact_id})"
        rows.append((plain(fact["quantity"]), plain(f"{value} {unit}".strip()), plain(fact["population"]), about))
    show_table(pd.DataFrame(rows, columns=["Quantity", "Value", "Patients", "Source"]), caption)


PATIENT_COLUMNS = {
    "draw": "number of the set of patients, from 1; each set is one possible trial",
    "arm": "0 control, 1 ¹⁷⁷Lu-Dotatate",
    "time": "months from randomisation to event or end of follow-up, to six decimals",
    "event": "1 event, 0 followed up so far without an event (censored)",
}
_SETS = 20  # in the page itself; all of a large ensemble would make it slow to load


def patients_to_download(found, name: str, command: str) -> None:
    """Display a download of the first reconstructed sets with a data dictionary and what they are not.

    Parameters
    ----------
    found : :class:`.Reconstruction`
    name : file name without ending
    command : how to make any number of sets
    """
    data = found.first(_SETS).patients
    sets, size = data["draw"].nunique(), found.time.shape[1]
    frame = pd.DataFrame(PATIENT_COLUMNS.items(), columns=["Column", "Meaning"])
    caption = f"{sets} sets of {size} reconstructed patients, {name}.csv"
    show_table(frame, caption, download=name, data=data, digits={"time": 9})  # millionths of a month below 1000
    say(
        "**These are not the trial's patients.** They are sets of times that agree with what was printed; which "
        "patient had which time, sex or tumour is not in them. Analyse every set and pool the results, never one set "
        "alone. They cannot show what the printed numbers do not imply, such as an effect in a subgroup. "
        f"For more sets: `{command}`."
    )
