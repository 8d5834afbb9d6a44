"""Trials with known patients: printed as a paper would, reconstructed with something withheld, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from netterbook.errors import Conflict, ParameterError
from netterbook.reconstruction import Reconstruction, from_curve, from_summaries
from netterbook.reconstruction.known import KnownTrial
from netterbook.reconstruction.pieces import Piece, Workers, in_pieces
from netterbook.reconstruction.public_trials import PUBLIC, public_trials
from netterbook.reconstruction.simulated_trials import NUMBER, simulated_trial

WITHHELD = {
    "HR": ["hr", "hr_lo", "hr_hi", "logrank_p"],
    "rates": ["landmark", *(f"lm{arm}{end}" for arm in (0, 1) for end in ("", "_lo", "_hi"))],
    "medians": [f"median{arm}{end}" for arm in (0, 1) for end in ("", "_lo", "_hi")],
    "RMST": [],
}
"""Names of summaries that a setting does not give; restricted means are never among them."""
TARGETS = {
    "HR": ("hr", "rmst0", "rmst1"),
    "rates": ("survival0", "survival1"),
    "medians": ("median0", "median1"),
    "RMST": ("rmst0", "rmst1"),
}
GROUPS = ("all", "development", "held-out", "public", "simulated", "none")
"""Trials that can be chosen together."""
ENSEMBLE_DRAWS = 100
"""Of every ensemble."""
RESULT = [
    *("trial", "source", "family", "recording", "size", "held_out"),
    *("setting", "scans", "step", "quantity"),
    *("true", "estimate", "low", "high", "low50", "high50", "below", "draws"),
]
"""Columns of results. ``low`` to ``high50`` are the 95% and 50% intervals, ``below`` the share of the draws below the
truth, of those equal to it half."""


class Setting(NamedTuple):
    """What a reconstruction from summaries is not given, and what it is told of scans and of the recording.

    ``scans``: none (the trial has none), given, withheld, or wrong; ``step``: none (recorded in days or finer), given,
    or withheld.
    """

    withheld: str
    scans: str = "none"
    step: str = "none"

    @property
    def informed(self) -> bool:
        """Whether all that is known of scans and recording is given."""
        return self.scans in ("none", "given") and self.step in ("none", "given")

    def given(self, trial: KnownTrial) -> tuple[dict[str, str], dict[str, Any]]:
        """Summaries and options for :func:`.from_summaries`."""
        summaries = {name: value for name, value in trial.summaries.items() if name not in WITHHELD[self.withheld]}
        options: dict[str, Any] = {}
        if self.scans in ("given", "wrong"):
            options["scans"] = list(trial.scans if self.scans == "given" else trial.wrong_scans)
        if self.step == "given":
            options["time_step"] = trial.time_step
        return summaries, options


def settings(trial: KnownTrial) -> list[Setting]:
    """All settings of a trial: everything in turn withheld, with what is known of scans and recording given; then the
    same with the schedule withheld, with a wrong one, and with the recording withheld.
    """
    scans = "given" if trial.scans else "none"
    step = "given" if trial.recording == "steps" else "none"
    told = [(scans, step)]
    told += [("withheld", step), ("wrong", step)] if trial.scans else []
    told += [(scans, "withheld")] if step == "given" else []
    return [Setting(withheld, *pair) for pair in told for withheld in WITHHELD]


def known_trials(chosen: str = "all") -> list[KnownTrial]:
    """Trials of the study: a group of :data:`GROUPS`, or those with a word in their name.

    Raises
    ------
    ParameterError
        Where no trial is meant, or the public data sets' package is missing.

    >>> [trial.name for trial in known_trials("simulated 7")][:2]
    ['simulated 7: proportional, days', 'simulated 70: cured, tenths of a year']
    """
    if chosen == "none":
        return []
    drawn = [simulated_trial(number) for number in range(1, NUMBER + 1)]
    if chosen == "simulated":
        return drawn
    named = [trial for trial in drawn if chosen in trial.name]
    if named and chosen not in GROUPS:
        return named
    public = [trial for name in PUBLIC for trial in public_trials(name)]
    if chosen in GROUPS:
        held_out = {"held-out": (True,), "development": (False,)}.get(chosen, (True, False))
        return [trial for trial in public + drawn * (chosen != "public") if trial.held_out in held_out]
    named = [trial for trial in public if chosen in trial.name]
    if not named:
        raise ParameterError(f"no trial has {chosen!r} in its name; give a word of one, or one of: {', '.join(GROUPS)}")
    return named


def _about(trial: KnownTrial) -> list[Any]:
    return [trial.name, trial.source, trial.family, trial.recording, trial.size, trial.held_out]


def assess_curve(trial: KnownTrial, seed: int = 1) -> pd.DataFrame:
    """Reconstruct from clean corners without events, and from noisy clicks with events; one row a quantity, with the
    columns of :data:`RESULT`.
    """
    rows: list[list[Any]] = []
    for setting, curve, arms in (
        ("clean curve", trial.corners(), trial.arms.drop(columns="events")),
        ("noisy clicks", trial.clicks(seed), trial.arms),
    ):
        about = [*_about(trial), setting, "none", "none"]
        found = from_curve(curve, trial.at_risk, arms)
        for a in (0, 1):
            count = int(found.event[0, found.arm == a].sum())
            rows.append([*about, f"events{a}", float(trial.own(a)[1].sum()), float(count)])
        for quantity in ("hr", "median0", "median1", "rmst0", "rmst1"):
            value = float(found.values(quantity, trial.when(quantity))[0])
            rows.append([*about, quantity, trial.truth(quantity), value])
    return pd.DataFrame(rows, columns=RESULT[: RESULT.index("low")]).reindex(columns=RESULT)


def assess_summaries(
    trial: KnownTrial, draws: int = ENSEMBLE_DRAWS, seed: int = 1, chosen: Iterable[Setting] | None = None
) -> pd.DataFrame:
    """Withhold hazard ratio and P value, both rates, both medians, or no more than restricted means, and estimate them.

    One row a setting and quantity, with the columns of :data:`RESULT`. Rows have no estimate where no patients were
    found; a quantity that has no finite value is no target.

    Parameters
    ----------
    chosen : settings; those of :func:`settings` unless given
    """
    rows: list[list[Any]] = []
    for setting in settings(trial) if chosen is None else chosen:
        summaries, options = setting.given(trial)
        found = None
        with suppress(Conflict):
            found = from_summaries(
                trial.at_risk, trial.arms, summaries, draws=draws, seed=seed, jobs=1, budget=1, **options
            )
        for quantity in TARGETS[setting.withheld]:
            true = trial.truth(quantity)
            if np.isfinite(true):
                about = [*_about(trial), f"{setting.withheld} withheld", setting.scans, setting.step, quantity, true]
                rows.append(about + _compared(found, quantity, trial.when(quantity), true))
    return pd.DataFrame(rows, columns=RESULT)


def _compared(found: Reconstruction | None, quantity: str, time: float | None, true: float) -> list[Any]:
    if found is None:
        return [*[np.nan] * 6, 0]
    wide, narrow = (found.estimate(quantity, time, level) for level in (0.95, 0.5))
    values = found.values(quantity, time)
    reach = 1e-9 * max(1.0, abs(true))
    below = (np.mean(values < true - reach) + np.mean(values <= true + reach)) / 2
    return [wide.value, wide.low, wide.high, narrow.low, narrow.high, float(below), found.draws]


def assess(trial: KnownTrial, draws: int = ENSEMBLE_DRAWS, seed: int = 1) -> pd.DataFrame:
    """All settings of one trial."""
    parts = [assess_curve(trial, seed), assess_summaries(trial, draws, seed)]
    return pd.concat([part.astype(object) for part in parts], ignore_index=True)


def study(
    trials: Sequence[KnownTrial],
    draws: int = ENSEMBLE_DRAWS,
    seed: int = 1,
    workers: Workers = Workers(),  # noqa: B008
    folder: Path | None = None,
    progress: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Every trial assessed.

    Parameters
    ----------
    draws, seed : of every ensemble; the seed also of the clicks on curves
    workers, folder, progress : as in :func:`.in_pieces`
    """
    pieces = [Piece(_key(trial, draws, seed), assess, (trial, draws, seed)) for trial in trials]
    return in_pieces(pieces, workers, folder, progress)


def _key(trial: KnownTrial, draws: int, seed: int) -> str:
    """Of all that a piece depends on beside the code."""
    digest = sha256(b"".join(column.tobytes() for column in (trial.time, trial.event, trial.arm))).hexdigest()
    told = (trial.unit, trial.time_step, trial.scans, trial.wrong_scans, trial.held_out)
    return f"{trial.name} {digest} {told} {draws} {seed}"
