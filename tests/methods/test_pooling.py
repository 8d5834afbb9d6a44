"""What many sets of patients say together."""

import numpy as np
import pytest

from netterbook.audit import ensembles
from netterbook.methods import patients, pooling
from netterbook.methods.patient_sets import PatientSets


def test_pooled_rates_of_sets_that_were_given_a_rate_are_as_printed(ledger, known):
    found = ensembles.reconstruct(ledger, known["netter1"], "pfs", "nothing", 200, 1)
    rates = pooling.pooled_rates(found, 20, 0.95)
    for arm, group in (("lu", "experimental"), ("control", "control")):
        assert [100 * each for each in rates[group]] == pytest.approx(
            ledger.estimate(f"netter1.results.pfs20_{arm}"), abs=0.05
        )


def one_set(time, event):
    return PatientSets(np.tile(time, (1, 2)), np.tile(event, (1, 2)), np.repeat([0, 1], len(time)))


def test_pooled_rates_of_one_set_are_those_of_its_curve():
    time, event = np.arange(1.0, 21.0), np.tile([1, 1, 0, 1], 5)
    expected = patients.survival_rate(time, event, 10, 0.9)
    rates = pooling.pooled_rates(one_set(time, event), 10, 0.9)
    assert rates["control"] == pytest.approx(tuple(expected)) == rates["experimental"]


def test_sets_in_which_all_survive_have_no_value():
    rates = pooling.pooled_rates(one_set(np.arange(1.0, 6.0), np.array([0, 0, 0, 1, 1])), 2, 0.95)
    assert np.isnan(rates["control"]).all()
