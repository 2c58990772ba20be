"""What every generative method is: built from its knobs and a task, asked for samples."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from gen2d.config.methods.base import Model
from gen2d.densities.base import Law


class Task(NamedTuple):
    """One block of K seeds of a data set.

    Attributes:
        density: the law that the points come from; for baselines, trained methods never look.
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
        """A method itself, as one of this class; raises `TypeError` if it is none."""
        if not isinstance(method, cls):
            raise TypeError(f"expected a {cls.__name__}; got a {type(method).__name__}")
        return method

    @abstractmethod
    def sample(self, n: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
        """Samples [K, n, 2], float64; those of a member depend on its stream alone."""

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """log q(x) [K, N] in nats, of the law q that a member learned, at x [K, N, 2].

        Methods whose knobs class gives no reason (`gen2d.config.Model.why_no_density`) state it.
        """
        raise NotImplementedError

    def smoothed_score(self, x: np.ndarray, noise_level: float) -> np.ndarray | None:
        """What a member takes for grad log p_sigma(x) [K, N, 2] at x [K, N, 2], in data units.

        p_sigma is the law of the data with noise N(0, noise_level^2 I). None at levels that were
        not learned. Methods whose knobs class says so (`Model.has_scores`) state it.
        """
        return None
