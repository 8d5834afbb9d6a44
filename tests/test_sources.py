import ast
from pathlib import Path

import pytest

from netterbook import sources
from netterbook.sources import code_of

PACKAGE = Path(sources.__file__).parent


@pytest.fixture
def source(tmp_path):
    def write(text):
        path = tmp_path / "module.py"
        path.write_text(text, encoding="utf-8")
        return code_of(path)

    return write


CODE = '''"""What it is for."""
# and why
import math  # for pi

X = "no # comment"
"""Said of it."""


def f(x):
    """Twice."""
    return 2 * x  # of a number
'''


def test_comments_and_docstrings_are_left_out(source):
    assert source(CODE).decode().split("\n") == [
        "import math",
        "",
        'X = "no # comment"',
        "",
        "",
        "def f(x):",
        "    return 2 * x",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What it is for.", "Why."),
        ("# and why", "# because"),
        ("Twice.", "Two\n    times."),
        ("# of a number", "# twice"),
    ],
)
def test_what_changes_no_result_changes_no_fingerprint(source, old, new):
    assert old in CODE and source(CODE) == source(CODE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"), [("2 * x", "3 * x"), ("no # comment", "no # remark"), ("import math", "import cmath")]
)
def test_what_changes_results_changes_it(source, old, new):
    assert source(CODE) != source(CODE.replace(old, new))


class _Bare(ast.NodeTransformer):
    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node


def test_what_is_left_of_every_source_computes_the_same():
    compared = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        try:
            left = ast.parse(code_of(path))
        except SyntaxError:  # of a class that has a docstring and nothing else
            continue
        assert ast.dump(left) == ast.dump(_Bare().visit(ast.parse(path.read_text(encoding="utf-8")))), path
        compared += 1
    assert compared > 100
