"""What reconstructed patients of the NETTER trials say: estimates, rates, restricted means, strata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, isfinite, sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from netterbook.audit import build_ledger, recovered
from netterbook.audit.endpoints import NETTER1_OS, NETTER2_PFS, STRATA, margins
from netterbook.audit.ensembles import END_POINTS
from netterbook.book.netter.tables import p_text
from netterbook.book.parameters import ParameterError
from netterbook.methods import patients, proportions
from netterbook.methods.printed_ratios import Z95
from netterbook.methods.proportional_hazards import hazard_ratio_by_period, proportional_hazards_test
from netterbook.precision import batch_error, estimate, to_error
from netterbook.reconstruction import Reconstruction
from netterbook.reconstruction.strata import assign_strata, stratified_hr, within_hr


def check_time(name: str, time: float, found: Reconstruction) -> None:
    """Refuse a time that some reconstructed set does not reach in both arms.

    Raises
    ------
    netterbook.book.parameters.ParameterError
        With the last time that would do.
    """
    last = last_time(found)
    if time > last:
        raise ParameterError(
            f"parameter {name} = {time:g} months cannot be used: the curves of both groups reach {last:.1f} months; "
            f"give {np.floor(last):g} or less"
        )


def last_time(found: Reconstruction) -> float:
    """The last time at which the curves of both arms are known in every set of patients."""
    ends = []
    for arm in (0, 1):
        own = found.arm == arm
        last = found.time[:, own].max(axis=1)
        died = np.array([e[t == t.max()].all() for t, e in zip(found.time[:, own], found.event[:, own], strict=True)])
        ends.append(np.where(died, inf, last).min())
    return float(min(*ends, found.time.max()))


def pooled(values: NDArray, variances: NDArray, level: float) -> tuple[float, float, float]:
    """Estimate and interval over sets of patients, chance of sampling and of reconstruction together.

    Rubin's rules (Multiple Imputation, 1987): the variance within sets, and that between them times 1 + 1/m.

    >>> [round(x, 2) for x in pooled([1.0, 1.2, 0.8], [0.04, 0.04, 0.04], 0.95)]
    [1.0, 0.4, 1.6]
    """
    values, variances = np.asarray(values), np.asarray(variances)
    use = np.isfinite(values) & np.isfinite(variances)
    values, variances = values[use], variances[use]
    if not len(values):
        return np.nan, np.nan, np.nan
    between = values.var(ddof=1) * (1 + 1 / len(values)) if len(values) > 1 else 0.0
    half = float(norm.isf((1 - level) / 2)) * sqrt(variances.mean() + between)
    middle = float(values.mean())
    return middle, middle - half, middle + half


def monte_carlo_error(statistic: Callable[..., ArrayLike], *found: Reconstruction) -> NDArray[np.float64]:
    """:func:`.batch_error` of what a function makes of one or several trials' sets of patients."""

    def of_batch(*draws: NDArray) -> ArrayLike:
        pairs = zip(found, draws[::2], draws[1::2], strict=True)
        return statistic(*(replace(each, time=time, event=event) for each, time, event in pairs))

    return batch_error(of_batch, *(x for each in found for x in (each.time, each.event)))


def across(values: NDArray, level: float, method: str = "closest_observation") -> tuple[NDArray, NDArray]:
    """Median and central interval over the sets, each of them one of the values, and their Monte Carlo errors.

    ``method`` as in :func:`numpy.quantile`; values that are nan are left out.
    """
    tails = [0.5, (1 - level) / 2, (1 + level) / 2]
    values = values[~np.isnan(values)]
    if not len(values):
        return np.full((2, 3), np.nan)

    def quantiles(values: NDArray) -> NDArray:
        return np.quantile(values, tails, method=method)

    return quantiles(values), batch_error(quantiles, values)


def median_p(values: NDArray) -> str:
    """The median of P values over the sets, as it is shown.

    >>> median_p(np.full(50, 0.0004)), median_p(np.full(50, 0.035)), median_p(np.random.default_rng(1).random(50))
    ('<0.001', '0.035', '0.50')
    """
    middle = float(np.nanmedian(values))
    digits = 3 if middle < 0.1 else 2
    return p_text(middle) if middle < 0.001 else to_error(middle, batch_error(np.nanmedian, values), digits)


