"""gen2d new: a plug-in to start from."""

import argparse
import re
from pathlib import Path

from gen2d.config.base import FORMS, NAME, ConfigError
from gen2d.config.datasets import DATASETS
from gen2d.config.methods.catalogue import METHODS, RENAMED_METHODS

TEMPLATES = Path(__file__).with_name("templates")
TAKEN = {"method": [*METHODS, *RENAMED_METHODS], "density": [*DATASETS]}
TRY = {"method": "gen2d fit {path} spiral", "density": "gen2d fit dsm {path}"}
ENTRY = {
    "method": "models: {{{name}: {{method: {name}}}}}",
    "density": "datasets: {{{name}: {{kind: {name}}}}}",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="method|density", choices=TAKEN, help="what it adds")
    parser.add_argument("path", metavar="PATH", help="the file to write: mine/blob.py adds blob")


def run(arguments: argparse.Namespace) -> None:
    """Writes the file; prints how to try it, and the lines that add it to a study."""
    path, name = Path(arguments.path), Path(arguments.path).stem
    if path.suffix != ".py" or not re.match(NAME, name):
        expected = f"expected a path that ends in .py, its name of {FORMS[NAME]}"
        raise ConfigError(f"{expected}; got {path}")
    if name in TAKEN[arguments.what]:
        raise ConfigError(f"{path}: expected a name that no {arguments.what} has; got {name}")
    title = "".join(part.capitalize() for part in name.split("_"))
    text = (TEMPLATES / f"{arguments.what}.py").read_text(encoding="utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8") as stream:
            stream.write(text.replace("Example", title).replace("example", name))
    except FileExistsError:
        raise ConfigError(f"{path}: expected a path where nothing is; got a file") from None
    except OSError as error:
        raise ConfigError(f"{path}: expected a file to write; got {error.strerror}") from None
    print(f"{path} is written, a {arguments.what} that runs as it is. To try it:\n")
    print(f"    {TRY[arguments.what].format(path=path)} --plot {name}.png\n")
    print("In a study, of config.yaml or of an overlay:\n")
    print(f"    plugins: [{path}]\n    {ENTRY[arguments.what].format(name=name)}")
