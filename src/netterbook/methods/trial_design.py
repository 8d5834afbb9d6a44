"""Design of a trial: events and patients needed, power, accrual, group-sequential boundaries.

Times are in months, ``alpha`` is two-sided throughout, ``allocation`` is the share of patients in the experimental arm.
"""

from __future__ import annotations

from functools import cache
from math import exp, log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from netterbook.printed import Number


def events_needed(hr: Number, power: float, alpha: float = 0.05, allocation: float = 0.5) -> float:
    """Events for a log-rank test (Schoenfeld, Biometrika 1981;68:316-9), not rounded up.

    NETTER-2 plans 99 for a hazard ratio of 0.5, 90% power, one-sided 2.5% and 2:1 allocation:

    >>> round(events_needed(0.5, 0.90, allocation=2 / 3), 1)
    98.4
    """
    z = float(ndtri(power) - ndtri(alpha / 2))
    return float(z**2 / (allocation * (1 - allocation) * log(float(hr)) ** 2))


def freedman_events(hr: Number, power: float, alpha: float = 0.05) -> float:
    """Events by Freedman's formula for 1:1 allocation (Stat Med 1982;1:121-9), not rounded up.

    >>> round(freedman_events(14 / 30, 0.90), 1)
    79.5
    """
    hr = float(hr)
    return float((norm.isf(alpha / 2) + norm.ppf(power)) ** 2 * ((1 + hr) / (1 - hr)) ** 2)


def power(hr: Number, events: Number, alpha: float = 0.05, allocation: float = 0.5) -> float:
    """Power of the log-rank test at a true hazard ratio after so many events.

    >>> round(power(0.5, 99, allocation=2 / 3), 3)
    0.902
    """
    drift = abs(log(float(hr))) * sqrt(float(events) * allocation * (1 - allocation))
    return float(ndtr(drift + ndtri(alpha / 2)))


def event_probability(median: Number, accrual: Number, follow_up: Number) -> float:
    """Share of patients with an event at the analysis: exponential times, uniform accrual, then follow-up.

    ``1 - (exp(-l f) - exp(-l (a + f))) / (l a)`` with ``l = log 2 / median`` (Collett, ch. 10).

    >>> round(event_probability(14, 18, 18), 3)
    0.729
    """
    rate = log(2) / float(median)
    return 1 - (exp(-rate * follow_up) - exp(-rate * (accrual + follow_up))) / (rate * accrual)


def patients_needed(
    events: Number, median1: Number, median2: Number, accrual: Number, follow_up: Number, allocation: float = 0.5
) -> float:
    """Patients from whom so many events are expected, not rounded up.

    NETTER-1 plans 124 patients for 74 events:

    >>> round(patients_needed(74, 30, 14, 18, 18))
    124
    """
    share = allocation * event_probability(median1, accrual, follow_up)
    share += (1 - allocation) * event_probability(median2, accrual, follow_up)
    return float(events) / share


def follow_up_needed(
    events: Number, patients: Number, median1: Number, median2: Number, accrual: Number, allocation: float = 0.5
) -> float:
    """Months after the last enrolment until so many events are expected: :func:`patients_needed`, turned round.

    Raises
    ------
    ValueError
        If fewer patients than events are given, or the events are expected before enrolment ends.

    >>> months = follow_up_needed(74, 124.5, 30, 14, 18)
    >>> round(months), round(patients_needed(74, 30, 14, 18, months), 1)
    (18, 124.5)
    """
    if patients <= events:
        raise ValueError(f"{patients:g} patients cannot give {events:g} events")

    def missing(months: float) -> float:
        return patients_needed(events, median1, median2, accrual, months, allocation) - patients

    if missing(0) < 0:
        raise ValueError(f"{events:g} events are expected before enrolment ends")
    return float(brentq(missing, 0, 1000))


def obrien_fleming_spent(information: float, alpha: float = 0.05) -> float:
    """Type I error spent at the first look by the O'Brien–Fleming-type function (Lan & DeMets, Biometrika
    1983;70:659-63): ``2 (1 - Phi(z_{alpha/2} / sqrt(t)))``.

    A test with ``alpha / 2`` on either side spends twice the value at ``alpha / 2``.

    >>> f"{obrien_fleming_spent(40 / 158):.6f}"
    '0.000098'
    """
    if not 0 < information <= 1:
        raise ValueError(f"the information fraction must lie in (0, 1], not {information}")
    return 2 * float(norm.sf(norm.isf(alpha / 2) / sqrt(float(information))))


@cache
def _obrien_fleming_constant(looks: int, alpha: float) -> float:
    """Critical value of the last of equally spaced looks (Armitage, McPherson & Rowe, JRSS A 1969;132:235-44).

    The score process is a Brownian motion that must stay within the constant at every look; its density is carried
    from look to look on Gauss–Legendre nodes.
    """
    nodes, weights = np.polynomial.legendre.leggauss(64)
    step = sqrt(1 / looks)

    def error(constant: float) -> float:
        at, weight = constant * nodes, constant * weights
        density = norm.pdf(at, scale=step)
        move = norm.pdf(at[:, None] - at[None, :], scale=step)
        for _ in range(looks - 1):
            density = move @ (weight * density)
        return 1 - float(weight @ density) - alpha

    one_look = norm.isf(alpha / 2)
    return float(brentq(error, one_look - 0.1, one_look + 1, xtol=1e-10))


def obrien_fleming_boundary(information: float, looks: int = 2, alpha: float = 0.05) -> float:
    """Two-sided nominal level of an O'Brien–Fleming boundary (Biometrics 1979;35:549-56) at an information fraction.

    The boundary for equally spaced ``looks``, ``C(looks) / sqrt(t)``, applied at the fraction actually reached.
    NETTER-1 prints 0.000085 for its interim analysis after 40 of 158 deaths:

    >>> f"{obrien_fleming_boundary(40 / 158):.6f}", f"{obrien_fleming_boundary(1):.4f}"
    ('0.000085', '0.0480')
    """
    if not 0 < information <= 1:
        raise ValueError(f"the information fraction must lie in (0, 1], not {information}")
    return 2 * float(norm.sf(_obrien_fleming_constant(looks, alpha) / sqrt(float(information))))
