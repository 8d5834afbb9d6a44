"""Limits of the kidney dose in each other's terms."""

import itertools

import numpy as np
import pytest

from netterbook.book.dosimetry import dose_effect
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.bed import bed_gy
from netterbook.text import fill


@pytest.fixture
def limits(ledger):
    return dose_effect.published_limits(ledger)


def test_published_limits_are_the_facts(limits):
    assert limits == (23, 0.05, 29, 40, 28, 15, 17)


@pytest.mark.parametrize("changed", [{}, {"repair_half_time_h": 10.0, "alpha_beta_gy": 4.0}])
def test_the_dose_of_a_bed_inverts_it(changed):
    p = Dosimetry(**changed)
    for limit in (p.limit_bed_gy, p.higher_limit_bed_gy):
        dose = dose_effect.dose_of_bed(p, limit, 4)
        assert 4 * bed_gy(dose / 4, *p.biology) == pytest.approx(limit)
    assert dose_effect.dose_of_bed(Dosimetry(repair_half_time_h=0), 28, 4) == 28  # repair at once: BED is the dose


def test_each_limit_has_its_own_equivalent_in_fractions_of_two_gray(limits):
    p = Dosimetry(limit_bed_gy=21.0, higher_limit_bed_gy=42.0, alpha_beta_gy=4.0)
    found = dose_effect.equivalents(p, limits, 4)
    assert (found.lower_eqd2, found.higher_eqd2) == (14, 28)
    assert (found.beam_bed, found.with_risk_eqd2) == pytest.approx((23 * 1.5, 28 / 1.5))  # whatever p's limits
    assert found.limit_bed == found.beam_slow_bed < found.beam_bed


@pytest.mark.parametrize(("cycles", "name"), [(1, "1 cycle"), (4, "4 cycles"), (8, "8 cycles")])
def test_a_line_of_the_bed_is_that_of_so_many_cycles(cycles, name):
    """BED = D (1 + G D / (n alpha/beta)), G = T_repair / (T_repair + T_effective)."""
    p, dose = Dosimetry(repair_half_time_h=10.0, effective_half_life_h=30.0), np.array([5.0, 23.0])
    expected = dose * (1 + 10 / 40 * dose / cycles / p.alpha_beta_gy)
    np.testing.assert_allclose(dose_effect.bed_lines(p, dose, 4)[name], expected)


def test_lines_of_the_bed_are_ordered_and_end_in_their_limits():
    p, dose = Dosimetry(), np.array([0.0, 10.0, 40.0])
    lines = dose_effect.bed_lines(p, dose, 4)
    order = ["repair at once", "8 cycles", "4 cycles", "1 cycle"]
    for fewer, more in itertools.pairwise(order):
        assert (lines[fewer][1:] < lines[more][1:]).all()
    np.testing.assert_allclose(lines["4 cycles, no repair"], dose * (1 + dose / 4 / p.alpha_beta_gy))


def test_what_is_said_of_limits_and_beams_holds_at_other_biology(limits, sentence):
    def said(**changed):
        p = Dosimetry(**changed)
        values = {"p": p, "cycles": 4, "same": dose_effect.equivalents(p, limits, 4), "per_two": 2.0}
        text = fill(sentence("So both limits in BED"), values | {"limits": limits, "near": dose_effect.NEAR_LIMIT})
        return " ".join(text.split())

    usual = said()
    assert (
        "a BED of 40.7 Gy, within 5% of the limit of 40; the limit of 28 is 15.8 Gy in such fractions, within" in usual
    )
    assert "So both limits in BED could be read" in usual and usual.endswith("25.7 Gy, and as a limit more cautious.")
    late = said(alpha_beta_gy=20.0)  # 23 (1 + 2 / 20) = 25.3 and 28 / 1.1 = 25.5
    assert (
        "a BED of 25.3 Gy, not within 5% of the limit of 40; the limit of 28 is 25.5 Gy in such fractions, outside"
        in late
    )
    assert "does not explain both limits" in late and "could be read" not in late
    slow = said(alpha_beta_gy=0.5, repair_half_time_h=24.0, effective_half_life_h=5.0)
    assert slow.endswith("and as a limit no more cautious.")
