"""gen2d score: the metrics of one file of samples, with what true samples score, and a verdict."""

import argparse
import json
import sys
from pathlib import Path

from pydantic import ValidationError
from snakemake.utils import update_config

from gen2d import config
from gen2d.api.scoring import N_BANDWIDTHS, N_REFERENCE, Truth, judge, read_sample
from gen2d.densities.base import Law
from gen2d.densities.points import Points
from gen2d.plugins import resolve
from gen2d.storage import files


def law_of(name: str, path: str | None) -> tuple[Law, int]:
    """The law of a data set of the configuration, or else of a kind that has all its defaults.

    With it goes the number of bandwidths. A file is merged over config.yaml, as by Snakemake.

    Raises:
        ConfigError: the configuration is wrong, or there is no such data set.
    """
    values = (config.read_file("config.yaml") if Path("config.yaml").is_file() else None) or {}
    if path:
        overlay = config.read_file(path)
        if not isinstance(overlay, dict):
            raise config.ConfigError(f"{path}: expected keys and their values; got others")
        update_config(values, overlay)
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
    law = resolve(dataset.implementation)(**dataset.parameters(study))
    return law, study.metrics.n_bandwidths if study else N_BANDWIDTHS


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="gen2d score", description=__doc__)
    parser.add_argument("file", help="CSV or NPY file of samples, two columns")
    against = parser.add_mutually_exclusive_group(required=True)
    against.add_argument("--dataset", help="of the configuration, or a kind of density")
    against.add_argument("--reference", metavar="FILE", help="true points, where no law is known")
    parser.add_argument("--config", help="an overlay on config.yaml, or a configuration without it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(arguments)
    try:
        x = read_sample(asked.file)
        if asked.reference:
            n_rows = len(read_sample(asked.reference, is_reference=True))
            n_reference = min(n_rows // 2, N_REFERENCE)
            digest = files.read_points(asked.reference)[1]
            law: Law = Points(asked.reference, digest, 0, 0, n_reference)
            n_bandwidths = N_BANDWIDTHS
        else:
            (law, n_bandwidths), n_reference = law_of(asked.dataset, asked.config), N_REFERENCE
    except OSError as error:
        sys.exit(f"{error.filename}: expected a file; got {error.strerror}")
    except (config.ConfigError, files.FileError) as error:
        sys.exit(str(error))
    truth = Truth(asked.dataset or asked.reference, law, n_reference, n_bandwidths)
    verdict = judge(x, truth, len(x))
    print(json.dumps(verdict.to_dict(), indent=2) if asked.json else verdict)
