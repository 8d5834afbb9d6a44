"""pyproject.toml, requirements.lock and environment.yml describe one environment."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = [
    *PYPROJECT["project"]["dependencies"],
    *(spec for extra in PYPROJECT["project"]["optional-dependencies"].values() for spec in extra),
    *PYPROJECT["build-system"]["requires"],
]
PYTHONS = SpecifierSet(PYPROJECT["project"]["requires-python"])
MINORS = ["3.11", "3.12", "3.13"]
"""Python releases for which the lock must hold every direct dependency."""


def lock_lines():
    """The lock's entries, one a line, without comments."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    joined = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]


def lock_entries():
    """Requirement and hashes of every entry."""
    entries = []
    for line in lock_lines():
        spec, *hashes = re.split(r"\s+--hash=", line)
        entries.append((Requirement(spec), [h.strip() for h in hashes]))
    return entries


def pinned(requirement):
    (specifier,) = requirement.specifier
    assert specifier.operator == "==", f"{requirement} is not pinned"
    return Version(specifier.version)


@pytest.mark.parametrize("spec", DIRECT)
def test_every_direct_dependency_is_locked_at_a_version_that_fits(spec):
    wanted = Requirement(spec)
    locked = [r for r, _ in lock_entries() if canonicalize_name(r.name) == canonicalize_name(wanted.name)]
    assert locked, f"{wanted.name} is not in the lock"
    for requirement in locked:
        assert wanted.specifier.contains(pinned(requirement), prereleases=True), f"{requirement} does not fit {wanted}"
    for minor in MINORS:
        here = {"python_version": minor, "python_full_version": f"{minor}.4", "sys_platform": "linux"}
        chosen = [r for r in locked if r.marker is None or r.marker.evaluate(here)]
        assert len(chosen) == 1, f"{wanted.name} on Python {minor}: {[str(r) for r in chosen]}"


def test_every_entry_is_pinned_and_has_hashes():
    entries = lock_entries()
    assert len(entries) > 100
    for requirement, hashes in entries:
        pinned(requirement)
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes), requirement


def asked_with_extras(extras):
    """What installed packages ask for with extras, given their own."""
    for name, own in extras.items():
        try:
            asked = distribution(name).requires or []
        except PackageNotFoundError:  # of another system
            continue
        for wanted in map(Requirement, asked):
            if wanted.extras and any(wanted.marker is None or wanted.marker.evaluate({"extra": e}) for e in {"", *own}):
                yield name, canonicalize_name(wanted.name), {canonicalize_name(extra) for extra in wanted.extras}


def test_extras_are_locked_with_their_packages():
    """Or pip, which conda calls, says that they have no version and installs nothing."""
    extras = {canonicalize_name(r.name): {canonicalize_name(e) for e in r.extras} for r, _ in lock_entries()}
    asked = list(asked_with_extras(extras))
    assert ("pytest-cov", "coverage", {"toml"}) in asked
    assert [(by, name, wanted) for by, name, wanted in asked if not wanted <= extras.get(name, set())] == []


def test_the_lock_names_no_host():
    assert [line for line in lock_lines() if line.startswith("-") or "@" in line.partition("--hash")[0]] == []
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"\w+://|--(extra-)?index-url|--find-links|--trusted-host|file:", text)


def conda():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


def test_conda_takes_everything_from_the_lock():
    """pip refuses ``-e .`` beside hashes and ``--no-deps`` in a file, so the package itself is a second command."""
    (section,) = [d["pip"] for d in conda() if isinstance(d, dict)]
    assert section == ["-r requirements.lock"]
    assert {re.match(r"[\w-]+", d)[0] for d in conda() if isinstance(d, str)} == {"python", "pip"}


def test_conda_tells_how_to_install_the_package_itself():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    command = re.search(r"pip install (.*)", text)[1].split()
    assert {"--no-deps", "--no-build-isolation"} <= set(command)
    assert command[-2:] in (["-e", "."], ["--editable", "."])


def test_conda_has_a_python_that_the_package_admits():
    (spec,) = [d.removeprefix("python").strip() for d in conda() if isinstance(d, str) and d.startswith("python")]
    allowed = SpecifierSet(spec if spec.startswith(("<", ">", "=", "~", "!")) else f"=={spec}")
    candidates = [f"3.{minor}" for minor in range(8, 20)]
    assert [v for v in candidates if v in allowed] != []
    assert [v for v in candidates if v in allowed and v not in PYTHONS] == []


def test_the_lock_was_made_for_the_oldest_python_admitted():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    oldest = re.search(r"uv pip compile.*--python-version (\S+)", makefile)[1]
    assert oldest in PYTHONS
    major, minor = oldest.split(".")
    assert f"{major}.{int(minor) - 1}" not in PYTHONS
