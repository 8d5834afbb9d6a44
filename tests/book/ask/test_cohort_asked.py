"""A cohort that can be asked: what the browser computes is what Python computes."""

import numpy as np
import pytest
from accessible import open_page, redrawn
from asked import given, opened, write_page

from netterbook.book.dosimetry import cycle_figures, published
from netterbook.book.dosimetry.cycles_within import cycles_within_asked, cycles_within_limits, within_limit
from netterbook.book.dosimetry.fixed_cycles import Limit
from netterbook.book.dosimetry.parameters import Dosimetry

NAME = "dosimetry_cycles_within"
ASKED = [  # mean Gy/GBq, CV, GBq, kind of limit, Gy, alpha/beta Gy, repair and effective half-life h
    (0.43, 0.28, 7.4, "dose", 23, 2.6, 2.8, 50),
    (0.655, 0.448, 7.4, "bed", 28, 2.6, 2.8, 50),
    (1.5, 0.05, 15, "bed", 5, 0.5, 24, 5),
    (0.1, 1, 1, "dose", 60, 2.6, 2.8, 50),
    (0.9, 0.3, 7.4, "bed", 40, 20, 0, 159),
]


@pytest.fixture(scope="module")
def p():
    return Dosimetry()


@pytest.fixture(scope="module")
def cohorts(ledger):
    return published.cohorts(ledger)


@pytest.fixture(scope="module")
def chart(p, cohorts):
    return cycle_figures.bars_of_cycles(cycles_within_limits(p, cohorts[p.cohort]), 4)


@pytest.fixture(scope="module")
def markup(chart, p, cohorts):
    return cycles_within_asked(chart, p, cohorts, 4)


@pytest.fixture
def page(browser, tmp_path, markup):
    page = open_page(browser, write_page(tmp_path, markup), 390)
    yield page
    assert page.wrong == []
    page.close()


@pytest.mark.parametrize("asked", ASKED)
def test_shares_are_those_of_python(page, asked):
    opened(page, NAME)
    names = ("mean", "cv", "gbq", "of", "limit", "alpha_beta", "repair", "half_life")
    found = page.evaluate("asked => nbAsk.cohort.shares(asked, 12)", dict(zip(names, asked, strict=True)))
    mean, cv, gbq, of, limit, *biology = asked
    p = Dosimetry(
        activity_gbq=gbq,
        **dict(zip(("alpha_beta_gy", "repair_half_time_h", "effective_half_life_h"), biology, strict=True)),
    )
    assert found == pytest.approx(within_limit(p, mean, cv, Limit(of == "bed", limit)), rel=1e-9, abs=1e-9)
    assert sum(found) == pytest.approx(1)


def drawn(box):
    """Shares in percent, from the words of the picture."""
    redrawn(box.page)
    said = box.get_by_role("img").get_attribute("aria-label").partition("limit: ")[2].partition(". ")[0]
    return [part.rpartition(": ")[2] for part in said.split(", ")]


def percents(shares):
    return ["below 1%" if 0 < share < 0.005 else f"{100 * share:.0f}%" for share in shares]


def test_it_begins_with_the_static_figure_and_its_limits_are_told(page, chart):
    box = opened(page, NAME)
    by_limit = {limit: rows["share"] for limit, rows in chart.frame.groupby("limit", sort=False)}
    dose, lower, higher = by_limit.values()
    assert drawn(box) == percents(dose)
    box.get_by_label("Limit of the").select_option("BED")
    for gy, shares in ((28, lower), (40, higher)):
        box.get_by_role("slider", name="Limit", exact=True).fill(str(gy))
        assert drawn(box) == percents(shares)
        fewer, right, more = (100 * shares.to_numpy()[part].sum() for part in (slice(4), slice(4, 5), slice(5, None)))
        words = box.locator(".nb-ask-room > p").nth(1).inner_text()
        assert f"Within {gy} Gy of BED" in words and f"another in {more:.0f}%" in words
        assert f"all that fits in {percents([right / 100])[0]}" in words and percents([fewer / 100])[0] in words


def test_a_cohort_sets_mean_and_spread_and_a_slider_leaves_it(page, p, cohorts):
    box = opened(page, NAME)
    mean, spread = (box.get_by_role("slider", name=name) for name in ("Kidney dose per activity", "Spread between"))
    chosen = box.get_by_label("Kidney doses of")
    for name, cohort in cohorts.items():
        chosen.select_option(name)
        own = within_limit(p, cohort.mean_gy_per_gbq, cohort.between_cv(p.within_cv), Limit(False, 23.0))
        assert drawn(box) == percents(own)
        assert float(mean.input_value()) == pytest.approx(cohort.mean_gy_per_gbq, abs=0.0051)
    mean.press("ArrowRight")
    drawn(box)
    assert chosen.input_value() == "other" and "cohort=other" in page.url
    own = within_limit(p, float(mean.input_value()), float(spread.input_value()), Limit(False, 23.0))
    assert drawn(box) == percents(own)


def test_biology_counts_for_a_bed_alone(page):
    box = opened(page, NAME)
    drawn(box)
    slider = box.get_by_role("slider", name="Repair half-time")
    assert not slider.is_visible()
    box.get_by_label("Limit of the").select_option("BED")
    before = drawn(box)
    assert slider.is_visible()
    slider.fill("12")
    assert drawn(box) != before


def test_the_page_is_given_cohorts_as_published(markup, p, cohorts):
    data = given(markup)
    assert [each["label"] for each in data["cohorts"]] == [cohort.label for cohort in cohorts.values()]
    assert data["begins"]["cohort"] == p.cohort and data["standard"] == 4
    assert np.isfinite([each["cv"] for each in data["cohorts"]]).all()
