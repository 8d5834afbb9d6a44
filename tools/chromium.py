"""The Chromium of this machine, in which pages are looked at and printed."""

from __future__ import annotations

import shutil

NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


def installed() -> str | None:
    """Its path, or none. Its shell without windows comes first: a page takes a third of the processor's time there."""
    return next(filter(None, map(shutil.which, NAMES)), None)
