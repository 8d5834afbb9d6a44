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

from netterbook import trials
from netterbook.audit.given import WITHHOLD, Inputs, inputs, margins
from netterbook.claims import Ledger
from netterbook.precision import batch_error, rounded
from netterbook.trials import Trial

if TYPE_CHECKING:  # the compiler behind it takes a third of a second, which reading the ledger need not spend
    from netterbook.reconstruction import Reconstruction

STORE = Path("reconstruction") / "recovered.csv"
DRAWS = 1000
METHOD = "reconstructed patients, this number withheld"


@dataclass(frozen=True)
class Target:
    """A claim to recover: from which numbers, and how it is read off the reconstructed patients (unit of the claim)."""

    claim: str
    given: Inputs
    read: Callable[[Reconstruction, Ledger], NDArray]
    stratified: bool = False
    note: str = ""


def _quantity(name: str, time: float | None = None, factor: float = 1.0) -> Callable[[Reconstruction, Ledger], NDArray]:
    return lambda found, _: factor * found.values(name, time)


def _stratified(trial: Trial) -> Callable[[Reconstruction, Ledger], NDArray]:
    def read(found: Reconstruction, ledger: Ledger) -> NDArray:
        from netterbook.reconstruction.strata import assign_strata, stratified_hr

        return stratified_hr(found, assign_strata(found, margins(ledger, trial)[0]))

    return read


def targets(ledger: Ledger) -> list[Target]:
    """What is recovered of every trial, each from numbers that were not themselves confirmed from it."""
    return [
        target
        for trial in trials.read(ledger.folder).values()
        for end_point in trial.end_points
        for target in _targets(ledger, inputs(trial, end_point))
    ]


def _targets(ledger: Ledger, given: Inputs) -> list[Target]:
    """Of one end point.

    The order keeps the ledger free of circles: medians from numbers at risk and events alone; rates also from the
    medians, but from none that is not reached, which is itself checked by a rate; hazard ratio and P value from all.
    """
    claims, trial = given.summaries, given.trial
    reached = {name for name, claim_id in claims.items() if ledger[claim_id].point.is_number}
    bare, rest = given.without(*claims), given.without(*WITHHOLD["hazard ratio"])
    medians = [name for name in ("median0", "median1") if name in reached]
    rates = [name for name in ("lm0", "lm1") if name in reached]
    found = [Target(claims[name], bare, _quantity(name)) for name in medians]
    if rates:
        landmark = ledger.number(given.landmark)
        without = rest.without("lm0", "lm1", *({"median0", "median1"} - reached))
        found += [Target(claims[name], without, _quantity(f"survival{name[-1]}", landmark, 100)) for name in rates]
    stratified = trial.end_points[given.end_point].stratified
    if "hr" in claims and stratified:
        chance = "strata dealt by chance within the printed margins"
        found.append(Target(claims["hr"], rest, _stratified(trial), True, chance))
    elif "hr" in claims:
        found.append(Target(claims["hr"], rest, _quantity("hr")))
    if "logrank_p" in claims:
        note = "unstratified" if stratified else ""
        found.append(Target(claims["logrank_p"], rest, _quantity("logrank_p"), note=note))
    return found


def _inputs(ledger: Ledger, target: Target) -> list[str]:
    strata = margins(ledger, target.given.trial)[1] if target.stratified else []
    return [*target.given.claims(ledger), *strata]


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
        key = tuple(target.given.claims(ledger))
        if key not in found:
            found[key] = target.given.reconstruct(ledger, draws, seed)
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


def stored(ledger: Ledger) -> pd.DataFrame:
    """The stored estimates that still rest on the printed numbers as they are, by claim."""
    return _stored(ledger, targets(ledger))


def _stored(ledger: Ledger, wanted: list[Target]) -> pd.DataFrame:
    path = ledger.folder / STORE
    if not path.exists():
        return pd.DataFrame(columns=["estimate", "low", "high", "below", "draws", "inputs"])
    frame = pd.read_csv(path, dtype={"against": str}).set_index("claim")
    inputs = {target.claim: _inputs(ledger, target) for target in wanted}
    return frame[[i in inputs and row == _fingerprint(ledger, inputs[i]) for i, row in frame["printed"].items()]]


def check(ledger: Ledger) -> None:
    """Enter the stored estimates."""
    wanted = targets(ledger)
    found = _stored(ledger, wanted)
    for target in wanted:
        if target.claim in found.index:
            row = found.loc[target.claim]
            stale = isnan(row.below) or row.against != ledger[target.claim].point.text
            place = "" if stale else f"printed value above {100 * row.below:.0f}% of them"
            note = "; ".join(x for x in (target.note, f"{row.draws:.0f} sets of patients", place) if x)
            interval = row.low, row.high
            ledger.recover(target.claim, METHOD, row.estimate, interval, row.inputs.split(), note=note)
