"""The benchmarks measure what they say."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from gen2d.plan.stages import STAGES


@pytest.fixture(autouse=True)
def _beside_each_other(root, monkeypatch):
    monkeypatch.syspath_prepend(root / "tests/benchmarks")


def test_a_step_is_timed_on_both_sides_and_torch_is_left_as_it_was(monkeypatch):
    import speed

    settled = torch.backends.mkldnn.matmul.fp32_precision
    clock = iter([0.0, 2.0, 2.0, 3.0, 3.0, 9.0])
    monkeypatch.setattr(speed.time, "process_time", lambda: next(clock))
    taken = []
    assert speed.cpu_time(speed.Way(taken.append, 10, 5)) == pytest.approx(1e6 / 50)
    assert speed.cpu_time(speed.Way(taken.append, 10, 5, ours=True)) == pytest.approx(6e6 / 50)
    assert taken == [10, 10, 10]
    assert torch.backends.mkldnn.matmul.fp32_precision == settled
    assert speed.ratio({"a": [4.0, 9.0, 2.0], "b": [2.0, 3.0, 2.0]}, "a", "b") == 2


def test_the_products_are_those_of_the_step(monkeypatch):
    """By the numbers of multiplications, for batches of 128 and networks of 64, 64 units."""
    import speed

    counted = []
    bmm = torch.bmm

    def counting(a, b, **keywords):
        counted.append(a.shape[1] * a.shape[2] * b.shape[2])
        return bmm(a, b, **keywords)

    run = {kind: speed.products(2, kind) for kind in ("dsm", "langevin")}
    monkeypatch.setattr(torch, "bmm", counting)
    run["dsm"](1)
    forward = 2 * 64 + 64 * 64 + 64 * 2
    assert sum(counted) == 128 * (3 * forward - 2 * 64)  # the first layer has no gradient by inputs
    counted.clear()
    run["langevin"](1)
    assert sum(counted) == 128 * 2 * (2 * 64 + 64 * 64)


@pytest.mark.parametrize("kind", ["dsm", "energy_dsm", "cd", "pcd"])
def test_ours_takes_its_steps(kind):
    import speed

    method = getattr(speed, kind)(2)
    weights = {n: p.detach().clone() for n, p in method.named_parameters() if "weights" in n}
    speed.train_ours(method, 2)
    now = dict(method.named_parameters())
    assert len(weights) == 2 and all((now[n] != w).any() for n, w in weights.items())


def test_jax_takes_the_steps_too():
    pytest.importorskip("jax", reason="JAX is not installed")
    import by_jax

    x = np.random.default_rng(0).normal(scale=0.1, size=(2, 500, 2))
    _, losses = by_jax.dsm(x, 500)()
    assert losses.shape == (2, 500)
    assert losses[:, :5].mean() == pytest.approx(2, abs=0.2)  # that of a score of 0
    assert losses[:, -50:].mean(1) == pytest.approx(1, abs=0.2)  # the least there is
    (ends, _), _ = by_jax.langevin(x, 10)()
    spread = np.std(ends - x[:, : by_jax.BATCH])
    assert ends.shape == (2, 128, 2) and spread == pytest.approx(np.sqrt(0.2), rel=0.1)


def test_without_jax_its_columns_are_left_out_in_one_line(monkeypatch, capsys):
    import speed

    monkeypatch.setattr(speed, "WITH_JAX", False)
    monkeypatch.setattr(speed, "SEEDS", (1,))
    monkeypatch.setattr(speed, "measure", lambda n: speed.jax(n) or {})
    with pytest.raises(KeyError, match="dsm eager"):
        speed.main()
    left_out, _, header, *_ = capsys.readouterr().out.splitlines()
    assert "requirements-jax.txt" in left_out and "JAX" not in header


def test_a_study_is_split_into_computing_starting_and_idling(tmp_path):
    import workflow

    # Two jobs side by side for 10 s and 6 s, then one alone for 4 s.
    for path, seconds, end in (
        ("models/moons/dsm/seeds0-1", 10, 110),
        ("data/moons/reference", 6, 106),
        ("samples/moons/dsm/seeds0-1", 4, 114),
    ):
        file = tmp_path / f"benchmarks/{path}.tsv"
        file.parent.mkdir(parents=True)
        file.write_text(f"s\th:m:s\n{seconds}.0\t-\n")
        os.utime(file, (end, end))
    jobs = workflow.jobs(tmp_path)
    assert {job.imports for job in jobs} == {("train",), ("reference",), ("sample", "train")}
    starts = {("train",): 2.0, ("reference",): 7.0, ("sample", "train"): 1.0}
    found = workflow.split(jobs, 100.0, starts, cores=2)
    assert found == pytest.approx((14, 11, 9, 8))  # a start is no longer than its job
    with pytest.raises(ValueError, match="one run; got one from 5 s before"):
        workflow.split(jobs, 105.0, starts, cores=2)


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
def test_a_job_is_told_by_its_benchmark_file(stage):
    import workflow

    cell = {"dataset": "moons", "model": "dsm", "seeds": "seeds0-1"}
    cell |= {"metric": "mmd2_small", "sweep": "n_train", "ladder": "dsm"}
    path = Path(f"{stage.log_path.format_map(cell)}.tsv")
    assert workflow.imports(path, trained=False) == (stage.name,)


def test_the_study_s_statistics_err_as_often_as_they_say(tmp_path, monkeypatch):
    import inference

    small = {"STUDIES": 2000, "N_POINTS": 500, "N_REFERENCES": (2000, 500), "LAWS": ("spiral",)}
    for name, value in small.items():
        monkeypatch.setattr(inference, name, value)
    monkeypatch.setattr(inference, "ProcessPoolExecutor", ThreadPoolExecutor)
    rng, means, rows = np.random.default_rng(0), {"a": 2.0, "kde": 1.0, "gaussian": 9.0}, []
    for dataset, metric, seed in product("xyz", inference.METRICS, range(10)):
        luck = rng.standard_normal()  # of the seed's points, which all share
        for model, mean in means.items():
            value = mean + 0.05 * (luck + rng.standard_normal())
            rows.append((dataset, model, seed, metric, value))
    columns = ["dataset", "model", "seed", "metric", "value"]
    table = pd.DataFrame(rows, columns=columns)
    table.loc[0, "value"] = np.nan  # of a seed that diverged
    table.to_csv(tmp_path / "metrics.csv")
    groups = {"model": list(means), "group": ["tuned", "baselines", "baselines"]}
    pd.DataFrame(groups).to_csv(tmp_path / "verdicts.csv")
    found = inference.inference(tmp_path, 2).map(lambda told: float(told.split()[0]))
    by_sort = {"False alarms": (4, 6), "Any false": (3.5, 6.5), "1.5 kde's": (4, 6)}
    by_sort |= {"interval holds": (93.5, 98), "M is kde's": (99, 100)}
    for part, (low, high) in by_sort.items():
        rates = found[found.index.str.contains(part) & ~found.index.str.contains("resampled")]
        assert len(rates) and rates.stack().between(low, high).all(), rates
    again = found[found.index.str.contains("alarm.*resampled")]
    assert len(again) == 6 and again.stack().between(4, 25).all()
    assert found[found.index.str.contains("truth")].stack().between(0, 100).all()


def test_resampled_seeds_have_the_spread_and_the_correlation_of_the_study_s(monkeypatch):
    import inference

    monkeypatch.setattr(inference, "STUDIES", 100_000)
    rng = np.random.default_rng(0)
    seeds = rng.standard_normal((10, 2)) @ [[1, 0.5], [0, 0.8]]
    pair = inference.Pair(seeds.mean(0), seeds - seeds.mean(0))
    for draw in (inference.normal, inference.resampled, inference.normal_resampled):
        x = draw(pair, 3, rng).reshape(-1, 2)
        np.testing.assert_allclose(np.cov(x.T), np.cov(seeds.T), rtol=0.02)
        np.testing.assert_allclose(x.mean(0), 0, atol=0.01)
