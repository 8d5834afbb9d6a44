"""Checks of what is read from a paper: what passes, and what is said of the rest."""

from math import inf, log, nan

import numpy as np
import pandas as pd
import pytest

from netterbook.errors import DataError
from netterbook.reconstruction.checks import (
    SHIFTED,
    DigitisedArm,
    Totals,
    check_clicks,
    check_fit,
    check_numbers_at_risk,
    check_points,
    check_steps,
    check_table,
    check_totals,
    check_units,
    distances,
    falling,
    finite_columns,
    number_or_nan,
    whole_number,
)


def said(check, *arguments, **named):
    """The message of what is wrong."""
    with pytest.raises(DataError) as error:
        check(*arguments, **named)
    return str(error.value)


# ---- Tables


def one_arm(**changes):
    return pd.DataFrame([{"arm": "A", "n": 50} | changes])


def at_risk(times, numbers, arm="A"):
    return pd.DataFrame({"arm": arm, "time": times, "n_risk": numbers})


def totals(times=(), numbers=(), **changes):
    (found,) = check_totals(at_risk(list(times), list(numbers)), one_arm(**changes))
    return found


@pytest.mark.parametrize(
    ("arms", "table", "message"),
    [
        (one_arm().drop(columns="n"), at_risk([], []), "arms has no column n; it needs arm, n"),
        (pd.DataFrame(), at_risk([], []), "arms has no column arm, n; it needs arm, n"),
        (one_arm().iloc[:0], at_risk([], []), "arms is empty; give one row an arm, with arm and n"),
        (one_arm(arm=None), at_risk([], []), "arms.arm is blank in row 0; name the arm or remove the row"),
        (
            pd.concat([one_arm(arm="B"), one_arm(), one_arm()]),
            at_risk([], []),
            "arms has arm A twice; give one row an arm",
        ),
        (one_arm(), at_risk([0], [50]).drop(columns="time"), "at_risk has no column time; it needs arm, time, n_risk"),
        (
            one_arm(),
            at_risk([0, 1], [50, 40], ["A", "C"]),
            "at_risk has arm C, arms has not; add it to arms or remove it",
        ),
        (
            one_arm(),
            at_risk([0, 1], [50, 40], ["A", None]),
            "at_risk.arm is blank in row 1; name the arm or remove the row",
        ),
        (
            pd.concat([one_arm(), one_arm(arm="B")]),
            at_risk([0], [50]),
            "arm B: no row in at_risk; add one, at least n at time 0",
        ),
    ],
)
def test_tables_that_lack_something_say_what(arms, table, message):
    assert said(check_totals, table, arms) == message


def test_a_table_of_its_own_needs_no_list_of_arms():
    assert check_table(at_risk([0], [50], "Z"), "at_risk", "arm time n_risk") is None


@pytest.mark.parametrize(
    ("changes", "times", "numbers", "message"),
    [
        ({"n": "many"}, [], [], "arm A: n is many; give a number"),
        ({"n": nan}, [], [], "arm A: n is nan; give a whole number of patients"),
        ({"n": inf}, [], [], "arm A: n is inf; give a whole number of patients"),
        ({"n": -5}, [], [], "arm A: n is -5; give a whole number of patients"),
        ({"n": 0}, [], [], "arm A: no patients, n is 0; leave the arm out"),
        ({"events": 3.5}, [], [], "arm A: events is 3.5; give a whole number of patients"),
        ({"events": 51}, [], [], "arm A: 51 events among 50 patients; correct one of them"),
        ({"tmax": "late"}, [], [], "arm A: tmax is late; give a number"),
        ({"tmax": 0}, [], [], "arm A: tmax is 0; give the end of follow-up, above 0, or leave it blank"),
        ({"tmax": inf}, [], [], "arm A: tmax is inf; give the end of follow-up, above 0, or leave it blank"),
        ({}, [0, "x"], [50, 40], "arm A: at_risk.time must hold numbers only: could not convert string to float: 'x'"),
        ({}, [0, nan], [50, 40], "arm A: at_risk.time is nan in row 1; remove the row or fill it"),
        ({}, [0, 6], [50, inf], "arm A: at_risk.n_risk is inf in row 1; remove the row or fill it"),
        ({}, [-3, 6], [50, 40], "arm A: at_risk.time holds -3; times count from randomisation, at 0"),
        ({}, [0, 6], [50, 40.5], "arm A: the number at risk at time 6 is 40.5; give a whole number of patients"),
        (
            {},
            [0, 6, 6],
            [50, 40, 30],
            "arm A: time 6 of at_risk follows 6; put the times in order, each once",
        ),
        ({}, [6, 3], [50, 40], "arm A: time 3 of at_risk follows 6; put the times in order, each once"),
        ({}, [0, 12, 6], [50, 40, 30], "arm A: time 6 of at_risk follows 12; put the times in order, each once"),
        (
            {},
            [0, 6, 12],
            [50, 40, 41],
            "arm A: 40 at risk at time 6, but 41 at 12; numbers at risk cannot rise, correct one of them",
        ),
        ({}, [0], [49], "arm A: 49 at risk at time 0, but n is 50; correct one of them"),
        ({}, [6], [51], "arm A: 51 at risk at time 6, but n is 50; correct one of them"),
        (
            {"tmax": 11.5},
            [0, 6, 12, 18],
            [50, 40, 3, 0],
            "arm A: 3 at risk at time 12, after its tmax 11.5; correct one",
        ),
        ({"tmax": 11.5}, [6, 12], [3, 1], "arm A: 1 at risk at time 12, after its tmax 11.5; correct one"),
    ],
)
def test_numbers_of_an_arm_that_cannot_be_are_named(changes, times, numbers, message):
    assert said(totals, times, numbers, **changes) == message


