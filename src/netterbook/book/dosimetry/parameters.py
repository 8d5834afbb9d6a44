"""Parameters of the dosimetry chapter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from netterbook.book.parameters import IN_ANY_CASE, Activity, Parameters, Seed


class Dosimetry(Parameters):
    """Limits and biology of the kidneys, virtual patients, and how they are treated."""

    activity_gbq: Activity = 7.4
    cohort: Annotated[
        Literal["netter-1", "80 cycles", "spect/ct", "planar"],
        IN_ANY_CASE,
        Field(description="cohort whose kidney doses virtual patients have: netter-1, 80 cycles, spect/ct, planar"),
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

    @property
    def biology(self) -> tuple[float, float, float]:
        """Alpha/beta, repair half-time and effective half-life, as :func:`.bed_gy` takes them.

        >>> Dosimetry().biology
        (2.6, 2.8, 50.0)
        """
        return self.alpha_beta_gy, self.repair_half_time_h, self.effective_half_life_h
