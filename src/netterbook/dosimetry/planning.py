"""Cycles: cumulative absorbed dose and BED, and how many stay within a limit.

Doses of a course are arrays with cycles on the last axis. BED is summed over cycles: they lie weeks apart, so that
damage of one is repaired before the next.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from netterbook.arrays import Floats, Integers
from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.checks import checked, checked_whole


def absorbed_dose_gy(gy_per_gbq: ArrayLike, gbq_per_cycle: ArrayLike, cycles: ArrayLike) -> Floats:
    """Cumulative absorbed dose in Gy when every cycle gives the same dose per activity.

    NETTER-1's dosimetry patients had a mean of 19.4 Gy for 4 x 7.4 GBq (Bodei, J Nucl Med 2025), 0.655 Gy/GBq:

    >>> round(float(absorbed_dose_gy(0.655, 7.4, 4)), 1)
    19.4
    """
    dose = checked("the dose per activity", gy_per_gbq, "Gy/GBq", zero=True)
    activity = checked("the activity", gbq_per_cycle, "GBq", zero=True)
    return dose * activity * checked("the number of cycles", cycles, zero=True)


def cycles_within(limit_gy: ArrayLike, gy_per_gbq: ArrayLike, gbq_per_cycle: ArrayLike) -> Integers:
    """Whole cycles that stay within an absorbed-dose limit when every cycle gives the same dose.

    >>> cycles_within(23, [0.38, 0.655], 7.4).tolist()
    [8, 4]
    """
    limit = checked("the dose limit", limit_gy, "Gy")
    dose = checked("the dose per activity", gy_per_gbq, "Gy/GBq") * checked("the activity", gbq_per_cycle, "GBq")
    return np.floor(limit / dose + 1e-9).astype(np.int64)


def dose_over_cycles_gy(first_gy: ArrayLike, change_per_cycle: ArrayLike, cycles: int) -> Floats:
    """Dose of each cycle when it changes by the same share from one to the next; shape (..., cycles).

    Tumour doses fell by 6% a cycle in grade 1 and 14% in grade 2 (41 patients, J Nucl Med, PMC8978188):

    >>> dose_over_cycles_gy([30, 30], [-0.06, -0.14], 4).round(1).tolist()
    [[30.0, 28.2, 26.5, 24.9], [30.0, 25.8, 22.2, 19.1]]
    """
    first = checked("the first dose", first_gy, "Gy", zero=True)
    factor = checked(
        "the dose of a cycle over the one before", 1 + np.asarray(change_per_cycle, dtype=float), zero=True
    )
    return first[..., None] * factor[..., None] ** np.arange(checked_whole("cycles", cycles))


class Course(NamedTuple):
    """Cumulative doses after each cycle, in Gy; cycles on the last axis."""

    dose_gy: Floats
    bed_gy: Floats


def course(
    cycle_dose_gy: ArrayLike, alpha_beta_gy: ArrayLike, repair_half_time_h: ArrayLike, effective_half_life_h: ArrayLike
) -> Course:
    """Cumulative absorbed dose and BED after each cycle.

    Parameters
    ----------
    cycle_dose_gy : dose of each cycle, shape (..., cycles)
    alpha_beta_gy, repair_half_time_h, effective_half_life_h : of :func:`.bed_gy`; one, or one
        a patient in the shape of the leading axes

    >>> given = course([4.85] * 4, alpha_beta_gy=2.6, repair_half_time_h=2.8, effective_half_life_h=50)
    >>> given.dose_gy.round(1).tolist(), given.bed_gy.round(1).tolist()
    ([4.8, 9.7, 14.6, 19.4], [5.3, 10.7, 16.0, 21.3])
    """
    dose = checked("the dose of a cycle", cycle_dose_gy, "Gy", zero=True)
    if not dose.ndim or not dose.shape[-1]:
        raise ValueError("give the dose of at least one cycle, cycles on the last axis")
    parameters = (
        np.asarray(x, dtype=float)[..., None] for x in (alpha_beta_gy, repair_half_time_h, effective_half_life_h)
    )
    return Course(dose.cumsum(axis=-1), bed_gy(dose, *parameters).cumsum(axis=-1))


def cycles_before(limit_gy: ArrayLike, cumulative_gy: ArrayLike) -> Integers:
    """Cycles after which a cumulative dose is still within the limit, of those given.

    Parameters
    ----------
    limit_gy : absorbed dose or BED, as ``cumulative_gy``; one, or one a patient in the shape of the leading axes
    cumulative_gy : after each cycle, shape (..., cycles)

    >>> cycles_before([23, 28], course([[4.85] * 8, [3.2] * 8], 2.6, 2.8, 50).bed_gy).tolist()
    [4, 8]
    """
    limit = checked("the limit", limit_gy, "Gy")
    cumulative = checked("the cumulative dose", cumulative_gy, "Gy", zero=True)
    return (cumulative <= limit[..., None] * (1 + 1e-9)).sum(axis=-1)


class FixedCourse(NamedTuple):
    """Shares of patients whom a fixed number of cycles gives too little, the right number, or too much, for a limit."""

    under: float
    """A further cycle would still have been within the limit."""
    right: float
    over: float
    """The limit was passed."""


def fixed_course(limit_gy: ArrayLike, cumulative_gy: ArrayLike, cycles: int) -> FixedCourse:
    """How a fixed number of cycles treats patients, measured by a limit of kidney dose alone.

    ``cumulative_gy``, absorbed dose or BED, must reach one cycle further than ``cycles``; shape (patients, cycles).

    >>> fixed_course(23, np.array([[3, 4.85, 7]]).T * np.arange(1, 6), 4)
    FixedCourse(under=0.3333333333333333, right=0.3333333333333333, over=0.3333333333333333)
    """
    cumulative = checked("the cumulative dose", cumulative_gy, "Gy", zero=True)
    if cumulative.ndim < 2 or cumulative.shape[-1] <= checked_whole("cycles", cycles):
        raise ValueError(
            f"cumulative doses of the shape {cumulative.shape} do not reach beyond {cycles} cycles; "
            f"give patients in rows, with {cycles + 1} cycles or more"
        )
    possible = cycles_before(limit_gy, cumulative[..., : cycles + 1])
    return FixedCourse(*(float(np.mean(x)) for x in (possible > cycles, possible == cycles, possible < cycles)))