@pytest.mark.parametrize(
    ("changes", "times", "numbers", "expected"),
    [
        ({}, [], [], (50, -1, nan, [0], [50])),
        ({"events": None, "tmax": None}, [], [], (50, -1, nan, [0], [50])),
        ({"events": 0, "tmax": 24}, [], [], (50, 0, 24, [0], [50])),
        ({"events": 50}, [0, 6], [50, 50], (50, 50, nan, [0, 6], [50, 50])),
        ({"n": 1}, [6], [0], (1, -1, nan, [0, 6], [1, 0])),
        ({"tmax": 0.75}, [0.5], [40], (50, -1, 0.75, [0, 0.5], [50, 40])),
        ({}, [6, 12], [50, 7], (50, -1, nan, [0, 6, 12], [50, 50, 7])),
        ({"tmax": 12}, [0, 6, 12, 18], [50, 40, 7, 0], (50, -1, 12, [0, 6, 12], [50, 40, 7])),
        ({"tmax": 9}, [0, 6, 12], [50, 40, 0], (50, -1, 9, [0, 6], [50, 40])),
    ],
)
def test_numbers_of_an_arm_start_with_all_patients_and_end_with_follow_up(changes, times, numbers, expected):
    found = totals(times, numbers, **changes)
    n, events, tmax, time, n_risk = expected
    assert (found.arm, found.n, found.events) == ("A", n, events)
    assert found.tmax == pytest.approx(tmax, nan_ok=True)
    assert (found.time.tolist(), found.n_risk.tolist()) == (time, n_risk)
    assert isinstance(found.n, int) and isinstance(found.events, int) and found.n_risk.dtype == np.int64


def test_arms_keep_their_order_and_own_rows():
    arms = pd.concat([one_arm(arm="B", n=9), one_arm()])
    found = check_totals(at_risk([0, 6, 6], [50, 9, 30], ["A", "B", "A"]), arms)
    assert [(own.arm, own.time.tolist(), own.n_risk.tolist()) for own in found] == [
        ("B", [0, 6], [9, 9]),
        ("A", [0, 6], [50, 30]),
    ]


def test_columns_are_read_in_the_order_asked_for():
    table = pd.DataFrame({"time": [0, 2], "survival": pd.array([1, 0], dtype="Int64")}, index=[4, 7])
    survival, time = finite_columns(table, "curve", ["survival", "time"], "A")
    assert (survival.tolist(), time.tolist()) == ([1, 0], [0, 2]) and survival.dtype == time.dtype == float
    table.loc[7, "survival"] = pd.NA
    message = said(finite_columns, table, "curve", ["survival"], "A")
    assert message.replace("<NA>", "nan") == "arm A: curve.survival is nan in row 7; remove the row or fill it"


def test_only_times_must_not_be_negative():
    (found,) = finite_columns(pd.DataFrame({"survival": [-0.01]}), "curve", ["survival"], "A")
    assert found.tolist() == [-0.01]


@pytest.mark.parametrize(("value", "number"), [("7.5", 7.5), (3, 3.0), (None, nan), (pd.NA, nan), (inf, inf)])
def test_a_number_may_be_missing(value, number):
    assert number_or_nan(value, "tmax") == pytest.approx(number, nan_ok=True)


def test_patients_are_counted_in_whole_numbers():
    assert whole_number(0, "n") == 0 and whole_number("12", "n") == 12 and isinstance(whole_number(3.0, "n"), int)
    assert said(whole_number, 0.5, "the number") == "the number is 0.5; give a whole number of patients"


# ---- Points of a curve


def totals_of(times=(0.0,), numbers=(50,), n=50, events=-1, tmax=nan):
    return Totals("A", n, events, tmax, np.array(times, float), np.array(numbers))


