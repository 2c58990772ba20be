"""Trained models, one per seed, whether a study or `gen2d.fit` trained them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gen2d.api.points import Rng, as_count, as_level, as_points, generator, like
from gen2d.config import ConfigError
from gen2d.densities.base import Density
from gen2d.geometry import View
from gen2d.job import Job
from gen2d.methods.base import Method
from gen2d.plan.knobs import ModelKnobs
from gen2d.plan.spec import Plan
from gen2d.plan.stage import Cell
from gen2d.plan.stages import STAGES
from gen2d.randomness.seeding import seed_sequence, streams
from gen2d.stages import cells
from gen2d.stages.sample import draw
from gen2d.storage import files
from gen2d.storage.errors import FileError

if TYPE_CHECKING:
    import pandas as pd

    from gen2d.api.points import Points


class Reader(Job[ModelKnobs]):
    """A job that only reads files; another version of the code may have made them."""

    @contextmanager
    def _reading(
        self, name: str, output: str, cell: Mapping[str, str]
    ) -> Iterator[tuple[Path, str]]:
        with super()._reading(name, output, cell) as (path, _), there(path):
            yield path, ""


@contextmanager
def there(path: Path) -> Iterator[None]:
    """Turns an `OSError` on a study's file into a `FileError` of one line."""
    try:
        yield
    except OSError as error:
        expected = f"{path}: expected a file of a finished study"
        raise FileError(f"{expected}; got {error.strerror}") from None


def table_at(path: Path) -> "pd.DataFrame":
    """The table of a study's file; raises `ValueError` if it is missing or damaged."""
    with there(path):
        table: pd.DataFrame = files.read_table(path)
    return table


class Block(NamedTuple):
    """The seeds that one job trained: their method, and the step [K] where training diverged."""

    knobs: ModelKnobs
    method: Method
    diverged_at: np.ndarray


