"""Tables and words of the dosimetry chapter: four cycles in gray, the phase II protocol simulated, immortal time.

Functions take the chapter's parameters, :class:`.Dosimetry`, as ``p``. All random numbers come
from its seed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
import pandas as pd
from IPython.display import HTML, display
from numpy.typing import NDArray

from netterbook import papers
from netterbook.audit import build_ledger
from netterbook.book.display import claim_text
from netterbook.book.netter.tables import counts, ends, printed
from netterbook.book.parameters import Dosimetry
from netterbook.dosimetry import activity_left, effective_half_life_h, half_life_h
from netterbook.dosimetry.bed import bed_gy, eqd2_gy
from netterbook.dosimetry.curves import haenscheid_error, madsen_error
from netterbook.dosimetry.decay import emissions, lu_177m_over_time
from netterbook.dosimetry.immortal import Analysis, ImmortalTime, simulate_immortal_time
from netterbook.dosimetry.planning import course, dose_over_cycles_gy, fixed_course
from netterbook.dosimetry.population import (
    Matches,
    Protocol,
    Treated,
    between_cv,
    cohorts,
    matching_trials,
    simulate_protocol,
    sood_dose_gy,
    virtual_patients,
)
from netterbook.methods.patients import sorted_cox
from netterbook.precision import estimate, percent, quantile_error, share_error, to_error

COHORT_FACTS = {"netter-1": "F082", "80 cycles": "F151", "spect/ct": "F152", "planar": "F153"}
"""The fact behind each cohort that the parameter ``cohort`` names."""

_SUNDLOV = "sundlov2022.abstract."
_GBQ_OF_NETTER1 = 29.6
_UNSUPPORTED_LIMIT = Protocol().limit_bed_gy


def _fact(fact_id: str) -> float:
    """The number with which a fact begins."""
    return float(papers.facts().loc[fact_id, "value"].replace("about ", "").split()[0])


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f}%"


def standard_cycles() -> int:
    """Cycles of the standard schedule, as the abstract of Sundlöv 2022 prints them."""
    return counts(_SUNDLOV + "standard_cycles")[0]


# The radionuclide


def radionuclide(p: Dosimetry) -> dict[str, str]:
    """177Lu in words: half-lives in days and hours, energies in keV, gamma lines, and what is left when.

    >>> words = radionuclide(Dosimetry())
    >>> words["days"], words["electrons"], words["biological"]
    ('6.65', '147.9', '73')
    """
    table, effective, physical = emissions(), p.effective_half_life_h, half_life_h()
    return {
        "days": f"{physical / 24:.2f}",
        "electrons": f"{table.loc['electrons', 'kev_per_decay']:.1f}",
        "photons": f"{table.loc['photons', 'kev_per_decay']:.1f}",
        "low_line": f"{table.loc['gamma_113', 'energy_kev']:.0f} keV ({table.loc['gamma_113', 'percent']:.1f}%)",
        "high_line": f"{table.loc['gamma_208', 'energy_kev']:.0f} keV ({table.loc['gamma_208', 'percent']:.1f}%)",
        "effective": f"{effective:g}",
        "biological": f"{1 / (1 / effective - 1 / physical):.0f}",
        "week_physical": _percent(float(activity_left(7))),
        "week_kidney": _percent(float(activity_left(7, effective / 24))),
    }


def half_lives(p: Dosimetry) -> dict[str, float]:
    """Half-lives in hours by the name under which they are drawn."""
    return {
        "decay alone": half_life_h(),
        "decay and excretion equally fast": float(effective_half_life_h(half_life_h())),
        "kidneys (assumed)": p.effective_half_life_h,
    }


# Four cycles


def four_cycles(p: Dosimetry) -> pd.DataFrame:
    """Doses of the standard number of cycles in published cohorts.

    Columns: ``organ``, ``label``, ``middle`` (nan where only a range is published), ``low``, ``high`` in Gy, ``spread``
    (what ``low`` and ``high`` are), ``fact``. Doses per activity are multiplied by activity and cycles, doses of
    29.6 GBq scaled to them, doses per cycle multiplied by the cycles.

    >>> found = four_cycles(Dosimetry()).set_index("fact")
    >>> found.loc["F082", ["middle", "low", "high"]].astype(float).round(1).tolist()
    [19.4, 10.7, 28.1]
    """
    cycles, facts = standard_cycles(), papers.facts()
    gbq = cycles * p.activity_gbq
    scale = gbq / _GBQ_OF_NETTER1
    rows = []
    for fact_id, row in cohorts().sort_values("mean_gy_per_gbq", kind="stable").iterrows():
        mean = row.mean_gy_per_gbq * gbq
        rows.append(("Kidneys", row.label, mean, mean * (1 - row.cv), mean * (1 + row.cv), "SD", fact_id))
    rows.insert(2, ("Kidneys", "Aarhus, 56 treatments", _fact("F149") * gbq, np.nan, np.nan, "", "F149"))
    clearances = [float(x) for x in facts.loc["F098", "value"].replace("(", "").replace(")", "").split()[1].split("-")]
    for organ, fact_id in (("kidney", "F087"), ("marrow", "F091")):
        most, least = (cycles * sood_dose_gy(p.activity_gbq, clearances, organ)).tolist()
        middle = cycles * float(sood_dose_gy(p.activity_gbq, 99, organ))
        name = {"kidney": "Kidneys", "marrow": "Red marrow"}[organ]
        rows.append((name, "model of 47 patients", middle, least, most, "creatinine clearance", fact_id))
    mean, sd = (float(x) for x in facts.loc["F083", "value"].replace("(SD ", "").replace(")", "").split())
    low, high = scale * (mean - sd), scale * (mean + sd)
    rows.append(("Red marrow", "NETTER-1, 20 patients", scale * mean, low, high, "SD", "F083"))
    for fact_id, label, factor in (
        ("F085", "NETTER-1, 65 lesions", scale),
        ("F158", "41 patients, 182 lesions", cycles),
    ):
        fact = facts.loc[fact_id]
        middle = float(fact["value"]) if fact_id == "F085" else np.nan
        rows.append(
            ("Tumour", label, factor * middle, *(factor * float(fact[e]) for e in ("low", "high")), "range", fact_id)
        )
    columns = ["organ", "label", "middle", "low", "high", "spread", "fact"]
    found = pd.DataFrame(rows, columns=columns)
    order = {"Kidneys": 0, "Red marrow": 1, "Tumour": 2}
    return found.sort_values("organ", key=lambda s: s.map(order), kind="stable").reset_index(drop=True)


def four_cycles_text(found: pd.DataFrame) -> pd.DataFrame:
    """:func:`four_cycles` as it is shown."""
    about = {
        "SD": "mean and SD",
        "range": "median and range",
        "creatinine clearance": "typical patient; over the clearances of the cohort",
        "": "median",
    }
    facts = papers.facts()

    def gray(row) -> str:
        if row.spread == "SD":
            return f"{row.middle:.1f} (SD {row.high - row.middle:.1f})"
        digits = 0 if row.organ == "Tumour" else 1
        span = f"{row.low:.{digits}f} to {row.high:.{digits}f}" if np.isfinite(row.low) else ""
        if np.isnan(row.middle):
            return span
        return f"{row.middle:.{digits}f}" + (f" ({span})" if span else "")

    def given(row) -> str:
        if np.isnan(row.middle):  # published by cycle
            low, high = facts.loc[row.fact, ["low", "high"]]
            return f"{standard_cycles()} times the range of a cycle, {low} to {high} Gy"
        return about[row.spread]

    return pd.DataFrame(
        {
            "Organ": found["organ"],
            "Cohort": found["label"],
            "Gy": [gray(row) for row in found.itertuples()],
            "Given are": [given(row) for row in found.itertuples()],
            "Source": [f"{facts.loc[f, 'source']} ({f})" for f in found["fact"]],
        }
    )


def model_words() -> dict[str, str]:
    """The model of the kidney dose by activity and creatinine clearance, as facts F087 to F089 have it.

    >>> words = model_words()
    >>> words["dose"], words["activity_power"], words["clearance_power"], words["activity_error"]
    ('4.3', '0.66', '−0.55', '23%')
    """
    facts, ids = papers.facts(), ("F087", "F088", "F089")
    activity, clearance = re.search(r"GBq/([\d.]+)\).*CrCL/(\d+)\)", facts.loc[ids[0], "quantity"]).groups()
    return {
        "facts": f"{ids[0]} to {ids[-1]}",
        "dose": f"{_fact(ids[0]):g}",
        "activity": activity,
        "clearance": clearance,
        "activity_power": f"{_fact(ids[1]):g}",
        "clearance_power": f"{_fact(ids[2]):.2f}".replace("-", "−"),
        "activity_error": re.search(r"RSE ([\d.]+%)", facts.loc[ids[1], "value"])[1],
    }


# Dose and BED


def bed_lines(p: Dosimetry, dose_gy: NDArray) -> dict[str, NDArray]:
    """Cumulative BED of a total dose given in 1, 4 or 8 equal cycles, and in 4 with the extremes of repair.

    Without repair the BED depends on neither half-life; with repair at once it is the dose.
    """
    biology = p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h

    def given(cycles: int, *of: float) -> NDArray:
        return cycles * bed_gy(dose_gy / cycles, *of)

    lines = {"1 cycle": given(1, *biology), "4 cycles": given(4, *biology), "8 cycles": given(8, *biology)}
    return lines | {
        "4 cycles, no repair": given(4, p.alpha_beta_gy, np.inf, p.effective_half_life_h),
        "repair at once": dose_gy,
    }


def bed_words(p: Dosimetry) -> dict[str, str]:
    """BED of the sourced limits in words: BED of the dose limit in four cycles, and doses that reach the BED limits.

    >>> bed_words(Dosimetry())["bed"]
    '25.7'
    """
    cycles = standard_cycles()
    biology = p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h
    excess = float(bed_gy(1, *biology)) - 1  # of 1 Gy; it grows with the square

    def dose(limit: float) -> str:
        return f"{2 * limit / (1 + np.sqrt(1 + 4 * excess * limit / cycles)):.1f}"

    return {
        "cycles": str(cycles),
        "limit": f"{p.kidney_limit_gy:g}",
        "bed": f"{cycles * float(bed_gy(p.kidney_limit_gy / cycles, *biology)):.1f}",
        "lower": f"{p.limit_bed_gy:g}",
        "lower_dose": dose(p.limit_bed_gy),
        "higher": f"{p.higher_limit_bed_gy:g}",
        "higher_dose": dose(p.higher_limit_bed_gy),
        "alpha_beta": f"{p.alpha_beta_gy:g}",
        "repair": f"{p.repair_half_time_h:g}",
        "half_life": f"{p.effective_half_life_h:g}",
        "per_two": f"{1 + 2 / p.alpha_beta_gy:.2f}",
        "lower_eqd2": f"{float(eqd2_gy(p.limit_bed_gy, p.alpha_beta_gy)):.1f}",
        "higher_eqd2": f"{float(eqd2_gy(p.higher_limit_bed_gy, p.alpha_beta_gy)):.1f}",
    }


def limit_words(p: Dosimetry) -> dict[str, str]:
    """The sourced limits in words, and what they are in each other's terms at the alpha/beta of ``p``.

    >>> words = limit_words(Dosimetry())
    >>> words["beam"], words["beam_bed"], words["with_risk_eqd2"], words["tolerance"]
    ('23', '40.7', '15.8', '15–17')
    """
    facts = papers.facts()["value"]
    without, with_risk = (float(x) for x in facts["F139"].removeprefix("about ").split(" / "))
    beam, cycles = float(facts["F141"]), standard_cycles()
    slow = bed_gy(beam / cycles, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h)
    return {
        "beam": f"{beam:g}",
        "nephropathy": re.match(r"\d+%", papers.facts().loc["F141", "quantity"])[0],
        "with_risk": f"{with_risk:g}",
        "without_risk": f"{without:g}",
        "often": re.search(r"/ (\d+) Gy kidney", facts["F101"])[1],
        "beam_bed": f"{beam * (1 + 2 / p.alpha_beta_gy):.1f}",
        "beam_slow": f"{cycles * float(slow):.1f}",
        "with_risk_eqd2": f"{float(eqd2_gy(with_risk, p.alpha_beta_gy)):.1f}",
        "tolerance": facts["F138"].split()[0].replace("-", "–"),
        "unsupported": f"{_UNSUPPORTED_LIMIT:g}",
    }


# The protocol, simulated


class Published(NamedTuple):
    """Cycles received in Sundlöv 2022."""

    patients: int
    median: int
    low: int
    high: int


@cache
def published() -> Published:
    """From the ledger.

    >>> published()
    Published(patients=96, median=5, low=1, high=9)
    """
    found = ends(_SUNDLOV + "cycles_received")
    median = int(printed(_SUNDLOV + "cycles_received"))
    return Published(counts(_SUNDLOV + "evaluable")[0], median, int(found["low"]), int(found["high"]))


def _doses(p: Dosimetry, cycles: int, rng: np.random.Generator, **given: float) -> NDArray:
    """Gy/GBq of every cycle of a cohort's virtual patients; ``mean``, ``between`` and ``change`` replace its own."""
    row = cohorts().loc[COHORT_FACTS[p.cohort]]
    between = given.get("between", between_cv(row.cv, p.within_cv, row.cycles))
    mean = given.get("mean", row.mean_gy_per_gbq)
    return virtual_patients(p.patients, cycles, mean, between, p.within_cv, rng, given.get("change", 0.0))


