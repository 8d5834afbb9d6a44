"""What many sets of patients say together: the chance of sampling and what is left open about the patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, sqrt
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from netterbook.arrays import Floats
from netterbook.methods import patients
from netterbook.methods.patient_sets import PatientSets
from netterbook.methods.printed_ratios import Z95
from netterbook.methods.proportional_hazards import hazard_ratio_by_period
from netterbook.precision import batch_error

Quantile = Literal["closest_observation", "inverted_cdf"]
"""Methods of ``numpy.quantile`` that give one of the values."""


def last_time(found: PatientSets) -> float:
    """The last time at which the curves of both arms are known in every set of patients."""
    ends = []
    for arm in (0, 1):
        own = found.arm == arm
        last = found.time[:, own].max(axis=1)
        died = np.array([e[t == t.max()].all() for t, e in zip(found.time[:, own], found.event[:, own], strict=True)])
        ends.append(np.where(died, inf, last).min())
    return float(min(*ends, found.time.max()))


def pooled(values: ArrayLike, variances: ArrayLike, level: float) -> tuple[float, float, float]:
    """Estimate and interval over sets of patients, chance of sampling and of reconstruction together.

    Rubin's rules (Multiple Imputation, 1987): the variance within sets, and that between them times 1 + 1/m.

    >>> [round(x, 2) for x in pooled([1.0, 1.2, 0.8], [0.04, 0.04, 0.04], 0.95)]
    [1.0, 0.4, 1.6]
    """
    means, within = np.asarray(values, float), np.asarray(variances, float)
    use = np.isfinite(means) & np.isfinite(within)
    means, within = means[use], within[use]
    if not len(means):
        return np.nan, np.nan, np.nan
    between = means.var(ddof=1) * (1 + 1 / len(means)) if len(means) > 1 else 0.0
    half = float(norm.isf((1 - level) / 2)) * sqrt(within.mean() + between)
    middle = float(means.mean())
    return middle, middle - half, middle + half


def monte_carlo_error(statistic: Callable[..., ArrayLike], *found: PatientSets) -> Floats:
    """:func:`.batch_error` of what a function makes of one or several trials' sets of patients."""

    def of_batch(*draws: NDArray[Any]) -> ArrayLike:
        pairs = zip(found, draws[::2], draws[1::2], strict=True)
        return statistic(*(replace(each, time=time, event=event) for each, time, event in pairs))

    return batch_error(of_batch, *(x for each in found for x in (each.time, each.event)))


def across(values: Floats, level: float, method: Quantile = "closest_observation") -> tuple[Floats, Floats]:
    """Median and central interval over the sets, each of them one of the values, and their Monte Carlo errors.

    ``method`` is one of :data:`Quantile`; values that are nan are left out.
    """
    tails = [0.5, (1 - level) / 2, (1 + level) / 2]
    values = values[~np.isnan(values)]
    if not len(values):
        return np.full(3, np.nan), np.full(3, np.nan)

    def quantiles(values: Floats) -> Floats:
        return np.quantile(values, tails, method=method)

    return quantiles(values), batch_error(quantiles, values)


def pooled_hr(found: PatientSets, level: float) -> tuple[float, float, float]:
    """Hazard ratio :func:`pooled` over the sets on the log scale."""
    middle, low, high = np.exp(pooled(np.log(found.values("hr")), found.values("loghr_se") ** 2, level)).tolist()
    return middle, low, high


def restricted_means(found: PatientSets, horizon: float, level: float) -> pd.DataFrame:
    """Restricted mean survival to a horizon: rows control, experimental, difference; columns value, low, high (over the
    sets of patients), lower and upper (with the chance of sampling too); months.
    """
    means = [[patients.rmst(*found.own(i, arm), horizon) for arm in (0, 1)] for i in range(found.draws)]
    value = np.array([[m.value for m in row] for row in means])
    variance = np.array([[m.standard_error**2 for m in row] for row in means])
    columns = {
        "control": (value[:, 0], variance[:, 0]),
        "experimental": (value[:, 1], variance[:, 1]),
        "difference": (value[:, 1] - value[:, 0], variance.sum(axis=1)),
    }
    rows = {}
    for name, (values, variances) in columns.items():
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        _, lower, upper = pooled(values, variances, level)
        middle = float(np.quantile(values, 0.5, method="closest_observation"))
        rows[name] = {"value": middle, "low": low, "high": high, "lower": lower, "upper": upper}
    return pd.DataFrame(rows).T


