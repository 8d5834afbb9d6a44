"""The tour names every module, and every file it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_tour_names_every_module():
    tour = TEXT.partition("## A tour in ten minutes")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(?:[\w/]+/)?(\w+\.py)`", tour))
    package = ROOT / "src" / "netterbook"
    missing = [path.relative_to(package) for path in package.rglob("*.py") if path.name not in named | {"__init__.py"}]
    assert missing == []


def test_every_file_it_names_is_there():
    known = {path.name for folder in ("src", "tests", "tools", "data", "docs") for path in (ROOT / folder).rglob("*")}
    known |= {path.name for path in (*ROOT.iterdir(), *(ROOT / "chapters").iterdir(), *(ROOT / "benchmarks").iterdir())}
    named = re.findall(r"`([\w./]+\.(?:py|yml|csv|json|toml|html|ipynb))`", TEXT)
    assert len(named) > 80
    assert [name for name in named if Path(name).name not in known] == []
    assert [name for name in named if "/" in name and not any(ROOT.glob(f"**/{name}"))] == []
