"""The explorer of the dosimetry chapter in Chromium: its numbers against the library's."""

import itertools

import pytest
from chromium import installed

from netterbook.book.dosimetry.explorer import explorer
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.bed import eqd2_gy
from netterbook.dosimetry.planning import absorbed_dose_gy, course, cycles_within

CHROMIUM = installed()
SETTINGS = [  # Gy/GBq, GBq, cycles, effective half-life h, alpha/beta Gy, repair half-time h
    (0.43, 7.4, 4, 50, 2.6, 2.8),
    (0.66, 7.4, 5, 50, 2.6, 2.8),
    (1.5, 15, 12, 10, 0.5, 12),
    (0.1, 1, 1, 150, 10, 0),
    (0.9, 7.4, 3, 65, 1.5, 5.6),
]


def test_the_explorer_is_whole_offline_and_says_what_to_do_without_javascript(cohorts):
    page = explorer(Dosimetry(kidney_limit_gy=24.0), cohorts["netter-1"], 4)
    assert "http" not in page
    assert "src=" not in page
    assert '"gy_per_gbq": 0.66' in page and '"limit_gy": 24.0' in page
    assert "/*start*/" not in page
    assert "<noscript>" in page
    assert "Illustration with unverified parameters; not for planning a treatment." in page


@pytest.fixture
def page(browser, cohorts):
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.failed = []
    page.on("pageerror", lambda error: page.failed.append(error))
    page.set_content(f"<html><body>{explorer(Dosimetry(), cohorts['spect/ct'], 4)}</body></html>")
    yield page
    assert page.failed == []
    page.close()


def choose(page, name, value):
    page.locator(f"input[name={name}]").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }", str(value)
    )


def shown(page, name):
    return page.locator(f"[data-out={name}]").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_page_computes_what_the_library_computes(page, setting):
    names = ("gy_per_gbq", "activity_gbq", "cycles", "effective_half_life_h", "alpha_beta_gy", "repair_half_time_h")
    for name, value in zip(names, setting, strict=True):
        choose(page, name, value)
        assert float(page.locator(f"input[name={name}]").input_value()) == value
    gy_per_gbq, activity, cycles, half_life, alpha_beta, repair = setting
    given = course([gy_per_gbq * activity] * cycles, alpha_beta, repair, half_life)
    bed = float(given.bed_gy[-1])
    dose = float(absorbed_dose_gy(gy_per_gbq, activity, cycles))
    for name, expected in (("dose", dose), ("bed", bed), ("eqd2", float(eqd2_gy(bed, alpha_beta)))):
        assert float(shown(page, name).removesuffix(" Gy")) == pytest.approx(expected, abs=0.051)
    for name, limit, each in (
        ("limit-dose", 23, gy_per_gbq),
        ("limit-bed", 28, bed / cycles / activity),
        ("limit-higher", 40, bed / cycles / activity),
    ):
        most = int(cycles_within(limit, each, activity))
        assert shown(page, name) == f"{most}" + (", exceeded" if cycles > most else "")
        assert f"{limit} Gy" in shown(page, f"{name}-name")


@pytest.mark.browser
@pytest.mark.parametrize("gy_per_gbq", [0.1, 1.5])
def test_the_limits_are_named_where_they_are_drawn(page, gy_per_gbq):
    choose(page, "gy_per_gbq", gy_per_gbq)
    choose(page, "cycles", 12)
    labels = page.locator("svg .limit")
    assert labels.all_text_contents() == ["23 Gy absorbed", "BED 28", "BED 40"]
    boxes = [label.bounding_box() for label in labels.all()]
    for one, two in itertools.pairwise(boxes):
        assert one["x"] + one["width"] < two["x"]
    drawing = page.locator("svg").bounding_box()
    assert boxes[-1]["x"] + boxes[-1]["width"] <= drawing["x"] + drawing["width"]


@pytest.mark.browser
def test_the_explorer_fits_a_phone_names_its_sliders_and_goes_back(page):
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    labels = page.locator("input").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert labels[0] == "Kidney dose per activity, Gy/GBq"
    assert len(set(labels)) == 6
    before = shown(page, "bed")
    choose(page, "cycles", 9)
    assert shown(page, "bed") != before
    assert "each of 9 cycles" in page.locator("svg").get_attribute("aria-label")
    assert page.locator("svg circle").count() == 9
    page.get_by_role("button").click()
    assert shown(page, "bed") == before
    page.get_by_role("slider", name="Cycles").press("ArrowRight")
    assert page.locator("svg circle").count() == 5


@pytest.mark.browser
def test_the_drawing_keeps_its_text_size_when_the_window_changes(page):
    """A unit of the drawing stays a pixel of the page, and text on it stays legible and apart."""
    for width in (1280, 320, 768, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            "() => { const s = document.querySelector('#nb-explorer svg');"
            " return Math.abs(s.viewBox.baseVal.width - s.getBoundingClientRect().width) <= 1; }"
        )
        scale, sizes = page.locator("#nb-explorer svg").evaluate(
            "s => [s.getScreenCTM().a,"
            " [...s.querySelectorAll('text')].map(t => parseFloat(getComputedStyle(t).fontSize))]"
        )
        assert scale * min(sizes) >= 11
        boxes = [label.bounding_box() for label in page.locator("svg .limit").all()]
        drawing = page.locator("svg").bounding_box()
        for one, two in itertools.pairwise(boxes):
            assert one["x"] + one["width"] < two["x"]
        assert boxes[-1]["x"] + boxes[-1]["width"] <= drawing["x"] + drawing["width"]
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
