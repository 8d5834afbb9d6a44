"""Activity and decay of 177Lu, its long-lived contaminant 177mLu, and the energy it sets free."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import radioactivedecay
from numpy.typing import ArrayLike, NDArray
from scipy.constants import electron_volt, kilo

from netterbook import papers
from netterbook.dosimetry.checks import numbers, share

GBQ_PER_MCI = Fraction(37, 1000)
"""One millicurie in gigabecquerel, by definition of the curie."""


class Contaminated(NamedTuple):
    """Activities of 177Lu and 177mLu, as shares of the 177Lu at the start."""

    lu_177: NDArray[np.float64]
    lu_177m: NDArray[np.float64]


def in_mci(gbq: Fraction | float) -> Fraction | float:
    """An activity in millicurie.

    >>> float(in_mci(Fraction("7.4")))
    200.0
    """
    return gbq / GBQ_PER_MCI


@cache
def half_life_h(nuclide: str = "Lu-177") -> float:
    """Physical half-life in hours (ICRP Publication 107).

    >>> round(half_life_h(), 1)
    159.5
    """
    return float(radioactivedecay.Nuclide(nuclide).half_life("h"))


def activity_left(days: ArrayLike, half_life_days: float | None = None) -> NDArray[np.float64]:
    """Share of the activity left after ``days`` of decay alone.

    Raises
    ------
    ValueError
        If a time is negative or not finite, or the half-life not positive.

    >>> activity_left([0, 6.647]).round(3).tolist()
    [1.0, 0.5]
    """
    days = numbers("times", days, "days", zero=True)
    half_life = half_life_h() / 24 if half_life_days is None else numbers("the half-life", half_life_days, "days")
    return np.exp2(-days / half_life)


def effective_half_life_h(biological_h: ArrayLike, nuclide: str = "Lu-177") -> NDArray[np.float64]:
    """Effective half-life in hours, ``1 / (1/T_physical + 1/T_biological)``; infinite biological ones are allowed.

    >>> round(float(effective_half_life_h(75)), 1)
    51.0
    """
    return 1 / (1 / half_life_h(nuclide) + 1 / numbers("the biological half-life", biological_h, "h", infinite=True))


def biological_half_life_h(effective_h: ArrayLike, nuclide: str = "Lu-177") -> NDArray[np.float64]:
    """Biological half-life in hours behind an effective one: :func:`effective_half_life_h`, turned round.

    Raises
    ------
    ValueError
        If the effective half-life is longer than the physical one.

    >>> round(float(biological_half_life_h(51)), 1)
    75.0
    """
    effective = numbers("the effective half-life", effective_h, "h")
    physical = half_life_h(nuclide)
    if (effective > physical).any():
        raise ValueError(
            f"an effective half-life of {effective.max():g} h is longer than the physical one of {nuclide}, "
            f"{physical:.1f} h; activity cannot leave more slowly than it decays"
        )
    rate = 1 / effective - 1 / physical
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
    days = numbers("times", days, "days", zero=True)
    share_at_start = share("the share of Lu-177m", share_at_start)
    parent = radioactivedecay.Nuclide("Lu-177m")
    branch = dict(zip(parent.progeny(), parent.branching_fractions(), strict=True))["Lu-177"]
    fast, slow = 24 * np.log(2) / half_life_h("Lu-177"), 24 * np.log(2) / half_life_h("Lu-177m")
    grown = branch * share_at_start * fast / (fast - slow) * (np.exp(-slow * days) - np.exp(-fast * days))
    return Contaminated(np.exp(-fast * days) + grown, share_at_start * np.exp(-slow * days))


@cache
def emissions() -> pd.DataFrame:
    """What 177Lu emits, from ``data/dosimetry/emissions.csv``, one row a radiation.

    Columns: ``nuclide``, ``kind``, ``energy_kev`` (of a line, or the mean of a beta branch), ``endpoint_kev``,
    ``percent`` of decays, ``kev_per_decay``, ``source``, ``confidence``, ``fact``. Numbers are nan where the source
    gives none.

    >>> emissions().loc["gamma_208", ["energy_kev", "percent"]].astype(float).tolist()
    [208.3662, 10.41]
    """
    table = papers.table("dosimetry", "emissions").set_index("row")
    for column in ("energy_kev", "endpoint_kev", "percent", "kev_per_decay"):
        table[column] = pd.to_numeric(table[column])
    return table


def dose_constant(row: str = "electrons") -> float:
    """Mean energy per decay in joule, which is Gy kg / (Bq s): the dose constant of the MIRD scheme.

    ``row`` is one of :func:`emissions` with an energy per decay. Electrons deposit theirs within millimetres; photons
    (``"photons"``) mostly leave the organ.

    0.0853 g Gy / (MBq h) for 147.9 keV of electrons (EJNMMI Phys 2020, doi 10.1186/s40658-020-00301-2, Table 1):

    >>> round(dose_constant() * 1e6 * 3600 * 1e3, 4)
    0.0853
    """
    table = emissions()
    known = table.index[table["kev_per_decay"].notna()]
    if row not in known:
        raise ValueError(f"no energy per decay of {row!r}; there are: {', '.join(known)}")
    return float(table.loc[row, "kev_per_decay"]) * kilo * electron_volt