def treat(p: Dosimetry, stop: str = "before", **given: float) -> Treated:
    """The phase II protocol given to virtual patients of the cohort, whole trials of the published size.

    ``stop`` as in :class:`.Protocol`; ``mean`` (Gy/GBq), ``between`` (coefficient of
    variation between patients) and ``change`` (per cycle) replace those of the cohort.

    >>> float(np.median(treat(Dosimetry(cohort="netter-1")).cycles))
    5.0
    """
    rng = np.random.default_rng(p.seed)
    whole = p.patients - p.patients % published().patients
    doses = _doses(p.model_copy(update={"patients": whole}), p.max_cycles, rng, **given)
    protocol = Protocol(
        limit_bed_gy=p.limit_bed_gy,
        higher_limit_bed_gy=p.higher_limit_bed_gy,
        higher_share=p.higher_share,
        stop=stop,
        stop_probability=p.stop_probability,
        alpha_beta_gy=p.alpha_beta_gy,
        repair_half_time_h=p.repair_half_time_h,
        effective_half_life_h=p.effective_half_life_h,
        gbq_per_cycle=p.activity_gbq,
    )
    return simulate_protocol(doses, rng, protocol)


def _trials(treated: Treated) -> NDArray:
    return treated.cycles.reshape(-1, published().patients)


