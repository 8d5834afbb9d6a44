"""What the comparison across trials allows: statements of ``conclusions.yml`` with the values of their slots."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml

from netterbook import facts, trials
from netterbook.book.cross_trial.common_comparator import ratio_of_hazard_ratios
from netterbook.book.cross_trial.crossover_effects import overall_survival
from netterbook.book.cross_trial.long_term import last_at_risk
from netterbook.book.cross_trial.matching import RADIOLIGAND_TRIAL
from netterbook.book.cross_trial.median_ratios import medians_and_hazard_ratios
from netterbook.book.cross_trial.safety import harm
from netterbook.book.cross_trial.studies import of_progression
from netterbook.ledger import Ledger

_STATEMENTS = Path(__file__).with_name("conclusions.yml")


class Conclusion(NamedTuple):
    """A statement, whether it is supported, and on what ground: texts with slots, and the values of these."""

    statement: str
    supported: str
    ground: str
    values: Mapping[str, Any]


def conclusions(ledger: Ledger, table: pd.DataFrame, level: float) -> list[Conclusion]:
    """The statements that the studies of a table of :func:`.side_by_side` allow, at a confidence level."""
    values = _values(ledger, table, level)
    found = []
    for about in yaml.safe_load(_STATEMENTS.read_text(encoding="utf-8")):
        items = values[about.pop("each")] if "each" in about else [{}]
        found += [Conclusion(**about, values=values | item) for item in items]
    return found


def _values(ledger: Ledger, table: pd.DataFrame, level: float) -> dict[str, Any]:
    own = trials.read(ledger.folder)
    first, second = own["netter1"], own["netter2"]
    ratio = ratio_of_hazard_ratios(ledger, first, second, level)
    pairs = medians_and_hazard_ratios(table).set_index(["study", "endpoint"])
    placebo = of_progression(table[table["comparator"] == "placebo"]).dropna(subset=["median_comparator_value"])
    placebo = placebo.sort_values("median_comparator_value", kind="stable").to_dict("records")
    deaths = overall_survival(table).dropna(subset=["hr_low", "crossover_share"])
    deaths = deaths[deaths["trial"].isin([trial.name for trial in own.values()])]
    serious = harm(ledger, first, second).serious
    higher = [each.apart(level)[0] > 0 for each in serious]
    more = [up and not each.by_chance(level) for up, each in zip(higher, serious, strict=True)]
    alone, other = (
        " and ".join(trial.name for trial, surely in zip((first, second), more, strict=True) if surely == which)
        for which in (True, False)
    )
    return {
        **facts.read(ledger.folder),
        "level": level,
        "serious": dict(zip(("first", "second"), serious, strict=True)),
        "more": {"both": all(more), "one": any(more), "alone": alone, "other": other, "same": all(higher)},
        "ratio": ratio,
        "differ": not ratio.low <= 1 <= ratio.high,
        "medians": pairs.loc[(second.name, "PFS")],
        "last": {trial.key: last_at_risk(ledger, trial) for trial in (first, second)},
        "radioligand": table[table["row"] == RADIOLIGAND_TRIAL].to_dict("records"),
        "placebo": [{"least": placebo[0], "most": placebo[-1]}] if len(placebo) > 1 else [],
        "deaths": deaths.assign(
            open=(deaths["hr_low"] <= 1) & (deaths["hr_high"] >= 1), hr_read=_read_of_ratio(ledger, deaths)
        ).to_dict("records"),
    }


def _read_of_ratio(ledger: Ledger, table: pd.DataFrame) -> list[str]:
    """How the hazard ratio of each row was read: that of the fact that states it, else that of the row."""
    known = facts.read(ledger.folder)
    found = []
    for row in table.to_dict("records"):
        ratios = [known[each].how_read for each in row["facts"].split() if each in known and known[each].unit == "HR"]
        found.append(ratios[0] if ratios else row["read"])
    return found
