"""netterbook rerun: a chapter under other assumptions, as a notebook and as one file that needs nothing else."""

import json
import re
import weakref
from pathlib import Path

import nbformat
import pytest
from alone import VIEWS, assert_alone, opened_alone
from bs4 import BeautifulSoup
from typer.testing import CliRunner

from netterbook import notebooks, single_page
from netterbook.book.chapters import PARAMETERS
from netterbook.book.parameters import described, parse
from netterbook.cli import app
from netterbook.errors import NetterbookError

CHANGED = {"cycles": 6, "weeks_between": 7.5}


def run(*arguments):
    return CliRunner().invoke(app, ["rerun", *map(str, arguments)])


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder of a quick chapter that was run again."""
    folder = tmp_path_factory.mktemp("rerun") / "out"
    result = run("background", *(word for pair in CHANGED.items() for word in ("-p", "=".join(map(str, pair)))),
                 "--output", folder)  # fmt: skip
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def page(made) -> BeautifulSoup:
    return BeautifulSoup((made / "background.html").read_text(encoding="utf-8"), "html.parser")


# ---- parameters


@pytest.mark.parametrize("chapter", PARAMETERS)
def test_the_list_is_that_of_the_model(chapter, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    model = PARAMETERS[chapter]
    rows = described(model)
    assert [row["parameter"] for row in rows] == list(model.model_fields)
    assert [row["meaning"] for row in rows] == [field.description for field in model.model_fields.values()]
    said = run(chapter, "--list").stdout
    for row in rows:
        assert re.search(rf"^{row['parameter']} +{row['type']} ", said, re.MULTILINE)
        for choice in row["can be"].split(", ") if row["type"] == "word" else ():
            assert parse(model, {row["parameter"]: choice}) == {row["parameter"]: choice}


def test_all_chapters_are_listed():
    said = run("--list").stdout.splitlines()
    assert [line for line in said if line in PARAMETERS] == list(PARAMETERS)


def test_values_are_read_by_the_model():
    netter1, across = PARAMETERS["netter1"], PARAMETERS["cross_trial"]
    assert parse(netter1, {"level": "0.9", "interval_method": "wilson", "draws": "100"}) == {
        "level": 0.9, "interval_method": "Wilson", "draws": 100,
    }  # fmt: skip
    assert parse(across, {"models": "spline, weibull", "include_secondary": "false"}) == {
        "models": ["Weibull", "spline"], "include_secondary": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["netter1", "-p", "levle=0.9"], "unknown parameter 'levle'; did you mean 'level'?"),
        (["netter1", "-p", "_level=0.9"], "unknown parameter '_level'"),
        (["netter1", "-p", "level=3"], "parameter level = '3' cannot be used: input should be less than 1"),
        (["netter1", "-p", "level=high"], "parameter level = 'high' cannot be used"),
        (["your_trial", "-p", "folder=nowhere"], "parameter folder = 'nowhere' cannot be used: there is no trial.yml"),
        (["your_trial", "-p", "folder=~nobody-of-this-name/x"], "there is no trial.yml in it"),
        (["your_trial", "-p", "draws=5"], "parameter draws = '5' cannot be used: draws is 5; a verdict needs 20"),
        (["netter1", "-p", "interval_method=best"], "give one of Wald"),
        (["netter1", "-p", "level"], "parameter 'level' has no value; write name=value"),
        (["netter1", "-p", "level=0.9", "-p", "level=0.8"], "parameter 'level' is given twice"),
        (["netter3"], "no chapter 'netter3' with parameters; there are: background, netter1"),
        ([], "name a chapter"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_run(arguments, said, tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "execute", lambda *_: pytest.fail("a kernel was started"))
    result = run(*arguments, "--output", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr and result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "execute", lambda *_: pytest.fail("a kernel was started"))
    (tmp_path / "background.html").write_text("old")
    result = run("background", "--output", tmp_path)
    assert result.exit_code == 2 and "--force overwrites it" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["background.html"]


def test_a_chapter_that_fails_writes_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise NetterbookError("cell 4, the cell that begins with 'page.say(' fails: ParameterError: too late")

    monkeypatch.setattr(notebooks, "execute", fail)
    result = run("background", "--output", tmp_path / "out")
    assert result.exit_code == 2 and result.stderr.startswith("netterbook: cell 4, the cell that begins with")
    assert list(tmp_path.iterdir()) == []


def test_a_cell_that_fails_is_named(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# A"), nbformat.v4.new_code_cell("x = 1\nraise ValueError('no')")]
    with pytest.raises(NetterbookError, match=r"cell 2, the cell that begins with 'x = 1' fails: ValueError: no"):
        notebooks.execute(nbformat.v4.new_notebook(cells=cells), tmp_path)


# ---- what is written


def test_both_files_are_written_and_say_what_was_changed(made, page):
    assert sorted(path.name for path in made.iterdir()) == ["background.html", "background.ipynb"]
    written = nbformat.read(made / "background.ipynb", as_version=4)
    (given,) = [cell for cell in written.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert "cycles = 6" in given.source and "weeks_between = 7.5" in given.source
    title = "Background: re-run with cycles = 6 and weeks_between = 7.5"
    assert page.title.text.startswith(title) and page.h1.get_text().startswith(title)
    table = page.article.find("table")
    rows = [[cell.get_text() for cell in row.find_all("td")][:3] for row in table.find("tbody").find_all("tr")]
    assert rows == [["cycles", "6", "4"], ["weeks_between", "7.5", "8.0"]]
    assert "With 6 cycles of 7.4 GBq" in page.article.get_text()


def test_the_page_loads_nothing(page):
    assert_alone(page)


def test_the_page_holds_no_raw_myst(page):
    article = page.article
    for code in article.select("pre, code, script"):
        code.extract()
    said = article.get_text()
    assert not re.search(r"\{(term|ref|cite|numref|dropdown)\b|\{\{|:::|```|\]\(|<!--", said)
    assert not article.select(".problematic, .system-message")
    assert "Strosberg" in said and article.select("a[href^='#']")
    assert article.select("span.nb-word[title]")  # words of the glossary


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_page_stands_alone_in_a_browser(browser, axe, made, width, scheme):
    shown = opened_alone(browser, axe, made / "background.html", width, scheme)
    cell = shown.locator("details.above-input").first
    assert not cell.is_visible()
    shown.get_by_role("button", name="Show code").click()
    assert cell.is_visible()
    assert shown.wrong == []
    shown.close()


class Gone:
    """Something to point at that does not last."""


def test_what_else_is_in_memory_does_not_matter():
    pointers = [weakref.proxy(Gone())]  # to what is gone: an extension of Sphinx fails where it meets one
    cells = [nbformat.v4.new_markdown_cell("# One page"), nbformat.v4.new_markdown_cell("And its text.")]
    html = single_page.render(nbformat.v4.new_notebook(cells=cells), "background")
    assert "And its text." in html and pointers


def test_a_page_that_cannot_be_built_is_said(monkeypatch):
    monkeypatch.setattr(single_page, "_lay_out", lambda source, page, notebook: None)
    with pytest.raises(NetterbookError, match=r"the page chapters/background cannot be built by Sphinx: .*source"):
        single_page.render(nbformat.v4.new_notebook(), "background")


def test_scripts_of_figures_are_told_where_what_draws_is(tmp_path):
    (tmp_path / "ask.js").write_text("const a = '</script>';")
    (tmp_path / "plot.js").write_text("globalThis.b = 1;")
    found = single_page.self_contained('<body><script defer src="ask.js?v=1"></script></body>', tmp_path)
    assert 'data-plot="data:text/javascript;base64,' in found and "const a = '<\\/script>'" in found
    assert json.dumps(found).count("<script") == 1


def test_a_kernel_that_is_gone_is_said(tmp_path):
    cell = nbformat.v4.new_code_cell("import os\nos._exit(1)")
    with pytest.raises(notebooks.KernelEnded, match="the process that ran the chapter was ended"):
        notebooks.execute(nbformat.v4.new_notebook(cells=[cell]), tmp_path)
