"""Stages on a study of one Gaussian: what their jobs read and write, seed by seed."""

import itertools

import numpy as np
import pytest
from scipy import stats

from gen2d.densities.base import law_of
from gen2d.densities.gaussian_mixture import Gaussians
from gen2d.diagnostics.likelihood import NO_DENSITY, NO_NUMBER, NO_SCORE, UNKNOWN, ZERO, status
from gen2d.geometry import FINE, View
from gen2d.metrics.catalogue import TAKEN
from gen2d.metrics.of_samples import measure
from gen2d.metrics.two_sample import Reference, bandwidth_ladder, two_sample_distances
from gen2d.randomness.seeding import streams
from gen2d.stages import cells, error_sources
from gen2d.storage import files
from gen2d.storage.errors import FileError
from one_gaussian import MEAN, SD, VALUES
from studies import arrays_of, done, job_of, plan_of, table_of, without_sweeps, written

LAW = Gaussians([MEAN.tolist()], SD)
PLAN = plan_of(VALUES)
CELL = {"dataset": "here", "seeds": "seeds10-11"}
DSM = {"model": "dsm", **CELL}


@pytest.fixture
def points(tmp_path):
    return done(PLAN, tmp_path, "data", **CELL)


@pytest.fixture
def true_points(tmp_path):
    return done(PLAN, tmp_path, "reference", dataset="here")


@pytest.fixture
def untrained(points, tmp_path):
    """Writes weights as they were before training, of which one seed is said to have diverged."""

    def write(diverged_at):
        train = job_of(PLAN, tmp_path, "train", **DSM)
        state = cells.build(train, train.knobs).state_dict()
        train.write_weights("weights", state, {"diverged_at": diverged_at})

    return write


def truth(true_points, n_bandwidths=PLAN.catalogue.study.metrics.n_bandwidths):
    """The true points, as samples are measured against them."""
    points, median = arrays_of(true_points, "reference", "points", "median_distance")
    return Reference.of(points, bandwidth_ladder(float(median), n_bandwidths))


def test_training_holdout_and_reference_points_share_no_row(points, true_points):
    x_train, x_holdout = arrays_of(points, "points", "x_train", "x_holdout")
    (true,) = arrays_of(true_points, "reference", "points")
    assert (x_train.shape, x_holdout.shape, true.shape) == ((2, 40, 2), (2, 30, 2), (1000, 2))
    every = np.concatenate([x_train.reshape(-1, 2), x_holdout.reshape(-1, 2), true])
    assert len(np.unique(every, axis=0)) == 80 + 60 + 1000


def test_every_seed_of_every_block_has_a_stream_of_its_own(tmp_path):
    blocks = [
        job_of(PLAN, tmp_path, "train", model="dsm", dataset="here", seeds=block)
        for block in PLAN.catalogue.blocks
    ]
    every = [stream for job in blocks for stream in streams(job.knobs, "train")]
    assert len({tuple(stream.generate_state(4).tolist()) for stream in every}) == 12


def test_losses_and_divergence_are_told_of_their_seed(tmp_path):
    x = np.random.default_rng(0).normal(size=(2, 40, 2))
    x[1] *= 1e30  # of which the losses are infinite
    job_of(PLAN, tmp_path, "data", **CELL).write_arrays("points", x_train=x, x_holdout=x)
    job = done(PLAN, tmp_path, "train", **DSM)
    losses = table_of(job, "losses")
    assert losses["seed"].tolist() == [10, 11, 10, 11]
    assert losses["step"].tolist() == [1, 1, 2, 2]
    assert np.isfinite(losses["loss_train"]).tolist() == [True, False, True, False]
    _, metadata = files.read_weights(written(job, "weights"), spec=job.digest)
    assert metadata == {"diverged_at": {"11": 1}}
    _, metadata = files.read_weights(written(job, "snapshots"), spec=job.digest)
    assert metadata == {"steps": [1, 2]}


def test_samples_are_the_method_s_but_of_seeds_that_diverged(untrained, tmp_path):
    untrained({"11": 7})
    job = done(PLAN, tmp_path, "sample", **DSM)
    samples, diverged_at = arrays_of(job, "samples", "samples", "diverged_at")
    method, _ = cells.restore(job, job.knobs)
    assert diverged_at.tolist() == [0, 7]
    assert np.array_equal(samples[0], method.sample(50, streams(job.knobs, "sample"))[0])
    assert np.isnan(samples[1]).all()


