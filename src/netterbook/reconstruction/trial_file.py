"""A file that describes a trial, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from netterbook.errors import DataError
from netterbook.files import read_limited
from netterbook.printed import Printed
from netterbook.reconstruction.arm_names import ArmNames, check_arm_numbers, named_arms
from netterbook.reconstruction.curve import from_curve
from netterbook.reconstruction.description_parts import (
    MOST_ARMS,
    DescriptionKeys,
    Enrolment,
    PrintedText,
    Quantity,
    Rate,
    Stratum,
    Time,
    TrialArm,
    context_of,
    due_scans,
    unit_of_time,
)
from netterbook.reconstruction.faults import Mistakes, collecting, nearest_name, raise_all, shortened
from netterbook.reconstruction.given import Given, read_summaries
from netterbook.reconstruction.given_tables import (
    LATEST_TIME,
    Context,
    at_risk_table,
    curve_table,
    marks_table,
    strata_table,
)
from netterbook.reconstruction.result import Reconstruction
from netterbook.reconstruction.strict_yaml import strings_of
from netterbook.reconstruction.summaries import from_summaries
from netterbook.reconstruction.summary_forms import (
    expand_summaries,
    outside_limits,
    rates_written_out,
    read_levels,
    rows_of_arms,
    taken_apart,
)

__all__ = ["EXAMPLE", "Enrolment", "Quantity", "Rate", "Stratum", "TrialArm", "TrialDescription", "read", "read_apart"]

EXAMPLE = """\
title: NETTER-1, progression-free survival
unit: months
arms:
  - {arm: 0, name: control, n: 113, events: 68}
  - {arm: 1, name: 177Lu-DOTATATE, n: 116, events: 23}
at_risk:
  time: [0, 6, 12, 18, 24, 30]
  0: [113, 47, 17, 4, 1, 0]
  1: [116, 76, 42, 19, 3, 0]
summaries:
  hr: 0.21
  hr_lo: 0.13
  hr_hi: 0.33
  logrank_p: <0.001
  median0: 8.4
  median1: NR
