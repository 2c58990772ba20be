rule draw_points:
    output:
        points="<results>/data/{dataset}/{seeds}.npz",
    log:
        "<logs>/data/{dataset}/{seeds}.log",
    benchmark:
        "<benchmarks>/data/{dataset}/{seeds}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("data"),
    message:
        "Drawing the points of {wildcards.dataset}, {wildcards.seeds}"
    shell:
        "python -m gen2d data --spec {params.spec:q} points={output.points:q} > {log:q} 2>&1"


rule draw_reference:
    output:
        reference="<results>/data/{dataset}/reference.npz",
    log:
        "<logs>/data/{dataset}/reference.log",
    benchmark:
        "<benchmarks>/data/{dataset}/reference.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("reference"),
    message:
        "Drawing the reference of {wildcards.dataset}"
    shell:
        "python -m gen2d reference --spec {params.spec:q} reference={output.reference:q}"
        " > {log:q} 2>&1"


rule compute_exact:
    output:
        exact="<results>/data/{dataset}/exact.csv",
    log:
        "<logs>/data/{dataset}/exact.log",
    benchmark:
        "<benchmarks>/data/{dataset}/exact.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        spec=spec("exact"),
    message:
        "Computing the exact quantities of {wildcards.dataset}"
    shell:
        "python -m gen2d exact --spec {params.spec:q} exact={output.exact:q} > {log:q} 2>&1"


rule compute_fields:
    input:
        reference=rules.draw_reference.output.reference,
    output:
        fields="<results>/data/{dataset}/fields.npz",
    log:
        "<logs>/data/{dataset}/fields.log",
    benchmark:
        "<benchmarks>/data/{dataset}/fields.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        spec=spec("fields"),
    message:
        "Computing the exact fields of {wildcards.dataset}"
    shell:
        "python -m gen2d fields --spec {params.spec:q} reference={input.reference:q}"
        " fields={output.fields:q} > {log:q} 2>&1"
