"""Continuous normalizing flow trained by flow matching."""

import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from gen2d.config.methods.flows import CNFKnobs
from gen2d.methods.base import Task
from gen2d.methods.regression import Regression, RegressionBatch
from gen2d.methods.targets import LEAST_NOISE, posterior_mean
from gen2d.networks.point_network import PointNetwork
from gen2d.networks.standardisation import Standardisation
from gen2d.randomness.noise import Noise
from gen2d.samplers.base import OnStep, ignore
from gen2d.samplers.ode import diffusion_log_prob, flow_levels, heun


class CNF(Regression):
    """Learns the velocity v of a flow that carries N(0, I) at t = 0 to the data at t = 1.

    On straight paths x_t = (1 - t) x_noise + t x_data the loss is
    E|v(x_t, t) - (x_data - x_noise)|^2. Its minimiser E[x_data - x_noise | x_t] carries the law of
    x_t along; its minimum is the variance of x_data - x_noise given x_t, which is not 0. Noise and
    data are paired independently, or by optimal transport within a minibatch (least sum of squared
    path lengths), which makes the flow straighter. Times are denser near the data, where the flow
    has most detail: t = 1 - u^2 with u uniform. Stable targets replace x_data by `posterior_mean`.

    With c = sqrt(t^2 + (1 - t)^2), the standard deviation of x_t, the network F enters as
    v = (2 t - 1) / c^2 x + F(x / c, t) / c. F = 0 is the flow to N(0, I), and the target of F has
    variance 1 at every t. Points are in standard units.

    Source: Lipman et al., Flow matching for generative modeling, ICLR 2023; minibatch optimal
    transport: Tong et al., TMLR 2024.
    """

    knobs: CNFKnobs
    sampling_time = "time"

    def __init__(self, knobs: CNFKnobs, task: Task):
        super().__init__(knobs, task)
        self.units = Standardisation(torch.as_tensor(task.x_train, dtype=torch.float32))
        noise = Noise(task.init_sequences)
        self.network = PointNetwork(knobs.network, noise, n_conditions=1, n_outputs=2)

    @staticmethod
    def _scales(t: Tensor) -> tuple[Tensor, Tensor]:
        """The standard deviation c of x_t, and the network's input for t, a bounded log-ratio."""
        return (t.square() + (1 - t).square()).sqrt(), ((1.01 - t) / (0.01 + t)).log() / 4

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Velocities [K, N, 2] of points [K, N, 2], in standard units, at times [..., 1]."""
        c, time = self._scales(t)
        return (2 * t - 1) / c.square() * x + self.network(x / c, time) / c

    def regression_batch(self, x: Tensor, noise: Noise) -> RegressionBatch:
        x_data, x_noise = self.units(x), noise.normal(*x.shape[1:])
        if self.knobs.training.coupling == "optimal_transport":
            x_noise = self._nearest(x_noise, x_data)
        t = 1 - noise.stratified(x.shape[1]).square()
        x_t = x_noise + t * (x_data - x_noise)
        target = x_data - x_noise
        if self.knobs.training.stable_targets:
            mean = posterior_mean(x_t, x_data, t, 1 - t)
            target = target + (mean - x_data) / (1 - t).clamp(min=LEAST_NOISE)
        c, time = self._scales(t)  # the loss is on F / c: c^-2 times the squared error of F
        y = c * target - (2 * t - 1) / c * x_t
        return RegressionBatch((x_t / c, time), y, 1 / c.square())

    @staticmethod
    def _nearest(x_noise: Tensor, x_data: Tensor) -> Tensor:
        """The noise [K, B, 2], reordered for the least sum of squared distances to x_data."""
        costs = torch.cdist(x_data, x_noise).square().numpy(force=True)
        order = np.stack([linear_sum_assignment(cost)[1] for cost in costs])
        return x_noise.gather(1, torch.as_tensor(order).unsqueeze(-1).expand_as(x_noise))

    def draw(self, n: int, noise: Noise, on_step: OnStep = ignore) -> Tensor:
        """Samples by Heun's method, with a last Euler step to the mean of the data given x."""
        times = torch.linspace(0, 1, self.knobs.sampling.n_steps + 1)
        x = heun(
            lambda x, t: self.velocity(x, torch.tensor([t])),
            noise.normal(n, 2),
            times[:-1].tolist(),
            lambda t, x: on_step(t, self.units.inverse(x)),
        )
        on_step(times[-2].item(), self.units.inverse(x))
        return self.units.inverse(x + (1 - times[-2]) * self.velocity(x, times[-2:-1]))

    def score_at(self, x: Tensor, time: float) -> Tensor:
        """The score -E[x_noise | x_t] / (1 - t), with E[x_noise | x_t] = x_t - t v."""
        u = self.units(x)
        noise = u - time * self.velocity(u, torch.tensor([time]))
        return -noise / ((1 - time) * self.units.sd)

    def score_of_noised(self, x: Tensor, noise_level: float) -> Tensor:
        sigma = self.units.level(noise_level)
        t = 1 / (1 + sigma)
        x_t = t * self.units(x)
        return -(x_t - t * self.velocity(x_t, t)) / (sigma * self.units.sd)

    def law_at(self, time: float) -> tuple[float, Tensor, Tensor]:
        return self.units.noised(time, 1 - time)

    def log_density(self, x: Tensor) -> Tensor:
        def velocity(u: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
            _, time = self._scales(torch.tensor([1 / (1 + sigma)]))
            output, divergence = self.network.with_divergence(u, time)
            return -output, -divergence

        levels = flow_levels(0.0, math.inf, self.step_multiplier)
        return diffusion_log_prob(velocity, self.units(x), levels) + self.units.log_det()
