"""Headlines of the trials as a table in Markdown, with what moved since an earlier run: headlines.py FILE.csv

FILE.csv holds the headlines of an earlier run, if there was one, and afterwards those of this.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from netterbook.audit import build_ledger, recovered
from netterbook.files import write_whole

COLUMNS = ["claim_id", "paper", "place", "quantity", "printed", "recomputed", "verdict"]


def headlines() -> pd.DataFrame:
    """Every hazard ratio, survival rate and response rate, and what reconstructed patients recover, a row each."""
    book = build_ledger()
    named = {target.claim for target in recovered.targets(book)}
    frame = book.frame()
    wanted = frame["claim_id"].isin(named) | (frame["measure"] == "hazard_ratio")
    wanted |= (frame["measure"] == "percent") & frame["quantity"].str.contains(r"\b(?:surviv|respon)", case=False)
    return frame.loc[wanted, COLUMNS].fillna("").astype(str)


def moved(before: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """What an earlier run had otherwise, a line each.

    >>> now = pd.DataFrame([["a", "p", "q", "r", "1", "2", "differs"]], columns=COLUMNS)
    >>> moved(now.assign(verdict="possible"), now), moved(now, now)
    (['a: verdict was possible, is differs'], [])
    """
    old = before.set_index("claim_id")
    said = [f"{name}: is no longer there" for name in old.index.difference(now["claim_id"])]
    for row in now.to_dict("records"):
        name = row["claim_id"]
        if name not in old.index:
            said.append(f"{name}: is new")
            continue
        changed = [column for column in COLUMNS[4:] if old.loc[name, column] != row[column]]
        said += [f"{name}: {column} was {old.loc[name, column]}, is {row[column]}" for column in changed]
    return said


def main(path: Path) -> None:
    now = headlines()
    before = pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else None
    print("## Headlines, as printed and as recomputed\n")
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for row in now.itertuples(index=False):
        print("| " + " | ".join(each.replace("|", "\\|") for each in row) + " |")
    print("\n## What moved since the last run\n")
    said = ["There is no earlier run."] if before is None else moved(before, now) or ["Nothing."]
    print("\n".join(f"- {each}" for each in said))
    write_whole(path, now.to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
