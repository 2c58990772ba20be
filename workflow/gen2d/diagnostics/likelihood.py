"""How far the densities and scores that a method learned are from the true ones."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gen2d.densities.base import Density
from gen2d.densities.points import Points
from gen2d.methods.base import Method
from gen2d.metrics.status import INFINITE, SKIPPED

N_CHECKED = 200  # points at which densities are taken with half the resolution too
# Why a value is missing.
ZERO = "the density that was learned is 0 at true points"
NO_NUMBER = "the density that was learned is no number at true points"
NO_DENSITY = "no density is known"
TIES = "points coincide, so that likelihoods have no bound"
UNKNOWN = "no score was learned at this level"
NO_SCORE = "the score that was learned is not finite at true points"


class Measured(NamedTuple):
    """A value a member and its error, both [K] and in the unit of the metric.

    The error is the standard error of a mean over points, and with it what half the resolution
    would change of a density that is integrated numerically. The points are the same for every
    model, so that models differ by less than the first. `notes` say why a value is not finite.
    """

    values: np.ndarray
    errors: np.ndarray
    notes: Sequence[str]


def _mean(
    x: np.ndarray,
    notes: Sequence[str],
    *,
    where: np.ndarray | bool = True,
    numerical: np.ndarray | float = 0.0,
) -> Measured:
    """Over the points of [K, N], or some of them."""
    n = np.broadcast_to(where, x.shape).sum(1)
    with np.errstate(invalid="ignore"):  # of values that are infinite
        spread = np.std(x, 1, where=where)
        return Measured(np.mean(x, 1, where=where), np.hypot(spread / np.sqrt(n), numerical), notes)


def _numerical_error(method: Method, x: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """What half the resolution changes of the mean log-density, [K]: far more than its error."""
    if not hasattr(method, "step_multiplier"):
        return np.zeros(len(x))
    method.step_multiplier = 2
    coarse = method.log_prob(x)
    method.step_multiplier = 1
    with np.errstate(invalid="ignore"):
        change = np.where(coarse == log_q, 0.0, coarse - log_q)  # where both are infinite, too
    error: np.ndarray = np.abs(change.mean(1))
    return error


def measure_density(method: Method, true: np.ndarray, train: np.ndarray) -> dict[str, Measured]:
    """How far a learned density q is from the true one p; lower is better.

    `kl` is the mean of log p - log q over true points, which estimates KL(p || q), the hold-out
    negative log-likelihood less the entropy, with less noise, in nats; where p is not known, `nll`
    is that of -log q. `density_tv` is the mean of max(0, 1 - q / p) over true points: the total
    variation between the densities, in [0, 1]. `generalisation_gap`, in nats, is what q loses on
    true points more than on training points: what a memoriser gains on the points that it has seen.

    Of points from a file that coincide nothing is measured: where data is rounded, a density may be
    as high there as it likes.

    Args:
        true: points that nobody trained on, [K, N, 2].
        train: training points [K, N, 2].
    """
    law = method.task.density
    if isinstance(law, Points) and law.is_tied:
        none = np.full(len(true), np.nan)
        nothing = Measured(none, none, [TIES] * len(true))
        return {"nll": nothing, "generalisation_gap": nothing}

    def lost(x: np.ndarray, log_q: np.ndarray) -> tuple[np.ndarray, np.ndarray | bool]:
        """At each point, and at which points that is to be asked."""
        if not isinstance(law, Density):
            return -log_q, True
        # A density may be infinite at single points, such as the pinwheel's centre.
        log_p = np.stack([law.log_prob(points) for points in x])
        with np.errstate(invalid="ignore"):
            return log_p - log_q, np.isfinite(log_p)

    log_q, log_q_seen = method.log_prob(true), method.log_prob(train)
    broken = [(np.isnan(log) | np.isposinf(log)).any(1) for log in (log_q, log_q_seen)]
    notes, notes_of_both = (
        [NO_NUMBER if is_broken else ZERO for is_broken in of_points]
        for of_points in (broken[0], broken[0] | broken[1])
    )
    numerical = _numerical_error(method, true[:, :N_CHECKED], log_q[:, :N_CHECKED])
    (unseen, asked), (seen, asked_seen) = lost(true, log_q), lost(train, log_q_seen)
    plain = _mean(unseen, notes, where=asked)
    loss = _mean(unseen, notes, where=asked, numerical=numerical)
    loss_seen = _mean(seen, notes, where=asked_seen)
    with np.errstate(invalid="ignore"):  # where both are infinite
        gap = loss.values - loss_seen.values
    gap = Measured(gap, np.hypot(plain.errors, loss_seen.errors), notes_of_both)
    if not isinstance(law, Density):
        return {"nll": loss, "generalisation_gap": gap}
    shortfall = np.maximum(0.0, -np.expm1(-unseen))
    excess = _mean(shortfall, notes, where=asked, numerical=numerical)
    return {"kl": loss, "density_tv": excess, "generalisation_gap": gap}


def measure_scores(
    method: Method, noised: Mapping[float, np.ndarray], diverged: np.ndarray
) -> dict[str, Measured]:
    """Fisher divergences E|s(x) - grad log p_sigma(x)|^2, x ~ p_sigma, of learned scores s.

    In squares of the inverse unit of the data, a metric a noise level; lower is better. Times
    sigma^2 it is what the denoising loss of s exceeds its least value by.

    Args:
        noised: points that nobody trained on with noise N(0, sigma^2 I), [N, 2] for each sigma.
        diverged: bool [K], the members whose scores are no numbers at any level.
    """
    law, n_members = method.task.density, len(method.task.x_train)

    def missing(note: str) -> Measured:
        values, errors = np.full((2, n_members), np.nan)
        return Measured(values, errors, [note] * n_members)

    found = {}
    for level, x in noised.items():
        if not isinstance(law, Density):
            measured = missing(NO_DENSITY)
        else:
            learned = method.smoothed_score(np.repeat(x[None], n_members, axis=0), level)
            if learned is None:
                measured = missing(UNKNOWN)
            else:
                exact = law.smoothed_score(x, level)
                # Members with other units learned other levels.
                unknown = np.isnan(learned).all((1, 2)) & ~diverged
                notes = [UNKNOWN if is_unknown else NO_SCORE for is_unknown in unknown]
                measured = _mean(((learned - exact) ** 2).sum(-1), notes)
        found[f"fisher_divergence_{level:g}"] = measured
    return found


def status(note: str) -> str:
    """The status of a value that is missing for a reason."""
    return SKIPPED if note in (NO_DENSITY, TIES, UNKNOWN) else INFINITE
