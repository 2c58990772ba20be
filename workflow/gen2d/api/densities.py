"""Exact densities by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic_core import PydanticCustomError

from gen2d import config
from gen2d.api.points import Rng, as_count, as_level, as_points, generator, like
from gen2d.config.base import with_changes
from gen2d.config.datasets import DATASETS, Dataset
from gen2d.config.recipes import recipes
from gen2d.config.registry import Registry, add
from gen2d.densities.base import Density, Law, law_of
from gen2d.plan.catalogue import Catalogue
from gen2d.plan.knobs import DatasetSpec

if TYPE_CHECKING:
    from gen2d.api.points import Points


class ExactDensity:
    """A probability density p on the plane, known exactly; `gen2d.density` makes one.

    p_sigma is the law of x + sigma eps with eps ~ N(0, I); `noise_level` is sigma, in the units of
    x. Points are numpy arrays, torch tensors or lists, [N, 2]; a tensor gives a tensor.

    Attributes:
        name: the data set's name, which also names its random streams in a study.
        values: the data set's entry in a configuration: its kind, and the knobs that were given.
    """

    def __init__(self, name: str, values: dict[str, Any], knobs: Dataset, law: Density):
        self.name, self.values = name, values
        self._knobs, self._law = knobs, law

    def __repr__(self) -> str:
        shown = self._knobs.model_dump(exclude={"kind", "n_train", "n_holdout"})
        knobs = "".join(f", {name}={value}" for name, value in shown.items())
        return f"gen2d.density({self.name!r}{knobs})"

    @property
    def law(self) -> Density:
        """The implementation that the study computes with."""
        return self._law

    def sample(self, n: int, rng: Rng = None) -> np.ndarray:
        """Independent points [n, 2], float64.

        Args:
            n: number of points.
            rng: a seed or a numpy Generator; None for new points at every call.

        Raises:
            ValueError: n or rng is invalid.

        >>> import gen2d
        >>> gen2d.density("moons").sample(3, rng=0).shape
        (3, 2)
        """
        return self._law.sample(as_count(n), generator(rng))

    def log_prob(self, x: "Points") -> np.ndarray:
        """log p(x) [N] in nats; -inf off the support, NaN for NaN.

        >>> import gen2d
        >>> gen2d.density("checkerboard").log_prob([[1.0, 1.0], [1.0, -1.0]]).round(3).tolist()
        [-3.466, -inf]
        """
        return like(x)(self._law.log_prob(as_points(x)))

    def smoothed_log_prob(self, x: "Points", noise_level: float) -> np.ndarray:
        """log p_sigma(x) [N] in nats.

        Args:
            x: points [N, 2].
            noise_level: sigma, positive; or 0 where p itself is smooth.

        Raises:
            ValueError: x has another shape, or there is no p_sigma.

        >>> import gen2d
        >>> gen2d.density("checkerboard").smoothed_log_prob([[1.0, 1.0]], 0.1).round(3).tolist()
        [-3.466]
        """
        return like(x)(self._law.smoothed_log_prob(as_points(x), as_level(noise_level)))

    def smoothed_score(self, x: "Points", noise_level: float) -> np.ndarray:
        """grad log p_sigma(x) [N, 2], in inverse units of x: the output of a perfect score model.

        Arguments and errors are those of `smoothed_log_prob`.

        >>> import gen2d
        >>> normal = gen2d.density("gaussians", means=[[0, 0]], sd=1)
        >>> normal.smoothed_score([[2.0, 4.0]], 1).round(6).tolist()
        [[-1.0, -2.0]]
        """
        return like(x)(self._law.smoothed_score(as_points(x), as_level(noise_level)))

    def entropy(self) -> float:
        """H(p) = -E log p(x) in nats; the negative log-likelihood of a model q is KL(p || q) more.

        >>> import gen2d
        >>> round(gen2d.density("checkerboard").entropy(), 3)
        3.466
        """
        return self._law.entropy()

    def dsm_loss_floor(self, noise_level: float) -> float:
        """The least loss sigma^2 E |s(x + sigma eps) + eps / sigma|^2 that any function s attains.

        s = 0 has the loss 2. The loss of a model is above the floor by sigma^2 times the squared
        error of its score.

        Source: Vincent, A connection between score matching and denoising autoencoders, 2011.

        >>> import gen2d
        >>> round(gen2d.density("checkerboard").dsm_loss_floor(0.1), 4)
        1.8335
        """
        return self._law.dsm_loss_floor(as_level(noise_level))


def list_densities() -> dict[str, str]:
    """Names of the densities that `density` makes, with one line on each.

    >>> import gen2d
    >>> gen2d.list_densities()["moons"]
    'Two interleaving half circles with Gaussian noise.'
    """
    lines = {kind: (knobs.__doc__ or "").split("\n")[0] for kind, knobs in DATASETS.items()}
    del lines["points"]  # their density is unknown
    return lines


def density(name: str, *, plugins: Sequence[str] = (), **knobs: Any) -> ExactDensity:
    """An exact density: the study's, with the given knobs changed.

    Args:
        name: one of `list_densities`, or the kind of a plug-in's density.
        plugins: Python files with densities of your own.
        knobs: its parameters, such as n_turns; and n_train and n_holdout, the numbers of points
            that `gen2d.fit` draws per seed (2000 and 500).

    Raises:
        ValueError: there is no such density or knob, or a value is out of bounds.

    >>> import gen2d
    >>> gen2d.density("spiral", n_turns=2)
    gen2d.density('spiral', n_turns=2.0, pitch=0.05, sd=0.04)
    """
    values = values_of(name, bool(plugins), knobs)
    study = study_of({name: values}, {"truth": {"method": "truth"}}, plugins)
    law = law_in(study, name)
    if not isinstance(law, Density):
        raise config.ConfigError(
            f"density: expected a data set whose density is known; got '{name}'"
        )
    return ExactDensity(name, values, study.datasets[name], law)


def law_in(study: config.Study, name: str) -> Law:
    """The law of a data set of a study."""
    return law_of(DatasetSpec.of(Catalogue(study), name))


def known_names() -> list[str]:
    """Names of config.yaml's data sets, and of kinds of densities."""
    return list(dict.fromkeys([*recipes()["datasets"], *list_densities()]))


