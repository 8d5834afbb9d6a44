"""Headline results estimated from reconstructed patients, each with that result withheld.

The estimates take a minute; ``netterbook recover`` stores them in ``data/reconstruction/recovered.csv``, with the
printed numbers they rest on. A stored estimate counts only while these are what they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netterbook import papers
from netterbook.audit.common import at_risk
from netterbook.claims import Claim, Ledger

if TYPE_CHECKING:  # the compiler behind it takes a third of a second, which reading the ledger need not spend
    from netterbook.reconstruction import Reconstruction

STORE = Path("reconstruction") / "recovered.csv"
DRAWS = 1000
METHOD = "reconstructed patients, this number withheld"
_ARMS = {0: "control", 1: "lu"}


@dataclass(frozen=True)
class Source:
    """One end point of a trial: where its numbers at risk, patients, events and summaries stand in the ledger."""

    at_risk: str
    n: tuple[str, str]
    events: tuple[str, str]
    summaries: dict[str, str] = field(default_factory=dict)
    landmark: str = ""

    def claims(self, ledger: Ledger) -> list[str]:
        """Every claim that a reconstruction is given."""
        grid = [i for arm in _ARMS.values() for i in at_risk(ledger, self.at_risk, arm).values()]
        return [*grid, *self.n, *self.events, *self.summaries.values(), *([self.landmark] if self.landmark else [])]

    def tables(self, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
        """Numbers at risk, arms and printed summaries, as from_summaries takes them."""
        claims = {a: at_risk(ledger, self.at_risk, arm) for a, arm in _ARMS.items()}
        rows = [(a, t, int(ledger.value(i))) for a, ids in claims.items() for t, i in ids.items()]
        grid = pd.DataFrame(rows, columns=["arm", "time", "n_risk"])
        arms = pd.DataFrame(
            [(a, *(int(ledger.value(ids[a])) for ids in (self.n, self.events))) for a in (0, 1)],
            columns=["arm", "n", "events"],
        )
        summaries: dict[str, str] = {}
        for name, claim_id in self.summaries.items():
            for part, end in (("point", ""), ("low", "_lo"), ("high", "_hi")):
                if part in ledger[claim_id].parts:
                    summaries[name + end] = _printed(ledger[claim_id], part)
        if self.landmark:
            summaries["landmark"] = ledger[self.landmark].printed
        return grid, arms, summaries

    def reconstruct(self, ledger: Ledger, draws: int, seed: int) -> Reconstruction:
        """Patients from all of these numbers."""
        from netterbook.reconstruction import from_summaries

        return from_summaries(*self.tables(ledger), draws=draws, seed=seed)

    def without(self, *names: str) -> Source:
        """The same without some of the summaries."""
        kept = {name: claim for name, claim in self.summaries.items() if name not in names}
        landmark = self.landmark if any(name.startswith("lm") for name in kept) else ""
        return Source(self.at_risk, self.n, self.events, kept, landmark)


def _printed(claim: Claim, part: str) -> str:
    """A part of a claim as printed; a percentage as the fraction of the same rounding."""
    printed = claim.parts[part]
    return f"{float(printed.value) / 100:.{printed.decimals + 2}f}" if claim.unit == "%" else printed.text


_N1 = "netter1."
_N2 = "netter2.figure2a."
NETTER1_PFS = Source(
    _N1 + "figure1a",
    (_N1 + "table1.n.control.count", _N1 + "table1.n.lu.count"),
    (_N1 + "results.pfs_events_control", _N1 + "results.pfs_events_lu"),
    {
        "median0": _N1 + "results.pfs_median_control",
        "lm0": _N1 + "results.pfs20_control",
        "lm1": _N1 + "results.pfs20_lu",
        "hr": _N1 + "figure1c.overall.hr.hr",
        "logrank_p": _N1 + "results.pfs_p",
    },
    _N1 + "results.pfs_timepoint",
)
NETTER1_OS = Source(
    _N1 + "figure1b", NETTER1_PFS.n, (_N1 + "results.deaths_control", _N1 + "results.deaths_lu"),
    {"hr": _N1 + "results.os_hr", "logrank_p": _N1 + "results.os_p"},
)  # fmt: skip
NETTER2_PFS = Source(
    "netter2.figure2a",
    ("netter2.figure2b.n_control", "netter2.figure2b.n_lu"),
    (_N2 + "events_control", _N2 + "events_lu"),
    {"median0": _N2 + "median_control", "median1": _N2 + "median_lu", "hr": _N2 + "pfs_hr", "logrank_p": _N2 + "pfs_p"},
)
STRATA = {"grade": ("grade2", "grade3"), "origin": ("pancreas", "non_pancreas")}


def margins(ledger: Ledger) -> tuple[pd.DataFrame, list[str]]:
    """NETTER-2's patients and events by stratification factor, level and arm, and the claims they are."""
    rows, ids = [], []
    for factor, levels in STRATA.items():
        for level in levels:
            for a, arm in _ARMS.items():
                pair = [f"netter2.figure2b.{level}.{arm}.{column}" for column in ("n", "events")]
                rows.append((factor, level, a, *(int(ledger.value(i)) for i in pair)))
                ids += pair
    return pd.DataFrame(rows, columns=["factor", "level", "arm", "n", "events"]), ids


