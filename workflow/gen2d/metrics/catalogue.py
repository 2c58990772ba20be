"""The catalogue of metrics: names, titles, functions that measure them, where they are shown.

Planning reads this file, so it imports nothing that computes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

OF_SAMPLES = "gen2d.metrics.of_samples"
OPTIONAL = "gen2d.metrics.optional"
MODULES = {"POT": "ot", "scikit-learn": "sklearn"}
"""Packages of optional metrics, and the name that each is imported by."""


@dataclass(frozen=True)
class Metric:
    """A metric: its names, its meaning, its direction, and where it applies."""

    name: str
    """Its name in tables."""
    title: str
    """Its name in sentences and headings."""
    taken_by: str = ""
    """The function that measures it from a sample, "module:function"; one may measure several.

    Empty for metrics that need more than a sample.
    """
    meaning: str = ""
    """Its meaning, in one sentence for newcomers."""
    unit: str = ""
    better: Literal["lower", "higher", ""] = "lower"
    """The direction of better models; empty for metrics that do not measure quality."""
    label: str = ""
    """The label of its axis, if the heading is too long for one."""
    short: str = ""
    """The heading of its column in tables of the report, if it has one."""
    figure: bool = False
    """Whether the report has a figure of it."""
    of_density: bool = False
    """Whether it measures a model's learned density."""
    where_exact: bool | None = None
    """True: for data sets with a known density. False: for data sets without. None: for all."""
    extra: str = ""
    """The extra package that it needs; such a metric is measured only if configured."""

    @property
    def heading(self) -> str:
        """The title, with the unit if there is one."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    @property
    def line(self) -> str:
        """One line: its meaning and the direction of better models."""
        better = f"{self.better.capitalize()} is better." if self.better else ""
        return f"{self.meaning} {better}".strip()

    @property
    def axis(self) -> str:
        """The label of its axis."""
        return self.label or self.heading


CATALOGUE = [
    Metric(
        "energy_distance",
        "energy distance",
        f"{OF_SAMPLES}:distances",
        meaning="How far samples are from true points as a whole; 0 on average for true ones.",
        unit="units of the data",
        label="energy distance,\nunits of the data",
        figure=True,
    ),
    Metric(
        "mmd2_small",
        "MMD² at the smallest bandwidth",
        f"{OF_SAMPLES}:distances",
        meaning="How much samples differ from true points at fine scale, as blur and leaks do.",
        label="smallest-bandwidth MMD²",
        short="MMD²",
        figure=True,
    ),
    Metric(
        "mmd2_ladder",
        "MMD² over all bandwidths",
        f"{OF_SAMPLES}:distances",
        meaning="How much samples differ from true points, the mean over fine and coarse scales.",
        figure=True,
    ),
    Metric(
        "sliced_wasserstein2",
        "squared sliced Wasserstein distance",
        f"{OF_SAMPLES}:sliced",
        meaning="How far samples would have to move, squared, to lie as true points do.",
        unit="squared units of the data",
    ),
    Metric(
        "total_variation",
        "total variation over bins",
        f"{OF_SAMPLES}:over_bins",
        meaning="The share of samples that lie in the wrong bins of a grid.",
        label="total variation",
        figure=True,
    ),
    Metric(
        "precision",
        "precision",
        f"{OF_SAMPLES}:neighbourhoods",
        meaning="The share of samples that have true points close by.",
        better="higher",
    ),
    Metric(
        "recall",
        "recall",
        f"{OF_SAMPLES}:neighbourhoods",
        meaning="The share of true points that have samples close by.",
        better="higher",
    ),
    Metric(
        "coverage",
        "coverage",
        f"{OF_SAMPLES}:neighbourhoods",
        meaning="The share of true points that have a sample among their nearest points.",
        better="higher",
    ),
    Metric(
        "kde_log_likelihood",
        "log-likelihood of a kernel density estimate of the samples",
        f"{OF_SAMPLES}:kernel_estimate",
        meaning="How likely true points are under a smooth density drawn around the samples.",
        unit="nats",
        better="higher",
    ),
    Metric(
        "off_support",
        "share of samples off the support",
        f"{OF_SAMPLES}:off_support",
        meaning="The share of samples at places where no true point can lie.",
    ),
    Metric(
        "outside",
        "share of samples far from the data",
        f"{OF_SAMPLES}:outside",
        meaning="The share of samples outside the square that shows the true points.",
        label="share far from the data",
        figure=True,
    ),
    Metric(
        "furthest_coordinate",
        "largest absolute coordinate",
        f"{OF_SAMPLES}:furthest_coordinate",
        meaning="How far from 0 the most remote sample lies; far out, a sampler runs away.",
        unit="units of the data",
        better="",
    ),
    Metric(
        "least_mode",
        "share of the mode that gets least, over its weight",
        f"{OF_SAMPLES}:modes",
        meaning="1 where every cluster gets its due; 0 where one gets no samples at all.",
        better="higher",
    ),
    Metric(
        "largest_mode",
        "share of the mode that gets most, over its weight",
        f"{OF_SAMPLES}:modes",
        meaning="1 where every cluster gets its due; 2 where one gets twice as many samples.",
    ),
    Metric(
        "c2st",
        "accuracy of a classifier",
        f"{OPTIONAL}:c2st",
        meaning="How often a classifier tells samples from true points; by chance, 0.5.",
        figure=True,
        extra="scikit-learn",
    ),
    Metric(
        "wasserstein1",
        "Wasserstein distance",
        f"{OPTIONAL}:wasserstein1",
        meaning="How far 1000 samples have to move, on average, to lie on as many true points.",
        unit="units of the data",
        label="Wasserstein distance,\nunits of the data",
        figure=True,
        extra="POT",
    ),
    Metric(
        "wasserstein2",
        "2-Wasserstein distance",
        f"{OPTIONAL}:wasserstein2",
        meaning="The same as a root mean square, in which long ways count for more.",
        unit="units of the data",
        label="2-Wasserstein distance,\nunits of the data",
        figure=True,
        extra="POT",
    ),
    Metric(
        "acceptance_langevin",
        "share of Langevin steps accepted",
        meaning="How often the sampler kept a step along its score.",
        better="",
    ),
    Metric(
        "acceptance_jumps",
        "share of jumps accepted",
        meaning="How often the sampler kept a jump to another place.",
        better="",
    ),
    Metric(
        "kl",
        "KL divergence",
        meaning="What true points lose in log-likelihood under the learned density.",
        unit="nats",
        short="KL",
        figure=True,
        of_density=True,
        where_exact=True,
    ),
    Metric(
        "density_tv",
        "total variation of densities",
        meaning="The share of its mass that the learned density has in wrong places.",
        figure=True,
        of_density=True,
        where_exact=True,
    ),
    Metric(
        "nll",
        "negative log-likelihood",
        meaning="Minus the mean log-likelihood of true points under the learned density.",
        unit="nats",
        short="NLL",
        figure=True,
        of_density=True,
        where_exact=False,
    ),
    Metric(
        "generalisation_gap",
        "generalisation gap",
        meaning="How much likelier training points are than fresh ones, as to a memoriser.",
        unit="nats",
        short="gap",
        figure=True,
        of_density=True,
    ),
]
METRICS = {metric.name: metric for metric in CATALOGUE}
"""The catalogue, by name, without the Fisher divergences, one per noise level."""
FISHER = "fisher_divergence_"
"""Prefix of the name of a Fisher divergence; the noise level follows."""


def metric_of(name: str) -> Metric:
    """The metric with this name in tables, which may be a Fisher divergence."""
    if not name.startswith(FISHER):
        return METRICS[name]
    title = f"Fisher divergence at noise level {name.removeprefix(FISHER)}"
    meaning = "The mean squared error of the learned score."
    return Metric(name, title, meaning=meaning)


TAKEN = {m.name: m.taken_by for m in CATALOGUE if m.taken_by and not m.extra}
"""Metrics of samples that are always measured, with the function of each."""
MORE = [metric.name for metric in CATALOGUE if metric.extra]
"""Names of the optional metrics, which are measured only if configured."""
PACKAGES = {metric.taken_by: metric.extra for metric in CATALOGUE if metric.extra}
"""Package that each optional metric's function needs."""


def taken_with(more: Sequence[str]) -> dict[str, str]:
    """`TAKEN` and some of `MORE`: metrics of samples, with the function of each."""
    return TAKEN | {name: METRICS[name].taken_by for name in more}


def wrong_more(names: Sequence[str]) -> str:
    """One line on the fault in names of optional metrics; empty without a fault."""
    for name in names:
        if name not in MORE:
            return f"expected some of {', '.join(MORE)}; got '{name}'"
        package = METRICS[name].extra
        if find_spec(MODULES[package]) is None:
            how = 'pip install "gen2d[more]"'
            return f"expected {package} for {name}, {how}; got no such package installed"
    return "" if len(set(names)) == len(names) else f"expected each once; got {list(names)}"
