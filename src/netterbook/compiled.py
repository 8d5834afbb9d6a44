"""Compiled inner loops: numba's decorator, with a cache on disk that no change of a called function outlives.

numba looks for changes only in the file of the function it loads, not in those of the functions that this one calls.
So the cache lies in a folder named after the contents of all sources with compiled code.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import config
from platformdirs import user_cache_path

_PACKAGE = Path(__file__).parent
_PREFIX = "compiled-"
Function = TypeVar("Function", bound=Callable[..., Any])


def sources_key(package: Path = _PACKAGE) -> str:
    """Fingerprint of the names and contents of all sources in ``package`` that hold compiled code."""
    digest = sha256()
    for path in sorted(package.rglob("*.py")):
        text = path.read_bytes()
        if b"netterbook.compiled import" in text:
            digest.update(f"{path.relative_to(package).as_posix()} {len(text)} ".encode() + text)
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path | None:
    """Where machine code is kept: beside the package, else among the user's caches, else nowhere."""
    for parent in (_PACKAGE / "__pycache__", user_cache_path("netterbook")):
        folder = parent / (_PREFIX + sources_key())
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".writable").touch()
        except OSError:
            continue
        return folder
    return None


def compiled(function: Function) -> Function:
    """Compile a function on its first call, without Python's global lock, and keep the machine code on disk."""
    folder = cache_folder()
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder or "")
    try:  # numba settles on the folder here, once and for all
        made: Function = numba.njit(cache=folder is not None, nogil=True)(function)
        return made
    finally:
        config.CACHE_DIR = before


def drop_outdated() -> None:
    """Remove machine code of sources that are no more."""
    folder = cache_folder()
    for other in folder.parent.glob(_PREFIX + "*") if folder else ():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
