import joblib
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from typer.testing import CliRunner

from netterbook.cli import app
from netterbook.errors import Conflict
from netterbook.methods import patients
from netterbook.reconstruction import validation
from netterbook.reconstruction.validation import KnownTrial, accuracy, assess, coverage, errors, simulated_trial, study

nan, inf = float("nan"), float("inf")


def small(seed=1, n=(24, 26)):
    """A trial of 50 patients, quick to reconstruct."""
    rng = np.random.default_rng([seed, 5])
    arm = np.repeat([0, 1], n)
    time = rng.exponential(np.where(arm == 1, 12, 6)).round(2) + 0.01
    leave = rng.uniform(6, 20, arm.size).round(2)
    return KnownTrial(f"small {seed}", "test", np.minimum(time, leave), (time <= leave).astype(np.int64), arm)


@pytest.fixture(scope="module")
def leukemia():
    return validation.shipped(["leukemia"])[0]


# ---- simulated trials


def test_a_simulated_trial_depends_on_its_seed_alone():
    one, again, other = simulated_trial(3), simulated_trial(3), simulated_trial(4)
    for column in ("time", "event", "arm"):
        assert np.array_equal(getattr(one, column), getattr(again, column))
    assert len(one.time) != len(other.time)
    assert (one.name, one.source) == ("simulated 3", "simulated")


def test_simulated_trials_are_plausible():
    trials = [simulated_trial(seed) for seed in range(1, 41)]
    for trial in trials:
        n = np.bincount(trial.arm)
        assert len(n) == 2 and n.min() >= 60 and n.max() <= 200
        assert len(trial.time) == len(trial.event) == len(trial.arm)
        assert set(trial.event) == {0, 1}
        days = trial.time * validation.DAYS_A_MONTH
        assert np.allclose(days, days.round(), atol=1e-6) and days.min() >= 1
        assert 12 < trial.time.max() < 48
        assert 0.15 < trial.event.mean() < 0.9
        assert min(trial.own(a)[1].sum() for a in (0, 1)) >= 5
        assert 0.05 < trial.truth("hr") < 1.5
    assert np.median([trial.truth("hr") for trial in trials]) < 0.8
    assert len({trial.step for trial in trials}) > 1


def test_half_of_the_simulated_trials_look_at_scans():
    """Events then crowd within three weeks of whole quarters, a quarter of the time."""
    crowded = []
    for seed in range(1, 41):
        trial = simulated_trial(seed)
        time = trial.time[(trial.event == 1) & (trial.time > 1)]
        crowded.append((abs(time - 3 * np.round(time / 3)) < 0.7).mean() > 0.7)
    assert 10 <= sum(crowded) <= 30


# ---- shipped data sets


KNOWN = {  # patients, events, patients of arm 1
    "rossi": (432, 114, 216),  # Rossi, Berk and Lenihan 1980
    "lymphoma": (80, 54, 61),  # Matthews and Farewell 1985: 19 of stage III, 61 of stage IV
    "leukemia": (42, 30, 21),  # Freireich, Blood 1963
    "waltons": (163, 156, 34),
    "larynx": (90, 50, 40),  # Kardaun, Stat Neerl 1983: 33, 17, 27 and 13 of stages I to IV
    "kidney": (863, 140, 289),  # Klein and Moeschberger 1997, section 1.7
}


def test_shipped_data_sets_have_the_known_sizes():
    trials = validation.shipped()
    assert [trial.name.partition(":")[0] for trial in trials] == list(KNOWN) == list(validation.DATA_SETS)
    for trial, known in zip(trials, KNOWN.values(), strict=True):
        assert (len(trial.time), int(trial.event.sum()), int(trial.arm.sum())) == known
        assert set(trial.arm) == {0, 1} and set(trial.event) == {0, 1}
        assert (trial.time > 0).all()
        assert trial.time.dtype == float and trial.event.dtype == trial.arm.dtype == np.int64


def test_shipped_takes_names():
    assert [len(trial.time) for trial in validation.shipped(["larynx", "leukemia"])] == [90, 42]
    assert validation.shipped([]) == []
    with pytest.raises(KeyError):
        validation.shipped(["none"])


