"""Every figure of the book, in one style (:mod:`netterbook.figures.style`)."""

from netterbook.figures.curves import deviations, numbers_at_risk, reconstructed_curves
from netterbook.figures.dosimetry import decay, kidney_dose
from netterbook.figures.trial import adverse_events, best_response, forest, power_curves, response_intervals

__all__ = [
    "adverse_events",
    "best_response",
    "decay",
    "deviations",
    "forest",
    "kidney_dose",
    "numbers_at_risk",
    "power_curves",
    "reconstructed_curves",
    "response_intervals",
]
