import csv
import json
from pathlib import Path

import frictionless
import numpy as np
import pytest

from netterbook import audit, facts, papers, trials
from netterbook.entries import disagreements, second_entry
from netterbook.errors import DataError


@pytest.fixture(scope="session")
def descriptor():
    return json.loads((papers.data_dir() / "datapackage.json").read_text(encoding="utf-8"))


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


# ---- the data package


def package(folder: Path):
    return frictionless.Package("datapackage.json", basepath=str(folder))


def test_the_data_package_and_every_file_are_valid(descriptor):
    found = package(papers.data_dir()).validate()
    assert found.valid, found.flatten(["path", "rowNumber", "fieldName", "message"])
    assert [task.name for task in found.tasks] == [resource["name"] for resource in descriptor["resources"]]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("netter1/table1.csv", "\nfemale,", "\nmale,"),
        ("netter1/table1.csv", "\nfemale,", "\n,"),
        ("netter1/table1.csv", "label,measure", "label,measured"),
        ("netter1/figure1a.csv", "t3,3,", "t3,three,"),
    ],
)
def test_frictionless_sees_a_broken_file(data_copy, name, old, new):
    (resource,) = (each for each in package(data_copy).resources if each.path == name)
    assert resource.validate().valid
    replace_in(data_copy / name, old, new)
    (resource,) = (each for each in package(data_copy).resources if each.path == name)
    assert not resource.validate().valid


def test_every_file_is_in_the_descriptor_and_vice_versa(descriptor):
    folder = papers.data_dir()
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.csv*"))
    assert sorted(resource["path"] for resource in descriptor["resources"]) == files


def test_every_resource_is_named_after_its_file(descriptor):
    """``papers`` finds a file by paper and name."""
    for resource in descriptor["resources"]:
        assert resource["path"].removesuffix(".gz") == resource["name"].replace("-", "/", 1) + ".csv"
        if "netterbook" in resource:
            assert resource["name"].partition("-")[0] == resource["netterbook"]["paper"]


def test_every_column_has_a_description(descriptor):
    fields = [(r["name"], f) for r in descriptor["resources"] for f in r["schema"]["fields"]]
    assert [(resource, f["name"]) for resource, f in fields if not f.get("description", "").strip()] == []


def test_every_file_of_a_paper_names_its_source(descriptor):
    of_papers = [r for r in descriptor["resources"] if "netterbook" in r]
    assert [r["name"] for r in of_papers if not any(s.get("title") for s in r.get("sources", []))] == []


# ---- the double entry


def test_double_entry_covers_every_claim_exactly():
    assert second_entry(papers.data_dir()).keys() == papers.load().claims.keys()


def test_double_entry_agrees_string_for_string():
    assert disagreements(papers.load()) == {}


# ---- loading


def test_every_number_of_every_table_is_a_claim():
    """Counted here from the cells, an estimate with its interval being one."""
    ids = papers.load().claims
    for resource in papers.resources():
        meta = resource.get("netterbook")
        if meta is None or meta["kind"] == "text":
            continue
        with (papers.data_dir() / resource["path"]).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        columns = [f["name"] for f in resource["schema"]["fields"] if "netterbook" in f]
        cells = [row[column] for row in rows for column in columns]
        expected = sum(numbers_in(cell) for cell in cells)
        stem = resource["name"].replace("-", ".", 1) + "."
        found = [i for i in ids if i.startswith(stem) and i.count(".") == 4]  # texts name axes of figures, with fewer
        assert len(found) == expected, resource["name"]


def numbers_in(cell: str) -> int:
    """Claims in a cell: a slash or brackets without an interval hold one more number each."""
    if cell in ("", "NA", "··"):
        return 0
    interval = "–" in cell and "95% CI" not in cell
    return 1 + ("/" in cell) + ("(" in cell and not interval)


def test_a_cell_with_an_interval_is_one_claim_with_parts():
    claim = papers.load()["netter1.figure1c.overall.hr.hr"]
    with (papers.data_dir() / "netter1" / "figure1c.csv").open(encoding="utf-8", newline="") as file:
        cell = next(row["hr"] for row in csv.DictReader(file) if row["row"] == "overall")
    assert f"{claim.parts['point']} ({claim.parts['low']}–{claim.parts['high']})" == cell


def test_percentages_of_a_cell_are_of_its_count():
    claims = papers.load().claims
    claim = claims["netter2.figure2b.female.lu.percent"]
    assert claim.numerator == ("netter2.figure2b.female.lu.events",)
    assert claim.denominator == ("netter2.figure2b.female.lu.n",)
    linked = {i for claim in claims.values() for i in (*claim.numerator, *claim.denominator)}
    assert linked - claims.keys() == set()


def test_tables_are_strings_as_printed():
    table = papers.table("netter2", "table1")
    assert {type(cell) for column in table for cell in table[column]} == {str}


def test_every_paper_of_the_data_has_a_title():
    assert {r["netterbook"]["paper"] for r in papers.resources() if "netterbook" in r} == set(
        trials.documents(papers.data_dir())
    )


