"""Checks of what goes into the functions of this package."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def numbers(
    name: str, values: ArrayLike, unit: str = "", zero: bool = False, infinite: bool = False
) -> NDArray[np.float64]:
    """``values`` as floats, all positive and finite; ``zero`` and ``infinite`` allow these.

    Raises
    ------
    ValueError
        Naming the first value that is none of these.
    """
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only: {error}") from error
    good = (found >= 0 if zero else found > 0) & (True if infinite else np.isfinite(found))
    if not good.all():
        rule = "must not be negative or missing" if zero else "must be positive"
        limit = "" if infinite else " and finite"
        raise ValueError(f"{name} {rule}{limit}: found {found[~good].flat[0]:g} {unit}".rstrip())
    return found


def increasing_times(time_h: ArrayLike) -> NDArray[np.float64]:
    """Times in hours after injection, in order, at least one.

    Raises
    ------
    ValueError
        If there is none, one is negative or not finite, or they do not increase.
    """
    times = numbers("times", time_h, "h", zero=True)
    if times.ndim != 1 or not times.size:
        raise ValueError(f"times must be a plain list with at least one value; they have the shape {times.shape}")
    late = np.flatnonzero(np.diff(times) <= 0)
    if late.size:
        first = times[late[0]], times[late[0] + 1]
        raise ValueError(f"times must increase, but {first[1]:g} h follows {first[0]:g} h; sort them, each once")
    return times


def whole(name: str, value: int, least: int = 1) -> int:
    """A whole number of at least ``least``."""
    if isinstance(value, bool) or value != int(value) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} up, not {value}")
    return int(value)


def share(name: str, value: float) -> float:
    """A share from 0 to 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")
    return float(value)
