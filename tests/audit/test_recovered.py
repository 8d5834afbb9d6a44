import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from misprints import copy_with
from typer.testing import CliRunner

from netterbook import audit, papers
from netterbook.audit import recovered
from netterbook.audit.given import inputs
from netterbook.audit.misprints import misprint
from netterbook.claims import Claim, Verdict
from netterbook.cli import app
from netterbook.entries import disagreements
from netterbook.errors import CircularCheck
from netterbook.ledger import Ledger
from netterbook.printed import Printed
from netterbook.reconstruction.summaries import R_HAT, SAMPLES

inf = float("inf")
N1_HR, N1_OS, N2_HR = "netter1.figure1c.overall.hr.hr", "netter1.results.os_hr", "netter2.figure2a.pfs_hr"
OTHERS = (recovered.at_risk_targets, recovered.follow_up_targets)
HEADLINES = [
    "netter1.results.pfs_median_control",
    "netter1.results.pfs20_control",
    "netter1.results.pfs20_lu",
    N1_HR,
    "netter1.results.pfs_p",
    N1_OS,
    "netter1.results.os_p",
    "netter2.figure2a.median_control",
    "netter2.figure2a.median_lu",
    N2_HR,
    "netter2.figure2a.pfs_p",
]


def claim(claim_id, point, *, exact=False, same_as="", **ends):
    parts = {"point": Printed(point, exact=exact)} | {part: Printed(text) for part, text in ends.items()}
    return Claim(claim_id, "one", "Table 1", "1", "lu", f"quantity {claim_id}", "quantity", "", parts, same_as=same_as)


def book_of(*claims):
    return Ledger({c.id: c for c in claims})


# ---- Ledger.recover


@pytest.mark.parametrize(
    ("printed", "interval", "verdict"),
    [
        ("0.21", (0.18, 0.24), "recovered"),
        ("0.21", (0.215, 0.24), "recovered"),  # 0.215 may print as 0.21
        ("0.21", (0.18, 0.205), "recovered"),
        ("0.21", (0.2151, 0.24), "differs"),
        ("0.21", (0.18, 0.2049), "differs"),
        ("<0.001", (1e-9, 1e-7), "recovered"),
        ("<0.001", (0.0009, 0.2), "recovered"),
        ("<0.001", (0.001, 0.2), "differs"),
        ("22·8", (20.0, inf), "recovered"),
        ("22·8", (22.86, inf), "differs"),
        ("22·8", (inf, inf), "differs"),
        ("NE", (20.0, inf), "differs"),  # no number: nothing is said to be recovered
    ],
)
def test_recovered_is_inside_the_interval(printed, interval, verdict):
    book = book_of(claim("hr", printed), claim("n", "116", exact=True))
    check = book.recover("hr", "patients", 0.2, interval, ["n"], note="12 sets")
    assert check.verdict == verdict
    assert (check.method, check.inputs, check.note, check.parts) == ("patients", ("n",), "12 sets", ("point",))
    assert book.checks["hr"] == [check]
    assert book.leading("hr") == check


@pytest.mark.parametrize(
    ("common", "verdict"),
    [
        ((0.18, 0.24), "recovered"),
        ((0.2149, 0.24), "recovered"),
        ((0.2151, 0.24), "differs"),  # one seed's interval lies beside the print, if only by its error
        ((0.22, 0.20), "differs"),  # intervals of two seeds that do not meet
        ((0.20, inf), "recovered"),
    ],
)
def test_recovered_is_inside_what_the_intervals_of_all_seeds_share(common, verdict):
    book = book_of(claim("hr", "0.21"), claim("n", "116", exact=True))
    check = book.recover("hr", "patients", 0.2, (0.15, 0.3), ["n"], common=common)
    assert check.verdict == verdict
    assert check.recomputed == "0.2 (0.15 to 0.3)"


def test_recovered_confirms_and_is_shown_with_one_more_digit():
    book = book_of(claim("hr", "0.21"), claim("median", "22.8"), claim("n", "116", exact=True))
    check = book.recover("hr", "patients", 0.196104, (0.178182, 0.208316), ["n"])
    assert check.recomputed == "0.196 (0.178 to 0.208)"
    assert check.verdict.confirms
    assert (check.passing, check.forms) == (4, 1000)  # 0.18 to 0.21
    assert book.rests_on("hr") == {"n"}
    late = book.recover("median", "patients", inf, (22.5264, inf), ["n"])
    assert late.recomputed == "not reached (22.53 to not reached)"
    assert late.verdict is Verdict.RECOVERED


def test_a_number_outside_leads_with_differs_and_confirms_nothing():
    book = book_of(claim("hr", "0.21"), claim("n", "116", exact=True))
    book.compare("hr", "arithmetic", lambda n: n * 0 + 0.21, ["n"])
    book.recover("hr", "patients", 0.5, (0.4, 0.6), ["n"])
    assert book.leading("hr").verdict is Verdict.DIFFERS
    assert book.leading("hr").method == "patients"