def test_facts_have_a_source_and_a_confidence():
    known = facts.read(papers.data_dir()).values()
    assert all(fact.source and fact.confidence for fact in known)
    assert "unverified" not in {fact.confidence for fact in known}


# ---- errors


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("netter1/table1.csv", "63 (54)", "63 [54]", ("row 'male'", "column 'lu'", "'63 [54]'", "count (percent)")),
        ("netter1/figure1a.csv", "t3,3,97,", "t3,3,9T,", ("row 't3'", "column 'lu'", "'9T'", "count")),
        ("netter1/figure1c.csv", "0.13–0.33", "0.13", ("row 'overall'", "column 'hr'", "'0.21 (0.13)'")),
        ("netter2/figure2b.csv", "30/86", "30-86", ("row 'age_lt65'", "column 'lu'", "'30-86 (35%)'")),
        ("netter1/table1.csv", "Male,count (percent)", "Male,counts", ("row 'male'", "'counts' cell")),
        (
            "netter1/text.csv",
            "abstract.randomized,Abstract,125,all,patients randomized,count,",
            "abstract.randomized,Abstract,125,all,patients randomized,number,",
            ("claim 'abstract.randomized'", "measure 'number'"),
        ),
    ],
)
def test_a_bad_cell_is_told_with_file_row_and_cell(data_copy, file, old, new, said):
    replace_in(data_copy / file, old, new)
    with pytest.raises(DataError) as error:
        papers.load(data_copy)
    for words in (file, *said):
        assert words in str(error.value)


def test_a_number_printed_twice_under_one_id_is_an_error(data_copy):
    replace_in(data_copy / "netter1/table1.csv", "\nfemale,", "\nmale,")
    with pytest.raises(DataError, match=r"netter1\.table1\.male\.lu\.count"):
        papers.load(data_copy)


@pytest.mark.parametrize("typo", ["22O", "2 29", ""])
def test_a_count_of_a_text_that_does_not_parse_is_an_error(data_copy, typo):
    row = "abstract.randomized,Abstract,125,all,patients randomized,count,patients,"
    replace_in(data_copy / "netter1/text.csv", f"{row}229,", f"{row}{typo},")
    with pytest.raises(DataError, match=r"netter1/text\.csv"):
        papers.load(data_copy)


def test_an_unknown_table_lists_those_there_are():
    with pytest.raises(DataError, match="no table 'table9' of 'netter1'") as error:
        papers.table("netter1", "table9")
    for resource in papers.resources():
        assert resource["name"] in str(error.value)


def test_the_data_folder_can_be_named_by_the_environment(data_copy, monkeypatch):
    monkeypatch.setenv("NETTERBOOK_DATA", str(data_copy))
    assert papers.data_dir() == data_copy


def test_a_folder_without_descriptor_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("NETTERBOOK_DATA", str(tmp_path))
    with pytest.raises(DataError, match="NETTERBOOK_DATA") as error:
        papers.load()
    assert str(tmp_path) in str(error.value)


def test_a_changed_copy_is_read_and_audited_anew(data_copy, ledger):
    replace_in(data_copy / "netter1/table1.csv", "63 (54)", "64 (54)")
    assert disagreements(papers.load(data_copy)) == {"netter1.table1.male.lu.count": [("point", "64", "63")]}
    assert audit.build_ledger(data_copy).verdict("netter1.table1.n.lu.count").verdict == "differs"
    assert ledger["netter1.table1.male.lu.count"].printed == "63"


# Emissions


def test_emissions_are_the_facts_they_name():
    known = facts.read(papers.data_dir())
    for row in papers.emissions(papers.data_dir()).itertuples():
        fact = known[row.fact]
        assert (row.source, row.confidence) == (fact.source, fact.confidence)
        numbers = [x for x in (row.energy_kev, row.endpoint_kev, row.percent, row.kev_per_decay) if not np.isnan(x)]
        assert all(f"{x:g}" in f"{fact.quantity} {fact.text}" for x in numbers) or row.kind == "gamma line"
        if row.kind == "gamma line":  # more digits than %g prints
            assert row.energy_kev in fact.quantity_numbers
            assert fact.value == row.percent


def test_electrons_are_the_sum_of_their_kinds():
    table = papers.emissions(papers.data_dir())
    parts = table.loc[["betas", "conversion_electrons", "auger_electrons"], "kev_per_decay"].sum()
    assert parts == pytest.approx(table.loc["electrons", "kev_per_decay"], abs=0.06)  # rounded to 0.1 keV


def test_beta_branches_of_the_other_source_give_the_mean_beta_energy():
    table = papers.emissions(papers.data_dir())
    branches = table[table.kind == "beta branch"]
    assert branches.percent.sum() == pytest.approx(100, abs=0.1)
    mean = (branches.percent * branches.energy_kev).sum() / 100
    assert mean == pytest.approx(table.loc["betas", "kev_per_decay"], rel=0.005)


def test_gamma_lines_carry_most_of_the_photon_energy():
    table = papers.emissions(papers.data_dir())
    lines = table[table.kind == "gamma line"]
    gammas = (lines.percent * lines.energy_kev).sum() / 100
    assert 0.8 < gammas / table.loc["photons", "kev_per_decay"] < 1  # the rest are X rays
