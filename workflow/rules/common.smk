# The checked configuration, the cells of the study, and what every job's shell needs.
import re
import sys
from pathlib import Path

# The code that is run is the code that is digested: that beside this Snakefile, wherever it lies.
CODE = f"{workflow.basedir}/workflow"
sys.path.insert(0, CODE)
# Large buffers stay with the process: fresh ones cost page faults, half the time of small networks.
ENVIRONMENT = (
    f"export PYTHONPATH='{CODE}'"
    " MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=268435456"
)
if not workflow.deployment_settings.deployment_method:
    # The Python that runs Snakemake, whether its environment is activated or not.
    BIN = Path(sys.executable).parent
    ENVIRONMENT = f"{ENVIRONMENT} PATH='{BIN}':$PATH"
shell.prefix(f"{ENVIRONMENT}; ")

from gen2d import config as knobs
from gen2d import jobs

try:
    for path in workflow.configfiles:
        knobs.check_file(path)
    STUDY = knobs.load(config)
except knobs.ConfigError as error:
    sys.exit(str(error))  # the line alone, without a traceback

DATASETS = jobs.dataset_names(STUDY)
MODELS = jobs.model_names(STUDY)
WITH_DENSITY = jobs.names_with_density(STUDY)
TRAINED = jobs.model_names(STUDY, trained_only=True)
EXPLORED = jobs.explored_names(STUDY)
BLOCKS = jobs.seed_blocks(STUDY)
METRICS = jobs.metric_names(STUDY)
RESULTS = STUDY.pathvars.results


wildcard_constraints:
    dataset="[a-z][a-z0-9_]*",
    model="[a-z][a-z0-9_]*",
    seeds=r"seeds\d+-\d+",
    metric="|".join(METRICS),


def cells(pattern, model=MODELS, **wildcards):
    """The pattern's paths for every cell and block of seeds."""
    values = {"dataset": DATASETS, "model": model, "seeds": BLOCKS, **wildcards}
    used = {name: value for name, value in values.items() if f"{{{name}}}" in pattern}
    return expand(pattern, **used)


def spec(stage):
    """The params function that tells a job of this stage its spec."""
    return lambda wildcards: jobs.spec(STUDY, stage, **dict(wildcards))


def sample_inputs(wildcards):
    """Baselines sample from the points alone."""
    trained = STUDY.models[wildcards.model].trained
    inputs = {"points": rules.draw_points.output.points}
    return inputs | ({"weights": rules.train_model.output.weights} if trained else {})


def drawn(name, category, **labels):
    """The three files of a figure: vector, raster and the table that it was drawn from."""
    shown = report(
        f"<results>/figures/{name}.svg",
        caption=f"../report/{name.partition('-')[0]}.rst",
        category=category,
        labels=labels,
    )
    return {
        "svg": shown,
        "png": f"<results>/figures/{name}.png",
        "table": f"<results>/figures/{name}.csv",
    }


def failed_logs(log):
    """Names the logs of the jobs that failed, from Snakemake's own log."""
    text = "".join(Path(path).read_text() for path in log)
    found = re.findall(r"log: ([^ ]*) \(check log file", text)
    return "the failed job's log is " + ", ".join(dict.fromkeys(found)) if found else "see above"
