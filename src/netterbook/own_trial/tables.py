"""Tables as printed, read into claims: groups by the headings, sections and rows by their labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from netterbook.claims import Claim
from netterbook.errors import DataError
from netterbook.files import read_limited
from netterbook.own_trial.cells import Cell, check_group_size, check_limits_of_a_ratio, read_cell, read_p
from netterbook.own_trial.record import Group, PrintedTable, TrialRecord
from netterbook.printed import Printed
from netterbook.reconstruction.tables import decoded, raw_table

OWN_TRIAL = "trial"
"""Paper of the claims, and first part of their ids."""
_LARGEST = 5_000_000  # bytes of a table
_SIZE = re.compile(r"[\(\[]?\s*\b[nN]\s*=\s*(\d[\d,]*)\s*[\)\]]?")
_SEVERE = re.compile(r"grades?\s*(?:≥|>=|>)?\s*[345]\b|severe|serious|≥\s*grade\s*3", re.IGNORECASE)
_ANY = re.compile(r"\b(?:any|all)\b(?:\s+grades?)?", re.IGNORECASE)
_P = re.compile(r"p(?:[\s-]*value)?s?", re.IGNORECASE)
_TOTAL = re.compile(r"total|overall|all(?: patients)?|both(?: groups)?", re.IGNORECASE)
_SECTION = re.compile(r"section|category|characteristic group", re.IGNORECASE)
_ESTIMATE = {
    "hazard_ratio": r"(?i:hazard ratio)|\bHR\b",
    "odds_ratio": r"(?i:odds ratio)|\bOR\b",
    "difference": r"(?i:difference)",
}
_SIZES = re.compile(r"n|no\.?(?: of patients)?|number of patients|patients|patients,? n|all patients", re.IGNORECASE)


class Column(NamedTuple):
    """What a column of a table holds: ``key`` in the ids of its claims; the size that its heading prints."""

    kind: Literal["section", "arm", "total", "p", "estimate"]
    key: str
    arm: str = ""
    severe: bool = False
    size: str = ""
    measure: str = ""


class Row(NamedTuple):
    """A row of a table: its key, section and label, and the line of the file."""

    key: str
    section: str
    label: str
    line: int
    cells: dict[str, Cell]


@dataclass
class ReadTable:
    """A table and its claims."""

    key: str
    about: PrintedTable
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.about.title or self.about.file

    @property
    def sized(self) -> set[str]:
        """Columns whose group's size the table prints."""
        headed = {column.key for column in self.columns if column.size}
        own = (row.cells for row in self.rows if row.key == "n")
        return headed | {key for cells in own for key, cell in cells.items() if "count" in cell.parts}

    @property
    def stem(self) -> str:
        """First part of the ids of its claims."""
        return f"{OWN_TRIAL}.{self.key}"

    def sections(self) -> dict[str, list[Row]]:
        """Rows with a section, by section."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.section:
                found.setdefault(row.section, []).append(row)
        return found


def key_of(words: str) -> str:
    """Words as a part of an id.

    >>> key_of("Grade ≥3 events, n (%)"), key_of("¹⁷⁷Lu-Dotatate"), key_of("—")
    ('grade_3_events_n', '177lu_dotatate', 'row')
    """
    plain = words.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")).casefold()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "row"


def read_table(folder: Path, about: PrintedTable, record: TrialRecord, faults: list[str]) -> ReadTable | None:
    """A table of a trial's folder, with its claims; what is wrong with it is added to ``faults``, a line each.

    The first column holds the labels of the rows; a row whose other cells are blank is the heading of those below it,
    unless a column is headed *section*. Other columns are headed with the name of a group, with *any grade* or
    *grade 3 or higher* where the table has both, *total*, *P*, *hazard ratio* or *odds ratio*. ``(n=116)`` in a heading
    or a row called *n* gives the size of the group. Separators are found by their number, decimal commas by
    :func:`decimal_commas`.
    """
    before = len(faults)
    try:
        lines = list(_lines(folder / about.file, faults))
    except DataError as error:
        faults.append(f"{about.file}: {error}")
        return None
    (_, heads), *body = lines
    columns = [_column(head, record, f"{about.file}, line 1", faults) for head in heads[1:]]
    found = ReadTable(key_of(Path(about.file).stem), about, [column for column in columns if column])
    for column in found.columns:
        same = [other for other in found.columns if other.key == column.key]
        if len(same) > 1 and same[0] is not column:
            faults.append(f"{about.file}, line 1: two columns are read as {column.key!r}; head each in its own words")
            return None
    _read_rows(found, columns, heads[1:], body, faults)
    for name in about.each_once:
        if name not in found.sections():
            known = ", ".join(found.sections()) or "none"
            faults.append(f"{about.file}: each_once names {name!r}, which is no section; there are: {known}")
    if len(faults) > before:
        return None
    _claim(found, record)
    return found


def with_points(label: str, *cells: str) -> list[str]:
    """The cells of a line whose commas are decimal signs, with decimal points in their place, but for the label.

    >>> with_points("Age, mean (SD)", "35,2 (8,7)", "0,62 (0,41–0,93)")
    ['Age, mean (SD)', '35.2 (8.7)', '0.62 (0.41–0.93)']
    """
    return [label, *(re.sub(r"(?<=\d),(?=\d)", ".", cell) for cell in cells)]


def decimal_commas(cells: Iterable[str]) -> bool:
    """Whether commas are decimal signs: a cell begins with one that groups no thousands, and none has a decimal point.

    >>> decimal_commas(["1,204", "35,2 (8,7)"]), decimal_commas(["1,204 (35)"]), decimal_commas(["35,2", "0.4"])
    (True, False, False)
    """
    cells = list(cells)
    return any(map(_COMMA.match, cells)) and not any(map(_POINT.search, cells))


_COMMA, _POINT = re.compile(r"(?:p\s*)?[<>≤≥=]?\s*[-−]?\d+,\d{1,2}(?!\d)", re.IGNORECASE), re.compile(r"\d[.·]\d")


def _lines(path: Path, faults: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that is not blank; the first are the headings. A line of more or fewer cells
    is added to ``faults``, but for a label alone, which heads those below it.
    """
    try:
        table = raw_table(decoded(read_limited(path, _LARGEST)), path.name)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise DataError(str(error)) from None
    width = len(table.rows[0][1]) if table.rows else 0
    if width < 2:
        raise DataError("its first line has no two columns; separate columns by commas")
    decimal = decimal_commas(cell for _, cells in table.rows[1:] for cell in cells[1:])
    for place, (line, cells) in enumerate(table.rows):
        if any(cells[width:]) or 1 < len(cells) < width:
            mend = "put a cell that holds the separator, or a decimal comma, in double quotes"
            if len(cells) < width:
                mend = "add the missing ones, blank where nothing is printed"
            faults.append(
                f"{path.name}, line {line}, row {cells[0]!r}: has {len(cells)} cells for {width} columns; {mend}"
            )
            continue
        whole = cells[:width] + [""] * (width - len(cells))
        yield line, with_points(*whole) if decimal and place else whole


