"""What goes wrong in ways that a user can mend; every message names the value and says what to do."""

from __future__ import annotations

from typing import Any


class NetterbookError(ValueError):
    """What all errors of this library share."""


class DataError(NetterbookError):
    """A file or table does not hold what it should; the message names the place and the value."""


class UnknownClaim(NetterbookError, KeyError):
    """No claim has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


class CircularCheck(NetterbookError):
    """A claim would be confirmed from itself."""


class ParameterError(NetterbookError):
    """A parameter is unknown, or has a value that cannot be used."""


class Conflict(NetterbookError):
    """What was given cannot all be true of one set of patients.

    ``nearest``: where any were made, the patients that miss the fewest of the numbers given, a
    :class:`.Reconstruction`.
    """

    def __init__(self, message: str, nearest: Any = None):
        super().__init__(message)
        self.nearest = nearest