def matches(treated: Treated) -> Matches:
    """How many of the simulated trials have the published median, range, and both."""
    return matching_trials(_trials(treated), published().median, published().low, published().high)


def _cycles_text(treated: Treated) -> tuple[str, ...]:
    trials, found = _trials(treated), matches(treated)
    median = np.median(treated.cycles)
    lowest, highest = (int(np.quantile(ends, 0.5, method="lower")) for ends in (trials.min(axis=1), trials.max(axis=1)))
    shares = (percent(share, len(trials)) for share in (found.median, found.both))
    return f"{median:g}", f"{lowest} to {highest}", *shares


def by_cohort(p: Dosimetry) -> dict[str, Treated]:
    """:func:`treat` for each cohort, by its label; the published spread of all of them."""
    labels = cohorts()["label"]
    order = cohorts().loc[list(COHORT_FACTS.values())].sort_values("mean_gy_per_gbq", kind="stable").index
    name = {fact: cohort for cohort, fact in COHORT_FACTS.items()}
    return {labels[fact]: treat(p.model_copy(update={"cohort": name[fact]})) for fact in order}


_COUNTED = ("Median", "Range in a trial", "Same median", "Same median and range")


def by_cohort_text(treated: Mapping[str, Treated]) -> pd.DataFrame:
    """Cycles that the protocol gives in each cohort, beside what was published."""
    labels = cohorts().set_index("label")["mean_gy_per_gbq"]
    rows = [
        (
            label,
            f"{labels[label]:.2f}",
            *_cycles_text(one),
            percent(one.by_dose.mean(), one.by_dose.size),
            to_error(float(np.median(one.bed_gy)), quantile_error(one.bed_gy), 0),
        )
        for label, one in treated.items()
    ]
    was = published()
    rows.append(("Sundlöv 2022, published", "", str(was.median), f"{was.low} to {was.high}", "", "", "", ""))
    columns = ["Kidney doses of", "Gy/GBq", *_COUNTED, "Ended by kidney dose", "Median BED, Gy"]
    return pd.DataFrame(rows, columns=columns)


