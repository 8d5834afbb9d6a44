"""netterbook audit: what it writes of a trial's folder, and the chapter that it is made from."""

import json
import shutil
from importlib import resources

import pandas as pd
import pytest
import yaml
from alone import VIEWS, assert_alone, opened_alone
from bs4 import BeautifulSoup
from typer.testing import CliRunner

from netterbook import notebooks
from netterbook.book import own_trial
from netterbook.book.chart import WIDE
from netterbook.cli import app
from netterbook.errors import NetterbookError
from netterbook.own_trial.explained import OwnExplanations
from netterbook.own_trial.misprinted import MISPRINTS, example, misprinted_example

HOSTILE = "<script>document.title=1</script> {draws:a|b} `c` $d$ [e](f)"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the example's misprints and names that are markup, and what the command wrote beside them."""
    folder = tmp_path_factory.mktemp("audit") / "trial"
    with misprinted_example() as wrong:
        shutil.copytree(wrong, folder)
    record = folder / "trial.yml"
    title = yaml.safe_load(record.read_text(encoding="utf-8"))["title"]
    hostile = record.read_text(encoding="utf-8").replace(title, json.dumps(f"{HOSTILE} {title}"))
    record.write_text(hostile, encoding="utf-8")
    table = folder / "baseline.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("Haemophilia", HOSTILE), encoding="utf-8")
    done = CliRunner().invoke(app, ["audit", str(folder), "--output", str(folder / "out")])
    assert done.exit_code == 0, done.output
    return folder / "out"


@pytest.fixture(scope="module")
def page(made):
    return BeautifulSoup((made / "report.html").read_text(encoding="utf-8"), "html.parser")


def rows(page, heading):
    """Cells of the first table below a heading."""
    table = next(each for each in page.find_all("h2") if each.get_text().startswith(heading)).find_next("table")
    return [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in table.select("tbody tr")]


def test_three_misprints_are_found_and_nothing_else_differs(made, page):
    frame = pd.read_csv(made / "ledger.csv")
    assert set(frame.loc[frame["verdict"] == "differs", "claim_id"]) == {each.claim for each in MISPRINTS}
    shown = rows(page, "What differs")
    assert [row[1] for row in shown] == ["0.14", "0.49 (95% CI 0.39 to 0.68)", "0.685"]
    assert shown[0][2] == "0.422" and "522 patients" in shown[0][3] and shown[0][5] == "baseline.csv, line 5"
    assert "√(lower limit × upper limit)" in shown[1][3]


def test_every_number_and_every_patient_is_written(made, page):
    assert sorted(path.name for path in made.iterdir()) == ["end_point.ipd.csv", "ledger.csv", "report.html"]
    patients = pd.read_csv(made / "end_point.ipd.csv")
    assert patients.groupby("arm").size().to_dict() == {0: 532, 1: 522}
    assert patients.groupby("arm")["event"].sum().to_dict() == {0: 181, 1: 103}
    listed = sum(len(each.select("tbody tr")) for each in page.select("table") if each.find("th", string="Would pass"))
    assert listed + 2 == len(pd.read_csv(made / "ledger.csv"))  # all but the sizes of the two groups


def test_names_that_are_markup_are_shown_as_they_are(page):
    title = f"{HOSTILE} ACTG 175, two of its groups"
    assert page.h1.get_text().startswith(title) and title in page.article.get_text()
    assert any(HOSTILE in cell for row in rows(page, "Tables") for cell in row)
    assert not any("document.title" in script.get_text() for script in page.find_all("script"))


def test_the_report_loads_nothing(page):
    assert_alone(page)
    assert not page.article.select(".problematic, .system-message")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_report_stands_alone_in_a_browser(browser, axe, made, width, scheme):
    shown = opened_alone(browser, axe, made / "report.html", width, scheme)
    assert "ACTG 175" in shown.title() and shown.wrong == []
    shown.close()


def test_files_that_are_there_are_kept(made):
    before = (made / "ledger.csv").read_bytes()
    again = CliRunner().invoke(app, ["audit", str(made.parent), "--output", str(made)])
    assert again.exit_code == 2 and "--force overwrites it" in again.stderr
    assert (made / "ledger.csv").read_bytes() == before


def test_a_cell_of_the_report_that_fails_is_named():
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell("own = 1", metadata={"tags": ["own"]}), new_code_cell("1 / own")])
    notebooks.execute_here(notebook, {"own": 2})
    with pytest.raises(NetterbookError, match="cell 2, the cell that begins with '1 / own' fails: ZeroDivisionError"):
        notebooks.execute_here(notebook, {"own": 0})


def test_each_misprint_is_one_number_of_the_example():
    files = example()
    assert {each.name for each in (resources.files("netterbook.own_trial") / "example").iterdir()} == set(files)
    for each in MISPRINTS:
        assert files[each.file].count(each.right) == 1
        assert len(each.right) == len(each.wrong) and each.right != each.wrong


def test_several_groups_and_one_are_drawn(tmp_path):
    (tmp_path / "trial.yml").write_text(
        "title: Invented\ngroups: [{name: A, n: 20}, {name: B, n: 21}, {name: C, n: 22}]\nend_points: [os.yml]\n"
    )
    (tmp_path / "os.yml").write_text(
        "title: Survival\nunit: weeks\narms:\n- {arm: 0, name: A, n: 20}\n- {arm: 1, name: B, n: 21}\n"
        "- {arm: 2, name: C, n: 22}\ncurve: curve.csv\n"
    )
    steps = [(arm, t, round(1 - t * (0.02 + 0.01 * arm), 3)) for arm in (0, 1, 2) for t in range(0, 20, 2)]
    (tmp_path / "curve.csv").write_text("arm,time,survival\n" + "".join(f"{a},{t},{s}\n" for a, t, s in steps))
    own = own_trial.audited(own_trial.YourTrial(folder=str(tmp_path)))
    (end_point,) = own.folder.end_points
    chart = own_trial.survival_curves(own.patients["os"], end_point)
    assert chart.frame["arm"].unique().tolist() == ["A", "B", "C"]
    figure = chart.figure(WIDE)
    assert figure.axes[0].get_xlabel() == "Time, weeks"
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["A", "B", "C"]
    assert own_trial.disagreeing(OwnExplanations(own)) == []
