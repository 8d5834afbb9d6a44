from fractions import Fraction

import numpy as np
import pytest
import radioactivedecay
from hypothesis import given
from hypothesis import strategies as st

from netterbook.dosimetry.decay import (
    activity_left,
    biological_half_life_h,
    half_life_h,
    in_mci,
    lu_177m_over_time,
)

PHYSICAL = half_life_h()


def test_200_mci_are_7_4_gbq():
    assert in_mci(Fraction("7.4")) == 200  # one curie is 3.7e10 Bq by definition


@pytest.mark.parametrize("nuclide", ["Lu-177", "Lu-177m"])
def test_half_lives_of_icrp_107_as_another_package_holds_them(nuclide):
    assert half_life_h(nuclide) == pytest.approx(radioactivedecay.Nuclide(nuclide).half_life("h"), rel=1e-9)


def test_an_unknown_nuclide_is_an_error():
    with pytest.raises(ValueError, match=r"^no half-life of Lu-999; give one of Lu-177, Lu-177m$"):
        half_life_h("Lu-999")


@given(st.floats(0, 100), st.floats(0.1, 100))
def test_a_half_life_halves(days, half_life):
    now, later = activity_left([days, days + half_life], half_life)
    assert later == pytest.approx(now / 2)


@pytest.mark.parametrize("days", [[-1], [0, -0.001], -5, [float("nan")], float("inf")])
def test_negative_times_are_an_error(days):
    negative = r"^times must be 0 or above and finite: found (-\S+|nan|inf) days$"
    for decayed in (lambda: activity_left(days, 6.6), lambda: lu_177m_over_time(days, 0.01)):
        with pytest.raises(ValueError, match=negative):
            decayed()


@pytest.mark.parametrize("half_life", [0, -6.6])
def test_a_half_life_that_is_not_positive_is_an_error(half_life):
    with pytest.raises(ValueError, match=f"^the half-life must be positive and finite: found {half_life:g} days$"):
        activity_left([1], half_life)


@given(st.floats(0.1, 1e5))
def test_rates_of_decay_and_excretion_add_up(biological):
    effective = 1 / (1 / PHYSICAL + 1 / biological)
    assert biological_half_life_h(PHYSICAL, effective) == pytest.approx(biological, rel=1e-9)


def test_a_physical_half_life_means_no_clearance():
    with np.errstate(all="raise"):
        assert biological_half_life_h(PHYSICAL, PHYSICAL) == float("inf")
    assert biological_half_life_h(PHYSICAL, [PHYSICAL / 2, 10]) == pytest.approx([PHYSICAL, 10.669], rel=1e-4)


def test_an_effective_half_life_cannot_exceed_the_physical_one():
    with pytest.raises(ValueError) as error:
        biological_half_life_h(PHYSICAL, [50, 170])
    assert str(error.value) == (
        "an effective half-life of 170 h is longer than the physical one, 159.5 h; "
        "activity cannot leave more slowly than it decays"
    )


@pytest.mark.parametrize("effective", [0, -2, float("nan")])
def test_an_effective_half_life_must_be_positive(effective):
    with pytest.raises(ValueError, match=f"^the effective half-life must be positive and finite: found {effective} h$"):
        biological_half_life_h(PHYSICAL, effective)


# The contaminant


@pytest.mark.parametrize("share", [0.0002, 0.01, 1])
def test_contaminated_lutetium_decays_like_radioactivedecays_inventory(share):
    days = np.array([0, 1, 7, 30, 365, 1500])
    found = lu_177m_over_time(days, share)
    for at, lu_177, lu_177m in zip(days, *found, strict=True):
        left = radioactivedecay.Inventory({"Lu-177": 1.0, "Lu-177m": share}, "Bq").decay(float(at), "d")
        assert left.activities("Bq")["Lu-177"] == pytest.approx(lu_177, rel=1e-9)
        assert left.activities("Bq")["Lu-177m"] == pytest.approx(lu_177m, rel=1e-9)


def test_in_the_end_the_contaminant_feeds_all_lutetium_177():
    """Transient equilibrium: activity ratio of daughter to parent, branch times T_parent / (T_parent - T_daughter)."""
    found = lu_177m_over_time([600, 900], 0.0002)
    parent, daughter = half_life_h("Lu-177m"), half_life_h()
    branch = radioactivedecay.Nuclide("Lu-177m").branching_fractions()[1]
    assert 0.2 < branch < 0.23  # 21.7% isomeric transition
    assert found.lu_177 / found.lu_177m == pytest.approx(branch * parent / (parent - daughter), rel=1e-3)


def test_pure_lutetium_177_stays_pure():
    found = lu_177m_over_time([0, 10], 0)
    assert found.lu_177 == pytest.approx(activity_left([0, 10], PHYSICAL / 24))
    assert found.lu_177m.tolist() == [0, 0]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_of_contaminant_is_a_share(share):
    with pytest.raises(ValueError, match="share of Lu-177m must lie between 0 and 1"):
        lu_177m_over_time([1], share)