"""
"""The shortest file worth having, for ``--help`` and ``--example``."""

_DESCRIPTION = 100_000
"""Largest description that is read, in bytes."""


def _table(given: object, info: ValidationInfo) -> pd.DataFrame:
    """The table of a CSV file whose path is relative to the folder in the context; some also written out."""
    context = context_of(info)
    if info.field_name == "at_risk":
        totals = {arm.arm: arm.n for arm in info.data.get("arms", [])}
        return at_risk_table(given, context, info.data.get("in_brackets") or "", totals)
    if info.field_name == "curve":
        return curve_table(given, context, info.data.get("curve_is", "survival"))
    if info.field_name == "censor_marks":
        return marks_table(given, context)
    if isinstance(given, list):
        wrong: list[str] = []
        rows = rows_of_arms(given, context.names, wrong)
        try:
            strata = TypeAdapter(list[Stratum]).validate_python(rows, context=context)
        except ValidationError as error:
            raise Mistakes(_faults(error, set())) from None
        return pd.DataFrame([row.model_dump() for row in strata])
    return strata_table(given, context)


def _rates(given: object, info: ValidationInfo) -> object:
    names, wrong = context_of(info).names, list[str]()
    rows = rows_of_arms(rates_written_out(given, names) if isinstance(given, dict) else given, names, wrong)
    raise_all(wrong)
    apart = context_of(info).apart
    if apart is None or not isinstance(rows, list):
        return rows
    kept: list[Any] = []
    for rate in rows:
        row = _as_quantity(rate, info)
        if outside_limits(row):
            apart.append(row)
        else:
            kept.append(rate)
    return kept


def _as_quantity(rate: object, info: ValidationInfo) -> dict[str, Any]:
    """A rate as a row of quantities; empty where it has a fault, which is said when the rates are read."""
    try:
        row = Rate.model_validate(rate, context=info.context).model_dump()
    except ValidationError:
        return {}
    return {"quantity": "survival", "value": row.pop("survival"), **row}


def _quantities(given: object, info: ValidationInfo) -> object:
    wrong: list[str] = []
    rows = rows_of_arms(given, context_of(info).names, wrong)
    raise_all(wrong)
    return rows


def _summaries(given: object, info: ValidationInfo) -> object:
    if not isinstance(given, dict):
        return given
    found, apart = expand_summaries(given, context_of(info).names), context_of(info).apart
    if apart is not None:
        found, rows = taken_apart(found)
        apart += rows
    return found


Table = Annotated[pd.DataFrame, BeforeValidator(_table)]
DrawCount = Annotated[int, Field(ge=1, le=10_000)]


class TrialDescription(DescriptionKeys):
    """A trial description, checked; see the page "Reconstruct patients" of the book."""

    title: str
    unit: Annotated[str, BeforeValidator(unit_of_time)]
    arms: Annotated[list[TrialArm], Field(min_length=1, max_length=MOST_ARMS)]
    in_brackets: Literal["censored", "events", "nothing"] | None = None
    at_risk: Table = pd.DataFrame(columns=["arm", "time", "n_risk"])
    curve_is: Literal["survival", "cumulative incidence"] = "survival"
    curve: Table | None = None
    censor_marks: Table | None = None
    summaries: Annotated[dict[str, PrintedText], BeforeValidator(_summaries)] = Field(default_factory=dict)
    rates: Annotated[list[Rate], BeforeValidator(_rates)] = Field(default_factory=list)
    quantities: Annotated[list[Quantity], BeforeValidator(_quantities)] = Field(default_factory=list)
    withhold: list[str] = Field(default_factory=list)
    scans: Annotated[list[Time], BeforeValidator(due_scans)] = Field(default_factory=list)
    time_step: Time | None = None
    closed: bool = False
    enrolment: Enrolment | None = None
    possible_follow_up: Annotated[
        list[Annotated[float, Field(ge=0, le=LATEST_TIME)]], Field(min_length=2, max_length=2)
    ] = Field(default_factory=list)
    strata: Table | None = None
    transform: Literal["log-log", "plain", "log"] = "log-log"
    prior_scale: Annotated[float, Field(ge=0.1, le=10)] = 1
    draws: DrawCount = 200
    budget: Annotated[float, Field(ge=1, le=1000)] = 5
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1
    _pairs: tuple[TrialDescription, ...] = PrivateAttr(default=())
    _of_more: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _fits_together(self) -> TrialDescription:
        wrong: list[str] = []
        self._check_arms()
        for check in (self._check_route, self._check_times, self._check_strata, self._check_printed):
            with collecting(wrong):
                check()
        raise_all(wrong)
        return self

    def _check_route(self) -> None:
        wrong = []
        if self.curve is None and self.censor_marks is not None:
            wrong.append("censor_marks go with a curve; add curve, or remove them")
        if self.curve is None and "curve_is" in self.model_fields_set:
            wrong.append("curve_is goes with a curve; add curve, or remove it")
        for name in _SUMMARIES_ALONE:
            if self.curve is not None and name in self.model_fields_set:
                wrong.append(f"{name} goes with summaries alone; leave it out, or the curve")
        raise_all(wrong)

    def _check_arms(self) -> None:
        arms = [own.arm for own in self.arms]
        check_arm_numbers(arms)
        if self.curve is None and len(arms) < 2:
            raise ValueError(
                "without a curve both arms are needed, 0 and 1; one arm alone is reconstructed from its curve"
            )
        called = [text.casefold() for own in self.arms for text in dict.fromkeys((own.name, own.in_files)) if text]
        same = [text for i, text in enumerate(called) if text in called[:i]]
        if same:
            raise ValueError(f"arms has two arms called {shortened(same[0])}; give each another name")

    def _check_times(self) -> None:
        if self.enrolment is not None and self.possible_follow_up:
            raise ValueError("possible_follow_up follows from enrolment; remove one of them")
        _ = self.follow_up  # checks the unit

    def _check_strata(self) -> None:
        """That the levels of each factor add up to the arms; both arms, and their events, are needed."""
        if self.strata is None:
            return
        if len(self.arms) < 2 or any(arm.events is None for arm in self.arms):
            raise ValueError("strata need both arms, with their events; add these or remove strata")
        wrong = []
        for (factor, arm), rows in self.strata.groupby(["factor", "arm"], sort=False):
            own = next(one for one in self.arms if one.arm == arm)
            for column, total in (("n", own.n), ("events", own.events)):
                if rows[column].sum() != total:
                    found = f"{rows[column].sum():g}, not {total}"
                    wrong.append(f"strata: {column} of {shortened(factor)} in arm {arm} add up to {found}")
        raise_all(wrong)

    def _check_printed(self) -> None:
        arms, wrong = [own.arm for own in self.arms], list[str]()
        self._check_sides(wrong)
        raise_all(wrong)
        for group in self._groups():
            with collecting(wrong):
                read_summaries(group, None, [LATEST_TIME, LATEST_TIME])
        for row in self.quantity_rows:
            with collecting(wrong):
                read_summaries({}, None, [LATEST_TIME, LATEST_TIME], [row])
        for rate in [] if self.rate_table is None else self.rate_table.to_dict("records"):
            with collecting(wrong):
                read_summaries({}, pd.DataFrame([rate]), [LATEST_TIME, LATEST_TIME])
        raise_all(wrong)
        printed = self.printed
        names = [item.name for item in printed]
        end = self._end_of_curve
        for item in printed:
            if item.arm >= 0 and item.arm not in arms:
                wrong.append(f"{item.name} is of arm {item.arm}, which arms has not")
            if item.kind == "rate" and item.time > 1.05 * end:
                wrong.append(f"{item.name} is at {item.time:g}, after the end of the curve, {end:g}")
            if item.arm < 0 and len(arms) < 2 and item.kind in ("hr", "logrank_p", "rmst_difference"):
                wrong.append(f"{item.name} compares two arms, and arms has one; add the other, or remove it")
        for name in self.withhold:
            if name not in names:
                wrong.append(f"cannot withhold {shortened(name)}, which is not given; {nearest_name(name, names)}")
        raise_all(wrong)

    @property
    def _end_of_curve(self) -> float:
        """The last time that a curve, numbers at risk below it or an end of follow-up names; inf without a curve."""
        if self.curve is None:
            return inf
        ends = [arm.tmax for arm in self.arms if arm.tmax is not None]
        return float(max([*self.curve["time"], *self.at_risk["time"], *ends]))

    def _check_sides(self, wrong: list[str]) -> None:
        """That a one-sided P value is of the side on which the experimental arm is better."""
        if self.summaries.get("logrank_p_sides") != "1":
            return
        p, hr = (Printed(self.summaries.get(name, "")) for name in ("logrank_p", "hr"))
        if not p.is_number:
            wrong.append("logrank_p_sides goes with logrank_p; add that, or remove it")
        elif p.value > 0.5:
            wrong.append(f"logrank_p is {p}, one-sided, of the worse side: give 1 less it, as {1 - float(p.value):g}")
        elif hr.is_number and hr.value > 1 and p.value < 0.5:
            wrong.append(
                f"logrank_p is {p}, one-sided, where hr is {hr}, above 1: a small one-sided P says that the "
                "experimental arm did better; correct one, or the order of the arms"
            )

    def _groups(self) -> list[dict[str, Any]]:
        """Summaries that are read apart, so that each mistake in them is found."""
        plain, _ = read_levels(self.summaries)
        groups: dict[str, dict[str, Any]] = {}
        for name, value in plain.items():
            if name != "landmark":
                own = groups.setdefault(name.removesuffix("_lo").removesuffix("_hi"), {})
                own[name] = value
                if name.startswith("lm") and "landmark" in plain:
                    own["landmark"] = plain["landmark"]
        return list(groups.values())

    @property
    def quantity_rows(self) -> list[dict[str, Any]]:
        """The quantities as :func:`.from_summaries` takes them, with summaries of other confidence levels."""
        return [row.model_dump() for row in self.quantities] + read_levels(self.summaries)[1]

    @property
    def printed(self) -> list[Given]:
        """All that is printed, what is withheld among it."""
        plain, _ = read_levels(self.summaries)
        return read_summaries(plain, self.rate_table, [LATEST_TIME, LATEST_TIME], self.quantity_rows, self.at_risk)

    @property
    def follow_up(self) -> tuple[float, float] | None:
        """Least and greatest possible follow-up."""
        if self.enrolment is not None:
            return self.enrolment.follow_up(self.unit)
        return (self.possible_follow_up[0], self.possible_follow_up[1]) if self.possible_follow_up else None

    @property
    def inputs(self) -> list[Given]:
        """Those that the patients were made to meet: none where a curve is given."""
        return [] if self.curve is not None else [item for item in self.printed if item.name not in self.withhold]

    @property
    def rate_table(self) -> pd.DataFrame | None:
        """The rates as :func:`.from_summaries` takes them."""
        rows = [rate.model_dump() | {"time": f"{rate.time:g}"} for rate in self.rates]
        return pd.DataFrame(rows) if rows else None

    @property
    def arm_table(self) -> pd.DataFrame:
        """The arms as both ways of reconstruction take them."""
        rows = [arm.model_dump(exclude={"in_files"}) for arm in self.arms]
        return pd.DataFrame(rows).astype({"events": float, "tmax": float})

    @property
    def pairs(self) -> tuple[TrialDescription, ...]:
        """Of three or more arms with a curve: every experimental arm with the reference, as a trial of two."""
        return self._pairs

    @property
    def reading_notes(self) -> list[str]:
        """What was done to make numbers of what the description gives."""
        tables = (self.at_risk, self.curve)
        notes = [note for table in tables if table is not None for note in table.attrs.get("notes", ())]
        if self.summaries.get("logrank_p_sides") == "1":
            notes.append("The P value is one-sided; it is compared with twice as large two-sided ones.")
        return notes + ([self._of_more] if self._of_more else [])

    def name(self, arm: int) -> str:
        """An arm's name; its number where the file names none."""
        return next((own.name for own in self.arms if own.arm == arm), f"arm {arm}")

    def reconstruct(self, jobs: int = 2, progress: Callable[[int], None] = lambda done: None) -> Reconstruction:
        """One set of patients from the curve, else ``draws`` sets from the summaries.

        Parameters
        ----------
        jobs : threads; the result does not depend on them.
        progress : called now and then with the number of draws found so far.

        Raises
        ------
        ValueError
            Where the numbers contradict each other; the message names them.
        """
        if self.curve is None:
            return from_summaries(
                self.at_risk, self.arm_table, read_levels(self.summaries)[0], rates=self.rate_table,
                quantities=self.quantity_rows, withhold=self.withhold, scans=self.scans,
                time_step=self.time_step, closed=self.closed, possible_follow_up=self.follow_up,
                transform=self.transform, prior_scale=self.prior_scale, draws=self.draws, seed=self.seed, jobs=jobs,
                budget=self.budget, progress=progress,
            )  # fmt: skip
        return from_curve(self.curve, self.at_risk, self.arm_table, censor_marks=self.censor_marks)


