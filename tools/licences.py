"""Licences of all installed packages, as CSV: licences.py"""

from __future__ import annotations

import csv
import sys
from importlib.metadata import Distribution, distributions

_WORDS = "License :: "


def licence(package: Distribution) -> str:
    """As the package states it: an SPDX expression, else its classifiers, else the first line of its own words."""
    about = package.metadata
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    named = [each.rpartition(" :: ")[2] for each in about.get_all("Classifier", []) if each.startswith(_WORDS)]
    words = [each for each in named if each != "OSI Approved"]
    return "; ".join(words) or str(about.get("License") or "").partition("\n")[0].strip()


def licences() -> list[tuple[str, str, str]]:
    """Name, version and licence of each package, by name."""
    found = {str(each.metadata["Name"]): each for each in distributions()}
    return [(name, each.version, licence(each)) for name, each in sorted(found.items(), key=lambda own: own[0].lower())]


if __name__ == "__main__":
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("package", "version", "licence"))
    table.writerows(licences())
