"""What is wrong with a file, in one line."""

from pathlib import Path
from typing import Any


class JobError(RuntimeError):
    """A job cannot run as it was planned; one line."""


class FileError(ValueError):
    """A file is not what its reader expects; names the file, the expectation and the finding."""

    @classmethod
    def of(cls, path: str | Path, expected: str, got: Any) -> "FileError":
        """For a file that the workflow made and can make again."""
        from gen2d.plan.stages import maker  # here, since an error may come from anywhere

        got = " ".join(str(got).split())
        rule = maker(str(path))
        remade = "delete it, and the next run that needs it remakes it"
        remade += f" (rule {rule})" if rule else ""
        return cls(f"{path}: expected {expected}; got {got}; {remade}")
