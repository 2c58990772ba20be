"""Random tensors for K members, each drawing from its own stream."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

POOL = 1 << 16  # numbers that a member draws ahead, so that many small draws cost one call


def as_normal(u: np.ndarray) -> np.ndarray:
    """Standard normal numbers, in place, from uniform multiples u of 2^-24 in [0, 1), float32.

    Inverts the distribution function at the middle of each interval of length 2^-24, so that
    absolute values are below 5.5. Takes less than half the time of numpy's normal sampler.
    """
    torch.from_numpy(u).mul_(2).add_(2**-24 - 1).erfinv_().mul_(math.sqrt(2))
    return u


class Noise:
    """Draws tensors [K, ...] whose slice k depends only on the k-th stream.

    Args:
        sequences: one `numpy.random.SeedSequence` per member, K in all.
    """

    def __init__(self, sequences: Sequence[np.random.SeedSequence]):
        self._rngs = [np.random.default_rng(sequence) for sequence in sequences]
        self._pools: dict[object, tuple[Tensor, int]] = {}

    @property
    def n_members(self) -> int:
        return len(self._rngs)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers [K, *shape], float32."""
        return self._take(
            "normal", shape, np.float32, lambda rng, out: as_normal(rng.random(out=out, dtype="f4"))
        )

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1), [K, *shape], float32."""
        return self._take(
            "uniform", shape, np.float32, lambda rng, out: rng.random(out=out, dtype="f4")
        )

    def stratified(self, n: int) -> Tensor:
        """Stratified uniform numbers [K, n, 1]: one in each [i/n, (i+1)/n), in order.

        Times and noise levels use them, since means then vary less than over independent numbers.

        Source: Kingma et al., Variational diffusion models, NeurIPS 2021, appendix I.1.
        """
        strata = torch.arange(n, dtype=torch.float32).unsqueeze(-1)
        return ((strata + self.uniform(n, 1)) / n).clamp(max=1 - 2**-24)

    def integers(self, high: int, *shape: int) -> Tensor:
        """Uniform integers in 0, ..., high - 1, [K, *shape], int64."""

        def fill(rng: np.random.Generator, out: np.ndarray) -> None:
            out[:] = rng.integers(high, size=out.shape)

        return self._take(("integers", high), shape, np.int64, fill)

    def _take(
        self,
        kind: object,
        shape: tuple[int, ...],
        dtype: type,
        fill: Callable[[np.random.Generator, np.ndarray], object],
    ) -> Tensor:
        count = math.prod(shape)
        pool, start = self._pools.get(kind, (None, 0))
        if pool is None or start + count > pool.shape[1]:
            # A new buffer, since autograd may still read tensors from the old one.
            numbers: np.ndarray = np.empty((self.n_members, max(POOL, count)), dtype)
            for rng, row in zip(self._rngs, numbers, strict=True):
                fill(rng, row)
            pool, start = torch.as_tensor(numbers), 0
        self._pools[kind] = (pool, start + count)
        return pool.narrow(1, start, count).view(-1, *shape)
