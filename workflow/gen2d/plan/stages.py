"""The stage table: every kind of job of a study, in the order that they run.

It determines Snakemake's rules and targets, the specs of jobs, what an edit reruns, the groups and
resources on a cluster, the list of figures, and the rule that makes a file.
"""

from typing import Any

from gen2d.metrics.catalogue import CATALOGUE
from gen2d.plan import knobs
from gen2d.plan.figures import FIGURES
from gen2d.plan.pages import PAGES
from gen2d.plan.stage import Shown, Stage

COMPUTING = ("numpy", "scipy", "torch")
CELL = ("dataset", "model", "seeds")
HIGHER = ", ".join(f"`{metric.name}`" for metric in CATALOGUE if metric.better == "higher")
TRAINED_AND_TRUE = {
    "points": "data.points",
    "weights": "train.weights",
    "reference": "reference.reference",
}
LONG: dict[str, Any] = {"memory": 1000, "minutes": 60, "retried_with_more": True}

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
        "exact_grids",
        rule="compute_exact_grids",
        message="Computing the exact grids of {dataset}",
        per=("dataset",),
        reads={"reference": "reference.reference"},
        writes={"grids": "data/{dataset}/exact_grids.npz"},
        knobs=knobs.ExactGridsKnobs,
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
        of_training=True,
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
        memory=700,  # POT, which optional metrics use, imports torch
        minutes=30,
        group="measuring",
    ),
    Stage(
        "likelihood",
        rule="measure_likelihood",
        message="Taking densities and scores of {model} on {dataset}, {seeds}",
        per=CELL,
        models=lambda catalogue: catalogue.with_likelihood,
        of_sweeps=True,
        reads=TRAINED_AND_TRUE,
        writes={"likelihood": "metrics/{dataset}/{model}/{seeds}.likelihood.csv"},
        log="likelihoods/{dataset}/{model}/{seeds}",
        knobs=knobs.LikelihoodKnobs,
        libraries=COMPUTING,
        **LONG,
    ),
    Stage(
        "error_sources",
        rule="measure_error_sources",
        message="Measuring the error sources of {model} on {dataset}, {seeds}",
        per=CELL,
        models=lambda catalogue: catalogue.score_models,
        reads=TRAINED_AND_TRUE,
        writes={"errors": "error_sources/{dataset}/{model}/{seeds}.csv"},
        knobs=knobs.ErrorSourcesKnobs,
        libraries=COMPUTING,
        **{**LONG, "memory": 1500},
    ),
    Stage(
        "trace",
        rule="trace_chains",
        message="Following the chains of {model} on {dataset}, {seeds}",
        per=CELL,
        models=lambda catalogue: catalogue.with_chains,
        reads=TRAINED_AND_TRUE,
        writes={"trace": "traces/{dataset}/{model}/{seeds}.csv"},
        knobs=knobs.SamplerKnobs,
        libraries=COMPUTING,
        **LONG,
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
        caption=f"""Metrics of every data set, model and seed; lower is better, but for
        {HIGHER}, and for acceptances, which are no measure
        of quality. `error` is that of a value which is a mean over points or integrated
        numerically, in its unit.""",
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
        models on a data set, adjusted by Holm's method over the data sets of a pair of models and
        a metric; the intervals are of the mean difference, and above 0 the first model's metric is
        higher.""",
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
            {"table": {"table": "verdicts"}, "overall": {"table": "one number per model"}},
        ),
        caption="""The verdicts: every model on every data set, with means over seeds and their
        t-intervals, what the paired tests decide against one fitted Gaussian and a kernel density
        estimate, and seconds of training and sampling per seed. One number per model: the geometric
        mean over data sets of MMD² at the smallest bandwidth in units of the kernel density
        estimate's.""",
    ),
    Stage(
        "causes",
        rule="causes",
        message="Measuring why models fail",
        reads={"metrics": "collect.table", "exact": "exact.exact", "traces": "trace.trace"},
        writes={"table": "causes.csv"},
        knobs=knobs.SummaryKnobs,
        libraries=("numpy", "pandas", "scipy"),
        minutes=5,
        local=True,
        target="metrics",
        shown=Shown("Metrics", {"table": {"table": "causes"}}),
        caption="""Why models fail: the share of the exact score that each learned, by noise level,
        and the share of the points of Langevin chains that lie far from the data, by step; means
        over seeds with t-intervals, and the standard error of the points that all seeds share.""",
    ),
    Stage(
        "record_history",
        rule="record_history",
        message="Recording the history of {model}",
        per=("model",),
        models=lambda catalogue: catalogue.with_history,
        first_block=True,
        reads={
            "points": "data.points",
            "grids": "exact_grids.grids",
            "snapshots": "train.snapshots",
        },
        writes={"arrays": "histories/{model}.npz"},
        knobs=knobs.RecordHistoryKnobs,
        libraries=COMPUTING,
        **{**LONG, "minutes": 30},
    ),
]
TABLE = [*OF_CELLS, *FIGURES, *PAGES]
STAGES = {stage.name: stage for stage in TABLE}
"""The table, by the stages' names."""