def pooled_hr(found: Reconstruction, level: float) -> tuple[float, float, float]:
    """Hazard ratio :func:`pooled` over the sets on the log scale."""
    return tuple(np.exp(pooled(np.log(found.values("hr")), found.values("loghr_se") ** 2, level)).tolist())


def _own(found: Reconstruction, draw: int, arm: int) -> tuple[NDArray, NDArray]:
    own = found.arm == arm
    return found.time[draw, own], found.event[draw, own]


def rmst(found: Reconstruction, horizon: float, level: float) -> pd.DataFrame:
    """Restricted mean survival to a horizon: rows control, lu, difference; columns value, low, high (over the sets of
    patients), lower and upper (with the chance of sampling too); months.
    """
    means = [[patients.rmst(*_own(found, i, arm), horizon) for arm in (0, 1)] for i in range(found.draws)]
    value = np.array([[m.value for m in row] for row in means])
    variance = np.array([[m.standard_error**2 for m in row] for row in means])
    columns = {
        "control": (value[:, 0], variance[:, 0]),
        "lu": (value[:, 1], variance[:, 1]),
        "difference": (value[:, 1] - value[:, 0], variance.sum(axis=1)),
    }
    rows = {}
    for name, (values, variances) in columns.items():
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        _, lower, upper = pooled(values, variances, level)
        middle = float(np.quantile(values, 0.5, method="closest_observation"))
        rows[name] = {"value": middle, "low": low, "high": high, "lower": lower, "upper": upper}
    return pd.DataFrame(rows).T


def rates(found: Reconstruction, time: float) -> dict[str, NDArray]:
    """Survival rates of each set at a time, as fractions: ``control``, ``lu``, and their variances (Greenwood)."""
    out = {}
    for arm, name in ((0, "control"), (1, "lu")):
        curves = [patients.kaplan_meier(*_own(found, i, arm)) for i in range(found.draws)]
        survival = np.array([float(curve.at(time)) for curve in curves])
        place = [np.searchsorted(curve.time, time, side="right") for curve in curves]
        greenwood = np.array([curve.greenwood[k - 1] if k else 0.0 for curve, k in zip(curves, place, strict=True)])
        out[name] = survival
        out[name + "_variance"] = np.where(survival > 0, survival**2 * greenwood, 0.0)
    return out


def rate_difference(found: Reconstruction, time: float, level: float) -> tuple[float, float, float]:
    """Difference of survival rates at a time, experimental less control, with its interval, in percentage points;
    chance of sampling and of reconstruction together.
    """
    each = rates(found, time)
    found_ = pooled(each["lu"] - each["control"], each["lu_variance"] + each["control_variance"], level)
    return tuple(100 * x for x in found_)


def mean_words(found: Reconstruction, horizon: float, level: float) -> dict[str, str]:
    """Restricted means to ``horizon`` in words: of ``lu`` and ``control``, their difference ``gain`` with its
    ``interval``, and that of reconstruction alone, ``inner``.
    """

    def means(found: Reconstruction) -> pd.DataFrame:
        return rmst(found, horizon, level)

    value = means(found)
    error = pd.DataFrame(monte_carlo_error(means, found), value.index, value.columns)

    def shown(group: str, *columns: str) -> str:
        return " to ".join(to_error(value.loc[group, column], error.loc[group, column], 1) for column in columns)

    return {
        "horizon": f"{horizon:g}",
        "lu": shown("lu", "value"),
        "control": shown("control", "value"),
        "gain": shown("difference", "value"),
        "interval": shown("difference", "lower", "upper"),
        "inner": shown("difference", "low", "high"),
    }


def rate_words(found: Reconstruction, landmark: float, level: float) -> dict[str, str]:
    """The difference of the rates at ``landmark`` in words, ``rate`` and ``rate_interval``, and the number needed to
    treat, ``nnt``.
    """

    def points(found: Reconstruction) -> tuple[float, float, float]:
        return rate_difference(found, landmark, level)

    value = points(found)
    middle, *ends = (to_error(*pair, 0) for pair in zip(value, monte_carlo_error(points, found), strict=True))
    return {
        "landmark": f"{landmark:g}",
        "rate": middle,
        "rate_interval": " to ".join(ends),
        "nnt": str(proportions.number_needed(*value)),
    }


