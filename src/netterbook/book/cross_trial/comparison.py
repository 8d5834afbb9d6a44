"""What the chapter across the trials computes: tables, words, and simulations with the trials' own numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import exp, hypot, inf, isfinite, isnan, nan, sqrt
from types import EllipsisType
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from netterbook import papers
from netterbook.book.cross_trial.studies import (
    NETTER,
    PAPERS,
    counted_once,
    last_at_risk,
    matched_comparisons,
    number_of_trials,
)
from netterbook.book.netter import outcomes
from netterbook.book.netter.tables import counts, hazard_ratio, printed
from netterbook.methods import between_trials, crossover, extrapolation, indirect, medians, pooling, scans, unanchored
from netterbook.methods.extrapolation import Fit
from netterbook.methods.scans import WEEKS_PER_MONTH
from netterbook.precision import batch_error, estimate, percent, quantile_error, to_error
from netterbook.reconstruction import Reconstruction

YEARS = (5, 10)
"""Horizons of the extrapolation."""
_CONTROL_MEDIANS = ("netter1.results.pfs_median_control", "netter2.figure2a.median_control")


def _range(low: float, high: float, digits: int = 1) -> str:
    ends = [f"{x:.{digits}f}" if isfinite(x) else "not reached" for x in (low, high)]
    return " to ".join(ends).replace("-", "−")


def _share(values: Sequence[float], errors: Sequence[float]) -> str:
    """A share of the benefit and its ends in percent; far below 0, when the benefit is near 0, it has no meaning."""
    shown = [
        to_error(100 * x, 100 * error, 0) if x > -1 else "below −100" for x, error in zip(values, errors, strict=True)
    ]
    return f"{shown[0]}% ({' to '.join(shown[1:])})"


def _estimate(value: float, low: float, high: float, digits: int = 1) -> str:
    middle = f"{value:.{digits}f}".replace("-", "−") if isfinite(value) else "not reached"
    return f"{middle} ({_range(low, high, digits)})"


# All studies


_SHOWN = {
    "study": "Study", "treatment": "Treatment", "comparator": "Comparator", "design": "Design",
    "population": "Patients", "line": "Line", "grade": "Grade", "n": "Number", "n_comparator": "Number, comparator",
    "endpoint": "End point", "median": "Median, months", "median_comparator": "Median, comparator",
    "hr": "Hazard ratio (95% CI)", "response": "Response", "response_comparator": "Response, comparator",
    "crossover": "Crossed over", "source": "Source", "confidence": "Read in", "facts": "Facts or claims",
}  # fmt: skip


def studies_text(table: pd.DataFrame) -> pd.DataFrame:
    """A table of :func:`.side_by_side` as it is shown."""
    shown = table[list(_SHOWN)].rename(columns=_SHOWN)
    facts = [
        f"{len(ids.split())} claims of the ledger" if "." in ids else ids for ids in shown["Facts or claims"]
    ]  # a claim's id has dots, a fact's has none
    return shown.assign(**{"Facts or claims": facts})


def indirect_text(found: pd.DataFrame, level: float) -> pd.DataFrame:
    """Indirect comparisons as they are shown."""
    same = found["treatment"] == found["against"]
    interval = f"Ratio of hazard ratios ({100 * level:g}% CI)"
    return pd.DataFrame(
        {
            "Trials": found["first"] + " over " + found["second"],
            "Treatments": np.where(
                same, found["treatment"] + " in both", found["treatment"] + " v " + found["against"]
            ),
            interval: [_estimate(r.ratio, r.low, r.high, 2) for r in found.itertuples()],
        }
    )


# NETTER-1 against NETTER-2


def both_unstratified(second: Reconstruction, level: float) -> dict[str, str]:
    """NETTER-1's printed hazard ratio over NETTER-2's unstratified one, in words: ``hr`` of NETTER-2, reconstructed,
    and the ``ratio`` with its interval.
    """  # fmt: skip
    first = hazard_ratio("netter1.figure1c.overall.hr.hr")

    def ratio(second: Reconstruction) -> tuple[float, ...]:
        hr = pooling.pooled_hr(second, 0.95)
        return hr[0], *indirect.indirect(first, hr, level)[:3]

    found, errors = ratio(second), pooling.monte_carlo_error(ratio, second)
    return {"hr": to_error(found[0], errors[0], 3), "ratio": estimate(found[1:], errors[1:], 2)}


def control_arms(first: Reconstruction, second: Reconstruction, horizon: float, level: float) -> dict[str, str]:
    """The control groups of the NETTER trials compared as if randomised, in words.

    ``hr`` of NETTER-1's to NETTER-2's; ``p`` of the log-rank test, median over the sets, ``p_range`` over the sets;
    ``first``, ``second``: restricted means to ``horizon``; ``difference`` with chance and reconstruction, ``inner``
    with reconstruction alone.
    """
    both = between_trials.joined(first, second)
    p = between_trials.compare_arms(first, second, horizon)["logrank_p"].to_numpy()

    def ratio(both: Reconstruction) -> tuple[float, float, float]:
        return pooling.pooled_hr(both, level)

    _, *ends = (to_error(*pair, 2) for pair in zip(*pooling.across(p, level), strict=True))
    gain = outcomes.mean_words(both, horizon, level)
    return {
        "hr": estimate(ratio(both), pooling.monte_carlo_error(ratio, both), 2),
        "p": outcomes.median_p(p),
        "p_range": " to ".join(ends),
        "first": gain["lu"],
        "second": gain["control"],
        "difference": f"{gain['gain']} ({gain['interval']})",
        "inner": gain["inner"],
        "horizon": f"{horizon:g}",
    }


def scan_schedules(until: float) -> dict[str, NDArray[np.float64]]:
    """Weeks of the scans of the NETTER trials up to a time in months.

    >>> {name: weeks[:4].tolist() for name, weeks in scan_schedules(12).items()}
    {'NETTER-1': [12.0, 24.0, 36.0, 48.0], 'NETTER-2': [16.0, 24.0, 36.0, 48.0]}
    """
    weeks = until * WEEKS_PER_MONTH
    first = counts("netter2.methods.assessment_first", "netter2.methods.assessment_second")
    every = printed("netter1.methods.imaging_interval"), printed("netter2.methods.assessment_interval")
    return {
        NETTER[0]: scans.scan_weeks([], every[0], weeks),
        NETTER[1]: scans.scan_weeks(first, every[1], weeks),
    }


_FOLLOWED = 12.0, 36.0  # months of the simulated trials, about as the NETTER trials were
_LAST_SCAN = 48.0


def medians_seen(true: Sequence[float]) -> pd.DataFrame:
    """Control medians that a large trial would report under each schedule, for each true median: columns ``true``,
    ``schedule``, ``seen`` (months).
    """  # fmt: skip
    hr = hazard_ratio("netter2.figure2a.pfs_hr")[0]
    schedules = scan_schedules(_LAST_SCAN)
    rows = []
    for median in true:
        found = scans.schedule_shift(float(median), hr, schedules, _FOLLOWED, n=1000)
        rows += [(median, name, seen) for name, seen in zip(found["schedule"], found["median0"], strict=True)]
    return pd.DataFrame(rows, columns=["true", "schedule", "seen"])


def due_scan() -> dict[str, str]:
    """The scan at which both printed control medians stand, in words: its ``week``, ``months``, the one ``before`` in
    weeks and months, and the ``middle`` between them in months.

    >>> due_scan()
    {'week': '36', 'months': '8.3', 'before': '24', 'before_months': '5.5', 'middle': '6.9'}
    """
    weeks = set.intersection(*(set(w.tolist()) for w in scan_schedules(_LAST_SCAN).values()))
    earlier = sorted(w for w in weeks if w / WEEKS_PER_MONTH <= min(map(printed, _CONTROL_MEDIANS)))
    before, due = earlier[-2:]
    return {
        "week": f"{due:g}",
        "months": f"{due / WEEKS_PER_MONTH:.1f}",
        "before": f"{before:g}",
        "before_months": f"{before / WEEKS_PER_MONTH:.1f}",
        "middle": f"{(before + due) / 2 / WEEKS_PER_MONTH:.1f}",
    }


def schedule_table() -> pd.DataFrame:
    """Medians and hazard ratio under continuous watching and under each schedule, for one true trial.

    Its control median lies midway between two scans, its hazard ratio is NETTER-2's.
    """
    hr = hazard_ratio("netter2.figure2a.pfs_hr")[0]
    found = scans.schedule_shift(float(due_scan()["middle"]), hr, scan_schedules(_LAST_SCAN), _FOLLOWED)
    rows = [
        (
            "watched continuously" if row.schedule == "continuous" else f"scans as in {row.schedule}",
            *(f"{m:.1f}" for m in (row.median0, row.median1)),
            f"{row.median1 - row.median0:.1f}",
            f"{row.hr:.2f}",
        )
        for row in found.itertuples()
    ]
    columns = ["Schedule", "Median, control", "Median, treated", "Difference of the medians", "Hazard ratio"]
    return pd.DataFrame(rows, columns=columns)


def scales(trials: dict[str, Reconstruction], horizon: float, level: float, seed: int) -> pd.DataFrame:
    """The benefit in each trial on three scales, with chance of sampling and of reconstruction together.

    Columns: ``trial``, ``scale``, ``value``, ``low``, ``high``, and the Monte Carlo errors of these three,
    ``value_error``, ``low_error``, ``high_error``. Medians by the bootstrap, as they may not be reached; hazard ratios,
    unstratified in both, and restricted means by Rubin's rules.
    """

    def ratio(found: Reconstruction) -> tuple[float, float, float]:
        return pooling.pooled_hr(found, level)

    def gain(found: Reconstruction) -> list[float]:
        return pooling.restricted_means(found, horizon, level).loc["difference", ["value", "lower", "upper"]].tolist()

    rows = []
    for name, found in trials.items():
        rows.append((name, "hazard ratio", *ratio(found), *pooling.monte_carlo_error(ratio, found)))
        (middle, *_), (error, *_) = pooling.across(_median_difference(found, horizon), level)
        sampled = _median_difference(extrapolation.resample(found, seed), horizon)
        (_, *ends), (_, *errors) = pooling.across(sampled, level)
        rows.append((name, "difference of the medians", middle, *ends, error, *errors))
        errors = pooling.monte_carlo_error(gain, found)
        rows.append((name, "difference of restricted means", *gain(found), *errors))
    return pd.DataFrame(rows, columns=["trial", "scale", *_ENDS, *(f"{name}_error" for name in _ENDS)])


_ENDS = ("value", "low", "high")


def _median_difference(found: Reconstruction, horizon: float) -> NDArray:
    return between_trials.benefit_scales(found, horizon)["median_difference"].to_numpy()


_NOT_COMPARABLE = "not comparable"


def scales_text(table: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """:func:`scales` as it is shown, a row for each scale, with the trial whose estimate is the larger effect.

    Where an estimate is not reached it is no number, and the two are not comparable.
    """
    rows = []
    for scale, own in table.groupby("scale", sort=False):
        values = own.set_index("trial")["value"]
        larger = values.idxmin() if scale == "hazard ratio" else values.idxmax()
        larger = larger if np.isfinite(values).all() else _NOT_COMPARABLE
        digits = 2 if scale == "hazard ratio" else 1
        label = {"difference of restricted means": f"difference of restricted means to {horizon:g} months"}.get(
            scale, scale
        )
        label += ", months" if scale == "difference of the medians" else ""
        values, errors = (own[[name + end for name in _ENDS]].to_numpy() for end in ("", "_error"))
        shown = [estimate(*pair, digits) for pair in zip(values, errors, strict=True)]
        rows.append((label[0].upper() + label[1:], *shown, larger))
    return pd.DataFrame(rows, columns=["Scale", *table["trial"].unique(), "Larger effect"])


def benefit_by_horizon(trials: dict[str, Reconstruction], level: float) -> pd.DataFrame:
    """Difference of restricted means at each horizon both trials reach: ``trial``, ``horizon``, ``value``, ``low``,
    ``high`` (chance and reconstruction), ``share``: of what the control group has.
    """
    last = np.floor(min(map(pooling.last_time, trials.values())))
    rows = []
    for name, found in trials.items():
        for horizon in np.arange(3, last + 1, 3):
            means = pooling.restricted_means(found, horizon, level)
            gain = means.loc["difference"]
            rows.append((name, horizon, gain.value, gain.lower, gain.upper, gain.value / means.value["control"]))
    return pd.DataFrame(rows, columns=["trial", "horizon", "value", "low", "high", "share"])


def scales_words(table: pd.DataFrame, by_horizon: pd.DataFrame) -> dict[str, str]:
    """At how many ``horizons`` NETTER-1's gain in restricted means is ``larger``, in how many the intervals
    ``overlap``, and ``on_scales``: on how many of the scales that give a number in both trials its estimate is the
    larger effect.
    """
    one, two = (by_horizon[by_horizon["trial"] == name].reset_index(drop=True) for name in NETTER)
    effects = scales_text(table, 0)["Larger effect"]
    own, given = int((effects == NETTER[0]).sum()), int((effects != _NOT_COMPARABLE).sum())
    return {
        "horizons": str(len(one)),
        "larger": str(int((one["value"] > two["value"]).sum())),
        "overlap": str(int(((one["low"] <= two["high"]) & (two["low"] <= one["high"])).sum())),
        "on_scales": "both scales that give" if own == given == 2 else f"{own} of the {given} scales that give",
    }


# Extrapolation


@dataclass(frozen=True, eq=False)
class _Draws:
    """Some draws of a fit, or all, as far as tables ask for them; each restricted mean is computed once."""

    fit: Fit
    chosen: NDArray | EllipsisType = ...
    means: dict[float, NDArray] = field(default_factory=dict)

    @property
    def aic(self) -> NDArray[np.float64]:
        return self.fit.aic[self.chosen]

    @property
    def bic(self) -> NDArray[np.float64]:
        return self.fit.bic[self.chosen]

    @property
    def ridge(self) -> NDArray[np.bool_]:
        return self.fit.ridge[self.chosen]

    def restricted_mean(self, tau: float) -> NDArray[np.float64]:
        if tau not in self.means:
            self.means[tau] = self.fit.restricted_mean(tau)
        return self.means[tau][self.chosen]


Models = dict[str, tuple[_Draws, _Draws]]


def _fit_error(statistic: Callable[..., ArrayLike], *fits: Models) -> NDArray[np.float64]:
    """:func:`.batch_error` of what a function makes of fits to the draws."""

    def of_batch(chosen: NDArray) -> ArrayLike:
        parts = [{m: tuple(replace(fit, chosen=chosen) for fit in pair) for m, pair in each.items()} for each in fits]
        return statistic(*parts)

    (first, _), *_ = fits[0].values()
    return batch_error(of_batch, np.arange(len(first.aic)))


class Extrapolation(NamedTuple):
    """A trial's models: fitted to its draws, and to the draws resampled."""

    trial: str
    found: Reconstruction
    fits: dict[str, tuple[Fit, Fit]]
    models: Models
    """The same fits, and those to the draws resampled."""
    sampled: Models
    followed: float
    """Months to which the curves of both groups reach in every draw."""
    median_follow_up: float
    """Months, as printed."""
    table: pd.DataFrame
    """From :func:`.extrapolated`, with Monte Carlo errors: ``value_error`` and so on."""


