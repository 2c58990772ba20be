"""gen2d methods: the names that `method` takes, and the models of config.yaml."""

import argparse

from gen2d.cli.listing import entries
from gen2d.config.methods.catalogue import METHODS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help=f"some of {', '.join(METHODS)} (default: all)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints each method with its knobs, and config.yaml's models of that method."""
    entries(METHODS, "method", "model", arguments.names)
