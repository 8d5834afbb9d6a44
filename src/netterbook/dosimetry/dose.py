"""Absorbed dose by the MIRD scheme: time-integrated activity times the S value (MIRD Pamphlet 21, J Nucl Med 2009)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import giga, hour

from netterbook.dosimetry.checks import numbers
from netterbook.dosimetry.curves import Curve
from netterbook.dosimetry.decay import dose_constant


def self_s_gy_per_gbq_h(mass_g: ArrayLike) -> NDArray[np.float64]:
    """S value of an organ or tumour for its own electrons, all absorbed in it, in Gy / (GBq h).

    Photons of 177Lu are left out: they add 1.5% in the kidneys. Electrons leave small tumours in part, 2% of the energy
    at 1 g. (Phantom and sphere S values kept by PyTheranostics, ``Lu177-Male-Svalues.csv`` and ``spheres.json``.)

    Both kidneys of the adult male, 310 g:

    >>> round(float(self_s_gy_per_gbq_h(310)), 4)
    0.2752
    """
    return dose_constant() * giga * hour / (numbers("the mass", mass_g, "g") / 1000)


def scaled_s(s: ArrayLike, reference_mass_g: ArrayLike, mass_g: ArrayLike) -> NDArray[np.float64]:
    """A phantom's self-dose S value for another mass, ``S m_reference / m``, in the unit of ``s``.

    Holds for electrons, whose absorbed fraction does not change with the mass.

    From 310 g to the median of 339 g of the adults in NETTER-1 and ERASMUS (Sood, J Nucl Med 2026):

    >>> round(float(scaled_s(0.2752, 310, 339)), 4)
    0.2517
    """
    reference = numbers("the reference mass", reference_mass_g, "g")
    return numbers("the S value", s) * reference / numbers("the mass", mass_g, "g")


def dose_gy(integrated_gbq_h: ArrayLike, s_gy_per_gbq_h: ArrayLike) -> NDArray[np.float64]:
    """Absorbed dose in Gy, time-integrated activity (GBq h) times S value (Gy / (GBq h)).

    4% of 7.4 GBq in kidneys of 310 g, cleared with 50 h:

    >>> from netterbook.dosimetry.curves import mono_exponential
    >>> round(float(dose_gy(mono_exponential(0.04 * 7.4, 50).integral(), self_s_gy_per_gbq_h(310))), 2)
    5.88
    """
    activity = numbers("the time-integrated activity", integrated_gbq_h, "GBq h", zero=True)
    return activity * numbers("the S value", s_gy_per_gbq_h, "Gy / (GBq h)")


def dose_in_shrinking_tumour_gy(curve: Curve, mass_g: ArrayLike, mass_half_life_h: ArrayLike) -> NDArray[np.float64]:
    """Absorbed dose in Gy in a tumour whose mass falls exponentially, ``m0 2^(-t / T_mass)``, from injection on.

    The activity is the one measured in the whole tumour. Dose rate is activity over mass, so each phase lasts
    ``1 / (1 / T - 1 / T_mass)`` instead of ``T``.

    Parameters
    ----------
    curve : activity in GBq
    mass_g : at injection
    mass_half_life_h : time in which the mass halves; infinite for a constant mass

    Raises
    ------
    ValueError
        If the mass falls as fast as the activity or faster: the dose would not be finite.

    >>> from netterbook.dosimetry.curves import mono_exponential
    >>> dose_in_shrinking_tumour_gy(mono_exponential(0.05, 80), 20, [np.inf, 24 * 56]).round(1).tolist()
    [24.6, 26.2]
    """
    mass = numbers("the mass", mass_g, "g")
    shrinking = numbers("the half-life of the mass", mass_half_life_h, "h", infinite=True)
    rate = 1 / curve.half_lives_h - 1 / shrinking[..., None]
    if (rate <= 0).any():
        raise ValueError(
            f"the mass halves in {shrinking.min():g} h, no slower than the activity ({curve.half_lives_h.max():g} h); "
            "the dose to what remains would not be finite"
        )
    return (curve.amplitudes / rate).sum(axis=-1) / np.log(2) * self_s_gy_per_gbq_h(mass)
