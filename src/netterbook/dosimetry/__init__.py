"""Dosimetry of 177Lu: decay, biologically effective dose, cycles, single images, virtual patients, immortal time.

Nothing here knows a paper: doses, models and cohorts are handed in. Nuclear data are those of ICRP Publication 107.
"""

from netterbook.dosimetry.decay import activity_left, half_life_h, in_mci
from netterbook.dosimetry.planning import absorbed_dose_gy, cycles_within

__all__ = ["absorbed_dose_gy", "activity_left", "cycles_within", "half_life_h", "in_mci"]
