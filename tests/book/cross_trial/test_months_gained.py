"""Months gained, by exponential patients whose areas are known."""

import numpy as np
import pytest

from netterbook.book.cross_trial import long_term, months_gained
from netterbook.methods import extrapolation
from netterbook.precision import Simulated, simulated


@pytest.fixture(scope="module")
def each(fitted):
    return fitted[0]


@pytest.fixture(scope="module")
def life(ledger, netter1, found):
    return months_gained.fit_life(ledger, netter1, found["NETTER-1"], ("exponential", "Weibull"), 1)


def test_gains_are_those_of_the_models_and_less_as_the_effect_goes(each):
    table = months_gained.gains(each, 0.9)
    assert table["kind"].tolist() == ["model"] * 3 + ["averaged", "wanes", "ends"]
    own = each.table.set_index(["model", "horizon", "quantity"])
    for row in table[table["kind"].isin(["model", "averaged"])].to_dict("records"):
        for years in long_term.YEARS:
            stated = own.loc[(row["model"], 12 * years, "benefit"), ["value", "low_all", "high_all"]]
            assert [x.value for x in row[f"years{years}"]] == stated.tolist()
    by = table.set_index("kind")
    for years in long_term.YEARS:
        lasts, wanes, ends = (by.loc[kind, f"years{years}"][0].value for kind in ("averaged", "wanes", "ends"))
        assert lasts > wanes > ends > 0


def test_an_effect_that_ends_leaves_the_lead_that_was_won(ledger, netter1, found):
    """Exponential rates a and b to month f, then both b: areas in closed form."""
    each = long_term.extrapolate(ledger, netter1, found["NETTER-1"], ("exponential",), 0.9, 1)
    table = months_gained.gains(each, 0.9).set_index("kind")
    b, a = (fit.parameters["rate"] for fit in each.fits["exponential"])
    f, tau = each.followed, 60
    seen = (1 - np.exp(-a * f)) / a - (1 - np.exp(-b * f)) / b
    later = (np.exp(-a * f) - np.exp(-b * f)) * (1 - np.exp(-b * (tau - f))) / b
    expected = extrapolation.spread(seen + later, 0.9).value
    # the effect ends at the month next to f, as the grid is monthly
    assert table.loc["ends", "years5"][0].value == pytest.approx(expected, rel=0.01)


def test_rows_hold_every_number_once(each):
    table = months_gained.gains(each, 0.9)
    rows = months_gained.as_rows({"NETTER-1": table})
    assert len(rows) == len(table) * len(long_term.YEARS)
    first = table.loc[0, "years5"]
    assert rows.loc[0, ["value", "low", "high"]].tolist() == [x.value for x in first]
    assert rows.loc[0, ["trial", "kind", "model", "quantity"]].tolist() == [
        "NETTER-1",
        "model",
        "exponential",
        "years5",
    ]


def test_people_and_their_population(ledger, netter1):
    assert months_gained.people(ledger, netter1) == (pytest.approx((63 * 116 + 64 * 113) / 229), 116 / 229)
    alive = months_gained.background(ledger, netter1, np.array([0, 120.0, 240.0]))
    assert alive[0] == 1 and 0.7 < alive[1] < 0.9 and 0.4 < alive[2] < 0.6


def test_life_gained_is_told_from_its_tables(life):
    lived, by_model = months_gained.life_gains(life, 0.9), months_gained.life_by_model(life)
    by = lived.set_index("kind")
    assert by.index.tolist() == ["fitted", "population", "wanes", "ends"]
    gain, control, treated = (by.loc["fitted", f"{name}20"][0].value for name in ("years", "control", "experimental"))
    assert gain == pytest.approx(treated - control, abs=3)
    assert by.loc["population", "experimental20"][0].value <= treated + 1e-6
    told = months_gained.life_result(lived, by_model, life)
    assert told.population == life.population[-1]
    assert told.least.value == by_model["gain"].min() and told.most.value == by_model["gain"].max()
    assert told.alive_most.value == by_model[["alive0", "alive1"]].max(axis=None)
    assert told.change.value == by_model["change"].abs().max()
    assert told.smaller == (by.loc["ends", "years20"][0].value < by.loc["population", "years20"][0].value)
    harm = lived.assign(years20=[simulated((5, low, 9), (1, 1, 1)) for low in (-1, 1, 1, 1)])
    assert months_gained.life_result(harm, by_model, life).nothing
    good = lived.assign(
        years20=[simulated((5, 1, 9), (1, 1, 1))] * 3 + [[Simulated(1, 1), Simulated(0, 1), Simulated(2, 1)]]
    )
    found = months_gained.life_result(good, by_model, life)
    assert not found.nothing and found.smaller
