"""What chapters display: prose with numbers from the ledger, tables with downloads, verdicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import pandas as pd
from IPython.display import HTML, Markdown, display

from netterbook import facts, papers, text
from netterbook.book import cited
from netterbook.book.badges import badge, number_link, verdict_link
from netterbook.book.chart import Chart
from netterbook.book.downloads import column_key, download_link
from netterbook.book.explain.facts import FACT_KEY, entered, facts_table
from netterbook.book.explain.table import whole_table
from netterbook.book.figure_markup import figure_markup
from netterbook.book.parameters import Parameters, rows
from netterbook.claims import Verdict
from netterbook.explanation import Explanations, kind
from netterbook.facts import Fact
from netterbook.ledger import Ledger
from netterbook.methods.patient_sets import PatientSets
from netterbook.package import LEDGER_KEY
from netterbook.precision import Simulated, significant


def claim_text(ledger: Ledger, claim_id: str, point_only: bool = False) -> str:
    """A claim as it reads in a sentence: numerals, decimal points, a percent sign, the interval's level."""
    claim = ledger[claim_id]
    parts = {name: part.text.replace("·", ".") for name, part in claim.parts.items()}
    if claim.point.is_number and claim.point.text.replace("-", "").isalpha():
        parts["point"] = str(claim.point.value)
    percent = "%" if claim.unit == "%" and "%" not in parts["point"] else ""
    said = parts["point"] + percent
    if point_only:
        return said
    if "low" in parts:
        said += f" ({claim.level} {parts['low']} to {parts['high']})"
    return said + (f"±{parts['sd']}" if "sd" in parts else "")


def prose(ledger: Ledger, sentence: str, **values: object) -> str:
    """Fill ``{claim.id}`` with the number as printed and ``{name:form}`` with a value, as by :func:`.fill`.

    ``{claim.id:point}`` leaves an interval out; ``{term}`` and ``{dropdown}`` are left to MyST, outside of slots.

    Raises
    ------
    UnknownClaim
        If a slot is neither a claim nor one of ``values``.

    >>> from netterbook.audit import build_ledger
    >>> prose(build_ledger(), "{netter1.results.pfs_events_lu} events; hazard ratio {netter1.results.pfs_hr}")
    '23 events; hazard ratio 0.21 (95% CI 0.13 to 0.33)'
    """
    return text.fill(sentence, _ROLES | values, lambda name, form: claim_text(ledger, name, form == "point"))


_ROLES = {name: f"{{{name}}}" for name in ("dropdown", "term")}


def linked_prose(ledger: Ledger, sentence: str, **values: object) -> str:
    """:func:`prose` in which estimates lead to their rows in the ledger, as by :func:`number_link`.

    >>> from netterbook.audit import build_ledger
    >>> linked_prose(build_ledger(), "{netter1.table1.n.lu.count} patients, [{netter1.results.pfs_p}](#a)")
    '116 patients, [<0.001](#a)'
    >>> linked_prose(build_ledger(), "P {netter1.results.os_p}").partition(" data-claim")[0]
    'P <a class="nb-number" href="ledger.html#netter1.results.os_p"'
    """

    def number(claim_id: str, form: str) -> str:
        said, claim = claim_text(ledger, claim_id, form == "point"), ledger[claim_id]
        estimate = claim.measure in _ESTIMATES or "low" in claim.parts
        return f"\x02{claim_id}\x03{said}\x04" if estimate else said

    said = text.fill(sentence, _ROLES | values, number)
    said = _NO_LINK.sub(lambda part: _MARKED.sub(r"\2", part[0]), said)
    return _MARKED.sub(lambda part: number_link(part[1], escape(part[2])), said)


_ESTIMATES = {"hazard_ratio", "odds_ratio", "p_value", "median"}
"""Measures that sentences link to their rows, as they do whatever has an interval; the rest are linked in tables."""
_MARKED = re.compile("\x02(.*?)\x03(.*?)\x04")
_NO_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)|<a\b.*?</a>|<[^>]*>|^#.*?$|`[^`]*`|\$[^$\n]*\$", re.DOTALL | re.MULTILINE)
"""Parts of a paragraph that a link cannot stand in: links, tags, headings, code and formulas."""


