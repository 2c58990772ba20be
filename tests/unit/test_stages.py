"""Stages on a study of one Gaussian: what their jobs write, seed by seed, against what is known."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gen2d import cells, config, files, jobs
from gen2d.densities.gaussian_mixture import Gaussians
from gen2d.metrics.statistics import holm
from gen2d.metrics.suite import measure
from gen2d.metrics.two_sample import Reference, bandwidth_ladder, two_sample_distances
from gen2d.stages import (
    data,
    evaluate,
    exact,
    likelihood,
    reference,
    sample,
    split,
    summary,
    train,
    verdicts,
)

MEAN, SD = np.array([0.5, -0.2]), 0.7
LAW = Gaussians([MEAN.tolist()], SD)
STUDY = config.load(
    {
        "seeds": 12,
        "seeds_per_job": 10,
        "n_samples": 50,
        "datasets": {
            "here": {
                "kind": "gaussians",
                "means": [MEAN.tolist()],
                "sd": SD,
                "n_train": 40,
                "n_holdout": 30,
            }
        },
        "models": {
            "dsm": {
                "method": "dsm",
                "network": {"hidden": [8]},
                "training": {"n_steps": 2, "log_every": 1},
                "sampling": {"n_steps": 5},
            },
            **{name: {"method": name} for name in ("gaussian", "resample")},
        },
        "metrics": {"n_reference": 1000, "noise_levels": [0.1, 0.5, 2.0]},
        "report": {"title": "Mine"},
    }
)
CELL = {"dataset": "here", "seeds": "seeds10-11"}


def job(stage, **cell):
    """The spec of a job, as its stage gets it."""
    return json.loads(
        jobs.spec(STUDY, stage, **cell), object_hook=lambda section: SimpleNamespace(**section)
    )


@pytest.fixture
def points(tmp_path):
    data.run(job("data", **CELL), tmp_path / "points.npz")
    return tmp_path / "points.npz"


@pytest.fixture
def true_points(tmp_path):
    reference.run(job("reference", dataset="here"), tmp_path / "reference.npz")
    return tmp_path / "reference.npz"


@pytest.fixture
def untrained(points, tmp_path):
    """Writes weights as they were before training, of which one seed is said to have diverged."""

    def write(spec, diverged_at):
        state, path = cells.build(spec, points).state_dict(), tmp_path / "weights.safetensors"
        files.write_weights(path, state, {"diverged_at": diverged_at}, spec=spec.inputs.weights)
        return path

    return write


def test_training_holdout_and_reference_points_share_no_row(points, true_points):
    x_train, x_holdout = files.read_arrays(points, "x_train", "x_holdout")
    (true,) = files.read_arrays(true_points, "points")
    assert (x_train.shape, x_holdout.shape, true.shape) == ((2, 40, 2), (2, 30, 2), (1000, 2))
    every = np.concatenate([x_train.reshape(-1, 2), x_holdout.reshape(-1, 2), true])
    assert len(np.unique(every, axis=0)) == 80 + 60 + 1000


def test_every_seed_of_every_block_has_a_stream_of_its_own():
    blocks = [job("train", model="dsm", dataset="here", seeds=b) for b in jobs.seed_blocks(STUDY)]
    streams = [stream for spec in blocks for stream in cells.streams(spec, "train")]
    assert len({tuple(stream.generate_state(4).tolist()) for stream in streams}) == 12


def test_losses_and_divergence_are_told_of_their_seed(tmp_path):
    spec = job("train", model="dsm", **CELL)
    x = np.random.default_rng(0).normal(size=(2, 40, 2))
    x[1] *= 1e30  # of which the losses are infinite
    files.write_arrays(tmp_path / "p.npz", spec=spec.inputs.points, x_train=x, x_holdout=x)
    weights, snapshots = tmp_path / "w.safetensors", tmp_path / "s.safetensors"
    train.run(spec, tmp_path / "p.npz", weights, snapshots, tmp_path / "losses.csv")
    losses = files.read_table(tmp_path / "losses.csv", spec=spec.digest, sealed=True)
    assert losses["seed"].tolist() == [10, 11, 10, 11]
    assert losses["step"].tolist() == [1, 1, 2, 2]
    assert np.isfinite(losses["loss_train"]).tolist() == [True, False, True, False]
    assert files.read_weights(weights, spec=spec.digest)[1] == {"diverged_at": {"11": 1}}
    assert files.read_weights(snapshots)[1] == {"steps": [1, 2]}


def test_samples_are_the_method_s_but_of_seeds_that_diverged(points, untrained, tmp_path):
    spec = job("sample", model="dsm", **CELL)
    weights = untrained(spec, {"11": 7})
    sample.run(spec, points, tmp_path / "samples.npz", weights)
    names = ("samples", "diverged_at")
    samples, diverged_at = files.read_arrays(tmp_path / "samples.npz", *names, spec=spec.digest)
    method, _ = cells.restore(spec, points, weights)
    assert diverged_at.tolist() == [0, 7]
    assert np.array_equal(samples[0], method.sample(50, cells.streams(spec, "sample"))[0])
    assert np.isnan(samples[1]).all()


def test_each_seed_is_measured_by_its_own_samples(true_points, tmp_path):
    spec, rng = job("evaluate", model="dsm", **CELL), np.random.default_rng(0)
    spec.seeds = [3, 4, 5, 6, 7]
    drawn = np.stack([LAW.sample(300, rng) for _ in spec.seeds])
    drawn[2, 7], drawn[3], drawn[4, :, 0] = np.nan, np.nan, 0.0
    arrays = {"samples": drawn, "diverged_at": np.array([0, 0, 0, 5, 0])}
    arrays["acceptance_jumps"] = np.array([0.1, 0.2, 0.3, np.nan, np.nan])
    files.write_arrays(tmp_path / "samples.npz", spec=spec.inputs.samples, **arrays)
    evaluate.run(spec, tmp_path / "samples.npz", true_points, tmp_path / "metrics.csv")
    table = files.read_table(tmp_path / "metrics.csv", spec=spec.digest, sealed=True)
    wide = table.pivot(index="seed", columns="metric", values="value")
    true, median = files.read_arrays(true_points, "points", "median_distance")
    true = Reference.of(true, bandwidth_ladder(float(median), spec.n_bandwidths))
    for k, accepted in enumerate([0.1, 0.2]):
        expected = measure(drawn[k], true, LAW) | {"acceptance_jumps": accepted}
        assert wide.loc[spec.seeds[k]].to_dict() == expected
    assert wide.loc[[5, 6]].isna().all(axis=None)
    notes = table.groupby("seed")["note"].agg(set)
    assert notes[5] == {"diverged in sampling: 1 of 300 samples not finite"}
    assert notes[6] == {"diverged at training step 5"}
    on_a_line = table[(table["seed"] == 7) & table["value"].isna()]
    assert on_a_line["metric"].tolist() == ["kde_log_likelihood"]
    assert set(on_a_line["note"]) == {"infinite: the samples lie on a line"}


def test_a_gaussian_is_at_its_known_distances_from_the_law(true_points, tmp_path):
    """Its score less the exact one is A (x - mean) + b, of which E|.|^2 = v tr A'A + |b|^2."""
    spec, rng = job("likelihood", model="gaussian", **CELL), np.random.default_rng(0)
    x = rng.normal(size=(2, 400, 2)) * [2.0, 0.3]
    arrays = {"x_train": x, "x_holdout": x[:, :30] + 5}
    files.write_arrays(tmp_path / "p.npz", spec=spec.inputs.points, **arrays)
    likelihood.run(spec, tmp_path / "p.npz", true_points, tmp_path / "likelihood.csv")
    table = files.read_table(tmp_path / "likelihood.csv", spec=spec.digest, sealed=True)
    table = table.set_index(["seed", "metric"])
    (true,) = files.read_arrays(true_points, "points")
    for seed, seen in zip(spec.seeds, x, strict=True):
        mean, covariance = seen.mean(0), np.cov(seen.T)
        learned = stats.multivariate_normal(mean, covariance).logpdf
        lost, lost_seen = ((LAW.log_prob(at) - learned(at)).mean() for at in (true, seen))
        assert table.loc[(seed, "kl"), "value"] == pytest.approx(lost)
        assert table.loc[(seed, "generalisation_gap"), "value"] == pytest.approx(lost - lost_seen)
        for level in (0.1, 0.5, 2.0):
            variance = SD**2 + level**2
            precision = np.linalg.inv(covariance + level**2 * np.eye(2))
            slope = precision - np.eye(2) / variance
            expected = variance * (slope**2).sum() + ((precision @ (MEAN - mean)) ** 2).sum()
            found = table.loc[(seed, f"fisher_divergence_{level:g}")]
            assert abs(found["value"] - expected) < 4 * found["error"] < 0.5 * expected