def protocol_words(p: Dosimetry) -> dict[str, str]:
    """The assumptions of the simulation in words, beside those of :func:`bed_words`."""
    was = published()
    return bed_words(p) | {
        "trials": str(p.patients // was.patients),
        "each": str(was.patients),
        "share": _percent(p.higher_share),
        "stop": _percent(p.stop_probability),
        "within": _percent(p.within_cv),
        "most": str(p.max_cycles),
        "activity": f"{p.activity_gbq:g}",
    }


MEANS = np.round(np.arange(0.35, 0.76, 0.05), 2)
"""Mean kidney doses of :func:`grid`, Gy/GBq."""
SPREADS = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5])
"""Coefficients of variation between patients of :func:`grid`."""


class Grid(NamedTuple):
    """Simulated trials by mean, spread and probability of stopping; results of the shape (stops, spreads, means)."""

    stops: tuple[float, ...]
    median: NDArray
    both: NDArray
    """Share of trials with the published median and range."""


_GRID_TRIALS = 100  # a point


def grid(p: Dosimetry, stops: tuple[float, ...] = (0.0, 0.05, 0.1)) -> Grid:
    """Which mean kidney dose, spread between patients and probability of stopping would give the published cycles."""
    p = p.model_copy(update={"patients": _GRID_TRIALS * published().patients})
    median, both = np.empty((2, len(stops), SPREADS.size, MEANS.size))
    for index in np.ndindex(median.shape):
        stop, spread, mean = stops[index[0]], SPREADS[index[1]], MEANS[index[2]]
        treated = treat(p.model_copy(update={"stop_probability": stop}), mean=mean, between=spread)
        median[index], both[index] = np.median(treated.cycles), matches(treated).both
    return Grid(stops, median, both)


def grid_words(found: Grid) -> dict[str, str]:
    """Where the best point of a :func:`grid` lies, how often it matches, and whether that is at the grid's edge."""
    at = np.unravel_index(found.both.argmax(), found.both.shape)
    means = MEANS[(found.median == published().median).any(axis=(0, 1))]
    low, high = (f"{end:.2f}" for end in (means.min(), means.max())) if means.size else ("none", "none")
    if means.size and means.min() == MEANS[0]:
        low = f"at most {low}, the smallest tried,"
    if means.size and means.max() == MEANS[-1]:
        high = f"at least {high}, the largest tried"
    mean, spread, stop = f"{MEANS[at[2]]:.2f} Gy/GBq", _percent(SPREADS[at[1]]), _percent(found.stops[at[0]])
    mean += {0: ", the smallest tried,", MEANS.size - 1: ", the largest tried,"}.get(at[2], "")
    spread += {0: ", the smallest tried,", SPREADS.size - 1: ", the largest tried,"}.get(at[1], "")
    if not found.both.any():
        mean, spread, stop = "any mean tried", "any size", "any share"
    return {
        "best": percent(found.both.max(), _GRID_TRIALS),
        "mean": mean,
        "spread": spread,
        "stop": stop,
        "low": low,
        "high": high,
        "narrow": _percent(SPREADS[(found.both >= 0.05).any(axis=(0, 2))].max())
        if (found.both >= 0.05).any()
        else "none",
    }


_ASSUMED = "unverified assumption"
_VARIED: tuple[tuple[str, str, dict, dict], ...] = (
    ("lower limit 25 Gy BED", _ASSUMED, {"limit_bed_gy": 25.0}, {}),
    (f"lower limit {_UNSUPPORTED_LIMIT:g} Gy BED", _ASSUMED, {"limit_bed_gy": _UNSUPPORTED_LIMIT}, {}),
    ("higher limit 38 Gy BED", _ASSUMED, {"higher_limit_bed_gy": 38.0}, {}),
    ("higher limit 42 Gy BED", _ASSUMED, {"higher_limit_bed_gy": 42.0}, {}),
    ("nobody has the higher limit", _ASSUMED, {"higher_share": 0.0}, {}),
    ("everybody has the higher limit", _ASSUMED, {"higher_share": 1.0}, {}),
    ("cycles until the limit is reached, not before", _ASSUMED, {}, {"stop": "at"}),
    ("nobody stops for another reason", _ASSUMED, {"stop_probability": 0.0}, {}),
    ("10% a cycle stop for another reason", _ASSUMED, {"stop_probability": 0.1}, {}),
    ("15% a cycle stop for another reason", _ASSUMED, {"stop_probability": 0.15}, {}),
    ("nobody has more than nine cycles", _ASSUMED, {"max_cycles": 9}, {}),
    ("no variation within patients", _ASSUMED, {"within_cv": 0.0}, {}),
    ("15% variation within patients", _ASSUMED, {"within_cv": 0.15}, {}),
    ("kidney dose rises by 8% a cycle", "F157, secondary source", {}, {"change": 0.08}),
    ("alpha/beta 1.5 Gy", "F137, animals, external beam", {"alpha_beta_gy": 1.5}, {}),
    ("alpha/beta 3 Gy", "F137, animals, external beam", {"alpha_beta_gy": 3.0}, {}),
    ("repair half-time 1.4 h", _ASSUMED, {"repair_half_time_h": 1.4}, {}),
    ("repair half-time 5.6 h", _ASSUMED, {"repair_half_time_h": 5.6}, {}),
    ("effective half-life 40 h", _ASSUMED, {"effective_half_life_h": 40.0}, {}),
    ("effective half-life 60 h", _ASSUMED, {"effective_half_life_h": 60.0}, {}),
    *((f"cohort {name}", fact, {"cohort": name}, {}) for name, fact in COHORT_FACTS.items()),
    ("cohort netter-1, at most nine cycles", "F082; the ceiling is an assumption",
     {"cohort": "netter-1", "max_cycles": 9}, {}),
)  # fmt: skip


