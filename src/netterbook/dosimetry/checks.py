"""Checks of what goes into the functions of this package."""

from __future__ import annotations

from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from netterbook.arrays import Floats


def checked(name: str, values: ArrayLike, unit: str = "", zero: bool = False, infinite: bool = False) -> Floats:
    """``values`` as floats, all positive and finite; ``zero`` and ``infinite`` allow these.

    Raises
    ------
    ValueError
        Naming the first value that is none of these.

    >>> checked("the dose", [4.3, -1], "Gy")
    Traceback (most recent call last):
    ValueError: the dose must be positive and finite: found -1 Gy
    """
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only: {error}") from error
    good = (found >= 0 if zero else found > 0) & (True if infinite else np.isfinite(found))
    if not good.all():
        rule = "must be 0 or above" if zero else "must be positive"
        limit = "" if infinite else " and finite"
        raise ValueError(f"{name} {rule}{limit}: found {found[~good].flat[0]:g} {unit}".rstrip())
    return found


def checked_whole(name: str, value: int, least: int = 1) -> int:
    """A whole number of at least ``least``.

    >>> checked_whole("cycles", 4)
    4
    """
    if isinstance(value, bool) or not isfinite(value) or value != int(value) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} up, not {value}")
    return int(value)


def checked_share(name: str, value: float) -> float:
    """A share from 0 to 1.

    >>> checked_share("the share with the higher limit", 0.5)
    0.5
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")
    return float(value)