def hazard_ratios_by_period(found: Reconstruction, at_risk: pd.DataFrame, level: float) -> pd.DataFrame:
    """Hazard ratio in three periods with about a third of the events each, cut at times of the numbers at risk.

    Columns: ``start``, ``end`` (months, the last inf), ``control``, ``lu`` (events, medians over the sets), ``hr``,
    ``low``, ``high`` (chance of sampling and of reconstruction together), and the Monte Carlo errors of these three,
    ``hr_error``, ``low_error``, ``high_error``.
    """

    def ratio(log_hr: NDArray, variance: NDArray) -> NDArray:
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
    columns = ["start", "end", "control", "lu", *_RATIO, *(f"{name}_error" for name in _RATIO)]
    return pd.DataFrame(rows, columns=columns)


_RATIO = ("hr", "low", "high")


def proportional_hazards_text(found: Reconstruction, level: float) -> dict[str, str]:
    """The test of proportional hazards over the sets, in words: ``p`` its median, ``share`` of sets ``below``
    1 - level.
    """
    p = proportional_hazards_test(found.time, found.event, found.arm).p
    below = 100.0 * (p < 1 - level)
    share = to_error(below.mean(), batch_error(np.mean, below), 0)
    return {"p": median_p(p), "share": f"{share}%", "below": f"{1 - level:.2g}"}


def quantile_table(found: Reconstruction, level: float) -> pd.DataFrame:
    """By when a quarter, half and three quarters of each group had the event: what a median alone hides."""
    rows = []
    for share, words in ((0.25, "a quarter"), (0.5, "half"), (0.75, "three quarters")):
        row = [f"By when {words} had progressed or died, months"]
        for arm in (1, 0):
            times = [patients.median_survival(*_own(found, i, arm), quantile=share).value for i in range(found.draws)]
            row.append(_interval_text(np.array([inf if np.isnan(t) else t for t in times]), level))
        rows.append(row)
    return pd.DataFrame(rows, columns=["", "¹⁷⁷Lu-Dotatate", "Control"])


def _interval_text(values: NDArray, level: float) -> str:
    shown = estimate(*across(values, level), 1)
    return "not reached in any set" if shown == "not reached" else shown


_LABELS = {
    "hr": "Hazard ratio",
    "median0": "Median, control, months",
    "median1": "Median, ¹⁷⁷Lu-Dotatate, months",
}


def estimates(
    end_point: str, found: Reconstruction, level: float, landmark: float | None = None, horizon: float | None = None
) -> pd.DataFrame:
    """What reconstructed patients say of the headline results: result, printed, estimate, interval over the sets, or
    that it was given. Rates at ``landmark``, difference of restricted means to ``horizon``, months.
    """
    ledger, about = build_ledger(), {"netter2_pfs": NETTER2_PFS}.get(end_point, END_POINTS[end_point])
    printed_at = float(ledger.value(about.landmark)) if about.landmark else None
    names = [(label, name, None, name, 1) for name, label in _LABELS.items()]
    if landmark:
        for arm, group in ((1, "¹⁷⁷Lu-Dotatate"), (0, "control")):
            label = f"Free of progression at {landmark:g} months, {group}, %"
            names.append((label, f"survival{arm}", landmark, f"lm{arm}" * (printed_at == landmark), 100))
    if horizon:
        label = f"Difference of restricted means to {horizon:g} months"
        names.append((label, "rmst_difference", horizon, "", 1))
    rows = []
    for label, quantity, time, name, factor in names:
        pairs = zip(*across(factor * found.values(quantity, time), level), strict=True)
        middle, low, high = (to_error(*pair, 3 if quantity == "hr" else 1) for pair in pairs)
        printed = ledger[about.summaries[name]].printed if name in about.summaries else "not printed"
        if name == "hr" and end_point == "netter2_pfs":
            label, printed = "Hazard ratio, unstratified", "not printed"
        between = f"{low} to {high}" if low != high else f"{low} in all of them"
        rows.append((label, printed, middle, "given" if found.is_given(quantity, time) else between))
    return pd.DataFrame(rows, columns=["Result", "Printed", "Reconstructed", f"Middle {100 * level:g}% of the sets"])