def values_of(name: str, is_extended: bool, knobs: dict[str, Any]) -> dict[str, Any]:
    """A data set's entry in a configuration, by name or kind, with the given knobs changed."""
    known = recipes()["datasets"]
    if not isinstance(name, str) or not (is_extended or name in known_names()):
        names = ", ".join(known_names())
        raise config.ConfigError(f"density: expected one of {names}; got {name!r}")
    return with_changes(known.get(name, {"kind": name}), knobs)


def declared(path: str) -> dict[str, list[str]]:
    """The names that a plug-in adds: {"kind": of densities, "method": of methods}.

    Raises:
        ConfigError: the file does not load, or declares nothing.
    """
    registry: Registry = {"kind": {}, "method": {}}
    try:
        add(path, registry)
    except PydanticCustomError as error:
        raise config.ConfigError(error.message()) from None
    return {tag: [*classes] for tag, classes in registry.items()}


def study_of(
    datasets: dict[str, Any], models: dict[str, Any], plugins: Sequence[str] = (), **more: Any
) -> config.Study:
    """A study of these entries and of config.yaml's shared keys; raises `ConfigError`."""
    if isinstance(plugins, str):
        raise config.ConfigError(f"plugins: expected a list of paths; got '{plugins}'")
    values = {"datasets": datasets, "models": models, "plugins": [*map(str, plugins)], **more}
    shared = ("seed", "n_samples", "device", "metrics")
    values |= {"report": {"title": "gen2d"}, **{name: recipes()[name] for name in shared}}
    try:
        return config.load(values)
    except config.ConfigError as error:
        # The arguments of a call need no section before them.
        lines = str(error).replace("config: datasets.", "").replace("config: models.", "")
        raise config.ConfigError(lines.replace("config: ", "")) from None
