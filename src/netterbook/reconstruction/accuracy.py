"""How near reconstructed patients come to known ones: errors, coverage and bias of the results of :mod:`.study`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from netterbook.methods.printed_ratios import Z95
from netterbook.precision import share_error

KIND_NAMES = {
    "hr": "hazard ratio",
    "rmst": "restricted mean",
    "survival": "landmark rate",
    "median": "median",
    "events": "events",
}
WANTED = {"95%": (93.0, 97.0), "50%": (45.0, 55.0)}
"""Truths that should lie inside an interval, in percent."""
WANTED_BIAS = 0.1
"""Mean error that is still taken for none, as a share of the 95% interval's width."""


def stored_results(folder: Path, name: str = "validation") -> pd.DataFrame:
    """Results as stored in a data folder by ``netterbook validate``: ``validation`` or ``calibration``."""
    return pd.read_csv(folder / "reconstruction" / f"{name}.csv.gz")


def stored_peers(folder: Path) -> pd.DataFrame:
    """What existing tools made of one benchmark, as stored in a data folder."""
    return pd.read_csv(folder / "reconstruction" / "peers.csv")


def informed(results: pd.DataFrame) -> pd.DataFrame:
    """Results where all that is known of scans and recording was given."""
    return results[results["scans"].isin(["none", "given"]) & results["step"].isin(["none", "given"])]


class Studied(NamedTuple):
    """How many trials were studied, and how many of both kinds were held out."""

    public: int
    simulated: int
    held_out: int


def studied(results: pd.DataFrame) -> Studied:
    """The trials that results are of."""
    trials = results.drop_duplicates("trial")
    simulated = int((trials["source"] == "simulated").sum())
    return Studied(len(trials) - simulated, simulated, int(trials["held_out"].sum()))


def incomplete(results: pd.DataFrame) -> pd.DataFrame:
    """Reconstructions that gave fewer sets of patients than were asked for: columns trial, setting, scans, step, draws,
    which is 0 where no patients were found.
    """
    about = ["trial", "setting", "scans", "step", "draws"]
    found = results[about].drop_duplicates()
    return found[found["draws"] < found["draws"].max()].reset_index(drop=True)


