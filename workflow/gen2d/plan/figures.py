"""The figures: rows of the stage table, in the order of the report."""

from collections.abc import Mapping
from typing import Any

from gen2d.plan import figure_knobs as knobs
from gen2d.plan.figure_cells import (
    cells_of_rungs,
    chain_cells,
    density_cells,
    gap_cells,
    swept_cells,
)
from gen2d.plan.knobs import JobKnobs
from gen2d.plan.stage import Shown, Stage


def figure(
    name: str,
    message: str,
    category: str,
    *,
    libraries: tuple[str, ...],
    labels: Mapping[str, str],
    per: tuple[str, ...] = (),
    knobs: type[JobKnobs] = JobKnobs,
    **declared: Any,
) -> Stage:
    """The stage figure_<name>: a drawing as vector and raster, with the table it is drawn from.

    `gen2d.figures.<name>` has `table(job)` and `draw(table, knobs)`, of a class of `figure_knobs`
    where the configuration says something of the figure.
    """
    path = "-".join([f"figures/{name}", *(f"{{{wildcard}}}" for wildcard in per)])
    return Stage(
        f"figure_{name}",
        rule=f"figure_{name}",
        message=message,
        figure=name,
        per=per,
        knobs=knobs,
        writes={"svg": f"{path}.svg", "png": f"{path}.png", "table": f"{path}.csv"},
        libraries=("matplotlib", "numpy", *libraries),
        group="figures",
        target="figures",
        shown=Shown(category, {"svg": labels}),
        **declared,
    )


