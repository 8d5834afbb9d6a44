"""What a reconstruction of a trial's end point is given, read from the ledger where the trial's record says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from netterbook.arrays import Floats
from netterbook.audit.common import at_risk
from netterbook.claims import Claim
from netterbook.errors import DataError
from netterbook.ledger import Ledger
from netterbook.methods.months import WEEKS_PER_MONTH
from netterbook.methods.visits import scan_weeks
from netterbook.trials import Subgroups, Trial, recorded

if TYPE_CHECKING:  # the compiler behind it takes a third of a second, which reading the ledger need not spend
    from netterbook.reconstruction import Reconstruction

WITHHOLD = {
    "nothing": (),
    "hazard ratio": ("hr", "logrank_p"),
    "rates": ("lm0", "lm1"),
    "median": ("median0", "median1"),
    "all results": ("hr", "logrank_p", "lm0", "lm1", "median0", "median1"),
    "scans": (),
}
"""What a reconstruction may not be given; numbers at risk, patients and events it is always given."""


@dataclass(frozen=True)
class Inputs:
    """Claims of one end point: numbers at risk (their stem), patients and events of the control and the experimental
    arm, summaries by the names of :func:`.from_summaries`, and the schedule of the scans that events are found at.
    """

    trial: Trial
    end_point: str
    at_risk: str
    patients: tuple[str, str]
    events: tuple[str, str]
    summaries: dict[str, str] = field(default_factory=dict)
    landmark: str = ""
    scans: tuple[str, ...] = ()
    unseen: tuple[int, ...] = ()
    """Months whose numbers at risk are withheld."""

    @property
    def _arms(self) -> tuple[str, str]:
        return self.trial.control.key, self.trial.experimental.key

    @property
    def key(self) -> tuple[str, ...]:
        """What tells inputs apart."""
        return (self.trial.key, self.end_point, *self.summaries, self.landmark, *self.scans, *map(str, self.unseen))

    def claims(self, ledger: Ledger) -> list[str]:
        """Every claim that a reconstruction is given."""
        grid = [i for _, _, i in self.grid(ledger)]
        landmark = [self.landmark] if self.landmark else []
        return [*grid, *self.patients, *self.events, *self.summaries.values(), *landmark, *self.scans]

    def numbers_at_risk(self, ledger: Ledger) -> pd.DataFrame:
        """Columns ``arm`` (0 control, 1 experimental), ``time`` (months), ``n_risk``."""
        rows = [(code, time, ledger.count(claim_id)) for code, time, claim_id in self.grid(ledger)]
        return pd.DataFrame(rows, columns=["arm", "time", "n_risk"])

    def grid(self, ledger: Ledger) -> list[tuple[int, int, str]]:
        """Arm (0 control, 1 experimental), month and claim of every number at risk that is given."""
        return [
            (code, time, claim_id)
            for code, arm in enumerate(self._arms)
            for time, claim_id in at_risk(ledger, self.at_risk, arm).items()
            if time not in self.unseen
        ]

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

    def scan_times(self, ledger: Ledger) -> list[float]:
        """Months at which scans are due in follow-up; none where the end point is not found at scans."""
        if not self.scans:
            return []
        last = float(self.numbers_at_risk(ledger)["time"].max())
        return [week / WEEKS_PER_MONTH for week in scan_schedule(ledger, self.trial, last).tolist()]

    def arguments(self, ledger: Ledger) -> dict[str, Any]:
        """All that :func:`.from_summaries` is given."""
        at_risk, arms, summaries = self.tables(ledger)
        return {"at_risk": at_risk, "arms": arms, "summaries": summaries, "scans": self.scan_times(ledger)}

    def reconstruct(self, ledger: Ledger, draws: int, seed: int, budget: float = 5) -> Reconstruction:
        """Patients from all of these numbers; ``budget`` as in :func:`.from_summaries`."""
        from netterbook.reconstruction import from_summaries

        return from_summaries(**self.arguments(ledger), draws=draws, seed=seed, budget=budget)

    def without(self, *names: str) -> Inputs:
        """The same without some of the summaries."""
        kept = {name: claim for name, claim in self.summaries.items() if name not in names}
        landmark = self.landmark if any(name.startswith("lm") for name in kept) else ""
        return replace(self, summaries=kept, landmark=landmark)

    def withholding(self, what: str) -> Inputs:
        """The same without one of :data:`WITHHOLD`."""
        return self.unscheduled() if what == "scans" else self.without(*WITHHOLD[what])

    def unscheduled(self) -> Inputs:
        """The same as if nothing were known of scans."""
        return replace(self, scans=())

    def every_other(self, ledger: Ledger, first: int) -> Inputs:
        """The same with every second number at risk withheld, from the ``first`` after the start on."""
        months = sorted({time for _, time, _ in self.grid(ledger)})
        return replace(self, unseen=tuple(months[first::2]))

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
        _schedule(trial) if about.scanned else (),
    )


def _schedule(trial: Trial) -> tuple[str, ...]:
    """Claims of the trial's scans.

    Raises
    ------
    DataError
        If the trial's record has none.
    """
    if trial.scans is None:
        raise DataError(f"{trial.key}/trial.yml has no scans, which this needs")
    return tuple(trial.claim(name) for name in (*trial.scans.first, trial.scans.every))


def scan_schedule(ledger: Ledger, trial: Trial, until: float) -> Floats:
    """Weeks of a trial's scans up to a time in months, or just beyond.

    Raises
    ------
    DataError
        If the trial's record has no scans.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> [scan_schedule(ledger, trial, 12)[:4].tolist() for trial in trials.read(ledger.folder).values()]
    [[12.0, 24.0, 36.0, 48.0], [16.0, 24.0, 36.0, 48.0]]
    """
    *first, every = (ledger.number(claim) for claim in _schedule(trial))
    return scan_weeks(first, every, until * WEEKS_PER_MONTH)


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