def rates(found: PatientSets, time: float) -> dict[str, Floats]:
    """Survival rates of each set at a time, as fractions: ``control``, ``experimental``, and their variances
    (Greenwood), ``control_variance``, ``experimental_variance``.
    """
    out = {}
    for arm, name in ((0, "control"), (1, "experimental")):
        curves = [patients.kaplan_meier(*found.own(i, arm)) for i in range(found.draws)]
        survival = np.array([float(curve.at(time)) for curve in curves])
        place = [np.searchsorted(curve.time, time, side="right") for curve in curves]
        greenwood = np.array([curve.greenwood[k - 1] if k else 0.0 for curve, k in zip(curves, place, strict=True)])
        out[name] = survival
        out[name + "_variance"] = np.where(survival > 0, survival**2 * greenwood, 0.0)
    return out


def pooled_rates(found: PatientSets, time: float, level: float) -> dict[str, tuple[float, float, float]]:
    """Survival rates of ``control`` and ``experimental`` at a time with intervals, as fractions.

    They are :func:`pooled` over the sets on the log-log scale, that of the intervals of :func:`.survival_rate`. Sets in
    which all or none survive have no value there and are left out.
    """
    each, out = rates(found, time), {}
    for name in ("control", "experimental"):
        inside = (each[name] > 0) & (each[name] < 1)
        survival, variance = each[name][inside], each[f"{name}_variance"][inside]
        logs = np.log(survival)
        middle, *ends = np.exp(-np.exp(pooled(np.log(-logs), variance / (survival * logs) ** 2, level))).tolist()
        out[name] = (middle, *sorted(ends))
    return out


def rate_difference(found: PatientSets, time: float, level: float) -> tuple[float, float, float]:
    """Difference of survival rates at a time, experimental less control, with its interval, in percentage points;
    chance of sampling and of reconstruction together.
    """
    each = rates(found, time)
    gains = each["experimental"] - each["control"]
    gain, low, high = pooled(gains, each["experimental_variance"] + each["control_variance"], level)
    return 100 * gain, 100 * low, 100 * high


def hazard_ratios_by_period(found: PatientSets, at_risk: pd.DataFrame, level: float) -> pd.DataFrame:
    """Hazard ratio in three periods with about a third of the events each, cut at times of the numbers at risk.

    Columns: ``start``, ``end`` (months, the last inf), ``control``, ``experimental`` (events, medians over the sets),
    ``hr``, ``low``, ``high`` (chance of sampling and of reconstruction together), and the Monte Carlo errors of these
    three, ``hr_error``, ``low_error``, ``high_error``.
    """

    def ratio(log_hr: Floats, variance: Floats) -> Floats:
        return np.exp(pooled(log_hr, variance, level))

    grid = np.unique(at_risk["time"])[1:-1]
    thirds = np.quantile(found.time[found.event == 1], [1 / 3, 2 / 3])
    cuts = np.unique([grid[np.abs(grid - third).argmin()] for third in thirds])
    each = hazard_ratio_by_period(found.time, found.event, found.arm, cuts)
    errors = np.log(each.high / each.low) / (2 * Z95)
    rows = []
    for k, (start, end) in enumerate(zip([0, *cuts], [*cuts, inf], strict=True)):
        own = np.log(each.hr[:, k]), errors[:, k] ** 2
        events = (np.median(events[:, k]) for events in (each.events0, each.events1))
        rows.append((start, end, *events, *ratio(*own), *batch_error(ratio, *own)))
    columns = ["start", "end", "control", "experimental", *RATIO, *(f"{name}_error" for name in RATIO)]
    return pd.DataFrame(rows, columns=columns)


RATIO = ("hr", "low", "high")
