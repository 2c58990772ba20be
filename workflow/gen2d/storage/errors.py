"""Errors of jobs and of files, each with a message of one line."""

from pathlib import Path
from typing import Self


class JobError(RuntimeError):
    """A job cannot run as it was planned; one line."""


class FileError(ValueError):
    """A file is not as expected; the message names the file, what was expected and what came."""

    @classmethod
    def of(cls, path: str | Path, expected: str, got: object) -> Self:
        """The error for a file that the workflow made and can make again."""
        got = " ".join(str(got).split())
        remade = "delete it, and the next run that needs it remakes it"
        return cls(f"{path}: expected {expected}; got {got}; {remade}")