def test_a_reproduced_number_leads_before_a_recovered_and_that_before_a_possible():
    book = book_of(claim("hr", "0.21"), claim("n", "116", exact=True))
    book.bounded("hr", "bounds", lambda n: (0.2, 0.22), ["n"])
    assert book.leading("hr").verdict is Verdict.POSSIBLE
    book.recover("hr", "patients", 0.2, (0.1, 0.3), ["n"])
    assert book.leading("hr").verdict is Verdict.RECOVERED
    book.compare("hr", "arithmetic", lambda n: n * 0 + 0.21, ["n"])
    assert book.leading("hr").verdict is Verdict.REPRODUCED


INSIDE, OUTSIDE = (0.1, 0.3), (0.4, 0.5)


def circle():
    return book_of(
        claim("hr", "0.21"),
        claim("copy", "0.21", same_as="hr"),
        claim("copy2", "0.21", same_as="copy"),
        claim("z", "0.21"),
        claim("further", "0.21"),
        claim("n", "116", exact=True),
    )


@pytest.mark.parametrize("target", ["hr", "copy", "copy2"])
@pytest.mark.parametrize("given", ["hr", "copy", "copy2"])
def test_a_claim_or_its_copy_is_not_recovered_from_itself(target, given):
    with pytest.raises(CircularCheck):
        circle().recover(target, "patients", 0.2, INSIDE, ["n", given])


@pytest.mark.parametrize("interval", [INSIDE, OUTSIDE])
def test_a_claim_among_its_own_inputs_is_refused_whatever_the_verdict(interval):
    with pytest.raises(CircularCheck, match="among its own inputs"):
        circle().recover("hr", "patients", 0.2, interval, ["hr"])


@pytest.mark.parametrize("given", ["z", "further"])
@pytest.mark.parametrize("target", ["hr", "copy"])
def test_what_was_confirmed_from_a_claim_does_not_recover_it(target, given):
    book = circle()
    book.compare("z", "the same", lambda x: x, ["hr"])
    book.recover("further", "patients", 0.2, INSIDE, ["z"])
    with pytest.raises(CircularCheck, match="from itself"):
        book.recover(target, "patients", 0.2, INSIDE, [given])
    assert "hr" not in book.checks
    assert book.recover(target, "patients", 0.45, OUTSIDE, [given]).verdict is Verdict.DIFFERS  # confirms nothing


def test_what_was_recovered_from_a_claim_does_not_confirm_it():
    book = circle()
    book.recover("z", "patients", 0.2, INSIDE, ["copy2"])
    with pytest.raises(CircularCheck):
        book.compare("hr", "the same", lambda x: x, ["z"])


# ---- copies


@pytest.mark.parametrize(("text", "shared"), [("0.21", True), ("0·21", True), ("0.210", True), ("0.22", False)])
def test_a_copy_that_prints_the_same_shares_the_verdict(text, shared):
    book = book_of(claim("hr", "0.21"), claim("copy", text, same_as="hr"), claim("n", "116", exact=True))
    check = book.recover("hr", "patients", 0.2, (0.18, 0.23), ["n"])
    book.agree_with_copies()
    assert (replace(check, claim="copy") in book.checks["copy"]) is shared
    assert book.leading("copy").verdict == ("recovered" if shared else "differs")
    assert book.leading("hr") == check


def test_a_copy_with_another_limit_does_not_share_it():
    ends = {"low": "0.13", "high": "0.33"}
    book = book_of(
        claim("hr", "0.21", **ends),
        claim("same", "0.21", same_as="hr", **ends),
        claim("short", "0.21", same_as="hr"),
        claim("other", "0.21", same_as="hr", **ends | {"high": "0.34"}),
        claim("n", "116", exact=True),
    )
    book.recover("hr", "patients", 0.2, (0.18, 0.23), ["n"])
    book.agree_with_copies()
    verdicts = [book.leading(i).verdict for i in ("same", "short", "other")]
    assert verdicts == [Verdict.RECOVERED, Verdict.RECOVERED, Verdict.DIFFERS]
    assert [check.verdict for check in book.checks["other"]] == [Verdict.DIFFERS]


def test_copies_of_a_number_outside_are_only_printed_alike():
    book = book_of(claim("hr", "0.21"), claim("copy", "0.21", same_as="hr"), claim("n", "116", exact=True))
    book.recover("hr", "patients", 0.45, OUTSIDE, ["n"])
    book.agree_with_copies()
    assert [check.verdict for check in book.checks["copy"]] == [Verdict.ALIKE]


