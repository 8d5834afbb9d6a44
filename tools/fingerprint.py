"""Print a fingerprint of the names and contents of files and of all files in folders: fingerprint.py PATH ...

What tells readers, not chapters, is left out: Markdown and Python's caches.
"""

import sys
from hashlib import sha256
from pathlib import Path


def files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".md" and "__pycache__" not in p.parts)


def main() -> None:
    digest = sha256()
    for path in (file for name in sys.argv[1:] for file in files(Path(name))):
        content = path.read_bytes()
        digest.update(f"{path.as_posix()} {len(content)} ".encode() + content)
    print(digest.hexdigest())


if __name__ == "__main__":
    main()
