"""Run the chapters that have changed, as many at once as there are cores, and keep their outputs for the build.

The build finds a chapter's outputs in the cache by its code cells, and would run what is missing there one by one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path, help="folder of the build's cache, which is made if need be")
    parser.add_argument("chapters", type=Path, nargs="+", help="notebooks")
    given = parser.parse_args()
    cache = get_cache(given.cache)
    for path in given.chapters:
        cache.add_nb_to_project(str(path.resolve()))
    chapters = [str(path.resolve()) for path in given.chapters]
    done = load_executor("local-parallel", cache).run_and_cache(filter_uris=chapters, timeout=None)
    for uri in done.succeeded:
        print(f"ran {Path(uri).name}")
    for uri in (*done.excepted, *done.errored):
        record = cache.get_project_record(uri)
        print(f"{uri} fails:\n{record.traceback or 'no more is known'}")
    return 1 if done.excepted or done.errored else 0


if __name__ == "__main__":
    raise SystemExit(main())
