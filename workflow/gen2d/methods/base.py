"""The interface of a generative method: built from knobs and a task, it draws samples."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from gen2d.config.methods.base import Model
from gen2d.densities.base import Law


class Task(NamedTuple):
    """One block of K seeds of a data set.

    Attributes:
        density: the law of the points, for baselines; trained methods never read it.
        x_train: training points [K, n_train, 2], float64.
        x_holdout: hold-out points [K, n_holdout, 2], float64; for choices, never for fits.
        init_sequences: the members' streams for their initial parameters.
    """

    density: Law
    x_train: np.ndarray
    x_holdout: np.ndarray
    init_sequences: Sequence[np.random.SeedSequence]


class Method(ABC):
    """A generative method, for the K seeds of a task at once.

    Args:
        knobs: the model's section of the config (network, training, sampling), or the part of it
            that the job reads.
        task: the data.
    """

    def __init__(self, knobs: Model, task: Task):
        super().__init__()
        self.knobs = knobs
        self.task = task
        #: Shares [K] of proposals that the sampler accepted in the last `sample`, by metric name,
        #: acceptance_...; empty for samplers that propose nothing.
        self.acceptance: dict[str, np.ndarray] = {}

    @classmethod
    def checked(cls, method: "Method") -> Self:
        """The same method, typed as this class; raises `TypeError` if it is of another."""
        if not isinstance(method, cls):
            raise TypeError(f"expected a {cls.__name__}; got a {type(method).__name__}")
        return method

    @abstractmethod
    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        """Samples [K, n, 2], float64; a member's samples depend on its stream alone."""

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """log q(x) [K, N] in nats at x [K, N, 2], for each member's learned law q.

        Only methods with an empty `gen2d.config.Model.why_no_density` have it.
        """
        raise NotImplementedError

    def smoothed_score(self, x: np.ndarray, noise_level: float) -> np.ndarray | None:
        """Each member's estimate of grad log p_sigma [K, N, 2] at x [K, N, 2], in data units.

        p_sigma is the law of the data with noise N(0, noise_level^2 I). None at levels that no
        member learned. Only methods whose knobs class sets `Model.has_scores` have it.
        """
        return None
