import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from netterbook.audit.given import margins
from netterbook.methods import patients
from netterbook.reconstruction import Reconstruction
from netterbook.reconstruction.strata import assign_strata, stratified_hr

COLUMNS = ["factor", "level", "arm", "n", "events"]


def trial(seed=1, n=(40, 60), draws=4):
    """Draws of one trial: other times and other patients with events, as many of them in each."""
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1], n)
    time = rng.exponential(np.where(arm == 1, 12, 6), (draws, arm.size)).round(3) + 0.001
    event = np.concatenate([rng.permuted(np.tile(np.arange(k) % 3 > 0, (draws, 1)), axis=1) for k in n], axis=1)
    return Reconstruction(time, event.astype(np.int64), arm, (), draws)


def margins_of(found, factors, draw=0):
    """The margins of labels: factor -> a level (number) a patient."""
    rows = []
    for factor, label in factors.items():
        for number in np.unique(label):
            for arm in (0, 1):
                own = (found.arm == arm) & (label == number)
                rows.append((factor, f"level {number}", arm, own.sum(), found.event[draw, own].sum()))
    return pd.DataFrame(rows, columns=COLUMNS)


def dealt(found, seed=2):
    rng = np.random.default_rng(seed)
    return {"grade": rng.choice(3, found.arm.size, p=[0.6, 0.3, 0.1]), "site": rng.choice(2, found.arm.size)}


def counts(found, label, draw, arm):
    own = found.arm == arm
    return [
        ((label[draw, own] == k).sum(), found.event[draw, own][label[draw, own] == k].sum()) for k in np.unique(label)
    ]


