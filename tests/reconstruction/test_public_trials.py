"""Public data sets: sizes and results as published, and what is held out."""

import sys

import numpy as np
import pytest

from netterbook.errors import ParameterError
from netterbook.methods import patients
from netterbook.reconstruction import public_trials as public
from netterbook.reconstruction.public_trials import PUBLIC, public_trials

pytest.importorskip("SurvSet")

PUBLISHED = {  # patients, events, patients of arm 1, hazard ratio
    "rossi: financial aid v none": (432, 114, 216, 0.69),  # Rossi, Berk and Lenihan 1980
    "lymphoma: stage IV v III": (80, 54, 61, None),  # Matthews and Farewell 1985: 19 of stage III, 61 of stage IV
    "anderson: 6-MP v placebo": (42, 30, 21, 0.21),  # Freireich, Blood 1963
    "larynx: stage III–IV v I–II": (90, 50, 40, None),  # Kardaun, Stat Neerl 1983: 33, 17, 27 and 13 of stages I to IV
    "kidney_transplant: 50 or older v younger": (863, 140, 289, None),  # Klein and Moeschberger 1997, section 1.7
    "lung: women v men": (228, 165, 90, 0.59),  # Loprinzi, J Clin Oncol 1994
    "lymph_node_recurrence: hormone therapy v none": (686, 299, 246, 0.69),  # Schumacher, J Clin Oncol 1994
    "lymph_node_death: hormone therapy v none": (686, 171, 246, None),
    "veteran: test v standard": (137, 128, 68, 1.02),  # Kalbfleisch and Prentice 1980
    "colon: levamisole and fluorouracil v observation": (619, 291, 304, 0.69),  # Moertel, Ann Intern Med 1995
    "pbc: penicillamine v placebo": (312, 125, 158, 1.06),  # Fleming and Harrington 1991
    "e1684: interferon v observation": (284, 196, 144, 0.70),  # Kirkwood, J Clin Oncol 1996, relapse
    "actg: indinavir v none": (1151, 96, 574, 0.50),  # Hammer, N Engl J Med 1997: 63 and 33 events
    "glioma: radioimmunotherapy v control": (37, 23, 19, None),  # Grana, Br J Cancer 2002
    "retinopathy: laser v none": (394, 155, 197, 0.46),  # Huster, Biometrics 1989: 101 and 54 eyes
}


@pytest.fixture(scope="module")
def trials():
    return [trial for name in PUBLIC for trial in public_trials(name)]


def test_sizes_events_and_hazard_ratios_are_the_published_ones(trials):
    by_name = {trial.name: trial for trial in trials}
    for name, (n, events, arm_1, hr) in PUBLISHED.items():
        trial = by_name[name]
        assert (len(trial.time), int(trial.event.sum()), int(trial.arm.sum())) == (n, events, arm_1), name
        if hr is not None:
            assert abs(patients.cox(trial.time, trial.event, trial.arm).hr - hr) < 0.0051, name


def test_there_are_sixty_comparisons_of_thirty_patients_or_more(trials):
    assert len(trials) >= 60 and len({trial.name for trial in trials}) == len(trials)
    assert len({trial.family for trial in trials}) == len(PUBLIC) >= 40
    for trial in trials:
        assert 30 <= len(trial.time) <= 4000 and set(trial.arm) == {0, 1} and set(trial.event) == {0, 1}
        assert (trial.time > 0).all() and np.isfinite(trial.time).all()
        assert trial.time.dtype == float and trial.event.dtype == trial.arm.dtype == np.int64
        assert min(trial.own(a)[1].sum() for a in (0, 1)) >= 5, trial.name


def test_every_recorded_time_is_a_multiple_of_its_step(trials):
    for trial in trials:
        if trial.time_step is not None:
            steps = trial.time / trial.time_step
            assert np.abs(steps - steps.round()).max() < 1e-6, trial.name


def test_strata_are_filled(trials):
    assert sum(trial.recording == "steps" for trial in trials) >= 15
    assert sum(trial.size == "large" for trial in trials) >= 10
    assert sum(trial.size == "small" for trial in trials) >= 5


def test_a_third_is_held_out_whole_data_sets_never_seen(trials):
    held_out = {trial.family for trial in trials if trial.held_out}
    assert held_out == public.held_out_sets() and not held_out & public.LOOKED_AT
    assert held_out.isdisjoint(trial.family for trial in trials if not trial.held_out)
    assert 0.28 < np.mean([trial.held_out for trial in trials]) < 0.4


def test_who_belongs_to_neither_group_is_left_out():
    """260 of 929 patients with colon cancer had levamisole alone or observation with it: 315, 310 and 304 in all."""
    both, one, *_ = public_trials("colon")
    assert np.bincount(both.arm).tolist() == [315, 304] and np.bincount(one.arm).tolist() == [315, 310]


def test_an_unknown_data_set_is_refused():
    with pytest.raises(ParameterError, match="no data set 'none'; there are: rossi, lymphoma"):
        public_trials("none")


def test_without_survset_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "SurvSet.data", None)
    assert len(public_trials("rossi")) == 1
    with pytest.raises(ParameterError, match=r"pip install 'netterbook\[validate\]'"):
        public_trials("veteran")