FIGURES = [
    figure(
        "hero",
        "Drawing the models that fail most and the best",
        "Samples",
        labels={"figure": "hero"},
        first_block=True,
        reads={
            "samples": "sample.samples",
            "reference": "reference.reference",
            "verdicts": "verdicts.table",
        },
        knobs=knobs.HeroFigureKnobs,
        libraries=("pandas", "scipy"),
        memory=1000,
        caption="""Samples of the truth, of the models that fail most and of the best on each data
        set, first seed, with the percentage that each closes of the squared distance from one
        fitted Gaussian to the truth. Orange is shown worse than that Gaussian, yellow worse than a
        kernel density estimate, blue neither.""",
    ),
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
        "originals",
        "Drawing the loss of {model} as an original shows it",
        "Training",
        labels={"original": "{model}"},
        per=("model",),
        models=lambda catalogue: list(catalogue.original_losses),
        reads={"losses": "train.losses"},
        knobs=knobs.OriginalsFigureKnobs,
        libraries=("pandas",),
        caption="""The training loss of {model} as the figures of an original show it, every seed
        faint and the first strong; the orange bar is where the original's curve ends.""",
    ),
    figure(
        "samples",
        "Drawing the samples of every model",
        "Samples",
        labels={"figure": "samples"},
        first_block=True,
        reads={
            "samples": "sample.samples",
            "reference": "reference.reference",
            "overall": "verdicts.overall",
        },
        knobs=knobs.SamplesFigureKnobs,
        libraries=("pandas", "scipy"),
        memory=1000,
        caption="""Samples of every model (blue) over true points (grey), first seed; the share of
        samples far from the data is written in the corner where it is above 1 %.""",
    ),
    figure(
        "learning",
        "Drawing how far the loss of {model} comes",
        "Training",
        labels={"learning": "{model}"},
        per=("model",),
        models=lambda catalogue: list(catalogue.single_levels),
        reads={"losses": "train.losses", "exact": "exact.exact", "causes": "causes.table"},
        knobs=knobs.LearningFigureKnobs,
        libraries=("pandas",),
        caption="""The hold-out loss of {model} between 2, the loss of a score of 0, and the exact
        floor; below, the share of the score learned, in percent of the way from 2 to the floor,
        beside the shares of one Gaussian and of the model that learns most.""",
    ),
    figure(
        "chains",
        "Drawing where chains go",
        "Sampling",
        labels={"figure": "chains"},
        reads={
            "traces": "trace.trace",
            "grids": "exact_grids.grids",
            "histories": "record_history.arrays",
        },
        reads_cells=chain_cells,
        knobs=knobs.ChainsFigureKnobs,
        libraries=("pandas",),
        memory=1000,
        caption="""Energies that chains follow (dark is low) with the contour of the data, where
        chains of training start (orange) and samples; below, the share of points far from the data
        along sampling, mean over seeds.""",
    ),
    figure(
        "gaps",
        "Drawing scores across gaps",
        "Densities and scores",
        labels={"figure": "gaps"},
        reads={
            "grids": "exact_grids.grids",
            "histories": "record_history.arrays",
            "samples": "sample.samples",
            "causes": "causes.table",
        },
        reads_cells=gap_cells,
        knobs=knobs.GapsFigureKnobs,
        libraries=("pandas", "scipy"),
        memory=1000,
        caption="""Scores at one noise level between separate modes, exact and learned, first seed:
        arrows, and in orange the length of their error. Below, the share of samples nearest to each
        mode over its weight, 1 where it gets its due; bars are the first seed, ticks all.""",
    ),
    figure(
        "errors",
        "Drawing the errors in units of a kernel density estimate's",
        "Metrics",
        labels={"figure": "errors"},
        reads={
            "metrics": "collect.table",
            "verdicts": "verdicts.table",
            "overall": "verdicts.overall",
        },
        knobs=knobs.ErrorsFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""MMD² at the smallest bandwidth of every model in units of a kernel density
        estimate's, by data set. Ticks are seeds, markers and bars are ratios of means with
        t-intervals; blue is shown better than that estimate, orange worse, grey undecided.""",
    ),
    figure(
        "fields",
        "Drawing what {model} learned",
        "Densities and scores",
        labels={"model": "{model}"},
        per=("model",),
        models=lambda catalogue: catalogue.with_history,
        reads={"histories": "record_history.arrays", "grids": "exact_grids.grids"},
        knobs=knobs.FieldsFigureKnobs,
        libraries=("pandas",),
        memory=1000,
        caption="""What {model} learned beside what is true, first seed: densities (dark is high)
        and their difference (orange is too much mass, purple too little), or the energy (dark is
        low); scores (learned blue, exact grey) and the length of their difference where data lies.
        Below a panel is its scale.""",
    ),
    figure(
        "densities",
        "Drawing the densities of every model",
        "Densities and scores",
        labels={"figure": "densities"},
        reads={
            "histories": "record_history.arrays",
            "grids": "exact_grids.grids",
            "summary": "summary.summary",
        },
        reads_cells=density_cells,
        knobs=knobs.DensitiesFigureKnobs,
        libraries=("pandas",),
        memory=1000,
        caption="""Densities that models learned beside the exact one, first seed, dark is high, by
        their KL divergence or negative log-likelihood, which stands in the corner, in nats.""",
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
        reads={"verdicts": "verdicts.table", "overall": "verdicts.overall"},
        knobs=knobs.CostFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""The error of every model, MMD² at the smallest bandwidth over all data sets,
        against the seconds that a seed takes to train and sample, and against the network
        evaluations of a sample; lower and further left is better. Lines are baselines.""",
    ),
    figure(
        "scores",
        "Drawing how much of the score each model learned",
        "Densities and scores",
        labels={"figure": "scores"},
        reads={"causes": "causes.table"},
        knobs=knobs.ScoresFigureKnobs,
        libraries=("pandas",),
        caption="""The share of the exact score that each model learned, by noise level, on an axis
        that is logarithmic in the share not learned; means with t-intervals. Models of one noise
        level are marks, baselines thin lines.""",
    ),
    figure(
        "floors",
        "Drawing the least losses",
        "Densities and scores",
        labels={"figure": "floors"},
        reads={"exact": "exact.exact"},
        knobs=knobs.FloorsFigureKnobs,
        libraries=("pandas",),
        caption="""The least loss that any function attains, by noise level: of denoising score
        matching, equal to that of noise-predicting diffusion; of velocity-predicting diffusion;
        and of flow matching.""",
    ),
    figure(
        "sweep",
        "Drawing the sweep {sweep}",
        "Sweeps",
        labels={"sweep": "{sweep}"},
        per=("sweep",),
        reads={"metrics": "evaluate.metrics", "likelihood": "likelihood.likelihood"},
        reads_cells=swept_cells,
        knobs=knobs.SweepFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""The sweep {sweep}: the quality of models over values of one key. Left, the share
        closed of the squared distance from one Gaussian to the truth, higher is better; right, the
        KL divergence or negative log-likelihood of a learned density, or the energy distance, lower
        is better. Markers and bars are means with t-intervals, and the grey band, where there is
        one, is the range of fresh true samples.""",
    ),
    figure(
        "ladder",
        "Drawing the ladder {ladder}",
        "Ladders",
        labels={"ladder": "{ladder}"},
        per=("ladder",),
        reads={"metrics": "evaluate.metrics"},
        reads_cells=cells_of_rungs,
        knobs=knobs.LadderFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""The ladder {ladder}, one change per rung, top to bottom: MMD² at the smallest
        bandwidth as skill, the percentage closed of the way from one Gaussian to the truth. Ticks
        are seeds, marks and lines are means with t-intervals; the number beside a mark is the gain
        over the rung before, black where a paired test decides it and grey where it does not.""",
    ),
    figure(
        "error_sources",
        "Drawing where errors come from",
        "Errors",
        labels={"figure": "error_sources"},
        reads={"errors": "error_sources.errors", "summary": "summary.summary"},
        knobs=knobs.ErrorSourcesFigureKnobs,
        libraries=("pandas", "scipy"),
        caption="""Where the errors of score models come from: noise that is not undone, steps that
        are not small, chains that have not mixed, a network that has not learned. A bar is cut by
        what each source adds, left of 0 where it takes error away, pale where no test shows it;
        beside it stands the error in units of a kernel density estimate's, or times 1000.""",
    ),
]
