"""Metrics of a sample beside those of true samples, and tests whether it follows a law."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import betainc

from gen2d.api.densities import ExactDensity, density
from gen2d.api.points import as_finite_points
from gen2d.config import ConfigError
from gen2d.config.sections import Metrics
from gen2d.densities.base import Density, Law
from gen2d.densities.points import Rows
from gen2d.geometry import subsample
from gen2d.metrics.binned import Bins, chi_square_p_value
from gen2d.metrics.catalogue import taken_with, wrong_more
from gen2d.metrics.null import KernelNull
from gen2d.metrics.of_samples import measure
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)
from gen2d.randomness.seeding import seed_sequence
from gen2d.storage.points import PointsFile, read_points

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from gen2d.api.points import Points

LEVEL = 0.05
N_REFERENCE = 100_000
N_BANDWIDTHS = Metrics().n_bandwidths
N_TRUE_SAMPLES = 5
N_EXACT = 5000
"""Most points of the sample and of the reference, where sums run over all their pairs."""
MIN_DISTINCT = 100
# Share of points that rounding to single precision may push off a bounded support.
ROUNDED = 1e-6


def tests(
    x: np.ndarray, true: Reference, null: KernelNull, law: Law
) -> tuple[dict[str, float], float]:
    """p-values of tests whether a sample [N, 2] follows a law: of each test, and overall.

    `distances` tests the energy distance and all MMD^2 together; `bins` is a chi-square test of
    counts; `off_support` tests for points where a density of bounded support is 0. The overall
    p-value is Bonferroni's over the first two, or the third if it is smaller: true samples have no
    points off the support, so that this test takes no share of the level.
    """
    n = len(x)
    bins = Bins.of(true.points, n)
    found = {
        "distances": null.p_values(two_sample_distances(x, true))[1],
        "bins": chi_square_p_value(bins.counts(x), bins.counts(true.points)),
    }
    p_value = min(1.0, 2 * min(found.values()))
    if isinstance(law, Density) and law.has_bounded_support:
        n_off = int((~law.in_support(x)).sum())
        # P(at least n_off of n), binomial.
        found["off_support"] = float(betainc(n_off, n - n_off + 1, ROUNDED)) if n_off else 1.0
        p_value = min(p_value, found["off_support"])
    return found, p_value


def true_sample(law: Law, n: int, rng: np.random.Generator) -> np.ndarray:
    """n points [n, 2] of a law; of a file, at most half of its training rows, none repeated."""
    if isinstance(law, Rows):
        return law.training_points(min(n, law.n_training // 2), rng)
    return law.sample(n, rng)  # a pinwheel's training points are stratified


@dataclass(frozen=True, eq=False)
class Truth:
    """A law, with everything that is computed once for all samples scored against it.

    Attributes:
        name: of the law, for people.
        law: the source of true points.
        n_reference: number of true points that samples are measured against.
        n_bandwidths: number of the MMD's bandwidths.
    """

    name: str
    law: Law
    n_reference: int = N_REFERENCE
    n_bandwidths: int = N_BANDWIDTHS
    _scores: dict[object, tuple[int, list[dict[str, float]]]] = field(default_factory=dict)

    @classmethod
    def of_points(cls, name: str, points: np.ndarray) -> Self:
        """The truth given by points [M, 2]: half are the reference, half give true samples."""
        n_reference = min(len(points) // 2, N_REFERENCE)
        return cls(name, Rows(points, 0, 0, n_reference), n_reference)

    @cached_property
    def reference(self) -> Reference:
        """The reference: true points, with bandwidths from their median distance."""
        rng = np.random.default_rng(seed_sequence(0, "score", "reference"))
        points = self.law.reference_points(self.n_reference, rng)
        return Reference.of(points, bandwidth_ladder(median_distance(points), self.n_bandwidths))

    def taken(self, n: int) -> Self:
        """The truth for samples of n points: itself, or one with a subsample of the reference.

        The reference is subsampled if some points lie so far out that no grid holds them, and
        sums over all pairs would take too long.
        """
        n_most = max(n, len(self.reference.points))
        if n_most <= N_EXACT or self.reference.on_grid:
            return self
        return self._fewer

    @cached_property
    def _fewer(self) -> Self:
        fewer = replace(self, _scores={})
        points = subsample(self.reference.points, N_EXACT)
        vars(fewer)["reference"] = Reference.of(points, self.reference.bandwidths)
        return fewer

    @cached_property
    def null(self) -> KernelNull:
        """The law of the distances of true samples."""
        rng = np.random.default_rng(seed_sequence(0, "score", "null"))
        return KernelNull.of(self.reference.points, self.reference.bandwidths, rng)

    def scores(
        self, n: int, more: tuple[str, ...] = (), each: Callable[..., Iterable[Any]] = map
    ) -> tuple[int, list[dict[str, float]]]:
        """Number of points of `true_sample` for n; metrics of 5 such samples, taken by `each`."""
        if (n, more) not in self._scores:
            streams = seed_sequence(0, "score", "true samples").spawn(N_TRUE_SAMPLES)
            fresh = [true_sample(self.law, n, np.random.default_rng(s)) for s in streams]
            found = each(lambda x: measure(x, self.reference, self.law, taken_with(more)), fresh)
            self._scores[n, more] = len(fresh[0]), [*found]
        return self._scores[n, more]


@dataclass(frozen=True, eq=False)
class Verdict:
    """The result of `gen2d.score`: how far a sample is from a law.

    Attributes:
        values: {metric: (of the sample, least and largest of five true samples)}; infinite or NaN
            where the metric does not exist.
        tests: p-value of each test: distances, bins, off_support.
        p_value: of all tests together.
        level: the sample differs if the p-value is below it.
        n_points: points of the sample.
        n_true: points of each true sample.
    """

    values: Mapping[str, tuple[float, float, float]]
    tests: dict[str, float]
    p_value: float
    n_points: int
    n_true: int
    truth: Truth
    points: np.ndarray
    level: float = LEVEL

    @property
    def differs(self) -> bool:
        """Whether the tests distinguish the sample from the law."""
        return self.p_value < self.level

    @cached_property
    def metrics(self) -> "pd.DataFrame":
        """Table by metric: value, and truth_low and truth_high of true samples; NaN if infinite."""
        import pandas as pd  # here, since many callers need numbers alone

        columns = ["value", "truth_low", "truth_high"]
        table = pd.DataFrame.from_dict(self.values, orient="index", columns=columns)
        return table.rename_axis("metric").replace([np.inf, -np.inf], np.nan)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values; None for numbers that are not finite."""
        return {
            "against": self.truth.name,
            "n_points": self.n_points,
            "n_reference": len(self.truth.reference.points),
            "n_true": self.n_true,
            "metrics": {
                name: {"value": _if_finite(value), "truth": [_if_finite(end) for end in ends]}
                for name, (value, *ends) in self.values.items()
            },
            "tests": self.tests,
            "p_value": self.p_value,
            "level": self.level,
            "differs": self.differs,
        }

    def __str__(self) -> str:
        lines = [f"{'metric':<22}{'value':>12}   five true samples of {self.n_true} points"]
        for name, numbers in self.values.items():
            value, low, high = (f"{x:.4g}" if np.isfinite(x) else "none" for x in numbers)
            lines.append(f"{name:<22}{value:>12}   {low} to {high}")
        lines.append("")
        lines += [f"test of {name}: p = {p:.2g}" for name, p in self.tests.items()]
        return "\n".join([*lines, "", self.sentence])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """HTML for notebooks."""
        return f"{self.metrics.to_html(float_format='{:.4g}'.format)}<p>{self.sentence}</p>"

    @property
    def sentence(self) -> str:
        """The verdict as a sentence."""
        word = "differs from" if self.differs else "is not distinguishable from"
        return (
            f"{self.n_points} points: the sample {word} {self.truth.name} "
            f"(p = {self.p_value:.2g}, level {self.level:g})"
        )

    def plot(self) -> "Figure":
        """A figure of the sample over true points, and of where it has too many or too few.

        Bins hold equal shares of the truth. Their colour is the excess of points over that of a
        true sample, in standard deviations.
        """
        from gen2d.figures.verdict import draw  # here, since it imports matplotlib

        return draw(self.points, self.truth.reference)