def test_of_a_seed_that_diverged_the_levels_are_skipped_that_it_did_not_train_at(
    points, untrained, true_points, tmp_path
):
    spec = job("likelihood", model="dsm", **CELL)
    weights = untrained(spec, {"11": 7})
    likelihood.run(spec, points, true_points, tmp_path / "likelihood.csv", weights)
    table = files.read_table(tmp_path / "likelihood.csv", sealed=True)
    table = table.set_index(["metric", "seed"])
    own, other = table.loc["fisher_divergence_0.1"], table.loc["fisher_divergence_0.5"]
    assert own["value"].notna().tolist() == [True, False]
    assert own.loc[11, "note"] == "diverged at training step 7"
    assert set(other["note"]) == {likelihood.UNKNOWN}


def test_an_error_is_split_by_the_samples_of_its_seed(
    points, untrained, true_points, tmp_path, monkeypatch
):
    spec, rng = job("split", model="dsm", **CELL), np.random.default_rng(0)
    keys = [(rung, denoised) for rung in split.RUNGS for denoised in (False, True)]
    drawn = {key: rng.normal(size=(2, 100, 2)) for key in keys}
    drawn["network", True][1, 3] = np.nan
    monkeypatch.setattr(split, "rungs", lambda *_: drawn)
    weights = untrained(spec, {"10": 7})
    split.run(spec, points, weights, true_points, tmp_path / "split.csv")
    table = files.read_table(tmp_path / "split.csv", spec=spec.digest, sealed=True)
    assert (table["own"] == ~table["denoised"]).all()  # as `dsm` does not denoise
    true, median = files.read_arrays(true_points, "points", "median_distance")
    true = Reference.of(true, bandwidth_ladder(float(median), spec.n_bandwidths))
    for key, of_rung in table.groupby(["rung", "denoised"]):
        values = of_rung.set_index(["seed", "metric"])["value"]
        gone = of_rung.groupby("seed")["note"].agg(set)
        assert values[10].isna().all() and gone[10] == {"diverged"}
        if key == ("network", True):
            assert values[11].isna().all() and gone[11] == {"diverged"}
        else:
            distances = two_sample_distances(drawn[key][1], true)
            expected = {"energy_distance": distances.energy_distance}
            assert values[11].to_dict() == expected | {"mmd2_small": distances.mmd2[0]}


