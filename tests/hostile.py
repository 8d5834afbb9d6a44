"""Input that means harm or nothing: files spoilt at random, and what must hold of whatever a command makes of them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import typer
from bs4 import BeautifulSoup
from hypothesis import strategies as st

from netterbook.cli import app

COMMANDS = typer.main.get_command(app)
CASES = int(os.environ.get("HOSTILE_CASES", "0"))
"""Of each target; 0 for the few that every run of the tests makes."""
SEED = int(os.environ.get("HOSTILE_SEED", "177"))
SECONDS = 60
"""Of processor time, which a busy machine does not lengthen; what only waits ends with the limit of all tests."""
MEMORY = 2**30
resource = pytest.importorskip("resource")
UNIT = 1 if sys.platform == "darwin" else 1024
NUMBERS = [
    "", " ", "0", "-0", "-1", "1", "2", "0.0", "0.5", "1.0", "50%", "100", "1e6", "1e12", "999999999999999999999",
    "1e999", "-1e999", "1e-400", "5e-324", "1.7976931348623157e308", "NaN", "nan", "inf", "-inf", "NR", "½", "٣", "𝟏",
    "1_000", "0x10", "0o17", "1,5", "1.2.3", "1:30", "<", "<0.001", ">0.99", "≥5", "2020-01-01", "0.49999999999999994",
    "7 (3)", "3/4 (75%)", "0.62 (0.41-0.93)", "(", "%", "true", "null", "~",
]  # fmt: skip
WORDS = [
    "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", '=HYPERLINK("http://x")', "\t=1", "<script>alert(1)</script>",
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "`|$\\{{x}}",
    "\u202e", "\u0000", "\u2028", "\ufeff", "\r", "\n", '"', "'", "#", ":", "é" * 1000, "a" * 20000, "../../x", "..",
    ".", "/etc/passwd", "/dev/zero", "/dev/null", "nowhere.csv", "CON", "[]", "{}", "[" * 2000, "{a: " * 500, "- a",
    "*a", "&a", "!!python/object/apply:os.system [ls]", "!!binary x", "<<: 1", "---", "%YAML 1.2", "? x", "|", ">-",
]  # fmt: skip
TOKEN = re.compile(r"[^\s,;\[\]{}:\"]+")
RUN_BY_SPREADSHEETS = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[-+]?(\d[\d,]*\.?\d*|\.\d+)(e[-+]?\d+)?%?", re.IGNORECASE)
SHOWN = re.compile(r"-|[-+][\d.,]+(?:[\s.,·%±()–−:/-]|\w+(?![\w(]))*")
ACTIVE = re.compile(r"<script|<img[^>]*\son|javascript:", re.IGNORECASE)

Files = Mapping[str, bytes]


@st.composite
def spoilt(draw: st.DrawFn, files: Files) -> dict[str, bytes]:
    """Files of which up to four places are changed."""
    found = dict(files)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(found)))
        found[name] = draw(changed(found[name]))
    return found


def replaced(content: str, start: int, end: int, by: str) -> bytes:
    return (content[:start] + by + content[end:]).encode("utf-8", "surrogatepass")


@st.composite
def labelled(draw: st.DrawFn, files: Files, labels: Mapping[str, str]) -> dict[str, bytes]:
    """Files in which some labels, each of the file that it names, say something hostile.

    What takes their place is written as its file wants it: in quotes.
    """
    found = {name: content.decode() for name, content in files.items()}
    for label in draw(st.lists(st.sampled_from(sorted(labels)), min_size=1, max_size=4, unique=True)):
        name = labels[label]
        said = f"{draw(st.sampled_from(WORDS))} {label}"
        quoted = json.dumps(said) if name.endswith(".yml") else '"' + said.replace('"', '""') + '"'
        assert label in found[name], label
        found[name] = found[name].replace(label, quoted, 1)
    return {name: content.encode("utf-8", "surrogatepass") for name, content in found.items()}


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    lines = text.splitlines(keepends=True) or [""]
    tokens = list(TOKEN.finditer(text)) or [re.match("", text)]
    match draw(st.sampled_from(["number"] * 6 + ["word"] * 3 + ["line"] * 2 + ["bytes", "whole", "digits"])):
        case "number":
            numeric = [token for token in tokens if NUMBER.fullmatch(token[0])] or tokens
            token = draw(st.sampled_from(numeric))
            return replaced(text, *token.span(), draw(st.sampled_from(NUMBERS)))
        case "digits":
            token = draw(st.sampled_from(tokens))
            return replaced(text, *token.span(), str(draw(st.floats(width=32) | st.integers())))
        case "word":
            token = draw(st.sampled_from(tokens))
            return replaced(text, *token.span(), draw(st.sampled_from(WORDS)))
        case "line":
            first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            what = draw(st.sampled_from(["gone", "twice", "swapped", "rest gone"]))
            if what == "gone":
                del lines[first]
            elif what == "twice":
                lines.insert(second, lines[first])
            elif what == "swapped":
                lines[first], lines[second] = lines[second], lines[first]
            else:
                del lines[first:]
            return "".join(lines).encode("utf-8", "surrogatepass")
        case "bytes":
            place = draw(st.integers(0, len(content)))
            return content[:place] + draw(st.binary(min_size=1, max_size=8)) + content[place:]
        case _:
            return draw(st.binary(max_size=40) | st.sampled_from([word.encode() for word in [*WORDS, *NUMBERS]]))


def write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def holds_after(run: Callable[[], tuple[int, str]], output: Path, around: Path) -> int:
    """Run a command: it ends well or in an error of ours, in time, stays small, writes only where it should.

    Its exit status.
    """
    before = everything(around)
    high, start = memory(), processor_time()
    previous = signal.signal(signal.SIGPROF, too_long)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        status, said = run()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
    assert processor_time() - start < SECONDS
    assert all((now - before) * UNIT < MEMORY for now, before in zip(memory(), high, strict=True))
    after = everything(around)
    made = [path for path in after.keys() - before.keys() if path.is_file()]
    assert all(before[path] == after.get(path) for path in before)
    assert all(path.parent == output for path in made)
    assert status in (0, 2, 3)
    if status == 2:
        assert made == []
        assert said.startswith(("netterbook: ", "Usage: ")), said[:200]
        assert "cannot be built by Sphinx" not in said, said
    else:
        check_outputs(made)
    return status


OURS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def processor_time() -> float:
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, OURS))


def memory() -> list[int]:
    """At most, so far, of this process and of the greatest that it started."""
    return [used.ru_maxrss for used in map(resource.getrusage, OURS)]


def too_long(number: int, frame: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def everything(folder: Path) -> dict[Path, tuple[int, int] | None]:
    stats = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (s.st_size, s.st_mtime_ns) if path.is_file() else None for path, s in stats.items()}


def check_outputs(paths: Iterable[Path]) -> None:
    for path in paths:
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            for row in csv.reader(content.splitlines(keepends=True)):
                for cell in row:
                    assert not RUN_BY_SPREADSHEETS.match(cell) or SHOWN.fullmatch(cell), (path.name, cell)
        elif path.suffix == ".md":
            assert not ACTIVE.search(content), path.name
        elif path.suffix == ".html":
            check_page(content)


def check_page(content: str) -> None:
    """Nothing planted runs: no script of it, no attribute, no address."""
    for tag in BeautifulSoup(content, "html.parser").find_all(True):
        if tag.name == "script" and tag.get("type") != "application/json":
            assert "alert(1)" not in tag.get_text(), tag
        for name, value in tag.attrs.items():
            assert not (name.startswith("on") and "alert" in str(value)), tag
            assert not (name in ("href", "src", "action") and str(value).strip().lower().startswith("javascript")), tag


def command(*arguments: object) -> Callable[[], tuple[int, str]]:
    """Runs the command with these: its exit status and what it said on both streams. Warnings of numpy's are faults."""

    def run() -> tuple[int, str]:
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as left, warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            COMMANDS.main([str(each) for each in arguments], prog_name="netterbook")
        return left.value.code, said.getvalue()

    return run
