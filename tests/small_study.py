"""The smallest studies that the Python interface can open."""

from pathlib import Path
from typing import Any

from gen2d.config.recipes import recipes
from gen2d.plan.spec import Plan
from gen2d.runner import run
from studies import plan_of

METRICS = {**recipes()["metrics"], "n_reference": 500, "n_likelihood": 50}
FEW = {"training": {"n_steps": 20, "log_every": 10}}
SHORT = {"n_samples": 300, "metrics": METRICS}


def small_values(**more: Any) -> dict[str, Any]:
    """Values of a study: a shortened denoising score matching model of config.yaml, baselines."""
    models = recipes()["models"]
    dsm = {**models["dsm"], "training": {**models["dsm"]["training"], **FEW["training"]}}
    baselines = {name: models[name] for name in ("gaussian", "kde", "truth")}
    return {
        "datasets": {"checkerboard": recipes()["datasets"]["checkerboard"]},
        "models": {"dsm": dsm, **baselines},
        "report": {"title": "Small"},
        "seeds": 2,
        "seeds_per_job": 1,
        **SHORT,
        **more,
    }


def made(results: Path, **more: Any) -> Plan:
    """The plan of a small study that has been run, except for figures and pages."""
    plan = plan_of(small_values(**more))
    run(plan, results, ("config", "verdicts", "record_history"))
    return plan