def would_pass(passing: int | None, of: int | None) -> str:
    """How many numbers a check lets pass, and of how many; nothing where that cannot be counted.

    >>> would_pass(7, 1000), would_pass(None, None)
    ('7 of 1,000', '')
    """
    if passing is None or of is None:
        return ""
    return text.fill("{passing:,} of {of:,}", {"passing": passing, "of": of})


def file_name(caption: str) -> str:
    """A file name for a table, from the words of its caption up to the first stop.

    >>> file_name("What the *possible* rest on: claims, by method")
    'what_the_possible_rest_on'
    """
    words = re.findall(r"[^\W_]+", re.split(r"[.:;(]", caption.lower())[0])
    return "_".join(words[:8]) or "table"


Sentences = str | Mapping[Any, str]
"""What every row of a table fills: one sentence, or one for each ``kind`` of row."""


def shown(frame: pd.DataFrame, columns: Mapping[str, Sentences]) -> pd.DataFrame:
    """A table of text: for each heading a sentence that every row fills.

    A simulated column has its Monte Carlo errors beside it, as ``name_error``.

    >>> shown(pd.DataFrame({"hr": [0.4321], "hr_error": [0.026]}), {"Hazard ratio": "{hr:.2f}"}).values.tolist()
    [['0.45']]
    """
    return pd.DataFrame({heading: labels(frame, sentences) for heading, sentences in columns.items()})


def labels(frame: pd.DataFrame, sentences: Sentences) -> list[str]:
    """What each row of a table says, as in :func:`shown`.

    Raises
    ------
    KeyError
        For a kind of row that no sentence is for.

    >>> rows = pd.DataFrame({"kind": ["rate", "median"], "value": [0.652, 8.4]})
    >>> labels(rows, {"rate": "{value:percent}", "median": "{value:.1f} months"})
    ['65%', '8.4 months']
    """
    found = []
    for row in frame.to_dict("records"):
        values: dict[str, Any] = {
            str(name): Simulated(value, row[f"{name}_error"]) if f"{name}_error" in row else value
            for name, value in row.items()
        }
        found.append(text.fill(sentences if isinstance(sentences, str) else sentences[row["kind"]], values))
    return found


_LONG = 90  # characters from which a note is folded


def _note(said: str, about: str) -> str:
    if len(said) > _LONG:
        return f'<details class="nb-more"><summary>{about}</summary><div class="nb-note">{escape(said)}</div></details>'
    return f'<div class="nb-note">{escape(said)}</div>' if said else ""


def verdict_tally(verdicts: Iterable[Verdict]) -> str:
    """How many numbers have which verdict, in one line; those that differ stand out.

    >>> verdict_tally([Verdict.REPRODUCED, Verdict.AGREES, Verdict.POSSIBLE, Verdict.AGREES])
    '4 numbers: 1 reproduced, 2 agree, 1 possible'
    """
    counted = Counter(verdicts)
    each = [f"{counted[verdict]} {_several(verdict, counted[verdict])}" for verdict in Verdict if counted[verdict]]
    total = counted.total()
    return f"{total:,} {'number' if total == 1 else 'numbers'}: {', '.join(each)}"


def _several(verdict: Verdict, count: int) -> str:
    word = str(verdict)
    if count > 1 and verdict in (Verdict.AGREES, Verdict.DIFFERS):
        word = word.removesuffix("s")
    return badge(verdict, word) if verdict is Verdict.DIFFERS else word


_LEGEND = (
    f'<p class="nb-legend">Verdicts, the strongest first: {" ".join(map(badge, Verdict))}. Each leads to the row '
    "of its number and, where one points at it, says what that rests on "
    '(<a href="ledger.html#what-the-verdicts-say">what they mean</a>).</p>'
)
"""Above the first verdicts of a page."""

