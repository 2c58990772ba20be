"""gen2d: what Snakemake's rules call, `gen2d job`, and people: `gen2d score`, `gen2d doctor`."""

import argparse
import gc
import importlib
import logging
import sys
from pathlib import Path


def run_job(words: list[str]) -> None:
    """Runs the job whose spec is the first line of standard input; its code is in the second."""
    parser = argparse.ArgumentParser(prog="gen2d job", description=run_job.__doc__)
    parser.add_argument("stage", help="of gen2d.plan.stages; for whoever looks at the processes")
    parser.add_argument("results", type=Path, help="folder of the study's files")
    asked = parser.parse_args(words)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    # Imports make much that stays. Collecting rarely, and none of it at exit, saves half a second.
    gc.set_threshold(100_000)
    from gen2d.job import Job
    from gen2d.plan.code import Planned

    spec, planned = sys.stdin.read().splitlines()
    job = Job(spec, asked.results, Planned.of_text(planned))
    stage = importlib.import_module(f"gen2d.stages.{job.stage.name}")
    job.check_code()  # which was imported by now
    stage.run(job)
    gc.freeze()


def main() -> None:
    command, words = "".join(sys.argv[1:2]), sys.argv[2:]
    if command in ("score", "doctor"):
        sys.path.append("")  # plug-ins may import what lies in the working folder, as in a job
        importlib.import_module(f"gen2d.{command}").main(words)
    elif command == "job":
        run_job(words)
    else:
        sys.exit(f"gen2d: expected one of the commands score, doctor, job; got '{command}'")


if __name__ == "__main__":
    main()
