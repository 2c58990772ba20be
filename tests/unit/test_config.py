"""The configuration: complete, in step with its schema, and clear about every mistake."""

import copy
import json
from itertools import permutations

import pytest
import yaml
from snakemake.utils import update_config

from bad_configs import BAD_CONFIGS
from gen2d import config


@pytest.fixture
def values(root):
    return yaml.safe_load((root / "config.yaml").read_text())


def overlaid(base, overlay):
    """Snakemake's own merge of an overlay into a configuration."""
    from snakemake.utils import update_config

    update_config(base, overlay)
    return base


def test_two_models_have_two_titles(values):
    values["models"]["cnf"]["title"] = "DSM"
    words = "^config: models.dsm.title: expected one that no other model has; got that of cnf$"
    with pytest.raises(config.ConfigError, match=words):
        config.load(values)


def test_overlays_are_valid(values, root):
    overlays = [*(root / "workflow/configs").glob("*.yaml"), *(root / "tests/configs").glob("*")]
    assert len(overlays) >= 2
    for path in overlays:
        config.read_file(path)
        study = config.load(overlaid(copy.deepcopy(values), yaml.safe_load(path.read_text())))
        assert study.models


def test_the_study_and_an_overlay_have_all_methods(values, root):
    more = yaml.safe_load((root / "workflow/configs/energy_models.yaml").read_text())
    study = config.load(overlaid(values, more))
    assert {model.method for model in study.models.values()} == set(config.METHODS) - {
        "ensemble",
        "external",
    }


def test_schema_is_in_step(root):
    written = (root / "workflow/schemas/config.schema.json").read_text()
    assert written == config.json_schema()
    first_line = (root / "config.yaml").read_text().splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=workflow/schemas/config.schema.json"


def test_schema_describes_every_knob():
    schema = json.loads(config.json_schema())
    for name, section in {"Study": schema, **schema["$defs"]}.items():
        for key, knob in section["properties"].items():
            assert "description" in knob or key in ("kind", "method") or "$ref" in knob, (name, key)


@pytest.mark.parametrize(("overlay", "key", "words"), BAD_CONFIGS)
def test_bad_values_are_named_in_one_line(values, overlay, key, words):
    with pytest.raises(config.ConfigError) as caught:
        config.load(overlaid(values, overlay))
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config: {key}")
    assert words in line


def test_every_mistake_has_its_line(values):
    values["seeds"], values["seed"] = 0, -1
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    assert len(str(caught.value).splitlines()) == 2


def test_numbers_in_scientific_notation_are_numbers(values):
    values["models"]["dsm_as_described"]["training"]["learning_rate"] = "1e-3"
    study = config.load(values)
    assert study.models["dsm_as_described"].training.learning_rate == 1e-3


def test_null_drops_an_entry(values):
    values["datasets"]["spiral"] = None
    assert "spiral" not in config.load(values).datasets


def test_null_drops_the_oracle_of_a_model_and_nothing_else(values, tmp_path):
    text = IMPORTS + (
        "class K(Model):\n    trained: ClassVar[bool] = False\n    method: Literal['m']\n"
        "    implementation: ClassVar[str] = 'K'\n    of: str\n"
    )
    (tmp_path / "mine.py").write_text(text)
    values["plugins"] = [str(tmp_path / "mine.py")]
    values["models"] |= {"mine": {"method": "m", "of": "dsm"}, "dsm": None}
    models = config.load(values).models
    assert "mine" in models and "oracle" not in models


def test_null_for_a_data_set_drops_no_model_of_its_name(values):
    values["datasets"]["dsm"] = None
    models = config.load(values).models
    assert "dsm" in models and "oracle" in models


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seeds: 1\nseed: 0\nseeds: 2\n", "line 3: expected each key once; got 'seeds' twice"),
        ("datasets:\n  a: {kind: spiral}\n  a: {kind: spiral}\n", "line 3"),
        ("seeds: [1\n", "expected YAML"),
    ],
)
def test_malformed_files_are_named(tmp_path, text, words):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(config.ConfigError) as caught:
        config.read_file(path)
    (line,) = str(caught.value).splitlines()
    assert str(path) in line
    assert words in line