def curve(*points):
    return pd.DataFrame(points, columns=["time", "survival"])


@pytest.mark.parametrize(
    ("own", "points", "message"),
    [
        (totals_of(), [], "arm A: no point of its curve; add its rows to curve"),
        (totals_of(), [(1, nan)], "arm A: curve.survival is nan in row 0; remove the row or fill it"),
        (totals_of(), [(-1, 0.5)], "arm A: curve.time holds -1; times count from randomisation, at 0"),
        (totals_of(), [(0, 100), (5, 90)], "arm A: survival reaches 100; give fractions from 0 to 1, not percent"),
        (totals_of(), [(0, 1), (5, 1.51)], "arm A: survival reaches 1.51; give fractions from 0 to 1, not percent"),
        (totals_of(), [(0, 1.5)], "arm A: survival is 1.5; calibrate the axis so that it lies from 0 to 1"),
        (totals_of(), [(0, 1.06), (5, 0)], "arm A: survival is 1.06; calibrate the axis so that it lies from 0 to 1"),
        (
            totals_of(),
            [(0, 1.05), (3, -0.06)],
            "arm A: survival is -0.06; calibrate the axis so that it lies from 0 to 1",
        ),
        (
            totals_of(),
            [(0, 0.0), (2, 0.2), (5, 0.6), (9, 1)],
            "arm A: the curve rises by far more than clicks err, by 0.55 about time 9; give survival, not cumulative "
            "incidence, and each arm's own points",
        ),
        (
            totals_of(),
            [(0, 0.0), (2, 0.3), (5, 0.7), (9, 1)],
            "arm A: the curve rises by far more than clicks err, by 0.50 about time 0; give survival, not cumulative "
            "incidence, and each arm's own points",
        ),
        (totals_of(), [(0, 1)], "arm A: the curve ends at time 0; give tmax, the end of follow-up, above 0"),
        (
            totals_of(tmax=10.0),
            [(0, 1), (5, 0.7), (10.6, 0.4)],
            "arm A: the curve has a point at time 10.6, after its tmax 10; correct one",
        ),
    ],
)
def test_points_that_cannot_be_a_curve_are_named(own, points, message):
    assert said(check_points, own, curve(*points)) == message


def test_points_are_put_in_order_of_time_and_of_the_fall():
    arm = check_points(totals_of(events=7), curve((5, 0.57), (2, 0.8), (5, 0.6), (0, 1)))
    assert arm.time.tolist() == [0, 2, 5, 5] and arm.survival.tolist() == [1, 0.8, 0.6, 0.57]
    assert (arm.name, arm.events, arm.marks.tolist(), arm.after) == ("A", 7, [], False)


def test_heights_a_little_outside_and_clicks_a_little_late_are_kept():
    arm = check_points(totals_of(tmax=10.0), curve((0, 1.05), (10.5, -0.05)))
    assert arm.survival.tolist() == [1.05, -0.05] and arm.time.tolist() == [0, 10]


@pytest.mark.parametrize(
    ("own", "ends"),
    [
        (totals_of((0, 4, 8), (50, 30, 9), tmax=12.0), [4, 8, 12]),
        (totals_of((0, 4, 8), (50, 30, 9)), [4, 8, 9]),  # the last point
        (totals_of((0, 4, 11), (50, 30, 1)), [4, 11, 11]),  # the last number at risk
        (totals_of((0, 4, 11), (50, 30, 0)), [4, 9]),  # nobody is there any more
    ],
)
def test_intervals_end_with_the_next_number_at_risk_and_with_follow_up(own, ends):
    arm = check_points(own, curve((0, 1), (9, 0.2)))
    kept = len(ends)
    assert arm.starts.tolist() == own.time[:kept].tolist() and arm.ends.tolist() == ends
    assert arm.n_start.tolist() == own.n_risk[:kept].tolist()
    assert arm.n_end.tolist() == [*own.n_risk[1:kept].tolist(), 0]
    assert arm.lost.sum() == 50


def test_marks_of_censoring_are_put_in_order():
    marks = pd.DataFrame({"time": [7, 3]})
    assert check_points(totals_of(), curve((0, 1), (9, 0.2)), marks).marks.tolist() == [3, 7]
    message = "arm A: censor_marks.time is nan in row 1; remove the row or fill it"
    assert said(check_points, totals_of(), curve((0, 1), (9, 0.2)), pd.DataFrame({"time": [7, nan]})) == message


