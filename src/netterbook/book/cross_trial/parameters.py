"""Parameters of the chapter across the trials."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from netterbook.book.parameters import IN_ANY_CASE, Draws, Level, Parameters, Seed
from netterbook.methods.extrapolation import SURVIVAL_MODELS


def _names(value: Any) -> Any:
    """Names in a list or separated by commas."""
    if isinstance(value, str):
        value = value.split(",")
    return tuple(str(name).strip() for name in value) if isinstance(value, list | tuple | set) else value


def picked(names: tuple[str, ...], known: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """Those of the known names that are given in any case, in their order; all of them for "all".

    Raises
    ------
    ValueError
        For a name that is not known.

    >>> picked(("spline", "weibull"), ("Weibull", "Gompertz", "spline"), "model")
    ('Weibull', 'spline')
    """
    given = [name.lower() for name in names]
    if given == ["all"]:
        return known
    for name in names:
        if name.lower() not in map(str.lower, known):
            raise ValueError(f"no {kind} {name!r}; there are: {', '.join(known)}")
    return tuple(name for name in known if name.lower() in given)


def _models(value: Any) -> Any:
    names = _names(value)
    if names == ():
        raise ValueError("name at least one model")
    return picked(names, SURVIVAL_MODELS, "model") if isinstance(names, tuple) else names


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
            description="models of the extrapolation: all, or names separated by commas: exponential, Weibull, "
            "Gompertz, log-normal, log-logistic, generalised gamma, spline",
            json_schema_extra={"items": {"type": "string", "enum": ["all", *SURVIVAL_MODELS]}},
        ),
    ] = "all"  # type: ignore[assignment]
    trials: Annotated[
        tuple[str, ...],
        BeforeValidator(_names),
        Field(
            validate_default=True,
            description="studies beside the two NETTER trials: all, or names separated by commas, e.g. COMPETE, "
            "RADIANT-4",
        ),
    ] = "all"  # type: ignore[assignment]
    """Names as :func:`.chosen` takes them."""
    comparator: Annotated[
        Literal["octreotide 60 mg", "placebo", "everolimus"],
        IN_ANY_CASE,
        Field(description="common comparator of the indirect comparisons: octreotide 60 mg, placebo, everolimus"),
    ] = "octreotide 60 mg"
    draws: Draws = 200
    seed: Seed = 1
    include_secondary: Annotated[bool, Field(description="also studies known from secondary sources only")] = True
