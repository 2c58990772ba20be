"""Data sets, models, blocks of seeds and metrics of a study, in the order of its tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from gen2d.config import Dataset, Model, Study
from gen2d.config.datasets import PointsKnobs
from gen2d.config.methods.base import Group
from gen2d.config.methods.scores import DSMKnobs
from gen2d.config.sections import Original
from gen2d.metrics.catalogue import CATALOGUE
from gen2d.plan.ladders import ShownLadder, shown_ladder
from gen2d.plan.sweeps import Swept, swept

N_EXPLORED = 10
"""Seeds whose samples and losses the explorer shows, at most."""


@dataclass(frozen=True)
class Catalogue:
    """The contents of a study, derived once from its configuration."""

    study: Study

    def model(self, name: str) -> Model:
        """A model of the study, or one that a sweep or a ladder made."""
        return self.study.model(name)

    def dataset(self, name: str) -> Dataset:
        """A data set of the study, or one that a sweep made."""
        return self.study.dataset(name)

    def origin(self, name: str) -> str:
        """The model or data set that a sweep's variant was made from; other names unchanged."""
        return self.study.origin(name)

    @cached_property
    def blocks(self) -> list[str]:
        """The blocks of seeds, one per job: seeds0-9, seeds10-19, ..."""
        return self._cut(self.study.seeds)

    def blocks_of(self, model: str) -> list[str]:
        """The blocks of a model's seeds; models that a ladder makes may have fewer seeds."""
        return self._cut(self.study.n_seeds(model))

    @cached_property
    def every_block(self) -> list[str]:
        """The blocks of the study, and of ladders with fewer seeds."""
        made = [rung.model for ladder in self.ladders.values() for rung in ladder.rungs]
        return list(dict.fromkeys([*self.blocks, *(b for m in made for b in self.blocks_of(m))]))

    def _cut(self, n_seeds: int) -> list[str]:
        size = self.study.seeds_per_job
        ends = [(first, min(first + size, n_seeds) - 1) for first in range(0, n_seeds, size)]
        return [f"seeds{first}-{last}" for first, last in ends]

    @staticmethod
    def seeds(block: str) -> list[int]:
        """The seeds of a block: seeds0-9 gives 0, 1, ..., 9."""
        first, last = block.removeprefix("seeds").split("-")
        return list(range(int(first), int(last) + 1))

    @cached_property
    def datasets(self) -> list[str]:
        """Names of the data sets, sorted."""
        return sorted(self.study.datasets)

    @cached_property
    def groups(self) -> dict[str, str]:
        """The group of every model, in the order of `models`."""
        groups = {name: model.listed_in for name, model in self.study.models.items()}
        order = sorted(groups, key=lambda name: (get_args(Group).index(groups[name]), name))
        return {name: groups[name] for name in order}

    @cached_property
    def models(self) -> list[str]:
        """Names of the models, by group, then by name."""
        return list(self.groups)

    @cached_property
    def judged(self) -> list[str]:
        """Models other than baselines."""
        return [name for name, group in self.groups.items() if group != "baselines"]

    @cached_property
    def titles(self) -> dict[str, str]:
        """The title of every model."""
        return {name: self.study.models[name].title or name for name in self.models}

    @cached_property
    def methods(self) -> dict[str, str]:
        """The method of every model; an ensemble's includes its members' method."""
        return {name: self.study.models[name].full_method for name in self.models}

    @cached_property
    def trained(self) -> list[str]:
        """Models that are trained."""
        return [name for name in self.models if self.study.models[name].trained]

    @cached_property
    def baselines(self) -> dict[str, str]:
        """The first model of each baseline method: {method: model}."""
        names = [name for name, group in self.groups.items() if group == "baselines"]
        return {self.study.models[name].method: name for name in reversed(names)}

    @cached_property
    def why_no_density(self) -> dict[str, str]:
        """The reason why each model without a density has none."""
        reasons = {name: self.study.models[name].why_no_density for name in self.models}
        return {name: reason for name, reason in reasons.items() if reason}

    @cached_property
    def with_density(self) -> list[str]:
        """Models whose learned density is measured."""
        return [name for name in self.models if name not in self.why_no_density]

    @cached_property
    def with_scores(self) -> list[str]:
        """Models whose learned scores are compared with exact ones."""
        return [name for name in self.models if self.study.models[name].has_scores]

    @cached_property
    def with_likelihood(self) -> list[str]:
        """Models whose learned density or scores are measured."""
        return [name for name in self.models if name in {*self.with_density, *self.with_scores}]

    @cached_property
    def score_models(self) -> list[str]:
        """Models whose sampler also takes exact scores, so that error sources can be measured."""
        return [name for name in self.models if self.study.models[name].learns_scores]

    @cached_property
    def with_chains(self) -> list[str]:
        """Models whose samples are the ends of Langevin chains."""
        return [name for name in self.models if self.study.models[name].runs_chains]

    @cached_property
    def single_levels(self) -> dict[str, float]:
        """The noise level of each model of denoising score matching at one noise level."""
        models = {name: self.study.models[name] for name in self.models}
        return {n: m.training.noise_level for n, m in models.items() if isinstance(m, DSMKnobs)}

    @cached_property
    def gap_level(self) -> float:
        """The first of `single_levels`, at which scores across gaps are shown; 0 without one."""
        return next(iter(self.single_levels.values()), 0.0)

    @cached_property
    def original_losses(self) -> dict[str, Original]:
        """{model: the original whose loss it is compared with}."""
        every = self.study.report.originals
        losses = [shown for shown in every if shown.quantity in ("loss", "summed_loss")]
        return {shown.model: shown for shown in losses if shown.model in self.trained}

    @cached_property
    def with_history(self) -> list[str]:
        """Models with a history for the explorer: trained, or with a density."""
        seen = {*self.trained, *self.with_density}
        return [name for name in self.models if name in seen]

    @cached_property
    def explored_seeds(self) -> list[int]:
        """The seeds whose samples and losses the explorer shows: the first of the first block."""
        return self.seeds(self.blocks[0])[:N_EXPLORED]

    @cached_property
    def metrics(self) -> list[str]:
        """Metrics that are measured and have a figure; of densities only if a model has one."""
        exact = {not isinstance(d, PointsKnobs) for d in self.study.datasets.values()}
        return [
            metric.name
            for metric in CATALOGUE
            if metric.figure
            and (not metric.extra or metric.name in self.study.metrics.more)
            and (self.with_density or not metric.of_density)
            and metric.where_exact in {None, *exact}
        ]

    @cached_property
    def trained_levels(self) -> list[float]:
        """Training noise levels of models of one level, ascending."""
        trainings = [getattr(model, "training", None) for model in self.study.models.values()]
        levels = [getattr(training, "noise_level", None) for training in trainings]
        return sorted({x for x in levels if isinstance(x, int | float) and x > 0})

    @cached_property
    def noise_levels(self) -> list[float]:
        """Noise levels of exact floors: `trained_levels`, and levels where scores are compared."""
        return sorted({*self.trained_levels, *self.study.metrics.noise_levels})

    @cached_property
    def sweeps(self) -> dict[str, Swept]:
        """Sweeps as their figures show them, by name."""
        return {name: swept(self.study, name, self.baselines) for name in sorted(self.study.sweeps)}

    @cached_property
    def ladders(self) -> dict[str, ShownLadder]:
        """Ladders as their figures show them, by name."""
        return {name: shown_ladder(self.study, name) for name in sorted(self.study.ladders)}

    def values(self, wildcard: str) -> list[str]:
        """The values of a wildcard other than `model`, whose values each stage declares."""
        ranges: Mapping[str, list[str]] = {
            "dataset": self.datasets,
            "seeds": self.blocks,
            "metric": self.metrics,
            "sweep": list(self.sweeps),
            "ladder": list(self.ladders),
        }
        return ranges[wildcard]
