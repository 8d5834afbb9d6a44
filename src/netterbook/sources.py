"""Which of the library's sources a result was made with, and what they compute, for fingerprints of what is stored."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def imported_sources(package: Path, first: str, on_import: bool = False) -> list[str]:
    """A source and the package's modules that it imports, and these, as sorted paths below the package.

    Parameters
    ----------
    package : folder of the package
    first : path below it of the source to begin with
    on_import : what runs when the first is imported: each package's ``__init__`` too, but no import within a function

    >>> imported_sources(Path(__file__).parent, "printed.py")
    ['errors.py', 'printed.py']
    """
    found: set[str] = set()
    left = [Path(first)]
    while left:
        path = left.pop()
        if path.as_posix() in found or not (package / path).is_file():
            continue
        found.add(path.as_posix())
        tree = ast.parse((package / path).read_bytes())
        for node in tree.body if on_import else ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package.name:
                module = Path(*str(node.module).split(".")[1:])
                left += _files(module, [each.name for each in node.names], on_import)
    return sorted(found)


def _files(module: Path, names: list[str], packages: bool) -> Iterator[Path]:
    """Files that ``from module import names`` may read."""
    modules = [each for each in (module, *(module / name for name in names)) if each.name]
    yield from (each.with_suffix(".py") for each in modules)
    if packages:
        yield from (each / "__init__.py" for each in modules)


def code_of(path: Path) -> bytes:
    """A source without comments and docstrings, which change nothing that it computes: for fingerprints.

    >>> code = code_of(Path(__file__).with_name("arrays.py"))
    >>> b"Labels" in code, b"Numbers or names" in code
    (True, False)
    """
    text = path.read_text(encoding="utf-8")
    lines: dict[int, str] = dict(enumerate(text.splitlines(), start=1))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row] = lines[row][:column].rstrip()
            if not lines[row]:
                del lines[row]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for row in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                lines.pop(row, None)
    return "\n".join(lines.values()).encode()
