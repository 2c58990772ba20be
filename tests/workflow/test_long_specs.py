"""A job may be told more than an argument of a command may hold, which is 131,072 bytes."""

import yaml

from conftest import Project


def test_a_spec_of_any_length_reaches_its_job(root, tmp_path):
    project = Project.copy(root, tmp_path)
    models = {f"m{i}": {"method": "dsm_single"} for i in range(600)}
    overlay = {"models": models, "pathvars": {"results": "results/many"}}
    (tmp_path / "many.yaml").write_text(yaml.safe_dump(overlay))
    made = "results/many/config.yaml"
    done = project.snakemake("--cores", "1", made, "--configfile", "many.yaml")
    assert done.returncode == 0, done.stdout
    text = (tmp_path / made).read_text()
    assert len(text) > 200_000
    assert yaml.safe_load(text)["models"].keys() >= models.keys()
