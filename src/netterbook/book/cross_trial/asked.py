"""The studies beside each other, chosen by line, treatment and how they were read, with interval and source of each."""

from __future__ import annotations

import pandas as pd

from netterbook.book.ask.rows import AskedAxis, AskedFilter, AskedSort, claim_lines, rows_asked
from netterbook.ledger import Ledger

_ENDPOINTS = {"PFS": "progression or death", "OS": "death", "TTP": "progression"}


def studies_asked(ledger: Ledger, table: pd.DataFrame) -> str:
    """Markup of the hazard ratios of a table of :func:`.side_by_side`."""
    rows = table[table["hr_value"].notna()].reset_index(drop=True)
    frame = rows.assign(
        endpoint=rows["endpoint"].replace(_ENDPOINTS),
        value=rows["hr_value"],
        low=rows["hr_low"].fillna(rows["hr_value"]),
        high=rows["hr_high"].fillna(rows["hr_value"]),
        line=rows["line"].replace("", "not among the facts"),
        of_ledger=rows["claims"] > 0,
        known_crossover=rows["crossover"] != "",
        known_population=rows["population"] != "",
        known_n=(rows["n"] != "") & (rows["n_comparator"] != ""),
    )
    frame["label"] = frame["study"] + ", " + frame["endpoint"]
    claims = [claim_lines(ledger, row.facts.split() if row.of_ledger else []) for row in frame.itertuples(index=False)]
    return rows_asked(
        "all_studies",
        frame,
        claims,
        summary="Ask this figure: choose studies by line, treatment and kind of source, and see the source of each",
        note=(
            "Hazard ratios with 95% intervals as printed; a dot alone has none. Patients, comparators and lines "
            "of treatment differ between these studies: rows beside each other "
            "are no comparison of their treatments."
        ),
        estimate="{hr}",
        lines=[
            "{treatment} against {comparator}; {design}",
            "{known_population:Patients: {population}; line|Line} of treatment: {line}",
            "{known_n:{n} and {n_comparator} patients|}",
            "{known_crossover:{crossover} of the comparator’s patients crossed over|}",
            "Source: {source}; read in {read}",
            "{of_ledger:|Facts {facts}}",
        ],
        axis=AskedAxis("Hazard ratio", 1.0, log=True, ticks=(0.1, 0.2, 0.5, 1, 2)),
        sorts=[
            AskedSort("the order of the table below"),
            AskedSort("hazard ratio, smallest first", "value"),
            AskedSort("hazard ratio, largest first", "value", falls=True),
        ],
        filters=[
            AskedFilter("endpoint", "End point", "all"),
            AskedFilter("line", "Line of treatment", "all"),
            AskedFilter("treatment", "Treatment", "all"),
            AskedFilter("confidence", "Kind of source", "all"),
        ],
    )