_FOLLOW_UP = {NETTER[0]: "netter1.results.followup_median", NETTER[1]: "netter2.results.follow_up"}


def extrapolate(trial: str, found: Reconstruction, models: Sequence[str], level: float, seed: int) -> Extrapolation:
    """Every model fitted to a NETTER trial's draws, and restricted means to five and ten years."""
    fits = extrapolation.fit_arms(found, models)
    drawn, sampled = (
        {model: tuple(map(_Draws, pair)) for model, pair in each.items()}
        for each in (fits, extrapolation.fit_arms(extrapolation.resample(found, seed), models))
    )
    followed = pooling.last_time(found)

    def table(*fits: Models) -> pd.DataFrame:
        return extrapolation.extrapolated(*fits, [12 * y for y in YEARS], followed, level)

    whole = table(drawn, sampled)

    def numbers(*fits: Models) -> ArrayLike:
        try:
            return table(*fits)[list(_SPREAD)]
        except ValueError:  # a batch in which some quantity has no value
            return np.full((len(whole), len(_SPREAD)), np.nan)

    errors = pd.DataFrame(_fit_error(numbers, drawn, sampled), columns=[f"{name}_error" for name in _SPREAD])
    return Extrapolation(trial, found, fits, drawn, sampled, followed, printed(_FOLLOW_UP[trial]), whole.join(errors))


