"""A heading for the examples of a docstring, which napoleon would otherwise take for a part of the section before."""

from __future__ import annotations

from typing import Any


def head_examples(app: Any, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Put "Examples" above the first example of a docstring that has sections."""
    first = next((i for i, line in enumerate(lines) if line.startswith(">>> ")), None)
    if first is None or not any(set(line) == {"-"} for line in lines[:first]):
        return
    before = first
    while before > 0 and not lines[before - 1].strip():
        before -= 1
    start = before
    while start > 0 and lines[start - 1].strip():
        start -= 1
    section = any(set(line) == {"-"} or line.startswith(" ") for line in lines[start:before])
    if not section:  # a sentence leads to the example
        first = start
    lines[first:first] = ["Examples", "--------"]


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", head_examples, priority=400)  # before napoleon
    return {"parallel_read_safe": True}