def _column(head: str, record: TrialRecord, where: str, faults: list[str]) -> Column | None:
    """What a heading says; None, with a fault, where it says nothing known."""
    size = _SIZE.search(head)
    words = " ".join(_SIZE.sub(" ", head).split())
    n = size[1].replace(",", "") if size else ""
    try:
        check_group_size(n or "1")
    except DataError as error:
        faults.append(f"{where}, column {head!r}: {error}")
        return None
    if _SECTION.fullmatch(words):
        return Column("section", "section")
    if _P.fullmatch(words):
        return Column("p", "p")
    for measure, pattern in _ESTIMATE.items():
        if re.search(pattern, words):
            return Column("estimate", measure, measure=measure)
    group, rest = _group(words, record)
    if group is not None:
        severe, any_grade = bool(_SEVERE.search(rest)), bool(_ANY.search(rest))
        arm = key_of(group.name)
        return Column("arm", arm + ("_severe" if severe else "_any" if any_grade else ""), arm, severe, n)
    if _TOTAL.fullmatch(words):
        return Column("total", "total", size=n)
    names = ", ".join(group.name for group in record.groups)
    faults.append(
        f"{where}, column {head!r}: is no group of trial.yml ({names}), nor section, total, P, hazard ratio or odds "
        "ratio; head it so, or add the name to the group's also"
    )
    return None


def _group(words: str, record: TrialRecord) -> tuple[Group | None, str]:
    """The group that a heading begins with or holds, of the longest name, and what else it says."""
    names = sorted(((name, group) for group in record.groups for name in group.names), key=lambda pair: -len(pair[0]))
    for name, group in names:
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE)
        if found:
            return group, words[: found.start()] + words[found.end() :]
    return None, words


def _read_rows(
    found: ReadTable,
    columns: list[Column | None],
    heads: list[str],
    body: list[tuple[int, list[str]]],
    faults: list[str],
) -> None:
    headed = any(column and column.kind == "section" for column in columns)
    section, keys = "", set()
    for line, (label, *texts) in body:
        own = {c.key: text for c, text in zip(columns, texts, strict=True) if c}
        if headed:
            section = own.pop("section", "")
        elif not any(own.values()):
            section = label
            continue
        key = "n" if _SIZES.fullmatch(label) else key_of(label)
        key = f"{key_of(section)}_{key}" if key in keys and section else key
        while key in keys:
            key += "_again"
        keys.add(key)
        cells = {}
        for column in found.columns:
            if column.kind == "section":
                continue
            try:
                cell = _cell(column, own[column.key], label)
                if key == "n" and cell is not None and "count" in cell.parts:
                    check_group_size(cell.parts["count"])
            except DataError as error:
                head = heads[columns.index(column)]
                faults.append(f"{found.about.file}, line {line}, row {label!r}, column {head!r}: {error}")
                continue
            if cell is not None:
                cells[column.key] = cell
        found.rows.append(Row(key, section, label, line, cells))


