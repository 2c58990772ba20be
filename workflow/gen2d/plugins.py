"""Where the code of a method or a density lies: in the package, or in a file of the user's own."""

import functools
import os
import sys
from pkgutil import resolve_name
from types import ModuleType
from typing import Any


@functools.cache
def _run(path: str, absolute: str, text: str) -> ModuleType:
    """A module of that name made by the text, once for all that ask."""
    code = compile(text, path, "exec", dont_inherit=True)
    module = ModuleType(path)
    module.__file__ = path
    sys.modules[path] = module  # where dataclasses and pydantic look up names
    exec(code, vars(module))
    return module


def load(path: str) -> ModuleType:
    """The module that a Python file makes; its name is its path, so that it shadows no other.

    The file runs again only when its text has changed: a job's knobs and its method, looked up one
    after the other, come from one module. Raises whatever reading, compiling and running raise.
    """
    with open(path, encoding="utf-8") as stream:
        module = _run(path, os.path.abspath(path), stream.read())
    sys.modules[path] = module  # of this text, though another may have run since
    return module


def resolve(implementation: str) -> Any:
    """The class that "package.module:Class" or "folder/file.py:Class" names."""
    source, _, name = implementation.rpartition(":")
    return getattr(load(source), name) if source.endswith(".py") else resolve_name(implementation)
