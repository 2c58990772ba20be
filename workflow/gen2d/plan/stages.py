"""The stage table: every kind of job of a study, in the order of their work.

From it follow Snakemake's rules and targets, the specs of the jobs, what an edit touches, the
groups and resources on a cluster, the list of figures, and who makes a file.
"""

from collections.abc import Mapping
from typing import Any

from gen2d.plan import knobs
from gen2d.plan.stage import Cell, Shown, Stage

COMPUTING = ("numpy", "scipy", "torch")
CELL = ("dataset", "model", "seeds")
LONG: dict[str, Any] = {"memory": 1000, "minutes": 60, "retried_with_more": True}


def figure(
    name: str,
    message: str,
    category: str,
    *,
    libraries: tuple[str, ...],
    labels: Mapping[str, str],
    per: tuple[str, ...] = (),
    **declared: Any,
) -> Stage:
    """The stage figure_<name>: a drawing as vector and raster, with the table it is drawn from."""
    path = "-".join([f"figures/{name}", *(f"{{{wildcard}}}" for wildcard in per)])
    return Stage(
        f"figure_{name}",
        rule=f"figure_{name}",
        message=message,
        per=per,
        writes={"svg": f"{path}.svg", "png": f"{path}.png", "table": f"{path}.csv"},
        libraries=("matplotlib", "numpy", *libraries),
        group="figures",
        target="figures",
        shown=Shown(category, {"svg": labels}),
        **declared,
    )


def swept_cells(catalogue: Any, cell: Cell) -> list[Cell]:
    """The cells that a sweep shows."""
    shown = catalogue.sweeps[cell["sweep"]].cells
    return [{"dataset": each.cell_dataset, "model": each.cell_model} for each in shown]