def judge(x: np.ndarray, truth: Truth, n_true: int, more: tuple[str, ...] = ()) -> Verdict:
    """Measures a finite sample [N, 2] against a law, beside true samples of n_true points.

    Results are reproducible. All samples are measured against the same true points, so that samples
    of one model at several times can be compared. If some true points lie far out, at most 5000
    points of the sample and of the reference are used.
    """
    taken = truth.taken(len(x))
    if taken is not truth:
        truth, x, n_true = taken, subsample(x, N_EXACT), min(n_true, N_EXACT)
    with ThreadPoolExecutor(2) as pool:  # its tasks compute without Python's lock
        null = pool.submit(lambda: truth.null)
        measured = pool.submit(measure, x, truth.reference, truth.law, taken_with(more))
        n_fresh, fresh = truth.scores(n_true, more, pool.map)
    values = {}
    for name, value in measured.result().items():
        of_true = [scores[name] for scores in fresh]
        values[name] = value, min(of_true), max(of_true)
    found, p_value = tests(x, truth.reference, null.result(), truth.law)
    return Verdict(values, found, p_value, len(x), n_fresh, truth, x)


_TRUTHS: dict[object, Truth] = {}
_MOST_TRUTHS = 8


def score(x: "Points", against: "str | ExactDensity | Points", more: Sequence[str] = ()) -> Verdict:
    """Measures a sample against a law, and tests whether it follows that law.

    True points are drawn once per process and law: the first call takes two seconds, later calls
    some tenths of a second.

    Args:
        x: the sample, [N, 2], with 100 distinct points or more.
        against: a name of `gen2d.list_densities`, a `gen2d.density`, or true points [M, 2] where
            no density is known; half of these are the reference, five true samples come from the
            others.
        more: optional metrics, which need pip install "gen2d[more]": c2st, wasserstein1,
            wasserstein2.

    Returns:
        A verdict: `metrics`, a table beside true samples; `differs`, `p_value`, `tests`; `plot()`.

    Raises:
        ValueError: points have another shape, are not finite or are too few; there is no such
            name, or a package is not installed.

    >>> import gen2d
    >>> x = gen2d.density("moons").sample(500, rng=0)
    >>> verdict = gen2d.score(1.1 * x, "moons")
    >>> verdict.differs
    True
    >>> list(verdict.metrics.columns)
    ['value', 'truth_low', 'truth_high']
    """
    points, more = checked(x, "x"), checked_more(more, "more")
    return judge(points, truth_of(against), len(points), more)


