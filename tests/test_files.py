"""Files read up to a size, and written whole or not at all, also by a run that is killed."""

import os
import random
import signal
import stat
import subprocess
import sys
import time
from hashlib import sha256

import pytest

from netterbook.files import check_writable, read_limited, write_together, write_whole

INTERRUPTIONS = [KeyboardInterrupt, OSError, SystemExit]


def contents(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def interrupted_at(monkeypatch, step, call, interruption):
    """The ``call``-th use of a function of ``os`` is interrupted."""
    real, left = getattr(os, step), iter(range(call))

    def interrupted(*arguments, **options):
        if next(left, None) == call - 1:
            raise interruption
        return real(*arguments, **options)

    monkeypatch.setattr(os, step, interrupted)


# ---- written


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old and longer")
    write_whole(path, "¹⁷⁷Lu")
    assert contents(tmp_path) == {"file.txt": "¹⁷⁷Lu"}


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path, mask, expected):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "file.txt", "new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "file.txt") == expected


@pytest.mark.parametrize("own", [0o600, 0o644, 0o666, 0o440])
def test_a_file_keeps_its_mode(tmp_path, own):
    path = tmp_path / "file.txt"
    path.write_text("old")
    path.chmod(own)
    write_whole(path, "new")
    assert mode(path) == own
    assert path.read_text() == "new"


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link.txt").symlink_to("file.txt")
    for text in ("not there yet", "there"):
        write_whole(tmp_path / "link.txt", text)
        assert (tmp_path / "link.txt").is_symlink()
        assert (tmp_path / "file.txt").read_text() == text


@pytest.mark.parametrize("write", [lambda path: write_whole(path, "new"), check_writable])
def test_what_is_no_file_is_not_replaced(tmp_path, write):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to(os.devnull)
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "device"):
        with pytest.raises(OSError, match="Not a regular file"):
            write(tmp_path / name)
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "folder")
    assert sorted(os.listdir(tmp_path)) == ["device", "folder", "pipe"]