class Models:
    """The models of one name on one data set, one per seed.

    Results are numpy arrays whose first axis is the seed, in the order of `seeds`; for points that
    are torch tensors, so are the results. Seeds whose training diverged have samples NaN. Torch's
    threads, precision, default device and type are restored after each call.

    Attributes:
        name: of the model.
        dataset: of the data set.
        seeds: the numbers of the seeds.
    """

    def __init__(self, plan: Plan, folder: Path, name: str, dataset: str):
        self.name, self.dataset = name, dataset
        self._plan, self._folder = plan, folder
        catalogue = plan.catalogue
        self._names = catalogue.blocks_of(name)
        self.seeds = [seed for b in self._names for seed in catalogue.seeds(b)]
        self._knobs = catalogue.model(name)

    def __repr__(self) -> str:
        return f"<{self.name} on {self.dataset}, {len(self.seeds)} seeds>"

    def _cell(self, seeds: str) -> Cell:
        return {"dataset": self.dataset, "model": self.name, "seeds": seeds}

    def _file(self, stage: str, output: str, cell: Cell) -> Path:
        """Path of a job's output."""
        return self._folder / STAGES[stage].writes[output].format_map(cell)

    @cached_property
    def _blocks(self) -> list[Block]:
        blocks = []
        with self._configured():
            for seeds in self._names:
                job = Reader(self._plan.spec(STAGES["sample"], self._cell(seeds)), self._folder)
                blocks.append(Block(job.knobs, *cells.restore(job, job.knobs)))
        return blocks

    def _trained(self, cell: Cell) -> Cell:
        """The cell that holds a cell's weights: variants that differ in sampling share them."""
        return {**cell, "model": self._plan.catalogue.study.trained_as(cell["model"])}

    @property
    def density(self) -> Density | None:
        """The exact density of the data; None if it is unknown."""
        law = self._blocks[0].method.task.density
        return law if isinstance(law, Density) else None

    def sample(self, n: int, rng: Rng = None) -> np.ndarray:
        """Samples [K, n, 2] of the K models, float64.

        Args:
            n: points per model.
            rng: a seed or a numpy Generator; None for the study's random numbers, equal at every
                call: with the study's n_samples they give its samples.

        Raises:
            ValueError: n or rng is invalid.
        """
        n = as_count(n)
        key = None if rng is None else int(generator(rng).integers(2**62))
        drawn = []
        with self._configured():
            for knobs, method, diverged_at in self._blocks:
                sequences = streams(knobs, "sample")
                if key is not None:
                    sequences = [seed_sequence(key, "sample", seed) for seed in knobs.seeds]
                drawn.append(draw(method, diverged_at, n, sequences))
        return np.concatenate(drawn)

    def log_prob(self, x: "Points") -> np.ndarray:
        """log q(x) [K, N] in nats at points x [N, 2], with the density q that each model learned.

        Raises:
            ValueError: the model has no density, or x has another shape.
        """
        if reason := self._knobs.why_no_density:
            raise ConfigError(f"{self.name}: expected a model with a density; got none: {reason}")
        points, found = as_points(x), []
        with self._configured():
            for _, method, diverged_at in self._blocks:
                every = np.repeat(points[None], len(diverged_at), axis=0)
                found.append(method.log_prob(every))
        return like(x)(np.concatenate(found))

    def score(self, x: "Points", noise_level: float) -> np.ndarray:
        """Each model's estimate of grad log p_sigma(x) [K, N, 2] at points x [N, 2].

        Args:
            x: points.
            noise_level: sigma, in the units of the data. Seeds that did not learn it give NaN.

        Raises:
            ValueError: the model learns no scores, or none at this level, or x has another shape.
        """
        if not self._knobs.has_scores:
            raise ConfigError(
                f"{self.name}: expected a model that learns scores; got one that does not"
            )
        points, level, found = as_points(x), as_level(noise_level), []
        with self._configured():
            for _, method, diverged_at in self._blocks:
                every = np.repeat(points[None], len(diverged_at), axis=0)
                scores = method.smoothed_score(every, level)
                if scores is None:
                    expected = f"noise_level: expected one that {self.name} has learned"
                    raise ConfigError(f"{expected}; got {noise_level}")
                found.append(scores)
        return like(x)(np.concatenate(found))

    @property
    def losses(self) -> "pd.DataFrame":
        """Table of seed, step, loss_train, a mean since the last record, and loss_holdout.

        Raises:
            ValueError: the model is not trained, or a file is missing.
        """
        import pandas as pd

        self._check_trained()
        tables = [
            table_at(self._file("train", "losses", self._trained(self._cell(seeds))))
            for seeds in self._names
        ]
        return pd.concat(tables, ignore_index=True)

    @property
    def metrics(self) -> "pd.DataFrame":
        """Table of dataset, model, seed, metric, value, error, status, note, as metrics.csv.

        Measured on `n_samples` samples per seed, and the model's density and scores if it has any.

        Raises:
            ValueError: a file is missing.
        """
        import pandas as pd

        outputs = [("evaluate", "metrics")]
        if self.name in self._plan.catalogue.with_likelihood:
            outputs.append(("likelihood", "likelihood"))
        tables = [
            table_at(self._file(stage, output, self._cell(seeds)))
            for seeds in self._names
            for stage, output in outputs
        ]
        return pd.concat(tables, ignore_index=True)

    @property
    def seconds(self) -> float:
        """Wall-clock seconds of training, all seeds together.

        Raises:
            ValueError: the model is not trained, or a file is missing.
        """
        self._check_trained()
        log = STAGES["train"].log_path
        cells = [self._trained(self._cell(seeds)) for seeds in self._names]
        paths = [self._folder / f"benchmarks/{log.format_map(cell)}.tsv" for cell in cells]
        with there(paths[0]):
            return files.job_seconds(paths)

    def save(self, path: str | Path) -> None:
        """Writes the weights as safetensors, atomically.

        The first axis of tensors is the seed, in the order of `seeds`. The metadata's key gen2d is
        JSON with the model's knobs, the data set and the seeds.

        Raises:
            ValueError: the model is not trained, or the path does not end in .safetensors.
        """
        from torch import cat
        from torch.nn import Module

        self._check_trained()
        if Path(path).suffix != ".safetensors":
            raise ConfigError(f"path: expected one that ends in .safetensors; got '{path}'")
        with self._configured():
            states = [m.state_dict() for _, m, _ in self._blocks if isinstance(m, Module)]
            weights = {name: cat([state[name] for state in states]) for name in states[0]}
        metadata = {"model": self._knobs.model_dump(), "dataset": self.dataset, "seeds": self.seeds}
        try:
            files.write_weights(path, weights, metadata)
        except OSError as error:
            raise ConfigError(f"{path}: expected a file to write; got {error.strerror}") from None

    def animate(self, path: str | Path, of: str | None = None) -> None:
        """As `gen2d.animate`."""
        from gen2d.api.animation import animate

        animate(self, path, of)

    def history(self) -> tuple[dict[str, np.ndarray], View, np.ndarray]:
        """The first seed's arrays for the explorer, the square that is shown, and training points.

        Raises:
            ValueError: the model has no history, or a file is missing.
        """
        if self.name not in self._plan.catalogue.with_history:
            raise ConfigError(f"{self.name}: expected a trained model; got one with samples only")
        cell = self._cell(self._names[0])
        paths = (
            self._file("record_history", "arrays", cell),
            self._file("exact_grids", "grids", cell),
        )
        with there(paths[0]):
            found = files.read_all_arrays(paths[0])
        with there(paths[1]):
            (corners,) = files.read_arrays(paths[1], "view")
        prefix = f"{self.dataset}."
        arrays = {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}
        return arrays, View(*corners), self._blocks[0].method.task.x_train[0]

    @property
    def is_trained(self) -> bool:
        """Whether its method is trained; baselines are not."""
        return self._knobs.trained

    def _check_trained(self) -> None:
        if not self.is_trained:
            raise ConfigError(f"{self.name}: expected a model that is trained; got one that is not")

    @contextmanager
    def _configured(self) -> Iterator[None]:
        """Configures torch as in a job, if the model needs torch."""
        device = self._plan.catalogue.study.device
        if not self._knobs.needs_torch:
            yield
            return
        from gen2d.networks.arithmetic import (
            configured_torch,
        )  # here, since baselines do without torch

        with configured_torch(device):
            yield
