"""The share of one-digit misprints that arithmetic alone catches: the measure of a ledger.

Every part of every claim is changed in turn as a slip of the pen would change it, and all checks are run again. The
slip is caught where a check says *differs* that did not say so before, be it of this claim or of another. A verdict
that merely becomes weaker is not counted: whoever does not know the right number would not notice. ``netterbook
misprints`` stores what it finds in ``data/misprints.csv``, with a fingerprint of the numbers and of the sources that
checked them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from joblib import Parallel, delayed

from netterbook import papers
from netterbook.audit import recovered, with_checks
from netterbook.claims import AXIS, Check, Claim, Verdict
from netterbook.ledger import COPY, Ledger
from netterbook.printed import Printed
from netterbook.sources import code_of, imported_sources

STORED_MISPRINTS = Path("misprints.csv")
MISPRINT_COLUMNS = ["claim", "part", "printed", "misprint", "caught", "by", "method"]
BATCH = 25
"""Misprints that a process tries before it reports."""

_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
_OTHERS = {"none": "one", "half": "a third", "single": "double", "NE": "30", "not estimated": "30", "not reached": "30"}
_PACKAGE = Path(__file__).parents[1]


def misprint(text: str) -> str:
    """The string with its last number one higher in the last digit; the next word where it is a word.

    >>> [misprint(s) for s in ("63", "0·29", "<0.001", "75,999", "99%", "July 24, 2015", "Eight", "Ninety-six")]
    ['64', '0·30', '<0.002', '76,000', '100%', 'July 24, 2016', 'nine', 'Ninety-seven']
    """
    numbers = list(re.finditer(r"\d[\d.,·]*", text))
    if not numbers:
        first, dash, last = text.rpartition("-")
        return _OTHERS.get(text) or first + dash + _WORDS[_WORDS.index(last.lower()) + 1]
    start, end = numbers[-1].span()
    digits = list(text[start:end])
    for i in reversed([i for i, c in enumerate(digits) if c.isdigit()]):
        digits[i] = str((int(digits[i]) + 1) % 10)
        if digits[i] != "0":
            break
    else:
        digits.insert(0, "1")
    return text[:start] + "".join(digits) + text[end:]


class Slip(NamedTuple):
    """A part of a claim, and how it is printed wrongly."""

    claim: str
    part: str
    text: str


def misprints(claims: Mapping[str, Claim]) -> Iterator[Slip]:
    """One of every part of every claim but ticks of axes."""
    for claim in claims.values():
        if claim.measure != AXIS:
            for part, printed in claim.parts.items():
                yield Slip(claim.id, part, misprint(printed.text))


def differing(ledger: Ledger) -> dict[tuple[str, str], Check]:
    """The checks that differ, by claim and method."""
    checks = (check for claim_id in ledger.claims for check in ledger.checks.get(claim_id, []))
    return {(check.claim, check.method): check for check in checks if check.verdict is Verdict.DIFFERS}


def misprinted(claims: Mapping[str, Claim], wrong: Slip) -> dict[str, Claim]:
    """All claims, of which one is printed wrongly."""
    claim = claims[wrong.claim]
    text = Printed(wrong.text, claim.parts[wrong.part].exact)
    return {**claims, claim.id: replace(claim, parts=claim.parts | {wrong.part: text})}


def told_by(claims: Mapping[str, Claim], folder: Path, known: Iterable[tuple[str, str]], wrong: Slip) -> list[Check]:
    """The checks that tell a misprint: comparisons with another printing last, and before, those of the claim itself
    first. None where no check tells it.

    Parameters
    ----------
    claims : as :func:`.papers.load` has them, by id
    folder : the data folder that they are of
    known : claims and methods that differ in print, as by :func:`differing`
    wrong : what is printed wrongly
    """
    found = differing(with_checks(Ledger(misprinted(claims, wrong), folder)))
    new = [check for which, check in found.items() if which not in known]
    return sorted(new, key=lambda check: (check.method.startswith(COPY), check.claim != wrong.claim))


def try_all(folder: Path | None = None, jobs: int = -1, progress: Callable[[], None] = lambda: None) -> pd.DataFrame:
    """Every misprint tried, over processes of this machine (``jobs``, -1 for one a core).

    One row a misprint: ``claim`` and ``part``, as ``printed`` and as the ``misprint``; whether it is ``caught``, ``by``
    the check of which claim, and by which ``method``, both empty where it is not.
    """
    ledger = papers.load(folder)
    known = set(differing(with_checks(Ledger(dict(ledger.claims), ledger.folder))))
    tasks = (delayed(_tried)(ledger.claims, ledger.folder, known, some) for some in batches(ledger.claims))
    rows = []
    for part in Parallel(n_jobs=jobs, return_as="generator")(tasks):
        rows += part
        progress()
    return pd.DataFrame(rows, columns=MISPRINT_COLUMNS)


def batches(claims: Mapping[str, Claim]) -> list[list[Slip]]:
    """All misprints, those together that one process tries."""
    found = list(misprints(claims))
    return [found[i : i + BATCH] for i in range(0, len(found), BATCH)]


def _tried(
    claims: Mapping[str, Claim], folder: Path, known: set[tuple[str, str]], some: Iterable[Slip]
) -> list[tuple[str, str, str, str, bool, str, str]]:
    rows = []
    for wrong in some:
        by, method = next(((c.claim, c.method) for c in told_by(claims, folder, known, wrong)), ("", ""))
        printed = claims[wrong.claim].parts[wrong.part].text
        rows.append((wrong.claim, wrong.part, printed, wrong.text, bool(by), by, method))
    return rows


def fingerprint_of_checks(folder: Path) -> str:
    """Of all that the table depends on: the printed numbers, what else the checks read, and their sources."""
    digest = sha256(repr(papers.load(folder).claims).encode())
    read = [folder / "papers.yml", *sorted(folder.glob("*/trial.yml")), folder / recovered.STORE]
    for path in read:
        digest.update(path.read_bytes() if path.is_file() else b"")
    for name in (*imported_sources(_PACKAGE, "audit/__init__.py", on_import=True), "audit/misprints.py"):
        digest.update(code_of(_PACKAGE / name))
    return digest.hexdigest()


def files(table: pd.DataFrame, folder: Path, path: Path) -> dict[Path, str]:
    """The table as it is stored at ``path``, with the fingerprint of a data folder beside it."""
    text = table.to_csv(index=False, lineterminator="\n")
    return {path: text, path.with_suffix(".sha256"): fingerprint_of_checks(folder) + "\n"}


def stored_misprints(folder: Path) -> pd.DataFrame | None:
    """The stored table, as by :func:`try_all`; None where there is none of these numbers and these sources."""
    path = folder / STORED_MISPRINTS
    made_of = path.with_suffix(".sha256")
    if not (path.is_file() and made_of.is_file()) or made_of.read_text().strip() != fingerprint_of_checks(folder):
        return None
    return pd.read_csv(path, dtype=str, keep_default_na=False).assign(caught=lambda t: t["caught"] == "True")


def noticed_shares(table: pd.DataFrame, ledger: Ledger, *by: str) -> pd.DataFrame:
    """How many misprints are caught, by ``paper``, ``place``, ``measure`` or ``verdict`` of the number, or several.

    Columns: those of ``by``; ``misprints``; ``recomputed``, those that a recomputation tells, and ``compared``, those
    that only another printing of the number does; ``share``, of 1, that either tells.
    """
    frame = ledger.frame().set_index("claim_id").loc[table["claim"], list(by)].reset_index(drop=True)
    compared = table["method"].str.startswith(COPY)
    told = {"misprints": 1, "recomputed": table["caught"] & ~compared, "compared": compared, "share": table["caught"]}
    frame = frame.assign(**{name: column if isinstance(column, int) else column.array for name, column in told.items()})
    how = {"misprints": "sum", "recomputed": "sum", "compared": "sum", "share": "mean"}
    return frame.groupby(list(by), sort=False).agg(how).reset_index()


def total(table: pd.DataFrame, ledger: Ledger) -> dict[str, int | float]:
    """Of ``all`` misprints those ``caught``, their ``share``, those that a recomputation tells (``recomputed``) and
    those that only another printing does (``compared``); those ``left``, and of these those of numbers ``recorded``.
    """
    compared = table["method"].str.startswith(COPY)
    left = table.loc[~table["caught"], "claim"]
    return {
        "all": len(table), "caught": int(table["caught"].sum()), "share": float(table["caught"].mean()),
        "recomputed": int((table["caught"] & ~compared).sum()), "compared": int(compared.sum()), "left": len(left),
        "recorded": sum(ledger.leading(claim_id).verdict is Verdict.RECORDED for claim_id in left),
    }  # fmt: skip
