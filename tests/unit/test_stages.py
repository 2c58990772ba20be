"""Stages on a study of one Gaussian: what their jobs write, seed by seed, against what is known."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gen2d.densities.gaussian_mixture import Gaussians
from gen2d.diagnostics.likelihood import NO_DENSITY, NO_NUMBER, NO_SCORE, UNKNOWN, ZERO, status
from gen2d.job import Job
from gen2d.metrics.statistics import holm
from gen2d.metrics.suite import measure
from gen2d.metrics.two_sample import Reference, bandwidth_ladder, two_sample_distances
from gen2d.randomness.seeding import streams
from gen2d.runner import run
from gen2d.stages import cells, split, summary
from gen2d.storage import files
from gen2d.storage.errors import FileError
from studies import arrays_of, done, job_of, plan_of, table_of, written

MEAN, SD = np.array([0.5, -0.2]), 0.7
LAW = Gaussians([MEAN.tolist()], SD)
ONE_GAUSSIAN = {"kind": "gaussians", "means": [MEAN.tolist()], "sd": SD}
TINY = {
    "network": {"hidden": [8]},
    "training": {"n_steps": 2, "log_every": 1},
    "sampling": {"n_steps": 5},
}
VALUES = {
    "seeds": 12,
    "seeds_per_job": 10,
    "n_samples": 50,
    "datasets": {"here": {**ONE_GAUSSIAN, "n_train": 40, "n_holdout": 30}},
    "models": {
        "dsm": {"method": "dsm", **TINY},
        **{name: {"method": name} for name in ("gaussian", "resample")},
    },
    "metrics": {"n_reference": 1000, "noise_levels": [0.1, 0.5, 2.0]},
    "report": {"title": "Mine"},
}
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
        expected = measure(drawn[k], true, LAW) | {"acceptance_jumps": accepted}
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
    (true,) = arrays_of(true_points, "reference", "points")
    for seed, seen in zip(job.knobs.seeds, x, strict=True):
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
    keys = [(rung, denoised) for rung in split.RUNGS for denoised in (False, True)]
    drawn = {key: rng.normal(size=(2, 100, 2)) for key in keys}
    drawn["network", True][1, 3] = np.nan
    monkeypatch.setattr(split, "rungs", lambda *_: drawn)
    untrained({"10": 7})
    table = table_of(done(PLAN, tmp_path, "split", **DSM), "split")
    assert (table["own"] == ~table["denoised"]).all()  # as `dsm` does not denoise
    true = truth(true_points)
    for key, of_rung in table.groupby(["rung", "denoised"]):
        values = of_rung.set_index(["seed", "metric"])["value"]
        gone = of_rung.groupby("seed")["note"].agg(set)
        statuses = of_rung.groupby("seed")["status"].agg(set)
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


MODELS = ["a", "b", "c"]


@pytest.fixture
def metrics():
    """Of three models and two metrics on two data sets, six seeds of a skewed law."""
    key = pd.MultiIndex.from_product(
        [["here", "there"], MODELS, ["m", "n"], range(6)],
        names=["dataset", "model", "metric", "seed"],
    )
    values = np.random.default_rng(0).gumbel(size=len(key))
    return pd.DataFrame({"value": values, "status": "ok", "note": None}, index=key).reset_index()


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
    told = [np.nan, "skipped", "no density is known"]
    metrics.loc[skipped, ["value", "status", "note"]] = told
    plan = plan_of({**VALUES, "models": {name: {"method": "truth"} for name in MODELS}})
    job_of(plan, tmp_path, "collect").write_table("table", metrics)
    job = done(plan, tmp_path, "summary")
    summarised, compared = (table_of(job, name) for name in ("summary", "comparisons"))
    assert set(summarised.loc[summarised["metric"] == "n", "model"]) == {"b", "c"}
    assert set(compared.loc[compared["metric"] == "n", "model"]) == {"b", "c"}
    assert (summarised["n_diverged"] == 0).all()


@pytest.fixture
def judged(tmp_path):
    """The verdicts at level .8 on two models worse than the points, by p = .1 and by p = .5."""
    plan = plan_of({**VALUES, "metrics": {**VALUES["metrics"], "level": 0.8}})
    levels = {"dsm": 2.0, "gaussian": 3.0, "resample": 1.0}
    rows = [
        ("here", model, seed, metric, level + 0.01 * seed, "ok", None)
        for model, level in levels.items()
        for seed in range(3)
        for metric in ("energy_distance", "mmd2_small")
    ]
    columns = ["dataset", "model", "seed", "metric", "value", "status", "note"]
    metrics = pd.DataFrame(rows, columns=columns)
    compared = summary.compare(metrics, list(levels), 0.8)
    compared = compared.assign(p_holm=compared["model"].map({"dsm": 0.1, "gaussian": 0.5}))
    job_of(plan, tmp_path, "collect").write_table("table", metrics)
    summarised = job_of(plan, tmp_path, "summary")
    summarised.write_table("summary", summary.summarise(metrics, 0.8))
    summarised.write_table("comparisons", compared)
    seconds = {("models", "dsm"): (9, 3), ("samples", "dsm"): (1.5, 0.5)}
    seconds |= {("samples", "gaussian"): (2, 1), ("samples", "resample"): (0.25, 0.5)}
    for (folder, model), of_blocks in seconds.items():
        for block, duration in zip(plan.catalogue.blocks, of_blocks, strict=True):
            path = tmp_path / f"benchmarks/{folder}/here/{model}/{block}.tsv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"s\tcpu_time\n{duration}\tNA\n")
    job = done(plan, tmp_path, "verdicts")
    return [table_of(job, name).set_index("model") for name in ("table", "overall")]


def test_cells_cost_what_training_and_sampling_take_a_seed(judged):
    """Of twelve seeds in two blocks."""
    seconds = {"dsm": 14 / 12, "gaussian": 3 / 12, "resample": 0.75 / 12}
    assert judged[0]["seconds"].to_dict() == seconds


def test_the_level_of_verdicts_is_1_less_that_of_intervals(judged):
    words = {"dsm": "worse", "gaussian": "not distinguishable"}
    assert judged[0]["against_points"].dropna().to_dict() == words
    assert judged[1].loc["resample", "iqm"] == 1


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


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A whole study whose groups of models have another order than its models' names.

    Of its models one diverges in training, one has no density, and one is of many noise levels.
    """
    datasets = {
        "west": {**ONE_GAUSSIAN, "n_train": 40, "n_holdout": 30},
        "east": {"kind": "moons", "n_train": 40, "n_holdout": 30},
    }
    models = {
        "z_tuned": {"method": "dsm", **TINY},
        "a_truth": {"method": "truth"},
        "b_points": {"method": "resample"},
        "n_coursework": {"method": "dsm", **TINY},
        "m_kde": {"method": "kde"},
        "y_tuned": {
            "method": "dsm_multilevel",
            "network": {"hidden": [8]},
            "training": {"n_steps": 2, "log_every": 1},
            "sampling": {"n_steps": 3},
        },
        "o_broken": {
            "method": "sm_defective",
            **TINY,
            "training": {"n_steps": 2, "log_every": 1, "learning_rate": 1e30},
        },
    }
    sweep = {"model": "z_tuned", "key": "training.noise_level", "values": [0.1, 0.3]}
    values = {
        **VALUES,
        "seeds": 4,
        "seeds_per_job": 2,
        "datasets": datasets,
        "models": models,
        "sweeps": {"levels": {**sweep, "datasets": ["west"]}},
    }
    values["metrics"] = {**VALUES["metrics"], "n_reference": 200, "n_likelihood": 20}
    plan, results = plan_of(values), tmp_path_factory.mktemp("finished")
    run(plan, results)
    plt.close("all")
    return plan, results


