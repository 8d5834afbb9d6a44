"""Limits of the kidney dose, absorbed or biologically effective, in each other's terms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from netterbook import facts
from netterbook.arrays import Floats
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.bed import bed_gy, eqd2_gy
from netterbook.ledger import Ledger

NEAR_LIMIT = 0.05
"""Share of a limit within which another is called near it."""


def bed_of_cycles(p: Dosimetry, dose_gy: ArrayLike, cycles: int) -> Floats:
    """BED of a total dose given in equal cycles; these lie weeks apart, so that damage is repaired in between.

    >>> round(float(bed_of_cycles(Dosimetry(), 23, 4)), 1)
    25.7
    """
    return cycles * bed_gy(np.asarray(dose_gy) / cycles, *p.biology)


def dose_of_bed(p: Dosimetry, limit_bed_gy: float, cycles: int) -> float:
    """Total dose in Gy whose BED in equal cycles is the limit: :func:`bed_of_cycles`, turned round.

    >>> round(dose_of_bed(Dosimetry(), 28, 4), 1)
    24.9
    """
    excess = float(bed_gy(1, *p.biology)) - 1  # of 1 Gy; it grows with the square
    return float(2 * limit_bed_gy / (1 + np.sqrt(1 + 4 * excess * limit_bed_gy / cycles)))


def bed_lines(p: Dosimetry, dose_gy: Floats, standard: int) -> dict[str, Floats]:
    """Cumulative BED of a total dose given in one, in the standard number or in twice as many equal cycles, and in the
    standard number with the extremes of repair.

    Without repair the BED depends on neither half-life; with repair at once it is the dose.
    """
    courses = {1: "1 cycle"} | {cycles: f"{cycles} cycles" for cycles in (standard, 2 * standard)}
    lines = {name: bed_of_cycles(p, dose_gy, cycles) for cycles, name in courses.items()}
    unrepaired = bed_of_cycles(p.model_copy(update={"repair_half_time_h": np.inf}), dose_gy, standard)
    return lines | {f"{standard} cycles, no repair": unrepaired, "repair at once": dose_gy}


class PublishedLimits(NamedTuple):
    """Limits of the kidney dose with a source, in Gy."""

    beam: float
    """Absorbed dose of external beams, after which a ``nephropathy`` share of patients had late nephropathy (F141)."""
    nephropathy: float
    second: float
    """Absorbed dose, beside that of beams (F101)."""
    without_risk: float
    """BED, without and with risk factors (F139)."""
    with_risk: float
    tolerance_low: float
    """Absorbed dose of external beams in fractions of 2 Gy (F138)."""
    tolerance_high: float


def published_limits(ledger: Ledger) -> PublishedLimits:
    """From the reference facts.

    >>> from netterbook import papers
    >>> published_limits(papers.load())[:5]
    (23.0, 0.05, 29.0, 40.0, 28.0)
    """
    known = facts.read(ledger.folder)
    return PublishedLimits(
        known["F141"].value,
        known["F141"].quantity_numbers[0] / 100,
        known["F101"].numbers[1],
        *known["F139"].numbers,
        *known["F138"].numbers[:2],
    )


class Equivalents(NamedTuple):
    """Limits in each other's terms at the parameters' biology, all in Gy."""

    limit_bed: float
    """BED of the parameters' absorbed-dose limit in the standard number of cycles."""
    lower_dose: float
    """Absorbed dose in as many cycles that reaches the parameters' lower or higher limit of the BED."""
    higher_dose: float
    lower_eqd2: float
    """The same limits in fractions of 2 Gy."""
    higher_eqd2: float
    with_risk_eqd2: float
    """The published limit of patients with risk factors in fractions of 2 Gy."""
    beam_bed: float
    """BED of the published dose of external beams in fractions of 2 Gy."""
    beam_slow_bed: float
    """BED of as much 177Lu in the standard number of cycles."""
    beam_is_near: bool
    """Whether ``beam_bed`` lies within :data:`NEAR_LIMIT` of the published limit without risk factors."""
    with_risk_is_tolerated: bool
    """Whether ``with_risk_eqd2`` lies within the tolerance of external beams."""
    beams_explain: bool
    """Both."""
    slow_is_lower: bool
    """Whether ``beam_slow_bed`` is lower than ``beam_bed``."""


def equivalents(p: Dosimetry, limits: PublishedLimits, standard: int) -> Equivalents:
    """Of the parameters' limits and the published ones.

    >>> from netterbook import papers
    >>> found = equivalents(Dosimetry(), published_limits(papers.load()), 4)
    >>> round(found.beam_bed, 1), round(found.with_risk_eqd2, 1)
    (40.7, 15.8)
    """
    lower, higher, with_risk = (
        float(eqd2_gy(bed, p.alpha_beta_gy)) for bed in (p.limit_bed_gy, p.higher_limit_bed_gy, limits.with_risk)
    )
    beam_bed = limits.beam * (1 + 2 / p.alpha_beta_gy)
    beam_slow_bed = float(bed_of_cycles(p, limits.beam, standard))
    near = abs(beam_bed - limits.without_risk) <= NEAR_LIMIT * limits.without_risk
    tolerated = limits.tolerance_low <= with_risk <= limits.tolerance_high
    return Equivalents(
        limit_bed=float(bed_of_cycles(p, p.kidney_limit_gy, standard)),
        lower_dose=dose_of_bed(p, p.limit_bed_gy, standard),
        higher_dose=dose_of_bed(p, p.higher_limit_bed_gy, standard),
        lower_eqd2=lower,
        higher_eqd2=higher,
        with_risk_eqd2=with_risk,
        beam_bed=beam_bed,
        beam_slow_bed=beam_slow_bed,
        beam_is_near=near,
        with_risk_is_tolerated=tolerated,
        beams_explain=near and tolerated,
        slow_is_lower=beam_slow_bed < beam_bed,
    )
