"""Biologically effective dose of a dose rate that changes, with repair of sublethal damage by one exponential.

``BED = D (1 + G D / (alpha/beta))`` with the Lea–Catcheside factor (Lea & Catcheside, J Genet 1942;44:216-45; Dale, Br
J Radiol 1985;58:515-28) ::

    G = 2 / D^2  int_0^inf R(t)  int_0^t R(w) exp(-mu (t - w)) dw dt,   mu = ln 2 / repair half-time

Doses are in Gy, times in hours. A repair half-time of 0 means repair at once (G = 0), an infinite one none (G = 1).
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netterbook.dosimetry.checks import increasing_times, numbers
from netterbook.dosimetry.curves import LN2, Curve


def _effective(dose: NDArray, weighted_square: NDArray, alpha_beta_gy: ArrayLike) -> NDArray:
    return dose + weighted_square / numbers("alpha/beta", alpha_beta_gy, "Gy")


def _repair_rate(repair_half_time_h: ArrayLike) -> NDArray:
    half_time = numbers("the repair half-time", repair_half_time_h, "h", zero=True, infinite=True)
    return np.divide(LN2, half_time, out=np.full(half_time.shape, np.inf), where=half_time > 0)


def bed_gy(
    dose_gy: ArrayLike, alpha_beta_gy: ArrayLike, repair_half_time_h: ArrayLike, effective_half_life_h: ArrayLike
) -> NDArray[np.float64]:
    """BED of a dose rate that falls with one half-life: ``G = T_repair / (T_repair + T_effective)``.

    As coded in PyTheranostics (``calculate_bed``), citing Bodei, Eur J Nucl Med Mol Imaging 2008;35:1847-56.

    A cycle of 5 Gy to the kidneys, with the alpha/beta and repair half-time that PyTheranostics keeps for them and a
    half-life of 50 h, which is an assumption:

    >>> round(float(bed_gy(5, alpha_beta_gy=2.6, repair_half_time_h=2.8, effective_half_life_h=50)), 2)
    5.51
    """
    dose = numbers("the dose", dose_gy, "Gy", zero=True)
    effective = numbers("the effective half-life", effective_half_life_h, "h")
    repair = numbers("the repair half-time", repair_half_time_h, "h", zero=True, infinite=True)
    g = 1 / (1 + np.divide(effective, repair, out=np.full(np.broadcast(effective, repair).shape, np.inf),
                           where=repair > 0))  # fmt: skip
    return _effective(dose, g * dose**2, alpha_beta_gy)


def curve_bed_gy(dose_rate_gy_h: Curve, alpha_beta_gy: ArrayLike, repair_half_time_h: ArrayLike) -> NDArray[np.float64]:
    """BED of a dose rate that is a sum of exponentials, in closed form.

    With decay constants ``l`` the double integral is ``sum_ij r_i r_j / ((l_i + mu)(l_i + l_j))``.

    >>> from netterbook.dosimetry.curves import mono_exponential
    >>> rate = mono_exponential(5 * LN2 / 50, 50)  # 5 Gy, as in :func:`bed_gy`
    >>> round(float(curve_bed_gy(rate, 2.6, 2.8)), 2)
    5.51
    """
    rates = LN2 / dose_rate_gy_h.half_lives_h
    amplitudes = dose_rate_gy_h.amplitudes
    first, second = (x[..., :, None] for x in (rates, amplitudes)), (x[..., None, :] for x in (rates, amplitudes))
    (rate1, r1), (rate2, r2) = first, second
    mu = _repair_rate(repair_half_time_h)[..., None, None]
    square = 2 * (r1 * r2 / ((rate1 + mu) * (rate1 + rate2))).sum(axis=(-2, -1))
    return _effective(dose_rate_gy_h.integral(), square, alpha_beta_gy)


def _phi(x: NDArray) -> list[NDArray]:
    """``phi_1`` to ``phi_4`` of exponential integrators, ``phi_k = sum_n (-x)^n / (n + k)!``, without cancellation."""
    small = x < 1
    series = [sum((-np.where(small, x, 0)) ** n / factorial(n + k) for n in range(20)) for k in range(1, 5)]
    large = np.where(small, 1, x)
    closed = [-np.expm1(-large) / large]
    for k in range(1, 4):
        closed.append((1 / factorial(k) - closed[-1]) / large)
    return [np.where(small, s, c) for s, c in zip(series, closed, strict=True)]


def numerical_bed_gy(
    time_h: ArrayLike,
    dose_rate_gy_h: ArrayLike,
    alpha_beta_gy: ArrayLike,
    repair_half_time_h: float,
    tail_half_life_h: float | None = None,
) -> NDArray[np.float64]:
    """BED of any dose rate, taken as straight between the given times and exponential after the last.

    The double integral is exact for such a curve and takes one pass: unrepaired damage is carried from time to time.

    Parameters
    ----------
    time_h : shape (n,), increasing
    dose_rate_gy_h : shape (..., n)
    tail_half_life_h : of the dose rate after the last time; by default it is 0 there

    Raises
    ------
    ValueError
        If times do not increase, there are fewer than two, or a value is negative or not finite.

    >>> time = np.linspace(0, 500, 2001)
    >>> rate = 5 * LN2 / 50 * np.exp2(-time / 50)  # 5 Gy, as in :func:`bed_gy`
    >>> round(float(numerical_bed_gy(time, rate, 2.6, 2.8, tail_half_life_h=50)), 2)
    5.51
    """
    times = increasing_times(time_h)
    rate = numbers("the dose rate", dose_rate_gy_h, "Gy/h", zero=True)
    if times.size < 2 or rate.shape[-1:] != times.shape:
        raise ValueError(f"{times.size} times, dose rates of the shape {rate.shape}; give one a time, at least two")
    mu = float(_repair_rate(repair_half_time_h))
    step = np.diff(times)
    phi1, phi2, phi3, phi4 = _phi(mu * step)
    start, rise = rate[..., :-1], np.diff(rate)
    # Within a step from a rate a that rises by d: what it adds to the damage left at its end, what it does with damage
    # left from before, and what it does with its own
    added = step * (start * phi1 + rise * phi2)
    with_old = step * (start * phi1 + rise * (phi1 - phi2))
    own = step**2 * (start * (start + rise) * phi2 + rise**2 * (phi3 - phi4))
    kept = np.exp(-mu * step)
    damage = double = np.zeros(rate.shape[:-1])
    for i in range(step.size):
        double = double + damage * with_old[..., i] + own[..., i]
        damage = damage * kept[i] + added[..., i]
    dose = np.trapezoid(rate, times)
    if tail_half_life_h is not None:
        decay = LN2 / float(numbers("the half-life of the tail", tail_half_life_h, "h"))
        last = rate[..., -1]
        double = double + (damage * last + last**2 / (2 * decay)) / (decay + mu)
        dose = dose + last / decay
    return _effective(dose, 2 * double, alpha_beta_gy)


def eqd2_gy(bed_gy: ArrayLike, alpha_beta_gy: ArrayLike) -> NDArray[np.float64]:
    """Dose in fractions of 2 Gy with the same BED, ``BED / (1 + 2 / (alpha/beta))``.

    >>> round(float(eqd2_gy(40, 2.6)), 1), round(float(eqd2_gy(28, 2.6)), 1)
    (22.6, 15.8)
    """
    bed = numbers("the BED", bed_gy, "Gy", zero=True)
    return bed / (1 + 2 / numbers("alpha/beta", alpha_beta_gy, "Gy"))