def test_what_is_known_of_a_gaussian_is_its_closed_form(tmp_path):
    spec = job("exact", dataset="here")
    exact.run(spec, tmp_path / "exact.csv")
    table = files.read_table(tmp_path / "exact.csv", spec=spec.digest, sealed=True)
    values = table.set_index(["quantity", "noise_level"])["value"]
    for level in (0.0, 0.1, 0.5, 2.0):
        variance = SD**2 + level**2
        entropy = 1 + np.log(2 * np.pi * variance)
        assert values["entropy", level] == pytest.approx(entropy, abs=1e-6)
        if level:
            assert values["fisher_information", level] == pytest.approx(2 / variance)


MODELS = ["a", "b", "c"]


@pytest.fixture
def metrics():
    """Of three models and two metrics on two data sets, six seeds of a skewed law."""
    key = pd.MultiIndex.from_product(
        [["here", "there"], MODELS, ["m", "n"], range(6)],
        names=["dataset", "model", "metric", "seed"],
    )
    values = np.random.default_rng(0).gumbel(size=len(key))
    return pd.DataFrame({"value": values, "note": None}, index=key).reset_index()


def t_interval(values, level):
    """By scipy: the mean and its interval's ends."""
    ends = stats.t.interval(level, len(values) - 1, values.mean(), stats.sem(values))
    return [values.mean(), *ends]


def test_summaries_are_means_with_intervals_of_their_level_and_medians(metrics):
    key, ends = ["dataset", "model", "metric"], ["mean", "low", "high"]
    summarised = summary.summarise(metrics, 0.8).set_index(key)
    merged = summary.with_intervals(metrics, key, "value", 0.8).groupby(key)[ends].first()
    for name, values in metrics.groupby(key)["value"]:
        row = summarised.loc[name]
        assert row["median"] == np.median(values)
        np.testing.assert_allclose(row[ends].astype(float), t_interval(values, 0.8))
        np.testing.assert_allclose(merged.loc[name], t_interval(values, 0.8))


