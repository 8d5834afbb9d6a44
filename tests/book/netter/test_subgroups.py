"""Subgroups against cells as they stand in data/."""

import csv
import re
from math import exp, log, sqrt
from statistics import NormalDist

import pytest

from netterbook import papers
from netterbook.book.netter import subgroups

FIGURES = {"netter1": "figure1c", "netter2": "figure2b"}


def read(paper):
    with (papers.data_dir() / paper / f"{FIGURES[paper]}.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["row"] != "overall"]


def numbers(row):
    return [float(x) for x in re.findall(r"\d+\.\d+", row["hr"].replace("·", "."))]


@pytest.mark.parametrize("paper", FIGURES)
def test_subgroups_carry_the_printed_ratios_and_counts(paper, ledger, known):
    frame, printed = subgroups.subgroup_ratios(ledger, known[paper]), read(paper)
    for row, raw in zip(frame.to_dict("records"), printed, strict=True):
        assert [row[name] for name in ("row", "section", "label")] == [
            raw[name] for name in ("row", "section", "label")
        ]
        assert [row[name] for name in ("hr", "low", "high")] == numbers(raw)
        if paper == "netter2":
            for group, arm in (("experimental", "lu"), ("control", "control")):
                assert raw[arm].startswith(f"{row[f'{group}_events']}/{row[f'{group}_n']} (")
        else:
            assert "experimental_events" not in row


@pytest.mark.parametrize(
    ("paper", "overall", "share"),
    [("netter1", (0.21, 0.13, 0.33), 1 / 2), ("netter2", (0.276, 0.182, 0.418), 2 / 3)],
)
def test_information_of_subgroups_by_hand(paper, overall, share, ledger, known):
    """Information is the inverse variance of the log ratio; Schoenfeld's events are that over a (1 - a)."""
    assert subgroups.overall(ledger, known[paper]) == overall
    frame, printed = subgroups.information(ledger, known[paper]), read(paper)
    assert len(frame) == len(printed)
    width = log(overall[2] / overall[1])
    for row, raw in zip(frame.to_dict("records"), printed, strict=True):
        hr, low, high = numbers(raw)
        assert (row["hr"], row["low"], row["high"]) == (hr, low, high)
        assert row["label"].endswith(raw["label"])
        variance = (log(high / low) / (2 * 1.959964)) ** 2
        if paper == "netter2":
            assert row["events"] == sum(int(raw[arm].split("/")[0]) for arm in ("lu", "control"))
        else:
            assert row["events"] == pytest.approx(1 / variance / share / (1 - share), rel=1e-5)
        assert row["share"] == pytest.approx((width / log(high / low)) ** 2)
        assert row["ratio"] == pytest.approx(hr / overall[0])


def test_pooled_subgroups_of_netter1_lie_near_the_printed_hazard_ratio(ledger, known):
    frame = subgroups.pooled_pairs(ledger, known["netter1"]).set_index("pair")
    assert len(frame) == 8
    assert set(frame["printed"]) == {0.21}
    assert frame.loc["Age", ["hr", "low", "high"]].round(2).tolist() == [0.22, 0.13, 0.35]


def test_pairs_of_netter2_do_not_differ_more_than_chance_allows_as_the_chapter_says(ledger, known):
    ratios = {row["row"]: numbers(row) for row in read("netter2")}
    assert max(hr for hr, *_ in ratios.values()) < 1
    frame = subgroups.pooled_pairs(ledger, known["netter2"]).set_index("pair")
    assert (frame["p"] > 0.05).all()
    (hr1, low1, high1), (hr2, low2, high2) = ratios["pancreas"], ratios["non_pancreas"]
    errors = [log(high / low) / (2 * 1.959964) for low, high in ((low1, high1), (low2, high2))]
    z = log(hr1 / hr2) / sqrt(errors[0] ** 2 + errors[1] ** 2)
    assert frame.loc["Origin", "q"] == pytest.approx(z**2)
    assert frame.loc["Origin", "p"] == pytest.approx(2 * NormalDist().cdf(-abs(z)))
    weights = [error**-2 for error in errors]
    pooled = exp((weights[0] * log(hr1) + weights[1] * log(hr2)) / sum(weights))
    half = 1.959964 / sqrt(sum(weights))
    expected = [pooled, pooled * exp(-half), pooled * exp(half)]
    assert frame.loc["Origin", ["hr", "low", "high"]].tolist() == pytest.approx(expected, rel=1e-6)
    assert (frame["low"] < 0.276).all() and (frame["hr"] > 0.276).all()  # well within their intervals


def test_pooled_pairs_range_as_far_as_they_are_said_to(ledger, known):
    for paper, ends in (("netter1", ("5-HIAA", "Age")), ("netter2", ("Grade", "Sex"))):
        pairs = subgroups.pooled_pairs(ledger, known[paper])
        found = subgroups.pooled_range(pairs)
        assert (found.lowest, found.highest, found.all_hold) == (*ends, True)
        assert (found.least, found.most) == (pairs["hr"].min(), pairs["hr"].max())
        assert not subgroups.pooled_range(pairs.assign(printed=2 * pairs["high"].min())).all_hold
        assert pairs["p"].min() > 0.05
        assert (subgroups.subgroup_ratios(ledger, known[paper])["hr"] < 1).all()


def test_a_pair_with_an_estimate_off_the_middle_by_hand(ledger, known):
    """0.19 (0.09 to 0.27), with 0.11 (0.01 to 0.87): weights are 1/SE²."""
    found = subgroups.off_middle(ledger, known["netter1"], "cga_gt2uln", "cga_le2uln")
    z = NormalDist().inv_cdf(0.975)

    def pooled(hr, low, high):
        rows = [(log(hr), log(high / low) / 2 / z), (log(0.11), log(0.87 / 0.01) / 2 / z)]
        weights = [1 / error**2 for _, error in rows]
        middle = sum(w * x for w, (x, _) in zip(weights, rows, strict=True)) / sum(weights)
        apart = sum(w * (x - middle) ** 2 for w, (x, _) in zip(weights, rows, strict=True))
        return exp(middle), 2 * (1 - NormalDist().cdf(sqrt(apart)))

    for way, row in zip(
        found, ((0.19, 0.09, 0.27), (sqrt(0.09 * 0.27), 0.09, 0.27), (0.19, 0.09, 0.19**2 / 0.09)), strict=True
    ):
        assert way == pytest.approx(pooled(*row))
