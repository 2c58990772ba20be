"""The way of a denoising loss, and where chains go: what the figures show of their tables."""

import numpy as np
import pandas as pd
import pytest

from drawings import texts
from gen2d.figures import chains, learning
from gen2d.geometry import FINE, View
from gen2d.plan.figure_knobs import ChainsFigureKnobs, LearningFigureKnobs
from one_gaussian import TINY, VALUES
from studies import done, job_of, plan_of, table_of

MODELS = {
    "m": {"method": "dsm_single", **TINY},
    "rival": {"method": "sm_single", **TINY},
    "gaussian": {"method": "gaussian"},
}


@pytest.fixture
def shares(tmp_path):
    """The table of the figure, on losses halfway between 2 and the floor."""
    plan = plan_of({**VALUES, "seeds": 2, "models": MODELS})
    exact = job_of(plan, tmp_path, "exact", dataset="here")
    table = {"quantity": ["dsm_loss_floor", "entropy"], "noise_level": [0.1, 0.1]}
    exact.write_table("exact", {**table, "value": [1.5, 9.0], "note": ["", ""]})
    train = job_of(plan, tmp_path, "train", dataset="here", model="m", seeds="seeds0-1")
    losses = {"seed": [0, 1], "step": [1, 1], "loss_train": [2.0, 2.0], "loss_holdout": [1.75, 2.0]}
    train.write_table("losses", losses)
    rows = [
        ("here", model, "score_learned", at, share)
        for model, at, share in (
            ("m", 0.1, 0.5),
            ("rival", 0.1, 0.8),
            ("rival", 0.5, 0.9),
            ("gaussian", 0.1, 0.3),
        )
    ]
    columns = ["dataset", "model", "cause", "at", "mean"]
    job_of(plan, tmp_path, "causes").write_table("table", pd.DataFrame(rows, columns=columns))
    return table_of(done(plan, tmp_path, "figure_learning", model="m"), "table")


def test_the_share_is_the_way_from_nothing_to_the_floor(shares):
    assert shares["share"].tolist() == [50.0, 0.0]
    row = shares.iloc[0]
    assert (row["floor"], row["gaussian"], row["best"], row["best_model"]) == (
        1.5,
        30.0,
        80.0,
        "rival",
    )


def drawn(table):
    titles = [("m", "The m"), ("rival", "The rival")]
    told = LearningFigureKnobs(noise_level=0.1, gaussian="", judged=["m"], titles=titles)
    return learning.draw(table, told)


def test_what_is_known_beside_it_has_its_name(shares):
    said = {*texts(drawn(shares))}
    assert {"nothing learned: 2", "floor: 1.50", "one Gaussian: 30", "The rival: 80"} <= said
    assert "no floor is known" in texts(drawn(shares.assign(floor=np.nan, share=np.nan)))


def test_data_sets_share_the_axes_of_their_losses(shares):
    other = shares.assign(dataset="there", floor=1.2, loss=1.3)
    above = drawn(pd.concat([shares, other])).axes[:2]
    assert above[0].get_ylim() == above[1].get_ylim()
    assert above[0].get_ylim()[0] < 1.2


def chain_table(models=("a", "b"), energies=("a",)):
    grid = View(np.array([-1.0, -1.0]), np.array([1.0, 1.0])).grid(FINE)
    parts = [
        pd.DataFrame({"x1": [0, 9], "value": [0.1, share], "model": model, "quantity": "outside"})
        for model, share in zip(models, (0.9, 0.2), strict=True)
    ]
    for model in energies:
        of_grid = {"x1": grid[:, 0], "x2": grid[:, 1], "value": (grid**2).sum(1)}
        parts.append(pd.DataFrame({**of_grid, "model": model, "quantity": "energy"}))
        parts.append(pd.DataFrame({"x1": [0.1], "x2": [0.2], "model": model, "quantity": "sample"}))
    density = np.exp(-(grid**2).sum(1))
    of_grid = {"x1": grid[:, 0], "x2": grid[:, 1], "value": density, "quantity": "density"}
    parts.append(pd.DataFrame(of_grid))
    return pd.concat(parts).assign(dataset="here").reindex(columns=chains.COLUMNS)


def chains_drawn(table):
    methods = [("a", "ebm"), ("b", "ebm")]
    return chains.draw(
        table, ChainsFigureKnobs(methods=methods, titles=[("a", "The a"), ("b", "The b")])
    )


def test_chains_are_lines_of_the_mean_share_and_named():
    drawing = chains_drawn(chain_table())
    above, below = drawing.axes
    assert [line.get_ydata().tolist() for line in below.lines] == [[10.0, 90.0], [10.0, 20.0]]
    assert len({line.get_linestyle() for line in below.lines}) == 2  # of one colour
    assert {"The a", "The b"} <= {*texts(drawing)}
    assert len(above.images) == 1 and above.collections


def test_without_energies_there_is_the_share_alone():
    assert len(chains_drawn(chain_table(energies=())).axes) == 1


def test_without_chains_the_figure_says_so():
    assert "no model runs chains" in texts(chains_drawn(pd.DataFrame(columns=chains.COLUMNS)))
