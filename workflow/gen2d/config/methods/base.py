"""Knobs that methods share: networks, training, Langevin sampling."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, StringConstraints

from gen2d.config.base import Count, Knobs, Positive, Real
from gen2d.plugins import resolve


class Network(Knobs):
    """A multilayer perceptron."""

    hidden: Annotated[list[Count], Field(min_length=1, max_length=16)] = [64, 64]
    """Units of each hidden layer."""
    activation: Literal["relu", "silu"] = "silu"
    """Non-linearity after each hidden layer."""
    fourier_features: Annotated[int, Field(ge=0)] = 0
    """Random frequencies whose sine and cosine are further inputs; 0 for none."""
    fourier_sd: Positive = 2.0
    """Standard deviation of these frequencies, in radians per unit of the network's input."""


class Training(Knobs):
    """Adam on minibatches drawn with replacement."""

    n_steps: Count = 5000
    """Optimiser steps."""
    batch_size: Count = 128
    """Training points per step."""
    learning_rate: Positive = 1e-3
    """Adam's highest learning rate."""
    schedule: Literal["constant", "cosine"] = "constant"
    """Learning rate over training: constant, or a half cosine to 0."""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """Steps of a linear rise of the learning rate from 0."""
    beta1: Annotated[Real, Field(ge=0, lt=1)] = 0.9
    """Adam's decay of the mean gradient."""
    beta2: Annotated[Real, Field(ge=0, lt=1)] = 0.999
    """Adam's decay of the mean squared gradient."""
    averaging: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    """Samples use an exponential average of the parameters with this decay; 0 uses the last."""
    log_every: Count = 50
    """Steps between records of the loss: mean training loss since the last, and hold-out loss."""


class NoisingTraining(Training):
    """Training to undo noise."""

    stable_targets: bool = False
    """Predict the posterior mean of a point before the noise, over the minibatch."""


class LangevinSampling(Knobs):
    """Unadjusted Langevin: x += step score(x) + sqrt(2 step) N(0, I), from N(0, init_sd^2 I)."""

    step: Positive = 5e-3
    """Step size."""
    n_steps: Count = 1000
    """Steps of each chain."""
    init_sd: Positive = 2
    """Standard deviation of the starting points."""


Group = Literal["tuned", "made elsewhere", "defect variants", "coursework", "baselines"]
"""Groups of models, in the order of tables: baselines come last."""


class Model(Knobs):
    """A model: how to train it on a data set, and how to sample from it."""

    group: Group | None = None
    """Group that it is listed in; null for its method's."""
    title: Annotated[str, StringConstraints(max_length=60)] = ""
    """Title in figures and pages; empty for its name."""
    if TYPE_CHECKING:  # every method's class has the first, and those that are trained the second
        method: str

        @property
        def training(self) -> Training: ...

    implementation: ClassVar[str]
    trained: ClassVar[bool] = True
    why_no_density: ClassVar[str] = "the method states none"
    """Why it has no density; empty if the implementation has `log_prob`."""
    has_scores: ClassVar[bool] = False
    """Whether the implementation has `smoothed_score`."""
    learns_scores: ClassVar[bool] = False
    """Whether the implementation is a `ScoreMethod`, whose sampler also takes exact scores."""
    runs_chains: ClassVar[bool] = False
    """Whether samples are the ends of Langevin chains, whose steps `draw` shows."""
    needs_density: ClassVar[bool] = False
    """Whether it has samples only where the density is known."""
    usual_group: ClassVar[Group | None] = None
    """Default group of its models; None for tuned or, if it is not trained, baselines."""

    @property
    def listed_in(self) -> Group:
        """The group of the model."""
        usual = "defect variants" if self.mistakes else self.usual_group
        return self.group or usual or ("tuned" if self.trained else "baselines")

    @property
    def n_evaluations(self) -> int | None:
        """Network evaluations per sample, a value with its gradient as one; None if unknown."""
        return None

    @property
    def full_method(self) -> str:
        """Its method; an ensemble's includes its members' method."""
        return self.method

    @property
    def needs_torch(self) -> bool:
        """Whether its samples are computed by torch, on the study's device."""
        return self.trained

    @property
    def mistakes(self) -> list[str]:
        """The mistakes of the coursework's submission that are switched on."""
        return []

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """Other inputs of sampling, such as files; none unless overridden."""
        return {}

    def take_sources(self, sources: Mapping[str, Any]) -> None:
        """Stores the result of `sources`, in the job that samples."""

    def spec(self, *, exclude: Collection[str] = ()) -> dict[str, Any]:
        """Content from which a job rebuilds these knobs, without some sections; see `of_spec`."""
        return {
            "implementation": self.implementation,
            "knobs_class": f"{type(self).__module__}:{type(self).__qualname__}",
            "knobs": self.model_dump(exclude={"method", "group", "title", *exclude}),
            "sources": {},
        }

    @staticmethod
    def of_spec(spec: Mapping[str, Any]) -> "Model":
        """The knobs that a spec holds, of their original class."""
        knobs_class = resolve(spec["knobs_class"])
        knobs_class.implementation = spec["implementation"]  # with the path of a plug-in's file
        knobs: Model = knobs_class.part(spec["knobs"])
        if spec["sources"]:
            knobs.take_sources(spec["sources"])
        return knobs


class OfModel(Model):
    """A model made from another model of the study, and dropped with it."""

    if TYPE_CHECKING:  # every class has it
        of: str
    _target: Model = PrivateAttr()

    @staticmethod
    def takes(model: Model) -> bool:
        """Whether it can be made from a model."""
        raise NotImplementedError

    @property
    def target(self) -> Model:
        """The knobs of the model that it is made from."""
        return self._target

    def take_sources(self, sources: Mapping[str, Any]) -> None:
        self._target = Model.of_spec(sources["target"])
