"""The coursework as run comes out as its figures show, from the study's own configuration."""

import numpy as np
import pytest
import yaml

from gen2d.report.sections.coursework import last_loss
from studies import arrays_of, done, plan_of, table_of

BLOCK = "seeds0-1"


@pytest.fixture(scope="module")
def study(root, tmp_path_factory):
    """The plan of the default recipes with two seeds, and a folder with their points."""
    values = yaml.safe_load((root / "config.yaml").read_text())
    plan = plan_of({**values, "seeds": 2, "n_samples": 1000, "sweeps": None})
    results = tmp_path_factory.mktemp("as_run")
    for dataset in ("checkerboard", "pinwheel"):
        done(plan, results, "data", dataset=dataset, seeds=BLOCK)
    return plan, results


def trained(study, model, dataset):
    plan, results = study
    cell = {"model": model, "dataset": dataset, "seeds": BLOCK}
    return cell, table_of(done(plan, results, "train", **cell), "losses")


def test_the_summed_loss_of_dsm_falls_as_far_as_theirs(study):
    _, losses = trained(study, "dsm_as_run", "checkerboard")
    batch_size = study[0].catalogue.study.models["dsm_as_run"].training.batch_size
    summed = batch_size * last_loss(losses)
    assert ((summed > -1300) & (summed < -700)).all()
    first = batch_size * losses["loss_train"].iloc[0]
    assert first > summed.max() + 300  # it falls all the way
    both = losses.groupby("step")[["loss_train", "loss_holdout"]].mean().iloc[-10:].mean()
    assert both["loss_train"] == pytest.approx(both["loss_holdout"], rel=0.2)  # per point, both


def test_the_loss_of_the_ebm_ends_where_theirs_does(study):
    _, losses = trained(study, "ebm_as_run", "checkerboard")
    last = last_loss(losses)
    assert ((last > -3.2) & (last < -2.4)).all()


def test_the_samples_of_the_ebm_run_off_along_the_diagonal(study):
    plan, results = study
    cell, _ = trained(study, "ebm_as_run", "pinwheel")
    (samples,) = arrays_of(done(plan, results, "sample", **cell), "samples", "samples")
    distance = np.linalg.norm(samples, axis=-1)
    off_diagonal = np.abs(np.abs(samples[..., 0]) - np.abs(samples[..., 1]))
    assert (np.median(distance, axis=1) > 50).all()
    assert (np.median(off_diagonal / distance, axis=1) < 0.1).all()
