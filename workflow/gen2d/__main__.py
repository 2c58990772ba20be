"""gen2d: what Snakemake's rules call, `gen2d job`, and people: `gen2d score`, `gen2d doctor`."""

import importlib
import sys

COMMANDS = ("score", "doctor", "job")


def main() -> None:
    command, words = "".join(sys.argv[1:2]), sys.argv[2:]
    if command not in COMMANDS:
        sys.exit(f"gen2d: expected one of the commands {', '.join(COMMANDS)}; got '{command}'")
    if command != "job":
        sys.path.append("")  # plug-ins may import what lies in the working folder, as in a job
    importlib.import_module(f"gen2d.cli.{command}").main(words)


if __name__ == "__main__":
    main()
