"""Files read up to a size, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing is locked, so what a killed run left is not removed either
    fcntl = None  # type: ignore[assignment]


def read_limited(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most ``limit`` bytes.

    Raises
    ------
    OSError
        If it cannot be read, is larger, or is no regular file: a pipe or device may never end.
    """
    _check_regular(path)
    with open(path, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"Larger than {limit / 1e6:g} MB")
    return content


def write_whole(path: Path, content: str | bytes) -> None:
    """:func:`write_together` for one file."""
    write_together({path: content})


def write_together(files: Mapping[Path, str | bytes]) -> None:
    """Write files completely, text in UTF-8, and all of them or none.

    Every file is complete on the disk before the first is put in its place; where one cannot be put there, those before
    it are put back. A run that is killed leaves every file whole, old or new, none new after one that is old; whatever
    else it leaves is removed when the same file is next written. A new file has the mode that the umask gives, another
    keeps its own. Links are followed.

    Raises
    ------
    OSError
        If one cannot be written.
    """
    with ExitStack() as parts:
        new = {path: parts.enter_context(_part(path, content)) for path, content in _targets(files).items()}
        first = [path for path in list(new)[:-1] if path.exists()]
        old = {path: parts.enter_context(_part(path, path.read_bytes())) for path in first}
        try:
            for path, part in new.items():
                os.replace(part, path)
        except BaseException:
            placed = [path for path, part in new.items() if not part.exists()]
            for path in placed if len(placed) < len(new) else ():
                if path in old:
                    os.replace(old[path], path)
                else:
                    path.unlink()
            raise


def check_writable(path: Path) -> None:
    """Find out before the work whether :func:`write_whole` can write a file; none is written.

    Raises
    ------
    OSError
        If it cannot.
    """
    for target in _targets({path: ""}):
        with _part(target, b""):
            pass


def _targets(files: Mapping[Path, str | bytes]) -> dict[Path, bytes]:
    """Where the files are, links followed, and their bytes; a device is not replaced by a file."""
    targets = {
        Path(os.path.realpath(path)): content.encode() if isinstance(content, str) else content
        for path, content in files.items()
    }
    for path in targets:
        with suppress(FileNotFoundError):
            _check_regular(path)
    return targets


def _check_regular(path: Path) -> None:
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file")


@contextmanager
def _part(path: Path, content: bytes) -> Iterator[Path]:
    """A file beside ``path`` with this content and the mode of ``path``, there to be renamed to it; else it is removed.

    It is locked, by which :func:`_sweep` knows it from one that a killed run left.
    """
    _sweep(path)
    while True:
        part = path.with_name(_stem(path) + secrets.token_hex(4))
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        _lock(handle, wait=True)
        if os.fstat(handle).st_nlink:
            break
        os.close(handle)  # swept before it was locked
    with os.fdopen(handle, "wb") as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(handle)  # a full disk may be noticed no earlier
            if path.exists():
                os.chmod(part, stat.S_IMODE(path.stat().st_mode))
            yield part
        finally:
            part.unlink(missing_ok=True)


def _stem(path: Path) -> str:
    """What the names of all parts of a file begin with; of the same length for every file, as names have a limit."""
    return f".netterbook-{zlib.crc32(os.fsencode(path.name)):08x}-"


def _sweep(path: Path) -> None:
    """Remove the parts of ``path`` that killed runs left: named as :func:`_part` names them, and locked by nobody."""
    named = re.compile(re.escape(_stem(path)) + "[0-9a-f]{8}")
    with suppress(OSError):
        for left in [other for other in path.parent.iterdir() if named.fullmatch(other.name)]:
            with suppress(OSError):  # gone by now, or another user's
                if stat.S_ISREG(left.lstat().st_mode):
                    with open(left, "rb") as file:
                        if _lock(file.fileno()):
                            left.unlink()


def _lock(handle: int, wait: bool = False) -> bool:
    """Whether the file is now locked by this run alone; never so on a file system without locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except (AttributeError, OSError):
        return False
    return True
