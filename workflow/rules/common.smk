# The checked configuration, the cells of the study, and what every job's shell needs.
import re
import sys
from pathlib import Path

# The code that is run is the code that is digested: that beside this Snakefile, wherever it lies.
sys.path.insert(0, f"{workflow.basedir}/workflow")
shell.prefix(
    f"export PATH='{Path(sys.executable).parent}':$PATH PYTHONPATH='{workflow.basedir}/workflow'; "
)

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
TRAINED = jobs.model_names(STUDY, trained_only=True)
BLOCKS = jobs.seed_blocks(STUDY)
RESULTS = STUDY.pathvars.results


wildcard_constraints:
    dataset="[a-z][a-z0-9_]*",
    model="[a-z][a-z0-9_]*",
    seeds=r"seeds\d+-\d+",


def cells(pattern, model=MODELS, **wildcards):
    """The pattern's paths for every cell and block of seeds."""
    values = {"dataset": DATASETS, "model": model, "seeds": BLOCKS, **wildcards}
    used = {name: value for name, value in values.items() if "{" + name + "}" in pattern}
    return expand(pattern, **used)


def spec(stage):
    """The params function that tells a job of this stage its spec."""
    return lambda wildcards: jobs.spec(STUDY, stage, **dict(wildcards))


def failed_logs(log):
    """Names the logs of the jobs that failed, from Snakemake's own log."""
    text = "".join(Path(path).read_text() for path in log)
    found = re.findall(r"log: (\S+) \(check log file", text)
    return "the failed job's log is " + ", ".join(dict.fromkeys(found)) if found else "see above"