def test_a_copy_printed_more_finely_is_judged_by_its_own_digits():
    """0.15 and 0.2 may print one number, but that number is then no more than 0.155."""
    book = book_of(claim("hr", "0.2"), claim("copy", "0.15", same_as="hr"), claim("n", "116", exact=True))
    book.recover("hr", "patients", 0.22, (0.20, 0.24), ["n"])
    book.agree_with_copies()
    assert book.leading("copy").verdict is not Verdict.RECOVERED


# ---- the real ledger


def recovery(ledger, claim_id):
    (check,) = (check for check in ledger.checks.get(claim_id, []) if check.method == recovered.METHOD)
    return check


def left_out(ledger):
    methods = {i: {check.method for check in ledger.checks.get(i, [])} for i in HEADLINES}
    return [i for i in HEADLINES if recovered.METHOD not in methods[i]]


def test_the_headlines_are_the_targets(ledger):
    assert [target.claim for target in recovered.targets(ledger)] == HEADLINES
    assert [target.claim for target in recovered.targets(ledger) if target.stratified] == [N2_HR]
    assert not any(ledger[i].same_as for i in HEADLINES)


FAR = {"netter1.results.pfs_p", "netter2.figure2a.pfs_p"}
"""P values printed as below a bound that lies many powers of ten above what the patients give."""


@pytest.mark.parametrize("claim_id", HEADLINES)
def test_every_headline_is_recovered(ledger, claim_id):
    check = recovery(ledger, claim_id)
    assert check.verdict is (Verdict.POSSIBLE if claim_id in FAR else Verdict.RECOVERED)
    assert ledger.leading(claim_id).verdict in (check.verdict, Verdict.REPRODUCED)
    low, high = check.ranges[0]
    assert ledger[claim_id].point.overlaps(low, high) if ledger[claim_id].point.is_number else high == inf
    assert (claim_id in FAR) == (ledger[claim_id].point.relation == "<" and high < ledger[claim_id].point.value / 10)


@pytest.mark.parametrize("claim_id", HEADLINES)
def test_no_headline_was_given_to_its_own_reconstruction(ledger, claim_id):
    """Neither the claim, nor another printing, nor what was confirmed from it."""
    inputs = recovery(ledger, claim_id).inputs
    assert len(inputs) > 10
    assert claim_id not in inputs
    assert ledger.group(claim_id) not in {ledger.group(i) for i in inputs}
    assert not ledger.is_circular(claim_id, inputs)
    assert ledger.group(claim_id) not in ledger.rests_on(claim_id)


def test_hazard_ratios_and_p_values_rest_on_neither(ledger, known):
    end_points = [("netter1", "pfs"), ("netter1", "os"), ("netter2", "pfs")]
    given = [inputs(known[trial], end_point) for trial, end_point in end_points]
    ratios = {each.summaries[name] for each in given for name in ("hr", "logrank_p")}
    assert len(ratios) == 6
    groups = {ledger.group(i) for i in ratios}
    for claim_id in HEADLINES:
        assert not groups & {ledger.group(i) for i in recovery(ledger, claim_id).inputs}


def schedule(known, claim_id):
    """Claims of when the trial of a headline has its scans."""
    trial = known[claim_id.partition(".")[0]]
    return {trial.claim(name) for name in (*trial.scans.first, trial.scans.every)}


def test_medians_rest_on_counts_and_scans_alone_and_rates_on_no_rate(ledger, known):
    for claim_id in HEADLINES:
        given = set(recovery(ledger, claim_id).inputs)
        kinds = [ledger[i].measure for i in given - schedule(known, claim_id)]
        if "median" in claim_id:
            assert set(kinds) <= {"count"}
        if "pfs20" in claim_id:
            assert "percent" not in kinds


def test_every_other_printing_shares_the_verdict(ledger):
    copies = [c.id for c in ledger.claims.values() if c.same_as and ledger.group(c.id) in HEADLINES]
    assert len(copies) > 10
    for copy in copies:
        main = ledger.group(copy)
        if main in FAR:
            assert ledger.leading(copy).verdict is Verdict.ALIKE
            continue
        assert recovery(ledger, copy) == replace(recovery(ledger, main), claim=copy)
        assert ledger.leading(copy).verdict in (Verdict.RECOVERED, Verdict.REPRODUCED)


def test_progression_is_looked_for_at_scans_and_death_is_not(ledger, known):
    for claim_id in HEADLINES:
        check = recovery(ledger, claim_id)
        given, scans = set(check.inputs), schedule(known, claim_id)
        assert scans and scans <= ledger.claims.keys()
        assert (scans & given, "scan schedule given" in check.note) == (
            (set(), False) if claim_id in (N1_OS, "netter1.results.os_p") else (scans, True)
        )


ALL_DRAWS = recovered.DRAWS * len(recovered.SEEDS)


