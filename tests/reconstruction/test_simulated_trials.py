"""Simulated trials: what each kind is, and that they are the same on every machine."""

from collections import Counter
from hashlib import sha256

import numpy as np
import pytest

from netterbook.errors import ParameterError
from netterbook.methods import patients
from netterbook.reconstruction import simulated_trials as simulated
from netterbook.reconstruction.simulated_trials import ARM_FAMILIES, DESIGNS, NUMBER, simulated_trial

TRIALS = [simulated_trial(number) for number in range(1, NUMBER + 1)]
DIGEST = "1424ec13b3ee994f"


def test_they_are_the_same_on_every_machine():
    """Times in whole steps of the record, so that no last digit counts."""
    digest = sha256()
    for trial in TRIALS:
        steps = np.round(trial.time / trial.time_step).astype(np.int64)
        for column in (steps, trial.event, trial.arm):
            digest.update(column.astype("<i4").tobytes())
        digest.update(repr((trial.name, trial.scans, trial.wrong_scans)).encode())
    assert digest.hexdigest()[:16] == DIGEST


def test_every_family_has_every_design_and_a_third_is_held_out():
    assert NUMBER == len(TRIALS) == len(ARM_FAMILIES) * len(DESIGNS) >= 60
    assert set(Counter(trial.family for trial in TRIALS).values()) == {len(DESIGNS)}
    held_out = [trial for trial in TRIALS if trial.held_out]
    assert Counter(trial.family for trial in held_out) == dict.fromkeys(ARM_FAMILIES, len(DESIGNS) // 3)
    assert Counter(trial.recording for trial in held_out) == {"days": 10, "steps": 14}
    assert Counter(bool(trial.scans) for trial in held_out) == {True: 12, False: 12}


def test_sizes_go_from_thirty_to_four_thousand():
    n = np.array([len(trial.time) for trial in TRIALS])
    assert n.min() >= 30 and n.min() < 40 and n.max() <= 4000 and n.max() > 3500
    assert Counter(trial.size for trial in TRIALS) == {"middle": 36, "small": 24, "large": 12}
    assert min(trial.own(a)[1].sum() for trial in TRIALS for a in (0, 1)) >= 3


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_times_are_those_that_the_record_can_hold(trial):
    steps = trial.time / trial.time_step
    assert np.abs(steps - steps.round()).max() < 1e-6 and steps.min() >= 1
    assert trial.recording == ("days" if ", days" in trial.name else "steps")
    assert (
        trial.unit
        == {"days": "months", "weeks": "weeks", "months": "months", "tenths of a year": "years"}[
            trial.name.split(", ")[1]
        ]
    )


@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial.scans], ids=lambda trial: trial.name)
def test_progression_is_found_soon_after_scans_and_patients_are_censored_at_them(trial):
    scans, grain = np.append(0, trial.scans), trial.time_step
    assert 6 <= int(trial.name.split("every ")[1].split()[0]) <= 12 and (np.diff(scans) > 0).all()
    assert scans[-1] > trial.time.max()
    first = scans[1]
    after = trial.time - scans[np.searchsorted(scans, trial.time + grain, side="right") - 1]  # since the last scan
    soon = (after > -1.01 * grain) & (after < 0.4 * first + 1.01 * grain)
    assert soon[trial.event == 0].all()
    if grain < first / 10 and trial.event.sum() > 50:  # else every time is near a scan
        assert soon[trial.event == 1].mean() > 0.7
        assert soon[trial.event == 1].mean() < 0.99  # and some are seen between visits
    near = np.abs(np.subtract.outer(trial.scans, trial.wrong_scans)).min(axis=1) < 1e-6
    assert near[np.array(trial.scans) <= trial.time.max()].mean() <= 0.35


def test_without_scans_events_come_at_any_time():
    trial = max((trial for trial in TRIALS if not trial.scans and trial.recording == "days"), key=lambda t: t.time.size)
    weeks = trial.time[trial.event == 1] * simulated.WEEKS_A_MONTH
    for every in simulated.SCAN_INTERVALS:
        assert 0.25 < (weeks % every < 0.4 * every).mean() < 0.55


def large(family):
    return [trial for trial in TRIALS if trial.family == family and trial.size == "large"]


def ratio(trial, low, high):
    """Hazard ratio among those still followed at ``low``, censored at ``high``."""
    left = trial.time > low
    time = np.minimum(trial.time, high)[left]
    return patients.cox(time, (trial.event * (trial.time <= high))[left], trial.arm[left]).hr


def early_and_late(trial):
    """Of the first three tenths of the events and of the last quarter."""
    early, late = np.quantile(trial.time[trial.event == 1], [0.3, 0.75])
    return ratio(trial, 0, early), ratio(trial, late, trial.time.max())


@pytest.mark.parametrize(
    ("family", "seen"),
    [
        ("proportional", lambda early, late: abs(np.log(early / late)) < 0.35),
        ("delayed", lambda early, late: late < early),
        ("crossing", lambda early, late: early > 1 > late),
        ("waning", lambda early, late: early < late),
    ],
)
def test_hazard_ratios_by_time_are_those_of_the_family(family, seen):
    assert all(seen(*early_and_late(trial)) for trial in large(family))


def test_some_of_the_cured_never_have_an_event():
    rng = np.random.default_rng(1)
    hazard = simulated._hazard("cured", rng)
    time = simulated._event_times(rng, np.repeat([0, 1], 10_000), hazard, np.ones(20_000))
    assert np.isinf(time).mean() == pytest.approx(hazard.cured, abs=0.01) and hazard.cured >= 0.15


def test_losses_tell_of_the_outlook_where_censoring_is_informative():
    """Among the first lost, a poor outlook: whoever stays has events later than all would."""
    rng = np.random.default_rng(3)
    outlook = np.exp(0.8 * rng.normal(size=40_000))
    time = simulated._event_times(rng, np.zeros(40_000, int), simulated._Hazard(1, 1, 1, 0), outlook)
    assert np.median(time[outlook > 2]) < 0.5 * np.median(time[outlook < 0.5])


@pytest.mark.parametrize("number", [0, NUMBER + 1])
def test_other_numbers_are_refused(number):
    with pytest.raises(ParameterError, match=f"no simulated trial {number}; give a number from 1 to {NUMBER}"):
        simulated_trial(number)
