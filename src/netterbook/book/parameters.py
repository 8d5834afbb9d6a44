"""Parameters of the chapters: typed, documented, checked before anything is computed."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.functional_validators import BeforeValidator

from netterbook.methods.proportions import INTERVALS


class ParameterError(ValueError):
    """A chapter was given an unknown parameter or a value it cannot use."""


def _method(value: Any) -> Any:
    """The interval method meant, whatever its case and kind of dash."""
    if not isinstance(value, str):
        return value
    names = {name.lower().replace("–", "-"): name for name in INTERVALS}
    return names.get(value.strip().lower().replace("–", "-"), value)


Level = Annotated[
    float, Field(gt=0.5, lt=1, description="confidence level of intervals that the chapter computes, 0.95 for 95%")
]
Method = Annotated[
    Literal[INTERVALS],
    BeforeValidator(_method),
    Field(description="interval method for response rates: " + ", ".join(INTERVALS)),
]
HazardRatio = Annotated[float, Field(gt=0, lt=1, description="hazard ratio assumed true in the design figure")]
Activity = Annotated[float, Field(gt=0, le=40, description="activity per cycle, GBq")]
Cycles = Annotated[int, Field(ge=1, le=20, description="number of cycles")]


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


Landmark = Annotated[
    float, Field(gt=0, le=36, description="months at which progression-free survival rates are compared")
]
Horizon = Annotated[float, Field(gt=0, le=36, description="months to which restricted means are taken")]
Draws = Annotated[int, Field(ge=20, le=5000, description="sets of patients in each ensemble")]
Seed = Annotated[int, Field(ge=0, description="seed of the random numbers")]


class Parameters(BaseModel):
    """What every chapter's parameters share: no unknown name, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Background(Parameters):
    activity_gbq: Activity = 7.4
    cycles: Cycles = 4
    weeks_between: Annotated[float, Field(gt=0, le=52, description="weeks from one cycle to the next")] = 8.0


class Netter1(Parameters):
    level: Level = 0.95
    interval_method: Method = "Wald"
    true_hr: HazardRatio = 0.47
    ae_threshold: Annotated[
        float, Field(ge=0, le=100, description="adverse events shown: at least this % in one group")
    ] = 10.0
    landmark: Landmark = 20.0
    horizon: Horizon = 18.0
    withhold: Annotated[
        Literal["nothing", "hazard ratio", "rates", "median", "all results"],
        BeforeValidator(_word),
        Field(
            description="what the reconstruction is not given: nothing, hazard ratio, rates, median, all results "
            "(numbers at risk, patients and events it always is)"
        ),
    ] = "nothing"
    draws: Draws = 200
    os_true_hr: Annotated[
        float,
        Field(gt=0.1, lt=3, description="hazard ratio for death assumed true when interim analyses are simulated"),
    ] = 0.84
    crossover: Annotated[
        float, Field(ge=0, le=0.75, description="share of control patients who cross over in these simulations")
    ] = 0.36
    seed: Seed = 1


class Netter2(Parameters):
    level: Level = 0.95
    interval_method: Method = "Clopper–Pearson"
    true_hr: HazardRatio = 0.5
    unknown_as: Annotated[
        Literal["no response", "response", "excluded"],
        BeforeValidator(_word),
        Field(description="how patients of unknown response are counted: no response, response, excluded"),
    ] = "no response"
    landmark: Landmark = 12.0
    horizon: Horizon = 24.0
    withhold: Annotated[
        Literal["nothing", "median", "all results"],
        BeforeValidator(_word),
        Field(
            description="what the reconstruction is not given: nothing, median, all results (the stratified hazard "
            "ratio it never is)"
        ),
    ] = "nothing"
    draws: Draws = 200
    seed: Seed = 1


COHORTS = ("netter-1", "80 cycles", "spect/ct", "planar")
"""Cohorts of kidney dose by the names that chapters take; see :mod:`netterbook.book.dosimetry.kidney`."""


class Dosimetry(Parameters):
    activity_gbq: Activity = 7.4
    cohort: Annotated[
        Literal[COHORTS],
        BeforeValidator(_word),
        Field(description="cohort whose kidney doses virtual patients have: " + ", ".join(COHORTS)),
    ] = "spect/ct"
    within_cv: Annotated[
        float,
        Field(ge=0, le=0.15, description="variation of a patient's kidney dose from cycle to cycle, SD over mean"),
    ] = 0.1
    kidney_limit_gy: Annotated[
        float, Field(gt=0, le=100, description="limit of the absorbed dose to the kidneys, Gy")
    ] = 23.0
    limit_bed_gy: Annotated[float, Field(gt=0, le=150, description="limit of the kidneys' BED, Gy")] = 28.0
    higher_limit_bed_gy: Annotated[
        float,
        Field(gt=0, le=150, validate_default=True, description="higher limit of the kidneys' BED, no risk factors, Gy"),
    ] = 40.0
    higher_share: Annotated[
        float, Field(ge=0, le=1, description="share of patients who may go on to the higher limit")
    ] = 0.5
    alpha_beta_gy: Annotated[float, Field(ge=0.5, le=20, description="alpha/beta of the kidneys, Gy")] = 2.6
    repair_half_time_h: Annotated[
        float, Field(ge=0, le=24, description="half-time of repair in the kidneys, hours; 0 is repair at once")
    ] = 2.8
    effective_half_life_h: Annotated[
        float, Field(ge=5, le=159, description="effective half-life in the kidneys, hours, below the physical one")
    ] = 50.0
    stop_probability: Annotated[
        float, Field(ge=0, le=0.9, description="probability at each cycle to stop for another reason than kidney dose")
    ] = 0.05
    max_cycles: Annotated[int, Field(ge=5, le=20, description="most cycles that the simulation gives anyone")] = 20
    landmark: Annotated[float, Field(gt=0, le=36, description="months of the landmark analysis")] = 18.0
    patients: Annotated[int, Field(ge=960, le=200_000, description="virtual patients in each simulation")] = 19_200
    seed: Seed = 1

    @field_validator("higher_limit_bed_gy")
    @classmethod
    def _above_the_lower(cls, value: float, info: ValidationInfo) -> float:
        lower = info.data.get("limit_bed_gy")
        if lower is not None and value < lower:
            raise ValueError(f"the higher limit must not lie below limit_bed_gy, {lower:g} Gy")
        return value


