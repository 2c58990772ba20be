"""Knobs on their way to a job: parts, the specs that they are rebuilt from, and plug-ins."""

import json
import sys

import numpy as np
import pytest
import yaml

import readme
from fresh import python
from gen2d import config, plugins
from gen2d.config import METHODS, Knobs, Model, Network, Training
from gen2d.config.methods.base import LangevinSampling
from gen2d.config.methods.energies import EBMKnobs
from gen2d.config.methods.scores import DSMKnobs
from gen2d.densities.gaussian_mixture import GaussianMixture
from gen2d.methods.base import Task
from gen2d.methods.training import train

BLOB = """
from typing import ClassVar, Literal

from gen2d.config import Knobs, Model, Training


class BlobKnobs(Model):
    implementation: ClassVar[str] = "Blob"
    method: Literal["blob"]
    training: Training = Training()
    shape: "Shape"


class Shape(Knobs):
    width: float = 1.0


class Blob:
    knobs: BlobKnobs
"""


class Chain(Knobs):
    length: int = 3


class Nested(Knobs):
    perhaps: Chain | None
    several: list[Chain]
    named: dict[str, Chain]
    plain: dict[str, float]


def knobs_of(method):
    of_dsm = {"of": "dsm"}
    needed = {"external": {"path": "{seed}.npy"}, "oracle": of_dsm, "ensemble": of_dsm}
    knobs = METHODS[method].model_validate({"method": method, **needed.get(method, {})})
    if method == "ensemble":
        knobs._target = DSMKnobs(method="dsm_single")
    return knobs


def passed_on(spec):
    """What a job gets of a spec."""
    return Model.of_spec(json.loads(json.dumps(spec)))


def test_a_part_has_what_is_given_and_nothing_else():
    part = DSMKnobs.part({"training": {"noise_level": 0.3}, "network": {"hidden": [7]}})
    assert type(part) is DSMKnobs and type(part.network) is Network
    assert vars(part.training) == {"noise_level": 0.3}
    assert part.network.hidden == [7]
    for absent in (
        lambda: part.sampling,
        lambda: part.method,
        lambda: part.training.n_steps,
        lambda: part.network.activation,
    ):
        with pytest.raises(AttributeError):
            absent()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"noise": 1}, "DSMKnobs: expected one of the keys .*network.*; got 'noise'"),
        ({"training": {"noise": 1}}, "DSMTraining: expected one of the keys .*; got 'noise'"),
    ],
)
def test_a_part_refuses_unknown_keys(values, words):
    with pytest.raises(ValueError, match=words):
        DSMKnobs.part(values)


def test_parts_within_parts():
    chain = {"n_steps": 3, "step": 0.1}
    part = EBMKnobs.part({"training": {"negatives": chain}})
    assert vars(part.training.negatives) == chain


def test_sections_in_lists_and_unions_are_parts_too():
    values = {
        "perhaps": {"length": 1},
        "several": [{"length": 2}],
        "named": {"a": {"length": 4}},
        "plain": {"length": 5.0},
    }
    part = Nested.part(values)
    assert (part.perhaps.length, part.several[0].length, part.named["a"].length) == (1, 2, 4)
    assert part.plain == {"length": 5.0}
    assert Nested.part({"perhaps": None}).perhaps is None


@pytest.mark.parametrize("method", METHODS)
def test_a_job_has_the_knobs_of_the_study(method):
    knobs = knobs_of(method)
    spec = knobs.spec()
    found = passed_on(spec)
    assert type(found) is METHODS[method]
    assert found.implementation == METHODS[method].implementation
    assert found.spec() == spec
    assert "method" not in vars(found)


@pytest.mark.parametrize("method", [m for m in METHODS if "sampling" in METHODS[m].model_fields])
def test_a_job_lacks_the_sections_that_were_left_out(method):
    found = passed_on(knobs_of(method).spec(exclude={"sampling"}))
    assert found.training == knobs_of(method).training
    with pytest.raises(AttributeError):
        _ = found.sampling