def test_comparisons_have_intervals_of_their_level(metrics):
    compared = summary.compare(metrics, MODELS, 0.8)
    wide = metrics.query("metric == 'm'").pivot(
        index="seed", columns=["dataset", "model"], values="value"
    )
    for row in compared.query("metric == 'm'").itertuples():
        difference = wide[row.dataset, row.model] - wide[row.dataset, row.other]
        expected = [difference.median(), *t_interval(difference, 0.8)]
        found = (row.median_difference, row.difference, row.low, row.high)
        np.testing.assert_allclose(found, expected)


def test_families_are_all_cells_compared_with_one_model_by_one_metric(metrics):
    compared = summary.compare(metrics, MODELS, 0.8)
    families = compared.groupby(["metric", "other"])
    assert families.size().to_dict() == {(m, o): 4 for m in ("m", "n") for o in MODELS}
    for _, family in families:
        np.testing.assert_array_equal(family["p_holm"], holm(family["p"].to_numpy()))


def test_what_was_skipped_is_not_summarised(metrics, tmp_path):
    skipped = (metrics["model"] == "a") & (metrics["metric"] == "n")
    metrics.loc[skipped, ["value", "note"]] = [np.nan, "skipped: no density is known"]
    spec = SimpleNamespace(inputs=SimpleNamespace(table="t"), level=0.95, models=MODELS, digest="d")
    paths = [tmp_path / name for name in ("metrics.csv", "summary.csv", "comparisons.csv")]
    files.write_table(paths[0], metrics, spec="t")
    summary.run(spec, *paths)
    summarised, compared = (files.read_table(path, spec="d") for path in paths[1:])
    assert set(summarised.loc[summarised["metric"] == "n", "model"]) == {"b", "c"}
    assert set(compared.loc[compared["metric"] == "n", "model"]) == {"b", "c"}
    assert (summarised["n_diverged"] == 0).all()


@pytest.fixture
def judged(tmp_path):
    """The verdicts at level .8 on two models worse than the points, by p = .1 and by p = .5."""
    spec, levels = job("verdicts"), {"dsm": 2.0, "gaussian": 3.0, "resample": 1.0}
    spec.level = 0.8
    rows = [
        ("here", model, seed, metric, level + 0.01 * seed, None)
        for model, level in levels.items()
        for seed in range(3)
        for metric in ("energy_distance", "mmd2_small")
    ]
    columns = ["dataset", "model", "seed", "metric", "value", "note"]
    metrics = pd.DataFrame(rows, columns=columns)
    compared = summary.compare(metrics, list(levels), 0.8)
    tables = {
        "metrics": metrics,
        "summary": summary.summarise(metrics, 0.8),
        "comparisons": compared.assign(p_holm=compared["model"].map({"dsm": 0.1, "gaussian": 0.5})),
    }
    for name, table in tables.items():
        files.write_table(tmp_path / name, table, spec=getattr(spec.inputs, name))
    seconds = {"train-dsm": (9, 3), "sample-dsm": (1.5, 0.5)}
    seconds |= {"sample-gaussian": (2, 1), "sample-resample": (0.25, 0.5)}
    for cell, of_blocks in seconds.items():
        for block, duration in zip(spec.blocks, of_blocks, strict=True):
            path = tmp_path / f"{cell}-here-{block}.tsv"
            path.write_text(f"s\tcpu_time\n{duration}\tNA\n")
    patterns = [f"{tmp_path}/{s}-{{model}}-{{dataset}}-{{seeds}}.tsv" for s in ("train", "sample")]
    made = [tmp_path / name for name in ("verdicts", "overall")]
    verdicts.run(spec, *(tmp_path / name for name in tables), *patterns, *made)
    return [files.read_table(path, spec=spec.digest).set_index("model") for path in made]


def test_cells_cost_what_training_and_sampling_take_a_seed(judged):
    """Of twelve seeds in two blocks."""
    seconds = {"dsm": 14 / 12, "gaussian": 3 / 12, "resample": 0.75 / 12}
    assert judged[0]["seconds"].to_dict() == seconds


def test_the_level_of_verdicts_is_1_less_that_of_intervals(judged):
    words = {"dsm": "worse", "gaussian": "not distinguishable"}
    assert judged[0]["against_points"].dropna().to_dict() == words
    assert judged[1].loc["resample", "iqm"] == 1
