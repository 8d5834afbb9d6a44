"""Run a command while no other holds the same lock: lock.py FILE COMMAND [ARGUMENT ...].

The command takes this process's place, so that the lock goes with it, however it ends.
"""

import fcntl
import os
import sys


def main() -> None:
    path, *command = sys.argv[1:]
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Waiting for another run in this folder, which holds {path} ...", file=sys.stderr, flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)
    os.set_inheritable(handle, True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
