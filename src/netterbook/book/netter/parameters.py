"""Parameters of the chapters on the NETTER trials."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.functional_validators import BeforeValidator

from netterbook.book.parameters import IN_ANY_CASE, Draws, Level, Parameters, Seed
from netterbook.methods.proportions import INTERVALS


def _method(value: Any) -> str:
    """The interval method meant, whatever its case and kind of dash."""
    names = {name.lower().replace("–", "-"): name for name in INTERVALS}
    found = names.get(str(value).strip().lower().replace("–", "-"))
    if found is None:
        raise ValueError(f"give one of {', '.join(INTERVALS)}")
    return found


Method = Annotated[
    str,
    BeforeValidator(_method),
    Field(
        description="interval method for response rates: " + ", ".join(INTERVALS),
        json_schema_extra={"enum": list(INTERVALS)},
    ),
]
TrueHazardRatio = Annotated[float, Field(gt=0, lt=1, description="hazard ratio assumed true in the design figure")]
Landmark = Annotated[
    float, Field(gt=0, le=36, description="months at which progression-free survival rates are compared")
]
Horizon = Annotated[float, Field(gt=0, le=36, description="months to which restricted means are taken")]


class Netter1(Parameters):
    level: Level = 0.95
    interval_method: Method = "Wald"
    true_hr: TrueHazardRatio = 0.47
    ae_threshold: Annotated[
        float, Field(ge=0, le=100, description="adverse events shown: at least this % in one group")
    ] = 10.0
    landmark: Landmark = 20.0
    horizon: Horizon = 18.0
    withhold: Annotated[
        Literal["nothing", "hazard ratio", "rates", "median", "all results", "scans"],
        IN_ANY_CASE,
        Field(
            description="what the reconstruction is not given: nothing, hazard ratio, rates, median, all results, "
            "scans (numbers at risk, patients and events it always is)"
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
    true_hr: TrueHazardRatio = 0.5
    unknown_as: Annotated[
        Literal["no response", "response", "excluded"],
        IN_ANY_CASE,
        Field(description="how patients of unknown response are counted: no response, response, excluded"),
    ] = "no response"
    landmark: Landmark = 12.0
    horizon: Horizon = 24.0
    withhold: Annotated[
        Literal["nothing", "median", "all results", "scans"],
        IN_ANY_CASE,
        Field(
            description="what the reconstruction is not given: nothing, median, all results, scans (the stratified "
            "hazard ratio it never is)"
        ),
    ] = "nothing"
    draws: Draws = 200
    seed: Seed = 1
