"""Make .venv hold what requirements.lock names, hashes checked, and this package: install.py

With uv where it is there or comes as a wheel (seconds), else with pip (minutes). Only the standard library is used.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ENVIRONMENT = Path(".venv")
LOCK = Path("requirements.lock")
READY = ENVIRONMENT / ".ready"
PYTHON = ENVIRONMENT / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]


def up_to_date() -> bool:
    """Whether another run has just done the work."""
    return READY.exists() and READY.stat().st_mtime > max(p.stat().st_mtime for p in (LOCK, Path("pyproject.toml")))


def entry(name: str) -> str:
    """What the lock says of a package: version and hashes."""
    return re.search(rf"^{name}==[^\\\n]*(?:\\\n[^\\\n]*)*", LOCK.read_text(encoding="utf-8"), re.MULTILINE)[0]


def find_uv() -> str | None:
    """uv on the path, else as the lock has it, from its wheel; None where neither is to be had."""
    if found := shutil.which("uv"):
        return found
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "uv.lock")
        wanted.write_text(entry("uv"), encoding="utf-8")
        done = subprocess.run(
            [*PIP, "install", "--quiet", "--only-binary=:all:", "--require-hashes", "-r", str(wanted)]
        )
    return str(ENVIRONMENT / "bin" / "uv") if done.returncode == 0 else None


def install(command: list[str]) -> bool:
    own = ["--no-deps", "--no-build-isolation", "--editable", "."]
    return all(
        subprocess.run([*command, *what]).returncode == 0 for what in (["--require-hashes", "-r", str(LOCK)], own)
    )


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit("Python 3.11 or later is needed; name one with: make PYTHON=python3.12")
    if up_to_date():
        return
    print("Setting up .venv, about 1 GB: under a minute with uv, some minutes with pip ...", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, symlinks=True)
    os.environ["VIRTUAL_ENV"] = str(ENVIRONMENT.resolve())
    uv = find_uv()
    if uv and install([uv, "pip", "install", "--python", str(PYTHON)]):
        READY.touch()
        return
    print("Without uv then, with pip, which takes longer ...", flush=True)
    if not install([*PIP, "install"]):
        sys.exit("The environment could not be set up; see the messages above. It is left as it is: run make again.")
    READY.touch()


if __name__ == "__main__":
    main()