_SPREAD = ("value", "low", "high", "low_all", "high_all")
_WITH_CHANCE = ("value", "low_all", "high_all")


def criteria_text(*trials: Extrapolation) -> pd.DataFrame:
    """How well the models fit: AIC and BIC less the least of the trial, and Akaike weights; medians over the draws."""

    def numbers(fits: Models) -> NDArray:
        found = extrapolation.criteria(fits)
        return np.array([*(found[name] - found[name].min() for name in ("aic", "bic")), 100 * found["weight"]])

    columns = {}
    for each in trials:
        columns["Model"] = list(each.models)
        pairs = zip(numbers(each.models), _fit_error(numbers, each.models), strict=True)
        for name, unit, own in zip(("AIC", "BIC", "Akaike weight"), ("", "", "%"), pairs, strict=True):
            shown = (to_error(*pair, 0 if unit else 1) for pair in zip(*own, strict=True))
            columns[f"{name}, {each.trial}"] = [f"{x}{unit}" for x in shown]
    return pd.DataFrame(columns)


def means_text(each: Extrapolation) -> pd.DataFrame:
    """Mean progression-free survival to five and ten years by model, with intervals of reconstruction and chance."""
    rows = []
    for model, own in each.table.groupby("model", sort=False):
        for horizon, part in own.groupby("horizon", sort=False):
            by = part.set_index("quantity")

            def pairs(quantity: str, *names: str, by: pd.DataFrame = by) -> list[NDArray]:
                return [by.loc[quantity, [name + end for name in names]].to_numpy() for end in ("", "_error")]

            means = [estimate(*pairs(name, *_WITH_CHANCE), 1) for name in ("mean0", "mean1", "benefit")]
            inner = " to ".join(to_error(*pair, 1) for pair in zip(*pairs("benefit", "low", "high"), strict=True))
            share = _share(*pairs("share_beyond", *_WITH_CHANCE))
            rows.append((model, f"{horizon / 12:g}", *means, inner, share))
    columns = ["Model", "Years", "Control", "¹⁷⁷Lu-Dotatate", "Benefit", "Benefit, reconstruction alone"]
    return pd.DataFrame(rows, columns=[*columns, "Beyond both curves"])