def headlines(*papers: str) -> pd.DataFrame:
    """Headline results beside their stored estimates, each made with that result withheld.

    Columns: ``label``; ``printed``, ``printed_low``, ``printed_high``; ``value``, ``low``, ``high``. P values are left
    out.

    >>> frame = headlines("netter2").set_index("label")
    >>> frame.loc["Median, PFS, control", ["printed", "printed_low", "printed_high"]].tolist()
    [8.5, 7.7, 13.8]
    """
    ledger, rows = build_ledger(), []
    for claim_id, row in recovered.stored(ledger).iterrows():
        claim = ledger[claim_id]
        if claim.paper in papers and claim.measure != "p_value":
            parts = {name: float(part.value) for name, part in claim.parts.items() if part.value is not None}
            measure = {"hazard_ratio": "Hazard ratio", "median": "Median", "percent": "Rate"}[claim.measure]
            outcome = "OS" if claim_id == NETTER1_OS.summaries["hr"] else "PFS"
            group = {"lu": ", ¹⁷⁷Lu-Dotatate", "control": ", control"}.get(claim.arm, "")
            printed = (parts["point"], parts.get("low", np.nan), parts.get("high", np.nan))
            rows.append((f"{measure}, {outcome}{group}", *printed, row.estimate, row.low, row.high))
    return pd.DataFrame(rows, columns=["label", "printed", "printed_low", "printed_high", "value", "low", "high"])


def places(*papers: str) -> dict[str, str]:
    """Where printed values fall among the sets made without them: how many can be ``placed``, how many of these lie in
    the ``outer`` twentieths at either end, and how many are ``expected`` there.

    >>> places("netter1")["placed"]
    '6'
    """
    stored = recovered.stored(build_ledger())
    below = stored["below"][[claim.partition(".")[0] in papers for claim in stored.index]].dropna()
    outer = ((below < 0.05) | (below > 0.95)).sum()
    return {"placed": str(len(below)), "outer": str(outer), "expected": f"{0.1 * len(below):.1f}"}


def period_table(periods: pd.DataFrame) -> pd.DataFrame:
    """:func:`hazard_ratios_by_period` as it is shown."""
    rows = [
        (
            f"{row.start:g} to {row.end:g}" if isfinite(row.end) else f"after {row.start:g}",
            f"{row.lu:.0f}",
            f"{row.control:.0f}",
            estimate(*([getattr(row, name + end) for name in _RATIO] for end in ("", "_error")), 2),
        )
        for row in periods.itertuples()
    ]
    return pd.DataFrame(rows, columns=["Months", "Events, ¹⁷⁷Lu-Dotatate", "Events, control", "Hazard ratio"])


def strata_table(found: Reconstruction, seed: int) -> pd.DataFrame:
    """NETTER-2's hazard ratio before and after strata dealt by chance, and in each stratum's level."""
    ledger = build_ledger()
    table, _ = margins(ledger)
    overall = ledger[NETTER2_PFS.summaries["hr"]].printed
    rows = [("Unstratified", "not printed", found.values("hr"))]
    rows.append(("Stratified by grade and origin", overall, stratified_hr(found, assign_strata(found, table, seed))))
    for factor, levels in STRATA.items():
        own = assign_strata(found, table[table["factor"] == factor], seed)
        for code, level in enumerate(levels):
            label = {"grade2": "Grade 2", "grade3": "Grade 3", "pancreas": "Pancreas"}.get(level, "Other origin")
            printed = ledger[f"netter2.figure2b.{level}.hr.hr"].printed
            rows.append((f"  {label}", printed, within_hr(found, own == code)))
    shown = []
    for label, printed, values in rows:
        middle, low, high = (to_error(*pair, 3) for pair in zip(*across(values, 0.95), strict=True))
        shown.append((label, printed, middle, f"{low} to {high}"))
    return pd.DataFrame(shown, columns=["Analysis", "Printed", "Reconstructed", "Middle 95% of the sets"])