def _picked(value: Any, known: tuple[str, ...], kind: str) -> Any:
    """Names, in a list or separated by commas, in the order of ``known``; all of them for "all"."""
    if _word(value) == "all":
        return known
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple | set):
        return value
    given = [str(name).strip() for name in value]
    by_word = {name.lower(): name for name in known}
    for name in given:
        if name.lower() not in by_word:
            raise ValueError(f"no {kind} {name!r}; there are: {', '.join(known)}")
    return tuple(name for name in known if name.lower() in map(str.lower, given))


def _models(value: Any) -> Any:
    from netterbook.methods.extrapolation import MODELS  # scipy behind it takes a while to import

    picked = _picked(value, MODELS, "model")
    if picked == ():
        raise ValueError("name at least one model")
    return picked


def _trials(value: Any) -> Any:
    from netterbook.book.cross_trial.studies import OTHERS

    return _picked(value, OTHERS, "study")


class CrossTrial(Parameters):
    level: Level = 0.95
    horizon: Annotated[
        float, Field(gt=0, le=36, description="months to which restricted means of both NETTER trials are taken")
    ] = 18.0
    models: Annotated[
        tuple[str, ...],
        BeforeValidator(_models),
        Field(
            validate_default=True,
            description="models of the extrapolation: all, or names separated by commas: exponential, Weibull, Gompertz, "
            "log-normal, log-logistic, generalised gamma, spline",
        ),
    ] = "all"
    trials: Annotated[
        tuple[str, ...],
        BeforeValidator(_trials),
        Field(
            validate_default=True,
            description="studies beside the two NETTER trials: all, or names separated by commas, e.g. COMPETE, RADIANT-4",
        ),
    ] = "all"
    comparator: Annotated[
        Literal["octreotide 60 mg", "placebo", "everolimus"],
        BeforeValidator(_word),
        Field(description="common comparator of the indirect comparisons: octreotide 60 mg, placebo, everolimus"),
    ] = "octreotide 60 mg"
    draws: Draws = 100
    seed: Seed = 1
    include_secondary: Annotated[bool, Field(description="also studies known from secondary sources only")] = True


class Reconstruction(Parameters):
    withhold: Annotated[
        Literal["hazard ratio", "rates", "median", "nothing"],
        BeforeValidator(_word),
        Field(description="what NETTER-1's reconstruction is not given: hazard ratio, rates, median, nothing"),
    ] = "hazard ratio"
    draws: Draws = 200
    level: Level = 0.95
    seed: Seed = 1


_SIMPLE = (bool, int, float, str, list, tuple, dict, set, type(None))
_IPYTHON = {"In", "Out"}


def read(model: type[Parameters], namespace: dict[str, Any]) -> Parameters:
    """The parameters that a notebook's names spell out; call it right after the parameters cell with ``globals()``.

    Raises
    ------
    ParameterError
        If a name is none of the chapter's parameters, or a value is of the wrong type or out of range. The message
        names the value and what would do.

    >>> read(Netter1, {"level": 0.9, "interval_method": "clopper-pearson"}).interval_method
    'Clopper–Pearson'
    >>> read(Reconstruction, {"levle": 0.9})
    Traceback (most recent call last):
    netterbook.book.parameters.ParameterError: unknown parameter 'levle'; did you mean 'level'? Parameters of this chapter: withhold, draws, level, seed
    """
    given = {
        name: value
        for name, value in namespace.items()
        if isinstance(value, _SIMPLE) and not name.startswith("_") and name not in _IPYTHON
    }
    known = list(model.model_fields)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise ParameterError(f"unknown parameter {name!r}{hint} Parameters of this chapter: {', '.join(known)}")
    try:
        return model(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0]
        about = model.model_fields[name].description
        value = given.get(name, model.model_fields[name].default)
        why = first["msg"].removeprefix("Value error, ")
        raise ParameterError(
            f"parameter {name} = {value!r} cannot be used: {why[0].lower()}{why[1:]} ({about})"
        ) from None


def rows(model: type[Parameters]) -> list[tuple[str, str, str]]:
    """Name, default and meaning of each parameter, for a chapter's closing table."""
    return [(name, repr(field.default), field.description or "") for name, field in model.model_fields.items()]
