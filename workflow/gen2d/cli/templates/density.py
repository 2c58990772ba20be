from typing import ClassVar, Literal

import numpy as np

from gen2d.config import Dataset, Positive
from gen2d.densities.node_mixture import NodeMixture


class ExampleKnobs(Dataset):  # knobs in the configuration; pydantic checks them
    implementation: ClassVar[str] = "Example"
    kind: Literal["example"]
    side: Positive = 2.0
    sd: Positive = 0.2


class Example(NodeMixture):  # Gaussians of equal weight and of standard deviation `blur`
    def __init__(self, side, sd):
        self.means = side * np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
        self.blur = sd

    def sample(self, n, rng):  # -> points [n, 2]
        means = self.means[rng.integers(len(self.means), size=n)]
        return means + self.blur * rng.standard_normal((n, 2))

    def nodes(self, noise_level):  # -> means [M, 2] and log-weights [M], whatever the noise
        return self.means, np.full(len(self.means), -np.log(len(self.means)))
