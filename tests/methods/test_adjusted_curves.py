"""Curves with the population's mortality at least, and effects that wane."""

import numpy as np
import pytest

from netterbook import facts, papers
from netterbook.methods.adjusted_curves import area, no_better_than, population_survival, waning

MONTHS = np.arange(0, 1300.0)


@pytest.mark.parametrize(("sex", "place"), [("male", 0), ("female", 1)])
def test_the_life_table_gives_the_printed_life_expectancy(sex, place):
    """Which checks the copy of the table and which of its columns are whose (fact F280, from the report's abstract)."""
    table = papers.table("reference", "life_table").astype(float)
    assert table["age"].tolist() == list(range(100))
    survival = population_survival(MONTHS, 0, {sex: 1.0}, {sex: table[sex] / 1e5})
    printed = facts.read(papers.data_dir())["F280"].numbers[place]
    # deaths of the first year come early in it, not evenly as here: up to half a year of 0.7%
    assert area(survival, MONTHS) / 12 == pytest.approx(printed, abs=0.05)


def test_sexes_are_mixed_as_they_are_at_the_start():
    deaths = {"a": np.full(50, 0.1), "b": np.full(50, 0.3)}
    both = population_survival([0, 120], 20.5, {"a": 0.25, "b": 0.75}, deaths)
    assert both.tolist() == pytest.approx([1, 0.25 * 0.9**10 + 0.75 * 0.7**10])
    with pytest.raises(ValueError, match="sum to 1"):
        population_survival([0], 20, {"a": 0.5}, deaths)
    with pytest.raises(ValueError, match="ages from 0 to 50"):
        population_survival([0], 51, {"a": 1.0}, deaths)


def test_a_hazard_below_the_populations_is_raised_to_it_and_others_stay():
    times = np.linspace(0, 10, 1001)
    early = np.exp(-np.minimum(0.3 * times, 0.9))  # dies at 0.3, and from 3 on not at all
    found = no_better_than(early, np.exp(-0.05 * times))
    expected = np.exp(-np.minimum(0.3 * times, 0.9) - 0.05 * np.maximum(times - 3, 0))
    assert found == pytest.approx(expected, abs=1e-9)
    assert no_better_than(np.exp(-0.3 * times), np.exp(-0.05 * times)) == pytest.approx(np.exp(-0.3 * times))


def test_an_effect_wanes_linearly_in_time():
    times = np.linspace(0, 10, 2001)
    treated, control = np.exp(-0.1 * times), np.exp(-0.3 * times)
    found = waning(treated, control, times, 4, 6)
    assert found[times <= 4] == pytest.approx(treated[times <= 4])
    # of 0.2 more hazard, half on average between 4 and 6, then all of it
    assert found[-1] == pytest.approx(np.exp(-(0.1 * 10 + 0.2 * (1 + 4))), rel=1e-6)
    assert waning(treated, control, times, 20, 20) == pytest.approx(treated)
    draws = waning(np.stack([treated, control]), np.stack([control, control]), times, 4, 4)
    assert draws.shape == (2, 2001) and draws[1] == pytest.approx(control)
    with pytest.raises(ValueError, match="cannot end"):
        waning(treated, control, times, 4, 3)
