"""The same bytes with all files in an S3 bucket."""

import pytest

from storage import bucket


def test_a_study_in_a_bucket_has_the_same_metrics(tmp_path):
    if reason := bucket.missing():
        pytest.skip(f"no bucket: {reason}")
    assert bucket.compare("tiny", tmp_path).startswith("metrics.csv: identical")