def share_words(each: Extrapolation, level: float) -> dict[str, str]:
    """Share of the averaged benefit that lies beyond follow-up, in words: ``five`` and ``ten`` years beyond the end of
    both curves (``end``, months), ``median_five`` and ``median_ten`` beyond the median follow-up (``median``).

    ``last``: the last printed time with patients at risk in both groups, and how many were ``left`` there.
    """

    def shares(followed: float, horizon: float) -> str:
        drawn, sampled = (
            extrapolation.averaged_share_beyond(fits, extrapolation.akaike_weights(fits), followed, horizon)
            for fits in (each.models, each.sampled)
        )
        both = (pooling.across(values, level, "inverted_cdf") for values in (drawn, sampled))
        return _share(*((own[0], *whole[1:]) for own, whole in zip(*both, strict=True)))

    paper = {name: paper for paper, name in PAPERS.items()}[each.trial]
    last = last_at_risk(paper)
    words = {"end": f"{each.followed:.0f}", "median": f"{each.median_follow_up:g}"}
    words |= {"last": f"{last.time}", "left": f"{last.lu} and {last.control}"}
    for name, years in zip(("five", "ten"), YEARS, strict=True):
        words[name] = shares(each.followed, 12 * years)
        words[f"median_{name}"] = shares(each.median_follow_up, 12 * years)
    return words