@pytest.mark.parametrize("unit", [1, 0.01])
@pytest.mark.parametrize("as_drawn", [True, False])
def test_corners_clicked_in_the_wrong_order_of_time_are_put_right(as_drawn, unit):
    """An upper corner at 4.2 after the lower one at 3.4: both are of one drop, somewhere between."""
    points = [(2, 1.0), (4.2, 1.0), (3.4, 0.6), (6, 0.6), (8.6, 0.6), (8, 0.1), (12, 0.1)]
    clicked = [(unit * time, height) for time, height in (points if as_drawn else sorted(points))]
    arm = check_points(totals_of(n=5), curve(*clicked))
    assert arm.time / unit == pytest.approx([2, 3.8, 3.8, 6, 8.3, 8.3, 12])
    assert arm.survival == pytest.approx([1, 1, 0.6, 0.6, 0.6, 0.1, 0.1])


@pytest.mark.parametrize(
    ("drop", "time"),
    [(0.2, [0, 2, 3.8, 3.8, 6]), (0.1, [0, 2, 3.6, 4, 6])],  # a mean square of 0.063 and of 0.032
)
def test_small_disorder_is_left_for_noise(drop, time):
    points = [(0, 1), (2, 1), (4, 1), (3.6, 1 - drop), (6, 1 - drop)]
    assert check_points(totals_of(), curve(*points)).time == pytest.approx(time)


@pytest.mark.parametrize(
    ("by", "fits"),
    [(0.6, True), (0.8, False)],  # two of four points off by as much, in shares of 12: 0.035 and 0.047
)
@pytest.mark.parametrize("unit", [1, 0.01])
def test_corners_may_be_out_of_order_by_no_more_than_clicks_err(by, fits, unit):
    points = curve((2, 1.0), (6 + by, 0.8), (6 - by, 0.4), (12, 0.1)) * (unit, 1)
    if fits:
        assert check_points(totals_of(), points).time / unit == pytest.approx([2, 6, 6, 12])
    else:
        message = said(check_points, totals_of(), points)
        assert f"the curve rises by far more than clicks err, by 0.20 about time {unit * (6 - by):g}" in message


def test_a_single_click_astray_is_kept():
    points = [(t, 1 - t / 40) for t in range(30)]
    points[12] = (12, 0.4)
    assert check_points(totals_of(), curve(*points)).survival[12] == 0.4


@pytest.mark.parametrize(
    ("heights", "level"),
    [([1, 0.8, 0.6], [1, 0.8, 0.6]), ([1, 0.5, 0.7, 0.2], [1, 0.6, 0.6, 0.2]), ([0.2, 0.4], [0.3, 0.3])],
)
def test_heights_that_rise_become_their_mean(heights, level):
    assert falling(np.array(heights)) == pytest.approx(level)


# ---- An arm


def arm(points, times=(0,), numbers=(50,), end=None, events=-1):
    """An arm with points as (time, survival)."""
    time, survival = np.array(points, float).T
    starts, n_start = np.array(times, float), np.array(numbers)
    ends = np.append(starts[1:], time[-1] if end is None else end)
    return DigitisedArm("A", time, survival, starts, ends, n_start, np.append(n_start[1:], 0), events, np.zeros(0))


def test_other_numbers_at_risk_keep_the_times():
    before = arm([(0, 1), (9, 0.2)], (0, 4), (50, 30))
    after = before.with_at_risk(np.array([50, 20]))
    assert after.n_start.tolist() == [50, 20] and after.n_end.tolist() == [20, 0] and after.lost.tolist() == [30, 20]
    assert after.starts is before.starts and after.ends is before.ends


def test_a_number_at_risk_opens_its_interval():
    own = arm([(0, 1), (12, 0.2)], (0, 4, 8), (50, 30, 9))
    assert own.interval(np.array([0, 3.9, 4, 7.9, 8, 20])).tolist() == [0, 0, 1, 1, 2, 2]
    assert own.interval(4.0) == 1


def test_the_fall_of_the_curve_tells_events_from_censorings():
    """By hand: of those lost the share log of the curve's fall over log of the fall in numbers at risk."""
    own = arm([(0, 1), (4, 0.8), (8, 0.8), (12, 0.4)], (0, 4, 8), (100, 64, 32), 12)
    assert own.deaths() == pytest.approx([36 * log(0.8) / log(0.64), 0, 32 * log(0.5) / log(0.5 / 32)])
    assert own.deaths()[0] == pytest.approx(18)  # half, as 0.8 x 0.8 are 0.64
    all_events = arm([(0, 1), (4, 0.5), (8, 0.5)], (0, 4), (100, 50), 8)
    assert all_events.deaths() == pytest.approx([50, 0])


def test_no_more_events_are_told_than_patients_are_lost():
    own = arm([(0, 1), (4, 0.1), (5, 0.05)], (0, 4, 5), (50, 40, 40), 5)
    assert own.deaths().tolist() == [10, 0, 0]
    rising = arm([(0, 0.9), (4, 0.95), (8, 0.5)], (0, 4, 8), (50, 40, 0), 8)
    assert (rising.deaths() >= 0).all()


