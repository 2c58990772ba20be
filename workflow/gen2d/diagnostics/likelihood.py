"""Errors of learned densities and scores against the exact ones."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gen2d.densities.base import Density
from gen2d.densities.points import Points
from gen2d.methods.base import Method
from gen2d.metrics.status import INFINITE, SKIPPED

N_CHECKED = 200  # points at which densities are also integrated with half the resolution
# Why a value is missing.
ZERO = "the density that was learned is 0 at true points"
NO_NUMBER = "the density that was learned is no number at true points"
NO_DENSITY = "no density is known"
TIES = "points coincide, so that likelihoods have no bound"
UNKNOWN = "no score was learned at this level"
NO_SCORE = "the score that was learned is not finite at true points"


class Measured(NamedTuple):
    """One value per member with its error, both [K] in the unit of the metric.

    The error combines the standard error of the mean over points with, for densities integrated
    numerically, the change at half the resolution. All models share the points, so that their
    differences are less uncertain than the standard error. `notes` say why a value is not finite.
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
    """Mean over the points of x [K, N], all or `where`; the error is its standard error and more.

    Args:
        numerical: a further error, added in quadrature.
    """
    n = np.broadcast_to(where, x.shape).sum(1)
    with np.errstate(invalid="ignore"):  # of values that are infinite
        spread = np.std(x, 1, where=where)
        return Measured(np.mean(x, 1, where=where), np.hypot(spread / np.sqrt(n), numerical), notes)


def _numerical_error(method: Method, x: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """Change [K] of the mean log-density at half the resolution: far above its own error."""
    if not hasattr(method, "step_multiplier"):
        return np.zeros(len(x))
    method.step_multiplier = 2
    coarse = method.log_prob(x)
    method.step_multiplier = 1
    with np.errstate(invalid="ignore"):
        change = np.where(coarse == log_q, 0.0, coarse - log_q)  # 0 also where both are infinite
    error: np.ndarray = np.abs(change.mean(1))
    return error


def measure_density(method: Method, true: np.ndarray, train: np.ndarray) -> dict[str, Measured]:
    """Distances of a learned density q from the exact density p, by metric; lower is better.

    `kl` [nats] is the mean of log p - log q over true points. It estimates KL(p || q), as the
    hold-out negative log-likelihood less the entropy does, but with less noise. If p is unknown,
    `nll` [nats] is the mean of -log q instead. `density_tv`, the total variation in [0, 1], is the
    mean of max(0, 1 - q / p) over true points. `generalisation_gap` [nats] is the loss on true
    points less the loss on training points, which is large for a memoriser.

    All values are missing for files with many coinciding points: there a density has no bound.

    Args:
        true: points that no model trained on, [K, N, 2].
        train: training points [K, N, 2].
    """
    law = method.task.density
    if isinstance(law, Points) and law.is_tied:
        none = np.full(len(true), np.nan)
        nothing = Measured(none, none, [TIES] * len(true))
        return {"nll": nothing, "generalisation_gap": nothing}

    def lost(x: np.ndarray, log_q: np.ndarray) -> tuple[np.ndarray, np.ndarray | bool]:
        """The loss at each point, and which points count."""
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
    (unseen, counts), (seen, counts_seen) = lost(true, log_q), lost(train, log_q_seen)
    plain = _mean(unseen, notes, where=counts)
    loss = _mean(unseen, notes, where=counts, numerical=numerical)
    loss_seen = _mean(seen, notes, where=counts_seen)
    with np.errstate(invalid="ignore"):  # where both are infinite
        gap = loss.values - loss_seen.values
    gap = Measured(gap, np.hypot(plain.errors, loss_seen.errors), notes_of_both)
    if not isinstance(law, Density):
        return {"nll": loss, "generalisation_gap": gap}
    shortfall = np.maximum(0.0, -np.expm1(-unseen))
    excess = _mean(shortfall, notes, where=counts, numerical=numerical)
    return {"kl": loss, "density_tv": excess, "generalisation_gap": gap}


def measure_scores(
    method: Method, noised: Mapping[float, np.ndarray], diverged: np.ndarray
) -> dict[str, Measured]:
    """Fisher divergences E|s(x) - grad log p_sigma(x)|^2, x ~ p_sigma, of learned scores s.

    One metric per noise level, in squares of the inverse unit of the data; lower is better. Times
    sigma^2, it is the excess of the denoising loss of s over its least value.

    Args:
        noised: points [N, 2] for each sigma: points that no model trained on, plus N(0, sigma^2 I).
        diverged: bool [K], the members whose training diverged: all their scores are NaN.
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
                # Members whose data has other units learned other noise levels.
                unknown = np.isnan(learned).all((1, 2)) & ~diverged
                notes = [UNKNOWN if is_unknown else NO_SCORE for is_unknown in unknown]
                measured = _mean(((learned - exact) ** 2).sum(-1), notes)
        found[f"fisher_divergence_{level:g}"] = measured
    return found


def status(note: str) -> str:
    """The status of a missing value, by its note."""
    return SKIPPED if note in (NO_DENSITY, TIES, UNKNOWN) else INFINITE
