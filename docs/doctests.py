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
    if before and not lines[before - 1].startswith(" "):  # a sentence leads to the example
        while before > 0 and lines[before - 1].strip():
            before -= 1
        first = before
    lines[first:first] = ["Examples", "--------"]


def setup(app: Any) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", head_examples, priority=400)  # before napoleon
    return {"parallel_read_safe": True}