OF_CELLS = [
    Stage(
        "config",
        rule="write_config",
        message="Writing the configuration",
        writes={"config": "config.yaml"},
        knobs=knobs.ConfigKnobs,
        minutes=5,
        local=True,
    ),
    Stage(
        "data",
        rule="draw_points",
        message="Drawing the points of {dataset}, {seeds}",
        per=("dataset", "seeds"),
        of_sweeps=True,
        writes={"points": "data/{dataset}/{seeds}.npz"},
        knobs=knobs.DataKnobs,
        libraries=("numpy",),
        group="data",
        target="data",
    ),
    Stage(
        "reference",
        rule="draw_reference",
        message="Drawing the reference of {dataset}",
        per=("dataset",),
        writes={"reference": "data/{dataset}/reference.npz"},
        knobs=knobs.ReferenceKnobs,
        libraries=("numpy", "scipy"),
        group="data",
        target="data",
    ),
    Stage(
        "exact",
        rule="compute_exact",
        message="Computing the exact quantities of {dataset}",
        per=("dataset",),
        writes={"exact": "data/{dataset}/exact.csv"},
        knobs=knobs.ExactKnobs,
        libraries=("numpy", "scipy"),
        memory=1000,
        group="data",
        target="data",
    ),
    Stage(
        "fields",
        rule="compute_fields",
        message="Computing the exact fields of {dataset}",
        per=("dataset",),
        reads={"reference": "reference.reference"},
        writes={"fields": "data/{dataset}/fields.npz"},
        knobs=knobs.DatasetKnobs,
        libraries=("numpy", "scipy"),
        group="data",
    ),
    Stage(
        "train",
        rule="train_model",
        message="Training {model} on {dataset}, {seeds}",
        per=CELL,
        models=lambda catalogue: catalogue.trained,
        of_sweeps=True,
        reads={"points": "data.points"},
        writes={
            "weights": "models/{dataset}/{model}/{seeds}.safetensors",
            "snapshots": "models/{dataset}/{model}/{seeds}.snapshots.safetensors",
            "losses": "models/{dataset}/{model}/{seeds}.losses.csv",
        },
        knobs=knobs.TrainKnobs,
        libraries=COMPUTING,
        priority=2,  # the longest jobs first, so that no core is idle at the end
        target="train",
        **LONG,
    ),
    Stage(
        "sample",
        rule="sample_model",
        message="Sampling {model} on {dataset}, {seeds}",
        per=CELL,
        of_sweeps=True,
        reads={"points": "data.points", "weights": "train.weights"},
        writes={"samples": "samples/{dataset}/{model}/{seeds}.npz"},
        knobs=knobs.SampleKnobs,
        libraries=COMPUTING,
        priority=1,
        target="samples",
        **LONG,
    ),
    Stage(
        "evaluate",
        rule="evaluate_samples",
        message="Measuring {model} on {dataset}, {seeds}",
        per=CELL,
        of_sweeps=True,
        reads={"samples": "sample.samples", "reference": "reference.reference"},
        writes={"metrics": "metrics/{dataset}/{model}/{seeds}.csv"},
        knobs=knobs.EvaluateKnobs,
        libraries=("numpy", "scipy"),
        minutes=30,
        group="measuring",
    ),
    Stage(
        "likelihood",
        rule="measure_likelihood",
        message="Taking densities and scores of {model} on {dataset}, {seeds}",
        per=CELL,
        models=lambda catalogue: catalogue.with_likelihood,
        reads={
            "points": "data.points",
            "weights": "train.weights",
            "reference": "reference.reference",
        },
        writes={"likelihood": "metrics/{dataset}/{model}/{seeds}.likelihood.csv"},
        log="likelihoods/{dataset}/{model}/{seeds}",
        knobs=knobs.LikelihoodKnobs,
        libraries=COMPUTING,
        **LONG,
    ),
    Stage(
        "split",
        rule="split_error",
        message="Splitting the error of {model} on {dataset}, {seeds}",
        per=CELL,
        models=lambda catalogue: catalogue.score_models,
        reads={
            "points": "data.points",
            "weights": "train.weights",
            "reference": "reference.reference",
        },
        writes={"split": "splits/{dataset}/{model}/{seeds}.csv"},
        knobs=knobs.SplitKnobs,
        libraries=COMPUTING,
        **{**LONG, "memory": 1500},
    ),
    Stage(
        "collect",
        rule="collect",
        message="Collecting the metrics",
        reads={"metrics": "evaluate.metrics", "likelihoods": "likelihood.likelihood"},
        writes={"table": "metrics.csv"},
        log="collect",
        knobs=knobs.JobKnobs,
        libraries=("pandas",),
        minutes=5,
        local=True,
        target="metrics",
        shown=Shown("Metrics", {"table": {"table": "every seed"}}),
        caption="""Metrics of every data set, model and seed; lower is better, but for `precision`,
        `recall`, `coverage` and `kde_log_likelihood`, and for acceptances, which are no measure of
        quality. `error` is that of a value which is a mean over points or integrated numerically,
        in its unit.""",
    ),
    Stage(
        "summary",
        rule="summary",
        message="Summarising the metrics over seeds",
        reads={"table": "collect.table"},
        writes={"summary": "summary.csv", "comparisons": "comparisons.csv"},
        knobs=knobs.SummaryKnobs,
        libraries=("numpy", "pandas", "scipy"),
        minutes=5,
        local=True,
        target="metrics",
        shown=Shown(
            "Metrics",
            {
                "summary": {"table": "mean over seeds"},
                "comparisons": {"table": "paired comparisons"},
            },
        ),
        caption="""The summary has the mean over seeds with its t-interval, and the median, of every
        data set, model and metric. The comparisons are paired t-tests over seeds of every two
        models on a data set, adjusted by Holm's method over all cells that are compared with the
        same model; the intervals are of the mean difference, and above 0 the first model's metric
        is higher.""",
    ),
    Stage(
        "verdicts",
        rule="verdicts",
        message="Judging every model on every data set",
        reads={
            "metrics": "collect.table",
            "summary": "summary.summary",
            "comparisons": "summary.comparisons",
        },
        times=("train", "sample"),
        writes={"table": "verdicts.csv", "overall": "overall.csv"},
        knobs=knobs.VerdictsKnobs,
        libraries=("numpy", "pandas", "scipy"),
        minutes=5,
        local=True,
        target="metrics",
        shown=Shown(
            "Metrics",
            {"table": {"table": "verdicts"}, "overall": {"table": "one number a model"}},
        ),
        caption="""The verdicts: every model on every data set, with means over seeds and their
        t-intervals, what the paired tests decide against its training points and against a kernel
        density estimate, and seconds of training and sampling per seed. One number a model: the
        interquartile mean over all runs of MMD² at the smallest bandwidth, in units of the training
        points' own on the same data set, with the interval of a stratified bootstrap.""",
    ),
    Stage(
        "explore",
        rule="explore_model",
        message="Exploring {model}",
        per=("model",),
        models=lambda catalogue: catalogue.explored,
        first_block=True,
        reads={"points": "data.points", "fields": "fields.fields", "snapshots": "train.snapshots"},
        writes={"arrays": "explored/{model}.npz"},
        knobs=knobs.ExploreKnobs,
        libraries=COMPUTING,
        **{**LONG, "minutes": 30},
    ),
]