def test_6_mercaptopurine_is_the_experimental_arm(leukemia):
    """Events 21 of 21 on placebo and 9 of 21 on 6-MP; medians 8 and 23 weeks; Efron's hazard ratio 0.21."""
    assert leukemia.arms.to_numpy().tolist() == [[0, 21, 21, 23], [1, 21, 9, 35]]
    printed = leukemia.summaries
    assert (printed["median0"], printed["median1"], printed["hr"], printed["logrank_p"]) == (
        *("8.0", "23.0"),
        *("0.21", "<0.001"),
    )


# ---- what is printed of a trial

TRIALS = {"leukemia": None, "rossi": None, "kidney": None, "simulated": 2, "small": 1}


@pytest.fixture(scope="module", params=TRIALS)
def trial(request):
    if request.param == "small":
        return small()
    return simulated_trial(2) if request.param == "simulated" else validation.shipped([request.param])[0]


def test_numbers_at_risk_begin_with_all_and_are_those_of_a_count(trial):
    table = trial.at_risk
    assert table.columns.tolist() == ["arm", "time", "n_risk"]
    for arm in (0, 1):
        own = table[table.arm == arm]
        assert own.time.iloc[0] == 0 and own.n_risk.iloc[0] == (trial.arm == arm).sum()
        assert np.allclose(np.diff(own.time), trial.step) and 5 <= len(own) <= 12
        assert own.time.iloc[-1] <= trial.time.max() + trial.step / 2
        assert own.n_risk.tolist() == [(trial.own(arm)[0] >= t).sum() for t in own.time]


def test_arms_add_up(trial):
    arms = trial.arms
    assert arms.columns.tolist() == ["arm", "n", "events", "tmax"]
    assert (arms.n.sum(), arms.events.sum(), arms.tmax.max()) == (
        *(len(trial.time), trial.event.sum()),
        trial.time.max(),
    )
    for arm, row in arms.set_index("arm").iterrows():
        time, event = trial.own(arm)
        assert (row.n, row.events, row.tmax) == (len(time), event.sum(), time.max())


def test_landmark_and_horizon_are_columns_that_are_followed(trial):
    columns = set(trial.at_risk.time.round(9))
    assert round(trial.landmark, 9) in columns and round(trial.horizon, 9) in columns
    assert trial.horizon <= min(trial.own(a)[0].max() for a in (0, 1))
    assert abs(trial.landmark - 0.4 * trial.time.max()) <= trial.step / 2


def test_printed_summaries_are_the_patients_own_rounded(trial):
    printed = trial.summaries
    values = dict(zip(("hr", "hr_lo", "hr_hi"), patients.cox(trial.time, trial.event, trial.arm)[:3], strict=True))
    for arm in (0, 1):
        for stem, estimate in (
            ("lm", patients.survival_rate(*trial.own(arm), trial.landmark)),
            ("median", patients.median_survival(*trial.own(arm))),
        ):
            values |= {f"{stem}{arm}{end}": x for end, x in zip(("", "_lo", "_hi"), estimate, strict=True)}
    for name, value in values.items():
        if np.isnan(value):
            assert printed.get(name) == ("NR" if name.startswith("median") else None)
        else:
            decimals = len(printed[name].partition(".")[2])
            assert abs(float(printed[name]) - value) <= 0.5 * 10**-decimals + 1e-12
            assert decimals == (3 if name[:2] == "lm" else 2 if name[:2] == "hr" else decimals)
    assert set(printed) <= {*values, "logrank_p", "landmark"}
    assert float(printed["landmark"]) == pytest.approx(trial.landmark)