PATIENT_COLUMNS = {
    "draw": "number of the set of patients, from 1; each set is one possible trial",
    "arm": "0 control, 1 {experimental}",
    "time": "months from randomisation to event or end of follow-up, to six decimals",
    "event": "1 event, 0 followed up so far without an event (censored)",
}
_SETS = 20  # in the page itself; all of a large ensemble would make it slow to load


def named_facts(words: str) -> list[str]:
    """Ids of facts that words name, alone or as the ends of a range.

    >>> named_facts("Data: reference facts F082 and F151 to F153.")
    ['F082', 'F151', 'F152', 'F153']
    """
    found = []
    for first, last in re.findall(r"\bF(\d{3})(?: to F(\d{3}))?\b", words):
        found += [f"F{number:03}" for number in range(int(first), int(last or first) + 1)]
    return found


def _fact_rows(told: Iterable[Fact]) -> pd.DataFrame:
    """Facts as a table to take away."""
    columns = ["id", "quantity", "printed", "unit", "population", "source", "how_read"]
    return pd.DataFrame([[getattr(fact, name) for name in columns] for fact in told], columns=columns)


class Page:
    """A chapter's page: what it displays is read from one ledger and its data folder.

    ``explained`` are the numbers of a ledger that is not the book's, which has no rows to which their verdicts lead.
    """

    def __init__(self, ledger: Ledger, explained: Explanations | None = None):
        self.ledger = ledger
        self._of_book = explained is None
        self.explained = explained or Explanations(ledger)
        self.documents = self.explained.documents
        self._legend = _LEGEND
        self._named: Counter[str] = Counter()

    def prose(self, sentence: str, **values: object) -> str:
        """:func:`prose` with this ledger."""
        return prose(self.ledger, sentence, **values)

    def say(self, sentence: str, *, folded: str = "", **values: object) -> None:
        """Display a paragraph of Markdown, filled as by :func:`prose`; ``folded`` is what shows until it is opened."""
        said = linked_prose(self.ledger, sentence, **values)
        fold = ":::{{dropdown}} {}\n:class-container: nb-folded\n\n{}\n:::"
        display(Markdown(fold.format(folded, said.strip()) if folded else said))

    def opening(
        self, *, found: str, sure: str, not_shown: str, readers: str, minutes: int, needs: str = "", **values: object
    ) -> None:
        """Display what a chapter found, how sure that is and what it does not show: its first screen.

        Parameters
        ----------
        found, sure, not_shown : Markdown, three or four lines each, filled as by :func:`prose`; what is found links to
            where it is shown
        readers : whom the chapter is for, as in "Physicians and patients' advocates"
        minutes : that its unfolded text takes to read
        needs : what one needs to know beforehand
        """
        about = f"For {readers}; {minutes} minutes." + (f" {needs}" if needs else "")
        parts = {"Found": found, "How sure": sure, "What it does not show": not_shown}
        each = "<div>\n\n**{}**\n\n{}\n\n</div>"
        filled = {head: linked_prose(self.ledger, part, **values).strip() for head, part in parts.items()}
        said = "\n".join(each.format(head, part) for head, part in filled.items())
        display(Markdown(f'<div class="nb-opening">\n\n*{about}*\n\n{said}\n</div>'))

    def markup(self, html: str) -> None:
        """Display markup as it is."""
        display(HTML(html))

    def table(
        self,
        frame: pd.DataFrame,
        caption: str,
        columns: Mapping[str, Sentences] | None = None,
        *,
        download: str = "",
        data: pd.DataFrame | None = None,
        digits: Mapping[str, int] | None = None,
        html_columns: Iterable[str] = (),
        folded: bool = False,
        key: Mapping[str, str] | None = None,
        line: str = "",
        classes: str = "",
    ) -> None:
        """Display a table that scrolls sideways on a narrow screen.

        Parameters
        ----------
        frame : the table
        caption : what it shows and where the numbers come from
        columns : for each heading what every row fills, see :func:`shown`; by default the columns as they are
        download : file name (without ending) of the CSV that is offered; by default made from the caption
        data : what to offer instead of the table as it is shown
        digits : significant digits of columns of what is offered, where not as :mod:`netterbook.precision` has them
        html_columns : headings whose cells are markup already
        folded : show only the caption until it is opened
        key : what each column of the download means; shown beneath, folded, and offered beside the table
        line : markup that follows the caption
        classes : of the table beside its own, for the style sheet

        Raises
        ------
        ValueError
            If the key has not just the columns of the download.
        """
        words = frame if columns is None else shown(frame, columns)
        ready = significant(words).astype(object)
        for column in words.columns:
            if column not in html_columns:
                ready[column] = [escape(str(cell)) for cell in ready[column]]
        table = ready.to_html(
            index=False, escape=False, border=0, classes=f"nb-table {classes}".strip(), justify="left"
        )
        table = table.replace("<th></th>", "<td></td>")  # an empty corner heads nothing
        offered = words if data is None else data
        download = download or self._file_name(caption)
        link = download_link(offered, download, digits=digits)
        meanings = ""
        if key is not None:
            if set(key) != set(offered.columns):
                raise ValueError(f"the key of {download}.csv and its columns differ: {set(key) ^ set(offered.columns)}")
            meanings = column_key(key, download)
        wide = f'<div class="nb-scroll">{table}</div>'
        head = f"{escape(caption)} · {line}" if line else escape(caption)
        if folded:
            body = f"<details><summary>{head}</summary>{wide}{link}{meanings}</details>"
        else:
            body = f'<div class="nb-caption">{head} {link}</div>{wide}{meanings}'
        display(HTML(f'<div class="nb-block">{body}</div>'))

    def _file_name(self, caption: str) -> str:
        """:func:`file_name`, numbered from the second table of the page whose caption begins alike."""
        name = file_name(caption)
        self._named[name] += 1
        return name if self._named[name] == 1 else f"{name}_{self._named[name]}"

    def published_table(self, paper: str, name: str, folded: bool = True) -> None:
        """Display a table as the paper prints it, with the CSV to take away."""
        raw, document = papers.table(paper, name, self.ledger.folder), self.documents[paper]
        resource = self._resource(paper, name)
        printed = raw.drop(columns=["row", "unit", "measure"], errors="ignore")
        if {"label", "unit"} <= set(raw):
            units = [unit if unit not in ("patients", "%", "") else "" for unit in raw["unit"]]
            printed["label"] = [
                label if not unit or unit in label else f"{label}, {unit}"
                for label, unit in zip(raw["label"], units, strict=True)
            ]
        heads = {f["name"]: f["description"].partition(", cell as printed")[0] for f in resource["schema"]["fields"]}
        heads |= {"section": "Section", "label": "Row", "time": "Months", "p": "P"}
        heads |= {arm.key: text.capital(arm.name) for arm in document.arms}
        caption = f"{resource['title']}, as printed in {document.title}, p. {resource['netterbook']['page']}"
        key = {f["name"]: f["description"] for f in resource["schema"]["fields"]}
        self.table(printed.rename(columns=heads), caption, download=f"{paper}_{name}", data=raw, folded=folded, key=key)

    def _resource(self, paper: str, name: str) -> dict[str, Any]:
        return next(r for r in papers.resources(self.ledger.folder) if r["name"] == f"{paper}-{name}")

    def verdicts(self, claim_ids: Iterable[str], caption: str, *, download: str = "", folded: bool = True) -> None:
        """Display claims with the number printed, the number recomputed, how, and the verdict: their :func:`tally`,
        which opens.
        """
        ledger, claim_ids = self.ledger, list(claim_ids)
        found = []
        for claim_id in claim_ids:
            claim, check = ledger[claim_id], ledger.leading(claim_id)
            unit = claim.unit if claim.unit != "%" else ""
            about = ", ".join(s for s in (self.explained.group(claim), claim.place, unit) if s)
            quantity = escape(text.capital(claim.quantity)) + _note(about, "whose, and where it is printed")
            how = escape(check.method) + _note(check.note, "remarks") if check.method else escape(check.note)
            others = [c for c in ledger.checks.get(claim_id, []) if c is not check]
            if others:
                lines = "".join(f"<li>{escape(c.method)}: {c.verdict}, {escape(c.recomputed)}</li>" for c in others)
                which = "another check" if len(others) == 1 else f"{len(others)} other checks"
                how += f'<details class="nb-more"><summary>{which}</summary><ul>{lines}</ul></details>'
            worth = would_pass(check.passing, check.forms)
            verdict = verdict_link(check.verdict, claim_id) if self._of_book else badge(check.verdict)
            found.append((quantity, verdict, claim.printed, check.recomputed, worth, how))
        if self._legend and self._of_book:
            self.markup(self._legend)
            self._legend = ""
        frame = pd.DataFrame(found, columns=["Quantity", "Verdict", "Printed", "Recomputed", "Would pass", "How"])
        data = ledger.frame()
        data = data[data["claim_id"].isin(claim_ids)]
        html = ("Quantity", "How", "Verdict")
        line = (
            f'<span class="nb-tally">{verdict_tally(ledger.leading(claim_id).verdict for claim_id in claim_ids)}</span>'
        )
        key = LEDGER_KEY if download else None
        self.table(frame, caption, download=download, data=data, html_columns=html, folded=folded, key=key, line=line)

    def whole_ledger(self) -> None:
        """Display every claim of every paper in a table that can be searched, filtered and sorted, with a download.

        An address such as ``ledger.html?verdict=possible&paper=netter2`` asks for rows, and
        ``ledger.html#netter1.results.pfs_hr`` opens one.
        """
        frame = self.ledger.frame()
        link = download_link(frame, "ledger", f"Download all {len(frame):,} numbers as CSV")
        key = column_key(LEDGER_KEY, "ledger")
        display(HTML(f'<div class="nb-block">{link}{key}</div>'))
        display(HTML(whole_table(self.explained)))

    def whole_facts(self) -> None:
        """Display every reference fact with a row of its own, to which ``facts.html#F082`` leads, and a download."""
        known, said = facts.read(self.ledger.folder), cited.read(self.ledger.folder)
        days = entered(self.ledger.folder)
        rows = [
            (
                f.id, f.topic, f.quantity, f.text, f.low_text, f.high_text, f.unit, f.population, f.source, f.how_read,
                days[f.id],
            )
            for f in known.values()
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=[*FACT_KEY][:-1]).assign(sentence=lambda row: row["id"].map(said).fillna(""))
        link = download_link(frame, "facts", f"Download all {len(frame)} facts as CSV")
        display(HTML(f'<div class="nb-block">{link}{column_key(FACT_KEY, "facts")}</div>'))
        display(HTML(facts_table(self.explained)))

    def claims_at(self, paper: str, *places: str) -> list[str]:
        """Ids of the claims of a paper that stand in any of these places."""
        return [c.id for c in self.ledger.claims.values() if c.paper == paper and c.place in places]

    def summary(self, paper: str | None = None, by: str = "") -> None:
        """Display how many claims have which verdict, ``by`` paper, place or measure; by default, by paper or, for one
        paper, by place. Ticks of axes are left out.
        """
        by = by or ("place" if paper else "paper")
        table = self.ledger.summary(self.ledger.frame(paper=paper), by)
        named = kind if by == "measure" else lambda key: self.documents[key].title if key in self.documents else key
        names = [named(key) for key in table.index]
        counted = table.reset_index(drop=True)
        counted.insert(0, {"measure": "Kind"}.get(by, text.capital(by)), names)
        caption = "Claims by verdict; ticks of axes are not counted"
        self.table(counted, caption, download="_".join(x for x in (paper or "all", "summary", by) if x))

    def figure(
        self,
        chart: Chart,
        name: str,
        *,
        caption: str,
        alt: str,
        sources: Iterable[tuple[str, str]] = (),
        fact_ids: Iterable[str] = (),
        **values: object,
    ) -> None:
        """Display a chart that follows the page's width and theme, with its caption, its data and its pictures.

        Parameters
        ----------
        name : of its files, without ending, and of its address
        caption : what it shows and where the numbers come from, filled as by :func:`prose`
        alt : what one sees in it, for those who do not, filled likewise
        sources : papers and tables that it is drawn from, each offered as CSV
        fact_ids : reference facts that it is drawn from besides those that the caption names, offered likewise
        """
        said, told = self.prose(caption, **values), self.prose(alt, **values)
        drawn_from = [self._sources(sources), self._fact_source((*named_facts(said), *fact_ids), name)]
        self.markup(figure_markup(chart, name, said, told, "; ".join(filter(None, drawn_from))))

    def _fact_source(self, ids: Iterable[str], name: str) -> str:
        ids = list(dict.fromkeys(ids))
        if not ids:
            return ""
        known = facts.read(self.ledger.folder)
        told = [known[fact_id] for fact_id in ids]
        link = download_link(_fact_rows(told), f"{name}_facts", "CSV")
        return f"{len(told)} reference {'facts' if len(told) > 1 else 'fact'}, with their sources ({link})"

    def source(self, *tables: tuple[str, str], note: str = "") -> None:
        """Display the line under a figure that names its data, each with a download."""
        said = self._sources(tables) + (f". {escape(note)}" if note else "")
        display(HTML(f'<p class="nb-source">Data: {said}</p>'))

    def _sources(self, tables: Iterable[tuple[str, str]]) -> str:
        links = []
        for paper, name in tables:
            place = self._resource(paper, name)["netterbook"]["place"] or "text"
            link = download_link(papers.table(paper, name, self.ledger.folder), f"{paper}_{name}", "CSV")
            links.append(f"{self.documents[paper].title}, {place} ({link})")
        return "; ".join(links)

    def parameters(self, model: type[Parameters]) -> None:
        """Display the parameters of a chapter, their defaults and meanings."""
        frame = pd.DataFrame(rows(model), columns=["Parameter", "Default", "Meaning"])
        self.table(frame, "Parameters of this chapter")

    def facts(self, ids: Iterable[str], caption: str, *, folded: bool = False) -> None:
        """Display reference facts, which this book cites and does not recompute: a sentence each, with source and
        confidence. Their rows, as they are stored, can be taken away.

        Raises
        ------
        KeyError
            For an unknown or unverified fact.
        DataError
            For a fact without a sentence.
        """
        known, sentences = facts.read(self.ledger.folder), cited.read(self.ledger.folder)
        told = [known[fact_id] for fact_id in ids]
        words = pd.DataFrame(
            [(cited.sentence(sentences, f.id), f"{f.source} ({f.how_read}; {f.id})") for f in told],
            columns=["What was reported", "Source"],
        )
        data = _fact_rows(told).assign(sentence=words["What was reported"])
        name = f"facts_{told[0].id}_{told[-1].id}" if told else ""
        self.table(words, caption, download=name, data=data, folded=folded, classes="nb-cited")

    def patients(self, found: PatientSets, name: str, experimental: str, command: str) -> None:
        """Display a download of the first reconstructed sets with a data dictionary and what they are not.

        Parameters
        ----------
        found : the sets
        name : file name without ending
        experimental : name of that arm
        command : how to make any number of sets
        """
        data = found.first(_SETS).patients
        sets, size = data["draw"].nunique(), found.time.shape[1]
        meanings = [(name, text.fill(said, {"experimental": experimental})) for name, said in PATIENT_COLUMNS.items()]
        frame = pd.DataFrame(meanings, columns=["Column", "Meaning"])
        caption = f"{sets} sets of {size} reconstructed patients, {name}.csv"
        self.table(frame, caption, download=name, data=data, digits={"time": 9})  # millionths of a month below 1000
        self.say(
            "**These are not the trial's patients.** They are sets of times that agree with what was printed; which "
            "patient had which time, sex or tumour is not in them. Analyse every set and pool the results, never one "
            "set alone. They cannot show what the printed numbers do not imply, such as an effect in a subgroup. "
            "For more sets: `{command}`.",
            command=command,
        )
