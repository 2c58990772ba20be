"""gen2d animate: a GIF of a model in training, or of its samples on their way from noise."""

import argparse
import sys

from gen2d.api.animation import KINDS, animate
from gen2d.api.fitting import fit
from gen2d.api.models import Models
from gen2d.api.progress import Bar
from gen2d.api.studies import load
from gen2d.cli import words
from gen2d.cli.commands import output

RESULTS = "results"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="as for gen2d fit")
    parser.add_argument("data", metavar="DATA", help="as for gen2d fit")
    parser.add_argument("out", metavar="OUT", type=output(".gif"), help="the GIF to write")
    parser.add_argument(
        "--of",
        choices=list(KINDS),
        help="what it shows (default: the one in the name of OUT, else sampling)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Animates the model of the study in results/, or else one that is fitted now."""
    models = found(arguments.model, arguments.data) or fitted(arguments.model, arguments.data)
    with Bar(f"drawing {arguments.out}", is_wanted=True):
        animate(models, arguments.out, arguments.of)


def found(model: str, data: str) -> Models | None:
    """The model of the finished study; None if it is missing or damaged."""
    try:
        models = load(RESULTS).model(model, data)
        models.history()
    except ValueError:
        return None
    print(f"{model} on {data}, of the study in {RESULTS}/", file=sys.stderr)
    return models


def fitted(model: str, data: str) -> Models:
    name, of_model = words.of_plugin(model, "method")
    points, of_data = words.data_of(data)
    return fit(name, points, seeds=1, plugins=words.all_plugins(*of_model, *of_data))
