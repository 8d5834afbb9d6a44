"""Follow-up of both groups, who was censored early, and how far a result would bear it."""

from __future__ import annotations

from math import isinf, nan
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.book.netter.overall_survival import OfGroups, middles
from netterbook.ledger import Ledger
from netterbook.methods import censoring
from netterbook.methods.patient_sets import PatientSets
from netterbook.methods.pooling import RATIO, across, monte_carlo_error, pooled_hr
from netterbook.precision import Simulated, batch_error, simulated
from netterbook.trials import Trial

EARLY = 6.0
"""Months: who is censored by then was censored early."""


class MedianFollowUp(NamedTuple):
    """Median follow-up by the reverse Kaplan–Meier method, months: of each group and of all patients."""

    experimental: Simulated
    control: Simulated
    all: Simulated


def median_follow_up(found: PatientSets) -> MedianFollowUp:
    """Medians over the sets, see :func:`.censoring.follow_up`."""
    each = [censoring.follow_up(found, arm) for arm in (1, 0, None)]
    return MedianFollowUp(*(Simulated(float(np.median(x)), float(batch_error(np.median, x))) for x in each))


class Censored(NamedTuple):
    """Patients of both groups censored up to a ``time``, months: median and interval over the sets, and ``shares`` of
    each group.
    """

    time: float
    experimental: list[Simulated]
    control: list[Simulated]
    shares: OfGroups


def censored_early(found: PatientSets, level: float, time: float = EARLY) -> Censored:
    """How many of each group were censored early."""
    counts = [censoring.censored_by(found, time, arm).astype(float) for arm in (1, 0)]
    sizes = [(found.arm == arm).sum() for arm in (1, 0)]
    experimental, control = (simulated(*across(x, level)) for x in counts)
    shares = middles(x / size for x, size in zip(counts, sizes, strict=True))
    return Censored(time, experimental, control, shares)


def still_followed(ledger: Ledger, trial: Trial, found: PatientSets, time: float = EARLY) -> int:
    """At least so many of the experimental group were censored for progression by ``time`` though followed for survival
    up to it; 0 where nothing follows.

    Patients at risk of death less those at risk of progression, less those who had progressed or died, in the set that
    has most of these.
    """
    group = trial.experimental.key
    alive, free = (
        ledger.count(trial.claim(f"{trial.end_points[name].at_risk}.t{time:g}.{group}.count")) for name in ("os", "pfs")
    )
    progressed = ((found.time <= time) & (found.event == 1))[:, found.arm == 1].sum(axis=1)
    return max(0, int(alive - free - progressed.max()))


def assumptions(found: PatientSets, level: float, seed: int) -> pd.DataFrame:
    """The pooled hazard ratio under assumptions on the experimental patients who were censored.

    Columns: ``kind``: ``random``, as the sets are; ``early``, those censored by :data:`EARLY` have the event at once;
    ``control``, all are followed on at the hazard of the control group; ``all``, all have the event at once; ``hr``,
    ``low``, ``high``, and their Monte Carlo errors.
    """
    chance = np.random.default_rng(seed).random(found.time.shape)
    ratio = 1 / pooled_hr(found, level)[0]
    made = {
        "random": found,
        "early": censoring.events_at_censoring(found, censoring.censored_by(found, EARLY, 1)),
        "control": censoring.hazard_after_censoring(found, ratio, chance),
        "all": censoring.events_at_censoring(found, found.time.shape[1]),
    }

    def pooled(sets: PatientSets) -> tuple[float, float, float]:
        return pooled_hr(sets, level)

    rows = [(kind, *pooled(sets), *monte_carlo_error(pooled, sets).tolist()) for kind, sets in made.items()]
    return pd.DataFrame(rows, columns=["kind", *RATIO, *(f"{name}_error" for name in RATIO)])


class Tipping(NamedTuple):
    """Where a result is lost: the ``fewest`` of the ``censored`` experimental patients with the event at once (median
    and interval over the sets; ``never`` if in some set all are not enough) and the ``multiplier`` of their hazard
    (``endless`` if not even ``most`` does it); ``control``, the multiplier for the hazard of the control group;
    ``alpha``, two-sided.
    """

    censored: Simulated
    fewest: list[Simulated]
    never: bool
    multiplier: Simulated
    endless: bool
    most: float
    control: float
    alpha: float


def tipping(found: PatientSets, level: float, seed: int) -> Tipping:
    """The tipping points of a comparison, see :mod:`netterbook.methods.censoring`."""

    def multiplier(sets: PatientSets) -> float:
        return censoring.tipping_multiplier(sets, level, seed)

    fewest = censoring.fewest_to_tip(found, 1 - level)
    times = multiplier(found)
    error = nan if isinf(times) else float(monte_carlo_error(multiplier, found))
    censored = ((found.arm == 1) & (found.event == 0)).sum(axis=1)
    return Tipping(
        Simulated(float(np.median(censored)), float(batch_error(np.median, censored))),
        simulated(*across(fewest, level)),
        bool(np.isinf(fewest).any()),
        Simulated(times, error),
        isinf(times),
        censoring.MOST_HAZARD,
        1 / pooled_hr(found, level)[0],
        1 - level,
    )
