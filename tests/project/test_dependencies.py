"""What the project rests on: declared where it is used, under licences that go with its own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import headlines
import licences
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PERMISSIVE = re.compile(
    r"(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|0BSD|Zlib|CC0|DFSG approved)", re.IGNORECASE
)
LOOKED_AT = {
    "axe-playwright-python": "MIT, and axe MPL-2.0, by the files of the package; its metadata have none",
    "docutils": "public domain but for files under BSD and Python's licence; the GPL is an Emacs mode's",
    "radioactivedecay": "MIT; the other terms are those of the decay data of ICRP 107",
    "survset": "GPL-3.0; an extra for the validation study, not needed by the library and no part of the book",
    "text-unidecode": "Artistic License or GPL, as one chooses",
}
"""Packages whose metadata do not settle it."""


def clean(licence):
    parts = [part for part in re.split(r";| AND | OR |\(|\)", licence) if part.strip()]
    return bool(parts) and all(PERMISSIVE.search(part) for part in parts)


def test_every_licence_goes_with_the_projects():
    found = licences.licences()
    assert len(found) > 150
    doubtful = {name.lower(): licence for name, _, licence in found if not clean(licence)}
    assert doubtful.keys() <= LOOKED_AT.keys(), doubtful
    assert not clean("GNU General Public License v3 (GPLv3)") and not clean("") and not clean("MIT; Other/Proprietary")


def test_direct_dependencies_are_declared_and_used():
    done = subprocess.run(
        [BIN / "deptry", "src", "docs", "tools", "benchmarks", "tests"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_bill_of_materials_has_every_package_and_no_path(tmp_path):
    path = tmp_path / "sbom.json"
    wanted = re.search(r"cyclonedx-py environment (.*) -o", (ROOT / "Makefile").read_text(encoding="utf-8"))[1]
    command = [BIN / "cyclonedx-py", "environment", *wanted.split(), "-o", path, sys.executable]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    text = path.read_text(encoding="utf-8")
    names = {part["name"].lower() for part in json.loads(text)["components"]}
    assert {"numpy", "numba", "pandas", "lifelines"} <= names and len(names) > 150
    assert str(ROOT) not in text


WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [ROOT / ".github/dependabot.yml"]),
    ],
)
def test_what_hosts_read_is_as_they_expect(schema, files):
    assert files
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, *files], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_archive_is_told_what_citations_are():
    """Zenodo's file repeats CITATION.cff."""
    told = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert [told["title"], told["version"], told["license"]] == [cited["title"], cited["version"], cited["license"]]
    assert told["description"] == cited["abstract"].strip()
    assert [each["name"] for each in told["creators"]] == [each["name"] for each in cited["authors"]]


def test_headlines_are_held_against_those_of_an_earlier_run(tmp_path, capsys):
    path = tmp_path / "headlines.csv"
    headlines.main(path)
    assert "There is no earlier run." in capsys.readouterr().out
    text = path.read_text(encoding="utf-8")
    assert "netter1.figure1c.overall.hr.hr" in text and "netter2.figure2a.pfs_hr" in text
    path.write_text(text.replace(",recovered\n", ",differs\n", 1), encoding="utf-8")
    headlines.main(path)
    assert "verdict was differs, is recovered" in capsys.readouterr().out
    headlines.main(path)
    assert capsys.readouterr().out.endswith("- Nothing.\n")


def test_workflows_may_do_no_more_than_they_say_and_are_pinned():
    """Each names its rights, and every action is of a whole version."""
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert "permissions" in workflow, path.name
        for name, job in workflow["jobs"].items():
            assert job["timeout-minutes"] <= 120, (path.name, name)
            for step in job["steps"]:
                assert re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", step.get("uses", "a/b@v1")), step


def test_workflows_call_commands_that_there_are():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets
        for script in re.findall(r"(?:tools|\.ci)/[\w.]+", text):
            assert (ROOT / script).is_file(), script
