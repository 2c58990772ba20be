rule evaluate_samples:
    input:
        samples=rules.sample_model.output.samples,
        reference=lambda wildcards: cells(
            rules.draw_reference.output.reference, dataset=STUDY.origin(wildcards.dataset)
        ),
    output:
        metrics="<results>/metrics/{dataset}/{model}/{seeds}.csv",
    log:
        "<logs>/metrics/{dataset}/{model}/{seeds}.log",
    benchmark:
        "<benchmarks>/metrics/{dataset}/{model}/{seeds}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        spec=spec("evaluate"),
    message:
        "Measuring {wildcards.model} on {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d evaluate --spec {params.spec:q} samples={input.samples:q}"
        " reference={input.reference:q} metrics={output.metrics:q} > {log:q} 2>&1"


rule measure_likelihood:
    input:
        unpack(sample_inputs),
        reference=rules.draw_reference.output.reference,
    output:
        likelihood="<results>/metrics/{dataset}/{model}/{seeds}.likelihood.csv",
    log:
        "<logs>/likelihoods/{dataset}/{model}/{seeds}.log",
    benchmark:
        "<benchmarks>/likelihoods/{dataset}/{model}/{seeds}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        spec=spec("likelihood"),
        weights=lambda wildcards, input: (
            f"weights={input.weights}" if "weights" in input.keys() else ""
        ),
    message:
        "Taking densities and scores of {wildcards.model} on {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d likelihood --spec {params.spec:q} points={input.points:q}"
        " {params.weights} reference={input.reference:q} likelihood={output.likelihood:q}"
        " > {log:q} 2>&1"


rule split_error:
    input:
        points=rules.draw_points.output.points,
        weights=rules.train_model.output.weights,
        reference=rules.draw_reference.output.reference,
    output:
        split="<results>/splits/{dataset}/{model}/{seeds}.csv",
    log:
        "<logs>/splits/{dataset}/{model}/{seeds}.log",
    benchmark:
        "<benchmarks>/splits/{dataset}/{model}/{seeds}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        spec=spec("split"),
    message:
        "Splitting the error of {wildcards.model} on {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d split --spec {params.spec:q} points={input.points:q}"
        " weights={input.weights:q} reference={input.reference:q} split={output.split:q}"
        " > {log:q} 2>&1"


rule collect:
    input:
        # Functions, here and below, since Snakemake hashes a long list once for each of its files.
        lambda wildcards: cells(rules.evaluate_samples.output.metrics),
        lambda wildcards: cells(rules.measure_likelihood.output.likelihood, model=STATING),
    output:
        table=report(
            "<results>/metrics.csv",
            caption="../report/measurements.rst",
            category="Metrics",
            labels={"table": "every seed"},
        ),
        checksum="<results>/metrics.csv.sha256",
    log:
        "<logs>/collect.log",
    benchmark:
        "<benchmarks>/collect.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        spec=spec("collect"),
        metrics=pattern(rules.evaluate_samples.output.metrics),
        likelihoods=pattern(rules.measure_likelihood.output.likelihood),
    message:
        "Collecting the metrics"
    shell:
        "python -m gen2d collect --spec {params.spec:q} metrics={params.metrics:q}"
        " likelihoods={params.likelihoods:q} table={output.table:q} > {log:q} 2>&1"


rule summary:
    input:
        **rules.collect.output,
    output:
        summary=report(
            "<results>/summary.csv",
            caption="../report/summary.rst",
            category="Metrics",
            labels={"table": "mean over seeds"},
        ),
        comparisons=report(
            "<results>/comparisons.csv",
            caption="../report/comparisons.rst",
            category="Metrics",
            labels={"table": "paired comparisons"},
        ),
        checksums=["<results>/summary.csv.sha256", "<results>/comparisons.csv.sha256"],
    log:
        "<logs>/summary.log",
    benchmark:
        "<benchmarks>/summary.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        spec=spec("summary"),
    message:
        "Summarising the metrics over seeds"
    shell:
        "python -m gen2d summary --spec {params.spec:q} table={input.table:q}"
        " summary={output.summary:q} comparisons={output.comparisons:q} > {log:q} 2>&1"


rule verdicts:
    input:
        **{name: rules.summary.output[name] for name in ("summary", "comparisons")},
        metrics=rules.collect.output.table,
        checksums=[rules.collect.output.checksum, *rules.summary.output.checksums],
        train=lambda wildcards: cells(
            "<benchmarks>/models/{dataset}/{model}/{seeds}.tsv", model=TRAINED
        ),
        sample=lambda wildcards: cells("<benchmarks>/samples/{dataset}/{model}/{seeds}.tsv"),
    output:
        table=report(
            "<results>/verdicts.csv",
            caption="../report/verdicts.rst",
            category="Metrics",
            labels={"table": "verdicts"},
        ),
        overall=report(
            "<results>/overall.csv",
            caption="../report/overall.rst",
            category="Metrics",
            labels={"table": "one number a model"},
        ),
        checksums=["<results>/verdicts.csv.sha256", "<results>/overall.csv.sha256"],
    log:
        "<logs>/verdicts.log",
    benchmark:
        "<benchmarks>/verdicts.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        spec=spec("verdicts"),
        train=pattern(rules.train_model.benchmark),
        sample=pattern(rules.sample_model.benchmark),
    message:
        "Judging every model on every data set"
    shell:
        "python -m gen2d verdicts --spec {params.spec:q} metrics={input.metrics:q}"
        " summary={input.summary:q} comparisons={input.comparisons:q} train={params.train:q}"
        " sample={params.sample:q} table={output.table:q} overall={output.overall:q}"
        " > {log:q} 2>&1"


CHECKSUMS = [
    rules.collect.output.checksum,
    *rules.summary.output.checksums,
    *rules.verdicts.output.checksums,
]