def test_notes_say_how_it_was_done(ledger):
    for claim_id in HEADLINES:
        row = recovered.stored(ledger).loc[claim_id]
        note = recovery(ledger, claim_id).note
        assert f"{row.draws} sets of patients, 5 seeds" in note and row.draws >= ALL_DRAWS
        assert ("not converged" in note) == (row["r_hat"] > R_HAT or row[["bulk", "tail"]].min() < SAMPLES)
    assert "strata dealt by chance within the printed margins" in recovery(ledger, N2_HR).note
    assert "unstratified" in recovery(ledger, "netter2.figure2a.pfs_p").note


def test_tables_are_what_was_printed(ledger, known):
    at_risk, arms, summaries = inputs(known["netter1"], "pfs").tables(ledger)
    assert arms.to_numpy().tolist() == [[0, 113, 68], [1, 116, 23]]
    assert at_risk[at_risk.time == 6].n_risk.tolist() == [47, 76]
    assert summaries["median0"] == "8.4" and summaries["lm0"] == "0.108" and summaries["lm1_hi"] == "0.768"
    assert (summaries["hr"], summaries["logrank_p"], summaries["landmark"]) == ("0.21", "<0.001", "20")
    assert inputs(known["netter2"], "pfs").tables(ledger)[1].to_numpy().tolist() == [[0, 75, 46], [1, 151, 55]]


def test_without_leaves_out_the_number_its_interval_and_an_idle_landmark(ledger, known):
    source = inputs(known["netter1"], "pfs")
    names = set(source.without("median0", "lm0").tables(ledger)[2])
    assert names == {"median1", "lm1", "lm1_lo", "lm1_hi", "hr", "hr_lo", "hr_hi", "logrank_p", "landmark"}
    bare = source.without(*source.summaries)
    assert bare.tables(ledger)[2] == {}
    assert set(source.claims(ledger)) - set(bare.claims(ledger)) == {*source.summaries.values(), source.landmark}


# ---- the stored estimates


@pytest.fixture(scope="module")
def everything():
    return pd.read_csv(papers.data_dir() / recovered.STORE)


@pytest.fixture(scope="module")
def stored(everything):
    others = {target.claim for find in OTHERS for target in find(papers.load())}
    return everything[(everything["scans"] != "withheld") & ~everything["claim"].isin(others)].set_index("claim")


def test_what_knows_of_scans_is_also_stored_without(ledger, everything, stored):
    """From the same numbers, but for the schedule."""
    without = everything[everything["scans"] == "withheld"].set_index("claim")
    assert without.index.tolist() == stored.index[stored["scans"] == "given"].tolist()
    assert recovered.stored_unscheduled(ledger).index.tolist() == without.index.tolist()
    for claim_id, row in without.iterrows():
        left = set(stored.loc[claim_id, "inputs"].split()) - set(row.inputs.split())
        assert left and left <= {i for i in ledger.claims if ".methods." in i}
        assert set(row.inputs.split()) < set(stored.loc[claim_id, "inputs"].split())


def test_the_store_is_whole_and_of_the_numbers_as_printed(ledger, stored):
    final = [target.claim for target in recovered.final_targets(ledger)]
    assert stored.index.tolist() == [*HEADLINES, *final]
    assert (stored.low <= stored.estimate).all() and (stored.estimate <= stored.high).all()
    assert (stored.draws / ALL_DRAWS).isin([1, 2, 4, recovered.BUDGET]).all()
    assert {tuple(map(int, seeds.split())) for seeds in stored.seeds} == {recovered.SEEDS}
    for row in stored.itertuples():
        low, high = recovered.common_interval(row)
        assert len(row.lows.split()) == len(row.highs.split()) == len(recovered.SEEDS) and low < row.estimate < high
    for claim_id, row in stored.loc[HEADLINES].iterrows():
        check = recovery(ledger, claim_id)
        assert tuple(row.inputs.split()) == check.inputs
        assert row.printed == " ".join(ledger[i].printed.replace(" ", "") for i in check.inputs)


@pytest.fixture(scope="module")
def again(ledger):
    """Three targets with other seeds and few draws, and NETTER-2's hazard ratio unstratified beside them."""
    three = [target for target in recovered.targets(ledger) if target.claim in (N1_HR, N1_OS, N2_HR)]
    plain = replace(
        three[-1], claim="netter2.results.pfs_hr", stratified=False, read=lambda found, _: found.values("hr")
    )
    steps = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovered, "targets", lambda ledger: [*three, plain])
        for others in ("unscheduled_targets", "final_targets", "at_risk_targets", "follow_up_targets"):
            patch.setattr(recovered, others, lambda ledger: [])
        table = recovered.recover(ledger, 60, (11, 12), progress=lambda: steps.append(1), budget=1)
    assert len(steps) == 3
    return table


