rule train_model:
    input:
        points=rules.draw_points.output.points,
    output:
        weights="<results>/models/{dataset}/{model}/{seeds}.safetensors",
        snapshots="<results>/models/{dataset}/{model}/{seeds}.snapshots.safetensors",
        losses="<results>/models/{dataset}/{model}/{seeds}.losses.csv",
    log:
        "<logs>/models/{dataset}/{model}/{seeds}.log",
    benchmark:
        "<benchmarks>/models/{dataset}/{model}/{seeds}.tsv"
    priority: 2  # the longest jobs first, so that no core is idle at the end
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        spec=spec("train"),
    message:
        "Training {wildcards.model} on {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d train --spec {params.spec:q} points={input.points:q}"
        " weights={output.weights:q} snapshots={output.snapshots:q} losses={output.losses:q}"
        " > {log:q} 2>&1"
