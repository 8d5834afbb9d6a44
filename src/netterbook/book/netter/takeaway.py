"""The results of a trial in one table, to be copied or taken away: groups, effects, and where each is printed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from math import inf, nan
from typing import Any, NamedTuple

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from netterbook import facts, text
from netterbook.book.display import claim_text, prose
from netterbook.book.netter.safety import keyed
from netterbook.ledger import Ledger
from netterbook.methods.proportions import difference
from netterbook.trials import Trial

_DIFFERENCE = "difference"


class _Result(BaseModel):
    """A row of ``takeaway.yml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    end_point: str
    arms: str | tuple[str, str]
    arms_are: str
    patients: str = ""
    effect: str = ""
    effect_is: str = ""
    p: str = ""
    p_limit: str = ""


class _Shown(NamedTuple):
    """An estimate with its limits (nan where there are none, inf where not reached), its text and where it stands."""

    value: float
    low: float
    high: float
    text: str
    source: str


_NOTHING = _Shown(nan, nan, nan, "", "")


def results(ledger: Ledger, trial: Trial, level: float) -> pd.DataFrame:
    """The headline results of a trial, in the order of ``takeaway.yml``; other trials have none.

    Columns: those of :func:`takeaway_key`, those of the groups as ``experimental`` and ``control``; and what a reader
    is shown: ``experimental_text``, ``control_text``, ``effect_text``, ``p_text``.

    Parameters
    ----------
    level : of the intervals of differences that are computed here (Newcombe's)

    >>> from netterbook import papers, trials
    >>> ledger = papers.load(papers.data_dir())
    >>> frame = results(ledger, trials.read(ledger.folder)["netter1"], 0.95)
    >>> frame.loc[0, ["experimental_text", "control_text", "effect_text"]].tolist()
    ['23 of 116 (20%)', '68 of 113 (60%)', '0.21 (0.13 to 0.33)']
    >>> frame.loc[[0, 3], "p_text"].tolist()
    ['<0.001', '0.004 (limit 0.000085: not significant)']
    """
    about = yaml.safe_load(files(__package__).joinpath("takeaway.yml").read_text(encoding="utf-8"))
    rows = TypeAdapter(dict[str, list[_Result]]).validate_python(about).get(trial.key, [])
    return pd.DataFrame(_row(ledger, trial, row, level) for row in rows)


def _row(ledger: Ledger, trial: Trial, result: _Result, level: float) -> dict[str, Any]:
    arms = _arms(ledger, trial, result)
    effect = _difference(ledger, trial, result, level) if result.effect == _DIFFERENCE else _NOTHING
    if result.effect and result.effect != _DIFFERENCE:
        effect = _estimate(ledger, trial, result.effect)
    found: dict[str, Any] = {"end_point": result.end_point, "measure": _named(ledger, trial, result.arms_are)}
    for name, shown in zip(("experimental", "control"), arms, strict=True):
        found |= {name: shown.value, f"{name}_low": shown.low, f"{name}_high": shown.high, f"{name}_text": shown.text}
    totals = trial.counts(ledger, result.patients) if result.patients else (pd.NA, pd.NA)
    found |= {"experimental_patients": totals[0], "control_patients": totals[1]}
    found |= {"effect_measure": result.effect_is, "effect": effect.value, "effect_low": effect.low}
    found |= {"effect_high": effect.high, "effect_text": effect.text}
    p = ledger[trial.claim(result.p)].printed.replace("·", ".") if result.p else ""
    sources = dict.fromkeys(shown.source for shown in (*arms, effect) if shown.source)
    return found | {"p": p, "p_text": _with_limit(ledger, trial, result, p), "source": "; ".join(sources)}


def _with_limit(ledger: Ledger, trial: Trial, result: _Result, p: str) -> str:
    """A P value as printed, with the limit that it must lie below, where the trial set one of its own."""
    if not result.p_limit:
        return p
    limit = ledger[trial.claim(result.p_limit)]
    below = ledger.number(trial.claim(result.p)) < ledger.number(limit.id)
    said = "{p} (limit {limit}: {below:significant|not significant})"
    return text.fill(said, {"p": p, "limit": limit.printed.replace("·", "."), "below": below})