# ---- margins


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_margins_hold_in_every_draw_arm_and_level(seed):
    found = trial(seed)
    margins = margins_of(found, dealt(found, seed))
    strata = assign_strata(found, margins, seed)
    assert strata.shape == found.event.shape
    assert set(np.unique(strata)) <= set(range(6))
    for factor, label in (("grade", strata // 2), ("site", strata % 2)):
        table = margins[margins.factor == factor]
        for arm in (0, 1):
            printed = list(zip(*(table.loc[table.arm == arm, x] for x in ("n", "events")), strict=True))
            for draw in range(found.draws):
                assert counts(found, label, draw, arm) == printed


def test_margins_of_netter2_hold(ledger, known):
    """The printed ones: 151 and 75 patients with 55 and 46 events, by grade and by origin."""
    table, ids = margins(ledger, known["netter2"])
    assert len(ids) == 2 * len(table) == 16
    assert table.groupby(["factor", "arm"])[["n", "events"]].sum().to_numpy().tolist() == [[75, 46], [151, 55]] * 2
    rng = np.random.default_rng(3)
    arm = np.repeat([0, 1], [75, 151])
    event = np.concatenate([rng.permutation(np.arange(75) < 46), rng.permutation(np.arange(151) < 55)])
    found = Reconstruction(rng.exponential(10, (3, 226)), np.tile(event.astype(np.int64), (3, 1)), arm, (), 3)
    strata = assign_strata(found, table)
    for number, (factor, levels) in enumerate(known["netter2"].strata.items()):
        label = strata // 2 if number == 0 else strata % 2
        for a in (0, 1):
            rows = table[(table.factor == factor) & (table.arm == a)].set_index("level").loc[list(levels)]
            for draw in range(3):
                assert counts(found, label, draw, a) == list(zip(rows.n, rows.events, strict=True))


def test_one_level_and_no_factor_are_no_strata():
    found = trial()
    alone = pd.DataFrame([("all", "all", a, n, found.event[0, found.arm == a].sum()) for a, n in ((0, 40), (1, 60))])
    for margin in (alone.set_axis(COLUMNS, axis=1), pd.DataFrame(columns=COLUMNS)):
        strata = assign_strata(found, margin)
        assert not strata.any()
        assert stratified_hr(found, strata) == pytest.approx(found.values("hr"))


def test_the_order_of_the_levels_names_the_strata():
    found = trial()
    margins = margins_of(found, {"grade": dealt(found)["grade"]})
    turned = margins.iloc[::-1]
    assert turned.level.iloc[0] == "level 2"
    for arm in (0, 1):
        n = margins[margins.arm == arm].n.tolist()
        assert np.bincount(assign_strata(found, turned)[0, found.arm == arm]).tolist() == n[::-1]


# ---- errors


@pytest.mark.parametrize(
    ("column", "change", "said"),
    [
        ("n", 1, "site, arm 1: n of its levels add up to 61, not 60"),
        ("n", -1, "site, arm 1: n of its levels add up to 59, not 60"),
        ("events", 1, "site, arm 1: events of its levels add up to 41, not 40"),
    ],
)
def test_levels_that_do_not_add_up(column, change, said):
    found = trial()
    margins = margins_of(found, dealt(found))
    row = margins.index[(margins.factor == "site") & (margins.arm == 1)][0]
    margins.loc[row, column] += change
    with pytest.raises(ValueError, match=said):
        assign_strata(found, margins)


def test_draws_of_other_events_than_the_margins():
    found = trial()
    margins = margins_of(found, dealt(found))
    event = found.event.copy()
    event[2, np.flatnonzero(event[2] == 0)[0]] = 1
    with pytest.raises(ValueError, match="arm 0: events of its levels add up to 26, not 27"):
        assign_strata(Reconstruction(found.time, event, found.arm, (), 4), margins)


def test_more_events_than_patients_in_a_level():
    found = trial()
    rows = [("site", "here", 0, 5, 7), ("site", "there", 0, 35, 19), ("site", "here", 1, 5, 3)]
    margins = pd.DataFrame([*rows, ("site", "there", 1, 55, 37)], columns=COLUMNS)
    assert margins.groupby("arm").events.sum().tolist() == [26, 40]
    with pytest.raises(ValueError, match="site, arm 0"):
        assign_strata(found, margins)


@pytest.mark.parametrize("left_out", [["level 0", "level 1"], ["level 0"]])
def test_a_level_or_an_arm_that_is_missing(left_out):
    found = trial()
    margins = margins_of(found, {"site": dealt(found)["site"]})
    margins = margins[~((margins.arm == 1) & margins.level.isin(left_out))]
    with pytest.raises(ValueError, match="site, arm 1"):
        assign_strata(found, margins)


@pytest.mark.parametrize("status", [0, 1])
def test_an_arm_with_no_events_or_nothing_else(status):
    found = trial(draws=1)
    event = np.where(found.arm == 1, status, found.event)
    found = Reconstruction(found.time, event, found.arm, (), 1)
    label = dealt(found)["site"]
    strata = assign_strata(found, margins_of(found, {"site": label}))
    assert np.bincount(strata[0, found.arm == 1]).tolist() == np.bincount(label[found.arm == 1]).tolist()


def test_a_level_without_patients_in_an_arm():
    found = trial()
    label = np.where(found.arm == 1, 0, dealt(found)["site"])
    strata = assign_strata(found, margins_of(found, {"site": label}))
    assert not strata[:, found.arm == 1].any()


# ---- chance


def test_the_seed_decides():
    found = trial()
    margins = margins_of(found, dealt(found))
    assert np.array_equal(assign_strata(found, margins), assign_strata(found, margins, 1))
    one, again, other = (assign_strata(found, margins, seed) for seed in (5, 5, 6))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_who_leaves_early_is_more_often_of_the_worse_level():
    """Of the patients with an event, those of the level with the higher hazard have it earlier, on average."""
    found = prognostic()[0]
    strata = assign_strata(found, prognostic()[1])
    for arm in (0, 1):
        for status in (0, 1):
            group = (found.arm == arm) & (found.event == status)
            worse, better = (found.time[group & (strata == k)].mean() for k in (1, 0))
            assert worse < better


# ---- stratified hazard ratio


def test_stratified_hr_is_that_of_cox():
    found = trial()
    strata = assign_strata(found, margins_of(found, dealt(found)))
    expected = [patients.cox(found.time[i], found.event[i], found.arm, strata[i]).hr for i in range(found.draws)]
    assert stratified_hr(found, strata).tolist() == expected


def test_stratified_hr_is_that_of_lifelines():
    found = trial(draws=2)
    strata = assign_strata(found, margins_of(found, dealt(found)))
    for i, hr in enumerate(stratified_hr(found, strata)):
        table = pd.DataFrame({"t": found.time[i], "e": found.event[i], "arm": found.arm, "s": strata[i]})
        fit = CoxPHFitter().fit(table, "t", "e", strata=["s"], fit_options={"precision": 1e-10})
        assert hr == pytest.approx(np.exp(fit.params_["arm"]), rel=1e-5)


def prognostic(n=600, draws=20):
    """A trial of hazard ratio 0.35 whose worse half has six times the hazard; the draws are all its own patients."""
    rng = np.random.default_rng(8)
    arm = np.repeat([0, 1], n // 2)
    worse = np.tile([0, 1], n // 2)
    time = rng.exponential(20 / (6.0**worse * np.where(arm == 1, 0.35, 1)))
    leave = rng.uniform(10, 40, n)
    event = (time <= leave).astype(np.int64)
    found = Reconstruction(np.tile(np.minimum(time, leave), (draws, 1)), np.tile(event, (draws, 1)), arm, (), draws)
    return found, margins_of(found, {"grade": worse}), worse


def test_strata_move_the_hazard_ratio_as_the_true_ones_do():
    """Leaving out strong strata draws a hazard ratio towards 1 (Gail, Biometrika 1984;71:431-44)."""
    found, margins, worse = prognostic()
    plain = patients.cox(found.time[0], found.event[0], found.arm).hr
    true = patients.cox(found.time[0], found.event[0], found.arm, worse).hr
    assert true < plain - 0.05 < 1
    moved = stratified_hr(found, assign_strata(found, margins))
    spread = moved.std() / np.sqrt(found.draws)
    assert moved.mean() < plain - 5 * spread
    assert abs(np.log(moved.mean() / true)) < abs(np.log(plain / true))


def test_strata_that_say_nothing_leave_the_hazard_ratio():
    """Levels dealt without regard to outcome: no change beyond a tenth of the standard error, on average."""
    found = prognostic()[0]
    margins = margins_of(found, {"coin": np.random.default_rng(4).permutation(np.tile([0, 1], 300))})
    hr, _, _, error = patients.cox(found.time[0], found.event[0], found.arm)
    moved = stratified_hr(found, assign_strata(found, margins))
    assert abs(np.log(moved).mean() - np.log(hr)) < 0.1 * error
