rule sample_model:
    input:
        unpack(sample_inputs),
    output:
        samples="<results>/samples/{dataset}/{model}/{seeds}.npz",
    log:
        "<logs>/samples/{dataset}/{model}/{seeds}.log",
    benchmark:
        "<benchmarks>/samples/{dataset}/{model}/{seeds}.tsv"
    priority: 1
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        spec=spec("sample"),
        weights=lambda wildcards, input: (
            f"weights={input.weights}" if "weights" in input.keys() else ""
        ),
    message:
        "Sampling {wildcards.model} on {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d sample --spec {params.spec:q} points={input.points:q}"
        " {params.weights} samples={output.samples:q} > {log:q} 2>&1"