def test_each_seed_is_measured_by_its_own_samples(true_points, tmp_path):
    plan, rng = plan_of({**VALUES, "seeds_per_job": 5}), np.random.default_rng(0)
    cell, seeds = {**DSM, "seeds": "seeds5-9"}, [5, 6, 7, 8, 9]
    drawn = np.stack([LAW.sample(300, rng) for _ in seeds])
    drawn[2, 7], drawn[3], drawn[4, :, 0] = np.nan, np.nan, 0.0
    arrays = {"samples": drawn, "diverged_at": np.array([0, 0, 0, 5, 0])}
    arrays["acceptance_jumps"] = np.array([0.1, 0.2, 0.3, np.nan, np.nan])
    job_of(plan, tmp_path, "sample", **cell).write_arrays("samples", **arrays)
    table = table_of(done(plan, tmp_path, "evaluate", **cell), "metrics")
    wide = table.pivot(index="seed", columns="metric", values="value")
    true = truth(true_points)
    for k, accepted in enumerate([0.1, 0.2]):
        expected = measure(drawn[k], true, LAW, TAKEN) | {"acceptance_jumps": accepted}
        assert wide.loc[seeds[k]].to_dict() == expected
    assert wide.loc[[7, 8]].isna().all(axis=None)
    told = table.groupby("seed")[["status", "note"]].agg(set)
    assert tuple(told.loc[7]) == (
        {"diverged"},
        {"diverged in sampling: 1 of 300 samples not finite"},
    )
    assert tuple(told.loc[8]) == ({"diverged"}, {"diverged at training step 5"})
    on_a_line = table[(table["seed"] == 9) & table["value"].isna()]
    assert on_a_line["metric"].tolist() == ["kde_log_likelihood"]
    assert set(on_a_line["note"]) == {"infinite: the samples lie on a line"}
    assert set(on_a_line["status"]) == {"infinite"}
    assert set(table.loc[table["value"].notna(), "status"]) == {"ok"}
    assert table.loc[table["value"].notna(), "note"].isna().all()


def test_a_gaussian_is_at_its_known_distances_from_the_law(true_points, tmp_path):
    """Its score less the exact one is A (x - mean) + b, of which E|.|^2 = v tr A'A + |b|^2."""
    x = np.random.default_rng(0).normal(size=(2, 400, 2)) * [2.0, 0.3]
    data = job_of(PLAN, tmp_path, "data", **CELL)
    data.write_arrays("points", x_train=x, x_holdout=x[:, :30] + 5)
    job = done(PLAN, tmp_path, "likelihood", model="gaussian", **CELL)
    table = table_of(job, "likelihood").set_index(["seed", "metric"])
    assert set(table["status"]) == {"ok"}
    fresh = [
        LAW.sample(job.knobs.n_points, np.random.default_rng(stream))
        for stream in streams(job.knobs, "likelihood")
    ]
    for seed, seen, true in zip(job.knobs.seeds, x, fresh, strict=True):
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
    untrained, true_points, tmp_path
):
    untrained({"11": 7})
    table = table_of(done(PLAN, tmp_path, "likelihood", **DSM), "likelihood")
    table = table.set_index(["metric", "seed"])
    own, other = table.loc["fisher_divergence_0.1"], table.loc["fisher_divergence_0.5"]
    assert own["value"].notna().tolist() == [True, False]
    assert own.loc[11, "note"] == "diverged at training step 7"
    assert own["status"].tolist() == ["ok", "diverged"]
    assert set(other["note"]) == {UNKNOWN}
    assert set(other["status"]) == {"skipped"}


def test_a_density_of_0_or_of_no_number_is_infinite():
    for note in (ZERO, NO_NUMBER, NO_SCORE):
        assert status(note) == "infinite"
    for note in (NO_DENSITY, UNKNOWN):
        assert status(note) == "skipped"


def test_an_error_is_split_by_the_samples_of_its_seed(
    untrained, true_points, tmp_path, monkeypatch
):
    rng = np.random.default_rng(0)
    keys = [*itertools.product(error_sources.ERROR_SOURCES, (False, True))]
    drawn = {key: rng.normal(size=(2, 100, 2)) for key in keys}
    drawn["network", True][1, 3] = np.nan
    monkeypatch.setattr(error_sources, "cumulative_samples", lambda *_: drawn)
    untrained({"10": 7})
    table = table_of(done(PLAN, tmp_path, "error_sources", **DSM), "errors")
    assert (table["own"] == ~table["denoised"]).all()  # as `dsm` does not denoise
    true = truth(true_points)
    for key, of_source in table.groupby(["source", "denoised"]):
        values = of_source.set_index(["seed", "metric"])["value"]
        gone = of_source.groupby("seed")["note"].agg(set)
        statuses = of_source.groupby("seed")["status"].agg(set)
        assert values[10].isna().all() and gone[10] == statuses[10] == {"diverged"}
        if key == ("network", True):
            assert values[11].isna().all() and gone[11] == statuses[11] == {"diverged"}
        else:
            distances = two_sample_distances(drawn[key][1], true)
            expected = {"energy_distance": distances.energy_distance}
            assert values[11].to_dict() == expected | {"mmd2_small": distances.mmd2[0]}
            assert statuses[11] == {"ok"}


