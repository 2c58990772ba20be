"""gen2d score: the metrics of one file of samples, with what true samples score, and a verdict."""

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from scipy.special import betainc
from snakemake.utils import update_config

from gen2d import config, files
from gen2d.config.study import Metrics
from gen2d.densities.base import Law
from gen2d.densities.points import Points
from gen2d.metrics.binned import Bins, chi_square_p_value
from gen2d.metrics.null import KernelNull
from gen2d.metrics.suite import measure
from gen2d.metrics.two_sample import (
    Reference,
    bandwidth_ladder,
    median_distance,
    two_sample_distances,
)
from gen2d.plugins import resolve
from gen2d.seeding import seed_sequence

LEVEL = 0.05
N_REFERENCE = 100_000
N_BANDWIDTHS = Metrics().n_bandwidths
N_TRUE_SAMPLES = 5
MIN_DISTINCT = 100
# Points of bounded support that rounding to single precision may push over its edge, as a share.
ROUNDED = 1e-6


def tests(
    x: np.ndarray, true: Reference, null: KernelNull, law: Law
) -> tuple[dict[str, float], float]:
    """Tests whether a sample [N, 2] is of a law: the p-value of each test, and of all.

    Each sees something else: `distances`, the energy distance and all MMD^2 in one; `cells`, a
    chi-square test of counts; `off_support`, points where a density of bounded support is 0. The
    p-value of all is Bonferroni's over the first two, or that of the third if it is smaller: true
    samples have no points there, so that it takes no share of the level.
    """
    n = len(x)
    bins = Bins.of(true.points, n)
    found = {
        "distances": null.p_values(two_sample_distances(x, true))[1],
        "cells": chi_square_p_value(bins.counts(x), bins.counts(true.points)),
    }
    p_value = min(1.0, 2 * min(found.values()))
    if law.has_bounded_support:
        n_off = int((~law.in_support(x)).sum())
        # P(at least n_off of n), binomial.
        found["off_support"] = float(betainc(n_off, n - n_off + 1, ROUNDED)) if n_off else 1.0
        p_value = min(p_value, found["off_support"])
    return found, p_value


