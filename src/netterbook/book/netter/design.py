"""The plan of a trial: its events and power, the claims about it, and the order of testing."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import pandas as pd

from netterbook.book.display import claim_text
from netterbook.ledger import Ledger
from netterbook.methods import trial_design
from netterbook.methods.proportions import fisher
from netterbook.trials import Design, Response, Trial, recorded

_UNITS = {"patients", "events", "deaths", "%", ""}


class EventPlan(NamedTuple):
    """Events for the primary end point, as :func:`.power_curves` takes them."""

    true_hr: float
    allocation: float
    """Share of the patients in the experimental group."""
    alpha: float
    """Two-sided level."""
    power: float
    """That the plan asked for; nan where it is not printed."""
    planned: int
    seen: int
    events: tuple[int, int]
    """Range worth showing."""

    @property
    def reached(self) -> float:
        """Power at the planned events."""
        return trial_design.power(self.true_hr, self.planned, self.alpha, self.allocation)


def event_plan(ledger: Ledger, trial: Trial, true_hr: float) -> EventPlan:
    """The plan for a trial's primary end point, and the events seen.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> plan = event_plan(ledger, trials.read(ledger.folder)["netter2"], 0.5)
    >>> plan.planned, plan.seen, round(plan.reached, 3)
    (99, 101, 0.902)
    """
    about = recorded(trial, Design)
    alpha = about.sides * ledger.number(trial.claim(about.alpha)) / 100
    power = ledger.number(trial.claim(about.power)) / 100 if about.power else nan
    planned, seen = ledger.count(trial.claim(about.planned)), sum(trial.counts(ledger, trial.primary.events))
    return EventPlan(true_hr, trial.share, alpha, power, planned, seen, about.events)


def design_claims(ledger: Ledger, trial: Trial) -> list[str]:
    """Claims of the design that have a check."""
    return [
        claim.id
        for claim in ledger.claims.values()
        if (claim.paper, claim.place) == (trial.key, "Methods")
        and claim.unit in _UNITS
        and claim.measure != "identifier"
        and not claim.same_as
        and ledger.checks.get(claim.id)
    ]


class Multiplicity(NamedTuple):
    """Tests beside that of the primary end point: how many P values are printed, repetitions left out; of the
    ``efficacy`` end points among them how many; the level ``split`` equally over these; Fisher's P of the response and
    whether it ``holds`` at that level.
    """

    printed: int
    efficacy: int
    split: float
    response: float
    holds: bool


def multiplicity(ledger: Ledger, trial: Trial) -> Multiplicity:
    """What is left of a trial's secondary end points where its paper names no order of testing (Bonferroni).

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> found = multiplicity(ledger, trials.read(ledger.folder)["netter1"])
    >>> found.printed, found.efficacy, found.split, round(found.response, 4), found.holds
    (28, 2, 0.025, 0.0008, True)
    """
    about, design = recorded(trial, Response), recorded(trial, Design)
    p_values = {
        c.id for c in ledger.claims.values() if (c.paper, c.measure) == (trial.key, "p_value") and not c.same_as
    }
    beside = p_values - {trial.claim(trial.primary.p)}
    efficacy = 1 + len(beside & {trial.claim(each.p) for each in trial.end_points.values() if each.p})
    split = design.sides * ledger.number(trial.claim(design.alpha)) / 100 / efficacy
    known, evaluable = trial.counts(ledger, about.responders), trial.counts(ledger, about.evaluable or about.patients)
    p = fisher(known[0], evaluable[0], known[1], evaluable[1])
    return Multiplicity(len(beside), efficacy, split, p, p < split)


def order_of_testing(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """A trial's end points in the order of testing: each was tested only if all before it were significant.

    Columns: ``end_point``; ``printed``, whether its P value is, and ``p``, as printed; ``kind``: ``significant``,
    ``not significant``, ``said not to be`` (without a number), ``not tested``.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> order_of_testing(ledger, trials.read(ledger.folder)["netter2"])["kind"].tolist()[:4]
    ['significant', 'significant', 'said not to be', 'not tested']
    """
    alpha, rows, passed = ledger.number(trial.claim(recorded(trial, Design).alpha)) / 100, [], True
    for label, name in trial.testing.items():
        most = ledger[trial.claim(name)].point.bounds[1] if name else None
        significant = most is not None and most < alpha
        stopped = "not significant" if name else "said not to be"
        kind = ("significant" if significant else stopped) if passed else "not tested"
        rows.append((label, bool(name), claim_text(ledger, trial.claim(name), True) if name else "", kind))
        passed = passed and significant
    return pd.DataFrame(rows, columns=["end_point", "printed", "p", "kind"])
