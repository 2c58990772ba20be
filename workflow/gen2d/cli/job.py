"""gen2d job: the command that Snakemake's rules run."""

import logging
import sys
from pathlib import Path


def main(words: list[str]) -> None:
    """Runs a job: line 1 of standard input is its spec, line 2 the code that it was planned with.

    The words are its stage, to be seen in lists of processes, and the folder of the study's files.
    They are parsed without argparse, which takes longer to import than the rest of this module.
    """
    if len(words) != 2:
        sys.exit(f"gen2d job: expected a stage and a folder of results; got {' '.join(words)}")
    results = Path(words[1])
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    from gen2d.job import Job
    from gen2d.plan.code import Planned

    spec, planned = sys.stdin.read().splitlines()
    Job(spec, results, Planned.of_text(planned)).run()
