"""Knobs of ensembles: several members that another model's method trains on the same points."""

from collections.abc import Collection
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from gen2d.config.base import Name
from gen2d.config.methods.base import Model, OfModel, Training


class EnsembleKnobs(OfModel):
    """Several members trained on the same points: their pooled samples and mean density."""

    implementation: ClassVar[str] = "gen2d.methods.ensemble:Ensemble"
    why_no_density: ClassVar[str] = ""
    method: Literal["ensemble"]
    of: Name
    """The model of each member; it must be trained, and have a density."""
    members: Annotated[int, Field(ge=2, le=100)] = 3
    """Members of each seed: each has its own initial parameters, minibatches and noise."""

    @staticmethod
    def takes(model: Model) -> bool:
        return model.trained and not (model.why_no_density or isinstance(model, EnsembleKnobs))

    @property
    def training(self) -> Training:
        """How each member is trained."""
        return self.target.training

    @property
    def n_evaluations(self) -> int | None:
        return self.target.n_evaluations

    @property
    def full_method(self) -> str:
        return f"{self.method} of {self.target.method}"

    def spec(self, *, exclude: Collection[str] = ()) -> dict[str, Any]:
        """The spec, with the members' knobs as a source, without the excluded sections."""
        target = self.target.spec(exclude=exclude)
        return {**super().spec(exclude=exclude), "sources": {"target": target}}