_SUMMARIES_ALONE = (
    "withhold", "scans", "time_step", "closed", "enrolment", "possible_follow_up", "quantities", "prior_scale",
    "draws", "seed", "budget",
)  # fmt: skip
_OF_PAIRS = ("summaries", "rates", "quantities", "strata")
"""Keys of what is printed of arms 0 and 1."""


def read(path: Path, withhold: Iterable[str] = (), **overrides: object) -> TrialDescription:
    """The trial that a file describes; ``withhold`` adds to its own, ``overrides`` take the place of its other keys.

    Raises
    ------
    OSError
        If the file cannot be read.
    DataError
        For anything else that is wrong with it, a line each; and where it holds several comparisons, which
        ``read_comparisons`` reads.
    """
    return _only(read_comparisons(path, withhold, **overrides))


def _only(found: dict[str, TrialDescription]) -> TrialDescription:
    if len(found) > 1:
        raise DataError(f"holds {len(found)} comparisons, of {', '.join(found)}; read them by read_comparisons")
    return next(iter(found.values()))


def read_apart(path: Path) -> tuple[TrialDescription, list[Given]]:
    """As :func:`read`, but without refusing estimates outside their own limits: these are left out of the description
    and given beside it, with their limits.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "trial.yml")
    ...     _ = path.write_text(EXAMPLE.replace("0.13", "0.31"))
    ...     trial, apart = read_apart(path)
    >>> [item.name for item in trial.printed], [f"{item.name} {item.printed}" for item in apart]
    (['logrank_p', 'median0', 'median1'], ['hr 0.21', 'hr_lo 0.31', 'hr_hi 0.33'])
    """
    rows: list[dict[str, Any]] = []
    trial = _only(_comparisons(Path(path), (), {}, rows))
    ends = [LATEST_TIME, LATEST_TIME]
    parts = [{key: row[key] for key in row if key not in ("value", "low", "high")} for row in rows]
    return trial, [
        item
        for row, part in zip(rows, parts, strict=True)
        for key in ("value", "low", "high")
        if row.get(key)
        for item in read_summaries({}, None, ends, [part | {key: row[key]}])
    ]


