rule figure_losses:
    input:
        losses=lambda wildcards: cells(rules.train_model.output.losses, model=wildcards.model),
        exact=cells(rules.compute_exact.output.exact),
    output:
        **drawn("losses-{model}", "Training", model="{model}"),
    log:
        "<logs>/figures/losses-{model}.log",
    benchmark:
        "<benchmarks>/figures/losses-{model}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("figure_losses"),
        losses=pattern(rules.train_model.output.losses),
        exact=pattern(rules.compute_exact.output.exact),
    message:
        "Drawing the losses of {wildcards.model}"
    shell:
        "python -m gen2d figure_losses --spec {params.spec:q} losses={params.losses:q}"
        " exact={params.exact:q} svg={output.svg:q} png={output.png:q} table={output.table:q}"
        " > {log:q} 2>&1"


rule figure_samples:
    input:
        samples=lambda wildcards: cells(
            rules.sample_model.output.samples, model=wildcards.model, seeds=BLOCKS[:1]
        ),
        reference=cells(rules.draw_reference.output.reference),
    output:
        **drawn("samples-{model}", "Samples", model="{model}"),
    log:
        "<logs>/figures/samples-{model}.log",
    benchmark:
        "<benchmarks>/figures/samples-{model}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        spec=spec("figure_samples"),
        samples=pattern(rules.sample_model.output.samples, seeds=BLOCKS[0]),
        reference=pattern(rules.draw_reference.output.reference),
    message:
        "Drawing the samples of {wildcards.model}"
    shell:
        "python -m gen2d figure_samples --spec {params.spec:q} samples={params.samples:q}"
        " reference={params.reference:q} svg={output.svg:q} png={output.png:q}"
        " table={output.table:q} > {log:q} 2>&1"


rule figure_fields:
    input:
        explored=rules.explore_model.output.arrays,
        fields=cells(rules.compute_fields.output.fields),
    output:
        **drawn("fields-{model}", "Densities and scores", model="{model}"),
    log:
        "<logs>/figures/fields-{model}.log",
    benchmark:
        "<benchmarks>/figures/fields-{model}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        spec=spec("figure_fields"),
        fields=pattern(rules.compute_fields.output.fields),
    message:
        "Drawing what {wildcards.model} learned"
    shell:
        "python -m gen2d figure_fields --spec {params.spec:q} explored={input.explored:q}"
        " fields={params.fields:q} svg={output.svg:q} png={output.png:q}"
        " table={output.table:q} > {log:q} 2>&1"


rule figure_metrics:
    input:
        metrics=rules.collect.output.table,
        summary=rules.summary.output.summary,
        checksums=[rules.collect.output.checksum, *rules.summary.output.checksums],
    output:
        **drawn("metrics-{metric}", "Metrics", figure="{metric}"),
    log:
        "<logs>/figures/metrics-{metric}.log",
    benchmark:
        "<benchmarks>/figures/metrics-{metric}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("figure_metrics"),
    message:
        "Drawing the metric {wildcards.metric}"
    shell:
        "python -m gen2d figure_metrics --spec {params.spec:q} metrics={input.metrics:q}"
        " summary={input.summary:q} svg={output.svg:q} png={output.png:q}"
        " table={output.table:q} > {log:q} 2>&1"


rule figure_cost:
    input:
        verdicts=rules.verdicts.output.table,
        checksums=rules.verdicts.output.checksums,
    output:
        **drawn("cost", "Metrics", figure="cost"),
    log:
        "<logs>/figures/cost.log",
    benchmark:
        "<benchmarks>/figures/cost.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("figure_cost"),
    message:
        "Drawing quality against cost"
    shell:
        "python -m gen2d figure_cost --spec {params.spec:q} verdicts={input.verdicts:q}"
        " svg={output.svg:q} png={output.png:q} table={output.table:q} > {log:q} 2>&1"


