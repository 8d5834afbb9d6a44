import csv
import re
from math import exp, log, sqrt
from pathlib import Path
from statistics import NormalDist

import pytest
from scipy.stats import fisher_exact

from netterbook import papers
from netterbook.audit import build_ledger
from netterbook.book.netter import tables
from netterbook.claims import Verdict

ROOT = Path(__file__).parents[3]


def test_numbers_at_risk_fall_from_the_groups_sizes(ledger):
    for paper, figure in (("netter1", "figure1a"), ("netter1", "figure1b"), ("netter2", "figure2a")):
        frame = tables.numbers_at_risk(paper, figure)
        sizes = [ledger.value(f"{paper}.table1.n.{arm}.count") for arm in tables.ARMS]
        assert list(frame.iloc[0]) == [0, *sizes]
        assert (frame[["lu", "control"]].diff().dropna() <= 0).all(axis=None)


def test_subgroups_carry_the_printed_ratios_and_counts():
    rows = tables.subgroups("netter2", "figure2b").set_index("row")
    raw = papers.table("netter2", "figure2b").set_index("row")
    assert list(rows.index) == list(raw.index)
    for name, row in rows.iterrows():
        printed = f"{row.hr:.2f} ({row.low:.2f}–{row.high:.2f})".replace(".", "·")
        assert printed == raw.loc[name, "hr"]
        assert raw.loc[name, "lu"].startswith(row.lu + " (")


@pytest.mark.parametrize(
    ("unknown_as", "lu", "control"),
    [("no response", (65, 151), (7, 75)), ("response", (71, 151), (18, 75)), ("excluded", (65, 145), (7, 64))],
)
def test_unknown_responses_counted_three_ways(unknown_as, lu, control):
    shares, counted = tables.best_response(unknown_as)
    assert tuple(counted.loc["lu"]) == lu
    assert tuple(counted.loc["control"]) == control
    assert shares.sum().round(9).tolist() == [100, 100]


def test_the_design_is_the_printed_one(ledger):
    design = tables.design("netter1", 0.5)
    assert (design["planned"], design["seen"], design["alpha"]) == (74, 23 + 68, 0.05)
    design = tables.design("netter2", 0.5)
    assert (design["planned"], design["seen"], design["alpha"]) == (99, 101, 0.05)
    assert tables.design_values("netter2", 0.5)["power"] == "90.2%"
    for paper in ("netter1", "netter2"):
        claims = tables.design_claims(paper)
        assert claims
        assert all(ledger[c].place == "Methods" and ledger.checks[c] for c in claims)


def test_pooled_subgroups_of_netter1_lie_near_the_printed_hazard_ratio():
    frame = tables.pooled_subgroups("netter1")
    assert len(frame) == 8
    assert set(frame["Printed, all patients"]) == {"0.21"}
    pooled = frame.set_index("Pair")["Pooled hazard ratio (95% CI)"]
    assert pooled["Age"] == "0.22 (0.13 to 0.35)"


def test_what_is_possible_is_counted_once(ledger):
    counted = tables.possible_by_method()
    assert counted["Claims"].sum() == ledger.summary().loc["all", "possible"]
    order = [(-row.Claims, row[1]) for row in counted.iloc[:-1].itertuples()]
    assert order == sorted(order) and len({claims for claims, _ in order}) < len(order)  # some are equal


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("chapters/*.ipynb")]), ids=lambda p: p.stem
)
def test_no_table_is_sorted_so_that_equals_stand_in_the_order_of_a_processor(path):
    """Quicksort leaves them as its vectors are long."""
    text = path.read_text(encoding="utf-8").replace('\\"', '"')
    for name, needed in (("sort_values", 'kind="stable"'), ("value_counts", "sort=False")):
        for call in text.split(f".{name}(")[1:]:
            assert needed in call[:160], f"{name}({call[:60]}"


def test_overviews(ledger):
    assert len(tables.verdict_meanings()) == len(Verdict)
    assert tables.papers_at_a_glance()["Printed numbers"].sum() == len(ledger.claims)
    assert tables.ends("sundlov2022.abstract.cycles_received") == {"low": "1", "high": "9"}


# ---- another way: cells as they stand in data/


