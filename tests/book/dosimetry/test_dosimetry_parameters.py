"""Parameters of the dosimetry chapter."""

import pytest
from pydantic import ValidationError

from netterbook.book import parameters
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.errors import ParameterError


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limit_bed_gy": 60.0}, "parameter higher_limit_bed_gy = 40.0 cannot be used: .*not lie below limit_bed_gy"),
        ({"higher_limit_bed_gy": 20.0}, "parameter higher_limit_bed_gy = 20.0 cannot be used"),
        ({"cohort": "netter-3"}, "netter-1.*80 cycles.*spect/ct.*planar"),
        ({"within_cv": 0.3}, "within_cv = 0.3 cannot be used: input should be less than or equal to 0.15"),
        ({"effective_half_life_h": 160.0}, "less than or equal to 159"),
        ({"stop_probability": float("nan")}, "stop_probability = nan cannot be used"),
        ({"alpha_beta_gy": 0.0}, "alpha_beta_gy = 0.0 cannot be used"),
        ({"patients": 95}, "patients = 95 cannot be used"),
        ({"max_cycles": 2}, "max_cycles = 2 cannot be used"),
    ],
)
def test_parameters_that_cannot_be_used(given, message):
    with pytest.raises(ParameterError, match=message):
        parameters.read(Dosimetry, given)


def test_a_cohort_is_read_in_any_case_and_each_is_published(cohorts):
    assert parameters.read(Dosimetry, {"cohort": "NETTER-1 "}).cohort == "netter-1"
    for name in cohorts:
        assert parameters.read(Dosimetry, {"cohort": name}).cohort == name
        assert name in Dosimetry.model_fields["cohort"].description
    with pytest.raises(ValidationError):
        Dosimetry(seed=-1)
