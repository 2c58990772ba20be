# gen2d: generative models in two dimensions. `snakemake --cores 4` runs the study of config.yaml.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


pathvars:
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


report: "workflow/report/study.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/explore.smk"
include: "workflow/rules/report.smk"


localrules:
    all,
    data,
    train,
    samples,
    metrics,
    figures,
    report,
    collect,
    summary,
    verdicts,


rule all:
    default_target: True
    input:
        rules.typeset.output,
        rules.explorer.output,
        FIGURES,
        # As outputs of their own: what is deleted is made again.
        rules.collect.output,
        rules.summary.output,
        rules.verdicts.output,


# Each of these names a stage and makes the study's cells up to it; figures and report those of sweeps.
rule data:
    input:
        cells("<results>/data/{dataset}/{seeds}.npz"),
        cells("<results>/data/{dataset}/reference.npz"),
        cells("<results>/data/{dataset}/exact.csv"),


rule train:
    input:
        cells("<results>/models/{dataset}/{model}/{seeds}.safetensors", model=TRAINED),


rule samples:
    input:
        cells("<results>/samples/{dataset}/{model}/{seeds}.npz"),


rule metrics:
    input:
        rules.verdicts.output,


rule figures:
    input:
        FIGURES,


rule report:
    input:
        rules.typeset.output,


onstart:
    check_device(workflow)
    lock()
    unpace(workflow)


onsuccess:
    pages = [Path(RESULTS, name) for name in ("report.html", "report.pdf", "explorer.html")]
    there = ", ".join(str(page) for page in pages if page.exists())
    print("gen2d: done" + (f"; to look at: {there}" if there else ""))


onerror:
    print(
        f"gen2d: stopped; {failures(log)}\n"
        "gen2d: what is complete is kept, and `make` goes on from it"
    )
