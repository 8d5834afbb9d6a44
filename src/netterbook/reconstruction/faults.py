"""Mistakes of a description and its files: all of them together, each in a line that names the value."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from netterbook.errors import DataError

MOST_LINES = 20
"""Of mistakes that are said at once."""


class Mistakes(DataError):
    """Several mistakes, a line each.

    >>> Mistakes(["n is 'x'", "n is 'x'", "time is 'y'"]).lines
    ("n is 'x'", "time is 'y'")
    >>> len(Mistakes(map(str, range(50))).lines), Mistakes(map(str, range(50))).lines[-1]
    (21, 'and 30 more')
    """

    def __init__(self, lines: Iterable[str]):
        self.every = tuple(dict.fromkeys(lines))
        left = len(self.every) - MOST_LINES
        self.lines = self.every if left <= 0 else (*self.every[:MOST_LINES], f"and {left} more")
        super().__init__("\n".join(self.lines))


@contextmanager
def collecting(found: list[str]) -> Iterator[None]:
    """Add what is wrong within to a list, and go on after it.

    >>> found = []
    >>> with collecting(found):
    ...     raise ValueError("n is 'x'; give a number")
    >>> found
    ["n is 'x'; give a number"]
    """
    try:
        yield
    except Mistakes as error:
        found.extend(error.every)
    except ValueError as error:
        found.append(str(error))


def raise_all(found: list[str]) -> None:
    """Raise what was collected, if anything.

    Raises
    ------
    Mistakes
        With all lines.
    """
    if found:
        raise Mistakes(found)


def nearest_name(name: str, known: Iterable[str]) -> str:
    """The known name that may have been meant, else all of them, for a message.

    >>> nearest_name("titel", ["title", "unit"]), nearest_name("x", ["title", "unit"])
    ("did you mean 'title'?", 'there are: title, unit')
    """
    near = difflib.get_close_matches(name, known := list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"


_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 40
_repr.maxlevel, _repr.maxlist, _repr.maxdict = 2, 4, 4


def shortened(value: object) -> str:
    """A value for a message, cut where it is long.

    >>> len(shortened("k" * 1000))
    40
    """
    return _repr.repr(value)
