"""A public name at the top of a module stands for one thing in the whole library."""

import ast
from collections import defaultdict
from pathlib import Path

import netterbook

PACKAGE = Path(netterbook.__file__).parent
PROTOCOL = {
    "app": "a module of the command line has its commands",
    "check": "a module of the audit enters its checks",
    "read": "a module reads the records that it is named for",
}


def defined(module):
    """Public names of functions, classes and constants; a command is named for whoever types it."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if not any(ast.unparse(decorator).startswith("app.command(") for decorator in node.decorator_list):
                yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (name.id for each in targets for name in ast.walk(each) if isinstance(name, ast.Name))


def test_no_name_is_defined_twice():
    places = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in defined(ast.parse(path.read_text(encoding="utf-8"))):
            if not name.startswith("_"):
                places[name].append(path.relative_to(PACKAGE).as_posix())
    assert len(places) > 300
    assert {name: found for name, found in places.items() if len(found) > 1 and name not in PROTOCOL} == {}
    assert all(len(places[name]) > 1 for name in PROTOCOL)