def test_other_draws_give_the_stored_estimates(stored, again):
    """To four standard errors: of a median, 1.25/√n standard deviations of the sets, a quarter of their 95% interval
    each. The ends are known less well, and are held to the length of the interval only.
    """
    assert again.claim.tolist() == [N1_HR, N1_OS, N2_HR, "netter2.results.pfs_hr"]
    for row in again[:3].itertuples():
        old = stored.loc[row.claim]
        width = old.high - old.low
        assert row.bulk > 30
        assert abs(row.estimate - old.estimate) < 4 * 1.25 * (1 / row.bulk + 1 / old.bulk) ** 0.5 * width / 4
        assert 0.5 < (row.high - row.low) / width < 2
        assert row.low <= row.estimate <= row.high
        assert (row.inputs, row.printed) == (old.inputs, old.printed)
        assert (row.draws, row.seeds) == (120, "11 12")


def test_netter1_hazard_ratio_is_inside(ledger, stored):
    """0.21 stands for 0.205 to 0.215; the interval ends between, so it holds the print and not 0.21 itself."""
    low, high = stored.loc[N1_HR, ["low", "high"]]
    assert ledger[N1_HR].point.text == "0.21"
    assert ledger[N1_HR].point.overlaps(low, high)
    assert low < 0.205 < high


def test_netter2_hazard_ratio_is_inside_stratified(ledger, stored, again):
    assert float(ledger[N2_HR].point.value) == 0.276
    for row in (stored.loc[N2_HR], again.iloc[2]):
        assert row.low < 0.2755 and row.high > 0.2765


def test_netter2_hazard_ratio_is_outside_unstratified(ledger, again):
    """The paper's is stratified; patients without strata say something else."""
    plain, stratified = again.iloc[3], again.iloc[2]
    assert not ledger[N2_HR].point.overlaps(plain.low, plain.high)
    assert stratified.estimate < plain.estimate
    assert plain.low > 0.2765


# ---- changed numbers


def edit(folder, name, row, column, old, new):
    path = folder / name
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    cell = table.columns[0], row
    assert table.loc[table[cell[0]] == row, column].tolist() == [old]
    table.loc[table[cell[0]] == row, column] = new
    table.to_csv(path, index=False)
    return audit.build_ledger(folder)


NETTER1_PFS = HEADLINES[:5]


def test_the_copy_of_the_data_has_all(data_copy):
    assert left_out(audit.build_ledger(data_copy)) == []


def test_no_store_no_estimates(data_copy):
    (data_copy / recovered.STORE).unlink()
    book = audit.build_ledger(data_copy)
    assert left_out(book) == HEADLINES
    assert book.leading(N1_HR).verdict is Verdict.POSSIBLE


def test_a_store_without_a_headline_leaves_it_out(data_copy):
    path = data_copy / recovered.STORE
    table = pd.read_csv(path, dtype=str)
    table[table.claim != N1_OS].to_csv(path, index=False)
    assert left_out(audit.build_ledger(data_copy)) == [N1_OS]


def test_a_changed_number_at_risk_leaves_out_what_rests_on_it(data_copy):
    book = edit(data_copy, "netter1/figure1a.csv", "t3", "control", "80", "81")
    assert left_out(book) == NETTER1_PFS
    assert book.leading(N1_HR).verdict is Verdict.POSSIBLE
    copies = [c.id for c in book.claims.values() if c.same_as and book.group(c.id) in NETTER1_PFS]
    assert copies and recovered.METHOD not in {c.method for i in copies for c in book.checks[i]}


def test_a_changed_margin_leaves_out_the_stratified_estimate_only(data_copy):
    path = data_copy / "netter2/figure2b.csv"
    text = path.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("grade2,"))
    assert "29/99" in row
    path.write_text(text.replace(row, row.replace("29/99", "30/99")), encoding="utf-8")
    assert left_out(audit.build_ledger(data_copy)) == [N2_HR]


def test_a_changed_interval_of_an_input_leaves_out_the_estimate(data_copy):
    """The limits of the median are inputs too; the median itself rests on counts alone and stays."""
    book = edit(data_copy, "netter1/text.csv", "results.pfs_median_control", "high", "9.1", "9.2")
    assert left_out(book) == NETTER1_PFS[1:]
    assert recovery(book, NETTER1_PFS[0]).verdict is Verdict.RECOVERED


def test_a_changed_target_differs(data_copy):
    book = edit(data_copy, "netter2/text.csv", "figure2a.pfs_hr", "printed", "0·276", "0·376")
    assert left_out(book) == []
    assert recovery(book, N2_HR).verdict is Verdict.DIFFERS
    assert book.leading(N2_HR).verdict is Verdict.DIFFERS
    assert recovery(book, N1_HR).verdict is Verdict.RECOVERED
    for copy in ("netter2.abstract.pfs_hr", "netter2.results.pfs_hr"):
        assert [c.verdict for c in book.checks[copy] if c.method == recovered.METHOD] == []