def true_sample(law: Law, n: int, rng: np.random.Generator) -> np.ndarray:
    """n points of a law [n, 2]; of a file none twice, and half of what it has for that at most."""
    if isinstance(law, Points):
        return law.training_points(min(n, law.n_training // 2), rng)
    return law.sample(n, rng)  # a pinwheel's training points are stratified


def score(
    x: np.ndarray, law: Law, n_reference: int, n_true: int, n_bandwidths: int = N_BANDWIDTHS
) -> dict[str, Any]:
    """Measures a sample against a law, and tests whether it is of that law.

    Args:
        x: sample [N, 2], finite.
        law: where true points come from. Their streams are named by the sample: scores repeat, and
            those of two samples have true points of their own.
        n_reference: true points M that the sample is measured against.
        n_true: points of each of the 5 true samples that are scored beside it; see `true_sample`.
        n_bandwidths: of the kernels of the MMD.

    Returns:
        n_points, n_reference, n_true, metrics (name -> value and truth [lowest, highest], None if
        infinite), tests (name -> p-value), p_value, level, and differs: whether p_value < level.
    """
    streams = seed_sequence(0, "score", sha256(x.tobytes()).hexdigest()).spawn(2 + N_TRUE_SAMPLES)
    first, second, *others = (np.random.default_rng(stream) for stream in streams)
    points = law.reference_points(n_reference, first)
    true = Reference.of(points, bandwidth_ladder(median_distance(points), n_bandwidths))
    measured = measure(x, true, law)
    fresh = [true_sample(law, n_true, rng) for rng in others]
    truth = [measure(points, true, law) for points in fresh]
    found, p_value = tests(x, true, KernelNull.of(points, true.bandwidths, second), law)
    return {
        "n_points": len(x),
        "n_reference": len(true.points),
        "n_true": len(fresh[0]),
        "metrics": {
            name: {
                "value": _if_finite(value),
                "truth": [_if_finite(f(t[name] for t in truth)) for f in (min, max)],
            }
            for name, value in measured.items()
        },
        "tests": found,
        "p_value": p_value,
        "level": LEVEL,
        "differs": p_value < LEVEL,
    }


def _if_finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def read_sample(path: str) -> np.ndarray:
    """The points [N, 2] of a file; raises `FileError` for what cannot be scored."""
    points, _ = files.read_points(path)
    n_distinct = len(np.unique(points, axis=0))
    if n_distinct < MIN_DISTINCT:
        raise files.FileError(
            f"{path}: expected at least {MIN_DISTINCT} distinct points; "
            f"got {n_distinct} in {len(points)} rows"
        )
    return points


def read_reference(path: str) -> np.ndarray:
    """True points [N, 2] of a file; raises `FileError` where no kernel has a bandwidth, too."""
    points = read_sample(path)
    try:
        median_distance(points)
    except ValueError as error:
        raise files.FileError(f"{path}: {error}") from None
    return points


def law_of(name: str, path: str | None) -> tuple[Law, int]:
    """The law of a data set of the configuration, or else of a kind that has all its defaults.

    With it goes the number of bandwidths. A file is merged over config.yaml, as by Snakemake.

    Raises:
        ConfigError: the configuration is wrong, or there is no such data set.
    """
    values = (config.read_file("config.yaml") if Path("config.yaml").is_file() else None) or {}
    if path:
        overlay = config.read_file(path)
        if not isinstance(overlay, dict):
            raise config.ConfigError(f"{path}: expected keys and their values; got others")
        update_config(values, overlay)
    study = config.load(values) if values else None
    known = dict(study.datasets) if study else {}
    for kind, knobs in config.DATASETS.items():
        try:
            known.setdefault(kind, knobs.model_validate({"kind": kind}))
        except ValidationError:
            continue  # it has knobs without a default
    if name not in known:
        raise config.ConfigError(f"--dataset: expected one of {', '.join(known)}; got '{name}'")
    dataset = known[name]
    law = resolve(dataset.implementation)(**dataset.parameters(study))
    return law, study.metrics.n_bandwidths if study else N_BANDWIDTHS


def table(scored: dict[str, Any]) -> str:
    """What `score` found, for people."""
    lines = [f"{'metric':<22}{'value':>12}   five true samples of {scored['n_true']} points"]
    for name, metric in scored["metrics"].items():
        numbers = (metric["value"], *metric["truth"])
        value, low, high = ("none" if x is None else f"{x:.4g}" for x in numbers)
        lines.append(f"{name:<22}{value:>12}   {low} to {high}")
    lines.append("")
    lines += [f"test of {name}: p = {p:.2g}" for name, p in scored["tests"].items()]
    word = "differs from" if scored["differs"] else "is not distinguishable from"
    lines.append(
        f"\n{scored['n_points']} points: the sample {word} {scored['against']} "
        f"(p = {scored['p_value']:.2g}, level {scored['level']:g})"
    )
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="gen2d score", description=__doc__)
    parser.add_argument("file", help="CSV or NPY file of samples, two columns")
    against = parser.add_mutually_exclusive_group(required=True)
    against.add_argument("--dataset", help="of the configuration, or a kind of density")
    against.add_argument("--reference", metavar="FILE", help="true points, where no law is known")
    parser.add_argument("--config", help="an overlay on config.yaml, or a configuration without it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(arguments)
    try:
        x = read_sample(asked.file)
        if asked.reference:
            n_rows = len(read_reference(asked.reference))
            n_reference = min(n_rows // 2, N_REFERENCE)
            digest = files.read_points(asked.reference)[1]
            law: Law = Points(asked.reference, digest, 0, 0, n_reference)
            n_bandwidths = N_BANDWIDTHS
        else:
            (law, n_bandwidths), n_reference = law_of(asked.dataset, asked.config), N_REFERENCE
    except OSError as error:
        sys.exit(f"{error.filename}: expected a file; got {error.strerror}")
    except (config.ConfigError, files.FileError) as error:
        sys.exit(str(error))
    scored = score(x, law, n_reference, len(x), n_bandwidths)
    scored = {"against": asked.dataset or asked.reference, **scored}
    print(json.dumps(scored, indent=2) if asked.json else table(scored))
