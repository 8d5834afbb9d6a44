"""Headline results estimated from reconstructed patients, each with that result withheld.

Each is estimated afresh with five seeds. It counts as recovered if, with every one of them, the rounding interval of
the printed value meets the central 95% interval of the estimate by more than the interval's own Monte Carlo error. The
estimates take an hour; ``netterbook recover`` stores them in ``data/reconstruction/recovered.csv``, with
the printed numbers they rest on. A stored estimate counts only while these are what they were. Numbers of a final
analysis that was reported later are kept back and estimated in the same way; they are facts, and no claims. Where the
schedule of the scans is given, the estimates without it stand beside.

Numbers at risk are estimated in two turns, every second one from those between, so that each has its neighbours. The
first, third and so on count as recovered, from the second, fourth and so on, patients and events alone. The other way
round this would be a circle: the second, fourth and so on are *possible*, by the same interval, from those and all
summaries. Of so many intervals of 95% some miss by chance: one that does says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from netterbook import facts, trials
from netterbook.audit.final_analysis import FinalInputs, KeptBack, kept_back
from netterbook.audit.given import WITHHOLD, Inputs, inputs, margins
from netterbook.claims import TEXT
from netterbook.ledger import Ledger
from netterbook.precision import rounded
from netterbook.printed import Printed
from netterbook.trials import Trial

if TYPE_CHECKING:  # the compiler behind it takes a third of a second, which reading the ledger need not spend
    from netterbook.methods.convergence import Convergence
    from netterbook.reconstruction import Reconstruction

STORE = Path("reconstruction") / "recovered.csv"
DRAWS = 400
SEEDS = (1, 2, 3, 4, 5)
BUDGET = 8
"""How many times the draws asked for an ensemble may have whose estimates have not converged."""
_TAILS = (0.025, 0.975)
_INSTANT = 1e-9  # of a month: times are multiples of a step, as near as floats are
INTERVAL_LEVEL = _TAILS[1] - _TAILS[0]
"""Share of the sets within an interval."""
METHOD = "reconstructed patients, this number withheld"
AT_RISK_METHOD = "reconstructed patients, every second number at risk withheld"
FOLLOW_UP_METHOD = "reverse Kaplan–Meier of reconstructed patients"


@dataclass(frozen=True)
class Target:
    """A claim to recover, or a number of a fact: from which numbers, and how it is read off the reconstructed patients
    (in its own unit).
    """

    claim: str
    point: Printed
    given: Inputs | FinalInputs
    read: Callable[[Reconstruction, Ledger], NDArray]
    stratified: bool = False
    note: str = ""
    scans: str = "none"
    """Whether the schedule of the scans was given or withheld; none where an end point is not found at scans."""


def _quantity(name: str, time: float | None = None, factor: float = 1.0) -> Callable[[Reconstruction, Ledger], NDArray]:
    return lambda found, _: factor * found.values(name, time)


def _kept(back: KeptBack) -> Callable[[Reconstruction, Ledger], NDArray]:
    return lambda found, _: back.read(found)


def _stratified(trial: Trial) -> Callable[[Reconstruction, Ledger], NDArray]:
    def read(found: Reconstruction, ledger: Ledger) -> NDArray:
        from netterbook.reconstruction.strata import assign_strata, stratified_hr

        return stratified_hr(found, assign_strata(found, margins(ledger, trial)[0]))

    return read


def targets(ledger: Ledger) -> list[Target]:
    """What is recovered of every trial, each from numbers that were not themselves confirmed from it."""
    return [
        replace(target, scans="given" if target.given.scans else "none")
        for trial in trials.read(ledger.folder).values()
        for end_point in trial.end_points
        for target in _targets(ledger, inputs(trial, end_point))
    ]


def unscheduled_targets(ledger: Ledger) -> list[Target]:
    """The same as if nothing were known of scans, where something is."""
    return [
        replace(target, given=target.given.unscheduled(), scans="withheld")
        for target in targets(ledger)
        if isinstance(target.given, Inputs) and target.given.scans
    ]


def final_targets(ledger: Ledger) -> list[Target]:
    """What is kept back of every final analysis; a limit is named after its fact, as in "F227 low"."""
    return [
        Target(kept.id, kept.point, FinalInputs(trial), _kept(kept))
        for trial in trials.read(ledger.folder).values()
        if trial.final is not None
        for kept in kept_back(ledger, trial)
    ]


def at_risk_targets(ledger: Ledger) -> list[Target]:
    """Numbers at risk from the others: first those that count as recovered, then the rest."""
    return [target for turn in _turns(ledger) for target in _of_turn(ledger, turn)]


def _of_turn(ledger: Ledger, turn: list[tuple[Inputs, Inputs]]) -> list[Target]:
    return [
        Target(claim_id, ledger[claim_id].point, given, _at_risk(code, time), scans="given" if given.scans else "none")
        for whole, given in turn
        for code, time, claim_id in whole.grid(ledger)
        if time in given.unseen
    ]


def follow_up_targets(ledger: Ledger) -> list[Target]:
    """Median follow-up of the experimental arm, of trials that report deaths."""
    known = [(trial, end_point) for trial in trials.read(ledger.folder).values() for end_point in trial.end_points]
    claims = {
        trial.claim(trial.follow_up): inputs(trial, end_point).without(*WITHHOLD["hazard ratio"])
        for trial, end_point in known
        if trial.follow_up and not trial.end_points[end_point].scanned
    }
    return [Target(claim, ledger[claim].point, given, _follow_up) for claim, given in claims.items()]


def _follow_up(found: Reconstruction, ledger: Ledger) -> NDArray:
    from netterbook.methods import censoring

    return censoring.follow_up(found, 1)


def _turns(ledger: Ledger) -> Iterator[list[tuple[Inputs, Inputs]]]:
    """Of every end point all inputs and those of a turn; of the first turn without any summary, which rest on all
    numbers at risk.
    """
    known = [
        inputs(trial, end_point) for trial in trials.read(ledger.folder).values() for end_point in trial.end_points
    ]
    yield [(each, each.without(*each.summaries).every_other(ledger, 1)) for each in known]
    yield [(each, each.unstratified().every_other(ledger, 2)) for each in known]


def _at_risk(code: int, month: int) -> Callable[[Reconstruction, Ledger], NDArray]:
    return lambda found, _: np.sum(found.time[:, found.arm == code] >= month - _INSTANT, axis=1)


def _targets(ledger: Ledger, given: Inputs) -> list[Target]:
    """Of one end point.

    The order keeps the ledger free of circles: medians from numbers at risk and events alone; rates also from the
    medians, but from none that is not reached, which is itself checked by a rate; hazard ratio and P value from all.
    """
    claims, trial = given.summaries, given.trial
    reached = {name for name, claim_id in claims.items() if ledger[claim_id].point.is_number}
    bare, rest = given.without(*claims), given.without(*WITHHOLD["hazard ratio"])
    points = {name: ledger[claim_id].point for name, claim_id in claims.items()}
    medians = [name for name in ("median0", "median1") if name in reached]
    rates = [name for name in ("lm0", "lm1") if name in reached]
    found = [Target(claims[name], points[name], bare, _quantity(name)) for name in medians]
    if rates:
        landmark = ledger.number(given.landmark)
        without = rest.without("lm0", "lm1", *({"median0", "median1"} - reached))
        found += [
            Target(claims[name], points[name], without, _quantity(f"survival{name[-1]}", landmark, 100))
            for name in rates
        ]
    stratified = trial.end_points[given.end_point].stratified
    if "hr" in claims and stratified:
        chance = "strata dealt by chance within the printed margins"
        found.append(Target(claims["hr"], points["hr"], rest, _stratified(trial), True, chance))
    elif "hr" in claims:
        found.append(Target(claims["hr"], points["hr"], rest, _quantity("hr")))
    if "logrank_p" in claims:
        note = "unstratified" if stratified else ""
        found.append(Target(claims["logrank_p"], points["logrank_p"], rest, _quantity("logrank_p"), note=note))
    return found


def _inputs(ledger: Ledger, target: Target) -> list[str]:
    strata = margins(ledger, target.given.trial)[1] if target.stratified else []
    return [*target.given.claims(ledger), *strata]


def _fingerprint(ledger: Ledger, inputs: list[str]) -> str:
    cited = facts.read(ledger.folder) if any(i not in ledger.claims for i in inputs) else {}
    return " ".join((ledger[i] if i in ledger.claims else cited[i]).printed.replace(" ", "") for i in inputs)


def everything(ledger: Ledger) -> list[Target]:
    """All that :func:`recover` estimates."""
    return [
        *targets(ledger), *unscheduled_targets(ledger), *final_targets(ledger), *at_risk_targets(ledger),
        *follow_up_targets(ledger),
    ]  # fmt: skip


def recover(
    ledger: Ledger,
    draws: int = DRAWS,
    seeds: Sequence[int] = SEEDS,
    jobs: int = -1,
    progress: Callable[[], None] = lambda: None,
    budget: int = BUDGET,
) -> pd.DataFrame:
    """Every target, of claims and of final analyses, estimated afresh, with every seed, over processes of this machine
    (``jobs``, -1 for one a core).

    Draws are doubled, up to ``budget`` times, until the chains of all seeds have converged as one run's must. Progress
    is told of every ensemble, once it is done.

    Columns: claim; scans, whether their schedule was given, withheld, or none; estimate, low, high, the median and
    central 95% interval over the draws of all seeds; ``lows`` and ``highs``, the ends that every printed value has to
    meet: the intervals of each seed, smaller at both ends by their Monte Carlo errors; ``below``, the share of sets
    whose estimate lies below the printed value, of those equal to it half (nan for a bound such as <0.001), and
    ``against``, that value; ``r_hat``, ``bulk`` and ``tail``, of the chains of all seeds as of one run; draws, seeds;
    inputs, printed. Estimates and shares are rounded to their Monte Carlo error.
    """
    wanted = everything(ledger)
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    left: dict[Any, list[Target]] = {}
    for target in wanted:
        left.setdefault(target.given.key, []).append(target)
    times = 1
    while left:
        tasks = (delayed(_made)(ledger, own, times * draws, seed) for own in left.values() for seed in seeds)
        made = Parallel(n_jobs=jobs, return_as="generator")(tasks)
        again = {}
        for key, own in left.items():
            parts = [next(made) for _ in seeds]
            for i, target in enumerate(own):
                rows[target.claim, target.scans] = _row(ledger, target, [part[i] for part in parts], seeds)
            if 2 * times <= budget and not all(_converged(rows[target.claim, target.scans]) for target in own):
                again[key] = own
            else:
                progress()
        left, times = again, 2 * times
    return pd.DataFrame([rows[target.claim, target.scans] for target in wanted])


def _converged(row: Mapping[str, Any] | pd.Series) -> bool:
    from netterbook.reconstruction.summaries import R_HAT, SAMPLES

    return bool(row["r_hat"] <= R_HAT and min(row["bulk"], row["tail"]) >= SAMPLES)


class Seeded(NamedTuple):
    """Values over the draws of one seed, and their central interval less its Monte Carlo error."""

    drawn: NDArray
    inner: tuple[float, float]


def _made(ledger: Ledger, wanted: list[Target], draws: int, seed: int) -> list[Seeded]:
    from netterbook.methods.convergence import inner_interval
    from netterbook.reconstruction.tempering import CHAINS

    found = wanted[0].given.reconstruct(ledger, draws, seed, budget=1)  # all seeds together are judged
    drawn = [np.asarray(target.read(found, ledger)) for target in wanted]
    return [Seeded(values, inner_interval(values, CHAINS)) for values in drawn]


def _together(made: list[Seeded]) -> Convergence:
    """Convergence of the chains of all seeds as of one run."""
    from netterbook.methods.convergence import convergence
    from netterbook.reconstruction.tempering import CHAINS

    length = min(len(one.drawn) for one in made) // CHAINS
    rows = [one.drawn[: length * CHAINS].reshape(length, CHAINS) for one in made]
    return convergence(np.hstack(rows).ravel(), CHAINS * len(made))


def _row(ledger: Ledger, target: Target, made: list[Seeded], seeds: Sequence[int]) -> dict[str, Any]:
    point = target.point
    printed = float(point.value) if None not in point.bounds else nan
    pooled = np.concatenate([one.drawn for one in made])

    def numbers(values: NDArray) -> list[float]:
        return [
            *np.quantile(values, [0.5, *_TAILS], method="nearest"),
            float(np.mean(values < printed) + np.mean(values == printed) / 2),
        ]

    spread = np.array([numbers(one.drawn) for one in made])
    with np.errstate(invalid="ignore"):
        errors = np.nan_to_num(spread.std(axis=0, ddof=1) / sqrt(len(made)), nan=0.0)
    middle, low, high, below = map(rounded, numbers(pooled), errors)
    lows, highs = zip(*(one.inner for one in made), strict=True)
    needed, of = _inputs(ledger, target), _together(made)
    return {
        "claim": target.claim, "scans": target.scans, "estimate": middle, "low": low, "high": high,
        "lows": " ".join(f"{x:.4g}" for x in lows), "highs": " ".join(f"{x:.4g}" for x in highs),
        "below": nan if isnan(printed) else below, "against": point.text,
        "r_hat": round(of.r_hat, 3), "bulk": round(of.bulk), "tail": round(of.tail),
        "draws": sum(len(one.drawn) for one in made), "seeds": " ".join(map(str, seeds)),
        "inputs": " ".join(needed), "printed": _fingerprint(ledger, needed),
    }  # fmt: skip


def stored(ledger: Ledger) -> pd.DataFrame:
    """The stored estimates that still rest on the printed numbers as they are, by claim."""
    return _stored(ledger, targets(ledger))


def stored_unscheduled(ledger: Ledger) -> pd.DataFrame:
    """The same of estimates that were not given the schedule of the scans."""
    return _stored(ledger, unscheduled_targets(ledger))


def stored_final(ledger: Ledger) -> pd.DataFrame:
    """Those of numbers kept back of a final analysis, by fact and limit, where the number is printed as it was; the
    column ``recovered`` says whether the intervals of all seeds meet its rounding.
    """
    wanted = final_targets(ledger)
    points = {target.claim: target.point for target in wanted}
    found = _stored(ledger, wanted)
    return _met(found[[row == points[i].text for i, row in found["against"].items()]], points)


def _met(found: pd.DataFrame, points: Mapping[str, Printed]) -> pd.DataFrame:
    """With the column ``recovered``: whether the intervals of all seeds meet the rounding of the printed number."""
    common = [common_interval(row) for _, row in found.iterrows()]
    met = [low <= high and points[i].overlaps(low, high) for i, (low, high) in zip(found.index, common, strict=True)]
    return found.assign(recovered=np.array(met, bool))


def _stored(ledger: Ledger, wanted: list[Target]) -> pd.DataFrame:
    path = ledger.folder / STORE
    if not path.exists():
        columns = ["scans", "estimate", "low", "high", "lows", "highs", "below", "against", "draws", "seeds", "inputs"]
        return pd.DataFrame(columns=columns)
    frame = pd.read_csv(path, dtype={"against": str, "lows": str, "highs": str, "seeds": str}).set_index("claim")
    frame = frame[frame["scans"].isin({target.scans for target in wanted})]
    inputs = {target.claim: _inputs(ledger, target) for target in wanted}
    return frame[[i in inputs and row == _fingerprint(ledger, inputs[i]) for i, row in frame["printed"].items()]]


def common_interval(row: pd.Series) -> tuple[float, float]:
    """What all seeds' intervals share, smaller by their Monte Carlo errors.

    >>> common_interval(pd.Series({"lows": "0.187 0.189", "highs": "0.209 0.211"}))
    (0.189, 0.209)
    """
    return max(map(float, row.lows.split())), min(map(float, row.highs.split()))


def check(ledger: Ledger) -> None:
    """Enter the stored estimates."""
    wanted = targets(ledger)
    found = _stored(ledger, wanted)
    for target in wanted:
        if target.claim in found.index:
            row = found.loc[target.claim]
            stale = isnan(row.below) or row.against != ledger[target.claim].point.text
            place = "" if stale else f"printed value above {100 * row.below:.0f}% of them"
            scans = "scan schedule given" if target.given.scans else ""
            note = "; ".join(x for x in (target.note, scans, _drawn(row), place) if x)
            ledger.recover(
                target.claim, METHOD, row.estimate, (row.low, row.high), row.inputs.split(),
                common=common_interval(row), note=note,
            )  # fmt: skip
    _check_follow_up(ledger)
    _check_at_risk(ledger)


def stored_at_risk(ledger: Ledger) -> pd.DataFrame:
    """The same of numbers at risk; ``recovered`` says whether the intervals of all seeds meet the printed one."""
    found = _stored(ledger, at_risk_targets(ledger))
    return _met(found, {claim_id: ledger[claim_id].point for claim_id in found.index})


def _check_at_risk(ledger: Ledger) -> None:
    found = stored_at_risk(ledger)
    first = {target.claim for target in _of_turn(ledger, next(_turns(ledger)))}
    for claim_id, row in found[found["recovered"]].iterrows():
        given, common = row.inputs.split(), common_interval(row)
        if claim_id in first:
            ledger.recover(
                claim_id, AT_RISK_METHOD, row.estimate, (row.low, row.high), given, common=common, note=_drawn(row)
            )
        else:
            texts = [f"{i}:{TEXT}" for i in given]
            ledger.bounded(claim_id, AT_RISK_METHOD, lambda *_, ends=common: ends, texts, note=_drawn(row))


def _check_follow_up(ledger: Ledger) -> None:
    for claim_id, row in _stored(ledger, follow_up_targets(ledger)).iterrows():
        ledger.recover(
            claim_id, FOLLOW_UP_METHOD, row.estimate, (row.low, row.high), row.inputs.split(),
            common=common_interval(row), note=f"experimental group; {_drawn(row)}",
        )  # fmt: skip


def _drawn(row: pd.Series) -> str:
    short = "" if _converged(row) else f", whose chains have not converged (R-hat {row.r_hat:g})"
    return f"{row.draws:.0f} sets of patients, {len(row.seeds.split())} seeds{short}"
