"""The figures of the report's page: their images, and which states of the explorer they name."""

import io
from urllib.parse import parse_qs

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from gen2d.report.explored import state
from gen2d.report.pictures import WIDTH, image, webp
from studies import job_of, plan_of, values_of


def test_a_vector_becomes_an_image(tmp_path):
    plt.figure(figsize=(4, 2)).savefig(tmp_path / "a.svg")
    encoded, *size = image(tmp_path, "a.svg")
    assert tuple(size) == Image.open(io.BytesIO(encoded)).size == (WIDTH, WIDTH // 2)


def test_lines_are_kept_and_points_take_less_room():
    lines = np.zeros((90, 120, 3), np.uint8)
    lines[::7, ::2] = 255
    decoded = np.asarray(Image.open(io.BytesIO(webp(Image.fromarray(lines)))))
    assert (decoded == lines).all()
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 90 * 120 * 3).reshape(lines.shape)
    clouds = np.clip(ramp + rng.normal(size=ramp.shape), 0, 255).astype(np.uint8)
    coded, whole = webp(Image.fromarray(clouds)), io.BytesIO()
    Image.fromarray(clouds).save(whole, "webp", lossless=True)
    assert len(coded) < len(whole.getvalue()) / 3
    decoded = np.asarray(Image.open(io.BytesIO(coded)), dtype=int)
    assert np.abs(decoded - clouds).mean() < 5


@pytest.fixture
def report(tmp_path):
    """The job of a report on three models, and what its figures show of them."""
    methods = {"cnf": "cnf", "dsm": "dsm_single", "ebm": "ebm_single"}
    models = {name: {"method": m, "title": name.upper()} for name, m in methods.items()}
    datasets = {"a": {"kind": "moons"}, "b": {"kind": "moons"}}
    plan = plan_of(values_of(models | {"true": {"method": "truth"}}, datasets=datasets))

    def shows(figure, columns, **cell):
        job_of(plan, tmp_path, f"figure_{figure}", **cell).write_table("table", columns)

    hero = {"dataset": [*"aaabbb"], "model": ["", "ebm", "dsm", "", "ebm", "cnf"]}
    shows("hero", {**hero, "place": [0, 1, 2] * 2})
    chains = {"dataset": [*"aab"], "model": ["dsm", "ebm", "ebm"]}
    shows("chains", {**chains, "quantity": ["sample", "energy", "energy"]})
    shows("densities", {"dataset": ["a", "a"], "model": ["exact", "cnf"]})
    shows("samples", {"dataset": ["a"], "model": [""]})
    for name, quantities in {
        "cnf": ["scores_1", "learned"],
        "dsm": ["scores_1"],
        "ebm": ["scores_1", "energy"],
    }.items():
        shows("fields", {"quantity": quantities}, model=name)
    return job_of(plan, tmp_path, "report")


@pytest.mark.parametrize(
    ("figure", "model", "expected", "words"),
    [
        ("hero", "", {"left": "ebm", "right": "dsm", "moving": "sampling"}, "EBM beside DSM"),
        ("chains", "", {"left": "ebm", "field": "energy"}, "EBM beside the truth"),
        ("densities", "", {"left": "cnf", "field": "density"}, "CNF beside the truth"),
        ("fields", "cnf", {"left": "cnf", "field": "density"}, "CNF beside the truth"),
        ("fields", "dsm", {"left": "dsm", "field": "score_error"}, "DSM beside the truth"),
        ("losses", "dsm", {"left": "dsm", "moving": "training"}, "DSM beside the truth"),
        ("error_sources", "dsm", {"field": "score_error", "right": "true"}, "DSM beside the truth"),
    ],
)
def test_a_figure_names_its_state_of_the_explorer(report, figure, model, expected, words):
    named = state(report, figure, {"model": model} if model else {})
    page, _, keys = named["address"].partition("#")
    shown = {key: value for key, (value,) in parse_qs(keys).items()}
    assert page == "explorer.html"
    assert shown.items() >= {"data": "a", "at": "end", **expected}.items()
    assert named["words"] == f"Explore {words}"


@pytest.mark.parametrize("figure", ["cost", "metrics", "samples"])
def test_a_figure_of_no_model_names_none(report, figure):
    assert state(report, figure, {}) is None
