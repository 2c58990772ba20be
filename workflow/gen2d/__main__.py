"""What rules call, gen2d STAGE --spec JSON name=path ..., and people: gen2d score, gen2d doctor."""

import argparse
import gc
import importlib
import json
import logging
import sys
from types import SimpleNamespace


def main() -> None:
    if sys.argv[1:2] in (["score"], ["doctor"]):
        sys.path.append("")  # plug-ins may import what lies in the working folder, as in a job
        importlib.import_module(f"gen2d.{sys.argv[1]}").main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="gen2d", description=__doc__)
    parser.add_argument("stage", help="what to do: a module of gen2d.stages")
    parser.add_argument("--spec", required=True, help="the job's knobs, as JSON")
    parser.add_argument("paths", nargs="*", metavar="name=path", help="files to read and write")
    arguments = parser.parse_intermixed_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    spec = json.loads(arguments.spec, object_hook=lambda section: SimpleNamespace(**section))
    paths = dict(path.split("=", 1) for path in arguments.paths)
    # Imports make much that stays. Collecting rarely, and none of it at exit, saves half a second.
    gc.set_threshold(100_000)
    importlib.import_module(f"gen2d.stages.{arguments.stage}").run(spec, **paths)
    gc.freeze()


if __name__ == "__main__":
    main()
