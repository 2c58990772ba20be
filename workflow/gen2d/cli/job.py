"""gen2d job: what Snakemake's rules call."""

import gc
import logging
import sys
from pathlib import Path


def main(words: list[str]) -> None:
    """Runs the job whose spec is the first line of standard input; its code is in the second.

    The words are its stage, for whoever looks at the processes, and the folder of the study's
    files. They are read without argparse, which takes longer to import than the rest of this.
    """
    if len(words) != 2:
        sys.exit(f"gen2d job: expected a stage and a folder of results; got {' '.join(words)}")
    results = Path(words[1])
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    # Imports make much that stays. Collecting rarely, and none of it at exit, saves half a second.
    gc.set_threshold(100_000)
    from gen2d.job import Job
    from gen2d.plan.code import Planned

    spec, planned = sys.stdin.read().splitlines()
    Job(spec, results, Planned.of_text(planned)).run()
    gc.freeze()