def test_printed_numbers_are_those_of_lifelines():
    trial = validation.shipped(["rossi"])[0]
    table = pd.DataFrame({"t": trial.time, "e": trial.event, "arm": trial.arm})
    fit = CoxPHFitter().fit(table, "t", "e")
    (low, high), printed = np.exp(fit.confidence_intervals_.to_numpy()[0]), trial.summaries
    hr = np.exp(fit.params_["arm"])
    assert [printed[x] for x in ("hr", "hr_lo", "hr_hi")] == [f"{x:.2f}" for x in (hr, low, high)]
    one, zero = table[table.arm == 1], table[table.arm == 0]
    p = logrank_test(one.t, zero.t, one.e, zero.e).p_value
    assert printed["logrank_p"] == f"{p:.2g}"
    curve = KaplanMeierFitter().fit(one.t, one.e)
    assert printed["lm1"] == f"{curve.predict(trial.landmark):.3f}"
    assert printed["median1"] == "NR" and np.isinf(curve.median_survival_time_)


@pytest.mark.parametrize("p", [0.0003, 0.0012, 0.034, 0.0949, 0.0951, 0.5])
def test_p_values_round_as_papers_round(p, monkeypatch):
    monkeypatch.setattr(patients, "log_rank", lambda *_: patients.LogRank(1.0, p))
    printed = {0.0003: "<0.001", 0.0012: "0.0012", 0.034: "0.034", 0.0949: "0.095", 0.0951: "0.10", 0.5: "0.50"}
    assert small().summaries["logrank_p"] == printed[p]


def test_truth_is_that_of_the_patients(leukemia):
    assert leukemia.truth("median0") == 8 and leukemia.truth("median1") == 23
    assert leukemia.truth("hr") == patients.cox(leukemia.time, leukemia.event, leukemia.arm).hr
    assert leukemia.truth("survival0") == patients.survival_rate(*leukemia.own(0), leukemia.landmark).value
    assert leukemia.truth("rmst1") == patients.rmst(*leukemia.own(1), leukemia.horizon).value
    assert validation.shipped(["rossi"])[0].truth("median0") == inf


def test_an_arm_that_ends_before_the_landmark():
    one = np.arange(1, 21)
    trial = KnownTrial("short", "test", np.append(one, 0.3 * one), np.tile([1, 0], 20), np.repeat([0, 1], 20))
    assert trial.landmark > 6
    assert "lm1" not in trial.summaries


# ---- curves


def test_corners_are_the_drops_of_the_curve(trial):
    corners = trial.corners()
    assert corners.columns.tolist() == ["arm", "time", "survival"]
    for arm in (0, 1):
        own, (time, event) = corners[corners.arm == arm], trial.own(arm)
        assert own.iloc[0, 1:].tolist() == [0, 1]
        assert own.time.iloc[1:].tolist() == sorted(set(time[event == 1]))
        assert (np.diff(own.survival) < 0).all() and own.survival.between(0, 1).all()
        assert np.allclose(own.survival, patients.kaplan_meier(time, event).at(own.time), atol=1e-8)


def test_clicks_are_a_hundred_an_arm_near_the_curve(trial):
    clicks = trial.clicks(1)
    assert clicks.columns.tolist() == ["arm", "time", "survival"]
    assert clicks.groupby("arm").size().to_dict() == {0: 100, 1: 100}
    assert clicks.survival.between(0, 1).all() and (clicks.time >= 0).all()
    assert clicks.time.max() < trial.time.max() * 1.015
    assert np.array_equal(clicks.survival, clicks.survival.round(3))
    reach = 0.012 * trial.time.max()  # four standard deviations of a click either way
    for arm in (0, 1):
        own, curve = clicks[clicks.arm == arm], patients.kaplan_meier(*trial.own(arm))
        end = trial.own(arm)[0].max()
        low, high = (curve.at(np.clip(own.time + side * reach, 0, end)) for side in (1, -1))
        assert (own.survival > low - 0.0125).all() and (own.survival < high + 0.0125).all()


def test_clicks_depend_on_the_seed():
    trial = small()
    pd.testing.assert_frame_equal(trial.clicks(2), trial.clicks(2))
    assert not trial.clicks(2).equals(trial.clicks(3))


# ---- one trial assessed

SETTINGS = {
    "clean curve": ["events0", "events1", "hr", "median0", "median1", "rmst0", "rmst1"],
    "noisy clicks": ["events0", "events1", "hr", "median0", "median1", "rmst0", "rmst1"],
    "HR withheld": ["hr", "rmst0", "rmst1"],
    "rates withheld": ["survival0", "survival1"],
    "medians withheld": ["median0", "median1"],
}


