"""The licences of what is installed, by the metadata of packages: `make audit`. Needs no network.

Fails on a package that no file of workflow/envs/ pins, and on a licence that is not known to permit
use and distribution in a project under MIT; but for the libraries that torch brings for GPUs.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

ENVS = Path(__file__).parents[1] / "workflow/envs"
OURS = {"gen2d", "pip", "setuptools"}  # the last two come with a virtual environment
# How permissive licences begin, and those whose copyleft ends at their own files.
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
# What PyPI's torch brings along on Linux, in versions that it pins; a CPU build does without.
FOR_GPUS = re.compile(r"(nvidia|cuda)-.*|triton")
EXCEPTIONS = {"docutils": "public domain but for single files; the GPL is that of its Emacs mode"}


def named(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    """Package -> version, of all files of exact versions."""
    lines = "\n".join(path.read_text() for path in sorted(ENVS.glob("requirements*.txt")))
    found = re.findall(r"^([\w.-]+)==(\S+)", lines, flags=re.MULTILINE)
    return {named(name): version for name, version in found}


def licence(package: metadata.Distribution) -> str:
    """What a package says of itself: an expression of SPDX, classifiers, or a first line."""
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


def permitted(stated: str) -> bool:
    """Whether all parts of `A AND B` are, or any of `A OR B`."""
    parts = [part.split(" OR ") for part in stated.strip("()").split(" AND ")]
    return all(
        any(choice.strip("() ").lower().startswith(PERMITTED) for choice in choices)
        for choices in parts
    )


def audit() -> tuple[list[str], list[str]]:
    """A line for each package, and one for each complaint."""
    listed, wrong, pinned = [], [], pins()
    for package in metadata.distributions():
        name, version = named(package.metadata["Name"]), package.version.partition("+")[0]
        stated = licence(package)
        listed.append(f"{name} {version}: {stated} {EXCEPTIONS.get(name, '')}".strip())
        if FOR_GPUS.fullmatch(name):
            continue
        if name not in OURS and pinned.get(name) != version:
            wrong.append(f"{name}: expected a pin of {version}; got {pinned.get(name, 'none')}")
        if name not in EXCEPTIONS and not permitted(stated):
            wrong.append(f"{name}: expected a licence that is known and permits use; got {stated}")
    return sorted(listed), sorted(wrong)


if __name__ == "__main__":
    packages, complaints = audit()
    print("\n".join(packages))
    sys.exit("\n".join(complaints) or None)
