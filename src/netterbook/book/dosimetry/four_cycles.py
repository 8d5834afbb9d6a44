"""What the standard number of cycles gives: absorbed doses to kidneys, marrow and tumours in published cohorts."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

import pandas as pd

from netterbook import facts
from netterbook.book.dosimetry import published
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.population import ClearanceModel
from netterbook.facts import Fact
from netterbook.ledger import Ledger

MODEL_FACTS = {"Kidneys": ("F087", "F088", "F089"), "Red marrow": ("F091", "F092", "F093")}
"""The facts of each organ's model: dose, exponent of the activity, exponent of the clearance."""


def clearance_models(known: Mapping[str, Fact]) -> dict[str, ClearanceModel]:
    """Dose of a cycle by activity and creatinine clearance, by organ; both models refer to the same typical patient.

    >>> from netterbook.papers import data_dir
    >>> clearance_models(facts.read(data_dir()))["Red marrow"].cycle_gy(7.4, 99)
    np.float64(0.246)
    """
    gbq, clearance = known["F087"].quantity_numbers
    found = {}
    for organ, ids in MODEL_FACTS.items():
        dose, *powers = (known[fact].value for fact in ids)
        found[organ] = ClearanceModel(dose, gbq, clearance, *powers)
    return found


def doses_of_cycles(ledger: Ledger, p: Dosimetry) -> pd.DataFrame:
    """Doses of the standard number of cycles in published cohorts.

    Columns: ``organ``, ``label``, ``middle`` (nan where only a range is published), ``low``, ``high`` in Gy, ``spread``
    (what ``low`` and ``high`` are), ``fact``, ``kind`` (the spread, or what else is published), ``source``, and
    where that was read if at ``second_hand``, ``read_at``.
    Doses per activity are multiplied by activity and cycles, doses of a cumulative activity scaled to them, doses of a
    cycle multiplied by the cycles.

    >>> from netterbook import papers
    >>> found = doses_of_cycles(papers.load(), Dosimetry()).set_index("fact")
    >>> found.loc["F082", ["middle", "low", "high"]].astype(float).round(1).tolist()
    [19.4, 10.7, 28.1]
    """
    known, cycles = facts.read(ledger.folder), published.phase_two(ledger).standard
    gbq = cycles * p.activity_gbq
    scale = gbq / known["F082"].quantity_numbers[0]
    aarhus, marrow, lesions, of_a_cycle = (known[fact] for fact in ("F149", "F083", "F085", "F158"))
    kidneys = [("Kidneys", f"Aarhus, {aarhus.size} treatments", aarhus.value * gbq, nan, nan, "", "F149")]
    for each in published.cohorts(ledger).values():
        mean = each.mean_gy_per_gbq * gbq
        kidneys.append(("Kidneys", each.label, mean, mean * (1 - each.cv), mean * (1 + each.cv), "SD", each.fact))
    rows = sorted(kidneys, key=lambda row: row[2])
    for organ, model in clearance_models(known).items():
        fact = known[MODEL_FACTS[organ][0]]
        middle = cycles * float(model.cycle_gy(p.activity_gbq, model.clearance_ml_min))
        most, least = (cycles * model.cycle_gy(p.activity_gbq, [known["F098"].low, known["F098"].high])).tolist()
        rows.append((organ, f"model of {fact.size} patients", middle, least, most, "creatinine clearance", fact.id))
    low, high = (scale * (marrow.value + sign * marrow.sd) for sign in (-1, 1))
    rows.append(("Red marrow", f"NETTER-1, {marrow.size} patients", scale * marrow.value, low, high, "SD", "F083"))
    middle, low, high = (scale * x for x in lesions.stated)
    rows.append(("Tumour", f"NETTER-1, {lesions.size} lesions", middle, low, high, "range", "F085"))
    label = f"{of_a_cycle.size} patients, {of_a_cycle.quantity_numbers[0]:g} lesions"
    rows.append(("Tumour", label, nan, cycles * of_a_cycle.low, cycles * of_a_cycle.high, "range", "F158"))
    found = pd.DataFrame(rows, columns=["organ", "label", "middle", "low", "high", "spread", "fact"])
    kind = found["spread"].replace("", "median").mask(found["middle"].isna(), "range of a cycle")
    cited = [known[fact] for fact in found["fact"]]
    return found.assign(
        kind=kind,
        source=[fact.source for fact in cited],
        second_hand=[bool(fact.read_at) for fact in cited],
        read_at=[fact.read_at for fact in cited],
    )


def organ_limits(ledger: Ledger, p: Dosimetry) -> dict[str, float]:
    """Limits drawn beside :func:`doses_of_cycles` in Gy: the kidneys' of the parameters, and the marrow's (F101).

    >>> from netterbook import papers
    >>> organ_limits(papers.load(), Dosimetry())
    {'Kidneys': 23.0, 'Red marrow': 2.0}
    """
    return {"Kidneys": p.kidney_limit_gy, "Red marrow": facts.read(ledger.folder)["F101"].numbers[-1]}
