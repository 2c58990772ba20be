"""gen2d densities: the names that `--dataset`, `kind` and gen2d.density take."""

import argparse

from gen2d.cli.listing import entries
from gen2d.config.datasets import DATASETS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help=f"some of {', '.join(DATASETS)} (default: all)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints each kind with its knobs, and config.yaml's data sets of that kind."""
    entries(DATASETS, "kind", "data set", arguments.names)
