"""Activity and decay of 177Lu and of its long-lived contaminant 177mLu, with nuclear data of ICRP Publication 107."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from netterbook.arrays import Floats
from netterbook.dosimetry.checks import checked, checked_share

GBQ_PER_MCI = Fraction(37, 1000)
"""One millicurie in gigabecquerel, by definition of the curie."""


_HALF_LIFE_DAYS = {"Lu-177": 6.647, "Lu-177m": 160.4}
_LU_177M_TO_LU_177 = 0.217
"""Share of the decays of 177mLu that lead to 177Lu; these three numbers are of ICRP Publication 107, Annex A."""


class Contaminated(NamedTuple):
    """Activities of 177Lu and 177mLu, as shares of the 177Lu at the start."""

    lu_177: Floats
    lu_177m: Floats


def in_mci(gbq: Fraction | float) -> Fraction | float:
    """An activity in millicurie.

    >>> float(in_mci(Fraction("7.4")))
    200.0
    """
    return gbq / GBQ_PER_MCI


def half_life_h(nuclide: str = "Lu-177") -> float:
    """Physical half-life of 177Lu or, as ``Lu-177m``, of 177mLu, in hours (ICRP Publication 107).

    Raises
    ------
    ValueError
        For another nuclide.

    >>> round(half_life_h(), 1)
    159.5
    """
    if nuclide not in _HALF_LIFE_DAYS:
        raise ValueError(f"no half-life of {nuclide}; give one of {', '.join(_HALF_LIFE_DAYS)}")
    return 24 * _HALF_LIFE_DAYS[nuclide]


def activity_left(days: ArrayLike, half_life_days: float) -> Floats:
    """Share of the activity left after ``days``, with a physical or an effective half-life.

    Raises
    ------
    ValueError
        If a time is negative or not finite, or the half-life not positive.

    >>> activity_left([0, 6.647], half_life_h() / 24).round(3).tolist()
    [1.0, 0.5]
    """
    return np.exp2(-checked("times", days, "days", zero=True) / checked("the half-life", half_life_days, "days"))


def biological_half_life_h(physical_h: float, effective_h: ArrayLike) -> Floats:
    """Biological half-life in hours behind an effective one, ``1 / T_effective = 1 / T_physical + 1 / T_biological``.

    Raises
    ------
    ValueError
        If the effective half-life is longer than the physical one.

    >>> round(float(biological_half_life_h(half_life_h(), 51)), 1)
    75.0
    """
    effective = checked("the effective half-life", effective_h, "h")
    if (effective > physical_h).any():
        raise ValueError(
            f"an effective half-life of {effective.max():g} h is longer than the physical one, {physical_h:.1f} h; "
            "activity cannot leave more slowly than it decays"
        )
    rate = 1 / effective - 1 / physical_h
    return np.divide(1, rate, out=np.full(rate.shape, np.inf), where=rate > 0)[()]


def lu_177m_over_time(days: ArrayLike, share_at_start: float) -> Contaminated:
    """Activities of 177Lu and of the 177mLu in it (Bateman), as shares of the 177Lu at the start.

    177mLu comes with 177Lu made by neutron capture in 176Lu. 21.7% of its decays lead to 177Lu, so that in the end the
    two decay together.

    Parameters
    ----------
    days : after the start
    share_at_start : activity of 177mLu over that of 177Lu, 0 to 1

    Henkelmann (ICTR-PHE, CERN Indico 70767) reports 0.01 to 0.02% at the end of irradiation, 1.4 to 1.8 MBq in a dose
    of 7 to 9 GBq, and a doubling of the ratio within a week:

    >>> round(1000 * 7 * 0.0002, 1), round(1000 * 9 * 0.0002, 1)
    (1.4, 1.8)
    >>> after = lu_177m_over_time([0, 7], 0.0002)
    >>> (after.lu_177m / after.lu_177).round(6).tolist()
    [0.0002, 0.000403]
    """
    days = checked("times", days, "days", zero=True)
    share = checked_share("the share of Lu-177m", share_at_start)
    fast, slow = 24 * np.log(2) / half_life_h("Lu-177"), 24 * np.log(2) / half_life_h("Lu-177m")
    grown = _LU_177M_TO_LU_177 * share * fast / (fast - slow) * (np.exp(-slow * days) - np.exp(-fast * days))
    return Contaminated(np.exp(-fast * days) + grown, share * np.exp(-slow * days))