FILES = {
    "config.yaml": (
        "datasets:\n  spiral: {kind: spiral}\n  moons: {kind: moons}\n"
        "models:\n  dsm: {method: dsm_single}\n"
        "sweeps:\n  width: {models: [dsm], key: n_train, values: [1, 2]}\n"
    ),
    "more.yaml": "models:\n  ebm: {method: ebm_single}\n",
}


def written(folder, files):
    for name, text in files.items():
        (folder / name).write_text(text)
    return [folder / name for name in files]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "datasets:\n  sprial:\n",
            "datasets.sprial: expected null for one of moons, spiral; got a name that is not there",
        ),
        ("models:\n  dsm:\n  ebn: null\n", "models.ebn: expected null for one of dsm, ebm; got a"),
        ("models:\n  spiral:\n", "models.spiral: expected null for one of dsm, ebm; got a name"),
        ("sweeps: {widht: ~}\n", "sweeps.widht: expected null for one of width; got a name"),
    ],
)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_misspelt_null_is_named_in_one_line(tmp_path, text, words, order):
    paths = written(tmp_path, {**FILES, "mine.yaml": text})
    with pytest.raises(config.ConfigError) as caught:
        config.check_files([paths[i] for i in order])
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{tmp_path / 'mine.yaml'}: {words}")


@pytest.mark.parametrize(
    "text",
    [
        "datasets:\n  spiral:\n",
        "models:\n  dsm:\n  ebm: null\nsweeps:\n  width:\n",
        "models:\n  dsm:\n  mine: {method: sm_single}\n",
        "sweeps:\n",
        "",
        "# nothing\n",
        "seeds: 3\n",
    ],
)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_null_for_what_another_file_has_is_accepted(tmp_path, text, order):
    paths = written(tmp_path, {**FILES, "mine.yaml": text})
    config.check_files([paths[i] for i in order])


OLD, NEW = "dsm_coursework", "dsm_as_described"
LEVEL, CONFIDENCE = "metrics.level", "metrics.confidence"


@pytest.mark.parametrize(
    ("text", "key", "old", "new"),
    [
        ("models: {dsm_coursework: null}", "models.dsm_coursework", OLD, NEW),
        ("models: {dsm_coursework: {seed: 1}}", "models.dsm_coursework", OLD, NEW),
        ("models: {oracle: {method: oracle, of: dsm_coursework}}", "models.oracle.of", OLD, NEW),
        ("sweeps: {mine: {models: [dsm, dsm_coursework]}}", "sweeps.mine.models", OLD, NEW),
        ("report: {claims: [{models: [dsm_coursework]}]}", "report.claims.models", OLD, NEW),
        ("metrics: {level: 0.9}", LEVEL, LEVEL, CONFIDENCE),
    ],
)
def test_a_former_name_is_answered_with_the_new_one(tmp_path, text, key, old, new):
    paths = written(tmp_path, {**FILES, "mine.yaml": text})
    with pytest.raises(config.ConfigError) as caught:
        config.check_files(paths)
    words = f"{key}: expected its new name, {new}; got {old}"
    assert str(caught.value) == f"{tmp_path / 'mine.yaml'}: {words}"


def test_the_former_name_of_a_method_is_answered_with_the_new_one(values):
    values["models"]["dsm"] = {"method": "dsm"}
    words = 'models.dsm.method: expected its new name, dsm_single; got "dsm"'
    with pytest.raises(config.ConfigError, match=words):
        config.load(values)


def test_a_former_name_may_be_one_s_own(tmp_path):
    text = "models: {sm_summed: {method: sm_single}}\nsweeps: {mine: {models: [sm_summed]}}"
    config.check_files(written(tmp_path, {**FILES, "mine.yaml": text}))


def test_null_in_two_files_is_accepted_where_a_third_has_the_name(tmp_path):
    dropped = {"a.yaml": "models:\n  dsm:\n", "b.yaml": "models:\n  dsm:\n"}
    config.check_files(written(tmp_path, {**FILES, **dropped}))
    with pytest.raises(config.ConfigError, match=r"a\.yaml: models\.dsm: expected null for one of"):
        config.check_files(written(tmp_path, dropped))


