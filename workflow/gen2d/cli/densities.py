"""gen2d densities: what `--dataset`, `kind` and gen2d.density name."""

import argparse

from gen2d.cli.listing import entries
from gen2d.config.datasets import DATASETS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help=f"some of {', '.join(DATASETS)} (default: all)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints each kind with its knobs, and the data sets of config.yaml that are of it."""
    entries(DATASETS, "kind", "data set", arguments.names)
