# The checked configuration, the cells of the study, and what every job's shell needs.
import fcntl
import itertools
import os
import re
import shlex
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

# The code that is run is the code that is digested: that beside this Snakefile, wherever it lies.
CODE = f"{workflow.basedir}/workflow"
if any(sign in CODE for sign in ("{", "}", os.pathsep)):
    sys.exit(
        f"gen2d: {CODE}: expected a path without {{, }} and {os.pathsep}, which Snakemake and Python"
        " read as signs of their own"
    )
sys.path.insert(0, CODE)
# Large buffers stay with the process: fresh ones cost page faults, half the time of small networks.
# Nor do scraps of them wait for small ones in glibc's caches: the heap would grow with every step.
# A job writes nothing when its run, the parent of its shell, was killed; see gen2d/files.py.
ENVIRONMENT = (
    f"export PYTHONPATH={shlex.quote(CODE)} GEN2D_RUN=$PPID GLIBC_TUNABLES="
    "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=268435456"
    ":glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"
)
if not workflow.deployment_settings.deployment_method:
    # The Python that runs Snakemake, whether its environment is activated or not.
    BIN = str(Path(sys.executable).parent)
    ENVIRONMENT = f"{ENVIRONMENT} PATH={shlex.quote(BIN)}:$PATH"
shell.prefix(f"{ENVIRONMENT}; exec ")

if not os.access(".", os.W_OK):
    sys.exit(f"gen2d: {Path.cwd()}: expected a folder to write to; got one that is read-only")

from gen2d import config as knobs
from gen2d import jobs

try:
    for path in workflow.configfiles:
        knobs.read_file(path)
    STUDY = knobs.load(config)
except knobs.ConfigError as error:
    here = (
        "" if Path("config.yaml").exists() else f"\nconfig: there is no config.yaml in {Path.cwd()}"
    )
    sys.exit(f"{error}{here}")  # the lines alone, without a traceback

DATASETS = jobs.dataset_names(STUDY)
MODELS = jobs.model_names(STUDY)
STATING = jobs.stating_names(STUDY)
TRAINED = jobs.model_names(STUDY, trained_only=True)
EXPLORED = jobs.explored_names(STUDY)
BLOCKS = jobs.seed_blocks(STUDY)
METRICS = jobs.metric_names(STUDY)
SWEEPS = sorted(STUDY.sweeps)
SPLIT = jobs.split_names(STUDY)
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
    used = {name: [value] if isinstance(value, str) else value for name, value in used.items()}
    if getattr(pattern, "is_storage", False):  # in a bucket; expand() takes no such paths
        chosen = itertools.product(*used.values())
        return [pattern.apply_wildcards(dict(zip(used, one))) for one in chosen]
    return expand(pattern, **used)


def pattern(path, **known):
    """The params function that tells a job where the cells' files lie: a path with {dataset}, ...

    A list of them could be longer than a command may be. The path is that of a rule, since Snakemake
    moves it where `--default-storage-provider` keeps its copies.
    """

    def fill(wildcards):
        text = str(path)
        for name, value in {**wildcards, **known}.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    return fill


def spec(stage):
    """The params function that tells a job of this stage its spec."""
    return lambda wildcards: jobs.spec(STUDY, stage, **dict(wildcards))


def sample_inputs(wildcards):
    """Baselines sample from the points alone."""
    trained = STUDY.model(wildcards.model).trained
    inputs = {"points": rules.draw_points.output.points}
    return inputs | ({"weights": rules.train_model.output.weights} if trained else {})


def drawn(name, category, **labels):
    """The files of a figure: vector, raster, the table that it was drawn from and its checksum."""
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
        "checksum": f"<results>/figures/{name}.csv.sha256",
    }


HELD = []  # the lock, for as long as the process lives


def lock():
    """Stops when another run is at work in the results' folder, or nothing can be written to it.

    The system drops the lock with the process, however that ends.
    """
    path = Path(RESULTS, ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        HELD.append(open(path, "w"))
        fcntl.flock(HELD[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    except BlockingIOError:
        why = "another run is at work there; wait for it, or stop it"
    except OSError as error:
        why = f"expected a folder to write to; got {error.strerror}"
    sys.exit(f"gen2d: {RESULTS}: {why}")


def is_recorded(path):
    """Whether Snakemake knows how a file was made, or that it is not complete."""
    name = urlsafe_b64encode(str(path).encode()).decode()
    # Names too long for a file are cut to several.
    return len(name) > 200 or any(
        Path(".snakemake", kind, name).exists() for kind in ("metadata", "incomplete")
    )


def check_record(workflow):
    """Says so where Snakemake's record of how results were made is gone."""
    if not workflow.is_main_process:
        return
    unknown = next((p for p in Path(RESULTS).glob("**/*.npz") if not is_recorded(p)), None)
    if unknown:
        print(
            f"gen2d: {unknown}: made before, but without the record in .snakemake/metadata that tells"
            " what an edit touches: edits since then go unseen; `make clean`, and all is made anew",
            file=sys.stderr,
        )


check_record(workflow)  # now, since a run that finds nothing to do does not start


def check_device(workflow):
    """Stops when jobs of this machine are to compute on a GPU that it does not have."""
    if (
        STUDY.device != "cuda"
        or not workflow.local_exec
        or workflow.deployment_settings.deployment_method
    ):
        return
    from gen2d.arithmetic import settle  # here, since it imports torch

    try:
        settle(STUDY.device)
    except RuntimeError as error:
        sys.exit(f"gen2d: {error}")


def unpace(workflow):
    """Jobs of this machine start as soon as a core is free, not 100 a second at most.

    To keep to that pace Snakemake 9.27 looks at all ready jobs again a second after each look, and
    after each job's end: ever more often, until it takes a core for itself.
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


def failures(log):
    """The last line of the log of every job that failed, found by Snakemake's own log."""
    text = "".join(Path(path).read_text() for path in log)
    lines = []
    for path in dict.fromkeys(re.findall(r"log: ([^ ]*) \(check log file", text)):
        said = Path(path).read_text(errors="replace").split("\n") if Path(path).exists() else []
        why = next(
            (line for line in reversed(said) if line.strip()),
            "nothing; the job was killed, or the disk is full",
        )
        lines.append(f"{path}: {why}")
    return "; ".join(lines) or f"see above, or {RESULTS}/logs"
