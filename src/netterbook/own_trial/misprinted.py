"""The example trial with misprints put in on purpose, by which one sees that an audit finds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple


class PlantedMisprint(NamedTuple):
    """A number of the example that is changed: the claim, the file, and the line before and after."""

    claim: str
    file: str
    right: str
    wrong: str
    slip: str


MISPRINTS = (
    PlantedMisprint("trial.baseline.female.p.p", "baseline.csv", "100 (19),0.41", "100 (19),0.14", "digits swapped"),
    PlantedMisprint("trial.end_point.hr.hr", "end_point.yml", "hr_hi: 0.63", "hr_hi: 0.68", "a digit misread"),
    PlantedMisprint(
        "trial.end_point.lm1.combination.rate", "end_point.yml", "lm1: 0.865", "lm1: 0.685", "digits swapped"
    ),
)


def example() -> dict[str, str]:
    """The files of the example, ACTG 175, by name: every number as the trial's public data give it."""
    folder = resources.files("netterbook.own_trial") / "example"
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(folder.iterdir(), key=str)}


@contextmanager
def misprinted_example() -> Iterator[Path]:
    """A folder, there for a while, of the example with its :data:`MISPRINTS`.

    >>> with misprinted_example() as folder:
    ...     "hr_hi: 0.68" in (folder / "end_point.yml").read_text(encoding="utf-8")
    True
    """
    files = example()
    for each in MISPRINTS:
        files[each.file] = files[each.file].replace(each.right, each.wrong)
    with TemporaryDirectory(prefix="netterbook-") as scratch:
        for name, text in files.items():
            Path(scratch, name).write_text(text, encoding="utf-8")
        yield Path(scratch)
