"""Machine code on disk follows every source that it was made from, and is all made beforehand."""

import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from netterbook import compiled

INNER = """
from netterbook.compiled import compiled

@compiled
def inner(x):
    return x + {added}
"""
OUTER = """
from netterbook.compiled import compiled
from netterbook.inner import inner

@compiled
def outer(x):
    return 10 * inner(x)
"""
SHOW = "from netterbook.outer import outer; print(outer(1), sum(outer.stats.cache_hits.values()))"


@pytest.fixture
def package(tmp_path):
    """A package with the decorator and two modules, one of which calls the other's function."""
    folder = tmp_path / "netterbook"
    folder.mkdir()
    (folder / "__init__.py").touch()
    shutil.copy(compiled.__file__, folder)
    (folder / "inner.py").write_text(INNER.format(added=1))
    (folder / "outer.py").write_text(OUTER)
    return folder


def run(package, code):
    command = [sys.executable, "-c", code]
    environment = {"PYTHONPATH": str(package.parent), "XDG_CACHE_HOME": str(package.parent / "cache"), "PATH": ""}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # bytecode of a file as long and as old to the second would serve
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_change_of_a_called_function_in_another_module_is_compiled_anew(package):
    assert run(package, SHOW) == "20 0"
    assert run(package, SHOW) == "20 1"
    (package / "inner.py").write_text(INNER.format(added=2))
    assert run(package, SHOW) == "30 0"


def test_a_change_of_a_source_without_compiled_code_keeps_the_cache(package):
    run(package, SHOW)
    (package / "words.py").write_text("HELLO = 1\n")
    assert run(package, SHOW) == "20 1"


def test_outdated_machine_code_is_dropped_and_the_current_kept(package):
    run(package, SHOW)
    (package / "inner.py").write_text(INNER.format(added=2))
    run(package, SHOW + "; from netterbook.compiled import drop_outdated; drop_outdated()")
    assert len(list((package / "__pycache__").glob("compiled-*"))) == 1
    assert run(package, SHOW) == "30 1"


def test_where_the_package_cannot_be_written_to_the_users_cache_is_used(package):
    (package / "__pycache__").write_text("a file where the folder would be")
    assert run(package, SHOW) == "20 0"
    assert run(package, SHOW) == "20 1"


def test_the_decorator_leaves_numbas_own_setting_alone():
    from numba import config

    before = config.CACHE_DIR
    compiled.compiled(lambda x: x)
    assert before == config.CACHE_DIR


def test_everything_is_compiled_beforehand():
    """No compiled function of the package is left without machine code on disk."""
    code = """
import importlib, pkgutil, netterbook
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from netterbook.precompile import precompile
precompile()
for found in pkgutil.walk_packages(netterbook.__path__, "netterbook."):
    module = importlib.import_module(found.name)
    for name, value in vars(module).items():
        if isinstance(value, Dispatcher):
            made = list(Path(value.stats.cache_path).glob(f"*.{value.__name__}-*.nbi"))
            print(found.name, name, bool(made))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = done.stdout.splitlines()
    assert len(found) > 30
    assert [line for line in found if not line.endswith("True")] == []


def test_no_module_goes_round_the_decorator():
    package = Path(compiled.__file__).parent
    sources = [path for path in package.rglob("*.py") if path.name != "compiled.py"]
    assert len(sources) > 30
    assert [path.name for path in sources if "njit" in path.read_text(encoding="utf-8")] == []


def test_unowned_arrays_are_the_same_arrays_and_leave_their_counts_alone():
    @numba.njit
    def double(values, nested):
        inner = compiled.unowned(nested)
        own = compiled.unowned(values)
        own[:] *= 2.0
        inner[0][0][:] += own
        return inner[1] + inner[0][0][0]

    values, other = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    assert double(values, ((other,), 5.0)) == 17.0
    before = sys.getrefcount(values), sys.getrefcount(other)
    assert double(values, ((other,), 5.0)) == 21.0
    assert (values.tolist(), other.tolist()) == ([4.0, 8.0], [16.0, 32.0])
    assert (sys.getrefcount(values), sys.getrefcount(other)) == before