def _on_scale(results: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Columns with the logarithm taken of hazard ratios."""
    values = results[list(columns)].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return values.where(results["quantity"] != "hr", np.log(values))


def errors(results: pd.DataFrame) -> pd.Series:
    """Error of each estimate: log hazard ratio; percent of medians and restricted means; points of rates; events."""
    both = results["estimate"], results["true"]
    kind = results["quantity"].str.rstrip("01")
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.Series(
            np.select(
                [kind == "hr", kind.isin(["median", "rmst"]), kind == "survival"],
                [np.log(both[0] / both[1]), 100 * (both[0] / both[1] - 1), 100 * (both[0] - both[1])],
                both[0] - both[1],
            ),
            index=results.index,
        )


def accuracy(results: pd.DataFrame, by: Sequence[str] = ("setting",)) -> pd.DataFrame:
    """Median and 90th percentile of the absolute error by setting and kind of quantity, and the share exact.

    Parameters
    ----------
    by : columns of the results, in place of the setting
    """
    table = results.assign(error=errors(results).abs(), kind=results["quantity"].str.rstrip("01"))
    table = table[~table["error"].isna() & np.isfinite(table["true"])]
    grouped = table.groupby([*by, "kind"], sort=False)["error"]
    return pd.DataFrame(
        {
            "cases": grouped.size(),
            "median": grouped.median(),
            "90th percentile": grouped.quantile(0.9),
            "exact, %": grouped.apply(lambda error: 100 * (error < 1e-9).mean()),
        }
    ).reset_index()


def covered(results: pd.DataFrame) -> dict[str, float]:
    """Of results with intervals: cases; share of the truths inside the 95% and the 50% interval, in percent, each with
    its binomial standard error; and the mean of estimate less truth, signed, as a share of the 95% interval's width,
    with its standard error.

    The logarithm is taken of hazard ratios; intervals of no width, or without end, count for coverage alone.

    >>> rows = [("hr", 0.5, 0.5, 0.4, 0.6, 0.45, 0.55), ("hr", 0.5, 0.6, 0.4, 0.8, 0.55, 0.7)]
    >>> table = pd.DataFrame(rows, columns=["quantity", "true", "estimate", "low", "high", "low50", "high50"])
    >>> {name: round(value, 2) for name, value in covered(table).items()}  # doctest: +NORMALIZE_WHITESPACE
    {'cases': 2, 'inside 95%': 100.0, 'error 95%': 30.62, 'inside 50%': 50.0, 'error 50%': 35.36,
     'bias': 0.13, 'error of bias': 0.13}
    """
    table = results.dropna(subset=["low"])
    if table.empty:
        return {"cases": 0} | dict.fromkeys(("inside 95%", "error 95%", "inside 50%", "error 50%"), np.nan)
    found: dict[str, float] = {"cases": len(table)}
    for name, low, high in (("95%", "low", "high"), ("50%", "low50", "high50")):
        share = float(table["true"].between(table[low] - 1e-9, table[high] + 1e-9).mean())
        found[f"inside {name}"] = 100 * share
        found[f"error {name}"] = 100 * share_error(share, len(table))
    values = _on_scale(table, ["true", "estimate", "low", "high"])
    width = values["high"] - values["low"]
    bias = ((values["estimate"] - values["true"]) / width)[np.isfinite(width) & (width > 0)]
    found["bias"] = float(bias.mean())
    found["error of bias"] = float(bias.std() / np.sqrt(len(bias))) if len(bias) > 1 else np.nan
    return found


def coverage(results: pd.DataFrame, by: Sequence[str] = ("setting",)) -> pd.DataFrame:
    """:func:`covered` by setting and kind of quantity, and over all in the last row.

    Parameters
    ----------
    by : columns of the results, in place of the setting
    """
    table = results.dropna(subset=["low"])
    table = table.assign(kind=table["quantity"].str.rstrip("01"))
    parts = [*table.groupby([*by, "kind"], sort=False), (("all", *[""] * len(by)), table)]
    return pd.DataFrame([dict(zip((*by, "kind"), key, strict=True)) | covered(part) for key, part in parts])


def by_stratum(results: pd.DataFrame) -> pd.DataFrame:
    """:func:`covered` in each stratum: source, recording, size, whether progression is seen at scans, how the arms of
    simulated trials differ, and whether a trial was held out. Columns stratum and group before those.
    """
    simulated = results["source"] == "simulated"
    groups = {
        "patients": pd.Series(np.where(simulated, "simulated", "public"), results.index),
        "recorded in": results["recording"].map({"days": "days or finer", "steps": "steps"}),
        "size": results["size"].map({"small": "up to 100", "middle": "101 to 1,000", "large": "above 1,000"}),
        "progression seen": results["scans"].map(lambda told: "at any time" if told == "none" else "at scans"),
        "arms": results["family"].where(simulated),
        "held out": results["held_out"].map({True: "yes", False: "no"}),
    }
    rows = [{"stratum": "all", "group": ""} | covered(results)]
    for stratum, group in groups.items():
        for name, part in results.groupby(group, sort=False):
            rows.append({"stratum": stratum, "group": name} | covered(part))
    return pd.DataFrame(rows)


def outside(strata: pd.DataFrame) -> pd.DataFrame:
    """Groups of :func:`by_stratum` of whose truths more or fewer lie inside an interval than :data:`WANTED`, by more
    than 1.96 binomial standard errors: columns stratum, group, cases, level, inside, error.

    >>> rows = [("size", "small", 100, 90.0, 2.9, 50.0, 4.9), ("size", "large", 100, 80.0, 3.9, 50.0, 4.9)]
    >>> names = ["stratum", "group", "cases", "inside 95%", "error 95%", "inside 50%", "error 50%"]
    >>> outside(pd.DataFrame(rows, columns=names)).to_numpy().tolist()
    [['size', 'large', 100, '95%', 80.0, 3.9]]
    """
    parts = []
    for level, (least, most) in WANTED.items():
        named = {f"inside {level}": "inside", f"error {level}": "error"}
        table = strata[["stratum", "group", "cases", *named]].rename(columns=named)
        reach = Z95 * table["error"]
        missed = (table["inside"] + reach < least) | (table["inside"] - reach > most)
        parts.append(table[missed].assign(level=level))
    columns = ["stratum", "group", "cases", "level", "inside", "error"]
    return pd.concat(parts, ignore_index=True)[columns]


def by_told(results: pd.DataFrame) -> pd.DataFrame:
    """Errors and coverage by what a reconstruction was told: of trials with scans, whether the schedule was given,
    withheld or wrong, and of records in steps, whether the step was given or withheld; all else as it is.

    Columns about (scans or step), told, and those of :func:`accuracy` and of :func:`covered` by kind of quantity.
    """
    parts = []
    for about, other in (("scans", "step"), ("step", "scans")):
        own = results[(results[about] != "none") & results[other].isin(["none", "given"])]
        both = accuracy(own, [about]).merge(
            coverage(own, [about]).drop(columns="cases"), on=[about, "kind"], validate="one_to_one"
        )
        parts.append(both.rename(columns={about: "told"}).assign(about=about))
    found = pd.concat(parts, ignore_index=True)
    return found[["about", *found.columns.drop("about")]]


def standardised_errors(results: pd.DataFrame) -> pd.DataFrame:
    """How far each truth lies from its estimate in standard errors of the interval; columns kind and deviation added.

    The logarithm is taken of hazard ratios. 95% of the deviations should lie within 1.96 of 0.
    """
    table = results[np.isfinite(results["low"]) & np.isfinite(results["high"])].copy()
    values = _on_scale(table, ["true", "estimate", "low", "high"])
    width = (values["high"] - values["low"]) / (2 * Z95)
    table["kind"] = table["quantity"].str.rstrip("01").map(KIND_NAMES)
    table["deviation"] = (values["true"] - values["estimate"]) / width.where(width > 0, np.nan)
    return table.dropna(subset=["deviation"])


def quantity_name(quantity: str) -> str:
    """A quantity of the results for readers.

    >>> quantity_name("survival1"), quantity_name("hr")
    ('landmark rate, arm 1', 'hazard ratio')
    """
    kind = quantity.rstrip("01")
    return KIND_NAMES[kind] + (f", arm {quantity[-1]}" if kind != quantity else "")


def for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """A table of results for readers: quantities named, the arm beside them, headings with capitals.

    >>> for_readers(pd.DataFrame({"quantity": ["survival1", "hr"], "true": [0.5, 0.4]})).to_numpy().tolist()
    [['landmark rate, arm 1', 0.5], ['hazard ratio', 0.4]]
    """
    table = table.copy()
    if "quantity" in table:
        table["quantity"] = table["quantity"].map(quantity_name)
    if "kind" in table:
        table["kind"] = table["kind"].replace(KIND_NAMES)
    return table.rename(columns={"kind": "quantity"}).rename(columns=lambda name: name[:1].upper() + name[1:])