def read(name):
    with (papers.data_dir() / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(cell):
    """The count a cell begins with."""
    return int(re.match(r"\d+", cell)[0])


def test_the_profile_adds_up_branch_by_branch():
    n = {row["row"]: int(row["printed"]) for row in read("netter2/figure1")}
    assert n["screened"] - n["screen_failures"] == n["randomised"] == n["assigned_lu"] + n["assigned_control"]
    boxes = tables.trial_profile()
    assert [int(box[0].split()[0]) for box in boxes["all"]] == [n["screened"], n["randomised"]]
    assert boxes["side"] == [[f"{n['screen_failures']} screen failures"]]
    for arm, again in (("lu", "retreated_lu"), ("control", "crossed_over_control")):
        of_whom = boxes[arm][2].pop()
        assert of_whom.startswith(f"of whom {n[again]} ")
        assigned, treated, ended, cutoff = ([number(line.strip()) for line in box] for box in boxes[arm])
        assert assigned == [n[f"assigned_{arm}"]]
        assert treated[:2] == [n[f"treated_{arm}"], n[f"not_treated_{arm}"]] and sum(treated[:2]) == assigned[0]
        assert sum(treated[2:]) == treated[1]
        assert ended[0] == n[f"ended_{arm}"] == sum(ended[1:])
        assert ended[0] + n[f"still_on_treatment_{arm}"] == treated[0]
        still = n["still_on_retreatment_lu" if arm == "lu" else "still_on_crossover_control"]
        assert cutoff[0] == sum(cutoff[1:5]) == assigned[0]
        assert cutoff[1:5] == [
            n[f"still_on_treatment_{arm}"], still, n[f"followup_{arm}"], n[f"end_of_study_{arm}"],
        ]  # fmt: skip
        assert cutoff[4] == sum(cutoff[5:]) == n[f"end_of_study_death_{arm}"] + n[f"end_of_study_withdrawal_{arm}"]
        assert sum(n[row] for row in n if row.startswith("not_treated_") and row.endswith(arm)) == 2 * treated[1]


def test_every_reason_of_the_profile_is_in_its_box_with_its_words():
    boxes = tables.trial_profile()
    for row in read("netter2/figure1"):
        for stem, place in (("not_treated_", 1), ("ended_", 2), ("end_of_study_", 3)):
            if row["row"].startswith(stem) and ": " in row["label"]:
                line = f"    {row['printed']} {row['label'].split(': ')[1]}"
                assert line in boxes[row["arm"]][place]
    drawn = [line for arm in ("lu", "control") for place in (1, 2, 3) for line in boxes[arm][place]]
    assert sum(line.startswith("    ") for line in drawn) == 4 + 2 + 6 + 5 + 2 + 2


def by_hand(paper):
    """Standardised differences of every row of Table 1 that has two means or two counts that vary."""
    found = []
    table = read(f"{paper}/table1")
    size = [int(table[0][arm]) for arm in ("lu", "control")]
    for row in table[1:]:
        if row["measure"] == "mean±SD":
            (m1, s1), (m2, s2) = (map(float, row[arm].split("±")) for arm in ("lu", "control"))
            found.append((m1 - m2) / sqrt((s1**2 + s2**2) / 2))
        elif row["measure"].startswith("count"):
            p1, p2 = (number(row[arm]) / n for arm, n in zip(("lu", "control"), size, strict=True))
            if 0 < p1 + p2 < 2:
                found.append((p1 - p2) / sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 2))
    return found, size


@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_baseline_balance_by_hand(paper):
    expected, _ = by_hand(paper)
    frame = tables.baseline_balance(paper)
    assert frame["difference"].tolist() == pytest.approx(expected)
    assert frame["label"].is_unique
    left_out = [row["label"] for row in read(f"{paper}/table1")[1:] if row["measure"].startswith("median")]
    assert not any(label in shown for label in left_out for shown in frame["label"])


@pytest.mark.parametrize("level", [0.501, 0.95, 0.999])
@pytest.mark.parametrize("paper", ["netter1", "netter2"])
def test_balance_in_words(paper, level):
    differences, (n1, n2) = by_hand(paper)
    bound = NormalDist().inv_cdf((1 + level) / 2) * sqrt(1 / n1 + 1 / n2)
    said = tables.balance_values(paper, level)
    assert said["bound"] == f"{bound:.2f}"
    assert said["rows"] == str(len(differences))
    assert said["beyond"] == str(sum(abs(d) > bound for d in differences))
    assert said["expected"] == f"{len(differences) * (1 - level):.1f}"
    assert said["widest"].endswith(f"({max(differences, key=abs):.2f})".replace("-", "−"))


