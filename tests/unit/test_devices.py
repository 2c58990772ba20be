"""Every stage that computes with torch gives on another device what it gives on the processor."""

import csv
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from gen2d.config import METHODS
from gen2d.methods import quadrature, vae
from gen2d.networks.arithmetic import configure_torch
from gen2d.samplers import ode
from gen2d.stages import record_history
from studies import done, plan_of

SMALL = {"n_steps": 4, "batch_size": 16, "log_every": 2}
MODELS = [name for name, knobs in METHODS.items() if knobs.trained] + ["oracle"]
SEEDS = "seeds0-1"
ASIDE = torch.device("meta")
"""Stands for a GPU where there is none: torch computes nothing there by itself."""


class Aside(torch.Tensor):
    """A tensor on a device of its own, whose numbers are kept by the processor.

    As with a GPU, an operation on tensors here and there is an error unless it copies, or the one
    here is a single number; and numpy gets to see a tensor from there only when asked to copy it.
    """

    @staticmethod
    def __new__(cls, kept):
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            kept.shape,
            strides=kept.stride(),
            storage_offset=kept.storage_offset(),
            dtype=kept.dtype,
            device=ASIDE,
        )
        made.kept = kept
        return made

    @property
    def data(self):
        return self.detach()

    @data.setter
    def data(self, other):
        self.kept = other.kept

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return compute(function, args, kwargs or {})


class Device(TorchDispatchMode):
    """Where operations that make tensors from nothing learn of the device, too."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return compute(function, args, kwargs or {})


def compute(function, args, kwargs):
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    there = {id(t.kept): t for t in tensors if isinstance(t, Aside)}
    here = [t.shape for t in tensors if not isinstance(t, Aside) and t.dim()]
    if there and here and function is not torch.ops.aten.copy_.default:
        raise RuntimeError(f"{function}: tensors on two devices; here are {here}")
    device = kwargs.get("device")
    goes_there = bool(there) if device is None else torch.device(device) == ASIDE
    if device is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    kept_args, kept_kwargs = tree_map_only(Aside, lambda t: t.kept, (args, kwargs))
    out = function(*kept_args, **kept_kwargs)

    def returned(tensor):
        """What was changed in place is what was given."""
        if id(tensor) in there:
            return there[id(tensor)]
        return Aside(tensor) if goes_there else tensor

    return tree_map_only(torch.Tensor, returned, out)


@contextmanager
def aside():
    """Torch makes tensors on a device that is none; what passes dispatching by is led to it."""
    real = {name: getattr(torch, name) for name in ("tensor", "as_tensor")}

    def moved(name):
        return lambda *args, **kwargs: real[name](*args, **kwargs, device="cpu").to(ASIDE)

    as_numpy, as_list = torch.Tensor.numpy, torch.Tensor.tolist
    with pytest.MonkeyPatch.context() as patch, Device():
        for name in real:
            patch.setattr(torch, name, moved(name))
        patch.setattr(torch, "inference_mode", lambda on=True: torch.set_grad_enabled(not on))
        patch.setattr(torch.Tensor, "tolist", lambda x: as_list(x.cpu()))
        patch.setattr(
            torch.Tensor, "numpy", lambda x, *, force=False: as_numpy(x.cpu() if force else x)
        )
        torch.set_default_device(ASIDE)
        try:
            yield
        finally:
            torch.set_default_device(None)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Of the nodes and steps that cost the most."""
    for module, name in (
        (record_history, "FINE"),
        (record_history, "COARSE"),
        (quadrature, "N_NODES"),
        (vae, "N_NODES"),
    ):
        monkeypatch.setattr(module, name, 16)
    monkeypatch.setattr(ode, "LIKELIHOOD_STEPS", 4)


def study(device):
    models = {}
    for name, knobs in METHODS.items():
        if knobs.trained and name != "ensemble":
            sampling = getattr(knobs(method=name), "sampling", None)
            few = {key: 3 for key in ("n_steps", "n_levels") if hasattr(sampling, key)}
            models[name] = {"method": name, "training": SMALL, **({"sampling": few} if few else {})}
    for name in ("oracle", "ensemble"):
        models[name] = {"method": name, "of": "dsm_multilevel"}
    data = {"kind": "gaussian_mixture", "n_train": 40, "n_holdout": 20}
    return plan_of(
        {
            "seeds": 2,
            "n_samples": 50,
            "device": device,
            "datasets": {"gaussian_mixture": data},
            "models": models,
            "metrics": {
                "n_reference": 100,
                "n_bandwidths": 2,
                "n_likelihood": 10,
                "noise_levels": [0.5],
            },
            "report": {"title": "Devices"},
        }
    )


def results(device, model, folder):
    """Arrays and tables of all stages, by name."""
    plan, trained = study(device), METHODS[model].trained
    catalogue = plan.catalogue

    def run(stage):
        wanted = {"dataset": "gaussian_mixture", "model": model, "seeds": SEEDS}
        done(plan, folder, stage, **{name: wanted[name] for name in plan.stages[stage].per})

    for stage in ("data", "reference", "exact_grids", *(["train"] if trained else []), "sample"):
        run(stage)
    if model in catalogue.with_likelihood:
        run("likelihood")
    if model in catalogue.score_models:
        run("error_sources")
    if trained:
        run("record_history")
    found = {}
    for path in folder.rglob("*"):
        stem = str(path.relative_to(folder).with_suffix(""))
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                found |= {f"{stem}.{name}": arrays[name] for name in arrays.files}
        elif path.suffix == ".safetensors":
            found |= {f"{stem}.{name}": array for name, array in load_file(path).items()}
        elif path.suffix == ".csv":
            rows = list(csv.reader(path.open()))
            found[stem] = np.array([[number(cell) for cell in row] for row in rows[1:]])
    return found


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return np.nan


def check(found, expected, tolerance):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        if array.dtype.kind in "fiu":
            scale = np.abs(np.nan_to_num(array)).max(initial=1.0)
            np.testing.assert_allclose(
                found[name] / scale, array / scale, rtol=0, atol=tolerance, err_msg=name
            )


@pytest.mark.parametrize(
    ("device", "available", "expected"),
    [("cpu", True, []), ("cuda", True, ["cuda"]), ("auto", True, ["cuda"]), ("auto", False, [])],
)
def test_the_device_is_what_was_asked_for(device, available, expected, monkeypatch):
    taken = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    monkeypatch.setattr(torch, "set_default_device", taken.append)
    configure_torch(device)
    assert taken == expected


def test_a_gpu_that_is_not_there_is_missed(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="expected a GPU that torch can use; got none"):
        configure_torch("cuda")


@pytest.mark.filterwarnings("ignore:.*to a meta parameter")
@pytest.mark.parametrize("model", MODELS)
def test_elsewhere_all_is_as_here(model, tmp_path):
    here = results("cpu", model, tmp_path / "here")
    with aside():
        there = results("cpu", model, tmp_path / "there")
    check(there, here, 1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_on_a_gpu_losses_are_as_here(model, tmp_path):
    """Further on rounding decides, say, which proposals of a chain are accepted."""
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    here = results("cpu", model, tmp_path / "here")
    try:
        there = results("cuda", model, tmp_path / "there")
    finally:
        torch.set_default_device(None)
    assert there.keys() == here.keys()
    cell = f"gaussian_mixture/{model}/{SEEDS}"
    trained = METHODS[model].trained
    name = f"models/{cell}.losses" if trained else f"samples/{cell}.samples"
    check({name: there[name]}, {name: here[name]}, 1e-2)
