"""What reconstructed patients of the NETTER trials say: estimates, rates, restricted means, strata."""

from __future__ import annotations

from math import inf, isfinite

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook.audit import build_ledger, recovered
from netterbook.audit.endpoints import NETTER1_OS, NETTER2_PFS, STRATA, margins
from netterbook.audit.ensembles import END_POINTS
from netterbook.book.netter.tables import p_text
from netterbook.book.parameters import ParameterError
from netterbook.methods import patients, proportions
from netterbook.methods.pooling import (
    RATIO,
    across,
    last_time,
    monte_carlo_error,
    rate_difference,
    restricted_means,
)
from netterbook.methods.proportional_hazards import proportional_hazards_test
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


def median_p(values: NDArray) -> str:
    """The median of P values over the sets, as it is shown.

    >>> median_p(np.full(50, 0.0004)), median_p(np.full(50, 0.035)), median_p(np.random.default_rng(1).random(50))
    ('<0.001', '0.035', '0.50')
    """
    middle = float(np.nanmedian(values))
    digits = 3 if middle < 0.1 else 2
    return p_text(middle) if middle < 0.001 else to_error(middle, batch_error(np.nanmedian, values), digits)


def mean_words(found: Reconstruction, horizon: float, level: float) -> dict[str, str]:
    """Restricted means to ``horizon`` in words: of ``lu`` and ``control``, their difference ``gain`` with its
    ``interval``, and that of reconstruction alone, ``inner``.
    """

    def means(found: Reconstruction) -> pd.DataFrame:
        return restricted_means(found, horizon, level)

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
            times = [patients.median_survival(*found.own(i, arm), quantile=share).value for i in range(found.draws)]
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
            estimate(*([getattr(row, name + end) for name in RATIO] for end in ("", "_error")), 2),
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
