"""The law of patients before anything is printed: lattice, hazards, visits, and trials drawn from it."""

import numpy as np
import pytest

from netterbook.errors import ParameterError
from netterbook.methods import patients
from netterbook.reconstruction import model
from netterbook.reconstruction.hazards import visit_shape
from netterbook.reconstruction.lattice import LEAST, WITHIN, lattice


def test_a_fine_lattice_holds_what_was_printed():
    """Ends, columns and times of rates exactly, and some points within the rounding of a median."""
    ends, columns = [21.315789473684212, 20.0], [np.array([0, 6.0, 12.003])] * 2
    made = lattice(columns, ends, [(6.0, 6.0), (8.35, 8.45), (7.115, 7.125)], None)
    assert LEAST <= len(made.time) <= 5 * LEAST and np.all(np.diff(made.time) > 0) and made.time[-1] == ends[0]
    assert {20.0, 6.0, 12.003} <= set(made.time.tolist())
    for low, high in ((8.35, 8.45), (7.115, 7.125)):
        assert np.sum((made.time >= low) & (made.time <= high)) >= WITHIN
    for a in (0, 1):
        assert made.points[a, 0, 0] == 0 and made.points[a, -1, 1] == made.upto(ends[a])
        assert [made.time[first] for first, _ in made.points[a, 1:]] == [6.0, 12.003]
        assert np.array_equal(made.points[a, 1:, 0], made.points[a, :-1, 1])


@pytest.mark.filterwarnings("error")
def test_a_median_known_to_be_below_a_time_has_points_from_0_on():
    """As of a median printed as <0.001."""
    made = lattice([np.array([0, 6.0])] * 2, [12.0, 12.0], [(-np.inf, 0.001)], None)
    assert made.time[0] > 0 and np.sum(made.time <= 0.001) >= WITHIN


def test_more_points_can_be_asked_for():
    columns, ends = [np.array([0, 6.0])] * 2, [30.0, 30.0]
    few, many = (len(lattice(columns, ends, [], None, least).time) for least in (LEAST, 6 * LEAST))
    assert LEAST <= few < 6 * LEAST <= many


def test_a_step_leaves_nothing_between():
    made = lattice([np.array([0, 4.0])] * 2, [11.0, 9.0], [(5.35, 5.45)], 1.0)
    assert made.time.tolist() == list(range(1, 12))
    assert made.points[1].tolist() == [[0, 3], [3, 9]]


def test_visits_move_losses_in_time_but_make_none():
    """The hazard's mean over a visit's period stays, and a loss dated late is likelier than one dated early."""
    time = np.round(np.arange(1, 1201) * 0.02, 6)
    at = model.times(time, 24.0, [3, 6, 9, 12, 15, 18, 21])
    shape = np.empty(len(time))
    visit_shape(at, 0, np.array([0.8, 0.1]), shape)
    for due in (6, 9, 12):
        period = (time > due - 1.5) & (time <= due + 1.5)
        assert shape[period].sum() == pytest.approx(at.width[0][period].sum(), rel=0.01)
        near = np.abs(time - due) < 0.5
        assert shape[near].sum() / shape[period].sum() == pytest.approx(0.8 + 0.2 / 3, abs=0.02)
        assert shape[near & (time > due)].sum() > 1.5 * shape[near & (time < due)].sum()
    visit_shape(at, 0, np.array([0.0, 0.1]), shape)
    assert shape == pytest.approx(at.width[0])


def test_visits_of_a_record_in_steps_are_rounded_to_them():
    """In whole months scans every 8 weeks lie on months 2, 4, 6, 7, and so on; all dates of a visit find a month."""
    time, due = np.arange(1.0, 31.0), [56 * k / 30.4375 for k in range(1, 17)]
    at = model.times(time, 30.0, due, step=1.0)
    shape = np.empty(len(time))
    visit_shape(at, 0, np.array([0.9, 0.2]), shape)
    assert shape[:28].sum() == pytest.approx(28, rel=0.02)
    visit_shape(at, 0, np.array([0.9, 0.02]), shape)
    assert shape[:28].sum() == pytest.approx(28, rel=0.02)
    assert time[:26][shape[:26] > 1].tolist() == np.round(due[:14]).tolist()
    visit_shape(at, 0, np.array([0.0, 0.2]), shape)
    assert shape == pytest.approx(np.ones(30))


def test_steps_so_fine_that_they_do_not_matter_leave_visits_as_they_are():
    time = np.round(np.arange(1, 1201) * 0.02, 6)
    at, stepped = (model.times(time, 24.0, [3, 6, 9, 12, 15, 18, 21], step=step) for step in (None, 0.02))
    shapes = np.empty((2, len(time)))
    for times, shape in zip((at, stepped), shapes, strict=True):
        visit_shape(times, 0, np.array([0.8, 0.1]), shape)
    assert shapes[1] == pytest.approx(shapes[0], abs=0.02 * shapes[0].max())


def test_scans_closer_than_the_steps_of_the_record_say_nothing():
    time = np.arange(1.0, 31.0)
    model.times(time, 30.0, np.arange(1.0, 31.0), step=1.0)
    with pytest.raises(ParameterError, match="too close together"):
        model.times(time, 30.0, np.arange(0.9, 31.0, 0.9), step=1.0)


@pytest.mark.parametrize("scans", [[30.0], [0.02, 0.04], [6, 3], [0.0, 3], ["a"], [[3.0]]])
def test_impossible_scans(scans):
    with pytest.raises(ParameterError, match="scans are"):
        model.times(np.arange(1, 1201) * 0.02, 24.0, scans)


def test_trials_of_the_prior_have_the_hazards_of_the_prior():
    """Survival at 2 / 5 of follow-up in 400 trials, from their patients and from their hazards, agrees in the mean."""
    law = model.prior(model.FOLLOW_UP)
    at = model.times(np.round(np.arange(1, 1651) * 0.02, 6), model.FOLLOW_UP, (), closed=True)
    early = at.time <= 0.4 * model.FOLLOW_UP
    seen, meant = [], []
    for seed in range(400):
        log = model._log_hazards(np.random.default_rng([seed, 1]), law)
        meant.append(np.exp(-np.sum(np.exp(log[0, 0, at.cell]) * at.width[0] * early)))
        time, event = model._lost(np.random.default_rng([seed, 1]), law, at, np.array([400, 1]), False)
        own = slice(0, 400)
        curve = patients.kaplan_meier(time[own], event[own])
        seen.append(curve.at(0.4 * model.FOLLOW_UP))
    both = np.array([seen, meant], dtype=float)
    both = both[:, ~np.isnan(both).any(axis=0)]
    assert both.shape[1] > 250
    assert np.mean(both[0] - both[1]) == pytest.approx(0, abs=4 * np.std(both[0] - both[1]) / np.sqrt(both.shape[1]))
    assert np.corrcoef(both)[0, 1] > 0.95


def test_trials_of_the_prior_are_what_a_paper_would_print():
    rng = np.random.default_rng(7)
    kinds = set()
    for _ in range(12):
        trial = model.prior_trial(rng)
        kinds.add(("scans" in trial.options, "time_step" in trial.options))
        share = np.array([trial.event[trial.arm == a].mean() for a in (0, 1)])
        assert np.all((share >= 0.1) & (share <= 0.95)) and trial.time.max() == model.FOLLOW_UP
        assert set(trial.arms["events"]) == {trial.event[trial.arm == a].sum() for a in (0, 1)}
        if "time_step" in trial.options:
            assert np.all(trial.time == np.round(trial.time))
    assert len(kinds) == 3
