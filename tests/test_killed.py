"""Commands killed at random moments leave every file whole, and run again give what an undisturbed run gives.

``KILLS=10 pytest tests/test_killed.py`` kills each command that often.
"""

import random
import shutil
import sys
import time
from pathlib import Path

import pytest
from killing import KILLS, kill, start
from small_trials import GRID, TRIAL

ROOT = Path(__file__).parents[1]
NETTERBOOK = str(Path(sys.executable).with_name("netterbook"))
COMMANDS = {
    "reconstruct": ["reconstruct", str(ROOT / "examples" / "netter2-pfs.yml"), "--force", "--draws", "4", "-o", "."],
    "rerun": ["rerun", "background", "-p", "cycles=3", "--force", "-o", "."],
    "refresh": ["refresh", "background.ipynb"],
    "sweep": ["sweep", "grid.yaml", "--jobs", "2", "--force", "--pieces", "pieces"],
    "validate": ["validate", "--trials", "none", "--calibration", "2", "--draws", "5", "-o", ".", "--pieces", "pieces"],
}
RECOVER = ["recover", "--jobs", "2", "-o", "recovered.csv"]


def finish(name, folder):
    """Seconds that it took, and the files that it left."""
    begun = time.monotonic()
    run = start([NETTERBOOK, *COMMANDS[name]], folder)
    said = run.communicate()[0]
    assert run.returncode == 0, said
    return time.monotonic() - begun, files(folder)


def files(folder):
    """All but finished pieces of the work, which a run that goes on finds."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in found.items() if "pieces" not in name.parts}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_at_any_moment_leaves_whole_files_and_runs_again(name, tmp_path):
    if name == "refresh":
        chapter = (ROOT / "chapters" / "background.ipynb").read_text(encoding="utf-8")
        text = chapter.replace("cycles: int = 4", "cycles: int = 3")
        (tmp_path / "background.ipynb").write_text(text, encoding="utf-8")
    elif name == "sweep":
        (tmp_path / "trial.yml").write_text(TRIAL, encoding="utf-8")
        (tmp_path / "grid.yaml").write_text(GRID, encoding="utf-8")
    before = files(tmp_path)
    again = tmp_path / "undisturbed"
    shutil.copytree(tmp_path, again)
    seconds, whole = finish(name, again)
    assert whole != before
    shutil.rmtree(again)
    rng = random.Random(KILLS)
    for _ in range(KILLS):
        kill(start([NETTERBOOK, *COMMANDS[name]], tmp_path), rng.uniform(0, seconds))
        left = {file: content for file, content in files(tmp_path).items() if not Path(file).name.startswith(".")}
        assert all(content in (before.get(file), whole.get(file)) for file, content in left.items())
        assert before.keys() <= left.keys()
    assert finish(name, tmp_path)[1] == whole


def test_estimates_killed_at_any_moment_stay_as_they_were(tmp_path):
    """To its end this takes an hour; that other draws give the stored estimates has a test of its own."""
    (tmp_path / "recovered.csv").write_text("the estimates before\n", encoding="utf-8")
    rng = random.Random(KILLS)
    for _ in range(KILLS):
        kill(start([NETTERBOOK, *RECOVER], tmp_path), rng.uniform(0, 30))
        left = {file: content for file, content in files(tmp_path).items() if not file.startswith(".")}
        assert left == {"recovered.csv": b"the estimates before\n"}