NUMBERS = [i for i in HEADLINES if not i.endswith("_p")]


def like(printed, value):
    """A number written with the sign, decimals and kind of point of another."""
    digits = printed.text.rstrip("%")
    return f"{value:.{printed.decimals}f}".replace(".", "·" if "·" in digits else ".") + printed.text[len(digits) :]


@pytest.mark.parametrize("side", ["below", "above"])
@pytest.mark.parametrize("claim_id", NUMBERS)
def test_a_headline_misprinted_beyond_its_interval_differs(claim_id, side, ledger, stored, tmp_path):
    """By its nearest print that no longer overlaps what the stored intervals of all seeds share."""
    point = ledger[claim_id].point
    unit = 10.0**-point.decimals
    end = recovered.common_interval(stored.loc[claim_id])[0 if side == "below" else 1]
    if end == inf:  # the interval is open: no later time contradicts it
        wrong = like(point, 99.9)
    else:
        wrong = like(point, (np.floor(end / unit) - 1) * unit if side == "below" else (np.ceil(end / unit) + 1) * unit)
    book = audit.build_ledger(copy_with(ledger[claim_id], "point", wrong, tmp_path / "data"))
    assert book[claim_id].point.text == wrong != point.text
    verdict = Verdict.RECOVERED if end == inf else Verdict.DIFFERS
    assert recovery(book, claim_id).verdict is verdict
    assert end == inf or book.leading(claim_id).verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("claim_id", "wrong"),
    [("netter1.results.os_p", "0.04"), ("netter1.results.pfs_p", "0.001"), ("netter2.figure2a.pfs_p", "0·0001")],
)
def test_a_misprinted_p_value_differs(claim_id, wrong, ledger, tmp_path):
    book = audit.build_ledger(copy_with(ledger[claim_id], "point", wrong, tmp_path / "data"))
    assert recovery(book, claim_id).verdict is Verdict.DIFFERS
    assert book.leading(claim_id).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("claim_id", NUMBERS)
def test_a_slip_inside_the_interval_is_left_to_the_second_transcription(claim_id, ledger, stored, tmp_path):
    """The median of the sets, or a number beside it, printed like the number: a reconstruction cannot tell it from the
    right one.
    """
    point, low, high = ledger[claim_id].point, *recovered.common_interval(stored.loc[claim_id])
    near = [stored.loc[claim_id, "estimate"] + k * 10.0**-point.decimals for k in (0, 1, -1)]
    wrong = next(text for x in near if low <= x <= high and (text := like(point, x)) != point.text)
    book = audit.build_ledger(copy_with(ledger[claim_id], "point", wrong, tmp_path / "data"))
    assert book[claim_id].point.text == wrong != ledger[claim_id].point.text
    assert recovery(book, claim_id).verdict is Verdict.RECOVERED
    assert disagreements(papers.load(tmp_path / "data")).keys() == {claim_id}


# ---- where the printed value falls


def test_notes_say_where_the_printed_value_falls(ledger, stored):
    for claim_id, row in stored.loc[HEADLINES].iterrows():
        said = re.findall(r"printed value above (\d+)% of them", recovery(ledger, claim_id).note)
        assert said == ([] if np.isnan(row.below) else [f"{100 * row.below:.0f}"])
        assert np.isnan(row.below) == (ledger[claim_id].point.text in ("<0.001", "<0·0001"))


def last_place(number):
    """What one more in the last digit of a number is; of 2.5e-12, 1e-13."""
    mantissa, _, power = repr(number).partition("e")
    return 10.0 ** (int(power or 0) - len(mantissa.removesuffix(".0").partition(".")[2]))


def test_the_place_of_the_printed_value_agrees_with_the_interval(ledger, stored):
    """As far as rounding to the Monte Carlo error, up to five in the last place, leaves both."""
    for claim_id, row in stored.loc[HEADLINES][stored.loc[HEADLINES, "below"].notna()].iterrows():
        printed = float(ledger[claim_id].point.value)
        for end, share in (("estimate", 0.5), ("high", 0.975), ("low", 0.025)):
            near = 2.5 * last_place(row[end])
            if printed > row[end] + near:
                assert row.below > share - 0.025
            if printed < row[end] - near:
                assert row.below < share + 0.025


