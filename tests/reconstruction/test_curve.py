"""Patients reconstructed from digitised curves whose patients are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import datasets

from netterbook.methods.patients import cox, kaplan_meier, median_survival, rmst
from netterbook.reconstruction import checks, clicked_curve, reading
from netterbook.reconstruction import curve as module
from netterbook.reconstruction.curve import from_curve

EXAMPLES = Path(__file__).parents[2] / "examples"


def arm_tables(time, event, step, points, arm=0, tmax=None):
    """What a paper prints of an arm, with its digitised curve."""
    time = np.asarray(time, float)
    grid = np.arange(0, time.max() + step, step)
    at_risk = [(time >= t).sum() for t in grid]
    return (
        pd.DataFrame({"arm": arm, "time": points[0], "survival": points[1]}),
        pd.DataFrame({"arm": arm, "time": grid, "n_risk": at_risk}),
        pd.DataFrame({"arm": [arm], "n": [len(time)], "events": [int(np.sum(event))], "tmax": [time.max()]}),
    )


def rebuilt(*tables, **options):
    """The patients of the one draw."""
    return from_curve(*tables, **options).patients.drop(columns="draw")


def corners(time, event, decimals=8):
    """Every lower corner, as read from a vector figure."""
    km = kaplan_meier(time, event)
    drop = km.events > 0
    return np.append(0, km.time[drop]), np.append(1, np.round(km.survival[drop], decimals))


def clicks(time, event, rng, axis, number=40, error=0.003):
    """Clicks by hand: lower corners and points between them, blurred alike across and up."""
    km = kaplan_meier(time, event)
    drop = km.time[km.events > 0]
    if len(drop) > 60:
        drop = np.sort(rng.choice(drop, 60, replace=False))
    at = np.concatenate([drop, np.linspace(0, np.max(time), number)])
    height = np.append(1, km.survival)[np.searchsorted(km.time, at, side="right")]
    at = np.abs(at + rng.normal(0, error * axis, len(at)))
    return at, np.round(np.clip(height + rng.normal(0, error, len(at)), 0, 1), 3)


def trial(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(100, 300)
    arm = np.arange(n) % 2
    event_time = rng.weibull(1.2, n) * 15 * np.where(arm, 1 / rng.uniform(0.4, 1), 1)
    censoring = np.minimum(rng.uniform(8, 30, n), rng.exponential(120, n))
    return pd.DataFrame({"time": np.minimum(event_time, censoring), "event": event_time <= censoring, "arm": arm})


def both_arms(patients, step, read):
    tables = []
    for arm, own in patients.groupby("arm"):
        time, event = own.time.to_numpy(), own.event.to_numpy(int)
        tables.append(arm_tables(time, event, step, read(time, event), arm))
    return [pd.concat(kind, ignore_index=True) for kind in zip(*tables, strict=True)]


def assert_kept(patients, at_risk, arms):
    assert sorted(patients.arm.unique()) == sorted(arms.arm)
    for row in arms.itertuples():
        own = patients[patients.arm == row.arm]
        assert len(own) == row.n
        assert (own.time >= 0).all() and own.event.isin([0, 1]).all() and own.time.is_monotonic_increasing
        if "events" in arms:
            assert own.event.sum() == row.events
        if "tmax" in arms:
            assert own.time.max() <= row.tmax
        for grid in at_risk[at_risk.arm == row.arm].itertuples():
            assert (own.time >= grid.time).sum() == grid.n_risk, grid


def log_hr_to(got, time, event):
    """Log hazard ratio of one reconstructed arm to its patients."""
    arm = np.repeat([0, 1], [len(time), got.time.shape[1]])
    return np.log(cox(np.append(time, got.time[0]), np.append(event, got.event[0]), arm).hr)


def log_hr(patients):
    return np.log(cox(patients.time, patients.event, patients.arm).hr)


def lifelines_trials():
    rossi = datasets.load_rossi()
    yield "rossi", pd.DataFrame({"time": rossi.week, "event": rossi.arrest, "arm": rossi.fin}), 8
    lung = datasets.load_lung().dropna(subset=["time", "status"])
    yield "lung", pd.DataFrame({"time": lung.time / 30.4375, "event": lung.status, "arm": (lung.sex == 2) * 1}), 4
    leukemia = datasets.load_leukemia()
    yield "leukemia", pd.DataFrame({"time": leukemia.t, "event": leukemia.status, "arm": 1 - leukemia.Rx}), 5
    larynx = datasets.load_larynx()
    late = larynx.filter(like="Stage_I").get(["Stage_III", "Stage_IV"]).max(axis=1)
    yield "larynx", pd.DataFrame({"time": larynx.time, "event": larynx.death, "arm": late}), 2


LIFELINES = list(lifelines_trials())


def test_clean_curves_of_simulated_trials_give_their_patients_back():
    errors, exact = [], []
    for seed in range(40):
        patients = trial(seed)
        curve, at_risk, arms = both_arms(patients, 4.0, corners)
        got = rebuilt(curve, at_risk, arms.drop(columns="events"))
        assert_kept(got, at_risk, arms.drop(columns="events"))
        errors.append(abs(log_hr(got) - log_hr(patients)))
        exact += list(got.groupby("arm").event.sum().to_numpy() == arms.events)
    assert np.median(errors) <= 0.004 and np.quantile(errors, 0.9) <= 0.015
    assert np.mean(exact) >= 0.95


def test_clicks_on_simulated_trials_give_close_patients():
    errors, means = [], []
    for seed in range(12):
        patients = trial(seed)
        axis, rng = patients.time.max(), np.random.default_rng(seed)
        curve, at_risk, arms = both_arms(patients, 4.0, lambda t, e, r=rng, a=axis: clicks(t, e, r, a))
        got = rebuilt(curve, at_risk, arms)
        assert_kept(got, at_risk, arms)
        errors.append(abs(log_hr(got) - log_hr(patients)))
        for arm in (0, 1):
            own, real = got[got.arm == arm], patients[patients.arm == arm]
            means.append(abs(rmst(own.time, own.event, 12).value / rmst(real.time, real.event, 12).value - 1))
    # Mean and three standard deviations of each over eight seeds of the walk
    assert np.median(errors) <= 0.0104 and np.quantile(errors, 0.9) <= 0.031
    assert np.median(means) <= 0.0015 and np.quantile(means, 0.9) <= 0.0023


@pytest.mark.parametrize(("name", "patients", "step"), LIFELINES, ids=[trial[0] for trial in LIFELINES])
def test_clean_curves_of_real_trials(name, patients, step):
    curve, at_risk, arms = both_arms(patients, step, corners)
    got = rebuilt(curve, at_risk, arms.drop(columns="events"))
    assert_kept(got, at_risk, arms)
    for arm in (0, 1):
        own, real = got[got.arm == arm], patients[patients.arm == arm]
        a, b = median_survival(own.time, own.event).value, median_survival(real.time, real.event).value
        assert a == pytest.approx(b, nan_ok=True)
    assert log_hr(got) == pytest.approx(log_hr(patients), abs=0.02)


@pytest.mark.parametrize(("name", "patients", "step"), LIFELINES, ids=[trial[0] for trial in LIFELINES])
def test_clicks_on_real_trials(name, patients, step):
    rng, axis = np.random.default_rng(2), patients.time.max()
    curve, at_risk, arms = both_arms(patients, step, lambda t, e: clicks(t, e, rng, axis))
    got = rebuilt(curve, at_risk, arms)
    assert_kept(got, at_risk, arms)
    assert log_hr(got) == pytest.approx(log_hr(patients), abs=0.06)


@st.composite
def small_trials(draw):
    n = draw(st.integers(1, 30))
    unit = draw(st.sampled_from([1.0, 0.5, 1 / 30.4375]))
    time = np.array(draw(st.lists(st.integers(1, 40), min_size=n, max_size=n))) * unit
    event = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    event = draw(st.sampled_from([event, np.zeros(n, int), np.ones(n, int)]))
    return time, event, draw(st.sampled_from([3.0, 7.3, 100.0])) * unit


@settings(max_examples=150, deadline=None)
@given(small_trials(), st.integers(2, 8), st.booleans())
def test_any_clean_curve_keeps_all_totals(case, decimals, known):
    time, event, step = case
    curve, at_risk, arms = arm_tables(time, event, step, corners(time, event, decimals))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clicked_curve, "WALK_STEPS", 2000)
        assert_kept(
            rebuilt(curve, at_risk, arms if known else arms.drop(columns="events")),
            at_risk,
            arms if known else arms.drop(columns="events"),
        )


@settings(max_examples=100, deadline=None)
@given(small_trials(), st.integers(0, 1000), st.booleans())
def test_any_clicks_keep_all_totals(case, seed, known):
    time, event, step = case
    curve, at_risk, arms = arm_tables(
        time, event, step, clicks(time, event, np.random.default_rng(seed), time.max(), 15)
    )
    arms = arms if known else arms.drop(columns="events")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clicked_curve, "WALK_STEPS", 5000)
        patch.setattr(module, "check_fit", lambda *_: None)  # which a walk as short as this may fail
        assert_kept(rebuilt(curve, at_risk, arms), at_risk, arms)


def one_arm(seed=3, decimals=8):
    own = trial(seed).query("arm == 0")
    time, event = own.time.to_numpy(), own.event.to_numpy(int)
    return time, event, arm_tables(time, event, 4.0, corners(time, event, decimals))


@pytest.mark.parametrize("factor", [1 / 12, 30.4375, 1e-6])
@pytest.mark.parametrize("read", ["clean", "clicks"])
def test_the_unit_of_time_changes_nothing(factor, read):
    time, event, tables = one_arm()
    if read == "clicks":
        tables = arm_tables(time, event, 4.0, clicks(time, event, np.random.default_rng(0), time.max()))
    months = rebuilt(*tables)
    for table, column in zip(tables, ("time", "time", "tmax"), strict=True):
        table[column] *= factor
    other = rebuilt(*tables)
    other["time"] /= factor
    if read == "clean":
        assert other.event.tolist() == months.event.tolist()
        assert np.allclose(other.time, months.time, rtol=1e-9)
    at = np.linspace(0, time.max(), 50)
    one, two = (kaplan_meier(own.time.to_numpy(), own.event.to_numpy()).at(at) for own in (months, other))
    assert (
        np.abs(one - two).mean() <= 0.0031
    )  # mean and three standard deviations over pairs of twelve seeds of the walk


def test_the_same_input_gives_the_same_patients():
    time, event, _ = one_arm()
    tables = arm_tables(time, event, 4.0, clicks(time, event, np.random.default_rng(0), time.max()))
    pd.testing.assert_frame_equal(rebuilt(*tables), rebuilt(*tables))


def test_staircases_repeats_and_disorder_are_read_as_the_same_curve():
    _, _, (curve, at_risk, arms) = one_arm()
    plain = rebuilt(curve, at_risk, arms)
    upper = curve.assign(survival=curve.survival.shift(fill_value=1.0))
    stairs = pd.concat([curve, upper, curve.iloc[5:9]]).sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(rebuilt(stairs, at_risk, arms), plain)
    pd.testing.assert_frame_equal(rebuilt(curve.iloc[1:], at_risk, arms), plain)


@pytest.mark.parametrize("decimals", [3, 4, 5])
def test_coarse_coordinates_still_give_a_close_curve(decimals):
    time, event, (curve, at_risk, arms) = one_arm(decimals=decimals)
    got = rebuilt(curve, at_risk, arms)
    assert_kept(got, at_risk, arms)
    assert rmst(got.time, got.event, 15).value == pytest.approx(rmst(time, event, 15).value, rel=2e-3)


def test_many_patients_at_three_decimals_take_no_longer_than_a_breath():
    rng = np.random.default_rng(0)
    time, event = rng.exponential(10, 3000).clip(0.01, 12), rng.random(3000) < 0.5
    curve, at_risk, arms = arm_tables(time, event, 2.0, corners(time, event, 3))
    assert_kept(rebuilt(curve, at_risk, arms.drop(columns="events")), at_risk, arms.drop(columns="events"))


def test_without_numbers_at_risk():
    time, event, (curve, at_risk, arms) = one_arm()
    got = rebuilt(curve, at_risk.iloc[:0], arms)
    assert_kept(got, at_risk.iloc[:1], arms)
    assert median_survival(got.time, got.event).value == pytest.approx(median_survival(time, event).value)
    noisy = arm_tables(time, event, 4.0, clicks(time, event, np.random.default_rng(0), time.max()))[0]
    got = rebuilt(noisy, at_risk.iloc[:1], arms)
    assert_kept(got, at_risk.iloc[:1], arms)
    at = [3, 6, 9, 12, 15, 18]
    # Mean and three standard deviations of the largest over eight seeds of the walk
    assert np.allclose(kaplan_meier(got.time, got.event).at(at), kaplan_meier(time, event).at(at), atol=0.021)


def test_events_after_the_last_number_at_risk_are_kept():
    time, event, (curve, at_risk, arms) = one_arm()
    got = rebuilt(curve, at_risk[at_risk.time <= 8], arms.drop(columns=["events", "tmax"]))
    late = np.sort(time[(time > 8) & (event == 1)])
    assert np.allclose(np.sort(got.time[(got.time > 8) & (got.event == 1)].unique()), late)


def test_patients_followed_to_a_common_end_are_censored_there():
    rng = np.random.default_rng(0)
    time = rng.exponential(100, 200).clip(0, 52)
    _, at_risk, arms = tables = arm_tables(time, time < 52, 8, corners(time, time < 52))
    got = rebuilt(*tables)
    assert (got.time == 52).sum() == pytest.approx((time == 52).sum(), abs=5)
    assert_kept(got, at_risk, arms)


@pytest.mark.parametrize("step", [8, 52])
def test_clicks_of_a_common_end_make_no_events_there(step):
    rng = np.random.default_rng(0)
    time = rng.exponential(90, 200).clip(0, 52)
    _, at_risk, arms = tables = arm_tables(time, time < 52, step, clicks(time, time < 52, rng, 52))
    got = rebuilt(tables[0], at_risk, arms.drop(columns="events"))
    assert got.event.sum() == pytest.approx((time < 52).sum(), abs=3)
    assert (got[got.time == 52].event == 0).sum() == pytest.approx((time == 52).sum(), abs=5)


def test_censor_marks_are_the_times_of_the_censored():
    time, event, tables = one_arm()
    marks = pd.DataFrame({"arm": 0, "time": time[event == 0]})
    got = rebuilt(*tables, censor_marks=marks)
    inner = got[(got.event == 0) & (got.time < got.time.max())]
    assert set(inner.time) <= set(marks.time)
    assert np.allclose(np.sort(got.time), np.sort(time), atol=1e-9)
    half = rebuilt(*tables, censor_marks=marks.iloc[::2])
    assert len(half) == len(time)


def test_clicks_a_little_outside_and_far_astray_do_no_harm():
    time, event, _ = one_arm()
    points = clicks(time, event, np.random.default_rng(0), time.max())
    points[1][:3] += 0.01
    points[1][20] -= 0.3
    _, at_risk, arms = tables = arm_tables(time, event, 4.0, points)
    got = rebuilt(*tables)
    assert_kept(got, at_risk, arms)
    assert rmst(got.time, got.event, 15).value == pytest.approx(rmst(time, event, 15).value, rel=0.01)


def changed(table, column, row, value):
    curve, at_risk, arms = one_arm()[2]
    tables = {"curve": curve, "at_risk": at_risk, "arms": arms}
    tables[table] = tables[table].astype({column: object})
    tables[table].loc[row, column] = value
    return tables


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "message"),
    [
        ("curve", "survival", 3, 97.0, "not percent"),
        ("curve", "survival", 3, 1.2, "survival is 1.2"),
        ("curve", "survival", 3, np.nan, "is nan in row 3"),
        ("curve", "survival", 3, "x", "numbers only"),
        ("curve", "time", 3, -1.0, "holds -1"),
        ("curve", "arm", 3, 7, "curve has arm 7"),
        ("at_risk", "n_risk", 2, 1000, "cannot rise"),
        ("at_risk", "n_risk", 2, 20.5, "whole number"),
        ("at_risk", "n_risk", 0, 400, "400 at risk at time 0"),
        ("at_risk", "time", 2, 3.0, "put the times in order"),
        ("at_risk", "n_risk", 2, np.nan, "n_risk is nan in row 2"),
        ("at_risk", "time", 2, -3.0, "holds -3"),
        ("at_risk", "arm", 2, 7, "at_risk has arm 7"),
        ("at_risk", "arm", 2, None, "arm is blank in row 2"),
        ("arms", "n", 0, 0, "no patients"),
        ("arms", "n", 0, np.nan, "n is nan; give a whole number"),
        ("arms", "n", 0, "x", "n is x; give a number"),
        ("arms", "events", 0, 3.5, "events is 3.5; give a whole number"),
        ("arms", "tmax", 0, -5.0, "tmax is -5; give the end"),
        ("arms", "events", 0, 500, "500 events among"),
        ("arms", "tmax", 0, 5.0, "after its tmax 5"),
        ("arms", "events", 0, 2, "2 events do not give this curve"),
    ],
)
def test_impossible_values_are_named(table, column, row, value, message):
    with pytest.raises(ValueError, match=message):
        rebuilt(**changed(table, column, row, value))


def test_contradictions_are_named():
    _, _, (curve, at_risk, arms) = one_arm()
    with pytest.raises(ValueError, match="rises by far more"):
        rebuilt(curve.assign(survival=1 - curve.survival), at_risk, arms)
    n = int(arms.n[0])
    stuck = pd.DataFrame({"arm": 0, "time": [0.0, 12.0], "n_risk": [n, n - 2]})
    said = f"but with {n} at risk at time 0 and {n - 2} at time 12 the nearest possible is {1 - 2 / n:.3f}"
    with pytest.raises(ValueError, match=said):
        rebuilt(curve, stuck, arms)
    with pytest.raises(ValueError, match="curve has no column survival"):
        rebuilt(curve.drop(columns="survival"), at_risk, arms)
    with pytest.raises(ValueError, match="arms has no column n; it needs arm, n"):
        rebuilt(curve, at_risk, arms.drop(columns="n"))
    with pytest.raises(ValueError, match="arm 0 twice; give one row an arm"):
        rebuilt(curve, at_risk, pd.concat([arms, arms]))
    with pytest.raises(ValueError, match="arms is empty"):
        rebuilt(curve.iloc[:0], at_risk.iloc[:0], arms.iloc[:0])
    with pytest.raises(ValueError, match="arm 1: no row in at_risk"):
        rebuilt(curve, at_risk, pd.concat([arms, arms.assign(arm=1)]))
    with pytest.raises(ValueError, match="no point of its curve"):
        rebuilt(curve.iloc[:0], at_risk, arms)
    with pytest.raises(ValueError, match="give tmax"):
        rebuilt(curve.iloc[:1], at_risk.iloc[:1], arms.drop(columns="tmax"))


# ---- Curves and numbers at risk that cannot both hold


def shifted(own):
    """The numbers of the table one column early."""
    return own.assign(n_risk=[own.n_risk.iloc[0], *own.n_risk.iloc[2:], 0])


def ended(own):
    """Zeros in the later half."""
    return own.assign(n_risk=own.n_risk.where(own.time < 18, 0))


def in_quarters(own):
    return own.assign(time=own.time / 3)


MISREAD = [shifted, ended, in_quarters]


def misread(at_risk, how):
    return pd.concat([how(own) for _, own in at_risk.groupby("arm")])


def example():
    curve, at_risk = (pd.read_csv(EXAMPLES / f"simulated-{name}.csv") for name in ("curve", "at-risk"))
    return curve, at_risk, pd.DataFrame({"arm": [0, 1], "n": 60, "events": [50, 27], "tmax": [22.77, 27.78]})


def test_the_example_is_accepted():
    curve, at_risk, arms = example()
    got = from_curve(curve, at_risk, arms.drop(columns="events"))
    assert got.estimate("hr").value == pytest.approx(0.298, abs=5e-4)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("how", "message"),
    [
        (shifted, "arm 0: at time 6.01 the curve steps from 0.5333 to 0.5167, an event of 1 in 32 patients, but with "
         "11 at risk at time 6 and 1 at time 12 the nearest possible is 0.5333; check both, that no column"),
        (ended, "arm 1: at time 18.57 the curve steps from 0.5853 to 0.5403, an event of 1 in 13 patients, but with "
         "nobody at risk from time 18 on the nearest possible is 0.5853"),
        (in_quarters, "arm 0: at time 2.24 the curve steps from 0.8667 to 0.85, an event of 1 in 52 patients, but with "
         "32 at risk at time 2 and 11 at time 4 the nearest possible is 0.8396; .* one unit of time"),
    ],
)  # fmt: skip
def test_a_clean_curve_refuses_a_table_misread(how, message, known):
    curve, at_risk, arms = example()
    with pytest.raises(ValueError, match=message):
        from_curve(curve, misread(at_risk, how), arms if known else arms.drop(columns="events"))


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("how", MISREAD)
def test_clicks_refuse_a_table_misread(how, known):
    for seed in (1, 2, 3):
        patients = trial(seed)
        axis, rng = patients.time.max(), np.random.default_rng(seed)
        curve, at_risk, arms = both_arms(patients, 4.0, lambda t, e, r=rng, a=axis: clicks(t, e, r, a))
        with pytest.raises(ValueError, match=r"the curve is at 0\.\d+, but with .* at risk .* the nearest possible is"):
            from_curve(curve, misread(at_risk, how), arms if known else arms.drop(columns="events"))


def test_few_points_refuse_a_table_too():
    at_risk = pd.DataFrame({"arm": 0, "time": [0, 5], "n_risk": [10, 0]})
    curve = pd.DataFrame({"arm": 0, "time": [1, 3, 6, 8], "survival": [0.9, 0.7, 0.4, 0.2]})
    arms = pd.DataFrame({"arm": [0], "n": [10]})
    with pytest.raises(
        ValueError, match=r"time 8 the curve is at 0\.200, but with nobody at risk from time 5 on .* is 0\.3"
    ):
        from_curve(curve, at_risk, arms)
    with pytest.raises(
        ValueError, match=r"time 8 the curve is at 0\.700, .* the nearest possible is a curve that ends"
    ):
        from_curve(curve.assign(survival=[0.9, 0.7, 0.7, 0.7]), at_risk, arms)
    at_zero = from_curve(curve.assign(survival=[0.9, 0.7, 0.0, 0.0], time=[1, 3, 4.9, 8]), at_risk, arms)
    assert at_zero.time.max() < 5 and any("nobody is at risk from time 5 on" in note for note in at_zero.notes)
    assert from_curve(curve, at_risk.assign(n_risk=[10, 6]), arms).event.sum() >= 8


@settings(max_examples=300, deadline=None)
@given(small_trials(), st.integers(0, 1000))
def test_points_near_the_curve_of_patients_are_never_refused(case, seed):
    time, event, step = case
    rng, axis = np.random.default_rng(seed), time.max()
    km = kaplan_meier(time, event)
    at = np.sort(rng.uniform(0, axis, 20))
    height = np.append(1, km.survival)[np.searchsorted(km.time, at, side="right")]
    near = 0.9 * checks.FAR
    points = at + rng.uniform(-near, near) * axis, np.clip(height + rng.uniform(-near, near), 0, 1)
    tables = arm_tables(time, event, step, (np.clip(points[0], 0, axis), points[1]))
    (totals,) = checks.check_totals(tables[1], tables[2])
    checks.check_numbers_at_risk(checks.check_points(totals, tables[0]), axis)


# ---- Tables that are misprinted or counted otherwise


def test_a_table_that_leaves_out_who_leaves_at_its_times_is_recognised():
    for seed in range(20):
        patients = trial(seed)
        time, event = np.ceil(patients.time.to_numpy()), patients.event.to_numpy(int)
        curve, at_risk, arms = arm_tables(time, event, 6.0, corners(time, event))
        later = at_risk.assign(n_risk=[len(time), *((time > t).sum() for t in at_risk.time[1:])])
        got = from_curve(curve, later, arms)
        assert got.after and not got.misprints
        assert any("leave later than the time above" in note for note in got.notes)
        assert [got.at_risk(0, t)[0] for t in later.time] == list(later.n_risk)
        usual = from_curve(curve, at_risk, arms)
        assert not usual.after
        assert_kept(usual.patients, at_risk, arms)


@pytest.mark.parametrize("by", [-1, 1])
@pytest.mark.parametrize("seed", range(4))
def test_a_number_at_risk_off_by_one_is_found_and_said(seed, by):
    patients = trial(seed).query("arm == 0")
    time, event = patients.time.to_numpy(), patients.event.to_numpy(int)
    curve, at_risk, arms = arm_tables(time, event, 4.0, corners(time, event))
    found = []
    for row in at_risk.index[1:]:
        off = at_risk.assign(n_risk=at_risk.n_risk + by * (at_risk.index == row))
        if off.n_risk.diff().max() > 0 or at_risk.n_risk[row] < 20:
            continue
        got = from_curve(curve, off, arms.drop(columns="events"))
        assert got.event.sum() == event.sum()
        assert log_hr_to(got, time, event) == pytest.approx(0, abs=0.01)
        # A censoring next to the column may stand on either side of it, so that the number is no misprint for certain
        assert got.misprints in ((), ((0, at_risk.time[row], off.n_risk[row], at_risk.n_risk[row]),))
        for misprint in got.misprints:
            assert str(misprint) in got.notes
        found.append(len(got.misprints))
    assert sum(found) >= 1


def test_no_number_at_risk_is_corrected_where_none_is_wrong():
    for seed in range(40):
        curve, at_risk, arms = both_arms(trial(seed), 4.0, corners)
        assert from_curve(curve, at_risk, arms.drop(columns="events")).misprints == ()


def test_heights_read_to_two_decimals_prove_no_misprint():
    for seed in range(10):
        _, _, (curve, at_risk, arms) = one_arm(seed, decimals=2)
        off = at_risk.assign(n_risk=at_risk.n_risk - (at_risk.time == 8))
        got = from_curve(curve, off, arms.drop(columns="events"))
        assert got.misprints == () and not got.after
        assert_kept(got.patients, off, arms.drop(columns="events"))


def test_heights_rounded_to_a_thousandth_are_still_steps():
    errors, exact = [], []
    for seed in range(20):
        patients = trial(seed)
        curve, at_risk, arms = both_arms(patients, 4.0, lambda t, e: corners(t, e, 3))
        got = from_curve(curve, at_risk, arms.drop(columns="events"))
        assert all("every step of a clean curve" in note for note in got.notes if "are taken for" in note)
        errors.append(abs(log_hr(got.patients) - log_hr(patients)))
        exact += list(got.patients.groupby("arm").event.sum().to_numpy() == arms.events)
    assert np.median(errors) <= 0.004 and np.quantile(errors, 0.9) <= 0.015
    assert np.mean(exact) >= 0.9


# ---- Few points


def read_off(points, n, table="", **known):
    """Patients of one arm from points as "time,survival …" and numbers at risk as "time:number …"."""
    time, survival = zip(*(map(float, point.split(",")) for point in points.split()), strict=True)
    rows = [own.split(":") for own in table.split()]
    at_risk = pd.DataFrame({"arm": 0, "time": [float(t) for t, _ in rows], "n_risk": [int(r) for _, r in rows]})
    curve = pd.DataFrame({"arm": 0, "time": time, "survival": survival})
    arms = pd.DataFrame([{"arm": 0, "n": n, **known}])
    got = from_curve(curve, at_risk, arms)
    assert_kept(got.patients, at_risk, arms)
    return got


def heights(got, at):
    return kaplan_meier(got.time[0], got.event[0]).at(np.asarray(at, float))


@pytest.mark.parametrize(
    ("points", "n", "table", "at", "height"),
    [
        ("0,1 2,.97 2,.96 4,.92 6,.88 8,.84 10,.79 12,.74 12.1,.72 14,.66 16,.60 18.9,.55 19,.27 19.4,.27", 60,
         "0:60 8:46 16:13", 19.2, 0.27),
        ("0,1 3,.95 6,.88 9,.84 12,.79 15,.74 18,.70 21,.66 23.5,.61 23.6,.35 24,.35", 100,
         "0:100 6:80 12:52 18:20", 23.8, 0.35),
        ("0,1 5,.9 10,.8 15,.7 20,.6 25,.55 29,.5 29.1,.2 30,.2", 40, "0:40 10:30 20:12", 29.5, 0.2),
        ("0,1 2,.99 4,.97 6,.95 8,.93 10,.91 12,.88 14,.86 16,.86 17.8,.85 17.9,.5 18,.5", 80, "0:80 6:70 12:30",
         17.97, 0.5),
        ("0,1 2.1,.931 4.2,.872 6.1,.818 8.3,.743 10.2,.69 12,.64 13.9,.612 14.1,.203 14.9,.204", 90,
         "0:90 5:70 10:26", 14.6, 0.2),
    ],
)  # fmt: skip
def test_a_late_drop_is_kept_with_patients_censored_at_the_end(points, n, table, at, height):
    assert heights(read_off(points, n, table), [at])[0] == pytest.approx(height, abs=0.02)


@pytest.mark.parametrize(
    ("n", "events", "times"),
    [
        (20, [4, 4, 4, 4], [1, 2, 3, 4]),
        (24, [6, 6, 6], [1, 2, 3]),
        (30, [3, 6, 3, 9], [1.2, 2.7, 3.1, 4.9]),
        (40, [4, 4, 8, 4], [1.2, 2.7, 3.1, 4.9]),
        (12, [3, 3, 3, 3], [1, 2, 3, 4]),
        (10, [2, 2, 2, 2], [1, 2, 3, 4]),
        (50, [5, 5, 5, 5, 5, 5], [1, 2, 3, 4, 5, 6]),
        (10, [5, 5], [3, 5]),
    ],
)
def test_without_a_table_whole_drops_are_events_at_one_time(n, events, times):
    height = 1 - np.cumsum(events) / n
    points = "0,1 " + " ".join(f"{t},{h:.2f}" for t, h in zip(times, height, strict=True))
    got = read_off(points, n)
    assert got.event.sum() == sum(events)
    assert got.time[got.event == 1].tolist() == np.repeat(np.array(times, float), events).tolist()


@pytest.mark.parametrize(
    ("points", "n", "table"),
    [
        ("0,1 12,.5", 20, "0:20 12:19"),
        ("0,1 10,.6", 30, "0:30 10:29"),
        ("0,1 6,.9 12,.4", 40, "0:40 6:38 12:37"),
        ("0,1 12,.5 24,.4", 20, "0:20 12:19 24:5"),
        ("0,1 3,.9 9,.31 12,.3", 50, "0:50 6:45 9:40 12:10"),
    ],
)
def test_a_fall_that_the_number_at_risk_contradicts_is_refused(points, n, table):
    with pytest.raises(ValueError, match=r"the curve .* but with .* at risk .* the nearest possible"):
        read_off(points, n, table)


def test_a_fall_at_the_very_time_of_a_number_at_risk_may_be_exact():
    got = read_off("0,1 12,.5", 20, "0:20 12:18")
    assert heights(got, [12])[0] == 0.5 and (got.time[got.event == 1] == 12).sum() == 9
    assert read_off("0,1 3,0", 30, "0:30 3:30", events=30).event.sum() == 30


@pytest.mark.parametrize("factor", [12, 30.4375])
@pytest.mark.parametrize("decimals", [2, 3])
@pytest.mark.parametrize("table", ["0:60 6:52 12:45 18:35 24:25", "0:100 6:60 12:40", "0:80 12:50 24:22"])
def test_a_curve_in_a_finer_unit_than_its_table_is_refused(factor, decimals, table):
    at = np.linspace(0, 24 * factor, 40)
    points = " ".join(f"{t:.1f},{np.exp(-t / (18 * factor)):.{decimals}f}" for t in at)
    with pytest.raises(ValueError, match="one unit of time"):
        read_off(points, int(table.split()[0][2:]), table)


def test_short_tables_of_real_and_simulated_trials_are_of_the_same_unit():
    for patients, step in [*((trial(seed), 2.0) for seed in range(20)), *(own[1:] for own in LIFELINES)]:
        curve, at_risk, arms = both_arms(patients, step, corners)
        short = at_risk.groupby("arm").head(2).reset_index(drop=True)
        assert_kept(rebuilt(curve, short, arms), short, arms)


@pytest.mark.parametrize(
    ("points", "table", "tmax"),
    [
        ("0,1 2,.9 4,.8 6,.7 8,.62 10,.5", "", 20),
        ("0,1 2,.91 4,.8 6,.71 8,.62 10,.52", "0:30 6:20", 20),
        ("0,1 1.1,.94 2.3,.905 3.2,.86 4.4,.77 5.1,.731 5.9,.66 6.3,.664", "0:30 3:24 6:15", 12),
        ("0,1 1.1,.94 2.3,.905 3.2,.86 4.4,.77 5.1,.731 5.9,.66 6.3,.664", "0:30 3:24 6:15 9:8", 12),
    ],
)
def test_after_the_last_click_the_curve_is_flat_and_it_is_said(points, table, tmax):
    got = read_off(points, 30, table, tmax=tmax)
    last, height = map(float, points.split()[-1].split(","))
    assert got.time.max() == tmax
    assert got.time[got.event == 1].max() <= 1.02 * last
    assert heights(got, [tmax])[0] == pytest.approx(height, abs=0.02)
    assert any(f"no event after the last point, at time {last:g}" in note for note in got.notes)


def test_both_corners_of_steep_drops_clicked_in_the_wrong_order_of_time():
    points = "2.1,.99 4.2,1.0 3.4,.60 6.0,.61 4.6,.40 11.8,.41 10.7,.20 18,.22"
    got = read_off(points, 5)
    assert got.event.sum() == 4 and heights(got, [4.5, 8, 15]) == pytest.approx([0.6, 0.4, 0.2])
    rng = np.random.default_rng(0)
    for n in (4, 5, 6, 8):
        times = np.linspace(4, 20, n)[:-1] + rng.uniform(-1, 1, n - 1)
        height = 1 - np.arange(n) / n
        upper, lower = times + rng.uniform(0.2, 0.8, n - 1), times - rng.uniform(0.2, 0.8, n - 1)
        clicked = zip(np.stack([upper, lower], 1).ravel(), np.repeat(height, 2)[1:-1] + 0.01, strict=True)
        got = read_off("0,1 " + " ".join(f"{t:.1f},{h:.2f}" for t, h in clicked) + f" 22,{1 / n:.2f}", n)
        assert heights(got, (times[1:] + times[:-1]) / 2) == pytest.approx(height[1:-1], abs=0.01)


@pytest.mark.parametrize("events", [None, 5, 30])
def test_patients_who_all_have_their_event_at_one_time(events):
    known = {} if events is None else {"events": events}
    n = events or 8
    for points in ("0,1 2,1 4,1 5,0", "0.01,.998 2.01,1 4.02,.997 4.99,.003 5.02,.002"):
        got = read_off(points, n, f"0:{n}", **known)
        assert events is None or got.event.sum() == events
        assert heights(got, [4, 5.02]) == pytest.approx([1, 0], abs=0.02)


# ---- What is said of the result


def test_the_distance_of_patients_from_the_points_is_said():
    time, event, _ = one_arm()
    at, height = clicks(time, event, np.random.default_rng(0), time.max())
    height[20] = height[20] - 0.3
    tables = arm_tables(time, event, 4.0, (at, height))
    got = from_curve(*tables)
    km = kaplan_meier(got.time[0], got.event[0])
    at = np.minimum(at, time.max())
    before, after = (np.append(1, km.survival)[np.searchsorted(km.time, at, side=side)] for side in ("left", "right"))
    far = np.maximum(np.maximum(height - before, after - height), 0)
    assert far.max() > 0.2
    said = f"up to {far.max():.3f} (at time {at[far.argmax()]:.4g}), on average {far.mean():.3f}"
    assert said in got.notes[0]
    assert "clicks by hand" in got.notes[0] and "seed" in got.notes[-1]
    clean = from_curve(*one_arm()[2])
    assert "clean curve" in clean.notes[0] and "all within 0.001" in clean.notes[0]
    assert not any("seed" in note for note in clean.notes)


def test_what_was_guessed_is_said():
    time, event, (curve, at_risk, arms) = one_arm()
    got = from_curve(curve, at_risk.iloc[:0], arms.drop(columns=["events", "tmax"]))
    assert got.notes[1].startswith(
        f"Arm 0: guessed, as not given: {got.event.sum()} events; numbers at risk after time 0; "
    )
    assert "the times of censoring" in got.notes[1]
    assert f"the end of the curve at time {curve.time.max():.4g}, its last point" in got.notes[1]
    late = from_curve(curve[curve.time < 19], at_risk[at_risk.time <= 20], arms.drop(columns=["events", "tmax"]))
    assert "the end of the curve at time 20, its last number at risk" in late.notes[1]
    marks = pd.DataFrame({"arm": 0, "time": time[event == 0]})
    assert len(from_curve(curve, at_risk, arms, censor_marks=marks).notes) == 1
    rng = np.random.default_rng(0)
    time = rng.exponential(100, 200).clip(0, 52)
    got = from_curve(*arm_tables(time, time < 52, 8, corners(time, time < 52)))
    assert f"{(got.time == 52).sum()} patients censored together at the end" in got.notes[1]


# ---- Many patients


def many(n, seed=0, days=None):
    rng = np.random.default_rng(seed)
    event_time, end = 15 * rng.weibull(1.2, n), np.minimum(rng.uniform(8, 30, n), rng.exponential(120, n))
    time = np.minimum(event_time, end)
    return (time if days is None else np.ceil(time * days) / days), (event_time <= end).astype(int)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("n", "decimals", "days"), [(3000, 4, None), (20_000, 8, 30.4375), (100_000, 8, None), (100_000, 3, None)]
)
def test_many_patients_of_a_clean_curve_need_no_walk(n, decimals, days, known, monkeypatch):
    monkeypatch.setattr(module, "from_clicks", None)
    time, event = many(n, days=days)
    curve, at_risk, arms = arm_tables(time, event, 4.0, corners(time, event, decimals))
    arms = arms if known else arms.drop(columns="events")
    got = rebuilt(curve, at_risk, arms)
    assert_kept(got, at_risk, arms)
    assert got.event.sum() == pytest.approx(event.sum(), rel=0.005)
    at = np.linspace(0, 25, 100)
    off = np.abs(kaplan_meier(got.time.to_numpy(), got.event.to_numpy()).at(at) - kaplan_meier(time, event).at(at))
    assert off.max() <= 10.0**-decimals + 3 / n  # rounding, and an event early or late


@pytest.mark.parametrize("columns", [0, 3, None])
@pytest.mark.parametrize("seed", [1, 2])
def test_clicks_on_thousands_of_patients(seed, columns):
    time, event = many(4000, seed)
    points = clicks(time, event, np.random.default_rng(seed), time.max())
    curve, at_risk, arms = arm_tables(time, event, 4.0, points)
    at_risk = at_risk.iloc[:columns]
    got = rebuilt(curve, at_risk, arms.drop(columns="events"))
    assert_kept(got, at_risk, arms.drop(columns="events"))
    at = np.linspace(0, time.max(), 100)
    off = np.abs(kaplan_meier(got.time.to_numpy(), got.event.to_numpy()).at(at) - kaplan_meier(time, event).at(at))
    assert off.max() <= 0.02 and off.mean() <= 0.003


@pytest.mark.parametrize("known", [False, True])
def test_many_patients_without_numbers_at_risk_or_with_a_common_end(known):
    rng = np.random.default_rng(0)
    time, event = many(5000)
    curve, at_risk, arms = arm_tables(time, event, 4.0, corners(time, event, 4))
    arms = arms if known else arms.drop(columns="events")
    got = rebuilt(curve, at_risk.iloc[:0], arms)
    assert_kept(got, at_risk.iloc[:1], arms)
    assert rmst(got.time, got.event, 15).value == pytest.approx(rmst(time, event, 15).value, rel=1e-3)
    time = rng.exponential(90, 5000).clip(0, 52)
    curve, at_risk, arms = arm_tables(time, time < 52, 8, corners(time, time < 52, 4))
    arms = arms if known else arms.drop(columns="events")
    got = rebuilt(curve, at_risk, arms)
    assert_kept(got, at_risk, arms)
    assert (got.time == 52).sum() == pytest.approx((time == 52).sum(), rel=0.01)


def test_many_censor_marks_are_kept_as_well():
    time, event = many(5000)
    curve, at_risk, arms = arm_tables(time, event, 4.0, corners(time, event, 4))
    marks = pd.DataFrame({"arm": 0, "time": time[event == 0]})
    got = rebuilt(curve, at_risk, arms, censor_marks=marks)
    assert set(got.time[(got.event == 0) & (got.time < time.max())]) <= set(marks.time)


def test_more_clicks_than_anyone_makes_do_not_slow_the_walk(monkeypatch):
    walk, counted = clicked_curve._walk, []

    def spy(*arguments):
        counted.append(len(arguments[11]))
        return walk(*arguments)

    monkeypatch.setattr(clicked_curve, "_walk", spy)
    monkeypatch.setattr(clicked_curve, "WALK_STEPS", 5000)
    time, event = many(3000)
    points = clicks(time, event, np.random.default_rng(0), time.max(), 4000)
    _, at_risk, arms = tables = arm_tables(time, event, 4.0, points)
    assert_kept(rebuilt(*tables), at_risk, arms)
    assert counted == [reading.CLICKS]


def test_another_seed_of_the_walk_changes_little(monkeypatch):
    spread = []
    for seed in range(4):
        patients = trial(seed)
        axis, rng = patients.time.max(), np.random.default_rng(seed)
        curve, at_risk, arms = both_arms(patients, 4.0, lambda t, e, r=rng, a=axis: clicks(t, e, r, a))
        found = []
        for walk in (1, 2, 3):
            monkeypatch.setattr(clicked_curve, "WALK_SEED", walk)
            found.append(log_hr(rebuilt(curve, at_risk, arms)))
        spread.append(np.std(found, ddof=1) / cox(patients.time, patients.event, patients.arm).standard_error)
    assert 0 < np.sqrt(np.mean(np.square(spread))) <= clicked_curve.SEED_SPREAD[True][1]