def test_what_is_known_of_a_gaussian_is_its_closed_form(tmp_path):
    table = table_of(done(PLAN, tmp_path, "exact", dataset="here"), "exact")
    values = table.set_index(["quantity", "noise_level"])["value"]
    for level in (0.0, 0.1, 0.5, 2.0):
        variance = SD**2 + level**2
        entropy = 1 + np.log(2 * np.pi * variance)
        assert values["entropy", level] == pytest.approx(entropy, abs=1e-6)
        if level:
            assert values["fisher_information", level] == pytest.approx(2 / variance)


@pytest.mark.parametrize("dataset", ["checkerboard", "gaussian_mixture", "pinwheel", "spiral"])
def test_the_study_s_data_sets_go_through_the_stages_of_the_truth(root, dataset, tmp_path):
    values = without_sweeps(root)
    short = {"seeds": 2, "seeds_per_job": 2, "n_samples": 500}
    metrics = {**values["metrics"], "n_reference": 500}
    plan = plan_of({**values, **short, "metrics": metrics})
    cell = {"dataset": dataset, "model": "truth", "seeds": "seeds0-1"}
    for stage in ("data", "reference", "exact", "exact_grids", "sample", "evaluate"):
        wanted = {wildcard: cell[wildcard] for wildcard in plan.stages[stage].per}
        done(plan, tmp_path, stage, **wanted)
    job = job_of(plan, tmp_path, "exact_grids", dataset=dataset)
    law = law_of(job.knobs.dataset)
    known = table_of(job_of(plan, tmp_path, "exact", dataset=dataset), "exact")
    known = known.set_index(["quantity", "noise_level"])["value"]
    assert known["entropy", 0.0] == pytest.approx(law.entropy())
    view, log_prob = arrays_of(job, "grids", "view", "log_prob")
    assert np.array_equal(log_prob, law.log_prob(View(*view).grid(FINE)))
    measured = table_of(job_of(plan, tmp_path, "evaluate", **cell), "metrics")
    assert set(measured["seed"]) == {0, 1}
    assert (measured["status"] == "ok").all() and np.isfinite(measured["value"]).all()


# --- jobs and their files -------------------------------------------------------------------------


def test_a_job_reads_what_its_spec_names(points, tmp_path):
    """A file of another spec is refused by name, whichever of the two has changed."""
    job = job_of(PLAN, tmp_path, "train", **DSM)
    (x_train,) = job.arrays("points", "x_train")
    assert np.array_equal(x_train, arrays_of(points, "points", "x_train")[0])
    changed = {**VALUES, "datasets": {"here": {**VALUES["datasets"]["here"], "sd": 0.8}}}
    other = job_of(plan_of(changed), tmp_path, "train", **DSM)
    words = r"data/here/seeds10-11\.npz: expected a file of the configuration at hand.*draw_points"
    with pytest.raises(FileError, match=words):
        other.arrays("points", "x_train")
    done(plan_of(changed), tmp_path, "data", **CELL)
    other.arrays("points", "x_train")
    with pytest.raises(FileError, match=words):
        job.arrays("points", "x_train")


def test_a_job_refuses_one_file_of_many_that_is_of_another_spec(tmp_path):
    changed = plan_of({**VALUES, "metrics": {**VALUES["metrics"], "n_bandwidths": 3}})
    cells_read = [{**DSM, "seeds": block} for block in PLAN.catalogue.blocks]
    for plan, cell in zip((PLAN, changed), cells_read, strict=True):
        job_of(plan, tmp_path, "evaluate", **cell).write_table("metrics", {"seed": [0]})
    job = job_of(PLAN, tmp_path, "collect")
    assert job.table("metrics", **cells_read[0])["seed"].tolist() == [0]
    words = r"metrics/here/dsm/seeds10-11\.csv: expected a file of the configuration at hand.*rule"
    with pytest.raises(FileError, match=words):
        job.tables("metrics", model="dsm")
    job_of(PLAN, tmp_path, "evaluate", **cells_read[1]).write_table("metrics", {"seed": [1]})
    assert [cell for cell, _ in job.tables("metrics", model="dsm")] == cells_read


def test_a_job_knows_the_cells_of_its_inputs(tmp_path):
    job = job_of(PLAN, tmp_path, "collect")
    models = {cell["model"] for cell in job.cells("likelihoods")}
    assert models == {"dsm", "gaussian", "resample"}
    found = job.cells("metrics", model="dsm")
    assert found == [{**DSM, "seeds": block} for block in ("seeds0-9", "seeds10-11")]
    assert job.cells("metrics", model="no_such") == []
    assert job_of(PLAN, tmp_path, "sample", **DSM).has("weights")
    assert not job_of(PLAN, tmp_path, "sample", **{**DSM, "model": "gaussian"}).has("weights")
