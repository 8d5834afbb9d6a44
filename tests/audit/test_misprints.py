import pandas as pd
import pytest
from typer.testing import CliRunner

from netterbook import papers
from netterbook.audit import misprints, with_checks
from netterbook.audit.misprints import Slip, misprint
from netterbook.claims import Claim, Verdict
from netterbook.cli import app
from netterbook.ledger import COPY, Ledger
from netterbook.printed import Printed


@pytest.fixture(scope="module")
def claims():
    return papers.load().claims


@pytest.fixture(scope="module")
def known(ledger):
    return set(misprints.differing(ledger))


def test_every_part_of_every_number_but_ticks_is_misprinted_once_and_otherwise(claims):
    found = list(misprints.misprints(claims))
    parts = [(c.id, part) for c in claims.values() if c.measure != "axis" for part in c.parts]
    assert [(wrong.claim, wrong.part) for wrong in found] == parts
    for wrong in found:
        printed = claims[wrong.claim].parts[wrong.part]
        assert wrong.text != printed.text
        other = Printed(wrong.text, printed.exact)
        assert other.relation == printed.relation and (other.value != printed.value if printed.is_number else True)


def test_batches_hold_every_misprint_once(claims):
    assert [wrong for some in misprints.batches(claims) for wrong in some] == list(misprints.misprints(claims))


@pytest.mark.parametrize("text", ["9", "99", "0.99", "9.9%", "one", "NE", "not reached", "July 31, 2019", "<0.009"])
def test_a_misprint_has_another_last_digit(text):
    wrong = misprint(text)
    assert wrong != text and misprint(wrong) != wrong


def test_only_one_part_of_one_claim_changes(claims):
    wrong = Slip("netter1.results.pfs20_lu", "high", "99.9")
    changed = misprints.misprinted(claims, wrong)
    assert {i for i in claims if changed[i] != claims[i]} == {wrong.claim}
    parts = changed[wrong.claim].parts
    assert parts["high"].text == "99.9" and parts["point"] == claims[wrong.claim].parts["point"]


def told(claims, known, *wrong):
    return [(c.claim, c.method) for c in misprints.told_by(claims, papers.data_dir(), known, Slip(*wrong))]


def test_a_misprint_is_told_first_by_what_recomputes_the_number(claims, known):
    found = told(claims, known, "netter1.table1.n.lu.count", "point", "117")
    assert found[0][0] == "netter1.table1.n.lu.count" and not found[0][1].startswith(COPY)
    compared = [method.startswith(COPY) for _, method in found]
    assert True in compared and compared == sorted(compared)


def test_a_misprint_that_other_numbers_tell(claims, known):
    found = told(claims, known, "netter1.methods.enrollment_followup_pfs", "point", "19")
    assert [claim for claim, _ in found] == ["netter1.methods.events_planned_pfs"]


def test_a_misprint_of_a_number_without_a_check_is_not_told(claims, known, ledger):
    claim = "netter1.table1.age.lu.mean"
    assert ledger.leading(claim).verdict is Verdict.RECORDED
    assert told(claims, known, claim, "point", "64") == []


def test_a_verdict_that_only_becomes_weaker_is_not_told(claims, known, ledger):
    """A hazard ratio of 0.40, within its rounding, gives 61% as well, but is not printed."""
    claim = "netter1.results.os_risk_reduction"
    changed = with_checks(Ledger(misprints.misprinted(claims, Slip(claim, "point", "61%")), ledger.folder))
    assert ledger.leading(claim).verdict is Verdict.AGREES and changed.leading(claim).verdict is Verdict.POSSIBLE
    assert told(claims, known, claim, "point", "61%") == []


def test_what_differed_before_tells_nothing(claims, known):
    claim = "netter1.table4.any_ae.control_any.count"
    assert claim in {which[0] for which in known}
    assert claim not in {c for c, method in told(claims, known, claim, "point", "106") if "Table 3" in method}


# ---- the stored table


def small(monkeypatch, ledger, size):
    few = dict(list(ledger.claims.items())[100 : 100 + size])
    monkeypatch.setattr(misprints, "batches", lambda claims: [list(misprints.misprints(few))])


def test_the_stored_table_is_of_these_numbers_and_checks(ledger, claims):
    table = misprints.stored_misprints(ledger.folder)
    assert table is not None, "numbers or checks have changed since: run netterbook misprints -o data/misprints.csv"
    assert table.columns.tolist() == misprints.MISPRINT_COLUMNS
    rows = table[["claim", "part", "misprint"]].itertuples(index=False, name=None)
    assert list(rows) == [tuple(wrong) for wrong in misprints.misprints(claims)]
    assert ((table["by"] != "") == table["caught"]).all() and ((table["method"] != "") == table["caught"]).all()
    total = misprints.total(table, ledger)
    assert total["caught"] == total["recomputed"] + total["compared"] == total["all"] - total["left"]
    assert 0.7 < total["share"] < 1


