"""What makes numbers or their order depend on the processor stays out of the sources."""

import ast
from pathlib import Path

import nbformat

import netterbook

PACKAGE = Path(netterbook.__file__).parent
CHAPTERS = Path(__file__).parents[2] / "chapters"
SORTS = {"argsort", "sort_values", "value_counts"}


def unstable_sorts(source: str) -> list[int]:
    """Lines that sort by a method that leaves ties in any order; compiled functions bring their own sort along."""
    tree = ast.parse(source)
    compiled = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and any(ast.unparse(d) == "compiled" for d in function.decorator_list)
        for node in ast.walk(function)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SORTS
        and id(node) not in compiled
        and not any(k.arg == "kind" and ast.unparse(k.value) == "'stable'" for k in node.keywords)
        and not any(k.arg == "sort" and ast.unparse(k.value) == "False" for k in node.keywords)
    ]


def test_ties_keep_their_order_whatever_the_processor():
    """NumPy's default sort has another order of ties with AVX2 or AVX-512 than without."""
    found = {str(path.relative_to(PACKAGE)): unstable_sorts(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
    assert len(found) > 30
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_ties_keep_their_order_in_chapters_too():
    for path in (*CHAPTERS.glob("*.ipynb"), CHAPTERS.parent / "index.ipynb"):
        cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
        assert unstable_sorts("\n".join(cells)) == [], path.stem


def test_an_unstable_sort_is_seen():
    assert unstable_sorts("np.argsort(x)\nframe.sort_values('a')\nx.value_counts()\n") == [1, 2, 3]
    assert unstable_sorts("np.argsort(x, kind='stable')\nx.value_counts(sort=False)\n") == []
    assert unstable_sorts("@compiled\ndef f(x):\n    return np.argsort(x)\n") == []