def test_what_is_no_section_is_left_to_the_check_of_the_whole(tmp_path):
    for text in ("- a\n- b\n", "models: [dsm]\n", "models: dsm\n", "3\n"):
        config.check_files(written(tmp_path, {**FILES, "mine.yaml": text}))


def test_a_key_that_stands_twice_is_found_in_every_file(tmp_path):
    paths = written(tmp_path, {**FILES, "mine.yaml": "seeds: 1\nseeds: 2\n"})
    with pytest.raises(config.ConfigError, match=r"mine\.yaml, line 2: .*'seeds' twice"):
        config.check_files(paths)


def test_the_project_s_own_files_pass(root):
    for overlay in (root / "workflow/configs").glob("*.yaml"):
        config.check_files([root / "config.yaml", overlay])


def test_merge_keys_are_no_duplicates(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("a: &a {x: 1}\nb: {<<: *a, y: 2}\n")
    config.read_file(path)
    assert yaml.safe_load(path.read_text())["b"] == {"x": 1, "y": 2}


IMPORTS = "from typing import ClassVar, Literal\nfrom gen2d.config import Dataset, Model\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "expected a Python file; got No such file"),
        (
            "def f(:\n",
            "Python that runs; got SyntaxError: invalid syntax (mine.py, line 1)",
        ),
        ("import nowhere\n", "got ModuleNotFoundError: No module named 'nowhere'"),
        (
            IMPORTS,
            "a subclass of Dataset with a kind, or of Model with a method; got none",
        ),
        ("class K(Dataset):\n    kind: Literal['spiral']\n", "not taken; got 'spiral'"),
        ("class K(Model):\n    method: Literal['sm']\n", "not taken; got 'sm'"),
        (
            "class A:\n    pass\nclass K(Dataset):\n    kind: Literal['k']\n    a: A\n",
            "Python that runs; got PydanticSchemaGenerationError: Unable to generate",
        ),
        (
            "class K(Dataset):\n    kind: Literal['k']\n    a: 'Nowhere'\n",
            "Python that runs; got PydanticUndefinedAnnotation: name 'Nowhere' is not defined",
        ),
        ("class K(Model):\n    method: str\n", "expected method: Literal[...] of one name in K"),
        (
            "class K(Model):\n    method: Literal['m']\n    implementation: ClassVar[str] = 'M'\n",
            "expected the class that K.implementation names; got 'M'",
        ),
        (
            "class K(Model):\n    method: Literal['m']\n    implementation: ClassVar[str] = 'K'\n",
            "expected training: Training in K, or trained = False; got neither",
        ),
    ],
)
def test_a_broken_plugin_is_named_in_one_line(values, tmp_path, text, words):
    path = tmp_path / "mine.py"
    if text is not None:
        path.write_text(text if "class K" not in text else IMPORTS + text)
    values["plugins"] = [str(path)]
    values["datasets"]["mine"] = {"kind": "what_the_plugin_would_have_added"}
    with pytest.raises(config.ConfigError) as caught:
        config.load(values)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config: plugins.0: {path}: ")
    assert words in line


def test_a_plugin_is_registered_again_by_the_next_study(values, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        IMPORTS
        + "class K(Model):\n    implementation: ClassVar[str] = 'X'\n    trained = False\n"
        + "    method: Literal['m']\nclass X:\n    pass\n"
    )
    values["plugins"] = [str(path)]
    values["models"]["mine"] = {"method": "m"}
    first, second = (config.load(copy.deepcopy(values)).models["mine"] for _ in range(2))
    assert first == second
    assert second.implementation == f"{path}:X"


@pytest.mark.parametrize("overlay", ["", "energy_models", "more_datasets"])
def test_the_resolved_configuration_is_the_study_in_lines_that_fit_the_report(root, overlay):
    values = yaml.safe_load((root / "config.yaml").read_text())
    if overlay:
        update_config(values, config.read_file(root / f"workflow/configs/{overlay}.yaml"))
    study = config.load(values)
    text = config.to_yaml(study)
    assert config.load(yaml.safe_load(text)) == study
    assert max(map(len, text.splitlines())) <= 64  # of one of two columns
