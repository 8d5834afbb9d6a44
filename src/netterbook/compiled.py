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
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic
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


def compiled(function: Function, within: bool = False) -> Function:
    """Compile a function on its first call, without Python's global lock, and keep the machine code on disk.

    ``within`` puts its code where it is called from.
    """
    folder = cache_folder()
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder or "")
    try:  # numba settles on the folder here, once and for all
        made: Function = numba.njit(cache=folder is not None, nogil=True, forceinline=within)(function)
        return made
    finally:
        config.CACHE_DIR = before


def inlined(function: Function) -> Function:
    """A function called so often, with so many arrays, that passing them takes longer than what it does."""
    return compiled(function, within=True)


@intrinsic  # type: ignore[untyped-decorator]
def unowned(_: Any, value: Any) -> Any:
    """In compiled code: an array, or nested tuple of arrays, without its count of references.

    numba counts references to every array that it passes to a function, by atomic instructions that take longer than
    most of the arithmetic of an inner loop. An array that is not counted must be kept alive by whoever calls, so this
    is for arguments that came from Python, never for an array made in compiled code.
    """

    def bare(context: Any, builder: Any, kind: Any, part: Any) -> Any:
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, value=part)
            array.meminfo = cgutils.get_null_value(array.meminfo.type)
            array.parent = cgutils.get_null_value(array.parent.type)
            return array._getvalue()
        if isinstance(kind, types.BaseTuple):
            for i, inner in enumerate(kind.types):
                own = bare(context, builder, inner, builder.extract_value(part, i))
                part = builder.insert_value(part, own, i)
        return part

    def make(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return bare(context, builder, signature.args[0], arguments[0])

    return value(value), make


def drop_outdated() -> None:
    """Remove machine code of sources that are no more."""
    folder = cache_folder()
    for other in folder.parent.glob(_PREFIX + "*") if folder else ():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