def test_assess_has_every_setting(leukemia):
    table = assess(leukemia, draws=12)
    assert list(zip(table.setting, table.quantity, strict=True)) == [(s, q) for s in SETTINGS for q in SETTINGS[s]]
    assert set(table.trial) == {leukemia.name} and set(table.source) == {"lifelines"}
    for row in table.itertuples():
        count = {"events0": 21, "events1": 9}.get(row.quantity)
        assert row.true == (leukemia.truth(row.quantity) if count is None else count)
    clean = table[table.setting == "clean curve"]
    assert np.allclose(clean.estimate, clean.true, rtol=1e-6)  # every step of this curve can be told
    drawn = table[table.setting.str.endswith("withheld")]
    assert drawn.draws.between(1, 12).all() and (drawn.tried >= drawn.draws).all()
    ends = drawn[["low", "low50", "estimate", "high50", "high"]].to_numpy()
    assert (np.diff(ends, axis=1) >= 0).all()
    assert table[~table.index.isin(drawn.index)][["low", "high", "draws", "tried"]].isna().all(axis=None)


def test_what_is_withheld_is_not_given(monkeypatch):
    given = {}

    def refuse(at_risk, arms, summaries, **options):
        given[len(given)] = (set(summaries), options)
        raise Conflict("none")

    monkeypatch.setattr(validation, "from_summaries", refuse)
    trial = small()
    table = validation.assess_summaries(trial, draws=9, seed=4)
    names = [names for names, _ in given.values()]
    assert all(names == set(trial.summaries) - set(hidden) - ({"landmark"} if setting == "rates" else set())
               for names, (setting, hidden) in zip(names, validation.WITHHELD.items(), strict=True))  # fmt: skip
    assert not any(name.startswith(("hr", "logrank")) for name in names[0])
    assert not any(name.startswith("lm") for name in names[1])
    assert not any(name.startswith("median") for name in names[2])
    assert all(options == {"draws": 9, "seed": 4, "jobs": 1} for _, options in given.values())
    assert table[["estimate", "low", "high", "low50", "high50"]].isna().all(axis=None)
    assert (table[["draws", "tried"]] == 0).all(axis=None) and len(table) == 7


def test_a_median_that_is_not_reached_is_no_target(monkeypatch):
    def refuse(*_, **__):
        raise Conflict("none")

    monkeypatch.setattr(validation, "from_summaries", refuse)
    table = validation.assess_summaries(validation.shipped(["rossi"])[0])
    assert table.quantity.tolist() == ["hr", "rmst0", "rmst1", "survival0", "survival1"]


# ---- a study, over processes and machines


@pytest.fixture(scope="module")
def alone():
    return study([small(1), small(2)], draws=3, seed=5, jobs=1)


def test_a_study_is_its_trials_in_order(alone):
    assert alone.trial.drop_duplicates().tolist() == ["small 1", "small 2"]
    second = alone[alone.trial == "small 2"].reset_index(drop=True)
    pd.testing.assert_frame_equal(second, assess(small(2), draws=3, seed=5), check_exact=True)


def test_processes_do_not_change_a_study(alone):
    steps = []
    table = study([small(1), small(2)], draws=3, seed=5, jobs=2, progress=lambda: steps.append(1))
    pd.testing.assert_frame_equal(table, alone, check_exact=True)
    assert len(steps) == 2


def test_a_cluster_does_not_change_a_study(alone):
    distributed = pytest.importorskip("distributed")
    steps = []
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        assert len(cluster.workers) == 2
        table = study(
            [small(1), small(2)],
            draws=3,
            seed=5,
            scheduler=cluster.scheduler_address,
            progress=lambda: steps.append(1),
        )
    pd.testing.assert_frame_equal(table, alone, check_exact=True)
    assert len(steps) == 2


