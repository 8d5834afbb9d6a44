"""Every chapter's parameters, by the name of its notebook; here also those of chapters without a package."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netterbook.book.cross_trial.parameters import CrossTrial
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.book.netter.parameters import Netter1, Netter2
from netterbook.book.own_trial import YourTrial
from netterbook.book.parameters import IN_ANY_CASE, Activity, Cycles, Draws, Level, Parameters, Seed
from netterbook.book.sensitivity import Sensitivity


class Background(Parameters):
    activity_gbq: Activity = 7.4
    cycles: Cycles = 4
    weeks_between: Annotated[float, Field(gt=0, le=52, description="weeks from one cycle to the next")] = 8.0


class ReconstructionParameters(Parameters):
    withhold: Annotated[
        Literal["hazard ratio", "rates", "median", "nothing"],
        IN_ANY_CASE,
        Field(description="what NETTER-1's reconstruction is not given: hazard ratio, rates, median, nothing"),
    ] = "hazard ratio"
    draws: Draws = 200
    level: Level = 0.95
    seed: Seed = 1


PARAMETERS: dict[str, type[Parameters]] = {
    "background": Background,
    "netter1": Netter1,
    "netter2": Netter2,
    "dosimetry": Dosimetry,
    "cross_trial": CrossTrial,
    "reconstruction": ReconstructionParameters,
    "sensitivity": Sensitivity,
    "your_trial": YourTrial,
}
