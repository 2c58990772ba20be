"""The digest of a job's code, and whether the code is still what the job was planned with."""

import ast
import functools
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import msgspec
from msgspec import Struct

ROOT = Path(__file__).parents[1]
SHORT = 16
"""Digits of a file's digest: enough to see an edit, and short in a list of all files."""
# Knobs, inputs and paths are in the specs, and an error's words change no result.
LEFT_OUT = ("gen2d.config.", "gen2d.plan.", "gen2d.storage.errors.")


class Module(NamedTuple):
    """A module of the package or of the user, as its file was when the process first read it."""

    code: str
    """Source without comments and docstrings; empty for modules that do not count."""
    imported: frozenset[str]
    sha256: str
    """First digits of the digest of the whole file."""


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [
                statement
                for statement in node.body
                if not (
                    isinstance(statement, ast.Expr)
                    and isinstance(statement.value, ast.Constant)
                    and isinstance(statement.value.value, str)
                )
            ] or [ast.Pass(lineno=0, col_offset=0)]
    return tree


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Names of the modules that a module of a package may import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            within = package.split(".")[: 1 - node.level or None] if node.level else []
            name = ".".join([*within, *([node.module] if node.module else [])])
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def _source(module: str) -> Path | None:
    """The file of a module of gen2d, of a plug-in (named by its path), or of a plug-in's helper.

    None for others, such as libraries. Found by path, since importlib would import the module's
    parents, and with them torch.
    """
    package, *rest = module.split(".")
    path = ROOT.joinpath(*rest)
    inside = (path.with_suffix(".py"), path / "__init__.py") if package == ROOT.name else ()
    # In the folder that Snakemake runs in, which jobs import from.
    beside = module.replace(".", "/")
    others = (Path(f"{beside}.py"), Path(beside, "__init__.py")) if package != ROOT.name else ()
    candidates = (Path(module),) if module.endswith(".py") else (*inside, *others)
    return next((c for c in candidates if c.is_file()), None)


@functools.cache
def _read(module: str) -> Module:
    source = _source(module)
    if source is None or f"{module}.".startswith(LEFT_OUT):
        return Module("", frozenset(), "")
    content = source.read_bytes()
    tree = ast.parse(content.decode("utf-8"))
    # A plug-in is in no package: its name is a path.
    above = "" if module.endswith(".py") else module.rpartition(".")[0]
    imported = {above, *_imported(tree, module if source.name == "__init__.py" else above)}
    code = ast.unparse(_without_docstrings(tree))
    return Module(code, frozenset(imported), hashlib.sha256(content).hexdigest()[:SHORT])


@functools.cache
def _closure(*modules: str) -> dict[str, Module]:
    """These modules and all that they import of gen2d and the user, transitively, by name."""
    found: dict[str, Module] = {}
    queue = list(modules)
    while queue:
        module = queue.pop()
        if module not in found:
            found[module] = _read(module)
            queue.extend(found[module].imported)
    return found


@functools.cache
def code_digest(*modules: str) -> str:
    """SHA-256 over the syntax trees of modules and of all in gen2d that they import, transitively.

    A module is named as in an import, a plug-in by its path. Comments, docstrings, layout and time
    stamps do not count.
    """
    code = {name: module.code for name, module in _closure(*modules).items() if module.code}
    return hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()


@functools.cache
def file_digests(*modules: str) -> dict[str, str]:
    """SHA-256 of the files of these modules and of all that they import, by module."""
    found = _closure(*modules)
    return {name: module.sha256 for name, module in sorted(found.items()) if module.sha256}


@functools.cache
def asset_digests(*assets: str) -> dict[str, str]:
    """SHA-256 of files in the package that are not modules, by path.

    `assets` are patterns of `pathlib.Path.glob`.
    """
    paths = sorted({path for pattern in assets for path in ROOT.glob(pattern)})
    return {str(path.relative_to(ROOT)): _sha256(path) for path in paths}


class Planned(Struct, frozen=True):
    """The code that a job was planned with; the job's spec holds its `digest`."""

    modules: list[str]
    """Modules that the job starts from."""
    files: dict[str, str]
    """SHA-256 by module: of these modules and of all that they import."""
    assets: dict[str, str]
    """SHA-256 by path in the package: of files that are not modules."""

    @classmethod
    def of(cls, modules: Sequence[str], assets: Sequence[str]) -> Self:
        return cls(list(modules), file_digests(*modules), asset_digests(*assets))

    def text(self) -> str:
        """JSON that `of_text` reads."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def of_text(cls, text: str) -> Self:
        return msgspec.json.decode(text, type=cls)

    @property
    def digest(self) -> str:
        """SHA-256 of modules and assets; comments and docstrings of modules do not count."""
        whole = [code_digest(*self.modules), self.assets]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def edited(self, digest: str) -> Path | None:
        """A file that was edited since; None while the code still has this digest."""
        paths = {_source(module) or Path(module): sha for module, sha in self.files.items()}
        paths |= {ROOT / name: sha for name, sha in self.assets.items()}
        other = [path for path, sha256 in paths.items() if _sha256(path) != sha256]
        if not other:
            return None  # a hundred times faster than by syntax trees
        forget()
        if all(path.is_file() for path in other):
            now = self.of(self.modules, list(self.assets))
            return None if now.digest == digest else other[0]
        return other[0]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:SHORT] if path.is_file() else ""


def forget() -> None:
    """Clears the caches, so that modules are read again."""
    for cached in (_read, _closure, code_digest, file_digests, asset_digests, imported_versions):
        cached.cache_clear()


@functools.cache
def version(library: str) -> str:
    """The installed version of a library; cached, since it is read from a file."""
    from importlib import metadata  # here, since jobs need no versions, and importing it takes time

    return metadata.version(library)


@functools.cache
def imported_versions(plugin: str) -> dict[str, str]:
    """The versions of the libraries that a plug-in and its helpers import, by their names."""
    names = {
        name.partition(".")[0]
        for module, read in _closure(plugin).items()
        if read.sha256 and not module.startswith(f"{ROOT.name}.")
        for name in read.imported
    }
    ours = {name for name in names if not name or name == ROOT.name or _source(name)}
    foreign = names - ours - sys.stdlib_module_names
    if not foreign:
        return {}
    from importlib import metadata  # here, as above

    providers = metadata.packages_distributions()
    return {
        distribution: version(distribution)
        for name in sorted(foreign)
        for distribution in providers.get(name, [])
    }
