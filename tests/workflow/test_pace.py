"""Snakemake itself leaves the cores to its jobs."""


def test_a_run_looks_at_its_jobs_only_when_one_has_ended(finished):
    said = (finished.path / "first_run.log").read_text()
    n_looks, n_ended = (said.count(text) for text in ("Ready jobs: ", "Finished jobid: "))
    assert n_ended > 100
    assert n_looks <= n_ended + 1