def unobserved_words(each: Extrapolation) -> dict[str, str]:
    """In how many of the ``models`` more than half of the mean benefit over ``five`` and ``ten`` years lies beyond the
    end of both curves, by the median over the draws.
    """
    shares = each.table[(each.table["quantity"] == "share_beyond") & (each.table["model"] != "averaged")]
    more = (shares["value"] > 0.5).groupby(shares["horizon"]).sum()
    words = {name: str(more[12 * years]) for name, years in zip(("five", "ten"), YEARS, strict=True)}
    return words | {"models": str(shares["model"].nunique()), "trial": each.trial}


# Without a common comparator


def matched_against_randomised(table: pd.DataFrame) -> pd.DataFrame:
    """Khan's matched comparisons and what randomised trials found, as rows of a forest plot."""
    rows = [
        (_matched_label(row.quantity), "Matched single groups (Khan 2021)", row.hr, row.low, row.high)
        for row in matched_comparisons().itertuples()
        if row.quantity.startswith("PFS")
    ]
    randomised = table[(table["row"] == "compete_pfs") | table["row"].isin(["netter1_pfs", "netter2_pfs"])]
    order = randomised.sort_values("treatment", ascending=False, kind="stable")
    for row in order.itertuples():
        label = f"{row.study}: {row.treatment} v {row.comparator}"
        rows.append((label, "Randomised", row.hr_value, row.hr_low, row.hr_high))
    return pd.DataFrame(rows, columns=["label", "section", "hr", "low", "high"])


def matched_facts(table: pd.DataFrame) -> list[str]:
    """Facts of the matched comparison, the randomised one if the table has it, and of what matching assumes."""
    randomised = ["F176"] if "compete_pfs" in set(table["row"]) else []
    return ["F196", "F199", *randomised, "F194"]


def _matched_label(quantity: str) -> str:
    site, against = re.fullmatch(r"PFS (\S+) Lu vs (.*)", quantity).groups()
    site = {"GI-NET": "gastrointestinal", "pNET": "pancreatic"}[site]
    return f"¹⁷⁷Lu-Dotatate v {against.replace('BSC', 'best supportive care')}, {site}"


class Gap(NamedTuple):
    """How a matched comparison of single groups misses, as an unmeasured factor differs more."""

    table: pd.DataFrame
    """``share`` of the first study's patients with the factor; ``naive``, ``maic``, ``randomised``: medians over the
    replicates; ``low``, ``high``: of the matched ones; ``covers``: share of their intervals that hold the truth;
    ``maic_error``, ``randomised_error``: Monte Carlo errors."""
    truth: float
    factor_hr: float
    share: float
    """Of the second study's patients with the factor."""
    effective: float
    patients: int
    replicates: int


_FACTOR_HR, _SHARE = 3.0, 0.5
_MEASURED = (0.30, 0.35, 0.40), (0.60, 0.65, 0.60), (1.3, 1.3, 1.3)


def simulate_gap(table: pd.DataFrame, level: float, seed: int, replicates: int = 200) -> Gap:
    """Matched comparisons when the truth is COMPETE's hazard ratio and one prognostic factor is not measured.

    Where COMPETE is not in the table, the truth is two thirds. Half of the second study's patients have the factor,
    which trebles the hazard; measured factors differ enough to cost about half of the sample, and are matched.
    """
    known = table.set_index("row")["hr_value"]
    truth = float(known.get("compete_pfs", 2 / 3))
    patients = int(re.search(r"of n=(\d+)", papers.facts().loc["F204", "quantity"])[1])
    rows, effective = [], []
    for share in (0.5, 0.4, 0.3, 0.2, 0.1, 0.0):
        who = unanchored.Populations(*_MEASURED, share, _SHARE, _FACTOR_HR)
        found = unanchored.simulate_unanchored(who, truth, n=(patients, 200), replicates=replicates, seed=seed)
        low, high = found["maic"].quantile([(1 - level) / 2, (1 + level) / 2])
        target = found["randomised"].median()
        covers = ((found["maic_low"] <= target) & (target <= found["maic_high"])).mean()
        errors = [quantile_error(found[c].dropna()) for c in ("maic", "randomised")]
        rows.append((share, *(found[c].median() for c in ("naive", "maic", "randomised")), low, high, covers, *errors))
        effective.append(found["effective"].median())
    columns = ["share", "naive", "maic", "randomised", "low", "high", "covers", "maic_error", "randomised_error"]
    table, middle = pd.DataFrame(rows, columns=columns), float(np.median(effective))
    return Gap(table, truth, _FACTOR_HR, _SHARE, middle, patients, replicates)