def test_the_widest_rows_are_ovaries_and_lymph_nodes():
    assert "ovaries" in tables.balance_values("netter1", 0.95)["widest"].lower()
    assert "lymph nodes" in tables.balance_values("netter2", 0.95)["widest"].lower()


def test_testing_stops_at_the_first_end_point_without_significance(data_copy, monkeypatch):
    table = tables.hierarchy_of_testing()
    assert table["One-sided P"].tolist() == ["<0.0001", "<0.0001", *["no number printed"] * 4]
    assert (
        table["Outcome"].tolist()
        == ["significant"] * 2 + ["not significant, says the paper"] + ["not to be tested"] * 3
    )
    path = data_copy / "netter2/text.csv"
    written = path.read_text(encoding="utf-8")
    row = next(line for line in written.splitlines() if line.startswith("figure2a.pfs_p,"))
    path.write_text(written.replace(row, row.replace("<0·0001", "0·03")), encoding="utf-8")
    mutated = build_ledger(data_copy)
    monkeypatch.setattr(tables, "build_ledger", lambda: mutated)
    assert tables.hierarchy_of_testing()["Outcome"].tolist() == ["not significant"] + ["not to be tested"] * 5


@pytest.mark.parametrize(
    ("paper", "figure", "overall", "share"),
    [("netter1", "figure1c", (0.21, 0.13, 0.33), 1 / 2), ("netter2", "figure2b", (0.276, 0.182, 0.418), 2 / 3)],
)
def test_information_of_subgroups_by_hand(paper, figure, overall, share):
    """Information is the inverse variance of the log ratio; Schoenfeld's events are that over a (1 - a)."""
    frame = tables.subgroup_information(paper)
    printed = [row for row in read(f"{paper}/{figure}") if row["row"] != "overall"]
    assert len(frame) == len(printed)
    width = log(overall[2] / overall[1])
    for row, raw in zip(frame.to_dict("records"), printed, strict=True):
        hr, low, high = map(float, re.findall(r"\d+\.\d+", raw["hr"].replace("·", ".")))
        assert row["Hazard ratio (95% CI)"] == f"{hr:.2f} ({low:.2f} to {high:.2f})"
        assert row["Subgroup"].endswith(raw["label"])
        variance = (log(high / low) / (2 * 1.959964)) ** 2
        if paper == "netter2":
            assert row["Events, printed"] == str(sum(int(raw[arm].split("/")[0]) for arm in ("lu", "control")))
        else:
            assert float(row["Events, at least"]) == pytest.approx(1 / variance / share / (1 - share), abs=0.51)
        assert row["Information, of all"] == f"{100 * (width / log(high / low)) ** 2:.0f}%"
        assert float(row["Ratio to all patients"]) == pytest.approx(hr / overall[0], abs=0.00501)


def test_pairs_of_netter2_do_not_differ_more_than_chance_allows_as_the_chapter_says():
    rows = {row["row"]: row for row in read("netter2/figure2b")}
    ratios = {
        name: list(map(float, re.findall(r"\d+\.\d+", row["hr"].replace("·", ".")))) for name, row in rows.items()
    }
    assert max(hr for hr, *_ in ratios.values()) < 1
    frame = tables.pooled_subgroups("netter2").set_index("Pair")
    assert (frame["P for interaction"].str.lstrip("<").astype(float) > 0.05).all()
    (hr1, low1, high1), (hr2, low2, high2) = ratios["pancreas"], ratios["non_pancreas"]
    errors = [log(high / low) / (2 * 1.959964) for low, high in ((low1, high1), (low2, high2))]
    z = log(hr1 / hr2) / sqrt(errors[0] ** 2 + errors[1] ** 2)
    pair = next(name for name in frame.index if "origin" in name.lower())
    assert float(frame.loc[pair, "Cochran's Q"]) == pytest.approx(z**2, abs=0.006)
    assert float(frame.loc[pair, "P for interaction"]) == pytest.approx(2 * NormalDist().cdf(-abs(z)), abs=0.006)
    weights = [error**-2 for error in errors]
    pooled = exp((weights[0] * log(hr1) + weights[1] * log(hr2)) / sum(weights))
    assert frame.loc[pair, "Pooled hazard ratio (95% CI)"].startswith(f"{pooled:.2f} (")


