"""Canonical JSON, and its digest: equal text for equal content."""

import hashlib
import json
from collections.abc import Mapping


def canonical(value: object) -> str:
    """JSON with sorted keys and no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(content: Mapping[str, object]) -> str:
    """SHA-256 of a mapping's canonical JSON, without the entry `digest`."""
    held = {name: value for name, value in content.items() if name != "digest"}
    return hashlib.sha256(canonical(held).encode()).hexdigest()
