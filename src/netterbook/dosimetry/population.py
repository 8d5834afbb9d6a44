"""Virtual patients: kidney dose per activity between and within patients, and a treatment guided by it.

Published are means and spreads of cohorts. How much a patient's own dose varies from cycle to cycle, the kidney's
alpha/beta, repair and effective half-life, and the limits of the phase II trial are not in any source that this book
could read: they are assumptions, to be varied.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.checks import checked, checked_share, checked_whole

# Doses of cohorts and of typical patients


def between_cv(total_cv: float, within_cv: float, cycles: int) -> float:
    """Coefficient of variation between patients behind that of a cohort whose values are means of ``cycles`` cycles.

    ``(1 + total^2) = (1 + between^2)(1 + within^2 / cycles)``, exact for a product of two independent factors.

    Raises
    ------
    ValueError
        If the variation within patients alone exceeds the total.

    >>> round(between_cv(0.50, 0.10, 1), 3)  # 0.38 +- 0.19 Gy/GBq over 80 cycles, 10% within patients assumed
    0.487
    """
    total, within = (
        float(checked(f"the {n} CV", v, zero=True)) for n, v in (("total", total_cv), ("within", within_cv))
    )
    square = (1 + total**2) / (1 + within**2 / checked_whole("cycles", cycles)) - 1
    if square < 0:
        raise ValueError(
            f"the CV within patients, {within:g}, alone exceeds the total of {total:g}; assume a smaller one"
        )
    return float(np.sqrt(square))


class ClearanceModel(NamedTuple):
    """Typical dose of a cycle by activity and creatinine clearance.

    ``dose_gy (GBq / activity_gbq)^activity_power (CrCL / clearance_ml_min)^clearance_power``, as in Sood, J Nucl Med
    2026;67:887-94: 47 adults of NETTER-1 and ERASMUS. An activity exponent below 1 is physically odd. Dose is
    proportional to activity as long as uptake and clearance do not depend on the amount of peptide. A saturated uptake,
    or activities chosen by the patient's condition, could give one; so could little spread of activity in the data.
    Away from ``activity_gbq`` the model is to be used with care.
    """

    dose_gy: float
    activity_gbq: float
    clearance_ml_min: float
    activity_power: float
    clearance_power: float

    def cycle_gy(self, gbq: ArrayLike, crcl_ml_min: ArrayLike) -> Floats:
        """Dose of one cycle in Gy.

        >>> kidney = ClearanceModel(4.3, 7.4, 99, 0.66, -0.552)
        >>> kidney.cycle_gy(7.4, [50, 99, 150]).round(2).tolist()
        [6.27, 4.3, 3.42]
        >>> (kidney.cycle_gy([3.7, 7.4], 99) / [3.7, 7.4]).round(3).tolist()  # Gy/GBq
        [0.736, 0.581]
        """
        activity = checked("the activity", gbq, "GBq") / self.activity_gbq
        clearance = checked("the creatinine clearance", crcl_ml_min, "mL/min") / self.clearance_ml_min
        return self.dose_gy * activity**self.activity_power * clearance**self.clearance_power


# Virtual patients


def log_normal(mean: ArrayLike, cv: ArrayLike, size: int | tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Log-normal numbers with this mean and coefficient of variation.

    >>> drawn = log_normal(0.43, 0.3, 100_000, np.random.default_rng(1))
    >>> round(float(drawn.mean()), 2), round(float(drawn.std() / drawn.mean()), 2)
    (0.43, 0.3)
    """
    mean, variance = checked("the mean", mean), np.log1p(checked("the CV", cv, zero=True) ** 2)
    drawn = rng.standard_normal(size)
    drawn *= np.sqrt(variance)
    drawn += np.log(mean) - variance / 2
    return np.exp(drawn, out=drawn)


def virtual_patients(
    patients: int,
    cycles: int,
    mean_gy_per_gbq: ArrayLike,
    between_cv: float,
    within_cv: float,
    rng: np.random.Generator,
    change_per_cycle: float = 0.0,
) -> Floats:
    """Dose per activity in Gy/GBq of every cycle of virtual patients, log-normal; shape (patients, cycles).

    Parameters
    ----------
    mean_gy_per_gbq : of all, or one a patient
    between_cv, within_cv : coefficients of variation between patients, and from cycle to cycle in a patient
    change_per_cycle : trend from cycle to cycle, as a share

    18 patients with 80 cycles had 0.38 +- 0.19 Gy/GBq (PMC6300448):

    >>> drawn = virtual_patients(20_000, 4, 0.38, 0.487, 0.1, np.random.default_rng(1))
    >>> drawn.shape, round(float(drawn.mean()), 2), round(float(drawn.std()), 2)
    ((20000, 4), 0.38, 0.19)
    """
    patients, cycles = checked_whole("patients", patients), checked_whole("cycles", cycles)
    factor = checked("the dose of a cycle over the one before", 1 + change_per_cycle, zero=True)
    own = log_normal(mean_gy_per_gbq, between_cv, patients, rng)
    drawn = log_normal(1, within_cv, (patients, cycles), rng)
    drawn *= own[:, None]
    drawn *= factor ** np.arange(cycles)
    return drawn


