"""The lock of a results folder: one run at a time holds it, until it ends.

`rules/common.smk` takes it at the start of a run; `gen2d doctor` checks whether it is held.
"""

import fcntl
from pathlib import Path
from typing import TextIO


def take(folder: Path) -> TextIO:
    """Takes the lock, and holds it for as long as the returned file is open.

    Raises:
        BlockingIOError: another run holds it.
        OSError: nothing can be written to the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = open(folder / ".lock", "w")  # noqa: SIM115
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return held


def is_held(folder: Path) -> bool:
    """Whether a run holds the lock of a folder."""
    try:
        with open(folder / ".lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no lock file
        pass
    return False