IN_ORDER = ["y_tuned", "z_tuned", "o_broken", "n_coursework", "a_truth", "b_points", "m_kde"]


def test_every_file_of_a_study_is_made_and_of_its_spec(finished):
    plan, results = finished
    for stage, cell in plan.jobs(plan.stages.values()):
        for name, path in stage.outputs.items():
            assert (results / path.format_map(cell)).stat().st_size > 0
            if f"{name}_checksum" in stage.outputs:
                files.read_table(results / path.format_map(cell), spec=plan.digest(stage, cell))


def test_models_keep_their_order_though_the_keys_of_specs_are_sorted(finished):
    plan, results = finished
    assert plan.catalogue.models == IN_ORDER
    for name in ("overall", "metrics"):
        table = files.read_table(results / f"{name}.csv")
        assert list(dict.fromkeys(table["model"])) == IN_ORDER, name
    verdicts = files.read_table(results / "verdicts.csv")
    for _, rows in verdicts.groupby("dataset"):
        assert rows["model"].tolist() == IN_ORDER
    groups = ["tuned", "defect variants", "coursework", "baselines"]
    assert list(dict.fromkeys(verdicts["group"])) == groups
    jobs = {
        name: job_of(plan, results, name).knobs
        for name in ("figure_cost", "figure_scores", "explorer", "report", "summary")
    }
    methods = {name: [model for model, _ in jobs[name].methods] for name in list(jobs)[:3]}
    with_scores = [model for model in IN_ORDER if model in plan.catalogue.with_scores]
    assert methods == {
        "figure_cost": IN_ORDER,
        "figure_scores": with_scores,
        "explorer": IN_ORDER,
    }
    assert 2 < len(with_scores) < len(IN_ORDER)
    assert [model.name for model in jobs["report"].models] == IN_ORDER
    assert jobs["summary"].models == IN_ORDER