_BIOLOGY = {"alpha_beta_gy", "repair_half_time_h", "effective_half_life_h"}


def by_absorbed_dose(p: Dosimetry) -> Dosimetry:
    """The same with the limit of the absorbed dose for everybody: with repair at once the BED is the dose."""
    limits = dict.fromkeys(("limit_bed_gy", "higher_limit_bed_gy"), p.kidney_limit_gy)
    return p.model_copy(update=limits | {"repair_half_time_h": 0.0})


def sensitivity(p: Dosimetry) -> pd.DataFrame:
    """The protocol with one assumption changed at a time."""
    limit = f"{p.kidney_limit_gy:g} Gy absorbed dose as the limit"
    rows = [
        ("none", "parameters of this chapter", *_cycles_text(treat(p))),
        (limit, _ASSUMED, *_cycles_text(treat(by_absorbed_dose(p)))),
    ]
    for changed, basis, update, given in _VARIED:
        higher = update.get("higher_limit_bed_gy", p.higher_limit_bed_gy)
        if update.get("limit_bed_gy", p.limit_bed_gy) <= higher:
            rows.append((changed, basis, *_cycles_text(treat(p.model_copy(update=update), **given))))
    planar = by_absorbed_dose(p.model_copy(update={"cohort": "planar"}))
    rows.append((f"cohort planar, {limit}", "F153; the limit is an assumption", *_cycles_text(treat(planar))))
    return pd.DataFrame(rows, columns=["Changed", "Basis", *_COUNTED])


def sensitivity_words(tables: Iterable[pd.DataFrame]) -> dict[str, str]:
    """By how much the median cycles of :func:`sensitivity` move at most: by the kidneys' biology, and by all else."""
    biology = [changed for changed, _, update, _ in _VARIED if update.keys() & _BIOLOGY]
    found = []
    for table in tables:
        median = table.set_index("Changed")["Median"].astype(float)
        shift = (median - median["none"]).abs()
        of_biology = shift.index.isin(biology)
        found.append((shift[~of_biology].max(), shift[of_biology].max()))
    return {
        name: f"{max(shifts):g}" for name, shifts in zip(("rest", "biology"), zip(*found, strict=True), strict=True)
    }


# Fixed cycles


def fixed_four(p: Dosimetry) -> pd.DataFrame:
    """Shares of patients for whom the standard number of cycles is too few, right or too many, by cohort and limit.

    Columns: ``limit`` (two that are equal have one row a cohort), ``cohort``, ``under``, ``right``, ``over``, and the
    Monte Carlo errors of these three, ``under_error`` and so on.
    """
    cycles, limits = standard_cycles(), {text: (dose, limit) for text, dose, limit in _limits(p).values()}
    labels, rows = cohorts()["label"], []
    for name in sorted(COHORT_FACTS, key=lambda n: cohorts().loc[COHORT_FACTS[n], "mean_gy_per_gbq"]):
        rng = np.random.default_rng(p.seed)
        dose = p.activity_gbq * _doses(p.model_copy(update={"cohort": name}), cycles + 1, rng)
        given = course(dose, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h)
        for text, (kind, limit) in limits.items():
            shares = fixed_course(limit, getattr(given, kind), cycles)
            rows.append((text, labels[COHORT_FACTS[name]], *shares))
    found = pd.DataFrame(rows, columns=["limit", "cohort", *_FIXED])
    errors = {f"{name}_error": found[name].map(lambda share: share_error(share, p.patients)) for name in _FIXED}
    return found.assign(**errors)


_FIXED = {"under": "A further cycle fits", "right": "Exactly four", "over": "Limit passed"}


def _limits(p: Dosimetry) -> dict[str, tuple[str, str, float]]:
    """The limits of the parameters: as text, of which cumulative dose, in Gy."""
    return {
        "dose": (f"{p.kidney_limit_gy:g} Gy", "dose_gy", p.kidney_limit_gy),
        "lower": (f"BED {p.limit_bed_gy:g} Gy", "bed_gy", p.limit_bed_gy),
        "higher": (f"BED {p.higher_limit_bed_gy:g} Gy", "bed_gy", p.higher_limit_bed_gy),
    }