def gap_words(gap: Gap) -> dict[str, str]:
    """The simulation in words, and the published gap: ``predicted``, ``ratio`` to the randomised answer, and the
    ``needed`` share of patients with the factor that alone would make it, against the ``share`` in the other study.
    """
    matched = matched_comparisons().set_index("fact")["hr"]
    lost = papers.facts().loc["F204"]
    simulated = {}
    for name, row in (("alike", gap.table.iloc[0]), ("none", gap.table.iloc[-1])):
        simulated |= {
            name: to_error(row.maic, row.maic_error, 2),
            f"{name}_randomised": to_error(row.randomised, row.randomised_error, 2),
            f"{name}_covers": percent(row.covers, gap.replicates),
        }
    needed = []
    for fact in ("F196", "F199"):
        needed.append(unanchored.share_to_explain(matched[fact] / gap.truth, gap.factor_hr, gap.share))
    return {
        "first": f"{matched['F196']:g}",
        "second": f"{matched['F199']:g}",
        "truth": f"{gap.truth:.2f}",
        "first_needed": f"{100 * needed[0]:.0f}%",
        "second_needed": f"{100 * needed[1]:.0f}%",
        "factor": f"{gap.factor_hr:g}",
        "share": f"{100 * gap.share:.0f}%",
        "effective": f"{gap.effective:.0f}",
        "patients": f"{gap.patients}",
        "left": lost["value"],
        "left_source": lost["source"],
        "left_share": f"{100 * int(lost['value']) / gap.patients:.0f}%",
        "left_printed": re.search(r"abstract prints (\d+%)", lost["quantity"])[1],
    } | simulated


def single_arms(table: pd.DataFrame, treatments: Sequence[str]) -> pd.DataFrame:
    """Every arm given one of these treatments, torn from its trial: ``label``, ``treatment``, ``median``, ``low``,
    ``high`` (nan where not printed). Subsets of an arm are left out.
    """  # fmt: skip
    progression = counted_once(table[table["endpoint"].isin(["PFS", "TTP"])])
    rows = []
    for row in progression.itertuples():
        for arm, cell in ((row.treatment, row.median), (row.comparator, row.median_comparator)):
            number = re.match(r"([\d.]+)(?: \(([\d.]+)–([\d.]+|NE)\))?", cell)
            if arm in treatments and number:
                median, low, high = number.groups()
                ends = float(low or "nan"), inf if high == "NE" else float(high or "nan")
                rows.append((row.study, arm, float(median), *ends))
    frame = pd.DataFrame(rows, columns=["label", "treatment", "median", "low", "high"])
    rank = frame["treatment"].map(list(treatments).index)
    return (
        frame.assign(rank=rank)
        .sort_values(["rank", "median"], kind="stable")
        .drop(columns="rank")
        .reset_index(drop=True)
    )


def spread_sentence(arms: pd.DataFrame) -> str:
    """How far the medians of one treatment lie apart, and what quotients of medians could be made of two, in words."""
    ranges = []
    for treatment, own in arms.groupby("treatment", sort=False):
        if len(own) > 1:
            ranges.append(
                f"{_range(own['median'].min(), own['median'].max())} months in {len(own)} groups given {treatment}"
            )
    words = f"The medians run from {'; from '.join(ranges)}. " if ranges else ""
    first, second = (arms.loc[arms["treatment"] == t, "median"] for t in ("¹⁷⁷Lu-Dotatate", "everolimus"))
    if len(first) and len(second):
        quotients = np.divide.outer(second.to_numpy(), first.to_numpy())
        ends = _range(quotients.min(), quotients.max(), 2)
        words += f"Everolimus's median over ¹⁷⁷Lu-Dotatate's runs from {ends}, by the choice of the two groups. "
    return words + "None of this compares treatments: the patients were chosen, treated before and scanned differently."


# Medians and hazard ratios


def pairs_text(pairs: pd.DataFrame) -> pd.DataFrame:
    """:func:`.medians_and_hazard_ratios` as it is shown."""
    return pd.DataFrame(
        {
            "Study": pairs["study"],
            "End point": pairs["endpoint"],
            "Hazard ratio": [f"{x:g}" for x in pairs["hr"]],
            "Ratio of the medians": [f"{x:.2f}" for x in pairs["median_ratio"]],
            "1/hazard ratio": [f"{x:.2f}" for x in pairs["expected"]],
            "Weibull shape that reconciles them": [f"{x:.2f}" if isfinite(x) else "none" for x in pairs["shape"]],
        }
    )