def test_a_curve_between_its_points_is_taken_for_straight():
    own = arm([(2, 0.9), (6, 0.5)], (0, 1, 4), (100, 80, 60), 6)  # 0.95 at 1 and 0.7 at 4
    events = [20 * log(1 / 0.95) / log(100 / 80), 20, 60 * log(0.7 / 0.5) / log(60 / 0.5)]
    assert own.deaths() == pytest.approx(events)


def test_heights_outside_0_to_1_tell_no_more_events():
    low = arm([(0, 1), (4, 0.5), (8, -0.1)], (0, 6), (50, 5), 8)  # 0.25 at 6
    assert low.deaths() == pytest.approx([45 * log(4) / log(10), 5])
    high = arm([(1, 1.04), (6, 0.8)], (0, 4), (50, 40), 6)  # 0.88 at 4
    assert high.deaths() == pytest.approx([10 * log(1 / 0.88) / log(50 / 40), 40 * log(0.88 / 0.8) / log(40 / 0.5)])


def test_a_curve_at_0_has_finite_events():
    """Nobody is left: below one in a thousand is as good as nobody, and half a patient as nobody at risk."""
    own = arm([(0, 1), (4, 0.5), (8, 0)], (0, 4, 8), (2, 1, 0), 8)
    assert own.deaths() == pytest.approx([1, 1, 0])
    one = arm([(0, 1), (4, 0.5)], (0,), (1,))
    assert one.deaths() == pytest.approx([1])
    thousands = arm([(0, 1), (8, 0)], (0,), (10_000,), 8)
    assert thousands.deaths() == pytest.approx([10_000 * log(1000) / log(20_000)])


# ---- One unit of time


def test_a_curve_in_a_finer_unit_than_its_table_is_refused_in_words():
    """12 of 50 are left after 2 years; the curve, in months, is hardly lower at 2 than at 0."""
    own = arm([(12, 0.7), (24, 0.5)], (0, 2), (50, 12), 24)
    assert said(check_units, own) == (
        "arm A: 12 of 50 are at risk at time 2, the last of at_risk, where the curve is at 1.000; but it falls up to "
        f"time 24, when with such losses nobody would be left; {SHIFTED}"
    )
    points = [(1, 0.8), (2, 0.75), (12, 0.7), (24, 0.5), (30, 0.49)]
    message = said(check_units, arm(points, (0, 1, 2, 4), (50, 12, 1, 0), 30))
    assert "1 of 50 are at risk at time 2, the last of at_risk, where the curve is at 0.750; but it falls up" in message
    assert "up to time 24, when" in message  # the first point as low as the last, but for what clicks err


@pytest.mark.parametrize(
    ("end", "left", "fits"),
    [
        (6, 1, True),  # no more than three times as long as the table
        (6.5, 1, False),
        (30, 50, True),  # nobody was lost
        (19.5, 25, True),  # halved every 2, e ** -3 of 25 patients are left after 2 log(25 e ** 3) / log 2 more: 17.9
        (22, 25, False),
    ],
)
def test_a_table_may_end_before_its_curve_while_patients_may_be_left(end, left, fits):
    own = arm([(0, 1), (2, 1), (end - 0.1, 0.98), (end, 0.5)], (0, 2), (50, left), end)
    if fits:
        check_units(own)
    else:
        assert "one unit of time" in said(check_units, own)


def test_patients_who_had_their_event_are_not_taken_for_censored():
    """Half are at risk after 2 because half had their event: the curve may go on for long."""
    check_units(arm([(0, 1), (2, 0.5), (40, 0.4)], (0, 2), (50, 25), 40))


@pytest.mark.parametrize("numbers", [(50,), (50, 0), (50, 0, 0)])
def test_without_a_later_number_at_risk_there_is_no_unit_to_compare(numbers):
    with np.errstate(all="raise"):
        check_units(arm([(0, 1), (80, 0.5)], range(len(numbers)), numbers, 80))


def test_a_curve_in_a_coarser_unit_than_its_table_is_refused_in_words():
    own = arm([(0, 1), (1, 0.7), (2, 0.4)], (0, 12, 24), (50, 40, 15), 24)
    assert said(check_units, own) == (
        "arm A: the curve falls to 0.400 by its last point, at time 2, but at_risk goes on to time 24 with 15 at risk "
        f"and no event; {SHIFTED}"
    )
    ended = arm([(0, 1), (1, 0.7), (2, 0)], (0, 12, 24), (50, 40, 15), 24)
    assert "the curve falls to 0.010 by its last point" in said(check_units, ended)  # half a patient of 50


