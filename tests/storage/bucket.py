"""Runs a study here and with its files in an S3 bucket of this machine, and compares its metrics.

`python tests/storage/bucket.py smoke` needs the packages of workflow/envs/requirements-s3.txt.
"""

import importlib.util
import logging
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from faults import kills  # noqa: E402

BUCKET, KEY = "gen2d", "any"


def missing() -> str:
    """Why there can be no bucket here; empty if there can."""
    needed = ("snakemake_storage_plugin_s3", "moto", "flask_cors")
    absent = [name for name in needed if not importlib.util.find_spec(name)]
    return f"{', '.join(absent)} not installed" if absent else ""


def compare(study: str, folder: Path) -> str:
    """Says how the metrics in the bucket compare with those of a run without one."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    for where in ("local", "bucket"):
        kills.copy(folder / where)
    status, said = kills.run(folder / "local", study=study)
    if status:
        raise RuntimeError(said)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    settings = {"ENDPOINT_URL": endpoint, "ACCESS_KEY": KEY, "SECRET_KEY": KEY}
    named = {f"SNAKEMAKE_STORAGE_S3_{name}": value for name, value in settings.items()}
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": KEY}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    storage = ("--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{BUCKET}")
    try:
        with mock.patch.dict(os.environ, named):
            status, said = kills.run(folder / "bucket", *storage, study=study)
            if status:
                raise RuntimeError(said)
            again = kills.run(folder / "bucket", *storage, study=study)[1]
        stored = client.get_object(Bucket=BUCKET, Key=f"results/{study}/metrics.csv")["Body"].read()
    finally:
        server.stop()
    if "Nothing to be done" not in again:
        raise RuntimeError(f"expected nothing to be done a second time; got\n{again}")
    results = folder / "bucket/results" / study
    if here := [path.name for path in results.rglob("*") if path.name != ".lock"]:
        raise RuntimeError(f"expected all files in the bucket; got some outside: {here}")
    same = stored == (folder / "local/results" / study / "metrics.csv").read_bytes()
    return f"metrics.csv: {'identical' if same else 'different'}, here and in the bucket"


if __name__ == "__main__":
    if missing():
        sys.exit(missing())
    with tempfile.TemporaryDirectory() as temporary:
        print(compare(sys.argv[1], Path(temporary)))
