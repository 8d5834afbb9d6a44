"""Every figure of the book, in one style (:mod:`netterbook.figures.style`)."""

from netterbook.figures.curves import deviations, numbers_at_risk, proportional_hazards, reconstructed_curves, withheld
from netterbook.figures.dosimetry import decay, kidney_dose
from netterbook.figures.trial import (
    adverse_events,
    baseline_balance,
    best_response,
    forest,
    interim_boundary,
    interim_shrinkage,
    power_curves,
    response_intervals,
    trial_profile,
)

__all__ = [
    "adverse_events",
    "baseline_balance",
    "best_response",
    "decay",
    "deviations",
    "forest",
    "interim_boundary",
    "interim_shrinkage",
    "kidney_dose",
    "numbers_at_risk",
    "power_curves",
    "proportional_hazards",
    "reconstructed_curves",
    "response_intervals",
    "trial_profile",
    "withheld",
]
