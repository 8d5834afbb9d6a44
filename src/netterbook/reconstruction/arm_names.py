"""Arms called by number or by name, in a description and in its files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from netterbook.errors import DataError
from netterbook.reconstruction.faults import shortened


class NamedArm(NamedTuple):
    """What an arm may be called: its number, its name and, where files have another, its name in these."""

    number: int
    name: str
    in_files: str = ""


def _plain(text: object) -> str:
    return " ".join(str(text).split()).casefold()


class ArmNames:
    """The arms of a trial, found by number or name, in whatever capitals.

    Parameters
    ----------
    arms : the arms; without any, 0 and 1 are known
    left_out : numbers of arms that are known, but not looked at, as those of another comparison
    said : what stands for each number, where that is another

    >>> names = ArmNames([NamedArm(0, "control"), NamedArm(1, "177Lu-DOTATATE", "2")])
    >>> names.number("Control", "arm"), names.number("2", "arm"), names.number("177lu-dotatate", "arm"), names.find("x")
    (0, 1, 1, None)
    >>> names.number("placebo", "arm")
    Traceback (most recent call last):
    ValueError: arm is 'placebo'; give 0 (reference) or 1 (experimental), or a name: control, 177Lu-DOTATATE
    """

    def __init__(
        self,
        arms: list[NamedArm] | None = None,
        left_out: frozenset[int] = frozenset(),
        said: Mapping[str, int] | None = None,
    ):
        self.arms = arms or []
        self.left_out = left_out
        self._numbers = [each.number for each in self.arms] or [0, 1]
        found: dict[str, int] = {}
        for names in ([each.in_files for each in self.arms], [each.name for each in self.arms]):
            for number, name in zip(self._numbers, names, strict=False):
                if _plain(name):
                    found.setdefault(_plain(name), number)
        for text, number in (said or {str(number): number for number in self._numbers}).items():
            found.setdefault(text, number)
        self._found = found

    def find(self, text: object) -> int | None:
        """The arm's number; None where no arm is called so."""
        return self._found.get(_plain(text))

    def number(self, text: object, what: str) -> int:
        """The arm's number.

        Raises
        ------
        ValueError
            Where no arm is called so; the message lists the names.
        """
        found = self.find(text)
        if found is None:
            names = [each.name for each in self.arms if _plain(each.name) != str(each.number)]
            wanted = "0 (reference) or 1 (experimental)"
            if len(self._numbers) > 2:
                wanted = f"a number from 0 (reference) to {max(self._numbers)}"
            said = f", or a name: {', '.join(names)}" if names else ""
            raise ValueError(f"{what} is {shortened(text)}; give {wanted}{said}")
        return found

    def name(self, number: int) -> str:
        return next((each.name for each in self.arms if each.number == number), f"arm {number}")

    def comparison(self, experimental: int) -> ArmNames:
        """The same names where 0 is the reference and 1 one of the experimental arms, and all others are left out.

        >>> names = ArmNames([NamedArm(0, "control"), NamedArm(1, "low"), NamedArm(2, "high")]).comparison(2)
        >>> names.number("high", "arm"), names.number("2", "arm"), names.number("0", "arm"), names.kept
        (1, 1, 0, [0, 1])
        """
        order = [0, experimental, *(number for number in self._numbers if number not in (0, experimental))]
        own = {each.number: each for each in self.arms}
        arms = [own[number]._replace(number=i) for i, number in enumerate(order)]
        return ArmNames(arms, frozenset(range(2, len(order))), {str(number): i for i, number in enumerate(order)})

    @property
    def kept(self) -> list[int]:
        """Numbers of the arms that are looked at."""
        return [number for number in self._numbers if number not in self.left_out]


def named_arms(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[NamedArm]]:
    """A description whose arms have numbers, and what they are called.

    Arms without a number get theirs in the order of the list; ``arm: control`` is a name. What is no list of arms is
    left as it is, to be refused where it is checked.

    >>> given, names = named_arms({"arms": [{"arm": "control", "n": "4"}, {"name": "lu", "n": "4"}]})
    >>> given["arms"][0], names[1]
    ({'arm': '0', 'name': 'control', 'n': '4'}, NamedArm(number=1, name='lu', in_files=''))
    """
    arms = given.get("arms")
    if not isinstance(arms, list) or not all(isinstance(each, dict) for each in arms):
        return dict(given), []
    own, names = [], []
    for i, each in enumerate(arms):
        arm = str(each.get("arm", "")).strip()
        if not arm.isdecimal() and not arm.startswith("-"):
            each = {"arm": str(i)} | ({"name": arm} if arm else {}) | {k: v for k, v in each.items() if k != "arm"}
            arm = str(i)
        own.append(each)
        if arm.isdecimal() and len(arm) < 3:
            names.append(NamedArm(int(arm), str(each.get("name", "")), str(each.get("in_files", ""))))
    return {**given, "arms": own}, names


def check_arm_numbers(numbers: list[int]) -> None:
    """Check that arms are 0, 1 and so on, each once; one arm alone may be 1.

    Raises
    ------
    DataError
        Where they are not.

    >>> check_arm_numbers([0, 0])
    Traceback (most recent call last):
    netterbook.errors.DataError: arms has arm 0 twice; one is 0 (reference), the other 1 (experimental)
    """
    twice = [number for i, number in enumerate(numbers) if number in numbers[:i]]
    if twice:
        raise DataError(f"arms has arm {twice[0]} twice; one is 0 (reference), the other 1 (experimental)")
    if sorted(numbers) != list(range(len(numbers))) and numbers != [1]:
        said = ", ".join(map(str, numbers))
        raise DataError(f"arms has the numbers {said}; give 0 to the reference, 1 and so on to the others")


def file_names(arms: Iterable[str]) -> dict[str, str]:
    """What stands for each arm in the names of files: letters, digits and hyphens, each another.

    >>> file_names(["", "177Lu, 7.4 GBq", "177Lu 7/4 GBq"])
    {'': '', '177Lu, 7.4 GBq': '177Lu-7-4-GBq', '177Lu 7/4 GBq': '177Lu-7-4-GBq-2'}
    """
    found: dict[str, str] = {}
    for name in arms:
        plain = re.sub(r"[^\w]+", "-", name).strip("-_")[:60] or ("arm" if name else "")
        same = [each for each in found.values() if each.casefold() == plain.casefold()]
        found[name] = f"{plain}-{len(found)}" if same else plain
    return found


def by_arm(given: Mapping[str, Any], names: ArmNames, what: str) -> dict[int, Any]:
    """A mapping whose keys are arms, by their numbers, without those left out.

    Raises
    ------
    ValueError
        For a key that is no arm, or an arm given twice.

    >>> by_arm({"control": "a.csv", "1": "b.csv"}, ArmNames([NamedArm(0, "control"), NamedArm(1, "lu")]), "curve")
    {0: 'a.csv', 1: 'b.csv'}
    """
    found: dict[int, Any] = {}
    for key, value in given.items():
        number = names.number(key, f"a key of {what}")
        if number in found:
            raise ValueError(f"{what} has arm {number} twice, also as {shortened(key)}; leave one out")
        found[number] = value
    return {number: value for number, value in found.items() if number not in names.left_out}