@pytest.mark.parametrize("by", [("paper", "place"), ("measure",), ("verdict",)])
def test_shares_add_up(ledger, by):
    table = pd.read_csv(ledger.folder / misprints.STORED_MISPRINTS, dtype=str, keep_default_na=False)
    table = table.assign(caught=table["caught"] == "True")
    found = misprints.noticed_shares(table, ledger, *by)
    assert found.columns.tolist() == [*by, "misprints", "recomputed", "compared", "share"]
    assert found["misprints"].sum() == len(table)
    assert ((found["recomputed"] + found["compared"]) / found["misprints"]).to_numpy() == pytest.approx(found["share"])
    first = found.iloc[0]
    rows = ledger.frame().set_index("claim_id").loc[table["claim"]]
    mine = (rows[list(by)] == first[list(by)]).all(axis=1).to_numpy()
    assert (first["misprints"], first["share"]) == (mine.sum(), table["caught"][mine].mean())


def test_a_changed_number_check_or_estimate_makes_the_table_stale(ledger, data_copy, monkeypatch):
    kept = (data_copy / "misprints.sha256").read_text()
    assert misprints.fingerprint_of_checks(data_copy) == misprints.fingerprint_of_checks(ledger.folder)
    changes = {
        "netter1/text.csv": ("29.6", "29.7"),
        "netter2/trial.yml": ("netter2", "netter2 "),
        "reconstruction/recovered.csv": ("seeds", "seeds "),
    }
    for name, (old, new) in changes.items():
        path = data_copy / name
        text = path.read_text(encoding="utf-8")
        assert old in text or name.endswith("yml")
        path.write_text(text.replace(old, new, 1) if old in text else text + "\n", encoding="utf-8")
        (data_copy / "misprints.sha256").write_text(kept)
        assert misprints.stored_misprints(data_copy) is None, name
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(misprints, "imported_sources", lambda package, first, on_import: ["audit/common.py"])
    assert misprints.stored_misprints(data_copy) is None


def test_no_table_no_shares(data_copy):
    (data_copy / "misprints.sha256").unlink()
    assert misprints.stored_misprints(data_copy) is None


def test_the_fingerprint_covers_every_module_that_a_check_runs():
    made_of = set(misprints.imported_sources(misprints._PACKAGE, "audit/__init__.py", on_import=True))
    package = misprints._PACKAGE
    modules = {f"audit/{path.name}" for path in (package / "audit").glob("*.py")}
    assert modules - {"audit/ensembles.py", "audit/misprints.py", "audit/sensitivity.py"} <= made_of  # no checks
    assert {"claims.py", "printed.py", "passing.py", "methods/proportions.py", "methods/trial_design.py"} <= made_of


def test_the_command_stores_the_table_with_its_fingerprint(ledger, monkeypatch, tmp_path):
    small(monkeypatch, ledger, 5)
    path = tmp_path / "misprints.csv"
    result = CliRunner().invoke(app, ["misprints", "-o", str(path), "--jobs", "1"])
    assert result.exit_code == 0, result.output
    table = pd.read_csv(path, keep_default_na=False)
    assert len(table) == 5 and f"{table['caught'].sum()} of 5 misprints are caught" in result.stdout
    assert path.with_suffix(".sha256").read_text().strip() == misprints.fingerprint_of_checks(ledger.folder)


def test_the_command_refuses_no_processes_and_a_folder_that_cannot_be_made(ledger, monkeypatch, tmp_path):
    small(monkeypatch, ledger, 1)
    (tmp_path / "file").touch()
    for arguments in (["--jobs", "0"], ["-o", str(tmp_path / "file" / "missing" / "misprints.csv")]):
        result = CliRunner().invoke(app, ["misprints", *arguments])
        assert result.exit_code == 2 and "netterbook: " in result.stderr and "Traceback" not in result.stderr


def test_a_ledger_of_given_claims_is_checked_like_that_of_the_folder(ledger):
    own = with_checks(papers.load())
    assert own.checks == ledger.checks and own.reasons == ledger.reasons


def test_a_claim_without_digits_is_no_claim_of_these():
    claim = Claim("a", "p", "t", "1", "", "a", "quantity", "", {"point": Printed("something")})
    with pytest.raises(ValueError, match="something"):
        list(misprints.misprints({"a": claim}))
