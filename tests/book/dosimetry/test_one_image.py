"""One image instead of several."""

import numpy as np
import pytest

from netterbook.book.dosimetry import one_image
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.decay import half_life_h
from netterbook.dosimetry.single_image import haenscheid_error


def test_the_best_times_of_single_images():
    haenscheid, madsen = one_image.largest_errors(Dosimetry()).values()
    assert 0.05 < haenscheid.least < 0.0615  # 6.1% is the most between one and two half-lives
    errors = one_image.image_errors(Dosimetry(), np.array([24.0, 168.0]))
    for found, each in zip((haenscheid, madsen), errors.values(), strict=True):
        assert (found.day, found.week) == pytest.approx(tuple(np.abs(each).max(axis=0)))
    assert abs(madsen.best_h - 72) <= 5  # J Nucl Med 2022, fact F163: about 72 h
    twice = one_image.largest_errors(Dosimetry(effective_half_life_h=100))
    assert twice["Madsen"].best_h == pytest.approx(2 * madsen.best_h, abs=1.5)
    soon = one_image.largest_errors(Dosimetry(effective_half_life_h=5))
    assert soon["Hänscheid"].best_h == pytest.approx(haenscheid.best_h / 10, abs=1.5)  # not 12


def test_haenscheids_error_is_small_between_the_ends_that_are_said():
    first, last = one_image.half_lives_within(0.12)
    for end, outwards in ((first, -0.02), (last, 0.1)):
        errors = np.abs(haenscheid_error([end - outwards, end + outwards], 1.0))
        assert errors[0] < 0.12 < errors[1]
    assert 0.7 < first < 0.8 and f"{last:.1f}" == "2.5"


def test_no_half_life_of_a_single_image_is_longer_than_the_physical_one():
    p = Dosimetry(effective_half_life_h=150.0)
    assert one_image.true_half_lives_h(p).tolist() == pytest.approx([105, 127.5, 150, half_life_h(), half_life_h()])
    assert one_image.image_errors(p, np.array([24.0]))["Madsen"][2] == pytest.approx(0)


def test_the_error_of_one_image_is_flat_about_its_least():
    """2 x 2^-x - 1 is at its top of 6.1% at x = 1.44, within half a point of it for long."""
    p = Dosimetry()
    found = one_image.largest_errors(p)
    assert found["Hänscheid"][2:4] == (55, 79)
    for method, each in found.items():
        largest = np.abs(one_image.image_errors(p, one_image.HOURS)[method]).max(axis=0)
        inside = (each.from_h <= one_image.HOURS) & (each.to_h >= one_image.HOURS)
        assert largest[inside].max() <= each.least + one_image.NEAR_LEAST
        for beyond in (each.from_h - 1, each.to_h + 1):
            assert largest[beyond == one_image.HOURS] > each.least + one_image.NEAR_LEAST
    late = one_image.largest_errors(Dosimetry(effective_half_life_h=159.0))["Hänscheid"]
    assert late.to_h <= one_image.HOURS[-1]
