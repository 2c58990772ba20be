"""gen2d methods: what `method` names, and the models of config.yaml."""

import argparse

from gen2d.cli.listing import entries
from gen2d.config.methods.catalogue import METHODS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help=f"some of {', '.join(METHODS)} (default: all)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints each method with its knobs, and the models of config.yaml that are of it."""
    entries(METHODS, "method", "model", arguments.names)
