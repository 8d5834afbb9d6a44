"""The scripts behind the Makefile: one run at a time, a fingerprint that sees names, the environment."""

import re
import runpy
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]


def tool(name, *arguments, **options):
    return subprocess.Popen([sys.executable, ROOT / "tools" / f"{name}.py", *arguments], text=True, **options)


def fingerprint(*paths, cwd):
    done = tool("fingerprint", *paths, cwd=cwd, stdout=subprocess.PIPE)
    return done.communicate()[0]


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1\n")
    (tmp_path / "lock").write_text("x\n")
    return tmp_path


def test_the_fingerprint_is_of_names_and_contents(tree):
    first = fingerprint("data", "lock", cwd=tree)
    assert re.fullmatch(r"[0-9a-f]{64}\n", first)
    (tree / "data" / "a.csv").rename(tree / "data" / "b.csv")
    renamed = fingerprint("data", "lock", cwd=tree)
    (tree / "data" / "b.csv").write_text("2\n")
    changed = fingerprint("data", "lock", cwd=tree)
    assert len({first, renamed, changed}) == 3


def test_the_fingerprint_passes_over_prose_and_caches(tree):
    first = fingerprint("data", cwd=tree)
    (tree / "data" / "README.md").write_text("words")
    (tree / "data" / "__pycache__").mkdir()
    (tree / "data" / "__pycache__" / "a.pyc").write_text("code")
    assert fingerprint("data", cwd=tree) == first


def test_contents_cannot_pass_for_another_file(tree):
    """One file that holds what two files hold, in the way they are joined."""
    (tree / "two").mkdir()
    (tree / "two" / "a").write_text("1")
    (tree / "two" / "b").write_text("2")
    two = fingerprint("two", cwd=tree)
    (tree / "two" / "b").unlink()
    (tree / "two" / "a").write_text("1two/b 1 2")
    assert fingerprint("two", cwd=tree) != two


def notebook(path, source):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
    return path


def execute(tree, *notebooks):
    done = tool("execute", tree / "cache", *notebooks, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.communicate()[0], done.returncode


def test_chapters_run_once_until_their_code_changes(tree):
    one, two = notebook(tree / "one.ipynb", "print(1)"), notebook(tree / "two.ipynb", "print(2)")
    said, status = execute(tree, one, two)
    assert status == 0 and sorted(said.split("\n")) == ["", "ran one.ipynb", "ran two.ipynb"]
    assert execute(tree, one, two) == ("", 0)
    notebook(one, "print(3)")
    assert execute(tree, one, two) == ("ran one.ipynb\n", 0)


def test_a_chapter_that_fails_is_named_and_the_others_are_kept(tree):
    one, two = notebook(tree / "one.ipynb", "1 / 0"), notebook(tree / "two.ipynb", "print(2)")
    said, status = execute(tree, one, two)
    assert status == 1 and f"{one} fails" in said and "ZeroDivisionError" in said
    notebook(one, "1 / 1")
    assert execute(tree, one, two) == ("ran one.ipynb\n", 0)


def test_two_runs_under_one_lock_do_not_overlap(tmp_path):
    """Each writes its number twice, with time for the other between."""
    code = "import sys, time; print(sys.argv[1], flush=True); time.sleep(0.5); print(sys.argv[1], flush=True)"
    log = tmp_path / "log"
    with log.open("a") as out:
        runs = [
            tool("lock", tmp_path / "held", sys.executable, "-c", code, str(i), stdout=out, stderr=subprocess.PIPE)
            for i in range(3)
        ]
        said = [run.communicate()[1] for run in runs]
    lines = log.read_text().split()
    assert sorted(lines) == ["0", "0", "1", "1", "2", "2"]
    assert lines[::2] == lines[1::2]
    assert sum("Waiting for another run" in text for text in said) == 2


def test_a_killed_run_leaves_no_lock(tmp_path):
    first = tool("lock", tmp_path / "held", sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)",
                 stdout=subprocess.PIPE)  # fmt: skip
    first.stdout.readline()
    first.kill()
    first.wait()
    started = time.monotonic()
    assert tool("lock", tmp_path / "held", sys.executable, "-c", "pass").wait(timeout=300) == 0
    assert time.monotonic() - started < 300


def test_the_lock_gives_the_status_of_its_command(tmp_path):
    assert tool("lock", tmp_path / "new" / "held", sys.executable, "-c", "raise SystemExit(3)").wait() == 3


def test_what_pip_is_given_for_uv_is_its_whole_entry_of_the_lock(monkeypatch):
    monkeypatch.chdir(ROOT)
    first, *rest = [line.strip(" \\") for line in runpy.run_path("tools/install.py")["entry"]("uv").splitlines()]
    assert re.fullmatch(r"uv==[\d.]+", first)
    assert len(rest) > 10
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in rest)


@pytest.mark.parametrize(("variable", "least"), [("OTHERS", 30), ("SLOW", 20)])
def test_each_test_that_a_shorter_run_leaves_out_exists(variable, least):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (listed,) = re.findall(rf"^{variable} := (.*)$", makefile, re.MULTILINE)
    found = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    assert [name for name in listed.split() if name not in found] == []
    assert len(listed.split()) > least
