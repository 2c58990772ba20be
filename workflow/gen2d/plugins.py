"""Where the code of a method or a density lies: in the package, or in a file of the user's own."""

import sys
from pkgutil import resolve_name
from types import ModuleType
from typing import Any


def load(path: str) -> ModuleType:
    """Runs a Python file as a module whose name is its path, so that it shadows no other.

    Raises whatever reading, compiling and running the file raise.
    """
    with open(path, encoding="utf-8") as stream:
        code = compile(stream.read(), path, "exec", dont_inherit=True)
    module = ModuleType(path)
    module.__file__ = path
    sys.modules[path] = module  # where dataclasses and pydantic look up names
    exec(code, vars(module))
    return module


def resolve(implementation: str) -> Any:
    """The class that "package.module:Class" or "folder/file.py:Class" names."""
    source, _, name = implementation.rpartition(":")
    return getattr(load(source), name) if source.endswith(".py") else resolve_name(implementation)
