"""The whole smoke study, from data to report."""

import csv
import hashlib
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pypdf
import pytest

from conftest import (
    DATASETS,
    LADDERS,
    LEARNING,
    METRICS,
    MODELS,
    ORIGINALS,
    SINGLE,
    SWEEPS,
    TRAINED,
    without_network,
)
from gen2d import runner
from gen2d.metrics.catalogue import TAKEN
from gen2d.report.words import thousandths

STAGES = ("models", "samples", "metrics")


def digests(folder, *patterns):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in patterns
        for path in sorted(folder.glob(pattern))
    }


def test_the_closing_line_names_the_report(finished):
    said = (finished.path / "first_run.log").read_text()
    pages = [f"results/smoke/{name}" for name in ("report.html", "report.pdf", "explorer.html")]
    assert f"gen2d: done; to look at: {', '.join(pages)}" in said


def test_the_study_needs_no_network(finished):
    """The fixture cut it off."""
    if not (command := without_network()):
        pytest.skip("cutting off the network is not allowed here")
    code = "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)"
    cut = subprocess.run([*command, sys.executable, "-c", code], capture_output=True, text=True)
    assert "Network is unreachable" in cut.stderr
    assert "steps (100%) done" in (finished.path / "first_run.log").read_text()


def test_every_cell_is_in_the_table(results):
    with open(results / "metrics.csv") as stream:
        rows = list(csv.DictReader(stream))
    cells = {(row["dataset"], row["model"], row["seed"], row["metric"]) for row in rows}
    everywhere = len(TAKEN) - 3
    assert everywhere >= 11  # off_support is on one data set, two metrics of modes on the other
    of_samples = 7 * 2 * (2 * everywhere + 1 + 2)
    of_densities, of_scores = 2 * 3, 3 * 6  # models and metrics, models and noise levels
    assert len(cells) == len(rows) == of_samples + 2 * 2 * (of_densities + of_scores)
    assert {row["dataset"] for row in rows} == set(DATASETS)
    assert {row["model"] for row in rows} == set(MODELS)
    assert all(row["note"] or np.isfinite(float(row["value"])) for row in rows)


PATTERNS = ("data/*/*.*", *(f"{stage}/checkerboard/*/*" for stage in STAGES))


def test_one_process_and_four_cores_give_the_same_bytes(results, tmp_path, finished):
    """All models on one data set, and the points of all: no job knows what else runs."""
    plan = finished.plan()
    for name in ("data", "reference", "exact", "train", "sample", "evaluate", "likelihood"):
        stage = plan.stages[name]
        for cell in stage.cells(plan.catalogue):
            if "model" not in cell or cell["dataset"] == "checkerboard":
                runner.run_job(plan, stage, cell, tmp_path)
    first, second = (digests(folder, *PATTERNS) for folder in (results, tmp_path))
    assert second == {path: first[path] for path in second}
    n_tables = len(DATASETS) + len(TRAINED) + len(MODELS) + len(plan.catalogue.with_likelihood)
    n_others = len(DATASETS) * 2 + len(TRAINED) * 2 + len(MODELS)
    assert len(second) == n_others + 2 * n_tables  # each with its checksum


def test_one_core_and_four_cores_give_the_same_bytes(root, results, tmp_path, finished):
    """Nor how many cores there are."""
    again = type(finished).copy(root, tmp_path)
    cell = "metrics/checkerboard/cnf/seeds0-1"
    targets = [f"results/smoke/{cell}{end}" for end in (".csv", ".likelihood.csv")]
    done = again.snakemake("--cores", "1", *targets)
    assert done.returncode == 0, done.stdout
    first, second = (digests(folder, *PATTERNS) for folder in (results, tmp_path / "results/smoke"))
    assert second == {path: first[path] for path in second}
    assert len(second) == 2 + 4 + 1 + 2 + 2