def test_estimates_are_stored_to_their_monte_carlo_error(stored, again):
    """Two to four digits are left of six, and what other draws give would not be told from them by a finer one."""
    for row in stored.itertuples():
        for number in (row.estimate, row.low, row.high, row.below):
            digits = re.sub(r"e.*|\D", "", repr(number).removesuffix(".0")).lstrip("0")
            assert len(digits) <= 4, row.Index
    for row in again[:3].itertuples():
        assert last_place(stored.loc[row.claim, "estimate"]) <= last_place(row.estimate)


def test_the_place_is_the_share_of_sets_below_the_print(ledger, quick):
    """Of the values 0 to 38 and inf, rates a hundred times that."""
    table = recovered.recover(ledger, 50, (7, 8), jobs=1, budget=1).set_index("claim")
    expected = dict.fromkeys(HEADLINES, 1 / 40) | {
        "netter1.results.pfs_median_control": 9 / 40,  # 0 to 8 lie below 8.4
        "netter2.figure2a.median_control": 9 / 40,
        "netter2.figure2a.median_lu": 23 / 40,
        "netter1.results.pfs_p": np.nan,
        "netter2.figure2a.pfs_p": np.nan,
    }
    assert table["below"].to_dict() == pytest.approx(expected, nan_ok=True)
    assert table["against"].tolist() == [ledger[i].point.text for i in HEADLINES]


def test_other_draws_put_the_printed_values_in_the_same_place(stored, again):
    """To four binomial standard errors of the independent sets that they are worth."""
    for row in again[:3].itertuples():
        share = stored.loc[row.claim, "below"]
        assert abs(row.below - share) < 4 * (max(share * (1 - share), 0.04) / row.bulk) ** 0.5


@pytest.mark.parametrize("claim_id", NUMBERS)
def test_a_changed_number_is_not_said_to_fall_where_the_old_one_did(claim_id, ledger, tmp_path):
    changed = misprint(ledger[claim_id].point.text)
    book = audit.build_ledger(copy_with(ledger[claim_id], "point", changed, tmp_path / "data"))
    assert "sets of patients" in recovery(book, claim_id).note
    assert "printed value above" not in recovery(book, claim_id).note


def test_a_changed_target_that_is_an_input_elsewhere_does_both(data_copy):
    book = edit(data_copy, "netter1/text.csv", "results.pfs20_lu", "printed", "65.2%", "85.2%")
    assert recovery(book, "netter1.results.pfs20_lu").verdict is Verdict.DIFFERS
    assert left_out(book) == [N1_HR, "netter1.results.pfs_p"]


def test_a_changed_copy_does_not_share(data_copy):
    book = edit(data_copy, "netter2/text.csv", "abstract.pfs_hr", "printed", "0·276", "0·277")
    assert recovery(book, N2_HR).verdict is Verdict.RECOVERED
    assert book.leading("netter2.abstract.pfs_hr").verdict is Verdict.DIFFERS
    assert recovered.METHOD not in {c.method for c in book.checks["netter2.abstract.pfs_hr"]}
    assert recovery(book, "netter2.results.pfs_hr").verdict is Verdict.RECOVERED


# ---- recover


class Found:
    """In place of patients: what was asked for, and values that tell the sources apart."""

    def __init__(self, summaries, scans, draws, seed):
        self.asked, self.draws, self.seed = (len(summaries), len(scans) > 0, draws, seed), draws - 10, seed

    def values(self, quantity, time=None):
        return np.append(np.arange(self.draws - 1), inf)


@pytest.fixture
def quick(monkeypatch, ledger):
    made = []

    def from_summaries(at_risk, arms, summaries, scans, draws, seed, budget):
        made.append(Found(summaries, scans, draws, seed))
        return made[-1]

    for others in ("unscheduled_targets", "final_targets", "at_risk_targets", "follow_up_targets"):
        monkeypatch.setattr(recovered, others, lambda ledger: [])

    monkeypatch.setattr("netterbook.reconstruction.from_summaries", from_summaries)
    monkeypatch.setattr(recovered, "_stratified", lambda trial: lambda found, ledger: found.values("hr"))
    return made


def test_one_ensemble_for_each_set_of_inputs_and_seed(ledger, quick):
    table = recovered.recover(ledger, 50, (7, 8), jobs=1, budget=1)
    assert table.claim.tolist() == HEADLINES
    about = [(0, True), (3, True), (11, True), (0, False), (0, True), (6, True)]
    assert [found.asked for found in quick] == [(*each, 50, seed) for each in about for seed in (7, 8)]
    plain = table[~table.claim.isin(["netter1.results.pfs20_control", "netter1.results.pfs20_lu"])]
    assert set(plain.estimate) <= {19, 20} and set(plain.low) == {1} and set(plain.high) == {38}
    rates = table[table.claim.str.contains("pfs20")]
    assert set(rates.low) == {100}  # per cent, as printed
    assert set(table.seeds) == {"7 8"}


