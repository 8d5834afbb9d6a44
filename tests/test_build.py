"""The Makefile's way of building a book, on a small one: what goes wrong leaves the book as it was, and says so.

``KILLS=10 pytest tests/test_build.py`` kills the build that often.
"""

import random
import shutil
import sys
import time
from pathlib import Path

import killing
import nbformat
import pytest
from killing import KILLS, kill

ROOT = Path(__file__).parents[1]
CONFIG = """
title: A book
execute: {execute_notebooks: cache}
sphinx:
  config:
    extensions: [jupyter_book, myst_nb, sphinx_comments, sphinx_external_toc]
    html_theme: furo
    html_theme_options: {}
    html_last_updated_fmt: null
"""
READS = "from pathlib import Path\nprint('Patients:', Path('../data/n').read_text())"


def chapter(book, source):
    cells = [nbformat.v4.new_markdown_cell("# One"), nbformat.v4.new_code_cell(source)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    for i, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{i}"
    nbformat.write(notebook, book / "chapters" / "one.ipynb")


def start(book):
    command = ["make", "--no-print-directory", "locked-book", f"PYTHON={sys.executable}", f"VENV={sys.prefix}"]
    held = [sys.executable, "tools/lock.py", "_build/lock"]  # as `make book` calls it, which first sets up .venv
    return killing.start([*held, *command, "CHAPTERS=chapters/one.ipynb"], book)


def build(book):
    """Seconds that it took, its exit status, and what it said."""
    begun = time.monotonic()
    run = start(book)
    said = run.communicate()[0]
    return time.monotonic() - begun, run.returncode, said


def pages(book):
    """Of the book where it stands, or where a build killed between its last two moves left it."""
    html = next(path for path in (book / "_build" / "html", book / "_build" / "old") if path.is_dir())
    return {str(path.relative_to(html)): path.read_bytes() for path in html.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    book = tmp_path_factory.mktemp("book")
    for folder in ("chapters", "data", "src"):
        (book / folder).mkdir()
    shutil.copy(ROOT / "Makefile", book)
    shutil.copytree(ROOT / "tools", book / "tools")
    (book / "requirements.lock").touch()
    (book / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (book / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: chapters/one\n")
    (book / "index.md").write_text("# A book\n\nIt has a chapter.\n")
    (book / "data" / "n").write_text("229")
    chapter(book, READS)
    _, status, said = build(book)
    assert status == 0, said
    return book


@pytest.fixture
def book(built, tmp_path):
    """The built book, to be spoilt."""
    return shutil.copytree(built, tmp_path / "book", symlinks=True)


def test_a_build_killed_at_any_moment_leaves_the_book_whole_and_builds_again(book):
    before = pages(book)
    assert b"Patients: 229" in before["chapters/one.html"]
    (book / "data" / "n").write_text("231")
    seconds = 20
    rng = random.Random(KILLS)
    for _ in range(KILLS):
        begun, run = time.monotonic(), start(book)
        kill(run, rng.uniform(0, seconds))
        left = pages(book)
        assert left.keys() == before.keys()
        assert left == before or b"Patients: 231" in left["chapters/one.html"]
        if run.returncode == 0:
            seconds = time.monotonic() - begun
    _, status, said = build(book)
    assert status == 0, said
    after = pages(book)
    assert after.keys() == before.keys()
    assert b"Patients: 231" in after["chapters/one.html"]


@pytest.mark.parametrize(
    ("source", "message"),
    [("raise ValueError('no such trial')", "no such trial"), ("import os; os._exit(1)", "Kernel died")],
)
def test_a_chapter_that_fails_leaves_the_book_as_it_was(book, source, message):
    before = pages(book)
    chapter(book, source)
    _, status, said = build(book)
    assert status != 0 and "one.ipynb fails" in said and message in said
    assert pages(book) == before


def test_two_builds_at_once_make_one_book_after_the_other(book):
    (book / "data" / "n").write_text("231")
    runs = [start(book) for _ in range(2)]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert sum("Waiting for another run" in each for each in said) == 1
    assert sum("ran one.ipynb" in each for each in said) == 1
    assert b"Patients: 231" in pages(book)["chapters/one.html"]


def test_a_book_moved_aside_when_the_build_was_killed_is_put_back(book):
    before = pages(book)
    (book / "_build" / "html").rename(book / "_build" / "old")
    chapter(book, "1 / 0")
    assert build(book)[1] != 0
    assert pages(book) == before
