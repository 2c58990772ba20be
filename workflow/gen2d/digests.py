"""One digest for many."""

import hashlib
from collections.abc import Sequence


def joined(digests: Sequence[str]) -> str:
    """SHA-256 over digests in their order; that of one is itself."""
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )
