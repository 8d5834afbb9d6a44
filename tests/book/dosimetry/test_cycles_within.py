"""Cycles within a limit over a cohort, against virtual patients."""

import numpy as np
import pytest

from netterbook.book.dosimetry.cycles_within import CYCLES_TOLD_APART, cycles_within_limits, name_of
from netterbook.book.dosimetry.fixed_cycles import limits
from netterbook.book.dosimetry.parameters import Dosimetry
from netterbook.dosimetry.planning import course, cycles_before
from netterbook.dosimetry.population import virtual_patients
from netterbook.precision import share_error


@pytest.mark.parametrize("name", ["spect/ct", "netter-1"])
def test_shares_are_those_of_virtual_patients_whose_cycles_are_alike(cohorts, name):
    p, patients = Dosimetry(), 100_000
    cohort = cohorts[name]
    drawn = virtual_patients(
        patients,
        CYCLES_TOLD_APART,
        cohort.mean_gy_per_gbq,
        cohort.between_cv(p.within_cv),
        0.0,
        np.random.default_rng(1),
    )
    given = course(drawn * p.activity_gbq, *p.biology)
    table = cycles_within_limits(p, cohort)
    for limit in limits(p).values():
        fit = cycles_before(limit.gy, given.bed_gy if limit.bed else given.dose_gy)
        own = table[table["limit"] == name_of(limit)]
        assert own["share"].sum() == pytest.approx(1)
        for cycles, share in zip(own["cycles"], own["share"], strict=True):
            assert np.mean(fit == cycles) == pytest.approx(share, abs=4 * share_error(share, patients))