def test_seeds_change_estimates_and_not_the_truth():
    one, again, other = (validation.assess_curve(small(), seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    assert one.true.tolist() == other.true.tolist()
    noisy = one.setting == "noisy clicks"
    assert one.estimate[~noisy].tolist() == other.estimate[~noisy].tolist()
    assert one.estimate[noisy].tolist() != other.estimate[noisy].tolist()


# ---- errors, accuracy, coverage


def results(*rows):
    columns = ["setting", "quantity", "true", "estimate", "low", "high", "low50", "high50"]
    return pd.DataFrame(rows, columns=columns)


def bare(setting, quantity, true, estimate):
    return (setting, quantity, true, estimate, nan, nan, nan, nan)


def test_errors_of_each_kind():
    table = results(
        bare("s", "hr", 0.5, 0.25),
        bare("s", "median0", 8, 10),
        bare("s", "median1", 8, inf),
        bare("s", "rmst1", 20, 19),
        bare("s", "survival0", 0.60, 0.55),
        bare("s", "events1", 30, 28),
        bare("s", "hr", 0.5, nan),
    ).set_index(pd.Index(range(10, 17)))
    found = errors(table)
    assert found.index.tolist() == list(range(10, 17))
    assert found.tolist() == pytest.approx([-np.log(2), 25, inf, -5, -5, -2, nan], nan_ok=True)


def test_accuracy_of_known_errors():
    events = [bare("a", f"events{i % 2}", 30, 30 + e) for i, e in enumerate((0, 0, -1, 2, 7))]
    table = results(*events, bare("b", "events0", 5, 5), bare("a", "hr", 0.5, 1.0), bare("a", "hr", 0.5, nan))
    found = accuracy(table)
    assert found.columns.tolist() == ["setting", "kind", "cases", "median", "90th percentile", "exact, %"]
    assert found.iloc[0].tolist() == ["a", "events", 5, 1, pytest.approx(5), 40]  # 2 + 0.6 × (7 − 2)
    assert found.iloc[1].tolist() == ["b", "events", 1, 0, 0, 100]
    assert found.iloc[2].tolist() == ["a", "hr", 1, *[pytest.approx(np.log(2))] * 2, 0]
    assert len(found) == 3


def test_accuracy_counts_a_median_wrongly_not_reached():
    found = accuracy(results(bare("s", "median0", 8, inf), bare("s", "median1", 8, 8)))
    assert found.cases.tolist() == [2]


def test_coverage_of_known_intervals():
    table = results(
        ("HR withheld", "hr", 0.5, 0.5, 0.4, 0.6, 0.45, 0.55),  # inside both
        ("HR withheld", "hr", 0.5, 0.6, 0.4, 0.8, 0.55, 0.7),  # inside one
        ("HR withheld", "hr", 0.5, 0.7, 0.6, 0.8, 0.65, 0.75),  # outside both
        ("HR withheld", "hr", 0.5, 0.5, 0.5, 0.5, 0.5, 0.5),  # at the end
        ("medians withheld", "median0", 8, 9, 7, inf, 8.5, 12),
        ("medians withheld", "median1", 8, inf, 9, inf, inf, inf),
        ("medians withheld", "median1", 8, nan, nan, nan, nan, nan),  # no patients found
        bare("clean curve", "hr", 0.5, 0.5),
    )
    found = coverage(table)
    assert found.columns.tolist() == ["setting", "kind", "cases", "inside 95%", "inside 50%"]
    assert found.to_numpy().tolist() == [
        ["HR withheld", "hr", 4, 75, 50],
        ["medians withheld", "median", 2, 50, 0],
        ["all", "", 6, pytest.approx(200 / 3), pytest.approx(100 / 3)],
    ]


def test_accuracy_and_coverage_of_a_study(alone):
    table = accuracy(alone)
    assert set(table.setting) == set(SETTINGS)
    assert (table["90th percentile"] >= table["median"]).all()
    found = coverage(alone)
    assert found.iloc[-1].setting == "all" and found.cases.iloc[-1] == found.cases.iloc[:-1].sum()
    assert (found["inside 50%"] <= found["inside 95%"]).all()


# ---- netterbook validate


def run(*arguments):
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


@pytest.fixture
def none_shipped(monkeypatch):
    monkeypatch.setattr(validation, "shipped", lambda: [])


@pytest.fixture
def quick(monkeypatch, none_shipped):
    """No reconstruction: only what the command does with the results."""
    calls = []
    table = results(("HR withheld", "hr", 0.5, 0.5, 0.4, 0.6, 0.45, 0.55), bare("clean curve", "hr", 0.5, 0.25))

    def study(trials, *options):
        calls.append((len(trials), *options[:4]))
        for _ in trials:
            options[-1]()
        return table

    monkeypatch.setattr(validation, "study", study)
    return calls


def test_validate_writes_the_study_and_prints_both_tables(tmp_path, none_shipped, monkeypatch):
    path, made = tmp_path / "validation.csv", []

    def watched(*options):
        made.append(study(*options))
        return made[-1]

    monkeypatch.setattr(validation, "study", watched)
    result = run("--simulated", 1, "--draws", 8, "--jobs", 1, "--output", path)
    assert result.exit_code == 0, result.output
    written = pd.read_csv(path)
    assert set(written.trial) == {"simulated 1"} and set(written.setting) == set(SETTINGS)
    pd.testing.assert_frame_equal(written, made[0], rtol=1e-5, check_dtype=False)
    for word in ("90th percentile", "inside 95%", *SETTINGS, "all"):
        assert word in result.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["validation.csv"]


def test_validate_hands_over_its_options(quick):
    assert (
        run("--simulated", 2, "--draws", 9, "--seed", 3, "--jobs", 2, "--scheduler", "tcp://10.0.0.1:8786").exit_code
        == 0
    )
    assert run("--simulated", 1).exit_code == 0
    assert quick == [(2, 9, 3, 2, "tcp://10.0.0.1:8786"), (1, 200, 1, -1, None)]


def test_validate_prints_accuracy_and_coverage(quick):
    result = run("--simulated", 1)
    words = [line.split() for line in result.stdout.splitlines()]
    assert ["clean", "curve", "hr", "1", "0.6931", "0.6931", "0.0"] in words
    assert ["HR", "withheld", "hr", "1", "100.0", "100.0"] in words


def test_a_missing_folder_is_refused_before_the_work(quick, tmp_path):
    path = tmp_path / "missing" / "validation.csv"
    result = run("--simulated", 1, "--output", path)
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert result.stdout == "" and quick == []
    assert f"netterbook: cannot write {path}: No such file or directory" in result.stderr


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch, none_shipped):
    distributed = pytest.importorskip("distributed")

    def silent(address):
        raise OSError(f"Timed out trying to connect to {address} after 30 s")

    monkeypatch.setattr(distributed, "Client", silent)
    result = run("--simulated", 1, "--scheduler", "tcp://127.0.0.1:1")
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert "cannot use the scheduler tcp://127.0.0.1:1: Timed out" in result.stderr


@pytest.mark.parametrize("option", [("--simulated", -1), ("--draws", 0), ("--draws", "many")])
def test_impossible_options_are_refused(quick, option):
    assert run(*option).exit_code == 2
    assert quick == []


def test_a_folder_in_place_of_the_file_is_refused_before_the_work(quick, tmp_path):
    result = run("--simulated", 1, "--output", tmp_path)
    assert result.exit_code == 2 and "cannot write" in result.stderr
    assert quick == []


def test_no_more_processes_than_cores(monkeypatch):
    asked = []

    def parallel(n_jobs, **_):
        asked.append(n_jobs)
        return lambda tasks: [pd.DataFrame({"trial": [1]}) for _ in tasks]

    monkeypatch.setattr(validation, "Parallel", parallel)
    for jobs in (1, -1, 100_000):
        validation.study([small(1)], jobs=jobs)
    assert asked == [1, -1, joblib.cpu_count()]


@pytest.mark.parametrize("option", [("--scheduler", "nonsense"), ("--jobs", 0)])
def test_a_malformed_address_and_no_processes_are_refused(none_shipped, option):
    if option[0] == "--scheduler":
        pytest.importorskip("distributed")
    result = run("--simulated", 1, "--draws", 1, *option)
    assert result.exit_code == 2 and "netterbook: " in result.stderr
