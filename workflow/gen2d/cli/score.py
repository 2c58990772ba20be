"""gen2d score: the metrics of one file of samples, with what true samples score, and a verdict."""

import argparse
import json
from pathlib import Path

from pydantic import ValidationError

from gen2d import config
from gen2d.api.densities import density
from gen2d.api.progress import Bar
from gen2d.api.scoring import N_BANDWIDTHS, N_REFERENCE, Truth, judge, read_sample
from gen2d.cli.commands import DIFFERS, PICTURES, output
from gen2d.cli.words import of_plugin
from gen2d.config.recipes import with_changes
from gen2d.densities.base import Law
from gen2d.densities.points import Points
from gen2d.plugins import resolve
from gen2d.storage import files


def law_of(name: str, path: str | None) -> tuple[Law, int]:
    """The law of a data set of the configuration, or else of a kind that has all its defaults.

    With it goes the number of bandwidths. A file is merged over config.yaml, as by Snakemake; a
    plug-in stands for its density.

    Raises:
        ConfigError: the configuration is wrong, or there is no such data set.
    """
    kind, plugins = of_plugin(name, "kind")
    if plugins:
        return density(kind, plugins=plugins).law, N_BANDWIDTHS
    values = (config.read_file("config.yaml") if Path("config.yaml").is_file() else None) or {}
    if path:
        overlay = config.read_file(path)
        if not isinstance(overlay, dict):
            raise config.ConfigError(f"{path}: expected keys and their values; got others")
        values = with_changes(values, overlay)
    study = config.load(values) if values else None
    known = dict(study.datasets) if study else {}
    for kind, knobs in config.DATASETS.items():
        try:
            known.setdefault(kind, knobs.model_validate({"kind": kind}))
        except ValidationError:
            continue  # it has knobs without a default
    if name not in known:
        raise config.ConfigError(f"--dataset: expected one of {', '.join(known)}; got '{name}'")
    dataset = known[name]
    # Without a study there are densities alone, which need none.
    law = resolve(dataset.implementation)(**dataset.parameters(study))  # type: ignore[arg-type]
    return law, study.metrics.n_bandwidths if study else N_BANDWIDTHS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="CSV or NPY file of samples, two columns")
    against = parser.add_mutually_exclusive_group(required=True)
    against.add_argument(
        "--dataset", metavar="NAME", help="of the configuration, a kind of density, or a plug-in"
    )
    against.add_argument("--reference", metavar="FILE", help="true points, where no law is known")
    parser.add_argument(
        "--config", metavar="FILE", help="an overlay on config.yaml, or a configuration without it"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--plot", metavar="FILE", type=output(*PICTURES), help="draw where there are too many"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if the sample differs")


def run(asked: argparse.Namespace) -> int:
    """Prints the metrics and the verdict; 1 where that is asked for and the sample differs."""
    x = read_sample(asked.file)
    if asked.reference:
        n_rows = len(read_sample(asked.reference, is_reference=True))
        n_reference = min(n_rows // 2, N_REFERENCE)
        digest = files.read_points(asked.reference)[1]
        law: Law = Points(asked.reference, digest, 0, 0, n_reference)
        n_bandwidths = N_BANDWIDTHS
    else:
        (law, n_bandwidths), n_reference = law_of(asked.dataset, asked.config), N_REFERENCE
    truth = Truth(asked.dataset or asked.reference, law, n_reference, n_bandwidths)
    with Bar(f"measuring {asked.file}", is_wanted=True):
        verdict = judge(x, truth, len(x))
    if asked.plot:
        verdict.plot().savefig(asked.plot)
    print(json.dumps(verdict.to_dict(), indent=2) if asked.json else verdict)
    return DIFFERS if asked.check and verdict.differs else 0