class Page(HTMLParser):
    """What a page shows, and what it would load."""

    def __init__(self, text):
        super().__init__()
        self.images, self.links, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "img":
            self.images.append(attributes["src"])
        self.links += [attributes[key] for key in ("src", "href") if key in attributes]

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_is_one_file_with_every_figure_and_number(results):
    page = Page((results / "report.html").read_text())
    figures = (TRAINED, TRAINED, METRICS, LADDERS, SWEEPS, ORIGINALS, LEARNING)
    figures += (SINGLE,)
    without_kde = 1  # there are no errors in its units
    assert len(page.images) == sum(map(len, figures)) - without_kde
    assert all(image.startswith("data:image/webp;base64,") for image in page.images)
    assert all(link.startswith(("data:", "#", "explorer.html#")) for link in page.links)
    text = " ".join(page.words)
    for name in (*DATASETS, *MODELS):  # of titles that differ from names by capitals alone
        assert name.replace("_", " ") in text.lower()
    with open(results / "verdicts.csv") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(DATASETS) * len(MODELS)
    for row in rows:
        assert row["verdict"] in text
        for metric in ("energy_distance", "mmd2_small"):
            assert thousandths(float(row[metric])) in text


def test_the_pdf_holds_figures_and_table(results):
    reader = pypdf.PdfReader(results / "report.pdf")
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for caption in ("Figure 1", "Figure 2", "Figure 3", "Figure 7", "Table 1", "Table 5"):
        assert caption in text
    for title in ("Which methods work", "How it is measured", "Verdicts", "Times, versions"):
        assert title in text


def test_every_figure_has_its_files(results):
    names = {path.name.partition(".")[0] for path in (results / "figures").iterdir()}
    assert names == {
        *(f"losses-{model}" for model in TRAINED),
        *(f"fields-{model}" for model in TRAINED),
        *(f"metrics-{metric}" for metric in METRICS),
        *(f"sweep-{sweep}" for sweep in SWEEPS),
        *(f"ladder-{ladder}" for ladder in LADDERS),
        *(f"originals-{model}" for model in ORIGINALS),
        *(f"learning-{model}" for model in LEARNING),
        *SINGLE,
    }
    assert (results / "figures/errors.csv").stat().st_size < 100  # without a kde to measure by
    for name in names - {"errors"}:
        for suffix, size in ((".svg", 1000), (".png", 1000), (".csv.sha256", 64)):
            assert (results / "figures" / f"{name}{suffix}").stat().st_size > size
        assert len((results / "figures" / f"{name}.csv").read_text().splitlines()) > 1


def test_snakemake_report_is_complete(finished, results, tmp_path):
    done = finished.snakemake("--report", str(tmp_path / "out.html"))
    assert done.returncode == 0, done.stdout
    page = (tmp_path / "out.html").read_text()
    for words in (
        "Training",
        "Samples",
        "Densities and scores",
        "Metrics",
        "Explorer",
        "ebm_as_described",
        "outside",
        "every seed",
    ):
        assert words in page
    shown = [*(results / "figures").glob("*.svg"), *results.glob("*.csv")]
    assert len(shown) > 20
    for path in shown:
        assert path.name in page


def test_named_targets_exist(finished):
    targets = ("data", "train", "samples", "metrics", "figures", "report", "explorer", "all")
    done = finished.snakemake("--dry-run", *targets)  # which stops at one that there is not
    assert done.returncode == 0, done.stdout
    assert "Nothing to be done" in done.stdout


@pytest.mark.parametrize("model", TRAINED)
def test_the_last_snapshot_is_what_the_study_samples(results, model):
    with np.load(results / f"histories/{model}.npz") as explored:
        for dataset in DATASETS:
            last = explored[f"{dataset}.samples"][-1]
            with np.load(results / f"samples/{dataset}/{model}/seeds0-1.npz") as samples:
                assert np.allclose(samples["samples"][0], last, atol=1e-3)
            assert np.abs(explored[f"{dataset}.samples"][0] - last).max() > 0.01
