from fractions import Fraction

import numpy as np
import pytest
import radioactivedecay
from hypothesis import given
from hypothesis import strategies as st

from netterbook import papers
from netterbook.dosimetry import (
    GBQ_PER_MCI,
    absorbed_dose_gy,
    activity_left,
    biological_half_life_h,
    cycles_within,
    effective_half_life_h,
    half_life_h,
)
from netterbook.dosimetry.decay import dose_constant, emissions, lu_177m_over_time


def test_200_mci_are_7_4_gbq():
    mci = Fraction("7.4") / GBQ_PER_MCI
    assert mci == 200  # one curie is 3.7e10 Bq by definition


@pytest.mark.parametrize(("nuclide", "days"), [("Lu-177", 6.647), ("Y-90", 64.10 / 24), ("I-131", 8.0207)])
def test_half_lives_of_icrp_107(nuclide, days):
    assert half_life_h(nuclide) / 24 == pytest.approx(days, rel=2e-4)  # ICRP Publication 107, Annex A


def test_an_unknown_nuclide_is_an_error():
    with pytest.raises(ValueError, match="Lu-999"):
        half_life_h("Lu-999")


@given(st.floats(0, 100), st.floats(0.1, 100))
def test_a_half_life_halves(days, half_life):
    now, later = activity_left([days, days + half_life], half_life)
    assert later == pytest.approx(now / 2)


def test_activity_left_by_default_is_of_lu_177():
    assert activity_left([0, half_life_h() / 24]).tolist() == pytest.approx([1, 0.5])
    assert activity_left(np.array([])).size == 0


@pytest.mark.parametrize("days", [[-1], [0, -0.001], -5, [float("nan")], float("inf")])
def test_negative_times_are_an_error(days):
    with pytest.raises(ValueError, match="times must not be negative"):
        activity_left(days)


@pytest.mark.parametrize("half_life", [0, -6.6])
def test_a_half_life_that_is_not_positive_is_an_error(half_life):
    with pytest.raises(ValueError, match="half-life"):
        activity_left([1], half_life)


@pytest.mark.parametrize("biological", [0, -1, float("nan")])
def test_a_biological_half_life_that_is_not_positive_is_an_error(biological):
    with pytest.raises(ValueError, match="biological half-life must be positive"):
        effective_half_life_h(biological)


def test_effective_half_life_of_equal_halves():
    assert effective_half_life_h(half_life_h()) == pytest.approx(half_life_h() / 2)
    assert effective_half_life_h(float("inf")) == half_life_h()


@given(st.floats(0.1, 1e5))
def test_effective_half_life_is_shorter_than_both(biological):
    assert effective_half_life_h(biological) < min(biological, half_life_h())


@given(st.floats(0.1, 1e5))
def test_biological_half_life_undoes_the_effective_one(biological):
    assert biological_half_life_h(effective_half_life_h(biological)) == pytest.approx(biological, rel=1e-9)


def test_a_physical_half_life_means_no_clearance():
    assert biological_half_life_h(half_life_h()) == float("inf")
    assert biological_half_life_h([half_life_h() / 2, 10]) == pytest.approx([half_life_h(), 10.669], rel=1e-4)


def test_an_effective_half_life_cannot_exceed_the_physical_one():
    with pytest.raises(ValueError, match="170 h is longer than the physical one of Lu-177"):
        biological_half_life_h([50, 170])


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
    assert found.lu_177 == pytest.approx(activity_left([0, 10]))
    assert found.lu_177m.tolist() == [0, 0]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_of_contaminant_is_a_share(share):
    with pytest.raises(ValueError, match="share of Lu-177m must lie between 0 and 1"):
        lu_177m_over_time([1], share)


# Emissions


def test_emissions_are_the_facts_they_name():
    facts, table = papers.facts(), emissions()
    for row in table.itertuples():
        fact = facts.loc[row.fact]
        assert (row.source, row.confidence) == (fact["source"], fact["confidence"])
        numbers = [x for x in (row.energy_kev, row.endpoint_kev, row.percent, row.kev_per_decay) if not np.isnan(x)]
        assert all(f"{x:g}" in f"{fact['quantity']} {fact['value']}" for x in numbers) or row.kind == "gamma line"
        if row.kind == "gamma line":  # more digits than %g prints
            assert str(row.energy_kev) in fact["quantity"]
            assert float(fact["value"]) == row.percent


def test_electrons_are_the_sum_of_their_kinds():
    table = emissions()
    parts = table.loc[["betas", "conversion_electrons", "auger_electrons"], "kev_per_decay"].sum()
    assert parts == pytest.approx(table.loc["electrons", "kev_per_decay"], abs=0.06)  # rounded to 0.1 keV


def test_beta_branches_of_the_other_source_give_the_mean_beta_energy():
    table = emissions()
    branches = table[table.kind == "beta branch"]
    assert branches.percent.sum() == pytest.approx(100, abs=0.1)
    mean = (branches.percent * branches.energy_kev).sum() / 100
    assert mean == pytest.approx(table.loc["betas", "kev_per_decay"], rel=0.005)


def test_gamma_lines_carry_most_of_the_photon_energy():
    table = emissions()
    lines = table[table.kind == "gamma line"]
    gammas = (lines.percent * lines.energy_kev).sum() / 100
    assert 0.8 < gammas / table.loc["photons", "kev_per_decay"] < 1  # the rest are X rays


def test_dose_constant_is_energy_in_joule():
    assert dose_constant() == pytest.approx(147.9e3 * 1.602176634e-19)
    assert dose_constant("photons") / dose_constant() == pytest.approx(35.1 / 147.9)


@pytest.mark.parametrize("row", ["gamma_208", "alphas"])
def test_a_radiation_without_energy_per_decay_has_no_dose_constant(row):
    with pytest.raises(ValueError, match=f"no energy per decay of '{row}'; there are: betas"):
        dose_constant(row)


# Cycles


def test_absorbed_dose_by_hand():
    assert absorbed_dose_gy(0.5, 8, 4) == 16


@given(st.floats(1, 60), st.floats(0.05, 3), st.floats(1, 15))
def test_cycles_within_are_the_most_that_stay_within(limit, dose, activity):
    cycles = int(cycles_within(limit, dose, activity))
    assert absorbed_dose_gy(dose, activity, cycles) <= limit * (1 + 1e-6)
    assert absorbed_dose_gy(dose, activity, cycles + 1) > limit


def test_a_limit_that_is_just_reached_is_kept():
    assert cycles_within(29.6, [1.0, 0.5, 1.01], 7.4).tolist() == [4, 8, 3]


@pytest.mark.parametrize(("limit", "dose", "activity"), [(0, 1, 7.4), (23, 0, 7.4), (23, [0.5, -1], 7.4), (23, 1, 0)])
def test_cycles_within_needs_positive_values(limit, dose, activity):
    with pytest.raises(ValueError, match="must be positive"):
        cycles_within(limit, dose, activity)
