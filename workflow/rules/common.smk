# The checked configuration, the plan of its jobs, and what every job's shell needs.
import os
import shlex
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

# Jobs run the code that is digested: the package beside these rules, wherever they lie.
CODE = str(Path(str(workflow.current_basedir)).parent)
if any(sign in CODE for sign in ("{", "}", os.pathsep)):
    sys.exit(
        f"gen2d: {CODE}: expected a path without {{, }} and {os.pathsep}, which Snakemake and"
        " Python read as signs of their own"
    )
sys.path.insert(0, CODE)
if not os.access(".", os.W_OK):
    sys.exit(f"gen2d: {Path.cwd()}: expected a folder to write to; got one that is read-only")

from gen2d import config as knobs
from gen2d.plan.spec import Plan
from gen2d.plan.stage import GLIBC_TUNABLES, WILDCARDS
from gen2d.plan.stages import STAGES
from gen2d.storage import lock as storage_lock

# A job writes nothing when its run, the parent of its shell, was killed; see storage/files.py.
ENVIRONMENT = (
    f"export PYTHONPATH={shlex.quote(CODE)} GEN2D_RUN=$PPID GLIBC_TUNABLES={GLIBC_TUNABLES}"
)
if not workflow.deployment_settings.deployment_method:
    # The Python that runs Snakemake, whether its environment is activated or not.
    BIN = str(Path(sys.executable).parent)
    ENVIRONMENT = f"{ENVIRONMENT} PATH={shlex.quote(BIN)}:$PATH"

try:
    given = workflow.config_settings.config  # on the command line
    knobs.check_files(workflow.configfiles, given)
    PLAN = Plan(STAGES, knobs.load(knobs.retyped(config, given)))
except knobs.ConfigError as error:
    here = (
        "" if Path("config.yaml").exists() else f"\nconfig: there is no config.yaml in {Path.cwd()}"
    )
    sys.exit(f"{error}{here}")  # the lines alone, without a traceback

RESULTS = PLAN.catalogue.study.pathvars.results


wildcard_constraints:
    **WILDCARDS,


HELD = []  # the lock, for as long as the process lives


def lock():
    """Stops the run if another one holds the results' folder, or it cannot be written to."""
    try:
        HELD.append(storage_lock.take(Path(RESULTS)))
        return
    except BlockingIOError:
        why = "another run is at work there; wait for it, or stop it"
    except OSError as error:
        why = f"expected a folder to write to; got {error.strerror}"
    sys.exit(f"gen2d: {RESULTS}: {why}")


def is_recorded(path):
    """Whether Snakemake has a record of how a file was made, or of its being incomplete."""
    name = urlsafe_b64encode(str(path).encode()).decode()
    # Names too long for a file are cut to several.
    return len(name) > 200 or any(
        Path(".snakemake", kind, name).exists() for kind in ("metadata", "incomplete")
    )


def check_record(workflow):
    """Warns if Snakemake's record of how results were made is missing."""
    by_files = workflow.workflow_settings.persistence_backend.name == "FILE"
    if not workflow.is_main_process or not by_files:
        return
    unknown = next((p for p in Path(RESULTS).glob("**/*.npz") if not is_recorded(p)), None)
    if unknown:
        print(
            f"gen2d: {unknown}: made before, but without the record in .snakemake/metadata that"
            " tells what an edit touches: edits since then go unseen; `make clean`, and all is made"
            " anew",
            file=sys.stderr,
        )


check_record(workflow)  # now, since a run that finds nothing to do does not start


def check_device(workflow):
    """Stops the run if local jobs are to compute on a GPU that this machine lacks."""
    if (
        PLAN.catalogue.study.device != "cuda"
        or not workflow.local_exec
        or workflow.deployment_settings.deployment_method
    ):
        return
    from gen2d.networks.arithmetic import configure_torch  # here, since it imports torch

    try:
        configure_torch(PLAN.catalogue.study.device)
    except RuntimeError as error:
        sys.exit(f"gen2d: {error}")


def lift_rate_limit(workflow):
    """Lets local jobs start as soon as a core is free, without the limit of 100 per second.

    To keep to the limit, Snakemake 9.27 scans all ready jobs again a second after each scan, and
    after each job's end: ever more often, until it takes a core for itself.
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


def failures(workflow):
    """The last line of every failed job's log, even if Snakemake runs quietly."""
    lines = []
    for failed in workflow.scheduler.failed:
        jobs = failed.jobs if failed.is_group() else [failed]
        for path in [path for job in jobs for path in map(Path, map(str, job.log))]:
            said = path.read_text(errors="replace").split("\n") if path.exists() else []
            why = next(
                (line for line in reversed(said) if line.strip()),
                "nothing; the job was killed, or the disk is full",
            )
            lines.append(f"{path}: {why}")
    return "; ".join(sorted(lines)) or f"see above, or {RESULTS}/logs"
