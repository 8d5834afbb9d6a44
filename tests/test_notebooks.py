import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from netterbook.book import parameters
from netterbook.book.chapters import PARAMETERS, Background
from netterbook.errors import NetterbookError
from netterbook.notebooks import clean, run_and_store, write_parameters

PNG = "iVBORw0KGgo="


def executed_notebook():
    """A notebook as Jupyter and papermill leave it after a run."""
    times = {"iopub.execute_input": "2026-11-21T03:30:00Z", "shell.execute_reply": "2026-11-21T03:30:01Z"}
    return new_notebook(
        metadata={
            "kernelspec": {"name": "my-venv", "display_name": "My environment", "language": "python"},
            "language_info": {"name": "python", "version": "3.11.7"},
            "papermill": {"start_time": "2026-11-21T03:30:00", "input_path": "/home/me/chapter.ipynb"},
            "widgets": {},
        },
        cells=[
            new_markdown_cell("# Chapter", metadata={"editable": True}),
            new_code_cell(
                "draw()",
                execution_count=41,
                metadata={
                    "execution": times,
                    "collapsed": True,
                    "papermill": {"duration": 1.5},
                    "tags": ["parameters"],
                    "mystnb": {"image": {"alt": "a curve"}},
                },
                outputs=[
                    new_output("stream", name="stdout", text="63 of 116\n"),
                    new_output(
                        "display_data",
                        data={"image/png": PNG, "image/svg+xml": "<svg/>", "text/plain": "<Figure>"},
                        metadata={"image/png": {"width": 640}},
                    ),
                    new_output(
                        "execute_result",
                        data={"text/html": "<b>54.31</b>", "image/jpeg": PNG},
                        execution_count=41,
                        metadata={"created": "2026-11-21"},
                    ),
                ],
            ),
            new_code_cell(
                "clock()",
                execution_count=42,
                metadata={"tags": ["nbval-ignore-output"]},
                outputs=[new_output("stream", name="stdout", text="03:30:01")],
            ),
        ],
    )


# ---- clean


def test_clean_drops_pictures_and_keeps_the_rest_of_an_output():
    stream, display, result = clean(executed_notebook()).cells[1].outputs
    assert stream.text == "63 of 116\n"
    assert display.data == {"text/plain": "<Figure>"}
    assert result.data == {"text/html": "<b>54.31</b>"}


def test_clean_drops_pictures_inside_markup_and_keeps_their_words():
    notebook = executed_notebook()
    data = notebook.cells[1].outputs[2].data
    data["text/html"] = (
        f'<img src="data:image/svg+xml;base64,{PNG}" alt="65 of 100"><a href="data:text/csv;base64,YQ==">'
    )
    assert clean(notebook).cells[1].outputs[2].data == {
        "text/html": '<img src="data:," alt="65 of 100"><a href="data:text/csv;base64,YQ==">'
    }


def test_clean_drops_timestamps_and_tool_metadata():
    notebook = clean(executed_notebook())
    assert "2026" not in nbformat.writes(notebook)
    assert "papermill" not in nbformat.writes(notebook)
    assert "/home/me" not in nbformat.writes(notebook)
    assert notebook.cells[0].metadata == {}
    assert notebook.cells[1].metadata == {"tags": ["parameters"], "mystnb": {"image": {"alt": "a curve"}}}
    assert all(output.get("metadata", {}) == {} for output in notebook.cells[1].outputs)


def test_clean_forgets_how_often_and_where_it_ran():
    first, second = executed_notebook(), executed_notebook()
    for cell in second.cells[1:]:
        cell.execution_count += 7
        cell.id = cell.id[::-1]
    second.cells[1].outputs[2].execution_count += 7
    second.metadata.language_info.version = "3.13.0"
    assert nbformat.writes(clean(first)) == nbformat.writes(clean(second))
    assert first.metadata.kernelspec.name == "python3"


def test_clean_drops_outputs_that_nothing_compares():
    assert clean(executed_notebook()).cells[2].outputs == []


def test_clean_leaves_sources_and_a_valid_notebook():
    before = [cell.source for cell in executed_notebook().cells]
    notebook = clean(executed_notebook())
    assert [cell.source for cell in notebook.cells] == before
    nbformat.validate(notebook)


def test_clean_twice_is_clean_once():
    once = nbformat.writes(clean(executed_notebook()))
    assert nbformat.writes(clean(nbformat.reads(once, as_version=4))) == once


# ---- parameters


def test_defaults_are_written_into_the_cell_of_parameters_and_no_other():
    notebook = executed_notebook()
    others = [notebook.cells[0].source, notebook.cells[2].source]
    write_parameters(notebook, Background)
    assert notebook.cells[1].source == parameters.cell(Background)
    assert notebook.cells[1].source.splitlines()[1] == "cycles: int = 4  # number of cycles"
    assert [notebook.cells[0].source, notebook.cells[2].source] == others


def test_a_chapter_is_stored_with_its_defaults(tmp_path):
    path = tmp_path / "background.ipynb"
    cells = [new_code_cell("cycles = 9", metadata={"tags": ["parameters"]}), new_code_cell("cycles")]
    nbformat.write(new_notebook(cells=cells), path)
    run_and_store(path)
    stored = nbformat.read(path, as_version=4)
    assert stored.cells[0].source == parameters.cell(PARAMETERS["background"])
    assert stored.cells[1].outputs[0].data == {"text/plain": "4"}


# ---- run_and_store


def write_notebook(path, *sources):
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
    return path


def test_a_run_is_stored_and_the_same_every_time(tmp_path):
    path = write_notebook(tmp_path / "chapter.ipynb", "x = 63", "x + 1")
    run_and_store(path)
    stored = path.read_bytes()
    notebook = nbformat.reads(stored.decode(), as_version=4)
    assert notebook.cells[1].outputs[0].data == {"text/plain": "64"}
    run_and_store(path)
    assert path.read_bytes() == stored
    assert os.listdir(tmp_path) == ["chapter.ipynb"]


def test_a_chapter_runs_in_its_own_folder(tmp_path):
    (tmp_path / "here.txt").write_text("found")
    path = write_notebook(tmp_path / "chapter.ipynb", "print(open('here.txt').read())")
    run_and_store(path)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "found\n"


def test_a_chapter_that_fails_is_left_byte_for_byte(tmp_path):
    path = write_notebook(tmp_path / "chapter.ipynb", "print('before')", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(NetterbookError, match=r"the cell that begins with .*ZeroDivisionError"):
        run_and_store(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["chapter.ipynb"]
