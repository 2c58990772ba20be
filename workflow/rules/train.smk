rule train_model:
    input:
        points=rules.draw_points.output.points,
    output:
        weights="<results>/models/{dataset}/{model}/{seeds}.safetensors",
        losses="<results>/models/{dataset}/{model}/{seeds}.losses.csv",
    params:
        spec=spec("train"),
    log:
        "<logs>/models/{dataset}/{model}/{seeds}.log",
    benchmark:
        "<benchmarks>/models/{dataset}/{model}/{seeds}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    message:
        "Training {wildcards.model} on {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d train --spec {params.spec:q} points={input.points:q}"
        " weights={output.weights:q} losses={output.losses:q} > {log:q} 2>&1"
