"""Latent strata for reconstructed patients, from printed margins: what a stratified analysis may have seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netterbook.arrays import Booleans, Floats, Integers
from netterbook.errors import DataError
from netterbook.methods import patients
from netterbook.methods.patient_sets import PatientSets


def assign_strata(found: PatientSets, margins: pd.DataFrame, seed: int = 1) -> Integers:
    """A stratum for every patient of every draw (draws x patients), with the printed patients and events of each level.

    Parameters
    ----------
    margins : columns factor, level, arm, n, events: for each factor and arm the patients and events of its levels.
    seed : of the random assignment.

    The strata are the factors' combinations. Within an arm, patients get a level by chance, with the odds that
    proportional hazards between levels imply: of those still there at time t, the level with the higher hazard has
    fewer the later it is. Factors are independent given arm, outcome and time, which the papers do not print.

    Raises
    ------
    DataError
        If the levels of a factor do not add up to the arm's patients or events, or a level is missing or has more
        events than patients; the message names the factor and the numbers.
    """
    rng = np.random.default_rng(seed)
    strata = np.zeros(found.event.shape, np.int64)
    for factor, table in margins.groupby("factor", sort=False):
        levels = list(dict.fromkeys(table["level"]))
        label = np.zeros(found.event.shape, np.int64)
        for arm in np.unique(found.arm):
            own = np.flatnonzero(found.arm == arm)
            rows = table[table["arm"] == arm].set_index("level").reindex(levels)
            if rows[["n", "events"]].isna().any(axis=None) or (rows["events"] > rows["n"]).any():
                raise DataError(
                    f"{factor}, arm {arm}: every level needs patients and events, no more events than patients; "
                    f"given are {rows[['n', 'events']].to_dict('index')}"
                )
            n, events = rows[["n", "events"]].to_numpy(int).T
            risk = -np.log1p(-np.clip(events / np.maximum(n, 1), 0.01, 0.99))
            risk = risk / (risk @ (n / len(own)))
            for draw in range(found.draws):
                time, event = found.time[draw, own], found.event[draw, own]
                for column, printed, total in (("n", n, len(own)), ("events", events, event.sum())):
                    if printed.sum() != total:
                        raise DataError(
                            f"{factor}, arm {arm}: {column} of its levels add up to {printed.sum()}, not {total}"
                        )
                weight = np.exp(-_cumulative_hazard(time, event)[:, None] * risk)
                for status, counts in ((0, n - events), (1, events)):
                    group = np.flatnonzero(event == status)
                    label[draw, own[group]] = _deal(rng, weight[group], counts)
        strata = strata * len(levels) + label
    return strata


def _cumulative_hazard(time: Floats, event: Integers) -> Floats:
    """Nelson–Aalen estimate at each patient's own time."""
    curve = patients.kaplan_meier(time, event)
    return np.cumsum(curve.events / curve.at_risk)[np.searchsorted(curve.time, time)]


def _deal(rng: np.random.Generator, weight: Floats, counts: Integers) -> Integers:
    """Give each patient (row) a level, ``counts`` of each, more likely where the weight is large."""
    label = np.full(len(weight), -1)
    for level in np.argsort(counts, kind="stable")[:-1]:  # the largest takes the rest
        if counts[level] == 0:
            continue
        open_ = np.flatnonzero(label < 0)
        others = np.delete(weight[open_], level, axis=1).mean(axis=1)
        odds = weight[open_, level] / np.maximum(others, 1e-12)
        chosen = rng.choice(open_, counts[level], replace=False, p=odds / odds.sum())
        label[chosen] = level
    label[label < 0] = np.argsort(counts, kind="stable")[-1]
    return label


def stratified_hr(found: PatientSets, strata: Integers) -> Floats:
    """Hazard ratio of each draw, stratified."""
    return np.array([patients.cox(found.time[i], found.event[i], found.arm, strata[i]).hr for i in range(found.draws)])


def within_hr(found: PatientSets, chosen: Booleans) -> Floats:
    """Hazard ratio of each draw among the chosen patients (draws x patients)."""
    return np.array(
        [patients.cox(found.time[i][own], found.event[i][own], found.arm[own]).hr for i, own in enumerate(chosen)]
    )
