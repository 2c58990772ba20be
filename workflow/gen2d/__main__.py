"""gen2d: what Snakemake's rules call, `gen2d job`, and the commands that people type."""

import atexit
import gc
import sys
from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> None:
    words = sys.argv[1:] if words is None else [*words]
    # Imports make many objects that stay. Collecting rarely, and not at exit, saves half a second.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    if words[:1] == ["job"]:  # without what reads people's words, which takes long to import
        from gen2d.cli import job

        job.main(words[1:])
    else:
        from gen2d.cli import commands

        commands.main(words)


if __name__ == "__main__":
    main()
