"""Headlines of a chapter that is run with other parameters."""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Mapping
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from netterbook.errors import DataError, NetterbookError, ParameterError
from netterbook.precision import significant
from netterbook.reconstruction.faults import nearest_name
from netterbook.reconstruction.headlines import ERROR_DIGITS, HEADLINE_COLUMNS, no_headlines

_MIME = "application/vnd.netterbook.headlines+json"


def chapter_headlines(path: str, changed: Mapping[str, Any], expressions: Mapping[str, str]) -> pd.DataFrame:
    """Headlines of a chapter that is run with other parameters; where a cell fails, one row says so.

    Parameters
    ----------
    path : of the notebook
    expressions : by name, of the chapter's variables; none for its table of results
    """
    from nbformat.v4 import new_code_cell

    from netterbook.notebooks import KernelEnded, execute, with_parameters

    notebook = with_parameters(Path(path), changed)
    ask = f"from netterbook import chapter_headlines as _headlines\n_headlines.tell({dict(expressions)!r}, globals())"
    notebook.cells.append(new_code_cell(ask))
    try:
        execute(notebook, Path(path).parent)
    except KernelEnded:  # which says nothing of the point
        raise
    except NetterbookError as error:
        return no_headlines(error)
    told = next(output["data"][_MIME] for output in notebook.cells[-1].outputs if _MIME in output.get("data", {}))
    rows = [(name, *map(float, numbers), nan, nan, "") for name, numbers in told]
    return significant(pd.DataFrame(rows, columns=HEADLINE_COLUMNS), ERROR_DIGITS)


def check_expressions(path: Path, expressions: Mapping[str, str]) -> None:
    """Refuse expressions that cannot be computed, before the chapter is run.

    Raises
    ------
    DataError
        For one that is no expression, or has a name that the chapter does not give.
    """
    python = set(dir(builtins))
    given = _names_of(path) if expressions else set()
    for headline, expression in expressions.items():
        try:
            parsed = ast.parse(expression.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise DataError(f"headline {headline!r} is no expression: {error}") from None
        unknown = sorted(_names(parsed, ast.Load) - _names(parsed, ast.Store) - given - python)
        if unknown:
            raise DataError(
                f"headline {headline!r}: the chapter has no {unknown[0]!r}; {nearest_name(unknown[0], sorted(given))}"
            )


def _names_of(path: Path) -> set[str]:
    """Names that the cells of a notebook give."""
    found: set[str] = set()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            found |= _names(tree, ast.Store)
            imported = (
                each for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for each in node.names
            )
            found |= {(each.asname or each.name).partition(".")[0] for each in imported}
    return found


def _names(tree: ast.AST, use: type[ast.expr_context]) -> set[str]:
    """Names that are read, or given a value: parameters and functions among these."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, use)}
    if use is ast.Store:
        found |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return found


def tell(expressions: Mapping[str, str], namespace: dict[str, Any]) -> None:
    """Within a chapter's kernel, hand its headlines over; see :func:`evaluated`."""
    from IPython.display import display

    display({_MIME: evaluated(expressions, namespace)}, raw=True)


def evaluated(expressions: Mapping[str, str], namespace: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Name, and value, low, high and Monte Carlo error as text, of each headline of a chapter.

    Raises
    ------
    ParameterError
        If an expression fails or is no number, or there are neither expressions nor a table of results.

    >>> evaluated({"twice": "2 * a", "span": "(a, 1, 5)"}, {"a": 3})
    [('twice', ['6.0', 'nan', 'nan', 'nan']), ('span', ['3.0', '1.0', '5.0', 'nan'])]
    """
    if expressions:
        return [(name, _numbers(name, expression, namespace)) for name, expression in expressions.items()]
    table = namespace.get("results")
    if not isinstance(table, pd.DataFrame) or not {"end_point", "effect_measure", "effect"} <= set(table):
        raise ParameterError("the chapter has no table of results; give headlines, a name and an expression each")
    table = table[table["effect"].notna()]
    columns = ["effect", "effect_low", "effect_high"]
    names = [f"{row.end_point}: {row.effect_measure}" for row in table.itertuples()]
    numbers = table[columns].astype(float).to_numpy().tolist()
    return [(name, [*map(repr, row), "nan"]) for name, row in zip(names, numbers, strict=True)]


def _numbers(name: str, expression: str, namespace: dict[str, Any]) -> list[str]:
    try:
        found = eval(expression, namespace)
    except Exception as error:
        raise ParameterError(f"headline {name!r}: {expression} fails: {type(error).__name__}: {error}") from None
    simulated = hasattr(found, "_fields") and set(getattr(found, "_fields", ())) == {"value", "error"}
    try:
        if simulated:
            numbers = [float(found.value), nan, nan, float(found.error)]
        elif np.ndim(found) == 0:
            numbers = [float(found), nan, nan, nan]
        else:
            numbers = [*map(float, found), nan, nan, nan][:4]
            if len(found) not in (3, 4):
                raise ValueError("give a number, or value, low and high")
    except (TypeError, ValueError) as error:
        raise ParameterError(f"headline {name!r} is {found!r:.80}, which is no number: {error}") from None
    return list(map(repr, numbers))