def pairs_sentence(pairs: pd.DataFrame) -> str:
    """How the ratio of the medians compares with the hazard ratio, in words."""
    below = int((pairs["median_ratio"] < pairs["expected"]).sum())
    own = pairs.set_index(["study", "endpoint"]).loc[("NETTER-2", "PFS")]
    return (
        f"In {below} of {len(pairs)} comparisons, from {number_of_trials(pairs['study'])} trials, the ratio of the "
        f"medians is nearer to one than the hazard ratio suggests. In NETTER-2 it is {own.median_ratio:.2f} where "
        f"constant hazards would give {own.expected:.2f}; read as a hazard ratio, the medians would say "
        f"{1 / own.median_ratio:.2f} instead of {own.hr:g}."
    )


def changing_effects(hr: float) -> pd.DataFrame:
    """Ratio of the medians and Cox's hazard ratio when an effect starts late or ends early, against a control group
    with NETTER-2's median: columns ``kind``, ``change`` (months), ``hr``, ``median_ratio``.
    """  # fmt: skip
    median, follow_up = printed("netter2.figure2a.median_control"), 36.0
    rows = []
    for kind, (early, late) in {"starts late": (1, hr), "ends early": (hr, 1)}.items():
        for change in (0.001, 1, 2, 3, 4, 6, 8, 10, 14, 20, 35.9) if late == 1 else (0, 1, 2, 3, 4, 5, 6, 7, 8):
            found = medians.changing_effect(median, early, late, change, follow_up, n=1000)
            rows.append((kind, change, found.hr, found.median_ratio))
    return pd.DataFrame(rows, columns=["kind", "change", "hr", "median_ratio"])


# Overall survival and crossover


def survival_text(table: pd.DataFrame) -> pd.DataFrame:
    """Randomised comparisons of overall survival, with the share of the control group that crossed over."""
    deaths = table[(table["endpoint"] == "OS") & (table["design"] == "randomised")]
    return pd.DataFrame(
        {
            "Trial": deaths["study"],
            "Comparison": deaths["treatment"] + " v " + deaths["comparator"],
            "Median, months": [
                "not reached in either group, immature" if one == two == "not reached" else f"{one} v {two}"
                for one, two in zip(deaths["median"], deaths["median_comparator"], strict=True)
            ],
            "Hazard ratio for death (95% CI)": [hr or "not printed" for hr in deaths["hr"]],
            "Crossed over": [share or "not among the facts" for share in deaths["crossover"]],
            "Source": deaths["source"],
            "Read in": deaths["confidence"],
        }
    )


class Control(NamedTuple):
    """A control group whose patients crossed over: medians in months, share who crossed, printed hazard ratio."""

    trial: str
    median_os: float
    median_progression: float
    share: float
    hr: float
    low: float
    high: float


FOLLOWED_OS = 60.0, 96.0
"""Months of follow-up in simulated trials: about the median of NETTER-1's final analysis."""
TRUE_HRS = 0.5, 0.65, 0.8


def controls(table: pd.DataFrame) -> list[Control]:
    """NETTER-1 and the other trials of :func:`.side_by_side` with a share who crossed over.

    Where NETTER-1's later report is not in the table, its plan stands in: the assumed median, and no result.
    """
    deaths = table[(table["endpoint"] == "OS") & (table["crossover"] != "") & table["hr_low"].notna()]
    found = []
    for row in deaths.itertuples():
        own = table[(table["study"] == row.study) & table["endpoint"].isin(["PFS", "TTP"])]
        progression = float(own["median_comparator_value"].iloc[0])
        share = float(re.search(r"[\d.]+", row.crossover)[0]) / 100
        found.append(
            Control(row.study, row.median_comparator_value, progression, share, row.hr_value, row.hr_low, row.hr_high)
        )
    if NETTER[0] not in set(deaths["study"]):
        plan = printed("netter1.methods.assumed_os_control"), printed(_CONTROL_MEDIANS[0])
        found.insert(0, Control("NETTER-1's plan", *plan, nan, nan, nan, nan))
    return found


def dilution(trials: Sequence[Control], seed: int) -> pd.DataFrame:
    """Hazard ratio for death that large trials would show by the share who cross over, with each trial's medians:
    columns ``trial``, ``hr`` (true), ``share``, ``diluted``.
    """  # fmt: skip
    frames = []
    for each in trials:
        shares = np.linspace(0, min(_most(each), 0.95), 7)
        about = each.median_os, each.median_progression, FOLLOWED_OS
        frames.append(crossover.dilution(TRUE_HRS, shares, *about, seed, n=10_000).assign(trial=each.trial))
    return pd.concat(frames, ignore_index=True)


