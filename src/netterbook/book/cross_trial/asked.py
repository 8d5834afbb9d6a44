"""What can be asked across the trials: the studies, by line, treatment and how they were read; models and horizons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from netterbook.book.ask.models import AskedModels, models_asked
from netterbook.book.ask.rows import AskedAxis, AskedFilter, AskedSort, claim_lines, rows_asked
from netterbook.book.chart import Chart
from netterbook.book.cross_trial.figures.models import MODEL
from netterbook.book.cross_trial.long_term import YEARS, FittedTrial
from netterbook.ledger import Ledger

_ENDPOINTS = {"PFS": "progression or death", "OS": "death", "TTP": "progression"}


class _Measure(NamedTuple):
    """A number of a group, or of both together: what it is called, and its columns."""

    name: str
    column: str
    comparator: bool = False
    """Whether it is that of the comparator."""


_MEASURES = (
    _Measure("hazard ratio", "hr"),
    _Measure("median, months", "median"),
    _Measure("median, months", "median_comparator", comparator=True),
    _Measure("response, %", "response"),
    _Measure("response, %", "response_comparator", comparator=True),
)
_AXES = {
    "hazard ratio": AskedAxis("Hazard ratio", 1.0, log=True, ticks=(0.1, 0.2, 0.5, 1, 2)),
    "median, months": AskedAxis("Median, months", None),
    "response, %": AskedAxis("Objective response, %", None),
}


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each number of a study: ``measure``, ``given`` (treatment of the group, or of the trial), ``against``,
    ``printed``, ``value``, ``low`` and ``high`` beside the columns of the table; hazard ratios first.
    """
    parts = []
    for name, column, comparator in _MEASURES:
        own = table[table[f"{column}_value"].notna()]
        ends = {end: own[f"{column}_{end}"].fillna(own[f"{column}_value"]) for end in ("low", "high")}
        parts.append(
            own.assign(
                measure=name,
                given=own["comparator" if comparator else "treatment"],
                against=own["comparator"] if column == "hr" else "",
                patients=own["n_comparator" if comparator else "n"],
                printed=own[column],
                value=own[f"{column}_value"],
                **ends,
            ).assign(number=own.index)
        )
    order = {measure: place for place, measure in enumerate(_AXES)}
    whole = pd.concat(parts).assign(kind=lambda rows: rows["measure"].map(order))
    return whole.sort_values(["kind", "number"], kind="stable", ignore_index=True)


def studies_asked(ledger: Ledger, table: pd.DataFrame) -> str:
    """Markup of the hazard ratios, medians and responses of a table of :func:`.side_by_side`."""
    rows = _numbers(table)
    ratio, response = rows["measure"] == "hazard ratio", rows["measure"] == "response, %"
    frame = rows.assign(
        endpoint=rows["endpoint"].replace(_ENDPOINTS).mask(response, "response"),
        line=rows["line"].replace("", "not among the facts"),
        of_ledger=rows["claims"] > 0,
        compared=ratio,
        beside=~ratio & (rows["comparator"] != ""),
        known_crossover=ratio & (rows["crossover"] != ""),
        known_population=rows["population"] != "",
        known_n=ratio & (rows["n"] != "") & (rows["n_comparator"] != ""),
        known_own=(rows["measure"] == "median, months") & (rows["patients"] != ""),
    )
    group = frame["given"].where(~ratio, "")
    frame["label"] = frame["study"] + ", " + group + group.map(lambda name: ", " if name else "") + frame["endpoint"]
    claims = [claim_lines(ledger, row.facts.split() if row.of_ledger else []) for row in frame.itertuples(index=False)]
    return rows_asked(
        "cross_trial_all_studies",
        frame,
        claims,
        summary="Ask this figure: choose studies by line, treatment and kind of source, and see the source of each",
        note=(
            "Numbers and intervals as printed, 95% where nothing else is said; a dot alone has none, and an arrow "
            "stands for an end that is not reached. Patients, comparators, lines of treatment and, for responses, who "
            "is counted differ between these studies: rows beside each other are no comparison of their treatments."
        ),
        estimate="{printed}",
        lines=[
            "{compared:{treatment} against {comparator}|{given}}"
            "{beside:, where {treatment} was compared with {comparator}|}; {design}",
            "{known_population:Patients: {population}; line|Line} of treatment: {line}",
            "{known_n:{n} and {n_comparator} patients|}{known_own:{patients} patients|}",
            "{known_crossover:{crossover} of the comparator’s patients crossed over|}",
            "Source: {source}; read in {read}",
            "{of_ledger:|Facts {facts}}",
        ],
        axis=_AXES,
        measure="measure",
        sorts=[
            AskedSort("the order of the table below"),
            AskedSort("number, smallest first", "value"),
            AskedSort("number, largest first", "value", falls=True),
        ],
        filters=[
            AskedFilter("measure", "Number"),
            AskedFilter("endpoint", "End point", "all"),
            AskedFilter("line", "Line of treatment", "all"),
            AskedFilter("given", "Treatment", "all"),
            AskedFilter("confidence", "Kind of source", "all"),
        ],
    )


def extrapolation_asked(chart: Chart, fitted: Sequence[FittedTrial], level: float) -> str:
    """Markup of the models beyond the follow-up, drawn from a chart of :func:`.benefit_so_far`.

    Parameters
    ----------
    level : of the intervals
    """
    trials = [
        AskedModels(
            each.trial.name, each.trial.headings, each.fits, each.fits_sampled, each.followed, each.median_follow_up
        )
        for each in fitted
    ]
    return models_asked(
        "cross_trial_benefit_so_far",
        chart,
        trials,
        level=level,
        horizon=12 * min(YEARS),
        colours=MODEL,
        rate="free of progression",
    )
