"""The list of commands, and the parser of their words.

The imports of a command are deferred until it runs, so that help comes at once.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

COMMANDS = {
    "fit": (
        "Trains a model on a data set, and measures it beside kde and the truth.",
        "gen2d fit dsm checkerboard --plot dsm.png",
    ),
    "score": (
        "Measures a file of samples, and tests whether it differs from true samples.",
        "gen2d score mine.npy --dataset checkerboard --plot mine.png",
    ),
    "animate": (
        "Draws how a model learns, or how it samples, as a moving picture.",
        "gen2d animate dsm checkerboard training.gif",
    ),
    "densities": ("Lists the densities and their knobs.", "gen2d densities spiral"),
    "methods": ("Lists the methods and their knobs.", "gen2d methods dsm_multilevel"),
    "config": ("Lists the knobs of the study, with config.yaml's values.", "gen2d config"),
    "new": ("Writes a method or a density to start from.", "gen2d new method mine/blob.py"),
    "doctor": ("Says what is wrong here, and what to do about it.", "gen2d doctor"),
}
"""Each command's description and example; its module adds the arguments, and runs it."""
DIFFERS, MISTAKE, STOPPED = 1, 2, 130
PICTURES = (".png", ".svg", ".pdf")


class Parser(argparse.ArgumentParser):
    """A parser that reports a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        message = message.removeprefix("argument ")
        for said, meant in (
            (r"the following arguments are required: (.*)", r"expected \1; got none"),
            (r"one of the arguments (.*) is required", r"expected one of \1; got none"),
            (r"unrecognized arguments: (.*)", r"expected no further words; got \1"),
            (r"invalid choice: (.*) \(choose from (.*)\)", r"expected one of \2; got \1"),
        ):
            message = re.sub(said, meant, message)
        self.exit(MISTAKE, f"{self.prog}: {message.replace(chr(39), '')}\n")


def parser_for(command: str) -> Parser:
    """The parser of all commands; only the named one gets its arguments."""
    examples = [f"  {example}" for _, example in COMMANDS.values()]
    parser = Parser(
        "gen2d",
        description="Generative models in two dimensions, measured against exact truth.",
        epilog="\n".join(["examples:", *examples, "", "gen2d COMMAND --help describes one."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for name, (line, example) in COMMANDS.items():
        of_one = commands.add_parser(
            name, help=line, description=line, epilog=f"example: {example}", allow_abbrev=False
        )
        if name == command:
            module = import_module(f"gen2d.cli.{name}")
            module.add_arguments(of_one)
            of_one.set_defaults(run=module.run)
    return parser


def main(words: Sequence[str]) -> None:
    """Runs a command and exits: with 1 if it found a difference or a fault, 2 for a mistake.

    A mistake is reported in one line on the error stream.
    """
    arguments = parser_for(next(iter(words), "")).parse_args(words)
    sys.path.append("")  # plug-ins may import what lies in the working folder, as in a job
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader stopped early, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except KeyboardInterrupt:
        status = STOPPED
    except (OSError, ValueError) as error:
        if not (line := mistake(error)):
            raise
        print(f"gen2d {arguments.command}: {line}", file=sys.stderr)
        status = MISTAKE
    sys.exit(status)


def mistake(error: OSError | ValueError) -> str:
    """The line for the user on an error; empty if it is not the user's mistake."""
    from gen2d.config.base import ConfigError  # here, since the doctor runs without pydantic
    from gen2d.storage.errors import FileError

    if isinstance(error, OSError):
        return f"{error.filename}: expected a file; got {error.strerror}" if error.filename else ""
    return str(error) if isinstance(error, ConfigError | FileError) else ""


def output(*suffixes: str) -> Callable[[str], Path]:
    """Argument type of a file to write; its path is checked before anything is computed."""

    def checked(text: str) -> Path:
        path = Path(text).expanduser()
        if path.suffix not in suffixes:
            ends = " or ".join(suffixes)
            raise argparse.ArgumentTypeError(f"expected a path that ends in {ends}; got {text}")
        if not path.absolute().parent.is_dir():
            raise argparse.ArgumentTypeError(f"expected a folder that is there; got {path.parent}")
        return path

    return checked


def whole(text: str) -> int:
    """Argument type of a whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on; got {text}")
    return int(text)
