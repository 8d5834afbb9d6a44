"""Virtual patients: kidney dose per activity between and within patients, and a treatment guided by it.

Published are means and spreads of cohorts. How much a patient's own dose varies from cycle to cycle, the kidney's
alpha/beta, repair and effective half-life, and the limits of the phase II trial are not in any source that this book
could read: they are assumptions, to be varied.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from netterbook import papers
from netterbook.dosimetry.bed import bed_gy
from netterbook.dosimetry.checks import numbers, share, whole

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


# Cohorts


@cache
def cohorts() -> pd.DataFrame:
    """Published cohorts with a mean and a standard deviation of the kidney dose, by the id of the fact.

    Columns: ``label``, ``mean_gy_per_gbq``, ``cv`` (standard deviation over mean), ``cycles`` that each value of the
    cohort is the mean of, ``source``. NETTER-1's is the cumulative dose of its 29.6 GBq.

    >>> cohorts().loc["F082", ["mean_gy_per_gbq", "cv"]].astype(float).round(3).tolist()
    [0.655, 0.448]
    """
    facts = papers.facts()
    rows = {}
    for fact, label, gbq, cycles in (
        ("F082", "NETTER-1, 20 patients", 29.6, 4),
        ("F151", "18 patients, 80 cycles", 1, 1),
        ("F152", "12 patients, SPECT/CT", 1, 1),
        ("F153", "61 patients, planar", 1, 1),
    ):
        mean, sd = map(float, _NUMBER.findall(facts.loc[fact, "value"]))
        rows[fact] = label, mean / gbq, sd / mean, cycles, facts.loc[fact, "source"]
    columns = ["label", "mean_gy_per_gbq", "cv", "cycles", "source"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def between_cv(total_cv: float, within_cv: float, cycles: int = 1) -> float:
    """Coefficient of variation between patients behind that of a cohort whose values are means of ``cycles`` cycles.

    ``(1 + total^2) = (1 + between^2)(1 + within^2 / cycles)``, exact for a product of two independent factors.

    >>> round(between_cv(0.50, 0.10), 3)  # 0.38 +- 0.19 Gy/GBq over 80 cycles, 10% within patients assumed
    0.487
    """
    total, within = (
        float(numbers(f"the {n} CV", v, zero=True)) for n, v in (("total", total_cv), ("within", within_cv))
    )
    square = (1 + total**2) / (1 + within**2 / whole("cycles", cycles)) - 1
    if square < 0:
        raise ValueError(
            f"the CV within patients, {within:g}, alone exceeds the total of {total:g}; assume a smaller one"
        )
    return float(np.sqrt(square))


@cache
def _sood(organ: str) -> tuple[float, float, float]:
    ids = {"kidney": ("F087", "F088", "F089"), "marrow": ("F091", "F092", "F093")}
    if organ not in ids:
        raise ValueError(f"no model of {organ!r}; there are: {', '.join(ids)}")
    return tuple(float(_NUMBER.match(papers.facts().loc[fact, "value"])[0]) for fact in ids[organ])


def sood_dose_gy(gbq: ArrayLike, crcl_ml_min: ArrayLike, organ: str = "kidney") -> NDArray[np.float64]:
    """Typical dose of one cycle in Gy by activity and creatinine clearance, ``A (GBq / 7.4)^B (CrCL / 99)^C``.

    Sood, J Nucl Med 2026;67:887-94: 47 adults of NETTER-1 and ERASMUS, for ``"kidney"`` or ``"marrow"``.
    The activity exponents, 0.66 and 0.597, are physically odd. Dose is proportional to activity as long as uptake
    and clearance do not depend on the amount of peptide; an exponent below 1 makes the dose per activity fall with
    the activity. A saturated uptake, or activities chosen by the patient's condition, could give one; so could little
    spread of activity in the data (its standard error is 23%). Away from 7.4 GBq the model is to be used with care.

    >>> sood_dose_gy(7.4, [50, 99, 150]).round(2).tolist()
    [6.27, 4.3, 3.42]
    >>> (sood_dose_gy([3.7, 7.4], 99) / [3.7, 7.4]).round(3).tolist()  # Gy/GBq
    [0.736, 0.581]
    """
    a, b, c = _sood(organ)
    activity = numbers("the activity", gbq, "GBq") / 7.4
    return a * activity**b * (numbers("the creatinine clearance", crcl_ml_min, "mL/min") / 99) ** c


# Virtual patients


def log_normal(mean: ArrayLike, cv: ArrayLike, size: int | tuple[int, ...], rng: np.random.Generator) -> NDArray:
    """Log-normal numbers with this mean and coefficient of variation.

    >>> drawn = log_normal(0.43, 0.3, 100_000, np.random.default_rng(1))
    >>> round(float(drawn.mean()), 2), round(float(drawn.std() / drawn.mean()), 2)
    (0.43, 0.3)
    """
    mean, variance = numbers("the mean", mean), np.log1p(numbers("the CV", cv, zero=True) ** 2)
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
) -> NDArray[np.float64]:
    """Dose per activity in Gy/GBq of every cycle of virtual patients, log-normal; shape (patients, cycles).

    For plans of one patient, ``mean_gy_per_gbq`` is the measured value and ``between_cv`` its uncertainty, 13% from
    three images and 19% from one (Staanum, EJNMMI Phys 2021).

    Parameters
    ----------
    mean_gy_per_gbq : of all, or one a patient, as from :func:`sood_dose_gy`
    between_cv, within_cv : coefficients of variation between patients, and from cycle to cycle in a patient
    change_per_cycle : trend from cycle to cycle; kidneys +0.08 in LUMEN

    >>> drawn = virtual_patients(20_000, 4, 0.38, 0.4, 0.1, np.random.default_rng(1))
    >>> drawn.shape, round(float(drawn.mean()), 2)
    ((20000, 4), 0.38)
    """
    patients, cycles = whole("patients", patients), whole("cycles", cycles)
    factor = numbers("the dose of a cycle over the one before", 1 + change_per_cycle, zero=True)
    own = log_normal(mean_gy_per_gbq, between_cv, patients, rng)
    drawn = log_normal(1, within_cv, (patients, cycles), rng)
    drawn *= own[:, None]
    drawn *= factor ** np.arange(cycles)
    return drawn


# The phase II trial


class Protocol(NamedTuple):
    """A treatment that goes on until a kidney dose, with the biology of its BED.

    The abstract of Sundlöv 2022 gives the activity, the interval and that the kidney dose ends the treatment. All else
    is an adjustable assumption: the lower limit is a number that is quoted without a source that this book could read
    (Bodei 2008 as cited by Svensson 2015 has about 28 and 40 Gy), alpha/beta and repair half-time are those that
    PyTheranostics keeps for kidneys (``radiobiology.json``).
    """

    limit_bed_gy: float = 27.0
    higher_limit_bed_gy: float = 40.0
    higher_share: float = 0.5
    """Share of patients who may go on to the higher limit."""
    stop: Literal["before", "at"] = "before"
    """No cycle that would pass the limit if it gave as much as the last; or cycles until the limit is reached."""
    stop_probability: float = 0.05
    """Of a patient at every cycle, to have no further one for other reasons: progression, toxicity, death, wish."""
    alpha_beta_gy: float = 2.6
    repair_half_time_h: float = 2.8
    effective_half_life_h: float = 50.0
    gbq_per_cycle: float = 7.4


class Treated(NamedTuple):
    """Patients after a simulated treatment, each array of the shape (patients,)."""

    cycles: NDArray[np.int64]
    dose_gy: NDArray[np.float64]
    bed_gy: NDArray[np.float64]
    higher: NDArray[np.bool_]
    """Allowed the higher limit."""
    by_dose: NDArray[np.bool_]
    """Ended by the kidney dose, not for another reason or for want of simulated cycles."""


def simulate_protocol(gy_per_gbq: ArrayLike, rng: np.random.Generator, protocol: Protocol | None = None) -> Treated:
    """Treat virtual patients until their kidney dose is reached.

    Everybody has a first cycle; kidney dose is measured after each. The number of cycles in ``gy_per_gbq`` is the most
    that anyone can have, so it should be larger than what the limits allow.

    Parameters
    ----------
    gy_per_gbq : shape (patients, cycles), as from :func:`virtual_patients`
    protocol : by default :class:`Protocol`'s assumptions

    >>> rng = np.random.default_rng(1)
    >>> treated = simulate_protocol(virtual_patients(10_000, 20, 0.655, 0.4, 0.1, rng), rng)
    >>> float(np.median(treated.cycles)), int(treated.cycles.min())
    (5.0, 1)
    """
    p = protocol or Protocol()
    if p.stop not in ("before", "at"):
        raise ValueError(f'stop must be "before" or "at" the limit, not {p.stop!r}')
    limits = numbers("the limits", [p.limit_bed_gy, p.higher_limit_bed_gy], "Gy")
    dose = numbers("the dose per activity", gy_per_gbq, "Gy/GBq") * numbers("the activity", p.gbq_per_cycle, "GBq")
    if dose.ndim != 2 or not dose.size:
        raise ValueError(f"give patients in rows and cycles in columns, not doses of the shape {dose.shape}")
    patients = len(dose)
    bed = bed_gy(dose, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h)
    dose, cumulative = dose.cumsum(axis=1), bed.cumsum(axis=1)
    higher = rng.random(patients) < share("the share with the higher limit", p.higher_share)
    limit = np.where(higher, limits[1], limits[0])[:, None]
    ended_by_dose = cumulative >= limit * (1 - 1e-9) if p.stop == "at" else cumulative + bed > limit * (1 + 1e-9)
    ended = ended_by_dose | (rng.random(dose.shape) < share("the probability of stopping", p.stop_probability))
    ended[:, -1] = True
    last = ended.argmax(axis=1)
    row = np.arange(patients)
    return Treated(last + 1, dose[row, last], cumulative[row, last], higher, ended_by_dose[row, last])


class Matches(NamedTuple):
    """Shares of simulated trials with the published median, range, and both."""

    median: float
    range: float
    both: float


def matching_trials(cycles: ArrayLike, median: float, low: int, high: int) -> Matches:
    """How many simulated trials look like a published one; ``cycles`` has the shape (trials, patients).

    >>> matching_trials([[1, 5, 9], [1, 4, 9], [2, 5, 9]], 5, 1, 9)
    Matches(median=0.6666666666666666, range=0.6666666666666666, both=0.3333333333333333)
    """
    cycles = numbers("cycles", cycles, zero=True)
    if cycles.ndim != 2 or not cycles.size:
        raise ValueError(f"give trials in rows and patients in columns, not cycles of the shape {cycles.shape}")
    same_median = np.median(cycles, axis=1) == median
    same_range = (cycles.min(axis=1) == low) & (cycles.max(axis=1) == high)
    return Matches(*(float(x.mean()) for x in (same_median, same_range, same_median & same_range)))
