# gen2d: generative models in two dimensions. `snakemake --cores 4` runs the study of config.yaml.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


pathvars:
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


report: "workflow/report/study.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/jobs.smk"


rule all:
    default_target: True
    input:
        # Named as targets, so that a deleted file is made again though no job reads it.
        whole(lambda stage: stage.group == "figures" or not stage.per),
    localrule: True


onstart:
    check_device(workflow)
    lock()
    lift_rate_limit(workflow)


onsuccess:
    pages = [Path(RESULTS, name) for name in ("report.html", "report.pdf", "explorer.html")]
    there = ", ".join(str(page) for page in pages if page.exists())
    print("gen2d: done" + (f"; to look at: {there}" if there else ""))


onerror:
    print(
        f"gen2d: stopped; {failures(workflow)}\n"
        "gen2d: what is complete is kept, and `make` goes on from it"
    )