def test_a_name_may_be_as_long_as_any(tmp_path):
    path = tmp_path / ("n" * 255)
    write_whole(path, "new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("step", ["chmod", "replace", "fsync"])
@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_an_interruption_leaves_the_old_file(tmp_path, monkeypatch, step, interruption):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with monkeypatch.context() as patched:
        interrupted_at(patched, step, 1, interruption)
        with pytest.raises(interruption):
            write_whole(path, "new")
    assert contents(tmp_path) == {"file.txt": "old"}


@pytest.mark.parametrize("before", [{}, {"a.csv": "old a", "b.md": "old b"}, {"a.csv": "old a"}, {"b.md": "old b"}])
@pytest.mark.parametrize("interruption", INTERRUPTIONS)
@pytest.mark.parametrize(("step", "call"), [("replace", 1), ("replace", 2), ("fsync", 1), ("fsync", 2)])
def test_all_files_are_written_or_none(tmp_path, monkeypatch, before, interruption, step, call):
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    with monkeypatch.context() as patched:
        interrupted_at(patched, step, call, interruption)
        with pytest.raises(interruption):
            write_together({tmp_path / "a.csv": "new a", tmp_path / "b.md": "new b"})
    assert contents(tmp_path) == before


def test_a_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert contents(tmp_path) == {"file.txt": "old"}


def test_a_check_writes_nothing(tmp_path):
    path = tmp_path / "file.txt"
    check_writable(path)
    assert contents(tmp_path) == {}
    path.write_text("old")
    check_writable(path)
    assert contents(tmp_path) == {"file.txt": "old"}
    with pytest.raises(FileNotFoundError):
        check_writable(tmp_path / "missing" / "file.txt")
    with pytest.raises(NotADirectoryError):
        check_writable(path / "file.txt")


# ---- killed

KILLED = """
import os, signal, sys
from pathlib import Path
from netterbook import files

left = int(sys.argv[2])

def counted(real):
    def call(*arguments, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    return call

for name in ("open", "write", "fsync", "chmod", "replace", "unlink", "close"):
    setattr(os, name, counted(getattr(os, name)))
files.write_together({Path(sys.argv[1]) / name: f"new {name}" for name in ("a.csv", "b.md")})
"""
FOREIGN = [".a.csv.swp", ".netterbook", ".netterbook-00000000-00000000", ".netterbook.yml", "a.csv~"]


@pytest.mark.parametrize("there", [True, False])
def test_a_run_killed_at_any_step_leaves_whole_files_and_nothing_for_long(tmp_path, there):
    """Table and report: each old or new, never a new report beside an old table."""
    states, step, code = set(), 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        folder = tmp_path / str(step)
        folder.mkdir()
        for name in [*FOREIGN, *(["a.csv", "b.md"] if there else [])]:
            (folder / name).write_text(f"old {name}")
        code = subprocess.run([sys.executable, "-c", KILLED, folder, str(step)], check=False).returncode
        table, report = (contents(folder).get(name, "none") for name in ("a.csv", "b.md"))
        states.add((table.split()[0], report.split()[0]))
        write_together({folder / "a.csv": "later", folder / "b.md": "later"})
        expected = {name: f"old {name}" for name in FOREIGN} | {"a.csv": "later", "b.md": "later"}
        assert contents(folder) == expected, step
        step += 1
    assert code == 0
    before = "old" if there else "none"
    assert states == {(before, before), ("new", before), ("new", "new")}


WRITING = """
import sys
from hashlib import sha256
from itertools import count
from pathlib import Path
from netterbook.files import write_together

folder = Path(sys.argv[1])
for i in count():
    table = f"{i}\\n" * 300_000
    write_together({folder / "a.csv": table, folder / "b.md": f"{i} {sha256(table.encode()).hexdigest()}"})
    print(i, flush=True)
"""


def test_a_run_killed_at_random_leaves_a_whole_table_and_a_report_that_tells_whose_it_is(tmp_path):
    rng = random.Random(9)
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITING, tmp_path], stdout=subprocess.PIPE) as run:
            run.stdout.readline()
            time.sleep(0.3 * rng.random())
            run.kill()
        table, (number, told) = (tmp_path / "a.csv").read_text(), (tmp_path / "b.md").read_text().split()
        lines = table.splitlines()
        assert len(lines) == 300_000 and len(set(lines)) == 1
        assert int(lines[0]) - int(number) in (0, 1)
        assert (told == sha256(table.encode()).hexdigest()) == (lines[0] == number)
    write_together({tmp_path / "a.csv": "later", tmp_path / "b.md": "later"})
    assert contents(tmp_path) == {"a.csv": "later", "b.md": "later"}


def test_what_another_run_is_writing_stays(tmp_path, monkeypatch):
    """Two runs write one file: the later one does not take the earlier one's unfinished file for one left over."""
    path, replace = tmp_path / "file.txt", os.replace

    def meanwhile(part, target):
        monkeypatch.setattr(os, "replace", replace)
        write_whole(path, "of the later run")
        assert path.read_text() == "of the later run"
        replace(part, target)

    monkeypatch.setattr(os, "replace", meanwhile)
    write_whole(path, "of the earlier run")
    assert contents(tmp_path) == {"file.txt": "of the earlier run"}


# ---- read


def test_a_file_is_read_up_to_its_limit(tmp_path):
    path = tmp_path / "file.txt"
    path.write_bytes(b"x" * 1000)
    assert read_limited(path, 1000) == b"x" * 1000
    with pytest.raises(OSError, match=r"Larger than 0\.000999 MB"):
        read_limited(path, 999)


def test_what_never_ends_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(OSError, match="Not a regular file"):
            read_limited(path, 10)
    with pytest.raises(IsADirectoryError):
        read_limited(tmp_path, 10)
    with pytest.raises(FileNotFoundError):
        read_limited(tmp_path / "missing", 10)