def read_comparisons(path: Path, withhold: Iterable[str] = (), **overrides: object) -> dict[str, TrialDescription]:
    """What is reconstructed by itself, by the name of its experimental arm; by "" where it is the whole trial.

    Three or more arms without a curve are so many comparisons with the reference, 0, each with its own patients of it.
    With a curve they are one trial.

    Raises
    ------
    OSError
        If the file cannot be read.
    DataError
        For anything else that is wrong with it, a line each.
    """
    return _comparisons(Path(path), withhold, overrides)


def _comparisons(
    path: Path, withhold: Iterable[str], overrides: dict[str, object], apart: list[dict[str, Any]] | None = None
) -> dict[str, TrialDescription]:
    """:func:`read_comparisons`; ``apart``: where a trial of up to two arms keeps estimates outside their limits."""
    given, arms = named_arms(strings_of(read_limited(path, _DESCRIPTION)))
    if withhold:
        own = given.get("withhold") or []
        overrides["withhold"] = [*(own if isinstance(own, list) else [own]), *withhold]
    given |= overrides
    names = ArmNames(arms)
    numbers = [each.number for each in arms]
    check_arm_numbers(numbers)
    if len(arms) < 3 or numbers != list(range(len(arms))) or len(arms) > MOST_ARMS:
        return {"": _checked(given, Context(path.parent, names, apart))}
    pairs, wrong = {}, list[str]()
    for k in numbers[1:]:
        rows = [{**given["arms"][i], "arm": str(place)} for place, i in enumerate((0, k))]
        with collecting(wrong):
            pairs[names.name(k)] = _checked(given | {"arms": rows}, Context(path.parent, names.comparison(k)))
    raise_all(wrong)
    if given.get("curve"):
        whole = _checked(
            {key: value for key, value in given.items() if key not in _OF_PAIRS}, Context(path.parent, names)
        )
        whole._pairs = tuple(pairs.values())
        return {"": whole}
    for name, pair in pairs.items():
        others = ", ".join(each for each in pairs if each != name)
        pair._of_more = (
            f"This is {name} against {pair.name(0)}, one comparison of a trial of {len(arms)} arms; the others are "
            f"of {others}. Each has its own patients of {pair.name(0)}, which differ between comparisons: do not pool "
            "them."
        )
    return pairs