@pytest.mark.parametrize(
    ("last", "height", "left"),
    [
        (2.5, 0.4, 15),  # the table is less than ten times as long
        (2, 0.9, 15),  # 15 patients with hazards of log 0.9 a unit of 2 for 22 more: 17 events expected and none seen
        (2, 0.4, 1),
    ],
)
def test_a_curve_may_end_before_its_table_while_no_event_may_be_chance(last, height, left):
    check_units(arm([(0, 1), (1, 0.95), (last, height)], (0, 12, 24), (50, 40, left), 24))


@pytest.mark.parametrize(
    ("last", "height", "left"),
    [
        (2, 0.885, 15),  # 20.2 events expected
        (2.3, 0.4, 15),
        (2, 0.4, 2),
    ],
)
@pytest.mark.parametrize("unit", [1, 0.01])
def test_a_curve_may_not_end_long_before_its_table_where_events_are_due(last, height, left, unit):
    own = arm([(0, 1), (unit * last, height)], (0, 12 * unit, 24 * unit), (50, 40, left), 24 * unit)
    assert f"goes on to time {24 * unit:g} with {left} at risk and no event" in said(check_units, own)


def test_a_curve_of_its_first_point_alone_has_no_unit():
    with np.errstate(all="raise"):
        check_units(arm([(0, 1)], (0, 12), (50, 40), 24))


# ---- Numbers at risk


def test_numbers_at_risk_that_cannot_fall_as_the_curve_does_are_named():
    """Of 20 only one leaves before 12: the curve cannot come below 19 / 20."""
    own = arm([(0, 1), (6, 0.8), (12, 0.6)], (0, 12), (20, 19))
    assert (
        said(check_numbers_at_risk, own, 12.0)
        == said(check_clicks, own, 12.0)
        == (
            "arm A: at time 6 the curve is at 0.800, but with 20 at risk at time 0 and 19 at time 12 the nearest "
            f"possible is 0.950; {SHIFTED}"
        )
    )


@pytest.mark.parametrize(
    ("numbers", "far", "fits"),
    [
        ((20, 16), 0.02, True),  # 4 of 20 are the fall to 0.8
        ((20, 17), 0.04, False),
        ((20, 17), 0.06, True),  # 17 / 20 are 0.05 above
        ((20, 19), 0.14, False),
        ((20, 19), 0.16, True),
    ],
)
def test_patients_may_miss_points_by_as_far_as_clicks_err(numbers, far, fits):
    own = arm([(0, 1), (6, 0.8), (11, 0.8)], (0, 12), numbers, 12)
    if fits:
        check_clicks(own, 12.0, far)
    else:
        assert "the nearest possible is" in said(check_numbers_at_risk, own, 12.0, far)


def test_the_time_axis_may_be_longer_than_the_curve():
    """Ten events clicked right after 6.1 must be before 6, where 2% of the axis are as much."""
    own = arm([(0, 1), (3, 1), (6.1, 1), (6.2, 0.5), (9, 0.5)], (0, 6, 9.5), (20, 10, 10), 10)
    check_clicks(own, 10.0)
    assert "at time 6.2 the curve is at 0.500, but with 10 at risk at time 6 and 10 at time 9.5" in said(
        check_numbers_at_risk, own, 4.0
    )


def test_heights_clicked_a_little_above_1_are_1():
    """Patients may be censored while the curve is there."""
    own = arm([(0, 1.04), (8, 1.04), (11, 0.9), (11.5, 0.9)], (0, 4, 12), (20, 18, 16), 13)
    check_numbers_at_risk(own, 13.0)


def test_patients_who_left_before_the_curve_falls_have_no_event():
    own = arm([(0, 1), (5, 1), (10, 1), (11, 0.5), (11.5, 0.5)], (0, 8, 12), (20, 10, 10), 13)
    message = said(check_numbers_at_risk, own, 13.0)  # nearest is a curve half way between both heights
    assert "at time 11 the curve is at 0.500, but with 10 at risk at time 8 and 10 at time 12 the" in message
    assert float(message.partition("nearest possible is ")[2].partition(";")[0]) == pytest.approx(0.75, abs=2e-3)


def test_single_clicks_astray_are_not_heard():
    own = arm([(0, 1), (2, 1), (4, 0.3), (6, 0.95), (9, 0.95), (11, 0.95)], (0, 12), (20, 19), 12)
    check_numbers_at_risk(own, 12.0)
    twice = arm([(0, 1), (2, 1), (4, 0.3), (5, 0.3), (9, 0.3), (11, 0.3)], (0, 12), (20, 19), 12)
    assert "at time 4 the curve is at 0.300" in said(check_numbers_at_risk, twice, 12.0)


