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
        points=pattern(rules.draw_points.output.points, seeds=BLOCKS[0]),
        snapshots=pattern(rules.train_model.output.snapshots, seeds=BLOCKS[0]),
        fields=pattern(rules.compute_fields.output.fields),
    message:
        "Exploring {wildcards.model}"
    shell:
        "python -m gen2d explore --spec {params.spec:q} points={params.points:q}"
        " snapshots={params.snapshots:q} fields={params.fields:q} arrays={output.arrays:q}"
        " > {log:q} 2>&1"


rule explorer:
    input:
        explored=cells(rules.explore_model.output.arrays, model=EXPLORED),
        fields=cells(rules.compute_fields.output.fields),
        reference=cells(rules.draw_reference.output.reference),
        samples=cells(rules.sample_model.output.samples, seeds=BLOCKS[:1]),
        losses=cells(rules.train_model.output.losses, model=TRAINED, seeds=BLOCKS[:1]),
        metrics=rules.collect.output.table,
        summary=rules.summary.output.summary,
        verdicts=rules.verdicts.output.table,
        checksums=CHECKSUMS,
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
        explored=pattern(rules.explore_model.output.arrays),
        fields=pattern(rules.compute_fields.output.fields),
        reference=pattern(rules.draw_reference.output.reference),
        samples=pattern(rules.sample_model.output.samples, seeds=BLOCKS[0]),
        losses=pattern(rules.train_model.output.losses, seeds=BLOCKS[0]),
    message:
        "Building the explorer"
    shell:
        "python -m gen2d explorer --spec {params.spec:q} explored={params.explored:q}"
        " fields={params.fields:q} reference={params.reference:q} samples={params.samples:q}"
        " losses={params.losses:q} metrics={input.metrics:q} summary={input.summary:q}"
        " verdicts={input.verdicts:q} page={output.page:q} > {log:q} 2>&1"