def test_figures_and_pages_name_the_models_in_their_order(finished, monkeypatch):
    from gen2d.stages import explorer, figure_cost, figure_metrics, report

    plan, results = finished
    readable = [model.replace("_", " ") for model in IN_ORDER]
    drawn = []
    monkeypatch.setattr(Job, "write_figure", lambda self, figure: drawn.append(figure))
    monkeypatch.setattr(Job, "write_table", lambda *_: None)
    figure_metrics.run(job_of(plan, results, "figure_metrics", metric="energy_distance"))
    figure_cost.run(job_of(plan, results, "figure_cost"))
    lines, cost = drawn
    assert [label.get_text() for label in lines.axes[0].get_yticklabels()] == readable
    (legend,) = cost.legends
    shown = [text.get_text() for text in legend.get_texts()]
    assert shown == [model for model in readable if model in shown] and len(shown) > 4
    page = explorer.content(job_of(plan, results, "explorer"))
    assert [model["name"] for model in page["models"]] == IN_ORDER
    content = report.content(job_of(plan, results, "report"))
    assert [
        row[0] for group in content["verdicts"][0]["groups"] for row in group["rows"]
    ] == readable
    assert [entry["name"] for entry in content["samples"]] == readable
    assert [row[0] for row in content["run_times"]] == readable


def test_every_table_is_read_by_any_program(finished):
    """As plain CSV: no comments, every row as long as its header, seeds as numbers."""
    _, results = finished
    with_seeds, paths = set(), sorted(results.rglob("*.csv"))
    empty = {"metrics-off_support.csv"}  # as neither data set has a bounded support
    for path in paths:
        table = pd.read_csv(path)
        assert (len(table) == 0) == (path.name in empty), path
        assert not any(str(name).startswith(("#", "Unnamed")) for name in table), path
        if "seed" in table and len(table):
            assert pd.api.types.is_numeric_dtype(table["seed"]), path
            with_seeds.add(path.parent.name)
    assert len(paths) > 60
    assert {"n_coursework", "figures", results.name} <= with_seeds


def test_what_is_missing_has_a_status(finished):
    _, results = finished
    metrics = pd.read_csv(results / "metrics.csv")
    assert set(metrics["status"]) <= {"ok", "diverged", "skipped", "infinite"}
    missing = metrics["value"].isna()
    assert ((metrics["status"] != "ok") == missing).all()
    assert (metrics["note"].notna() == missing).all()
    broken = metrics[metrics["model"] == "o_broken"]
    assert set(broken["status"]) == {"diverged", "skipped"}
    assert set(metrics.loc[~metrics["model"].isin(["o_broken"]), "status"]) >= {"ok", "skipped"}