def test_a_curve_goes_on_only_while_somebody_is_at_risk():
    own = arm([(1, 0.9), (3, 0.72), (4.9, 0.71), (8, 0.7)], (0, 3, 5), (10, 8, 0))
    assert said(check_numbers_at_risk, own, 8.0) == (
        "arm A: at time 8 the curve is at 0.700, but with nobody at risk from time 5 on the nearest possible is a "
        f"curve that ends before; {SHIFTED}"
    )
    check_numbers_at_risk(arm([(1, 0.9), (3, 0.7), (5.1, 0.7)], (0, 5), (10, 0)), 8.0)  # a click of 5 within 2%
    check_numbers_at_risk(arm([(1, 0.9), (3, 0.5), (4.9, 0.3), (8, 0.01)], (0, 5), (10, 0)), 8.0)  # as good as 0


# ---- Drops at a number at risk


@pytest.mark.parametrize(
    ("points", "numbers", "fits"),
    [
        ([(12, 0.5)], (20, 11), True),  # the line to the drop is at 0.525, 0.6 before: 20 x 0.545 and one more, 11.9
        ([(12, 0.5)], (20, 12), False),
        ([(11.3, 0.93), (12, 0.5)], (20, 18), True),  # 0.869 on the line at 11.4: 18.8
        ([(11.3, 0.93), (12, 0.5)], (20, 19), False),
        ([(11.4, 0.93), (12, 0.5)], (20, 19), True),  # a point within 0.6 shows the drop
        ([(6, -0.1), (12, -0.1)], (100, 2), True),  # below 0 is 0: 3
    ],
)
@pytest.mark.parametrize("unit", [1, 0.01])
def test_a_drop_at_the_time_of_a_number_at_risk_must_be_shown(points, numbers, fits, unit):
    """Before its first point the curve is at 1 at time 0."""
    own = arm([(unit * time, height) for time, height in points], (0, 12 * unit), numbers, 15 * unit)
    if fits:
        check_clicks(own, 12 * unit)
    else:
        assert "no point shows a drop from there" in said(check_clicks, own, 12 * unit)


def test_a_drop_that_is_not_shown_is_named():
    own = arm([(0, 1), (12, 0.5)], (0, 12), (20, 19), 15)
    assert said(check_clicks, own, 12.0) == (
        "arm A: at time 12 the curve is at 0.500, but with 19 at risk at time 12 the nearest possible right before is "
        f"0.950, and no point shows a drop from there; {SHIFTED}"
    )
    check_clicks(own, 12.0, 0.2)
    check_clicks(own, 300.0)


def test_each_number_at_risk_is_looked_at_but_none_of_nobody():
    own = arm([(0, 1), (3, 0.95), (6, 0.9), (9, 0.5), (12, 0.1)], (0, 6, 9, 15), (20, 18, 17, 0), 15)
    assert "at time 9 the curve is at 0.500, but with 17 at risk at time 9 and 0 at time 15" in said(
        check_clicks, own, 12.0
    )


# ---- Steps of a clean curve


def steps(*rows):
    """Time, patients at risk and events of each step."""
    time, risk, dead = zip(*rows, strict=True)
    return np.array(time, float), np.array(risk), np.array(dead)


def test_a_step_that_needs_more_patients_than_are_at_risk_is_named():
    """4 events of 41 cannot be a step of 20 patients, of whom 2 would be 10%."""
    own = arm([(0, 1), (9, 0.5)], (0, 5), (50, 20), 12)
    assert said(check_steps, own, *steps((2, 50, 5), (6, 41, 4), (8, 37, 1))) == (
        "arm A: at time 6 the curve steps from 0.9 to 0.8122, an event of 4 in 41 patients, but with 20 at risk at "
        f"time 5 the nearest possible is 0.81; {SHIFTED}"
    )


def test_nobody_makes_no_step():
    own = arm([(0, 1), (9, 0.5)], (0, 5), (50, 0), 12)
    assert said(check_steps, own, *steps((6, 10, 1))) == (
        "arm A: at time 6 the curve steps from 1 to 0.9, an event of 1 in 10 patients, but with nobody at risk from "
        f"time 5 on the nearest possible is 1; {SHIFTED}"
    )


def test_one_patient_makes_a_step_to_0():
    own = arm([(0, 1), (9, 0.5)], (0, 5), (50, 1), 12)
    assert "with 1 at risk at time 5 the nearest possible is 0;" in said(check_steps, own, *steps((6, 10, 9)))


def test_a_tenth_and_two_patients_may_be_a_misprint():
    own = arm([(0, 1), (9, 0.5)], (0, 5), (50, 16), 12)
    check_steps(own, *steps((6, 20, 1)))
    assert "an event of 1 in 21 patients" in said(check_steps, own, *steps((6, 21, 1)))


