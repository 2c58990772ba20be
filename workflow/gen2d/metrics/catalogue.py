"""Every metric once: its name in metrics.csv, how people read it, what takes it, where it is shown.

Planning reads this file, so that it imports nothing that computes.
"""

from dataclasses import dataclass
from typing import Literal

OF_SAMPLES = "gen2d.metrics.of_samples"


@dataclass(frozen=True)
class Metric:
    """What is to be known of a metric."""

    name: str
    """In tables."""
    title: str
    """In sentences and headings."""
    taken_by: str = ""
    """The function that takes it of a sample, "module:function"; one may take several.

    Empty for what is not a matter of samples alone.
    """
    unit: str = ""
    better: Literal["lower", "higher", ""] = "lower"
    """Where better models lie; empty for what is no measure of quality."""
    label: str = ""
    """At an axis, where the heading is too long for one."""
    short: str = ""
    """In the headings of tables, of those that have a column."""
    figure: bool = False
    """Whether the report shows it of every model."""
    of_density: bool = False
    """Whether it is of the density that a model states."""
    where_exact: bool | None = None
    """Of data sets: whether it needs their exact density, or stands in where there is none."""

    @property
    def heading(self) -> str:
        """The title and the unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    @property
    def axis(self) -> str:
        """What an axis is labelled with."""
        return self.label or self.heading


CATALOGUE = [
    Metric(
        "energy_distance",
        "energy distance",
        f"{OF_SAMPLES}:distances",
        unit="units of the data",
        label="energy distance,\nunits of the data",
        figure=True,
    ),
    Metric(
        "mmd2_small",
        "MMD² at the smallest bandwidth",
        f"{OF_SAMPLES}:distances",
        label="smallest-bandwidth MMD²",
        short="MMD²",
        figure=True,
    ),
    Metric("mmd2_ladder", "MMD² over all bandwidths", f"{OF_SAMPLES}:distances", figure=True),
    Metric(
        "sliced_wasserstein2",
        "squared sliced Wasserstein distance",
        f"{OF_SAMPLES}:sliced",
        unit="squared units of the data",
    ),
    Metric(
        "total_variation",
        "total variation over cells",
        f"{OF_SAMPLES}:cells",
        label="total variation",
        figure=True,
    ),
    Metric("precision", "precision", f"{OF_SAMPLES}:neighbourhoods", better="higher"),
    Metric("recall", "recall", f"{OF_SAMPLES}:neighbourhoods", better="higher"),
    Metric("coverage", "coverage", f"{OF_SAMPLES}:neighbourhoods", better="higher"),
    Metric(
        "kde_log_likelihood",
        "log-likelihood of a kernel density estimate of the samples",
        f"{OF_SAMPLES}:kernel_estimate",
        unit="nats",
        better="higher",
    ),
    Metric(
        "off_support",
        "share of samples off the support",
        f"{OF_SAMPLES}:off_support",
    ),
    Metric(
        "outside",
        "share of samples far from the data",
        f"{OF_SAMPLES}:outside",
        label="share far from the data",
        figure=True,
    ),
    Metric(
        "furthest_coordinate",
        "largest absolute coordinate",
        f"{OF_SAMPLES}:furthest_coordinate",
        unit="units of the data",
        better="",
    ),
    Metric(
        "least_mode",
        "share of the mode that gets least, over its weight",
        f"{OF_SAMPLES}:modes",
        better="higher",
    ),
    Metric(
        "largest_mode",
        "share of the mode that gets most, over its weight",
        f"{OF_SAMPLES}:modes",
    ),
    Metric("acceptance_langevin", "share of Langevin steps accepted", better=""),
    Metric("acceptance_jumps", "share of jumps accepted", better=""),
    Metric(
        "kl",
        "KL divergence",
        unit="nats",
        short="KL",
        figure=True,
        of_density=True,
        where_exact=True,
    ),
    Metric(
        "density_tv",
        "total variation of densities",
        figure=True,
        of_density=True,
        where_exact=True,
    ),
    Metric(
        "nll",
        "negative log-likelihood",
        unit="nats",
        short="NLL",
        figure=True,
        of_density=True,
        where_exact=False,
    ),
    Metric(
        "generalisation_gap",
        "generalisation gap",
        unit="nats",
        short="gap",
        figure=True,
        of_density=True,
    ),
]
METRICS = {metric.name: metric for metric in CATALOGUE}
"""The catalogue, by name; Fisher divergences, one a noise level, are not in it."""
TAKEN = {metric.name: metric.taken_by for metric in CATALOGUE if metric.taken_by}
"""The metrics of samples, and the function that takes each."""
