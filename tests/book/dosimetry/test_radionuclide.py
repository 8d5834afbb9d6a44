"""The radionuclide in the body and in the room."""

import pytest

from netterbook.book.dosimetry import radionuclide
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.decay import half_life_h


def test_half_lives_and_radiations(ledger):
    """Rates of decay and excretion add up: 1/50 = 1/159.5 + 1/72.8; 2^(-168/159.5) = 48%, 2^(-168/50) = 10%."""
    found = radionuclide.radionuclide(ledger, Dosimetry())
    assert found.biological_h == pytest.approx(72.8, abs=0.05)
    assert (found.week_physical, found.week_kidneys) == pytest.approx((0.482, 0.0974), abs=0.0005)
    assert (found.electrons_kev, found.photons_kev) == (147.9, 35.1)
    assert found.low_line == pytest.approx((112.9498, 0.06225)) and found.high_line == pytest.approx((208.3662, 0.1041))


def test_radiation_safety_is_the_facts_times_the_activity(ledger):
    found = radionuclide.radiation_safety(ledger, Dosimetry())
    assert found.usv_per_hour == pytest.approx(0.0037 * 1000 * 7.4)
    assert found.staff_usv == pytest.approx(0.65 * 7.4)
    assert found.left_in_waste == pytest.approx(2 ** (-70 * 24 / half_life_h()))
    assert found.metastable_share == 0.0002
    assert found.share_in_a_week == pytest.approx(2 * 0.0002, rel=0.01)  # Henkelmann: doubled within a week
    assert 1.4 < found.metastable_mbq < 1.8  # Henkelmann, of 7 to 9 GBq
    assert found.metastable_half_life_h / 24 == pytest.approx(160.4, abs=0.05)  # fact F130
    half = radionuclide.radiation_safety(ledger, Dosimetry(activity_gbq=3.7))
    assert half[:2] == pytest.approx((found.usv_per_hour / 2, found.staff_usv / 2))
    assert half.metastable_mbq == pytest.approx(found.metastable_mbq / 2)