FIGURES = [
    figure(
        "losses",
        "Drawing the losses of {model}",
        "Training",
        labels={"model": "{model}"},
        per=("model",),
        models=lambda catalogue: catalogue.trained,
        reads={"losses": "train.losses", "exact": "exact.exact"},
        knobs=knobs.LossesFigureKnobs,
        libraries=("pandas",),
        caption="""Losses of {model} on training points (blue) and hold-out points (orange): every
        seed faint, the median strong, and the exact floor dashed where it is known.""",
    ),
    figure(
        "samples",
        "Drawing the samples of {model}",
        "Samples",
        labels={"model": "{model}"},
        per=("model",),
        first_block=True,
        reads={"samples": "sample.samples", "reference": "reference.reference"},
        knobs=knobs.SamplesFigureKnobs,
        libraries=(),
        memory=1000,
        caption="""Samples of {model} (blue) over true points (grey), first seed; the share of
        samples beyond the limits is written in the corner.""",
    ),
    figure(
        "fields",
        "Drawing what {model} learned",
        "Densities and scores",
        labels={"model": "{model}"},
        per=("model",),
        models=lambda catalogue: catalogue.explored,
        reads={"explored": "explore.arrays", "fields": "fields.fields"},
        knobs=knobs.FieldsFigureKnobs,
        libraries=("pandas",),
        memory=1000,
        caption="""What {model} learned beside what is true, first seed: densities (dark is high)
        and their difference (orange is too much mass, purple too little), or the energy (dark is
        low); scores (learned blue, exact grey) and the length of their difference where data lies.
        Below a panel is its scale.""",
    ),
    figure(
        "metrics",
        "Drawing the metric {metric}",
        "Metrics",
        labels={"figure": "{metric}"},
        per=("metric",),
        reads={"metrics": "collect.table", "summary": "summary.summary"},
        knobs=knobs.MetricsFigureKnobs,
        libraries=("pandas",),
        caption="""The metric {metric} of every data set and model; lower is better. The grey band
        is the range of fresh true samples, ticks are seeds, and the marker and line are the mean
        with its t-interval.""",
    ),
    figure(
        "cost",
        "Drawing quality against cost",
        "Metrics",
        labels={"figure": "cost"},
        reads={"verdicts": "verdicts.table"},
        knobs=knobs.CostFigureKnobs,
        libraries=("pandas",),
        caption="""The MMD at the smallest bandwidth of every model against the seconds that a seed
        takes to train and sample, and against the network evaluations of a sample; lower and
        further left is better. The grey band, where there is one, is the interval of fresh true
        samples.""",
    ),
    figure(
        "scores",
        "Drawing learned scores against exact ones",
        "Metrics",
        labels={"figure": "scores"},
        reads={"metrics": "collect.table", "exact": "exact.exact"},
        knobs=knobs.ScoresFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""Above, the least loss that any function attains, by noise level: of denoising
        score matching, which is that of the noise-predicting diffusion loss, of the
        velocity-predicting one and of flow matching. Below, by how much the denoising loss of what
        each model learned exceeds it: the Fisher divergence of its score times the squared noise
        level; lower is better.""",
    ),
    figure(
        "sweep",
        "Drawing the sweep {sweep}",
        "Sweeps",
        labels={"sweep": "{sweep}"},
        per=("sweep",),
        reads={"metrics": "evaluate.metrics"},
        reads_cells=swept_cells,
        knobs=knobs.SweepFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""The sweep {sweep}: metrics of one model over values of one of its keys; lower is
        better. Ticks are seeds, markers and bars are means with t-intervals, and the grey band,
        where there is one, is the range of fresh true samples.""",
    ),
    figure(
        "split",
        "Drawing the errors of {model}",
        "Errors",
        labels={"model": "{model}"},
        per=("model",),
        models=lambda catalogue: catalogue.score_models,
        reads={"splits": "split.split"},
        knobs=knobs.SplitFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""Where the error of {model} comes from: noise that is not undone, steps that are
        not small, chains that have not mixed, a network that has not learned. Ticks are seeds,
        markers and bars are means with t-intervals; lower is better.""",
    ),
]

PAGES = [
    Stage(
        "report",
        rule="typeset",
        message="Typesetting the report",
        reads={
            "config": "config.config",
            "metrics": "collect.table",
            "summary": "summary.summary",
            "comparisons": "summary.comparisons",
            "verdicts": "verdicts.table",
            "overall": "verdicts.overall",
            "exact": "exact.exact",
            "reference": "reference.reference",
            **{stage.name: stage.name for stage in FIGURES},
        },
        times=("train", "sample", "evaluate"),
        writes={"pdf": "report.pdf", "html": "report.html"},
        knobs=knobs.ReportKnobs,
        libraries=("matplotlib", "numpy", "pandas", "scipy", "snakemake", "torch", "typst"),
        assets=("report/study.typ", "report/methods.typ", "report/references.bib"),
        memory=1000,
        target="report",
    ),
    Stage(
        "explorer",
        rule="explorer",
        message="Building the explorer",
        first_block=True,
        reads={
            "explored": "explore.arrays",
            "fields": "fields.fields",
            "reference": "reference.reference",
            "samples": "sample.samples",
            "losses": "train.losses",
            "metrics": "collect.table",
            "summary": "summary.summary",
            "verdicts": "verdicts.table",
        },
        writes={"page": "explorer.html"},
        knobs=knobs.ExplorerKnobs,
        libraries=("bokeh", "numpy", "pandas"),
        assets=("explorer/page.html", "explorer/page.css", "explorer/page.js"),
        memory=1000,
        shown=Shown("Explorer", {"page": {"page": "explorer"}}),
        caption="""A page to play with: every model on every data set, how it learned and how it
        samples, beside the truth or another model.""",
    ),
]
TABLE = [*OF_CELLS, *FIGURES, *PAGES]
STAGES = {stage.name: stage for stage in TABLE}
"""The table, by the stages' names."""