def _most(control: Control) -> float:
    """Largest share that can cross over: those who progress before death, at constant rates."""
    return control.median_os / (control.median_os + control.median_progression)


def dilution_sentence(trials: Sequence[Control], seed: int) -> str:
    """What a true hazard ratio would be diluted to in NETTER-1, and what could be behind its printed one, in words."""
    own, true = trials[0], TRUE_HRS[0]
    share = 0.5 if isnan(own.share) else own.share
    about = own.median_os, own.median_progression, share, FOLLOWED_OS
    shown = crossover.diluted_hr(true, *about, seed=seed)
    words = (
        f"In a trial with the medians of {own.trial}, of whose control patients {100 * share:.0f}% cross over, a true "
        f"hazard ratio of {true:g} would show as {shown:.2f}."
    )
    if isnan(own.hr):
        return words

    def undiluted(hr, after=1.0):
        return f"{crossover.undiluted_hr(hr, *about, seed, after):.2f}"

    return (
        f"{words} The printed {own.hr:.2f} ({own.low:.2f} to {own.high:.2f}) would come of a true {undiluted(own.hr)} "
        f"({undiluted(own.low)} to {undiluted(own.high)}), and of {undiluted(own.hr, 0.5)} if crossover brings half of "
        "the effect: at this share, crossover alone does not turn a strong effect into the printed one, and chance "
        "leaves more open than crossover does."
    )


REPLICATES = 20
"""Simulated trials of each kind to which the rank-preserving model is applied."""


def undo_crossover(trials: Sequence[Control], seed: int, replicates: int = REPLICATES) -> pd.DataFrame:
    """Simulated trials of NETTER-1's size analysed by randomised arm and by the rank-preserving model.

    Columns: ``share`` who cross over (none, NETTER-1's, nearly all who could), ``after``: how much of the effect
    crossover brings, ``randomised`` hazard ratio, ``corrected``: exp(psi), and its limits ``low``, ``high`` (nan where
    there is none). Trials for which the model has no solution have no row.
    """
    own = trials[0]
    size = counts("netter1.table1.n.control.count", "netter1.table1.n.lu.count")
    rows = []
    for share in (0.0, 0.5 if isnan(own.share) else own.share, round(0.92 * _most(own), 2)):
        for after in (1.0, 0.0) if share else (1.0,):
            for i in range(replicates):
                trial = crossover.simulate_trial(
                    TRUE_HRS[0], own.median_os, own.median_progression, share, size, FOLLOWED_OS, seed + i, after
                )
                try:
                    found = crossover.rpsft(trial.time, trial.event, trial.arm, trial.on_treatment, trial.end)
                except ValueError:  # z does not cross 0
                    continue
                rows.append((share, after, found.itt_hr, exp(found.psi), exp(found.low), exp(found.high)))
    return pd.DataFrame(rows, columns=["share", "after", "randomised", "corrected", "low", "high"])


def rank_preserving_words(found: pd.DataFrame, replicates: int = REPLICATES) -> dict[str, str]:
    """:func:`undo_crossover` at the largest share: geometric means ``randomised``, ``corrected`` if crossover brings
    the whole effect, and if it brings none (``randomised_none``, ``corrected_none``); and how many trials of all,
    ``tried``, the model has a solution for: ``solved``.
    """
    words = {"true": f"{TRUE_HRS[0]:g}", "most": f"{100 * found['share'].max():.0f}%"}
    tried = replicates * found.groupby(["share", "after"]).ngroups
    words |= {"each": str(replicates), "tried": str(tried), "solved": str(len(found))}
    for after, suffix in ((1.0, ""), (0.0, "_none")):
        own = found[(found["share"] == found["share"].max()) & (found["after"] == after)]
        for name in ("randomised", "corrected"):
            mean = np.exp(np.log(own[name]).mean())
            words[name + suffix] = to_error(mean, mean * np.log(own[name]).std() / sqrt(len(own)), 2)
    width = np.log(found["high"] / found["low"]).dropna().groupby(found["share"]).agg(["median", quantile_error])
    relative = width["quantile_error"] / width["median"]
    ratio = width["median"].iloc[-1] / width["median"].iloc[0]
    wider = to_error(ratio, ratio * hypot(relative.iloc[-1], relative.iloc[0]), 1)
    return words | {"wider": wider, "least": f"{100 * found['share'].min():.0f}%"}


def rank_agreement(ranks: pd.DataFrame) -> dict[str, str]:
    """How far two rankings of :func:`.rival_scales` agree: pairs of trials in the same order."""
    a, b = ranks["hr_rank"].to_numpy(), ranks["difference_rank"].to_numpy()
    first, second = np.triu_indices(len(ranks), 1)
    same = int((((a[first] - a[second]) * (b[first] - b[second])) > 0).sum())
    return {
        "same": str(same),
        "pairs": str(len(first)),
        "comparisons": str(len(ranks)),
        "trials": str(number_of_trials(ranks["study"])),
    }