@dataclass(frozen=True)
class Target:
    """A claim to recover: from which numbers, and how it is read off the reconstructed patients (unit of the claim)."""

    claim: str
    source: Source
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
    bare1, bare2 = NETTER1_PFS.without(*NETTER1_PFS.summaries), NETTER2_PFS.without(*NETTER2_PFS.summaries)
    medians = NETTER2_PFS.without("hr", "logrank_p")
    interim = NETTER1_OS.without("hr", "logrank_p")
    chance = "strata dealt by chance within the printed margins"
    return [
        Target(NETTER1_PFS.summaries["median0"], bare1, _quantity("median0")),
        Target(NETTER1_PFS.summaries["lm0"], ratio.without("lm0", "lm1"), _quantity("survival0", landmark, 100)),
        Target(NETTER1_PFS.summaries["lm1"], ratio.without("lm0", "lm1"), _quantity("survival1", landmark, 100)),
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
    """Every target estimated afresh: columns claim, estimate, low, high, met, draws, seed, inputs, printed.

    ``met`` is the share of the sampler's cycles whose patients met every input; all that are used do.
    """
    found: dict[tuple, Reconstruction] = {}
    rows = []
    for target in targets(ledger):
        inputs = _inputs(ledger, target)
        key = tuple(target.source.claims(ledger))
        if key not in found:
            found[key] = target.source.reconstruct(ledger, draws, seed)
        made = found[key]
        values = pd.Series(target.read(made, ledger))
        low, middle, high = values.quantile([0.025, 0.5, 0.975], interpolation="nearest")
        row = {"claim": target.claim, "estimate": middle, "low": low, "high": high, "met": made.draws / made.tried}
        row |= {"draws": made.draws, "seed": seed, "inputs": " ".join(inputs), "printed": _fingerprint(ledger, inputs)}
        rows.append(row)
        progress()
    return pd.DataFrame(rows)


WITHHOLD = {"hazard ratio": ("hr", "logrank_p"), "rates": ("lm0", "lm1"), "median": ("median0",), "nothing": ()}


def netter1_pfs(ledger: Ledger, withhold: str, draws: int, seed: int) -> tuple[Reconstruction, pd.DataFrame]:
    """NETTER-1's progression-free survival reconstructed without one of ``WITHHOLD``; and the numbers at risk."""
    source = NETTER1_PFS.without(*WITHHOLD[withhold])
    return source.reconstruct(ledger, draws, seed), source.tables(ledger)[0]


def netter1_estimates(ledger: Ledger, found: Reconstruction, level: float) -> pd.DataFrame:
    """What reconstructed patients say of each printed result: result, printed, estimate, interval, given."""
    landmark = float(ledger.value(NETTER1_PFS.landmark))
    names = {
        "Hazard ratio": ("hr", None, "hr", 1),
        "Median, control, months": ("median0", None, "median0", 1),
        "Rate at the landmark, lutetium, %": ("survival1", landmark, "lm1", 100),
        "Rate at the landmark, control, %": ("survival0", landmark, "lm0", 100),
        "Difference of restricted means to the landmark, months": ("rmst_difference", landmark, "", 1),
    }
    rows = []
    for label, (quantity, time, name, factor) in names.items():
        found_ = found.estimate(quantity, time, level)
        digits = 3 if name == "hr" else 1
        value, low, high = (f"{factor * x:.{digits}f}" for x in (found_.value, found_.low, found_.high))
        printed = ledger[NETTER1_PFS.summaries[name]].printed if name else ""
        rows.append((label, printed or "not printed", value, f"{low} to {high}", "yes" if found_.given else "no"))
    return pd.DataFrame(rows, columns=["Result", "Printed", "Estimate", f"{100 * level:g}% interval", "Given"])


def strata_table(ledger: Ledger, draws: int, seed: int) -> pd.DataFrame:
    """NETTER-2's hazard ratio before and after strata dealt by chance, and in each stratum's level."""
    from netterbook.reconstruction.strata import assign_strata, stratified_hr, within_hr

    found = NETTER2_PFS.without("hr", "logrank_p").reconstruct(ledger, draws, seed)
    table, _ = margins(ledger)
    overall = ledger[NETTER2_PFS.summaries["hr"]].printed
    rows = [("Unstratified", overall, found.values("hr"))]
    rows.append(("Stratified by grade and origin", overall, stratified_hr(found, assign_strata(found, table, seed))))
    for factor, levels in STRATA.items():
        own = assign_strata(found, table[table["factor"] == factor], seed)
        for code, level in enumerate(levels):
            label = {"grade2": "Grade 2", "grade3": "Grade 3", "pancreas": "Pancreas"}.get(level, "Other origin")
            printed = ledger[f"netter2.figure2b.{level}.hr.hr"].printed
            rows.append((f"  {label}", printed, within_hr(found, own == code)))
    shown = []
    for label, printed, values in rows:
        low, middle, high = np.nanquantile(values, [0.025, 0.5, 0.975])
        shown.append((label, printed, f"{middle:.2f}", f"{low:.2f} to {high:.2f}"))
    return pd.DataFrame(shown, columns=["Analysis", "Printed", "Reconstructed", "95% interval"])


def check(ledger: Ledger, folder: Path | None = None) -> None:
    """Enter the stored estimates that still rest on the printed numbers as they are."""
    path = (folder or papers.data_dir()) / STORE
    if not path.exists():
        return
    stored = pd.read_csv(path).set_index("claim")
    for target in targets(ledger):
        inputs = _inputs(ledger, target)
        if target.claim not in stored.index or stored["printed"][target.claim] != _fingerprint(ledger, inputs):
            continue
        row = stored.loc[target.claim]
        note = "; ".join(x for x in (target.note, f"{row.draws:.0f} sets of patients") if x)
        ledger.recover(target.claim, METHOD, row.estimate, (row.low, row.high), inputs, note=note)
