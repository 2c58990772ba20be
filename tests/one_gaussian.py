"""A small study of one Gaussian, whose entropies, scores and distances are known."""

import numpy as np

MEAN, SD = np.array([0.5, -0.2]), 0.7
ONE_GAUSSIAN = {"kind": "gaussians", "means": [MEAN.tolist()], "sd": SD}
TINY = {
    "network": {"hidden": [8]},
    "training": {"n_steps": 2, "log_every": 1},
    "sampling": {"n_steps": 5},
}
VALUES = {
    "seeds": 12,
    "seeds_per_job": 10,
    "n_samples": 50,
    "datasets": {"here": {**ONE_GAUSSIAN, "n_train": 40, "n_holdout": 30}},
    "models": {
        "dsm": {"method": "dsm_single", **TINY},
        **{name: {"method": name} for name in ("gaussian", "resample")},
    },
    "metrics": {"n_reference": 1000, "noise_levels": [0.1, 0.5, 2.0]},
    "report": {"title": "Mine"},
}
