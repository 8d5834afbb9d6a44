"""Biologically effective dose of a dose rate that falls with one half-life, with repair by one exponential.

``BED = D (1 + G D / (alpha/beta))`` with the Lea–Catcheside factor (Lea & Catcheside, J Genet 1942;44:216-45; Dale, Br
J Radiol 1985;58:515-28). Doses are in Gy, times in hours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netterbook.arrays import Floats
from netterbook.dosimetry.checks import checked


def bed_gy(
    dose_gy: ArrayLike, alpha_beta_gy: ArrayLike, repair_half_time_h: ArrayLike, effective_half_life_h: ArrayLike
) -> Floats:
    """BED of a dose rate that falls with one half-life: ``G = T_repair / (T_repair + T_effective)``.

    A repair half-time of 0 means repair at once (G = 0), an infinite one none (G = 1). As coded in PyTheranostics
    (``calculate_bed``), citing Bodei, Eur J Nucl Med Mol Imaging 2008;35:1847-56.

    A cycle of 5 Gy to the kidneys, with the alpha/beta and repair half-time that PyTheranostics keeps for them and a
    half-life of 50 h, which is an assumption:

    >>> round(float(bed_gy(5, alpha_beta_gy=2.6, repair_half_time_h=2.8, effective_half_life_h=50)), 2)
    5.51
    """
    dose = checked("the dose", dose_gy, "Gy", zero=True)
    effective = checked("the effective half-life", effective_half_life_h, "h")
    repair = checked("the repair half-time", repair_half_time_h, "h", zero=True, infinite=True)
    over = np.divide(effective, repair, out=np.full(np.broadcast(effective, repair).shape, np.inf), where=repair > 0)
    return dose + 1 / (1 + over) * dose**2 / checked("alpha/beta", alpha_beta_gy, "Gy")


def dose_of_bed_gy(
    bed_gy: ArrayLike, alpha_beta_gy: ArrayLike, repair_half_time_h: ArrayLike, effective_half_life_h: ArrayLike
) -> Floats:
    """Absorbed dose with a BED, the inverse of :func:`bed_gy`.

    >>> round(float(dose_of_bed_gy(5.51, alpha_beta_gy=2.6, repair_half_time_h=2.8, effective_half_life_h=50)), 2)
    5.0
    """
    bed = checked("the BED", bed_gy, "Gy", zero=True)
    effective = checked("the effective half-life", effective_half_life_h, "h")
    repair = checked("the repair half-time", repair_half_time_h, "h", zero=True)
    curve = repair / (repair + effective) / checked("alpha/beta", alpha_beta_gy, "Gy")
    return 2 * bed / (1 + np.sqrt(1 + 4 * curve * bed))


def eqd2_gy(bed_gy: ArrayLike, alpha_beta_gy: ArrayLike) -> Floats:
    """Dose in fractions of 2 Gy with the same BED, ``BED / (1 + 2 / (alpha/beta))``.

    >>> round(float(eqd2_gy(40, 2.6)), 1), round(float(eqd2_gy(28, 2.6)), 1)
    (22.6, 15.8)
    """
    bed = checked("the BED", bed_gy, "Gy", zero=True)
    return bed / (1 + 2 / checked("alpha/beta", alpha_beta_gy, "Gy"))
