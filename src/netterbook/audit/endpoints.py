"""End points of the trials as a reconstruction is given them: numbers at risk, patients, events and summaries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from netterbook.audit.common import at_risk
from netterbook.claims import Claim, Ledger

if TYPE_CHECKING:  # the compiler behind it takes a third of a second, which reading the ledger need not spend
    from netterbook.reconstruction import Reconstruction

_ARMS = {0: "control", 1: "lu"}


@dataclass(frozen=True)
class EndPoint:
    """Where the numbers at risk, patients, events and summaries of one end point stand in the ledger."""

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

    def without(self, *names: str) -> EndPoint:
        """The same without some of the summaries."""
        kept = {name: claim for name, claim in self.summaries.items() if name not in names}
        landmark = self.landmark if any(name.startswith("lm") for name in kept) else ""
        return EndPoint(self.at_risk, self.n, self.events, kept, landmark)


def _printed(claim: Claim, part: str) -> str:
    """A part of a claim as printed; a percentage as the fraction of the same rounding."""
    printed = claim.parts[part]
    return f"{float(printed.value) / 100:.{printed.decimals + 2}f}" if claim.unit == "%" else printed.text


_N1 = "netter1."
_N2 = "netter2.figure2a."
NETTER1_PFS = EndPoint(
    _N1 + "figure1a",
    (_N1 + "table1.n.control.count", _N1 + "table1.n.lu.count"),
    (_N1 + "results.pfs_events_control", _N1 + "results.pfs_events_lu"),
    {
        "median0": _N1 + "results.pfs_median_control",
        "median1": _N1 + "results.pfs_median_lu",
        "lm0": _N1 + "results.pfs20_control",
        "lm1": _N1 + "results.pfs20_lu",
        "hr": _N1 + "figure1c.overall.hr.hr",
        "logrank_p": _N1 + "results.pfs_p",
    },
    _N1 + "results.pfs_timepoint",
)
NETTER1_OS = EndPoint(
    _N1 + "figure1b", NETTER1_PFS.n, (_N1 + "results.deaths_control", _N1 + "results.deaths_lu"),
    {"hr": _N1 + "results.os_hr", "logrank_p": _N1 + "results.os_p"},
)  # fmt: skip
NETTER2_PFS = EndPoint(
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
