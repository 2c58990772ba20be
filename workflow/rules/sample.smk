def sample_inputs(wildcards):
    """Baselines sample from the points alone."""
    trained = STUDY.models[wildcards.model].trained
    inputs = {"points": rules.draw_points.output.points}
    return inputs | ({"weights": rules.train_model.output.weights} if trained else {})


rule sample_model:
    input:
        unpack(sample_inputs),
    output:
        samples="<results>/samples/{dataset}/{model}/{seeds}.npz",
    params:
        spec=spec("sample"),
        weights=lambda wildcards, input: (
            f"weights={input.weights}" if "weights" in input.keys() else ""
        ),
    log:
        "<logs>/samples/{dataset}/{model}/{seeds}.log",
    benchmark:
        "<benchmarks>/samples/{dataset}/{model}/{seeds}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    message:
        "Sampling {wildcards.model} on {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d sample --spec {params.spec:q} points={input.points:q}"
        " {params.weights} samples={output.samples:q} > {log:q} 2>&1"
