"""gen2d job: what Snakemake's rules call."""

import argparse
import gc
import logging
import sys
from pathlib import Path


def main(words: list[str]) -> None:
    """Runs the job whose spec is the first line of standard input; its code is in the second."""
    parser = argparse.ArgumentParser(prog="gen2d job", description=main.__doc__)
    parser.add_argument("stage", help="of gen2d.plan.stages; for whoever looks at the processes")
    parser.add_argument("results", type=Path, help="folder of the study's files")
    asked = parser.parse_args(words)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    # Imports make much that stays. Collecting rarely, and none of it at exit, saves half a second.
    gc.set_threshold(100_000)
    from gen2d.job import Job
    from gen2d.plan.code import Planned

    spec, planned = sys.stdin.read().splitlines()
    Job(spec, asked.results, Planned.of_text(planned)).run()
    gc.freeze()