def _cell(column: Column, text: str, label: str) -> Cell | None:
    if column.kind == "p":
        said = read_p(text)
        return Cell("P value", {"p": said}) if said else None
    cell = read_cell(text, label)
    if cell is not None and column.measure in _RATIOS and "low" in cell.parts:
        check_limits_of_a_ratio(text, Printed(cell.parts["low"]), Printed(cell.parts["high"]))
    return cell


_RATIOS = ("hazard_ratio", "odds_ratio")


_MEASURES = {"count": "count", "n": "count", "percent": "percent", "mean": "mean", "p": "p_value", "point": "quantity"}
_ESTIMATED = {"hazard ratio": "hazard_ratio", "odds ratio": "odds_ratio", "median": "median"}


def _claim(found: ReadTable, record: TrialRecord) -> None:
    """Make the claims of a table: sizes of its groups first, then cell by cell."""
    for column in found.columns:
        if column.kind in ("arm", "total") and column.size:
            found.claims.append(_size(found, column, column.size, record))
    for row in found.rows:
        for column in found.columns:
            if column.key not in row.cells:
                continue
            cell = row.cells[column.key]
            if row.key == "n" and "count" in cell.parts:
                if not column.size:
                    found.claims.append(_size(found, column, cell.parts["count"], record))
                continue
            found.claims += list(_cell_claims(found, row, column, cell, record))


def _size(found: ReadTable, column: Column, text: str, record: TrialRecord) -> Claim:
    main = "" if found.about.population or column.kind == "total" else size_claim(column.arm)
    return Claim(
        f"{found.stem}.n.{column.key}.count", OWN_TRIAL, found.title, "", _named(column, record), "patients", "count",
        "patients", {"point": Printed(text, exact=True)}, same_as=main,
    )  # fmt: skip


def size_claim(arm: str) -> str:
    """The claim of a group's size in the record.

    >>> size_claim("placebo")
    'trial.record.n.placebo.count'
    """
    return f"{OWN_TRIAL}.record.n.{arm}.count"


def _named(column: Column, record: TrialRecord) -> str:
    name = next((group.name for group in record.groups if key_of(group.name) == column.arm), "")
    return f"{name}, severe" if column.severe else name


def _cell_claims(found: ReadTable, row: Row, column: Column, cell: Cell, record: TrialRecord) -> Iterator[Claim]:
    stem = f"{found.stem}.{row.key}.{column.key}"
    about = ", ".join(part for part in (row.section, row.label) if part)
    limits = {part: Printed(cell.parts[part]) for part in ("low", "high", "sd") if part in cell.parts}
    for part, text in cell.parts.items():
        if part in ("low", "high", "sd", "level"):
            continue
        measure = _MEASURES[part]
        if part == "point":
            said = column.measure.replace("_", " ") or row.label
            measure = next((m for words, m in _ESTIMATED.items() if re.search(words, said, re.IGNORECASE)), measure)
        exact = part in ("count", "n")
        whole = (f"{stem}.n",) if "n" in cell.parts else group_size(found, column, record)
        share = part == "percent" and column.kind in ("arm", "total")
        numerator = (f"{stem}.count",) if share and "count" in cell.parts else ()
        denominator = whole if share else ()
        said = {"percent": "percentage", "n": "of how many", "p": "P value"}.get(part, "")
        yield Claim(
            f"{stem}.{part}", OWN_TRIAL, found.title, f"line {row.line}", _named(column, record),
            ", ".join(words for words in (about, said) if words), measure, "%" if part == "percent" else "",
            {"point": Printed(text, exact=exact)} | (limits if part in ("point", "mean") else {}),
            level=f"{cell.parts.get('level', '95')}% CI" if "low" in limits else "", numerator=numerator,
            denominator=denominator,
        )  # fmt: skip


def group_size(found: ReadTable, column: Column, record: TrialRecord) -> tuple[str, ...]:
    """Claims that add up to the size of a column's group: as the table prints it, else as the record does."""
    keys = ("total",) if column.kind == "total" else (column.key, f"{column.arm}_any", column.arm)
    own = next((key for key in keys if key in found.sized), "")
    if own:
        return (f"{found.stem}.n.{own}.count",)
    groups = record.groups if column.kind == "total" else [g for g in record.groups if key_of(g.name) == column.arm]
    return tuple(size_claim(key_of(group.name)) for group in groups)
