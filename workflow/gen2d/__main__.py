"""gen2d: what Snakemake's rules call, `gen2d job`, and the commands that people type."""

import sys
from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> None:
    words = sys.argv[1:] if words is None else [*words]
    if words[:1] == ["job"]:  # without what reads people's words, which takes long to import
        from gen2d.cli import job

        job.main(words[1:])
    else:
        from gen2d.cli import commands

        commands.main(words)


if __name__ == "__main__":
    main()
