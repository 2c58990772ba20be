"""Loads the code of methods and densities, from the package or from a user's file."""

import functools
import os
import sys
from pkgutil import resolve_name
from types import ModuleType
from typing import Any


@functools.cache
def _run(path: str, absolute: str, text: str) -> ModuleType:
    """The module that runs this text, named by its path; cached."""
    code = compile(text, path, "exec", dont_inherit=True)
    module = ModuleType(path)
    module.__file__ = path
    sys.modules[path] = module  # where dataclasses and pydantic look up names
    exec(code, vars(module))
    return module


def load(path: str) -> ModuleType:
    """The module of a Python file; its name is its path, so that it shadows no other module.

    The file runs again only if its text has changed, so that a job's knobs and its method, looked
    up one after the other, come from one module. Raises whatever reading or running it raises.
    """
    with open(path, encoding="utf-8") as stream:
        module = _run(path, os.path.abspath(path), stream.read())
    sys.modules[path] = module  # again, since another text of this path may have run since
    return module


def resolve(implementation: str) -> Any:
    """The class that "package.module:Class" or "folder/file.py:Class" names."""
    source, _, name = implementation.rpartition(":")
    return getattr(load(source), name) if source.endswith(".py") else resolve_name(implementation)
