"""Processes that are killed with all that they started; ``KILLS=10`` in the environment kills each that often."""

import os
import signal
import subprocess
import time
from contextlib import suppress

KILLS = int(os.environ.get("KILLS", "1"))


def start(command, folder):
    """It has a group of its own; what it says on both streams is kept."""
    return subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, text=True,
    )  # fmt: skip


def kill(run, seconds):
    """After so many seconds, if it has not ended before."""
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
