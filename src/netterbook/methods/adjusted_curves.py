"""Survival curves changed where no patient was followed: no fewer deaths than the population has, effects that wane.

Curves are values on a grid of times, the last axis; between two times the hazard is taken as constant.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from netterbook.arrays import Floats

_LEAST = 1e-12  # a survival so small that its logarithm no longer matters


def population_survival(
    months: ArrayLike, age: float, shares: Mapping[str, float], deaths: Mapping[str, ArrayLike]
) -> Floats:
    """Survival of people of the same age drawn from a population, by its life table.

    Parameters
    ----------
    months : times from then on
    age : years, not necessarily whole
    shares : of each sex at the start, together 1
    deaths : for each sex the probability of death within each year of life, from age 0 on; hazards are constant within
        a year, and after the last one as in that

    Raises
    ------
    ValueError
        For an age beyond the table or shares that do not sum to 1.

    Half of these die each year:

    >>> population_survival([0, 6, 24], 1.5, {"all": 1.0}, {"all": [0.5, 0.5, 0.5]}).round(4).tolist()
    [1.0, 0.7071, 0.25]
    """
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"the shares must sum to 1, not {sum(shares.values()):g}")
    years = age + np.asarray(months, float) / 12
    survival = np.zeros(years.shape)
    for sex, share in shares.items():
        hazard = -np.log1p(-np.asarray(deaths[sex], float))
        if not 0 <= age <= len(hazard):
            raise ValueError(f"the life table is for ages from 0 to {len(hazard)}, not {age:g}")
        whole = np.concatenate([[0.0], np.cumsum(hazard)])
        beyond = np.maximum(years - len(hazard), 0) * hazard[-1]
        reached = np.interp(years, np.arange(len(whole)), whole) + beyond
        survival += share * np.exp(np.interp(age, np.arange(len(whole)), whole) - reached)
    return survival


def _increments(survival: ArrayLike) -> Floats:
    return np.asarray(-np.diff(np.log(np.maximum(np.asarray(survival, float), _LEAST)), axis=-1))


def _curve(increments: Floats) -> Floats:
    start = np.zeros((*increments.shape[:-1], 1))
    return np.asarray(np.exp(-np.concatenate([start, np.cumsum(increments, axis=-1)], axis=-1)))


def no_better_than(survival: ArrayLike, population: ArrayLike) -> Floats:
    """Curves whose hazard is at no time lower than the population's.

    >>> no_better_than([1, 0.9, 0.89], [1, 0.95, 0.855]).round(3).tolist()
    [1.0, 0.9, 0.81]
    """
    return _curve(np.maximum(_increments(survival), _increments(population)))


def waning(treated: ArrayLike, control: ArrayLike, times: ArrayLike, start: float, end: float) -> Floats:
    """Treated curves whose hazard becomes that of the control group from ``start`` to ``end``, linearly in time.

    Patients keep what lead they have; after ``end`` both groups have the same hazard.

    Raises
    ------
    ValueError
        If the waning ends before it starts.

    >>> waning([1, 0.9, 0.81], [1, 0.5, 0.25], [0, 1, 2], 1, 1).round(3).tolist()
    [1.0, 0.9, 0.45]
    """
    if end < start:
        raise ValueError(f"waning cannot end at {end:g} and start at {start:g}")
    times = np.asarray(times, float)
    middle = (times[1:] + times[:-1]) / 2
    gone = (middle >= start).astype(float) if end == start else np.clip((middle - start) / (end - start), 0, 1)
    own = _increments(treated)
    return _curve(own + gone * (_increments(control) - own))


def area(survival: ArrayLike, times: ArrayLike) -> Floats:
    """Restricted mean to the last of the times, by trapezoids.

    >>> float(area([1, 0.5, 0], [0, 1, 2]))
    1.0
    """
    return np.asarray(np.trapezoid(np.asarray(survival, float), np.asarray(times, float), axis=-1))
