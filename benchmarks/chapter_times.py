"""How long each chapter takes, as a ratio to starting a kernel and importing what it imports.

.venv/bin/python benchmarks/chapter_times.py --runs 3
"""

import argparse
import statistics
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from rich.progress import track

ROOT = Path(__file__).parents[1]
CHAPTERS = [ROOT / "index.ipynb", *sorted((ROOT / "chapters").glob("*.ipynb"))]


def seconds(notebook) -> float:
    """Wall time of running a notebook in a fresh kernel."""
    start = time.perf_counter()
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return time.perf_counter() - start


def imports_only(path):
    """The chapter cut down to one cell with its imports."""
    notebook = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    lines = [line for line in code.splitlines() if line.startswith(("from ", "import "))]
    notebook.cells = [nbformat.v4.new_code_cell("\n".join(lines))]
    return notebook


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="pairs of runs a chapter; the median ratio is printed")
    runs = parser.parse_args().runs
    rows = []
    for path in track(CHAPTERS, description="Running chapters"):
        pairs = [(seconds(imports_only(path)), seconds(nbformat.read(path, as_version=4))) for _ in range(runs)]
        ratio = statistics.median(whole / imports for imports, whole in pairs)
        rows.append((path.stem, *(statistics.median(column) for column in zip(*pairs, strict=True)), ratio))
    print(f"{'chapter':<12} {'imports, s':>10} {'whole, s':>9} {'ratio':>6}")
    for name, imports, whole, ratio in rows:
        print(f"{name:<12} {imports:>10.2f} {whole:>9.2f} {ratio:>6.2f}")


if __name__ == "__main__":
    main()
