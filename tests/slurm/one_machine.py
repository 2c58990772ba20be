"""Runs a study through SLURM on this machine, kills one of its jobs, and compares its metrics.

`python tests/slurm/one_machine.py tests/configs/smoke.yaml` needs munged, slurmctld and slurmd, and
the right to run them (Debian: `apt install slurm-wlm munge`, as root).
"""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
CONF_PATH = Path("/etc/slurm/slurm.conf")
DAEMONS = ("munged", "slurmctld", "slurmd")
CONF = """\
ClusterName=gen2d
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=16000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Why SLURM cannot be brought up here; empty if it can."""
    absent = [name for name in DAEMONS if not shutil.which(name, path=search_path())]
    if absent:
        return f"{', '.join(absent)} not installed"
    if os.getuid():
        return "only root may start its daemons"
    return f"{CONF_PATH} exists: SLURM is in use" if os.path.lexists(CONF_PATH) else ""


def search_path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin"


@contextlib.contextmanager
def slurm() -> Iterator[dict[str, str]]:
    """A SLURM of one node while the body runs; yields the environment that finds it."""
    with tempfile.TemporaryDirectory(prefix="slurm") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        host = socket.gethostname().partition(".")[0]
        values = {"host": host, "user": "root", "folder": folder, "cpus": os.cpu_count()}
        (folder / "slurm.conf").write_text(CONF.format(**values))
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o400)
        for made in ("state", "spool", "munge"):
            (folder / made).mkdir(mode=0o755)
        # Not by SLURM_CONF, which Snakemake's plug-in takes from the environment of its jobs.
        CONF_PATH.symlink_to(folder / "slurm.conf")
        stack.callback(CONF_PATH.unlink)
        environment = {**os.environ, "PATH": search_path()}
        munge = ["munged", "--foreground", "--force", f"--socket={folder}/munge.socket"]
        munge += [f"--key-file={folder}/munge.key", f"--pid-file={folder}/munge/pid"]
        munge += [f"--log-file={folder}/munge/log", f"--seed-file={folder}/munge/seed"]
        for command in (munge, ["slurmctld", "-D", "-i"], ["slurmd", "-D", "-N", host]):
            with open(folder / f"{command[0]}.said", "w") as said:
                daemon = subprocess.Popen(
                    command, env=environment, stdout=said, stderr=subprocess.STDOUT
                )
            stack.callback(daemon.wait)
            stack.callback(daemon.terminate)
            time.sleep(1)
        for _ in range(60):
            state = subprocess.run(
                ["sinfo", "--noheader", "--format=%T"],
                env=environment,
                capture_output=True,
                text=True,
            )
            if "idle" in state.stdout:
                break
            time.sleep(1)
        else:
            said = "\n".join(path.read_text() for path in folder.glob("*.said"))
            raise RuntimeError(f"SLURM did not come up: {state.stdout}{state.stderr}\n{said}")
        yield environment


def kill_a_training_job(environment: dict[str, str], workflow: subprocess.Popen) -> str:
    """Waits for a job that trains, kills it, and says which it was."""
    while workflow.poll() is None:
        queue = ["squeue", "--noheader", "--states=RUNNING", "--format=%i %k"]
        listed = subprocess.run(queue, env=environment, capture_output=True, text=True).stdout
        training = [line.split()[0] for line in listed.splitlines() if "train_model" in line]
        if training:
            subprocess.run(["scancel", "--full", "--signal=KILL", training[0]], env=environment)
            return training[0]
        time.sleep(0.2)
    return ""


def compare(config: str, folder: Path, timeout: float = 1800) -> str:
    """Runs a study of the project here and through SLURM: says how the two compare."""
    metrics, seconds, killed = [], [], ""
    results = yaml.safe_load((ROOT / config).read_text())["pathvars"]["results"]
    for where in ("local", "slurm"):
        project = folder / where
        for name in ("workflow", "tests/configs"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, project / name, ignore=ignore)
        for name in ("Snakefile", "config.yaml"):
            shutil.copy(ROOT / name, project / name)
        start = time.monotonic()
        command = [SNAKEMAKE, "--configfile", config]
        with open(project / "said.txt", "w") as said, contextlib.ExitStack() as stack:
            environment = dict(os.environ)
            if where == "slurm":
                environment = stack.enter_context(slurm())
                command += ["--profile", "workflow/profiles/slurm"]
                command += ["--slurm-status-command", "squeue"]  # there is no accounting
                command += ["--slurm-init-seconds-before-status-checks", "2"]
            else:
                command += ["--cores", str(os.cpu_count())]
            workflow = subprocess.Popen(
                command, cwd=project, env=environment, stdout=said, stderr=subprocess.STDOUT
            )
            if where == "slurm":
                killed = kill_a_training_job(environment, workflow)
            try:
                status = workflow.wait(timeout)
            except subprocess.TimeoutExpired:
                workflow.kill()
                status = 1
        if status:
            raise RuntimeError((project / "said.txt").read_text())
        seconds.append(time.monotonic() - start)
        metrics.append((project / results / "metrics.csv").read_bytes())
    if not killed:
        raise RuntimeError("expected a job to kill; found none that trains")
    said = (folder / "slurm/said.txt").read_text()
    if "Trying to restart job" not in said:
        raise RuntimeError("expected the job that was killed to be tried again; it was not")
    verdict = "identical" if metrics[0] == metrics[1] else "different"
    return (
        f"metrics.csv: {verdict}; {seconds[0]:.0f} s here, {seconds[1]:.0f} s through SLURM "
        f"with job {killed} killed and tried again"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", help="overlay on config.yaml, such as tests/configs/smoke.yaml")
    arguments = parser.parse_args()
    if missing():
        sys.exit(missing())
    with tempfile.TemporaryDirectory() as temporary:
        print(compare(arguments.config, Path(temporary)))
