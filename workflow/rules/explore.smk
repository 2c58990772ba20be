rule explore_model:
    input:
        points=cells(rules.draw_points.output.points, seeds=BLOCKS[:1]),
        fields=cells(rules.compute_fields.output.fields),
        snapshots=lambda wildcards: (
            cells(rules.train_model.output.snapshots, model=wildcards.model, seeds=BLOCKS[:1])
            if wildcards.model in TRAINED
            else []
        ),
    output:
        arrays="<results>/explored/{model}.npz",
    log:
        "<logs>/explored/{model}.log",
    benchmark:
        "<benchmarks>/explored/{model}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        spec=spec("explore"),
        points=lambda wildcards: f"{RESULTS}/data/{{dataset}}/{BLOCKS[0]}.npz",
        snapshots=lambda wildcards: (
            f"{RESULTS}/models/{{dataset}}/{wildcards.model}/{BLOCKS[0]}.snapshots.safetensors"
        ),
        fields=lambda wildcards: f"{RESULTS}/data/{{dataset}}/fields.npz",
    message:
        "Exploring {wildcards.model}"
    shell:
        "python -m gen2d explore --spec {params.spec:q} points={params.points:q}"
        " snapshots={params.snapshots:q} fields={params.fields:q} arrays={output.arrays:q}"
        " > {log:q} 2>&1"


rule explorer:
    input:
        explored=expand(rules.explore_model.output.arrays, model=EXPLORED),
        fields=cells(rules.compute_fields.output.fields),
        reference=cells(rules.draw_reference.output.reference),
        samples=cells(rules.sample_model.output.samples, seeds=BLOCKS[:1]),
        losses=cells(rules.train_model.output.losses, model=TRAINED, seeds=BLOCKS[:1]),
        metrics=rules.collect.output.table,
        summary=rules.summary.output.summary,
        verdicts=rules.verdicts.output.table,
    output:
        page=report(
            "<results>/explorer.html",
            caption="../report/explorer.rst",
            category="Explorer",
            labels={"page": "explorer"},
        ),
    log:
        "<logs>/explorer.log",
    benchmark:
        "<benchmarks>/explorer.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        spec=spec("explorer"),
        explored=lambda wildcards: f"{RESULTS}/explored/{{model}}.npz",
        fields=lambda wildcards: f"{RESULTS}/data/{{dataset}}/fields.npz",
        reference=lambda wildcards: f"{RESULTS}/data/{{dataset}}/reference.npz",
        samples=lambda wildcards: f"{RESULTS}/samples/{{dataset}}/{{model}}/{BLOCKS[0]}.npz",
        losses=lambda wildcards: f"{RESULTS}/models/{{dataset}}/{{model}}/{BLOCKS[0]}.losses.csv",
    message:
        "Building the explorer"
    shell:
        "python -m gen2d explorer --spec {params.spec:q} explored={params.explored:q}"
        " fields={params.fields:q} reference={params.reference:q} samples={params.samples:q}"
        " losses={params.losses:q} metrics={input.metrics:q} summary={input.summary:q}"
        " verdicts={input.verdicts:q} page={output.page:q} > {log:q} 2>&1"