def _checked(given: dict[str, Any], context: Context) -> TrialDescription:
    """What is described; what cannot be used is left out in turn, so that it hides no fault of the rest."""
    wrong: list[str] = []
    meant: set[tuple[str, str]] = set()
    while True:
        try:
            found = TrialDescription.model_validate(given, context=context)
        except ValidationError as error:
            wrong += _faults(error, meant)
            rest = _without(given, error)
            if rest == given:
                raise Mistakes(wrong) from None
            given = rest
        else:
            raise_all(wrong)
            return found


_OTHERS_NEED = {"title", "unit", "arms", "in_brackets", "at_risk", "curve_is", "curve", "censor_marks"}
_NAMED_BY_WITHHOLD = {"summaries", "rates", "quantities"}


def _without(given: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """A description without unknown keys, and without those faulty ones that the check of no other one needs."""
    rest, left_out = deepcopy(given), set[str]()
    for fault in error.errors():
        match fault["loc"]:
            case ("arms", int(entry), name) if fault["type"] == "extra_forbidden":
                del rest["arms"][entry][name]
            case (str(name), *_) if name not in _OTHERS_NEED:
                left_out |= {name, "withhold"} if name in _NAMED_BY_WITHHOLD else {name}
    return {key: value for key, value in rest.items() if key not in left_out}


_PARTS: dict[str, type[BaseModel]] = {
    "arms": TrialArm, "rates": Rate, "quantities": Quantity, "enrolment": Enrolment
}  # fmt: skip


def _faults(error: ValidationError, meant: set[tuple[str, str]]) -> list[str]:
    """All faults, unknown keys first; what is missing only where no unknown key was ``meant`` for it, now or before."""
    faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    lines = list[str]()
    for fault in faults:
        *place, name = (f"entry {part + 1}" if isinstance(part, int) else str(part) for part in fault["loc"] or ("",))
        where = ", ".join(place)
        if fault["type"] == "extra_forbidden":
            known = list((_PARTS.get(place[0], Stratum) if place else TrialDescription).model_fields)
            lines.append(f"{where + ': ' if where else ''}unknown key {shortened(name)}; {nearest_name(name, known)}")
            meant |= {(where, key) for key in known if nearest_name(name, [key]).startswith("did")}
        elif fault["type"] != "missing" or (where, name) not in meant:
            lines += _said_of(fault, ", ".join(part for part in (where, name) if part))
    return lines


def _said_of(fault: Any, where: str) -> list[str]:
    if fault["type"] == "missing":
        return [f"{where} is missing"]
    if fault["type"] == "value_error":
        error = fault["ctx"]["error"]
        every = error.every if isinstance(error, Mistakes) else (str(error),)
        return [f"{where}: {each}" if where else each for each in every]
    said = fault["msg"].removeprefix("Input ").removeprefix("String ")
    if fault["type"] == "model_type":
        said = "should be keys with values, as {arm: 0, ...}"
    return [f"{where} is {shortened(fault['input'])}; it {said}"]
