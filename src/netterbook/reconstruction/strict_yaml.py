"""YAML in which every value stays the string that was printed, and nothing is taken for what it may not be."""

from __future__ import annotations

from typing import Any

import yaml

from netterbook.errors import DataError
from netterbook.reconstruction.faults import shortened

DEEPEST = 10
"""Brackets within brackets; the time to read them grows as the square of how many are open."""


class StrictLoader(yaml.BaseLoader):
    """Every scalar stays the string that was printed; a key given twice is an error, not the last one's win.

    Aliases are refused, as a few of them make a file of one line too large for any memory.
    """

    def fetch_flow_collection_start(self, token_class: Any) -> None:
        if self.flow_level == DEEPEST:
            problem = f"nested too deep: {DEEPEST} brackets are open; close them, or put text that holds any in quotes"
            raise yaml.scanner.ScannerError(problem=problem, problem_mark=self.get_mark())
        super().fetch_flow_collection_start(token_class)

    def parse_flow_mapping_key(self, first: bool = False) -> Any:
        """Refuse what a comma within braces has cut off, as the 5 of ``{tmax: 12,5}``."""
        event = super().parse_flow_mapping_key(first)
        no_value = self.state == self.parse_flow_mapping_empty_value
        if not first and no_value and isinstance(event, yaml.ScalarEvent):
            problem = (
                f"{shortened(event.value)} follows a comma, but is no key with a value; write numbers without commas, "
                "as 12.5 and 1204, and words that hold one in quotes"
            )
            where: Any = event.start_mark
            raise yaml.constructor.ConstructorError(problem=problem, problem_mark=where)
        return event

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            problem = f"{'*' + event.anchor!r} is an alias; write the value itself, in quotes if it begins with *"
            raise yaml.composer.ComposerError(problem=problem, problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_scalar(self, node: yaml.ScalarNode) -> str:
        text = super().construct_scalar(node)
        for char in text:
            if char == "\0" or "\ud800" <= char <= "\udfff":
                problem = f"{char!r} is no character; write the character itself"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)
        return text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"{key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return super().construct_mapping(node, deep)


def strings_of(content: bytes) -> dict[str, Any]:
    """The keys of a YAML file, with strings, and lists and mappings of these; no tag makes anything else.

    Raises
    ------
    DataError
        Where it is no such file, with the line.

    >>> strings_of(b"hr: 0.210")
    {'hr': '0.210'}
    """
    try:
        given = yaml.load(content, StrictLoader)
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
        raise DataError(_fault(error)) from None
    if not isinstance(given, dict):
        raise DataError("holds no keys; write a line for each, as title: A trial")
    return given


def _fault(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "nested too deep"
    if any(said in what for said in ("cannot start any token", "indentation indicator", "alphabetic or numeric")):
        what += "; put a value that begins with a sign, as >, in quotes"
    if any(said in what for said in ("not allowed here", "expected <block end>", "could not find expected")):
        what += "; look at the indentation, colons and brackets here and in the line before"
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}" if mark else f"no YAML file: {what}"
