"""Dosimetry of 177Lu: decay, time–activity curves, absorbed and biologically effective dose, cycles, populations."""

from netterbook.dosimetry.decay import (
    GBQ_PER_MCI,
    activity_left,
    biological_half_life_h,
    effective_half_life_h,
    half_life_h,
    in_mci,
)
from netterbook.dosimetry.planning import absorbed_dose_gy, cycles_within

__all__ = [
    "GBQ_PER_MCI",
    "absorbed_dose_gy",
    "activity_left",
    "biological_half_life_h",
    "cycles_within",
    "effective_half_life_h",
    "half_life_h",
    "in_mci",
]
