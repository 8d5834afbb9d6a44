"""177Lu in the body and in the room: half-lives, radiations, and what stays or leaves."""

from __future__ import annotations

from typing import NamedTuple

from netterbook import facts, papers
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.decay import activity_left, biological_half_life_h, half_life_h, lu_177m_over_time
from netterbook.ledger import Ledger

WEEK = 7
"""Days."""
WASTE_DAYS = 70
"""After which waste is looked at once more: ten weeks."""


class Line(NamedTuple):
    """A gamma line: its energy, and the share of decays with it."""

    kev: float
    share: float


class Radionuclide(NamedTuple):
    """177Lu; energies per decay, and of the activity the shares left after a week."""

    half_life_h: float
    biological_h: float
    """Half-life of excretion behind the effective half-life in the kidneys."""
    electrons_kev: float
    photons_kev: float
    low_line: Line
    high_line: Line
    week_physical: float
    week_kidneys: float


def radionuclide(ledger: Ledger, p: Dosimetry) -> Radionuclide:
    """Physics of 177Lu, and what the effective half-life of the parameters means.

    >>> found = radionuclide(papers.load(), Dosimetry())
    >>> round(found.half_life_h / 24, 2), found.electrons_kev, round(found.biological_h, 1)
    (6.65, 147.9, 72.8)
    """
    emitted, physical = papers.emissions(ledger.folder), half_life_h()
    low, high = (
        Line(row.energy_kev, row.percent / 100) for row in emitted.loc[["gamma_113", "gamma_208"]].itertuples()
    )
    return Radionuclide(
        half_life_h=physical,
        biological_h=float(biological_half_life_h(physical, p.effective_half_life_h)),
        electrons_kev=float(emitted.loc["electrons", "kev_per_decay"]),
        photons_kev=float(emitted.loc["photons", "kev_per_decay"]),
        low_line=low,
        high_line=high,
        week_physical=float(activity_left(WEEK, physical / 24)),
        week_kidneys=float(activity_left(WEEK, p.effective_half_life_h / 24)),
    )


class RadiationSafety(NamedTuple):
    """Dose to others by one treatment, and the 177mLu in it; shares are of activities."""

    usv_per_hour: float
    """At one metre from the patient."""
    staff_usv: float
    """Of each person who administers it."""
    metastable_share: float
    """Of 177mLu at the end of irradiation, over 177Lu."""
    metastable_mbq: float
    metastable_half_life_h: float
    share_in_a_week: float
    share_in_waste: float
    """After :data:`WASTE_DAYS`, as ``left_in_waste`` of the 177Lu."""
    left_in_waste: float


def radiation_safety(ledger: Ledger, p: Dosimetry) -> RadiationSafety:
    """Facts F220, F225 and F226 times the activity of the parameters, and the decay of 177mLu.

    >>> found = radiation_safety(papers.load(), Dosimetry())
    >>> round(found.usv_per_hour), round(found.metastable_mbq, 1), round(found.share_in_a_week / 0.0002, 1)
    (27, 1.5, 2.0)
    """
    known = facts.read(ledger.folder)
    start = known["F226"].numbers[-1] / 100
    after = lu_177m_over_time([WEEK, WASTE_DAYS], start)
    week, waste = after.lu_177m / after.lu_177
    return RadiationSafety(
        usv_per_hour=1000 * known["F220"].value * p.activity_gbq,
        staff_usv=known["F225"].value * p.activity_gbq,
        metastable_share=start,
        metastable_mbq=1000 * p.activity_gbq * start,
        metastable_half_life_h=half_life_h("Lu-177m"),
        share_in_a_week=float(week),
        share_in_waste=float(waste),
        left_in_waste=float(activity_left(WASTE_DAYS, half_life_h() / 24)),
    )
