"""gen2d score: the metrics of a file of samples beside those of true samples, and a verdict."""

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gen2d import config
from gen2d.api.densities import density, law_in
from gen2d.api.progress import Bar
from gen2d.api.scoring import N_BANDWIDTHS, N_REFERENCE, Truth, checked_more, judge
from gen2d.cli.commands import DIFFERS, PICTURES, output
from gen2d.cli.words import of_plugin, points_of
from gen2d.config.base import with_changes
from gen2d.config.recipes import recipes
from gen2d.densities.base import Law
from gen2d.metrics.catalogue import MORE

READ = ("seed", "plugins", "metrics")
"""Keys that are needed to measure on a data set; models and their files are not read."""


def values_of(path: str | None) -> dict[str, Any]:
    """The configuration of this folder, or else the package's, with an overlay merged over it."""
    own = Path("config.yaml")
    values = (config.read_file(own) if own.is_file() else recipes()) or {}
    if not path:
        return values
    overlay = config.read_file(path)
    if not isinstance(overlay, dict):
        raise config.ConfigError(f"{path}: expected keys and their values; got others")
    return with_changes(values, overlay)


def kinds() -> list[str]:
    """The kinds of data sets whose knobs all have defaults."""
    found = []
    for kind, knobs in config.DATASETS.items():
        try:
            knobs.model_validate({"kind": kind})
        except ValidationError:
            continue
        found.append(kind)
    return found


def law_of(name: str, path: str | None) -> tuple[Law, int]:
    """The law of a data set, and the number of bandwidths.

    The name is a data set of the configuration, a kind whose knobs all have defaults, or a plug-in.
    The file at `path` is merged over config.yaml, as by Snakemake.

    Raises:
        ConfigError: the configuration is wrong, or there is no such data set.
    """
    kind, plugins = of_plugin(name, "kind")
    if plugins:
        return density(kind, plugins=plugins).law, N_BANDWIDTHS
    values = values_of(path)
    datasets = values.get("datasets")
    named = datasets if isinstance(datasets, dict) else {}
    known = list(dict.fromkeys([*(name for name in named if named[name]), *kinds()]))
    if name not in known:
        raise config.ConfigError(f"--dataset: expected one of {', '.join(known)}; got '{name}'")
    study = config.load(
        {
            **{key: values[key] for key in READ if key in values},
            "datasets": {name: named.get(name) or {"kind": name}},
            "models": {"truth": {"method": "truth"}},
            "report": {"title": "scores"},
        }
    )
    return law_in(study, name), study.metrics.n_bandwidths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help="samples: CSV, TSV, NPY or NPZ, also compressed"
    )
    parser.add_argument(
        "--columns", metavar="X,Y", default="", help="two columns, where a file has more"
    )
    parser.add_argument("--seed", type=int, help="index into the samples [seeds, N, 2] of an array")
    against = parser.add_mutually_exclusive_group(required=True)
    against.add_argument(
        "--dataset",
        metavar="NAME",
        help="a data set of config.yaml, a kind of density, or a plug-in",
    )
    against.add_argument("--reference", metavar="FILE", help="true points, where no law is known")
    parser.add_argument(
        "--config", metavar="FILE", help="an overlay on config.yaml, or a configuration without it"
    )
    parser.add_argument(
        "--more",
        metavar="NAMES",
        default="",
        help=f'further metrics, {",".join(MORE)}: pip install "gen2d[more]"',
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--plot",
        metavar="FILE",
        type=output(*PICTURES),
        help="draw where there are too many points, or too few",
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if the sample differs")


def run(arguments: argparse.Namespace) -> int:
    """Prints the metrics and the verdict; returns 1 with `--check` if the sample differs."""
    columns = arguments.columns.split(",") if arguments.columns else []
    more = checked_more(arguments.more.split(",") if arguments.more else [], "--more")
    x = points_of(arguments.file, columns, arguments.seed)
    if arguments.reference:
        true = points_of(arguments.reference, columns, is_reference=True)
        truth = Truth.of_points(arguments.reference, true)
    else:
        law, n_bandwidths = law_of(arguments.dataset, arguments.config)
        truth = Truth(arguments.dataset, law, N_REFERENCE, n_bandwidths)
    with Bar(f"measuring {arguments.file}", is_wanted=True):
        verdict = judge(x, truth, len(x), more)
    if arguments.plot:
        verdict.plot().savefig(arguments.plot)
    print(json.dumps(verdict.to_dict(), indent=2) if arguments.json else verdict)
    return DIFFERS if arguments.check and verdict.differs else 0
