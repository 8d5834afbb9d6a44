"""What reconstructed patients of a trial say: headline results, benefit, proportional hazards, strata."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netterbook.audit import recovered
from netterbook.audit.given import inputs, margins
from netterbook.ledger import Ledger
from netterbook.methods.patient_sets import PatientSets
from netterbook.methods.patients import median_survival
from netterbook.methods.pooling import across, monte_carlo_error, rate_difference, restricted_means
from netterbook.methods.proportional_hazards import proportional_hazards_test
from netterbook.methods.proportions import NumberNeeded, number_needed
from netterbook.precision import Simulated, batch_error, simulated
from netterbook.reconstruction import Reconstruction
from netterbook.reconstruction.strata import assign_strata, stratified_hr, within_hr
from netterbook.trials import Subgroups, Trial, recorded


class MeanGain(NamedTuple):
    """Restricted means of both groups and their difference, the ``gain``, months; its ``interval``, and the one of
    ``reconstruction`` alone.
    """

    experimental: Simulated
    control: Simulated
    gain: Simulated
    interval: list[Simulated]
    reconstruction: list[Simulated]


def mean_gain(found: PatientSets, horizon: float, level: float) -> MeanGain:
    """Restricted means to ``horizon``, months, see :func:`.restricted_means`."""

    def means(found: PatientSets) -> pd.DataFrame:
        return restricted_means(found, horizon, level)

    value = means(found)
    error = pd.DataFrame(monte_carlo_error(means, found), value.index, value.columns)

    def of(group: str, *columns: str) -> list[Simulated]:
        return simulated(value.loc[group, list(columns)], error.loc[group, list(columns)])

    (experimental,), (control,), (gain,) = (of(group, "value") for group in ("experimental", "control", "difference"))
    return MeanGain(experimental, control, gain, of("difference", "lower", "upper"), of("difference", "low", "high"))


class RateGain(NamedTuple):
    """Difference of the rates of both groups at a time with its interval, percentage points, and the number needed to
    treat.
    """

    gain: Simulated
    interval: list[Simulated]
    needed: NumberNeeded


def rate_gain(found: PatientSets, landmark: float, level: float) -> RateGain:
    """What the rates at ``landmark``, months, differ by, see :func:`.rate_difference`."""

    def points(found: PatientSets) -> tuple[float, float, float]:
        return rate_difference(found, landmark, level)

    value = points(found)
    gain, *ends = simulated(value, monte_carlo_error(points, found))
    return RateGain(gain, ends, number_needed(*value))


class Proportionality(NamedTuple):
    """The test of proportional hazards over the sets of patients: median ``p``, ``share`` of sets ``below`` a level."""

    p: Simulated
    share: Simulated
    below: float


def proportionality(found: PatientSets, level: float) -> Proportionality:
    """How many sets of patients speak against proportional hazards at 1 - ``level``."""
    p = np.asarray(proportional_hazards_test(found.time, found.event, found.arm).p)
    below = 1.0 * (p < 1 - level)
    median = Simulated(float(np.nanmedian(p)), float(batch_error(np.nanmedian, p)))
    return Proportionality(median, Simulated(float(below.mean()), float(batch_error(np.mean, below))), 1 - level)


class Dated(NamedTuple):
    """Share of the events that are dated at a scan: median over the sets and interval."""

    share: Simulated
    low: Simulated
    high: Simulated


def dated_at_scans(found: Reconstruction, level: float) -> Dated | None:
    """What sets of patients that were given a schedule say of it; None where none was given."""
    return None if found.visits is None else Dated(*simulated(*across(found.visits[:, 0, 0], level)))


_GROUPS = ((1, "experimental"), (0, "control"))


_ESTIMATE = ("value", "low", "high")


def _over_sets(names: Sequence[str], values: NDArray[np.float64], level: float) -> dict[str, Any]:
    """Median and interval over the sets by three names, and their Monte Carlo errors."""
    middle, errors = across(values, level)
    return dict(zip(names, middle, strict=True)) | dict(zip([f"{name}_error" for name in names], errors, strict=True))


def quantiles(found: PatientSets, level: float) -> pd.DataFrame:
    """By when a quarter, half and three quarters of each group had the event: what a median alone hides.

    Columns: ``kind``, that share; for each group, ``experimental`` and ``control``, the median over the sets, months,
    with ``_low`` and ``_high``, errors of all three, and ``_never``, whether no set comes so far.
    """
    rows = []
    for share in (0.25, 0.5, 0.75):
        row: dict[str, Any] = {"kind": share}
        for arm, group in _GROUPS:
            values = [median_survival(*found.own(i, arm), quantile=share).value for i in range(found.draws)]
            times = np.where(np.isnan(values), np.inf, values)
            row |= _over_sets([group, f"{group}_low", f"{group}_high"], times, level)
            row[f"{group}_never"] = bool(np.isinf(times).all())
        rows.append(row)
    return pd.DataFrame(rows)


def estimates(
    ledger: Ledger, trial: Trial, end_point: str, found: Reconstruction, level: float, landmark: float, horizon: float
) -> pd.DataFrame:
    """What reconstructed patients say of the headline results beside what was printed.

    Columns: ``kind``: ``hazard ratio`` (``unstratified`` where the printed one is not), ``median``, ``rate`` at
    ``landmark`` in percent, ``gain``, the difference of restricted means to ``horizon``; ``arm``, its name; ``time``,
    months; ``is_printed``, and ``printed`` as it is; ``value``, ``low``, ``high`` over the sets, with their errors;
    ``is_ratio``; ``given``, whether the patients were made from it.
    """
    about = inputs(trial, end_point).unstratified()
    if about.landmark and ledger.number(about.landmark) != landmark:
        about = about.without("lm0", "lm1")
    control, experimental = trial.control.name, trial.experimental.name
    ratio = "unstratified" if trial.end_points[end_point].stratified else "hazard ratio"
    asked = (
        (ratio, "", "hr", None, "hr"),
        ("median", control, "median0", None, "median0"),
        ("median", experimental, "median1", None, "median1"),
        ("rate", experimental, "survival1", landmark, "lm1"),
        ("rate", control, "survival0", landmark, "lm0"),
        ("gain", "", "rmst_difference", horizon, ""),
    )
    rows = []
    for kind, arm, quantity, time, summary in asked:
        values = found.values(quantity, time) * (100 if kind == "rate" else 1)
        row = {"kind": kind, "arm": arm, "time": nan if time is None else time}
        row |= _as_printed(ledger, about.summaries.get(summary, "")) | _over_sets(_ESTIMATE, values, level)
        rows.append(row | {"is_ratio": quantity == "hr", "given": found.is_given(quantity, time)})
    return pd.DataFrame(rows)


def _as_printed(ledger: Ledger, claim_id: str) -> dict[str, bool | str]:
    return {"is_printed": bool(claim_id), "printed": ledger[claim_id].printed if claim_id else ""}


def headlines(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """Headline results beside their stored estimates, each made with that result withheld.

    Columns: ``kind``: ``hazard_ratio``, ``median`` or ``percent``; ``end_point`` in short; ``arm``, its name;
    ``printed``, ``printed_low``, ``printed_high``; ``value``, ``low``, ``high``. P values are left out.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = headlines(ledger, trials.read(ledger.folder)["netter2"]).set_index(["kind", "arm"])
    >>> frame.loc[("median", "control"), ["printed", "printed_low", "printed_high"]].astype(float).tolist()
    [8.5, 7.7, 13.8]
    """
    short = {
        claim_id: about.short
        for name, about in trial.end_points.items()
        for claim_id in inputs(trial, name).summaries.values()
    }
    rows = []
    for claim_id, row in recovered.stored(ledger).iterrows():
        claim = ledger[claim_id]
        if claim.paper == trial.key and claim.measure != "p_value":
            parts = {name: float(part.value) for name, part in claim.parts.items() if part.is_number}
            printed = (parts["point"], parts.get("low", nan), parts.get("high", nan))
            arm = trial.name_of(claim.arm)
            rows.append((claim.measure, short[claim_id], arm, *printed, row.estimate, row.low, row.high))
    columns = ["kind", "end_point", "arm", "printed", "printed_low", "printed_high", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def schedule_withheld(ledger: Ledger, trial: Trial) -> pd.DataFrame:
    """Stored estimates of headline results, made with and without the schedule of the scans.

    Columns: ``kind``, ``arm`` as for :func:`headlines`; ``is_ratio``; ``printed``, as it is; ``value``, ``low``,
    ``high``, and ``below``, the share of the sets below the printed value, with the schedule, and the same with
    ``_without``. P values are left out.
    """
    with_scans, without = recovered.stored(ledger), recovered.stored_unscheduled(ledger)
    rows: list[dict[str, Any]] = []
    for claim_id in without.index.intersection(with_scans.index):
        claim = ledger[claim_id]
        if claim.paper == trial.key and claim.measure != "p_value":
            row: dict[str, Any] = {"kind": claim.measure, "arm": trial.name_of(claim.arm), "printed": claim.printed}
            row["is_ratio"] = claim.measure == "hazard_ratio"
            for end, found in (("", with_scans.loc[claim_id]), ("_without", without.loc[claim_id])):
                row |= {f"{name}{end}": found[column] for name, column in _STORED.items()}
            rows.append(row)
    return pd.DataFrame(rows)


_STORED = {"value": "estimate", "low": "low", "high": "high", "below": "below"}


def share_below(ledger: Ledger, claim_id: str) -> float:
    """Share of the sets made without a printed value that lie below it; nan where nothing is stored."""
    stored = recovered.stored(ledger)
    return float(stored.loc[claim_id, "below"]) if claim_id in stored.index else nan


class Withheld(NamedTuple):
    """A stored estimate made without the printed number: the middle and the ends of its sets."""

    value: float
    low: float
    high: float


def when_withheld(ledger: Ledger, claim_id: str) -> Withheld:
    """What the sets made without a printed number say of it; nan where nothing is stored.

    >>> from netterbook import papers
    >>> when_withheld(papers.load(papers.data_dir()), "netter1.results.os_p")
    Withheld(value=0.0065, low=4e-05, high=0.024)
    """
    stored = recovered.stored(ledger)
    if claim_id not in stored.index:
        return Withheld(nan, nan, nan)
    return Withheld(*stored.loc[claim_id, ["estimate", "low", "high"]].astype(float))


def within_withheld(ledger: Ledger, claim_id: str) -> bool:
    """Whether a printed number, before its rounding is allowed for, lies within the ends of the sets made without it.

    >>> from netterbook import papers
    >>> within_withheld(papers.load(papers.data_dir()), "netter1.figure1c.overall.hr.hr")
    False
    """
    found = when_withheld(ledger, claim_id)
    return found.low <= ledger.number(claim_id) <= found.high


class Placed(NamedTuple):
    """Printed values that can be placed among the sets made without them: how many, how many of these lie in the outer
    twentieths at either end, and how many are expected there. A P value says what its hazard ratio says, and is none.
    """

    placed: int
    outer: int
    expected: float


def placed(ledger: Ledger, trial: Trial) -> Placed:
    """Where printed values fall among the sets made without them.

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> placed(ledger, trials.read(ledger.folder)["netter1"]).placed
    5
    """
    stored = recovered.stored(ledger)
    own = [ledger[claim_id].paper == trial.key and ledger[claim_id].measure != "p_value" for claim_id in stored.index]
    below = stored["below"][own].dropna()
    outer = (below < _OUTER) | (below > 1 - _OUTER)
    return Placed(len(below), int(outer.sum()), 2 * _OUTER * len(below))


_OUTER = 0.05


def strata(
    ledger: Ledger, trial: Trial, end_point: str, found: Reconstruction, seed: int, level: float
) -> pd.DataFrame:
    """An end point's hazard ratio before and after strata dealt by chance, and in each stratum's level.

    Columns: ``kind``: ``unstratified``, ``stratified`` or the level's row in the subgroup figure; ``is_printed``, and
    ``printed`` as it is; ``value``, ``low``, ``high`` over the sets, with their errors; ``inside``, whether the printed
    number lies within these ends.
    """
    table, _ = margins(ledger, trial)
    whole = trial.claim(trial.end_points[end_point].hazard_ratio)
    rows = [("unstratified", "", found.values("hr"))]
    rows.append(("stratified", whole, stratified_hr(found, assign_strata(found, table, seed))))
    for factor, levels in trial.strata.items():
        own = assign_strata(found, table[table["factor"] == factor], seed)
        for code, name in enumerate(levels):
            claim = trial.claim(f"{recorded(trial, Subgroups).figure}.{name}.hr.hr")
            rows.append((name, claim, within_hr(found, own == code)))
    found_of = pd.DataFrame(
        {"kind": kind} | _as_printed(ledger, claim) | _over_sets(_ESTIMATE, values, level)
        for kind, claim, values in rows
    )
    printed = pd.Series([float(ledger[claim].point.value) if claim else nan for _, claim, _ in rows])
    return found_of.assign(inside=printed.between(found_of["low"], found_of["high"]))


def share_explained(table: pd.DataFrame) -> Simulated:
    """How much of the way from the unstratified to the printed hazard ratio stratification goes, on the log scale.

    By the middles of the sets in a table of :func:`strata`; its error by theirs, as if they were independent.

    >>> rows = {"kind": ["unstratified", "stratified"], "value": [0.4, 0.2], "value_error": [0.004, 0.002]}
    >>> found = share_explained(pd.DataFrame(rows | {"printed": ["", "0·100 (0·05 to 0·20)"]}))
    >>> round(found.value, 2), round(found.error, 3)
    (0.5, 0.008)
    """
    rows = table.set_index("kind").loc[["unstratified", "stratified"]]
    before, after = np.log(rows["value"].astype(float))
    errors = (rows["value_error"] / rows["value"]).astype(float)
    way = before - np.log(float(rows.loc["stratified", "printed"].replace("·", ".").split()[0]))
    share = float((before - after) / way)
    error = float(np.hypot((1 - share) * errors["unstratified"], errors["stratified"]) / abs(way))
    return Simulated(share, error)