rule figure_scores:
    input:
        metrics=rules.collect.output.table,
        checksums=rules.collect.output.checksum,
        exact=cells(rules.compute_exact.output.exact),
    output:
        **drawn("scores", "Metrics", figure="scores"),
    log:
        "<logs>/figures/scores.log",
    benchmark:
        "<benchmarks>/figures/scores.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("figure_scores"),
        exact=pattern(rules.compute_exact.output.exact),
    message:
        "Drawing learned scores against exact ones"
    shell:
        "python -m gen2d figure_scores --spec {params.spec:q} metrics={input.metrics:q}"
        " exact={params.exact:q} svg={output.svg:q} png={output.png:q} table={output.table:q}"
        " > {log:q} 2>&1"


rule figure_sweep:
    input:
        lambda wildcards: [
            path
            for cell in jobs.sweep_cells(STUDY, wildcards.sweep)
            for path in cells(
                rules.evaluate_samples.output.metrics,
                dataset=cell["cell_dataset"],
                model=cell["cell_model"],
            )
        ],
    output:
        **drawn("sweep-{sweep}", "Sweeps", sweep="{sweep}"),
    log:
        "<logs>/figures/sweep-{sweep}.log",
    benchmark:
        "<benchmarks>/figures/sweep-{sweep}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("figure_sweep"),
        metrics=pattern(rules.evaluate_samples.output.metrics),
    message:
        "Drawing the sweep {wildcards.sweep}"
    shell:
        "python -m gen2d figure_sweep --spec {params.spec:q} metrics={params.metrics:q}"
        " svg={output.svg:q} png={output.png:q} table={output.table:q} > {log:q} 2>&1"


rule figure_split:
    input:
        lambda wildcards: cells(rules.split_error.output.split, model=wildcards.model),
    output:
        **drawn("split-{model}", "Errors", model="{model}"),
    log:
        "<logs>/figures/split-{model}.log",
    benchmark:
        "<benchmarks>/figures/split-{model}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("figure_split"),
        splits=pattern(rules.split_error.output.split),
    message:
        "Drawing the errors of {wildcards.model}"
    shell:
        "python -m gen2d figure_split --spec {params.spec:q} splits={params.splits:q}"
        " svg={output.svg:q} png={output.png:q} table={output.table:q} > {log:q} 2>&1"


FIGURES = expand(
    "<results>/figures/{name}.{form}",
    name=[
        *(f"losses-{model}" for model in TRAINED),
        *(f"samples-{model}" for model in MODELS),
        *(f"fields-{model}" for model in EXPLORED),
        *(f"metrics-{metric}" for metric in METRICS),
        "cost",
        "scores",
        *(f"sweep-{sweep}" for sweep in SWEEPS),
        *(f"split-{model}" for model in SPLIT),
    ],
    form=["svg", "png", "csv", "csv.sha256"],
)


rule typeset:
    input:
        figures=FIGURES,
        checksums=CHECKSUMS,
        reference=cells(rules.draw_reference.output.reference),
        metrics=rules.collect.output.table,
        summary=rules.summary.output.summary,
        comparisons=rules.summary.output.comparisons,
        verdicts=rules.verdicts.output.table,
        overall=rules.verdicts.output.overall,
        exact=cells(rules.compute_exact.output.exact),
        benchmarks=lambda wildcards: [
            *cells("<benchmarks>/models/{dataset}/{model}/{seeds}.tsv", model=TRAINED),
            *cells("<benchmarks>/samples/{dataset}/{model}/{seeds}.tsv"),
            *cells("<benchmarks>/metrics/{dataset}/{model}/{seeds}.tsv"),
        ],
    output:
        pdf="<results>/report.pdf",
        html="<results>/report.html",
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        spec=spec("report"),
        results=lambda wildcards, input: os.path.dirname(input.metrics),
    message:
        "Typesetting the report"
    shell:
        "python -m gen2d report --spec {params.spec:q} results={params.results:q}"
        " pdf={output.pdf:q} html={output.html:q} > {log:q} 2>&1"
