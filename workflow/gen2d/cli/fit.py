"""gen2d fit: a model on a data set, trained in this process."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gen2d.api.comparing import compare, plot
from gen2d.api.fitting import fit
from gen2d.cli import words
from gen2d.cli.commands import PICTURES, output, whole

if TYPE_CHECKING:
    import pandas as pd

ENDS = ["mean", "low", "high"]
NONE = "–"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a model of config.yaml, a method, or a plug-in such as mine/blob.py",
    )
    parser.add_argument(
        "data", metavar="DATA", help="a data set, a density, a plug-in of one, or a file of points"
    )
    parser.add_argument("--seeds", type=whole, default=3, help="replicates (default: 3)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a knob of the model, such as training.n_steps=1000",
    )
    parser.add_argument("--plot", metavar="FILE", type=output(*PICTURES), help="draw samples")
    parser.add_argument(
        "--save", metavar="FILE", type=output(".safetensors"), help="keep the weights"
    )


def run(arguments: argparse.Namespace) -> None:
    """Trains the model, saves and draws it if wanted, and prints a table of metrics."""
    model, of_model = words.of_plugin(arguments.model, "method")
    data, of_data = words.data_of(arguments.data)
    changes, plugins = words.changes(arguments.set), words.all_plugins(*of_model, *of_data)
    models = fit(model, data, seeds=arguments.seeds, plugins=plugins, **changes)
    if arguments.save:
        models.save(arguments.save)
    if arguments.plot:
        plot(models).savefig(arguments.plot)
    compared = compare(models)
    name = arguments.data if isinstance(data, str) else Path(arguments.data).name
    took = f", trained in {models.seconds:.1f} s" if models.is_trained else ""
    print(f"{model} on {name}, {counted(compared, model, arguments.seeds)}{took}\n")
    print(table(compared, model))
    if arguments.seeds > 1:
        print(f"\nmeans over {arguments.seeds} seeds, and half of their 95 % t-intervals")


def counted(compared: "pd.DataFrame", model: str, n_seeds: int) -> str:
    """The numbers of seeds and of diverged seeds, in words."""
    diverged = compared.xs(model, level="model")["n_diverged"].min()
    lost = f", of which {diverged} diverged" if diverged else ""
    return f"{n_seeds} seed{'s' * (n_seeds > 1)}{lost}"


def table(compared: "pd.DataFrame", model: str) -> str:
    """Text table: one row per metric, one column per model, the fitted model first."""
    models = list(dict.fromkeys([model, *compared.index.get_level_values("model")]))
    lines = [f"{'metric':<22}" + "".join(f"{name:>22}" for name in models)]
    for metric in compared.index.unique("metric"):
        of_models = compared.loc[metric]
        cells = [
            interval(*of_models.loc[name, ENDS]) if name in of_models.index else NONE
            for name in models
        ]
        lines.append(f"{metric:<22}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def interval(mean: float, low: float, high: float) -> str:
    """A mean and half the width of its interval, as text; – without a mean."""
    if mean != mean:
        return NONE
    return f"{mean:.3g}" if low != low else f"{mean:.3g} ± {(high - low) / 2:.2g}"