def _shares(rows: pd.DataFrame, column: str) -> list[str]:
    """A column of shares with its errors, as it is shown."""
    pairs = zip(rows[column], rows[f"{column}_error"], strict=True)
    return [f"{to_error(100 * share, 100 * error, 0)}%" for share, error in pairs]


def fixed_four_text(found: pd.DataFrame) -> pd.DataFrame:
    """:func:`fixed_four` as it is shown, in percent, limit by limit."""
    order = list(found["limit"].unique())
    found = found.sort_values("limit", key=lambda limits: limits.map(order.index), kind="stable")
    shown = found[["limit", "cohort"]].rename(columns={"limit": "Limit", "cohort": "Kidney doses of"})
    return shown.assign(**{head: _shares(found, column) for column, head in _FIXED.items()})


def limits_of_organs(p: Dosimetry) -> dict[str, list[tuple[float, str]]]:
    """Limits drawn beside :func:`four_cycles`: the kidneys' of the parameters, and the marrow's 2 Gy (F101)."""
    marrow = float(re.search(r"(\d+) Gy marrow", papers.facts().loc["F101", "value"])[1])
    return {
        "Kidneys": [(p.kidney_limit_gy, f"{p.kidney_limit_gy:g} Gy")],
        "Red marrow": [(marrow, f"{marrow:g} Gy")],
    }


def fixed_four_words(p: Dosimetry, found: pd.DataFrame) -> dict[str, str]:
    """Smallest and largest share over the cohorts with room for more, and with the limit passed, at each limit."""
    words, by_limit = {}, found.set_index("limit")
    for key, (text, *_) in _limits(p).items():
        words[f"{key}_limit"] = text.replace("BED", "a BED of")
        for column in ("under", "over"):
            ends = by_limit.loc[text].sort_values(column, kind="stable").iloc[[0, -1]]
            words[f"{key}_{column}"] = " to ".join(_shares(ends, column))
    return words


# Immortal time

_METHODS = {
    "split": "dose above v below the median",
    "naive": "limit ever reached v never",
    "landmark": "limit reached by the landmark v not",
    "time_dependent": "limit reached, time-dependent",
}
_OUTCOMES = {"PFS": "pfs_median", "OS": "os_median"}
_IMMORTAL_TRIALS = 500


def _interval_months() -> float:
    return printed(_SUNDLOV + "interval") * 7 / 30.4375


def _bed_over_cycles(p: Dosimetry, **given: float) -> tuple[NDArray, NDArray]:
    """Cumulative BED, shape (patients, cycles), and the cycles planned for patients who stop for no other reason."""
    p = p.model_copy(update={"stop_probability": 0.0, "patients": p.patients - p.patients % published().patients})
    dose = p.activity_gbq * _doses(p, p.max_cycles, np.random.default_rng(p.seed), **given)
    given_bed = course(dose, p.alpha_beta_gy, p.repair_half_time_h, p.effective_half_life_h).bed_gy
    return given_bed, treat(p, **given).cycles


def _split_by_dose(p: Dosimetry, bed: NDArray, planned: NDArray, median_months: float, trials: int) -> Analysis:
    """Hazard ratio of patients above to those below the median of the BED received, if the dose has no effect."""
    rng, each = np.random.default_rng(p.seed), published().patients
    drawn = rng.integers(len(planned), size=(trials, each))
    failure = rng.exponential(median_months / np.log(2), drawn.shape)
    censoring = rng.uniform(24, 84, drawn.shape)  # as in simulate_immortal_time
    time = np.minimum(failure, censoring)
    received = np.minimum(planned[drawn], np.floor(time / _interval_months()).astype(int) + 1)
    total = bed[drawn, received - 1]
    high = total > np.median(total, axis=1, keepdims=True)
    order = time.argsort(axis=1, kind="stable")
    time, event, high = (np.take_along_axis(x, order, 1) for x in (time, failure <= censoring, high))
    one = np.zeros(each, np.int64)
    found = [sorted_cox(t, e, h, one) for t, e, h in zip(time, event, high, strict=True)]
    return Analysis(*np.array(found).T)


class Immortal(NamedTuple):
    """Analyses of the same end point in simulated trials."""

    split: Analysis
    simulated: ImmortalTime


def immortal(p: Dosimetry, hr: float = 1.0) -> dict[str, Immortal]:
    """Trials of the published size and medians in which reaching the limit has the effect ``hr``, by outcome.

    Planned are the cycles that the limits would allow a patient of the cohort who never stopped for another reason.
    The split at the median dose is simulated without an effect.
    """
    bed, planned = _bed_over_cycles(p)
    found = {}
    for outcome, claim in _OUTCOMES.items():
        median = printed(_SUNDLOV + claim)
        simulated = simulate_immortal_time(
            planned,
            np.random.default_rng(p.seed),
            trials=_IMMORTAL_TRIALS,
            patients=published().patients,
            median_months=median,
            interval_months=_interval_months(),
            landmark_months=p.landmark,
            hr=hr,
        )
        found[outcome] = Immortal(_split_by_dose(p, bed, planned, median, _IMMORTAL_TRIALS), simulated)
    return found


def _quantile(analysis: Analysis, share: float = 0.5) -> tuple[float, float]:
    """Of the hazard ratios, with its Monte Carlo error; nan where no trial has one."""
    known = analysis.hr[np.isfinite(analysis.log_hr)]
    return (float(np.quantile(known, share)), quantile_error(known, share)) if known.size else (np.nan, np.nan)