@pytest.mark.parametrize(
    "row",
    [
        (6, 24, 1),  # 20 at risk: a tenth and two fewer than 24 are 19.6
        (6, 40, 2),  # as 1 of 20
        (5, 50, 1),  # some tables leave out who leaves at their very times
        (0, 50, 1),
    ],
)
def test_steps_of_about_as_many_patients_as_are_at_risk_pass(row):
    check_steps(arm([(0, 1), (9, 0.5)], (0, 5), (50, 20), 12), *steps(row))


@pytest.mark.parametrize("row", [(6, 25, 1), (5.01, 50, 1), (9, 26, 3)])
def test_steps_of_more_patients_than_a_misprint_hides_do_not(row):
    own = arm([(0, 1), (9, 0.5)], (0, 5), (50, 20), 12)
    assert f"an event of {row[2]} in {row[1]} patients" in said(check_steps, own, *steps(row))


# ---- Distance of patients from the curve

TIMES, EVENTS = np.array([1.0, 3, 2, 4, 4]), np.array([1, 0, 1, 1, 1])  # 0.8 from 1, 0.6 from 2, 0 from 4


@pytest.mark.parametrize(
    ("point", "slack", "distance"),
    [
        ((0.5, 0.97), 0, -0.03),
        ((1.5, 0.8), 0, 0),
        ((2, 0.85), 0, 0.05),  # above the whole step from 0.8 to 0.6
        ((2, 0.7), 0, 0),
        ((2, 0.5), 0, -0.1),
        ((3.5, 0.61), 0, 0.01),  # a censoring makes no step
        ((4, 0.3), 0, 0),
        ((9, 0.1), 0, 0.1),
        ((2.25, 0.7), 0, 0.1),
        ((2.25, 0.8), 0.25, 0),  # the step may be late
        ((1.75, 0.6), 0.25, 0),  # or early
        ((1.75, 0.6), 0.2, -0.2),
    ],
)
def test_the_distance_of_a_point_from_patients_by_hand(point, slack, distance):
    assert distances(arm([point]), TIMES, EVENTS, slack) == pytest.approx([distance])


def test_without_slack_steps_are_where_they_are():
    assert distances(arm([(2.01, 0.8), (1.99, 0.6)]), TIMES, EVENTS) == pytest.approx([0.2, -0.2])


CENSORED = np.linspace(5, 9, 50), np.zeros(50, int)
FALLING = [(1, 1), (2, 0.9), (3, 0.8), (4, 0.7)]


def test_patients_who_do_not_come_near_the_curve_are_refused():
    assert said(check_fit, arm(FALLING), *CENSORED) == (
        "arm A: no patients found with these numbers at risk give this curve: at time 4 it is at 0.70, the nearest "
        f"found at 1.00; {SHIFTED}"
    )


@pytest.mark.parametrize("events", [0, 2])
def test_events_that_do_not_give_the_curve_are_told_how_many_it_suggests(events):
    suggested = 50 * log(1 / 0.7) / log(50 / 0.5)  # 3.9
    assert said(check_fit, arm(FALLING, events=events), *CENSORED) == (
        f"arm A: {events} events do not give this curve with these numbers at risk: at time 4 it is at 0.70, the "
        f"nearest possible at 1.00; the curve suggests about {suggested:.0f}. Correct the events, or leave them blank"
    )


def test_a_rise_of_the_clicks_is_not_held_against_the_patients():
    """0.4 and 0.6 are a curve at 0.5."""
    own = arm([(1, 1), (2, 0.4), (3, 0.6), (4, 0.5)])
    assert "at time 2 it is at 0.40, the nearest found at 1.00" in said(check_fit, own, *CENSORED)
    half = np.append(np.full(25, 1.5), np.full(25, 9.0)), np.repeat([1, 0], 25)
    check_fit(own, *half)


@pytest.mark.parametrize(
    ("height", "fits"),
    [(0.95, True), (0.93, False)],  # a mean of 0.025 and 0.035
)
def test_patients_may_miss_the_curve_by_three_hundredths_on_average(height, fits):
    own = arm([(1, 1), (2, 1), (3, height), (4, height)])
    if fits:
        check_fit(own, *CENSORED)
    else:
        assert "the nearest found at 1.00" in said(check_fit, own, *CENSORED)


def test_steps_may_be_early_or_late_by_three_hundredths_of_follow_up():
    half = np.append(np.full(25, 5.0), np.full(25, 100.0)), np.repeat([1, 0], 25)
    check_fit(arm([(2.5, 0.5), (7.5, 1)][::-1], end=100), *half)
    early = said(check_fit, arm([(1.5, 0.5), (1.9, 0.5)], end=100), *half)
    assert "at time 1.5 it is at 0.50, the nearest found at 1.00" in early
