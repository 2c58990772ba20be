"""Checks and converts users' points: lists, numpy arrays and torch tensors."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from gen2d.config import ConfigError
from gen2d.storage.points import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    Points: TypeAlias = np.ndarray | Tensor | Sequence[Sequence[float]]
Rng: TypeAlias = int | np.random.Generator | None


def _is_tensor(x: object) -> bool:
    """Whether x is a torch tensor; False if torch is not imported."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def as_points(x: "Points", name: str = "x") -> np.ndarray:
    """Points as a float64 array [N, 2] on the CPU.

    Raises:
        ConfigError: x has another shape, or does not hold numbers.
    """
    array = np.asarray(x.detach().cpu() if _is_tensor(x) else x)  # type: ignore[union-attr]
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] != 2 or not len(array):
        got = f"{array.dtype} of shape {array.shape}"
        raise ConfigError(f"{name}: expected numbers of shape (N, 2); got {got}")
    return array.astype(np.float64)


def as_finite_points(x: "Points", name: str = "x") -> np.ndarray:
    """As `as_points`; raises `ConfigError` on NaN, and on numbers whose square overflows."""
    points = as_points(x, name)
    usable = (np.abs(points) < LARGEST).all(axis=1)  # False for NaN
    if not usable.all():
        row = int(np.argmin(usable))
        got = f"{points[row]} in row {row + 1}"
        raise ConfigError(f"{name}: expected finite numbers below {LARGEST:g}; got {got}")
    return points


def as_count(n: int) -> int:
    """n as int; raises `ConfigError` unless it is a whole number from 1 on."""
    if not isinstance(n, int | np.integer) or n < 1:
        raise ConfigError(f"n: expected a whole number from 1 on; got {n!r}")
    return int(n)


def as_level(noise_level: float) -> float:
    """A noise level as float; raises `ConfigError` unless it is a number."""
    try:
        return float(noise_level)
    except (TypeError, ValueError):
        raise ConfigError(f"noise_level: expected a number; got {noise_level!r}") from None


def like(x: "Points") -> Callable[[np.ndarray], np.ndarray]:
    """Converter of results to the kind of x: to tensors of its device and type if x is one."""
    if not _is_tensor(x):
        return lambda result: result
    torch = sys.modules["torch"]
    dtype = x.dtype if x.is_floating_point() else torch.float64  # type: ignore[union-attr]

    def tensor(result: np.ndarray) -> np.ndarray:
        device = x.device  # type: ignore[union-attr]
        made: np.ndarray = torch.as_tensor(result, dtype=dtype, device=device)
        return made

    return tensor


def generator(rng: Rng) -> np.random.Generator:
    """A Generator: of a seed, the given one, or for None a new one at every call.

    Raises:
        ConfigError: rng is none of these.
    """
    if rng is None or isinstance(rng, np.random.Generator):
        return np.random.default_rng(rng)
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise ConfigError(f"rng: expected a whole number from 0 on or a numpy Generator; got {rng!r}")
