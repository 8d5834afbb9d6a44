"""How long pages of the built book take to show, beside a bare Sphinx page (its theme alabaster) with the same text.

Both are opened in turns in a new window from the disk, without network:

    python benchmarks/page_times.py [--runs 11] [PAGE ...]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
sys.path.insert(0, str(ROOT / "tools"))
from chromium import FLAGS, installed  # noqa: E402

MARK = "The text stands here."
MILLISECONDS = """() => [performance.getEntriesByName('first-contentful-paint')[0].startTime,
  performance.getEntriesByType('navigation')[0].loadEventEnd]"""


def bare(names: list[str], folder: Path) -> None:
    """Write into the folder, beside what the book's pages show, bare pages of the same names."""
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text('html_theme = "alabaster"\n', encoding="utf-8")
    every = sorted(path.relative_to(HTML).with_suffix("").as_posix() for path in HTML.rglob("*.html"))
    entries = "\n".join(f"   {name}" for name in every if name not in ("index", "genindex", "search"))
    for name in {"index", *every}:
        path = source / f"{name}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        toc = f"\n.. toctree::\n\n{entries}\n" if name == "index" else ""
        path.write_text(f"Title\n=====\n\n{MARK}\n{toc}", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "sphinx", "-q", "-b", "html", source, folder / "bare"], check=True)
    shutil.copytree(HTML, folder / "bare", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.html", "_static"))
    for name in names:
        article = BeautifulSoup((HTML / f"{name}.html").read_text(encoding="utf-8"), "html.parser").find("article")
        for script in article.find_all("script"):
            script.decompose()
        path = folder / "bare" / f"{name}.html"
        path.write_text(path.read_text(encoding="utf-8").replace(MARK, str(article), 1), encoding="utf-8")


def opened(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds to the first paint, and to the end of loading."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, offline=True)
    page.goto(address, wait_until="load")
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    found = page.evaluate(MILLISECONDS)
    page.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=11, help="of each page (default 11)")
    parser.add_argument("pages", nargs="*", help="e.g. chapters/netter1; all chapters and the front page if none")
    given = parser.parse_args()
    chapters = sorted(f"chapters/{path.stem}" for path in (HTML / "chapters").glob("*.html"))
    names = given.pages or ["index", *chapters, "glossary"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare(names, Path(folder))
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        print(f"{'page':24}  first paint, ms: book, bare, ratio    loaded, ms: book, bare, ratio")
        for name in names:
            times = [
                [opened(browser, (root / f"{name}.html").as_uri()) for root in (HTML, Path(folder, "bare"))]
                for _ in range(given.runs)
            ]
            line = f"{name:24}"
            for which in range(2):
                own, other = (statistics.median(run[page][which] for run in times) for page in range(2))
                line += f"  {own:16.0f} {other:7.0f} {own / other:7.2f}"
            print(line, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