def test_a_job_has_the_sources_of_samples():
    oracle = METHODS["oracle"](method="oracle", of="dsm")
    oracle._target = DSMKnobs(method="dsm_single", network={"hidden": [9]}, training={"n_steps": 7})
    found = passed_on({**oracle.spec(), "sources": oracle.sources("spiral", [0])}).target
    assert type(found) is DSMKnobs
    assert found.network == Network()
    assert found.sampling == LangevinSampling()
    assert vars(found.training) == {"noise_level": 0.1}
    external = knobs_of("external")
    external._digests["3.npy"] = "d"
    found = passed_on({**external.spec(), "sources": external.sources("spiral", [3])})
    assert found.files == [("3.npy", "d")]


def test_importing_the_configuration_builds_no_schema(root):
    code = (
        "from gen2d.config import Knobs, Study\n"
        "def below(base):\n"
        "    return [c for s in base.__subclasses__() for c in (s, *below(s))]\n"
        "built = [c.__name__ for c in below(Knobs) if c.__pydantic_complete__]\n"
        "assert len(below(Knobs)) > 50 and not built, built\n"
    )
    python(root, code)


@pytest.fixture
def blob(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine/blob.py"
    path.parent.mkdir()
    path.write_text(BLOB)
    return path


def test_a_plugin_s_knobs_and_method_are_of_one_module(blob):
    knobs_class = plugins.resolve("mine/blob.py:BlobKnobs")
    assert knobs_class.__module__ == "mine/blob.py"
    assert plugins.resolve("mine/blob.py:Blob").__annotations__["knobs"] is knobs_class
    assert plugins.load("mine/blob.py") is sys.modules["mine/blob.py"]
    assert list(blob.parent.iterdir()) == [blob]  # no bytecode


def test_a_changed_plugin_runs_anew(blob, monkeypatch):
    before = plugins.load("mine/blob.py")
    blob.write_text(BLOB + "\nN = 1\n")
    after = plugins.load("mine/blob.py")
    assert not hasattr(before, "N") and after.N == 1
    assert sys.modules["mine/blob.py"] is after
    blob.write_text(BLOB)
    assert plugins.load("mine/blob.py") is sys.modules["mine/blob.py"] is before
    other = blob.parents[1] / "other"
    (other / "mine").mkdir(parents=True)
    (other / "mine/blob.py").write_text(BLOB)
    monkeypatch.chdir(other)
    assert plugins.load("mine/blob.py") is not before


def test_a_job_has_a_plugin_s_knobs(blob):
    spec = {
        "implementation": "mine/blob.py:Blob",
        "knobs_class": "mine/blob.py:BlobKnobs",
        "knobs": {"training": Training().model_dump(), "shape": {"width": 2.0}},
        "sources": {},
    }
    found = passed_on(spec)
    assert found.training.n_steps == Training().n_steps
    assert found.shape.width == 2.0
    assert plugins.resolve(found.implementation) is plugins.load("mine/blob.py").Blob
    assert found.spec() == spec


def test_the_readme_s_plugin_trains_on_its_knobs(blob, root):
    shown = readme.plugin(root)
    blob.write_text(shown)
    values = yaml.safe_load((root / "config.yaml").read_text())
    values["plugins"] = ["mine/blob.py"]
    values["models"] = {"mine": {"method": "blob", "training": {"n_steps": 4}}}
    values["sweeps"] = values["ladders"] = None
    spec = config.load(values).models["mine"].spec()
    law, sequences = GaussianMixture(), np.random.SeedSequence(0).spawn(2)
    x = np.stack([law.sample(50, np.random.default_rng(s)) for s in sequences])
    knobs = passed_on(spec)
    method = plugins.resolve(spec["implementation"])(knobs, Task(law, x, x, sequences))
    record = train(method, x, x, method.knobs.training, sequences)
    assert record.loss_holdout.shape == (1, 2)
    assert method.sample(10, sequences).shape == (2, 10, 2)
