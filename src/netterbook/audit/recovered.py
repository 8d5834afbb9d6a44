"""Headline results estimated from reconstructed patients, each with that result withheld.

The estimates take a minute; ``netterbook recover`` stores them in ``data/reconstruction/recovered.csv``, with the
printed numbers they rest on. A stored estimate counts only while these are what they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook import papers
from netterbook.audit.endpoints import NETTER1_OS, NETTER1_PFS, NETTER2_PFS, EndPoint, margins
from netterbook.claims import Ledger
from netterbook.precision import batch_error, rounded

if TYPE_CHECKING:  # the compiler behind it takes a third of a second, which reading the ledger need not spend
    from netterbook.reconstruction import Reconstruction

STORE = Path("reconstruction") / "recovered.csv"
DRAWS = 1000
METHOD = "reconstructed patients, this number withheld"


@dataclass(frozen=True)
class Target:
    """A claim to recover: from which numbers, and how it is read off the reconstructed patients (unit of the claim)."""

    claim: str
    source: EndPoint
    read: Callable
    stratified: bool = False
    note: str = ""


def _quantity(name: str, time: float | None = None, factor: float = 1.0) -> Callable:
    return lambda found, _: factor * found.values(name, time)


def _stratified(found: Reconstruction, ledger: Ledger):
    from netterbook.reconstruction.strata import assign_strata, stratified_hr

    return stratified_hr(found, assign_strata(found, margins(ledger)[0]))


def targets(ledger: Ledger) -> list[Target]:
    """What is recovered, each from numbers that were not themselves confirmed from it.

    The order keeps the ledger free of circles: medians from numbers at risk and events alone; rates also from the
    median; hazard ratios and P values from all of these.
    """
    landmark = float(ledger.value(NETTER1_PFS.landmark))
    ratio = NETTER1_PFS.without("hr", "logrank_p")
    rates = ratio.without("lm0", "lm1", "median1")  # that a median is not reached is itself checked by a rate
    bare1, bare2 = NETTER1_PFS.without(*NETTER1_PFS.summaries), NETTER2_PFS.without(*NETTER2_PFS.summaries)
    medians = NETTER2_PFS.without("hr", "logrank_p")
    interim = NETTER1_OS.without("hr", "logrank_p")
    chance = "strata dealt by chance within the printed margins"
    return [
        Target(NETTER1_PFS.summaries["median0"], bare1, _quantity("median0")),
        Target(NETTER1_PFS.summaries["lm0"], rates, _quantity("survival0", landmark, 100)),
        Target(NETTER1_PFS.summaries["lm1"], rates, _quantity("survival1", landmark, 100)),
        Target(NETTER1_PFS.summaries["hr"], ratio, _quantity("hr")),
        Target(NETTER1_PFS.summaries["logrank_p"], ratio, _quantity("logrank_p")),
        Target(NETTER1_OS.summaries["hr"], interim, _quantity("hr")),
        Target(NETTER1_OS.summaries["logrank_p"], interim, _quantity("logrank_p")),
        Target(NETTER2_PFS.summaries["median0"], bare2, _quantity("median0")),
        Target(NETTER2_PFS.summaries["median1"], bare2, _quantity("median1")),
        Target(NETTER2_PFS.summaries["hr"], medians, _stratified, True, chance),
        Target(NETTER2_PFS.summaries["logrank_p"], medians, _quantity("logrank_p"), note="unstratified"),
    ]


def _inputs(ledger: Ledger, target: Target) -> list[str]:
    return [*target.source.claims(ledger), *(margins(ledger)[1] if target.stratified else [])]


def _fingerprint(ledger: Ledger, inputs: list[str]) -> str:
    return " ".join(ledger[i].printed.replace(" ", "") for i in inputs)


def recover(
    ledger: Ledger, draws: int = DRAWS, seed: int = 1, progress: Callable[[], None] = lambda: None
) -> pd.DataFrame:
    """Every target estimated afresh.

    Columns: claim, estimate, low, high; ``below``, the share of sets whose estimate lies below the printed value (nan
    for a bound such as <0.001), and ``against``, that value; ``met``, the share of the sampler's cycles whose patients
    met every input (all that are used do); draws, seed; inputs, printed. Estimates and shares are rounded to their
    Monte Carlo error.
    """
    found: dict[tuple, Reconstruction] = {}
    rows = []
    for target in targets(ledger):
        inputs = _inputs(ledger, target)
        key = tuple(target.source.claims(ledger))
        if key not in found:
            found[key] = target.source.reconstruct(ledger, draws, seed)
        made = found[key]
        point = ledger[target.claim].point
        printed = float(point.value) if None not in point.bounds else nan

        def numbers(values: NDArray, printed: float = printed) -> list[float]:
            return [*np.quantile(values, [0.5, 0.025, 0.975], method="nearest"), np.mean(values < printed)]

        values = np.asarray(target.read(made, ledger))
        middle, low, high, below = map(rounded, numbers(values), batch_error(numbers, values))
        below = nan if isnan(printed) else below
        row = {"claim": target.claim, "estimate": middle, "low": low, "high": high, "below": below}
        row |= {"against": point.text, "met": made.draws / made.tried, "draws": made.draws, "seed": seed}
        row |= {"inputs": " ".join(inputs), "printed": _fingerprint(ledger, inputs)}
        rows.append(row)
        progress()
    return pd.DataFrame(rows)


def stored(ledger: Ledger, folder: Path | None = None) -> pd.DataFrame:
    """The stored estimates that still rest on the printed numbers as they are, by claim."""
    path = (folder or papers.data_dir()) / STORE
    if not path.exists():
        return pd.DataFrame(columns=["estimate", "low", "high", "draws", "inputs"])
    frame = pd.read_csv(path, dtype={"against": str}).set_index("claim")
    inputs = {target.claim: _inputs(ledger, target) for target in targets(ledger)}
    return frame[[i in inputs and row == _fingerprint(ledger, inputs[i]) for i, row in frame["printed"].items()]]


def check(ledger: Ledger, folder: Path | None = None) -> None:
    """Enter the stored estimates."""
    found = stored(ledger, folder)
    for target in targets(ledger):
        if target.claim in found.index:
            row = found.loc[target.claim]
            stale = isnan(row.below) or row.against != ledger[target.claim].point.text
            place = "" if stale else f"printed value above {100 * row.below:.0f}% of them"
            note = "; ".join(x for x in (target.note, f"{row.draws:.0f} sets of patients", place) if x)
            interval = row.low, row.high
            ledger.recover(target.claim, METHOD, row.estimate, interval, row.inputs.split(), note=note)
