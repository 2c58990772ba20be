"""The oracle of a score model: its own sampler, with exact scores of the smoothed density."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.interpolate import RectBivariateSpline
from torch import Tensor
from torch.nn.functional import grid_sample

from gen2d.config.methods.baselines import OracleKnobs
from gen2d.densities.base import TAIL_SDS, Density
from gen2d.methods.base import Method, Task
from gen2d.plugins import resolve

_SCALE_POINTS = 100_000
# Nodes of the two grids per standard deviation of the total Gaussian blur in p_sigma.
EXACT_NODES, FINE_NODES = 4, 16
# Most nodes of the coarser grid; the finer one then takes 64 MB.
MAX_NODES = 1 << 19


class ExactMean:
    """E[x_data | x] = x + sigma^2 grad log p_sigma(x) of a density, at points [K, N, 2], float32.

    Exact values on a grid that reaches 8 standard deviations beyond the density are refined by
    cubic splines, and interpolated linearly. Values are exact at points outside the grid, and
    everywhere if sigma is so small that the grid would exceed `MAX_NODES`. The score's root mean
    square error under p_sigma is below a thousandth of its root mean square (tested at
    sigma = 0.1); errors lie between modes, where points are few.

    Args:
        noise_level: sigma, in the units of the data.
    """

    def __init__(self, density: Density, noise_level: float):
        self.density, self.noise_level, self.image = density, noise_level, None
        spacing = density._total_sd(noise_level) / EXACT_NODES
        low, high = (np.array(corner) for corner in density.box)
        low, high = low - TAIL_SDS * noise_level, high + TAIL_SDS * noise_level
        n_nodes = np.ceil((high - low) / spacing).astype(int) + 1
        if n_nodes.prod() > MAX_NODES:
            return
        axes = [np.linspace(*ends) for ends in zip(low, high, n_nodes, strict=True)]
        nodes = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
        mean = self._exact(nodes.reshape(-1, 2)).reshape(nodes.shape)
        refine = FINE_NODES // EXACT_NODES
        fine = [np.linspace(a[0], a[-1], refine * (len(a) - 1) + 1) for a in axes]
        planes = [RectBivariateSpline(*axes, mean[..., i])(*fine) for i in range(2)]
        # As an image [1, 2, height, width]: the second coordinate runs down, the first across.
        self.image = torch.as_tensor(np.stack(planes), dtype=torch.float32).mT[None].contiguous()
        self.center = torch.as_tensor((low + high) / 2, dtype=torch.float32)
        self.reach = torch.as_tensor((high - low) / 2, dtype=torch.float32)

    def __call__(self, x: Tensor) -> Tensor:
        if self.image is None:
            return self._exactly(x.reshape(-1, 2)).reshape(x.shape)
        place = (x - self.center) / self.reach  # in [-1, 1] on the grid
        mean = grid_sample(self.image, place.reshape(1, 1, -1, 2), align_corners=True)
        mean = mean[0, :, 0].mT.reshape(x.shape).contiguous()
        outside = (place.abs() > 1).any(-1)
        if outside.any():
            mean[outside] = self._exactly(x[outside])
        return mean

    def _exactly(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self._exact(x.double().numpy(force=True)), dtype=torch.float32)

    def _exact(self, x: np.ndarray) -> np.ndarray:
        return x + self.noise_level**2 * self.density.smoothed_score(x, self.noise_level)


class ExactMeans:
    """`ExactMean` at any noise level, each computed once.

    `scale` is the geometric mean of the coordinates' standard deviations. It comes from points of a
    fixed stream, the same for every seed.
    """

    def __init__(self, density: Density):
        self.density = density
        points = density.sample(_SCALE_POINTS, np.random.default_rng(0))
        self.scale = float(np.sqrt(points.std(axis=0).prod()))
        self.known: dict[float, ExactMean] = {}

    def __call__(self, x: Tensor, noise_level: float) -> Tensor:
        level = float(f"{noise_level:.7g}")  # single precision has no more digits
        if level not in self.known:
            self.known[level] = ExactMean(self.density, level)
        return self.known[level](x)


class Oracle(Method):
    """The samples of a score model that has learned without error.

    Their distance to the truth is the sampler's error alone: noise that remains, steps of finite
    size, chains that have not mixed. `knobs.target` are the model's knobs. Standard units have one
    scale for both coordinates here, since exact scores need isotropic noise. Without a density
    samples are NaN.
    """

    knobs: OracleKnobs

    def __init__(self, knobs: OracleKnobs, task: Task):
        super().__init__(knobs, task)
        self.method = resolve(knobs.target.implementation)(knobs.target, task)
        if isinstance(task.density, Density):
            means = ExactMeans(task.density)
            self.method.use_exact(means, means.scale)

    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        if not isinstance(self.task.density, Density):
            return np.full((len(sequences), n, 2), np.nan)
        return self.method.sample(n, sequences)
