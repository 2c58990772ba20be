# The rules: one for each row of the stage table, gen2d/plan/stages.py.


def files(stage, cells, outputs=None):
    """The files of a stage's jobs for these cells: of all its outputs, or of the named ones."""
    written = getattr(rules, stage.rule).output
    return [filled(written[name], cell) for name in outputs or stage.outputs for cell in cells]


def filled(path, cell):
    """The path with a cell's values filled in; a path in a bucket is an object, not text."""
    if getattr(path, "is_storage", False):
        return path.apply_wildcards(cell)
    return str(path).format_map(cell)


def inputs_of(stage):
    """The input function of a stage: the files of every input by its name."""

    def read(wildcards):
        try:
            PLAN.check_cell(stage, wildcards)
        except knobs.ConfigError as error:
            sys.exit(f"gen2d: {error}")  # the line alone
        named = {
            name: files(upstream, cells, outputs)
            for name, (upstream, outputs, cells) in PLAN.inputs(stage, wildcards).items()
        }
        for name in stage.times:
            upstream = STAGES[name]
            path = f"<benchmarks>/{upstream.log_path}.tsv"
            named[f"seconds_of_{name}"] = expand_cells(path, upstream.cells(PLAN.catalogue))
        return named

    return read


def expand_cells(path, cells):
    return [path.format_map(cell) for cell in cells]


def outputs_of(stage):
    """The outputs of a stage by name; some of them are listed in Snakemake's report."""
    paths = {name: f"<results>/{path}" for name, path in stage.outputs.items()}
    return {name: listed(path, stage, name) for name, path in paths.items()}


def listed(path, stage, name):
    if not stage.shown or name not in stage.shown.labels:
        return path
    shown = {"category": stage.shown.category, "labels": stage.shown.labels[name]}
    return report(path, caption="../report/any.rst", **shown)


def worded(text):
    """Text of the stage table, with Snakemake's form of wildcards."""
    return text.replace("{", "{wildcards.")


# Functions of the outputs too: Snakemake does not rerun a job when their results change.
def caption_of(stage):
    text = " ".join(stage.caption.split())
    return lambda wildcards, output: text.format_map(wildcards)


def results_of(stage):
    """The folder in which the job finds its files; with a bucket it is not the study's own."""
    name, path = next(iter(stage.writes.items()))
    return lambda wildcards, output: output[name].removesuffix(path.format_map(wildcards))


def told_to(stage):
    """The job's standard input: its spec, and the code that it was planned with."""
    return lambda wildcards, output: (
        f"{PLAN.spec(stage, wildcards)}\n{PLAN.planned(stage, wildcards).text()}"
    )


def memory_of(stage):
    more = int(stage.retried_with_more)
    return lambda wildcards, attempt: stage.memory * (1 + more * (attempt - 1))


def minutes_of(stage):
    more = int(stage.retried_with_more)
    return lambda wildcards, attempt: stage.minutes * (1 + more * (attempt - 1))


def spec_of(stage):
    return lambda wildcards: PLAN.spec(stage, wildcards)


for stage in STAGES.values():

    rule:
        name:
            stage.rule
        input:
            unpack(inputs_of(stage)),
        output:
            **outputs_of(stage),
        log:
            f"<logs>/{stage.log_path}.log",
        benchmark:
            f"<benchmarks>/{stage.log_path}.tsv"
        priority: stage.priority
        group:
            stage.group
        localrule: stage.local
        conda:
            "../envs/environment.yaml"
        threads: 1
        resources:
            mem_mb=memory_of(stage),
            runtime=minutes_of(stage),
        params:
            spec=spec_of(stage),
            stage=stage.name,
            told=told_to(stage),
            results=results_of(stage),
            caption=caption_of(stage),
            environment=lambda wildcards, output: ENVIRONMENT,
        message:
            worded(stage.message)
        shell:
            "{params.environment}; exec python -m gen2d job {params.stage} {params.results:q}"
            " <<< {params.told:q} > {log:q} 2>&1"


def whole(is_wanted):
    """The input function of a target: all files of the wanted stages, for the study's own cells."""
    return lambda wildcards: [
        path
        for stage in STAGES.values()
        if is_wanted(stage)
        for path in files(stage, stage.cells(PLAN.catalogue))
    ]


def named(target):
    """The input function of a named target: all files of its stages."""
    return whole(lambda stage: stage.target == target)


# Each makes the study's own cells up to some stages; figures and report also make sweeps' cells.
for target in dict.fromkeys(stage.target for stage in STAGES.values() if stage.target):

    rule:
        name:
            target
        input:
            named(target),
        localrule: True
