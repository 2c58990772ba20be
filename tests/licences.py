"""Audit of the licences of installed packages, by their metadata: `make audit`. Needs no network.

Fails on packages that no file of workflow/envs/ pins, and on licences that are not known to permit
use and distribution in a project under MIT. Torch's libraries for GPUs are exempt.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

ENVS = Path(__file__).parents[1] / "workflow/envs"
OURS = {"gen2d", "pip", "setuptools"}  # the last two come with a virtual environment
# Prefixes of permissive licences, and of licences whose copyleft is limited to their own files.
PERMITTED = (
    "0bsd",
    "apache",
    "bsd",
    "bsl-1.0",
    "cc0",
    "cnri-python",
    "isc license",
    "mit",
    "mozilla public license 2.0",
    "mpl-2.0",
    "psf-2.0",
    "public domain",
    "python software foundation",
    "the mit license",
    "zlib",
)
# Dependencies of PyPI's torch on Linux, with versions that it pins; a CPU build has none.
FOR_GPUS = re.compile(r"(nvidia|cuda)-.*|triton")
EXCEPTIONS = {"docutils": "public domain but for single files; the GPL is that of its Emacs mode"}


def named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    """Package -> version, from all files with exact versions."""
    lines = "\n".join(path.read_text() for path in sorted(ENVS.glob("requirements*.txt")))
    found = re.findall(r"^([\w.-]+)==(\S+)", lines, flags=re.MULTILINE)
    return {named(name): version for name, version in found}


def licence(package: metadata.Distribution) -> str:
    """A package's licence: its SPDX expression, else classifiers, else the text's first line."""
    about = package.metadata
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier", [])
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    texts = [f for f in package.files or [] if re.match(r"(?i)licen[cs]e|copying", f.name)]
    text = about.get("License") or (texts[0].read_text() if texts else "")
    first = text.strip().partition("\n")[0]
    return about.get("License-Expression") or " AND ".join(classifiers) or first or "unknown"


def permitted(expression: str) -> bool:
    """Whether a licence expression permits use: all parts of `A AND B`, any part of `A OR B`."""
    parts = [part.split(" OR ") for part in expression.strip("()").split(" AND ")]
    return all(
        any(choice.strip("() ").lower().startswith(PERMITTED) for choice in choices)
        for choices in parts
    )


def audit() -> tuple[list[str], list[str]]:
    """One line per package, and one line per fault."""
    listed, wrong, pinned = [], [], pins()
    for package in metadata.distributions():
        name, version = named(package.metadata["Name"]), package.version.partition("+")[0]
        own = licence(package)
        listed.append(f"{name} {version}: {own} {EXCEPTIONS.get(name, '')}".strip())
        if FOR_GPUS.fullmatch(name):
            continue
        if name not in OURS and pinned.get(name) != version:
            wrong.append(f"{name}: expected a pin of {version}; got {pinned.get(name, 'none')}")
        if name not in EXCEPTIONS and not permitted(own):
            wrong.append(f"{name}: expected a licence that is known and permits use; got {own}")
    return sorted(listed), sorted(wrong)


if __name__ == "__main__":
    packages, complaints = audit()
    print("\n".join(packages))
    sys.exit("\n".join(complaints) or None)
