"""Knobs of methods without training: baselines, oracles, samples made elsewhere."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import PrivateAttr, StringConstraints
from pydantic_core import PydanticCustomError

from gen2d.config.base import SAMPLES, Column, Name
from gen2d.config.methods.base import Group, Model, Network, NoisingTraining, OfModel
from gen2d.storage.errors import FileError


class TruthKnobs(Model):
    """Baseline: fresh draws from the density, with the metrics of a perfect model."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:Truth"
    trained: ClassVar[bool] = False
    why_no_density: ClassVar[str] = "it is the true one"
    method: Literal["truth"]


class ResampleKnobs(Model):
    """Baseline, the memoriser: the seed's own training points, redrawn."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:Resample"
    trained: ClassVar[bool] = False
    why_no_density: ClassVar[str] = "a set of points has none"
    has_scores: ClassVar[bool] = True
    method: Literal["resample"]


class GaussianKnobs(Model):
    """Baseline: a Gaussian with the mean and covariance of the training points."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:Gaussian"
    trained: ClassVar[bool] = False
    why_no_density: ClassVar[str] = ""
    has_scores: ClassVar[bool] = True
    method: Literal["gaussian"]


class KDEKnobs(Model):
    """Baseline: a kernel density estimate whose bandwidth the hold-out points choose."""

    implementation: ClassVar[str] = "gen2d.methods.baselines:KDE"
    trained: ClassVar[bool] = False
    why_no_density: ClassVar[str] = ""
    method: Literal["kde"]


class OracleKnobs(OfModel):
    """The sampler of a score model on exact scores: the best that the model could learn."""

    implementation: ClassVar[str] = "gen2d.methods.oracle:Oracle"
    trained: ClassVar[bool] = False
    needs_density: ClassVar[bool] = True
    method: Literal["oracle"]
    of: Name
    """The model whose sampler, noise levels and steps it uses."""

    @staticmethod
    def takes(model: Model) -> bool:
        return model.learns_scores

    @property
    def needs_torch(self) -> bool:
        return True

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """The target's knobs, without those of its optimiser and its network."""
        spec = self._target.spec()
        training = spec["knobs"].get("training", {})
        for key in training.keys() & NoisingTraining.model_fields.keys():
            del training[key]
        network = spec["knobs"].get("network", {})
        network |= {k: v for k, v in Network().model_dump().items() if k in network}
        return {"target": spec}


class ExternalKnobs(Model):
    """Samples made elsewhere, one file per seed."""

    implementation: ClassVar[str] = "gen2d.methods.external:External"
    trained: ClassVar[bool] = False
    why_no_density: ClassVar[str] = "its samples alone are known"
    usual_group: ClassVar[Group | None] = "made elsewhere"
    method: Literal["external"]
    path: Annotated[str, StringConstraints(pattern=SAMPLES)]
    """Files of points, as for the kind points: mine/{dataset}/{seed}.npy. Each has n_samples rows
    or more, from which the seed's stream draws n_samples."""
    columns: list[Column] = []
    """The two columns of the points, if a file has more."""
    _digests: dict[str, str] = PrivateAttr(default_factory=dict)
    _files: list[tuple[str, str]] = PrivateAttr(default_factory=list)

    @property
    def files(self) -> list[tuple[str, str]]:
        """(path, SHA-256 digest) of each file of a job, one per seed."""
        return self._files

    def read(self, dataset: str, seed: int, n_samples: int) -> None:
        """Checks a file, and stores its digest; raises `PydanticCustomError`."""
        from gen2d.storage.points import read_points  # here, since it imports numpy

        path, n_rows = self._path(dataset, seed), 0
        try:
            found = read_points(path, columns=self.columns)
            n_rows, self._digests[path] = len(found.points), found.digest
            text = f"{path}: expected at least n_samples = {n_samples} rows; got {n_rows}"
        except OSError as error:
            text = f"{path}: expected a file; got {error.strerror}"
        except FileError as error:
            text = str(error)
        if n_rows < n_samples:
            raise PydanticCustomError("file", "{text}", {"text": text})

    def sources(self, dataset: str, seeds: list[int]) -> dict[str, Any]:
        """The files of the seeds, with their digests."""
        paths = [self._path(dataset, seed) for seed in seeds]
        return {"files": [[path, self._digests[path]] for path in paths]}

    def take_sources(self, sources: Mapping[str, Any]) -> None:
        self._files = [(path, digest) for path, digest in sources["files"]]

    def _path(self, dataset: str, seed: int) -> str:
        return self.path.replace("{dataset}", dataset).replace("{seed}", str(seed))