def truth_of(against: "str | ExactDensity | Points") -> Truth:
    """The truth to score samples against; cached for the last few laws."""
    if isinstance(against, str):
        against = density(against)
    if isinstance(against, ExactDensity):
        made = Truth(against.name, against.law, N_REFERENCE)
        key: object = type(against.law), repr(against)  # a plug-in's class is new after an edit
    else:
        rows = checked(against, "against", is_reference=True)
        made, key = Truth.of_points("the true points", rows), sha256(rows.tobytes()).digest()
    if key not in _TRUTHS:
        while len(_TRUTHS) >= _MOST_TRUTHS:
            del _TRUTHS[next(iter(_TRUTHS))]
        _TRUTHS[key] = made
    return _TRUTHS[key]


def _if_finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def checked(x: "Points", name: str, *, is_reference: bool = False) -> np.ndarray:
    """Points [N, 2]; raises `ConfigError` if they cannot be scored, or serve as reference."""
    points = as_finite_points(x, name)
    n_distinct = len(np.unique(points, axis=0))
    if n_distinct < MIN_DISTINCT:
        raise ConfigError(
            f"{name}: expected at least {MIN_DISTINCT} distinct points; "
            f"got {n_distinct} in {len(points)} rows"
        )
    if is_reference:  # kernels take their bandwidths from it
        try:
            median_distance(points)
        except ValueError as error:
            raise ConfigError(f"{name}: {error}") from None
    return points


def checked_more(names: Sequence[str], key: str) -> tuple[str, ...]:
    """Names of optional metrics; raises `ConfigError` if one cannot be computed."""
    if wrong := wrong_more(names):
        raise ConfigError(f"{key}: {wrong}")
    return tuple(names)


def read_sample(
    path: str, columns: Sequence[str] = (), seed: int | None = None, *, is_reference: bool = False
) -> PointsFile:
    """The content of a file of points; see `read_points`.

    Raises `FileError` or `ConfigError` if the points cannot be scored.
    """
    found = read_points(path, columns=columns, seed=seed)
    return found._replace(points=checked(found.points, path, is_reference=is_reference))