def _analyses(found: Mapping[str, Immortal]) -> Iterable[tuple[str, str, Analysis]]:
    """Outcome, method and analysis, in the order in which they are shown."""
    for outcome, (split, simulated) in found.items():
        for method in _METHODS:
            yield outcome, method, split if method == "split" else getattr(simulated, method)


_RATIO = {"hr": 0.5, "low": 0.025, "high": 0.975}


def immortal_rows(found: Mapping[str, Immortal]) -> pd.DataFrame:
    """Columns ``outcome``, ``method``, ``hr`` (median of trials), ``low``, ``high`` (95% of them), ``significant``, and
    the Monte Carlo errors of these numbers, ``hr_error`` and so on.
    """
    rows = []
    for outcome, method, each in _analyses(found):
        row = {"outcome": outcome, "method": _METHODS[method]}
        for name, share in _RATIO.items():
            row[name], row[f"{name}_error"] = _quantile(each, share)
        significant = each.significant()
        error = share_error(significant, len(each.log_hr))
        rows.append(row | {"significant": significant, "significant_error": error})
    return pd.DataFrame(rows)


def immortal_text(null: pd.DataFrame, effect: pd.DataFrame, hr: float) -> pd.DataFrame:
    """:func:`immortal_rows` under no effect and under one, as they are shown."""

    def ratios(rows: pd.DataFrame) -> list[str]:
        values, errors = (rows[[name + end for name in _RATIO]].to_numpy() for end in ("", "_error"))
        return [estimate(*pair, 2) for pair in zip(values, errors, strict=True)]

    with_effect = [
        "not simulated" if m == _METHODS["split"] else r for m, r in zip(effect.method, ratios(effect), strict=True)
    ]
    return pd.DataFrame(
        {
            "Outcome": null["outcome"],
            "Analysis": null["method"],
            "No effect: hazard ratio (95% of trials)": ratios(null),
            "P < 0.05": _shares(null, "significant"),
            f"True hazard ratio {hr:g}: hazard ratio": with_effect,
        }
    )


def immortal_words(p: Dosimetry, null: Mapping[str, Immortal], by_length: pd.DataFrame) -> dict[str, str]:
    """The bias in words, also (``short``) where as many cycles are planned, on average, as the median published."""
    words = {"landmark": f"{p.landmark:g}", "trials": str(_IMMORTAL_TRIALS), "each": str(published().patients),
             "cycles": str(published().median)}  # fmt: skip
    lengths = by_length.sort_values("cycles", kind="stable")
    for outcome in _OUTCOMES:
        there = (
            float(np.interp(published().median, lengths["cycles"], lengths[column], left=np.nan, right=np.nan))
            for column in (outcome, f"{outcome}_error")
        )
        words[f"{outcome.lower()}_short"] = to_error(*there, 2)
    for outcome, method, each in _analyses(null):
        words[f"{outcome.lower()}_{method}"] = to_error(*_quantile(each), 2)
        words[f"{outcome.lower()}_{method}_p"] = percent(each.significant(), len(each.log_hr))
    return words


def bias_by_length(p: Dosimetry, trials: int = 200) -> pd.DataFrame:
    """How large the bias of the split at the median dose is by how long the treatment takes, under no effect.

    Mean kidney doses are varied, with the spread of the cohort. Columns: ``cycles``, the mean number planned,
    ``months`` to the last of them, the median hazard ratio of each outcome and its Monte Carlo error.
    """
    rows = []
    for mean in (0.35, 0.45, 0.6, 0.8, 1.1, 1.6, 2.5):
        bed, planned = _bed_over_cycles(p, mean=mean)
        found = [
            _quantile(_split_by_dose(p, bed, planned, printed(_SUNDLOV + claim), trials))
            for claim in _OUTCOMES.values()
        ]
        rows.append((planned.mean(), (planned.mean() - 1) * _interval_months(), *sum(found, ())))
    columns = [name for outcome in _OUTCOMES for name in (outcome, f"{outcome}_error")]
    return pd.DataFrame(rows, columns=["cycles", "months", *columns])


# Outcomes beside other studies


