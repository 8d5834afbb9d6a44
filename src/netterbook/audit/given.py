"""What a reconstruction of a trial's end point is given, read from the ledger where the trial's record says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from netterbook.audit.common import at_risk
from netterbook.claims import Claim, Ledger
from netterbook.trials import Subgroups, Trial, recorded

if TYPE_CHECKING:  # the compiler behind it takes a third of a second, which reading the ledger need not spend
    from netterbook.reconstruction import Reconstruction

WITHHOLD = {
    "nothing": (),
    "hazard ratio": ("hr", "logrank_p"),
    "rates": ("lm0", "lm1"),
    "median": ("median0", "median1"),
    "all results": ("hr", "logrank_p", "lm0", "lm1", "median0", "median1"),
}
"""What a reconstruction may not be given; numbers at risk, patients and events it is always given."""


@dataclass(frozen=True)
class Inputs:
    """Claims of one end point: numbers at risk (their stem), patients and events of the control and the experimental
    arm, and summaries by the names of :func:`.from_summaries`.
    """

    trial: Trial
    end_point: str
    at_risk: str
    patients: tuple[str, str]
    events: tuple[str, str]
    summaries: dict[str, str] = field(default_factory=dict)
    landmark: str = ""

    @property
    def _arms(self) -> tuple[str, str]:
        return self.trial.control.key, self.trial.experimental.key

    def claims(self, ledger: Ledger) -> list[str]:
        """Every claim that a reconstruction is given."""
        grid = [i for arm in self._arms for i in at_risk(ledger, self.at_risk, arm).values()]
        landmark = [self.landmark] if self.landmark else []
        return [*grid, *self.patients, *self.events, *self.summaries.values(), *landmark]

    def numbers_at_risk(self, ledger: Ledger) -> pd.DataFrame:
        """Columns ``arm`` (0 control, 1 experimental), ``time`` (months), ``n_risk``."""
        rows = [
            (code, time, ledger.count(claim_id))
            for code, arm in enumerate(self._arms)
            for time, claim_id in at_risk(ledger, self.at_risk, arm).items()
        ]
        return pd.DataFrame(rows, columns=["arm", "time", "n_risk"])

    def tables(self, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
        """Numbers at risk, arms and printed summaries, as :func:`.from_summaries` takes them."""
        sizes = zip(ledger.counts(*self.patients), ledger.counts(*self.events), strict=True)
        rows = [(code, n, events) for code, (n, events) in enumerate(sizes)]
        arms = pd.DataFrame(rows, columns=["arm", "n", "events"])
        summaries: dict[str, str] = {}
        for name, claim_id in self.summaries.items():
            for part, end in (("point", ""), ("low", "_lo"), ("high", "_hi")):
                if part in ledger[claim_id].parts:
                    summaries[name + end] = _printed(ledger[claim_id], part)
        if self.landmark:
            summaries["landmark"] = ledger[self.landmark].printed
        return self.numbers_at_risk(ledger), arms, summaries

    def reconstruct(self, ledger: Ledger, draws: int, seed: int) -> Reconstruction:
        """Patients from all of these numbers."""
        from netterbook.reconstruction import from_summaries

        return from_summaries(*self.tables(ledger), draws=draws, seed=seed)

    def without(self, *names: str) -> Inputs:
        """The same without some of the summaries."""
        kept = {name: claim for name, claim in self.summaries.items() if name not in names}
        landmark = self.landmark if any(name.startswith("lm") for name in kept) else ""
        return replace(self, summaries=kept, landmark=landmark)

    def unstratified(self) -> Inputs:
        """The same without a stratified hazard ratio and P value, to which patients without strata cannot be held."""
        stratified = self.trial.end_points[self.end_point].stratified
        return self.without(*WITHHOLD["hazard ratio"]) if stratified else self


def inputs(trial: Trial, end_point: str) -> Inputs:
    """Everything a reconstruction of a trial's end point can be given.

    Raises
    ------
    KeyError
        If the trial has no such end point.

    >>> from netterbook import papers, trials
    >>> given = inputs(trials.read(papers.data_dir())["netter1"], "os")
    >>> given.summaries
    {'hr': 'netter1.results.os_hr', 'logrank_p': 'netter1.results.os_p'}
    """
    about = trial.end_points[end_point]
    named = {
        **dict(zip(("median0", "median1"), _arms(trial, about.median), strict=False)),
        **dict(zip(("lm0", "lm1"), _arms(trial, about.rate), strict=False)),
        **({"hr": trial.claim(about.hazard_ratio)} if about.hazard_ratio else {}),
        **({"logrank_p": trial.claim(about.p)} if about.p else {}),
    }
    return Inputs(
        trial,
        end_point,
        trial.claim(about.at_risk),
        _pair(trial, about.patients),
        _pair(trial, about.events),
        named,
        trial.claim(about.landmark) if about.landmark else "",
    )


def _pair(trial: Trial, name: str) -> tuple[str, str]:
    """Of the control and the experimental arm."""
    experimental, control = trial.of_arms(name)
    return control, experimental


def _arms(trial: Trial, name: str) -> tuple[str, ...]:
    return _pair(trial, name) if name else ()


def _printed(claim: Claim, part: str) -> str:
    """A part of a claim as printed; a percentage as the fraction of the same rounding."""
    printed = claim.parts[part]
    return f"{float(printed.value) / 100:.{printed.decimals + 2}f}" if claim.unit == "%" else printed.text


def margins(ledger: Ledger, trial: Trial) -> tuple[pd.DataFrame, list[str]]:
    """Patients and events by stratification factor, level and arm (0 control), and the claims they are."""
    figure, rows, ids = recorded(trial, Subgroups).figure, [], []
    for factor, levels in trial.strata.items():
        for level in levels:
            for code, arm in enumerate((trial.control.key, trial.experimental.key)):
                pair = [trial.claim(f"{figure}.{level}.{arm}.{column}") for column in ("n", "events")]
                rows.append((factor, level, code, *ledger.counts(*pair)))
                ids += pair
    return pd.DataFrame(rows, columns=["factor", "level", "arm", "n", "events"]), ids
