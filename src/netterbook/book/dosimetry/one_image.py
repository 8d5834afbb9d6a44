"""The kidney dose from one image instead of several, by when the image is taken."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netterbook.arrays import Floats
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.decay import half_life_h
from netterbook.dosimetry.single_image import haenscheid_error, madsen_error

HOURS = np.arange(1, 241, dtype=float)
"""After the infusion, at which an image may be taken."""
NEAR_LEAST = 0.005
"""By how much an error may exceed the least one to be called as small: half a percentage point."""
_RATIOS = np.array([0.7, 0.85, 1.0, 1.15, 1.3])  # true half-lives over the assumed one


def true_half_lives_h(p: Dosimetry) -> Floats:
    """Half-lives around the assumed effective one, none longer than the physical one.

    >>> true_half_lives_h(Dosimetry()).round(1).tolist()
    [35.0, 42.5, 50.0, 57.5, 65.0]
    """
    return np.minimum(_RATIOS * p.effective_half_life_h, half_life_h())


def image_errors(p: Dosimetry, time_h: Floats) -> dict[str, Floats]:
    """Relative errors by method; shape (half-lives of :func:`true_half_lives_h`, times)."""
    true = true_half_lives_h(p)[:, None]
    return {
        "Hänscheid": haenscheid_error(time_h, true),
        "Madsen": madsen_error(time_h, true, p.effective_half_life_h),
    }


class ImageError(NamedTuple):
    """The largest error over the true half-lives: when it is ``least``, and after a day and a week."""

    best_h: float
    least: float
    from_h: float
    """Around ``best_h``, from when to when it is within :data:`NEAR_LEAST` of the least."""
    to_h: float
    day: float
    week: float


def largest_errors(p: Dosimetry) -> dict[str, ImageError]:
    """By method, for images at :data:`HOURS`.

    >>> found = largest_errors(Dosimetry())
    >>> found["Madsen"].best_h, found["Hänscheid"][2:4]
    (68.0, (55.0, 79.0))
    """
    found = {}
    for method, errors in image_errors(p, HOURS).items():
        largest = np.abs(errors).max(axis=0)
        day, week = np.interp([24, 7 * 24], HOURS, largest).tolist()
        best = int(largest.argmin())
        far = np.flatnonzero(largest > largest[best] + NEAR_LEAST)
        first, last = far[far < best].max(initial=-1) + 1, far[far > best].min(initial=HOURS.size) - 1
        best_h, from_h, to_h = HOURS[[best, first, last]].tolist()
        found[method] = ImageError(best_h, float(largest[best]), from_h, to_h, day, week)
    return found


def half_lives_within(error: float) -> tuple[float, float]:
    """From and to how many effective half-lives an image by Hänscheid's method has no larger error.

    >>> [round(end, 2) for end in half_lives_within(0.12)]
    [0.73, 2.51]
    """
    ratio = np.linspace(0.25, 4, 1501)
    near = ratio[np.abs(haenscheid_error(ratio, 1.0)) <= error]
    return float(near[0]), float(near[-1])