def survival_beside() -> pd.DataFrame:
    """Median progression-free and overall survival of Sundlöv 2022, the NETTER trials and a large cohort."""
    ledger, facts = build_ledger(), papers.facts()

    def said(claim_id: str) -> str:
        return claim_text(ledger, claim_id)

    later, final = facts.loc["F066"], facts.loc["F059"]
    known = f"{final['value']} ({final['low']} to {final['high']}), final analysis (F059)"
    rotterdam = facts.loc["F186"]
    pfs, os_ = (
        re.search(rf"{name} (\d+ \(\d+-\d+\))", rotterdam["quantity"])[1].replace("-", " to ") for name in ("PFS", "OS")
    )
    rows = [
        ("Sundlöv 2022: cycles by kidney dose", "progressive, Ki67 " + said(_SUNDLOV + "ki67_limit"),
         said(_SUNDLOV + "pfs_median"), said(_SUNDLOV + "os_median")),
        ("NETTER-1: four cycles", "midgut, progressive", f"not reached; later {later['value']} (F066)", known),
        ("NETTER-2: four cycles", "first line, grade 2–3", said("netter2.figure2a.median_lu"),
         "not reached in either group (immature)"),
        ("Rotterdam 2017, cohort", rotterdam["population"],
         f"{pfs} (F186)", f"{os_} (F186)"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Study", "Patients", "Median PFS, months", "Median OS, months"])


# Tumour dose over cycles


TRENDS = {
    "kidneys": (0.08, "F157"),
    "tumour, grade 1": (-0.06, "F159"),
    "tumour, grade 2": (-0.14, "F159"),
    "pancreatic tumour": (-0.13, "F157"),
}
"""Change of the dose from one cycle to the next and the fact it is taken from."""


def trends(cycles: int) -> pd.DataFrame:
    """Dose of each cycle relative to the first; columns ``cycle`` and the names of :data:`TRENDS`."""
    doses = dose_over_cycles_gy(np.ones(len(TRENDS)), [change for change, _ in TRENDS.values()], cycles)
    return pd.DataFrame({"cycle": np.arange(1, cycles + 1)} | dict(zip(TRENDS, doses, strict=True)))


def trend_words() -> dict[str, str]:
    """What the trends make of the fifth and the ninth cycle.

    >>> trend_words()["fifth"]
    '55%'
    """
    table = trends(9).set_index("cycle")
    fall = table["tumour, grade 2"]
    ratio = table["pancreatic tumour"] / table["kidneys"]
    return {
        "fifth": _percent(fall[5]),
        "ninth": _percent(fall[9]),
        "fifth_ratio": _percent(ratio[5]),
        "ninth_ratio": _percent(ratio[9]),
        "four_of_nine": _percent(fall.loc[:4].sum() / fall.sum()),
    }


# One image


RATIOS = (0.7, 0.85, 1.0, 1.15, 1.3)
"""True half-lives over the assumed one, in the figure of single images."""
_NEAR = 0.12  # error up to which an image is said to be taken at a time that suits Hänscheid's method


def true_half_lives_h(p: Dosimetry) -> NDArray:
    """:data:`RATIOS` times the assumed effective half-life, none longer than the physical one."""
    return np.minimum(np.array(RATIOS) * p.effective_half_life_h, half_life_h())


def single_image_errors(p: Dosimetry, time_h: NDArray) -> dict[str, NDArray]:
    """Relative errors by method; shape (half-lives of :func:`true_half_lives_h`, times)."""
    true = true_half_lives_h(p)[:, None]
    return {
        "Hänscheid": haenscheid_error(time_h, true),
        "Madsen": madsen_error(time_h, true, p.effective_half_life_h),
    }


def single_image_words(p: Dosimetry) -> dict[str, str]:
    """When the largest error over the half-lives is least, how large it is, and what a day's image gives.

    >>> single_image_words(Dosimetry())["madsen_best"]
    '68'
    """
    time, ratio = np.arange(1, 241, dtype=float), np.linspace(0.25, 4, 1501)
    near = ratio[np.abs(haenscheid_error(ratio, 1.0)) <= _NEAR]
    words = {"half_life": f"{p.effective_half_life_h:g}", "shortest": f"{true_half_lives_h(p)[0]:g}",
             "longest": f"{true_half_lives_h(p)[-1]:g}",
             "near": _percent(_NEAR), "from": f"{near[0]:.2f}", "to": f"{near[-1]:.1f}"}  # fmt: skip
    for name, errors in zip(("haenscheid", "madsen"), single_image_errors(p, time).values(), strict=True):
        largest = np.abs(errors).max(axis=0)
        words[f"{name}_best"] = f"{time[largest.argmin()]:.0f}"
        words[f"{name}_least"] = _percent(largest.min())
        words[f"{name}_day"] = _percent(largest[time == 24][0])
        words[f"{name}_week"] = _percent(largest[time == 168][0])
    return words


# Radiation safety


def safety_words(p: Dosimetry) -> dict[str, str]:
    """Dose rate beside a patient, dose of staff, and what 177mLu does to waste."""
    start = float(papers.facts().loc["F226", "value"].split("-")[1]) / 100
    week, months = lu_177m_over_time([7.0, 70.0], start).lu_177m / lu_177m_over_time([7.0, 70.0], start).lu_177
    return {
        "activity": f"{p.activity_gbq:g}",
        "rate": f"{1000 * _fact('F220') * p.activity_gbq:.0f}",
        "staff": f"{_fact('F225') * p.activity_gbq:.1f}",
        "start": f"{100 * start:g}%",
        "metastable": f"{1000 * p.activity_gbq * start:.1f}",
        "half_life_m": f"{half_life_h('Lu-177m') / 24:.0f}",
        "week": f"{100 * week:.2f}%",
        "ten_weeks": _percent(months),
        "left": f"{100 * float(activity_left(70)):.2f}%",
    }


# The explorer


def explorer(p: Dosimetry) -> None:
    """Display sliders for one patient's kidney dose and BED; computed in the page, with no server."""
    start = {
        "gy_per_gbq": round(float(cohorts().loc[COHORT_FACTS[p.cohort], "mean_gy_per_gbq"]), 2),
        "activity_gbq": p.activity_gbq,
        "cycles": standard_cycles(),
        "effective_half_life_h": p.effective_half_life_h,
        "alpha_beta_gy": p.alpha_beta_gy,
        "repair_half_time_h": p.repair_half_time_h,
        "limit_gy": p.kidney_limit_gy,
        "limit_bed_gy": p.limit_bed_gy,
        "higher_limit_bed_gy": p.higher_limit_bed_gy,
    }
    page = resources.files("netterbook.book.dosimetry").joinpath("explorer.html").read_text(encoding="utf-8")
    display(HTML(page.replace("/*start*/ {}", json.dumps(start))))
