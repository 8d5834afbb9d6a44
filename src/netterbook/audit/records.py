"""What can be recomputed of the abstract records (Sundlöv 2022, Mittra 2018)."""

from __future__ import annotations

from math import ceil, floor

from netterbook.audit import common, printing
from netterbook.ledger import Ledger
from netterbook.methods.proportions import counts_printing_as
from netterbook.printed import Number
from netterbook.trials import Document

RESPONSES = ("partial_response", "stable_disease", "progressive_disease")


def check(ledger: Ledger, record: Document) -> None:
    """Enter the checks of both records."""
    total = int(ledger.value("sundlov2022.abstract.evaluable"))
    responses = [f"sundlov2022.abstract.{row}" for row in RESPONSES]
    counts = [counts_printing_as(ledger[row].point, total) for row in responses]

    def patients(*shares: Number) -> tuple[Number, Number]:
        return sum(ceil(x * total / 100) for x in shares), sum(floor(x * total / 100) for x in shares)

    if all(counts):
        shown = " + ".join("/".join(map(str, c)) for c in counts)
        ledger.bounded(
            "sundlov2022.abstract.evaluable",
            "patients whose response is given, from the counts that print like each percentage",
            patients,
            responses,
            steady=True,
            note=f"{shown} patients; the percentages add to {sum(int(ledger.value(r)) for r in responses)} by rounding",
        )
    common.check_within_group(ledger, "sundlov2022.abstract.renal_grade34", group="sundlov2022.abstract.evaluable")
    cycles = "sundlov2022.abstract.cycles_received"
    ledger.bounded(cycles, "inside its own range", lambda *ends: ends, [f"{cycles}:low", f"{cycles}:high"])
    doses = [f"sundlov2022.abstract.{name}" for name in ("dose_per_cycle", "standard_dose")]
    printing.check_alike(ledger, "activity of a cycle in the same abstract", *doses)
    dates = ("abstract.approval_europe", "abstract.approval_us", "notes.epub_date", "notes.issue_date")
    common.check_order(ledger, [f"ajr2018.{date}" for date in dates], note="")
    standard = {"standard_dose": "netter1.methods.dose_lu_gbq", "standard_cycles": "netter1.results.infusions_all"}
    for name, netter1 in standard.items():
        ledger.same(netter1, f"sundlov2022.abstract.{name}")