@pytest.mark.parametrize("level", [0.501, 0.95, 0.999])
@pytest.mark.parametrize(
    ("paper", "arms"), [("netter1", ((18, 15, 116), (3, 13, 113))), ("netter2", ((65, 6, 151), (7, 11, 75)))]
)
def test_unknown_responses_under_five_assumptions(paper, arms, level):
    """Responders, unknown and patients of both groups, counted by hand from Tables 1 to 3."""
    frame = tables.unknown_response(paper, level).set_index("Assumed of them")
    (r1, u1, n1), (r2, u2, n2) = arms
    expected = {
        "none responded": ((r1, n1), (r2, n2)),
        "excluded": ((r1, n1 - u1), (r2, n2 - u2)),
        "all responded": ((r1 + u1, n1), (r2 + u2, n2)),
        "worst case": ((r1, n1), (r2 + u2, n2)),
        "best case": ((r1 + u1, n1), (r2, n2)),
    }
    assert list(frame.index) == list(expected)
    z = NormalDist().inv_cdf((1 + level) / 2)
    for name, ((a, m), (b, k)) in expected.items():
        row = frame.loc[name]
        assert row["¹⁷⁷Lu-Dotatate"] == f"{a}/{m} ({100 * a / m:.1f}%)"
        assert row["Control"] == f"{b}/{k} ({100 * b / k:.1f}%)"
        assert row["Difference, points"].startswith(f"{100 * (a / m - b / k):.1f} (")
        ratio, half = a * (k - b) / (b * (m - a)), z * sqrt(1 / a + 1 / (m - a) + 1 / b + 1 / (k - b))
        assert row["Odds ratio"] == f"{ratio:.1f} ({ratio * exp(-half):.1f} to {ratio * exp(half):.1f})"
        assert row["P (Fisher)"] == tables.p_text(fisher_exact([[a, m - a], [b, k - b]]).pvalue)
        needed = 1 / (a / m - b / k)
        assert row["Number needed to treat"].startswith(
            f"NNTB {needed:.1f} (" if needed < 9.95 else f"NNTB {needed:.0f} ("
        )


def test_unknown_are_those_of_the_tables(ledger):
    rows = {
        name: {row["row"]: row for row in read(name)} for name in ("netter1/table1", "netter1/table2", "netter2/table3")
    }
    missing = [int(rows["netter1/table1"]["n"][a]) - int(rows["netter1/table2"]["n"][a]) for a in ("lu", "control")]
    assert missing == [15, 13]
    assert [number(rows["netter2/table3"]["unknown"][arm]) for arm in ("lu", "control")] == [6, 11]


def test_events_of_one_cutoff_by_document():
    table = tables.event_counts_by_source()
    assert table["PFS events"].tolist() == ["23 v 68", "27 v 78", "23 v 67"]
    assert table["Deaths"].tolist() == ["14 v 26", "", "13 v 22"]
    text = {row["claim"]: row["printed"] for row in read("netter1/text")}
    for place, stem in (("PFS events", "pfs_events"), ("Deaths", "deaths")):
        assert table.loc[0, place] == " v ".join(text[f"results.{stem}_{arm}"] for arm in ("lu", "control"))
    said = papers.facts().loc["F046", "value"]
    assert "NEJM " + table.loc[0, "PFS events"].replace("v", "vs") in said  # the fact and the ledger agree
    label = papers.facts().loc[["F041", "F042"], "value"].str.split(" ").str[0].tolist()
    assert table.loc[1, "PFS events"] == " v ".join(label)


def test_deaths_by_the_cutoff():
    n = {row["row"]: int(row["printed"]) for row in read("netter2/figure1")}
    shares = [100 * n[f"end_of_study_death_{arm}"] / n[f"assigned_{arm}"] for arm in ("lu", "control")]
    shown = tables.deaths_by_cutoff()
    assert shown["shares"] == "{:.1f}% and {:.1f}%".format(*shares) == "21.9% and 18.7%"
    assert shown["difference"].startswith(f"{shares[0] - shares[1]:.1f} (−")
    wider = tables.deaths_by_cutoff(0.999)["difference"]
    assert float(wider.split("−")[1].split()[0]) > float(shown["difference"].split("−")[1].split()[0])
