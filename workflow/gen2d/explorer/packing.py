"""Arrays as short text for a page: quantised, compressed, in base64."""

import base64
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

BYTE, FINE_GRAIN, EXACT = 255, 2047, 65535
"""Values of n_codes: for fields, shown as colours; for coordinates, finer than a pixel; and for
vectors, whose lengths differ by orders of magnitude."""


def quantise(
    array: np.ndarray, n_codes: int, limits: Iterable[ArrayLike] | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes 0, ..., n_codes - 1 between the limits; `n_codes` where NaN, infinite or outside.

    Args:
        array: [F, ...], of F frames.
        limits: (low, high) of all frames, broadcast to `array`; by default each frame has its own.

    Returns:
        codes (uint8 or uint16), low and high, which broadcast to the array.
    """
    array = np.asarray(array, dtype=np.float64)
    finite = np.isfinite(array)
    if limits is None:
        axes = tuple(range(1, array.ndim))
        low = np.where(finite, array, np.inf).min(axes, keepdims=True)
        high = np.where(finite, array, -np.inf).max(axes, keepdims=True)
        low, high = np.where(low <= high, low, 0.0), np.where(low <= high, high, 0.0)
    else:
        low, high = (np.broadcast_to(limit, array.shape[-1:]) for limit in limits)
    shown = finite & (array >= low) & (array <= high)
    width = np.where(high > low, high - low, 1.0)
    codes = np.where(
        shown, np.rint((np.where(shown, array, low) - low) / width * (n_codes - 1)), n_codes
    )
    return codes.astype(np.uint8 if n_codes < 256 else np.uint16), low, high


class Packer:
    """Collects named arrays [F, ...] and packs them into one text.

    `pack` returns {"arrays": [...], "data": base64}. The data are compressed by zlib and hold the
    codes of one array after the other. Codes of two bytes are stored as all low bytes, then all
    high bytes, which compress better apart. An array's entry has its name, shape, n_codes, limits,
    and whether each frame has its own limits; n_codes 0 means float32.
    """

    def __init__(self) -> None:
        self._entries: list[dict[str, object]] = []
        self._parts: list[bytes] = []

    def add(
        self, name: str, array: np.ndarray, n_codes: int, limits: Iterable[ArrayLike] | None = None
    ) -> None:
        codes, low, high = quantise(array, n_codes, limits)
        ends = {"low": _short(low), "high": _short(high)}
        self._add(name, codes, n_codes=n_codes, by_frame=limits is None, **ends)

    def add_floats(self, name: str, array: np.ndarray) -> None:
        """Adds an array without quantising it, in single precision."""
        with np.errstate(over="ignore"):
            self._add(name, np.asarray(array).astype("<f4"), n_codes=0)

    def _add(self, name: str, codes: np.ndarray, **entry: object) -> None:
        planes = np.frombuffer(codes.astype(codes.dtype.newbyteorder("<")).tobytes(), np.uint8)
        self._parts.append(planes.reshape(-1, codes.itemsize).T.tobytes())
        self._entries.append({"name": name, "shape": codes.shape, **entry})

    def pack(self) -> dict[str, object]:
        data = base64.b64encode(zlib.compress(b"".join(self._parts), 9)).decode()
        return {"arrays": self._entries, "data": data}


def _short(limits: np.ndarray) -> list[float]:
    return [float(f"{limit:.6g}") for limit in np.ravel(limits)]