def _named(ledger: Ledger, trial: Trial, words: str) -> str:
    """Words with slots for claims of this trial."""
    return prose(ledger, words.replace("{", f"{{{trial.key}."))


def _arms(ledger: Ledger, trial: Trial, result: _Result) -> tuple[_Shown, _Shown]:
    if not isinstance(result.arms, str):
        first, second = (_estimate(ledger, trial, fact) for fact in result.arms)
        return first, second
    known = facts.read(ledger.folder)
    if result.arms in known:
        fact = known[result.arms]
        parts = zip(fact.numbers, fact.text.split(" vs "), strict=True)
        first, second = (_Shown(value, nan, nan, said, f"fact {fact.id}") for value, said in parts)
        return first, second
    claims = trial.of_arms(result.arms)
    if not result.patients:
        return _estimate(ledger, trial, claims[0]), _estimate(ledger, trial, claims[1])
    counted = zip(claims, trial.counts(ledger, result.arms), trial.counts(ledger, result.patients), strict=True)
    first, second = (_count(ledger, claim, count, total) for claim, count, total in counted)
    return first, second


def _count(ledger: Ledger, claim: str, count: int, total: int) -> _Shown:
    values = {"count": count, "total": total, "share": count / total}
    said = text.fill("{count} of {total} ({share:percent})", values)
    return _Shown(count, nan, nan, said, ledger[claim].place)


def _estimate(ledger: Ledger, trial: Trial, name: str) -> _Shown:
    """A claim, by its name with or without the trial's key, or a fact."""
    known = facts.read(ledger.folder)
    if name in known:
        fact = known[name]
        return _Shown(*fact.stated, fact.printed, f"fact {fact.id}")
    claim = ledger[name if name in ledger.claims else trial.claim(name)]
    said = claim_text(ledger, claim.id).replace(f"({claim.level} ", "(")
    if not claim.point.is_number:
        return _Shown(inf, nan, nan, said, claim.place)
    low, high = (_limit(claim.parts[end]) if end in claim.parts else nan for end in ("low", "high"))
    return _Shown(float(claim.point.value), low, high, said, claim.place)


def _limit(printed: Any) -> float:
    return float(printed.value) if printed.is_number else inf


def _difference(ledger: Ledger, trial: Trial, result: _Result, level: float) -> _Shown:
    counts = zip(trial.counts(ledger, str(result.arms)), trial.counts(ledger, result.patients), strict=True)
    (a, n), (b, m) = counts
    found = difference(a, n, b, m, method="Newcombe", level=level)
    return _Shown(*found, text.fill("{found:interval.1}", {"found": found}), "difference computed here")


def taken_away(frame: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """The table of :func:`results` as numbers, with the columns of :func:`takeaway_key`."""
    return keyed(frame, trial)[list(takeaway_key(trial))]


def takeaway_key(trial: Trial) -> Mapping[str, str]:
    """What each column of the download means.

    >>> from netterbook import papers, trials
    >>> list(takeaway_key(trials.read(papers.data_dir())["netter1"]))[:4]
    ['end_point', 'measure', 'lu', 'lu_low']
    """
    meanings = {"end_point": "end point and analysis", "measure": "what the numbers of the groups are"}
    for arm in trial.arms:
        meanings |= {
            arm.key: f"number of the group {arm.name}; inf where not reached",
            f"{arm.key}_low": "lower end of its printed confidence interval; empty where none is printed",
            f"{arm.key}_high": "upper end of that interval; inf where not reached or not estimable",
            f"{arm.key}_patients": "patients that a count is taken of; empty where the number is no count",
        }
    return meanings | {
        "effect_measure": f"what the effect is; {trial.experimental.name} against {trial.control.name}",
        "effect": "the effect, as printed or, where the source says so, computed in this book",
        "effect_low": "lower end of its confidence interval; empty where none is printed",
        "effect_high": "upper end of that interval",
        "p": "P value as printed; empty where none is",
        "source": "place in the paper, or the reference fact that cites a later report",
    }