def shares_by_cycles(cycle_limits_gy: ArrayLike, mean_gy_per_gbq: float, cv: float, gbq_per_cycle: float) -> Floats:
    """Shares of patients by how many cycles stay within a limit, from none; the last holds all with at least as many.

    The cycles of a patient are alike, and doses per activity are log-normal between patients, so that the shares are
    exact.

    Parameters
    ----------
    cycle_limits_gy : the dose of each cycle with which one, two and more of them just stay within the limit
    mean_gy_per_gbq, cv : mean and coefficient of variation over the patients

    23 Gy, and the mean of 18 patients (PMC6300448) with half of it as standard deviation:

    >>> shares_by_cycles(23 / np.arange(1, 9), 0.38, 0.5, 7.4).round(2).tolist()
    [0.0, 0.0, 0.01, 0.03, 0.06, 0.09, 0.1, 0.1, 0.61]
    """
    limits = checked("the dose of a cycle", cycle_limits_gy, "Gy")
    mean, spread = checked("the mean", mean_gy_per_gbq, "Gy/GBq"), np.log1p(checked("the CV", cv) ** 2)
    largest = np.log(limits / checked("the activity", gbq_per_cycle, "GBq"))
    reached = ndtr((largest - np.log(mean) + spread / 2) / np.sqrt(spread))
    return np.concatenate([[1.0], reached]) - np.concatenate([reached, [0.0]])


# A treatment that the kidney dose ends


class Protocol(NamedTuple):
    """A treatment that goes on until a kidney dose, with the biology of its BED."""

    limit_bed_gy: float
    higher_limit_bed_gy: float
    higher_share: float
    """Share of patients who may go on to the higher limit."""
    stop: Literal["before", "at"]
    """No cycle that would pass the limit if it gave as much as the last; or cycles until the limit is reached."""
    stop_probability: float
    """Of a patient at every cycle, to have no further one for other reasons: progression, toxicity, death, wish."""
    alpha_beta_gy: float
    repair_half_time_h: float
    effective_half_life_h: float
    gbq_per_cycle: float


class Treated(NamedTuple):
    """Patients after a simulated treatment, each array of the shape (patients,)."""

    cycles: Integers
    dose_gy: Floats
    bed_gy: Floats
    higher: Booleans
    """Allowed the higher limit."""
    by_dose: Booleans
    """Ended by the kidney dose, not for another reason or for want of simulated cycles."""


def simulate_protocol(gy_per_gbq: ArrayLike, protocol: Protocol, rng: np.random.Generator) -> Treated:
    """Treat virtual patients until their kidney dose is reached.

    Everybody has a first cycle; kidney dose is measured after each. The number of cycles in ``gy_per_gbq`` is the most
    that anyone can have, so it should be larger than what the limits allow.

    Parameters
    ----------
    gy_per_gbq : shape (patients, cycles), as from :func:`virtual_patients`

    Sundlöv 2022 gave 5 cycles in the median; NETTER-1's mean kidney dose per activity, with limits and biology that
    are assumptions:

    >>> rng = np.random.default_rng(1)
    >>> protocol = Protocol(28, 40, 0.5, "before", 0.05, 2.6, 2.8, 50, 7.4)
    >>> treated = simulate_protocol(virtual_patients(10_000, 20, 0.655, 0.4, 0.1, rng), protocol, rng)
    >>> float(np.median(treated.cycles)), int(treated.cycles.min())
    (5.0, 1)
    """
    p = protocol
    if p.stop not in ("before", "at"):
        raise ValueError(f'stop must be "before" or "at" the limit, not {p.stop!r}')
    limits = checked("the limits", [p.limit_bed_gy, p.higher_limit_bed_gy], "Gy")
    dose = checked("the dose per activity", gy_per_gbq, "Gy/GBq") * checked("the activity", p.gbq_per_cycle, "GBq")
    if dose.ndim != 2 or not dose.size:
        raise ValueError(f"give patients in rows and cycles in columns, not doses of the shape {dose.shape}")
    patients = len(dose)
    bed = bed_gy(dose, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h)
    dose, cumulative = dose.cumsum(axis=1), bed.cumsum(axis=1)
    higher = rng.random(patients) < checked_share("the share with the higher limit", p.higher_share)
    limit = np.where(higher, limits[1], limits[0])[:, None]
    ended_by_dose = cumulative >= limit * (1 - 1e-9) if p.stop == "at" else cumulative + bed > limit * (1 + 1e-9)
    ended = ended_by_dose | (rng.random(dose.shape) < checked_share("the probability of stopping", p.stop_probability))
    ended[:, -1] = True
    last = ended.argmax(axis=1)
    row = np.arange(patients)
    return Treated(last + 1, dose[row, last], cumulative[row, last], higher, ended_by_dose[row, last])


class Matches(NamedTuple):
    """Shares of simulated trials with the published median, and with median and range."""

    median: float
    both: float


def matching_trials(cycles: ArrayLike, median: float, low: int, high: int) -> Matches:
    """How many simulated trials look like a published one; ``cycles`` has the shape (trials, patients).

    >>> matching_trials([[1, 5, 9], [1, 4, 9], [2, 5, 9]], 5, 1, 9)
    Matches(median=0.6666666666666666, both=0.3333333333333333)
    """
    cycles = checked("cycles", cycles, zero=True)
    if cycles.ndim != 2 or not cycles.size:
        raise ValueError(f"give trials in rows and patients in columns, not cycles of the shape {cycles.shape}")
    same_median = np.median(cycles, axis=1) == median
    same_range = (cycles.min(axis=1) == low) & (cycles.max(axis=1) == high)
    return Matches(float(same_median.mean()), float((same_median & same_range).mean()))
