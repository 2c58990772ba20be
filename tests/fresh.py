"""New Python processes, in which nothing has been imported yet."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def python(root: Path, code: str, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """The finished process of new Python code that uses this package; it must not fail."""
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "PYTHONPATH": str(root / "workflow")},
        capture_output=True,
        text=True,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stderr
    return done