def test_what_counts_is_each_seeds_interval_less_its_error(ledger, quick, monkeypatch):
    """Of ranks of 400 independent draws √(0.025 × 0.975 / 400) = 0.0078: of normal ones 0.119 further in."""
    seeds = range(40)
    os = [target for target in recovered.targets(ledger) if target.claim == N1_OS]
    monkeypatch.setattr(recovered, "targets", lambda ledger: os)
    drawn = {seed: np.random.default_rng(seed).normal(seed / 10, 1, 400) for seed in seeds}
    monkeypatch.setattr(Found, "values", lambda self, quantity, time=None: drawn[self.seed])
    row = recovered.recover(ledger, 410, seeds, jobs=1, budget=1).set_index("claim").loc[N1_OS]
    lows, highs = ([float(x) for x in text.split()] for text in (row.lows, row.highs))
    for ends, share, sign in ((lows, 0.025, 1), (highs, 0.975, -1)):
        own = [np.quantile(drawn[seed], share, method="nearest") for seed in seeds]
        errors = sign * (np.array(ends) - own)
        assert errors.min() > 0 and np.mean(errors) == pytest.approx(0.119, rel=0.25)
    assert recovered.common_interval(row) == (max(lows), min(highs))
    assert row.r_hat > 1.3  # seeds that disagree have not converged


def test_an_end_that_is_not_reached_is_stored_and_read(ledger, quick, monkeypatch, data_copy):
    monkeypatch.setattr(Found, "values", lambda self, quantity, time=None: np.append(np.arange(5, 25), [inf] * 20))
    recovered.recover(ledger, 50, (7, 8), jobs=1, budget=1).to_csv(
        data_copy / recovered.STORE, index=False, float_format="%.6g"
    )
    book = papers.load(data_copy)
    recovered.check(book)
    check = recovery(book, "netter2.figure2a.median_lu")
    assert check.recomputed.endswith("to not reached)")
    assert check.verdict is Verdict.DIFFERS or check.ranges[0][0] <= 22.8
    assert check.ranges[0][1] == inf


def test_draws_are_those_found(ledger, quick):
    assert (recovered.recover(ledger, 50, (7, 8), jobs=1, budget=1).draws == 2 * 40).all()


def test_draws_are_doubled_until_the_chains_have_converged(ledger, monkeypatch):
    """With 1,600 draws all seeds tell the same, with fewer each another median."""
    few = [target for target in recovered.targets(ledger) if target.claim == N1_OS]
    asked, steps = [], []

    class Differing(Found):
        def values(self, quantity, time=None):
            drawn = np.random.default_rng(self.seed).normal(0, 1, self.draws)
            return drawn if self.draws > 1000 else drawn + 10 * self.seed

    def from_summaries(at_risk, arms, summaries, scans, draws, seed, budget):
        asked.append((draws, seed))
        return Differing(summaries, scans, draws, seed)

    monkeypatch.setattr(recovered, "everything", lambda ledger: few)
    monkeypatch.setattr("netterbook.reconstruction.from_summaries", from_summaries)
    table = recovered.recover(ledger, 400, (1, 2), jobs=1, progress=lambda: steps.append(1))
    assert asked == [(400, 1), (400, 2), (800, 1), (800, 2), (1600, 1), (1600, 2)]
    assert len(steps) == 1 and table.draws.tolist() == [2 * 1590] and table.r_hat.item() <= 1.01
    asked.clear()
    short = recovered.recover(ledger, 400, (1, 2), jobs=1, budget=3)
    assert asked == [(400, 1), (400, 2), (800, 1), (800, 2)] and short.r_hat.item() > 1.5


def test_the_command_writes_what_check_reads(ledger, quick, data_copy):
    path = data_copy / recovered.STORE
    result = CliRunner().invoke(app, ["recover", "--draws", "100", "--jobs", "1", "--output", str(path)])
    assert result.exit_code == 0, result.output
    assert all(claim_id in result.stdout for claim_id in HEADLINES)
    written, expected = pd.read_csv(path), recovered.recover(ledger, 100, jobs=1)
    pd.testing.assert_frame_equal(written, expected, rtol=1e-5, check_dtype=False)
    assert set(written.seeds) == {"1 2 3 4 5"}
    book = papers.load(data_copy)
    recovered.check(book)
    assert left_out(book) == []


def test_the_command_refuses_few_draws_and_a_folder_that_cannot_be_made(quick, tmp_path):
    result = CliRunner().invoke(app, ["recover", "--draws", "99"])
    assert result.exit_code == 2 and quick == []
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "missing" / "recovered.csv"
    result = CliRunner().invoke(app, ["recover", "--draws", "100", "--output", str(path)])
    assert result.exit_code == 2 and quick == []
    assert isinstance(result.exception, SystemExit)
    assert "netterbook: " in result.stderr and "Traceback" not in result.stderr
